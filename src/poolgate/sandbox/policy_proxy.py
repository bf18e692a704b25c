"""Stands between the engine and a policy pack until the pack can be started.

The Python policy SDK reads stack, project, organization and dry-run from environment variables when it starts;
the engine tells them later, in a ConfigureStack call. The official language host therefore answers the engine's
first calls itself, starts the pack once it is configured, and then passes every call on (source: pulumi/pulumi,
`sdk/policy_proxy.go`, v3.255.0). So does this one. Messages are passed on as bytes: a field that a newer engine
adds survives.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc

from poolgate.errors import UsageError

if TYPE_CHECKING:
    _Handler = grpc.GenericRpcHandler[bytes, bytes]
else:
    _Handler = grpc.GenericRpcHandler  # generic for the type checker alone

START_LIMIT = 120.0
"""Seconds a policy pack may take to print its port after it was started, where LIMIT_VARIABLE says nothing else."""

LIMIT_VARIABLE = "POOLGATE_PACK_LIMIT"

UNLIMITED_MESSAGES = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))


def start_limit(environ: Mapping[str, str]) -> float:
    """The seconds that a pack may take, as the environment has them. Raises UsageError for what is no such number."""
    text = environ.get(LIMIT_VARIABLE, "").strip() or str(START_LIMIT)
    try:
        limit = float(text)
    except ValueError:
        limit = math.nan
    if not 0 < limit < math.inf:
        raise UsageError(f"{LIMIT_VARIABLE} is {text!r}, expected a number of seconds above 0")
    return limit


_SERVICE = "/pulumirpc.Analyzer/"
_WORKERS = 16
_POLL_SECONDS = 0.2
_LAST_WORDS_SECONDS = 5.0
"""So long a call that waited for the pack has to tell the engine why there is none, before it is cancelled."""


class PolicyProxy(_Handler):
    """An Analyzer service that answers Handshake and ConfigureStack and passes the rest on to the pack."""

    def __init__(self, start_limit: float = START_LIMIT) -> None:
        self._start_limit = start_limit
        self._configured = threading.Event()
        self._configuration: bytes | None = None
        self._started = threading.Event()
        self._channel: grpc.Channel | None = None
        self._failure = ""
        self._workers = ThreadPoolExecutor(max_workers=_WORKERS)
        self._server = grpc.server(self._workers, options=UNLIMITED_MESSAGES)
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_insecure_port("127.0.0.1:0")

    def serve(self) -> None:
        """Start answering on `port`."""
        self._server.start()

    def stop(self) -> None:
        """Stop answering; calls that wait for the pack fail."""
        self.fail("the policy pack has ended")
        ended = self._server.stop(grace=_LAST_WORDS_SECONDS)
        if self._channel is not None:
            self._channel.close()
        ended.wait()
        self._workers.shutdown(wait=False)

    def wait_for_configuration(self, context: grpc.ServicerContext) -> tuple[bool, bytes | None]:
        """Wait until the engine has configured the stack, or made another call, or ended the RPC.

        Returns whether to start the pack, and the ConfigureStack request (None when there was none).
        """
        while not self._configured.wait(_POLL_SECONDS):
            if not context.is_active():
                return False, None
        return True, self._configuration

    def attach(self, port: int) -> None:
        """Pass calls on to the pack on this port, the stack's configuration first."""
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=UNLIMITED_MESSAGES)
        self._channel = channel
        if self._configuration is not None:
            try:
                self._forward(channel, "ConfigureStack", self._configuration)
            except grpc.RpcError as error:
                # SDKs before 1.19 do not have the call and take everything from the environment.
                if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                    self.fail(f"policy pack configuration failed: {error.details()}")
                    return
        self._started.set()

    def fail(self, reason: str) -> None:
        """Let every call that waits for the pack fail with this reason. The first outcome stays."""
        if not self._started.is_set():
            self._failure = reason
            self._started.set()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """gRPC asks here what answers a call."""
        service, _, method = handler_call_details.method.rpartition("/")
        if f"{service}/" != _SERVICE:
            return None

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            return self._answer(method, request, context)

        return grpc.unary_unary_rpc_method_handler(answer)

    def _configure(self, request: bytes | None) -> None:
        if not self._configured.is_set():
            self._configuration = request
            self._configured.set()

    def _answer(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        if method == "Handshake":
            return b""
        if method == "ConfigureStack":
            self._configure(request)
            return b""
        # `policy publish` and the like never configure a stack: the pack then starts without.
        self._configure(None)
        if not self._started.wait(self._start_limit):
            self.fail(f"it did not print its port within {self._start_limit:g} s ({LIMIT_VARIABLE})")
        if self._failure or self._channel is None:
            context.abort(grpc.StatusCode.UNKNOWN, f"policy pack not started: {self._failure}")
        try:
            return self._forward(self._channel, method, request)
        except grpc.RpcError as error:
            metadata: Any = error.trailing_metadata() or ()
            context.set_trailing_metadata(tuple(metadata))
            context.abort(error.code(), error.details() or "")
            raise

    @staticmethod
    def _forward(channel: grpc.Channel, method: str, request: bytes) -> bytes:
        # No deadline: a rule may take its time; the engine's own call is what bounds this one.
        call: Any = channel.unary_unary(_SERVICE + method, None, None)
        answer: bytes = call(request, wait_for_ready=True)
        return answer
