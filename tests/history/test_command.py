"""`audit --history` and `history`, from states on disk to what is told."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audit.state_builder import checkpoint, ciphertext, pool, pool_inputs, slow_pool_inputs, stack_root, text
from history.fleet import fleet
from history.records import found, record
from poolgate import cli
from poolgate.history.changes import DIMENSIONS
from poolgate.history.store import append, read
from poolgate.owner import Whose
from poolgate.report.by import DIMENSIONS as OF_REPORTS

RULE = "request-timeout-bounded"
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "history.schema.json").read_text("utf-8"))


class Estate:
    """A backend with three stacks, and its history."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.stacks = folder / "backend/.pulumi/stacks/ranking"
        self.stacks.mkdir(parents=True)
        (self.stacks.parents[1] / "meta.yaml").write_text("version: 1\n")
        self.history = folder / "history"
        self._capsys = capsys
        for stack in ("dev", "test", "prod"):
            self.write(stack, "PT2H")

    def write(self, stack: str, timeout: str) -> None:
        inputs = slow_pool_inputs(timeout) | {"tags": {**pool_inputs()["tags"], "team": "search"}}
        document = checkpoint(stack_root(stack=stack), pool(stack=stack, inputs=inputs), stack=stack)
        (self.stacks / f"{stack}.json").write_bytes(text(document))

    def audit(self, *options: str) -> int:
        source = str(self.stacks.parents[2])
        return self.run("audit", source, "--history", str(self.history), "--select", RULE, *options)[0]

    def told(self, *options: str) -> tuple[int, str]:
        return self.run("history", str(self.history), *options)

    def run(self, command: str, *options: str) -> tuple[int, str]:
        code = cli.run([command, *options, "--no-config"])
        return code, self._capsys.readouterr().out

    def json(self) -> Any:
        return json.loads(self.told("--format", "json")[1])


@pytest.fixture
def estate(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Estate:
    monkeypatch.chdir(tmp_path)
    return Estate(tmp_path, capsys)


def test_ten_audits_with_a_stack_that_vanished_one_unreadable_one_mended_and_one_returned(estate: Estate) -> None:
    """As an estate has it: each night something else."""
    estate.write("night", "PT2H")
    whole = (estate.stacks / "test.json").read_bytes()

    def torn() -> None:
        (estate.stacks / "test.json").write_bytes(whole[:500])

    def vanished() -> None:
        (estate.stacks / "dev.json").unlink()

    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: estate.write("prod", "PT30S"),
        torn,
        vanished,
        lambda: None,
        lambda: estate.write("prod", "PT3H"),
        lambda: estate.write("test", "PT1H"),
        lambda: estate.write("test", "PT30S"),
        lambda: None,
        lambda: estate.write("night", "PT30S"),
    ]
    seen = []
    for step in steps:
        step()
        estate.audit()
        value = estate.json()
        kinds = {kind: number for kind, number in value["summary"]["changes"].items() if number}
        seen.append((kinds, value["summary"]["open"], value["summary"]["unknown"]))
    assert seen == [
        ({"new": 4}, 4, 0),
        ({"mended": 1}, 3, 0),
        ({}, 3, 1),  # the stack `test` cannot be read
        ({}, 3, 2),  # the stack `dev` has vanished
        ({}, 3, 2),
        ({"returned": 1}, 4, 2),
        ({}, 4, 1),  # `test` can be read again, and still has it
        ({"mended": 1}, 3, 1),
        ({}, 3, 1),
        ({"mended": 1}, 2, 1),
    ]
    code, out = estate.told("--since", "2000-01-01")
    assert code == 1
    assert "vanished: ranking/dev since " in out
    assert "1 finding may be there or not: its stack is vanished" in out
    assert "10 audits, 4 stacks: 3 read, 1 vanished" in out


def test_what_is_waived_by_whom_why_and_since_when(estate: Estate, tmp_path: Path) -> None:
    waivers, config = tmp_path / "waivers.yaml", tmp_path / "config.json"
    urn = pool(stack="test")["urn"]
    match = [{"policies": [RULE], "targets": [urn]}]
    exceptions = {"EXC-1": {"reason": "The gateway\nsigns for it", "match": match}}
    config.write_text(json.dumps({"version": 2, "policies": {}, "exceptions": exceptions}))
    day = ("--as-of", "2026-12-01")
    estate.audit(*day)
    terms = "owner: ml, ticket: OPS-7, created: 2026-01-01, expires: 2026-12-31, approved-by: chief"
    waivers.write_text(
        f"waivers:\n  - {{rule: {RULE}, target: {{stack: ranking/prod}}, reason: Until the move, {terms}}}\n"
    )
    estate.audit(*day, "--waivers", str(waivers), "--policy-config", str(config))
    second = estate.json()["audits"][1]["started"]
    first_told = estate.told()[1]
    assert "waived           advisory   ranking/prod ranker: request-timeout-bounded: " in first_told
    assert ", waived until 2026-12-31 by ml (OPS-7): Until the move)" in first_told
    assert ", exception EXC-1: The gateway signs for it)" in first_told
    estate.audit(*day, "--waivers", str(waivers), "--policy-config", str(config))
    value = estate.json()
    jsonschema.validate(value, SCHEMA)
    by_stack = {one["stack"]: one for one in value["findings"]}
    told = ("waived_since", "waiver_reason", "waiver_created", "waiver_approved_by", "exception", "exception_reason")
    assert {stack: [one[part] for part in told] for stack, one in by_stack.items()} == {
        "dev": [None, "", "", "", "", ""],
        "prod": [second, "Until the move", "2026-01-01", "chief", "", ""],
        "test": [second, "", "", "", "EXC-1", "The gateway signs for it"],
    }
    text_told = estate.told()[1]
    when = second.replace("T", " ")[:16]
    of_one = f"(1 finding in 1 stack of ml-platform, since {when})\n"
    assert re.search(
        rf"^waived until 2026-12-31 \(30 days left\) by ml \(OPS-7\): Until the move {re.escape(of_one)}",
        text_told,
        re.M,
    )
    assert f"waived by exception EXC-1, no last day: The gateway signs for it {of_one}" in text_told
    (row,) = [row for row in csv.DictReader(io.StringIO(estate.told("--format", "csv")[1])) if row["stack"] == "test"]
    assert (row["waived_since"], row["exception_reason"]) == (second, "The gateway signs for it")
    markdown = estate.told("--format", "markdown")[1].replace("\\", "")
    assert "2 waivers and exceptions" in markdown
    assert "by exception EXC-1, no last day: The gateway signs for it" in markdown


def test_many_waivers_are_told_by_those_that_end_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    until = [found(name=f"{day}", outcome="waived", waiver_expires=f"2026-12-{day:02}") for day in range(1, 14)]
    append(tmp_path, record(0, *until))
    cli.run(["history", str(tmp_path), "--no-config"])
    waived = [line for line in capsys.readouterr().out.splitlines() if line.startswith("waived until")]
    assert [line[:23] for line in waived] == [f"waived until 2026-12-{day:02}" for day in range(1, 11)]
    cli.run(["history", str(tmp_path), "--no-config"])
    assert "waived: 3 more waivers and exceptions, which end later; JSON has them\n" in capsys.readouterr().out


def test_stacks_without_findings_are_counted_with_whoever_they_are_of(estate: Estate) -> None:
    estate.write("prod", "PT30S")
    document = checkpoint(stack_root(stack="empty"), stack="empty")
    (estate.stacks / "empty.json").write_bytes(text(document))
    estate.audit()
    rows = {
        row["owner"]: row for row in csv.DictReader(io.StringIO(estate.told("--by", "owner", "--format", "csv")[1]))
    }
    assert {name: (row["stacks"], row["clean"]) for name, row in rows.items()} == {"ml-platform": ("3", "1")}
    by = estate.json()["by"]
    assert {row["name"]: (row["stacks"], row["clean"]) for row in by["stack"]} == {
        "ranking/dev": (1, 0),
        "ranking/test": (1, 0),
        "ranking/prod": (1, 1),
    }
    assert [row["clean"] for row in by["rule"]] == [None]
    (estate.stacks / "prod.json").unlink()
    estate.audit()
    assert {row["name"]: (row["stacks"], row["clean"]) for row in estate.json()["by"]["owner"]} == {
        "ml-platform": (3, 0)  # It has vanished: nobody knows.
    }


def test_nothing_new_exits_0_and_news_exits_1(estate: Estate) -> None:
    estate.audit()
    estate.audit()
    code, out = estate.told()
    assert (code, "0 new, 0 returned, 0 mended; now 3 open, 3 of them to mend, 0 waived" in out) == (0, True)
    estate.write("prod", "PT30S")
    estate.audit()
    assert estate.told()[0] == 0
    estate.write("prod", "PT4H")
    estate.audit()
    code, out = estate.told()
    assert code == 1
    assert out.startswith("returned         mandatory  ranking/prod ranker: request-timeout-bounded: ")
    assert "(owner ml-platform, first seen " in out
    assert estate.told("--exit-zero")[0] == 0


def test_a_baseline_leaves_out_nothing_of_a_history(estate: Estate, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    estate.audit("--format", "json", "--output", str(report))
    assert estate.audit("--baseline", str(report)) == 0
    assert [len(one.findings) for one in read(estate.history)] == [3, 3]


def test_another_rule_set_mends_nothing(estate: Estate) -> None:
    estate.audit()
    estate.run("audit", "backend", "--history", str(estate.history), "--select", "tags-required")
    value = estate.json()
    assert (value["summary"]["open"], value["summary"]["unknown"], value["summary"]["changes"]["mended"]) == (3, 3, 0)
    assert value["audits"][1]["differs"]["rules_removed"] == [RULE]
    assert any("judged by other rules than the one before" in note for note in value["notes"])


def test_milder_options_mend_nothing(estate: Estate, tmp_path: Path) -> None:
    estate.audit()
    config = tmp_path / "levels.json"
    config.write_text(json.dumps({RULE: {"maximum": "PT5H"}}))
    estate.audit("--policy-config", str(config))
    value = estate.json()
    assert (value["summary"]["changes"]["no longer asked"], value["summary"]["changes"]["mended"]) == (3, 0)
    assert value["audits"][1]["differs"]["options_changed"] == [RULE]
    assert value["audits"][1]["policy_config_sha256"]
    # The level of a rule finds nothing else.
    config.write_text(json.dumps({RULE: {"maximum": "PT5H", "enforcementLevel": "advisory"}}))
    estate.audit("--policy-config", str(config))
    assert estate.json()["audits"][2]["differs"] is None


def test_a_run_that_comes_to_no_verdict_leaves_nothing(estate: Estate) -> None:
    estate.audit()
    assert estate.audit("--expect", "nothing.txt") == 2
    assert len(list(read(estate.history))) == 1


def test_a_history_that_cannot_be_is_said_before_the_audit(estate: Estate) -> None:
    assert estate.run("audit", "gone", "--history", "s3://bucket/history")[0] == 2
    assert estate.run("history", "gone")[0] == 2
    estate.history.mkdir()
    assert estate.told()[0] == 4


def test_a_summary_by_each_dimension_in_each_format(estate: Estate) -> None:
    estate.audit()
    estate.write("prod", "PT30S")
    estate.audit()
    value = estate.json()
    by_each = {
        "rule": {RULE: "2"},
        "owner": {"ml-platform": "2"},
        "team": {"search": "2"},
        "cost-center": {"4711": "2"},
        "environment": {"prod": "2"},
        "platform": {"azure-pools": "2"},
        "stack": {"ranking/dev": "1", "ranking/prod": "0", "ranking/test": "1"},
    }
    assert tuple(by_each) == cli.DIMENSIONS == tuple(DIMENSIONS) == tuple(OF_REPORTS)
    for by, expected in by_each.items():
        code, out = estate.told("--by", by, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        assert ({row[by]: row["open"] for row in rows}, code) == (expected, 0)
        assert sum(int(row["mended"]) for row in rows) == 1
        assert {row["name"]: str(row["open"]) for row in value["by"][by]} == expected
        markdown = estate.told("--by", by, "--format", "markdown")[1].replace("\\", "")
        plain = estate.told("--by", by)[1]
        for name, number in expected.items():
            assert f"| {name} | {number} |" in markdown
            assert any(line.split()[:2] == [name, number] for line in plain.splitlines())


def test_the_json_has_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for one in fleet():
        append(tmp_path, one)
    cli.run(["history", str(tmp_path), "--format", "json", "--no-config"])
    value = json.loads(capsys.readouterr().out)
    jsonschema.validate(value, SCHEMA)
    ended = {f"{one['name']}: {one['rule']}": (one["state"], one["mended"] is None) for one in value["ended"]}
    assert ended["ranker-canary: request-timeout-bounded"] == ("mended", False)
    assert ended["basket-lab: location-allowed"] == ("no longer asked", True)
    assert [one["days_left"] for one in value["waivers"]] == [9, 61, None]
    assert {key: value["waivers"][0][key] for key in ("reason", "since", "owners", "exception")} == {
        "reason": "The lab moves to the shared pool in January; until then it stays as large as it is.",
        "since": value["audits"][0]["started"],
        "owners": ["ranking-serving@contoso.com"],
        "exception": "",
    }
    assert value["waivers"][2] == {
        **{"owner": "", "ticket": "", "expires": None, "days_left": None, "exception": "legacy-scorer"},
        **{"reason": "Switched off in March, and nobody deploys it any more.", "since": value["audits"][3]["started"]},
        **{"owners": ["risk-models@contoso.com"], "findings": 1, "stacks": 1},
    }
    platform = value["by"]["platform"][0]
    assert platform["name"] == "azure-pools"
    assert [platform[name] for name in ("trend", "trend_mandatory", "trend_waived", "trend_unknown")] == [
        [12, 12, 12, 12, 11, 11, 10, 9, 9, 8],
        [9, 9, 9, 9, 8, 8, 8, 7, 7, 6],
        [2] * 9 + [3],
        [0] * 4 + [2] * 2 + [3] * 4,
    ]
    # Who has mended all is told, too.
    (mended,) = [row for row in value["by"]["stack"] if row["name"] == "ranking/test"]
    assert (mended["open"], mended["trend"]) == (0, [2, 2, 2, 2, 2, 2, 1, 1, 1, 0])
    assert [audit["stacks"]["read"] for audit in value["audits"]] == [12, 12, 11, 11, 11, 11, 10, 10, 10, 10]
    assert [time["until"] is None for stack in value["stacks"] for time in stack["unread"]] == [True, False, True]


def test_several_formats_in_one_run_each_in_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = tmp_path / "nights"
    for one in fleet():
        append(history, one)
    page, comment = tmp_path / "fleet.html", tmp_path / "comment.md"
    options = ["--by", "team", "--also", f"html={page}", "--also", f"markdown={comment}", "--exit-zero", "--no-config"]
    assert cli.run(["history", str(history), *options]) == 0
    assert "open findings by team" in capsys.readouterr().out
    assert "| search |" in comment.read_text("utf-8")
    assert '"first_by":"team"' in page.read_text("utf-8")
    written = page.read_bytes()
    assert (
        cli.run(["history", str(history), "--by", "team", "--format", "html", "--output", str(page), *options[-2:]])
        == 0
    )
    assert (page.read_bytes(), capsys.readouterr().out) == (written, "")
    assert cli.run(["history", str(tmp_path / "gone"), "--also", f"html={page}", "--no-config"]) == 2
    assert page.read_bytes() == written


def test_a_trend_has_a_line_for_each_audit_and_group(estate: Estate) -> None:
    estate.audit()
    estate.write("prod", "PT30S")
    estate.audit()
    trend = list(csv.DictReader(io.StringIO(estate.told("--by", "stack", "--format", "csv", "--trend")[1])))
    first, second = sorted({row["audit"] for row in trend})
    assert [(row["audit"], row["stack"], row["open"]) for row in trend] == [
        (first, "ranking/dev", "1"),
        (first, "ranking/prod", "1"),
        (first, "ranking/test", "1"),
        (second, "ranking/dev", "1"),
        (second, "ranking/test", "1"),
    ]


def test_owners_yaml_says_whom_a_tag_means(estate: Estate, tmp_path: Path) -> None:
    estate.audit()
    owners = tmp_path / "owners.yaml"
    owners.write_text("owners:\n  ML-Platform: machine-learning@contoso.com\n")
    assert "machine-learning@contoso.com" in estate.told("--by", "owner", "--owners", str(owners))[1]
    owners.write_text("owners:\n  a:\n")
    assert estate.told("--by", "owner", "--owners", str(owners))[0] == 2


def test_owners_yaml_says_whose_stacks_are_that_were_found_before(estate: Estate, tmp_path: Path) -> None:
    untagged = checkpoint(
        stack_root(stack="dev"), pool(stack="dev", inputs=slow_pool_inputs() | {"tags": {}}), stack="dev"
    )
    (estate.stacks / "dev.json").write_bytes(text(untagged))
    estate.audit()
    owners = tmp_path / "owners.yaml"
    owners.write_text(
        "owners: {search: search@contoso.com}\n"
        "stacks:\n"
        "  - {stack: ranking/dev, owner: search, environment: development}\n"
        "  - {stack: 'ranking/*', owner: nobody, team: ranking}\n"
        "  - {stack: 'rankin/*', team: nobody}\n"
    )
    value = json.loads(estate.told("--format", "json", "--owners", str(owners))[1])
    whose = {one["stack"]: [one[part] for part in Whose._fields] for one in value["findings"]}
    assert whose == {
        "dev": ["search@contoso.com", "ranking", "", "development"],
        "prod": ["ml-platform", "search", "4711", "prod"],
        "test": ["ml-platform", "search", "4711", "prod"],
    }
    assert [one["environment"] for one in value["stacks"]] == ["development", "prod", "prod"]
    assert value["notes"][-1] == "owners.yaml: 1 entry covers no stack that was met: stacks[2] (rankin/*)"


def test_waivers_that_nobody_asks_for_would_have_ended_by_the_history(
    estate: Estate, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["audit", "backend", "--no-config", "--no-waivers", "--history", str(estate.history)]
    assert cli.run(arguments) == 2
    assert "--no-waivers and --history: by that history every waiver would have ended" in capsys.readouterr().err
    assert not estate.history.exists()


def test_a_stacks_own_tags_say_whose_it_is_where_its_resources_do_not(estate: Estate) -> None:
    tags = {"version": 1, "tags": {"Owner": "search-team", "team": "of-the-stack", "costcenter": "99"}}
    (estate.stacks / "dev.pulumi-tags").write_text(json.dumps(tags))
    (estate.stacks / "removed.pulumi-tags").write_text(json.dumps(tags))
    untagged = checkpoint(
        stack_root(stack="dev"), pool(stack="dev", inputs=slow_pool_inputs() | {"tags": {"team": "own"}}), stack="dev"
    )
    (estate.stacks / "dev.json").write_bytes(text(untagged))
    estate.audit()
    value = estate.json()
    dev = next(one for one in value["findings"] if one["stack"] == "dev")
    whose = [dev[name] for name in ("owner", "team", "cost_center", "environment")]
    assert whose == ["search-team", "own", "99", "dev"]
    assert {one["owner"] for one in value["findings"]} == {"search-team", "ml-platform"}
    assert [one["owner"] for one in value["stacks"]] == ["search-team", "ml-platform", "ml-platform"]


@pytest.mark.parametrize(
    ("written", "why"), [("{", "its tags are no JSON"), ('{"tags": {"owner": 1}}', "its tags are no texts by name")]
)
def test_tags_that_cannot_be_read_cost_no_judgement(estate: Estate, written: str, why: str) -> None:
    (estate.stacks / "dev.pulumi-tags").write_text(written)
    source = str(estate.stacks.parents[2])
    code, out = estate.run("audit", source, "--select", RULE)
    assert (code, out.count(RULE)) == (1, 3)
    assert f"note: ranking/dev: {why}; whose it is they do not tell" in out


def test_the_same_history_is_the_same_bytes(estate: Estate) -> None:
    estate.audit()
    for format_ in ("text", "json", "csv", "markdown"):
        assert estate.told("--format", format_) == estate.told("--format", format_)


def test_csv_has_a_line_for_each_finding(estate: Estate) -> None:
    estate.audit()
    estate.write("prod", "PT30S")
    estate.audit()
    rows = list(csv.DictReader(io.StringIO(estate.told("--format", "csv")[1])))
    assert [(row["stack"], row["change"], row["state"], row["owner"]) for row in rows] == [
        ("dev", "", "open", "ml-platform"),
        ("prod", "mended", "mended", "ml-platform"),
        ("test", "", "open", "ml-platform"),
    ]


def test_names_from_states_give_no_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = found(name="a\n##vso[task.complete]<b>=1")._replace(message="=cmd|'/c calc'\n::error::x")
    append(tmp_path, record(0, evil))
    for format_ in ("text", "json", "csv", "markdown"):
        cli.run(["history", str(tmp_path), "--format", format_, "--no-config"])
        out = capsys.readouterr().out
        assert "##vso[" not in out
        assert not any(line.startswith("::") for line in out.splitlines())
        assert format_ != "csv" or "'=cmd" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--since", "yesterday"], "expected a date"),
        (["--by", "colour"], "invalid choice"),
        (["--trend"], "--trend is for --format csv, and needs a --by"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    append(tmp_path, record(0))
    try:
        code = cli.run(["history", str(tmp_path), "--no-config", *options])
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else -1
    assert (code, message in capsys.readouterr().err) == (2, True)


def test_where_the_environment_is_not_known_nothing_is_mended(estate: Estate, tmp_path: Path) -> None:
    config = tmp_path / "levels.json"
    config.write_text(json.dumps({RULE: {"production": {"maximum": "PT1M"}}}))
    estate.audit("--policy-config", str(config))
    inputs = slow_pool_inputs("PT2H") | {"tags": {"environment": ciphertext()}}
    document = checkpoint(stack_root(stack="dev"), pool(stack="dev", inputs=inputs), stack="dev")
    (estate.stacks / "dev.json").write_bytes(text(document))
    estate.audit("--policy-config", str(config))
    summary = estate.json()["summary"]
    assert (summary["changes"]["mended"], summary["open"], summary["unknown"]) == (0, 3, 1)
