"""Naming conventions: patterns such as `pool-{workload}-{environment}-{instance}`, and where a name departs from one.

The parts are the naming components of the Cloud Adoption Framework:
https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/resource-naming
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from inference_pools import azure_regions as regions
from inference_pools.context import words_of
from inference_pools.secrets import SHOWN

_WORDS: Final = r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*"
_WORD: Final = r"[A-Za-z0-9]+"
_PARTS: Final = {
    "organization": _WORD,
    "unit": _WORD,
    "workload": _WORDS,
    "environment": _WORD,
    "region": _WORD,
    "instance": _WORD,
}
"""The letters that each part may have. What they may say is `Convention.problems`' business."""
PARTS: Final = tuple(_PARTS)
_NO_PARTS: Final[Mapping[str, str]] = {}
_EXAMPLES: Final = {
    "organization": "contoso",
    "unit": "retail",
    "workload": "fraud",
    "environment": "prod",
    "region": "weu",
    "instance": "001",
}
_TOKEN: Final = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_SHORT_REGION: Final = re.compile(r"[a-z]{2,5}\d?", re.IGNORECASE | re.ASCII)
"""There is no one list of short forms: each organisation has its own."""

SAME_ENVIRONMENT: Final = (
    frozenset(("prod", "production", "prd", "live", "p")),
    frozenset(("dev", "develop", "development", "d")),
    frozenset(("test", "tst", "testing", "t")),
    frozenset(("qa", "quality", "q")),
    frozenset(("stage", "staging", "stg", "s")),
    frozenset(("uat", "acceptance", "acc")),
    frozenset(("sandbox", "sbx", "sandpit")),
    frozenset(("preprod", "preproduction", "ppe")),
    frozenset(("nonprod", "nonproduction")),
)
"""Words that mean one environment."""


class PatternError(ValueError):
    """A pattern that is none."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the parts of a name may say.

    `environments` are the words for environments; `environment` is the one the resource belongs to, as far as it is
    known; `regions` gives the regions of an organisation's short forms, in lower case.
    """

    environments: Collection[str]
    regions: Mapping[str, str]
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """How a name departs from its convention, and a name that would not.

    `fits` says that it has all the parts, and one of them says what it may not.
    """

    message: str
    example: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern: texts as they stand, and parts by their name."""

    written: str
    tokens: tuple[tuple[str, bool], ...]

    @property
    def parts(self) -> frozenset[str]:
        """The names of its parts."""
        return frozenset(token for token, is_part in self.tokens if is_part)

    def problem(self, name: str, words: Words) -> Problem | None:
        """How a name departs from the pattern; None when it fits."""
        fits = re.fullmatch(
            _expression(self.tokens, {"environment": _any_of(words.environments), "instance": "[0-9]+"}), name
        )
        if fits is not None and not any(_wrong_parts(fits.groupdict(), words)):
            return None
        match = re.fullmatch(_expression(self.tokens), name)
        if match is None:
            return Problem(self._misfit(name), self._example({}, words), fits=False)
        wrong = list(_wrong_parts(match.groupdict(), words))
        if not wrong:
            return None
        good = {part: text for part, text in match.groupdict().items() if part not in {part for part, _ in wrong}}
        said = "; ".join(message for _, message in wrong)
        message = f"is {name!r}, where {self.written} is asked for: {said}"
        return Problem(message, self._example(good, words), fits=True)

    def region_in(self, name: str, words: Words) -> str | None:
        """The region that a name says, as Azure compares regions; None where it says none for certain."""
        match = re.fullmatch(
            _expression(self.tokens, {"environment": _any_of(words.environments), "instance": "[0-9]+"}), name
        )
        said = match.groupdict().get("region") if match else None
        if said is None:
            return None
        return regions.normalize(words.regions.get(said.casefold(), said if is_region(said) else "")) or None

    def _misfit(self, name: str) -> str:
        """Up to where the name fits, and what is asked for there."""
        asked = f"is {name!r}, where {self.written} is asked for"
        for count in range(len(self.tokens), -1, -1):
            match = re.match(_expression(self.tokens[:count]), name)
            if match is None:
                continue
            fits = match[0]
            place = f"after {fits!r}" if fits else "at its beginning"
            rest = self.tokens[count:]
            # A separator alone tells little: what it leads to is said with it.
            wanted = "".join(_written(token) for token in rest[: 2 if rest and rest[0][0] in "-_" else 1])
            return f"{asked}: {place} it lacks {wanted!r}" if wanted else f"{asked}: {place} it goes on"
        return asked

    def _example(self, good: Mapping[str, str], words: Words) -> str:
        """A name that fits, with as much of the present one as is right."""
        environments = sorted(words.environments)
        own = next((word for word in environments if same_environment(word, words.environment)), None)
        region = min(words.regions, default=_EXAMPLES["region"])
        chosen = {**_EXAMPLES, "environment": own or environments[0], "region": region, **good}
        return "".join(chosen[token] if is_part else token for token, is_part in self.tokens)


@cache
def parse(written: str) -> Pattern:
    """The pattern that a text says. Raises PatternError for a part that there is not, and for a lonely brace."""
    tokens: list[tuple[str, bool]] = []
    for part, text, brace in _TOKEN.findall(written):
        if brace or (not text and part not in _PARTS):
            known = ", ".join(f"{{{name}}}" for name in PARTS)
            raise PatternError(f"has {brace or '{' + part + '}'}, the parts are {known}")
        if part and (part, True) in tokens:
            raise PatternError(f"has {{{part}}} twice")
        tokens.append((text, False) if text else (part, True))
    if not tokens:
        raise PatternError("is empty")
    return Pattern(written, tuple(tokens))


def same_environment(word: str, environment: str) -> bool:
    """Whether a word in a name means the environment: `prod` is `production`, and `dev` the `dev-weu` of a stack."""
    spoken = set(words_of(environment))
    meant = next((group for group in SAME_ENVIRONMENT if word.casefold() in group), frozenset((word.casefold(),)))
    return not spoken.isdisjoint(meant)


def is_environment(environment: str, words: Collection[str]) -> bool:
    """Whether an environment is one that a name can say; a stack may be called anything."""
    return any(same_environment(word, environment) for word in words)


def _expression(tokens: tuple[tuple[str, bool], ...], parts: Mapping[str, str] = _NO_PARTS) -> str:
    """The regular expression of a pattern; of the letters that a part may have, unless `parts` has one for it."""
    return "".join(
        f"(?P<{token}>{parts.get(token, _PARTS[token])})" if is_part else re.escape(token) for token, is_part in tokens
    )


def _any_of(words: Collection[str]) -> str:
    return "(?i:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


def _written(token: tuple[str, bool]) -> str:
    return f"{{{token[0]}}}" if token[1] else token[0]


def _wrong_parts(parts: Mapping[str, str], words: Words) -> Iterator[tuple[str, str]]:
    """Each part that says what it may not, with what is wrong about it."""
    environment = parts.get("environment")
    if environment is not None:
        if environment.casefold() not in {word.casefold() for word in words.environments}:
            yield (
                "environment",
                f"the environment is {environment!r}, the words for it are {_listed(words.environments)}",
            )
        elif is_environment(words.environment, words.environments) and not same_environment(
            environment, words.environment
        ):
            yield "environment", f"the environment is {environment!r}, the resource's is {words.environment!r}"
    region = parts.get("region")
    if region is not None and not _is_region(region, words.regions):
        known = f", the short forms are {_listed(words.regions)}" if words.regions else ", which is no Azure region"
        yield "region", f"the region is {region!r}{known}"
    instance = parts.get("instance")
    if instance is not None and re.fullmatch("[0-9]+", instance) is None:
        yield "instance", f"the instance is {instance!r}, expected digits"


def is_region(word: str) -> bool:
    """Whether it is a region, in any spelling Azure takes."""
    return regions.normalize(word) in regions.EXISTING


def _is_region(word: str, short_forms: Mapping[str, str]) -> bool:
    if is_region(word):
        return True
    return word.casefold() in short_forms if short_forms else _SHORT_REGION.fullmatch(word) is not None


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words))


_NAME: Final = re.compile(rf"(?<![\w.-])(?:{re.escape(SHOWN)}|[\w.-])*\w", re.ASCII)
"""A part of it may be a secret, which is not shown."""
_DIGITS: Final = re.compile(r"[0-9a-f]+", re.ASCII)
_MADE_UP: Final = (7, 8)
"""How many hexadecimal digits a provider puts after a name: `aws` 7 after a hyphen, `azure-native` 8."""


def without_made_up(text: str, names: Collection[str]) -> str:
    """A text in which the names that a provider makes up have no digits, which are others in each run.

    Such a name is that of a resource in the program, one of `names`, and digits: `config-0d40dd7` becomes `config-…`.
    The names are written as they are in the text: where a secret in them is not shown, without it.
    """

    if not any(name in text for name in names):
        return text

    def shortened(found: re.Match[str]) -> str:
        stem = _stem(found[0], names)
        return f"{stem}…" if stem else found[0]

    return _NAME.sub(shortened, text)


def is_made_up(text: str, name: str) -> bool:
    """Whether a provider made up a name for the resource that the program calls `name`."""
    return _stem(text, (name,)) is not None


def _stem(text: str, names: Collection[str]) -> str | None:
    """What is before the digits of a name that a provider made up: `config-` of `config-0d40dd7`."""
    for number in _MADE_UP:
        stem, digits = text[:-number], text[-number:]
        if stem.removesuffix("-") in names and _DIGITS.fullmatch(digits):
            return stem
    return None
