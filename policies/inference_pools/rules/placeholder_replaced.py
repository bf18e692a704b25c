"""No template placeholder is left where a real value belongs."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Text
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.placeholders import Kind, Placeholder, find_placeholders
from inference_pools.rule import Option, Options, rule


@rule(
    Text,
    id="placeholder-replaced",
    title="Template placeholders are replaced",
    severity=Severity.CRITICAL,
    enforcement=Enforcement.MANDATORY,
    remedy="Replace the placeholder by the real value.",
    options={
        "interpolation": Option(
            "advisory",
            "The level for an expression of another tool (Terraform, Bicep, a CI template), "
            "which only that tool could resolve.",
            choices=("advisory", "mandatory", "disabled"),
        )
    },
    since="2026.12",
)
def placeholder_replaced(text: Text, options: Options) -> Iterator[Finding]:
    """A value copied from a template deploys as it stands: the id of a subscription called `{subscription_id}`."""
    value = text.value
    if value is None:
        return
    for found in find_placeholders(value, key=text.property_name, vendor=text.facts.vendor):
        if found.kind is Kind.PLACEHOLDER:
            yield Finding("", _message(found), f"Replace it by {found.suggestion}.")
        elif options.interpolation != "disabled":
            yield Finding(
                "",
                f"{found.text} is an expression of another tool, which nothing resolves here",
                "Resolve it in the Pulumi program or in the step before it.",
                Enforcement(options.interpolation),
            )


def _message(found: Placeholder) -> str:
    return f"{found.text} is a placeholder" + (f" for {found.slot}" if found.slot else "")
