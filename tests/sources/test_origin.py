"""Where in the configuration a value was written: what is tried, and what that proves."""

from __future__ import annotations

from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_pools.path import parse_path
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING
from poolgate.findings import Location
from poolgate.lint.project import ConfigEntry, StackConfig, load_project
from poolgate.lint.yaml_reader import read_yaml
from poolgate.sources.origin import (
    ABSENT,
    ADDED_KEY,
    Change,
    Configuration,
    Design,
    Experiment,
    Scalar,
    Spot,
    Trial,
    Watched,
    lookup,
    other_texts,
    renamed,
    target_of,
)

URN = "urn:pulumi:dev::shop::acme:index:Thing::pool"
SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "hunter2"}


def entries(folder: Path, stack: str, project: str = "") -> dict[str, ConfigEntry]:
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\n{project}", "utf-8")
    file = folder / "Pulumi.dev.yaml"
    file.write_text(stack, "utf-8")
    return dict(StackConfig("dev", file, read_yaml(file), load_project(folder)).entries)


def spots(number: int) -> list[Spot]:
    return [Spot("shop:n", (index,), "1", (2,), Location("f", index + 1)) for index in range(number)]


# --- paths and properties ---


def test_what_is_hidden_is_not_looked_at() -> None:
    tree: dict[str, Any] = {"sku": {"capacity": 4.0}, "key": SECRET, "id": UNKNOWN_STRING, "ids": ["a"]}
    inputs = {URN: tree}
    assert lookup(tree, ("sku", "capacity")) == 4.0
    assert lookup(tree, ("sku", 0)) is ABSENT
    assert lookup(tree, ("ids", 1)) is ABSENT
    assert target_of(inputs, URN, ("sku", "capacity")) == Watched(URN, ("sku", "capacity"))
    assert target_of(inputs, URN, ("sku",)) == Watched(URN, ("sku", ADDED_KEY))
    assert target_of(inputs, URN, ("sku", "tier")) == Watched(URN, ("sku", "tier"))
    for path in ("key", "key.value", "id", "id.name", "ids", "sku.tier.name"):
        assert target_of(inputs, URN, parse_path(path)) is None
    assert target_of(inputs, URN + "-2", ("sku", "capacity")) is None


# --- parts of the configuration ---

STACK = """\
config:
  shop:plain: PT5S
  shop:secret:
    secure: AAAA
  shop:pools:
    - name: one
      token: {secure: BBBB}
      sizes: [1, 2.5]
    - &second
      name: two
      warm: true
      note:
  shop:more: '{"list": [{"text": "PT5S"}]}'
  pulumi:autonaming: {pattern: PT5S}
  shop:again: *second
"""


def test_leaves_are_the_scalars_that_are_no_secret(tmp_path: Path) -> None:
    leaves = Configuration(entries(tmp_path, STACK)).leaves
    assert [(leaf.key.removeprefix("shop:"), leaf.path, leaf.text, leaf.place.line) for leaf in leaves] == [
        ("plain", (), "PT5S", 2),
        ("pools", (0, "name"), "one", 6),
        ("pools", (0, "sizes", 0), "1", 8),
        ("pools", (0, "sizes", 1), "2.5", 8),
        ("pools", (1, "name"), "two", 10),
        ("pools", (1, "warm"), "true", 11),
        ("more", ("list", 0, "text"), "PT5S", 13),
        ("again", ("name",), "two", 10),
        ("again", ("warm",), "true", 11),
    ]


def test_the_place_of_a_scalar_is_that_of_its_value_of_a_text_too(tmp_path: Path) -> None:
    leaves = Configuration(entries(tmp_path, STACK)).leaves
    lines = STACK.splitlines()
    at = {leaf.key: lines[leaf.place.line - 1][(leaf.place.column or 0) - 1 :] for leaf in leaves}
    assert at["shop:plain"] == "PT5S"
    assert at["shop:more"].startswith("'{")


def test_changes_go_into_the_texts_the_program_gets(tmp_path: Path) -> None:
    configuration = Configuration(entries(tmp_path, STACK))
    by_path = {(leaf.key, leaf.path): leaf for leaf in configuration.leaves}
    unchanged = configuration.texts([], "hidden")
    assert unchanged["shop:pools"] == (
        '[{"name":"one","sizes":[1,2.5],"token":"hidden"},{"name":"two","note":null,"warm":true}]'
    )
    changed = configuration.texts(
        [
            (by_path["shop:pools", (0, "sizes", 0)], 7),
            (by_path["shop:pools", (1, "warm")], False),
            (by_path["shop:more", ("list", 0, "text")], "PT6S"),
        ],
        "hidden",
    )
    assert changed["shop:pools"] == (
        '[{"name":"one","sizes":[7,2.5],"token":"hidden"},{"name":"two","note":null,"warm":false}]'
    )
    assert changed["shop:more"] == '{"list": [{"text": "PT6S"}]}'
    assert {key for key in unchanged if unchanged[key] != changed[key]} == {"shop:pools", "shop:more"}


def test_a_key_is_added_to_objects_that_look_like_the_property(tmp_path: Path) -> None:
    stack = "config:\n  shop:tags:\n    owner: a\n    app: b\n  shop:all:\n    - owner: a\n    - owner: c\n"
    configuration = Configuration(entries(tmp_path, stack))
    found = configuration.objects_like({"owner": "a", "managed-by": "pulumi"}, "costcenter")
    assert [(spot.path, spot.place.line) for spot in found] == [(("costcenter",), 2), ((0, "costcenter"), 6)]
    assert configuration.texts([(found[0], "x")], "")["shop:tags"] == '{"app":"b","costcenter":"x","owner":"a"}'
    assert [spot.path for spot in configuration.objects_like({"owner": "a"}, "app")] == [(0, "app")]
    assert not configuration.objects_like({"app": "b"}, "owner")


def test_a_default_of_the_project_is_where_it_is_declared(tmp_path: Path) -> None:
    project = "config:\n  limit:\n    type: string\n    default: PT5S\n  size: {default: 3}\n"
    found = Configuration(entries(tmp_path, "config:\n  shop:size: 4\n", project)).leaves
    places = [(Path(leaf.place.file).name, leaf.place.line, leaf.text) for leaf in found]
    assert places == [("Pulumi.yaml", 6, "PT5S"), ("Pulumi.dev.yaml", 2, "4")]


# --- other values ---


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("PT5S", ["PT6S", "PT7S"]),
        ("pool-009", ["pool-010", "pool-011"]),
        ("2026-12-31", ["2027-01-01", "2027-01-02"]),
        ("2026-02-30", ["2026-02-31", "2026-02-32"]),
        ("ml@contoso.com", ["mlx@contoso.com", "mlxx@contoso.com"]),
        ("westeurope", ["westeuropex", "westeuropexx"]),
        ("false", ["true"]),
        ("", ["x", "xx"]),
    ],
)
def test_other_texts_are_of_the_same_kind(text: str, wanted: list[str]) -> None:
    assert list(islice(other_texts(text), 2)) == wanted


@given(st.text(alphabet=st.sampled_from("a1-09@é٣ "), max_size=40))
def test_other_texts_differ(text: str) -> None:
    some = [*islice(other_texts(text), 12)]
    assert len({text, *some}) == len(some) + 1


def test_the_end_of_the_calendar_is_no_obstacle() -> None:
    assert list(islice(other_texts(str(date.max)), 1)) == ["9999-12-32"]


def test_no_name_becomes_another_s(tmp_path: Path) -> None:
    stack = "config:\n  shop:pools:\n" + "".join(f"    - name: pool-{index:03}\n" for index in range(1, 1001))
    leaves = Configuration(entries(tmp_path, stack), ["pool-001"]).leaves
    names = {str(leaf.text) for leaf in leaves}
    new = [str(leaf.values[0]) for leaf in leaves]
    assert len(set(new)) == 1000
    assert not names & set(new)
    # The name of a resource is never exchanged with another's; other texts may be.
    assert [len(leaf.values) for leaf in leaves] == [1] + [2] * 999


def test_values_at_the_same_key_elsewhere_come_second(tmp_path: Path) -> None:
    stack = "config:\n  shop:pools:\n    - {region: north, size: 3}\n    - {region: south, size: 1}\n"
    leaves = Configuration(entries(tmp_path, stack)).leaves
    assert [leaf.values for leaf in leaves] == [("northx", "south"), (4, 2), ("southx", "north"), (2,)]


# --- designs and what they prove ---


@pytest.mark.parametrize(("parts", "runs"), [(1, 2), (2, 2), (3, 3), (6, 4), (7, 5), (70, 8), (900, 12)])
def test_the_runs_of_each_part_are_its_own(parts: int, runs: int) -> None:
    design = Design.together(spots(parts))
    assert design.runs == runs
    sets = list(design.sets.values())
    assert len(set(sets)) == parts
    assert {len(chosen) for chosen in sets} == {runs // 2}
    assert set().union(*sets) <= set(range(runs))


def outcome(design: Design, made: Any, failing: frozenset[int] = frozenset(), before: Scalar = 1) -> Experiment:
    """What an experiment shows when the program makes `made(value of each part)`."""
    trials: list[Trial | None] = []
    for run in range(design.runs):
        changes: list[Change] = [(spot, spot.values[0]) for spot, chosen in design.sets.items() if run in chosen]
        changed = {spot for spot, _ in changes}
        values = [spot.values[0] if spot in changed else before for spot in design.sets]
        trials.append(None if run in failing else Trial(tuple(changes), {URN: {"size": made(values)}}))
    return Experiment(design.sets, trials)


TARGET = Watched(URN, ("size",))


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("which", [0, -1])
def test_what_is_passed_on_is_found_by_both_readings(parts: int, which: int) -> None:
    some = spots(parts)
    experiment = outcome(Design.together(some), lambda values: values[which])
    assert experiment.copied_from(TARGET, 1, some) == some[which]
    assert experiment.follows(TARGET, 1) == some[which]


@pytest.mark.parametrize("parts", [2, 3, 7, 40])
@pytest.mark.parametrize(
    "made",
    [
        lambda values: values[0] + values[-1] - 1,
        lambda values: max(values[0], values[-1]),
        lambda values: min(values[0], values[-1]),
        lambda values: 1,
        lambda values: max(values),
    ],
    ids=["sum", "either", "both", "none", "all"],
)
def test_what_is_made_of_several_or_none_is_nobody_s(parts: int, made: Any) -> None:
    some = spots(parts)
    experiment = outcome(Design.together(some), made)
    assert experiment.copied_from(TARGET, 1, some) is None
    assert experiment.follows(TARGET, 1) is None


@given(st.data())
def test_no_function_of_two_parts_is_taken_for_another_part(data: st.DataObject) -> None:
    """Only one that ignores one of the two is found, and then the other is the one.

    The run in which both are changed is for what is made of their difference.
    """
    some = spots(data.draw(st.integers(3, 20)))
    first, second = data.draw(st.lists(st.integers(0, len(some) - 1), min_size=2, max_size=2, unique=True))
    table = {(1, 1): 1, **{pair: data.draw(st.integers(1, 2)) for pair in ((1, 2), (2, 1), (2, 2))}}

    def made(values: list[int]) -> int:
        return table[values[first], values[second]]

    experiment = outcome(Design.together(some), made).followed_by(outcome(Design.everything(some), made))
    by_first = table[2, 1] == table[2, 2] == 2 and table[1, 2] == 1
    by_second = table[1, 2] == table[2, 2] == 2 and table[2, 1] == 1
    assert experiment.follows(TARGET, 1) == (some[first] if by_first else some[second] if by_second else None)


def test_what_changes_by_itself_follows_nothing() -> None:
    some = spots(6)
    ticks = iter(range(2, 100))
    experiment = outcome(Design.together(some), lambda values: next(ticks))
    assert experiment.copied_from(TARGET, 1, some) is None
    assert experiment.follows(TARGET, 1) is None


def test_a_value_that_is_not_the_same_each_time_follows_nothing() -> None:
    some = spots(6)
    ticks = iter(range(100))
    experiment = outcome(Design.together(some), lambda values: values[0] if values[0] == 1 else 10 + next(ticks))
    assert experiment.follows(TARGET, 1) is None


def test_one_failed_trial_of_another_part_does_not_matter_for_a_copy() -> None:
    some = spots(3)
    design = Design.one_by_one(some)
    experiment = outcome(design, lambda values: values[1], failing=design.sets[some[0]])
    assert experiment.copied_from(TARGET, 1, some) == some[1]
    assert experiment.follows(TARGET, 1) is None
    assert outcome(design, lambda values: values[0], failing=design.sets[some[0]]).copied_from(TARGET, 1, some) is None


def test_without_a_run_in_which_it_stays_nothing_is_proven() -> None:
    some = spots(1)
    design = Design.together(some)
    assert outcome(design, lambda values: 2, failing=frozenset((1,))).copied_from(TARGET, 1, some) is None
    assert outcome(design, lambda values: values[0]).copied_from(TARGET, 1, some) == some[0]


def test_a_renamed_resource_is_found_again() -> None:
    name, region = (
        Spot("shop:n", (), "pool-1", ("pool-2",), Location("f", 1)),
        Spot("shop:r", (), "north", ("northx",), Location("f", 2)),
    )
    urn = "urn:pulumi:dev::shop::a:b:C::pool-1-north"
    both: list[Change] = [(name, "pool-2"), (region, "northx")]
    for new in ("pool-2-northx", "pool-2-north", "pool-1-northx"):
        assert renamed(urn, {f"urn:pulumi:dev::shop::a:b:C::{new}": {}}, both) == f"urn:pulumi:dev::shop::a:b:C::{new}"
    assert renamed(urn, {urn: {}}, both) == urn
    assert renamed(urn, {"urn:pulumi:dev::shop::a:b:C::pool-3-north": {}}, both) is None
    head = "urn:pulumi:dev::shop::a:b:C::"
    assert renamed(urn, {head + "pool-2-north": {}, head + "pool-1-northx": {}}, both) is None
