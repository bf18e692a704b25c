"""Previews whose language host is a part of our process, and whose programs and packs are forked: as by themselves."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poolgate.sandbox import program_process
from poolgate.sandbox.engine import Engine
from poolgate.sandbox.event_log import read_steps
from poolgate.sandbox.shared_host import SharedHosts
from poolgate.sandbox.workspace import KeptSandbox, PreviewRun, preview
from sandbox.test_program_process import LEAVES_MUCH, LOOKS_AROUND

pytestmark = pytest.mark.engine
MakeFolder = Callable[..., Path]

PROGRAM = f"""
import pulumi

if pulumi.get_stack() == "first":
{textwrap.indent(LEAVES_MUCH, "    ")}
else:
{textwrap.indent(LOOKS_AROUND, "    ")}
    print(json.dumps(["program", seen]))
pulumi.ComponentResource("test:index:Thing", "one")
"""
PACK = f"""
import os
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

if os.environ["PULUMI_STACK"] == "first":
{textwrap.indent(LEAVES_MUCH, "    ")}
    told = "nothing"
else:
{textwrap.indent(LOOKS_AROUND, "    ")}
    told = json.dumps(["pack", seen])

def validate(args, report_violation):
    if args.resource_type == "test:index:Thing":
        report_violation(told)

PolicyPack("looks", [ResourceValidationPolicy("looks", "It looks around.", validate)])
"""
TELLS_MUCH = """
import pulumi

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, {"size": 1}, opts)
        self.register_outputs({"name": name})

def of_type(name):
    return [pulumi.Alias(type_=f"test:{name}:Group") for name in ("v1", "v2")]

def renamed(args):
    return pulumi.ResourceTransformResult({**args.props, "seen": args.name}, args.opts)

pulumi.runtime.register_resource_transform(renamed)
first = Group("first", pulumi.ResourceOptions(aliases=[*of_type("first"), pulumi.Alias(name="crowd")]))
inner = Group("inner", pulumi.ResourceOptions(aliases=of_type("inner"), parent=first))
groups = [Group(f"group-{number}", pulumi.ResourceOptions(depends_on=[inner])) for number in range(40)]
pulumi.export("aliases", [*first._aliases, *inner._aliases])
pulumi.export("all", pulumi.Output.all(*(group.urn for group in groups)).apply(len))
pulumi.log.warn("a warning")
"""
OF_AN_ENGINE = ("PULUMI_DEBUG_PROVIDERS", "PULUMI_LOG_OTLP_ENDPOINT", "PWD")
"""What is another in every run. Of programs that are started anew it is the shell of the host that sets the last."""


def previewed(engine: Engine, project: Path, pack: Path) -> list[PreviewRun]:
    """One stack after the other, in one sandbox."""
    with KeptSandbox() as kept:
        runs = [
            preview(project, stack, pack, timeout=120, engine=engine, kept=kept, json_steps=True)
            for stack in ("first", "second")
        ]
    assert [run.returncode for run in runs] == [0, 0], [run.stdout + run.stderr for run in runs]
    return runs


def seen_in(run: PreviewRun) -> dict[str, dict[str, Any]]:
    """What program and pack have seen; without what is of a run, or of how a process was started."""
    texts = [event["diagnosticEvent"]["message"] for event in run.events if "diagnosticEvent" in event]
    texts += [event["policyEvent"]["message"].partition("\n")[2] for event in run.events if "policyEvent" in event]
    text = re.sub(r"/poolgate-\w{8}|(?<=127.0.0.1:)\d+", "", "\n".join(texts))
    found: dict[str, dict[str, Any]] = dict(json.loads(line) for line in text.splitlines() if line.startswith('["p'))
    for seen in found.values():
        del seen["leads"]
        seen["environment"] = {name: value for name, value in seen["environment"].items() if name not in OF_AN_ENGINE}
    return found


@pytest.mark.usefixtures("interruptible")
def test_program_and_pack_find_what_they_would_find_if_they_were_started_by_themselves(
    engine: Engine,
    make_project: MakeFolder,
    make_pack: MakeFolder,
    monkeypatch: pytest.MonkeyPatch,
    parents: dict[Any, Any],
) -> None:
    project = make_project(PROGRAM, stacks={"first": "config: {}\n", "second": "config: {}\n"})
    pack = make_pack(code=PACK)
    _, second = previewed(engine, project, pack)
    assert [slot.parent.why_cold for slot in parents.values()] == ["", ""]  # one for programs, one for packs
    forked = seen_in(second)
    monkeypatch.setattr(SharedHosts, "can_listen", lambda _: False)
    _, second = previewed(engine, project, pack)
    anew = seen_in(second)
    assert len(parents) == 2
    assert sorted(forked) == sorted(anew) == ["pack", "program"]
    for who, seen in anew.items():
        assert forked[who]["left"] == [False, False, False, False]
        for what, value in seen.items():
            assert (what, forked[who][what]) == (what, value)


def test_the_engine_is_told_the_same(
    engine: Engine, make_project: MakeFolder, monkeypatch: pytest.MonkeyPatch, parents: dict[Any, Any]
) -> None:
    """Programs go without what their SDK does for nobody."""
    project = make_project(TELLS_MUCH)

    def told() -> tuple[Any, Any]:
        run = preview(project, "dev", None, timeout=120, engine=engine, json_steps=True)
        assert run.returncode == 0, run.stdout
        kinds = ("diagnosticEvent", "resourcePreEvent", "resOutputsEvent")
        said = [event[kind] for event in run.events for kind in kinds if kind in event]
        events = sorted(json.dumps(each, sort_keys=True) for each in said if each.get("severity") != "debug")
        steps = [*read_steps(run.stdout)]
        for step in steps:  # the frames of what has started the program
            step["newState"]["stackTrace"] = step["newState"].get("stackTrace", [])[:1]
        return events, sorted(json.dumps(step, sort_keys=True) for step in steps)

    forked = told()
    assert [slot.parent.why_cold for slot in parents.values()] == [""]
    assert len(forked[1]) == 43
    monkeypatch.setattr(program_process, "_can_fork", lambda *_: False)
    assert forked == told()
