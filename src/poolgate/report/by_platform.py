"""The run by platform: what was judged of each, and what was found. Where there is one cloud, nobody has to be told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from poolgate.report import scope
from poolgate.report.scope import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from poolgate.findings import Finding
    from poolgate.report import Report


class OfPlatform(NamedTuple):
    """One platform: how many of its resources were judged, and the findings on them by what they are."""

    platform: str
    title: str
    vendor: str
    resources: int
    mandatory: int
    advisory: int
    not_judged: int
    waived: int

    def __str__(self) -> str:
        waived = f", {self.waived} waived" if self.waived else ""
        return (
            f"{self.title}: {count(self.resources, 'resource')} judged, {self.mandatory} mandatory and {self.advisory} "
            f"advisory findings, {self.not_judged} not judged{waived}"
        )


def by_platform(report: Report) -> tuple[OfPlatform, ...]:
    """The platforms that the run judged anything of, in report order."""
    met = report.tally.by_platform
    if not met:
        return ()
    from inference_pools import platforms
    from inference_pools.view import platform_of

    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        found[platform_of(finding.subject.type)].append(finding)
    return tuple(
        OfPlatform(one.name, one.title, one.facts.vendor, met[one.name], **scope.numbers(found[one.name])._asdict())
        for one in platforms.known()
        if one.name in met
    )


def of_several_clouds(report: Report) -> Sequence[OfPlatform]:
    """The same, where they are of more than one vendor; else none."""
    found = by_platform(report)
    return found if len({one.vendor for one in found}) > 1 else ()


def lines(report: Report) -> Iterator[str]:
    """A table for people, each line a platform."""
    found = of_several_clouds(report)
    if not found:
        return
    what = ["judged", "mandatory", "advisory", "not judged", *(["waived"] if any(one.waived for one in found) else [])]
    rows = [(one.title, *(f"{number} {word}" for number, word in zip(one[3:], what, strict=False))) for one in found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    yield "by platform:"
    for title, *numbers in rows:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
        yield f"  {title.ljust(widths[0])}  {'  '.join(cells)}"
