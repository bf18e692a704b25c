"""A node that has died is noticed in time, and one that is only busy is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inference_pools.durations import format_iso, humanize
from inference_pools.facets import Probe
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.reader import ReadError
from inference_pools.rule import Option, Options, stack_rule
from inference_pools.serving import NotHere, Service, services
from inference_pools.shapes import Pool, facets_of
from inference_pools.stack import Stack


@stack_rule(
    id="probe-patience-bounded",
    title="Probes give up on a node neither late nor early",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Set failureThreshold and period so that their product is at least requestTimeout and at most {maximum}.",
    options={
        "maximum": Option(
            timedelta(minutes=5),
            "The longest that a node may stay silent until it is given up, failureThreshold times period. "
            "The default is what Azure's own defaults make: 30 times PT10S.",
        ),
        "against_request_timeout": Option(
            True, "Whether a liveness probe must bear with a node for as long as one request may take."
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online#probesettings",
)
def probe_patience_bounded(stack: Stack, options: Options) -> Iterator[tuple[Pool, Iterator[Finding]]]:
    """Until a dead node is given up, it is sent requests and answers none. A node that is given up before a long
    request can end is restarted for being busy."""
    probes = [(pool, probe) for pool in stack.pools for probe in facets_of(pool, Probe)]
    for pool, probe in probes:
        yield pool, _not_late(probe, options)
    if options.against_request_timeout and any(_asks(probe) for _, probe in probes):
        for service in services(stack):
            for probe in facets_of(service.holder, Probe):
                yield service.holder, _not_early(probe, service, options)


def _asks(probe: Probe) -> bool:
    """Whether it is a probe that is compared and is there, or may be."""
    try:
        return probe.name == "livenessProbe" and probe.is_set
    except ReadError:
        return True


def _not_late(probe: Probe, options: Options) -> Iterator[Finding]:
    # A startup probe has to bear with a node for as long as its model takes to load.
    if probe.name == "startupProbe" or not probe.is_set:
        return
    patience = probe.patience
    if patience > options.maximum:
        limit = humanize(options.maximum)
        message = f"gives a silent node up after {humanize(patience)} ({_product(probe)}), the limit is {limit}"
        yield Finding(probe.keys_of("probe"), message)


def _not_early(probe: Probe, service: Service, options: Options) -> Iterator[Finding]:
    # A readiness probe that fails while the node is busy keeps further requests away, which is what it is for.
    if probe.name != "livenessProbe" or not probe.is_set:
        return
    patience, timeout = probe.patience, _longest_timeout(probe, service)
    if timedelta(0) < patience < timeout:
        message = f"gives a silent node up after {humanize(patience)} ({_product(probe)}), a request may take"
        # No product is long enough for such a request and within the limit.
        shorter = (
            f"Set requestTimeout to {format_iso(options.maximum)} or less, "
            "and failureThreshold and period so that their product is at least that."
        )
        remedy = shorter if timeout > options.maximum else None
        yield Finding(probe.keys_of("probe"), f"{message} {humanize(timeout)}", remedy)


def _longest_timeout(probe: Probe, service: Service) -> timedelta:
    """How long a request may take that comes by the most patient endpoint; no time at all where none is known to."""
    if not service.doors:
        return timedelta(0)
    try:
        return max(limits.timeout for limits in service.limits())
    except ReadError:
        if service.doors == (service.holder,):
            raise
        raise NotHere(probe.keys_of("probe"), "needs the request timeout of an endpoint, which is not known") from None


def _product(probe: Probe) -> str:
    return f"{probe.failure_threshold} times {format_iso(probe.period)}"
