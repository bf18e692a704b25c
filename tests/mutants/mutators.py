"""Makes wrong configurations out of a good one, each in one place, each with what the rules have to say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from inference_pools.finding import Outcome
from inference_pools.path import Keys, format_path
from inference_pools.values import (
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_ARRAY,
    UNKNOWN_BOOL,
    UNKNOWN_NUMBER,
    UNKNOWN_OBJECT,
    UNKNOWN_STRING,
    Json,
)
from library.test_runner import SET_BY_AZURE, places, put
from mutants.prediction import BAGS, END_DATES, NAMES, PROBES, Change, Place, Said, at, node_at, predicted, text_needs


@dataclass(frozen=True)
class Mutant:
    """A changed configuration. `name` says what was done; `expected` is all that the rules say."""

    name: str
    properties: dict[str, Json]
    expected: set[Said]


@dataclass(frozen=True)
class Good:
    """A configuration that is clean, to make mutants of."""

    place: Place
    properties: dict[str, Json]
    outputs: bool = False

    @property
    def bag(self) -> str:
        """The object that the resource's own properties lie in."""
        return BAGS[self.place[0]]

    def judged(self, said: set[Said]) -> set[Said]:
        """Of outputs, Azure decides what there is."""
        return {each for each in said if not (self.outputs and each[0] == "property-known")}

    def mutant(self, name: str, keys: Keys, value: Json, change: Change | None = None) -> Mutant:
        """It with another value at a place."""
        return self.made(f"{format_path(keys)} {name}", put(self.properties, keys, value), change)

    def made(self, name: str, properties: dict[str, Json], change: Change | None = None) -> Mutant:
        """A mutant of it, with what the tables predict."""
        known = replace(change or Change(), before=self.properties)
        expected = predicted(self.place, properties, known, outputs=self.outputs)
        return Mutant(name, properties, expected)


Mutator: TypeAlias = Callable[[Good], Iterator[Mutant]]


def without(tree: dict[str, Json], keys: Keys) -> dict[str, Json]:
    """The tree without what stands at a place."""
    changed = put(tree, keys, None)
    holder: Any = changed
    for key in keys[:-1]:
        holder = holder[key]
    del holder[keys[-1]]
    return changed


def dropped(good: Good) -> Iterator[Mutant]:
    """Each property, and each item of a list, taken out."""
    for keys, _ in places(good.properties):
        yield good.made(f"{format_path(keys)} dropped", without(good.properties, keys))


def unknown(good: Good) -> Iterator[Mutant]:
    """Each value not known yet: with the mark of its own type, and with that of a text, which SDKs send for all."""
    for keys, value in places(good.properties):
        for sentinel in dict.fromkeys((_OF_TYPE.get(type(value), UNKNOWN_STRING), UNKNOWN_STRING)):
            rules = text_needs(good.place, keys, value)
            more: set[Said] = {(rule, Outcome.UNKNOWN, format_path(keys)) for rule in rules}
            yield good.mutant("unknown", keys, sentinel, Change({keys: Outcome.UNKNOWN}, more))


_OF_TYPE: Final[Mapping[type, str]] = {
    bool: UNKNOWN_BOOL,
    float: UNKNOWN_NUMBER,
    list: UNKNOWN_ARRAY,
    dict: UNKNOWN_OBJECT,
}


def secret(good: Good) -> Iterator[Mutant]:
    """Each value marked as a secret: what it is, is not looked at; and that it is one, is what is asked for."""
    for keys, value in places(good.properties):
        rules = text_needs(good.place, keys, value) - {"no-plaintext-secret"}
        more: set[Said] = {(rule, Outcome.UNKNOWN, format_path(keys)) for rule in rules}
        marked = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}
        yield good.mutant("secret", keys, marked, Change({keys: Outcome.UNKNOWN}, more))


def mistyped(good: Good) -> Iterator[Mutant]:
    """Each value replaced by one of another JSON type."""
    for keys, value in places(good.properties):
        if value is None:
            continue  # null is as good as absent, and {} is a probe as Azure makes it
        others: list[Json] = [5.0, True, "plain", [], {}]
        for other in others:
            if type(other) is not type(value) and not _is_no_slip(keys, other):
                yield good.mutant(f"as {other!r}", keys, other, Change({keys: Outcome.UNREADABLE}))


def _is_no_slip(keys: Keys, other: Json) -> bool:
    """Whether the other type is read, too: identities are a list in inputs and a map in outputs."""
    return keys[-1] == "userAssignedIdentities" and isinstance(other, list | dict)


# Names

_MISSPELT: Final[tuple[Callable[[str], str], ...]] = (
    lambda name: name + "s",
    lambda name: name[:1] + name[2:],
    lambda name: name[:1] + name[1:].lower() if name[1:].lower() != name[1:] else name.capitalize(),
    lambda name: "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name),
)
"""A letter too many, a letter too few, another case, and Python's own spelling of it."""


def misspelt(good: Good) -> Iterator[Mutant]:
    """Each name that belongs to the API, spelt wrong: it is not known, and what it meant is not there."""
    for keys, value in places(good.properties):
        name = keys[-1]
        if node_at(good.place, keys) is None or not isinstance(name, str) or keys[0] in SET_BY_AZURE:
            continue
        for wrong in dict.fromkeys(spell(name) for spell in _MISSPELT):
            if wrong != name:
                new = (*keys[:-1], wrong)
                more = good.judged({("property-known", Outcome.VIOLATED, format_path(new))})
                properties = put(without(good.properties, keys), new, value)
                yield good.made(f"{format_path(keys)} as {wrong}", properties, Change(more=more))


# Values of a few

ENUMS: Final[Mapping[str, str]] = {
    "sku.tier": "sku-tier-allowed",
    "identity.type": "property-known",
    "{bag}.authMode": "auth-mode-aad",
}
"""Where Azure knows a few values only, and the rule that says so. Azure compares letter by letter, for all that it
documents."""


def wrong_case(good: Good) -> Iterator[Mutant]:
    """Each value of a few in another case, and one that is none of them."""
    for path, rule in ENUMS.items():
        keys = tuple(path.replace("{bag}", good.bag).split("."))
        value = next((value for there, value in places(good.properties) if there == keys), None)
        if not isinstance(value, str):
            continue
        for wrong in dict.fromkeys((value.lower(), value.upper(), value.swapcase(), f" {value}", "Other")):
            if wrong != value:
                more = {(rule, Outcome.VIOLATED, path)}
                # With blanks around it a type is still read as what it is.
                if path == "identity.type" and wrong.strip() != value:
                    more |= _ids_in_vain(good)
                yield good.mutant(f"is {wrong!r}", keys, wrong, Change(more=good.judged(more)))


def _ids_in_vain(good: Good) -> set[Said]:
    """Ids of identities beside a type that does not speak of them."""
    ids = at(good.properties, "identity.userAssignedIdentities")
    return {("managed-identity-required", Outcome.VIOLATED, "identity.userAssignedIdentities")} if ids else set()


# Placeholders


@dataclass(frozen=True)
class Style:
    """A way to write a placeholder. `is_name` where Azure takes it for a name."""

    text: str
    is_name: bool = False


STYLES: Final = (
    Style("{model_name}"),
    Style("<model-name>"),
    Style("${MODEL_NAME}"),
    Style("{{ model_name }}"),
    Style("$(modelName)"),
    Style("#{modelName}#"),
    Style("%MODEL_NAME%"),
    Style("[model-name]"),
    Style("TODO", is_name=True),
    Style("changeme", is_name=True),
    Style("REPLACE_ME", is_name=True),
    Style("your-model-name", is_name=True),
    Style("${var.model_name}"),
)
"""The last is an expression of another tool, which is said at another level and at the same place."""

BESIDE_PLACEHOLDER: Final[Mapping[str, tuple[tuple[str, Outcome], ...]]] = {
    "location": (("location-allowed", Outcome.VIOLATED),),
    "sku.tier": (("sku-tier-allowed", Outcome.VIOLATED),),
    "sku.size": (("sku-consistent", Outcome.VIOLATED),),
    "sku.family": (("sku-consistent", Outcome.VIOLATED),),
    "identity.type": (("property-known", Outcome.VIOLATED),),
    "{bag}.authMode": (("auth-mode-aad", Outcome.VIOLATED),),
    "{bag}.modelConfiguration.modelId": (("model-id-wellformed", Outcome.VIOLATED),),
    "{bag}.environmentConfiguration.environmentId": (("environment-id-wellformed", Outcome.VIOLATED),),
    "{bag}.codeConfiguration.scoringScript": (("scoring-script-safe", Outcome.VIOLATED),),
}
"""What else is said of a text that is a placeholder as a whole: it is no value of those few, no id and no name."""


def placeholder(good: Good) -> Iterator[Mutant]:
    """Each text replaced by a placeholder, in several styles."""
    for keys, value in places(good.properties):
        if isinstance(value, str) and text_needs(good.place, keys, value) and not _is_key_of_pair(keys):
            for style in STYLES:
                yield good.mutant(f"is {style.text}", keys, style.text, _change(good, keys, style))


def _is_key_of_pair(keys: Keys) -> bool:
    return keys[-1] == "key" and isinstance(keys[-2], int)


def _change(good: Good, keys: Keys, style: Style) -> Change:
    path = format_path(keys)
    general = path.replace(good.bag, "{bag}")
    more: set[Said] = {("placeholder-replaced", Outcome.VIOLATED, path)}
    more |= {(rule, outcome, path) for rule, outcome in BESIDE_PLACEHOLDER.get(general, ())}
    if general in (*NAMES, "{bag}.groupName") and not style.is_name:
        more.add(("name-wellformed", Outcome.VIOLATED, path))
    if path == "identity.type":
        more |= _ids_in_vain(good)
    if path == "sku.size" and not str(at(good.properties, "sku.name")).strip().casefold().startswith("standard"):
        more.discard(
            ("sku-consistent", Outcome.VIOLATED, path)
        )  # beside a code for machines a size is no contradiction
    group = f"{good.bag}.groupId"
    if path == "poolName" and "/" in str(at(good.properties, group)):
        more.add(("references-resolve", Outcome.VIOLATED, group))  # the id names another pool than that
    if keys[0] == "tags" and str(keys[-1]).casefold() in END_DATES:
        more.add(("enddate-tag-current", Outcome.VIOLATED, path))
    more = good.judged(more)
    return _misread(keys, more) if _is_duration(keys) else Change(more=more)


def in_part(good: Good) -> Iterator[Mutant]:
    """Each name in an id replaced by a placeholder: of the asset, of its version, of the workspace."""
    for keys, value in places(good.properties):
        if not (isinstance(value, str) and value.startswith("/subscriptions/")):
            continue
        parts = value.split("/")
        for index in range(2, len(parts), 2):
            if parts[index - 1] != "providers":
                changed = "/".join([*parts[:index], "{name}", *parts[index + 1 :]])
                path = format_path(keys)
                more: set[Said] = {("placeholder-replaced", Outcome.VIOLATED, path)}
                if path.endswith(".groupId") and parts[index - 1] == "inferencePools":
                    more.add(("references-resolve", Outcome.VIOLATED, path))  # another pool than the endpoint's
                yield good.mutant(f"has {{name}} for {parts[index]}", keys, changed, Change(more=more))


# Durations and their units

DURATIONS: Final = ("requestTimeout", "timeout", "period", "initialDelay")
_OTHER_UNITS: Final = ("PT{}M", "PT{}H", "PT{}S", "PT0.0{}S", "PT0.{}S", "PT1H{}M")
_NO_DURATION: Final = ("{}", "{}s", "{}000ms", "P{}M", "PT{}", "00:00:{}", "pt{}s", "-PT{}S", "PT{}MS", "")


def units(good: Good) -> Iterator[Mutant]:
    """Each duration in another unit, in another notation, and as a bare number; each number as text."""
    for keys, value in places(good.properties):
        if _is_duration(keys):
            whole = re.fullmatch(r"PT(\d+)S", value) if isinstance(value, str) else None
            if whole is None:
                continue
            number = f"{int(whole[1]):02}"
            for form in _OTHER_UNITS:
                yield good.mutant(f"is {form.format(number)}", keys, form.format(number))
            for form in _NO_DURATION:
                yield good.mutant(f"is {form.format(number)!r}", keys, form.format(number), _misread(keys, set()))
            yield good.mutant("is a number", keys, float(number), Change({keys: Outcome.UNREADABLE}))
        elif isinstance(value, float):
            for text in (f"{value:g}", f"{value:g} instances", f"{value:.1f}"):
                yield good.mutant(f"is {text!r}", keys, text, Change({keys: Outcome.UNREADABLE}))
            if format_path(keys).rpartition(".")[2] not in ("priority", "bonusExtraCapacity"):
                yield good.mutant("is no whole number", keys, value + 0.5, Change({keys: Outcome.UNREADABLE}))


def _is_duration(keys: Keys) -> bool:
    return keys[-1] in DURATIONS and (keys[-1] == "requestTimeout" or keys[-2] in PROBES)


def _misread(keys: Keys, more: set[Said]) -> Change:
    """A text that is no duration. Of a request timeout that is a finding of its own, for which other rules wait."""
    if keys[-1] != "requestTimeout":
        return Change({keys: Outcome.UNREADABLE}, more)
    rule = "request-timeout-format"
    finding = (rule, Outcome.VIOLATED, format_path(keys))
    return Change({keys: Outcome.UNREADABLE}, {*more, finding}, told=frozenset({rule}))


MUTATORS: Final[Mapping[str, Mutator]] = {
    "drop": dropped,
    "unknown": unknown,
    "secret": secret,
    "wrong-type": mistyped,
    "misspelt": misspelt,
    "wrong-case": wrong_case,
    "placeholder": placeholder,
    "placeholder-in-id": in_part,
    "unit": units,
}
