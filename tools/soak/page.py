"""What docs/quality.md tells of runs of the soak: tables of the figures that `--figures docs/soak.jsonl` added."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = DOCS / "quality.md"
FIGURES: Final = DOCS / "soak.jsonl"
BEGIN: Final = "<!-- soak: written from docs/soak.jsonl by `make docs` -->"
END: Final = "<!-- end of soak -->"


def inserted(page: str) -> str:
    """The page, with the tables as they are now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n" + "\n".join(rows(_figures())) + f"\n\n{END}{after}"


def _figures() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FIGURES.read_text("utf-8").splitlines()]


def rows(runs: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The lines of the tables: of each run, and of each reader over all of them."""
    yield ""
    yield "| seed | commit | inputs | failures | processor time, s | slowest input, s | memory, at most |"
    yield "|---|---|---|---|---|---|---|"
    for run in runs:
        seconds = sum(reader["seconds"] for reader in run["readers"].values())
        slowest = f"{run['slowest']['seconds']:.2f} ({run['slowest']['reader']})"
        memory = f"{run['memory'] >> 20} MiB more"
        cells = (
            run["seed"],
            f"`{run['commit']}`",
            f"{run['inputs']:,}",
            _failures([run]),
            f"{seconds:,.0f}",
            slowest,
            memory,
        )
        yield f"| {' | '.join(map(str, cells))} |"
    yield f"| all | | {sum(run['inputs'] for run in runs):,} | {_failures(runs)} | | | |"
    yield ""
    yield "| reader | inputs | exit 0 | 1 | 2 | 3 | 4 | failures | lines of its functions that ran |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name in sorted({name for run in runs for name in run["readers"]}):
        yield _row(name, [run["readers"][name] for run in runs if name in run["readers"]])


def _failures(runs: Sequence[dict[str, Any]]) -> int:
    return sum(reader["failures"] for run in runs for reader in run["readers"].values())


def _row(name: str, readers: Sequence[dict[str, Any]]) -> str:
    codes: Counter[str] = Counter()
    for reader in readers:
        codes.update(reader["exit"])
    shares = [tuple(reader["lines"]) for reader in readers if reader.get("lines", (0, 0))[1]]
    ran, there = max(shares, key=lambda share: share[0] / share[1], default=(0, 0))
    lines = f"{ran / there:.1%} of {there:,}" if there else ""
    failures = sum(reader["failures"] for reader in readers)
    counts = " | ".join(f"{codes[code]:,}" for code in "01234")
    return f"| {name} | {codes.total():,} | {counts} | {failures} | {lines} |"
