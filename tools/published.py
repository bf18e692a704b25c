"""What the tools that write `policies/inference_pools/platforms/*/data/*.json` have in common.

A tool has a pure function that makes its data of what a published package says; here is how the package is had from
PyPI, how the data is laid out as text (keys sorted; what fits a line is on one) and how a committed file is compared.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

PLATFORMS: Final = Path(__file__).resolve().parent.parent / "policies" / "inference_pools" / "platforms"
WIDTH: Final = 120


@dataclass(frozen=True)
class Wheel:
    """A package as PyPI has it, unread."""

    name: str
    version: str
    path: Path

    @property
    def url(self) -> str:
        """Where the version is published."""
        return f"https://pypi.org/project/{self.name}/{self.version}/"

    @cached_property
    def archive(self) -> zipfile.ZipFile:
        """The package as the archive it is, whose list of contents is read once."""
        return zipfile.ZipFile(self.path)

    def bytes_of(self, member: str) -> bytes:
        """A file in it. Raises KeyError where it has none of that name."""
        return self.archive.read(member)

    def text(self, member: str) -> str:
        """A file in it, as text."""
        return self.bytes_of(member).decode("utf-8")

    def names(self) -> list[str]:
        """Its files."""
        return self.archive.namelist()


@contextmanager
def wheels(*requirements: str, folder: Path | None = None) -> Iterator[list[Wheel]]:
    """The wheels of requirements such as `botocore==1.44.8`, `botocore` or `pulumi-azure-native<3`, in that order.

    Those of a very version are kept in `folder`, where one is named, and downloaded only where it lacks them.
    """
    with tempfile.TemporaryDirectory(prefix="poolgate-wheels-") as temporary:
        yield [
            _wheel(requirement, folder if folder and "==" in requirement else Path(temporary) / str(index))
            for index, requirement in enumerate(requirements)
        ]


def _wheel(requirement: str, folder: Path) -> Wheel:
    name = re.split("[=<]", requirement)[0]
    version = requirement.partition("==")[2] or "*"
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*command, "--disable-pip-version-check", "--dest", str(folder), requirement], check=True)
    (path,) = folder.glob(pattern)
    return Wheel(name, path.name.split("-")[1], path)


def laid_out(data: Any, indent: int = 0) -> str:
    """JSON with sorted keys, in which all that fits a line is on one, so that a change shows as few lines."""
    line = json.dumps(data, sort_keys=True, ensure_ascii=False)
    if not isinstance(data, (dict, list)) or not data or len(line) + 2 * indent + 2 <= WIDTH:
        return line
    inner = "  " * (indent + 1)
    if isinstance(data, dict):
        pairs = ((json.dumps(key, ensure_ascii=False), data[key]) for key in sorted(data))
        rows = [f"{inner}{key}: {laid_out(value, indent + 1)}" for key, value in pairs]
        return "{\n" + ",\n".join(rows) + "\n" + "  " * indent + "}"
    if all(isinstance(item, (str, int, float)) for item in data):
        return "[\n" + _filled(data, inner) + "\n" + "  " * indent + "]"
    rows = [inner + laid_out(item, indent + 1) for item in data]
    return "[\n" + ",\n".join(rows) + "\n" + "  " * indent + "]"


def _filled(scalars: list[Any], inner: str) -> str:
    """Scalars, as many to a line as fit."""
    rows, row = [], ""
    for index, item in enumerate(scalars):
        text = json.dumps(item, ensure_ascii=False) + ("," if index + 1 < len(scalars) else "")
        if row and len(inner) + len(row) + 1 + len(text) > WIDTH:
            rows.append(inner + row)
            row = text
        else:
            row = f"{row} {text}".strip()
    return "\n".join([*rows, inner + row])


def run(doc: str, make: Callable[[argparse.Namespace], Mapping[Path, Mapping[str, Any]]]) -> int:
    """The command line of such a tool: writes its files, or with --check prints how they differ and exits 1."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; print how the committed files differ")
    parser.add_argument("--newest", action="store_true", help="read the newest releases, not the pinned ones")
    parser.add_argument("--wheels", type=Path, help="a folder to keep the downloaded packages in")
    arguments = parser.parse_args()
    return write_or_compare(make(arguments), arguments.check)


def write_or_compare(files: Mapping[Path, Mapping[str, Any]], compare: bool) -> int:
    """Writes files below `PLATFORMS`, or prints how they differ from what is there; 1 where any does."""
    differs = False
    for path, data in files.items():
        text = laid_out(data) + "\n"
        name = str(path.relative_to(PLATFORMS))
        if not compare:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}, {len(text):,} characters")
            continue
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        diff = list(difflib.unified_diff(committed.splitlines(), text.splitlines(), name, f"{name} (now)", lineterm=""))
        print("\n".join(diff) or f"{name}: as published")
        differs = differs or bool(diff)
    return int(differs)
