"""Each metric that replicas are added by is said once, and has values."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex import metrics
from inference_pools.platforms.vertex.own_facets import Followed
from inference_pools.reader import Leaf, UnknownError
from inference_pools.rule import Judgement, Options, rule


@rule(
    Followed,
    id="scaling-metric-followed",
    title="Each metric is said once, and has values",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Keep one target for each metric, and the duty cycle only where there are accelerators.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/DedicatedResources",
)
def scaling_metric_followed(followed: Followed, options: Options) -> Iterator[Judgement]:
    """Google takes one entry a metric. What has no accelerator has no duty cycle, so that nothing scales by it."""
    names = list(_known(followed.metrics))
    yield _once(names)
    yield _has_values(followed, names)


def _known(leaves: Iterator[Leaf]) -> Iterator[tuple[str, Leaf]]:
    for leaf in leaves:
        try:
            name = leaf.text()
        except UnknownError:
            continue  # which of the metrics it is, the rule about their names waits for
        if name is not None:
            yield name, leaf


def _once(names: list[tuple[str, Leaf]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for name, leaf in names:
        if name in seen:
            yield Finding(leaf.keys, f"is {name} a second time", "Keep one of the two.")
        seen.add(name)


def _has_values(followed: Followed, names: list[tuple[str, Leaf]]) -> Iterator[Finding]:
    for name, leaf in names:
        if name == metrics.ACCELERATOR and not followed.has_accelerators:
            remedy = f"Remove it, or set {followed.called('type')} and {followed.called('count')}."
            yield Finding(leaf.keys, "is the duty cycle of accelerators, and there are none", remedy)
