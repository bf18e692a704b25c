"""`poolgate lint --fix`: puts right what nobody could have meant otherwise, and touches nothing else.

A fix replaces one key or one scalar, at the place where the reader found it. Comments, order, indentation, quotes and
line ends stay byte for byte. What has an anchor, is an alias or a block scalar, or lies inside something that is used
more than once, is left to people: a change there shows elsewhere. A file is only replaced when reading it again gives
the value it had with nothing but the fixes in it.
"""

from __future__ import annotations

import copy
import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from poolgate.errors import UsageError
from poolgate.files import relative_to_here, write_atomically
from poolgate.lint.json_reader import parse_json
from poolgate.lint.schema_lint import Fix, LintFinding
from poolgate.lint.secret_places import NOTHING_SECRET, SecretPlaces
from poolgate.lint.yaml_reader import Document, Position, YamlError, parse_yaml
from poolgate.report.frame import masked

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file as it is and as it would be; `done` are the findings that it then no longer has.

    `private` are the lines that nobody may see.
    """

    file: Path
    before: str
    after: str
    done: tuple[LintFinding, ...]
    private: frozenset[int] = frozenset()

    def write(self) -> None:
        """Replaces the file at once. Raises UsageError when it cannot, or when it is no longer what was read."""
        if _read(self.file) != self.before:
            raise UsageError("has changed since it was read", file=self.file)
        write_atomically(self.file, self.after)

    def diff(self) -> str:
        """What changes, as a unified diff; lines that may hold a secret are not shown."""
        name = relative_to_here(self.file)
        texts = (masked(text, self.private) for text in (self.before, self.after))
        before, after = (text.splitlines(keepends=True) for text in texts)
        lines = difflib.unified_diff(before, after, f"{name} (as it is)", f"{name} (fixed)")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def fixed(
    findings: Iterable[LintFinding], secrets_in: Callable[[Path], SecretPlaces] = lambda _: NOTHING_SECRET
) -> list[FixedFile]:
    """The files that fixes change, each with its fixes, in the order of the files.

    `secrets_in` tells what of a file is not shown, beside the lines of findings that say so.
    """
    by_file: dict[Path, list[LintFinding]] = {}
    for finding in findings:
        by_file.setdefault(finding.file, []).append(finding)
    results = (_fixed(file, found, secrets_in) for file, found in sorted(by_file.items()))
    return [result for result in results if result is not None]


def _fixed(file: Path, findings: Sequence[LintFinding], secrets_in: Callable[[Path], SecretPlaces]) -> FixedFile | None:
    before = _read(file) if any(finding.fix for finding in findings) else None
    if before is None:
        return None
    is_json = file.suffix == ".json"
    text, done = before, []
    # From the end of the file to its beginning, so that a fix does not move the place of another one.
    for finding in sorted(findings, key=lambda each: (each.line, each.column), reverse=True):
        changed = apply(text, finding, is_json=is_json) if finding.fix else None
        if changed is not None:
            text = changed
            done.append(finding)
    if not done:
        return None
    places = secrets_in(file)
    private = {line for line in range(1, len(_BREAK.split(before)) + 1) if places.hides(line)}
    private.update(finding.line for finding in findings if finding.is_private)
    return FixedFile(file, before, text, tuple(reversed(done)), frozenset(private))


def apply(text: str, finding: LintFinding, *, is_json: bool = False) -> str | None:
    """The text with one fix in it; None where it is not certain that nothing else would change."""
    fix = finding.fix
    if fix is None:
        return None
    body = text.removeprefix(_BOM)
    span = _span(body, Position(finding.line, finding.column))
    written = _respelt(body[slice(*span)], fix) if span else None
    if span is None or written is None:
        return None
    changed = body[: span[0]] + written + body[span[1] :]
    try:
        old, new = (_parse(each, is_json) for each in (body, changed))
    except YamlError:
        return None
    is_meant = _same(new.value, _meant(old.value, fix))
    return text[: len(text) - len(body)] + changed if is_meant else None


def _read(file: Path) -> str | None:
    """The text of a file, line ends as they are; None for what is not UTF-8."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from None


def _parse(text: str, is_json: bool) -> Document:
    return parse_json(text) if is_json else parse_yaml(text)


# ---------------------------------------------------------------------------------------------------------------
# Where a scalar stands
# ---------------------------------------------------------------------------------------------------------------


def _span(text: str, position: Position) -> tuple[int, int] | None:
    """Where the scalar at a position begins and ends, in characters; None for one that had better be left alone."""
    try:
        events = yaml.parse(text, Loader=_LOADER)
        event = _scalar_at(events, position)
    except yaml.YAMLError:
        return None
    if event is None or event.style in ("|", ">") or event.tag or event.anchor:
        return None
    start, end = event.start_mark, event.end_mark
    if start.line != end.line:
        return None
    line = _line_start(text, start.line)
    return line + start.column, line + end.column


def _scalar_at(events: Iterator[Any], position: Position) -> Any:
    """The scalar that begins at a position, unless it lies inside something with an anchor."""
    anchored: list[bool] = []
    for event in events:
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            anchored.append(event.anchor is not None)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            anchored.pop()
        elif isinstance(event, yaml.ScalarEvent):
            mark: Any = event.start_mark
            if (mark.line + 1, mark.column + 1) == (position.line, position.column):
                return None if any(anchored) else event
    return None


def _line_start(text: str, line: int) -> int:
    starts = [0, *(match.end() for match in _BREAK.finditer(text))]
    return starts[line]


# ---------------------------------------------------------------------------------------------------------------
# What is written instead
# ---------------------------------------------------------------------------------------------------------------


def _respelt(written: str, fix: Fix) -> str | None:
    """The new text in the quotes of the old one; None where the new text would need others."""
    quote = written[:1] if written[:1] in ("'", '"') else ""
    if quote and (len(written) < 2 or written[-1] != quote):
        return None
    if quote == '"':
        return json.dumps(fix.text, ensure_ascii=False)
    if quote == "'":
        return "'" + fix.text.replace("'", "''") + "'"
    return fix.text if fix.text.strip() == fix.text and fix.text else None


def _meant(value: Any, fix: Fix) -> Any:
    """The whole value with the fix in it; None where it does not fit."""
    result = copy.deepcopy(value)
    holder, outer = result, None
    try:
        for part in fix.path[:-1]:
            outer, holder = holder, holder[part]
        last = fix.path[-1]
        if not fix.at_key:
            holder[last] = fix.text
            return result
        if any(key != last and key.casefold() == fix.text.casefold() for key in holder):
            return None  # The other key is there already, or one that is the same to Azure.
        renamed = {fix.text if key == last else key: inner for key, inner in holder.items()}
    except (AttributeError, LookupError, TypeError):
        return None
    if outer is None:
        return renamed
    outer[fix.path[-2]] = renamed
    return result


def _same(first: Any, second: Any) -> bool:
    """Whether two values are the same to the type and the order of keys: true is not 1."""
    return second is not None and json.dumps(first) == json.dumps(second)
