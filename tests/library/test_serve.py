"""A pack as the engine meets it: a port on stdout, answers on it, and a quiet end when it is told to stop."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pulumi_policy as sdk
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from inference_pools import declared, pack, server
from inference_pools.day import AS_OF_VARIABLE
from inference_pools.previous import PREVIOUS_VARIABLE
from inference_pools.rule_sets import PIN_VARIABLE
from inference_pools.rules import ALL
from inference_pools.rules.capacity_bounded import capacity_bounded
from inference_pools.values import to_struct
from inference_pools.version import PACK_VERSION
from inference_pools.waivers import FILE_VARIABLE

POOL = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:dev::shop::{POOL}::pool"
PROPERTIES = {"sku": {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 60.0}, "location": "westeurope"}
LONGEST = 30.0
"""Seconds that anything here may take."""


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (PIN_VARIABLE, FILE_VARIABLE, PREVIOUS_VARIABLE, AS_OF_VARIABLE):
        monkeypatch.delenv(name, raising=False)


class _Engine(threading.Thread):
    """Waits for the port, asks, and tells the pack to stop whatever came of it."""

    def __init__(self, stdout: io.StringIO, ask: Callable[[Any], Any], told: signal.Signals) -> None:
        super().__init__(daemon=True)
        self.stdout, self.ask, self.told = stdout, ask, told
        self.answer: Any = None
        self.address = ""

    def run(self) -> None:
        try:
            until = time.monotonic() + LONGEST
            while "\n" not in self.stdout.getvalue() and time.monotonic() < until:
                time.sleep(0.005)
            self.address = f"127.0.0.1:{int(self.stdout.getvalue())}"
            with grpc.insecure_channel(self.address, [("grpc.max_send_message_length", -1)]) as channel:
                self.answer = self.ask(analyzer_pb2_grpc.AnalyzerStub(channel))  # type: ignore[no-untyped-call]
        except Exception as error:
            self.answer = error
        finally:
            os.kill(os.getpid(), self.told)


def served(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[Any], Any], told: signal.Signals = signal.SIGTERM, **given: Any
) -> _Engine:
    """Serves a pack until the engine has had its answer."""
    stdout = io.StringIO()
    monkeypatch.setattr("sys.stdout", stdout)
    engine = _Engine(stdout, ask, told)
    engine.start()
    pack.serve(**given)
    engine.join(LONGEST)
    assert not engine.is_alive()
    if isinstance(engine.answer, Exception):
        raise engine.answer
    return engine


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_pack_answers_on_the_port_it_names_until_it_is_told_to_stop(
    monkeypatch: pytest.MonkeyPatch, told: signal.Signals
) -> None:
    engine = served(monkeypatch, lambda stub: stub.GetPluginInfo(empty_pb2.Empty(), timeout=LONGEST), told)

    assert engine.answer.version == PACK_VERSION
    assert engine.stdout.getvalue() == f"{engine.address.partition(':')[2]}\n"
    with grpc.insecure_channel(engine.address) as channel:
        stub = analyzer_pb2_grpc.AnalyzerStub(channel)  # type: ignore[no-untyped-call]
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetPluginInfo(empty_pb2.Empty(), timeout=LONGEST)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_pack_ends_also_where_another_thread_gets_the_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(stub: Any) -> Any:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        return stub.GetPluginInfo(empty_pb2.Empty(), timeout=LONGEST)

    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        assert served(monkeypatch, ask).answer.version == PACK_VERSION
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def test_properties_of_many_megabytes_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """gRPC refuses more than four of them unless it is told otherwise; the engine sends up to 400."""
    kind = "azure-native:storage:StorageAccount"
    request = analyzer_pb2.AnalyzeRequest(type=kind, urn=f"urn:pulumi:dev::shop::{kind}::a", name="a")
    request.properties.CopyFrom(to_struct({"content": "x" * 5 * 2**20}))

    engine = served(monkeypatch, lambda stub: stub.Analyze(request, timeout=LONGEST))

    assert not engine.answer.diagnostics


def made(monkeypatch: pytest.MonkeyPatch, **given: Any) -> server.AnalyzerService:
    """The service that a pack would serve."""
    services: list[server.AnalyzerService] = []
    monkeypatch.setattr(server, "run", services.append)
    pack.serve(**given)
    (found,) = services
    return found


class Call:
    """A call that fails the test when it is aborted."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise AssertionError(f"{code.name}: {details}")


def info(service: server.AnalyzerService) -> Any:
    return service.GetAnalyzerInfo(empty_pb2.Empty(), Call())  # type: ignore[arg-type]


def said(service: server.AnalyzerService, properties: dict[str, Any] | None = None) -> dict[str, str]:
    """What the pack says of a pool, once the engine has configured it."""
    service.Configure(analyzer_pb2.ConfigureAnalyzerRequest(), Call())  # type: ignore[arg-type]
    request = analyzer_pb2.AnalyzeRequest(type=POOL, urn=URN, name="pool")
    request.properties.CopyFrom(to_struct(properties or PROPERTIES))
    response = service.Analyze(request, Call())  # type: ignore[arg-type]
    return {diagnostic.policyName: diagnostic.message for diagnostic in response.diagnostics}


def test_a_pack_is_named_and_holds_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    told = info(made(monkeypatch))

    assert (told.name, told.version) == ("poolgate", PACK_VERSION)
    assert [policy.name for policy in told.policies] == [policy.name for policy in declared.policies()]


def test_a_teams_pack_has_its_own_name_rules_and_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    own = sdk.ResourceValidationPolicy(name="ours", description="Ours.", validate=lambda args, report: report("no"))
    service = made(monkeypatch, rules=[capacity_bounded], others=[own], name="theirs", description="Of a team.")

    told = info(service)

    assert (told.name, [policy.name for policy in told.policies]) == ("theirs", ["capacity-bounded", "ours"])
    assert set(said(service)) == {"capacity-bounded", "ours"}


def refused(monkeypatch: pytest.MonkeyPatch, **given: Any) -> str:
    """What the engine is told when it configures the pack."""
    configured = analyzer_pb2.ConfigureAnalyzerRequest()
    with pytest.raises(grpc.RpcError) as caught:
        served(monkeypatch, lambda stub: stub.Configure(configured, timeout=LONGEST), **given)
    return str(caught.value.details())


def test_a_pack_is_pinned_by_its_program_or_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(monkeypatch, rule_set="2020.01") == (
        "settings of poolgate: rule set: 2020.01 is older than every rule"
    )
    monkeypatch.setenv(PIN_VARIABLE, "2020.02")
    assert "2020.02 is older than every rule" in refused(monkeypatch)
    assert info(made(monkeypatch, rule_set="2099.01")).policies, "what the program says comes first"


def test_a_pack_judges_by_the_day_of_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = {**PROPERTIES, "tags": {"environment": "dev", "enddate": "2026-12-31"}}

    monkeypatch.setenv(AS_OF_VARIABLE, "2026-12-30")
    assert "enddate-tag-current" not in said(made(monkeypatch), ended)
    monkeypatch.setenv(AS_OF_VARIABLE, "2027-01-02")
    assert "enddate-tag-current" in said(made(monkeypatch), ended)


def test_a_pack_knows_what_was_there_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sku = {"name": "Standard_D4as_v4", "tier": "Standard"}
    inside = {"nodeSkuType": "Standard_D4as_v4"}
    before = {**PROPERTIES, "inferencePoolProperties": inside, "sku": {**sku, "capacity": 1}}
    export = tmp_path / "dev.json"
    export.write_text(
        json.dumps({"version": 3, "deployment": {"resources": [{"urn": URN, "type": POOL, "inputs": before}]}})
    )
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    request.policyConfig["cost-increase-bounded"].enforcementLevel = analyzer_pb2.MANDATORY
    request.policyConfig["cost-increase-bounded"].properties.CopyFrom(to_struct({"percent": 50.0}))
    monkeypatch.setenv(PREVIOUS_VARIABLE, str(export))
    service = made(monkeypatch)

    service.Configure(request, Call())  # type: ignore[arg-type]
    asked = analyzer_pb2.AnalyzeRequest(type=POOL, urn=URN, name="pool")
    asked.properties.CopyFrom(to_struct({**before, "sku": {**sku, "capacity": 3.0}}))
    response = service.Analyze(asked, Call())  # type: ignore[arg-type]

    assert "from 1 to 3 machines" in "".join(diagnostic.message for diagnostic in response.diagnostics)


WAIVER = """
waivers:
  - rule: {rule}
    target: {{stack: shop/dev}}
    reason: a load test
    owner: ml
    ticket: ML-1
    created: 2026-11-01
    expires: 2026-12-31
"""


def test_a_pack_reads_the_waivers_that_its_environment_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(WAIVER.format(rule="capacity-bounded"))
    monkeypatch.setenv(AS_OF_VARIABLE, "2026-12-01")

    assert "[waived]" not in said(made(monkeypatch))["capacity-bounded"]
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    assert "[waived]" in said(made(monkeypatch))["capacity-bounded"]


@pytest.mark.parametrize(("rule", "why"), [("capacity-bounded", ""), ("ours", "cannot be waived"), ("sku-known", "")])
def test_a_waiver_may_name_a_rule_that_another_pack_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rule: str, why: str
) -> None:
    """Every rule of the library can be named, served here or not; a team's own policy is known, and is not waived."""
    own = sdk.ResourceValidationPolicy(name="ours", description="Ours.", validate=lambda args, report: None)
    file = tmp_path / "waivers.yaml"
    file.write_text(WAIVER.format(rule=rule))
    monkeypatch.setenv(AS_OF_VARIABLE, "2026-12-01")
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    valid = next(one for one in ALL if one.id == "waivers-valid")
    service = made(monkeypatch, rules=[capacity_bounded, valid], others=[own])
    service.Configure(analyzer_pb2.ConfigureAnalyzerRequest(), Call())  # type: ignore[arg-type]
    begun = analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="shop")
    service.ConfigureStack(begun, Call())  # type: ignore[arg-type]

    response = service.AnalyzeStack(
        analyzer_pb2.AnalyzeStackRequest(resources=[analyzer_pb2.AnalyzerResource(type=POOL, urn=URN, name="pool")]),
        Call(),  # type: ignore[arg-type]
    )
    messages = [one.message for one in response.diagnostics if one.policyName == "waivers-valid"]

    told = [message for message in messages if "covers nothing that was found" not in message]
    assert [why in message for message in told] == ([True] if why else [])
