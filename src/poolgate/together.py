"""Rules that see more than one resource: over a stack, and over the stacks of a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from inference_pools.finding import Verdict
from inference_pools.model import Resource
from inference_pools.policy_config import Setting
from inference_pools.runner import judge_project, judge_stack
from inference_pools.shapes import is_pool
from inference_pools.stack import Stack, stacks_of
from poolgate.findings import Location, Locator, Origin, Subject, Tally, subject_of


@dataclass(slots=True)
class Gathered:
    """The resources of some stacks that more than one rule has to see, with what knows their places."""

    pools: dict[str, Resource] = field(default_factory=dict)
    locators: dict[str, Locator] = field(default_factory=dict)

    def add(self, resource: Resource, locator: Locator) -> None:
        """Takes note of a resource; only pools are kept."""
        self.locators[resource.urn] = locator
        if is_pool(resource.type):
            self.pools[resource.urn] = resource

    def merge(self, other: Gathered) -> None:
        """Adds what was gathered elsewhere."""
        self.pools.update(other.pools)
        self.locators.update(other.locators)

    def location(self, urn: str) -> Location | None:
        """Where a resource was made."""
        locator = self.locators.get(urn)
        return locator.location("") if locator else None

    def subject(self, urn: str) -> Subject:
        """A resource as reports name it."""
        resource = self.pools.get(urn)
        return subject_of(urn, resource.type, resource.name) if resource else subject_of(urn, "", "")


def judge_stacks(
    tally: Tally, gathered: Gathered, settings: Sequence[Setting], origin: Origin, today: date | None
) -> None:
    """Adds what the rules over whole stacks say."""
    for stack in stacks_of(gathered.pools.values(), today):
        _add(tally, judge_stack(settings, stack), gathered, origin)


def judge_projects(
    tally: Tally, gathered: Gathered, settings: Sequence[Setting], origin: Origin, today: date | None
) -> None:
    """Adds what the rules over the stacks of a project say."""

    def project(stack: Stack) -> str:
        return stack.project

    stacks = sorted(stacks_of(gathered.pools.values(), today), key=project)
    for _, of_project in groupby(stacks, key=project):
        _add(tally, judge_project(settings, list(of_project)), gathered, origin)


def _add(tally: Tally, verdicts: Iterable[Verdict], gathered: Gathered, origin: Origin) -> None:
    for verdict in verdicts:
        locator = gathered.locators.get(verdict.urn)
        tally.add([verdict], gathered.subject(verdict.urn), origin, locate=locator)
