"""A stack that rests on a preview API says so."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_pools.versions import version_of
from inference_pools.platforms.names import AZURE_POOLS
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Option, Options, stack_rule
from inference_pools.stack import Stack


@stack_rule(
    id="preview-api-noted",
    title="The stack rests on a preview API",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_POOLS,
    remedy="Agree who watches for changes of the API, and waive the note until the day it is looked at again.",
    options={
        "report": Option(
            False,
            "Whether to say so, once a stack. No stable API version has inference pools, so the note is about every "
            "stack that has one; it is for organisations that keep a list of previews in production.",
        )
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
)
def preview_api_noted(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Previews come without a service-level agreement, may change, and end on a date that someone has to know."""
    if options.report and stack.subjects:
        yield stack.subjects[0], _note(stack)


def _note(stack: Stack) -> Iterator[Finding]:
    versions = sorted({version for subject in stack.subjects if (version := version_of(subject.resource))})
    count = len(stack.subjects)
    resources = f"{count} resources are" if count > 1 else "one resource is"
    used = f" ({', '.join(versions)})" if versions else ""
    yield Finding((), f"{resources} made with a preview API{used}; no stable API version has inference pools")
