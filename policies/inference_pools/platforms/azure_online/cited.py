"""The pages of Microsoft's that shared rules rest on for online endpoints, and the controls that they serve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_LEARN: Final = "https://learn.microsoft.com/"
_QUOTAS: Final = f"{_LEARN}azure/machine-learning/how-to-manage-quotas"
_MANAGED: Final = f"{_LEARN}azure/machine-learning/reference-yaml-deployment-managed-online"
_TYPE: Final = f"{_LEARN}azure/templates/microsoft.machinelearningservices/workspaces/onlineendpoints/deployments"
_REGISTRIES: Final = f"{_LEARN}azure/machine-learning/how-to-share-models-pipelines-across-workspaces-with-registries"
_TAGS: Final = f"{_LEARN}azure/cloud-adoption-framework/ready/azure-best-practices/resource-tagging"
_PRICES: Final = f"{_LEARN}rest/api/cost-management/retail-prices/azure-retail-prices"
_NAMES: Final = f"{_LEARN}azure/azure-resource-manager/management/resource-name-rules"
SOURCES: Final[Mapping[str, str]] = {
    "capacity-bounded": _QUOTAS,
    "capacity-stated": _MANAGED,
    "cost-increase-bounded": _PRICES,
    "description-present": _TYPE,
    "enddate-tag-current": _TAGS,
    "location-allowed": f"{_LEARN}azure/reliability/regions-list",
    "model-version-pinned": f"{_LEARN}azure/machine-learning/how-to-manage-models",
    "monthly-cost-bounded": _PRICES,
    "name-wellformed": _QUOTAS,
    "naming-convention": f"{_LEARN}azure/cloud-adoption-framework/ready/azure-best-practices/resource-naming",
    "owner-tag-valid": _TAGS,
    "placeholder-replaced": _NAMES,
    "probe-patience-bounded": f"{_MANAGED}#probesettings",
    "probe-settings-sane": f"{_MANAGED}#probesettings",
    "production-capacity-leads": f"{_LEARN}azure/well-architected/service-guides/azure-machine-learning",
    "production-model-tried": _REGISTRIES,
    "property-known": _TYPE,
    "redundancy-in-production": _MANAGED,
    "request-concurrency-bounded": _QUOTAS,
    "request-timeout-bounded": _QUOTAS,
    "same-environment-sources": _REGISTRIES,
    "sku-known": f"{_LEARN}azure/machine-learning/reference-managed-online-endpoints-vm-sku-list",
    "tags-required": _TAGS,
}
CONTROLS: Final[Mapping[str, tuple[str, ...]]] = {
    "no-plaintext-secret": ("MCSB IM-8",),
}
