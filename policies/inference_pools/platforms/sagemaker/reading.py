"""How SageMaker's properties are read: numbers that may be texts, and names inside of ids."""

from __future__ import annotations

from typing import Final

from inference_pools.reader import Leaf, UnreadableError

DIMENSIONS: Final = (
    "sagemaker:variant:DesiredInstanceCount",
    "sagemaker:variant:DesiredProvisionedConcurrency",
    "sagemaker:inference-component:DesiredCopyCount",
)
"""What can be scaled (botocore, application-autoscaling, ScalableDimension)."""
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


def boolean(leaf: Leaf) -> bool | None:
    """True or false, or a text that is one of them."""
    value = leaf.value()
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    return leaf.boolean()


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
    parts = (leaf.text() or "").split("/")
    return parts[1] if len(parts) == _COMPONENT_PARTS and parts[0] == "inference-component" and parts[1] else None


def _variant_parts(leaf: Leaf) -> list[str]:
    parts = (leaf.text() or "").split("/")
    is_one = len(parts) == _VARIANT_PARTS and parts[0] == "endpoint" and parts[2] == "variant" and all(parts)
    return parts if is_one else []


def scaled_by(leaf: Leaf) -> str | None:
    """The resource's id in that of a scaling target of aws-native: `RESOURCE_ID|DIMENSION|NAMESPACE`."""
    written = leaf.text()
    return written.partition("|")[0] if written else None


def role_name(leaf: Leaf) -> str | None:
    """The name of a role, given by itself or by an ARN, which has it after a path."""
    written = leaf.text()
    return written.rpartition("/")[2] or None if written else None


def first_text(leaf: Leaf) -> str | None:
    """The first of a list of texts; raises UnknownError where one of them is not known, and may be any."""
    texts = [item.text() for item in leaf.items()]
    return texts[0] if texts else None
