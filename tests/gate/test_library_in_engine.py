"""Each rule seen to fire, and seen not to, in the real engine: with the real pack, on the rules' own fixtures.

A few previews hold them all. What the engine is told of each resource, by every rule, has to be what the library says
of the same resources in this process: rule, path, outcome and level.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from gate.fixture_stacks import (
    AZURE_PROVIDERS,
    FIRES,
    SILENT,
    STACK,
    Batch,
    Cell,
    Column,
    Prepared,
    Said,
    batches,
    columns_of,
    prepare,
    write_project,
)
from inference_pools import platforms
from inference_pools.facets import PurchaseChange, Replacement
from inference_pools.platforms.platform import Layout, Platform
from inference_pools.rule import Rule, Scope
from inference_pools.rules import ALL
from inference_pools.view import has_places, view
from poolgate.findings import Tally
from poolgate.rule_set import RuleSet
from poolgate.sources.preview import preview
from rules.fixture_files import fixtures

ROOT: Final = Path(__file__).parents[2]
VIRTUALENVS: Final = {
    "2.92.3": ROOT / "stacks" / "single-pool" / "venv",
    "3.29.0": ROOT / "stacks" / "pool-groups" / "venv",
}
"""By the version of azure-native: the stand-in is as new as the SDK beside the program. What a program makes by type
tokens needs no SDK, and for a provider of which there is none the stand-in is as new as it can be.
"""
LIMIT: Final = 300.0

PREVIEWS: Final = 9
"""How many it takes; a rule whose examples need options that no other example shares may take one more."""


@cache
def prepared() -> dict[str, Prepared | str]:
    """Every fixture as it is previewed, or why it is not."""
    return {fixture.id: prepare(fixture, number) for number, fixture in enumerate(fixtures())}


@cache
def all_batches() -> list[Batch]:
    """What is previewed."""
    return batches(one for one in prepared().values() if isinstance(one, Prepared))


ANOTHER_THING: Final[dict[str, str]] = {
    # What is left out is what they are about, and the provider, or the engine, fills it in.
    "deployments-ordered/bad/the-source-does-not-tell": "the engine tells what waits for what",
    "model-waits-for-policies/good/1-nobody-tells": "the engine tells what waits for what",
    "monthly-cost-bounded/bad/no-price-fails": "it is of both shapes, and the place is called otherwise in the other",
    "naming-convention/good/named-by-the-provider": "the stand-in makes up a name",
    "protected-in-production/good/source-that-does-not-tell": "the engine tells whether it is protected",
    "ignored-changes-noted/bad/endpoint-shape-b": "it has a location then, of which it ignores changes, too",
    "capacity-meets-load/bad/configured": "its options name a resource by the name of its own",
    "capacity-meets-load/bad/sagemaker-by-name": "its options name a resource by the name of its own",
    "engine-size-known/bad/no-text-and-not-known": "the provider makes a text of it",
    "scaling-bounds-sane/bad/fraction": "the provider makes a whole number of it",
    "scaling-target-percent/bad/a-fraction": "the provider makes a whole number of it",
    "tags-required/bad/null": "null does not reach a rule",
}
"""Fixtures of which their rule says another thing once a provider has had them, and why."""
REFUSED: Final = "is refused by the provider"
SEEN_ELSEWHERE: Final = (
    "several stacks of a project",
    "is about deployed state",
    "is about the last update",
    "is about no resource",
    "has several stacks",
    "is about default tags",
    "is about a provider that was not seen",
    "has options that name a resource",
    # The sandbox has one provider for each package, as new as the SDK beside the program or as it can be.
    "is of a package of one API version",
    "is about another version of the provider",
    "has resources of both shapes",
)
"""What a fixture's own file says of it, or where the sandbox ends, so that no preview can show it."""

_NO_PROPERTY: Final = "the API has no such property"
_OF_SCOPE: Final = {
    Scope.PROJECT: "compares the stacks of a project, which check and audit see",
    Scope.WAIVERS: "judges waivers, of which the fixtures of other rules have none",
}
_NO_PROBE: Final = "a probe and a time that requests may take are of inference pools, and of managed deployments"
_NO_LEADS: Final = "the provider has nothing by which one resource leads to another"
_DEFAULT_TAGS: Final = "fires in examples about default tags, which a provider has by its configuration"
NOT_SEEN: Final[dict[tuple[str, str], str]] = {
    ("capacity-meets-load", "azure-models"): "load is shared among machines, and a model's capacity is in tokens",
    ("owner-tag-valid", "sagemaker"): _DEFAULT_TAGS,
    ("probe-patience-bounded", "azure-models"): _NO_PROBE,
    ("probe-patience-bounded", "sagemaker"): _NO_PROBE,
    ("probe-patience-bounded", "vertex"): _NO_PROBE,
    ("quota-within-limit", "azure-models"): "is about machines; token-quota-within-limit is about models",
    ("references-resolve", "vertex"): _NO_LEADS,
}
"""Rule and platform of which no fixture is previewed, and why, where it does not follow from what they are."""


def why_not(rule: Rule[Any], column: Column, verdict: str) -> str:
    """Why no fixture of a rule is seen, as it follows from the rule, the platform and the rule's fixtures; else ""."""
    if rule.scope in _OF_SCOPE:
        return _OF_SCOPE[rule.scope]
    if rule.facet in (PurchaseChange, Replacement):
        return "compares with the last update, of which a fresh stack has none"
    if rule.scope is Scope.RESOURCE and not _has_places(rule, column):
        return _NO_PROPERTY
    if any((rule.id, other, verdict) in seen() for other in columns() if other[0] == column[0]):
        return "is seen in the words of another provider, or in the other shape"
    good = verdict == SILENT
    own = [
        one for one in fixtures() if one.rule == rule.id and one.good is good and column in columns_of(one.resources)
    ]
    why = [one for one in map(prepared().get, (one.id for one in own)) if isinstance(one, str)]
    shortly = sorted({one.partition(":")[0] for one in why})
    return f"every example {' or '.join(shortly)}" if why and len(why) == len(own) else ""


@cache
def layouts(column: Column) -> frozenset[tuple[Platform, Layout]]:
    """Those of the fixtures that are counted in a column."""
    resources = [resource for one in fixtures() for resource in one.resources if columns_of([resource]) == {column}]
    subjects = [subject for resource in resources if (subject := view(resource)) is not None]
    return frozenset((subject.platform, subject.layout) for subject in subjects)


def _has_places(rule: Rule[Any], column: Column) -> bool:
    return any(has_places(platform, layout, rule.facet) for platform, layout in layouts(column))


def _found(tally: Tally) -> set[Said]:
    return {
        (finding.subject.urn, finding.rule, finding.outcome, finding.path, finding.enforcement)
        for finding in tally.findings
    }


@pytest.mark.engine
@pytest.mark.parametrize("number", range(PREVIEWS))
def test_the_engine_says_what_the_library_says(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = all_batches()[number]
    monkeypatch.setenv("POOLGATE_AS_OF", str(batch.today))
    virtualenv = VIRTUALENVS[batch.azure or AZURE_PROVIDERS[0]]
    project = write_project(batch, tmp_path / "project", virtualenv)

    tally = preview(
        project, STACK, RuleSet(batch.settings, None), pack=None, timeout=LIMIT, read_fixtures=None, trace_config=False
    )

    found = _found(tally)
    assert found == batch.expected
    assert tally.pools == sum(bool(columns_of([resource])) for resource in batch.resources)
    wrong = {member.fixture.id: batch.differs(member, found) for member in batch.members}
    assert {name: difference for name, difference in wrong.items() if difference} == {}


def columns() -> set[Column]:
    """Each platform in the words of each of its providers."""
    return set().union(*(columns_of(one.resources) for one in fixtures()))


@cache
def seen() -> frozenset[Cell]:
    """What the previews show."""
    return frozenset().union(*(batch.cells for batch in all_batches()))


def test_every_rule_is_seen_to_fire_and_not_to_on_every_platform_that_it_is_for() -> None:
    assert {name for name, _ in columns()} == {platform.name for platform in platforms.ALL}
    unseen = {
        (rule.id, column[0])
        for rule in ALL
        for column in columns()
        for verdict in (FIRES, SILENT)
        if rule.judges(column[0]) and (rule.id, column, verdict) not in seen() and not why_not(rule, column, verdict)
    }

    assert unseen == set(NOT_SEEN)
    assert all(NOT_SEEN.values())


def test_what_is_not_previewed_could_not_be() -> None:
    reasons = {name: reason for name, reason in prepared().items() if isinstance(reason, str)}
    unexpected = {name: reason for name, reason in reasons.items() if not reason.startswith(SEEN_ELSEWHERE)}
    refused = {name for name, reason in unexpected.items() if reason.startswith(REFUSED)}

    assert {name for name in refused if "/good/" in name} == set(), "no provider takes what is said to be good"
    assert set(unexpected) - refused == set(ANOTHER_THING)


def test_a_few_previews_hold_most_fixtures() -> None:
    previewed = sum(len(batch.members) for batch in all_batches())
    could_be = sum(isinstance(one, Prepared) for one in prepared().values())

    assert len(all_batches()) == PREVIEWS
    assert previewed > could_be * 0.8
