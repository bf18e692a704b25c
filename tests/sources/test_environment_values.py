"""What ESC environments supply: said where nobody knows it, taken from a file, and shown by no report."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from inference_pools.levels import Enforcement, Outcome, Severity
from poolgate import cli
from poolgate.errors import UsageError
from poolgate.findings import Finding, Location, Origin, Subject, Tally
from poolgate.lint.project import StackConfig, load_project
from poolgate.sources.environment_values import HIDDEN, EnvironmentValues, merged
from poolgate.sources.program import LogEntry, ProgramRun
from poolgate.sources.stack_program import StackProgram

CANARY = "CANARY-7f3a"
PROJECT = f"""\
name: shop
runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}
config: {{declared: {{default: of-the-project}}}}
"""
STACK = """\
environment: [acme/base, {acme/dev: {merge: false}}]
config:
  mine: own
  shop:object: {a: 1, deep: {b: own}}
  text: own
"""


def make(folder: Path, stack: str = STACK, values: Any = None) -> StackConfig:
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "Pulumi.dev.yaml").write_text(stack)
    if values is not None:
        (folder / "values.json").write_text(json.dumps(values))
    return load_project(folder).stacks["dev"]


def config_of(folder: Path, monkeypatch: pytest.MonkeyPatch, *given: str) -> dict[str, str]:
    """The configuration that the program gets."""
    got: dict[str, str] = {}

    def run_program(*_: object, config: dict[str, str], **__: object) -> ProgramRun:
        got.update(config)
        return ProgramRun((), (), {}, 0, failed=False)

    monkeypatch.setattr("poolgate.sources.program.run_program", run_program)
    StackProgram.of(load_project(folder), "dev", 9, None, EnvironmentValues.load(given)).run()
    return got


def test_what_is_given_lies_under_the_stacks_own_and_over_what_the_project_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        "mine": "lost",
        "declared": "of-the-environment",
        "object": {"deep": {"b": "lost", "c": [1, True]}, "d": "e"},
        "text": {"is": "lost"},
        "aws:region": "eu-west-1",
        "number": 1.50,
    }
    make(tmp_path, values={"pulumiConfig": values, "environmentVariables": {"X": "y"}})
    own = config_of(tmp_path, monkeypatch)
    assert own["shop:declared"] == "of-the-project"
    file = str(tmp_path / "values.json")
    expected = {
        "aws:region": "eu-west-1",
        "shop:declared": "of-the-environment",
        "shop:mine": "own",
        "shop:number": "1.5",
        "shop:object": '{"a":1,"d":"e","deep":{"b":"own","c":[1,true]}}',
        "shop:text": "own",
    }
    for given in (file, f"dev={file}", f"shop/dev={file}"):
        assert config_of(tmp_path, monkeypatch, given) == expected
    for given in (f"prod={file}", f"other/dev={file}"):
        assert config_of(tmp_path, monkeypatch, given) == own
    make(tmp_path, STACK.partition("\n")[2])
    assert config_of(tmp_path, monkeypatch, file) == own


def test_a_later_file_lies_over_an_earlier_one_and_may_be_the_configuration_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path)
    (tmp_path / "a.yaml").write_text("one: a\nboth: {x: a, y: a}\n")
    (tmp_path / "b=c.yaml").write_text("pulumiConfig: {shop:both: {x: b}}\n")
    got = config_of(tmp_path, monkeypatch, str(tmp_path / "a.yaml"), str(tmp_path / "b=c.yaml"))
    assert (got["shop:one"], got["shop:both"]) == ("a", '{"x":"b","y":"a"}')


def test_objects_are_merged_and_all_else_is_replaced() -> None:
    assert merged({"a": {"b": 1}, "l": [1]}, {"a": {"b": 2, "c": 3}, "l": [2, 3], "d": 4}) == {
        "a": {"b": 1, "c": 3},
        "l": [1],
        "d": 4,
    }
    assert merged("text", {"a": 1}) == "text"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"[{CANARY}]", r"values\.yaml: expected an object, as `pulumi env open` prints it, with pulumiConfig"),
        (f"pulumiConfig: {CANARY}", r"values\.yaml: pulumiConfig: expected an object"),
        ("environmentVariables: {A: b}", r"values\.yaml: pulumiConfig: expected an object"),
        (f"a: [{CANARY}\nb: '{CANARY}", r"values\.yaml:\d: is neither JSON nor YAML$"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_without_what_is_in_it(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "values.yaml").write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        EnvironmentValues.load([str(tmp_path / "values.yaml")])
    assert CANARY not in str(caught.value)
    with pytest.raises(UsageError, match="cannot be read"):
        EnvironmentValues.load([str(tmp_path / "none.yaml")])


def test_a_key_that_the_engine_refuses(tmp_path: Path) -> None:
    stack = make(tmp_path, values={"a:b:c": 1})
    with pytest.raises(UsageError, match=r"values\.json: a:b:c: expected a key of the form NAME or NAMESPACE:NAME"):
        EnvironmentValues.load([str(tmp_path / "values.json")]).of(stack)


def test_the_output_of_pulumi_may_be_read_as_it_comes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=('{"pulumiConfig": {"a": "b"}}',))
    writer.start()
    values = EnvironmentValues.load([str(tmp_path / "pipe")])
    writer.join()
    assert values.of(make(tmp_path)) == {"shop:a": "b"}


def checked(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    message: str,
    *options: str,
) -> str:
    """What `poolgate check` says of a program that fails with a message."""

    def run_program(*_: object, **__: object) -> ProgramRun:
        return ProgramRun((), (LogEntry("error", message),), {}, 1, failed=True)

    monkeypatch.setattr("poolgate.sources.program.run_program", run_program)
    monkeypatch.chdir(tmp_path)
    style = [] if "--format" in options else ["--format", "json"]
    assert cli.run(["check", "--no-trace-config", *style, *options]) == cli.EXIT_FINDINGS
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "missing",
    ["Missing required configuration variable 'shop:url'", "Stack 'dev' is missing configuration value 'url'"],
)
def test_a_value_that_is_missing_may_come_from_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    make(tmp_path, values={"other": "x"})
    (finding,) = json.loads(checked(tmp_path, monkeypatch, capsys, missing))["findings"]
    assert finding["remedy"] == (
        "The value may come from acme/base, acme/dev, which Pulumi.dev.yaml imports and which was not opened: give its "
        "values with `pulumi env open acme/base > FILE` and `--environment-values FILE`, or set it in Pulumi.dev.yaml."
    )
    given = checked(tmp_path, monkeypatch, capsys, missing, "--environment-values", "values.json")
    (finding,) = json.loads(given)["findings"]
    assert finding["remedy"] == "The value is neither in Pulumi.dev.yaml nor in values.json: add it to one of them."
    make(tmp_path, "config: {}\n")
    (finding,) = json.loads(checked(tmp_path, monkeypatch, capsys, missing))["findings"]
    assert "environment" not in finding["remedy"]


def test_that_an_environment_was_not_opened_is_a_note(tmp_path: Path) -> None:
    stack = make(tmp_path, values={"a": "b"})
    tally = Tally()
    EnvironmentValues().explain(tally, stack)
    (note,) = tally.notes
    assert "imports acme/base, acme/dev, which was not opened" in note
    tally = Tally()
    EnvironmentValues.load([str(tmp_path / "values.json")]).explain(tally, stack)
    assert not tally.notes


@pytest.mark.parametrize(
    "environment",
    ["environment: {imports: [a/b], values: {pulumiConfig: {x: y}}}", "environment: [a/b]", "environment:\n- a/b: {}"],
)
def test_the_names_of_environments(tmp_path: Path, environment: str) -> None:
    assert make(tmp_path, environment).environments == ("a/b",)


def test_the_names_of_environments_that_have_none(tmp_path: Path) -> None:
    for written in ("environment: {values: {}}", "environment: [3]", "environment: text", "config: {}", ""):
        assert make(tmp_path, written).environments == ()


def test_no_report_shows_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = [f"{CANARY}-one", f"{CANARY}-two words", f"{CANARY}-line\nnext", 987654]
    make(tmp_path, values={"pulumiConfig": {"token": secret[0], "object": {"list": secret[1:]}}})
    message = f"ValueError: {secret[0]} and '{secret[1]}', {CANARY}-line, 987654"
    for style in ("json", "text", "sarif", "junit", "github", "markdown", "csv", "html"):
        said = checked(tmp_path, monkeypatch, capsys, message, "--environment-values", "values.json", "--format", style)
        assert CANARY not in said
        assert "987654" not in said
    assert HIDDEN in checked(tmp_path, monkeypatch, capsys, message, "--environment-values", "values.json")


def test_a_value_in_a_name_is_hidden_and_the_projects_own_name_is_none(tmp_path: Path) -> None:
    stack = make(tmp_path, values={"a": CANARY, "b": "shop", "c": "dev", "d": "eu", "e": True, "f": 50})
    urn = f"urn:pulumi:dev::shop::type::pool-{CANARY}"
    subject = Subject(urn, "type", f"{CANARY}-eu", "shop", "dev", CANARY)
    place = Location("__main__.py", 1)
    told = Finding(
        "rule", Severity.LOW, Enforcement.ADVISORY, Outcome.VIOLATED, "is 50 in eu, not 1.50 or 500, true of shop",
        f"not {CANARY}", subject, ("tags", CANARY), Origin.PROGRAM, place, (urn,),
    )  # fmt: skip
    tally = Tally(findings=[told])
    tally.passed(subject, ["other"])
    EnvironmentValues.load([str(tmp_path / "values.json")]).hide(tally, [stack.project])
    (finding,), ((passed, _),) = tally.findings, tally.passes
    assert CANARY not in str(finding) + str(passed)
    assert finding.message == f"is {HIDDEN} in {HIDDEN}, not 1.50 or 500, true of shop"
    assert (finding.subject.urn, finding.subject.name) == (f"urn:pulumi:dev::shop::type::pool-{HIDDEN}", f"{HIDDEN}-eu")
    assert finding.location == place
