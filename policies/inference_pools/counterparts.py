"""The same resource in other stacks of a project: what prod is compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from inference_pools.context import sight_of, words_of
from inference_pools.naming import SAME_ENVIRONMENT
from inference_pools.platforms.platform import Kind, Subject
from inference_pools.reader import ReadError
from inference_pools.stack import Stack

_ENVIRONMENTS: Final = frozenset(word for group in SAME_ENVIRONMENT for word in group if len(word) > 1)


@dataclass(frozen=True, slots=True)
class Member:
    """A resource, and the stack it is in. `is_production` is None where its environment cannot be known."""

    subject: Subject
    stack: Stack
    is_production: bool | None


def members(stacks: Sequence[Stack]) -> Iterator[Member]:
    """Every resource of the stacks."""
    for stack in stacks:
        yield from stack.once(_members)


def _members(stack: Stack) -> Sequence[Member]:
    told: dict[Hashable, bool | None] = {}
    found: list[Member] = []
    for subject in stack.subjects:
        surroundings = sight_of(
            subject.resource.urn, subject.resource.properties, subject.platform.merged_tags, subject.platform.own_tags
        )
        if surroundings not in told:
            told[surroundings] = _is_production(stack, subject)
        found.append(Member(subject, stack, told[surroundings]))
    return found


def counterparts(stacks: Sequence[Stack]) -> Iterator[tuple[Member, list[Member]]]:
    """Each resource of production, with those that are the same one in stacks outside production.

    The same is what has the same type and the same name in Pulumi; where there is none, words for environments
    count as one: `chat-prod` is `chat-dev`. Resources whose environment cannot be known are compared with none.
    """
    if len(stacks) < 2:
        return
    outside: dict[tuple[Kind, tuple[str, ...]], list[Member]] = defaultdict(list)
    for member in members(stacks):
        if member.is_production is False:
            outside[_key(member.subject)].append(member)
    for member in members(stacks):
        if member.is_production:
            others = [other for other in outside[_key(member.subject)] if other.stack is not member.stack]
            namesakes = [other for other in others if other.subject.resource.name == member.subject.resource.name]
            if others:
                yield member, namesakes or others


def _key(subject: Subject) -> tuple[Kind, tuple[str, ...]]:
    words = words_of(subject.resource.name)
    return subject.kind, tuple(word for word in words if word not in _ENVIRONMENTS)


def _is_production(stack: Stack, subject: Subject) -> bool | None:
    try:
        return stack.context(subject).is_production
    except ReadError:
        return None
