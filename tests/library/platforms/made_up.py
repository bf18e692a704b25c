"""A platform that nobody has: lists in lists, times in seconds, counts as text. It is all that a platform takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from inference_pools.facets import (
    Capacity,
    Load,
    Location,
    NameRule,
    Nodes,
    NodeType,
    RequestLimits,
    RequestTimeout,
    Tags,
)
from inference_pools.facets.place import at, place
from inference_pools.facts import Facts
from inference_pools.platforms.platform import Identities, Kind, Layout, Platform
from inference_pools.reader import Leaf, UnreadableError
from inference_pools.type_token import TypeToken

TOKEN: Final = "aws:acme/fleet:Fleet"
FLEET: Final = Kind("acme", "Fleet", "fleet")


def seconds(leaf: Leaf) -> timedelta | None:
    """Whole seconds."""
    number = leaf.integer()
    return None if number is None else timedelta(seconds=number)


def counted(leaf: Leaf) -> int | None:
    """A number, or a text that is one."""
    value = leaf.value()
    if not isinstance(value, str):
        return leaf.integer()
    if not value.isdecimal():
        raise UnreadableError(leaf.keys, f"is {value!r}, expected a whole number")
    return int(value)


TIMEOUT: Final = {"timeout": at("limits[].timeout", timedelta(60), read=seconds)}
LAYOUT: Final = Layout(
    FLEET,
    places={
        Capacity: (
            place({"instances": at("pools[].count", shown="count", read=counted)}),
            place({"instances": at("pools[].parts[].count", shown="count", read=counted)}),
        ),
        Nodes: (place({"instances": at("pools[].count", shown="count", read=counted)}),),
        NodeType: (place({"node_type": "pools[].machine"}),),
        RequestTimeout: (place(TIMEOUT),),
        RequestLimits: (place({**TIMEOUT, "concurrency": "limits[].concurrency"}),),
        Location: (place({"location": "region"}),),
        Load: (place({"tags": "tags"}),),
        Tags: (place({}, "tags"),),
    },
    names={("name",): NameRule("the fleet's name", "[a-z]+", 12, "small letters", "fleet", is_own=True)},
    address=place({"fleet": "name"}),
    items={"pools[]": "name", "pools[].parts[]": "", "limits[]": ""},
)


def kind_of(token: TypeToken) -> Kind | None:
    """Fleets, and nothing else."""
    return FLEET if token.kind == FLEET.name else None


ACME: Final = Platform(
    "acme",
    "Acme fleets",
    modules=frozenset({("aws", "acme")}),
    kind_of=kind_of,
    layouts=(LAYOUT,),
    facts=Facts("Acme"),
    identities=Identities(own={FLEET: ("fleet",)}),
)
