"""What `poolgate rules`, `explain` and `policy-config` say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from inference_pools import own_checks, platforms
from inference_pools.finding import Enforcement
from inference_pools.judged import kinds_judged, platforms_judged
from inference_pools.near_words import did_you_mean
from inference_pools.policy_config import Setting
from inference_pools.rule import Rule, Scope
from poolgate.errors import UsageError
from poolgate.in_force import InForce, qualified
from poolgate.own_source import Sketch
from poolgate.report.safe import inert_json
from poolgate.rule_set import RuleSet
from poolgate.streams import inert
from poolgate.table import paragraph, table

_HEADS: Final = ("rule", "severity", "level here", "said by", "what it asks")


def of_platforms(rules: RuleSet, names: Sequence[str]) -> RuleSet:
    """The rules that judge anything on one of some platforms, and those about waivers; all where none is named.

    A name may be the beginning of several: `azure` is azure-pools and azure-online. Rules that were not run are kept:
    nobody knows whom they are for. Raises UsageError, with the nearest name, for one that names none.
    """
    if not names:
        return rules
    known = [platform.name for platform in platforms.known()]
    for name in names:
        if not any(_begins(one, name) for one in known):
            hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
            raise UsageError(f"no platform is called {name!r}{hint}")
    wanted = {one for one in known if any(_begins(one, name) for name in names)}

    def is_of_them(rule: Rule[Any]) -> bool:
        return rule.scope is Scope.WAIVERS or any(platform.name in wanted for platform in platforms_judged(rule))

    return replace(rules, settings=tuple(setting for setting in rules.settings if is_of_them(setting.rule)))


def _begins(platform: str, name: str) -> bool:
    return platform == name or platform.startswith(f"{name}-")


def rules_table(rules: RuleSet, width: int | None = None) -> str:
    """The rules, a line each, with the level in force and who said so; of those that were not run what is known.

    Behind what a rule asks stand the platforms that it is for, where it is not for all.

    `width` is that of the terminal; None for a pipe, where no line is broken.
    """
    rows = []
    for setting in rules.settings:
        here, rule = _here(rules, setting), setting.rule
        title = f"{rule.title} ({', '.join(rule.platforms)})" if rule.platforms else rule.title
        rows.append((rule.id, str(rule.severity), here.level, here.why, title))
    for one in rules.not_run.rules:
        here = _of_sketch(rules, one)
        rows.append((one.id, one.severity or "?", here.level, here.why, one.title or "?"))
    return _text(table(_HEADS, rows, width))


def _text(lines: Iterable[str]) -> str:
    """Lines as they may reach a runner: what they say of own rules was written by whoever wrote these."""
    return "".join(f"{inert(line)}\n" for line in lines)


def rules_json(rules: RuleSet) -> str:
    """The rules with all that is known of them; of those that were not run what their source tells, else null."""
    described = [
        *(_described(setting.rule) | _as_json(_here(rules, setting), setting) for setting in rules.settings),
        *(_sketched(one) | _as_json(_of_sketch(rules, one)) for one in rules.not_run.rules),
    ]
    return inert_json(json.dumps(described, indent=2)) + "\n"


def explain(rule_id: str, rules: RuleSet, width: int | None = None) -> str:
    """One rule, in full and as it is in force; one that was not run as its source tells it; or one of poolgate's own
    checks.

    `width` is that of the terminal, None for a pipe.
    Raises UsageError, with the nearest name, when there is none.
    """
    setting = next((setting for setting in rules.settings if setting.rule.id == rule_id), None)
    if setting is None:
        sketch = next((one for one in rules.not_run.rules if one.id == rule_id), None)
        if sketch is not None:
            configured = rules.configured.get(rule_id)
            given = configured if isinstance(configured, dict) else {}
            return _text(_sketch_explained(sketch, _of_sketch(rules, sketch), width, given))
        check = next((check for check in own_checks.ALL if check.id == rule_id), None)
        if check is not None:
            return _text(_check_explained(check, width, is_left_out=check.id in rules.checks_left_out))
        ids = [*(rule.id for rule in rules.rules), *rules.not_run.ids, *own_checks.BY_ID]
        raise UsageError(f"no rule is called {rule_id!r}{did_you_mean(rule_id, ids)}")
    return _text(_explanation(setting, _here(rules, setting), width))


def _here(rules: RuleSet, setting: Setting) -> InForce:
    return rules.in_force(setting.rule.id, str(setting.rule.enforcement), setting.rule.options)


def _of_sketch(rules: RuleSet, one: Sketch) -> InForce:
    return rules.in_force(one.id, one.enforcement or "?")


def _as_json(here: InForce, setting: Setting | None = None) -> dict[str, Any]:
    options = None if setting is None else setting.options.to_json()
    return {"here": {"enforcement": here.level, "said_by": here.why, "options": options}}


def _described(rule: Rule[Any]) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": str(rule.severity),
        "enforcement": str(rule.enforcement),
        "why": rule.why,
        "remedy": rule.remedy_for(rule.with_options({})),
        "options": {name: option.schema() for name, option in rule.options.items()},
        "scope": str(rule.scope),
        "platforms": list(rule.platforms),
        "judges": [platform.name for platform in platforms_judged(rule)],
        "controls": list(rule.controls),
        "waivable": rule.waivable,
        "since": rule.since,
        "source": rule.source,
        "sources": rule.sources,
    }


def _sketched(one: Sketch) -> dict[str, Any]:
    told = {
        "title": one.title,
        "severity": one.severity,
        "enforcement": one.enforcement,
        "why": one.why,
        "remedy": one.remedy_with({}),
        "options": None,
        "scope": one.scope,
        "controls": None,
        "waivable": one.waivable,
        "since": one.since,
        "source": one.source,
    }
    return {"id": one.id, **{name: None if value == "" else value for name, value in told.items()}}


def _sketch_explained(one: Sketch, here: InForce, width: int | None, given: Mapping[str, Any]) -> Iterator[str]:
    yield f"{one.id}: {one.title}" if one.title else one.id
    yield f"severity {one.severity or 'not known'}, {one.enforcement or 'level not known'}"
    if here.level != "?":
        yield f"here: {here.level} ({here.why})"
    if one.why:
        yield ""
        yield from paragraph(one.why, width)
    if one.remedy:
        yield ""
        yield from paragraph(f"Fix: {one.remedy_with(given)}", width)
    yield ""
    made = f"A rule of your own, made at {one.file}:{one.line}. It was not run: this is what its source tells."
    yield from paragraph(made, width)
    if one.source:
        yield f"Source: {one.source}"


def _check_explained(check: own_checks.Check, width: int | None, *, is_left_out: bool) -> Iterator[str]:
    yield f"{check.id}: {check.title}"
    yield "a check of poolgate itself, no rule: no policy config sets its level"
    if is_left_out:
        yield "here: left out by select or ignore"
    yield ""
    yield from paragraph(check.why, width)
    yield ""
    yield from paragraph(f"Fix: {check.remedy}", width)
    yield ""
    if check.blinds:
        yield from paragraph("It stands for what could not be judged: no run leaves it out.", width)
    if check.only_warns:
        yield "It never makes a run fail."
    elif not check.is_waivable:
        yield "No waiver covers what it finds."
    if check.source:
        yield f"Source: {check.source}"


def _explanation(setting: Setting, here: InForce, width: int | None) -> Iterator[str]:
    rule = setting.rule
    yield f"{rule.id}: {rule.title}"
    yield f"severity {rule.severity}, by default {rule.enforcement}, since {rule.since}"
    if judged := ", ".join(_judged(rule)):
        yield from paragraph(f"judges {judged}", width)
    yield from paragraph(f"here: {', '.join((here.level, *qualified(setting)))} ({here.why})", width)
    yield ""
    yield from paragraph(rule.why, width)
    yield ""
    yield from paragraph(f"Fix: {setting.remedy()}", width)
    yield ""
    yield "Options:"
    values = setting.options.to_json()
    for name, option in rule.options.items():
        set_here = f": {json.dumps(values[name])} here ({here.options[name]})" if name in here.options else ""
        yield from paragraph(f"{name} (default {json.dumps(option.json_default)}){set_here}", width, "  ")
        choices = f" One of {', '.join(option.choices)}." if option.choices else ""
        yield from paragraph(option.doc + choices, width, "    ")
    yield ""
    for platform in setting.by_platform:
        yield from paragraph(f"On {platform}: {_differences(setting, setting.on(platform))}.", width)
    if rule.fix:
        yield "The level remediate puts it right."
    if not rule.waivable:
        yield "No waiver covers what it finds."
    if rule.controls:
        yield from paragraph(f"Controls, by analogy: {', '.join(rule.controls)}", width)
    for platform, source in rule.sources.items():
        yield f"Source for {platform}: {source}" if platform else f"Source: {source}"


def _judged(rule: Rule[Any]) -> Iterator[str]:
    """The platforms that a rule judges resources of, each with their kinds where it is not about all of them."""
    for platform in platforms_judged(rule):
        kinds = kinds_judged(rule, platform) if rule.scope is Scope.RESOURCE else ()
        every = {kind for kind in platform.kinds if kind.is_judged}
        yield f"{platform.name} ({', '.join(map(str, kinds))})" if kinds and set(kinds) < every else platform.name


def _differences(general: Setting, there: Setting) -> str:
    """What another platform has other than what holds in general."""
    if there.enforcement is Enforcement.DISABLED:
        return "disabled"
    told = [] if there.enforcement is general.enforcement else [str(there.enforcement)]
    options, own = general.options.to_json(), there.options.to_json()
    told += [f"{name} {json.dumps(value)}" for name, value in own.items() if value != options[name]]
    if there.production is not None and general.production is not None:
        outside, inside = general.production.options.to_json(), there.production.options.to_json()
        told += [
            f"in production {name} {json.dumps(value)}"
            for name, value in inside.items()
            if value not in (outside[name], own[name])
        ]
    return ", ".join(told) or "as everywhere"
