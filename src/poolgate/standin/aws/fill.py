"""What pulumi-aws writes into a resource's inputs before it validates them.

The provider's region and all tags, and then what the bridge does by itself. Source: pulumi/pulumi-aws
`provider/{region,tags,autonaming}.go`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from inference_pools.values import UNKNOWN_STRING, Json
from poolgate.standin import bridge_fill
from poolgate.standin.bridge_schema import ResourceType
from poolgate.standin.cloud import Request
from poolgate.standin.wire import contains_unknowns

DEFAULT_TAGS: Final = "defaultTags"


def filled(kind: ResourceType, request: Request, news: Mapping[str, Json], olds: Mapping[str, Json]) -> dict[str, Json]:
    """The inputs, without secret marks and nulls, as the provider goes on with them."""
    inputs = dict(news)
    if kind.has("region") and "region" not in inputs and request.config.get("region"):
        inputs["region"] = request.config["region"]
    if kind.has("tagsAll"):
        inputs["tagsAll"] = all_tags(inputs.get("tags"), request.config)
    return bridge_fill.filled(kind, request, inputs, olds)


# --- tags ---


def all_tags(tags: Json, config: Mapping[str, str]) -> Json:
    """The tags and the provider's default tags, without those it ignores; unknown while one of the tags is.

    The resource's win. A provider that is itself not known yet checks nothing at all.
    """
    if contains_unknowns(tags):
        return UNKNOWN_STRING
    merged = {**default_tags(config), **(tags if isinstance(tags, dict) else {})}
    ignored = _setting(config, "ignoreTags", None)
    keys, prefixes = (tuple(ignored.get(name) or ()) for name in ("keys", "keyPrefixes"))
    return {
        key: bridge_fill.as_text(value)
        for key, value in merged.items()
        if key not in keys and not key.startswith(prefixes or ("\0",))
    }


def default_tags(config: Mapping[str, str]) -> Mapping[str, Any]:
    """The tags that the provider gives to whatever it makes."""
    return _setting(config, DEFAULT_TAGS, "tags")


def _setting(config: Mapping[str, str], name: str, member: str | None) -> Mapping[str, Any]:
    """A setting of the provider that is an object, or an object in it; empty where there is none."""
    try:
        value = json.loads(config.get(name, "{}"))
    except ValueError:
        return {}
    if member is not None:
        value = value.get(member) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
