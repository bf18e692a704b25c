"""`poolgate waivers list`, `lint` and `add`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from inference_pools import waivers_file
from inference_pools.exemptions import ROOT as EXCEPTIONS
from inference_pools.exemptions import PolicyException
from inference_pools.finding import Outcome, Verdict, Waiver
from inference_pools.near_words import closest
from inference_pools.policy_config import Setting
from inference_pools.urn import Urn
from inference_pools.waiver_review import judge_waivers
from inference_pools.waivers import ROOT, Standing, concerns, covers_rule, matches
from inference_pools.waivers_file import WaiversError, WaiversFile
from poolgate.errors import NothingMatchedError, UsageError
from poolgate.files import is_there, read_text, relative_to_here, write_atomically
from poolgate.findings import Tally
from poolgate.left_out import LeftOut
from poolgate.lint.document import Document
from poolgate.lint.project import find_projects, load_project
from poolgate.own_source import NONE, Sketches
from poolgate.report.json_parts import NEVER
from poolgate.rule_set import RuleSet
from poolgate.sources.judged_stacks import names_of
from poolgate.table import table
from poolgate.waivers import Source, Waiving, about_waivers, malformed, place_in
from poolgate.waivers_exported import EngineRules, drift

if TYPE_CHECKING:
    from poolgate.waivers_cover import Cover

DEFAULT_FILE: Final = Path("waivers.yaml")
"""The file that `add` begins when nothing names another."""

_INDENT: Final = "  "
_MARK: Final = "\ufeff"


def standings(
    source: Source,
    settings: Sequence[Setting],
    today: date,
    not_run: Sketches = NONE,
    exceptions: Collection[PolicyException] = (),
) -> Sequence[Standing]:
    """How it stands with every waiver. Raises NothingMatchedError when there is neither one nor an exception."""
    waiving = Waiving(source, settings, today, not_run)
    if source.content is None and not waiving.register and not exceptions:
        raise NothingMatchedError("no waivers: name the file with --waivers, in POOLGATE_WAIVERS or in poolgate.yaml")
    return waiving.register.all_standings()


class Excepted(NamedTuple):
    """An exception of the policy config, how it has drifted from its waiver, and what it covers where that is told."""

    exception: PolicyException
    drifted: tuple[str, ...]
    cover: Cover | None = None

    @property
    def word(self) -> str:
        """One word for how it stands."""
        return "drifted" if self.drifted else NO_END


NO_END: Final = "no end"
_NOT_SAID: Final = "-"


def excepted(rules: RuleSet, source: Source, found: Sequence[Standing]) -> list[Excepted]:
    """The exceptions of the policy config, beside the waivers."""
    drifted: dict[str, list[str]] = {}
    if source.content is not None or found:
        for one in drift(rules.exceptions, found, EngineRules(rules.settings), ""):
            drifted.setdefault(one.id, []).append(one.message)
    return [Excepted(one, tuple(drifted.get(one.id, ()))) for one in rules.exceptions]


def listed(
    found: Sequence[Standing],
    covers: Sequence[Cover] | None = None,
    width: int | None = None,
    exceptions: Sequence[Excepted] = (),
) -> str:
    """The waivers as a table, those that need attention first; with what each covers, where that is told.

    Exceptions of the policy config come after them: they have neither owner, ticket nor last day.

    `width` is that of the terminal; None for a pipe, where no line is broken.
    """
    tells = bool(covers) or any(one.cover for one in exceptions)
    heads = ("id", "standing", "expires", *(("covers",) if tells else ()), *_COLUMNS)
    rows = []
    for number in sorted(range(len(found)), key=lambda number: _urgency(found[number])):
        standing = found[number]
        covered = (str(covers[number]),) if covers else ()
        rows.append((str(number), standing.word, standing.waiver.expires.isoformat(), *covered, *_row(standing)))
    for one in sorted(exceptions, key=lambda one: one.word):
        covered = (str(one.cover),) if tells else ()
        rows.append((one.exception.id, one.word, NEVER, *covered, *_row_of_exception(one.exception)))
    return "".join(f"{line}\n" for line in table(heads, rows, width))


def _row_of_exception(exception: PolicyException) -> tuple[str, ...]:
    rules = dict.fromkeys(policy for match in exception.matches for policy in match.policies)
    targets = list(dict.fromkeys(target for match in exception.matches for target in match.targets))
    more = f" and {len(targets) - 1} more" if len(targets) > 1 else ""
    return ", ".join(rules), f"{targets[0]}{more}", _NOT_SAID, _NOT_SAID, exception.reason


_COLUMNS: Final = ("rule", "target", "owner", "ticket", "reason")
_ORDER: Final = ("invalid", "expired", "expiring", "early", "active")


def _urgency(standing: Standing) -> tuple[int, date, str]:
    return _ORDER.index(standing.word), standing.waiver.expires, standing.waiver.rule


def _row(standing: Standing) -> tuple[str, ...]:
    waiver = standing.waiver
    target = " ".join(part for part in (waiver.target.stack, waiver.target.urn, waiver.target.path) if part)
    return (
        waiver.rule,
        target,
        waiver.owner,
        waiver.ticket,
        waiver.reason,
    )


def listed_json(
    source: Source,
    found: Sequence[Standing],
    covers: Sequence[Cover] | None = None,
    exceptions: Sequence[Excepted] = (),
    config: Document | None = None,
) -> str:
    """The waivers with all that is known of them, in the order of the file, then the exceptions."""
    described = [_described(source, number, standing) for number, standing in enumerate(found)]
    for one, cover in zip(described, covers or (), strict=False):
        one["covers"] = _covers_json(cover)
    described += [_described_exception(one, config) for one in exceptions]
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _covers_json(cover: Cover) -> dict[str, Any]:
    return {"findings": cover.number, "why_not_known": cover.why or None}


def _described_exception(one: Excepted, config: Document | None) -> dict[str, Any]:
    exception = one.exception
    place = config.key_position_of((EXCEPTIONS, exception.id)) if config else None
    file = relative_to_here(config.file) if config and config.file else ""
    return {
        "id": exception.id,
        "kind": "exception",
        "standing": one.word,
        "days_left": None,
        "problems": list(one.drifted),
        "reason": exception.reason,
        "match": [asdict(match) for match in exception.matches],
        "expires": None,
        "location": place and {"file": file, "line": place.line, "column": place.column},
        **({"covers": _covers_json(one.cover)} if one.cover else {}),
    }


def _described(source: Source, number: int, standing: Standing) -> dict[str, Any]:
    location = source.location(standing.keys)
    return {
        "id": number,
        "kind": "waiver",
        "standing": standing.word,
        "days_left": standing.days_left,
        "problems": [f"{defect.field} {defect.message}" for defect in standing.defects],
        **as_tree(standing.waiver),
        "location": None
        if location is None
        else {"file": location.file, "line": location.line, "column": location.column},
    }


def as_tree(waiver: Waiver) -> dict[str, Any]:
    """A waiver as the file writes it, without what is empty."""
    target = {"urn": waiver.target.urn, "stack": waiver.target.stack, "path": waiver.target.path}
    tree = {
        "rule": waiver.rule,
        "target": {name: text for name, text in target.items() if text},
        "reason": waiver.reason,
        "owner": waiver.owner,
        "ticket": waiver.ticket,
        "created": waiver.created.isoformat(),
        "expires": waiver.expires.isoformat(),
        "approved-by": waiver.approved_by,
    }
    return {name: value for name, value in tree.items() if value}


def lint(file: Path, settings: Sequence[Setting], today: date, not_run: Sketches = NONE) -> Tally:
    """All that is wrong with a waivers file, by itself: what its waivers cover only a check or an audit can tell."""
    text = read_text(file)
    content, errors = waivers_file.examine(text)
    tally = Tally()
    for error in errors:
        tally.add_finding(malformed(file, error))
    if not errors:
        source = Source(file, content)
        found = Waiving(source, settings, today, not_run).register.all_standings()
        for verdict in judge_waivers(settings, found, today):
            _add(tally, verdict, source)
    return tally


def _add(tally: Tally, verdict: Verdict, source: Source) -> None:
    if verdict.outcome.reported:
        tally.add_finding(about_waivers(verdict, source))
    elif verdict.outcome is Outcome.CLEAN:
        tally.count(Outcome.CLEAN, 1)


def add(
    file: Path,
    entry: Mapping[str, Any],
    settings: Sequence[Setting],
    today: date,
    not_run: Sketches = NONE,
    stacks: Collection[str] | None = None,
) -> Waiver:
    """Writes one more waiver at the end of a file, and leaves every byte of the others as it is.

    The file is begun when it is not there. `stacks` are all there are, as `project/stack`; None where nobody knows.
    Raises UsageError for a waiver that would not hold, one that says what another says already, one for a stack that is
    not there, and for a file to which nothing can be added without rewriting it.
    """
    before = _text(file)
    content = waivers_file.read(before.removeprefix(_MARK))
    old = content.waivers
    waiver = _checked(entry, settings, today, not_run)
    if stacks:
        _refuse_unknown_stack(waiver, stacks)
    _refuse_double(waiver, content, Waiving(Source(file, content), settings, today, not_run), file)
    after = _appended(before, as_tree(waiver), file)
    try:
        written = waivers_file.read(after.removeprefix(_MARK)).waivers
    except WaiversError:
        written = ()
    if written != (*old, waiver):
        raise UsageError("cannot be added to; write the waivers as a list, one entry after the other", file=file)
    write_atomically(file, after)
    return waiver


def stacks_at_hand(folder: Path, left_out: LeftOut) -> Collection[str] | None:
    """The stacks of the projects in a folder, as `project/stack`; None where there is none, or one cannot be read."""
    try:
        projects = [load_project(each) for each in find_projects(folder, left_out=left_out)]
    except UsageError:
        return None
    return {f"{project.name}/{name}" for project in projects for name in names_of(project)} or None


def _refuse_unknown_stack(waiver: Waiver, stacks: Collection[str]) -> None:
    if any(concerns(waiver, stack) for stack in stacks):
        return
    named = waiver.target.stack or Urn.parse(waiver.target.urn).full_stack
    key = "target.stack" if waiver.target.stack else "target.urn"
    message = (
        f"no project here has the stack {named}{closest(named, stacks)}; nothing was written. "
        "Where only a backend has it: --allow-unknown-stack"
    )
    raise UsageError(message, key=key)


def _refuse_double(waiver: Waiver, content: WaiversFile, waiving: Waiving, file: Path) -> None:
    """Raises UsageError where another waiver has the same rule and target, or covers all this one would, as long."""
    for number, standing in enumerate(waiving.register.all_standings()):
        other = standing.waiver
        is_same = (other.rule, other.target) == (waiver.rule, waiver.target)
        is_wider = not standing.defects and other.expires >= waiver.expires and _contains(other, waiver)
        if is_same or is_wider:
            line = content.place((ROOT, number))[0]
            what = "has the same rule and target" if is_same else f"covers that already ({other.rule})"
            message = (
                f"{ROOT}[{number}] {what}, until {other.expires} ({other.owner}, {other.ticket}); nothing was written. "
                f"To let it hold longer: poolgate waivers extend {number} --until DATE"
            )
            raise UsageError(message, file=f"{relative_to_here(file)}:{line}")


def _contains(wide: Waiver, narrow: Waiver) -> bool:
    """Whether a waiver covers all that another one covers."""
    pairs = [(getattr(wide.target, part), getattr(narrow.target, part)) for part in ("stack", "urn", "path")]
    is_rule = covers_rule(wide, narrow.rule.removesuffix("*"))
    return is_rule and all(not glob or (bool(text) and matches(glob, text)) for glob, text in pairs)


def _text(file: Path) -> str:
    """The file as it is, its line ends and byte order mark included; empty when there is none yet."""
    if not is_there(file):
        return ""
    text = read_text(file)  # Says what is wrong with a file that is no text.
    raw = file.read_bytes().decode("utf-8")
    try:
        waivers_file.read(text)
    except WaiversError as error:
        raise UsageError(str(error), file=place_in(file, error)) from None
    return raw


def _checked(entry: Mapping[str, Any], settings: Sequence[Setting], today: date, not_run: Sketches) -> Waiver:
    """The entry as a waiver that holds today. Raises UsageError for the first reason why it is none."""
    text = yaml.safe_dump({ROOT: [dict(entry)]}, allow_unicode=True)
    content, errors = waivers_file.examine(text)
    if errors:
        raise UsageError(str(errors[0]).removeprefix(f"{ROOT}[0]."))
    source = Source(None, content)
    standing = Waiving(source, settings, today, not_run).register.all_standings()[0]
    if standing.defects:
        defect = standing.defects[0]
        raise UsageError(f"{defect.message}; nothing was written. {defect.remedy}", key=defect.field)
    return content.waivers[0]


def _appended(text: str, tree: Mapping[str, Any], file: Path) -> str:
    """The text with one more entry. The key `waivers` is the only one, so that its list ends where the file does."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    try:
        node = yaml.compose(text.removeprefix(_MARK), Loader=yaml.SafeLoader) if text else None
    except yaml.YAMLError:  # which Pulumi's reader takes, and PyYAML does not
        raise UsageError("is written so that nothing can be added to it; nothing was written", file=file) from None
    items = node.value[0][1] if isinstance(node, yaml.MappingNode) and node.value else None
    indent = _INDENT
    if items is None:
        text = _ended(text, line_end) + f"{ROOT}:{line_end}"
    elif isinstance(items, yaml.SequenceNode) and items.value and not items.flow_style:
        indent = " " * items.start_mark.column
    elif isinstance(items, yaml.SequenceNode) and not items.value:
        at = len(text) - len(text.removeprefix(_MARK))
        text = text[: at + items.start_mark.index].rstrip(" ") + text[at + items.end_mark.index :]
    elif isinstance(items, yaml.SequenceNode):
        place = f"{relative_to_here(file)}:{items.start_mark.line + 1}"
        raise UsageError(
            "the list is written in brackets; write one entry after the other, each with a dash", file=place
        )
    lines = _entry(tree)
    return _ended(text, line_end) + "".join(f"{indent}{line}{line_end}" for line in lines)


def _ended(text: str, line_end: str) -> str:
    return text if not text or text.endswith("\n") or text == _MARK else text + line_end


def _entry(tree: Mapping[str, Any]) -> Iterable[str]:
    """The lines of an entry, from its dash on."""
    lines = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            lines += [f"{name}:", *(f"{_INDENT}{key}: {_scalar(text)}" for key, text in value.items())]
        else:
            lines.append(f"{name}: {value if name in ('created', 'expires') else _scalar(value)}")
    return [f"- {lines[0]}", *(f"  {line}" for line in lines[1:])]


def _scalar(text: str) -> str:
    """The text as YAML, on one line, in quotes where a reader might take it for something else."""
    return yaml.safe_dump(text, allow_unicode=True, width=float("inf")).removesuffix("\n").removesuffix("\n...")
