"""An account takes no keys."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_models.facets import ModelAccount
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.rule import Option, Options, rule


@rule(
    ModelAccount,
    id="account-keys-disabled",
    title="Account takes tokens of Microsoft Entra ID only",
    severity=Severity.HIGH,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_MODELS,
    remedy="Set properties.disableLocalAuth to true, and give callers the role Cognitive Services OpenAI User.",
    options={
        "said": Option(
            False,
            "Whether an account must say so. By default one that says nothing, which leaves its keys on, is not "
            "reported: four of five public programs are so.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/ai-services/disable-local-auth",
    controls=("MCSB IM-1",),
)
def account_keys_disabled(account: ModelAccount, options: Options) -> Iterator[Finding]:
    """A key is the same for every caller and says nothing about who calls; it is copied, and it outlives its owner."""
    disabled = account.keys_disabled
    if disabled is False:
        yield Finding("keys_disabled", "is false, which lets in whoever has one of the account's two keys")
    elif disabled is None and options.said:
        yield Finding("keys_disabled", "is not there, which lets in whoever has one of the account's two keys")
