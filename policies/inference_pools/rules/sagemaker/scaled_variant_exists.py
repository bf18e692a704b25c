"""The variant that is scaled is one that the endpoint has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.near_words import did_you_mean
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.edges import TARGET_TO_VARIANTS, VARIANT_TO_CONFIG
from inference_pools.platforms.sagemaker.kinds import CONFIG, TARGET
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.ways import along


@stack_rule(
    id="scaled-variant-exists",
    title="What is scaled is a variant of the endpoint",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Name a variant of the endpoint's configuration, whose variantName is written there.",
    since="2026.12",
    source="https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
)
def scaled_variant_exists(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """A target that names no variant of its endpoint is refused. Where the configuration leaves a variant's name out,
    the provider makes one up, and another at each replacement: no text in a program ever matches it."""
    for target in stack.items(TARGET):
        yield target.subject, _exists(target, stack)


def _exists(target: Item, stack: Stack) -> Iterator[Finding]:
    made_up = _made_up(target, stack)
    if made_up is not None:
        yield made_up
        return
    variants = along(stack, target, *TARGET_TO_VARIANTS)
    if not variants.sure or variants.perhaps:
        return  # they are made elsewhere, or nobody knows yet which they are
    name = target.address.name("variant")
    if name is None or any(
        variant.names["variant"] == name or "variant" in variant.hidden for variant in variants.sure
    ):
        return
    yield _missing(target, name, variants.sure)


def _made_up(target: Item, stack: Stack) -> Finding | None:
    """What is said of a target that is made from the name which the provider gives a variant."""
    leaf = target.address.leaf("variant")
    if "variant" not in target.hidden:
        return None
    made_from = set(target.made_from("variant"))
    for config in stack.items(CONFIG):
        if config.subject.resource.urn in made_from and _unnamed(stack.leading_to(config, VARIANT_TO_CONFIG).sure):
            message = "is made from a variant's name that the provider makes up anew whenever the configuration changes"
            return Finding(leaf.keys, f"{message}: the target is replaced each time", "Write the variantName there.")
    return None


def _unnamed(variants: Sequence[Item]) -> bool:
    return any(variant.names["variant"] is None and "variant" not in variant.hidden for variant in variants)


def _missing(target: Item, name: str, variants: Sequence[Item]) -> Finding:
    keys = target.address.leaf("variant").keys
    if _unnamed(variants):
        message = f"names the variant {name!r}, and the configuration leaves variantName out: the provider makes one up"
        return Finding(keys, message, f"Set variantName to {name} in the configuration.")
    names = sorted({str(variant.names["variant"]) for variant in variants})
    has = ", ".join(repr(one) for one in names)
    message = f"names the variant {name!r}, the endpoint's configuration has {has}{did_you_mean(name, names)}"
    return Finding(keys, message, f"Name {' or '.join(names)}.")
