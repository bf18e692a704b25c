"""`python -m tools.waits`: simulates a grid, compares, and writes docs/waits.csv and the table in docs/waits.md."""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tools.waits.grid import CELLS, Row, heads, simulate
from tools.waits.page import page

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Simulates what the table lacks; with --anew all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--anew", action="store_true", help="simulate all cells, also those that the table has")
    parser.add_argument("--most", type=float, default=8e6, help="requests of a cell, at most (default: 8e6)")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    table = ROOT / "docs" / "waits.csv"
    had = {} if given.anew or not table.exists() else {row.cell: row for row in read(table)}
    missing = [cell for cell in CELLS if cell not in had]
    with ProcessPoolExecutor(given.jobs) as pool:
        for cell, row in zip(missing, pool.map(simulate, missing, itertools.repeat(int(given.most))), strict=True):
            had[cell] = row
            print(*row.told)
            write(table, [had[cell] for cell in CELLS if cell in had])
    (ROOT / "docs" / "waits.md").write_text(page([had[cell] for cell in CELLS]), "utf-8")
    return 0


def read(table: Path) -> list[Row]:
    """The rows of a table."""
    with table.open(encoding="utf-8", newline="") as stream:
        return [Row.read(row) for row in csv.DictReader(stream)]


def write(table: Path, rows: list[Row]) -> None:
    """The table of some rows."""
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(heads())
        writer.writerows(row.told for row in rows)


if __name__ == "__main__":
    sys.exit(main())
