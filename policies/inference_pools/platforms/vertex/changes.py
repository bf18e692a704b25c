"""What an update makes of a resource of Vertex AI, where that is not what the program seems to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.facets import Facet
from inference_pools.facets.place import place
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.vertex.facets import Split
from inference_pools.platforms.vertex.kinds import ENDPOINT
from inference_pools.reader import Leaf

_SPLIT: Final = place({"split": "trafficSplit"})


class SplitChange(Facet):
    """What an update makes of a split of traffic; `before` is what it was."""

    __slots__ = ("before", "now")
    noun = Split.noun
    fields = Split.fields

    def __init__(self, now: Split, before: Split) -> None:
        super().__init__(now.own, now._at, now.place)
        self.now = now
        self.before = before


def split_changes(subject: Subject) -> Iterator[Facet]:
    """What becomes of an endpoint's split, where the source knows what it was; what is only read changes nothing."""
    resource = subject.resource
    if subject.kind is ENDPOINT and resource.previous is not None and not resource.outputs:
        now, before = (Split(leaf, _SPLIT.keys, _SPLIT) for leaf in (subject.leaf(), Leaf(resource.previous, ())))
        yield SplitChange(now, before)
