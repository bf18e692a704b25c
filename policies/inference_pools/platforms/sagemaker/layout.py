"""The layouts of SageMaker's kinds: what both providers have alike, and what each spells in its own way.

Where the facets of a kind lie is said in `layout_aws` and `layout_native`, and in `layout_scaling` of what scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from inference_pools.platforms.platform import Kind, Layout, Places
from inference_pools.platforms.sagemaker import layout_aws, layout_fixed, layout_native, layout_scaling
from inference_pools.platforms.sagemaker.addresses import address, variants
from inference_pools.platforms.sagemaker.bounds import Bounded, bounded
from inference_pools.platforms.sagemaker.kinds import CONFIG, TYPE_NAMES, Shape
from inference_pools.platforms.sagemaker.layout_own import own_places
from inference_pools.platforms.sagemaker.names import NAMES
from inference_pools.platforms.sagemaker.trees import tree

_ITEMS: Final = {
    "productionVariants[]": "variantName",
    "productionVariants[].instancePools[]": "instanceType",
    "shadowProductionVariants[]": "variantName",
    "shadowProductionVariants[].instancePools[]": "instanceType",
    "containers[]": "containerHostname",
    "specifications[]": "instanceType",
    "scheduledActions[]": "scheduledActionName",
}
_PLACES: Final[Mapping[Shape, Mapping[Kind, Places]]] = {
    Shape.AWS: layout_aws.PLACES,
    Shape.NATIVE: layout_native.PLACES,
}


def _layout(kind: Kind, shape: Shape) -> Layout:
    bounds = tuple(bounded(kind, tree(kind, shape))) if shape is Shape.NATIVE else ()
    return Layout(
        kind,
        shape,
        places={
            **_PLACES[shape].get(kind, {}),
            **own_places(kind, shape),
            **({Bounded: bounds} if bounds else {}),
            **layout_scaling.PLACES[shape].get(kind, {}),
            **layout_fixed.PLACES.get((kind, shape), {}),
        },
        names=NAMES.get((kind, shape), {}),
        address=address(kind, shape),
        inside=variants(shape) if kind == CONFIG else (),
        items=_ITEMS if kind.is_judged else {},
        api_tree=partial(tree, kind, shape),
        # The provider aws refuses names that it does not know, at every depth.
        checks_names=shape is Shape.NATIVE,
        hands_secrets_on=frozenset(("environment",)),
    )


LAYOUTS: Final = tuple(_layout(kind, Shape(package)) for kind, package in TYPE_NAMES)
