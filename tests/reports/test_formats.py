"""Every format: exactly what it says of one bad stack, and that it says the same again."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.rules import ALL
from poolgate.findings import Location, Subject
from poolgate.report import FORMATS, Known, render
from reports.bad_stack import (
    EXPECTED,
    FINDINGS,
    POOL,
    STACK,
    SUFFIXES,
    finding,
    report_of,
    tally_of,
    write_files,
)

VENDORED = Path(__file__).parent / "vendored"
SARIF_SCHEMA = json.loads((VENDORED / "sarif-schema-2.1.0.json").read_text("utf-8"))
JUNIT_SCHEMA = etree.XMLSchema(etree.parse(VENDORED / "junit-10.xsd"))
REPORT_SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def _in_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


def sarif_of(format_: str = "sarif-full", **others: Any) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(report_of(**others), format_))
    jsonschema.validate(log, SARIF_SCHEMA, format_checker=jsonschema.FormatChecker())
    run: dict[str, Any] = log["runs"][0]
    return run


def junit_of(**others: Any) -> etree._Element:
    document = etree.fromstring(render(report_of(**others), "junit").encode())
    JUNIT_SCHEMA.assertValid(document)
    return document


@pytest.mark.parametrize("format_", SUFFIXES)
def test_bad_stack(format_: str) -> None:
    expected = EXPECTED / f"bad-stack.{SUFFIXES[format_]}"
    assert render(report_of(), format_) == expected.read_text("utf-8")


@pytest.mark.parametrize("format_", FORMATS)
def test_order_of_what_was_found_does_not_matter(format_: str) -> None:
    shuffled = [*FINDINGS, finding(message="is 0, the least is 1"), finding(path="a[0].b"), finding(path="a[1].b")]
    texts = set()
    for seed in range(4):
        random.Random(seed).shuffle(shuffled)
        texts.add(render(report_of(shuffled), format_))
    assert len(texts) == 1


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_found(format_: str) -> None:
    assert render(report_of([]), format_).endswith("\n") or format_ in ("github", "azure")


def test_json_follows_its_schema() -> None:
    report = json.loads(render(report_of(), "json"))
    jsonschema.validate(report, REPORT_SCHEMA, format_checker=jsonschema.FormatChecker())


# SARIF


def test_sarif_results_name_their_rules() -> None:
    run = sarif_of()
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_describes_every_rule_of_the_library() -> None:
    run = sarif_of(findings=[], rules=ALL)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in ALL]
    for rule in rules:
        assert rule["helpUri"].startswith("https://")
        assert rule["shortDescription"]["text"] != rule["fullDescription"]["text"]
        assert "Fix: " in rule["help"]["text"]
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert rule["properties"]["tags"]


@pytest.mark.parametrize(
    ("severity", "enforcement", "outcome", "level", "kind"),
    [
        (Severity.LOW, Enforcement.MANDATORY, Outcome.VIOLATED, "error", "fail"),
        (Severity.CRITICAL, Enforcement.ADVISORY, Outcome.VIOLATED, "warning", "fail"),
        (Severity.LOW, Enforcement.ADVISORY, Outcome.VIOLATED, "note", "fail"),
        (Severity.HIGH, Enforcement.ADVISORY, Outcome.UNKNOWN, "none", "open"),
        (Severity.HIGH, Enforcement.MANDATORY, Outcome.UNKNOWN, "error", "fail"),
        (Severity.LOW, Enforcement.ADVISORY, Outcome.BROKEN, "error", "fail"),
    ],
)
def test_sarif_levels(severity: Severity, enforcement: Enforcement, outcome: Outcome, level: str, kind: str) -> None:
    found = finding(outcome=outcome, severity=severity, enforcement=enforcement)
    (result,) = sarif_of(findings=[found])["results"]
    assert (result["level"], result["kind"]) == (level, kind)


def test_sarif_level_follows_fail_on() -> None:
    found = finding(severity=Severity.HIGH, enforcement=Enforcement.ADVISORY)
    (result,) = sarif_of(findings=[found], fail_on=Severity.HIGH)["results"]
    assert result["level"] == "error"


def test_sarif_waived_findings_are_suppressed_and_the_others_say_that_they_are_not() -> None:
    results = [(result["ruleId"], result["suppressions"]) for result in sarif_of()["results"]]
    told = [
        [(one["kind"], one["justification"], one["properties"]["expires"]) for one in suppressions]
        for rule, suppressions in results
        if rule == "pool-tags"
    ]
    waiver = ("external", "moves to the new cost centre", "2027-01-31")
    exception = ("external", "agreed in the platform round", "never")
    assert told == [[waiver], [waiver, exception], [exception]]
    assert all(suppressions == [] for rule, suppressions in results if rule != "pool-tags")


def test_sarif_code_flow_leads_from_the_config_line_to_the_property() -> None:
    result = next(result for result in sarif_of()["results"] if result["ruleId"] == "pool-capacity")
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    physical = [step["location"]["physicalLocation"] for step in steps]
    assert [place["artifactLocation"]["uri"] for place in physical] == ["Pulumi.dev.yaml", "__main__.py"]
    assert [place["region"]["startLine"] for place in physical] == [2, 3]
    assert steps[-1]["location"]["message"]["text"].endswith("sku.capacity")
    assert result["relatedLocations"][0]["physicalLocation"] == physical[-1]


def test_sarif_places_are_relative_to_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "stacks" / "my pool"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    found = [
        finding(location=Location("Pulumi.dev.yaml", 2)),
        finding(path="b", location=Location("/elsewhere/state.json", 4)),
        finding(path="c", location=None),
    ]
    run = sarif_of(findings=found)
    physical = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    places = {json.dumps(place["artifactLocation"]) for place in physical}
    assert places == {
        json.dumps({"uri": "stacks/my%20pool/Pulumi.dev.yaml", "uriBaseId": "%SRCROOT%"}),
        json.dumps({"uri": "file:///elsewhere/state.json"}),
        json.dumps({"uri": "stacks/my%20pool/Pulumi.yaml", "uriBaseId": "%SRCROOT%"}),
    }
    assert "%SRCROOT%" in run["originalUriBaseIds"]


@pytest.mark.parametrize("format_", ["sarif", "sarif-full"])
@pytest.mark.parametrize(
    ("subject", "uri"),
    [
        (POOL, "Pulumi.dev.yaml"),
        (POOL._replace(stack="lost"), "Pulumi.yaml"),
        (STACK, "Pulumi.dev.yaml"),
        (STACK._replace(project="states"), "s3/bucket/.pulumi/stacks/states/dev.json"),
        (STACK._replace(name="waivers.yaml"), "waivers.yaml"),
        (STACK._replace(project="nobody", stack="knows"), "Pulumi.dev.yaml"),
    ],
)
def test_sarif_every_result_has_a_file(format_: str, subject: Subject, uri: str) -> None:
    tally = tally_of([finding(subject=subject, location=None)])
    tally.lives_in("shop", "dev", "Pulumi.dev.yaml")
    tally.lives_in("shop", "", "Pulumi.yaml")
    tally.lives_in("states", "dev", "s3://bucket/.pulumi/stacks/states/dev.json")
    (result,) = sarif_of(format_, tally=tally)["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 1}}


def test_sarif_has_no_results_but_open_findings() -> None:
    run = sarif_of("sarif")
    assert {result["ruleId"] for result in run["results"]} == {
        "pool-capacity", "pool-description", "pool-names", "pool-timeout"
    }  # fmt: skip
    assert not any("suppressions" in result for result in run["results"])
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes == [
        "1 finding not judged, the value is not known yet, and no result here; --format sarif-full has them",
        "3 findings waived, and no result here; --format sarif-full has them",
    ]
    assert len(sarif_of("sarif-full")["results"]) == len(FINDINGS)


def test_sarif_has_what_is_not_known_where_it_makes_the_run_fail() -> None:
    unknown = finding(outcome=Outcome.UNKNOWN, enforcement=Enforcement.MANDATORY)
    assert len(sarif_of("sarif", findings=[unknown])["results"]) == 1


def test_sarif_category_is_that_of_the_command_and_project_whatever_is_found() -> None:
    assert sarif_of()["automationDetails"]["id"] == "poolgate/check/shop/"
    assert sarif_of(findings=[])["automationDetails"]["id"] == "poolgate/check/shop/"
    assert sarif_of(command="audit")["automationDetails"]["id"] == "poolgate/audit/shop/"


def test_sarif_fingerprint_has_a_version() -> None:
    prints = [result["partialFingerprints"] for result in sarif_of()["results"]]
    assert all(list(each) == ["poolgate/v1"] for each in prints)
    assert len({each["poolgate/v1"] for each in prints}) == len(FINDINGS)


# JUnit


def test_junit_has_a_case_for_each_rule_and_resource() -> None:
    document = junit_of()
    cases = {
        (case.get("classname"), case.get("name")): [child.tag for child in case] for case in document.iter("testcase")
    }
    pool = "azure-native:machinelearningservices:InferencePool::chat"
    assert cases == {
        (pool, "pool-size"): [],
        (pool, "pool-region"): [],
        (pool, "pool-capacity"): ["failure"],
        (pool, "pool-description"): ["skipped"],
        (pool, "pool-model"): ["skipped"],
        (pool, "pool-tags"): ["skipped"],
        (pool, "pool-timeout"): ["error"],
        ("stack", "pool-names"): ["error"],
    }
    assert dict(document[0].attrib) | {"timestamp": ""} == {
        "name": "shop/dev", "tests": "8", "failures": "1", "errors": "2", "skipped": "3", "timestamp": "",
    }  # fmt: skip


def test_junit_gathers_what_one_rule_says_of_one_resource() -> None:
    found = [finding(path=f"a[{number}]", message=f"is {number}") for number in range(3)]
    (case,) = (case for case in junit_of(findings=found).iter("testcase") if case.get("name") == "pool-capacity")
    (failure,) = case
    assert failure.get("message") == "a[0]: is 0 (and 2 more)"
    assert all(f"a[{number}]: is {number}" in failure.text for number in range(3))


def test_reports_with_a_baseline_are_valid() -> None:
    assert all(result["baselineState"] == "new" for result in sarif_of(known=Known(2, 1))["results"])
    assert junit_of(known=Known(2, 1))[0][0].tag == "properties"


def test_junit_failures_follow_fail_on() -> None:
    assert junit_of(fail_on=Severity.CRITICAL).get("failures") == "0"
    assert junit_of(fail_on=Severity.LOW).get("failures") == "2"


# CSV


def test_csv_has_a_line_for_each_finding() -> None:
    rows = list(csv.DictReader(io.StringIO(render(report_of(), "csv"))))
    assert len(rows) == len(FINDINGS)
    assert {row["rule"] for row in rows} == {found.rule for found in FINDINGS}
    waived = next(row for row in rows if row["outcome"] == "waived")
    assert (waived["waiver_owner"], waived["waiver_expires"]) == ("ml-platform", "2027-01-31")


# What is known of rules


def test_a_rule_of_another_pack_goes_by_its_name() -> None:
    found = finding("cis-1.2", "bad", subject=POOL, severity=Severity.CRITICAL)
    rule = next(rule for rule in sarif_of(findings=[found])["tool"]["driver"]["rules"] if rule["id"] == "cis-1.2")
    assert rule["shortDescription"]["text"] == "cis-1.2"
    assert rule["properties"]["security-severity"] == "9.5"
    assert "helpUri" not in rule
