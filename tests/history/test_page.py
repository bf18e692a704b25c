"""The page of a history in a real Chromium, without a network: what its reader does, and what axe says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from history.fleet import AUDITS, fleet, large_fleet
from history.records import record
from poolgate.history import html
from poolgate.history.changes import DIMENSIONS, Told, tell
from poolgate.history.render import as_json, render
from reports.browser import DESKTOP, PHONE, Opener, Scheme, Tabs, chromium, violations


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def show(tabs: Tabs, tmp_path: Path) -> Iterator[Opener]:
    """Opens the page of the ten audits, or of another history."""
    with tabs.opener(tmp_path) as opened:

        def shown(link: str = "", told: Told | None = None, **context: Any) -> Page:
            return opened(render(told or ten_audits(), "html", None), link, **context)

        yield shown


@cache
def ten_audits() -> Told:
    told = tell(fleet(), None, DIMENSIONS)
    assert told is not None
    return told


def tile(page: Page, name: str) -> Locator:
    return page.locator(".tile", has_text=name)


def matching(page: Page, text: str) -> None:
    expect(page.locator(".matching")).to_have_text(text)


def group(page: Page, name: str) -> Locator:
    return page.locator("table.groups tbody tr").filter(has=page.get_by_role("button", name=name, exact=True))


def sum_up(page: Page, dimension: str) -> Locator:
    return page.get_by_role("group", name="Sum up by").get_by_role("button", name=dimension, exact=True)


def cells(page: Page, name: str) -> list[str]:
    """The numbers of a group: to mend, open, not known, waived, new or back, mended."""
    return group(page, name).locator("td").all_inner_texts()[1:7]


def texts(row: Locator) -> list[str]:
    return [" ".join(text.split()) for text in row.locator("th, td").all_inner_texts()]


def chart(page: Page) -> str:
    return page.locator(".trend canvas").get_attribute("aria-label") or ""


def test_how_it_stands_and_what_has_changed(show: Opener) -> None:
    page = show()
    said = [" ".join(text.split()) for text in page.locator(".tile").all_inner_texts()]
    assert said == [
        "10 to mend ▲ 1 more",
        "3 advisory ▲ 1 more",
        "3 of these not known as before",
        "4 waived as before",
        "10 of 12 stacks read as before",
    ]
    expect(page.locator(".summary")).to_contain_text("10 audits from 2026-11-01 05:00 to 2026-11-10 05:00 UTC")
    expect(page.locator(".note")).to_have_text(
        [
            "2 findings may be there or not: its stack is not read",
            "1 finding may be there or not: its stack is vanished",
        ]
    )
    expect(page.locator(".change h3")).to_have_text(["2 new", "1 returned", "1 waiver ended", "1 mended", "1 waived"])
    page.locator(".change.mended").get_by_role("button", name="request-timeout-bounded").click()
    opened = page.locator("tr.opened")
    expect(opened).to_contain_text("Mended2026-11-10 05:00")
    expect(opened).to_contain_text("poolgate explain request-timeout-bounded")
    assert page.get_by_role("button", name="request-timeout-bounded", expanded=True).count() == 1


def test_the_trend_says_what_nobody_looked_for(show: Opener) -> None:
    page = show()
    assert chart(page) == (
        "Line chart of 10 audits: open from 19 to 13, to mend from 16 to 10, waived from 3 to 4; "
        "not all was read in 8 of them"
    )
    page.get_by_text("As a table").click()
    rows = page.locator(".values tbody tr")
    expect(rows).to_have_count(AUDITS)
    eighth = rows.nth(AUDITS - 8).locator("th, td").all_inner_texts()
    assert eighth == ["2026-11-08 05:00", "11", "9", "3", "4", "10 of 12", "1 rule more, 1 rule by other options"]
    sum_up(page, "Stack").click()
    for name, blind in (("chat/test", 6), ("vision/dev", 4), ("fraud/prod-eu", 2)):
        spark = group(page, name).locator("svg").get_attribute("aria-label") or ""
        assert f"not known in {blind} of 10 audits" in spark
    page.get_by_role("button", name="chat/test", exact=True).first.click()
    expect(page.locator("#trend")).to_have_text("Trend of stack chat/test")
    assert "not all was read in 6 of them" in chart(page)


def test_from_a_group_to_its_findings_to_one_resource_and_its_link(show: Opener) -> None:
    page = show()
    assert cells(page, "ranking-serving@contoso.com") == ["1", "2", "0", "2", "1", "1"]
    for dimension, name, mend in (
        ("Platform", "sagemaker", "4"),
        ("Cost centre", "5100", "2"),
        ("Team", "search", "1"),
    ):
        sum_up(page, dimension).click()
        assert cells(page, name)[0] == mend
    page.get_by_role("button", name="search", exact=True).click()
    matching(page, "4 of 17 findings")
    page.get_by_label("with what has ended").check()
    matching(page, "7 of 27 findings")
    page.locator("tr.finding", has_text="capacity-bounded").first.get_by_role("button").click()
    expect(page.locator("tr.opened")).to_contain_text("Returned2026-11-10 05:00")
    page.get_by_role("button", name="All 2 findings of this resource").click()
    matching(page, "2 of 27 findings")
    expect(page.locator(".resource h3")).to_have_text("ranker")
    expect(page.locator(".resource")).to_contain_text("1 to mend, 1 advisory, 0 waived, 0 mended")
    assert "#by=" not in page.url
    again = show(page.url[page.url.index("#") :])
    matching(again, "2 of 27 findings")
    expect(again.locator(".resource h3")).to_have_text("ranker")
    expect(sum_up(again, "Team")).to_have_attribute("aria-pressed", "true")


def test_waivers_near_their_end_and_stacks_that_nobody_reads_lead_to_what_they_cover(show: Opener) -> None:
    page = show()
    expect(
        page.get_by_text(
            "1 of 2 waivers ends within 30 days of 2026-11-10, the day of the last audit. "
            "1 exception of the policy config has no last day."
        )
    ).to_be_visible()
    first = page.locator("section[aria-labelledby=waivers] tbody tr").first
    reason = "The lab moves to the shared pool in January; until then it stays as large as it is."
    assert texts(first) == [
        *("2026-11-19 9 days", "ranking-serving@contoso.com (OPS-714)", reason),
        "2 findings in 1 stack since 2026-11-01, of ranking-serving@contoso.com",
    ]
    last = page.locator("section[aria-labelledby=waivers] tbody tr").last
    assert texts(last) == [
        *("none no end", "exception legacy-scorer", "Switched off in March, and nobody deploys it any more."),
        "1 finding in 1 stack since 2026-11-04, of risk-models@contoso.com",
    ]
    last.get_by_role("button").click()
    matching(page, "1 of 17 findings")
    page.locator("tr.finding").get_by_role("button", name="tags-required").click()
    opened = page.locator("tr.opened")
    expect(opened).to_contain_text("Exception legacy-scorer, no last day: Switched off in March")
    expect(opened).to_contain_text("Waived since2026-11-04 05:00")
    page = show()
    first = page.locator("section[aria-labelledby=waivers] tbody tr").first
    first.get_by_role("button").click()
    matching(page, "2 of 17 findings")
    expect(page.locator("tr.finding .c-status .strong")).to_have_text(["waived", "waived"])
    stacks = page.locator("section[aria-labelledby=stacks] tbody tr")
    assert [row.split("\t") for row in stacks.all_inner_texts()] == [
        ["chat/test", "not read", "2026-11-05", "2026-11-04", "2 findings"],
        ["vision/dev", "vanished", "2026-11-07", "2026-11-06", "1 finding"],
    ]
    stacks.nth(1).get_by_role("button").click()
    matching(page, "1 of 17 findings")
    tile(page, "of these not known").click()
    page.get_by_role("button", name="Remove stack: vision/dev").click()
    matching(page, "3 of 17 findings")


def test_a_link_to_a_finding_that_has_ended_opens_it_and_keys_do(show: Opener) -> None:
    ended = "tags-required|ranking/prod|ranker-eu|tags:1"
    page = show(f"#finding={ended}")
    expect(page.locator("tr.opened")).to_contain_text("Mended2026-11-08 05:00")
    opener = page.locator("button.opener[aria-expanded=true]")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("tr.opened")).to_have_count(0)
    sum_up(page, "Environment").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="prod", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="prod", exact=True)).to_be_focused()
    matching(page, "17 of 27 findings")
    missing = show("#finding=nothing")
    expect(missing.locator("main p.unseen[role=status]")).to_have_text(
        "The finding of this link is not in this history."
    )


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["light", "dark-phone"])
def test_axe_has_nothing_against_it_and_nothing_is_wider(show: Opener, scheme: Scheme, size: tuple[int, int]) -> None:
    page = show("#by=stack&stack=chat%2Ftest&ended=shown", scheme=scheme, size=size)
    page.locator("button.opener[aria-expanded]").first.click()
    page.get_by_role("button", name="of this resource").or_(page.get_by_role("button", name="Only this")).click()
    page.locator("button.opener[aria-expanded]").first.click()
    page.get_by_text("As a table").click()
    expect(page.locator(".resource")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_paper_is_white_and_has_all_of_it(show: Opener) -> None:
    page = show(scheme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.locator(".tools")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")


def test_names_are_shown_as_they_are(show: Opener) -> None:
    page = show()
    hostile = page.locator("tr.finding", has_text="onerror")
    expect(hostile.locator(".c-resource")).to_have_text("<img src=x onerror=alert(1)>")
    expect(hostile.locator(".message")).to_contain_text('</script><!--, expected "one" of \' & `x`')
    made = page.evaluate("['img', 'script', 'style'].map(name => document.querySelectorAll(name).length)")
    assert made == [0, 2, 1]
    written = page.evaluate("document.getElementById('data').textContent")
    assert json.loads(written) == json.loads(json.dumps(html.to_data(ten_audits(), as_json(ten_audits()), None)))


def test_ten_thousand_findings(show: Opener) -> None:
    told = tell(large_fleet(10_000, audits=2), None, DIMENSIONS)
    assert told is not None
    page = show(told=told)
    now = told.points[-1].total
    matching(page, f"{now.open + now.waived:,} findings")
    assert page.evaluate("document.querySelectorAll('*').length") < 5000
    page.get_by_role("searchbox", name="Search").fill("pool-7 fraud")
    live = [one for one in told.course.findings.values() if one.state in ("open", "waived")]
    wanted = [one for one in live if "pool-7" in one.last.name and "fraud" in one.last.project]
    matching(page, f"{len(wanted)} of {len(live):,} findings")
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".pager")).to_contain_text("Page 2 of")


def test_one_audit_and_nothing_found(show: Opener) -> None:
    told = tell([record(0)], None, DIMENSIONS)
    page = show(told=told)
    matching(page, "0 findings")
    expect(page.locator(".nothing")).to_have_text("Nothing is open, and nothing is waived.")
    expect(page.locator(".summary")).to_contain_text("nothing to compare it with")
    assert violations(page) == []
