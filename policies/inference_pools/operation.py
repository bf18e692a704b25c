"""What an operation on a part of a stack (`--target`, `--exclude`) leaves out.

Of a resource out there that is new the engine shows a pack no properties at all, and of one that exists those of its
last update. The first can be told: a resource of a kind that is judged always has some, its program's or its
provider's. The second looks like any that has not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from inference_pools import platforms
from inference_pools.platforms.platform import Layout
from inference_pools.resource import Resource
from inference_pools.values import UNKNOWN_STRING, Json
from inference_pools.view import is_kept

OUTSIDE: Final = "outside this operation"
_SHOWN: Final = 5


def is_outside(token: str, properties: Mapping[str, Json]) -> bool:
    """Whether a resource that the engine shows is none of its operation's."""
    return not properties and is_kept(token)


def unseen(resource: Resource) -> Resource:
    """The resource with nothing known of it: as others meet it that lead to it, or may."""
    return replace(resource, properties=dict.fromkeys(_properties(resource.type), UNKNOWN_STRING))


@cache
def _properties(token: str) -> tuple[str, ...]:
    """The properties that something is known by of a resource, in whatever shape it comes."""
    found = platforms.kind_of(token)
    if found is None:
        return ()
    platform, kind = found
    ours = [layout for layout in platform.layouts if layout.kind == kind]
    return tuple(sorted({name for layout in ours for name in _of_layout(layout)}))


def _of_layout(layout: Layout) -> Iterator[str]:
    of_facets = (place for places in layout.places.values() for place in places)
    of_items = (place for _, place in layout.inside)
    for place in (layout.address, *of_items, *of_facets):
        yield from (keys[0] for keys in place.parts if keys and isinstance(keys[0], str))
    yield from (steps[0] for steps in layout.names if isinstance(steps[0], str))


def sentence(names: Sequence[str]) -> str:
    """What is said of an operation that leaves such resources out; "" for one that does not."""
    if not names:
        return ""
    what = "1 resource is" if len(names) == 1 else f"{len(names)} resources are"
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return f"{what} {OUTSIDE} (--target, --exclude), and not judged, nor is any change of others out there: {shown}"
