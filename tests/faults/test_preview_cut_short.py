"""A preview whose engine or pack was killed: what it had come to is no verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference_pools.finding import Outcome
from poolgate.errors import PoolgateError
from poolgate.sandbox.event_log import read_events
from poolgate.sandbox.workspace import PreviewRun
from poolgate.sources.preview import read_preview

POOL = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:dev::shop::{POOL}::ranker"
PASSED = {"policyAnalyzeSummaryEvent": {"resourceUrn": URN, "passed": ["capacity-bounded"], "failed": []}}
STEPS = json.dumps({"steps": [{"op": "create", "urn": URN, "newState": {"type": POOL, "custom": True, "inputs": {}}}]})


@pytest.mark.parametrize(
    ("code", "message"), [(-9, "the engine was ended by SIGKILL"), (-50, "the engine was ended by signal 50")]
)
def test_an_engine_that_is_killed(code: int, message: str, tmp_path: Path) -> None:
    tally = read_preview(PreviewRun(code, [PASSED], "", ""), tmp_path, "shop", "dev")
    (finding,) = tally.findings
    assert (finding.rule, finding.message, finding.outcome) == ("program-runs", message, Outcome.UNREADABLE)
    assert tally.incomplete == 3
    assert not tally.judged


def test_an_event_log_that_is_cut_off() -> None:
    line = json.dumps(PASSED)
    with pytest.raises(PoolgateError, match=r"^the engine's event log cannot be read: line 3 is no JSON object$"):
        read_events(f"{line}\n{line}\n{line[:40]}")


def test_a_pack_that_does_not_answer_any_more(tmp_path: Path) -> None:
    tally = read_preview(PreviewRun(0, [], STEPS, ""), tmp_path, "shop", "dev")
    assert [finding.message for finding in tally.findings] == ["the policy pack was not asked about this resource"]
    assert not tally.judged
