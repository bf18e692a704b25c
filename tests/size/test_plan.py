"""How many instances are enough, and what it buys to put several services on one pool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_pools.queueing import QueueingError, Traffic, WaitTarget
from inference_pools.queueing import smallest as smallest_of_the_rule
from poolgate.size.asked import Asked, Instances
from poolgate.size.held import why_not_held
from poolgate.size.money import Price
from poolgate.size.plan import MOST, Size, Wanted, smallest
from poolgate.size.pooling import Pooling, can_be_pooled, combined


def size(rate: float, service: float = 1.0, wait: float = 0.5, at_once: int = 1, **more: float) -> Size:
    busiest = more.pop("busiest", 1.0)
    wanted = Wanted(WaitTarget(wait, 0.01), busiest)
    return Size("chat", Asked(Traffic(rate, service), **more), at_once, (wanted,))


@settings(deadline=None, max_examples=25)
@given(st.floats(0.01, 400), st.floats(0, 3), st.integers(1, 8), st.floats(0.3, 1))
def test_enough_is_what_the_rule_calls_the_smallest(load: float, wait: float, at_once: int, busiest: float) -> None:
    found = size(load, wait=wait, at_once=at_once, busiest=busiest)

    target = found.wanted[0].target
    expected = smallest_of_the_rule(found.asked.traffic, target, utilisation=busiest, step=at_once)
    assert found.enough * at_once == expected


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 100), st.floats(0, 2), st.floats(0, 1), st.one_of(st.none(), st.floats(0, 3)))
def test_one_fewer_is_not_enough(load: float, wait: float, scv: float, patience: float | None) -> None:
    asked = Asked(Traffic(load, 1.0), service_scv=scv, patience=patience)
    found = Size("", asked, 1, (Wanted(WaitTarget(wait, 0.05)),))

    assert found.is_met(found.enough)
    assert not found.is_met(found.enough - 1)


def test_what_several_want_has_to_be_met_at_once() -> None:
    soon, late = Wanted(WaitTarget(0.01, 0.01)), Wanted(WaitTarget(5, 0.01))
    both = replace(size(30), wanted=(late, soon))

    assert both.enough == replace(both, wanted=(soon,)).enough > replace(both, wanted=(late,)).enough


def test_a_share_of_the_time_is_a_limit_too() -> None:
    assert size(30, wait=1e6).enough == 31
    assert size(30, wait=1e6, busiest=0.5).enough == 60
    with pytest.raises(QueueingError, match=r"the utilisation is 1\.5"):
        size(30, busiest=1.5)


def test_who_gives_up_before_being_served_is_not_served_in_time() -> None:
    """With a patience below the target nobody waits longer than that, yet those who gave up do not count as served."""
    found = size(30, wait=2.0, patience=0.5)

    assert found.at(found.enough).lost <= 0.01 < found.at(found.enough - 1).lost


def test_slower_beside_others_takes_no_more_than_slow_always() -> None:
    assert size(30, at_once=4, alone=0.4).enough <= size(30, at_once=4).enough


def test_what_is_configured() -> None:
    found = size(30)

    assert found.serves is None
    assert replace(found, most=found.enough).serves
    assert not replace(found, most=found.enough - 1).serves


def test_the_search_ends() -> None:
    assert smallest(lambda number: number >= 12_345, 1) == 12_345
    assert smallest(lambda number: number >= 3, 900) == 3
    with pytest.raises(QueueingError, match=f"{MOST:,} instances would not be enough"):
        smallest(lambda number: False, 1)


# Pooling.


def test_one_pool_for_ten_services_needs_fewer() -> None:
    pooling = Pooling(tuple(size(4, wait=0.2) for _ in range(10)))

    assert (pooling.sum_apart, pooling.together.enough) == (90, 51)
    assert pooling.saved == 39


def test_all_that_is_wanted_is_wanted_of_the_one_pool() -> None:
    apart = (size(4, wait=0.2), size(8, wait=0.05), size(1, wait=0.2))

    assert [wanted.target.wait for wanted in Pooling(apart).together.wanted] == [0.2, 0.05]


def test_streams_put_together() -> None:
    """Half of the requests take 1, half 3, each exponential: the mean is 2, the mean square 10."""
    both = combined([Asked(Traffic(5, 1.0)), Asked(Traffic(5, 3.0), arrivals_scv=3.0, patience=9.0, alone=1.0)])

    assert (both.traffic.rate, both.traffic.service) == (10, 2)
    assert both.service_scv == pytest.approx(10 / 4 - 1)
    assert both.arrivals_scv == 2
    assert (both.patience, both.alone) == (9, 1)
    assert combined([Asked(Traffic(rate, 0.3)) for rate in (0.1, 0.7, 12)]).is_markov


def test_a_burst_of_one_is_felt_by_all_in_one_pool_and_by_it_alone_in_its_own() -> None:
    one, other = size(4, wait=0.2), size(9, wait=0.2)
    pooling = Pooling((one, other), burst=3.0)

    assert pooling.burst_apart(one).mean == one.at(one.enough).mean or not pooling.burst_apart(one).is_stable
    assert not pooling.burst_apart(one).is_stable
    assert pooling.burst_together(one).mean > pooling.together.at(pooling.together.enough).mean
    assert other.at(other.enough).mean < pooling.burst_together(one).mean


@pytest.mark.parametrize(
    ("other", "can"),
    [({}, True), ({"at_once": 2}, False), ({"machine": "big"}, False), ({"price": Price(1, "EUR")}, False)],
)
def test_only_what_is_alike_can_be_pooled(other: dict[str, object], can: bool) -> None:
    assert can_be_pooled([size(4), replace(size(4), **other)]) is can  # type: ignore[arg-type]
    assert not can_be_pooled([size(4)])


# Money.


def test_an_amount_has_its_day_and_its_source() -> None:
    price = Price(0.25, "USD", "2025-03-02", "a table")

    assert price.month(4) == 730
    assert price.in_words(4) == "730.00 USD"
    assert price.of_what == "0.25 USD an hour, as of 2025-03-02, from a table"
    assert Price(1, "EUR").of_what == "1 EUR an hour, as of a day that is not said, from a source that is not named"


def test_few_servers_have_to_be_busier() -> None:
    few = Asked(Traffic(6, 1.0), service_scv=0.0)

    assert "from 70% to 90%" in why_not_held(few, Instances(10))
    assert why_not_held(few, Instances(8)) == ""
    assert why_not_held(few, Instances(13)) == ""  # hardly anybody waits


# Where the formulas are known to hold.


@pytest.mark.parametrize(
    ("asked", "servers", "said"),
    [
        ({}, 40, ""),
        ({"patience": 1.0}, 40, ""),
        ({"is_measured": True}, 40, "service times with a variability above 0.25"),
        ({"service_scv": 0.25, "is_measured": True}, 40, ""),
        ({"service_scv": 0.2}, 100, ""),
        ({"service_scv": 0.2}, 31, "it was tried where so many are busy from 30% to 90% of the time"),
        ({"service_scv": 0.2, "patience": 1.0}, 40, ""),
        ({"service_scv": 0.2, "patience": 0.9}, 40, "requests that give up within a service time"),
        ({"service_scv": 0.3}, 40, "service times with a variability above 0.25"),
        ({"arrivals_scv": 2.0}, 40, "requests that do not come at random"),
        ({"service_scv": 0.2, "alone": 0.5}, 40, "instances that slow down were simulated with exponential"),
    ],
)
def test_beyond_what_was_simulated_it_is_said(asked: dict[str, Any], servers: int, said: str) -> None:
    found = why_not_held(Asked(Traffic(30, 1.0), **asked), Instances(servers))

    assert said in found
    assert bool(found) == bool(said)
