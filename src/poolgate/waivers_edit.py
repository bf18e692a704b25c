"""`poolgate waivers extend`, `remove` and `prune`: changes of a waivers file that leave every other byte as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from inference_pools import waivers_file
from inference_pools.finding import Waiver
from inference_pools.near_words import closest
from inference_pools.policy_config import Setting
from inference_pools.waivers import ROOT
from inference_pools.waivers_file import WaiversError, WaiversFile
from poolgate.errors import UsageError
from poolgate.files import read_text, relative_to_here, write_atomically
from poolgate.own_source import NONE, Sketches
from poolgate.waivers import Source, Waiving, load

_MARK: Final = "\ufeff"
_BY_HAND: Final = "cannot be changed without touching more than this waiver; change it by hand"


class Edited:
    """A waivers file that is to be changed: its text, and where each of its entries stands in it."""

    def __init__(self, file: Path) -> None:
        """Raises UsageError, with the place, for a file that cannot be read, and for one that is no block list."""
        self.file = file
        content = load(file).content
        assert content is not None
        self.waivers = content.waivers
        read_text(file)  # says what is wrong with a file that is no text
        text = file.read_bytes().decode("utf-8")
        self._mark = _MARK if text.startswith(_MARK) else ""
        self._text = text.removeprefix(_MARK)
        self._lines = self._text.split("\n")
        self._items = self._entries()

    def number_of(self, named: str) -> int:
        """The number of the one waiver that is meant: by number, as `3` or `waivers[3]`, or by its ticket.

        Raises UsageError where there is none, or more than one.
        """
        by_ticket = [number for number, waiver in enumerate(self.waivers) if waiver.ticket == named]
        if len(by_ticket) == 1:
            return by_ticket[0]
        if by_ticket:
            told = "; ".join(self.told(number) for number in by_ticket)
            raise UsageError(f"{len(by_ticket)} waivers have the ticket {named}, name one by its number: {told}")
        digits = named.removeprefix(f"{ROOT}[").removesuffix("]")
        if digits.isdecimal() and int(digits) < len(self.waivers):
            return int(digits)
        near = closest(named, [waiver.ticket for waiver in self.waivers])
        many = f"0 to {len(self.waivers) - 1}" if self.waivers else "none at all"
        message = f"has no waiver {named!r}{near}; name a ticket, or a number that `waivers list` shows ({many})"
        raise UsageError(message, file=relative_to_here(self.file))

    def told(self, number: int) -> str:
        """A waiver in a few words, for people."""
        waiver = self.waivers[number]
        target = " ".join(part for part in (waiver.target.stack, waiver.target.urn, waiver.target.path) if part)
        return f"{ROOT}[{number}] {waiver.rule} for {target}, until {waiver.expires} ({waiver.owner}, {waiver.ticket})"

    def extend(self, number: int, until: date) -> None:
        """Writes another last day into one waiver."""
        node = self._value(number, "expires")
        start, end = node.start_mark.index, node.end_mark.index
        quote = self._text[start] if self._text[start] in "'\"" else ""
        after = f"{self._text[:start]}{quote}{until}{quote}{self._text[end:]}"
        meant = [replace(one, expires=until) if at == number else one for at, one in enumerate(self.waivers)]
        self._write(after, meant, number)

    def remove(self, numbers: Collection[int]) -> list[int]:
        """Takes waivers out, with the comments inside of them. Comments above them stay: the lines of these."""
        lines, kept = list(self._lines), []
        for number in sorted(numbers, reverse=True):
            first, last = self._span(number)
            above = first - 1
            while above >= 0 and lines[above].lstrip().startswith("#"):
                above -= 1
            if above < first - 1:
                kept.append(above + 2)
            is_between_blanks = lines[first - 1].strip() == "" and last < len(lines) and lines[last].strip() == ""
            if is_between_blanks and last < len(lines) - 1:
                last += 1
            del lines[first:last]
        meant = [waiver for number, waiver in enumerate(self.waivers) if number not in numbers]
        self._write("\n".join(lines), meant, min(numbers))
        return kept

    def _write(self, after: str, meant: Sequence[Waiver], number: int) -> None:
        try:
            written = waivers_file.read(after).waivers
        except WaiversError:
            written = None
        if written != tuple(meant):
            place = f"{relative_to_here(self.file)}:{self._items[number].start_mark.line + 1}"
            raise UsageError(_BY_HAND, file=place)
        write_atomically(self.file, self._mark + after)

    def _entries(self) -> Sequence[Any]:
        root: Any = yaml.compose(self._text, Loader=yaml.SafeLoader) if self._text else None
        items = root.value[0][1] if isinstance(root, yaml.MappingNode) and root.value else None
        if not isinstance(items, yaml.SequenceNode):
            return ()
        if items.flow_style and items.value:
            place = f"{relative_to_here(self.file)}:{items.start_mark.line + 1}"
            message = "the list is written in brackets; write one entry after the other, each with a dash"
            raise UsageError(message, file=place)
        self._column = items.start_mark.column
        entries: Sequence[Any] = items.value
        return entries

    def _value(self, number: int, key: str) -> Any:
        return next(value for name, value in self._items[number].value if name.value == key)

    def _span(self, number: int) -> tuple[int, int]:
        """The lines of an entry: the first, with its dash, and the one behind the last, comments inside included."""
        node = self._items[number]
        first = node.start_mark.line
        while first >= 0 and self._lines[first][self._column : self._column + 1] != "-":
            first -= 1
        if first < 0:  # lines that end as none of an editor does
            raise UsageError(_BY_HAND, file=self.file)
        last = _last_line(node) + 1
        end = last
        while end < len(self._lines) and _is_inside(self._lines[end], self._column):
            end += 1
            if self._lines[end - 1].strip():
                last = end
        return first, last


def _is_inside(line: str, column: int) -> bool:
    """Whether a line that says nothing belongs to the entry above: a comment further in than its dash."""
    written = line.strip()
    return not written or (written.startswith("#") and len(line) - len(line.lstrip()) > column)


def _last_line(node: Any) -> int:
    """The line that a value ends in. The end that YAML tells of an object is where the next thing begins."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return max(_last_line(part) for pair in node.value for part in pair)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return max(map(_last_line, node.value))
    end: Any = node.end_mark
    is_before = end.column == 0 and end.line > node.start_mark.line
    return int(end.line - is_before)


def extend(
    file: Path, named: str, until: date, settings: Sequence[Setting], today: date, not_run: Sketches = NONE
) -> Waiver:
    """Lets one waiver hold until a later day. Raises UsageError where it would not hold until then."""
    edited = Edited(file)
    number = edited.number_of(named)
    old = edited.waivers[number]
    if until <= old.expires:
        raise UsageError(f"is {until}, and {edited.told(number)} holds that long already", key="--until")
    new = replace(old, expires=until)
    register = Waiving(Source(None, WaiversFile((new,), {})), settings, today, not_run).register
    defect = next((one for one in register.all_standings()[0].defects if not one.is_early), None)
    if defect is not None:
        message = f"{defect.message}; nothing was written. {defect.remedy}"
        raise UsageError(message, file=relative_to_here(file), key=f"{ROOT}[{number}].{defect.field}")
    edited.extend(number, until)
    return new


def remove(file: Path, named: Sequence[str]) -> list[str]:
    """Takes waivers out of a file. What was done, a line each."""
    edited = Edited(file)
    return _removed(edited, {edited.number_of(one) for one in named})


def prune(file: Path, settings: Sequence[Setting], today: date, not_run: Sketches = NONE) -> list[str]:
    """Takes out the waivers that have expired. What was done, a line each."""
    edited = Edited(file)
    register = Waiving(Source(None, WaiversFile(edited.waivers, {})), settings, today, not_run).register
    return _removed(edited, {at for at, one in enumerate(register.all_standings()) if one.days_left < 0})


def _removed(edited: Edited, numbers: Collection[int]) -> list[str]:
    if not numbers:
        return []
    told = [f"removed {edited.told(number)}" for number in sorted(numbers)]
    for line in sorted(edited.remove(numbers)):
        told.append(f"the comment above it was kept: line {line} of the file before")
    return told
