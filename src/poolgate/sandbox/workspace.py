"""Runs Pulumi on a copy of a project: no cloud, no credentials, nothing written to the user's tree.

A sandbox has its own Pulumi home, a file backend, and a stand-in for the providers of the clouds that refuses to
create anything. Secrets of the stacks' configuration are replaced by a stand-in that stays secret. Every wait has a
limit, and whatever was started is ended with the sandbox.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Final, Self

from inference_pools import beside
from poolgate.errors import PoolgateError, UsageError
from poolgate.files import cache_directory
from poolgate.sandbox import environments, file_backend, project_files, stack_references
from poolgate.sandbox.engine import Engine, require_engine
from poolgate.sandbox.event_log import read_events
from poolgate.sandbox.processes import end_session, ended_by_sigterm, running, undisturbed, watch_session
from poolgate.standin import clouds
from poolgate.standin.fixtures import load_fixtures

if TYPE_CHECKING:
    from poolgate.sandbox.shared_host import SharedHosts
    from poolgate.standin.provider import StandIns

DEFAULT_TIMEOUT = 600.0
"""Seconds one command may take unless told otherwise."""

PROVIDER_LIMIT = 60.0
"""Seconds the stand-in may take to print its ports."""

INTERRUPT_GRACE = 10.0
"""Seconds a command may take to end after Ctrl-C."""

_INIT_LIMIT = 60.0
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
"""A name of a project or stack that every engine takes."""
_REPEATED = re.compile(r"(cannot (?:unmarshal|decode) !!\w+) `.*?`(?= (?:into|as a) )", re.DOTALL)
"""What the engine's YAML library says of a value that it cannot take."""
_OF_PREVIEWS: Final = "previews"
_PROJECTS: Final = "projects"
_OF_PROJECTS: Final = ("home", "state", "azure", _PROJECTS, _OF_PREVIEWS)
"""The folders of a sandbox that are written to for a project, or by its program."""
_DYNAMIC_EXEC = Path(__file__).parent / "dynamic_exec.py"
_TAIL_LINES = 20

APPLYING: Final = frozenset("up update destroy down dn refresh import watch deployment do api insights neo".split())
"""Commands of pulumi that change or read real infrastructure, or act on a service; refused before the engine starts."""
HARMLESS: Final = frozenset(
    (
        "about cancel completion config console convert create env esc gen-completion help install login logout "
        "logs new org package plugin policy pre preview project schema setup stack state template version whoami"
    ).split()
)
"""Those that do neither. One that is in neither list is refused, too: a newer engine may have given it to either."""
# Commands of pulumi that work on a stack, so that one has to be chosen.
_NEEDING_STACK = APPLYING | {"preview", "pre", "config", "stack", "export", "state", "console", "logs", "cancel"}

# Options of pulumi that may stand before the command; a test reads them from the engine's help.
VALUED_GLOBALS: Final = frozenset(
    {"-C", "--cwd", "--color", "--memprofilerate", "--otel-traces", "--profiling", "--tracing", "-v", "--verbose"}
)
PLAIN_GLOBALS: Final = frozenset(
    {
        *("--disable-integrity-checking", "-e", "--emoji", "-Q", "--fully-qualify-stack-names", "-h", "--help"),
        *("--logflow", "--logtostderr", "--non-interactive", "--version"),
    }
)
# Options of pulumi whose value is a path, relative to where the user stands.
_PATH_OPTIONS = ("--event-log", "--file", "--import-file", "--out", "--plan", "--save-plan")
_PACK_OPTION = "--policy-pack"
_PACK_VARIABLE = "PULUMI_OPTION_POLICY_PACK"
_PACK_CONFIG_OPTION = "--policy-pack-config"
_CONFIG_OPTION = "--config-file"

_COMPILED: Final = "__pycache__"
"""Of a pack it is copied: to compile hundreds of modules takes longer than to judge with them."""

# Caches and tools' folders: never part of a program.
_NEVER_COPIED = frozenset(
    {
        ".git",
        ".hg",
        ".hypothesis",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        _COMPILED,
        "node_modules",
    }
)

# Room for what is copied from beside a project: a second's work, and more than the sources of most repositories.
_NEIGHBOUR_FILES = 5_000
_NEIGHBOUR_BYTES = 100 * 1024 * 1024
_NEIGHBOUR_PATIENCE = 20_000  # files looked at, those that there is no room for among them

# The interpreter that runs a program's dynamic providers, as in the script that comes with the official host.
_PROGRAM_PYTHON = '"${PULUMI_RUNTIME_VIRTUALENV:+$PULUMI_RUNTIME_VIRTUALENV/bin/}python3"'

# Whoever runs in the sandbox has no cloud account. The rest of PULUMI_* would point at the user's own backend.
_CREDENTIAL_PREFIXES = ("ARM_", "AWS_", "AZURE_", "CLOUDSDK_", "GOOGLE_", "MSI_", "IDENTITY_")
_OPTION_PREFIX = "PULUMI_OPTION_"
"""Of variables that give pulumi an option, such as PULUMI_OPTION_EXCLUDE for --exclude."""
_KEPT_PULUMI = frozenset(
    {
        "PULUMI_DEBUG_COMMANDS",
        "PULUMI_DEBUG_GRPC",
        "PULUMI_ENABLE_STREAMING_JSON_PREVIEW",
        "PULUMI_EXPERIMENTAL",
        "PULUMI_PYTHON_CMD",
        "PULUMI_STACK",
    }
)


class CommandTimeoutError(UsageError):
    """A command in the sandbox did not end within its limit and was ended; the message has its last output."""


class ProjectUnusableError(UsageError):
    """A project cannot be brought into the sandbox: what is wrong with it keeps no other project from a preview."""


class RefusedError(UsageError):
    """A command that would apply something was refused."""


@dataclass(frozen=True)
class Completed:
    """A command that has ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class PreviewRun:
    """A preview that has ended: the engine's exit code, its events in order, and what it printed."""

    returncode: int
    events: list[dict[str, Any]]
    stdout: str
    stderr: str


@dataclass
class _Project:
    """`providers` are those that the stand-in stands in for, as `PACKAGE=VERSION`; `options` those of its copy."""

    copy: Path
    providers: tuple[str, ...]
    options: environments.PythonOptions | None
    stacks: list[str] = field(default_factory=list)


@dataclass
class _Beside:
    """What is copied of a repository beside a project, and what each file and folder of that is known by."""

    project: Path
    copy: Path
    place: Path
    seen: Mapping[str, tuple[int, ...]]

    def put_back(self) -> bool:
        """Remove the project's copy, and what has been laid beside it; whether all else is as it was copied."""
        shutil.rmtree(self.copy, ignore_errors=True)
        now = _seen_in(self.place)
        for path in now.keys() - self.seen.keys():
            Path(path).unlink(missing_ok=True) if len(now[path]) > _OF_A_FOLDER else shutil.rmtree(path, True)
        return all(now.get(path) == seen for path, seen in self.seen.items())


_OF_A_FOLDER: Final = 2


def _seen_in(folder: Path, but: Path | None = None) -> dict[str, tuple[int, ...]]:
    """What the files and folders below a folder are known by, but for one: nobody can write to a file and keep all."""
    found: dict[str, tuple[int, ...]] = {}
    folders = [str(folder)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if but is not None and entry.path == str(but):
                    continue
                told = entry.stat(follow_symlinks=False)
                found[entry.path] = (told.st_mode, told.st_ino)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    found[entry.path] += (told.st_size, told.st_mtime_ns, told.st_ctime_ns)
    return found


class Sandbox:
    """A place to run Pulumi in, as a context manager; everything in it is gone at the end.

    `read_fixtures` names the stand-in's file of answers to reads. `test_only_allow_apply` lets tests produce real
    state files with `pulumi up`; resources exist in that state alone. `report` is told about slow steps.
    Without `takes_options` no PULUMI_OPTION_… of the environment counts: --exclude would narrow what is judged.
    With `shares_host` our language host is a part of this process, and programs and packs are forked where they can be.
    """

    def __init__(
        self,
        *,
        engine: Engine | None = None,
        test_only_allow_apply: bool = False,
        read_fixtures: Path | None = None,
        report: Callable[[str], None] | None = None,
        takes_options: bool = True,
        shares_host: bool = False,
    ) -> None:
        self._takes_options = takes_options
        self._shares_host = shares_host
        self._hosts: SharedHosts | None = None
        self._served: StandIns | None = None
        self._engine = engine or require_engine()
        self._allow_apply = test_only_allow_apply
        self._read_fixtures = read_fixtures
        self._report = report or _say
        self._root = Path(tempfile.mkdtemp(prefix="poolgate-")).resolve()
        self._projects: list[_Project] = []
        self._beside: _Beside | None = None
        self._packs: dict[Path, Path] = {}
        self._options_of_packs: dict[Path, environments.PythonOptions] = {}
        self._originals: dict[str, str] = {}
        self._providers: list[subprocess.Popen[bytes]] = []
        self._stand_ins: dict[tuple[str, ...], str] = {}
        try:
            for name in ("bin", "packs", *_OF_PROJECTS):
                (self._root / name).mkdir()
            self._lay_out_commands()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what was started and remove the sandbox's folder. May be called twice."""
        with undisturbed():
            if self._hosts is not None:
                self._hosts.close()
                self._hosts = None
            if self._served is not None:
                self._served.stop()
                self._served = None
            for provider in self._providers:
                end_session(provider)
                assert provider.stdout is not None
                provider.stdout.close()
            self._providers.clear()
            self._stand_ins.clear()
            shutil.rmtree(self._root, ignore_errors=True)

    def renew(self) -> None:
        """Make it as new for another project: only the commands, the copies of packs and the stand-ins stay.

        And what lies beside the last project, for its next stack, where nobody has changed it.
        """
        if self._beside is not None and not (len(self._projects) == 1 and self._beside.put_back()):
            self._beside = None
        for name in _OF_PROJECTS:
            if name == _PROJECTS and self._beside is not None:
                continue
            shutil.rmtree(self._root / name)
            (self._root / name).mkdir()
        self._projects.clear()
        packs = {str(copy.parent) for copy in self._packs.values()}
        self._originals = {copy: original for copy, original in self._originals.items() if copy in packs}

    @property
    def root(self) -> Path:
        """The folder that holds all of the sandbox."""
        return self._root

    def add_project(
        self,
        project: Path,
        *,
        stacks: Sequence[str] | None = None,
        config: Mapping[str, Any] | None = None,
        initialise: bool = True,
    ) -> Path:
        """Copy a project into the sandbox and initialise its stacks there; returns the copy's folder.

        `stacks` are the stacks to initialise, all that have a configuration file by default; the last one is
        selected; with `initialise` off their configuration is made ready and no more. `config`, by key with namespace,
        is laid under what their files configure, as an ESC environment is; the environments themselves are left out:
        the sandbox has no service that could open them.
        Raises UsageError for a folder without a project file, EnvironmentMissingError when the
        program's virtual environment neither exists nor can be made.
        """
        project = project.resolve()
        file = project_files.project_file(project)
        if file is None:
            raise UsageError("is no Pulumi project: it has no Pulumi.yaml", file=project)
        # Check the environment first: it is what most often is missing, and copying may take a while.
        options, virtualenv = self._environment_of(project, file)
        repository = project_files.repository_of(project) or project
        place = self._root / _PROJECTS / str(len(self._projects))
        copy = place / repository.name / project.relative_to(repository)
        beside, self._beside = self._beside, None
        if beside is not None and (beside.project, beside.copy, self._projects) == (project, copy, []):
            _copy_tree(project, copy)
            self._beside = beside
        else:
            shutil.rmtree(place, ignore_errors=True)
            _copy_tree(project, copy)
            left_out = _copy_neighbours(project, repository, place / repository.name)
            if left_out:
                self._report(f"left out of the copy, for their size: {', '.join(map(str, left_out))}")
            if project != repository and not self._projects:
                self._beside = _Beside(project, copy, place.parent, _seen_in(place.parent, copy))
        self._originals[str(place)] = str(repository.parent)
        self._adapt(copy / file.name, virtualenv)
        providers: tuple[str, ...] = ()
        if options is not None:  # programs in YAML want a schema, which a stand-in has not
            python = options.python() if virtualenv is None else virtualenv / "bin" / "python"
            versions = environments.installed_versions(python, [cloud.distribution for cloud in clouds.ALL])
            named = {cloud.package: versions.get(cloud.distribution, cloud.newest) for cloud in clouds.ALL}
            providers = tuple(f"{package}={version}" for package, version in named.items())
        added = _Project(copy, providers, options and environments.PythonOptions(virtualenv, ""))
        self._projects.append(added)
        files = project_files.stack_files(copy)
        chosen = list(files) if stacks is None else stacks
        needed = {stack.rpartition("/")[2] for stack in chosen}
        for stack, original in project_files.stack_files(project).items():
            try:
                project_files.compose(original)
            except UsageError:
                if stack in needed:
                    raise
                files.pop(stack).unlink()  # nobody reads it, and what is secret in it cannot be told
        importing = [path.name for path in files.values() if project_files.imports_environments(path)]
        if importing and config is None:
            self._report(
                f"{', '.join(importing)}: the environments they import are not opened, nor what they supply given"
            )
        for path in files.values():
            project_files.replace_secrets(path)
        if config:
            name = project_files.text(project_files.child(project_files.compose(file), "name"))
            for path in (files[stack] for stack in needed if stack in files):
                project_files.lay_under(path, name, config)
        if initialise:
            for stack in chosen:
                self._initialise(added, stack)
        return copy

    def add_pack(self, pack: Path) -> Path:
        """Copy a policy pack into the sandbox and make sure that it can start; returns the copy's folder.

        Raises PackEnvironmentError, with the command to run, when the pack's virtual environment is missing and
        cannot be made: the engine would wait for such a pack for ever.
        """
        pack = pack.resolve()
        if pack in self._packs:
            return self._packs[pack]
        file = pack / project_files.PACK_FILE
        if not file.is_file():
            raise UsageError(f"is no policy pack: it has no {project_files.PACK_FILE}", file=pack)
        _, virtualenv = self._environment_of(pack, file)
        copy = self._root / "packs" / str(len(self._packs)) / pack.name
        _copy_tree(pack, copy, leaving_out=_NEVER_COPIED - {_COMPILED})
        self._originals[str(copy.parent)] = str(pack.parent)
        self._adapt(copy / file.name, virtualenv)
        self._packs[pack] = copy
        self._options_of_packs[copy] = environments.PythonOptions(virtualenv, "")
        return copy

    def pack_variables(self) -> dict[str, str]:
        """The variables with which the copies of packs judge by what lies around the packs; of several, the first's."""
        found: dict[str, str] = {}
        for pack in self._packs:
            found = beside.from_elsewhere(pack, os.environ) | found
        return found

    def add_config(self, file: Path) -> Path:
        """Copy a stack's configuration that lies elsewhere (`--config-file`) into the sandbox; returns the copy.

        The engine writes into the file that it is given. Raises UsageError for a file that cannot be read.
        """
        if not file.is_file():
            raise UsageError("no such stack configuration", file=file)
        folder = Path(tempfile.mkdtemp(dir=self._root, prefix="config-"))
        copy = folder / file.name
        shutil.copyfile(file, copy)
        project_files.replace_secrets(copy)
        return copy

    def environment(self, cwd: Path | None = None) -> dict[str, str]:
        """The environment variables that a command in this folder of the sandbox gets.

        The folder decides which provider stands in, by the project it belongs to; without one, the only project.
        """
        result = self._variables()
        project = self._project_at(cwd)
        if project is not None and project.providers:
            result["PULUMI_DEBUG_PROVIDERS"] = self._stand_in(project.providers)
        return result

    def _variables(self) -> dict[str, str]:
        """The environment variables that every command gets."""
        result = {name: value for name, value in os.environ.items() if _is_kept(name)}
        if not self._takes_options:
            result = {name: value for name, value in result.items() if not name.startswith(_OPTION_PREFIX)}
        local = "127.0.0.1,localhost"
        for name in ("NO_PROXY", "no_proxy"):  # gRPC would ask a proxy for our own processes
            result[name] = f"{result[name]},{local}" if result.get(name) else local
        result |= {
            "PATH": os.pathsep.join([str(self._root / "bin"), os.environ.get("PATH", os.defpath)]),
            "PULUMI_HOME": str(self._root / "home"),
            "PULUMI_BACKEND_URL": f"file://{self._root / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": project_files.SANDBOX_PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AZURE_CONFIG_DIR": str(self._root / "azure"),
        }
        if not self._allow_apply:
            # A preview writes no state, and yet newer engines write out all of it in memory at every step, for nobody:
            # a thousand resources took minutes.
            result["PULUMI_SKIP_CHECKPOINTS"] = "true"
        return result

    def prepare(self, copy: Path, packs: Iterable[Path], env: Mapping[str, str]) -> None:
        """Have SDKs imported for a program and packs while the engine starts, where it is known how it will run them.

        `env` is added to the environment of the engine. Nothing is waited for.
        """
        if self._hosts is None:
            return
        from poolgate.sandbox import program_process

        environment = {**self._variables(), **env}
        project = self._project_at(copy)
        if project is not None and project.options is not None:
            python, activated = _activated(environment, project.options)
            file = project_files.project_file(copy)
            assert file is not None
            program = copy / project_files.text(project_files.child(project_files.compose(file), "main"))
            sources = program if program.is_dir() else program.parent
            program_process.prepare_program(python, activated, sources)
        for pack in packs:
            if options := self._options_of_packs.get(pack):
                python, activated = _activated(environment, options)
                program_process.prepare_pack(python, activated, pack)

    def run(
        self, command: Sequence[str], *, cwd: Path, timeout: float, env: Mapping[str, str] | None = None
    ) -> Completed:
        """Run a command and return what it printed; standard input is empty.

        `timeout` is in seconds; CommandTimeoutError when it passes, with the command's last lines. RefusedError
        for a pulumi command that would apply something.
        """
        self._check_allowed(command)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            start = partial(self._start, command, cwd, env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            try:
                with self._settled(), running(start) as process:
                    code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                printed = [self.as_written(_text_of(stream)) for stream in (out, err)]
                raise _timed_out(command, timeout, *printed) from None
            return Completed(code, _text_of(out), _text_of(err))

    def pass_through(
        self, command: Sequence[str], *, cwd: Path, timeout: float, env: Mapping[str, str] | None = None
    ) -> int:
        """Run a command on our own standard streams and return its exit code, 128 + n after a signal n.

        Ctrl-C is passed on, so that the engine can end in order. Raises as `run` does.
        """
        self._check_allowed(command)
        try:
            with self._settled(), running(partial(self._start, command, cwd, env)) as process:
                try:
                    code = process.wait(timeout)
                except subprocess.TimeoutExpired:
                    raise _timed_out(command, timeout, "", "") from None
                except KeyboardInterrupt:
                    process.send_signal(signal.SIGINT)
                    with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):  # a second one: no more patience
                        process.wait(INTERRUPT_GRACE)
                    return 128 + signal.SIGINT
        except KeyboardInterrupt:  # while it was being started: it has been ended
            return 128 + signal.SIGINT
        return code if code >= 0 else 128 - code

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """At the end of the block nothing runs any more that the hosts of a command have started."""
        try:
            yield
        finally:
            if self._hosts is not None:
                with undisturbed():
                    self._hosts.settle()

    def as_written(self, text: str, *, json_text: bool = False) -> str:
        """A text with the paths of copies turned into those of the originals, which outlive the sandbox.

        `json_text` says that the paths stand in JSON strings.
        """
        for copied, original in self._originals.items():
            found, meant = f"{copied}/", f"{original.rstrip('/')}/"
            if json_text:
                found, meant = (json.dumps(each, ensure_ascii=False)[1:-1] for each in (found, meant))
            text = text.replace(found, meant)
        return without_values(text)

    def initialise(self, copy: Path, stack: str) -> None:
        """Initialise and select one more stack of a copied project; nothing happens when it is there already."""
        project = self._project_at(copy)
        if project is None:
            raise UsageError("is not in this sandbox", file=copy)
        if stack not in project.stacks:
            self._initialise(project, stack)

    def _initialise(self, project: _Project, stack: str) -> None:
        file = project_files.project_file(project.copy)
        assert file is not None
        done = self.run(["pulumi", "stack", "init", "--non-interactive", stack], cwd=project.copy, timeout=_INIT_LIMIT)
        if done.returncode:
            raise UsageError(
                f"stack {stack} cannot be initialised: {without_values(_tail(done.stderr))}",
                file=project_files.stack_files(project.copy).get(stack, project.copy).name,
            )
        project.stacks.append(stack)
        self._answer_references(_name_in(file))

    def _answer_references(self, project: str) -> None:
        if self._read_fixtures is not None:
            stack_references.answer(self._root / "state", load_fixtures(self._read_fixtures).reads, project)

    @contextmanager
    def written_stack(self, copy: Path, stack: str) -> Iterator[bool]:
        """Meanwhile the stack is there as `initialise` leaves it, but that it is not selected: without the engine.

        Tells whether it is: stacks that only the engine can judge, such as those with odd names, are left to it.
        """
        file = project_files.project_file(copy)
        assert file is not None
        name = _name_in(file)
        if stack not in project_files.stack_files(copy) or not all(map(_PLAIN_NAME.fullmatch, (name, stack))):
            yield False
            return
        backend = self._root / "state"
        salt = {"type": "passphrase", "state": {"salt": project_files.ENCRYPTION_SALT}}
        file_backend.write_stack(backend, name, stack, secrets_providers=salt)
        self._answer_references(name)
        yield True
        file_backend.stack_file(backend, name, stack).unlink()

    def _environment_of(self, folder: Path, file: Path) -> tuple[environments.PythonOptions | None, Path | None]:
        node = project_files.compose(file)
        runtime, raw = project_files.runtime_options(node)
        if runtime != "python":
            return None, None
        manifest = project_files.PACK_FILE if file.name == project_files.PACK_FILE else "Pulumi.yaml"
        options = environments.read_options(folder, raw, folder / project_files.text(project_files.child(node, "main")))
        virtualenv = environments.ensure(folder, options, manifest, cache_directory(), self._report)
        return options, virtualenv

    @staticmethod
    def _adapt(file: Path, virtualenv: Path | None) -> None:
        node = project_files.compose(file)
        assert node is not None
        project_files.remove(node, "backend")
        if virtualenv is not None:
            project_files.set_virtualenv(node, virtualenv)
        project_files.write(file, node)

    def _lay_out_commands(self) -> None:
        target = self._root / "bin" / "pulumi"
        official = self._engine.path.resolve().parent / "pulumi-language-python"
        if official.is_file() or shutil.which("pulumi-language-python"):
            target.symlink_to(self._engine.path)
            return
        # The engine looks for language hosts beside itself, symbolic links resolved, and warns about others.
        try:
            target.hardlink_to(self._engine.path.resolve())
        except OSError:
            shutil.copy2(self._engine.path, target)
        # -P: the project's folder, where the host is started, must not shadow what the host imports.
        host = f'"{sys.executable}" -P -m poolgate.sandbox.language_host'
        if self._shares_host:
            from poolgate.sandbox.shared_host import CLIENT, SharedHosts

            address = self._root / "hosts"
            if SharedHosts.can_listen(address):
                self._hosts = SharedHosts(address)
                host = f'"{sys.executable}" -I -S "{CLIENT}" "{address}"'
        programs = {
            "pulumi-language-python": host,
            "pulumi-resource-pulumi-python": f'{_PROGRAM_PYTHON} -u "{_DYNAMIC_EXEC}"',
        }
        for name, program in programs.items():
            script = self._root / "bin" / name
            script.write_text(f'#!/bin/sh\nexec {program} "$@"\n')
            script.chmod(0o755)

    def _start(
        self,
        command: Sequence[str],
        cwd: Path,
        env: Mapping[str, str] | None,
        stdin: int | None = None,
        stdout: IO[bytes] | None = None,
        stderr: IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        environment = {**self.environment(cwd), **(env or {})}
        try:
            return subprocess.Popen(
                list(command),
                cwd=cwd,
                env=environment,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise UsageError(f"no such command: {command[0]}") from error
        except OSError as error:
            raise UsageError(f"{command[0]} cannot be run: {error.strerror}") from error

    def _check_allowed(self, command: Sequence[str]) -> None:
        if not self._allow_apply:
            refuse_applying(command)

    def _project_at(self, cwd: Path | None) -> _Project | None:
        if cwd is not None:
            inside = cwd.resolve()
            for project in self._projects:
                if inside.is_relative_to(project.copy):
                    return project
        return self._projects[0] if len(self._projects) == 1 else None

    def _stand_in(self, providers: tuple[str, ...]) -> str:
        if providers not in self._stand_ins:
            self._stand_ins[providers] = self._start_stand_in(providers)
        return self._stand_ins[providers]

    def _start_stand_in(self, providers: tuple[str, ...]) -> str:
        """Start a stand-in that ends with the sandbox; returns where it serves, as PULUMI_DEBUG_PROVIDERS has it."""
        if self._hosts is not None:
            return self._serve_stand_in(providers)
        command = [sys.executable, "-P", "-m", "poolgate.standin.provider", *providers]
        if self._allow_apply:
            command.append("--allow-apply")
        if self._read_fixtures is not None:
            command += ["--read-fixtures", str(self._read_fixtures.resolve())]
        with tempfile.TemporaryFile() as errors:
            with undisturbed():
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,
                    cwd=self._root,
                )
                self._providers.append(process)
                watch_session(process)
            where = _first_line(process, PROVIDER_LIMIT).decode("ascii", "replace")
            if not where.endswith("\n"):
                end_session(process)
                self._providers.remove(process)
                reason = _tail(_text_of(errors)) or f"it printed no port within {PROVIDER_LIMIT:.0f} s"
                raise PoolgateError(f"the stand-in for {', '.join(providers)} did not start: {reason}")
            return where.strip()

    def _serve_stand_in(self, providers: tuple[str, ...]) -> str:
        """As above, in this process, beside the hosts."""
        from poolgate.standin.provider import StandIns

        try:
            if self._served is None:
                self._served = StandIns(allow_apply=self._allow_apply, fixtures=load_fixtures(self._read_fixtures))
            return self._served.serve(providers)
        except (ValueError, PoolgateError) as error:
            raise PoolgateError(f"the stand-in for {', '.join(providers)} did not start: {error}") from error


def _activated(environment: Mapping[str, str], options: environments.PythonOptions) -> tuple[Path, Mapping[str, str]]:
    """The interpreter of a program or pack in the sandbox, and its environment."""
    return options.python(), environments.activated(environment, options.virtualenv)


def _name_in(file: Path) -> str:
    """The project's name, as its file says it."""
    return project_files.text(project_files.child(project_files.compose(file), "name"))


def _first_line(process: subprocess.Popen[bytes], limit: float) -> bytes:
    """The first line that a process prints; what there is of it when it ends, or after `limit` seconds."""
    assert process.stdout is not None
    line = b""
    deadline = time.monotonic() + limit
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                break
            byte = os.read(process.stdout.fileno(), 1)
            if not byte:
                break
            line += byte
    return line


def _is_kept(variable: str) -> bool:
    if variable.startswith("PULUMI_"):
        return variable in _KEPT_PULUMI or variable.startswith(_OPTION_PREFIX)
    return not variable.startswith(_CREDENTIAL_PREFIXES)


def _copy_tree(source: Path, target: Path, leaving_out: Collection[str] = _NEVER_COPIED) -> None:
    def left_out(folder: str, names: list[str]) -> set[str]:
        here = Path(folder)
        return {name for name in names if name in leaving_out or not _is_wanted(here / name)}

    try:
        # Links are followed, so that the copy has nothing that leads back into the user's tree.
        shutil.copytree(source, target, ignore=left_out, ignore_dangling_symlinks=True, copy_function=_copy_writable)
        for folder, _, _ in os.walk(target):
            Path(folder).chmod(Path(folder).stat().st_mode | stat.S_IRWXU)
    except (shutil.Error, OSError) as error:
        raise UsageError(f"cannot be copied: {error}", file=source) from error


def _copy_writable(source: str, target: str) -> str:
    """Copy a file of a tree that may be read-only, as checkouts and stores are: ours is written to, and removed."""
    shutil.copy2(source, target)
    mode = Path(target).stat().st_mode
    if not mode & stat.S_IWUSR:
        Path(target).chmod(mode | stat.S_IWUSR)
    return target


def _copy_neighbours(project: Path, repository: Path, target: Path) -> list[Path]:
    """Copy what lies beside a project in its repository: programs import from `../shared` and read `../pools.yaml`.

    Nearest first, as long as there is room. Returns what there was no room for.
    """
    files, size, patience = _NEIGHBOUR_FILES, _NEIGHBOUR_BYTES, _NEIGHBOUR_PATIENCE
    left_out = []
    inner = project
    while inner != repository:
        for entry in sorted(inner.parent.iterdir()):
            if entry == inner or entry.name in _NEVER_COPIED or not _is_wanted(entry):
                continue
            count, used = _measure(entry, min(files, patience), size)
            patience -= count
            if count > files or used > size or patience < 0:
                left_out.append(entry)
                continue
            files, size = files - count, size - used
            copy = target / entry.relative_to(repository)
            with suppress(UsageError, OSError):  # the program may well do without
                if entry.is_dir():
                    _copy_tree(entry, copy)
                else:
                    _copy_writable(str(entry), str(copy))
        inner = inner.parent
    return left_out


def _measure(entry: Path, files: int, size: int) -> tuple[int, int]:
    """How many files and bytes a copy of a file or folder has, counted until there are more than there is room for."""
    count = used = 0
    for folder, folders, names in os.walk(entry, followlinks=True) if entry.is_dir() else [("", [], [str(entry)])]:
        here = Path(folder)
        folders[:] = [name for name in folders if name not in _NEVER_COPIED and _is_wanted(here / name)]
        for name in names:
            count += 1
            with suppress(OSError):
                used += (here / name).stat().st_size
            if count > files or used > size:
                return count, used
    return count, used


def _is_wanted(path: Path) -> bool:
    if path.is_symlink() and path.is_dir() and path.parent.resolve().is_relative_to(path.resolve()):
        return False  # a link to a folder above: copying would never end
    if path.is_dir():
        return not (path / "pyvenv.cfg").is_file()
    return path.is_file()  # no sockets, no pipes


def _text_of(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")


def without_values(text: str) -> str:
    """What the engine says, without the values that its YAML library repeats, which may be secrets."""
    return _REPEATED.sub(r"\1 a value", text)


def _tail(output: str) -> str:
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return "\n  ".join(lines[-_TAIL_LINES:])


def _timed_out(command: Sequence[str], timeout: float, stdout: str, stderr: str) -> CommandTimeoutError:
    shown = " ".join([Path(command[0]).name, *command[1:2]])
    lines = [f"`{shown}` did not end within {timeout:g} s and was ended"]
    if "Loading policy packs" in stdout and "Loading policy packs...: done" not in stdout:
        lines.append("it was waiting for a policy pack to start")
    for name, output in (("output", stdout), ("errors", stderr)):
        if _tail(output):
            lines.append(f"its last {name}:\n  {_tail(output)}")
    return CommandTimeoutError("; ".join(lines))


def _before_subcommand(command: Sequence[str]) -> tuple[list[str], str]:
    """What a pulumi command line has before its subcommand, values of global options left out, and the subcommand."""
    options: list[str] = []
    words = iter(command[1:])
    for word in words:
        if not word.startswith("-"):
            return options, word
        options.append(word)
        if word in VALUED_GLOBALS:
            next(words, None)
    return options, ""


def pulumi_subcommand(command: Sequence[str]) -> str | None:
    """The subcommand of a pulumi command line, `preview` in `pulumi -C x preview`; None for other commands."""
    if not command or Path(command[0]).name != "pulumi":
        return None
    return _before_subcommand(command)[1]


def refuse_applying(command: Sequence[str]) -> None:
    """Raise RefusedError for a pulumi command that would change or read real infrastructure, or may."""
    if pulumi_subcommand(command) is None:
        return
    options, name = _before_subcommand(command)
    if name in APPLYING:
        raise RefusedError(
            f"`pulumi {name}` is refused: the sandbox previews and never applies; run it outside the sandbox"
        )
    for option in options:
        # Of an option that it does not know the engine takes the next word for the value: another one is the command.
        if option.partition("=")[0] not in VALUED_GLOBALS | PLAIN_GLOBALS and option[:2] not in VALUED_GLOBALS:
            raise RefusedError(f"`pulumi {option}` is refused: options of a command stand after it")
    if name and name not in HARMLESS:
        raise RefusedError(f"`pulumi {name}` is refused: it is not known to apply nothing; run it outside the sandbox")


def _value_in(word: str, name: str) -> str | None:
    """The value that a word gives an option by itself: `--cwd=x`, `-C=x`, `-Cx`."""
    if word.startswith(f"{name}="):
        return word.removeprefix(f"{name}=")
    is_short = len(name) == len("-C")
    return word.removeprefix(name) if is_short and word.startswith(name) and word != name else None


def _option_values(command: Sequence[str], names: Iterable[str]) -> list[str]:
    """The values of an option on a command line, in any spelling."""
    values = []
    for index, word in enumerate(command):
        if word in names and index + 1 < len(command):
            values.append(command[index + 1])
        values += [value for name in names if (value := _value_in(word, name)) is not None]
    return values


def _with_option_values(command: Sequence[str], name: str, change: Callable[[str], str]) -> list[str]:
    """The command line with each value of an option changed, in any spelling."""
    result = []
    previous = ""
    for word in command:
        value = _value_in(word, name)
        if previous == name:
            result.append(change(word))
        elif value is not None:
            result.append(f"{name}={change(value)}")
        else:
            result.append(word)
        previous = word
    return result


def _say(message: str) -> None:
    from poolgate.streams import say

    say(message, "sandbox")


def chosen_stack(command: Sequence[str], stacks: Sequence[str], project: Path) -> str | None:
    """The stack that a command works on: the one it names, else the only one; None when it needs none.

    Raises UsageError, listing the stacks, when there are several and the command names none.
    """
    subcommand = pulumi_subcommand(command)
    named = _option_values(command, ("-s", "--stack"))
    if named:
        return named[-1]
    if os.environ.get("PULUMI_STACK"):
        return os.environ["PULUMI_STACK"]
    if len(stacks) == 1:
        return stacks[0]
    if subcommand not in _NEEDING_STACK:
        return None
    if not stacks:
        raise UsageError(
            "no Pulumi.<stack>.yaml here: name a stack with --stack, it is created in the sandbox", file=project
        )
    raise UsageError(f"several stacks, name one with --stack: {', '.join(stacks)}", file=project)


def _refuse_misspelt(stack: str | None, command: Sequence[str], stacks: Sequence[str], project: Path) -> None:
    """Raises UsageError for a stack that a command names, where the project has files of others and none of it.

    To make it would be to preview another configuration than was meant, one without any values.
    """
    makes_one = pulumi_subcommand(command) == "stack" and "init" in command
    if stack is None or not stacks or makes_one or _option_values(command, (_CONFIG_OPTION,)):
        return
    name = stack.rpartition("/")[2]
    if name not in stacks:
        raise UsageError(project_files.no_such_stack(name, stacks), file=project)


def sandbox_command(command: Sequence[str], timeout: float = DEFAULT_TIMEOUT) -> int:
    """`poolgate sandbox [--timeout SECONDS] -- COMMAND…`: returns the command's own exit code.

    The project that the current folder (or `pulumi -C DIR`) belongs to is copied and the command runs at the same
    place in the copy, on our own standard streams. Relative paths given to `--policy-pack` and the like mean what
    they mean to pulumi: they start at that folder. Raises UsageError and PoolgateError for what never ran.
    """
    command = command[1:] if command[:1] == ["--"] else command
    if not command:
        raise UsageError("no command: poolgate sandbox -- COMMAND…")
    if timeout <= 0:
        raise UsageError("--timeout must be more than 0 seconds")
    refuse_applying(command)
    here = Path.cwd()
    is_pulumi = pulumi_subcommand(command) is not None
    place = here
    if is_pulumi:
        for folder in _option_values(command, ("-C", "--cwd")):
            place = here / folder
    place = place.resolve()
    project = project_files.project_of(place)
    if project is None:
        raise UsageError("neither this folder nor one above is a Pulumi project (no Pulumi.yaml)", file=place)
    stacks = list(project_files.stack_files(project))
    stack = chosen_stack(command, stacks, project)
    _refuse_misspelt(stack, command, stacks, project)
    if _is_judged_by_none(command):
        _say(f"no {_PACK_OPTION}: no rule judges what this preview shows")
    with ended_by_sigterm(), Sandbox() as sandbox:
        copy = sandbox.add_project(project, stacks=[] if stack is None else [stack])
        inside = copy / place.relative_to(project)
        if is_pulumi:
            command = _adapted(command, sandbox, place, inside)
        return sandbox.pass_through(command, cwd=inside, timeout=timeout, env=sandbox.pack_variables())


def _is_judged_by_none(command: Sequence[str]) -> bool:
    """Whether a command is a preview without any policy pack: one that passes, whatever it shows."""
    if pulumi_subcommand(command) not in ("preview", "pre") or {"-h", "--help"} & set(command):
        return False
    return not any(filter(None, [*_option_values(command, [_PACK_OPTION]), os.environ.get(_PACK_VARIABLE)]))


def _adapted(command: Sequence[str], sandbox: Sandbox, here: Path, inside: Path) -> list[str]:
    def packs(value: str) -> str:
        return ",".join(str(sandbox.add_pack(here / each)) for each in value.split(","))

    def files(value: str) -> str:
        return ",".join(str(here / each) for each in value.split(","))

    result = _with_option_values(command, _PACK_OPTION, packs)
    result = _with_option_values(result, _PACK_CONFIG_OPTION, files)
    result = _with_option_values(result, _CONFIG_OPTION, lambda value: str(sandbox.add_config(here / value)))
    for option in _PATH_OPTIONS:
        result = _with_option_values(result, option, lambda value: str(here / value))
    for option in ("-C", "--cwd"):
        result = _with_option_values(result, option, lambda _: str(inside))
    return ["pulumi", *result[1:]]


class KeptSandbox:
    """A sandbox that one preview leaves to the next, renewed, where all went well; a context manager.

    For previews by one engine with the same fixtures.
    """

    def __init__(self) -> None:
        self._kept: Sandbox | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._kept is not None:
            self._kept.close()

    @contextmanager
    def lent(self, made: Callable[[], Sandbox]) -> Iterator[Sandbox]:
        """The sandbox that is there, else one that is made; closed at the end, unless it has been left to the next."""
        sandbox, self._kept = self._kept or made(), None
        try:
            yield sandbox
        finally:
            if self._kept is not sandbox:
                sandbox.close()

    def keep(self, sandbox: Sandbox) -> None:
        """Leave a sandbox that is lent to the next preview."""
        sandbox.renew()
        self._kept = sandbox


def preview(
    project: Path,
    stack: str | None,
    pack: Path | None,
    policy_config: Path | None = None,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    engine: Engine | None = None,
    read_fixtures: Path | None = None,
    report: Callable[[str], None] | None = None,
    json_steps: bool = False,
    variables: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
    kept: KeptSandbox | None = None,
) -> PreviewRun:
    """Preview a stack with the real engine, judged by a policy pack, and return the engine's events.

    With `json_steps`, stdout is the engine's JSON, whose steps know source positions and property dependencies.
    `variables` are added to the environment of engine, program and pack; `config` is as for Sandbox.add_project; with
    `kept` the next preview, which sees nothing of this one, is spared the start of what they have in common.
    `stack` may be None when the project has only one. The exit code is the engine's: 1 for a mandatory violation
    as well as for a program that fails; the events tell which. Raises UsageError for what is wrong with the input,
    ProjectUnusableError where that is the project itself, and CommandTimeoutError, with the last lines of output,
    when `timeout` seconds pass.
    """
    project = project.resolve()
    if project_files.project_file(project) is None:
        raise UsageError("is no Pulumi project: it has no Pulumi.yaml", file=project)
    command = ["pulumi", "preview", "--non-interactive", "--color=never"]
    chosen = stack or chosen_stack(command, list(project_files.stack_files(project)), project)
    assert chosen is not None
    made = partial(
        Sandbox, engine=engine, read_fixtures=read_fixtures, report=report, takes_options=False, shares_host=True
    )
    with ended_by_sigterm(), (kept or KeptSandbox()).lent(made) as sandbox:
        try:
            copy = sandbox.add_project(project, stacks=[chosen], config=config, initialise=False)
        except UsageError as error:
            raise ProjectUnusableError(str(error)) from error
        events = sandbox.root / _OF_PREVIEWS / "events.jsonl"
        command += [f"--stack={chosen}", f"--event-log={events}"]
        if json_steps:
            command.append("--json")
        packs = [sandbox.add_pack(pack)] if pack is not None else []
        command += [f"{_PACK_OPTION}={each}" for each in packs]
        if policy_config is not None:
            if not policy_config.is_file():
                raise UsageError("no such policy configuration", file=policy_config)
            command.append(f"--policy-pack-config={policy_config.resolve()}")
        # The engine writes its event log only where debug commands are allowed.
        added = {"PULUMI_DEBUG_COMMANDS": "true", **(variables or {})}
        sandbox.prepare(copy, packs, added)
        run = partial(sandbox.run, command, cwd=copy, timeout=timeout, env=added)
        try:
            with sandbox.written_stack(copy, chosen) as is_written:
                done = run() if is_written else None
            if done is None or (done.returncode and not events.is_file()):
                # The engine had nothing to tell of a preview: what is wrong with a stack its `stack init` says.
                sandbox.initialise(copy, chosen)
                done = run()
        except CommandTimeoutError:
            raise
        except UsageError as error:
            raise ProjectUnusableError(str(error)) from error
        told = events.read_text(encoding="utf-8") if events.is_file() else ""
        ended = PreviewRun(
            done.returncode,
            read_events(sandbox.as_written(told, json_text=True)),
            sandbox.as_written(done.stdout, json_text=json_steps),
            sandbox.as_written(done.stderr),
        )
        if kept is not None and done.returncode == 0:
            kept.keep(sandbox)
        return ended
