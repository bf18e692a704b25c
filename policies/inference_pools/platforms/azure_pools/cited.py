"""The pages of Microsoft's that shared rules rest on for inference pools, and the controls that they serve.

No catalogue names inference pools: each control is cited by analogy with what it says of workspaces, computes and
online deployments. `MCSB NS-2` is control NS-2 of Microsoft's cloud security benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_LEARN: Final = "https://learn.microsoft.com/"
SOURCES: Final[Mapping[str, str]] = {
    "capacity-bounded": f"{_LEARN}azure/machine-learning/how-to-manage-quotas",
    "capacity-stated": f"{_LEARN}azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
    "cost-increase-bounded": f"{_LEARN}rest/api/cost-management/retail-prices/azure-retail-prices",
    "description-present": f"{_LEARN}azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
    "enddate-tag-current": f"{_LEARN}azure/cloud-adoption-framework/ready/azure-best-practices/resource-tagging",
    "location-allowed": f"{_LEARN}azure/reliability/regions-list",
    "model-version-pinned": f"{_LEARN}azure/machine-learning/how-to-manage-models",
    "monthly-cost-bounded": f"{_LEARN}rest/api/cost-management/retail-prices/azure-retail-prices",
    "name-wellformed": f"{_LEARN}azure/azure-resource-manager/management/resource-name-rules",
    "naming-convention": f"{_LEARN}azure/cloud-adoption-framework/ready/azure-best-practices/resource-naming",
    "owner-tag-valid": f"{_LEARN}azure/cloud-adoption-framework/ready/azure-best-practices/resource-tagging",
    "placeholder-replaced": f"{_LEARN}azure/azure-resource-manager/management/resource-name-rules",
    "probe-patience-bounded": f"{_LEARN}azure/machine-learning/reference-yaml-deployment-managed-online#probesettings",
    "probe-settings-sane": f"{_LEARN}azure/machine-learning/reference-yaml-deployment-managed-online#probesettings",
    "production-capacity-leads": f"{_LEARN}azure/well-architected/service-guides/azure-machine-learning",
    "production-model-tried": (
        f"{_LEARN}azure/machine-learning/how-to-share-models-pipelines-across-workspaces-with-registries"
    ),
    "property-known": f"{_LEARN}azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
    "redundancy-in-production": f"{_LEARN}azure/machine-learning/reference-yaml-deployment-managed-online",
    "request-concurrency-bounded": f"{_LEARN}azure/machine-learning/how-to-manage-quotas",
    "request-timeout-bounded": f"{_LEARN}azure/machine-learning/how-to-manage-quotas",
    "same-environment-sources": (
        f"{_LEARN}azure/machine-learning/how-to-share-models-pipelines-across-workspaces-with-registries"
    ),
    "sku-known": f"{_LEARN}azure/virtual-machines/sizes/overview",
    "tags-required": f"{_LEARN}azure/cloud-adoption-framework/ready/azure-best-practices/resource-tagging",
}
CONTROLS: Final[Mapping[str, tuple[str, ...]]] = {
    "no-plaintext-secret": ("MCSB IM-8",),
}
