"""A resource is made with an API version that has inference pools, and that the organisation supports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference_pools.facets import ApiVersion
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_pools.catalog import shapes_by_version
from inference_pools.platforms.names import AZURE_POOLS
from inference_pools.rule import Option, OptionError, Options, OptionValue, rule
from inference_pools.values import Json


class _Version(Option):
    """An API version, or none."""

    def parse(self, value: Json) -> OptionValue:
        """The version. Raises OptionError for what cannot be one."""
        text = Option.parse(self, value)
        assert isinstance(text, str)
        if text and not re.fullmatch(r"\d{4}-\d\d-\d\d(?:-preview)?", text, re.ASCII):
            raise OptionError(f"is {text!r}, expected an API version such as 2025-01-01-preview")
        return text


@rule(
    ApiVersion,
    id="api-version-supported",
    title="The API version has inference pools",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_POOLS,
    remedy="Use an API version that has inference pools, such as the default of azure-native 2.x or 3.x.",
    options={
        "allowed": Option((), "The API versions that may be used; none named: every one that has inference pools."),
        "oldest": _Version("", "The oldest API version that may be used."),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
)
def api_version_supported(api: ApiVersion, options: Options) -> Iterator[Finding]:
    """Pools come and go between API versions, and their properties with them; what is used must be what is meant."""
    version = api.in_use
    if version is None:
        return
    if options.allowed and version not in options.allowed:
        yield Finding("version", f"is {version}, allowed are {', '.join(options.allowed)}", "Use an allowed one.")
        return
    problem = _problem(version)
    if problem is not None:
        yield problem
    elif options.oldest and _day(version) < _day(options.oldest):
        remedy = f"Move to {options.oldest} or later."
        yield Finding("version", f"is {version}, the oldest allowed is {options.oldest}", remedy)


def _problem(version: str) -> Finding | None:
    """What Azure's published API says against the version."""
    known = shapes_by_version()
    if known.get(version) is not None:
        return None
    newest = max(known)
    if version in known:
        return Finding("version", f"is {version}, the API version without inference pools", f"Use {_next(version)}.")
    if _day(version) > _day(newest):
        message = (
            f"is {version}, newer than {newest}, the newest that is known here; it is judged by that one's properties"
        )
        return Finding("version", message, "Look up what has changed, or use a known one.", Enforcement.ADVISORY)
    kind = "has no inference pools" if version.endswith("-preview") else "is stable, and only previews have pools"
    return Finding("version", f"is {version}, which {kind}", f"Use {_next(version)}.")


def _next(version: str) -> str:
    """The first version with pools that is not older."""
    known = [name for name, shape in shapes_by_version().items() if shape is not None]
    return min((name for name in known if _day(name) >= _day(version)), default=max(known))


def _day(version: str) -> str:
    """The day in it: a preview is as old as a stable version of its day."""
    return version[: len("2025-01-01")]
