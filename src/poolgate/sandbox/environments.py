"""Python environments of programs and packs: which interpreter runs them, and making a missing one.

The names and the resolution of Pulumi's `runtime.options` (`virtualenv`, `toolchain`) follow the official language
host (source: pulumi/pulumi, `sdk/python/toolchain/toolchain.go` and `pip.go`, v3.255.0).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference_pools.version import __version__
from poolgate.errors import PoolgateError, UsageError
from poolgate.sandbox.locks import locked
from poolgate.sandbox.processes import ending, wait_with_progress

Report = Callable[[str], None]

CREATE_LIMIT = 900.0
"""Seconds that creating one virtual environment may take, downloads included."""

_PROGRESS_SECONDS = 10.0
_TAIL_LINES = 15
_COMPLETE = ".poolgate-complete"


class EnvironmentMissingError(UsageError):
    """A program's virtual environment is missing and cannot be made; the message has the command to run."""


class PackEnvironmentError(EnvironmentMissingError):
    """A policy pack's virtual environment is missing and cannot be made; the message has the command to run."""


class OptionsError(UsageError):
    """`runtime.options` holds something that the sandbox's language host cannot honour."""


@dataclass(frozen=True)
class PythonOptions:
    """What `runtime.options` of Pulumi.yaml or PulumiPolicy.yaml says, resolved against the project's folder."""

    virtualenv: Path | None
    """Absolute path of the virtual environment; None means the `python3` on PATH, as in the official host."""
    written: str
    """The option as written, for messages; empty when it is not there."""
    typechecker: str = ""

    def python(self) -> Path:
        """The interpreter that runs the program; it need not exist yet."""
        return ambient_python() if self.virtualenv is None else self.virtualenv / "bin" / "python"


_TOOLCHAINS = ("pip", "uv")
_TYPECHECKERS = ("mypy", "pyright")


def read_options(root: Path, options: Mapping[str, object]) -> PythonOptions:
    """Read `runtime.options`; relative paths are relative to `root`, the folder of the project file.

    Raises OptionsError for a wrong type, for Poetry, and for names that Pulumi does not know.
    """
    for name in ("virtualenv", "toolchain", "typechecker"):
        if not isinstance(options.get(name, ""), str):
            raise OptionsError(f"runtime option {name} must be a string", file=root)
    toolchain = str(options.get("toolchain", ""))
    if toolchain == "poetry":
        raise OptionsError(
            "runtime option toolchain is poetry, which the sandbox's language host does not run; "
            "put the official pulumi-language-python on PATH, or name a virtualenv",
            file=root,
        )
    typechecker = str(options.get("typechecker", ""))
    for name, value, known in (
        ("toolchain", toolchain, _TOOLCHAINS),
        ("typechecker", typechecker, _TYPECHECKERS),
    ):
        if value and value not in known:
            raise OptionsError(f"unsupported {name} option: {value}", file=root)
    written = str(options.get("virtualenv", ""))
    if not written and (toolchain == "uv" or (not toolchain and (root / "uv.lock").is_file())):
        written = ".venv"  # where uv puts it
    # Joining keeps an absolute path as it is.
    return PythonOptions(root / written if written else None, written, typechecker)


def is_virtualenv(folder: Path) -> bool:
    """Whether a folder holds a virtual environment: the official host's test, an existing `bin/python`."""
    return (folder / "bin" / "python").is_file()


def ambient_python() -> Path:
    """The interpreter for programs that name no virtual environment, found as the official host finds it.

    Raises OptionsError when there is none.
    """
    names = [os.environ["PULUMI_PYTHON_CMD"]] if os.environ.get("PULUMI_PYTHON_CMD") else ["python3", "python"]
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise OptionsError(f"none of {', '.join(names)} is on PATH")


def activated(environ: Mapping[str, str], virtualenv: Path | None) -> dict[str, str]:
    """The environment variables with a virtual environment activated, as its `activate` script would."""
    result = dict(environ)
    if virtualenv is None:
        return result
    result.pop("PYTHONHOME", None)
    result["VIRTUAL_ENV"] = str(virtualenv)
    path = result.get("PATH")
    binaries = str(virtualenv / "bin")
    result["PATH"] = f"{binaries}{os.pathsep}{path}" if path else binaries
    return result


def missing_message(options: PythonOptions, folder: Path, manifest: str) -> str:
    """What to say when the virtual environment is not there: which, where, and the commands that make it."""
    assert options.virtualenv is not None
    state = "is not a virtual environment" if options.virtualenv.exists() else "does not exist"
    remedy = {
        "PulumiPolicy.yaml": f"(cd {folder} && pulumi policy install)",
        "Pulumi.yaml": f"(cd {folder} && pulumi install)",
    }[manifest]
    # A sandbox makes what it needs; `check` stays off the network until it is told otherwise.
    ours = " or: poolgate check --install," if manifest == "Pulumi.yaml" else ""
    return (
        f"the 'virtualenv' option in {manifest} is {options.written!r}, but {options.virtualenv} {state}; "
        f"create it with: {remedy},{ours} or: python3 -m venv {options.virtualenv} && "
        f"{options.virtualenv}/bin/python -m pip install -r {folder / 'requirements.txt'}"
    )


def creation_commands(virtualenv: Path, requirements: Path | None) -> list[list[str]]:
    """The commands that create a virtual environment and install into it: uv when there, else venv and pip."""
    python = str(virtualenv / "bin" / "python")
    uv = shutil.which("uv")
    if uv:
        # Not compiled here: of a provider's SDK, hundreds of megabytes, a program imports a few modules.
        commands = [[uv, "venv", "--quiet", f"--python={sys.executable}", str(virtualenv)]]
        install = [uv, "pip", "install", "--quiet", f"--python={python}"]
    else:
        commands = [[sys.executable, "-I", "-m", "venv", str(virtualenv)]]
        install = [python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if requirements is not None:
        commands.append([*install, "-r", str(requirements)])
    return commands


def create(virtualenv: Path, requirements: Path | None, report: Report, *, limit: float = CREATE_LIMIT) -> None:
    """Create a virtual environment and install the requirements into it.

    Raises PoolgateError, with the last lines of output, when a command fails or the limit (seconds) passes.
    """
    for command in creation_commands(virtualenv, requirements):
        _run(command, report, limit)


def _run(command: Sequence[str], report: Report, limit: float) -> None:
    what = " ".join(command)
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONHOME")}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            start_new_session=True,
        )
        with ending(process):
            code = wait_with_progress(
                process, limit=limit, every=_PROGRESS_SECONDS, report=report, what=f"running {what}"
            )
        if code == 0:
            return
        output.seek(0)
        tail = output.read().decode(errors="replace").strip().splitlines()[-_TAIL_LINES:]
    failure = f"did not end within {limit:.0f} s" if code is None else f"failed with exit code {code}"
    raise PoolgateError("\n    ".join([f"{what} {failure}", *tail]))


def ensure(
    folder: Path,
    options: PythonOptions,
    manifest: str,
    cache: Path,
    report: Report,
    *,
    limit: float = CREATE_LIMIT,
) -> Path | None:
    """The virtual environment of a project or pack; made from its requirements.txt when it is missing.

    A pack that needs no more than the poolgate that runs it gets poolgate's own environment.
    A made one is kept under `cache`, by the content of requirements.txt and the version of Python, and never in
    the user's tree. None when the options name no virtual environment. Raises EnvironmentMissingError
    (PackEnvironmentError for a pack) with the command to run when it cannot be made.
    """
    if options.virtualenv is None or is_virtualenv(options.virtualenv):
        return options.virtualenv
    error = PackEnvironmentError if manifest == "PulumiPolicy.yaml" else EnvironmentMissingError
    requirements = folder / "requirements.txt"
    if not requirements.is_file():
        raise error(missing_message(options, folder, manifest), file=folder / manifest)
    if _asks_for_this_poolgate(requirements) and sys.prefix != sys.base_prefix:
        return Path(sys.prefix)
    made = _place(requirements, cache)
    with locked(made.parent, report, limit=limit):
        if not (made / _COMPLETE).is_file():
            report(f"creating the virtual environment of {folder} in {made}")
            shutil.rmtree(made, ignore_errors=True)
            try:
                create(made, requirements, report, limit=limit)
            except PoolgateError as cause:
                message = f"{missing_message(options, folder, manifest)}\n  tried: {cause}"
                raise error(message, file=folder / manifest) from cause
            (made / _COMPLETE).touch()
    return made


def _asks_for_this_poolgate(requirements: Path) -> bool:
    """Whether the poolgate that runs here is all that is asked for: its environment has it, on an index or not."""
    lines = (line.partition("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line] == [f"poolgate=={__version__}"]


def existing(folder: Path, options: PythonOptions, cache: Path) -> Path | None:
    """The virtual environment that is there now: the project's own, else one that `ensure` made; None for neither."""
    if options.virtualenv is None or is_virtualenv(options.virtualenv):
        return options.virtualenv
    requirements = folder / "requirements.txt"
    made = _place(requirements, cache) if requirements.is_file() else None
    return made if made is not None and (made / _COMPLETE).is_file() else None


def _place(requirements: Path, cache: Path) -> Path:
    """Where the environment for some requirements is kept: one for each content and each Python."""
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode() + sys.base_prefix.encode()).hexdigest()
    return cache / "environments" / key[:24]


def installed_version(python: Path, distribution: str, *, limit: float = 30.0) -> str | None:
    """The version of a distribution that an interpreter sees, from its metadata; None when not installed.

    Nothing is imported: some provider packages take seconds to. Raises PoolgateError when the interpreter
    does not run.
    """
    from importlib.metadata import distributions

    for found in distributions(name=distribution, path=search_path(python, limit=limit)):
        return found.version
    return None


def search_path(python: Path, *, limit: float = 30.0) -> list[str]:
    """The import path of an interpreter. Raises PoolgateError when it does not answer within `limit` seconds."""
    program = "import sys; print(*sys.path[1:], sep='\\n')"
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    try:
        done = subprocess.run(
            [str(python), "-c", program],
            capture_output=True,
            text=True,
            timeout=limit,
            check=True,
            env=environ,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PoolgateError(f"{python} does not run: {error}") from error
    return [line for line in done.stdout.splitlines() if line]
