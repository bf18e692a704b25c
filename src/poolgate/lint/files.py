"""The files that are linted beside those of Pulumi projects, and how each of them is read and judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from inference_pools import own_checks
from inference_pools.own_checks import (
    CONFIG_SCHEMA,
    OWNERS_SCHEMA,
    POLICY_CONFIG_SCHEMA,
    POLICY_SCHEMA,
    POOLGATE_SCHEMA,
    WAIVERS_SCHEMA,
    YAML_SYNTAX,
    CheckId,
)
from poolgate import own_source
from poolgate.files import is_file
from poolgate.left_out import NOTHING, LeftOut
from poolgate.lint import poolgate_yaml
from poolgate.lint.document import Document, KeyPath, YamlError
from poolgate.lint.json_reader import read_json
from poolgate.lint.messages import Problem, in_plain_words
from poolgate.lint.project import refuse_missing, walk
from poolgate.lint.schema_files import SCHEMAS, SUFFIX, packaged
from poolgate.lint.schema_lint import (
    LintFinding,
    lint_document,
    located,
    once_each,
)
from poolgate.lint.schema_store import load_schema
from poolgate.lint.yaml_reader import read_yaml
from poolgate.own_source import NONE, Sketches

if TYPE_CHECKING:
    from inference_pools.rule import Rule


class OwnRules(NamedTuple):
    """Rules of a team's own: those that were run, and those that are known by name only."""

    run: tuple[Rule[Any], ...] = ()
    not_run: Sketches = NONE

    @property
    def ids(self) -> frozenset[str]:
        """What they are called."""
        return frozenset((*(rule.id for rule in self.run), *self.not_run.ids))


NO_OWN_RULES: Final = OwnRules()


class Ran(NamedTuple):
    """Files of a team's own rules that were run, and the rules that came of it."""

    files: tuple[Path, ...] = ()
    rules: tuple[Rule[Any], ...] = ()


NOTHING_RAN: Final = Ran()

POLICIES: Final = "policies"
EXCEPTIONS: Final = "exceptions"
"""Keys of a policy config of version 2; the library that reads one is not imported for most lints."""


class FileKind(NamedTuple):
    """A kind of file: the names it goes by, the schema that judges it, and the rule its findings carry.

    `more` tells what the schema cannot say; it is asked only of a file that the schema takes, unless it is `robust`.
    `is_open` says that there may be more keys at the root than the schema knows: all that are in `own`, the rules of
    a team's own, and any where not all of those are known.
    """

    schema: str
    rule: CheckId
    names: tuple[str, ...] = ()
    read: Callable[[Path], Document] = read_yaml
    more: Callable[[Document, OwnRules], Iterator[Problem]] = lambda *_: iter(())
    robust: bool = False
    is_open: bool = False
    own: OwnRules = NO_OWN_RULES


def _policy_config_problems(document: Document, own: OwnRules) -> Iterator[Problem]:
    """What the rules say of their configuration."""
    from inference_pools.policy_config import (
        RESERVED,
        ConfigError,
        contents,
        parse,
        refuse_forbidden,
        refuse_not_exempt,
    )
    from inference_pools.rules import ALL

    known = [*(rule.id for rule in ALL), *own.ids]
    found, wrong = contents(document.value, known, is_open=not own.not_run.is_complete)
    for error in wrong:
        yield Problem(error.keys, error.message)
    if wrong:
        return
    config = {key: value for key, value in found.policies.items() if key != RESERVED or found.root}
    try:
        others = own.not_run.ids if own.not_run.is_complete else config
        settings = parse(config, (*ALL, *own.run), others=others)
        refuse_not_exempt(found.exceptions, settings)
        refuse_forbidden(found.exceptions, settings)
    except ConfigError as error:
        is_exception = error.keys[:1] == (EXCEPTIONS,)
        yield Problem(error.keys if is_exception else (*found.root, *error.keys), error.message)


# These import the library of rules, which most lints can do without.
def _read_waivers(file: Path) -> Document:
    from poolgate.lint.waivers_reader import read_waivers

    return read_waivers(file)


def _waivers_problems(document: Document, _: OwnRules) -> Iterator[Problem]:
    from poolgate.lint.waivers_reader import problems_of

    return problems_of(document)


def _owners_problems(document: Document, _: OwnRules) -> Iterator[Problem]:
    from inference_pools.owners_file import parse

    for problem in parse(document.value)[1]:
        yield Problem(problem.keys, problem.message)


POLICY_PACK: Final = FileKind("pulumi-policy", POLICY_SCHEMA, ("PulumiPolicy.yaml", "PulumiPolicy.yml"))
POLICY_CONFIG: Final = FileKind(
    "policy-config", POLICY_CONFIG_SCHEMA, ("policy-config.json",), read=read_json, more=_policy_config_problems
)
"""Found where a poolgate.yaml names it; by its name only when it is pointed at, for it may be another program's."""
POLICY_CONFIG_OF_OWN_RULES: Final = POLICY_CONFIG._replace(names=(), is_open=True)
"""One for rules of a team's own beside ours: what those are called their source tells."""
POOLGATE: Final = FileKind(
    "poolgate",
    POOLGATE_SCHEMA,
    (poolgate_yaml.NAME,),
    more=lambda document, _: poolgate_yaml.problems_of(document),
    robust=True,
)
WAIVERS: Final = FileKind("waivers", WAIVERS_SCHEMA, ("waivers.yaml",), read=_read_waivers, more=_waivers_problems)
OWNERS: Final = FileKind("owners", OWNERS_SCHEMA, ("owners.yaml",), read=_read_waivers, more=_owners_problems)

SCHEMA: Final = FileKind("", CONFIG_SCHEMA)
"""A schema where those of projects lie. The projects that use it are what is linted: see `poolgate.lint.schema_use`."""

KINDS: Final = (POLICY_PACK, POOLGATE, WAIVERS, OWNERS)
"""The kinds that are known by their names; a further one is a line here."""

_NAMES: Final = frozenset(name for kind in KINDS for name in kind.names)


def lint_file(file: Path, kind: FileKind) -> list[LintFinding]:
    """The findings of one file. A file that cannot be parsed is a finding; UsageError is raised for one unreadable."""
    try:
        document = kind.read(file)
    except YamlError as error:
        return [
            LintFinding(
                file, error.position.line, error.position.column, YAML_SYNTAX, (), in_plain_words(error.problem)
            )
        ]
    findings = list(lint_document(document, kind.schema, kind.rule))
    if kind.rule == POLICY_CONFIG_SCHEMA and findings and isinstance(document.value, dict):
        further = _beyond(document.value, load_schema(packaged(kind.schema)).contents["properties"])
        checks = {keys for keys in further if own_checks.not_configured(str(keys[-1]))}
        findings = [
            finding._replace(message=own_checks.not_configured(str(finding.keys[-1])))
            if finding.keys in checks
            else finding
            for finding in findings
            if finding.keys in checks or not (kind.is_open and _is_own(finding.keys, further, kind.own))
        ]
    if kind.robust or not any(finding.severity == "error" for finding in findings):
        findings += [located(document, kind.rule, problem) for problem in kind.more(document, kind.own)]
    return once_each(findings)


def _is_own(keys: KeyPath, further: Collection[KeyPath], own: OwnRules) -> bool:
    """Whether keys lead to what a policy config says of a rule of a team's own, as far as those are known."""
    return keys in further and (not own.not_run.is_complete or keys[-1] in own.ids)


def _beyond(value: Mapping[str, Any], known: Mapping[str, Any]) -> set[KeyPath]:
    """The keys of the rules in a policy config that are not ours, in either form that one has."""
    policies = value.get(POLICIES)
    nested = policies.keys() - known.keys() if isinstance(policies, dict) else ()
    return {*((key,) for key in value.keys() - known.keys()), *((POLICIES, key) for key in nested)}


def find_files(
    paths: Iterable[Path], ran: Ran = NOTHING_RAN, left_out: LeftOut = NOTHING
) -> list[tuple[Path, FileKind]]:
    """The files under the paths that are linted beside those of projects, each once, in order.

    Those that a poolgate.yaml names are among them. Virtual environments, node_modules and hidden folders are passed
    over. `ran` are rules of a team's own that were run. Raises UsageError when a path does not exist.
    """
    found: dict[Path, tuple[Path, FileKind]] = {}
    for path in paths:
        refuse_missing(path)
        if is_file(path):
            known = [(path, kind_of(path, ran))]
        else:
            known = [(file, _kind_by_name(file)) for file in _walk(path, left_out)]
        for file, known_kind in known:
            if known_kind is not None and not left_out.covers(file):
                found.setdefault(file.resolve(), (file, known_kind))
    for file in [file for file, kind in found.values() if kind is POOLGATE]:
        for named, kind in _named_in(file, ran):
            found.setdefault(named.resolve(), (named, kind))  # what it is called says more than where it is named
    return sorted(found.values(), key=lambda entry: entry[0])


def without(paths: Iterable[Path], files: Iterable[tuple[Path, FileKind]]) -> list[Path]:
    """The paths that are not themselves among the files: one of those says nothing about the project it may lie in."""
    alone = {file.resolve() for file, _ in files}
    return [path for path in paths if path.resolve() not in alone]


def kind_of(file: Path, ran: Ran = NOTHING_RAN) -> FileKind | None:
    """What a file that somebody points at is, if it is one of those: by its name, or by what a poolgate.yaml says."""
    kind = _kind_by_name(file)
    if kind is not None:
        return kind
    around = poolgate_yaml.find([file])
    named = {other.resolve(): kind for other, kind in (_named_in(around, ran) if around else ())}
    return named.get(file.resolve()) or (POLICY_CONFIG if file.name in POLICY_CONFIG.names else None)


def _kind_by_name(file: Path) -> FileKind | None:
    if file.name.endswith(SUFFIX) and file.absolute().parent.name == SCHEMAS:
        return SCHEMA
    return next((kind for kind in KINDS if file.name in kind.names and packaged(kind.schema).is_file()), None)


def _named_in(file: Path, ran: Ran) -> Iterator[tuple[Path, FileKind]]:
    """What a poolgate.yaml names, as far as it is there; what is wrong with the names is told of the poolgate.yaml."""
    files = poolgate_yaml.own_rules_of(file)
    run = {other.resolve() for other in ran.files}
    sketches = own_source.read([other for other in files if other.resolve() not in run])
    own = OwnRules(ran.rules, sketches)
    policy_config = POLICY_CONFIG_OF_OWN_RULES._replace(own=own) if files or ran.files else POLICY_CONFIG
    for key, kind in (("policyConfig", policy_config), ("waivers", WAIVERS), ("owners", OWNERS)):
        named = poolgate_yaml.named_file(file, key)
        if named is not None and is_file(named) and packaged(kind.schema).is_file():
            yield named, kind


def _walk(root: Path, left_out: LeftOut) -> Iterator[Path]:
    for folder, files in walk(root, left_out=left_out):
        is_of_schemas = folder.name == SCHEMAS
        for file in sorted(files):
            if file in _NAMES or (is_of_schemas and file.endswith(SUFFIX)):
                yield folder / file
