"""Where an edge leads: by names, by what names were made from, and by both."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from inference_pools.joins import Item
from inference_pools.platforms.azure_pools.catalog import ENDPOINT, GROUP, POOL
from inference_pools.platforms.azure_pools.edges import TO_GROUP, TO_POOL, beside
from inference_pools.platforms.platform import Edge, Kind, alike
from inference_pools.resource import Resource
from inference_pools.stack import Stack, stacks_of
from inference_pools.values import UNKNOWN_STRING, Json

TOKEN = "azure-native:machinelearningservices:Inference"
RESOURCE_GROUP = "urn:pulumi:dev::shop::azure-native:resources:ResourceGroup::rg"


def urn(kind: Kind, name: str) -> str:
    return f"urn:pulumi:dev::shop::{TOKEN}{kind.name.removeprefix('Inference')}::{name}"


def made(kind: Kind, name: str, depends: dict[str, Sequence[str]] | None = None, **inputs: Json) -> Resource:
    type_ = f"{TOKEN}{kind.name.removeprefix('Inference')}"
    return Resource(urn(kind, name), type_, name, inputs, provider_version="3.29.0", depends=depends)


def pool(name: str, called: Json = None, **more: Json) -> Resource:
    return made(POOL, name, inferencePoolName=called or name, **more)


def group(name: str, in_pool: Json, depends: dict[str, Sequence[str]] | None = None, **more: Json) -> Resource:
    return made(GROUP, name, depends, groupName=name, poolName=in_pool, **more)


def endpoint(name: str, in_pool: Json, leads: Json, depends: dict[str, Sequence[str]] | None = None) -> Resource:
    inside = {"groupName": leads}
    return made(ENDPOINT, name, depends, endpointName=name, poolName=in_pool, inferenceEndpointProperties=inside)


def from_pools(*names: str, beside: Sequence[str] = ()) -> dict[str, Sequence[str]]:
    return {"poolName": [*(urn(POOL, name) for name in names), *beside]}


def item(stack: Stack, kind: Kind, name: str) -> Item:
    (found,) = [each for each in stack.items(kind) if each.subject.resource.name == name]
    return found


def answer(edge: Edge, one: str, other: str, *resources: Resource) -> str:
    """What is said of two of the resources, the same from either end."""
    (stack,) = stacks_of(resources)
    start, end = item(stack, edge.of, one), item(stack, edge.to, other)
    forth, back = stack.follow(start, edge), stack.leading_to(end, edge)
    ways = [(end in forth.sure, end in forth.perhaps), (start in back.sure, start in back.perhaps)]
    assert ways[0] == ways[1]
    assert list(stack.surely(start, edge)) == list(forth.sure)
    return {(True, False): "sure", (False, True): "perhaps", (False, False): "elsewhere"}[ways[0]]


@pytest.mark.parametrize(
    ("in_pool", "depends", "of_chat", "of_search"),
    [
        ("chat", None, "sure", "elsewhere"),
        ("CHAT", from_pools("search"), "sure", "elsewhere"),  # a name that is known needs nothing else
        ("other", None, "elsewhere", "elsewhere"),
        (UNKNOWN_STRING, None, "perhaps", "perhaps"),
        (UNKNOWN_STRING, {}, "perhaps", "perhaps"),
        (UNKNOWN_STRING, from_pools("chat"), "sure", "elsewhere"),
        (UNKNOWN_STRING, from_pools("chat", beside=[RESOURCE_GROUP]), "sure", "elsewhere"),
        (UNKNOWN_STRING, from_pools(beside=[RESOURCE_GROUP]), "perhaps", "perhaps"),
        (UNKNOWN_STRING, from_pools("gone"), "perhaps", "perhaps"),
        (UNKNOWN_STRING, from_pools("chat", "search"), "perhaps", "perhaps"),
        (UNKNOWN_STRING, {"groupName": [urn(POOL, "chat")]}, "perhaps", "perhaps"),
    ],
)
@pytest.mark.parametrize("called", ["chat", UNKNOWN_STRING])
def test_the_pool_of_a_group(
    in_pool: Json, depends: dict[str, Sequence[str]], of_chat: str, of_search: str, called: str
) -> None:
    resources = (pool("chat", called), pool("search"), group("blue", in_pool, depends))
    by_name_alone = in_pool != UNKNOWN_STRING
    # A pool of unknown name may be the one that is named.
    expected = "perhaps" if by_name_alone and called == UNKNOWN_STRING else of_chat

    assert answer(TO_POOL[GROUP], "blue", "chat", *resources) == expected
    assert answer(TO_POOL[GROUP], "blue", "search", *resources) == of_search


def test_a_known_place_speaks_against_what_a_name_was_made_from() -> None:
    here, there = {"workspaceName": "here"}, {"workspaceName": "there"}
    resources = (pool("chat", **here), group("blue", UNKNOWN_STRING, from_pools("chat"), **there))

    assert answer(TO_POOL[GROUP], "blue", "chat", *resources) == "elsewhere"


@pytest.mark.parametrize(
    ("leads", "of_blue", "of_green"),
    [
        ("blue", "sure", "elsewhere"),
        ("/subscriptions/s/inferencePools/chat/groups/blue", "sure", "elsewhere"),
        ("/subscriptions/s/inferencePools/search/groups/blue", "perhaps", "perhaps"),  # it says two things at once
        (UNKNOWN_STRING, "perhaps", "perhaps"),
    ],
)
@pytest.mark.parametrize("by_name", [True, False], ids=["pool by name", "pool by dependence"])
def test_the_group_that_is_named(leads: Json, of_blue: str, of_green: str, by_name: bool) -> None:
    in_pool, depends = ("chat", None) if by_name else (UNKNOWN_STRING, from_pools("chat"))
    groups = [group(name, in_pool, depends) for name in ("blue", "green")]
    resources = (pool("chat"), *groups, endpoint("api", "chat", leads))

    assert answer(TO_GROUP, "api", "blue", *resources) == of_blue
    assert answer(TO_GROUP, "api", "green", *resources) == of_green


def test_the_group_that_a_name_was_made_from() -> None:
    depends = {"inferenceEndpointProperties": [urn(GROUP, "blue"), urn(POOL, "chat")]}
    resources = (group("blue", UNKNOWN_STRING), group("green", UNKNOWN_STRING),
                 endpoint("api", UNKNOWN_STRING, UNKNOWN_STRING, depends))  # fmt: skip

    assert answer(TO_GROUP, "api", "blue", *resources) == "sure"
    assert answer(TO_GROUP, "api", "green", *resources) == "elsewhere"


@pytest.mark.parametrize("called", ["chat", UNKNOWN_STRING])
def test_one_pool_named_in_two_ways(called: str) -> None:
    """A name by itself and one that was made from the pool: what is known of the pool decides."""
    resources = (pool("pool", called), group("blue", "chat"),
                 endpoint("api", UNKNOWN_STRING, "blue", from_pools("pool")))  # fmt: skip

    assert answer(TO_GROUP, "api", "blue", *resources) == ("sure" if called == "chat" else "perhaps")


def test_what_lies_in_one_pool_shares_its_place() -> None:
    """The place, too, is where the pool is: its names, unknown as they are, are the same for both."""
    unseen = {"resourceGroupName": UNKNOWN_STRING, "workspaceName": UNKNOWN_STRING}
    twins = [made(GROUP, name, from_pools(of), poolName=UNKNOWN_STRING, groupName="blue", **unseen)
             for name, of in (("one", "chat"), ("two", "chat"), ("three", "search"))]  # fmt: skip
    resources = (pool("chat", UNKNOWN_STRING, **unseen), pool("search", UNKNOWN_STRING, **unseen), *twins)
    edge = Edge(GROUP, GROUP, alike("resource_group", "workspace", "pool", "group"))

    assert answer(edge, "one", "two", *resources) == "sure"
    assert answer(edge, "one", "three", *resources) == "elsewhere"


@pytest.mark.parametrize(("depends", "expected"), [([RESOURCE_GROUP], "sure"), ([], "perhaps"), (None, "perhaps")])
def test_a_place_by_what_its_name_was_made_from(depends: list[str] | None, expected: str) -> None:
    known = None if depends is None else {"resourceGroupName": depends}
    place = {"resourceGroupName": UNKNOWN_STRING, "workspaceName": "mlw"}
    resources = [made(GROUP, name, known, poolName="chat", groupName=name, **place) for name in ("a", "b")]

    assert answer(beside(GROUP, GROUP).strict, "a", "b", *resources) == expected
    assert answer(beside(GROUP, GROUP), "a", "b", *resources) == "sure"


def test_thousands_are_joined_without_a_look_at_each_pair() -> None:
    of = {f"p{n}": from_pools(f"p{n}") for n in range(1500)}
    resources = [one for name, depends in of.items() for one in (
        pool(name, UNKNOWN_STRING), group(f"g-{name}", UNKNOWN_STRING, depends),
        endpoint(f"e-{name}", UNKNOWN_STRING, f"g-{name}", depends))]  # fmt: skip
    (stack,) = stacks_of(resources)
    # All pairs would be a million times the work of this.
    looks = [stack.leading_to(each, TO_GROUP) for each in stack.items(GROUP)]

    assert {len(found.sure) for found in looks} == {1}
    assert not any(found.perhaps for found in looks)
