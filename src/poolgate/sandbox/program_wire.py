"""The services of a program that was forked, reached through sockets that it was given instead of through gRPC.

A part of a script, like `program_exec`, for the *program's* interpreter: the standard library and what the Pulumi SDK
brings along. The stubs of the SDK take a `Channel` for one of gRPC's; what goes through it are the same messages. In
gRPC several threads of both processes have a hand in each call, and its port is open to every process of the machine.

A call has a connection to itself for as long as it takes: four bytes with the length of the method's name, four with
that of the request, then both. The answer is four bytes with the code, as gRPC numbers them, four with the length of
what follows: the response, or where the code is not 0 the text of the error. A connection is begun by handing one end
of it over through the socket that the program was started with, with one byte.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from typing import Any, Callable, List, Tuple  # noqa: UP035 - the program's Python may be older than ours

import grpc

HEAD = struct.Struct(">II")
_MOST_AT_ONCE = 1 << 20
_UNAVAILABLE = 14
_UNIMPLEMENTED = 12
_CODES = {code.value[0]: code for code in grpc.StatusCode}


class CallError(grpc.RpcError):
    """The answer of a service that refuses, with what the SDK asks of it."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self._code = code
        self._details = details

    def code(self) -> Any:
        """As that of `grpc.Call`."""
        return _CODES.get(self._code, grpc.StatusCode.UNKNOWN)

    def details(self) -> str:
        """As that of `grpc.Call`."""
        return self._details

    def initial_metadata(self) -> Tuple[()]:  # noqa: UP006
        """As that of `grpc.Call`; there is none."""
        return ()

    def trailing_metadata(self) -> Tuple[()]:  # noqa: UP006
        """As that of `grpc.Call`; there is none."""
        return ()


class Channel:
    """What the SDK's stubs take for a channel of gRPC."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._new = socket.socket(fileno=descriptor)
        self._idle: List[socket.socket] = []  # noqa: UP006
        self._process = os.getpid()
        self._lock = threading.Lock()

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[Any], bytes],
        response_deserializer: Callable[[bytes], Any],
        *_: Any,
        **__: Any,
    ) -> Callable[..., Any]:
        """A call with one answer."""
        name = method.encode()

        def call(request: Any, *_: Any, **__: Any) -> Any:
            content = request_serializer(request)
            return response_deserializer(self._ask(HEAD.pack(len(name), len(content)) + name + content))

        return call

    def unary_stream(self, method: str, *_: Any, **__: Any) -> Callable[..., Any]:
        """A call with several answers, which older SDKs have and no program gets."""

        def call(*_: Any, **__: Any) -> Any:
            raise CallError(_UNIMPLEMENTED, "Method not found!")

        return call

    stream_unary = stream_stream = unary_stream

    def _ask(self, request: bytes) -> bytes:
        connection = self._taken()
        try:
            connection.sendall(request)
            code, length = HEAD.unpack(_read(connection, HEAD.size))
            content = _read(connection, length)
        except OSError:
            connection.close()
            raise CallError(_UNAVAILABLE, "the monitor has gone") from None
        except BaseException:  # Whatever interrupts a call leaves its answer behind.
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        if code:
            raise CallError(code, content.decode("utf-8", "replace"))
        return content

    def _taken(self) -> socket.socket:
        with self._lock:
            if self._process != os.getpid():  # A process that the program has forked has no part in its connections.
                self._process = os.getpid()
                self._idle.clear()
            if self._idle:
                return self._idle.pop()
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    socket.send_fds(self._new, [b"+"], [theirs.fileno()])
                except OSError:
                    ours.close()
                    raise CallError(_UNAVAILABLE, "the monitor has gone") from None
            return ours


def _read(connection: socket.socket, length: int) -> bytes:
    part = connection.recv(min(length, _MOST_AT_ONCE)) if length else b""
    if len(part) == length:
        return part
    parts = bytearray(part)
    while len(parts) < length:
        part = connection.recv(min(length - len(parts), _MOST_AT_ONCE))
        if not part:
            raise ConnectionResetError
        parts += part
    return bytes(parts)
