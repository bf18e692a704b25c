"""The command line: parse, build, run, exit code. Nothing here judges."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from inference_pools.finding import Outcome, Severity
from inference_pools.version import __version__
from poolgate.errors import NothingMatchedError, PoolgateError, UsageError

if TYPE_CHECKING:
    from datetime import date

    from inference_pools.rule import Rule
    from poolgate.findings import Tally
    from poolgate.rule_set import RuleSet

EXIT_CLEAN: Final = 0
EXIT_FINDINGS: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERNAL: Final = 3
EXIT_NOTHING: Final = 4

MOST_JOBS: Final = 64

_EPILOG: Final = """\
exit codes: 0 clean, 1 findings, 2 usage or configuration error, 3 internal error or broken rule, 4 nothing matched
"""


def run(arguments: Sequence[str]) -> int:
    """Runs a command and returns its exit code. Findings go to stdout, all else to stderr."""
    parser = _parser()
    try:
        parsed = parser.parse_args(arguments)
        handler: Callable[[argparse.Namespace], int] = parsed.handler
        return handler(parsed)
    except PoolgateError as error:
        _say(f"error: {error}")
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_INTERNAL
    except KeyboardInterrupt:
        return 130
    except Exception:
        traceback.print_exc()
        _say("error: this is a bug in poolgate; nothing above may be taken for a verdict")
        return EXIT_INTERNAL


def _say(message: str) -> None:
    sys.stderr.write(f"poolgate: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="poolgate",
        description="Keeps the configuration of machine-learning inference pools right.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"poolgate {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    check = _command(commands, "check", _check, "lint stack configs, run each program in process, judge every resource")
    _paths(check)
    _common(check)
    _program_options(check)

    lint = _command(commands, "lint", _lint, "the schema lint alone; runs no program")
    _paths(lint)
    _output(lint)

    preview = _command(commands, "preview", _preview, "preview with the real engine and the real pack, without a cloud")
    preview.add_argument("path", nargs="?", type=Path, default=Path(), help="a Pulumi project (default: here)")
    preview.add_argument("-s", "--stack", help="the stack; default: every stack of the project")
    preview.add_argument("--policy-pack", type=Path, metavar="DIR", help="the pack; default: poolgate's own")
    _common(preview)
    _program_options(preview)

    sandbox = _command(commands, "sandbox", _sandbox, "run a command such as `pulumi preview` without a cloud")
    sandbox.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command to run")

    audit = _command(commands, "audit", _audit, "judge deployed state: exports, checkpoints, file backends")
    audit.add_argument("sources", nargs="+", metavar="SOURCE", help="a file, a folder or a file:// backend")
    audit.add_argument("--jobs", type=_jobs, metavar="N", help="how many processes; default: as many as it is worth")
    _common(audit)

    rules = _command(commands, "rules", _rules, "list the rules")
    rules.add_argument("--format", choices=("text", "json"), default="text")
    _own_rules(rules)
    explain = _command(commands, "explain", _explain, "say what a rule asks, why, and how to meet it")
    explain.add_argument("rule")
    _own_rules(explain)
    schema = _command(commands, "schema", _schema, "print a JSON Schema")
    schema.add_argument("name", help="policy-config, report, pulumi-project, pulumi-stack, pulumi-policy or pool")
    config = _command(commands, "policy-config", _policy_config, "print the policy config that is in force, in full")
    _rule_options(config)
    return parser


def _command(
    commands: Any, name: str, handler: Callable[[argparse.Namespace], int], summary: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=f"{summary}.")
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


def _output(parser: argparse.ArgumentParser) -> None:
    from poolgate.report import FORMATS

    parser.add_argument("--format", action="append", choices=FORMATS, help="the report's format; may be repeated")
    parser.add_argument(
        "--output", action="append", type=Path, metavar="FILE", help="where to write it; one for each --format"
    )
    parser.add_argument("--exit-zero", action="store_true", help="exit 0 whatever is found")
    parser.add_argument(
        "--fail-on", choices=[str(severity) for severity in Severity], metavar="SEVERITY",
        help="exit 1 for findings at or above low, medium, high or critical, instead of for mandatory ones",
    )  # fmt: skip


def _common(parser: argparse.ArgumentParser) -> None:
    _output(parser)
    parser.add_argument("--select", action="append", metavar="RULE", help="run these rules only (id or prefix)")
    parser.add_argument("--ignore", action="append", metavar="RULE", help="do not run these rules (id or prefix)")
    _rule_options(parser)


def _rule_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy-config", type=Path, metavar="FILE", help="levels and options, in Pulumi's format")
    parser.add_argument("--profile", help="a shipped policy config, under that of the file: baseline or strict")
    parser.add_argument("--rule-set", metavar="VERSION", help="leave out rules that came after a version (2026.12)")
    _own_rules(parser)


def _own_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rules", type=Path, action="append", metavar="FILE",
        help="rules of your own beside poolgate's: a Python file with a list RULES; may be repeated",
    )  # fmt: skip


def _program_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--previous", type=Path, action="append", metavar="EXPORT",
        help="what is deployed now (pulumi stack export --file EXPORT), for rules that judge a change; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--read-fixtures", type=Path, metavar="FILE", help="answers to the program's reads (get_*, list_*)"
    )
    parser.add_argument(
        "--timeout", type=float, default=300.0, metavar="SECONDS", help="the limit for one stack (default: 300)"
    )


def _rule_set(arguments: argparse.Namespace) -> RuleSet:
    from inference_pools.rule_sets import PIN_VARIABLE
    from poolgate import own_rules
    from poolgate.rule_set import load

    return load(
        arguments.policy_config,
        own=own_rules.load(arguments.rules or ()),
        profile=arguments.profile,
        pin=arguments.rule_set or os.environ.get(PIN_VARIABLE),
        select=getattr(arguments, "select", None),
        ignore=getattr(arguments, "ignore", None),
    )


def _today() -> date:
    """The day to judge by. Raises UsageError when the environment names one that is none."""
    from datetime import UTC, datetime

    from inference_pools.context import day_to_judge_by

    try:
        return day_to_judge_by(os.environ, datetime.now(UTC))
    except ValueError as error:
        raise UsageError(str(error)) from None


def _check(arguments: argparse.Namespace) -> int:
    from poolgate import previous
    from poolgate.check import check

    rules = _rule_set(arguments)
    before = previous.load(previous.named(arguments.previous, os.environ))
    return _finish(
        arguments,
        rules,
        lambda: check(
            arguments.paths,
            rules.settings,
            timeout=arguments.timeout,
            read_fixtures=arguments.read_fixtures,
            today=_today(),
            previous=before,
        ),
    )


def _lint(arguments: argparse.Namespace) -> int:
    from poolgate.check import lint

    return _finish(arguments, None, lambda: lint(arguments.paths))


def _preview(arguments: argparse.Namespace) -> int:
    from poolgate import previous
    from poolgate.sources.preview import preview

    rules = _rule_set(arguments)
    exports = previous.named(arguments.previous, os.environ)
    previous.load(exports)  # said here by name; in the pack it would end the preview
    return _finish(
        arguments,
        rules,
        lambda: preview(
            arguments.path,
            arguments.stack,
            rules,
            pack=arguments.policy_pack,
            variables=previous.variables(exports),
            timeout=arguments.timeout,
            read_fixtures=arguments.read_fixtures,
        ),
    )


def _sandbox(arguments: argparse.Namespace) -> int:
    from poolgate.sandbox.workspace import sandbox_command

    return sandbox_command(arguments.arguments)


def _audit(arguments: argparse.Namespace) -> int:
    from poolgate.audit.run import audit

    rules = _rule_set(arguments)
    return _finish(
        arguments,
        rules,
        lambda: audit(arguments.sources, rules.settings, report=_say, today=_today(), jobs=arguments.jobs),
    )


def _rules(arguments: argparse.Namespace) -> int:
    from poolgate.explain import rules_json, rules_table

    show = rules_json if arguments.format == "json" else rules_table
    sys.stdout.write(show(_every_rule(arguments)))
    return EXIT_CLEAN


def _explain(arguments: argparse.Namespace) -> int:
    from poolgate.explain import explain

    sys.stdout.write(explain(arguments.rule, _every_rule(arguments)))
    return EXIT_CLEAN


def _every_rule(arguments: argparse.Namespace) -> Sequence[Rule[Any]]:
    from inference_pools.rules import ALL
    from poolgate import own_rules

    return (*ALL, *own_rules.load(arguments.rules or ()))


def _schema(arguments: argparse.Namespace) -> int:
    from poolgate.explain import schema_text

    sys.stdout.write(schema_text(arguments.name))
    return EXIT_CLEAN


def _policy_config(arguments: argparse.Namespace) -> int:
    import json

    sys.stdout.write(json.dumps(_rule_set(arguments).engine_config(), indent=2) + "\n")
    return EXIT_CLEAN


@dataclass(frozen=True, slots=True)
class _Target:
    format: str
    file: Path | None


def _targets(arguments: argparse.Namespace) -> list[_Target]:
    """Where each report goes: one to stdout, or as many files as formats."""
    formats = arguments.format or ["text"]
    outputs = arguments.output or []
    if outputs and len(outputs) != len(formats):
        raise UsageError(f"{len(formats)} --format and {len(outputs)} --output: give each format its file")
    if not outputs and len(formats) > 1:
        raise UsageError("several --format need an --output each")
    return [_Target(format_, file) for format_, file in zip(formats, outputs or [None] * len(formats), strict=True)]


def _finish(arguments: argparse.Namespace, rules: RuleSet | None, work: Callable[[], Tally]) -> int:
    """Runs the work, writes the reports, and tells the exit code."""
    import time
    from datetime import UTC, datetime

    from poolgate.files import write_atomically
    from poolgate.report import Report, render

    targets = _targets(arguments)
    started, clock = datetime.now(UTC), time.monotonic()
    tally = work()
    report = Report(
        command=arguments.command,
        tally=tally,
        started=started.isoformat(timespec="seconds"),
        duration=time.monotonic() - clock,
        version=__version__,
        policy_config_digest=rules.digest if rules else None,
    )
    for target in targets:
        text = render(report, target.format)
        if target.file:
            write_atomically(target.file, text)
        else:
            sys.stdout.write(text)
    sys.stdout.flush()
    return _exit_code(arguments, tally)


def _exit_code(arguments: argparse.Namespace, tally: Tally) -> int:
    if tally.outcomes[Outcome.BROKEN]:
        return EXIT_INTERNAL
    if arguments.command != "lint" and not tally.pools and not tally.findings:
        stacks = "one stack" if tally.stacks == 1 else f"{tally.stacks} stacks"
        raise NothingMatchedError(f"no inference pool among the resources of {stacks}")
    fail_on = Severity(arguments.fail_on) if arguments.fail_on else None
    fails = any(tally.failing(fail_on))
    return EXIT_FINDINGS if fails and not arguments.exit_zero else EXIT_CLEAN
