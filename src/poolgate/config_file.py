"""poolgate.yaml: what poolgate does unless its command line or its environment say otherwise.

What stands on the command line goes before the environment, the environment before the file. The file is looked for
where the linted or checked path is, and from there upwards as far as the root of the repository or the boundary of
the file system, so that a run means the same wherever it is started (`lint.poolgate_yaml`).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from poolgate.errors import UsageError
from poolgate.files import relative_to_here
from poolgate.left_out import NOTHING, LeftOut
from poolgate.lint.poolgate_yaml import beside, find

if TYPE_CHECKING:
    from poolgate.lint.schema_lint import LintOptions

FILE_VARIABLE: Final = "POOLGATE_CONFIG"


class ConfigFile(NamedTuple):
    """What a poolgate.yaml says; None, or nothing, where it is silent. Paths lead from the current folder."""

    file: Path
    policy_config: Path | None = None
    profile: str | None = None
    rule_set: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    fail_on_not_judged: bool | None = None
    waivers: Path | None = None
    owners: Path | None = None
    rules: tuple[Path, ...] = ()
    policy_pack: Path | None = None
    schemas: Mapping[str, Path] = MappingProxyType({})
    """By name of a project, or by its folder, a whole path."""
    exclude: tuple[str, ...] = ()
    shared: tuple[Path, ...] | None = None
    """What programs read outside of their projects; None where nobody has said it."""


VARIABLES: Final[Mapping[str, str]] = {
    "policy_config": "POOLGATE_POLICY_CONFIG",
    "profile": "POOLGATE_PROFILE",
    "rule_set": "POOLGATE_RULE_SET",
    "select": "POOLGATE_SELECT",
    "ignore": "POOLGATE_IGNORE",
    "fail_on": "POOLGATE_FAIL_ON",
    "fail_on_not_judged": "POOLGATE_FAIL_ON_NOT_JUDGED",
    "waivers": "POOLGATE_WAIVERS",
    "owners": "POOLGATE_OWNERS",
    "rules": "POOLGATE_RULES",
    "policy_pack": "POOLGATE_POLICY_PACK",
}
"""The variable of the environment for each option of the command line that the file may set."""
_LINTING: Final = frozenset(("lint", "check", "schema", "doctor", "size"))
RUNNING: Final = frozenset(("check", "preview"))
"""The commands that run what a repository holds: its programs, and so the rules that its poolgate.yaml names."""
_PATHS: Final = frozenset(("policy_config", "waivers", "owners", "policy_pack"))
_LISTS: Final = frozenset(("select", "ignore"))
_PATH_LISTS: Final = frozenset(("rules",))
_SWITCHES: Final = frozenset(("fail_on_not_judged",))
_WORDS: Final = {"true": True, "1": True, "false": False, "0": False}


def complete(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> None:
    """Gives each option that the command line leaves open what the environment or else poolgate.yaml says; `on_line`
    names those that it does not leave open.

    A command that lints gets `lint_options` besides: what poolgate.yaml and the policy config say about the lint.
    Raises UsageError, with file, line and key, for a poolgate.yaml that says what it cannot.
    """
    found = _named(arguments, environment)
    arguments.on_line = frozenset(name for name in VARIABLES if getattr(arguments, name, None) is not None)
    alone = _standing_alone(arguments)
    for name, variable in VARIABLES.items():
        value = getattr(arguments, name, None)
        if name in alone:
            setattr(arguments, name, value)
            continue
        if value is None and environment.get(variable):
            value = _from_environment(name, environment[variable])
        if value is None and found is not None and name != "rules":
            value = _from_file(found, name)
        setattr(arguments, name, value)
    _set_rules(arguments, found)
    arguments.config_found = found.file if found is not None else None
    arguments.shared = found.shared if found is not None else None
    arguments.schemas_found = tuple(found.schemas.values()) if found is not None else ()
    _refuse_severity(arguments)
    arguments.left_out = left_out(found)
    if getattr(arguments, "command", None) in _LINTING:
        arguments.lint_options = _lint_options(found, arguments.policy_config)


def _standing_alone(arguments: argparse.Namespace) -> frozenset[str]:
    """The options for which neither environment nor file are asked: the profile under a policy config that the
    command line names. The engine's own `--policy-pack-config` stands alone in the gate, for no pack can tell what of
    it the engine has filled in; so that the two mean the same, it does so here.
    """
    return frozenset(("profile",)) if getattr(arguments, "policy_config", None) is not None else frozenset()


def _set_rules(arguments: argparse.Namespace, found: ConfigFile | None) -> None:
    """Gives commands that run the repository's programs its own rules, too; the others are told which to leave alone.

    A poolgate.yaml is part of what is judged: it can name any file. Who names one on the command line, or in the
    environment, has asked for it to be run (docs/decisions/0010-own-rules-run-with-programs.md).
    """
    named = found.rules if found is not None else ()
    if arguments.rules is None and getattr(arguments, "command", None) in RUNNING:
        arguments.rules = list(named) or None
    run = {file.resolve() for file in arguments.rules or ()}
    arguments.rules_not_run = tuple(file for file in named if file.resolve() not in run)


def _from_environment(name: str, text: str) -> Any:
    if name in _LISTS:
        return [part.strip() for part in text.split(",") if part.strip()] or None
    if name in _PATH_LISTS:
        return [Path(part) for part in text.split(os.pathsep) if part] or None
    if name in _SWITCHES:
        if text.casefold() not in _WORDS:
            raise UsageError(f"is {text!r}, expected true or false", key=VARIABLES[name])
        return _WORDS[text.casefold()]
    return Path(text) if name in _PATHS else text


def _from_file(found: ConfigFile, name: str) -> Any:
    value = getattr(found, name)
    return list(value) or None if name in _LISTS | _PATH_LISTS else value


def _lint_options(found: ConfigFile | None, policy_config: Path | None) -> LintOptions:
    from poolgate.lint.schema_lint import LintOptions

    schemas = {project: file.absolute() for project, file in found.schemas.items()} if found else {}
    return LintOptions(schemas, _required_tags(policy_config), left_out(found), found.file.parent if found else None)


def _required_tags(policy_config: Path | None) -> tuple[str, ...]:
    """The tags that the policy config requires, as it writes them. What is wrong with it is told elsewhere."""
    if policy_config is None:
        return ()
    from poolgate.lint.json_reader import read_json

    try:
        config = read_json(policy_config).value
        rules = config["policies"] if "version" in config else config
        names = rules["tags-required"]["required"]
    except (UsageError, LookupError, TypeError):
        return ()
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _refuse_severity(arguments: argparse.Namespace) -> None:
    """The command line has its own check; what comes from elsewhere is checked here."""
    from inference_pools.levels import Severity

    written = getattr(arguments, "fail_on", None)
    if written is not None and written not in list(Severity):
        raise UsageError(f"is {written!r}, expected one of {', '.join(Severity)}", key=VARIABLES["fail_on"])


def _named(arguments: argparse.Namespace, environment: Mapping[str, str]) -> ConfigFile | None:
    """The poolgate.yaml of a run: the one that is named, else the one that is found."""
    if getattr(arguments, "no_config", False):
        return None
    named = getattr(arguments, "config", None) or environment.get(FILE_VARIABLE)
    if named:
        return load(Path(named))
    paths = getattr(arguments, "paths", None) or [getattr(arguments, "path", None) or Path()]
    found = find(paths)
    return load(found) if found else None


def load(file: Path) -> ConfigFile:
    """What a poolgate.yaml says. Raises UsageError, with file, line and key, when it says what it cannot."""
    from poolgate.lint.files import POOLGATE, lint_file
    from poolgate.lint.yaml_reader import read_yaml

    wrong = [finding for finding in lint_file(file, POOLGATE) if finding.severity == "error"]
    if wrong:
        first, rest = wrong[0], len(wrong) - 1
        more = f" (and {rest} more; `poolgate lint --no-config` tells them all)" if rest else ""
        raise UsageError(first.message + more, file=relative_to_here(file), line=first.line, key=first.key_path)
    return _contents(file, read_yaml(file).value or {})


def _contents(file: Path, value: Mapping[str, Any]) -> ConfigFile:
    def path(name: str) -> Path | None:
        return beside(file, value[name]) if name in value else None

    return ConfigFile(
        file=file,
        policy_config=path("policyConfig"),
        profile=value.get("profile"),
        rule_set=value.get("ruleSet"),
        select=tuple(value.get("select", ())),
        ignore=tuple(value.get("ignore", ())),
        fail_on=value.get("failOn"),
        fail_on_not_judged=value.get("failOnNotJudged"),
        waivers=path("waivers"),
        owners=path("owners"),
        rules=tuple(beside(file, written) for written in value.get("rules", ())),
        policy_pack=path("policyPack"),
        schemas={_of_project(file, key): beside(file, schema) for key, schema in value.get("schemas", {}).items()},
        exclude=tuple(value.get("exclude", ())),
        shared=tuple(beside(file, written) for written in value["shared"]) if "shared" in value else None,
    )


def _of_project(file: Path, key: str) -> str:
    """A project as a key of `schemas` names it: its name, or its whole path where the key is the way to its folder."""
    return os.path.abspath(file.parent / key) if "/" in key else key  # noqa: PTH100 - as LintOptions looks it up


def left_out(found: ConfigFile | None) -> LeftOut:
    """What a poolgate.yaml leaves out."""
    return LeftOut(found.file.parent, found.exclude) if found else NOTHING
