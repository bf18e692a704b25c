"""What is only there for speed, see `lint.shortcuts`: remove the folder, and every lint finds the same, later.

What is not needed for good files that are known is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poolgate.lint.document import Document
from poolgate.lint.fast.plain_yaml import plain_places, read_plain

if TYPE_CHECKING:
    from poolgate.lint.fast.known_good import KnownGood
    from poolgate.lint.fast.validator import Validator
    from poolgate.lint.secure_validator import Reference


def plain_document(text: str, file: Path | None, content: bytes | None) -> Document | None:
    """What is in a text that is plain YAML."""
    value = read_plain(text)
    if value is None:
        return None
    return Document(value, file, plain=text, look_up=partial(plain_places, text, value), content=content)


def compile_schema(name: str, read: Callable[[str], Any], *, whole: bool = True) -> Validator | None:
    """A schema, compiled to functions."""
    from poolgate.lint.fast.validator import compile_fast

    return compile_fast(name, read, whole=whole)


def reference(contents: Mapping[str, Any], registry: Any) -> Reference:
    """The reference, spared the parts of a value that the compiled schema accepts."""
    from poolgate.lint.fast.narrowed import Narrowed

    return Narrowed(contents, registry)


def remembered(folder: Path, schema_file: Path | None, *terms: str) -> KnownGood:
    """The cache of a project's files that were good."""
    from poolgate.lint.fast.known_good import KnownGood

    return KnownGood.of(folder, schema_file, *terms)
