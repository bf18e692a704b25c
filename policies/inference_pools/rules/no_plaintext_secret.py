"""No secret stands in plain text where everyone who reads a stack can read it."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import PlainText
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.plaintext_secrets import kind_of_secret
from inference_pools.rule import Option, Options, rule


@rule(
    PlainText,
    id="no-plaintext-secret",
    title="Secrets are not in plain text",
    severity=Severity.CRITICAL,
    enforcement=Enforcement.MANDATORY,
    remedy="Replace the secret, which is known now, and {secrets_advice}; what must be passed on, set with: "
    "pulumi config set --secret. If it is none, add its name to the option allowed_names of this rule.",
    options={
        "allowed_names": Option(
            (), "Names of variables, properties and tags whose values look like secrets and are none, in any case."
        ),
    },
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/secrets/",
    waivable=False,
)
def no_plaintext_secret(text: PlainText, options: Options) -> Iterator[Finding]:
    """Plain text goes into the state, the previews, the logs and the pull requests, and stays in all of them.

    A secret is known by its format, as its issuer documents it, or by the name of the variable, property or tag whose
    value it is. What is marked as a secret is what this rule asks for, and is not looked at.
    """
    value = text.value
    if value is None or (text.name or "").casefold() in {name.casefold() for name in options.allowed_names}:
        return
    kind = kind_of_secret(value, text.name)
    if kind is not None:
        yield Finding("", f"holds {kind}, in plain text")
