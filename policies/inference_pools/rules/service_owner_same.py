"""A service has one owner on all of its clouds."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools import owners
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Options, stack_rule
from inference_pools.rules._clouds import owners_differ
from inference_pools.services import services
from inference_pools.stack import Stack


@stack_rule(
    id="service-owner-same",
    title="A service has one owner on all of its clouds",
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
def service_owner_same(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Two owners of one service each take the other for the one who answers.

    On some clouds a tag cannot hold an address: who is meant by it a mapping says (`owners`), and what that does not
    name is compared by the part before the @.
    """
    for service in services([stack]):
        yield from owners_differ(service, options.owners)
