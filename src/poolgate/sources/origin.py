"""Which part of a stack's configuration a property of a resource was written in: what to try, and what it proves.

Nothing here runs anything. The method is an experiment (`poolgate.sources.trace` carries it out): the program is run
again with parts of its configuration changed, and a part is the origin of a property when the property changes in
exactly the runs in which the part was changed. Each part has a set of runs of its own, and all sets are of the same
size: a value made of two parts changes in the runs of either, and those are the set of no part.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations, count
from math import comb
from typing import Any, Final, TypeAlias

from inference_pools.path import Keys
from inference_pools.urn import Urn
from inference_pools.values import SIGNATURE_KEY, Json, is_unknown
from poolgate.files import relative_to_here
from poolgate.findings import Location
from poolgate.lint.document import Document, KeyPath, scalar_text
from poolgate.lint.project import ConfigEntry
from poolgate.lint.secure_value import SecureValue

Scalar: TypeAlias = str | bool | int | float
Inputs: TypeAlias = Mapping[str, Mapping[str, Json]]
"""The inputs of resources, by URN."""

ENGINE_NAMESPACE: Final = "pulumi"
"""Settings of the engine itself, such as `pulumi:autonaming`: no values that a program passes on."""

ADDED_KEY: Final = "probe"
ADDED_TEXT: Final = "probe"

_DAY: Final = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_LAST_NUMBER: Final = re.compile(r"\d{1,18}(?=\D*$)", re.ASCII)
_FLIPPED: Final = {"true": "false", "false": "true", "True": "False", "False": "True"}


class _Absent:
    """There is no such property."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
Seen: TypeAlias = Json | _Absent


class HiddenError(Exception):
    """The value is unknown or a secret, or lies inside one: nothing can be said of it."""


# ---------------------------------------------------------------------------------------------------------------
# Properties
# ---------------------------------------------------------------------------------------------------------------


def lookup(tree: Mapping[str, Json], keys: Keys) -> Seen:
    """The value at the keys, or ABSENT. Raises HiddenError for what is unknown or secret."""
    value: Json = dict(tree)
    for key in keys:
        _refuse_hidden(value)
        found = _item(value, key)
        if isinstance(found, _Absent):
            return found
        value = found
    _refuse_hidden(value)
    return value


def _item(value: Json, key: str | int) -> Seen:
    if isinstance(key, str):
        return value.get(key, ABSENT) if isinstance(value, dict) else ABSENT
    return value[key] if isinstance(value, list) and key < len(value) else ABSENT


def _refuse_hidden(value: Json) -> None:
    if is_unknown(value) or (isinstance(value, dict) and SIGNATURE_KEY in value):
        raise HiddenError


def text_of(value: Seen) -> str | None:
    """A scalar as the text of the configuration that says it; None for anything else."""
    return scalar_text(value) if isinstance(value, (str, bool, int, float)) else None


@dataclass(frozen=True, slots=True)
class Watched:
    """A property whose origin is asked for. One that is absent stands for the object it is missing from."""

    urn: str
    keys: Keys


def target_of(inputs: Inputs, urn: str, keys: Keys) -> Watched | None:
    """What has to be watched for a finding at a property; None where no origin can be told.

    For an object, that is a property that it has not got: where one that is added to the configuration turns up in
    the object, the object is made from there.
    """
    tree = inputs.get(urn)
    if tree is None:
        return None
    try:
        seen = lookup(tree, keys)
        if isinstance(seen, dict):
            keys = (*keys, ADDED_KEY)
            seen = lookup(tree, keys)
        elif seen is ABSENT and not isinstance(lookup(tree, keys[:-1]), dict):
            return None
    except HiddenError:
        return None
    known = seen is ABSENT or text_of(seen) is not None
    return Watched(urn, keys) if known and isinstance(keys[-1], str | int) else None


# ---------------------------------------------------------------------------------------------------------------
# Parts of the configuration
# ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of the configuration that can be changed: a scalar, or a key that an object has not got yet.

    `key` is that of the configuration, with its namespace, `path` leads on into its value. `values` are other values
    of the same kind, the best one first. `text` is what is there now, None for a key that is not there.
    """

    key: str
    path: KeyPath
    text: str | None
    values: tuple[Scalar, ...]
    place: Location


Change: TypeAlias = tuple[Spot, Scalar]


class Configuration:
    """The configuration of one stack, as parts that can be changed. Secrets are no parts."""

    def __init__(self, entries: Mapping[str, ConfigEntry], names: Iterable[str] = ()) -> None:
        """`names` are those of the stack's resources: two that are swapped could not be told apart again."""
        self._entries = entries
        self._names = "\n".join(names)
        self._values = {key: _structure(entry.value) for key, entry in entries.items()}

    @cached_property
    def leaves(self) -> tuple[Spot, ...]:
        """Every scalar, in the order of the configuration."""
        found = [
            (entry, path, value)
            for entry in self._parts()
            for path, value in _walk(self._values[entry.key])
            if isinstance(value, (str, bool, int, float))
        ]
        others = _OtherValues(((entry.key, path), value) for entry, path, value in found)
        spots = []
        for entry, path, value in found:
            place = self._place(entry, path)
            if place is not None:
                values = others.of((entry.key, path), value, siblings=scalar_text(value) not in self._names)
                spots.append(Spot(entry.key, path, scalar_text(value), values, place))
        return tuple(spots)

    def saying(self, text: str) -> tuple[Spot, ...]:
        """The scalars that say a text."""
        return self._by_text.get(text, ())

    @cached_property
    def _by_text(self) -> Mapping[str, tuple[Spot, ...]]:
        found: dict[str, list[Spot]] = defaultdict(list)
        for spot in self.leaves:
            found[spot.text or ""].append(spot)
        return {text: tuple(spots) for text, spots in found.items()}

    def objects_like(self, value: Mapping[str, Json], key: str) -> tuple[Spot, ...]:
        """A place for `key` in every object that shares a text under the same key with the value given."""
        return tuple(
            Spot(entry.key, (*path, key), None, (ADDED_TEXT,), place)
            for entry, path, part in self._objects
            if key not in part and any(_same(part.get(name), item) for name, item in value.items())
            if (place := self._place(entry, path)) is not None
        )

    @cached_property
    def _objects(self) -> tuple[tuple[ConfigEntry, KeyPath, Mapping[str, Any]], ...]:
        return tuple(
            (entry, path, part)
            for entry in self._parts()
            for path, part in _walk(self._values[entry.key])
            if isinstance(part, dict)
        )

    def _parts(self) -> Iterator[ConfigEntry]:
        for entry in self._entries.values():
            if entry.key.partition(":")[0] != ENGINE_NAMESPACE:
                yield entry

    def _place(self, entry: ConfigEntry, path: KeyPath) -> Location | None:
        """Where the value is written; of an object the key, where there is one, for it begins on the next line."""
        position = entry.position(path)
        is_text = isinstance(entry.value, str)
        if not is_text and isinstance(_at(self._values[entry.key], path), dict):
            position = entry.document.key_position_of((*entry.path, *path)) or position
        if position is None or entry.document.file is None:
            return None
        return Location(relative_to_here(entry.document.file), position.line, position.column)

    def written(self, spot: Spot) -> tuple[Document, KeyPath] | None:
        """The document that a scalar stands in by itself, and its path there; None for one inside a JSON text."""
        entry = self._entries[spot.key]
        if isinstance(entry.value, str) and spot.path:
            return None
        return entry.document, (*entry.path, *spot.path)

    def texts_renamed(self, names: Mapping[Spot, str], secret: str) -> dict[str, str]:
        """The configuration as the program gets it, with members of objects under other names."""
        texts = self.texts((), secret)
        for key in {spot.key for spot in names}:
            value = self._values[key]
            for spot in sorted((spot for spot in names if spot.key == key), key=lambda spot: -len(spot.path)):
                value = _renamed_in(value, spot.path, names[spot])
            texts[key] = self._entries[key]._replace(value=value).text(secret)
        return texts

    def texts(self, changes: Iterable[Change], secret: str) -> dict[str, str]:
        """The configuration as the program gets it, with some parts changed; `secret` stands for each secret."""
        changed: dict[str, Any] = {}
        for spot, value in changes:
            before = changed.get(spot.key, self._values[spot.key])
            changed[spot.key] = _with(before, spot.path, value)
        texts = {}
        for key, entry in sorted(self._entries.items()):
            value = changed.get(key, entry.value)
            if key in changed and isinstance(entry.value, str) and not isinstance(value, str):
                value = json.dumps(value)
            texts[key] = entry._replace(value=value).text(secret)
        return texts


def _structure(value: Any) -> Any:
    """The value of an entry; of a text that is JSON, what the text says."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _walk(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, SecureValue):
        return
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from _walk(item, (*path, key))


def _at(value: Any, path: KeyPath) -> Any:
    for key in path:
        value = value[key]
    return value


def _with(value: Any, path: KeyPath, new: Scalar) -> Any:
    if not path:
        return new
    first, *rest = path
    if isinstance(value, list):
        return [_with(item, tuple(rest), new) if index == first else item for index, item in enumerate(value)]
    return {**value, first: _with(value.get(first), tuple(rest), new)}


def _renamed_in(value: Any, path: KeyPath, name: str) -> Any:
    first, *rest = path
    if not rest:
        return {name if key == first else key: item for key, item in value.items()}
    changed = _renamed_in(value[first], tuple(rest), name)
    if isinstance(value, list):
        return [changed if index == first else item for index, item in enumerate(value)]
    return {**value, first: changed}


def _same(part: Any, item: Json) -> bool:
    text = text_of(part) if not isinstance(part, SecureValue) else None
    return text is not None and text == text_of(item)


# ---------------------------------------------------------------------------------------------------------------
# Other values of the same kind
# ---------------------------------------------------------------------------------------------------------------


class _OtherValues:
    """Makes other values that look as valid as the ones that are there, and equal to none of them."""

    def __init__(self, found: Iterable[tuple[tuple[str, KeyPath], Scalar]]) -> None:
        self._count: Counter[str] = Counter()
        self._alike: dict[tuple[Any, ...], list[Scalar]] = defaultdict(list)
        for (key, path), value in found:
            self._count[scalar_text(value)] += 1
            self._alike[_likeness(key, path)].append(value)
        self._taken = set(self._count)

    def of(self, at: tuple[str, KeyPath], value: Scalar, *, siblings: bool) -> tuple[Scalar, ...]:
        """The next value of its kind, then one that stands at the same key elsewhere, else the one before."""
        if isinstance(value, bool):
            return (not value,)
        if isinstance(value, (int, float)):
            below = (value - 1,) if value > 1 else ()
            return (value + 1, *below)
        new = self._new_text(value)
        if siblings:
            others = [other for other in self._alike[_likeness(*at)] if other != value and isinstance(other, str)]
            return (new, *others[:1])
        return (new,)

    def _new_text(self, text: str) -> str:
        new = next(other for other in other_texts(text) if other not in self._taken or text in _FLIPPED)
        # What is there once may be a name, and must not become that of something else.
        if self._count[text] == 1:
            self._taken.add(new)
        return new


def _likeness(key: str, path: KeyPath) -> tuple[Any, ...]:
    return (key, *("*" if isinstance(step, int) else step for step in path))


def other_texts(text: str) -> Iterator[str]:
    """Texts of the same kind, one after the other: the next days, higher numbers, longer words."""
    if text in _FLIPPED:
        yield _FLIPPED[text]
        return
    day = _DAY.search(text)
    if day is not None:
        # A text that no calendar has, or beyond all calendars, is one with numbers in it.
        with contextlib.suppress(ValueError, OverflowError):
            first = date.fromisoformat(day[0])
            for step in _steps():
                yield text[: day.start()] + str(first + timedelta(step)) + text[day.end() :]
    number = _LAST_NUMBER.search(text)
    for step in _steps():
        if number is not None:
            next_number = str(int(number[0]) + step).zfill(len(number[0]))
            yield text[: number.start()] + next_number + text[number.end() :]
        else:
            head, at, tail = text.partition("@")
            yield head + "x" * step + at + tail


def _steps() -> Iterator[int]:
    """Small steps first; then such that a long series of numbered names is soon left behind."""
    yield from range(1, 9)
    for power in count(4):
        yield 1 << power


# ---------------------------------------------------------------------------------------------------------------
# Experiments
# ---------------------------------------------------------------------------------------------------------------


def runs_for(parts: int) -> int:
    """How many runs it takes to tell so many parts from one another."""
    return next(runs for runs in count(2) if comb(runs, runs // 2) >= parts)


@dataclass(frozen=True)
class Design:
    """So many runs of the program, and for each part those in which it is changed."""

    runs: int
    sets: Mapping[Spot, frozenset[int]]

    @classmethod
    def together(cls, spots: Sequence[Spot]) -> Design:
        """Another set for each part, all of the same size, in as few runs as that takes.

        Each part is changed in a run at least, and left as it is in another: what changes by itself follows no part.
        The runs grow with the logarithm of the parts: 2 for 2, 4 for 6, 8 for 70, 12 for 900.
        """
        runs = runs_for(len(spots))
        sets = combinations(range(runs), runs // 2)
        return cls(runs, {spot: frozenset(chosen) for spot, chosen in zip(spots, sets, strict=False)})

    @classmethod
    def one_by_one(cls, spots: Sequence[Spot]) -> Design:
        """A run for each part, after one in which nothing is changed."""
        return cls(1 + len(spots), {spot: frozenset((run,)) for run, spot in enumerate(spots, 1)})

    @classmethod
    def everything(cls, spots: Sequence[Spot]) -> Design:
        """One run with every part changed."""
        return cls(1, dict.fromkeys(spots, frozenset((0,))))


@dataclass(frozen=True)
class Trial:
    """A run of the program with some parts changed, and what it made."""

    changes: tuple[Change, ...]
    inputs: Inputs

    @cached_property
    def given(self) -> Mapping[Spot, Scalar]:
        """The new values."""
        return dict(self.changes)

    def value(self, target: Watched) -> Seen:
        """The target's value in this run. Raises HiddenError where there is none to compare."""
        urn = renamed(target.urn, self.inputs, self.changes)
        if urn is None:
            raise HiddenError
        return lookup(self.inputs[urn], target.keys)


def renamed(urn: str, inputs: Inputs, changes: Sequence[Change]) -> str | None:
    """The URN that a resource has once the configuration is changed; None when that is uncertain."""
    if urn in inputs:
        return urn
    *_, name = parts = Urn.parse(urn)
    pairs = [(spot.text, str(value)) for spot, value in changes if spot.text and spot.text in name]
    all_at_once = name
    for old, new in sorted(pairs, key=lambda pair: -len(pair[0])):
        all_at_once = all_at_once.replace(old, new)
    names = {all_at_once, *(name.replace(old, new) for old, new in pairs)}
    found = {str(parts._replace(name=other)) for other in names} & inputs.keys()
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Experiment:
    """Trials of some parts. A trial is None where the program failed and shows nothing."""

    sets: Mapping[Spot, frozenset[int]]
    trials: Sequence[Trial | None]

    def followed_by(self, other: Experiment) -> Experiment:
        """Both as one; of the parts that both have."""
        shift = len(self.trials)
        sets = {
            spot: runs | {run + shift for run in other.sets[spot]}
            for spot, runs in self.sets.items()
            if spot in other.sets
        }
        return Experiment(sets, [*self.trials, *other.trials])

    def moves(self, target: Watched, before: Seen) -> bool:
        """Whether the target has another value in any trial."""
        return any(value != before for value in self._seen(target).values())

    def copied_from(self, target: Watched, before: Seen, spots: Iterable[Spot]) -> Spot | None:
        """The one spot of some whose value the target takes on as it is, whatever that value is.

        Trials that failed, of other spots, do not matter: that the very value turned up is proof enough.
        """
        seen = self._seen(target)
        proven = [spot for spot in spots if spot in self.sets and self._is_copied(spot, before, seen)]
        return proven[0] if len(proven) == 1 else None

    def _is_copied(self, spot: Spot, before: Seen, seen: Mapping[int, Seen]) -> bool:
        wanted = self.sets[spot]
        if not wanted & seen.keys() or wanted >= seen.keys():
            return False
        return all(
            text_of(value) == scalar_text(self._given(run, spot)) if run in wanted else value == before
            for run, value in seen.items()
        )

    def _given(self, run: int, spot: Spot) -> Scalar:
        trial = self.trials[run]
        assert trial is not None
        return trial.given[spot]

    def follows(self, target: Watched, before: Seen) -> Spot | None:
        """The spot that the target is made from alone, in whatever way; None unless all trials agree on one.

        Every trial gives a spot the same other value, so what is made from it is the same in all of them.
        """
        seen = self._seen(target)
        changed = frozenset(run for run, value in seen.items() if value != before)
        if len(seen) < len(self.trials) or any(seen[run] != seen[min(changed)] for run in changed):
            return None
        return next((spot for spot, runs in self.sets.items() if runs == changed), None)

    def _seen(self, target: Watched) -> dict[int, Seen]:
        seen = {}
        for run, trial in enumerate(self.trials):
            if trial is not None:
                try:
                    seen[run] = trial.value(target)
                except HiddenError:
                    continue
        return seen
