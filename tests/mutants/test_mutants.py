"""Wrong configurations, made by machine: the rules say of each what the tables predict, and nothing else.

Every mutant is judged by every rule at its defaults. The good ones are a resource of each type and shape that has
every property, in inputs and in outputs, and each resource of the rules' good fixtures.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final, TypeAlias

import pytest

from inference_pools.finding import Outcome
from inference_pools.platforms.azure_pools import AZURE_POOLS
from inference_pools.platforms.azure_pools.catalog import ENDPOINT, GROUP, KINDS, POOL, Shape
from inference_pools.platforms.platform import Kind
from inference_pools.policy_config import Setting, default_settings
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge, judge_project, judge_stack
from inference_pools.stack import stacks_of
from inference_pools.values import UNKNOWN_STRING, Json
from inference_pools.view import view
from library.held import HELD
from library.test_runner import FULL, PLAIN, TODAY, deployed, full, put
from mutants.mutators import MUTATORS, Good, Mutant
from mutants.prediction import Said
from rules.fixture_files import fixtures

SETTINGS = default_settings(ALL)


def said(resources: Iterable[Resource], settings: Iterable[Setting] = SETTINGS, today: date = TODAY) -> set[Said]:
    """All that the rules which the tables are about say, but for what is clean."""
    everything, given = tuple(settings), tuple(resources)
    stacks = stacks_of(given, today)
    verdicts = [
        *(verdict for resource in given for verdict in judge(everything, resource, today=today)),
        *(verdict for stack in stacks for verdict in judge_stack(everything, stack)),
        *judge_project(everything, stacks),
    ]
    return {
        (verdict.rule, verdict.outcome, verdict.path)
        for verdict in verdicts
        if verdict.outcome.reported and verdict.rule in HELD
    }


@dataclass(frozen=True)
class Subject:
    """A good resource, and the day it is judged on."""

    name: str
    resource: Resource
    good: Good
    today: date = TODAY


def subject_of(name: str, resource: Resource, today: date = TODAY) -> Subject:
    pool = view(resource)
    assert pool is not None
    return Subject(name, resource, Good((pool.kind, pool.shape), dict(resource.properties), resource.outputs), today)


FULL_ONES: Final = [
    subject_of(f"{kind}-{shape}-{make.__name__}", make(kind, shape))
    for make in (full, deployed)
    for kind, shape in FULL
]

LEFT_OUT: Final = {
    "capacity-meets-load": "how much is enough depends on all of it together: see test_bounds.py",
    "enddate-tag-current/good/far-ahead-in-production": "what is right in production only: see test_bounds.py",
    "placeholder-replaced/good/pairs-with-names-of-variables": "names like placeholders are right at their place only",
    "tag-keys-lowercase/good/written-twice": "two tags that are one, each of them both right and wrong",
    "tags-required/good/trap-41-two-spellings": "two tags that are one, each of them both right and wrong",
}
"""Fixtures, and whole folders of them, that are no start for mutants."""


def _resources() -> Iterator[Subject]:
    """The resources of the good fixtures, each by itself: those of the platform that the tables are about."""
    for fixture in fixtures():
        if fixture.good and fixture.id not in LEFT_OUT and fixture.rule not in LEFT_OUT:
            for number, resource in enumerate(fixture.resources):
                subject = view(resource)
                if subject is not None and subject.platform is AZURE_POOLS:
                    yield subject_of(f"{fixture.id}-{number}", resource, fixture.today)


@cache
def good_ones() -> Sequence[Subject]:
    """Some of them are good with other options, or with another resource beside them, only: without those."""
    return [subject for subject in _resources() if not said([subject.resource], today=subject.today)]


COUNTS: Final[Mapping[str, tuple[int, int]]] = {
    "drop": (476, 700),
    "unknown": (652, 1000),
    "secret": (476, 700),
    "wrong-type": (631, 1000),
    "misspelt": (1262, 700),
    "wrong-case": (132, 200),
    "placeholder": (1179, 1100),
    "placeholder-in-id": (68, 100),
    "unit": (860, 200),
}
"""How many mutants of each kind there are: of the full resources, and at least of the fixtures."""
STRIDES: Final[Mapping[str, tuple[int, int]]] = {
    "drop": (1, 3),
    "unknown": (1, 3),
    "secret": (1, 3),
    "wrong-type": (3, 9),
    "misspelt": (1, 7),
    "placeholder": (3, 17),
    "unit": (1, 3),
}
"""Every how manieth mutant is judged, of the full resources and of the fixtures: all of them would take minutes. The
strides have nothing in common with the numbers of variants of a value, so that each variant comes up."""


def differences(subjects: Iterable[Subject], kind: str, stride: int) -> tuple[int, list[str]]:
    """How many mutants there are, and of which the rules say something else than is predicted."""
    count, wrong = 0, []
    made = ((subject, mutant) for subject in subjects for mutant in MUTATORS[kind](subject.good))
    for subject, mutant in itertools.islice(made, 0, None, stride):
        count += 1
        found = said([replace(subject.resource, properties=mutant.properties)], today=subject.today)
        if found != mutant.expected:
            wrong.append(_told(subject, mutant, found))
    return count, wrong


def _told(subject: Subject, mutant: Mutant, found: set[Said]) -> str:
    return (
        f"{subject.name}: {mutant.name}\n  predicted, not said: {sorted(mutant.expected - found)}\n"
        f"  said, not predicted: {sorted(found - mutant.expected)}"
    )


@pytest.mark.parametrize("kind", [pytest.param(kind, id=f"{kind}-{COUNTS[kind][0]}-mutants") for kind in MUTATORS])
def test_mutants_of_full_resources(kind: str) -> None:
    count, wrong = differences(FULL_ONES, kind, STRIDES.get(kind, (1, 1))[0])

    assert not wrong, "\n".join([f"{len(wrong)} of {count}", *wrong[:20]])
    assert count == COUNTS[kind][0]


@pytest.mark.parametrize("kind", [pytest.param(kind, id=f"{kind}-{COUNTS[kind][1]}-or-more") for kind in MUTATORS])
def test_mutants_of_the_fixtures(kind: str) -> None:
    count, wrong = differences(good_ones(), kind, STRIDES.get(kind, (1, 1))[1])

    assert not wrong, "\n".join([f"{len(wrong)} of {count}", *wrong[:20]])
    assert count >= COUNTS[kind][1]


# A pool, its group and its endpoint in one stack: what is wrong between them, by type.

Between: TypeAlias = set[tuple[Kind, str, Outcome, str]]
POOL, GROUP, ENDPOINT = POOL, GROUP, ENDPOINT
_RESOLVE, _SERVED = "references-resolve", "groups-served"


def violated(*findings: tuple[Kind, str, str]) -> Between:
    return {(kind, rule, Outcome.VIOLATED, path) for kind, rule, path in findings}


_NO_POOL = violated((GROUP, _RESOLVE, "poolName"), (ENDPOINT, _RESOLVE, "poolName"))
_NO_GROUP = violated((GROUP, _SERVED, "groupName"), (ENDPOINT, _RESOLVE, "{serves}"))
_UNKNOWN_NAME = {("name-wellformed", Outcome.UNKNOWN), ("placeholder-replaced", Outcome.UNKNOWN)}
TOGETHER: Final[Mapping[str, tuple[Kind, str, Json, Between]]] = {
    "the pool has another name": (POOL, "inferencePoolName", "score", _NO_POOL),
    "the pool's name in capitals is the same": (POOL, "inferencePoolName", "CHAT", set()),
    "the pool's name is not known": (
        POOL,
        "inferencePoolName",
        UNKNOWN_STRING,
        {(POOL, rule, outcome, "inferencePoolName") for rule, outcome in _UNKNOWN_NAME},
    ),
    "the group has another name": (GROUP, "groupName", "green", _NO_GROUP),
    "the group's name in capitals is the same": (GROUP, "groupName", "BLUE", set()),
    "the endpoint leads to another group": (ENDPOINT, "{serves}", "green", _NO_GROUP),
    "the endpoint names no group, and may lead to any": (ENDPOINT, "{serves}", None, set()),
    "the group is in another pool": (GROUP, "poolName", "other", violated((GROUP, _RESOLVE, "poolName"))),
    "the endpoint is in another pool": (
        ENDPOINT,
        "poolName",
        "other",
        violated((ENDPOINT, _RESOLVE, "poolName"), (GROUP, _SERVED, "groupName")),
    ),
    "the group is in another workspace": (GROUP, "workspaceName", "mlw-other", set()),
    "the pool is in another workspace": (POOL, "workspaceName", "mlw-other", set()),
    "the pool is in another resource group": (POOL, "resourceGroupName", "rg-other", set()),
}


def trio(shape: Shape) -> dict[Kind, Resource]:
    return {
        kind: replace(full(kind, shape), urn=f"urn:pulumi:dev::test::{PLAIN}{kind}::{kind}", name=str(kind))
        for kind in KINDS
    }


def said_between(resources: Iterable[Resource]) -> Between:
    given = list(resources)
    kinds = {resource.urn: view(resource) for resource in given}
    verdicts = [verdict for resource in given for verdict in judge(SETTINGS, resource, today=TODAY)]
    verdicts += [verdict for stack in stacks_of(given, TODAY) for verdict in judge_stack(SETTINGS, stack)]
    found: Between = set()
    for verdict in verdicts:
        pool = kinds.get(verdict.urn)
        if verdict.outcome.reported and verdict.rule in HELD:
            assert pool is not None
            found.add((pool.kind, verdict.rule, verdict.outcome, verdict.path))
    return found


SERVES: Final = {Shape.A: "inferenceEndpointProperties.groupId", Shape.B: "inferenceEndpointProperties.groupName"}


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("change", TOGETHER)
def test_mutants_of_a_stack(change: str, shape: Shape) -> None:
    kind, path, value, expected = TOGETHER[change]
    resources = trio(shape)
    keys = tuple(path.replace("{serves}", SERVES[shape]).split("."))
    resources[kind] = replace(resources[kind], properties=put(dict(resources[kind].properties), keys, value))

    assert said_between(trio(shape).values()) == set()
    assert said_between(resources.values()) == {
        (of, rule, outcome, at.replace("{serves}", SERVES[shape])) for of, rule, outcome, at in expected
    }


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize(
    ("gone", "expected"),
    [(POOL, set()), (GROUP, set()), (ENDPOINT, violated((GROUP, _SERVED, "groupName")))],
    ids=["pool", "group", "endpoint"],
)
def test_a_stack_with_one_of_them_gone(gone: Kind, expected: Between, shape: Shape) -> None:
    left = [resource for kind, resource in trio(shape).items() if kind is not gone]

    assert said_between(left) == expected


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize(
    ("kind", "path"), [(POOL, "inferencePoolName"), (GROUP, "groupName"), (ENDPOINT, "endpointName")]
)
def test_a_stack_with_one_of_them_twice(kind: Kind, path: str, shape: Shape) -> None:
    resources = trio(shape)
    twin = replace(resources[kind], urn=f"{resources[kind].urn}-twin", name="twin")

    assert said_between([*resources.values(), twin]) == violated((kind, "names-unique", path))
