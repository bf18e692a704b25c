"""Mirrored traffic goes to one deployment, and half of all requests at most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.facets import TrafficSplit
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.reader import Leaf
from inference_pools.rule import Judgement, Options, rule

_MOST: Final = 50


@rule(
    TrafficSplit,
    id="mirror-traffic-bounded",
    title="Mirrored traffic is half at most, to one deployment",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ONLINE,
    remedy="Mirror a whole number from 0 to 50 per cent to one deployment: {{green: 10}}.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints",
)
def mirror_traffic_bounded(split: TrafficSplit, options: Options) -> Iterator[Judgement]:
    """What is mirrored is answered twice and paid for twice; Azure bounds it so, and no client of its does."""
    for _, leaf in split.mirrored:
        yield _share(leaf)
    yield _one(split)


def _share(leaf: Leaf) -> Iterator[Finding]:
    share = leaf.integer()
    if share is not None and not 0 <= share <= _MOST:
        yield Finding(leaf.keys, f"is {share}, expected 0 to {_MOST}")


def _one(split: TrafficSplit) -> Iterator[Finding]:
    names = sorted(name for name, _ in split.mirrored)  # the engine hands maps over in no order
    if len(names) > 1:
        yield Finding("mirrored", f"goes to {', '.join(names)}, expected one deployment")
