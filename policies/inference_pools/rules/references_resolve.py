"""What a resource names is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.near_words import nearest
from inference_pools.platforms.platform import Reference, Subject
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack

_SHOWN: Final = 5
"""How many names a message lists."""
_NEAR: Final = 0.87
"""How alike a misspelt name is: `grp-caht` is grp-chat, but `pool-chat-dev-001` is not pool-chat-prod-001."""


@stack_rule(
    id="references-resolve",
    title="What is named is there",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Name a resource that is there; best by its own output.",
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/inputs-outputs/",
)
def references_resolve(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """The tie between two resources is a text: a slip in it fails in the middle of a deployment, or leads to another's.

    Where a name is not known yet, the outputs that it is made from tell what it means.
    """
    for platform in dict.fromkeys(subject.platform for subject in stack.subjects):
        for reference in platform.references:
            for own in stack.items(reference.edge.of):
                yield own.subject, _is_there(own, reference, stack)


def _is_there(own: Item, reference: Reference, stack: Stack) -> Iterator[Finding]:
    field = reference.edge.names
    found = stack.follow(own, reference.edge)
    if found.sure or (found.perhaps and not reference.known_first and own.names[field] is not None):
        return
    mistaken = _mistaken(own, reference, stack)
    if mistaken is not None:
        yield mistaken
        return
    others = stack.follow(own, reference.others)
    if not (others or reference.known_first):
        return  # it is made elsewhere
    name = own.address.name(field)
    if name is None:
        return
    astray = _led_astray(own, reference)
    if astray is not None:
        yield astray
        return
    if reference.known_first and (found.perhaps or not others):
        return
    surely = reference.sure is not None and bool(stack.follow(own, reference.sure).sure)
    if not others.sure:
        own.read_all(theirs for theirs, _ in (*reference.others.by, *reference.others.against))
    yield from _missing(own, name, reference, others.sure, surely=surely)


def _mistaken(own: Item, reference: Reference, stack: Stack) -> Finding | None:
    """What is said of a name that is another kind's: by the name, or by what it was made from where that is hidden."""
    field, wanted = reference.edge.names, reference.edge.to.one
    name, urns = own.names.get(field), own.made_from(field)
    for kind, named in reference.mistaken:
        for other in stack.items(kind):
            if other.subject.resource.urn in urns or (isinstance(name, str) and other.names.get(named) == name):
                made = other.subject.resource.name
                message = f"names the {kind.label} {made}, and {wanted} is asked for"
                return Finding(own.address.leaf(field).keys, message, reference.remedy)
    return None


def _led_astray(own: Item, reference: Reference) -> Finding | None:
    """What is said of an id that says, besides the name, that the thing lies elsewhere than its user does."""
    for again, once, leads in own.subject.platform.identities.one_place:
        if leads != reference.edge.names or again not in own.address.placed:
            continue
        said = own.address.name(again)
        meant = own.read(once) if said else None
        if isinstance(meant, str) and said != meant:
            of, to = reference.edge.of.label, reference.edge.to.label
            message = f"names a {to} of the {once} {said!r}, the {of} is in {meant!r}"
            return Finding(own.address.leaf(leads).keys, message, reference.remedy)
    return None


def _missing(own: Item, name: str, reference: Reference, others: Iterable[Item], *, surely: bool) -> Iterator[Finding]:
    """What is said of a name that none of those has which could be meant. It may be made in another stack, unless the
    name is nearly one of theirs, or `surely` nothing is made elsewhere.
    """
    field = dict(reference.edge.by)[reference.edge.names]
    of_others = [(other.names[field], other) for other in others]
    names = {known: _written(other, field) for known, other in of_others if isinstance(known, str)}
    known = sorted(names)
    if not known:
        return
    leaf = own.address.leaf(reference.edge.names)
    near = nearest(name, known, cutoff=_NEAR, same_numbers=True)  # another number is another thing
    has = ", ".join(repr(names[one]) for one in known[:_SHOWN])
    if len(known) > _SHOWN:
        has = f"{has} and {len(known) - _SHOWN} more"
    text = leaf.text() or ""
    written = name if "/" in text else text
    where = f" {reference.where}" if reference.where else ""
    message = f"names the {reference.edge.to.label} {written!r}, this stack makes {has}{where}"
    if near is not None:
        meant = names[near]
        yield Finding(leaf.keys, f"{message}; did you mean {meant!r}?", f"Name {meant}.")
    else:
        yield Finding(leaf.keys, message, reference.remedy, None if surely else Enforcement.ADVISORY)


def _written(other: Item, field: str) -> str:
    return other.address.leaf(field).text() or ""
