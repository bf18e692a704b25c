"""A crater run: poolgate over a folder of other people's repositories, judged by the real engine where the two differ.

    .venv/bin/python tools/crater.py ~/repositories                     # lint, audit, and the engine's word
    .venv/bin/python tools/crater.py ~/repositories --json crater.json  # every finding and disagreement, too
    .venv/bin/python tools/crater.py ~/repositories --check             # runs their programs

Each folder below FOLDER is taken for one repository. Nothing is installed and nothing is written into them. Without
`--check` nothing of theirs is run either: the engine is asked about copies of their Pulumi.yaml and stack files.

Disagreements are of two kinds: files with a finding that fails a run, of which the engine says nothing wrong; and files
of which the engine refuses what the lint takes (of those a sample is asked, `--sample`).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

TIMEOUT: Final = 600.0
_ABOUT_FILES: Final = frozenset(("yaml-syntax", "project-schema", "stack-schema"))
"""The rules that say what the engine says too: that a file cannot be read."""
_TRACEBACK: Final = re.compile(r"Traceback \(most recent call last\)|this is a bug in poolgate")
_PASSED_OVER: Final = frozenset((".git", "node_modules", "venv", ".venv", "__pycache__"))


@dataclass
class Repository:
    """What there is to tell of one repository. `seconds` by command."""

    name: str
    commit: str = ""
    projects: int = 0
    stack_files: int = 0
    states: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    exit_codes: dict[str, int] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    disagreements: list[dict[str, str]] = field(default_factory=list)
    asked: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs, and prints the figures. Exit 1 when there was a traceback."""
    parser = argparse.ArgumentParser(prog="tools/crater.py", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="a folder of repositories")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write all of it")
    parser.add_argument("--check", action="store_true", help="run `poolgate check`, and so their programs, too")
    parser.add_argument("--no-engine", action="store_true", help="do not ask the engine")
    parser.add_argument(
        "--sample", type=int, default=100, help="of files without a finding, for the engine (%(default)s)"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="repositories at a time (%(default)s)")
    options = parser.parse_args(arguments)
    folders = sorted(entry for entry in options.folder.iterdir() if entry.is_dir())
    if not folders:
        parser.error(f"{options.folder}: no folders in it")
    with ThreadPoolExecutor(options.jobs) as pool:
        found = list(pool.map(lambda folder: looked_at(folder, run_programs=options.check), folders))
        if not options.no_engine:
            judged_by_engine(found, options.folder, options.sample, pool)
    print(as_text(found))
    if options.json:
        options.json.write_text(
            json.dumps({"repositories": [asdict(each) for each in found]}, indent=2) + "\n", "utf-8"
        )
    return 1 if any(each.tracebacks for each in found) else 0


def looked_at(folder: Path, *, run_programs: bool) -> Repository:
    """Lints and audits one repository, and checks it where that is asked."""
    repository = Repository(folder.name, _commit(folder))
    report = _run(repository, "lint", ["lint", str(folder), "--no-cache"])
    repository.findings += report.get("findings", [])
    repository.projects = len(list(_files(folder, re.compile(r"Pulumi\.ya?ml"))))
    repository.stack_files = len(list(_files(folder, re.compile(r"Pulumi\..+\.ya?ml"))))
    states = [str(file) for file in _files(folder, re.compile(r".+\.json(\.gz|\.zst)?")) if is_state(file)]
    repository.states = len(states)
    if states:
        repository.findings += _run(repository, "audit", ["audit", *states, "--jobs=1"]).get("findings", [])
    if run_programs and repository.projects:
        repository.findings += _run(repository, "check", ["check", str(folder)]).get("findings", [])
    return repository


def _commit(folder: Path) -> str:
    done = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:12]


def _run(repository: Repository, name: str, arguments: list[str]) -> dict[str, Any]:
    """The report of a command; its time and exit code are noted, and a traceback is."""
    clock = time.monotonic()
    command = [sys.executable, "-P", "-m", "poolgate", *arguments, "--no-config", "--format=json"]
    with tempfile.TemporaryDirectory(prefix="poolgate-crater-") as elsewhere:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", cwd=elsewhere, timeout=TIMEOUT, check=False,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            repository.tracebacks.append(f"{name}: not done after {TIMEOUT:.0f} s")
            return {}
    repository.seconds[name] = round(time.monotonic() - clock, 2)
    repository.exit_codes[name] = done.returncode
    if done.returncode not in (0, 1, 2, 4) or _TRACEBACK.search(done.stderr):
        repository.tracebacks.append(f"{name}: exit {done.returncode}: {done.stderr[-2000:]}")
    try:
        report: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    except ValueError:
        repository.tracebacks.append(f"{name}: its JSON cannot be read")
        return {}
    if not report and done.returncode == 2:
        repository.findings.append({"rule": "(error)", "enforcement": "mandatory", "message": done.stderr[-500:]})
    return report


def _files(folder: Path, name: re.Pattern[str]) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _PASSED_OVER)
        yield from (Path(at, file) for file in sorted(files) if name.fullmatch(file))


def is_state(file: Path) -> bool:
    """Whether a file looks like an export or a checkpoint, by what it holds."""
    try:
        with file.open("rb") as stream:
            begin = stream.read(4096)
    except OSError:
        return False
    if begin[:2] == b"\x1f\x8b" or begin[:4] == b"\x28\xb5\x2f\xfd":
        return True
    return b'"manifest"' in begin and (b'"deployment"' in begin or b'"checkpoint"' in begin)


# ---- the engine's word


class Engine:
    """Asks the engine what it makes of a project's files, on a copy, with a backend of its own."""

    def __init__(self) -> None:
        from poolgate.sandbox.engine import require_engine

        self._command = str(require_engine().path)

    def refuses(self, project: Path, stack: Path | None) -> str:
        """What the engine says against a project, and against one of its stack files; "" when it takes both."""
        with tempfile.TemporaryDirectory(prefix="poolgate-crater-") as folder:
            copy = Path(folder, "project")
            copy.mkdir()
            (Path(folder) / "backend").mkdir()
            shutil.copyfile(project, copy / project.name)
            if stack is None:
                return self._said(copy, "stack", "init", "dev")
            name = re.fullmatch(r"Pulumi\.(.+)\.ya?ml", stack.name)
            if name is None or not re.fullmatch(r"[\w.-]{1,100}", name[1]):
                return ""
            said = self._said(copy, "stack", "init", name[1])
            if said:
                return said
            # What the engine has written about encryption belongs to its own file.
            for made in copy.glob("Pulumi.*.yaml"):
                made.unlink()
            shutil.copyfile(stack, copy / stack.name)
            return self._said(copy, "config", "--stack", name[1], "--json")

    def _said(self, copy: Path, *arguments: str) -> str:
        environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": str(copy.parent), "PULUMI_HOME": str(copy.parent / "home"),
            "PULUMI_BACKEND_URL": f"file://{copy.parent / 'backend'}", "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }  # fmt: skip
        try:
            done = subprocess.run(
                [self._command, *arguments, "--non-interactive"], cwd=copy, env=environment, capture_output=True,
                text=True, errors="replace", timeout=60, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "not done after 60 s"
        return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-400:] or f"exit {done.returncode}"


_OF_THE_BACKEND: Final = re.compile(
    r"passphrase|incorrect|secrets? (?:manager|provider)|encryptionsalt|decrypt|secretsprovider|environment"
    r"|could not get|keyvault|awskms|gcpkms|not (?:logged|supported by)|backend", re.IGNORECASE,
)  # fmt: skip
"""What the engine says of a file that it has read: keys and services that a copy does not have."""


def judged_by_engine(found: Sequence[Repository], root: Path, sample: int, pool: ThreadPoolExecutor) -> None:
    """Notes where the engine takes what the lint fails, and refuses what the lint takes."""
    engine = Engine()
    broken: dict[tuple[str, Path], list[dict[str, Any]]] = {}
    for repository in found:
        for finding in repository.findings:
            place = (finding.get("location") or {}).get("file")
            if finding["rule"] in _ABOUT_FILES and finding["enforcement"] == "mandatory" and place:
                broken.setdefault((repository.name, Path(place)), []).append(finding)
    taken = [
        (repository.name, file)
        for repository in found
        for file in _files(root / repository.name, re.compile(r"Pulumi\.(.+\.)?ya?ml"))
        if (repository.name, file) not in broken and not _is_template(file)
    ]
    random.Random(1).shuffle(taken)
    by_name = {repository.name: repository for repository in found}

    def ask(asked: tuple[str, Path]) -> str:
        file = asked[1]
        is_project = file.stem == "Pulumi"
        project = file if is_project else _project_of(file)
        return engine.refuses(project, None if is_project else file) if project else "no project beside it"

    for (name, file), said in zip(broken, pool.map(ask, list(broken)), strict=True):
        by_name[name].asked += 1
        if not said:
            for finding in broken[name, file]:
                about = {"kind": "refused by the lint only", "file": str(file), "lint": finding["message"]}
                by_name[name].disagreements.append(about)
    for (name, file), said in zip(taken[:sample], pool.map(ask, taken[:sample]), strict=True):
        by_name[name].asked += 1
        if said and said != "no project beside it" and not _OF_THE_BACKEND.search(said):
            about = {"kind": "refused by the engine only", "file": str(file), "engine": said}
            by_name[name].disagreements.append(about)


def _is_template(file: Path) -> bool:
    """Whether a file is one that `pulumi new` fills in first; the engine is not meant to take it as it is."""
    return b"${PROJECT}" in file.read_bytes() or b"${DESCRIPTION}" in file.read_bytes()


def _project_of(stack: Path) -> Path | None:
    return next(
        (file for file in (stack.with_name("Pulumi.yaml"), stack.with_name("Pulumi.yml")) if file.is_file()), None
    )


# ---- what is printed


def as_text(found: Sequence[Repository]) -> str:
    """The figures of a run."""
    lines = [
        f"{len(found)} repositories, {sum(each.projects for each in found):,} projects, "
        f"{sum(each.stack_files for each in found):,} stack files, {sum(each.states for each in found):,} states",
        "",
    ]
    width = max(len(each.name) for each in found)
    for each in found:
        codes = ", ".join(f"{name} {code} in {each.seconds[name]:.1f} s" for name, code in each.exit_codes.items())
        lines.append(
            f"  {each.name:<{width}}  {each.commit:<12}  {each.projects:>5} projects {each.stack_files:>5} stack files "
            f"{each.states:>3} states  exit {codes}"
        )
    rules = Counter((finding["enforcement"], finding["rule"]) for each in found for finding in each.findings)
    lines += ["", "findings by rule:"]
    lines += [f"  {count:>6}  {level:<9}  {rule}" for (level, rule), count in rules.most_common()]
    asked = sum(each.asked for each in found)
    differ = [about for each in found for about in each.disagreements]
    lines += [
        "",
        f"the engine was asked about {asked:,} files, and differs about {len({each['file'] for each in differ})}",
    ]
    lines += [f"  {about['kind']}: {about['file']}: {about.get('lint') or about.get('engine')}" for about in differ]
    tracebacks = [(each.name, said) for each in found for said in each.tracebacks]
    lines += ["", f"tracebacks: {len(tracebacks)}", *(f"  {name}: {said}" for name, said in tracebacks)]
    slowest = max(
        ((seconds, name, each.name) for each in found for name, seconds in each.seconds.items()), default=None
    )
    if slowest:
        lines.append(f"slowest: {slowest[1]} of {slowest[2]} in {slowest[0]:.1f} s")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
