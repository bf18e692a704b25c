"""A rule: one judgement about one facet, and all that is said about it anywhere."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final, Generic, NotRequired, TypeAlias, TypedDict, TypeVar, Unpack

from inference_pools import durations, platforms
from inference_pools.context import Context
from inference_pools.facets import Facet
from inference_pools.facts import NOTHING_KNOWN
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.platform import Subject
from inference_pools.stack import Stack
from inference_pools.values import Json
from inference_pools.waivers import Standing

F = TypeVar("F", bound=Facet)

OptionValue: TypeAlias = str | int | float | bool | timedelta | tuple[str, ...] | Mapping[str, Any]
Judgement: TypeAlias = "Finding | Iterator[Finding]"
"""What a rule yields: a finding, or a part of its judgement that stands by itself (a generator of findings), so
that a value which cannot be read there costs that part only."""
Check: TypeAlias = (
    Callable[[F, "Options"], Iterator[Judgement]] | Callable[[F, "Options", "Context"], Iterator[Judgement]]
)
"""A rule's function. It may ask for the context, which knows the day and the environment."""
StackCheck: TypeAlias = Callable[["Stack", "Options"], Iterator["tuple[Subject, Iterator[Finding]]"]]
"""The function of a rule over a whole stack: a part of its judgement for each resource it has something to say of."""
ProjectCheck: TypeAlias = Callable[["Sequence[Stack]", "Options"], Iterator["tuple[Subject, Iterator[Finding]]"]]
"""The function of a rule over all stacks of a project."""
WaiverCheck: TypeAlias = Callable[["Standing", "Options"], Iterator[Finding]]
"""The function of a rule about waivers: what is to be said of one."""
Fix: TypeAlias = Callable[["Subject", "Options"], Mapping[str, Json] | None]
"""Gives a resource's properties with what the rule finds put right; None when there is nothing to put right."""


class Scope(StrEnum):
    """How much a rule has to see at once."""

    RESOURCE = "resource"
    STACK = "stack"
    PROJECT = "project"
    """Several stacks of one project: only `check` and `audit` see them."""
    WAIVERS = "waivers"
    """The waivers themselves, once all else has been judged."""


class OptionError(ValueError):
    """A value that an option does not take."""


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a rule. Its type is that of its default; durations are written in ISO 8601."""

    default: OptionValue
    doc: str
    choices: Sequence[str] = ()
    check: Callable[[Any], None] | None = None
    """Looks further into a value of the right type; raises OptionError."""

    def parse(self, value: Json) -> OptionValue:
        """The value from a policy config. Raises OptionError with what was expected."""
        parsed = self._typed(value)
        if self.check is not None:
            self.check(parsed)
        return parsed

    def _typed(self, value: Json) -> OptionValue:
        if isinstance(self.default, tuple):
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                return tuple(self._chosen(item) for item in value)
            raise OptionError(f"is {value!r}, expected a list of texts")
        if isinstance(self.default, Mapping):
            if isinstance(value, Mapping):
                return value
            raise OptionError(f"is {value!r}, expected an object")
        if isinstance(self.default, timedelta):
            return self._duration(value)
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            raise OptionError(f"is {value!r}, expected true or false")
        if isinstance(self.default, int | float):
            return self._number(value)
        if isinstance(value, str):
            return self._chosen(value)
        raise OptionError(f"is {value!r}, expected text")

    def schema(self) -> dict[str, Json]:
        """The option as a JSON Schema, for the policy-config schema and for the engine."""
        kinds: list[tuple[type, dict[str, Json]]] = [
            (bool, {"type": "boolean"}),
            (int, {"type": "integer"}),
            (float, {"type": "number"}),
            (timedelta, {"type": "string", "format": "duration"}),
            (tuple, {"type": "array", "items": {"type": "string"}}),
            (Mapping, {"type": "object"}),
            (str, {"type": "string"}),
        ]
        schema = next(dict(kind) for type_, kind in kinds if isinstance(self.default, type_))
        if self.choices:
            target = schema.get("items", schema)
            target["enum"] = list(self.choices)
        return {**schema, "description": self.doc, "default": self.json_default}

    @property
    def json_default(self) -> Json:
        """The default as a policy config would write it."""
        return _json(self.default)

    def _chosen(self, value: str) -> str:
        if self.choices and value not in self.choices:
            raise OptionError(f"is {value!r}, expected one of {', '.join(self.choices)}")
        return value

    def _duration(self, value: Json) -> timedelta:
        if not isinstance(value, str):
            raise OptionError(f"is {value!r}, expected an ISO 8601 duration such as PT30S")
        try:
            return durations.parse(value)
        except durations.DurationError as error:
            raise OptionError(str(error)) from None

    def _number(self, value: Json) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise OptionError(f"is {value!r}, expected a number")
        if not math.isfinite(value):
            raise OptionError(f"is {value}, expected a number")
        if isinstance(self.default, int):
            # The engine hands every number over as a float.
            if value != int(value):
                raise OptionError(f"is {value:g}, expected a whole number")
            return int(value)
        return float(value)


IGNORE: Final = "ignore"
"""What `on_unknown` says where a value that is not known yet is counted, and not listed."""
COMMON: Final[Mapping[str, Option]] = {
    "on_unknown": Option(
        "report",
        "What a value that is not known yet does: report it as advisory, fail as a violation would, or ignore it: then "
        "it is only counted as not judged.",
        choices=("report", "fail", IGNORE),
    ),
    "mandatory_from": Option("", "A date (2027-01-31) before which the rule is advisory, whatever its level."),
    "environment": Option("", "Which environment this is; by default the resource's environment tag, else the stack."),
    "production": Option({}, "Other options, and another enforcementLevel, for production."),
    "platforms": Option({}, "Other options, and another enforcementLevel, for a platform, by its name."),
}
"""The options that every rule about resources has."""
_OF_WAIVERS: Final = {"mandatory_from": COMMON["mandatory_from"]}


class Options:
    """The settings a rule is run with: one attribute an option."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, OptionValue]) -> None:
        self._values = MappingProxyType(dict(values))

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"this rule has no option {name!r}") from None

    def __reduce__(self) -> tuple[type[Options], tuple[dict[str, OptionValue]]]:
        return Options, (dict(self._values),)

    def to_json(self) -> dict[str, Json]:
        """Each value as a policy config writes it."""
        return {name: _json(value) for name, value in self._values.items()}

    def in_words(self) -> dict[str, str]:
        """Each value as a remedy shows it."""
        return {name: _shown(value) for name, value in self._values.items()}


def _json(value: OptionValue) -> Json:
    if isinstance(value, timedelta):
        return durations.format_iso(value)
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _shown(value: OptionValue) -> str:
    if isinstance(value, timedelta):
        return durations.format_iso(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, slots=True)
class Rule(Generic[F]):
    """One judgement. `why` is the docstring of its function; `file` is where that function stands.

    `controls` are those of published catalogues that the rule serves: `MCSB NS-2` is control NS-2 of Microsoft's
    cloud security benchmark. No catalogue names inference pools, so each is cited by analogy with what it says of
    workspaces, computes and online deployments. `waivable` says whether a waiver can cover what it finds. `platforms`
    are the names of those that it is for, where it is not for all.
    """

    id: str
    title: str
    facet: type[F]
    check: Callable[..., Iterator[Any]]
    severity: Severity
    enforcement: Enforcement
    remedy: str
    since: str
    source: str
    why: str
    file: str
    options: Mapping[str, Option] = field(default_factory=dict)
    scope: Scope = Scope.RESOURCE
    wants_context: bool = False
    fix: Fix | None = None
    controls: tuple[str, ...] = ()
    waivable: bool = True
    platforms: tuple[str, ...] = ()

    @property
    def sources(self) -> dict[str, str]:
        """The pages that it rests on, by the names of platforms; "" is the rule's own, unless one has the same."""
        by_platform = {each.name: each.sources[self.id] for each in platforms.known() if self.id in each.sources}
        return by_platform if self.source in by_platform.values() else {"": self.source, **by_platform}

    def judges(self, platform: str) -> bool:
        """Whether it is for resources of a platform, by its name."""
        return not self.platforms or platform in self.platforms

    def remedy_for(self, options: Options, facet: Facet | None = None) -> str:
        """The remedy with its limits filled in, and fields called what the platform of a facet calls them.

        Without a facet they are called what they are called anywhere.
        """
        return self.remedy.format_map(_Fields(options.in_words(), self.facet, facet))

    def with_options(self, given: Mapping[str, Json]) -> Options:
        """The rule's options, defaults filled in.

        Raises OptionError for a value an option does not take and KeyError for a name it does not have.
        """
        values = {name: option.default for name, option in self.options.items()}
        for name, value in given.items():
            try:
                values[name] = self.options[name].parse(value)
            except OptionError as error:
                raise OptionError(f"{name} {error}") from None
        return Options(values)


WORLD: Final = (
    "vendor",
    "region_noun",
    "region_example",
    "machine_noun",
    "machine_example",
    "redundancy_advice",
    "secrets_advice",
    "tags_noun",
    "owner_example",
)
"""What a remedy may name besides options and fields, each in the words of the platform."""


class _Fields(dict[str, str]):
    """The words of a remedy: options, and besides them fields as the platform of a facet calls them."""

    def __init__(self, options: Mapping[str, str], kind: type[Facet], facet: Facet | None) -> None:
        facts = NOTHING_KNOWN if facet is None else facet.facts
        super().__init__(
            options,
            vendor=facts.vendor,
            region_noun=facts.regions.noun,
            region_example=facts.regions.example,
            machine_noun=facts.machines.noun,
            machine_example=facts.machines.example,
            redundancy_advice=facts.redundancy_advice,
            secrets_advice=facts.secrets_advice,
            tags_noun=facts.tags_noun,
            owner_example=facts.owner_example,
        )
        self._kind = kind
        self._facet = facet

    def __missing__(self, name: str) -> str:
        if name not in self._kind.fields:
            raise KeyError(name)
        return self._kind.words.get(name, name) if self._facet is None else self._facet.called(name)


class About(TypedDict):
    """What every rule says of itself, whatever it judges.

    A rule for every platform may leave `source` and `controls` to them: each has a table of its own.

    `remedy` is the instruction that goes with a finding; `{option}` in it is the option's value, `{field}` what the
    platform calls a field of the facet; `WORLD` are words for the world of the platform. `source` is the
    public page the rule rests on. `controls` are cited by analogy, see `Rule`. `platforms` are those that the rule is
    for, where it is not for all.
    """

    id: str
    title: str
    severity: Severity
    enforcement: Enforcement
    remedy: str
    since: str
    source: NotRequired[str]
    controls: NotRequired[tuple[str, ...]]
    platforms: NotRequired[tuple[str, ...]]


def rule(
    facet: type[F],
    *,
    options: Mapping[str, Option] | None = None,
    fix: Fix | None = None,
    waivable: bool = True,
    **about: Unpack[About],
) -> Callable[[Check[F]], Rule[F]]:
    """Makes a rule of a function that judges one facet and yields its findings.

    `fix` puts right what the rule finds, where that is certain: it is what the level `remediate` does. What is not
    `waivable` no waiver covers.
    """

    def decorate(check: Check[F]) -> Rule[F]:
        wants_context = len(inspect.signature(check).parameters) > 2
        given = {**(options or {}), **COMMON}
        return _made(
            check, about, facet, Scope.RESOURCE, given, fix=fix, waivable=waivable, wants_context=wants_context
        )

    return decorate


def stack_rule(
    *, options: Mapping[str, Option] | None = None, **about: Unpack[About]
) -> Callable[[StackCheck], Rule[Facet]]:
    """Makes a rule of a function that judges the resources of a whole stack together."""
    return lambda check: _made(check, about, Facet, Scope.STACK, {**(options or {}), **COMMON})


def project_rule(
    *, options: Mapping[str, Option] | None = None, **about: Unpack[About]
) -> Callable[[ProjectCheck], Rule[Facet]]:
    """Makes a rule of a function that compares the stacks of a project."""
    return lambda check: _made(check, about, Facet, Scope.PROJECT, {**(options or {}), **COMMON})


def waiver_rule(
    *, options: Mapping[str, Option] | None = None, **about: Unpack[About]
) -> Callable[[WaiverCheck], Rule[Facet]]:
    """Makes a rule of a function that judges a waiver. No waiver covers what it finds.

    Of the options of every rule it has `mandatory_from` only: a waiver is in no environment.
    """
    return lambda check: _made(check, about, Facet, Scope.WAIVERS, {**(options or {}), **_OF_WAIVERS}, waivable=False)


def _made(
    check: Callable[..., Iterator[Any]],
    about: About,
    facet: type[F],
    scope: Scope,
    options: Mapping[str, Option],
    *,
    fix: Fix | None = None,
    waivable: bool = True,
    wants_context: bool = False,
) -> Rule[F]:
    """The rule. All is named here, so that a keyword in `about` that is none of its own is refused."""
    id_ = about["id"]
    sources = [platform.sources[id_] for platform in platforms.ALL if id_ in platform.sources]
    controls = [control for platform in platforms.ALL for control in platform.controls.get(id_, ())]
    if "source" not in about and not sources:
        raise TypeError(f"the rule {id_} names no source, nor does any platform")
    cited: About = {"source": sources[0] if sources else "", "controls": tuple(dict.fromkeys(controls)), **about}
    return Rule(
        facet=facet,
        check=check,
        why=inspect.getdoc(check) or "",
        file=_inside_library(inspect.getfile(check)),
        options=options,
        scope=scope,
        wants_context=wants_context,
        fix=fix,
        waivable=waivable,
        **cited,
    )


def _inside_library(path: str) -> str:
    """The path from the top of the library on: the same on every machine."""
    parts = PurePath(path).parts
    if "inference_pools" in parts:
        return "/".join(parts[len(parts) - 1 - parts[::-1].index("inference_pools") :])
    return parts[-1]
