"""The Analyzer service, asked directly: no engine, no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import grpc
import pulumi_policy as sdk
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from inference_pools import declared
from inference_pools.facets import Capacity, ModelSource
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import COMMON, Options, Rule, Scope, rule
from inference_pools.rules import ALL
from inference_pools.server import AnalyzerService
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, to_struct

POOL = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:dev::shop::{POOL}::pool"
CLEAN: dict[str, Any] = {
    "sku": {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 2.0},
    "location": "westeurope",
    "tags": {"owner": "ml", "environment": "prod", "costcenter": "4711"},
    "inferencePoolProperties": {
        "nodeSkuType": "Standard_DS3_v2",
        "modelConfiguration": {"modelId": "azureml://registries/shop-models/models/ranker/versions/3"},
    },
}
OF_ONE_RESOURCE = [rule.id for rule in ALL if rule.scope is Scope.RESOURCE]


class Refused(Exception):
    """What a call ends in when the service aborts it."""


class Call:
    """A server-side call that can only be aborted."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Refused(f"{code.name}: {details}")


def service(rules: tuple[Rule[Any], ...] = ALL, others: tuple[sdk.Policy, ...] = ()) -> AnalyzerService:
    return AnalyzerService("poolgate", "A pack", declared.policies(rules), others, today=date(2026, 12, 1))


def analyze(serving: AnalyzerService, properties: dict[str, Any], type_: str = POOL) -> analyzer_pb2.AnalyzeResponse:
    request = analyzer_pb2.AnalyzeRequest(type=type_, urn=URN, name="pool", properties=to_struct(properties))
    request.provider.properties.CopyFrom(to_struct({"version": "2.92.3"}))
    return serving.Analyze(request, Call())  # type: ignore[arg-type]


def configure(serving: AnalyzerService, **config: tuple[int, dict[str, Any]]) -> None:
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for key, (level, options) in config.items():
        value = request.policyConfig[key.replace("_", "-")]
        value.enforcementLevel = level  # type: ignore[assignment]
        value.properties.CopyFrom(to_struct(options))
    serving.Configure(request, Call())  # type: ignore[arg-type]


def said(response: analyzer_pb2.AnalyzeResponse) -> dict[str, tuple[str, str]]:
    """Level and message by policy."""
    return {
        diagnostic.policyName: (
            analyzer_pb2.EnforcementLevel.Name(diagnostic.enforcementLevel),
            diagnostic.message.partition("\n")[2],
        )
        for diagnostic in response.diagnostics
    }


@rule(
    Capacity,
    id="crashes",
    title="This rule has a bug",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Mend the rule.",
    since="2026.12",
    source="https://example.com",
)
def crashes(capacity: Capacity, options: Options) -> Iterator[Finding]:
    """It divides by zero."""
    yield Finding("instances", str(1 // (capacity.instances or 0) // 0))


@rule(
    ModelSource,
    id="tells-secrets",
    title="This rule reads behind the reader's back",
    severity=Severity.LOW,
    enforcement=Enforcement.MANDATORY,
    remedy="Do not.",
    since="2026.12",
    source="https://example.com",
)
def tells_secrets(model: ModelSource, options: Options) -> Iterator[Finding]:
    """It prints what it must not."""
    yield Finding("", f"has {model.own.root!r}", f"remove {model.own.root!r}")


def test_clean_pool_has_no_diagnostics() -> None:
    assert list(analyze(service(), CLEAN).diagnostics) == []


def test_each_diagnostic_has_its_own_level() -> None:
    properties = {**CLEAN, "sku": {**CLEAN["sku"], "capacity": 999.0}, "location": UNKNOWN_STRING}
    found = said(analyze(service(), properties))
    assert found["capacity-bounded"] == (
        "MANDATORY",
        "sku.capacity: is 999, the limit is 50\nSet the capacity to a whole number from 1 to 50.",
    )
    assert found["location-allowed"] == ("ADVISORY", "[unknown] not known yet: location")
    assert found["placeholder-replaced"] == ("ADVISORY", "[unknown] not known yet: location")
    assert set(found) == {"capacity-bounded", "location-allowed", "placeholder-replaced"}


def test_on_unknown_fail_makes_unknown_mandatory() -> None:
    serving = service()
    configure(serving, location_allowed=(analyzer_pb2.MANDATORY, {"on_unknown": "fail"}))
    found = said(analyze(serving, {**CLEAN, "location": UNKNOWN_STRING}))
    assert found["location-allowed"] == ("MANDATORY", "[unknown] not known yet: location")


def test_on_unknown_ignore_is_not_applicable_and_never_passed() -> None:
    serving = service()
    configure(serving, location_allowed=(analyzer_pb2.MANDATORY, {"on_unknown": "ignore"}))
    response = analyze(serving, {**CLEAN, "location": UNKNOWN_STRING})
    assert "location-allowed" not in said(response)
    assert "a value is not known yet" in {e.policy_name: e.reason for e in response.not_applicable}["location-allowed"]


def test_unreadable_value_is_at_the_level_of_the_rule() -> None:
    properties = {**CLEAN, "sku": {**CLEAN["sku"], "capacity": "two"}}
    level, message = said(analyze(service(), properties))["capacity-bounded"]
    assert (level, message) == ("MANDATORY", "[unreadable] sku.capacity: is text ('two'), expected a whole number")


def test_resource_that_is_no_pool_is_not_applicable_to_every_rule() -> None:
    response = analyze(service(), {"location": "nowhere"}, "azure-native:resources:ResourceGroup")
    assert [entry.policy_name for entry in response.not_applicable] == OF_ONE_RESOURCE
    assert {entry.reason for entry in response.not_applicable} == {"no rule judges a resource of this type"}
    assert list(response.diagnostics) == []


def test_rule_without_business_in_the_shape_is_not_applicable() -> None:
    properties = {"azureApiVersion": "2025-01-01-preview", "tags": CLEAN["tags"], "inferencePoolProperties": {}}
    serving = service()
    request = analyzer_pb2.AnalyzeRequest(type=POOL, urn=URN, name="pool", properties=to_struct(properties))
    response = serving.Analyze(request, Call())  # type: ignore[arg-type]
    assert "model-id-wellformed" in {entry.policy_name for entry in response.not_applicable}
    assert "tags-required" not in {entry.policy_name for entry in response.not_applicable}


def test_remediation_is_declined_for_every_rule() -> None:
    response = service().Remediate(analyzer_pb2.AnalyzeRequest(type=POOL), Call())  # type: ignore[arg-type]
    assert [entry.policy_name for entry in response.not_applicable] == OF_ONE_RESOURCE
    assert list(response.remediations) == []


def test_crashing_rule_is_mandatory_and_named_and_the_others_still_report() -> None:
    properties = {**CLEAN, "sku": {**CLEAN["sku"], "capacity": 999.0}}
    found = said(analyze(service((crashes, *ALL)), properties))
    level, message = found["crashes"]
    assert level == "MANDATORY"
    assert message.startswith("[broken] this resource: the rule failed at test_service.py:")
    assert re.search(r"ZeroDivisionError: .*by zero$", message.splitlines()[0])
    assert "Mend the rule at test_service.py:" in message
    assert found["capacity-bounded"][0] == "MANDATORY"


def test_secret_is_unknown_and_never_shown() -> None:
    secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "hunter2-{subscription_id}"}
    properties = {**CLEAN, "inferencePoolProperties": {"modelConfiguration": {"modelId": secret}}}
    response = analyze(service((*ALL, tells_secrets)), properties)
    found = said(response)
    path = "inferencePoolProperties.modelConfiguration.modelId"
    assert found["model-id-wellformed"] == ("ADVISORY", f"[unknown] a secret, not read: {path}")
    assert "[secret]" in found["tells-secrets"][1]
    assert "hunter2" not in str(response)


def test_secret_config_of_the_stack_is_never_shown() -> None:
    serving = service((tells_secrets,))
    request = analyzer_pb2.AnalyzerStackConfigureRequest(
        stack="dev", config={"shop:token": "hunter2", "shop:size": "large"}, config_secret_keys=["shop:token"]
    )
    properties = {**CLEAN, "inferencePoolProperties": {"modelConfiguration": {"modelId": "x/hunter2/y"}}}
    assert "hunter2" in str(analyze(serving, properties))  # and what was said once is said again of what is alike
    serving.ConfigureStack(request, Call())  # type: ignore[arg-type]
    assert "hunter2" not in str(analyze(serving, properties))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"capacity_bounds": (1, {})}, "capacity-bounds: no such rule; did you mean capacity-bounded?"),
        (
            {"capacity_bounded": (1, {"maximun": 3})},
            "capacity-bounded.maximun: no such option; did you mean maximum?",
        ),
        (
            {"capacity_bounded": (9, {})},
            "capacity-bounded.enforcementLevel: is 9, a level that this version does not know",
        ),
        ({"capacity_bounded": (1, {"maximum": "3"})}, "capacity-bounded.maximum: is '3', expected a number"),
        (
            {rule.id.replace("-", "_"): (analyzer_pb2.DISABLED, {}) for rule in ALL if rule.scope is not Scope.PROJECT},
            "every rule is disabled, so nothing would be judged; enable at least one",
        ),
    ],
)
def test_configure_refuses(config: dict[str, tuple[int, dict[str, Any]]], expected: str) -> None:
    with pytest.raises(Refused, match="INVALID_ARGUMENT") as refused:
        configure(service(), **config)
    assert str(refused.value) == f"INVALID_ARGUMENT: policy config of poolgate: {expected}"


def test_configure_changes_level_and_options() -> None:
    serving = service()
    configure(serving, capacity_bounded=(analyzer_pb2.ADVISORY, {"maximum": 1.0}))
    level, message = said(analyze(serving, CLEAN))["capacity-bounded"]
    assert (level, message.splitlines()[0]) == ("ADVISORY", "sku.capacity: is 2, the limit is 1")


def test_disabled_rule_says_nothing() -> None:
    serving = service()
    configure(serving, capacity_bounded=(analyzer_pb2.DISABLED, {}))
    assert "capacity-bounded" not in said(analyze(serving, {**CLEAN, "sku": {"name": "S", "capacity": 999.0}}))


def _own_policy(name: str, validate: Any) -> sdk.Policy:
    level = sdk.EnforcementLevel.MANDATORY
    return sdk.ResourceValidationPolicy(
        name=name, description=f"About {name}", validate=validate, enforcement_level=level
    )


def test_own_policies_are_served_beside_the_rules() -> None:
    def validate(args: sdk.ResourceValidationArgs, report: sdk.ReportViolation) -> None:
        if args.props["sku"]["capacity"] > args.get_config().get("most", 1):
            report("too many")

    def stack(args: sdk.StackValidationArgs, report: sdk.ReportViolation) -> None:
        report(f"{len(args.resources)} resources")

    others = (_own_policy("small", validate), sdk.StackValidationPolicy("whole", "About the whole", stack))
    serving = service(others=others)
    found = said(analyze(serving, {**CLEAN, "location": "nowhere"}))
    assert found["small"] == ("MANDATORY", "too many")
    assert found["location-allowed"][0] == "MANDATORY"
    configure(serving, small=(analyzer_pb2.ADVISORY, {"most": 9}))
    assert "small" not in said(analyze(serving, CLEAN))
    answer = serving.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[{}, {}]), Call())  # type: ignore
    assert said(answer)["whole"] == ("ADVISORY", "2 resources")


def test_own_policy_that_crashes_blocks_and_hides_nothing() -> None:
    def validate(args: sdk.ResourceValidationArgs, report: sdk.ReportViolation) -> None:
        raise RuntimeError("hunter2")

    def fine(args: sdk.ResourceValidationArgs, report: sdk.ReportViolation) -> None:
        report("fine")

    serving = service(others=(_own_policy("bad", validate), _own_policy("fine", fine)))
    found = said(analyze(serving, {**CLEAN, "location": "nowhere"}))
    assert found["bad"][0] == "MANDATORY"
    assert found["bad"][1].startswith("[broken] this resource: the policy failed at test_service.py:")
    assert "hunter2" not in found["bad"][1]
    assert found["fine"] == ("MANDATORY", "fine")
    assert found["location-allowed"][0] == "MANDATORY"


def test_info_describes_every_rule() -> None:
    info = service().GetAnalyzerInfo(struct_pb2.Struct(), Call())  # type: ignore[arg-type]
    assert [policy.name for policy in info.policies] == [rule.id for rule in ALL if rule.scope is not Scope.PROJECT]
    capacity = next(policy for policy in info.policies if policy.name == "capacity-bounded")
    assert capacity.description == "Capacity is within bounds"
    assert capacity.enforcementLevel == analyzer_pb2.MANDATORY
    assert capacity.severity == analyzer_pb2.POLICY_SEVERITY_HIGH
    assert set(capacity.configSchema.properties.fields) == {"minimum", "maximum", *COMMON}
    assert capacity.remediation_steps == "Set the capacity to a whole number from 1 to 50."
    assert info.supportsConfig


def _stack(*names: str) -> analyzer_pb2.AnalyzeStackRequest:
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[{"type": POOL, "urn": URN.replace("::pool", f"::{name}"), "name": name} for name in names]
    )


def test_a_resource_without_properties_is_outside_the_operation(capsys: pytest.CaptureFixture[str]) -> None:
    """No kind that is judged can be without: what has none is left out by --target or --exclude."""
    crash = _own_policy("own", lambda args, report: report(args.props["sku"]["name"]))
    serving = service(others=(crash,))
    answer = analyze(serving, {})
    assert list(answer.diagnostics) == []
    assert {each.reason for each in answer.not_applicable} == {"outside this operation"}
    assert {each.policy_name for each in answer.not_applicable} == set(OF_ONE_RESOURCE)
    request = analyzer_pb2.AnalyzeRequest(type=POOL, urn=URN, name="pool")
    assert not serving.Remediate(request, Call()).remediations  # type: ignore[arg-type]
    whole = serving.AnalyzeStack(_stack("pool"), Call())  # type: ignore[arg-type]
    assert URN not in {diagnostic.urn for diagnostic in whole.diagnostics}
    told = "1 resource is outside this operation (--target, --exclude), and not judged, nor is any change of others"
    assert capsys.readouterr().err.count(told) == 1
    serving.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(), Call())  # type: ignore[arg-type]
    serving.AnalyzeStack(_stack(), Call())  # type: ignore[arg-type]
    assert capsys.readouterr().err == ""
