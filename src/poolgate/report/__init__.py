"""Reports: one run, told to people and to machines. `render` knows the formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from poolgate.findings import Tally


@dataclass(frozen=True, slots=True)
class Report:
    """A finished run. Times are in seconds; `started` is ISO 8601 in UTC."""

    command: str
    tally: Tally
    started: str
    duration: float
    version: str
    policy_config_digest: str | None


_MODULES: Final[Mapping[str, str]] = {"text": "poolgate.report.text", "json": "poolgate.report.json"}
FORMATS: Final = tuple(_MODULES)


def render(report: Report, format_: str) -> str:
    """The report in a format, ending with a newline."""
    function: Callable[[Report], str] = import_module(_MODULES[format_]).render
    return function(report)
