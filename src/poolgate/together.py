"""Rules that see more than one resource: over a stack, and over the stacks of a project."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from inference_pools.finding import Verdict
from inference_pools.policy_config import Setting
from inference_pools.resource import Resource
from inference_pools.runner import judge_project, judge_stack
from inference_pools.stack import Stack, stacks_of
from inference_pools.urn import Urn
from inference_pools.view import is_kept
from poolgate.findings import Location, Locator, Origin, Subject, Tally, subject_of
from poolgate.owner import whose


@dataclass(slots=True)
class Gathered:
    """The resources of some stacks that more than one rule has to see, with what knows their places."""

    pools: dict[str, Resource] = field(default_factory=dict)
    locators: dict[str, Locator] = field(default_factory=dict)

    def add(self, resource: Resource, locator: Locator) -> None:
        """Takes note of a resource; what is judged, or led to by that, is kept."""
        self.locators[resource.urn] = locator
        if is_kept(resource.type):
            self.pools[resource.urn] = resource

    def merge(self, other: Gathered) -> None:
        """Adds what was gathered elsewhere."""
        self.pools.update(other.pools)
        self.locators.update(other.locators)

    @property
    def projects(self) -> frozenset[str]:
        """The projects that its pools are of."""
        return frozenset(map(_project_in, self.pools))

    def only(self, projects: Collection[str]) -> Gathered:
        """What was gathered of some projects."""
        return self._of(urn for urn in self.pools if _project_in(urn) in projects)

    def without(self, projects: Collection[str]) -> Gathered:
        """What was gathered of other projects."""
        return self._of(urn for urn in self.pools if _project_in(urn) not in projects)

    def _of(self, urns: Iterable[str]) -> Gathered:
        pools = {urn: self.pools[urn] for urn in urns}
        return Gathered(pools, {urn: locator for urn, locator in self.locators.items() if urn in pools})

    def location(self, urn: str) -> Location | None:
        """Where a resource was made."""
        locator = self.locators.get(urn)
        return locator.location(()) if locator else None

    def subject(self, urn: str) -> Subject:
        """A resource as reports name it."""
        resource = self.pools.get(urn)
        if resource is None:
            return subject_of(urn, "", "")
        return subject_of(urn, resource.type, resource.name, *whose(resource))


def _project_in(urn: str) -> str:
    return Urn.parse(urn).project


def judge_stacks(
    tally: Tally, gathered: Gathered, settings: Sequence[Setting], origin: Origin, today: date | None
) -> None:
    """Adds what the rules over whole stacks say."""
    for stack in stacks_of(gathered.pools.values(), today):
        whole = Subject(urn="", type="", name="", project=stack.project, stack=stack.name)
        _add(tally, judge_stack(settings, stack), gathered, origin, whole)
        stack.forget()


def judge_projects(
    tally: Tally, gathered: Gathered, settings: Sequence[Setting], origin: Origin, today: date | None
) -> None:
    """Adds what the rules over the stacks of a project say."""

    def project(stack: Stack) -> str:
        return stack.project

    stacks = sorted(stacks_of(gathered.pools.values(), today), key=project)
    for name, of_project in groupby(stacks, key=project):
        whole = Subject(urn="", type="", name="", project=name, stack="")
        _add(tally, judge_project(settings, list(of_project)), gathered, origin, whole)
    for stack in stacks:
        stack.forget()


def _add(tally: Tally, verdicts: Iterable[Verdict], gathered: Gathered, origin: Origin, whole: Subject) -> None:
    """Adds verdicts on resources, and on all of them together: a rule that is content, or broken, names none."""
    for verdict in verdicts:
        locator = gathered.locators.get(verdict.urn)
        subject = gathered.subject(verdict.urn) if verdict.urn else whole
        tally.add([verdict], subject, origin, locate=locator)
