"""Where facets lie in what scales endpoints, and in the alarms that set it off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import Capacity, Hosting, Metric, Queue, Scaled, ScalingBounds, ScalingPolicy
from inference_pools.facets.place import Place, at, place
from inference_pools.platforms.platform import Kind, Places
from inference_pools.platforms.sagemaker import reading
from inference_pools.platforms.sagemaker.kinds import ALARM, CONFIG, POLICY, SCHEDULE, TARGET, Shape
from inference_pools.platforms.sagemaker.scaled import INSTANCES
from inference_pools.reader import Leaf

DEFAULT_POLICY_TYPE: Final = "StepScaling"
"""`policyType` when absent (terraform-provider-aws, appautoscaling/policy.go), whatever the policy has besides."""


def _instances(leaf: Leaf) -> int | None:
    """A bound as a number of instances; None for one of anything else.

    Whether there may be no instance at all is a matter of the endpoint, and judged with it; less than none is no bound.
    """
    dimension = Leaf(leaf.root, ("scalableDimension",), reads=leaf.reads).text()
    found = reading.whole(leaf) if dimension == INSTANCES else None
    return found if found is None or found > 0 else None


def _bounds(around: str = "") -> Place:
    return place(
        {
            "least": at(f"{around}minCapacity", shown="minCapacity", read=reading.whole),
            "most": at(f"{around}maxCapacity", shown="maxCapacity", read=reading.whole),
        }
    )


def _metric(around: str, name: str = "metricName") -> Place:
    fields = {"namespace": "namespace", "name": name, "dimensions": "dimensions"}
    own = around.removesuffix(".")
    return place({field: at(f"{around}{key}", shown=key) for field, key in fields.items()}, own)


_SCALED: Final[Places] = {
    Scaled: (place({"namespace": "serviceNamespace", "dimension": "scalableDimension", "resource_id": "resourceId"}),)
}
_TARGET: Final[Places] = {
    **_SCALED,
    ScalingBounds: (_bounds(),),
    Capacity: tuple(
        place({"instances": at(name, read=_instances)}, also=("scalableDimension",))
        for name in ("minCapacity", "maxCapacity")
    ),
}
_TRACKING: Final = "targetTrackingScalingPolicyConfiguration"
_OWN_METRIC: Final = f"{_TRACKING}.customizedMetricSpecification."


def _policy(default: str | None) -> Places:
    return {
        **_SCALED,
        ScalingPolicy: (
            place(
                {
                    "kind": at("policyType", default),
                    "tracking": _TRACKING,
                    "own_metric": at(_OWN_METRIC.removesuffix("."), shown="customizedMetricSpecification"),
                    "step": "stepScalingPolicyConfiguration",
                    "predictive": "predictiveScalingPolicyConfiguration",
                    "target_value": at(f"{_TRACKING}.targetValue", shown="targetValue"),
                    "metric": at(
                        f"{_TRACKING}.predefinedMetricSpecification.predefinedMetricType",
                        shown="predefinedMetricType",
                    ),
                    "dimension": "scalableDimension",
                },
            ),
        ),
        Metric: (_metric(_OWN_METRIC), _metric(f"{_OWN_METRIC}metrics[].metricStat.metric.")),
    }


_VARIANT: Final = "productionVariants[]"
_HOSTED: Final[Places] = {
    Hosting: (
        place(
            {
                "machine": at(f"{_VARIANT}.instanceType", shown="instanceType"),
                "initial": at(f"{_VARIANT}.initialInstanceCount", shown="initialInstanceCount", read=reading.whole),
                "managed": at(f"{_VARIANT}.managedInstanceScaling.status", shown="managedInstanceScaling.status"),
            },
            _VARIANT,
        ),
    ),
    Queue: (place({"queue": "asyncInferenceConfig"}),),
}
PLACES: Final[Mapping[Shape, Mapping[Kind, Places]]] = {
    Shape.AWS: {
        CONFIG: _HOSTED,
        TARGET: _TARGET,
        POLICY: _policy(DEFAULT_POLICY_TYPE),
        SCHEDULE: {**_SCALED, ScalingBounds: (_bounds("scalableTargetAction."),)},
        ALARM: {Metric: (_metric(""), _metric("metricQueries[].metric."))},
    },
    Shape.NATIVE: {
        CONFIG: _HOSTED,
        TARGET: {
            **_TARGET,
            ScalingBounds: (_bounds(), _bounds("scheduledActions[].scalableTargetAction.")),
        },
        POLICY: _policy(None),
        ALARM: {Metric: (_metric(""), _metric("metrics[].metricStat.metric."))},
    },
}
