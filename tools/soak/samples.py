"""Good files that poolgate or a cloud writes: histories, reports of shards, records of requests, prices, requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

DAY: Final = "2026-12-01"
PRICES: Final = {
    "schema_version": "1.0",
    "currency": "EUR",
    "day": "2026-11-30",
    "source": "Azure's retail prices",
    "prices": {"westeurope": {"Standard_DS3_v2": 0.272, "Standard_D8as_v4": 0.44}, "eastus2": {"Standard_DS3_v2": 0.2}},
}
LIBCLOUD: Final = {
    "compute": {
        "azure_linux": {"standardds3v2": {"westeurope": 0.272, "eastus": 0.229}, "lowpriorityds3v2": {"eastus": 0.05}},
        "ec2_linux": {"a1.large": {"eu-west-1": 0.0576, "ap-southeast-2": 0.0}},
    },
    "updated": 1740936978,
}
AZURE: Final = {
    "BillingCurrency": "USD",
    "Items": [
        {
            "currencyCode": "USD", "retailPrice": 0.272, "armRegionName": "westeurope", "meterName": "DS3 v2",
            "productName": "Virtual Machines DSv2 Series", "skuName": "DS3 v2", "unitOfMeasure": "1 Hour",
            "type": "Consumption", "armSkuName": "Standard_DS3_v2", "effectiveStartDate": "2020-08-01T00:00:00Z",
        }
    ],
    "NextPageLink": None,
}  # fmt: skip
AWS: Final = """\
"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-09-20T02:56:06Z"
"Version","20260920025606"
"OfferCode","AmazonSageMaker"
"SKU","TermType","Unit","PricePerUnit","Currency","usageType","Region Code"
"1","OnDemand","Hrs","2.8026000000","USD","USE1-Host:ml.g6e.2xlarge","us-east-1"
"4","OnDemand","GB","0.0160000000","USD","USE1-Host:Data-Bytes-Out","us-east-1"
"6","OnDemand","Hrs","3.1000000000","USD","EU-Host:ml.g6e.2xlarge","eu-west-1"
"""
LOADS: Final = {
    "chat": {"peak-rps": 4, "service-time": "PT1S", "wait-target": "PT0.5S", "wait-percentile": 99},
    "search": {"peak-rps": "2.5", "service-time": "PT0.2S"},
}
TAGS: Final = {"version": 1, "tags": {"owner": "ml-platform", "costcenter": "4711", "pulumi:project": "ranking"}}
_REQUESTS: Final = [
    {"time": f"2026-11-20T10:{minute:02}:0{minute % 7}.5Z", "service": f"PT0.{minute % 9 + 1}S", "name": "chat"}
    for minute in range(20)
]
TEXTS: Final = [
    "urn:pulumi:prod::ranking::my:index:Component$azure-native:machinelearningservices:InferencePool::a::b",
    "PT1M30.5S", "P7D", "pt1,5s", "1h 30m", "01:30:00", "P2W",
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.MachineLearningServices"
    "/workspaces/mlw/models/rank/versions/3",
    "azureml://registries/shop/models/rank/versions/3", "azureml:rank:3", "azureml://datastores/blob/paths/a/b",
    'tags["cost center"][0].name', "a.b[*].c", "variables[].name", "rg-{workload}-{environment}-{region}-{instance}",
    "2026-11-20", "*InferencePool::*", "azure-native:machinelearningservices/v20240101:InferencePool",
    "Standard_NC24ads_A100_v4", "ml.g6e.2xlarge", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1",
]  # fmt: skip
"""Names, durations, paths and patterns, in all forms that are told apart."""


def as_csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as a record of requests has them."""
    return "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]).encode() + b"\n"


def records() -> dict[str, bytes]:
    """The same record of requests in both formats."""
    return {"day.csv": as_csv(_REQUESTS), "day.parquet": as_parquet(_REQUESTS)}


def as_parquet(rows: Sequence[Any]) -> bytes:
    """Rows as Parquet, with types that fit them. Raises duckdb.Error where they have no columns."""
    with tempfile.TemporaryDirectory(prefix="poolgate-soak-") as folder, _connection() as database:
        (Path(folder) / "rows.json").write_text("\n".join(map(json.dumps, rows)))
        source = f"read_json('{folder}/rows.json', format='newline_delimited')"
        database.execute(f"COPY (SELECT * FROM {source}) TO '{folder}/rows.parquet' (FORMAT parquet)")
        return (Path(folder) / "rows.parquet").read_bytes()


def from_parquet(content: bytes) -> Any:
    """The rows of a Parquet file, as JSON has them."""
    with tempfile.TemporaryDirectory(prefix="poolgate-soak-") as folder, _connection() as database:
        (Path(folder) / "rows.parquet").write_bytes(content)
        database.execute(f"COPY (SELECT * FROM '{folder}/rows.parquet') TO '{folder}/rows.json' (FORMAT json)")
        return [json.loads(line) for line in (Path(folder) / "rows.json").read_text().splitlines()]


def _connection() -> Any:
    import duckdb

    return duckdb.connect(":memory:", config={"threads": 1})


@cache
def histories(export: bytes) -> list[bytes]:
    """The files of a history of two audits."""
    with tempfile.TemporaryDirectory(prefix="poolgate-soak-") as folder:
        (Path(folder) / "export.json").write_bytes(export)
        for day in ("2026-11-01", DAY):
            _poolgate(folder, "audit", "export.json", "--history=history", "--exit-zero", f"--as-of={day}")
        return [file.read_bytes() for file in sorted((Path(folder) / "history").iterdir())]


@cache
def shards(export: bytes) -> list[bytes]:
    """The reports of two shards."""
    with tempfile.TemporaryDirectory(prefix="poolgate-soak-") as folder:
        (Path(folder) / "states").mkdir()
        for name in "abcd":
            (Path(folder) / "states" / f"{name}.json").write_bytes(
                export.replace(b"::ranking::", f"::ranking-{name}::".encode())
            )
        for number in (1, 2):
            _poolgate(
                folder,
                *("audit", "states", f"--shard={number}/2", "--format=json", f"--output={number}.json"),
                *("--exit-zero", f"--as-of={DAY}"),
            )
        return [(Path(folder) / f"{number}.json").read_bytes() for number in (1, 2)]


def _poolgate(folder: str, *words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    subprocess.run(
        [sys.executable, "-m", "poolgate", *words],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )


_POOL: Final = "azure-native:machinelearningservices:InferencePool"
_URN: Final = f"urn:pulumi:prod::ranking::{_POOL}::ranker"


def protocol(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the engine asks of the policy pack, in its order; `kind` names the call."""
    provider = {"type": "pulumi:providers:azure-native", "urn": "u", "name": "n", "properties": {"version": "2.92.3"}}
    resource = {
        "type": _POOL, "urn": _URN, "name": "ranker", "properties": inputs, "provider": provider,
        "options": {"protect": True, "ignoreChanges": ["sku.capacity"], "aliases": [_URN]},
    }  # fmt: skip
    config = {
        "capacity-bounded": {"enforcementLevel": "MANDATORY", "properties": {"maximum": 20}},
        "tag-keys-lowercase": {"enforcementLevel": "REMEDIATE", "properties": {}},
        "request-timeout-format": {"enforcementLevel": "REMEDIATE", "properties": {}},
    }
    related = {"parent": _URN, "dependencies": [_URN], "propertyDependencies": {"sku": {"urns": [_URN]}}}
    return [
        {"kind": "ConfigureStack", "stack": "prod", "project": "ranking", "organization": "o", "dryRun": True,
         "tags": {"environment": "prod"}, "config": {"ranking:a": "b"}, "configSecretKeys": ["ranking:a"]},
        {"kind": "Configure", "policyConfig": config},
        {"kind": "Analyze", **resource},
        {"kind": "Remediate", **resource},
        {"kind": "AnalyzeStack", "resources": [{**resource, **related}]},
    ]  # fmt: skip
