"""Decisions are numbered one after the other, in their names and in their titles."""

from __future__ import annotations

import re
from pathlib import Path

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


def test_the_numbers_have_no_gaps() -> None:
    files = sorted(DECISIONS.glob("[0-9]*.md"))
    numbers = [int(file.name.partition("-")[0]) for file in files]
    titles = [re.match(r"# (\d+)\. \S", file.read_text("utf-8")) for file in files]
    assert numbers == list(range(1, len(files) + 1))
    assert [title and int(title[1]) for title in titles] == numbers
