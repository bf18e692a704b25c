"""Whom a label means: the file of owners, from where it is named to what is said by it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audit.state_builder import checkpoint, export, pool, pool_inputs, resource, stack_root, text
from poolgate import cli
from poolgate.owner import Whose

LABELS = "owners:\n  payments: ml@contoso.com\n"
GROUP = "azure-native:machinelearningservices:InferenceGroup"
SCHEMA = Path(__file__).parents[2] / "schemas" / "report.schema.json"
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


ENTRIES = "stacks:\n  - {{stack: 'ranking/*', owner: a, team: b}}\n  - {}\n"
WRONG = {
    "no entry": ("ranking", "3:5: stacks[1]: is no object with a pattern of stacks and whose they are"),
    "unknown": (
        "{stack: x/y, team: b, cost_center: 7}",
        "3:27: stacks[1].cost_center: is no part of an entry; did you mean",
    ),
    "no stack": ("{owner: x}", "3:5: stacks[1]: has no stack: name PROJECT/STACK, in which * stands for any text"),
    "nothing": (
        "{stack: x/y}",
        "3:5: stacks[1]: says nothing of them: name one of owner, team, cost-center, environment",
    ),
    "empty": ("{stack: x/y, team: ''}", "3:18: stacks[1].team: is no text, or an empty one"),
    "no pattern": (
        "{stack: ranking, team: x}",
        "3:6: stacks[1].stack: is 'ranking', expected PROJECT/STACK, in which *",
    ),
    "organization": ("{stack: acme/x/y, team: x}", "3:6: stacks[1].stack: is 'acme/x/y', expected PROJECT/STACK"),
    "wildcard": ("{stack: x/y?, team: x}", "3:6: stacks[1].stack: is 'x/y?', expected PROJECT/STACK"),
    "urn": ("{stack: x/y, urn: chat, team: x}", "3:18: stacks[1].urn: is 'chat', expected urn:pulumi:"),
    "twice": (
        "{stack: ranking/*, environment: x}",
        "3:6: stacks[1].stack: is what stacks[0] (ranking/*) covers once more",
    ),
    "covered": ("{stack: ranking/d*, environment: x, team: c}", "3:41: stacks[1].team: is never asked for: stacks[0] "),
    "covered, with a urn": ("{stack: ranking/dev, urn: '*::a', owner: c}", "3:39: stacks[1].owner: is never asked for"),
}


@pytest.mark.parametrize(("entry", "why"), WRONG.values(), ids=WRONG)
def test_an_entry_that_can_say_nothing_ends_the_run(
    here: Path, entry: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "owners.yaml").write_text(ENTRIES.format(entry))
    assert cli.run(["rules", "--owners=owners.yaml"]) == 2
    assert f"owners.yaml:{why}" in capsys.readouterr().err
    assert cli.run(["lint", "--format=json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["rule"], finding["location"]["line"]) == ("owners-schema", 3)


@pytest.mark.parametrize(
    "entry",
    [
        "{stack: '*/dev', owner: c, team: x}",
        "{stack: 'rank*/dev', owner: c}",
        "{stack: ranking/dev, cost-center: 4711, environment: x}",
        "{stack: 'ranking-two/*', owner: c}",
    ],
)
def test_an_entry_after_one_that_covers_less_is_asked_for(here: Path, entry: str) -> None:
    (here / "owners.yaml").write_text(ENTRIES.format(entry))
    assert cli.run(["rules", "--owners=owners.yaml"]) == 0
    assert cli.run(["lint"]) == 0


def test_the_tag_of_a_resource_goes_before_that_of_its_stack_and_that_before_the_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = here / ".pulumi/stacks/ranking"
    stacks.mkdir(parents=True)
    (here / ".pulumi/meta.yaml").write_text("version: 1\n")
    pools = [pool("ranker", pool_inputs(tags={"owner": "payments"})), pool("chat-1", pool_inputs(tags={}))]
    (stacks / "prod.json").write_bytes(text(checkpoint(stack_root(), *pools)))
    (stacks / "prod.pulumi-tags").write_text('{"version": 1, "tags": {"owner": "stack", "team": "of-the-stack"}}')
    (stacks / "torn.json").write_text("{")
    (stacks / "torn.pulumi-tags").write_text('{"version": 1, "tags": {"owner": "payments"}}')
    (here / "owners.yaml").write_text(
        f"{LABELS}stacks:\n"
        "  - {stack: '*/prod', urn: '*::chat-*', owner: no, cost-center: '1'}\n"
        "  - {stack: 'ranking/*', owner: payments, team: no, cost-center: '2', environment: live}\n"
        "  - {stack: shop/dev, owner: x}\n"
    )
    (here / "expected").write_text("ranking/prod\nranking/torn\nranking/gone\n")
    command = ["audit", "file://.", "--expect=expected", "--owners=owners.yaml", "--select=tags-required"]
    assert cli.run([*command, "--select=state-readable", "--select=stack-expected", "--format=json"]) == 1
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, json.loads(SCHEMA.read_text("utf-8")))
    found = {
        one["resource"]["name"].rpartition("/")[2]: [one["resource"][part] for part in Whose._fields]
        for one in report["findings"]
    }
    assert found == {
        "ranker": ["ml@contoso.com", "of-the-stack", "2", "live"],
        "chat-1": ["stack", "of-the-stack", "1", "live"],
        "torn.json": ["ml@contoso.com", "no", "2", "live"],
        "": ["ml@contoso.com", "no", "2", "live"],
    }
    whose = {one["stack"]: [one["owner"], one["team"]] for one in report["stacks"]}
    assert whose == {
        "gone": ["ml@contoso.com", "no"],
        "prod": ["stack", "of-the-stack"],
        "torn": ["ml@contoso.com", "no"],
    }
    assert "owners.yaml: 1 entry covers no stack that was met: stacks[2] (shop/dev)" in report["notes"]
    cli.run([*command, "--select=state-readable", "--select=stack-expected", "--by=owner", "--format=csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["owner"], row["to mend"], row["stacks"], row["not read"]) for row in rows if row["owner"]] == [
        ("ml@contoso.com", "3", "3", "2"),
        ("stack", "1", "1", "0"),
    ]
    assert "of 3 stacks: 1 read, 1 not read, 1 missing" in {row["message"] for row in rows}


def test_a_shard_hands_over_what_tags_say_and_the_merge_asks_the_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    untagged = pool("chat", pool_inputs(tags={"team": "ml"}), stack="dev")
    (here / "state.json").write_bytes(text(checkpoint(stack_root(stack="dev"), untagged, stack="dev")))
    owners = here / "owners.yaml"
    owners.write_text("stacks: [{stack: ranking/dev, owner: wrong, team: wrong}]")
    rules = ["--select=tags-required", "--owners=owners.yaml", "--format=json"]
    assert cli.run(["audit", "state.json", "--shard=1/1", *rules, "--output=shard.json"]) == 1
    owners.write_text("stacks: [{stack: ranking/dev, owner: right}]")
    assert cli.run(["merge", "shard.json", *rules]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert [finding["resource"][part] for part in Whose._fields] == ["right", "ml", "", "dev"]


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
