"""A schema of a whole stack file for editors, made from the schema of a project's configuration.

A project's schema describes the configuration as the program has it: keys with their namespace, numbers as numbers,
secrets as what they hold. An editor sees the file as it is written, and knows no keywords of ours. What is made here
says what may be written so that poolgate's lint has nothing to say, as far as an editor can tell: it takes whatever the
lint takes, but for an unquoted number where a text of a certain form is asked for, and leaves to the lint what it
cannot say. It is one file without references to others, so that it works wherever it is put.

yaml-language-server 1.25.0 is what it is tested with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from poolgate.errors import UsageError
from poolgate.lint.document import YamlError, scalar_text
from poolgate.lint.json_types import KINDS
from poolgate.lint.own_keywords import SECRET_KEYWORD
from poolgate.lint.project import Project, load_project
from poolgate.lint.schema_files import SUFFIX, packaged
from poolgate.lint.schema_lint import DEFAULT, LintOptions
from poolgate.lint.schema_store import Schema, load_schema

_ANNOTATIONS: Final = ("title", "description", "examples", "deprecated")
_KEPT: Final = frozenset(
    (
        *_ANNOTATIONS,
        *("type", "enum", "const", "pattern", "format", "minLength", "maxLength"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("required", "minProperties", "maxProperties", "dependentRequired", "minItems", "maxItems", "uniqueItems"),
    )
)
"""What is kept as it is. A keyword that is in none of these tables is left out, which takes more, never less."""
_OF_ONE: Final = ("items", "additionalProperties", "propertyNames")
_OF_NAMES: Final = ("properties", "patternProperties")
_OF_LISTS: Final = ("prefixItems", "allOf", "anyOf", "oneOf")

_OF_OBJECTS: Final = ("required", "minProperties", "maxProperties", "dependentRequired", "allOf", "anyOf")
"""What an object has to be like that a secret, which is an object in the file, is not asked to be like."""
_SECURE: Final[Mapping[str, Any]] = {"type": "string", "description": "Ciphertext: `pulumi config set --secret`."}
_SECRET: Final[Mapping[str, Any]] = {
    "patternProperties": {"^secure$": _SECURE},  # not among the properties, which editors offer
    "minProperties": 1,
    "additionalProperties": False,
}
_OLD_SPELLING: Final = "^[^:]+:config:[^:]+$"
"""Keys that are written as long ago are left to the lint."""

_TEXTS: Final[Mapping[str, str]] = {
    "boolean": "[Tt]rue|[Ff]alse",
    "integer": "[-+]?[0-9]+",
    "number": r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?",
    "object": r"\s*\{[\s\S]*",
    "array": r"\s*\[[\s\S]*",
}
"""The texts that a program reads as something else, which `pulumi config set` writes for it."""


def schema_for_editors(folder: Path, options: LintOptions = DEFAULT) -> dict[str, Any]:
    """The editor schema of the project in a folder.

    Raises UsageError when there is no project, when its Pulumi.yaml cannot be read, or when it has no schema.
    """
    try:
        project = load_project(folder)
    except YamlError as error:
        raise UsageError(str(error)) from None
    file = options.schema_of(project)
    if file is None:
        message = f"the project {project.name} has no schema; `poolgate init` drafts schemas/{project.name}.schema.json"
        raise UsageError(message, file=project.file)
    return editor_schema(project, load_schema(file))


def editor_schema(project: Project, schema: Schema) -> dict[str, Any]:
    """The schema of a stack's whole file, from the schema of the project's configuration."""
    maker = _Maker(project.name, schema)
    stack_file = load_schema(packaged("pulumi-stack")).contents
    required = [key for key in schema.contents.get("required", ()) if key not in project.declared]
    config = {**stack_file["properties"]["config"], **maker.config()}
    if required:
        config["type"] = "object"
    config.pop("examples", None)
    made: dict[str, Any] = {
        "$schema": schema.contents.get("$schema", stack_file["$schema"]),
        "title": f"Pulumi.<stack>.yaml of {project.name}",
        "description": "For editors; made by `poolgate schema --editor` from the schema of the project.",
        "type": "object",
        "properties": {**stack_file["properties"], "config": config},
        "additionalProperties": stack_file["additionalProperties"],
        "dependentRequired": stack_file["dependentRequired"],
    }
    if required:
        asked = [maker.required(key) for key in required]
        # An environment of Pulumi ESC may supply what the file lacks.
        made["if"] = {"required": ["environment"]}
        made["else"] = {"required": ["config"], "properties": {"config": {"allOf": asked}}}
    return {**made, "$defs": maker.parts}


def file_of(project: str) -> PurePosixPath:
    """Where a project's editor schema lies in a repository, by convention."""
    return PurePosixPath("schemas", "editor", f"{project}{SUFFIX}")


def as_text(schema: Mapping[str, Any]) -> str:
    """The schema as it is written to a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


class _Maker:
    """Makes the parts of one editor schema, each once."""

    def __init__(self, project: str, schema: Schema) -> None:
        self.parts: dict[str, Any] = {}
        self._project = project
        self._schema = schema
        self._names: dict[tuple[int, str], str] = {}
        self._documents: dict[str, Any] = {}

    def spellings(self, key: str) -> Iterator[str]:
        """How a key may be written: with its namespace, without it when that is the project's, and in the old way."""
        namespace, _, name = key.partition(":")
        yield key
        if namespace == self._project:
            yield name
        yield f"{namespace}:config:{name}"

    def required(self, key: str) -> dict[str, Any]:
        """That a key is there, in any spelling; completion and messages name the first."""
        full, *others = self.spellings(key)
        return {"if": {"anyOf": [{"required": [name]} for name in others]}, "else": {"required": [full]}}

    def config(self) -> dict[str, Any]:
        """The configuration."""
        root = self._schema.contents
        properties: dict[str, Any] = {}
        patterns = {_OLD_SPELLING: {}, **dict(self._patterns(root.get("patternProperties", {})))}
        for key, value in root.get("properties", {}).items():
            full, *short, _ = self.spellings(key)
            self.parts[key] = self._made(value, root, as_text=True)
            properties[full] = {"$ref": _pointer(key)}
            # Completion offers what is among the properties: the key as Pulumi writes it.
            patterns |= {f"^{re.escape(name)}$": {"$ref": _pointer(key)} for name in short}
        made = {"properties": properties, "patternProperties": patterns}
        beyond = root.get("additionalProperties", {})
        return {**made, "additionalProperties": self._made(beyond, root, as_text=True)}

    def _patterns(self, patterns: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """The patterns, which speak of keys with their namespace, as patterns of the keys in the file."""
        own = re.escape(self._project)
        own = f"(?:{own}|{re.escape(own)})"  # `poolgate init` writes it escaped
        for pattern, value in patterns.items():
            made = self._made(value, self._schema.contents, as_text=True)
            # A key with a colon is called the same in the file, whatever the pattern is like.
            yield f"^(?=[^:]*:)(?=.*?(?:{pattern}))", made
            begins = None if "|" in pattern else re.match(rf"\^({own}:|[\w-]+:|\(\?!{own}:\))", pattern)
            if begins is None:
                yield "^[^:]*$", {}  # it may mean keys of the project
            elif begins[1].replace("\\", "") == f"{self._project}:":
                yield f"^(?=[^:]*$){pattern[begins.end() :]}", made

    def _part(self, document: Any, reference: str) -> dict[str, Any]:
        """A reference to the part that a reference leads to."""
        target, found = self._referred(document, reference)
        place = (id(target), reference.partition("#")[2])
        if place not in self._names:
            wanted = name = reference.rpartition("/")[2] or "root"
            count = 1
            while name in self._names.values() or name in self.parts:
                count += 1
                name = f"{wanted}-{count}"
            self._names[place] = name
            self.parts[name] = self._made(found, target)
        return {"$ref": _pointer(self._names[place])}

    def _referred(self, document: Any, reference: str) -> tuple[Any, Any]:
        """The document that a reference leads into, always the same object, and what is there."""
        try:
            target, found = self._schema.referred(document, reference)
        except LookupError:
            shown = json.dumps(reference, ensure_ascii=True)
            raise UsageError(f"$ref {shown} leads nowhere", file=self._schema.file) from None
        return target if target is document else self._documents.setdefault(reference.partition("#")[0], target), found

    def _made(self, schema: Any, document: Any, *, as_text: bool = False) -> Any:
        """A part as an editor needs it. `as_text` says that it is the value of a configuration key."""
        if not isinstance(schema, dict):
            return schema
        if schema.get(SECRET_KEYWORD) == "required":
            return {
                **_annotations(schema),
                "type": "object",
                **_SECRET,
                "errorMessage": "Expected a secret: pulumi config set --secret.",
            }
        if as_text and "$ref" in schema:
            return self._merged(schema, document)
        made = {keyword: value for keyword, value in schema.items() if keyword in _KEPT}
        made |= _messages(made)
        if "$ref" in schema:
            made |= self._part(document, schema["$ref"])
        for keyword in _OF_ONE:
            if keyword in schema:
                made[keyword] = self._made(schema[keyword], document)
        for keyword in _OF_NAMES:
            if keyword in schema:
                made[keyword] = {name: self._made(value, document) for name, value in schema[keyword].items()}
        for keyword in _OF_LISTS:
            if keyword in schema:
                made[keyword] = [self._made(value, document, as_text=as_text) for value in schema[keyword]]
        if "oneOf" in made:
            # A secret, or a text that may be two things, is good for several of them.
            made["allOf"] = [*made.get("allOf", ()), {"anyOf": made.pop("oneOf")}]
        if as_text:
            made = _or_as_text(made)
        return made if schema.get(SECRET_KEYWORD) == "forbidden" else _or_secret(made)

    def _merged(self, schema: Mapping[str, Any], document: Any) -> Any:
        """What a reference leads to, with what stands beside the reference."""
        beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        target, found = self._referred(document, schema["$ref"])
        if not isinstance(found, dict):
            return found
        clash = (beside.keys() & found.keys()) - {*_ANNOTATIONS, "x-poolgate-duration", "x-poolgate-spelling"}
        if clash or (target is not document and beside.keys() & {*_OF_ONE, *_OF_NAMES, *_OF_LISTS}):
            both = [self._made(found, target, as_text=True), self._made(beside, document, as_text=True)]
            return {**_annotations(schema), "allOf": both}
        return self._made({**found, **beside}, target, as_text=True)


def _annotations(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: schema[name] for name in _ANNOTATIONS if name in schema}


def _messages(schema: Mapping[str, Any]) -> dict[str, str]:
    """What an editor says instead of naming types and patterns. The keywords are VS Code's; others pass over them."""
    types = [kind for kind in _types(schema) if kind in KINDS and kind != "null"]
    made = {}
    if len(types) == 1 and types != ["object"] and not schema.keys() & {"enum", "const"}:
        made["errorMessage"] = f"Expected {KINDS[types[0]]}."
    if "pattern" in schema and "title" in schema:
        example = next(iter(schema.get("examples", ())), None)
        such = f", such as {example}" if isinstance(example, str) else ""
        made["patternErrorMessage"] = f"Expected {schema['title']}{such}."
    return made


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _or_as_text(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, where a scalar may be written in another way: every one reaches the program as text."""
    types = _types(schema)
    if not types:
        return schema
    if "string" in types:
        # A text of a certain form is seldom a number; who means one can quote it.
        is_open = not schema.keys() & {"pattern", "enum", "const", "format"}
        return {**schema, "type": list(dict.fromkeys((*types, "number", "boolean")))} if is_open else schema
    texts = "|".join(_TEXTS[kind] for kind in types if kind in _TEXTS)
    made = {**schema, "type": [*types, "string"], "pattern": f"^({texts})$"}
    choices = [made.pop("const")] if "const" in made else made.get("enum")
    if choices is not None:
        made["enum"] = [*choices, *(scalar_text(value) for value in choices if isinstance(value, (bool, int, float)))]
    return made


def _or_secret(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or a secret in place of the value: that, no keyword of the lint judges but poolgate's own.

    A choice is not taken for a secret: editors complete and explain only what stands outside of conditions.
    """
    types = _types(schema)
    if not types or schema.keys() & {"enum", "const"}:
        return schema
    made = {keyword: value for keyword, value in schema.items() if keyword not in _OF_OBJECTS}
    judged = {keyword: value for keyword, value in schema.items() if keyword in _OF_OBJECTS}
    if judged:
        made |= {"if": {"required": ["secure"]}, "else": judged}
    if "object" in types:
        return {**made, "patternProperties": {**made.get("patternProperties", {}), "^secure$": _SECURE}}
    return {**made, "type": [*types, "object"], **_SECRET}


def _pointer(name: str) -> str:
    return "#/$defs/" + name.replace("~", "~0").replace("/", "~1")
