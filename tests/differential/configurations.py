"""Configurations made by machine: what the rules' fixtures have in them, in new combinations, through a program.

One is a fixture's resources with a few changes, each value written as a program may write it. All of it follows from
a seed. What comes of it is not predicted: the places where it is judged are compared with each other.
"""

from __future__ import annotations

import copy
import itertools
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from gate.fixture_stacks import AZURE, AZURE_PROVIDERS, PROJECT, STACK, as_checked, fits, in_order, made
from inference_pools.path import Keys
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_SENTINELS, UNKNOWN_STRING, Json
from mutants.mutators import STYLES
from poolgate.sandbox.project_files import SECRET_STAND_IN
from poolgate.standin import clouds
from poolgate.standin.cloud import CheckError
from poolgate.standin.wire import without_nulls
from rules.fixture_files import Fixture, fixtures

PROGRAM: Final = Path(__file__).parent / "project" / "__main__.py"
WAY: Final = "$way"
FORMS: Final = ("args", "dict", "token")
WAYS: Final = ("later", "secret", "secret later", "secret config")
MOST_CONFIG: Final = 80_000
"""Bytes of configuration in a stack: a program is handed 128 KiB at most."""


@dataclass(frozen=True)
class Step:
    """Something done to a resource of a configuration: to its value at a place, or to it as a whole."""

    what: str
    number: int
    keys: Keys = ()
    value: Json = None


@dataclass(frozen=True)
class Configuration:
    """A fixture, and what is done to it. `number` sets it apart from the others of its stack."""

    number: int
    fixture: Fixture
    azure: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = [f"{self.number}: {self.fixture.id}, azure-native {self.azure}"]
        for step in self.steps:
            lines.append(f"  {self.fixture.resources[step.number].name}: {step.what} {list(step.keys)} {step.value!r}")
        return "\n".join(lines)

    @property
    def entries(self) -> list[Entry] | None:
        """The resources as the program is told of them; None where a provider refuses one."""
        changed = [_changed(resource, number, self.steps) for number, resource in enumerate(self.fixture.resources)]
        done = made(replace(self.fixture, resources=tuple(changed)), self.number, self.azure, apart=True)
        if isinstance(done, str):
            return None
        written = done[0]
        entries = [Entry(resource, self._steps_of(number), self.number) for number, resource in enumerate(written)]
        if any(as_checked(replace(entry.resource, properties=entry.early))[1] for entry in entries):
            return None
        if any(_stops_an_update(entry.resource) for entry in entries):
            return None
        order = {resource.urn: position for position, resource in enumerate(in_order(written))}
        return sorted(entries, key=lambda entry: order[entry.resource.urn])

    def _steps_of(self, number: int) -> list[Step]:
        return [step for step in self.steps if step.number == number]


@dataclass(frozen=True)
class Entry:
    """A resource, and how the program writes it."""

    resource: Resource
    steps: Sequence[Step]
    configuration: int

    def step(self, what: str) -> Json:
        """What is said of the resource as a whole."""
        return next((step.value for step in self.steps if step.what == what), None)

    @property
    def ways(self) -> dict[Keys, tuple[str, str]]:
        """By place: how the value is written, and what it waits for."""
        return {step.keys: (step.what, step.value) for step in self.steps if step.what in WAYS}

    def written(self, secrets: dict[str, str]) -> dict[str, Json]:
        """The properties as the program is told of them. `secrets` gets those that come from the configuration."""
        properties = _with_ways(dict(self.resource.properties))
        for keys, (way, of) in self.ways.items():
            value = _at(properties, keys)
            if value is _NOTHING or (isinstance(value, dict) and WAY in value):
                continue
            told = {WAY: way, "value": value, "of": of}
            if way == "secret config":
                if not isinstance(value, str):
                    told[WAY] = "secret"
                else:
                    key = f"secret{len(secrets)}x{self.configuration}"
                    secrets[key] = value
                    told = {WAY: way, "key": key}
            properties = _put(properties, keys, told)
        return properties

    @property
    def early(self) -> dict[str, Json]:
        """The properties as a preview has them."""
        properties = dict(self.resource.properties)
        for keys, (way, _) in self.ways.items():
            value = _at(properties, keys)
            if value is not _NOTHING:
                secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}
                properties = _put(properties, keys, UNKNOWN_STRING if way.endswith("later") else secret)
        return properties


def _stops_an_update(resource: Resource) -> bool:
    """Whether Google's provider takes the inputs and stops before it asks its cloud: it lacks a setting of its own."""
    cloud = clouds.of_token(resource.type)
    if cloud is None or not resource.type.startswith("gcp:"):
        return False
    config = {name: value for name, value in (resource.provider or {}).items() if isinstance(value, str)}
    inputs, version = without_nulls(dict(resource.properties)), resource.provider_version or cloud.newest
    try:
        cloud.applied(resource.type, inputs, urn=resource.urn, version=version, now=_NOW, config=config)
    except CheckError:
        return True
    return False


_NOW: Final = "2026-11-30T00:00:00Z"


class _Place(NamedTuple):
    type: str
    path: tuple[str, ...]


@cache
def _values() -> Mapping[_Place, list[Json]]:
    """What the fixtures have at each place of a type, each value once."""
    found: dict[_Place, dict[str, Json]] = {}
    for fixture in fixtures():
        for resource in fixture.resources:
            for keys, value in places(dict(resource.properties)):
                if not _is_special(value):
                    found.setdefault(_place(resource, keys), {})[repr(value)] = value
    return {place: list(values.values()) for place, values in found.items()}


def _place(resource: Resource, keys: Keys) -> _Place:
    return _Place(resource.type, tuple("[]" if isinstance(key, int) else key for key in keys))


def places(value: Json, keys: Keys = ()) -> Iterator[tuple[Keys, Json]]:
    """Every place in a tree but the root, and what stands there; not into secrets and the like."""
    if keys:
        yield keys, value
    if isinstance(value, dict) and SIGNATURE_KEY not in value:
        for key, item in value.items():
            yield from places(item, (*keys, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*keys, index))


def _is_special(value: Json) -> bool:
    """Whether there is something in it that JSON has no notation for."""
    return UNKNOWN_SENTINELS.intersection(_texts(value)) != set() or SIGNATURE_KEY in _texts(value)


def _texts(value: Json) -> set[str]:
    """Every text in a value, and every key."""
    found: set[str] = set()
    for _, item in places([value]):
        found.update(text for text in (item if isinstance(item, dict) else [item]) if isinstance(text, str))
    return found


def configurations(seed: int, stack: int, size: int) -> list[Configuration]:
    """Those of a stack. Every other one is of the older azure-native, and in every other two all values are known."""
    azure, is_settled = AZURE_PROVIDERS[stack % len(AZURE_PROVIDERS)], is_settled_in(stack)
    usable = _usable(azure)
    random.Random(f"{seed} {azure}").shuffle(usable)
    found: list[Configuration] = []
    for number in itertools.count(stack // len(AZURE_PROVIDERS) * size):
        if len(found) == size:
            return found
        dice = random.Random(f"{seed} {stack} {number}")
        fixture = usable[number % len(usable)]
        steps = tuple(_steps(dice, fixture, ("secret", "secret config") if is_settled else WAYS))
        one = Configuration(len(found), fixture, azure, steps)
        if one.entries is not None:
            found.append(one)
    raise AssertionError


def is_settled_in(stack: int) -> bool:
    """Whether all values of a stack are known from the beginning."""
    return stack // len(AZURE_PROVIDERS) % 2 == 1


def _usable(azure: str) -> list[Fixture]:
    """The fixtures of one stack whose resources a version of azure-native makes: of the older one those alone.

    Settings of a provider that are never known end an update.
    """
    return [
        fixture
        for fixture in fixtures()
        if len({resource.urn.split("::")[0] for resource in fixture.resources}) == 1
        and not any(resource.type.startswith(f"{AZURE}_") or resource.outputs for resource in fixture.resources)
        and not any(UNKNOWN_SENTINELS & _texts(dict(resource.provider or {})) for resource in fixture.resources)
        and fits(fixture.resources, azure)
        and (azure == AZURE_PROVIDERS[0] or any(resource.type.startswith(AZURE) for resource in fixture.resources))
    ]


def _steps(dice: random.Random, fixture: Fixture, ways: Sequence[str]) -> Iterator[Step]:
    """What is done to a fixture: few changes, and each value in any way."""
    for number, resource in enumerate(fixture.resources):
        here = [(keys, value) for keys, value in places(dict(resource.properties))]
        for keys, value in here:
            if value in UNKNOWN_SENTINELS if isinstance(value, str) else _is_mark(value):
                others = _values().get(_place(resource, keys))
                yield Step("value", number, keys, dice.choice(others) if others else "plain")
                yield Step("later" if "later" in ways and not _is_mark(value) else dice.choice(ways), number, keys)
        for _ in range(dice.choice((0, 0, 1, 1, 2))):
            if here:
                yield from _change(dice, number, resource, *dice.choice(here))
        for _ in range(dice.choice((0, 1, 1, 2, 3))):
            leaves = [keys for keys, value in here if not isinstance(value, dict | list) and value is not None]
            if leaves:
                before = [other.name for other in fixture.resources[:number]]
                yield Step(dice.choice(ways), number, dice.choice(leaves), dice.choice([None, *before]))
        yield Step("form", number, value=dice.choice(FORMS))
        for what, odds in (("alias", 0.2), ("parent", 0.2), ("config", 0.3)):
            if dice.random() < odds:
                yield Step(what, number, value=True)


def _is_mark(value: Json) -> bool:
    return isinstance(value, dict) and SIGNATURE_KEY in value


def _change(dice: random.Random, number: int, resource: Resource, keys: Keys, value: Json) -> Iterator[Step]:
    """A wrong value, or none, at a place."""
    if _is_special(value):
        return
    ways = ["drop", *["other"] * 4, "type"]
    if isinstance(value, str):
        ways += ["placeholder", "case"]
    if isinstance(value, int | float) and not isinstance(value, bool):
        ways += ["number"] * 3
    if isinstance(value, list) and value:
        ways += ["double"] * 4
    way = dice.choice(ways)
    if way == "drop":
        yield Step("drop", number, keys)
        return
    new: Json = {
        "other": lambda: dice.choice(_values().get(_place(resource, keys)) or [value]),
        "type": lambda: dice.choice([5.0, True, "plain", [], {}]),
        "placeholder": lambda: dice.choice(STYLES).text,
        "case": lambda: dice.choice([str(value).upper(), str(value).lower(), f" {value}", ""]),
        "number": lambda: dice.choice([0, -1, value * 10, value + 0.5, value + 1, 10**9]),
        "double": lambda: [*value, *copy.deepcopy(value)],
    }[way]()
    yield Step("value", number, keys, new)


_NOTHING: Final = object()


def _changed(resource: Resource, number: int, steps: Iterable[Step]) -> Resource:
    # What a bridge keeps for itself no program writes.
    properties: Json = {key: copy.deepcopy(item) for key, item in resource.properties.items() if key[:2] != "__"}
    for step in steps:
        if step.number != number or _at(properties, step.keys) is _NOTHING:
            continue
        if step.what == "value":
            properties = _put(properties, step.keys, copy.deepcopy(step.value))
        elif step.what == "secret config" and isinstance(_at(properties, step.keys), str):
            properties = _put(properties, step.keys, SECRET_STAND_IN)
        elif step.what == "drop":
            holder = _at(properties, step.keys[:-1])
            del holder[step.keys[-1]]
    return replace(resource, properties=properties, provider_version=None, id=None, previous=None)


def _at(value: Json, keys: Keys) -> Json:
    for key in keys:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return _NOTHING
    return value


def _put(tree: Json, keys: Keys, value: Json) -> Json:
    """The tree with another value at a place that there is."""
    if not keys:
        return value
    changed = copy.copy(tree)
    changed[keys[0]] = _put(tree[keys[0]], keys[1:], value)
    return changed


def _with_ways(value: Json) -> Json:
    """Marks of the wire as the program writes them."""
    if isinstance(value, list):
        return [_with_ways(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
        return {WAY: "secret", "value": value.get("value")}
    return {key: _with_ways(item) for key, item in value.items()}


def options(number: int, seed: int) -> dict[str, Json]:
    """The options of the rules for a stack: those of one of their fixtures each."""
    dice = random.Random(f"{seed} options {number}")
    found: dict[str, Json] = {}
    for rule in ALL:
        theirs = [fixture.options for fixture in fixtures() if fixture.rule == rule.id and fixture.options]
        if theirs and dice.random() < 0.5:
            found[rule.id] = dice.choice(theirs)
    return found


def unknown_names(configurations: Iterable[Configuration]) -> dict[str, frozenset[str]]:
    """By provider: the names of the resources that have a value which is not known in a preview."""
    found: dict[str, set[str]] = {}
    for configuration in configurations:
        for entry in configuration.entries or ():
            if UNKNOWN_SENTINELS & _texts(entry.early):
                found.setdefault(entry.resource.type.partition(":")[0], set()).add(entry.resource.name)
    return {package: frozenset(names) for package, names in found.items()}


def write_project(configurations: Iterable[Configuration], folder: Path, virtualenv: Path) -> Path:
    """A project whose program makes the resources of the configurations."""
    folder.mkdir(parents=True)
    entries, values, secrets, size = [], {}, {}, 0
    for configuration in configurations:
        known = {resource.name for resource in configuration.fixture.resources}
        for entry in configuration.entries or ():
            resource = entry.resource
            properties = entry.written(secrets)
            key = None
            plain = {name: value for name, value in properties.items() if not _has_way(value)}
            text = json.dumps(plain)
            if entry.step("config") and size + len(text) < MOST_CONFIG:
                key, size = f"resource{len(entries)}", size + len(text)
                values[key] = plain
                properties = {name: value for name, value in properties.items() if name not in plain}
            entries.append(
                {
                    "type": resource.type,
                    "name": resource.name,
                    "version": resource.provider_version,
                    "provider": resource.provider,
                    "protect": resource.protect,
                    "ignore_changes": list(resource.ignore_changes),
                    "depends_on": [urn.rpartition("::")[2] for urn in resource.dependencies or ()],
                    "properties": _waiting(properties, known, configuration.number),
                    "config": key,
                    "form": entry.step("form") or "token",
                    "aliases": [f"{resource.name}-before"] if entry.step("alias") else [],
                    "parent": f"group{configuration.number}" if entry.step("parent") else None,
                }
            )
    config = {**values, **{key: {"secure": f"v1:{key}"} for key in secrets}}
    for name, text in {
        "Pulumi.yaml": f"name: {PROJECT}\nruntime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n",
        f"Pulumi.{STACK}.yaml": yaml.safe_dump(
            {"config": {f"{PROJECT}:{key}": value for key, value in config.items()}}
        ),
        "__main__.py": PROGRAM.read_text("utf-8"),
        "resources.json": json.dumps(entries, indent=1),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _waiting(value: Json, known: set[str], number: int) -> Json:
    """The value with the names of resources that it waits for as they are here."""
    if isinstance(value, list):
        return [_waiting(item, known, number) for item in value]
    if not isinstance(value, dict):
        return value
    if WAY in value and value.get("of") in known:
        return {**value, "of": f"{value['of']}-{number:03}"}
    return {key: _waiting(item, known, number) for key, item in value.items()}


def _has_way(value: Json) -> bool:
    return any(isinstance(item, dict) and WAY in item for _, item in places([value]))
