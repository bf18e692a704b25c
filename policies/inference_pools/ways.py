"""Ways through a stack that take more than one edge, and what is found at their end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from inference_pools.facets import Facet
from inference_pools.joins import Item, Joined
from inference_pools.platforms.platform import Edge
from inference_pools.stack import Stack
from inference_pools.view import facets_of

F = TypeVar("F", bound=Facet)


def along(stack: Stack, start: Item, *edges: Edge) -> Joined:
    """Where several edges lead, one after the other. It is sure only what each of them is."""
    sure, perhaps = [start], list[Item]()
    for edge in edges:
        steps = [(stack.follow(item, edge), True) for item in sure] + [
            (stack.follow(item, edge), False) for item in perhaps
        ]
        sure = [item for joined, is_sure in steps if is_sure for item in joined.sure]
        perhaps = [item for joined, is_sure in steps for item in (joined.perhaps if is_sure else _all(joined))]
    return Joined(sure, perhaps)


def _all(joined: Joined) -> list[Item]:
    return [*joined.sure, *joined.perhaps]


def facets_in(item: Item, facet: type[F]) -> Iterator[F]:
    """The facets that lie in an item of a list, and in no other."""
    return (one for one in facets_of(item.subject, facet) if one.own.keys == item.address.own.keys)
