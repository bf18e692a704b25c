"""Each rule seen to fire, and seen not to, in the real engine: with the real pack, on the rules' own fixtures.

A few previews hold them all. What the engine is told of each resource, by every rule, has to be what the library says
of the same resources in this process: rule, path, outcome and level.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gate.fixture_stacks import (
    ONCE_A_STACK,
    STACK,
    Batch,
    Prepared,
    Said,
    batches,
    judged,
    prepare,
    said,
    write_project,
)
from inference_pools.finding import Outcome
from inference_pools.platforms.azure_models import AZURE_MODELS
from inference_pools.platforms.azure_pools import AZURE_POOLS
from inference_pools.platforms.azure_pools.catalog import Shape
from inference_pools.rules import ALL
from inference_pools.view import is_judged
from poolgate.findings import Tally
from poolgate.rule_set import RuleSet
from poolgate.sources.preview import preview
from rules.fixture_files import fixtures

ROOT: Final = Path(__file__).parents[2]
VIRTUALENVS: Final = {
    Shape.A: ROOT / "stacks" / "single-pool" / "venv",
    Shape.B: ROOT / "stacks" / "pool-groups" / "venv",
}
LIMIT: Final = 300.0

PREPARED: Final = {fixture.id: prepare(fixture, number) for number, fixture in enumerate(fixtures())}
BATCHES: Final = batches(one for one in PREPARED.values() if isinstance(one, Prepared))

NO_PREVIEW: Final[dict[str, str]] = {
    # The provider itself refuses what the rule finds: a wrong type, a name of wrong letters.
    "capacity-bounded/bad/number-as-text": "is refused by the provider",
    "capacity-bounded/bad/trap-20-half-an-instance": "is refused by the provider",
    "description-present/bad/number": "is refused by the provider",
    "managed-identity-required/bad/no-type": "is refused by the provider",
    "name-wellformed/bad/1-seed-name-with-blanks": "is refused by the provider",
    "name-wellformed/bad/every-name-of-a-group": "is refused by the provider",
    "name-wellformed/bad/too-long": "is refused by the provider",
    "name-wellformed/bad/trap-29-workspace-of-34": "is refused by the provider",
    "name-wellformed/bad/trap-29-workspace-of-two": "is refused by the provider",
    "naming-convention/bad/goes-on": "is refused by the provider",
    "probe-settings-sane/bad/not-iso": "is refused by the provider",
    "property-known/bad/mistyped-bag": "is refused by the provider",
    "public-egress-disabled/bad/text": "is refused by the provider",
    "request-concurrency-bounded/bad/number-as-text": "is refused by the provider",
    "request-timeout-format/bad/number": "is refused by the provider",
    "sku-tier-allowed/bad/mistyped": "is refused by the provider",
    "sku-tier-allowed/bad/sku-is-no-object": "is refused by the provider",
    "tags-required/bad/list": "is refused by the provider",
    # What is left out is what they are about, and the provider, or the engine, fills it in.
    "api-version-supported/bad/not-allowed": "is another thing to its rule",
    "monthly-cost-bounded/bad/no-price-fails": "is another thing to its rule",
    "naming-convention/good/named-by-the-provider": "is another thing to its rule",
    "protected-in-production/good/source-that-does-not-tell": "is another thing to its rule",
    "tags-required/bad/null": "is another thing to its rule",
    # Their options name a resource, and in a preview of many fixtures each has a name of its own.
    "capacity-meets-load/bad/configured-badly": "is another thing to its rule",
    "capacity-meets-load/bad/configured-beyond-computing": "is another thing to its rule",
    "capacity-meets-load/bad/configured-by-half": "is another thing to its rule",
    "capacity-meets-load/bad/configured-with-a-bad-value": "is another thing to its rule",
    "capacity-meets-load/bad/configured": "is another thing to its rule",
    # Their type tokens are those of a local package.
    "api-version-supported/bad/stable": "is of a package of one API version",
    "model-id-wellformed/bad/other-provider": "is of a package of one API version",
    "property-known/good/trap-01-shape-b-from-a-local-package": "is of a package of one API version",
    "deployments-ordered/bad/local-package": "is of a package of one API version",
    "property-known/bad/online-snake-case-unread-version": "is of a package of one API version",
    "property-known/good/azure-models-version-that-nobody-read": "is of a package of one API version",
    "property-known/good/online-local-package": "is of a package of one API version",
    # An engine always tells what a resource waits for.
    "deployments-ordered/bad/the-source-does-not-tell": "is another thing to its rule",
    # The stand-in is as new as the newest provider.
    "api-version-supported/bad/newer-than-known": "is about another version of the provider",
}
"""Fixtures that look like ones that a preview could show, and why it cannot: a part of the reason."""
SEEN_ELSEWHERE: Final = (
    "several stacks of a project",
    "is about deployed state",
    "is about the last update",
    "is about no resource",
    "has several stacks",
    "is of a platform whose previews are tried elsewhere",
)
"""What a fixture's own file says of it, that makes it one for `check`, for `audit` or for state."""

_NO_STACKS: Final = "compares the stacks of a project, which check and audit see"
_LAST_UPDATE: Final = "compares with the last update, of which a fresh stack has none"
_NO_PROPERTY: Final = "the shape has no such property"
_WAIVERS: Final = "judges waivers, of which the fixtures of other rules have none"
NOT_SEEN: Final[dict[tuple[str, str, str], str]] = {
    **{
        (rule, shape, verdict): reason
        for rule, shapes, reason in (
            ("api-shape-agrees", "AB", _NO_STACKS),
            ("production-capacity-leads", "AB", _NO_STACKS),
            ("production-model-tried", "AB", _NO_STACKS),
            ("cost-increase-bounded", "AB", _LAST_UPDATE),
            ("waivers-valid", "AB", _WAIVERS),
            ("public-egress-disabled", "A", _NO_PROPERTY),
            ("scoring-script-safe", "B", _NO_PROPERTY),
        )
        for shape in shapes
        for verdict in ("fires", "does not")
    }
}
"""Rule, shape and verdict of which no fixture is previewed, and why."""


def _found(tally: Tally) -> set[Said]:
    return {
        (finding.subject.urn, finding.rule, finding.outcome, finding.path, finding.enforcement)
        for finding in tally.findings
    }


@pytest.mark.engine
@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: batch.name)
def test_the_engine_says_what_the_library_says(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POOLGATE_AS_OF", str(batch.today))
    project = write_project(batch, tmp_path / "project", VIRTUALENVS[batch.shape])

    tally = preview(
        project, STACK, RuleSet(batch.settings, None), pack=None, timeout=LIMIT, read_fixtures=None, trace_config=False
    )

    found = _found(tally)
    assert found == said(judged(batch.resources, batch.settings, batch.today))
    assert tally.pools == sum(is_judged(resource.type, resource.properties) for resource in batch.resources)
    wrong = {member.fixture.id: _differs(member, found) for member in batch.members}
    assert {name: difference for name, difference in wrong.items() if difference} == {}


def _differs(member: Prepared, found: set[Said]) -> set[Said]:
    """What the rule of a fixture says of it in the engine and not by itself, or the other way round."""
    rule = member.fixture.rule
    if rule in ONCE_A_STACK:
        return {each for each in member.said if each[1:] not in {other[1:] for other in found}}
    urns = {resource.urn for resource in member.checked}
    return {each for each in found if each[0] in urns and each[1] == rule} ^ member.said


def _fires(member: Prepared) -> bool:
    return any(outcome is Outcome.VIOLATED for _, _, outcome, _, _ in member.said)


def _is_judged(member: Prepared) -> bool:
    """Whether the rule has anything to do with a fixture, and finds nothing."""
    verdicts = judged(list(member.checked), member.fixture.settings(), member.fixture.today)
    own = {verdict.outcome for verdict in verdicts if verdict.rule == member.fixture.rule}
    return not member.said and Outcome.CLEAN in own


def seen() -> set[tuple[str, str, str]]:
    """Rule, shape and verdict of every fixture that is previewed."""
    members = [member for batch in BATCHES for member in batch.members]
    return {
        (member.fixture.rule, str(member.shape), "fires" if fires else "does not")
        for member in members
        for fires in [_fires(member)]
        if fires or _is_judged(member)
    }


def test_every_rule_is_seen_to_fire_and_not_to_in_both_shapes() -> None:
    rules = [rule for rule in ALL if rule.judges(AZURE_POOLS.name) or rule.judges(AZURE_MODELS.name)]
    cells = {(rule.id, str(shape), verdict) for rule in rules for shape in Shape for verdict in ("fires", "does not")}

    assert cells - seen() == set(NOT_SEEN)
    assert all(NOT_SEEN.values())


def test_what_is_not_previewed_could_not_be() -> None:
    reasons = {name: reason for name, reason in PREPARED.items() if isinstance(reason, str)}
    unexpected = {name: reason for name, reason in reasons.items() if not reason.startswith(SEEN_ELSEWHERE)}

    assert {name: reason for name, reason in unexpected.items() if name not in NO_PREVIEW} == {}
    assert {name for name in NO_PREVIEW if name not in unexpected} == set(), "these can be previewed"
    for name, reason in NO_PREVIEW.items():
        assert reason in unexpected[name]


def test_a_few_previews_hold_most_fixtures() -> None:
    previewed = sum(len(batch.members) for batch in BATCHES)
    could_be = sum(isinstance(one, Prepared) for one in PREPARED.values())

    assert len(BATCHES) <= 8
    assert previewed > could_be * 0.8
