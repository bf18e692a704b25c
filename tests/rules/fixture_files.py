"""The fixtures of the rules: one judgement a file, `<rule-id>/{good,bad}/<what-it-is-about>.yaml`.

    type: azure-native:machinelearningservices:InferencePool
    name: chat
    id: /subscriptions/…            # of a deployed resource
    outputs: true                   # the properties are outputs, not inputs
    provider_version: 3.29.0
    protect: true                   # Pulumi's option of that name
    options: {maximum: PT1M}        # of the rule whose fixture it is
    today: 2028-06-01               # the day it is judged on; 2026-12-01 when absent
    previous: {…}                   # the inputs of the last update, {} for a new resource
    waivers: [{rule: …, …}, …]      # those of a waivers file
    properties: {…}                 # `!unknown` stands for a value not known yet, `!secret value` for a secret
    expect:                         # in bad ones: all that the rule says, in its order
      - {outcome: violated, path: …, message: …, remedy: …, enforcement: mandatory}
    also: {other-rule: why it fires, too}

A rule over a whole stack has `resources: [{type: …, name: …, properties: …}, …]` in place of the one resource, a rule
over the stacks of a project `stacks: {dev: [{type: …}, …], prod: […]}`. Then each entry of `expect` says which
resource it is about: `resource: chat`, and with several stacks `resource: prod/chat`.

The files under `good` are clean for every rule. The first of each folder, in alphabetical order, is printed in
docs/rules.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from inference_pools import policy_config
from inference_pools.finding import Verdict, Waiver
from inference_pools.policy_config import Setting
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge, judge_project, judge_stack
from inference_pools.stack import stacks_of
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json
from inference_pools.waiver_review import judge_waivers, known, register
from inference_pools.waivers import View, parse

HERE = Path(__file__).parent
TODAY = date(2026, 12, 1)
"""The day a fixture is judged on when it names none."""

_OF_RESOURCE = frozenset({"type", "name", "id", "outputs", "provider_version", "protect", "previous", "properties"})
_OF_FIXTURE = frozenset({"options", "today", "waivers", "expect", "also"})


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
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
    """One file. `rule` and `good` are told by the folder it lies in; `resources` has the resources of every stack."""

    path: Path
    rule: str
    good: bool
    resources: tuple[Resource, ...]
    today: date = TODAY
    options: dict[str, Json] = field(default_factory=dict)
    expect: list[dict[str, str]] = field(default_factory=list)
    also: dict[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()

    @property
    def resource(self) -> Resource:
        """The resource, or the first of several."""
        return self.resources[0]

    def label(self, urn: str) -> str:
        """Which of several resources a URN names, as `expect` writes it; empty where there is one only."""
        if len(self.resources) == 1:
            return ""
        names = {resource.urn: resource.name for resource in self.resources}
        stacks = {_stack(known): None for known in names}
        return f"{_stack(urn)}/{names[urn]}" if len(stacks) > 1 else names[urn]

    @property
    def id(self) -> str:
        """How pytest names it."""
        return f"{self.rule}/{self.path.parent.name}/{self.path.stem}"

    def settings(self) -> tuple[Setting, ...]:
        """Every rule at its defaults, the fixture's own with its options."""
        return policy_config.parse({self.rule: self.options}, ALL)

    def verdicts(self) -> list[Verdict]:
        """What all the rules say of it."""
        settings = self.settings()
        stacks = stacks_of(self.resources, self.today)
        verdicts = [
            *(verdict for resource in self.resources for verdict in judge(settings, resource, today=self.today)),
            *(verdict for stack in stacks for verdict in judge_stack(settings, stack)),
            *judge_project(settings, stacks),
        ]
        rules = known(ALL)
        agreed = register(settings, self.waivers, rules, self.today)
        waived = [agreed.waived(verdict) for verdict in verdicts]
        names = [f"{stack.project}/{stack.name}" for stack in stacks]
        return [*waived, *judge_waivers(settings, agreed.standings(names, rules, View.ALL), self.today)]


def _stack(urn: str) -> str:
    return urn.split("::")[0].rsplit(":", 1)[-1]


def load(path: Path) -> Fixture:
    """The fixture in a file."""
    content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    if "stacks" in content:
        entries = [(stack, entry) for stack, inside in content.pop("stacks").items() for entry in inside]
    elif "resources" in content:
        entries = [("dev", entry) for entry in content.pop("resources")]
    else:
        entries = [("dev", {key: content.pop(key) for key in _OF_RESOURCE if key in content})]
    strange = set(content) - _OF_FIXTURE | {key for _, entry in entries for key in set(entry) - _OF_RESOURCE}
    if strange:
        raise ValueError(f"{path}: no such keys: {', '.join(sorted(strange))}")
    return Fixture(
        path=path,
        rule=path.parent.parent.name,
        good=path.parent.name == "good",
        resources=tuple(_resource(stack, entry) for stack, entry in entries),
        today=content.get("today", TODAY),
        options=content.get("options", {}),
        expect=content.get("expect", []),
        also=content.get("also", {}),
        waivers=_waivers(content.get("waivers", [])),
    )


def _waivers(entries: list[dict[str, Any]]) -> tuple[Waiver, ...]:
    written = [{key: value.isoformat() if isinstance(value, date) else value for key, value in entry.items()}
               for entry in entries]  # fmt: skip
    found, problems = parse({"waivers": written})
    assert not problems, problems
    return found


def _resource(stack: str, entry: dict[str, Any]) -> Resource:
    return Resource(
        urn=f"urn:pulumi:{stack}::fixtures::{entry['type']}::{entry['name']}",
        type=entry["type"],
        name=entry["name"],
        properties=as_on_the_wire(entry["properties"]),
        id=entry.get("id"),
        outputs=entry.get("outputs", False),
        provider_version=entry.get("provider_version"),
        protect=entry.get("protect"),
        previous=as_on_the_wire(entry["previous"]) if "previous" in entry else None,
    )


@cache
def fixtures() -> tuple[Fixture, ...]:
    """Every fixture, in alphabetical order; read once for all tests."""
    return tuple(load(path) for path in sorted(HERE.glob("*/*/*.yaml")))


def as_on_the_wire(value: Any) -> Json:
    """Numbers as floats, as they arrive."""
    if isinstance(value, dict):
        return {key: as_on_the_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_on_the_wire(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
