"""An image is in the region where it runs."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Container
from inference_pools.rule import Options, rule


@rule(
    Container,
    id="image-region-matches",
    title="An image is in the region where it runs",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Push the image to a repository in the region of the stack, and name it there.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html",
)
def image_region_matches(container: Container, options: Options) -> Iterator[Finding]:
    """SageMaker fetches images from its own region only, and refuses the model whose image is elsewhere.

    aws-native says the region of its provider in no input: its models are not judged.
    """
    image, region = container.image, container.region
    if image is None or region is None or image.region in ("", region):
        return
    there = image.is_aws and image.account_in(region)
    remedy = f"Name AWS's own in {region}: {image.host_in(region)}/{image.repository}:{image.tag}." if there else None
    yield Finding("image", f"is in {image.region}, and SageMaker in {region} fetches no image from there", remedy)
