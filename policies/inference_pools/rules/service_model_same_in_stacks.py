"""A service serves one model on all of its clouds, each in a stack of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, project_rule
from inference_pools.rules._clouds import models_differ
from inference_pools.services import services
from inference_pools.stack import Stack


@project_rule(
    id="service-model-same-in-stacks",
    title="A service serves one model in the stacks of all of its clouds",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    remedy=(
        "Serve the same model in the same version on every cloud. Where two services are meant, give each a tag "
        "service of its own."
    ),
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/projects/",
)
def service_model_same_in_stacks(
    stacks: Sequence[Stack], options: Options
) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Callers that are sent to one cloud or the other get other answers, and nobody knows why.

    What `service-model-same` compares within a stack is compared here where each cloud has a stack of its own.
    """
    for service in services(stacks):
        if not service.is_in_one_stack:
            yield from models_differ(service)
