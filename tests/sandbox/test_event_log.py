"""A log that the engine does not write is an error with its line, never a preview that passed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from poolgate.errors import PoolgateError
from poolgate.sandbox.event_log import read_events, read_steps

POLICY = {"policyName": "a", "enforcementLevel": "mandatory", "message": "b", "resourceUrn": "c"}


def test_events_of_kinds_that_nobody_reads_are_taken_as_they_are() -> None:
    said = {"diagnosticEvent": {"message": "x\u2028y", "severity": "info"}}
    events: list[Any] = [{"preludeEvent": 3}, {"policyEvent": POLICY}, said]
    assert read_events("\n".join(json.dumps(event, ensure_ascii=False) for event in events) + "\n\n") == events


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "is no JSON object"),
        ("[" * 20_000, "is no JSON object"),
        ("[]", "is no JSON object"),
        ('{"policyEvent": []}', "has a policyEvent that is no object"),
        ('{"policyEvent": {}}', "has a policyEvent whose policyName is no text"),
        (json.dumps({"policyEvent": {**POLICY, "message": 3}}), "has a policyEvent whose message is no text"),
        (json.dumps({"policyEvent": {**POLICY, "enforcementLevel": "x"}}), "has a policyEvent of a level that is none"),
        (
            json.dumps({"policyEvent": {**POLICY, "exceptions": ["x"]}}),
            "has a policyEvent whose exceptions are no list",
        ),
        ('{"diagnosticEvent": {"message": null}}', "has a diagnosticEvent whose message is no text"),
        ('{"diagnosticEvent": {"message": "x"}}', "has a diagnosticEvent whose severity is no text"),
        ('{"policyAnalyzeSummaryEvent": {"passed": [1]}}', "has a policyAnalyzeSummaryEvent whose passed is no list"),
    ],
)
def test_a_damaged_log_is_refused_with_its_line(line: str, says: str) -> None:
    with pytest.raises(PoolgateError, match="event log cannot be read: line 2 ") as error:
        read_events("{}\n" + line)
    assert says in str(error.value)


def test_steps() -> None:
    steps = [
        {"urn": "a", "newState": {"type": "b", "propertyDependencies": {"sku": None}}},
        {"urn": "c", "newState": None},
    ]
    assert read_steps(json.dumps({"steps": steps})) == steps
    assert read_steps(" ") == []
    assert read_steps("{}") == []


_WRONG = (
    [],
    {"steps": 3},
    {"steps": [3]},
    {"steps": [{"urn": None}]},
    {"steps": [{"urn": "a", "newState": {"inputs": 3}}]},
    {"steps": [{"urn": "a", "newState": {"propertyDependencies": {"a": [1]}}}]},
)


@pytest.mark.parametrize("text", ["{", "[" * 20_000, *map(json.dumps, _WRONG)])
def test_steps_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(PoolgateError, match="the engine's JSON cannot be read"):
        read_steps(text)
