"""The trend as a picture: what stands in it, and that no name spoils it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from lxml import etree

from history.fleet import fleet
from history.records import found, record
from poolgate.errors import UsageError
from poolgate.history.changes import DIMENSIONS, tell
from poolgate.history.record import Record
from poolgate.history.render import render
from poolgate.owner import Whose


def picture(records: Iterable[Record], by: str | None = None) -> str:
    told = tell(records, None, DIMENSIONS)
    assert told is not None
    return render(told, "svg", by)


def parsed(text: str) -> etree._Element:
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))


def texts(text: str) -> list[str]:
    return ["".join(one.itertext()).strip() for one in parsed(text).iter("{*}text")]


def broken(text: str) -> int:
    """How many lines are broken, those of the legend left out."""
    dashed = parsed(text).xpath("//*[local-name()='path'][contains(@style, 'stroke-dasharray: 9')]")
    assert isinstance(dashed, list)
    return len(dashed)


def test_the_trend_of_all() -> None:
    text = picture(fleet())
    root = parsed(text)
    assert (root.get("width"), root.get("height")) == ("959.976pt", "540pt")
    said = texts(text)
    assert "Findings in the fleet" in said
    assert "10 audits from 2026-11-01 to 2026-11-10, 12 stacks, 2 of them not read" in said
    assert "Now 13 open (3 of them not known), 10 of them to mend, 4 waived" in said
    legend = ("to mend", "open", "open, and not looked for", "waived", "stacks not read", "by other rules")
    assert [one for one in said if one in legend] == list(legend)
    assert broken(text) == 1
    assert not [
        one for one in root.iter() if isinstance(one.tag, str) and etree.QName(one).localname in ("script", "image")
    ]
    assert text == picture(fleet())


def test_no_day_stands_at_the_axis_twice() -> None:
    assert "2026-11-03" in texts(picture(fleet()))
    said = [one for one in texts(picture([record(0), record(1)])) if one.startswith("11-0")]
    assert len(said) == len(set(said)) > 1


def test_what_never_was_hides_nothing_and_has_no_legend() -> None:
    calm = picture([record(0, found()), record(1, found())])
    assert not {"open, and not looked for", "stacks not read", "by other rules"} & {*texts(calm)}
    assert broken(calm) == 0
    assert "1 audit from 2026-11-01 to 2026-11-01, 1 stack" in texts(picture([record(0)]))


def test_a_line_for_each_of_the_largest_groups_and_one_for_the_others() -> None:
    said = texts(picture(fleet(), "stack"))
    assert "Open findings by stack" in said
    legend = [one for one in said if ": " in one]
    assert legend == [
        *("ranking/prod: 2", "chat/test: 2", "fraud/prod-us: 2", "shop/prod: 2", "vision/prod: 2", "fraud/prod-eu: 1"),
        "6 others: 2",
    ]
    assert "not all of it was looked for" in said
    assert "(no owner): 3" in texts(picture(fleet(), "owner"))
    # What is mended and then not read is not known to be mended any more.
    unread = picture([record(0, found()), record(1), record(2, stacks=[])], "stack")
    assert {"ranking/prod: 0", "not all of it was looked for"} <= {*texts(unread)}


@pytest.mark.parametrize(
    "name",
    [
        "_hidden",
        "$x^{2$",
        "\\frac",
        "<script>&amp;",
        "\u2028\x1b[0m",
        "文字🙂",
        "##vso[task.complete]",
        "x" * 90,
        "%s {0}",
    ],
)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    text = picture([record(0, found(whose=Whose(name, "", "", "")))], "owner")
    (label,) = [one for one in texts(text) if one.endswith(": 1")]
    seen = {"\u2028\x1b[0m": "\\x1b[0m", "x" * 90: "x" * 35 + "…"}.get(name, name)
    assert label == f"{seen}: 1"
    assert "##vso[" not in text


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'poolgate\[pictures\]'"):
        picture(fleet())
