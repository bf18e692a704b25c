"""Requests are worked on where they may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools import option_checks
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_models.catalog import Processing, sku, skus
from inference_pools.platforms.azure_models.facets import ModelDeployment
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.rule import Option, Options, rule

_EVERYWHERE: Final = tuple(str(each) for each in Processing)
_IN_WORDS: Final = {
    Processing.REGION: "in the account's region",
    Processing.DATA_ZONE: "anywhere in the account's data zone",
    Processing.GLOBAL: "in any region of Azure",
}


@rule(
    ModelDeployment,
    id="data-residency-kept",
    title="Requests are worked on where they may be",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_MODELS,
    remedy="Choose a SKU that keeps requests there: Standard in the region, DataZoneStandard in the data zone.",
    options={
        "processing": Option(
            _EVERYWHERE,
            "Where requests may be worked on: region (that of the account), dataZone (the European Union, the United "
            "States), global. By default anywhere, so that the rule judges nothing.",
            choices=_EVERYWHERE,
            check=option_checks.at_least_one,
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types",
)
def data_residency_kept(deployment: ModelDeployment, options: Options) -> Iterator[Finding]:
    """What is stored stays in the account's region with any SKU. What a prompt says is worked on where the SKU has it:
    a Global one sends it to whichever region has room.
    """
    if set(options.processing) == set(_EVERYWHERE):
        return
    known = sku(deployment.sku_name)
    if known is None or known.processing in options.processing:
        return
    fit = [one.name for one in skus().values() if one.billing == known.billing and one.processing in options.processing]
    remedy = f"Set sku.name to {' or '.join(fit)}, where the model has it." if fit else None
    allowed = ", ".join(options.processing)
    yield Finding(
        "sku_name",
        f"is {known.name}, which works on requests {_IN_WORDS[known.processing]}, allowed are {allowed}",
        remedy,
    )
