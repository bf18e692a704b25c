"""Names and values are what somebody typed: no report may let them do more than be read."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.findings import Finding, Location, Origin, Subject
from poolgate.report import FORMATS, render, safe
from poolgate.report.conclusion import Stopped
from poolgate.report.difference import render as render_difference
from poolgate.report.earlier import compare
from poolgate.report.entry import entry_of
from poolgate.report.view import View
from reports.bad_stack import WAIVER, report_of
from reports.test_formats import JUNIT_SCHEMA

ATTACKS: Final = (
    "::error file=x::forged",
    "\n::set-output name=a::b",
    "\r::add-mask::x",
    "x ##[error]forged",
    "##vso[task.setvariable variable=PATH]/evil",
    "##VSO[task.complete result=Succeeded;]",
    "%0A::error::forged",
    "a,line=1::b",
    "a;type=warning]b",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details></code>",
    "![x](https://evil.example/x.png)",
    "[click](https://evil.example)",
    "https://evil.example/x",
    "www.evil.example",
    "@everyone-team",
    "fixes #1",
    "| a | b |",
    "`code` ``more`` ```",
    "\\`",
    "*bold* _it_ ~~no~~ $x$",
    "# heading\n\n- item\n> quote",
    "&lt;b&gt; &#64;team",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "]]><x/>",
    "\x1b[2J\x1b]8;;https://evil.example\x07x",
    "\x00\x07\x0b\x7f\x85\u2028\u202e\ufffe\udcff",
    "\x9b2J \u202emoor\u2066 \u200b\u200d\ufeff\U000e0041 \x90",
    "\uff1d1+1",
    "\uff20SUM(A1)",
    "  =1+1",
    "\u3000\uff0b1",
    '{"a": "b"}',
    "",
)

_GITHUB: Final = re.compile(r"^\s*::(?P<name>[^ :]+)(?: (?P<properties>.*?))?::(?P<data>.*)$")
"""As the runner reads a command: white space before it left out."""
_BRACKETS: Final = re.compile(r"##(?:vso)?\[(?P<name>[^ \]]+)", re.IGNORECASE)
"""As the Azure agent, and the older way of the GitHub runner, reads one: anywhere in a line."""

_OURS: Final = re.compile(r"<!-- poolgate -->|<details(?: open)?>|</details>|<summary>|</summary>|<br>|<!-- -->")


def hostile(
    text: str, outcome: Outcome = Outcome.VIOLATED, enforcement: Enforcement = Enforcement.MANDATORY
) -> Finding:
    """A finding in which everything that is data is the text."""
    urn = f"urn:pulumi:dev::shop::a:b:InferencePool::{text}"
    return Finding(
        rule=text or "rule",
        severity=Severity.HIGH,
        enforcement=enforcement,
        outcome=outcome,
        message=text,
        remedy=text,
        subject=Subject(urn=urn, type=f"a:b:{text}", name=text, project=text, stack=text),
        keys=(text,),
        origin=Origin.STATE,
        location=Location(text or "file", 1),
        from_resources=(text,),
        waiver=replace(WAIVER, reason=text, owner=text) if outcome is Outcome.WAIVED else None,
    )


def findings(text: str) -> list[Finding]:
    """One of each kind of finding that formats treat differently."""
    return [
        hostile(text),
        hostile(text, Outcome.UNKNOWN, Enforcement.ADVISORY),
        hostile(text, Outcome.WAIVED),
        hostile(text, enforcement=Enforcement.ADVISORY)._replace(location=Location(text or "file", 2)),
    ]


def orders(output: str) -> list[str]:
    """The names of the commands that the runners of GitHub and Azure would carry out."""
    found = []
    for line in re.split(r"\r\n|\r|\n", output):
        match = _GITHUB.match(line)
        found += [match["name"]] if match else []
        found += [match["name"] for match in _BRACKETS.finditer(line)]
    return found


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("format_", FORMATS)
def test_no_order_to_a_runner(format_: str, text: str) -> None:
    output = render(report_of(findings(text)), format_)
    mine = {"github": ["error", "warning", "notice"], "azure": ["task.logissue"] * 2}.get(format_, [])
    assert orders(output) == mine


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("format_", FORMATS)
def test_every_report_can_be_written(format_: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "report").write_text(render(report_of(findings(text)), format_), encoding="utf-8")


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("format_", FORMATS)
def test_every_character_can_be_seen(format_: str, text: str) -> None:
    tally = report_of(findings(text)).tally
    tally.pass_over(text, text, text)
    tally.note(text)
    output = render(report_of().but(tally=tally, stopped=Stopped(2, text), view=View(verbose=True)), format_)
    if format_ == "html":
        output = re.findall(r"<title>.*?</title>|(?s:<script type.*?</script>)", output)[1]
    assert all(char == "\n" or char.isprintable() for char in output)


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("command", ["github", "azure"])
def test_properties_of_an_order_are_ours(command: str, text: str) -> None:
    for line in render(report_of(findings(text)), command).splitlines():
        if command == "github":
            match = _GITHUB.match(line)
            assert match
            names = [part.partition("=")[0] for part in match["properties"].split(",")]
            assert set(names) <= {"file", "line", "col", "title"}
        else:
            inside = line.removeprefix("##vso[").partition("]")[0].partition(" ")[2]
            names = [part.partition("=")[0] for part in inside.split(";") if part]
            assert set(names) <= {"type", "sourcepath", "linenumber", "columnnumber", "code"}
        assert len(names) == len(set(names))


@pytest.mark.parametrize("text", ATTACKS)
def test_markdown_has_no_markup_but_ours(text: str) -> None:
    report = report_of(findings(text))
    entries = [entry_of(found) for found in report.findings]
    outputs = [render(report, "markdown"), render_difference(compare([], entries), "markdown")]
    outputs.append(render(report.but(change=compare(entries, [])), "markdown"))
    for output in outputs:
        for token in MarkdownIt("gfm-like").parse(output):
            for inline in [token, *(token.children or ())]:
                assert inline.type not in ("image", "link_open", "heading_open") or inline.tag == "h3"
                if inline.type.startswith("html"):
                    assert "<" not in _OURS.sub("", inline.content)


@pytest.mark.parametrize("text", ATTACKS)
def test_markdown_shows_the_message_as_it_is(text: str) -> None:
    shown = [
        inline.content
        for token in MarkdownIt("gfm-like").parse(render(report_of([hostile(text)]), "markdown"))
        for inline in (token.children or ())
        if inline.type == "code_inline"
    ]
    expected = safe.one_line(text).strip()
    if not any(mark in expected for mark in ("##", "|")):
        assert not expected or expected in [content.strip() for content in shown]


@pytest.mark.parametrize("text", ["@team", "mail @octo/team now", "closes #12", "(@a)"])
def test_markdown_notifies_nobody(text: str) -> None:
    assert not re.search(r"[@#][\w-]", safe.plain(text))


@pytest.mark.parametrize("text", ATTACKS)
def test_csv_computes_nothing(text: str) -> None:
    rows = list(csv.reader(io.StringIO(render(report_of(findings(text)), "csv"))))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == 5
    computed = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    assert not any(
        value.strip().startswith(computed) or value.startswith(("\t", "\r")) for row in rows for value in row
    )


@pytest.mark.parametrize("text", ATTACKS)
def test_junit_is_valid_and_has_the_text(text: str) -> None:
    document = etree.fromstring(render(report_of([hostile(text)]), "junit").encode())
    JUNIT_SCHEMA.assertValid(document)
    messages = [failure.get("message") for failure in document.iter("failure")]
    assert any(safe.one_line(text) in message for message in messages)


@pytest.mark.parametrize("text", [text for text in ATTACKS if "\udcff" not in text])
@pytest.mark.parametrize("format_", ["json", "sarif"])
def test_json_keeps_the_text(format_: str, text: str) -> None:
    document = json.loads(render(report_of([hostile(text)]), format_))
    if format_ == "json":
        assert document["findings"][0]["message"] == text
    else:
        assert document["runs"][0]["results"][0]["properties"]["remedy"] == text


def test_sarif_messages_have_no_links() -> None:
    document = json.loads(render(report_of([hostile("[click](https://evil.example)")]), "sarif"))
    assert "](" not in document["runs"][0]["results"][0]["message"]["text"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_any_text_at_all(text: str) -> None:
    for format_ in FORMATS:
        output = render(report_of([hostile(text)]), format_)
        output.encode()
        assert len(orders(output)) == (1 if format_ in ("github", "azure") else 0)
    document = etree.fromstring(render(report_of([hostile(text)]), "junit").encode())
    JUNIT_SCHEMA.assertValid(document)
