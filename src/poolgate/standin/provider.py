"""The stand-in as Pulumi plugins: a gRPC `ResourceProvider` for each cloud, which the engine attaches to.

    python -m poolgate.standin.provider azure-native=3.29.0 aws=7.51.1

prints the value of PULUMI_DEBUG_PROVIDERS that leads an engine to it (`azure-native:PORT,aws:PORT`) as the first line
of stdout, and serves until SIGINT or SIGTERM.

What it answers is what the real providers answer before they call their cloud; the module of each cloud says from
which source that is known.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf import empty_pb2

from inference_pools.path import format_path, top_property
from inference_pools.urn import Urn
from inference_pools.values import Json, from_struct, to_struct
from poolgate.errors import PoolgateError
from poolgate.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc
from poolgate.standin import clouds
from poolgate.standin.cloud import Autonaming, Change, CheckError, Cloud, Known, Request, UnknownTypeError
from poolgate.standin.fixtures import Fixtures, NoFixtureError, load_fixtures
from poolgate.standin.wire import contains_secrets, strip_secrets

_Property = provider_pb2.PropertyDiff
_Kind: TypeAlias = Any  # an enum of the protocol, an int at run time
_MODES: Mapping[int, Any] = {0: "propose", 1: "enforce", 2: "disable"}
_KINDS: Mapping[tuple[str, bool], _Kind] = {
    ("add", False): _Property.ADD,
    ("add", True): _Property.ADD_REPLACE,
    ("delete", False): _Property.DELETE,
    ("delete", True): _Property.DELETE_REPLACE,
    ("update", False): _Property.UPDATE,
    ("update", True): _Property.UPDATE_REPLACE,
}
_VERSION: Final = re.compile(r"v?\d+([-+.][0-9A-Za-z.+-]*)?")
_WORKERS = 8
_MAX_MESSAGE = 400 * 1024 * 1024  # as the engine and the SDKs allow


@dataclass(frozen=True, slots=True)
class _Settings:
    """A provider's configuration as texts, and which of it is secret, or has a secret in it."""

    texts: Mapping[str, str]
    secret: frozenset[str]


class StandInProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One running stand-in for one cloud; the engine starts one for each provider resource, or shares it.

    `Handshake` is not implemented, as in azure-native: the engine then takes what `Configure` says.
    """

    def __init__(
        self,
        cloud: Cloud,
        provider_version: str,
        *,
        allow_apply: bool = False,
        fixtures: Fixtures | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`allow_apply` lets resources be created, in state only: for tests that need real state files."""
        self._cloud = cloud
        self._version = provider_version
        self._allow_apply = allow_apply
        self._fixtures = fixtures or Fixtures()
        self._clock = clock
        # The engine attaches several providers (default and explicit ones) to one process and configures each
        # over its own connection; only the peer tells them apart.
        self._config: dict[str, _Settings] = {}
        self._lock = threading.Lock()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Not implemented, on purpose."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "method Handshake not implemented")

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The version of the provider this stands in for."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A schema with a name and a version and no types."""
        return provider_pb2.GetSchemaResponse(
            schema=json.dumps({"name": self._cloud.package, "version": self._version})
        )

    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> Any:
        """No mapping to other providers' types, as in the real one."""
        return provider_pb2.GetMappingResponse()

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The engine says where it listens; the stand-in has nothing to tell it."""
        return empty_pb2.Empty()

    def Parameterize(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Becomes a package made from it, where the provider can. Nothing need be kept: every token says which."""
        parameter = list(request.args.args) if request.HasField("args") else request.value.value
        try:
            name = self._cloud.local_package(parameter)
        except ValueError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        if name is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "Parameterize is not yet implemented")
        return provider_pb2.ParameterizeResponse(name=name, version=self._version)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Whatever the configuration is, it is right."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """No configuration change asks for a replacement."""
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Keep the configuration; say what the real provider says of itself."""
        prefix = f"{self._cloud.package}:config:"
        texts = {key.removeprefix(prefix): value for key, value in request.variables.items()}
        # The same once more, with the marks of what is secret.
        marked = frozenset(key for key, value in from_struct(request.args).items() if contains_secrets(value))
        with self._lock:
            self._config[context.peer()] = _Settings(texts, marked)
        return provider_pb2.ConfigureResponse(
            supportsPreview=True,
            supports_autonaming_configuration=True,
            acceptSecrets=self._cloud.accepts_secrets,
        )

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Fill in and validate; failures carry a reason and no property, as those of the real providers."""
        autonaming = None
        if request.HasField("autonaming"):
            options = request.autonaming
            autonaming = Autonaming(options.proposed_name or None, _MODES[options.mode])
        settings = self._settings_of(context.peer())
        asked = Request(
            token=_type_of(request),
            inputs=from_struct(request.news),
            urn=request.urn,
            version=self._version,
            random_seed=request.randomSeed,
            config=settings.texts,
            secret_settings=settings.secret,
            old_inputs=from_struct(request.olds),
            autonaming=autonaming,
            resource_groups=self._fixtures.resource_groups,
        )
        try:
            checked = self._cloud.check(asked)
        except (UnknownTypeError, CheckError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        failures = [provider_pb2.CheckFailure(reason=failure.reason) for failure in checked.failures]
        return provider_pb2.CheckResponse(inputs=to_struct(checked.inputs), failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare new inputs with old ones: those of the state, which some providers keep in its `__inputs`."""
        state = from_struct(request.olds)
        old = from_struct(request.old_inputs) if request.HasField("old_inputs") else state.get("__inputs")
        old, new = strip_secrets(old or {}), strip_secrets(from_struct(request.news))
        found = self._cloud.diff(_type_of(request), old, new, version=self._version)
        if not found.changes:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
        if not found.detailed:
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_UNKNOWN, deleteBeforeReplace=found.delete_before_replace
            )
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME,
            diffs=sorted({top_property(change.keys) for change in found.changes}),
            replaces=sorted({top_property(change.keys) for change in found.changes if change.replaces}),
            deleteBeforeReplace=found.delete_before_replace,
            hasDetailedDiff=True,
            detailedDiff={format_path(change.keys): _property_diff(change) for change in found.changes},
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """In a preview: what is known of the outputs. Otherwise refused, unless applying was allowed."""
        token, inputs = _type_of(request), from_struct(request.properties)
        if request.preview:
            config = self._settings_of(context.peer()).texts
            outputs = self._cloud.preview_outputs(token, inputs, version=self._version, config=config)
            return provider_pb2.CreateResponse(properties=to_struct(outputs))
        self._refuse_unless_allowed(context)
        known = self._applied(token, inputs, request.urn, context)
        return provider_pb2.CreateResponse(id=known.id, properties=to_struct(known.outputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """As `Create`; a preview keeps what never changes."""
        token, inputs = _type_of(request), from_struct(request.news)
        if request.preview:
            state, config = from_struct(request.olds), self._settings_of(context.peer()).texts
            outputs = self._cloud.preview_update(token, inputs, state, version=self._version, config=config)
            if not self._cloud.accepts_secrets:
                outputs = strip_secrets(outputs)
            return provider_pb2.UpdateResponse(properties=to_struct(outputs))
        self._refuse_unless_allowed(context)
        return provider_pb2.UpdateResponse(
            properties=to_struct(self._applied(token, inputs, request.urn, context).outputs)
        )

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
        """Answered as the provider does by itself or from fixtures, else by an error that names the call."""
        args = strip_secrets(from_struct(request.args))
        try:
            answer = self._fixtures.invoke(request.tok, args, self._cloud, self._settings_of(context.peer()).texts)
        except NoFixtureError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(answer))  # a keyword in Python
        return response

    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The real providers have no components either."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Construct is not yet implemented")

    def Call(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The real providers have no component methods either."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Call is not yet implemented")

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing runs that could be cancelled."""
        return empty_pb2.Empty()

    def _settings_of(self, peer: str) -> _Settings:
        """The configuration sent over a connection; a connection made anew may still mean the only one."""
        with self._lock:
            sole = next(iter(self._config.values())) if len(self._config) == 1 else _Settings({}, frozenset())
            return self._config.get(peer, sole)

    def _refuse_unless_allowed(self, context: grpc.ServicerContext) -> None:
        if not self._allow_apply:
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"this is poolgate's stand-in for {self._cloud.package}: it previews and never creates, changes or "
                "deletes anything. Run the command with the real provider to deploy.",
            )

    def _applied(self, token: str, inputs: Mapping[str, Json], urn: str, context: grpc.ServicerContext) -> Known:
        now, config = self._clock().isoformat(timespec="seconds"), self._settings_of(context.peer()).texts
        try:
            return self._cloud.applied(token, inputs, urn=urn, version=self._version, now=now, config=config)
        except CheckError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
            raise


def _property_diff(change: Change) -> Any:
    return _Property(kind=_KINDS[change.kind, change.replaces], inputDiff=True)


def _type_of(request: Any) -> str:
    """The type token; older engines send the URN only."""
    if request.type:
        return str(request.type)
    return Urn.parse(request.urn).type


def start_server(
    provider: StandInProvider, workers: futures.ThreadPoolExecutor | None = None
) -> tuple[grpc.Server, int]:
    """Serve on a free port of the loopback interface; returns the server and the port."""
    limits = [("grpc.max_receive_message_length", _MAX_MESSAGE), ("grpc.max_send_message_length", _MAX_MESSAGE)]
    server = grpc.server(workers or futures.ThreadPoolExecutor(max_workers=_WORKERS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


class StandIns:
    """Stand-ins served by this process, one for each cloud and version that is asked for."""

    def __init__(self, *, allow_apply: bool = False, fixtures: Fixtures | None = None) -> None:
        self._allow_apply = allow_apply
        self._fixtures = fixtures
        self._servers: dict[str, tuple[grpc.Server, int]] = {}
        self._workers: list[futures.ThreadPoolExecutor] = []

    def serve(self, providers: Iterable[str]) -> str:
        """Serve those, each as `PACKAGE=VERSION`; where, as PULUMI_DEBUG_PROVIDERS has it. ValueError for another."""
        wanted = {each: _wanted(each) for each in providers}
        for each, (cloud, version) in wanted.items():
            if each not in self._servers:
                made = StandInProvider(cloud, version, allow_apply=self._allow_apply, fixtures=self._fixtures)
                self._workers.append(futures.ThreadPoolExecutor(max_workers=_WORKERS))
                self._servers[each] = start_server(made, self._workers[-1])
        return ",".join(f"{cloud.package}:{self._servers[each][1]}" for each, (cloud, _) in wanted.items())

    def stop(self) -> None:
        """Serve none any more."""
        for ended in [server.stop(grace=1.0) for server, _ in self._servers.values()]:
            ended.wait(5.0)
        for workers in self._workers:
            workers.shutdown(wait=False)
        self._servers.clear()


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until a signal; the exit code is 0, or that of the error in the arguments."""
    parser = argparse.ArgumentParser(prog="python -m poolgate.standin.provider", description=__doc__)
    parser.add_argument("providers", nargs="+", metavar="PACKAGE=VERSION", help="what to stand in for, as aws=7.51.1")
    parser.add_argument("--allow-apply", action="store_true", help="for tests: create resources, in state only")
    parser.add_argument("--read-fixtures", type=Path, help="JSON file with answers to reads")
    arguments = parser.parse_args(argv)
    try:
        for text in arguments.providers:
            _wanted(text)
        stand_ins = StandIns(allow_apply=arguments.allow_apply, fixtures=load_fixtures(arguments.read_fixtures))
    except PoolgateError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sys.stdout.write(f"{stand_ins.serve(arguments.providers)}\n")
    sys.stdout.flush()
    while not stop.wait(1.0):
        pass
    stand_ins.stop()
    return 0


def _wanted(text: str) -> tuple[Cloud, str]:
    """The cloud and version that an argument names; ValueError for any other text."""
    package, _, version = text.partition("=")
    cloud = next((one for one in clouds.ALL if one.package == package), None)
    if cloud is None:
        raise ValueError(f"{package!r}: there is a stand-in for {', '.join(one.package for one in clouds.ALL)} only")
    if not _VERSION.fullmatch(version):
        raise ValueError(f"{text!r}: {version!r} is not a version")
    return cloud, version


if __name__ == "__main__":
    sys.exit(main())
