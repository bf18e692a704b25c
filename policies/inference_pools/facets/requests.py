"""What requests meet: limits, probes of the nodes, and the load that is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import ClassVar, Final

from inference_pools import durations
from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.near_words import nearest
from inference_pools.path import Keys
from inference_pools.reader import Leaf, ReadError, UnreadableError
from inference_pools.values import SIGNATURE_KEY


class RequestTimeout(Facet):
    """How long a request may take. `longest` is when the service itself gives one up, where that is documented."""

    __slots__ = ("longest",)
    noun = "request timeout"
    fields: ClassVar[tuple[str, ...]] = ("timeout",)
    words: ClassVar[dict[str, str]] = {"timeout": "the request timeout"}

    def __init__(
        self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, longest: timedelta | None = None
    ) -> None:
        super().__init__(own, at, place)
        self.longest = longest

    @property
    def written_timeout(self) -> str | None:
        """The timeout as it is written; None when the default is left to the service."""
        return self.leaf("timeout").text()

    @property
    def timeout(self) -> timedelta | None:
        """When a request is given up; None where the platform has no such limit, or none that is known."""
        found: timedelta | None = self.read("timeout", Leaf.duration)
        return found


class RequestLimits(RequestTimeout):
    """How long a request may take, and how many an instance takes at once; a platform may have one of the two."""

    __slots__ = ()
    noun = "limit of requests"
    fields = ("timeout", "concurrency")
    words: ClassVar[dict[str, str]] = {
        **RequestTimeout.words,
        "concurrency": "the concurrent requests of an instance",
    }

    @property
    def concurrency(self) -> int | None:
        """Requests that one instance serves at a time; None where the platform has no such limit."""
        found: int | None = self.read("concurrency", Leaf.integer)
        return found


class Probe(Facet):
    """One of the questions that tell whether a node lives, takes requests, or has started.

    `asks` says which: `alive`, `ready` or `started`. A platform that has probes says what each does that leaves a
    setting out.
    """

    __slots__ = ("asks",)
    noun = "probe"
    words: ClassVar[dict[str, str]] = {
        "failure_threshold": "the failure threshold",
        "success_threshold": "the success threshold",
        "timeout": "the timeout",
        "period": "the period",
        "initial_delay": "the initial delay",
    }
    fields = ("probe", "failure_threshold", "success_threshold", "timeout", "period", "initial_delay")

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, asks: str = "alive") -> None:
        super().__init__(own, at, place)
        self.asks = asks

    @property
    def name(self) -> str:
        """The property that it is, such as livenessProbe."""
        return str(self.leaf("probe").keys[-1])

    @property
    def is_set(self) -> bool:
        """Whether the probe is written at all. Raises UnknownError when that cannot be known."""
        return self.leaf("probe").present

    @property
    def failure_threshold(self) -> int:
        """How many questions in a row must fail until the node is given up."""
        found: int = self.read("failure_threshold", Leaf.integer)
        return found

    @property
    def success_threshold(self) -> int:
        """How many questions in a row must succeed until a node that was given up is trusted again."""
        found: int = self.read("success_threshold", Leaf.integer)
        return found

    @property
    def timeout(self) -> timedelta:
        """How long one question waits for its answer."""
        found: timedelta = self.read("timeout", Leaf.duration)
        return found

    @property
    def period(self) -> timedelta:
        """How long it is from one question to the next."""
        found: timedelta = self.read("period", Leaf.duration)
        return found

    @property
    def initial_delay(self) -> timedelta | None:
        """How long after the start the first question is asked; no default is documented."""
        found: timedelta | None = self.read("initial_delay", Leaf.duration)
        return found

    def as_written(self, field: str, duration: timedelta) -> str:
        """A duration as the platform writes that of a field."""
        there = self.place.at.get(field)
        return durations.format_iso(duration) if there is None or there.write is None else there.write(duration)

    @property
    def patience(self) -> timedelta:
        """How long a node may stay silent until it is given up."""
        try:
            return self.failure_threshold * self.period
        except OverflowError:
            return timedelta.max


LOAD_PREFIX: Final = "load."
LOAD_NAMES: Final[Mapping[str, str]] = {
    "peak_rps": "load.peak-rps",
    "service_time": "load.service-time",
    "wait_target": "load.wait-target",
    "wait_percentile": "load.wait-percentile",
}
"""How each part of a declared load is written, in tags and in `properties`."""


class Load(Facet):
    """The load that is expected, as somebody declared it: in tags, or among the resource's own `properties`.

    Names are compared without regard to case. A tag goes before a property of the
    same name: a tag can be changed in place, a property only be added. What is said of one of several that serve has
    its name behind, `load.peak-rps.blue`: `part` is whose load this is, and what is not said of it is that of all.
    """

    __slots__ = ("part",)
    noun = "place for a declared load"
    fields = ("tags", "properties")

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, part: str = "") -> None:
        super().__init__(own, at, place)
        self.part = part.casefold()

    def of(self, part: str) -> Load:
        """What is declared of one of several that serve, by its name."""
        return Load(self.own, self._at, self.place, part=part)

    @property
    def has_own_rate(self) -> bool:
        """Whether the rate is declared of this one, and not of all together."""
        return LOAD_NAMES["peak_rps"] in self.parts.get(self.part, {})

    def leaf(self, field: str) -> Leaf:
        """The place of one part, where it is written; a tag's where it is not, that of all where tags are pairs."""
        name = LOAD_NAMES.get(field)
        if name is None:
            return super().leaf(field)
        written = self.parts.get(self.part, {}).get(name) or self.written.get(name)
        if written is not None:
            return written
        tags = super().leaf("tags")
        return Leaf(tags.root, tags.keys, False) if _are_pairs(tags) else tags.child(name)

    @property
    def written(self) -> dict[str, Leaf]:
        """The places of the parts that are declared, by their names.

        Raises UnknownError where a whole map is not known, and the other does not say all that is needed.
        """
        return {name: leaf for name, leaf in self.prefixed if name in LOAD_NAMES.values()}

    @property
    def parts(self) -> dict[str, dict[str, Leaf]]:
        """The same of each of those that have a name behind, by that. Raises UnknownError as `written` does."""
        found: dict[str, dict[str, Leaf]] = {}
        for name, leaf in self.prefixed:
            of_all = next((one for one in LOAD_NAMES.values() if name.startswith(f"{one}.")), None)
            if of_all is not None:
                found.setdefault(name.removeprefix(f"{of_all}."), {})[of_all] = leaf
        return found

    @property
    def misspelt(self) -> dict[str, Leaf]:
        """The places of what must be one of the parts, by its right name. Raises UnknownError as `written` does.

        Other tags may begin with the same word, so a name has to be near.
        """
        parts = {name.removeprefix(LOAD_PREFIX): name for name in LOAD_NAMES.values()}
        found: dict[str, Leaf] = {}
        for name, leaf in self.prefixed:
            if name.startswith(tuple(f"{one}." for one in parts.values())) or name in parts.values():
                continue
            stem, dot, part = name.removeprefix(LOAD_PREFIX).partition(".")
            near = nearest(stem, parts, cutoff=0.7)
            if near is not None:
                found[f"{parts[near]}{dot}{part}"] = leaf
        return found

    @property
    def declared(self) -> list[Leaf]:
        """The places of all that is declared, right or nearly right. Raises UnknownError as `written` does."""
        of_parts = [leaf for part in self.parts.values() for leaf in part.values()]
        return [*self.written.values(), *of_parts, *self.misspelt.values()]

    @property
    def prefixed(self) -> list[tuple[str, Leaf]]:
        """All that is written under a name which begins as that of a part does. Raises UnknownError as `written`."""
        found: list[tuple[str, Leaf]] = []
        hidden: ReadError | None = None
        for bag in (self.leaf("properties"), self.leaf("tags")):
            try:
                found += [(name.casefold(), leaf) for name, leaf in _pairs(bag, LOAD_PREFIX)]
            except ReadError as error:
                hidden = error
        names = {name for name, _ in found}
        if hidden is not None and not {LOAD_NAMES["peak_rps"], LOAD_NAMES["service_time"]} <= names:
            raise hidden
        return found

    @property
    def peak_rps(self) -> float | None:
        """Requests a second at the peak, above zero."""
        rate = self._number("peak_rps", "a number of requests a second such as 12.5")
        if rate is not None and not 0 < rate < float("inf"):
            raise UnreadableError(self.keys_of("peak_rps"), f"is {rate:g}, expected a number above 0")
        return rate

    @property
    def service_time(self) -> timedelta | None:
        """How long an instance is busy with one request, on average; above zero."""
        service = self.leaf("service_time").duration()
        if service is not None and not service:
            raise UnreadableError(self.keys_of("service_time"), "is no time at all, expected more than zero")
        return service

    @property
    def wait_target(self) -> timedelta | None:
        """How long a request may wait until an instance takes it up."""
        return self.leaf("wait_target").duration()

    @property
    def wait_percentile(self) -> float | None:
        """Of a hundred requests, how many must not wait longer than the target."""
        percentile = self._number("wait_percentile", "a number above 0 and below 100 such as 99")
        if percentile is not None and not 0 < percentile < 100:
            keys = self.keys_of("wait_percentile")
            raise UnreadableError(keys, f"is {percentile:g}, expected a number above 0 and below 100")
        return percentile

    def _number(self, field: str, expected: str) -> float | None:
        """A number, or text that is one: tags hold nothing but text."""
        leaf = self.leaf(field)
        value = leaf.value()
        if value is None:
            return None
        try:
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                return float(value)
        except (ValueError, OverflowError):
            pass
        raise UnreadableError(leaf.keys, f"is {value!r}, expected {expected}")


def _are_pairs(tags: Leaf) -> bool:
    try:
        return isinstance(tags.value(), list)
    except ReadError:
        return False


def _pairs(bag: Leaf, prefix: str) -> Iterator[tuple[str, Leaf]]:
    """Names with a prefix and their places in a map, or in a list of pairs of key and value; nothing for what is
    neither.
    """
    value = bag.value()
    if isinstance(value, list):
        for item in bag.items():
            name = _visible_text(item.child("key"))
            if name is not None and name.casefold().startswith(prefix):
                yield name, item.child("value")
    elif isinstance(value, dict) and SIGNATURE_KEY not in value:
        for name in value:
            if name.casefold().startswith(prefix):
                yield name, bag.child(name)


def _visible_text(leaf: Leaf) -> str | None:
    try:
        return leaf.text()
    except ReadError:
        return None
