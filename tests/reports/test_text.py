"""The report for people: colours, width, and how much of it there is."""

from __future__ import annotations

import io
import re
from typing import TextIO

import pytest

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.findings import Location
from poolgate.report import render
from poolgate.report.progress import CLEAR, progress_on, silent
from poolgate.report.view import View, view_of
from reports.bad_stack import finding, report_of

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;.*?\x1b\\")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "color", "expected"),
    [
        (Terminal(), {}, "auto", True),
        (io.StringIO(), {}, "auto", False),
        (Terminal(), {"TERM": "dumb"}, "auto", False),
        (Terminal(), {"NO_COLOR": "1"}, "auto", False),
        (Terminal(), {"NO_COLOR": ""}, "auto", True),
        (io.StringIO(), {"FORCE_COLOR": "1"}, "auto", True),
        (Terminal(), {"FORCE_COLOR": "0"}, "auto", False),
        (io.StringIO(), {"FORCE_COLOR": ""}, "auto", False),
        (Terminal(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False),
        (io.StringIO(), {"NO_COLOR": "1"}, "always", True),
        (Terminal(), {"FORCE_COLOR": "1"}, "never", False),
    ],
)
def test_when_there_are_colours(stream: TextIO, environment: dict[str, str], color: str, expected: bool) -> None:
    assert view_of(stream, environment, color=color).color is expected


def test_links_and_width_are_for_terminals() -> None:
    piped = view_of(io.StringIO(), {"FORCE_COLOR": "1"})
    assert (piped.links, piped.width) == (False, None)
    shown = view_of(Terminal(), {"COLUMNS": "72"})
    assert shown.links
    assert shown.width


def test_colours_change_nothing_but_colours() -> None:
    colored = render(report_of(view=View(color=True, links=True)), "text")
    assert "\x1b[1;31m  mandatory\x1b[0m" in colored
    assert "\x1b]8;;https://example.com/pool-capacity\x1b\\" in colored
    assert _ESCAPES.sub("", colored) == render(report_of(), "text")


def test_lines_fit_the_terminal() -> None:
    text = render(report_of(view=View(width=60)), "text")
    assert all(len(line) <= 60 for line in text.splitlines() if " " in line.strip() and "://" not in line)
    words = "".join(text.split())
    assert words == "".join(render(report_of(), "text").split())


def test_quiet_shows_what_fails_and_the_summary() -> None:
    text = render(report_of(view=View(quiet=True)), "text")
    assert re.findall(r"^  \w+ +([\w-]+):", text, re.MULTILINE) == ["pool-names", "pool-timeout", "pool-capacity"]
    assert " | " not in text
    assert text.splitlines()[-1] == render(report_of(), "text").splitlines()[-1]


def test_quiet_follows_fail_on() -> None:
    view = View(quiet=True)
    assert "pool-description" in render(report_of(view=view, fail_on=Severity.LOW), "text")
    assert "pool-capacity" not in render(report_of(view=view, fail_on=Severity.CRITICAL), "text")


def test_verbose_counts() -> None:
    text = render(report_of(view=View(verbose=True)), "text")
    assert "findings by rule:\n  3  pool-tags\n" in text
    assert "findings by source:\n  8  program\n" in text
    assert "  2  clean\n" in text
    assert "rules run: 3\n" in text
    assert "aaaaaaaaaaaa  Pulumi.dev.yaml" in text
    assert "took: 1.50 s, begun 2026-12-01T08:00:00+00:00" in text


def test_explain_says_why_once() -> None:
    found = [finding(), finding(path="other")]
    text = render(report_of(found, view=View(explain=True)), "text")
    assert text.count("why: Capacity is affordable, or somebody is called at night.") == 1
    assert "why:" not in render(report_of(found), "text")


def test_a_waived_finding_is_one_line() -> None:
    text = render(report_of(), "text")
    line = next(line for line in text.splitlines() if "pool-tags" in line)
    assert line.startswith("  waived ")
    assert "waived until 2027-01-31 by ml-platform: moves to the new cost centre" in line
    assert ", 3 waived" in text.splitlines()[-1]


def test_a_message_of_several_lines_keeps_them() -> None:
    text = render(report_of([finding("program-runs", "Traceback:\n  File x\nKeyError")]), "text")
    assert "\n                File x\n" in text
    assert "\n              KeyError\n" in text


def test_a_line_is_shown_once() -> None:
    place = Location(__file__, 1)
    found = [finding(location=place), finding(path="b", location=place), finding(path="c", location=None)]
    assert render(report_of(found), "text").count("1 | ") == 1


def test_a_tab_is_shown_as_blanks() -> None:
    text = render(report_of([finding(message="Missing\n\tplease set\ta value")]), "text")
    assert "\n                  please set  a value\n" in text


@pytest.mark.parametrize("outcome", [Outcome.VIOLATED, Outcome.UNKNOWN])
def test_a_file_that_is_gone_has_no_frame(outcome: Outcome) -> None:
    found = [finding(outcome=outcome, location=Location("gone.yaml", 4)), finding(path="b")]
    text = render(report_of(found), "text")
    assert "shop/dev: InferencePool chat (gone.yaml:4)\n" in text
    assert "4 | " not in text


def test_summary_counts_each_finding_once() -> None:
    advisory = finding(path="x", enforcement=Enforcement.ADVISORY)
    last = render(report_of([advisory, finding()]), "text").splitlines()[-1]
    assert "1 line to edit, 1 mandatory and 1 advisory findings, 0 not judged" in last


# Progress


@pytest.mark.parametrize(
    ("stream", "environment", "quiet"),
    [
        (io.StringIO(), {}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"CI": "true"}, False),
        (Terminal(), {}, True),
    ],
)
def test_progress_is_for_people_at_a_terminal(stream: TextIO, environment: dict[str, str], quiet: bool) -> None:
    assert progress_on(stream, environment, quiet=quiet) is silent


def test_progress_is_drawn_and_goes_away() -> None:
    stream = Terminal()
    progress = progress_on(stream, {})
    progress(0, 4, "running\nprograms")
    progress(1, 4, "running programs")
    assert stream.getvalue() == f"{CLEAR}[{'.' * 20}]   0% 0 of 4: running programs"
    progress(4, 4, "running programs")
    assert stream.getvalue().endswith(CLEAR)
    progress(2, 4, "again")
    assert stream.getvalue().endswith(f"[{'#' * 10}{'.' * 10}]  50% 2 of 4: again")


@pytest.mark.parametrize(
    ("seconds", "done", "told"),
    [
        (1, 50, "50 of 1000000: judging states"),
        (10, 50, "50 of 1000000, 5.0/s, 56 h left: judging states"),
        (10, 5000, "5000 of 1000000, 500/s, 33 min left: judging states"),
        (100, 900_000, "900000 of 1000000, 9000/s, 11 s left: judging state"),
        (10, 0, "0 of 1000000: judging states"),
    ],
)
def test_progress_tells_how_fast_and_how_long(
    monkeypatch: pytest.MonkeyPatch, seconds: float, done: int, told: str
) -> None:
    now = 1000.0
    monkeypatch.setattr("poolgate.report.progress.time.monotonic", lambda: now)
    stream = Terminal()
    progress = progress_on(stream, {})
    progress(0, 1_000_000, "judging states")
    now += seconds
    progress(done, 1_000_000, "judging states")
    last = stream.getvalue().rpartition(CLEAR)[2]
    assert last.partition("% ")[2] == told
    assert len(last) < 80


def test_a_rate_is_of_the_work_that_it_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("poolgate.report.progress.time.monotonic", lambda: now)
    stream = Terminal()
    progress = progress_on(stream, {})
    progress(0, 10, "one")
    progress(10, 10, "one")
    now += 100
    progress(40, 100, "another")
    now += 10
    progress(80, 100, "another")
    assert stream.getvalue().endswith("80 of 100, 4.0/s, 5 s left: another")
