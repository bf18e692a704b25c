"""The fixtures of the rules: one resource a file, `<rule-id>/{good,bad}/<what-it-is-about>.yaml`.

    type: azure-native:machinelearningservices:InferencePool
    name: chat
    id: /subscriptions/…            # of a deployed resource
    outputs: true                   # the properties are outputs, not inputs
    provider_version: 3.29.0
    options: {maximum: PT1M}        # of the rule whose fixture it is
    properties: {…}                 # `!unknown` stands for a value not known yet, `!secret value` for a secret
    expect:                         # in bad ones: all that the rule says, in its order
      - {outcome: violated, path: …, message: …, remedy: …, enforcement: mandatory}
    also: {other-rule: why it fires, too}

The files under `good` are clean for every rule. The first of each folder, in alphabetical order, is printed in
docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from inference_pools import policy_config
from inference_pools.finding import Verdict
from inference_pools.model import Resource
from inference_pools.policy_config import Setting
from inference_pools.rules import ALL
from inference_pools.runner import judge
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json

HERE = Path(__file__).parent
KEYS = frozenset({"type", "name", "id", "outputs", "provider_version", "options", "properties", "expect", "also"})


class _Loader(yaml.SafeLoader):
    """YAML with the two things that a property tree has and YAML has not."""


def _unknown(loader: _Loader, node: yaml.Node) -> Json:
    return UNKNOWN_STRING


def _secret(loader: _Loader, node: yaml.Node) -> Json:
    if isinstance(node, yaml.MappingNode):
        value: Json = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


_Loader.add_constructor("!unknown", _unknown)
_Loader.add_constructor("!secret", _secret)


@dataclass(frozen=True)
class Fixture:
    """One file. `rule` and `good` are told by the folder it lies in."""

    path: Path
    rule: str
    good: bool
    resource: Resource
    options: dict[str, Json] = field(default_factory=dict)
    expect: list[dict[str, str]] = field(default_factory=list)
    also: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """How pytest names it."""
        return f"{self.rule}/{self.path.parent.name}/{self.path.stem}"

    def settings(self) -> tuple[Setting, ...]:
        """Every rule at its defaults, the fixture's own with its options."""
        return policy_config.parse({self.rule: self.options}, ALL)

    def verdicts(self) -> list[Verdict]:
        """What all the rules say of it."""
        return judge(self.settings(), self.resource)


def load(path: Path) -> Fixture:
    """The fixture in a file."""
    content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    strange = set(content) - KEYS
    if strange:
        raise ValueError(f"{path}: no such keys: {', '.join(sorted(strange))}")
    resource = Resource(
        urn=f"urn:pulumi:dev::fixtures::{content['type']}::{content['name']}",
        type=content["type"],
        name=content["name"],
        properties=as_on_the_wire(content["properties"]),
        id=content.get("id"),
        outputs=content.get("outputs", False),
        provider_version=content.get("provider_version"),
    )
    return Fixture(
        path=path,
        rule=path.parent.parent.name,
        good=path.parent.name == "good",
        resource=resource,
        options=content.get("options", {}),
        expect=content.get("expect", []),
        also=content.get("also", {}),
    )


def fixtures() -> Iterator[Fixture]:
    """Every fixture, in alphabetical order."""
    for path in sorted(HERE.glob("*/*/*.yaml")):
        yield load(path)


def as_on_the_wire(value: Any) -> Json:
    """Numbers as floats, as they arrive."""
    if isinstance(value, dict):
        return {key: as_on_the_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_on_the_wire(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
