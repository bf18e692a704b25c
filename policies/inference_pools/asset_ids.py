"""Ids of Azure Machine Learning assets: models and environments, in workspaces and in registries.

The forms are those of azure-ai-ml 1.35.2 (`azure/ai/ml/constants/_common.py`), the client that writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from inference_pools.placeholders import find_placeholders

_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_NAME: Final = re.compile(r"[a-zA-Z0-9][\w.\-]{0,254}", re.ASCII)
_PROVIDER: Final = "microsoft.machinelearningservices"

_ARM: Final = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/(?P<provider>[^/]+)/(?P<home>workspaces|registries)/(?P<home_name>[^/]+)"
    r"/(?P<kind>[^/]+)/(?P<name>[^/]+)/(?P<by>versions|labels)/(?P<version>[^/]+)",
    re.IGNORECASE,
)
_REGISTRY: Final = re.compile(
    r"azureml://registries/(?P<home_name>[^/]+)/(?P<kind>[^/]+)/(?P<name>[^/]+)/(?P<by>versions|labels)/(?P<version>[^/]+)"
)
_WORKSPACE_URI: Final = re.compile(
    r"azureml://subscriptions/(?P<subscription>[^/]+)/resource[gG]roups/(?P<group>[^/]+)/workspaces/(?P<home_name>[^/]+)"
    r"/(?P<kind>[^/]+)/(?P<name>[^/]+)/(?P<by>versions|labels)/(?P<version>[^/]+)"
)
_LOCATION_URI: Final = re.compile(
    r"azureml://locations/(?P<location>[^/]+)/workspaces/(?P<workspace_id>[^/]+)"
    r"/(?P<kind>[^/]+)/(?P<name>[^/]+)/(?P<by>versions|labels)/(?P<version>[^/]+)"
)
_DATASTORE: Final = re.compile(
    r"azureml://(?:subscriptions/(?P<subscription>[^/]+)/resource[gG]roups/[^/]+/workspaces/[^/]+/)?"
    r"datastores/[^/]+/paths/.+"
)
_SHORT: Final = re.compile(r"azureml:(?!//)(?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class _Form:
    pattern: re.Pattern[str]
    in_registry: bool


_FORMS: Final = (
    _Form(_ARM, in_registry=False),
    _Form(_REGISTRY, in_registry=True),
    _Form(_WORKSPACE_URI, in_registry=False),
    _Form(_LOCATION_URI, in_registry=False),
)


def problem(
    written: str,
    *,
    kinds: tuple[str, ...],
    registry_kinds: tuple[str, ...] | None = None,
    datastore_paths: bool = False,
) -> str | None:
    """What is wrong with an asset's id, in words; None when it is well-formed.

    `kinds` are the asset types it may name, `registry_kinds` those it may name in a registry when they differ.
    Segments that are placeholders are left to the rule `placeholder-replaced`.
    """
    if written != written.strip():
        return f"{written!r} has blanks around it"
    if datastore_paths and _DATASTORE.fullmatch(written):
        return None
    for form in _FORMS:
        match = form.pattern.fullmatch(written)
        if match:
            parts = match.groupdict()
            in_registry = form.in_registry or (parts.get("home") or "").casefold() == "registries"
            return next(_problems(parts, (registry_kinds or kinds) if in_registry else kinds), None)
    return _no_form(written, kinds[0])


def _problems(parts: dict[str, str | None], kinds: tuple[str, ...]) -> Iterator[str]:
    """Each part that cannot be what it stands for."""
    provider, kind = parts.get("provider"), parts["kind"] or ""
    if provider is not None and provider.casefold() != _PROVIDER:
        yield f"is of the provider {provider!r}, expected Microsoft.MachineLearningServices"
    if kind.casefold() not in kinds:
        yield f"names one of {kind!r}, expected {' or '.join(kinds)}"
    for part, what, key in (
        ("subscription", "the subscription", "subscriptionId"),
        ("workspace_id", "the workspace", "workspaceId"),
    ):
        value = parts.get(part)
        if value is not None and not _GUID.fullmatch(value) and not find_placeholders(value, key=key):
            yield f"{what} is {value!r}, expected a GUID"
    for part, what in (("home_name", "the workspace or registry"), ("name", "the asset")):
        value = parts.get(part)
        if value is not None and not _NAME.fullmatch(value) and not find_placeholders(value):
            yield f"{what} is called {value!r}, which is no name Azure takes"


def _no_form(written: str, kind: str) -> str:
    short = _SHORT.fullmatch(written)
    if short and short["rest"].startswith("/subscriptions/"):
        return f"{written!r} is client notation; the API takes the ARM id without the leading azureml:"
    if short:
        return f"{written!r} is the client's short form, which only the Azure ML CLI and SDK resolve"
    arm = re.match(r"/?subscriptions/[^/]+/resourceGroups/[^/]+/", written, re.IGNORECASE)
    if arm and not written.startswith("/"):
        return f"{written!r} lacks the leading slash of an ARM id"
    unversioned = re.fullmatch(rf"(.*/{kind}/[^/]+)/?", written, re.IGNORECASE)
    if unversioned:
        return f"{written!r} names no version"
    return f"{written!r} is neither an ARM id nor an azureml:// URI of one of the {kind}"
