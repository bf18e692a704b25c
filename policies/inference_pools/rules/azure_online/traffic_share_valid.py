"""Traffic is shared out in whole per cent, a hundred at most."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import TrafficSplit
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.reader import Leaf, UnknownError, UnreadableError
from inference_pools.rule import Judgement, Options, rule

WHOLE = 100


@rule(
    TrafficSplit,
    id="traffic-share-valid",
    title="Shares of traffic make a hundred at most",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ONLINE,
    remedy="Give each deployment a whole number from 0 to 100, all of them together 100: {{blue: 90, green: 10}}.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints",
)
def traffic_share_valid(split: TrafficSplit, options: Options) -> Iterator[Judgement]:
    """The provider takes any number; Azure refuses the endpoint once its deployments stand, the longest part over."""
    for _, leaf in split.shares:
        yield _share(leaf)
    yield _sum(split)


def _share(leaf: Leaf) -> Iterator[Finding]:
    share = leaf.integer()
    if share is not None and not 0 <= share <= WHOLE:
        yield Finding(leaf.keys, f"is {share}, expected 0 to {WHOLE}")


def _sum(split: TrafficSplit) -> Iterator[Finding]:
    total, hidden = total_of(split)
    if total > WHOLE:
        yield Finding("shares", f"makes {total} in all, expected {WHOLE}")
    elif hidden is not None:
        raise hidden


def total_of(split: TrafficSplit) -> tuple[int, UnknownError | None]:
    """The sum of the shares that can be read, and why one of the others cannot be seen, if one is not."""
    total, hidden = 0, None
    for _, leaf in split.shares:
        try:
            total += leaf.integer() or 0
        except UnknownError as error:
            hidden = error
        except UnreadableError:
            continue  # said where it stands
    return total, hidden
