"""Every form that Pulumi gives a type token."""

from __future__ import annotations

import pytest

from inference_pools.type_token import TypeToken, parse


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("azure-native:ml:Pool", TypeToken("azure-native", "ml", "Pool")),
        ("azure-native:ml/v20240401:Pool", TypeToken("azure-native", "ml", "Pool", ("v20240401",))),
        ("azure-native_ml_v20240401:ml:Pool", TypeToken("azure-native", "ml", "Pool", ("v20240401",))),
        ("azure-native_ml_v1:ml/v2:Pool", TypeToken("azure-native", "ml", "Pool", ("v1", "v2"))),
        ("aws:sagemaker/model:Model", TypeToken("aws", "sagemaker", "Model", ("model",))),
        ("kubernetes:serving.kserve.io/v1:Job", TypeToken("kubernetes", "serving.kserve.io", "Job", ("v1",))),
        ("pulumi:pulumi:Stack", TypeToken("pulumi", "pulumi", "Stack")),
        ("ours:Shop", None),
        ("a:b:c:d", None),
        ("", None),
    ],
)
def test_a_token_is_taken_apart(token: str, parts: TypeToken | None) -> None:
    assert parse(token) == parts
