"""Runs Pulumi programs one after the other or side by side, each in a fork of a process that has imported the SDK.

A script like `program_exec`, which it takes the place of: the *programs'* interpreter runs it, and it imports the
standard library and the Pulumi SDK only. Importing that takes longer than most programs do.

Every program gets a process that is as good as new: forked from one that never runs a program, in a session of its
own, with the environment, the folder, the output and the command line that were asked for. Nothing of one program is
there for the next.

It is told what to run through the socket whose descriptor is its argument: the length of a JSON text in four bytes,
with them some descriptors, then the text, `{"arguments", "environment", "folder", "imports", "names", "given"}`.
`given` names the descriptors: `out` and `err`, for a program `end`, the pipe of `program_end`, and for one that is not
to reach its services by gRPC `services`, the socket of `program_wire`. With `module` it is that module that runs, as
`python -m` runs it, and no program: so do policy packs. It answers in lines: `ready`, then `started PID` and `ended PID
CODE` (negative: by that signal), `failed ERRNO`, or `cold REASON` where it cannot be relied on: then it forks no more,
and tells how those end that it has forked. Where `given` is empty it only imports, and answers `imported`. When the
socket is closed it ends, and with it what it has started.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import importlib.util
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading


def _import_typing() -> Any:
    """`typing`, which remembers the last 128 types of each kind that it has made: here, all of them.

    An SDK makes ten thousands, most of them the same few hundred. Whoever asks gets what he would get without.
    """
    cache = functools.lru_cache

    def of_any_size(maxsize: Any = None, typed: bool = False) -> Any:
        return cache(None)(maxsize) if callable(maxsize) else cache(None, typed)

    functools.lru_cache = of_any_size
    try:
        import typing
    finally:
        functools.lru_cache = cache
    return typing


typing = _import_typing()
from typing import Any, Dict, List, Optional, Set, Tuple  # noqa: E402, UP035 - the program's Python may be older than ours

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
if __name__ == "__main__" and sys.path and os.path.abspath(sys.path[0]) == _HERE:  # noqa: PTH100
    del sys.path[0]

EXECUTOR = os.path.join(_HERE, "program_exec.py")  # noqa: PTH118
_MOST_DESCRIPTORS = 4
_AHEAD = ("pulumi", "inference_pools")
"""How the packages begin that are imported ahead: SDKs, and what a policy pack serves, which does nothing then."""
_MOST_CLASSES = 500
_looked_for: Set[str] = set()  # noqa: UP006
_read: Set[Any] = set()  # noqa: UP006
_children: Set[int] = set()  # noqa: UP006


class _Cold(Exception):
    """Why programs have to be started the usual way."""


def main() -> int:
    """Serve until the socket is closed; in a child, run the program and return its exit code."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    try:
        executor = _beside("program_exec")
        executor.parser()  # which each program would make, and what it is made with
        _import(["pulumi", "pulumi.runtime"], [])
        wire, shortcuts = _beside("program_wire"), _beside("program_shortcuts")
        _see_that_it_can_fork()
        channel.sendall(b"ready\n")
        request = _serve(channel)
    except _Cold as reason:
        channel.sendall(f"cold {reason}\n".encode())
        return 0
    if request is None:
        for pid in _children:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        return 0
    if "module" in request:
        _leave(_run_module(request["module"], request["arguments"]))
    os.environ[executor.END_VARIABLE] = str(request["end"])
    sys.argv = [EXECUTOR, *request["arguments"]]
    shortcuts.take()
    if "services" in request:
        services = _services(wire.Channel(request["services"]), shortcuts)
        code: int = executor.main(*services, shortcuts.new_loop)
    else:
        shortcuts.silence_debugging()
        code = executor.main()
    _leave(code)
    return code


def _run_module(name: str, arguments: List[str]) -> int:  # noqa: UP006
    """Run a module as `python -m` does; its exit code."""
    sys.argv = [name, *arguments]
    try:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _leave(code: int) -> None:
    """End the process as an interpreter does, but for taking every module and object apart.

    To do that is to write to nearly all the memory that is shared with the parent, which takes as long as half a
    program.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are no daemons
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(code)


def _services(channel: Any, shortcuts: Any) -> Tuple[Any, Any]:  # noqa: UP006
    from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

    engine = shortcuts.silent_when_debugging(engine_pb2_grpc.EngineStub(channel))
    return resource_pb2_grpc.ResourceMonitorStub(channel), engine


def _beside(name: str) -> Any:
    """A module of our own, by its file."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(_HERE, f"{name}.py"))  # noqa: PTH118
    assert spec is not None and spec.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    del sys.modules[name]  # a program may have one of that name
    return module


def _import(modules: List[str], names: List[str]) -> None:  # noqa: UP006
    """Import the SDKs' modules, and read the hints of the classes in them that have these names."""
    new = [name for name in modules if name not in _looked_for and name.startswith(_AHEAD)]
    gc.disable()  # A fifth of the time would go to looking for garbage among what is there to stay.
    vars(typing)["compile"] = compiled = functools.lru_cache(None)(compile)
    for name in new:
        _looked_for.add(name)
        try:
            module = importlib.import_module(name)
            hasattr(module, "__all__")  # an SDK's modules are loaded when something of them is looked up
        except Exception as error:
            if isinstance(error, ModuleNotFoundError) and name.startswith(error.name or name):
                continue  # It is not installed, or no module at all.
            # The program will say so, in its own words, if it needs it.
            raise _Cold(f"{name} cannot be imported: {type(error).__name__}") from None
    has_read = _read_hints(_those_called(names, modules))
    del vars(typing)["compile"]  # of the names of classes in hints: a class is named in many
    compiled.cache_clear()
    if has_read or new:
        gc.freeze()  # with the little garbage that an import leaves: to look for it takes longer than a program
    gc.enable()


def _those_called(names: List[str], modules: List[str]) -> List[Any]:  # noqa: UP006
    spaces = [vars(sys.modules[module]) for module in modules if module in sys.modules]
    return [space[name] for space in spaces for name in names if name in space]


def _read_hints(kinds: List[Any]) -> bool:  # noqa: UP006
    """Have the SDK read what types the properties of resources and of their parts have, which it remembers.

    It does so when a program uses the first of a class, which takes a tenth of that program's time. Returns whether
    there was anything to read.
    """
    from pulumi import Resource, _types

    read: Any = getattr(_types, "_types_from_py_properties", None)
    before = len(_read)
    while kinds and len(_read) < _MOST_CLASSES and hasattr(read, "cache_info"):
        kind = kinds.pop()
        if not isinstance(kind, type):
            kinds += typing.get_args(kind)
        elif kind not in _read:
            _read.add(kind)
            with contextlib.suppress(Exception):  # The program that has a use for it will be told.
                if issubclass(kind, Resource):
                    kinds += _types.resource_types(kind).values()
                    kinds += [each for each in vars(sys.modules[kind.__module__]).values() if _is_input_of(each, kind)]
                elif _types.is_input_type(kind) or _types.is_output_type(kind):
                    kinds += read(kind).values()
    return len(_read) > before


def _is_input_of(value: Any, resource: type) -> bool:
    """Whether a value is the class that the inputs of a resource are kept in, which lies beside it."""
    from pulumi import _types

    return isinstance(value, type) and value.__module__ == resource.__module__ and _types.is_input_type(value)


def _see_that_it_can_fork() -> None:
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    if threads > 1:
        raise _Cold("an SDK starts threads when it is imported")


def _serve(channel: socket.socket) -> Optional[Dict[str, Any]]:  # noqa: UP006, UP045
    """Fork a child for each request. Returns None when there are no more, and in a child what it is to run."""
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        readable, _, _ = select.select([channel.fileno(), woken], [], [])
        if woken in readable:
            os.read(woken, 4096)
            _reap(channel)
        if channel.fileno() not in readable:
            continue
        head, descriptors, _, _ = socket.recv_fds(channel, 4, _MOST_DESCRIPTORS)
        text = _receive(channel, int.from_bytes(head, "big"))
        request = json.loads(text or b"{}")
        if not text or len(descriptors) < len(request["given"]):
            return None
        try:
            if "module" in request and sys.path[:1] != [request["folder"]]:
                sys.path.insert(0, request["folder"])  # as `python -m` does
            _import(request["imports"], request["names"])
            _see_that_it_can_fork()
        except _Cold as reason:
            for descriptor in descriptors:
                os.close(descriptor)
            channel.sendall(f"cold {reason}\n".encode())
            continue
        if not descriptors:
            channel.sendall(b"imported\n")
            continue
        begun, begin = os.pipe()
        try:
            pid = os.fork()
        except OSError as error:
            channel.sendall(f"failed {error.errno}\n".encode())
            pid = -1
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            channel.close()
            for descriptor in (woken, wake, begun):
                os.close(descriptor)
            _become(request, descriptors)
            os.close(begin)  # to which the parent has been listening
            return request  # type: ignore[no-any-return]
        for descriptor in (*descriptors, begin):
            os.close(descriptor)
        if pid > 0:
            _children.add(pid)
            os.read(begun, 1)  # Until it is in a session of its own nobody may be told its number.
            channel.sendall(f"started {pid}\n".encode())
        os.close(begun)


def _receive(channel: socket.socket, length: int) -> bytes:
    text = b""
    while len(text) < length:
        more = channel.recv(length - len(text))
        if not more:
            return b""
        text += more
    return text


def _reap(channel: socket.socket) -> None:
    for pid in [*_children]:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            _children.discard(pid)
            channel.sendall(f"ended {pid} {os.waitstatus_to_exitcode(status)}\n".encode())


def _become(request: Dict[str, Any], descriptors: List[int]) -> None:  # noqa: UP006
    """Take on what a process of the program's own would have been started with."""
    os.setsid()
    given = dict(zip(request["given"], descriptors))  # noqa: B905
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(given[name], number)
        os.close(given.pop(name))
    os.environ.clear()
    os.environ.update(request["environment"])
    request.update(given)
    os.chdir(request["folder"])
    started_in = sys.modules.get("multiprocessing.process")
    if started_in is not None:  # It keeps the folder of when it was imported, and finds `__main__` from there.
        started_in.ORIGINAL_DIR = request["folder"]  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
