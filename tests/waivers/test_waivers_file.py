"""A waivers file is read as text, wherever it is read, and every part of it knows its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from inference_pools.waivers import parse
from inference_pools.waivers_file import WaiversError, examine, read, tree_of

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "waivers.schema.json").read_text("utf-8"))

FILE = """\
# What we live with, and until when.
waivers:
  - rule: capacity-bounded     # the sale
    target:
      stack: fleet/prod
      path: sku.capacity
    reason: >
      Load test
      ahead of the sale
    owner: ml-platform
    ticket: 007
    created: 2026-11-22
    expires: 2027-01-31
"""


def test_what_stands_there_is_what_is_read() -> None:
    """A YAML reader would make dates of the days, and 7 of the ticket."""
    one = read(FILE).waivers[0]
    assert (one.ticket, one.reason, str(one.created)) == ("007", "Load test ahead of the sale", "2026-11-22")


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("waivers", 0), (3, 5)),
        (("waivers", 0, "expires"), (13, 14)),
        (("waivers", 0, "target", "path"), (6, 13)),
        (("waivers", 0, "approved-by"), (3, 5)),
        (("waivers", 7), (3, 3)),
        ((), (2, 1)),
    ],
)
def test_places(keys: tuple[str | int, ...], place: tuple[int, int]) -> None:
    assert read(FILE).place(keys) == place


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "waivers:\n", "waivers: []\n", "waivers: ~\n", "---\n"])
def test_a_file_without_any(text: str) -> None:
    assert read(text).waivers == ()


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("waivers: [\n", (2, 1), "is no YAML"),
        ("waivers: []\nwaivers: []\n", (2, 1), "the key 'waivers' stands twice in one object"),
        ("? [a]\n: b\n", (1, 3), "a key is no text"),
        ("a: &x 1\n---\nb: 2\n", (2, 1), "is no YAML"),
        ("waivers:\n  - rule: *x\n", (2, 11), "is no YAML"),
        ("waivers: []\nü: \x07\n", (2, 4), "is no YAML: has a control character"),
        ("waivers: " + "[" * 1_000_000, (1, 509), "is nested deeper than a waivers file is"),
        ("- " * 300_000, (1, 1001), "is nested deeper than a waivers file is"),
        (
            "\n".join(" " * depth + "a:" for depth in range(1_000)),
            (501, 501),
            "is nested deeper than a waivers file is",
        ),
        ("waivers: [[[[[[[1]]]]]]]\n", (1, 16), "is nested deeper than a waivers file is"),
        ("a: !!python/object:os.system [x]\n", (1, 4), "a: no such key; there are waivers"),
        ("waivers:\n  - rule: yes\n", (2, 5), "waivers[0].reason: is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, place: tuple[int, int], message: str) -> None:
    with pytest.raises(WaiversError) as error:
        read(text)
    assert error.value.place == place
    assert error.value.message.startswith(message)


def test_all_that_is_wrong_is_said_in_the_order_of_the_file() -> None:
    _, errors = examine("waivers:\n  - rule: A\n    owner: ''\n")
    places = [error.place for error in errors]
    assert places == sorted(places, key=lambda place: place or (0, 0))
    assert {error.keys[-1] for error in errors} == {
        "rule", "owner", "reason", "ticket", "target", "created", "expires",
    }  # fmt: skip


def test_aliases_cannot_fill_the_memory() -> None:
    """Ten lines that stand for ten thousand million values."""
    nines = ", ".join(["*a"] * 10)
    layers = "".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 100)}]\n" for before, name in zip("abcd", "bcde", strict=True)
    )
    text = f"a: &a [{', '.join('x' * 10)}]\n{layers}f: [{nines}]\n"
    with pytest.raises(WaiversError, match="has more values than a waivers file can hold") as error:
        tree_of(text)
    assert error.value.place is not None
    assert error.value.keys[0] in ("d", "e", "f")


def test_all_that_a_file_says_fits() -> None:
    many = "".join(f"k{number}: v\n" for number in range(1000))
    assert len(tree_of(many).places) == 1001
    assert tree_of(many).keys["k999",] == (1000, 1)
    with pytest.raises(WaiversError, match=r"^is larger than 5,000,000 characters$") as error:
        tree_of("#" * 5_000_001)
    assert error.value.place == (1, 1)
    assert tree_of("#" * 5_000_000).value is None


def test_an_alias_is_what_it_stands_for() -> None:
    text = FILE + FILE.partition("waivers:\n")[2].replace("stack: fleet/prod", "stack: &it fleet/dev").replace(
        "owner: ml-platform", "owner: *it"
    )
    assert read(text).waivers[1].owner == "fleet/dev"


GOOD: list[Any] = SCHEMA["examples"]
ENTRY = GOOD[0]["waivers"][0]


@pytest.mark.parametrize(
    ("tree", "is_good"),
    [
        *((example, True) for example in GOOD),
        ({}, True),
        ({"waivers": []}, True),
        ({"waivers": [{**ENTRY, "rule": "sku-*"}]}, True),
        ({"waivers": [{**ENTRY, "rule": "sku*"}]}, True),
        ({"waivers": [{**ENTRY, "rule": "*"}]}, False),
        ({"waivers": [{**ENTRY, "rule": "Sku"}]}, False),
        ({"waivers": [{**ENTRY, "target": {"stack": "prod"}}]}, False),
        ({"waivers": [{**ENTRY, "target": {"path": "sku"}}]}, False),
        ({"waivers": [{**ENTRY, "target": {"urn": "*::chat"}}]}, True),
        ({"waivers": [{**ENTRY, "target": {}}]}, False),
        ({"waivers": [{**ENTRY, "owner": " "}]}, False),
        ({"waivers": [{**ENTRY, "expires": "soon"}]}, False),
        ({"waivers": [{name: ENTRY[name] for name in ENTRY if name != "approved-by"}]}, True),
        *(({"waivers": [{name: ENTRY[name] for name in ENTRY if name != key}]}, False)
          for key in ENTRY if key != "approved-by"),
        ({"waiver": []}, False),
    ],
)  # fmt: skip
def test_the_schema_takes_what_the_gate_takes(tree: Any, is_good: bool) -> None:
    _, problems = parse(tree)
    assert (not problems) is is_good
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(tree) is is_good


def test_the_schema_is_one_and_its_examples_hold() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert GOOD
