"""Two rule sets in one run: every state is read once, and a rule that is the same in both judges it once.

A rule that differs judges twice, the second time under another name. So whatever reads, shares out and judges states
needs to know nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, NamedTuple

from inference_pools.finding import Enforcement
from inference_pools.policy_config import Setting
from inference_pools.rule import Scope
from inference_pools.values import Json
from poolgate.findings import Finding, Tally
from poolgate.rule_set import RuleSet

_MARK: Final = "@proposed"
"""What the id of a rule ends in when it judges as proposed; no id has such a letter."""


class Sides(NamedTuple):
    """What was found by the rules in force, and by those that are proposed."""

    now: Tally
    then: Tally


class Both:
    """The rules in force and those that are proposed. `settings` are those to judge by, once for both."""

    def __init__(self, now: RuleSet, then: RuleSet) -> None:
        self.now, self.then = now, then
        before = {setting.rule.id: setting for setting in now.settings}
        differing = [one for one in then.settings if not is_same(before.get(one.rule.id), one)]
        self._differing = {setting.rule.id for setting in differing}
        self.settings = (*now.settings, *map(_marked, differing))

    @property
    def shared(self) -> int:
        """How many rules run that are the same in both."""
        running = (one for one in self.then.settings if one.enforcement is not Enforcement.DISABLED)
        return sum(setting.rule.id not in self._differing for setting in running)

    def split(self, tally: Tally) -> Sides:
        """What each of the two has found, of all that was found in one run."""
        now, then = [], []
        gone = {setting.rule.id for setting in self.now.settings} - {one.rule.id for one in self.then.settings}
        for finding in tally.findings:
            if finding.rule.endswith(_MARK):
                then.append(_unmarked(finding))
                continue
            now.append(finding)
            if finding.rule not in self._differing and finding.rule not in gone:
                then.append(finding)
        return Sides(_with(tally, now), _with(tally, then))


def is_same(now: Setting | None, then: Setting) -> bool:
    """Whether a rule says the same by both settings, whatever it judges. One that does not run says nothing; the terms
    of waivers hold all the same.
    """
    if now is None:
        return False
    if now.enforcement is then.enforcement is Enforcement.DISABLED and then.rule.scope is not Scope.WAIVERS:
        return True
    is_one_rule = now.rule is then.rule or (now.rule.id, now.rule.file) == (then.rule.id, then.rule.file)
    return is_one_rule and terms_of(now) == terms_of(then)


def terms_of(setting: Setting) -> dict[str, Json]:
    """Level and options of a rule wherever it holds: outside production and in it, on each platform."""
    return {
        "": [_plain(variant) for variant in setting.variants],
        **{name: [_plain(variant) for variant in one.variants] for name, one in setting.by_platform.items()},
    }


def _plain(setting: Setting) -> Json:
    return [str(setting.enforcement), setting.options.to_json()]


def _marked(setting: Setting) -> Setting:
    rule: Any = replace(setting.rule, id=f"{setting.rule.id}{_MARK}")
    production = _marked(setting.production) if setting.production else None
    by_platform = {name: _marked(one) for name, one in setting.by_platform.items()}
    return replace(setting, rule=rule, production=production, by_platform=by_platform)


def _unmarked(finding: Finding) -> Finding:
    """A finding as it would be under the rule's own name, which what to do about a broken rule repeats."""
    remedy = finding.remedy.replace(finding.rule, finding.rule.removesuffix(_MARK))
    return finding._replace(rule=finding.rule.removesuffix(_MARK), remedy=remedy)


def _with(tally: Tally, findings: Iterable[Finding]) -> Tally:
    """The same run with other findings, which can be settled by itself. What is clean is not counted."""
    side = tally.with_findings(findings)
    side.outcomes = Counter(finding.outcome for finding in side.findings)
    side.inputs, side.notes = list(tally.inputs), {}
    side.whose, side.resources_whose = dict(tally.whose), dict(tally.resources_whose)
    return side
