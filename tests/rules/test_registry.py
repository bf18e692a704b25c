"""One name everywhere: rule, module, function, fixtures."""

from __future__ import annotations

import importlib
import pkgutil
import re
from string import Formatter
from typing import Any

import pytest

import inference_pools.rules
from inference_pools import platforms
from inference_pools.facets import Description, Identity
from inference_pools.platforms.azure_pools import AZURE_POOLS
from inference_pools.platforms.azure_pools.catalog import KINDS, Shape
from inference_pools.platforms.platform import Kind, Layout, Subject
from inference_pools.resource import Resource
from inference_pools.rule import WORLD, Rule, Scope
from inference_pools.rules import ALL
from inference_pools.view import facets_of, view
from rules.fixture_files import HERE, Fixture, fixtures

FIXTURES = fixtures()
PREFIX = "inference_pools.rules."
MODULES = {
    module.name.rpartition(".")[2]: module.name
    for module in pkgutil.walk_packages(inference_pools.rules.__path__, PREFIX)
    if not module.ispkg and not module.name.rpartition(".")[2].startswith("_")
}
"""The full names of the rules' modules, by their own. What several of them need lies in one that begins with `_`."""
VENDORS = re.compile(
    r"\b(?:Azure|Microsoft|Entra|ARM|Key Vault|AWS|Amazon|SageMaker|Google|Vertex|Bedrock)\b", re.IGNORECASE
)

every_rule = pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)


def module_of(rule: Rule[Any]) -> Any:
    return importlib.import_module(MODULES[rule.id.replace("-", "_")])


def is_shared(rule: Rule[Any]) -> bool:
    """Whether its file lies beside the others for every platform, and in no vendor's folder."""
    return module_of(rule).__name__.count(".") == PREFIX.count(".")


def test_the_registry_holds_every_module() -> None:
    assert sorted(rule.id.replace("-", "_") for rule in ALL) == sorted(MODULES)


@every_rule
def test_a_shared_rule_names_no_vendor(rule: Rule[Any]) -> None:
    """Nor a vendor's property; a rule in a vendor's folder says which platforms it is for."""
    said = [rule.title, rule.remedy, rule.why, *(option.doc for option in rule.options.values())]

    assert bool(rule.platforms) is not is_shared(rule)
    assert not is_shared(rule) or [text for text in said if VENDORS.search(text)] == []


@pytest.mark.parametrize(
    ("rule", "option", "offered"),
    [
        ("protected-in-production", "kinds", {kind.name for kind in platforms.kinds()}),
        ("description-present", "required", {kind.label for kind in platforms.kinds(Description)}),
        ("managed-identity-required", "required_on", {kind.name for kind in platforms.kinds(Identity)}),
    ],
)
def test_an_option_about_kinds_offers_those_of_every_platform(rule: str, option: str, offered: set[str]) -> None:
    by_id = {rule.id: rule for rule in ALL}

    assert offered
    assert set(by_id[rule].options[option].choices) == offered


def test_nothing_is_there_twice() -> None:
    assert len({rule.id for rule in ALL}) == len(ALL)
    assert len({rule.title for rule in ALL}) == len(ALL)
    assert len({rule.why for rule in ALL}) == len(ALL)


def test_every_folder_of_fixtures_is_a_rule() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and not path.name.startswith("__")}

    assert folders == {rule.id for rule in ALL}


@every_rule
def test_one_name(rule: Rule[Any]) -> None:
    name = rule.id.replace("-", "_")

    assert re.fullmatch(r"[a-z]+(?:-[a-z]+)+", rule.id)
    assert getattr(module_of(rule), name) is rule
    assert rule.check.__name__ == name
    assert rule.file == f"{MODULES[name].replace('.', '/')}.py"


@every_rule
def test_all_is_said(rule: Rule[Any]) -> None:
    assert module_of(rule).__doc__
    assert rule.why.endswith(".")
    assert rule.title == rule.title.strip().rstrip(".")
    assert rule.remedy.endswith(".")
    assert re.fullmatch(r"20\d\d\.(?:0[1-9]|1[0-2])", rule.since)
    assert rule.source.startswith("https://")


@every_rule
def test_the_remedy_names_options_only(rule: Rule[Any]) -> None:
    fields = {name for _, name, _, _ in Formatter().parse(rule.remedy) if name is not None}

    assert fields <= {*rule.options, *rule.facet.fields, *WORLD}


@every_rule
def test_options_are_documented_and_take_their_own_defaults(rule: Rule[Any]) -> None:
    for name, option in rule.options.items():
        assert re.fullmatch(r"[a-z]+(?:_[a-z]+)*", name)
        assert option.doc.endswith(".")
        assert option.parse(option.json_default) == option.default


@every_rule
def test_no_message_repeats_the_title(rule: Rule[Any]) -> None:
    """The engine prints the title above the message."""
    messages = [found["message"] for fixture in FIXTURES if fixture.rule == rule.id for found in fixture.expect]

    assert messages
    assert [message for message in messages if rule.title.casefold() in message.casefold()] == []


def layout_of(kind: Kind, shape: Shape) -> Layout:
    return AZURE_POOLS.by_shape[kind, shape]


def shapes_with(rule: Rule[Any]) -> list[tuple[Kind, Shape]]:
    """The types and shapes that have the rule's facet; a rule over a whole stack is for all of them."""
    if rule.scope is not Scope.RESOURCE:
        return [(kind, shape) for kind in KINDS for shape in Shape]
    token = "azure-native:machinelearningservices:InferencePool"
    resource = Resource("urn", token, "", {"tags": {"a": "b"}}, protect=False, previous={}, ignore_changes=("tags",))
    return [
        (kind, shape)
        for kind in KINDS
        for shape in Shape
        if next(iter(facets_of(Subject(resource, AZURE_POOLS, layout_of(kind, shape)), rule.facet)), None) is not None
    ]


def judged(fixture: Fixture) -> set[tuple[Kind, Shape]]:
    pools = [view(resource) for resource in fixture.resources]
    return {(pool.kind, pool.shape) for pool in pools if pool is not None and pool.platform is AZURE_POOLS}


of_pools = pytest.mark.parametrize(
    "rule", [rule for rule in ALL if rule.judges(AZURE_POOLS.name)], ids=lambda rule: rule.id
)


@of_pools
@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
def test_both_shapes_have_an_example(rule: Rule[Any], good: bool) -> None:
    has = {
        shape
        for fixture in FIXTURES
        if fixture.rule == rule.id and fixture.good is good
        for _, shape in judged(fixture)
    }
    lacks = {shape: str(kind) for kind, shape in shapes_with(rule) if shape not in has}

    assert not lacks, "\n".join(
        f"lacks a {'good' if good else 'bad'} example of shape {shape}, such as {_TOKENS[shape]}{kind}"
        for shape, kind in lacks.items()
    )


_TOKENS = {
    Shape.A: "azure-native:machinelearningservices/v20230801preview:",
    Shape.B: "azure-native:machinelearningservices:",
}
"""How a type is written that is of a shape whatever the version of its provider, and one that is by default."""


@of_pools
def test_every_type_with_the_property_has_an_example(rule: Rule[Any]) -> None:
    has = {kind for fixture in FIXTURES if fixture.rule == rule.id for kind, _ in judged(fixture)}
    lacks = sorted(str(kind) for kind, _ in shapes_with(rule) if kind not in has)

    assert rule.scope is not Scope.RESOURCE or not lacks, f"lacks an example, good or bad, of {', '.join(lacks)}"


@of_pools
def test_outputs_have_an_example(rule: Rule[Any]) -> None:
    """`property-known` has nothing to say of outputs, and its example is a good one."""
    has = any(resource.outputs for fixture in FIXTURES if fixture.rule == rule.id for resource in fixture.resources)

    assert has, "lacks an example, good or bad, of a deployed resource, with `outputs: true`"


TOKENS = (
    r"azure-native:machinelearningservices:\w+",
    r"azure-native:machinelearningservices/v\d{8}preview:\w+",
    r"azure-native_machinelearningservices_v\d{8}preview:machinelearningservices:\w+",
)


@pytest.mark.parametrize("form", TOKENS)
def test_every_form_of_a_type_token_has_an_example(form: str) -> None:
    assert any(re.fullmatch(form, resource.type) for fixture in FIXTURES for resource in fixture.resources)
