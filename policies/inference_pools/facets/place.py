"""Where a facet lies in a resource, and what its fields are called and mean there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

from inference_pools.facts import NOTHING_KNOWN, Facts
from inference_pools.path import EACH, Each, Keys, Steps, format_steps, parse_steps
from inference_pools.reader import Leaf, ReadError

Reading: TypeAlias = Callable[[Leaf], Any]


@dataclass(frozen=True, slots=True)
class At:
    """Where a field lies, and what it means there.

    `default` is what counts where it is absent: documented by the vendor, and cited where the place is made. `shown`
    is what messages and remedies call it; its own name where that is left out. `read` takes the place of the facet's
    own reading where the value is written in another form: whole seconds for a duration, a text for a number. `write`
    is its other way: the text of a value as it is written there, for a remedy.
    """

    path: Steps
    default: Any = None
    shown: str = ""
    read: Reading | None = None
    write: Callable[[Any], str] | None = None


def at(
    path: str,
    default: Any = None,
    shown: str = "",
    read: Reading | None = None,
    write: Callable[[Any], str] | None = None,
) -> At:
    """`sku.capacity`, or with a list on the way: `productionVariants[].instanceType`."""
    steps = parse_steps(path)
    return At(steps, default, shown or format_steps(steps[len(_to_last_list(steps)) :]), read, write)


@dataclass(frozen=True, eq=False)
class Place:
    """Where one facet lies: each of its fields, and `own`, which is what it is a view of.

    Where fields lie in the items of a list, there is a facet for each of them, and `own` is the item. `more` are
    further arguments of the facet. `also` is what a reading looks at besides its own field: what was said of a facet is
    said again only where that is the same, too.
    """

    at: Mapping[str, At]
    own: Steps = ()
    facts: Facts = NOTHING_KNOWN
    more: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[Steps, ...] = ()

    @cached_property
    def _lists(self) -> Steps:
        """The way to the items that there is a facet for each of; () where there is one facet only.

        Raises ValueError for fields that lie in different lists.
        """
        each = [_to_last_list(path) for path in (self.own, *(one.path for one in self.at.values()))]
        longest = max(each, key=len)
        for lists in each:
            if lists != longest[: len(lists)]:
                raise ValueError(f"a facet lies in one list, and {lists} is not in {longest}")
        return longest

    @cached_property
    def is_repeated(self) -> bool:
        """Whether there is a facet for each item of a list."""
        return bool(self._lists)

    @cached_property
    def keys(self) -> Mapping[str, Keys]:
        """The keys of each field, where there is one facet only."""
        return {name: _filled(one.path, ()) for name, one in self.at.items()}

    @cached_property
    def own_keys(self) -> Keys:
        """The keys of what it is a view of, where there is one facet only."""
        return _filled(self.own, ())

    @property
    def parts(self) -> Iterator[Keys]:
        """Where it and its fields lie, as far as the first list on the way."""
        for path in (self.own, self._lists, *(one.path for one in self.at.values()), *self.also):
            yield _filled(path[: path.index(EACH)] if EACH in path else path, ())

    def items(self, root: Leaf) -> Iterator[tuple[Leaf, Mapping[str, Keys]]]:
        """What each facet of a repeated place is made of: the item that it is a view of, and the keys of its fields.

        A list that cannot be seen, or that is none, has one item here: whatever is read of it says why it cannot be.
        """
        for indices in _indices(root, self._lists, ()):
            keys = {name: _filled(one.path, indices) for name, one in self.at.items()}
            yield Leaf(root.root, _filled(self._lists, indices), root.supported, root.reads), keys


def place(fields: Mapping[str, str | At], own: str = "", also: Sequence[str] = (), **more: Any) -> Place:
    """`place({"instances": at("sku.capacity")})`; a text alone is a path that has no default."""
    located = {name: at(one) if isinstance(one, str) else one for name, one in fields.items()}
    return Place(located, parse_steps(own), more=more, also=tuple(map(parse_steps, also)))


@lru_cache(4096)
def _to_last_list(path: Steps) -> Steps:
    last = max((number for number, step in enumerate(path) if step is EACH), default=-1)
    return path[: last + 1]


def _filled(path: Steps, indices: tuple[int, ...]) -> Keys:
    """The keys of a path, its lists opened at these indices."""
    numbers = iter(indices)
    return tuple([next(numbers, 0) if isinstance(step, Each) else step for step in path])


def _indices(root: Leaf, path: Steps, indices: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The indices of each item of the lists on a path that ends in a list."""
    lists = [number for number, step in enumerate(path) if step is EACH]
    if len(indices) == len(lists):
        yield indices
        return
    keys = _filled(path[: lists[len(indices)]], indices)
    try:
        value = Leaf(root.root, keys, root.supported, root.reads).value()
    except ReadError:
        value = _CANNOT_BE_SEEN
    if value is None:
        return
    if not isinstance(value, list):
        yield (*indices, *(0 for _ in lists[len(indices) :]))
        return
    for index in range(len(value)):
        yield from _indices(root, path, (*indices, index))


_CANNOT_BE_SEEN: Final = object()
NOWHERE: Final = Place({})
