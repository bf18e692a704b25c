"""How accounts and their deployments are told apart and joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.platforms.azure.tokens import segments
from inference_pools.platforms.azure_models.catalog import ACCOUNT, DEPLOYMENT
from inference_pools.platforms.platform import Edge, Identities, Kind, Reference, alike

# The resource group is often an output of the same program, and then unknown in a preview.
_GROUP: Final = alike("resource_group")
TO_ACCOUNT: Final = Edge(DEPLOYMENT, ACCOUNT, alike("account"), _GROUP, names="account")
"""From a deployment to its account."""
BESIDE: Final = Edge(DEPLOYMENT, DEPLOYMENT, alike("account"), _GROUP, names="account")
"""From a deployment to those of the same account."""

IDENTITIES: Final = Identities(
    own={ACCOUNT: ("resource_group", "account"), DEPLOYMENT: ("resource_group", "account", "deployment")},
    named_by_urn={ACCOUNT: "account"},
    made_elsewhere={"resource_group": "ResourceGroup"},
    inherits=((TO_ACCOUNT, ("resource_group", "account")),),
)
REFERENCES: Final = (
    Reference(
        TO_ACCOUNT,
        Edge(DEPLOYMENT, ACCOUNT, _GROUP),
        "in this resource group",
        "Name an account of the resource group; best by its own output.",
    ),
)

_IN_AN_ID: Final = {
    "resourcegroups": "resourceGroupName",
    "accounts": "accountName",
    "deployments": "deploymentName",
}


def names_in_id(kind: Kind, resource_id: str) -> Mapping[str, str]:
    """The names in an ARM id, by the property that has them."""
    return {_IN_AN_ID[type_]: name for type_, name in segments(resource_id).items() if type_ in _IN_AN_ID}
