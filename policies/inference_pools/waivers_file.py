"""Reads a waivers file: YAML in which every value is the text that stands there, and each knows its place.

An ordinary YAML reader makes a date of one text, a number of the next and a truth of `yes`; what it makes depends on
the reader. Waivers are all text, so nothing is made of anything, and the gate reads what the command line reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from inference_pools import waivers
from inference_pools.finding import Waiver
from inference_pools.path import Keys
from inference_pools.values import Json

if TYPE_CHECKING:
    import yaml

LARGEST: Final = 5_000_000
"""Characters in a file; ten thousand waivers have some four million."""
_DEEPEST: Final = 6
"""Levels of nesting; a waivers file has four."""
_SAFE_DEPTH: Final = 500
"""Levels that every loader takes. What is deeper than a waivers file is told from the nodes, which know their keys."""
_MOST_VALUES: Final = 200_000
"""Values with every alias written out; ten thousand waivers have some hundred thousand."""

LineColumn = tuple[int, int]
"""Line and column, from 1."""


class WaiversError(ValueError):
    """A waivers file that cannot be used. `place` is where to look; `keys` lead there when it can be read at all."""

    def __init__(self, message: str, place: LineColumn | None = None, keys: Keys = ()) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Tree:
    """What a file says, every scalar as the text it is, and where each value and each key stands."""

    value: Json
    places: dict[Keys, LineColumn]
    keys: dict[Keys, LineColumn]


@dataclass(frozen=True, slots=True)
class WaiversFile:
    """The waivers of a file and where each of their parts stands."""

    waivers: tuple[Waiver, ...]
    places: Mapping[Keys, LineColumn]

    def place(self, keys: Iterable[str | int]) -> LineColumn:
        """Where the keys lead, or the innermost part around it."""
        return _nearest(self.places, tuple(keys))


def read(text: str) -> WaiversFile:
    """The waivers in a file's text. Raises WaiversError for the first thing that is wrong."""
    file, errors = examine(text)
    if errors:
        raise errors[0]
    return file


def examine(text: str) -> tuple[WaiversFile, list[WaiversError]]:
    """The waivers in a file's text, and all that is wrong with it, in the order of the file."""
    try:
        tree = tree_of(text)
    except WaiversError as error:
        return WaiversFile((), {}), [error]
    found, problems = waivers.parse(tree.value)
    placed = [(_nearest(tree.places, problem.keys), problem) for problem in problems]
    errors = [WaiversError(str(problem), place, problem.keys) for place, problem in sorted(placed, key=itemgetter(0))]
    return WaiversFile(found, tree.places), errors


def _nearest(places: Mapping[Keys, LineColumn], keys: Keys) -> LineColumn:
    while keys and keys not in places:
        keys = keys[:-1]
    return places.get(keys, (1, 1))


def tree_of(text: str) -> Tree:
    """What a text says. Raises WaiversError for what is no YAML, and for what is too deep or too large."""
    import yaml

    if len(text) > LARGEST:
        raise WaiversError(f"is larger than {LARGEST:,} characters", (1, 1))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if _may_be_deep(text):
            _refuse_deep(text, loader)
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise WaiversError(f"is no YAML: {error.problem}", place) from None
    except yaml.reader.ReaderError as error:
        place = _place_of(error, text)
        raise WaiversError("is no YAML: has a control character, or one that is none", place) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise WaiversError(f"is no YAML: {type(error).__name__}", (1, 1)) from None
    tree = Tree(None, {}, {})
    return tree if node is None else Tree(_value(node, (), tree), tree.places, tree.keys)


def _place_of(error: yaml.reader.ReaderError, text: str) -> LineColumn:
    """Where the loader stopped: its position is in bytes where it is written in C."""
    offset = error.position if isinstance(error.position, int) else 0
    before = text.encode()[:offset].decode(errors="ignore")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _may_be_deep(text: str) -> bool:
    """Whether a text could have more levels than a loader takes: each needs a bracket, or a column more."""
    return text.count("[") + text.count("{") > _SAFE_DEPTH or any(len(line) > _SAFE_DEPTH for line in text.splitlines())


def _refuse_deep(text: str, loader: Any) -> None:
    """Raises WaiversError for a text of more levels than a loader takes: one written in C ends the process there."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _SAFE_DEPTH:
            mark = event.start_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise WaiversError("is nested deeper than a waivers file is", place)


def _value(node: yaml.Node, keys: Keys, into: Tree) -> Json:
    """What a node says. Whatever lies deeper than a waivers file goes is refused: there, aliases could multiply."""
    import yaml

    place = (node.start_mark.line + 1, node.start_mark.column + 1)
    if len(keys) > _DEEPEST:
        raise WaiversError("is nested deeper than a waivers file is", place, keys)
    if len(into.places) > _MOST_VALUES:
        raise WaiversError("has more values than a waivers file can hold", place, keys)
    into.places[keys] = place
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, keys, into)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*keys, number), into) for number, item in enumerate(node.value)]
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _mapping(node: yaml.MappingNode, keys: Keys, into: Tree) -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = {}
    for key, value in node.value:
        place = (key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, yaml.ScalarNode):
            raise WaiversError("a key is no text", place, keys)
        if key.value in found:
            raise WaiversError(f"the key {key.value!r} stands twice in one object", place, keys)
        into.keys[(*keys, key.value)] = place
        found[key.value] = _value(value, (*keys, key.value), into)
    return found
