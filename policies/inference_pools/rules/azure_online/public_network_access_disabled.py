"""Callers come by a private network."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import PublicAccess
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.rule import Option, Options, rule


@rule(
    PublicAccess,
    id="public-network-access-disabled",
    title="Public network access is disabled",
    severity=Severity.HIGH,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_ONLINE,
    remedy="Set {is_closed} to Disabled, and let callers come by a private endpoint.",
    options={
        "said": Option(
            False,
            "Whether an endpoint must say so. By default one that says nothing, which leaves it open, is not reported, "
            "since most programs say nothing.",
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
    controls=("MCSB NS-2",),
)
def public_network_access_disabled(access: PublicAccess, options: Options) -> Iterator[Finding]:
    """Behind a public address whoever has a key or a token may call from anywhere; the default is that there is one.

    Advisory, since most programs leave it open: make it mandatory where there is a network to come by.
    """
    if (options.said or access.is_said) and not access.is_closed:
        yield Finding("is_closed", "is not Disabled, which leaves the way in open to public networks")
