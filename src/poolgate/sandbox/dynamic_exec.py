"""Runs the dynamic providers that a Pulumi program defines, as `python -m pulumi.dynamic` does, but applies nothing.

Such a provider is code of the program, and its `create` would act for real. In a preview the engine only asks it to
check and to compare. A script, not a module of poolgate: the *program's* interpreter runs it, in the program's virtual
environment, where poolgate is not installed.
"""

from __future__ import annotations

import os
import runpy
import sys
from typing import Any

# A script's own folder is first on the import path. Ours holds modules with everyday names (engine,
# workspace) that must not shadow what the program has installed.
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
if sys.path and os.path.abspath(sys.path[0]) == _HERE:  # noqa: PTH100
    del sys.path[0]

REFUSAL = "poolgate's sandbox previews and never applies: a dynamic provider creates, changes and deletes nothing here"


def main() -> None:
    """Serve the SDK's own provider, without the calls that apply."""
    import grpc
    from pulumi.runtime.proto import provider_pb2_grpc

    serve = provider_pb2_grpc.add_ResourceProviderServicer_to_server

    def refuse(request: Any, context: grpc.ServicerContext) -> None:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, REFUSAL)

    def serve_without_applying(servicer: Any, server: grpc.Server) -> None:
        for name in ("Create", "Update", "Delete"):
            setattr(servicer, name, refuse)
        serve(servicer, server)

    vars(provider_pb2_grpc)["add_ResourceProviderServicer_to_server"] = serve_without_applying
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
