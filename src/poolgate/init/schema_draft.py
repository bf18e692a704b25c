"""A first JSON Schema for a project's configuration, drawn from what its stacks configure now.

It is a draft: what is there is taken for what is meant. Its owner makes it stricter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from poolgate.init.platform_parts import ITEM, Parts
from poolgate.lint.document import scalar_text
from poolgate.lint.own_keywords import SECRET_KEYWORD
from poolgate.lint.project import ConfigEntry, Project, StackConfig
from poolgate.lint.secure_value import SecureValue

_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")


def draft(project: Project) -> dict[str, Any]:
    """The schema. Raises YamlError when a stack's file cannot be read."""
    stacks = list(project.stacks.values())
    parts = Parts.of(project)
    keys = dict.fromkeys(key for stack in stacks for key in stack.entries)
    own = sorted(key for key in keys if key.startswith(f"{project.name}:"))
    others = sorted(key for key in keys if key not in own and parts.knows(_name(key)))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{project.name}.schema.json",
        "title": f"Configuration of a {project.name} stack",
        "description": "Keys have their namespace; in the file, the project's own may be left out.",
        "type": "object",
        "properties": {key: _property(key, project, stacks, parts) for key in [*others, *own]},
        "required": [key for key in own if _is_required(key, project, stacks)],
        # Other namespaces belong to their providers, which may take more than is configured now.
        "patternProperties": {f"^(?!{re.escape(project.name)}:)": {}},
        "additionalProperties": False,
    }


def _is_required(key: str, project: Project, stacks: Sequence[StackConfig]) -> bool:
    return key not in project.declared and all(key in stack.own for stack in stacks)


def _name(key: str) -> str:
    return key.rpartition(":")[2]


def _property(key: str, project: Project, stacks: Iterable[StackConfig], parts: Parts) -> dict[str, Any]:
    entries = [stack.entries[key] for stack in stacks if key in stack.entries]
    schema = _of_values(_name(key), [_as_read(entry) for entry in entries], parts)
    description = _declared_description(key, project)
    return {**schema, **({"description": description} if description else {})}


def _declared_description(key: str, project: Project) -> str:
    for written, declaration in project.declarations.items():
        if project.qualified(written) == key and isinstance(declaration, Mapping):
            return str(declaration.get("description") or "")
    return ""


def _as_read(entry: ConfigEntry) -> Any:
    """A scalar is a text for the engine, whatever YAML makes of it; what a program reads it as is told by its look."""
    value = entry.value
    if isinstance(value, (dict, list, SecureValue)):
        return value
    text = scalar_text(value)
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE.fullmatch(text) else text


def _of_values(name: str, values: Sequence[Any], parts: Parts) -> dict[str, Any]:
    """A schema that takes all of some values, and what else looks like them."""
    if any(isinstance(value, SecureValue) for value in values):
        return {SECRET_KEYWORD: "required"} if all(isinstance(value, SecureValue) for value in values) else {}
    types = sorted({_type(value) for value in values})
    if len(types) == 1 and (shared := parts.find(name, types[0], values)):
        return shared
    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        schema |= _of_objects(objects, parts)
    items = [item for value in values if isinstance(value, list) for item in value]
    if items:
        schema["items"] = _of_values(name + ITEM, items, parts)
    return schema


def _of_objects(objects: Sequence[Mapping[str, Any]], parts: Parts) -> dict[str, Any]:
    keys = list(dict.fromkeys(key for one in objects for key in one))
    if len({frozenset(one) for one in objects}) > 1 and all(
        isinstance(value, str) for one in objects for value in one.values()
    ):
        return {"additionalProperties": {"type": "string"}}  # a map: its keys are data
    return {
        "properties": {key: _of_values(key, [one[key] for one in objects if key in one], parts) for key in keys},
        "required": [key for key in keys if all(key in one for one in objects)],
        "additionalProperties": False,
    }


def _type(value: Any) -> str:
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object" if isinstance(value, dict) else "null"
