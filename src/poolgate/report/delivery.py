"""Where reports go: to stdout, to files, and to what a CI service offers."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from inference_pools.levels import Severity, printable
from inference_pools.version import __version__
from poolgate import streams
from poolgate.errors import PoolgateError, UsageError
from poolgate.files import write_atomically
from poolgate.findings import Handover, Tally
from poolgate.report import FORMATS, NAME_INPUTS, NEED_PASSES, Known, Report, pieces
from poolgate.report.conclusion import Stopped
from poolgate.report.rendered import Rendered
from poolgate.report.view import View, view_of

if TYPE_CHECKING:
    from inference_pools.policy_config import Setting
    from inference_pools.rule import Rule
    from poolgate.report.earlier import Earlier
    from poolgate.report.entry import Entry

STDOUT: Final = Path("-")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that every command with a report has."""
    add_targets(parser, FORMATS)
    parser.add_argument(
        "--baseline", type=Path, metavar="REPORT",
        help="report only what an earlier report (--format json) does not have",
    )  # fmt: skip
    parser.add_argument(
        "--base", type=Path, metavar="REPORT",
        help="the report (--format json) of the base branch, to tell in Markdown what has changed since",
    )  # fmt: skip
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="show only what makes the run fail, and the summary")
    amount.add_argument("-v", "--verbose", action="store_true", help="show counts, times and files, too")
    parser.add_argument("--explain", action="store_true", help="say what each rule is for, below its first finding")
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto",
        help="colours in text; auto: on a terminal, or as NO_COLOR and FORCE_COLOR say",
    )  # fmt: skip


def add_targets(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """The options that say in which of these formats to report, and where to."""
    parser.add_argument("--format", action="append", choices=formats, help="the report's format; may be repeated")
    parser.add_argument(
        "--output", action="append", type=Path, metavar="FILE",
        help="where to write it, - for stdout; one for each --format",
    )  # fmt: skip
    parser.add_argument(
        "--also", type=partial(_also, formats), action="append", default=[], metavar="FORMAT=FILE",
        help="a further report, beside what the other options say; may be repeated",
    )  # fmt: skip


class Output(NamedTuple):
    """One report. `file` is None for stdout."""

    format: str
    file: Path | None


class Delivery(NamedTuple):
    """What is to be reported of a run, how, and where. Made before the run, so that what is wrong with it is said then.

    `automatic` is what a CI service is given that nobody asked for by name; `summarize` whether it gets a summary.
    """

    targets: tuple[Output, ...]
    automatic: tuple[str, ...]
    summarize: bool
    baseline: tuple[Entry, ...] | None
    base: Earlier | None
    fail_on: Severity | None
    needs_all_judged: bool
    view: View
    environment: Mapping[str, str]

    @classmethod
    def of(cls, arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Delivery:
        """As the command line says. Raises UsageError for what cannot be done, and for reports that cannot be read."""
        formats: Sequence[str] | None = arguments.format
        service = _service(environment)
        return cls(
            targets=targets(arguments),
            automatic=(service,) if service and not formats and not arguments.output else (),
            summarize=service is not None and (not formats or service in formats),
            baseline=None if (known := _earlier(arguments.baseline)) is None else known.findings,
            base=_earlier(arguments.base),
            fail_on=Severity(arguments.fail_on) if arguments.fail_on else None,
            needs_all_judged=bool(getattr(arguments, "fail_on_not_judged", None)),
            view=view_of(
                sys.stdout,
                environment,
                color=arguments.color,
                quiet=arguments.quiet,
                verbose=arguments.verbose,
                explain=arguments.explain,
                by=getattr(arguments, "by", None),
            ),
            environment=environment,
        )

    def report(
        self,
        command: str,
        tally: Tally,
        *,
        started: str,
        duration: float,
        rules: tuple[Rule[Any], ...],
        policy_config_digest: str | None,
        settings: Sequence[Setting] | None = None,
    ) -> Report:
        """The report of a run, without what the baseline knows."""
        findings = tally.sorted_findings
        tally = tally.with_findings(findings)
        change, known = None, None
        if self.base is not None:
            from poolgate.report.earlier import compare
            from poolgate.report.entry import entry_of
            from poolgate.report.reach import reach_of

            now = [entry_of(finding) for finding in findings]
            change = compare(self.base.findings, now, (self.base.reach, reach_of(tally)))
            if change.note:
                tally.note(change.note)
        if self.baseline is not None:
            from poolgate.report.earlier import split

            parts = split(findings, self.baseline, {rule.id for rule in rules})
            kept = set(map(id, parts.reported))
            left_out = (finding.subject for finding in findings if id(finding) not in kept)
            stacks = frozenset(f"{subject.project}/{subject.stack}" for subject in left_out)
            tally, known = tally.with_findings(parts.reported), Known(parts.known, parts.milder, stacks)
            if parts.differing:
                which = "finding of the baseline says" if parts.differing == 1 else "findings of the baseline say"
                tally.note(f"{parts.differing} {which} something else now, which may be worse: not left out")
        return Report(
            command=command,
            tally=tally,
            started=started,
            duration=duration,
            version=__version__,
            policy_config_digest=policy_config_digest,
            rules=rules,
            fail_on=self.fail_on,
            known=known,
            change=change,
            view=self.view,
            needs_all_judged=self.needs_all_judged,
            settings=settings,
        )

    def write(self, report: Report) -> None:
        """Writes every report that can be. Raises PoolgateError for the first that could not."""
        in_file = report.but(view=report.view._replace(color=False, links=False, width=None))
        jobs: list[Callable[[], None]] = [partial(self._deliver, report, in_file, target) for target in self.targets]
        jobs += [partial(_print, report, format_) for format_ in self.automatic]
        jobs += [partial(self._summarize, in_file)] if self.summarize else []
        errors: list[PoolgateError] = []
        for job in jobs:
            try:
                job()
            except PoolgateError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _deliver(self, report: Report, in_file: Report, target: Output) -> None:
        if target.file:
            write_atomically(target.file, Rendered(pieces(in_file, target.format)))
        elif not (report.stopped and target.format == "text"):  # stderr has said it
            _print(report, target.format)

    def _summarize(self, report: Report) -> None:
        """Gives the CI service a summary in Markdown to show beside the log."""
        from poolgate.report import markdown

        if _service(self.environment) == "github":
            if named := self.environment.get("GITHUB_STEP_SUMMARY"):
                _append(Path(named), markdown.render(report, markdown.SUMMARY))
            return
        if folder := self.environment.get("AGENT_TEMPDIRECTORY"):
            import tempfile

            from poolgate.report.azure import upload_summary

            # The agent reads it when the step ends, so every run needs one of its own.
            descriptor, name = tempfile.mkstemp(dir=folder, prefix=f"poolgate-{report.command}-", suffix=".md")
            os.close(descriptor)
            write_atomically(Path(name), markdown.render(report, markdown.SUMMARY))
            streams.put(upload_summary(Path(name)))


def _service(environment: Mapping[str, str]) -> str | None:
    """The CI service that runs us, by the name of its format."""
    if environment.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "azure" if environment.get("TF_BUILD", "").casefold() == "true" else None


def needs_passes(arguments: argparse.Namespace) -> bool:
    """Whether one of the reports names what was judged clean."""
    return not NEED_PASSES.isdisjoint(_formats(arguments))


def names_inputs(arguments: argparse.Namespace) -> bool:
    """Whether one of the reports names what was read."""
    return bool(arguments.verbose) or not NAME_INPUTS.isdisjoint(_formats(arguments))


def _formats(arguments: argparse.Namespace) -> frozenset[str]:
    return frozenset((*(arguments.format or ()), *(target.format for target in arguments.also)))


def _also(formats: Sequence[str], written: str) -> Output:
    format_, _, file = written.partition("=")
    if format_ not in formats or not file or file == str(STDOUT):
        raise argparse.ArgumentTypeError(f"is {written!r}, expected FORMAT=FILE with one of {', '.join(formats)}")
    return Output(format_, Path(file))


def targets(arguments: argparse.Namespace) -> tuple[Output, ...]:
    """Where each report goes: one to stdout, or each to its own place, of which one may be stdout.

    Raises UsageError for what cannot be done.
    """
    formats: Sequence[str] = arguments.format or ["text"]
    outputs: Sequence[Path] = arguments.output or []
    if outputs and len(outputs) != len(formats):
        raise UsageError(f"{len(formats)} --format and {len(outputs)} --output: give each format its file")
    if not outputs and len(formats) > 1:
        raise UsageError("several --format need an --output each")
    files = [None if output == STDOUT else output for output in outputs] or [None]
    if files.count(None) > 1:
        raise UsageError("several reports to stdout: only one --output may be -")
    told = [*(Output(format_, file) for format_, file in zip(formats, files, strict=True)), *arguments.also]
    named = [target.file for target in told if target.file is not None]
    twice = next((file for file in named if named.count(file) > 1), None)
    if twice is not None:
        raise UsageError("several reports to one file: give each format its own", file=twice)
    for option in ("baseline", "base"):
        earlier: Path | None = getattr(arguments, option, None)
        if earlier is not None and earlier.resolve() in [file.resolve() for file in named]:
            # What fails this run would be known to the next one, which then passes.
            raise UsageError(f"is what --{option} reads: give the report another file", file=earlier)
    return tuple(told)


def _earlier(file: Path | None) -> Earlier | None:
    if file is None:
        return None
    from poolgate.report.earlier import read_run

    return read_run(file)


def tell_stopped(arguments: argparse.Namespace, code: int, message: str) -> None:
    """Writes the reports of a run that came to no verdict; what cannot be written was said, or has no place."""
    from datetime import UTC, datetime

    with suppress(PoolgateError):
        delivery = Delivery.of(argparse.Namespace(**{**vars(arguments), "baseline": None, "base": None}))
        tally = Tally()
        if shard := getattr(arguments, "shard", None):
            tally.handover = Handover({"number": shard.number, "of": shard.of})
        report = delivery.report(
            arguments.command,
            tally,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            duration=0.0,
            rules=(),
            policy_config_digest=None,
        )
        delivery.write(report.but(stopped=Stopped(code, message)))


def _print(report: Report, format_: str) -> None:
    streams.put(Rendered(pieces(report, format_)))


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError as error:
        raise PoolgateError(f"{printable(str(file))}: cannot be written: {error.strerror}") from None
