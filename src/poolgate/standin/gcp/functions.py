"""Functions of pulumi-gcp that compute, and ask nobody.

Source: hashicorp/terraform-provider-google-beta, read: `data_source_google_client_config.go` and
`data_source_google_iam_policy.go` in `services/resourcemanager`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from inference_pools.values import Json
from poolgate.standin.gcp.outputs import default_labels


def invoke(token: str, args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
    """The answer of a function; None where it would ask Google, or needs what is not known here."""
    function = _FUNCTIONS.get(token)
    return function(args, config) if function else None


def _client_config(args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
    """What the provider is configured with, without the access token, which Google gives."""
    project, region, zone = (config.get(name, "") for name in ("project", "region", "zone"))
    if not project:
        return None
    return {
        "id": f"projects/{project}/regions/{region}/zones/{zone}",
        "project": project,
        "region": region,
        "zone": zone,
        "defaultLabels": dict(default_labels(config)),
    }


def _iam_policy(args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json]:
    policy: dict[str, Json] = {}
    if args.get("auditConfigs"):
        policy["auditConfigs"] = sorted(map(_audited, args["auditConfigs"]), key=lambda one: str(one["service"]))
    if args.get("bindings"):
        policy["bindings"] = _merged(args["bindings"])
    text = json.dumps(policy, separators=(",", ":"), ensure_ascii=False)
    return {**args, "id": str(zlib.crc32(text.encode())), "policyData": text}


def _merged(given: list[Mapping[str, Json]]) -> list[Json]:
    """Bindings of one role and condition are one; those without a condition go first, members are in order."""
    found: dict[tuple[str, ...], dict[str, Json]] = {}
    for one in given:
        condition = {
            name: one["condition"][name]
            for name in ("description", "expression", "title")
            if (one.get("condition") or {}).get(name)
        }
        key = (str(one["role"]), *(str(condition.get(name, "")) for name in ("expression", "title", "description")))
        binding = found.setdefault(key, {"condition": condition} if condition else {})
        binding["members"] = sorted({*binding.get("members", ()), *one["members"]})
        binding["role"] = one["role"]
    return [found[key] for key in sorted(found)]


def _audited(given: Mapping[str, Json]) -> Json:
    logs = [
        {
            **({"exemptedMembers": sorted(one["exemptedMembers"])} if one.get("exemptedMembers") else {}),
            "logType": one["logType"],
        }
        for one in given["auditLogConfigs"]
    ]
    return {"auditLogConfigs": sorted(logs, key=lambda one: str(one["logType"])), "service": given["service"]}


_FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, Json], Mapping[str, str]], dict[str, Json] | None]]] = {
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
    "gcp:organizations/getIAMPolicy:getIAMPolicy": _iam_policy,
}
