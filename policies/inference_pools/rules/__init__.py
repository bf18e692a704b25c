"""The rules, in report order. One file a rule; a new one is added here by hand."""

from typing import Any, Final

from inference_pools.rule import Rule
from inference_pools.rules.capacity_bounded import capacity_bounded
from inference_pools.rules.environment_id_wellformed import environment_id_wellformed
from inference_pools.rules.location_allowed import location_allowed
from inference_pools.rules.model_id_wellformed import model_id_wellformed
from inference_pools.rules.name_wellformed import name_wellformed
from inference_pools.rules.placeholder_replaced import placeholder_replaced
from inference_pools.rules.property_known import property_known
from inference_pools.rules.request_concurrency_bounded import request_concurrency_bounded
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from inference_pools.rules.request_timeout_format import request_timeout_format
from inference_pools.rules.sku_consistent import sku_consistent
from inference_pools.rules.sku_tier_allowed import sku_tier_allowed
from inference_pools.rules.tags_required import tags_required

ALL: Final[tuple[Rule[Any], ...]] = (
    placeholder_replaced,
    property_known,
    sku_tier_allowed,
    sku_consistent,
    capacity_bounded,
    request_timeout_format,
    request_timeout_bounded,
    request_concurrency_bounded,
    model_id_wellformed,
    environment_id_wellformed,
    name_wellformed,
    tags_required,
    location_allowed,
)
