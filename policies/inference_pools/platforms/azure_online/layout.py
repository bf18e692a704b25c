"""Where each facet lies in online endpoints, their deployments, and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache, partial
from typing import Final

from inference_pools.facets import (
    Authentication,
    Capacity,
    CodeSource,
    Credential,
    Description,
    EnvironmentSource,
    Exposure,
    FollowedMetric,
    Identity,
    Load,
    Location,
    ModelSource,
    NameRule,
    Nodes,
    NodeType,
    Probe,
    PublicAccess,
    Purchase,
    ScaleSettings,
    ScalingBounds,
    ScalingSwitch,
    Sku,
    Sources,
    StatedCapacity,
    Tags,
    TrafficSplit,
)
from inference_pools.facets.place import At, Place, at, place
from inference_pools.path import Steps
from inference_pools.platforms.azure import asset_ids
from inference_pools.platforms.azure.fixed import fixed_places
from inference_pools.platforms.azure.requests import probe, requests
from inference_pools.platforms.azure.tokens import RESOURCE_GROUP_NAME, WORKSPACE_NAME, folded
from inference_pools.platforms.azure_online.catalog import (
    AUTOSCALE,
    BATCH,
    DEPLOYMENT,
    ENDPOINT,
    KINDS,
    RESERVATION,
    RESERVATION_BAG,
    SERVERLESS,
    Compute,
    Reach,
    Shape,
    bag,
    shapes_of,
    tree,
)
from inference_pools.platforms.azure_online.edges import TARGET_FIELDS, name_of_target
from inference_pools.platforms.platform import Kind, Layout, Places
from inference_pools.readings import disabled, number_in_text, one_of

LONGEST_REQUEST: Final[Mapping[Compute, timedelta]] = {
    Compute.MANAGED: timedelta(minutes=3),
    Compute.KUBERNETES: timedelta(minutes=5),
}
"""When the service itself gives a request up: https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas."""

_CAPACITY: Final = {"instances": at("sku.capacity")}
_PIN: Final = "End the id in /versions/<version>, with a version that exists, for example /versions/7."


def _common(kind: Kind) -> Places:
    """What every kind has in its envelope."""
    return {Location: (place({"location": "location"}),), Tags: (place({}, "tags"),)}


def _identity(kind: Kind) -> Places:
    ids = at("identity.userAssignedIdentities", shown="userAssignedIdentities")
    return {Identity: (place({"type": "identity.type", "ids": ids}, "identity", kind=kind.name),)}


def _described(kind: Kind, own: str) -> Places:
    return {
        Description: (place({"text": at(f"{own}.description", shown="description")}, of=kind.label),),
        Load: (place({"tags": "tags", "properties": f"{own}.properties"}),),
    }


def _endpoint(own: str) -> Places:
    return {
        **_described(ENDPOINT, own),
        **_identity(ENDPOINT),
        Authentication: (
            place({"mode": at(f"{own}.authMode", shown="authMode", read=one_of("AMLToken", "Key", "AADToken"))}),
        ),
        PublicAccess: (
            place(
                {
                    "is_closed": at(f"{own}.publicNetworkAccess", shown="publicNetworkAccess", read=disabled),
                }
            ),
        ),
        Credential: tuple(
            place({"secret": at(f"{own}.keys.{name}", shown=name)}) for name in ("primaryKey", "secondaryKey")
        ),
        TrafficSplit: (
            place(
                {
                    "shares": at(f"{own}.traffic", shown="traffic"),
                    "mirrored": at(f"{own}.mirrorTraffic", shown="mirrorTraffic"),
                }
            ),
        ),
    }


def _deployment(own: str, shape: Shape) -> Places:
    scale = f"{own}.scaleSettings"
    machine = at(f"{own}.instanceType", shown="instanceType")
    # On Kubernetes the machine is one that the cluster has under a name of its own, and nothing is bought. What its
    # containers reach is the cluster's matter: Microsoft's client has no egress_public_network_access there.
    is_managed = shape.compute is Compute.MANAGED
    managed: Places = {
        NodeType: (place({"node_type": machine}), place({"sku_name": "sku.name"})),
        Purchase: (place({"node_type": machine, **_CAPACITY, "location": "location"}),),
        Exposure: (
            place(
                {
                    # Left out it is open, too; but then nobody said so, and the workspace's own network may close it.
                    "unit": f"{own}.egressPublicNetworkAccess",
                    "egress": at(f"{own}.egressPublicNetworkAccess", shown="egressPublicNetworkAccess", read=disabled),
                },
                closed="Disabled",
            ),
        ),
    }
    sku = {"name": at("sku.name"), "tier": at("sku.tier"), "size": at("sku.size"), "family": at("sku.family")}
    return {
        **_described(DEPLOYMENT, own),
        **_identity(DEPLOYMENT),
        **(managed if is_managed else {}),
        Sku: (place({**sku, **({"node_type": machine} if is_managed else {})}),),
        Nodes: (place(_CAPACITY),),
        StatedCapacity: (place({**_CAPACITY, "least": at(f"{scale}.minInstances", shown="minInstances")}),),
        Capacity: (
            place(_CAPACITY),
            place({"instances": at(f"{scale}.minInstances", shown="minInstances")}),
            place({"instances": at(f"{scale}.maxInstances", shown="maxInstances")}),
        ),
        ScaleSettings: (
            place(
                {
                    "kind": at(f"{scale}.scaleType", shown="scaleType"),
                    **{
                        field: at(f"{scale}.{name}", shown=name)
                        for field, name in {
                            "least": "minInstances",
                            "most": "maxInstances",
                            "target": "targetUtilizationPercentage",
                            "interval": "pollingInterval",
                        }.items()
                    },
                },
                kinds=("Default",) if is_managed else ("Default", "TargetUtilization"),
            ),
        ),
        **requests(f"{own}.requestSettings", LONGEST_REQUEST[shape.compute]),
        **_probes(own, shape),
        **_sources(own),
    }


def _probes(own: str, shape: Shape) -> Places:
    asked = {"liveness": "alive", "readiness": "ready"}
    if shape.major != "2" or shape.reach is not Reach.DEFAULT:
        asked["startup"] = "started"
    return {Probe: tuple(probe(f"{own}.{name}Probe", asks) for name, asks in asked.items())}


def _sources(own: str) -> Places:
    model, environment = at(f"{own}.model", shown="model"), at(f"{own}.environmentId", shown="environmentId")
    code = f"{own}.codeConfiguration"
    located: Mapping[str, At] = {
        "model": model,
        "environment": environment,
        "code": at(f"{code}.codeId", shown="codeId"),
    }
    parse = asset_ids.parse
    return {
        ModelSource: (place({"id": model}, parse=parse),),
        EnvironmentSource: (place({"id": environment}, parse=parse),),
        Sources: tuple(place({field: path}, parse=parse, pin=_PIN) for field, path in located.items()),
        CodeSource: (place({"id": f"{code}.codeId", "script": at(f"{code}.scoringScript", shown="scoringScript")}),),
    }


def _autoscale() -> Places:
    """Counts are texts here."""
    profile, trigger = "profiles[]", "profiles[].rules[].metricTrigger"
    least, initial, most = (
        at(f"{profile}.capacity.{name}", shown=name, read=number_in_text) for name in ("minimum", "default", "maximum")
    )
    return {
        Capacity: tuple(place({"instances": number}) for number in (least, initial, most)),
        ScalingBounds: (place({"least": least, "initial": initial, "most": most}),),
        ScalingSwitch: (place({"is_on": "enabled"}),),
        FollowedMetric: (
            place(
                {
                    "name": at(f"{trigger}.metricName", shown="metricName"),
                    "source": at(f"{trigger}.metricResourceUri", shown="metricResourceUri"),
                }
            ),
        ),
    }


@cache
def _places(kind: Kind, shape: Shape) -> Places:
    if shape.reach is Reach.UNREAD:  # they lie where they do in what was read
        return _places(kind, shape._replace(reach=Reach.READ))
    own = bag(kind, shape.major)
    counted = {
        BATCH: at(f"{own}.resources.instanceCount", shown="instanceCount"),
        RESERVATION: at(f"{RESERVATION_BAG}.reservedCapacity", shown="reservedCapacity"),
    }
    more: Places = {}
    if kind is ENDPOINT:
        more = _endpoint(own)
    elif kind is DEPLOYMENT:
        more = _deployment(own, shape)
    elif kind is AUTOSCALE:
        more = _autoscale()
    elif kind in counted:
        number = {"instances": counted[kind]}
        more = {Capacity: (place(number),), StatedCapacity: (place(number),)}
    return {**_common(kind), **more}


# Names: https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas, and for autoscale settings
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules. The documents want single
# hyphens, and Microsoft's own client sends double ones.
_ONLINE: Final = r"[a-zA-Z][a-zA-Z0-9-]+[a-zA-Z0-9]"
_ONLINE_WORDS: Final = "3 or more letters, digits and hyphens, the first a letter and the last no hyphen"
_LOOSE: Final = r"[a-zA-Z0-9][a-zA-Z0-9_-]*"
_LOOSE_WORDS: Final = "letters, digits, hyphens and underscores, the first a letter or digit"
_SETTING: Final = r"[^:<>+/&%\\?|\x00-\x1f]*[^:<>+/&%\\?|\x00-\x1f .]"
_SETTING_WORDS: Final = "any characters but control ones and :<>+/&%\\?|, the last no blank and no full stop"


def _online(what: str, of: str = "") -> NameRule:
    return NameRule(what, _ONLINE, 32, _ONLINE_WORDS, of, is_own=bool(of))


def _loose(what: str, of: str) -> NameRule:
    return NameRule(what, _LOOSE, 255, _LOOSE_WORDS, of, is_own=True)


_GROUP: Final[Mapping[Steps, NameRule]] = {("resourceGroupName",): RESOURCE_GROUP_NAME}
_PARENTS: Final = {**_GROUP, ("workspaceName",): WORKSPACE_NAME}
_NAMES: Final[Mapping[Kind, Mapping[Steps, NameRule]]] = {
    ENDPOINT: {**_PARENTS, ("endpointName",): _online("the endpoint's name", "endpoint")},
    DEPLOYMENT: {
        **_PARENTS,
        ("endpointName",): _online("the endpoint's name"),
        ("deploymentName",): _online("the deployment's name", "deployment"),
    },
    BATCH: {
        **_PARENTS,
        ("endpointName",): _online("the endpoint's name"),
        ("deploymentName",): _online("the deployment's name", "deployment"),
    },
    SERVERLESS: {**_PARENTS, ("name",): _loose("the endpoint's name", "endpoint")},
    RESERVATION: {**_GROUP, ("groupId",): _loose("the group's id", "")},
    AUTOSCALE: {
        **_GROUP,
        ("autoscaleSettingName",): NameRule("the setting's name", _SETTING, 260, _SETTING_WORDS, is_own=True),
    },
}
_OWN: Final[Mapping[Kind, Mapping[str, str]]] = {
    ENDPOINT: {"workspace": "workspaceName", "endpoint": "endpointName"},
    DEPLOYMENT: {"workspace": "workspaceName", "endpoint": "endpointName", "deployment": "deploymentName"},
    BATCH: {"workspace": "workspaceName", "endpoint": "endpointName", "deployment": "deploymentName"},
    SERVERLESS: {"workspace": "workspaceName", "endpoint": "name"},
    RESERVATION: {"reservation": "groupId"},
    AUTOSCALE: {"setting": "autoscaleSettingName"},
}


def _address(kind: Kind) -> Place:
    """The names by which resources are joined. Azure compares all of them without regard to case."""
    names = {"resource_group": "resourceGroupName", **_OWN[kind]}
    located = {name: at(path, read=folded) for name, path in names.items()}
    if kind is AUTOSCALE:
        located |= {field: at("targetResourceUri", read=name_of_target(field)) for field in TARGET_FIELDS}
    return Place(located)


LAYOUTS: Final = tuple(
    Layout(
        kind,
        str(shape),
        places={**_places(kind, shape), **fixed_places(_NAMES[kind])},
        names=_NAMES[kind],
        address=_address(kind),
        bag=bag(kind, shape.major),
        api_tree=partial(tree, kind, shape),
        items={"profiles[]": "name", "profiles[].rules[]": ""} if kind is AUTOSCALE else {},
        hands_secrets_on=frozenset(("properties", "environmentVariables")),
        variant=shape.compute,
    )
    for kind in KINDS
    for shape in shapes_of(kind)
)
