"""A deployment has a SKU, and one that deployments have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.placeholders import find_placeholders
from inference_pools.platforms.azure_models.catalog import models_known_on, sku, skus
from inference_pools.platforms.azure_models.facets import ModelDeployment
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.rule import Option, Options, rule

_OF_AN_ACCOUNT: Final = re.compile(r"[A-Z]\d{1,2}")
"""F0, S0, S1, E0: what accounts are bought as."""
_LIST: Final = "`az cognitiveservices model list --location REGION` has those of each model."


@rule(
    ModelDeployment,
    id="deployment-sku-known",
    title="Deployment has a SKU of its own",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_MODELS,
    remedy=f"Set sku to one of the model's, for example {{{{name: GlobalStandard, capacity: 10}}}}; {_LIST}",
    options={"also": Option((), "Further SKUs that exist: Azure adds some every year.")},
    since="2026.12",
    source="https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types",
)
def deployment_sku_known(deployment: ModelDeployment, options: Options) -> Iterator[Finding]:
    """The SKU says how requests are paid and where they are worked on: none is guessed well.

    Without one the first run may pass and the next is refused. S0 is what accounts are bought as, and is refused. A SKU
    that stands among `properties`, where Azure does not see it, is for property-known to say.
    """
    if not deployment.has_sku:
        yield Finding("sku", "is not there: the first run may pass, the next is refused")
        return
    if not deployment.leaf("sku").present:
        return
    name = deployment.sku_name
    if name is None:
        yield Finding("sku_name", "is not there, and a SKU is known by its name")
    elif _OF_AN_ACCOUNT.fullmatch(name):
        yield Finding("sku_name", f"is {name!r}, which is a SKU of accounts")
    elif sku(name) is None and name not in options.also and not find_placeholders(name):
        near = nearest(name, [known.name for known in skus().values()], cutoff=0.8)
        meant = f"; did you mean {near}?" if near else ""
        level = None if near else Enforcement.ADVISORY
        remedy = f"Set sku.name to {near}." if near else f"Look whether there is such a SKU; {_LIST}"
        yield Finding(
            "sku_name", f"is {name!r}, none of those that Microsoft named on {models_known_on()}{meant}", remedy, level
        )
