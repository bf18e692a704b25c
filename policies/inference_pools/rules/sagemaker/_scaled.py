"""Which variants a target scales the instances of."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.joins import Item
from inference_pools.platforms.sagemaker.edges import TARGET_TO_VARIANTS
from inference_pools.platforms.sagemaker.kinds import TARGET
from inference_pools.platforms.sagemaker.scaled import INSTANCES
from inference_pools.stack import Stack
from inference_pools.ways import surely_along


def scaled_variants(stack: Stack) -> Iterator[tuple[Item, Item]]:
    """Each target with each variant whose instances it scales for sure, in the stack's order."""
    for target in stack.items(TARGET):
        name = target.names["variant"]
        if target.names["dimension"] == INSTANCES and isinstance(name, str):
            for variant in surely_along(stack, target, *TARGET_TO_VARIANTS):
                if variant.names["variant"] == name:
                    yield target, variant
