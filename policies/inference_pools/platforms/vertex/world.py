"""The regions that Vertex AI serves in, as Google's own client takes them; read from `data/places.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from inference_pools.facts import Facts
from inference_pools.near_words import nearest


def _read() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "places.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


class _Regions:
    noun = "region of Vertex AI"
    example = "europe-west4"

    existing = frozenset(_read()["regions"])

    def normalize(self, region: str) -> str:
        """As Google writes it."""
        return region.strip().casefold()

    def meant_by(self, region: str) -> str | None:
        """The region that a misspelt name is nearly; one with another number is another region."""
        written = self.normalize(region)
        near = nearest(written, sorted(self.existing), cutoff=0.85, same_numbers=True)
        return None if near == written else near


FACTS: Final = Facts(
    "Google",
    regions=_Regions(),
    secrets_advice="let the model fetch the new one from Secret Manager with its service account",
    tags_noun="labels",
    owner_example="ml-platform",
)
