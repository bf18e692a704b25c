"""An image is small enough for serverless."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, stack_rule
from inference_pools.rules.sagemaker._placed import Placed, placed
from inference_pools.stack import Stack


@stack_rule(
    id="serverless-image-small",
    title="An image is small enough for serverless",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Name an image for CPUs: serverless has no GPU, and takes images of up to 10 GB.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html",
)
def serverless_image_small(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """The libraries of a GPU make an image larger than serverless takes, and there is no GPU for them there."""
    for one in placed(stack):
        if one.is_serverless:
            yield one.model, _is_small(one)


def _is_small(one: Placed) -> Iterator[Finding]:
    image = one.container.image
    if image is not None and image.processor in ("gpu", "neuron"):
        yield Finding(
            one.container.keys_of("image"),
            f"is for {'GPUs' if image.processor == 'gpu' else 'Inferentia'}, and {one.where} is serverless, which has "
            "none and takes images of up to 10 GB",
        )
