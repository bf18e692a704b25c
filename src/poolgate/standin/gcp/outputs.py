"""What a resource of pulumi-gcp has as outputs in a preview, as the provider's plan fills them in, and in a state.

The plan was run: see the module. What is in a state is plausible, and no more.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from inference_pools.values import UNKNOWN_STRING, Json, is_unknown
from poolgate.standin import bridge_outputs
from poolgate.standin.bridge_schema import RAW_STATE, ResourceType, place_of
from poolgate.standin.cloud import CheckError
from poolgate.standin.gcp.json_text import normalised
from poolgate.standin.wire import contains_unknowns

ATTRIBUTION: Final = {"goog-pulumi-provisioned": "true"}
"""The label by which Google counts what Pulumi makes, where `addPulumiAttributionLabel` does not say otherwise.

Source: pulumi/pulumi-gcp `patches/0006-Rename-default-provisioning-label-to-goog-pulumi-pro.patch`.
"""
_OWN: Final = ("name", "endpoint", "region")
_TIMES: Final = ("createTime", "updateTime", "startTime")
"""Both are what Google says of a resource where the program does not."""
_VARIABLE: Final = re.compile(r"{{(\w+)}}")


def planned(kind: ResourceType, inputs: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json]:
    """The outputs of a creation in a preview, of checked inputs without secret marks; the region is not filled in."""
    outputs = bridge_outputs.preview(kind, inputs)
    if kind.facts.get("project") and "project" not in inputs:
        outputs["project"] = config.get("project") or UNKNOWN_STRING
    if "deletionPolicy" in kind.facts and "deletionPolicy" not in inputs:
        outputs["deletionPolicy"] = config.get("deletionPolicy") or kind.facts["deletionPolicy"]
    if kind.facts.get("labels"):
        outputs["effectiveLabels"] = outputs["pulumiLabels"] = _labels(inputs.get("labels"), config)
    return {name: _normalised(kind, value, (name,)) for name, value in outputs.items()}


def _labels(labels: Json, config: Mapping[str, str]) -> Json:
    """The resource's labels win; where there are none at all, nobody knows which Google gives."""
    if contains_unknowns(labels):
        return UNKNOWN_STRING
    added = {} if config.get("addPulumiAttributionLabel") == "false" else ATTRIBUTION
    return {**added, **default_labels(config), **(labels or {})} or UNKNOWN_STRING


def default_labels(config: Mapping[str, str]) -> Mapping[str, Any]:
    """The labels that the provider gives to whatever it makes."""
    try:
        found = json.loads(config.get("defaultLabels", "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _normalised(kind: ResourceType, value: Json, keys: tuple[str | int, ...]) -> Json:
    if isinstance(value, dict):
        return {key: _normalised(kind, item, (*keys, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_normalised(kind, item, (*keys, index)) for index, item in enumerate(value)]
    place = place_of(keys)
    if place not in kind.facts.get("json", ()) or not isinstance(value, str) or is_unknown(value):
        return value
    return UNKNOWN_STRING if value == "" and kind.is_computed(place) else normalised(value)


# --- a state ---


def applied(
    kind: ResourceType, inputs: Mapping[str, Json], config: Mapping[str, str], *, urn: str, now: str
) -> tuple[str, dict[str, Json]]:
    """The id and the outputs of a resource with these checked inputs, all of which are known.

    Raises CheckError where the provider could not tell whom to ask.
    """
    outputs = planned(kind, inputs, config)
    told = {kind.attribute((name,)): value for name, value in outputs.items()}
    told["region"] = _region(inputs, config)
    if kind.facts.get("project") and is_unknown(outputs["project"]):
        raise CheckError("project: required field is not set")
    digits = str(int(hashlib.sha256(f"{urn} {now}".encode()).hexdigest()[:15], 16))
    for name in ("name", "endpoint"):
        if is_unknown(told.get(name)):
            told[name] = digits
    identifier = _VARIABLE.sub(lambda match: str(told[match[1]]), kind.facts["id"])
    made_up = {**dict.fromkeys(_TIMES, now), **{name: told.get(name) for name in _OWN}}
    known = {key: made_up.get(key) if is_unknown(value) else value for key, value in outputs.items()}
    return identifier, {**_without_unknowns(known), RAW_STATE: {"obj": {}}}


def _region(inputs: Mapping[str, Json], config: Mapping[str, str]) -> str:
    """The region that leads to Google's host.

    Source: google-beta `tpgresource/field_helpers.go` (GetRegionFromSchema), `services/vertexai/product.go`.
    """
    region = inputs.get("region") or config.get("region") or config.get("zone", "").rpartition("-")[0]
    if not region:
        raise CheckError("Cannot determine region: set in this resource, or set provider-level 'region' or 'zone'.")
    return str(region)


def _without_unknowns(value: Json) -> Json:
    """What is still unknown is what Google has no value for."""
    if isinstance(value, dict):
        return {key: _without_unknowns(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_unknowns(item) for item in value]
    return None if is_unknown(value) else value
