"""JSON Schema errors in plain words: what was expected, what is there, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

from inference_pools.near_words import beyond_doubt, closest, nearest_key
from poolgate.lint.document import KeyPath, scalar_text
from poolgate.lint.json_types import CLASSES, KINDS
from poolgate.lint.own_keywords import DURATION_KEYWORD, SECRET_KEYWORD, SPELLING_KEYWORD
from poolgate.lint.secure_value import SecureValue

_Error: TypeAlias = Any
"""A `jsonschema.ValidationError`; its stubs leave open what its attributes are."""

_LONGEST_SHOWN: Final = 80
_MOST_LISTED: Final = 12

_NOTHING: Final = "nothing may be here"
_NUMBER: Final = re.compile(r"[-+]?[0-9]+([.][0-9]+)?", re.ASCII)
_SWITCHES: Final = {
    **dict.fromkeys(("yes", "y", "on", "t", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "f", "0"), "false"),
}
"""What people write for true and false and the engine takes for texts."""


class Problem(NamedTuple):
    """One thing wrong with a value. `at_key` says that the key, not the value, is what is wrong.

    `fix` is what to write in place of the key or value, where there is no doubt. `missing` is the name of a key that
    should be in the value, `meant` the known key that an unknown one resembles. `is_slight` is true of what works,
    and should be written otherwise all the same; `is_private` of a value that nobody may see.
    """

    path: KeyPath
    message: str
    at_key: bool = False
    fix: str | None = None
    missing: str | None = None
    meant: str | None = None
    is_slight: bool = False
    is_private: bool = False


def problems(errors: Iterable[_Error], root_of: RootOf | None = None) -> Iterator[Problem]:
    """The problems behind the errors of a validator, without those that only follow from another one of them.

    `root_of` finds the secret value that a path leads into: of an error inside it no more is told than that.
    """
    errors = list(errors)
    if not errors:
        return iter(())
    if root_of is not None:
        for error in errors:
            _mark_private(error, root_of)
    by_path: dict[KeyPath, set[str]] = {}
    for error in errors:
        by_path.setdefault(_path(error), set()).add(str(error.validator))
    found = [
        problem
        for error in errors
        if not _follows(error, by_path[_path(error)] | by_path.get(_private_root(error) or (), set()))
        for problem in _told(error)
    ]
    misspelt = {(problem.path[:-1], problem.meant) for problem in found if problem.meant is not None}
    return (problem for problem in found if (problem.path, problem.missing) not in misspelt)


RootOf: TypeAlias = Callable[[KeyPath], KeyPath | None]


def _mark_private(error: _Error, root_of: RootOf) -> None:
    """Notes the secret value that an error is about, in the error and in those that it consists of."""
    path = _path(error)
    if _is_about_key(error):
        path = (*path, str(error.instance))
    error.private_root = root_of(path)
    for inner in error.context or ():
        _mark_private(inner, root_of)


def _private_root(error: _Error) -> KeyPath | None:
    root: KeyPath | None = getattr(error, "private_root", None)
    return root


def _follows(error: _Error, others: set[str]) -> bool:
    """Whether another error at the same place says it better."""
    if SECRET_KEYWORD in others and error.validator != SECRET_KEYWORD:
        return True  # of the value itself, or of the whole secret that it lies in
    return error.validator == "type" and bool(others & {"enum", "const"})


def _told(error: _Error) -> Iterator[Problem]:
    """An error, in the words of the keyword that raised it."""
    return (_private if _is_private(error) else _SEVERAL.get(str(error.validator), _one))(error)


def _is_private(error: _Error) -> bool:
    """Whether the value is meant to be a secret, though it may stand there in clear."""
    path = _path(error)
    meant = isinstance(error.schema, dict) and error.schema.get(SECRET_KEYWORD) == "required"
    meant = meant or _private_root(error) is not None
    return error.validator != SECRET_KEYWORD and (meant or path[-1:] == ("secure",))


def _private(error: _Error) -> Iterator[Problem]:
    wanted = f"expected {_kinds(error.validator_value)}" if error.validator == "type" else "is not as it has to be"
    path = _private_root(error) or _path(error)
    yield Problem(path, f"{wanted}; what is there is not shown, for it may be a secret", is_private=True)


# ---------------------------------------------------------------------------------------------------------------
# Values and words
# ---------------------------------------------------------------------------------------------------------------


def in_plain_words(problem: str) -> str:
    """What libyaml says of a file that is no YAML, for those who do not know how it reads."""
    return next((words for pattern, words in _SYNTAX.items() if re.search(pattern, problem)), problem)


_SYNTAX: Final = {
    "quoted scalar.*end of stream": "a text in quotes is not closed",
    "flow node.*expected node content": "a value is missing, or a bracket that is open is not closed",
    r"flow (mapping|sequence).*expected ',' or": "a comma is missing, or a bracket that is open is not closed",
    "mapping values are not allowed": (
        "a colon where none can be: put a text that has a colon in it in quotes, or mend the indentation"
    ),
    "expected key": "expected a key here; mend the indentation, or a quote that is not closed above",
    "could not find expected ':'": "expected a key and a colon here, or in the lines above",
    "expected '-' indicator": "expected a dash here, as the items above have; mend the indentation",
    "cannot start any token": "a text cannot begin with this character; put it in quotes",
    "did not find expected hexdecimal|unknown escape": (
        "not an escape that YAML has; in double quotes a backslash is written twice"
    ),
}


def shown(value: Any, name: str | int | None = None) -> str:
    """A value in a message: short, and never a secret. `name` is the key it stands under."""
    if isinstance(value, SecureValue):
        return "a secret"
    if isinstance(value, str):
        return _shown_text(value, name if isinstance(name, str) else None)
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "nothing" if value is None else _shortened(scalar_text(value))


def _shown_text(value: str, name: str | None) -> str:
    from inference_pools.plaintext_secrets import kind_of_secret

    if not value:
        return "an empty text"
    if secret := kind_of_secret(value, name):
        return f"a text that is not shown, for it looks like {secret}"
    return f"'{_shortened(value)}'"


def _shortened(text: str) -> str:
    printable = text
    if not text.isprintable():
        printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return printable if len(printable) <= _LONGEST_SHOWN else f"{printable[: _LONGEST_SHOWN - 1]}…"


def _path(error: _Error) -> KeyPath:
    return tuple(error.absolute_path)


def _found(error: _Error) -> str:
    return f"found {_shown(error)}"


def _shown(error: _Error) -> str:
    path = _path(error)
    return shown(error.instance, path[-1] if path else None)


def _kinds(wanted: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    return " or ".join(KINDS.get(name, name) for name in names)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


# ---------------------------------------------------------------------------------------------------------------
# Keywords that judge one value
# ---------------------------------------------------------------------------------------------------------------


def _one(error: _Error) -> Iterator[Problem]:
    say = _SAID.get(str(error.validator))
    # A keyword of which we know no words names its argument; the instance may hold secrets and is left out.
    message = say(error) if say else f"breaks '{error.validator}' of the schema"
    fix = _FIXED.get(str(error.validator), lambda _: None)(error)
    is_slight = error.validator == SPELLING_KEYWORD
    if _is_about_key(error):
        path = (*_path(error), str(error.instance))
        yield Problem(path, message, at_key=True, fix=fix if is_slight else None, is_slight=is_slight)
    else:
        is_private = error.validator == SECRET_KEYWORD and error.validator_value == "required"
        yield Problem(_path(error), message, fix=fix, is_slight=is_slight, is_private=is_private)


def _is_about_key(error: _Error) -> bool:
    """Whether it was `propertyNames` that was judged: the instance is then a key."""
    steps = [None, *error.absolute_schema_path]
    return any(step == "propertyNames" and before != "properties" for before, step in pairwise(steps))


def _type(error: _Error) -> str:
    wanted, value = error.validator_value, error.instance
    hint = ""
    if wanted == "boolean" and isinstance(value, str) and value.lower() in _SWITCHES:
        hint = f"; write {_SWITCHES[value.lower()]}"
    elif wanted == "string" and isinstance(value, (bool, int, float)):
        hint = "; put it in quotes"
    elif wanted in ("integer", "number") and isinstance(value, str) and _NUMBER.fullmatch(value):
        hint = "; leave out the quotes"
    return f"expected {_kinds(wanted)}, {_found(error)}{hint}"


def _enum(error: _Error) -> str:
    allowed = error.validator_value
    options = ", ".join(shown(option) for option in allowed)
    hint = ""
    if isinstance(error.instance, str):
        hint = closest(error.instance, [option for option in allowed if isinstance(option, str)])
    return f"expected one of {options}, {_found(error)}{hint}"


def _pattern(error: _Error) -> str:
    schema = error.schema
    what = schema.get("title") or f"a text that matches {error.validator_value}"
    example = next(iter(schema.get("examples", ())), None)
    hint = f", for example {example}" if example is not None else ""
    reason = _why_no_duration(error.instance) if DURATION_KEYWORD in schema else _nearly(error)
    return f"expected {what}{hint}; {_found(error)}{reason}"


def _nearly(error: _Error) -> str:
    """What is well-formed but for blanks and capitals."""
    text = error.instance
    if not _shown(error).startswith("'"):
        return ""  # What is not shown is not shown in another spelling, either.
    closed = re.sub(r"\s", "", text)
    candidates = (text.strip(), text.lower(), closed, closed.lower())
    near = next((each for each in candidates if each != text and re.search(error.validator_value, each)), None)
    return f"; did you mean '{near}'?" if near else ""


def _why_no_duration(text: str) -> str:
    from inference_pools import durations

    try:
        durations.parse(text)
    except durations.DurationError as error:
        return f", which {error.reason}{_meant_duration(error.meant)}"
    return ""


def _meant_duration(meant: str | None) -> str:
    """A question that names a duration and, unless it says so itself, how long that is."""
    from inference_pools import durations

    if meant is None:
        return ""
    words = "" if " " in meant else f" ({durations.humanize(durations.parse(meant))})"
    return f"; did you mean {meant}{words}?"


def _duration(error: _Error) -> str:
    """A duration out of bounds: only numbers in words can be compared at a glance."""
    from inference_pools import durations

    bounds = {name: durations.parse(text) for name, text in error.validator_value.items()}
    length = durations.parse(error.instance)
    is_short = "minimum" in bounds and length < bounds["minimum"]
    limit = bounds["minimum" if is_short else "maximum"]
    said = f"{error.instance} is {durations.humanize(length)}"
    limit_in_words = durations.humanize(limit)
    return f"{said}; {'at least' if is_short else 'the limit is'} {limit_in_words}{' is needed' if is_short else ''}"


def _spelling(error: _Error) -> str:
    return spelling_message(error.instance, _respelt(error))


def spelling_message(written: str, meant: str) -> str:
    """What is said of a name in another case than the one it is known in."""
    return f"'{written}' is '{meant}' in another case: one name to Azure, two to reports; write '{meant}'"


def _respelt(error: _Error) -> str:
    words: list[str] = error.validator_value
    return next(word for word in words if word.casefold() == error.instance.casefold())


def _not(error: _Error) -> str:
    """What must not be; most often that is several keys beside each other."""
    unwanted = error.validator_value
    names = _names_needed(unwanted)
    if not names or not isinstance(error.instance, dict):
        return f"expected anything but {_shown(error)}"
    quoted = [f"'{name}'" for name in names]
    return f"{quoted[0]} must not be here" if len(quoted) == 1 else f"{' and '.join(quoted)} must not be here together"


def _described(schema: Any) -> str:
    """A schema in a few words."""
    known = schema if isinstance(schema, dict) else {}
    return str(known.get("title") or _choices(known) or _kinds(known.get("type", ())) or "as the schema says")


def _count_of_items(error: _Error, bound: str) -> str:
    described = _described(error.schema.get("contains"))
    return f"expected {bound} {_counted(error.validator_value, 'item')} that {_is_or_are(error)} {described}"


def _is_or_are(error: _Error) -> str:
    return "is" if error.validator_value == 1 else "are"


def _too_many_items(error: _Error) -> str:
    most = len(error.schema.get("prefixItems", ()))
    if error.validator_value is not False or not most:
        return f"breaks '{error.validator}' of the schema"
    return f"expected at most {_counted(most, 'item')}, found {len(error.instance)}"


_SAID: Final[dict[str, Callable[[_Error], str]]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda e: f"expected {shown(e.validator_value)}, {_found(e)}",
    "pattern": _pattern,
    "minimum": lambda e: f"expected at least {e.validator_value}, {_found(e)}",
    "maximum": lambda e: f"expected at most {e.validator_value}, {_found(e)}",
    "exclusiveMinimum": lambda e: f"expected more than {e.validator_value}, {_found(e)}",
    "exclusiveMaximum": lambda e: f"expected less than {e.validator_value}, {_found(e)}",
    "multipleOf": lambda e: f"expected a multiple of {e.validator_value}, {_found(e)}",
    "minLength": lambda e: f"expected at least {_counted(e.validator_value, 'character')}, {_found(e)}",
    "maxLength": lambda e: f"expected at most {_counted(e.validator_value, 'character')}, found {len(e.instance)}",
    "minItems": lambda e: f"expected at least {_counted(e.validator_value, 'item')}, found {len(e.instance)}",
    "maxItems": lambda e: f"expected at most {_counted(e.validator_value, 'item')}, found {len(e.instance)}",
    "minProperties": lambda e: f"expected at least {_counted(e.validator_value, 'key')}, found {len(e.instance)}",
    "maxProperties": lambda e: f"expected at most {_counted(e.validator_value, 'key')}, found {len(e.instance)}",
    "uniqueItems": lambda _: "the same entry stands in the list twice",
    "not": _not,
    "contains": lambda e: f"expected an item that is {_described(e.validator_value)}; there is none",
    "minContains": lambda e: _count_of_items(e, "at least"),
    "maxContains": lambda e: _count_of_items(e, "at most"),
    "items": _too_many_items,
    "unevaluatedItems": _too_many_items,
    "None": lambda _: _NOTHING,
    DURATION_KEYWORD: _duration,
    SPELLING_KEYWORD: _spelling,
    SECRET_KEYWORD: lambda e: (
        "has to be a secret; set it with `pulumi config set --secret`"
        if e.validator_value == "required"
        else "must not be a secret"
    ),
}


def _enum_in_case(error: _Error) -> str | None:
    """The choice that differs in case only."""
    written = error.instance
    same = [
        option
        for option in error.validator_value
        if isinstance(written, str) and isinstance(option, str) and option.casefold() == written.casefold()
    ]
    return same[0] if len(same) == 1 else None


def _const_in_case(error: _Error) -> str | None:
    wanted, written = error.validator_value, error.instance
    if isinstance(wanted, str) and isinstance(written, str) and wanted.casefold() == written.casefold():
        return wanted
    return None


def _canonical_duration(error: _Error) -> str | None:
    from inference_pools import durations

    return durations.canonical(error.instance) if DURATION_KEYWORD in error.schema else None


_FIXED: Final[dict[str, Callable[[_Error], str | None]]] = {
    "enum": _enum_in_case,
    "const": _const_in_case,
    "pattern": _canonical_duration,
    SPELLING_KEYWORD: _respelt,
}
"""What to write instead, where nobody could have meant anything else."""


# ---------------------------------------------------------------------------------------------------------------
# Keywords that judge keys
# ---------------------------------------------------------------------------------------------------------------


def _required(error: _Error) -> Iterator[Problem]:
    # jsonschema raises one error for each missing key and names it in the message only.
    schema = error.schema
    missing = [key for key in error.validator_value if key not in error.instance]
    name = next(key for key in missing if error.message == f"{key!r} is a required property")
    part = schema.get("properties", {}).get(name)
    yield missing_key(_path(error), name, part.get("title") if isinstance(part, dict) else None)


def missing_key(path: KeyPath, name: str, what: str | None = None) -> Problem:
    """A key that is not there; `what` says what it is."""
    return Problem(path, f"'{name}' is missing{f' ({what})' if what else ''}", missing=name)


def _unknown_keys(error: _Error) -> Iterator[Problem]:
    schema = error.schema
    instance = error.instance
    known = list(schema.get("properties", {}))
    patterns = list(schema.get("patternProperties", {}))
    for key in instance:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            yield unknown_key((*_path(error), key), key, known, [name for name in known if name not in instance])


def unknown_key(path: KeyPath, key: str, known: Sequence[str], absent: Sequence[str]) -> Problem:
    """A key that the schema does not know; `absent` are the known ones that are not there yet."""
    meant = nearest_key(key, absent)
    near = meant or nearest_key(key, known)
    fix = beyond_doubt(key, known)
    message = unknown_key_message(key, near, known)
    return Problem(path, message, at_key=True, fix=fix if fix == meant else None, meant=meant)


def unknown_key_message(key: str, near: str | None, known: Sequence[str] = ()) -> str:
    """What is said of an unknown key: the one that was probably meant, else those that there are."""
    hint = f"; did you mean '{near}'?" if near else ""
    if not near and known:
        listed = sorted(known)[:_MOST_LISTED]
        rest = f" and {len(known) - len(listed)} more" if len(known) > len(listed) else ""
        hint = f"; known are {', '.join(listed)}{rest}"
    return f"'{key}' is not known here{hint}"


def _dependent(error: _Error) -> Iterator[Problem]:
    # As with `required`, the message alone says which of the keys it is.
    needs: Mapping[str, list[str]] = error.validator_value
    name, needed = next(
        (name, needed)
        for name, all_needed in needs.items()
        for needed in all_needed
        if error.message == f"{needed!r} is a dependency of {name!r}"
    )
    yield Problem(_path(error), f"'{needed}' is missing; '{name}' beside it needs it", missing=needed)


# ---------------------------------------------------------------------------------------------------------------
# Unions
# ---------------------------------------------------------------------------------------------------------------


class _Branch(NamedTuple):
    """One of several possible schemas, as its errors tell of it. `depth` is how far in the union itself lies."""

    schema: Mapping[str, Any]
    errors: list[_Error]
    depth: int

    @property
    def title(self) -> str:
        return str(self.schema.get("title") or _kinds(self.schema.get("type", ())) or _choices(self.schema))

    @property
    def is_other_kind(self) -> bool:
        """Whether it is for another kind of value than the one that is there."""
        return any(_is_other_kind(error, self.depth) for error in self.errors)

    @property
    def wrong_marks(self) -> dict[str, _Error]:
        """The keys that tell the branches apart, as far as this branch wants another value there."""
        marks = self.schema.get("properties", {})
        return {
            str(error.absolute_path[-1]): error
            for error in self.errors
            if error.validator in ("const", "enum")
            and len(error.absolute_path) == self.depth + 1
            and error.validator in marks.get(error.absolute_path[-1], ())
        }

    def likeness(self, instance: Any) -> int:
        """How many of the keys that are there it knows."""
        properties = self.schema.get("properties", {})
        return sum(key in properties for key in instance) if isinstance(instance, dict) else 0


def _is_other_kind(error: _Error, depth: int) -> bool:
    if len(error.absolute_path) != depth:
        return False
    if error.validator in ("anyOf", "oneOf"):
        branches = _branches(error)
        return bool(branches) and all(branch.is_other_kind for branch in branches)
    if error.validator in ("enum", "const"):
        options = error.validator_value if error.validator == "enum" else [error.validator_value]
        return not any(_same_kind(option, error.instance) for option in options)
    return bool(error.validator == "type")


def _same_kind(first: Any, second: Any) -> bool:
    return any(
        isinstance(first, kinds) and isinstance(second, kinds) and isinstance(first, bool) == isinstance(second, bool)
        for kinds in CLASSES.values()
    )


def _choices(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(shown(option) for option in schema['enum'])}"
    return shown(schema["const"]) if "const" in schema else ""


def _alternatives(error: _Error) -> Iterator[Problem]:
    """Of several possible schemas, speak of the one that was meant, or say what the possibilities are."""
    branches = _branches(error)
    if not branches:
        yield Problem(_path(error), _NOTHING if error.context else _too_many(error))
        return
    of_kind = [branch for branch in branches if not branch.is_other_kind]
    fitting = [branch for branch in of_kind if not branch.wrong_marks]
    if of_kind and not fitting:
        yield from _unmarked(of_kind) or [_several(error, of_kind)]
    elif chosen := _meant(fitting, error.instance):
        yield from problems(chosen.errors)
    elif lacking := _lacking(fitting):
        names = dict.fromkeys(" and ".join(f"'{name}'" for name in each) for each in lacking)
        said = _several(error, fitting)
        are_called = any(branch.title for branch in fitting)
        yield said._replace(
            message=said.message if are_called else f"{' or '.join(names)} is missing", missing=lacking[0][0]
        )
    else:
        yield _several(error, fitting or branches)


def _too_many(error: _Error) -> str:
    """That a value fits several branches of `oneOf`, which most often name the key that is to be there alone."""
    there = error.instance if isinstance(error.instance, dict) else ()
    names = [name for branch in error.validator_value for name in _names_needed(branch) if name in there]
    if len(set(names)) > 1:
        quoted = " and ".join(f"'{name}'" for name in dict.fromkeys(names))
        return f"{quoted} must not be here together"
    return f"{_shown(error)} fits more than one of the possibilities"


def _names_needed(branch: Any) -> list[str]:
    """The keys that a branch asks for, if it says nothing else."""
    return branch.get("required", []) if isinstance(branch, dict) and branch.keys() <= {"required", "title"} else []


def _lacking(branches: Sequence[_Branch]) -> list[list[str]]:
    """For each branch the keys that it lacks; nothing if one of them finds anything else wrong."""
    lacking = []
    for branch in branches:
        found = list(problems(branch.errors))
        missing = [problem.missing for problem in found if problem.missing and len(problem.path) == branch.depth]
        if not missing or len(missing) != len(found):
            return []
        lacking.append(missing)
    return lacking


def _several(error: _Error, branches: Iterable[_Branch]) -> Problem:
    titles = dict.fromkeys(branch.title for branch in branches if branch.title)
    return Problem(_path(error), f"expected {' or '.join(titles) or 'another value'}, {_found(error)}")


def _meant(branches: Sequence[_Branch], instance: Any) -> _Branch | None:
    """The branch that is left, or the one that knows most of the keys that are there."""
    if len(branches) == 1:
        return branches[0]
    ranked = sorted(branches, key=lambda branch: branch.likeness(instance), reverse=True)
    if len(ranked) > 1 and ranked[0].likeness(instance) > ranked[1].likeness(instance):
        return ranked[0]
    return None


def _unmarked(branches: Sequence[_Branch]) -> list[Problem]:
    """The key that tells the branches apart has a value that none of them wants."""
    name = next(iter(branches[0].wrong_marks))
    marks = [branch.wrong_marks.get(name) for branch in branches]
    if any(mark is None for mark in marks):
        return []
    wanted: list[Any] = []
    for mark in filter(None, marks):
        wanted += mark.validator_value if mark.validator == "enum" else [mark.validator_value]
    first: _Error = marks[0]
    if _is_private(first):
        return list(_private(first))
    as_enum = type(first)(
        first.message, validator="enum", validator_value=wanted, instance=first.instance, schema={"enum": wanted}
    )
    return [Problem(_path(first), _enum(as_enum), fix=_enum_in_case(as_enum))]


def _branches(error: _Error) -> list[_Branch]:
    by_number: dict[int, list[_Error]] = {}
    for inner in error.context or ():
        # A branch that is `false` is nothing that a value could be; the reference does not say which one it is.
        if inner.schema_path:
            by_number.setdefault(inner.schema_path[0], []).append(inner)
    depth = len(error.absolute_path)
    return [
        _Branch(_schema_of(error.validator_value[number], errors, depth), errors, depth)
        for number, errors in by_number.items()
    ]


def _schema_of(schema: Any, errors: Iterable[_Error], depth: int) -> Mapping[str, Any]:
    """A branch's schema. What it refers to is found in the errors, which carry the schema they were judged by."""
    if not isinstance(schema, dict):
        return {}
    if "$ref" not in schema:
        return schema
    referred = (inner.schema for inner in errors if len(inner.absolute_path) == depth and inner.parent is not None)
    found = next((each for each in referred if isinstance(each, dict)), {})
    return {**found, **schema}


_SEVERAL: Final[dict[str, Callable[[_Error], Iterator[Problem]]]] = {
    "required": _required,
    "additionalProperties": _unknown_keys,
    "unevaluatedProperties": _unknown_keys,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
    "dependentRequired": _dependent,
}
