"""The storage of instances is encrypted with a key of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Key
from inference_pools.rule import Option, Options, rule


@rule(
    Key,
    id="kms-key-set",
    title="Instances have a key of one's own",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set {key} to a key of KMS. It covers the attached volumes; the local disks of some machines have a key "
    "of their hardware, whatever is set.",
    options={"required": Option(False, "Whether a configuration without a key is reported.")},
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html#sagemaker-CreateEndpointConfig-request-KmsKeyId",
    controls=("CKV_AWS_98",),
)
def kms_key_set(key: Key, options: Options) -> Iterator[Finding]:
    """A key of one's own can be taken away from whoever has the disk, and its uses are logged.

    An empty text is no key.
    """
    if options.required and key.is_main and not (key.key or "").strip():
        yield Finding("key", "is not set: volumes are encrypted with a key of AWS's")
