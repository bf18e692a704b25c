"""The formulas say what others have published, and what has to hold whatever the numbers are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_pools.queueing import Queue, QueueingError, Traffic
from poolgate.size import gamma, steady
from poolgate.size.asked import Asked, Instances
from poolgate.size.formulas import waits
from poolgate.size.waits import Waits

SERVERS = st.integers(1, 300)
UTILISATION = st.floats(0.01, 0.99)


def of(servers: int, busy: float, **asked: float) -> Waits:
    return waits(Asked(Traffic(busy * servers, 1.0), **asked), Instances(servers))


@settings(deadline=None, max_examples=25)
@given(SERVERS, UTILISATION, st.floats(0, 5), st.floats(0.01, 0.999))
def test_without_more_it_is_what_the_rule_computes(servers: int, busy: float, time: float, share: float) -> None:
    ours, theirs = of(servers, busy), Queue(Traffic(busy * servers, 1.0), servers)

    assert ours.waiting == pytest.approx(theirs.waiting, rel=1e-9, abs=1e-300)
    assert ours.mean == pytest.approx(theirs.mean_wait, rel=1e-9, abs=1e-300)
    assert ours.beyond(time) == pytest.approx(theirs.waits_longer_than(time), rel=1e-9, abs=1e-300)
    assert ours.percentile(share) == pytest.approx(theirs.wait_percentile(share), rel=1e-9, abs=1e-12)
    assert (ours.busy, ours.service, ours.lost) == (pytest.approx(busy), pytest.approx(1.0), 0)


@settings(deadline=None, max_examples=25)
@given(SERVERS, st.floats(0.01, 3))
def test_who_has_no_patience_is_lost_as_erlang_says(servers: int, busy: float) -> None:
    assert of(servers, busy, patience=0.0).lost == pytest.approx(Queue(Traffic(busy * servers, 1), servers).blocking)


@settings(deadline=None, max_examples=25)
@given(SERVERS, st.floats(0.01, 3), st.floats(0.001, 50))
def test_who_does_not_give_up_is_served(servers: int, busy: float, patience: float) -> None:
    """What comes and does not give up keeps the servers busy; nobody waits longer than there is patience."""
    found = of(servers, busy, patience=patience)

    assert found.busy == pytest.approx(busy * (1 - found.lost), rel=1e-6)
    assert 0 <= found.lost <= found.waiting <= 1
    assert 0 <= found.mean <= patience * found.waiting * (1 + 1e-9)
    assert found.lost == found.beyond(patience)
    assert found.percentile(0.99) <= patience * (1 + 1e-9)


@pytest.mark.parametrize("patience", [0.3, 40.0])
def test_what_comes_as_fast_as_it_is_served_is_no_special_case(patience: float) -> None:
    before, at, after = (of(8, busy, patience=patience) for busy in (1 - 1e-7, 1.0, 1 + 1e-7))

    assert before.mean < at.mean < after.mean
    assert at.mean == pytest.approx(before.mean, rel=1e-4)
    assert at.lost == pytest.approx((before.lost + after.lost) / 2, rel=1e-4)


def test_overload_that_lasts_loses_what_is_too_much() -> None:
    found = of(8, 50.0, patience=100.0)

    assert (found.lost, found.mean, found.percentile(0.5)) == (pytest.approx(0.98), pytest.approx(100, 0.001), 100)


@settings(deadline=None, max_examples=25)
@given(SERVERS, UTILISATION)
def test_patience_without_end_is_none(servers: int, busy: float) -> None:
    endless, patient = of(servers, busy), of(servers, busy, patience=1e7)

    assert patient.waiting == pytest.approx(endless.waiting, rel=1e-6, abs=1e-12)
    assert patient.mean == pytest.approx(endless.mean, rel=1e-6, abs=1e-12)


# Service times that are all equal.


@pytest.mark.parametrize("busy", [0.1, 0.5, 0.9, 0.99])
def test_one_server_that_is_always_as_fast(busy: float) -> None:
    """Pollaczek's and Khinchin's formula, and the one after it."""
    mean = busy / (2 * (1 - busy))

    found = steady.moments(1, busy)

    assert found.waiting == pytest.approx(busy, rel=1e-3)
    assert found.mean == pytest.approx(mean, rel=1e-3)
    assert found.square == pytest.approx(2 * mean**2 + busy / (3 * (1 - busy)), rel=2e-3)


@pytest.mark.parametrize(
    ("servers", "busy", "over"),
    [(2, 0.5, 0.5154), (2, 0.8, 0.5065), (5, 0.8, 0.5175), (10, 0.8, 0.5346), (25, 0.8, 0.5806), (50, 0.9, 0.5383)],
)
def test_several_servers_that_are_always_as_fast(servers: int, busy: float, over: float) -> None:
    """H. C. Tijms, "A First Course in Stochastic Models", section 9.6.1, with Cosmetatos's (1975) formula: the mean
    wait is half of M/M/c's, and a little more.
    """
    cosmetatos = 0.5 * (1 + (1 - busy) * (servers - 1) * (math.sqrt(4 + 5 * servers) - 2) / (16 * servers * busy))
    assert over == pytest.approx(cosmetatos, abs=0.02)

    assert steady.moments(servers, busy).mean / of(servers, busy).mean == pytest.approx(cosmetatos, rel=0.012)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 2000), st.floats(0.3, 0.995))
def test_equal_service_times_never_make_anybody_wait_longer(servers: int, busy: float) -> None:
    equal, exponential = steady.moments(servers, busy), of(servers, busy)

    assert 0 <= equal.waiting <= exponential.waiting * (1 + 1e-3)
    assert 0 <= equal.mean <= exponential.mean * (1 + 1e-3)


def test_ten_thousand_servers() -> None:
    found = of(10_000, 0.99, service_scv=0.3)

    assert 0.1 < found.waiting < of(10_000, 0.99).waiting < 0.25
    assert 0 < found.percentile(0.99) < 0.05


# Variability.


@settings(deadline=None, max_examples=25)
@given(SERVERS, st.floats(0.3, 0.98), st.floats(0, 1), st.floats(0, 1))
def test_steadier_service_never_makes_anybody_wait_longer(servers: int, busy: float, one: float, other: float) -> None:
    steadier, other_one = (of(servers, busy, service_scv=scv) for scv in sorted((one, other)))

    assert steadier.mean <= other_one.mean * (1 + 1e-9)
    assert steadier.waiting <= other_one.waiting * (1 + 1e-3)


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 0.99), st.floats(0, 1))
def test_one_server_waits_as_pollaczek_and_khinchin_say(busy: float, scv: float) -> None:
    """Whitt's factor is 1 for one server but for arrivals that are more or less regular than the service."""
    found = of(1, busy, service_scv=scv)

    assert found.waiting == pytest.approx(busy, rel=2e-3)
    assert found.mean == pytest.approx(busy / (1 - busy) * (1 + scv) / 2, rel=0.12)


@settings(deadline=None, max_examples=25)
@given(SERVERS, st.floats(0.2, 0.98), st.floats(0, 4), st.floats(0, 6), st.floats(0.01, 3))
def test_what_holds_for_any_variability(servers: int, busy: float, arrivals: float, service: float, at: float) -> None:
    found = of(servers, busy, arrivals_scv=arrivals, service_scv=service)
    patient = of(servers, busy, arrivals_scv=arrivals, service_scv=service, patience=at)

    assert 0 <= found.beyond(2 * at) <= found.beyond(at) <= found.waiting <= 1
    assert found.percentile(0.95) <= found.percentile(0.99) < math.inf
    assert 0 <= patient.lost <= found.beyond(at) + 1e-12
    assert patient.mean <= found.mean * (1 + 1e-3) + 1e-12
    assert patient.busy <= found.busy


def test_what_neither_comes_nor_is_served_at_random_never_waits() -> None:
    assert of(3, 0.9, arrivals_scv=0.0, service_scv=0.0).mean == 0


def test_instances_that_cannot_keep_up() -> None:
    for asked in ({}, {"service_scv": 0.2}, {"arrivals_scv": 3.0}):
        found = of(4, 1.25, **asked)

        assert (found.mean, found.percentile(0.5), found.beyond(1e9), found.busy) == (math.inf, math.inf, 1, 1.25)


# Instances that several requests slow down.


def slowed(instances: int, at_once: int, busy: float, alone: float | None) -> Waits:
    return waits(Asked(Traffic(busy * instances * at_once, 1.0), alone=alone), Instances(instances, at_once))


def test_who_is_not_slowed_down_by_others_is_served_by_as_many_servers() -> None:
    assert slowed(3, 4, 0.8, 1.0).mean == pytest.approx(of(12, 0.8).mean)
    assert slowed(3, 4, 0.8, None).mean == pytest.approx(of(12, 0.8).mean)


def test_an_instance_that_gets_no_more_done_with_several_is_one_server() -> None:
    """Twice as long for two at once: the number of requests there is that of M/M/1."""
    found = slowed(1, 2, 0.8, 0.5)
    rate, at_there = 1.6, 0.8

    assert found.waiting == pytest.approx(at_there**2)
    assert rate * (found.mean + found.service) == pytest.approx(at_there / (1 - at_there))


def test_who_is_alone_is_served_faster() -> None:
    service = [slowed(4, 8, busy, 0.25).service for busy in (0.01, 0.3, 0.6, 0.9, 0.999)]

    assert service == sorted(service)
    assert service[0] == pytest.approx(0.25, rel=0.01)
    assert service[-1] == pytest.approx(1.0, rel=0.01)


# A tail, and what is refused.


@pytest.mark.parametrize(
    ("shape", "time", "expected"),
    [
        (1, 0.5, math.exp(-0.5)),
        (2, 3, 4 * math.exp(-3)),
        (0.5, 2, math.erfc(math.sqrt(2))),
        (3, 0.1, None),
        (1.3, 0, 1),
    ],
)
def test_the_tail_of_a_gamma_distribution(shape: float, time: float, expected: float | None) -> None:
    expected = math.exp(-time) * (1 + time + time**2 / 2) if expected is None else expected

    assert gamma.beyond(shape, time) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"arrivals_scv": -1.0}, "the variability of the arrivals is -1, expected a number, 0 or more"),
        ({"service_scv": math.inf}, "the variability of the service times is inf"),
        ({"patience": -1.0}, "the patience is -1 seconds, expected at least 0"),
        ({"alone": 2.0}, "the service time alone is 2 seconds, expected more than 0 and at most 1"),
    ],
)
def test_what_cannot_be_asked(asked: dict[str, float], said: str) -> None:
    with pytest.raises(QueueingError, match=said):
        Asked(Traffic(1.0, 1.0), **asked)


def test_what_no_instances_are() -> None:
    with pytest.raises(QueueingError, match="the number of instances is 0, expected at least 1"):
        Instances(0)
    with pytest.raises(QueueingError, match="expected a number above 0 and below 1"):
        of(1, 0.5).percentile(1.0)
