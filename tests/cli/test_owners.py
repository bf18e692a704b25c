"""Whom a label means: the file of owners, from where it is named to what is said by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.state_builder import export, resource
from poolgate import cli

LABELS = "owners:\n  payments: ml@contoso.com\n"
GROUP = "azure-native:machinelearningservices:InferenceGroup"
MODEL = "aws:sagemaker/model:Model"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the state of a service on two clouds, of two owners that are one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "owners.yaml").write_text(LABELS)
    return tmp_path


def policy_config(capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    assert cli.run(["policy-config", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_is_named_by_option_variable_or_poolgate_yaml(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    meant = {"payments": "ml@contoso.com"}
    assert policy_config(capsys)["service-owner-same"]["owners"] == {}
    assert policy_config(capsys, "--owners=owners.yaml")["service-owner-same"]["owners"] == meant
    (here / "poolgate.yaml").write_text("owners: owners.yaml\n")
    assert policy_config(capsys)["owner-tag-valid"]["owners"] == meant
    (here / "other.yaml").write_text("owners: {a: b}\n")
    monkeypatch.setenv("POOLGATE_OWNERS", "other.yaml")
    assert policy_config(capsys)["owner-tag-valid"]["owners"] == {"a": "b"}


def test_a_policy_config_goes_before_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "levels.json").write_text('{"owner-tag-valid": {"owners": {"a": "b"}, "domains": ["contoso.com"]}}')
    config = policy_config(capsys, "--owners=owners.yaml", "--policy-config=levels.json", "--profile=baseline")
    assert config["owner-tag-valid"]["owners"] == {"a": "b"}
    assert config["service-owner-same"]["owners"] == {"payments": "ml@contoso.com"}


def test_explain_says_that_it_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "service-owner-same", "--owners=owners.yaml"]) == 0
    assert '{"payments": "ml@contoso.com"} here (owners.yaml)' in capsys.readouterr().out


@pytest.mark.parametrize("command", [["rules"], ["audit", "owners.yaml"], ["check"], ["preview"]], ids=str)
def test_one_that_says_nothing_ends_the_run(here: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (here / "owners.yaml").write_text("owners:\n  payments:\n    team: ml\n")
    assert cli.run([*command, "--owners=owners.yaml"]) == 2
    assert "owners.yaml:2:3: owners.payments: names nobody, expected who it is, such as" in capsys.readouterr().err


def test_the_lint_judges_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "owners.yaml").write_text("owners:\n  payments: ''\nteams: {}\n")
    assert cli.run(["lint", "--format=json"]) == 1
    found = [(one["rule"], one["location"]["line"]) for one in json.loads(capsys.readouterr().out)["findings"]]
    assert found == [("owners-schema", 2), ("owners-schema", 3)]
    (here / "owners.yaml").write_text("owners:\n  a: x\n  A: y\n")
    assert cli.run(["lint", "--format=json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["rule"], finding["location"]["line"]) == ("owners-schema", 3)


def test_poolgate_yaml_names_no_file_that_is_not_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "poolgate.yaml").write_text("owners: gone.yaml\n")
    assert cli.run(["rules"]) == 2
    assert "there is no file 'gone.yaml' beside poolgate.yaml" in capsys.readouterr().err


def test_an_audit_compares_owners_by_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = {GROUP: {"tags": {"owner": "ml@contoso.com"}}, MODEL: {"tags": {"owner": "payments"}}}
    entries = [resource(type_, "fraud", inputs=tags, outputs=tags) for type_, tags in inputs.items()]
    (here / "state.json").write_text(json.dumps(export(*entries)))
    command = ["audit", "state.json", "--select=service-owner-same", "--format=json"]
    cli.run(command)
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["message"] == "is 'payments', and the service fraud has ml@contoso.com on Azure"
    cli.run([*command, "--owners=owners.yaml"])
    assert json.loads(capsys.readouterr().out)["findings"] == []
