"""Models, environments and code come from places that the organisation vouches for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from inference_pools.facets import Origin, Sources
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure.asset_ids import AssetId, Home
from inference_pools.platforms.names import AZURE_ML
from inference_pools.rule import Judgement, Option, Options, rule


@rule(
    Sources,
    id="source-registry-allowed",
    title="Sources are allowed registries and workspaces",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ML,
    remedy="Take it from an allowed registry or workspace, or have its home added to the rule's options.",
    options={
        "registries": Option(
            (),
            "The registries that may be used, by name, URI or ARM id; `*` stands for any text. "
            "When neither this nor `workspaces` is set, every source is allowed and the rule judges nothing.",
        ),
        "workspaces": Option(
            (),
            "The workspaces that may be used, by name, by `<resource group>/<name>`, by "
            "`<subscription>/<resource group>/<name>`, by ARM id, or by GUID where an id has nothing else; `*` stands "
            "for any text. With `registries` set and this one not, no workspace is allowed.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-regulate-registry-deployments",
    controls=("MCSB AI-1",),
)
def source_registry_allowed(sources: Sources, options: Options) -> Iterator[Judgement]:
    """A model is code that a stranger wrote: which registries are trusted is a decision, not a habit.

    Azure Policy has the same idea for deployments of registry models (built-in definitions
    12e5dd16-d201-47ff-849b-8454061c293d and 19539b54-c61e-4196-9a38-67598701be90), and neither reaches inference
    pools. What is in the pool's own workspace and named without it (a path in a datastore) is not judged.
    """
    if not options.registries and not options.workspaces:
        return
    for origin in sources.assets:
        yield _allowed(origin, options)
    for origin in sources.registries:
        yield _allowed(origin, options)


def _allowed(origin: Origin, options: Options) -> Iterator[Finding]:
    asset = origin.asset
    if not isinstance(asset, AssetId) or (asset.home_name or asset.workspace_id) is None:
        return
    allowed = options.registries if asset.home is Home.REGISTRY else options.workspaces
    if not any(_matches(asset, _address(asset.home, pattern.casefold())) for pattern in allowed):
        name = asset.home_name or asset.workspace_id
        yield Finding(origin.keys, f"is of the {asset.home} {name!r}, allowed are {', '.join(allowed) or 'none'}")


def _address(home: Home, pattern: str) -> str:
    """The pattern without what every id of such a home has. The name of a registry is one in all of Azure."""
    if home is Home.REGISTRY:
        return _REGISTRY.sub("", pattern).strip("/")
    match = _WORKSPACE.fullmatch(pattern)
    return "/".join(match.groups()) if match else pattern


_PROVIDER: Final = r"/?subscriptions/([^/]+)/resourcegroups/([^/]+)/providers/microsoft\.machinelearningservices"
_REGISTRY: Final = re.compile(rf"^(?:azureml:/|{_PROVIDER})/registries/")
_WORKSPACE: Final = re.compile(rf"{_PROVIDER}/workspaces/([^/]+)/?")


def _matches(asset: AssetId, pattern: str) -> bool:
    """Whether the pattern, which has as many parts as it likes, fits the end of the home's address."""
    if asset.home_name is None:
        return fnmatchcase((asset.workspace_id or "").casefold(), pattern)
    address = (asset.subscription or "", asset.resource_group or "", asset.home_name)
    return fnmatchcase("/".join(address[-1 - pattern.count("/") :]).casefold(), pattern)
