"""The rules as a CrossGuard policy pack: `declared` says what it has, and `server` answers the engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi_policy as sdk

from inference_pools import beside, own_rules, previous, rule_sets, server
from inference_pools.declared import policies, today
from inference_pools.rule import Rule
from inference_pools.rules import ALL
from inference_pools.waiver_review import known

NAME = "poolgate"
DESCRIPTION = "Keeps the configuration of machine-learning inference pools right."


def previously_deployed(environ: Mapping[str, str]) -> previous.Previous:
    """The pools as they were before, from the exports that POOLGATE_PREVIOUS names.

    Raises PreviousError for one that cannot be read: a change that nobody can judge must not pass for a small one.
    """
    exports = []
    for path in filter(None, environ.get(previous.PREVIOUS_VARIABLE, "").split(os.pathsep)):
        if not Path(path).is_absolute():
            raise previous.PreviousError(f"{path}: {previous.PREVIOUS_VARIABLE} takes absolute paths")
        try:
            exports.append((path, Path(path).read_bytes()))
        except OSError as error:
            raise previous.PreviousError(f"{path}: cannot be read: {error.strerror}") from None
    return previous.read(exports)


def serve(
    rules: Sequence[Rule[Any]] = ALL,
    *,
    own: str | Sequence[str] = (),
    others: Sequence[sdk.Policy] = (),
    name: str = NAME,
    description: str = DESCRIPTION,
    rule_set: str | None = None,
) -> None:
    """Serves a policy pack to the engine until it is told to stop: the whole of a pack's `__main__.py`.

    `own` are files of a team's own rules, which lie where the file does that calls this. What is wrong with one the
    engine is told in a line, where an import would end the pack with a traceback. `others` are a team's own policies,
    written with pulumi_policy; they are served beside the rules. `rule_set` is a version (2026.12) to pin the rules to;
    the environment variable POOLGATE_RULE_SET does the same. What else to judge by is looked for beside the file that
    calls this (`beside`).
    """
    caller = sys._getframe(1).f_globals.get("__file__")
    folder = Path(caller).resolve().parent if caller else None
    found = beside.find(folder, os.environ)
    try:
        files = [(folder or Path()) / name for name in ([own] if isinstance(own, str) else own)]
        rules = (*rules, *own_rules.load(files))
    except own_rules.OwnRulesError as error:
        found = replace(found, problem=error)
    chosen = _pinned(rules, rule_set or found.rule_set)
    service = server.AnalyzerService(
        name,
        description,
        policies(chosen),
        others,
        today=today(),
        previous=previously_deployed(os.environ),
        waivers=found.waivers.file if found.waivers else None,
        waivable={**known((*ALL, *rules)), **{policy.name: False for policy in others}},
        found=found,
        every=(*ALL, *(rule for rule in rules if rule not in ALL)),
    )
    server.run(service)


def _pinned(rules: Sequence[Rule[Any]], version: str | None) -> tuple[Rule[Any], ...]:
    """The rules without those of the library that came after a version; a team's own have versions of their own."""
    kept = {rule.id for rule in rule_sets.pinned(ALL, version)}
    return tuple(rule for rule in rules if rule.id in kept or rule not in ALL)
