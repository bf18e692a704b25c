"""The M/M/c formulas against published values, against exact arithmetic, and against a simulation."""

from __future__ import annotations

import math
import random
import statistics
from fractions import Fraction
from itertools import pairwise

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_pools.queueing import (
    MAX_LOAD,
    Queue,
    QueueingError,
    Traffic,
    WaitTarget,
    smallest,
    smallest_without_queue,
)


def queue(load: float, servers: int, service: float = 1.0) -> Queue:
    return Queue(Traffic(load / service, service), servers)


# Published values: what a source prints is the value rounded to the digits it prints.


@pytest.mark.parametrize(
    ("servers", "waiting", "mean_wait"),
    [(1, "0.90", "9.00"), (2, "0.85", "4.26"), (5, "0.76", "1.53"), (10, "0.67", "0.67"), (20, "0.55", "0.28")],
)
def test_adan_and_resing_table_5_1(servers: int, waiting: str, mean_wait: str) -> None:
    """I. Adan, J. Resing, Queueing Systems, table 5.1: M/M/c with a service time of 1 and a utilisation of 0.9."""
    subject = queue(0.9 * servers, servers)

    assert f"{subject.waiting:.2f}" == waiting
    # The table prints 1.53 where the exact value is 1.52499.
    assert subject.mean_wait == pytest.approx(float(mean_wait), abs=0.0051)


@pytest.mark.parametrize(
    ("servers", "utilisation", "mean_wait"),
    [(1, "0.90", "9.00"), (2, "0.95", "9.26"), (5, "0.98", "9.50"), (10, "0.99", "9.64"), (20, "0.995", "9.74")],
)
def test_adan_and_resing_table_5_2(servers: int, utilisation: str, mean_wait: str) -> None:
    """The same, table 5.2: a surplus of a tenth of a server."""
    subject = queue(servers - 0.1, servers)

    assert subject.utilisation == pytest.approx(float(utilisation), abs=0.0005)
    assert f"{subject.mean_wait:.2f}" == mean_wait


@pytest.mark.parametrize(
    ("load", "servers", "service", "mean_wait"), [(20, 32, 100, "0.075"), (2, 5, 10, "0.199")], ids=["first", "second"]
)
def test_iversen_example_12_3_1(load: float, servers: int, service: float, mean_wait: str) -> None:
    """V. B. Iversen, Teletraffic Engineering Handbook (ITU-D, 2001), example 12.3.1: waits in seconds."""
    assert f"{queue(load, servers, service).mean_wait:.3f}" == mean_wait


@pytest.mark.parametrize(("load", "servers", "waiting"), [("3.87", 8, "0.05"), ("4.08", 10, "0.01")])
def test_dunlop_table_of_erlang_c(load: str, servers: int, waiting: str) -> None:
    """J. Dunlop, D. Girma, J. Irvine, Digital Mobile Communications and the TETRA System (1999), appendix A.4: the
    load, to the nearest hundredth, at which that share of the calls is queued.
    """
    below, above = (queue(float(load) + step, servers).waiting for step in (-0.005, 0.005))

    assert below < float(waiting) < above


@pytest.mark.parametrize(("load", "servers", "waiting"), [(123, 132, "0.3211"), (12345, 12421, "0.3812")])
def test_large_call_centres(load: float, servers: int, waiting: str) -> None:
    """Values in the tests of several public implementations of Erlang C."""
    assert f"{queue(load, servers).waiting:.4f}" == waiting


def test_bronson_problem_24_6() -> None:
    """R. Bronson, Operations Research (1982): 300 customers a year, two days each, three servers: 0.43 days."""
    subject = Queue(Traffic(300 / 365, 2), 3)

    assert f"{subject.mean_wait:.2f}" == "0.43"
    assert f"{subject.mean_wait * subject.traffic.rate:.3f}" == "0.352"


# Exact arithmetic, from the definition.


def exact_waiting(load: Fraction, servers: int) -> Fraction:
    """Erlang C as its definition sums it, in rational numbers."""
    term, below = Fraction(1), Fraction(0)
    for server in range(servers):
        below += term
        term = term * load / (server + 1)
    waiting = term * servers / (servers - load)
    return waiting / (below + waiting)


@pytest.mark.parametrize("servers", [1, 2, 7, 40, 300])
@pytest.mark.parametrize("utilisation", ["1/1000", "1/3", "9/10", "999/1000", "999999/1000000"])
def test_erlang_c_is_its_definition(servers: int, utilisation: str) -> None:
    load = Fraction(utilisation) * servers
    expected = exact_waiting(load, servers)

    assert queue(float(load), servers).waiting == pytest.approx(float(expected), rel=1e-9, abs=1e-300)


def test_ten_thousand_servers_near_saturation() -> None:
    """The limit of Halfin and Whitt (1981): with a surplus of x times the root of the servers, the probability of
    waiting goes to 1 / (1 + x N(x) / n(x)), N and n being the normal distribution and its density.
    """
    servers = 10_000
    for surplus in (0.01, 0.1, 1.0, 2.0):
        subject = queue(servers - surplus * math.sqrt(servers), servers)
        normal = 0.5 * math.erfc(-surplus / math.sqrt(2))
        density = math.exp(-(surplus**2) / 2) / math.sqrt(2 * math.pi)

        assert subject.waiting == pytest.approx(1 / (1 + surplus * normal / density), rel=0.03)


# Identities.

SERVERS = st.integers(1, 400)
UTILISATION = st.floats(0.001, 0.9999)
SERVICE = st.floats(1e-4, 1e4)


@settings(deadline=None)
@given(SERVERS, UTILISATION, SERVICE)
def test_bounds(servers: int, utilisation: float, service: float) -> None:
    subject = queue(utilisation * servers, servers, service)

    assert 0 <= subject.blocking <= subject.waiting <= 1
    assert subject.mean_wait >= 0
    assert subject.waits_longer_than(0) == subject.waiting
    assert subject.utilisation == pytest.approx(utilisation)


@settings(deadline=None)
@given(SERVERS, UTILISATION, SERVICE)
def test_another_server_never_makes_it_worse(servers: int, utilisation: float, service: float) -> None:
    less, more = (queue(utilisation * servers, count, service) for count in (servers, servers + 1))

    assert more.waiting <= less.waiting
    assert more.mean_wait <= less.mean_wait
    assert more.waits_longer_than(service) <= less.waits_longer_than(service)


@settings(deadline=None)
@given(SERVERS, UTILISATION, UTILISATION)
def test_more_load_never_makes_it_better(servers: int, one: float, other: float) -> None:
    less, more = (queue(utilisation * servers, servers) for utilisation in sorted((one, other)))

    assert less.waiting <= more.waiting * (1 + 1e-12)
    assert less.waits_longer_than(0.5) <= more.waits_longer_than(0.5) * (1 + 1e-12)


@settings(deadline=None)
@given(UTILISATION, SERVICE)
def test_one_server_waits_as_often_as_it_is_busy(utilisation: float, service: float) -> None:
    subject = queue(utilisation, 1, service)

    assert subject.waiting == pytest.approx(utilisation)
    assert subject.mean_wait == pytest.approx(utilisation / (1 - utilisation) * service)
    assert subject.blocking == pytest.approx(utilisation / (1 + utilisation))


@settings(deadline=None)
@given(SERVERS, UTILISATION, st.floats(0.01, 0.9999))
def test_the_percentile_is_where_the_tail_is_the_rest(servers: int, utilisation: float, share: float) -> None:
    subject = queue(utilisation * servers, servers)
    wait = subject.wait_percentile(share)

    if wait == 0:
        assert subject.waiting <= 1 - share + 1e-12
    else:
        assert subject.waits_longer_than(wait) == pytest.approx(1 - share)


@settings(deadline=None)
@given(SERVERS, UTILISATION, st.floats(1, 1000))
def test_time_has_no_unit_of_its_own(servers: int, utilisation: float, scale: float) -> None:
    seconds, others = (queue(utilisation * servers, servers, service) for service in (1.0, scale))

    assert others.waiting == pytest.approx(seconds.waiting)
    assert others.mean_wait == pytest.approx(seconds.mean_wait * scale)


@settings(deadline=None)
@given(st.floats(0.001, 300), st.floats(0, 10), st.floats(0.0001, 0.9), st.integers(1, 9), st.floats(0.3, 1))
def test_the_smallest_number_of_servers(load: float, wait: float, excess: float, step: int, busiest: float) -> None:
    traffic, target = Traffic(load, 1), WaitTarget(wait, excess)
    servers = smallest(traffic, target, utilisation=busiest, step=step)

    def will_do(count: int) -> bool:
        return load <= busiest * count and target.is_met(Queue(traffic, count))

    assert servers % step == 0
    assert will_do(servers)
    assert servers == step or not will_do(servers - step)


@settings(deadline=None)
@given(st.floats(0.001, 300), st.floats(0.0001, 0.9), st.floats(0.3, 1))
def test_the_smallest_number_of_servers_where_nobody_waits(load: float, excess: float, busiest: float) -> None:
    traffic = Traffic(load, 1)
    servers = smallest_without_queue(traffic, excess, utilisation=busiest)

    def will_do(count: int) -> bool:
        lost = Queue(traffic, count).blocking
        return lost <= excess and load * (1 - lost) <= busiest * count

    assert will_do(servers)
    assert servers == 1 or not will_do(servers - 1)


@settings(deadline=None)
@given(st.floats(0.01, 100), st.floats(0.01, 10), st.floats(0.01, 100), st.floats(0.01, 10))
def test_streams_add_up(rate: float, service: float, other_rate: float, other_service: float) -> None:
    both = Traffic(rate, service) + Traffic(other_rate, other_service)

    assert both.rate == pytest.approx(rate + other_rate)
    assert both.load == pytest.approx(rate * service + other_rate * other_service)


def test_waits_grow_without_limit_towards_saturation() -> None:
    waits = [queue(10 - surplus, 10).mean_wait for surplus in (1, 0.1, 0.01, 0.001, 1e-6)]

    assert all(less < more for less, more in pairwise(waits))
    assert waits[-1] == pytest.approx(1e6, rel=0.01)


@pytest.mark.parametrize("load", [10, 10.5, 1000])
def test_servers_that_cannot_keep_up(load: float) -> None:
    subject = queue(load, 10)

    assert not subject.is_stable
    assert subject.waiting == subject.waits_longer_than(1e9) == 1
    assert subject.mean_wait == subject.wait_percentile(0.5) == math.inf
    assert not WaitTarget(1e9, 0.5).is_met(subject)


def test_far_more_servers_than_load() -> None:
    """The recursion ends where nothing is left to compute."""
    subject = queue(1, 10**15)

    assert subject.waiting == subject.blocking == subject.mean_wait == subject.wait_percentile(0.999) == 0
    assert smallest(Traffic(1, 1), WaitTarget(0, 0.5), utilisation=1e-9) == 10**9
    assert smallest(Traffic(1, 1), WaitTarget(0, 0.5), step=10**12) == 10**12
    assert smallest_without_queue(Traffic(1, 1), 0.5, utilisation=1e-9) == 10**9


@pytest.mark.parametrize(
    ("rate", "service", "message"),
    [
        (0, 1, "the arrival rate is 0, expected a number above 0"),
        (-1, 1, "the arrival rate is -1, expected a number above 0"),
        (math.nan, 1, "the arrival rate is nan, expected a number above 0"),
        (math.inf, 1, "the arrival rate is inf, expected a number above 0"),
        (1, 0, "the mean service time is 0, expected a number above 0"),
        (1, math.inf, "the mean service time is inf, expected a number above 0"),
        (MAX_LOAD, 1.5, r"the offered load is 1.5e\+06 erlangs, the limit is 1,000,000"),
    ],
)
def test_traffic_that_is_none(rate: float, service: float, message: str) -> None:
    with pytest.raises(QueueingError, match=message):
        Traffic(rate, service)


def test_questions_that_have_no_answer() -> None:
    subject = queue(1, 2)

    with pytest.raises(QueueingError, match="the number of servers is 0, expected at least 1"):
        queue(1, 0)
    with pytest.raises(QueueingError, match="the wait is -1 seconds, expected at least 0"):
        subject.waits_longer_than(-1)
    with pytest.raises(QueueingError, match="the wait is nan seconds, expected at least 0"):
        WaitTarget(math.nan, 0.1)
    for share in (0, 1, -0.5, math.nan):
        with pytest.raises(QueueingError, match="expected a number above 0 and below 1"):
            subject.wait_percentile(share)
        with pytest.raises(QueueingError, match="expected a number above 0 and below 1"):
            WaitTarget(1, share)
    for utilisation in (0, 1.1, math.nan):
        with pytest.raises(QueueingError, match="the utilisation is"):
            smallest(subject.traffic, WaitTarget(1, 0.1), utilisation=utilisation)
    with pytest.raises(QueueingError, match="the step is 0, expected at least 1"):
        smallest(subject.traffic, WaitTarget(1, 0.1), step=0)


# A simulation of the same queue, by SimPy.

SEED = 20261122
CUSTOMERS = 60_000
WARM_UP = 2_000
BATCHES = 29


def simulated_waits(subject: Queue) -> list[float]:
    """The waits of customers before servers that a discrete-event simulation moves through time.

    The seed is fixed, so that every run has the same customers.
    """
    chance = random.Random(SEED)
    environment = simpy.Environment()
    servers = simpy.Resource(environment, capacity=subject.servers)
    waits: list[float] = []

    def customer() -> simpy.events.ProcessGenerator:
        arrived = environment.now
        with servers.request() as turn:
            yield turn
            waits.append(environment.now - arrived)
            yield environment.timeout(chance.expovariate(1 / subject.traffic.service))

    def arrivals() -> simpy.events.ProcessGenerator:
        for _ in range(CUSTOMERS):
            yield environment.timeout(chance.expovariate(subject.traffic.rate))
            environment.process(customer())

    environment.process(arrivals())
    environment.run()
    return waits[WARM_UP:]


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """The mean, and its standard error by the method of batch means: waits of neighbours go together, so the values
    themselves are no independent draws, and the means of long stretches nearly are.
    """
    size = len(values) // BATCHES
    means = [statistics.fmean(values[start : start + size]) for start in range(0, size * BATCHES, size)]
    return statistics.fmean(means), statistics.stdev(means) / math.sqrt(BATCHES)


@pytest.mark.parametrize(
    ("load", "servers", "service", "threshold"),
    [(1.2, 2, 0.2, 0.3), (6.0, 8, 0.5, 0.2), (16.0, 20, 1.0, 0.1)],
    ids=["two servers", "eight", "twenty"],
)
def test_simulation(load: float, servers: int, service: float, threshold: float) -> None:
    subject = queue(load, servers, service)
    waits = simulated_waits(subject)
    compared = {
        "waiting": ([float(wait > 0) for wait in waits], subject.waiting),
        "longer": ([float(wait > threshold) for wait in waits], subject.waits_longer_than(threshold)),
        "mean": (waits, subject.mean_wait),
    }

    for what, (values, expected) in compared.items():
        mean, error = mean_and_error(values)
        assert error < 0.12 * expected, f"{what}: too few customers to tell"
        assert abs(mean - expected) < 4 * error, what


def test_a_target_is_met_at_its_very_bound() -> None:
    """One server that is busy half of the time: half of the customers wait at all."""
    half_busy = queue(0.5, 1)

    assert half_busy.waits_longer_than(0) == 0.5
    assert WaitTarget(0, 0.5).is_met(half_busy)
    assert not WaitTarget(0, 0.49).is_met(half_busy)
    assert not WaitTarget(0, 0.99).is_met(queue(1.0, 1))
    assert smallest(half_busy.traffic, WaitTarget(0, 0.5)) == 1
    assert smallest(half_busy.traffic, WaitTarget(0, 0.49)) == 2


def test_a_share_of_a_stream_comes_less_often_and_takes_as_long() -> None:
    part = Traffic(40, 0.2).part(0.25)

    assert (part.rate, part.service) == (10, 0.2)
