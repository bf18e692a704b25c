"""What is named as a key is one, and where the resource is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.facets import Key
from inference_pools.rule import Options, rule

_KEY = re.compile(r"projects/[^/]+/locations/(?P<location>[^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")
_VERSION = re.compile(r"(?P<key>.+)/cryptoKeyVersions/[^/]+")


@rule(
    Key,
    id="cmek-valid",
    title="What is named as a key is one, in the region of the resource",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Set {key} to the `.id` of a gcp.kms.CryptoKey in the region of the resource: "
    "projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/general/cmek",
)
def cmek_valid(key: Key, options: Options) -> Iterator[Finding]:
    """The provider takes any text for a key. A wrong one is found when Google creates the resource, and a right one
    cannot be put in later without replacing it."""
    name = key.key
    if name is None:
        return
    version = _VERSION.fullmatch(name)
    if version is not None:
        remedy = f"Name the key itself: {version['key']}."
        yield Finding("key", "is a version of a key; which version is used is for the key to say", remedy)
        return
    found = _KEY.fullmatch(name)
    if found is None:
        yield Finding("key", f"is {name!r}, which is no key of Cloud KMS")
    elif (region := key.leaf("region").text()) and region != found["location"]:
        yield Finding("key", f"is a key in {found['location']}, and the resource is in {region}")
