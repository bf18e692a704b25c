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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from inference_pools.own_checks import CONFIG_SCHEMA
from poolgate.errors import UsageError
from poolgate.files import relative_to_here, write_atomically
from poolgate.findings import Edit
from poolgate.lint.document import Document, Position, YamlError
from poolgate.lint.json_reader import parse_json
from poolgate.lint.schema_lint import Fix, LintFinding
from poolgate.lint.secret_places import NOTHING_SECRET, SecretPlaces
from poolgate.lint.yaml_reader import parse_yaml
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
    edits = edits_of(file, findings, before)
    if not edits:
        return None
    places = secrets_in(file)
    private = {line for line in range(1, len(_BREAK.split(before)) + 1) if places.hides(line)}
    private.update(finding.line for finding in findings if finding.is_private)
    done = sorted(edits, key=lambda finding: (finding.line, finding.column))
    return FixedFile(file, before, edited(before, edits.values()), tuple(done), frozenset(private))


def edits_of(file: Path, findings: Iterable[LintFinding], text: str | None = None) -> dict[LintFinding, Edit]:
    """What the fixes of some findings change in a file; of each that is certain to change nothing else.

    All of them can be made together. `text` is that of the file, if it has been read. Raises UsageError when it cannot
    be.
    """
    findings = [finding for finding in findings if finding.fix]
    text = _read(file) if text is None and findings else text
    if text is None or not findings:
        return {}
    try:
        return _Text(file, text).edits_of(findings)
    except (YamlError, yaml.YAMLError):
        return {}


def edit_of(file: Path, position: Position, fix: Fix) -> Edit | None:
    """The one change to a file that a fix at a position is; None where it is not certain to change nothing else."""
    finding = LintFinding(file, *position, rule=CONFIG_SCHEMA, keys=(), message="", fix=fix)
    return edits_of(file, [finding]).get(finding)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits in it. Raises ValueError where something else stands in their places, or they overlap."""
    bom = _BOM if text.startswith(_BOM) else ""
    body = text.removeprefix(_BOM)
    starts = _line_starts(body)
    pieces: list[str] = []
    done = len(body)
    for edit in sorted(set(edits), key=lambda each: (each.line, each.column), reverse=True):
        if edit.line > len(starts):
            raise ValueError(f"line {edit.line} is not there")
        start, end = (starts[edit.line - 1] + column - 1 for column in (edit.column, edit.end_column))
        if end > done or body[start:end] != edit.replaced:
            raise ValueError(f"line {edit.line} is not as it was")
        pieces += (body[end:done], edit.text)
        done = start
    return bom + body[:done] + "".join(reversed(pieces))


def apply(text: str, finding: LintFinding, *, is_json: bool = False) -> str | None:
    """The text with one fix in it; None where it is not certain that nothing else would change."""
    file = Path("text.json" if is_json else "text.yaml")
    edits = edits_of(file, [finding], text)
    return edited(text, edits.values()) if edits else None


_MOST_ONE_BY_ONE: Final = 20
"""Fixes of one file that are tried by themselves where they cannot all be made at once: each reads the whole file."""


class _Text:
    """The text of one file, and where its scalars stand."""

    def __init__(self, file: Path, text: str) -> None:
        """Raises YamlError for a text that cannot be parsed."""
        self._name = relative_to_here(file)
        self._is_json = file.suffix == ".json"
        self._body = text.removeprefix(_BOM)
        self._starts = _line_starts(self._body)
        self._scalars = dict(_scalars(yaml.parse(self._body, Loader=_LOADER)))
        self._value = _parse(self._body, self._is_json).value

    def edits_of(self, findings: Iterable[LintFinding]) -> dict[LintFinding, Edit]:
        # From the end of the file to its beginning, so that a key is renamed after what is below it was found by it.
        planned: dict[LintFinding, Edit] = {}
        for finding in sorted(findings, key=lambda each: (each.line, each.column), reverse=True):
            if (edit := self._edit(finding)) is not None:
                planned[finding] = edit
        chosen = self._that_fit(planned)
        if not chosen or self._is_meant(chosen):
            return chosen
        certain: dict[LintFinding, Edit] = {}
        for finding in list(planned)[:_MOST_ONE_BY_ONE]:
            tried = {**certain, finding: planned[finding]}
            if self._that_fit(tried).keys() == tried.keys() and self._is_meant(tried):
                certain = tried
        return certain

    def _edit(self, finding: LintFinding) -> Edit | None:
        """The fix of one finding as a change to the text; None where the scalar had better be left alone."""
        end = self._scalars.get(Position(finding.line, finding.column))
        if finding.fix is None or end is None:
            return None
        line = self._starts[finding.line - 1]
        replaced = self._body[line + finding.column - 1 : line + end - 1]
        written = _respelt(replaced, finding.fix)
        if written is None or written == replaced:
            return None
        return Edit(self._name, finding.line, finding.column, end, replaced, written, finding.fix.at_key)

    def _that_fit(self, planned: Mapping[LintFinding, Edit]) -> dict[LintFinding, Edit]:
        """Those that can be made one after the other."""
        value = copy.deepcopy(self._value)
        fitting: dict[LintFinding, Edit] = {}
        made: set[Edit] = set()
        for finding, edit in planned.items():
            if edit in made:
                fitting[finding] = edit
            elif (put := _put(value, finding.fix)) is not None:
                value, fitting[finding] = put, edit
                made.add(edit)
        return fitting

    def _is_meant(self, edits: Mapping[LintFinding, Edit]) -> bool:
        """Whether reading the changed text gives the value that there was, but for the fixes."""
        value = copy.deepcopy(self._value)
        made: set[Edit] = set()
        for finding, edit in edits.items():
            if edit not in made:
                made.add(edit)
                value = _put(value, finding.fix)
        try:
            changed = _parse(edited(self._body, made), self._is_json)
        except (ValueError, YamlError):
            return False
        return _same(changed.value, value)


def _read(file: Path) -> str | None:
    """The text of a file, line ends as they are; None for what is not UTF-8."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from None


def text_of(file: Path) -> str:
    """The text of a file, line ends as they are. Raises UsageError where there is none to be had."""
    text = _read(file)
    if text is None:
        raise UsageError("is not UTF-8 text", file=file)
    return text


def _parse(text: str, is_json: bool) -> Document:
    return parse_json(text) if is_json else parse_yaml(text)


# ---------------------------------------------------------------------------------------------------------------
# Where a scalar stands
# ---------------------------------------------------------------------------------------------------------------


def _scalars(events: Iterator[Any]) -> Iterator[tuple[Position, int]]:
    """Where each scalar begins, and the column after its end, but for those that had better be left alone.

    These are block scalars, those of several lines, with a tag or an anchor, or inside something with an anchor.
    """
    anchored: list[bool] = []
    for event in events:
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            anchored.append(event.anchor is not None or anchored[-1:] == [True])
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            anchored.pop()
        elif isinstance(event, yaml.ScalarEvent):
            start: Any = event.start_mark
            end: Any = event.end_mark
            is_plain = event.style not in ("|", ">") and not event.tag and not event.anchor
            if is_plain and start.line == end.line and anchored[-1:] != [True]:
                yield Position(start.line + 1, start.column + 1), end.column + 1


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in _BREAK.finditer(text))]


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


def _put(value: Any, fix: Fix | None) -> Any:
    """The whole value with the fix in it, made in place; None, and no change, where it does not fit."""
    if fix is None:
        return None
    holder, outer = value, None
    try:
        for part in fix.path[:-1]:
            outer, holder = holder, holder[part]
        last = fix.path[-1]
        _ = holder[last]
        if not fix.at_key:
            holder[last] = fix.text
            return value
        if any(key != last and key.casefold() == fix.text.casefold() for key in holder):
            return None  # The other key is there already, or one that is the same to Azure.
        renamed = {fix.text if key == last else key: inner for key, inner in holder.items()}
    except (AttributeError, LookupError, TypeError):
        return None
    if outer is None:
        return renamed
    outer[fix.path[-2]] = renamed
    return value


def _same(first: Any, second: Any) -> bool:
    """Whether two values are the same to the type and the order of keys: true is not 1."""
    return second is not None and json.dumps(first) == json.dumps(second)
