"""A run summed up by rule, whose it is, platform or stack: what all groups have is what the run has."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt

from inference_pools.levels import Enforcement, Outcome, Severity
from poolgate.findings import Finding, Partial
from poolgate.owner import NOBODYS
from poolgate.report import Known, Report, render
from poolgate.report.by import DIMENSIONS, rows
from poolgate.report.view import View
from poolgate.report.whose import settle
from reports.bad_stack import FINDINGS, POOL, finding, report_of

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text("utf-8"))
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "| <script>alert(1)</script> @everyone",
    "a\n::error::b",
    "[x](javascript:y)",
    "x" * 300,
)


def owned(owner: str, number: int = 1, **parts: Any) -> Finding:
    return finding(subject=POOL._replace(owner=owner, urn=f"{POOL.urn}-{number}"), **parts)


def summed(report: Report, by: str, **view: Any) -> Report:
    return report.but(view=View(by=by, **view))


def cells(report: Report, by: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(summed(report, by), "csv"))))


@pytest.mark.parametrize("by", DIMENSIONS)
def test_the_groups_add_up_to_the_summary(by: str) -> None:
    fails_unknown = finding(outcome=Outcome.UNKNOWN, enforcement=Enforcement.MANDATORY, message="not known yet")
    report = report_of([*FINDINGS, fails_unknown])
    summary = re.search(
        r"(\d+) mandatory and (\d+) advisory findings, (\d+) not judged, (\d+) waived", render(report, "text")
    )
    assert summary
    groups = [row for row in cells(report, by) if row[by]]
    columns = ("mandatory", "advisory", "not judged", "waived")
    assert [sum(int(row[column]) for row in groups) for column in columns] == [int(part) for part in summary.groups()]
    assert all(int(part) for part in summary.groups())
    value = json.loads(render(report, "json"))
    jsonschema.validate(value, SCHEMA)
    assert [one["name"] or f"(no {by})" for one in value["by"][by]] == [row[by] for row in groups]
    assert sum(one["to_mend"] for one in value["by"][by]) == sum(map(report.fails, report.findings))


def test_the_most_to_mend_comes_first_and_who_is_not_known_is_told() -> None:
    report = report_of(
        [
            owned("Shop", 1),
            owned("", 2),
            owned("", 3),
            owned("shop", 4),
            owned("shop", 4, rule="tags-required"),
            owned("later", 5, enforcement=Enforcement.ADVISORY),
        ]
    )
    assert render(summed(report, "owner"), "text").splitlines()[:5] == [
        "owner       to mend  advisory  stacks  resources",
        "shop        3        0         1       2",
        "(no owner)  2        0         1       2",
        "later       0        1         1       1",
        "",
    ]
    quiet = render(summed(report, "owner", quiet=True), "text")
    assert ("(no owner)" in quiet, "later" in quiet) == (True, False)


def test_what_is_to_mend_goes_by_fail_on() -> None:
    report = report_of([owned("a", severity=Severity.LOW), owned("b", severity=Severity.CRITICAL)])
    found = rows(report.but(fail_on=Severity.HIGH), "owner")
    assert [(row.name, row.to_mend, row.mandatory) for row in found] == [("b", 1, 1), ("a", 0, 1)]
    text = render(summed(report.but(fail_on=Severity.HIGH), "owner"), "text")
    assert text.startswith("owner  to mend  mandatory  stacks  resources\n")


def test_names_are_no_markup_and_no_formula() -> None:
    report = report_of([owned(name, number) for number, name in enumerate(HOSTILE)])
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(render(summed(report, "owner"), "markdown"))
    body = html[html.index("<tbody>") : html.index("</tbody>")]
    assert [line.count("<td") for line in body.split("<tr>")[1:]] == [9] * len(HOSTILE)
    assert "<script" not in html
    assert "<a " not in body
    assert max(map(len, re.findall("x+…x+", html))) == 80
    found = [row["owner"] for row in cells(report, "owner") if row["owner"]]
    assert sorted(found) == sorted(["'" + HOSTILE[0], HOSTILE[1], "a\n: :error::b", HOSTILE[3], HOSTILE[4]])


def test_what_does_not_fit_into_a_comment_is_counted() -> None:
    report = summed(report_of([owned(f"{number:04}{'x' * 70}", number) for number in range(1_000)]), "owner")
    text = render(report, "markdown")
    left = re.search(r"(\d+) further groups did not fit here; CSV and JSON have them", text)
    assert left
    assert len(re.findall(r"^\| \d{4}x", text, re.MULTILINE)) + int(left[1]) == 1_000
    assert len(text.encode()) < 60_000


@pytest.mark.parametrize("width", [40, 60, 80])
def test_it_fits_the_terminal(width: int) -> None:
    names = ("search@contoso.com", "fraud-detection-platform-engineering@contoso.com", "x" * 90)
    report = report_of([owned(name, number) for number, name in enumerate(names)])
    lines = render(summed(report, "owner", width=width), "text").partition("\n\n")[0].splitlines()
    assert max(map(len, lines)) <= width
    assert any(line == names[1][:width] or line.startswith(f"{names[1][: width // 2]}") for line in lines)
    assert any(line.startswith("xxx") and "…" in line for line in lines) == (width < 90)


@pytest.mark.parametrize("format_", ["text", "markdown", "csv"])
def test_a_run_that_read_no_stack_has_no_groups_and_says_what_it_looked_at(format_: str) -> None:
    report = summed(report_of([]), "owner")
    report.tally.judged.clear()
    report.tally.note("of 2 stacks: 1 read, 1 not read")
    text = render(report, format_)
    assert ("no owner" in text, "1 not read" in text) == (False, True)


def estate() -> Report:
    """One stack with a finding, three without, of which one has nothing to judge, and one that was not read."""
    report = report_of([owned("Shop", 1)])
    tally = report.tally
    tally.judged |= {"shop/prod", "search/prod", "dns/prod"}
    tally.pass_over("stack", "dns/prod", "has nothing that rules judge")
    tally.partial = Partial("SIGINT", 4, 5, (("search", "test", "search-test.json"),))
    tally.ask_resources("shop/prod", [("", "", "", ""), ("shop", "", "4711", "Live"), ("other", "", "", "")])
    tally.ask_resources("search/prod", [("nobody", "", "", "")])
    tally.whose["search/prod"] = ("search", "retrieval", "", "")
    settle(tally, NOBODYS)
    return report


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("owner", {"Shop": (2, 1, 0), "search": (1, 1, 0), "": (1, 0, 1)}),
        ("team", {"": (3, 1, 1), "retrieval": (1, 1, 0)}),
        ("cost-center", {"4711": (1, 1, 0), "": (3, 1, 1)}),
        ("environment", {"dev": (1, 0, 0), "live": (1, 1, 0), "prod": (1, 1, 0), "test": (1, 0, 1)}),
        ("stack", {"shop/dev": (1, 0, 0), "shop/prod": (1, 1, 0), "search/prod": (1, 1, 0), "search/test": (1, 0, 1)}),
        ("rule", {"pool-capacity": (1, None, 0)}),
        ("platform", {"azure-pools": (1, None, 0)}),
    ],
)
def test_stacks_without_findings_are_counted_where_they_belong(
    by: str, groups: dict[str, tuple[int, int | None, int]]
) -> None:
    report = estate()
    assert {row.name: (row.stacks, row.clean, row.not_read) for row in rows(report, by)} == groups
    value = json.loads(render(report, "json"))
    jsonschema.validate(value, SCHEMA)
    assert {one["name"]: one["clean"] for one in value["by"][by]} == {name: told[1] for name, told in groups.items()}
    told = {row[by]: row["clean"] for row in cells(report, by) if row[by]}
    assert told == {name or f"(no {by})": str("" if clean is None else clean) for name, (_, clean, _) in groups.items()}


def test_what_a_baseline_knows_makes_no_stack_clean() -> None:
    report = report_of([]).but(known=Known(1, 0, frozenset(("shop/dev",))))
    assert rows(report, "owner") == []


def test_people_see_how_much_is_in_order() -> None:
    assert render(summed(estate(), "owner"), "text").splitlines()[:4] == [
        "owner       to mend  stacks  clean  not read  resources",
        "Shop        1        2       1      0         1",
        "(no owner)  0        1       0      1         0",
        "search      0        1       1      0         0",
    ]
