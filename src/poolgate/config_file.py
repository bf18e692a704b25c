"""poolgate.yaml: what poolgate does unless its command line or its environment say otherwise.

What stands on the command line goes before the environment, the environment before the file. The file is looked for
where the linted or checked path is, and from there upwards as far as the root of the repository or the boundary of
the file system, so that a run means the same wherever it is started.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from poolgate.errors import UsageError
from poolgate.files import is_file, is_folder, is_there, relative_to_here
from poolgate.left_out import NOTHING, LeftOut

if TYPE_CHECKING:
    from poolgate.lint.messages import Problem
    from poolgate.lint.schema_lint import LintOptions
    from poolgate.lint.yaml_reader import Document, KeyPath

NAME: Final = "poolgate.yaml"
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
    rules: tuple[Path, ...] = ()
    policy_pack: Path | None = None
    schemas: Mapping[str, Path] = MappingProxyType({})
    """By name of a project, or by its folder, a whole path."""
    exclude: tuple[str, ...] = ()


VARIABLES: Final[Mapping[str, str]] = {
    "policy_config": "POOLGATE_POLICY_CONFIG",
    "profile": "POOLGATE_PROFILE",
    "rule_set": "POOLGATE_RULE_SET",
    "select": "POOLGATE_SELECT",
    "ignore": "POOLGATE_IGNORE",
    "fail_on": "POOLGATE_FAIL_ON",
    "fail_on_not_judged": "POOLGATE_FAIL_ON_NOT_JUDGED",
    "waivers": "POOLGATE_WAIVERS",
    "rules": "POOLGATE_RULES",
    "policy_pack": "POOLGATE_POLICY_PACK",
}
"""The variable of the environment for each option of the command line that the file may set."""
_LINTING: Final = frozenset(("lint", "check", "schema", "doctor"))
RUNNING: Final = frozenset(("check", "preview"))
"""The commands that run what a repository holds: its programs, and so the rules that its poolgate.yaml names."""
_PATHS: Final = frozenset(("policy_config", "waivers", "policy_pack"))
_LISTS: Final = frozenset(("select", "ignore"))
_PATH_LISTS: Final = frozenset(("rules",))
_SWITCHES: Final = frozenset(("fail_on_not_judged",))
_WORDS: Final = {"true": True, "1": True, "false": False, "0": False}


def complete(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> None:
    """Gives each option that the command line leaves open what the environment or else poolgate.yaml says.

    A command that lints gets `lint_options` besides: what poolgate.yaml and the policy config say about the lint.
    Raises UsageError, with file, line and key, for a poolgate.yaml that says what it cannot.
    """
    found = _named(arguments, environment)
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
    environment, has asked for it to be run (docs/decisions/0015-own-rules-run-with-programs.md).
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


def find(paths: Sequence[Path]) -> Path | None:
    """The poolgate.yaml for these paths. Raises UsageError when they have different ones: a run has one."""
    found = {path: _nearest(path) for path in paths}
    different = sorted({relative_to_here(file) for file in found.values() if file})
    if len(different) > 1 or (different and None in found.values()):
        raise UsageError(
            f"the paths do not have the same {NAME} ({' and '.join(different)} for some of them); "
            "run poolgate for each of them, or name the file to use with --config"
        )
    return next(iter(found.values()), None)


def _nearest(path: Path) -> Path | None:
    start = path.absolute() if is_folder(path) else path.absolute().parent
    for folder in _upwards(start):
        if is_file(folder / NAME):
            return folder / NAME
    return None


def _upwards(start: Path) -> Iterator[Path]:
    """The folder and those above it, as far as the root of a repository or another file system."""
    device = start.stat().st_dev if is_there(start) else None
    for folder in (start, *start.parents):
        if is_there(folder) and folder.stat().st_dev != device:
            return
        yield folder
        if is_there(folder / ".git"):
            return


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
        return _beside(file, value[name]) if name in value else None

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
        rules=tuple(_beside(file, written) for written in value.get("rules", ())),
        policy_pack=path("policyPack"),
        schemas={_of_project(file, key): _beside(file, schema) for key, schema in value.get("schemas", {}).items()},
        exclude=tuple(value.get("exclude", ())),
    )


def _of_project(file: Path, key: str) -> str:
    """A project as a key of `schemas` names it: its name, or its whole path where the key is the way to its folder."""
    return os.path.abspath(file.parent / key) if "/" in key else key  # noqa: PTH100 - as LintOptions looks it up


def left_out(found: ConfigFile | None) -> LeftOut:
    """What a poolgate.yaml leaves out."""
    return LeftOut(found.file.parent, found.exclude) if found else NOTHING


def _beside(file: Path, written: str) -> Path:
    return Path(relative_to_here(file.parent / written))


def named_file(file: Path, key: str) -> Path | None:
    """The file that a poolgate.yaml names under a key, whatever else is wrong with it; None where it names none."""
    written = _value_of(file, key)
    return _beside(file, written) if isinstance(written, str) and written else None


def own_rules_of(file: Path) -> tuple[Path, ...]:
    """The files with rules of a team's own that a poolgate.yaml names, whatever else is wrong with it."""
    named = _value_of(file, "rules")
    return tuple(_beside(file, one) for one in named if isinstance(one, str) and one) if isinstance(named, list) else ()


def _value_of(file: Path, key: str) -> Any:
    from poolgate.lint.yaml_reader import read_yaml

    try:
        value = read_yaml(file).value
    except UsageError:
        return None
    return value.get(key) if isinstance(value, dict) else None


def problems_of(document: Document) -> Iterator[Problem]:
    """What a schema cannot say of a poolgate.yaml: files that are missing, rules that are not there."""
    value = document.value
    if not isinstance(value, dict) or document.file is None:
        return
    yield from _missing_files(value, document.file.parent)
    yield from _unknown_rules(value, own_rules_of(document.file))


def _missing_files(value: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    from poolgate.lint.messages import Problem

    schemas = value.get("schemas")
    named: list[tuple[KeyPath, Any]] = [((key,), value.get(key)) for key in ("policyConfig", "waivers")]
    named += [(("schemas", project), file) for project, file in _items(schemas)]
    rules = value.get("rules")
    named += [(("rules", index), file) for index, file in enumerate(rules if isinstance(rules, list) else ())]
    for path, written in named:
        if isinstance(written, str) and written and not is_file(folder / written):
            yield Problem(path, f"there is no file '{written}' beside {NAME}")
    pack = value.get("policyPack")
    if isinstance(pack, str) and pack and not is_file(folder / pack / "PulumiPolicy.yaml"):
        yield Problem(("policyPack",), f"there is no policy pack in '{pack}' beside {NAME}")


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _unknown_rules(value: Mapping[str, Any], own: Sequence[Path]) -> Iterator[Problem]:
    from poolgate.lint.messages import Problem, closest

    wanted = [(key, value.get(key)) for key in ("select", "ignore") if isinstance(value.get(key), list)]
    if not wanted:
        return
    from inference_pools.rules import ALL
    from poolgate import own_source

    sketches = own_source.read(own)
    if not sketches.is_complete:
        return
    ids = [*(rule.id for rule in ALL), *sketches.ids]
    for key, prefixes in wanted:
        for index, prefix in enumerate(prefixes or ()):
            if isinstance(prefix, str) and not any(id_.startswith(prefix) for id_ in ids):
                yield Problem((key, index), f"no rule is called '{prefix}'{closest(prefix, ids)}")
