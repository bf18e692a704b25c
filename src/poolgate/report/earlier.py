"""Reports of earlier runs, read back from JSON, and what has changed since."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.errors import UsageError
from poolgate.files import read_text, relative_to_here
from poolgate.findings import Finding
from poolgate.judged_by import Difference, difference
from poolgate.report.entry import Entry, Mark, entry_of
from poolgate.report.json_parts import READABLE, SCHEMA_VERSION
from poolgate.report.reach import Fate, Reach, fate_of, reach_in

# One that stands alone: those of a date, a version or an id are not nearer to anything.
_NUMBER: Final = re.compile(r"(?<![\w.:/-])-?\d+(?:\.\d+)?(?![\w:/-]|\.\d)", re.ASCII)
_LONGEST_NUMBER: Final = 15
"""Digits that a number is told exactly by."""

_MOST_STACKS: Final = 5

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Change:
    """What came, went and stayed between two reports, each in report order.

    `kept` has both sides of each pair. A pair whose messages differ is the same finding with another value. Of those
    that are `not_read` or `vanished` nobody knows whether they are gone: their stacks were not read. `terms` is in what
    the rules and options of both differ, None where one of the reports does not tell its own.
    """

    new: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    kept: tuple[tuple[Entry, Entry], ...]
    not_read: tuple[Entry, ...] = ()
    vanished: tuple[Entry, ...] = ()
    terms: Difference | None = None

    def judged_by(self, old: Earlier, new: Earlier) -> Change:
        """The same, with in what the terms of the reports differ."""
        if old.rules is None or new.rules is None:
            return self
        return replace(self, terms=difference(old.rules, new.rules, (old.version, new.version)))

    @property
    def notes(self) -> list[str]:
        """Sentences on the comparison as a whole."""
        told = f"the new report was judged by other terms: {self.terms}; what is new or gone may come of that"
        return [*([told] if self.terms else []), *([self.note] if self.note else [])]

    @property
    def changed(self) -> tuple[tuple[Entry, Entry], ...]:
        """The pairs that say something else now."""
        return tuple((old, new) for old, new in self.kept if old.message != new.message)

    @property
    def left(self) -> str:
        """How many are gone, and of how many nobody knows."""
        told = [f"{len(self.gone)} gone"]
        told += [f"{len(some)} {fate}" for fate, some in self.unknown if some]
        return ", ".join(told)

    @property
    def unknown(self) -> tuple[tuple[Fate, tuple[Entry, ...]], ...]:
        """Those of which nobody knows whether they are gone, by what became of their stacks."""
        return (Fate.NOT_READ, self.not_read), (Fate.VANISHED, self.vanished)

    @property
    def note(self) -> str:
        """The sentence on those of which nobody knows; "" where there are none."""
        unknown = (*self.not_read, *self.vanished)
        if not unknown:
            return ""
        stacks = list(dict.fromkeys(entry.stack or entry.file for entry in unknown))
        named = ", ".join(stacks[:_MOST_STACKS]) + (
            f" and {len(stacks) - _MOST_STACKS} more" * (len(stacks) > _MOST_STACKS)
        )
        what = "1 earlier finding is" if len(unknown) == 1 else f"{len(unknown)} earlier findings are"
        return f"{what} in what was not read this time ({named}): nobody knows whether they are gone"


class Earlier(NamedTuple):
    """The findings of a report, and how far its run got.

    `rules` are those that it judged by, each with a digest of its options; None where it does not tell, as reports
    before 1.8 and those of a run without rules do not.
    """

    findings: tuple[Entry, ...]
    reach: Reach
    rules: Mapping[str, str] | None = None
    version: str = ""


def read_report(file: Path) -> list[Entry]:
    """The findings of a JSON report. Raises UsageError, with the key, for a file that is of no version it reads."""
    return list(read_run(file).findings)


def read_run(file: Path) -> Earlier:
    """A JSON report. Raises UsageError, with the key, for a file that is of no version it reads."""
    name = relative_to_here(file)
    try:
        report = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise UsageError(f"is no JSON: {error.msg}", file=name, line=error.lineno) from None
    except RecursionError:
        raise UsageError("is nested too deep to be a report", file=name) from None
    except ValueError:  # Python converts no number of more digits than so many.
        raise UsageError("is no report: it has a number of thousands of digits", file=name) from None
    reader = _Reader(name)
    version = reader.text(reader.object(report, ""), "schema_version", "")
    if version not in READABLE:
        message = (
            f"is {version!r}, and this poolgate reads {SCHEMA_VERSION!r}: write the report anew with --format json"
        )
        raise UsageError(message, file=name, key="schema_version")
    findings = report.get("findings")
    if not isinstance(findings, list):
        raise UsageError("is missing, or no list", file=name, key="findings")
    entries = [reader.entry(finding, f"findings[{number}]") for number, finding in enumerate(findings)]
    tool = report.get("tool")
    by = tool.get("version") if isinstance(tool, dict) else None
    return Earlier(tuple(entries), reach_in(report), _rules_in(report), by if isinstance(by, str) else "")


def _rules_in(report: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The rules that a report tells; what is malformed counts as not told."""
    run = report.get("run")
    rules = run.get("rules") if isinstance(run, dict) else None
    told = isinstance(rules, dict) and all(isinstance(digest, str) for digest in rules.values())
    return rules if told else None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads values out of a report; each error names the file and the key."""

    file: str

    def object(self, value: Any, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise UsageError("is no report: expected an object", file=self.file, key=key)
        return value

    def text(self, value: Mapping[str, Any], name: str, key: str) -> str:
        text = value.get(name)
        if not isinstance(text, str):
            where = f"{key}.{name}" if key else name
            raise UsageError("is missing, or no text", file=self.file, key=where)
        return text

    def one_of(self, kinds: type[_T], value: Mapping[str, Any], name: str, key: str) -> _T:
        text = self.text(value, name, key)
        try:
            return kinds(text)  # type: ignore[call-arg]  # each is an enum of texts
        except ValueError:
            raise UsageError(f"is {text!r}, which is none", file=self.file, key=f"{key}.{name}") from None

    def entry(self, value: Any, key: str) -> Entry:
        finding = self.object(value, key)
        resource = self.object(finding.get("resource"), f"{key}.resource")
        project, stack = (self.text(resource, name, f"{key}.resource") for name in ("project", "stack"))
        return Entry(
            rule=self.text(finding, "rule", key),
            severity=self.one_of(Severity, finding, "severity", key),
            enforcement=self.one_of(Enforcement, finding, "enforcement", key),
            outcome=self.one_of(Outcome, finding, "outcome", key),
            message=self.text(finding, "message", key),
            path=self.text(finding, "path", key),
            name=self.text(resource, "name", f"{key}.resource"),
            stack="/".join(part for part in (project, stack) if part),
            fingerprint=self.text(finding, "fingerprint", key),
            raw=finding,
        )


def compare(old: Sequence[Entry], new: Sequence[Entry], reaches: tuple[Reach, Reach] | None = None) -> Change:
    """What has changed from one report to another. `reaches` says of both how far their runs got.

    Without it, whatever the new one does not have is gone.
    """
    partner = _partners(old, new)
    matched = {index for index in partner if index is not None}
    missing = [entry for index, entry in enumerate(old) if index not in matched]
    fates = [fate_of(entry, *reaches) if reaches else Fate.GONE for entry in missing]

    def of(fate: Fate) -> tuple[Entry, ...]:
        return tuple(entry for entry, its_fate in zip(missing, fates, strict=True) if its_fate is fate)

    return Change(
        new=tuple(entry for entry, index in zip(new, partner, strict=True) if index is None),
        gone=of(Fate.GONE),
        kept=tuple((old[index], entry) for entry, index in zip(new, partner, strict=True) if index is not None),
        not_read=of(Fate.NOT_READ),
        vanished=of(Fate.VANISHED),
    )


class Split(NamedTuple):
    """A run's findings beside a baseline: those to report, and how many of them the baseline has with other words.

    `known` is how many are left out, and `milder` how many of those have come nearer to their limit.
    """

    reported: list[Finding]
    differing: int
    known: int
    milder: int


def split(findings: Sequence[Finding], baseline: Sequence[Entry], rules: Collection[str]) -> Split:
    """Leaves out the findings that a baseline has, and that have not become worse.

    One that says something else now may be worse, and is reported unless a number in it has come nearer to the others.
    What says that something was not judged at all stays, whatever the baseline has: a broken rule, a program that
    ended early, a file that cannot be read. `rules` are those that judge values, so that one they cannot read is known.
    """
    entries = [entry_of(finding) for finding in findings]
    partner = _partners(baseline, entries)
    reported: list[Finding] = []
    differing = known = milder = 0
    for finding, index in zip(findings, partner, strict=True):
        was = None if index is None or not _may_be_known(finding, rules) else baseline[index].message
        if was == finding.message:
            known += 1
        elif was is not None and is_milder(was, finding.message):
            known, milder = known + 1, milder + 1
        else:
            differing += was is not None
            reported.append(finding)
    return Split(reported, differing, known, milder)


def is_milder(old: str, new: str) -> bool:
    """Whether two messages differ in one number alone, which has come nearer to every other number in them.

    That is to say nearer to the limit, which is one of the others: `is 70, the limit is 50`, `is 60, the limit is 50`.
    """
    if _NUMBER.sub("#", old) != _NUMBER.sub("#", new):
        return False
    before, after = (_NUMBER.findall(text) for text in (old, new))
    if max(map(len, (*before, *after)), default=0) > _LONGEST_NUMBER:
        return False
    changed = [index for index, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
    others = [float(text) for index, text in enumerate(after) if index not in changed]
    if len(changed) != 1 or not others:
        return False
    was, now = float(before[changed[0]]), float(after[changed[0]])
    return all(abs(now - other) < abs(was - other) for other in others)


def _may_be_known(finding: Finding, rules: Collection[str]) -> bool:
    if finding.outcome is Outcome.UNREADABLE:
        return finding.rule in rules
    return finding.outcome is not Outcome.BROKEN


def _partners(old: Sequence[Entry], new: Sequence[Entry]) -> list[int | None]:
    """For each of the new entries the index of the old one that it is, if any; each old one is taken once.

    Of several with the same mark those that say the same belong together, and the rest in their order.
    """
    waiting: dict[Mark, list[int]] = defaultdict(list)
    for index, entry in enumerate(old):
        waiting[entry.mark].append(index)
    partner: list[int | None] = [None] * len(new)
    for number, entry in enumerate(new):
        candidates = waiting[entry.mark]
        same = next((index for index in candidates if old[index].message == entry.message), None)
        if same is not None:
            candidates.remove(same)
            partner[number] = same
    for number, entry in enumerate(new):
        if partner[number] is None:
            partner[number] = next(iter(waiting[entry.mark]), None)
            del waiting[entry.mark][:1]
    return partner
