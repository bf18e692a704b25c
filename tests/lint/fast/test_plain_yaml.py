"""Whatever the reader of plain YAML reads, it reads as the exact reader does, to the last place."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from poolgate.lint.exact_yaml import parse_exactly
from poolgate.lint.fast.plain_yaml import read_plain
from poolgate.lint.yaml_reader import parse_yaml

ROOT = Path(__file__).parents[3]

KEYS = """a b key config azure-native:location demo:config:old x/y k.l a-b _u A1 true null no on y Null << 1 1.5 ~ "q"
'q' a: -a -x ? a:b:c:d:e é k" [k] {k} & *k !k @k %k""".split()
VALUES = [
    *"""text yes no on off True tRue FALSE null Null ~ 0 1 -1 -0 00 012 0x1F 0o17 1_000 1e3 1.50 1.0 -0.0 0.1 -.5 5. .5
    .inf 2026-01-02 10:30 1.2.3 123456789012345 1234567890123456 0.1234567890123456 a:b a: :a a,b a#b #a - -- -a --- ...
    @a %a &a *a !a | > `a a'b a"b "a" 'a' "" '' "a\\tb" 'it''s' "#" ': ' [] {} [a] [a,b] [1,"x",true] [a:b] [[]] [a
    {a:1} {a: ]1 /subscriptions/x/y PT30S v1:AbC+/=:x v1:A== $x (x) x(y) <<
    9a7c62c6-16ce-4b5f-bf0e-3610dd4c111c 12345678-1234-1234-1234-123456789012 1234567e-1234-1234-1234-123456789012
    mlr@sha256:0123 azureml://registries/r/models/m/versions/3 a=b <a> é "é" ? ?a - - = """.split(),
    "a b",
    "a  b",
    "a - b",
    "a : b",
    "a :b",
    "a #b",
    "- a",
    "[a, b]",
    "[ 1 , 2.0, 'x y', null ]",
    "[a b]",
    "[a, ]",
    "[]]",
    "{ }",
    "'{\"a\": [1, 2]}'",
    '"a: b # c"',
    "2026-01-02 03:04:05",
    "",
    "\tx",
    "x\t",
]
ENDS = [""] * 12 + [" ", "  # why", " #", " # é", "#x", "\t", " # \u2028", " # \x85", "\r", " # \x07", " # 日本"]
INDENTS = [0, 0, 0, 0, 0, 1, 2, 2, 2, 4]
DASHES = [""] * 6 + ["- ", "- ", "-   ", "-", "- - "]


def _lines_at_random(random_: random.Random) -> str:
    """Lines that may follow each other or not: what is plain about each says nothing about the whole."""
    calm = random_.random() < 0.8
    keys = KEYS[:9] if calm else KEYS
    values = ["x", "1", "", "", "true", "a b", "'q'", "[a, 1]"] if calm else VALUES
    lines = []
    for _ in range(random_.randint(1, 6)):
        kind = random_.random()
        start = " " * random_.choice(INDENTS) + random_.choice(DASHES)
        value, end = random_.choice(values), random_.choice(ENDS[:14] if calm else ENDS)
        if kind < 0.08:
            lines.append(random_.choice(["", "  ", "# comment", "   # comment", "---", "...", "%YAML 1.1", "\ufeff"]))
        elif kind < 0.2:
            lines.append(f"{start}{value}{end}")
        else:
            gap = random_.choice(["", " ", " ", " ", " ", "  "])
            lines.append(f"{start}{random_.choice(keys)}:{gap}{value}{end}")
    return "\n".join(lines) + random_.choice(["\n", "\n", "", "\n\n"])


def _tree(random_: random.Random, depth: int) -> Any:
    kind = random_.random()
    if depth and kind < 0.35:
        return {random_.choice(KEYS[:9]) + str(n): _tree(random_, depth - 1) for n in range(random_.randint(1, 4))}
    if depth and kind < 0.6:
        return [_tree(random_, depth - 1) for _ in range(random_.randint(1, 3))]
    return random_.choice(VALUES if random_.random() < 0.15 else VALUES[:7])


def _written(tree: Any, indent: int, random_: random.Random) -> str:
    """A tree in block style, lists indented or not, with comments here and there."""
    pad = " " * indent
    text = f"{pad}# why\n" if random_.random() < 0.05 else ""
    if isinstance(tree, list):
        for item in tree:
            inner = _written(item, indent + 2, random_).lstrip() if isinstance(item, (dict, list)) else f"{item}\n"
            text += f"{pad}- {inner}"
        return text
    for key, value in tree.items():
        if isinstance(value, (dict, list)):
            is_level = isinstance(value, list) and random_.random() < 0.5
            deeper = indent if is_level else indent + random_.choice([1, 2, 4])
            text += f"{pad}{key}:\n{_written(value, deeper, random_)}"
        else:
            text += f"{pad}{key}: {value}{random_.choice(ENDS[:14])}\n"
    return text


def _tree_at_random(random_: random.Random) -> str:
    tree = {f"k{n}": _tree(random_, 3) for n in range(random_.randint(1, 4))}
    return random_.choice(["", "---\n", "\n"]) + _written(tree, 0, random_)


def _sample_with_a_slip(random_: random.Random, samples: list[str]) -> str:
    """A real stack file in which a few characters or lines went wrong."""
    text = random_.choice(samples)
    for _ in range(random_.randint(1, 3)):
        at = random_.randrange(len(text))
        kind = random_.randrange(5)
        if kind == 0:
            text = text[:at] + random_.choice(" :-#'\"[]{}&*!|>%@\t\n0a,_\\\x07\x85é\r~?") + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + 1 :]
        else:
            lines = text.split("\n")
            line = random_.randrange(len(lines))
            if kind == 2:
                lines[line] = random_.choice(["  ", " ", "- "]) + lines[line]
            elif kind == 3:
                lines.insert(line, lines[random_.randrange(len(lines))])
            else:
                del lines[line]
            text = "\n".join(lines) or "a"
    return text


def assert_same(text: str) -> bool:
    """Whether the text is plain; if it is, the two readers agree about it."""
    value = read_plain(text)
    if value is None:
        return False
    exact = parse_exactly(text)
    assert repr(value) == repr(exact.value), text  # repr tells 1 from 1.0 and from True, and knows the order
    assert not exact.notes, text
    plain = parse_yaml(text)
    assert plain.plain == text
    assert plain.values == exact.values, text
    assert plain.keys == exact.keys, text
    return True


@pytest.mark.parametrize("seed", range(8))
def test_lines_at_random(seed: int) -> None:
    random_ = random.Random(seed)
    plain = sum(assert_same(_lines_at_random(random_)) for _ in range(10_000))
    assert plain > 150


@pytest.mark.parametrize("seed", range(4))
def test_trees_at_random(seed: int) -> None:
    random_ = random.Random(seed)
    plain = sum(assert_same(_tree_at_random(random_)) for _ in range(1500))
    assert plain > 150


@pytest.mark.parametrize("seed", range(4))
def test_samples_with_slips(seed: int) -> None:
    samples = [file.read_text("utf-8") for file in sorted(ROOT.glob("stacks/*/Pulumi*.yaml"))]
    random_ = random.Random(seed)
    plain = sum(assert_same(_sample_with_a_slip(random_, samples)) for _ in range(500))
    assert plain > 60
