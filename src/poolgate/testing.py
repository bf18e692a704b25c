"""Examples of rules, as data, and what rules say of them. Public: for the tests of whoever writes rules.

An example is one judgement in a file, `<rule-id>/good/<what-it-is-about>.yaml`, or `bad` for what the rule finds:

    type: azure-native:machinelearningservices:InferencePool
    name: chat
    id: /subscriptions/…            # of a deployed resource
    outputs: true                   # the properties are outputs, not inputs
    provider_version: 3.29.0
    provider: {region: …}           # the provider's own settings; {} for one that has none, not seen when absent
    protect: true                   # Pulumi's option of that name
    ignoreChanges: [sku]            # likewise
    waitsFor: [account]             # the resources of the example that it depends on; [] for none
    options: {maximum: PT1M}        # of the rule whose example it is
    today: 2028-06-01               # the day it is judged on; 2026-12-01 when absent
    previous: {…}                   # the inputs of the last update, {} for a new resource
    waivers: [{rule: …, …}, …]      # those of a waivers file
    properties: {…}                 # `!unknown` stands for a value not known yet, `!secret value` for a secret
    expect:                         # in bad ones: all that the rule says, in its order
      - {outcome: violated, path: …, message: …, remedy: …, enforcement: mandatory}

A rule over a whole stack has `resources: [{type: …, name: …, properties: …}, …]` in place of the one resource, a rule
over the stacks of a project `stacks: {dev: [{type: …}, …], prod: […]}`. Then each entry of `expect` says which
resource it is about: `resource: chat`, and with several stacks `resource: prod/chat`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from inference_pools import policy_config
from inference_pools.finding import Outcome, Verdict, Waiver
from inference_pools.near_words import did_you_mean
from inference_pools.policy_config import ConfigError
from inference_pools.resource import Resource
from inference_pools.rule import Rule
from inference_pools.runner import judge, judge_project, judge_stack
from inference_pools.stack import stacks_of
from inference_pools.urn import Urn
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json
from inference_pools.waiver_review import judge_waivers, known, register
from inference_pools.waivers import View, parse
from poolgate import own_rules
from poolgate.errors import UsageError
from poolgate.files import read_text, relative_to_here

__all__ = ["Example", "Judged", "examples", "judge_example", "load_rules", "read_example"]

TODAY: Final = date(2026, 12, 1)
"""The day an example is judged on when it names none."""
PROJECT: Final = "fixtures"
"""What the project is called that the resources of an example belong to."""
_STACK: Final = "dev"

_OF_RESOURCE: Final = (
    *("type", "name", "id", "outputs", "provider_version", "provider", "protect", "ignoreChanges", "waitsFor"),
    *("previous", "properties"),
)
_NEEDED: Final = ("type", "name", "properties")
_OF_EXAMPLE: Final = ("options", "today", "waivers", "expect", "also")
_SEVERAL: Final = ("resources", "stacks")
_OF_VERDICT: Final = ("resource", "outcome", "path", "message", "remedy", "enforcement")


class Judged(NamedTuple):
    """What a rule says of an example, and what the example expects of it: equal where all is well."""

    said: list[dict[str, str]]
    expected: list[dict[str, str]]


def judge_example(file: Path, rules: Sequence[Rule[Any]]) -> Judged:
    """What the rule that an example is about says of it, and what the example expects.

    `rules` has the rule by the id that the example's folder is called. What it reports is told; where it has nothing to
    judge in the example at all, that is told, too: such an example proves nothing unless it expects just that.
    Raises UsageError, with file, line and key, for an example that cannot be read or says what it cannot.
    """
    example = read_example(file)
    own = [rule for rule in rules if rule.id == example.rule]
    if not own:
        ids = [rule.id for rule in rules]
        raise UsageError(
            f"no rule is called {example.rule!r}, as the example's folder is{did_you_mean(example.rule, ids)}",
            file=relative_to_here(file),
        )
    try:
        verdicts = [verdict for verdict in example.judged_by(own) if verdict.waiver is None]
    except ConfigError as error:
        raise UsageError(f"options: {error}", file=relative_to_here(file)) from None
    idle = all(verdict.outcome is Outcome.NOT_APPLICABLE for verdict in verdicts)
    said = [example.told(verdict) for verdict in verdicts if idle or verdict.outcome.reported]
    return Judged(said, example.expect)


def examples(folder: Path) -> list[Path]:
    """The examples of a rule, in alphabetical order: the files in `good` and `bad` of its folder.

    Raises UsageError where there is no good or no bad one: a rule that is never tried on either is not tested.
    """
    found: list[Path] = []
    for kind in ("bad", "good"):
        files = sorted((folder / kind).glob("*.yaml"))
        if not files:
            raise UsageError(f"has no {kind} example ({kind}/*.yaml)", file=relative_to_here(folder))
        found += files
    return found


def load_rules(file: Path) -> tuple[Rule[Any], ...]:
    """The rules in a file, by its list RULES, as `poolgate check` takes them.

    Raises UsageError, with file and line, for a file that cannot be imported or has no such list.
    """
    return own_rules.load([file])


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
        # As it would be read without the tag: a secret number is a number.
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        plain = yaml.ScalarNode(loader.resolve(yaml.ScalarNode, node.value, (is_plain, not is_plain)), node.value)
        value = loader.construct_object(plain)
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


_Loader.add_constructor("!unknown", _unknown)
_Loader.add_constructor("!secret", _secret)


@dataclass(frozen=True)
class Example:
    """One file. `rule` and `good` are told by the folder it lies in; `resources` has the resources of every stack."""

    path: Path
    rule: str
    good: bool
    resources: tuple[Resource, ...]
    today: date = TODAY
    options: dict[str, Json] = field(default_factory=dict)
    expect: list[dict[str, str]] = field(default_factory=list)
    also: dict[str, str] = field(default_factory=dict)
    """In examples of poolgate's own rules: other rules that fire, too, each with the reason."""
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
        stacks = {Urn.parse(known).stack: None for known in names}
        return f"{Urn.parse(urn).stack}/{names[urn]}" if len(stacks) > 1 else names[urn]

    def told(self, verdict: Verdict) -> dict[str, str]:
        """A verdict as `expect` writes it."""
        parts = {
            "resource": self.label(verdict.urn) if verdict.urn else "",
            "outcome": str(verdict.outcome),
            "path": verdict.path,
            "message": verdict.message,
            "remedy": verdict.remedy,
            "enforcement": str(verdict.enforcement),
        }
        return {name: text for name, text in parts.items() if text or name not in ("resource", "remedy")}

    def judged_by(self, rules: Sequence[Rule[Any]]) -> list[Verdict]:
        """What rules say of it: each at its defaults, that of the example with its options."""
        settings = policy_config.parse({self.rule: self.options}, rules)
        stacks = stacks_of(self.resources, self.today)
        verdicts = [
            *(verdict for resource in self.resources for verdict in judge(settings, resource, today=self.today)),
            *(verdict for stack in stacks for verdict in judge_stack(settings, stack)),
            *judge_project(settings, stacks),
        ]
        by_id = known(rules)
        agreed = register(settings, self.waivers, by_id, self.today)
        waived = [agreed.waived(verdict) for verdict in verdicts]
        names = [f"{stack.project}/{stack.name}" for stack in stacks]
        return [*waived, *judge_waivers(settings, agreed.standings(names, by_id, View.ALL), self.today)]


def read_example(file: Path) -> Example:
    """The example in a file. Raises UsageError, with file, line and key, for one that is none."""
    loader = _Loader(read_text(file))
    try:
        node = loader.get_single_node()
        content = loader.construct_document(node) if node is not None else None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UsageError(
            f"is no YAML: {getattr(error, 'problem', None) or error}",
            file=relative_to_here(file),
            line=mark.line + 1 if mark else None,
        ) from None
    finally:
        loader.dispose()
    try:
        return _example(file, content)
    except _ExampleError as error:
        raise UsageError(
            error.message, file=relative_to_here(file), line=_line(node, error.keys), key=_key(error.keys)
        ) from None


class _ExampleError(Exception):
    """What is wrong with an example, and the keys that lead to it."""

    def __init__(self, keys: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.keys = keys
        self.message = message


def _example(file: Path, content: Any) -> Example:
    _check_keys((), content, (*_OF_RESOURCE, *_OF_EXAMPLE, *_SEVERAL))
    kind = file.parent.name
    if kind not in ("good", "bad"):
        raise _ExampleError((), "expected in a folder <rule-id>/good or <rule-id>/bad")
    several = [key for key in _SEVERAL if key in content]
    of_one = [key for key in _OF_RESOURCE if key in content]
    if len(several) > 1 or (several and of_one):
        key = [*several, *of_one][1]
        raise _ExampleError((key,), f"stands beside {several[0]}; an example has one or the other")
    expect = _listed(content, "expect")
    for number, entry in enumerate(expect):
        _check_keys(("expect", number), entry, _OF_VERDICT)
    if (kind == "bad") is not any(Outcome(_outcome(number, entry)).reported for number, entry in enumerate(expect)):
        raise _ExampleError(
            ("expect",) if expect else (),
            "a bad example has `expect`, all that the rule finds in it" if kind == "bad" else "a good example is clean",
        )
    return Example(
        path=file,
        rule=file.parent.parent.name,
        good=kind == "good",
        resources=_resources(list(_entries(content))),
        today=_typed(content, "today", date, TODAY, "a date such as 2028-06-01"),
        options=_typed(content, "options", dict, {}, "options by name"),
        expect=expect,
        also=_typed(content, "also", dict, {}, "reasons by rule"),
        waivers=_waivers(_listed(content, "waivers")),
    )


def _outcome(number: int, entry: Mapping[str, Any]) -> str:
    written = entry.get("outcome")
    if written not in list(Outcome):
        keys = ("expect", number, *(("outcome",) if "outcome" in entry else ()))
        raise _ExampleError(keys, f"expected an outcome, one of {', '.join(Outcome)}")
    return str(written)


def _entries(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    """The resources, each with the keys that lead to it and the stack that it is in."""
    if "stacks" in content:
        stacks = _typed(content, "stacks", dict, {}, "resources by stack")
        for stack in stacks:
            for number, entry in enumerate(_listed(stacks, stack, ("stacks",))):
                yield ("stacks", stack, number), stack, entry
    elif "resources" in content:
        for number, entry in enumerate(_listed(content, "resources")):
            yield ("resources", number), _STACK, entry
    else:
        yield (), _STACK, {key: value for key, value in content.items() if key in _OF_RESOURCE}


def _resources(entries: Sequence[tuple[tuple[str | int, ...], str, Any]]) -> tuple[Resource, ...]:
    urns: dict[tuple[str, str], str] = {}
    for keys, stack, entry in entries:
        _check_keys(keys, entry, _OF_RESOURCE)
        for name in _NEEDED:
            if name not in entry:
                raise _ExampleError(keys, f"lacks {name}")
        urns[stack, entry["name"]] = str(Urn.made(stack, PROJECT, entry["type"], entry["name"]))
    return tuple(_resource(keys, stack, entry, urns) for keys, stack, entry in entries)


def _waits_for(
    keys: tuple[str | int, ...], stack: str, entry: Mapping[str, Any], urns: Mapping[tuple[str, str], str]
) -> tuple[str, ...] | None:
    """The URNs of what a resource waits for; None where the example does not say."""
    if "waitsFor" not in entry:
        return None
    names = _listed(entry, "waitsFor", keys)
    for number, name in enumerate(names):
        if (stack, name) not in urns:
            known = [other for of, other in urns if of == stack]
            raise _ExampleError((*keys, "waitsFor", number), f"no resource {name!r}{did_you_mean(str(name), known)}")
    return tuple(urns[stack, name] for name in names)


def _resource(
    keys: tuple[str | int, ...], stack: str, entry: Mapping[str, Any], urns: Mapping[tuple[str, str], str]
) -> Resource:
    return Resource(
        urn=str(Urn.made(stack, PROJECT, entry["type"], entry["name"])),
        type=_typed(entry, "type", str, "", "a type token", keys),
        name=_typed(entry, "name", str, "", "text", keys),
        properties=as_on_the_wire(_typed(entry, "properties", dict, {}, "properties by name", keys)),
        id=entry.get("id"),
        outputs=entry.get("outputs", False),
        provider_version=entry.get("provider_version"),
        provider=as_on_the_wire(entry["provider"]) if "provider" in entry else None,
        protect=entry.get("protect"),
        previous=as_on_the_wire(entry["previous"]) if "previous" in entry else None,
        dependencies=_waits_for(keys, stack, entry, urns),
        ignore_changes=tuple(_listed(entry, "ignoreChanges", keys)),
    )


def _waivers(entries: Iterable[Any]) -> tuple[Waiver, ...]:
    written = [{key: value.isoformat() if isinstance(value, date) else value for key, value in entry.items()}
               if isinstance(entry, dict) else entry for entry in entries]  # fmt: skip
    found, problems = parse({"waivers": written})
    if problems:
        raise _ExampleError(problems[0].keys, problems[0].message)
    return found


def _check_keys(keys: tuple[str | int, ...], value: Any, names: Sequence[str]) -> None:
    if not isinstance(value, dict):
        raise _ExampleError(keys, f"expected keys and values, such as {names[0]}: …")
    for key in value:
        if key not in names:
            raise _ExampleError((*keys, key), f"no such key{did_you_mean(str(key), names)}")


def _listed(content: Mapping[str, Any], key: str, keys: tuple[str | int, ...] = ()) -> list[Any]:
    found: list[Any] = _typed(content, key, list, [], "a list", keys)
    return found


def _typed(
    content: Mapping[str, Any], key: str, type_: type, default: Any, words: str, keys: tuple[str | int, ...] = ()
) -> Any:
    value = content.get(key, default)
    # YAML takes a key such as `on` for a truth.
    if not isinstance(value, type_) or (isinstance(value, dict) and not all(isinstance(name, str) for name in value)):
        raise _ExampleError((*keys, key), f"expected {words}")
    return value


def _key(keys: Sequence[str | int]) -> str:
    return ".".join(str(key) for key in keys)


def _line(node: yaml.Node | None, keys: Sequence[str | int]) -> int | None:
    """The line that keys lead to: of the innermost of them that is there."""
    line: int | None = None
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(key)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            node = node.value[key]
            line = node.start_mark.line + 1
    return line


def as_on_the_wire(value: Any) -> Json:
    """Numbers as floats, as they arrive from the engine."""
    if isinstance(value, dict):
        return {key: as_on_the_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_on_the_wire(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
