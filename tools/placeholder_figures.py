"""Prints how well placeholders are found in a table of labelled strings.

The table is tab-separated, with a header that names at least `value` and `label` (placeholder, interpolation or
real); `key` is handed to the search, and `part` can be chosen with --part.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "policies"))

from inference_pools.placeholders import Kind, find_placeholders

LABELS: Final = ("placeholder", "interpolation", "real")


def label_of(value: str, key: str | None) -> str:
    """What the search makes of a value: any placeholder outweighs, then any interpolation."""
    kinds = {found.kind for found in find_placeholders(value, key=key)}
    if Kind.PLACEHOLDER in kinds:
        return "placeholder"
    return "interpolation" if kinds else "real"


def rows(path: Path, part: str | None) -> Iterator[tuple[str, str, str | None]]:
    """The value, label and key of each row."""
    with path.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            if part is None or row.get("part") == part:
                yield row["value"], row["label"], row.get("key") or None


def percentage(count: int, total: int) -> str:
    """A share in per cent, or a dash where there is nothing to share."""
    return f"{count / total:.1%} ({count} of {total})" if total else "-"


def main() -> int:
    """Prints the confusion table, the rates, and on request the rows that were judged otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", type=Path, help="a tab-separated file with the columns value and label")
    parser.add_argument("--part", help="only the rows whose column part says so, such as develop or set-aside")
    parser.add_argument("--show", action="store_true", help="also print the rows that were judged otherwise")
    arguments = parser.parse_args()

    table = list(rows(arguments.table, arguments.part))
    if not table:
        parser.error(f"{arguments.table} holds no such rows")
    started = perf_counter()
    judged = [label_of(value, key) for value, _, key in table]
    seconds = perf_counter() - started

    counts = Counter((label, verdict) for (_, label, _), verdict in zip(table, judged, strict=True))
    totals = Counter(label for _, label, _ in table)
    print(f"{'labelled':<14}" + "".join(f"{verdict:>15}" for verdict in LABELS))
    for label in LABELS:
        print(f"{label:<14}" + "".join(f"{counts[label, verdict]:>15}" for verdict in LABELS))
    print(f"recall: {percentage(counts['placeholder', 'placeholder'], totals['placeholder'])}")
    print(f"false alarms on real values: {percentage(totals['real'] - counts['real', 'real'], totals['real'])}")
    print(f"interpolations told apart: {percentage(counts['interpolation', 'interpolation'], totals['interpolation'])}")
    print(f"time a value: {seconds / len(table) * 1e6:.0f} µs")
    if arguments.show:
        for (value, label, key), verdict in zip(table, judged, strict=True):
            if label != verdict:
                print(f"{label} judged {verdict}: {value}" + (f" (key {key})" if key else ""))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
