"""The exceptions of a policy config: what they make of the findings of a run, as the engine has them from 3.274 on.

The engine of a preview is never given them. It gets the config without, so that every engine serves, and what they
exempt is found here, in `check`, `preview` and `audit` alike. docs/decisions/0012 says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from inference_pools.exemptions import Exemptions
from inference_pools.finding import Enforcement, Outcome
from inference_pools.own_checks import BLINDING
from inference_pools.path import Keys
from inference_pools.policy_config import Setting
from inference_pools.rule import Scope
from inference_pools.runner import enabled
from inference_pools.urn import Urn
from inference_pools.waivers import can_be_waived
from poolgate.files import relative_to_here
from poolgate.findings import Finding, Location, Origin, Subject, Tally
from poolgate.rule_set import RuleSet
from poolgate.waivers import move

_REMEDY: Final = "Delete the target or mend its URN: it is compared letter by letter."


def settle(tally: Tally, command: str, rules: RuleSet) -> None:
    """Marks the findings that an exception lets pass, and adds the targets that let nothing pass.

    What a waiver covers stays the waiver's. What cannot be waived cannot be exempted either, whatever the engine does.
    """
    exemptions = Exemptions(rules.exceptions)
    if not exemptions:
        return
    counts: Counter[str] = Counter()
    tally.findings = [_exempted(finding, exemptions, tally, counts) for finding in tally.findings]
    if counts:
        number = sum(counts.values())
        what = "1 finding is" if number == 1 else f"{number} findings are"
        ids = ", ".join(sorted(counts))
        tally.note(f"{what} exempted by exceptions of the policy config ({ids}), not mended.")
    for finding in _unused(tally, command, rules, exemptions):
        tally.add_finding(finding)


def _exempted(finding: Finding, exemptions: Exemptions, tally: Tally, counts: Counter[str]) -> Finding:
    subject = finding.subject
    exemption = exemptions.find(finding.rule, subject.urn or str(Urn.of_stack(f"{subject.project}/{subject.stack}")))
    if exemption is None or not can_be_waived(finding.outcome, finding.enforcement):
        return finding
    move(tally, finding.outcome, Outcome.WAIVED)
    counts[exemption.id] += 1
    message = exemption.beside(finding.message)
    return finding._replace(outcome=Outcome.WAIVED, enforcement=Enforcement.ADVISORY, message=message)


def _unused(tally: Tally, command: str, rules: RuleSet, exemptions: Exemptions) -> Iterator[Finding]:
    """A finding for each target that let nothing pass, under the terms of the rule about waivers."""
    setting = next((one for one in enabled(rules.settings) if one.rule.scope is Scope.WAIVERS), None)
    if setting is None:
        return
    not_run = (Scope.PROJECT,) if command == "preview" else ()
    ran = {one.rule.id for one in enabled(rules.settings) if one.rule.scope not in not_run}
    for keys, target in exemptions.unused(_looked_at(tally, command, rules), ran):
        yield _unused_target(keys, target, setting, rules)


def _looked_at(tally: Tally, command: str, rules: RuleSet) -> set[str]:
    """The stacks in which all was looked at; `check` looks at all that a project has, so that others are none."""
    stacks = set(tally.judged)
    if command == "check" and not any(finding.rule in BLINDING for finding in tally.findings):
        projects = {stack.partition("/")[0] for stack in stacks}
        named = {
            Urn.parse(target).full_stack
            for exception in rules.exceptions
            for match in exception.matches
            for target in match.targets
        }
        stacks |= {stack for stack in named if stack.partition("/")[0] in projects}
    return stacks


def _unused_target(keys: Keys, target: str, setting: Setting, rules: RuleSet) -> Finding:
    level = Enforcement.ADVISORY if setting.options.on_stale == "report" else Enforcement.MANDATORY
    document = rules.document
    name = relative_to_here(document.file) if document is not None and document.file else ""
    place = document.position_of(keys) if document is not None else None
    return Finding(
        rule=setting.rule.id,
        severity=setting.rule.severity,
        enforcement=level,
        outcome=Outcome.VIOLATED,
        message=f"exempts nothing: none of its policies found anything at {target}",
        remedy=_REMEDY,
        subject=Subject(urn="", type="", name=name, project="", stack=""),
        keys=keys,
        origin=Origin.CONFIG,
        location=Location(name, place.line, place.column) if place else None,
    )
