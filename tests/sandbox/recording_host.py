"""The language host with every call it gets written to a file, for tests that look at the order of calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

from poolgate.sandbox import language_host


class Recorder(grpc.ServerInterceptor):
    def __init__(self, path: Path) -> None:
        self._path = path

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Any], handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        with self._path.open("a") as file:
            file.write(handler_call_details.method.rpartition("/")[2] + "\n")
        return continuation(handler_call_details)


if __name__ == "__main__":
    recorder = Recorder(Path(os.environ["RECORDED_CALLS"]))
    language_host.run_until_ended(*language_host.serve(sys.argv[-1], interceptors=[recorder]))
