"""Rules over a whole stack behind the service: they see the inputs that it was asked about, not the outputs."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from inference_pools import declared
from inference_pools.rules.azure_pools.groups_served import groups_served
from inference_pools.rules.names_unique import names_unique
from inference_pools.rules.production_capacity_leads import production_capacity_leads
from inference_pools.rules.references_resolve import references_resolve
from inference_pools.server import AnalyzerService
from inference_pools.values import Json, to_struct

RULES = (references_resolve, groups_served, names_unique, production_capacity_leads)
WHERE = {"resourceGroupName": "rg-chat", "workspaceName": "mlw-chat", "poolName": "pool-chat"}


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::azure-native:machinelearningservices:Inference{kind}::{name}"


def analyze(serving: AnalyzerService, kind: str, name: str, properties: dict[str, Json]) -> None:
    """Asks about one resource, as the engine does of each before it asks about the stack."""
    type_ = f"azure-native:machinelearningservices:Inference{kind}"
    request = analyzer_pb2.AnalyzeRequest(
        type=type_, urn=urn(kind, name), name=name, properties=to_struct({**WHERE, **properties})
    )
    request.provider.properties.CopyFrom(to_struct({"version": "3.29.0"}))
    context: Any = None
    assert list(serving.Analyze(request, context).diagnostics) == []


def whole(serving: AnalyzerService, *urns: str) -> list[tuple[str, str, str]]:
    """Policy, resource and level of what is said of the stack: its resources are told without their inputs."""
    context: Any = None
    request = analyzer_pb2.AnalyzeStackRequest(resources=[analyzer_pb2.AnalyzerResource(urn=name) for name in urns])
    return [
        (entry.policyName, entry.urn, analyzer_pb2.EnforcementLevel.Name(entry.enforcementLevel))
        for entry in serving.AnalyzeStack(request, context).diagnostics
    ]


def test_a_stack_is_judged_by_its_inputs() -> None:
    serving = AnalyzerService("poolgate", "A pack", declared.policies(RULES))
    pool, group, endpoint = urn("Pool", "pool"), urn("Group", "blue"), urn("Endpoint", "api")
    analyze(serving, "Pool", "pool", {"inferencePoolName": "pool-chat"})
    analyze(serving, "Group", "blue", {"groupName": "grp-blue"})
    analyze(serving, "Group", "copy", {"groupName": "GRP-blue"})
    analyze(serving, "Endpoint", "api", {"inferenceEndpointProperties": {"groupName": "grp-bleu"}})

    assert whole(serving, pool, group, endpoint) == [
        (references_resolve.id, endpoint, "MANDATORY"),
        (groups_served.id, group, "ADVISORY"),
    ]
    # What the engine no longer counts as part of the stack is not looked at.
    assert whole(serving, group, urn("Group", "copy")) == [
        (names_unique.id, urn("Group", "copy"), "MANDATORY"),
    ]


def test_what_compares_stacks_is_no_policy_of_the_engine() -> None:
    assert [policy.rule.id for policy in declared.policies(RULES)] == [rule.id for rule in RULES[:-1]]


def test_what_serves_models_and_has_no_rule_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    serving = AnalyzerService("poolgate", "A pack", declared.policies(RULES))
    types = ["gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore", "aws:s3/bucket:Bucket"] * 2
    request = analyzer_pb2.AnalyzeStackRequest(
        resources=[analyzer_pb2.AnalyzerResource(type=type_, urn=f"urn:{n}") for n, type_ in enumerate(types)]
    )
    context: Any = None
    assert not serving.AnalyzeStack(request, context).diagnostics
    said = "poolgate: 2 resources that serve models are not judged: 2 AiFeatureOnlineStore (gcp)\n"
    assert capsys.readouterr().err == said
    whole(serving, urn("Pool", "pool"))
    assert capsys.readouterr().err == ""
