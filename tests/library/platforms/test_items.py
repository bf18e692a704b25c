"""Facets of the items of lists: one each, at any depth, and the same verdicts whether they are remembered or not."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_pools import platforms
from inference_pools.facets import Capacity
from inference_pools.finding import Outcome
from inference_pools.policy_config import Setting, default_settings, parse
from inference_pools.recall import Judge
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING
from inference_pools.view import facets_of, view
from library.platforms.made_up import ACME, TOKEN

TODAY = date(2026, 11, 22)
URN = f"urn:pulumi:prod::shop::{TOKEN}::chat"
DEFAULTS = default_settings(ALL)
CONFIGURED: dict[str, Any] = {
    "capacity-bounded": {"maximum": 9, "production": {"maximum": 4}, "platforms": {"acme": {"maximum": 7}}},
    "request-timeout-bounded": {"platforms": {"acme": {"maximum": "PT10S"}, "azure-pools": "disabled"}},
    "tags-required": {"platforms": {"acme": "disabled"}},
}
SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "correct-horse"}


@pytest.fixture(autouse=True, scope="module")
def _acme() -> Iterator[None]:
    platforms.add(ACME)
    yield
    platforms.remove(ACME)


@cache
def remembering(config: str) -> tuple[Sequence[Setting], Judge]:
    """Rules, and what remembers their verdicts: as long as the tests live, so that one example teaches the next."""
    rules = parse(CONFIGURED, ALL) if config else DEFAULTS
    return rules, Judge(rules, TODAY)


def fleet(**properties: Any) -> Resource:
    return Resource(URN, TOKEN, "chat", properties)


def said(resource: Resource, rule: str) -> list[tuple[Outcome, str, str]]:
    verdicts = [verdict for verdict in judge(DEFAULTS, resource, today=TODAY) if verdict.rule == rule]
    return [(verdict.outcome, verdict.path, verdict.message) for verdict in verdicts if verdict.outcome.reported]


UNSEEN = [UNKNOWN_STRING, SECRET, None, "text", 5.0, {}, True]
COUNTS = ["1", "0", "70", 2.0, 0.0, "many", *UNSEEN]
NOTES = ["a note", "<your-note>", "{subscription_id}", *UNSEEN]
PARTS = st.lists(st.fixed_dictionaries({}, optional={"count": st.sampled_from(COUNTS), "note": st.sampled_from(NOTES)}))
POOLS = st.lists(
    st.one_of(
        st.sampled_from(UNSEEN),
        st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(["blue", "green", *UNSEEN]),
                "machine": st.sampled_from(["m1", *UNSEEN]),
                "count": st.sampled_from(COUNTS),
                "parts": PARTS | st.sampled_from(UNSEEN),
                "conut": st.just("1"),
            },
        ),
    ),
    max_size=4,
)
LIMITS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"timeout": st.sampled_from([5.0, 900.0, "x", *UNSEEN]), "concurrency": st.sampled_from(COUNTS)}
    ),
    max_size=3,
)
FLEETS = st.fixed_dictionaries(
    {},
    optional={
        "pools": POOLS | st.sampled_from(UNSEEN),
        "limits": LIMITS | st.sampled_from(UNSEEN),
        "tags": st.sampled_from([{"owner": "ml"}, {"environment": "dev"}, *UNSEEN]),
        "name": st.sampled_from(["chat", "Chat-1", *UNSEEN]),
        "region": st.sampled_from(["here", *UNSEEN]),
    },
)


@pytest.mark.parametrize("config", ["", "by platform"])
@settings(deadline=None)
@given(properties=FLEETS, order=st.randoms(use_true_random=False))
def test_what_is_remembered_is_what_would_be_said(
    config: str, properties: dict[str, Any], order: random.Random
) -> None:
    names = list(properties)
    order.shuffle(names)
    resource = fleet(**{one: properties[one] for one in names})
    rules, judging = remembering(config)
    plain = [verdict for verdict in judge(rules, resource, today=TODAY) if verdict.outcome.reported]

    for _ in range(2):
        assert list(judging.judge(resource).reported) == plain


def test_every_item_has_a_facet_of_its_own() -> None:
    subject = view(
        fleet(pools=[{"count": "1", "parts": [{"count": "2"}, {"count": "3"}]}, {"count": "4", "parts": []}])
    )
    assert subject is not None

    found = [(capacity.leaf("instances").path, capacity.instances) for capacity in facets_of(subject, Capacity)]

    assert found == [
        ("pools[0].count", 1),
        ("pools[1].count", 4),
        ("pools[0].parts[0].count", 2),
        ("pools[0].parts[1].count", 3),
    ]


def test_a_finding_points_at_the_item() -> None:
    resource = fleet(pools=[{"count": "1"}, {"count": "70"}, {"count": "0"}])

    assert said(resource, "capacity-bounded") == [
        (Outcome.VIOLATED, "pools[1].count", "is 70, the limit is 50"),
        (Outcome.VIOLATED, "pools[2].count", "is 0, the least is 1"),
    ]


@pytest.mark.parametrize(
    ("pools", "outcome", "path", "message"),
    [
        (UNKNOWN_STRING, Outcome.UNKNOWN, "pools", "not known yet"),
        (SECRET, Outcome.UNKNOWN, "pools", "a secret, not read"),
        ([{"count": "1"}, UNKNOWN_STRING], Outcome.UNKNOWN, "pools[1]", "not known yet"),
        ([{"count": "1", "parts": UNKNOWN_STRING}], Outcome.UNKNOWN, "pools[0].parts", "not known yet"),
        ("one", Outcome.UNREADABLE, "pools", "is text, expected a list"),
        ([1.0], Outcome.UNREADABLE, "pools[0]", "is a number, expected an object"),
    ],
)
def test_a_list_that_cannot_be_seen_is_judged_once(pools: Any, outcome: Outcome, path: str, message: str) -> None:
    assert said(fleet(pools=pools), "capacity-bounded") == [(outcome, path, message)]


@pytest.mark.parametrize("pools", [None, []])
def test_no_item_is_no_unit(pools: Any) -> None:
    (verdict,) = [one for one in judge(DEFAULTS, fleet(pools=pools)) if one.rule == "capacity-bounded"]

    assert verdict.outcome is Outcome.NOT_APPLICABLE


def same(resource: Resource) -> list[Any]:
    return [one.same_as for one in judge(DEFAULTS, resource) if one.rule == "capacity-bounded"]


def test_a_finding_is_the_same_one_by_the_name_of_its_item() -> None:
    blue, green = {"name": "blue", "count": "70"}, {"name": "green", "count": "80"}

    assert same(fleet(pools=[blue, green])) == [("pools", "blue", "count"), ("pools", "green", "count")]
    assert same(fleet(pools=[green, blue])) == [("pools", "green", "count"), ("pools", "blue", "count")]


@pytest.mark.parametrize("name", [None, UNKNOWN_STRING, SECRET, 5.0])
def test_an_item_without_a_name_is_known_by_its_number(name: Any) -> None:
    nameless = {"name": name, "parts": [{"count": "1"}, {"count": "70"}]}

    assert same(fleet(pools=[nameless])) == [("pools", 0, "parts", 1, "count")]
