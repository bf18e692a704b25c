"""What is for inference components does not stand beside a model."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.rule import Judgement, Options, rule

_REFUSED = ("scaling", "isolation", "vpc", "role")


@rule(
    Variant,
    id="variant-model-or-components",
    title="A variant has a model or takes inference components",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Remove it, or remove modelName and make an InferenceComponent for the model.",
    since="2026.12",
    source="https://github.com/hashicorp/terraform-provider-aws/pull/45926",
)
def variant_model_or_components(variant: Variant, options: Options) -> Iterator[Judgement]:
    """A variant with a model of its own takes role, isolation and network from there, and its scaling from a target.

    AWS refuses a configuration that has both; no provider does.
    """
    for field in _REFUSED:
        yield _stands_beside(variant, field)
    yield _needs_role(variant)


def _stands_beside(variant: Variant, field: str) -> Iterator[Finding]:
    is_set = variant.is_scaled_by_aws if field == "scaling" else variant.leaf(field).value() not in (None, False, "")
    if is_set and variant.has_model:
        remedy = None
        if field == "scaling":
            remedy = (
                "Remove it and scale the variant by a target of Application Auto Scaling, or remove modelName and make "
                "an InferenceComponent for the model."
            )
        elif field in ("isolation", "vpc"):
            remedy = "Set it on the Model, which is where AWS reads it for a variant that names one."
        yield Finding(field, "stands beside modelName: AWS takes it only of variants for inference components", remedy)


def _needs_role(variant: Variant) -> Iterator[Finding]:
    if variant.leaf("role").value() is None and not variant.has_model and not variant.is_serverless:
        yield Finding(
            "role",
            "is not said, and a variant without modelName needs it",
            "Set executionRoleArn of the configuration to the role of the inference components, or give the variant a "
            "modelName.",
        )
