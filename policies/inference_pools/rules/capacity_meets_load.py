"""What a pool is asked to serve, it can serve, and soon enough."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from typing import Final

from inference_pools import option_checks
from inference_pools.durations import humanize
from inference_pools.facets import Load, RequestLimits
from inference_pools.facets.requests import LOAD_NAMES, LOAD_PREFIX
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.loads import capacities, request_limits, scale_unit, target_of
from inference_pools.near_words import did_you_mean
from inference_pools.path import Keys
from inference_pools.platforms.platform import Kind, Subject
from inference_pools.queueing import Queue, QueueingError, WaitTarget, smallest, smallest_without_queue
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
from inference_pools.stack import Stack
from inference_pools.view import facets_of


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
            False,
            "Whether the capacity counts scale units of so many instances, where a platform has scale units and no "
            "vendor says which it is.",
        ),
        "concurrency": Option(
            0,
            "How many requests an instance takes at once, where a platform has no setting that says so. 0: nobody "
            "knows, and nothing is judged there.",
            check=option_checks.not_negative,
        ),
        "load": Option(
            {},
            "The load of what holds instances by its name (or pool/group, endpoint/variant), in place of what it "
            "declares: {chat: {peak-rps: 40, service-time: PT0.2S, wait-target: PT1S, wait-percentile: 99}}.",
        ),
    },
    since="2026.12",
    source="https://www.win.tue.nl/~iadan/queueing.pdf",
)
def capacity_meets_load(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Capacity that is busy all the time answers nobody in time: waits grow without limit well before its instances
    are all needed on average. What is declared nowhere is not judged."""
    declared = False
    for subject in stack.subjects:
        for load in filter(may_be_declared, facets_of(subject, Load)):
            if is_declared(load):
                declared = True
                for one in (load, *map(load.of, load.parts)):
                    for part in LOAD_NAMES:
                        yield subject, _readable(one, part)
            yield subject, _declared_well(load, subject, options)
    if not (declared or options.load):
        return
    serving = services(stack)
    for subject in stack.subjects:
        parts = _parts_of(subject)
        if parts:
            yield subject, _divided(subject, parts, [each for each in serving if each.around is subject], options)
    for subject in stack.subjects:
        yield subject, _named(subject, serving)
    for service in serving:
        yield service.holder, _enough(service, options)


def _parts_of(subject: Subject) -> Kind | None:
    """The kind that holds the instances of what lies in a resource, which holds none itself."""
    ways = subject.platform.serving
    if any((way.holder, way.shape) == (subject.kind, subject.shape) for way in ways):
        return None
    return next((way.holder for way in ways if way.around and way.around.to == subject.kind), None)


def _readable(load: Load, part: str) -> Iterator[Finding]:
    getattr(load, part)
    yield from ()


def _declared_well(load: Load, subject: Subject, options: Options) -> Iterator[Finding]:
    """What is declared is complete, spelt right and not beside the point."""
    if not is_declared(load, unknown=options.on_unknown == "fail"):
        return
    misspelt = load.misspelt
    for meant, leaf in misspelt.items():
        yield Finding(leaf.keys, f"is no part of a load, did you mean {meant}?", _PARTS)
    yield from _complete(load)
    for limits in facets_of(subject, RequestLimits):
        timeout = limits.timeout
        if timeout is None:
            continue
        longer = f"Declare a shorter time, or give requests a longer {limits.called('timeout')}."
        given_up = f"and a request is given up after {humanize(timeout)}"
        service, target = load.service_time, load.wait_target
        if service is not None and service >= timeout:
            yield Finding(load.keys_of("service_time"), f"is {humanize(service)}, {given_up}", longer)
        if target is not None and target > timeout:
            yield Finding(load.keys_of("wait_target"), f"is {humanize(target)}, {given_up}", longer)


def _complete(load: Load) -> Iterator[Finding]:
    """Of each that a load is declared of there is all that is needed, be it what is declared of all."""
    written, misspelt = load.written, load.misspelt
    needed = (LOAD_NAMES["peak_rps"], LOAD_NAMES["service_time"])
    for part, own in load.parts.items() or [("", {})]:
        names = {name: f"{name}.{part}" if part else name for name in needed}
        missing = [full for name, full in names.items() if name not in {**written, **own} and full not in misspelt]
        if missing:
            at = next(iter(own.values())) if own else load.declared[0]
            yield Finding(at.keys, f"stands without {' and '.join(missing)}", _PARTS)


def _named(subject: Subject, services: list[Service]) -> Iterator[Finding]:
    """What is declared of one by its name is declared of one that there is."""
    loads = [load for load in facets_of(subject, Load) if is_declared(load) and load.parts]
    if not loads:
        return
    parts = [each for each in services if subject in (each.holder, each.around, *each.callers, *each.perhaps)]
    if not parts or not all(each.known_name for each in parts):
        return
    names = {each.name.casefold(): each.name for each in parts}
    label, has = parts[0].item.kind.label, ", ".join(sorted(names.values()))
    for load in loads:
        for name, own in load.parts.items():
            if name not in names:
                message = f"names no {label} of the {subject.kind.label}, which has {has}{did_you_mean(name, names)}"
                yield Finding(next(iter(own.values())).keys, message, _NAMED)


_NAMED: Final = "End it in the name of one, or leave the name out to declare the load of all."
_PARTS: Final = f"Declare {', '.join(LOAD_NAMES.values())}; the first two are needed."


def _divided(subject: Subject, parts: Kind, services: list[Service], options: Options) -> Iterator[Finding]:
    """A load of what holds no instances itself is that of the only thing in it; of several it says nothing."""
    declared = [load for load in facets_of(subject, Load) if is_declared(load)]
    if not declared:
        return
    at = declared[0].declared[0].keys
    whole, part = subject.kind.label, parts.label
    if not services:
        raise NotHere(at, f"needs the {part}s of the {whole}, and the stack has none")
    if not all(service.is_told_its_part or _has_demands(service, options) for service in services):
        message = f"says nothing of which of the {whole}'s {len(services)} {part}s serves it"
        doors = {service.way.doors.of.label for service in services if service.way.doors}
        beside = f", or on its {doors.pop()}s" if doors else ""
        yield Finding(at, message, f"Declare the load of each {part} on the {part}{beside}.")


def _has_demands(service: Service, options: Options) -> bool:
    """Whether a load is declared for it, readable or not: the resource itself is told of one that is not."""
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
            yield Finding(service.nodes.keys_of("instances"), f"cannot be judged: {error}")


def _misconfigured(service: Service, options: Options) -> Iterator[Finding]:
    """Entries of the rule's configuration that are no declaration; told where the instances are."""
    at = service.nodes.keys_of("instances")
    for name, entry in options.load.items():
        if not service.is_called(name):
            continue
        given = f"has the load {name} in the policy config, which"
        try:
            load = configured_load(entry)
            needed = {"peak-rps": load.peak_rps, "service-time": load.service_time}
            demand_of(load)
        except UnreadableError as error:
            part = str(error.keys[-1]).removeprefix(LOAD_PREFIX)
            yield Finding(at, f"{given} has a {part} that {error.message}", _CONFIG)
        except QueueingError as error:
            yield Finding(at, f"{given} cannot be judged: {error}", _CONFIG)
        except ValueError as error:
            yield Finding(at, f"{given} {error}", _CONFIG)
        else:
            missing = [part for part, value in needed.items() if value is None]
            if missing:
                yield Finding(at, f"{given} lacks {' and '.join(missing)}", _CONFIG)


_CONFIG: Final = "Write it as {peak-rps: 40, service-time: PT0.2S, wait-target: PT1S, wait-percentile: 99}."


def _judge(service: Service, demands: list[Demand], options: Options) -> Iterator[Finding]:
    """One queue before all that the instances can do at once."""
    without = service.way.at_once(service.item.address.own)
    if without is not None:
        yield from _without_instances(service, demands, *without, options)
        return
    timeout, concurrency = request_limits(service, options)
    per_instance = concurrency * (scale_unit(service) if options.capacity_counts_scale_units else 1)
    if per_instance < 1:
        return  # other rules speak of this
    traffic = reduce(operator.add, (demand.traffic for demand in demands))
    targets = [target_of(demand, timeout, options) for demand in demands]
    servers = max(smallest(traffic, target, utilisation=options.utilisation, step=per_instance) for target in targets)
    enough = servers // per_instance
    for capacity, told, to_set, at, enforcement in capacities(service):
        if capacity is not None and capacity >= enough:
            continue
        if capacity is None or capacity < 1:
            found = f"{told}, and a load of {traffic.load:.3g} erlangs is declared"
        else:
            queue = Queue(traffic, capacity * per_instance)
            waits = _describe(queue, targets, timeout, options.utilisation)
            found = f"{told}, good for {queue.servers} request{'s'[: queue.servers > 1]} at once: {waits}"
        yield Finding(
            at,
            f"{found}; the smallest capacity that would do is {enough}",
            f"Set {to_set} to {enough}, or let an instance take more requests at once, if it can.",
            enforcement,
        )
        return


def _without_instances(
    service: Service, demands: list[Demand], keys: Keys, at_once: int, options: Options
) -> Iterator[Finding]:
    """The same of what serves a number of requests at once, and has no instances. What is too much is turned away, and
    how long others may wait says nothing of it."""
    patience = service.way.patience
    if at_once < 1 or patience is None:
        return  # other rules speak of this
    timeout = patience(service.item.address.own)
    traffic = reduce(operator.add, (demand.traffic for demand in demands))
    targets = [target_of(demand, timeout, options) for demand in demands]
    excess = min(target.excess for target in targets)
    enough = smallest_without_queue(traffic, excess, utilisation=options.utilisation)
    if at_once < enough:
        lost = Queue(traffic, at_once).blocking
        found = (
            f"{_percent(lost, excess)} of the requests at the peak are turned away (the limit is {_percent(excess)})"
        )
        busy = traffic.load * (1 - lost) / at_once
        if busy > options.utilisation:
            found = (
                f"{found}, {_percent(busy, options.utilisation)} busy (the limit is {_percent(options.utilisation)})"
            )
        message = f"is {at_once}: {found}; the smallest that would do is {enough}"
        yield Finding(keys, message, f"Set {keys[-1]} to {enough}.")


def _describe(queue: Queue, targets: list[WaitTarget], timeout: timedelta, busiest: float) -> str:
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
