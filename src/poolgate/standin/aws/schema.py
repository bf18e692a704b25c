"""What is known of the types of pulumi-aws that have a tree; all others pass through.

The tree (names and types of properties) is the one that the rules have, made from the SDK; what the provider fills in,
refuses and replaces stands in `data/validators.json`, written by hand with its sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from poolgate.standin.aws.rules import RULES
from poolgate.standin.bridge_schema import ResourceType, snake_case

LIBRARY: Final = "inference_pools.platforms.sagemaker"
"""Where the rules have what is known of SageMaker."""
_PROVIDER = "poolgate.standin.aws"


_PLURAL: Final = (
    "routingConfigs containers s3DataSources additionalModelDataSources stepAdjustments metricSpecifications "
    "metricDataQueries includeInferenceResponseIns".split()
)
"""Properties that Pulumi has in the plural and Terraform in the singular."""


def look_up(token: str) -> ResourceType | None:
    """The type a token means; None for one that passes through."""
    return _types().get(token)


@lru_cache(maxsize=1)
def _types() -> Mapping[str, ResourceType]:
    trees = read(LIBRARY, "trees.json")["types"]
    facts = _validators()["types"]
    attributes = {name: snake_case(name.removesuffix("s")) for name in _PLURAL}
    return {
        token: ResourceType(
            token,
            trees[token]["trees"][-1]["tree"],
            {**facts[token], "attributes": attributes},
            rules=RULES,
            values=values,
            written_by_provider=frozenset({"tagsAll"}),
        )
        for token in facts
    }


@lru_cache(maxsize=64)
def values(name: str) -> tuple[str, ...]:
    """The values that the provider takes for an enumeration of the service model."""
    own = _validators()["values"].get(name)
    if own is not None:
        return tuple(own)
    shapes = read(LIBRARY, "bounds.json")["shapes"]
    return tuple(next(shapes[service][name]["enum"] for service in sorted(shapes) if name in shapes[service]))


@lru_cache(maxsize=1)
def _validators() -> Mapping[str, Any]:
    return read(_PROVIDER, "validators.json")


@lru_cache(maxsize=8)
def read(package: str, file: str) -> Mapping[str, Any]:
    """A data file of a package."""
    text = resources.files(package).joinpath(f"data/{file}").read_text("utf-8")
    content: Mapping[str, Any] = json.loads(text)
    return content
