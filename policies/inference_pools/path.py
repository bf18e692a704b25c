"""Where a value stands, as keys, and as the text that people read: `tags["cost.center"]`, `registries[0]`, `a.b`.

Nothing else writes a property path or takes one apart.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final, TypeAlias

Keys: TypeAlias = tuple[str | int, ...]


class Each:
    """A step of a path that leads on from a list: every item of it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "EACH"


EACH: Final = Each()
Steps: TypeAlias = tuple[str | Each, ...]
"""Where something stands in every resource of a kind: keys, with EACH for the items of a list."""

_NAME: Final = r"[A-Za-z_$][\w$-]*"
_QUOTED: Final = r'\["(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"\]'
_INDEX: Final = r"\[\d+\]"

PATTERN: Final = rf"(?a:(?:{_NAME}|{_QUOTED}|{_INDEX})(?:\.{_NAME}|{_QUOTED}|{_INDEX})*)"
"""One path, for patterns that look for paths in a text. It captures nothing."""

_PATH: Final = re.compile(PATTERN)
_STEP: Final = re.compile(rf"(?P<name>{_NAME})|\[(?P<index>\d+)\]|(?P<quoted>{_QUOTED})", re.ASCII)
_PLAIN: Final = re.compile(_NAME, re.ASCII)
_ANY_INDEX: Final = re.compile(r"\[\d+\]")
_PLAIN_IN_A_FILE: Final = re.compile(r"[\w:-]+")
_PATHS_KEPT: Final = 4096


@lru_cache(_PATHS_KEPT)
def format_path(keys: Keys) -> str:
    """The keys as a Pulumi property path, on one line of ASCII. "" for no keys: the whole of what they would lead into.

    https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/property_path.go
    """
    parts: list[str] = []
    for key in keys:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif _PLAIN.fullmatch(key):
            parts.append(f".{key}" if parts else key)
        else:
            # json leaves DEL as it is; a path is printed, and must not carry control characters.
            parts.append("[" + json.dumps(key).replace("\x7f", "\\u007f") + "]")
    return "".join(parts)


def parse_path(path: str) -> Keys:
    """The keys of a property path as `format_path` writes it; () for "". Raises ValueError for anything else."""
    if path and not _PATH.fullmatch(path):
        raise ValueError(f"no property path: {path!r}")
    return tuple([_key(step) for step in _STEP.finditer(path)])


def parse_pattern(path: str) -> Keys:
    """The keys of a path as `ignoreChanges` has it, up to the first star: `a.b[*].c` is `a.b`, and `*` all there is.

    Raises ValueError for anything else.
    """
    return () if path == "*" else parse_path(path.partition("[*]")[0])


@lru_cache(_PATHS_KEPT)
def parse_steps(path: str) -> Steps:
    """The steps of a path in which `[]` stands for every item of a list. Raises ValueError for anything else."""
    found: list[str | Each] = []
    for number, part in enumerate(path.split("[]")):
        found += [EACH] * (number > 0)
        found += [str(key) for key in parse_path(part.removeprefix("."))]
    return tuple(found)


def format_steps(steps: Steps) -> str:
    """The text that `parse_steps` reads."""
    return "".join("[]" if isinstance(step, Each) else f".{step}" for step in steps).removeprefix(".")


def around(place: str) -> tuple[str, str]:
    """The place around one, as `parse_steps` reads it, and its own name there: of `a.b[].c`, `a.b[]` and `c`."""
    outer, _, name = place.rpartition(".")
    return outer, name


def _key(step: re.Match[str]) -> str | int:
    if step["index"]:
        return int(step["index"])
    return step["name"] or str(json.loads(step["quoted"][1:-1]))


@lru_cache(_PATHS_KEPT)
def format_setting(keys: Keys) -> str:
    """The keys of a setting as people write them in its file: `shop:pools[2].sku`. "" for no keys."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif text and not _PLAIN_IN_A_FILE.fullmatch(key):
            text += f"[{json.dumps(key, ensure_ascii=False)}]"
        else:
            text += f".{key}" if text else key
    return text


def without_indices(path: str) -> str:
    """The text of a path with a star for each index: all items of a list have the same."""
    return _ANY_INDEX.sub("[*]", path) if "[" in path else path


def top_property(keys: Keys) -> str:
    """The property of the resource that the keys lead into; "" for the resource as a whole."""
    return str(keys[0]) if keys else ""
