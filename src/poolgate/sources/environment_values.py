"""Values of Pulumi ESC environments, given in a file: poolgate opens no environment itself.

A stack's file names the environments (`environment:`); what they supply lies under the stack's own configuration, as a
JSON merge patch does, and over what Pulumi.yaml declares (source: pulumi/pulumi, `pkg/workspace/config.go`,
2026-08-21). The values may be secrets: programs get them, and no report shows them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from inference_pools.own_checks import PROGRAM_RUNS
from poolgate.errors import UsageError
from poolgate.files import is_there, relative_to_here
from poolgate.findings import WHOSE, Finding, Subject, Tally
from poolgate.lint.document import YamlError, scalar_text
from poolgate.lint.project import Project, StackConfig, json_text
from poolgate.lint.yaml_reader import read_yaml
from poolgate.sources.missing_config import MISSING

HIDDEN: Final = "[hidden]"
"""What reports show in place of a value of an environment."""

OPTION: Final = "--environment-values"

_CONFIG: Final = "pulumiConfig"
_PARTS: Final = frozenset((_CONFIG, "environmentVariables", "files"))
"""What an opened environment may consist of for Pulumi; a file with none of it holds the configuration itself."""

_LONG: Final = 8
_NAME_LENGTH: Final = 4
"""Texts that are shorter are hidden in messages only: the names of resources are full of them."""


@dataclass(frozen=True)
class _Given:
    stack: str
    """STACK or PROJECT/STACK that the file is for; "" for all that import an environment."""
    file: Path
    values: Mapping[str, Any]

    def is_for(self, stack: StackConfig) -> bool:
        return self.stack in ("", stack.name, f"{stack.project.name}/{stack.name}")


class EnvironmentValues:
    """What was given for the environments of stacks, the later over the earlier."""

    def __init__(self, given: Sequence[_Given] = ()) -> None:
        self._given = given

    @classmethod
    def load(cls, written: Iterable[str]) -> EnvironmentValues:
        """Reads the files that `--environment-values [STACK=]FILE` names. Raises UsageError for what cannot be used."""
        return cls([_read(each) for each in written])

    def of(self, stack: StackConfig | None) -> dict[str, Any]:
        """The values for a stack, by key with namespace; none for one that imports no environment.

        Raises UsageError for a key that the engine would refuse.
        """
        values: dict[str, Any] = {}
        for given in self._for(stack):
            assert stack is not None
            for written, value in given.values.items():
                key = stack.project.qualified(written)
                if key.count(":") > 1:
                    problem = "expected a key of the form NAME or NAMESPACE:NAME"
                    raise UsageError(problem, file=given.file, key=written)
                values[key] = merged(value, values.get(key))
        return values

    def _for(self, stack: StackConfig | None) -> list[_Given]:
        if stack is None or not stack.imports_environments:
            return []
        return [given for given in self._given if given.is_for(stack)]

    def explain(self, tally: Tally, stack: StackConfig | None) -> None:
        """Says of a stack that imports environments which were not opened, and of what fails for want of a value."""
        if stack is None or not stack.imports_environments:
            return
        file = relative_to_here(stack.file)
        names = ", ".join(stack.environments) or "an environment"
        given = self._for(stack)
        if not given:
            tally.note(
                f"{file} imports {names}, which was not opened: what it supplies is not known here. "
                f"{OPTION} FILE gives its values."
            )
        opened = f"pulumi env open {stack.environments[0] if stack.environments else 'NAME'}"
        remedy = (
            f"The value is neither in {file} nor in {', '.join(relative_to_here(each.file) for each in given)}: "
            "add it to one of them."
            if given
            else f"The value may come from {names}, which {file} imports and which was not opened: give its values "
            f"with `{opened} > FILE` and `{OPTION} FILE`, or set it in {file}."
        )
        tally.findings = [
            finding._replace(remedy=remedy)
            if finding.rule == PROGRAM_RUNS and MISSING.search(finding.message)
            else finding
            for finding in tally.findings
        ]

    def hide(self, tally: Tally, projects: Iterable[Project]) -> None:
        """Takes the values out of all that a tally has to show. Names of projects and stacks are none."""
        if not self.texts:
            return
        names = {name for project in projects for name in (project.name, *project.stack_files)}
        short = _pattern(self.texts - names)
        long = _pattern({text for text in self.texts - names if len(text) >= _NAME_LENGTH})
        tally.findings = [_without(finding, short, long) for finding in tally.findings]
        tally.passes = [(_nameless(subject, long), rules) for subject, rules in tally.passes]
        tally.notes = {short.sub(HIDDEN, note): None for note in tally.notes}

    @cached_property
    def texts(self) -> frozenset[str]:
        """The values, which nothing may repeat."""
        return frozenset(text for given in self._given for text in _leaves(given.values))


NOTHING_GIVEN: Final = EnvironmentValues()


def _read(written: str) -> _Given:
    stack, equals, name = written.partition("=")
    if not equals or is_there(Path(written)):
        stack, name = "", written
    file = Path(name)
    try:
        document = read_yaml(file)
    except YamlError as error:
        # What is said of a text by a parser may repeat a part of it.
        raise UsageError("is neither JSON nor YAML", file=file, line=error.position.line) from None
    root = document.value
    if not isinstance(root, dict):
        raise UsageError(f"expected an object, as `pulumi env open` prints it, with {_CONFIG}", file=file)
    values = root.get(_CONFIG) if _PARTS & root.keys() else root
    if not isinstance(values, dict):
        raise UsageError("expected an object with a value for each key of the configuration", file=file, key=_CONFIG)
    return _Given(stack, file, {str(key): value for key, value in values.items()})


def merged(own: Any, base: Any) -> Any:
    """A value over another: objects are merged at every depth, anything else is replaced."""
    if isinstance(own, dict) and isinstance(base, dict):
        return {**base, **{key: merged(value, base.get(key)) for key, value in own.items()}}
    return own


def as_text(value: Any) -> str:
    """A value as the program gets it."""
    return json_text(value) if isinstance(value, (dict, list)) else scalar_text(value)


def supplied(config: Mapping[str, str], values: Mapping[str, Any], stack: StackConfig) -> dict[str, str]:
    """A stack's configuration, as texts by key, with what its environments supply."""
    whole = dict(config)
    for key, value in values.items():
        if key not in stack.own:
            whole[key] = as_text(value)
        elif isinstance(value, dict) and isinstance(stack.own[key].value, dict):
            whole[key] = json_text(merged(json.loads(whole[key]), value))
    return whole


def _leaves(value: Any) -> Iterator[str]:
    """The texts and numbers in a value; true, false and nothing say nothing."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield from filter(None, (value, value.strip(), *map(str.strip, value.splitlines())))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield scalar_text(value)


def _pattern(texts: Iterable[str]) -> re.Pattern[str]:
    """What finds one of the texts, the longest first."""
    either = "|".join(map(_found_as, sorted(texts, key=lambda text: (-len(text), text))))
    return re.compile(either or r"(?!)")


def _found_as(text: str) -> str:
    """A long text is found anywhere, a short one where it is a word, a number where it is no part of another."""
    if len(text) >= _LONG:
        return re.escape(text)
    if text[0].isdigit():
        return rf"(?<![\w.]){re.escape(text)}(?!\w|\.\d)"
    return rf"(?<!\w){re.escape(text)}(?!\w)"


def _without(finding: Finding, short: re.Pattern[str], long: re.Pattern[str]) -> Finding:
    return finding._replace(
        message=short.sub(HIDDEN, finding.message),
        remedy=short.sub(HIDDEN, finding.remedy),
        keys=tuple([long.sub(HIDDEN, key) if isinstance(key, str) else key for key in finding.keys]),
        subject=_nameless(finding.subject, long),
        from_resources=tuple(long.sub(HIDDEN, urn) for urn in finding.from_resources),
    )


def _nameless(subject: Subject, long: re.Pattern[str]) -> Subject:
    hidden = {part: long.sub(HIDDEN, getattr(subject, part)) for part in ("urn", "name", *WHOSE)}
    return subject._replace(**hidden)
