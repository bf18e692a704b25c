"""The stand-in as a Pulumi plugin: a gRPC `ResourceProvider` that the engine attaches to.

    python -m poolgate.standin.provider --provider-version 3.29.0

prints its port on the first line of stdout and serves until SIGINT, SIGTERM or the engine's word. Point the
engine at it with `PULUMI_DEBUG_PROVIDERS=azure-native:PORT`.

What it answers is what the real provider answers (source: pulumi/pulumi-azure-native,
`provider/pkg/provider/{provider,diff}.go`): no secrets, no resource references, previews and autonaming yes.
"""

from __future__ import annotations

import argparse
import base64
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf import empty_pb2

from inference_pools.path import Keys, format_path, top_property
from inference_pools.urn import Urn
from inference_pools.values import Json, from_struct, to_struct
from poolgate.errors import PoolgateError
from poolgate.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc
from poolgate.standin.check import (
    API_VERSION,
    CREATE_BEFORE_DELETE,
    Autonaming,
    apply_outputs,
    check,
    preview_outputs,
    resource_id,
)
from poolgate.standin.fixtures import Fixtures, NoFixtureError, load_fixtures
from poolgate.standin.types import UnknownTypeError, look_up, major_of
from poolgate.standin.wire import strip_secrets, without_nulls

_Property = provider_pb2.PropertyDiff
_Kind: TypeAlias = Any  # an enum of the protocol, an int at run time
_PREFIX: Final = "azure-native:config:"
_MODES: Mapping[int, Any] = {0: "propose", 1: "enforce", 2: "disable"}
_REPLACING: Mapping[_Kind, _Kind] = {
    _Property.ADD: _Property.ADD_REPLACE,
    _Property.DELETE: _Property.DELETE_REPLACE,
    _Property.UPDATE: _Property.UPDATE_REPLACE,
}
_NOT_FOR_REAL = (
    "this is poolgate's stand-in for azure-native: it previews and never creates, changes or deletes anything. "
    "Run the command with the real provider to deploy."
)
_MAX_MESSAGE = 400 * 1024 * 1024  # as the engine and the SDKs allow


def detailed_diff(
    token: str, old: Mapping[str, Json], new: Mapping[str, Json], provider_version: str
) -> dict[Keys, _Kind]:
    """What changed between two sets of inputs: keys of the property to the kind of `PropertyDiff`.

    A change of a property in the resource's path, or of one that can only be set at creation, replaces.
    Locations compare without regard to case and spaces; an API version that old inputs lack is no change.
    """
    kind = look_up(token, provider_version)
    replacing = set(kind.parameters) if kind else set()
    if kind and kind.tree:
        replacing |= {name for name, node in kind.tree["properties"].items() if node.get("createOnly")}
    elif kind and kind.has_location:
        replacing.add("location")
    old, new = dict(old), dict(new)
    if API_VERSION not in old:
        new.pop(API_VERSION, None)
    for one in (old, new):
        one.pop(CREATE_BEFORE_DELETE, None)
        one.pop("__defaults", None)
    if _plain_location(old.get("location")) == _plain_location(new.get("location")):
        new["location"] = old.get("location")
    changes: dict[Keys, _Kind] = {}
    for keys, change in _changes((), without_nulls(old), without_nulls(new)):
        changes[keys] = _REPLACING[change] if top_property(keys) in replacing else change
    return changes


def _plain_location(location: Json) -> Json:
    return location.replace(" ", "").lower() if isinstance(location, str) else location


def _changes(keys: Keys, old: Json, new: Json) -> Iterator[tuple[Keys, _Kind]]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _member_changes(keys, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _member_changes(keys, dict(enumerate(old)), dict(enumerate(new)))
    elif old != new:
        yield keys, _Property.UPDATE


def _member_changes(keys: Keys, old: Mapping[Any, Json], new: Mapping[Any, Json]) -> Iterator[tuple[Keys, _Kind]]:
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            yield (*keys, key), _Property.ADD
        elif key not in new:
            yield (*keys, key), _Property.DELETE
        else:
            yield from _changes((*keys, key), old[key], new[key])


class StandInProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One running stand-in; the engine starts one for each provider resource, or shares it.

    `Handshake` is not implemented, as in the real provider: the engine then takes what `Configure` says.
    """

    def __init__(
        self,
        provider_version: str,
        *,
        allow_apply: bool = False,
        fixtures: Fixtures | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`allow_apply` lets resources be created, in state only: for tests that need real state files."""
        self._version = provider_version
        self._allow_apply = allow_apply
        self._fixtures = fixtures or Fixtures()
        self._clock = clock
        # The engine attaches several providers (default and explicit ones) to one process and configures each
        # over its own connection; only the peer tells them apart.
        self._config: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Not implemented, on purpose."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "method Handshake not implemented")

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The version of the provider this stands in for."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A schema with a name and a version and no types."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "azure-native", "version": self._version}))

    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> Any:
        """No mapping to other providers' types, as in the real one."""
        return provider_pb2.GetMappingResponse()

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The engine says where it listens; the stand-in has nothing to tell it."""
        return empty_pb2.Empty()

    def Parameterize(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Becomes a local package: azure-native with the types of one module at one API version.

        What it takes and answers is what the real provider does (source: `provider_parameterize.go` beside the files
        above). Nothing need be kept: the API version is in every token of such a package.
        """
        try:
            module, version = _parameters(request)
        except ValueError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return provider_pb2.ParameterizeResponse(name=f"azure-native_{module}_{version}", version=self._version)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Whatever the configuration is, it is right."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """No configuration change asks for a replacement."""
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Keep the configuration; say what the real provider says of itself."""
        with self._lock:
            self._config[context.peer()] = {
                key.removeprefix(_PREFIX): value for key, value in request.variables.items()
            }
        return provider_pb2.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Fill in and validate (`check.check`); failures carry a reason and no property, as the real ones."""
        autonaming = None
        if request.HasField("autonaming"):
            options = request.autonaming
            autonaming = Autonaming(options.proposed_name or None, _MODES[options.mode])
        try:
            checked = check(
                _type_of(request),
                from_struct(request.news),
                urn=request.urn,
                provider_version=self._version,
                random_seed=request.randomSeed,
                config=self._config_of(context.peer()),
                old_inputs=from_struct(request.olds),
                autonaming=autonaming,
                resource_group_locations=self._fixtures.resource_groups,
            )
        except UnknownTypeError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        failures = [provider_pb2.CheckFailure(reason=failure.reason) for failure in checked.failures]
        return provider_pb2.CheckResponse(inputs=to_struct(checked.inputs), failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare new inputs with old ones (those of the state, in 2.x its `__inputs`)."""
        state = from_struct(request.olds)
        old = from_struct(request.old_inputs) if request.HasField("old_inputs") else state.get("__inputs")
        old = strip_secrets(old or {})
        new = strip_secrets(from_struct(request.news))
        changes = detailed_diff(_type_of(request), old, new, self._version)
        if not changes:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
        replaces = [keys for keys, kind in changes.items() if kind in _REPLACING.values()]
        created_before = old.get(CREATE_BEFORE_DELETE)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME,
            diffs=sorted(set(map(top_property, changes))),
            replaces=sorted(set(map(top_property, replaces))),
            deleteBeforeReplace=bool(replaces) if created_before is None else not created_before,
            hasDetailedDiff=True,
            detailedDiff={format_path(keys): _Property(kind=kind, inputDiff=True) for keys, kind in changes.items()},
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """In a preview: the inputs, all else unknown. Otherwise refused, unless applying was allowed."""
        token, inputs = _type_of(request), from_struct(request.properties)
        if request.preview:
            outputs = preview_outputs(token, inputs, urn=request.urn, provider_version=self._version)
            return provider_pb2.CreateResponse(properties=to_struct(outputs))
        self._refuse_unless_allowed(context)
        outputs = self._applied(token, inputs, request.urn)
        identifier = resource_id(token, inputs, urn=request.urn, provider_version=self._version)
        return provider_pb2.CreateResponse(id=identifier, properties=to_struct(outputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """As `Create`; a preview keeps name and location, which never change."""
        token, inputs = _type_of(request), from_struct(request.news)
        if request.preview:
            outputs = preview_outputs(token, inputs, urn=request.urn, provider_version=self._version)
            state = from_struct(request.olds)
            outputs.update({key: state[key] for key in ("name", "location") if key in state})
            return provider_pb2.UpdateResponse(properties=to_struct(strip_secrets(outputs)))
        self._refuse_unless_allowed(context)
        return provider_pb2.UpdateResponse(properties=to_struct(self._applied(token, inputs, request.urn)))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refused, unless applying was allowed; then there is nothing to do."""
        self._refuse_unless_allowed(context)
        return empty_pb2.Empty()

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A resource of the state reads as the state has it; any other is answered from fixtures."""
        state, inputs = from_struct(request.properties), from_struct(request.inputs)
        if not state or state == inputs:  # `.get()` sends what it looks for as both
            try:
                inputs, state = self._fixtures.read(_type_of(request), request.id)
            except NoFixtureError as error:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return provider_pb2.ReadResponse(id=request.id, properties=to_struct(state), inputs=to_struct(inputs))

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Answered from fixtures, else by an error that names the call."""
        try:
            answer = self._fixtures.invoke(request.tok, strip_secrets(from_struct(request.args)))
        except NoFixtureError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(answer))  # a keyword in Python
        return response

    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The real provider has no components either."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Construct is not yet implemented")

    def Call(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The real provider has no component methods either."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Call is not yet implemented")

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing runs that could be cancelled."""
        return empty_pb2.Empty()

    def _config_of(self, peer: str) -> Mapping[str, str]:
        """The configuration sent over a connection; a connection made anew may still mean the only one."""
        with self._lock:
            sole = next(iter(self._config.values())) if len(self._config) == 1 else {}
            return self._config.get(peer, sole)

    def _refuse_unless_allowed(self, context: grpc.ServicerContext) -> None:
        if not self._allow_apply:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, _NOT_FOR_REAL)

    def _applied(self, token: str, inputs: Mapping[str, Json], urn: str) -> dict[str, Json]:
        now = self._clock().isoformat(timespec="seconds")
        return apply_outputs(token, inputs, urn=urn, provider_version=self._version, now=now)


def _type_of(request: Any) -> str:
    """The type token; older engines send the URN only."""
    if request.type:
        return str(request.type)
    return Urn.parse(request.urn).type


def _parameters(request: Any) -> tuple[str, str]:
    """Module and API version of a local package, from its command line or as the SDK made from it keeps them."""
    if request.HasField("args"):
        words = list(request.args.args)
        if len(words) != 2:
            raise ValueError(f"expected 2 arguments (module and API version), got {len(words)}")
        return words[0], words[1]
    try:
        kept = json.loads(base64.b64decode(request.value.value, validate=True))
        return str(kept["module"]), str(kept["version"])
    except (ValueError, KeyError, TypeError):
        raise ValueError("the parameter of the local package is not one that azure-native made") from None


def start_server(provider: StandInProvider) -> tuple[grpc.Server, int]:
    """Serve on a free port of the loopback interface; returns the server and the port."""
    limits = [("grpc.max_receive_message_length", _MAX_MESSAGE), ("grpc.max_send_message_length", _MAX_MESSAGE)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until a signal; the exit code is 0, or that of the error in the arguments."""
    parser = argparse.ArgumentParser(prog="python -m poolgate.standin.provider", description=__doc__)
    parser.add_argument("--provider-version", required=True, help="version to stand in for, such as 3.29.0")
    parser.add_argument("--allow-apply", action="store_true", help="for tests: create resources, in state only")
    parser.add_argument("--read-fixtures", type=Path, help="JSON file with answers to reads")
    arguments, _ = parser.parse_known_args(argv)  # the engine adds its address when it starts a plugin
    try:
        major_of(arguments.provider_version)
        fixtures = load_fixtures(arguments.read_fixtures)
    except PoolgateError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except ValueError:
        sys.stderr.write(f"--provider-version {arguments.provider_version!r} is not a version\n")
        return 2
    provider = StandInProvider(arguments.provider_version, allow_apply=arguments.allow_apply, fixtures=fixtures)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server, port = start_server(provider)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not stop.wait(1.0):
        pass
    server.stop(grace=1.0).wait(5.0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
