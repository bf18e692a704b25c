"""A variant has a name of its own."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Variant
from inference_pools.rule import Options, rule


@rule(
    Variant,
    id="variant-name-set",
    title="A variant has a name",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set {name}, for example to primary.",
    since="2026.12",
    source="https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/endpoint_configuration.go",
)
def variant_name_set(variant: Variant, options: Options) -> Iterator[Finding]:
    """The provider aws makes up another name (`terraform-2026…`) at each replacement, after the preview.

    Nothing that is written in advance names it then: no scaling target, no alarm's dimension, no caller.
    """
    if variant.name is None:
        yield Finding("name", "is not said: the provider makes up another one whenever the configuration is replaced")
