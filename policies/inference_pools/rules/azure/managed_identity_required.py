"""A resource has the identity that it is meant to have, and only that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inference_pools import option_checks
from inference_pools.facets import Identity, Text
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.placeholders import find_placeholders
from inference_pools.platforms.names import AZURE
from inference_pools.rule import Judgement, Option, Options, rule

_USER: Final = "UserAssigned"
_ONE_KIND: Final = {
    "SystemAssigned": "Set identity.type to SystemAssigned.",
    _USER: "Set identity.type to UserAssigned, and list at least one id in userAssignedIdentities.",
}
_ID: Final = re.compile(
    r"/subscriptions/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/resourceGroups/[^/]{1,90}"
    r"/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[a-z0-9][a-z0-9_-]{2,127}",
    re.IGNORECASE,
)


@rule(
    Identity,
    id="managed-identity-required",
    title="Managed identity is there and consistent",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
    remedy="Set identity.type to SystemAssigned, or to UserAssigned with at least one id in userAssignedIdentities.",
    options={
        "required_on": Option(
            (),
            "The resource types that must have an identity; none named: an identity may be left out, and is judged "
            "only where there is one.",
            choices=(
                *("InferencePool", "InferenceGroup", "InferenceEndpoint"),
                *("OnlineEndpoint", "OnlineDeployment", "Account"),
            ),
        ),
        "kinds": Option(
            ("SystemAssigned", "UserAssigned"),
            "The kinds of identity that a resource may have.",
            choices=("SystemAssigned", "UserAssigned"),
            check=option_checks.at_least_one,
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
    controls=("MCSB IM-1", "MCSB IM-3"),
)
def managed_identity_required(identity: Identity, options: Options) -> Iterator[Judgement]:
    """Without an identity of its own a pool needs keys, and keys leak; with ids that its type ignores it has none.

    Azure takes every combination of type and ids, and Microsoft's own generated examples have some that make no sense.
    """
    if not identity.is_set:
        if identity.kind in options.required_on:
            yield Finding("", "is not there", _remedy(options))
        return
    yield _type(identity, options)
    yield _combination(identity, options)
    seen: set[str] = set()
    for text in identity.assigned:
        yield _id(text, seen)


def _type(identity: Identity, options: Options) -> Iterator[Finding]:
    types = identity.types
    if types is None:
        yield Finding("type", "is not there, and an identity needs one", _remedy(options))
        return
    if not types and identity.kind in options.required_on:
        yield Finding("type", f"is None, allowed are {', '.join(options.kinds)}", _remedy(options))
    known = {"SystemAssigned", _USER}
    for kind in sorted(types & known - set(options.kinds)):
        yield Finding("type", f"has {kind}, allowed are {', '.join(options.kinds)}", _remedy(options))


def _remedy(options: Options) -> str | None:
    """What to do where one kind only is allowed; the rule's own remedy is for both."""
    return _ONE_KIND[options.kinds[0]] if len(set(options.kinds)) == 1 else None


def _combination(identity: Identity, options: Options) -> Iterator[Finding]:
    types = identity.types
    if types is None:
        return
    count = len(identity.assigned)
    if _USER in types and not count:
        yield Finding("ids", f"lists no identity, and the type says {_USER}")
    if _USER not in types and count:
        said = " and ".join(sorted(types)) or "None"
        remove = "Add UserAssigned to identity.type, or remove userAssignedIdentities."
        yield Finding(
            "ids",
            f"lists {count} {'identity' if count == 1 else 'identities'}, and the type says {said}",
            remove if _USER in options.kinds else "Remove userAssignedIdentities.",
        )


def _id(text: Text, seen: set[str]) -> Iterator[Finding]:
    written = text.value or ""
    if written.casefold() in seen:
        yield Finding(text.own.keys, f"is {written!r}, which is listed already", "Remove it.")
    seen.add(written.casefold())
    if not _ID.fullmatch(written) and not find_placeholders(written):
        yield Finding(
            text.own.keys,
            f"is {written!r}, which is no id of a user-assigned identity",
            "Write it as /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/"
            "userAssignedIdentities/<name>.",
        )
