"""The rules that the tables of test_runner.py and of tests/mutants are written for.

Of each they say what it finds in a changed configuration, and that it finds nothing else. A rule that is not here is
held by its own examples; one that is put here is held by the tables besides, which then have to tell of it.
"""

from typing import Final

HELD: Final = frozenset(
    (
        "api-shape-agrees",
        "api-version-supported",
        "auth-mode-aad",
        "capacity-bounded",
        "capacity-meets-load",
        "cost-increase-bounded",
        "description-present",
        "enddate-tag-current",
        "environment-id-wellformed",
        "groups-served",
        "location-allowed",
        "managed-identity-required",
        "model-id-wellformed",
        "model-version-pinned",
        "monthly-cost-bounded",
        "name-wellformed",
        "names-unique",
        "naming-convention",
        "no-plaintext-secret",
        "owner-tag-valid",
        "placeholder-replaced",
        "preview-api-noted",
        "probe-patience-bounded",
        "probe-settings-sane",
        "production-capacity-leads",
        "production-model-tried",
        "property-known",
        "protected-in-production",
        "public-egress-disabled",
        "quota-within-limit",
        "redundancy-in-production",
        "references-resolve",
        "request-concurrency-bounded",
        "request-timeout-bounded",
        "request-timeout-format",
        "same-environment-sources",
        "scoring-script-safe",
        "sku-consistent",
        "sku-known",
        "sku-retiring",
        "sku-tier-allowed",
        "source-registry-allowed",
        "tag-keys-lowercase",
        "tags-required",
        "waivers-valid",
    )
)
