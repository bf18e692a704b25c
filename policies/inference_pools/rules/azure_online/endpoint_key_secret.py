"""A key of an endpoint is marked as a secret."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Credential
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.rule import Options, rule


@rule(
    Credential,
    id="endpoint-key-secret",
    title="Keys of an endpoint are secrets",
    severity=Severity.CRITICAL,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ONLINE,
    remedy="Remove {secret}, which is known now, and let Azure make one, or better, set authMode to AADToken; a key of "
    "one's own comes from a secret of the config: config.require_secret(...).",
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/secrets/",
    controls=("MCSB IM-8",),
    waivable=False,
)
def endpoint_key_secret(credential: Credential, options: Options) -> Iterator[Finding]:
    """The SDK marks no key as a secret: what a program writes there stands in the state in plain text."""
    if credential.is_plain:
        yield Finding("secret", "is in plain text")
