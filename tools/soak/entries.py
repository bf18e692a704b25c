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


@_as_command
def answer_requests(file: Path) -> int:
    """What the engine asks of the policy pack, over what the wire lets through; a refusal is a verdict, too."""
    from google.protobuf import json_format, message
    from pulumi.runtime.proto import analyzer_pb2

    requests = {
        "ConfigureStack": analyzer_pb2.AnalyzerStackConfigureRequest,
        "Configure": analyzer_pb2.ConfigureAnalyzerRequest,
        "Analyze": analyzer_pb2.AnalyzeRequest,
        "Remediate": analyzer_pb2.AnalyzeRequest,
        "AnalyzeStack": analyzer_pb2.AnalyzeStackRequest,
    }
    service, refused = _service(), 0
    for line in file.read_bytes().splitlines():
        try:
            asked = json.loads(line)
            kind = asked.pop("kind")
            written = json_format.ParseDict(asked, requests[kind](), ignore_unknown_fields=True).SerializeToString()
            request = requests[kind].FromString(written)
        except (
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            RecursionError,
            OverflowError,  # of an infinite number
            SystemError,  # protobuf itself, of a name with a lone surrogate
            json_format.ParseError,
            message.Error,
        ):
            refused = 2  # by the engine, or by gRPC
            continue
        try:
            answer = getattr(service, kind)(request, _Call())
        except _RefusedError:
            refused = 2
            continue
        for diagnostic in getattr(answer, "diagnostics", ()):
            sys.stdout.write(diagnostic.message + "\n")
    return refused


class _RefusedError(Exception):
    """What ends a call that the pack refuses."""


class _Call:
    """A call of the engine's, of which a pack can only say that it refuses it."""

    def abort(self, code: Any, details: str) -> None:
        raise _RefusedError(f"{code}: {details}")


def _service() -> Any:
    from datetime import date

    from inference_pools import declared
    from inference_pools.rules import ALL
    from inference_pools.server import AnalyzerService

    return AnalyzerService("poolgate", "A pack", declared.policies(ALL), (), today=date(2026, 12, 1))


@_as_command
def take_texts_apart(file: Path) -> int:
    """URNs, ids, durations, paths and patterns: whatever takes one apart says what it is, or that it is none."""
    from inference_pools import durations, naming, path, type_token, waivers
    from inference_pools.placeholders import find_placeholders
    from inference_pools.plaintext_secrets import kind_of_secret
    from inference_pools.platforms.azure import asset_ids, vm_sizes
    from inference_pools.urn import Urn, is_urn, of_reference

    try:
        read = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return 2
    texts = [text for text in read if isinstance(text, str)] if isinstance(read, list) else []
    refused, words = 0, naming.Words(("prod", "dev"), {"weu": "westeurope"})
    for text in texts:
        urn = Urn.parse(text)
        assert not is_urn(text) or str(urn) == text
        of_reference(text)
        ask: tuple[tuple[Callable[[str], Any], type[Exception] | tuple[()]], ...] = (
            (durations.parse, durations.DurationError),
            (lambda text: durations.parse(durations.canonical(text) or "PT1S"), ()),
            (lambda text: path.format_path(path.parse_path(text)), ValueError),
            (path.parse_steps, ValueError),
            (naming.parse, naming.PatternError),
            (lambda text: naming.parse("rg-{workload}-{environment}-{instance}").problem(text, words), ()),
            (lambda text: asset_ids.problem(text, kinds=("models",)), ()),
            (vm_sizes.is_size, ()),
            (find_placeholders, ()),
            (lambda text: kind_of_secret(text, "API_KEY"), ()),
            (lambda text: waivers.matches(text, texts[-1]), ()),
            (type_token.parse, ()),
        )
        for function, said in ask:
            try:
                function(text)
            except said:
                refused = 2
    return refused
