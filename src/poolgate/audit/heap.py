"""What processes that read thousands of states of a MiB each ask of the heap: that it gives back what was freed.

glibc learns from the first of them that blocks of such a size come again, and keeps twice as much and more at hand,
between which small things come to lie: the heap grows with each state, of which nothing is left.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from poolgate.forked import can_fork

_TRIM_THRESHOLD: Final = -1
"""`M_TRIM_THRESHOLD` of `malloc.h`."""
_KEPT: Final = 128 * 1024
"""Bytes: what glibc begins with. That it is said keeps it from learning another number."""
WORTH_IT: Final = 16
"""Batches: for fewer it costs more to ask for than there is to be had."""


def keep_small() -> None:
    """Asks for it, where it is glibc that is asked; others have no such habit."""
    if not can_fork():  # which is so on Linux alone
        return
    import ctypes

    try:
        ctypes.CDLL(None).mallopt(_TRIM_THRESHOLD, _KEPT)
    except (OSError, AttributeError):  # musl
        return


def keep_all() -> None:
    """Says that what is there now is no garbage, and is not to be looked through for any: all that a worker has of
    Dask, and what it judges by. What an earlier call said so of, and is garbage by now, is let go first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@contextmanager
def without_collections(*, for_good: bool = False) -> Iterator[None]:
    """Python looks for cycles each time some hundred objects more were made than freed, through all that is held, such
    as what a worker holds of Dask. States are trees, and a judge looks for what it left itself.

    `for_good` says that what is left in the end is no garbage either, and not looked through then.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if for_good:
                gc.freeze()
            gc.enable()
