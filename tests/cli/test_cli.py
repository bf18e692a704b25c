"""The command line: what it prints where, and its exit codes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from inference_pools.rules import ALL
from inference_pools.version import __version__
from poolgate import cli
from remembered import forget, remembered_programs

__all__ = ["remembered_programs"]

pytestmark = pytest.mark.usefixtures("remembered_programs")

ROOT = Path(__file__).parents[2]
SEED = ROOT / "stacks" / "rejected-seed"
STATES = ROOT / "tests" / "audit" / "states" / "readable"
REPORT_SCHEMA = json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8"))


def poolgate(*arguments: str | Path) -> int:
    return cli.run([str(argument) for argument in arguments])


def _report(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    code = poolgate(*arguments, "--format", "json")
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, REPORT_SCHEMA, format_checker=jsonschema.FormatChecker())
    return code, report


def test_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "poolgate", "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == f"poolgate {__version__}\n"


def test_a_command_by_itself_is_the_command_among_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    """To save time only the options of the command that is asked for are made."""
    assert len(cli._COMMANDS) > 10
    for name in cli._COMMANDS:
        shown = []
        for parser in (cli._parser(), cli._parser(name)):
            with pytest.raises(SystemExit):
                parser.parse_args([name, "--help"])
            shown.append(capsys.readouterr().out)
        assert shown[0] == shown[1]
        assert shown[0].startswith(f"usage: poolgate {name} ")


def test_an_unknown_command_is_told_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.run(["lnt"])
    told = capsys.readouterr().err
    assert all(f"'{name}'" in told for name in cli._COMMANDS)


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['poolgate', '--version']; from poolgate.__main__ import main; main();"
        "print(sorted({'argparse', 'grpc', 'pulumi', 'yaml', 'jsonschema'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[1] == "[]"


def test_findings_exit_1_and_name_the_program_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert poolgate("check", SEED) == 1
    out = capsys.readouterr().out
    assert "stacks/rejected-seed/__main__.py:35" in out
    assert "{model_version} is a placeholder for the model's version" in out
    assert "11 mandatory and 0 advisory findings, 2 not judged" in out


def test_report_of_check(capsys: pytest.CaptureFixture[str]) -> None:
    code, report = _report(capsys, "check", SEED)
    assert code == 1
    assert report["tool"] == {"name": "poolgate", "version": __version__}
    assert report["run"]["command"] == "check"
    assert [entry["name"].rsplit("/", 1)[-1] for entry in report["run"]["inputs"]] == [
        "Pulumi.dev.yaml",
        "Pulumi.yaml",
    ]
    assert report["summary"]["rules"]["tags-required"] == 1
    tags = next(finding for finding in report["findings"] if finding["rule"] == "tags-required")
    assert tags["resource"]["stack"] == "dev"
    assert tags["resource"]["project"] == "rejected-seed"
    assert tags["location"]["line"] == 35
    assert tags["introduced_by"] == "program"
    unknown = [finding for finding in report["findings"] if finding["outcome"] == "unknown"]
    assert all(finding["from_resources"] for finding in unknown)
    assert len({finding["fingerprint"] for finding in report["findings"]}) == len(report["findings"])


def test_report_of_audit(capsys: pytest.CaptureFixture[str]) -> None:
    code, report = _report(capsys, "audit", STATES)
    assert code in (0, 1)
    assert report["summary"]["pools"] > 0
    assert {finding["introduced_by"] for finding in report["findings"]} == {"state"}


def test_audit_finds_the_same_with_more_processes(capsys: pytest.CaptureFixture[str]) -> None:
    alone, together = (_report(capsys, "audit", STATES, "--jobs", jobs)[1] for jobs in ("1", "2"))
    assert alone["findings"] == together["findings"]
    assert alone["summary"] == together["summary"]


def _levels(report: dict[str, Any]) -> dict[str, str]:
    violated = [finding for finding in report["findings"] if finding["outcome"] == "violated"]
    return {finding["rule"]: finding["enforcement"] for finding in violated}


def test_profiles_change_what_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    code, report = _report(capsys, "check", SEED, "--profile", "baseline")
    levels = _levels(report)
    assert code == 1
    assert (levels["placeholder-replaced"], levels["tags-required"]) == ("mandatory", "advisory")
    _, report = _report(capsys, "check", SEED, "--profile", "strict")
    levels = _levels(report)
    assert levels["tags-required"] == "mandatory"


def test_another_day_to_judge_by(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POOLGATE_AS_OF", "2029-01-01")
    assert _report(capsys, "check", SEED)[1]["summary"]["rules"]["sku-retiring"] == 1
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-01-01")
    report = _report(capsys, "check", SEED, "--as-of", "2029-01-01")[1]
    assert report["summary"]["rules"]["sku-retiring"] == 1
    assert "judged as of 2029-01-01 (--as-of)" in report["notes"]
    monkeypatch.setenv("POOLGATE_AS_OF", "soon")
    assert poolgate("check", SEED) == 2
    assert "POOLGATE_AS_OF is 'soon'" in capsys.readouterr().err


def test_report_of_lint(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: [src]\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  a: 1\n  a: 2\n")
    code, report = _report(capsys, "lint", tmp_path)
    assert code == 1
    found = {(finding["rule"], finding["location"]["line"]): finding for finding in report["findings"]}
    assert set(found) == {("project-schema", 3), ("yaml-syntax", 3)}
    assert found["project-schema", 3]["path"] == "main"
    assert "found a list" in found["project-schema", 3]["message"]
    assert found["yaml-syntax", 3]["outcome"] == "unreadable"
    assert {finding["introduced_by"] for finding in report["findings"]} == {"config"}


def test_exit_zero() -> None:
    assert poolgate("check", SEED, "--exit-zero") == 0


@pytest.mark.parametrize(("severity", "code"), [("critical", 0), ("medium", 1)])
def test_fail_on(severity: str, code: int) -> None:
    arguments = ("check", SEED, "--select", "tags-required", "--fail-on", severity)
    assert poolgate(*arguments) == code


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--profile", "lax"), "profile: 'lax' is none of baseline, strict"),
        (("--rule-set", "latest"), "rule set: 'latest' is no version such as 2026.12"),
    ],
)
def test_a_policy_config_is_not_blamed_for_what_the_command_line_says(
    options: tuple[str, str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "levels.json"
    config.write_text("{}")
    assert poolgate("rules", "--policy-config", config, *options) == 2
    assert capsys.readouterr().err == f"poolgate: error: {message}\n"


def test_select_and_ignore(capsys: pytest.CaptureFixture[str]) -> None:
    _, report = _report(capsys, "check", SEED, "--select", "tags", "--select", "placeholder")
    assert set(report["summary"]["rules"]) == {"tags-required", "placeholder-replaced"}
    _, report = _report(capsys, "check", SEED, "--ignore", "placeholder-replaced")
    assert set(report["summary"]["rules"]) == {"tags-required", "name-wellformed"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "no-such-folder"), "no-such-folder: no such file or folder"),
        (("audit", "no-such-file"), "no-such-file"),
        (("check", SEED, "--select", "tags-requird"), "no rule is called 'tags-requird'; did you mean tags-required?"),
        (("explain", "capacity"), "no rule is called 'capacity'"),
        (("rules", "--platform", "sagmaker"), "no platform is called 'sagmaker'; did you mean sagemaker?"),
        (("rules", "--platform", "bedrock"), "no platform is called 'bedrock'; there are azure-pools, azure-online, "),
        (("schema", "pools"), "no schema is called 'pools'; did you mean 'pool'?; there are"),
        (("check", SEED, "--format", "json", "--format", "text"), "several --format need an --output each"),
        (("check", SEED, "--output", "a", "--output", "b"), "give each format its file"),
        (("check", SEED, "--policy-config", "no-such.json"), "no-such.json: cannot be read"),
        (("check", SEED, "--profile", "lax"), "'lax' is none of baseline, strict"),
        (("check", SEED, "--rule-set", "latest"), "'latest' is no version such as 2026.12"),
    ],
)
def test_usage_errors_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str | Path, ...], message: str
) -> None:
    assert poolgate(*arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n  "capacity-bounds": "advisory"\n}', ":2: capacity-bounds: no such rule; did you mean capacity-bounded?"),
        (
            '{\n  "capacity-bounded": {\n    "minimum": 1,\n    "maximun": 9\n  }\n}',
            ":4: capacity-bounded.maximun: no such option; did you mean maximum?",
        ),
        ('{"capacity-bounded": {"maximum": 2.5}}', ":1: capacity-bounded.maximum: is 2.5, expected a whole number"),
        ('{"request-timeout-bounded": {"maximum": "5m"}}', "PT5M was probably meant"),
        ('{"capacity-bounded": "advisry"}', "'advisry' is no level"),
        ('{"all": "disabled"}', "every rule is disabled"),
        ('{\n  "all": "advisory",\n}', ":3: is no JSON"),
        ('{"all": "advisory", "all": "mandatory"}', ":1: is no JSON: key 'all' is already there, in line 1"),
        ("[]", "the policy config is no JSON object"),
    ],
)
def test_wrong_policy_config(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    assert poolgate("check", SEED, "--policy-config", file) == 2
    error = capsys.readouterr().err
    assert "config.json" in error
    assert message in error


def test_policy_config_is_used(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"all": "disabled", "tags-required": {"enforcementLevel": "advisory", "required": ["team"]}}')
    code, report = _report(capsys, "check", SEED, "--policy-config", file)
    assert code == 0
    assert [finding["message"] for finding in report["findings"]] == ["lacks team"]
    assert len(report["run"]["policy_config_sha256"]) == 64


def test_printed_policy_config_is_the_default(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert poolgate("policy-config") == 0
    file = tmp_path / "config.json"
    file.write_text(capsys.readouterr().out)
    schema = json.loads((ROOT / "schemas" / "policy-config.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(file.read_text()), schema)
    plain = _report(capsys, "check", SEED)[1]["findings"]
    assert _report(capsys, "check", SEED, "--policy-config", file)[1]["findings"] == plain


def test_nothing_to_look_at_exits_4(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert poolgate("check", tmp_path) == 4
    assert poolgate("lint", tmp_path) == 4
    assert poolgate("audit", tmp_path) == 4
    assert "no Pulumi.yaml under" in capsys.readouterr().err


def test_stack_without_a_pool_exits_4(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    virtualenv = ROOT / ".venv"
    (tmp_path / "Pulumi.yaml").write_text(
        f"name: empty\nruntime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("import pulumi\n\npulumi.export('x', 1)\n")
    assert poolgate("check", tmp_path) == 4
    assert "nothing that rules judge among the resources of one stack" in capsys.readouterr().err


def test_program_that_fails_is_a_finding_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "Pulumi.yaml").write_text(
        f"name: broken\nruntime:\n  name: python\n  options:\n    virtualenv: {ROOT / '.venv'}\n"
    )
    (broken / "Pulumi.dev.yaml").write_text("config: {}\n")
    (broken / "__main__.py").write_text("raise ValueError('out of pools')\n")
    code, report = _report(capsys, "check", tmp_path, SEED)
    assert code == 1
    failed = next(finding for finding in report["findings"] if finding["rule"] == "program-runs")
    assert "out of pools" in failed["message"]
    assert failed["resource"]["project"] == "broken"
    assert report["summary"]["rules"]["tags-required"] == 1


def test_missing_environment_says_how_to_make_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime:\n  name: python\n  options:\n    virtualenv: venv\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("")
    (tmp_path / "requirements.txt").write_text("pulumi\n")
    assert poolgate("check", tmp_path) == 2
    assert "&& pulumi install), or: poolgate check --install" in capsys.readouterr().out


def test_internal_error_exits_3(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("poolgate.lint.run.lint", fail)
    assert poolgate("lint", SEED) == 3
    error = capsys.readouterr().err
    assert "RuntimeError\n" in error
    assert "RuntimeError: boom" not in error  # a message may hold a value
    assert "this is a bug in poolgate" in error


def test_reports_go_to_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text, machine = tmp_path / "new" / "report.txt", tmp_path / "report.json"
    code = poolgate("check", SEED, "--format", "text", "--output", text, "--format", "json", "--output", machine)
    assert code == 1
    assert capsys.readouterr().out == ""
    assert "tags-required" in text.read_text()
    assert json.loads(machine.read_text())["summary"]["rules"]["tags-required"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "report.json"]


def test_output_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    assert poolgate("check", SEED, "--output", tmp_path / "file" / "report") == 2
    assert "cannot be written" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "kept"


def test_rules_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert poolgate("rules") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["rule", *(rule.id for rule in ALL)]
    assert poolgate("rules", "--format", "json") == 0
    assert [entry["id"] for entry in json.loads(capsys.readouterr().out)] == [rule.id for rule in ALL]


def test_rules_lists_those_of_a_platform(capsys: pytest.CaptureFixture[str]) -> None:
    def listed(*names: str) -> set[str]:
        assert poolgate("rules", *(f"--platform={name}" for name in names), "--format=json") == 0
        return {entry["id"] for entry in json.loads(capsys.readouterr().out)}

    sagemaker, models, pools = listed("sagemaker"), listed("azure-models"), listed("azure-pools")
    assert "kms-key-valid" in sagemaker - models - pools
    assert "model-upgrade-chosen" in models - sagemaker - pools
    assert {"capacity-bounded", "names-unique", "production-capacity-leads", "waivers-valid"} <= sagemaker & pools
    # No deployment of a model has a probe, whoever the rule about probes is for.
    assert "probe-settings-sane" in pools - models
    assert listed("azure-models", "azure-pools") == models | pools
    assert listed("azure") == models | pools | listed("azure-online")


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_explain(capsys: pytest.CaptureFixture[str], rule: Any) -> None:
    assert poolgate("explain", rule.id) == 0
    out = capsys.readouterr().out
    assert rule.title in out
    assert rule.source in out
    assert all(f"{name} (default" in out for name in rule.options)


def test_explain_says_whose_page_a_rule_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    poolgate("explain", "capacity-bounded")
    assert "\nSource for azure-pools: https://learn.microsoft.com/" in capsys.readouterr().out
    poolgate("explain", "protected-in-production")
    assert "\nSource: https://www.pulumi.com/" in capsys.readouterr().out


def test_explain_says_what_a_rule_judges(capsys: pytest.CaptureFixture[str]) -> None:
    def judged(rule: str) -> str:
        assert poolgate("explain", rule) == 0
        return next((one for one in capsys.readouterr().out.splitlines() if one.startswith("judges ")), "")

    assert judged("model-upgrade-chosen") == "judges azure-models (Deployment)"
    assert judged("deployments-ordered") == "judges azure-models"  # a stack as a whole
    assert "azure-online, azure-models" in judged("names-unique")
    assert "azure-online, azure-models" in judged("placeholder-replaced")  # every kind of both
    assert judged("waivers-valid") == ""


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert poolgate("schema", "report") == 0
    assert json.loads(capsys.readouterr().out) == REPORT_SCHEMA


def test_checking_leaves_the_project_as_it_was(tmp_path: Path) -> None:
    forget()
    before = {path: path.read_bytes() for path in _files(SEED)}
    poolgate("check", SEED)
    assert {path: path.read_bytes() for path in _files(SEED)} == before


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and "venv" not in path.parts]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["chek", "stacks"], "check"),
        (["audit", "--slect=x", "states"], "--select"),
        (["check", "--format", "jsn"], "json"),
        (["waivers", "lst"], "list"),
        (["check", "stacks", "--stak=dev"], "--stack"),
        (["check", "--polcy-config", "file.json"], "--policy-config"),
        (["waivers", "add", "--rule", "x", "--resaon", "y"], "--reason instead of --resaon"),
    ],
)
def test_what_is_mistyped_is_told_what_was_meant(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        poolgate(*arguments)
    assert ended.value.code == 2
    told, where = capsys.readouterr().err.splitlines()
    assert told.endswith(f"did you mean {meant}?")
    assert where == f"help: {told.partition(':')[0]} --help"


def test_what_is_like_nothing_gets_no_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        poolgate("check", "--zzzz")
    assert "did you mean" not in capsys.readouterr().err


def test_digests_of_linted_files_are_in_reports_that_name_them(capsys: pytest.CaptureFixture[str]) -> None:
    digest = hashlib.sha256((SEED / "Pulumi.yaml").read_bytes()).hexdigest()
    _, report = _report(capsys, "lint", SEED, "--no-cache")
    assert digest in {entry["sha256"] for entry in report["run"]["inputs"]}
    poolgate("lint", SEED, "--no-cache", "--verbose")
    assert f"  {digest[:12]}  " in capsys.readouterr().out


def test_the_sandbox_takes_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert poolgate("sandbox", "--timeout", "0", "--", "true") == 2
    assert "--timeout must be more than 0 seconds" in capsys.readouterr().err
