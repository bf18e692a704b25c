"""What is named as a key is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Key
from inference_pools.rule import Options, rule

_ARN = re.compile(r"arn:[\w-]+:(?P<service>[\w-]*):(?P<region>[\w-]*):\d*:(?P<resource>.+)", re.ASCII)


@rule(
    Key,
    id="kms-key-valid",
    title="What is named as a key is one",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Name a key of KMS in the region of the stack, for example by the `.arn` of an aws.kms.Key.",
    since="2026.12",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id",
)
def kms_key_valid(key: Key, options: Options) -> Iterator[Finding]:
    """The provider aws takes any ARN for a key, that of a bucket too, and an empty text; aws-native takes any text."""
    name = key.key
    if name is None:
        return
    if not name.strip():
        yield Finding("key", f"is empty: no key of yours encrypts {key.of}", "Name a key, or remove it.")
        return
    arn = _ARN.fullmatch(name)
    if arn is None:
        return  # an id or an alias, which the provider aws refuses itself
    if arn["service"] != "kms" or not arn["resource"].startswith(("key/", "alias/")):
        what = f"an ARN of {arn['service']}" if arn["service"] != "kms" else "no ARN of a key or of an alias"
        yield Finding("key", f"is {name!r}, {what}: nothing can be encrypted with it")
    elif (region := key.leaf("region").text()) and arn["region"] and arn["region"] != region:
        yield Finding("key", f"is a key in {arn['region']}, and the resource is in {region}, where KMS has it not")
