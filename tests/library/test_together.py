"""Rules that see several resources, where something cannot be seen: what is not known never counts against anyone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from inference_pools import platforms, rules
from inference_pools.finding import Outcome
from inference_pools.joins import Joins
from inference_pools.platforms.platform import Subject
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rule import Rule
from inference_pools.rules.azure_pools.api_shape_agrees import api_shape_agrees
from inference_pools.rules.azure_pools.groups_served import groups_served
from inference_pools.rules.names_unique import names_unique
from inference_pools.rules.production_capacity_leads import production_capacity_leads
from inference_pools.rules.production_model_tried import production_model_tried
from inference_pools.rules.references_resolve import references_resolve
from inference_pools.runner import judge_project, judge_stack
from inference_pools.stack import Stack, stacks_of
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_NUMBER, UNKNOWN_STRING, Json

WHERE = {"resourceGroupName": "rg", "workspaceName": "mlw"}
NOWHERE = {"resourceGroupName": UNKNOWN_STRING, "workspaceName": "mlw"}
SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "hunter2"}
SUBSCRIPTION = "/subscriptions/8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264/resourceGroups"


def resource(kind: str, name: str, properties: dict[str, Json], stack: str = "dev", **more: Any) -> Resource:
    token = f"azure-native:machinelearningservices:Inference{kind}"
    urn = f"urn:pulumi:{stack}::shop::{token}::{name}"
    return Resource(urn, token, name, properties, provider_version=more.pop("provider_version", "3.29.0"), **more)


def pool(name: Json = "chat", where: dict[str, Json] = WHERE, urn: str = "pool", **more: Any) -> Resource:
    return resource("Pool", urn, {**where, "inferencePoolName": name}, **more)


def group(
    name: Json = "blue", of: Json = "chat", where: dict[str, Json] = WHERE, urn: str = "group", **more: Any
) -> Resource:
    return resource("Group", urn, {**where, "poolName": of, "groupName": name}, **more)


def endpoint(
    serves: Json = "blue", of: Json = "chat", where: dict[str, Json] = WHERE, name: Json = "api", urn: str = "endpoint"
) -> Resource:
    bag = {"groupName": serves, "authMode": "AAD"}
    named = {"poolName": of, "endpointName": name, "inferenceEndpointProperties": bag}
    return resource("Endpoint", urn, {**where, **named})


def said(rule: Rule[Any], *resources: Resource) -> list[tuple[Outcome, str, str]]:
    """Outcome, resource and path of all that is said of one stack."""
    (stack,) = stacks_of(resources)
    verdicts = judge_stack(default_settings([rule]), stack)
    return [(v.outcome, v.urn.rpartition("::")[2], v.path) for v in verdicts if v.outcome.reported]


def compared(rule: Rule[Any], *resources: Resource) -> list[tuple[Outcome, str, str]]:
    """The same of all stacks of a project."""
    verdicts = judge_project(default_settings([rule]), stacks_of(resources))
    return [(v.outcome, v.urn.split("::")[0].rpartition(":")[2], v.path) for v in verdicts if v.outcome.reported]


def test_what_a_function_makes_of_a_stack_is_made_once() -> None:
    made: list[str] = []

    def size(stack: Stack) -> int:
        made.append(stack.name)
        return len(stack.subjects)

    dev, prod = stacks_of([pool(), group(), pool(stack="prod")])
    assert [dev.once(size), dev.once(size), prod.once(size)] == [2, 2, 1]
    assert made == ["dev", "prod"]
    assert dev.once(len_of_name) == 3


def len_of_name(stack: Stack) -> int:
    return len(stack.name)


def test_rules_of_one_platform_share_a_part_of_the_stack_and_the_joins_of_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    joined: list[int] = []

    class Counted(Joins):
        def __init__(self, subjects: Iterable[Subject]) -> None:
            joined.append(1)
            super().__init__(subjects)

    monkeypatch.setattr("inference_pools.stack.Joins", Counted)
    token = "aws:sagemaker/model:Model"
    model = Resource(f"urn:pulumi:dev::shop::{token}::ranker", token, "ranker", {"name": "ranker"})
    (stack,) = stacks_of([pool(), group(), endpoint(), model])

    pools = stack.of_platforms(("azure-pools",))
    assert [subject.resource.name for subject in pools.subjects] == ["pool", "group", "endpoint"]
    assert stack.of_platforms(("azure-pools", "azure-online")) is pools
    assert stack.of_platforms(("azure-pools", "sagemaker")) is stack.of_platforms(()) is stack

    judge_stack(default_settings(rules.ALL), stack)
    assert joined == [1]


def test_no_edge_leads_from_one_platform_to_another() -> None:
    for platform in platforms.ALL:
        edges = [edge for edge, _ in platform.identities.inherits]
        for reference in platform.references:
            edges += filter(None, (reference.edge, reference.others, reference.sure))
        for serving in platform.serving:
            ways = (serving.doors, serving.callers, serving.around, serving.beside, serving.inside)
            edges += [*filter(None, ways), *serving.scaling]
        assert {kind.platform for edge in edges for kind in (edge.of, edge.to)} <= {platform.name}


ALL_TOGETHER = [references_resolve, groups_served, names_unique]
every_stack_rule = pytest.mark.parametrize("rule", ALL_TOGETHER, ids=lambda rule: rule.id)


@every_stack_rule
def test_names_that_agree_need_no_place(rule: Rule[Any]) -> None:
    assert said(rule, pool(where=NOWHERE), group(where=NOWHERE), endpoint(where=NOWHERE)) == []


@every_stack_rule
def test_a_place_known_of_one_only_might_be_the_same(rule: Rule[Any]) -> None:
    assert said(rule, pool(where=NOWHERE), group(), endpoint(where=NOWHERE)) == []


@every_stack_rule
def test_groups_of_one_name_in_two_pools(rule: Rule[Any]) -> None:
    pools = [pool(name, NOWHERE, urn=f"pool-{name}") for name in ("chat", "search")]
    groups = [group("blue", name, NOWHERE, urn=f"group-{name}") for name in ("chat", "search")]
    endpoints = [endpoint("blue", name, NOWHERE, urn=f"endpoint-{name}") for name in ("chat", "search")]

    assert said(rule, *pools, *groups, *endpoints) == []


@every_stack_rule
def test_outputs_without_an_id_have_no_names(rule: Rule[Any]) -> None:
    bag = {"inferenceEndpointProperties": {"groupName": "green", "authMode": "AAD"}}
    unnamed = [resource(kind, kind, bag if kind == "Endpoint" else {}, outputs=True) for kind in ("Pool", "Group")]

    assert said(rule, *unnamed, resource("Endpoint", "e", bag, outputs=True)) == []


def test_a_pool_whose_name_is_not_known_may_be_any() -> None:
    assert said(references_resolve, pool(UNKNOWN_STRING), pool("chat", urn="other"), group(of="chta")) == []
    assert said(references_resolve, pool(None), pool("chat", urn="other"), group(of="chta")) == []


def test_a_group_whose_name_is_not_known_may_be_any() -> None:
    assert said(references_resolve, pool(), group(SECRET), group("blue", urn="other"), endpoint("bleu")) == []


def test_an_endpoint_whose_group_is_not_known_may_serve_any() -> None:
    assert said(groups_served, pool(), group("blue"), endpoint(UNKNOWN_STRING)) == []
    assert said(groups_served, pool(), group("blue"), endpoint("green", of=UNKNOWN_STRING)) == [
        (Outcome.VIOLATED, "group", "groupName")
    ]
    assert said(groups_served, pool(), group("blue"), endpoint("blue", of=UNKNOWN_STRING)) == []


def test_own_names_that_are_not_known_cost_their_own_judgement_only() -> None:
    resources = [pool(), group(UNKNOWN_STRING), group("green", urn="z-green"), endpoint("gren")]

    assert said(groups_served, *resources) == [
        (Outcome.UNKNOWN, "group", "groupName"),
        (Outcome.VIOLATED, "z-green", "groupName"),
    ]
    assert said(names_unique, group(UNKNOWN_STRING), group(urn="one"), group(urn="two")) == [
        (Outcome.UNKNOWN, "group", "groupName"),
        (Outcome.VIOLATED, "two", "groupName"),
    ]


def test_a_secret_name_is_not_told() -> None:
    (stack,) = stacks_of([pool(), group(SECRET), group("green", urn="green"), endpoint("gren")])
    verdicts = judge_stack(default_settings(ALL_TOGETHER), stack)

    assert any(verdict.outcome is Outcome.UNKNOWN for verdict in verdicts)
    assert "hunter2" not in repr(verdicts)


@every_stack_rule
def test_names_of_the_wrong_type_break_nothing(rule: Rule[Any]) -> None:
    outcomes = {outcome for outcome, _, _ in said(rule, pool(5.0), group(["x"]), endpoint({}), group(of=5.0, urn="g"))}

    assert outcomes <= {Outcome.UNREADABLE}


def test_a_message_lists_some_names_only() -> None:
    groups = [group(f"g{number}", urn=f"g{number}") for number in range(9)]
    (stack,) = stacks_of([pool(), *groups, endpoint("batch")])
    (verdict,) = judge_stack(default_settings([references_resolve]), stack)

    listed = "'g0', 'g1', 'g2', 'g3', 'g4' and 4 more"
    assert verdict.message == f"names the group 'batch', this stack makes {listed} in this pool"


def test_two_ids_are_two_resources() -> None:
    one = pool(id=f"{SUBSCRIPTION}/rg/x")

    assert said(names_unique, one, pool(urn="two", id=f"{SUBSCRIPTION}/RG/x")) == [
        (Outcome.VIOLATED, "two", "inferencePoolName")
    ]
    assert said(names_unique, one, pool(urn="two", id=f"{SUBSCRIPTION}/other/x")) == []


def serving(stack: str, instances: Json = 2.0, *, name: str = "chat", model: Json = None, **more: Any) -> Resource:
    """A group with a capacity and a model."""
    bag = {"modelConfiguration": {"modelId": model}}
    tags = {"tags": more.pop("tags")} if "tags" in more else {}
    sku = {"name": more.pop("sku", "Standard_DS3_v2"), "capacity": instances}
    return resource("Group", name, {"sku": sku, "inferenceGroupProperties": bag, **tags}, stack, **more)


def model(version: Json, name: str = "chat") -> str:
    return f"azureml://registries/contoso/models/{name}/versions/{version}"


def test_production_is_told_by_its_stack_or_its_tag() -> None:
    more = (Outcome.VIOLATED, "prod", "sku.capacity")

    assert compared(production_capacity_leads, serving("dev", 4.0), serving("prod")) == [more]
    assert compared(production_capacity_leads, serving("dev", 4.0), serving("prod", tags={"env": "qa"})) == []
    assert compared(production_capacity_leads, serving("dev", 4.0, tags={"env": "prod"}), serving("prod")) == []


@pytest.mark.parametrize(
    "other",
    [
        serving("dev", UNKNOWN_NUMBER),
        serving("dev", "four"),
        serving("dev", 4.0, tags=UNKNOWN_STRING),
        serving("dev", 4.0, tags={"env": UNKNOWN_STRING}),
        serving("dev", 4.0, sku=UNKNOWN_STRING),
        serving("dev", 4.0, name="search"),
        serving("prod", 4.0, name="chat-dev", tags={"env": "dev"}),
    ],
)
def test_what_cannot_be_compared_is_not(other: Resource) -> None:
    assert compared(production_capacity_leads, other, serving("prod")) == []


def test_a_namesake_comes_before_one_that_is_nearly_so() -> None:
    resources = [serving("dev", 2.0), serving("dev", 9.0, name="test-chat"), serving("prod", 2.0)]

    assert compared(production_capacity_leads, *resources) == []
    assert compared(production_capacity_leads, *resources[1:]) == [(Outcome.VIOLATED, "prod", "sku.capacity")]


@pytest.mark.parametrize(
    "other",
    [
        serving("dev", model=UNKNOWN_STRING),
        serving("dev", model=model(6), tags=UNKNOWN_STRING),
        serving("dev", model=model("latest-good")),
        serving("dev", model=model(8)),
        serving("dev", model=model(7).replace("contoso", "contoso-dev")),
        serving("dev"),
    ],
)
def test_a_model_that_may_have_been_tried_is_let_pass(other: Resource) -> None:
    assert compared(production_model_tried, other, serving("prod", model=model(7))) == []


def test_a_model_that_has_not_been_tried() -> None:
    wrong = [(Outcome.VIOLATED, "prod", "inferenceGroupProperties.modelConfiguration.modelId")]
    unseen = serving("test", name="other", tags=UNKNOWN_STRING)  # it runs no model

    assert compared(production_model_tried, serving("dev", model=model(6)), serving("prod", model=model(7))) == wrong
    assert (
        compared(production_model_tried, serving("dev", model=model(7, "x")), unseen, serving("prod", model=model(7)))
        == wrong
    )


def test_the_content_of_another_api_version() -> None:
    old = serving("dev", provider_version="2.92.3")

    assert compared(api_shape_agrees, old, serving("prod")) == [(Outcome.VIOLATED, "prod", "")]
    assert compared(api_shape_agrees, serving("dev"), serving("prod")) == []
