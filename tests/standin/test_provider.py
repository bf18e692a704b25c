"""The stand-in as a plugin, over gRPC."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from inference_pools.path import format_path
from inference_pools.values import UNKNOWN_STRING, from_struct, to_struct
from poolgate.standin import clouds
from poolgate.standin.aws_native import AWS_NATIVE
from poolgate.standin.azure_native import AZURE_NATIVE
from poolgate.standin.azure_native.diff import diff as azure_diff
from poolgate.standin.cloud import Cloud
from poolgate.standin.fixtures import Fixtures
from poolgate.standin.provider import StandInProvider, main, start_server

POOL = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:dev::proof::{POOL}::pool"
INPUTS: dict[str, Any] = {
    "resourceGroupName": "rg-x",
    "workspaceName": "mlw-x",
    "inferencePoolName": "pool",
    "location": "westeurope",
    "inferencePoolProperties": {"nodeSkuType": "a"},
}
Connect = Callable[..., Any]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Starts stand-ins in this process; returns stubs."""
    ends: list[Callable[[], object]] = []

    def start(version: str = "3.29.0", **options: Any) -> Any:
        options.setdefault("clock", lambda: datetime(2026, 11, 22, tzinfo=UTC))
        server, port = start_server(StandInProvider(options.pop("cloud", AZURE_NATIVE), version, **options))
        channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        ends.extend([channel.close, lambda: server.stop(None).wait(5)])
        return provider_pb2_grpc.ResourceProviderStub(channel)

    yield start
    for end in ends:
        end()


def code_of(call: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code(), caught.value.details()  # type: ignore[attr-defined]


def test_it_answers_as_the_real_provider_about_itself(connect: Connect) -> None:
    stub = connect("2.92.3")
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == "2.92.3"
    assert json.loads(stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)["version"] == "2.92.3"
    configured = stub.Configure(provider_pb2.ConfigureRequest())
    assert configured.supportsPreview
    assert configured.supports_autonaming_configuration
    assert not configured.acceptSecrets
    assert not configured.acceptResources
    assert not configured.acceptOutputs
    request = provider_pb2.CheckRequest(news=to_struct({"location": "x"}))
    assert from_struct(stub.CheckConfig(request).inputs) == {"location": "x"}
    assert stub.DiffConfig(provider_pb2.DiffRequest()).changes == provider_pb2.DiffResponse.DIFF_UNKNOWN


def test_what_the_real_provider_does_not_implement_is_not_implemented(connect: Connect) -> None:
    stub = connect()
    calls = [
        lambda: stub.Handshake(provider_pb2.ProviderHandshakeRequest()),
        lambda: stub.Construct(provider_pb2.ConstructRequest()),
        lambda: stub.Call(provider_pb2.CallRequest()),
    ]
    assert {code_of(call)[0] for call in calls} == {grpc.StatusCode.UNIMPLEMENTED}


KEPT = b"eyJtb2R1bGUiOiJtYWNoaW5lbGVhcm5pbmdzZXJ2aWNlcyIsInZlcnNpb24iOiJ2MjAyMzA4MDFwcmV2aWV3In0="
"""What the provider has an SDK keep: {"module":"machinelearningservices","version":"v20230801preview"}."""


@pytest.mark.parametrize(
    "parameters",
    [
        {"args": {"args": ["machinelearningservices", "v20230801preview"]}},
        {"value": {"name": "local", "version": "3.29.0", "value": KEPT}},
    ],
)
def test_it_becomes_a_local_package(connect: Connect, parameters: dict[str, Any]) -> None:
    answer = connect().Parameterize(provider_pb2.ParameterizeRequest(**parameters))
    assert (answer.name, answer.version) == ("azure-native_machinelearningservices_v20230801preview", "3.29.0")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"args": {"args": ["machinelearningservices"]}}, "expected 2 arguments (module and API version), got 1"),
        ({"value": {"value": b"!"}}, "not one that azure-native made"),
        ({"value": {"value": b"W10="}}, "not one that azure-native made"),
        ({"value": {"value": b"e30="}}, "not one that azure-native made"),
        ({}, "not one that azure-native made"),
    ],
)
def test_a_parameter_of_another_provider_is_refused(connect: Connect, parameters: dict[str, Any], reason: str) -> None:
    code, message = code_of(lambda: connect().Parameterize(provider_pb2.ParameterizeRequest(**parameters)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert reason in message


@pytest.mark.parametrize("cloud", clouds.ALL, ids=lambda cloud: cloud.package)
def test_each_cloud_says_what_it_is(connect: Connect, cloud: Cloud) -> None:
    stub = connect(cloud.newest, cloud=cloud)
    assert json.loads(stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)["name"] == cloud.package
    assert stub.Configure(provider_pb2.ConfigureRequest()).acceptSecrets == cloud.accepts_secrets
    if cloud is not AZURE_NATIVE:
        arguments = provider_pb2.ParameterizeRequest.ParametersArgs(args=["a", "b"])
        code, _ = code_of(lambda: stub.Parameterize(provider_pb2.ParameterizeRequest(args=arguments)))
        assert code is grpc.StatusCode.UNIMPLEMENTED


def test_what_cannot_be_checked_is_an_error(connect: Connect) -> None:
    token = "aws-native:sagemaker:EndpointConfig"
    request = provider_pb2.CheckRequest(urn=f"urn:pulumi:dev::p::{token}::{'n' * 62}", type=token, randomSeed=b"x")
    code, message = code_of(lambda: connect("1.84.0", cloud=AWS_NATIVE).Check(request))
    assert code is grpc.StatusCode.UNKNOWN
    assert message.startswith("failed to apply auto-naming: ")


def test_the_engine_is_asked_to_compare_by_itself(connect: Connect) -> None:
    token = "aws-native:sagemaker:EndpointConfig"
    old, new = ({"executionRoleArn": name} for name in "ab")
    request = provider_pb2.DiffRequest(
        urn=f"urn:pulumi:dev::p::{token}::n", type=token, olds=to_struct({"__inputs": old}), news=to_struct(new)
    )
    answer = connect("1.84.0", cloud=AWS_NATIVE).Diff(request)
    assert (answer.changes, answer.deleteBeforeReplace) == (provider_pb2.DiffResponse.DIFF_UNKNOWN, True)


def test_check_uses_the_configuration_of_its_connection(connect: Connect) -> None:
    stub = connect()
    stub.Configure(provider_pb2.ConfigureRequest(variables={"azure-native:config:location": "northeurope"}))
    news = to_struct({"resourceGroupName": "rg-x", "inferencePoolProperties": {}})
    answer = stub.Check(provider_pb2.CheckRequest(urn=URN, type=POOL, news=news, randomSeed=b"x"))
    assert from_struct(answer.inputs)["location"] == "northeurope"
    assert [(f.property, f.reason) for f in answer.failures] == [("", "missing required property 'workspaceName'")]


def test_check_honours_the_engine_s_autonaming(connect: Connect) -> None:
    options = provider_pb2.CheckRequest.AutonamingOptions
    request = provider_pb2.CheckRequest(
        urn=URN,  # without a type, as older engines send it
        news=to_struct(INPUTS),
        autonaming=options(proposed_name="proposed", mode=options.ENFORCE),
    )
    del request.news.fields["inferencePoolName"]
    assert from_struct(connect().Check(request).inputs)["inferencePoolName"] == "proposed"


def test_an_unknown_api_version_is_an_error_not_a_failure(connect: Connect) -> None:
    token = "azure-native:machinelearningservices/v20240701preview:InferencePool"
    request = provider_pb2.CheckRequest(urn=URN.replace(POOL, token), type=token, news=to_struct(INPUTS))
    assert "not found" in code_of(lambda: connect("2.92.3").Check(request))[1]


def test_a_preview_creates_with_unknown_outputs(connect: Connect) -> None:
    request = provider_pb2.CreateRequest(urn=URN, type=POOL, properties=to_struct(INPUTS), preview=True)
    created = connect("2.92.3").Create(request)
    assert created.id == ""
    assert from_struct(created.properties)["name"] == UNKNOWN_STRING


def test_nothing_is_created_changed_or_deleted_for_real(connect: Connect) -> None:
    stub = connect()
    calls = [
        lambda: stub.Create(provider_pb2.CreateRequest(urn=URN, properties=to_struct(INPUTS))),
        lambda: stub.Update(provider_pb2.UpdateRequest(urn=URN, news=to_struct(INPUTS))),
        lambda: stub.Delete(provider_pb2.DeleteRequest(urn=URN)),
    ]
    for call in calls:
        code, message = code_of(call)
        assert code == grpc.StatusCode.FAILED_PRECONDITION
        assert "never creates, changes or deletes" in message


def test_with_the_test_switch_states_are_plausible(connect: Connect) -> None:
    stub = connect("2.92.3", allow_apply=True)
    created = stub.Create(provider_pb2.CreateRequest(urn=URN, type=POOL, properties=to_struct(INPUTS)))
    outputs = from_struct(created.properties)
    assert created.id == outputs["id"]
    assert outputs["systemData"]["createdAt"] == "2026-11-22T00:00:00+00:00"
    updated = stub.Update(provider_pb2.UpdateRequest(urn=URN, type=POOL, news=to_struct(INPUTS)))
    assert from_struct(updated.properties) == outputs
    stub.Delete(provider_pb2.DeleteRequest(urn=URN))


def test_a_preview_of_an_update_keeps_what_never_changes(connect: Connect) -> None:
    request = provider_pb2.UpdateRequest(
        urn=URN, type=POOL, news=to_struct(INPUTS), olds=to_struct({"name": "old", "kind": "x"}), preview=True
    )
    outputs = from_struct(connect().Update(request).properties)
    assert (outputs["name"], outputs["kind"]) == ("old", UNKNOWN_STRING)


def diff(new: dict[str, Any], old: dict[str, Any] = INPUTS, version: str = "3.29.0") -> dict[str, tuple[str, bool]]:
    found = azure_diff(POOL, old, new, version).changes
    return {format_path(change.keys): (change.kind, change.replaces) for change in found}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"location": "West Europe"}, {}),
        ({"azureApiVersion": "2025-01-01-preview"}, {}),
        ({"location": "northeurope"}, {"location": ("update", True)}),
        ({"workspaceName": "mlw-y"}, {"workspaceName": ("update", True)}),
        ({"kind": "x"}, {"kind": ("add", False)}),
        (
            {"inferencePoolProperties": {"properties": [{"key": "a"}]}},
            {
                "inferencePoolProperties.nodeSkuType": ("delete", False),
                "inferencePoolProperties.properties": ("add", False),
            },
        ),
    ],
)
def test_differences(change: dict[str, Any], expected: dict[str, tuple[str, bool]]) -> None:
    assert diff({**INPUTS, **change}) == expected


def test_differences_inside_lists_have_their_index() -> None:
    old = {"inferencePoolProperties": {"properties": [{"key": "a"}]}}
    new = {"inferencePoolProperties": {"properties": [{"key": "b"}, {"key": "c"}]}}
    assert diff(new, old) == {
        "inferencePoolProperties.properties[0].key": ("update", False),
        "inferencePoolProperties.properties[1]": ("add", False),
    }


def test_a_replacement_of_a_fixed_name_deletes_first(connect: Connect) -> None:
    def asked(old: dict[str, Any]) -> Any:
        new = {**INPUTS, "location": "northeurope"}
        request = provider_pb2.DiffRequest(
            urn=URN, type=POOL, olds=to_struct({}), old_inputs=to_struct(old), news=to_struct(new)
        )
        return connect().Diff(request)

    fixed, made_up = asked(INPUTS), asked({**INPUTS, "__createBeforeDelete": True})
    assert list(fixed.replaces) == ["location"]
    assert fixed.detailedDiff["location"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE
    assert fixed.deleteBeforeReplace
    assert not made_up.deleteBeforeReplace


def test_version_2_compares_with_the_inputs_in_its_state(connect: Connect) -> None:
    state = {"__inputs": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": INPUTS}}
    request = provider_pb2.DiffRequest(urn=URN, type=POOL, olds=to_struct(state), news=to_struct(INPUTS))
    assert connect("2.92.3").Diff(request).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_reads_come_from_the_state_or_from_fixtures(connect: Connect) -> None:
    fixtures = Fixtures(
        reads=[{"type": POOL, "id": "/known", "outputs": {"location": "x"}}],
        invokes=[{"token": "azure-native:x:getY", "return": {"answer": 42}}],
    )
    stub = connect(fixtures=fixtures)
    of_state = provider_pb2.ReadRequest(
        urn=URN, type=POOL, id="/x", properties=to_struct({"a": "b"}), inputs=to_struct(INPUTS)
    )
    assert from_struct(stub.Read(of_state).properties) == {"a": "b"}
    known = stub.Read(provider_pb2.ReadRequest(urn=URN, type=POOL, id="/known"))
    assert (known.id, from_struct(known.properties)) == ("/known", {"location": "x"})
    unknown = provider_pb2.ReadRequest(urn=URN, type=POOL, id="/other")
    assert code_of(lambda: stub.Read(unknown))[0] == grpc.StatusCode.FAILED_PRECONDITION
    answer = stub.Invoke(provider_pb2.InvokeRequest(tok="azure-native:x:getY"))
    assert from_struct(getattr(answer, "return")) == {"answer": 42}
    code, message = code_of(lambda: stub.Invoke(provider_pb2.InvokeRequest(tok="azure-native:x:getZ")))
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    assert "azure-native:x:getZ" in message


def test_as_a_process_it_prints_its_port_and_ends_quietly(stand_in: Callable[..., Any]) -> None:
    package, port = stand_in("azure-native=3.1.0").where.split(":")
    assert package == "azure-native"
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    stub = provider_pb2_grpc.ResourceProviderStub(channel)
    assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=20).version == "3.1.0"
    channel.close()


def test_wrong_arguments_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["azure-native=newest"]) == 2
    assert main(["azure=3.0.0"]) == 2
    assert main(["azure-native=3.0.0", "--read-fixtures", str(tmp_path / "absent")]) == 2
    no_version, no_cloud, no_file = capsys.readouterr().err.splitlines()
    assert "'newest' is not a version" in no_version
    assert "'azure': there is a stand-in for aws, aws-native, azure-native, gcp only" in no_cloud
    assert "absent" in no_file
