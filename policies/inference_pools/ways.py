"""Ways through a stack that take more than one edge, and what is found at their end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from inference_pools.facets import Facet
from inference_pools.joins import Item, Joined
from inference_pools.platforms.platform import Edge
from inference_pools.stack import Stack
from inference_pools.view import facets_of

F = TypeVar("F", bound=Facet)


def along(stack: Stack, start: Item, *edges: Edge) -> Joined:
    """Where several edges lead, one after the other. It is sure only what each of them is."""
    perhaps: dict[int, Item] = {}
    sure = [start]
    for edge in edges:
        joined = [stack.follow(item, edge) for item in sure]
        beyond = [one for item in perhaps.values() for one in _all(stack.follow(item, edge))]
        perhaps = {one.number: one for one in (*(one for each in joined for one in each.perhaps), *beyond)}
        sure = [one for each in joined for one in each.sure]
    return Joined(sure, list(perhaps.values()))


def surely_along(stack: Stack, start: Item, *edges: Edge) -> Sequence[Item]:
    """Where several edges lead for sure."""
    sure = [start]
    for edge in edges:
        sure = [one for item in sure for one in stack.surely(item, edge)]
    return sure


def _all(joined: Joined) -> list[Item]:
    return [*joined.sure, *joined.perhaps]


def facets_in(item: Item, facet: type[F]) -> Iterator[F]:
    """The facets that lie in an item of a list, and in no other."""
    return (one for one in facets_of(item.subject, facet) if one.own.keys == item.address.own.keys)
