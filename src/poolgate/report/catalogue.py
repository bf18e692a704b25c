"""What is known of a rule that a finding names: one of the library, a check of poolgate itself, or a stranger's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from inference_pools import own_checks
from inference_pools.finding import Enforcement, Severity
from inference_pools.rules import ALL

if TYPE_CHECKING:
    from inference_pools.rule import Rule


@dataclass(frozen=True, slots=True)
class About:
    """One rule as a report describes it. What is not known is empty; `source` is a URL."""

    id: str
    title: str
    why: str
    remedy: str
    severity: Severity
    enforcement: Enforcement
    source: str = ""
    tags: tuple[str, ...] = ()


def abouts(ran: Iterable[Rule[Any]] = ()) -> dict[str, About]:
    """What is known of poolgate's own checks, of the library's rules and of further ones that ran, by id."""
    return {**_known(), **{rule.id: described(rule) for rule in ran}}


def described(rule: Rule[Any]) -> About:
    """A rule of a library."""
    return About(
        id=rule.id,
        title=rule.title,
        why=rule.why,
        remedy=rule.remedy_for(rule.with_options({})),
        severity=rule.severity,
        enforcement=rule.enforcement,
        source=rule.source,
        tags=("inference-pools", f"scope/{rule.scope}", *rule.controls),
    )


def _of_check(check: own_checks.Check) -> About:
    severity, level = (
        (Severity.LOW, Enforcement.ADVISORY) if check.only_warns else (Severity.HIGH, Enforcement.MANDATORY)
    )
    return About(check.id, check.title, check.why, check.remedy, severity, level, check.source, ("configuration",))


def stranger(rule: str, severity: Severity) -> About:
    """A rule that another pack brought: all that is known is its name, and how severe its finding is."""
    return About(rule, rule, "", "", severity, Enforcement.ADVISORY)


@cache
def _known() -> dict[str, About]:
    own: dict[str, About] = {check.id: _of_check(check) for check in own_checks.ALL}
    return {**own, **{rule.id: described(rule) for rule in ALL}}
