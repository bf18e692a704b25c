"""A team's own rules as their source tells them: nothing of it is run.

What `poolgate.yaml` names is part of the repository, and who changes it need not be who runs poolgate. Commands that
run no program of a repository do not run its rules either; they read here what the rules are called.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from poolgate.errors import UsageError
from poolgate.files import is_file, read_text, relative_to_here

NAME: Final = "RULES"
MOST_FILES: Final = 50
"""Files that are followed from the one that is named: more are not read for their names."""
MOST_BYTES: Final = 200_000
"""A file of rules that is larger is not read for their names."""
MOST_STEPS: Final = 10_000
"""Steps from name to name: source that adds itself up without end is given up."""

_MAKERS: Final = ("rule", "stack_rule", "project_rule", "waiver_rule")
_LIBRARY: Final = "inference_pools.rule"
_TEXTS: Final = ("title", "remedy", "since", "source")
_NOT_BESIDE: Final = ("inference_pools", "pulumi")
"""Packages that a file of rules imports from its environment, also where they lie beside it."""
_SCOPES: Final = {"rule": "resource", "stack_rule": "stack", "project_rule": "project", "waiver_rule": "waivers"}


_FIELD: Final = re.compile(r"\{\{|\}\}|\{(\w+)\}")
"""What `str.format` takes for more than text, as far as remedies have it."""


class Sketch(NamedTuple):
    """A rule as its source tells it. What is no constant there is ""."""

    id: str
    file: str
    line: int
    scope: str = ""
    title: str = ""
    severity: str = ""
    enforcement: str = ""
    remedy: str = ""
    since: str = ""
    source: str = ""
    why: str = ""
    waivable: bool = True
    defaults: tuple[tuple[str, str], ...] = ()
    """The options whose default is a constant there, each with that as a remedy shows it."""

    def remedy_with(self, given: Mapping[str, object]) -> str:
        """The remedy with its options filled in: as they are given, else their defaults, else `<name>`."""
        known = {**dict(self.defaults), **{name: _shown(value) for name, value in given.items()}}

        def filled(found: re.Match[str]) -> str:
            return known.get(found[1]) or f"<{found[1]}>" if found[1] else found[0][0]

        return _FIELD.sub(filled, self.remedy)


class Sketches(NamedTuple):
    """The rules of some files. `is_complete` says whether all of them are known, and no other is among them."""

    rules: tuple[Sketch, ...] = ()
    is_complete: bool = True

    @property
    def waivable(self) -> Mapping[str, bool]:
        """Whether a waiver can cover what it finds, by the rule's id."""
        return {rule.id: rule.waivable for rule in self.rules}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in the order of the files."""
        return tuple(rule.id for rule in self.rules)

    def note(self, files: Sequence[Path]) -> str:
        """A sentence on their not having been run, as a poolgate.yaml names their files; "" where there is none."""
        if self.is_complete and not self.rules:
            return ""
        number = len(self.rules)
        what = f"{number} rule{'s' * (number != 1)}" if number else "rules"
        more = "" if self.is_complete or not number else ", or more,"
        were = "was" if number == 1 and self.is_complete else "were"
        named = " ".join(f"--rules {relative_to_here(file)}" for file in files)
        return f"{what}{more} of poolgate.yaml {were} not run; {named} runs {'it' if were == 'was' else 'them'}"


NONE: Final = Sketches()


def without(sketches: Sketches, ids: Iterable[str]) -> Sketches:
    """Those that are not called so."""
    taken = frozenset(ids)
    return Sketches(tuple(rule for rule in sketches.rules if rule.id not in taken), sketches.is_complete)


def read(files: Sequence[Path]) -> Sketches:
    """The rules in some files, in their order, each id once.

    Where a file does not say plainly what its RULES are, all that it makes, and all that the files beside it make from
    which it imports, are told, and that there may be others. A file that cannot be read or parsed is one of those.
    """
    found: dict[str, Sketch] = {}
    is_complete = True
    for file in files:
        reader = _Reader(file.parent)
        try:
            rules = reader.module(file).listed(NAME)
        except _UNREADABLE:
            rules = None
        if rules is None:
            is_complete = False
            rules = reader.everything()
        for rule in rules:
            found.setdefault(rule.id, rule)
    return Sketches(tuple(found.values()), is_complete)


_UNREADABLE: Final = (UsageError, SyntaxError, ValueError, RecursionError, MemoryError)


class _Reader:
    """The files of one folder, each parsed once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._modules: dict[Path, _Module] = {}
        self._steps = 0

    def step(self) -> None:
        """Counts a step. Raises UsageError when there were too many."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise UsageError("what RULES holds is too long a story")

    def module(self, file: Path) -> _Module:
        """A file. Raises UsageError, SyntaxError or ValueError when it cannot be read or is no Python."""
        if file not in self._modules:
            if len(self._modules) >= MOST_FILES:
                raise UsageError("too many files of rules", file=relative_to_here(file))
            if not is_file(file) or file.stat().st_size > MOST_BYTES:
                raise UsageError("is no file of rules", file=relative_to_here(file))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of an escape that is none, and such
                tree = ast.parse(read_text(file))
            self._modules[file] = module = _Module(self, file, tree)
            module.bind()
        return self._modules[file]

    def imported(self, name: str) -> _Module | None:
        """What lies beside the file under a module's name, if it does and can be read."""
        parts = name.split(".")
        if parts[0] in _NOT_BESIDE:
            return None
        for file in (self.folder.joinpath(*parts).with_suffix(".py"), self.folder.joinpath(*parts, "__init__.py")):
            if all(parts) and is_file(file):
                try:
                    return self.module(file)
                except _UNREADABLE:
                    return None
        return None

    def everything(self) -> list[Sketch]:
        """All rules that are made in what was read."""
        self._steps = 0
        rules: list[Sketch] = []
        try:
            for module in self._modules.values():
                rules += module.made()
        except _UNREADABLE:
            pass
        return rules


class _Module:
    """One file's names: what they are bound to at the top level, and where they are imported from."""

    def __init__(self, reader: _Reader, file: Path, tree: ast.Module) -> None:
        self._reader = reader
        self._shown = relative_to_here(file)
        self._tree = tree
        self._bound: dict[str, ast.AST | None] = {}
        self._from: dict[str, tuple[str, str]] = {}

    def bind(self) -> None:
        """Takes note of all statements, and of the files beside this one from which it imports."""
        for node in self._tree.body:
            self._bind(node)

    def _bind(self, node: ast.stmt) -> None:
        """Takes note of a statement. What is bound twice, or in part of the cases only, is not known."""
        names: list[str] = []
        value: ast.AST | None = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names, value = [node.name], node
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            value = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            names, value = [node.target.id], node.value
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                self._from[alias.asname or alias.name] = (node.module, alias.name)
            self._reader.imported(node.module)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                self._reader.imported(alias.name)
        elif not isinstance(node, ast.Expr | ast.Pass):
            names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        elif _grows(node):
            names = [NAME]
        for name in names:
            self._bound[name] = None if name in self._bound else value

    def listed(self, name: str, depth: int = 0) -> list[Sketch] | None:
        """The rules of a list or tuple by its name; None when it cannot be told which they are."""
        self._reader.step()
        if depth > MOST_FILES:
            return None
        if name in self._bound:
            node = self._bound[name]
            return None if node is None else self._items(node, depth)
        other = self._elsewhere(name)
        return other[0].listed(other[1], depth + 1) if other else None

    def _items(self, node: ast.AST, depth: int) -> list[Sketch] | None:
        self._reader.step()
        if isinstance(node, ast.Name):
            return self.listed(node.id, depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._items(node.left, depth + 1), self._items(node.right, depth + 1)
            return None if left is None or right is None else [*left, *right]
        if not isinstance(node, ast.List | ast.Tuple):
            return None
        rules: list[Sketch] = []
        for item in node.elts:
            some = self._items(item.value, depth + 1) if isinstance(item, ast.Starred) else self._one(item, depth)
            if some is None:
                return None
            rules += some
        return rules

    def _one(self, node: ast.AST, depth: int) -> list[Sketch] | None:
        """The rule that an item of a list is."""
        if isinstance(node, ast.Call):
            return self._made_by(node)
        if not isinstance(node, ast.Name) or depth > MOST_FILES:
            return None
        if node.id in self._bound:
            bound = self._bound[node.id]
            return None if bound is None else self._made_by(bound)
        other = self._elsewhere(node.id)
        return other[0]._one(ast.Name(other[1]), depth + 1) if other else None

    def _elsewhere(self, name: str) -> tuple[_Module, str] | None:
        """The module that a name is imported from, and what it is called there."""
        if name not in self._from:
            return None
        module = self._reader.imported(self._from[name][0])
        return (module, self._from[name][1]) if module else None

    def made(self) -> Iterator[Sketch]:
        """Every rule that is made anywhere in the file and says its id."""
        decorating = set()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.FunctionDef):
                decorating |= set(node.decorator_list)
                yield from self._made_by(node) or ()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and node not in decorating:
                yield from self._sketch(node, None) or ()

    def _made_by(self, node: ast.AST) -> list[Sketch] | None:
        """The rule that a function with a decorator is, or that a call such as `rule(…)(function)` makes."""
        if isinstance(node, ast.FunctionDef) and len(node.decorator_list) == 1:
            return self._sketch(node.decorator_list[0], node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
            checked = node.args[0] if node.args else None
            function = self._bound.get(checked.id) if isinstance(checked, ast.Name) else None
            return self._sketch(node.func, function if isinstance(function, ast.FunctionDef) else None)
        return None

    def _sketch(self, call: ast.AST, function: ast.FunctionDef | None) -> list[Sketch] | None:
        maker = self._maker(call)
        if maker is None or not isinstance(call, ast.Call):
            return None
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        id_ = self._text(given.get("id"))
        if not id_:
            return None
        texts = {name: self._text(given.get(name)) for name in _TEXTS}
        levels = {name: self._text(given.get(name)) for name in ("severity", "enforcement")}
        waivable = given.get("waivable")
        is_waivable = not (isinstance(waivable, ast.Constant) and waivable.value is False) and maker != "waiver_rule"
        return [
            Sketch(
                id=id_,
                file=self._shown,
                line=call.lineno,
                scope=_SCOPES[maker],
                why=ast.get_docstring(function) or "" if function else "",
                waivable=is_waivable,
                defaults=tuple(_defaults(given.get("options"))),
                **texts,
                **levels,
            )
        ]

    def _maker(self, call: ast.AST) -> str | None:
        """Which of the library's makers of rules is called, by its own name, whatever it was imported as."""
        if not isinstance(call, ast.Call):
            return None
        called = call.func
        if isinstance(called, ast.Attribute):
            return called.attr if called.attr in _MAKERS else None
        if not isinstance(called, ast.Name):
            return None
        module, name = self._from.get(called.id, ("", called.id))
        is_known = name in _MAKERS and module in ("", _LIBRARY)
        return name if is_known else None

    def _text(self, node: ast.AST | None, depth: int = 0) -> str:
        """A text that stands there, or that constants of the file add up to; a level by its name; else ""."""
        self._reader.step()
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else ""
        if isinstance(node, ast.Attribute):
            return node.attr.lower()
        if depth > MOST_FILES:
            return ""
        if isinstance(node, ast.Name):
            return self._text(self._bound.get(node.id), depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts: list[ast.expr] = [node.left, node.right]
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        else:
            return ""
        texts = [self._text(part, depth + 1) for part in parts]
        return "".join(texts) if all(texts) else ""


def _defaults(node: ast.AST | None) -> Iterator[tuple[str, str]]:
    """Of `{"of": Option(3, …)}` the options with a constant for a default."""
    for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
        first = next(iter(value.args), None) if isinstance(value, ast.Call) else None
        if not isinstance(key, ast.Constant) or first is None:
            continue
        try:
            default = ast.literal_eval(first)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        yield str(key.value), _shown(default)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _grows(node: ast.stmt) -> bool:
    """Whether a statement calls something of RULES, such as `RULES.append(…)`."""
    return any(isinstance(inner, ast.Name) and inner.id == NAME for inner in ast.walk(node))
