"""The HTML report in a real Chromium, without a network: what its reader does, and what axe says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from inference_pools.finding import Enforcement, Outcome
from poolgate.findings import Location as Place
from poolgate.findings import Origin, subject_of
from poolgate.report import Report, html, render
from poolgate.report.earlier import compare
from poolgate.report.entry import entry_of
from reports.bad_stack import FINDINGS, STACK, finding, report_of
from reports.browser import DESKTOP, PHONE, Scheme, Tabs, chromium, violations
from reports.large_report import large_report
from reports.test_hostile import ATTACKS, hostile

Opener: TypeAlias = Callable[..., Page]

SMALL: Final = 120
_SEVERITIES: Final = ("critical", "high", "medium", "low")
_STATUSES: Final = ("to mend", "advisory", "not judged", "waived")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def show(tabs: Tabs, tmp_path: Path) -> Iterator[Opener]:
    """Opens a report from a file, offline. In the end no page may have asked for anything, or complained."""
    with tabs.opener(tmp_path) as opened:

        def shown(report: Report, link: str = "", **context: Any) -> Page:
            return opened(render(report, "html"), link, **context)

        yield shown


def rows_of(report: Report) -> list[dict[str, Any]]:
    """The findings as the page is told of them, in the order in which it shows them."""
    data = html.to_data(report)
    rows = [dict(zip(data["columns"], row, strict=True)) for row in data["findings"]]
    for row in rows:
        urn, _, name, project, stack, owner, team, cost_center, environment = data["subjects"][row["subject"]]
        row |= {
            "urn": urn, "resource": name, "stack": f"{project}/{stack}", "owner": owner,
            "team": team, "cost centre": cost_center, "environment": environment,
            "rule": data["rules"][row["rule"]]["id"], "path": data["texts"][row["path"]],
        }  # fmt: skip

    def own(row: dict[str, Any]) -> tuple[int, int]:
        return _STATUSES.index(row["status"]), _SEVERITIES.index(row["severity"])

    of_line: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        of_line.setdefault(row["edit"], []).append(own(row))

    def order(row: dict[str, Any]) -> tuple[tuple[int, int], int]:
        edit = row["edit"]
        return (own(row), 0) if edit is None else (min(of_line[edit]), edit)

    return sorted(rows, key=order)


def openers(page: Page) -> Locator:
    """The findings that are shown, by the button of each."""
    return page.locator("button.opener")


def shown(page: Page) -> list[str]:
    """The fingerprints of the findings that are shown."""
    found: list[str] = openers(page).evaluate_all("all => all.map(one => one.dataset.fingerprint)")
    return found


def open_list(card: Locator) -> None:
    """Opens the list of a chart, which the page makes once it is asked for."""
    card.locator("summary").click()
    expect(card.locator("tbody th").first).to_be_visible()


def told(page: Page, text: str) -> None:
    """What the page says about how many findings there are, aloud."""
    expect(page.locator(".matching")).to_have_text(text)
    expect(page.locator(".matching")).to_have_attribute("role", "status")


def search(page: Page, text: str) -> None:
    """Searches, and waits until the page has."""
    page.get_by_role("searchbox", name="Search").fill(text)
    expect(page.locator(".chip").first).to_have_text(f"“{text}”")


def leading(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without those that the edit of one before them mends: these are folded."""
    before: set[int] = set()
    return [
        row
        for row in rows
        if row["edit"] is None or not (row["edit"] in before or before.add(row["edit"]))  # type: ignore[func-returns-value]
    ]


def first(rows: list[dict[str, Any]], number: int = 50, *, page: int = 0) -> list[str]:
    """The fingerprints of what a page shows of these rows."""
    return [row["fingerprint"] for row in leading(rows)[page * number :][:number]]


def pages(rows: list[dict[str, Any]]) -> int:
    return -(-len(leading(rows)) // 50)


def test_findings_are_shown_those_to_mend_first(show: Opener) -> None:
    report = large_report(SMALL)
    page = show(report)
    told(page, f"{SMALL} findings")
    assert shown(page) == first(rows_of(report))
    expect(page.get_by_role("heading", level=1)).to_have_text("poolgate audit")
    expect(page.locator(".summary")).to_contain_text(
        "218 known from the baseline and left out, 12 of them with a milder"
    )
    for status in _STATUSES:
        number = sum(row["status"] == status for row in rows_of(report))
        expect(page.locator(".tile", has_text=status)).to_have_text(re.compile(rf"^{number}\s+{status}$"))


def test_filters_combine_and_counts_follow(show: Opener) -> None:
    report = large_report(SMALL)
    rows = rows_of(report)
    page = show(report)
    page.locator(".tile", has_text="to mend").click()
    rows = [row for row in rows if row["status"] == "to mend"]
    told(page, f"{len(rows)} of {SMALL} findings")
    severities = page.get_by_role("region", name="Findings by severity")
    severities.locator("summary").click()
    severities.get_by_role("button", name="high", exact=True).click()
    severities.get_by_role("button", name="medium", exact=True).click()
    rows = [row for row in rows if row["severity"] in ("high", "medium") and row["outcome"] != "unknown"]
    told(page, f"{len(rows)} of {SMALL} findings")
    owners = page.get_by_role("region", name="Findings by owner")
    open_list(owners)
    counts = dict(
        zip(owners.locator("tbody th").all_inner_texts(), owners.locator("tbody td").all_inner_texts(), strict=True)
    )
    owned = {owner: sum(row["owner"] == owner for row in rows) for owner in {row["owner"] for row in rows}}
    assert counts == {owner or "no owner": str(number) for owner, number in owned.items()}
    owners.get_by_role("button", name="no owner").click()
    rows = [row for row in rows if not row["owner"]]
    assert rows
    told(page, f"{len(rows)} of {SMALL} findings")
    assert shown(page) == first(rows)
    page.get_by_role("button", name="Remove severity: high").click()
    rows = [row for row in rows if row["severity"] != "high"]
    told(page, f"{len(rows)} of {SMALL} findings")
    assert shown(page) == first(rows)
    page.locator(".chips").get_by_role("button", name="Show all").click()
    told(page, f"{SMALL} findings")


def test_filter_by_team_cost_centre_and_environment(show: Opener) -> None:
    report = large_report(SMALL)
    rows = rows_of(report)
    page = show(report)
    chosen = {}
    for dimension, key in (("team", "team"), ("cost centre", "cost-center"), ("environment", "environment")):
        card = page.get_by_role("region", name=f"Findings by {dimension}")
        open_list(card)
        names = card.locator("tbody th").all_inner_texts()
        numbers = [sum(row[dimension] == ("" if name.startswith("no ") else name) for row in rows) for name in names]
        assert card.locator("tbody td").all_inner_texts() == [str(number) for number in numbers]
        value = next(name for name in names if not name.startswith("no "))
        card.get_by_role("button", name=value, exact=True).click()
        rows = [row for row in rows if row[dimension] == value]
        told(page, f"{len(rows)} of {SMALL} findings")
        assert shown(page) == first(rows)
        expect(page.get_by_role("button", name=f"Remove {dimension}: {value}")).to_be_visible()
        assert f"{key}={value}" in page.url
        chosen[dimension.capitalize()] = value
    again = show(report, page.url[page.url.index("#") :])
    told(again, f"{len(rows)} of {SMALL} findings")
    openers(again).first.click()
    for name, value in chosen.items():
        expect(again.locator("tr.opened dl")).to_contain_text(f"{name}{value}")


def test_what_no_tag_says_is_nothing_to_choose_from(show: Opener) -> None:
    page = show(report_of([finding(subject=finding().subject._replace(team="search"))]))
    cards = page.locator("section.card h3").all_inner_texts()
    assert cards == ["Severity", "Rule", "Owner", "Team", "Stack"]


def test_filter_by_a_list(show: Opener) -> None:
    report = large_report(SMALL)
    page = show(report)
    for facet in ("outcome", "enforcement"):
        for value in sorted({row[facet] for row in rows_of(report)}):
            page.locator(f"#{facet}").select_option(value)
            rows = [row for row in rows_of(report) if row[facet] == value]
            told(page, f"{len(rows)} of {SMALL} findings")
            assert shown(page) == first(rows)
        page.locator(".chips").get_by_role("button", name="Show all").click()


def test_a_bar_that_is_clicked_is_chosen(show: Opener) -> None:
    report = large_report(SMALL)
    page = show(report)
    canvas = page.get_by_role("region", name="Findings by rule").locator("canvas")
    label = canvas.get_attribute("aria-label") or ""
    rule, number = label.removeprefix("Bar chart of findings by rule: ").split(", ")[0].rsplit(" ", 1)
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": box["width"] * 0.66, "y": 22})
    told(page, f"{number} of {SMALL} findings")
    assert first([row for row in rows_of(report) if row["rule"] == rule], SMALL) == shown(page)
    canvas.click(position={"x": box["width"] * 0.66, "y": 22})
    told(page, f"{SMALL} findings")


@pytest.mark.parametrize(
    "owner", ["service-desk-ml@contoso.example.com", "ill-fitting-tiles-in-little-italy-till-july-still"]
)
def test_a_long_name_is_cut_at_its_end(show: Opener, owner: str) -> None:
    subject = finding().subject
    owners = [f"{number}-{owner}" for number in range(3)]
    page = show(report_of([finding(subject=subject._replace(owner=one, name=one)) for one in owners]))
    canvas = page.get_by_role("region", name="Findings by owner").locator("canvas")
    for width in (1280, 700, 1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        inked: list[int] = canvas.evaluate(_INKED)
        assert inked[0] >= 1, f"{width} px: the first letter is cut off"
        assert inked[1] > 50, "something is drawn"


_INKED: Final = """canvas => {
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  const rows = [...Array(height).keys()];
  const columns = [...Array(width).keys()].filter((x) => rows.some((y) => data[4 * (y * width + x) + 3]));
  return [columns[0], columns.length];
}"""
"""The first column of a canvas in which something is drawn, and how many there are."""


def test_sort(show: Opener) -> None:
    report = large_report(45)
    page = show(report)
    for column in ("Severity", "Rule", "Resource", "Owner", "Finding"):
        assert_sorts(page, report, column)


def assert_sorts(page: Page, report: Report, column: str) -> None:
    head = page.get_by_role("columnheader", name=column)
    key = {"Finding": "message"}.get(column, column.lower())
    before = shown(page)
    value = {row["fingerprint"]: row[key] for row in rows_of(report)}

    def ordered(*, descending: bool) -> None:
        values = [value[fingerprint] for fingerprint in shown(page)]
        if key == "severity":
            ranks = [_SEVERITIES.index(severity) for severity in values]
        else:
            # As people read numbers: pool-9 comes before pool-10; what is empty comes last.
            ranks = [
                (not text, [(part.isdigit(), int(part) if part.isdigit() else part.casefold())
                            for part in re.split(r"(\d+)", text) if part])
                for text in values
            ]  # fmt: skip
        assert ranks == sorted(ranks, reverse=descending)
        assert len(set(values)) > 1

    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    ordered(descending=False)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    ordered(descending=True)
    head.get_by_role("button").click()
    expect(head).not_to_have_attribute("aria-sort", re.compile(".*"))
    assert shown(page) == before


def test_search_looks_at_all_text(show: Opener) -> None:
    report = large_report(SMALL)
    rows = rows_of(report)
    page = show(report)
    field = page.get_by_role("searchbox", name="Search")
    some = rows[7]
    for query, expected in (
        (some["urn"], [row for row in rows if some["urn"] in row["urn"]]),
        (some["fingerprint"], [some]),
        ("COST CENTRE january", [row for row in rows if row["status"] == "waived"]),
        (f"{some['rule']} no-such-word", []),
    ):
        search(page, query)
        told(page, f"{len(expected)} of {SMALL} findings")
        assert shown(page) == first(expected)
    expect(page.locator(".nothing")).to_contain_text("No finding matches.")
    page.locator(".nothing").get_by_role("button", name="Show all").click()
    told(page, f"{SMALL} findings")
    expect(field).to_be_focused()


def test_open_a_finding_and_send_its_link(show: Opener) -> None:
    report = report_of()
    page = show(report)
    opener = page.get_by_role("button", name="pool-capacity")
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(opener).to_be_focused()
    opened = page.locator("tr.opened")
    for text in (
        "Capacity is affordable",
        "is 999, the limit is 50",
        "Set sku.capacity to a number from 1 to 50.",
        "or somebody is called at night",
        "urn:pulumi:dev::shop::azure-native:machinelearningservices:InferencePool::chat",
        "Pulumi.dev.yaml:2:18",
        "__main__.py:3",
    ):
        expect(opened).to_contain_text(text)
    link = opened.get_by_role("link", name="What the rule rests on")
    expect(link).to_have_attribute("href", "https://example.com/pool-capacity")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    opened.get_by_role("button", name="Copy link").click()
    expect(opened).to_contain_text("copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    opened.get_by_role("button", name="About the rule").click()
    entry = page.locator("details.rule[open]")
    expect(entry).to_contain_text("See to it that capacity is affordable.")
    expect(entry.locator("summary")).to_be_focused()
    opener.click()
    expect(page.locator("tr.opened")).to_have_count(0)
    again = show(report, "#" + copied.partition("#")[2])
    expect(again.locator("tr.opened")).to_contain_text("is 999, the limit is 50")
    expect(again.get_by_role("button", name="pool-capacity")).to_be_focused()


def test_a_waived_finding_says_until_when_and_by_whom(show: Opener) -> None:
    waived = "Waived until 2027-01-31 by ml-platform: moves to the new cost centre (OPS-7), approved by finance"
    exempted = "Exempted by EXC-1, no end date: agreed in the platform round"
    for found in (one for one in FINDINGS if one.outcome is Outcome.WAIVED):
        page = show(report_of([found]))
        page.get_by_role("button", name="pool-tags").click()
        opened = page.locator("tr.opened")
        expect(opened.get_by_text(waived)).to_have_count(int(found.waiver is not None))
        expect(opened.get_by_text(exempted)).to_have_count(int(found.exemption is not None))


def test_a_link_leads_to_its_finding_wherever_it_is(show: Opener) -> None:
    report = large_report(SMALL)
    last = rows_of(report)[-1]
    hidden = "critical" if last["severity"] != "critical" else "low"
    page = show(report, f"#severity={hidden}&finding={last['fingerprint']}")
    told(page, f"{SMALL} findings")
    opener = page.locator("button.opener[aria-expanded=true]")
    expect(opener).to_have_attribute("data-fingerprint", last["fingerprint"])
    expect(opener).to_be_in_viewport()
    number = pages(rows_of(report))
    expect(page.locator(".pager")).to_contain_text(f"Page {number} of {number}")


def test_a_link_holds_what_is_chosen(show: Opener) -> None:
    report = large_report(SMALL)
    page = show(report)
    page.locator(".tile", has_text="to mend").click()
    search(page, "platform")
    page.get_by_label("Sorted by").select_option("resource")
    expect(page.locator("th.c-resource")).to_have_attribute("aria-sort", "ascending")
    told(page, page.locator(".matching").inner_text())
    expect(page).to_have_url(re.compile("#q=platform&status=to\\+mend&sort=resource$"))
    again = show(report, "#" + page.url.partition("#")[2])
    assert shown(again) == shown(page)
    assert shown(again) != shown(show(report))


def test_a_link_to_a_finding_that_is_gone_says_so(show: Opener) -> None:
    page = show(report_of(), "#finding=0123:1")
    expect(page.locator("main p.unseen[role=status]")).to_have_text("The finding of this link is not in this report.")


def test_what_has_changed_since_the_base(show: Opener) -> None:
    kept, new, gone = (finding(path=name, message=f"{name} is 1") for name in ("a", "c", "d"))
    report = report_of([kept, new])
    change = compare([entry_of(kept), entry_of(gone)], [entry_of(one) for one in report.findings])
    page = show(report.but(change=change))
    page.get_by_text("Against the base: 1 new, 1 gone, 0 changed, 1 kept.").click()
    expect(page.locator(".gone li")).to_have_text(["pool-capacity shop/dev chat: d: d is 1"])
    page.locator("#change").select_option("new")
    told(page, "1 of 2 findings")
    expect(page.locator(".badge.new")).to_have_count(1)


def test_keys_do_what_the_mouse_does(show: Opener) -> None:
    page = show(report_of())
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the findings")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#findings")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    outline = page.evaluate(
        "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
    )
    assert outline == "solid3px"
    page.get_by_role("button", name="Severity").focus()
    page.keyboard.press("Space")
    expect(page.locator("th.c-severity")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="pool-capacity").focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr.opened")).to_contain_text("Set sku.capacity to a number")
    page.keyboard.press("Enter")
    expect(page.locator("tr.opened")).to_have_count(0)
    tile = page.locator(".tile", has_text="advisory")
    tile.focus()
    page.keyboard.press("Space")
    expect(tile).to_have_attribute("aria-pressed", "true")
    expect(tile).to_be_focused()


def test_pages(show: Opener) -> None:
    report = large_report(SMALL)
    page = show(report)
    page.get_by_role("button", name="Next").click()
    assert shown(page) == first(rows_of(report), page=1)
    page.get_by_role("button", name="Last").click()
    assert shown(page) == first(rows_of(report), page=pages(rows_of(report)) - 1)
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_label("Rows").select_option("250")
    assert shown(page) == first(rows_of(report), SMALL)


def test_all_that_match_are_printed(show: Opener) -> None:
    page = show(large_report(SMALL), scheme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    colours = "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    assert page.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(29, 36, 48)"]
    expect(openers(page)).to_have_count(SMALL)
    expect(page.locator(".tools")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(openers(page)).to_have_count(50)


def test_what_one_edit_mends_is_one_row_until_it_is_unfolded(show: Opener) -> None:
    line = Place("Pulumi.dev.yaml", 2, 18)
    urn = "urn:pulumi:dev::shop::a:b:InferencePool::"
    pools = [subject_of(f"{urn}pool-{number}", "a:b:InferencePool", f"pool-{number}") for number in range(5)]
    schemas = finding("config-schema", "is no number", "", subject=STACK, location=line)
    found = [
        *(finding("pool-capacity", "is bad", subject=pool, location=line) for pool in pools),
        finding("provider-check", "is refused", subject=pools[3], location=line),
        schemas._replace(origin=Origin.CONFIG, keys=("shop:capacity",)),
        finding(
            "pool-model", "not known yet", outcome=Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY, location=line
        ),
    ]
    report = report_of(found)
    page = show(report)
    expect(page.locator(".summary strong")).to_have_text("1 line to edit")
    told(page, "8 findings")
    expect(openers(page)).to_have_text(["config-schema", "pool-model"])
    page.get_by_role("button", name="6 more findings of this line").click()
    expect(openers(page)).to_have_text(["config-schema", "pool-capacity", "provider-check", "pool-model"])
    expect(page.get_by_role("button", name="6 more findings of this line")).to_be_focused()
    expect(page.locator("tr.finding").nth(1).locator(".c-resource")).to_have_text("pool-0, pool-1, pool-2 and 2 more")
    assert violations(page) == []
    page.get_by_role("button", name="6 more findings of this line").click()
    expect(openers(page)).to_have_count(2)
    last = next(row for row in rows_of(report) if row["resource"] == "pool-4")
    page = show(report, f"#finding={last['fingerprint']}")
    expect(page.locator("tr.opened")).to_contain_text(last["urn"])
    expect(page.locator("tr.opened")).to_contain_text("shop/dev pool-0")


def test_how_grave_something_is_that_was_not_judged_is_not_counted(show: Opener) -> None:
    unknown = finding("pool-model", "not known yet", outcome=Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY)
    page = show(report_of([finding(), unknown]))
    severities = page.get_by_role("region", name="Findings by severity")
    severities.locator("summary").click()
    expect(severities.locator("tbody tr")).to_have_text(["high1"])
    severities.get_by_role("button", name="high", exact=True).click()
    told(page, "1 of 2 findings")


def test_nothing_found(show: Opener) -> None:
    page = show(report_of([]))
    told(page, "0 findings")
    expect(page.locator(".nothing")).to_have_text("Nothing was found.")
    assert violations(page) == []


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["light", "dark-phone"])
def test_axe_has_nothing_against_it(show: Opener, scheme: Scheme, size: tuple[int, int]) -> None:
    page = show(large_report(SMALL), scheme=scheme, size=size)
    assert violations(page) == []
    overview = page.locator("details.overview")
    if overview.get_attribute("open") is None:
        overview.locator("> summary").click()
    for summary in page.locator("details.values > summary").all():
        summary.click()
    page.locator("details.rule > summary").first.click()
    search(page, "platform")
    page.locator(".tile", has_text="to mend").click()
    openers(page).nth(1).click()
    expect(page.locator("tr.opened")).to_have_count(1)
    assert violations(page) == []


@pytest.mark.parametrize("link", ["", "#q=platform"])
def test_nothing_is_wider_than_a_phone(show: Opener, link: str) -> None:
    page = show(large_report(SMALL), link, size=PHONE)
    expect(page.locator("details.overview")).not_to_have_attribute("open", "")
    page.locator("details.overview > summary").click()
    openers(page).first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    opened = page.locator("tr.opened")
    opened.scroll_into_view_if_needed()
    expect(opened.get_by_role("button", name="Copy link")).to_be_visible()
    # A card, and yet a table to whoever has it read aloud.
    roles = page.get_by_role("table").filter(has=page.locator("button.opener")).get_by_role("row")
    assert roles.count() >= 2
    page.get_by_label("Sorted by").select_option("owner")
    expect(page.locator(".c-owner").nth(1)).to_be_visible()


def test_dark_follows_the_reader(show: Opener) -> None:
    page = show(report_of())

    def brightness() -> int:
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", ground)[:3]))

    def pixels() -> str:
        drawn: str = page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")
        return drawn

    light, charts = brightness(), pixels()
    page.emulate_media(color_scheme="dark")
    assert light > 3 * 200
    assert brightness() < 3 * 60
    page.wait_for_function("before => document.querySelector('canvas').toDataURL() !== before", arg=charts)


def test_names_are_shown_as_they_are(show: Opener) -> None:
    texts = [text for text in ATTACKS if text.isprintable() and text]
    page = show(report_of([hostile(text) for text in texts]))
    told(page, f"{len(texts)} findings")
    messages = page.locator("tr.finding .message").all_text_contents()
    assert sorted(messages) == sorted(texts)
    for text in ("<img src=x onerror=alert(1)>", "<script>alert(1)</script>"):
        search(page, text)
        told(page, f"1 of {len(texts)} findings")
        openers(page).first.click()
        expect(page.locator("tr.opened .said")).to_contain_text(text)
    made = page.evaluate(
        "['img', 'iframe', 'script', 'b', 'style', 'link'].map(name => document.querySelectorAll(name).length)"
    )
    assert made == [0, 0, 2, 0, 1, 0]
    assert page.evaluate("[...document.links].map(link => link.href).filter(href => !href.startsWith('file:'))") == []


def test_the_policy_holds(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(report_of(), "html"), encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    page.route("http*://**", lambda route: (asked.append(route.request.url), route.abort()))
    page.goto(file.as_uri())
    made = page.evaluate("""async () => {
        const outcomes = [];
        try { document.body.innerHTML = "<p>x</p>"; outcomes.push("markup"); } catch { outcomes.push("refused"); }
        const script = document.createElement("script");
        try { script.textContent = "window.ran = 1"; document.body.append(script); } catch { outcomes.push("refused"); }
        const image = document.createElement("img");
        image.src = "https://example.com/x.png";
        document.body.append(image);
        try { await fetch("https://example.com/"); outcomes.push("fetched"); } catch { outcomes.push("refused"); }
        outcomes.push(window.ran === undefined ? "refused" : "ran");
        return outcomes;
    }""")
    page.close()
    assert set(made) == {"refused"}
    assert asked == []


def test_thousands_of_findings(show: Opener) -> None:
    report = large_report(6_000)
    rows = rows_of(report)
    page = show(report)
    told(page, "6,000 findings")
    expect(page.locator(".pager")).to_contain_text(f"Page 1 of {pages(rows)}")
    assert shown(page) == first(rows)
    # What is in the document stays small, however much there is to show.
    assert page.evaluate("document.querySelectorAll('*').length") < 5000
    search(page, "ranking-platform eastus")
    matching = [row for row in rows if row["owner"] == "ranking-platform" and "eastus" in row["message"]]
    told(page, f"{len(matching):,} of 6,000 findings")
    page.locator(".tile", has_text="to mend").click()
    matching = [row for row in matching if row["status"] == "to mend"]
    told(page, f"{len(matching):,} of 6,000 findings")
    page.get_by_role("columnheader", name="Resource").get_by_role("button").click()
    numbers = [int(name.rsplit("-", 1)[1]) for name in page.locator("td.c-resource").all_inner_texts()]
    assert len(numbers) == 50
    openers(page).nth(3).click()
    expect(page.locator("tr.opened")).to_contain_text("ranking-platform")


def test_the_data_is_read_as_it_was_written(show: Opener) -> None:
    report = report_of([finding(message=text) for text in ('"', "\\", "\u2028", "</script>", "<!--", "é中🙂")])
    page = show(report)
    written = page.evaluate("JSON.stringify(JSON.parse(document.getElementById('data').textContent))")
    assert json.loads(written) == json.loads(json.dumps(html.to_data(report)))
