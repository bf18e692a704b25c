"""Poolgate's own checks: one list, which all that names a rule knows."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

import inference_pools
import poolgate
from inference_pools import own_checks, policy_config
from inference_pools.policy_config import ConfigError, default_settings
from inference_pools.rules import ALL
from poolgate.cli import run
from poolgate.report.catalogue import abouts

PACKAGES = [Path(package.__path__[0]) for package in (poolgate, inference_pools)]
RULES = [rule.id for rule in ALL]

CONFIG = """config:
  demo:size: 30
  demo:on: 2027-01-31
"""
SCHEMA = {"properties": {"demo:size": {"type": "integer", "maximum": 9}, "demo:on": {}}, "additionalProperties": False}


@cache
def trees() -> Mapping[Path, ast.Module]:
    """Every module but for that of the list."""
    return {
        file: ast.parse(file.read_text("utf-8"))
        for package in PACKAGES
        for file in package.rglob("*.py")
        if file.name != "own_checks.py"
    }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of whose stack the lint has two things to say."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "demo.schema.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reported(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """The exit code of a lint, and the checks that its findings name."""
    code = run(["lint", "--no-cache", "--format", "json", *arguments])
    return code, [finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"]]


# The list and the code


def test_ids_are_written_in_the_list_alone() -> None:
    """So that no module reports under an id of its own: it takes one from the list, or that of a rule."""
    written = {
        (file.name, node.value)
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in own_checks.BY_ID
    }
    assert written == set()


def test_findings_take_their_ids_from_the_list_or_a_rule() -> None:
    """A `CheckId` is made in the list alone, and what lints takes no other id (mypy); what makes a finding by itself
    names a constant of the list, or the `id` or `rule` of something.
    """
    assert not [file for file, tree in trees().items() for name in _called(tree) if name == "CheckId"]
    given = [
        keyword.value
        for file, tree in trees().items()
        if file.name != "written.py"  # which reads findings back that were made elsewhere
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
        for keyword in node.keywords
        if keyword.arg == "rule"
    ]
    assert len(given) >= 5
    constants = {name for name in vars(own_checks) if name.isupper()}
    for value in given:
        if isinstance(value, ast.Name):
            assert value.id in constants
        else:
            assert isinstance(value, ast.Attribute)
            assert value.attr in ("id", "rule")


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def test_every_check_of_the_list_is_one_that_something_reports() -> None:
    used = {node.id for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    constants = {
        name for name, value in vars(own_checks).items() if isinstance(value, str) and value in own_checks.BY_ID
    }
    assert len(constants) == len(own_checks.ALL)
    assert constants <= used
    assert not own_checks.BY_ID.keys() & set(RULES)


def test_all_that_is_reported_is_described() -> None:
    described = abouts()
    assert own_checks.BY_ID.keys() <= described.keys()
    assert all(about.title and about.why and about.remedy for about in described.values())


# What knows them


@pytest.mark.parametrize(("check", "last"), [
    ("config-schema", "Source: https://www.pulumi.com/docs/iac/concepts/config/"),
    ("program-runs", "No waiver covers what it finds."),
])  # fmt: skip
def test_explained(check: str, last: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", check]) == 0
    lines = capsys.readouterr().out.splitlines()
    known = own_checks.BY_ID[check]
    assert lines[0] == f"{check}: {known.title}"
    assert {known.why, f"Fix: {known.remedy}"} <= set(lines)
    assert lines[-1] == last


def test_misspelt(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["explain", "config-schemas"], ["lint", "--ignore", "config-schemas"]):
        assert run(arguments) == 2
        said = capsys.readouterr().err
        assert "no rule is called 'config-schemas'; did you mean config-schema?" in said


@pytest.mark.parametrize(("arguments", "code", "rules"), [
    ([], 1, ["config-schema", "yaml-surprise"]),
    (["--ignore", "config-schema"], 0, ["yaml-surprise"]),
    (["--ignore", "yaml-"], 1, ["config-schema"]),
    (["--select", "yaml-surprise"], 0, ["yaml-surprise"]),
    (["--select", "tags-required"], 1, ["config-schema", "yaml-surprise"]),
])  # fmt: skip
def test_chosen_by_a_lint(
    arguments: Sequence[str], code: int, rules: Sequence[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reported(capsys, *arguments) == (code, rules)


def test_chosen_in_the_repository(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "poolgate.yaml").write_text("ignore: [config-schema]\n")
    assert reported(capsys) == (0, ["yaml-surprise"])


def test_what_nobody_could_look_at_is_not_left_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Pulumi.dev.yaml").write_text("config: [\n")
    assert reported(capsys, "--select", "config-schema") == (1, ["yaml-syntax"])
    assert run(["lint", "--ignore", "yaml-syntax"]) == 2
    assert "no run ignores 'yaml-syntax': it stands for what could not be judged" in capsys.readouterr().err


def test_rules_go_before_checks_that_begin_alike() -> None:
    """`pro` begins rules as well: whoever ignored these before ignores no findings of Pulumi.yaml now."""
    assert any(rule.startswith("pro") for rule in RULES)
    assert own_checks.left_out([], ["pro"], RULES) == frozenset()
    assert own_checks.left_out([], ["project-"], RULES) == {"project-schema"}
    assert not own_checks.never_left_out("pro", RULES)


def test_a_pack_takes_a_choice_that_names_them() -> None:
    """It reads the same poolgate.yaml, and has none of them to leave out."""
    settings = default_settings(ALL)
    assert policy_config.chosen(settings, [], ["config-schema"]) == tuple(settings)
    with pytest.raises(ConfigError, match="stands for what could not be judged"):
        policy_config.chosen(settings, [], ["program-runs"])


def test_a_preview_needs_a_rule(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preview", "--select", "config-schema"]) == 2
    assert "select names checks of poolgate itself only" in capsys.readouterr().err
