"""Findings on the line of the configuration: real programs, run again with parts of it changed."""

from __future__ import annotations

import json
import re
import shutil
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.path import parse_path
from inference_pools.policy_config import default_settings
from inference_pools.rules import ALL
from poolgate.check import check
from poolgate.cli import run
from poolgate.findings import Finding, Location, Origin, Tally, subject_of
from poolgate.lint.project import load_project
from poolgate.rule_set import RuleSet
from poolgate.sources import trace
from poolgate.sources.preview import preview
from poolgate.sources.stack_program import StackProgram
from poolgate.sources.trace import Ran, traced
from standin.harness import azure_native_python

__all__ = ["azure_native_python"]

REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT = 120.0
PROGRAM = "__main__.py"

THING = """
import json
import pulumi

class Thing(pulumi.CustomResource):
    def __init__(self, name, **props):
        super().__init__("acme:index:Thing", name, props)

config = pulumi.Config()
"""

Trace = Callable[..., dict[str, str]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str] | None]:
    """The configurations that programs were run with, None for the stack's own."""
    runs: list[Mapping[str, str] | None] = []
    run_it = StackProgram.run

    def counted(self: StackProgram, config: Mapping[str, str] | None = None, timeout: float | None = None) -> Any:
        runs.append(config)
        return run_it(self, config, timeout)

    monkeypatch.setattr(StackProgram, "run", counted)
    return runs


@pytest.fixture
def places(tmp_path: Path, azure_native_python: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch) -> Trace:
    """Where findings at some properties of a program's resources point: `NAME PATH` to file and line."""
    monkeypatch.chdir(tmp_path)

    def find(program: str, stack: str, wanted: list[str], *, declared: str = "") -> dict[str, str]:
        folder = write_project(tmp_path / "shop", azure_native_python(3), program, stack, declared)
        ran = run_once(folder)
        found = traced([finding(ran, *each.split()) for each in wanted], [ran])
        return {each: shown(at) for each, at in zip(wanted, found, strict=True)}

    return find


def write_project(folder: Path, python: Path, program: str, stack: str, declared: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    environment = python.parent.parent
    runtime = f"runtime:\n  name: python\n  options:\n    virtualenv: {environment}\n"
    (folder / "Pulumi.yaml").write_text(f"name: shop\n{runtime}{textwrap.dedent(declared)}", "utf-8")
    (folder / "Pulumi.dev.yaml").write_text("config:\n" + textwrap.indent(textwrap.dedent(stack), "  "), "utf-8")
    (folder / PROGRAM).write_text(THING + textwrap.dedent(program), "utf-8")
    return folder


def run_once(folder: Path) -> Ran:
    program = StackProgram.of(load_project(folder), "dev", LIMIT)
    done = program.run()
    ran = Ran.of(program, done)
    assert ran is not None, done.log
    return ran


def finding(ran: Ran, name: str, path: str, **changes: Any) -> Finding:
    [urn] = [urn for urn in ran.inputs if urn.endswith("::" + name)] or [name]
    found = Finding(
        rule="some-rule",
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.VIOLATED,
        message="is wrong",
        remedy="",
        subject=subject_of(urn, "acme:index:Thing", name),
        keys=parse_path(path),
        origin=Origin.PROGRAM,
        location=Location(PROGRAM, 1),
    )
    return found._replace(**changes)


def shown(found: Finding) -> str:
    assert found.location is not None
    if found.location == Location(PROGRAM, 1):
        assert not found.related
        return PROGRAM
    assert found.related == (Location(PROGRAM, 1),)
    assert found.location.column
    return f"{found.location.file.removeprefix('shop/')}:{found.location.line}"


# --- values that are passed on ---

POOLS = """
for pool in config.require_object("pools"):
    Thing(pool["name"], size=pool["size"], probes=[{"timeout": each["timeout"]} for each in pool["probes"]],
          warm=pool.get("warm"))
"""


def test_nested_lists_and_the_same_wrong_value_twice(places: Trace) -> None:
    stack = """\
    shop:pools:
      - name: one
        size: 99
        probes:
          - timeout: PT1S
          - timeout: PT500S
      - name: two
        size: 99
        warm: false
        probes:
          - timeout: PT500S
    """
    assert places(
        POOLS, stack, ["one size", "two size", "two warm", "one probes[1].timeout", "two probes[0].timeout"]
    ) == {
        "one size": "Pulumi.dev.yaml:4",
        "two size": "Pulumi.dev.yaml:9",
        "two warm": "Pulumi.dev.yaml:10",
        "one probes[1].timeout": "Pulumi.dev.yaml:7",
        "two probes[0].timeout": "Pulumi.dev.yaml:12",
    }


def test_an_alias_is_edited_where_its_anchor_is(places: Trace) -> None:
    stack = """\
    shop:pools:
      - &first
        name: one
        size: 99
        probes: []
      - <<: *first
        name: two
    """
    found = places(POOLS, stack, ["one size", "two size", "two name"])
    assert found == {"one size": "Pulumi.dev.yaml:5", "two size": "Pulumi.dev.yaml:5", "two name": PROGRAM}


def test_a_name_is_found_although_the_resource_is_renamed(places: Trace) -> None:
    program = 'for name in config.require_object("names"):\n    Thing(name + "-pool", called=name)\n'
    found = places(
        program, "shop:names:\n  - a-1\n  - a-2\n  - b\n", [f"{name}-pool called" for name in ("a-1", "a-2", "b")]
    )
    assert list(found.values()) == [f"Pulumi.dev.yaml:{line}" for line in (3, 4, 5)]


def test_a_default_of_the_project(places: Trace) -> None:
    declared = """\
    config:
      timeout:
        type: string
        default: PT500S
      size:
        type: integer
        default: 99
      tags:
        default: {owner: someone}
    """
    program = """
    Thing("one", timeout=config.require("timeout"), size=config.require_int("size"), tags=config.require_object("tags"))
    """
    wanted = ["one timeout", "one size", "one tags.owner"]
    assert places(program, "shop:size: 98", wanted, declared=declared) == {
        "one timeout": "Pulumi.yaml:9",
        "one size": "Pulumi.dev.yaml:2",
        "one tags.owner": "Pulumi.yaml:14",
    }


def test_json_in_a_text_is_where_the_text_is(places: Trace) -> None:
    stack = """\
    shop:other: 99
    shop:pools: |
      [{"name": "one", "size": 99, "probes": []}]
    """
    assert places(POOLS, stack, ["one size"]) == {"one size": "Pulumi.dev.yaml:3"}


def test_what_provider_settings_say(places: Trace) -> None:
    program = 'Thing("one", region=pulumi.Config("acme").require("region"))'
    assert places(program, "acme:region: nowhere", ["one region"]) == {"one region": "Pulumi.dev.yaml:2"}


# --- values that the program makes something of ---


def test_a_value_made_from_one_part(places: Trace) -> None:
    program = """
    Thing("one", timeout=f"PT{config.require_int('minutes')}M", doubled=2 * config.require_int("minutes"),
          region=config.require("region").replace(" ", "").lower())
    """
    stack = "shop:minutes: 55\nshop:region: West Europe\nshop:other: 55"
    assert places(program, stack, ["one timeout", "one doubled", "one region"]) == {
        "one timeout": "Pulumi.dev.yaml:2",
        "one doubled": "Pulumi.dev.yaml:2",
        "one region": "Pulumi.dev.yaml:3",
    }


def test_a_value_made_of_several_parts_is_the_program_s(places: Trace) -> None:
    program = """
    a, b = config.require_int("a"), config.require_int("b")
    Thing("one", text=f"{config.require('c')}-{b}", most=max(a, b), least=min(a, b), sum=a + b)
    """
    wanted = ["one text", "one most", "one least", "one sum"]
    found = places(program, "shop:a: 5\nshop:b: 5\nshop:c: pool\nshop:d: 10\n", wanted)
    assert found == dict.fromkeys(wanted, PROGRAM)


def test_the_same_text_in_the_configuration_proves_nothing(places: Trace, started: list[Any]) -> None:
    program = """
    timeout = config.require("timeout")
    Thing("one", written="PT500S", chosen="PT500S" if config.require("kind") == "a" else timeout)
    """
    found = places(program, "shop:timeout: PT500S\nshop:kind: a\n", ["one written", "one chosen"])
    assert found == {"one written": PROGRAM, "one chosen": PROGRAM}
    # Once as it is, twice for the one text, once with everything changed, and twice for what that changed.
    assert len(started) == 6


def test_what_is_no_part_of_the_configuration_costs_one_run(places: Trace, started: list[Any]) -> None:
    assert places('Thing("one", size=3)', "shop:other: 4", ["one size"]) == {"one size": PROGRAM}
    assert len(started) == 2


# --- objects that lack something ---


def test_an_object_that_is_made_from_one_in_the_configuration(places: Trace) -> None:
    program = """
    Thing("one", tags=config.require_object("tags"))
    Thing("two", tags={**config.require_object("tags"), "managed-by": "pulumi"})
    Thing("three", tags={"owner": "someone"})
    Thing("four", tags={"owner": config.require_object("tags")["owner"]})
    """
    wanted = [f"{name} {path}" for name in ("one", "two", "three", "four") for path in ("tags", "tags.costcenter")]
    found = places(program, "shop:tags:\n  owner: someone\n  app: shop\n", wanted)
    assert list(found.values()) == ["Pulumi.dev.yaml:2"] * 4 + [PROGRAM] * 4


def test_the_line_of_an_object_in_a_list(places: Trace) -> None:
    program = 'for at, pool in enumerate(config.require_object("pools")):\n    Thing(f"pool-{at}", **pool)\n'
    stack = "shop:pools:\n  - tags: {owner: a}\n    size: 1\n  - size: 2\n    tags:\n      owner: a\n"
    assert places(program, stack, ["pool-0 tags", "pool-1 tags", "pool-1 timeout"]) == {
        "pool-0 tags": "Pulumi.dev.yaml:3",
        "pool-1 tags": "Pulumi.dev.yaml:6",
        "pool-1 timeout": "Pulumi.dev.yaml:5",
    }


# --- programs that do not bear it ---

STRICT = """
sizes = {"north": 1, "south": 2, "alone": 3}
for pool in config.require_object("pools"):
    assert sizes[pool["region"]] and pool["size"] <= 99
    Thing(pool["name"], region=pool["region"], size=pool["size"])
Thing("other", region=config.get("region"), known=sizes[config.get("region") or "north"], free=config.get("free"))
"""


def test_a_program_that_takes_few_values(places: Trace) -> None:
    stack = """\
    shop:region: alone
    shop:free: anything
    shop:pools:
      - {name: one, region: north, size: 99}
      - {name: two, region: south, size: 12}
    """
    wanted = ["one region", "one size", "two region", "two size", "other free", "other region", "other known"]
    assert places(STRICT, stack, wanted) == {
        # By a value that stands at the same key elsewhere, by the next lower number, and as usual.
        "one region": "Pulumi.dev.yaml:5",
        "one size": "Pulumi.dev.yaml:5",
        "two region": "Pulumi.dev.yaml:6",
        "two size": "Pulumi.dev.yaml:6",
        "other free": "Pulumi.dev.yaml:3",
        # Nothing else is known that the program would take here.
        "other region": PROGRAM,
        "other known": PROGRAM,
    }


def test_a_program_that_never_makes_the_same_twice(places: Trace) -> None:
    program = """
    import uuid
    Thing("one", id=str(uuid.uuid4()), mixed=config.require("a") + str(uuid.uuid4()), same=config.require("a"))
    Thing("two-" + str(uuid.uuid4()), last=config.require("a"))
    """
    wanted = ["one id", "one mixed", "one same"]
    assert places(program, "shop:a: PT1S\nshop:b: PT2S", wanted) == {
        "one id": PROGRAM,
        "one mixed": PROGRAM,
        "one same": "Pulumi.dev.yaml:2",
    }


def test_a_resource_that_is_another_one_each_time(tmp_path: Path, azure_native_python: Callable[[int], Path]) -> None:
    program = 'import uuid\nThing("two-" + str(uuid.uuid4()), last=config.require("a"))'
    ran = run_once(write_project(tmp_path / "shop", azure_native_python(3), program, "shop:a: PT1S"))
    [urn] = [urn for urn in ran.inputs if "::two-" in urn]
    assert shown(*traced([finding(ran, urn.rpartition("::")[2], "last")], [ran])) == PROGRAM


def test_a_program_that_hangs_is_left_alone(places: Trace, started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "TRIAL_SECONDS", 4.0)
    program = """
    import time
    time.sleep(0 if config.require("a") == "PT1S" else 100)
    Thing("one", a=config.require("a"))
    """
    assert places(program, "shop:a: PT1S", ["one a"]) == {"one a": PROGRAM}
    assert len(started) <= 3


def test_a_program_that_fails_is_not_run_again(tmp_path: Path, azure_native_python: Callable[[int], Path]) -> None:
    program = 'Thing("one", a=config.require("a"))\nraise ValueError'
    folder = write_project(tmp_path / "shop", azure_native_python(3), program, "shop:a: PT1S")
    stack_program = StackProgram.of(load_project(folder), "dev", LIMIT)
    assert Ran.of(stack_program, stack_program.run()) is None


@pytest.mark.parametrize(("limit", "most"), [("MOST_RUNS", 3), ("MOST_RESOURCES", 15)])
def test_the_number_of_runs_is_limited(
    places: Trace, started: list[Any], monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    """Three more are made, as the stack makes four resources; what is told apart by so few is found."""
    monkeypatch.setattr(trace, limit, most)
    program = 'Thing("one", **config.require_object("all"))\nThing("two")'
    stack = "shop:all:\n  other: 9\n" + "".join(f"  key{index}: 7\n" for index in range(5))
    assert places(program, stack, ["one key0", "one other"]) == {"one key0": PROGRAM, "one other": "Pulumi.dev.yaml:3"}
    assert len(started) == 1 + 2


# --- secrets ---


def test_secrets_are_never_changed_and_what_stands_beside_them_may_be(places: Trace, started: list[Any]) -> None:
    stack = """\
    shop:token:
      secure: AAAA
    shop:pool:
      key: {secure: BBBB}
      size: 99
      text: poolgate-secret-not-available
    """
    program = """
    pool = config.require_object("pool")
    Thing("one", token=config.require("token"), marked=config.require_secret("token"), key=pool["key"],
          size=pool["size"], text=pool["text"])
    """
    wanted = ["one token", "one marked", "one key", "one size", "one text"]
    assert places(program, stack, wanted) == {
        "one token": PROGRAM,
        "one marked": PROGRAM,
        "one key": PROGRAM,
        "one size": "Pulumi.dev.yaml:6",
        "one text": "Pulumi.dev.yaml:7",
    }
    assert {config["shop:token"] for config in started if config} == {"poolgate-secret-not-available"}
    assert all('"key":"poolgate-secret-not-available"' in config["shop:pool"] for config in started if config)


def test_a_secret_in_plain_text_is_pointed_at_only_where_reports_hide_the_line(
    tmp_path: Path, azure_native_python: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program = 'Thing("one", env={"API_TOKEN": config.require("first"), "PASSWORD": config.require("password")})'
    stack = "shop:first: correct-horse\nshop:password: battery-staple"
    ran = run_once(write_project(tmp_path / "shop", azure_native_python(3), program, stack))
    paths = ("env.API_TOKEN", "env.PASSWORD")
    found = traced([finding(ran, "one", path, rule="no-plaintext-secret") for path in paths], [ran])
    assert [shown(each) for each in found] == [PROGRAM, "Pulumi.dev.yaml:3"]
    found = traced([finding(ran, "one", path) for path in paths], [ran])
    assert [shown(each) for each in found] == ["Pulumi.dev.yaml:2", "Pulumi.dev.yaml:3"]


# --- findings ---


def test_findings_without_a_value_or_a_place_stay(
    tmp_path: Path, azure_native_python: Callable[[int], Path], started: list[Any]
) -> None:
    program = 'Thing("one", size=config.require_int("size"))'
    ran = run_once(write_project(tmp_path / "shop", azure_native_python(3), program, "shop:size: 99"))
    started.clear()
    found = [
        finding(ran, "one", "size", outcome=Outcome.UNKNOWN),
        finding(ran, "one", "size", outcome=Outcome.BROKEN),
        finding(ran, "one", "size", origin=Origin.CONFIG),
        finding(ran, "one", ""),
        finding(ran, "urn:of:nothing", "size"),
    ]
    assert traced(found, [ran]) == found
    assert traced([], [ran]) == []
    # Two projects of the same name, with the same stack: whose finding it is cannot be told.
    assert traced([finding(ran, "one", "size")], [ran, replace(ran)]) == [finding(ran, "one", "size")]
    # The engine has seen another value.
    urn = finding(ran, "one", "size").subject.urn
    assert traced([finding(ran, "one", "size")], [replace(ran, judged={urn: {"size": 98.0}})])[0].related == ()
    assert started == []
    assert traced([finding(ran, "one", "size")], [replace(ran, judged={urn: {"size": 99.0}})])[0].related


# --- from end to end ---


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample with an error in the third of the five pools of its stack dev."""
    sample, copy = REPOSITORY / "stacks" / "fleet", tmp_path / "fleet"
    python = sample / "venv" / "bin" / "python"
    assert python.exists(), "stacks/fleet/venv is missing: run make check first"
    shutil.copytree(sample, copy, ignore=shutil.ignore_patterns("venv", "Pulumi.prod.yaml", "__pycache__"))
    text = (copy / "Pulumi.yaml").read_text("utf-8")
    (copy / "Pulumi.yaml").write_text(text.replace("virtualenv: venv", f"virtualenv: {sample / 'venv'}"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return copy


def change(file: Path, key: str, which: int, new: str) -> int:
    """Gives the key another value where it stands for the n-th time; returns the line."""
    lines = file.read_text("utf-8").splitlines()
    at = [index for index, line in enumerate(lines) if re.match(rf"[\s-]*{key}:", line)][which]
    lines[at] = lines[at].partition(":")[0] + ": " + new
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return at + 1


def located(tally: Tally) -> dict[tuple[str, str], str]:
    return {
        (each.rule, each.subject.name): f"{each.location.file}:{each.location.line}"
        for each in tally.findings
        if each.location and each.origin is not Origin.CONFIG
    }


def test_an_error_in_the_third_of_five_pools(
    fleet: Path, started: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = default_settings(ALL)
    assert not check([fleet], settings, timeout=LIMIT).findings
    assert started == [None]
    line = change(fleet / "Pulumi.dev.yaml", "requestTimeout", 2, "PT999S")
    endpoint = ("request-timeout-bounded", "pool-ranking-dev-eus2-001-endpoint")
    assert located(check([fleet], settings, timeout=LIMIT)) == {endpoint: f"fleet/Pulumi.dev.yaml:{line}"}
    started.clear()
    assert run(["check", str(fleet), "--no-trace-config", "--format", "json"]) == 1
    [found] = json.loads(capsys.readouterr().out)["findings"]
    assert (found["location"]["file"], found["related"]) == ("fleet/regional_pool.py", [])
    assert started == [None]


def test_errors_of_every_kind_in_a_fleet(fleet: Path) -> None:
    file = fleet / "Pulumi.dev.yaml"
    timeouts = [change(file, "requestTimeout", which, "PT999S") for which in (1, 2)]
    capacity = change(file, "capacity", 3, "500")
    name = change(file, "- name", 4, "pool-ranking-dev-aue-001!")
    text = file.read_text("utf-8")
    tags = text.splitlines().index("  fleet:tags:") + 1
    file.write_text(text.replace("    costcenter: CC-3308\n", "    # none\n"), "utf-8")
    found = located(check([fleet], default_settings(ALL), timeout=LIMIT))
    at = {
        ("request-timeout-bounded", "pool-ranking-dev-neu-001-endpoint"): timeouts[0],
        ("request-timeout-bounded", "pool-ranking-dev-eus2-001-endpoint"): timeouts[1],
        ("capacity-bounded", "pool-ranking-dev-sea-001"): capacity,
        ("name-wellformed", "pool-ranking-dev-aue-001!"): name,
        # The name of the group is made from that of the pool.
        ("name-wellformed", "pool-ranking-dev-aue-001!-endpoint"): name,
        ("provider-check", "pool-ranking-dev-aue-001!"): name,
        ("tags-required", "pool-ranking-dev-weu-001"): tags,
        ("tags-required", "pool-ranking-dev-eus2-001-ranking"): tags,
    }
    assert {key: found.get(key) for key in at} == {key: f"fleet/Pulumi.dev.yaml:{line}" for key, line in at.items()}, (
        found
    )


@pytest.mark.engine
def test_a_preview_points_there_as_well(fleet: Path) -> None:
    file = fleet / "Pulumi.dev.yaml"
    line, capacity = change(file, "requestTimeout", 2, "PT999S"), change(file, "capacity", 3, "500")
    rules = RuleSet(default_settings(ALL), None)
    in_engine = preview(fleet, "dev", rules, pack=None, timeout=LIMIT, read_fixtures=None)
    in_process = check([fleet], rules.settings, timeout=LIMIT)
    assert located(in_engine) == located(in_process)
    assert set(located(in_engine).values()) == {f"fleet/Pulumi.dev.yaml:{each}" for each in (line, capacity)}
