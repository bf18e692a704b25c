"""Configuration of the rules, in Pulumi's policy-config format.

Keys are rule ids or `all`; values are a level, or an object with `enforcementLevel` and the rule's options. A config
of version 2 has these under `policies`, and `exceptions` beside them. The engine accepts misspelt rules and options in
silence; here they are errors, by name.

Source of the format: pulumi/pulumi `pkg/resource/analyzer/config.go`, v3.276.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, NoReturn

from inference_pools import exemptions, own_checks, platforms
from inference_pools.context import Context
from inference_pools.exemptions import PolicyException
from inference_pools.facets import Facet
from inference_pools.finding import Enforcement, Outcome, Verdict, printable
from inference_pools.near_words import did_you_mean
from inference_pools.path import Keys, format_path
from inference_pools.rule import IGNORE, OptionError, Options, Rule, Scope
from inference_pools.values import Json

LEVEL_KEY = "enforcementLevel"
PRODUCTION_KEY = "production"
PLATFORMS_KEY = "platforms"
RESERVED = "environments"
"""A key that the engine keeps for itself; what stands under it is none of ours."""
VERSION_KEY: Final = "version"
POLICIES_KEY: Final = "policies"
VERSION: Final = 2
"""Of the form that has exceptions. A config without a version is of the older form: rules and nothing else."""
FORBIDDEN: Final = "forbidden"
WITH_WAIVER: Final = "with-waiver"
_LONGEST_KEY: Final = 100
_LONGEST_MESSAGE: Final = 500


class ConfigError(ValueError):
    """The configuration of the rules is wrong. `keys` lead to the offending key in the file, `key` is its text.

    Whatever the config says, the text is one line of a length that can be read.
    """

    def __init__(self, key: str | Keys, message: str) -> None:
        """A key that is a text stands at the root, and is told as it is; "" is the config as a whole."""
        self.keys: Keys = key if isinstance(key, tuple) else (key,) if key else ()
        self.key = key if isinstance(key, str) else format_path(key)
        self.message = _brief(printable(message), _LONGEST_MESSAGE)
        shown = _brief(printable(self.key), _LONGEST_KEY)
        super().__init__(f"{shown}: {self.message}" if self.key else self.message)


def _brief(text: str, longest: int) -> str:
    """Beginning and end of a text that is too long: a message says at its end what was expected."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


@dataclass(frozen=True, slots=True)
class Setting:
    """How one rule is run."""

    rule: Rule[Any]
    enforcement: Enforcement
    options: Options
    mandatory_from: date | None = None
    production: Setting | None = None
    is_early: bool = False
    by_platform: Mapping[str, Setting] = field(default_factory=dict)

    def on(self, platform: str) -> Setting:
        """The setting as it holds for the resources of a platform, by its name."""
        return self.by_platform.get(platform, self)

    @property
    def variants(self) -> tuple[Setting, ...]:
        """The setting outside production, and in it where that is another."""
        return (self,) if self.production is None else (self, self.production)

    @property
    def holds_everywhere(self) -> bool:
        """Whether it is the same in every context of one platform."""
        return self.production is None and self.mandatory_from is None

    def in_context(self, context: Context) -> Setting:
        """The setting as it holds for one resource on one day: stricter in production, milder before its date.

        Raises UnknownError when it depends on an environment that cannot be known.
        """
        setting = self
        if setting.production is not None and context.is_production:
            setting = setting.production
        if setting.mandatory_from is not None and context.today < setting.mandatory_from:
            setting = replace(setting, enforcement=Enforcement.ADVISORY, is_early=True)
        return setting

    @property
    def ignores_unknown(self) -> bool:
        """Whether what it cannot judge yet is counted and not listed; not where production asks for it."""
        if getattr(self.options, "on_unknown", "") != IGNORE:
            return False
        return self.production is None or self.production.options.on_unknown != "report"

    def remedy(self, facet: Facet | None = None) -> str:
        """The rule's remedy, its limits filled in, in the words of the facet's platform."""
        return self.rule.remedy_for(self.options, facet)


def is_ignored(verdict: Verdict) -> bool:
    """Whether a verdict is one that a rule which ignores what is not known does not list."""
    return verdict.outcome is Outcome.UNKNOWN and verdict.enforcement is Enforcement.ADVISORY


def default_settings(rules: Iterable[Rule[Any]]) -> tuple[Setting, ...]:
    """Every rule as it is when nothing is configured."""
    return tuple(setting(rule, None, {}) for rule in rules)


def parse(config: Json, rules: Sequence[Rule[Any]], *, others: Iterable[str] = ()) -> tuple[Setting, ...]:
    """The settings that a policy config asks for, in the order of the rules.

    `others` are names of policies that are served beside the rules and configured elsewhere. Raises ConfigError
    for unknown rules and options, wrong values and a config that disables every rule.
    """
    if not isinstance(config, Mapping):
        raise ConfigError("", "the policy config is no JSON object")
    if {POLICIES_KEY, exemptions.ROOT} & set(config):
        key = min({POLICIES_KEY, exemptions.ROOT} & set(config))
        raise ConfigError(
            key, f'stands without "{VERSION_KEY}": {VERSION} beside it, so the engine takes it for a rule'
        )
    known = {rule.id for rule in rules} | set(others) | {"all", RESERVED}
    for key in config:
        if key not in known:
            refuse_unknown(key, known)
    for_all, extra = _split(("all",), config.get("all", {}))
    if extra:
        raise ConfigError("all", f"takes a level only, not {', '.join(sorted(extra))}")
    settings = tuple(_setting(rule, config.get(rule.id, {}), for_all) for rule in rules)
    refuse_all_disabled(settings)
    return settings


@dataclass(frozen=True, slots=True)
class Contents:
    """What a config says: levels and options, for `parse`, and exceptions. `root` are the keys that the former have."""

    policies: Json
    exceptions: tuple[PolicyException, ...] = ()
    root: Keys = ()


def contents(config: Json, known: Iterable[str], *, is_open: bool = False) -> tuple[Contents, tuple[ConfigError, ...]]:
    """The parts of a config of either form, and what is wrong with the form.

    `known` are the ids of the rules that there are; `is_open` says that there are others. Where something is wrong the
    contents are not to be used.
    """
    if not isinstance(config, Mapping) or VERSION_KEY not in config:
        return Contents(config), ()
    known = tuple(known)
    wrong: list[ConfigError] = []
    version = config[VERSION_KEY]
    if isinstance(version, bool) or version != VERSION:
        said = f"is {version!r}, expected {VERSION}: the one version that a policy config can name"
        wrong.append(ConfigError(VERSION_KEY, said))
    for key in config:
        if key not in (VERSION_KEY, POLICIES_KEY, exemptions.ROOT, RESERVED):
            wrong.append(ConfigError(key, _beside_a_version(key, known)))
    policies = config.get(POLICIES_KEY, {})
    if not isinstance(policies, Mapping):
        wrong.append(ConfigError(POLICIES_KEY, "is no object of levels and options by rule"))
    exceptions, problems = exemptions.parse(config.get(exemptions.ROOT, {}), known, is_open=is_open)
    wrong += [ConfigError(problem.keys, problem.message) for problem in problems]
    return Contents(policies, exceptions, (POLICIES_KEY,)), tuple(wrong)


def _beside_a_version(key: str, known: Sequence[str]) -> str:
    if key in (*known, "all"):
        return f'the engine reads no rule that stands beside "{VERSION_KEY}"; move it under {POLICIES_KEY}'
    places = (POLICIES_KEY, exemptions.ROOT, RESERVED)
    return f"no such key{did_you_mean(key, places) or f'; there are {VERSION_KEY}, ' + ', '.join(places)}"


def refuse_not_exempt(exceptions: Iterable[PolicyException], settings: Sequence[Setting]) -> None:
    """Raises ConfigError for an exception that names a rule whose findings nobody may let pass.

    The engine would: to let it stand would be to call clean what poolgate does not.
    """
    fixed = {setting.rule.id for setting in settings if not setting.rule.waivable}
    for setting in settings:
        if setting.rule.scope is Scope.WAIVERS:
            fixed |= set(setting.options.not_waivable)
    for exception in exceptions:
        for number, match in enumerate(exception.matches):
            for index, policy in enumerate(match.policies):
                if policy in fixed:
                    keys = (exemptions.ROOT, exception.id, "match", number, "policies", index)
                    raise ConfigError(keys, f"is {policy!r}, of which no finding can be waived")


def refuse_forbidden(exceptions: Sequence[PolicyException], settings: Iterable[Setting]) -> None:
    """Raises ConfigError for the first exception where the policy allows none."""
    for setting in settings if exceptions else ():
        if setting.rule.scope is Scope.WAIVERS and setting.options.exceptions == FORBIDDEN:
            message = f"the policy allows no exceptions ({setting.rule.id}.exceptions: {FORBIDDEN}); write a waiver"
            raise ConfigError((exemptions.ROOT, exceptions[0].id), message)


def exceptions_need_waivers(settings: Iterable[Setting]) -> bool:
    """Whether an exception lets pass only what a waiver in force covers, too."""
    return any(one.rule.scope is Scope.WAIVERS and one.options.exceptions == WITH_WAIVER for one in settings)


def refuse_unknown(name: str, known: Iterable[str], *, at: Keys = ()) -> NoReturn:
    """Raises ConfigError for the name of a rule that is not there; `at` leads to what names it, if it is no key."""
    if check := own_checks.not_configured(name):
        raise ConfigError(at or name, f"{name!r} {check}" if at else check)
    near = did_you_mean(name, known)
    raise ConfigError(at or name, f"{name!r} is no rule{near}" if at else f"no such rule{near}")


def chosen(
    settings: Iterable[Setting],
    select: Sequence[str],
    ignore: Sequence[str],
    others: Iterable[str] = (),
    *,
    is_open: bool = False,
) -> tuple[Setting, ...]:
    """The settings, with the rules disabled that `select` and `ignore` leave out: ids, or how they begin.

    `others` are names of rules that have no setting here, which may be meant, too; `is_open` says that there may be
    more of them. An empty `select` means every rule. Poolgate's own checks can be named, too, and `own_checks` says
    what that leaves out. Raises ConfigError for what is the beginning of no id, and where `ignore` names a check that
    no run leaves out.
    """
    settings = tuple(settings)
    rules = [*(setting.rule.id for setting in settings), *others]
    ids = [*rules, *own_checks.BY_ID]
    for written in ignore:
        if own_checks.never_left_out(written, rules):
            raise ConfigError("", f"no run ignores {written!r}: it stands for what could not be judged")
    left = _meant(select, ids, is_open=is_open) if select else set(ids)
    left -= _meant(ignore, ids, is_open=is_open)
    return tuple(
        setting if setting.rule.id in left else replace(setting, enforcement=Enforcement.DISABLED)
        for setting in settings
    )


def _meant(prefixes: Sequence[str], ids: Sequence[str], *, is_open: bool) -> set[str]:
    found: set[str] = set()
    for prefix in prefixes:
        matches = {id_ for id_ in ids if id_.startswith(prefix)}
        if not matches or not prefix:
            near = did_you_mean(prefix, ids)
            if prefix and not near and is_open:
                continue  # of rules that are not known by name
            raise ConfigError("", f"no rule is called {prefix!r}{near}")
        found |= matches
    return found


def refuse_all_disabled(settings: Sequence[Setting]) -> None:
    """Raises ConfigError when no rule is left: a gate that looks at nothing must not look like one that passed."""
    if settings and all(setting.enforcement is Enforcement.DISABLED for setting in settings):
        raise ConfigError("", "every rule is disabled, so nothing would be judged; enable at least one")


def setting(rule: Rule[Any], level: Enforcement | None, options: Mapping[str, Json]) -> Setting:
    """The setting of one rule. Raises ConfigError for options it does not have and values they do not take."""
    here = _where(rule, level or rule.enforcement, options, {}, {}, (rule.id,))
    given = options.get(PLATFORMS_KEY, {})
    inside = options.get(PRODUCTION_KEY, {})
    in_production = inside.get(PLATFORMS_KEY, {}) if isinstance(inside, Mapping) else {}
    _check_platforms(rule, given, (rule.id, PLATFORMS_KEY))
    _check_platforms(rule, in_production, (rule.id, PRODUCTION_KEY, PLATFORMS_KEY))
    by_platform = {}
    for platform in platforms.known():
        defaults = platform.defaults.get(rule.id, {})
        own, own_in_production = given.get(platform.name, {}), in_production.get(platform.name, {})
        if (defaults or own or own_in_production) and rule.judges(platform.name):
            keys = (rule.id, PLATFORMS_KEY, platform.name)
            own_level, own_options = _split(keys, own)
            if own_level is not Enforcement.DISABLED:
                _check_level(here.enforcement, own_level, (*keys, LEVEL_KEY))
            merged = {**options, **_unsaid(rule, defaults, options), **own_options}
            by_platform[platform.name] = _where(
                rule, own_level or here.enforcement, merged, own_options, own_in_production, keys, platform.name
            )
    return replace(here, by_platform=by_platform) if by_platform else here


def _unsaid(rule: Rule[Any], defaults: Mapping[str, Json], options: Mapping[str, Json]) -> Mapping[str, Json]:
    """The defaults of a platform that hold, since a config says nothing else.

    To write a rule's own default is to say nothing: the engine fills in each that a config leaves out, and nobody can
    tell the two apart.
    """
    return {
        name: value
        for name, value in defaults.items()
        if name not in options or rule.options[name].parse(options[name]) == rule.options[name].default
    }


def _where(
    rule: Rule[Any],
    level: Enforcement,
    options: Mapping[str, Json],
    own: Mapping[str, Json],
    own_in_production: Json,
    keys: Keys,
    platform: str = "",
) -> Setting:
    """The setting on one platform, or where nothing else is said: outside production, and in it.

    `own` are those of the options that are said of the platform, and `own_in_production` what is said of it there.
    """
    _check_each(rule, own, keys)
    chosen = _options(rule, options, keys)
    plain = Setting(rule, level, chosen, _date(keys, chosen.mandatory_from))
    if PRODUCTION_KEY not in rule.options or not (chosen.production or own_in_production):
        return plain
    given = {name: value for name, value in chosen.production.items() if name != PLATFORMS_KEY}
    above = (rule.id, PRODUCTION_KEY)
    in_production = _in_production(plain, options, given, above)
    if own_in_production:
        merged = {**options, **{name: value for name, value in given.items() if name != LEVEL_KEY}}
        further = (*above, PLATFORMS_KEY, platform)
        outside = replace(plain, enforcement=in_production.enforcement)
        in_production = _in_production(outside, merged, own_in_production, further)
    return replace(plain, production=in_production)


def _in_production(plain: Setting, options: Mapping[str, Json], given: Json, keys: Keys) -> Setting:
    """What holds in production: the options there over the plain ones. `keys` lead to them."""
    rule = plain.rule
    if not isinstance(given, Mapping):
        raise ConfigError(keys, f"is {given!r}, expected an object")
    nested = {PRODUCTION_KEY, PLATFORMS_KEY, "environment"} & set(given)
    if nested:
        raise ConfigError((*keys, min(nested)), f"cannot stand under {keys[-1]}")
    level, own = _split(keys, given)
    _check_level(plain.enforcement, level, (*keys, LEVEL_KEY))
    _check_each(rule, own, keys)
    outside = {name: value for name, value in options.items() if name != PRODUCTION_KEY}
    chosen = _options(rule, {**outside, **own}, keys)
    return Setting(rule, level or plain.enforcement, chosen, _date(keys, chosen.mandatory_from))


def _check_platforms(rule: Rule[Any], given: Json, keys: Keys) -> None:
    """Raises ConfigError for a platform that is not there, or that the rule is not for."""
    if not isinstance(given, Mapping):
        raise ConfigError(keys, f"is {given!r}, expected an object of options by platform")
    names = [platform.name for platform in platforms.known()]
    for name, options in given.items():
        if name not in names:
            known = did_you_mean(name, names) or f" (one of {', '.join(names)})"
            raise ConfigError((*keys, name), f"no such platform{known}")
        if not rule.judges(name):
            raise ConfigError((*keys, name), f"the rule is for {', '.join(rule.platforms)} only")
        if not isinstance(options, str | Mapping):
            raise ConfigError((*keys, name), f"is {options!r}, expected a level or an object")
        nested = {PLATFORMS_KEY, PRODUCTION_KEY, "environment"} & set(options if isinstance(options, Mapping) else ())
        if nested:
            raise ConfigError((*keys, name, min(nested)), f"cannot stand under a platform{_IN_PRODUCTION}")


_IN_PRODUCTION: Final = "; what holds for it in production stands under production, platforms"


def _check_level(outside: Enforcement, level: Enforcement | None, keys: Keys) -> None:
    """A rule runs everywhere or nowhere: to leave it out of some places only would be taken for their being clean."""
    if level is Enforcement.DISABLED and outside is not Enforcement.DISABLED:
        raise ConfigError(keys, "is 'disabled', and the rule is not disabled elsewhere; the mildest is advisory")
    if outside is Enforcement.DISABLED and level not in (None, Enforcement.DISABLED):
        raise ConfigError(keys, f"is {str(level)!r}, and the rule is disabled; the mildest elsewhere is advisory")


def _options(rule: Rule[Any], options: Mapping[str, Json], keys: Keys) -> Options:
    """The options, each of them and together. `keys` lead to where they stand."""
    _check_each(rule, options, keys)
    chosen = rule.with_options(options)
    if {"minimum", "maximum"} <= set(rule.options) and chosen.minimum > chosen.maximum:
        words = chosen.in_words()
        raise ConfigError(keys, f"minimum {words['minimum']} is above maximum {words['maximum']}")
    return chosen


def _check_each(rule: Rule[Any], options: Mapping[str, Json], keys: Keys) -> None:
    for name, value in options.items():
        if name not in rule.options:
            raise ConfigError((*keys, name), f"no such option{did_you_mean(name, (LEVEL_KEY, *rule.options))}")
        try:
            rule.options[name].parse(value)
        except OptionError as error:
            raise ConfigError((*keys, name), str(error)) from None


def _date(keys: Keys, written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        message = f"is {written!r}, expected a date such as 2027-01-31"
        raise ConfigError((*keys, "mandatory_from"), message) from None


def schema(rules: Iterable[Rule[Any]]) -> dict[str, Json]:
    """The JSON Schema of a policy config for these rules."""
    level = {"enum": [str(level) for level in Enforcement]}
    properties: dict[str, Json] = {
        "all": {"description": "The level of every rule that has none of its own.", **_level_or_object(level, {})},
        RESERVED: {"description": "Reserved by the Pulumi engine."},
    }
    shared: dict[str, Json] = {}
    for rule in rules:
        options = {name: option.schema() for name, option in rule.options.items()}
        if PRODUCTION_KEY in options:
            outside = (PRODUCTION_KEY, PLATFORMS_KEY, "environment")
            inner = {name: value for name, value in options.items() if name not in outside}
            bare = {name: {key: each[key] for key in each if key != "description"} for name, each in inner.items()}
            shared[rule.id] = _level_or_object(level, bare)
            names = [platform.name for platform in platforms.known() if rule.judges(platform.name)]
            there = {"propertyNames": {"enum": names}, "additionalProperties": {"$ref": f"#/$defs/{rule.id}"}}
            options[PLATFORMS_KEY] |= there
            inside = {LEVEL_KEY: level, **inner, PLATFORMS_KEY: options[PLATFORMS_KEY]}
            options[PRODUCTION_KEY] |= {"properties": inside, "additionalProperties": False}
        properties[rule.id] = {"description": rule.title, **_level_or_object(level, options)}
    properties |= _of_a_version([name for name in properties if name != RESERVED])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:poolgate:schema:policy-config",
        "title": "poolgate policy config",
        "description": "Levels and options of the rules, in Pulumi's policy-config format: at the root, or under "
        "policies beside a version.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": shared,
    }


def _of_a_version(names: Iterable[str]) -> dict[str, Json]:
    """What may stand at the root of a config of version 2."""
    texts: dict[str, Json] = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
    match = {
        "policies": {"description": "The rules, by id.", **texts},
        "targets": {"description": "The URNs of the resources, letter by letter.", **texts},
    }
    exception = {
        "reason": {"type": "string", "minLength": 1, "description": "Why the violations are let pass."},
        "match": {"type": "array", "minItems": 1, "items": _closed(match, match)},
    }
    return {
        VERSION_KEY: {"const": VERSION, "description": "Says that there may be exceptions; needs Pulumi 3.274."},
        POLICIES_KEY: {
            "description": "Levels and options of the rules, beside a version.",
            **_closed({name: {"$ref": f"#/properties/{name}"} for name in names}),
        },
        exemptions.ROOT: {
            "description": "Violations that are let pass, by the ID of the exception; beside a version.",
            "type": "object",
            "additionalProperties": _closed(exception, exception),
        },
    }


def _closed(properties: Mapping[str, Json], required: Iterable[str] = ()) -> dict[str, Json]:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", **needed, "properties": dict(properties), "additionalProperties": False}


def of_stranger(config: Mapping[str, Json], name: str) -> tuple[Enforcement | None, Mapping[str, Json]]:
    """Level and options that a config has for a policy that is none of the rules; None where it leaves the level."""
    for_all, _ = _split(("all",), config.get("all", {}))
    level, options = _split((name,), config.get(name, {}))
    return level or for_all, options


def _level_or_object(level: Json, options: Mapping[str, Json]) -> dict[str, Json]:
    properties = {LEVEL_KEY: level, **options}
    return {"anyOf": [level, {"type": "object", "properties": properties, "additionalProperties": False}]}


def _setting(rule: Rule[Any], given: Json, for_all: Enforcement | None) -> Setting:
    level, options = _split((rule.id,), given)
    return setting(rule, level or for_all, options)


def _split(keys: Keys, given: Json) -> tuple[Enforcement | None, Mapping[str, Json]]:
    if isinstance(given, str):
        return _level(keys, given), {}
    if not isinstance(given, Mapping):
        raise ConfigError(keys, f"is {given!r}, expected a level or an object")
    options = {name: value for name, value in given.items() if name != LEVEL_KEY}
    written = given.get(LEVEL_KEY)
    return (None if written is None else _level((*keys, LEVEL_KEY), written)), options


def _level(keys: Keys, written: Json) -> Enforcement:
    levels = [str(level) for level in Enforcement]
    if written in levels:
        return Enforcement(written)
    near = did_you_mean(written, levels) if isinstance(written, str) else ""
    raise ConfigError(keys, f"{written!r} is no level (one of {', '.join(levels)}){near}")
