"""The pages of Google's that shared rules rest on for Vertex AI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_DOCS: Final = "https://cloud.google.com/vertex-ai/docs/"
_API: Final = f"{_DOCS}reference/rest/v1/"
_LABELS: Final = "https://cloud.google.com/resource-manager/docs/labels-overview"
SOURCES: Final[Mapping[str, str]] = {
    "capacity-bounded": f"{_API}DedicatedResources",
    "capacity-stated": f"{_API}DedicatedResources",
    "cost-increase-bounded": "https://cloud.google.com/vertex-ai/pricing",
    "enddate-tag-current": _LABELS,
    "location-allowed": f"{_DOCS}general/locations",
    "model-version-pinned": "https://cloud.google.com/artifact-registry/docs/docker/names",
    "monthly-cost-bounded": "https://cloud.google.com/vertex-ai/pricing",
    "name-wellformed": f"{_API}projects.locations.endpoints/create",
    "naming-convention": _LABELS,
    "owner-tag-valid": _LABELS,
    "placeholder-replaced": f"{_API}projects.locations.endpoints",
    "probe-settings-sane": f"{_DOCS}predictions/custom-container-requirements",
    "redundancy-in-production": f"{_DOCS}predictions/autoscaling",
    "replacement-noted": f"{_API}projects.locations.deploymentResourcePools",
    "sku-known": f"{_DOCS}predictions/configure-compute",
    "tags-required": _LABELS,
}
