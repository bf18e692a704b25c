"""What stays the same finding from run to run, the baseline, and the difference of two reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.policy_config import Setting, default_settings, parse
from inference_pools.rules.capacity_bounded import capacity_bounded
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from inference_pools.rules.tags_required import tags_required
from poolgate import cli
from poolgate.errors import UsageError
from poolgate.findings import Finding, Handover, Location, Origin, Subject, Tally, subject_of
from poolgate.report import Known, render
from poolgate.report.earlier import compare, is_milder, read_report, split
from poolgate.report.entry import entry_of
from poolgate.report.reach import Fate, Stack, fate_of, reach_in, reach_of
from reports.bad_stack import POOL, PROGRAM, STACK, WAIVER, finding, report_of
from reports.test_formats import REPORT_SCHEMA

DIFF_SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "diff.schema.json").read_text("utf-8"))
RULES = {"pool-capacity", "pool-timeout"}


def counted(*findings: Finding) -> list[Finding]:
    return Tally(findings=list(findings)).sorted_findings


def written(folder: Path, name: str, *findings: Finding) -> Path:
    file = folder / name
    file.write_text(render(report_of(findings), "json"), encoding="utf-8")
    return file


def test_fingerprint_survives_what_does_not_matter() -> None:
    first = finding()
    same = [
        first._replace(message="is 1000, the limit is 50"),
        first._replace(location=Location("renamed.yaml", 99, 1), related=(PROGRAM,)),
        first._replace(severity=Severity.LOW, enforcement=Enforcement.ADVISORY, remedy="Do it."),
        first._replace(outcome=Outcome.WAIVED, waiver=WAIVER),
    ]
    assert {each.fingerprint for each in same} == {first.fingerprint}
    assert first._replace(keys=("a", 0, "b")).fingerprint == first._replace(keys=("a", 7, "b")).fingerprint


def test_fingerprint_tells_apart_what_matters() -> None:
    first = finding()
    others = [
        first,
        first._replace(rule="pool-tags"),
        first._replace(keys=("sku", "tier")),
        first._replace(subject=first.subject._replace(urn=first.subject.urn + "2")),
        first._replace(outcome=Outcome.UNKNOWN),
        first._replace(outcome=Outcome.UNREADABLE),
        first._replace(subject=STACK),
        first._replace(subject=STACK._replace(stack="prod")),
    ]
    assert len({each.fingerprint for each in others}) == len(others)


def test_findings_of_one_identity_are_counted() -> None:
    prints = [each.fingerprint for each in counted(finding(message="b"), finding(message="a"), finding(path="c"))]
    assert len(set(prints)) == 3
    assert sorted(mark.rpartition(":")[2] for mark in prints) == ["1", "1", "2"]


def test_counting_is_done_once() -> None:
    first, second = counted(finding(message="a"), finding(message="b"))
    assert Tally(findings=[second]).sorted_findings[0].fingerprint == second.fingerprint != first.fingerprint


def test_baseline_leaves_only_what_is_new() -> None:
    old = [entry_of(each) for each in counted(finding(), finding(path="gone"))]
    now = counted(finding(message="is 60, the limit is 50"), finding(path="new"))
    new, differing, known, milder = split(now, old, RULES)
    assert [each.path for each in new] == ["new"]
    assert (differing, known, milder) == (0, 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("is 999, the limit is 50", "is 60, the limit is 50", True),
        ("is 60, the limit is 50", "is 999, the limit is 50", False),
        ("is 0, expected 1 to 50", "is -5, expected 1 to 50", False),
        ("is -5, expected 1 to 50", "is 0, expected 1 to 50", True),
        ("costs 700.5 a month, the limit is 500", "costs 600.25 a month, the limit is 500", True),
        ("is 60, the limit is 40", "is 60, the limit is 50", True),
        ("is 60, the limit is 50", "is 50, the limit is 40", False),
        ("is 60", "is 50", False),
        ("ended 2026-11-01, 3 days ago", "ended 2025-11-01, 3 days ago", False),
        ("is PT700S, the limit is PT30S", "is PT70S, the limit is PT30S", False),
        ("is 1.9.0, since 1", "is 1.2.0, since 1", False),
        ("lacks owner", "lacks owner, environment", False),
        (f"is {'9' * 400}, the limit is 50", "is 60, the limit is 50", False),
        ("", "", False),
    ],
)
def test_what_is_milder(old: str, new: str, expected: bool) -> None:
    assert is_milder(old, new) is expected


def test_baseline_does_not_hide_what_got_worse() -> None:
    old = [entry_of(each) for each in counted(finding(message="is 70, the limit is 50"))]
    now = counted(finding(message="is 700, the limit is 50"))
    assert split(now, old, RULES) == (now, 1, 0, 0)


def test_baseline_counts() -> None:
    """Two of a kind were known; of three, the one that says something else is new."""
    old = [entry_of(each) for each in counted(finding(message="{a} is left"), finding(message="{c} is left"))]
    now = counted(*(finding(message=f"{{{name}}} is left") for name in "abc"))
    new, differing, known, milder = split(now, old, RULES)
    assert [each.message for each in new] == ["{b} is left"]
    assert (differing, known, milder) == (0, 2, 0)


def test_baseline_does_not_depend_on_its_order() -> None:
    old = [entry_of(each) for each in counted(*(finding(message=text) for text in "abc"))]
    now = counted(*(finding(message=text) for text in "abc"))
    assert split(now, old[::-1], RULES) == ([], 0, 3, 0)


@pytest.mark.parametrize(
    "found",
    [
        finding(outcome=Outcome.BROKEN),
        finding("program-runs", "exited 1", "", Outcome.UNREADABLE, subject=STACK),
        finding("state-readable", "is no JSON", "", Outcome.UNREADABLE, subject=STACK),
        finding("yaml-syntax", "is no YAML", "", Outcome.UNREADABLE, subject=STACK),
    ],
    ids=lambda found: found.rule,
)
def test_baseline_never_hides_that_something_was_not_judged(found: Finding) -> None:
    assert split(counted(found), [entry_of(found)], RULES)[0] == counted(found)


def test_baseline_hides_a_value_that_a_rule_cannot_read() -> None:
    found = finding("pool-timeout", outcome=Outcome.UNREADABLE)
    assert split(counted(found), [entry_of(found)], RULES)[0] == []


def test_a_waiver_that_ran_out_is_new() -> None:
    waived = finding(outcome=Outcome.WAIVED, waiver=WAIVER)
    assert split(counted(finding()), [entry_of(waived)], RULES)[0] == counted(finding())


def test_what_is_known_at_last_is_new() -> None:
    unknown = finding(outcome=Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY)
    assert len(split(counted(finding()), [entry_of(unknown)], RULES)[0]) == 1


@pytest.mark.parametrize(
    ("format_", "telling"),
    [
        ("text", "2 known from the baseline"),
        ("markdown", "2 known from the baseline (1 of them with a milder value)"),
        ("json", '"known": 2'),
        ("sarif", '"baselineState": "new"'),
        ("sarif", '"baseline": "2 findings are known from the baseline, 1 of them changed"'),
        ("junit", '<property name="baseline" value="2 findings are known from the baseline, 1 of them changed"/>'),
        ("github", "::notice title=poolgate::2 findings are known from the baseline"),
        ("azure", "poolgate: 2 findings are known from the baseline"),
        ("csv", "2 findings are known from the baseline"),
    ],
)
def test_reports_tell_what_the_baseline_knows(format_: str, telling: str) -> None:
    assert telling in render(report_of(known=Known(2, 1)), format_)


def test_a_report_is_read_back_as_it_was(tmp_path: Path) -> None:
    report = report_of()
    entries = read_report(written(tmp_path, "old.json", *report.findings))
    assert entries == [entry_of(each) for each in report.findings]
    assert not compare(entries, entries).new


def _no_findings(report: dict[str, Any]) -> None:
    del report["findings"]


def _older(report: dict[str, Any]) -> None:
    report["schema_version"] = "0.9"


def _no_fingerprint(report: dict[str, Any]) -> None:
    del report["findings"][0]["fingerprint"]


def _odd_outcome(report: dict[str, Any]) -> None:
    report["findings"][0]["outcome"] = "fine"


def _no_resource(report: dict[str, Any]) -> None:
    report["findings"][0]["resource"] = "pool"


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (_no_findings, "findings"),
        (_older, "schema_version"),
        (_no_fingerprint, "findings[0].fingerprint"),
        (_odd_outcome, "findings[0].outcome"),
        (_no_resource, "findings[0].resource"),
    ],
)
def test_a_report_that_is_none_is_refused_by_file_and_key(
    spoil: Callable[[dict[str, Any]], None], key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "old.json", finding())
    report = json.loads(file.read_text())
    spoil(report)
    file.write_text(json.dumps(report))
    with pytest.raises(UsageError, match=f"old.json: {key.replace('[', '.').replace(']', '.')}: "):
        read_report(file)
    assert cli.run(["lint", "--baseline", str(file)]) == 2
    assert key in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"report"', "[" * 100_000])
def test_a_baseline_that_is_no_report(text: str, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"old\.json"):
        read_report(file)


def test_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = written(tmp_path, "old.json", finding(), finding(path="gone", message="was bad"), finding(path="kept"))
    new = written(tmp_path, "new.json", finding(message="is 60"), finding(path="kept"), finding(path="came"))
    assert cli.run(["diff", str(old), str(new)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "new      mandatory  shop/dev chat: pool-capacity: came: is 999, the limit is 50",
        "gone     mandatory  shop/dev chat: pool-capacity: gone: was bad",
        "changed  mandatory  shop/dev chat: pool-capacity: sku.capacity: is 60 (was: is 999, the limit is 50)",
        "1 new (1 of them to mend), 1 gone, 2 kept (1 with another message)",
    ]
    assert cli.run(["diff", str(old), str(new), "--format", "json"]) == 1
    difference = json.loads(capsys.readouterr().out)
    schemas = Registry().with_resource(REPORT_SCHEMA["$id"], Resource.from_contents(REPORT_SCHEMA))
    Draft202012Validator(DIFF_SCHEMA, registry=schemas).validate(difference)
    counts = {"new": 1, "new_failing": 1, "gone": 1, "not_read": 0, "vanished": 0, "kept": 2, "changed": 1}
    assert difference["summary"] == counts
    assert difference["new"][0]["path"] == "came"
    assert cli.run(["diff", str(old), str(new), "--format", "markdown", "--exit-zero"]) == 0
    assert "`came`: `is 999, the limit is 50`" in capsys.readouterr().out


def test_diff_of_equal_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(written(tmp_path, "old.json", finding()))
    assert cli.run(["diff", file, file]) == 0
    assert capsys.readouterr().out == "0 new, 0 gone, 1 kept (0 with another message)\n"


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.WAIVED, Outcome.VIOLATED])
def test_diff_exits_0_for_what_does_not_fail(outcome: Outcome, tmp_path: Path) -> None:
    old = written(tmp_path, "old.json")
    new = written(tmp_path, "new.json", finding(outcome=outcome, enforcement=Enforcement.ADVISORY))
    assert cli.run(["diff", str(old), str(new)]) == 0


def report_by(file: Path, *settings: Setting, **others: Any) -> str:
    report = report_of([]).but(settings=settings, **others)
    file.write_text(render(report, "json"), encoding="utf-8")
    return str(file)


def test_diff_says_in_what_the_terms_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    was = default_settings([request_timeout_bounded, tags_required])
    tighter = parse({"request-timeout-bounded": {"maximum": "PT1M"}}, [request_timeout_bounded, capacity_bounded])
    old = report_by(tmp_path / "old.json", *was, version="2026.11.0")
    new = report_by(tmp_path / "new.json", *tighter, version="2026.12.0")
    terms = {
        "added": ["capacity-bounded"],
        "removed": ["tags-required"],
        "options": ["request-timeout-bounded"],
        "version": {"old": "2026.11.0", "new": "2026.12.0"},
    }
    assert cli.run(["diff", old, new, "--format=json"]) == 0
    told = json.loads(capsys.readouterr().out)
    schemas = Registry().with_resource(REPORT_SCHEMA["$id"], Resource.from_contents(REPORT_SCHEMA))
    Draft202012Validator(DIFF_SCHEMA, registry=schemas).validate(told)
    assert told["terms"] == terms
    for format_ in ("text", "markdown"):
        assert cli.run(["diff", old, new, f"--format={format_}"]) == 0
        said = capsys.readouterr().out.replace("\\", "")
        assert "the new report was judged by other terms: 1 rule more (capacity-bounded)" in said
        assert "1 rule by other options (request-timeout-bounded), poolgate 2026.12.0 after 2026.11.0" in said


@pytest.mark.parametrize("rules", [..., None, [], {"tags-required": 1}])
def test_of_a_report_that_does_not_tell_its_rules_nothing_is_claimed(
    rules: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = report_by(tmp_path / "new.json", *default_settings([tags_required]))
    older = json.loads((tmp_path / "new.json").read_text("utf-8"))
    if rules is ...:
        older["schema_version"] = "1.7"
        del older["run"]["rules"]
    else:
        older["run"]["rules"] = rules
    old = tmp_path / "old.json"
    old.write_text(json.dumps(older))
    for pair in ((str(old), new), (new, str(old))):
        assert cli.run(["diff", *pair, "--format=json"]) == 0
        assert json.loads(capsys.readouterr().out)["terms"] is None


def test_reports_of_the_same_terms_are_no_news(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = report_by(tmp_path / "one.json", *default_settings([tags_required]))
    assert cli.run(["diff", report, report]) == 0
    assert "terms" not in capsys.readouterr().out
    assert cli.run(["diff", report, report, "--format=json"]) == 0
    told = json.loads(capsys.readouterr().out)["terms"]
    assert told == {"added": [], "removed": [], "options": [], "version": None}


def test_markdown_tells_the_change_against_the_base() -> None:
    old = [entry_of(each) for each in counted(finding(path="gone"), finding(message="is 60"))]
    now = [finding(), finding(path="came")]
    change = compare(old, [entry_of(each) for each in counted(*now)])
    text = render(report_of(now, change=change), "markdown")
    assert "Against the base: **1 new** (1 to mend), 1 gone, 1 changed, 1 kept." in text
    assert "🆕 `came`" in text
    assert "🆕 `sku.capacity`" not in text
    assert "<summary>1 gone</summary>" in text


# What was not read this time is not gone


def in_stack(stack: str, *, project: str = "shop", **others: Any) -> Finding:
    """A finding in another stack."""
    subject = subject_of(f"urn:pulumi:{stack}::{project}::{POOL.type}::chat", POOL.type, "chat")
    return finding(subject=subject, **others)


def run_of(*findings: Finding, judged: Collection[str] = (), homes: Mapping[str, str] = MappingProxyType({})) -> Tally:
    tally = Tally(findings=findings)
    tally.judged, tally.homes = set(judged), dict(homes)
    return tally


@pytest.mark.parametrize(
    ("now", "fate"),
    [
        (run_of(judged=["shop/a"]), Fate.GONE),
        (run_of(homes={"shop/a": "Pulumi.a.yaml"}), Fate.NOT_READ),
        (run_of(in_stack("a", rule="program-runs", path="")), Fate.NOT_READ),
        (run_of(finding("state-readable", subject=Subject("", "", "exports/a.json", "shop", "a"))), Fate.NOT_READ),
        (run_of(finding("state-readable", subject=Subject("", "", "exports/a.json", "", ""))), Fate.NOT_READ),
        (run_of(judged=["shop/b"]), Fate.VANISHED),
        (run_of(), Fate.VANISHED),
    ],
)
def test_a_finding_is_gone_only_where_its_stack_was_read(now: Tally, fate: Fate) -> None:
    was = run_of(in_stack("a", message="was"), judged=["shop/a"], homes={"shop/a": "exports/a.json"})
    (entry,) = map(entry_of, was.findings)
    assert fate_of(entry, reach_of(was), reach_of(now)) is fate
    old, new = (json.loads(render(report_of().but(tally=tally), "json")) for tally in (was, now))
    assert fate_of(entry, reach_in(old), reach_in(new)) is fate


def test_what_is_no_file_in_an_earlier_report_counts_as_not_told() -> None:
    was, now = run_of(in_stack("a"), judged=["shop/a"], homes={"shop/a": "a.json"}), run_of(judged=["shop/b"])
    old = json.loads(render(report_of().but(tally=was), "json"))
    old["stacks"][0]["file"] = {"exports": ["a.json"]}
    assert reach_in(old).stacks == {"shop/a": Stack("shop", "a", "", read=True)}
    assert fate_of(entry_of(was.findings[0]), reach_in(old), reach_of(now)) is Fate.VANISHED


def test_a_file_that_was_passed_over_was_not_read() -> None:
    was = run_of(in_stack("a"), judged=["shop/a"], homes={"shop/a": "exports/a.json"})
    now = run_of(judged=["shop/b"])
    now.pass_over("file", "exports/a.json", "holds no state")
    assert fate_of(entry_of(was.findings[0]), reach_of(was), reach_of(now)) is Fate.NOT_READ


def test_what_compares_stacks_is_gone_only_where_all_of_them_were_read() -> None:
    was = run_of(in_stack("prod", rule="production-capacity-leads"), judged=["shop/prod", "shop/dev"])
    (entry,) = map(entry_of, was.findings)
    assert fate_of(entry, reach_of(was), reach_of(run_of(judged=["shop/prod"]))) is Fate.NOT_READ
    assert fate_of(entry, reach_of(was), reach_of(run_of(judged=["shop/prod", "shop/dev"]))) is Fate.GONE


def test_a_finding_about_a_file_goes_by_the_files_that_were_read() -> None:
    was = run_of(finding()._replace(origin=Origin.CONFIG), judged=["shop/dev"])
    (entry,) = map(entry_of, was.findings)
    was.inputs = [(entry.file, "")]
    now = run_of()
    now.inputs = [("Pulumi.other.yaml", "")]
    assert fate_of(entry, reach_of(was), reach_of(now)) is Fate.VANISHED
    now.inputs.append((entry.file, ""))
    assert fate_of(entry, reach_of(was), reach_of(now)) is Fate.GONE


def test_the_stacks_of_other_shards_have_not_vanished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    was = run_of(in_stack("a"), in_stack("b"), judged=["shop/a", "shop/b"])
    was.add_finding(finding()._replace(origin=Origin.CONFIG))
    was.inputs = [(entry_of(was.findings[-1]).file, "")]
    now = run_of(judged=["shop/a"])
    now.inputs = [("exports/a.json", "")]
    now.handover = Handover({"number": 1, "of": 2}, None)
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    for file, tally in ((old, was), (new, now)):
        file.write_text(render(report_of().but(tally=tally), "json"))
    assert cli.run(["diff", str(old), str(new)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 new, 1 gone, 2 not read, 0 kept (0 with another message)"


def test_diff_says_what_was_not_read_and_what_vanished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    was = run_of(in_stack("a"), in_stack("b"), in_stack("c"), judged=["shop/a", "shop/b", "shop/c"])
    now = run_of(judged=["shop/a"], homes={"shop/b": "Pulumi.b.yaml"})
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    for file, tally in ((old, was), (new, now)):
        file.write_text(render(report_of().but(tally=tally), "json"))
    assert cli.run(["diff", str(old), str(new)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "gone     mandatory  shop/a chat: pool-capacity: sku.capacity: is 999, the limit is 50",
        "not read mandatory  shop/b chat: pool-capacity: sku.capacity: is 999, the limit is 50",
        "vanished mandatory  shop/c chat: pool-capacity: sku.capacity: is 999, the limit is 50",
        "note: 2 earlier findings are in what was not read this time (shop/b, shop/c): "
        "nobody knows whether they are gone",
        "0 new, 1 gone, 1 not read, 1 vanished, 0 kept (0 with another message)",
    ]
    assert cli.run(["diff", str(old), str(new), "--format=json"]) == 0
    difference = json.loads(capsys.readouterr().out)
    assert [len(difference[fate]) for fate in ("gone", "not_read", "vanished")] == [1, 1, 1]
    assert cli.run(["diff", str(old), str(new), "--format=markdown"]) == 0
    assert "<summary>1 vanished</summary>" in capsys.readouterr().out


def test_a_report_that_does_not_tell_what_was_read_tells_of_nothing_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = written(tmp_path, "old.json", finding()), written(tmp_path, "new.json")
    report = json.loads(new.read_text())
    del report["stacks"]
    new.write_text(json.dumps({**report, "schema_version": "1.2"}))
    assert cli.run(["diff", str(old), str(new)]) == 0
    out, err = capsys.readouterr()
    assert "0 gone, 1 not read" in out
    assert "the new report does not say which stacks were read" in err


def test_the_base_goes_by_what_was_read_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = written(tmp_path, "base.json", in_stack("a"))
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    cli.run(["lint", str(tmp_path), "--no-config", "--base", str(base), "--format=markdown"])
    out = capsys.readouterr().out
    assert "0 gone, 1 vanished" in out
    assert "nobody knows whether they are gone" in out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"schema_version": ' + "9" * 5000 + "}", "has a number of thousands of digits"),
        ('{"findings": [' + "9" * 5000, "has a number of thousands of digits"),
        ("[" * 100_000, "is nested too deep"),
        ('{"schema_version": NaN}', "schema_version: is missing, or no text"),
        ('{"schema_version": "\\ud800"}', "and this poolgate reads"),
    ],
)
def test_damaged_reports_are_told(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(content)
    with pytest.raises(UsageError, match=message) as caught:
        read_report(file)
    assert str(caught.value).isprintable()


def test_report_is_no_device() -> None:
    with pytest.raises(UsageError, match=r"^/dev/zero: is a device"):
        read_report(Path("/dev/zero"))
