"""The engine's side of a program run: answers registrations as the engine does for a new stack in a preview.

Source: pulumi/pulumi v3.255.0, `pkg/resource/deploy/source_eval.go` (resmon), `step_generator.go`,
`default_providers.go` and `providers/registry.go`. Nothing is created and no plugin runs: types of the clouds that
have a stand-in (`poolgate.standin.clouds`) go through its check, providers through what the engine does to their
configuration, and types of other packages are taken as they are, with outputs that are all unknown.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlparse

import grpc
from google.protobuf import empty_pb2

from inference_pools.urn import ROOT_STACK_TYPE, Urn, of_reference
from inference_pools.values import (
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_STRING,
    Json,
    from_struct,
    is_secret,
    is_unknown,
    to_struct,
)
from poolgate.protocol import (
    alias_pb2,
    callback_pb2,
    callback_pb2_grpc,
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)
from poolgate.sandbox.program_exec import UNANSWERED_READS
from poolgate.standin import clouds
from poolgate.standin.autonaming import Autonamer
from poolgate.standin.cloud import Checked, CheckError, CheckFailure, Cloud, Request, UnknownTypeError
from poolgate.standin.fixtures import Fixtures, NoFixtureError
from poolgate.standin.wire import (
    annotate_secrets,
    contains_secrets,
    contains_unknowns,
    downgrade_outputs,
    in_key_order,
    output_dependencies,
    secret,
    signature_of,
    strip_secrets,
)

Severity = Literal["info", "warning", "error"]
_SEVERITIES: Mapping[int, Severity] = {
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}

_PROVIDER_PREFIX = "pulumi:providers:"
_GET_RESOURCE = "pulumi:pulumi:getResource"
_HIDDEN = "[secret]"

# What the engine 3.255 says it supports, by the names of SupportsFeature and of GetDeploymentInfo.
_FEATURES: Mapping[str, str] = {
    "secrets": "SECRETS",
    "resourceReferences": "RESOURCE_REFERENCES",
    "outputValues": "OUTPUT_VALUES",
    "aliasSpecs": "ALIAS_SPECS",
    "replacementTrigger": "REPLACEMENT_TRIGGER",
    "deletedWith": "DELETED_WITH",
    "replaceWith": "REPLACE_WITH",
    "transforms": "TRANSFORMS",
    "invokeTransforms": "INVOKE_TRANSFORMS",
    "parameterization": "PARAMETERIZATION",
    "resourceHooks": "RESOURCE_HOOKS",
    "errorHooks": "ERROR_HOOKS",
    "sendsOptionsToHooks": "SENDS_OPTIONS_TO_HOOKS",
}
_FURTHER_FEATURES = ("BYTE_STRING", "INVOKE_PARENT")


@dataclass(frozen=True, slots=True)
class RegisteredResource:
    """A resource as the engine shows it to policies: its inputs after the provider's Check.

    `source_position` is file (relative to the project), line and column (both from 1) of the call that made it.
    `provider` is the reference `urn::id`, empty for components; ids are unknown in a preview.
    `external` resources were read, not registered. Trees are in Pulumi's wire encoding.
    """

    urn: str
    type: str
    name: str
    custom: bool
    inputs: dict[str, Json]
    parent: str | None
    dependencies: tuple[str, ...]
    property_dependencies: dict[str, tuple[str, ...]]
    source_position: tuple[str, int, int | None] | None
    protect: bool | None
    retain_on_delete: bool | None
    provider: str
    provider_version: str
    additional_secret_outputs: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    external: bool = False
    check_failures: tuple[CheckFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One message of the run: the program's own, the SDK's, or what the engine would say. Secrets are hidden."""

    severity: Severity
    message: str
    urn: str | None = None
    position: tuple[str, int, int | None] | None = None
    """The line of the program that it is about, as in RegisteredResource, where it is known by itself."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the engine knows of a stack before its program runs; `config` is "namespace:key" to text.

    `hidden` are keys that are no secrets to the program, and whose values no message shows.
    """

    project_dir: Path
    project: str
    stack: str
    organization: str
    config: Mapping[str, str]
    secret_keys: frozenset[str]
    hidden: frozenset[str]
    seed: bytes
    autonamer: Autonamer
    fixtures: Fixtures
    after_check_failure: Literal["stop", "continue"]


@dataclass(frozen=True, slots=True)
class _Provider:
    """A configured provider; `config` is None while part of it is unknown: nothing is checked then."""

    package: str
    version: str
    config: Mapping[str, str] | None
    secret_settings: frozenset[str] = frozenset()


@dataclass(slots=True)
class _State:
    """What has been registered so far. Guarded by the monitor's lock."""

    resources: list[RegisteredResource] = field(default_factory=list)
    by_urn: dict[str, RegisteredResource] = field(default_factory=dict)
    outputs: dict[str, dict[str, Json]] = field(default_factory=dict)
    component_providers: dict[str, dict[str, str]] = field(default_factory=dict)
    deleted_with: dict[str, str] = field(default_factory=dict)
    providers: dict[str, _Provider] = field(default_factory=dict)
    default_providers: dict[tuple[str, str, str], str] = field(default_factory=dict)
    packages: dict[str, Any] = field(default_factory=dict)
    transforms: dict[str, list[Any]] = field(default_factory=dict)
    stack_transforms: list[Any] = field(default_factory=list)
    invoke_transforms: list[Any] = field(default_factory=list)
    exports: dict[str, Json] | None = None
    root: str = ""
    twice: set[str] = field(default_factory=set)
    """URNs under which the program made more than one resource."""
    stopped: bool = False


class _Refused(Exception):
    """The engine answers this call with an error."""

    def __init__(self, message: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> None:
        super().__init__(message)
        self.code = code


class Monitor(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """Both services a program talks to, ResourceMonitor and Engine, for one run of one stack."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._state = _State()
        self._lock = threading.RLock()
        self._log: list[LogEntry] = []
        self._unanswered: set[LogEntry] = set()
        self._can_go_on = False
        self._pending: dict[int, str] = {}
        self._channels: dict[str, grpc.Channel] = {}
        hidden = {text for key in setting.secret_keys | setting.hidden for text in _texts(setting.config.get(key, ""))}
        self._secrets = sorted(hidden, key=lambda text: (-len(text), text))

    # --- what the run yields ---

    @property
    def resources(self) -> list[RegisteredResource]:
        """Everything registered or read, in the order of arrival."""
        with self._lock:
            return list(self._state.resources)

    @property
    def log(self) -> list[LogEntry]:
        """All messages so far."""
        with self._lock:
            return list(self._log)

    @property
    def unanswered(self) -> list[LogEntry]:
        """An error for each read that no fixture answers, in the order of the program.

        The program went on with unknown values, so that all of them are here and not only the first.
        """
        with self._lock:
            return sorted(self._unanswered, key=lambda entry: (entry.position or ("~", 0, 0), entry.message))

    @property
    def exports(self) -> dict[str, Json]:
        """The stack's outputs, as far as the program got to export them."""
        with self._lock:
            return dict(self._state.exports or {})

    @property
    def has_outputs(self) -> bool:
        """Whether the stack's outputs were registered, which is what a program does last."""
        with self._lock:
            return self._state.exports is not None

    @property
    def pending(self) -> list[str]:
        """Calls of the program that have no answer yet, described for a reader."""
        with self._lock:
            return list(self._pending.values())

    def say(self, severity: Severity, message: str, urn: str | None = None) -> None:
        """Add a message; values of secret settings in it are hidden."""
        message = self._without_secrets(message)
        with self._lock:
            self._log.append(LogEntry(severity, message, urn or None))

    def _without_secrets(self, message: str) -> str:
        for text in self._secrets:
            message = message.replace(text, _HIDDEN)
        return message

    def _add_unanswered(self, error: NoFixtureError, request: Any) -> None:
        position = _position(request, self._setting.project_dir)
        with self._lock:
            self._unanswered.add(LogEntry("error", self._without_secrets(str(error)), position=position))

    def close(self) -> None:
        """Let go of the connections to the program's callbacks."""
        with self._lock:
            for channel in self._channels.values():
                channel.close()
            self._channels.clear()

    @contextlib.contextmanager
    def _answering(self, what: str, context: grpc.ServicerContext) -> Iterator[None]:
        """Note a call as pending; turn refusals into gRPC errors."""
        key = id(context)
        with self._lock:
            self._pending[key] = what
        try:
            yield
        except _Refused as refusal:
            context.abort(refusal.code, str(refusal))
        finally:
            with self._lock:
                self._pending.pop(key, None)

    # --- the Engine service ---

    def Log(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A message of the program or the SDK; debug messages are left out, as the engine does by default."""
        if not request.ephemeral and request.severity != engine_pb2.DEBUG:
            self.say(_SEVERITIES[request.severity], request.message, request.urn)
        return empty_pb2.Empty()

    def GetRootResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The stack's URN, once it is registered."""
        return engine_pb2.GetRootResourceResponse(urn=self._state.root)

    def SetRootResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The SDK tells which resource is the stack."""
        self._state.root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def StartDebugging(self, request: Any, context: grpc.ServicerContext) -> Any:
        """No debugger waits here."""
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Whatever the program requires is met: no engine runs."""
        return engine_pb2.RequirePulumiVersionResponse()

    # --- what the monitor can do ---

    def SupportsFeature(self, request: Any, context: grpc.ServicerContext) -> Any:
        """As the engine answers, but for one question of our own runner: whether it may get no answer to a read."""
        if request.id == UNANSWERED_READS:
            self._can_go_on = True
            return resource_pb2.SupportsFeatureResponse(hasSupport=True)
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _FEATURES)

    def GetDeploymentInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """As the engine answers; newer SDKs ask this instead of `SupportsFeature`."""
        names = [*_FEATURES.values(), *_FURTHER_FEATURES]
        setting = self._setting
        return resource_pb2.DeploymentInfo(
            project=setting.project,
            stack=setting.stack,
            organization=setting.organization,
            config=dict(setting.config),
            configSecretKeys=sorted(setting.secret_keys),
            dryRun=True,
            parallel=16,
            supportedFeatures=[
                resource_pb2.ResourceMonitorFeature.Value(f"RESOURCE_MONITOR_FEATURE_{name}") for name in names
            ],
        )

    def RegisterPackage(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A package that was made from a parameter, such as azure-native at one API version."""
        reference = hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()[:32]
        with self._lock:
            self._state.packages[reference] = request
        return resource_pb2.RegisterPackageResponse(ref=reference)

    def RegisterStackTransform(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A function of the program that may change every resource."""
        with self._lock:
            self._state.stack_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A function of the program that may change every read."""
        with self._lock:
            self._state.invoke_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterResourceHook(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Accepted: hooks run around real operations, and there are none."""
        return empty_pb2.Empty()

    def RegisterErrorHook(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Accepted: hooks run around real operations, and there are none."""
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The program has registered everything; there is nothing to wait for."""
        return empty_pb2.Empty()

    # --- reads ---

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A function call, answered from fixtures."""
        with self._answering(f"the call of {request.tok}", context):
            args = blurred(self._transformed_args(request))
            answer = resource_pb2.ResourceInvokeResponse()
            if self._can_go_on and contains_unknowns(args):
                answer.unknown = True  # a consequence of a read that had no answer
                return answer
            try:
                returned = self._invoked(request, args)
            except NoFixtureError as error:
                self._add_unanswered(error, request)
                if not self._can_go_on:
                    raise _Refused(f"invocation of {request.tok} returned an error: {error}") from error
                answer.unknown = True
                return answer
            getattr(answer, "return").CopyFrom(to_struct(returned))
            return answer

    def Call(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A method call on a component of another language, answered from fixtures."""
        with self._answering(f"the call of {request.tok}", context):
            answer = provider_pb2.CallResponse()
            try:
                returned = self._invoked(request, from_struct(request.args))
            except NoFixtureError as error:
                raise _Refused(f"invocation of {request.tok} returned an error: {error}") from error
            getattr(answer, "return").CopyFrom(to_struct(returned))
            return answer

    def _transformed_args(self, request: Any) -> dict[str, Json]:
        args = from_struct(request.args)
        options = resource_pb2.TransformInvokeOptions(
            provider=request.provider, version=request.version, plugin_download_url=request.pluginDownloadURL
        )
        with self._lock:
            callbacks = list(self._state.invoke_transforms)
        for callback in callbacks:
            asked = resource_pb2.TransformInvokeRequest(token=request.tok, args=to_struct(args), options=options)
            answer = resource_pb2.TransformInvokeResponse.FromString(self._call_back(callback, asked))
            if answer.HasField("args"):
                args = from_struct(answer.args)
            if answer.HasField("options"):
                options = answer.options
        return args

    def _invoked(self, request: Any, args: Mapping[str, Json]) -> dict[str, Json]:
        plain: dict[str, Json] = strip_secrets(dict(args))
        if request.tok == _GET_RESOURCE:
            return self._resource_itself(str(plain.get("urn")))
        cloud = clouds.of_token(request.tok)
        return self._setting.fixtures.invoke(request.tok, plain, cloud, self._config_for(request))

    def _config_for(self, request: Any) -> Mapping[str, str]:
        """The configuration of the provider that a call goes to; empty while part of it is unknown."""
        if request.provider:
            with self._lock:
                provider = self._state.providers.get(of_reference(request.provider))
            return (provider.config if provider else None) or {}
        return self._settings_of(_package(request.tok))

    def _settings_of(self, package: str) -> dict[str, str]:
        config = self._setting.config.items()
        return {key.partition(":")[2]: value for key, value in config if key.partition(":")[0] == package}

    def _resource_itself(self, urn: str) -> dict[str, Json]:
        with self._lock:
            if urn not in self._state.by_urn:
                raise _Refused(f"unknown resource {urn}")
            return {"urn": urn, "id": UNKNOWN_STRING, "state": self._state.outputs.get(urn, {})}

    def ReadResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A resource that exists already (`.get()`, stack references), answered from fixtures."""
        with self._answering(f"the read of {request.type} {request.name!r}", context), self._lock:
            self._refuse_when_stopped()
            properties = blurred(from_struct(request.properties))
            outputs: dict[str, Json] = {}
            is_answered = True
            if not is_unknown(blurred(request.id)):
                try:
                    _, outputs = self._setting.fixtures.read(request.type, request.id)
                except NoFixtureError as error:
                    self._add_unanswered(error, request)
                    is_answered = False  # nothing is known of it, and nothing to judge
            outputs = _with_secret_outputs(outputs, request.additionalSecretOutputs)
            resource = RegisteredResource(
                urn=self._new_urn(request.parent, request.type, request.name),
                type=request.type,
                name=request.name,
                custom=True,
                inputs=properties,
                parent=request.parent or None,
                dependencies=tuple(sorted(request.dependencies)),
                property_dependencies={},
                source_position=_position(request, self._setting.project_dir),
                protect=None,
                retain_on_delete=None,
                provider=request.provider,
                provider_version=request.version,
                additional_secret_outputs=tuple(request.additionalSecretOutputs),
                external=True,
            )
            self._remember(resource, outputs, is_seen=is_answered)
            shown = outputs if request.acceptSecrets else strip_secrets(outputs)
            return resource_pb2.ReadResourceResponse(urn=resource.urn, properties=to_struct(shown))

    # --- registrations ---

    def RegisterResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        """A resource of the program: names it, checks it, and answers with the outputs of a preview."""
        with self._answering(f"the registration of {request.type} {request.name!r}", context):
            if request.remote:
                raise _Refused(
                    f"{request.type} {request.name!r} is a component that a plugin builds: only the real engine "
                    "with that plugin can run it (poolgate preview)"
                )
            with self._lock:
                self._refuse_when_stopped()
                self._inherit_from_parent(request)
            draft = self._transformed(request, self._draft(request))
            with self._lock:
                self._refuse_when_stopped()
                return self._registered(request, draft)

    def RegisterResourceOutputs(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The outputs of a component; those of the stack are its exports."""
        outputs = downgrade_outputs(from_struct(request.outputs))
        with self._lock:
            self._state.outputs[request.urn] = outputs
            resource = self._state.by_urn.get(request.urn)
            if resource is not None and resource.type == ROOT_STACK_TYPE:
                self._state.exports = in_key_order(outputs)
        return empty_pb2.Empty()

    def _refuse_when_stopped(self) -> None:
        if self._state.stopped:
            raise _Refused("resource monitor shut down", grpc.StatusCode.UNAVAILABLE)

    def _inherit_from_parent(self, request: Any) -> None:
        parent = self._state.by_urn.get(request.parent)
        if parent is None:
            return
        if not request.deletedWith:
            request.deletedWith = self._state.deleted_with.get(parent.urn, "")
        if not request.HasField("protect") and parent.protect is not None:
            request.protect = parent.protect
        if not request.HasField("retainOnDelete") and parent.retain_on_delete is not None:
            request.retainOnDelete = parent.retain_on_delete
        if not request.provider and parent.provider:
            package = _provider_package(of_reference(parent.provider))
            if not request.custom or package == _package(request.type):
                request.provider = parent.provider

    def _draft(self, request: Any) -> _Draft:
        with self._lock:
            provider = request.provider
            if request.custom:
                provider = self._resolved_provider(request)
            aliases = [alias_pb2.Alias(urn=urn) for urn in request.aliasURNs]
            options = resource_pb2.TransformResourceOptions(
                depends_on=request.dependencies,
                ignore_changes=request.ignoreChanges,
                replace_on_changes=request.replaceOnChanges,
                version=request.version,
                aliases=[*aliases, *request.aliases],
                provider=provider,
                providers=dict(request.providers),
                plugin_download_url=request.pluginDownloadURL,
                deleted_with=request.deletedWith,
                additional_secret_outputs=request.additionalSecretOutputs,
                **{"import": request.importId},
            )
        for name, source in (("protect", "protect"), ("retain_on_delete", "retainOnDelete")):
            if request.HasField(source):
                setattr(options, name, getattr(request, source))
        if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
            options.delete_before_replace = request.deleteBeforeReplace
        if request.HasField("customTimeouts"):
            options.custom_timeouts.CopyFrom(request.customTimeouts)
        properties = blurred(from_struct(request.object))
        stated = {key: set(value.urns) for key, value in request.propertyDependencies.items()}
        by_property = stated or {key: set(request.dependencies) for key in properties}
        return _Draft(properties, options, set(request.dependencies), by_property)

    def _resolved_provider(self, request: Any) -> str:
        package = _package(request.type)
        inherited = self._state.component_providers.get(request.parent, {})
        return request.provider or request.providers.get(package) or inherited.get(package, "")

    # --- transforms ---

    def _transformed(self, request: Any, draft: _Draft) -> _Draft:
        """The draft after the program's transforms: the resource's own, its parents', the stack's."""
        with self._lock:
            callbacks = [*request.transforms]
            parent = request.parent
            while parent:
                callbacks += self._state.transforms.get(parent, [])
                resource = self._state.by_urn.get(parent)
                parent = (resource.parent or "") if resource else ""
            callbacks += self._state.stack_transforms
        properties, options = draft.properties, draft.options
        if callbacks:
            properties = _upgraded(properties)
        if request.transforms:
            properties = {
                key: _with_dependencies(value, draft.property_dependencies.get(key, set()))
                for key, value in properties.items()
            }
        for callback in callbacks:
            asked = resource_pb2.TransformRequest(
                name=request.name,
                type=request.type,
                custom=request.custom,
                parent=request.parent,
                properties=to_struct(properties),
                options=options,
            )
            answer = resource_pb2.TransformResponse.FromString(self._call_back(callback, asked))
            if answer.HasField("properties"):
                properties = from_struct(answer.properties)
            if answer.HasField("options"):
                options = answer.options
        dependencies, by_property = draft.dependencies, draft.property_dependencies
        if request.transforms:
            by_property = {key: set(output_dependencies(value)) for key, value in properties.items()}
            dependencies = set(options.depends_on).union(*by_property.values())
        else:
            by_property = {
                **by_property,
                **{key: by_property.get(key, set()) | set(output_dependencies(v)) for key, v in properties.items()},
            }
        return _Draft(downgrade_outputs(properties), options, dependencies, by_property)

    def _call_back(self, callback: Any, asked: Any) -> bytes:
        with self._lock:
            channel = self._channels.get(callback.target)
            if channel is None:
                channel = self._channels[callback.target] = grpc.insecure_channel(callback.target)
        call = callback_pb2.CallbackInvokeRequest(token=callback.token, request=asked.SerializeToString())
        try:
            response: bytes = callback_pb2_grpc.CallbacksStub(channel).Invoke(call).response
        except grpc.RpcError as error:
            raise _Refused(f"invoke transform: {error.details()}") from error
        return response

    # --- one registration, under the lock ---

    def _registered(self, request: Any, draft: _Draft) -> Any:
        providers = dict(draft.options.providers)
        if not request.custom:
            for package, reference in self._state.component_providers.get(request.parent, {}).items():
                providers.setdefault(package, reference)
        is_provider = request.type.startswith(_PROVIDER_PREFIX)
        reference, provider = "", None
        if request.custom and not is_provider:
            reference, provider = self._provider_for(request, draft.options)
        if is_provider:
            draft = replace(draft, properties=_with_version(draft.properties, draft.options.version))
        resource = RegisteredResource(
            urn=self._new_urn(request.parent, request.type, request.name),
            type=request.type,
            name=request.name,
            custom=request.custom,
            inputs=draft.properties,
            parent=request.parent or None,
            dependencies=tuple(sorted(draft.dependencies)),
            property_dependencies={
                key: tuple(sorted(urns)) for key, urns in sorted(draft.property_dependencies.items())
            },
            source_position=_position(request, self._setting.project_dir),
            protect=draft.options.protect if draft.options.HasField("protect") else None,
            retain_on_delete=(draft.options.retain_on_delete if draft.options.HasField("retain_on_delete") else None),
            provider=reference,
            provider_version=provider.version if provider else draft.options.version,
            additional_secret_outputs=tuple(draft.options.additional_secret_outputs),
            ignore_changes=tuple(draft.options.ignore_changes),
            aliases=tuple(_alias_text(alias) for alias in draft.options.aliases),
        )
        self._refuse_unreadable_import(resource, getattr(draft.options, "import"))
        resource, outputs = self._checked(resource, provider)
        self._state.component_providers[resource.urn] = providers if not request.custom else {}
        self._state.deleted_with[resource.urn] = draft.options.deleted_with
        self._state.transforms[resource.urn] = list(request.transforms)
        self._remember(resource, outputs)
        self._refuse_invalid(resource)
        shown = outputs if request.acceptSecrets else strip_secrets(outputs)
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn, id=UNKNOWN_STRING if is_provider else "", object=to_struct(shown)
        )

    def _new_urn(self, parent: str, token: str, name: str) -> str:
        if parent and parent not in self._state.by_urn:
            raise _Refused(f"could not find parent resource {parent}")
        urn = str(Urn.made(self._setting.stack, self._setting.project, token, name, parent))
        if urn in self._state.by_urn:
            message = f"Duplicate resource URN '{urn}'; try giving it a unique name"
            if not self._state.twice & {urn, parent}:  # children of two parents are two as well
                self.say("error", message, urn)
            self._state.twice.add(urn)
            if self._setting.after_check_failure == "stop":
                self._state.stopped = True
                raise _Refused(f"resource monitor shut down: {message}", grpc.StatusCode.UNAVAILABLE)
        return urn

    def _remember(self, resource: RegisteredResource, outputs: dict[str, Json], *, is_seen: bool = True) -> None:
        resource = replace(resource, inputs=in_key_order(resource.inputs))
        if is_seen:
            self._state.resources.append(resource)
        self._state.by_urn[resource.urn] = resource
        self._state.outputs[resource.urn] = outputs
        if resource.type == ROOT_STACK_TYPE:
            self._state.root = resource.urn

    def _checked(
        self, resource: RegisteredResource, provider: _Provider | None
    ) -> tuple[RegisteredResource, dict[str, Json]]:
        """The resource after its provider's Check, and the outputs a preview of its creation has."""
        if resource.type.startswith(_PROVIDER_PREFIX):
            resource = self._configured(resource)
            outputs = dict(resource.inputs)
        elif provider is None:
            return resource, {}
        else:
            cloud = clouds.of_token(resource.type)
            if cloud is None or provider.config is None:
                outputs = {}
            else:
                resource, outputs = self._checked_by_stand_in(resource, cloud, provider, provider.config)
        return resource, _with_secret_outputs(outputs, resource.additional_secret_outputs)

    def _checked_by_stand_in(
        self, resource: RegisteredResource, cloud: Cloud, provider: _Provider, config: Mapping[str, str]
    ) -> tuple[RegisteredResource, dict[str, Json]]:
        seed = hashlib.sha256(self._setting.seed + resource.urn.encode()).digest()
        asked = Request(
            token=resource.type,
            inputs=resource.inputs,
            urn=resource.urn,
            version=provider.version,
            random_seed=seed,
            config=config,
            secret_settings=provider.secret_settings,
            autonaming=self._setting.autonamer.options(resource.type, resource.name, seed),
            resource_groups=self._setting.fixtures.resource_groups,
        )
        try:
            checked = cloud.check(asked)
        except (UnknownTypeError, CheckError) as error:
            checked = Checked(dict(resource.inputs), (CheckFailure((), str(error)),))
        resource = replace(resource, inputs=checked.inputs, check_failures=checked.failures)
        if checked.failures:
            return resource, {}
        return resource, cloud.preview_outputs(resource.type, checked.inputs, version=provider.version, config=config)

    def _refuse_unreadable_import(self, resource: RegisteredResource, identifier: str) -> None:
        """A resource to be imported is read first, in a preview too."""
        if not identifier:
            return
        try:
            self._setting.fixtures.read(resource.type, identifier)
        except NoFixtureError as error:
            self.say("error", str(error), resource.urn)
            if self._setting.after_check_failure == "stop":
                self._state.stopped = True
                raise _Refused("resource monitor shut down", grpc.StatusCode.UNAVAILABLE) from error

    def _refuse_invalid(self, resource: RegisteredResource) -> None:
        for failure in resource.check_failures:
            message = f"{resource.type} resource '{resource.name}' has a problem: {failure.reason}"
            self.say("error", message, resource.urn)
        if resource.check_failures and self._setting.after_check_failure == "stop":
            self._state.stopped = True
            raise _Refused("resource monitor shut down", grpc.StatusCode.UNAVAILABLE)

    # --- providers ---

    def _provider_for(self, request: Any, options: Any) -> tuple[str, _Provider]:
        if options.provider:
            provider = self._state.providers.get(of_reference(options.provider))
            if provider is None:
                raise _Refused(f"unknown provider '{options.provider}'")
            return options.provider, provider
        package, version, url = _package(request.type), options.version, options.plugin_download_url
        if request.packageRef:
            registered = self._state.packages.get(request.packageRef)
            if registered is None:
                raise _Refused(f"unknown provider package '{request.packageRef}'")
            version, url = registered.version, registered.download_url
        key = (package, version, url)
        if key not in self._state.default_providers:
            self._state.default_providers[key] = self._new_default_provider(*key)
        reference = self._state.default_providers[key]
        return reference, self._state.providers[of_reference(reference)]

    def _new_default_provider(self, package: str, version: str, url: str) -> str:
        """Register a default provider, configured by the stack's settings in the package's namespace."""
        setting = self._setting
        inputs: dict[str, Json] = {
            key.partition(":")[2]: secret(value) if key in setting.secret_keys else value
            for key, value in setting.config.items()
            if key.partition(":")[0] == package
        }
        token = _PROVIDER_PREFIX + package
        name = "_".join(["default", *version.replace("-", ".").split(".")]) if version else "default"
        resource = RegisteredResource(
            urn=self._new_urn("", token, name),
            type=token,
            name=name,
            custom=True,
            inputs=_with_version(inputs, version),
            parent=None,
            dependencies=(),
            property_dependencies={},
            source_position=None,
            protect=None,
            retain_on_delete=None,
            provider="",
            provider_version=version,
        )
        resource = self._configured(resource)
        self._remember(resource, dict(resource.inputs))
        return f"{resource.urn}::{UNKNOWN_STRING}"

    def _configured(self, resource: RegisteredResource) -> RegisteredResource:
        """A provider resource after its (agreeing) CheckConfig; from here on it serves registrations."""
        inputs = annotate_secrets(strip_secrets(resource.inputs), resource.inputs)
        settings = {key: value for key, value in inputs.items() if key not in ("version", "__internal")}
        config = None if contains_unknowns(settings) else _as_config(settings)
        package = resource.type.removeprefix(_PROVIDER_PREFIX)
        cloud = clouds.of_package(package)
        version = str(inputs.get("version") or resource.provider_version or (cloud.newest if cloud else ""))
        marked = frozenset(key for key, value in settings.items() if contains_secrets(value))
        self._state.providers[resource.urn] = _Provider(package, version, config, marked)
        return replace(resource, inputs=inputs)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A registration on its way through the transforms."""

    properties: dict[str, Json]
    options: Any
    dependencies: set[str]
    property_dependencies: dict[str, set[str]]


def _texts(value: str) -> Iterator[str]:
    """The texts of a secret setting that must not be shown: itself and, of an object, its leaves.

    As in the engine, one or two characters are too short to be found again without hiding everything.
    """
    with contextlib.suppress(ValueError):
        pending: list[Json] = [json.loads(value)]
        while pending:
            item = pending.pop()
            if isinstance(item, (list, dict)):
                pending.extend(item.values() if isinstance(item, dict) else item)
            elif isinstance(item, str) and len(item) > 2:
                yield item
    if len(value) > 2:
        yield value


def blurred(value: Any) -> Any:
    """A value in which texts that have an unknown one in them are unknown as a whole.

    What a program gets for a read that nobody answers is a text like any other to it.
    """
    if isinstance(value, str):
        return UNKNOWN_STRING if UNKNOWN_STRING in value else value
    if isinstance(value, list):
        return [blurred(item) for item in value]
    return {key: blurred(item) for key, item in value.items()} if isinstance(value, dict) else value


def _package(token: str) -> str:
    return token.partition(":")[0]


def _provider_package(urn: str) -> str:
    return Urn.parse(urn).type.removeprefix(_PROVIDER_PREFIX)


def _with_version(properties: Mapping[str, Json], version: str) -> dict[str, Json]:
    """Provider settings with the version the engine adds, beside the empty object for its own use."""
    return {**properties, "__internal": {}, "version": version} if version else dict(properties)


def _as_config(settings: Mapping[str, Json]) -> dict[str, str]:
    """Provider settings as the provider gets them: texts, anything else as JSON text."""
    plain: MutableMapping[str, Json] = strip_secrets(dict(settings))
    return {
        key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for key, value in plain.items()
    }


def _with_secret_outputs(outputs: Mapping[str, Json], names: Iterable[str]) -> dict[str, Json]:
    wanted = set(names) - {"id"}
    return {key: secret(value) if key in wanted else value for key, value in outputs.items()}


def _position(request: Any, project_dir: Path) -> tuple[str, int, int | None] | None:
    """The innermost line of the project's own files that led to the call; None if the SDK names none.

    The SDK states one position, which may be a library's, and the stack behind it.
    """
    frames = [request.sourcePosition, *(frame.pc for frame in request.stackTrace.frames)]
    for frame in frames:
        if frame.line >= 1 and (file := _own_file(frame.uri, project_dir)):
            return file, frame.line, frame.column or None
    return None


@lru_cache(maxsize=4096)
def _own_file(uri: str, project_dir: Path) -> str:
    """The file of a URI, relative to the project that it is one of the own files of; "" for any other."""
    address = urlparse(uri)
    file = Path(unquote(address.path))
    if address.scheme != "file" or not file.is_relative_to(project_dir):
        return ""
    relative = file.relative_to(project_dir)
    return "" if "site-packages" in relative.parts else relative.as_posix()


def _alias_text(alias: Any) -> str:
    if alias.WhichOneof("alias") == "urn":
        return str(alias.urn)
    spec = alias.spec
    stated = (("name", spec.name), ("type", spec.type), ("stack", spec.stack), ("project", spec.project))
    return ", ".join(f"{key}={value}" for key, value in stated if value)


def _upgraded(value: Json) -> Json:
    """The value with unknowns and secrets as output values, which transforms understand."""
    if is_unknown(value) and not isinstance(value, dict):
        return {SIGNATURE_KEY: OUTPUT_SIGNATURE}
    if isinstance(value, list):
        return [_upgraded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if signature_of(value) == SECRET_SIGNATURE:
        inner = _upgraded(value.get("value"))
        known = {} if is_unknown(inner) else {"value": inner}
        return {SIGNATURE_KEY: OUTPUT_SIGNATURE, "secret": True, **known}
    return {key: _upgraded(item) for key, item in value.items()}


def _with_dependencies(value: Json, urns: set[str]) -> Json:
    if urns <= set(output_dependencies(value)):
        return value
    if signature_of(value) != OUTPUT_SIGNATURE:
        value = {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": value, "secret": is_secret(value)}
    return {**value, "dependencies": sorted(urns | set(value.get("dependencies") or ()))}
