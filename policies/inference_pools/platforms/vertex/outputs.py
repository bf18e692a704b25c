"""What the provider gcp has in outputs: absent numbers are 0 there, absent texts "", and the region lies in the id."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from inference_pools.platforms.platform import Kind
from inference_pools.resource import Resource
from inference_pools.values import Json

_IN_AN_ID: Final = re.compile(r"projects/(?P<project>[^/]+)/locations/(?P<region>[^/]+)/")


def as_written(kind: Kind, resource: Resource) -> Resource:
    """A resource of which only outputs are known without the values that stand for nothing, and with what its id says.

    What was written as 0 goes with them: the two cannot be told apart.
    """
    properties = {name: _without_nothings(value) for name, value in resource.properties.items()}
    found = _IN_AN_ID.match(resource.id or "")
    return replace(
        resource,
        properties={
            **(found.groupdict() if found else {}),
            **{name: value for name, value in properties.items() if not _is_nothing(value)},
        },
    )


def _without_nothings(value: Json) -> Json:
    if isinstance(value, dict):
        members = {name: _without_nothings(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if not _is_nothing(member)}
    return [_without_nothings(item) for item in value] if isinstance(value, list) else value


def _is_nothing(value: Json) -> bool:
    return value in (None, "", 0, [], {})


def deletes_first(before: Resource, now: Resource) -> bool:
    """Whether the old one goes first: two cannot have one name, unless the provider made it up.

    https://github.com/pulumi/pulumi-terraform-bridge, `pkg/tfbridge/schema.go`.
    """
    made = now.properties.get("__defaults")
    return "name" in now.properties and not (isinstance(made, list) and "name" in made)
