"""Names of resources as the engine writes them: `urn:pulumi:STACK::PROJECT::TYPES::NAME`.

Nothing else takes a URN apart or puts one together.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

PREFIX: Final = "urn:pulumi:"
ROOT_STACK_TYPE: Final = "pulumi:pulumi:Stack"
_SEPARATOR: Final = "::"
_OF_PARENTS: Final = "$"
_PARTS: Final = 4


class Urn(NamedTuple):
    """The four parts of a URN. A name may hold `::` itself: `a::b` is a resource's name like any other.

    https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/urn/urn.go
    """

    stack: str
    project: str
    types: str
    """The type token, after those of its parents: `my:index:Component$azure-native:…:InferencePool`."""
    name: str

    @classmethod
    def parse(cls, text: str) -> Urn:
        """The parts of a text; those that it has not are empty. A pattern for URNs is taken apart like one."""
        return _parsed(text)

    @classmethod
    def of_stack(cls, stack: str) -> Urn:
        """A stack, `project/stack`, itself: where the engine puts what names no resource."""
        project, _, name = stack.partition("/")
        return cls(name, project, ROOT_STACK_TYPE, f"{project}-{name}")

    @classmethod
    def made(cls, stack: str, project: str, type_: str, name: str, parent: str = "") -> Urn:
        """The URN of a resource below a parent, which is a URN, or of one that the stack itself has."""
        above = cls.parse(parent).types
        return cls(stack, project, type_ if above in ("", ROOT_STACK_TYPE) else above + _OF_PARENTS + type_, name)

    @property
    def type(self) -> str:
        """The type token: the last of those that the URN has."""
        return self.types.rpartition(_OF_PARENTS)[2]

    @property
    def full_stack(self) -> str:
        """`project/stack`."""
        return f"{self.project}/{self.stack}"

    @property
    def within_stack(self) -> str:
        """What tells it apart in its stack: the same in dev and in prod."""
        return f"{self.types}{_SEPARATOR}{self.name}"

    def __str__(self) -> str:
        return PREFIX + _SEPARATOR.join(self)


@lru_cache(maxsize=512)  # the rules of a stack each ask for those of its resources
def _parsed(text: str) -> Urn:
    parts = text.removeprefix(PREFIX).split(_SEPARATOR, _PARTS - 1)
    return Urn(*parts, *[""] * (_PARTS - len(parts)))


def is_urn(text: str) -> bool:
    """Whether a text is a URN, all parts of it there."""
    urn = Urn.parse(text)
    return text.startswith(PREFIX) and all(urn) and ":" not in urn.stack + urn.project


def beginning(stack: str) -> str:
    """What the URNs of a stack, `project/stack`, begin with."""
    project, _, name = stack.partition("/")
    return _SEPARATOR.join((PREFIX + name, project, ""))


def of_reference(reference: str) -> str:
    """The URN in a reference to a provider, `URN::ID`; an id holds no `::`."""
    return reference.rpartition(_SEPARATOR)[0]
