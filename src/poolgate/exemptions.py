"""The exceptions of a policy config: what they make of the findings of a run, as the engine has them from 3.274 on.

The engine of a preview is never given them. It gets the config without, so that every engine serves, and what they
exempt is found here, in `check`, `preview` and `audit` alike. docs/decisions/0012 says why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from inference_pools.exemptions import Exemptions, natural
from inference_pools.finding import Enforcement, Exemption, Outcome
from inference_pools.own_checks import BLINDING
from inference_pools.path import Keys
from inference_pools.policy_config import exceptions_need_waivers
from inference_pools.rule import Rule, Scope
from inference_pools.runner import enabled
from inference_pools.urn import Urn
from inference_pools.waiver_review import level as level_of
from inference_pools.waivers import Standing, can_be_waived, concerns
from poolgate.files import relative_to_here
from poolgate.findings import Finding, Location, Origin, Subject, Tally
from poolgate.lint.document import Document
from poolgate.rule_set import RuleSet
from poolgate.waivers import Waiving, move
from poolgate.waivers_exported import Drift, EngineRules, Kind, drift, id_of

_REMEDY: Final = "Delete the target or mend its URN: it is compared letter by letter."
_MOST_NAMED: Final = 4
_EXPORT: Final = "Run `poolgate waivers export --policy-config FILE`."
_IN_VAIN: Final = "Agree on a waiver (`poolgate waivers add`), or delete the target and mend what is found."


def settle(tally: Tally, command: str, rules: RuleSet, waiving: Waiving | None = None) -> None:
    """Marks the findings that an exception lets pass, and adds what there is to say of the exceptions themselves.

    What a waiver covers has both. What cannot be waived cannot be exempted either, whatever the engine does; and where
    the policy asks for a waiver, an exception alone lets nothing pass.
    """
    exemptions = Exemptions(rules.exceptions)
    if not exemptions:
        return
    needs_waiver = exceptions_need_waivers(rules.settings)
    in_vain: dict[tuple[str, str], str] = {}
    for number, finding in enumerate(tally.findings):
        subject = finding.subject
        urn = subject.urn or str(Urn.of_stack(f"{subject.project}/{subject.stack}"))
        exemption = exemptions.find(finding.rule, urn)
        if exemption is None:
            continue
        if needs_waiver and finding.waiver is None and can_be_waived(finding.outcome, finding.enforcement):
            in_vain[finding.rule, urn] = exemption.id
        else:
            tally.findings[number] = _exempted(finding, exemption, tally)
    if note := _note([finding for finding in tally.findings if finding.exemption]):
        tally.note(note)
    for finding in _about_exceptions(tally, command, rules, exemptions, in_vain, waiving.today if waiving else None):
        tally.add_finding(finding)
    if waiving is not None:
        add_drift(tally, rules, waiving, _looked_at(tally, command, rules))


def add_drift(tally: Tally, rules: RuleSet, waiving: Waiving, stacks: Collection[str] | None = None) -> None:
    """Says how exported exceptions and the waivers have drifted apart: of all of them, or of those about some stacks.

    An exception that lets more pass than was agreed on fails as a waiver does that has expired.
    """
    setting = next((one for one in enabled(rules.settings) if one.rule.scope is Scope.WAIVERS), None)
    document = rules.document
    if setting is None or document is None or document.file is None or not waiving.is_given:
        return
    name = relative_to_here(document.file)
    standings = waiving.register.all_standings()
    level = level_of(setting, waiving.today)
    for one in drift(rules.exceptions, standings, EngineRules(rules.settings), name):
        if stacks is not None and not _is_about(one, rules, standings, stacks):
            continue
        if one.kind is Kind.MISSING:
            place, at, subject = waiving.source.location(one.keys), one.keys, waiving.source.subject
            tally.add_finding(_about(setting.rule, Enforcement.ADVISORY, one.message, _EXPORT, subject, at, place))
        else:
            its = level if one.kind is Kind.MORE else Enforcement.ADVISORY
            tally.add_finding(_finding(one.keys, one.message, _EXPORT, setting.rule, its, document))


def _is_about(one: Drift, rules: RuleSet, standings: Sequence[Standing], stacks: Collection[str]) -> bool:
    """Whether what has drifted apart concerns any of some stacks."""
    targets = (match.targets for exception in rules.exceptions if exception.id == one.id for match in exception.matches)
    named = {Urn.parse(target).full_stack for of_match in targets for target in of_match}
    waivers = (standing.waiver for standing in standings if id_of(standing.waiver) == one.id)
    return not named.isdisjoint(stacks) or any(concerns(waiver, stack) for waiver in waivers for stack in stacks)


def _exempted(finding: Finding, exemption: Exemption, tally: Tally) -> Finding:
    if finding.outcome is Outcome.WAIVED:
        return finding._replace(exemption=exemption)
    if not can_be_waived(finding.outcome, finding.enforcement):
        return finding
    move(tally, finding.outcome, Outcome.WAIVED)
    return finding._replace(outcome=Outcome.WAIVED, enforcement=Enforcement.ADVISORY, exemption=exemption)


def _note(exempted: Sequence[Finding]) -> str:
    """A sentence on all that exceptions let pass; "" where that is nothing."""
    if not exempted:
        return ""
    number = len(exempted)
    with_waiver = sum(finding.waiver is not None for finding in exempted)
    what = "1 finding is" if number == 1 else f"{number} findings are"
    ids = sorted({finding.exemption.id for finding in exempted if finding.exemption}, key=natural)
    named = ", ".join(ids[:_MOST_NAMED]) + (f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else "")
    which = "it" if number == 1 else "all of them" if number == with_waiver else f"{with_waiver} of them"
    both = f" A waiver covers {which}, too." if with_waiver else ""
    return f"{what} exempted by exceptions of the policy config, which have no end date ({named}), not mended.{both}"


def _about_exceptions(
    tally: Tally,
    command: str,
    rules: RuleSet,
    exemptions: Exemptions,
    in_vain: Mapping[tuple[str, str], str],
    today: date | None,
) -> Iterator[Finding]:
    """A finding for each target that let nothing pass, under the terms of the rule about waivers."""
    setting = next((one for one in enabled(rules.settings) if one.rule.scope is Scope.WAIVERS), None)
    if setting is None:
        return
    for (policy, urn), id_ in in_vain.items():
        keys = exemptions.keys_of(id_, policy, urn)
        message = f"lets nothing pass: no waiver in force covers {policy} at {urn}"
        yield _finding(keys, message, _IN_VAIN, setting.rule, level_of(setting, today), rules.document)
    not_run = (Scope.PROJECT,) if command == "preview" else ()
    ran = {one.rule.id for one in enabled(rules.settings) if one.rule.scope not in not_run}
    level = Enforcement.ADVISORY if setting.options.on_stale == "report" else Enforcement.MANDATORY
    for keys, target in exemptions.unused(_looked_at(tally, command, rules), ran):
        message = f"exempts nothing: none of its policies found anything at {target}"
        yield _finding(keys, message, _REMEDY, setting.rule, level, rules.document)


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


def _finding(
    keys: Keys, message: str, remedy: str, rule: Rule[Any], level: Enforcement, document: Document | None
) -> Finding:
    """A finding about an exception, at its place in the policy config."""
    name = relative_to_here(document.file) if document is not None and document.file else ""
    found = (document.key_position_of(keys) or document.position_of(keys)) if document is not None else None
    place = Location(name, found.line, found.column) if found else None
    return _about(rule, level, message, remedy, Subject("", "", name, "", ""), keys, place)


def _about(
    rule: Rule[Any],
    level: Enforcement,
    message: str,
    remedy: str,
    subject: Subject,
    keys: Keys,
    place: Location | None,
) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        enforcement=level,
        outcome=Outcome.VIOLATED,
        message=message,
        remedy=remedy,
        subject=subject,
        keys=keys,
        origin=Origin.CONFIG,
        location=place,
    )
