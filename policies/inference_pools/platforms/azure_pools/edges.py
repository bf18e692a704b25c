"""How inference pools, their groups and their endpoints are told apart and joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.platforms.azure.tokens import segments
from inference_pools.platforms.azure_pools.catalog import ENDPOINT, GROUP, POOL, Shape
from inference_pools.platforms.platform import Edge, Identities, Kind, Reference, Serving, alike
from inference_pools.reader import Leaf

WORKSPACE: Final = ("resource_group", "workspace")
"""The names that say in which workspace a resource lies."""
IN_A_POOL: Final = (*WORKSPACE, "pool")
"""The names that say in, or which, pool it is."""

# The resource group is often an output of the same program, and then unknown in a preview.
TO_POOL: Final[Mapping[Kind, Edge]] = {
    kind: Edge(kind, POOL, alike("pool"), alike(*WORKSPACE), names="pool") for kind in (GROUP, ENDPOINT)
}
"""From a group or an endpoint to the pool that it lies in."""
TO_GROUP: Final = Edge(
    ENDPOINT,
    GROUP,
    (("pool", "pool"), ("serves", "group")),
    (*alike(*WORKSPACE), ("pool_served", "pool")),
    names="serves",
)
"""From an endpoint to the group that it leads to. It is named alone, or by an id, which says the pool as well."""


def beside(of: Kind, to: Kind) -> Edge:
    """From a resource to those of a kind that lie in the same pool."""
    return Edge(of, to, alike("pool"), alike(*WORKSPACE))


def around(of: Kind) -> Edge:
    """From a resource to the pools of the same workspace."""
    return Edge(of, POOL, alike(*WORKSPACE))


def group_served(leaf: Leaf) -> str | None:
    """The group that an endpoint leads to, as it is compared; None for what leads to none, and an id without one."""
    return _served(leaf)[1]


def pool_served(leaf: Leaf) -> str | None:
    """The pool that the group lies in, as its id says; None where it is named without."""
    return _served(leaf)[0]


def _served(leaf: Leaf) -> tuple[str | None, str | None]:
    written = leaf.text()
    if not written or "/" not in written:
        return None, written.casefold() if written else None
    named = segments(written.casefold())
    return (named.get("inferencepools"), named["groups"]) if "groups" in named else (None, None)


IDENTITIES: Final = Identities(
    own={POOL: IN_A_POOL, GROUP: (*IN_A_POOL, "group"), ENDPOINT: (*IN_A_POOL, "endpoint")},
    named_by_urn={POOL: "pool"},
    made_elsewhere={"resource_group": "ResourceGroup", "workspace": "Workspace"},
    inherits=tuple((edge, IN_A_POOL) for edge in TO_POOL.values()),
    one_place=(("pool_served", "pool", "serves"),),
)
_NAME_ONE: Final = "Name a pool of the workspace, and a group of that pool; best by the other resource's own output."
REFERENCES: Final = (
    *(Reference(edge, around(kind), "in this workspace", _NAME_ONE) for kind, edge in TO_POOL.items()),
    Reference(
        TO_GROUP,
        beside(ENDPOINT, GROUP).strict,
        "in this pool",
        _NAME_ONE,
        sure=TO_POOL[ENDPOINT].strict,
        known_first=True,
    ),
)
SERVING: Final = (
    Serving(POOL, Shape.A, callers=TO_POOL[ENDPOINT], inside=TO_POOL[GROUP]),
    Serving(GROUP, Shape.B, doors=TO_GROUP, around=TO_POOL[GROUP], beside=beside(GROUP, GROUP)),
)
_IN_AN_ID: Final = {
    "resourcegroups": "resourceGroupName",
    "workspaces": "workspaceName",
    "inferencepools": "poolName",
    "groups": "groupName",
    "endpoints": "endpointName",
}


def names_in_id(kind: Kind, resource_id: str) -> dict[str, str]:
    """The names in an ARM id, by the property that has them: outputs have no names of parents, the id has them all."""
    found = {_IN_AN_ID[type_]: name for type_, name in segments(resource_id).items() if type_ in _IN_AN_ID}
    return {**found, **({"inferencePoolName": found["poolName"]} if "poolName" in found else {})}
