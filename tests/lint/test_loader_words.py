"""The loader of the sample programs and the lint say the same of the same fault, in the same words.

Only of the value the loader tells no more than the kind, since a program cannot know which values are secret.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
import pytest
import yaml

from poolgate.lint.schema_lint import lint_project

ROOT = Path(__file__).parents[2]
SKU = {"name": "Standard_DS3_v2", "tier": "Standard", "size": "Standard_DS3_v2", "family": "f", "capacity": 2}
SCHEMA = {
    "properties": {
        "demo:sku": {"$ref": "pool.schema.json#/$defs/sku"},
        "demo:tags": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
        "demo:pools": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["sku"],
                "properties": {"sku": {"$ref": "pool.schema.json#/$defs/sku"}},
            },
        },
        "demo:registries": {"type": "array", "items": {"type": "string", "minLength": 1}},
    }
}
KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


@pytest.fixture
def loader() -> ModuleType:
    spec = importlib.util.spec_from_file_location("typed_config", ROOT / "stacks" / "fleet" / "typed_config.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def clean_configuration() -> Iterator[None]:
    yield
    pulumi.runtime.set_all_config({})


def read_sku(loader: ModuleType, config: pulumi.Config) -> None:
    section = loader.Section.of(config, "sku")
    for name in ("name", "tier", "size", "family"):
        section.text(name)
    section.whole("capacity")


def read_pools(loader: ModuleType, config: pulumi.Config) -> None:
    for pool in loader.sections(config, "pools"):
        pool.section("sku").whole("capacity")


def read_tags(loader: ModuleType, config: pulumi.Config) -> None:
    loader.Section.of(config, "tags").texts()


def read_registries(loader: ModuleType, config: pulumi.Config) -> None:
    loader.texts(config, "registries")


Read = Callable[[ModuleType, pulumi.Config], None]
READ: dict[str, Read] = {"sku": read_sku, "pools": read_pools, "tags": read_tags, "registries": read_registries}

FAULTS = [
    ("sku", [1], "demo:sku: expected an object, found a list"),
    ("sku", "x", "demo:sku: expected an object, found a text"),
    ("sku", {key: value for key, value in SKU.items() if key != "tier"}, "demo:sku: 'tier' is missing"),
    ("sku", {**SKU, "capacity": "two"}, "demo:sku.capacity: expected a whole number, found a text"),
    ("sku", {**SKU, "capacity": 1.5}, "demo:sku.capacity: expected a whole number, found a number"),
    ("sku", {**SKU, "capacity": True}, "demo:sku.capacity: expected a whole number, found true or false"),
    ("sku", {**SKU, "capacity": None}, "demo:sku.capacity: expected a whole number, found nothing"),
    ("sku", {**SKU, "family": ["f"]}, "demo:sku.family: expected a text, found a list"),
    ("sku", {**SKU, "family": ""}, "demo:sku.family: expected at least 1 character, found an empty text"),
    ("sku", {**SKU, "family": {}}, "demo:sku.family: expected a text, found an empty object"),
    ("tags", {"owner": 4711}, "demo:tags.owner: expected a text, found a number"),
    ("tags", {"owner": ""}, "demo:tags.owner: expected at least 1 character, found an empty text"),
    ("pools", {}, "demo:pools: expected a list, found an empty object"),
    ("pools", [], "demo:pools: expected at least 1 item, found 0"),
    ("pools", [{"sku": SKU}, 3], "demo:pools[1]: expected an object, found a number"),
    ("pools", [{"name": "x"}], "demo:pools[0]: 'sku' is missing"),
    ("pools", [{"sku": []}], "demo:pools[0].sku: expected an object, found an empty list"),
    ("pools", [{"sku": {**SKU, "capacity": "2"}}], "demo:pools[0].sku.capacity: expected a whole number, found a text"),
    ("registries", {"a": 1}, "demo:registries: expected a list, found an object"),
    ("registries", ["a", 1], "demo:registries[1]: expected a text, found a number"),
    ("registries", ["a", ""], "demo:registries[1]: expected at least 1 character, found an empty text"),
]


def of_the_lint(folder: Path, key: str, value: Any) -> str:
    """What the lint says, of the value only the kind."""
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {key: value}}, sort_keys=False))
    (folder / "schemas").mkdir()
    (folder / "schemas" / "demo.schema.json").write_text(json.dumps(SCHEMA))
    (finding,) = lint_project(folder)
    message, _, _ = finding.message.partition(" (")  # what a missing key is
    message, _, _ = message.partition("; ")  # what to do about it
    head, found, shown = message.partition(", found ")
    is_value = found and not re.match(r"an? |nothing|\d+$" if "at least" in head else r"an? |nothing", shown)
    if is_value:
        shown = KINDS[type(yaml.safe_load(shown))]
    return f"{finding.key_path}: {head}{found}{shown}"


def of_the_loader(loader: ModuleType, key: str, value: Any) -> str:
    pulumi.runtime.set_all_config({f"demo:{key}": json.dumps(value)})
    with pytest.raises(loader.ConfigError) as caught:
        READ[key](loader, pulumi.Config("demo"))
    return str(caught.value)


@pytest.mark.parametrize(("key", "value", "message"), FAULTS, ids=[row[2] for row in FAULTS])
def test_the_words_are_the_same(key: str, value: Any, message: str, loader: ModuleType, tmp_path: Path) -> None:
    assert of_the_loader(loader, key, value) == message
    assert of_the_lint(tmp_path, key, value) == message


@pytest.mark.parametrize("value", ["hunter2hunter", 4711, {"a": "hunter2hunter"}])
def test_the_loader_shows_no_value(value: Any, loader: ModuleType) -> None:
    wrong = [("sku", {**SKU, "capacity": value if value != 4711 else 47.11}), ("registries", value), ("pools", value)]
    for key, config in wrong:
        said = of_the_loader(loader, key, config)
        assert "hunter2" not in said
        assert "47" not in said


def test_every_read_of_the_loader_is_compared(loader: ModuleType) -> None:
    raises = len(re.findall(r"raise ConfigError", (ROOT / "stacks" / "fleet" / "typed_config.py").read_text()))
    heads = {re.sub(r"^[^:]+:[^:]+: ", "", message).partition(", found")[0] for _, _, message in FAULTS}
    assert raises == 10
    assert heads == {
        "expected an object",
        "expected a list",
        "expected a text",
        "expected a whole number",
        "expected at least 1 character",
        "expected at least 1 item",
        "'tier' is missing",
        "'sku' is missing",
    }
