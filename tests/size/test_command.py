"""`poolgate size` of numbers and of loads in a file."""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path

import pytest

from poolgate import cli
from poolgate.cli import run
from poolgate.size.options import USED_BY

NUMBERS = "size --rate 50 --service-time PT0.22S --at-once 4 --wait PT0.5S --percentile 95".split()


def size(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run([*NUMBERS, *arguments]) == code
    return capsys.readouterr().out


def test_what_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    out = size(capsys, "--instances", "3")

    assert "4 instances are enough, with 4 requests at once each; 5 where one may be lost; 3 configured" in out
    assert "3          91.7 %  69.4 %  153 ms    72.1 ms  579 ms   933 ms    7.15 %" in out
    assert "too few, what is left of 4 after the loss of one, configured" in out
    assert out.endswith("1 pool sized, 1 of 1 with too little configured\n")
    assert "not known to hold" not in out


@pytest.mark.parametrize(("instances", "code"), [("3", 1), ("4", 0)])
def test_a_check_fails_for_too_few(instances: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    size(capsys, "--check", "--instances", instances, code=code)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(size(capsys, "--format", "json", "--instances", "2"))

    (only,) = told["sizes"]
    assert told["fails"] is True
    assert (only["enough"], only["enough_after_a_loss"], only["serves"], only["formula_held"]) == (4, 5, False, True)
    assert only["configured"] == {"least": 2, "most": 2}
    rows = {row["instances"]: row for row in only["instances"]}
    assert list(rows) == [2, 3, 4, 5]
    assert rows[2]["mean_wait"] is None
    assert rows[2]["utilisation"] == pytest.approx(1.375)
    assert rows[4]["wait_p95"] == pytest.approx(0.0365, rel=0.01)


def test_csv(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(size(capsys, "--format", "csv"))))

    assert [(row["instances"], row["standing"]) for row in rows] == [
        ("3", "too few, what is left of 4 after the loss of one"),
        ("4", "enough"),
        ("5", "enough after the loss of one"),
    ]
    assert float(rows[0]["waiting"]) == pytest.approx(0.694, abs=0.001)


def test_variability_patience_and_slowing_down(capsys: pytest.CaptureFixture[str]) -> None:
    out = size(capsys, "--service-scv", "0.3", "--patience", "PT1S")
    assert "variability (squared coefficient of variation): 1 of arrivals, 0.3 of service times" in out
    assert "requests give up after 1 s" in out
    assert "give up" in out.splitlines()[5]

    out = size(capsys, "--service-time-alone", "PT0.1S")
    assert "a request that has an instance for itself takes 100 ms" in out

    out = size(capsys, "--arrivals-scv", "3")
    assert "not known to hold here: of requests that do not come at random" in out
    assert "1 by a formula that is not known to hold there" in out


LOADS = {
    "chat": {"peak-rps": 20, "service-time": "PT0.2S", "wait-target": "PT0.2S", "wait-percentile": 95},
    "search": {"peak-rps": 35, "service-time": "PT0.2S"},
}


def test_loads_of_a_file_apart_and_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "loads.json"
    file.write_text(json.dumps(LOADS), "utf-8")

    assert run(["size", "--load", str(file), "--wait", "PT0.05S", "--format", "json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert [(size["name"], size["enough"]) for size in told["sizes"]] == [("chat", 6), ("search", 13)]
    (pooling,) = told["pooling"]
    assert pooling["apart"] == {"services": ["chat", "search"], "enough": 19}
    assert pooling["together"]["enough"] == 18
    assert pooling["instances_saved"] == 1
    assert [burst["service"] for burst in pooling["bursts"]] == ["chat", "search"]

    assert run(["size", "--load", str(file), "--wait", "PT0.05S", "--burst", "3"]) == 0
    out = capsys.readouterr().out
    assert "one pool for chat and search: 18 instances instead of 19 in a pool each, 1 fewer" in out
    assert "3 times as many of chat: all in one pool" in out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "holds no loads by name"),
        ('{\n"chat": {"peak-rps": 20}}', ":2: chat: lacks a peak-rps or a service-time"),
        ('{\n"chat": {"peak-rps": "many", "service-time": "PT1S"}}', ":2: chat: "),
        ('{\n"chat": {"rps": 20}}', ":2: chat: has 'rps', expected peak-rps"),
        ('{"chat": 1,}', "1:12"),
    ],
)
def test_loads_that_are_none(content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "loads.json"
    file.write_text(content, "utf-8")

    assert run(["size", "--load", str(file), "--wait", "PT1S"]) == 2
    captured = capsys.readouterr()
    assert (said in captured.err, captured.out) == (True, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--rate 5 --wait PT1S", "--rate needs a --service-time"),
        ("--rate 5 --service-time PT1S", "--rate needs a --wait, or a --utilisation"),
        ("--rate 5 --service-time PT1S --wait 3", "has no unit; PT3S was probably meant"),
        ("--rate 0 --service-time PT1S", "is '0', expected a number above 0"),
        ("--rate nan --service-time PT1S", "is 'nan', expected a number above 0"),
        ("--rate 5 --service-time PT1S --utilisation 1.2", "is '1.2', expected a number above 0, 1 at most"),
        ("--rate 5 --service-time PT1S --wait PT1S --at-once 0", "is '0', expected a whole number, 1 or more"),
        ("--rate 5 --service-time PT1S --wait PT1S --percentile 100", "the percentile is 100"),
        ("--rate 1e9 --service-time PT1S --wait PT1S", "the limit is 1,000,000"),
        (
            "--rate 5 --service-time PT1S --wait PT1S --at-once 2 --service-time-alone PT2S",
            "the service time alone is 2 seconds",
        ),
        ("--rate 5 --service-time PT1S --wait PT1S --load x.json", "the load is named twice, by --rate and by --load"),
    ],
)
def test_a_command_line_that_cannot_be_answered(arguments: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = run(["size", *arguments.split()])
    except SystemExit as left:
        code = left.code
    captured = capsys.readouterr()

    assert (code, captured.out) == (2, "")
    assert said in captured.err


NOT_OF_A_LOAD = {
    "help",
    "paths",
    "rate",
    "load",
    "record",
    "check",
    "format",
    "pictures",
    "quiet",
    "config",
    "no_config",
}
"""Options that name the load, or say what becomes of the report, whatever the load is."""
VALUES = {
    **dict.fromkeys(("service_time", "wait", "service_time_alone", "patience", "bucket", "scale_out"), "PT1S"),
    **dict.fromkeys(("percentile", "peak"), "50"),
    **dict.fromkeys(("at_once", "instances", "burst", "timeout"), "3"),
    **dict.fromkeys(("arrivals_scv", "service_scv", "utilisation"), "0.5"),
    **dict.fromkeys(("time_unit", "service_unit"), "ms"),
    "as_of": "2026-11-30",
}


def options_of_size() -> set[str]:
    parser = argparse.ArgumentParser()
    cli._size_options(parser)
    return {action.dest for action in parser._actions}


def test_of_every_option_it_is_known_where_it_is_used() -> None:
    assert options_of_size() == USED_BY.keys() | NOT_OF_A_LOAD


@pytest.mark.parametrize(
    ("by", "arguments"),
    [
        ("--rate", "--rate 5 --service-time PT1S --wait PT1S"),
        ("--load", "--load loads.json"),
        ("--record", "--record day.csv --wait PT1S"),
        ("a project", "."),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    by: str, arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, users in USED_BY.items():
        if by in users:
            continue
        option = "--stack" if name == "stacks" else f"--{name.replace('_', '-')}"
        assert run(["size", *arguments.split(), option, VALUES.get(name, "x")]) == 2
        said = capsys.readouterr().err
        assert (
            f"{option} does nothing with {by}: it is for " in said or f"{option} is what a project says itself" in said
        )


def test_what_poolgate_yaml_says_of_rules_is_no_option_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("poolgate.yaml").write_text("profile: strict\n")
    monkeypatch.setenv("POOLGATE_RULE_SET", "2026.12")
    size(capsys)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--rate 5 --service-time PT1S --wait PT1S --check", "--check compares with what is configured"),
        (
            "--rate 5 --service-time PT1S --utilisation 0.5 --percentile 90",
            "--percentile does nothing without a --wait",
        ),
        ("--rate 5 --service-time PT1S --wait PT1S --service-time-alone PT0.5S", "--service-time-alone does nothing"),
        ("--load loads.json --wait PT1S", "loads.json: --wait does nothing: each load says its own wait-target"),
        ("--load loads.json --percentile 90", "--percentile does nothing: each load says its own wait-percentile"),
        ("--load loads.json --check", "which --load does not say: give --instances N"),
    ],
)
def test_an_option_without_what_it_is_about_is_refused(
    arguments: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    load = {"peak-rps": 4, "service-time": "PT1S", "wait-target": "PT0.5S", "wait-percentile": 99}
    Path("loads.json").write_text(json.dumps({"chat": load}))
    assert run(["size", *arguments.split()]) == 2
    assert said in capsys.readouterr().err
    assert run(["size", "--load", "loads.json", "--burst", "3"]) == 0
    note = "note: --burst does nothing here: there are no several services that one pool could serve\n"
    assert note in capsys.readouterr().out


def test_a_pool_that_is_to_be_kept_busy_to_a_share_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("size --rate 50 --service-time PT0.2S --utilisation 0.5 --format json".split()) == 0

    assert json.loads(capsys.readouterr().out)["sizes"][0]["enough"] == 20

    assert run("size --rate 50 --service-time PT0.2S --utilisation 0.5".split()) == 0
    assert "  wanted: no instance busier than 50 %\n" in capsys.readouterr().out
