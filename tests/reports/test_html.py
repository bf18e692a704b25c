"""The HTML report as text: it holds all that it needs, loads nothing, and what it shows is data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.report import Known, html, render
from poolgate.report.earlier import compare
from poolgate.report.entry import entry_of
from poolgate.report.safe import shown
from reports.bad_stack import EXPECTED, FINDINGS, RULES, finding, report_of
from reports.test_hostile import ATTACKS, findings

PAGE = Path(html.__file__).parent / "page"
_VOID = {"meta", "link", "br", "img", "input", "hr"}


class _Reader(HTMLParser):
    """What a document is made of: each element with its attributes and text."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self._open: list[tuple[str, int]] = []
        self.feed(document)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append((tag, len(self.elements) - 1))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            number = self._open[-1][1]
            self.texts[number] = self.texts.get(number, "") + data

    def text(self, tag: str, **attributes: str) -> str:
        """The text of the one element with a name and attributes."""
        (number,) = (
            number
            for number, (name, attrs) in enumerate(self.elements)
            if name == tag and (attributes.items() <= attrs.items() if attributes else not attrs)
        )
        return self.texts[number]


def data_of(**others: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_Reader(render(report_of(**others), "html")).text("script", id="data"))
    return data


def rows_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(data["columns"], row, strict=True)) for row in data["findings"]]


def test_the_page_is_what_it_is_made_of() -> None:
    reader = _Reader(render(report_of(), "html"))
    assert [tag for tag, _ in reader.elements] == [
        *("html", "head", "meta", "meta", "meta", "meta", "meta", "meta", "title", "style"),
        *("body", "noscript", "div", "script", "script"),
    ]
    attributes = {name for _, attrs in reader.elements for name in attrs}
    assert attributes == {"lang", "charset", "http-equiv", "content", "name", "type", "id"}
    assert reader.text("title") == "poolgate check of shop"


def test_the_policy_allows_the_script_and_the_style_in_it_and_nothing_else() -> None:
    reader = _Reader(render(report_of(), "html"))
    (policy,) = (attrs["content"] for _, attrs in reader.elements if attrs.get("http-equiv"))
    assert policy

    def digest(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    assert dict(part.split(" ", 1) for part in policy.split("; ")) == {
        "default-src": "'none'",
        "script-src": digest(reader.text("script")),
        "style-src": digest(reader.text("style")),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


@pytest.mark.parametrize(
    "name",
    ["fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "import(", "eval(", "Function(",
     "document.write", "innerHTML", "insertAdjacentHTML", "DOMParser", "serviceWorker", "localStorage"],
)  # fmt: skip
def test_the_script_has_nothing_that_loads_or_makes_markup(name: str) -> None:
    script = (PAGE / "page.js").read_text("utf-8")
    assert not re.search(rf"(?<![\w$]){re.escape(name)}", script)


def test_the_style_loads_nothing() -> None:
    style = (PAGE / "page.css").read_text("utf-8")
    assert "url(" not in style
    assert "@import" not in style
    assert "</" not in style


def test_data_of_the_bad_stack() -> None:
    assert data_of() == json.loads((EXPECTED / "bad-stack.html.json").read_text("utf-8"))


def test_every_finding_is_there_by_what_one_edit_mends() -> None:
    report = report_of()
    rows = rows_of(html.to_data(report))
    groups = report.lines.groups(report.findings)
    assert [row["fingerprint"] for row in rows] == [found.fingerprint for group in groups for found in group.findings]
    assert {row["outcome"] for row in rows} == {str(found.outcome) for found in FINDINGS}


@pytest.mark.parametrize(
    ("outcome", "enforcement", "fail_on", "status"),
    [
        (Outcome.VIOLATED, Enforcement.MANDATORY, None, "to mend"),
        (Outcome.VIOLATED, Enforcement.ADVISORY, None, "advisory"),
        (Outcome.VIOLATED, Enforcement.ADVISORY, Severity.HIGH, "to mend"),
        (Outcome.VIOLATED, Enforcement.MANDATORY, Severity.CRITICAL, "advisory"),
        (Outcome.UNKNOWN, Enforcement.ADVISORY, None, "not judged"),
        (Outcome.UNKNOWN, Enforcement.MANDATORY, None, "to mend"),
        (Outcome.UNREADABLE, Enforcement.ADVISORY, None, "advisory"),
        (Outcome.WAIVED, Enforcement.MANDATORY, None, "waived"),
        (Outcome.BROKEN, Enforcement.ADVISORY, None, "to mend"),
    ],
)
def test_status(outcome: Outcome, enforcement: Enforcement, fail_on: Severity | None, status: str) -> None:
    found = finding(outcome=outcome, enforcement=enforcement)
    (row,) = rows_of(data_of(findings=[found], fail_on=fail_on))
    assert row["status"] == status


def test_the_baseline_is_counted() -> None:
    assert data_of()["known"] is None
    assert data_of(known=Known(3, 1))["known"] == {"number": 3, "changed": 1}


def test_what_has_changed_since_the_base_is_told() -> None:
    kept, changed, new, gone = (finding(path=name, message=f"{name} is 1") for name in ("a", "b", "c", "d"))
    before = [entry_of(one) for one in (kept, changed._replace(message="b is 2"), gone)]
    now = [kept, changed, new]
    data = data_of(findings=now, change=compare(before, [entry_of(one) for one in now]))
    assert [row["change"] for row in rows_of(data)] == ["kept", "changed", "new"]
    assert data["change"] == {
        "new": 1, "changed": 1, "kept": 2, "gone": 1,
        "gone_first": [["pool-capacity", "shop/dev", "chat", "d", "d is 1"]],
    }  # fmt: skip


def test_only_web_pages_are_linked_to() -> None:
    rules = (replace(RULES[0], source="javascript:alert(1)"), RULES[1])
    sources = {rule["id"]: rule["source"] for rule in data_of(rules=rules)["rules"]}
    assert sources["pool-capacity"] == ""
    assert sources["pool-description"] == "https://example.com/pool-description"


@pytest.mark.parametrize("text", ATTACKS)
def test_names_are_no_markup(text: str) -> None:
    plain = _Reader(render(report_of(findings("x")), "html"))
    report = report_of(findings(text))
    report.tally.projects = {text}
    reader = _Reader(render(report, "html"))
    assert [tag for tag, _ in reader.elements] == [tag for tag, _ in plain.elements]
    block = reader.text("script", id="data")
    assert "<" not in block
    expected = shown(text)
    assert all(row["message"] == expected for row in rows_of(json.loads(block)))


def test_licences_of_what_is_in_the_page_are_beside_it() -> None:
    web = Path(__file__).parents[2] / "web"
    packages = json.loads((web / "package-lock.json").read_text("utf-8"))["packages"]
    used = {
        name.removeprefix("node_modules/"): package
        for name, package in packages.items()
        if name and not package.get("dev") and not package.get("devOptional")
    }
    notices = (PAGE / "THIRD-PARTY.txt").read_text("utf-8")
    assert {"chart.js", "@tanstack/table-core"} <= set(used)
    for name, package in used.items():
        assert f"{name} {package['version']} ({package['license']})" in notices
    assert notices.count("Permission is hereby granted") == len(used)


def test_the_lock_names_no_registry() -> None:
    web = Path(__file__).parents[2] / "web"
    packages = json.loads((web / "package-lock.json").read_text("utf-8"))["packages"]
    for name, package in packages.items():
        assert "resolved" not in package
        assert not name or package["integrity"].startswith("sha512-")
