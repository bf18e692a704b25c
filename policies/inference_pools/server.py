"""The pack's Analyzer service: what the engine talks to.

Why not the SDK's own: there a mandatory policy that touches a value which is not known yet becomes an advisory
note and its later judgements are lost, any other exception ends the preview and names nothing, every diagnostic
of a policy has the policy's level, and each policy decodes each resource again. Here a resource is decoded once,
each diagnostic has a level of its own, and whatever goes wrong blocks instead of passing.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent import futures
from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeAlias

import grpc
import pulumi_policy as sdk
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2
from pulumi_policy.policy import _PolicyAnalyzerServicer as SdkServicer

from inference_pools import messages, operation, owners_file, policy_config, rule_sets, waivers_file
from inference_pools.beside import Beside, GivenError
from inference_pools.declared import Policy
from inference_pools.exemptions import Exemptions
from inference_pools.finding import Enforcement, Outcome, Severity, Verdict, Waiver
from inference_pools.given import as_before
from inference_pools.not_judged import kind_not_judged, sentence
from inference_pools.own_rules import OwnRulesError
from inference_pools.path import format_path
from inference_pools.policy_config import ConfigError, Setting
from inference_pools.previous import NOTHING_KNOWN, Previous
from inference_pools.reader import ReadError
from inference_pools.recall import Judge
from inference_pools.resource import Resource
from inference_pools.rule import Rule, Scope
from inference_pools.runner import NO_FACET, NO_POOL, crash_site, enabled, judge_stack, why_passed_over
from inference_pools.stack import Stack, stacks_of
from inference_pools.urn import Urn
from inference_pools.values import Json, from_struct, to_struct
from inference_pools.version import PACK_VERSION
from inference_pools.view import asks_provider, is_kept, may_be_judged, platform_of, view
from inference_pools.waiver_review import judge_waivers, known, register
from inference_pools.waivers import FILE_VARIABLE, Register, View, exempted
from inference_pools.waivers_file import WaiversError

Request: TypeAlias = Any
Response: TypeAlias = Any
Context: TypeAlias = grpc.ServicerContext

_LEVELS: Final = {
    Enforcement.ADVISORY: analyzer_pb2.ADVISORY,
    Enforcement.MANDATORY: analyzer_pb2.MANDATORY,
    Enforcement.REMEDIATE: analyzer_pb2.REMEDIATE,
    Enforcement.DISABLED: analyzer_pb2.DISABLED,
}
_FROM_LEVEL: Final = {number: level for level, number in _LEVELS.items()}
_SEVERITIES: Final = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}
IGNORED: Final = "a value is not known yet, and on_unknown is ignore"
NOTHING_BESIDE: Final = Beside()
NO_REMEDIATION: Final = "the rule reports and changes nothing"
_LARGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes; the engine's own limit."""
_LONGEST_UNHEARD: Final = 0.5
"""Seconds after which a signal is seen that woke nobody."""


class AnalyzerService(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers the engine for the rules, and for a team's own policies beside them."""

    def __init__(
        self,
        name: str,
        description: str,
        rules: Sequence[Policy],
        others: Sequence[sdk.Policy] = (),
        *,
        today: date | None = None,
        previous: Previous = NOTHING_KNOWN,
        waivers: Path | None = None,
        waivable: Mapping[str, bool] | None = None,
        found: Beside = NOTHING_BESIDE,
        every: Sequence[Rule[Any]] = (),
    ) -> None:
        """`waivers` is a file of waivers, in place of those in the policy config; it is read when the engine
        configures the pack. `waivable` says of every rule there is, served here or not, whether it can be waived.
        `found` is what the pack found to judge by where the engine says nothing; `every` are the rules that a policy
        config may name, served here or not.
        """
        self._name = name
        self.version = PACK_VERSION
        self._rules = [policy.rule for policy in rules]
        self._settings = policy_config.default_settings(self._rules)
        self._secrets: frozenset[str] = frozenset()
        self._today = today
        self._previous = previous
        self._seen: dict[str, Resource] = {}
        self._outside: dict[str, Resource] = {}
        # One servicer each: the SDK's would let the failure of one policy hide the findings of the others.
        self._others = {policy.name: self._servicer([policy]) for policy in others}
        self._declared = self._servicer([*rules, *others], description)
        self._waivers_file = waivers
        self._waivable = waivable or known(self._rules)
        self._waivers: Register | None = None
        self._found = found
        self._every = tuple(every) or tuple(self._rules)
        self._exemptions = Exemptions()
        self._needs_waiver = False
        self._stack = ""
        self._lock = threading.Lock()
        self._no_pool: Response = None
        self._no_part: Response = None
        self._no_remediation: Response = None
        self._other_remediation: Response = None
        self._prepare()

    def Handshake(self, request: Request, context: Context) -> Response:
        """Says yes to the engine; its address is of no use here."""
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: Request, context: Context) -> Response:
        """The pack's version."""
        return plugin_pb2.PluginInfo(version=self.version)

    def GetAnalyzerInfo(self, request: Request, context: Context) -> Response:
        """The pack's policies, as the SDK describes them."""
        return self._declared.GetAnalyzerInfo(request, context)

    def Configure(self, request: Request, context: Context) -> Response:
        """Takes over levels and options. Refuses what it does not know, by name."""
        try:
            self._configure(request)
            self._waivers = self._registered()
        except ConfigError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, messages.inert(f"policy config of {self._name}: {error}"))
        except OwnRulesError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, messages.inert(f"rules of {self._name}: {error}"))
        except WaiversError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, messages.inert(f"waivers of {self._name}: {error}"))
        except GivenError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, messages.inert(f"settings of {self._name}: {error}"))
        return empty_pb2.Empty()

    def ConfigureStack(self, request: Request, context: Context) -> Response:
        """Begins with a stack, of which nothing is known yet but its secrets: to keep them out of every message."""
        config = request.config
        self._seen.clear()
        self._outside.clear()
        self._stack = f"{request.project}/{request.stack}" if request.stack else ""
        if self._waivers is not None:
            self._waivers.forget()
        self._secrets = frozenset(config[key] for key in request.config_secret_keys if key in config)
        self._judging = Judge(self._settings, self._today, secrets=self._secrets)
        for servicer in self._others.values():
            servicer.ConfigureStack(request, context)
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Analyze(self, request: Request, context: Context) -> Response:
        """Judges one resource's inputs."""
        if not self._others and not is_kept(request.type):
            return self._no_pool
        resource = replace(_resource(request), previous=self._previous.inputs(request.urn))
        if operation.is_outside(resource.type, resource.properties):
            self._outside[resource.urn] = operation.unseen(resource)
            return self._no_part
        response = analyzer_pb2.AnalyzeResponse()
        if is_kept(resource.type):
            self._seen[resource.urn] = resource
        self._judge(resource, response)
        for name, servicer in self._others.items():
            self._delegate(name, servicer.Analyze, request, context, response)
        return response

    def AnalyzeStack(self, request: Request, context: Context) -> Response:
        """Judges the stack as a whole, by the inputs that Analyze has seen of the resources still in it."""
        response = analyzer_pb2.AnalyzeResponse()
        seen = [*_in_the_stack(self._seen, request.resources), *self._outside.values()]
        stacks = stacks_of(seen, self._today) or [Stack("", "", ())]
        for stack in stacks:
            verdicts = judge_stack(self._settings, stack, secrets=self._secrets)
            judged = [verdict for verdict in verdicts if verdict.urn not in self._outside]
            self._report(self._waived(judged), response)
        self._report(self._judge_waivers({f"{stack.project}/{stack.name}" for stack in stacks if stack.name}), response)
        for name, servicer in self._others.items():
            self._delegate(name, servicer.AnalyzeStack, request, context, response)
        if left := sentence(filter(None, (kind_not_judged(resource.type) for resource in request.resources))):
            self._say(left)
        if left := operation.sentence([resource.name for resource in self._outside.values()]):
            self._say(left)
        return response

    def Remediate(self, request: Request, context: Context) -> Response:
        """Puts right what rules at the level `remediate` know how to. All others decline, by name: the engine
        counts the silent as passed.
        """
        fixing = [setting for setting in self._settings if setting.enforcement is Enforcement.REMEDIATE]
        if operation.is_outside(request.type, request.properties.fields):
            return self._no_remediation
        if not self._others and not (fixing and may_be_judged(request.type)):
            return self._no_remediation
        response = analyzer_pb2.RemediateResponse()
        response.CopyFrom(self._other_remediation if may_be_judged(request.type) else self._no_remediation)
        self._remediate(fixing, _resource(request), response)
        for servicer in self._others.values():
            answer = servicer.Remediate(request, context)
            response.remediations.extend(answer.remediations)
            response.not_applicable.extend(answer.not_applicable)
        return response

    def Cancel(self, request: Request, context: Context) -> Response:
        """Nothing here runs long enough to be cancelled."""
        return empty_pb2.Empty()

    def _remediate(self, fixing: Sequence[Setting], resource: Resource, response: Response) -> None:
        """One remediation a rule, each on top of the last. One that fails says so and changes nothing. Nothing
        is put right where a waiver holds: that it stays was agreed on.
        """
        for setting in fixing:
            rule = setting.rule
            pool = view(resource)
            if rule.fix is None or pool is None or self._agreed().spares(rule.id, resource.urn):
                continue
            added = {
                "policyName": rule.id,
                "policyPackName": self._name,
                "policyPackVersion": self.version,
                "description": rule.title,
            }
            try:
                fixed = rule.fix(pool, setting.options)
            except ReadError as error:
                diagnostic = messages.inert(f"{error.message}: {format_path(error.keys)}")
                response.remediations.add(**added, diagnostic=diagnostic)
            except Exception as error:
                place = crash_site(error, rule.file)
                diagnostic = f"the remediation failed at {place}: {type(error).__name__}"
                response.remediations.add(**added, diagnostic=diagnostic)
            else:
                if fixed is not None:
                    fixed = as_before(fixed, resource, pool.layout.given)
                    response.remediations.add(**added, properties=to_struct(fixed))
                    resource = replace(resource, properties=fixed)

    def _registered(self) -> Register:
        """The waivers of the file, else those of the policy config. Raises WaiversError for a file of no use."""
        given = None if self._waivers_file is None else _read_waivers(self._waivers_file)
        return register(self._settings, given, self._waivable, self._today)

    def _agreed(self) -> Register:
        """The waivers; a pack that nobody configured has those of its defaults."""
        if self._waivers is None:
            self._waivers = self._registered()
        return self._waivers

    def _waived(self, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        """The verdicts in the light of the waivers."""
        agreed = self._agreed()
        judged = [agreed.waived(verdict) for verdict in verdicts] if agreed else verdicts
        return [self._exempted(verdict) for verdict in judged] if self._exemptions else judged

    def _exempted(self, verdict: Verdict) -> Verdict:
        """The verdict in the light of the exceptions of a policy config that the engine does not know of."""
        if self._needs_waiver and verdict.waiver is None:
            return verdict
        urn = verdict.urn or str(Urn.of_stack(self._stack))
        return exempted(verdict, self._exemptions.find(verdict.rule, urn))

    def _judge_waivers(self, stacks: set[str]) -> Sequence[Verdict]:
        """What there is to say of the waivers, when all else has been said of the stack."""
        # What a waiver is for may be outside the operation: none is called stale then.
        ran = set() if self._outside else {setting.rule.id for setting in enabled(self._settings)}
        standings = self._agreed().standings(stacks or {self._stack}, ran, View.STACK)
        return judge_waivers(self._settings, standings, self._today)

    def _servicer(self, policies: Sequence[sdk.Policy], description: str | None = None) -> Any:
        level = sdk.EnforcementLevel.ADVISORY
        return SdkServicer(self._name, self.version, list(policies), level, None, description)

    def _configure(self, request: Request) -> None:
        if self._found.problem is not None:
            raise self._found.problem
        rules = {rule.id: rule for rule in self._rules}
        given = {setting.rule.id: setting for setting in policy_config.default_settings(self._rules)}
        unserved = {rule.id for rule in self._every} - set(rules)
        for key, value in request.policyConfig.items():
            if key in rules:
                level = _FROM_LEVEL.get(value.enforcementLevel)
                if level is None:
                    said = f"is {value.enforcementLevel}, a level that this version does not know"
                    raise ConfigError((key, policy_config.LEVEL_KEY), said)
                given[key] = policy_config.setting(rules[key], level, from_struct(value.properties))
            elif key in self._others:
                one = analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={key: value})
                self._others[key].Configure(one, None)
            elif key != "all" and key not in unserved:  # the engine has already spread it over the policies
                policy_config.refuse_unknown(key, [*rules, *self._others])
        is_configured = _says_something(given.values())
        lowered = sum(_blocks(setting.rule.enforcement) > _blocks(setting.enforcement) for setting in given.values())
        if is_configured:
            given |= self._with_owners(request)
        else:
            given = self._with_found(given, request)
        given = self._chosen(given)
        if not self._others:
            policy_config.refuse_all_disabled(tuple(given.values()))
        self._settings = tuple(given.values())
        if told := self._found.told(is_configured=is_configured, lowered=lowered):
            self._say(told)
        self._prepare()

    def _say(self, line: str) -> None:
        """Says something of the run as a whole: the engine shows what a pack writes to stderr."""
        sys.stderr.write(f"{self._name}: {line}\n")
        sys.stderr.flush()

    def _chosen(self, given: Mapping[str, Setting]) -> dict[str, Setting]:
        """The settings, with the rules disabled that the repository leaves out; a team's own policies stay."""
        others = [*(rule.id for rule in self._every if rule.id not in given), *self._others]
        settings = policy_config.chosen(given.values(), self._found.select, self._found.ignore, others)
        return {setting.rule.id: setting for setting in settings}

    def _with_owners(self, request: Request) -> dict[str, Setting]:
        """The settings of the rules about owners that the engine was given, with the owners of the file that was found.

        The engine fills in the default of what a config leaves out, and that is none.
        """
        whom = self._found.whom()
        found = {}
        for rule in self._rules if whom else ():
            value = request.policyConfig.get(rule.id)
            given = {} if value is None else from_struct(value.properties)
            if owners_file.OPTION in rule.options and not given.get(owners_file.OPTION):
                level = rule.enforcement if value is None else _FROM_LEVEL[value.enforcementLevel]
                found[rule.id] = policy_config.setting(rule, level, {**given, owners_file.OPTION: whom})
        return found

    def _with_found(self, given: Mapping[str, Setting], request: Request) -> dict[str, Setting]:
        """The settings of the policy config that was found beside the pack: the engine was given none, as it seems."""
        config = self._found.config()
        self._exemptions = Exemptions()
        if config is None:
            return dict(given)
        try:
            return self._of_config(config, given, request)
        except ConfigError as error:
            raise self._found.placed(error) from None

    def _of_config(self, config: Json, given: Mapping[str, Setting], request: Request) -> dict[str, Setting]:
        """The settings of a policy config as its file has it."""
        known = [*(rule.id for rule in self._every), *self._others]
        contents, wrong = policy_config.contents(config, known)
        if wrong:
            raise wrong[0]
        policies = contents.policies
        policy_config.parse(policies, self._every, others=self._others)  # by itself first: it has to be one
        assert isinstance(policies, Mapping)
        if self._found.profile:
            rule_sets.refuse_ignoring(self._found.profile, policies)
            policies = rule_sets.merged(rule_sets.profile(self._found.profile), policies)
        policies = rule_sets.merged(owners_file.base(self._found.whom(), self._every), policies)
        settings = policy_config.parse(policies, self._every, others=self._others)
        policy_config.refuse_not_exempt(contents.exceptions, settings)
        policy_config.refuse_forbidden(contents.exceptions, settings)
        self._needs_waiver = policy_config.exceptions_need_waivers(settings)
        self._exemptions = Exemptions(contents.exceptions)
        self._configure_others(policies, request)
        return {setting.rule.id: setting for setting in settings if setting.rule.id in given}

    def _configure_others(self, policies: Mapping[str, Json], request: Request) -> None:
        """Gives a team's own policies what the config says of them, as the engine would have done."""
        for name, servicer in self._others.items():
            level, options = policy_config.of_stranger(policies, name)
            value = analyzer_pb2.PolicyConfig()
            value.CopyFrom(request.policyConfig[name])
            if level is not None:
                value.enforcementLevel = _LEVELS[level]
            value.properties.CopyFrom(to_struct({**from_struct(value.properties), **options}))
            if level is not None or options:
                servicer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={name: value}), None)

    def _prepare(self) -> None:
        """Makes the answers that are the same for every resource: one for all that is no pool, one for what is outside
        the operation; to Remediate one where nothing is put right, and one where the rules that can do it are asked.
        """
        self._judging = Judge(self._settings, self._today, secrets=self._secrets)
        self._not_concerned: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Response] = {}
        self._titles = {setting.rule.id: setting.rule.title for setting in self._settings}
        self._ignoring = {setting.rule.id for setting in self._settings if setting.ignores_unknown}
        self._no_pool = analyzer_pb2.AnalyzeResponse()
        self._no_part = analyzer_pb2.AnalyzeResponse()
        self._no_remediation = analyzer_pb2.RemediateResponse()
        self._other_remediation = analyzer_pb2.RemediateResponse()
        for setting in enabled(self._settings):
            if setting.rule.scope is not Scope.RESOURCE:
                continue
            self._no_pool.not_applicable.add(policy_name=setting.rule.id, reason=NO_POOL)
            self._no_part.not_applicable.add(policy_name=setting.rule.id, reason=operation.OUTSIDE)
            self._no_remediation.not_applicable.add(policy_name=setting.rule.id, reason=NO_REMEDIATION)
            if setting.rule.fix is None or setting.enforcement is not Enforcement.REMEDIATE:
                self._other_remediation.not_applicable.add(policy_name=setting.rule.id, reason=NO_REMEDIATION)

    def _judge(self, resource: Resource, response: Response) -> None:
        """Answers with what the rules say of a resource, and by name with those that it does not concern."""
        with self._lock:
            judged = self._judging.judge(resource)
        clean, reported = tuple(judged.clean), tuple(dict.fromkeys(verdict.rule for verdict in judged.reported))
        concerned = platform_of(resource.type), clean, reported
        if not (clean or reported):  # it may be another service's, which its type does not tell
            response.CopyFrom(self._passing_over(resource, ()))
            return
        if concerned not in self._not_concerned:
            self._not_concerned[concerned] = self._passing_over(resource, {*clean, *reported})
        response.CopyFrom(self._not_concerned[concerned])
        self._report(self._waived(judged.reported), response)

    def _passing_over(self, resource: Resource, concerned: Collection[str]) -> Response:
        """An answer that names every rule but those that a resource concerns, with the reason."""
        response = analyzer_pb2.AnalyzeResponse()
        about_one = (setting for setting in enabled(self._settings) if setting.rule.scope is Scope.RESOURCE)
        others = [setting for setting in about_one if setting.rule.id not in concerned]
        subject = view(resource) if others else None
        for setting in others:
            reason = NO_POOL if subject is None else why_passed_over(setting, subject) or NO_FACET
            response.not_applicable.add(policy_name=setting.rule.id, reason=reason)
        return response

    def _report(self, verdicts: Sequence[Verdict], response: Response) -> None:
        for rule, group in groupby(verdicts, key=lambda verdict: verdict.rule):
            of_rule = list(group)
            if rule in self._ignoring:
                of_rule = [verdict for verdict in of_rule if not policy_config.is_ignored(verdict)]
                if not of_rule:
                    response.not_applicable.add(policy_name=rule, reason=IGNORED)
                    continue
            if of_rule[0].outcome is Outcome.NOT_APPLICABLE:
                response.not_applicable.add(policy_name=rule, reason=of_rule[0].message)
            for verdict, message in messages.compose(of_rule):
                self._diagnose(response, verdict, self._titles[rule], message)

    def _diagnose(self, response: Response, verdict: Verdict, title: str, message: str) -> None:
        response.diagnostics.add(
            policyName=verdict.rule,
            policyPackName=self._name,
            policyPackVersion=self.version,
            description=title,
            message=f"{title}\n{message}",
            enforcementLevel=_LEVELS[verdict.enforcement],
            urn=verdict.urn,
            severity=_SEVERITIES[verdict.severity],
        )

    def _delegate(
        self,
        name: str,
        method: Callable[[Request, Context], Response],
        request: Request,
        context: Context,
        into: Response,
    ) -> None:
        """Runs a policy that is not ours; its failure blocks, and names it, instead of ending the preview."""
        try:
            answer = method(request, context)
        except Exception as error:
            place = crash_site(error, "")
            into.diagnostics.add(
                policyName=name,
                policyPackName=self._name,
                policyPackVersion=self.version,
                description=name,
                message=f"{name}\n[broken] {messages.WHOLE}: the policy failed at {place}: {type(error).__name__}",
                enforcementLevel=analyzer_pb2.MANDATORY,
                urn=getattr(request, "urn", ""),
            )
            return
        into.diagnostics.extend(answer.diagnostics)
        into.not_applicable.extend(answer.not_applicable)


def _blocks(level: Enforcement) -> bool:
    """Whether a finding of this level ends the preview, unless it can be put right."""
    return level in (Enforcement.MANDATORY, Enforcement.REMEDIATE)


def _says_something(settings: Iterable[Setting]) -> bool:
    """Whether they are others than the rules' own: the engine fills in all that a config leaves out, so that none and
    one that changes nothing are alike.
    """
    return any(
        setting.enforcement is not setting.rule.enforcement
        or setting.options.to_json() != setting.rule.with_options({}).to_json()
        for setting in settings
    )


def _read_waivers(path: Path) -> Sequence[Waiver]:
    """The waivers in a file. Raises WaiversError, with the place: a waiver that nobody can read must not be lost."""
    if not path.is_absolute():
        raise WaiversError(f"{FILE_VARIABLE} is {str(path)!r}, expected an absolute path")
    try:
        return waivers_file.read(path.read_text(encoding="utf-8-sig")).waivers
    except OSError as error:
        raise WaiversError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise WaiversError(f"{path}: is not UTF-8 text") from None
    except WaiversError as error:
        raise WaiversError(":".join(str(part) for part in (path, *(error.place or ()))) + f": {error}") from None


def run(service: AnalyzerService) -> None:
    """Serves on a free port of the loopback interface, says which on stdout, and ends quietly when told to."""
    options = [(f"grpc.max_{way}_message_length", _LARGEST_MESSAGE) for way in ("receive", "send")]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=options)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # Python handles a signal in the main thread, and nothing wakes that one where the system has handed the signal to
    # another thread, or just before the wait. So it looks up by itself.
    while not stopping.wait(_LONGEST_UNHEARD):
        pass
    server.stop(grace=None)


def _in_the_stack(seen: Mapping[str, Resource], present: Iterable[Any]) -> list[Resource]:
    """The resources that are still there, in the order in which they were seen, with what they depend on: the engine
    tells that of a stack's resources, and not of one whose inputs it asks about.
    """
    told = {resource.urn: resource for resource in present if resource.urn in seen}
    return [
        replace(
            resource,
            depends={name: tuple(each.urns) for name, each in told[urn].propertyDependencies.items()},
            dependencies=tuple(told[urn].dependencies),
        )
        for urn, resource in seen.items()
        if urn in told
    ]


def _resource(request: Request) -> Resource:
    provider: Mapping[str, Any] = from_struct(request.provider.properties) if request.HasField("provider") else {}
    version = provider.get("version")
    return Resource(
        urn=request.urn,
        type=request.type,
        name=request.name,
        properties=from_struct(request.properties),
        provider_version=version if isinstance(version, str) else None,
        protect=request.options.protect,
        ignore_changes=tuple(request.options.ignoreChanges),
        provider=provider if request.HasField("provider") and asks_provider(request.type) else None,
    )
