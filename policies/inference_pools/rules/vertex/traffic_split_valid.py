"""Traffic is shared out in whole per cent that make a hundred."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.facets import Split
from inference_pools.rule import Options, rule
from inference_pools.values import Json

_WHOLE: Final = 100


@rule(
    Split,
    id="traffic-split-valid",
    title="Shares of traffic make a hundred",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Give each deployed model a whole number from 0 to 100, all of them together 100, by its id: "
    """json.dumps({{"1234567890": 90, "2345678901": 10}}).""",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints",
)
def traffic_split_valid(split: Split, options: Options) -> Iterator[Finding]:
    """The provider takes whatever is JSON; Google refuses what does not make a hundred.

    An empty object is an endpoint that takes no requests for now, and is fine.
    """
    shares = split.shares
    if not shares:
        return
    total, wrong = 0, False
    for name, written in shares.items():
        share = _whole(written)
        if share is None or not 0 <= share <= _WHOLE:
            wrong = True
            yield Finding("split", f"has {json.dumps(written)} for {name}, expected a whole number from 0 to {_WHOLE}")
        else:
            total += share
    if not wrong and total != _WHOLE:
        yield Finding("split", f"makes {total} in all, expected {_WHOLE}")


def _whole(share: Json) -> int | None:
    """The whole number that it is, or that is written as a text, as Google takes it; None for anything else.

    In an object that a program writes for the text, every number is a float.
    """
    if isinstance(share, str) and share.isdecimal():
        return int(share)
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    return int(share) if is_number and float(share).is_integer() else None
