"""What the options of the command line say beside a load."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from inference_pools.queueing import QueueingError, Traffic, WaitTarget
from inference_pools.serving import Demand
from poolgate.size.asked import POISSON, Asked
from poolgate.size.plan import ANY_WAIT, Size, Wanted
from poolgate.size.pooling import Pooling, can_be_pooled

PERCENTILE: Final = 99.0


def pooled(sizes: Sequence[Size], burst: float) -> tuple[Pooling, ...]:
    """One pool for all, where one kind of instance can serve them."""
    return (Pooling(tuple(sizes), burst),) if can_be_pooled(sizes) else ()


def asked_of(traffic: Traffic, given: argparse.Namespace) -> Asked:
    """What is asked, with what the options say beside the load."""
    return Asked(
        traffic,
        POISSON if given.arrivals_scv is None else given.arrivals_scv,
        POISSON if given.service_scv is None else given.service_scv,
        given.service_time_alone,
        given.patience,
        getattr(given, "is_measured", False),
    )


def wanted_of(demand: Demand, given: argparse.Namespace) -> Wanted:
    """What has to be achieved: what the load declares, else what the options say."""
    declared = demand.wait_target.total_seconds() if demand.wait_target is not None else given.wait
    percentile = demand.wait_percentile if demand.wait_percentile is not None else given.percentile
    percentile = PERCENTILE if percentile is None else percentile
    if not 1 <= percentile < 100:
        raise QueueingError(f"the percentile is {percentile:g}, expected a number of 1 or more, below 100")
    # Where only a utilisation is wanted, any wait will do.
    wait = declared if declared is not None else given.patience
    target = WaitTarget(ANY_WAIT if wait is None else wait, 1 - percentile / 100)
    return Wanted(target, 1.0 if given.utilisation is None else given.utilisation)
