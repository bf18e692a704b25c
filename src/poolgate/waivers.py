"""The waivers of a run: where they come from, and what they make of its findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from inference_pools import own_checks, waivers_file
from inference_pools.beside import CONFIG_VARIABLE, IGNORE_VARIABLE, PROFILE_VARIABLE, SELECT_VARIABLE
from inference_pools.finding import Enforcement, Outcome, Severity, Verdict
from inference_pools.near_words import nearest
from inference_pools.owners_file import FILE_VARIABLE as OWNERS_VARIABLE
from inference_pools.policy_config import ConfigError, Setting, default_settings
from inference_pools.rule import Options, Rule, Scope
from inference_pools.rule_sets import PIN_VARIABLE
from inference_pools.rules import ALL
from inference_pools.rules.waivers_valid import waivers_valid
from inference_pools.runner import enabled
from inference_pools.waiver_review import judge_waivers, known, register
from inference_pools.waivers import FILE_VARIABLE, Register, View
from inference_pools.waivers_file import WaiversError, WaiversFile
from poolgate.errors import UsageError
from poolgate.files import read_text, relative_to_here
from poolgate.findings import Finding, Location, Origin, Subject, Tally, finding_of
from poolgate.own_source import NONE, Sketches

INLINE: Final = "policy config"
"""What the waivers that stand in the policy config are found under."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where waivers come from: a file, or the policy config when there is none."""

    file: Path | None
    content: WaiversFile | None
    digest: str = ""

    @property
    def name(self) -> str:
        """How reports call it."""
        return relative_to_here(self.file) if self.file else INLINE

    @property
    def subject(self) -> Subject:
        """What findings about the waivers are about."""
        return Subject(urn="", type="", name=self.name, project="", stack="")

    def location(self, keys: Iterable[str | int]) -> Location | None:
        """Where a part of the waivers was written."""
        if self.content is None:
            return None
        return Location(self.name, *self.content.place(keys))


def load(file: Path | None) -> Source:
    """The waivers in a file; without one, those of the policy config.

    Raises UsageError, with the place, for a file that cannot be read: none may be lost.
    """
    if file is None:
        return Source(None, None)
    text = read_text(file)
    try:
        content = waivers_file.read(text)
    except WaiversError as error:
        raise UsageError(str(error), file=place_in(file, error)) from None
    import hashlib  # most runs have no waivers

    return Source(file, content, hashlib.sha256(text.encode()).hexdigest())


def place_in(file: Path, error: WaiversError) -> str:
    """File, line and column of an error."""
    return ":".join(str(part) for part in (relative_to_here(file), *(error.place or ())))


def variables(source: Source) -> Mapping[str, str]:
    """What the pack of a preview is told: the file, or that there is none; and to look for nothing else to judge by,
    since the engine is given the levels and options of all rules.
    """
    chosen = (CONFIG_VARIABLE, PROFILE_VARIABLE, PIN_VARIABLE, SELECT_VARIABLE, IGNORE_VARIABLE, OWNERS_VARIABLE)
    nothing = dict.fromkeys(chosen, "")
    return {**nothing, FILE_VARIABLE: str(source.file.resolve()) if source.file else ""}


def without_inline(settings: Sequence[Setting]) -> tuple[Setting, ...]:
    """The settings without the waivers that stand in the policy config, for a run that is to use none."""
    return tuple(
        replace(setting, options=_emptied(setting)) if setting.rule.scope is Scope.WAIVERS else setting
        for setting in settings
    )


def _emptied(setting: Setting) -> Options:
    return setting.rule.with_options({**setting.options.to_json(), "inline": {}})


def settle(tally: Tally, command: str, waiving: Waiving, *, in_part: bool = False) -> None:
    """What the waivers make of all that a command found. `in_part` says that it looked at some stacks only."""
    if command == "preview":
        waiving.read_back(tally)
    elif command == "lint":
        waiving.apply(tally)
    else:
        waiving.apply(tally)
        view = View.STACK if in_part else View.ALL if command == "audit" else View.PROJECT
        waiving.judge(tally, view, lints=command == "check")


class Waiving:
    """The waivers of one run, under the terms of its policy, on one day."""

    def __init__(
        self,
        source: Source,
        settings: Sequence[Setting] | None,
        today: date,
        not_run: Sketches = NONE,
        checks_left_out: frozenset[str] = frozenset(),
    ) -> None:
        """Without settings, the terms are the defaults. Raises UsageError for terms that cannot be.

        `not_run` are rules of a team's own that are known by name only; a waiver can name them, too. `checks_left_out`
        are poolgate's own checks that are not reported: a waiver of one is not stale for covering nothing.
        """
        settings = default_settings(ALL) if settings is None else settings
        self.source = source
        self._settings = settings
        self._today = today
        self._checks = own_checks.BY_ID.keys() - checks_left_out
        given = source.content.waivers if source.content else None
        rules: list[Rule[Any]] = [*ALL, *(setting.rule for setting in settings)]
        try:
            self.register: Register = register(settings, given, {**_names(source, not_run), **known(rules)}, today)
        except ConfigError as error:
            raise UsageError(str(error)) from None

    @property
    def today(self) -> date:
        """The day by which it is judged what holds."""
        return self._today

    @property
    def is_given(self) -> bool:
        """Whether there are waivers, or a file that says there are none."""
        return self.source.content is not None or bool(self.register)

    def apply(self, tally: Tally) -> None:
        """Marks the findings that a waiver covers."""
        if self.register:
            tally.findings = [self._waived(finding, tally) for finding in tally.findings]
            self._note_input(tally)

    def judge(self, tally: Tally, view: View, *, lints: bool) -> None:
        """Adds what there is to say of the waivers themselves, once they were applied.

        `view` tells how much was looked at, `lints` whether files were judged as well as resources.
        """
        if any(finding.rule in own_checks.BLINDING for finding in tally.findings):
            view = View.STACK  # What a stack that could not be looked at needs is not known.
        ran = {setting.rule.id for setting in enabled(self._settings)} | (self._checks if lints else set())
        standings = self.register.standings(tally.judged, ran, view)
        for verdict in judge_waivers(self._settings, standings, self._today):
            if verdict.outcome.reported:
                tally.add_finding(about_waivers(verdict, self.source))
            else:
                tally.add([verdict], self.source.subject, Origin.CONFIG)

    def read_back(self, tally: Tally) -> None:
        """Completes what a pack said of waivers: its messages name neither the waiver nor the file it stands in."""
        rules = {setting.rule.id for setting in self._settings if setting.rule.scope is Scope.WAIVERS}
        said: set[Finding] = set()
        findings: list[Finding] = []
        for finding in tally.findings:
            if finding.rule not in rules:
                findings.append(self._with_waiver(finding))
            elif (placed := self._placed(finding)) not in said:
                said.add(placed)
                findings.append(placed)
            else:
                move(tally, finding.outcome, None)
        tally.findings = findings
        if self.register:
            self._note_input(tally)

    def _waived(self, finding: Finding, tally: Tally) -> Finding:
        subject = finding.subject
        stack = f"{subject.project}/{subject.stack}"
        waiver = self.register.find(
            finding.rule, subject.urn, stack, finding.path, finding.outcome, finding.enforcement
        )
        if waiver is None:
            return finding
        move(tally, finding.outcome, Outcome.WAIVED)
        return finding._replace(outcome=Outcome.WAIVED, enforcement=Enforcement.ADVISORY, waiver=waiver)

    def _with_waiver(self, finding: Finding) -> Finding:
        if finding.outcome is not Outcome.WAIVED:
            return finding
        subject = finding.subject
        waiver = self.register.find(
            finding.rule,
            subject.urn,
            f"{subject.project}/{subject.stack}",
            finding.path,
            Outcome.VIOLATED,
            Enforcement.MANDATORY,
        )
        return finding._replace(waiver=waiver)

    def _placed(self, finding: Finding) -> Finding:
        """A finding about a waiver, with the place where the waiver stands."""
        location = self.source.location(finding.keys)
        return finding._replace(subject=self.source.subject, origin=Origin.CONFIG, location=location)

    def _note_input(self, tally: Tally) -> None:
        if self.source.file:
            tally.inputs.append((self.source.name, self.source.digest))


def _names(source: Source, not_run: Sketches) -> Mapping[str, bool]:
    """What rules that were not run are called, each with whether it can be waived.

    Where not all of them are known, any name is taken for one that does not look like a slip of another.
    """
    named = [waiver.rule for waiver in source.content.waivers] if source.content and not not_run.is_complete else []
    ids = [rule.id for rule in ALL]
    return {name: True for name in named if nearest(name, ids) is None} | dict(not_run.waivable)


def about_waivers(verdict: Verdict, source: Source) -> Finding:
    """A verdict on a waiver, with the place where the waiver stands."""
    return finding_of(verdict, source.subject, Origin.CONFIG, source.location(verdict.keys))


def malformed(file: Path, error: WaiversError) -> Finding:
    """A part of a waivers file that is no waiver, as a finding."""
    line, column = error.place or (1, 1)
    return Finding(
        rule=waivers_valid.id,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.UNREADABLE,
        message=str(error),
        remedy="",
        subject=Subject(urn="", type="", name=relative_to_here(file), project="", stack=""),
        keys=(),
        origin=Origin.CONFIG,
        location=Location(relative_to_here(file), line, column),
    )


def move(tally: Tally, from_: Outcome, to: Outcome | None) -> None:
    """Counts a verdict as another one."""
    tally.outcomes[from_] -= 1
    if not tally.outcomes[from_]:
        del tally.outcomes[from_]
    if to is not None:
        tally.outcomes[to] += 1
