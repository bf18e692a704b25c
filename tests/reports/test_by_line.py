"""One edit, one thing to mend: findings by the line that is to be edited."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.own_checks import PROGRAM_RUNS, PROVIDER_CHECK
from poolgate.findings import Finding, Location, Origin, Subject, subject_of
from poolgate.report import render
from poolgate.report.view import View
from reports.bad_stack import STACK, WAIVER, finding, report_of, write_files

LINE = Location("Pulumi.dev.yaml", 3, 3)
VALUE = Location("Pulumi.dev.yaml", 3, 16)
POOL_TYPE = "azure-native:machinelearningservices:InferencePool"


@pytest.fixture(autouse=True)
def _in_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


def pool(name: str, stack: str = "dev") -> Subject:
    return subject_of(f"urn:pulumi:{stack}::shop::{POOL_TYPE}::{name}", POOL_TYPE, name)


def schemas(message: str = "expected a region, found 'westeurope'", place: Location = VALUE) -> Finding:
    """What the lint says of the line."""
    return finding("config-schema", message, subject=STACK, location=place)._replace(
        keys=("shop:region",), origin=Origin.CONFIG, is_setting=True
    )


def of_rule(name: str, stack: str = "dev", rule: str = "location-allowed", place: Location | None = LINE) -> Finding:
    """What a rule says of a pool whose region the line has."""
    return finding(rule, "is no region", "location", subject=pool(name, stack), location=place, remedy="Choose one.")


def failure(message: str) -> Finding:
    """A program that ended early, at a line of its own."""
    return finding(PROGRAM_RUNS, message, "", Outcome.UNREADABLE, subject=STACK, location=Location("__main__.py", 1))


def text_of(findings: list[Finding], **view: bool) -> str:
    return render(report_of(findings, view=View(**view)), "text")


def rules_in(text: str) -> list[str]:
    """The rules of the findings of a text, in its order."""
    return [line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith(("  mandatory", "  advisory"))]


def test_one_line_is_told_once_from_the_schema_to_what_follows() -> None:
    refused = of_rule("a", rule=PROVIDER_CHECK)
    text = text_of([refused, of_rule("a"), of_rule("b"), schemas()])
    assert text == (
        "shop/dev: 2 resources (Pulumi.dev.yaml:3:16)\n"
        "  3 |   shop:region: westeurope\n"
        "    |                ^^^^^^^^^^\n"
        "  mandatory   config-schema: shop:region: expected a region, found 'westeurope'\n"
        "  mandatory   location-allowed: location: is no region\n"
        "              fix: Choose one.\n"
        "  mandatory   provider-check: location: is no region\n"
        "              fix: Choose one.\n"
        "              of:  InferencePool a\n"
        "\n"
        "1 stack, 1 of 2 resources judged: 1 line to edit, 4 mandatory and 0 advisory findings, 0 not judged, "
        "2 judgements clean\n"
    )


@pytest.mark.parametrize("format_", ["github", "azure"])
def test_one_line_is_one_annotation(format_: str) -> None:
    found = [schemas(), *(of_rule(f"pool-{number}") for number in range(8)), of_rule("pool-7", rule=PROVIDER_CHECK)]
    (line,) = render(report_of(found), format_).splitlines()
    assert "Pulumi.dev.yaml" in line
    told = [line.index(f"{rule}: ") for rule in ("location-allowed", PROVIDER_CHECK)]
    assert told == sorted(told)
    assert line.index("config-schema") < told[0]
    assert line.count("is no region") == 2
    assert line.count("InferencePool pool-7") == 1


def test_many_findings_of_one_line_are_bounded_in_annotations() -> None:
    found = [of_rule("a", rule=f"rule-{number:02}") for number in range(14)]
    github = render(report_of(found), "github")
    assert "%0Arule-09: " in github
    assert "rule-10: " not in github
    assert "and 4 more%0AFix: Choose one." in github
    assert "And 4 more." in render(report_of(found), "azure")


def test_markdown_has_each_line_once() -> None:
    text = render(report_of([schemas(), of_rule("a"), of_rule("b"), of_rule("b", rule="zones-spread")]), "markdown")
    assert "### ❌ poolgate check: 1 line to edit, 4 findings\n" in text
    assert text.count("Pulumi.dev.yaml:3") == 1
    assert "**`Pulumi.dev.yaml:3`** in `shop/dev` 2 resources\n" in text
    assert text.count("is no region") == 2
    assert "<br>Of InferencePool `b`\n" in text


def test_names_are_bounded_but_for_verbose() -> None:
    found = [of_rule(f"pool-{number}") for number in range(9)]
    assert "  InferencePool pool-0, pool-1, pool-2, pool-3 and 5 more\n" in text_of(found)
    assert "pool-7, pool-8\n" in text_of(found, verbose=True)


def test_a_line_of_several_stacks_is_one_line() -> None:
    found = [of_rule("a", "dev"), of_rule("a", "prod")]
    text = text_of(found)
    assert text.startswith("shop/dev, shop/prod: InferencePool a (Pulumi.dev.yaml:3:3)\n")
    assert "1 line to edit, 2 mandatory" in text
    some = text_of([*found, of_rule("a", "prod", "zones-spread")])
    assert "              of:  shop/prod InferencePool a\n" in some


def test_the_same_line_of_other_files_is_another_line() -> None:
    other = LINE._replace(file="Pulumi.prod.yaml")
    assert "2 lines to edit" in text_of([of_rule("a"), of_rule("a", "prod", place=other)])


def test_without_a_line_a_resource_is_mended() -> None:
    found = [of_rule("a", place=None), of_rule("a", rule="zones-spread", place=None), of_rule("b", place=None)]
    assert ": 2 resources to mend, 3 mandatory" in text_of(found)
    assert ": 1 line and 2 resources to edit, 4 mandatory" in text_of([*found, schemas()])
    nowhere = schemas()._replace(location=None)
    assert ": 1 other place to mend, 1 mandatory" in text_of([nowhere])


def test_what_is_waived_or_not_known_is_no_edit() -> None:
    waived = finding(outcome=Outcome.WAIVED, waiver=WAIVER, location=LINE)
    unknown = finding(outcome=Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY)
    assert "to edit" not in text_of([waived, unknown])
    assert "1 line to edit" in text_of([waived, unknown, finding(outcome=Outcome.UNKNOWN)])


def of_state(project: str, place: Location) -> Finding:
    urn = f"urn:pulumi:dev::{project}::{POOL_TYPE}::a"
    subject = subject_of(urn, POOL_TYPE, "a")
    return finding(subject=subject, location=place)._replace(origin=Origin.STATE)


def test_a_line_of_a_program_in_a_state_is_that_of_its_own_project() -> None:
    place = Location("__main__.py", 3)
    assert report_of([of_state("shop", place), of_state("bank", place)]).edits.lines == 2


def test_a_place_in_a_states_own_file_is_none_to_edit() -> None:
    place = Location("dev.json", 1)
    report = report_of([of_state("shop", place), of_state("bank", place)])
    for project in ("shop", "bank"):
        report.tally.lives_in(project, "dev", "dev.json")
    assert str(report.edits) == "2 resources to mend"


@pytest.mark.parametrize(
    "message",
    [
        "Missing required configuration variable 'shop:region'",
        'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    raise it\nValueError: no westeurope here',
    ],
    ids=["key", "value"],
)
def test_a_failure_stands_below_the_line_that_it_tells_of(message: str) -> None:
    report = report_of([failure(message), schemas()])
    text = render(report, "text")
    assert rules_in(text) == ["config-schema", PROGRAM_RUNS]
    assert "at:  __main__.py:1\n" in text
    assert report.edits.lines == 1


@pytest.mark.parametrize(
    "message",
    [
        "northeurope is full",
        'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    read("shop:region")\nKeyError: 1',
    ],
    ids=["another value", "only a line of the program"],
)
def test_another_failure_stands_by_itself_and_after_what_can_be_mended(message: str) -> None:
    report = report_of([failure(message), of_rule("a", place=None), schemas()])
    assert rules_in(render(report, "text")) == ["config-schema", "location-allowed", PROGRAM_RUNS]
    assert report.edits.lines == 2


def test_a_secret_is_no_word_to_look_for(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:token:\n    secure: v1:abcdefgh\n")
    place = Location("Pulumi.dev.yaml", 3, 13)
    secret = schemas("expected a text", place)._replace(keys=())
    assert report_of([failure("no v1:abcdefgh here"), secret]).edits.lines == 2


def test_order_of_what_was_found_does_not_matter() -> None:
    found = [
        *(of_rule(name, stack) for name in "abc" for stack in ("dev", "prod")),
        of_rule("a", rule=PROVIDER_CHECK),
        of_rule("b", rule="zones-spread")._replace(severity=Severity.LOW),
        failure("no shop:region"),
        schemas(),
    ]
    texts = set()
    for seed in range(5):
        random.Random(seed).shuffle(found)
        texts.add("".join(render(report_of(found), format_) for format_ in ("text", "markdown", "github", "azure")))
    assert len(texts) == 1
