"""What the provider aws has in outputs: absent numbers are 0 there, absent texts "", and absent lists empty."""

from __future__ import annotations

from dataclasses import replace

from inference_pools.platforms.platform import Kind
from inference_pools.platforms.sagemaker.kinds import Shape, shape_of
from inference_pools.resource import Resource
from inference_pools.values import Json


def as_written(kind: Kind, resource: Resource) -> Resource:
    """A resource of which only outputs are known without the values that stand for nothing.

    What was written as 0 goes with them: the two cannot be told apart.
    """
    if shape_of(kind, resource) is not Shape.AWS:
        return resource
    properties = {name: _without_nothings(value) for name, value in resource.properties.items()}
    return replace(resource, properties={name: value for name, value in properties.items() if not _is_nothing(value)})


def _without_nothings(value: Json) -> Json:
    if isinstance(value, dict):
        members = {name: _without_nothings(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if not _is_nothing(member)}
    return [_without_nothings(item) for item in value] if isinstance(value, list) else value


def _is_nothing(value: Json) -> bool:
    return value in (None, "", 0, [], {})
