"""Where a backend of one's own keeps what: one layout, whether it is a folder, a bucket or a table. Reads nothing.

States lie in `.pulumi/stacks/<project>/<stack>.json`, in the old layout in `.pulumi/stacks/<stack>.json`, and may be
compressed; what lies beside them, and beside that folder, is of the past or of updates that are under way.

Source: pulumi/pulumi `pkg/backend/diy/{store,state,meta,backend,lock,stack_tags}.go`, `sdk/go/common/tokens`, v3.255.0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from poolgate.errors import UsageError

NEWEST_LAYOUT: Final = 1
"""Of a backend, in `.pulumi/meta.yaml`. 0, or no such file, is the layout without folders for projects."""

STATE_NAME: Final = re.compile(r"(?P<stem>.+)\.json(?:\.gz|\.zst)?", re.DOTALL)

TAGS_SUFFIX: Final = ".pulumi-tags"
"""What the file with a stack's own tags (`pulumi stack tag set`) is called after the stack's name."""

PassOver: TypeAlias = Callable[[str, str, str], None]
"""Is told what was met and not listed: kind, name and why, as `Tally.pass_over` is."""
Locks: TypeAlias = dict[tuple[str, str], str]
"""The stacks that are locked, by project and name, and since when."""

_BESIDE_A_STATE: Final = (
    (re.compile(r".+\.attrs", re.DOTALL), "*.attrs", "attributes of files"),
    (re.compile(r".+\.bak", re.DOTALL), "*.bak", "states before their last update"),
    (re.compile(r".+\.json(?:\.gz|\.zst)?\.[0-9]+", re.DOTALL), "*.json.<time>", "states of earlier updates"),
    (re.compile(r".+\.pulumi-tags", re.DOTALL), "*.pulumi-tags", "tags of stacks"),
    (STATE_NAME, "*.json", "older states of stacks that have a newer one in another compression"),
    (re.compile(r".*", re.DOTALL), "*", "files that are no state by their name"),
)
"""What a backend keeps in the folders of its states: names, how they are shown, and what they are, in the plural."""
BESIDE_THE_STATES: Final = {
    "history": "holds the updates of the past",
    "backups": "holds the states of the past",
    "journal": "holds the steps of updates",
    "locks": "holds the locks of updates that are under way or were broken off",
}
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_LONGEST_STACK_NAME: Final = 100
_ORGANIZATION: Final = "organization"
"""The only one that such a backend has."""


def not_shown(version: int, folders: Sequence[str], stack: str) -> str:
    """Why the engine's own listing (`pulumi stack ls --all`) leaves a state out; "" for one that it shows.

    `folders` are those between `stacks` and the state, `version` is that of the layout.
    """
    if len(folders) > 1:
        return "lies deeper than stacks do"
    if version and not folders:
        return "lies where the old layout has stacks, and the backend has the new one (`pulumi state upgrade`)"
    if not version and folders:
        return "lies where the new layout has stacks, and the backend has no meta.yaml that says it has that"
    if not all(_NAME.fullmatch(name) for name in (*folders, stack)) or len(stack) > _LONGEST_STACK_NAME:
        return "has a name that no stack of Pulumi has"
    return ""


def locked_by(parts: Sequence[str]) -> tuple[str, str] | None:
    """Project and stack that a file of `.pulumi/locks` locks, by its path below that folder; None for other files."""
    if not parts[-1].endswith(".json"):
        return None
    match parts[:-1]:
        case [organization, project, stack] if organization == _ORGANIZATION:
            return project, stack
        case [stack]:
            return "", stack
    return None


def note_lock(locks: Locks, parts: Sequence[str], written: float) -> None:
    """Adds one lock, by its path below `.pulumi/locks` and the time of its file; the oldest of a stack counts."""
    if stack := locked_by(parts):
        since = f"{datetime.fromtimestamp(written, UTC):%Y-%m-%d %H:%M} UTC"
        locks[stack] = min(locks.get(stack, since), since)


def beside(name: str) -> int:
    """What a file beside a state is, as a number for `tell_beside`."""
    return next(index for index, (pattern, *_) in enumerate(_BESIDE_A_STATE) if pattern.fullmatch(name))


def tell_beside(folder: str, found: Counter[int], pass_over: PassOver) -> None:
    """Tells of what lies beside states, by kind: there are several such files to each of them."""
    for index, number in sorted(found.items()):
        _, shown, what = _BESIDE_A_STATE[index]
        pass_over("file", f"{folder}/**/{shown}", f"are {what} ({number})")


def version_of(meta: bytes, name: str) -> int:
    """The version of the layout, by the content of `meta.yaml`.

    Raises UsageError where Pulumi would refuse the backend too: its states may lie anywhere.
    """
    import yaml

    try:
        content = yaml.safe_load(meta)
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"cannot be read: {' '.join(str(error).split())}", file=name) from None
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise UsageError("is no whole number", file=name, key="version")
    if version > NEWEST_LAYOUT:
        raise UsageError(f"is {version}, a layout newer than what is read ({NEWEST_LAYOUT})", file=name, key="version")
    return version


def by_reason(reasons: Iterable[tuple[str, str]], most: int) -> Iterator[str]:
    """A sentence for each reason why the engine does not show states, with the first of their names."""
    named: dict[str, list[str]] = {}
    for name, why in reasons:
        named.setdefault(why, []).append(name)
    for why, names in named.items():
        rest = f" and {len(names) - most} more" if len(names) > most else ""
        which = "1 state is" if len(names) == 1 else f"{len(names)} states are"
        each = "it" if len(names) == 1 else "each of them"
        listed = ", ".join(names[:most])
        yield f"{which} judged that `pulumi stack ls --all` does not show: {listed}{rest}; {each} {why}"
