"""A waiver holds, is short enough, and covers something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inference_pools import waivers
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Option, OptionError, Options, waiver_rule
from inference_pools.waivers import Standing


def _are_waivers(tree: Mapping[str, Any]) -> None:
    _, problems = waivers.parse(tree)
    if problems:
        raise OptionError(str(problems[0]))


def _not_negative(days: int) -> None:
    if days < 0:
        raise OptionError(f"is {days}, expected a number of days, 0 or more")


@waiver_rule(
    id="waivers-valid",
    title="Waivers hold and are needed",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    remedy="Mend what the waiver covers and delete it, or agree on another one.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure",
    options={
        "maximum_days": Option(365, "The longest time from created to expires, in days.", check=_not_negative),
        "warn_days": Option(14, "How many days before it expires a waiver is warned of.", check=_not_negative),
        "approval_required": Option(False, "Whether a waiver needs approved-by to hold."),
        "not_waivable": Option((), "Further rules, by id, that no waiver covers."),
        "on_stale": Option(
            "report",
            "What a waiver that covers nothing does: report it as advisory, or fail as a violation would.",
            choices=("report", "fail"),
        ),
        "exceptions": Option(
            "allowed",
            "What exceptions of the policy config may do: let violations pass, let pass only what a waiver in force "
            "covers too, or nothing: one is refused.",
            choices=("allowed", "with-waiver", "forbidden"),
        ),
        "inline": Option({}, "What a waivers file would say, for a gate that has none to read.", check=_are_waivers),
    },
)
def waivers_valid(standing: Standing, options: Options) -> Iterator[Finding]:
    """An exception that nobody ends becomes the rule: each has an owner and a day, and goes when it is not needed."""
    waiver = standing.waiver
    whose = f"({waiver.rule}, {waiver.owner}, {waiver.ticket})"  # The gate has no line of the file to show.
    for defect in standing.defects:
        level = Enforcement.ADVISORY if defect.is_early else None
        yield Finding((*standing.keys, defect.field), f"{defect.message} {whose}", defect.remedy, level)
    if standing.defects:
        return
    if standing.is_stale:
        level = Enforcement.ADVISORY if options.on_stale == "report" else None
        remedy = "Delete it: what it covered is mended, or was never there."
        yield Finding(standing.keys, f"covers nothing that was found {whose}", remedy, level)
    elif standing.expires_soon:
        left = standing.days_left
        when = "today" if left == 0 else f"in {left} {'day' if left == 1 else 'days'}"
        message = f"is {waiver.expires}, {when}: what it covers counts again after that {whose}"
        yield Finding((*standing.keys, "expires"), message, enforcement=Enforcement.ADVISORY)
