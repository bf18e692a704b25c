"""What poolgate reports: verdicts of the rules and of the lint, each with the place to go to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from copy import copy
from enum import StrEnum
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from inference_pools.levels import Enforcement, Outcome, Severity
from inference_pools.path import Keys, format_path, format_setting, without_indices
from inference_pools.urn import Urn

if TYPE_CHECKING:
    from inference_pools.finding import Exemption, Verdict, Waiver


_MOST_ASKED: Final = 8
"""So many resources of a stack are asked whose they are: where none of them says so, the others hardly do."""


class Origin(StrEnum):
    """Where a finding was met: `introduced_by` in the JSON report."""

    CONFIG = "config"
    PROGRAM = "program"
    PREVIEW = "preview"
    STATE = "state"


class Location(NamedTuple):
    """A place in a file. Lines and columns count from 1; the file is relative to where poolgate was started.

    `is_private` says that a secret stands there in clear, or may: no report shows the line. Of one that is not
    `is_shown` nothing is said in its place either.
    """

    file: str
    line: int
    column: int | None = None
    is_private: bool = False
    is_shown: bool = True

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class Edit(NamedTuple):
    """What to write in a file in place of a part of one line, where nobody could have meant anything else.

    Line and columns count from 1, in characters; `end_column` is that of the first character after the part.
    `replaced` is what stands there now, `text` what is to stand there, quotes and all. `is_key` says that it is a key.
    """

    file: str
    line: int
    column: int
    end_column: int
    replaced: str
    text: str
    is_key: bool = False


class Subject(NamedTuple):
    """The resource a finding is about. A stack that could not be judged has only project and stack.

    `owner`, `team`, `cost_center` and `environment` are as its tags say; each "" where they do not. Only sources that
    see the resource itself know more than the owner.
    """

    urn: str
    type: str
    name: str
    project: str
    stack: str
    owner: str = ""
    team: str = ""
    cost_center: str = ""
    environment: str = ""


UNDER_WAY: Final = frozenset(("locked", "pending"))
"""What tells that an update of a stack is under way or was broken off."""
WHOSE: Final = ("owner", "team", "cost_center", "environment")
"""The parts of a subject that say whose it is."""


class Finding(NamedTuple):
    """One line of a report.

    `keys` lead to the property that it is about, or to the place in a file. `from_resources` are the URNs that an
    unknown value may come from, where the source knows them.
    `waiver` is the one that covers a waived finding, where it is known; `exemption` the exception that lets it pass.
    """

    rule: str
    severity: Severity
    enforcement: Enforcement
    outcome: Outcome
    message: str
    remedy: str
    subject: Subject
    keys: Keys
    origin: Origin
    location: Location | None = None
    from_resources: tuple[str, ...] = ()
    waiver: Waiver | None = None
    related: tuple[Location, ...] = ()
    """Further places that the value came through, the one that made the resource last."""
    edit: Edit | None = None
    """What puts it right, where that is certain."""
    occurrence: int = 0
    """Which of the findings of one report that have the same identity it is, from 2; 0 for the first."""
    is_setting: bool = False
    """Whether the keys are those of a file that the lint reads, which are told as people write them there."""
    same_as: Keys | None = None
    """The keys by which it is the same finding in another run: items by their names. None where `keys` are those."""
    exemption: Exemption | None = None

    @property
    def agreed(self) -> str:
        """Why it is waived, in words: the waiver, the exception, or both; "" where neither is known."""
        return "; ".join(agreed.note for agreed in (self.waiver, self.exemption) if agreed)

    @property
    def path(self) -> str:
        """The keys as text."""
        return format_setting(self.keys) if self.is_setting else format_path(self.keys)

    @property
    def identity(self) -> tuple[str, ...]:
        """What stays the same while a finding does, whichever value is wrong and wherever it is written.

        Neither message nor file nor line is part of it: a limit that is exceeded by another value is the same
        finding, changed. An index is none either, so that lists may be reordered, but for items that are judged each
        by itself: those are told apart by their names, and by their numbers where they have none. What a waiver covers
        is what was violated before it, and what is not known yet is not what was judged.
        """
        subject = self.subject
        owner = (subject.urn,) if subject.urn else (subject.project, subject.stack, subject.name)
        outcome = Outcome.VIOLATED if self.outcome is Outcome.WAIVED else self.outcome
        path = without_indices(self.path) if self.same_as is None else format_path(self.same_as)
        return (self.rule, outcome, path, *owner)

    @property
    def fingerprint(self) -> str:
        """Names the finding across runs: a digest of its identity, and which of several that have the same it is."""
        import hashlib  # a lint in text has no need of it

        digest = hashlib.sha256("\0".join(self.identity).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return f"{digest}:{self.occurrence or 1}"

    @property
    def fails(self) -> bool:
        """Whether it alone makes the run fail, when no `--fail-on` says otherwise."""
        return fails(self.outcome, self.enforcement)

    @property
    def sort_key(self) -> tuple[str, ...]:
        """Report order: by stack, then resource, then place, then rule; of a file, from its top to its end."""
        subject, place = self.subject, self.location
        line = f"{place.line:08}{place.column or 0:08}" if place and not subject.urn else ""
        return (subject.project, subject.stack, subject.urn, subject.name, line, self.path, self.rule, self.message)


def fails(outcome: Outcome, enforcement: Enforcement) -> bool:
    """Whether such a finding makes a run fail: a mandatory one that is open, and a broken rule whatever its level."""
    if outcome is Outcome.BROKEN:
        return True
    is_open = outcome in (Outcome.VIOLATED, Outcome.UNREADABLE, Outcome.UNKNOWN)
    return is_open and enforcement is not Enforcement.ADVISORY


def fails_from(finding: Finding, fail_on: Severity | None) -> bool:
    """Whether a finding makes a run fail: one at or above a severity, or a mandatory one where none is given."""
    if fail_on is None:
        return finding.fails
    is_open = finding.outcome in (Outcome.VIOLATED, Outcome.UNREADABLE) or finding.fails
    return is_open and finding.severity.rank >= fail_on.rank


class PassedOver(NamedTuple):
    """Something that was met and not judged. Not a finding: it says what a clean verdict does not cover.

    `kind` is what it is, in one word for which a plural with s is right (project, stack, folder, file, resource);
    `name` its path, stack or URN; `why` a clause that can follow the name, such as "is a nodejs program".
    """

    kind: str
    name: str
    why: str


class NotJudged(NamedTuple):
    """A resource that serves models, and that no rule judges. `kind` is as `inference_pools.not_judged` names it."""

    urn: str
    kind: str

    @property
    def stack(self) -> str:
        """Where it is, as `project/stack`."""
        subject = subject_of(self.urn, "", "")
        return "/".join(part for part in (subject.project, subject.stack) if part)


class Handover(NamedTuple):
    """What the report of a shard has beside that of any audit, for `poolgate merge`.

    `terms` are which of how many it is, and what it judged by; `found` is what it found before waivers were applied,
    None where no report is to have it.
    """

    terms: Mapping[str, Any]
    found: Mapping[str, Any] | None = None


class Partial(NamedTuple):
    """That a run was stopped before its end: by what, and how many states of how many it had judged by then.

    `unread` are those that it had not: project and stack, "" where only the state says that, and the file. Where not
    `all_listed`, `states` are those that had been found by then, and nobody knows how many there are.
    """

    by: str
    judged: int
    states: int
    unread: tuple[tuple[str, str, str], ...]
    all_listed: bool = True

    def __str__(self) -> str:
        if not self.all_listed:
            found = "1 state had been found" if self.states == 1 else f"{self.states} states had been found"
            return f"stopped by {self.by} while states were being listed: {found} by then, and none was judged"
        return f"stopped by {self.by} when {self.judged} of {self.states} states had been judged"


class Tally:
    """Findings, and counts of all that was looked at, clean or not.

    `keep_passes` says whether clean judgements are kept by name: millions of them, in an audit, are worth it for a few
    formats only. `projects` are those that were looked at, where the source names them whether something was found or
    not. `passed_over` is what was met and not judged, `notes` are sentences on the run as a whole for every format;
    both are sets that keep their order.
    """

    __slots__ = (
        *("findings", "outcomes", "stacks", "resources", "pools"),
        *("judged", "inputs", "projects", "keep_passes", "passes", "passed_over", "not_judged", "notes"),
        *(
            "incomplete",
            "partial",
            "homes",
            "under_way",
            "by_platform",
            "whose",
            "resources_whose",
            "handover",
            "of_run",
        ),
    )

    def __init__(
        self,
        *,
        findings: Iterable[Finding] = (),
        stacks: int = 0,
        resources: int = 0,
        pools: int = 0,
        projects: Iterable[str] = (),
        keep_passes: bool = True,
    ) -> None:
        self.findings = list(findings)
        self.outcomes: Counter[Outcome] = Counter()
        """Verdicts by outcome, one for each rule and resource (and property, where several were reported)."""
        self.stacks = stacks
        self.resources = resources
        self.pools = pools
        self.by_platform: Counter[str] = Counter()
        """How many of the resources that were judged are of each platform, by its name."""
        self.judged: set[str] = set()
        """The stacks, as `project/stack`, in which all was looked at: what is not found there is not there."""
        self.inputs: list[tuple[str, str]] = []
        """What was read: its name and the SHA-256 of its content, "" where no report names it."""
        self.projects = set(projects)
        self.keep_passes = keep_passes
        self.passes: list[tuple[Subject, tuple[str, ...]]] = []
        """What was judged clean: the subject, and the rules that were content with it."""
        self.passed_over: dict[PassedOver, None] = {}
        self.not_judged: dict[NotJudged, None] = {}
        """What serves models and has no rule that judges it, in the order in which it was met."""
        self.notes: dict[str, None] = {}
        self.homes: dict[str, str] = {}
        """Where a stack (`project/stack`) or project is written: what is to be opened where no line is known."""
        self.under_way: dict[str, set[str]] = {}
        """The stacks (`project/stack`) of which an update is under way or was broken off, and what tells so."""
        self.whose: dict[str, tuple[str, ...]] = {}
        """Whose stacks (`project/stack`) are by tags of their own: owner, team, cost center and environment."""
        self.resources_whose: dict[str, tuple[str, ...]] = {}
        """The same by the tags of the first of a stack's resources that says any of it, whatever was found there."""
        self.incomplete = 0
        """The exit code that the run has, whatever was found, because a part of it could not be done; 0 if all was."""
        self.handover: Handover | None = None
        """Of an audit that judged a share of the states only."""
        self.of_run: dict[str, Any] = {}
        """Further members of `run` in the JSON report: how the work was done, and nothing of what was found."""
        self.partial: Partial | None = None
        """That somebody stopped the run; None where nobody did."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def with_findings(self, findings: Iterable[Finding]) -> Tally:
        """The same counts with other findings."""
        other = copy(self)
        other.findings = list(findings)
        return other

    def add(
        self,
        verdicts: Iterable[Verdict],
        subject: Subject,
        origin: Origin,
        *,
        locate: Locator | None = None,
    ) -> None:
        """Counts verdicts on one resource, and keeps those that a report lists."""
        clean: list[str] = []
        for verdict in verdicts:
            self.outcomes[verdict.outcome] += 1
            if verdict.outcome is Outcome.CLEAN:
                clean.append(verdict.rule)
            elif verdict.outcome.reported:
                location = locate.location(verdict.keys) if locate else None
                from_resources = locate.from_resources(verdict) if locate else ()
                related = locate.related(verdict.keys) if locate else ()
                self.findings.append(finding_of(verdict, subject, origin, location, from_resources, related))
        self.passed(subject, clean)

    def passed(self, subject: Subject, rules: Iterable[str]) -> None:
        """Keeps the names of rules that were content; their number is counted elsewhere."""
        if self.keep_passes and (names := tuple(rules)):
            self.passes.append((subject, names))

    def met(self, platforms: Iterable[str]) -> None:
        """Counts resources that rules judge, each by the name of its platform."""
        before = self.by_platform.total()
        self.by_platform.update(platforms)
        self.pools += self.by_platform.total() - before

    def count(self, outcome: Outcome, number: int) -> None:
        """Counts verdicts that no report lists."""
        if number:
            self.outcomes[outcome] += number

    def add_finding(self, finding: Finding) -> None:
        """Counts and keeps a finding that no rule made: of the lint, or of a stack that could not be read."""
        self.outcomes[finding.outcome] += 1
        self.findings.append(finding)

    def leave_out(self, rules: Container[str]) -> None:
        """Forgets what was found under some ids, as if nobody had looked."""
        gone = Counter(finding.outcome for finding in self.findings if finding.rule in rules)
        if gone:
            self.findings = [finding for finding in self.findings if finding.rule not in rules]
            self.outcomes -= gone

    def pass_over(self, kind: str, name: str, why: str) -> None:
        """Keeps that something was met and not judged; once, however often it was met."""
        self.passed_over[PassedOver(kind, name, why)] = None

    def leave_unjudged(self, urn: str, kind: str) -> None:
        """Keeps that a resource serves models and that no rule judges its kind; nothing for a kind that is ""."""
        if kind:
            self.not_judged[NotJudged(urn, kind)] = None

    def instead(self, most: int = 5) -> str:
        """The first few things that were passed over, to go behind the sentence that nothing was looked at."""
        told = [f"{_in_words(each)} {each.why}" for each in list(self.passed_over)[:most]]
        left = len(self.passed_over) - len(told)
        return "".join(f"; {each}" for each in [*told, *([f"and {left} more were passed over"] if left else [])])

    def lives_in(self, project: str, stack: str, file: str) -> None:
        """Keeps in which file a stack is written, or with no stack a project."""
        self.homes[f"{project}/{stack}" if stack else project] = file

    def is_under_way(self, stack: str, by: str) -> None:
        """Keeps that an update of a stack (`project/stack`) may be under way; `by` is what tells so, of `UNDER_WAY`."""
        self.under_way.setdefault(stack, set()).add(by)

    def home(self, subject: Subject) -> str | None:
        """The file to open for a finding that has no place: that of its stack or project, or the subject itself."""
        if not subject.urn and subject.name:
            return subject.name  # a file
        return self.homes.get(f"{subject.project}/{subject.stack}") or self.homes.get(subject.project)

    def ask_resources(self, stack: str, said: Iterable[tuple[str, ...]]) -> None:
        """Keeps whose a stack (`project/stack`) is by what each of its resources says, of which the first few count."""
        if first := next(filter(any, islice(said, _MOST_ASKED)), None):
            self.resources_whose[stack] = first

    def note(self, sentence: str) -> None:
        """Keeps a sentence on the run as a whole; once, however often it was said."""
        self.notes[sentence] = None

    def tell_once(self) -> None:
        """Leaves out what rules cannot read where another finding says just that, and what to do about it.

        It stays counted. It is left out only where the one that stays is open, and is no milder.
        """
        unreadable = {finding.subject.urn for finding in self.findings if finding.outcome is Outcome.UNREADABLE} - {""}
        told = {
            (finding.subject.urn, finding.keys, finding.message): finding
            for finding in self.findings
            if finding.subject.urn in unreadable and finding.outcome is Outcome.VIOLATED
        }
        if told:
            self.findings = [finding for finding in self.findings if not _is_told(finding, told)]

    def merge(self, other: Tally) -> None:
        """Adds what another tally saw."""
        self.passed_over.update(other.passed_over)
        self.not_judged.update(other.not_judged)
        self.notes.update(other.notes)
        self.homes.update(other.homes)
        self.whose.update(other.whose)
        self.resources_whose.update(other.resources_whose)
        for stack, told in other.under_way.items():
            self.under_way.setdefault(stack, set()).update(told)
        self.incomplete = max(self.incomplete, other.incomplete)
        self.partial = self.partial or other.partial
        self.findings.extend(other.findings)
        self.outcomes.update(other.outcomes)
        self.stacks += other.stacks
        self.resources += other.resources
        self.pools += other.pools
        self.by_platform.update(other.by_platform)
        self.judged |= other.judged
        self.inputs.extend(other.inputs)
        self.projects |= other.projects
        if self.keep_passes:
            self.passes.extend(other.passes)

    def share(self, known: Shared) -> None:
        """Has what many findings say stand there once: what other processes or files tell comes with its own."""
        for number, finding in enumerate(self.findings):
            self.findings[number] = known.finding(finding)
        text = known.text
        self.judged = set(map(text, self.judged))
        self.homes = {text(stack): text(file) for stack, file in self.homes.items()}
        self.whose = {text(stack): known.texts(whose) for stack, whose in self.whose.items()}

    @property
    def sorted_findings(self) -> list[Finding]:
        """In report order, each with its occurrence; the same input gives the same order."""
        # Findings of two stacks are never the same one. What those of all stacks are told apart by takes as much memory
        # as they do, and so does a list for each stack; to order them by one name after the other takes neither.
        by_stack = sorted(sorted(self.findings, key=_STACK), key=_PROJECT)
        return [finding for _, those in groupby(by_stack, key=_STACK_OF_PROJECT) for finding in _in_order([*those])]

    def failing(self, fail_on: Severity | None) -> Iterator[Finding]:
        """The findings that make the run fail: mandatory ones, or those at or above a severity."""
        return (finding for finding in self.findings if fails_from(finding, fail_on))


_SORT_KEY: Final = attrgetter("sort_key")
_PROJECT: Final = attrgetter("subject.project")
_STACK: Final = attrgetter("subject.stack")
_STACK_OF_PROJECT: Final = attrgetter("subject.project", "subject.stack")


class Shared:
    """What stands in many findings, each kept once. It may be given the findings of one batch after the other."""

    __slots__ = ("_keys", "_places", "_subject", "_texts", "_whose")

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._whose: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._keys: dict[Keys, Keys] = {}
        self._places: dict[tuple[Location, ...], tuple[Location, ...]] = {}
        self._subject: Subject | None = None
        """Of the finding before: what is said of a resource is said on end."""

    def text(self, text: str) -> str:
        """The same text."""
        return self._texts.setdefault(text, text)

    def texts(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The same texts."""
        return self._whose.setdefault(texts, texts)

    def finding(self, finding: Finding) -> Finding:
        """The same finding. What is its own, such as the name of its resource, is not looked up for others."""
        place, same = finding.location, self.text
        return finding._replace(
            rule=same(finding.rule),
            message=same(finding.message),
            remedy=same(finding.remedy),
            subject=self._same(finding.subject),
            keys=self._keys.setdefault(finding.keys, finding.keys),
            location=place and place._replace(file=same(place.file)),
            related=self._places.setdefault(finding.related, finding.related),
        )

    def _same(self, subject: Subject) -> Subject:
        if self._subject != subject:
            self._subject = Subject(subject.urn, *map(self.text, subject[1:]))
        return self._subject


def _is_told(finding: Finding, told: Mapping[tuple[str, Keys, str], Finding]) -> bool:
    other = told.get((finding.subject.urn, finding.keys, finding.message))
    if finding.outcome is not Outcome.UNREADABLE or other is None:
        return False
    return (other.fails or not finding.fails) and other.severity.rank >= finding.severity.rank


def _in_words(passed: PassedOver) -> str:
    """What a sentence calls it: the folder where poolgate was started has no other name than a dot."""
    return f"the {passed.kind} here" if passed.name == "." else passed.name


def _in_order(findings: list[Finding]) -> list[Finding]:
    """Those of one stack, with their occurrence."""
    return _counted(sorted(findings, key=_SORT_KEY)) if len(findings) > 1 else findings


def _counted(findings: list[Finding]) -> list[Finding]:
    """The findings with their occurrence. One that was counted before stays as it is, whichever others are left."""
    seen: Counter[tuple[str, ...]] = Counter()
    counted = []
    for finding in findings:
        identity = finding.identity
        seen[identity] += 1
        is_first = seen[identity] == 1 or finding.occurrence
        counted.append(finding if is_first else finding._replace(occurrence=seen[identity]))
    return counted


def finding_of(
    verdict: Verdict,
    subject: Subject,
    origin: Origin,
    location: Location | None,
    from_resources: tuple[str, ...] = (),
    related: tuple[Location, ...] = (),
) -> Finding:
    """A verdict as reports list it."""
    return Finding(
        rule=verdict.rule,
        severity=verdict.severity,
        enforcement=verdict.enforcement,
        outcome=verdict.outcome,
        message=verdict.message,
        remedy=verdict.remedy,
        subject=subject,
        keys=verdict.keys,
        origin=origin,
        location=location,
        from_resources=from_resources,
        waiver=verdict.waiver,
        related=related,
        same_as=verdict.same_as,
        exemption=verdict.exemption,
    )


class Locator:
    """Knows where one resource's properties were written. A source that knows nothing uses this as it is."""

    def location(self, keys: Keys) -> Location | None:
        """The place to edit for a property."""
        return None

    def related(self, keys: Keys) -> tuple[Location, ...]:
        """Further places that the value came through, the one that made the resource last."""
        return ()

    def from_resources(self, verdict: Verdict) -> tuple[str, ...]:
        """The URNs that an unknown value may come from."""
        return ()


def subject_of(urn: str, type_: str, name: str, owner: str = "", *others: str) -> Subject:
    """The subject with stack and project as its URN says them. `others` are the rest of whose it is, in their order."""
    parts = Urn.parse(urn)
    return Subject(urn, type_, name, parts.project, parts.stack, owner, *others)
