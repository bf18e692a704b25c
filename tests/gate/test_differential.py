"""The service against the SDK's own: on known values both must say the same of the same resource."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer as SdkServicer

from inference_pools import declared
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.server import AnalyzerService
from inference_pools.values import SIGNATURE_KEY, UNKNOWN_SENTINELS, Json, to_struct
from rules.fixture_files import Fixture, fixtures


def _all_known(value: Json) -> bool:
    """Whether a tree holds neither an unknown nor a mark."""
    if isinstance(value, dict):
        return SIGNATURE_KEY not in value and all(_all_known(item) for item in value.values())
    if isinstance(value, list):
        return all(_all_known(item) for item in value)
    return value not in UNKNOWN_SENTINELS


def _speaks_at_its_own_level(fixture: Fixture) -> bool:
    """Whether a finding has another level than its rule, which the SDK has no way to say."""
    level = next(rule.enforcement for rule in ALL if rule.id == fixture.rule)
    return any(expected["enforcement"] != level for expected in fixture.expect)


SINGLE = {rule.id for rule in ALL if rule.scope is Scope.RESOURCE}
"""Rules about single resources; in a whole stack the SDK sees outputs where our service sees inputs."""
SERVED = [rule for rule in ALL if rule.scope is not Scope.PROJECT]
"""What the engine is shown at all: it never sees two stacks."""

# The engine asks about inputs only; outputs and ids come from state.
KNOWN = [
    fixture
    for fixture in fixtures()
    if fixture.rule in SINGLE
    and not fixture.resource.outputs
    and _all_known(fixture.resource.properties)
    and not _speaks_at_its_own_level(fixture)
]


def _request(fixture: Fixture) -> analyzer_pb2.AnalyzeRequest:
    resource = fixture.resource
    request = analyzer_pb2.AnalyzeRequest(
        type=resource.type, urn=resource.urn, name=resource.name, properties=to_struct(resource.properties)
    )
    settings = {"version": resource.provider_version} if resource.provider_version else {}
    if settings or resource.provider is not None:
        request.provider.properties.CopyFrom(to_struct({**settings, **(resource.provider or {})}))
    return request


def _config(fixture: Fixture) -> analyzer_pb2.ConfigureAnalyzerRequest:
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for rule in SERVED:
        value = request.policyConfig[rule.id]
        value.enforcementLevel = analyzer_pb2.EnforcementLevel.Value(rule.enforcement.upper())
        if rule.id == fixture.rule:
            value.properties.CopyFrom(to_struct(fixture.options))
    return request


def _said(response: analyzer_pb2.AnalyzeResponse) -> tuple[list[tuple[Any, ...]], list[tuple[str, str]]]:
    diagnostics = [
        (entry.policyName, entry.enforcementLevel, entry.message, entry.urn, entry.severity, entry.description)
        for entry in response.diagnostics
    ]
    return sorted(diagnostics), sorted((entry.policy_name, entry.reason) for entry in response.not_applicable)


def test_there_is_something_to_compare() -> None:
    assert len(KNOWN) > 3 * len(ALL)


@pytest.mark.parametrize("fixture", KNOWN, ids=lambda fixture: fixture.id)
def test_same_diagnostics_as_the_sdk(fixture: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declared, "today", lambda: fixture.today)
    policies = declared.policies()
    ours = AnalyzerService("poolgate", "A pack", policies, today=fixture.today)
    sdk = SdkServicer("poolgate", ours.version, policies, EnforcementLevel.ADVISORY)  # type: ignore[arg-type]
    answers = []
    for service in (ours, sdk):
        service.Configure(_config(fixture), None)
        answers.append(_said(service.Analyze(_request(fixture), None)))
    assert answers[0] == answers[1]
