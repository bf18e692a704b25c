"""What every run has to keep to, whatever it was given."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

EXIT_CODES: Final = (0, 1, 2, 4)
_BUG: Final = re.compile(r"this is a bug in poolgate|Traceback \(most recent call last\)")
_INTERNAL: Final = re.compile(r"^poolgate: error: the engine's (?:event log|JSON) cannot be read: ", re.MULTILINE)
"""What exit code 3 is right for: another program's fault, not that of the input."""
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but for the tab and the end of a line, what turns the direction of text, and half characters."""
_COMMAND: Final = re.compile(
    r"^[^\S\n]*::(?!(?:error|warning|notice) (?:title|file)=)(?![^:\n]*\n|[^:\n]*$)", re.MULTILINE
)
"""A command to a GitHub runner that is none of the format's own."""
_ORDER: Final = re.compile(r"##(?:vso)?\[", re.IGNORECASE)
_OWN_ORDER: Final = re.compile(r"^##vso\[task\.logissue [^\]]*\]", re.MULTILINE)


def wrong(code: int, out: str, err: str, format_: str | None, canary: str | None) -> Iterator[tuple[str, str]]:
    """What is wrong with a run: a kind, and what shows it."""
    if code not in EXIT_CODES and not (_INTERNAL.search(err) and not _BUG.search(err)):
        yield "exit code", str(code)
    for name, text in (("stdout", out), ("stderr", err)):
        if _BUG.search(text):
            yield "traceback", _last_frame(text)
        elif found := _FORBIDDEN.search(text):
            yield f"character in {name}", f"{found[0]!r} in {_around(text, found.start())}"
        if (found := _COMMAND.search(text)) and not (
            format_ == "github" and name == "stdout" and _is_ours(text, found.start())
        ):
            yield f"command in {name}", _around(text, found.start())
        orders = _OWN_ORDER.sub("", text) if format_ == "azure" and name == "stdout" else text
        if found := _ORDER.search(orders):
            yield f"order in {name}", _around(orders, found.start())
        if canary and canary in text:
            yield f"secret in {name}", _around(text, text.index(canary))
    if code in (0, 1) and format_ and (problem := _unreadable(out, format_)):
        yield f"no {format_}", problem


def _is_ours(text: str, start: int) -> bool:
    return text[start:].lstrip().startswith(("::error ", "::warning ", "::notice "))


def _unreadable(out: str, format_: str) -> str:
    """Why nothing that reads this format could read the report."""
    try:
        if format_ in ("json", "sarif"):
            document = json.loads(out, parse_constant=_refuse)
            validator = _validator(format_)
            error = next(iter(validator.iter_errors(document)), None)
            return f"{error.instance_path}: {error.message}"[:300] if error else ""
        if format_ == "junit":
            ElementTree.fromstring(out.encode())
        elif format_ == "csv":
            rows = _rows(out)
            if any(len(row) != len(rows[0]) for row in rows):
                return "rows of different length"
            formula = next((cell for row in rows for cell in row if _FORMULA.match(cell)), None)
            return f"a formula: {formula[:60]!r}" if formula else ""
    except (ValueError, ElementTree.ParseError, csv.Error) as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def _rows(text: str) -> list[list[str]]:
    """The rows of a CSV file. Python's own limit is no part of the format; it is one for the whole process."""
    before = csv.field_size_limit(len(text) + 1)
    try:
        return list(csv.reader(io.StringIO(text)))
    finally:
        csv.field_size_limit(before)


_FORMULA: Final = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20](?!$)(?!\d+(\.\d+)?$)")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


@cache
def _validator(format_: str) -> Any:
    import jsonschema_rs

    root = Path(__file__).parents[2]
    if format_ == "json":
        return jsonschema_rs.validator_for(json.loads((root / "schemas/report.schema.json").read_bytes()))
    schema = json.loads((root / "tests/reports/vendored/sarif-schema-2.1.0.json").read_bytes())
    for name in ("run", "toolComponent"):
        del schema["definitions"][name]["properties"]["language"]["pattern"]  # is no regular expression here
    return jsonschema_rs.Draft7Validator(schema)


def _last_frame(text: str) -> str:
    """Where a traceback ends, and how; the same for two inputs that find the same fault."""
    frames = re.findall(r'File "[^"]*?([^"/]+/[^"/]+)", line (\d+), in (\S+)', text)
    last = [line for line in text.splitlines() if line and not line.startswith((" ", "poolgate: "))]
    ours = [frame for frame in frames if frame[0].split("/")[0] not in ("json", "re", "yaml")]
    place = ":".join((ours or frames or [("", "", "")])[-1])
    return f"{place} {(last or [''])[-1][:200]!r}"


def _around(text: str, at: int) -> str:
    return repr(text[max(at - 60, 0) : at + 60])
