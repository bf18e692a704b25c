"""What the azure-native provider sees as a change.

Source: pulumi/pulumi-azure-native, `provider/pkg/provider/diff.go`.
"""

from __future__ import annotations

from collections.abc import Mapping

from inference_pools.path import top_property
from inference_pools.values import Json
from poolgate.standin.azure_native.check import API_VERSION, CREATE_BEFORE_DELETE
from poolgate.standin.azure_native.types import look_up
from poolgate.standin.changes import changes
from poolgate.standin.cloud import Change, Difference
from poolgate.standin.wire import without_nulls


def diff(token: str, old: Mapping[str, Json], new: Mapping[str, Json], provider_version: str) -> Difference:
    """What changed between two sets of inputs.

    A change of a property in the resource's path, or of one that can only be set at creation, replaces.
    Locations compare without regard to case and spaces; an API version that old inputs lack is no change.
    """
    kind = look_up(token, provider_version)
    replacing = set(kind.parameters) if kind else set()
    if kind and kind.tree:
        replacing |= {name for name, node in kind.tree["properties"].items() if node.get("createOnly")}
    elif kind and kind.has_location:
        replacing.add("location")
    old, new = dict(old), dict(new)
    created_before = old.get(CREATE_BEFORE_DELETE)
    if API_VERSION not in old:
        new.pop(API_VERSION, None)
    for one in (old, new):
        one.pop(CREATE_BEFORE_DELETE, None)
        one.pop("__defaults", None)
    if _plain_location(old.get("location")) == _plain_location(new.get("location")):
        new["location"] = old.get("location")
    found = tuple(
        Change(keys, change, top_property(keys) in replacing)
        for keys, change in changes(without_nulls(old), without_nulls(new))
    )
    replaces = any(change.replaces for change in found)
    return Difference(found, replaces if created_before is None else not created_before)


def _plain_location(location: Json) -> Json:
    return location.replace(" ", "").lower() if isinstance(location, str) else location
