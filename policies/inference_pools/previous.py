"""What was deployed before: the inputs of the last update, for rules that judge a change.

The engine tells a policy pack what a resource is to become, never what it was. What it was is read from the stack's
state, in any of the forms that an audit reads: mostly an export, as `pulumi stack export --file FILE` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from inference_pools import state_file
from inference_pools.state_file import Deployment, StateError, waits_for_deletion
from inference_pools.urn import Urn
from inference_pools.values import Json
from inference_pools.view import may_be_judged

PREVIOUS_VARIABLE: Final = "POOLGATE_PREVIOUS"
"""The environment variable that names the exports to a policy pack: absolute paths, separated as those of PATH."""


class PreviousError(ValueError):
    """A file that should hold a stack's state does not. The message begins with the file's name."""


@dataclass(frozen=True, slots=True)
class Previous:
    """The pools of some stacks as they were last deployed."""

    _inputs: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    _stacks: frozenset[tuple[str, str]] = frozenset()

    @property
    def stacks(self) -> frozenset[tuple[str, str]]:
        """Name and project of the stacks that were exported."""
        return self._stacks

    def inputs(self, urn: str) -> Mapping[str, Json] | None:
        """The inputs of a resource's last update: {} for one that is new, None where its stack was not exported."""
        known = self._inputs.get(urn)
        if known is None and _stack_of(urn) in self._stacks:
            return {}
        return known


NOTHING_KNOWN: Final = Previous()


def read(states: Iterable[tuple[str, bytes]]) -> Previous:
    """What states, each with the name of its file, tell together. Raises PreviousError for what is none."""
    try:
        return of(state_file.read(data, name) for name, data in states)
    except StateError as error:
        raise PreviousError(str(error)) from None


def of(deployments: Iterable[Deployment]) -> Previous:
    """What states that were read tell together."""
    inputs: dict[str, Mapping[str, Json]] = {}
    stacks: set[tuple[str, str]] = set()
    for deployment in deployments:
        if deployment.stack and deployment.project:
            stacks.add((deployment.stack, deployment.project))
        for resource in deployment.resources:
            urn = resource["urn"]
            stacks.add(_stack_of(urn))
            if may_be_judged(resource["type"]) and not waits_for_deletion(resource):
                # A state that was repaired by hand may have outputs alone.
                was = resource.get("inputs") or resource.get("outputs")
                inputs[urn] = was if isinstance(was, Mapping) else {}
    return Previous(inputs, frozenset(stacks))


def _stack_of(urn: str) -> tuple[str, str]:
    stack, project, *_ = Urn.parse(urn)
    return stack, project
