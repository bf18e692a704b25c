"""Runs a Pulumi Python program for one stack with preview semantics and no engine.

The program runs in a child process, in its own virtual environment; the two services it talks to run here
(`program_monitor`). What comes back is what policies would see in a real preview of a new stack: every
resource with its inputs after the provider's Check, unknowns and secrets included.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

import grpc

from inference_pools.urn import of_reference
from inference_pools.values import Json
from poolgate.errors import PoolgateError, UsageError
from poolgate.files import cache_directory, is_folder, is_there
from poolgate.protocol import engine_pb2_grpc, resource_pb2_grpc
from poolgate.sandbox import program_process
from poolgate.sandbox.processes import ended_by_sigterm, forget_session, watch_session
from poolgate.sandbox.program_end import EARLY_END, ProgramEnd
from poolgate.sandbox.program_process import Process
from poolgate.sources.program_monitor import LogEntry, Monitor, RegisteredResource, Setting
from poolgate.sources.program_services import Services
from poolgate.standin.autonaming import autonamer
from poolgate.standin.cloud import CheckFailure
from poolgate.standin.fixtures import load_fixtures

__all__ = ["CheckFailure", "LogEntry", "ProgramRun", "RegisteredResource", "run_program"]

_EXECUTOR = Path(__file__).resolve().parent.parent / "sandbox" / "program_exec.py"
_MAX_MESSAGE = 400 * 1024 * 1024  # as the engine and the SDKs allow
_KEPT_LINES = 200
_DUMP_SECONDS = 5.0
_FRAME = re.compile(r'^\s*File "(?P<file>.+?)", line (?P<line>\d+) in (?P<function>.+)$')


@dataclass(frozen=True, slots=True)
class ProgramRun:
    """What came of a program.

    `resources` are in program order: parents and dependencies first, then by the line that made them, so that
    two runs of the same program agree. `exit_code` is the program's (negative: ended by that signal).
    `failed` is true where a preview would fail: the program raised, an error was reported, a Check refused.
    """

    resources: tuple[RegisteredResource, ...]
    log: tuple[LogEntry, ...]
    exports: dict[str, Json]
    exit_code: int
    failed: bool


def run_program(
    project_dir: Path,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    secret_keys: Collection[str],
    hidden: Collection[str] = (),
    organization: str = "organization",
    python: Path,
    program: Path,
    timeout: float,
    read_fixtures: Path | None = None,
    seed: bytes = b"",
    after_check_failure: Literal["stop", "continue"] = "stop",
) -> ProgramRun:
    """Run `program` (a folder or a file) with the interpreter `python`, for at most `timeout` seconds.

    `config` is "namespace:key" to text, with objects as JSON text; `secret_keys` are those of it that are secret,
    `hidden` further ones whose values no message shows. `read_fixtures` answers reads (`poolgate.standin.fixtures`);
    for one that it does not answer there is an error, and the program goes on with unknown values. Names the provider
    makes up follow from `seed` and the URN. When a Check refuses a resource the engine ends the run; "continue" lets
    the program go on as if the outputs were unknown, so that the whole program is seen, always the same.

    May be called from several threads. Raises UsageError if the interpreter, the program or the fixtures are
    not there; whatever is wrong with the program or the stack is in the result.
    """
    _refuse_missing(python, program)
    fixtures = load_fixtures(read_fixtures)
    try:
        names = autonamer(config, organization=organization, project=project, stack=stack)
    except UsageError as error:
        return ProgramRun((), (LogEntry("error", str(error)),), {}, exit_code=1, failed=True)
    setting = Setting(
        project_dir=project_dir.resolve(),
        project=project,
        stack=stack,
        organization=organization,
        config=dict(config),
        secret_keys=frozenset(secret_keys),
        hidden=frozenset(hidden),
        seed=seed,
        autonamer=names,
        fixtures=fixtures,
        after_check_failure=after_check_failure,
    )
    monitor = Monitor(setting)
    with contextlib.ExitStack() as serving, ProgramEnd() as end:
        serving.callback(monitor.close)
        services = serving.enter_context(Services(monitor))
        try:
            start = program_process.Start(
                _command(setting, python, program),
                _environment(setting, python),
                setting.project_dir,
                program if is_folder(program) else program.parent,
                services=services.descriptor,
                addressed=lambda: _at(serving.enter_context(_serving(monitor))),
            )
            child = _start(start, end)
        except OSError as error:
            if error.errno != errno.E2BIG:
                raise
            # Pulumi's own hosts hand the configuration over in the same way, and stop there, too.
            monitor.say("error", "the configuration is larger than the system hands to a program (128 KiB on Linux)")
            exit_code = 1
        else:
            exit_code = _wait(child, monitor, setting.project_dir, timeout, end)
    log = (*_but_for(monitor.unanswered, monitor.log), *monitor.unanswered)
    failed = exit_code != 0 or any(entry.severity == "error" for entry in log)
    return ProgramRun(tuple(_in_program_order(monitor.resources)), log, monitor.exports, exit_code, failed)


def _but_for(unanswered: list[LogEntry], log: list[LogEntry]) -> Iterator[LogEntry]:
    """The messages without those in which the SDK repeats that a read had no answer."""
    for entry in log:
        if entry.severity != "error" or not any(read.message in entry.message for read in unanswered):
            yield entry


def _refuse_missing(python: Path, program: Path) -> None:
    if not os.access(python, os.X_OK):
        raise UsageError("is not a Python interpreter: the project's virtual environment is missing", file=python)
    if not is_there(program):
        raise UsageError("does not exist: no program to run", file=program)


@contextlib.contextmanager
def _serving(monitor: Monitor) -> Iterator[str]:
    """Serve the monitor through gRPC on a free port of the loopback interface; yields the address."""
    limits = [("grpc.max_receive_message_length", _MAX_MESSAGE), ("grpc.max_send_message_length", _MAX_MESSAGE)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=64), options=limits)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(monitor, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None).wait(5.0)


def _at(address: str) -> list[str]:
    return ["--monitor", address, "--engine", address]


def _command(setting: Setting, python: Path, program: Path) -> list[str]:
    """What runs the program, but for where its services are."""
    folder, entry = (program, ".") if is_folder(program) else (program.parent, program.name)
    options = {
        "project": setting.project,
        "root_directory": str(setting.project_dir),
        "stack": setting.stack,
        "organization": setting.organization,
        "dry_run": "true",
        "parallel": "16",
        "pwd": str(folder.resolve()),
    }
    arguments = [text for key, value in options.items() for text in (f"--{key}", value)]
    # Not resolved: the name of the interpreter is what makes it that of the virtual environment.
    return [str(python.absolute()), "-u", str(_EXECUTOR), *arguments, entry]


def _environment(setting: Setting, python: Path) -> dict[str, str]:
    """The environment of a program under the official language host, in its virtual environment."""
    left_out = ("PYTHONHOME", *_BYTECODE)
    environment = {key: value for key, value in os.environ.items() if key not in left_out}
    environment.update(
        PULUMI_CONFIG=json.dumps(dict(setting.config)),
        PULUMI_CONFIG_SECRET_KEYS=json.dumps(sorted(setting.secret_keys)),
        PYTHONFAULTHANDLER="1",
    )
    scripts = python.absolute().parent
    environment.update(_bytecode(scripts.parent))
    if (scripts.parent / "pyvenv.cfg").exists():
        environment["VIRTUAL_ENV"] = str(scripts.parent)
        environment["PATH"] = os.pathsep.join([str(scripts), environment.get("PATH", os.defpath)])
    return environment


_BYTECODE: Final = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


def _bytecode(home: Path) -> dict[str, str]:
    """What Python is told about compiled modules: the user's folders are not ours to write into.

    An environment in which Pulumi's SDKs are compiled is taken as it is. For another one the cache has a place, or each
    run would compile them anew, which takes longer than the rest of it.
    """
    sdks = [*home.glob("lib*/python3*/site-packages/pulumi*/__init__.py")]
    if sdks and all(any(sdk.parent.glob("__pycache__/__init__.*.pyc")) for sdk in sdks):
        return {"PYTHONDONTWRITEBYTECODE": "1"}
    return {"PYTHONPYCACHEPREFIX": str(cache_directory() / "pycache")}


def _start(start: program_process.Start, end: ProgramEnd) -> Process:
    """Start the program in a process group of its own, so that a hanging one can be ended with its children."""
    with _running_lock:
        if _interrupted.is_set():
            raise PoolgateError("was interrupted")
        child = start.now(end)
        _running.add(child)
    watch_session(child)
    return child


# Programs are run by several threads, and an interrupt reaches the main one alone.
_running: set[Process] = set()
_running_lock = threading.Lock()
_interrupted = threading.Event()


@contextlib.contextmanager
def ended_with_us() -> Iterator[None]:
    """An interrupt in the block (Ctrl-C, SIGTERM) also ends the programs that other threads run.

    To be entered after the pool of those threads, which would wait for their time limits otherwise.
    """
    _interrupted.clear()
    with ended_by_sigterm():
        try:
            yield
        except (KeyboardInterrupt, SystemExit):
            _interrupted.set()
            with _running_lock:
                for child in _running:
                    _kill_group(child)
            raise


def _wait(child: Process, monitor: Monitor, project_dir: Path, timeout: float, end: ProgramEnd) -> int:
    """Wait for the program's end; report its output, and where it hangs if it does."""
    printed, complained = _drain(child.stdout), _drain(child.stderr)
    try:
        exit_code = child.wait(timeout)
        hung = False
    except subprocess.TimeoutExpired:
        hung, pending = True, monitor.pending
        exit_code = _end(child)
    finally:
        _kill_group(child)
        forget_session(child)
        with _running_lock:
            _running.discard(child)
    for thread, _ in (printed, complained):
        thread.join(_DUMP_SECONDS)
    for line in printed[1]:
        monitor.say("info", line)
    is_early = exit_code == 0 and not (end.was_reached() and monitor.has_outputs)
    if hung:
        monitor.say("error", _hang_message(timeout, pending, complained[1], project_dir))
    elif is_early or (exit_code and not any(entry.severity == "error" for entry in monitor.log)):
        # Nobody has told why: one message, whatever number of lines it has.
        last_words = filter(str.strip, complained[1])
        what = EARLY_END if is_early else f"the program ended with exit code {exit_code}"
        monitor.say("error", "\n".join([what, *last_words]))
    else:
        for line in complained[1]:
            monitor.say("info", line)
    return exit_code


def _drain(stream: IO[bytes] | None) -> tuple[threading.Thread, deque[str]]:
    """Read a stream to its end in the background, keeping the last lines."""
    kept: deque[str] = deque(maxlen=_KEPT_LINES)

    def read() -> None:
        for line in stream or ():
            kept.append(line.decode("utf-8", "replace").rstrip("\r\n"))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread, kept


def _end(child: Process) -> int:
    """End a hanging program; SIGABRT first, which makes it say where it is (PYTHONFAULTHANDLER)."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError):
            resource.prlimit(child.pid, resource.RLIMIT_CORE, (0, 0))  # no core file
    child.send_signal(signal.SIGABRT)
    try:
        return child.wait(_DUMP_SECONDS)
    except subprocess.TimeoutExpired:
        _kill_group(child)
        return child.wait(_DUMP_SECONDS)


def _kill_group(child: Process) -> None:
    """Kill what is left of the program's process group: it has its own, so nothing else is in it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _hang_message(timeout: float, pending: list[str], complaint: Iterable[str], project_dir: Path) -> str:
    message = f"the program did not end within {timeout:g} s"
    place = _place_in_program(complaint, project_dir)
    if place:
        message += f"; it was at {place}"
    if pending:
        message += f"; it was waiting for {', '.join(pending)}"
    return message


def _place_in_program(dump: Iterable[str], project_dir: Path) -> str | None:
    """The innermost frame in the project's own files of a faulthandler dump; the main thread comes last."""
    found, fresh = None, True
    for line in dump:
        if line.endswith("(most recent call first):"):
            fresh = True
            continue
        match = _FRAME.match(line)
        if match is None:
            continue
        file = Path(match["file"])
        if not file.is_absolute():
            file = project_dir / file
        own = file.is_relative_to(project_dir) and "site-packages" not in file.parts
        if own and fresh:
            found = f"{file.relative_to(project_dir)}:{match['line']} (in {match['function']})"
            fresh = False
    return found


def _in_program_order(resources: list[RegisteredResource]) -> Iterator[RegisteredResource]:
    """Resources such that parents, providers and dependencies come first, ties by source line, then URN.

    Of several under one URN it is the first by line, then by inputs: which one arrives first differs from run to run.
    """
    by_urn: dict[str, RegisteredResource] = {}
    for resource in resources:
        other = by_urn.get(resource.urn)
        by_urn[resource.urn] = min(other, resource, key=_place_and_inputs) if other else resource
    resources = list(by_urn.values())
    waiting: dict[str, set[str]] = {}
    followers: dict[str, list[str]] = {}
    for resource in resources:
        needed = {resource.parent or "", of_reference(resource.provider), *resource.dependencies}
        waiting[resource.urn] = (needed & by_urn.keys()) - {resource.urn}
        for urn in waiting[resource.urn]:
            followers.setdefault(urn, []).append(resource.urn)
    ready = [(_place(by_urn[urn]), urn) for urn, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    while ready:
        _, urn = heapq.heappop(ready)
        yield by_urn[urn]
        for follower in followers.get(urn, ()):
            waiting[follower].discard(urn)
            if not waiting[follower]:
                heapq.heappush(ready, (_place(by_urn[follower]), follower))


def _place_and_inputs(resource: RegisteredResource) -> tuple[tuple[str, int, int], str]:
    return _place(resource), json.dumps(resource.inputs, sort_keys=True, default=str)


def _place(resource: RegisteredResource) -> tuple[str, int, int]:
    if resource.source_position is None:
        return ("", 0, 0)
    file, line, column = resource.source_position
    return (file, line, column or 0)
