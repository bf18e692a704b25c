"""The same verdict wherever a configuration is judged, on configurations made by machine.

Two stacks here, one in which values are not known before it is deployed and one in which all are; `make soak` has more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest

from differential.configurations import FORMS, Configuration, Step
from differential.places import ANALYZE, AUDIT, CHECK, PLACES, PREVIEW, UP, Judged, Said
from differential.reasons import (
    DEPENDS,
    HIDDEN,
    MADE_UP,
    ORDER,
    OTHERS,
    PROJECT,
    REASONS,
    TAGS,
    VALUE,
    Compared,
    Difference,
    Reason,
    compare,
)
from differential.rounds import ROOT, SIZE, Stack
from inference_pools import platforms
from inference_pools.view import view

SEED: Final = 1
STACKS: Final = {"not all is known before": Stack(SEED, 0), "all is known": Stack(SEED, 3)}


@pytest.mark.engine
@pytest.mark.parametrize("name", STACKS)
def test_every_place_says_the_same(name: str, tmp_path: Path) -> None:
    stack = STACKS[name]
    members = stack.members

    found, forms = stack.judged(members, tmp_path)

    assert not found.faults, stack.told(found.faults, tmp_path)
    assert len(members) == SIZE
    assert set(found.judgements) == set(combinations(PLACES, 2))
    assert min(found.judgements.values()) > 10 * SIZE
    assert set(forms) == set(FORMS)
    assert any(reason is VALUE for reason, _ in found.reasons) == (name == "not all is known before")


def test_the_configurations_are_of_every_platform() -> None:
    resources = [entry.resource for one in STACKS["not all is known before"].members for entry in one.entries or ()]
    seen = {subject.platform.name for each in resources if (subject := view(each)) is not None}

    assert seen == {platform.name for platform in platforms.ALL}


def test_the_page_tells_every_reason() -> None:
    page = (ROOT / "docs" / "where-judged.md").read_text("utf-8")

    assert [reason.what for reason in REASONS if reason.what not in page] == []


_URN: Final = "urn:pulumi:dev::fixtures::aws:sagemaker/endpoint:Endpoint::chat"
_KEY: Final = "tags-required"
_BROKEN: Final = Said("violated", "tags", "lacks owner", "mandatory")
_OPEN: Final = Said("unknown", "tags.owner", "not known yet", "advisory")


def said(rule: str = _KEY, urn: str = _URN, **places: Sequence[Said] | None) -> dict[str, Judged]:
    """What the places say: nothing where they are not named, None for a judgement that is not made."""
    found: dict[str, Judged] = {place: {(urn, rule): frozenset()} for place in PLACES}
    for place, each in places.items():
        name = {"analyze": ANALYZE}.get(place, place)
        found[name] = {} if each is None else {(urn, rule): frozenset(each)}
    return found


def early(rule: str, before: Sequence[Said] | None, after: Sequence[Said] | None) -> dict[str, Judged]:
    """Before a stack is there, and thereafter."""
    return said(rule, check=before, preview=before, up=after, analyze=after, audit=after)


def but_in_an_audit(message: str) -> dict[str, Judged]:
    """A message that an audit alone tells in full."""
    told = [_BROKEN._replace(message=message)]
    return said(check=told, preview=told, up=told, analyze=told, audit=[_BROKEN])


def test_a_difference_without_a_reason_is_a_fault() -> None:
    found = compare(said(preview=[_BROKEN]), {"aws": frozenset({"other"})})

    assert not found.reasons
    assert [fault.pair for fault in found.faults] == [
        (CHECK, PREVIEW),
        (PREVIEW, UP),
        (PREVIEW, ANALYZE),
        (PREVIEW, AUDIT),
    ]
    assert "preview alone: violated tags lacks owner mandatory" in str(found.faults[0])
    assert "check is content" in str(found.faults[0])


@pytest.mark.parametrize(
    ("judged", "reason"),
    [
        (early(_KEY, [_OPEN], [_BROKEN]), VALUE),
        (early(_KEY, [_OPEN, _BROKEN], [_BROKEN]), VALUE),
        (early("references-resolve", [], [_BROKEN]), OTHERS),
        (early(_KEY, [], None), DEPENDS),
        (early(_KEY, [_BROKEN], [_BROKEN._replace(path="tagsAll")]), TAGS),
        (said("production-model-tried", preview=None, up=None, analyze=None), PROJECT),
        (but_in_an_audit("lacks [secret]"), HIDDEN),
        (but_in_an_audit("lacks o…"), MADE_UP),
        (said("names-unique", up=[_BROKEN], analyze=[_BROKEN]), ORDER),
    ],
)
def test_reasons(judged: dict[str, Judged], reason: Reason) -> None:
    found = compare(judged, {"aws": frozenset({"chat"})})

    assert {why for why, _ in found.reasons} == {reason}
    assert not found.faults


@pytest.mark.parametrize(
    "judged",
    [
        early(_KEY, [_OPEN, _BROKEN], []),  # what was found before is not found any more
        early(_KEY, [_BROKEN], [_BROKEN._replace(path="labels")]),
        early("production-model-tried", [_BROKEN], None),  # an audit sees all stacks, too
        said(audit=[_BROKEN._replace(message="lacks team")], check=[_BROKEN._replace(message="lacks o…")]),
        said(up=[_BROKEN]),
    ],
)
def test_no_reasons(judged: dict[str, Judged]) -> None:
    assert compare(judged, {"aws": frozenset({"chat"})}).faults


def test_what_is_known_from_the_beginning_is_no_reason() -> None:
    assert compare(early("references-resolve", [], [_BROKEN]), {}).faults


def test_levels_are_compared_but_with_an_update() -> None:
    told = [_BROKEN]
    other = [_BROKEN._replace(level="advisory")]

    assert not compare(said(check=told, preview=told, up=other, analyze=told, audit=told), {}).faults
    assert compare(said(check=told, preview=other, up=told, analyze=told, audit=told), {}).faults


def test_a_fault_is_told_with_the_least_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(SEED, 0, 3)
    member = next(one for one in stack.members if one.entries)
    guilty, harmless = Step("alias", 0, value=True), Step("parent", 0, value=True)
    member = replace(member, steps=(harmless, guilty, Step("config", 0, value=True)))
    resource = (member.entries or [])[0].resource
    fault = Difference((CHECK, UP), resource.urn, _KEY, frozenset(), frozenset({_BROKEN}))

    def judged(_: Stack, members: Sequence[Configuration], folder: Path) -> tuple[Compared, dict[str, int]]:
        faults = [fault] if any(guilty in one.steps for one in members) else []
        return Compared(Counter(), Counter(), faults), {}

    monkeypatch.setattr(Stack, "members", [member])
    monkeypatch.setattr(Stack, "judged", judged)
    told = stack.told([fault], tmp_path)

    assert f"by itself, too:\n{replace(member, steps=(guilty,))}" in told
