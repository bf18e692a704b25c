"""Tables and paragraphs, as `rules`, `explain` and `waivers list` print them.

In a pipe or a file a row is a line, whatever its length; on a terminal nothing is wider than that but what has no
blank in it, such as a URN, which would be no use in pieces.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from poolgate.streams import inert

READABLE: Final = 100
"""Columns that a paragraph takes at most."""

_GAP: Final = "  "
_INDENT: Final = "    "
_SHORTEST: Final = 16
"""Columns that names have at least beside numbers."""
_NARROWEST: Final = 24
"""Columns that a last cell is worth being wrapped in. With fewer, it has lines of its own."""


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None, *, has_names: bool = False
) -> Iterator[str]:
    """The lines of a table, made inert.

    Of one that is wider than `width` the last cells are wrapped in their column. Where there is no room for that, the
    cells that go beyond the width follow below the others, each with its head. With `has_names` the first cells are
    names before numbers: one that is too long stands on a line of its own, above its numbers.
    """
    shown = [[inert(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    above: dict[int, list[str]] = {}
    if has_names and width is not None:
        room = max(width - sum(len(_GAP) + taken for taken in widths[1:]), _SHORTEST)
        above = {number: [cut(row[0], width)] for number, row in enumerate(shown) if len(row[0]) > room}
        shown = [["" if number in above else row[0], *row[1:]] for number, row in enumerate(shown)]
        widths[0] = max(len(row[0]) for row in shown)
    starts = [0, *accumulate(len(_GAP) + taken for taken in widths)]  # where each column begins, and one more would
    *_, last = starts[:-1]
    if width is None or starts[-1] - len(_GAP) <= width:
        for number, row in enumerate(shown):
            yield from (*above.get(number, ()), _joined(row, widths))
    elif width - last >= _NARROWEST:
        for number, row in enumerate(shown):
            yield from above.get(number, ())
            yield from _hung(_joined([*row[:-1], ""], widths).ljust(last), row[-1], width)
    else:
        fitting = max(1, sum(end - len(_GAP) <= width for end in starts[1:]))
        yield _joined(shown[0][:fitting], widths)
        for number, row in enumerate(shown[1:], 1):
            yield from (*above.get(number, ()), _joined(row[:fitting], widths))
            for head, cell in zip(shown[0][fitting:], row[fitting:], strict=True):
                if cell:
                    yield from _hung(f"{_INDENT}{head}: ", cell, width)


def cut(text: str, most: int) -> str:
    """The text with as much of its middle left out as is too long: stacks of a project are told apart by their ends."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 3
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"


def paragraph(text: str, width: int | None = None, indent: str = "") -> Iterator[str]:
    """A text in lines that can be read, made inert."""
    yield from _wrapped(inert(text), min(width or READABLE, READABLE), indent, indent)


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()


def _hung(before: str, cell: str, width: int) -> list[str]:
    """A cell with what stands before it, its further lines below its first."""
    return _wrapped(cell, width, before, " " * len(before)) or [before.rstrip()]


def _wrapped(text: str, width: int, first: str, further: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
