"""The JSON Schemas, ready to judge with, and how one refers to another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from poolgate.errors import UsageError
from poolgate.lint.content import MAX_BYTES, content_of
from poolgate.lint.document import MAX_DEPTH, KeyPath
from poolgate.lint.own_keywords import ARGUMENTS, SECRET_KEYWORD, is_argument
from poolgate.lint.schema_files import referred_file
from poolgate.lint.shortcuts import shortcuts

if TYPE_CHECKING:
    from poolgate.lint.secure_validator import Reference
    from poolgate.lint.shortcuts import Validator

_LONGEST_CHAIN: Final = 10
_DIALECTS: Final = tuple(f"https://json-schema.org/draft/2020-12/schema{end}" for end in ("", "#"))
_MOST_DIGITS: Final = 10
"""Of a number in a reference; no list is so long that it needs more."""
_OF_SEVERAL: Final = ("allOf", "anyOf", "oneOf")
_OF_NAMES: Final = frozenset(("properties", "patternProperties", "dependentSchemas", "$defs"))
_OF_VALUES: Final = frozenset(("const", "enum", "examples", "default"))
_TYPES: Final[Mapping[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


class Schema:
    """A schema, ready to judge with.

    `contents` is the JSON of its file; what it refers to is looked up beside the file, then among poolgate's own.
    """

    def __init__(self, file: Path, contents: Mapping[str, Any], read: bytes = b"") -> None:
        self.file = file
        self.contents = contents
        self._types: dict[str, tuple[frozenset[str], bool]] = {}
        self._read = {file.name: read}
        self._documents: dict[str, Any] = {file.name: _in_our_dialect(contents)}

    def errors(self, instance: Any) -> Iterator[Any]:
        """The `jsonschema.ValidationError`s of a value, in which a SecureValue stands for each secret.

        `jsonschema` is not asked, nor imported, about a value that is surely good, or has simple errors only: of those
        come FoundErrors.
        """
        found = self._fast(instance) if self._fast else None
        if found is not None and all(error.is_simple for error in found):
            return iter(found)
        return iter(self._of_reference(instance, [error.absolute_path for error in found or ()]))

    def _of_reference(self, instance: Any, paths: Iterable[Iterable[Any]]) -> list[Any]:
        """What the reference finds. Raises UsageError for a schema of which only a value shows that it is at fault."""
        from referencing.exceptions import Unresolvable

        unresolvable: Any = Unresolvable
        try:
            return self._reference.errors(instance, paths)
        except unresolvable as error:
            is_inside = not error.ref or error.ref.startswith("/")
            where = f"#{error.ref or getattr(error, 'anchor', '')}" if is_inside else error.ref
            raise UsageError(f"$ref '{where}' leads nowhere", file=self.file) from None
        except RecursionError:
            raise UsageError("a $ref leads in a circle, or the schema is nested too deep", file=self.file) from None
        except re.error as error:
            raise UsageError(f"a pattern is no regular expression: {error}", file=self.file) from None

    def surely_accepts_part(self, instance: Mapping[str, Any]) -> bool:
        """Whether some keys of the root object are certainly without errors, whatever else it lacks."""
        if not instance:
            return True
        validate = shortcuts().compile_schema(self.file.name, self._retrieve, whole=False)
        found = validate(instance) if validate else None
        return found is not None and not found

    def types_of(self, key: str) -> frozenset[str]:
        """The JSON types the schema allows for a key of its root object; empty if it names none.

        They are those of `type`, or else of the values, or the possibilities, that it names instead.
        """
        return self._types_for(key)[0]

    def is_text(self, key: str) -> bool:
        """Whether a text is among what `type` allows for a key: then it is what every scalar is read as."""
        types, are_named = self._types_for(key)
        return are_named and "string" in types

    def _types_for(self, key: str) -> tuple[frozenset[str], bool]:
        found = self._types.get(key)
        if found is None:
            found = self._types[key] = self._find_types(key)
        return found

    def knows(self, key: str) -> bool:
        """Whether a key may be in the root object; what only `$ref` and the like lead to is taken to allow it."""
        schema = self.contents
        if schema.get("additionalProperties") is not False or key in schema.get("properties", {}):
            return True
        return any(re.search(pattern, key) for pattern in schema.get("patternProperties", {}))

    def unnamed_key(self, project: str) -> str | None:
        """The first of its properties that no configuration has, since it lacks the namespace that all keys have there.

        One that stands beside the same key with the project's namespace is for others, such as an editor, and is none;
        nor is one that a reference leads to.
        """
        properties = self.contents.get("properties", {})
        keys = [key for key in properties if ":" not in key and f"{project}:{key}" not in properties]
        if not keys:
            return None
        own = ("", self.file.name, self.contents.get("$id"))
        references = [reference.partition("#") for reference in _references(self.contents)]
        within = [fragment for document, _, fragment in references if document in own]
        return next((key for key in keys if not any(not to or f"/properties/{key}" in to for to in within)), None)

    def describes(self, key: str) -> bool:
        """Whether anything is said of a key of the root object, beyond that there may be further ones."""
        root = self._documents[self.file.name]
        return any(not isinstance(part, bool | None) for _, part in self._parts_for(root, root, key))

    @property
    def sources(self) -> Mapping[str, str] | None:
        """The SHA-256 of its file and of each that it leads to, by their plain names; None if not all are known.

        The fast validator reads them all when it is made, the reference only those that a value leads to.
        """
        import hashlib

        if self._fast is None:
            return None
        return {name: hashlib.sha256(content).hexdigest() for name, content in self._read.items()}

    def _find_types(self, key: str) -> tuple[frozenset[str], bool]:
        """The types for a key, and whether it is `type` that names them."""
        root = self._documents[self.file.name]
        for document, part in self._parts_for(root, root, key):
            if types := self._types_in(document, part):
                return types, self._has_type(document, part)
        return frozenset(), False

    def _has_type(self, document: Any, schema: Any) -> bool:
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(schema, dict) or "type" in schema or "$ref" not in schema:
                break
            document, schema = self._referred(document, schema["$ref"])
        return isinstance(schema, dict) and "type" in schema

    def _parts_for(self, document: Any, schema: Any, key: str, steps: int = 0) -> Iterator[tuple[Any, Any]]:
        """The schemas for a key of an object, in the schema of the object and those that it is made of."""
        if not isinstance(schema, dict) or steps > _LONGEST_CHAIN:
            return
        named = [part for name, part in schema.get("properties", {}).items() if name == key]
        named += [part for pattern, part in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        for part in named or [schema.get("additionalProperties")]:
            yield document, part
        for around, inner in self._parts_of(document, schema):
            yield from self._parts_for(around, inner, key, steps + 1)

    def _parts_of(self, document: Any, schema: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
        """The schemas that another one is made of, or may be, each with the document that it is in."""
        if "$ref" in schema:
            yield self._referred(document, schema["$ref"])
        for keyword in _OF_SEVERAL:
            yield from ((document, inner) for inner in schema.get(keyword, ()))
        for keyword in ("then", "else"):
            yield document, schema.get(keyword)

    def _types_in(self, document: Any, schema: Any, steps: int = 0) -> frozenset[str]:
        if not isinstance(schema, dict) or steps > _LONGEST_CHAIN:
            return frozenset()
        if "type" in schema:
            types = schema["type"]
            return frozenset([types] if isinstance(types, str) else types)
        if "const" in schema or "enum" in schema:
            return frozenset(map(_type_of, [schema["const"]] if "const" in schema else schema["enum"]))
        if "$ref" in schema and (types := self._types_in(*self._referred(document, schema["$ref"]), steps + 1)):
            return types
        for keyword in _OF_SEVERAL:
            each = [self._types_in(document, inner, steps + 1) for inner in schema.get(keyword, ())]
            if keyword == "allOf":
                each = [types for types in each if types][:1]
            if each and all(each):
                return frozenset().union(*each)
        return frozenset()

    def secrets_in(self, value: Any) -> Iterator[KeyPath]:
        """The paths in a configuration to what the schema calls a secret, in any of its possibilities."""
        root = self._documents[self.file.name]
        yield from self._secrets_in(root, root, value, (), set())

    def _secrets_in(
        self, document: Any, schema: Any, value: Any, path: KeyPath, seen: set[tuple[int, KeyPath]]
    ) -> Iterator[KeyPath]:
        if not isinstance(schema, dict) or (id(schema), path) in seen or len(path) > MAX_DEPTH:
            return
        seen.add((id(schema), path))
        if schema.get(SECRET_KEYWORD) == "required":
            yield path
            return
        for around, inner in self._parts_of(document, schema):
            yield from self._secrets_in(around, inner, value, path, seen)
        for step, item in _entries_of(value):
            for inner in _schemas_for(schema, step):
                yield from self._secrets_in(document, inner, item, (*path, step), seen)

    @cached_property
    def calls_secrets(self) -> bool:
        """Whether there is anything that the schema calls a secret, wherever it leads to."""
        waiting, seen = [self.file.name], set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            try:
                text = json.dumps(self._retrieve(name))
            except (LookupError, RecursionError):
                continue
            if _CALLS_SECRET.search(text):
                return True
            waiting += _REFERS_TO.findall(text)
        return False

    def _referred(self, document: Any, reference: str) -> tuple[Any, Any]:
        """As `referred`, with nothing there for a reference to no file: the validators tell of that."""
        try:
            return self.referred(document, reference)
        except LookupError:
            return document, {}

    def referred(self, document: Any, reference: Any) -> tuple[Any, Any]:
        """The document that a reference leads into, and what is there. Raises LookupError if it leads nowhere."""
        if not isinstance(reference, str):
            raise LookupError(reference)
        name, _, pointer = reference.partition("#")
        own_name = document.get("$id") if isinstance(document, dict) else None
        target = document if name in ("", own_name) else self._retrieve(name)
        found = target if pointer.startswith("/") or not pointer else _anchored(target, pointer)
        for step in pointer.split("/")[1:]:
            step = _unquoted(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and step.isascii() and step.isdecimal() and len(step) < _MOST_DIGITS:
                found = found[int(step)]
            elif isinstance(found, dict):
                found = found[step]
            else:
                raise LookupError(reference)
        return target, found

    def _retrieve(self, name: str) -> Any:
        """A schema by the plain name of its file: no schema makes anybody read other places or the network."""
        if name not in self._documents:
            target = referred_file(self.file, name)
            if target is None:
                raise LookupError(name)
            content = _content(target)
            self._documents[name] = _in_our_dialect(_parsed(content, target))
            self._read[name] = content
        return self._documents[name]

    @cached_property
    def _fast(self) -> Validator | None:
        return shortcuts().compile_schema(self.file.name, self._retrieve)

    @cached_property
    def _reference(self) -> Reference:
        from referencing import Registry
        from referencing.exceptions import NoSuchResource
        from referencing.jsonschema import DRAFT202012

        from poolgate.lint.secure_validator import Reference

        no_such_resource: Any = NoSuchResource

        def retrieve(uri: str) -> Any:
            try:
                return DRAFT202012.create_resource(self._retrieve(uri))
            except LookupError:
                raise no_such_resource(ref=uri) from None

        make_registry: Any = Registry
        given = self._documents[self.file.name], make_registry(retrieve=retrieve)
        return shortcuts().reference(*given) or Reference(*given)

    def check(self) -> None:
        """Raises UsageError when it is no JSON Schema."""
        if self._fast is None:
            for name in self._led_to():
                self._check_document(name)

    def _led_to(self) -> list[str]:
        """The schema's own file and those that it leads to, by their plain names."""
        waiting, found = [self.file.name], []
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.append(name)
            for reference in _references(self._retrieve(name)):
                other = reference.partition("#")[0]
                if other and other not in self._documents:
                    with suppress(LookupError):  # The validators tell of it.
                        self._retrieve(other)
                waiting += [other] if other in self._documents else []
        return found

    def _check_document(self, name: str) -> None:
        from jsonschema.exceptions import SchemaError

        from poolgate.lint.secure_validator import SecureAwareValidator

        document = self._documents[name]
        file = self.file if name == self.file.name else referred_file(self.file, name) or self.file
        try:
            SecureAwareValidator.check_schema(document)
        except SchemaError as error:
            raise UsageError(f"not a JSON Schema: {error.message}", file=file, key=error.json_path) from None
        for keyword, argument in _own_keywords(document):
            if not is_argument(keyword, argument):
                message = f"not a JSON Schema: expected {ARGUMENTS[keyword]}, found {json.dumps(argument)}"
                raise UsageError(message, file=file, key=keyword)
        for reference in _references(document):
            try:
                _, found = self.referred(document, reference)
            except LookupError:
                if "#/" not in reference or reference.partition("#")[0] not in ("", *self._documents):
                    continue  # an anchor, another file: the validators tell of it
                raise UsageError(f"$ref '{reference}' leads nowhere", file=file) from None
            if not isinstance(found, dict | bool):
                raise UsageError(f"$ref '{reference}' leads to what is no schema", file=file)


@cache
def load_schema(file: Path) -> Schema:
    """The schema in a file; its `$ref` may name files beside it and poolgate's own schemas.

    Raises UsageError when the file is no JSON Schema.
    """
    content = _content(file)
    contents = _parsed(content, file)
    schema = Schema(file, contents, content)
    schema.check()
    if not isinstance(contents, dict):
        raise UsageError("expected a JSON object that describes the configuration", file=file)
    return schema


_CALLS_SECRET: Final = re.compile(rf'"{SECRET_KEYWORD}": *"required"')
_REFERS_TO: Final = re.compile(r'"\$(?:dynamicR|r)ef": *"([^"#]+)')


def _entries_of(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _schemas_for(schema: Mapping[str, Any], step: str | int) -> Iterator[Any]:
    """The schemas inside one for an entry of an object or a list."""
    if isinstance(step, int):
        first = schema.get("prefixItems")
        if isinstance(first, list) and step < len(first):
            yield first[step]
        yield from (schema.get(keyword) for keyword in ("items", "contains", "unevaluatedItems"))
        return
    named, patterns = (schema.get(keyword) for keyword in ("properties", "patternProperties"))
    if isinstance(named, dict):
        yield named.get(step)
    if isinstance(patterns, dict):
        yield from (inner for pattern, inner in patterns.items() if _found(pattern, step))
    yield from (schema.get(keyword) for keyword in ("additionalProperties", "unevaluatedProperties"))


def _found(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _in_our_dialect(contents: Any) -> Any:
    """A schema without the name of its dialect where that is ours: the reference would judge by that one's keywords.

    It knows no secrets and none of `own_keywords`.
    """
    if not isinstance(contents, dict) or contents.get("$schema") not in _DIALECTS:
        return contents
    return {keyword: argument for keyword, argument in contents.items() if keyword != "$schema"}


def _anchored(schema: Any, name: str) -> Any:
    """The schema in another one that has an anchor. Raises LookupError if none has."""
    waiting = [schema]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, dict) and name in (each.get("$anchor"), each.get("$dynamicAnchor")):
            return each
        waiting += [inner for _, inner in _entries_of(each)]
    raise LookupError(name)


def _references(schema: Any, within: str = "") -> Iterator[str]:
    """What a schema and those inside it refer to."""
    if isinstance(schema, dict):
        for keyword, argument in schema.items():
            if keyword == "$ref" and within not in _OF_NAMES:
                yield from [argument] if isinstance(argument, str) else ()
            elif within in _OF_NAMES or keyword not in _OF_VALUES:
                yield from _references(argument, "" if within in _OF_NAMES else keyword)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _own_keywords(schema: Any, within: str = "") -> Iterator[tuple[str, Any]]:
    """The keywords of our own in a schema and those inside it, with their arguments."""
    if isinstance(schema, dict):
        for keyword, argument in schema.items():
            if keyword in ARGUMENTS and within not in _OF_NAMES:
                yield keyword, argument
            elif within in _OF_NAMES or keyword not in _OF_VALUES:
                yield from _own_keywords(argument, "" if within in _OF_NAMES else keyword)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _own_keywords(inner)


def _type_of(value: Any) -> str:
    """The name of a JSON value's type."""
    return _TYPES[type(value)]


def _unquoted(step: str) -> str:
    if "%" not in step:
        return step
    from urllib.parse import unquote

    return unquote(step)


def _content(file: Path) -> bytes:
    try:
        content = content_of(file)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"larger than {MAX_BYTES:,} bytes", file=file)
    return content


def _parsed(content: bytes, file: Path) -> Any:
    try:
        parsed = json.loads(content)
    except ValueError as error:
        raise UsageError(f"not JSON: {error}", file=file) from None
    except RecursionError:
        raise UsageError(f"nested deeper than {MAX_DEPTH} levels", file=file) from None
    if _is_deep(parsed):
        raise UsageError(f"nested deeper than {MAX_DEPTH} levels", file=file)
    return parsed


def _is_deep(contents: Any) -> bool:
    """Whether there are so many levels that what goes through them one in the other might not come to an end."""
    level = [contents]
    for _ in range(MAX_DEPTH):
        level = [inner for _, inner in chain.from_iterable(map(_entries_of, level))]
        if not level:
            return False
    return True
