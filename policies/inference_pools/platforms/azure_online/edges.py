"""How online endpoints, deployments and what scales them are told apart and joined."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from inference_pools.platforms.azure.tokens import segments
from inference_pools.platforms.azure_online.catalog import (
    AUTOSCALE,
    BATCH,
    DEPLOYMENT,
    ENDPOINT,
    RESERVATION,
    SERVERLESS,
    shapes_of,
)
from inference_pools.platforms.platform import Edge, Identities, Kind, Reference, Serving, alike
from inference_pools.reader import Leaf

WORKSPACE: Final = ("resource_group", "workspace")
"""The names that say in which workspace a resource lies."""
IN_AN_ENDPOINT: Final = (*WORKSPACE, "endpoint")
"""The names that say in, or which, endpoint it is."""

# The resource group is often an output of the same program, and then unknown in a preview.
TO_ENDPOINT: Final = Edge(DEPLOYMENT, ENDPOINT, alike("endpoint"), alike(*WORKSPACE), names="endpoint")
"""From a deployment to the endpoint that it lies in."""
TO_DEPLOYMENT: Final = Edge(
    AUTOSCALE,
    DEPLOYMENT,
    alike("endpoint", "deployment"),
    (*alike("workspace"), ("target_group", "resource_group")),
    names="deployment",
)
"""From an autoscale setting to the deployment that it scales. The setting may lie in a resource group of its own."""
BESIDE: Final = Edge(DEPLOYMENT, DEPLOYMENT, alike("endpoint"), alike(*WORKSPACE))
"""From a deployment to the others of the same endpoint."""

IDENTITIES: Final = Identities(
    own={
        ENDPOINT: IN_AN_ENDPOINT,
        DEPLOYMENT: (*IN_AN_ENDPOINT, "deployment"),
        AUTOSCALE: ("resource_group", "setting"),
        BATCH: (*IN_AN_ENDPOINT, "deployment"),
        SERVERLESS: IN_AN_ENDPOINT,
        RESERVATION: ("resource_group", "reservation"),
    },
    named_by_urn={ENDPOINT: "endpoint"},
    made_elsewhere={"resource_group": "ResourceGroup", "workspace": "Workspace"},
    inherits=((TO_ENDPOINT, IN_AN_ENDPOINT),),
)
REFERENCES: Final = (
    Reference(
        TO_ENDPOINT,
        Edge(DEPLOYMENT, ENDPOINT, alike(*WORKSPACE)),
        "in this workspace",
        "Name an endpoint of the workspace; best by its own output.",
    ),
    Reference(
        TO_DEPLOYMENT,
        Edge(AUTOSCALE, DEPLOYMENT, alike("endpoint"), TO_DEPLOYMENT.against),
        "of this endpoint",
        "Name a deployment of the endpoint; best by its own id: target_resource_uri=deployment.id.",
    ),
)
SERVING: Final = tuple(
    Serving(DEPLOYMENT, str(shape), around=TO_ENDPOINT, beside=BESIDE, scaling=(TO_DEPLOYMENT,))
    for shape in shapes_of(DEPLOYMENT)
)

_TARGET: Final = re.compile(r"/onlineEndpoints/[^/]+/deployments/[^/]+/?$", re.IGNORECASE)
_ENDPOINT_ID: Final = re.compile(r"/onlineEndpoints/[^/]+/?$", re.IGNORECASE)
_TARGET_NAMES: Final[Mapping[str, str]] = {
    "target_group": "resourcegroups",
    "workspace": "workspaces",
    "endpoint": "onlineendpoints",
    "deployment": "deployments",
}
"""The names of a deployment in its id, by the types that stand before them there."""
TARGET_FIELDS: Final = tuple(_TARGET_NAMES)


def is_deployment(resource_id: str) -> bool:
    """Whether an id is that of an online deployment."""
    return _TARGET.search(resource_id) is not None


def is_endpoint(resource_id: str) -> bool:
    """Whether an id is that of an online endpoint."""
    return _ENDPOINT_ID.search(resource_id) is not None


def name_of_target(field: str) -> Callable[[Leaf], str | None]:
    """Reads one name of the deployment that an id is of; None where it is of none."""

    def read(leaf: Leaf) -> str | None:
        written = leaf.text()
        return segments(written.casefold()).get(_TARGET_NAMES[field]) if written and is_deployment(written) else None

    return read


_OWN_ENDPOINT: Final = {"onlineendpoints": "endpointName", "batchendpoints": "endpointName"}
_IN_AN_ID: Final[Mapping[Kind, Mapping[str, str]]] = {
    ENDPOINT: _OWN_ENDPOINT,
    DEPLOYMENT: {**_OWN_ENDPOINT, "deployments": "deploymentName"},
    BATCH: {**_OWN_ENDPOINT, "deployments": "deploymentName"},
    SERVERLESS: {"serverlessendpoints": "name"},
    RESERVATION: {"capacityreservationgroups": "groupId"},
    AUTOSCALE: {"autoscalesettings": "autoscaleSettingName"},
}


def names_in_id(kind: Kind, resource_id: str) -> dict[str, str]:
    """The names in an ARM id, by the property that has them: outputs have no names of parents, the id has them all."""
    known = {"resourcegroups": "resourceGroupName", "workspaces": "workspaceName", **_IN_AN_ID[kind]}
    return {known[type_]: name for type_, name in segments(resource_id).items() if type_ in known}
