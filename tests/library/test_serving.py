"""Which resources serve together, and what load comes to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from inference_pools import policy_config
from inference_pools.facets import Load, Probe
from inference_pools.finding import Outcome, Verdict
from inference_pools.reader import UnknownError
from inference_pools.resource import Resource
from inference_pools.rules.capacity_meets_load import capacity_meets_load
from inference_pools.runner import judge_stack
from inference_pools.serving import Service, configured_load, services
from inference_pools.stack import Stack, stacks_of
from inference_pools.values import UNKNOWN_STRING, Json
from inference_pools.view import facets_of, view

TOKEN = "azure-native:machinelearningservices:Inference"
LOAD = {"load.peak-rps": "10", "load.service-time": "PT0.2S"}


def resource(kind: str, name: str, version: str = "3.29.0", tags: Json = None, **properties: Json) -> Resource:
    urn = f"urn:pulumi:dev::shop::{TOKEN}{kind}::{name}"
    return Resource(urn, f"{TOKEN}{kind}", name, {"tags": tags or {}, **properties}, provider_version=version)


def group(name: str = "blue", pool: Json = "chat", capacity: float | None = 1.0, **properties: Json) -> Resource:
    sku = {} if capacity is None else {"sku": {"name": "Standard_DS3_v2", "capacity": capacity}}
    return resource("Group", name, poolName=pool, groupName=properties.pop("called", name), **sku, **properties)


def endpoint(leads: Json = "blue", pool: Json = "chat", name: str = "api", **properties: Json) -> Resource:
    inside = {"groupName": leads, "authMode": "AAD", "requestConfiguration": properties.pop("requests", {})}
    return resource("Endpoint", name, poolName=pool, inferenceEndpointProperties=inside, **properties)


def stack(*resources: Resource) -> Stack:
    (found,) = stacks_of(resources)
    return found


def service_of(name: str, *resources: Resource) -> Service:
    (found,) = [service for service in services(stack(*resources)) if service.holder.resource.name == name]
    return found


def names(pools: tuple[Any, ...]) -> list[str]:
    return [pool.resource.name for pool in pools]


@pytest.mark.parametrize(
    ("leads", "pool", "expected"),
    [
        ("blue", "chat", ("certain")),
        ("Blue", "CHAT", ("certain")),
        ("/subscriptions/s/inferencePools/chat/groups/blue", "chat", "certain"),
        ("green", "chat", ""),
        ("blue", "search", ""),
        ("/subscriptions/s/inferencePools/search/groups/blue", "chat", "perhaps"),
        (UNKNOWN_STRING, "chat", "perhaps"),
        ("blue", UNKNOWN_STRING, "perhaps"),
        ("blue", None, "perhaps"),
        (UNKNOWN_STRING, "search", ""),
        ("green", UNKNOWN_STRING, ""),
    ],
)
def test_where_an_endpoint_leads(leads: Json, pool: Json, expected: str) -> None:
    service = service_of("blue", group(), endpoint(leads, pool))

    assert names(service.callers) == (["api"] if expected == "certain" else [])
    assert names(service.perhaps) == (["api"] if expected == "perhaps" else [])


def test_a_group_of_unknown_name_may_be_any_endpoints() -> None:
    service = service_of("blue", group(called=UNKNOWN_STRING), endpoint("green"))

    assert names(service.callers) == []
    assert names(service.perhaps) == ["api"]
    with pytest.raises(UnknownError) as caught:
        service.limits()
    assert caught.value.keys == ("groupName",)


@pytest.mark.parametrize("where", ["workspaceName", "resourceGroupName"])
def test_pools_of_one_name_in_two_places(where: str) -> None:
    here = group(**{where: "one"})

    assert names(service_of("blue", here, endpoint(**{where: "two"})).callers) == []
    assert names(service_of("blue", here, endpoint(**{where: "ONE"})).callers) == ["api"]
    assert names(service_of("blue", here, endpoint(**{where: UNKNOWN_STRING})).callers) == ["api"]


def test_a_pool_of_shape_a_is_its_own_door() -> None:
    pool = resource("Pool", "chat", "2.92.3", inferencePoolName="chat", inferencePoolProperties={"nodeSkuType": "x"})
    inner = resource("Group", "blue", "2.92.3", poolName="chat", groupName="blue", tags=LOAD)
    service = service_of("chat", pool, inner)

    assert service.doors == (service.holder,)
    assert names(service.inside) == ["blue"]
    assert [demand.traffic.load for demand in service.demands({})] == [2.0]


def test_a_pools_load_is_that_of_its_only_group() -> None:
    pool = resource("Pool", "pool", inferencePoolName="chat", tags=LOAD)

    assert service_of("blue", pool, group()).demands({})
    assert not service_of("blue", pool, group(), group("green")).demands({})
    assert not service_of("blue", pool, group(), group("green", pool=UNKNOWN_STRING)).demands({})
    assert service_of("blue", pool, group(), group("green", pool="search")).demands({})


def test_the_nearest_declaration_counts() -> None:
    own = {**LOAD, "load.peak-rps": "1"}
    resources = (resource("Pool", "pool", inferencePoolName="chat", tags=LOAD), endpoint(tags=LOAD))

    def rates(subject: Resource, **configured: Json) -> list[float]:
        demands = service_of("blue", subject, *resources).demands(configured)
        return [demand.traffic.rate for demand in demands]

    assert rates(group(tags=own)) == [1]
    assert rates(group()) == [10]
    assert rates(group(), blue={"peak-rps": 5, "service-time": "PT1S"}) == [5]
    both = {"blue": {"peak-rps": 5, "service-time": "PT1S"}, "Chat/Blue": {"peak-rps": 6, "service-time": "PT1S"}}
    assert rates(group(), **both) == [6]
    assert rates(group(), green={"peak-rps": 5, "service-time": "PT1S"}) == [10]


def test_what_another_resource_declares_and_hides_is_left_out() -> None:
    hidden = {"load.peak-rps": UNKNOWN_STRING, "load.service-time": "PT1S"}
    service = service_of("blue", group(), endpoint(tags=LOAD), endpoint(name="batch", tags=hidden))

    assert [demand.traffic.rate for demand in service.demands({})] == [10]


def test_what_is_hidden_first_keeps_nobody_from_looking_further() -> None:
    hidden = {"load.peak-rps": UNKNOWN_STRING, "load.service-time": "PT1S"}
    service = service_of("blue", group(), endpoint(name="batch", tags=hidden), endpoint(tags=LOAD))

    assert [demand.traffic.rate for demand in service.demands({})] == [10]


def test_without_a_declaration_there_is_no_demand() -> None:
    assert service_of("blue", group(), endpoint()).demands({}) == []


def test_what_a_sibling_declares_is_its_own() -> None:
    assert service_of("blue", group(), group("green", tags=LOAD), endpoint()).demands({}) == []


def test_a_group_in_a_pool_of_unknown_name_may_be_any_endpoints() -> None:
    service = service_of("blue", group(pool=UNKNOWN_STRING), endpoint(), endpoint("green", name="other"))

    assert names(service.callers) == []
    assert names(service.perhaps) == ["api"]
    with pytest.raises(UnknownError) as caught:
        service.limits()
    assert caught.value.keys == ("poolName",)


def test_an_endpoint_in_a_pool_of_unknown_name_counts_once() -> None:
    service = service_of("blue", group(pool=UNKNOWN_STRING), endpoint(pool=UNKNOWN_STRING))

    assert names(service.perhaps) == ["api"]


@pytest.mark.parametrize("name", ["blue", "Blue", "chat/blue", "CHAT/BLUE"])
def test_a_configuration_calls_a_group_by_its_name_in_azure(name: str) -> None:
    configured: dict[str, Json] = {name: {"peak-rps": 5, "service-time": "PT1S"}}
    service = service_of("in-the-program", group("in-the-program", called="Blue"))

    assert [demand.traffic.rate for demand in service.demands(configured)] == [5]
    assert service.demands({"in-the-program": configured[name]}) == []


def test_a_pool_whose_name_is_not_known_is_called_by_that_in_the_program() -> None:
    service = service_of("Chat", resource("Pool", "Chat", "2.92.3", inferencePoolName=UNKNOWN_STRING,
                                          inferencePoolProperties={"nodeSkuType": "x"}))  # fmt: skip

    assert service.is_called("chat")
    assert not service.is_called("pool")


def test_a_pool_is_called_by_its_name_in_azure() -> None:
    service = service_of("program", resource("Pool", "program", "2.92.3", inferencePoolName="Chat",
                                             inferencePoolProperties={"nodeSkuType": "x"}))  # fmt: skip

    assert service.is_called("CHAT")
    assert not service.is_called("program")


def judged(*resources: Resource, **options: Json) -> list[Verdict]:
    settings = policy_config.parse({capacity_meets_load.id: options}, [capacity_meets_load])
    return [verdict for verdict in judge_stack(settings, stack(*resources)) if verdict.outcome.reported]


def test_tags_that_are_not_known_declare_nothing() -> None:
    subject = resource("Group", "blue", tags=UNKNOWN_STRING, poolName="chat", groupName="blue")

    assert judged(subject) == []
    assert [(verdict.outcome, verdict.path) for verdict in judged(subject, on_unknown="fail")] == [
        (Outcome.UNKNOWN, "tags")
    ]


def test_properties_that_are_not_known_hide_no_tags() -> None:
    hidden = {"inferenceGroupProperties": {"properties": UNKNOWN_STRING}}

    assert [verdict.path for verdict in judged(group(tags=LOAD, **hidden), endpoint())] == ["sku.capacity"]
    assert judged(group(tags={"load.peak-rps": "10"}, **hidden), endpoint()) == []


def test_a_pool_of_two_groups_with_a_configuration_that_is_none() -> None:
    """The entry is told of where it stands for a group, and breaks nothing."""
    pool = resource("Pool", "pool", inferencePoolName="chat", tags=LOAD)
    found = judged(
        pool, group(), group("green", tags=LOAD), endpoint(), endpoint("green", name="two"), load={"blue": 3}
    )

    assert {verdict.outcome for verdict in found} == {Outcome.VIOLATED}
    assert "which is 3, expected an object" in found[0].message


def test_a_configuration_with_parts_that_there_are_not() -> None:
    with pytest.raises(ValueError, match=r"^has 'rps', 'time', expected peak-rps, service-time, wait-target, "):
        configured_load({"rps": 5, "peak-rps": 5, "time": "PT1S"})


def test_a_wait_without_a_load_says_all_that_is_missing() -> None:
    (found,) = judged(group(tags={"load.wait-target": "PT1S"}), endpoint())

    assert found.path == 'tags["load.wait-target"]'
    assert found.message == "stands without load.peak-rps and load.service-time"


def test_the_environment_that_a_rule_over_a_stack_is_told_counts() -> None:
    subject = (group(tags={"load.peak-rps": "2", "load.service-time": "PT0.2S"}), endpoint())
    stricter: Json = {"utilisation": 0.1}

    assert judged(*subject, production=stricter) == []
    assert [found.path for found in judged(*subject, production=stricter, environment="live")] == ["sku.capacity"]
    assert [found.path for found in judged(*subject, utilisation=0.1)] == ["sku.capacity"]


def test_a_queue_that_is_almost_full_is_not_called_full() -> None:
    tags = {"load.peak-rps": "4.99999", "load.service-time": "PT0.2S"}
    (found,) = judged(group(tags=tags), endpoint())

    assert "99.9998 % busy at the peak, " in found.message


def test_tags_of_another_matter_declare_nothing() -> None:
    assert judged(group(tags={"load.balancer": "internal", "loadtest": "yes", "Load": "heavy"})) == []


def test_a_load_beside_one_that_is_hidden_is_the_least_that_may_come() -> None:
    """What is known is too much already; the rest only makes it worse."""
    hidden = {"load.peak-rps": UNKNOWN_STRING, "load.service-time": "PT1S"}
    found = judged(group(), endpoint(tags=LOAD), endpoint(name="batch", tags=hidden))

    assert [(verdict.outcome, verdict.path) for verdict in found] == [
        (Outcome.UNKNOWN, 'tags["load.peak-rps"]'),
        (Outcome.VIOLATED, "sku.capacity"),
    ]


@pytest.mark.parametrize("tags", [{"load.service-time": "PT1S"}, {"load.peak-rps": "10"}])
def test_half_a_declaration_is_no_load(tags: dict[str, str]) -> None:
    found = judged(group(tags=tags), endpoint())

    assert [verdict.path for verdict in found] == [f'tags["{next(iter(tags))}"]']


def test_the_share_is_told_from_its_limit() -> None:
    """A share that rounds to the limit is shown with as many digits as it takes."""
    tags = {"load.peak-rps": "3.6974", "load.service-time": "PT0.2S", "load.wait-target": "PT1S"}
    (found,) = judged(group(tags=tags), endpoint(requests={"requestTimeout": "PT30S"}), percentile=79.9)

    assert "20.101 % longer than 1 second (the limit is 20.1 %)" in found.message


def test_a_probe_has_its_defaults() -> None:
    pool = view(group(inferenceGroupProperties={"environmentConfiguration": {"livenessProbe": {}}}))
    assert pool is not None
    liveness, readiness, startup = facets_of(pool, Probe)

    assert [probe.name for probe in (liveness, readiness, startup)] == [
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
    ]
    assert [probe.is_set for probe in (liveness, readiness, startup)] == [True, False, False]
    assert (liveness.failure_threshold, liveness.success_threshold) == (30, 1)
    assert (liveness.timeout, liveness.period) == (timedelta(seconds=2), timedelta(seconds=10))
    assert liveness.initial_delay is None
    assert liveness.patience == timedelta(minutes=5)


def test_a_patience_beyond_all_time_is_the_longest_there_is() -> None:
    probe = {"failureThreshold": 2147483647.0, "period": "P36500D"}
    pool = view(group(inferenceGroupProperties={"environmentConfiguration": {"livenessProbe": probe}}))
    assert pool is not None

    assert next(facets_of(pool, Probe)).patience == timedelta.max


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ([{"key": "Load.Peak-RPS", "value": "2.5"}, {"value": "no key"}], 2.5),
        ([{"key": "load.peak-rps", "value": 2.5}], 2.5),
        ({"load.peak-rps": "2.5"}, 2.5),
        ([], None),
        ("text", None),
        (None, None),
    ],
)
def test_a_load_among_properties(inside: Json, expected: float | None) -> None:
    pool = view(group(inferenceGroupProperties={"properties": inside}))
    assert pool is not None
    (load,) = facets_of(pool, Load)

    assert load.peak_rps == expected


def test_many_groups_are_brought_together_by_their_names() -> None:
    """Each group of a large stack looks at its own pool's endpoints only."""
    resources = [
        item for n in range(400) for item in (group(f"g{n}", f"p{n}"), endpoint(f"g{n}", f"p{n}", name=f"e{n}"))
    ]

    found = services(stack(*resources))

    assert sorted(names(service.callers) for service in found) == sorted([f"e{n}"] for n in range(400))


def test_an_autoscale_setting_of_a_deployment_by_its_output_scales_it() -> None:
    """`target_resource_uri=deployment.id`, which nobody knows before there is a deployment."""
    learning, monitor = "azure-native:machinelearningservices", "azure-native:monitor"
    urns = {
        name: f"urn:pulumi:dev::shop::{token}::{name}"
        for name, token in {"blue": f"{learning}:OnlineDeployment", "scale": f"{monitor}:AutoscaleSetting"}.items()
    }
    names = {"endpointName": "claims", "deploymentName": "blue", "workspaceName": "w", "resourceGroupName": "g"}
    trigger = {"metricName": "CpuUtilizationPercentage", "metricResourceUri": UNKNOWN_STRING}
    profile = {"name": "all", "capacity": {"minimum": "1", "maximum": "5"}, "rules": [{"metricTrigger": trigger}]}
    deployment = Resource(urns["blue"], f"{learning}:OnlineDeployment", "blue", names)
    setting = Resource(
        urns["scale"],
        f"{monitor}:AutoscaleSetting",
        "scale",
        {"targetResourceUri": UNKNOWN_STRING, "enabled": True, "profiles": [profile]},
        depends={"targetResourceUri": [urns["blue"]]},
    )
    (found,) = stacks_of([deployment, setting])
    (service,) = services(found)
    assert service.scaler is not None
    assert service.scaler.resource is setting
