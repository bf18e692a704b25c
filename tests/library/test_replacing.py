"""What cannot change in place: what an update makes of it, on every platform, and as the providers have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from inference_pools import platforms
from inference_pools.facets import Fixed
from inference_pools.facets.replacing import fixed
from inference_pools.finding import Outcome
from inference_pools.platforms.platform import Layout, Platform
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules.replacement_noted import replacement_noted
from inference_pools.runner import judge
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, Json
from library.platforms import made_up
from poolgate.standin import clouds

SETTINGS: Final = default_settings([replacement_noted])
ENDPOINT: Final = "aws:sagemaker/endpoint:Endpoint"
MADE_FIRST: Final = "a new one is made under another name, then this one is deleted"
ALARMS: Final = {"autoRollbackConfiguration": {"alarms": [{"alarmName": "chat-5xx"}]}}


def said(
    token: str, before: Mapping[str, Json] | None, now: Mapping[str, Json], name: str = "chat", **more: Any
) -> list[tuple[str, str]]:
    """What is reported of a resource that was something else before, each with its path."""
    resource = Resource(f"urn:pulumi:dev::shop::{token}::{name}", token, name, now, previous=before, **more)
    return [(one.path, one.message) for one in judge(SETTINGS, resource) if one.outcome.reported]


def test_what_is_new_or_was_not_told_replaces_nothing() -> None:
    now = {"name": "chat", "deploymentConfig": ALARMS}
    assert said(ENDPOINT, None, now) == []
    assert said(ENDPOINT, {}, now) == []
    assert said(ENDPOINT, {"name": "chat"}, now) != []


def test_a_change_that_a_deployment_leaves_out_replaces_nothing() -> None:
    now = {"name": "answers", "deploymentConfig": ALARMS}
    before = {"name": "chat"}
    assert [path for path, _ in said(ENDPOINT, before, now)] == ["name", "deploymentConfig.autoRollbackConfiguration"]
    assert [path for path, _ in said(ENDPOINT, before, now, ignore_changes=("deploymentConfig",))] == ["name"]
    assert said(ENDPOINT, before, now, ignore_changes=("*",)) == []


def test_a_name_that_a_provider_made_up_stays_and_one_that_the_program_gives_does_not() -> None:
    assert said(ENDPOINT, {"name": "chat-1a2b3c4"}, {"name": "chat-9f8e7d6"}) == []
    assert len(said(ENDPOINT, {"name": "chat-1a2b3c4"}, {"name": "chat"})) == 1
    assert len(said(ENDPOINT, {"name": "answers-1a2b3c4"}, {"name": "answers-9f8e7d6"})) == 1


def test_what_the_provider_fills_in_later_is_no_change() -> None:
    """Inputs that an older provider wrote have no region."""
    assert said(ENDPOINT, {"name": "chat"}, {"name": "chat", "region": "eu-west-1"}) == []
    assert said(ENDPOINT, {"name": "chat", "region": "eu-west-1"}, {"name": "chat", "region": "eu-central-1"}) == [
        (
            "region",
            f"goes from 'eu-west-1' to 'eu-central-1', which replaces the endpoint: {MADE_FIRST}",
        )
    ]


def test_a_long_text_is_not_shown() -> None:
    before, now = ("kms" * length for length in (33, 34))

    assert said(ENDPOINT, {"region": "eu"}, {"region": before})[0][1].startswith("goes from 'eu' to 'kms")
    assert said(ENDPOINT, {"region": before}, {"region": now})[0][1].startswith("changes, which replaces the endpoint")


def test_which_of_the_two_comes_first_is_the_providers() -> None:
    def order(now: Mapping[str, Json]) -> str:
        return said(ENDPOINT, {"name": now["name"]}, {**now, "deploymentConfig": ALARMS})[0][1].partition(": ")[2]

    deleted = "it is deleted before the new one is made, and until then nobody answers"
    assert order({"name": "chat", "__defaults": []}) == deleted
    assert order({"name": "chat", "__defaults": ["name"]}) == MADE_FIRST


@pytest.mark.parametrize("side", ["before", "now"])
def test_a_secret_is_not_compared_and_not_shown(side: str) -> None:
    hidden: Json = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "answers"}
    name = {"before": "chat", "now": "chat", side: hidden}
    found = judge(
        SETTINGS,
        Resource(
            "urn:pulumi:dev::shop::x::chat", ENDPOINT, "chat", {"name": name["now"]}, previous={"name": name["before"]}
        ),
    )
    assert [(one.outcome, one.path) for one in found] == [(Outcome.UNKNOWN, "name")]
    assert "answers" not in found[0].message


def test_each_item_of_a_list_is_compared_also_one_that_comes_or_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pools of resources have it: another number of machines is another pool."""
    layout = replace(made_up.LAYOUT, places={Fixed: (fixed("pools[].count"),)})
    acme = replace(made_up.ACME, layouts=(layout,))
    monkeypatch.setattr(platforms, "ALL", (*platforms.ALL, acme))
    monkeypatch.setattr(platforms, "kind_of", lambda token: (acme, made_up.FLEET) if token == made_up.TOKEN else None)
    pools = [{"count": 1}, {"count": 2}]
    replaces = "which replaces the fleet: it is deleted before the new one is made, and until then nobody answers"

    def change(now: list[Json]) -> list[tuple[str, str]]:
        return said(made_up.TOKEN, {"pools": pools}, {"pools": now})

    assert change([{"count": 1.0}, {"count": 2, "machine": "m1"}]) == []
    assert change([{"count": 1}, {"count": 3}]) == [("pools[1].count", f"goes from 2 to 3, {replaces}")]
    assert change([{"count": 1}]) == [("pools[1].count", f"goes away, {replaces}")]
    assert change([*pools, {"count": 4}]) == [("pools[2].count", f"is added, {replaces}")]


FIXED: Final = [
    pytest.param(platform, layout, id=f"{platform.name}-{layout.kind}-{layout.shape}")
    for platform in platforms.ALL
    for layout in platform.layouts
    if Fixed in layout.places
]


@pytest.mark.parametrize(("platform", "layout"), FIXED)
def test_what_an_sdk_says_to_replace_is_what_is_listed(platform: Platform, layout: Layout) -> None:
    """The trees have it of azure-native and aws-native; of `aws` no schema says it, and the stand-in does."""
    listed = {place.at["value"].shown for place in layout.places[Fixed]}
    tree = layout.tree
    told = {name for name, node in tree.members.items() if node.raw.get("createOnly")} if tree else set()
    # A tree of a version that was not read has no names of parents; the places are those of all versions.
    assert told <= listed
    assert not told or listed - told <= {"location"}


@pytest.mark.parametrize("property", ["name", "region", "deploymentConfig"])
def test_what_is_listed_of_aws_replaces_in_the_stand_in(property: str) -> None:
    before: dict[str, Json] = {"name": "chat", "region": "eu-west-1", "endpointConfigName": "a"}
    now = {**before, property: ALARMS if property == "deploymentConfig" else "another"}
    aws = clouds.of_package("aws")
    assert aws is not None
    difference = aws.diff(ENDPOINT, before, now, version="7.51.1")
    assert [change.replaces for change in difference.changes] == [True]
    assert len(said(ENDPOINT, before, now)) == 1
