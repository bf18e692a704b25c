"""What the clouds call the same thing: everything that several of them have is on the page, or left out on purpose."""

from __future__ import annotations

from pathlib import Path

from inference_pools import platforms
from library.tools import tool

same_page = tool("same_page")
PAGE = Path(__file__).parents[2] / "docs" / "same-thing.md"


def test_what_several_vendors_have_is_shown_or_left_out_on_purpose() -> None:
    vendors: dict[type, set[str]] = {}
    for platform in platforms.ALL:
        for layout in platform.layouts:
            for facet in layout.places if layout.kind.is_judged else ():
                vendors.setdefault(facet, set()).add(platform.facts.vendor)
    several = {facet for facet, those in vendors.items() if len(those) > 1}

    shown = {row.facet for row in same_page.ROWS}
    assert several - shown == same_page.NOT_SHOWN
    assert not shown & same_page.NOT_SHOWN


def test_a_line_has_the_property_of_each_vendor() -> None:
    lines = {line.split(" | ")[0].strip("| "): line for line in same_page.page(PAGE)}
    machine = lines["the machine"]
    assert "`properties.instanceType`: OnlineDeployment" in machine
    assert "`productionVariants[].instanceType`: EndpointConfiguration" in machine
    assert "`labels`: AiEndpoint" in lines["tags"]


def test_what_is_written_by_hand_has_a_column_for_each_platform() -> None:
    head = PAGE.read_text("utf-8").partition(same_page.MARK)[0]
    rows = [line for line in head.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {len(platforms.ALL) + 2}
