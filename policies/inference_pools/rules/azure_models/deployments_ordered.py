"""Deployments to one account are made one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.azure_models.catalog import DEPLOYMENT
from inference_pools.platforms.azure_models.edges import BESIDE
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.platforms.platform import Subject
from inference_pools.reader import NotKnownError
from inference_pools.resource import Resource
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack
from inference_pools.urn import Urn

_MADE_FIRST: Final = ("pulumi:", "random:", "azure-native:resources:ResourceGroup", "azure-native:managedidentity:")
"""How the types of resources begin that wait for no deployment, since all else waits for them."""
_SHOWN: Final = 3
"""How many deployments a message names."""


@stack_rule(
    id="deployments-ordered",
    title="Deployments of an account are made one at a time",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_MODELS,
    remedy="Name the deployment before it in its option dependsOn (depends_on in Python).",
    since="2026.12",
    source="https://github.com/hashicorp/terraform-provider-azurerm/issues/22607",
)
def deployments_ordered(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Pulumi makes at once what does not wait for one another, and Azure refuses all but one of them with HTTP 409.

    It is the same when they are changed or deleted. One may wait for another by way of a third.
    """
    order = stack.once(_order)
    for own in stack.items(DEPLOYMENT):
        yield own.subject, _waits(own, stack, order)


@dataclass(frozen=True)
class _Waiting:
    """What a resource waits for, directly and by way of others. `unseen` is the name of one among them of which it is
    not known what it waits for itself; "" where there is none, None where the source does not tell at all.
    """

    urns: frozenset[str]
    unseen: str | None


class _Order:
    """What waits for what in a stack."""

    def __init__(self, stack: Stack) -> None:
        self._known = {subject.resource.urn: subject.resource for subject in (*stack.subjects, *stack.companions)}
        self._told: dict[str, _Waiting] = {}

    def of(self, resource: Resource) -> _Waiting:
        """What a resource waits for."""
        if resource.urn not in self._told:
            self._told[resource.urn] = self._follow(resource)
        return self._told[resource.urn]

    def _follow(self, resource: Resource) -> _Waiting:
        found: set[str] = set()
        unseen: str | None = ""
        ahead = [resource]
        while ahead:
            here = ahead.pop()
            if here.dependencies is None:
                unseen = None
                continue
            for urn in here.dependencies:
                if urn in found:
                    continue
                found.add(urn)
                known = self._known.get(urn)
                if known is not None:
                    ahead.append(known)
                elif unseen == "" and not Urn.parse(urn).type.startswith(_MADE_FIRST):
                    unseen = Urn.parse(urn).name
        return _Waiting(frozenset(found), unseen)


def _order(stack: Stack) -> _Order:
    return _Order(stack)


def _waits(own: Item, stack: Stack, order: _Order) -> Iterator[Finding]:
    beside = stack.follow(own, BESIDE)
    at_once = _at_once(own, beside.sure, order)
    keys = own.address.keys_of("account")
    certain = [other for other in at_once if _is_all_told(own, order) and _is_all_told(other, order)]
    if certain:
        names = [other.subject.resource.name for other in certain]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        shown = f"{', '.join(names[-_SHOWN:])}{more}"
        yield Finding(
            keys,
            f"is also that of {shown}: this deployment does not wait for "
            f"{'it' if len(names) == 1 else 'them'}, and Azure makes one at a time",
            f"Name {names[-1]} in the deployment's option dependsOn: "
            f"opts=pulumi.ResourceOptions(depends_on=[…]) in Python.",
        )
    elif at_once:
        unseen = next(name for item in (own, *at_once) if (name := order.of(item.subject.resource).unseen) != "")
        said = (
            f"waits for {unseen}, of which it is not known what it waits for"
            if unseen
            else "waits for what is not told"
        )
        raise NotKnownError(keys, said)
    elif _at_once(own, beside.perhaps, order):
        own.read_all(field for field, _ in (*BESIDE.by, *BESIDE.against))


def _is_all_told(item: Item, order: _Order) -> bool:
    return order.of(item.subject.resource).unseen == ""


def _at_once(own: Item, others: Sequence[Item], order: _Order) -> list[Item]:
    """Those before it in the stack's order that neither waits for it nor is waited for by it."""
    mine, urn = order.of(own.subject.resource).urns, own.subject.resource.urn
    return [
        other
        for other in others
        if other.number < own.number
        and other.subject.resource.urn not in mine
        and urn not in order.of(other.subject.resource).urns
    ]
