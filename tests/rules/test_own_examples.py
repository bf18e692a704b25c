"""`poolgate.testing`, with a rule of a team's own: what is told of an example, and of one that is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inference_pools.facets import Capacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule
from inference_pools.rules import ALL
from poolgate.errors import UsageError
from poolgate.testing import examples, judge_example, load_rules, read_example


@rule(
    Capacity,
    id="shop-even",
    title="Capacity is even",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Take a multiple of {of}.",
    options={"of": Option(2, "What the capacity is a multiple of.")},
    since="1",
    source="https://wiki.example.com/pools",
)
def even(capacity: Capacity, options: Options) -> Iterator[Finding]:
    """Half of the machines stand in each of two zones."""
    if capacity.instances is not None and capacity.instances % options.of:
        yield Finding("instances", f"is {capacity.instances}, expected a multiple of {options.of}")


POOL = """\
type: azure-native:machinelearningservices:InferencePool
name: ranker
properties:
  sku: {name: Standard_DS3_v2, capacity: 5}
"""
FOUND = {
    "outcome": "violated",
    "path": "sku.capacity",
    "message": "is 5, expected a multiple of 2",
    "remedy": "Take a multiple of 2.",
    "enforcement": "advisory",
}
EXPECT = "expect:\n  - {outcome: violated}\n"


def example(folder: Path, text: str, kind: str = "bad", rule_id: str = "shop-even") -> Path:
    file = folder / rule_id / kind / "1-odd.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_what_is_said_and_what_is_expected_lie_side_by_side(tmp_path: Path) -> None:
    bad = judge_example(example(tmp_path, POOL + EXPECT), [*ALL, even])
    assert (bad.said, bad.expected) == ([FOUND], [{"outcome": "violated"}])

    good = judge_example(example(tmp_path, POOL + "options: {of: 5}\n", "good"), [even])
    assert good.said == good.expected == []


def test_a_good_one_that_the_rule_finds_something_in_is_told(tmp_path: Path) -> None:
    assert judge_example(example(tmp_path, POOL, "good"), [even]).said == [FOUND]


def test_a_good_one_that_the_rule_does_not_apply_to_proves_nothing(tmp_path: Path) -> None:
    strange = POOL.replace("InferencePool", "Workspace")
    said, expected = judge_example(example(tmp_path, strange, "good"), [even])
    assert (expected, [one["outcome"] for one in said]) == ([], ["not applicable"])

    of_two = "resources:\n" + "".join(
        f"  - {{type: '{type_}', name: a, properties: {{sku: {{capacity: 4}}}}}}\n"
        for type_ in ("azure-native:machinelearningservices:InferencePool", "random:index:RandomId")
    )
    assert judge_example(example(tmp_path, of_two, "good"), [even]).said == []


def test_what_a_resource_waits_for_and_what_a_deployment_leaves_is_told_to_rules(tmp_path: Path) -> None:
    entry = "  - {type: a:b:C, name: %s, properties: {}, %s}\n"
    text = "resources:\n" + entry % ("one", "ignoreChanges: [sku]") + entry % ("two", "waitsFor: [one]")
    one, two = read_example(example(tmp_path, text, "good")).resources
    assert (one.dependencies, one.ignore_changes) == (None, ("sku",))
    assert (two.dependencies, two.ignore_changes) == ((one.urn,), ())


def test_a_secret_is_of_the_type_that_it_is_written_as(tmp_path: Path) -> None:
    text = POOL.replace("5}", '5, a: !secret 5, b: !secret "5", c: !secret [x]}')
    sku = read_example(example(tmp_path, text, "good")).resource.properties["sku"]
    assert [sku[name]["value"] for name in "abc"] == [5, "5", ["x"]]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (POOL, "bad", " a bad example has `expect`, all that the rule finds in it"),
        (POOL + EXPECT, "good", "5: expect: a good example is clean"),
        (POOL + "optoins: {}\n" + EXPECT, "bad", "5: optoins: no such key; did you mean options?"),
        (POOL + "options: 3\n" + EXPECT, "bad", "5: options: expected options by name"),
        (POOL + "options: {off: 3}\n" + EXPECT, "bad", "5: options: expected options by name"),
        (POOL + "options: {off_: 3}\n" + EXPECT, "bad", " options: shop-even.off_: no such option; did you mean of?"),
        (POOL + "expect: [{outcome: wrong}]\n", "bad", "5: expect.0.outcome: expected an outcome, one of "),
        (POOL + "expect:\n  - outcome: violated\n    pth: a\n", "bad", "7: expect.0.pth: no such key"),
        (POOL + "resources: []\n", "good", "1: type: stands beside resources; an example has one or the other"),
        ("resources:\n  - name: a\n    type: b\n", "good", "2: resources.0: lacks properties"),
        ("stacks:\n  dev: {}\n", "good", "2: stacks.dev: expected a list"),
        ("name: a\nproperties: {}\n", "good", " lacks type"),
        (POOL + "waivers: [{rule: shop-even}]\n", "good", "5: waivers.0.reason: is missing"),
        (POOL + "waitsFor: [rankr]\n", "good", "5: waitsFor.0: no resource 'rankr'; did you mean ranker?"),
        ("- a\n", "good", " expected keys and values, such as type: …"),
        ("", "good", " expected keys and values, such as type: …"),
        ("a: [\n", "good", "2: is no YAML: "),
        ("a: !other b\n", "good", "1: is no YAML: "),
        (POOL, "god", " expected in a folder <rule-id>/good or <rule-id>/bad"),
    ],
)
def test_what_is_no_example_is_told_by_file_line_and_key(text: str, kind: str, message: str, tmp_path: Path) -> None:
    file = example(tmp_path, text, kind)
    with pytest.raises(UsageError) as error:
        judge_example(file, [even])
    assert f"{file}:{message}" in str(error.value)


def test_an_example_of_no_rule_is_told(tmp_path: Path) -> None:
    file = example(tmp_path, POOL, "good", "shop-evn")
    with pytest.raises(UsageError, match="no rule is called 'shop-evn', as the example's folder is; did you mean shop"):
        judge_example(file, [even])


def test_a_rule_has_examples_of_both_kinds(tmp_path: Path) -> None:
    good = example(tmp_path, POOL, "good")
    folder = good.parents[1]
    with pytest.raises(UsageError, match=r"has no bad example \(bad/\*\.yaml\)"):
        examples(folder)
    bad = example(tmp_path, POOL + EXPECT)
    assert examples(folder) == [bad, good]


def test_rules_are_taken_as_check_takes_them(tmp_path: Path) -> None:
    file = tmp_path / "own_rules.py"
    file.write_text("RULES = 1\n")
    with pytest.raises(UsageError, match="expected RULES, a list of rules"):
        load_rules(file)
