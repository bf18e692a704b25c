"""AWS SageMaker endpoints and what scales them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from inference_pools.facets.texts import Api
from inference_pools.late import Late
from inference_pools.platforms.platform import Kind, Layout, Platform
from inference_pools.platforms.sagemaker.cited import CONTROLS, SOURCES
from inference_pools.platforms.sagemaker.edges import IDENTITIES, REFERENCES, SERVING
from inference_pools.platforms.sagemaker.kinds import MODULES, NAME, TYPE_NAMES, is_ours, kind_of, shape_of
from inference_pools.platforms.sagemaker.layout_fixed import deletes_first
from inference_pools.platforms.sagemaker.machines import FACTS
from inference_pools.platforms.sagemaker.outputs import as_written


def _api(kind: Kind, shape: str) -> Api:
    return Api(TYPE_NAMES[kind, shape], FACTS.vendor, version=f"version of {shape}")


def _layouts() -> Sequence[Layout]:
    from inference_pools.platforms.sagemaker.layout import LAYOUTS

    return LAYOUTS


SAGEMAKER: Final = Platform(
    NAME,
    "AWS SageMaker endpoints",
    modules=MODULES,
    kind_of=kind_of,
    layouts=Late(_layouts),
    facts=FACTS,
    shape_of=shape_of,
    is_ours=is_ours,
    other_names=frozenset(TYPE_NAMES.values()),
    merged_tags="tagsAll",
    tags_as_pairs=frozenset({"aws-native"}),
    identities=IDENTITIES,
    references=REFERENCES,
    as_written=as_written,
    deletes_first=deletes_first,
    # botocore's service model: MaxConcurrentInvocationsPerInstance.
    defaults={"request-concurrency-bounded": {"maximum": 1000}},
    sources=SOURCES,
    controls=CONTROLS,
    serving=SERVING,
    api=_api,
)
