"""Whose the findings and stacks of a run are, once all that can say so has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolgate.owner import NOBODY, Owners, Whose, said_of
from poolgate.report.reach import stacks_met

if TYPE_CHECKING:
    from poolgate.findings import Subject, Tally


def settle(tally: Tally, owners: Owners, *, is_of_all: bool = False) -> None:
    """Says of every finding and stack whose it is: by tags of its own, by those of its stack, by the file of owners. Of
    a stack without tags of its own those of its resources count before the file.

    With `is_of_all` a run looked at all there is, and what the file says of a stack that is not there is noted.
    """
    stacks = stacks_met(tally)
    of_stacks = {name: Whose(*said) for name, said in tally.whose.items()}
    before: tuple[Subject, Subject] | None = None
    """Of the finding before: what is said of a resource is said on end."""
    for number, finding in enumerate(tally.findings):
        subject = finding.subject
        if before is None or before[0] != subject:
            of_stack = of_stacks.get(f"{subject.project}/{subject.stack}", NOBODY)
            before = subject, _settled(subject, owners, of_stack)
        if before[1] != subject:
            tally.findings[number] = finding._replace(subject=before[1])
    same: dict[Whose, Whose] = {}
    for one in stacks:
        if one.stack:
            by_tags = of_stacks.get(one.name, NOBODY).or_else(Whose(*tally.resources_whose.get(one.name, ())))
            found = owners.whose(NOBODY, one.project, one.stack, of_stack=by_tags)
            tally.whose[one.name] = same.setdefault(found, found)
    for note in owners.notes(one.name for one in stacks) if is_of_all else ():
        tally.note(note)


def _settled(subject: Subject, owners: Owners, of_stack: Whose) -> Subject:
    if not subject.stack:
        return subject
    found = owners.whose(said_of(subject), subject.project, subject.stack, subject.urn, of_stack)
    return subject._replace(
        owner=found.owner, team=found.team, cost_center=found.cost_center, environment=found.environment
    )
