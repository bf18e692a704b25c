"""Exceptions that were exported, given to the real engine: it lets pass what the waivers let pass, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from closed.gate import TOKEN, Gate, gate
from poolgate.cli import run
from poolgate.sandbox.engine import parse_version, require_engine

HONOURED_FROM = (3, 274, 0)
WAIVERS = f"""\
waivers:
  - rule: capacity-bounded
    target: {{urn: "urn:pulumi:bad::shop::{TOKEN}::pool"}}
    reason: Load test
    owner: ml
    ticket: OPS-1
    created: 2026-11-01
    expires: 2027-01-31
"""

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with gate(tmp_path_factory.mktemp("gate") / "shop") as made:
        yield made


def test_the_engine_lets_pass_what_was_exported(real: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-12-01")
    waivers, config, events = tmp_path / "waivers.yaml", tmp_path / "policy-config.json", tmp_path / "events.jsonl"
    waivers.write_text(WAIVERS)
    config.write_text('{"version": 2, "policies": {}}')
    exporting = ["waivers", "export", "--no-config", f"--waivers={waivers}", f"--policy-config={config}"]
    assert run(exporting) == 0
    done = real.preview("bad", f"--policy-pack-config={config}", f"--event-log={events}", PULUMI_DEBUG_COMMANDS="true")
    if parse_version(require_engine().version) < HONOURED_FROM:
        assert done.returncode == 1, done
        assert "version" in done.stderr, done
        return
    assert done.returncode == 0, done
    assert "[exempted]  capacity-bounded  (1 violation)" in done.stdout
    told = [json.loads(line) for line in events.read_text("utf-8").splitlines()]
    found = [
        each["policyEvent"] for each in told if each.get("policyEvent", {}).get("policyName") == "capacity-bounded"
    ]
    (exception,) = found[0]["exceptions"]
    assert exception["id"] in json.loads(config.read_text("utf-8"))["exceptions"]
    assert exception["reason"] == "ml, OPS-1, until 2027-01-31: Load test"
