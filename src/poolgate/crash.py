"""What is told of an error that nobody thought of: where it happened and its type.

Its message is left out. It may repeat any value that was being read, a secret among them, and any text that a file
holds.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Final

_CAUSE: Final = "\nwhich was the cause of:\n\n"
_CONTEXT: Final = "\nand while that was handled:\n\n"


def told(error: BaseException) -> str:
    """The tracebacks of an error and of those that led to it, without what they say."""
    return "".join(_parts(error, set()))


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and id(earlier) not in seen:
        yield from _parts(earlier, seen)
        yield _CAUSE if error.__cause__ else _CONTEXT
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n".removeprefix("builtins.")
