"""What requests meet: limits, probes of the nodes, and the load that is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from inference_pools.facets.facet import Facet
from inference_pools.near_words import nearest
from inference_pools.reader import Leaf, ReadError, UnreadableError
from inference_pools.values import SIGNATURE_KEY

DEFAULT_REQUEST_TIMEOUT: Final = timedelta(seconds=5)
"""`requestTimeout` when absent: "Defaults to 5000ms" (Azure REST API, RequestConfiguration)."""
DEFAULT_CONCURRENCY: Final = 1
"""`maxConcurrentRequestsPerInstance` when absent (Azure REST API, RequestConfiguration)."""


class RequestLimits(Facet):
    """How long a request may take, and how many an instance takes at once."""

    __slots__ = ()
    fields = ("timeout", "concurrency")

    @property
    def written_timeout(self) -> str | None:
        """The timeout as it is written; None when the default is left to Azure."""
        return self.leaf("timeout").text()

    @property
    def timeout(self) -> timedelta:
        """When a request is given up."""
        written = self.leaf("timeout").duration()
        return DEFAULT_REQUEST_TIMEOUT if written is None else written

    @property
    def concurrency(self) -> int:
        """Requests that one instance serves at a time."""
        written = self.leaf("concurrency").integer()
        return DEFAULT_CONCURRENCY if written is None else written


DEFAULT_FAILURE_THRESHOLD: Final = 30
DEFAULT_SUCCESS_THRESHOLD: Final = 1
DEFAULT_PROBE_TIMEOUT: Final = timedelta(seconds=2)
DEFAULT_PROBE_PERIOD: Final = timedelta(seconds=10)
"""What a probe does that leaves a setting out (`ProbeSettings` in the Azure REST API and in both Pulumi SDKs)."""


class Probe(Facet):
    """One of the questions that tell whether a node lives, takes requests, or has started."""

    __slots__ = ()
    fields = ("probe", "failure_threshold", "success_threshold", "timeout", "period", "initial_delay")

    @property
    def name(self) -> str:
        """The property that it is: livenessProbe, readinessProbe or startupProbe."""
        return str(self.leaf("probe").keys[-1])

    @property
    def is_set(self) -> bool:
        """Whether the probe is written at all. Raises UnknownError when that cannot be known."""
        return self.leaf("probe").present

    @property
    def failure_threshold(self) -> int:
        """How many questions in a row must fail until the node is given up."""
        written = self.leaf("failure_threshold").integer()
        return DEFAULT_FAILURE_THRESHOLD if written is None else written

    @property
    def success_threshold(self) -> int:
        """How many questions in a row must succeed until a node that was given up is trusted again."""
        written = self.leaf("success_threshold").integer()
        return DEFAULT_SUCCESS_THRESHOLD if written is None else written

    @property
    def timeout(self) -> timedelta:
        """How long one question waits for its answer."""
        written = self.leaf("timeout").duration()
        return DEFAULT_PROBE_TIMEOUT if written is None else written

    @property
    def period(self) -> timedelta:
        """How long it is from one question to the next."""
        written = self.leaf("period").duration()
        return DEFAULT_PROBE_PERIOD if written is None else written

    @property
    def initial_delay(self) -> timedelta | None:
        """How long after the start the first question is asked; no default is documented."""
        return self.leaf("initial_delay").duration()

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

    Names are compared without regard to case, as Azure compares those of tags. A tag goes before a property of the
    same name: a tag can be changed in place, a property only be added.
    """

    __slots__ = ()
    fields = ("tags", "properties")

    def leaf(self, field: str) -> Leaf:
        """The place of one part, where it is written; a tag's place where it is not."""
        name = LOAD_NAMES.get(field)
        if name is None:
            return super().leaf(field)
        written = self.written.get(name)
        return super().leaf("tags").child(name) if written is None else written

    @property
    def written(self) -> dict[str, Leaf]:
        """The places of the parts that are declared, by their names.

        Raises UnknownError where a whole map is not known, and the other does not say all that is needed.
        """
        return {name: leaf for name, leaf in self.prefixed if name in LOAD_NAMES.values()}

    @property
    def misspelt(self) -> dict[str, Leaf]:
        """The places of what must be one of the parts, by its right name. Raises UnknownError as `written` does.

        Other tags may begin with the same word, so a name has to be near.
        """
        parts = {name.removeprefix(LOAD_PREFIX): name for name in LOAD_NAMES.values()}
        near = [
            (nearest(name.removeprefix(LOAD_PREFIX), parts, cutoff=0.7), leaf)
            for name, leaf in self.prefixed
            if name not in LOAD_NAMES.values()
        ]
        return {parts[name]: leaf for name, leaf in near if name is not None}

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
