"""What AWS asks of the names of SageMaker's resources.

Source: botocore's service model (EndpointName, EndpointConfigName, ModelName, VariantName, InferenceComponentName), as
`data/bounds.json` has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import NameRule
from inference_pools.path import EACH, Steps
from inference_pools.platforms.platform import Kind
from inference_pools.platforms.sagemaker.kinds import COMPONENT, CONFIG, ENDPOINT, MODEL, Shape

_PATTERN: Final = r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"
_WORDS: Final = "letters, digits and hyphens, the first and the last no hyphen"
_LONGEST: Final = 63


def _named(what: str, of: str = "") -> NameRule:
    return NameRule(what, _PATTERN, _LONGEST, _WORDS, of, is_own=bool(of))


_VARIANTS: Final[Mapping[Steps, NameRule]] = {
    (variants, EACH, name): _named(what)
    for variants in ("productionVariants", "shadowProductionVariants")
    for name, what in {"variantName": "the variant's name", "modelName": "the name of the model it serves"}.items()
}
_CONFIG: Final = _named("the configuration's name", "configuration")
_MODEL: Final = _named("the model's name", "model")
_ENDPOINT: Final = _named("the endpoint's name", "endpoint")
_CONFIG_USED: Final = _named("the name of the configuration it uses")

NAMES: Final[Mapping[tuple[Kind, Shape], Mapping[Steps, NameRule]]] = {
    (CONFIG, Shape.AWS): {("name",): _CONFIG, **_VARIANTS},
    (CONFIG, Shape.NATIVE): {("endpointConfigName",): _CONFIG, **_VARIANTS},
    (MODEL, Shape.AWS): {("name",): _MODEL},
    (MODEL, Shape.NATIVE): {("modelName",): _MODEL},
    (ENDPOINT, Shape.AWS): {("name",): _ENDPOINT, ("endpointConfigName",): _CONFIG_USED},
    (ENDPOINT, Shape.NATIVE): {("endpointName",): _ENDPOINT, ("endpointConfigName",): _CONFIG_USED},
    (COMPONENT, Shape.NATIVE): {
        ("inferenceComponentName",): _named("the inference component's name", "component"),
        ("endpointName",): _named("the name of the endpoint it is on"),
    },
}
