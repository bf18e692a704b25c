"""`property-known` over every property there is, in both contents of the API, down to probes and identities."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from inference_pools.finding import Outcome, Verdict
from inference_pools.path import Keys, format_path
from inference_pools.platforms.azure_pools.catalog import KINDS, Shape, tree
from inference_pools.platforms.platform import Kind
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules.azure.auth_mode_aad import auth_mode_aad
from inference_pools.rules.azure.sku_tier_allowed import sku_tier_allowed
from inference_pools.rules.property_known import property_known
from inference_pools.runner import judge
from inference_pools.tree import Node

EVERY = [(kind, shape) for kind in KINDS for shape in Shape]
every_type = pytest.mark.parametrize(("kind", "shape"), EVERY)
LEAVES = {"string": "text", "integer": 2.0, "number": 2.0, "boolean": True}


def sample(node: Node) -> Any:
    """A value with everything in it that a program may write."""
    if node.enum:
        return node.enum[0]
    if node.items is not None:
        return [sample(node.items)]
    if node.values is not None:
        return {"anything": sample(node.values)}
    if node.type == "object":
        return {name: sample(member) for name, member in node.members.items() if not member.output}
    return LEAVES[node.type]


def named(node: Node, keys: Keys = ()) -> Iterator[tuple[Keys, Node]]:
    """Every property and where it stands in the sample."""
    for name, member in node.members.items():
        at = (*keys, name)
        yield at, member
        if member.output:
            continue
        yield from named(member, at)
        if member.items is not None:
            yield from named(member.items, (*at, 0))


def judged(kind: Kind, shape: Shape, properties: dict[str, Any]) -> list[Verdict]:
    version = "2.92.3" if shape is Shape.A else "3.29.0"
    token = f"azure-native:machinelearningservices:{kind}"
    resource = Resource(f"urn:pulumi:dev::test::{token}::chat", token, "chat", properties, provider_version=version)
    rules = (property_known, sku_tier_allowed, auth_mode_aad)
    return [verdict for verdict in judge(default_settings(rules), resource) if verdict.outcome.reported]


def holder(properties: Any, keys: Keys) -> Any:
    for key in keys:
        properties = properties[key]
    return properties


@every_type
def test_everything_that_a_program_may_write_is_known(kind: Kind, shape: Shape) -> None:
    assert judged(kind, shape, sample(tree(kind, shape))) == []


@every_type
def test_every_slip_in_a_name_is_found_and_most_are_understood(kind: Kind, shape: Shape) -> None:
    full = sample(tree(kind, shape))
    for keys, node in named(tree(kind, shape)):
        if node.output:
            continue
        properties = copy.deepcopy(full)
        inside = holder(properties, keys[:-1])
        slip = f"{keys[-1]}s"
        inside[slip] = inside.pop(keys[-1])
        found = judged(kind, shape, properties)

        assert [(verdict.rule, verdict.outcome, verdict.path) for verdict in found] == [
            (property_known.id, Outcome.VIOLATED, format_path((*keys[:-1], slip)))
        ], keys
        assert found[0].message.endswith(f"did you mean {keys[-1]}?"), keys
        assert found[0].remedy == f"Rename it to {keys[-1]}.", keys


@every_type
def test_what_azure_sets_no_program_may(kind: Kind, shape: Shape) -> None:
    outputs = [(keys, node) for keys, node in named(tree(kind, shape)) if node.is_read_only]

    assert {"provisioningState", "principalId", "tenantId", "systemData"} <= {keys[-1] for keys, _ in outputs}
    for keys, node in outputs:
        properties = sample(tree(kind, shape))
        holder(properties, keys[:-1])[keys[-1]] = sample(node)
        (verdict,) = judged(kind, shape, properties)

        assert (verdict.rule, verdict.path) == (property_known.id, format_path(keys))
        assert verdict.message == "is set by Azure, a program cannot"


@every_type
def test_every_choice_is_one_that_azure_knows(kind: Kind, shape: Shape) -> None:
    choices = [(keys, node) for keys, node in named(tree(kind, shape)) if node.enum and not node.output]

    assert {keys for keys, _ in choices} >= {("sku", "tier"), ("identity", "type")}
    for keys, node in choices:
        for value in (*node.enum, "Nonesuch"):
            properties = sample(tree(kind, shape))
            holder(properties, keys[:-1])[keys[-1]] = value
            places = {verdict.path for verdict in judged(kind, shape, properties)}

            assert places == (set() if value in node.enum else {format_path(keys)}), (keys, value)


@every_type
def test_a_property_of_the_other_content_says_where_it_is_now(kind: Kind, shape: Shape) -> None:
    other = Shape.B if shape is Shape.A else Shape.A
    here = {keys for keys, _ in named(tree(kind, shape))}
    # The outermost of what is not here: what lies in it is not looked at.
    gone = {
        keys
        for keys, node in named(tree(kind, other))
        if keys not in here and not node.output and keys[:-1] in here | {()} and 0 not in keys
    }
    for keys in gone:
        properties = sample(tree(kind, shape))
        holder(properties, keys[:-1])[keys[-1]] = "text"
        (verdict,) = judged(kind, shape, properties)

        assert verdict.path == format_path(keys)
        assert "in this API version; API versions " in verdict.message, keys
