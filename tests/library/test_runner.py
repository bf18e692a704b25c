from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from inference_pools.facets import Sku, Text
from inference_pools.finding import Enforcement, Finding, Outcome, Severity, Verdict
from inference_pools.path import Keys, format_path
from inference_pools.platforms.azure import asset_ids
from inference_pools.platforms.azure_pools.catalog import ENDPOINT, GROUP, KINDS, POOL, Shape, tree
from inference_pools.platforms.platform import Kind
from inference_pools.policy_config import default_settings, setting
from inference_pools.reader import Leaf
from inference_pools.resource import Resource
from inference_pools.rule import Judgement, Option, Options, Rule, Scope, rule
from inference_pools.rules import ALL
from inference_pools.runner import NO_FACET, NO_POOL, judge
from inference_pools.tree import Node
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_SENTINELS, UNKNOWN_STRING, Json
from inference_pools.view import facets_of, view
from library.held import HELD

PLAIN = "azure-native:machinelearningservices:"
SUBSCRIPTION = "/subscriptions/8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264"
WORKSPACE = f"{SUBSCRIPTION}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces/mlw-chat-prod"
IDENTITY = f"{SUBSCRIPTION}/resourceGroups/rg-ml/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-chat"
SETTINGS = default_settings(ALL)
TODAY = date(2026, 12, 1)

# A resource of each type and shape that has every property of it, and what each rule needs of it.

ENVELOPE: dict[str, Json] = {
    "resourceGroupName": "rg-ml",
    "workspaceName": "mlw-chat-prod",
    "location": "westeurope",
    "kind": "chat",
    "tags": {"owner": "ml-platform", "environment": "prod", "costcenter": "4711", "cost.unit": "chat"},
    "sku": {
        "name": "Standard_DS3_v2",
        "tier": "Standard",
        "size": "Standard_DS3_v2",
        "family": "standardDSv2Family",
        "capacity": 2.0,
    },
    "identity": {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]},
}
PROBE = {
    "failureThreshold": 30.0,
    "successThreshold": 1.0,
    "timeout": "PT2S",
    "period": "PT10S",
    "initialDelay": "PT5S",
}
PROBES = {f"{probe}Probe": PROBE for probe in ("liveness", "readiness", "startup")}
SOURCES = {
    "modelConfiguration": {"modelId": f"{WORKSPACE}/models/chat/versions/3"},
    "environmentConfiguration": {"environmentId": f"{WORKSPACE}/environments/serving/versions/12", **PROBES},
}
REQUESTS = {"requestConfiguration": {"requestTimeout": "PT30S", "maxConcurrentRequestsPerInstance": 4.0}}
MAP = {"team": "ml-platform", "on-call": "ml-platform"}
PAIRS = [{"key": "team", "value": "ml-platform"}, {"key": "on-call", "value": "ml-platform"}]
TEXT = {"description": "Chat in production"}


def with_variables(variables: Json) -> dict[str, Json]:
    sources = copy.deepcopy(SOURCES)
    sources["environmentConfiguration"]["environmentVariables"] = variables
    return sources


FULL: dict[tuple[Kind, Shape], dict[str, Json]] = {
    (POOL, Shape.A): {
        **ENVELOPE,
        "inferencePoolName": "chat",
        "inferencePoolProperties": {
            **TEXT,
            "properties": MAP,
            "nodeSkuType": "Standard_DS3_v2",
            "codeConfiguration": {"codeId": f"{WORKSPACE}/codes/chat/versions/3", "scoringScript": "score.py"},
            **with_variables(MAP),
            **REQUESTS,
        },
    },
    (POOL, Shape.B): {
        **ENVELOPE,
        "azureApiVersion": "2025-01-01-preview",
        "inferencePoolName": "chat",
        "inferencePoolProperties": {
            **TEXT,
            "properties": PAIRS,
            "scaleUnitConfiguration": {"disablePublicEgress": True, "registries": ["contoso"]},
        },
    },
    (GROUP, Shape.A): {
        **ENVELOPE,
        "poolName": "chat",
        "groupName": "blue",
        "inferenceGroupProperties": {
            **TEXT,
            "properties": MAP,
            "metadata": "canary",
            "priority": 1.0,
            "bonusExtraCapacity": 1.0,
        },
    },
    (GROUP, Shape.B): {
        **ENVELOPE,
        "azureApiVersion": "2025-01-01-preview",
        "poolName": "chat",
        "groupName": "blue",
        "inferenceGroupProperties": {
            **TEXT,
            "properties": PAIRS,
            "nodeSkuType": "Standard_DS3_v2",
            "scaleUnitSize": 2.0,
            **with_variables(PAIRS),
        },
    },
    (ENDPOINT, Shape.A): {
        **ENVELOPE,
        "poolName": "chat",
        "endpointName": "api",
        "inferenceEndpointProperties": {**TEXT, "properties": MAP, "groupId": "blue", "authMode": "AAD"},
    },
    (ENDPOINT, Shape.B): {
        **ENVELOPE,
        "azureApiVersion": "2025-01-01-preview",
        "poolName": "chat",
        "endpointName": "api",
        "inferenceEndpointProperties": {
            **TEXT,
            "properties": PAIRS,
            "groupName": "blue",
            "authMode": "AAD",
            **REQUESTS,
        },
    },
}

NEEDS: dict[str, set[str]] = {
    "sku.name": {"sku-consistent", "sku-known", "sku-retiring"},
    "inferencePoolProperties.nodeSkuType": {"sku-consistent", "sku-known", "sku-retiring"},
    "inferenceGroupProperties.nodeSkuType": {"sku-consistent", "sku-known", "sku-retiring"},
    "sku.size": {"sku-consistent"},
    "sku.family": {"sku-consistent"},
    "sku.tier": {"sku-tier-allowed"},
    "sku.capacity": {"capacity-bounded", "redundancy-in-production"},
    "inferenceGroupProperties.scaleUnitSize": {"capacity-bounded"},
    **{
        f"{bag}.requestConfiguration.{leaf}": rules
        for bag in ("inferencePoolProperties", "inferenceEndpointProperties")
        for leaf, rules in {
            "requestTimeout": {"request-timeout-format", "request-timeout-bounded"},
            "maxConcurrentRequestsPerInstance": {"request-concurrency-bounded"},
        }.items()
    },
    **{
        f"{bag}.{leaf}": {rule, "model-version-pinned", "same-environment-sources"}
        for bag in ("inferencePoolProperties", "inferenceGroupProperties")
        for leaf, rule in {
            "modelConfiguration.modelId": "model-id-wellformed",
            "environmentConfiguration.environmentId": "environment-id-wellformed",
        }.items()
    },
    "inferencePoolProperties.codeConfiguration.codeId": {"model-version-pinned", "same-environment-sources"},
    "inferencePoolProperties.codeConfiguration.scoringScript": {"scoring-script-safe"},
    "inferencePoolProperties.scaleUnitConfiguration.registries[0]": {"same-environment-sources"},
    "inferencePoolProperties.scaleUnitConfiguration.disablePublicEgress": {"public-egress-disabled"},
    **{
        f"{bag}.description": {"description-present"}
        for bag in ("inferencePoolProperties", "inferenceGroupProperties", "inferenceEndpointProperties")
    },
    **{
        name: {"name-wellformed"}
        for name in (
            "resourceGroupName",
            "workspaceName",
            "inferencePoolName",
            "poolName",
            "groupName",
            "endpointName",
            "inferenceEndpointProperties.groupName",
        )
    },
    **{
        f"{bag}.environmentConfiguration.{probe}.{leaf}": {"probe-settings-sane"}
        for bag in ("inferencePoolProperties", "inferenceGroupProperties")
        for probe in PROBES
        for leaf in PROBE
    },
    "location": {"location-allowed"},
    "tags": {"enddate-tag-current", "tag-keys-lowercase"},
    "tags.owner": {"tags-required", "owner-tag-valid"},
    "tags.environment": {"tags-required", "same-environment-sources"},
    "tags.costcenter": {"tags-required"},
    "identity.type": {"property-known", "managed-identity-required"},
    "identity.userAssignedIdentities": {"managed-identity-required"},
    "identity.userAssignedIdentities[0]": {"managed-identity-required"},
    "inferenceEndpointProperties.authMode": {"auth-mode-aad"},
}
"""Which rules need a value to be known and well typed. `placeholder-replaced` needs all that may be text."""
SET_BY_AZURE = {"azureApiVersion", "name", "id", "type", "systemData"}


def places(value: Json, keys: Keys = ()) -> Iterator[tuple[Keys, Json]]:
    """Every value of a tree, leaves and what holds them."""
    if keys:
        yield keys, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*keys, key))


def put(tree: dict[str, Json], keys: Keys, value: Json) -> dict[str, Json]:
    """The tree with another value at a place."""
    changed: Any = json.loads(json.dumps(tree))  # nothing in it is shared
    holder = changed
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    result: dict[str, Json] = changed
    return result


def names_are_fixed(value: Json) -> bool:
    """Whether the names inside belong to the API: an object, or a list of objects, that is no map."""
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict)
    return isinstance(value, dict) and value is not None


def needed(tree: dict[str, Json], at: Keys) -> set[str]:
    """The rules that cannot judge without the value at a place."""
    rules = set()
    for keys, value in places(tree):
        if keys[: len(at)] == at:
            rules |= NEEDS.get(format_path(keys), set())
            is_map = keys[-1] in ("tags", "properties", "environmentVariables") and isinstance(value, dict)
            if names_are_fixed(value) and not is_map:
                rules.add("property-known")
    if at[0] in SET_BY_AZURE:
        return set()
    return rules


def may_hold_a_secret(keys: Keys) -> bool:
    """Whether a place, or one below it, hands something on to the code that serves."""
    bags = {"inferencePoolProperties", "inferenceGroupProperties", "inferenceEndpointProperties"}
    holds = (len(keys) == 1 and keys[0] in bags) or keys[-1] == "environmentConfiguration"
    return holds or "environmentVariables" in keys or "properties" in keys


def full(kind: Kind, shape: Shape) -> Resource:
    version = "2.92.3" if shape is Shape.A else "3.29.0"
    return resource(FULL[kind, shape], kind=kind, provider_version=version)


def deployed(kind: Kind, shape: Shape) -> Resource:
    """The same as outputs: the names of parents are in the id only, the identities are a map."""
    inputs = full(kind, shape)
    parents = {"resourceGroupName", "workspaceName", "poolName", "inferencePoolName", "groupName", "endpointName"}
    properties = {name: value for name, value in inputs.properties.items() if name not in parents} | {
        "name": "chat",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
    }
    below = {POOL: "", GROUP: "/groups/blue", ENDPOINT: "/endpoints/api"}[kind]
    return resource(
        properties,
        kind=kind,
        provider_version=inputs.provider_version,
        id=f"{WORKSPACE}/inferencePools/chat{below}",
        outputs=True,
    )


def resource(properties: dict[str, Json], *, kind: Kind = POOL, **more: Any) -> Resource:
    return Resource(urn="urn:pulumi:dev::test::pool", type=f"{PLAIN}{kind}", name="chat", properties=properties, **more)


def changed(subject: Resource, keys: Keys, value: Json) -> Resource:
    return Resource(
        urn=subject.urn,
        type=subject.type,
        name=subject.name,
        properties=put(dict(subject.properties), keys, value),
        id=subject.id,
        outputs=subject.outputs,
        provider_version=subject.provider_version,
    )


def judge_all(subject: Resource) -> list[Verdict]:
    """What the rules about single resources say, each as it is by default."""
    return judge(SETTINGS, subject, today=TODAY)


def by_rule(verdicts: list[Verdict]) -> dict[str, list[Verdict]]:
    return {rule: [verdict for verdict in verdicts if verdict.rule == rule] for rule in HELD}


EVERY = [
    pytest.param(make(kind, shape), id=f"{kind}-{shape}-{make.__name__}")
    for make in (full, deployed)
    for kind in KINDS
    for shape in Shape
]
every_resource = pytest.mark.parametrize("subject", EVERY)


def not_judged(subject: Resource) -> set[str]:
    """The rules that have no business with the resource."""
    pool = view(subject)
    assert pool is not None
    return {rule.id for rule in ALL if rule.scope is Scope.RESOURCE and not any(facets_of(pool, rule.facet))}


@every_resource
def test_a_full_resource_is_clean(subject: Resource) -> None:
    verdicts = judge_all(subject)

    assert [verdict for verdict in verdicts if verdict.outcome.reported] == []
    assert {verdict.rule for verdict in verdicts} == {rule.id for rule in ALL if rule.scope is Scope.RESOURCE}


@pytest.mark.parametrize(("kind", "shape"), FULL)
def test_a_full_resource_has_every_property(kind: Kind, shape: Shape) -> None:
    def paths(node: Node, keys: tuple[str, ...] = ()) -> Iterator[str]:
        for name, member in node.members.items():
            if not member.output:
                yield ".".join((*keys, name))
                yield from paths(member, (*keys, name))

    written = {".".join(str(key) for key in keys) for keys, _ in places(FULL[kind, shape])}

    assert set(paths(tree(kind, shape))) <= written


@every_resource
def test_an_unknown_value_costs_its_own_judgement_only(subject: Resource) -> None:
    before = by_rule(judge_all(subject))
    for keys, value in places(subject.properties):
        after = by_rule(judge_all(changed(subject, keys, UNKNOWN_STRING)))
        expected = needed(dict(subject.properties), keys) - not_judged(subject)
        if keys[0] not in SET_BY_AZURE and not isinstance(value, bool | int | float):
            expected |= {"placeholder-replaced"}
            if may_hold_a_secret(keys):
                expected |= {"no-plaintext-secret"}

        assert {rule for rule in after if after[rule] != before[rule]} == expected, keys
        for rule_id in expected:
            assert [(verdict.outcome, verdict.path) for verdict in after[rule_id]] == [
                (Outcome.UNKNOWN, format_path(keys))
            ]
            assert after[rule_id][0].enforcement is Enforcement.ADVISORY


def told_alike(verdicts: list[Verdict]) -> list[tuple[str, Outcome, str]]:
    """What is said of a value, besides by the one rule that tells secrets from unknown values."""
    return [(v.rule, v.outcome, v.path) for v in verdicts if v.rule != "no-plaintext-secret"]


@every_resource
def test_a_value_that_is_marked_as_a_secret_is_what_the_rule_about_secrets_asks_for(subject: Resource) -> None:
    for keys, _ in places(subject.properties):
        for value in ("hush-hush-token", UNKNOWN_STRING):
            secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}
            verdicts = by_rule(judge(SETTINGS, changed(subject, keys, secret)))["no-plaintext-secret"]

            assert {verdict.outcome for verdict in verdicts} == {Outcome.CLEAN}, keys


@every_resource
def test_a_secret_is_as_good_as_unknown_and_never_shown(subject: Resource) -> None:
    for keys, value in places(subject.properties):
        text = json.dumps(["hush-hush", value])
        secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": text}
        unknown = judge_all(changed(subject, keys, UNKNOWN_STRING))
        verdicts = judge_all(changed(subject, keys, secret))

        assert told_alike(verdicts) == told_alike(unknown), keys
        assert "hush-hush" not in repr(verdicts)
        assert {v.message for v in verdicts if v.outcome is Outcome.UNKNOWN} <= {"a secret, not read"}


@every_resource
def test_a_value_of_the_wrong_type_is_unreadable_and_breaks_nothing(subject: Resource) -> None:
    before = by_rule(judge_all(subject))
    for keys, value in places(subject.properties):
        wrong: Json = {} if isinstance(value, float | bool) else 5.0
        after = by_rule(judge_all(changed(subject, keys, wrong)))
        expected = needed(dict(subject.properties), keys) - not_judged(subject)

        assert {rule for rule in after if after[rule] != before[rule]} == expected, keys
        for rule_id in expected:
            assert [(verdict.outcome, verdict.path) for verdict in after[rule_id]] == [
                (Outcome.UNREADABLE, format_path(keys))
            ]


@every_resource
def test_an_absent_value_breaks_nothing(subject: Resource) -> None:
    for keys, _ in places(subject.properties):
        outcomes = {verdict.outcome for verdict in judge_all(changed(subject, keys, None))}

        assert outcomes <= {Outcome.CLEAN, Outcome.VIOLATED, Outcome.NOT_APPLICABLE}, keys


@every_resource
@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_kind_of_unknown_counts(subject: Resource, sentinel: str) -> None:
    verdicts = by_rule(judge_all(changed(subject, ("sku",), sentinel)))

    assert [verdict.outcome for verdict in verdicts["sku-tier-allowed"]] == [Outcome.UNKNOWN]


def test_the_order_of_names_in_an_object_changes_no_verdict() -> None:
    def turned(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: turned(item) for key, item in reversed(value.items())}
        return [turned(item) for item in value] if isinstance(value, list) else value

    subject = changed(full(POOL, Shape.A), ("tags",), {"Owner": "", "owner": "{owner}", "environment": 5.0})
    again = resource(turned(subject.properties), provider_version=subject.provider_version)

    assert sorted(map(repr, judge_all(subject))) == sorted(map(repr, judge_all(again)))


# Outcomes, with rules of the test's own


def make(
    check: Callable[[Sku, Options], Any], *, enforcement: Enforcement = Enforcement.MANDATORY, **more: Any
) -> Rule[Sku]:
    """A rule about the SKU."""
    return rule(
        Sku,
        id="the-rule",
        title="The rule",
        severity=Severity.LOW,
        enforcement=enforcement,
        remedy="Do {limit}.",
        since="2026.12",
        source="https://example.com",
        options={"limit": Option("something", "A limit.")},
        **more,
    )(check)


def run(check: Callable[[Sku, Options], Any], sku: Json, **more: Any) -> list[Verdict]:
    settings = [setting(make(check), None, more.pop("options", {}))]
    return judge(settings, resource({"sku": sku}, provider_version="3.29.0"), **more)


def says_name(sku: Sku, options: Options) -> Iterator[Finding]:
    if sku.name:
        yield Finding("name", f"is {sku.name}")


def outcomes(verdicts: list[Verdict]) -> list[tuple[Outcome, str, str]]:
    return [(verdict.outcome, verdict.path, verdict.message) for verdict in verdicts]


def test_clean() -> None:
    assert outcomes(run(says_name, {})) == [(Outcome.CLEAN, "", "")]


def test_violated() -> None:
    (verdict,) = run(says_name, {"name": "S"}, options={"limit": "this"})

    assert verdict == Verdict(
        rule="the-rule",
        outcome=Outcome.VIOLATED,
        urn="urn:pulumi:dev::test::pool",
        keys=("sku", "name"),
        message="is S",
        remedy="Do this.",
        severity=Severity.LOW,
        enforcement=Enforcement.MANDATORY,
    )


def test_a_finding_may_have_a_remedy_and_a_level_of_its_own() -> None:
    def check(sku: Sku, options: Options) -> Iterator[Finding]:
        yield Finding("", "is wrong", "Do that.", Enforcement.ADVISORY)

    (verdict,) = run(check, {})

    assert (verdict.path, verdict.remedy, verdict.enforcement) == ("", "Do that.", Enforcement.ADVISORY)


def test_unknown_is_advisory_unless_it_is_to_fail() -> None:
    (reported,) = run(says_name, {"name": UNKNOWN_STRING})
    (failed,) = run(says_name, {"name": UNKNOWN_STRING}, options={"on_unknown": "fail"})

    assert (reported.outcome, reported.enforcement) == (Outcome.UNKNOWN, Enforcement.ADVISORY)
    assert (failed.outcome, failed.enforcement) == (Outcome.UNKNOWN, Enforcement.MANDATORY)


def test_unreadable_is_at_the_rules_level() -> None:
    (verdict,) = run(says_name, {"name": 5.0})

    assert outcomes([verdict]) == [(Outcome.UNREADABLE, "sku.name", "is a number (5), expected text")]
    assert verdict.enforcement is Enforcement.MANDATORY


def test_no_pool() -> None:
    bucket = Resource(urn="urn", type="aws:s3/bucket:Bucket", name="b", properties={"sku": UNKNOWN_STRING})

    assert {(v.outcome, v.message) for v in judge_all(bucket)} == {(Outcome.NOT_APPLICABLE, NO_POOL)}


def test_no_facet() -> None:
    verdicts = by_rule(judge_all(full(POOL, Shape.B)))

    assert outcomes(verdicts["request-timeout-bounded"]) == [(Outcome.NOT_APPLICABLE, "", NO_FACET)]
    assert outcomes(verdicts["model-id-wellformed"]) == [(Outcome.NOT_APPLICABLE, "", NO_FACET)]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (Enforcement.ADVISORY, Enforcement.ADVISORY),
        (Enforcement.MANDATORY, Enforcement.MANDATORY),
        (Enforcement.REMEDIATE, Enforcement.MANDATORY),
    ],
)
def test_levels(level: Enforcement, expected: Enforcement) -> None:
    (verdict,) = judge([setting(make(says_name), level, {})], resource({"sku": {"name": "S"}}))

    assert verdict.enforcement is expected


def test_a_disabled_rule_does_not_run() -> None:
    assert judge([setting(make(crashes), Enforcement.DISABLED, {})], resource({})) == []


# Broken rules


def crashes(sku: Sku, options: Options) -> Iterator[Finding]:
    yield Finding("name", "is seen before the crash")
    raise KeyError("oops")  # the line that is named


def crashes_in_another_file(sku: Sku, options: Options) -> Iterator[Finding]:
    yield Finding("name", json.loads("{"))  # the line that is named


def is_no_generator(sku: Sku, options: Options) -> Any:
    raise KeyError("oops")  # the line that is named


def yields_nonsense(sku: Sku, options: Options) -> Any:
    yield 5


def returns_nothing(sku: Sku, options: Options) -> Any:
    return None


def asks_for_an_option_it_lacks(sku: Sku, options: Options) -> Iterator[Finding]:
    yield Finding("", f"is {options.limits}")  # the line that is named


def line_of(check: Callable[..., Any]) -> int:
    import inspect

    lines, first = inspect.getsourcelines(check)
    return first + next(index for index, line in enumerate(lines) if "the line that is named" in line)


@pytest.mark.parametrize(
    ("check", "error"),
    [
        (crashes, "KeyError: 'oops'"),
        (crashes_in_another_file, "JSONDecodeError: Expecting property name enclosed in double quotes"),
        (is_no_generator, "KeyError: 'oops'"),
        (asks_for_an_option_it_lacks, "AttributeError: this rule has no option 'limits'"),
    ],
)
def test_a_broken_rule_names_its_file_and_line(check: Callable[..., Any], error: str) -> None:
    verdict = run(check, {})[-1]

    assert verdict.outcome is Outcome.BROKEN
    assert verdict.message.startswith(f"the rule failed at test_runner.py:{line_of(check)}: {error}")
    assert verdict.enforcement is Enforcement.MANDATORY


@pytest.mark.parametrize("check", [yields_nonsense, returns_nothing])
def test_a_rule_that_yields_no_findings_is_broken(check: Callable[..., Any]) -> None:
    (verdict,) = run(check, {})

    assert (verdict.outcome, verdict.enforcement) == (Outcome.BROKEN, Enforcement.MANDATORY)


def test_a_remedy_that_names_no_option_is_broken() -> None:
    bad = rule(
        Sku,
        id="the-rule",
        title="The rule",
        severity=Severity.LOW,
        enforcement=Enforcement.ADVISORY,
        remedy="Do {nothing_known}.",
        since="2026.12",
        source="https://example.com",
    )(says_name)

    (verdict,) = judge(default_settings([bad]), resource({"sku": {"name": "S"}}))

    assert (verdict.outcome, verdict.enforcement) == (Outcome.BROKEN, Enforcement.MANDATORY)


@pytest.mark.parametrize("level", [Enforcement.ADVISORY, Enforcement.MANDATORY, Enforcement.REMEDIATE])
@pytest.mark.parametrize("check", [crashes, is_no_generator, yields_nonsense])
def test_all_other_rules_still_report(check: Callable[..., Any], level: Enforcement) -> None:
    before, *after = SETTINGS
    subject = changed(full(POOL, Shape.A), ("sku", "tier"), "Gigantic")

    with_it = judge([before, setting(make(check), level, {}), *after], subject, today=TODAY)
    without = judge_all(subject)

    assert [verdict for verdict in with_it if verdict.rule != "the-rule"] == without
    assert [v.enforcement for v in with_it if v.outcome is Outcome.BROKEN] == [Enforcement.MANDATORY]


def test_a_resource_that_cannot_be_looked_at_breaks_every_rule_and_ends_nothing() -> None:
    nothing: Any = None

    verdicts = judge_all(resource(nothing))

    assert {verdict.outcome for verdict in verdicts} == {Outcome.BROKEN}
    assert {verdict.enforcement for verdict in verdicts} == {Enforcement.MANDATORY}
    assert [verdict.rule for verdict in verdicts] == [rule.id for rule in ALL if rule.scope is Scope.RESOURCE]


@pytest.mark.parametrize("wrap", [lambda tree: {"x": tree}, lambda tree: [tree]], ids=["objects", "lists"])
def test_a_tree_of_any_depth_ends_nothing(wrap: Callable[[Json], Json]) -> None:
    tree: Json = "leaf"
    for _ in range(5000):
        tree = wrap(tree)

    verdicts = by_rule(judge_all(resource({"sku": {"tier": "Gigantic"}, "kind": tree})))

    assert [verdict.outcome for verdict in verdicts["sku-tier-allowed"]] == [Outcome.VIOLATED]
    assert [verdict.outcome for verdict in verdicts["placeholder-replaced"]] == [Outcome.BROKEN]


def test_a_broken_rule_of_ours_names_its_file_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(written: str, **more: Any) -> str:
        raise LookupError("no table")

    monkeypatch.setattr(asset_ids, "problem", fails)
    (verdict,) = by_rule(judge_all(full(POOL, Shape.A)))["model-id-wellformed"]

    assert verdict.outcome is Outcome.BROKEN
    assert re.fullmatch(
        r"the rule failed at inference_pools/rules/azure/model_id_wellformed\.py:\d+: LookupError: no table",
        verdict.message,
    )


# Parts


def test_a_part_that_cannot_be_judged_costs_no_other() -> None:
    def check(sku: Sku, options: Options) -> Iterator[Judgement]:
        yield part(sku, "name")
        yield part(sku, "tier")
        yield part(sku, "size")
        yield Finding("", "ends")

    def part(sku: Sku, field: str) -> Iterator[Finding]:
        yield Finding(field, f"is {sku.leaf(field).text()}")

    assert outcomes(run(check, {"name": UNKNOWN_STRING, "tier": 5.0, "size": "S"})) == [
        (Outcome.UNKNOWN, "sku.name", "not known yet"),
        (Outcome.UNREADABLE, "sku.tier", "is a number (5), expected text"),
        (Outcome.VIOLATED, "sku.size", "is S"),
        (Outcome.VIOLATED, "", "ends"),
    ]


def test_what_two_parts_say_alike_is_said_once() -> None:
    def check(sku: Sku, options: Options) -> Iterator[Judgement]:
        yield says_name(sku, options)
        yield says_name(sku, options)

    assert outcomes(run(check, {"name": UNKNOWN_STRING})) == [(Outcome.UNKNOWN, "sku.name", "not known yet")]


# What a message may hold

SECRET = "correct-horse\n'battéry' \\ \x1b[31m staple"


def secret(value: Json) -> Json:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def tries(show: Callable[[Any], str]) -> Callable[[Sku, Options], Iterator[Finding]]:
    """A rule that goes around the reader to show a secret."""

    def check(sku: Sku, options: Options) -> Iterator[Finding]:
        raw = sku.own.root["sku"]["name"]["value"]
        yield Finding("", f"is {show(raw)}", f"Do not write {show(raw)}.")

    return check


def raises_it(sku: Sku, options: Options) -> Iterator[Finding]:
    raise ValueError(sku.own.root["sku"]["name"]["value"])
    yield


SHOWS: dict[str, Callable[[Any], str]] = {
    "as it is": str,
    "quoted": repr,
    "quoted in ASCII": ascii,
    "quoted amid other quotes": lambda raw: repr(f'an "env" of {raw}'),
    "as JSON": json.dumps,
    "as JSON in Unicode": lambda raw: json.dumps([raw], ensure_ascii=False),
}


@pytest.mark.parametrize("show", SHOWS.values(), ids=SHOWS)
def test_a_rule_that_shows_a_secret_does_not(show: Callable[[Any], str]) -> None:
    (verdict,) = run(tries(show), {"name": secret(SECRET)})

    for text in (verdict.message, verdict.remedy):
        assert "[secret]" in text
        assert "horse" not in text
        assert "staple" not in text


def test_a_rule_that_raises_a_secret_does_not_show_it() -> None:
    (verdict,) = run(raises_it, {"name": secret(SECRET)})

    assert verdict.outcome is Outcome.BROKEN
    assert "horse" not in verdict.message
    assert "[secret]" in verdict.message


@pytest.mark.parametrize(
    ("number", "show"),
    [
        (1234567.0, str),
        (1234567.0, lambda raw: f"{raw:g}"),
        (1234567.0, lambda raw: str(int(raw))),
        (1234567.25, repr),
        (1234567, str),
        (12345678901234567890, repr),
    ],
)
def test_numbers_are_secrets_too(show: Callable[[Any], str], number: float) -> None:
    (verdict,) = run(tries(show), {"name": secret(number)})

    assert verdict.message == "is [secret]"


def test_a_secret_of_the_stacks_config_is_hidden_wherever_it_stands() -> None:
    verdicts = run(says_name, {"name": "correct-horse"}, secrets={"correct-horse", "horse", "S", ""})

    assert outcomes(verdicts) == [(Outcome.VIOLATED, "sku.name", "is [secret]")]


def test_the_reader_shows_no_secret_that_stands_in_clear_elsewhere() -> None:
    subject = resource({"sku": {"capacity": "correct-horse", "name": secret("correct-horse")}})

    messages = [verdict.message for verdict in judge_all(subject)]

    assert "is text ('[secret]'), expected a whole number" in messages
    assert not any("horse" in message for message in messages)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("a\rb", "a\\rb"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u2028b", "a\\u2028b"),
        ("a\u202eb", "a\\u202eb"),
        ("\ud800", "\\ud800"),
        ("größe 日本", "größe 日本"),
    ],
)
def test_control_characters_forge_no_line(text: str, shown: str) -> None:
    def check(sku: Sku, options: Options) -> Iterator[Finding]:
        yield Finding("", f"is {text}", f"Remove {text}.")

    (verdict,) = run(check, {})

    assert (verdict.message, verdict.remedy) == (f"is {shown}", f"Remove {shown}.")


def test_no_rule_of_ours_forges_a_line() -> None:
    """A value full of control characters, at every place, for every rule."""
    for kind, shape in FULL:
        subject = full(kind, shape)
        for keys, value in places(subject.properties):
            if isinstance(value, str):
                for verdict in judge_all(changed(subject, keys, f"{value}\n\x1b[31m<x>\u2028")):
                    assert (verdict.message + verdict.remedy + verdict.path).isprintable()


def test_a_rule_sees_every_text_once() -> None:
    """The walk over a full resource meets every text of it."""
    subject = full(GROUP, Shape.B)
    seen: list[str] = []

    @rule(
        Text,
        id="the-rule",
        title="The rule",
        severity=Severity.LOW,
        enforcement=Enforcement.ADVISORY,
        remedy="Do.",
        since="2026.12",
        source="https://example.com",
    )
    def sees(text: Text, options: Options) -> Iterator[Finding]:
        if text.value is not None:
            seen.append(text.own.path)
        return
        yield

    judge(default_settings([sees]), subject)

    texts = [
        format_path(keys)
        for keys, value in places(subject.properties)
        if isinstance(value, str) and not (keys[-1] == "key" and value.isidentifier()) and keys != ("azureApiVersion",)
    ]
    keys_of_maps = ['tags["cost.unit"]']
    assert sorted(seen) == sorted([*texts, *keys_of_maps])


def test_leaves_are_not_read_before_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    value = Leaf.value
    monkeypatch.setattr(Leaf, "value", lambda leaf: read.append(leaf.path) or value(leaf))

    run(says_name, {"name": "S", "tier": UNKNOWN_STRING})

    assert set(read) == {"sku.name"}


AWS_KEY = "AKIA" + "ABCDEFGH" + "IJ234567"


@pytest.mark.parametrize(
    "properties",
    [
        {"sku": {"name": "Standard_DS3_v2", "tier": AWS_KEY, "capacity": 1}},
        {"inferencePoolProperties": {"requestConfiguration": {"requestTimeout": AWS_KEY}}},
        {"inferencePoolProperties": {"modelConfiguration": {"modelId": f"{{model}}/{AWS_KEY}"}}},
        {"location": AWS_KEY},
    ],
)
def test_no_rule_repeats_a_secret_that_stands_in_plain_text(properties: dict[str, Any]) -> None:
    """Another rule may find fault with the value that no-plaintext-secret finds, and would show it."""
    verdicts = judge_all(resource(properties))
    reported = [verdict for verdict in verdicts if verdict.outcome.reported]
    assert any(verdict.rule != "no-plaintext-secret" for verdict in reported)
    assert AWS_KEY not in "".join(verdict.message + verdict.remedy + verdict.path for verdict in reported)
    assert any("[secret]" in verdict.message for verdict in reported)


def test_a_password_that_is_known_by_its_name_is_not_repeated_either() -> None:
    subject = resource({"location": "xhunter2222x", "tags": {"db_password": "hunter2222"}})
    messages = [verdict.message for verdict in judge_all(subject) if verdict.outcome.reported]
    assert any("x[secret]x" in message for message in messages)
    assert "hunter2222" not in "".join(messages)
