"""A variant that is scaled runs on machines that AWS scales."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inference_pools.facets import Hosting
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, stack_rule
from inference_pools.rules.sagemaker._scaled import scaled_variants
from inference_pools.stack import Stack
from inference_pools.ways import facets_in

_BURSTABLE: Final = re.compile(r"ml\.t\d", re.ASCII)


@stack_rule(
    id="scaled-machine-scales",
    title="A scaled variant is on machines that can be scaled",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Use an instance type of another family, for example ml.m5.large.",
    since="2026.12",
    source="https://github.com/aws/aws-cdk/pull/22886",
)
def scaled_machine_scales(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """AWS scales no burstable instances: their type tells nothing of what they can do at any moment."""
    for target, variant in scaled_variants(stack):
        yield variant.subject, _scales(variant, target)


def _scales(variant: Item, target: Item) -> Iterator[Finding]:
    for hosting in facets_in(variant, Hosting):
        machine = hosting.machine
        if machine is not None and _BURSTABLE.match(machine):
            message = f"is {machine!r}, which is burstable, and {target.subject.resource.name} is to scale it"
            yield Finding(hosting.keys_of("machine"), message)
