"""What was deployed before: the inputs of the last update, for rules that judge a change.

The engine tells a policy pack what a resource is to become, never what it was. What it was is read from exports of
the stack's state, as `pulumi stack export --file FILE` writes them; nothing in them is decrypted.

Source of the format: pulumi/pulumi `sdk/go/common/apitype/core.go`, v3.255.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from inference_pools.shapes import is_pool
from inference_pools.urn import Urn
from inference_pools.values import Json

PREVIOUS_VARIABLE: Final = "POOLGATE_PREVIOUS"
"""The environment variable that names the exports to a policy pack: absolute paths, separated as those of PATH."""


class PreviousError(ValueError):
    """A file that should hold the export of a stack's state does not. The message begins with the file's name."""


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


def read(exports: Iterable[tuple[str, str | bytes]]) -> Previous:
    """What exports, each with the name of its file, tell together. Raises PreviousError for what is none."""
    inputs: dict[str, Mapping[str, Json]] = {}
    stacks: set[tuple[str, str]] = set()
    for name, text in exports:
        for number, resource in enumerate(_resources(name, text)):
            urn, type_ = (resource.get(key) for key in ("urn", "type"))
            if not isinstance(urn, str) or not isinstance(type_, str):
                raise PreviousError(f"{name}: deployment.resources[{number}]: expected a urn and a type")
            stacks.add(_stack_of(urn))
            # A resource that waits for its deletion has been replaced by one with the same URN.
            if is_pool(type_) and not resource.get("delete"):
                # A state that was repaired by hand may have outputs alone.
                was = resource.get("inputs") or resource.get("outputs")
                inputs[urn] = was if isinstance(was, Mapping) else {}
    return Previous(inputs, frozenset(stacks))


def _stack_of(urn: str) -> tuple[str, str]:
    stack, project, *_ = Urn.parse(urn)
    return stack, project


def _resources(name: str, text: str | bytes) -> list[Mapping[str, Json]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise PreviousError(f"{name}: is no JSON") from None
    deployment = document.get("deployment") if isinstance(document, Mapping) else None
    if not isinstance(deployment, Mapping):
        raise PreviousError(f"{name}: has no deployment; write it with: pulumi stack export --file FILE")
    resources = deployment.get("resources", [])
    if not isinstance(resources, list) or not all(isinstance(resource, Mapping) for resource in resources):
        raise PreviousError(f"{name}: deployment.resources: expected a list of objects")
    return resources
