"""`poolgate check --fix` changes what is certain, in the stack's file where it was proven to be written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.policy_config import Setting, default_settings
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, Json
from poolgate import cli
from poolgate.errors import UsageError
from poolgate.findings import Edit, Finding, Location, Origin, Subject, Tally
from poolgate.fix import check_and_fix, show_edits
from poolgate.lint.schema_lint import DEFAULT
from poolgate.sources.certain_fix import Meant, fixing, meant
from poolgate.sources.program import LogEntry, ProgramRun, RegisteredResource
from poolgate.sources.stack_program import StackProgram

POOL = "azure-native:machinelearningservices/v20230801preview:InferencePool"


def made(stack: str, config: Mapping[str, str]) -> list[RegisteredResource]:
    """What the program makes of a configuration; it needs no process of its own to be tried many times."""
    pools = [
        pool_of(stack, each["name"], each["timeout"], each["tier"], each["tags"])
        for each in json.loads(config["shop:pools"])
    ]
    if stack == "dev":
        pools += [
            pool_of(stack, "derived", f"pt{config['shop:seconds']}s"),
            pool_of(stack, "secret", {SIGNATURE_KEY: SECRET_SIGNATURE, "value": config["shop:hidden"]}),
            pool_of(stack, "in-a-text", json.loads(config["shop:text"])["timeout"]),
            pool_of(stack, "by-name", "PT5S", tags={"Owner": json.loads(config["shop:own"])["Owner"]}),
        ]
    return pools


def pool_of(stack: str, name: str, timeout: Json, tier: Json = "Standard", tags: Json = None) -> RegisteredResource:
    limits: Json = {"requestTimeout": timeout, "maxConcurrentRequestsPerInstance": 4.0}
    inputs: dict[str, Json] = {
        "sku": {"name": "Standard_DS3_v2", "tier": tier, "capacity": 1.0},
        "tags": tags,
        "inferencePoolProperties": {"nodeSkuType": "Standard_DS3_v2", "requestConfiguration": limits},
    }
    return RegisteredResource(
        urn=f"urn:pulumi:{stack}::shop::{POOL}::{name}",
        type=POOL,
        name=name,
        custom=True,
        inputs=inputs,
        parent=None,
        dependencies=(),
        property_dependencies={},
        source_position=("__main__.py", 1, None),
        protect=None,
        retain_on_delete=None,
        provider="",
        provider_version="2.92.3",
    )


def run(self: StackProgram, config: Mapping[str, str] | None = None, timeout: float | None = None) -> ProgramRun:
    """In place of `StackProgram.run`."""
    given = config if config is not None else {key: entry.text() for key, entry in self.entries.items()}
    try:
        return ProgramRun(tuple(made(self.name, given)), (), {}, exit_code=0, failed=False)
    except (LookupError, ValueError) as error:
        log = (LogEntry("error", f"{type(error).__name__}: {error}"),)
        return ProgramRun((), log, {}, exit_code=1, failed=True)


DEV = """\
# at the top
config:
  shop:pools:
    - {name: plain, timeout: "pt30s", tier: standard, tags: {Owner: ml}}   # why
    -   name: waived
        timeout:   pt45s   # agreed
        tier: Standard
        tags:
          Team: shop  # ours
    - name: anchored
      timeout: &t pt50s
      tier: Standard
      tags: {}
  shop:seconds: 20
  shop:hidden: {secure: v1:AAAA}
  shop:text: '{"timeout": "pt35s"}'
  shop:own: {Owner: by-name}
"""
FIXED = (DEV.replace('"pt30s"', '"PT30S"').replace("standard", "Standard").replace("Owner: ml", "owner: ml")).replace(
    "Team: shop", "team: shop"
)
ELSEWHERE = "config:\n  shop:pools: [{name: far, timeout: pt55s, tier: Standard, tags: {}}]\n"
WAIVERS = """\
waivers:
  - rule: request-timeout-format
    target: {urn: "*::waived"}
    reason: the client writes it so
    owner: ml
    ticket: OPS-1
    created: 2026-11-01
    expires: 2027-01-31
"""


def test_what_is_certain_is_written_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop, outside = tmp_path / "shop", tmp_path / "outside"
    shop.mkdir()
    outside.mkdir()
    monkeypatch.setattr(StackProgram, "run", run)
    (shop / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (shop / "__main__.py").write_text("# see `made`\n")
    (shop / "Pulumi.dev.yaml").write_text(DEV)
    (outside / "Pulumi.prod.yaml").write_text(ELSEWHERE)
    (shop / "Pulumi.prod.yaml").symlink_to(outside / "Pulumi.prod.yaml")
    (tmp_path / "waivers.yaml").write_text(WAIVERS)
    (tmp_path / "policy.json").write_text(json.dumps({"tag-keys-lowercase": {"lowercase": True}}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-12-01")
    select = [f"--select={rule}" for rule in ("request-timeout-format", "sku-tier-allowed", "tag-keys-lowercase")]

    code = cli.run(
        ["check", "shop", "--fix", "--format=json", "--waivers=waivers.yaml", "--policy-config=policy.json", *select]
    )
    printed = capsys.readouterr()
    report = json.loads(printed.out)

    assert (shop / "Pulumi.dev.yaml").read_text() == FIXED
    assert (outside / "Pulumi.prod.yaml").read_text() == ELSEWHERE
    assert [note for note in report["notes"] if "--fix" in note] == [
        "--fix made 4 changes: shop/Pulumi.dev.yaml (4). This is what is left."
    ]
    assert sorted(line for line in printed.err.splitlines() if "Pulumi.dev" in line) == [
        'poolgate: shop/Pulumi.dev.yaml:4:30: "pt30s": changed to "PT30S"',
        "poolgate: shop/Pulumi.dev.yaml:4:45: standard: changed to Standard",
        "poolgate: shop/Pulumi.dev.yaml:4:62: Owner: renamed to owner",
        "poolgate: shop/Pulumi.dev.yaml:9:11: Team: renamed to team",
    ]
    left = {
        (finding["resource"]["name"], finding["rule"], finding["outcome"], "edit" in finding)
        for finding in report["findings"]
        if finding["outcome"] != "unknown"
    }
    assert left == {
        ("waived", "request-timeout-format", "waived", True),
        ("anchored", "request-timeout-format", "violated", False),
        ("derived", "request-timeout-format", "violated", False),
        ("in-a-text", "request-timeout-format", "violated", False),
        ("by-name", "tag-keys-lowercase", "violated", False),
        ("far", "request-timeout-format", "violated", False),
    }
    assert code == 1


def setting(rule: str, **options: Any) -> Setting:
    [found] = [each for each in default_settings(ALL) if each.rule.id == rule]
    return Setting(found.rule, found.enforcement, found.rule.with_options(options)) if options else found


def pool(**properties: Any) -> Resource:
    return Resource(f"urn:pulumi:dev::shop::{POOL}::pool", POOL, "pool", properties)


TIMEOUT = ("inferencePoolProperties", "requestConfiguration", "requestTimeout")


def timed(timeout: str) -> Resource:
    return pool(inferencePoolProperties={"requestConfiguration": {"requestTimeout": timeout}})


@pytest.mark.parametrize(
    ("rule", "resource", "keys", "expected"),
    [
        ("request-timeout-format", timed("pt5s"), TIMEOUT, Meant("PT5S", is_name=False)),
        ("request-timeout-format", timed("5s"), TIMEOUT, None),
        ("request-timeout-format", timed("PT5S"), TIMEOUT, None),
        ("sku-tier-allowed", pool(sku={"tier": "PREMIUM"}), ("sku", "tier"), Meant("Premium", is_name=False)),
        ("sku-tier-allowed", pool(sku={"tier": "Premum"}), ("sku", "tier"), None),
        ("sku-tier-allowed", pool(sku={"tier": "PREMIUM"}), ("sku", "name"), None),
        ("tags-required", pool(tags={}), ("tags", "owner"), None),
    ],
)
def test_what_a_rule_is_certain_of(rule: str, resource: Resource, keys: tuple[str, ...], expected: object) -> None:
    assert meant(setting(rule), resource, keys) == expected


def test_a_tag_is_renamed_where_lower_case_is_asked_for() -> None:
    resource = pool(tags={"App": "x", "Owner": "ml"})
    lowercase = setting("tag-keys-lowercase", lowercase=True)
    assert meant(lowercase, resource, ("tags", "Owner")) == Meant("owner", is_name=True)
    assert meant(setting("tag-keys-lowercase"), resource, ("tags", "Owner")) is None
    assert set(fixing(default_settings(ALL))) == {"request-timeout-format", "sku-tier-allowed", "tag-keys-lowercase"}


def finding(edit: Edit | None) -> Finding:
    return Finding(
        rule="request-timeout-format",
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.VIOLATED,
        message="is wrong",
        remedy="",
        subject=Subject("", "", "", "shop", "dev"),
        keys=("a",),
        origin=Origin.PROGRAM,
        location=Location("Pulumi.dev.yaml", 2),
        edit=edit,
    )


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig: {key: {type: string, secret: true}}\n")
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  shop:a: one\n  shop:key: hunter2\n")
    monkeypatch.chdir(tmp_path)
    return file


ONE = Edit("Pulumi.dev.yaml", 2, 11, 14, "one", "ONE")
OTHER = ONE._replace(text="Two")


def test_nothing_is_written_where_two_want_different_texts(stack: Path) -> None:
    before, said = stack.read_text(), list[str]()
    tally = check_and_fix(
        lambda: Tally(findings=[finding(ONE), finding(OTHER)]), lambda each: each.findings, said.append
    )
    assert (stack.read_text(), said, list(tally.notes)) == (before, [], [])


def test_a_file_that_has_changed_meanwhile_is_left_alone(stack: Path) -> None:
    stack.write_text("config:\n  shop:a: two\n")
    with pytest.raises(UsageError, match="has changed since it was read"):
        check_and_fix(lambda: Tally(findings=[finding(ONE)]), lambda each: each.findings, lambda _: None)
    assert stack.read_text() == "config:\n  shop:a: two\n"


def test_it_goes_on_for_a_few_rounds_at_most(stack: Path) -> None:
    rounds: list[int] = []

    def judge() -> Tally:
        rounds.append(len(rounds))
        there, new = ("one", "ONE") if len(rounds) % 2 else ("ONE", "one")
        return Tally(findings=[finding(ONE._replace(replaced=there, text=new))])

    check_and_fix(judge, lambda each: each.findings, lambda _: None)
    assert len(rounds) == 6


def test_a_diff_shows_the_change_and_no_secret(stack: Path) -> None:
    before, written, said = stack.read_text(), list[str](), list[str]()
    assert show_edits([finding(ONE), finding(ONE), finding(None)], DEFAULT, written.append, said.append)
    assert stack.read_text() == before
    assert "-  shop:a: one\n+  shop:a: ONE\n" in "".join(written)
    assert "hunter2" not in "".join(written)
    assert said == ["Pulumi.dev.yaml:2:11: one: would be changed to ONE"]
    assert not show_edits([finding(None)], DEFAULT, written.append, said.append)


def test_check_diff_of_a_schema_fix_runs_from_the_command_line(
    stack: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StackProgram, "run", lambda *_, **__: ProgramRun((), (), {}, exit_code=0, failed=False))
    (stack.parent / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (stack.parent / "schemas").mkdir()
    schema = {"properties": {"shop:a": {"enum": ["One"]}, "shop:key": {}}, "additionalProperties": False}
    (stack.parent / "schemas" / "shop.schema.json").write_text(json.dumps(schema))

    assert cli.run(["check", "--diff"]) == 1
    assert "-  shop:a: one\n+  shop:a: One\n" in capsys.readouterr().out
    assert stack.read_text().startswith("config:\n  shop:a: one\n")
    assert cli.run(["check", "--fix", "-q"]) == 4  # no pool among the resources
    assert stack.read_text().startswith("config:\n  shop:a: One\n")
    assert cli.run(["check", "--diff"]) == 0
