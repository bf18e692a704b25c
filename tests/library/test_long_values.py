"""A value is judged in time in line with its length, whatever it is made of."""

from __future__ import annotations

import time

import pytest

from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from inference_pools.runner import judge

SETTINGS = default_settings(ALL)
TYPE = "azure-native:machinelearningservices:InferencePool"


@pytest.mark.parametrize("piece", [" ", "\n", "sk-", "%s", "\uff11", "$a", "a", "{", "/", "%25", "<", "A=", "$("])
@pytest.mark.parametrize("around", ["PT{}S", "a{}!"])
def test_time_grows_as_the_length_does(piece: str, around: str) -> None:
    """Four times the length took sixteen times as long for the first five."""

    def seconds(length: int) -> float:
        text = around.format(piece * (length // len(piece)))
        tags = {"owner": text, "password": text}
        resource = Resource(f"urn:pulumi:prod::p::{TYPE}::n", TYPE, "n", {"tags": tags}, provider_version="2.92.3")
        started = time.process_time()
        judge(SETTINGS, resource)
        return time.process_time() - started

    seconds(100)
    assert seconds(8000) < 0.15 + 8 * seconds(2000)
