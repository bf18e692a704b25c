"""The host images that a variant's instances start from, read from `data/amis.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

NEWEST_CUDA_HOST: Final = "al2023-ami-sagemaker-inference-gpu-4-1"


@cache
def _amis() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "amis.json"
    amis: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["amis"]
    return amis


def cuda_of(ami: str) -> tuple[int, int] | None:
    """The CUDA that the driver of a host image is for; None for one that is not known, or has no GPU."""
    version: str | None = _amis().get(ami, {}).get("cuda")
    if version is None:
        return None
    major, _, minor = version.partition(".")
    return int(major), int(minor or 0)
