"""Functions of pulumi-aws that compute, and ask nobody.

Source: hashicorp/terraform-provider-aws `internal/service/meta/{region,partition}_data_source.go` and
`internal/service/{iam/policy_document,sagemaker/prebuilt_ecr_image}_data_source.go`, read. The accounts of AWS's images
are those of the rules' table, which is of AWS's SDK, and not the provider's own.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from inference_pools.values import Json
from poolgate.standin.aws.outputs import partition_of
from poolgate.standin.aws.schema import LIBRARY, read


def invoke(token: str, args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
    """The answer of a function; None where it would ask AWS, or needs what is not known here."""
    function = _FUNCTIONS.get(token)
    return function(args, config) if function else None


def _region(args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
    """Without the region's description, which is a text of the AWS SDK's."""
    region = args.get("region") or args.get("name") or config.get("region")
    if not isinstance(region, str) or "endpoint" in args:
        return None
    return {
        "id": region,
        "name": region,
        "region": region,
        "endpoint": f"ec2.{region}.{domain_of(region)}",
    }


def _partition(args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
    if not config.get("region"):
        return None
    partition, suffix = partition_of(config["region"]), domain_of(config["region"])
    reverse = ".".join(reversed(suffix.split(".")))
    return {"id": partition, "partition": partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def domain_of(region: str) -> str:
    """The domain of a region's services."""
    domains: Mapping[str, str] = read(LIBRARY, "images.json")["domains"]
    return domains.get(region, domains[""])


def _prebuilt_image(args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
    region, repository = args.get("region") or config.get("region"), args.get("repositoryName")
    images = read(LIBRARY, "images.json")
    known = images["repositories"].get(repository)
    account = images["registries"][known["registries"]].get(region) if known else None
    if account is None or region is None:
        return None
    tag, domain = args.get("imageTag") or "latest", args.get("dnsSuffix") or domain_of(region)
    return {
        **args,
        "id": account,
        "region": region,
        "registryId": account,
        "registryPath": f"{account}.dkr.ecr.{region}.{domain}/{repository}:{tag}",
    }


def _policy_document(args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
    if args.get("sourcePolicyDocuments") or args.get("overridePolicyDocuments"):
        return None
    document: dict[str, Json] = {"Version": args.get("version") or "2012-10-17"}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = [_statement(one) for one in args.get("statements") or ()]
    text = json.dumps(document, indent=2)
    return {
        **args,
        "id": str(zlib.crc32(text.encode())),
        "json": text,
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _statement(given: Mapping[str, Json]) -> dict[str, Json]:
    statement: dict[str, Json] = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect") or "Allow"
    for name, source in (
        ("Action", "actions"),
        ("NotAction", "notActions"),
        ("Resource", "resources"),
        ("NotResource", "notResources"),
    ):
        if given.get(source):
            statement[name] = _one_or_more(given[source])
    for name, source in (("Principal", "principals"), ("NotPrincipal", "notPrincipals")):
        if given.get(source):
            statement[name] = _principals(given[source])
    conditions: dict[str, dict[str, Json]] = {}
    for one in given.get("conditions") or ():
        conditions.setdefault(one["test"], {})[_variables(one["variable"])] = _one_or_more(one["values"])
    if conditions:
        statement["Condition"] = conditions
    return statement


def _principals(given: list[Mapping[str, Json]]) -> Json:
    if len(given) == 1 and given[0]["type"] == "*" and given[0]["identifiers"] == ["*"]:
        return "*"
    return {one["type"]: _one_or_more(one["identifiers"]) for one in given}


def _one_or_more(texts: list[str]) -> Json:
    """Several in descending order, as there."""
    plain = sorted(map(_variables, texts), reverse=True)
    return plain[0] if len(plain) == 1 else plain


def _variables(text: str) -> str:
    """`&{aws:username}` is how a program writes a variable of the policy's own."""
    return text.replace("&{", "${")


_FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, Json], Mapping[str, str]], dict[str, Json] | None]]] = {
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage": _prebuilt_image,
}
