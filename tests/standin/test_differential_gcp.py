"""The real engine with the stand-in for gcp, and the in-process source, see the same.

The program writes type tokens itself: what an SDK would add is not the subject here, but for the outputs that it marks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference_pools.values import UNKNOWN_STRING
from standin.harness import Case, Engine, StandIn
from standin.test_differential import as_in_event_log, in_process
from standin.test_differential_aws import without_digits

pytestmark = pytest.mark.engine

PYTHON = Path(sys.executable)
PROGRAM = """
import pulumi


class Vertex(pulumi.CustomResource):
    name: pulumi.Output[str]
    project: pulumi.Output[str]
    region: pulumi.Output[str]
    trafficSplit: pulumi.Output[str]
    pulumiLabels: pulumi.Output[dict]

    def __init__(self, kind, name, props, opts=None):
        outputs = dict.fromkeys(("name", "project", "region", "trafficSplit", "pulumiLabels"))
        super().__init__(f"gcp:vertex/{kind[:1].lower()}{kind[1:]}:{kind}", name, {**outputs, **props}, opts)


def pool(logical, **props):
    machine = {"machineType": "g2-standard-8", "acceleratorType": "NVIDIA_L4", "acceleratorCount": 1}
    resources = {"machineSpec": machine, "minReplicaCount": 1.5, "maxReplicaCount": "4"}
    return Vertex("AiDeploymentResourcePool", logical, {"dedicatedResources": resources, **props})


token = pulumi.Config().require_secret("token")
marked = pulumi.ResourceOptions(additional_secret_outputs=["effectiveLabels", "pulumiLabels"])
place = {"location": "europe-west4", "displayName": "Chat"}
split = Vertex("AiEndpoint", "split", {**place, "trafficSplit": '{"2": 40, "1": 60}', "labels": {"n": 1}}, marked)
copied = {"labels": split.pulumiLabels, "description": split.project, "trafficSplit": split.trafficSplit}
Vertex("AiEndpoint", "copied", {**place, **copied, "name": "mine"}, marked)
first = pool("first")
pool("second", name=first.name.apply(lambda name: name + "-b"), region=first.region, project=first.project)
garden = {"publisherModelName": "publishers/x", "modelConfig": {"huggingFaceAccessToken": token}}
Vertex("AiEndpointWithModelGardenDeployment", "garden", {"location": "europe-west4", **garden})
spec = {"deploymentSpec": {"minInstances": "2", "envs": {"name": "A", "value": token}}}
agent = Vertex("AiReasoningEngine", "agent", {"displayName": "Agent", "spec": spec, "labels": {"t": token}}, marked)
index = {"deployedIndexId": "d", "index": agent.name, "indexEndpoint": "e", "enableAccessLogging": "true"}
Vertex("AiIndexEndpointDeployedIndex", "index", index)
node = {"machineSpec": [{"machineType": "n1-standard-4"}], "replicaCount": 2}
Vertex("AiPersistentResource", "node", {"location": "europe-west4", "resourcePools": [node]}, marked)
other = pulumi.ProviderResource("gcp", "us", {"project": "p2", "region": "us-east4", "defaultLabels": '{"team":"b"}'})
us = Vertex("AiEndpoint", "us", place, pulumi.ResourceOptions.merge(marked, pulumi.ResourceOptions(provider=other)))
pool("beside", project=us.project)
client = pulumi.runtime.invoke("gcp:organizations/getClientConfig:getClientConfig", {}).value
pulumi.export("client", [client["project"], client["region"], client["defaultLabels"]])
account = pulumi.runtime.invoke("gcp:organizations/getProject:getProject", {"projectId": "p1"}).value
pulumi.export("number", account["number"])
"""
CONFIG = {"gcp:project": "p1", "gcp:region": "europe-west4", "gcp:defaultLabels": '{"team":"ml"}'}
NUMBER = {"token": "gcp:organizations/getProject:getProject", "return": {"number": "123456789"}}


def test_policies_see_the_same_inputs(engine: Engine, stand_in: Callable[..., StandIn], tmp_path: Path) -> None:
    fixtures, folder = tmp_path / "reads.json", engine.root / "project"
    fixtures.write_text(json.dumps({"invokes": [NUMBER]}), "utf-8")
    case = Case(PROGRAM, CONFIG, {"proof:token": "much-hidden-0123"})
    engine.prepare(case, folder, PYTHON)
    where = stand_in("gcp=10.2.0", "--read-fixtures", str(fixtures)).where
    expected = engine.operate(folder, "preview", where)
    assert expected.exit_code == 0, expected.output
    ours = in_process(case, folder, PYTHON, read_fixtures=fixtures)
    assert not ours.failed, ours.log
    mine = {resource.urn: without_digits(as_in_event_log(resource.inputs)) for resource in ours.resources}
    assert mine == {urn: without_digits(inputs) for urn, inputs in expected.inputs().items()}
    assert ours.exports == {"client": ["p1", "europe-west4", {"team": "ml"}], "number": "123456789"}
    assert "much-hidden" not in json.dumps(mine)
    inputs = {resource.name: resource.inputs for resource in ours.resources}
    assert inputs["copied"]["labels"]["value"] == {"goog-pulumi-provisioned": "true", "team": "ml", "n": "1"}
    assert (inputs["copied"]["trafficSplit"], inputs["copied"]["description"]) == ('{"1":60,"2":40}', "p1")
    assert inputs["first"]["dedicatedResources"]["minReplicaCount"] == 1
    assert inputs["second"]["region"] == UNKNOWN_STRING  # the plan fills in none, and a program waits for it
    assert (inputs["second"]["project"], inputs["beside"]["project"]) == ("p1", "p2")
    assert inputs["index"]["index"] == UNKNOWN_STRING
