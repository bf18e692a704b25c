"""Findings on the line of the configuration where the value was written, when a trial proves that it was.

`poolgate.sources.origin` says what to try and what it proves. Here the programs are run for it: in process, as
`poolgate check` runs them, only for stacks that have findings, and only as often as it takes.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from inference_pools.finding import Outcome
from inference_pools.own_checks import PROVIDER_CHECK
from inference_pools.path import PATTERN, Keys, format_path, parse_path
from inference_pools.policy_config import Setting
from inference_pools.resource import Resource
from inference_pools.urn import Urn
from inference_pools.values import Json
from poolgate.errors import PoolgateError
from poolgate.files import read_text
from poolgate.findings import Edit, Finding, Location
from poolgate.findings import Origin as IntroducedBy
from poolgate.lint.fix import edit_of
from poolgate.lint.project import StackConfig
from poolgate.lint.schema_lint import Fix, secrets_of_stack
from poolgate.lint.secret_places import SecretPlaces
from poolgate.sandbox.project_files import SECRET_STAND_IN
from poolgate.sources.certain_fix import Meant, meant
from poolgate.sources.origin import (
    ABSENT,
    Change,
    Configuration,
    Design,
    Experiment,
    HiddenError,
    Inputs,
    Seen,
    Spot,
    Trial,
    Watched,
    lookup,
    runs_for,
    target_of,
    text_of,
)
from poolgate.sources.stack_program import StackProgram

if TYPE_CHECKING:
    from poolgate.sources.program import ProgramRun

MOST_RUNS: Final = 24
"""Further runs of one stack's program. A finding takes 2 to 8 of them; many findings share the same ones."""

MOST_RESOURCES: Final = 4_000
"""Resources in all of these runs together. Each takes some 15 ms, so that of a stack of 1,000 there are 4 runs."""

TRIAL_SECONDS: Final = 120.0
"""The limit for one trial. It takes as long as the run before it did, unless the change makes the program hang."""

_FEWEST_RUNS: Final = 2
_FEW: Final = 8
"""So many parts, at most, are tried one by one when the program fails with several changed at once."""

_ATTEMPTS: Final = 2
"""With the other values that are most like the ones there, then with the second best."""

SECRET_RULE: Final = "no-plaintext-secret"
_NAMED: Final = re.compile(rf"'(?P<path>{PATTERN})' ")
"""What the check of azure-native begins with: `'inferencePoolName' does not match expression …`."""

_UNTRACED: Final = frozenset((Outcome.UNKNOWN, Outcome.BROKEN))


@dataclass(frozen=True)
class Ran:
    """A program and what came of running it with the stack's own configuration.

    `judged` are the inputs that the findings are about, where those were not the same run's but the engine's. `made`
    are the resources, by URN.
    """

    program: StackProgram
    inputs: Inputs
    judged: Inputs | None = None
    made: Mapping[str, Resource] = field(default_factory=dict)

    @classmethod
    def of(cls, program: StackProgram, run: ProgramRun) -> Ran | None:
        """None for a program that failed: what it would have made is not known."""
        if run.exit_code != 0:
            return None
        made = {
            each.urn: Resource(each.urn, each.type, each.name, each.inputs, each.provider_version or None)
            for each in run.resources
        }
        return cls(program, _inputs(run), made=made)


def traced(
    findings: Sequence[Finding], programs: Iterable[Ran], fixing: Mapping[str, Setting] = MappingProxyType({})
) -> list[Finding]:
    """The findings, in the same order, on the line of the configuration where that is proven.

    The others keep their places. Programs are run again, several at once. What a rule of those that are `fixing`, by
    their ids, is certain of is told with the finding, where the value was passed on from the stack's file as it is.
    """
    from poolgate.sources.program import ended_with_us

    wanted = _wanted(findings, programs)
    if not wanted:
        return list(findings)
    fixable: dict[tuple[str, Keys], set[str]] = defaultdict(set)
    for finding in findings:
        if finding.rule in fixing and finding.outcome is Outcome.VIOLATED:
            fixable[finding.subject.urn, finding.keys].add(finding.rule)
    places: _Places = {}
    edits: _Edits = {}
    jobs = os.cpu_count() or 1
    with ThreadPoolExecutor(jobs) as runs, ThreadPoolExecutor(jobs) as stacks, ended_with_us():

        def trace(work: tuple[Ran, Mapping[Watched, set[Keys]]]) -> tuple[_Places, _Edits]:
            ran, targets = work
            tracer = _Tracer(ran, list(targets), runs)
            proven = tracer.places()
            meanings = {
                (rule, target, keys): its_meaning
                for target in proven
                for keys in targets[target]
                for rule in fixable.get((target.urn, keys), ())
                if (its_meaning := meant(fixing[rule], ran.made[target.urn], target.keys)) is not None
            }
            made = tracer.edits({(target, its_meaning) for (_, target, _), its_meaning in meanings.items()})
            return (
                {(target.urn, keys): place for target, place in proven.items() for keys in targets[target]},
                {
                    (rule, target.urn, keys): made[target, its_meaning]
                    for (rule, target, keys), its_meaning in meanings.items()
                    if (target, its_meaning) in made
                },
            )

        for found, certain in stacks.map(trace, wanted):
            places.update(found)
            edits.update(certain)
    return [_told(finding, places, edits) if is_traceable(finding) else finding for finding in findings]


_Places: TypeAlias = dict[tuple[str, Keys], Location]
_Edits: TypeAlias = dict[tuple[str, str, Keys], Edit]


def _told(finding: Finding, places: _Places, edits: _Edits) -> Finding:
    urn = finding.subject.urn
    moved = _moved(finding, places.get((urn, _keys(finding))))
    return moved._replace(edit=edits.get((finding.rule, urn, finding.keys)))


def _moved(finding: Finding, place: Location | None) -> Finding:
    """The finding at another place; the line of the program, where it was, is the last of the related ones."""
    if place is None or (finding.rule == SECRET_RULE and not _is_hidden(place)):
        return finding
    before = (finding.location,) if finding.location else ()
    return finding._replace(location=place, related=(*finding.related, *before))


def _is_hidden(place: Location) -> bool:
    """Whether reports leave the line out. They show the lines of findings, and must not show a secret.

    They know a line with a secret by its own words, while the rule may know the secret by the name of a property.
    """
    from poolgate.report.frame import HIDDEN, code_frame

    frame = code_frame(read_text(Path(place.file)), place.line, place.column)
    return bool(frame) and frame[-1].endswith(HIDDEN)


def is_traceable(finding: Finding) -> bool:
    """Whether a finding is about a value that is known, at a place that is named."""
    return bool(_keys(finding)) and finding.outcome not in _UNTRACED and finding.origin is not IntroducedBy.CONFIG


def _keys(finding: Finding) -> Keys:
    """The property that a finding is about. A provider names it in its message, or nowhere."""
    if finding.keys or finding.rule != PROVIDER_CHECK:
        return finding.keys
    match = _NAMED.match(finding.message)
    return parse_path(match["path"]) if match else ()


def _wanted(findings: Sequence[Finding], programs: Iterable[Ran]) -> list[tuple[Ran, Mapping[Watched, set[Keys]]]]:
    """What to look for in which stack: the targets, each with the properties it stands for."""
    asked: dict[str, set[Keys]] = defaultdict(set)
    for finding in findings:
        if is_traceable(finding):
            asked[finding.subject.urn].add(_keys(finding))
    if not asked:
        return []
    owners: dict[str, list[Ran]] = defaultdict(list)
    for ran in programs:
        for urn in ran.inputs.keys() & asked.keys():
            owners[urn].append(ran)
    wanted: dict[int, tuple[Ran, dict[Watched, set[Keys]]]] = {}
    for urn in sorted(owners):
        # Two projects of the same name and stack have the same URNs; whose finding it is cannot be told.
        if len(owners[urn]) == 1:
            [ran] = owners[urn]
            for keys in sorted(asked[urn], key=format_path):
                target = target_of(ran.inputs, urn, keys)
                if target is not None and _agrees(ran, target):
                    wanted.setdefault(id(ran), (ran, {}))[1].setdefault(target, set()).add(keys)
    return list(wanted.values())


def _agrees(ran: Ran, target: Watched) -> bool:
    """Whether what was judged had the same value as the run in process."""
    if ran.judged is None:
        return True
    try:
        judged = lookup(ran.judged.get(target.urn, {}), target.keys)
    except HiddenError:
        return False
    return judged == lookup(ran.inputs[target.urn], target.keys)


def _inputs(run: ProgramRun) -> dict[str, dict[str, Json]]:
    return {made.urn: made.inputs for made in run.resources}


class _Tracer:
    """Finds out where some properties of one stack were written."""

    def __init__(self, ran: Ran, targets: Sequence[Watched], runs: Executor) -> None:
        self._program = ran.program
        self._runs = runs
        self._targets = targets
        self._before: dict[Watched, Seen] = {target: lookup(ran.inputs[target.urn], target.keys) for target in targets}
        names = (Urn.parse(urn).name for urn in ran.inputs)
        self._parent = {target: lookup(ran.inputs[target.urn], target.keys[:-1]) for target in targets}
        self._configuration = Configuration(ran.program.entries, names)
        self._places: dict[Watched, Location] = {}
        self._copies: dict[Watched, Spot] = {}
        self._left = min(MOST_RUNS, MOST_RESOURCES // len(ran.inputs))
        self._hung = False

    def places(self) -> dict[Watched, Location]:
        """The places that are proven."""
        if self._left < _FEWEST_RUNS:
            return {}
        self._find_copies({target: self._saying_the_same(target) for target in self._targets})
        self._find_copies({target: self._objects_around(target) for target in self._targets})
        self._find_derived([target for target in self._targets if target not in self._places])
        return self._places

    # --- values that are passed on as they are ---

    def _saying_the_same(self, target: Watched) -> tuple[Spot, ...]:
        text = text_of(self._before[target])
        return self._configuration.saying(text) if text is not None else ()

    def _objects_around(self, target: Watched) -> tuple[Spot, ...]:
        parent = self._parent[target]
        if self._before[target] is not ABSENT or not isinstance(parent, dict):
            return ()
        return self._configuration.objects_like(parent, str(target.keys[-1]))

    def _find_copies(self, candidates: Mapping[Watched, tuple[Spot, ...]]) -> None:
        candidates, spots = self._affordable(candidates)
        if not spots:
            return
        proven: dict[Watched, set[Spot]] = defaultdict(set)
        for experiment in self._experiments(spots):
            for target, found in candidates.items():
                spot = experiment.copied_from(target, self._before[target], found)
                if spot is not None:
                    proven[target].add(spot)
        for target, origins in proven.items():
            if len(origins) == 1:
                self._copies[target] = origins.pop()
                self._places[target] = self._copies[target].place

    def _affordable(
        self, candidates: Mapping[Watched, tuple[Spot, ...]]
    ) -> tuple[Mapping[Watched, tuple[Spot, ...]], list[Spot]]:
        """The targets with the fewest candidates first, as many as there are runs left for, and their candidates."""
        chosen: dict[Watched, tuple[Spot, ...]] = {}
        spots: dict[Spot, None] = {}
        for target, found in sorted(candidates.items(), key=lambda item: len(item[1])):
            grown = spots | dict.fromkeys(found)
            if found and runs_for(len(grown)) <= self._left:
                chosen[target], spots = found, grown
        return chosen, list(spots)

    def _experiments(self, spots: Sequence[Spot]) -> Iterator[Experiment]:
        """All at once in few runs; where the program fails with several changed, one by one, if they are few."""
        experiment = self._try(Design.together(spots))
        yield experiment
        if None not in experiment.trials or len(spots) > _FEW:
            return
        for attempt in range(_ATTEMPTS):
            pending = [spot for spot in spots if attempt < len(spot.values)]
            if not pending:
                return
            alone = self._try(Design.one_by_one(pending), attempt)
            yield alone
            spots = [spot for spot, runs in alone.sets.items() if any(alone.trials[run] is None for run in runs)]

    # --- what to write instead ---

    def edits(self, wanted: Iterable[tuple[Watched, Meant]]) -> dict[tuple[Watched, Meant], Edit]:
        """What to write in the stack's file for some properties to be as they are meant; once `places` has been told.

        Of a value that is passed on as it is the trials have proven it. That a name is passed on, too, is tried.
        """
        copied = {
            (target, its_meaning): self._copies[target] for target, its_meaning in wanted if target in self._copies
        }
        names = {
            each: spot
            for each, spot in copied.items()
            if each[1].is_name and spot.path[-1:] == (each[0].keys[-1],) and spot.text is not None
        }
        proven = self._passed_on(names)
        values = {each: spot for each, spot in copied.items() if not each[1].is_name and spot.text is not None}
        edits = {each: self._edit(spot, each[1]) for each, spot in {**values, **proven}.items()}
        return {each: edit for each, edit in edits.items() if edit is not None}

    def _passed_on(self, names: Mapping[tuple[Watched, Meant], Spot]) -> Mapping[tuple[Watched, Meant], Spot]:
        """The names that are passed on as they are; if not all of them, then those that one by one are, if few."""
        if not names or self._are_passed_on(names):
            return names
        if len(names) == 1 or len(names) > _FEW:
            return {}
        return {each: spot for each, spot in names.items() if self._are_passed_on({each: spot})}

    def _are_passed_on(self, names: Mapping[tuple[Watched, Meant], Spot]) -> bool:
        """Whether members that are called otherwise in the configuration are so in the resources, with their values."""
        if not names or self._left < 1:
            return False
        self._left -= 1
        renamed = {spot: its_meaning.text for (_, its_meaning), spot in names.items()}
        trial = self._run((), self._configuration.texts_renamed(renamed, SECRET_STAND_IN))
        if trial is None:
            return False
        try:
            return all(
                lookup(trial.inputs.get(target.urn, {}), (*target.keys[:-1], its_meaning.text)) == self._before[target]
                and lookup(trial.inputs.get(target.urn, {}), target.keys) is ABSENT
                for target, its_meaning in names
            )
        except HiddenError:
            return False

    def _edit(self, spot: Spot, its_meaning: Meant) -> Edit | None:
        """The change to the stack's own file, which lies in the project; None where anything is in doubt."""
        stack, found = self._program.stack, self._configuration.written(spot)
        if stack is None or found is None or found[0] is not stack.document or not self._is_ours(stack):
            return None
        document, path = found
        position = document.key_position_of(path) if its_meaning.is_name else document.position_of(path)
        if position is None or self._secrets.hides(position.line) or _is_hidden(spot.place):
            return None
        fix = Fix(path, its_meaning.is_name, its_meaning.text)
        return edit_of(stack.file, position, fix)

    def _is_ours(self, stack: StackConfig) -> bool:
        return stack.file.resolve().is_relative_to(stack.project.directory.resolve())

    @cached_property
    def _secrets(self) -> SecretPlaces:
        assert self._program.stack is not None
        return secrets_of_stack(self._program.stack)

    # --- values that the program makes something of ---

    def _find_derived(self, targets: Sequence[Watched]) -> None:
        """One run with everything changed tells what is configured at all; then each of those is looked for.

        Every part takes part: a value made of several is nobody's. So where the program fails, nothing is proven.
        """
        targets = [target for target in targets if self._before[target] is not ABSENT]
        spots = self._configuration.leaves
        if not targets or not spots or 1 + runs_for(len(spots)) > self._left:
            return
        for attempt in range(_ATTEMPTS):
            everything = self._try(Design.everything(spots), attempt)
            if None in everything.trials:
                continue
            moved = [target for target in targets if everything.moves(target, self._before[target])]
            if moved:
                experiment = self._try(Design.together(spots), attempt).followed_by(everything)
                for target in moved:
                    spot = experiment.follows(target, self._before[target])
                    if spot is not None:
                        self._places[target] = spot.place
            return

    # --- runs ---

    def _try(self, design: Design, attempt: int = 0) -> Experiment:
        """Carries a design out; with too few runs left, as one in which every run failed."""
        if design.runs > self._left:
            return Experiment(design.sets, [None] * design.runs)
        self._left -= design.runs
        changes: list[list[Change]] = [[] for _ in range(design.runs)]
        for spot, runs in design.sets.items():
            for run in runs:
                changes[run].append((spot, spot.values[min(attempt, len(spot.values) - 1)]))
        return Experiment(design.sets, list(self._runs.map(self._trial, changes)))

    def _trial(self, changes: Sequence[Change]) -> Trial | None:
        return self._run(changes, self._configuration.texts(changes, SECRET_STAND_IN))

    def _run(self, changes: Sequence[Change], config: Mapping[str, str]) -> Trial | None:
        if self._hung:
            return None
        try:
            run = self._program.run(config, min(self._program.timeout, TRIAL_SECONDS))
        except (PoolgateError, OSError):  # such as a configuration that has outgrown what a process may be given
            return None
        if run.exit_code < 0:
            self._hung = True  # one such run is enough
        return Trial(tuple(changes), _inputs(run)) if run.exit_code == 0 else None
