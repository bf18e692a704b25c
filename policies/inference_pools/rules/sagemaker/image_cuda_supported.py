"""The host has a driver for the CUDA of an image."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker import machines
from inference_pools.platforms.sagemaker.hosts import NEWEST_CUDA_HOST, cuda_of
from inference_pools.rule import Options, stack_rule
from inference_pools.rules.sagemaker._placed import Placed, placed
from inference_pools.stack import Stack

_OF_THE_DEFAULT = 12
"""The CUDA, by its major version, that the host has where inferenceAmiVersion is left out. No page says it: threads
about images for CUDA 13 (aws/deep-learning-containers 6187, 4990) show that it is no later one."""


@stack_rule(
    id="image-cuda-supported",
    title="The host has the CUDA of the image",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy=f"Set inferenceAmiVersion of the variant to {NEWEST_CUDA_HOST}, or choose an image for CUDA 12.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
)
def image_cuda_supported(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """A container finds no GPU whose driver is older than its CUDA asks for, and never becomes healthy.

    Within a major version an older driver will do.
    """
    for one in placed(stack):
        yield one.config, _has_driver(one)


def _has_driver(one: Placed) -> Iterator[Finding]:
    # The image is the model's: where it cannot be seen, its own judgements say so.
    image, machine = one.image, one.machine
    needed = image.cuda if image is not None else None
    if image is None or needed is None or not machine or not machines.gpus(machine):
        return
    host = one.host
    has = cuda_of(host) if host else None
    major = has[0] if has else _OF_THE_DEFAULT
    if needed[0] <= major or (host and has is None):
        return
    asked = f"image {image.repository}:{image.tag} of {one.model.resource.name} is for CUDA {needed[0]}.{needed[1]}"
    if host and has:
        yield Finding(one.host_keys, f"is {host}, whose driver is for CUDA {has[0]}.{has[1]}, and the {asked}")
    else:
        yield Finding(one.host_keys, f"is not said, and the {asked}, later than the default host's")
