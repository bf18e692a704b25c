"""A team's own rules: Python files of theirs, each with a sequence called RULES.

The same file serves their policy pack (`serve(own="own_rules.py")`) and `poolgate check`, `preview` and `audit`, so a
rule of their own has the same verdict everywhere, too.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from inference_pools import own_checks
from inference_pools.rule import Rule
from inference_pools.rules import ALL

NAME: Final = "RULES"
_INSTALLED: Final = "site-packages"


class OwnRulesError(Exception):
    """A file of rules that cannot be used: which, at which line where that is known, and why."""

    def __init__(self, message: str, file: Path, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.message}"


def load(files: Sequence[Path], shown: Callable[[Path], str] = str) -> tuple[Rule[Any], ...]:
    """The rules in some files, in their order. `shown` is a file as a message names it.

    Raises OwnRulesError for a file that cannot be imported, that has no RULES, that holds something else there, or that
    takes an id which is taken.
    """
    taken = dict.fromkeys([*(rule.id for rule in ALL), *own_checks.BY_ID], "poolgate's own")
    rules: list[Rule[Any]] = []
    for file in files:
        for rule in _rules_of(file):
            if rule.id in taken:
                raise OwnRulesError(f"the id {rule.id!r} is taken by {taken[rule.id]}", file)
            taken[rule.id] = f"one in {shown(file)}"
            rules.append(rule)
    return tuple(rules)


def _rules_of(file: Path) -> Sequence[Rule[Any]]:
    rules = getattr(_imported(file), NAME, None)
    if not isinstance(rules, list | tuple) or not all(isinstance(rule, Rule) for rule in rules):
        raise OwnRulesError(f"expected {NAME}, a list of rules made with @rule", file)
    return rules


def _imported(file: Path) -> ModuleType:
    """The file as a module. It may import what lies beside it, as it does when a pack imports it."""
    file = file.resolve()
    if not file.is_file():
        raise OwnRulesError("no such file of rules", file)
    name = f"_poolgate_own_rules_{abs(hash(file))}"
    specification = importlib.util.spec_from_file_location(name, file)
    if specification is None or specification.loader is None:
        raise OwnRulesError("is no Python file", file)
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # What pickles or inspects a rule looks for its module here.
    with _beside(file.parent):
        try:
            specification.loader.exec_module(module)
        except SyntaxError as error:
            where = Path(error.filename) if error.filename else file
            raise OwnRulesError(f"is no Python: {error.msg}", where, error.lineno) from None
        except Exception as error:
            where, line = _site(error, file)
            raise OwnRulesError(f"cannot be imported: {type(error).__name__}: {error}", where, line) from None
    return module


def _site(error: Exception, file: Path) -> tuple[Path, int | None]:
    """Where an error came from: the innermost line of the file or of what lies beside it."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        where = Path(frame.filename)
        if where.is_relative_to(file.parent) and _INSTALLED not in where.relative_to(file.parent).parts:
            return where, frame.lineno
    return file, None


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
