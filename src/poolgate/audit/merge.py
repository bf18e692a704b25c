"""The reports of the shards of one audit, made into what that audit would have found: `poolgate merge REPORT…`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from inference_pools.levels import printable
from inference_pools.version import __version__
from poolgate.audit.closing import Aside, close
from poolgate.audit.copies import OLDER
from poolgate.audit.expected import Expected, read_expected
from poolgate.audit.shards import Shard
from poolgate.audit.written import DamagedError, from_json
from poolgate.errors import UsageError
from poolgate.files import read_text, relative_to_here
from poolgate.findings import Partial, Tally
from poolgate.report.json_parts import READABLE

EXIT_PARTIAL: Final = 3
"""What a merge without all shards ends with: nobody knows what the others would have found."""
_MOST_NAMED: Final = 5
_ALIKE: Final = {
    "of": "is one of {there} shards, and {first} one of {here}",
    "day": "judged as of {there}, and {first} as of {here}: give each shard the same --as-of",
    "sources": "audited {there}, and {first} {here}",
    "left_out": "left out other files than {first}: the poolgate.yaml of both has another `exclude`",
}
"""What the shards of one run have in common, and what is said where they have not."""


@dataclass(frozen=True, slots=True)
class ShardRead:
    """The report of one shard. `found` is None where it came to no verdict, and `why` says why."""

    file: str
    terms: Mapping[str, Any]
    started: datetime
    duration: float
    found: Mapping[str, Any] | None
    why: str = ""

    @property
    def number(self) -> int:
        """Which of the shards it is."""
        number: int = self.terms["number"]
        return number

    @property
    def is_stopped(self) -> bool:
        """Whether it tells of a part of its states only. Raises UsageError for what no shard has written."""
        return _found(self, keep_passes=False)[0].partial is not None

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        return f"shard {self.number}/{self.terms['of']}"


@dataclass(frozen=True, slots=True)
class Run:
    """The shards of one run, by number. `missing` are those of which there is no verdict."""

    shards: tuple[ShardRead, ...]
    missing: tuple[Shard, ...] = ()

    @property
    def stopped(self) -> Sequence[str]:
        """Which of them somebody stopped, by their names."""
        return [shard.name for shard in self.shards if shard.is_stopped]

    @property
    def day(self) -> date:
        """The day that they judged by."""
        return date.fromisoformat(self.shards[0].terms["day"])

    @property
    def sources(self) -> Sequence[str]:
        """What they audited."""
        sources: Sequence[str] = self.shards[0].terms["sources"]
        return sources

    @property
    def span(self) -> tuple[datetime, float]:
        """When the first of them began, and how many seconds later the last one ended."""
        first = min(shard.started for shard in self.shards)
        last = max(shard.started + timedelta(seconds=shard.duration) for shard in self.shards)
        return first, (last - first).total_seconds()


def read_shards(files: Sequence[Path], rules: Mapping[str, str], *, partial: bool = False) -> Run:
    """The reports as those of one run, judged by `rules`.

    Raises UsageError, naming the report or the shard, for one that is of another run, is there twice, or is missing;
    with `partial` some may be missing.
    """
    read = sorted((_read(file) for file in files), key=lambda shard: shard.number)
    complete = tuple(shard for shard in read if shard.found is not None)
    for shard in read:
        _refuse_foreign(shard, read[0], ("of",))
    for shard in complete:
        _refuse_foreign(shard, complete[0], ("day", "sources", "left_out"))
        _refuse_other_rules(shard, rules)
    for one, other in pairwise(read):
        if one.number == other.number:
            raise UsageError(f"is {other.name}, and so is {one.file}", file=other.file)
    there = {shard.number for shard in read}
    of = read[0].terms["of"]
    missing = [Shard(number, of) for number in range(1, of + 1) if number not in there]
    without = [shard for shard in read if shard.found is None]
    if without and not partial:
        raise UsageError(f"{without[0].name} came to no verdict: {without[0].why}", file=without[0].file)
    if missing and not partial:
        raise UsageError(f"{_named(missing)} missing; --partial merges those that are there")
    if not complete:
        raise UsageError("none of the shards came to a verdict")
    return Run(complete, tuple(sorted((*missing, *(Shard(shard.number, of) for shard in without)))))


def merged(run: Run, *, keep_passes: bool, expect: Path | None = None) -> Tally:
    """What an audit of all that the shards judged would have found, before any waiver is applied.

    Raises UsageError for a report that was changed or cut off, NothingMatchedError when there is no state at all.
    """
    expected = read_expected(expect) if expect else None
    tally, aside = Tally(keep_passes=keep_passes), Aside(run.sources)
    everywhere: dict[Any, None] = {}
    parts: list[Partial] = []
    for shard in run.shards:
        own, unlisted, of_shard = _found(shard, keep_passes=keep_passes)
        parts.append(own.partial or _whole(shard, own))
        if own.partial:
            tally.note(f"{shard.name} was {own.partial}")
        tally.merge(own)
        aside.merge(of_shard)
        everywhere.update(dict.fromkeys(unlisted.findings))
    for finding in everywhere:
        tally.add_finding(finding)
    if tally.partial:
        tally.partial, expected = _together(parts), None
    if run.missing:
        tally.incomplete = max(tally.incomplete, EXIT_PARTIAL)
        tally.note(f"{_named(run.missing)} missing: nobody knows what is to be found there")
        if expected:
            expected = _met_by_others(expected, run.missing, tally)
    elif note := _differing(run):
        tally.note(note)
    close(tally, aside, expected, is_whole=tally.partial is None)
    tally.of_run["shards"] = [
        {"number": shard.number, "started": shard.started.isoformat(), "duration_seconds": shard.duration}
        for shard in run.shards
    ]
    return tally


def _whole(shard: ShardRead, own: Tally) -> Partial:
    """A shard that nobody stopped, as one that was stopped tells of itself."""
    judged = shard.terms["own"] - sum(each.why == OLDER for each in own.passed_over)
    return Partial("", judged, judged, ())


def _together(parts: Sequence[Partial]) -> Partial:
    """How far all of them came."""
    return Partial(
        " and ".join(sorted({part.by for part in parts} - {""})),
        sum(part.judged for part in parts),
        sum(part.states for part in parts),
        tuple(one for part in parts for one in part.unread),
    )


def _met_by_others(expected: Expected, missing: Sequence[Shard], tally: Tally) -> Expected:
    """What is expected of the shards that are there. A stack without a project may be of any of them."""
    lines = {
        name: line
        for name, line in expected.lines.items()
        if "/" in name and not any(shard.has_project(name.partition("/")[0]) for shard in missing)
    }
    if left := len(expected.lines) - len(lines):
        which = "1 expected stack is, or may be," if left == 1 else f"{left} expected stacks are, or may be,"
        tally.note(f"{which} of a shard that is missing: not looked for")
    return replace(expected, lines=lines)


def _differing(run: Run) -> str:
    """The sentence on shards that did not meet the same states; "" where they did."""
    listed = [shard.terms["listed"] for shard in run.shards]
    own = sum(shard.terms["own"] for shard in run.shards)
    if set(listed) == {own}:
        return ""
    return (
        f"the shards met from {min(listed)} to {max(listed)} files and judged {own}: some came or went between the "
        "first shard and the last; audit again to be sure of all"
    )


def _named(shards: Sequence[Shard]) -> str:
    """The subject of a sentence, with its verb."""
    numbers = _listed([str(shard.number) for shard in shards])
    return f"shard {numbers} of {shards[0].of} is" if len(shards) == 1 else f"shards {numbers} of {shards[0].of} are"


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + rest


def _read(file: Path) -> ShardRead:
    """Raises UsageError for what is no report of a shard that this poolgate wrote."""
    name = relative_to_here(file)
    try:
        report = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise UsageError(f"is no JSON: {error.msg}", file=name, line=error.lineno) from None
    except (RecursionError, ValueError):
        raise UsageError(
            "is nested too deep to be a report, or has a number of thousands of digits", file=name
        ) from None
    if not isinstance(report, dict) or report.get("schema_version") not in READABLE:
        raise UsageError("is no report of poolgate's", file=name)
    tool, terms, run = (part if isinstance(part := report.get(key), dict) else {} for key in ("tool", "shard", "run"))
    if "shard" not in report:
        raise UsageError(
            "is no report of a shard: `poolgate audit SOURCE --shard I/N --format json` writes one", file=name
        )
    if (version := tool.get("version")) != __version__:
        said = f"is of poolgate {printable(str(version))}, and this is {__version__}: shards and merge need one version"
        raise UsageError(said, file=name)
    stopped = report.get("error")
    try:
        return ShardRead(
            name,
            _checked(terms, complete=stopped is None),
            datetime.fromisoformat(run["started"]),
            float(run["duration_seconds"]),
            terms["found"] if stopped is None else None,
            "" if stopped is None else printable(str(stopped["message"])),
        )
    except (LookupError, TypeError, ValueError, OverflowError):
        raise UsageError("is damaged: it was changed or cut off", file=name, key="shard") from None


def _checked(terms: Mapping[str, Any], *, complete: bool) -> Mapping[str, Any]:
    """The terms. Raises ValueError for those that no shard has written."""
    numbers = ("number", "of", "listed", "own") if complete else ("number", "of")
    if not all(type(terms[key]) is int and terms[key] >= 0 for key in numbers):
        raise ValueError("no number")
    if not 1 <= terms["number"] <= terms["of"]:
        raise ValueError("no shard")
    if complete:
        date.fromisoformat(terms["day"])
        if not all(type(source) is str for source in terms["sources"]) or not isinstance(terms["rules"], dict):
            raise ValueError("no sources, or no rules")
    return terms


def _refuse_foreign(shard: ShardRead, first: ShardRead, keys: Sequence[str]) -> None:
    """Raises UsageError for a shard of another run than the first one."""
    for key in keys:
        here, there = first.terms.get(key), shard.terms.get(key)
        if here != there:
            words = _ALIKE[key].format(first=first.name, here=_shown(here), there=_shown(there))
            raise UsageError(f"{shard.name} {words}", file=shard.file)


def _refuse_other_rules(shard: ShardRead, rules: Mapping[str, str]) -> None:
    """Raises UsageError for a shard that was judged by other rules than those that are in force here."""
    judged_by = shard.terms["rules"]
    others = sorted(id_ for id_ in {*rules, *judged_by} if rules.get(id_) != judged_by.get(id_))
    if others:
        said = (
            f"{shard.name} was judged by other rules or options than those in force here: "
            f"{printable(_listed(others))}; give both the same policy config, profile, rules and owners"
        )
        raise UsageError(said, file=shard.file)


def _shown(value: Any) -> str:
    return printable(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def _found(shard: ShardRead, *, keep_passes: bool) -> tuple[Tally, Tally, Aside]:
    """What a shard found. Raises UsageError for what no shard has written."""
    try:
        found: Any = shard.found
        own = from_json(found["own"], keep_passes=keep_passes)
        aside = found["aside"]
        of_shard = Aside(
            files=int(aside["files"]),
            newest=[str(one) for one in aside["newest"]],
            not_shown=[(str(name), str(why)) for name, why in aside["not_shown"]],
        )
        return own, from_json(found["everywhere"]), of_shard
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        told = str(error) if isinstance(error, DamagedError) else type(error).__name__
        raise UsageError(f"is damaged: it was changed or cut off ({told})", file=shard.file, key="shard") from None
