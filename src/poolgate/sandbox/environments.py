"""Python environments of programs and packs: which interpreter runs them, and making a missing one.

The names and the resolution of Pulumi's `runtime.options` (`virtualenv`, `toolchain`) follow the official language
host (source: pulumi/pulumi, `sdk/python/toolchain/{toolchain,pip,uv,poetry}.go`, 2026-08-21). It lets uv bring an
environment up to date before each run; here what is there is taken as it is.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from inference_pools.version import __version__
from poolgate.errors import PoolgateError, UsageError
from poolgate.sandbox.locks import locked
from poolgate.sandbox.processes import run_or_fail

Report = Callable[[str], None]

CREATE_LIMIT = 900.0
"""Seconds that creating one virtual environment may take, downloads included."""

_PROGRESS_SECONDS = 10.0
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
    """The virtual environment; None means the `python3` on PATH, as in the official host."""
    written: str
    """The option as written, for messages; empty when it is not there."""
    typechecker: str = ""
    toolchain: str = "pip"
    """What manages the environment: pip, uv or poetry, whether it was written or found out by a lock file."""
    program: Path | None = None
    """The folder of the program, where the toolchain is run and looks for its files, upward; None for the project's."""

    def python(self) -> Path:
        """The interpreter that runs the program; it need not exist yet."""
        return ambient_python() if self.virtualenv is None else self.virtualenv / "bin" / "python"


_TOOLCHAINS = ("pip", "uv", "poetry")
_TYPECHECKERS = ("mypy", "pyright")


def read_options(
    root: Path, options: Mapping[str, object], program: Path | None = None, *, ask_poetry: bool = True
) -> PythonOptions:
    """Read `runtime.options`; relative paths are relative to `root`, the folder of the project file.

    `program` is the file or folder that `main` names, `root` by default. Poetry, which starts the interpreter of an
    environment to tell where it is, is asked for it unless `ask_poetry` is off. Raises OptionsError for a wrong type
    and for names that Pulumi does not know, EnvironmentMissingError where poetry is needed and not there.
    """
    for name in ("virtualenv", "toolchain", "typechecker"):
        if not isinstance(options.get(name, ""), str):
            raise OptionsError(f"runtime option {name} must be a string", file=root)
    toolchain = str(options.get("toolchain", ""))
    typechecker = str(options.get("typechecker", ""))
    for name, value, known in (
        ("toolchain", toolchain, _TOOLCHAINS),
        ("typechecker", typechecker, _TYPECHECKERS),
    ):
        if value and value not in known:
            raise OptionsError(f"unsupported {name} option: {value}", file=root)
    written = str(options.get("virtualenv", ""))
    program = program or root
    folder = program.parent if program.is_file() else program
    toolchain = toolchain or _found_toolchain(folder)
    virtualenv = root / written if written else None  # joining keeps an absolute path as it is
    if toolchain == "poetry":
        virtualenv = _poetry_environment(folder) if ask_poetry else folder / _IN_PROJECT
    elif toolchain == "uv" and virtualenv is None:
        virtualenv = _uv_environment(folder)
    return PythonOptions(virtualenv, written, typechecker, toolchain, folder)


def _found_toolchain(folder: Path) -> str:
    """The toolchain of a project that names none: that whose lock file is nearest to none, uv's first."""
    return next(
        (name for name, lock in (("uv", "uv.lock"), ("poetry", "poetry.lock")) if _nearest(folder, lock)), "pip"
    )


def _nearest(folder: Path, *names: str) -> Path | None:
    """The nearest file of the first of these names that is in a folder or in one above it."""
    start = Path(os.path.abspath(folder))  # noqa: PTH100 - `..` as the official host takes it: links are not resolved
    above = (start, *start.parents)
    return next((each / name for name in names for each in above if (each / name).exists()), None)


def _uv_environment(folder: Path) -> Path:
    """Where uv keeps the environment of a program: beside the lock file, else beside the project's file."""
    manifest = _nearest(folder, "uv.lock", "pyproject.toml")
    # Joining keeps an absolute path as it is.
    return (manifest.parent if manifest else folder) / (os.environ.get("UV_PROJECT_ENVIRONMENT") or ".venv")


_IN_PROJECT: Final = ".venv"
"""Where poetry looks first."""

POETRY_LIMIT: Final = 60.0
"""Seconds that poetry may take to say where an environment is."""


def _poetry_environment(folder: Path) -> Path:
    """Where poetry keeps the environment of a program; a place where none is when it has made none.

    Raises EnvironmentMissingError when there is no poetry to ask.
    """
    in_project = folder / _IN_PROJECT
    if is_virtualenv(in_project) and shutil.which("poetry") is None:
        return in_project
    return _asked_of_poetry(folder.resolve(), os.environ.get("PATH", "")) or in_project


@lru_cache(maxsize=256)
def _asked_of_poetry(folder: Path, path: str) -> Path | None:
    """What `poetry env info --path` says: once for each folder, since it takes a second."""
    command = _tool("poetry", folder)
    try:
        done = subprocess.run(
            [command, "env", "info", "--path"],
            cwd=folder,
            env=_poetry_variables(),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=POETRY_LIMIT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise EnvironmentMissingError(f"{command} does not run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        limit = f"did not end within {POETRY_LIMIT:.0f} s"
        raise EnvironmentMissingError(f"`poetry env info --path` in {_shown(folder)} {limit}: run it by hand") from None
    said = done.stdout.strip()
    return Path(said.splitlines()[-1]) if said and done.returncode == 0 else None


def _poetry_variables() -> dict[str, str]:
    """The environment variables for poetry, which takes an active environment for that of the project.

    As Pulumi does, but for the environment that poolgate runs in: nobody has activated that one for the project.
    """
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    if variables.get("VIRTUAL_ENV") == sys.prefix:
        del variables["VIRTUAL_ENV"]
    return variables


_TOOLS: Final = {
    "uv": "https://docs.astral.sh/uv/getting-started/installation/",
    "poetry": "https://python-poetry.org/docs/#installation",
}
"""The tools that manage environments, and how to get them."""


def _tool(name: str, folder: Path) -> str:
    """The path of a tool. Raises EnvironmentMissingError, with how to get it, when it is not there."""
    found = shutil.which(name)
    if found is None:
        raise EnvironmentMissingError(
            f"the project in {_shown(folder)} uses {name}, which is not on PATH; install it as {_TOOLS[name]} says"
        )
    return found


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
    # A sandbox makes what it needs; `check` stays off the network until it is told otherwise.
    ours = " or: poolgate check --install," if manifest == "Pulumi.yaml" else ""
    return _MISSING[options.toolchain](options, folder, options.program or folder, manifest, ours)


def _pip_missing(options: PythonOptions, folder: Path, program: Path, manifest: str, ours: str) -> str:
    assert options.virtualenv is not None
    virtualenv = _quoted(options.virtualenv)
    said = f"the 'virtualenv' option in {manifest} is {options.written!r}, but {_state(options.virtualenv)}; "
    requirements = program / "requirements.txt"
    install = f"{virtualenv}/bin/python -m pip install -r {_quoted(requirements)}"
    by_hand = f"python3 -m venv {virtualenv} && {install}"
    if requirements.is_file():
        return f"{said}create it with: (cd {_quoted(folder)} && pulumi install),{ours} or: {by_hand}"
    return (
        f"{said}nothing says what belongs into it: write what the program imports, pulumi first, to "
        f"{_quoted(requirements)}, then: (cd {_quoted(folder)} && pulumi install),{ours} or: {by_hand}"
    )


def _uv_missing(options: PythonOptions, folder: Path, program: Path, manifest: str, ours: str) -> str:
    assert options.virtualenv is not None
    said = f"the project uses uv, and its environment {_state(options.virtualenv)}; "
    absolute = shlex.quote(os.path.abspath(options.virtualenv))  # noqa: PTH100
    place = f"UV_PROJECT_ENVIRONMENT={absolute} " if options.written else ""
    here = f"cd {_quoted(program)}"
    if _nearest(program, "uv.lock", "pyproject.toml"):
        return f"{said}create it with: ({here} && {place}uv sync){ours.removesuffix(',')}"
    requirements = _nearest(program, "requirements.txt")
    if requirements:
        virtualenv = _quoted(options.virtualenv)
        install = f"uv pip install --python {virtualenv} -r {_quoted(requirements)}"
        return f"{said}create it with: uv venv {virtualenv} && {install}{',' if ours else ''}{ours.removesuffix(',')}"
    return (
        f"{said}it has no pyproject.toml, either; write both with: ({here} && uv init --bare && {place}uv add pulumi)"
    )


def _poetry_missing(options: PythonOptions, folder: Path, program: Path, manifest: str, ours: str) -> str:
    here = f"cd {_quoted(program)}"
    if _nearest(program, "pyproject.toml"):
        said = "the project uses poetry, which has made no environment for it; "
        return f"{said}create it with: ({here} && poetry install){ours.removesuffix(',')}"
    return (
        "the project uses poetry, and has no pyproject.toml; write one and make its environment with: "
        f"({here} && poetry init --no-interaction --dependency pulumi && poetry install --no-root)"
    )


_MISSING: Final = {"pip": _pip_missing, "uv": _uv_missing, "poetry": _poetry_missing}


def _state(virtualenv: Path) -> str:
    return f"{_shown(virtualenv)} {'is not a virtual environment' if virtualenv.exists() else 'does not exist'}"


def _shown(path: Path) -> str:
    """A path as one would type it here. A link stays one."""
    absolute = os.path.abspath(path)  # noqa: PTH100
    here = os.getcwd()  # noqa: PTH109
    return absolute.removeprefix(os.path.join(here, "")) if absolute != here else "."  # noqa: PTH118


def _quoted(path: Path) -> str:
    """A path for a command that is to be copied into a shell."""
    return shlex.quote(_shown(path))


def creation_commands(virtualenv: Path, requirements: Path | None) -> list[list[str]]:
    """The commands that create a virtual environment and install into it: uv when there, else venv and pip."""
    python = str(virtualenv / "bin" / "python")
    uv = shutil.which("uv")
    # Nothing is compiled here: of a provider's SDK, hundreds of megabytes, a program imports a few modules.
    if uv:
        commands = [[uv, "venv", "--quiet", f"--python={sys.executable}", str(virtualenv)]]
        install = [uv, "pip", "install", "--quiet", f"--python={python}"]
    else:
        commands = [[sys.executable, "-I", "-m", "venv", str(virtualenv)]]
        install = [python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    if requirements is not None:
        commands.append([*install, "-r", str(requirements)])
    return commands


class _Command(NamedTuple):
    """A command that makes an environment, where it is run, and variables that it needs."""

    words: Sequence[str]
    folder: Path | None = None
    variables: Mapping[str, str] = {}


def _run(command: _Command, report: Report, limit: float) -> None:
    what = " ".join(command.words)
    left_out = ("VIRTUAL_ENV", "PYTHONHOME")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    run_or_fail(
        command.words,
        what=what,
        cwd=command.folder,
        env={**kept, **command.variables},
        limit=limit,
        every=_PROGRESS_SECONDS,
        report=report,
        progress=f"running {what}",
    )


def ensure(
    folder: Path,
    options: PythonOptions,
    manifest: str,
    cache: Path,
    report: Report,
    *,
    limit: float = CREATE_LIMIT,
) -> Path | None:
    """The virtual environment of a project or pack; made by the project's own tool when it is missing.

    A pack that needs no more than the poolgate that runs it gets poolgate's own environment.
    A made one is kept under `cache`, by what it is made from and the version of Python, and never in the user's tree;
    poetry keeps its own where it keeps them all, and writes poetry.lock where there is none. None when the options name
    no virtual environment. Raises EnvironmentMissingError (PackEnvironmentError for a pack) with the command to run
    when it cannot be made.
    """
    found = existing(folder, options, cache)
    if options.virtualenv is None or (found is not None and not _is_half_made(found, options)):
        return found
    error = PackEnvironmentError if manifest == "PulumiPolicy.yaml" else EnvironmentMissingError
    where = folder / manifest
    try:
        if options.toolchain == "poetry":
            return _make_with_poetry(options.program or folder, report, limit)
        recipe = _recipe(folder, options)
        made = _place(recipe, cache) if recipe else None
        if recipe is None or made is None:
            raise error(missing_message(options, folder, manifest), file=where)
        with locked(made.parent, report, limit=limit):
            if not (made / _COMPLETE).is_file():
                report(f"creating the virtual environment of {folder} in {made}")
                shutil.rmtree(made, ignore_errors=True)
                for command in recipe.commands(made):
                    _run(command, report, limit)
                (made / _COMPLETE).touch()
    except EnvironmentMissingError:
        raise
    except PoolgateError as cause:
        message = f"{missing_message(options, folder, manifest)}\n  tried: {cause}"
        raise error(message, file=where) from cause
    return made


def _is_half_made(virtualenv: Path, options: PythonOptions) -> bool:
    """Whether it is what poetry leaves behind where an installation fails: an environment with nothing in it."""
    return options.toolchain == "poetry" and installed_version(virtualenv / "bin" / "python", "pulumi") is None


def _make_with_poetry(program: Path, report: Report, limit: float) -> Path:
    command = [_tool("poetry", program), "install", "--no-interaction", "--no-ansi"]
    if _nearest(program, "pyproject.toml") is None:
        raise PoolgateError("there is no pyproject.toml")
    report(f"poetry makes the virtual environment of {program}")
    _run(_Command(command, program), report, limit)
    _asked_of_poetry.cache_clear()
    made = _poetry_environment(program)
    if not is_virtualenv(made):
        raise PoolgateError("poetry installed the project and names no environment of it")
    return made


class _Recipe(NamedTuple):
    """How an environment is made, and the files and words that decide what is in it."""

    files: Sequence[Path]
    words: str
    commands: Callable[[Path], Sequence[_Command]]


def _recipe(folder: Path, options: PythonOptions) -> _Recipe | None:
    """How the environment of a project is made outside of it; None when nothing says what belongs into it."""
    if options.toolchain == "uv":
        return _uv_recipe(options.program or folder)
    requirements = folder / "requirements.txt"
    if options.toolchain != "pip" or not requirements.is_file():
        return None
    return _Recipe([requirements], "", lambda made: [_Command(each) for each in creation_commands(made, requirements)])


def _uv_recipe(program: Path) -> _Recipe | None:
    """By the lock file as it is. Without one nothing is locked: that would write into the project."""
    lock, manifest = _nearest(program, "uv.lock"), _nearest(program, "pyproject.toml")
    # A package is installed as what lies there, so that no other project may use the environment.
    words = str(program.resolve())
    if lock and manifest:

        def synced(made: Path) -> Sequence[_Command]:
            sync = [_tool("uv", program), "sync", "--quiet", "--frozen"]
            return [_Command(sync, program, {"UV_PROJECT_ENVIRONMENT": str(made)})]

        return _Recipe([lock, manifest], words, synced)
    needed = manifest or _nearest(program, "requirements.txt")
    if needed is None:
        return None

    def installed(made: Path) -> Sequence[_Command]:
        uv = _tool("uv", program)
        install = [uv, "pip", "install", "--quiet", f"--python={made / 'bin' / 'python'}", "-r", str(needed)]
        return [_Command([uv, "venv", "--quiet", str(made)], program), _Command(install, program)]

    return _Recipe([needed], words, installed)


def _asks_for_this_poolgate(requirements: Path) -> bool:
    """Whether the poolgate that runs here is all that is asked for: its environment has it, on an index or not."""
    if sys.prefix == sys.base_prefix or not requirements.is_file():
        return False
    lines = (line.partition("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line] == [f"poolgate=={__version__}"]


def existing(folder: Path, options: PythonOptions, cache: Path) -> Path | None:
    """The virtual environment that is there now; None for none.

    It is the project's own; else poolgate's, for a pack that needs no more than this poolgate; else one that `ensure`
    made.
    """
    if options.virtualenv is None or is_virtualenv(options.virtualenv):
        return options.virtualenv
    if options.toolchain == "pip" and _asks_for_this_poolgate(folder / "requirements.txt"):
        return Path(sys.prefix)
    recipe = _recipe(folder, options)
    made = _place(recipe, cache) if recipe is not None else None
    return made if made is not None and (made / _COMPLETE).is_file() else None


def _place(recipe: _Recipe, cache: Path) -> Path:
    """Where an environment is kept: one for each content of the files that it is made from, and each Python."""
    content = b"".join(file.read_bytes() for file in recipe.files)
    key = hashlib.sha256(content + f"{recipe.words}{sys.version}{sys.base_prefix}".encode()).hexdigest()
    return cache / "environments" / key[:24]


def installed_version(python: Path, distribution: str, *, limit: float = 30.0) -> str | None:
    """The version of a distribution that an interpreter sees; None when not installed. Raises as the next."""
    return installed_versions(python, [distribution], limit=limit).get(distribution)


def installed_versions(python: Path, names: Iterable[str], *, limit: float = 30.0) -> dict[str, str]:
    """The versions of those distributions that an interpreter sees, from their metadata.

    Nothing is imported: some provider packages take seconds to. Raises PoolgateError when the interpreter
    does not run.
    """
    from importlib.metadata import distributions

    path = search_path(python, limit=limit)
    found = {name: next(iter(distributions(name=name, path=path)), None) for name in names}
    return {name: one.version for name, one in found.items() if one is not None}


def search_path(python: Path, *, limit: float = 30.0) -> list[str]:
    """The import path of an interpreter. Raises PoolgateError when it does not answer within `limit` seconds."""
    program = "import sys; print(*sys.path[1:], sep='\\n')"
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    return [line for line in answer(python, program, environ, limit=limit).splitlines() if line]


_answers: Final[dict[tuple[object, ...], str]] = {}


def answer(python: Path, program: str, environ: Mapping[str, str], *, limit: float) -> str:
    """What an interpreter prints for a program that asks it about itself; asked once, while nothing is installed.

    Raises PoolgateError when it does not run, or not answer within `limit` seconds.
    """
    home = python.parent.parent
    files = [home / "pyvenv.cfg", *sorted(home.glob("lib*/python3*/site-packages"))]
    state = [(str(file), file.stat().st_mtime_ns) for file in files if file.exists()]
    told = [(name, value) for name, value in environ.items() if name.startswith(("PYTHON", "VIRTUAL_ENV"))]
    key = (str(python), program, *sorted(told), *state)
    if state and key in _answers:
        return _answers[key]
    try:
        done = subprocess.run(
            [str(python), "-c", program],
            capture_output=True,
            text=True,
            timeout=limit,
            check=True,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PoolgateError(f"{python} does not run: {error}") from error
    _answers[key] = done.stdout
    return done.stdout
