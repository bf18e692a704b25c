"""Which rules run, at which levels and with which options: the policy config file and the command line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inference_pools import policy_config, rule_sets
from inference_pools.finding import Enforcement
from inference_pools.policy_config import ConfigError, Setting
from inference_pools.rule import Rule, Scope
from inference_pools.rules import ALL
from poolgate.errors import UsageError
from poolgate.files import read_text, relative_to_here


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a run. `digest` is the SHA-256 of the policy config file, where there is one."""

    settings: tuple[Setting, ...]
    digest: str | None

    @property
    def rules(self) -> tuple[Rule[Any], ...]:
        """Every rule there is, whether it is enabled or not: the library's, then a team's own."""
        return tuple(setting.rule for setting in self.settings)

    def engine_config(self) -> dict[str, Any]:
        """The same settings as the engine's `--policy-pack-config` takes them."""
        return {
            setting.rule.id: {policy_config.LEVEL_KEY: str(setting.enforcement), **setting.options.to_json()}
            for setting in self.settings
            if setting.rule.scope is not Scope.PROJECT
        }


def load(
    file: Path | None,
    *,
    profile: str | None = None,
    pin: str | None = None,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    own: Sequence[Rule[Any]] = (),
) -> RuleSet:
    """The rules as configured: a profile, the policy config file on top of it, then the command line.

    `pin` is a version; rules that came later are left out. `own` are a team's rules, which no pin concerns. Raises
    UsageError, with file and line, for a config that says what it cannot.
    """
    config: Any = {}
    digest = None
    if file is not None:
        text = read_text(file)
        import hashlib  # most runs have no policy config

        digest = hashlib.sha256(text.encode()).hexdigest()
        config = _parse(text, file)
    try:
        rules = (*rule_sets.pinned(ALL, pin), *own)
        policy_config.parse(config, rules)  # by itself first: an error then names the file's own line
        if profile:
            base = {key: value for key, value in rule_sets.profile(profile).items() if _has(rules, key)}
            config = rule_sets.merged(base, config)
        settings = _with_the_rest(policy_config.parse(config, rules), own)
        settings = _chosen(settings, select, ignore)
        policy_config.refuse_all_disabled(settings)
    except ConfigError as error:
        raise _usage_error(error, file) from None
    return RuleSet(settings, digest)


def _with_the_rest(settings: Iterable[Setting], own: Sequence[Rule[Any]]) -> tuple[Setting, ...]:
    """The settings of every rule there is: one that a pin leaves out is disabled, in the engine's pack as well."""
    known = {setting.rule.id: setting for setting in settings}
    return tuple(
        known.get(setting.rule.id) or replace(setting, enforcement=Enforcement.DISABLED)
        for setting in policy_config.default_settings((*ALL, *own))
    )


def _has(rules: Sequence[Rule[Any]], key: str) -> bool:
    return key == "all" or any(rule.id == key for rule in rules)


def _parse(text: str, file: Path) -> Any:
    try:
        config = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise UsageError(f"is no JSON: {error.msg}", file=relative_to_here(file), line=error.lineno) from None
    except ValueError as error:
        raise UsageError(str(error), file=relative_to_here(file)) from None
    if isinstance(config, dict):
        config.pop("environments", None)  # the engine's own
    return config


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return dict(pairs)


def _usage_error(error: ConfigError, file: Path | None) -> UsageError:
    if file is None:
        return UsageError(str(error))
    return UsageError(str(error), file=relative_to_here(file), line=_line_of(error.key, read_text(file)))


def _line_of(key: str, text: str) -> int | None:
    """The line a dotted key of a JSON file stands on: JSON is YAML, and YAML nodes know their place."""
    import yaml

    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    line = None
    for part in key.split(".") if key else ():
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((name, value) for name, value in pairs if name.value == part), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _chosen(
    settings: Iterable[Setting], select: Sequence[str] | None, ignore: Sequence[str] | None
) -> tuple[Setting, ...]:
    """The settings with what the command line leaves out disabled."""
    settings = tuple(settings)
    ids = [setting.rule.id for setting in settings]
    selected = _matching(select, ids) if select else set(ids)
    ignored = _matching(ignore, ids) if ignore else set()
    return tuple(
        setting if setting.rule.id in selected - ignored else replace(setting, enforcement=Enforcement.DISABLED)
        for setting in settings
    )


def _matching(prefixes: Sequence[str], ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for prefix in prefixes:
        matches = {id_ for id_ in ids if id_.startswith(prefix)}
        if not matches or not prefix:
            near = difflib.get_close_matches(prefix, ids, n=1)
            raise UsageError(f"no rule is called {prefix!r}" + (f"; did you mean {near[0]}?" if near else ""))
        found |= matches
    return found
