"""What every format says of the run as a whole: how it ended, what was passed over, and that nothing was judged."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate import cli
from poolgate.findings import Finding, Tally
from poolgate.report import FORMATS, Report, render, scope
from poolgate.report.conclusion import Conclusion, Stopped
from poolgate.report.earlier import read_report
from poolgate.report.view import View
from reports.bad_stack import STACK, finding, report_of
from reports.test_formats import JUNIT_SCHEMA, REPORT_SCHEMA, SARIF_SCHEMA

NODE = "is a nodejs program; `poolgate preview` judges it"
NOTE = "2 rules of poolgate.yaml were not run; --rules FILE runs them"
ADVISORY = finding("late", subject=STACK, severity=Severity.LOW, enforcement=Enforcement.ADVISORY, location=None)


def report_with(tally: Tally, **others: object) -> Report:
    """A report in which two projects and a file were passed over, and something is said of the run."""
    tally.pass_over("project", "web/shop", NODE)
    tally.pass_over("project", "web/admin", NODE)
    tally.pass_over("file", "states/events.jsonl", "holds JSON lines")
    tally.note(NOTE)
    return report_of().but(tally=tally, **others)


def judged() -> Tally:
    return Tally(stacks=1, resources=2, pools=1)


def check_by_schema(text: str, format_: str) -> None:
    """Whether a report is one, where its format has a schema."""
    if format_ in ("json", "sarif"):
        schema = REPORT_SCHEMA if format_ == "json" else SARIF_SCHEMA
        jsonschema.validate(json.loads(text), schema, format_checker=jsonschema.FormatChecker())
    if format_ == "junit":
        JUNIT_SCHEMA.assertValid(etree.fromstring(text.encode()))


@pytest.mark.parametrize("format_", FORMATS)
def test_what_was_passed_over_is_counted_with_its_reasons(format_: str) -> None:
    text = render(report_with(judged()), format_)
    check_by_schema(text, format_)
    assert "is a nodejs program" in text
    assert "holds JSON lines" in text
    if format_ not in ("json", "html"):
        assert "2 projects" in text
        assert "1 file" in text
        assert "shop" not in text.replace("shop/dev", "")


@pytest.mark.parametrize("format_", FORMATS)
def test_what_was_passed_over_is_named_where_more_is_to_be_said(format_: str) -> None:
    text = render(report_with(judged(), view=View(verbose=True)), format_)
    check_by_schema(text, format_)
    if format_ not in ("github", "azure"):  # whose summaries name it
        assert all(name in text for name in ("web/shop", "web/admin", "states/events.jsonl"))


@pytest.mark.parametrize("format_", FORMATS)
def test_notes_are_always_said(format_: str) -> None:
    for view in (View(), View(quiet=True), View(verbose=True)):
        text = render(report_with(judged(), view=view), format_).replace("\\", "")
        assert "2 rules of poolgate.yaml were not run" in text


def test_json_names_and_counts_what_was_passed_over() -> None:
    report = json.loads(render(report_with(judged()), "json"))
    assert report["summary"]["passed_over"] == {"file": 1, "project": 2}
    assert report["passed_over"][0] == {"kind": "project", "name": "web/shop", "why": NODE}
    assert report["notes"] == [NOTE]
    assert report["summary"]["conclusion"] == "passed"


def test_quiet_text_only_counts() -> None:
    lines = render(report_with(judged(), view=View(quiet=True)), "text").splitlines()
    assert lines[:-1] == [f"note: {NOTE}", "passed over: 2 projects, 1 file"]


def test_many_reasons_do_not_bury_the_summary() -> None:
    tally = judged()
    for number in range(100):
        tally.pass_over("file", f"{number}.json", f"is number {number}")
    lines = render(report_of().but(tally=tally), "text").splitlines()
    assert lines[0] == "passed over: 100 files"
    assert lines[11] == "  and 90 more"
    assert len(lines) == 13


# How a run ended


@pytest.mark.parametrize(
    ("tally", "others", "conclusion"),
    [
        (Tally(pools=1), {}, Conclusion.PASSED),
        (Tally(pools=1, findings=[finding()]), {}, Conclusion.FAILED),
        (Tally(findings=[finding()]), {}, Conclusion.FAILED),
        (Tally(findings=[ADVISORY]), {}, Conclusion.NOTHING),
        (Tally(findings=[ADVISORY]), {"fail_on": Severity.LOW}, Conclusion.FAILED),
        (Tally(), {}, Conclusion.NOTHING),
        (Tally(), {"command": "lint"}, Conclusion.PASSED),
        (Tally(pools=1), {"stopped": Stopped(2, "no")}, Conclusion.STOPPED),
    ],
)
def test_how_a_run_ended(tally: Tally, others: dict[str, object], conclusion: Conclusion) -> None:
    assert report_of().but(tally=tally, **others).conclusion is conclusion


@pytest.mark.parametrize("format_", FORMATS)
def test_an_incomplete_run_is_no_success_though_nothing_fails(format_: str) -> None:
    tally = judged()
    tally.incomplete = 2
    report = report_of().but(tally=tally)
    text = render(report, format_)
    check_by_schema(text, format_)
    assert report.conclusion is Conclusion.INCOMPLETE
    assert "incomplete" in text
    assert "✅" not in text


def test_a_broken_rule_is_said_before_all_else() -> None:
    tally = Tally()
    tally.add_finding(finding(outcome=Outcome.BROKEN))
    assert report_of().but(tally=tally).conclusion is Conclusion.BROKEN


def nothing_judged(**others: object) -> Report:
    """A run that met a stack without a pool, with something to remark."""
    return report_of().but(tally=Tally(stacks=1, resources=3, findings=[ADVISORY]), **others)


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_judged_is_a_green_tick_in_no_format(format_: str) -> None:
    text = render(nothing_judged(), format_)
    check_by_schema(text, format_)
    said = "nothing judged: nothing that rules judge among the resources of one stack"
    assert said in text.replace("\\", "") or format_ == "json"
    assert "✅" not in text
    if format_ == "json":
        assert json.loads(text)["summary"]["conclusion"] == "nothing judged"
    elif format_ == "sarif":
        (invocation,) = json.loads(text)["runs"][0]["invocations"]
        assert not invocation["executionSuccessful"]
        assert invocation["toolExecutionNotifications"][0]["level"] == "error"
    elif format_ == "junit":
        assert etree.fromstring(text.encode()).get("errors") == "1"
    elif format_ == "github":
        assert text.startswith("::error title=poolgate::nothing judged")
    elif format_ == "azure":
        assert text.startswith("##vso[task.logissue type=error;]poolgate: nothing judged")


def test_nothing_judged_is_not_green_on_a_terminal() -> None:
    assert "\x1b[32m" not in render(nothing_judged(view=View(color=True)), "text")


@pytest.mark.parametrize("format_", FORMATS)
def test_a_run_that_stopped_says_why(format_: str) -> None:
    stopped = Stopped(2, "poolgate.yaml:3: rules: is no list")
    text = render(report_of().but(tally=Tally(), stopped=stopped), format_)
    check_by_schema(text, format_)
    assert "rules: is no list" in text.replace("%3A", ":").replace("\\", "")
    assert "✅" not in text


# What serves models and has no rule that judges it

DEPLOYMENT = "urn:pulumi:prod::vision::azure-native:machinelearningservices:OnlineDeployment::blue"
CONFIGURATION = "urn:pulumi:prod::vision::aws:sagemaker/endpointConfiguration:EndpointConfiguration::ranker"
SAID = "2 resources that serve models are not judged: 1 EndpointConfiguration (aws), 1 OnlineDeployment (azure-native)"


def serving(tally: Tally, **others: object) -> Report:
    """A report of a run that met two resources which serve models and which no rule judges."""
    tally.leave_unjudged(DEPLOYMENT, "OnlineDeployment (azure-native)")
    tally.leave_unjudged(CONFIGURATION, "EndpointConfiguration (aws)")
    return report_of().but(tally=tally, **others)


@pytest.mark.parametrize("format_", FORMATS)
def test_what_no_rule_judges_is_counted_and_no_green_tick(format_: str) -> None:
    report = serving(judged())
    text = render(report, format_)
    check_by_schema(text, format_)
    assert report.conclusion is Conclusion.PASSED
    assert "✅" not in text
    if format_ == "json":
        summary = json.loads(text)["summary"]
        assert summary["not_judged"] == {"EndpointConfiguration (aws)": 1, "OnlineDeployment (azure-native)": 1}
        assert [each["urn"] for each in json.loads(text)["not_judged"]] == [DEPLOYMENT, CONFIGURATION]
    elif format_ == "csv":
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row["outcome"] == "not judged"]
        assert [(row["project"], row["stack"], row["name"]) for row in rows] == [
            ("vision", "prod", "blue"),
            ("vision", "prod", "ranker"),
        ]
    else:
        assert SAID in text.replace("\\", "")


@pytest.mark.parametrize("format_", FORMATS)
def test_what_no_rule_judges_is_named_where_more_is_to_be_said(format_: str) -> None:
    text = render(serving(judged(), view=View(verbose=True)), format_)
    check_by_schema(text, format_)
    if format_ not in ("github", "azure"):  # whose summaries name it
        assert DEPLOYMENT.rpartition("::")[2] in text
        assert CONFIGURATION.rpartition("::")[2] in text


def test_many_that_no_rule_judges_are_named_within_bounds() -> None:
    tally = judged()
    for number in range(1000):
        tally.leave_unjudged(f"urn:pulumi:prod::vision::aws:sagemaker/model:Model::m{number}", "Model (aws)")
    lines = render(report_of().but(tally=tally, view=View(verbose=True)), "text").splitlines()
    assert "1000 resources that serve models are not judged: 1000 Model (aws)" in lines
    assert lines[-1] == "  and 950 more"
    assert sum("::aws:sagemaker" in line for line in lines) == 50


def test_junit_has_a_skipped_case_for_each_in_the_suite_of_its_stack() -> None:
    root = etree.fromstring(render(serving(judged()), "junit").encode())
    (suite,) = root.findall("testsuite[@name='vision/prod']")
    assert (suite.get("tests"), suite.get("skipped")) == ("2", "2")
    assert suite[0].get("classname") == DEPLOYMENT.split("::", 2)[-1]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_stack_of_such_resources_alone_is_not_without_findings(format_: str) -> None:
    report = serving(Tally(stacks=1, resources=2))
    text = render(report, format_)
    check_by_schema(text, format_)
    assert report.conclusion is Conclusion.NOTHING
    assert "✅" not in text
    assert "no findings" not in text
    if format_ != "json":
        assert text.replace("\\", "").count(SAID) == 1


@pytest.mark.parametrize("format_", FORMATS)
def test_a_run_fails_for_them_where_it_is_told_to(format_: str) -> None:
    alone = serving(Tally(stacks=1, resources=2), needs_all_judged=True)
    report = serving(judged(), needs_all_judged=True)
    assert scope.headline(alone) == scope.headline(report)
    assert alone.conclusion is Conclusion.FAILED
    text = render(report, format_)
    check_by_schema(text, format_)
    assert report.conclusion is Conclusion.FAILED
    assert f"failed: {SAID}" in text.replace("\\", "") or format_ == "json"
    assert report_of().but(tally=judged(), needs_all_judged=True).conclusion is Conclusion.PASSED
    if format_ == "junit":
        assert etree.fromstring(text.encode()).get("failures") == "2"


def test_csv_tells_lines_on_the_run_from_findings() -> None:
    rows = list(csv.DictReader(io.StringIO(render(report_with(Tally(findings=[ADVISORY])), "csv"))))
    assert [row["outcome"] for row in rows if row["rule"]] == ["violated"]
    assert [row["outcome"] for row in rows if not row["rule"]] == [
        "nothing judged",
        "note",
        "passed over",
        "passed over",
    ]


def test_a_report_of_the_version_before_is_read(tmp_path: Path) -> None:
    report = json.loads(render(report_of(), "json"))
    for key in ("error", "notes", "passed_over"):
        del report[key]
    del report["summary"]["conclusion"], report["summary"]["passed_over"]
    (tmp_path / "old.json").write_text(json.dumps({**report, "schema_version": "1.1"}))
    assert len(read_report(tmp_path / "old.json")) == len(report["findings"])


# A run that comes to no verdict


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("lint", "nowhere"), 2, "stopped, nothing was judged: nowhere: no such file or folder"),
        (("check", "--baseline", "nowhere.json"), 2, "stopped, nothing was judged: nowhere.json: cannot be read"),
        (("check", "--policy-config", "broken.json"), 2, "stopped, nothing was judged: broken.json"),
        (("check", "--config", "broken.json"), 2, "stopped, nothing was judged: broken.json"),
        (("audit", "empty"), 4, "nothing judged: no state of a stack in empty"),
        (("check", "empty"), 4, "nothing judged: no Pulumi.yaml under empty"),
        (("lint", "empty"), 4, "nothing judged: no Pulumi.yaml under empty"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_its_reports_are_written_and_say_so(
    arguments: tuple[str, ...],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "report.sarif").write_text("of an earlier run")
    also = [part for name in FORMATS for part in ("--also", f"{name}=report.{name}")]
    assert cli.run([*arguments, *also]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("poolgate: error: ")
    for format_ in FORMATS:
        text = (tmp_path / f"report.{format_}").read_text("utf-8")
        check_by_schema(text, format_)
        assert "✅" not in text
        if format_ not in ("json", "html"):
            assert said.split(": ")[0] in text
    assert (
        said
        in json.loads((tmp_path / "report.sarif").read_text())["runs"][0]["invocations"][0][
            "toolExecutionNotifications"
        ][0]["message"]["text"]
    )


@pytest.mark.parametrize("wrong", [("--nonsense",), ("--fail-on", "none")], ids=" ".join)
def test_a_command_line_that_cannot_be_read_leaves_no_earlier_report(
    wrong: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.sarif").write_text("of an earlier run")
    with pytest.raises(SystemExit) as ended:
        cli.run(["lint", *wrong, "--format", "sarif", "--output", "report.sarif", "--waivers", "w.yaml"])
    assert ended.value.code == 2
    text = (tmp_path / "report.sarif").read_text("utf-8")
    check_by_schema(text, "sarif")
    assert "stopped, nothing was judged: " in text
    assert wrong[0] in text
    assert capsys.readouterr().out == ""


def test_a_report_of_a_run_that_ended_well_is_not_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("poolgate.audit.run.audit", lambda *_, **__: Tally(stacks=2, pools=1, findings=[finding()]))
    report = tmp_path / "report.json"
    assert cli.run(["audit", "x", "--no-config", "--also", f"json={report}", "--also", "csv=/dev/full"]) == 3
    assert json.loads(report.read_text())["summary"]["conclusion"] == "failed"


# The exit code


@pytest.mark.parametrize(
    ("found", "options", "code"),
    [
        ([], (), 4),
        ([ADVISORY], (), 4),
        ([ADVISORY], ("--exit-zero",), 4),
        ([ADVISORY], ("--fail-on", "low"), 1),
        ([finding()], (), 1),
        ([finding()], ("--exit-zero",), 4),
    ],
)
def test_no_pool_is_never_exit_0(
    found: list[Finding],
    options: tuple[str, ...],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("poolgate.audit.run.audit", lambda *_, **__: Tally(stacks=2, findings=found))
    assert cli.run(["audit", "state.json", "--no-config", *options]) == code
    captured = capsys.readouterr()
    said = "nothing that rules judge among the resources of 2 stacks"
    assert (said in captured.err) is (code == 4)
    assert code == 1 or said in captured.out


# What waits for the stack itself


OTHER = "urn:pulumi:prod::shop::store::models"


def test_what_nobody_says_is_no_value_that_the_stack_makes() -> None:
    wanted = "needs how many requests an instance takes at once, which nothing says"
    found = [
        finding("one", message, "name", Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY)
        for message in ("not known yet", wanted)
    ]
    text = render(report_of(found), "text")
    assert "1 judgement waits for values that the stack itself makes" in text
    assert wanted in text


@pytest.mark.parametrize("format_", ["text", "github", "azure", "markdown"])
def test_what_waits_for_its_own_stack_is_one_quiet_line(format_: str) -> None:
    paths = ("modelId", "resourceGroupName", "tags.a", "tags.b", "name")
    found = [finding(rule, "not known yet", path, Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY)
             for path in paths for rule in ("one", "two")]  # fmt: skip
    text = render(report_of(found), format_).replace("\\", "")
    said = (
        "shop/dev: 10 judgements wait for values that the stack itself makes "
        "(modelId, name, resourceGroupName, and 2 more); --verbose tells of each"
    )
    assert text.count(said) == 1
    assert "not known yet" not in text
    assert text.count("::notice") == (format_ == "github")
    assert "issue type" not in text
    if format_ != "azure":  # which never told of them
        assert "not known yet" in render(report_of(found, view=View(verbose=True)), format_)


@pytest.mark.parametrize(
    "found",
    [
        finding("one", "not known yet", "a", Outcome.UNKNOWN),
        finding("one", "not known yet", "a", Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY)._replace(
            from_resources=(OTHER,)
        ),
        finding("one", "not known yet", "a", Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY)._replace(
            from_resources=()
        ),
    ],
    ids=["mandatory", "of another stack", "of nobody"],
)
def test_other_values_that_are_not_known_are_told_one_by_one(found: Finding) -> None:
    for format_ in ("text", "markdown", "github"):
        text = render(report_of([found]), format_)
        assert "not known yet" in text
        assert "judgement waits" not in text
