"""Wrong inputs out of good ones: trees are changed by what they hold, texts by what they are written in.

Everything is drawn from one `random.Random`, so that a seed and a number make the same input again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, TypeAlias

import yaml

Tree: TypeAlias = Any
"""A value of JSON."""
Keys: TypeAlias = tuple[str | int, ...]

_RAW: Final = re.compile(r"""["']?@@raw:((?:[0-9a-f]{2})*)@@["']?""")
"""What stands for text that no writer would write: a number of 5,000 digits, 20,000 brackets."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SPECIAL: Final = tuple(
    {SIGNATURE: sign, **rest}
    for sign in (
        "1b47061264138c4ac30d75fd1eb44270",  # secret
        "d0e6a833031e9bbcd3f4e8bde6ca49a4",  # output
        "c44067f5952c0a294b673a41bacd8c17",  # asset
        "0def7320c3a5731c473e5ecbe6d01bc7",  # archive
        "5cf8f73096256a8f31e491e813e4eb8e",  # reference to a resource
        "of no kind",
        7,
    )
    for rest in ({}, {"value": 3}, {"ciphertext": "v1:x:y"}, {"plaintext": '"x"'}, {"secret": True, "value": None})
)
_UNKNOWN: Final = (
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
)


def raw(text: str) -> str:
    """What becomes this text, unquoted, once the tree is written."""
    return f"@@raw:{text.encode().hex()}@@"


_NUMBERS: Final = (
    0, -1, 1.5, -0.0, 1e308, -1e308, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, 1e-320,
    *map(raw, ("1e999999", "-1e400", "9" * 5000, "NaN", "Infinity", "-Infinity", "0x1F", "1_000", "012", "+1", ".5")),
)  # fmt: skip
TEXTS: Final = (
    "", " ", "\t", "\n", "null", "true", "~", "0", "-", "=", "<<", "..", "/", "*", "?", "[", "{", "%s", "{0}",
    "{x}", "${PROJECT}",
    "::error file=x::forged", "\n::error::forged", "\r\n::set-output name=a::b", "##[error]forged",
    "x ##vso[task.setvariable variable=PATH]/evil", "%0A::error::forged", "::add-mask::x",
    "\x00", "\x07\x1b[2J\x1b]8;;https://evil.example\x07", "\x7f\x80\x85\x9b31m", "\u2028\u2029",
    "\u202e\u2066x\u2069",
    "\u200b\u200f\ufeff\ufffe\uffff", "\ud800", "\udcff", "a\udc80b", "\U0010ffff", "\U0001f469\u200d\U0001f680",
    "e\u0301" * 40,
    "=cmd|' /C calc'!A0", "\uff1d1+1", "@SUM(A1)", "<script>alert(1)</script>", "]]>", "<!--", "&amp;", "`x`",
    "|a|b|", "![x](y)",
    "PT", "P", "PT1M30", "PT0S", "PT99999999999999999999S", "P1Y2M", "-PT5S", "PT1.5S", "5m", "1:30:00", "60:60",
    "2027-13-45", "0000-00-00", "9999-12-31", "2026-02-30", "1e5", "0b1", "0o17", "١٢", "Ⅷ", "NaN", ".inf",
    "azureml://registries/x", "/subscriptions/", "urn:pulumi:", "urn:pulumi:a::b::c", "urn:pulumi:a::b::c$d::e::f",
    "a:b", "a:b:c:d", ":", "::", "a::b", "file:///etc/passwd", "https://user:pw@host/x", "../../x", "~/x", "C:\\x",
    "aux",
    "(a+)+$", "^(a|a)*$", "(", "[z-a]", "(?P<x>", "\\", "\\p{L}", "(?:a{0,1000}){1000}", "a{99999999}", "*" * 60,
    "a" * 300, "a" * 40 + "!", "x" * 20_000, "A=" * 5000, "eyJ" + "hbGciOi" * 300, "/" * 3000, "{" * 2000,
    "-" * 3000, "é" * 4000,
    *_UNKNOWN,
)  # fmt: skip
_LONG: Final = ("x" * 400_000, "a " * 200_000, "/a" * 150_000, "\u00e9" * 200_000)
_DEEP: Final = tuple(
    raw(opening * depth + inside + closing * depth)
    for opening, inside, closing in (
        ("[", "1", "]"),
        ('{"a":', "1", "}"),
        ("[[{},", "1", "]]"),
        ("[", "", ""),
        ('{"a":[', "", ""),
    )
    for depth in (50, 120, 900, 20_000)
)
_KEYS: Final = (
    "constructor", "__proto__", "__defaults", "__class__", "$ref", "$dynamicRef", "$id", "secure", "value",
    "default", "items", "type",
    "name", "all", "targets", "exceptions", "version", "$schema", "pattern", "object", "fn::secret", SIGNATURE,
)  # fmt: skip


class Mutator:
    """Draws mutations."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def tree(self, tree: Tree) -> Tree:
        """The tree with one to four changes. The one given is left as it is."""
        tree = json.loads(json.dumps(tree))
        for _ in range(self.random.choice((1, 1, 1, 2, 2, 3, 4))):
            tree = self._changed(tree)
        return tree

    def _changed(self, tree: Tree) -> Tree:
        at = self.random.choice(list(_places(tree)))
        if not at or self.random.random() < 0.01:
            return self.value(tree)
        *before, last = at
        parent = tree
        for key in before:
            parent = parent[key]
        self.random.choice(_CHANGES)(self, tree, parent, last)
        return tree

    def value(self, old: Tree = None) -> Tree:
        """A value where another one was."""
        draw = self.random.random()
        if draw < 0.40:
            return self.random.choice(TEXTS)
        if draw < 0.55:
            return self.random.choice(_NUMBERS)
        if draw < 0.63:
            return self.random.choice((None, True, False, [], {}, [[]], [None], {"": None}, {"a": {}}))
        if draw < 0.73:
            return json.loads(json.dumps(self.random.choice(_SPECIAL)))
        if draw < 0.78:
            return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(old)}
        if draw < 0.83:
            return [old] if self.random.random() < 0.5 else {self._key(): old}
        if draw < 0.93 and isinstance(old, str):
            return self._text(old)
        if draw < 0.97 and isinstance(old, int | float | str):
            return (
                str(old) if not isinstance(old, str) else (float(len(old)) if self.random.random() < 0.5 else len(old))
            )
        return self.random.choice(_DEEP) if self.random.random() < 0.85 else self.random.choice(_LONG)

    def _text(self, old: str) -> str:
        at = self.random.randrange(len(old) + 1)
        draw = self.random.random()
        if draw < 0.5:
            return old[:at] + self.random.choice(TEXTS) + old[at:]
        if draw < 0.7:
            return old[:at]
        if draw < 0.85:
            return old.swapcase()
        return (old * self.random.choice((2, 3, 50)))[:60_000]

    def _key(self) -> str:
        return self.random.choice(_KEYS if self.random.random() < 0.4 else TEXTS)

    def _drop(self, _: Tree, parent: Tree, key: Any) -> None:
        del parent[key]

    def _replace(self, _: Tree, parent: Tree, key: Any) -> None:
        parent[key] = self.value(parent[key])

    def _copy(self, _: Tree, parent: Tree, key: Any) -> None:
        copy = json.loads(json.dumps(parent[key]))
        if isinstance(parent, list):
            parent[key:key] = [copy] * self.random.choice((1, 1, 2, 30))
        else:
            parent[self.random.choice((f"{key}2", str(key).swapcase(), f" {key}", self._key()))] = copy

    def _rename(self, _: Tree, parent: Tree, key: Any) -> None:
        if isinstance(parent, dict):
            new = self._text(key) if self.random.random() < 0.5 else self._key()
            parent[new] = parent.pop(key)
        else:
            self.random.shuffle(parent)

    def _insert(self, _: Tree, parent: Tree, key: Any) -> None:
        if isinstance(parent, dict):
            parent[self._key()] = self.value(parent[key])
        else:
            parent.insert(self.random.randrange(len(parent) + 1), self.value(parent[key]))

    def _swap(self, tree: Tree, parent: Tree, key: Any) -> None:
        other: Tree = tree
        for step in self.random.choice(list(_places(tree))):
            other = other[step]
        parent[key] = json.loads(json.dumps(other))

    def text(self, data: bytes) -> bytes:
        """The bytes of a text with one to three changes."""
        for _ in range(self.random.choice((1, 1, 2, 3))):
            data = self.random.choice(_TEXT_CHANGES)(self, data)
        return data

    def bits(self, data: bytes) -> bytes:
        """Some bits turned around."""
        changed = bytearray(data)
        for _ in range(self.random.choice((1, 1, 2, 8, 60))):
            if changed:
                changed[self.random.randrange(len(changed))] ^= 1 << self.random.randrange(8)
        return bytes(changed)

    def cut(self, data: bytes) -> bytes:
        """The beginning, or all but a part of the middle."""
        at, other = sorted(self.random.randrange(len(data) + 1) for _ in range(2))
        return data[:at] if self.random.random() < 0.6 else data[:at] + data[other:]

    def _line(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        at = self.random.randrange(len(lines))
        draw = self.random.random()
        if draw < 0.3:
            lines.insert(at, lines[at])
        elif draw < 0.5:
            del lines[at]
        elif draw < 0.7:
            lines[at] = self.random.choice((b"  ", b"\t", b"- ", b"? ", b"#", b"\xc2\xa0", b"\xe3\x80\x80")) + lines[at]
        else:
            lines.insert(at, self.random.choice(_SNIPPETS))
        return b"\n".join(lines)

    def _insert_text(self, data: bytes) -> bytes:
        at = self.random.randrange(len(data) + 1)
        inserted = self.random.choice((*_SNIPPETS, *(text.encode("utf-8", "surrogatepass") for text in TEXTS)))
        return data[:at] + inserted + data[at:]

    def _encoding(self, data: bytes) -> bytes:
        draw = self.random.randrange(7)
        text = data.decode("utf-8", "replace")
        if draw < 2:
            return b"\xef\xbb\xbf" + data
        if draw < 5:
            return text.encode(("utf-16", "utf-32", "utf-16-be")[draw - 2])
        return data.replace(b"\n", b"\r\n" if draw == 5 else b"\r")

    def _word(self, data: bytes) -> bytes:
        words = list(re.finditer(rb"[\w./-]+", data[:200_000]))
        if not words:
            return data
        word = self.random.choice(words)
        new = self.random.choice(TEXTS).encode("utf-8", "surrogatepass")
        return data[: word.start()] + new + data[word.end() :]


_CHANGES: Final[tuple[Callable[[Mutator, Tree, Tree, Any], None], ...]] = (
    Mutator._drop, Mutator._replace, Mutator._replace, Mutator._replace, Mutator._replace, Mutator._copy,
    Mutator._rename,
    Mutator._insert, Mutator._insert, Mutator._swap,
)  # fmt: skip
_TEXT_CHANGES: Final[tuple[Callable[[Mutator, bytes], bytes], ...]] = (
    Mutator.bits, Mutator.cut, Mutator._line, Mutator._line, Mutator._insert_text, Mutator._encoding, Mutator._word,
    Mutator._word,
)  # fmt: skip
_SNIPPETS: Final = (
    b"---", b"...", b"--- x", b"%YAML 9.9\n---", b"%TAG ! !x", b"a: &a [*a]", b"b: *nowhere", b"<<: {a: 1}",
    b"<<: [1, 2]", b"<<: *x",
    b"x: &x {a: &y [1,2], b: *y}",
    b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
    b"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
    b"g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]",
    b"t: !!python/object/apply:os.system [id]", b"t: !!binary 'x'", b"t: !!binary '//8='", b"t: !!set {a}",
    b"t: !!omap [a: 1, a: 2]",
    b"t: !!int x", b"t: !!float ''", b"t: !!timestamp 2001-99-99", b"t: !!null x", b"t: !<tag:x> y", b"t: !x y",
    b"t: !!bool maybe",
    b"? [a, b]\n: c", b"? {a: b}", b"1: a", b"1.0: b", b"true: c", b"~: d", b"'': e", b"!!binary aGk=: f",
    b"2001-01-01: g",
    b"k: |\n  a\n b", b"k: >+\n\n\n", b"'", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"- - - -", b"&", b"*",
    b"!", b"@", b"`", b"%",
    b"\xff", b"\x00", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b'"\\ud800"', b'"\\udc00\\ud800"',
    b'"\\x00"', b'"\\uZZZZ"',
    b"// x", b"/* x */", b"config:", b"config: []", b"name: x", b"runtime: 7", b"environment: [a, b]",
    b"encryptionsalt: 3",
)  # fmt: skip


def _places(tree: Tree) -> Iterator[Keys]:
    """The keys of every value of a tree; () for all of it."""
    waiting: list[tuple[Keys, Tree]] = [((), tree)]
    while waiting:
        keys, value = waiting.pop()
        yield keys
        if isinstance(value, dict):
            waiting += [((*keys, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            waiting += [((*keys, index), each) for index, each in enumerate(value)]


def as_json(tree: Tree, random: Random) -> bytes:
    """The tree as JSON, with escapes or without, on one line or on many."""
    text = json.dumps(tree, ensure_ascii=random.random() < 0.5, indent=random.choice((None, 2, 4)))
    return _with_raw(text).encode("utf-8", "surrogatepass")


def as_yaml(tree: Tree, random: Random) -> bytes:
    """The tree as YAML, in blocks or as JSON would have it."""
    if random.random() < 0.25:
        return as_json(tree, random)
    try:
        text = yaml.dump(
            tree, Dumper=yaml.CSafeDumper, allow_unicode=random.random() < 0.5, sort_keys=False, width=9999
        )
    except (UnicodeError, yaml.YAMLError):  # It cannot write a lone surrogate.
        return as_json(tree, random)
    return _with_raw(text).encode("utf-8", "surrogatepass")


def _with_raw(text: str) -> str:
    return _RAW.sub(lambda match: bytes.fromhex(match[1]).decode("utf-8", "replace"), text)
