"""A service has one owner on all of its clouds, each in a stack of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference_pools import owners
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, project_rule
from inference_pools.rules._clouds import owners_differ
from inference_pools.services import services
from inference_pools.stack import Stack


@project_rule(
    id="service-owner-same-in-stacks",
    title="A service has one owner in the stacks of all of its clouds",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy=(
        "Let the tags name one owner, or say in owners.yaml that both are one. Where two services are "
        "meant, give each a tag service of its own."
    ),
    options={"owners": owners.option()},
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/projects/",
)
def service_owner_same_in_stacks(
    stacks: Sequence[Stack], options: Options
) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Two owners of one service each take the other for the one who answers.

    What `service-owner-same` compares within a stack is compared here where each cloud has a stack of its own.
    """
    for service in services(stacks):
        if not service.is_in_one_stack:
            yield from owners_differ(service, options.owners)
