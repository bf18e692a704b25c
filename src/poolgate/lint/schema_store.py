"""Where the JSON Schemas are, and how one refers to another.

The schemas of Pulumi's own files, and the parts that projects share, come with poolgate. A project brings its own:
`schemas/<project name>.schema.json` in its folder or the nearest folder above that has one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from poolgate.errors import PoolgateError, UsageError

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


@dataclass(frozen=True)
class Schema:
    """A schema, ready to judge with."""

    contents: Any
    _validator: Any
    _resolver: Any

    def errors(self, instance: Any) -> Iterator[Any]:
        """The `jsonschema.ValidationError`s of a value, in which a SecureValue stands for each secret."""
        return iter(self._validator.iter_errors(instance))

    def types_of(self, key: str) -> frozenset[str]:
        """The JSON types the schema allows for a key of its root object; empty if it names none."""
        schema, resolver = self.contents.get("properties", {}).get(key, {}), self._resolver
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(schema, dict) or "type" in schema or "$ref" not in schema:
                break
            resolved = resolver.lookup(schema["$ref"])
            schema, resolver = resolved.contents, resolved.resolver
        types = schema.get("type", ()) if isinstance(schema, dict) else ()
        return frozenset([types] if isinstance(types, str) else types)


@cache
def load_schema(file: Path) -> Schema:
    """The schema in a file; its `$ref` may name files beside it and poolgate's own schemas.

    Raises UsageError when the file is no JSON Schema.
    """
    from jsonschema.exceptions import SchemaError
    from referencing import Registry
    from referencing.exceptions import NoSuchResource
    from referencing.jsonschema import DRAFT202012

    from poolgate.lint.secure_validator import SecureAwareValidator

    no_such_resource: Any = NoSuchResource

    def retrieve(uri: str) -> Any:
        # Only plain names of files are looked up; a schema can make nobody read other places or the network.
        for folder in (file.parent, packaged_folder()):
            target = folder / uri
            if target.name == uri and target.is_file():
                return DRAFT202012.create_resource(_read(target))
        raise no_such_resource(ref=uri)

    contents = _read(file)
    try:
        SecureAwareValidator.check_schema(contents)
    except SchemaError as error:
        raise UsageError(f"not a JSON Schema: {error.message}", file=file, key=error.json_path) from None
    if not isinstance(contents, dict):
        raise UsageError("expected a JSON object that describes the configuration", file=file)
    make_registry: Any = Registry
    registry = make_registry(retrieve=retrieve)
    resolver = registry.resolver_with_root(DRAFT202012.create_resource(contents))
    return Schema(contents, SecureAwareValidator(contents, registry=registry), resolver)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from None
    except ValueError as error:
        raise UsageError(f"not JSON: {error}", file=file) from None
