"""The platforms that rules judge, in report order. A new one is added here by hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from inference_pools import type_token
from inference_pools.facets import Facet
from inference_pools.given import Given
from inference_pools.platforms.azure_models import AZURE_MODELS
from inference_pools.platforms.azure_online import AZURE_ONLINE
from inference_pools.platforms.azure_pools import AZURE_POOLS
from inference_pools.platforms.platform import Kind, Platform
from inference_pools.platforms.sagemaker import SAGEMAKER
from inference_pools.platforms.vertex import VERTEX
from inference_pools.type_token import TypeToken

ALL: Final[tuple[Platform, ...]] = (AZURE_POOLS, AZURE_ONLINE, AZURE_MODELS, SAGEMAKER, VERTEX)
_added: list[Platform] = []


def known() -> tuple[Platform, ...]:
    """Every platform there is: ours, then those that were added."""
    return (*ALL, *_added)


def kinds(facet: type[Facet] | None = None) -> tuple[Kind, ...]:
    """The kinds of ours that rules judge, in report order; those that have a facet, where one is named."""
    return tuple(
        dict.fromkeys(
            layout.kind
            for platform in ALL
            for layout in platform.layouts
            if layout.kind.is_judged and (facet is None or facet in layout.places)
        )
    )


def given_by(package: str) -> Mapping[str, Given]:
    """What the provider of a package gives resources of any platform by its own settings."""
    return {
        name: one
        for platform in known()
        if any(package == own for own, _ in platform.modules)
        for layout in platform.layouts
        for name, one in layout.given.items()
    }


def add(platform: Platform) -> None:
    """Has a platform of one's own judged as ours are, by every rule that finds its facets there.

    To be called before anything is judged: in the file of rules of one's own. To add it again changes nothing. Raises
    ValueError where another platform has its name.
    """
    if platform in _added:
        return
    if platform.name in {other.name for other in known()}:
        raise ValueError(f"there is a platform called {platform.name} already")
    _added.append(platform)
    kind_of.cache_clear()


def remove(platform: Platform) -> None:
    """Takes back what `add` did."""
    _added.remove(platform)
    kind_of.cache_clear()


@lru_cache(maxsize=4096)
def kind_of(token: str) -> tuple[Platform, Kind] | None:
    """The platform and the kind that a type token names; None for a type of none of them."""
    found = type_token.parse(token)
    return None if found is None else _kind_of(found)


def _kind_of(token: TypeToken) -> tuple[Platform, Kind] | None:
    for platform in known():
        if (token.package, token.module) in platform.modules:
            kind = platform.kind_of(token)
            if kind is not None:
                return platform, kind
    return None
