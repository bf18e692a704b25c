"""aws-native: what the provider over AWS's Cloud Control API does before it would call AWS.

From source alone, and not run: pulumi/pulumi-aws-native `provider/pkg/{provider/provider.go,resources/validate.go,
autonaming/application.go,default_tags/merging.go,provider/previewOutputs.go}`. Check fills in a name and the default
tags, then refuses properties that the schema has not, values of another type, and required ones that are missing at the
top; bounds, patterns and enumerations it leaves to AWS. Trees are those of the rules; of types without one nothing is
known here, and they pass through.

One difference is deliberate: a reason is sent without the property beside it, which is in its words: the engine would
show the property's value, secrets included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from inference_pools.path import Keys
from inference_pools.urn import Urn
from inference_pools.values import UNKNOWN_STRING, Json, is_secret, is_unknown
from poolgate.standin.aws.functions import domain_of
from poolgate.standin.aws.outputs import arn_of, partition_of
from poolgate.standin.changes import changes
from poolgate.standin.cloud import (
    NO_CONFIG,
    Autonaming,
    Change,
    Checked,
    CheckError,
    CheckFailure,
    Difference,
    Known,
    Request,
)
from poolgate.standin.wire import plain_references, secret, signature_of

_DIGITS = 7
_NOT_NAMED = "failed to apply auto-naming: "
_PRIMITIVES: Mapping[str, tuple[str, Any]] = {
    "string": ("a string", str),
    "integer": ("an integer", (int, float)),
    "number": ("a number", (int, float)),
    "boolean": ("a bool", bool),
}


class AwsNative:
    """The provider aws-native, 1.x."""

    package = "aws-native"
    distribution = "pulumi_aws_native"
    newest = "1.84.0"
    asks = "AWS"
    accepts_secrets = True

    def owns(self, package: str) -> bool:
        """Whether it is aws-native: nothing is made from it by a parameter."""
        return package == self.package

    def check(self, request: Request) -> Checked:
        """Fill in the name and default tags, then validate. Raises CheckError where either cannot be made."""
        tree = _tree(request.token)
        if tree is None:
            return Checked(dict(request.inputs), ())
        inputs: dict[str, Json] = without_nulls(plain_references(dict(request.inputs)))
        _fill_name(request, inputs)
        if "tags" in tree["properties"]:
            _merge_tags(inputs, request)
        return Checked(inputs, tuple(_failures(tree, tree.get("required", ()), inputs, (), "")))

    def preview_outputs(
        self, token: str, inputs: Mapping[str, Json], *, version: str, config: Mapping[str, str] = NO_CONFIG
    ) -> dict[str, Json]:
        """The inputs, and unknown what is read-only; what nobody wrote is not there, so the program waits for it."""
        tree = _tree(token)
        return _outputs(tree, inputs, "", _names().get(token, {}).get("readOnly", ())) if tree else {}

    def preview_update(
        self,
        token: str,
        inputs: Mapping[str, Json],
        state: Mapping[str, Json],
        *,
        version: str,
        config: Mapping[str, str] = NO_CONFIG,
    ) -> dict[str, Json]:
        """As for a creation, with the id, name and ARN that the state has: all else that is read-only may change."""
        outputs = self.preview_outputs(token, inputs, version=version)
        own = token.rpartition(":")[2]
        stem = own[:1].lower() + own[1:]
        stable = {"name", "id", "arn", f"{stem}Name", f"{stem}Id", f"{stem}Arn"} & state.keys()
        kept = {key: state[key] for key in stable if is_unknown(outputs.get(key))}
        return outputs | kept

    def diff(self, token: str, old: Mapping[str, Json], new: Mapping[str, Json], *, version: str) -> Difference:
        """That there are changes: which of them replace, the SDK tells the engine (`replaceOnChanges`).

        A replacement deletes first.
        """
        found = tuple(Change(keys, change, False) for keys, change in changes(dict(old), dict(new)))
        return Difference(found, delete_before_replace=True, detailed=False)

    def applied(
        self,
        token: str,
        inputs: Mapping[str, Json],
        *,
        urn: str,
        version: str,
        now: str,
        config: Mapping[str, str] = NO_CONFIG,
    ) -> Known:
        """The inputs, an ARN that is also the id, and the inputs once more as the secret `__inputs`."""
        facts, (_, service, own) = _names().get(token, {}), token.split(":")
        name = str(inputs.get(facts.get("name", ""), Urn.parse(urn).name))
        arn = arn_of(service, facts.get("id", own), name)
        identifier = "|".join(str(inputs[key]) for key in _TARGET_ID) if token.endswith(":ScalableTarget") else arn
        outputs = self.preview_outputs(token, inputs, version=version) or {"arn": UNKNOWN_STRING, **inputs}
        known = {key: _settled(key, value, arn, identifier, now) for key, value in outputs.items()}
        return Known(identifier, {**known, "__inputs": secret(dict(inputs))})

    def local_package(self, parameter: Sequence[str] | bytes) -> None:
        """It takes no parameters."""

    def invoke(self, token: str, args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
        """What follows from the provider's region; all else asks AWS."""
        region = config.get("region")
        if region is None:
            return None
        answers: Mapping[str, dict[str, Json]] = {
            "aws-native:index:getRegion": {"region": region},
            "aws-native:index:getPartition": {"partition": partition_of(region)},
            "aws-native:index:getUrlSuffix": {"urlSuffix": domain_of(region)},
        }
        return answers.get(token)


_TARGET_ID = ("resourceId", "scalableDimension", "serviceNamespace")


def _settled(key: str, value: Json, arn: str, identifier: str, now: str) -> Json:
    if not is_unknown(value):
        return _known(value)
    if key.endswith(("Arn", "arn")):
        return arn
    return now if key.endswith("Time") else identifier if key == "awsId" else ""


def _known(value: Json) -> Json:
    """The value without what is not known in it: what is read-only inside an object is only told by AWS."""
    if isinstance(value, list):
        return [_known(item) for item in value]
    if isinstance(value, dict):
        return {key: _known(item) for key, item in value.items() if not is_unknown(item)}
    return value


@lru_cache(maxsize=1)
def _trees() -> Mapping[str, Any]:
    text = resources.files("inference_pools.platforms.sagemaker").joinpath("data/trees.json").read_text("utf-8")
    trees: Mapping[str, Any] = json.loads(text)["types"]
    return trees


@lru_cache(maxsize=1)
def _names() -> Mapping[str, Any]:
    text = resources.files("poolgate.standin.aws_native").joinpath("data/names.json").read_text("utf-8")
    names: Mapping[str, Any] = json.loads(text)["types"]
    return names


def _tree(token: str) -> Mapping[str, Json] | None:
    if token not in _names():
        return None
    tree: Mapping[str, Json] = _trees()[token]["trees"][-1]["tree"]
    return tree


def without_nulls(value: Json) -> Json:
    """The value without nulls, those in lists included."""
    if isinstance(value, list):
        return [without_nulls(item) for item in value if item is not None]
    if isinstance(value, dict) and not signature_of(value):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


# --- name and tags ---


def _fill_name(request: Request, inputs: dict[str, Json]) -> None:
    facts = _names()[request.token]
    key = facts.get("name")
    if key is None or key in inputs:
        return
    if key in request.old_inputs:
        inputs[key] = request.old_inputs[key]
    elif request.autonaming is not None:
        proposed = _proposed(request.autonaming, facts)
        if proposed is not None:
            inputs[key] = proposed
    else:
        inputs[key] = _made_up(key, Urn.parse(request.urn).name, facts, request.random_seed)


def _proposed(autonaming: Autonaming, facts: Mapping[str, Any]) -> str | None:
    if autonaming.mode == "disable":
        return None
    name = autonaming.proposed_name or ""
    if autonaming.mode == "propose" and facts["longest"] and len(name) > facts["longest"]:
        raise CheckError(f'{_NOT_NAMED}proposed name "{name}" exceeds max length of {facts["longest"]}')
    if autonaming.mode == "propose" and len(name) < facts["shortest"]:
        raise CheckError(f'{_NOT_NAMED}proposed name "{name}" is shorter than min length of {facts["shortest"]}')
    return name


def _made_up(key: str, name: str, facts: Mapping[str, Any], seed: bytes) -> str:
    """The name, a hyphen and 7 digits, or as many as there is room for; they follow from the seed."""
    prefix, longest = f"{name}-", facts["longest"]
    room = longest - len(prefix) if longest else _DIGITS
    if room <= 0:
        raise CheckError(
            f'{_NOT_NAMED}failed to auto-generate value for "{key}". Prefix: "{prefix}" is too large to '
            f'fix max length constraint of {longest}. Please provide a value for "{key}"'
        )
    return prefix + hashlib.sha256(seed).hexdigest()[: min(_DIGITS, room)]


def _merge_tags(inputs: dict[str, Json], request: Request) -> None:
    """The provider's default tags behind the resource's, which win; a list that is not known stays so."""
    try:
        defaults = json.loads(request.config.get("defaultTags", "{}")).get("tags") or {}
    except (ValueError, AttributeError):
        return
    tags = inputs.get("tags")
    if not defaults or is_unknown(tags):
        return
    marked = is_secret(tags)
    items = _plain(tags)
    if items is not None and not isinstance(items, list):
        raise CheckError(f"expected tags to be an array but found {_go_type(items)}")
    for item in items or ():
        if not isinstance(item, dict) or signature_of(item):
            raise CheckError(f"expected tags to be an array of objects but found {_go_type(item)}")
        if "key" not in item or "value" not in item:
            raise CheckError(
                "expected tags to be an array of objects with 'key' and 'value' properties but found object"
            )
    present = {item["key"] for item in items or () if isinstance(item["key"], str)}
    mark = secret if "defaultTags" in request.secret_settings else str
    added = [{"key": key, "value": mark(str(defaults[key]))} for key in sorted(defaults) if key not in present]
    merged: Json = [*(items or ()), *added]
    inputs["tags"] = secret(merged) if marked else merged


def _go_type(value: Json) -> str:
    if is_unknown(value):
        return "output<string>"
    kinds = ((bool, "bool"), (str, "string"), (list, "[]"), (dict, "object"))
    return next((word for cls, word in kinds if isinstance(value, cls)), "number")


# --- validation ---


def _plain(value: Json) -> Json:
    while is_secret(value):
        value = value.get("value")
    return value


def _failures(
    node: Mapping[str, Json], required: Sequence[str], value: Mapping[str, Json], keys: Keys, path: str
) -> Iterator[CheckFailure]:
    """`path` is the way to the object as the provider writes it: a slash before a property that the schema has."""
    for name in sorted(node["properties"]):
        child, where = node["properties"][name], f"{path}/{name}" if path else name
        if child.get("output"):
            continue
        if name in value:
            yield from _property(child, value[name], (*keys, name), where)
        elif not path and name in required:
            yield CheckFailure((name,), f"missing required property {name}")
    known = {name for name, child in node["properties"].items() if not child.get("output")}
    for name in sorted(set(value) - known):
        where = f"{path}.{name}" if path else name
        yield CheckFailure((*keys, name), f"unknown property {where}")


def _property(node: Mapping[str, Json], value: Json, keys: Keys, path: str) -> Iterator[CheckFailure]:
    value = _plain(value)
    if is_unknown(value) or value is None:
        return
    wanted = node["type"]
    if wanted == "array":
        if not isinstance(value, list):
            yield CheckFailure(keys, f"{path} must be an array")
            return
        for index, item in enumerate(value):
            yield from _property(node["items"], item, (*keys, index), f"{path}[{index}]")
    elif wanted == "object":
        if not isinstance(value, dict):
            yield CheckFailure(keys, f"{path} must be an object")
        elif "properties" in node:
            yield from _failures(node, (), value, keys, path)
        elif "additionalProperties" in node:
            for name in sorted(value):
                yield from _property(node["additionalProperties"], value[name], (*keys, name), f"{path}.{name}")
    elif wanted in _PRIMITIVES:
        word, cls = _PRIMITIVES[wanted]
        is_right = isinstance(value, cls) and (wanted == "boolean" or not isinstance(value, bool))
        if not is_right or (wanted == "integer" and value != int(value)):
            yield CheckFailure(keys, f"{path} must be {word}")


# --- outputs ---


def _outputs(
    node: Mapping[str, Json], inputs: Mapping[str, Json], place: str, read_only: Sequence[str]
) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for name, child in node["properties"].items():
        where = f"{place}.{name}".lstrip(".")
        if name in inputs:
            result[name] = _output(child, inputs[name], where, read_only)
        elif child.get("output") or where in read_only:
            result[name] = UNKNOWN_STRING
    return result


def _output(node: Mapping[str, Json], value: Json, place: str, read_only: Sequence[str]) -> Json:
    if isinstance(value, dict) and "properties" in node and not signature_of(value):
        return _outputs(node, value, place, read_only)
    if isinstance(value, list) and "items" in node:
        return [_output(node["items"], item, f"{place}[]", read_only) for item in value]
    return value


AWS_NATIVE = AwsNative()
