"""Reads a waivers file for the lint: as the gate reads it, every value as the text that stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from inference_pools import waivers, waivers_file
from inference_pools.waivers_file import LineColumn, WaiversError
from poolgate.files import read_text
from poolgate.lint.document import Document, KeyPath, Position, YamlError
from poolgate.lint.messages import Problem


def read_waivers(file: Path) -> Document:
    """The file. Raises YamlError, with the place, for what is no YAML, UsageError when it cannot be read."""
    try:
        tree = waivers_file.tree_of(read_text(file))
    except WaiversError as error:
        raise YamlError(error.message, file=file, position=Position(*(error.place or (1, 1)))) from None
    return Document(tree.value, file, (), _positions(tree.places), _positions(tree.keys))


def problems_of(document: Document) -> Iterator[Problem]:
    """What the schema cannot say: days that do not exist or are in the wrong order."""
    _, problems = waivers.parse(document.value)
    for problem in problems:
        yield Problem(problem.keys, problem.message)


def _positions(places: Mapping[KeyPath, LineColumn]) -> dict[KeyPath, tuple[int, int]]:
    return {keys: Position(*place) for keys, place in places.items()}
