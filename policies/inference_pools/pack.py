"""The rules as a CrossGuard policy pack: `serve` is the whole of a pack's `__main__.py`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pulumi_policy as sdk

    from inference_pools.rule import Rule

NAME = "poolgate"
DESCRIPTION = "Keeps the configuration of machine-learning inference pools right."


def serve(
    rules: Sequence[Rule[Any]] | None = None,
    *,
    own: str | Sequence[str] = (),
    others: Sequence[sdk.Policy] = (),
    name: str = NAME,
    description: str = DESCRIPTION,
    rule_set: str | None = None,
) -> None:
    """Serves a policy pack to the engine until it is told to stop: the whole of a pack's `__main__.py`.

    `rules` are those to serve, all of the library by default. `own` are files of a team's own rules, which lie where
    the file does that calls this. What is wrong with one, or with a variable of the environment, the engine is told in
    a line, where an error would end the pack with a traceback. `others` are a team's own policies, written with
    pulumi_policy; they are served beside the rules. `rule_set` is a version (2026.12) to pin the rules to; the
    environment variable POOLGATE_RULE_SET does the same. What else to judge by is looked for beside the file that calls
    this (`beside`).
    """
    caller = sys._getframe(1).f_globals.get("__file__")
    folder = Path(caller).resolve().parent if caller else None
    with _nothing_collected():
        from inference_pools import served, server

        files = [own] if isinstance(own, str) else own
        service = served.service(folder, name, description, rules, files, others, rule_set)
    server.run(service)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """What is made here is there to stay: a tenth of a start would go to looking for garbage in it."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if collects:
            gc.enable()
