"""The rules that the documentation and `init` give as examples, on every kind of resource; and one that is careless."""

from __future__ import annotations

import ast
import re
import types
from pathlib import Path
from typing import Any

import pytest

from inference_pools.finding import Enforcement, Outcome, Verdict
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.runner import judge

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("InferencePool", "InferenceGroup", "InferenceEndpoint")
VERSIONS = ("", "/v20240101preview", "/v20250401preview", "/v20251001preview")
SKU = {"name": "Standard_DS3_v2", "tier": "Standard"}


def _of_the_docs() -> str:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "own-rules.md").read_text(), re.DOTALL)
    return next(block for block in blocks if "RULES = [" in block)


def _of_the_template() -> str:
    """The example stands in the docstring of the file that `init` writes."""
    text = (ROOT / "src" / "poolgate" / "init" / "templates" / "own_rules.py.txt").read_text()
    example = (ast.get_docstring(ast.parse(text)) or "").partition("for example:")[2]
    return re.sub(r"(?m)^ {4}", "", example)


EXAMPLES = {"docs": _of_the_docs(), "template": _of_the_template()}


def made(source: str, name: str = "own_rules.py") -> list[Any]:
    module = types.ModuleType("own_rules")
    exec(compile(source, name, "exec", dont_inherit=True), module.__dict__)
    rules: list[Any] = module.RULES
    return rules


def resource(kind: str, version: str = "", **inputs: Any) -> Resource:
    type_ = f"azure-native:machinelearningservices{version}:{kind}"
    return Resource(urn=f"urn:pulumi:dev::shop::{type_}::a", type=type_, name="a", properties=inputs)


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_example_judges_every_kind_with_and_without_a_capacity(example: str, kind: str, version: str) -> None:
    settings = default_settings(made(EXAMPLES[example]))
    for inputs in ({}, {"sku": SKU}, {"sku": {**SKU, "capacity": 6}}, {"sku": {**SKU, "capacity": 7}}):
        verdicts = judge(settings, resource(kind, version, **inputs))
        assert {one.outcome for one in verdicts} <= {Outcome.CLEAN, Outcome.VIOLATED, Outcome.NOT_APPLICABLE}
        wrong = [one.message for one in verdicts if one.outcome is Outcome.VIOLATED]
        assert wrong == [] or (inputs["sku"]["capacity"] == 7 and "is 7, expected a multiple of" in wrong[0])


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_finds_what_it_is_for(example: str) -> None:
    (verdict,) = judge(default_settings(made(EXAMPLES[example])), resource("InferencePool", sku={**SKU, "capacity": 7}))
    assert (verdict.outcome, verdict.path) == (Outcome.VIOLATED, "sku.capacity")


CARELESS = """
from inference_pools.facets import Capacity, Sku
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import rule


@rule(Capacity, id="own-careless", title="T", severity=Severity.LOW, enforcement=Enforcement.ADVISORY,
      remedy="R", since="1", source="https://example.com")
def careless(capacity, options):
    "Why."
    {code}
    yield Finding("instances", "is odd")


RULES = [careless]
"""


def broken(code: str, **inputs: Any) -> Verdict:
    (verdict,) = judge(default_settings(made(CARELESS.format(code=code))), resource("InferenceEndpoint", **inputs))
    assert (verdict.outcome, verdict.enforcement) == (Outcome.BROKEN, Enforcement.MANDATORY)
    return verdict


@pytest.mark.parametrize("code", ["capacity.instances % 2", "number = capacity.instances; x = 1\n    number % 2"])
def test_a_broken_rule_says_which_field_it_stumbled_over(code: str) -> None:
    verdict = broken(code, sku=SKU)
    assert verdict.message.endswith("; Capacity.instances (sku.capacity) is absent")
    assert verdict.remedy == (
        "Let the rule say nothing where Capacity.instances is None; until then, disable own-careless in the policy "
        "config."
    )


def test_a_rule_that_is_broken_otherwise_says_where() -> None:
    verdict = broken("capacity.instances + 'a'", sku={**SKU, "capacity": 3})
    assert "absent" not in verdict.message
    assert verdict.remedy.startswith("Mend the rule at own_rules.py:")
