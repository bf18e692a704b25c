"""An image is for the processor of the machine that it runs on."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker import machines
from inference_pools.rule import Options, stack_rule
from inference_pools.rules.sagemaker._placed import Placed, placed
from inference_pools.stack import Stack


@stack_rule(
    id="image-fits-machine",
    title="An image is for its machine",
    severity=Severity.HIGH,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Choose the image for the machine, or the machine for the image.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html",
)
def image_fits_machine(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """An image for CPUs leaves a GPU idle that is paid for; one for GPUs finds none, and starts slowly or not at all.

    What an image is for is told by its tag (`-cpu-`, `-gpu-`, `cu124`), or by AWS's table of its own images.
    """
    for one in placed(stack):
        if not one.is_serverless:
            yield one.model, _fits(one)


def _fits(one: Placed) -> Iterator[Finding]:
    machine, image = one.machine, one.container.image
    gpus = machines.gpus(machine) if machine else None
    if image is None or gpus is None:
        return
    keys = one.container.keys_of("image")
    where = f"of {one.where}"
    if gpus and image.processor == "cpu":
        has = machines.accelerator(machine or "") or "GPUs"
        yield Finding(keys, f"is for CPUs, and {machine} {where} has {gpus} x {has}, which would be idle")
    elif not gpus and image.processor == "gpu":
        yield Finding(keys, f"is for GPUs, and {machine} {where} has none")
