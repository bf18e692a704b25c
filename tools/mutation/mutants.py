"""Makes the mutants: one small change of the library each, as mutmut's operators change a syntax tree."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators
from mutmut.mutation.file_mutation import deep_replace

Operator = Callable[[Any], Iterable[cst.CSTNode]]


@dataclass(frozen=True)
class Mutant:
    """One change. `function` is the path of the outermost function it lies in, each step a name and which of that
    name; empty for what runs when the module is loaded. `lines` are those of the statement."""

    module: str
    function: tuple[tuple[str, int], ...]
    lines: tuple[int, int]
    operator: str
    change: str
    source: str
    statement: str

    @property
    def where(self) -> str:
        """The function by name."""
        return ".".join(name for name, _ in self.function) or "<module>"

    @property
    def key(self) -> str:
        """Names the mutant while its function, class or table stays as it is."""
        return hashlib.sha256(f"{self.module}\n{self.statement}".encode()).hexdigest()[:20]


# What is not mutated, and why. docs/mutation-tests.md repeats the reasons.
SKIPPED_CALLS: Final = frozenset({"TypeVar", "cast", "isinstance", "len", "super"})
"""Types only; and with None in place of an argument of the two checks everything raises, which proves little."""
SKIPPED_DECORATORS: Final = frozenset({"dataclass", "overload", "field"})
"""Frozen, slots, repr: they guard against mistakes in the source, which mypy sees, and change no verdict."""
SKIPPED_KEYWORDS: Final = frozenset({"title", "since", "source", "controls", "doc", "encoding"})
"""Printed in docs/rules.md, which test_project.py compares with the rules; the name of an encoding has synonyms."""
OPTION_DOC: Final = 1
"""Which argument of Option is its text for the documentation."""
MYPY_REFUSES: Final = frozenset({"operator_arg_removal", "operator_assignment"})
"""None for a constant, and an argument less for a table: `make lint` refuses them outside of functions."""


def bare_condition(node: cst.If | cst.CompIf | cst.While) -> Iterator[cst.CSTNode]:
    """`if x` to `if not x`: mutmut changes only conditions that hold an operator."""
    if not isinstance(node.test, cst.Comparison | cst.BooleanOperation | cst.UnaryOperation):
        inverted = cst.UnaryOperation(cst.Not(), node.test, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield node.with_changes(test=inverted)


def message_text(node: cst.FormattedStringText) -> Iterator[cst.CSTNode]:
    """The wording of an f-string, which mutmut leaves alone."""
    yield node.with_changes(value=f"XX{node.value}XX")


OPERATORS: Final[tuple[tuple[type | Any, Operator], ...]] = (
    *mutators.mutation_operators,
    (cst.If | cst.CompIf | cst.While, bare_condition),
    (cst.FormattedStringText, message_text),
)


@dataclass(frozen=True)
class _Place:
    """Where the walk stands."""

    top: cst.CSTNode
    function: tuple[tuple[str, int], ...] = ()
    in_function: bool = False
    lines: tuple[int, int] = (0, 0)


class _Walk:
    """One pass over a module."""

    def __init__(self, module: str, source: str) -> None:
        wrapper = MetadataWrapper(cst.parse_module(source))
        self.module = module
        self.tree = wrapper.module
        self.positions = wrapper.resolve(PositionProvider)
        self.parts = [self.tree.code_for_node(statement) for statement in self.tree.body]
        head = [self.tree.code_for_node(line) for line in self.tree.header]
        foot = [self.tree.code_for_node(line) for line in self.tree.footer]
        self.head, self.foot = "".join(head), "".join(foot)

    def mutants(self) -> Iterator[Mutant]:
        """Each different text once."""
        seen: set[str] = set()
        for index, statement in enumerate(self.tree.body):
            for node, operator, changed, place in self._visit(statement, _Place(top=statement), {}):
                new = self.tree.code_for_node(deep_replace(statement, node, changed))
                source = "".join([self.head, *self.parts[:index], new, *self.parts[index + 1 :], self.foot])
                if new == self.parts[index] or source in seen:
                    continue
                seen.add(source)
                function = place.function if place.in_function else ()
                change = _change(self.parts[index], new)
                yield Mutant(self.module, function, place.lines, operator, change, source, new)

    def _visit(
        self, node: cst.CSTNode, place: _Place, names: dict[str, int]
    ) -> Iterator[tuple[cst.CSTNode, str, cst.CSTNode, _Place]]:
        if _skipped(node):
            return
        place = replace(place, lines=self._lines(node) or place.lines)
        for kind, operator in OPERATORS:
            name = getattr(operator, "__name__", "")
            if not isinstance(node, kind) or (not place.in_function and name in MYPY_REFUSES):
                continue
            made = list(operator(node))
            if not place.in_function and name == "operator_string":
                made = made[:1]
            for changed in made:
                yield node, name, changed, place
        if isinstance(node, cst.FunctionDef):
            yield from self._visit_function(node, place, names)
        elif isinstance(node, cst.ClassDef):
            inside = place if place.in_function else replace(place, function=(*place.function, _named(node, names)))
            own: dict[str, int] = {}
            for child in [*node.bases, *node.keywords, *node.body.body]:
                yield from self._visit(child, inside, own)
        else:
            for child in _children(node):
                yield from self._visit(child, place, names)

    def _visit_function(
        self, node: cst.FunctionDef, place: _Place, names: dict[str, int]
    ) -> Iterator[tuple[cst.CSTNode, str, cst.CSTNode, _Place]]:
        for decorator in node.decorators:
            yield from self._visit(decorator, place, names)
        yield from self._visit(node.params, place, names)
        inside = place
        if not place.in_function:
            inside = replace(place, function=(*place.function, _named(node, names)), in_function=True)
        yield from self._visit(node.body, inside, {})

    def _lines(self, node: cst.CSTNode) -> tuple[int, int] | None:
        """The lines of a simple statement, and those of the head of a compound one."""
        if isinstance(node, cst.SimpleStatementLine):
            span = self.positions[node]
            return span.start.line, span.end.line
        if isinstance(node, cst.If | cst.While | cst.For | cst.With):
            head = {cst.If: "test", cst.While: "test", cst.For: "iter"}.get(type(node))
            end = self.positions[getattr(node, head)] if head else self.positions[node.body]
            return self.positions[node].start.line, end.end.line if head else end.start.line
        return None


def _named(node: cst.FunctionDef | cst.ClassDef, names: dict[str, int]) -> tuple[str, int]:
    name = node.name.value
    count = names.get(name, 0)
    names[name] = count + 1
    return name, count


def _skipped(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Annotation | cst.Import | cst.ImportFrom):
        return True
    if isinstance(node, cst.Expr) and isinstance(node.value, cst.SimpleString | cst.ConcatenatedString):
        return True
    if isinstance(node, cst.AnnAssign):
        return isinstance(node.annotation.annotation, cst.Name) and node.annotation.annotation.value == "TypeAlias"
    if isinstance(node, cst.Assign):
        target = node.targets[0].target
        return isinstance(target, cst.Name) and target.value in ("__slots__", "__all__")
    if isinstance(node, cst.If):
        return isinstance(node.test, cst.Name) and node.test.value == "TYPE_CHECKING"
    if isinstance(node, cst.Decorator):
        return _called(node.decorator) in SKIPPED_DECORATORS
    if isinstance(node, cst.Arg):
        return node.keyword is not None and node.keyword.value in SKIPPED_KEYWORDS
    return isinstance(node, cst.Call) and _called(node) in SKIPPED_CALLS | SKIPPED_DECORATORS


def _called(node: cst.CSTNode) -> str | None:
    name = node.func if isinstance(node, cst.Call) else node
    return name.value if isinstance(name, cst.Name) else None


def _children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for child in node.children:
        if isinstance(node, cst.Call) and _called(node) == "Option" and child is _nth(node.args, OPTION_DOC):
            continue
        if isinstance(node, cst.FormattedStringExpression) and isinstance(child, cst.FormattedStringText):
            continue
        yield child


def _nth(arguments: Iterable[cst.Arg], index: int) -> cst.Arg | None:
    return next((argument for place, argument in enumerate(arguments) if place == index), None)


def _change(old: str, new: str) -> str:
    lines = list(difflib.ndiff(old.splitlines(), new.splitlines()))
    gone = " ".join(line[2:].strip() for line in lines if line.startswith("- "))
    come = " ".join(line[2:].strip() for line in lines if line.startswith("+ "))
    return f"{gone} -> {come}"


def mutants(library: Path, module: str) -> list[Mutant]:
    """Every mutant of a module, which is named by its path below the library, without .py."""
    return list(_Walk(module, (library / f"{module}.py").read_text(encoding="utf-8")).mutants())
