"""What the platform says of online endpoints, held against Azure's trees and against what providers write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from inference_pools import platforms, policy_config
from inference_pools.facets import Capacity, Credential, Facet, NodeType, Property, Purchase, RequestLimits
from inference_pools.path import format_path, format_steps
from inference_pools.platforms.azure_online import AZURE_ONLINE
from inference_pools.platforms.azure_online.catalog import AUTOSCALE, DEPLOYMENT, ENDPOINT, Compute, Reach, Shape
from inference_pools.platforms.azure_online.edges import TO_DEPLOYMENT
from inference_pools.platforms.platform import Layout
from inference_pools.resource import Resource
from inference_pools.rule import Rule
from inference_pools.rules.azure_online.autoscale_floor_in_production import autoscale_floor_in_production
from inference_pools.rules.azure_online.autoscale_metric_published import autoscale_metric_published
from inference_pools.rules.azure_online.traffic_deployed import traffic_deployed
from inference_pools.runner import judge_stack
from inference_pools.serving import services
from inference_pools.stack import stacks_of
from inference_pools.tree import Node
from inference_pools.values import OUTPUT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json
from inference_pools.view import facets_of, is_judged, may_be_judged, view

PLAIN = "azure-native:machinelearningservices:OnlineDeployment"
LOCAL = "azure-native_machinelearningservices_{0}:machinelearningservices:OnlineDeployment"
ONLINE = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints"
PLAN = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Web/serverfarms/plan"


def deployment(properties: dict[str, Json], token: str = PLAIN, version: str | None = "3.29.0") -> Resource:
    return Resource(f"urn:pulumi:dev::p::{token}::blue", token, "blue", properties, provider_version=version)


def shape(resource: Resource) -> Shape:
    subject = view(resource)
    assert subject is not None
    return Shape.parse(subject.shape)


@pytest.mark.parametrize(
    "token",
    [
        "azure-native:machinelearningservices:OnlineEndpoint",
        "azure-native:machinelearningservices/v20240401:OnlineDeployment",
        "azure-native_machinelearningservices_v20260515preview:machinelearningservices:OnlineDeployment",
        "azure-native:machinelearningservices:BatchDeployment",
        "azure-native:machinelearningservices:ServerlessEndpoint",
        "azure-native:machinelearningservices:CapacityReservationGroup",
        "azure-native:monitor:AutoscaleSetting",
        "azure-native:insights/v20221001:AutoscaleSetting",
        "azure-native_monitor_v20221001:monitor:AutoscaleSetting",
    ],
)
def test_every_form_of_a_token_is_known(token: str) -> None:
    found = platforms.kind_of(token)
    assert found is not None
    assert found[0] is AZURE_ONLINE


@pytest.mark.parametrize(
    "token",
    [
        "azure-native:machinelearningservices:AutoscaleSetting",
        "azure-native:monitor:OnlineDeployment",
        "azure-native:machinelearningservices/latest:OnlineDeployment",
        "azure-native:machinelearningservices:OnlineDeploymentX",
    ],
)
def test_what_only_looks_like_one_is_none(token: str) -> None:
    assert not may_be_judged(token)


def places(layout: Layout) -> set[str]:
    return {
        format_steps(there.path)
        for facet_places in layout.places.values()
        for one in facet_places
        for there in one.at.values()
    } | {format_path(keys) for keys in layout.names}


def has(node: Node, path: str) -> bool:
    for step in path.split("."):
        found = node.members.get(step.removesuffix("[]"))
        if found is None:
            return node.values is not None or node.type == "any"
        node = found.items if step.endswith("[]") and found.items else found
    return True


@pytest.mark.parametrize("layout", AZURE_ONLINE.layouts, ids=lambda layout: f"{layout.kind} {layout.shape}")
def test_a_facet_lies_where_the_api_has_a_property(layout: Layout) -> None:
    tree = layout.tree
    assert tree is not None
    missing = {path for path in places(layout) if not has(tree, path)}
    # Of versions that were not all read a start-up probe may be there.
    assert {path for path in missing if "startupProbe" not in path or Shape.parse(layout.shape).reach == ""} == set()


@pytest.mark.parametrize(
    ("properties", "version", "expected"),
    [
        ({"properties": {"endpointComputeType": "Managed"}}, "3.29.0", Shape("3", Compute.MANAGED)),
        ({"properties": {"endpointComputeType": "managed"}}, "3.29.0", Shape("3", Compute.MANAGED)),
        ({"properties": {"endpointComputeType": "KUBERNETES"}}, None, Shape("3", Compute.KUBERNETES)),
        ({"properties": {"endpoint_compute_type": "Managed"}}, "3.29.0", Shape("3", Compute.MANAGED)),
        ({"properties": {"endpointComputeType": UNKNOWN_STRING}}, "3.29.0", Shape("3", Compute.KUBERNETES)),
        ({"properties": UNKNOWN_STRING}, "3.29.0", Shape("3", Compute.KUBERNETES)),
        ({"onlineDeploymentProperties": {"endpointComputeType": "Managed"}}, None, Shape("2", Compute.MANAGED)),
        ({"onlineDeploymentProperties": {"endpointComputeType": "Managed"}}, "2.92.3", Shape("2", Compute.MANAGED)),
        (
            {"properties": {"endpointComputeType": "Managed"}, "azureApiVersion": "2024-04-01"},
            "3.29.0",
            Shape("3", Compute.MANAGED, Reach.READ),
        ),
        (
            {"properties": {"endpointComputeType": "Managed"}, "azureApiVersion": "2026-05-15-preview"},
            "3.29.0",
            Shape("3", Compute.MANAGED, Reach.UNREAD),
        ),
    ],
)
def test_the_content_is_told_by_provider_and_compute(
    properties: dict[str, Json], version: str | None, expected: Shape
) -> None:
    assert shape(deployment(properties, version=version)) == expected


def test_a_local_package_has_a_version_of_its_own() -> None:
    managed: dict[str, Json] = {"properties": {"endpointComputeType": "Managed"}}
    assert shape(deployment(managed, LOCAL.format("v20251201"), "1.0.0")) == Shape("3", Compute.MANAGED)


def test_an_update_across_major_versions_is_one_of_the_same_machines() -> None:
    old: dict[str, Json] = {"onlineDeploymentProperties": {"endpointComputeType": "Managed", "instanceType": "A"}}
    before = AZURE_ONLINE.before(DEPLOYMENT, Resource("u", PLAIN, "b", {}, previous=old, provider_version="3.29.0"))
    subject = view(before)
    assert subject is not None
    assert [purchase.machines for purchase in facets_of(subject, Purchase)] == [("A",)]


def limits(compute: str) -> RequestLimits:
    subject = view(deployment({"properties": {"endpointComputeType": compute}}))
    assert subject is not None
    (found,) = facets_of(subject, RequestLimits)
    return found


def test_a_managed_one_gives_up_before_one_on_kubernetes() -> None:
    assert (limits("managed").longest, limits("kubernetes").longest) == (timedelta(minutes=3), timedelta(minutes=5))
    assert (limits("managed").timeout, limits("managed").concurrency) == (timedelta(seconds=5), 1)


def test_what_a_cluster_calls_its_machines_is_no_vm_size() -> None:
    """An instance type of Kubernetes is a resource of the cluster, and nothing is bought for it."""
    subject = view(deployment({"properties": {"endpointComputeType": "Kubernetes", "instanceType": "gpu-small"}}))
    assert subject is not None
    assert not [*facets_of(subject, NodeType), *facets_of(subject, Purchase)]


def test_a_dictionary_states_no_capacity_that_the_args_class_would() -> None:
    settings: dict[str, Json] = {"scaleSettings": {"scaleType": "TargetUtilization"}}
    subject = view(deployment({"properties": {"endpointComputeType": "Kubernetes", **settings}}))
    assert subject is not None
    assert [capacity.instances for capacity in facets_of(subject, Capacity)] == [None, None, None]


def unknown_names(properties: dict[str, Json], token: str = PLAIN) -> list[str]:
    subject = view(deployment(properties, token))
    assert subject is not None
    return [found.name for found in facets_of(subject, Property) if found.known is None]


def test_what_only_other_api_versions_have_is_known_to_a_token_of_one() -> None:
    """`privateNetworkConnection` of 2022-02-01-preview."""
    properties: dict[str, Json] = {"properties": {"endpointComputeType": "Managed", "privateNetworkConnection": True}}
    versioned = "azure-native:machinelearningservices/v20220201preview:OnlineDeployment"
    assert unknown_names(properties) == ["privateNetworkConnection"]
    assert unknown_names(properties, versioned) == []


def test_a_model_was_an_object_once() -> None:
    properties: dict[str, Json] = {"properties": {"endpointComputeType": "Managed", "model": {"assetId": "a"}}}
    versioned = "azure-native:machinelearningservices/v20210301preview:OnlineDeployment"
    assert unknown_names(properties, versioned) == []


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"targetResourceUri": f"{ONLINE}/e/deployments/blue"}, True),
        ({"targetResourceUri": f"{ONLINE}/e/deployments/blue".upper()}, True),
        ({"targetResourceUri": f"{ONLINE}/e"}, False),
        ({"targetResourceUri": PLAN}, False),
        ({}, False),
        ({"targetResourceUri": UNKNOWN_STRING}, True),
        ({"targetResourceUri": UNKNOWN_STRING, "metric": "CpuUtilizationPercentage"}, True),
        ({"targetResourceUri": UNKNOWN_STRING, "metric": "Percentage CPU"}, False),
        ({"targetResourceUri": UNKNOWN_STRING, "metric": UNKNOWN_STRING}, True),
    ],
)
def test_a_setting_is_ours_where_it_scales_a_deployment_or_may(properties: dict[str, Json], expected: bool) -> None:
    metric = properties.pop("metric", None)
    if metric is not None:
        properties["profiles"] = [{"rules": [{"metricTrigger": {"metricName": metric}}]}]
    assert is_judged("azure-native:monitor:AutoscaleSetting", properties) is expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("abc", [True, False]),
        ({SIGNATURE_KEY: SECRET_SIGNATURE, "value": "abc"}, [False, False]),
        ({SIGNATURE_KEY: OUTPUT_SIGNATURE, "secret": True}, [False, False]),
        (None, [False, False]),
    ],
)
def test_a_key_is_plain_unless_somebody_marked_it(key: Json, expected: list[bool]) -> None:
    token = "azure-native:machinelearningservices:OnlineEndpoint"
    subject = view(Resource("u", token, "e", {"properties": {"keys": {"primaryKey": key}}}))
    assert subject is not None
    assert [credential.is_plain for credential in facets_of(subject, Credential)] == expected


# --- joins where names are not known yet: each is an output of the resource that it is made from ---

ENDPOINT_TOKEN = "azure-native:machinelearningservices:OnlineEndpoint"
SETTING_TOKEN = "azure-native:monitor:AutoscaleSetting"


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::p::{token}::{name}"


def endpoint(name: str, traffic: dict[str, Json] | None = None) -> Resource:
    properties: dict[str, Json] = {"endpointName": name, "properties": {"traffic": traffic or {}}}
    return Resource(urn(ENDPOINT_TOKEN, name), ENDPOINT_TOKEN, name, properties)


def behind(endpoint_name: str, name: str) -> Resource:
    """A deployment of an endpoint that it names by the endpoint's own output."""
    properties: dict[str, Json] = {
        "endpointName": UNKNOWN_STRING,
        "deploymentName": name,
        "properties": {"endpointComputeType": "Managed"},
    }
    depends: dict[str, Json] = {"endpointName": [urn(ENDPOINT_TOKEN, endpoint_name)]}
    return Resource(urn(PLAIN, name), PLAIN, name, properties, depends=depends)


def setting(metric: str, target: str, source: str) -> Resource:
    trigger: dict[str, Json] = {"metricName": metric, "metricResourceUri": UNKNOWN_STRING}
    properties: dict[str, Json] = {
        "targetResourceUri": UNKNOWN_STRING,
        "profiles": [{"name": "default", "rules": [{"metricTrigger": trigger}]}],
    }
    depends: dict[str, Json] = {"targetResourceUri": [target], "profiles": [source]}
    return Resource(urn(SETTING_TOKEN, "scaling"), SETTING_TOKEN, "scaling", properties, depends=depends)


def said(rule: Rule[Facet], *resources: Resource) -> list[tuple[str, str]]:
    (stack,) = stacks_of(resources)
    verdicts = judge_stack(policy_config.default_settings([rule]), stack)
    return [(verdict.path, verdict.message) for verdict in verdicts if verdict.outcome.reported]


def test_an_endpoints_deployments_are_those_made_from_its_name() -> None:
    stack = (endpoint("e", {"bleu": 90.0, "green": 10.0}), endpoint("other", {"bleu": 100.0}), behind("e", "green"))
    assert said(traffic_deployed, *stack) == [
        ("properties.traffic.bleu", "names no deployment of the endpoint, which has 'green'")
    ]


def test_a_setting_leads_to_the_deployment_that_its_target_is_made_from() -> None:
    stack = (endpoint("e"), behind("e", "blue"), setting("CpuUtilizationPercentage", urn(PLAIN, "blue"), ""))
    (made,) = stacks_of(stack)
    (item,) = made.items(AUTOSCALE)
    assert [found.subject.resource.name for found in made.follow(item, TO_DEPLOYMENT).sure] == ["blue"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (urn(ENDPOINT_TOKEN, "e"), "is that of an endpoint, and only deployments have CpuUtilizationPercentage"),
        (urn(PLAIN, "blue"), None),
        ("urn:pulumi:dev::p::azure-native:storage:StorageAccount::s", "not known yet"),
    ],
)
def test_whose_metric_it_is_is_told_by_what_it_is_made_from(source: str, expected: str | None) -> None:
    stack = (endpoint("e"), behind("e", "blue"), setting("CpuUtilizationPercentage", urn(PLAIN, "blue"), source))
    messages = [message for _, message in said(autoscale_metric_published, *stack)]
    assert messages == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("enabled", "expected"),
    [
        ({"enabled": True}, [("profiles[0].capacity.minimum", "is 1, the least in production is 2")]),
        ({"enabled": False}, []),
        ({}, []),
        ({"enabled": UNKNOWN_STRING}, [("enabled", "not known yet")]),
    ],
    ids=["on", "off", "off-by-default", "not-known"],
)
def test_a_setting_that_is_off_takes_no_instance_away(
    enabled: dict[str, Json], expected: list[tuple[str, str]]
) -> None:
    on = setting("CpuUtilizationPercentage", f"{ONLINE}/e/deployments/blue", f"{ONLINE}/e/deployments/blue")
    profiles = [{"name": "by load", "capacity": {"minimum": "1", "default": "4", "maximum": "12"}, "rules": []}]
    properties = {**on.properties, "tags": {"environment": "prod"}, "profiles": profiles}
    properties.pop("enabled", None)
    assert said(autoscale_floor_in_production, replace(on, properties={**properties, **enabled})) == expected


def test_a_kind_is_told_with_its_article() -> None:
    assert (DEPLOYMENT.one, ENDPOINT.one) == ("a deployment", "an endpoint")


def test_load_of_an_endpoint_is_borne_by_its_only_deployment() -> None:
    (stack,) = stacks_of((endpoint("e"), behind("e", "blue")))
    (service,) = services(stack)
    assert (service.around and service.around.resource.name, service.shared) == ("e", False)
    (stack,) = stacks_of((endpoint("e"), behind("e", "blue"), behind("e", "green")))
    assert [service.shared for service in services(stack)] == [True, True]
