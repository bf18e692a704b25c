"""A team's own rules, beside those of the library, as poolgate's commands take them (`inference_pools.own_rules`)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inference_pools import own_rules
from inference_pools.rule import Rule
from poolgate import streams
from poolgate.errors import UsageError
from poolgate.files import relative_to_here


def load(files: Sequence[Path]) -> tuple[Rule[Any], ...]:
    """The rules in some files, in their order.

    Raises UsageError, with file and line, for a file that cannot be imported, that has no RULES, that holds something
    else there, or that takes an id which is taken.
    """
    with _old_names_said():
        try:
            return own_rules.load(files, relative_to_here)
        except own_rules.OwnRulesError as error:
            raise UsageError(error.message, file=relative_to_here(error.file), line=error.line) from None


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
