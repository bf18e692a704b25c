"""Who answers for a resource, who pays for it and where it runs, as its tags say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from inference_pools.context import ENVIRONMENT_TAGS
from inference_pools.facets import Tags
from inference_pools.finding import printable
from inference_pools.reader import Leaf, ReadError
from inference_pools.resource import Resource
from inference_pools.values import Json
from inference_pools.view import facets_of, view

TAG: Final = "owner"


class Whose(NamedTuple):
    """Whose a resource or a stack is; each "" where nobody says so, or it is not known, secret, or no text."""

    owner: str = ""
    team: str = ""
    cost_center: str = ""
    environment: str = ""

    def or_else(self, other: Whose) -> Whose:
        """The same, with what it lacks as another says it."""
        return Whose(*(own or others for own, others in zip(self, other, strict=True)))


NOBODY: Final = Whose()

_TAGS: Final[Mapping[str, tuple[str, ...]]] = {
    TAG: (TAG,),
    "team": ("team",),
    "cost_center": ("costcenter", "cost-center", "cost_center", "cost center"),
    "environment": ENVIRONMENT_TAGS,
}
"""The tags that say each, in lower case; the first that is there counts."""


def owner_of(properties: Mapping[str, Json]) -> str:
    """The owner that a resource's tags name; "" where there is none, or it is not known, secret, or no text."""
    tagged = (_value(Tags(Leaf(properties, (bag,)), {}), (TAG,)) for bag in ("tags", "labels"))
    return next(filter(None, tagged), "")


def whose(resource: Resource) -> Whose:
    """Whose a resource is, by its tags or labels, wherever its platform has them."""
    subject = view(resource)
    found = NOBODY
    for tags in facets_of(subject, Tags) if subject else ():
        found = found.or_else(Whose(*(_value(tags, names) for names in _TAGS.values())))
    return found


def whose_by(tags: Mapping[str, str]) -> Whose:
    """Whose something is by tags that are plain texts, as those of a stack are. Case does not count in their names."""
    by_name = {name.casefold(): printable(value.strip()) for name, value in sorted(tags.items())}
    return Whose(*(next(filter(None, (by_name.get(name) for name in names)), "") for names in _TAGS.values()))


def _value(tags: Tags, names: tuple[str, ...]) -> str:
    try:
        written = tags.names
    except ReadError:
        return ""
    for name in names:
        try:
            value = tags.value(written[name]) if name in written else None
        except ReadError:
            continue
        if value and value.strip():
            return printable(value.strip())
    return ""
