"""Where the JSON Schemas are, and how one refers to another.

The schemas of Pulumi's own files, and the parts that projects share, come with poolgate. A project brings its own:
`schemas/<project name>.schema.json` in its folder or the nearest folder above that has one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from poolgate.errors import PoolgateError, UsageError

if TYPE_CHECKING:
    from poolgate.lint.fast_validator import Validator
    from poolgate.lint.narrowed import Narrowed

SUFFIX: Final = ".schema.json"
_LONGEST_CHAIN: Final = 10


@cache
def packaged_folder() -> Path:
    """The folder of the schemas that come with poolgate, in an installed wheel and in a checkout alike.

    Raises PoolgateError when the installation is incomplete.
    """
    package = Path(__file__).resolve().parents[1]
    candidates = (package / "schemas", package.parents[1] / "schemas")
    for folder in candidates:
        if (folder / f"pulumi-project{SUFFIX}").is_file():
            return folder
    raise PoolgateError(f"poolgate's schemas are missing; looked in {', '.join(map(str, candidates))}")


@cache
def packaged(name: str) -> Path:
    """The file of one of poolgate's own schemas, such as "pulumi-stack"."""
    return packaged_folder() / f"{name}{SUFFIX}"


def find_project_schema(folder: Path, project: str) -> Path | None:
    """The schema of a project's configuration, if it has one: the nearest from its folder upwards."""
    if not project or "/" in project:
        return None
    here = folder.absolute()
    candidates = (around / "schemas" / f"{project}{SUFFIX}" for around in (here, *here.parents))
    return next((file for file in candidates if file.is_file()), None)


class Schema:
    """A schema, ready to judge with.

    `contents` is the JSON of its file; what it refers to is looked up beside the file, then among poolgate's own.
    """

    def __init__(self, file: Path, contents: Mapping[str, Any], read: bytes = b"") -> None:
        self.file = file
        self.contents = contents
        self._types: dict[str, frozenset[str]] = {}
        self._read = {file.name: read}
        self._documents: dict[str, Any] = {file.name: contents}

    def errors(self, instance: Any) -> Iterator[Any]:
        """The `jsonschema.ValidationError`s of a value, in which a SecureValue stands for each secret.

        `jsonschema` is not asked, nor imported, about a value that is surely good, or has simple errors only: of those
        come FoundErrors.
        """
        found = self._fast(instance) if self._fast else None
        if found is not None and all(error.is_simple for error in found):
            return iter(found)
        return iter(self._reference.errors(instance, [error.absolute_path for error in found or ()]))

    def surely_accepts(self, instance: Any) -> bool:
        """Whether a value is certainly without errors; False says nothing about it."""
        found = self._fast(instance) if self._fast else None
        return found is not None and not found

    def surely_accepts_part(self, instance: Mapping[str, Any]) -> bool:
        """Whether some keys of the root object are certainly without errors, whatever else it lacks."""
        from poolgate.lint.fast_validator import compile_fast

        if not instance:
            return True
        validate = compile_fast(self.file.name, self._retrieve, whole=False)
        found = validate(instance) if validate else None
        return found is not None and not found

    def types_of(self, key: str) -> frozenset[str]:
        """The JSON types the schema allows for a key of its root object; empty if it names none."""
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

    @property
    def sources(self) -> Mapping[str, str] | None:
        """The SHA-256 of its file and of each that it leads to, by their plain names; None if not all are known.

        The fast validator reads them all when it is made, the reference only those that a value leads to.
        """
        import hashlib

        if self._fast is None:
            return None
        return {name: hashlib.sha256(content).hexdigest() for name, content in self._read.items()}

    def _find_types(self, key: str) -> frozenset[str]:
        document = self.contents
        patterns = document.get("patternProperties", {})
        by_pattern: Any = next((part for pattern, part in patterns.items() if re.search(pattern, key)), {})
        schema = document.get("properties", {}).get(key, by_pattern)
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(schema, dict) or "type" in schema or "$ref" not in schema:
                break
            document, schema = self.referred(document, schema["$ref"])
        types = schema.get("type", ()) if isinstance(schema, dict) else ()
        return frozenset([types] if isinstance(types, str) else types)

    def referred(self, document: Any, reference: str) -> tuple[Any, Any]:
        """The document that a reference leads into, and what is there; an empty schema if it leads nowhere."""
        name, _, pointer = reference.partition("#")
        target = document if name in ("", document.get("$id")) else self._retrieve(name)
        found = target
        for step in pointer.split("/")[1:]:
            step = _unquoted(step).replace("~1", "/").replace("~0", "~")
            found = found.get(step, {}) if isinstance(found, dict) else {}
        return target, found

    def _retrieve(self, name: str) -> Any:
        """A schema by the plain name of its file: no schema makes anybody read other places or the network."""
        if name not in self._documents:
            target = referred_file(self.file, name)
            if target is None:
                raise LookupError(name)
            content = _content(target)
            self._documents[name] = _parsed(content, target)
            self._read[name] = content
        return self._documents[name]

    @cached_property
    def _fast(self) -> Validator | None:
        from poolgate.lint.fast_validator import compile_fast

        return compile_fast(self.file.name, self._retrieve)

    @cached_property
    def _reference(self) -> Narrowed:
        from referencing import Registry
        from referencing.exceptions import NoSuchResource
        from referencing.jsonschema import DRAFT202012

        from poolgate.lint.narrowed import Narrowed

        no_such_resource: Any = NoSuchResource

        def retrieve(uri: str) -> Any:
            try:
                return DRAFT202012.create_resource(self._retrieve(uri))
            except LookupError:
                raise no_such_resource(ref=uri) from None

        make_registry: Any = Registry
        return Narrowed(self.contents, make_registry(retrieve=retrieve))

    def check(self) -> None:
        """Raises UsageError when it is no JSON Schema."""
        if self._fast is None:
            from jsonschema.exceptions import SchemaError

            from poolgate.lint.secure_validator import SecureAwareValidator

            try:
                SecureAwareValidator.check_schema(self.contents)
            except SchemaError as error:
                message = f"not a JSON Schema: {error.message}"
                raise UsageError(message, file=self.file, key=error.json_path) from None


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


def _unquoted(step: str) -> str:
    if "%" not in step:
        return step
    from urllib.parse import unquote

    return unquote(step)


def referred_file(file: Path, name: str) -> Path | None:
    """The file that a schema in a file means by a plain name: one beside it, else one of poolgate's own."""
    candidates = (folder / name for folder in (file.parent, packaged_folder()))
    return next((target for target in candidates if target.name == name and target.is_file()), None)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from None


def _parsed(content: bytes, file: Path) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise UsageError(f"not JSON: {error}", file=file) from None
