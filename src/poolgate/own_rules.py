"""A team's own rules, beside those of the library: Python files of theirs, each with a sequence called RULES.

The same file serves their policy pack (`serve([*ALL, *RULES])`) and `poolgate check`, `preview` and `audit`, so a rule
of their own has the same verdict everywhere, too.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from inference_pools import own_checks
from inference_pools.rule import Rule
from inference_pools.rules import ALL
from inference_pools.runner import crash_site
from poolgate import streams
from poolgate.errors import UsageError
from poolgate.files import is_file, relative_to_here

NAME: Final = "RULES"


def load(files: Sequence[Path]) -> tuple[Rule[Any], ...]:
    """The rules in some files, in their order.

    Raises UsageError, with file and line, for a file that cannot be imported, that has no RULES, that holds something
    else there, or that takes an id which is taken.
    """
    taken = dict.fromkeys([*(rule.id for rule in ALL), *own_checks.BY_ID], "poolgate's own")
    rules: list[Rule[Any]] = []
    for file in files:
        for rule in _rules_of(file):
            if rule.id in taken:
                raise UsageError(f"the id {rule.id!r} is taken by {taken[rule.id]}", file=relative_to_here(file))
            taken[rule.id] = f"one in {relative_to_here(file)}"
            rules.append(rule)
    return tuple(rules)


def _rules_of(file: Path) -> Sequence[Rule[Any]]:
    rules = getattr(_imported(file), NAME, None)
    if not isinstance(rules, list | tuple) or not all(isinstance(rule, Rule) for rule in rules):
        raise UsageError(f"expected {NAME}, a list of rules made with @rule", file=relative_to_here(file))
    return rules


def _imported(file: Path) -> ModuleType:
    """The file as a module. It may import what lies beside it, as it does when a pack imports it."""
    file = file.resolve()
    if not is_file(file):
        raise UsageError("no such file of rules", file=relative_to_here(file))
    name = f"_poolgate_own_rules_{abs(hash(file))}"
    specification = importlib.util.spec_from_file_location(name, file)
    if specification is None or specification.loader is None:
        raise UsageError("is no Python file", file=relative_to_here(file))
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # What pickles or inspects a rule looks for its module here.
    with _beside(file.parent), _old_names_said():
        try:
            specification.loader.exec_module(module)
        except SyntaxError as error:
            raise UsageError(f"is no Python: {error.msg}", file=relative_to_here(file), line=error.lineno) from None
        except Exception as error:
            place = crash_site(error, str(file)).removeprefix(str(file))
            line = int(place[1:]) if place[1:].isdecimal() else None
            message = f"cannot be imported: {type(error).__name__}: {error}"
            raise UsageError(message, file=relative_to_here(file), line=line) from None
    return module


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


@contextmanager
def _old_names_said() -> Iterator[None]:
    """Says which names of the library have a new place, with file and line: Python itself shows that to no one here."""
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.filterwarnings("default", r"inference_pools\.", DeprecationWarning)
            yield
    finally:
        for one in warned:
            text = str(one.message)
            if issubclass(one.category, DeprecationWarning) and text.startswith("inference_pools."):
                streams.say(f"{relative_to_here(Path(one.filename))}:{one.lineno}: {text}")
            else:
                warnings.showwarning(one.message, one.category, one.filename, one.lineno)
