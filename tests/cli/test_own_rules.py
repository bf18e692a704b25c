"""A team's own rules, beside those of the library."""

from __future__ import annotations

import importlib
import json
import textwrap
from pathlib import Path

import pytest

from inference_pools.rules import ALL
from poolgate import rule_set
from poolgate.cli import run
from poolgate.errors import UsageError
from poolgate.own_rules import load
from remembered import remembered_programs

__all__ = ["remembered_programs"]

pytestmark = pytest.mark.usefixtures("remembered_programs")

PROJECT = Path(__file__).parents[2] / "stacks" / "single-pool"
RULE = '''
"""Pools are named after the team."""

from collections.abc import Iterator

from inference_pools.facets import Capacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, Options, rule


@rule(
    Capacity,
    id="shop-even-capacity",
    title="Capacity is even",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Take a multiple of {of}.",
    options={"of": Option(2, "What the capacity is a multiple of.")},
    since="1",
    source="https://wiki.example.com/pools",
)
def even_capacity(capacity: Capacity, options: Options) -> Iterator[Finding]:
    """Half of the machines stand in each of two zones."""
    if capacity.instances % options.of:
        yield Finding("instances", f"is {capacity.instances}, expected a multiple of {options.of}")


RULES = [even_capacity]
'''


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own_rules.py"
    file.write_text(RULE)
    return file


def test_check_judges_by_them(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(PROJECT), f"--rules={own}", "--format=json"]) == 1
    findings = [found for found in json.loads(capsys.readouterr().out)["findings"] if found["outcome"] == "violated"]
    assert [(found["rule"], found["resource"]["stack"], found["message"]) for found in findings] == [
        ("shop-even-capacity", "dev", "is 1, expected a multiple of 2"),
        ("shop-even-capacity", "prod", "is 3, expected a multiple of 2"),
    ]
    assert findings[0]["remedy"] == "Take a multiple of 2."


def test_they_are_configured_selected_and_explained_as_any_other(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "policy-config.json"
    config.write_text('{"shop-even-capacity": {"of": 3, "enforcementLevel": "advisory"}}')
    assert run(["check", str(PROJECT), f"--rules={own}", f"--policy-config={config}", "--select=shop-"]) == 0
    assert "advisory    shop-even-capacity: sku.capacity: is 1, expected a multiple of 3" in capsys.readouterr().out
    assert run(["explain", "shop-even-capacity", f"--rules={own}"]) == 0
    assert "Half of the machines stand in each of two zones." in capsys.readouterr().out
    assert run(["rules", f"--rules={own}"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("shop-even-capacity ")


@pytest.mark.parametrize(("config", "multiple"), [("{}", 2), ('{"shop-even-capacity": {"of": 4}}', 4)])
def test_one_that_was_not_run_is_explained_with_its_options(
    config: str, multiple: int, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = own.with_name("poolgate.yaml")
    settings.write_text("rules: [own_rules.py]\npolicyConfig: policy-config.json\n")
    own.with_name("policy-config.json").write_text(config)
    assert run(["explain", "shop-even-capacity", f"--config={settings}"]) == 0
    assert f"Fix: Take a multiple of {multiple}." in capsys.readouterr().out


def test_a_check_of_poolgate_itself_is_never_taken_for_one(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where the source does not tell what they are called, so that any other name may be one of theirs."""
    own.write_text("RULES = made_elsewhere()\n")
    settings = own.with_name("poolgate.yaml")
    settings.write_text("rules: [own_rules.py]\npolicyConfig: policy-config.json\n")
    own.with_name("policy-config.json").write_text('{"shop-any": "advisory",\n"config-unknown": "advisory"}')
    assert run(["rules", f"--config={settings}"]) == 2
    assert "policy-config.json:2: config-unknown: is a check of poolgate itself and no rule" in capsys.readouterr().err


def test_a_pin_is_about_the_librarys_rules_only(own: Path) -> None:
    chosen = rule_set.load(None, pin="2026.12", own=load([own]))
    assert [rule.id for rule in chosen.rules] == [*(rule.id for rule in ALL), "shop-even-capacity"]
    assert chosen.engine_config()["shop-even-capacity"]["enforcementLevel"] == "mandatory"


def test_a_file_may_import_what_lies_beside_it(own: Path) -> None:
    beside = own.with_name("more.py")
    beside.write_text("from own_rules import even_capacity\n\nRULES = (even_capacity,)\n")
    assert [rule.id for rule in load([beside])] == ["shop-even-capacity"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_that_name\n", "1: cannot be imported: ModuleNotFoundError: No module named"),
        ("\n\n1 / 0\n", "3: cannot be imported: ZeroDivisionError: division by zero"),
        ("def (:\n", "1: is no Python: invalid syntax"),
        ("", " expected RULES, a list of rules made with @rule"),
        ("RULES = [1]\n", " expected RULES, a list of rules made with @rule"),
        (
            RULE.replace("shop-even-capacity", "capacity-bounded"),
            " the id 'capacity-bounded' is taken by poolgate's own",
        ),
    ],
)
def test_a_file_that_holds_no_rules_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "own_rules.py"
    file.write_text(textwrap.dedent(text))
    with pytest.raises(UsageError) as error:
        load([file])
    assert f"{file}:{message}" in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [("\ndef (:\n", "2: is no Python: invalid syntax"), ("1 / 0\n", "1: cannot be imported: ZeroDivisionError")],
)
def test_the_file_at_fault_is_named(text: str, message: str, own: Path) -> None:
    listing = own.with_name("listing.py")
    faulty = own.with_name(f"faulty_{len(text)}.py")
    faulty.write_text(text)
    listing.write_text(f"import {faulty.stem}\n\nRULES = []\n")
    with pytest.raises(UsageError) as error:
        load([listing])
    assert f"{faulty}:{message}" in str(error.value)


def test_an_id_is_taken_once(own: Path) -> None:
    other = own.with_name("other.py")
    other.write_text(RULE)
    with pytest.raises(UsageError, match=f"the id 'shop-even-capacity' is taken by one in {own}"):
        load([own, other])


def test_no_file_is_an_error_of_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(PROJECT), f"--rules={tmp_path / 'none.py'}"]) == 2
    assert f"{tmp_path / 'none.py'}: no such file of rules" in capsys.readouterr().err


@pytest.mark.engine
def test_a_pack_without_them_is_not_taken_for_one_that_has_them(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preview", str(PROJECT), "--stack=prod", f"--rules={own}"]) != 0
    assert "shop-even-capacity" in "".join(capsys.readouterr())


def test_old_names_work_for_a_release_and_are_said_once(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own.write_text(RULE.replace("inference_pools.facets", "inference_pools.model"))
    line = RULE[: RULE.index("from inference_pools.facets")].count("\n") + 1

    assert run(["explain", "shop-even-capacity", f"--rules={own}"]) == 0

    assert capsys.readouterr().err == (
        f"poolgate: {own}:{line}: inference_pools.model.Capacity is inference_pools.facets.Capacity now; "
        "its old place goes with the next release\n"
    )


def test_other_warnings_of_theirs_stay_warnings(own: Path) -> None:
    own.write_text(f"import warnings\nwarnings.warn('ours is old')\n{RULE}")

    with pytest.warns(UserWarning, match="ours is old"):
        load([own])


@pytest.mark.parametrize("module", ["model", "shapes", "catalog"])
def test_every_old_name_is_the_thing_itself_in_its_new_place(module: str) -> None:
    old = importlib.import_module(f"inference_pools.{module}")

    for name, (place, now) in old._ELSEWHERE.items():
        with pytest.warns(DeprecationWarning, match=rf" is inference_pools\.{place}\.{now} now"):
            assert getattr(old, name) is getattr(importlib.import_module(f"inference_pools.{place}"), now)
    assert not hasattr(old, "Pools")
