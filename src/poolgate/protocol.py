"""Pulumi's protocol: the messages and stubs of its Python SDK, without the SDK around them.

Python imports `pulumi` and `pulumi.runtime` before `pulumi.runtime.proto`, which needs neither, and they take longer
than all the rest that a language host imports. A preview starts four processes that speak the protocol.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec


@contextlib.contextmanager
def _without_the_sdk() -> Iterator[None]:
    """Meanwhile the packages above the protocol are empty, unless they have been imported; then they are gone again.

    Whoever imports the SDK later gets all of it, with the modules of the protocol that are here.
    """
    empty = [] if "pulumi" in sys.modules else ["pulumi", "pulumi.runtime"]
    try:
        for name in empty:
            if spec := find_spec(name):
                sys.modules[name] = module_from_spec(spec)
        yield
    finally:
        for name in empty:
            sys.modules.pop(name, None)


with _without_the_sdk():
    from pulumi.runtime.proto import (
        alias_pb2,
        analyzer_pb2,
        callback_pb2,
        callback_pb2_grpc,
        engine_pb2,
        engine_pb2_grpc,
        language_pb2,
        language_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        resource_pb2,
        resource_pb2_grpc,
    )

__all__ = [
    "alias_pb2",
    "analyzer_pb2",
    "callback_pb2",
    "callback_pb2_grpc",
    "engine_pb2",
    "engine_pb2_grpc",
    "language_pb2",
    "language_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "resource_pb2",
    "resource_pb2_grpc",
]
