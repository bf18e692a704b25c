"""The waivers of a run: under which terms they stand, and what the rule about them says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from inference_pools import own_checks, waivers
from inference_pools.finding import Enforcement, Outcome, Verdict, Waiver, printable
from inference_pools.path import Keys
from inference_pools.policy_config import Setting, refuse_unknown
from inference_pools.rule import Rule, Scope
from inference_pools.runner import crash_site, enabled
from inference_pools.waivers import Register, Standing, Terms

NO_WAIVERS = "there are no waivers to judge"


def known(rules: Iterable[Rule[Any]]) -> Mapping[str, bool]:
    """All that a waiver can name, by id: whether it can be waived."""
    checks: dict[str, bool] = {check.id: check.is_waivable for check in own_checks.ALL}
    return checks | {rule.id: rule.waivable for rule in rules}


def register(
    settings: Iterable[Setting], given: Sequence[Waiver] | None, rules: Mapping[str, bool], today: date | None
) -> Register:
    """The waivers of a file, or else those that are inlined in the policy config, under the terms that it sets.

    The terms hold whether or not the rule that says what is wrong with a waiver is enabled. Raises ConfigError for
    terms that name a rule which is not there: it would be waivable.
    """
    setting = next((setting for setting in settings if setting.rule.scope is Scope.WAIVERS), None)
    if setting is None:
        return Register(given or (), Terms(), rules, today)
    options = setting.options
    for rule in options.not_waivable:
        if rule not in rules:
            refuse_unknown(rule, rules, at=(setting.rule.id, "not_waivable"))
    terms = Terms(options.maximum_days, options.warn_days, options.approval_required, options.not_waivable)
    inline, _ = waivers.parse(options.inline)
    return Register(inline if given is None else given, terms, rules, today)


def judge_waivers(settings: Iterable[Setting], standings: Sequence[Standing], today: date | None) -> list[Verdict]:
    """What the enabled rules about waivers say of each. Keys lead into the waivers file."""
    found: list[Verdict] = []
    for setting in enabled(settings):
        if setting.rule.scope is Scope.WAIVERS:
            verdicts = [verdict for standing in standings for verdict in _judge_one(setting, standing, today)]
            if not standings:
                verdicts = [_verdict(setting, Outcome.NOT_APPLICABLE, (), NO_WAIVERS)]
            found += verdicts or [_verdict(setting, Outcome.CLEAN, (), "")]
    return found


def level(setting: Setting, today: date | None) -> Enforcement:
    """The level of what a rule about waivers finds on a day."""
    is_ahead = setting.mandatory_from is not None and today is not None and today < setting.mandatory_from
    if is_ahead:
        return Enforcement.ADVISORY
    return Enforcement.MANDATORY if setting.enforcement is Enforcement.REMEDIATE else setting.enforcement


def _judge_one(setting: Setting, standing: Standing, today: date | None) -> list[Verdict]:
    try:
        return [
            Verdict(
                rule=setting.rule.id,
                outcome=Outcome.VIOLATED,
                urn="",
                keys=found.at if isinstance(found.at, tuple) else (found.at,),
                message=printable(found.message),
                remedy=printable(found.remedy or setting.remedy()),
                severity=setting.rule.severity,
                enforcement=found.enforcement or level(setting, today),
            )
            for found in setting.rule.check(standing, setting.options)
        ]
    except Exception as error:
        message = f"the rule failed at {crash_site(error, setting.rule.file)}: {type(error).__name__}: {error}"
        return [_verdict(setting, Outcome.BROKEN, (), message, Enforcement.MANDATORY)]


def _verdict(
    setting: Setting, outcome: Outcome, keys: Keys, message: str, enforcement: Enforcement | None = None
) -> Verdict:
    level = enforcement or setting.enforcement
    return Verdict(setting.rule.id, outcome, "", keys, message, "", setting.rule.severity, level)
