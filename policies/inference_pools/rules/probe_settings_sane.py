"""A probe asks questions that can be answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inference_pools.durations import humanize
from inference_pools.facets import Probe
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Judgement, Option, Options, rule


@rule(
    Probe,
    id="probe-settings-sane",
    title="Probe settings make sense",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Correct the setting, or leave it out.",
    options={
        "most_failures": Option(100, "The greatest failure threshold."),
        "shortest": Option(
            timedelta(seconds=1), "The shortest timeout, period and initial delay; the least that is documented."
        ),
        "longest_period": Option(timedelta(minutes=5), "The longest period, and so the longest timeout."),
        "longest_delay": Option(timedelta(hours=1), "The longest initial delay: large models take long to load."),
    },
    since="2026.12",
)
def probe_settings_sane(probe: Probe, options: Options) -> Iterator[Judgement]:
    """A probe that asks again before it has its answer, or is content with none, takes good nodes away or leaves
    dead ones in."""
    if probe.is_set:
        yield _failures(probe, options)
        yield _successes(probe)
        yield _timeout(probe, options)
        yield _period(probe, options)
        yield _one_at_a_time(probe)
        yield _delay(probe, options)


def _failures(probe: Probe, options: Options) -> Iterator[Finding]:
    failures = probe.failure_threshold
    at, default = probe.called("failure_threshold"), probe.place.at["failure_threshold"].default
    remedy = f"Set {at} to a number from 1 to {options.most_failures}; it is {default} when it is left out."
    if failures < 1:
        yield Finding("failure_threshold", f"is {failures}, the least is 1", remedy)
    if failures > options.most_failures:
        yield Finding("failure_threshold", f"is {failures}, the limit is {options.most_failures}", remedy)


def _successes(probe: Probe) -> Iterator[Finding]:
    successes = probe.success_threshold
    remedy = f"Set {probe.called('success_threshold')} to 1, or leave it out."
    if successes < 1:
        yield Finding("success_threshold", f"is {successes}, the least is 1", remedy)
    if successes > 1 and probe.asks == "alive":
        yield Finding("success_threshold", f"is {successes}, a liveness probe takes 1 only", remedy)


def _duration(
    probe: Probe, field: str, value: timedelta | None, options: Options, longest: timedelta
) -> Iterator[Finding]:
    if value is None:
        return
    least, most = (probe.as_written(field, duration) for duration in (options.shortest, longest))
    remedy = f"Set it to a duration from {least} to {most}, or leave it out."
    if value < options.shortest:
        yield Finding(field, f"is {humanize(value)}, the least is {humanize(options.shortest)}", remedy)
    if value > longest:
        yield Finding(field, f"is {humanize(value)}, the limit is {humanize(longest)}", remedy)


def _period(probe: Probe, options: Options) -> Iterator[Finding]:
    yield from _duration(probe, "period", probe.period, options, options.longest_period)


def _timeout(probe: Probe, options: Options) -> Iterator[Finding]:
    yield from _duration(probe, "timeout", probe.timeout, options, options.longest_period)


def _delay(probe: Probe, options: Options) -> Iterator[Finding]:
    yield from _duration(probe, "initial_delay", probe.initial_delay, options, options.longest_delay)


def _one_at_a_time(probe: Probe) -> Iterator[Finding]:
    timeout, period = probe.timeout, probe.period
    if timeout <= period:
        return
    waits, asks = humanize(timeout), humanize(period)
    shorter, longer = probe.as_written("timeout", period), probe.as_written("period", timeout)
    at_timeout, at_period = probe.called("timeout"), probe.called("period")
    if probe.leaf("timeout").present:
        remedy = f"Set {at_timeout} to {shorter} or less, or {at_period} to {longer} or more."
        yield Finding("timeout", f"is {waits}, and the next question is asked after {asks}", remedy)
    else:
        default = probe.as_written("timeout", timeout)
        remedy = f"Set {at_timeout} to {shorter} or less: it is {default} when it is left out."
        yield Finding("period", f"is {asks}, and a question waits {waits} for its answer", remedy)
