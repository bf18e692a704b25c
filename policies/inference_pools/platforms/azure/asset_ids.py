"""Ids of Azure Machine Learning assets: models and environments, in workspaces and in registries.

The forms are those of azure-ai-ml 1.35.2 (`azure/ai/ml/constants/_common.py`), the client that writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, Final

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
    r"azureml://(?:subscriptions/(?P<subscription>[^/]+)/resource[gG]roups/(?P<group>[^/]+)/workspaces/(?P<home_name>[^/]+)/)?"
    r"(?P<kind>datastores)/(?P<name>[^/]+)/paths/.+"
)
_SHORT: Final = re.compile(r"azureml:(?!//)(?P<rest>.+)")
_SHORT_VERSION: Final = re.compile(r"azureml:(?P<name>[^/:@\s]+):(?P<version>[^/\s]+)")
_SHORT_LABEL: Final = re.compile(r"(?:azureml:)?(?P<name>[^/:@\s]+)@(?P<label>[^/@\s]+)")


class Home(StrEnum):
    """Where an asset is kept."""

    WORKSPACE = "workspace"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class AssetId:
    """An asset's id in its parts, each as it is written; None where the form does not have the part.

    `home_name` is None for an asset of a workspace that the id does not name: the one the pool itself lies in, or
    one named by `workspace_id`, its GUID. An asset has a version, or a label that points to one; a path in a
    datastore (kind `datastores`) has neither.
    """

    home: Home
    kind: str
    name: str
    home_name: str | None = None
    subscription: str | None = None
    resource_group: str | None = None
    workspace_id: str | None = None
    provider: str | None = None
    version: str | None = None
    label: str | None = None

    account_noun: ClassVar[str] = "subscription"

    @property
    def unversioned(self) -> str:
        """What it is, where it can have no version; else ""."""
        return "a path in a datastore" if self.kind == "datastores" else ""

    @property
    def homes(self) -> tuple[tuple[str, str | None], ...]:
        """What it lies in: the workspace or registry, and the resource group of that."""
        return ((str(self.home), self.home_name), ("resource group", self.resource_group))

    @property
    def account(self) -> str | None:
        """The subscription."""
        return self.subscription


_FORMS: Final = ((_ARM, None), (_REGISTRY, Home.REGISTRY), (_WORKSPACE_URI, None), (_LOCATION_URI, None))
"""What Azure resolves, and where it is kept unless the id itself says so."""
_CLIENT_FORMS: Final = (_SHORT_VERSION, _SHORT_LABEL)


def parse(written: str) -> AssetId | None:
    """The parts of an id in any known form, the client's own among them; None when it is in none of them.

    Says nothing about the parts: `problem` does.
    """
    written = written.strip()
    short = _SHORT.fullmatch(written)
    if short and short["rest"].startswith("/"):
        return parse(short["rest"])
    return _asset(written) or next((_client_form(match) for match in _matches(_CLIENT_FORMS, written)), None)


def registry(written: str) -> AssetId:
    """A registry as such, by its bare name or as `azureml://registries/<name>`."""
    name = written.strip().removeprefix("azureml://registries/").strip("/")
    return AssetId(Home.REGISTRY, kind="", name="", home_name=name)


@lru_cache(maxsize=1024)  # several rules ask for each, and a fleet repeats its models in every pool
def _asset(written: str) -> AssetId | None:
    """The id in a form that Azure resolves."""
    for pattern, home in (*_FORMS, (_DATASTORE, None)):
        match = pattern.fullmatch(written)
        if match:
            return _from_parts(match.groupdict(), home)
    return None


def _from_parts(parts: Mapping[str, str | None], home: Home | None) -> AssetId:
    in_registry = (parts.get("home") or "").casefold() == "registries"
    is_label = (parts.get("by") or "").casefold() == "labels"
    return AssetId(
        home=home or (Home.REGISTRY if in_registry else Home.WORKSPACE),
        kind=parts["kind"] or "",
        name=parts["name"] or "",
        home_name=parts.get("home_name"),
        subscription=parts.get("subscription"),
        resource_group=parts.get("group"),
        workspace_id=parts.get("workspace_id"),
        provider=parts.get("provider"),
        version=None if is_label else parts.get("version"),
        label=parts.get("version") if is_label else None,
    )


def _matches(patterns: Iterable[re.Pattern[str]], written: str) -> Iterator[re.Match[str]]:
    return (match for pattern in patterns if (match := pattern.fullmatch(written)))


def _client_form(match: re.Match[str]) -> AssetId:
    parts = match.groupdict()
    return AssetId(Home.WORKSPACE, kind="", name=parts["name"], version=parts.get("version"), label=parts.get("label"))


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
    if _DATASTORE.fullmatch(written):
        return None if datastore_paths else _no_form(written, kinds[0])
    asset = _asset(written)
    if asset is None:
        return _no_form(written, kinds[0])
    return next(_problems(asset, (registry_kinds or kinds) if asset.home is Home.REGISTRY else kinds), None)


def _problems(asset: AssetId, kinds: tuple[str, ...]) -> Iterator[str]:
    """Each part that cannot be what it stands for."""
    if asset.provider is not None and asset.provider.casefold() != _PROVIDER:
        yield f"is of the provider {asset.provider!r}, expected Microsoft.MachineLearningServices"
    if asset.kind.casefold() not in kinds:
        yield f"names one of {asset.kind!r}, expected {' or '.join(kinds)}"
    for value, what, key in (
        (asset.subscription, "the subscription", "subscriptionId"),
        (asset.workspace_id, "the workspace", "workspaceId"),
    ):
        if value is not None and not _GUID.fullmatch(value) and not find_placeholders(value, key=key):
            yield f"{what} is {value!r}, expected a GUID"
    for value, what in ((asset.home_name, "the workspace or registry"), (asset.name, "the asset")):
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
    # Nothing else has versions: a URL of a file would be wrong with one, too.
    home = r"(?:/subscriptions/|azureml://(?:registries|subscriptions|locations)/)"
    if re.fullmatch(rf"{home}.+/{kind}/[^/]+(?:/(?:versions|labels))?/?", written, re.IGNORECASE):
        return f"{written!r} names no version"
    if written.endswith("/") and _asset(written.rstrip("/")):
        return f"{written!r} ends in a slash, and no id does"
    return f"{written!r} is neither an ARM id nor an azureml:// URI of one of the {kind}"
