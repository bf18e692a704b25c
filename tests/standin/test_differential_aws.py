"""The real engine with the stand-in for aws and aws-native, and the in-process source, see the same.

The programs write type tokens themselves: what an SDK would add is not the subject here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference_pools.values import is_secret
from poolgate.findings import Origin
from poolgate.sources.failures import provider_refused
from standin.harness import Case, Engine, EngineRun, StandIn
from standin.test_differential import as_in_event_log, in_process, plain

pytestmark = pytest.mark.engine

PYTHON = Path(sys.executable)
MADE_UP = re.compile(r"-[0-9a-f]{7}\b")
CLASSES = """
import pulumi


class Bridged(pulumi.CustomResource):
    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, token, name, props, opts=None):
        super().__init__(token, name, {"name": None, "arn": None, **props}, opts)


def configuration(name, opts=None, extra=None, **variant):
    variants = [{"variantName": "blue", "modelName": "m", "instanceType": "ml.g5.xlarge", **variant}]
    token = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    return Bridged(token, name, {"productionVariants": variants, **(extra or {})}, opts)


"""
GOOD = (
    CLASSES
    + """
serverless = {"maxConcurrency": 1.5, "memorySizeInMb": 1024}
config = configuration("c", initialInstanceCount="2", serverlessConfig=serverless)
named = {"endpointConfigName": config.name, "tags": {"a": config.arn}}
endpoint = Bridged("aws:sagemaker/endpoint:Endpoint", "e", named)
token = pulumi.Config().require_secret("token")
container = {"image": "i", "environment": {"A": "x", "B": token}}
role = Bridged("aws:iam/role:Role", "r", {"assumeRolePolicy": "{}"})
model = {"executionRoleArn": role.arn, "primaryContainer": container, "tags": {"t": token}}
Bridged("aws:sagemaker/model:Model", "m", model)
target = {
    "minCapacity": 1, "maxCapacity": "4", "serviceNamespace": "sagemaker",
    "resourceId": endpoint.name.apply(lambda name: f"endpoint/{name}/variant/blue"),
    "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
Bridged("aws:appautoscaling/target:Target", "t", target)
tags = '{"tags":{"team":"a","env":"p"}}'
provider = pulumi.ProviderResource("aws", "eu", {"region": "eu-central-1", "defaultTags": tags})
configuration("d", pulumi.ResourceOptions(provider=provider), {"tags": {"env": "d"}, "name": "mine"})
hidden = pulumi.Output.secret('{"tags":{"team":"well-hidden-tag","env":"p"}}')
for package, kind in {"aws": "endpointConfiguration:EndpointConfiguration", "aws-native": "EndpointConfig"}.items():
    secretive = pulumi.ProviderResource(package, "hiding-" + package, {"region": "eu-central-1", "defaultTags": hidden})
    token = f"{package}:sagemaker/{kind}" if package == "aws" else f"{package}:sagemaker:{kind}"
    variants = {"productionVariants": [{"variantName": "v", "modelName": "m", "instanceType": "ml.g5.xlarge"}]}
    Bridged(token, "s-" + package, variants, pulumi.ResourceOptions(provider=secretive))
late = pulumi.ProviderResource("aws", "late", {"region": role.arn})
configuration("u", pulumi.ResourceOptions(provider=late))
native = {"productionVariants": [{"variantName": "v", "modelName": "m"}], "executionRoleArn": role.arn}
Bridged("aws-native:sagemaker:EndpointConfig", "n", native)
pulumi.export("region", pulumi.runtime.invoke("aws:index/getRegion:getRegion", {}).value["id"])
pulumi.export("account", pulumi.runtime.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}).value["accountId"])
"""
)
CONFIG = {
    "aws:region": "eu-west-1",
    "aws:defaultTags": '{"tags":{"owner":"ml"}}',
    "aws-native:region": "eu-west-1",
    "aws-native:defaultTags": '{"tags":{"owner":"ml"}}',
}
SECRETS = {"proof:token": "much-hidden-0123"}
CALLER = {"token": "aws:index/getCallerIdentity:getCallerIdentity", "return": {"accountId": "111122223333"}}


def previewed(engine: Engine, start: Callable[..., StandIn], case: Case, *arguments: str) -> tuple[EngineRun, Path]:
    folder = engine.root / "project"
    engine.prepare(case, folder, PYTHON)
    return engine.operate(folder, "preview", start("aws=7.51.1", "aws-native=1.84.0", *arguments).where), folder


def without_digits(tree: Any) -> Any:
    return json.loads(MADE_UP.sub("-digits", json.dumps(tree)))


def test_policies_see_the_same_inputs(engine: Engine, stand_in: Callable[..., StandIn], tmp_path: Path) -> None:
    fixtures = tmp_path / "reads.json"
    fixtures.write_text(json.dumps({"invokes": [CALLER]}), "utf-8")
    case = Case(GOOD, CONFIG, SECRETS)
    expected, folder = previewed(engine, stand_in, case, "--read-fixtures", str(fixtures))
    assert expected.exit_code == 0, expected.output
    ours = in_process(case, folder, PYTHON, read_fixtures=fixtures)
    assert not ours.failed, ours.log
    mine = {resource.urn: without_digits(as_in_event_log(resource.inputs)) for resource in ours.resources}
    assert mine == {urn: without_digits(inputs) for urn, inputs in expected.inputs().items()}
    assert (ours.exports["region"], ours.exports["account"]) == ("eu-west-1", "111122223333")
    inputs = {resource.name: resource.inputs for resource in ours.resources}
    assert inputs["e"]["endpointConfigName"] == inputs["c"]["name"]
    assert inputs["d"]["tagsAll"] == {"team": "a", "env": "d"}
    assert inputs["t"]["resourceId"] == f"endpoint/{inputs['e']['name']}/variant/blue"
    assert inputs["t"]["maxCapacity"] == 4
    assert inputs["n"]["tags"] == [{"key": "owner", "value": "ml"}]
    assert "name" not in inputs["u"]  # its provider is not known yet, and checks nothing
    assert "much-hidden" not in json.dumps(mine)
    assert "well-hidden-tag" not in json.dumps(mine)
    assert {name: is_secret(value) for name, value in inputs["s-aws"]["tagsAll"].items()} == {"team": True, "env": True}
    assert [is_secret(tag["value"]) for tag in inputs["s-aws-native"]["tags"]] == [True, True]


REFUSED = (
    CLASSES
    + """
configuration("Under_Score", instanceType="ml.g5.foo", sku="x")
configuration("n", extra={"kmsKeyArn": pulumi.Output.secret("alias/well-hidden")})
Bridged("aws-native:sagemaker:EndpointConfig", "native", {"productionVariants": [{"sku": "x"}]})
"""
)


def test_what_one_refuses_the_other_refuses_in_the_same_words(engine: Engine, stand_in: Callable[..., StandIn]) -> None:
    case = Case(REFUSED, CONFIG)
    expected, folder = previewed(engine, stand_in, case)
    assert expected.exit_code != 0
    ours = in_process(case, folder, PYTHON, after_check_failure="continue")
    mine = {MADE_UP.sub("-digits", entry.message) for entry in ours.log if entry.severity == "error"}
    theirs = {MADE_UP.sub("-digits", plain(message)) for message in expected.errors()}
    assert len(mine) == 5
    assert {one for one in theirs if "has a problem" in one} <= mine
    assert any("has a problem" in one for one in theirs)
    assert "well-hidden" not in expected.output
    assert not any("well-hidden" in one for one in mine)


CHANGING = (
    CLASSES
    + """
role = Bridged("aws:iam/role:Role", "r", {"assumeRolePolicy": "{}"})
Bridged("aws:sagemaker/model:Model", "m", {"executionRoleArn": role.arn})
own = configuration("own", extra={"name": "mine"}, initialInstanceCount=COUNT)
made = configuration("made", initialInstanceCount=COUNT)
Bridged("aws:sagemaker/endpoint:Endpoint", "e", {"endpointConfigName": made.name})
Bridged("aws:sagemaker/endpoint:Endpoint", "f", {"endpointConfigName": own.name})
variants = [{"variantName": "v", "modelName": "m", "initialInstanceCount": COUNT}]
options = pulumi.ResourceOptions(replace_on_changes=["productionVariants[*]"])
Bridged("aws-native:sagemaker:EndpointConfig", "n", {"productionVariants": variants}, options)
"""
)


def steps(run: EngineRun) -> list[tuple[str, str]]:
    metadata = [event["resourcePreEvent"]["metadata"] for event in run.events if "resourcePreEvent" in event]
    return [(one["urn"].rpartition("::")[2], one["op"]) for one in metadata if one["op"] != "same"]


def test_a_changed_capacity_replaces_and_only_an_own_name_is_deleted_first(
    engine: Engine, stand_in: Callable[..., StandIn]
) -> None:
    folder = engine.root / "project"
    where = stand_in("aws=7.51.1", "aws-native=1.84.0", "--allow-apply").where
    engine.prepare(Case(CHANGING.replace("COUNT", "2"), CONFIG), folder, PYTHON)
    done = engine.operate(folder, "up", where, "--yes", "--skip-preview")
    assert done.exit_code == 0, done.output
    again = engine.operate(folder, "preview", where, "--expect-no-changes")
    assert again.exit_code == 0, again.output
    Case(CHANGING.replace("COUNT", "3"), CONFIG).write(folder)
    taken = steps(engine.operate(folder, "up", where, "--yes", "--skip-preview"))
    assert taken.index(("own", "delete-replaced")) < taken.index(("own", "create-replacement"))
    assert taken.index(("made", "create-replacement")) < taken.index(("made", "delete-replaced"))
    assert ("n", "replace") in taken
    # The endpoint hears of the configuration that has a new name, and not of the one that has the old one again.
    assert ("e", "update") in taken
    assert not [step for name, step in taken if name == "f"]


def test_a_name_that_cannot_be_made_is_about_the_resource(engine: Engine, stand_in: Callable[..., StandIn]) -> None:
    source = (
        CLASSES
        + """
native = {"productionVariants": [{"variantName": "v"}]}
Bridged("aws-native:sagemaker:EndpointConfig", "n" * 62, native)
"""
    )
    expected, folder = previewed(engine, stand_in, Case(source, CONFIG))
    ours = in_process(Case(source, CONFIG), folder, PYTHON, after_check_failure="continue")
    said = [event["diagnosticEvent"] for event in expected.events if "diagnosticEvent" in event]
    (error,) = (entry for entry in ours.log if entry.severity == "error")
    mine = provider_refused(error.message, error.urn or "", Origin.PREVIEW)
    theirs = [provider_refused(plain(one["message"]), one.get("urn", ""), Origin.PREVIEW) for one in said]
    assert mine is not None
    assert mine in theirs
    assert "too large to fix max length constraint of 63" in mine.message
