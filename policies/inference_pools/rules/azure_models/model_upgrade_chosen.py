"""When a deployed model is replaced by another version is decided, and not left to a default."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_models.catalog import sku
from inference_pools.platforms.azure_models.facets import ModelDeployment
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.rule import Options, rule

_NEVER = "NoAutoUpgrade"
_AT_ITS_END = "OnceCurrentVersionExpired"
_AT_ONCE = "OnceNewDefaultVersionAvailable"


@rule(
    ModelDeployment,
    id="model-upgrade-chosen",
    title="Upgrade of the model's version is chosen",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_MODELS,
    remedy=f"Set properties.versionUpgradeOption to {_AT_ITS_END}, or to {_NEVER} where somebody upgrades by hand.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/model-versions",
)
def model_upgrade_chosen(deployment: ModelDeployment, options: Options) -> Iterator[Finding]:
    """Where nothing else is said, a version that the program names is replaced as soon as there is a new default.

    Vectors of two versions cannot be compared: when an embedding model is replaced, an index that was made with the old
    one finds the wrong things, and nothing fails. Provisioned and batch deployments are not judged, since the option is
    documented for pay-per-token deployments only.
    """
    known = sku(deployment.sku_name)
    if known is not None and known.billing != "tokens":
        return
    written = deployment.upgrade
    if deployment.embeds:
        if written != _NEVER:
            how = f"is {written!r}" if written else "is not there"
            remedy = (
                f"Set properties.versionUpgradeOption to {_NEVER}; to upgrade, make the index anew beside the old one."
            )
            yield Finding(
                "upgrade", f"{how}, so {deployment.model} may be replaced by one whose vectors are others", remedy
            )
    elif deployment.version and written in (None, _AT_ONCE):
        how = f"is {_AT_ONCE}" if written else f"is not there, which means {_AT_ONCE}"
        yield Finding("upgrade", f"{how}: version {deployment.version} is kept until Microsoft has another default")
