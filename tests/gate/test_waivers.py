"""Waivers in the gate: the service asked directly, then the real engine with the real pack."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2

from inference_pools import declared
from inference_pools.finding import Outcome
from inference_pools.messages import parse
from inference_pools.rules import ALL
from inference_pools.server import AnalyzerService
from inference_pools.values import UNKNOWN_NUMBER, from_struct, to_struct
from inference_pools.waiver_review import known
from poolgate.sandbox.workspace import Sandbox
from waivers.life import ACTIVE, ROOT, TOO_MANY, write_project, write_waivers

POOL = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:dev::life::{POOL}::ranker"
PROPERTIES: dict[str, Any] = {
    "sku": {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 80.0},
    "location": "westeurope",
    "tags": {"owner": "ml", "environment": "dev", "costcenter": "4711"},
    "inferencePoolProperties": {"nodeSkuType": "Standard_DS3_v2"},
}
ENTRY: dict[str, Any] = {
    "rule": "capacity-bounded",
    "target": {"stack": "life/dev"},
    "reason": "Load test",
    "owner": "ml-platform",
    "ticket": "OPS-1",
    "created": "2026-11-01",
    "expires": "2026-12-31",
}
NAMES = {number: name.lower() for name, number in analyzer_pb2.EnforcementLevel.items()}
LIMIT = 300.0


class Refused(Exception):
    """What a call ends in when the service aborts it."""


class Call:
    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Refused(f"{code.name}: {details}")


CALL: Any = Call()


def service(
    waivers: Path | None = None, *, today: date = date(2026, 11, 10), **config: dict[str, Any]
) -> AnalyzerService:
    """A pack that the engine has configured, on a stack that it has begun with."""
    serving = AnalyzerService(
        "poolgate", "A pack", declared.policies(), today=today, waivers=waivers, waivable=known(ALL)
    )
    levels = {rule.id.replace("-", "_"): str(rule.enforcement) for rule in ALL}
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name, options in config.items():
        value = request.policyConfig[name.replace("_", "-")]
        level = options.pop("enforcementLevel", levels[name])
        value.enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level.upper())
        value.properties.CopyFrom(to_struct(options))
    serving.Configure(request, CALL)
    serving.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="life"), CALL)
    return serving


def asked(properties: dict[str, Any] = PROPERTIES, urn: str = URN) -> Any:
    return analyzer_pb2.AnalyzeRequest(type=POOL, urn=urn, name="ranker", properties=to_struct(properties))


def said(response: Any, rule: str) -> list[tuple[str, str]]:
    """Level and message, without the title."""
    return [
        (NAMES[one.enforcementLevel], one.message.partition("\n")[2])
        for one in response.diagnostics
        if one.policyName == rule
    ]


def of_stack(serving: AnalyzerService, *urns: str) -> Any:
    resources = [analyzer_pb2.AnalyzerResource(type=POOL, urn=urn, name="ranker") for urn in urns]
    return serving.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources), CALL)


INLINE = {"inline": {"waivers": [ENTRY]}}


def test_a_waived_violation_is_advisory_and_says_who_agreed() -> None:
    found = said(service(waivers_valid=dict(INLINE)).Analyze(asked(), CALL), "capacity-bounded")
    assert found == [
        (
            "advisory",
            "[waived] sku.capacity: is 80, the limit is 50\n"
            "waived until 2026-12-31 by ml-platform: Load test\n"
            "Set the capacity to a whole number from 1 to 50.",
        )
    ]
    part = next(iter(parse(found[0][1])))
    assert (part.outcome, part.keys) == (Outcome.WAIVED, ("sku", "capacity"))
    assert part.message == "is 80, the limit is 50"
    assert part.remedy == "Set the capacity to a whole number from 1 to 50."


def test_a_waiver_longer_than_allowed_does_not_hold_even_where_no_rule_tells() -> None:
    for days, expected in ((90, "advisory"), (30, "mandatory")):
        options = {**INLINE, "maximum_days": days, "enforcementLevel": "disabled"}
        response = service(waivers_valid=options).Analyze(asked(), CALL)
        assert [level for level, _ in said(response, "capacity-bounded")] == [expected]


def test_other_findings_stay_as_they_are() -> None:
    properties = {**PROPERTIES, "tags": {}}
    response = service(waivers_valid=dict(INLINE)).Analyze(asked(properties), CALL)
    assert [level for level, _ in said(response, "tags-required")] == ["mandatory"]


def test_another_stack_is_another_matter() -> None:
    response = service(waivers_valid=dict(INLINE)).Analyze(asked(urn=URN.replace("dev", "prod")), CALL)
    assert [level for level, _ in said(response, "capacity-bounded")] == ["mandatory"]


def test_an_unknown_value_is_waived_where_it_would_fail() -> None:
    properties = {**PROPERTIES, "sku": {**PROPERTIES["sku"], "capacity": UNKNOWN_NUMBER}}
    serving = service(waivers_valid=dict(INLINE), capacity_bounded={"on_unknown": "fail"})
    found = said(serving.Analyze(asked(properties), CALL), "capacity-bounded")
    assert [level for level, _ in found] == ["advisory"]
    assert found[0][1].startswith("[waived] sku.capacity: not known yet\nwaived until")


def test_stack_rules_are_waived_as_well() -> None:
    entry = {**ENTRY, "rule": "names-unique"}
    serving = service(waivers_valid={"inline": {"waivers": [entry]}})
    twin = URN.replace("ranker", "twin")
    named = {**PROPERTIES, "inferencePoolName": "ranking", "workspaceName": "mlw", "resourceGroupName": "rg"}
    for urn in (URN, twin):
        serving.Analyze(asked(named, urn), CALL)
    found = said(of_stack(serving, URN, twin), "names-unique")
    assert found
    assert {level for level, _ in found} == {"advisory"}
    assert all("waived until" in message for _, message in found)
    plain = service()
    for urn in (URN, twin):
        plain.Analyze(asked(named, urn), CALL)
    assert {level for level, _ in said(of_stack(plain, URN, twin), "names-unique")} == {"mandatory"}


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({"expires": "2026-11-09"}, "mandatory", "waivers[0].expires: was 2026-11-09, 1 day ago"),
        ({"expires": "2026-11-12"}, "advisory", "waivers[0].expires: is 2026-11-12, in 2 days"),
        ({"rule": "tags-required"}, "advisory", "waivers[0]: covers nothing that was found"),
        ({"rule": "tags-requird"}, "mandatory", "did you mean tags-required?"),
        ({"expires": "2028-12-31"}, "mandatory", "791 days after created, the limit is 365"),
        ({"rule": "no-plaintext-secret"}, "mandatory", "cannot be waived"),
        ({"rule": "production-model-tried"}, None, ""),
        ({"rule": "tags-required", "target": {"stack": "life/*"}}, None, ""),
        ({"expires": "2026-11-09", "target": {"stack": "life/prod"}}, None, ""),
        ({}, None, ""),
    ],
)
def test_what_is_said_of_the_waivers(changes: dict[str, Any], level: str | None, words: str) -> None:
    """Of those that a rule could use here, once the stack as a whole is judged."""
    serving = service(waivers_valid={"inline": {"waivers": [{**ENTRY, **changes}]}})
    serving.Analyze(asked(), CALL)
    found = said(of_stack(serving, URN), "waivers-valid")
    assert [one for one, _ in found] == ([level] if level else [])
    assert all(words in message for _, message in found)


def test_a_stack_without_a_pool_has_waivers_too() -> None:
    serving = service(waivers_valid=dict(INLINE))
    assert "covers nothing" in said(of_stack(serving), "waivers-valid")[0][1]


def test_the_next_stack_does_not_count_what_the_last_one_used() -> None:
    serving = service(waivers_valid=dict(INLINE))
    serving.Analyze(asked(), CALL)
    assert said(of_stack(serving, URN), "waivers-valid") == []
    serving.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="life"), CALL)
    assert said(of_stack(serving), "waivers-valid") != []


def test_without_waivers_the_rule_about_them_does_not_apply() -> None:
    response = of_stack(service(), URN)
    assert "waivers-valid" in {one.policy_name for one in response.not_applicable}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("w.yaml", None, r"w\.yaml: cannot be read: No such file or directory"),
        ("w.yaml", b"waivers:\n  - rule: x-y\n", r"w\.yaml:2:5: waivers\[0\]\.reason: is missing"),
        ("w.yaml", b"waivers: [", r"w\.yaml:\d+:\d+: is no YAML"),
        ("w.yaml", b"\xff\xfe", r"w\.yaml: is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_blocks(tmp_path: Path, name: str, text: bytes | None, message: str) -> None:
    file = tmp_path / name
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(Refused, match=f"INVALID_ARGUMENT: waivers of poolgate: .*{message}"):
        service(file)


def test_terms_that_name_no_rule_block() -> None:
    with pytest.raises(Refused, match=r"policy config of poolgate: waivers-valid\.not_waivable: 'x' is no rule"):
        service(waivers_valid={"not_waivable": ["x"]})


def test_a_relative_path_blocks() -> None:
    with pytest.raises(Refused, match=r"POOLGATE_WAIVERS is 'w\.yaml', expected an absolute path"):
        service(Path("w.yaml"))


def test_a_file_goes_before_the_policy_config(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("waivers: []\n")
    found = said(service(file, waivers_valid=dict(INLINE)).Analyze(asked(), CALL), "capacity-bounded")
    assert [level for level, _ in found] == ["mandatory"]


def test_a_pack_that_nobody_configured_reads_its_waivers_too(tmp_path: Path) -> None:
    serving = AnalyzerService(
        "poolgate", "A pack", declared.policies(), today=date(2026, 11, 10), waivers=write_waivers(tmp_path / "w.yaml")
    )
    assert [level for level, _ in said(serving.Analyze(asked(), CALL), "capacity-bounded")] == ["advisory"]


def test_nothing_is_put_right_where_a_waiver_holds() -> None:
    properties = {
        **PROPERTIES,
        "inferencePoolProperties": {
            "nodeSkuType": "Standard_DS3_v2",
            "requestConfiguration": {"requestTimeout": "pt30s", "maxConcurrentRequestsPerInstance": 4.0},
        },
    }
    level = {"request_timeout_format": {"enforcementLevel": "remediate"}}
    fixed = service(**level).Remediate(asked(properties), CALL).remediations
    assert (
        from_struct(fixed[0].properties)["inferencePoolProperties"]["requestConfiguration"]["requestTimeout"] == "PT30S"
    )
    level = {"request_timeout_format": {"enforcementLevel": "remediate"}}
    entry = {**ENTRY, "rule": "request-timeout-format"}
    spared = service(**level, waivers_valid={"inline": {"waivers": [entry]}})
    assert list(spared.Remediate(asked(properties), CALL).remediations) == []
    assert [level for level, _ in said(spared.Analyze(asked(properties), CALL), "request-timeout-format")] == [
        "advisory"
    ]


@pytest.mark.engine
def test_waivers_in_the_policy_config_of_the_engine(tmp_path: Path) -> None:
    """A file of waivers, its last day and a slip in it are previewed by docs/waivers.md, whose commands are run."""
    config = tmp_path / "policy.json"
    config.write_text(json.dumps({"waivers-valid": {**INLINE, "maximum_days": 90}}))
    with Sandbox() as sandbox:
        folder = sandbox.add_project(write_project(tmp_path / "life", TOO_MANY), stacks=["dev"])
        command = ["pulumi", "preview", "--stack=dev", "--non-interactive", "--color=never"]
        command += [f"--policy-pack={sandbox.add_pack(ROOT / 'policies')}", f"--policy-pack-config={config}"]
        done = sandbox.run(command, cwd=folder, timeout=LIMIT, env={"POOLGATE_AS_OF": ACTIVE.day})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[waived] sku.capacity: is 80, the limit is 50" in done.stdout
    assert "waivers-valid" not in done.stdout


@pytest.mark.engine
def test_poolgate_preview_reads_back_what_the_pack_waived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from poolgate import cli

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-12-20")
    write_waivers(tmp_path / "waivers.yaml")
    project = write_project(tmp_path / "life", TOO_MANY)
    arguments = [str(project), "--waivers", "waivers.yaml", "--format", "json"]
    codes, reports = [], []
    for command in ("check", "preview"):
        codes.append(cli.run([command, *arguments]))
        reports.append(json.loads(capsys.readouterr().out)["findings"])
    for finding in (one for report in reports for one in report):
        finding.pop("introduced_by")
    assert codes == [0, 0]
    assert reports[0] == reports[1]
    assert {finding["rule"]: finding["waiver"] and finding["waiver"]["ticket"] for finding in reports[0]} == {
        "capacity-bounded": "OPS-4711",
        "waivers-valid": None,
    }
