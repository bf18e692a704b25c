"""Property paths are written and taken apart in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import inference_pools
import poolgate
from inference_pools.path import (
    PATTERN,
    Keys,
    around,
    format_path,
    format_setting,
    parse_path,
    top_property,
    without_indices,
)

KEYS = st.lists(st.text(max_size=8) | st.integers(0, 10**6), max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ((), ""),
        (("sku",), "sku"),
        (("sku", "name"), "sku.name"),
        (("properties", 0, "key"), "properties[0].key"),
        (("tags", "cost.center"), 'tags["cost.center"]'),
        (("tags", "cost center"), 'tags["cost center"]'),
        (("tags", 'a"b\\c'), 'tags["a\\"b\\\\c"]'),
        (("tags", ""), 'tags[""]'),
        (("tags", "0"), 'tags["0"]'),
        (("tags", "cost-center"), "tags.cost-center"),
        (("tags", "line\nbreak\x7f"), 'tags["line\\nbreak\\u007f"]'),
        (("tags", "größe"), 'tags["gr\\u00f6\\u00dfe"]'),
        (("cost.center",), '["cost.center"]'),
        ((0,), "[0]"),
    ],
)
def test_paths(keys: Keys, path: str) -> None:
    assert format_path(keys) == path


@given(KEYS)
@example(("a", "b]", 'c"]', "[0]", "\\", 0, "d.e"))
def test_every_path_is_one_printable_line_of_ascii_and_is_read_back(keys: Keys) -> None:
    path = format_path(keys)

    assert path.isascii()
    assert path.isprintable()
    assert parse_path(path) == keys
    assert not keys or re.findall(PATTERN, f"({path}, {path})") == [path, path]


@pytest.mark.parametrize(
    ("path", "keys"), [('["a"].b', ("a", "b")), ('a["b"]', ("a", "b")), ('a["\\u00df"]', ("a", "ß"))]
)
def test_a_path_that_others_write_is_read(path: str, keys: Keys) -> None:
    assert parse_path(path) == keys


@pytest.mark.parametrize(
    "path", [".a", "a..b", "a.", "[x]", '["a', "a[-1]", "a b", "a]", "[0]b", "[*]", 'a["\\x"]', 'a["\n"]', "ä", "a[٣]"]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no property path"):
        parse_path(path)


def test_a_setting_is_told_as_it_is_written_in_its_file() -> None:
    assert format_setting(()) == ""
    assert format_setting(("shop:pools", 2, "sku")) == "shop:pools[2].sku"
    assert format_setting(("config", "shop:größe", "a b", "1")) == 'config.shop:größe["a b"].1'


def test_all_items_of_a_list_have_the_same_path_without_indices() -> None:
    assert without_indices(format_path(("a", 0, "b.1", 20))) == 'a[*]["b.1"][*]'


def test_the_place_around_one() -> None:
    assert around("resourcePools[].autoscalingSpec.minReplicaCount") == (
        "resourcePools[].autoscalingSpec",
        "minReplicaCount",
    )
    assert around("trafficSplit") == ("", "trafficSplit")


def test_the_property_that_keys_lead_into() -> None:
    assert top_property(("odd.name", 0)) == "odd.name"
    assert top_property(()) == ""


def test_no_other_module_takes_paths_apart() -> None:
    taken_apart = r"""\b(?:path|place|keys?)\.(?:r?split|r?partition|replace)\(["'][.\[]"""
    a_pattern_with_a_step = r"""\\\[[^\]\n]*\\d[+*]\)?\\\]|\\\[(?:["']|\(\?(?:P<\w+>["\\]|:\())"""
    brackets_split = r"""split\(r?["'](?:\\?\[|\[[^"']*\[)"""
    takes = re.compile("|".join((taken_apart, a_pattern_with_a_step, brackets_split)))
    packages = (Path(package.__file__ or "").parent for package in (inference_pools, poolgate))
    modules = [module for package in packages for module in package.rglob("*.py")]
    assert len(modules) > 150
    assert {module.name for module in modules if takes.search(module.read_text("utf-8"))} == {"path.py"}
