"""Every stack is accounted for: read, not read, missing, under way, and what is none."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audit.state_builder import checkpoint, pool, slow_pool_inputs, stack_root, text
from inference_pools.own_checks import STACK_EXPECTED, STATE_READABLE
from inference_pools.policy_config import default_settings
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from poolgate import cli
from poolgate.audit.expected import read_expected
from poolgate.audit.run import audit
from poolgate.errors import UsageError
from poolgate.report.earlier import compare, read_run

SETTINGS = default_settings([request_timeout_bounded])
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text("utf-8"))


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """One stack at rest, one that is locked, one whose update was broken off, one that cannot be read."""
    stacks = tmp_path / "backend/.pulumi/stacks/ranking"
    stacks.mkdir(parents=True)
    (stacks.parents[1] / "meta.yaml").write_text("version: 1\n")
    for stack in ("dev", "locked", "broken-off"):
        (stacks / f"{stack}.json").write_bytes(text(state_of(stack)))
    (stacks / "torn.json").write_bytes(text(state_of("torn"))[:900])
    lock = stacks.parents[1] / "locks/organization/ranking/locked/1.json"
    lock.parent.mkdir(parents=True)
    lock.write_text('{"pid": 1, "username": "jane.doe", "hostname": "her-laptop", "timestamp": "2026-11-30T05:00:00Z"}')
    os.utime(lock, (0, 0))
    return tmp_path / "backend"


def state_of(stack: str) -> Any:
    document = checkpoint(stack_root(stack=stack), pool(stack=stack, inputs=slow_pool_inputs()), stack=stack)
    if stack == "broken-off":
        new = pool("new", stack=stack, inputs=slow_pool_inputs())
        document["checkpoint"]["latest"]["pending_operations"] = [{"resource": new, "type": "creating"}]
    return document


def expecting(tmp_path: Path, written: str) -> Path:
    file = tmp_path / "expected.txt"
    file.write_text(written)
    return file


def run(*arguments: Path | str) -> tuple[int, str]:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        return cli.run(["audit", "--no-config", *map(str, arguments)]), out.getvalue()


@pytest.mark.parametrize("format_", ["text", "markdown", "csv", "github", "azure", "junit", "sarif", "html", "json"])
def test_every_format_tells_what_became_of_the_stacks(backend: Path, tmp_path: Path, format_: str) -> None:
    file = expecting(tmp_path, "ranking/dev\nranking/locked\nranking/broken-off\nranking/torn\nranking/gone\n")
    code, out = run(backend, "--expect", file, "--format", format_)
    assert code == 1
    out = out.replace("\\", "")  # as Markdown escapes
    assert "of 5 stacks: 3 read, 1 not read, 1 missing, 2 with an update under way or broken off" in out
    assert "is locked since 1970-01-01 00:00 UTC" in out
    assert "stack-expected" in out
    assert "no state of ranking/gone was met" in out
    for of_someone in ("jane.doe", "her-laptop"):
        assert of_someone not in out


def test_the_report_names_the_standing_of_each_stack(backend: Path, tmp_path: Path) -> None:
    _, out = run(backend, "--expect", expecting(tmp_path, "organization/ranking/dev\nold # of 2023\n"), "--format=json")
    told = json.loads(out)
    jsonschema.validate(told, SCHEMA)
    assert {(one["project"], one["stack"]): (one["standing"], one["update"]) for one in told["stacks"]} == {
        ("ranking", "dev"): ("read", []),
        ("ranking", "locked"): ("read", ["locked"]),
        ("ranking", "broken-off"): ("read", ["pending"]),
        ("ranking", "torn"): ("not read", []),
        ("", "old"): ("missing", []),
    }
    assert told["summary"]["accounts"] == {"read": 3, "not read": 1, "missing": 1, "under way": 2}
    missing = next(one for one in told["findings"] if one["rule"] == STACK_EXPECTED)
    assert (missing["location"]["line"], missing["outcome"]) == (2, "unreadable")
    others = "ranking/broken-off, ranking/locked, ranking/torn"
    assert f"3 stacks are not in {tmp_path / 'expected.txt'}: {others}" in told["notes"]


def test_what_is_locked_is_judged(backend: Path) -> None:
    judged = {
        finding.subject.stack: finding.rule
        for finding in audit([str(backend)], SETTINGS).findings
        if finding.rule in ("request-timeout-bounded", STATE_READABLE)
    }
    assert judged == {
        "dev": "request-timeout-bounded",
        "locked": "request-timeout-bounded",
        "broken-off": "request-timeout-bounded",
        "torn": STATE_READABLE,
    }


def test_the_report_of_an_earlier_audit_says_what_has_vanished_since(backend: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    run(backend, "--format", "json", "--output", earlier)
    (backend / ".pulumi/stacks/ranking/dev.json").unlink()
    later = tmp_path / "later.json"
    assert run(backend, "--expect", earlier, "--format", "json", "--output", later)[0] == 1
    missing = [one["resource"] for one in json.loads(later.read_text())["findings"] if one["rule"] == STACK_EXPECTED]
    assert [(one["project"], one["stack"]) for one in missing] == [("ranking", "dev")]
    # Nothing of it counts as mended, and what is missing stays expected.
    old, new = read_run(earlier), read_run(later)
    change = compare(old.findings, new.findings, (old.reach, new.reach))
    assert {entry.stack for entry in change.vanished} == {"ranking/dev"}
    assert not change.gone
    assert "ranking/dev" in read_expected(later).lines


def test_what_the_engine_lists_is_a_list_of_what_is_expected(tmp_path: Path) -> None:
    listed = expecting(tmp_path, json.dumps([{"name": "organization/ranking/dev", "current": False}, {"name": "old"}]))
    assert set(read_expected(listed).lines) == {"ranking/dev", "old"}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "names no stack"),
        ("# none\n\n", "names no stack"),
        ("ranking/dev\na b\n", ":2: 'a b' is no name of a stack: write project/stack"),
        ("acme/ranking/dev\n", ":1: 'acme/ranking/dev' is no name"),
        ("{", ":1: is no JSON"),
        ('{"findings": []}', "stacks: is missing"),
        ('[{"nom": "x"}]', "[0].name: is missing, or no text"),
        ('[{"name": "a b"}]', "[0].name: 'a b' is no name"),
        ('{"stacks": [{"project": "a"}]}', "stacks[0].stack: is missing, or no text"),
        ("[" * 100_000, "expected.txt: is nested too deep, or has a number of thousands of digits"),
    ],
)
def test_a_list_that_says_nothing_sure_is_refused(tmp_path: Path, written: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_expected(expecting(tmp_path, written))
    assert message in str(caught.value)


def test_only_missing_stacks_are_no_clean_run(tmp_path: Path) -> None:
    (tmp_path / "empty/.pulumi/stacks").mkdir(parents=True)
    code, _ = run(f"file://{tmp_path / 'empty'}", "--expect", expecting(tmp_path, "ranking/dev\n"))
    assert code == 1


def test_an_unread_stack_is_left_out_by_nothing(backend: Path, tmp_path: Path) -> None:
    file = expecting(tmp_path, "ranking/gone\n")
    code, out = run(backend, "--expect", file, "--select", "tags-required")
    assert code == 1
    assert "stack-expected" in out
    assert "state-readable" in out
    assert run(backend, "--expect", file, "--ignore", "stack-expected")[0] == 2


def test_a_stack_without_resources_is_told_from_one_without_pools(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_bytes(text(checkpoint(stack="dev")))
    tally = audit([str(empty)], SETTINGS)
    assert [entry.why for entry in tally.passed_over] == ["has no resources: it was never deployed, or is destroyed"]


def test_stdin(backend: Path) -> None:
    state = os.open(backend / ".pulumi/stacks/ranking/dev.json", os.O_RDONLY)
    before = os.dup(0)
    try:
        os.dup2(state, 0)
        code, out = run("-", "--select", "request-timeout-bounded")
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(state)
    assert code == 1
    assert "ranking/dev: InferencePool" in out
