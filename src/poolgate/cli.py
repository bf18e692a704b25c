"""The command line: parse, build, run, exit code. Nothing here judges."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from inference_pools.day import AS_OF_VARIABLE
from inference_pools.levels import Severity, printable
from inference_pools.version import __version__
from poolgate import streams
from poolgate.errors import (
    NothingMatchedError,
    PoolgateError,
    UsageError,
    without_credentials,
    without_credentials_within,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from inference_pools.rule import Rule
    from poolgate.audit.shards import Shard
    from poolgate.findings import Finding, Tally
    from poolgate.history.record import Record
    from poolgate.own_source import Sketches
    from poolgate.report import Report
    from poolgate.report.progress import Progress
    from poolgate.rule_set import RuleSet
    from poolgate.sources.differing import Differing
    from poolgate.waivers import Source, Waiving

_Handler: TypeAlias = Callable[[argparse.Namespace], int]

EXIT_CLEAN: Final = 0
EXIT_FINDINGS: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERNAL: Final = 3
EXIT_NOTHING: Final = 4

MOST_JOBS: Final = 64

LATER: Final = (
    "the history has an audit of a later day than this one: a clock was wrong, then or now; what was seen first and "
    "last goes by these times"
)
"""What an audit says that is added to a history before what is there."""
_SAY_WHOSE: Final = frozenset({"check", "preview", "audit"})
"""The commands that say of what they find whose it is."""
DIMENSIONS: Final = ("rule", "owner", "team", "cost-center", "environment", "platform", "stack")
"""What is summed up by."""
HISTORY_FORMATS: Final = ("text", "json", "csv", "markdown", "html", "svg")

_REPORTING: Final = ("check", "lint", "preview", "audit", "merge")
"""The commands that write reports."""

_OF_A_PULL_REQUEST: Final = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "SYSTEM_PULLREQUEST_TARGETBRANCH")
"""Variables of CI services, of which one is set where a pull request is judged."""

_EPILOG: Final = """\
exit codes: 0 clean, 1 findings, 2 usage or configuration error, 3 internal error or broken rule, 4 nothing matched
"""


def run(arguments: Sequence[str]) -> int:
    """Runs a command and returns its exit code. Findings go to stdout, all else to stderr."""
    streams.begin()
    try:
        try:
            code = _run(arguments)
        finally:  # argparse leaves once it has shown the help
            streams.flush()
    except PoolgateError as error:
        _say(f"error: {error}")
        return error.exit_code
    return EXIT_INTERNAL if streams.is_silenced() else code


def _run(arguments: Sequence[str]) -> int:
    parsed = argparse.Namespace()
    try:
        parser = _parser(arguments[0] if arguments else None)
        parser.parse_args(arguments, parsed)
        if getattr(parsed, "uses_config", False):
            from poolgate.config_file import complete

            complete(parsed)
        handler: _Handler = parsed.handler
        return handler(parsed)
    except _MisusedError as error:
        _tell_misused(arguments, error.message)
        raise
    except PoolgateError as error:
        return _stopped(parsed, error.exit_code, str(error))
    except KeyboardInterrupt as error:
        from poolgate.audit.stopping import exit_code_of, signal_of

        if not hasattr(parsed, "base"):
            return exit_code_of(error)
        return _stopped(parsed, exit_code_of(error), f"stopped by {signal_of(error).name} before it came to a verdict")
    except Exception as error:
        if isinstance(error, OSError):
            from poolgate.files import no_room

            if why := no_room(error):
                return _stopped(parsed, EXIT_INTERNAL, why)
        from poolgate.crash import told

        streams.say(told(error).rstrip("\n"))
        bug = "this is a bug in poolgate; nothing above may be taken for a verdict"
        return _stopped(parsed, EXIT_INTERNAL, bug, f"{type(error).__name__}, {bug}")


def _stopped(parsed: argparse.Namespace, code: int, message: str, in_report: str = "") -> int:
    """Says why a command came to no verdict; in its reports, too, lest those of an earlier run be taken for its own."""
    _say(f"error: {message}")
    if hasattr(parsed, "base") and not getattr(parsed, "is_reported", False):
        from poolgate.report.delivery import tell_stopped

        tell_stopped(parsed, code, in_report or message)
    return code


def _tell_misused(arguments: Sequence[str], message: str) -> None:
    """Of a command line that cannot be read, writes the reports whose options can be."""
    if not arguments or arguments[0] not in _REPORTING:
        return
    from poolgate.report import delivery

    options = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    delivery.add_options(options)
    with suppress(argparse.ArgumentError, SystemExit):
        parsed, _ = options.parse_known_args(arguments[1:])
        delivery.tell_stopped(
            argparse.Namespace(**vars(parsed), command=arguments[0], fail_on=None), EXIT_USAGE, message
        )


def _say(message: str) -> None:
    streams.say(message)


def _progress(arguments: argparse.Namespace) -> Progress:
    from poolgate.report.progress import progress_on

    return progress_on(sys.stderr, os.environ, quiet=arguments.quiet)


def _parser(only: str | None = None) -> argparse.ArgumentParser:
    """The command line; with `only` the name of a command, just what that command needs, in a fraction of the time."""
    parser = _Parser(
        prog="poolgate",
        description="Keeps the configuration of machine-learning inference pools right.",
        epilog=_EPILOG,
        formatter_class=_RawHelp,
    )
    parser.add_argument("--version", action="version", version=f"poolgate {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in (only,) if only is not None and only in _COMMANDS else _COMMANDS:
        handler, summary, add_options = _COMMANDS[name]
        add_options(_command(commands, name, handler, summary))
    return parser


class _MisusedError(SystemExit):
    """A command line that cannot be read; it has been said."""

    def __init__(self, message: str) -> None:
        super().__init__(EXIT_USAGE)
        self.message = message


class _Parser(argparse.ArgumentParser):
    """A parser that says what was probably meant."""

    _given: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Keeps what was given: where something else is missing argparse says nothing of an option it does not know."""
        self._given = () if args is None else tuple(args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Ends the process with exit code 2."""
        from poolgate.completions import meant, of_others

        if others := of_others(_parser(), message, self._given):
            message = f"{message}: {others}"
        elif near := meant(self, message, self._given):
            message = f"{message}; did you mean {near}?"
        said = printable(without_credentials_within(message))
        # The usage of a command with thirty options would hide what is wrong.
        self._print_message(f"{self.prog}: error: {said}\nhelp: {self.prog} --help\n", sys.stderr)
        raise _MisusedError(said)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Where argparse would say nothing of what cannot be written. What is said repeats what was typed."""
        if file is sys.stdout:
            streams.put(message)
        elif message:
            streams.tell(message)


class _Help(argparse.HelpFormatter):
    """Help at the width of the terminal.

    A formatter is made for every option that is added, only to check it. Told the width it does not have to look for
    it, nor to import what looks.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class _RawHelp(_Help, argparse.RawDescriptionHelpFormatter):
    """The same, with lines broken as they are written."""


def _columns() -> int:
    """As `shutil.get_terminal_size` finds them."""
    written = os.environ.get("COLUMNS", "")
    if written.isdecimal() and int(written) > 0:
        return int(written)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (AttributeError, OSError, ValueError):
        return 80


def _check_options(check: argparse.ArgumentParser) -> None:
    _paths(check)
    check.add_argument(
        "-s", "--stack", action="append", dest="stacks", metavar="NAME",
        help="judge this stack only; may be repeated; default: every stack of every project",
    )  # fmt: skip
    check.add_argument(
        "--changed", nargs="?", const="", metavar="REV",
        help="judge only stacks that differ from REV; default: a pull request's base, in CI, else the default branch",
    )  # fmt: skip
    check.add_argument(
        "--install",
        action="store_true",
        help="make the virtual environments that programs lack, with pip, uv or poetry",
    )
    _common(check)
    _fix_options(check)
    _program_options(check)


def _lint_options(lint: argparse.ArgumentParser) -> None:
    _paths(lint)
    _output(lint)
    _selection(lint)
    _waiver_options(lint)
    _own_rules(lint)
    _config_options(lint)
    _fix_options(lint)
    lint.add_argument("--no-cache", action="store_true", help="read nothing from, and write nothing to, the cache")


def _fix_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fix", action="store_true", help="put right what nobody could have meant otherwise, then judge"
    )
    parser.add_argument("--diff", action="store_true", help="show what --fix would change first, and change nothing")


def _preview_options(preview: argparse.ArgumentParser) -> None:
    preview.add_argument(
        "path",
        nargs="?",
        type=Path,
        default=Path(),
        help="a Pulumi project, or a folder that holds some (default: here)",
    )
    preview.add_argument("-s", "--stack", help="the stack; default: every stack of the project")
    preview.add_argument(
        "--policy-pack", type=Path, metavar="DIR", help="the pack; default: poolgate.yaml's, else poolgate's own"
    )
    _common(preview)
    _program_options(preview)


def _sandbox_options(sandbox: argparse.ArgumentParser) -> None:
    sandbox.add_argument(
        "--timeout", type=float, default=600.0, metavar="SECONDS", help="the limit for the command (default: 600)"
    )
    sandbox.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command to run")


def _audit_options(audit: argparse.ArgumentParser) -> None:
    audit.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="a file, a folder, the address of a backend, or - for stdin"
    )
    _whole_audit_options(audit)
    audit.add_argument("--jobs", type=_jobs, metavar="N", help="how many processes; default: as many as it is worth")
    audit.add_argument(
        "--cache", type=Path, metavar="FOLDER",
        help="remember in a folder what was found, and do not judge again what has not changed since",
    )  # fmt: skip
    audit.add_argument(
        "--verify", action="store_true", help="with --cache: read all states, and let only their content count"
    )
    audit.add_argument(
        "--shard", type=_shard, metavar="I/N",
        help="judge one of N shares of the states, such as 3/16; `poolgate merge` makes one report of them",
    )  # fmt: skip
    audit.add_argument(
        "--scheduler", metavar="ADDRESS",
        help="have the workers of a Dask scheduler judge (tcp://HOST:8786), or `local` for some on this machine "
        "(needs poolgate[distributed])",
    )  # fmt: skip
    audit.add_argument(
        "--timeout", type=_seconds, default=600.0, metavar="SECONDS",
        help="the limit for a batch of states, beyond a second for each MiB (default: 600)",
    )  # fmt: skip
    _common(audit)


def _shard(written: str) -> Shard:
    from poolgate.audit.shards import parse

    try:
        return parse(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _merge_options(merge: argparse.ArgumentParser) -> None:
    merge.add_argument(
        "reports", nargs="+", type=Path, metavar="REPORT", help="what `audit --shard` wrote with --format json"
    )
    merge.add_argument(
        "--partial", action="store_true",
        help="merge those shards that are there; the report says which are not, and the exit code is 3",
    )  # fmt: skip
    _whole_audit_options(merge)
    _common(merge)


def _whole_audit_options(parser: argparse.ArgumentParser) -> None:
    """What concerns all states that there are."""
    parser.add_argument(
        "--expect", type=Path, metavar="FILE",
        help="stacks that have to be met: names, a JSON report, or `pulumi stack ls --all --json`",
    )  # fmt: skip
    parser.add_argument(
        "--history", metavar="PLACE",
        help="add what this audit found to the history in a folder or a bucket (needs poolgate[history])",
    )  # fmt: skip


def _history_options(history: argparse.ArgumentParser) -> None:
    from poolgate.report import delivery

    history.add_argument("place", metavar="PLACE", help="the folder, or the address of the bucket, with the history")
    history.add_argument(
        "--since", type=_day, metavar="DATE",
        help="compare with the last audit before this day, such as 2026-11-01; default: with the last but one",
    )  # fmt: skip
    history.add_argument(
        "--by", choices=DIMENSIONS, metavar="WHAT",
        help=f"a summary, and its trend, by {', '.join(DIMENSIONS[:-1])} or {DIMENSIONS[-1]}",
    )  # fmt: skip
    history.add_argument("--trend", action="store_true", help="with --by, in CSV: a line for each audit and group")
    delivery.add_targets(history, HISTORY_FORMATS)
    history.add_argument("--exit-zero", action="store_true", help="exit 0 whatever came")
    history.add_argument(
        "--owners", type=Path, metavar="FILE", help="whom owner tags and labels mean, and whose stacks are"
    )
    _config_options(history)


def _what_if_options(what_if: argparse.ArgumentParser) -> None:
    what_if.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="a file, a folder, the address of a backend, or - for stdin"
    )
    proposed = what_if.add_argument_group("the proposed rules; what is not said of them is as it is now")
    proposed.add_argument("--to", type=Path, metavar="FILE", help="the policy config that is proposed")
    proposed.add_argument("--to-profile", metavar="PROFILE", help="the profile under it: baseline or strict")
    proposed.add_argument("--to-rule-set", metavar="VERSION", help="the rule set that is proposed")
    proposed.add_argument(
        "--to-rules", type=Path, action="append", metavar="FILE", help="the rules of your own; may be repeated"
    )
    proposed.add_argument("--to-select", action="append", metavar="RULE", help="the rules that are selected")
    proposed.add_argument("--to-ignore", action="append", metavar="RULE", help="the rules that are ignored")
    what_if.add_argument(
        "--by", choices=DIMENSIONS, metavar="WHAT",
        help=f"the summary by {', '.join(DIMENSIONS[:-1])} or {DIMENSIONS[-1]}; default: owner, in CSV each finding",
    )  # fmt: skip
    what_if.add_argument("--format", choices=("text", "json", "csv", "markdown"), default="text")
    what_if.add_argument("--exit-zero", action="store_true", help="exit 0 whatever would come")
    what_if.add_argument("-q", "--quiet", action="store_true", help="say nothing of how far it is")
    what_if.add_argument(
        "--expect", type=Path, metavar="FILE",
        help="stacks that have to be met: names, a JSON report, or `pulumi stack ls --all --json`",
    )  # fmt: skip
    what_if.add_argument("--jobs", type=_jobs, metavar="N", help="how many processes; default: as many as it is worth")
    _selection(what_if)
    _rule_options(what_if)
    _waiver_options(what_if)


def _size_options(size: argparse.ArgumentParser) -> None:
    from poolgate.size import options

    options.add(size)
    _day_option(size)
    _rule_options(size)
    _program_options(size, traces=False)
    size.set_defaults(timeout=None)  # that it was said is to be seen


def _prices_commands(prices: argparse.ArgumentParser) -> None:
    commands = prices.add_subparsers(title="commands", required=True, metavar="COMMAND")
    importing = _command(
        commands, "import", _prices_import,
        "make a file of prices of a public table: Libcloud's pricing.json, Azure's retail prices, AWS's price list",
    )  # fmt: skip
    importing.set_defaults(command="prices")
    importing.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the table; of several pages all")
    importing.add_argument("--day", type=_day, metavar="DATE", help="when it was fetched, where it does not say itself")
    importing.add_argument("--region", action="append", metavar="NAME", help="of this region only; may be repeated")
    importing.add_argument("--machine", action="append", metavar="NAME", help="of this machine only; may be repeated")
    importing.add_argument(
        "--format", choices=("prices", "policy-config"), default="prices",
        help="a file for `size --prices` (default), or the options of monthly-cost-bounded",
    )  # fmt: skip
    importing.add_argument("--output", type=Path, metavar="FILE", help="where to write it (default: stdout)")


def _init_options(init: argparse.ArgumentParser) -> None:
    init.add_argument(
        "path", nargs="?", type=Path, default=Path(), help="where the Pulumi projects are (default: here)"
    )
    init.add_argument("--profile", default="baseline", help="the rules to begin with: baseline (default) or strict")
    init.add_argument(
        "--ci",
        choices=("github", "azure", "gitlab", "none"),
        help="the CI file to write; default: as the remote suggests",
    )
    init.add_argument("--pack", default="policies", metavar="NAME", help="the policy pack's folder (default: policies)")
    init.add_argument("--force", action="store_true", help="replace files that are there and differ, without asking")


def _new_rule_options(new_rule: argparse.ArgumentParser) -> None:
    new_rule.add_argument("name", metavar="NAME", help="its id, which begins with a name of your own: shop-zones-full")
    _config_options(new_rule)


def _rules_options(rules: argparse.ArgumentParser) -> None:
    rules.add_argument("--format", choices=("text", "json"), default="text")
    rules.add_argument(
        "--platform", action="append", metavar="NAME",
        help="only the rules that judge resources of a platform, such as sagemaker; may be repeated",
    )  # fmt: skip
    _rule_options(rules)


def _explain_options(explain: argparse.ArgumentParser) -> None:
    explain.add_argument("rule")
    _rule_options(explain)


def _schema_options(schema: argparse.ArgumentParser) -> None:
    which = schema.add_mutually_exclusive_group()
    which.add_argument("name", nargs="?", help="its name, or that of a project here; default: list all")
    which.add_argument(
        "--editor", type=Path, dest="path", metavar="PROJECT",
        help="that of a stack's whole file, for editors, made from the schema of the project in this folder",
    )  # fmt: skip
    _config_options(schema)


def _diff_options(diff: argparse.ArgumentParser) -> None:
    diff.add_argument("old", type=Path, metavar="OLD", help="a report written with --format json")
    diff.add_argument("new", type=Path, metavar="NEW", help="a later one")
    diff.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    diff.add_argument("--exit-zero", action="store_true", help="exit 0 whatever came")


def _doctor_options(doctor: argparse.ArgumentParser) -> None:
    _paths(doctor)
    doctor.add_argument("--format", choices=("text", "json"), default="text")
    _config_options(doctor)
    doctor.set_defaults(no_waivers=False)


def _completions_options(completions: argparse.ArgumentParser) -> None:
    completions.add_argument("shell", choices=("bash", "zsh", "fish"))


def _command(commands: Any, name: str, handler: _Handler, summary: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=f"{summary}.", formatter_class=_Help
    )
    command.set_defaults(handler=handler, command=name)
    return command


def _paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", type=Path, default=[Path()], metavar="PATH",
        help="a Pulumi project, or a folder that holds some (default: here)",
    )  # fmt: skip


def _jobs(written: str) -> int:
    jobs = int(written)
    if not 1 <= jobs <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"is {jobs}, expected a number from 1 to {MOST_JOBS}")
    return jobs


def _seconds(written: str) -> float:
    seconds = float(written)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"is {written}, expected seconds")
    return seconds


def _output(parser: argparse.ArgumentParser) -> None:
    from poolgate.report import delivery

    delivery.add_options(parser)
    parser.add_argument("--exit-zero", action="store_true", help="exit 0 whatever is found")
    parser.add_argument(
        "--changed-since", metavar="REV",
        help="say whether the commits since REV touch what they are judged by; default: a pull request's base, in CI",
    )  # fmt: skip
    parser.add_argument(
        "--fail-on", choices=[str(severity) for severity in Severity], metavar="SEVERITY",
        help="exit 1 for findings at or above low, medium, high or critical, instead of for mandatory ones",
    )  # fmt: skip


def _common(parser: argparse.ArgumentParser) -> None:
    _output(parser)
    _selection(parser)
    parser.add_argument(
        "--fail-on-not-judged", action=argparse.BooleanOptionalAction,
        help="exit 1 for resources that serve models and that no rule judges, too",
    )  # fmt: skip
    _rule_options(parser)
    _waiver_options(parser)
    parser.add_argument(
        "--by", choices=DIMENSIONS, metavar="WHAT",
        help=f"in text, Markdown and CSV a summary in place of the findings, by {', '.join(DIMENSIONS[:-1])} or "
        f"{DIMENSIONS[-1]}",
    )  # fmt: skip


def _selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--select", action="append", metavar="RULE", help="run these rules, or own checks, only (id or prefix)"
    )
    parser.add_argument(
        "--ignore", action="append", metavar="RULE", help="do not run these rules, or own checks (id or prefix)"
    )


def _waiver_options(parser: argparse.ArgumentParser) -> None:
    _day_option(parser)
    parser.add_argument("--waivers", type=Path, metavar="FILE", help="findings that are agreed to be lived with")
    parser.add_argument("--no-waivers", action="store_true", help="use no waivers, whatever the configuration says")


def _day_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as-of", type=_day, metavar="DATE",
        help="judge as on another day, such as 2027-06-01; default: POOLGATE_AS_OF, else today",
    )  # fmt: skip


def _day(written: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"is {printable(written)!r}, expected a date such as 2027-01-31") from None


def _waiver_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = _command(commands, "list", _waivers_list, "list the waivers, with how it stands with each")
    listing.add_argument("--format", choices=("text", "json"), default="text")
    listing.add_argument(
        "--report", type=Path, metavar="REPORT",
        help="say how many findings each covers in a report that check, preview or audit wrote with --format json",
    )  # fmt: skip
    linting = _command(commands, "lint", _waivers_lint, "say what is wrong with a waivers file")
    _output(linting)
    adding = _command(commands, "add", _waivers_add, "write a waiver at the end of the file")
    for name, metavar, meaning, is_needed in _ADDED:
        adding.add_argument(f"--{name}", dest=f"new_{name}", metavar=metavar, help=meaning, required=is_needed)
    adding.add_argument(
        "--allow-unknown-stack", action="store_true", help="also for a stack that no project here has a file of"
    )
    extending = _command(commands, "extend", _waivers_extend, "let a waiver hold until a later day")
    extending.add_argument("waiver", metavar="ID", help=_WAIVER_ID)
    extending.add_argument("--until", type=_day, metavar="DATE", required=True, help="the new last day")
    removing = _command(commands, "remove", _waivers_remove, "take waivers out of the file")
    removing.add_argument("removed", nargs="+", metavar="ID", help=_WAIVER_ID)
    pruning = _command(commands, "prune", _waivers_prune, "take the waivers out of the file that have expired")
    exporting = _command(
        commands, "export", _waivers_export, "write exceptions for the waivers in force into a policy config"
    )
    exporting.add_argument(
        "--report", type=Path, metavar="REPORT",
        help="what each waiver covers, in a report that check, preview or audit wrote with --format json",
    )  # fmt: skip
    exporting.add_argument("--check", action="store_true", help="write nothing; exit 1 where the file would change")
    exporting.add_argument(
        "--convert", action="store_true", help="make a policy config without a version one of version 2"
    )
    exporting.add_argument(
        "--allow-wider", action="store_true",
        help="also waivers of one property; their exceptions let pass all that the rule finds in the resource",
    )  # fmt: skip
    for command in (listing, linting, adding, extending, removing, pruning, exporting):
        command.set_defaults(command="waivers", no_waivers=False)
        command.add_argument("--waivers", type=Path, metavar="FILE", help="the waivers file")
        _day_option(command)
        _rule_options(command)


_WAIVER_ID: Final = "its ticket, or its number as `waivers list` shows it and findings do: waivers[3]"

_ADDED: Final = (
    ("rule", "RULE", "the rule's id, or the beginning of several and *", True),
    ("stack", "PROJECT/STACK", "the stack it is for; * stands for any text", False),
    ("urn", "URN", "the resource it is for; * stands for any text", False),
    ("path", "PATH", "the property it is for, such as sku.capacity; default: all", False),
    ("reason", "TEXT", "why the finding is lived with", True),
    ("owner", "NAME", "who answers for it", True),
    ("ticket", "ID", "where it is tracked", True),
    ("expires", "DATE", "the last day it holds, such as 2027-01-31", True),
    ("approved-by", "NAME", "who agreed", False),
)
"""The options of `waivers add`: name, placeholder, meaning, and whether it is needed."""


def _config_options(parser: argparse.ArgumentParser) -> None:
    named = parser.add_mutually_exclusive_group()
    named.add_argument(
        "--config", type=Path, metavar="FILE",
        help="poolgate's own configuration; default: the nearest poolgate.yaml, up to the root of the repository",
    )  # fmt: skip
    named.add_argument("--no-config", action="store_true", help="use no poolgate.yaml")
    parser.set_defaults(uses_config=True)


def _rule_options(parser: argparse.ArgumentParser) -> None:
    _config_options(parser)
    parser.add_argument("--policy-config", type=Path, metavar="FILE", help="levels and options, in Pulumi's format")
    parser.add_argument(
        "--owners", type=Path, metavar="FILE", help="whom owner tags and labels mean, and whose stacks are"
    )
    parser.add_argument("--profile", help="a shipped policy config, under that of the file: baseline or strict")
    parser.add_argument("--rule-set", metavar="VERSION", help="leave out rules that came after a version (2026.12)")
    _own_rules(parser)


def _own_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rules", type=Path, action="append", metavar="FILE",
        help="rules of your own beside poolgate's: a Python file with a list RULES; may be repeated",
    )  # fmt: skip


def _program_options(parser: argparse.ArgumentParser, *, traces: bool = True) -> None:
    parser.add_argument(
        "--previous", type=Path, action="append", metavar="EXPORT",
        help="what is deployed now (pulumi stack export --file EXPORT), for rules that judge a change; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--read-fixtures", type=Path, metavar="FILE", help="answers to the program's reads (get_*, list_*)"
    )
    parser.add_argument(
        "--environment-values", action="append", metavar="[STACK=]FILE",
        help="what the ESC environments of stacks supply (pulumi env open NAME > FILE); reports show none of it; "
        "may be repeated",
    )  # fmt: skip
    if traces:
        parser.add_argument(
            "--no-trace-config", action="store_false", dest="trace_config",
            help="leave findings on the line of the program: do not run programs again to find the line of the config",
        )  # fmt: skip
    parser.add_argument(
        "--timeout", type=float, default=300.0, metavar="SECONDS", help="the limit for one stack (default: 300)"
    )


def _rule_set(arguments: argparse.Namespace) -> RuleSet:
    from inference_pools.rule_sets import PIN_VARIABLE
    from poolgate import own_rules
    from poolgate.rule_set import load

    own = own_rules.load(arguments.rules or ())
    rules = load(
        arguments.policy_config,
        own=own,
        not_run=_not_run(arguments, own),
        profile=arguments.profile,
        pin=arguments.rule_set or os.environ.get(PIN_VARIABLE),
        select=getattr(arguments, "select", None),
        ignore=getattr(arguments, "ignore", None),
        owners=getattr(arguments, "owners", None),
    )
    if getattr(arguments, "no_waivers", False):
        from dataclasses import replace

        from poolgate.waivers import without_inline

        rules = replace(rules, settings=without_inline(rules.settings), exceptions=())
    return rules


def _not_run(arguments: argparse.Namespace, own: Sequence[Rule[Any]] = ()) -> Sketches:
    """The rules of a team's own that are named and not run, beside those that were: as their source tells them."""
    from poolgate import own_source

    files = getattr(arguments, "rules_not_run", ())
    if not files:
        return own_source.NONE
    return own_source.without(own_source.read(files), [rule.id for rule in own])


def _say_not_run(arguments: argparse.Namespace, sketches: Sketches) -> None:
    if note := sketches.note(getattr(arguments, "rules_not_run", ())):
        _say(note)


def _waivers(arguments: argparse.Namespace) -> Source:
    """The waivers of a run: those of a file, else those that stand in the policy config."""
    from poolgate.waivers import load

    return load(None if arguments.no_waivers else arguments.waivers)


def _today(arguments: argparse.Namespace) -> date:
    """The day to judge by. Raises UsageError when the environment names one that is none."""
    from datetime import UTC, datetime

    named: date | None = getattr(arguments, "judged_on", None) or getattr(arguments, "as_of", None)
    if named is not None:
        return named

    from inference_pools.day import day_to_judge_by

    try:
        return day_to_judge_by(os.environ, datetime.now(UTC))
    except ValueError as error:
        raise UsageError(str(error)) from None


def _told_day(arguments: argparse.Namespace) -> str:
    """What a report says of the day it judges by; "" where that is the present one because nobody named another."""
    named: date | None = getattr(arguments, "as_of", None)
    if named is not None:
        return f"judged as of {named} (--as-of)"
    if os.environ.get(AS_OF_VARIABLE):
        return f"judged as of {_today(arguments)} ({AS_OF_VARIABLE})"
    of_shards: date | None = getattr(arguments, "judged_on", None)
    if of_shards is None:
        return ""
    from datetime import UTC, datetime

    return f"judged as of {of_shards}, when the shards were" if of_shards != datetime.now(UTC).date() else ""


def _check(arguments: argparse.Namespace) -> int:
    from poolgate import previous
    from poolgate.check import check
    from poolgate.sources.environment_values import EnvironmentValues

    environment = EnvironmentValues.load(arguments.environment_values or ())
    rules = _rule_set(arguments)
    before = previous.load(previous.named(arguments.previous, os.environ))
    waivers = _waivers(arguments)
    differing = _differing(arguments)

    def judge() -> Tally:
        return check(
            arguments.paths,
            rules.settings,
            timeout=arguments.timeout,
            read_fixtures=arguments.read_fixtures,
            today=_today(arguments),
            previous=before,
            trace_config=arguments.trace_config,
            lint_options=arguments.lint_options._replace(stacks=frozenset(arguments.stacks or ())),
            progress=_progress(arguments),
            installing=_say if arguments.install else None,
            environment=environment,
            differing=differing,
        )

    def findings_to_mend(tally: Tally) -> Iterable[Finding]:
        return _not_agreed(tally, arguments, rules, waivers)

    if arguments.diff:
        from poolgate.fix import show_edits

        found = findings_to_mend(judge())
        return EXIT_FINDINGS if show_edits(found, arguments.lint_options, streams.put, _say) else EXIT_CLEAN

    def judge_and_fix() -> Tally:
        from poolgate.fix import check_and_fix

        return check_and_fix(judge, findings_to_mend, _say)

    work = judge_and_fix if arguments.fix else judge
    return _finish(arguments, rules, lambda: previous.with_unused(before, work()), waivers)


def _differing(arguments: argparse.Namespace) -> Differing | None:
    """What --changed asks for; None without it."""
    if arguments.changed is None:
        return None
    from poolgate import changed, previous
    from poolgate.sources.differing import Differing, start_of

    values = [Path(written.rpartition("=")[2]) for written in arguments.environment_values or ()]
    given = [*_judged_by(arguments), *values, *previous.named(arguments.previous, os.environ)]
    given += [arguments.read_fixtures] if arguments.read_fixtures else []
    return Differing(start_of(arguments.changed, changed.since_of(os.environ)), given, arguments.shared)


def _not_agreed(tally: Tally, arguments: argparse.Namespace, rules: RuleSet, waivers: Source) -> Iterable[Finding]:
    """The findings of a verdict, which stays as it is, that no waiver covers and no exception exempts."""
    from copy import deepcopy

    from inference_pools.levels import Outcome

    settled = deepcopy(tally)
    _settle(settled, arguments, rules, _waiving(waivers, rules, _today(arguments)))
    return [finding for finding in settled.findings if finding.outcome is Outcome.VIOLATED]


def _lint(arguments: argparse.Namespace) -> int:
    from poolgate.lint.files import NOTHING_RAN, Ran
    from poolgate.lint.run import lint
    from poolgate.lint.schema_lint import Means
    from poolgate.report.delivery import names_inputs

    options = arguments.lint_options
    if arguments.diff or arguments.fix:
        from poolgate.fix import fix_all, show_all

        if arguments.diff:
            return EXIT_FINDINGS if show_all(arguments.paths, options, streams.put, _say) else EXIT_CLEAN
        fix_all(arguments.paths, options, _say)
    ran = NOTHING_RAN
    if arguments.rules:
        from poolgate import own_rules

        ran = Ran(tuple(arguments.rules), own_rules.load(arguments.rules))
    left_out: frozenset[str] = frozenset()
    if arguments.select or arguments.ignore:
        from poolgate.rule_set import checks_left_out

        left_out = checks_left_out(arguments.select, arguments.ignore, ran.rules, _not_run(arguments, ran.rules))
    # Without a file of waivers there is nothing to settle, and no reason to import all the rules.
    waivers = _waivers(arguments) if arguments.waivers and not arguments.no_waivers else None
    means = Means(
        processes=True, cache=None if arguments.no_cache else _lint_cache(), with_digests=names_inputs(arguments)
    )

    def judge() -> Tally:
        tally = lint(arguments.paths, options, means, ran)
        if waivers is not None:
            _add_drift(tally, arguments, waivers)
        return tally

    return _finish(arguments, None, judge, waivers, left_out)


def _add_drift(tally: Tally, arguments: argparse.Namespace, waivers: Source) -> None:
    """Says how exported exceptions of the policy config that poolgate.yaml names have drifted from the waivers.

    Nothing is said where neither file lies below what is linted, nor of a policy config that cannot be used: the lint
    says why.
    """
    from poolgate.lint.poolgate_yaml import named_file, own_rules_of

    settings = arguments.config_found
    file = named_file(settings, "policyConfig") if settings else None
    if file is None or not file.is_file() or b'"waiver.' not in file.read_bytes():
        return
    linted = {path.resolve() for path in arguments.paths}
    if not any(linted & {of.resolve(), *of.resolve().parents} for of in (file, waivers.file) if of):
        return
    from poolgate import exemptions, own_source
    from poolgate.rule_set import load

    try:
        rules = load(file, not_run=own_source.read(own_rules_of(settings)))
    except UsageError:
        return
    exemptions.add_drift(tally, rules, _waiving(waivers, rules, _today(arguments)))


def _lint_cache() -> Path | None:
    from poolgate.lint.shortcuts import cache_folder

    return cache_folder()


def _preview(arguments: argparse.Namespace) -> int:
    from poolgate import previous
    from poolgate.sources.environment_values import EnvironmentValues
    from poolgate.sources.preview import preview
    from poolgate.waivers import variables

    environment = EnvironmentValues.load(arguments.environment_values or ())
    rules = _rule_set(arguments)
    if not _enabled(rules):
        raise UsageError(
            "select names checks of poolgate itself only, and a pack has none of them; `poolgate check` has"
        )
    exports = previous.named(arguments.previous, os.environ)
    waivers = _waivers(arguments)
    before = previous.load(exports)  # said here by name; in the pack it would end the preview
    return _finish(
        arguments,
        rules,
        lambda: previous.with_unused(
            before,
            preview(
                arguments.path,
                arguments.stack,
                rules,
                pack=arguments.policy_pack,
                variables={**previous.variables(exports), **variables(waivers), **_day_variable(arguments)},
                trace_config=arguments.trace_config,
                progress=_progress(arguments),
                timeout=arguments.timeout,
                read_fixtures=arguments.read_fixtures,
                environment=environment,
                left_out=arguments.left_out,
            ),
        ),
        waivers,
    )


def _day_variable(arguments: argparse.Namespace) -> dict[str, str]:
    """What tells the pack of a preview the day that the command line names."""
    return {AS_OF_VARIABLE: str(arguments.as_of)} if arguments.as_of else {}


def _sandbox(arguments: argparse.Namespace) -> int:
    from poolgate.sandbox.workspace import sandbox_command

    return sandbox_command(arguments.arguments, arguments.timeout)


def _audit(arguments: argparse.Namespace) -> int:
    from poolgate.audit.run import audit
    from poolgate.report.delivery import names_inputs, needs_passes

    if arguments.shard:
        _refuse_in_a_shard(arguments)
    if arguments.verify and arguments.cache is None:
        raise UsageError("--verify is about what a cache remembers: give it with --cache FOLDER")
    # Whoever merges shards may want any format. Only the JSON report is merged, and it alone names what was read.
    hands_over = arguments.shard is not None and names_inputs(arguments)
    _refuse_unusable(arguments)
    rules = _rule_set(arguments)
    return _finish(
        arguments,
        rules,
        lambda: audit(
            arguments.sources,
            rules.settings,
            today=_today(arguments),
            jobs=arguments.jobs,
            limit=arguments.timeout,
            scheduler=arguments.scheduler,
            keep_passes=needs_passes(arguments) or hands_over,
            name_inputs=names_inputs(arguments),
            progress=_progress(arguments),
            left_out=arguments.left_out,
            expect=arguments.expect,
            shard=arguments.shard,
            hands_over=hands_over,
            cache=arguments.cache,
            verify=arguments.verify,
            own_rules=arguments.rules or (),
        ),
        _waivers(arguments),
    )


def _refuse_in_a_shard(arguments: argparse.Namespace) -> None:
    """Raises UsageError for what a shard cannot tell: what it does not see is no less there."""
    for name in ("expect", "history", "base"):
        if getattr(arguments, name) is not None:
            raise UsageError(f"--{name} needs all states, and a shard sees some: give it to `poolgate merge`")


def _refuse_unusable(arguments: argparse.Namespace) -> None:
    """Says before anything is judged that the history cannot be added to."""
    if arguments.history and arguments.no_waivers:
        raise UsageError("--no-waivers and --history: by that history every waiver would have ended; leave one out")
    if arguments.history:
        from poolgate.history.store import refuse_unusable

        refuse_unusable(arguments.history, writes=True)


def _merge(arguments: argparse.Namespace) -> int:
    from poolgate.audit.merge import merged, read_shards
    from poolgate.audit.terms import rules_of
    from poolgate.report.delivery import needs_passes

    _refuse_unusable(arguments)
    rules = _rule_set(arguments)
    run = read_shards(arguments.reports, rules_of(rules.settings), partial=arguments.partial)
    if run.missing and arguments.history:
        raise UsageError(
            "--history needs all shards: what the missing ones would have found is neither there nor mended"
        )
    if arguments.history and run.stopped:
        raise UsageError(
            f"--history needs all states, and {run.stopped[0]} was stopped before it had come to all of its own"
        )
    _judge_as_of(arguments, run.day)
    arguments.command, arguments.sources = "audit", run.sources
    return _finish(
        arguments,
        rules,
        lambda: merged(run, keep_passes=needs_passes(arguments), expect=arguments.expect),
        _waivers(arguments),
        span=run.span,
    )


def _judge_as_of(arguments: argparse.Namespace, day: date) -> None:
    """Judges the waivers as of the day that the shards were judged by. Raises UsageError where another one is named."""
    if (arguments.as_of is not None or os.environ.get(AS_OF_VARIABLE)) and _today(arguments) != day:
        raise UsageError(f"the shards judged as of {day}, and a merge cannot judge as of {_today(arguments)}")
    arguments.judged_on = day


def _history(arguments: argparse.Namespace) -> int:
    from poolgate.files import write_atomically
    from poolgate.history.changes import DIMENSIONS as GROUPS
    from poolgate.history.changes import tell
    from poolgate.history.render import render
    from poolgate.history.store import read
    from poolgate.owner import NOBODYS, Owners
    from poolgate.report import delivery

    targets = delivery.targets(arguments)
    formats = {target.format for target in targets}
    if arguments.trend and not (arguments.by and "csv" in formats):
        raise UsageError("--trend is for --format csv, and needs a --by")
    owners = Owners.of(arguments.owners) if arguments.owners else NOBODYS
    has_all = not formats.isdisjoint(("json", "html"))
    by = {name: group for name, group in GROUPS.items() if has_all or name == arguments.by}
    told = tell(read(arguments.place), arguments.since, by, owners)
    if told is None:
        raise NothingMatchedError(
            f"{printable(without_credentials(arguments.place))}: there is no audit in this history"
        )
    for format_, file in targets:
        width = None if file else streams.width()
        text = render(told, format_, arguments.by, trend=arguments.trend, width=width)
        if file:
            write_atomically(file, text)
        else:
            streams.put(text)
    return EXIT_FINDINGS if told.fails and not arguments.exit_zero else EXIT_CLEAN


def _what_if(arguments: argparse.Namespace) -> int:
    from poolgate.audit.run import audit
    from poolgate.report import whose
    from poolgate.what_if.both import Both
    from poolgate.what_if.comparison import Comparison
    from poolgate.what_if.render import render

    both = Both(_rule_set(arguments), _rule_set(_proposed(arguments)))
    source, today = _waivers(arguments), _today(arguments)
    waiving = [_waiving(source, rules, today) for rules in (both.now, both.then)]
    tally = audit(
        arguments.sources,
        both.settings,
        today=today,
        jobs=arguments.jobs,
        name_inputs=False,
        progress=_progress(arguments),
        left_out=arguments.left_out,
        expect=arguments.expect,
    )
    sides = both.split(tally)
    for side, rules, its_waiving in zip(sides, (both.now, both.then), waiving, strict=True):
        _settle(side, argparse.Namespace(command="audit"), rules, its_waiving)
        side.tell_once()
        whose.settle(side, rules.owners, is_of_all=True)
    told = Comparison(both, sides)
    streams.put(render(told, arguments.format, arguments.by, width=streams.width()))
    for note in (both.now.not_run.note(arguments.rules_not_run), _told_day(arguments)):
        if note:
            _say(f"note: {note}")
    if broken := told.broken:
        _say(f"error: {', '.join(broken)}: the rule is broken, and what it would find is not known")
        return EXIT_INTERNAL
    if told.fails and not arguments.exit_zero:
        return EXIT_FINDINGS
    if not tally.pools:
        raise NothingMatchedError(f"no rule judges anything that was read{tally.instead()}")
    return EXIT_CLEAN


def _proposed(arguments: argparse.Namespace) -> argparse.Namespace:
    """The same with the proposed rules in place of those that are in force. A policy config that is named stands alone
    there, too (`config_file`). Raises UsageError where none are named.
    """
    given = {name: getattr(arguments, f"to_{name}") for name in ("profile", "rule_set", "rules", "select", "ignore")}
    given = {name: value for name, value in given.items() if value is not None}
    if arguments.to is not None:
        given = {"profile": None, **given, "policy_config": arguments.to}
    if not given:
        raise UsageError("names no rules to compare with: --to FILE, or another option that begins with --to-")
    files = given.get("rules", arguments.rules)
    run = {file.resolve() for file in files or ()}
    known = (*arguments.rules_not_run, *(arguments.rules or ()))
    not_run = tuple(file for file in known if file.resolve() not in run)
    return argparse.Namespace(**{**vars(arguments), **given, "rules_not_run": not_run})


def _size(arguments: argparse.Namespace) -> int:
    from poolgate.size.command import report_of
    from poolgate.size.render import render

    report, incomplete = report_of(
        arguments, lambda: _rule_set(arguments).settings, lambda: _today(arguments), _progress(arguments)
    )
    if arguments.format == "html":
        from poolgate.size.html import page

        text = page(report)
    else:
        text = render(report, arguments.format, streams.width())
    if arguments.pictures is not None:
        from poolgate.files import write_atomically
        from poolgate.size.pictures import pictures

        for name, picture in pictures(report).items():
            write_atomically(arguments.pictures / name, picture)
    streams.put(text)
    if incomplete:
        return incomplete
    if report.failed or (arguments.check and report.fails):
        return EXIT_FINDINGS
    if not report.sizes:
        raise NothingMatchedError("nothing here has a load that a pool could be sized for")
    return EXIT_CLEAN


def _prices_import(arguments: argparse.Namespace) -> int:
    from poolgate.files import write_atomically
    from poolgate.prices.command import import_prices, told

    table, notes = import_prices(
        arguments.files, arguments.day and str(arguments.day), arguments.region or (), arguments.machine or ()
    )
    text = told(table, arguments.format)
    if arguments.output is not None:
        write_atomically(arguments.output, text)
    else:
        streams.put(text)
    for note in notes:
        _say(note)
    return EXIT_CLEAN


def _init(arguments: argparse.Namespace) -> int:
    from inference_pools.policy_config import ConfigError
    from poolgate.files import relative_to_here
    from poolgate.init import Fate, carry_out, likely_ci, next_steps, plan, projects_of
    from poolgate.init.outlook import told

    ci = arguments.ci or likely_ci(arguments.path)
    try:
        planned = plan(arguments.path, profile=arguments.profile, ci=None if ci == "none" else ci, pack=arguments.pack)
    except ConfigError as error:
        raise UsageError(str(error)) from None
    fates = set()
    for file, fate in carry_out(planned, lambda path: arguments.force or _agrees_to_replace(path)):
        streams.put(streams.inert(f"{fate:<9}  {relative_to_here(file.path)}: {file.purpose}") + "\n")
        fates.add(fate)
    streams.put("\n")
    for line in told(projects_of(arguments.path), _in_force_at(arguments)):
        streams.put(streams.inert(line) + "\n")
    if fates != {Fate.UNCHANGED}:
        streams.put("\nnext:\n")
        for step in next_steps(arguments.path, ci=None if ci == "none" else ci, pack=arguments.pack):
            streams.put(streams.inert(f"  - {step}") + "\n")
    if Fate.KEPT in fates:
        _say("files that were there and differ were kept; --force replaces them")
    return EXIT_CLEAN


def _new_rule(arguments: argparse.Namespace) -> int:
    from poolgate import config_file
    from poolgate.files import relative_to_here, write_atomically
    from poolgate.init.new_rule import plan

    found = arguments.config_found
    planned = plan(arguments.name, config_file.load(found) if found else None)
    for fate, files in (("written", planned.new), ("changed", planned.changed)):
        for file in files:
            write_atomically(file.path, file.text)
            streams.put(streams.inert(f"{fate:<9}  {relative_to_here(file.path)}: {file.purpose}") + "\n")
    for title, steps in (("left to you", planned.by_hand), ("next", planned.next)):
        if steps:
            streams.put(f"\n{title}:\n" + "".join(f"  - {streams.inert(step)}\n" for step in steps))
    return EXIT_CLEAN


def _in_force_at(arguments: argparse.Namespace) -> RuleSet:
    """The rules as what lies in a repository has them, without options and variables of whoever ran `init`."""
    from poolgate.config_file import complete

    parsed = _parser("rules").parse_args(["rules", "--config", str(arguments.path / "poolgate.yaml")])
    complete(parsed, {})
    return _rule_set(parsed)


def _agrees_to_replace(path: Path) -> bool:
    """Asks, where there is someone to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(streams.inert(f"{path} is there and differs. Replace it? [y/N] "))
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _rules(arguments: argparse.Namespace) -> int:
    from poolgate.explain import of_platforms, rules_json, rules_table

    rules = of_platforms(_rule_set(arguments), arguments.platform or ())
    streams.put(rules_json(rules) if arguments.format == "json" else rules_table(rules, streams.width()))
    _say_not_run(arguments, rules.not_run)
    return EXIT_CLEAN


def _explain(arguments: argparse.Namespace) -> int:
    from poolgate.explain import explain

    rules = _rule_set(arguments)
    streams.put(explain(arguments.rule, rules, streams.width()))
    _say_not_run(arguments, rules.not_run)
    return EXIT_CLEAN


def _diff(arguments: argparse.Namespace) -> int:
    from poolgate.report.difference import render
    from poolgate.report.earlier import compare, read_run
    from poolgate.report.reach import NOT_TOLD

    old, new = read_run(arguments.old), read_run(arguments.new)
    change = compare(old.findings, new.findings, (old.reach, new.reach)).judged_by(old, new)
    if new.reach.stacks is None and change.not_read:
        _say(NOT_TOLD)
    streams.put(render(change, arguments.format))
    fails = any(entry.fails for entry in change.new)
    return EXIT_FINDINGS if fails and not arguments.exit_zero else EXIT_CLEAN


def _doctor(arguments: argparse.Namespace) -> int:
    from poolgate.doctor import Given, as_json, as_text, diagnose, settings_named
    from poolgate.report.safe import inert_json

    # It runs nothing of a repository, whoever names it.
    own, arguments.rules = tuple(arguments.rules or ()), None
    arguments.rules_not_run = (*own, *arguments.rules_not_run)
    settings = settings_named(vars(arguments), os.environ)
    if day := _told_day(arguments):
        settings["day"] = day
    given = Given(
        paths=arguments.paths,
        lint_options=arguments.lint_options,
        config_file=arguments.config_found,
        policy_config=arguments.policy_config,
        waivers=arguments.waivers,
        owners=arguments.owners,
        policy_pack=arguments.policy_pack,
        own_rules=arguments.rules_not_run,
        settings=settings,
        load_rules=lambda: _rule_set(arguments),
        load_waivers=lambda: _waivers(arguments),
    )
    seen = diagnose(given)
    if arguments.format == "json":
        streams.put(inert_json(as_json(seen)))
    else:
        streams.put("".join(f"{streams.inert(line)}\n" for line in as_text(seen)))
    return seen.exit_code


def _completions(arguments: argparse.Namespace) -> int:
    from inference_pools import own_checks, platforms
    from inference_pools.rule_sets import PROFILES
    from inference_pools.rules import ALL
    from poolgate.completions import script

    ids = [*(rule.id for rule in ALL), *own_checks.BY_ID]
    names = [platform.name for platform in platforms.known()]
    words = {"rule": ids, "new_rule": ids, "select": ids, "ignore": ids, "profile": PROFILES, "platform": names}
    streams.put(script(_parser(), arguments.shell, words))
    return EXIT_CLEAN


def _schema(arguments: argparse.Namespace) -> int:
    if arguments.path is not None:
        from poolgate.lint.editor_schema import as_text, schema_for_editors
        from poolgate.report.safe import inert_json

        streams.put(inert_json(as_text(schema_for_editors(arguments.path, arguments.lint_options))))
        return EXIT_CLEAN
    from poolgate.report.safe import inert_json
    from poolgate.schema_listing import as_text as as_table
    from poolgate.schema_listing import listing, text_of

    listed = listing(arguments.lint_options, arguments.lint_options.root or Path())
    if arguments.name is None:
        streams.put("".join(f"{streams.inert(line)}\n" for line in as_table(listed)))
    else:
        streams.put(inert_json(text_of(arguments.name, listed)))
    return EXIT_CLEAN


def _waivers_list(arguments: argparse.Namespace) -> int:
    from poolgate.waivers_command import listed, listed_json, standings

    source = _waivers(arguments)
    rules = _rule_set(arguments)
    found = standings(source, rules.settings, _today(arguments), rules.not_run, rules.exceptions)
    from poolgate.report.safe import inert_json
    from poolgate.waivers_command import Excepted, excepted

    exceptions = excepted(rules, source, found)
    if arguments.report is not None:
        from poolgate.waivers_cover import covers_in, exceptions_in

        covers = covers_in(arguments.report, found)
        cover_of = exceptions_in(arguments.report, rules.exceptions)
        exceptions = [Excepted(one, drifted, cover_of[one.id]) for one, drifted, _ in exceptions]
    else:
        covers = None
    if arguments.format == "json":
        shown = inert_json(listed_json(source, found, covers, exceptions, rules.document))
    else:
        shown = listed(found, covers, streams.width(), exceptions)
    streams.put(shown)
    _say_not_run(arguments, rules.not_run)
    return EXIT_CLEAN


def _waivers_lint(arguments: argparse.Namespace) -> int:
    from poolgate.waivers_command import lint

    rules = _rule_set(arguments)
    file, today = _waivers_path(arguments), _today(arguments)

    def judge() -> Tally:
        tally = lint(file, rules.settings, today, rules.not_run)
        if rules.exceptions and not tally.outcomes[Outcome.UNREADABLE]:
            from poolgate import exemptions
            from poolgate.waivers import load

            exemptions.add_drift(tally, rules, _waiving(load(file), rules, today))
        return tally

    from inference_pools.levels import Outcome

    return _finish(arguments, rules, judge)


def _waivers_add(arguments: argparse.Namespace) -> int:
    from poolgate.files import relative_to_here
    from poolgate.waivers_command import add

    today, file = _today(arguments), _waivers_path(arguments)
    given = {name: getattr(arguments, f"new_{name}") for name, *_ in _ADDED}
    target = {name: given.pop(name) for name in ("urn", "stack", "path")}
    entry = {
        **{name: value for name, value in given.items() if value is not None},
        "target": {name: value for name, value in target.items() if value is not None},
        "created": today.isoformat(),
    }
    rules = _rule_set(arguments)
    stacks = None if arguments.allow_unknown_stack else _stacks_at_hand(arguments)
    waiver = add(file, entry, rules.settings, today, rules.not_run, stacks)
    streams.put(streams.inert(f"{relative_to_here(file)}: {waiver.rule} {waiver.note}") + "\n")
    _say_not_run(arguments, rules.not_run)
    if arguments.waivers is None:
        _say(f"not in force yet: write `waivers: {file}` into poolgate.yaml, or pass --waivers {file}")
    return EXIT_CLEAN


def _stacks_at_hand(arguments: argparse.Namespace) -> Collection[str] | None:
    from poolgate.waivers_command import stacks_at_hand

    folder = arguments.config_found.parent if arguments.config_found else Path()
    return stacks_at_hand(folder, arguments.left_out)


def _waivers_extend(arguments: argparse.Namespace) -> int:
    from poolgate.files import relative_to_here
    from poolgate.waivers_edit import extend

    file, rules = _waivers_path(arguments), _rule_set(arguments)
    waiver = extend(file, arguments.waiver, arguments.until, rules.settings, _today(arguments), rules.not_run)
    streams.put(streams.inert(f"{relative_to_here(file)}: {waiver.rule} {waiver.note}") + "\n")
    _say_not_run(arguments, rules.not_run)
    return EXIT_CLEAN


def _waivers_remove(arguments: argparse.Namespace) -> int:
    from poolgate.waivers_edit import remove

    return _put_removed(_waivers_path(arguments), remove(_waivers_path(arguments), arguments.removed))


def _waivers_prune(arguments: argparse.Namespace) -> int:
    from poolgate.waivers_edit import prune

    file, rules = _waivers_path(arguments), _rule_set(arguments)
    return _put_removed(file, prune(file, rules.settings, _today(arguments), rules.not_run))


def _put_removed(file: Path, told: Sequence[str]) -> int:
    from poolgate.files import relative_to_here

    for line in told or ("no waiver has expired, nothing was removed",):
        streams.put(streams.inert(f"{relative_to_here(file)}: {line}") + "\n")
    return EXIT_CLEAN


def _waivers_export(arguments: argparse.Namespace) -> int:
    from poolgate.files import relative_to_here
    from poolgate.waivers_command import standings
    from poolgate.waivers_export import ENGINE_NOTE, export

    file = arguments.policy_config
    if file is None:
        raise UsageError("name the policy config to write to with --policy-config, or in poolgate.yaml")
    source, rules = _waivers(arguments), _rule_set(arguments)
    done = export(
        file,
        rules,
        standings(source, rules.settings, _today(arguments), rules.not_run),
        arguments.report,
        wider=arguments.allow_wider,
        convert=arguments.convert,
        write=not arguments.check,
    )
    for line in done.changes or (f"{relative_to_here(file)}: nothing to change, {done.exported} exported",):
        streams.put(streams.inert(line) + "\n")
    for line in done.left_out:
        _say(f"not exported: {printable(line)}")
    if done.changes:
        _say(f"note: {ENGINE_NOTE}")
    _say_not_run(arguments, rules.not_run)
    return EXIT_FINDINGS if arguments.check and done.changes else EXIT_CLEAN


def _waivers_path(arguments: argparse.Namespace) -> Path:
    from poolgate.waivers_command import DEFAULT_FILE

    return arguments.waivers or DEFAULT_FILE


def _policy_config(arguments: argparse.Namespace) -> int:
    import json

    from poolgate.report.safe import inert_json

    rules = _rule_set(arguments)
    streams.put(inert_json(json.dumps(rules.config_in_force(), indent=2)) + "\n")
    _say_not_run(arguments, rules.not_run)
    return EXIT_CLEAN


def _finish(
    arguments: argparse.Namespace,
    rules: RuleSet | None,
    work: Callable[[], Tally],
    waivers: Source | None = None,
    checks_left_out: frozenset[str] = frozenset(),
    span: tuple[datetime, float] | None = None,
) -> int:
    """Runs the work, settles its waivers, writes the reports, and tells the exit code.

    `checks_left_out` are poolgate's own checks that a run without rules does not report. `span` is when the work began
    and how many seconds it took, where others have done it.
    """
    import time
    from datetime import UTC, datetime

    from poolgate.report.delivery import Delivery

    delivery = Delivery.of(arguments)
    waiving = _waiving(waivers, rules, _today(arguments)) if waivers else None
    day = _told_day(arguments)
    touched = _touched(arguments)
    started, clock = datetime.now(UTC), time.monotonic()
    # Asked before, as whether it can be added to is: what is behind a network may keep one waiting.
    is_late = _is_late(arguments, span[0] if span else started)
    tally = work()
    started, duration = span or (started, time.monotonic() - clock)
    not_run = rules.not_run if rules else _not_run(arguments)
    if note := not_run.note(getattr(arguments, "rules_not_run", ())):
        tally.note(note)
    for told in (day, touched):
        if told:
            tally.note(told)
    tally.leave_out(checks_left_out)
    _settle(tally, arguments, rules, waiving)
    tally.tell_once()
    is_recorded = getattr(arguments, "history", None) and not tally.partial
    record = _record(arguments, tally, rules, started) if is_recorded and rules else None
    if record is not None and is_late:
        tally.note(LATER)
    if getattr(arguments, "history", None) and tally.partial:
        tally.note("nothing is added to the history: what was not read would be gone from it")
    if rules and arguments.command in _SAY_WHOSE:
        from poolgate.report import whose

        # The history has it as it was found: a file of owners that is put right holds for that, too.
        whose.settle(tally, rules.owners, is_of_all=arguments.command == "audit" and not _is_in_part(arguments, tally))
    report = delivery.report(
        arguments.command,
        tally,
        started=started.isoformat(timespec="seconds"),
        duration=duration,
        rules=_enabled(rules) if rules else (),
        policy_config_digest=rules.digest if rules else None,
        settings=rules.settings if rules else None,
    )
    arguments.is_reported = True
    delivery.write(report)
    if record is not None:
        from poolgate.history.store import add

        add(arguments.history, record)
    return _exit_code(report, is_lenient=arguments.exit_zero)


def _is_late(arguments: argparse.Namespace, started: datetime) -> bool:
    """Whether the history that an audit is added to has one of a later day."""
    if not getattr(arguments, "history", None):
        return False
    from poolgate.history.store import has_later

    return has_later(arguments.history, started)


def _record(arguments: argparse.Namespace, tally: Tally, rules: RuleSet, started: datetime) -> Record:
    """What an audit leaves in its history: all that was found, whatever a baseline leaves out of its report."""
    from poolgate.history.record import record_of
    from poolgate.history.store import new_id

    return record_of(
        tally,
        rules.settings,
        id=new_id(),
        started=started,
        day=_today(arguments),
        policy_config=rules.digest,
        sources=arguments.sources,
    )


def _settle(tally: Tally, arguments: argparse.Namespace, rules: RuleSet | None, waiving: Waiving | None) -> None:
    """What the choice of rules, waivers and the policy config make of the findings."""
    if rules is not None:
        tally.leave_out(rules.checks_left_out)
    if waiving is not None:
        from poolgate.waivers import settle

        settle(tally, arguments.command, waiving, in_part=_is_in_part(arguments, tally))
    if rules is not None:
        rules.unlist(tally)
    if rules is not None and rules.exceptions:
        from poolgate import exemptions

        exemptions.settle(tally, arguments.command, rules, waiving)


def _is_in_part(arguments: argparse.Namespace, tally: Tally) -> bool:
    """Whether a run looked at some of the stacks only, so that a waiver may be for others."""
    of_some = (getattr(arguments, name, None) for name in ("stacks", "shard"))
    return any(of_some) or getattr(arguments, "changed", None) is not None or tally.incomplete != 0


def _touched(arguments: argparse.Namespace) -> str:
    """What a report says of a change that also touches what it is judged by; "" when there is nothing to say.

    Raises UsageError when the command line names where the change begins and git cannot tell.
    """
    named = arguments.changed_since
    if named is None and not any(os.environ.get(variable) for variable in _OF_A_PULL_REQUEST):
        return ""
    from poolgate import changed

    since = changed.since_of(os.environ) if named is None else changed.Since((named,), named)
    if since is None:
        return ""
    start = next(iter(getattr(arguments, "paths", None) or ()), None) or getattr(arguments, "path", None) or Path()
    return changed.note(since, start, _judged_by(arguments), is_asked_for=named is not None)


def _judged_by(arguments: argparse.Namespace) -> list[Path]:
    """The files and folders by which a run judges."""
    given = ("config_found", "policy_config", "waivers", "owners", "policy_pack", "baseline", "base")
    judged_by = [file for name in given if (file := getattr(arguments, name, None)) is not None]
    judged_by += [*(arguments.rules or ()), *arguments.rules_not_run, *arguments.schemas_found]
    return judged_by


def _waiving(waivers: Source, rules: RuleSet | None, today: date) -> Waiving:
    """The waivers under the terms of the policy; what is wrong with those is said before anything is run."""
    from poolgate.own_source import NONE
    from poolgate.waivers import Waiving

    if rules is None:
        return Waiving(waivers, None, today, NONE)
    return Waiving(waivers, rules.settings, today, rules.not_run, rules.checks_left_out)


def _enabled(rules: RuleSet) -> tuple[Rule[Any], ...]:
    from inference_pools.runner import enabled

    return tuple(setting.rule for setting in enabled(rules.settings))


def _exit_code(report: Report, *, is_lenient: bool) -> int:
    """As the run ended: never 0 where no pool was judged, and then it says so, unless something fails.

    In a shard there may be none: only the merge knows whether there is any.
    """
    from poolgate.report.conclusion import Conclusion, judged_nothing
    from poolgate.report.scope import why_nothing

    if report.conclusion is Conclusion.BROKEN:
        return EXIT_INTERNAL
    if report.tally.incomplete:
        return report.tally.incomplete
    if report.conclusion is Conclusion.FAILED and not is_lenient:
        return EXIT_FINDINGS
    if judged_nothing(report.command, report.tally) and report.tally.handover is None:
        _say(f"error: {why_nothing(report)}{report.tally.instead()}")
        return EXIT_NOTHING
    return EXIT_CLEAN


_COMMANDS: Final[Mapping[str, tuple[_Handler, str, Callable[[argparse.ArgumentParser], None]]]] = {
    "check": (_check, "lint stack configs, run each program in process, judge every resource", _check_options),
    "lint": (_lint, "the schema lint alone; runs no program", _lint_options),
    "preview": (_preview, "preview with the real engine and the real pack, without a cloud", _preview_options),
    "sandbox": (_sandbox, "run a command such as `pulumi preview` without a cloud", _sandbox_options),
    "audit": (_audit, "judge deployed state: exports, checkpoints, file backends", _audit_options),
    "merge": (_merge, "make one report of those that `audit --shard` wrote", _merge_options),
    "history": (
        _history,
        "what is new, mended or returned from audit to audit, and the trend; exits 1 for new failures",
        _history_options,
    ),
    "what-if": (
        _what_if,
        "what other rules would find in what is deployed, and whose it is; exits 1 for what would fail",
        _what_if_options,
    ),
    "size": (
        _size,
        "say how large a pool should be: of a declared load, numbers, or a record of requests",
        _size_options,
    ),
    "prices": (_prices_import, "make files of prices of public tables", _prices_commands),
    "init": (_init, "write what a repository needs so that its pools are judged", _init_options),
    "new-rule": (_new_rule, "write a rule of your own, with examples and a test", _new_rule_options),
    "rules": (_rules, "list the rules", _rules_options),
    "explain": (_explain, "say what a rule asks, why, and how to meet it", _explain_options),
    "schema": (_schema, "print a JSON Schema, or list all there are", _schema_options),
    "waivers": (_waivers_list, "list, lint, add, extend, remove, prune or export waivers", _waiver_commands),
    "diff": (_diff, "what came and went between two JSON reports; exits 1 for new failures", _diff_options),
    "doctor": (
        _doctor,
        "say what is installed, what was found, and what stands in the way; runs nothing",
        _doctor_options,
    ),
    "completions": (_completions, "print what a shell needs to complete poolgate", _completions_options),
    "policy-config": (_policy_config, "print the policy config that is in force, in full", _rule_options),
}
"""The commands: what runs each, what it does, and what adds its options."""
