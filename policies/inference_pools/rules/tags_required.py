"""Every resource says whose it is and what it is for."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Tags
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Judgement, Option, Options, rule


@rule(
    Tags,
    id="tags-required",
    title="Required tags are set",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Give the resource the {tags_noun} {required}, each with a value.",
    options={
        "required": Option(
            ("owner", "environment", "costcenter"),
            "The names of the tags, compared without regard to case.",
        )
    },
    since="2026.12",
)
def tags_required(tags: Tags, options: Options) -> Iterator[Judgement]:
    """Capacity that stays warm costs money day and night; someone must be there to ask whether it is needed."""
    written = tags.names
    missing = [name for name in options.required if name.casefold() not in written]
    if missing:
        yield _lacks(tags, missing)
    for name in options.required:
        if name.casefold() in written:
            yield _has_value(tags, written[name.casefold()])


def _lacks(tags: Tags, missing: list[str]) -> Iterator[Finding]:
    tags.see_all()
    yield Finding("", f"lacks {', '.join(missing)}")


def _has_value(tags: Tags, name: str) -> Iterator[Finding]:
    if not (tags.value(name) or "").strip():
        yield Finding(name, "has no value")
