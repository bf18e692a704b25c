"""Language hosts for the engines of several previews, in this process: each is spared a Python that imports gRPC.

What an engine starts as its host is `host_client`, which hands over its output, variables and folder; the service is
answered here, on a port for each. Programs and policy packs are forked from processes that have imported their SDKs
(`program_process`), each in a session of its own. Whatever a host has started ends with it, and it with the engine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from poolgate.sandbox import host_client, language_host, program_process
from poolgate.sandbox.language_host import Children
from poolgate.sandbox.processes import end_session, watch_session
from poolgate.sandbox.program_end import ProgramEnd
from poolgate.sandbox.program_process import Process

CLIENT: Final = Path(host_client.__file__)
_LONGEST_ADDRESS: Final = 100
"""Bytes of the path of a socket that every system takes."""
_PATIENCE: Final = 10.0
_TO_STOP: Final = 2.0
"""Seconds for calls of an engine that has ended. Now and then gRPC never tells that one is over."""


class _Asked(NamedTuple):
    """What a client has handed over."""

    out: int
    err: int
    folder: str
    arguments: Sequence[str]
    environ: Mapping[str, str]


class _Children(Children):
    """Each in a session of its own, and forked where it can be."""

    leads = True

    def __init__(self, asked: _Asked) -> None:
        super().__init__(asked.environ)
        self.out, self.err, self.folder = asked.out, asked.err, asked.folder
        self._asked = asked
        self._sessions: list[Process] = []

    def start_program(
        self, command: Sequence[str], environment: Mapping[str, str], sources: Path, end: ProgramEnd
    ) -> Process:
        """Forked, if it can be."""
        (descriptor,) = end.descriptors
        given = {"out": self._asked.out, "err": self._asked.err, "end": descriptor}

        def start() -> Process:
            forked = program_process.fork_program(command, environment, self._asked.folder, sources, given)
            if forked is not None:
                return self._watched(forked)
            return self._started(command, {**environment, **end.variables}, None, False, end.descriptors)

        return self._added(start)

    def start_pack(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Process:
        """Forked, if it can be."""

        def start() -> Process:
            forked = program_process.fork_pack(command, environment, folder)
            return self._watched(forked) if forked else self._started(command, environment, str(folder), True, ())

        return self._added(start)

    def kill(self, process: Process) -> None:
        """With its process group."""
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    def end_sessions(self) -> None:
        """End what is left of all that was started."""
        for process in self._sessions:
            end_session(process)

    def _started(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        cwd: str | None,
        piped: bool,
        descriptors: Sequence[int],
    ) -> Process:
        return self._watched(super()._started(command, environment, cwd, piped, descriptors))

    def _watched(self, process: Process) -> Process:
        watch_session(process)
        self._sessions.append(process)
        return process


class SharedHosts:
    """Hosts for the engines that find the socket `address`."""

    def __init__(self, address: Path) -> None:
        self.address = address
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(address))
        self._listener.listen()
        self._hosts: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @staticmethod
    def can_listen(address: Path) -> bool:
        """Whether there can be a socket with this path."""
        return len(os.fsencode(address)) <= _LONGEST_ADDRESS

    def settle(self) -> None:
        """Wait until nothing is left of hosts whose engine has ended, and of what they have started."""
        for host in self._hosts:
            host.join(_PATIENCE)
        self._hosts = [host for host in self._hosts if host.is_alive()]

    def close(self) -> None:
        """Take no more engines, and wait for what is left of those there were. May be called twice."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.settle()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                host = threading.Thread(target=_serve, args=(connection,), daemon=True)
                self._hosts.append(host)
                host.start()


def _serve(connection: socket.socket) -> None:
    """Be the host of an engine until what it has started as its host has ended."""
    with connection:
        asked = _receive(connection)
        if asked is None:
            return
        children, workers = _Children(asked), ThreadPoolExecutor(max_workers=language_host.WORKERS)
        try:
            address = language_host.engine_address(asked.arguments)
            server, _, port = language_host.serve(address, children=children, workers=workers)
            try:
                with contextlib.suppress(OSError):
                    connection.sendall(f"{port}\n".encode())
                    connection.recv(1)
            finally:
                children.end_all(for_good=True)
                server.stop(grace=None).wait(_TO_STOP)
                workers.shutdown(wait=False)
        finally:
            os.close(asked.out)
            os.close(asked.err)
            children.end_sessions()


def _receive(connection: socket.socket) -> _Asked | None:
    """What a client hands over; None when it has ended before."""
    head, descriptors, _, _ = socket.recv_fds(connection, host_client.LENGTH, 2)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    length, text = int.from_bytes(head, "big"), b""
    while len(text) < length and (part := connection.recv(length - len(text))):
        text += part
    if len(descriptors) < 2 or not text or len(text) < length:
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    out, err = descriptors
    folder, count, *words = map(os.fsdecode, text.split(host_client.SEPARATOR))
    arguments, variables = words[: int(count)], words[int(count) :]
    environ = dict(each.split("=", 1) for each in variables if "=" in each)
    return _Asked(out, err, folder, arguments, environ)
