"""Callers of an endpoint prove who they are with Microsoft Entra ID."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools import option_checks
from inference_pools.facets import Authentication
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE
from inference_pools.rule import Option, Options, rule


@rule(
    Authentication,
    id="auth-mode-aad",
    title="Endpoints authenticate with Microsoft Entra ID",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
    remedy="Set authMode to {allowed}.",
    options={
        "allowed": Option(
            ("AAD",), "The modes that an endpoint may have, as Azure writes them.", check=option_checks.at_least_one
        )
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools/endpoints",
    controls=("MCSB IM-1",),
)
def auth_mode_aad(authentication: Authentication, options: Options) -> Iterator[Finding]:
    """A key is the same for every caller and says nothing about who calls; it is copied, and it outlives its owner.

    AAD is the only mode that Azure documents for endpoints of inference pools, and the list is open: a mode may come
    that is none. Whether another spelling is taken is not documented there, so the mode is compared letter by letter.
    """
    mode = authentication.mode
    if mode is not None and mode not in options.allowed:
        yield Finding("mode", f"is {mode!r}, allowed are {', '.join(options.allowed)}")
