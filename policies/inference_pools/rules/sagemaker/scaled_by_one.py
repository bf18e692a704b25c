"""How many instances there are is decided in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from inference_pools.facets import Hosting
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.edges import TARGET_TO_VARIANTS
from inference_pools.platforms.sagemaker.kinds import TARGET
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.ways import facets_in, surely_along


@stack_rule(
    id="scaled-by-one",
    title="One thing decides how many instances there are",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Keep one of the two.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantManagedInstanceScaling.html",
)
def scaled_by_one(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """A target is registered by what it scales: a second one overwrites the first, whichever comes later. And managed
    instance scaling sets the number of instances that a target sets as well."""
    same: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for target in stack.items(TARGET):
        resource, dimension = target.names["resource"], target.names["dimension"]
        if isinstance(resource, str) and isinstance(dimension, str):
            same[resource, dimension].append(target)
        yield target.subject, _beside_managed(target, stack)
    for targets in same.values():
        for target in targets[1:]:
            yield target.subject, _twice(target, targets)


def _twice(target: Item, targets: Sequence[Item]) -> Iterator[Finding]:
    first = targets[0].subject.resource.name
    leaf = target.address.leaf("resource")
    message = f"is {leaf.text()!r}, which {first} scales in the same dimension: the later one overwrites the other"
    yield Finding(leaf.keys, message, f"Make one target of {first} and this.")


def _beside_managed(target: Item, stack: Stack) -> Iterator[Finding]:
    name = target.address.name("variant")
    variants = surely_along(stack, target, *TARGET_TO_VARIANTS) if name else ()
    for variant in variants:
        if variant.names["variant"] == name and any(each.managed == "ENABLED" for each in facets_in(variant, Hosting)):
            message = f"names the variant {name!r}, whose instances are scaled by its managedInstanceScaling as well"
            remedy = (
                "Leave managedInstanceScaling out, or the target; where there are inference components, scale those."
            )
            yield Finding(target.address.leaf("variant").keys, message, remedy)
