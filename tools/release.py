"""Makes what is given out: the wheel, the source, the policy pack as an archive, and what is in each (CycloneDX).

`make release` makes them of the commit that is checked out. Two machines make the same bytes of one commit: times are
the commit's, and neither names nor modes of the machine's files come in.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from inference_pools.version import __version__

ROOT: Final = Path(__file__).resolve().parent.parent
PACK: Final = f"poolgate-policies-{__version__}"
SUMS: Final = "SHA256SUMS"
_LIMIT: Final = 900
"""Seconds for one step; most take some."""
_BESIDE_THE_PACK: Final = ("LICENSE", "SECURITY.md")
_NOT_OF_THE_PACK: Final = ("policies/requirements.in",)


def main(arguments: list[str]) -> int:
    """Writes everything into a folder. Returns 1 where the checkout is not what its commit says."""
    folder = Path(arguments[0]) if arguments else ROOT / "build" / "release"
    changed = _git("status", "--porcelain")
    if changed:
        print(f"not committed, so that no release can be made of it:\n{changed}", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    wheel, source = distributions(ROOT, folder)
    pack = pack_archive(ROOT, folder)
    with tempfile.TemporaryDirectory() as name:
        environment = _installed(wheel, Path(name))
        made = [wheel, source, pack, bill_of(environment, folder / f"poolgate-{__version__}.cdx.json")]
    made.append(bill_of(ROOT / "policies" / "venv", folder / f"{PACK}.cdx.json"))
    (folder / SUMS).write_text("".join(f"{_digest(path)}  {path.name}\n" for path in sorted(made)), "utf-8")
    for path in (*sorted(made), folder / SUMS):
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    return 0


def distributions(checkout: Path, folder: Path) -> tuple[Path, Path]:
    """The wheel and the source distribution of a checkout, written into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--target", "sdist"]
    _run([*command, "--directory", str(folder.absolute())], checkout)
    return folder / f"poolgate-{__version__}-py3-none-any.whl", folder / f"poolgate-{__version__}.tar.gz"


def pack_archive(checkout: Path, folder: Path) -> Path:
    """The policy pack as an archive that runs without the rest: its manifest, its program, the library, its pins."""
    listed = _git("ls-files", "--", "policies", *_BESIDE_THE_PACK, at=checkout).splitlines()
    files = {name.removeprefix("policies/"): checkout / name for name in listed if name not in _NOT_OF_THE_PACK}
    target = folder / f"{PACK}.tar.gz"
    target.write_bytes(_archive(files.items(), int(_epoch(checkout))))
    return target


def bill_of(environment: Path, target: Path, *, validate: bool = True) -> Path:
    """What is installed in a virtual environment, as a CycloneDX document. Validation takes seconds."""
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), "environment", "--output-reproducible"]
    command += [] if validate else ["--no-validate"]
    _run([*command, "--output-file", str(target.absolute()), str(environment / "bin" / "python")], ROOT)
    return target


def _installed(wheel: Path, folder: Path) -> Path:
    """An environment with the wheel, and all that it may need, as it is pinned."""
    uv = [str(Path(sys.executable).with_name("uv")), "--quiet"]
    _run([*uv, "venv", "--python", sys.executable, str(folder / "venv")], ROOT)
    into = ["pip", "install", "--python", str(folder / "venv" / "bin" / "python")]
    _run([*uv, *into, "--require-hashes", "--requirements", "requirements/runtime.txt"], ROOT)
    # By its name: what is installed from a path is listed with that path.
    links = ["--no-index", "--find-links", str(wheel.parent.absolute())]
    _run([*uv, *into, "--no-deps", *links, f"poolgate=={__version__}"], ROOT)
    return folder / "venv"


def _archive(files: Iterable[tuple[str, Path]], time: int) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in sorted(files):
            entry = tarfile.TarInfo(f"{PACK}/{name}")
            entry.size, entry.mtime, entry.mode = path.stat().st_size, time, 0o644
            with path.open("rb") as stream:
                archive.addfile(entry, stream)
    return gzip.compress(content.getvalue(), mtime=time)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _epoch(checkout: Path) -> str:
    return _git("log", "-1", "--format=%ct", at=checkout)


def _git(*arguments: str, at: Path = ROOT) -> str:
    return _run(["git", *arguments], at, {}).strip()


def _run(command: list[str], at: Path, given: Mapping[str, str] | None = None) -> str:
    """What a command prints. Raises SystemExit, with its last words, when it fails."""
    variables = {"SOURCE_DATE_EPOCH": _epoch(at)} if given is None else given
    done = subprocess.run(
        command, cwd=at, env={**os.environ, **variables}, capture_output=True, text=True, check=False, timeout=_LIMIT
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
