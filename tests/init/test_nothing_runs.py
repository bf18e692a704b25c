"""No command that is to look at a repository only runs anything of it, and Python is not misled by its files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from audit.state_builder import export, pool, text
from init.canaries import planted
from poolgate.cli import run
from poolgate.report import FORMATS

SAID = "1 rule of poolgate.yaml was not run; --rules policies/own_rules.py runs it"
STATIC = (
    "lint --no-cache",
    "lint --no-cache poolgate.yaml policies/policy-config.json",
    "lint --diff",
    "lint --fix --no-cache",
    "audit ../state.json",
    "rules",
    "rules --format json",
    "explain shop-even-capacity",
    "explain capacity-bounded",
    "waivers list",
    "waivers list --format json",
    "waivers lint",
    "waivers add --rule shop-even-capacity --stack shop/* --reason r --owner o --ticket t --expires 2027-01-01",
    "policy-config",
    "schema pool",
    "schema --editor .",
    "diff ../a.json ../a.json",
    "schema",
    "completions bash",
    "init --ci=none",
    "new-rule shop-zones-full",
)
"""Every command that runs no program; `check`, `preview` and `sandbox` are for nothing else."""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout full of canaries, as the current folder; `ran` beside it tells which of them was run."""
    folder = planted(tmp_path / "checkout", tmp_path / "ran")
    (tmp_path / "state.json").write_bytes(text(export(pool())))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-11-29")
    for variable in ("POOLGATE_RULES", "POOLGATE_CONFIG", "GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(variable, raising=False)
    return folder


def ran(checkout: Path) -> str:
    mark = checkout.parent / "ran"
    return mark.read_text() if mark.exists() else ""


@pytest.mark.parametrize("command", STATIC)
def test_a_command_that_looks_runs_nothing(command: str, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if command.startswith("diff"):
        assert run(["audit", "../state.json", "--format=json", "--output=../a.json"]) == 0
    if command.startswith("schema --editor"):
        (checkout / "schemas").mkdir()
        (checkout / "schemas" / "shop.schema.json").write_text('{"type": "object"}')
    code = run(command.split())
    assert code == 0, capsys.readouterr()
    assert ran(checkout) == ""


@pytest.mark.parametrize(
    "command", [one for one in STATIC if one.split()[0] in ("lint", "rules", "explain", "waivers")]
)
def test_a_rule_that_is_known_by_name_is_not_unknown(
    command: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(command.split())
    said = capsys.readouterr()
    assert "no such rule" not in said.out + said.err
    assert "no rule is called" not in said.out + said.err
    if "--diff" not in command and "--fix" not in command:
        assert SAID in said.out + said.err


@pytest.mark.parametrize("more", [[], ["--format", "json"]])
def test_the_doctor_runs_nothing_either(
    more: list[str], checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor what a variable names: it is to be run in anyone's repository."""
    monkeypatch.setenv("POOLGATE_RULES", str(checkout / "policies" / "own_rules.py"))
    assert run(["doctor", *more]) in (0, 1)
    assert "POOLGATE_RULES" in capsys.readouterr().out
    assert ran(checkout) == ""


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_says_that_they_were_not_run(
    format_: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "../state.json", f"--format={format_}"]) == 0
    assert "1 rule of poolgate.yaml was not run" in capsys.readouterr().out.replace("\\", "")
    assert ran(checkout) == ""


def test_they_are_run_where_they_are_asked_for(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = checkout / "policies" / "own_rules.py"
    own.write_text(own.read_text().partition("rule = stack_rule")[0] + REAL)
    config = checkout / "policies" / "policy-config.json"
    config.write_text('{"shop-even-capacity": {"enforcementLevel": "mandatory", "of": 7}}')
    command = ["audit", "../state.json", "--rules=policies/own_rules.py"]
    assert run(command) == 1
    said = capsys.readouterr().out
    assert "shop-even-capacity" in said
    assert "not run" not in said
    assert ran(checkout) == "own rules\n"
    assert run(["explain", "shop-even-capacity", command[-1]]) == 0
    assert "of (default 2)" in capsys.readouterr().out
    config.write_text('{"shop-even-capacity": {"off": 3}}')
    assert run(["lint", "--no-cache", command[-1]]) == 1
    assert "no such option" in capsys.readouterr().out


def test_a_name_that_no_rule_has_is_told(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "policies" / "policy-config.json").write_text('{"shop-evn-capacity": "mandatory"}')
    assert run(["lint", "--no-cache"]) == 1
    assert "shop-evn-capacity" in capsys.readouterr().out
    assert run(["audit", "../state.json"]) == 2
    assert "no such rule; did you mean shop-even-capacity?" in capsys.readouterr().err
    assert run(["explain", "shop-evn-capacity"]) == 2
    assert "did you mean shop-even-capacity?" in capsys.readouterr().err


def test_the_policy_config_keeps_what_it_says_of_them(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy-config"]) == 0
    assert json.loads(capsys.readouterr().out)["shop-even-capacity"] == {"enforcementLevel": "mandatory", "of": 3}


def test_no_pool_is_called_clean_by_rules_that_were_not_run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "../state.json", "--select=shop-even"]) == 2
    assert "not run here unless --rules" in capsys.readouterr().err


def test_python_is_not_misled_by_the_current_folder(checkout: Path) -> None:
    """A folder called poolgate would be taken for us: there `-P` helps, or the command `poolgate`."""
    (checkout / "poolgate").rename(checkout / "elsewhere")
    command = [sys.executable, "-m", "poolgate", "lint", "--no-cache"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (checkout.parent / "ran").exists()


REAL = """
from inference_pools.facets import Capacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, rule


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
def even_capacity(capacity, options):
    '''Half of the machines stand in each of two zones.'''
    if capacity.instances % options.of:
        yield Finding("instances", f"is {capacity.instances}, expected a multiple of {options.of}")


RULES = [even_capacity]
"""
