"""What the azure-native provider makes of a resource's inputs before it would call Azure. Pure.

Source: pulumi/pulumi-azure-native `provider/pkg/provider/provider.go` (Check, applyDefaults, validateType,
validateProperty), `provider/pkg/convert/previewOutputs.go` and `provider/pkg/resources/resources.go`. Reasons
are worded as there. Like the real one this neither checks enums nor refuses property names it does not know:
Azure does, at deployment. Trees are in Pulumi's wire encoding.

One difference is deliberate: where the real provider asks Azure for the location of an existing resource
group, the stand-in takes it from `resource_group_locations`, else leaves it unknown.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from inference_pools.path import Keys, format_path
from inference_pools.urn import Urn
from inference_pools.values import SIGNATURE_KEY, UNKNOWN_STRING, Json, is_unknown
from poolgate.standin.azure_native.types import AutoName, ResourceType, look_up, major_of
from poolgate.standin.cloud import NO_RESOURCE_GROUPS, Autonaming, Checked, CheckFailure
from poolgate.standin.wire import contains_unknowns, secret, strip_secrets, without_nulls

CREATE_BEFORE_DELETE: Final = "__createBeforeDelete"
API_VERSION: Final = "azureApiVersion"

_LOCATION_ADVICE = ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'."
_STAND_IN_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_STAND_IN_TENANT = "00000000-0000-0000-0000-000000000001"


def check(
    token: str,
    inputs: Mapping[str, Json],
    *,
    urn: str,
    provider_version: str,
    random_seed: bytes,
    config: Mapping[str, str],
    old_inputs: Mapping[str, Json] | None = None,
    autonaming: Autonaming | None = None,
    resource_group_locations: Mapping[str, str] = NO_RESOURCE_GROUPS,
) -> Checked:
    """Fill in name, location and API version, then validate.

    `config` is the provider's own configuration ("location", not "azure-native:location").
    As in the real provider the inputs carry no secret marks: the engine puts those back. Raises UnknownTypeError
    for a pool type at an API version that has no pools. A type of another package passes through untouched.
    """
    kind = look_up(token, provider_version)
    if kind is None:
        return Checked(dict(inputs), ())
    news = without_nulls(strip_secrets(dict(inputs)))
    olds = without_nulls(strip_secrets(dict(old_inputs or {})))
    _fill_name(kind, news, olds, urn, random_seed, autonaming)
    _fill_location(kind, news, olds, config, resource_group_locations)
    if major_of(provider_version) >= 3 and kind.api_version and API_VERSION not in news:
        news[API_VERSION] = kind.api_version
    return Checked(news, tuple(_failures(kind, news)))


# --- defaults ---


def _fill_name(
    kind: ResourceType,
    news: dict[str, Json],
    olds: Mapping[str, Json],
    urn: str,
    seed: bytes,
    autonaming: Autonaming | None,
) -> None:
    key, strategy = kind.name_property, kind.auto_name
    if key is None or strategy is None or key in news:
        return
    if key in olds:
        news[key] = olds[key]
        was_random = olds.get(CREATE_BEFORE_DELETE) is True
    elif autonaming is not None and autonaming.mode == "disable":
        return
    elif autonaming is not None and (autonaming.mode == "enforce" or strategy != "uuid"):
        news[key] = autonaming.proposed_name or ""
        was_random = True
    else:
        news[key] = _made_up_name(strategy, Urn.parse(urn).name, seed)
        was_random = strategy != "copy"
    if was_random:
        news[CREATE_BEFORE_DELETE] = True


def _made_up_name(strategy: AutoName, name: str, seed: bytes) -> str:
    """A name in the provider's form; its digits follow from the seed, though not as the engine's would."""
    if strategy == "copy":
        return name
    digits = hashlib.sha256(seed).hexdigest()
    return str(uuid.UUID(hex=digits[:32])) if strategy == "uuid" else name + digits[:8]


def _fill_location(
    kind: ResourceType,
    news: dict[str, Json],
    olds: Mapping[str, Json],
    config: Mapping[str, str],
    resource_group_locations: Mapping[str, str],
) -> None:
    if not kind.has_location or "location" in news:
        return
    location = _default_location(kind, news, olds, config, resource_group_locations)
    if location is not None:
        news["location"] = location


def _default_location(
    kind: ResourceType,
    news: Mapping[str, Json],
    olds: Mapping[str, Json],
    config: Mapping[str, str],
    resource_group_locations: Mapping[str, str],
) -> Json | None:
    if "location" in olds:
        return olds["location"]
    if "location" in config:
        return config["location"]
    group = news.get("resourceGroupName")
    # A resource group cannot have the location of itself: Azure knows no such group yet.
    if group is None or kind.name_property == "resourceGroupName":
        return None
    if contains_unknowns(group) or not isinstance(group, str):
        return UNKNOWN_STRING
    by_lower_name = {name.lower(): place for name, place in resource_group_locations.items()}
    return by_lower_name.get(group.lower(), UNKNOWN_STRING)


# --- validation ---


def _failures(kind: ResourceType, values: Mapping[str, Json]) -> Iterator[CheckFailure]:
    """Failures in a fixed order (the real provider's varies): what is missing first, then by property."""
    if kind.tree is not None:
        yield from _object_failures((), kind.tree, values)
        return
    required = [name for name in kind.parameters if name not in values]
    if kind.name_property == "resourceGroupName" and "location" not in values:
        required.append("location")
    for name in required:
        yield _missing((name,))


def _missing(keys: Keys) -> CheckFailure:
    advice = _LOCATION_ADVICE if keys == ("location",) else ""
    return CheckFailure(keys, f"missing required property '{format_path(keys)}'{advice}")


def _object_failures(keys: Keys, node: Mapping[str, Json], value: Mapping[str, Json]) -> Iterator[CheckFailure]:
    for name in node.get("required", ()):
        if name not in value:
            yield _missing((*keys, name))
    for name, child in node["properties"].items():
        if name in value and not child.get("output"):
            yield from _failures_at((*keys, name), child, value[name])


def _failures_at(keys: Keys, node: Mapping[str, Json], value: Json) -> Iterator[CheckFailure]:
    if is_unknown(value):
        return
    if isinstance(value, dict):
        # A map's values are not checked, and an object where a text should be is not noticed either.
        if "properties" in node and SIGNATURE_KEY not in value:
            yield from _object_failures(keys, node, value)
    elif isinstance(value, list):
        yield from _list_failures(keys, node, value)
    elif isinstance(value, str):
        yield from _text_failures(keys, node, value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _number_failures(keys, node, float(value))


def _wire_type(node: Mapping[str, Json]) -> str:
    """The type the provider's metadata states: sets of strings are objects there."""
    return "object" if node.get("stringSet") else str(node["type"])


def _list_failures(keys: Keys, node: Mapping[str, Json], value: list[Json]) -> Iterator[CheckFailure]:
    if node["type"] != "array":
        yield CheckFailure(keys, f"'{format_path(keys)}' should be of type '{_wire_type(node)}' but got an array")
        return
    if node.get("stringSet"):
        return
    for index, item in enumerate(value):
        yield from _failures_at((*keys, index), node["items"], item)


def _text_failures(keys: Keys, node: Mapping[str, Json], value: str) -> Iterator[CheckFailure]:
    if node["type"] != "string":
        yield CheckFailure(keys, f"'{format_path(keys)}' should be of type '{_wire_type(node)}' but got a string")
        return
    length = len(value.encode())  # the provider counts bytes
    shortest, longest = node.get("minLength"), node.get("maxLength")
    if shortest is not None and length < shortest:
        reason = f"'{format_path(keys)}' is too short ({length}): at least {shortest} characters required"
        yield CheckFailure(keys, reason)
    if longest is not None and length > longest:
        reason = f"'{format_path(keys)}' is too long ({length}): at most {longest} characters allowed"
        yield CheckFailure(keys, reason)
    pattern = node.get("pattern")
    if pattern is not None and not _compiled(pattern).search(value):
        yield CheckFailure(keys, f"'{format_path(keys)}' does not match expression '{pattern}'")


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""The pattern with Go's meaning: `\w` is ASCII, `$` is the very end."""
    anchored = pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern
    return re.compile(anchored, re.ASCII)


def _number_failures(keys: Keys, node: Mapping[str, Json], value: float) -> Iterator[CheckFailure]:
    if node["type"] not in ("number", "integer"):
        yield CheckFailure(keys, f"'{format_path(keys)}' should be of type '{_wire_type(node)}' but got a number")
    elif node["type"] == "integer" and 1e-9 < abs(value) % 1 < 1 - 1e-9:
        yield CheckFailure(keys, f"'{format_path(keys)}' must be an integer but got {value:f}")


# --- outputs ---


def preview_outputs(token: str, checked_inputs: Mapping[str, Json], *, provider_version: str) -> dict[str, Json]:
    """The outputs of a creation in a preview: what the response repeats of the inputs, all else unknown.

    Types without a property tree return only what the response is sure to repeat unchanged: plain values,
    lists of them, and tags. Secret marks are the engine's business. A list of identities is unknown, as in the
    real provider: the response has an object there.
    """
    kind = look_up(token, provider_version)
    plain = without_nulls(strip_secrets(dict(checked_inputs)))
    if kind is None:
        return {}
    plain.pop(CREATE_BEFORE_DELETE, None)
    for parameter in kind.parameters:
        plain.pop(parameter, None)
    if kind.tree is None:
        return {key: value if _is_repeated(key, value) else UNKNOWN_STRING for key, value in plain.items()}
    return _preview_of_object(kind.tree, plain, leave_out=kind.parameters)


def _is_repeated(key: str, value: Json) -> bool:
    if isinstance(value, list):
        return all(not isinstance(item, (dict, list)) for item in value)
    return key == "tags" or not isinstance(value, dict)


def _preview_of_object(
    node: Mapping[str, Json], value: Mapping[str, Json], leave_out: tuple[str, ...] = ()
) -> dict[str, Json]:
    return {
        name: _preview_of(child, value.get(name, UNKNOWN_STRING))
        for name, child in node["properties"].items()
        if name not in leave_out
    }


def _preview_of(node: Mapping[str, Json], value: Json) -> Json:
    if is_unknown(value) or "outputAs" in node:
        return UNKNOWN_STRING
    if isinstance(value, dict):
        if "properties" in node:
            return _preview_of_object(node, value)
        return dict(value) if "additionalProperties" in node else UNKNOWN_STRING
    if isinstance(value, list):
        return [_preview_of(node["items"], item) for item in value] if "items" in node else UNKNOWN_STRING
    return value if node["type"] not in ("object", "array") else UNKNOWN_STRING


def resource_id(token: str, inputs: Mapping[str, Json], *, urn: str, provider_version: str) -> str:
    """A plausible ARM id for a resource with these (known) inputs, in the subscription of all zeros."""
    kind = look_up(token, provider_version)
    name = Urn.parse(urn).name
    if kind is None or not kind.path:
        module, _, own = token.partition(":")[2].partition(":")
        return f"/subscriptions/{_STAND_IN_SUBSCRIPTION}/providers/Microsoft.{module}/{own}/{name}"
    values = {parameter: str(inputs.get(parameter, name)).strip("/") for parameter in kind.parameters}
    values["subscriptionId"] = _STAND_IN_SUBSCRIPTION
    return kind.path.format_map(values)


def apply_outputs(
    token: str, checked_inputs: Mapping[str, Json], *, urn: str, provider_version: str, now: str
) -> dict[str, Json]:
    """Plausible known outputs, for tests that need real state files; `now` is the creation time, ISO 8601.

    2.x keeps its inputs in the state as the secret `__inputs`, 3.x says its API version. (Late 2.x may say it
    too; that is left out, so that the state is the harder case for a reader.)
    """
    kind = look_up(token, provider_version)
    if kind is None:
        raise LookupError(f"{token} is not a type of azure-native")
    plain = without_nulls(strip_secrets(dict(checked_inputs)))
    outputs = {
        key: value for key, value in plain.items() if key not in (CREATE_BEFORE_DELETE, API_VERSION, *kind.parameters)
    }
    identifier = resource_id(token, plain, urn=urn, provider_version=provider_version)
    outputs["id"] = identifier
    outputs["name"] = identifier.rpartition("/")[2]
    outputs["type"] = kind.arm_type if kind.path else token
    if isinstance(outputs.get("identity"), dict):
        outputs["identity"] = _granted(outputs["identity"], identifier)
    if kind.tree is not None:
        outputs["systemData"] = _system_data(now)
        for name, child in kind.tree["properties"].items():
            if isinstance(outputs.get(name), dict) and "properties" in child:
                outputs[name] = {**_service_answers(child, outputs["name"]), **outputs[name]}
    if major_of(provider_version) < 3:
        outputs["__inputs"] = secret(plain)
    elif kind.api_version:
        outputs[API_VERSION] = kind.api_version
    return outputs


def _granted(identity: Mapping[str, Json], identifier: str) -> dict[str, Json]:
    """An identity as the response has it: with principals, and the list of identities as an object."""
    granted = dict(identity)
    if "SystemAssigned" in str(identity.get("type")):
        granted["principalId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, identifier))
        granted["tenantId"] = _STAND_IN_TENANT
    assigned = identity.get("userAssignedIdentities")
    if isinstance(assigned, list):
        granted["userAssignedIdentities"] = {
            str(one): {
                "clientId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"client {one}")),
                "principalId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"principal {one}")),
            }
            for one in assigned
        }
    return granted


def _system_data(now: str) -> dict[str, Json]:
    who = {"By": "stand-in", "ByType": "Application", "At": now}
    return {f"{what}{key}": value for what in ("created", "lastModified") for key, value in who.items()}


def _service_answers(node: Mapping[str, Json], name: str) -> dict[str, Json]:
    answers = {"provisioningState": "Succeeded", "endpointUri": f"https://{name}.invalid/score"}
    return {key: value for key, value in answers.items() if key in node["properties"]}
