"""Which containers run on which machines: models, followed from the variants and the components that name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from inference_pools.joins import Item, Joined
from inference_pools.path import Keys
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.edges import TO_MODEL
from inference_pools.platforms.sagemaker.facets import Container
from inference_pools.platforms.sagemaker.images import Image
from inference_pools.platforms.sagemaker.kinds import MODEL, SHADOW, VARIANT
from inference_pools.reader import Leaf, ReadError
from inference_pools.stack import Stack
from inference_pools.view import facets_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placed:
    """A container of a model, and a variant that serves it for sure.

    What the variant says and cannot be seen counts as not said: the judgement is about the other resource.
    """

    model: Subject
    container: Container
    variant: Item

    @property
    def config(self) -> Subject:
        """The configuration that the variant is of."""
        return self.variant.subject

    @property
    def where(self) -> str:
        """The variant in words."""
        name = _seen(self._leaf("variantName").text)
        return f"{f'variant {name!r}' if name else 'a variant'} of {self.config.resource.name}"

    @property
    def image(self) -> Image | None:
        """What it runs, as the configuration sees it: None where that cannot be seen."""
        return _seen(lambda: self.container.image)

    @property
    def machine(self) -> str | None:
        """The kind of machine it has."""
        return _seen(self._leaf("instanceType").text)

    @property
    def is_serverless(self) -> bool:
        """Whether it has no machine."""
        return bool(_seen(lambda: self._leaf("serverlessConfig").present))

    @property
    def host(self) -> str | None:
        """The host image that is asked for. Raises UnknownError for one that is not known."""
        return self._leaf("inferenceAmiVersion").text()

    @property
    def host_keys(self) -> Keys:
        """Where that stands."""
        return self._leaf("inferenceAmiVersion").keys

    def _leaf(self, name: str) -> Leaf:
        return self.variant.address.own.child(name)


def placed(stack: Stack) -> list[Placed]:
    """Every container of a model with every variant that serves it for sure, in the stack's order."""
    return stack.once(_placed)


def _placed(stack: Stack) -> list[Placed]:
    found = []
    for model in stack.items(MODEL):
        for variant in variants_of(stack, model):
            found += [Placed(model.subject, container, variant) for container in facets_of(model.subject, Container)]
    return found


def variants_of(stack: Stack, model: Item) -> Iterator[Item]:
    """The variants, shadows among them, that serve a model for sure."""
    for kind in (VARIANT, SHADOW):
        yield from stack.leading_to(model, TO_MODEL[kind]).sure


def only_serverless(stack: Stack, model: Item) -> bool:
    """Whether all variants that serve a model, and may, are serverless: such an endpoint takes neither a VPC nor
    isolation.
    """
    found = [one for kind in (VARIANT, SHADOW) for one in _all(stack.leading_to(model, TO_MODEL[kind]))]
    return bool(found) and all(_seen(one.address.own.child("serverlessConfig").value) for one in found)


def _all(joined: Joined) -> Iterator[Item]:
    yield from joined.sure
    yield from joined.perhaps


def _seen(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ReadError:
        return None
