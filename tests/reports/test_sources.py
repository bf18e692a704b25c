"""The commands themselves, in formats that machines read: real runs over the sample stacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema
import pytest
from lxml import etree

from poolgate import cli
from reports.test_formats import JUNIT_SCHEMA, REPORT_SCHEMA, SARIF_SCHEMA

ROOT = Path(__file__).parents[2]
FLEET = (str(ROOT / "stacks" / "fleet"), "--stack=prod")
SEED = (str(ROOT / "stacks" / "rejected-seed"), "--no-trace-config")
STATES = ROOT / "tests" / "audit" / "states"


SAME = ("text", "sarif", "github", "azure", "markdown", "csv")
"""The formats that do not tell when the run was, or how long it took."""
Reports: TypeAlias = tuple[dict[str, Any], dict[str, Any], etree._ElementTree]


def run(folder: Path, *command: str) -> int:
    """One run, with every report in the folder, by its format's name."""
    formats = ("json", "sarif-full", "junit", *SAME)
    return cli.run(
        [*command, *(part for name in formats for part in ("--format", name, "--output", f"{folder / name}"))]
    )


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of a check of the stack that was made to fail."""
    folder = tmp_path_factory.mktemp("seed")
    assert run(folder, "check", *SEED) == 1
    return folder


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of an audit."""
    folder = tmp_path_factory.mktemp("states")
    assert run(folder, "audit", str(STATES)) == 1
    return folder


def read(folder: Path) -> Reports:
    """The JSON, SARIF and JUnit reports of one run, each checked by its schema."""
    files = {name: folder / name for name in ("json", "sarif-full", "sarif", "junit")}
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


def is_counted(reports: Reports) -> bool:
    """Whether what passed is what was clean.

    A rule that reports one resource of several passes at the others, and a case that has both is no pass.
    """
    report, _, document = reports
    clean = report["summary"]["outcomes"]["clean"]
    passed = sum(not tags for tags in cases_of(document).values())
    found: int = len(report["findings"])
    return bool(clean - found <= passed <= clean)


def test_check_of_a_sample(tmp_path: Path) -> None:
    assert run(tmp_path, "check", *FLEET) == 0
    assert is_counted(read(tmp_path))


def test_check_of_what_was_made_to_fail(seed: Path) -> None:
    reports = report, log, document = read(seed)
    assert is_counted(reports)
    failures = {name for (_, _, name), tags in cases_of(document).items() if "failure" in tags}
    assert failures == {found["rule"] for found in report["findings"] if found["outcome"] == "violated"}
    uris = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
        for place in result["locations"]
    }
    assert uris == {"stacks/rejected-seed/__main__.py"}
    assert ("rejected-seed/dev", "stacks/rejected-seed/Pulumi.dev.yaml", "lint") in cases_of(document)


def test_audit(states: Path) -> None:
    report, log, _ = read(states)
    assert any(found["location"] is None for found in report["findings"])
    assert log["runs"][0]["automationDetails"]["id"] == "poolgate/audit/"


def test_lint(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: [src]\n")
    assert run(tmp_path, "lint", str(tmp_path)) == 1
    report, _, document = read(tmp_path)
    assert [found["rule"] for found in report["findings"]] == ["project-schema"]
    assert [tags for _, tags in sorted(cases_of(document).items())] == [["failure"]]


@pytest.mark.parametrize("command", [("check", *SEED), ("audit", str(STATES))], ids=["check", "audit"])
def test_same_input_same_bytes(command: tuple[str, ...], seed: Path, states: Path, tmp_path: Path) -> None:
    first = seed if command[0] == "check" else states
    assert run(tmp_path, *command) == 1
    for name in SAME:
        assert (first / name).read_text("utf-8") == (tmp_path / name).read_text("utf-8")
