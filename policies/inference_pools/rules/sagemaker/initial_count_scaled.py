"""A variant starts with as many instances as its target keeps."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Hosting, ScalingBounds
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.reader import ReadError
from inference_pools.rule import Options, stack_rule
from inference_pools.rules.sagemaker._scaled import scaled_variants
from inference_pools.stack import Stack
from inference_pools.view import facets_of
from inference_pools.ways import facets_in


@stack_rule(
    id="initial-count-scaled",
    title="A variant starts within its bounds",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set initialInstanceCount to a number within the bounds of its scaling target.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html",
)
def initial_count_scaled(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Each deployment of a configuration brings its own count, and the target corrects it: instances made to
    be stopped, or too few while the new ones start."""
    for target, variant in scaled_variants(stack):
        yield variant.subject, _within(variant, target)


def _within(variant: Item, target: Item) -> Iterator[Finding]:
    bounds = next(facets_of(target.subject, ScalingBounds))
    try:
        least, most = bounds.least, bounds.most
    except ReadError:
        return  # the target's own judgement says so
    for hosting in facets_in(variant, Hosting):
        initial = hosting.initial
        if initial is None or least is None or most is None or least > most or least <= initial <= most:
            continue
        kept = f"at {most}" if least == most else f"from {least} to {most}"
        message = f"is {initial}, and {target.subject.resource.name} keeps it {kept}"
        nearest = least if initial < least else most
        yield Finding(hosting.keys_of("initial"), message, f"Set {hosting.called('initial')} to {nearest}.")
