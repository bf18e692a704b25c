"""An account is not open to every network."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_models.facets import ModelAccount
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.rule import Option, Options, rule


@rule(
    ModelAccount,
    id="account-access-restricted",
    title="Account is reached from some networks only",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_MODELS,
    remedy="Set properties.publicNetworkAccess to Disabled and add a private endpoint, or set "
    "properties.networkAcls.defaultAction to Deny and list who may call.",
    options={
        "said": Option(
            False,
            "Whether an account must say so. By default one that says nothing, which leaves it open, is not reported.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks",
    controls=("MCSB NS-2",),
)
def account_access_restricted(account: ModelAccount, options: Options) -> Iterator[Finding]:
    """Whoever has a key or a token may try it from anywhere, and models cost by the request."""
    access = account.public_access
    if access is not None and access.casefold() != "enabled":
        return
    action = account.default_action
    if action is not None and action.casefold() == "deny":
        return
    if action is not None:
        yield Finding("default_action", f"is {action}, which leaves the account open to every network")
    elif access is not None:
        yield Finding("public_access", f"is {access}, which leaves the account open to every network")
    elif options.said:
        yield Finding("public_access", "is not there, which leaves the account open to every network")
