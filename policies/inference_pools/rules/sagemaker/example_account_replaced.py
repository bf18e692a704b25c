"""An image is in an account of one's own, not in that of AWS's examples."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Container
from inference_pools.rule import Options, rule

_EXAMPLE = "123456789012"


@rule(
    Container,
    id="example-account-replaced",
    title="An image is not in the account of AWS's examples",
    severity=Severity.HIGH,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Write the account of the registry: `aws sts get-caller-identity --query Account`.",
    since="2026.12",
    source="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html",
)
def example_account_replaced(container: Container, options: Options) -> Iterator[Finding]:
    """123456789012 has the form of an account and is nobody's: an image that was copied from a page cannot be fetched.

    Elsewhere the number is left alone, since it is in many a name and ARN that is never looked up.
    """
    image = container.image
    if image is not None and image.registry_account == _EXAMPLE:
        yield Finding("image", f"is in the account {_EXAMPLE}, which AWS's documentation uses for examples")
