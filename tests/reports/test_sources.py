"""The commands themselves, in formats that machines read: real runs over the sample stacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree

from poolgate import cli
from reports.test_formats import JUNIT_SCHEMA, REPORT_SCHEMA, SARIF_SCHEMA

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(file.parent for file in (ROOT / "stacks").glob("*/Pulumi.yaml"))
SEED = ROOT / "stacks" / "rejected-seed"
STATES = ROOT / "tests" / "audit" / "states"


def reports_of(folder: Path, *command: str) -> tuple[dict[str, Any], dict[str, Any], etree._ElementTree]:
    """The JSON, SARIF and JUnit reports of one run, each checked by its schema."""
    files = {name: folder / name for name in ("json", "sarif-full", "sarif", "junit")}
    arguments = [part for name, file in files.items() for part in ("--format", name, "--output", str(file))]
    assert cli.run([*command, *arguments]) in (0, 1)
    report, log, short = (json.loads(files[name].read_text("utf-8")) for name in ("json", "sarif-full", "sarif"))
    jsonschema.validate(report, REPORT_SCHEMA, format_checker=jsonschema.FormatChecker())
    for each in (log, short):
        jsonschema.validate(each, SARIF_SCHEMA, format_checker=jsonschema.FormatChecker())
        assert all("physicalLocation" in result["locations"][0] for result in each["runs"][0]["results"])
    document = etree.parse(files["junit"])
    JUNIT_SCHEMA.assertValid(document)
    assert len(log["runs"][0]["results"]) == len(report["findings"])
    return report, log, document


def cases_of(document: etree._ElementTree) -> dict[tuple[str, str, str], list[str]]:
    return {
        (suite.get("name"), case.get("classname"), case.get("name")): [child.tag for child in case]
        for suite in document.iter("testsuite")
        for case in suite
    }


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_check_of_a_sample(sample: Path, tmp_path: Path) -> None:
    report, _, document = reports_of(tmp_path, "check", str(sample))
    clean = report["summary"]["outcomes"]["clean"]
    passed = sum(not tags for tags in cases_of(document).values())
    # A rule that reports one resource of several passes at the others, and a case that has both is no pass.
    assert clean - len(report["findings"]) <= passed <= clean


def test_check_of_what_was_made_to_fail(tmp_path: Path) -> None:
    report, log, document = reports_of(tmp_path, "check", str(SEED))
    failures = {name for (_, _, name), tags in cases_of(document).items() if "failure" in tags}
    assert failures == {found["rule"] for found in report["findings"] if found["outcome"] == "violated"}
    uris = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
        for place in result["locations"]
    }
    assert uris == {"stacks/rejected-seed/__main__.py"}
    assert ("rejected-seed/dev", "stacks/rejected-seed/Pulumi.dev.yaml", "lint") in cases_of(document)


def test_audit(tmp_path: Path) -> None:
    report, log, _ = reports_of(tmp_path, "audit", str(STATES))
    assert any(found["location"] is None for found in report["findings"])
    assert log["runs"][0]["automationDetails"]["id"] == "poolgate/audit/"


def test_lint(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: [src]\n")
    report, _, document = reports_of(tmp_path, "lint", str(tmp_path))
    assert [found["rule"] for found in report["findings"]] == ["project-schema"]
    assert [tags for _, tags in sorted(cases_of(document).items())] == [["failure"]]


@pytest.mark.parametrize("command", [("check", str(SEED)), ("audit", str(STATES))], ids=lambda command: command[0])
def test_same_input_same_bytes(command: tuple[str, str], tmp_path: Path) -> None:
    formats = ("text", "sarif", "github", "azure", "markdown", "csv")
    for run in ("first", "second"):
        arguments = [part for name in formats for part in ("--format", name, "--output", str(tmp_path / run / name))]
        assert cli.run([*command, "--select", "tags-required", *arguments]) == 1
    for name in formats:
        assert (tmp_path / "first" / name).read_text("utf-8") == (tmp_path / "second" / name).read_text("utf-8")


@pytest.mark.engine
def test_preview_judges_what_check_judges(tmp_path: Path) -> None:
    """Lint, rules over projects and checks of waivers apart, which are no business of the engine's."""
    found = {}
    for command in ("check", "preview"):
        (tmp_path / command).mkdir()
        _, log, document = reports_of(tmp_path / command, command, str(SEED), "--no-trace-config")
        results = log["runs"][0]["results"]
        cases = {names: tags for names, tags in cases_of(document).items() if names[0] == "rejected-seed/dev"}
        cases = {names: tags for names, tags in cases.items() if names[2] != "lint"}
        found[command] = cases, {result["partialFingerprints"]["poolgate/v1"] for result in results}
    assert found["check"] == found["preview"]
