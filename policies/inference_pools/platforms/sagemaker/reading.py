"""How SageMaker's properties are read: numbers that may be texts, and names inside of ids."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from inference_pools.path import Keys
from inference_pools.reader import Leaf, UnreadableError

DIMENSIONS: Final = (
    "sagemaker:variant:DesiredInstanceCount",
    "sagemaker:variant:DesiredProvisionedConcurrency",
    "sagemaker:inference-component:DesiredCopyCount",
)
"""What can be scaled (botocore, application-autoscaling, ScalableDimension)."""
NAMED: Final = "EndpointName"
"""The dimension of a metric that names its endpoint."""
_VARIANT_PARTS: Final = 4
_COMPONENT_PARTS: Final = 2


def number(leaf: Leaf) -> float | None:
    """A number, or a text that is one: the providers take "2" for 2."""
    value = leaf.value()
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise UnreadableError(leaf.keys, f"is {value!r}, expected a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableError(leaf.keys, f"is {value!r}, expected a number")
    return float(value)


def whole(leaf: Leaf) -> int | None:
    """A whole number, or a text that is one."""
    found = number(leaf)
    if found is None:
        return None
    if not found.is_integer():
        raise UnreadableError(leaf.keys, f"is {found:g}, expected a whole number")
    return int(found)


def some(leaf: Leaf) -> int | None:
    """A whole number; None for 0 too, where none of a thing is what it may be scaled down to."""
    return whole(leaf) or None


def boolean(leaf: Leaf) -> bool | None:
    """True or false, or a text that is one of them."""
    value = leaf.value()
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    return leaf.boolean()


def resource_of(leaf: Leaf) -> str | None:
    """The id of what is scaled: by itself, or in the id of a target of aws-native, which a policy may give instead."""
    return leaf.text() or _of_target(leaf, 0)


def dimension_of(leaf: Leaf) -> str | None:
    """What of it is scaled; by itself, or in the id of a target."""
    return leaf.text() or _of_target(leaf, 1)


def _of_target(leaf: Leaf, number: int) -> str | None:
    """A part of a scaling target's id in aws-native: `RESOURCE_ID|DIMENSION|NAMESPACE`."""
    parts = (Leaf(leaf.root, ("scalingTargetId",), reads=leaf.reads).text() or "").split("|")
    return parts[number] or None if number < len(parts) else None


def endpoint_of(leaf: Leaf) -> str | None:
    """The endpoint in a scaling target's id, `endpoint/NAME/variant/VARIANT`; None where it names none."""
    parts = _variant_parts(leaf)
    return parts[1] if parts else None


def variant_of(leaf: Leaf) -> str | None:
    """The variant in a scaling target's id; None where it names none."""
    parts = _variant_parts(leaf)
    return parts[3] if parts else None


def component_of(leaf: Leaf) -> str | None:
    """The inference component in a scaling target's id, `inference-component/NAME`; None where it names none."""
    parts = (resource_of(leaf) or "").split("/")
    return parts[1] if len(parts) == _COMPONENT_PARTS and parts[0] == "inference-component" and parts[1] else None


def _variant_parts(leaf: Leaf) -> list[str]:
    parts = (resource_of(leaf) or "").split("/")
    is_one = len(parts) == _VARIANT_PARTS and parts[0] == "endpoint" and parts[2] == "variant" and all(parts)
    return parts if is_one else []


def role_name(leaf: Leaf) -> str | None:
    """The name of a role, given by itself or by an ARN, which has it after a path."""
    written = leaf.text()
    return written.rpartition("/")[2] or None if written else None


def policy_set_off(leaf: Leaf) -> str | None:
    """The scaling policy among an alarm's actions, by its ARN; None where there is none.

    Raises UnknownError where one of the actions is not known, and may be any.
    """
    texts = [item.text() or "" for item in leaf.items()]
    return next((text for text in texts if ":scalingPolicy:" in text), None)


def endpoint_watched(leaf: Leaf) -> str | None:
    """The endpoint that a metric's dimensions name, in a map or in a list of pairs; None where they name none."""
    if isinstance(leaf.value(), list):
        return next((item.child("value").text() for item in leaf.items() if item.child("name").value() == NAMED), None)
    return leaf.child(NAMED).text()


def share_of_requests(variant: Leaf) -> float:
    """Which part of an endpoint's requests a variant gets: its weight of all weights, 1 where it is left out.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html (InitialVariantWeight)
    """
    variants = Leaf(variant.root, variant.keys[:-1], reads=variant.reads)
    weights = [_weight(item) for item in variants.items()]
    return _weight(variant) / sum(weights) if sum(weights) > 0 else 0.0


def _weight(variant: Leaf) -> float:
    weight = number(variant.child("initialVariantWeight"))
    return 1.0 if weight is None else max(weight, 0.0)


def requests_at_once(variant: Leaf) -> tuple[Keys, int] | None:
    """How many requests a serverless variant takes at once, and where it says so; None of one that has instances."""
    serverless = variant.child("serverlessConfig")
    if not serverless.present:
        return None
    concurrency = serverless.child("maxConcurrency")
    return concurrency.keys, whole(concurrency) or 0


def patience(variant: Leaf) -> timedelta:
    """How long a request waits for its answer: 60 s, and in the queue of an asynchronous endpoint 6 hours.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html and of
    API_runtime_InvokeEndpointAsync.html the default of RequestTTLSeconds.
    """
    queue = Leaf(variant.root, ("asyncInferenceConfig",), reads=variant.reads)
    return timedelta(hours=6) if queue.present else timedelta(seconds=60)
