"""Files of prices are made of public tables, and nothing is made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poolgate.cli import run
from poolgate.errors import UsageError
from poolgate.prices.sources import read
from poolgate.prices.table import Table, load

KNOWN = ("Standard_DS3_v2", "Standard_NC24ads_A100_v4")

LIBCLOUD = {
    "compute": {
        "azure_linux": {
            "standardds3v2": {"westeurope": 0.272, "eastus": 0.229},
            "lowpriorityds3v2": {"westeurope": 0.05},
            "standardz9": {"westeurope": 9},
        },
        "azure_windows": {"standardds3v2": {"westeurope": 0.5}},
        "ec2_linux": {"a1.large": {"eu-west-1": 0.0576, "ap-southeast-2": 0.0}},
        "gce_instances": {"c2": {"cpu": {"on_demand": {"us-east4": {"price": 0.04}}}}},
    },
    "storage": {},
    "updated": 1740936978,
}


def azure(**item: Any) -> dict[str, Any]:
    """An item as Microsoft's page on the API shows it."""
    return {
        "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": 0.272, "unitPrice": 0.272,
        "armRegionName": "westeurope", "location": "EU West", "effectiveStartDate": "2020-08-01T00:00:00Z",
        "meterName": "DS3 v2", "productName": "Virtual Machines DSv2 Series", "skuName": "DS3 v2",
        "serviceName": "Virtual Machines", "unitOfMeasure": "1 Hour", "type": "Consumption",
        "isPrimaryMeterRegion": True, "armSkuName": "Standard_DS3_v2", **item,
    }  # fmt: skip


AZURE = [
    azure(),
    azure(productName="Virtual Machines DSv2 Series Windows", retailPrice=0.4),
    azure(skuName="DS3 v2 Spot", meterName="DS3 v2 Spot", retailPrice=0.05),
    azure(skuName="DS3 v2 Low Priority", meterName="DS3 v2 Low Priority", retailPrice=0.06),
    azure(type="Reservation", retailPrice=1500),
    azure(type="DevTestConsumption", retailPrice=0.2),
    azure(armSkuName="", retailPrice=1),
    azure(armSkuName="Standard_NC24ads_A100_v4", retailPrice=4.775, armRegionName="eastus"),
    azure(armSkuName="Standard_NV6", retailPrice=0.0),
]

_PREAMBLE = """\
"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-09-20T02:56:06Z"
"Version","20260920025606"
"OfferCode","{offer}"
"""
SAGEMAKER = (
    _PREAMBLE.format(offer="AmazonSageMaker")
    + """\
"SKU","TermType","Unit","PricePerUnit","Currency","usageType","Region Code"
"1","OnDemand","Hrs","2.8026000000","USD","USE1-Host:ml.g6e.2xlarge","us-east-1"
"2","OnDemand","Hrs","2.9000000000","USD","USE1-Train:ml.g6e.2xlarge","us-east-1"
"3","OnDemand","Hrs","2.9000000000","USD","USE1-AsyncInf:ml.g6e.2xlarge","us-east-1"
"4","OnDemand","GB","0.0160000000","USD","USE1-Host:Data-Bytes-Out","us-east-1"
"5","Reserved","Hrs","1.0000000000","USD","USE1-Host:ml.g6e.2xlarge","us-east-1"
"6","OnDemand","Hrs","3.1000000000","USD","EU-Host:ml.g6e.2xlarge","eu-west-1"
"""
)
EC2 = (
    _PREAMBLE.format(offer="AmazonEC2")
    + """\
"SKU","TermType","Unit","PricePerUnit","Currency","Product Family","usageType","Region Code","Instance Type","Tenancy","Operating System","Pre Installed S/W","CapacityStatus"
"1","OnDemand","Hrs","0.10","USD","Compute Instance","EU-BoxUsage:m6i.large","eu-west-1","m6i.large","Shared","Linux","NA","Used"
"2","OnDemand","Hrs","0.20","USD","Compute Instance","EU-BoxUsage:m6i.large","eu-west-1","m6i.large","Shared","Windows","NA","Used"
"3","OnDemand","Hrs","0.30","USD","Compute Instance","EU-DedicatedUsage:m6i.large","eu-west-1","m6i.large","Dedicated","Linux","NA","Used"
"4","OnDemand","Hrs","0.00","USD","Compute Instance","EU-Reservation:m6i.large","eu-west-1","m6i.large","Shared","Linux","NA","UnusedCapacityReservation"
"5","OnDemand","Hrs","0.40","USD","Compute Instance","EU-BoxUsage:m6i.large","eu-west-1","m6i.large","Shared","Linux","SQL Std","Used"
"6","OnDemand","Hrs","0.0","USD","Compute Instance","EU-BoxUsage:m7i.large","eu-west-1","m7i.large","Shared","Linux","NA","Used"
"""  # noqa: E501 - a table
)


def write(folder: Path, content: Any, name: str = "table.json") -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def test_libcloud(tmp_path: Path) -> None:
    reading = read([write(tmp_path, LIBCLOUD)], None, KNOWN)

    assert reading.table((), ()) == Table(
        "USD",
        "2025-03-02",
        "Apache Libcloud's pricing.json",
        {
            "westeurope": {"Standard_DS3_v2": 0.272, "standardz9": 9.0},
            "eastus": {"Standard_DS3_v2": 0.229},
            "eu-west-1": {"a1.large": 0.0576},
        },
    )
    assert reading.not_known == 1


def test_azures_pages(tmp_path: Path) -> None:
    pages = [
        write(tmp_path, {"BillingCurrency": "USD", "Items": items, "NextPageLink": None}, f"{number}.json")
        for number, items in enumerate((AZURE[:5], AZURE[5:]))
    ]

    reading = read(pages, "2026-11-30", KNOWN)

    assert reading.table((), ()).prices == {
        "westeurope": {"Standard_DS3_v2": 0.272},
        "eastus": {"Standard_NC24ads_A100_v4": 4.775},
    }
    assert (reading.day, reading.source, reading.not_known) == ("2026-11-30", "Azure's retail prices", 1)


def test_what_sagemaker_hosts_costs_what_hosting_costs(tmp_path: Path) -> None:
    reading = read([write(tmp_path, SAGEMAKER, "index.csv")], None, KNOWN)

    assert reading.prices == {"us-east-1": {"ml.g6e.2xlarge": 2.8026}, "eu-west-1": {"ml.g6e.2xlarge": 3.1}}
    assert (reading.day, reading.source) == ("2026-09-20", "AWS's price list of AmazonSageMaker")


def test_ec2_is_linux_that_is_shared_and_used(tmp_path: Path) -> None:
    reading = read([write(tmp_path, EC2, "index.csv")], None, KNOWN)

    assert reading.prices == {"eu-west-1": {"m6i.large": 0.1}}
    assert reading.not_known == 1
    assert Table("USD", "", "", reading.prices).find("ml.m6i.large", "eu-west-1") is None


def test_of_two_prices_of_one_machine_the_dearer_one_counts(tmp_path: Path) -> None:
    page = {"BillingCurrency": "EUR", "Items": [azure(currencyCode="EUR"), azure(currencyCode="EUR", retailPrice=0.3)]}

    reading = read([write(tmp_path, page)], "2026-11-30", KNOWN)

    assert reading.prices == {"westeurope": {"Standard_DS3_v2": 0.3}}
    assert reading.unlike == ["Standard_DS3_v2 in westeurope"]


@pytest.mark.parametrize(
    ("content", "name", "day", "said"),
    [
        ("{", "a.json", None, "a.json:1: is no JSON"),
        ({"a": 1}, "a.json", None, "is no source that is known here"),
        ({"skus": []}, "a.json", None, "has prices of cores and memory, as Google's catalogue does"),
        (LIBCLOUD, "a.json", "2026-11-30", "says its own day, 2025-03-02"),
        ({**LIBCLOUD, "updated": "now"}, "a.json", None, "updated: expected a number of seconds"),
        ({"compute": {"ec2_linux": {"a": {"b": "0.1"}}}, "updated": 1}, "a.json", None, "a.b: is '0.1'"),
        ({"compute": {"ec2_linux": {"a": 1}}, "updated": 1}, "a.json", None, "compute.ec2_linux.a: expected an object"),
        ({"Items": [azure()]}, "a.json", None, "does not say of which day it is; --day says"),
        ({"Items": []}, "a.json", "2026-11-30", "BillingCurrency: names no currency"),
        ({"BillingCurrency": "USD", "Items": [1]}, "a.json", "2026-11-30", "Items[0]: expected an object"),
        ({"BillingCurrency": "USD", "Items": [azure(retailPrice="x")]}, "a.json", "2026-11-30", "Items[0].retailPrice"),
        ({"BillingCurrency": "USD", "Items": [azure(currencyCode="EUR")]}, "a.json", "2026-11-30", "Items[0]: is not"),
        ("a,b\n", "a.csv", None, "is no price list of AmazonSageMaker or AmazonEC2"),
        (SAGEMAKER.replace("Publication Date", "x"), "a.csv", None, "is no price list"),
        (SAGEMAKER.replace("Region Code", "x"), "a.csv", None, "a.csv:6: lacks the columns Region Code"),
        (SAGEMAKER + '"7","OnDemand"\n', "a.csv", None, "a.csv:13: has 2 cells, expected 7"),
        ("9" * 5000, "a.json", None, "is nested too deep, or has a number of thousands of digits"),
        (SAGEMAKER.replace("2.8026000000", "much"), "a.csv", None, "line 7: PricePerUnit: is 'much', expected a price"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_prices(content: Any, name: str, day: str | None, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read([write(tmp_path, content, name)], day, KNOWN)

    assert said in str(caught.value)


def test_two_sources_are_two_files(tmp_path: Path) -> None:
    page = write(tmp_path, {"BillingCurrency": "USD", "Items": [azure()]}, "b.json")

    with pytest.raises(UsageError, match="is of another source or currency than"):
        read([write(tmp_path, LIBCLOUD), page], None, KNOWN)


# The command, and what comes of it.


def test_a_file_of_prices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = write(tmp_path, LIBCLOUD), tmp_path / "prices.json"

    assert run(["prices", "import", str(source), "--output", str(output)]) == 0

    captured = capsys.readouterr()
    assert captured.out == ""
    assert (
        "4 prices of 3 machines in 3 regions, in USD an hour, as of 2025-03-02, from Apache Libcloud's" in captured.err
    )
    assert "1 prices of the source are 0, which means not known, never free; they are left out" in captured.err
    table = load(output)
    assert table.find("standard_ds3_V2", "WestEurope") == ("Standard_DS3_v2", 0.272)
    assert table.find("Standard_DS3_v2", None) is None
    assert table.find("standardz9", None) == ("standardz9", 9)
    assert table.regions_of("Standard_DS3_v2") == ["eastus", "westeurope"]


def test_a_part_of_it_for_a_policy_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--region", "westeurope", "--machine", "Standard_DS3_v2", "--format", "policy-config"]

    assert run(["prices", "import", str(write(tmp_path, LIBCLOUD)), *options]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told == {"monthly-cost-bounded": {"currency": "USD", "prices": {"westeurope": {"Standard_DS3_v2": 0.272}}}}
    config = write(tmp_path, told, "policy-config.json")
    assert run(["policy-config", "--policy-config", str(config)]) == 0


def test_nothing_is_not_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prices", "import", str(write(tmp_path, LIBCLOUD)), "--machine", "ml.g5.xlarge"]) == 4
    assert "there is no price of that here" in capsys.readouterr().err


GOOD = {"schema_version": "1.0", "currency": "USD", "day": "2026-11-30", "source": "us", "prices": {"here": {"m": 0.5}}}


def sized(tmp_path: Path, content: Any, *options: str) -> int:
    numbers = "size --rate 50 --service-time PT0.2S --wait PT1S".split()
    return run([*numbers, "--prices", str(write(tmp_path, content, "prices.json")), *options])


def test_a_pool_has_a_cost_with_day_and_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sized(tmp_path, GOOD, "--machine", "M", "--region", "here") == 0

    assert "of M: 4,015.00 USD a month (0.5 USD an hour, as of 2026-11-30, from us)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "options", "said"),
    [
        ({}, "", "--prices needs a --machine"),
        ({}, "--machine n", "has no price of n"),
        ({}, "--machine m --region there", "has no price of m in there; --region says where: it has prices for here"),
        ({"schema_version": "2.0"}, "--machine m", "schema_version: is 2.0, expected 1"),
        ({"day": "today"}, "--machine m", "day: is no date such as 2026-11-30"),
        ({"source": ""}, "--machine m", "source: expected a text"),
        ({"currency": "\0"}, "--machine m", "currency: holds a character that cannot be shown"),
        ({"prices": []}, "--machine m", "prices: expected prices by region and machine"),
        ({"prices": {"here": 1}}, "--machine m", "prices.here: expected prices by machine"),
        ({"prices": {"here": {"m": 0}}}, "--machine m", "prices.here.m: expected a number above 0"),
    ],
)
def test_prices_that_are_none(
    changed: dict[str, Any], options: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sized(tmp_path, {**GOOD, **changed}, *options.split()) == 2
    assert said in capsys.readouterr().err


def test_a_file_of_prices_that_has_a_number_of_thousands_of_digits(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a number of thousands of digits"):
        load(write(tmp_path, "9" * 5000))


def test_a_machine_without_prices(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("size --rate 5 --service-time PT1S --wait PT1S --machine m".split()) == 2
    assert "--machine and --region are for --prices" in capsys.readouterr().err


def test_a_price_list_whose_text_breaks_further_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is read row by row, and by then somebody else asks for them."""
    head = '"FormatVersion","v1.0"\n"Disclaimer","x"\n"Publication Date","2026-09-20T02:56:06Z"\n"Version","2"\n'
    head += '"OfferCode","AmazonSageMaker"\n'
    heads = '"SKU","TermType","Unit","PricePerUnit","Currency","usageType","Region Code"\n'
    row = '"1","OnDemand","Hrs","2.8026000000","USD","USE1-Host:ml.g6e.2xlarge","us-east-1"\n'
    file = tmp_path / "prices.csv"
    file.write_bytes((head + heads + row * 2_000).encode() + b"\xff\n")
    assert run(["prices", "import", str(file)]) == 2
    assert capsys.readouterr().err == f"poolgate: error: {file}: is not UTF-8 text\n"
