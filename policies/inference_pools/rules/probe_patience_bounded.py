"""A node that has died is noticed in time, and one that is only busy is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inference_pools.durations import format_iso, humanize
from inference_pools.facets import Probe, RequestLimits
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.platform import Subject
from inference_pools.reader import ReadError
from inference_pools.rule import Option, Options, stack_rule
from inference_pools.serving import NotHere, Service, services
from inference_pools.stack import Stack
from inference_pools.view import called, facets_of


@stack_rule(
    id="probe-patience-bounded",
    title="Probes give up on a node neither late nor early",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Set failure threshold and period so that their product is at least the request timeout and at most "
    "{maximum}.",
    options={
        "maximum": Option(
            timedelta(minutes=5),
            "The longest that a node may stay silent until it is given up, failure threshold times period. "
            "The default is 30 times PT10S.",
        ),
        "against_request_timeout": Option(
            True, "Whether a liveness probe must bear with a node for as long as one request may take."
        ),
    },
    since="2026.12",
)
def probe_patience_bounded(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Until a dead node is given up, it is sent requests and answers none. A node that is given up before a long
    request can end is restarted for being busy."""
    probes = [(subject, probe) for subject in stack.subjects for probe in facets_of(subject, Probe)]
    for subject, probe in probes:
        yield subject, _not_late(probe, subject, options)
    if options.against_request_timeout and any(_asks(probe) for _, probe in probes):
        for service in services(stack):
            for probe in facets_of(service.holder, Probe):
                yield service.holder, _not_early(probe, service, options)


def _asks(probe: Probe) -> bool:
    """Whether it is a probe that is compared and is there, or may be."""
    try:
        return probe.asks == "alive" and probe.is_set
    except ReadError:
        return True


def _not_late(probe: Probe, subject: Subject, options: Options) -> Iterator[Finding]:
    # A startup probe has to bear with a node for as long as its model takes to load.
    if probe.asks == "started" or not probe.is_set:
        return
    patience = probe.patience
    if patience > options.maximum:
        limit = humanize(options.maximum)
        message = f"gives a silent node up after {humanize(patience)} ({_product(probe)}), the limit is {limit}"
        yield Finding(probe.keys_of("probe"), message, _remedy(probe, subject, options))


def _not_early(probe: Probe, service: Service, options: Options) -> Iterator[Finding]:
    # A readiness probe that fails while the node is busy keeps further requests away, which is what it is for.
    if probe.asks != "alive" or not probe.is_set:
        return
    patience, timeout = probe.patience, _longest_timeout(probe, service)
    if timedelta(0) < patience < timeout:
        message = f"gives a silent node up after {humanize(patience)} ({_product(probe)}), a request may take"
        # No product is long enough for such a request and within the limit.
        shorter = (
            f"Set {called(service.holder, RequestLimits, 'timeout')} to {format_iso(options.maximum)} or less, "
            f"and {_both(probe)} so that their product is at least that."
        )
        remedy = shorter if timeout > options.maximum else _remedy(probe, service.holder, options)
        yield Finding(probe.keys_of("probe"), f"{message} {humanize(timeout)}", remedy)


def _remedy(probe: Probe, subject: Subject, options: Options) -> str:
    timeout, maximum = called(subject, RequestLimits, "timeout"), format_iso(options.maximum)
    return f"Set {_both(probe)} so that their product is at least {timeout} and at most {maximum}."


def _both(probe: Probe) -> str:
    return f"{probe.called('failure_threshold')} and {probe.called('period')}"


def _longest_timeout(probe: Probe, service: Service) -> timedelta:
    """How long a request may take that comes by the most patient endpoint; no time at all where none is known to."""
    if not service.doors:
        return timedelta(0)
    try:
        return max((limits.timeout or timedelta(0) for limits in service.limits()), default=timedelta(0))
    except ReadError:
        if service.has_own_limits:
            raise
        assert service.way.doors is not None
        words = f"needs the request timeout of {service.way.doors.of.one}, which is not known"
        raise NotHere(probe.keys_of("probe"), words) from None


def _product(probe: Probe) -> str:
    return f"{probe.failure_threshold} times {format_iso(probe.period)}"
