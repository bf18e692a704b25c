"""The pages of AWS's that shared rules rest on for SageMaker, and the controls that they serve.

`SageMaker.4` is that of Security Hub; `prowler` and `cdk-nag` have the same under names of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_DOCS: Final = "https://docs.aws.amazon.com/"
_API: Final = f"{_DOCS}sagemaker/latest/APIReference/"
_TAGS: Final = f"{_DOCS}whitepapers/latest/tagging-best-practices/tagging-best-practices.html"
SOURCES: Final[Mapping[str, str]] = {
    "capacity-bounded": f"{_DOCS}general/latest/gr/sagemaker.html",
    "cost-increase-bounded": "https://aws.amazon.com/sagemaker/ai/pricing/",
    "enddate-tag-current": _TAGS,
    "location-allowed": f"{_DOCS}general/latest/gr/sagemaker.html",
    "model-version-pinned": f"{_DOCS}AmazonECR/latest/userguide/image-tag-mutability.html",
    "monthly-cost-bounded": "https://aws.amazon.com/sagemaker/ai/pricing/",
    "name-wellformed": f"{_API}API_CreateEndpoint.html",
    "naming-convention": _TAGS,
    "owner-tag-valid": _TAGS,
    "placeholder-replaced": f"{_API}API_CreateModel.html",
    "production-capacity-leads": f"{_DOCS}wellarchitected/latest/machine-learning-lens/machine-learning-lens.html",
    "production-model-tried": f"{_DOCS}wellarchitected/latest/machine-learning-lens/machine-learning-lens.html",
    "property-known": f"{_DOCS}AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html",
    "redundancy-in-production": f"{_DOCS}securityhub/latest/userguide/sagemaker-controls.html#sagemaker-4",
    "request-concurrency-bounded": f"{_API}API_AsyncInferenceClientConfig.html",
    "same-environment-sources": (
        f"{_DOCS}whitepapers/latest/organizing-your-aws-environment/organizing-your-aws-environment.html"
    ),
    "sku-known": f"{_API}API_ProductionVariant.html",
    "tags-required": _TAGS,
}
CONTROLS: Final[Mapping[str, tuple[str, ...]]] = {
    "redundancy-in-production": ("SageMaker.4",),
}
