"""Which rules run, at which levels and with which options: the policy config file and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from inference_pools import own_checks, owners_file, policy_config, rule_sets
from inference_pools.exemptions import ROOT, PolicyException
from inference_pools.finding import Enforcement, Outcome
from inference_pools.near_words import nearest
from inference_pools.policy_config import ConfigError, Contents, Setting
from inference_pools.rule import Rule, Scope
from inference_pools.rules import ALL
from poolgate.errors import UsageError
from poolgate.files import relative_to_here
from poolgate.findings import Tally
from poolgate.in_force import InForce, Layer, in_force
from poolgate.lint.document import Document, KeyPath, YamlError
from poolgate.lint.json_reader import read_json
from poolgate.own_source import NONE, Sketches
from poolgate.owner import NOBODYS, Owners


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a run. `digest` is the SHA-256 of the policy config file, where there is one.

    `exceptions` are those of a policy config of version 2; `document` is that file. `not_run` are rules of a team's
    own that are known by name only, and `configured` is what the policy config says of them. `layers` are who had a say
    in the levels and options, and `left_out` has why a rule does not run that nobody disabled. `checks_left_out` are
    poolgate's own checks that are not reported. `owners` is what the file of owners says.
    """

    settings: tuple[Setting, ...]
    digest: str | None
    exceptions: tuple[PolicyException, ...] = ()
    document: Document | None = None
    not_run: Sketches = NONE
    configured: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    checks_left_out: frozenset[str] = frozenset()
    owners: Owners = NOBODYS

    def in_force(self, rule: str, default: str, options: Iterable[str] = ()) -> InForce:
        """The level of a rule here, who said so, and who set its options."""
        return in_force(rule, default, self.layers, self.left_out, tuple(options))

    @property
    def rules(self) -> tuple[Rule[Any], ...]:
        """Every rule there is, whether it is enabled or not: the library's, then a team's own."""
        return tuple(setting.rule for setting in self.settings)

    def engine_config(self) -> dict[str, Any]:
        """The same settings as the engine's `--policy-pack-config` takes them."""
        return {
            setting.rule.id: {policy_config.LEVEL_KEY: str(setting.enforcement), **setting.options.to_json()}
            for setting in self.settings
            if setting.rule.scope is not Scope.PROJECT
        } | dict(self.configured)

    def preview_config(self) -> dict[str, Any]:
        """The same for poolgate's own previews: the pack tells what is not known, and poolgate counts it."""
        config = self.engine_config()
        for setting in self.settings:
            if setting.ignores_unknown and setting.rule.id in config:
                config[setting.rule.id] = {**config[setting.rule.id], "on_unknown": "report"}
        return config

    def unlist(self, tally: Tally) -> None:
        """Leaves out what is not known where a rule is told to ignore it. It stays counted as not judged."""
        ignoring = {setting.rule.id for setting in self.settings if setting.ignores_unknown}
        if ignoring:
            tally.findings = [
                finding
                for finding in tally.findings
                if finding.rule not in ignoring
                or finding.outcome is not Outcome.UNKNOWN
                or finding.enforcement is not Enforcement.ADVISORY
            ]

    def config_in_force(self) -> dict[str, Any]:
        """The settings as a policy config file has them: of version 2 where there are exceptions."""
        if not self.exceptions:
            return self.engine_config()
        exceptions = {
            one.id: {"reason": one.reason, "match": [asdict(match) for match in one.matches]} for one in self.exceptions
        }
        return {
            policy_config.VERSION_KEY: policy_config.VERSION,
            policy_config.POLICIES_KEY: self.engine_config(),
            ROOT: exceptions,
        }


def load(
    file: Path | None,
    *,
    profile: str | None = None,
    pin: str | None = None,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    own: Sequence[Rule[Any]] = (),
    not_run: Sketches = NONE,
    owners: Path | None = None,
) -> RuleSet:
    """The rules as configured: a profile, the policy config file on top of it, then the command line.

    `pin` is a version; rules that came later are left out. `own` are a team's rules, which no pin concerns; `not_run`
    those that are known by name only, so that nothing is wrong with naming them. `owners` is a file that says whom tags
    mean: it goes below all others. Raises UsageError, with file and
    line, for a config that says what it cannot.
    """
    document = None if file is None else _read(file)
    whose = NOBODYS if owners is None else Owners.of(owners)
    try:
        # Both are said elsewhere than in the file, which is not to blame.
        rules = (*rule_sets.pinned(ALL, pin), *own)
        of_profile = rule_sets.profile(profile) if profile else {}
    except ConfigError as error:
        raise UsageError(str(error)) from None
    try:
        contents = _contents(document, rules, not_run)
        config = contents.policies
        rule_sets.refuse_ignoring(profile, config)
        others = _others(config, not_run)
        policy_config.parse(config, rules, others=others)  # by itself first: an error then names the file's own line
        layers = [] if file is None else [Layer(relative_to_here(file), config)]
        if profile:
            base = {key: value for key, value in of_profile.items() if _has(rules, key)}
            config = rule_sets.merged(base, config)
            layers.append(Layer(f"profile {profile}", base))
        if owners is not None:
            base = owners_file.base(whose.labels, rules)
            config = rule_sets.merged(base, config)
            layers.append(Layer(relative_to_here(owners), base))
        configured_settings = _with_the_rest(policy_config.parse(config, rules, others=others), own)
        settings = _chosen(configured_settings, select, ignore, not_run)
        ids = [*(rule.id for rule in (*ALL, *own)), *not_run.ids]
        if not own_checks.meant(select or (), ids):
            _refuse_none(settings, not_run)
        policy_config.refuse_not_exempt(contents.exceptions, settings)
        policy_config.refuse_forbidden(contents.exceptions, settings)
    except ConfigError as error:
        raise _usage_error(error, document) from None
    configured = {id_: config[id_] for id_ in others if id_ in config}
    digest = document.digest if document else None
    return RuleSet(
        settings,
        digest,
        contents.exceptions,
        document,
        not_run,
        configured,
        tuple(layers),
        _left_out(rules, pin, configured_settings, settings),
        own_checks.left_out(select or (), ignore or (), ids),
        whose,
    )


def checks_left_out(
    select: Sequence[str] | None, ignore: Sequence[str] | None, own: Sequence[Rule[Any]], not_run: Sketches
) -> frozenset[str]:
    """Those of poolgate's own checks that a run which judges by no rule does not report.

    Raises UsageError for what names neither a rule nor a check.
    """
    _chosen(policy_config.default_settings((*ALL, *own)), select, ignore, not_run)
    return own_checks.left_out(select or (), ignore or (), [*(rule.id for rule in (*ALL, *own)), *not_run.ids])


def _left_out(
    rules: Sequence[Rule[Any]], pin: str | None, configured: Iterable[Setting], chosen: Iterable[Setting]
) -> dict[str, str]:
    """The rules that do not run though no policy config disables them, each with the reason."""
    known = {rule.id for rule in rules}
    later = {rule.id: f"came after rule set {pin}" for rule in ALL if rule.id not in known}
    others = {
        after.rule.id: "left out by select or ignore"
        for before, after in zip(configured, chosen, strict=True)
        if before.enforcement is not after.enforcement
    }
    return later | others


def _others(config: Any, not_run: Sketches) -> tuple[str, ...]:
    """The names that rules which were not run have in a policy config.

    Where not all of them are known, any is taken for one that does not look like a slip of one of the library's, and
    that is no check of poolgate itself.
    """
    if not_run.is_complete or not isinstance(config, dict):
        return not_run.ids
    ids = [rule.id for rule in ALL]
    return (*not_run.ids, *(key for key in config if nearest(key, ids) is None and key not in own_checks.BY_ID))


def _refuse_none(settings: Sequence[Setting], not_run: Sketches) -> None:
    if not_run.rules and all(setting.enforcement is Enforcement.DISABLED for setting in settings):
        raise UsageError(
            "the only rules that are not disabled are those of poolgate.yaml, which are not run here unless --rules "
            "names their file"
        )
    policy_config.refuse_all_disabled(settings)


def _with_the_rest(settings: Iterable[Setting], own: Sequence[Rule[Any]]) -> tuple[Setting, ...]:
    """The settings of every rule there is: one that a pin leaves out is disabled, in the engine's pack as well."""
    known = {setting.rule.id: setting for setting in settings}
    return tuple(
        known.get(setting.rule.id) or replace(setting, enforcement=Enforcement.DISABLED)
        for setting in policy_config.default_settings((*ALL, *own))
    )


def _has(rules: Sequence[Rule[Any]], key: str) -> bool:
    return key == "all" or any(rule.id == key for rule in rules)


def _read(file: Path) -> Document:
    """The policy config file. Raises UsageError, with its line, for what is no JSON."""
    try:
        return read_json(file)
    except YamlError as error:
        raise UsageError(
            f"is no JSON: {error.problem}", file=relative_to_here(file), line=error.position.line
        ) from None


def _contents(document: Document | None, rules: Sequence[Rule[Any]], not_run: Sketches) -> Contents:
    if document is None:
        return Contents({})
    # A pin leaves rules out, and no exception is wrong for naming one.
    known = {*not_run.ids, *(rule.id for rule in (*ALL, *rules))}
    contents, wrong = policy_config.contents(document.value, known, is_open=not not_run.is_complete)
    if wrong:
        raise wrong[0]
    if isinstance(contents.policies, dict) and not contents.root:
        contents.policies.pop(policy_config.RESERVED, None)  # the engine's own
    return contents


def _usage_error(error: ConfigError, document: Document | None) -> UsageError:
    if document is None or document.file is None:
        return UsageError(str(error))
    return UsageError(str(error), file=relative_to_here(document.file), line=_line_of(error.keys, document))


def _line_of(keys: KeyPath, document: Document) -> int | None:
    """The line that keys lead to, or the innermost of them that is there; a rule's may stand under `policies`."""
    if not keys:
        return None
    paths = [
        (*root, *keys[:count]) for count in range(len(keys), 0, -1) for root in ((), (policy_config.POLICIES_KEY,))
    ]
    places = (document.key_position_of(path) or document.position_of(path) for path in paths)
    return next((place.line for place in places if place), None)


def _chosen(
    settings: Iterable[Setting], select: Sequence[str] | None, ignore: Sequence[str] | None, not_run: Sketches
) -> tuple[Setting, ...]:
    """The settings with what the command line leaves out disabled."""
    try:
        return policy_config.chosen(settings, select or (), ignore or (), not_run.ids, is_open=not not_run.is_complete)
    except ConfigError as error:
        raise UsageError(str(error)) from None  # which is nothing that the policy config's file says
