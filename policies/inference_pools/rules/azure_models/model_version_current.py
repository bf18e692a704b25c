"""A deployed model's version is not retired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inference_pools.context import Context
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_models.catalog import retirement, successor
from inference_pools.platforms.azure_models.facets import ModelDeployment
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.reader import ReadError
from inference_pools.rule import Option, Options, rule


@rule(
    ModelDeployment,
    id="model-version-current",
    title="Model version is not retired",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_MODELS,
    remedy="Deploy a version that Microsoft keeps: `az cognitiveservices model list --location REGION` has them.",
    options={
        "notice": Option(
            timedelta(days=90),
            "How long before its retirement a version is reported. Until that day the finding is advisory, and so is "
            "it where the day came after Microsoft's table was written: such days have been moved.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/ai-foundry/openai/concepts/model-retirements",
)
def model_version_current(deployment: ModelDeployment, options: Options, context: Context) -> Iterator[Finding]:
    """From the day of its retirement on a version cannot be deployed, and deployments of it answer with errors."""
    model = deployment.model
    found = retirement(model, deployment.version or "", _sku(deployment)) if model is not None else None
    if found is None or found.day is None or found.day - context.today > options.notice:
        return
    is_certain = found.day <= found.told and not found.not_before
    if is_certain:
        when = f"was retired on {found.day}"
    elif found.not_before:
        when = f"{'may be retired since' if found.day <= context.today else 'may retire on'} {found.day}"
    else:
        when = f"{'was to retire' if found.day <= context.today else 'retires'} on {found.day}"
    named = " ".join(part for part in (model, deployment.version) if part)
    field = "version" if deployment.version else "model"
    instead = successor(model or "", deployment.version or "", context.today)
    remedy = f"Deploy {instead} instead, which Microsoft recommends." if instead else None
    level = None if is_certain else Enforcement.ADVISORY
    yield Finding(field, f"{named} {when}, by Microsoft's table of {found.told}", remedy, level)


def _sku(deployment: ModelDeployment) -> str | None:
    """The SKU, for some of which a version retires earlier; None where it cannot be seen."""
    try:
        return deployment.sku_name
    except ReadError:
        return None
