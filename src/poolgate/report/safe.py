"""Texts made fit for where they go. Names and values are data: they may hold whatever somebody could type.

A report must not let them forge a line of a log, steer a terminal, give an order to a CI runner, become markup in a
pull request, notify people, or be computed by a spreadsheet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from inference_pools.levels import printable

# The Azure agent obeys `##vso[…]` wherever it stands in a line, the GitHub runner `##[…]`, and `::name::` at the
# beginning of one, white space left out.
_ORDER: Final = re.compile(r"##(?=(?:vso)?\[)", re.IGNORECASE)
_COMMAND: Final = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
_TAB: Final = 4
_XML_INVALID: Final = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # slow to compile, so not done here
# All that means something inside a line of Markdown on GitHub or Azure DevOps: no text begins a line of a report.
_MARKUP: Final = re.compile(r"([!#$&()*.:<>@\[\\\]_`{|}~])")
_NOTIFIES: Final = re.compile(r"(\\[@#])(?=[\w-])")
# A spreadsheet takes the full-width forms for the others, and some leave out the blanks before them.
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
_BEYOND: Final = re.compile("[^\x00-\x7e]+")


def lines(text: str) -> list[str]:
    """The text's lines, tabs as blanks, with every other character that is not printable written as an escape."""
    if text.isprintable():
        return [text]
    return [printable(line.expandtabs(_TAB)) for line in text.splitlines()] or [""]


def one_line(text: str) -> str:
    """The text on one line."""
    if text.isprintable():  # which no end of a line is
        return text.strip()
    return " ".join(line.strip() for line in lines(text) if line.strip())


def shown(text: str) -> str:
    """The text with its lines, and every other character that is not printable as an escape."""
    return "\n".join(lines(text))


def inert(text: str) -> str:
    """The text with nothing in it that a CI runner takes for an order to itself."""
    if "##" in text:
        text = _ORDER.sub("# #", text)
    return _COMMAND.sub(r"\1: ", text) if "::" in text else text


def inert_json(text: str) -> str:
    """JSON that says the same and holds no order to a CI runner: one can only stand inside a string.

    Nor does it hold a character that cannot be seen: C1 controls, those that turn the direction of writing.
    """
    return _BEYOND.sub(_unseen_as_escapes, _ORDER.sub(r"\\u0023#", text))


def _unseen_as_escapes(match: re.Match[str]) -> str:
    if match[0].isprintable():
        return match[0]
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in match[0])


def inert_xml(text: str) -> str:
    """XML that says the same and holds no order to a CI runner."""
    return _ORDER.sub("&#35;#", text)


def xml_text(text: str) -> str:
    """The text with the characters that no XML document may hold written as escapes."""
    return re.sub(_XML_INVALID, lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)


def cell(text: str) -> str:
    """The text as a cell of a table: one that a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def csv_of(rows: Iterable[Iterable[str]]) -> str:
    """Rows of cells as CSV (RFC 4180, lines end in LF), each fit for a spreadsheet and for a log."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow(cell("\n".join(lines(one))) for one in row)
    return inert(stream.getvalue())


def plain(text: str) -> str:
    """The text as Markdown that shows it and nothing else: no markup, no link, no one notified."""
    escaped = _MARKUP.sub(r"\\\1", one_line(text)).replace("\\&", "&amp;").replace("\\<", "&lt;")
    return _NOTIFIES.sub(r"\1<!-- -->", escaped)


def prose(text: str) -> str:
    """The text as Markdown that shows it, with what stands between backticks as code."""
    parts = one_line(text).split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(code(part) if number % 2 else _plain_part(part) for number, part in enumerate(parts))


def _plain_part(text: str) -> str:
    """As `plain`, with the white space at both ends."""
    return text[: len(text) - len(text.lstrip())] + plain(text) + text[len(text.rstrip()) :] if text.strip() else text


def code(text: str) -> str:
    """The text as Markdown code, in which nothing has a meaning; it may stand in a cell of a table."""
    text = one_line(text)
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return inert(f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|"))
