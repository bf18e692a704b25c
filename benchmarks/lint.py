"""How long `poolgate lint` takes, beside other validators, on the same stack files; start-up included.

The peers judge the files by an equal schema and know nothing of Pulumi. `poolgate lint` is measured without its cache,
and then with what the first run left there. Every side has to tell the broken files from the good ones, and
`poolgate lint` has to name the line of each; else there is no table.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.lint_configs import Slip, make_configs
from benchmarks.measure import interleaved, show, with_bytecode
from poolgate.errors import PoolgateError
from poolgate.files import cache_directory

COUNTS: Final = (1, 100, 1000)
CHECK_JSONSCHEMA: Final = "0.39.0"
_PEERS: Final = Path(__file__).parent / "lint_peers"
_SETTING_UP: Final = 600
_RUN_LIMIT: Final = 600


@dataclass(frozen=True, slots=True)
class Side:
    """A validator: its command, to which the names of the files are added, and how to read what it prints."""

    command: tuple[str, ...]
    broken: Callable[[str], frozenset[str]] | None
    by_folder: bool = False


def _lines_that(pattern: str) -> Callable[[str], frozenset[str]]:
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda printed: frozenset(Path(match[1]).name for match in compiled.finditer(printed))


def _named_in_json(printed: str) -> frozenset[str]:
    return frozenset(Path(error["filename"]).name for error in json.loads(printed)["errors"])


def _sides(folder: Path) -> Mapping[str, Side]:
    schema = str(folder / "peers.schema.json")
    npm, python = _npm_peers(), _check_jsonschema()
    poolgate = str(Path(sys.executable).with_name("poolgate"))
    return {
        "poolgate lint": Side((poolgate, "lint", "--no-cache"), None, by_folder=True),
        "poolgate lint, once more": Side((poolgate, "lint"), None, by_folder=True),  # the check of it was the first run
        "sourcemeta jsonschema (C++)": Side(
            (str(_sourcemeta(npm)), "validate", "-c", schema), _lines_that(r"^fail: (.+)$")
        ),
        "ajv-cli (node)": Side(
            (str(npm / ".bin" / "ajv"), "validate", "--spec=draft2020", "--strict=false", "-s", schema),
            _lines_that(r"^(.+) invalid$"),
        ),
        "PyYAML's C loader + jsonschema-rs": Side(
            (sys.executable, str(_PEERS / "rust_validator.py"), schema), _lines_that(r"^(.+)$")
        ),
        "PyYAML's C loader alone": Side((sys.executable, str(_PEERS / "bare_parse.py")), None),
        "check-jsonschema": Side((str(python), "--schemafile", schema, "-o", "json"), _named_in_json),
    }


def main(rounds: int) -> int:
    """Prints a table for each number of files; the last column is against `poolgate lint`."""
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            slips = make_configs(folder, count)
            files = sorted(str(file) for file in folder.glob("Pulumi.s*.yaml"))
            sides = _sides(folder)
            for label, side in sides.items():
                _check(label, side, folder, files, slips)
            _show(sides, folder, files, len(slips), rounds)
    return 0


def _show(sides: Mapping[str, Side], folder: Path, files: list[str], broken: int, rounds: int) -> None:
    print(f"lint, {len(files)} stack files of which {broken} broken: wall seconds")
    show(interleaved({label: _runner(side, folder, files) for label, side in sides.items()}, rounds), "poolgate lint")


def _runner(side: Side, folder: Path, files: list[str]) -> Callable[[], None]:
    return lambda: _discard(_run(side, folder, files))


def _discard(_printed: str) -> None:
    pass


def _run(side: Side, folder: Path, files: list[str]) -> str:
    """What a side prints. Raises PoolgateError when it fails otherwise than by finding something."""
    if side.by_folder:
        arguments = [str(folder)]
    elif "ajv" in side.command[0]:
        arguments = [part for file in files for part in ("-d", file)]
    else:
        arguments = files
    done = subprocess.run(
        [*side.command, *arguments],
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=_RUN_LIMIT,
        check=False,
    )
    if done.returncode not in (0, 1, 2):
        raise PoolgateError(f"{side.command[0]} exited {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout + (done.stderr if "ajv" in side.command[0] or "jsonschema-" in side.command[0] else "")


def _environment() -> dict[str, str]:
    """Every Python program is compiled once, as an installed one is, however this environment is set."""
    return with_bytecode(os.environ, cache_directory() / "benchmarks" / "bytecode")


def _check(label: str, side: Side, folder: Path, files: list[str], slips: list[Slip]) -> None:
    """Raises PoolgateError when a side misses a broken file, or finds fault with a good one."""
    truth = frozenset(slip.file for slip in slips)
    if side.by_folder:
        report = json.loads(_run(Side((*side.command, "--format=json"), None, by_folder=True), folder, files))
        found = {(Path(f["location"]["file"]).name, f["location"]["line"]) for f in report["findings"]}
        if found != {(slip.file, slip.line) for slip in slips}:
            raise PoolgateError(f"{label}: of {len(slips)} lines {len(found)} were found, or others")
    elif side.broken is not None and (named := side.broken(_run(side, folder, files))) != truth:
        raise PoolgateError(
            f"{label}: {len(truth - named)} broken files missed, {len(named - truth)} good ones refused"
        )


def _npm_peers() -> Path:
    """The node_modules of the peers, installed from their lock file if they are not in the cache."""
    folder = cache_directory() / "benchmarks" / "lint-peers"
    wanted = (_PEERS / "package-lock.json").read_bytes()
    done = folder / "installed.json"
    if not done.exists() or done.read_bytes() != wanted:
        npm = shutil.which("npm")
        if npm is None:
            raise PoolgateError("the peers of the lint come from npm, and there is no `npm` on PATH")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((_PEERS / name).read_bytes())
        _set_up(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
        done.write_bytes(wanted)
    return folder / "node_modules"


def _sourcemeta(node_modules: Path) -> Path:
    """Its program itself: what npm puts on PATH is a script that starts Node first."""
    machine = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine().lower()]
    name = f"jsonschema-{sys.platform}-{machine}"
    return node_modules / "@sourcemeta" / "jsonschema" / "build" / "github-releases" / name


def _check_jsonschema() -> Path:
    """check-jsonschema, in a virtual environment of its own in the cache."""
    folder = cache_directory() / "benchmarks" / f"check-jsonschema-{CHECK_JSONSCHEMA}"
    command = folder / "bin" / "check-jsonschema"
    if not command.exists():
        venv.create(folder, with_pip=True)
        _set_up(str(folder / "bin" / "pip"), "install", "--quiet", f"check-jsonschema=={CHECK_JSONSCHEMA}", cwd=folder)
    return command


def _set_up(*command: str, cwd: Path) -> None:
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    try:
        subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True, timeout=_SETTING_UP)
    except subprocess.SubprocessError as error:
        raise PoolgateError(f"{' '.join(command[:2])} failed: {getattr(error, 'stderr', b'') or error}") from error
