"""The token for a hub of models is marked as a secret."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Credential
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.rule import Options, rule


@rule(
    Credential,
    id="hub-token-secret",
    title="The token for Hugging Face is a secret",
    severity=Severity.CRITICAL,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Revoke the token, which is known now, and take a new one from a secret of the config: "
    'config.require_secret("hub-token").',
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/secrets/",
    waivable=False,
)
def hub_token_secret(credential: Credential, options: Options) -> Iterator[Finding]:
    """Neither the SDK nor the provider marks it: what a program writes there stands in the state in plain text."""
    if credential.is_plain:
        yield Finding("secret", "is in plain text")
