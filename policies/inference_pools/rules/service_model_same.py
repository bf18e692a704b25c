"""A service serves one model on all of its clouds."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, stack_rule
from inference_pools.rules._clouds import models_differ
from inference_pools.services import services
from inference_pools.stack import Stack


@stack_rule(
    id="service-model-same",
    title="A service serves one model on all of its clouds",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    remedy=(
        "Serve the same model in the same version on every cloud. Where two services are meant, give each a tag "
        "service of its own."
    ),
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/projects/",
)
def service_model_same(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Callers that are sent to one cloud or the other get other answers, and nobody knows why.

    A service is told by its tag `service`, else by its name without the words for cloud, kind, region and environment.
    Models are compared by name and version, as an id, a path such as `s3://models/fraud/7/`, a publisher's or Hugging
    Face's name has them, images by their digest. What says neither is reported as not judged.
    """
    for service in services([stack]):
        yield from models_differ(service)
