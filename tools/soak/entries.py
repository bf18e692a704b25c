"""Readers that no command reaches without starting a program or an engine, as functions over the file they read.

Each returns an exit code as a command does, and has the same contract for what goes wrong.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any


def _as_command(work: Callable[[Path], int]) -> Callable[[Path], int]:
    @wraps(work)
    def entry(file: Path) -> int:
        from poolgate import cli
        from poolgate.errors import PoolgateError

        try:
            return work(file)
        except PoolgateError as error:
            cli._say(f"error: {error}")
            return error.exit_code

    return entry


@_as_command
def answer_reads(file: Path) -> int:
    """Answers of a file of fixtures."""
    from poolgate.standin.fixtures import NoFixtureError, load_fixtures

    fixtures = load_fixtures(file)
    asked: list[Callable[[], Any]] = [
        lambda: fixtures.invoke("azure-native:machinelearningservices:getWorkspace", {"workspaceName": "mlw"}),
        lambda: fixtures.read("azure-native:resources:ResourceGroup", "/subscriptions/s/resourceGroups/RG"),
        lambda: fixtures.read("pulumi:pulumi:StackReference", "organization/network/prod"),
    ]
    missing = 0
    for ask in asked:
        try:
            json.dumps(ask())  # goes to the program, over gRPC, and to no log
        except NoFixtureError:
            missing = 1
    return missing


@_as_command
def judge_with_previous(file: Path) -> int:
    """A pool that is judged by what an export says it was."""
    from poolgate.previous import load

    return _judged(load([file]), None)


@_as_command
def judge_a_change(file: Path) -> int:
    """A pool that is judged by prices, against what it was."""
    from poolgate.previous import load

    return _judged(load([file.with_name("export.json")]), file)


def _judged(previous: Any, policy_config: Path | None) -> int:
    from datetime import date

    from inference_pools.resource import Resource
    from inference_pools.runner import judge
    from poolgate.findings import Origin, Tally, subject_of
    from poolgate.rule_set import load as load_rules

    kind = "azure-native:machinelearningservices:InferencePool"
    urn = f"urn:pulumi:prod::ranking::{kind}::ranker"
    inputs = {
        "sku": {"name": "Standard_DS3_v2", "capacity": 9},
        "location": "westeurope",
        "inferencePoolProperties": {},
    }
    settings = load_rules(policy_config).settings
    resource = Resource(urn=urn, type=kind, name="ranker", properties=inputs, previous=previous.inputs(urn))
    tally = Tally()
    tally.add(judge(settings, resource, today=date(2026, 12, 1)), subject_of(urn, kind, "ranker", ""), Origin.PROGRAM)
    return _reported(tally)


def _reported(tally: Any) -> int:
    from inference_pools.finding import Outcome
    from poolgate.report import Report, render

    report = Report(
        command="check", tally=tally, started="", duration=0.0, version="1", policy_config_digest=None, rules=()
    )
    sys.stdout.write(render(report, "text"))
    return 3 if tally.outcomes[Outcome.BROKEN] else 0


@_as_command
def lint_with_cache(file: Path) -> int:
    """A lint with this file in the place of every file of its cache."""
    from poolgate.cli import run
    from poolgate.lint.fast import known_good

    folder = file.parent / "cache" / "poolgate" / "lint"
    folder.mkdir(parents=True, exist_ok=True)
    of = known_good.KnownGood.of
    before = dict(os.environ)

    def planted(_: Any, schema_file: Path | None, *terms: str) -> Any:
        known = of(folder, schema_file, *terms)
        known._file.write_bytes(file.read_bytes())
        return of(folder, schema_file, *terms)

    os.environ.pop("POOLGATE_NO_CACHE", None)
    os.environ["XDG_CACHE_HOME"] = str(file.parent / "cache")
    known_good.KnownGood.of = planted  # type: ignore[assignment, method-assign]
    try:
        return run(["lint", str(file.parent)])
    finally:
        known_good.KnownGood.of = of  # type: ignore[method-assign]
        os.environ.clear()
        os.environ.update(before)


@_as_command
def read_events(file: Path) -> int:
    """What the engine told of a preview; a line `{"steps": …}` is what it printed."""
    from poolgate.sandbox.event_log import read_events as read
    from poolgate.sandbox.workspace import PreviewRun
    from poolgate.sources.preview import read_preview

    lines = file.read_bytes().decode("utf-8", "replace").splitlines()
    printed = "\n".join(line for line in lines if line.lstrip().startswith('{"steps"'))
    events = read("\n".join(line for line in lines if not line.lstrip().startswith('{"steps"')))
    return _reported(read_preview(PreviewRun(1, events, printed, "said"), file.parent, "ranking", "prod"))
