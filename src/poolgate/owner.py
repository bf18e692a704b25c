"""Who answers for a resource, who pays for it and where it runs: by its tags, its stack's, or a file of owners.

What is nearer to the resource goes first: its own tags are what the bill shows and what rules judge; those of its stack
are set by whoever deploys it; the file is written by somebody else, for what has neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from inference_pools import owners_file
from inference_pools.context import ENVIRONMENT_TAGS
from inference_pools.facets import Tags
from inference_pools.finding import printable
from inference_pools.owners_file import OfStacks, OwnersError, OwnersFile
from inference_pools.path import format_path
from inference_pools.reader import Leaf, ReadError
from inference_pools.resource import Resource
from inference_pools.values import Json
from inference_pools.view import facets_of, view
from poolgate.errors import UsageError
from poolgate.files import read_text, relative_to_here
from poolgate.findings import WHOSE, Subject

_MOST_NAMED: Final = 5


class Whose(NamedTuple):
    """Whose a resource or a stack is; each "" where nobody says so, or it is not known, secret, or no text."""

    owner: str = ""
    team: str = ""
    cost_center: str = ""
    environment: str = ""

    def or_else(self, other: Whose) -> Whose:
        """The same, with what it lacks as another says it."""
        return Whose(
            self.owner or other.owner,
            self.team or other.team,
            self.cost_center or other.cost_center,
            self.environment or other.environment,
        )


NOBODY: Final = Whose()


def said_of(subject: Subject) -> Whose:
    """Whose a finding's subject is, as it says."""
    return Whose(*(getattr(subject, part) for part in WHOSE))


_TAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "owner": ("owner",),
    "team": ("team",),
    "cost_center": ("costcenter", "cost-center", "cost_center", "cost center"),
    "environment": ENVIRONMENT_TAGS,
}
"""The tags that say each, in lower case; the first that is there counts."""


class Owners:
    """Whose resources and stacks are, with what a file of owners says of those whose tags do not."""

    def __init__(self, file: OwnersFile, name: str = "") -> None:
        self.labels = file.labels
        self._name = name
        self._by_label = {label.casefold(): whom for label, whom in file.labels.items()}
        self._stacks = file.stacks
        self._said = {
            entry.number: Whose(*(printable(entry.said.get(name, "")) for name in owners_file.SAID))
            for entry in file.stacks
        }
        self._met: set[int] = set()
        self._of_stack: dict[str, tuple[OfStacks, ...]] = {}

    @classmethod
    def of(cls, file: Path) -> Owners:
        """Those of a file. Raises UsageError, with the place in it, for one that says what it cannot."""
        name = relative_to_here(file)
        try:
            return cls(owners_file.read(read_text(file)), name)
        except OwnersError as error:
            raise UsageError(str(error), file=f"{name}:{error.place[0]}:{error.place[1]}") from None

    def whose(self, own: Whose, project: str, stack: str, urn: str = "", of_stack: Whose = NOBODY) -> Whose:
        """Whose a resource is, by its own tags, by those of its stack, then by the file; with no URN, a stack.

        An environment that none of them says is the stack's name.
        """
        file = self._by_file(f"{project}/{stack}", urn) if self._stacks else NOBODY
        owner = own.owner or of_stack.owner or file.owner
        return Whose(
            self._by_label.get(owner.casefold(), owner),
            own.team or of_stack.team or file.team,
            own.cost_center or of_stack.cost_center or file.cost_center,
            own.environment or of_stack.environment or file.environment or stack,
        )

    def _by_file(self, stack: str, urn: str) -> Whose:
        found = NOBODY
        for entry in self._about(stack):
            if not entry.urn or entry.covers(stack, urn):
                found = found.or_else(self._said[entry.number])
        return found

    def _about(self, stack: str) -> tuple[OfStacks, ...]:
        """The entries whose pattern of stacks covers one."""
        found = self._of_stack.get(stack)
        if found is None:
            found = self._of_stack[stack] = tuple(entry for entry in self._stacks if entry.is_of(stack))
            self._met.update(entry.number for entry in found)
        return found

    def notes(self, stacks: Iterable[str]) -> Iterator[str]:
        """That entries of the file cover none of the stacks, each `project/stack`, nor any that was asked for."""
        for stack in stacks:
            self._about(stack)
        told = [
            f"{format_path((owners_file.STACKS, one.number))} ({one.stack})"
            for one in self._stacks
            if one.number not in self._met
        ]
        if told:
            rest = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
            which = "1 entry covers" if len(told) == 1 else f"{len(told)} entries cover"
            yield printable(f"{self._name}: {which} no stack that was met: {', '.join(told[:_MOST_NAMED])}{rest}")


NOBODYS: Final = Owners(OwnersFile())
"""Those without a file."""


def whose(resource: Resource) -> Whose:
    """Whose a resource is, by its tags or labels, wherever its platform has them; one of no platform, where most do."""
    subject = view(resource)
    found = NOBODY
    for tags in facets_of(subject, Tags) if subject else _tags_in(resource.properties):
        found = found.or_else(Whose(*(_value(tags, names) for names in _TAGS.values())))
    return found


def _tags_in(properties: Mapping[str, Json]) -> Iterator[Tags]:
    return (Tags(Leaf(properties, (bag,)), {}) for bag in ("tags", "labels"))


def whose_by(tags: Mapping[str, str]) -> Whose:
    """Whose something is by tags that are plain texts, as those of a stack are. Case does not count in their names."""
    by_name = {name.casefold(): printable(value.strip()) for name, value in sorted(tags.items())}
    return Whose(*(next(filter(None, (by_name.get(name) for name in names)), "") for names in _TAGS.values()))


def _value(tags: Tags, names: tuple[str, ...]) -> str:
    try:
        written = tags.names
    except ReadError:
        return ""
    for name in names:
        try:
            value = tags.value(written[name]) if name in written else None
        except ReadError:
            continue
        if value and value.strip():
            return printable(value.strip())
    return ""
