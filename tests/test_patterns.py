"""A regular expression of poolgate's takes linear time over any text, or quadratic time over a short one."""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Any, Final, get_args

import pytest

from ambiguity import Mode, degree

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = (ROOT / "policies" / "inference_pools", ROOT / "src" / "poolgate")

TAKES: Final = {
    **dict.fromkeys(("match", "fullmatch", "search", "findall", "finditer"), (0, 2)),
    **{"compile": (0, 1), "pattern": (0, 1), "split": (0, 3), "sub": (0, 4), "subn": (0, 4), "NameRule": (1, 9)},
}
"""What is given a pattern: which of its arguments that is, and which one has the flags."""
MODES: Final[Mapping[str, Mode]] = {
    **{"match": "match", "fullmatch": "fullmatch", "NameRule": "fullmatch", "takes": "fullmatch"},
    **dict.fromkeys(("search", "sub", "subn", "split", "findall", "finditer"), "search"),
}
"""How a text is held to a pattern."""


def _no_others(_: ModuleType) -> Iterable[str]:
    return ()


MADE: Final[Mapping[str, Callable[[ModuleType], Iterable[str]]]] = {
    # Of a schema: ours are read below, and one of a project ends the run (poolgate.lint.slow_patterns).
    "poolgate.lint.fast.validator": _no_others,
    "poolgate.lint.schema_store": _no_others,
    "poolgate.lint.secure_validator": _no_others,
    # Of the data beside it, which is read below.
    "poolgate.standin.azure_native.check": _no_others,
    "poolgate.standin.bridge_validate": _no_others,
    # Of the policy config, whose author it keeps waiting.
    "inference_pools.rules.owner_tag_valid": _no_others,
    # What `pattern()`, `NameRule()` and `takes=` are given, which is found there.
    "inference_pools.placeholders.patterns": _no_others,
    "inference_pools.rules.name_wellformed": _no_others,
    "inference_pools.facets.tags": _no_others,
    "inference_pools.naming": lambda module: [
        module._expression(module.parse(written).tokens, parts)
        for written in ("rg-{workload}-{environment}-{region}-{instance}", "{unit}_{organization}_{workload}")
        for parts in ({}, {"environment": module._any_of(("prod", "dev")), "instance": "[0-9]+"})
    ],
    "inference_pools.not_judged": lambda module: [module._call("sagemaker", {"Pool", "Group", "Endpoint"}).pattern],
    "inference_pools.plaintext_secrets": lambda module: [known._source for _, known, _ in module._FORMATS],
    "inference_pools.platforms.azure.asset_ids": lambda _: [r"azureml://.+/models/[^/]+(?:/(?:versions|labels))?/?"],
    "inference_pools.rules.azure.scoring_script_safe": lambda module: [pattern for pattern, _ in module._PROBLEMS],
    "inference_pools.services": lambda _: ["(?<![a-z0-9])westeurope(?![a-z0-9])"],
    "inference_pools.waivers": lambda module: [module._covers("*a/b?*::*c*::?d*").__self__.pattern],
    "poolgate.lint.editor_schema": lambda _: [r"\^((?:a-b|a\\-b):|[\w-]+:|\(\?!(?:a-b|a\\-b):\))"],
    "poolgate.lint.messages": lambda module: module._SYNTAX,
    "poolgate.report.by_line": lambda _: [r"(?<!\w)capacity(?!\w)"],
    "poolgate.sources.environment_values": lambda module: [module._pattern(["westeurope", "3", "West"]).pattern],
    "poolgate.sources.failures": lambda _: [r"(?<=\branker-)[0-9a-f]{7}\b"],
}
"""Modules with a function that makes a pattern, and patterns that it makes."""


@dataclass(frozen=True)
class Found:
    """A pattern, and where it is. `modes` are the ways in which texts are held to it."""

    where: str
    pattern: str | bytes
    flags: int
    modes: frozenset[Mode]

    @property
    def degree(self) -> float:
        return max(_degree(self.pattern, self.flags, mode) for mode in self.modes)


_degree = cache(degree)


@cache
def in_modules() -> tuple[Found, ...]:
    """Every pattern that is written in a module, or made in one."""
    return tuple(found for name, nodes in _nodes().items() for found in _in_module(name, nodes))


@cache
def _nodes() -> Mapping[str, list[ast.AST]]:
    """The syntax of each module that has a pattern or uses one."""
    files = {file: file.relative_to(package.parent) for package in PACKAGES for file in sorted(package.rglob("*.py"))}
    return {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): list(ast.walk(ast.parse(text)))
        for file, path in files.items()
        if (text := file.read_text("utf-8"))
        and any(word in text for word in (*(f"{name}(" for name in TAKES), "takes="))
    }


def _in_module(name: str, nodes: list[ast.AST]) -> Iterator[Found]:
    named = {
        id(node.value): target.id
        for node in nodes
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    methods = {id(node.value): node.attr for node in nodes if isinstance(node, ast.Attribute)}
    for call in nodes:
        if not isinstance(call, ast.Call) or not (taken := _taken(call)):
            continue
        kind, written, flags = taken
        kind = methods.get(id(call), kind)
        modes = {MODES[kind]} if kind in MODES else _uses(name, named.get(id(call), ""))
        for pattern, value in _values(name, written, flags):
            yield Found(f"{name}:{call.lineno}", pattern, value, frozenset(modes))


def _taken(call: ast.Call) -> tuple[str, ast.expr, ast.expr | None] | None:
    """What takes a pattern, the pattern, and the flags, where a call is about one."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if "takes" in keywords:
        return "takes", keywords["takes"], None
    function, name = call.func, ""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re":
        name = function.attr
    elif isinstance(function, ast.Name) and function.id in ("pattern", "NameRule"):
        name = function.id
    if name not in TAKES:
        return None
    pattern, flags = TAKES[name]
    return name, call.args[pattern], keywords.get("flags", call.args[flags] if len(call.args) > flags else None)


def _uses(module: str, name: str) -> set[Mode]:
    """How texts are held to the pattern that a module calls so, there and where it is imported.

    Where that is not seen, as of one in a table, in every way in which the module does so with any pattern.
    """
    users = {module, *(other for other, (imports, _) in _names().items() if (module, name) in imports)}
    used = {each for user in users for each in _names()[user][1][name]} if name else {""}
    if not used <= MODES.keys():
        used = {
            each
            for user in users
            for other, attributes in _names()[user][1].items()
            if other != "re"
            for each in attributes
        }
        used.discard("split")  # most often a text's own
    return {MODES[each] for each in used if each in MODES} or set(get_args(Mode))


@cache
def _names() -> Mapping[str, tuple[set[tuple[str | None, str]], Mapping[str, set[str]]]]:
    """What each module imports, and which attributes it asks of what it calls so; an empty one for any other use."""
    found = {}
    for module, nodes in _nodes().items():
        imports = {
            (node.module, alias.name) for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names
        }
        attributes = {id(node.value): node.attr for node in nodes if isinstance(node, ast.Attribute)}
        used = defaultdict(set)
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used[node.id].add(attributes.get(id(node), ""))
        found[module] = (imports, used)
    return found


def _values(name: str, written: ast.expr, flags: ast.expr | None) -> Iterator[tuple[str | bytes, int]]:
    module = importlib.import_module(name)
    value = 0 if flags is None or ast.unparse(flags) == "self._flags" else _value(flags, module)
    try:
        pattern = _value(written, module)
    except (NameError, AttributeError):
        yield from ((pattern, int(value)) for pattern in MADE[name](module))
    else:
        yield (pattern.pattern, pattern.flags) if isinstance(pattern, re.Pattern) else (pattern, int(value))


def _value(expression: ast.expr, module: ModuleType) -> Any:
    return eval(compile(ast.Expression(expression), module.__name__, "eval"), vars(module))


@cache
def in_data() -> tuple[Found, ...]:
    """The patterns of our schemas, and those of providers that the stand-ins hold values to."""
    files = [
        *sorted((ROOT / "schemas").rglob("*.json")),
        *sorted((ROOT / "src" / "poolgate" / "standin").rglob("*.json")),
        ROOT / "policies/inference_pools/platforms/azure_pools/data/azure_native.json",
    ]
    return tuple(
        Found(str(file.relative_to(ROOT)), pattern, 0, frozenset({"search"}))
        for file in files
        for pattern in sorted(set(_of_document(json.loads(file.read_bytes()))))
    )


def _of_document(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        yield from (document[key] for key in ("pattern", "matches") if isinstance(document.get(key), str))
        if isinstance(document.get("patternProperties"), dict):
            yield from document["patternProperties"]
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from _of_document(part)


BACKS_OFF: Final = "it backs off by one letter at the most, from which its second part goes on"
QUADRATIC: Final = {
    ("inference_pools.naming", r"\[secret\]"): "a name, of which `[secret]` hides some parts",
    ("inference_pools.placeholders.detect", ".{0,4000}"): "its own count, of 4,000",
    (
        "inference_pools.placeholders.styles",
        r"\s*\(",
    ): "the inside of a delimiter: 300 parts of 100 characters, by their counts",
    ("inference_pools.placeholders.styles", r"\s*\.\s*"): "the same",
    ("inference_pools.placeholders.words", "[A-Z]+(?![a-z])|[A-Z]?"): BACKS_OFF,
    ("inference_pools.plaintext_secrets", "[A-Z]+(?![a-z])|[A-Z]?"): BACKS_OFF,
    ("inference_pools.rules.same_environment_sources", "[A-Z]+(?![a-z])|[A-Z]?"): BACKS_OFF,
    ("inference_pools.services", "[A-Z]+(?![a-z])|[A-Z]?"): BACKS_OFF,
    ("inference_pools.plaintext_secrets", "eyJ[A-Za-z0-9_\\-]{8,8000}"): "its own count, of 8,000",
    ("inference_pools.plaintext_secrets", "[Bb]asic"): "its own counts, of 240 and 480",
    (
        "poolgate.completions",
        "one of the arguments .*",
    ): "what argparse says of a command line, whose arguments have 128 KiB",
    ("poolgate.errors", "+.-]+:/[^"): "what a library says of an address, which is an argument: 128 KiB",
    ("poolgate.lint.messages", ".*"): "what libyaml says, in some ten words of its own",
    ("poolgate.lint.project", "[{][{].*[}][}]"): "the name of a project, which is a placeholder: a line",
    ("schemas/pulumi-project.schema.json", "[{][{].*[}][}]"): "the same",
    ("poolgate.lint.schema_lint", "'.*'"): "what the validator says of one value: some thousand quotes",
    ("poolgate.prices.sources", "Host:"): "a word of a price list",
    ("poolgate.sandbox.workspace", "`.*?`"): "what the engine says of one value, of which it shows ten characters",
    ("poolgate.sources.failures", "would ask [^,]+"): "what poolgate says of one function",
    ("poolgate.sources.failures", "in _execute_child"): "200 lines, which are kept of what a program says",
    ("poolgate.sources.failures", "CalledProcessError"): "the same",
    ("poolgate.sources.failures", "^ImportError"): "the same",
    ("poolgate.sources.failures", "in __getitem__"): "the same",
    ("poolgate.sources.program", "File"): "a line of a traceback",
    ("poolgate.sources.unjudged", "azure-native"): "a type token",
    ("poolgate.standin.autonaming", "config"): "a line of a stack's configuration",
}
"""Patterns that may take quadratic time, by module and by what stands in them, and what keeps their texts short."""


def test_every_pattern_takes_linear_time_or_has_short_texts() -> None:
    wrong = [
        f"{found.where}: {found.pattern!r} in {'/'.join(sorted(found.modes))}: degree {found.degree}"
        for found in (*in_modules(), *in_data())
        if found.degree > (1 if _known(found) else 0)
    ]
    assert not wrong, "\n".join(wrong)


def test_what_may_take_quadratic_time_does() -> None:
    quadratic = {key for found in (*in_modules(), *in_data()) if found.degree == 1 for key in _known(found)}
    assert quadratic == QUADRATIC.keys()


def test_every_pattern_that_a_module_holds_is_one_that_was_found() -> None:
    found = {each.pattern for each in in_modules()}
    held = {pattern for module in _modules() for pattern in _held(list(vars(module).values()))}
    assert len(held) > 200
    assert not held - found


def test_what_makes_patterns_makes_them_still() -> None:
    asked = set()
    for name, nodes in _nodes().items():
        for call in nodes:
            if isinstance(call, ast.Call) and (taken := _taken(call)):
                try:
                    _value(taken[1], importlib.import_module(name))
                except (NameError, AttributeError):
                    asked.add(name)
    assert asked == MADE.keys()


def _known(found: Found) -> list[tuple[str, str]]:
    return [key for key in QUADRATIC if found.where.startswith(key[0]) and key[1] in str(found.pattern)]


def _modules() -> Iterator[ModuleType]:
    return (
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in ("inference_pools", "poolgate")
    )


def _held(values: Iterable[object]) -> Iterator[str | bytes]:
    for value in values:
        if isinstance(value, re.Pattern):
            yield value.pattern
        elif isinstance(value, dict):
            yield from _held([*value.keys(), *value.values()])
        elif isinstance(value, list | tuple):
            yield from _held(value)


@pytest.mark.parametrize(
    ("pattern", "mode", "expected"),
    [
        ("[a-z]+x", "match", 0),
        ("(?:a|b)*c", "match", 0),
        ("(?:[a-z]+,)*[a-z]+", "fullmatch", 0),
        ("(?:a?)*b", "match", 0),
        ("a*b+a*", "fullmatch", 0),
        (r"[a-z]+\s*\d", "match", 0),
        ("(?:[a-z]+,?)*", "match", 0),  # ends anywhere: nothing is tried again
        ("^[a-z]+x", "search", 0),
        ("(?m)^[a-z]+x", "search", 0),
        ("[a-z]+", "search", 0),
        ("(?<![a-z])[a-z]+x", "search", 0),
        (r"\b\w+x", "search", 0),
        ('"(?:[^"\\\\]|\\\\.?)*+"?', "search", 0),
        ("(?:a++|b)*c", "fullmatch", 0),
        ("(?>.*?a)(?>.*?b)(?>.*?c).*", "fullmatch", 0),
        ("(?s).*a.*", "fullmatch", 0),
        (r"\s*+(?:x )?\s*y", "match", 0),
        (r"[a-z]+(?=\d)", "match", 0),
        ("[a-z]+x", "search", 1),
        ("(?m)^\\s*x", "search", 1),
        ("a*a*b", "match", 1),
        ("a*b?a*c", "match", 1),
        (".*a.*", "fullmatch", 1),
        (r"\w+\s*\w+:", "match", 1),
        (r"(?:(?=\w*x)a)*b", "match", 1),
        ("(?:a*?b|a)*", "match", 1),  # ends anywhere, and tries at each place what does not fit
        ("a{0,200}a{0,200}b", "match", 1),
        ("a*a*a*b", "match", 2),
        (".*a.*b.*c", "fullmatch", 2),
        ("(?i)[K]*\u212a*k*b", "match", 2),  # the sign for kelvin is a small k
        ("(a*)*b", "match", inf),
        ("(?:a+)+$", "match", inf),
        ("(?:a|aa)+$", "match", inf),
        ("(?:a|b|ab)*c", "match", inf),
        ("(?:[a-z]+,?)*", "fullmatch", inf),
        ("(?:.*?,){11}P", "match", inf),  # to the eleventh, and a long count has no end here
        (r"^(?:(?:[a-z])+.)+[A-Z]", "match", inf),
        (rb"(?:\w+|\d)*;", "match", inf),
        (r"(?P<one>[a-z])(?:(?P=one)+)+;", "match", inf),
    ],
)
def test_degrees_of_patterns_that_are_known(pattern: str | bytes, mode: Mode, expected: float) -> None:
    assert degree(pattern, 0, mode) == expected


def test_what_is_not_modelled_is_said() -> None:
    with pytest.raises(NotImplementedError, match="GROUPREF_EXISTS"):
        degree("(a)?(?(1)b|c)")
