"""Lints Pulumi.yaml, Pulumi.<stack>.yaml and PulumiPolicy.yaml, and reports every finding where it is to be edited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from poolgate.lint.messages import Problem, key_path_text, problems, shown
from poolgate.lint.project import (
    ConfigEntry,
    Project,
    SecureValue,
    StackConfig,
    find_projects,
    load_project,
)
from poolgate.lint.schema_store import Schema, find_project_schema, load_schema, packaged
from poolgate.lint.yaml_reader import Document, KeyPath, Position, YamlError, read_yaml, scalar_text

SYNTAX: Final = "yaml-syntax"
SURPRISE: Final = "yaml-surprise"
PROJECT_SCHEMA: Final = "project-schema"
STACK_SCHEMA: Final = "stack-schema"
CONFIG_SCHEMA: Final = "config-schema"
POLICY_SCHEMA: Final = "policy-schema"
"""The names of the lint's rules, as findings carry them."""

LintSeverity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, order=True, slots=True)
class LintFinding:
    """Something wrong in a configuration file. Lines and columns count from 1; a key path reads `pools[2].sku`."""

    file: Path
    line: int
    column: int
    rule: str
    key_path: str
    message: str
    severity: LintSeverity = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        key = f"{self.key_path}: " if self.key_path else ""
        return f"{where}: {self.severity}: {key}{self.message} [{self.rule}]"


def lint_tree(path: Path) -> list[LintFinding]:
    """The findings of all projects in a tree, sorted by place. Raises UsageError when the path does not exist."""
    return sorted(finding for folder in find_projects(path) for finding in lint_project(folder))


def lint_project(folder: Path) -> list[LintFinding]:
    """The findings of one project: its Pulumi.yaml and the file of each of its stacks.

    A file that cannot be parsed is a finding. Raises UsageError when there is no Pulumi.yaml, or when the project's
    JSON Schema is itself at fault.
    """
    try:
        project = load_project(folder)
    except YamlError as error:
        return [_syntax(error, folder)]
    findings = list(_lint_document(project.document, "pulumi-project", PROJECT_SCHEMA))
    findings += _lint_declarations(project)
    for name, file in project.stack_files.items():
        try:
            document = read_yaml(file)
        except YamlError as error:
            findings.append(_syntax(error, file))
            continue
        findings += _lint_stack(StackConfig(name, file, document, project))
    return sorted(set(findings))


def lint_policy_pack(file: Path) -> list[LintFinding]:
    """The findings of a PulumiPolicy.yaml."""
    try:
        document = read_yaml(file)
    except YamlError as error:
        return [_syntax(error, file)]
    return sorted(_lint_document(document, "pulumi-policy", POLICY_SCHEMA))


def _syntax(error: YamlError, file: Path) -> LintFinding:
    named = error.file if isinstance(error.file, Path) else file
    return LintFinding(named, error.position.line, error.position.column, SYNTAX, "", error.problem)


def _lint_document(document: Document, schema: str, rule: str) -> Iterator[LintFinding]:
    """Judge a whole file by one of poolgate's own schemas."""
    for note in document.notes:
        yield _finding(document, SURPRISE, note.path, note.message, note.position, "warning")
    errors = load_schema(packaged(schema)).errors(document.value)
    for problem in problems(errors):
        yield _located(document, rule, problem)


def _lint_stack(stack: StackConfig) -> Iterator[LintFinding]:
    if stack.document.value is not None:  # The engine takes an empty file for an empty configuration.
        yield from _lint_document(stack.document, "pulumi-stack", STACK_SCHEMA)
    try:
        own = stack.own
    except YamlError:
        return  # What is wrong has been said: the schema describes what the engine refuses.
    yield from _lint_doubles(stack)
    yield from _lint_nothings(stack, own.values())
    yield from _lint_declared(stack)
    schema = find_project_schema(stack.project.directory, stack.project.name)
    if schema is not None:
        yield from _lint_config(stack, load_schema(schema))


def _lint_doubles(stack: StackConfig) -> Iterator[LintFinding]:
    """A key written with and without the namespace: the engine takes one of the two, by chance."""
    config = stack.document.value.get("config") if isinstance(stack.document.value, dict) else None
    seen: dict[str, str] = {}
    for written in config if isinstance(config, dict) else ():
        key = stack.project.qualified(written)
        if key in seen:
            message = f"'{written}' and '{seen[key]}' are the same key; which of them counts is left to chance"
            yield _located(stack.document, CONFIG_SCHEMA, Problem(("config", written), message, at_key=True))
        seen.setdefault(key, written)


def _lint_nothings(stack: StackConfig, entries: Iterable[ConfigEntry]) -> Iterator[LintFinding]:
    """Keys with no value, which the engine gives the empty text for now, with a warning."""
    for entry in entries:
        if entry.value is None:
            message = 'nothing is read as the empty text; write "" if that is meant'
            yield _located(stack.document, SURPRISE, Problem(entry.path, message, at_key=True), "warning")


def _lint_declarations(project: Project) -> Iterator[LintFinding]:
    """What the engine demands of `config:` in Pulumi.yaml beyond the shape of it."""
    for written, declaration in project.declarations.items():
        if not isinstance(declaration, dict):
            continue
        path: KeyPath = ("config", written)
        for message in _declaration_faults(project, written, declaration):
            yield _located(project.document, PROJECT_SCHEMA, Problem(path, message, at_key=True))


def _declaration_faults(project: Project, written: str, declaration: Mapping[str, Any]) -> Iterator[str]:
    has_default, has_value = (declaration.get(name) is not None for name in ("default", "value"))
    if has_default and has_value:
        yield "has both a default and a value; keep one"
    if project.qualified(written).startswith(f"{project.name}:"):
        if "type" in declaration and has_default and not _has_declared_type(declaration, declaration["default"]):
            yield f"the default is not {_declared_kind(declaration)}"
        return
    if "type" in declaration:
        yield "belongs to another namespace, which cannot be given a type here"
    if has_default:
        yield "belongs to another namespace; write 'value' for 'default'"
    elif not has_value:
        yield "belongs to another namespace and needs a 'value'"


def _lint_declared(stack: StackConfig) -> Iterator[LintFinding]:
    """What the project declares of its configuration, held against what the stack configures."""
    for written, declaration in stack.project.declarations.items():
        key = stack.project.qualified(written)
        entry = stack.own.get(key)
        declared: Mapping[str, Any] = declaration if isinstance(declaration, dict) else {"default": declaration}
        if entry is None:
            if key not in stack.project.declared and key.startswith(f"{stack.project.name}:"):
                message = f"'{key}' is missing; {stack.project.file.name} declares it without a default"
                yield _located(stack.document, CONFIG_SCHEMA, Problem(("config",), message))
            continue
        if "type" not in declared:
            continue
        if declared.get("secret") is True and not entry.is_secret:
            message = f"has to be a secret, {stack.project.file.name} says; set it with `pulumi config set --secret`"
            yield _located(stack.document, CONFIG_SCHEMA, Problem(entry.path, message))
        elif not entry.is_secret and not _has_declared_type(declared, entry.value, from_stack=True):
            message = f"expected {_declared_kind(declared)}, found {shown(entry.value)}"
            yield _located(stack.document, CONFIG_SCHEMA, Problem(entry.path, message))


_DECLARED: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "string": ("a text", lambda value: isinstance(value, str)),
    "integer": ("a whole number", lambda value: _is_whole(value)),
    "boolean": ("true or false", lambda value: value in ("true", "false", True, False)),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "array": ("a list", lambda value: isinstance(value, list)),
}


def _is_whole(value: Any) -> bool:
    if isinstance(value, str):
        digits = value.removeprefix("-") if value.startswith("-") else value.removeprefix("+")
        return digits.isascii() and digits.isdecimal()
    return isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer()


def _declared_kind(declaration: Mapping[str, Any]) -> str:
    kind = declaration.get("type")
    words = _DECLARED[kind][0] if kind in _DECLARED else f"of type '{kind}'"
    items = declaration.get("items")
    return f"{words}, each item {_declared_kind(items)}" if kind == "array" and isinstance(items, dict) else words


def _has_declared_type(declaration: Mapping[str, Any], value: Any, *, from_stack: bool = False) -> bool:
    """As the engine checks; a scalar of a stack reaches it as text."""
    kind = declaration.get("type")
    if kind not in _DECLARED:
        return True
    seen = scalar_text(value) if from_stack and not isinstance(value, (dict, list)) else value
    if not _DECLARED[kind][1](seen):
        return False
    items = declaration.get("items")
    return kind != "array" or not isinstance(items, dict) or all(_has_declared_type(items, item) for item in seen)


# ---------------------------------------------------------------------------------------------------------------
# A project's own schema
# ---------------------------------------------------------------------------------------------------------------


def _lint_config(stack: StackConfig, schema: Schema) -> Iterator[LintFinding]:
    """Judge the configuration, keys with their namespace, by the schema of the project."""
    values = {key: _as_read(entry, schema) for key, entry in stack.entries.items()}
    written = {key: entry.path[1] for key, entry in stack.own.items()}
    for problem in problems(schema.errors(values)):
        entry = stack.entries.get(str(problem.path[0])) if problem.path else None
        if entry is None or entry.document is not stack.document:
            # Missing keys belong to the file of the stack, what a default breaks belongs to Pulumi.yaml.
            document = entry.document if entry else stack.document
            path = (*entry.path, *problem.path[1:]) if entry else ("config",)
            yield _located(document, CONFIG_SCHEMA, Problem(path, problem.message, problem.at_key))
            continue
        path = ("config", written[entry.key], *problem.path[1:])
        if isinstance(entry.value, str):
            path = path[:2]
        message = problem.message
        shown_path = key_path_text((entry.key, *problem.path[1:]))
        position = _position(stack.document, Problem(path, message, problem.at_key))
        yield LintFinding(stack.file, position.line, position.column, CONFIG_SCHEMA, shown_path, message)


def _as_read(entry: ConfigEntry, schema: Schema) -> Any:
    """The value as the program is going to read it.

    Every scalar reaches the program as text, and what it is read as is the program's choice, which the schema knows:
    `"2"`, which `pulumi config set` writes, is a good whole number, and a JSON text a good object.
    """
    value = entry.value
    if isinstance(value, (dict, list, SecureValue)):
        return value
    text = scalar_text(value)
    wanted = schema.types_of(entry.key)
    if "string" in wanted or not wanted:
        return text
    for kind in ("boolean", "integer", "number", "object", "array"):
        if kind in wanted and (read := _READ[kind](text)) is not None:
            return read
    return text


def _read_integer(text: str) -> int | None:
    return int(text) if _is_whole(text) else None


def _read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _read_json(kind: type) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, kind) else None

    return read


_READ: Final[dict[str, Callable[[str], Any]]] = {
    "boolean": {"true": True, "True": True, "false": False, "False": False}.get,
    "integer": _read_integer,
    "number": _read_number,
    "object": _read_json(dict),
    "array": _read_json(list),
}


# ---------------------------------------------------------------------------------------------------------------
# Places
# ---------------------------------------------------------------------------------------------------------------


def _position(document: Document, problem: Problem) -> Position:
    found = document.key_position_of(problem.path) if problem.at_key else document.position_of(problem.path)
    return found or document.nearest_position(problem.path)


def _located(document: Document, rule: str, problem: Problem, severity: LintSeverity = "error") -> LintFinding:
    return _finding(document, rule, problem.path, problem.message, _position(document, problem), severity)


def _finding(
    document: Document, rule: str, path: KeyPath, message: str, position: Position, severity: LintSeverity
) -> LintFinding:
    file = document.file or Path("<text>")
    return LintFinding(file, position.line, position.column, rule, key_path_text(path), message, severity)
