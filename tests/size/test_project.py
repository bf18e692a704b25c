"""The pools of projects are sized by what they declare, under the options of the rules."""

from __future__ import annotations

import argparse
import json
from datetime import date
from typing import Any

import pytest

from inference_pools import policy_config
from inference_pools.resource import Resource
from inference_pools.rules.capacity_meets_load import capacity_meets_load
from inference_pools.rules.monthly_cost_bounded import monthly_cost_bounded
from inference_pools.values import UNKNOWN_STRING, Json
from poolgate.findings import Tally
from poolgate.prices.table import Table
from poolgate.size.money import Price
from poolgate.size.project import NO_LOAD, report_of
from poolgate.size.render import render
from poolgate.size.report import Report
from poolgate.together import Gathered

AZURE = "azure-native:machinelearningservices:Inference"
LOAD = {"load.peak-rps": "10", "load.service-time": "PT0.2S", "load.wait-target": "PT0.1S"}
PRICES = {"currency": "EUR", "prices": {"Standard_DS3_v2": 0.25}}


def resource(token: str, called: str, stack: str = "dev", **properties: Json) -> Resource:
    return Resource(
        f"urn:pulumi:{stack}::shop::{token}::{called}", token, called, properties, provider_version="2.92.3"
    )


def pool(name: str = "chat", capacity: Json = 3, at_once: int = 2, stack: str = "dev", **tags: str) -> Resource:
    inside = {
        "nodeSkuType": "Standard_DS3_v2",
        "requestConfiguration": {"maxConcurrentRequestsPerInstance": at_once, "requestTimeout": "PT20S"},
    }
    return resource(
        f"{AZURE}Pool", name, stack, inferencePoolName=name, inferencePoolProperties=inside,
        sku={"name": "Standard_DS3_v2", "capacity": capacity}, location="westeurope", tags={**LOAD, **tags},
    )  # fmt: skip


def report(*resources: Resource, options: dict[str, Any] | None = None, **given: Any) -> Report:
    gathered = Gathered()
    for each in resources:
        gathered.add(each, None)  # type: ignore[arg-type]  # nothing asks where it is
    rules = [capacity_meets_load, monthly_cost_bounded]
    settings = policy_config.parse({monthly_cost_bounded.id: PRICES, **(options or {})}, rules)
    defaults = dict.fromkeys(
        ("arrivals_scv", "service_scv", "service_time_alone", "patience", "utilisation", "wait", "percentile")
    )
    secrets, tally = given.pop("secrets", frozenset()), given.pop("tally", Tally())
    table = given.pop("table", None)
    asked = argparse.Namespace(**{**defaults, "burst": 2.0, **given})
    return report_of(gathered, tally, settings, asked, date(2026, 11, 30), secrets, table)


def test_a_pool_with_a_load() -> None:
    (size,) = report(pool()).sizes

    assert size.name == "shop/dev: pool chat"
    assert (size.enough, size.at_once, size.least, size.most, size.serves) == (3, 2, 3, 3, True)
    assert size.price is not None
    assert size.price.in_words(3) == "547.50 EUR"
    assert size.machine == "Standard_DS3_v2"


def test_too_few_are_too_few() -> None:
    assert report(pool(capacity=1)).fails
    assert not report(pool(capacity=3)).fails


@pytest.mark.parametrize(("options", "enough"), [({"utilisation": 0.25}, 4), ({"percentile": 50}, 2)])
def test_the_options_of_the_rule_are_those_of_the_command(options: dict[str, Any], enough: int) -> None:
    (size,) = report(pool(), options={capacity_meets_load.id: options}).sizes

    assert size.enough == enough


def test_stricter_in_production() -> None:
    options = {capacity_meets_load.id: {"production": {"utilisation": 0.25}}}
    found = report(pool(stack="dev"), pool(stack="prod"), options=options)

    assert {size.name: size.enough for size in found.sizes} == {
        "shop/dev: pool chat": 3,
        "shop/prod: pool chat": 4,
    }


def test_what_the_command_line_says_goes_before() -> None:
    (size,) = report(pool(), service_scv=0.0, utilisation=0.2).sizes

    assert (size.asked.service_scv, size.enough) == (0.0, 5)


def test_pools_of_one_machine_could_be_one() -> None:
    (pooling,) = report(pool("chat"), pool("search"), pool("small", at_once=1)).pooled

    assert [size.name for size in pooling.apart] == ["shop/dev: pool chat", "shop/dev: pool search"]
    assert (pooling.sum_apart, pooling.together.enough) == (6, 4)


def test_what_declares_nothing_is_named_and_is_no_fault() -> None:
    nothing = resource(
        f"{AZURE}Pool", "idle", inferencePoolName="idle", inferencePoolProperties={}, sku={"capacity": 1}, tags={}
    )
    found = report(pool(), nothing)

    assert [(unsized.name, unsized.why) for unsized in found.unsized] == [("shop/dev: pool idle", NO_LOAD)]
    assert not found.fails


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (pool(capacity=UNKNOWN_STRING), "sku.capacity: not known yet"),
        (pool(**{"load.service-time": "2s"}), "is not in ISO 8601 form"),
        (pool(**{"load.wait-percentile": "0.99"}), "99 was probably meant"),
    ],
)
def test_a_load_that_nobody_can_size_for_is_never_served(broken: Resource, said: str) -> None:
    found = report(broken)

    assert [said in unsized.why for unsized in found.unsized] == [True]
    assert found.sizes == ()
    assert found.fails


def test_a_serverless_variant_turns_away_what_it_cannot_take_at_once() -> None:
    variant = {
        "variantName": "main", "modelName": "chat",
        "serverlessConfig": {"maxConcurrency": 4, "memorySizeInMb": 2048},
    }  # fmt: skip
    token = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    configuration = resource(token, "chat", name="chat", productionVariants=[variant], tags=LOAD)
    (size,) = report(configuration).sizes

    assert (size.asked.patience, size.most, size.at_once) == (0.0, 4, 1)
    assert size.at(size.enough).lost <= 0.01 < size.at(size.enough - 1).lost
    assert size.enough == 7
    assert size.serves is False


def test_requests_give_up_at_their_timeout_and_what_is_enough_is_so_if_none_does() -> None:
    small, large = (report(pool(capacity=number)).sizes[0] for number in (1, 3))
    assert (small.gives_up, small.asked.patience, small.seen.patience) == (20.0, None, 20.0)
    assert small.enough == large.enough == 3
    # Two requests at once for two that come: for ever too few, and seen as far as a request can wait.
    assert not small.at(1).is_stable
    seen = small.shown(1)
    assert seen.lost == pytest.approx(seen.beyond(20.0)) == pytest.approx(0.02, abs=0.03)
    assert 0 < seen.mean < 20
    text = render(report(pool(capacity=1)), "text")
    assert "  requests give up after 20 s, their timeout; enough is what serves them if none does\n" in text
    (row, *_) = json.loads(render(report(pool(capacity=1)), "json"))["sizes"][0]["instances"]
    assert row["given_up"] == seen.lost
    assert row["mean_wait"] == seen.mean


def test_a_patience_of_the_command_line_goes_before_the_timeout() -> None:
    (size,) = report(pool(), patience=5.0).sizes
    assert (size.gives_up, size.asked.patience, size.seen.patience) == (None, 5.0, 5.0)
    assert "requests give up after 5 s\n" in render(report(pool(), patience=5.0), "text")


def test_a_timeout_below_the_service_time_is_told_where_no_formula_was_tried() -> None:
    hasty = pool(
        **{
            "load.service-time": "PT30S",
            "load.peak-rps": "0.4",
            "load.wait-target": "PT10S",
            "load.wait-percentile": "80",
        }
    )
    (exact,) = report(hasty).sizes
    assert (exact.gives_up, exact.doubt) == (20.0, "")
    (steady,) = report(hasty, service_scv=0.1).sizes
    assert steady.doubt == "requests that give up within a service time were tried with exponential ones only"


def test_a_file_of_prices_goes_before_the_policy_config() -> None:
    table = Table("USD", "2026-11-30", "a table", {"westeurope": {"standardds3v2": 0.5}})

    (size,) = report(pool(), table=table).sizes
    assert size.price == Price(0.5, "USD", "2026-11-30", "a table")

    (size,) = report(pool(), table=Table("USD", "2026-11-30", "a table", {"eastus": {"standardds3v2": 0.5}})).sizes
    assert size.price is not None
    assert size.price.currency == "EUR"


def test_what_was_passed_over_is_named() -> None:
    tally = Tally()
    tally.pass_over("project", "web", "is a nodejs program")
    tally.leave_unjudged("urn:pulumi:dev::shop::a:b:C::x", "C")

    found = report(pool(), tally=tally)

    assert [unsized.why for unsized in found.unsized] == ["is a nodejs program", "is a C, which no rule judges"]


def test_no_secret_is_shown() -> None:
    found = report(pool(**{"load.service-time": "hunter2-secret"}), secrets=frozenset({"hunter2-secret"}))

    (unsized,) = found.unsized
    assert "hunter2" not in unsized.why
