"""Dated rule sets and shipped profiles.

A pinned rule set holds the rules that had been released by a version, so that a new rule never breaks a pipeline
that did not ask for it. A profile is a policy config for a purpose, in Pulumi's format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from inference_pools.policy_config import PLATFORMS_KEY, PRODUCTION_KEY, ConfigError
from inference_pools.rule import IGNORE, Rule
from inference_pools.values import Json

PIN_VARIABLE: Final = "POOLGATE_RULE_SET"
"""The environment variable that pins the rules of a pack which the engine starts."""
STRICT: Final = "strict"
PROFILES: Final = ("baseline", STRICT)

_VERSION: Final = re.compile(r"(\d{4})\.(\d{2})")


def pinned(rules: Iterable[Rule[Any]], version: str | None) -> tuple[Rule[Any], ...]:
    """The rules that a version has; all of them when no version is given.

    Raises ConfigError for what is no version, or one that had no rules yet.
    """
    if not version:
        return tuple(rules)
    limit = _parsed(version)
    found = tuple(rule for rule in rules if _parsed(rule.since) <= limit)
    if not found:
        raise ConfigError("rule set", f"{version} is older than every rule")
    return found


def newest(rules: Iterable[Rule[Any]]) -> str:
    """The version that holds all of some rules, and none that is yet to come."""
    return max((rule.since for rule in rules), key=_parsed)


def profile(name: str) -> Mapping[str, Json]:
    """A shipped profile, as a policy config. Raises ConfigError when there is none of that name."""
    if name not in PROFILES:
        raise ConfigError("profile", f"{name!r} is none of {', '.join(PROFILES)}")
    path = Path(__file__).parent / "profiles" / f"{name}.json"
    content: Mapping[str, Json] = json.loads(path.read_text(encoding="utf-8"))
    return content


def refuse_ignoring(name: str | None, config: Json) -> None:
    """Raises ConfigError where a config ignores what is not known, and the profile is one that hides nothing."""
    if name != STRICT or not isinstance(config, Mapping):
        return
    for rule, given in config.items():
        for keys in ((rule,), (rule, PRODUCTION_KEY)):
            inner = given if len(keys) == 1 else given.get(PRODUCTION_KEY) if isinstance(given, Mapping) else None
            if isinstance(inner, Mapping) and inner.get("on_unknown") == IGNORE:
                at = (*keys, "on_unknown")
                raise ConfigError(at, f"is {IGNORE!r}, which the profile {STRICT} does not take")


def merged(base: Mapping[str, Json], over: Mapping[str, Json]) -> dict[str, Json]:
    """A policy config on top of another: option by option where both configure a rule, in production too."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, str) and isinstance(value, Mapping):
            below = {"enforcementLevel": below}
        if isinstance(below, Mapping) and isinstance(value, str):
            value = {"enforcementLevel": value}
        result[key] = _on_top(below, value)
    return result


def _on_top(below: Json, value: Json) -> Json:
    if not isinstance(below, Mapping) or not isinstance(value, Mapping):
        return value
    result = {**below, **value}
    if PRODUCTION_KEY in below and PRODUCTION_KEY in value:
        result[PRODUCTION_KEY] = _on_top(below[PRODUCTION_KEY], value[PRODUCTION_KEY])
    there, here = below.get(PLATFORMS_KEY), value.get(PLATFORMS_KEY)
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        result[PLATFORMS_KEY] = {**there, **{name: _on_top(there.get(name), given) for name, given in here.items()}}
    return result


def _parsed(version: str) -> tuple[int, int]:
    match = _VERSION.fullmatch(version)
    if not match:
        raise ConfigError("rule set", f"{version!r} is no version such as 2026.12")
    return int(match[1]), int(match[2])
