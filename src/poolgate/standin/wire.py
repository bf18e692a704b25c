"""What the engine does to property trees between a program and a provider.

Source: pulumi/pulumi v3.255.0, `sdk/go/common/resource/plugin/{rpc,provider_plugin}.go` and
`pkg/resource/deploy/source_eval.go`. Every function takes and returns trees in Pulumi's wire encoding
(`inference_pools.values`) and changes nothing in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inference_pools.values import (
    OUTPUT_SIGNATURE,
    RESOURCE_REFERENCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_STRING,
    Json,
    is_secret,
    is_unknown,
)


def signature_of(value: Json) -> str | None:
    """The signature of a special object, None for an ordinary value."""
    return value.get(SIGNATURE_KEY) if isinstance(value, dict) else None


def secret(value: Json) -> Json:
    """The value, marked as a secret; a secret stays as it is."""
    return value if is_secret(value) else {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def strip_secrets(value: Json) -> Json:
    """The value without secret marks, as a provider sees it that does not accept secrets.

    Resource references become ids (or URNs, for components) and output values their plain values: such a
    provider accepts neither.
    """
    if isinstance(value, list):
        return [strip_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    signature = signature_of(value)
    if signature == SECRET_SIGNATURE:
        return strip_secrets(value.get("value"))
    if signature == OUTPUT_SIGNATURE:
        return strip_secrets(value["value"]) if "value" in value else UNKNOWN_STRING
    if signature == RESOURCE_REFERENCE_SIGNATURE:
        return _reference_as_text(value)
    return {key: strip_secrets(item) for key, item in value.items()}


def plain_references(value: Json) -> Json:
    """The value with resource references as ids (or URNs), as a provider sees it that accepts secrets and not those."""
    if isinstance(value, list):
        return [plain_references(item) for item in value]
    if not isinstance(value, dict):
        return value
    if signature_of(value) == RESOURCE_REFERENCE_SIGNATURE:
        return _reference_as_text(value)
    return {key: plain_references(item) for key, item in value.items()}


def _reference_as_text(reference: Mapping[str, Json]) -> Json:
    if "id" not in reference:
        return reference.get("urn")
    identifier = reference["id"]
    return UNKNOWN_STRING if identifier == "" or is_unknown(identifier) else identifier


def contains_secrets(value: Json) -> bool:
    """Whether the value or anything inside it is marked as a secret."""
    if isinstance(value, list):
        return any(contains_secrets(item) for item in value)
    if not isinstance(value, dict):
        return False
    return is_secret(value) or any(contains_secrets(item) for item in value.values())


def contains_unknowns(value: Json) -> bool:
    """Whether the value or anything inside it is not known yet."""
    if is_unknown(value):
        return True
    if isinstance(value, list):
        return any(contains_unknowns(item) for item in value)
    return isinstance(value, dict) and any(contains_unknowns(item) for item in value.values())


def annotate_secrets(outputs: Mapping[str, Json], inputs: Mapping[str, Json]) -> dict[str, Json]:
    """`outputs` with secret marks where `inputs` of the same name had one.

    This is the engine's rule for providers that do not accept secrets, as coarse as there: objects are
    entered, anything else that holds a secret anywhere becomes secret as a whole.
    """
    return {key: _annotate(value, inputs[key]) if key in inputs else value for key, value in outputs.items()}


def _annotate(output: Json, source: Json) -> Json:
    if _is_plain_object(output) and _is_plain_object(source):
        return annotate_secrets(output, source)
    return secret(output) if contains_secrets(source) else output


def _is_plain_object(value: Json) -> bool:
    return isinstance(value, dict) and SIGNATURE_KEY not in value


def without_nulls(value: Json) -> Json:
    """The value with null members of objects left out; null elements of lists stay, as in the provider."""
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


def downgrade_outputs(value: Json) -> Json:
    """The value with output values turned into plain, unknown or secret ones, as before a registration."""
    if isinstance(value, list):
        return [downgrade_outputs(item) for item in value]
    if not isinstance(value, dict):
        return value
    if signature_of(value) == OUTPUT_SIGNATURE:
        plain = downgrade_outputs(value["value"]) if "value" in value else UNKNOWN_STRING
        return secret(plain) if value.get("secret") is True else plain
    return {key: downgrade_outputs(item) for key, item in value.items()}


def output_dependencies(value: Json) -> Iterator[str]:
    """The URNs that output values inside the value depend on."""
    if isinstance(value, list):
        for item in value:
            yield from output_dependencies(item)
    elif isinstance(value, dict):
        if signature_of(value) == OUTPUT_SIGNATURE:
            yield from value.get("dependencies") or ()
        for item in value.values():
            yield from output_dependencies(item)


def in_key_order(value: Json) -> Json:
    """The value with the members of objects in the order of their names: protobuf keeps none."""
    if isinstance(value, list):
        return [in_key_order(item) for item in value]
    if isinstance(value, dict):
        return {key: in_key_order(value[key]) for key in sorted(value)}
    return value
