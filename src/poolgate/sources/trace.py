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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from inference_pools.finding import Outcome
from inference_pools.values import Json
from poolgate.errors import PoolgateError
from poolgate.files import read_text
from poolgate.findings import PROVIDER_RULE, Finding, Location
from poolgate.findings import Origin as IntroducedBy
from poolgate.sandbox.project_files import SECRET_STAND_IN
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
    Target,
    Trial,
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
_NAMED: Final = re.compile(r"'(?P<path>[^']+)' ")
"""What the check of azure-native begins with: `'inferencePoolName' does not match expression …`."""

_UNTRACED: Final = frozenset((Outcome.UNKNOWN, Outcome.BROKEN))


@dataclass(frozen=True)
class Ran:
    """A program and what came of running it with the stack's own configuration.

    `judged` are the inputs that the findings are about, where those were not the same run's but the engine's.
    """

    program: StackProgram
    inputs: Inputs
    judged: Inputs | None = None

    @classmethod
    def of(cls, program: StackProgram, run: ProgramRun) -> Ran | None:
        """None for a program that failed: what it would have made is not known."""
        return cls(program, _inputs(run)) if run.exit_code == 0 else None


def traced(findings: Sequence[Finding], programs: Iterable[Ran]) -> list[Finding]:
    """The findings, in the same order, on the line of the configuration where that is proven.

    The others keep their places. Programs are run again, several at once.
    """
    from poolgate.sources.program import ended_with_us

    wanted = _wanted(findings, programs)
    if not wanted:
        return list(findings)
    places: dict[tuple[str, str], Location] = {}
    jobs = os.cpu_count() or 1
    with ThreadPoolExecutor(jobs) as runs, ThreadPoolExecutor(jobs) as stacks, ended_with_us():

        def places_of(work: tuple[Ran, Mapping[Target, set[str]]]) -> dict[tuple[str, str], Location]:
            ran, targets = work
            proven = _Tracer(ran, list(targets), runs).places()
            return {(target.urn, path): place for target, place in proven.items() for path in targets[target]}

        for found in stacks.map(places_of, wanted):
            places.update(found)
    return [
        _moved(finding, places.get((finding.subject.urn, _path(finding)))) if is_traceable(finding) else finding
        for finding in findings
    ]


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
    return bool(_path(finding)) and finding.outcome not in _UNTRACED and finding.origin is not IntroducedBy.CONFIG


def _path(finding: Finding) -> str:
    """The property that a finding is about. A provider names it in its message, or nowhere."""
    if finding.path or finding.rule != PROVIDER_RULE:
        return finding.path
    match = _NAMED.match(finding.message)
    return match["path"] if match else ""


def _wanted(findings: Sequence[Finding], programs: Iterable[Ran]) -> list[tuple[Ran, Mapping[Target, set[str]]]]:
    """What to look for in which stack: the targets, each with the property paths it stands for."""
    paths: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if is_traceable(finding):
            paths[finding.subject.urn].add(_path(finding))
    if not paths:
        return []
    owners: dict[str, list[Ran]] = defaultdict(list)
    for ran in programs:
        for urn in ran.inputs.keys() & paths.keys():
            owners[urn].append(ran)
    wanted: dict[int, tuple[Ran, dict[Target, set[str]]]] = {}
    for urn in sorted(owners):
        # Two projects of the same name and stack have the same URNs; whose finding it is cannot be told.
        if len(owners[urn]) == 1:
            [ran] = owners[urn]
            for path in sorted(paths[urn]):
                target = target_of(ran.inputs, urn, path)
                if target is not None and _agrees(ran, target):
                    wanted.setdefault(id(ran), (ran, {}))[1].setdefault(target, set()).add(path)
    return list(wanted.values())


def _agrees(ran: Ran, target: Target) -> bool:
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

    def __init__(self, ran: Ran, targets: Sequence[Target], runs: Executor) -> None:
        self._program = ran.program
        self._runs = runs
        self._targets = targets
        self._before: dict[Target, Seen] = {target: lookup(ran.inputs[target.urn], target.keys) for target in targets}
        names = (urn.rpartition("::")[2] for urn in ran.inputs)
        self._parent = {target: lookup(ran.inputs[target.urn], target.keys[:-1]) for target in targets}
        self._configuration = Configuration(ran.program.entries, names)
        self._places: dict[Target, Location] = {}
        self._left = min(MOST_RUNS, MOST_RESOURCES // len(ran.inputs))
        self._hung = False

    def places(self) -> dict[Target, Location]:
        """The places that are proven."""
        if self._left < _FEWEST_RUNS:
            return {}
        self._find_copies({target: self._saying_the_same(target) for target in self._targets})
        self._find_copies({target: self._objects_around(target) for target in self._targets})
        self._find_derived([target for target in self._targets if target not in self._places])
        return self._places

    # --- values that are passed on as they are ---

    def _saying_the_same(self, target: Target) -> tuple[Spot, ...]:
        text = text_of(self._before[target])
        return self._configuration.saying(text) if text is not None else ()

    def _objects_around(self, target: Target) -> tuple[Spot, ...]:
        parent = self._parent[target]
        if self._before[target] is not ABSENT or not isinstance(parent, dict):
            return ()
        return self._configuration.objects_like(parent, str(target.keys[-1]))

    def _find_copies(self, candidates: Mapping[Target, tuple[Spot, ...]]) -> None:
        candidates, spots = self._affordable(candidates)
        if not spots:
            return
        proven: dict[Target, set[Spot]] = defaultdict(set)
        for experiment in self._experiments(spots):
            for target, found in candidates.items():
                spot = experiment.copied_from(target, self._before[target], found)
                if spot is not None:
                    proven[target].add(spot)
        for target, origins in proven.items():
            if len(origins) == 1:
                self._places[target] = origins.pop().place

    def _affordable(
        self, candidates: Mapping[Target, tuple[Spot, ...]]
    ) -> tuple[Mapping[Target, tuple[Spot, ...]], list[Spot]]:
        """The targets with the fewest candidates first, as many as there are runs left for, and their candidates."""
        chosen: dict[Target, tuple[Spot, ...]] = {}
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

    # --- values that the program makes something of ---

    def _find_derived(self, targets: Sequence[Target]) -> None:
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
        if self._hung:
            return None
        config = self._configuration.texts(changes, SECRET_STAND_IN)
        try:
            run = self._program.run(config, min(self._program.timeout, TRIAL_SECONDS))
        except (PoolgateError, OSError):  # such as a configuration that has outgrown what a process may be given
            return None
        if run.exit_code < 0:
            self._hung = True  # one such run is enough
        return Trial(tuple(changes), _inputs(run)) if run.exit_code == 0 else None
