"""What a judgement may know besides the properties it judges: the day, and which environment it is about."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from inference_pools.path import Keys
from inference_pools.reader import Leaf, frozen
from inference_pools.urn import Urn
from inference_pools.values import SIGNATURE_KEY, Json

ENVIRONMENT_TAGS: Final = ("environment", "env")
PRODUCTION: Final = frozenset(("prod", "production", "prd", "live"))
"""What an environment is called when it is production, in lower case; also as a part of a stack's name."""

_SEPARATOR: Final = re.compile(r"[^a-z0-9]+")
_TWO_WORDS: Final = re.compile(r"(?<![a-z0-9])(non|pre)[^a-z0-9]+(?=prod)")


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one resource. `day` is today's date in UTC, None where the caller did not give it."""

    _project: str
    stack: str
    _tags: Leaf
    day: date | None = None
    forced_environment: str = ""
    _pairs: bool = False
    """Whether tags are pairs of key and value, and no map."""

    def shows(self, keys: Keys) -> bool:
        """Whether what is read at a place is part of the sight."""
        return keys[:1] == self._tags.keys[:1]

    def watched(self, reads: list[Keys]) -> Context:
        """The same surroundings, taking note of what is read of them."""
        return replace(self, _tags=self._tags.watched(reads))

    @property
    def project(self) -> str:
        """The project's name."""
        if self._tags.reads is not None:
            self._tags.reads.append(())  # The name lies in no property, and is no part of the sight.
        return self._project

    @property
    def today(self) -> date:
        """Today's date, for a rule that judges by the calendar."""
        if self.day is None:
            raise LookupError("this rule needs today's date, and the caller gave none")
        return self.day

    @property
    def environment(self) -> str:
        """Which environment this is, in lower case: the rule's option, else the resource's tag, else the stack.

        Raises UnknownError when the tag is there and cannot be known.
        """
        return (self.forced_environment or self._tagged or self.stack).casefold()

    @property
    def is_production(self) -> bool:
        """Whether the environment is production by its name, or by a part of it: `prod-weu` is."""
        return _means_production(self.environment)

    @property
    def _tagged(self) -> str:
        for _, leaf in self._environment_tags():
            return (leaf.text() or "").strip()
        return ""

    def _environment_tags(self) -> Iterator[tuple[str, Leaf]]:
        return (
            (name, leaf) for name, leaf in _named(self._tags, pairs=self._pairs) if name.casefold() in ENVIRONMENT_TAGS
        )


def tags_of(properties: Mapping[str, Json], merged: str, own: str = "tags") -> Keys:
    """Where the tags lie that say an environment: with those of the provider, where they are known.

    `merged` is the property that a provider writes a resource's tags and its own to, together; "" where none does.
    `own` is the one with the resource's own.
    """
    both = properties.get(merged) if merged else None
    return (merged if type(both) is dict and SIGNATURE_KEY not in both else own,)


def _named(tags: Leaf, *, pairs: bool) -> Iterator[tuple[str, Leaf]]:
    """Tags by their names, be they a map or pairs of key and value."""
    if not pairs:
        yield from tags.members()
        return
    for pair in tags.items():
        name = pair.child("key").text()
        if name is not None:
            yield name, pair.child("value")


def sight_of(urn: str, properties: Mapping[str, Json], merged: str = "", own: str = "tags") -> Hashable:
    """All that a rule can learn of a resource's surroundings, but for day and project: that is another one for nearly
    every stack.

    Raises TypeError for tags that are no JSON. `merged` and `own` are as in `tags_of`.
    """
    tags = properties.get(str(tags_of(properties, merged, own)[0]))
    if type(tags) is dict and SIGNATURE_KEY not in tags:
        tags = {name: value for name, value in tags.items() if name.casefold() in ENVIRONMENT_TAGS}
    return Urn.parse(urn).stack, frozen(tags)


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case. What is no production is one word, however it is written: `non-prod`."""
    return _SEPARATOR.split(_TWO_WORDS.sub(r"\1", name.casefold()))


@lru_cache(maxsize=256)
def _means_production(environment: str) -> bool:
    return not PRODUCTION.isdisjoint(words_of(environment))
