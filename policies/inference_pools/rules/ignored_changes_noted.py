"""A verdict is about what is deployed."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import IgnoredChange
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    IgnoredChange,
    id="ignored-changes-noted",
    title="What is judged arrives",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Take it out of ignore_changes, or waive this for what something else sets, such as an autoscaler.",
    options={
        "accepted": Option(
            ("tags",),
            "Properties that may be left out of updates: tags, since policies of a cloud write some by themselves.",
        ),
    },
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/",
)
def ignored_changes_noted(change: IgnoredChange, options: Options) -> Iterator[Finding]:
    """Whatever the program says of it now, what is deployed stays as it was: a verdict about it is about neither.

    With `*` that holds for the whole resource. Only what the program writes is noted; the first deployment takes it.
    """
    if change.path in options.accepted or not change.is_written:
        return
    what = "all of it is" if change.path == "*" else "is"
    yield Finding("", f"{what} in ignoreChanges, so no edit arrives: what is judged may not be what is deployed")
