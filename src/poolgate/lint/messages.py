"""JSON Schema errors in plain words: what was expected, what is there, and what was probably meant."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, TypeAlias

from poolgate.lint.project import SecureValue
from poolgate.lint.secure_validator import SECRET_KEYWORD
from poolgate.lint.yaml_reader import KeyPath, scalar_text

_Error: TypeAlias = Any
"""A `jsonschema.ValidationError`; its stubs leave open what its attributes are."""

_LONGEST_SHOWN: Final = 80

_KINDS: Final = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a value. `at_key` says that the key, not the value, is what is wrong."""

    path: KeyPath
    message: str
    at_key: bool = False


def problems(errors: Iterable[_Error]) -> Iterator[Problem]:
    """The problems behind the errors of a validator, each error told by the keyword that raised it."""
    for error in errors:
        yield from (_private if _is_private(error) else _SEVERAL.get(str(error.validator), _one))(error)


def _is_private(error: _Error) -> bool:
    """Whether the value is meant to be a secret, though it may stand there in clear."""
    path = _path(error)
    meant = isinstance(error.schema, dict) and error.schema.get(SECRET_KEYWORD) == "required"
    return error.validator != SECRET_KEYWORD and (meant or path[-1:] == ("secure",))


def _private(error: _Error) -> Iterator[Problem]:
    wanted = f"expected {_kinds(error.validator_value)}" if error.validator == "type" else "is not as it has to be"
    yield Problem(_path(error), f"{wanted}; what is there is not shown, for it may be a secret")


def key_path_text(path: Iterable[str | int]) -> str:
    """A path as people write it: `pools[2].sku.capacity`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif text and not re.fullmatch(r"[\w:-]+", part):
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
        else:
            text += f".{part}" if text else part
    return text


def closest(wrong: str, known: Iterable[str]) -> str:
    """A question that names the known word nearest to a wrong one, or nothing."""
    spelled = {word.lower(): word for word in known}
    found = difflib.get_close_matches(wrong.lower(), spelled, n=1, cutoff=0.6)
    return f"; did you mean '{spelled[found[0]]}'?" if found else ""


def shown(value: Any) -> str:
    """A value in a message: short, and never a secret."""
    if isinstance(value, SecureValue):
        return "a secret"
    if isinstance(value, str):
        return "an empty text" if not value else f"'{_shortened(value)}'"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "nothing" if value is None else scalar_text(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _path(error: _Error) -> KeyPath:
    return tuple(error.absolute_path)


def _one(error: _Error) -> Iterator[Problem]:
    say = _SAID.get(str(error.validator))
    # A keyword of which we know no words names its argument; the instance may hold secrets and is left out.
    message = say(error) if say else f"{shown(error.instance)} breaks '{error.validator}' of the schema"
    if _is_about_key(error):
        yield Problem((*_path(error), str(error.instance)), message, at_key=True)
    else:
        yield Problem(_path(error), message)


def _is_about_key(error: _Error) -> bool:
    """Whether it was `propertyNames` that was judged: the instance is then a key."""
    steps = list(error.absolute_schema_path)
    return any(step == "propertyNames" and before != "properties" for before, step in pairwise(steps))


def _kinds(wanted: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    return " or ".join(_KINDS.get(name, name) for name in names)


def _type(error: _Error) -> str:
    return f"expected {_kinds(error.validator_value)}, found {shown(error.instance)}"


def _enum(error: _Error) -> str:
    allowed = error.validator_value
    options = ", ".join(shown(option) for option in allowed)
    hint = ""
    if isinstance(error.instance, str):
        hint = closest(error.instance, [option for option in allowed if isinstance(option, str)])
    return f"expected one of {options}, found {shown(error.instance)}{hint}"


def _pattern(error: _Error) -> str:
    schema = error.schema
    what = schema.get("title") or f"a text that matches {error.validator_value}"
    example = next(iter(schema.get("examples", ())), None)
    hint = f", for example {example}" if example is not None else ""
    return f"expected {what}{hint}; found {shown(error.instance)}"


def _unique(error: _Error) -> str:
    return "the same entry stands in the list twice"


_SAID: Final[dict[str, Callable[[_Error], str]]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda e: f"expected {shown(e.validator_value)}, found {shown(e.instance)}",
    "pattern": _pattern,
    "minimum": lambda e: f"expected at least {e.validator_value}, found {shown(e.instance)}",
    "maximum": lambda e: f"expected at most {e.validator_value}, found {shown(e.instance)}",
    "exclusiveMinimum": lambda e: f"expected more than {e.validator_value}, found {shown(e.instance)}",
    "exclusiveMaximum": lambda e: f"expected less than {e.validator_value}, found {shown(e.instance)}",
    "multipleOf": lambda e: f"expected a multiple of {e.validator_value}, found {shown(e.instance)}",
    "minLength": lambda e: f"expected at least {_counted(e.validator_value, 'character')}, found {shown(e.instance)}",
    "maxLength": lambda e: f"expected at most {_counted(e.validator_value, 'character')}, found {len(e.instance)}",
    "minItems": lambda e: f"expected at least {_counted(e.validator_value, 'item')}, found {len(e.instance)}",
    "maxItems": lambda e: f"expected at most {_counted(e.validator_value, 'item')}, found {len(e.instance)}",
    "minProperties": lambda e: f"expected at least {_counted(e.validator_value, 'key')}, found {len(e.instance)}",
    "maxProperties": lambda e: f"expected at most {_counted(e.validator_value, 'key')}, found {len(e.instance)}",
    "uniqueItems": _unique,
    "not": lambda e: f"expected anything but {shown(e.instance)}",
    "false schema": lambda e: "nothing may be here",
    SECRET_KEYWORD: lambda e: (
        "has to be a secret; set it with `pulumi config set --secret`"
        if e.validator_value == "required"
        else "must not be a secret"
    ),
}


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _required(error: _Error) -> Iterator[Problem]:
    # jsonschema raises one error for each missing key and names it in the message only.
    schema = error.schema
    missing = [key for key in error.validator_value if key not in error.instance]
    name = next(key for key in missing if error.message == f"{key!r} is a required property")
    what = schema.get("properties", {}).get(name, {}).get("title")
    yield Problem(_path(error), f"'{name}' is missing{f' ({what})' if what else ''}")


def _unknown_keys(error: _Error) -> Iterator[Problem]:
    schema = error.schema
    instance = error.instance
    known = list(schema.get("properties", {}))
    patterns = list(schema.get("patternProperties", {}))
    for key in instance:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        missing = [name for name in known if name not in instance]
        hint = closest(key, missing) or closest(key, known)
        if not hint and known:
            hint = f"; known are {', '.join(sorted(known))}"
        yield Problem((*_path(error), key), f"'{key}' is not known here{hint}", at_key=True)


def _alternatives(error: _Error) -> Iterator[Problem]:
    """Of several possible schemas, speak of the one that was meant, or say what the possibilities are."""
    branches: dict[Any, list[_Error]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    if not branches:
        yield Problem(_path(error), f"{shown(error.instance)} fits more than one of the possibilities")
        return
    fitting = [errors for errors in branches.values() if not any(_rules_out(inner, error) for inner in errors)]
    if len(fitting) == 1:
        yield from problems(fitting[0])
        return
    schemas = error.validator_value
    titles = [schema.get("title") or _kinds(schema.get("type", ())) for schema in map(_resolved(error), schemas)]
    expected = " or ".join(dict.fromkeys(title for title in titles if title)) or "another value"
    yield Problem(_path(error), f"expected {expected}, found {shown(error.instance)}")


def _rules_out(inner: _Error, outer: _Error) -> bool:
    """Whether an error says that a branch was not meant: another kind of value, or another discriminator."""
    depth = len(inner.absolute_path) - len(outer.absolute_path)
    if inner.validator == "type":
        return depth == 0
    return inner.validator == "const" and depth <= 1


def _resolved(error: _Error) -> Callable[[Any], Any]:
    """Titles of referred schemas are found in the errors, which carry the schema they were judged by."""
    by_branch = {inner.schema_path[0]: inner for inner in error.context or ()}
    schemas = error.validator_value

    def resolve(schema: Any) -> Any:
        inner = by_branch.get(schemas.index(schema))
        return inner.schema if "$ref" in schema and inner is not None and "title" not in schema else schema

    return resolve


def _dependent(error: _Error) -> Iterator[Problem]:
    missing = error.message.split("'")[1] if "'" in error.message else "another key"
    yield Problem(_path(error), f"'{missing}' is missing; a key beside it needs it")


_SEVERAL: Final[dict[str, Callable[[_Error], Iterator[Problem]]]] = {
    "required": _required,
    "additionalProperties": _unknown_keys,
    "unevaluatedProperties": _unknown_keys,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
    "dependentRequired": _dependent,
}
