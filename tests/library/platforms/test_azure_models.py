"""Accounts and model deployments: which resources they are, what they contain, when models retire, what is joined."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from inference_pools import policy_config
from inference_pools.finding import Outcome, Verdict
from inference_pools.platforms.azure_models import ACCOUNT, AZURE_MODELS, DEPLOYMENT
from inference_pools.platforms.azure_models.catalog import (
    Retirement,
    Shape,
    known_models,
    newest_version,
    retirement,
    sku,
    successor,
    tree,
)
from inference_pools.platforms.azure_models.edges import BESIDE, TO_ACCOUNT
from inference_pools.platforms.azure_models.facets import ModelDeployment
from inference_pools.policy_config import ConfigError
from inference_pools.resource import Resource
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.rules.azure_models.deployments_ordered import deployments_ordered
from inference_pools.rules.azure_models.token_quota_within_limit import token_quota_within_limit
from inference_pools.runner import judge_stack
from inference_pools.stack import Stack, stacks_of
from inference_pools.values import UNKNOWN_STRING
from inference_pools.view import facets_of, has_places, is_judged, view
from rules.fixture_files import fixtures

PLAIN = "azure-native:cognitiveservices:"
LOCAL = "azure-native_cognitiveservices_v20250401preview:cognitiveservices:"
GROUP = "urn:pulumi:dev::p::azure-native:resources:ResourceGroup::rg"


def urn(name: str, kind: str = "Deployment", module: str = PLAIN) -> str:
    return f"urn:pulumi:dev::p::{module}{kind}::{name}"


def resource(name: str = "chat", kind: str = "Deployment", token: str = "", **more: Any) -> Resource:
    properties = {"accountName": "oai", "resourceGroupName": "rg", **more.pop("properties", {})}
    return Resource(urn(name, kind), token or PLAIN + kind, name, properties, **more)


# --- which resources, in which shape ---


@pytest.mark.parametrize(
    ("token", "provider", "written", "shape"),
    [
        (f"{PLAIN}Deployment", "2.92.3", None, Shape.V2),
        (f"{PLAIN}Deployment", "v3.29.0", None, Shape.V3),
        (f"{PLAIN}Deployment", None, None, Shape.V3),
        (f"{PLAIN}Deployment", "4.0.0", None, Shape.UNREAD),
        (f"{PLAIN}Deployment", "3.29.0", "2024-10-01", Shape.READ),
        (f"{PLAIN}Deployment", "3.29.0", UNKNOWN_STRING, Shape.V3),
        ("azure-native:cognitiveservices/v20230501:Deployment", "3.29.0", None, Shape.V2),
        ("azure-native:cognitiveservices/v20250601:Deployment", "2.92.3", None, Shape.V3),
        ("azure-native:cognitiveservices/v20241001:Deployment", "2.92.3", None, Shape.READ),
        (f"{LOCAL}Deployment", "3.29.0", None, Shape.READ),
        ("azure-native:cognitiveservices/v20260701:Deployment", "3.29.0", None, Shape.UNREAD),
    ],
)
def test_the_shape_goes_by_the_api_version(token: str, provider: str | None, written: str | None, shape: Shape) -> None:
    properties = {"azureApiVersion": written} if written else {}
    subject = view(resource(token=token, provider_version=provider, properties=properties))
    assert subject is not None
    assert (subject.kind, subject.shape) == (DEPLOYMENT, shape)


@pytest.mark.parametrize("token", [f"{PLAIN}RaiPolicy", "azure-native:cognitiveservices/latest:Deployment"])
def test_what_is_no_token_of_theirs(token: str) -> None:
    assert not is_judged(token, {})


@pytest.mark.parametrize(
    ("kind", "ours"),
    [("OpenAI", True), ("aiservices", True), (UNKNOWN_STRING, True), (None, True), ("SpeechServices", False)],
)
def test_an_account_that_serves_no_deployments_is_none_of_ours(kind: str | None, ours: bool) -> None:
    assert is_judged(f"{PLAIN}Account", {"kind": kind}) is ours


def test_what_it_was_before_an_update_has_no_version_of_the_provider_now() -> None:
    before = AZURE_MODELS.before(DEPLOYMENT, resource(provider_version="3.29.0", previous={"deploymentName": "old"}))
    assert (before.properties, before.provider_version) == ({"deploymentName": "old"}, None)


def test_any_version_that_was_read_takes_what_one_of_them_has() -> None:
    of_2, of_3, of_any = (tree(ACCOUNT, shape).members for shape in (Shape.V2, Shape.V3, Shape.READ))
    assert "amlWorkspace" not in of_2["properties"].members
    assert {*of_2["properties"].members, *of_3["properties"].members} <= {*of_any["properties"].members}
    assert of_any["properties"].members["networkAcls"].members["bypass"].enum == ("None", "AzureServices")
    assert "tags" not in tree(DEPLOYMENT, Shape.V2).members


@pytest.mark.parametrize(("format_", "extra", "is_one"), [
    ("OpenAI", {}, True), ("openai", {}, True), (None, {}, True), ("Mistral AI", {}, False),
    ("OpenAI", {"source": "/subscriptions/x"}, False), ("OpenAI", {"name": "gpt-4o.ft-1"}, False),
])  # fmt: skip
def test_a_model_of_openai_has_no_source_and_no_suffix(
    format_: str | None, extra: dict[str, str], is_one: bool
) -> None:
    model = {"format": format_, "name": "gpt-4o", **extra}
    subject = view(resource(properties={"properties": {"model": model}}))
    assert subject is not None
    assert next(facets_of(subject, ModelDeployment)).is_of_openai is is_one


def test_the_names_are_in_an_id() -> None:
    account = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/oai"
    assert AZURE_MODELS.names_in_id(DEPLOYMENT, f"{account}/deployments/chat") == {
        "resourceGroupName": "rg",
        "accountName": "oai",
        "deploymentName": "chat",
    }


def test_every_rule_about_them_has_a_good_and_a_bad_example_of_theirs() -> None:
    layouts = [layout for layout in AZURE_MODELS.layouts if layout.shape is Shape.V3]
    judging = {
        rule.id
        for rule in ALL
        if rule.judges(AZURE_MODELS.name)
        and rule.scope is Scope.RESOURCE
        and any(has_places(AZURE_MODELS, layout, rule.facet) for layout in layouts)
    }
    has = {
        (fixture.rule, fixture.good)
        for fixture in fixtures()
        for subject in map(view, fixture.resources)
        if subject is not None and subject.platform is AZURE_MODELS
    }
    assert {(rule, good) for rule in judging for good in (True, False)} - has == set()


# --- models and SKUs ---


def test_a_retirement_is_told_with_the_day_of_its_table() -> None:
    assert retirement("GPT-35-Turbo", "0613", None) == Retirement(date(2025, 2, 13), False, date(2026, 4, 23))
    assert retirement("gpt-4o-mini", "2024-07-18", None) == Retirement(date(2026, 10, 1), False, date(2026, 7, 7))
    assert retirement("gpt-4o-mini", "2024-07-18", "standard") == Retirement(date(2026, 3, 31), False, date(2026, 7, 7))
    assert retirement("gpt-35-turbo-instruct", "0914", None) == Retirement(date(2025, 5, 31), True, date(2025, 4, 23))
    assert retirement("gpt-oss-120b", "1", None) == Retirement(None, False, date(2026, 7, 7))
    assert retirement("gpt-4.5-preview", "any", None) == Retirement(date(2025, 7, 14), False, date(2026, 4, 23))
    assert retirement("gpt-4o", "none", None) is retirement("no-model", "1", None) is None


def test_a_successor_is_one_that_is_kept() -> None:
    today = date(2026, 11, 29)
    assert successor("gpt-4", "0613", today) == "gpt-5.1"  # by way of gpt-4o, which is retired
    assert successor("gpt-35-turbo", "0613", today) is None
    assert successor("gpt-35-turbo", "0613", date(2026, 1, 1)) == "gpt-4o-mini"
    assert successor("no-model", "1", today) is None


def test_a_version_that_is_proposed_is_not_retired() -> None:
    assert newest_version("gpt-4o") == "2024-11-20"
    assert newest_version("gpt-4.5-preview") is newest_version("no-model") is None
    assert "gpt-4o" in known_models()


def test_a_sku_is_known_in_any_case() -> None:
    found = sku("globalstandard")
    assert found is not None
    assert (found.name, found.billing) == ("GlobalStandard", "tokens")
    assert sku(None) is sku("S0") is None


# --- joins and order ---


def stack_of(resources: Iterable[Resource]) -> Stack:
    [stack] = stacks_of(resources)
    return stack


def judged(rule: Any, *resources: Resource, **options: Any) -> list[Verdict]:
    setting = policy_config.parse({rule.id: options}, [rule])
    return [verdict for verdict in judge_stack(setting, stack_of(resources)) if verdict.outcome.reported]


def of_account(name: str, account: str = "account", waits_for: Iterable[str] = (), **more: Any) -> Resource:
    """A deployment whose names are outputs that nobody knows yet."""
    return resource(
        name,
        properties={
            "accountName": UNKNOWN_STRING,
            "resourceGroupName": UNKNOWN_STRING,
            "deploymentName": name,
            **more.pop("properties", {}),
        },
        depends={"accountName": [urn(account, "Account")], "resourceGroupName": [GROUP]},
        dependencies=(urn(account, "Account"), GROUP, *map(urn, waits_for)),
        **more,
    )


def account(name: str = "account", **properties: Any) -> Resource:
    located = {"accountName": f"oai-{name}", "resourceGroupName": UNKNOWN_STRING, **properties}
    return resource(name, "Account", properties=located, depends={"resourceGroupName": [GROUP]}, dependencies=(GROUP,))


def test_deployments_are_joined_by_what_their_names_are_made_from() -> None:
    stack = stack_of([account(), account("other"), of_account("a"), of_account("b"), of_account("c", "other")])
    a, b, c = stack.items(DEPLOYMENT)
    assert [item.subject.resource.name for item in stack.follow(a, TO_ACCOUNT).sure] == ["account"]
    assert [item.subject.resource.name for item in stack.follow(a, BESIDE).sure] == ["b"]
    assert [*stack.follow(b, BESIDE).sure] == [a]
    assert not stack.follow(c, BESIDE)


def test_names_that_are_not_known_yet_are_ordered_like_others() -> None:
    assert judged(deployments_ordered, account(), of_account("a"), of_account("b", waits_for=["a"])) == []
    [found] = judged(deployments_ordered, account(), account("other"), of_account("a"), of_account("b"))
    assert (found.urn, found.path, found.outcome) == (urn("b"), "accountName", Outcome.VIOLATED)


def test_what_waits_for_something_that_is_not_seen_is_not_judged() -> None:
    role = "urn:pulumi:dev::p::azure-native:authorization:RoleAssignment::role"
    [found] = judged(
        deployments_ordered,
        resource("a", dependencies=()),
        resource("b", dependencies=(role,), properties={"deploymentName": "b"}),
    )
    assert (found.outcome, found.message) == (
        Outcome.UNKNOWN,
        "waits for role, of which it is not known what it waits for",
    )


def test_of_several_the_first_that_are_certain_are_told_and_no_more_than_three_by_name() -> None:
    role = "urn:pulumi:dev::p::azure-native:authorization:RoleAssignment::role"
    several = [resource(name, dependencies=(GROUP,)) for name in "abcde"]
    [*_, last] = judged(deployments_ordered, resource("A", dependencies=(role,)), *several)
    assert last.message.startswith("is also that of b, c, d and 1 more: this deployment does not wait for them")


def test_an_account_that_may_be_another_is_not_known() -> None:
    other = resource("b", dependencies=(), properties={"accountName": UNKNOWN_STRING})
    [found] = judged(deployments_ordered, resource("a", dependencies=()), other)
    assert (found.urn, found.outcome, found.message) == (urn("b"), Outcome.UNKNOWN, "not known yet")


# --- quota ---


def use(
    name: str, capacity: int, model: str = "gpt-4o", sku_name: str = "Standard", account: str = "account"
) -> Resource:
    more = {"sku": {"name": sku_name, "capacity": float(capacity)}, "properties": {"model": {"name": model}}}
    return of_account(name, account, properties=more)


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        ({"westeurope": {"Standard.gpt-4o": 1, "*": 9}, "Standard.gpt-4o": 9}, 1),
        ({"westeurope": {"Standard": 2, "*": 9}}, 2),
        ({"West Europe": {"*": 3}, "*": {"Standard.gpt-4o": 9}}, 3),
        ({"northeurope": {"*": 9}, "*": {"openai.standard.GPT-4o": 4}}, 4),
        ({"northeurope": {"*": 9}, "Standard": 5, "GlobalStandard": 9}, 5),
        ({"northeurope": {"*": 9}, "Standard.gpt-5": 9}, None),
    ],
)
def test_the_nearest_limit_holds(limits: dict[str, Any], limit: int | None) -> None:
    found = judged(token_quota_within_limit, account(location="westeurope"), use("a", 99), limits=limits)
    assert [verdict.message.rpartition(" ")[2] for verdict in found] == ([] if limit is None else [str(limit)])


def test_models_regions_and_skus_have_quotas_of_their_own() -> None:
    made = [
        account(location="westeurope"),
        account("north", location="North Europe"),
        use("a", 40),
        use("b", 40, "gpt-4.1"),
        use("c", 40, sku_name="GlobalStandard"),
        use("d", 40, account="north"),
    ]
    limits = {"*": {"*": 79}}
    assert judged(token_quota_within_limit, *made, limits=limits) == []
    [found] = judged(token_quota_within_limit, *made, use("e", 41, "GPT-4o"), limits=limits)
    assert found.urn == urn("e")
    assert (
        "takes 41 of 81 thousand tokens a minute of Standard gpt-4o in westeurope over 2 deployments" in found.message
    )


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"Standart.gpt-4o": 1}, "has 'Standart.gpt-4o', which begins with no SKU of deployments"),
        ({"westeurop": {"*": 1}}, "has 'westeurop', which is no Azure region; did you mean westeurope?"),
        ({"westeurope": {"Standard": -1}}, "has -1 for Standard, expected a whole number, 0 or more"),
        ({"*": 1.5}, "has 1.5 for \\*, expected a whole number, 0 or more"),
        ({"*": True}, "has True for \\*, expected a whole number, 0 or more"),
    ],
)
def test_a_limit_that_nothing_ever_has_is_refused(limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        policy_config.parse({"token-quota-within-limit": {"limits": limits}}, [token_quota_within_limit])
