"""What a policy pack serves: the rules as `declared` has them, and what the pack finds to judge them by."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pulumi_policy as sdk

from inference_pools import beside, own_rules, previous, rule_sets, server
from inference_pools.declared import policies, today
from inference_pools.rule import Rule
from inference_pools.rules import ALL
from inference_pools.waiver_review import known


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


def service(
    folder: Path | None,
    name: str,
    description: str,
    rules: Sequence[Rule[Any]] | None,
    own: Sequence[str],
    others: Sequence[sdk.Policy],
    rule_set: str | None,
) -> server.AnalyzerService:
    """The service of a pack in a folder, for `pack.serve`. Without rules it has all of the library."""
    rules = ALL if rules is None else rules
    found = beside.find(folder, os.environ)
    try:
        files = [(folder or Path()) / name for name in own]
        rules = (*rules, *own_rules.load(files))
    except own_rules.OwnRulesError as error:
        found = replace(found, problem=error)
    chosen, day, before = tuple(rules), date.min, previous.Previous()
    try:
        chosen = _pinned(rules, rule_set or found.rule_set)
        day, before = today(), previously_deployed(os.environ)
    except ValueError as error:  # of each of the three
        found = found if found.problem else replace(found, problem=beside.GivenError(str(error)))
    return server.AnalyzerService(
        name,
        description,
        policies(chosen),
        others,
        today=day,
        previous=before,
        waivers=found.waivers.file if found.waivers else None,
        waivable={**known((*ALL, *rules)), **{policy.name: False for policy in others}},
        found=found,
        every=(*ALL, *(rule for rule in rules if rule not in ALL)),
    )


def _pinned(rules: Sequence[Rule[Any]], version: str | None) -> tuple[Rule[Any], ...]:
    """The rules without those of the library that came after a version; a team's own have versions of their own."""
    kept = {rule.id for rule in rule_sets.pinned(ALL, version)}
    return tuple(rule for rule in rules if rule.id in kept or rule not in ALL)
