"""Starts a program in a process: forked from one that has imported the SDK where that can be, else anew.

An environment gets such a parent (`sandbox/program_parent.py`) with its first program, and keeps it for as long as we
run. Without one all is as it is with it, but slower: where there is no `fork` to be relied on, where the search path is
relative to the folder that an interpreter is started in, or where an SDK cannot be imported.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeAlias

from poolgate.sandbox.program_end import ProgramEnd

_PARENT: Final = Path(__file__).resolve().parent / "program_parent.py"
_SCRIPT: Final = 3
"""How much of a command stands before the arguments of the script."""
_READY_SECONDS: Final = 30.0
_LONGEST_TEXT: Final = 128 * 1024
"""Bytes that the system hands over as one argument or variable (MAX_ARG_STRLEN of Linux): what is longer has to fail as
it does with Pulumi's own hosts."""
_LONGEST_OF_ALL: Final = 1024 * 1024
"""Bytes of all of them together of which that is certain, whatever the limits of the process."""
_MOST_PARENTS: Final = 8
_OF_ONE_RUN: Final = ("PULUMI_CONFIG", "POOLGATE_", "PYTEST_CURRENT_TEST")
"""How variables begin that a program may see, and no SDK looks at when it is imported. All others are the same for all
programs of a parent."""

_OF_ONE_ENGINE: Final = frozenset(
    {
        *("PULUMI_BACKEND_URL", "PULUMI_DEBUG_PROVIDERS", "PULUMI_HOME", "PULUMI_LOG_OTLP_ENDPOINT"),
        *("PULUMI_DRY_RUN", "PULUMI_ORGANIZATION", "PULUMI_PROJECT", "PULUMI_STACK", "OLDPWD", "PWD"),
    }
)
"""Further such variables, which an engine gives, or its sandbox."""
_OF_A_PACK: Final = ("pulumi", "pulumi.runtime", "pulumi.policy", "pulumi_policy")
_OF_THE_LIBRARY: Final = ("inference_pools.pack", "inference_pools.served")
"""What a pack imports that serves the library's rules."""
_Named: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]


class Process(Protocol):
    """What `subprocess.Popen` is, as far as programs need it."""

    pid: int
    returncode: int | None

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it prints."""

    @property
    def stderr(self) -> IO[bytes] | None:
        """What it complains of."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; negative: ended by that signal. Raises subprocess.TimeoutExpired after so many seconds."""

    def poll(self) -> int | None:
        """The exit code; None while it runs."""

    def send_signal(self, sig: int) -> None:
        """Does nothing when it has ended."""


class Start:
    """A program to be started, with a parent that is ready for it where there can be one.

    `command` is `[PYTHON, -u, program_exec.py, …]`; it runs in `folder`, and the files beside it are in `sources`. What
    it needs to reach its services is told when it is known how it is started: a fork gets the descriptor `services`, a
    new process the options that `addressed` makes.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        sources: Path,
        *,
        services: int,
        addressed: Callable[[], Sequence[str]],
    ) -> None:
        self._services = services
        self._addressed = addressed
        self._command = command
        self._environment = environment
        self._folder = folder
        self._sources = sources
        self._parent = _parent_of(command[0], environment) if _can_fork(command, environment) else None

    def now(self, end: ProgramEnd) -> Process:
        """Starts it, in a session of its own. Raises OSError."""
        if self._parent is not None:
            (descriptor,) = end.descriptors
            request = _request(self._command, self._environment, str(self._folder), _named_in(self._sources))
            if forked := self._parent.fork(self._command, request, {"end": descriptor, "services": self._services}):
                return forked
        command = [*self._command[:_SCRIPT], *self._addressed(), *self._command[_SCRIPT:]]
        return _new(command, self._environment, self._folder, end)


def fork_program(
    command: Sequence[str], environment: Mapping[str, str], folder: str, sources: Path, given: Mapping[str, int]
) -> Process | None:
    """A program under an engine, forked: the command is as for `Start`, with the addresses of its services.

    `given` are the descriptors `out`, `err` and `end`. None where it has to be started anew. Raises OSError.
    """
    parent = _parent_under_engine(command, environment)
    if parent is None:
        return None
    return parent.fork(command, _request(command, environment, folder, _named_in(sources)), given)


def fork_pack(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Process | None:
    """A policy pack in a folder, forked: the command is `[PYTHON, -u, -m, MODULE, …]`. Its output is piped.

    Packs of one folder share a parent, in which the rules are imported already where they are those of the library.
    None where it has to be started anew. Raises OSError.
    """
    parent = _parent_under_engine(command, environment, str(folder))
    if parent is None:
        return None
    *_, module = command[: _SCRIPT + 1]
    request = _request(
        [*command[:_SCRIPT], *command[_SCRIPT + 1 :]], environment, str(folder), _ahead_of_a_pack(folder)
    )
    return parent.fork(command, {**request, "module": module}, {})


def _ahead_of_a_pack(folder: Path) -> _Named:
    try:
        serves_the_library = "inference_pools.pack" in (folder / "__main__.py").read_text("utf-8")
    except (OSError, ValueError):
        serves_the_library = False
    return (*_OF_A_PACK, *(_OF_THE_LIBRARY if serves_the_library else ())), ()


def prepare_program(python: Path, environment: Mapping[str, str], sources: Path) -> None:
    """Has the parent ready of a program under an engine by the time that it is asked for."""
    _prepare(str(python), environment, _request([], {}, "/", _named_in(sources)))


def prepare_pack(python: Path, environment: Mapping[str, str], folder: Path) -> None:
    """As `prepare_program`, for a policy pack."""
    request = {**_request([], {}, str(folder), _ahead_of_a_pack(folder)), "module": ""}
    _prepare(str(python), environment, request, str(folder))


def _prepare(python: str, environment: Mapping[str, str], request: Mapping[str, Any], *of: str) -> None:
    def prepare() -> None:
        if parent := _parent_under_engine([python], environment, *of):
            parent.prepare(request)

    threading.Thread(target=prepare, daemon=True).start()


def _parent_under_engine(command: Sequence[str], environment: Mapping[str, str], *of: str) -> _Parent | None:
    if not _can_fork(command, environment):
        return None
    given = {name: value for name, value in environment.items() if name not in _OF_ONE_ENGINE}
    return _parent_of(command[0], given, *of)


def _request(command: Sequence[str], environment: Mapping[str, str], folder: str, ahead: _Named) -> dict[str, Any]:
    imports, names = ahead
    return {
        "arguments": command[_SCRIPT:],
        "environment": dict(environment),
        "folder": folder,
        "imports": imports,
        "names": names,
    }


def _new(command: Sequence[str], environment: Mapping[str, str], folder: Path, end: ProgramEnd) -> Process:
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**environment, **end.variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=end.descriptors,
    )


class _Forked:
    """A program in a fork of a parent."""

    def __init__(self, pid: int, command: Sequence[str], stdout: int | None, stderr: int | None) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: IO[bytes] | None = None if stdout is None else os.fdopen(stdout, "rb")
        self.stderr: IO[bytes] | None = None if stderr is None else os.fdopen(stderr, "rb")
        self._command = list(command)
        self._ended = threading.Event()

    def end(self, code: int) -> None:
        """It has ended, says its parent."""
        self.returncode = code
        self._ended.set()

    def wait(self, timeout: float | None = None) -> int:
        """As that of `subprocess.Popen`."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(self._command, timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def poll(self) -> int | None:
        """As that of `subprocess.Popen`."""
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """As that of `subprocess.Popen`."""
        if not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)


class _Parent:
    """A process that forks programs, and its answers."""

    def __init__(self, python: str, environment: Mapping[str, str]) -> None:
        self.why_cold = ""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [python, "-u", str(_PARENT), str(theirs.fileno())],
                cwd="/",
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[theirs.fileno()],
            )
        self._channel = ours
        self._asking = threading.Lock()
        self._answers: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._telling = threading.Lock()
        self._children: dict[int, _Forked] = {}
        self._early: dict[int, int] = {}
        """Codes of those that had ended before whoever asked for them had heard that they were started."""
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            what, self.why_cold = self._answers.get(timeout=_READY_SECONDS)
        except queue.Empty:
            what, self.why_cold = "cold", f"it is not ready after {_READY_SECONDS:.0f} s"
        if what != "ready":
            self.close()

    @property
    def is_idle(self) -> bool:
        """Whether none of its children runs."""
        return not self._children and not self._asking.locked()

    def fork(self, command: Sequence[str], request: Mapping[str, Any], given: Mapping[str, int]) -> _Forked | None:
        """A child that runs the command; None where there can be none. Raises OSError where the system has no more.

        It gets the descriptors that are given. Without `out` and `err` its output is piped.
        """
        with self._asking:
            if self.why_cold:
                return None
            self.why_cold = "was interrupted"  # unless this comes to its end
            piped = [] if "out" in given else [os.pipe(), os.pipe()]
            ours = [reading for reading, _ in piped]
            theirs = [writing for _, writing in piped]
            given = {**dict(zip(("out", "err"), theirs, strict=False)), **given}
            text = json.dumps({**request, "given": [*given]}).encode()
            try:
                socket.send_fds(self._channel, [len(text).to_bytes(4, "big")], [*given.values()])
                self._channel.sendall(text)
                what, detail = self._answers.get()
            except OSError:
                what, detail = "cold", "it has gone"
            finally:
                for descriptor in theirs:
                    os.close(descriptor)
            self.why_cold = detail if what == "cold" else ""
            if what == "started":
                out, err = ours or (None, None)
                return self._begin(_Forked(int(detail), command, out, err))
            for descriptor in ours:
                os.close(descriptor)
            if what == "failed":
                raise OSError(int(detail), os.strerror(int(detail)))
            return None

    def prepare(self, request: Mapping[str, Any]) -> None:
        """Has it import what the request names, and fork nothing. Its place is gone for others until it has."""
        with self._asking:
            if self.why_cold:
                return
            self.why_cold = "was interrupted"
            text = json.dumps({**request, "given": []}).encode()
            try:
                self._channel.sendall(len(text).to_bytes(4, "big") + text)
                what, detail = self._answers.get()
            except OSError:
                what, detail = "cold", "it has gone"
            self.why_cold = detail if what == "cold" else ""

    def abandon(self) -> None:
        """In a process that was forked from this one, which nobody listens to: leave it to the other."""
        self._channel.close()

    def close(self) -> None:
        """Lets it end: it does when nobody can ask it for anything."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(1.0)

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._channel.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                what, _, detail = line.strip().partition(" ")
                if what == "ended":
                    pid, _, code = detail.partition(" ")
                    self._end(int(pid), int(code))
                else:
                    self._answers.put((what, detail))
        self._answers.put(("cold", "it has gone"))
        for left in [*self._children]:  # Nobody will ever say how these end.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(left, signal.SIGKILL)
            self._end(left, -signal.SIGKILL)

    def _begin(self, child: _Forked) -> _Forked:
        with self._telling:
            if child.pid in self._early:
                child.end(self._early.pop(child.pid))
            else:
                self._children[child.pid] = child
        return child

    def _end(self, pid: int, code: int) -> None:
        with self._telling:
            child = self._children.pop(pid, None)
            if child is None:
                self._early[pid] = code
            else:
                child.end(code)


class _Slot:
    """Where a parent is, or will be: others need not wait while it gets ready."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.parent: _Parent | None = None


_slots: dict[tuple[object, ...], _Slot] = {}
_slots_lock = threading.Lock()


def _can_fork(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    if sys.platform != "linux" or not all(map(os.path.isabs, filter(None, _search_path(environment)))):
        return False
    lengths = [len(os.fsencode(text)) for text in (*command, *map("=".join, environment.items()))]
    return max(lengths) < _LONGEST_TEXT and sum(lengths) < _LONGEST_OF_ALL


def _search_path(environment: Mapping[str, str]) -> list[str]:
    # An empty entry is the folder that the interpreter is started in.
    written = environment.get("PYTHONPATH", "")
    return [entry or "." for entry in written.split(os.pathsep)] if written else []


def _parent_of(python: str, environment: Mapping[str, str], *of: str) -> _Parent:
    given = {name: value for name, value in environment.items() if not name.startswith(_OF_ONE_RUN)}
    key = (python, *of, *sorted(given.items()), *_state_of(python))
    with _slots_lock:
        slot = _slots[key] = _slots.pop(key) if key in _slots else _Slot()  # the one that was used last is the last
        for other in [*_slots][:-_MOST_PARENTS]:
            parent = _slots[other].parent
            if parent is not None and parent.is_idle:
                del _slots[other]
                parent.close()
    with slot.lock:
        slot.parent = slot.parent or _Parent(python, given)
        return slot.parent


def _state_of(python: str) -> Iterator[int]:
    """What changes when something is installed into an environment."""
    for folder in sorted(Path(python).parent.parent.glob("lib*/python3*/site-packages")):
        with contextlib.suppress(OSError):
            yield folder.stat().st_mtime_ns


def _named_in(folder: Path) -> _Named:
    """What `_look_through` finds, once for a folder as it is: a project has one program for all its stacks."""
    files = [*folder.glob("*.py"), *folder.glob("pulumi*")]
    with contextlib.suppress(OSError):
        state = tuple(sorted((str(file), (seen := file.stat()).st_mtime_ns, seen.st_size) for file in files))
        return _looked_through(folder, state)
    return _look_through(folder)


@lru_cache(maxsize=64)
def _looked_through(folder: Path, state: tuple[object, ...]) -> _Named:
    return _look_through(folder)


def _look_through(folder: Path) -> _Named:
    """The modules of Pulumi's SDKs that the files of a project name, so that they are imported once for all programs,
    and what else they name that may be a class of one.

    `pulumi_azure_native.machinelearningservices` is imported when something of it is looked up.
    """
    beside = {path.stem for path in folder.glob("pulumi*")}
    modules: set[str] = set()
    names: set[str] = set()
    for file in folder.glob("*.py"):
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError, OSError, RecursionError):
            continue
        aliases: dict[str, str] = {}
        attributes = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                aliases |= {name.asname or name.name.partition(".")[0]: name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                aliases |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
            elif isinstance(node, ast.Attribute):
                attributes.append(node)
        named = {
            f"{aliases[node.value.id]}.{node.attr}"
            for node in attributes
            if isinstance(node.value, ast.Name) and node.value.id in aliases
        }
        for name in (*aliases.values(), *named):
            top, _, rest = name.partition(".")
            if top.startswith("pulumi_") and top not in beside:
                modules.add(top)
                if rest and (module := rest.partition(".")[0]).isidentifier() and module.islower():
                    modules.add(f"{top}.{module}")
        last = (*(node.attr for node in attributes), *(name.rpartition(".")[2] for name in aliases.values()))
        names |= {name for name in last if name[:1].isupper()}
    return tuple(sorted(modules)), tuple(sorted(names))


def _abandon_all() -> None:
    """A fork of ours gets parents of its own: the threads that hear these answer are not there."""
    global _slots_lock
    _slots_lock = threading.Lock()
    for slot in _slots.values():
        if slot.parent is not None:
            slot.parent.abandon()
    _slots.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)


@atexit.register
def _close_all() -> None:
    for slot in _slots.values():
        if slot.parent is not None:
            slot.parent.close()
