"""How much the text report shows, and what the terminal it goes to can do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple, TextIO


class View(NamedTuple):
    """By default everything is shown, in plain text whose lines are never broken: what a pipe or a file wants."""

    color: bool = False
    links: bool = False
    """Whether the terminal is told where a rule's name leads to (OSC 8)."""
    width: int | None = None
    """Lines are broken at so many characters; None for never."""
    quiet: bool = False
    """Only what makes the run fail, and the summary."""
    verbose: bool = False
    """Counts by rule and by source, times, and all that is known of what could not be judged."""
    explain: bool = False
    """What each rule is for, below its first finding."""
    by: str | None = None
    """What the findings are summed up by, in text, Markdown and CSV; None to tell each of them."""


NARROWEST = 40
"""A terminal that says it is narrower is not believed."""


def view_of(
    stream: TextIO,
    environment: Mapping[str, str],
    *,
    color: str = "auto",
    quiet: bool = False,
    verbose: bool = False,
    explain: bool = False,
    by: str | None = None,
) -> View:
    """The view for a stream. `color` is auto, always or never.

    With auto, NO_COLOR (https://no-color.org) decides before FORCE_COLOR, and both before what the stream is.
    """
    is_terminal = is_capable(stream, environment)
    colors = {"always": True, "never": False}.get(color, _wants_color(is_terminal, environment))
    return View(
        color=colors,
        links=colors and is_terminal,
        width=max(_columns(stream), NARROWEST) if is_terminal else None,
        quiet=quiet,
        verbose=verbose,
        explain=explain,
        by=by,
    )


def is_capable(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether the stream is a terminal that understands more than lines of text."""
    return stream.isatty() and environment.get("TERM") != "dumb"


def _wants_color(is_terminal: bool, environment: Mapping[str, str]) -> bool:
    if environment.get("NO_COLOR"):
        return False
    forced = environment.get("FORCE_COLOR")
    return forced != "0" if forced else is_terminal


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        import shutil

        return shutil.get_terminal_size().columns
