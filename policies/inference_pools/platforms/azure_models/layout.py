"""Where each facet lies in accounts and model deployments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from inference_pools.facets import Capacity, Facet, Identity, Location, NameRule, StatedCapacity, Tags
from inference_pools.facets.place import Place, at, place
from inference_pools.path import Steps
from inference_pools.platforms.azure.fixed import fixed_places
from inference_pools.platforms.azure.tokens import RESOURCE_GROUP_NAME, folded
from inference_pools.platforms.azure_models.catalog import ACCOUNT, DEPLOYMENT, KINDS, Shape, tree
from inference_pools.platforms.azure_models.facets import ModelAccount, ModelDeployment
from inference_pools.platforms.platform import Kind, Layout, Places

_TAGS: Final[Places] = {Tags: (place({}, "tags"),)}
_PLACES: Final[Mapping[Kind, Places]] = {
    ACCOUNT: {
        Location: (place({"location": "location"}),),
        Identity: (
            place(
                {
                    "type": "identity.type",
                    "ids": at("identity.userAssignedIdentities", shown="userAssignedIdentities"),
                },
                "identity",
                kind=ACCOUNT.name,
            ),
        ),
        ModelAccount: (
            place(
                {
                    "keys_disabled": at("properties.disableLocalAuth"),
                    "public_access": at("properties.publicNetworkAccess"),
                    "default_action": at("properties.networkAcls.defaultAction"),
                },
                "properties",
            ),
        ),
        **_TAGS,
    },
    DEPLOYMENT: {
        Capacity: (place({"instances": "sku.capacity"}),),
        StatedCapacity: (place({"instances": "sku.capacity"}),),
        ModelDeployment: (
            place(
                {
                    "sku": "sku",
                    "sku_name": "sku.name",
                    "misplaced_sku": "properties.sku",
                    "capacity": "sku.capacity",
                    "model": "properties.model.name",
                    "version": "properties.model.version",
                    "format": "properties.model.format",
                    "source": "properties.model.source",
                    "upgrade": "properties.versionUpgradeOption",
                }
            ),
        ),
    },
}


def _places(kind: Kind, shape: Shape) -> Mapping[type[Facet], tuple[Place, ...]]:
    has_tags = kind == DEPLOYMENT and "tags" in tree(kind, shape).members
    return {**_PLACES[kind], **(_TAGS if has_tags else {})}


# https://github.com/Azure/azure-rest-api-specs (cognitiveservices.json, accountName). Of a deployment's name the API
# states nothing: these are the letters and the length that Azure's portal takes.
_LETTERS: Final = "letters, digits, hyphens, underscores and full stops, the first a letter or digit"
_NAME: Final = r"[a-zA-Z0-9][a-zA-Z0-9_.-]*"


def _account_name(of: str) -> NameRule:
    return NameRule(
        "the account's name", r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", 64, f"2 or more {_LETTERS}", of, is_own=bool(of)
    )


_GROUP: Final[Mapping[Steps, NameRule]] = {("resourceGroupName",): RESOURCE_GROUP_NAME}
_NAMES: Final[Mapping[Kind, Mapping[Steps, NameRule]]] = {
    ACCOUNT: {**_GROUP, ("accountName",): _account_name("account")},
    DEPLOYMENT: {
        **_GROUP,
        ("accountName",): _account_name(""),
        ("deploymentName",): NameRule("the deployment's name", _NAME, 64, _LETTERS, "deployment", is_own=True),
    },
}

_OWN: Final = {"resource_group": "resourceGroupName", "account": "accountName"}
_ADDRESS: Final = {ACCOUNT: _OWN, DEPLOYMENT: {**_OWN, "deployment": "deploymentName"}}

LAYOUTS: Final = tuple(
    Layout(
        kind,
        shape,
        places={**_places(kind, shape), **fixed_places(_NAMES[kind])},
        names=_NAMES[kind],
        address=Place({name: at(path, read=folded) for name, path in _ADDRESS[kind].items()}),
        bag="properties",
        api_tree=partial(tree, kind, shape),
        checks_names=shape is not Shape.UNREAD,
    )
    for kind in KINDS
    for shape in Shape
)
