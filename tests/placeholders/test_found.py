"""What is found in every string of the corpus, piece by piece: a change of the search shows as a change of a table.

`python -m tests.placeholders.test_found` writes it anew; read the difference before it is kept.
"""

from __future__ import annotations

import csv
import io
import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from inference_pools.placeholders import find_placeholders

HERE: Final = Path(__file__).parent
FOUND: Final = HERE / "found.tsv"
HEADER: Final = ("value", "key", "found")
PARTS: Final = 12
"""The strings are compared in so many tests, each with every so-manieth of them."""


def strings() -> list[tuple[str, str]]:
    """Every value of the corpus and of what was held out, with its key."""
    rows: dict[tuple[str, str], None] = {}
    for name in ("corpus.tsv", "held_out.tsv", "held_out_second.tsv"):
        with (HERE / name).open(encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
                rows[row["value"], row["key"] or ""] = None
    return list(rows)


def found(value: str, key: str) -> str:
    """The pieces in the order in which they are found: kind, style, slot, text, suggestion."""
    return " | ".join(
        f"{piece.kind.value} {piece.style} {piece.slot or '-'} {piece.text!r}: {piece.suggestion}"
        for piece in find_placeholders(value, key=key or None)
    )


@cache
def expected() -> dict[tuple[str, str], str]:
    with FOUND.open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {(row["value"], row["key"]): row["found"] for row in rows}


def test_every_string_has_its_row() -> None:
    assert list(expected()) == strings()


@pytest.mark.parametrize("part", range(PARTS))
def test_pieces(part: int) -> None:
    rows = list(expected().items())[part::PARTS]

    changed = {value: (now, before) for (value, key), before in rows if (now := found(value, key)) != before}
    assert changed == {}


def written() -> str:
    table = io.StringIO()
    lines = [HEADER, *((value, key, found(value, key)) for value, key in strings())]
    table.writelines("\t".join(line) + "\n" for line in lines)
    return table.getvalue()


if __name__ == "__main__":
    FOUND.write_text(written(), encoding="utf-8")
    sys.exit(0)
