"""A reasoning engine has as many instances as Google documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.own_facets import Instances
from inference_pools.rule import Judgement, Options, rule

_FLOOR: Final = 10
_CEILING: Final = 1000
_IN_A_NETWORK: Final = 100
"""google-cloud-aiplatform 2.7.0, ReasoningEngineSpec.DeploymentSpec: min_instances, max_instances."""


@rule(
    Instances,
    id="engine-instances-bounded",
    title="A reasoning engine has a documented number of instances",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy=f"Set {{least}} to a number from 0 to {_FLOOR}, and {{most}} to one from 1 to {_CEILING}.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/projects.locations.reasoningEngines",
)
def engine_instances_bounded(instances: Instances, options: Options) -> Iterator[Judgement]:
    """Neither provider nor SDK looks at the numbers: they are Google's documents', and no more is known of them.

    Where an engine has an interface for Private Service Connect, a hundred is the most.
    """
    yield _least(instances)
    yield _most(instances)


def _least(instances: Instances) -> Iterator[Finding]:
    least = instances.count("least")
    if least is not None and not 0 <= least <= _FLOOR:
        remedy = f"Set {instances.called('least')} to a number from 0 to {_FLOOR}; it is 1 where it is left out."
        yield Finding("least", f"is {least}, documented are 0 to {_FLOOR}", remedy)


def _most(instances: Instances) -> Iterator[Finding]:
    most = instances.count("most")
    if most is None:
        return
    if not 1 <= most <= _CEILING:
        remedy = f"Set {instances.called('most')} to a number from 1 to {_CEILING}; it is 100 where it is left out."
        yield Finding("most", f"is {most}, documented are 1 to {_CEILING}", remedy)
    elif most > _IN_A_NETWORK and instances.is_in_network:
        remedy = f"Set {instances.called('most')} to {_IN_A_NETWORK} or less."
        yield Finding("most", f"is {most}, with {instances.called('interface')} the most is {_IN_A_NETWORK}", remedy)
