"""Makes states as Pulumi writes them, from the few things a test is about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY

POOL = "azure-native:machinelearningservices:InferencePool"
GROUP = "azure-native:machinelearningservices:InferenceGroup"
STORAGE = "azure-native:storage:StorageAccount"
PROVIDER = "pulumi:providers:azure-native"
PROVIDER_ID = "6f9d2b0e-6f0d-4a53-9c8a-0d1f0c6a1b11"
ENGINE = "v3.255.0"
MANIFEST = {
    "time": "2026-11-20T10:00:00Z",
    "magic": hashlib.sha256(ENGINE.encode()).hexdigest(),  # Pulumi refuses to import a state without it.
    "version": ENGINE,
}

Entry = dict[str, Any]


def urn(type_: str, name: str, *, stack: str = "prod", project: str = "ranking") -> str:
    return f"urn:pulumi:{stack}::{project}::{type_}::{name}"


def ciphertext(text: str = "v1:C7cQ0kl4Yk1n0Zb3:3m0Zt1k6VfQ=") -> Entry:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": text}


def resource(type_: str, name: str, *, stack: str = "prod", project: str = "ranking", **members: Any) -> Entry:
    return {"urn": urn(type_, name, stack=stack, project=project), "custom": True, "type": type_, **members}


def provider(version: str | None = "2.92.3", *, name: str = "default_2_92_3", **members: Any) -> Entry:
    inputs = {} if version is None else {"version": version}
    return {**resource(PROVIDER, name), "id": PROVIDER_ID, "inputs": inputs, "outputs": inputs, **members}


def provider_reference(name: str = "default_2_92_3") -> str:
    return f"{urn(PROVIDER, name)}::{PROVIDER_ID}"


def pool_inputs(**changes: Any) -> dict[str, Any]:
    """A pool of shape A that every rule is content with, unless a change says otherwise."""
    return {
        "location": "westeurope",
        "resourceGroupName": "rg-ranking-prod-001",
        "workspaceName": "mlw-ranking-prod",
        "inferencePoolName": "ranking",
        "tags": {"environment": "prod", "owner": "ml-platform", "costcenter": "4711"},
        "sku": {"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 3},
        "inferencePoolProperties": {
            "nodeSkuType": "Standard_DS3_v2",
            "requestConfiguration": {"requestTimeout": "PT30S", "maxConcurrentRequestsPerInstance": 4},
        },
        **changes,
    }


def slow_pool_inputs(timeout: Any = "PT2H") -> dict[str, Any]:
    """A pool that waits longer for a request than `request-timeout-bounded` lets it."""
    return pool_inputs(
        inferencePoolProperties={
            "nodeSkuType": "Standard_DS3_v2",
            "requestConfiguration": {"requestTimeout": timeout},
        }
    )


def pool(name: str = "ranker", inputs: Mapping[str, Any] | None = None, **members: Any) -> Entry:
    own = {
        "id": arm_id(name),
        "inputs": pool_inputs() if inputs is None else dict(inputs),
        "provider": provider_reference(),
    }
    return resource(POOL, name, **{**own, **members})


def arm_id(name: str) -> str:
    group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-ranking-prod-001"
    return f"{group}/providers/Microsoft.MachineLearningServices/workspaces/mlw-ranking-prod/inferencePools/{name}"


def stack_root(*, stack: str = "prod", project: str = "ranking") -> Entry:
    return {**resource("pulumi:pulumi:Stack", f"{project}-{stack}", stack=stack, project=project), "custom": False}


def deployment(resources: Sequence[Any]) -> dict[str, Any]:
    return {"manifest": MANIFEST, "resources": list(resources), "metadata": {}}


def export(*resources: Any, version: Any = 3, **members: Any) -> dict[str, Any]:
    """What `pulumi stack export` writes."""
    return {"version": version, "deployment": deployment(resources), **members}


def checkpoint(*resources: Any, stack: Any = "organization/ranking/prod", version: Any = 3) -> dict[str, Any]:
    """What a backend in files keeps."""
    return {"version": version, "checkpoint": {"stack": stack, "latest": deployment(resources)}}


def text(document: Any) -> bytes:
    """In the form of an export: indented."""
    return json.dumps(document, indent=4).encode()
