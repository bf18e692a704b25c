"""Lints Pulumi.yaml, Pulumi.<stack>.yaml and PulumiPolicy.yaml, and reports every finding where it is to be edited."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from inference_pools.near_words import beyond_doubt, closest
from inference_pools.own_checks import (
    CONFIG_SCHEMA,
    CONFIG_UNKNOWN,
    POLICY_SCHEMA,
    PROJECT_SCHEMA,
    STACK_SCHEMA,
    YAML_SURPRISE,
    YAML_SYNTAX,
    CheckId,
)
from inference_pools.path import format_setting
from poolgate.errors import UsageError
from poolgate.files import is_folder, is_there
from poolgate.left_out import NOTHING, LeftOut
from poolgate.lint.content import content_of, digest_of
from poolgate.lint.document import Document, KeyPath, Position, YamlError, scalar_text
from poolgate.lint.messages import (
    Problem,
    RootOf,
    in_plain_words,
    problems,
    shown,
    spelling_message,
    unknown_key_message,
)
from poolgate.lint.namespaces import meant_namespace, near_miss
from poolgate.lint.project import ConfigEntry, Project, StackConfig, find_projects, load_project
from poolgate.lint.schema_files import find_project_schema, packaged
from poolgate.lint.schema_store import Schema, load_schema
from poolgate.lint.secret_places import NOTHING_SECRET, SecretPlaces, calls_any_secret, of_project, of_stack
from poolgate.lint.secure_value import SecureValue
from poolgate.lint.shortcuts import shortcuts
from poolgate.lint.slow_patterns import refusing_slow_patterns
from poolgate.lint.yaml_reader import read_yaml

LintSeverity: TypeAlias = Literal["error", "warning"]


class LintOptions(NamedTuple):
    """What a poolgate.yaml says about the lint.

    `schemas` names the schema of a project's configuration where it does not lie at the conventional place: by the
    project's folder, a whole path, or by its name. `names` are names in the case they are to be written in; they go
    before those of a schema. `left_out` is what is not to be looked at.
    """

    schemas: Mapping[str, Path] = MappingProxyType({})
    names: tuple[str, ...] = ()
    left_out: LeftOut = NOTHING
    root: Path | None = None
    """The folder of the poolgate.yaml, where there is one."""
    stacks: frozenset[str] = frozenset()
    """The names of the only stacks to look at; all where it is empty."""

    def schema_of(self, project: Project) -> Path | None:
        """The file with the schema of a project's configuration, if it has one."""
        named = None
        if self.schemas:
            folder = os.path.abspath(project.directory)  # noqa: PTH100 - as config_file has it
            named = self.schemas.get(folder) or self.schemas.get(project.name)
        return named or find_project_schema(project.directory, project.name)

    def stack_files_of(self, project: Project) -> Mapping[str, Path]:
        """The files of those of a project's stacks that are to be looked at, by the name of the stack."""
        files = project.stack_files
        return {name: file for name, file in files.items() if name in self.stacks} if self.stacks else files


DEFAULT: Final = LintOptions()


class Fix(NamedTuple):
    """What to write in place of a scalar, or of a key, where nobody could have meant anything else."""

    path: KeyPath
    at_key: bool
    text: str


class LintFinding(NamedTuple):
    """Something wrong in a configuration file. Lines and columns count from 1; `keys` lead to it in the file.

    `fix` is what `poolgate lint --fix` does about it, if anything. `suppliable` is the path of a key that is missing,
    where a Pulumi ESC environment could supply it. `is_private` says that nobody may see the line.
    """

    file: Path
    line: int
    column: int
    rule: CheckId
    keys: KeyPath
    message: str
    severity: LintSeverity = "error"
    fix: Fix | None = None
    suppliable: str = ""
    is_private: bool = False

    @property
    def key_path(self) -> str:
        """The keys as text: `shop:pools[2].sku`."""
        return format_setting(self.keys)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """By place, then by what is said there."""
        return (*self[:4], self.key_path, self.message, self.severity)

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        key = f"{self.key_path}: " if self.key_path else ""
        return f"{where}: {self.severity}: {key}{self.message} [{self.rule}]"


def lint_tree(path: Path) -> list[LintFinding]:
    """The findings of all projects in a tree, sorted by place. Raises UsageError when the path does not exist."""
    findings = (finding for folder in find_projects(path) for finding in lint_project(folder))
    return sorted(findings, key=lambda finding: finding.sort_key)


class Linted(NamedTuple):
    """What the lint says of a project, by which schema, and the SHA-256 of each file that it could parse, if wanted.

    There is no project when its Pulumi.yaml cannot be read. `secrets_in` tells of a file that could be parsed what of
    it is not shown.
    """

    findings: list[LintFinding]
    project: Project | None
    digests: Mapping[Path, str]
    secrets_in: Callable[[Path], SecretPlaces] = lambda _: NOTHING_SECRET
    schema_file: Path | None = None

    @property
    def has_no_schema(self) -> bool:
        """Whether there are stacks of which nobody knows what they may configure."""
        project = self.project
        return bool(project and project.stack_files and self.schema_file is None and not project.is_template)


def lint_project(folder: Path, options: LintOptions = DEFAULT) -> list[LintFinding]:
    """The findings of one project: its Pulumi.yaml and the file of each of its stacks.

    A file that cannot be parsed is a finding. Raises UsageError when there is no Pulumi.yaml, or when the project's
    JSON Schema is itself at fault.
    """
    return lint_in_full(folder, options).findings


class Means(NamedTuple):
    """What a lint may use to be done sooner: further processes, and a folder to remember good files in.

    `with_digests` says whether it is to be told what the digest of each file is.
    """

    processes: bool = False
    cache: Path | None = None
    with_digests: bool = True


ALONE: Final = Means()

FILES_FOR_A_PROCESS: Final = 250
"""Files that are judged in a few times what it takes to start a process."""


def lint_in_full(folder: Path, options: LintOptions = DEFAULT, means: Means = ALONE) -> Linted:
    """The findings of one project, and what they are about. Raises UsageError as `lint_project` does."""
    try:
        project = load_project(folder)
    except YamlError as error:
        named = error.file if isinstance(error.file, Path) else folder
        return Linted([_syntax(error, folder, is_private=_mentions_secrets(named))], None, {})
    schema_file = options.schema_of(project)
    judge = _Judge(project, schema_file, options, with_digests=means.with_digests or means.cache is not None)
    known = None
    if means.cache is not None:
        known = shortcuts().remembered(means.cache, schema_file, project.document.digest, *options.names)
    own_digest = judge.digest_of(project.document)
    digests = {project.file: own_digest}
    findings = [] if known and known.has(own_digest) else judge.project_findings()
    good = [] if findings else [own_digest]
    findings = [*findings, *_lint_stack_folder(project)]  # asked every time: the folder is in no file's digest
    waiting: list[tuple[str, Path]] = []
    for name, file in options.stack_files_of(project).items():
        if known and known.has(digest := digest_of(file)):
            digests[file] = digest
        else:
            waiting.append((name, file))
    for (_, file), (digest, found) in zip(waiting, _judged(judge, waiting, means), strict=True):
        findings += found
        if digest:
            digests[file] = digest
            good += [] if found else [digest]
    if known is not None and (sources := judge.sources) is not None:
        known.add(good, sources)
        known.save()
    return Linted(once_each(findings), project, digests, judge.secrets_in, schema_file)


class _Judge:
    """What judges the files of one project. The schema is loaded when there is something to judge by it."""

    def __init__(
        self, project: Project, schema_file: Path | None, options: LintOptions, *, with_digests: bool = True
    ) -> None:
        self.project = project
        self.schema_file = schema_file
        self.options = options
        self._with_digests = with_digests

    def digest_of(self, document: Document) -> str:
        return document.digest if self._with_digests else ""

    @cached_property
    def schema(self) -> Schema | None:
        if self.schema_file is None:
            return None
        schema = load_schema(self.schema_file)
        if (name := schema.unnamed_key(self.project.name)) is not None:
            said = f"judges nothing: the keys of a configuration have their namespace, `{self.project.name}:{name}`"
            raise UsageError(said, file=self.schema_file, key=format_setting(("properties", name)))
        return schema

    @property
    def sources(self) -> Mapping[str, str] | None:
        """The schemas that the project's own consists of; nothing if they were not needed, None if they are unknown."""
        loaded = self.__dict__.get("schema")
        return loaded.sources if loaded else {}

    def project_findings(self) -> list[LintFinding]:
        with refusing_slow_patterns(self.schema_file):
            return self._of_project()

    def _of_project(self) -> list[LintFinding]:
        document, root_of = self.project.document, lambda path: self.secrets.root_of(path)
        findings = list(lint_document(document, "pulumi-project", PROJECT_SCHEMA, root_of))
        findings += _lint_further_keys(self.project)
        findings += _lint_declarations(self.project)
        if self.schema is not None:
            findings += _lint_contradictions(self.project, self.schema, root_of)
        return _hiding(findings, self.project.file, self.secrets) if findings else findings

    @cached_property
    def secrets(self) -> SecretPlaces:
        """What of Pulumi.yaml is not shown."""
        return of_project(self.project, self.schema)

    def secrets_of(self, document: Document) -> SecretPlaces:
        """What of a stack's file is not shown."""
        schema = self.schema

        def read(key: str, value: Any) -> Any:
            return value if schema is None else _as_read(key, value, schema)

        return of_stack(document, self.project, schema, read)

    def secrets_in(self, file: Path) -> SecretPlaces:
        """What of one of the project's files is not shown. Raises YamlError when it cannot be read."""
        return self.secrets if file == self.project.file else self.secrets_of(read_yaml(file))

    def stack_findings(self, stacks: Iterable[tuple[str, Path]]) -> list[tuple[str, list[LintFinding]]]:
        """For each file its digest, "" when it cannot be parsed or nobody wants it, and its findings."""
        with refusing_slow_patterns(self.schema_file):
            return [self._of_stack(name, file) for name, file in stacks]

    def _of_stack(self, name: str, file: Path) -> tuple[str, list[LintFinding]]:
        try:
            document = read_yaml(file)
        except YamlError as error:
            return "", [_syntax(error, file, is_private=calls_any_secret(self.project, self.schema))]
        stack = StackConfig(name, file, document, self.project)
        places: list[SecretPlaces] = []  # asked for where something is found, which is seldom

        def root_of(path: KeyPath, of: Document = document) -> KeyPath | None:
            if of is not document:
                return self.secrets.root_of(path)
            if not places:
                places.append(self.secrets_of(document))
            return places[0].root_of(path)

        findings = list(_lint_stack(stack, self.schema, self.options, root_of))
        if findings:
            findings = _hiding(findings, file, *(places or [self.secrets_of(document)]))
            if any(finding.file != file for finding in findings):
                findings = _hiding(findings, self.project.file, self.secrets)
        return self.digest_of(document), findings


def secrets_of_stack(stack: StackConfig, options: LintOptions = DEFAULT) -> SecretPlaces:
    """What of a stack's file is not shown. Raises UsageError for a schema that is itself at fault."""
    judge = _Judge(stack.project, options.schema_of(stack.project), options)
    return judge.secrets_of(stack.document)


def _judged(judge: _Judge, stacks: Sequence[tuple[str, Path]], means: Means) -> Iterator[tuple[str, list[LintFinding]]]:
    """What the judge says of each stack, by as many processes as it is worth."""
    wanted = 1 + len(stacks) // FILES_FOR_A_PROCESS if means.processes else 1
    if wanted == 1:
        yield from judge.stack_findings(stacks)
        return
    from poolgate.forked import can_fork, in_shares, processors

    _ = judge.schema, load_schema(packaged("pulumi-stack"))  # loaded once, before there are several of us
    number = min(wanted, processors()) if can_fork() else 1
    for share in in_shares(stacks, judge.stack_findings, number, of="lint"):
        yield from share


def once_each(findings: Iterable[LintFinding]) -> list[LintFinding]:
    """The findings in order; what is said twice of one place is said once.

    An alias leads to a place twice, and a key may be missing to the project's declarations and to its schema.
    """
    seen: dict[tuple[Path, int, int, str], LintFinding] = {}
    for finding in sorted(findings, key=lambda finding: finding.sort_key):
        what, _, _ = finding.message.partition(" is missing")
        seen.setdefault((finding.file, finding.line, finding.column, what), finding)
    # A line is shown for any of its findings or for none.
    private = {(finding.file, finding.line) for finding in seen.values() if finding.is_private}
    return [
        finding._replace(is_private=True) if (finding.file, finding.line) in private else finding
        for finding in seen.values()
    ]


def lint_policy_pack(file: Path) -> list[LintFinding]:
    """The findings of a PulumiPolicy.yaml."""
    try:
        document = read_yaml(file)
    except YamlError as error:
        return [_syntax(error, file)]
    return once_each(lint_document(document, "pulumi-policy", POLICY_SCHEMA))


def _syntax(error: YamlError, file: Path, *, is_private: bool = False) -> LintFinding:
    """What a file that cannot be parsed is refused for; where there are secrets, nobody knows where they begin."""
    named = error.file if isinstance(error.file, Path) else file
    line, column = error.position
    words = in_plain_words(error.problem)
    shown_words = _QUOTED.sub("(not shown)", words) if is_private else words
    return LintFinding(named, line, column, YAML_SYNTAX, (), shown_words, is_private=is_private)


_QUOTED: Final = re.compile(r"""'.*'|".*"$""", re.DOTALL)


def _mentions_secrets(file: Path) -> bool:
    try:
        return b"secret" in content_of(file).lower()
    except OSError:
        return False


def _hiding(findings: Iterable[LintFinding], file: Path, places: SecretPlaces) -> list[LintFinding]:
    """The findings; none shows a line of the file that a secret stands on."""
    return [
        finding._replace(is_private=True) if finding.file == file and places.hides(finding.line) else finding
        for finding in findings
    ]


def lint_document(
    document: Document, schema: str, rule: CheckId, root_of: RootOf | None = None
) -> Iterator[LintFinding]:
    """Judge a whole file by one of poolgate's own schemas. `root_of` is as `problems` takes it."""
    for note in document.notes:
        root = root_of(note.path) if root_of else None
        message = note.message if root is None else "is read otherwise than it is written; put it in quotes"
        yield _finding(document, YAML_SURPRISE, root or note.path, message, note.position, "warning")
    errors = load_schema(packaged(schema)).errors(document.value)
    for problem in problems(errors, root_of):
        if rule in _LENIENT and problem.at_key and len(problem.path) == 1 and problem.meant is None:
            problem = problem._replace(message=f"{problem.message}; the engine ignores it", is_slight=True)
        yield located(document, rule, problem)


_LENIENT: Final = frozenset((STACK_SCHEMA, POLICY_SCHEMA))
"""Files in which the engine ignores a key that it does not know. One that resembles a known key is a mistake there."""


class _StackRootOf(Protocol):
    """As RootOf, of a stack's file or, for a default that it declares, of another document."""

    def __call__(self, path: KeyPath, of: Document = ...) -> KeyPath | None: ...


def _lint_stack(
    stack: StackConfig, schema: Schema | None, options: LintOptions, root_of: _StackRootOf
) -> Iterator[LintFinding]:
    if stack.document.value is not None:  # The engine takes an empty file for an empty configuration.
        yield from lint_document(stack.document, "pulumi-stack", STACK_SCHEMA, root_of)
    try:
        own = stack.own
    except YamlError:
        return  # What is wrong has been said: the schema describes what the engine refuses.
    yield from _lint_doubles(stack)
    yield from _lint_nothings(stack, own.values())
    misplaced = _Misplaced(stack, schema)
    of_schema = list(_lint_config(stack, schema, options, misplaced, root_of)) if schema is not None else []
    told = {(finding.line, finding.column) for finding in of_schema}
    found = [*_lint_declared(stack, misplaced, told, root_of), *of_schema, *_lint_namespaces(stack, told)]
    if stack.imports_environments:
        found = list(_without_unknown(stack, found))
    yield from found


def _without_unknown(stack: StackConfig, found: Iterable[LintFinding]) -> Iterator[LintFinding]:
    """The findings, but what is missing may come from an environment: of that, one finding says that it is unknown."""
    missing = []
    for finding in found:
        if finding.suppliable:
            missing.append(f"'{finding.suppliable}'")
        else:
            yield finding
    if missing:
        names = ", ".join(sorted(set(missing)))
        message = f"may supply {names}, which this file lacks and the schema asks for; that is not known here"
        yield located(stack.document, CONFIG_UNKNOWN, Problem(("environment",), message, at_key=True), "warning")


class _Misplaced:
    """Keys of a stack's file that nobody knows of, one of which may have been meant for one that is missing."""

    def __init__(self, stack: StackConfig, schema: Schema | None) -> None:
        self._stack = stack
        self._schema = schema

    def instead(self, missing: str) -> ConfigEntry | None:
        """The entry that was probably meant to be the missing one."""
        near = near_miss(missing, self._unknown)
        return self._stack.own[near] if near else None

    @cached_property
    def _unknown(self) -> list[str]:
        project, schema = self._stack.project, self._schema
        declared = {project.qualified(key) for key in project.declarations}
        return [key for key in self._stack.own if key not in declared and not (schema and schema.describes(key))]


def _missing_or_misplaced(key: str, message: str, instead: ConfigEntry | None) -> Problem:
    """A key that is missing, at the one that was meant for it, if there is one."""
    if instead is None:
        return Problem(("config",), message, missing=key)
    return Problem(instead.path, f"{message}; was '{instead.path[1]}' meant for it?", at_key=True, missing=key)


def _lint_namespaces(stack: StackConfig, told: Container[tuple[int, int]]) -> Iterator[LintFinding]:
    """Keys in a namespace that is a slip of the project's, or of a provider's: nobody reads them, or complains."""
    for key, entry in stack.own.items():
        namespace, _, name = key.partition(":")
        meant = meant_namespace(namespace, stack.project.name)
        if meant is not None:
            message = f"no project and no provider is called '{namespace}'; did you mean '{meant}:{name}'?"
            finding = located(stack.document, STACK_SCHEMA, Problem(entry.path, message, at_key=True), "warning")
            if (finding.line, finding.column) not in told:
                yield finding


def _lint_doubles(stack: StackConfig) -> Iterator[LintFinding]:
    """A key written with and without the namespace: the engine takes one of the two, by chance."""
    config = (stack.document.value or {}).get("config") or {}
    if len(config) == len(stack.own):
        return
    seen: dict[str, str] = {}
    for written in config:
        key = stack.project.qualified(written)
        if key in seen:
            message = f"'{written}' and '{seen[key]}' are the same key; which of them counts is left to chance"
            yield located(stack.document, CONFIG_SCHEMA, Problem(("config", written), message, at_key=True))
        seen.setdefault(key, written)


def _lint_nothings(stack: StackConfig, entries: Iterable[ConfigEntry]) -> Iterator[LintFinding]:
    """Keys with no value, which the engine gives the empty text for now, with a warning."""
    for entry in entries:
        if entry.value is None:
            message = 'nothing is read as the empty text; write "" if that is meant'
            yield located(stack.document, YAML_SURPRISE, Problem(entry.path, message, at_key=True), "warning")


def _lint_stack_folder(project: Project) -> Iterator[LintFinding]:
    """A folder for the stacks' files that is not there: the engine reads none, and says nothing."""
    folder = project.stack_folder
    if is_folder(folder):
        return
    key = "stackConfigDir" if isinstance(project.document.value.get("stackConfigDir"), str) else "config"
    state = "is not a folder" if is_there(folder) else "is not there"
    message = f"the folder '{project.document.value[key]}' {state}, so that no stack has any configuration"
    # A folder that is yet to come, or whose files are not committed, is no fault: nothing lies where it is not read.
    is_fault = is_there(folder) or project.has_stack_files_nearby
    yield located(project.document, PROJECT_SCHEMA, Problem((key,), message), "error" if is_fault else "warning")


_PROGRAM_IN_YAML: Final = ("configuration", "variables", "resources", "outputs", "components", "pulumi")
"""The keys of a program in Pulumi's YAML, which stands in Pulumi.yaml."""


def _lint_further_keys(project: Project) -> Iterator[LintFinding]:
    """What the engine takes and makes nothing of, as far as it looks like a slip of the pen."""
    contents = load_schema(packaged("pulumi-project")).contents
    known = list(contents["properties"])
    known += _PROGRAM_IN_YAML if project.runtime == "yaml" else ()
    value = project.document.value
    absent = [name for name in known if name not in value]
    slips = {key: near for key in value if key not in known and (near := beyond_doubt(key, absent))}
    for key, near in slips.items():
        yield _slight(project, (key,), f"the engine makes nothing of '{key}'; did you mean '{near}'?")
    if "runtime" not in value and "runtime" not in slips.values():
        message = "'runtime' is missing; the engine takes such a project, and has no program to run"
        yield _slight(project, (), message)
    if project.runtime == "python":
        options = list(contents["$defs"]["pythonOptions"]["properties"])
        for key in project.runtime_options:
            if key not in options:
                message = f"Pulumi ignores '{key}'{closest(key, options)}"
                yield _slight(project, ("runtime", "options", key), message)


def _slight(project: Project, path: KeyPath, message: str) -> LintFinding:
    return located(project.document, PROJECT_SCHEMA, Problem(path, message, at_key=True), "warning")


def _lint_declarations(project: Project) -> Iterator[LintFinding]:
    """What the engine demands of `config:` in Pulumi.yaml beyond the shape of it."""
    for written, declaration in project.declarations.items():
        if not isinstance(declaration, dict):
            continue
        path: KeyPath = ("config", written)
        for message in _declaration_faults(project, written, declaration):
            yield located(project.document, PROJECT_SCHEMA, Problem(path, message, at_key=True))


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


def _lint_contradictions(project: Project, schema: Schema, root_of: RootOf) -> Iterator[LintFinding]:
    """What the project declares of its own configuration, held against its schema: types, defaults, and names."""
    for written, declaration in project.declarations.items():
        key = project.qualified(written)
        if not isinstance(declaration, dict) or not key.startswith(f"{project.name}:"):
            continue
        kind, types = _kind_of(declaration), schema.types_of(key)
        if kind in _FITTING and types and not types & _FITTING[kind]:
            taken = " or ".join(sorted(types))
            message = f"contradicts {schema.file.name}, where '{key}' is of type {taken}"
            yield located(project.document, PROJECT_SCHEMA, Problem(("config", written, "type"), message))
        if key not in project.declared and not schema.knows(key):
            message = f"'{key}' is not known to {schema.file.name}"
            yield located(project.document, PROJECT_SCHEMA, Problem(("config", written), message, at_key=True))
    declared = project.declared
    defaults = {key: _as_read(key, entry.value, schema) for key, entry in declared.items()}
    if schema.surely_accepts_part(defaults):
        return

    def in_config(path: KeyPath) -> KeyPath | None:
        entry = declared.get(str(path[0])) if path else None
        # A default that is called a secret is not shown, nor what is in it.
        return path[:1] if entry and root_of((*entry.path, *path[1:])) else None

    for problem in problems(schema.errors(defaults), in_config):
        # What else is missing is for the stacks to have.
        entry = declared.get(str(problem.path[0])) if problem.path else None
        if entry is not None:
            path = (*entry.path, *problem.path[1:])
            yield located(project.document, CONFIG_SCHEMA, problem._replace(path=path, fix=None))


_FITTING: Final[Mapping[Any, frozenset[str]]] = {
    "string": frozenset(("string", "number")),  # Pulumi has no type for a number with a fraction
    "integer": frozenset(("integer", "number")),
    "boolean": frozenset(("boolean",)),
    "object": frozenset(("object",)),
    "array": frozenset(("array",)),
}
"""The types of a schema that a declared type can go with."""


def _lint_declared(
    stack: StackConfig, misplaced: _Misplaced, told: Container[tuple[int, int]], root_of: RootOf
) -> Iterator[LintFinding]:
    """What the project declares of its configuration, held against what the stack configures.

    `told` are the places of which the schema has spoken: of a key that it does not know nothing more need be said.
    """
    for written, declaration in stack.project.declarations.items():
        key = stack.project.qualified(written)
        entry = stack.own.get(key)
        declared: Mapping[str, Any] = declaration if isinstance(declaration, dict) else {"default": declaration}
        if entry is None:
            if key not in stack.project.declared and key.startswith(f"{stack.project.name}:"):
                message = f"'{key}' is missing; {stack.project.file.name} declares it without a default"
                instead = misplaced.instead(key)
                problem = _missing_or_misplaced(key, message, instead)
                finding = located(stack.document, CONFIG_SCHEMA, problem)._replace(suppliable=key)
                if instead is None or (finding.line, finding.column) not in told:
                    yield finding
            continue
        if "type" not in declared:
            continue
        if declared.get("secret") is True and not entry.is_secret:
            message = f"has to be a secret, {stack.project.file.name} says; set it with `pulumi config set --secret`"
            yield located(stack.document, CONFIG_SCHEMA, Problem(entry.path, message, is_private=True))
        elif not entry.is_secret and not _has_declared_type(declared, entry.value, from_stack=True):
            is_private = root_of(entry.path) is not None
            found = "what is not shown, for it may be a secret" if is_private else shown(entry.value, entry.key)
            message = f"expected {_declared_kind(declared)}, found {found}"
            yield located(stack.document, CONFIG_SCHEMA, Problem(entry.path, message))


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


def _kind_of(declaration: Mapping[str, Any]) -> str:
    """The declared type; "" for what is no text, which the schema of Pulumi.yaml tells of."""
    kind = declaration.get("type")
    return kind if isinstance(kind, str) else ""


def _declared_kind(declaration: Mapping[str, Any]) -> str:
    kind = _kind_of(declaration)
    words = _DECLARED[kind][0] if kind in _DECLARED else "of its type"
    items = declaration.get("items")
    return f"{words}, each item {_declared_kind(items)}" if kind == "array" and isinstance(items, dict) else words


def _has_declared_type(declaration: Mapping[str, Any], value: Any, *, from_stack: bool = False) -> bool:
    """As the engine checks; a scalar of a stack reaches it as text."""
    kind = _kind_of(declaration)
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


def _lint_config(
    stack: StackConfig, schema: Schema, options: LintOptions, misplaced: _Misplaced, root_of: _StackRootOf
) -> Iterator[LintFinding]:
    """Judge the configuration, keys with their namespace, by the schema of the project."""
    entries = stack.entries
    values = {key: _as_read(key, entry.value, schema) for key, entry in entries.items()}

    def in_config(path: KeyPath) -> KeyPath | None:
        """As `root_of`, with paths as the schema has them."""
        entry = entries.get(str(path[0])) if path else None
        root = root_of((*entry.path, *path[1:]), entry.document) if entry else None
        return path[: max(1, len(root) - len(entry.path) + 1)] if entry and root else None

    for problem in _in_case(problems(schema.errors(values), in_config), options.names):
        entry = entries.get(str(problem.path[0])) if problem.path else None
        suppliable = _suppliable(problem, entry)
        if entry is None or entry.document is not stack.document:
            # Missing keys belong to the file of the stack, what a default breaks belongs to Pulumi.yaml.
            document = entry.document if entry else stack.document
            if entry is not None:
                problem = problem._replace(path=(*entry.path, *problem.path[1:]), fix=None)
            elif problem.missing is not None:
                problem = _missing_or_misplaced(problem.missing, problem.message, misplaced.instead(problem.missing))
            else:
                problem = problem._replace(path=("config",), fix=None)
            finding = located(document, CONFIG_SCHEMA, problem)
            yield finding._replace(suppliable=suppliable)
            continue
        finding = located(stack.document, CONFIG_SCHEMA, _in_file(problem, entry, entry.path[1]))
        yield finding._replace(keys=(entry.key, *problem.path[1:]), suppliable=suppliable)


def _suppliable(problem: Problem, entry: ConfigEntry | None) -> str:
    """The path of a missing key that an environment could supply: not in a list, nor in a text."""
    in_text = entry is not None and not isinstance(entry.value, dict)
    if problem.missing is None or in_text or any(isinstance(step, int) for step in problem.path):
        return ""
    return format_setting((*problem.path, problem.missing))


def _in_case(found: Iterable[Problem], names: Iterable[str]) -> Iterator[Problem]:
    """The problems; of names in the wrong case, by the names that are configured rather than those of the schema."""
    known = {name.casefold(): name for name in names}
    for problem in found:
        written = str(problem.path[-1]) if problem.path else ""
        meant = known.get(written.casefold()) if problem.is_slight else None
        if meant is None:
            yield problem
        elif meant != written:
            yield problem._replace(message=spelling_message(written, meant), fix=meant)


def _in_file(problem: Problem, entry: ConfigEntry, written: str | int) -> Problem:
    """A problem with the configuration as one with the stack's file, where keys may lack their namespace."""
    if isinstance(entry.value, str) and len(problem.path) > 1:
        return problem._replace(path=("config", written), fix=None)  # inside a JSON text
    namespace = f"{entry.key.partition(':')[0]}:"
    is_short = not str(written).startswith(namespace)
    at_root = problem.at_key and len(problem.path) == 1
    near = problem.meant
    if at_root and is_short and near is not None and near.startswith(namespace):
        message = unknown_key_message(str(written), near.removeprefix(namespace))
        fix = problem.fix.removeprefix(namespace) if problem.fix else None
        return problem._replace(path=("config", written), message=message, fix=fix)
    if at_root and near is not None and ":" not in str(written):
        message = f"'{written}' is read as '{entry.key}', which is not known here; did you mean '{near}'?"
        return problem._replace(path=("config", written), message=message, fix=None)
    # A key in an old spelling, NAMESPACE:config:NAME, stays as it is.
    doubtful = at_root and str(written) != entry.key
    path = ("config", written, *problem.path[1:])
    return problem._replace(path=path, fix=None if doubtful else problem.fix)


def _as_read(key: str, value: Any, schema: Schema) -> Any:
    """The value as the program is going to read it.

    Every scalar reaches the program as text, and what it is read as is the program's choice, which the schema knows:
    `"2"`, which `pulumi config set` writes, is a good whole number, and a JSON text a good object.
    """
    if isinstance(value, (dict, list, SecureValue)):
        return value
    text = scalar_text(value)
    wanted = schema.types_of(key)
    if not wanted or schema.is_text(key):
        return text
    for kind in ("boolean", "integer", "number", "object", "array"):
        if kind in wanted and (read := _READ[kind](text)) is not None:
            return read
    return text


def _read_integer(text: str) -> int | None:
    try:
        return int(text) if _is_whole(text) else None
    except ValueError:  # Thousands of digits Python reads neither here nor in the program.
        return None


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
    # Something missing is missed at the key of the object that lacks it, not at the first thing inside.
    about_key = problem.at_key or problem.missing is not None
    found = (document.key_position_of(problem.path) if about_key else None) or document.position_of(problem.path)
    return found or document.nearest_position(problem.path)


def located(document: Document, rule: CheckId, problem: Problem, severity: LintSeverity = "error") -> LintFinding:
    """A problem as a finding, at the place in the file that is to be edited."""
    position = _position(document, problem)
    fix = Fix(problem.path, problem.at_key, problem.fix) if problem.fix is not None else None
    severity = "warning" if problem.is_slight else severity
    found = _finding(document, rule, problem.path, problem.message, position, severity)
    return found._replace(fix=fix, is_private=problem.is_private)


def _finding(
    document: Document, rule: CheckId, path: KeyPath, message: str, position: Position, severity: LintSeverity
) -> LintFinding:
    file = document.file or Path("<text>")
    return LintFinding(file, position.line, position.column, rule, path, message, severity)
