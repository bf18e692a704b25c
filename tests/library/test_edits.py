from __future__ import annotations

import copy

import pytest

from inference_pools import durations, edits
from inference_pools.values import OUTPUT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Json

SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "hunter2"}


def output(value: Json) -> dict[str, Json]:
    return {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": value, "dependencies": ["urn"]}


def test_one_place_changes_and_nothing_else() -> None:
    tree = {"a": [{"b": 1.0, "c": SECRET}, UNKNOWN_STRING], "d": SECRET}
    before = copy.deepcopy(tree)

    assert edits.put(tree, ("a", 0, "b"), 2.0) == {"a": [{"b": 2.0, "c": SECRET}, UNKNOWN_STRING], "d": SECRET}
    assert tree == before


def test_nothing_is_shared_with_the_original() -> None:
    tree = {"a": {"b": 1.0}, "d": {"e": [SECRET]}}
    changed = edits.put(tree, ("a", "b"), 2.0)
    changed["d"]["e"].append("more")

    assert tree["d"] == {"e": [SECRET]}


def test_plain_outputs_are_stepped_through_and_stay() -> None:
    tree = {"a": output({"b": output(1.0)})}

    assert edits.put(tree, ("a", "b"), 2.0) == {"a": output({"b": output(2.0)})}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("PT30S", "PT30S"),
        ("pt30s", "PT30S"),
        (" PT1M30S\n", "PT1M30S"),
        ("PT0,5S", "PT0.5S"),
        ("p2w", "P14D"),
        ("p1dt12h", "P1DT12H"),
    ],
)
def test_one_spelling_of_what_is_clear(written: str, meant: str) -> None:
    assert durations.canonical(written) == meant
    assert durations.canonical(meant) == meant


@pytest.mark.parametrize(
    "written", ["", "30", "30s", "P30S", "P1M", "p1y", "-PT5S", "PT", "00:00:30", "P9999W", "pt5x"]
)
def test_what_is_not_clear_has_none(written: str) -> None:
    assert durations.canonical(written) is None
