"""Money: prices, amounts, and what is said where one of them is not known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from inference_pools import messages, policy_config
from inference_pools.finding import Enforcement, Outcome, Verdict
from inference_pools.policy_config import ConfigError
from inference_pools.reader import NotKnownError, UnknownError
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge
from inference_pools.values import UNKNOWN_STRING, Json

TODAY = date(2026, 12, 1)
GROUP = "azure-native:machinelearningservices:InferenceGroup"


def said(options: Json, sku: Json, rule: str = "monthly-cost-bounded", **properties: Json) -> list[Verdict]:
    subject = Resource(
        urn="urn:pulumi:dev::shop::t::chat",
        type=GROUP,
        name="chat",
        properties={"sku": sku, **properties},
        provider_version="3.29.0",
    )
    verdicts = judge(policy_config.parse({rule: options}, ALL), subject, today=TODAY)
    return [verdict for verdict in verdicts if verdict.rule == rule]


def message(options: Json, **more: Any) -> str:
    """What the rule says of two machines, at a limit that all but nothing is within."""
    (verdict,) = said({"maximum": 0.001, **options}, {"name": "Standard_DS3_v2", "capacity": 2.0}, **more)
    return verdict.message


@pytest.mark.parametrize(
    "prices",
    [
        {"Standard_DS3_v2": 0.25},
        {"standard_ds3_v2": 0.25},
        {"DS3_v2": 0.25},
        {"westeurope": {"Standard_DS3_v2": 0.25}},
        {"West Europe": {"Standard_DS3_v2": 0.25}, "Standard_DS3_v2": 9},
        {"northeurope": {"Standard_DS3_v2": 9}, "Standard_DS3_v2": 0.25},
        {"westeurope": {"Standard_DS4_v2": 9}, "Standard_DS3_v2": 0.25},
    ],
    ids=str,
)
def test_the_price_of_a_machine(prices: Json) -> None:
    assert message({"prices": prices}, location="westeurope").startswith(
        "brings the cost of a month to 365.00 USD (2 x Standard_DS3_v2 at 0.25 an hour x 730 hours)"
    )


@pytest.mark.parametrize(
    "prices", [{}, {"Standard_DS4_v2": 1}, {"northeurope": {"Standard_DS3_v2": 1}}, {"Standard_DS3_v2": {}}], ids=str
)
def test_no_price_is_unknown_and_never_nothing(prices: Json) -> None:
    (verdict,) = said(
        {"maximum": 1, "prices": prices}, {"name": "Standard_DS3_v2", "capacity": 2}, location="westeurope"
    )

    assert (verdict.outcome, verdict.path, verdict.enforcement) == (Outcome.UNKNOWN, "sku.name", Enforcement.ADVISORY)
    assert verdict.message == "no price is known for 'Standard_DS3_v2', so the cost is not judged"


def test_machines_without_a_name_have_no_price() -> None:
    (verdict,) = said({"maximum": 1, "prices": {"DS3_v2": 1}}, {"capacity": 2})

    assert (verdict.outcome, verdict.path) == (Outcome.UNKNOWN, "sku.name")
    assert verdict.message == "no price is known for a machine that is not named, so the cost is not judged"


def test_a_region_that_is_not_known_matters_only_where_prices_have_regions() -> None:
    general = message({"prices": {"Standard_DS3_v2": 0.25}}, location=UNKNOWN_STRING)
    by_region = message({"prices": {"westeurope": {"Standard_DS3_v2": 0.25}}}, location=UNKNOWN_STRING)

    assert "365.00 USD" in general
    assert by_region == "not known yet"


def test_a_price_of_nothing_is_a_price() -> None:
    verdicts = said({"maximum": 1, "prices": {"DS3_v2": 0}}, {"name": "Standard_DS3_v2", "capacity": 2})

    assert [verdict.outcome for verdict in verdicts] == [Outcome.CLEAN]


def test_no_machines_cost_nothing() -> None:
    verdicts = said({"maximum": 1, "prices": {"DS3_v2": 5}}, {"name": "Standard_DS3_v2", "capacity": 0})

    assert [verdict.outcome for verdict in verdicts] == [Outcome.CLEAN]


def test_an_amount_is_compared_as_it_is_shown() -> None:
    """3 x 0.1 x 730 is 219.00000000000003 as a float."""
    verdicts = said({"maximum": 219, "prices": {"DS3_v2": 0.1}}, {"name": "Standard_DS3_v2", "capacity": 3})

    assert [verdict.outcome for verdict in verdicts] == [Outcome.CLEAN]


def test_production_may_have_a_limit_of_its_own() -> None:
    options = {"maximum": 1, "prices": {"DS3_v2": 0.25}, "production": {"maximum": 400}}
    sku = {"name": "Standard_DS3_v2", "capacity": 2}

    assert [v.outcome for v in said(options, sku, tags={"environment": "dev"})] == [Outcome.VIOLATED]
    assert [v.outcome for v in said(options, sku, tags={"environment": "prod"})] == [Outcome.CLEAN]


@pytest.mark.parametrize("rule", ["monthly-cost-bounded", "cost-increase-bounded"])
@pytest.mark.parametrize("price", ["0.25", True, None, -1, [], float("inf"), float("nan")], ids=repr)
@pytest.mark.parametrize("region", [False, True], ids=["general", "by region"])
def test_a_price_that_is_none_is_refused(rule: str, price: Json, region: bool) -> None:
    prices = {"Standard_DS3_v2": price}

    with pytest.raises(
        ConfigError, match=r"prices: has .* as the price of Standard_DS3_v2, expected a number, 0 or more"
    ):
        policy_config.parse({rule: {"prices": {"westeurope": prices} if region else prices}}, ALL)


@pytest.mark.parametrize("option", ["limits", "vcpus"])
@pytest.mark.parametrize("number", ["9", True, None, -1, 2.5, float("inf"), float("nan")], ids=repr)
def test_a_quota_that_is_no_whole_number_is_refused(option: str, number: Json) -> None:
    with pytest.raises(ConfigError, match=rf"{option}: has .* for Dv2, expected a whole number, 0 or more"):
        policy_config.parse({"quota-within-limit": {option: {"Dv2": number}}}, ALL)


@pytest.mark.parametrize("name", ["Standard_DS3_v2", "a: b", "[unknown] x: sku.name"])
def test_what_is_not_known_reaches_the_preview_and_is_read_back(name: str) -> None:
    (verdict,) = said({"maximum": 1}, {"name": name, "capacity": 2})
    ((_, composed),) = messages.compose([verdict])

    (part,) = messages.parse(composed)

    assert (part.outcome, part.keys, part.message) == (Outcome.UNKNOWN, ("sku", "name"), verdict.message)


def test_a_missing_fact_is_an_unknown_value_of_its_own_words() -> None:
    error = NotKnownError(("sku", "name"), "no price is known")

    assert isinstance(error, UnknownError)
    assert (error.keys, error.message, error.secret, str(error)) == (
        ("sku", "name"),
        "no price is known",
        False,
        "no price is known",
    )
