"""A resource has the same shape in every stack of a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference_pools.counterparts import Member, counterparts
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_pools.versions import version_of
from inference_pools.platforms.names import AZURE_POOLS
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Option, Options, project_rule
from inference_pools.stack import Stack


@project_rule(
    id="api-shape-agrees",
    title="Production has the API version of the other stacks",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_POOLS,
    remedy="Move all stacks of the project to one API version, the one outside production first.",
    options={
        "versions": Option(
            False,
            "Whether to report different API versions of one content, too. By default only those are reported that "
            "have other properties: 2024-04-01-preview and earlier against 2024-10-01-preview and later.",
        )
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
)
def api_shape_agrees(stacks: Sequence[Stack], options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Between the two contents of the API a pool's model, limits and groups move: what was tried is not what runs."""
    for member, others in counterparts(stacks):
        yield member.subject, _agrees(member, others, options)


def _agrees(member: Member, others: Sequence[Member], options: Options) -> Iterator[Finding]:
    own = version_of(member.subject.resource)
    for other in others:
        theirs = version_of(other.subject.resource)
        differ = options.versions and own is not None and theirs is not None and own != theirs
        if differ or member.subject.shape != other.subject.shape:
            yield Finding((), f"is made with {_said(own, member)}, in {other.stack.name} with {_said(theirs, other)}")


def _said(version: str | None, member: Member) -> str:
    return f"API version {version}" if version else f"an API version of shape {member.subject.shape}"
