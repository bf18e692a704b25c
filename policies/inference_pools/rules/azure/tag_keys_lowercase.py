"""No two tags are one to Azure, and names of tags are in lower case where that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from inference_pools import edits
from inference_pools.facets import Tags
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE
from inference_pools.platforms.platform import Subject
from inference_pools.rule import Judgement, Option, Options, rule
from inference_pools.values import Json
from inference_pools.view import facets_of


def _fix(subject: Subject, options: Options) -> Mapping[str, Json] | None:
    """The tags under lower-case names; as they are where two would become one."""
    properties = subject.resource.properties
    for tags in facets_of(subject, Tags):
        names = _written(tags)
        taken = {name for twins in _twins(names) for name in twins}
        to_lower = {name for name in names if name != name.lower() and name not in taken and options.lowercase}
        if to_lower:

            def lowered(value: dict[str, Json], to_lower: Iterable[str] = frozenset(to_lower)) -> dict[str, Json]:
                return {name.lower() if name in to_lower else name: tag for name, tag in value.items()}

            properties = edits.changed(properties, tags.own.keys, lowered)
    return None if properties is subject.resource.properties else properties


@rule(
    Tags,
    id="tag-keys-lowercase",
    title="Tag names differ in more than case",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE,
    remedy="Write the tag's name in lower case.",
    options={
        "lowercase": Option(
            False,
            "Whether names have to be in lower case. Without it only tags of different values are found whose names "
            "Azure takes for one. The level remediate renames tags, and never chooses between two.",
        )
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/resource-tagging",
    fix=_fix,
)
def tag_keys_lowercase(tags: Tags, options: Options) -> Iterator[Judgement]:
    """Azure takes `Owner` and `owner` for one tag, reports and programs for two."""
    names = _written(tags)
    twins = list(_twins(names))
    for first, *others in twins:
        for other in others:
            yield _twin(tags, first, other, options)
    if options.lowercase:
        taken = {name for group in twins for name in group}
        for name in names:
            if name != name.lower() and name not in taken:
                yield Finding(name, "has upper-case letters in its name", f"Rename it to {name.lower()}.")


def _twin(tags: Tags, first: str, other: str, options: Options) -> Iterator[Finding]:
    """Two tags that Azure takes for one. With the same value they are but written twice."""
    if options.lowercase or tags.value(first) != tags.value(other):
        yield Finding(
            other, f"is one tag with {first!r}: Azure tells no upper from lower case", "Remove one of the two."
        )


def _written(tags: Tags) -> list[str]:
    return sorted(name for name, _ in tags.own.members())


def _twins(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The names that Azure takes for one."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(name.casefold(), []).append(name)
    return (tuple(group) for group in alike.values() if len(group) > 1)
