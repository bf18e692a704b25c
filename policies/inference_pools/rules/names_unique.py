"""No two resources of a stack are one to the platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item, Name
from inference_pools.path import format_path
from inference_pools.platforms.platform import Edge, Subject, alike
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack


@stack_rule(
    id="names-unique",
    title="Names are taken once",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Give one of the two another name, or remove it.",
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/resources/names/",
)
def names_unique(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """A resource is known by its name: of two in one place the later overwrites the earlier, or is refused halfway.

    Two that have been given different ids are two, whatever they are called: they lie in different accounts.
    """
    for platform in dict.fromkeys(subject.platform for subject in stack.subjects):
        for kind, fields in platform.identities.own.items():
            alike = stack.items(kind)
            last = fields[-1]
            names = Counter(own.names[last] for own in alike)
            for own in alike:
                if len(alike) > 1:
                    yield own.subject, _is_taken(own, stack, names, fields)


def _is_taken(own: Item, stack: Stack, names: Mapping[Name, int], fields: Sequence[str]) -> Iterator[Finding]:
    last = fields[-1]
    # The name first: it is nearly always known and another, and then nothing else has to be known.
    if names[own.read(last)] < 2:
        return
    namesakes = stack.follow(own, Edge(own.kind, own.kind, alike(*fields)))
    earlier = (other for other in namesakes.sure if other.number < own.number)
    first = next((other for other in earlier if not _are_two(own.subject, other.subject)), None)
    if first is None and namesakes.perhaps:
        own.read_all(fields)
    if first is not None:
        where = f" in the same {fields[-2].replace('_', ' ')}" if len(fields) > 1 else ""
        leaf = own.address.leaf(last)
        other = first.subject.resource.name
        if first.subject is own.subject:
            other, where = format_path(first.address.own.keys), ""
        yield Finding(leaf.keys, f"is {leaf.text()!r}, like {other}{where}")


def _are_two(one: Subject, other: Subject) -> bool:
    ids = (one.resource.id, other.resource.id)
    return None not in ids and len({str(name).casefold() for name in ids}) > 1
