"""`poolgate waivers export`: writes exceptions for the waivers in force into a policy config.

All that was written by hand stays byte for byte: only exceptions that were exported are added, changed and removed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

from inference_pools import policy_config
from inference_pools.exemptions import ROOT, PolicyException, natural
from inference_pools.finding import Outcome, Waiver
from inference_pools.policy_config import POLICIES_KEY, RESERVED, VERSION, VERSION_KEY, ConfigError
from inference_pools.urn import Urn
from inference_pools.waivers import Standing, matches
from poolgate.errors import UsageError
from poolgate.files import read_text, relative_to_here, write_atomically
from poolgate.lint.document import YamlError
from poolgate.lint.json_reader import parse_json
from poolgate.report.earlier import read_run
from poolgate.rule_set import RuleSet
from poolgate.waivers_cover import urn_of
from poolgate.waivers_exported import (
    EngineRules,
    Pair,
    exception_of,
    id_in_report,
    id_of,
    in_force,
    is_exported,
    may_cover,
    pairs_of,
)

ENGINE_NOTE: Final = "the engine honours exceptions from 3.274 on, and refuses a policy config of version 2 before"
_WILD: Final = re.compile(r"[*?]")
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_INDENT: Final = "  "
_BY_HAND: Final = "cannot be changed without touching more than exported exceptions; nothing was written"
_VERSION_OF_CONFIG: Final = (
    f'has no "{VERSION_KEY}": {VERSION}, without which there are no exceptions, and which engines before 3.274 refuse; '
    "--convert writes it"
)


class Found(NamedTuple):
    """What a report says of waivers: what each covers, by the ID of its exception, and the stacks that were read."""

    pairs: Mapping[str, frozenset[Pair]]
    read: frozenset[str]


class Export(NamedTuple):
    """What was done, or would be, a line each; and the waivers that were left out, each with the reason."""

    changes: tuple[str, ...]
    left_out: tuple[str, ...]
    exported: int


def found_in(report: Path) -> Found:
    """What a JSON report says of waivers. Raises UsageError for what is no report."""
    earlier = read_run(report)
    pairs: dict[str, set[Pair]] = {}
    for one in earlier.findings:
        waiver = one.raw.get("waiver")
        if one.outcome is Outcome.WAIVED and isinstance(waiver, Mapping):
            pairs.setdefault(id_in_report(waiver), set()).add((one.rule, urn_of(one.raw["resource"])))
    read = {name for name, stack in (earlier.reach.stacks or {}).items() if stack.read}
    return Found({key: frozenset(of_waiver) for key, of_waiver in pairs.items()}, frozenset(read))


def export(
    file: Path,
    rules: RuleSet,
    standings: Sequence[Standing],
    report: Path | None,
    *,
    wider: bool = False,
    convert: bool = False,
    write: bool = True,
) -> Export:
    """Brings the exported exceptions of a policy config up to the waivers that hold.

    Raises UsageError, before anything is written, for a config that has no place for exceptions or allows none.
    """
    read_text(file)  # says what is wrong with a file that is no text
    text = file.read_bytes().decode("utf-8")
    found = None if report is None else found_in(report)
    before = {one.id: one for one in rules.exceptions}
    planned, left_out = _planned(standings, EngineRules(rules.settings), before, found, wider=wider)
    changes = tuple(_changes(before, planned, relative_to_here(file)))
    if changes:
        after = _written(text, planned, before, file, convert=convert)
        _verify(after, text, {**_by_hand(before), **planned}, rules, file)
        if write:
            write_atomically(file, after)
    return Export(changes, tuple(left_out), len(planned))


def _planned(
    standings: Sequence[Standing],
    engine: EngineRules,
    before: Mapping[str, PolicyException],
    found: Found | None,
    *,
    wider: bool,
) -> tuple[dict[str, PolicyException], list[str]]:
    planned: dict[str, PolicyException] = {}
    left_out: list[str] = []
    for id_, standing in in_force(standings).items():
        waiver = standing.waiver
        why = _kept_back(waiver, engine, wider=wider)
        pairs = set() if why else set(_pairs(waiver, before.get(id_), found, engine))
        if pairs:
            planned[id_] = exception_of(waiver, pairs)
        else:
            left_out.append(
                f"{standing.keys[0]}[{standing.keys[1]}] {waiver.rule} for {_target(waiver)}: {why or _nothing(found)}"
            )
    return planned, left_out


def _kept_back(waiver: Waiver, engine: EngineRules, *, wider: bool) -> str:
    """Why a waiver is not exported; "" where it is."""
    if not engine.has_any_of(waiver):
        return "the engine has no such rule"
    if waiver.target.path and not wider:
        return "an exception has no path and would let pass all that the rule finds there; --allow-wider exports it"
    return ""


def _nothing(found: Found | None) -> str:
    if found is None:
        return "it names no resource by its whole URN and rule; --report tells what it covers"
    return "it covers nothing in the report"


def _pairs(waiver: Waiver, before: PolicyException | None, found: Found | None, engine: EngineRules) -> Iterator[Pair]:
    """What an exception has to let pass: what the waiver names itself, what it covered in the report, and what was
    exported before of stacks that the report did not read.
    """
    target = waiver.target
    if target.urn and not _WILD.search(target.urn + waiver.rule):
        named = (waiver.rule, target.urn)
        if engine.has(waiver.rule) and matches(target.stack, Urn.parse(target.urn).full_stack):
            yield named
    if found is not None:
        covered = found.pairs.get(id_of(waiver), ())
        yield from (pair for pair in covered if engine.has(pair[0]))
    for _, pair in pairs_of(before) if before else ():
        is_read = found is not None and Urn.parse(pair[1]).full_stack in found.read
        if not is_read and may_cover(waiver, pair):
            yield pair


def _target(waiver: Waiver) -> str:
    return " ".join(part for part in (waiver.target.stack, waiver.target.urn, waiver.target.path) if part)


def _by_hand(exceptions: Mapping[str, PolicyException]) -> dict[str, PolicyException]:
    return {id_: one for id_, one in exceptions.items() if not is_exported(id_)}


def _changes(before: Mapping[str, PolicyException], planned: Mapping[str, PolicyException], name: str) -> Iterator[str]:
    for id_ in sorted({*filter(is_exported, before), *planned}, key=natural):
        if id_ not in planned:
            yield f"{name}: {id_} removed: no waiver in force is exported as it"
        elif before.get(id_) != planned[id_]:
            what = "changed" if id_ in before else "added"
            yield f"{name}: {id_} {what}: {_in_words(planned[id_])}"


def _in_words(exception: PolicyException) -> str:
    numbers = Counter(rule for _, (rule, _) in pairs_of(exception))
    told = ", ".join(f"{rule} at {number} URN{'' if number == 1 else 's'}" for rule, number in sorted(numbers.items()))
    return f"{told} ({exception.reason})"


class _Member(NamedTuple):
    """A member of an object in a text: `start` and `end` are those of all that stands between the commas."""

    key: str
    start: int
    value: int
    value_end: int
    end: int


def _members(text: str, at: int) -> tuple[list[_Member], int]:
    """The members of the object that begins at a place, and where its brace closes. The text is known to be JSON."""
    decoder = json.JSONDecoder()
    start = at + 1
    members: list[_Member] = []
    while True:
        at = _skip(text, start)
        if text[at] == "}":
            return members, at
        key, at = decoder.raw_decode(text, at)
        value = _skip(text, _skip(text, at) + 1)
        _, value_end = decoder.raw_decode(text, value)
        end = _skip(text, value_end)
        members.append(_Member(key, start, value, value_end, end))
        if text[end] == "}":
            return members, end
        start = end + 1


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _written(
    text: str,
    planned: Mapping[str, PolicyException],
    before: Mapping[str, PolicyException],
    file: Path,
    *,
    convert: bool,
) -> str:
    """The text of the config with the exceptions as planned."""
    members, _ = _members(text, _skip(text, 0))
    if all(member.key != VERSION_KEY for member in members):
        if not convert:
            raise UsageError(_VERSION_OF_CONFIG, file=relative_to_here(file))
        if any(member.key == RESERVED for member in members):
            raise UsageError(
                f"has {RESERVED}, which the engine reserves; convert it by hand", file=relative_to_here(file)
            )
        text = _converted(text, members)
        members, _ = _members(text, 0)
    style = _Style.of(text, members)
    held = next((member for member in members if member.key == ROOT), None)
    if held is None:
        body = _object(style, [style.member(one) for one in _in_order(planned.values())])
        last = members[-1]
        return f"{text[: last.value_end]},{style.lead(1)}{json.dumps(ROOT)}: {body}{text[last.value_end :]}"
    return text[: held.value] + _exceptions(text, held, planned, before, style) + text[held.value_end :]


def _exceptions(
    text: str,
    held: _Member,
    planned: Mapping[str, PolicyException],
    before: Mapping[str, PolicyException],
    style: _Style,
) -> str:
    """The object of exceptions: what was written by hand, and what has not changed, as it stood."""
    members, close = _members(text, held.value)
    tail = text[members[-1].value_end : close] if members else style.lead(1)
    slots = []
    for member in members:
        end = member.value_end if member is members[-1] else member.end
        if not is_exported(member.key) or planned.get(member.key) == before[member.key]:
            slots.append(text[member.start : end])
        elif member.key in planned:
            slots.append(style.member(planned[member.key]))
    had = {member.key for member in members}
    slots += [style.member(one) for one in _in_order(planned.values()) if one.id not in had]
    return "{" + ",".join(slots) + tail + "}" if slots else "{}"


def _object(style: _Style, slots: Sequence[str]) -> str:
    return "{" + ",".join(slots) + style.lead(1) + "}" if slots else "{}"


def _in_order(exceptions: Iterable[PolicyException]) -> list[PolicyException]:
    return sorted(exceptions, key=lambda one: natural(one.id))


class _Style(NamedTuple):
    """How a text is laid out: its line ends and its indentation, "" where all stands on one line."""

    line_end: str
    indent: str

    @classmethod
    def of(cls, text: str, members: Sequence[_Member]) -> _Style:
        """As the first member of the root stands."""
        if "\n" not in text.strip():
            return cls("", "")
        lead = text[members[0].start : _skip(text, members[0].start)] if members else ""
        indent = lead.rpartition("\n")[2] if "\n" in lead else ""
        return cls("\r\n" if "\r\n" in text else "\n", indent or _INDENT)

    def lead(self, depth: int) -> str:
        """What stands before a key at a depth, or before the brace that closes it."""
        return f"{self.line_end}{self.indent * depth}" if self.line_end else " " * (depth > 1)

    def member(self, exception: PolicyException) -> str:
        """An exception with all that stands between the commas around it."""
        tree = {"reason": exception.reason, "match": [asdict(match) for match in exception.matches]}
        body = json.dumps(tree, ensure_ascii=False, indent=self.indent or None)
        return f"{self.lead(2)}{json.dumps(exception.id)}: " + body.replace("\n", self.lead(2))


def _converted(text: str, members: Sequence[_Member]) -> str:
    """A config of the older form as one of version 2: its rules under `policies`, as they were written."""
    style = _Style.of(text, members)
    line_end, indent = style.line_end or "\n", style.indent or _INDENT
    policies = text.strip().replace("\n", f"\n{indent}")
    head = f'{{{line_end}{indent}"{VERSION_KEY}": {VERSION},{line_end}{indent}"{POLICIES_KEY}": '
    return f"{head}{policies}{line_end}}}{line_end}"


def _verify(after: str, before: str, meant: Mapping[str, PolicyException], rules: RuleSet, file: Path) -> None:
    """Raises UsageError where the text would not say what is meant, or the policy allows none of it."""
    name = relative_to_here(file)
    known = {*(rule.id for rule in rules.rules), *rules.not_run.ids}
    try:
        old, new = (parse_json(text).value for text in (before, after))
        policy_config.refuse_not_exempt(meant.values(), rules.settings)
        policy_config.refuse_forbidden(tuple(meant.values()), rules.settings)
    except YamlError:
        raise UsageError(_BY_HAND, file=name) from None
    except ConfigError as error:
        raise UsageError(f"{error}; nothing was written", file=name) from None
    contents, wrong = policy_config.contents(new, known, is_open=not rules.not_run.is_complete)
    policies: Any = old.get(POLICIES_KEY, {}) if VERSION_KEY in old else old
    if wrong or contents.policies != policies or {one.id: one for one in contents.exceptions} != dict(meant):
        raise UsageError(_BY_HAND, file=name)
