"""What makes a lint faster and never changes what it finds: all of it lies in the folder `fast`, behind `shortcuts`.

Without the folder a lint finds the same, only later; a test lints without it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from poolgate.files import cache_directory

if TYPE_CHECKING:
    from poolgate.lint.document import Document
    from poolgate.lint.fast.known_good import KnownGood
    from poolgate.lint.secure_validator import Reference

VARIABLE: Final = "POOLGATE_NO_CACHE"
"""The variable of the environment that turns the cache off, when it is not empty."""


Validator: TypeAlias = Callable[[Any], "Sequence[Any] | None"]
"""Finds the errors of a value, in which a SecureValue stands for each secret; None where it does not know them all.

They are what messages are made of, in what a `jsonschema.ValidationError` has; `is_simple` says that this is complete.
"""


class Shortcuts(Protocol):
    """The ways that may be shorter. Each answers None where it does not lead to what the long one would find."""

    def plain_document(self, text: str, file: Path | None, content: bytes | None) -> Document | None:
        """What `exact_yaml` reads in a text."""
        return None

    def compile_schema(self, name: str, read: Callable[[str], Any], *, whole: bool = True) -> Validator | None:
        """What finds the errors of values by the schema of this name, sooner than the reference."""
        return None

    def reference(self, contents: Mapping[str, Any], registry: Any) -> Reference | None:
        """The reference for a schema, which looks only where the compiled schema found something."""
        return None

    def remembered(self, folder: Path, schema_file: Path | None, *terms: str) -> KnownGood | None:
        """The files that were good before, under the same terms."""
        return None


class _LongWays(Shortcuts):
    """No shortcut at all."""


@cache
def shortcuts() -> Shortcuts:
    """Those there are: none where the folder is not there."""
    try:
        import poolgate.lint.fast as fast
    except ModuleNotFoundError as error:
        if error.name != "poolgate.lint.fast":
            raise
        return _LongWays()
    return fast


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the cache; None where the environment says that there is to be none."""
    return None if environment.get(VARIABLE) else cache_directory(environment) / "lint"
