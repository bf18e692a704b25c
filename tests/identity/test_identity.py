"""One rule, the same verdict: `poolgate check` and a real preview find the same in the same stacks."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from identity.crashing import crashes
from inference_pools.finding import Enforcement, Outcome
from inference_pools.policy_config import default_settings, parse
from inference_pools.rules import ALL
from poolgate.check import check
from poolgate.cli import EXIT_INTERNAL, _exit_code
from poolgate.findings import Origin, Tally
from poolgate.lint.run import LintOptions
from poolgate.report import Report, render
from poolgate.rule_set import RuleSet
from poolgate.sources.preview import preview
from poolgate.waivers import Waiving, load, settle
from reports.test_sources import cases_of

ROOT = Path(__file__).parents[2]
PROJECTS = Path(__file__).parent / "projects"
SAMPLES = {
    "single-pool": "prod",
    "pool-groups": "prod",
    "fleet": "prod",
    "sagemaker": "dev",
    "azure-online": "dev",
    "vertex": "dev",
    "three-clouds": "prod",
    "rejected-seed": "dev",
    "rejected-sagemaker": "prod",
    "rejected-azure-online": "prod",
    "rejected-vertex": "prod",
    "rejected-three-clouds": "prod",
}
STOPPED = {"raising": ("program-runs", 16), "shape-a-checked": ("provider-check", 5), "made-twice": ("program-runs", 6)}
"""Projects that do not come to their end: the rule that says so, and the line."""
RULES = RuleSet(default_settings(ALL), None)
LIMIT = 300.0
TODAY = datetime.now(UTC).date()

pytestmark = pytest.mark.engine


def _both(project: Path, stack: str = "dev", rules: RuleSet = RULES, pack: Path | None = None) -> tuple[Tally, Tally]:
    """What `check` and `preview` find in a stack, waivers applied; that they find the same is asserted."""
    trace = project.name in STOPPED  # what is traced is the place of a finding alone
    only = LintOptions(stacks=frozenset({stack}))
    in_process = check([project], rules.settings, timeout=LIMIT, lint_options=only, trace_config=trace)
    in_engine = preview(project, stack, rules, pack=pack, timeout=LIMIT, read_fixtures=None, trace_config=trace)
    for command, tally in (("check", in_process), ("preview", in_engine)):
        settle(tally, command, Waiving(load(None), rules.settings, TODAY))
    assert _identity(in_process) == _identity(in_engine)
    assert in_process.pools == in_engine.pools or project.name == "shape-a-checked"
    assert in_engine.pools or in_engine.findings
    return in_process, in_engine


def _identity(tally: Tally) -> Counter[tuple[Any, ...]]:
    """What must agree. Lint findings are about files, which a preview does not look at."""
    return Counter(
        (finding.rule, finding.path, finding.subject.urn, finding.outcome, finding.message, finding.enforcement)
        for finding in tally.findings
        if finding.origin is not Origin.CONFIG
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_pass_but_for_the_rejected(sample: str) -> None:
    in_process, in_engine = _both(ROOT / "stacks" / sample, SAMPLES[sample])
    for tally in (in_process, in_engine):
        assert any(finding.fails for finding in tally.findings) == sample.startswith("rejected-")
    assert _reported(in_process, sample) == _reported(in_engine, sample)


def _reported(tally: Tally, sample: str) -> tuple[dict[tuple[str, str, str], list[str]], set[str]]:
    """What a report has of the stack: each judgement, those that passed among them, and fingerprints of findings.

    Lint, rules over projects and checks of waivers apart, which are no business of the engine's.
    """
    cases = cases_of(etree.fromstring(render(_report(tally), "junit").encode()))
    suite = f"{sample}/{SAMPLES[sample]}"
    kept = {names: tags for names, tags in cases.items() if names[0] == suite and names[2] != "lint"}
    assert kept
    return kept, {finding.fingerprint for finding in tally.findings if finding.origin is not Origin.CONFIG}


@pytest.mark.parametrize("project", ["ends-early", "local-package", *STOPPED])
def test_check_and_preview_find_the_same(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine tells no place of a program that raises, nor of a resource that is refused."""
    monkeypatch.setenv("PULUMI_OPTION_EXCLUDE", "**")  # which would leave all of it out
    for tally in _both(PROJECTS / project):
        assert any(finding.fails for finding in tally.findings)
        if project in STOPPED:
            rule_id, line = STOPPED[project]
            (found,) = [finding for finding in tally.findings if finding.rule == rule_id]
            assert str(found.location).endswith(f"{project}/__main__.py:{line}")
            stopped = found.rule == "provider-check" and found.origin is Origin.PREVIEW
            assert ("The engine stops here" in found.remedy) == stopped


def test_no_secret_of_a_component_is_in_any_report() -> None:
    for tally in _both(PROJECTS / "shape-b"):
        _holds_no_secret(tally)


def _report(tally: Tally) -> Report:
    return Report("check", tally, "2026-01-01T00:00:00+00:00", 0.0, "0", None)


def _holds_no_secret(tally: Tally) -> None:
    for format_ in ("text", "json"):
        text = render(_report(tally), format_)
        assert "hunter2" not in text
        assert "{owner}" not in text


def _names_the_resource_of_what_is_unknown(tally: Tally) -> None:
    found = {
        (finding.rule, finding.path): finding for finding in tally.findings if "unknown-model" in finding.subject.urn
    }
    model = found["model-id-wellformed", "inferencePoolProperties.modelConfiguration.modelId"]
    assert model.outcome is Outcome.UNKNOWN
    assert [urn.rsplit("::", 1)[-1] for urn in model.from_resources] == ["store"]
    assert model.location is not None
    assert str(model.location).endswith("shape-a/__main__.py:17")
    capacity = found["capacity-bounded", "sku.capacity"]
    assert (capacity.outcome, capacity.enforcement) == (Outcome.WAIVED, Enforcement.ADVISORY)


_PACK_MAIN = """\
import sys

sys.path[:0] = [{library!r}, {here!r}]

from inference_pools.pack import serve
from inference_pools.rules import ALL
from crashing import crashes

serve((*ALL, crashes))
"""


def _waiver(rule: str, expires: date = TODAY + timedelta(days=90), stack: str = "bad-shape-a/dev") -> dict[str, Any]:
    days = {"created": (TODAY - timedelta(days=90)).isoformat(), "expires": expires.isoformat()}
    return {"rule": rule, "target": {"stack": stack}, "reason": "It is old", "owner": "ml", "ticket": "OPS-1", **days}


WAIVERS = [
    _waiver("capacity-*"),
    _waiver("placeholder-replaced", TODAY - timedelta(days=1)),
    _waiver("model-id-wellformed", TODAY + timedelta(days=9)),
    _waiver("names-unique"),
    _waiver("crashes"),
    _waiver("tags-requird"),
    _waiver("tags-required", stack="bad-shape-a/prod"),
]


def test_every_outcome_agrees(tmp_path: Path) -> None:
    """With a rule that crashes, and with waivers, the bad stacks together have a verdict of every outcome, the same
    in both.
    """
    settings = parse({"waivers-valid": {"inline": {"waivers": WAIVERS}}}, (*ALL, crashes))
    (tmp_path / "PulumiPolicy.yaml").write_text(
        f"name: poolgate\nversion: 0.0.1\nruntime:\n  name: python\n  options:\n    virtualenv: {ROOT / '.venv'}\n"
    )
    main = _PACK_MAIN.format(library=str(ROOT / "policies"), here=str(Path(__file__).parent))
    (tmp_path / "__main__.py").write_text(main)
    in_process, in_engine = _both(PROJECTS / "shape-a", "dev", RuleSet(settings, None), tmp_path)
    seen = {finding.outcome for finding in in_engine.findings} | set(in_process.outcomes)
    assert seen == set(Outcome)
    for tally in (in_process, in_engine):
        _holds_no_secret(tally)
        _names_the_resource_of_what_is_unknown(tally)
        assert _exit_code(_report(tally), is_lenient=False) == EXIT_INTERNAL
        waived = [finding for finding in tally.findings if finding.outcome is Outcome.WAIVED]
        assert {finding.waiver and finding.waiver.rule for finding in waived} == {"capacity-*"}
    assert _of_waivers(in_process) == _of_waivers(in_engine)
    assert {(path, level) for path, level, _ in _of_waivers(in_engine)} == {
        ("waivers[1].expires", "mandatory"),
        ("waivers[2].expires", "advisory"),
        ("waivers[3]", "advisory"),
        ("waivers[5].rule", "mandatory"),
    }
    broken = [finding for finding in in_engine.findings if finding.outcome is Outcome.BROKEN]
    assert {finding.enforcement for finding in broken} == {Enforcement.MANDATORY}
    assert all("crashing.py:" in finding.message for finding in broken)


def _of_waivers(tally: Tally) -> Counter[tuple[str, str, str]]:
    """What is said of the waivers themselves: it is about no resource."""
    return Counter(
        (finding.path, str(finding.enforcement), finding.message)
        for finding in tally.findings
        if finding.rule == "waivers-valid"
    )
