"""Where a resource was made, and what its unknown values may come from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from inference_pools.finding import Outcome, Verdict
from inference_pools.path import Keys, top_property
from poolgate.files import relative_to_here
from poolgate.findings import Location, Locator

if TYPE_CHECKING:
    from poolgate.sources.program_monitor import RegisteredResource

_POSITION: Final = re.compile(r"project:///(?P<file>[^#]+)#(?P<line>\d+)(?:,(?P<column>\d+))?")


def parse_position(text: str | None, project: Path) -> Location | None:
    """A source position of the engine, `project:///__main__.py#17,4`, as a place in a file."""
    match = _POSITION.fullmatch(text or "")
    if not match:
        return None
    column = int(match["column"]) if match["column"] else None
    return Location(relative_to_here(project / match["file"]), int(match["line"]), column)


def made_at(resource: RegisteredResource, project: Path) -> Location | None:
    """The line of the program in process that made a resource, where it is known."""
    return place_of(resource.source_position, project)


def place_of(position: tuple[str, int, int | None] | None, project: Path) -> Location | None:
    """A position in a file of the project as a place; None for none."""
    if position is None:
        return None
    file, line, column = position
    return Location(_shown(project, file, os.getcwd()), line, column)  # noqa: PTH109 - a text is quicker


@lru_cache(maxsize=1024)
def _shown(project: Path, file: str, here: str) -> str:
    """A file of a project as `relative_to_here` names it: a program has few, and a stack many resources."""
    return relative_to_here(project / file)


class ResourceLocator(Locator):
    """The program line of one resource, and its property dependencies (URNs by top-level property)."""

    def __init__(self, place: Location | None, dependencies: Mapping[str, Sequence[str]]) -> None:
        self._place = place
        self._dependencies = dependencies

    def location(self, keys: Keys) -> Location | None:
        """The line of the program that made the resource."""
        return self._place

    def from_resources(self, verdict: Verdict) -> tuple[str, ...]:
        """The resources whose outputs went into the property that the unknown value lies in."""
        if verdict.outcome is not Outcome.UNKNOWN:
            return ()
        return tuple(sorted(self._dependencies.get(top_property(verdict.keys), ())))
