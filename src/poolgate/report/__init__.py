"""Reports: one run, told to people and to machines. `render` knows the formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from inference_pools.levels import Outcome
from poolgate.findings import Finding, Tally, fails_from
from poolgate.report.conclusion import Conclusion, Stopped, judged_nothing
from poolgate.report.view import View

if TYPE_CHECKING:
    from inference_pools.finding import Severity
    from inference_pools.policy_config import Setting
    from inference_pools.rule import Rule
    from poolgate.report.by_line import Edits, Lines
    from poolgate.report.catalogue import About
    from poolgate.report.earlier import Change


class Known(NamedTuple):
    """Findings that were left out because an earlier report, the baseline, has them.

    Those that are `changed` had another message there: the value has come nearer to its limit. `stacks` are those that
    they are in, as `project/stack`.
    """

    number: int
    changed: int
    stacks: frozenset[str] = frozenset()

    def __str__(self) -> str:
        noun = "finding is" if self.number == 1 else "findings are"
        return f"{self.number} {noun} known from the baseline, {self.changed} of them changed"


class Report:
    """A finished run. Times are in seconds; `started` is ISO 8601 in UTC.

    `rules` are those that ran, in their order, and `settings` those of all of them, None where there were no rules.
    `fail_on` is what the exit code went by, where it was not the level of enforcement. `known` is there when a
    baseline was given, and `change` when the report of another branch was. `stopped` says that the run came to no
    verdict, and why. `needs_all_judged` says that a resource which serves models and which no rule judges makes the
    run fail.
    """

    def __init__(
        self,
        command: str,
        tally: Tally,
        started: str,
        duration: float,
        version: str,
        policy_config_digest: str | None,
        rules: tuple[Rule[Any], ...] = (),
        fail_on: Severity | None = None,
        known: Known | None = None,
        change: Change | None = None,
        view: View | None = None,
        stopped: Stopped | None = None,
        needs_all_judged: bool = False,
        settings: Sequence[Setting] | None = None,
    ) -> None:
        self.command = command
        self.tally = tally
        self.started = started
        self.duration = duration
        self.version = version
        self.policy_config_digest = policy_config_digest
        self.rules = rules
        self.fail_on = fail_on
        self.known = known
        self.change = change
        self.view = view or View()
        self.stopped = stopped
        self.needs_all_judged = needs_all_judged
        self.settings = settings

    def but(self, **changes: Any) -> Report:
        """The same report with some of its parts, by their names, changed."""
        parts = {name: part for name, part in vars(self).items() if name not in _MADE_OF_PARTS}
        return Report(**{**parts, **changes})

    @cached_property
    def findings(self) -> list[Finding]:
        """What there is to report, in report order."""
        return self.tally.sorted_findings

    @cached_property
    def lines(self) -> Lines:
        """What is to be edited for each finding."""
        from poolgate.report.by_line import Lines

        return Lines(self.findings, self.tally.home)

    @cached_property
    def edits(self) -> Edits:
        """How much there is to edit."""
        return self.edits_for(self.findings)

    def edits_for(self, findings: Iterable[Finding]) -> Edits:
        """How much there is to edit for some of the findings.

        What is waived is no work, nor what is not known yet, unless the run fails by it. A broken rule is mended
        elsewhere.
        """
        open_ = (Outcome.VIOLATED, Outcome.UNREADABLE)
        return self.lines.edits(
            finding
            for finding in findings
            if finding.outcome in open_ or (self.fails(finding) and finding.outcome is not Outcome.BROKEN)
        )

    def fails(self, finding: Finding) -> bool:
        """Whether a finding made the run fail."""
        return fails_from(finding, self.fail_on)

    @property
    def fails_on_not_judged(self) -> bool:
        """Whether what no rule judges makes the run fail."""
        return self.needs_all_judged and bool(self.tally.not_judged)

    @property
    def conclusion(self) -> Conclusion:
        """How the run ended. What fails is said before that nothing was judged."""
        if self.stopped:
            return self.stopped.conclusion
        if self.tally.outcomes[Outcome.BROKEN]:
            return Conclusion.BROKEN
        if self.tally.incomplete:
            return Conclusion.INCOMPLETE
        if any(self.tally.failing(self.fail_on)) or self.fails_on_not_judged:
            return Conclusion.FAILED
        return Conclusion.NOTHING if judged_nothing(self.command, self.tally) else Conclusion.PASSED

    def about(self, finding: Finding) -> About:
        """What is known of the rule behind a finding: one that ran, a check of poolgate itself, or a stranger's."""
        return self._abouts.get(finding.rule) or self._stranger(finding)

    @cached_property
    def _abouts(self) -> dict[str, About]:
        from poolgate.report.catalogue import abouts

        return abouts(self.rules)

    def _stranger(self, finding: Finding) -> About:
        from poolgate.report.catalogue import stranger

        return stranger(finding.rule, finding.severity)


_MADE_OF_PARTS: Final = frozenset(("findings", "lines", "edits", "_abouts"))
"""What a report keeps once it was asked for."""

_MODULES: Final[Mapping[str, str]] = {
    name: f"poolgate.report.{name.replace('-', '_')}"
    for name in ("text", "json", "sarif", "sarif-full", "junit", "github", "azure", "markdown", "csv", "html")
}
FORMATS: Final = tuple(_MODULES)

NEED_PASSES: Final = frozenset({"junit"})
"""The formats that name what was judged clean."""

NAME_INPUTS: Final = frozenset({"json"})
"""The formats that name what was read, and its digest; the text does when it is to say more."""


_IN_PIECES: Final = frozenset({"text", "json", "csv"})
"""The formats of which no more than a part is held at a time: those that are written of thousands of stacks."""


def pieces(report: Report, format_: str) -> Iterator[str]:
    """The report in a format, ending with a newline, in pieces that may be written one after the other."""
    module = import_module(_MODULES[format_])
    if format_ in _IN_PIECES:
        in_pieces: Callable[[Report], Iterator[str]] = module.pieces
        yield from in_pieces(report)
    else:
        function: Callable[[Report], str] = module.render
        yield function(report)


def render(report: Report, format_: str) -> str:
    """The whole report in a format, ending with a newline."""
    return "".join(pieces(report, format_))
