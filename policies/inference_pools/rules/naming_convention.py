"""Names follow the organisation's convention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from inference_pools import azure_regions as regions
from inference_pools import naming, option_checks
from inference_pools.context import Context
from inference_pools.facets import Name
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Judgement, Option, OptionError, Options, OptionValue, rule
from inference_pools.values import Json

KINDS: Final = ("pool", "group", "endpoint", "account", "deployment", "workspace", "resourceGroup")

CAF: Final[Mapping[str, tuple[str, ...]]] = {
    "resourceGroup": (
        "rg-{workload}-{environment}-{instance}",
        "rg-{workload}-{environment}-{region}-{instance}",
    ),
    "workspace": (
        "mlw-{workload}-{environment}",
        "mlw-{workload}-{environment}-{region}",
        "mlw-{workload}-{environment}-{instance}",
        "mlw-{workload}-{environment}-{region}-{instance}",
    ),
}
"""The forms and abbreviations that the Cloud Adoption Framework gives. It has none for pools, groups and endpoints."""


class _Patterns(Option):
    """Patterns by kind of name: one, or several of which a name has to fit one."""

    def parse(self, value: Json) -> OptionValue:
        """The patterns. Raises OptionError for a kind or a part that there is not."""
        given = Option.parse(self, value)
        assert isinstance(given, Mapping)
        for kind, written in given.items():
            if kind not in KINDS:
                raise OptionError(f"has {kind!r}, the kinds of names are {', '.join(KINDS)}")
            for pattern in _several(written):
                try:
                    naming.parse(pattern)
                except naming.PatternError as error:
                    raise OptionError(f"of {kind} {error}") from None
        return given


class _Regions(Option):
    """Short forms of regions."""

    def parse(self, value: Json) -> OptionValue:
        """The short forms. Raises OptionError for a region that there is not."""
        given = Option.parse(self, value)
        assert isinstance(given, Mapping)
        for short, region in given.items():
            if not isinstance(region, str) or not naming.is_region(region):
                raise OptionError(f"has {region!r} for {short}, which is no {option_checks.region_nouns()}")
        return given


class _Words(Option):
    """Words, of which there has to be one."""

    def parse(self, value: Json) -> OptionValue:
        """The words. Raises OptionError where there is none."""
        words = Option.parse(self, value)
        if not words:
            raise OptionError("is empty, expected at least one word")
        return words


def _several(written: Json) -> tuple[str, ...]:
    patterns = tuple(written) if isinstance(written, list | tuple) else (written,)
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise OptionError(f"has {written!r}, expected a pattern or a list of patterns")
    return patterns


@rule(
    Name,
    id="naming-convention",
    title="Names follow the convention",
    severity=Severity.LOW,
    enforcement=Enforcement.MANDATORY,
    remedy="Choose a name that fits the convention.",
    options={
        "patterns": _Patterns(
            {},
            "The pattern, or a list of patterns, for each kind of name (pool, group, endpoint, account, deployment, "
            "workspace, resourceGroup), such as pool-{workload}-{environment}-{instance}. Parts are {organization}, "
            "{unit}, {workload} (one or more words joined by hyphens), {environment} (which must be the resource's), "
            "{region} (a region, or a short form of one; in the name of a resource that has a location, that one) and "
            "{instance} (digits); all else stands as it is written. A kind that has no pattern may have any name.",
        ),
        "profile": Option(
            "",
            "Ready-made patterns, where `patterns` has none for a kind. caf has the forms of the Cloud Adoption "
            "Framework for workspaces and resource groups; it has none for pools, groups and endpoints. "
            "With neither option the rule asks for nothing.",
            choices=("", "caf"),
        ),
        "environments": _Words(
            ("prod", "dev", "qa", "stage", "test"),
            "The words that {environment} may be; other spellings of one (production for prod) count as the same "
            "environment. The default has the Cloud Adoption Framework's.",
        ),
        "regions": _Regions(
            {},
            "The short forms that {region} may be, each with its region: weu: westeurope. Without any, two to five "
            "letters with at most a digit after them pass for one.",
        ),
    },
    since="2026.12",
)
def naming_convention(name: Name, options: Options, context: Context) -> Iterator[Judgement]:
    """Who is woken by a name has to see from it what it is and where; and no name can be changed after creation."""
    patterns = _patterns(name.rule.of, options)
    if not patterns:
        return
    value = name.value
    if value is None:
        return
    environment = context.environment if any("environment" in pattern.parts for pattern in patterns) else ""
    short_forms = {short.casefold(): region for short, region in options.regions.items()}
    words = naming.Words(options.environments, short_forms, environment)
    problems = [pattern.problem(value, words) for pattern in patterns]
    first = problems[0]
    if first is not None and all(problems):
        # Of several, the one that the name comes nearest to: its message is about a part, not about the whole.
        nearest = next((problem for problem in problems if problem is not None and problem.fits), first)
        remedy = f"Choose a name that fits, for example {nearest.example}; a new name replaces the resource."
        yield Finding("name", nearest.message, remedy)
    elif any("region" in pattern.parts for pattern in patterns):
        yield _region(name, value, patterns, words)


def _region(name: Name, value: str, patterns: tuple[naming.Pattern, ...], words: naming.Words) -> Iterator[Finding]:
    """A name that fits says another region than the resource is in."""
    said = {pattern.region_in(value, words) for pattern in patterns if pattern.problem(value, words) is None}
    if not said or None in said:
        return
    location = name.location
    if location is not None and regions.normalize(location) not in said:
        short = next((short for short, region in words.regions.items() if regions.same(region, location)), None)
        meant = short or regions.normalize(location)
        found = " or ".join(sorted(region for region in said if region))
        message = f"is {value!r}, where the region is {found}, and the resource's location is {location!r}"
        remedy = f"Write {meant} for the region in the name, or correct the location; either replaces the resource."
        yield Finding("name", message, remedy)


def _patterns(kind: str, options: Options) -> tuple[naming.Pattern, ...]:
    own = options.patterns.get(kind)
    written = _several(own) if own else CAF.get(kind, ()) if options.profile == "caf" else ()
    return tuple(naming.parse(pattern) for pattern in written)
