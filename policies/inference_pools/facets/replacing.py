"""What cannot change in place: an update that changes it replaces the resource, with all that it serves meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place, Reading, at, place
from inference_pools.naming import is_made_up
from inference_pools.path import Keys
from inference_pools.reader import Leaf
from inference_pools.values import Json


class Fixed(Facet):
    """A property that cannot change in place.

    `filled` says that the provider gives it a value where the program does not: then only two values differ, and what
    is given for the first time is no change.
    """

    __slots__ = ("filled",)
    noun = "property that cannot change in place"
    fields = ("value",)
    words: ClassVar[dict[str, str]] = {"value": "it"}

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, filled: bool = False) -> None:
        super().__init__(own, at, place)
        self.filled = filled

    @property
    def value(self) -> Json:
        """What it is, without the notes that a provider keeps in it; where only its presence is fixed, true or false.

        Raises UnknownError where it cannot be seen.
        """
        return _without_notes(self.read("value", Leaf.value))

    def seen_in(self, root: Leaf) -> Fixed:
        """The same place in other properties."""
        return Fixed(Leaf(root.root, self.own.keys), self._at, self.place, filled=self.filled)


def fixed(path: str, *, filled: bool = False, read: Reading | None = None) -> Place:
    """`fixed("location", filled=True)`: where such a property lies; in the items of a list, one in each."""
    return place({"value": at(path, read=read)}, filled=filled)


def there(leaf: Leaf) -> bool:
    """Reads whether a value is there, where what is in it may change."""
    return leaf.present


class Replacement(Facet):
    """What an update makes of a property that cannot change in place. `before` is None where there was no such item."""

    __slots__ = ("before", "deletes_first", "in_program", "now", "of")
    noun = Fixed.noun
    fields = Fixed.fields
    words = Fixed.words

    def __init__(self, now: Fixed, before: Fixed | None, of: str, *, deletes_first: bool, in_program: str) -> None:
        super().__init__(now.own, now._at, now.place)
        self.now = now
        self.before = before
        self.of = of
        """What is replaced: `endpoint`."""
        self.deletes_first = deletes_first
        """Whether the old one goes before the new one comes."""
        self.in_program = in_program
        """What the program calls it."""

    @property
    def change(self) -> str | None:
        """What becomes of it, in words that follow its path; None where it stays as it is."""
        was, now = self.before.value if self.before else None, self.now.value
        if was == now or (self.now.filled and None in (was, now)) or self._both_made_up(was, now):
            return None
        if isinstance(was, bool) and isinstance(now, bool):
            return "is added" if now else "goes away"
        if was is None or now is None:
            return "is added" if was is None else "goes away"
        short = all(isinstance(value, _SHORT) and len(str(value)) <= _LONGEST for value in (was, now))
        return f"goes from {_shown(was)} to {_shown(now)}" if short else "changes"

    def _both_made_up(self, was: Json, now: Json) -> bool:
        """Whether both are names that the provider gave it: a resource keeps that for as long as there is one."""
        return all(isinstance(name, str) and is_made_up(name, self.in_program) for name in (was, now))


_SHORT: Final = (str, int, float)
_LONGEST: Final = 100


def _shown(value: Json) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _without_notes(value: Json) -> Json:
    if isinstance(value, list):
        return [_without_notes(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_notes(item) for key, item in value.items() if not key.startswith("__")}
    return value
