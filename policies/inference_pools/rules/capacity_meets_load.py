"""What a pool is asked to serve, it can serve, and soon enough."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from typing import Final

from inference_pools import option_checks
from inference_pools.catalog import Kind, Shape
from inference_pools.durations import humanize
from inference_pools.facets import Load, Nodes, RequestLimits
from inference_pools.facets.requests import LOAD_NAMES, LOAD_PREFIX
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.queueing import Queue, QueueingError, Target, smallest
from inference_pools.reader import ReadError, UnreadableError
from inference_pools.rule import Option, Options, stack_rule
from inference_pools.serving import (
    Demand,
    NotHere,
    Service,
    configured_load,
    demand_of,
    is_declared,
    may_be_declared,
    services,
)
from inference_pools.shapes import Pool, facets_of
from inference_pools.stack import Stack

_CAPACITY: Final = ("sku", "capacity")


@stack_rule(
    id="capacity-meets-load",
    title="Capacity is enough for the declared load",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Correct the declared load, or the options of this rule.",
    options={
        "percentile": Option(
            99.0,
            "Of a hundred requests, how many must not wait longer than the target, where a load does not say it.",
            check=option_checks.percentile,
        ),
        "utilisation": Option(
            1.0, "The greatest share of its time that an instance may be busy at the peak.", check=option_checks.share
        ),
        "capacity_counts_scale_units": Option(
            False, "Whether sku.capacity counts scale units of scaleUnitSize instances; Azure documents neither."
        ),
        "load": Option(
            {},
            "The load of a pool or group by its name (or pool/group), in place of what it declares: "
            "{chat: {peak-rps: 40, service-time: PT0.2S, wait-target: PT1S, wait-percentile: 99}}.",
        ),
    },
    since="2026.12",
    source="https://www.win.tue.nl/~iadan/queueing.pdf",
)
def capacity_meets_load(stack: Stack, options: Options) -> Iterator[tuple[Pool, Iterator[Finding]]]:
    """A pool that is busy all the time answers nobody in time: waits grow without limit well before its instances
    are all needed on average. What is declared nowhere is not judged."""
    declared = False
    for pool in stack.pools:
        for load in filter(may_be_declared, facets_of(pool, Load)):
            if is_declared(load):
                declared = True
                for part in LOAD_NAMES:
                    yield pool, _readable(load, part)
            yield pool, _declared_well(load, pool, options)
    if not (declared or options.load):
        return
    serving = services(stack)
    for pool in stack.of(Kind.POOL):
        if pool.shape is Shape.B:
            yield pool, _divided(pool, [service for service in serving if service.pool is pool], options)
    for service in serving:
        yield service.holder, _enough(service, options)


def _readable(load: Load, part: str) -> Iterator[Finding]:
    getattr(load, part)
    yield from ()


def _declared_well(load: Load, pool: Pool, options: Options) -> Iterator[Finding]:
    """What is declared is complete, spelt right and not beside the point."""
    if not is_declared(load, unknown=options.on_unknown == "fail"):
        return
    written, misspelt = load.written, load.misspelt
    for meant, leaf in misspelt.items():
        yield Finding(leaf.keys, f"is no part of a load, did you mean {meant}?", _PARTS)
    needed = (LOAD_NAMES["peak_rps"], LOAD_NAMES["service_time"])
    missing = [name for name in needed if name not in written and name not in misspelt]
    if missing:
        at = next(iter((written or misspelt).values())).keys
        yield Finding(at, f"stands without {' and '.join(missing)}", _PARTS)
    for limits in facets_of(pool, RequestLimits):
        timeout = limits.timeout
        given_up = f"and a request is given up after {humanize(timeout)}"
        service, target = load.service_time, load.wait_target
        if service is not None and service >= timeout:
            yield Finding(load.keys_of("service_time"), f"is {humanize(service)}, {given_up}", _TIMEOUT)
        if target is not None and target > timeout:
            yield Finding(load.keys_of("wait_target"), f"is {humanize(target)}, {given_up}", _TIMEOUT)


_PARTS: Final = f"Declare {', '.join(LOAD_NAMES.values())}; the first two are needed."
_TIMEOUT: Final = "Declare a shorter time, or give requests a longer requestTimeout."


def _divided(pool: Pool, groups: list[Service], options: Options) -> Iterator[Finding]:
    """A load of a whole pool of shape B is that of its only group; of several it says nothing."""
    declared = [load for load in facets_of(pool, Load) if is_declared(load)]
    if not declared:
        return
    at = next(iter((declared[0].written or declared[0].misspelt).values())).keys
    if not groups:
        raise NotHere(at, "needs the groups of the pool, and the stack has none")
    if not all(_has_demands(service, options) for service in groups):
        message = f"says nothing of which of the pool's {len(groups)} groups serves it"
        yield Finding(at, message, "Declare the load of each group on the group, or on its endpoints.")


def _has_demands(service: Service, options: Options) -> bool:
    """Whether a load is declared for a group, readable or not: the group itself is told of one that is not."""
    try:
        return bool(service.demands(options.load))
    except (ReadError, ValueError):
        return True


def _enough(service: Service, options: Options) -> Iterator[Finding]:
    wrong = list(_misconfigured(service, options))
    yield from wrong
    if not wrong:
        try:
            demands = service.demands(options.load)
            if demands:
                yield from _judge(service, demands, options)
        except QueueingError as error:
            yield Finding(_CAPACITY, f"cannot be judged: {error}")


def _misconfigured(service: Service, options: Options) -> Iterator[Finding]:
    """Entries of the rule's configuration that are no declaration; told where the instances are."""
    for name, entry in options.load.items():
        if not service.is_called(name):
            continue
        given = f"has the load {name} in the policy config, which"
        try:
            load = configured_load(entry)
            needed = {"peak-rps": load.peak_rps, "service-time": load.service_time}
            demand_of(load)
        except UnreadableError as error:
            yield Finding(
                _CAPACITY,
                f"{given} has a {str(error.keys[-1]).removeprefix(LOAD_PREFIX)} that {error.message}",
                _CONFIG,
            )
        except QueueingError as error:
            yield Finding(_CAPACITY, f"{given} cannot be judged: {error}", _CONFIG)
        except ValueError as error:
            yield Finding(_CAPACITY, f"{given} {error}", _CONFIG)
        else:
            missing = [part for part, value in needed.items() if value is None]
            if missing:
                yield Finding(_CAPACITY, f"{given} lacks {' and '.join(missing)}", _CONFIG)


_CONFIG: Final = "Write it as {peak-rps: 40, service-time: PT0.2S, wait-target: PT1S, wait-percentile: 99}."


def _judge(service: Service, demands: list[Demand], options: Options) -> Iterator[Finding]:
    """One queue before all that the instances can do at once."""
    timeout, concurrency = _limits(service)
    capacity, told = _capacity(service)
    per_instance = concurrency * (_scale_unit(service) if options.capacity_counts_scale_units else 1)
    if per_instance < 1:
        return  # other rules speak of this
    traffic = reduce(operator.add, (demand.traffic for demand in demands))
    targets = [_target(demand, timeout, options) for demand in demands]
    servers = max(smallest(traffic, target, utilisation=options.utilisation, step=per_instance) for target in targets)
    enough = servers // per_instance
    if capacity is not None and capacity >= enough:
        return
    if capacity is None or capacity < 1:
        found = f"{told}, and a load of {traffic.load:.3g} erlangs is declared"
    else:
        queue = Queue(traffic, capacity * per_instance)
        waits = _describe(queue, targets, timeout, options.utilisation)
        found = f"{told}, good for {queue.servers} request{'s'[: queue.servers > 1]} at once: {waits}"
    yield Finding(
        _CAPACITY,
        f"{found}; the smallest capacity that would do is {enough}",
        f"Set sku.capacity to {enough}, or let an instance take more requests at once, if it can.",
    )


def _limits(service: Service) -> tuple[timedelta, int]:
    """When a request is given up, and how many an instance takes at once.

    Of several endpoints the least patient counts, and the most generous: how their limits add up on an instance is
    not documented, and a pool must not be called too small for a guess.
    """
    limits = service.limits()
    try:
        return min(each.timeout for each in limits), max(each.concurrency for each in limits)
    except ReadError:
        if service.holder.shape is Shape.A:
            raise
        raise NotHere(_CAPACITY, "needs the request limits of an endpoint, which are not known") from None


def _capacity(service: Service) -> tuple[int | None, str]:
    """How many instances there are, and how a finding puts it."""
    own = _nodes(service.holder).instances
    if own is not None:
        return own, f"is {own}"
    if service.pool is service.holder:
        return None, "is not set"
    try:
        above = _nodes(service.pool).instances if service.pool is not None else None
    except ReadError:
        above = None
    if above is None:
        raise NotHere(_CAPACITY, "left to the pool, whose capacity is not known")
    return above, f"is left to the pool, which has {above}"


def _scale_unit(service: Service) -> int:
    size = _nodes(service.holder).scale_unit_size
    return 1 if size is None else size


def _nodes(pool: Pool) -> Nodes:
    return next(facets_of(pool, Nodes))


def _target(demand: Demand, timeout: timedelta, options: Options) -> Target:
    wait = timeout if demand.wait_target is None else demand.wait_target
    percentile = options.percentile if demand.wait_percentile is None else demand.wait_percentile
    if percentile < 1:
        meant = f"{100 * percentile:g} was probably meant"
        raise QueueingError(f"the percentile is {percentile:g}, which is less than one request of a hundred; {meant}")
    return Target(wait.total_seconds(), 1 - percentile / 100)


def _describe(queue: Queue, targets: list[Target], timeout: timedelta, busiest: float) -> str:
    """How busy the instances are, and how many requests wait how long."""
    given_up = timeout.total_seconds()

    def longer_than(seconds: float) -> str:
        words = humanize(timedelta(seconds=seconds))
        return f"longer than {f'the request timeout of {words}' if seconds == given_up else words}"

    busy = f"{_percent(queue.utilisation, 1.0)} busy at the peak"
    if not queue.is_stable:
        return f"{busy}, so the queue grows without limit, and every request comes to wait {longer_than(given_up)}"
    if queue.utilisation > busiest:
        busy = f"{busy} (the limit is {_percent(busiest)})"
    limits = {target.wait: target.excess for target in sorted(targets, key=lambda target: -target.excess)}
    parts = [busy, f"{_percent(queue.waiting)} of the requests wait"]
    for wait in sorted({*limits, given_up}):
        part = f"{_percent(queue.waits_longer_than(wait), limits.get(wait))} {longer_than(wait)}"
        parts.append(f"{part} (the limit is {_percent(limits[wait])})" if wait in limits else part)
    return ", ".join(parts)


def _percent(share: float, limit: float | None = None) -> str:
    """A share in per cent: three digits, or as many as tell it from its limit."""
    percent = 100 * share
    if 0 < percent < 0.001:
        return "less than 0.001 %"
    for digits in range(3, 10):
        text = f"{percent:.{digits}g} %"
        if percent < 1000 and (limit is None or share == limit or text != _percent(limit)):
            return text
    return f"{percent:,.0f} %"
