"""What the library knows of Azure's types, read as the rules read it."""

from __future__ import annotations

import pytest

from inference_pools.platforms.azure_pools import catalog
from inference_pools.platforms.azure_pools.catalog import KINDS, POOL, Shape


def test_the_values_of_a_map_are_known() -> None:
    tags = catalog.tree(POOL, Shape.A).members["tags"]

    assert tags.type == "object"
    assert not tags.members
    assert tags.values is not None
    assert tags.values.type == "string"


def test_an_object_that_is_no_map_has_no_values_of_one_kind() -> None:
    for kind in KINDS:
        for shape in Shape:
            tree = catalog.tree(kind, shape)
            assert tree.values is None
            assert tree.items is None
            assert tree.members


@pytest.mark.parametrize(
    ("provider", "version"),
    [("3.29.0", "3"), ("v3.29.0", "3"), ("2.92.3", "2"), ("3", "3")],
)
def test_default_versions_go_by_the_major_version_of_the_provider(provider: str, version: str) -> None:
    assert catalog.default_api_version(provider) == catalog.default_api_version(f"{version}.0.0")
    assert catalog.default_api_version(provider) in catalog.shapes_by_version()


def test_no_default_is_known_of_a_provider_to_come() -> None:
    assert catalog.default_api_version("99.0.0") is None


def test_what_moved_is_explained_from_the_shape_that_lacks_it() -> None:
    for move in catalog.moves():
        other = Shape.B if move.shape is Shape.A else Shape.A
        assert move.came_from(move.kind, other, move.path)
        assert not move.came_from(move.kind, move.shape, move.path)
        assert not move.came_from(move.kind, other, f"{move.path}s")
        assert all(shape is other for _, shape, _ in move.to)
        since = "up to 2024-04-01-preview" if move.shape is Shape.A else "since 2024-10-01-preview"
        assert move.in_words.startswith(f"API versions {since} have it")
        assert ("have nothing like it" in move.in_words) is not bool(move.to)
        assert move.remedy.startswith("Move the value to " if move.to else "Remove it, ")
