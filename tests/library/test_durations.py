from __future__ import annotations

from datetime import timedelta

import isodate
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference_pools import durations
from inference_pools.durations import DurationError

ACCEPTED = {
    "PT5S": timedelta(seconds=5),
    "PT05S": timedelta(seconds=5),
    "PT5.0S": timedelta(seconds=5),
    "PT0S": timedelta(0),
    "PT0.5S": timedelta(milliseconds=500),
    "PT1M": timedelta(minutes=1),
    "PT1M30S": timedelta(seconds=90),
    "PT90S": timedelta(seconds=90),
    "PT1H30S": timedelta(hours=1, seconds=30),
    "PT0H30S": timedelta(seconds=30),
    "P1D": timedelta(days=1),
    "P1DT12H": timedelta(hours=36),
    "P36500D": timedelta(days=36500),
}
"""Facts: what isodate reads of Microsoft's own spellings, and the default in three of them."""

REFUSED = {
    # Other grammars that isodate or RFC 3339 take.
    "P1M": ("counts years or months, whose length is not fixed", "PT1M (minutes stand after a T)"),
    "P5M": ("counts years or months, whose length is not fixed", "PT5M (minutes stand after a T)"),
    "P1Y": ("counts years or months, whose length is not fixed", None),
    "P1Y2M3DT4H": ("counts years or months, whose length is not fixed", None),
    "P1W": ("counts weeks, which Azure does not read", "P7D"),
    "-PT5S": ("has a sign, and a timeout has none", "PT5S"),
    "+PT5S": ("has a sign, and a timeout has none", "PT5S"),
    "PT5,5S": ("is no ISO 8601 duration", "PT5.5S"),
    "PT1.5H": ("is no ISO 8601 duration", "PT1H30M"),
    "PT876000.0H": ("is no ISO 8601 duration", "P36500D"),
    "P1,5DT": ("is no ISO 8601 duration", "P1DT12H"),
    "X5S": ("is no ISO 8601 duration", None),
    "P\u0661W": ("is no ISO 8601 duration", None),
    "PT": ("is no ISO 8601 duration", None),
    "P": ("is no ISO 8601 duration", None),
    "P1DT": ("is no ISO 8601 duration", "P1D"),
    # Slips of the pen.
    "PT5s": ("has lower-case letters", "PT5S"),
    "pt5s": ("has lower-case letters", "PT5S"),
    " PT5S": ("has blanks around it", "PT5S"),
    "PT5S\n": ("has blanks around it", "PT5S"),
    "P30S": ("is no ISO 8601 duration", "PT30S"),
    "T30S": ("lacks the leading P", "PT30S"),
    "PT30": ("is no ISO 8601 duration", None),
    "PT5S5S": ("is no ISO 8601 duration", None),
    # Other notations.
    "": ("is empty", None),
    "  ": ("is empty", None),
    "0": ("has no unit", "PT0S"),
    "30": ("has no unit", "PT30S"),
    "999.5": ("has no unit", "PT16M39.5S"),
    "1000": ("has no unit", None),
    "5000": ("has no unit", None),
    "30s": ("is not in ISO 8601 form", "PT30S"),
    "30 s": ("is not in ISO 8601 form", "PT30S"),
    "5000ms": ("is not in ISO 8601 form", "PT5S"),
    "500 milliseconds": ("is not in ISO 8601 form", "PT0.5S"),
    "5m": ("is not in ISO 8601 form", "PT5M"),
    "5M": ("is not in ISO 8601 form", "PT5M"),
    "1.5h": ("is not in ISO 8601 form", "PT1H30M"),
    "2 days": ("is not in ISO 8601 form", "P2D"),
    "2d": ("lacks the leading P", "P2D"),
    "1000000000 d": ("is not in ISO 8601 form", "P36500D"),
    # What would be too long is not proposed.
    "36501d": ("lacks the leading P", None),
    "-P36501D": ("has a sign, and a timeout has none", None),
    " P36501D": ("has blanks around it", None),
    "P36501DT": ("is no ISO 8601 duration", None),
    "02:05:30": ("is a .NET time span, not an ISO 8601 duration", "PT2H5M30S"),
    "00:05:00": ("is a .NET time span, not an ISO 8601 duration", "PT5M"),
    "00:05": ("is no ISO 8601 duration", None),
    "soon": ("is no ISO 8601 duration", None),
    "five minutes": ("is no ISO 8601 duration", None),
    # Out of all bounds.
    "P36501D": ("is longer than a century", None),
    "PT" + "9" * 400 + "S": ("is too long to be a duration", None),
    "P" + "9" * 5000 + "W": ("counts weeks, which Azure does not read", None),
    # isodate lets the errors of `datetime` through for dates written as durations.
    "P2003-02-29T00:00:00": ("is no ISO 8601 duration", None),
    "P95T55": ("is no ISO 8601 duration", None),
    # Digits of other scripts.
    "PT\u0665S": ("is no ISO 8601 duration", None),
    "\u0665s": ("is no ISO 8601 duration", None),
}

HUMAN = {
    timedelta(0): "0 milliseconds",
    timedelta(milliseconds=500): "500 milliseconds",
    timedelta(seconds=1): "1 second",
    timedelta(seconds=90): "1 minute 30 seconds",
    timedelta(seconds=5.5): "5.5 seconds",
    timedelta(hours=1): "1 hour",
    timedelta(days=2, hours=3): "2 days 3 hours",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepted(text: str) -> None:
    assert durations.parse(text) == ACCEPTED[text]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:30]))
def test_refused(text: str) -> None:
    reason, meant = REFUSED[text]

    with pytest.raises(DurationError) as refused:
        durations.parse(text)

    hint = f"; {meant} was probably meant" if meant else ""
    assert str(refused.value) == f"{text!r} {reason}{hint}"
    assert refused.value.meant == meant


@pytest.mark.parametrize("text", [text for text, (_, meant) in REFUSED.items() if meant], ids=repr)
def test_what_is_proposed_works(text: str) -> None:
    _, meant = REFUSED[text]
    assert meant is not None

    durations.parse(meant.split(" ")[0])


UNITS = {
    "ms msec millisecond milliseconds": timedelta(milliseconds=7),
    "s sec secs second seconds": timedelta(seconds=7),
    "m min mins minute minutes": timedelta(minutes=7),
    "h hr hour hours": timedelta(hours=7),
    "d day days": timedelta(days=7),
}


@pytest.mark.parametrize(("unit", "meant"), [(unit, meant) for units, meant in UNITS.items() for unit in units.split()])
def test_units_in_words(unit: str, meant: timedelta) -> None:
    """With a blank, since `7d` alone is a duration that lacks its P."""
    with pytest.raises(DurationError) as refused:
        durations.parse(f"7 {unit}")

    assert refused.value.meant is not None
    assert durations.parse(refused.value.meant) == meant


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("PT5S", "PT5S"),
        (" pt5,5s\n", "PT5.5S"),
        ("p2w", "P14D"),
        ("P\u0661W", None),
        ("P99999W", None),
        ("30", None),
    ],
)
def test_spelled_as_accepted_where_there_is_no_doubt(text: str, accepted: str | None) -> None:
    assert durations.canonical(text) == accepted


@pytest.mark.parametrize("duration", HUMAN, ids=str)
def test_in_words(duration: timedelta) -> None:
    assert durations.humanize(duration) == HUMAN[duration]


LENGTHS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=36500))
NEARLY = st.text(alphabet="PTYMWDHSpts0123456789.,-+: \u0661\u00b2\u017f", max_size=24)


@given(LENGTHS)
def test_what_is_written_is_read_back(duration: timedelta) -> None:
    assert durations.parse(durations.format_iso(duration)) == duration


@given(st.one_of(st.text(max_size=40), NEARLY, NEARLY.map("P".__add__), NEARLY.map("PT".__add__)))
@example("P780174T9s")
@example("9" * 5000)
def test_any_text_is_read_or_refused_and_read_as_isodate_reads_it(text: str) -> None:
    try:
        duration = durations.parse(text)
    except DurationError as refused:
        if refused.meant:
            durations.parse(refused.meant.split(" ")[0])
        return
    assert duration == isodate.parse_duration(text)
    assert duration >= timedelta(0)
