"""Reads states ahead of whoever judges them, several at a time: over a network it is the waiting that takes long.

So many are held as may be under way, however many there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from poolgate.audit.listing import StateFile

if TYPE_CHECKING:
    from concurrent.futures import Future

AT_ONCE: Final = 16
"""States. More gained nothing from a server on the same machine, and the clouds ask for no more of one client."""
HELD: Final = 64 * 1024**2
"""Bytes of states that are read ahead; a larger one is read alone."""


def read_ahead(files: Sequence[StateFile]) -> Generator[StateFile]:
    """The files in their order; those that lie behind a network have been asked for before it is their turn, and so
    have the tags of their stacks.
    """
    if not any(file.is_remote for file in files):
        yield from files
        return
    from poolgate.backends.threads import Threads, result_of

    threads = Threads(AT_ONCE)
    asked: deque[tuple[Future[bytes], Future[bytes] | None, int]] = deque()
    held, following = 0, 0
    try:
        for file in files:
            while following < len(files):
                size = files[following].size or 0
                if asked and (len(asked) >= AT_ONCE or held + size > HELD):
                    break
                if files[following].is_remote:
                    tags = files[following].tags
                    asked.append((threads.begin(files[following].read), threads.begin(tags) if tags else None, size))
                    held += size
                following += 1
            if not file.is_remote:
                yield file
                continue
            state, its_tags, size = asked.popleft()
            yield replace(file, read=partial(result_of, state), tags=partial(result_of, its_tags) if its_tags else None)
            held -= size
    finally:
        for state, its_tags, _ in asked:
            state.cancel()
            if its_tags:
                its_tags.cancel()
        threads.end()
