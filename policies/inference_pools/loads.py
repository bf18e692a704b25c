"""What serves a declared load: so many instances, each with so many requests at once, and the wait that is wanted.

What `capacity-meets-load` judges, and what `poolgate size` computes with, under the options of that rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inference_pools.facets import Nodes, ScalingBounds, ScalingSwitch
from inference_pools.finding import Enforcement
from inference_pools.path import Keys
from inference_pools.platforms.platform import Subject
from inference_pools.queueing import QueueingError, WaitTarget
from inference_pools.reader import ReadError
from inference_pools.rule import Options
from inference_pools.serving import Demand, NotHere, Service
from inference_pools.view import facets_of


def capacities(service: Service) -> Iterator[tuple[int | None, str, str, Keys, Enforcement | None]]:
    """How many instances there may be: at most first, which must do, then at least, which is what a peak meets.

    With how a finding puts it, what to set, where that is, and the enforcement where it is not the rule's.
    """
    each = list(facets_of(service.scaler, ScalingBounds)) if service.scaler and _is_on(service.scaler) else []
    if service.scaler is None or not each:
        yield from _unaided(service)
        return
    name, at = service.scaler.resource.name, service.nodes.keys_of("instances")
    try:
        least, most = each[0].least, max((bounds.most for bounds in each if bounds.most is not None), default=None)
    except ReadError:
        raise NotHere(at, f"needs the bounds of {name}, which scales it and which are not known") from None
    ceiling, floor = (f"{each[0].called(field)} of {name}" for field in ("most", "least"))
    yield most, f"is scaled by {name} to {most} at most", ceiling, at, None
    if least:  # what may pause is meant to be late
        yield least, f"is scaled by {name} from {least} on, which a peak meets first", floor, at, Enforcement.ADVISORY


def _unaided(service: Service) -> Iterator[tuple[int | None, str, str, Keys, Enforcement | None]]:
    """The same of what no other resource scales; the service may, between two numbers of its own."""
    own, told = _capacity(service)
    floor, at = service.nodes.called("instances"), service.nodes.keys_of("instances")
    ceiling = service.most
    if ceiling is None or own is None or ceiling[2] is None or ceiling[2] <= own:
        yield own, told, floor, at, None
        return
    called, keys, most = ceiling
    yield most, f"is {most}", called, keys, None
    yield own, f"is {own}, which a peak meets before there are more", floor, at, Enforcement.ADVISORY


def _is_on(scaler: Subject) -> bool:
    """Whether it scales at all; what cannot be seen does."""
    try:
        return all(switch.is_on for switch in facets_of(scaler, ScalingSwitch))
    except ReadError:
        return True


def request_limits(service: Service, options: Options) -> tuple[timedelta, int]:
    """When a request is given up, and how many an instance takes at once.

    Of several doors the least patient counts, and the most generous: how their limits add up on an instance is
    not documented, and capacity must not be called too small for a guess.
    """
    limits = service.limits()
    at = service.nodes.keys_of("instances")
    try:
        timeouts = [each.timeout for each in limits if each.timeout is not None]
        concurrencies = [each.concurrency for each in limits if each.concurrency is not None]
        if not concurrencies and options.concurrency:
            concurrencies = [options.concurrency]
        if not timeouts and service.way.patience is not None:
            timeouts = [service.way.patience(service.item.address.own)]
    except ReadError:
        if service.way.doors is None:
            raise
        raise NotHere(at, f"needs the request limits of {service.way.doors.of.one}, which are not known") from None
    if not timeouts or not concurrencies:
        wanted = (
            "needs how many requests an instance takes at once, which no setting says; this rule's option concurrency"
        )
        raise NotHere(at, f"{wanted} can")
    return min(timeouts), max(concurrencies)


def _capacity(service: Service) -> tuple[int | None, str]:
    """How many instances there are, and how a finding puts it."""
    own = service.nodes.instances
    if own is not None:
        return own, f"is {own}"
    if service.way.around is None:
        return None, "is not set"
    label = service.way.around.to.label
    try:
        nodes = next(facets_of(service.around, Nodes), None) if service.around is not None else None
        above = nodes.instances if nodes is not None else None
    except ReadError:
        above = None
    if above is None:
        raise NotHere(service.nodes.keys_of("instances"), f"left to the {label}, whose capacity is not known")
    return above, f"is left to the {label}, which has {above}"


def scale_unit(service: Service) -> int:
    """How many instances one of its scale units has."""
    size = service.nodes.scale_unit_size
    return 1 if size is None else size


def target_of(demand: Demand, timeout: timedelta, options: Options) -> WaitTarget:
    """The wait that a demand wants; the timeout where it says none. Raises QueueingError for a share of one."""
    wait = timeout if demand.wait_target is None else demand.wait_target
    percentile = options.percentile if demand.wait_percentile is None else demand.wait_percentile
    if percentile < 1:
        meant = f"{100 * percentile:g} was probably meant"
        raise QueueingError(f"the percentile is {percentile:g}, which is less than one request of a hundred; {meant}")
    return WaitTarget(wait.total_seconds(), 1 - percentile / 100)
