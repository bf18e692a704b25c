"""Serves the services of programs through sockets that they were given: the other side of `sandbox/program_wire.py`."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, NamedTuple, NoReturn, Self

import grpc

from poolgate.protocol import engine_pb2_grpc, resource_pb2_grpc
from poolgate.sources.program_monitor import Monitor

_HEAD: Final = struct.Struct(">II")
_MOST_AT_ONCE: Final = 1 << 20


class _Aborted(Exception):
    """The service has refused a call."""


class _Context:
    """What a service is told of a call, as gRPC does; only what ours make use of."""

    def __init__(self) -> None:
        self.code = grpc.StatusCode.UNKNOWN
        self.details = ""

    def set_code(self, code: grpc.StatusCode) -> None:
        self.code = code

    def set_details(self, details: str) -> None:
        self.details = details

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        self.code, self.details = code, details
        raise _Aborted


class _Asked(NamedTuple):
    """What gRPC's own handlers of a service want to know of a call."""

    method: str


class _Methods:
    """Takes the place of a server of gRPC when services are added to it, and finds their methods."""

    def __init__(self, monitor: Monitor) -> None:
        self._services: list[Any] = []
        server: Any = self
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
        engine_pb2_grpc.add_EngineServicer_to_server(monitor, server)

    def add_generic_rpc_handlers(self, services: Iterable[Any]) -> None:
        self._services += services

    def add_registered_method_handlers(self, *_: Any) -> None:
        """Tells newer servers of gRPC the same a second time."""

    def of(self, method: str) -> Any:
        """The handler of a method with one answer; None when there is none."""
        found = filter(None, (service.service(_Asked(method)) for service in self._services))
        return next((handler for handler in found if handler.unary_unary), None)


class Services:
    """A monitor's services for one program. The program gets `descriptor`; closed, nobody is answered any more."""

    def __init__(self, monitor: Monitor) -> None:
        self._methods = _Methods(monitor)
        self._ours, self._theirs = socket.socketpair()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def descriptor(self) -> int:
        """The program's end of the socket through which it begins connections."""
        return self._theirs.fileno()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._is_closed = True
            for connection in (self._ours, *self._connections):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._theirs.close()

    def _accept(self) -> None:
        with self._ours:
            while True:
                try:
                    told, descriptors, _, _ = socket.recv_fds(self._ours, 1, 1)
                except OSError:
                    return
                if not told:
                    return
                for descriptor in descriptors:
                    self._begin(socket.socket(fileno=descriptor))

    def _begin(self, connection: socket.socket) -> None:
        with self._lock:
            if self._is_closed:
                connection.close()
                return
            self._connections.add(connection)
        threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while True:
                name, length = _HEAD.unpack(_read(connection, _HEAD.size))
                asked = _read(connection, name + length)
                code, content = self._called(asked[:name].decode(), asked[name:])
                connection.sendall(_HEAD.pack(code, len(content)) + content)
        with self._lock:
            self._connections.discard(connection)

    def _called(self, method: str, request: bytes) -> tuple[int, bytes]:
        """The code and content of an answer, as gRPC makes them of what a service returns or raises."""
        handler = self._methods.of(method)
        if handler is None:
            return grpc.StatusCode.UNIMPLEMENTED.value[0], b"Method not found!"
        context = _Context()
        try:
            response = handler.unary_unary(handler.request_deserializer(request), context)
            content: bytes = handler.response_serializer(response)
        except _Aborted:
            pass
        except Exception as error:
            context.details = context.details or f"Exception calling application: {error}"
        else:
            return 0, content
        return context.code.value[0], context.details.encode()


def _read(connection: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(min(length - len(parts), _MOST_AT_ONCE))
        if not part:
            raise ConnectionResetError
        parts += part
    return bytes(parts)
