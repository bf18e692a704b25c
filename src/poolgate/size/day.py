"""What a record of requests says: how many came when, how varied, and how many instances that takes over the day.

How varied the arrivals are is not told by the times between all of them: a day with a quiet night is not a burst. Each
stretch of the record, as short as its buckets, is taken to have one rate, and within it

- the squares of the times between requests are summed, over what chance would make of as many requests there (of n
  that fall at random into a length of 1, n - 1 gaps have squares of 2 / ((n + 1)(n + 2)) each on average);
- the requests are counted in windows of a twentieth of a bucket, and the variance of the counts, about the line that
  fits them best, is taken over their mean: the index of dispersion of D. R. Cox and P. A. W. Lewis, "The Statistical
  Analysis of Series of Events" (1966).

Requests at random have 1 in both. The first sees those that come in step or in pairs, the second also bursts that last
longer than a gap; the greater one counts. What differs from 1 by no more than chance makes it, or by a twentieth, is 1.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from poolgate.size.record import Requests

WINDOWS: Final = 20
"""In so many windows the requests of a bucket are counted."""
_FEW: Final = 30
"""Of a bucket with fewer requests nothing is said of how varied they are."""
_NO_MATTER: Final = 0.05
_EDGE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stretch of time: when it begins, how many requests came, and how long they took together, where known."""

    start: float
    length: float
    requests: int
    work: float | None

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.length

    def service(self, usual: float) -> float:
        """The mean service time; the usual one where none came, or none is known."""
        return self.work / self.requests if self.work is not None and self.requests else usual


@dataclass(frozen=True)
class Day:
    """The requests of a record in buckets of so many seconds, which begin when a clock in UTC says so."""

    requests: Requests
    length: float

    @cached_property
    def buckets(self) -> tuple[Bucket, ...]:
        """Those that lie within the record, but for a twentieth at most; all there is as one, where none does."""
        times = self.requests.times
        first, last = times[0], times[-1]
        start = math.ceil((first - _EDGE * self.length) / self.length) * self.length
        count = int((last + _EDGE * self.length - start) // self.length)
        if count < 1:
            work = sum(self.requests.services) if self.requests.services else None
            return (Bucket(first, max(last - first, 1e-9), len(times), work),)
        return tuple(self._bucket(start + number * self.length) for number in range(count))

    def _bucket(self, start: float) -> Bucket:
        begin, end = self._span(start)
        services = self.requests.services
        work = math.fsum(services[begin:end]) if services else None
        return Bucket(start, self.length, end - begin, work)

    def _span(self, start: float, length: float | None = None) -> tuple[int, int]:
        times = self.requests.times
        return bisect_left(times, start), bisect_left(times, start + (self.length if length is None else length))

    @cached_property
    def service(self) -> float | None:
        """The mean service time of all; None where none is known."""
        services = self.requests.services
        return math.fsum(services) / len(services) if services else None

    @cached_property
    def service_scv(self) -> float | None:
        """How varied the service times are."""
        services, mean = self.requests.services, self.service
        if not mean:
            return None
        variance = math.fsum((service - mean) ** 2 for service in services) / len(services)
        return _unless_chance(variance / mean**2, math.sqrt(8 / len(services)))

    def peak(self, percentile: float) -> Bucket:
        """The bucket that so many of a hundred do not exceed in work, or in requests where no service time is known."""
        ordered = sorted(self.buckets, key=lambda bucket: bucket.rate if bucket.work is None else bucket.work)
        return ordered[max(0, math.ceil(len(ordered) * percentile / 100) - 1)]

    @cached_property
    def gaps_scv(self) -> float:
        """How varied the times between requests are, by their squares."""
        squares = expected = 0.0
        count = 0
        for bucket in self._telling:
            begin, end = self._span(bucket.start, bucket.length)
            times = self.requests.times
            before = times[begin]
            for time in times[begin + 1 : end]:
                squares += ((time - before) / bucket.length) ** 2
                before = time
            number = end - begin
            count += number
            expected += 2 * (number - 1) / ((number + 1) * (number + 2))
        if not expected:
            return 1.0
        return _unless_chance(2 * squares / expected - 1, math.sqrt(8 / count))

    @cached_property
    def dispersion(self) -> float:
        """How varied the numbers of requests are, over windows of a bucket."""
        squares = mean = 0.0
        windows = 0
        for bucket in self._telling:
            width = bucket.length / WINDOWS
            edges = [bisect_left(self.requests.times, bucket.start + number * width) for number in range(WINDOWS + 1)]
            counts = [after - before for before, after in pairwise(edges)]
            squares += _about_a_line(counts) * WINDOWS / (WINDOWS - 2)
            mean += sum(counts)
            windows += WINDOWS
        return _unless_chance(squares / mean, math.sqrt(2 / windows)) if mean else 1.0

    @property
    def arrivals_scv(self) -> float:
        """How varied the arrivals are."""
        return max(self.gaps_scv, self.dispersion)

    @cached_property
    def _telling(self) -> tuple[Bucket, ...]:
        return tuple(bucket for bucket in self.buckets if bucket.requests >= _FEW)

    def replayed(self, bucket: Bucket, servers: int, patience: float | None) -> list[float] | None:
        """How long each request of a bucket waits before so many servers, or until it gives up, in order of length.

        They come and take as long as recorded; servers that are busy when the bucket begins are so with those of the
        bucket before. None where no service time is known.
        """
        if not self.requests.services:
            return None
        begin, end = self._span(bucket.start - bucket.length, 2 * bucket.length)
        counted = bisect_left(self.requests.times, bucket.start)
        free = [0.0] * servers
        waits = []
        for at in range(begin, end):
            time = self.requests.times[at]
            wait = max(0.0, free[0] - time)
            if patience is not None and wait > patience:
                wait = patience
            else:
                heapq.heapreplace(free, time + wait + self.requests.services[at])
            if at >= counted:
                waits.append(wait)
        return sorted(waits)


def _about_a_line(counts: list[int]) -> float:
    """The squares of what the line that fits best leaves."""
    middle, average = (len(counts) - 1) / 2, sum(counts) / len(counts)
    spread = sum((at - middle) ** 2 for at in range(len(counts)))
    slope = sum((at - middle) * count for at, count in enumerate(counts)) / spread
    return sum((count - average - slope * (at - middle)) ** 2 for at, count in enumerate(counts))


def _unless_chance(scv: float, error: float) -> float:
    return 1.0 if abs(scv - 1) <= max(3 * error, _NO_MATTER) else max(0.0, scv)


def rises(needed: tuple[int, ...], ahead: int) -> Iterator[int]:
    """The most that is needed within so many buckets from each on."""
    for at in range(len(needed)):
        yield max(needed[at : at + ahead + 1])
