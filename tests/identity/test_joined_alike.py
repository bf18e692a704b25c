"""A stack whose resources name each other by outputs alone is judged alike wherever it is met.

Nobody knows those names before the stack is deployed; what they were made from is known everywhere. That the real
engine's preview finds what the program in process does is proven beside this, of the same project.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pulumi.runtime.proto import analyzer_pb2

from audit.state_builder import ciphertext, export, text
from inference_pools import declared, messages
from inference_pools.finding import Outcome
from inference_pools.policy_config import default_settings
from inference_pools.rules.azure_pools.groups_served import groups_served
from inference_pools.rules.capacity_meets_load import capacity_meets_load
from inference_pools.rules.names_unique import names_unique
from inference_pools.rules.references_resolve import references_resolve
from inference_pools.server import AnalyzerService
from inference_pools.urn import Urn
from inference_pools.values import UNKNOWN_STRING, Json, to_struct
from inference_pools.view import may_be_judged
from poolgate.audit.run import audit
from poolgate.check import check
from poolgate.findings import Tally
from poolgate.lint.project import load_project
from poolgate.sources.program import RegisteredResource
from poolgate.sources.stack_program import StackProgram

PROJECT = Path(__file__).parent / "projects" / "shape-b"
RULES = (capacity_meets_load, names_unique, references_resolve, groups_served)
LIMIT = 300.0
Said: TypeAlias = set[tuple[str, str, str, str]]
"""Rule, resource, outcome, and the beginning of the message."""

EXPECTED: Said = {
    ("capacity-meets-load", "joined-busy", "violated", "is 1"),
    ("capacity-meets-load", "joined-spare", "unknown", "needs an endpoint that leads here"),
    ("references-resolve", "shop-endpoint", "violated", "names the group 'blue'"),
    ("groups-served", "joined-spare", "violated", "is 'grp-spare'"),
    ("groups-served", "shop-group", "violated", "is 'your-group-name'"),
}


def _said(found: Tally) -> Said:
    ids = {rule.id for rule in RULES}
    return {
        (finding.rule, finding.subject.name, finding.outcome, finding.message.partition(",")[0])
        for finding in found.findings
        if finding.rule in ids
    }


@cache
def _made() -> tuple[RegisteredResource, ...]:
    return StackProgram.of(load_project(PROJECT), "dev", LIMIT, None).run().resources


def in_process(folder: Path) -> Said:
    return _said(check([PROJECT], default_settings(RULES), timeout=LIMIT))


def _write_state(file: Path, stack: str = "dev", *, tells_dependencies: bool = True) -> None:
    """Writes what the program made as the state of a stack that keeps as a secret what the program did not know."""

    def kept(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: kept(item) for key, item in value.items()}
        if isinstance(value, str) and value != UNKNOWN_STRING:
            return value.replace("urn:pulumi:dev::", f"urn:pulumi:{stack}::")
        return ciphertext() if value == UNKNOWN_STRING else value

    entries = [
        {
            "urn": kept(made.urn),
            "custom": made.custom,
            "type": made.type,
            "id": "an-id",
            "inputs": kept(made.inputs),
            "provider": kept(made.provider).replace(UNKNOWN_STRING, "an-id"),
            "propertyDependencies": {
                key: [kept(urn) for urn in urns] or None
                for key, urns in made.property_dependencies.items()
                if tells_dependencies
            },
        }
        for made in _made()
    ]
    file.write_bytes(text(export(*entries)))


def in_state(folder: Path) -> Said:
    """As an audit finds it."""
    _write_state(folder / "dev.json")
    return _said(audit([str(folder)], default_settings(RULES)))


def in_gate(folder: Path) -> Said:
    """By what the engine tells of a stack when it has asked about each of its resources."""
    serving = AnalyzerService("poolgate", "A pack", declared.policies(RULES))
    context: Any = None
    stack = analyzer_pb2.AnalyzeStackRequest()
    for made in _made():
        named = {"type": made.type, "urn": made.urn, "name": made.name}
        if may_be_judged(made.type):
            asked = analyzer_pb2.AnalyzeRequest(**named, properties=to_struct(made.inputs))
            asked.provider.properties.CopyFrom(to_struct({"version": made.provider_version}))
            serving.Analyze(asked, context)
        told = stack.resources.add(**named)
        for key, urns in made.property_dependencies.items():
            told.propertyDependencies[key].urns.extend(urns)
    return {
        (entry.policyName, Urn.parse(entry.urn).name, part.outcome, part.message.partition(",")[0])
        for entry in serving.AnalyzeStack(stack, context).diagnostics
        for part in messages.parse(entry.message.partition("\n")[2])
    }


@pytest.mark.parametrize("judged", [in_process, in_state, in_gate])
def test_what_is_named_by_outputs_is_joined(judged: Callable[[Path], Said], tmp_path: Path) -> None:
    assert judged(tmp_path) == EXPECTED


def test_what_followed_a_dependence_is_not_said_of_the_next_stack(tmp_path: Path) -> None:
    """Two stacks that differ in nothing but what their names were made from, judged by one audit."""
    _write_state(tmp_path / "dev.json")
    _write_state(tmp_path / "prod.json", "prod", tells_dependencies=False)

    found = audit([str(tmp_path)], default_settings(RULES), jobs=1)

    of_stack = {stack: [each for each in found.findings if each.subject.stack == stack] for stack in ("dev", "prod")}
    assert _said(Tally(findings=of_stack["dev"])) == EXPECTED
    assert {each.outcome for each in of_stack["prod"]} == {Outcome.UNKNOWN}
