"""JSON in a text, as Go reads and writes it: why it is none, and its shortest form.

Source: Go's `encoding/json`, and `structure.NormalizeJsonString` of hashicorp/terraform-plugin-sdk. The reasons were
compared with those of Go; where Go has more kinds of them, Python's nearest is told.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Final

from inference_pools.values import Json

_LITERALS: Final = ("null", "true", "false")
_PLACES: Final = {
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Illegal trailing comma before end of array": "looking for beginning of value",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
    "Invalid control character at": "in string literal",
}
_ESCAPED: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def invalid(text: str) -> str | None:
    """Why a text is no JSON, in Go's words; None for JSON, and for no text at all."""
    if text == "":
        return None
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return _told(text, error)
    except _ConstantError as error:
        return f"invalid character '{str(error)[0]}' looking for beginning of value"
    return None


class _ConstantError(ValueError):
    """`NaN` and `Infinity`, which Python takes for JSON."""


def _no_constant(text: str) -> Json:
    raise _ConstantError(text)


def _told(text: str, error: json.JSONDecodeError) -> str:
    at = error.pos
    if error.msg == "Illegal trailing comma before end of object":
        at = text.index("}", at)
    elif error.msg.startswith("Illegal trailing comma"):
        at = text.index("]", at)
    elif error.msg.startswith("Invalid \\escape"):
        at += 1
    rest = text[at:]
    if not rest.strip() or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    at += len(rest) - len(rest.lstrip(" \t\r\n")) if error.msg != "Invalid control character at" else 0
    literal = next((one for one in _LITERALS if text[at] == one[0]), None)
    if error.msg == "Expecting value" and literal is not None:
        same = next((index for index, letter in enumerate(literal) if text[at + index : at + index + 1] != letter), 0)
        if at + same >= len(text):
            return "unexpected end of JSON input"
        return f"invalid character {_shown(text[at + same])} in literal {literal} (expecting '{literal[same]}')"
    return f"invalid character {_shown(text[at])} {_place(text, error, at)}"


def _place(text: str, error: json.JSONDecodeError, at: int) -> str:
    if error.msg.startswith("Invalid \\escape"):
        return "in string escape code"
    if error.msg == "Expecting ',' delimiter":
        return "after object key:value pair" if _is_in_object(text[:at]) else "after array element"
    return _PLACES.get(error.msg, "looking for beginning of value")


def _is_in_object(before: str) -> bool:
    """Whether the innermost bracket that is open there is an object's."""
    depth = 0
    for character in reversed(re.sub(r'"(?:\\.|[^"\\])*+"?', '""', before)):
        depth += (character in "}]") - (character in "{[")
        if depth < 0:
            return character == "{"
    return False


def _shown(character: str) -> str:
    """A character as Go quotes it."""
    return {"'": "'\\''", '"': "'\"'", "\n": "'\\n'", "\t": "'\\t'", "\r": "'\\r'"}.get(character, f"'{character}'")


def normalised(text: str) -> str:
    """The shortest form of JSON, with sorted keys; any other text as it is."""
    if text == "" or invalid(text) is not None:
        return text
    return _written(json.loads(text, parse_int=float, parse_float=float))


def _written(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(key)}:{_written(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPED)


def _number(value: float) -> str:
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        text = format(Decimal(repr(value)), "f")
        return text.removesuffix(".0")
    return re.sub(r"e([+-])0(\d)$", r"e\1\2", repr(value).removesuffix(".0"))
