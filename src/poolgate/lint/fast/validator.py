"""A validator that is sure of good values, tells simple errors, and leaves everything else to the reference.

`jsonschema` is the reference, and what messages are made from. It also takes longer to import than a thousand files
take to judge here, and a hundred times longer to judge. So a schema is compiled to functions first, one for each of its
keywords, with the conditions of the reference itself: the same regular expressions, numbers and equality, in Python.

What they find nothing in is good. What they find is told as the reference tells it (the place in the value, the schema,
the keyword and its argument, which is all that messages are made of), but for errors that need more: those of `anyOf`,
`contains` and the like carry other errors, or words of the reference. One of these, and the whole value is for the
reference. A schema that uses what is not in the table below, or uses it in a way that no schema may, is not compiled.

Differential tests hold that both find the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, Final, TypeAlias

from poolgate.lint.json_types import CLASSES
from poolgate.lint.own_keywords import (
    DURATION_KEYWORD,
    SECRET_KEYWORD,
    SPELLING_KEYWORD,
    is_argument,
    is_out_of_bounds,
    is_spelt_otherwise,
)
from poolgate.lint.secure_value import SecureValue, holds_secret


class FoundError:
    """What messages read of a `jsonschema.ValidationError`. `is_simple` says that it is all that there is to read."""

    __slots__ = (
        *("absolute_path", "absolute_schema_path", "instance", "is_simple", "message", "schema", "validator"),
        "private_root",
    )

    context = ()
    parent = None

    def __init__(self, instance: Any, schema: Any, keyword: str, message: str = "", *, is_simple: bool = True) -> None:
        self.absolute_path: list[str | int] = []
        self.absolute_schema_path: list[str | int] = [keyword]
        self.instance = instance
        self.schema = schema
        self.message = message
        self.validator = keyword
        self.is_simple = is_simple

    @property
    def validator_value(self) -> Any:
        """The argument of the keyword."""
        return self.schema[self.validator]


Validator: TypeAlias = Callable[[Any], "Sequence[FoundError] | None"]
"""Finds what is wrong with a value; an empty answer is certain. None when it is not known what the reference finds."""

Check: TypeAlias = Callable[[Any], "Sequence[FoundError]"]
"""Finds what one schema or keyword has against a value. The errors belong to the caller."""

_Holds: TypeAlias = Callable[[Any], bool]
_Make: TypeAlias = "Callable[[_Compiler, Any, Mapping[str, Any]], Check | None]"

_GOOD: Final[tuple[FoundError, ...]] = ()
_MOST_REMEMBERED: Final = 10_000
"""Texts and whole numbers that were good, for each schema in a schema: most values stand in many files."""
_LONGEST_REMEMBERED: Final = 200
"""Characters."""


class _UnsureError(Exception):
    """A value of which it is not known what the reference makes of it."""


class _NotCompiledError(Exception):
    """The schema uses something that is left to the reference, or is none."""


def compile_fast(name: str, read: Callable[[str], Any], *, whole: bool = True) -> Validator | None:
    """A validator for a schema; None for one that is left to the reference.

    `read` gives the contents of a schema file by its plain name, or raises LookupError; `name` is that of the schema
    itself. Without `whole` it does not matter what the root object lacks. For values as a Document has them, with a
    SecureValue for each secret.
    """
    try:
        check = _Compiler(name, read).root(whole=whole)
    except (_NotCompiledError, LookupError, OSError, ValueError, RecursionError, re.error):
        # The reference says what is wrong with the schema, if anything is.
        return None

    def validate(instance: Any) -> Sequence[FoundError] | None:
        try:
            return check(instance)
        except (_UnsureError, RecursionError):
            return None

    return validate


class _Compiler:
    """Compiles the schemas of one file, and of those that it refers to, each once."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self._name = name
        self._read = read
        self._documents: dict[str, Any] = {}
        self._referred: dict[tuple[str, str], Check | None] = {}

    def root(self, *, whole: bool) -> Check:
        contents = self._document()
        if not whole and isinstance(contents, dict):
            left_out = {"$id", *_OF_THE_WHOLE}
            contents = {keyword: argument for keyword, argument in contents.items() if keyword not in left_out}
        return self.schema(contents)

    def schema(self, schema: Any) -> Check:
        if isinstance(schema, bool):
            return _anything if schema else _more
        _ensure(isinstance(schema, dict))
        judges: dict[type, list[Check]] = {kind: [] for kind in _KINDS}
        for keyword, argument in schema.items():
            if keyword in _SILENT:
                _ensure(isinstance(argument, _SILENT[keyword]))
            elif keyword == "$id":
                _ensure(schema is self._document() and argument == self._name)
            else:
                _ensure(keyword in _KEYWORDS)
                kinds, make = _KEYWORDS[keyword]
                if check := make(self, argument, schema):
                    for kind in kinds if keyword != "type" else _kinds_beside(argument):
                        judges[kind].append(check)
        return _all(judges) if any(judges.values()) else _anything

    def reference(self, reference: str) -> Check:
        """What is referred to; it may be being compiled, and refer to itself."""
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise _NotCompiledError
        place = (match["file"] or self._name, match["pointer"] or "")
        if place not in self._referred:
            self._referred[place] = None
            around, self._name = self._name, place[0]
            self._referred[place] = self.schema(self._at(place[1]))
            self._name = around
        check = self._referred[place]
        referred = self._referred
        return check or (lambda instance: referred[place](instance))  # type: ignore[misc]  # compiled by then

    def _at(self, pointer: str) -> Any:
        found = self._document()
        for step in pointer.split("/")[1:]:
            _ensure(isinstance(found, dict))
            found = found[step.replace("~1", "/").replace("~0", "~")]
        # The reference reads a schema that names its dialect without our keywords.
        _ensure(not isinstance(found, dict) or "$schema" not in found)
        return found

    def _document(self) -> Any:
        if self._name not in self._documents:
            self._documents[self._name] = self._read(self._name)
        return self._documents[self._name]


_REFERENCE: Final = re.compile(r"(?P<file>[\w-][\w.-]*)?(?:#(?P<pointer>(/[\w.~$-]+)*))?", re.ASCII)

_OF_THE_WHOLE: Final = frozenset(("required", "minProperties", "dependentRequired"))
_SILENT: Final[Mapping[str, type]] = {
    **dict.fromkeys(("$schema", "$comment", "title", "description", "format"), str),
    **dict.fromkeys(("deprecated", "readOnly", "writeOnly"), bool),
    **{"examples": list, "default": object},
}
"""What says nothing about the value; `format` is not asserted by the reference."""


def _ensure(condition: bool) -> None:
    if not condition:
        raise _NotCompiledError


def _anything(_instance: Any) -> Sequence[FoundError]:
    return _GOOD


def _more(instance: Any) -> Sequence[FoundError]:
    """That something is wrong here, of which the reference has more to say."""
    return [FoundError(instance, True, "", is_simple=False)]


def _all(judges: Mapping[type, Sequence[Check]]) -> Check:
    """What all of a schema's keywords find, of which those judge that have something to say of such a value."""
    good: set[str | int] = set()

    def check(instance: Any) -> Sequence[FoundError]:
        kind = instance.__class__
        is_common = kind is str or kind is int
        if is_common and instance in good:
            return _GOOD
        judging = judges.get(kind)
        if judging is None:
            raise _UnsureError
        found: Sequence[FoundError] = _GOOD
        for judge in judging:
            if more := judge(instance):
                found = [*found, *more]
        if is_common and not found and (kind is int or len(instance) <= _LONGEST_REMEMBERED):
            if len(good) >= _MOST_REMEMBERED:
                good.clear()
            good.add(instance)
        return found

    return check


# ---------------------------------------------------------------------------------------------------------------
# Keywords that judge one value
# ---------------------------------------------------------------------------------------------------------------


def _asserting(keyword: str, is_argument: _Holds, holds: Callable[[Any], _Holds]) -> _Make:
    """A keyword whose argument says whether a value is good."""

    def make(_compiler: _Compiler, argument: Any, schema: Mapping[str, Any]) -> Check:
        _ensure(is_argument(argument))
        is_good = holds(argument)
        return lambda instance: _GOOD if is_good(instance) else [FoundError(instance, schema, keyword)]

    return make


def _is_of(types: str | list[str]) -> _Holds:
    """For a value that is of none of the classes: what else is whole is a float."""
    is_whole = "integer" in ([types] if isinstance(types, str) else types)
    return lambda value: is_whole and value.__class__ is float and value.is_integer()


def _kinds_beside(types: str | list[str]) -> list[type]:
    """The classes of values that are not good for some types, or not all of them."""
    names = [types] if isinstance(types, str) else types
    good = {kind for name in names for kind in CLASSES[name]}
    return [kind for kind in _ANY if kind not in good]


def _is_one_of(options: list[Any]) -> _Holds:
    texts = frozenset(option for option in options if isinstance(option, str))
    others = [option for option in options if not isinstance(option, str)]
    return lambda value: value in texts if value.__class__ is str else any(_equal(other, value) for other in others)


def _matches(pattern: str) -> _Holds:
    search = re.compile(pattern).search
    return lambda text: search(text) is not None


def _equal(one: Any, two: Any) -> bool:
    """As the reference has it: 1 is 1.0, and not true."""
    if one is two:
        return True
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(_equal, one, two))
    if isinstance(one, dict) and isinstance(two, dict):
        return len(one) == len(two) and all(key in two and _equal(value, two[key]) for key, value in one.items())
    return isinstance(one, bool) == isinstance(two, bool) and bool(one == two)


def _is_kind(kind: type) -> _Holds:
    return lambda argument: isinstance(argument, kind)


def _is_number(argument: Any) -> bool:
    return isinstance(argument, (int, float)) and not isinstance(argument, bool)


def _is_count(argument: Any) -> bool:
    return argument.__class__ is int and bool(argument >= 0)


def _is_types(argument: Any) -> bool:
    return (isinstance(argument, str) and argument in CLASSES) or (
        _is_names(argument) and bool(argument) and all(name in CLASSES for name in argument)
    )


def _is_names(argument: Any) -> bool:
    is_list = isinstance(argument, list) and all(isinstance(name, str) for name in argument)
    return is_list and len(set(argument)) == len(argument)


# The conditions are put as the reference puts them, so that a float that is no number fails where it does there.
_OF_TEXTS: Final[Mapping[str, _Make]] = {
    "pattern": _asserting("pattern", _is_kind(str), _matches),
    "minLength": _asserting("minLength", _is_count, lambda least: lambda text: len(text) >= least),
    "maxLength": _asserting("maxLength", _is_count, lambda most: lambda text: len(text) <= most),
    DURATION_KEYWORD: _asserting(
        DURATION_KEYWORD,
        partial(is_argument, DURATION_KEYWORD),
        lambda bounds: lambda text: not (bounds and is_out_of_bounds(bounds, text)),
    ),
    SPELLING_KEYWORD: _asserting(
        SPELLING_KEYWORD, _is_names, lambda words: lambda text: not is_spelt_otherwise(words, text)
    ),
}
_OF_NUMBERS: Final[Mapping[str, _Make]] = {
    "minimum": _asserting("minimum", _is_number, lambda least: lambda number: not number < least),
    "maximum": _asserting("maximum", _is_number, lambda most: lambda number: not number > most),
    "exclusiveMinimum": _asserting("exclusiveMinimum", _is_number, lambda below: lambda number: not number <= below),
    "exclusiveMaximum": _asserting("exclusiveMaximum", _is_number, lambda above: lambda number: not number >= above),
    # With fractions the reference rounds.
    "multipleOf": _asserting(
        "multipleOf",
        lambda divisor: _is_count(divisor) and divisor > 0,
        lambda divisor: lambda number: not number % divisor,
    ),
}


def _required(_compiler: _Compiler, names: Any, schema: Mapping[str, Any]) -> Check:
    _ensure(_is_names(names))
    needed = frozenset(names)

    def check(instance: Any) -> Sequence[FoundError]:
        if needed <= instance.keys():
            return _GOOD
        missing = (name for name in names if name not in instance)
        return [FoundError(instance, schema, "required", f"{name!r} is a required property") for name in missing]

    return check


def _dependent_required(_compiler: _Compiler, needs: Any, schema: Mapping[str, Any]) -> Check:
    _ensure(isinstance(needs, dict) and all(map(_is_names, needs.values())))

    def check(instance: Any) -> Sequence[FoundError]:
        return [
            FoundError(instance, schema, "dependentRequired", f"{needed!r} is a dependency of {name!r}")
            for name, all_needed in needs.items()
            if name in instance
            for needed in all_needed
            if needed not in instance
        ]

    return check


def _unique_items(_compiler: _Compiler, is_wanted: Any, schema: Mapping[str, Any]) -> Check | None:
    _ensure(isinstance(is_wanted, bool))

    def check(instance: Any) -> Sequence[FoundError]:
        return _GOOD if _are_unique(instance) else [FoundError(instance, schema, "uniqueItems")]

    return check if is_wanted else None


def _are_unique(items: list[Any]) -> bool:
    kinds = {item.__class__ for item in items}
    if dict in kinds or SecureValue in kinds:
        items = [item for item in items if not holds_secret(item)]
    if kinds == {str}:
        return len(set(items)) == len(items)
    if list in kinds or float in kinds:
        raise _UnsureError  # the reference sorts first, which lists in lists and what is no number disturb
    return not any(_equal(one, two) for one, two in combinations(items, 2))


def _secret(_compiler: _Compiler, wanted: Any, schema: Mapping[str, Any]) -> Check:
    _ensure(wanted in ("required", "forbidden"))

    def check(instance: Any) -> Sequence[FoundError]:
        is_good = (instance.__class__ is SecureValue) == (wanted == "required")
        return _GOOD if is_good else [FoundError(instance, schema, SECRET_KEYWORD)]

    return check


# ---------------------------------------------------------------------------------------------------------------
# Keywords that lead on to other schemas
# ---------------------------------------------------------------------------------------------------------------


def _led(found: Sequence[FoundError], *schema_steps: str | int, step: str | int | None = None) -> Sequence[FoundError]:
    """What was found one step further on, as it is told from here."""
    for error in found:
        error.absolute_schema_path[:0] = schema_steps
        if step is not None:
            error.absolute_path.insert(0, step)
    return found


def _schemas(compiler: _Compiler, named: Any) -> dict[str, Check]:
    _ensure(isinstance(named, dict))
    return {name: compiler.schema(schema) for name, schema in named.items()}


def _list(compiler: _Compiler, listed: Any) -> list[Check]:
    _ensure(isinstance(listed, list) and bool(listed))
    return [compiler.schema(schema) for schema in listed]


def _beside(schema: Mapping[str, Any], keyword: str, kind: type) -> Any:
    """The argument of a keyword that another one looks at."""
    argument = schema.get(keyword, kind())
    _ensure(isinstance(argument, kind))
    return argument


def _properties(compiler: _Compiler, named: Any, _schema: Mapping[str, Any]) -> Check:
    judges = [(name, judge) for name, judge in _schemas(compiler, named).items() if judge is not _anything]

    def check(instance: Any) -> Sequence[FoundError]:
        found: Sequence[FoundError] = _GOOD
        for name, judge in judges:
            if name in instance and (more := judge(instance[name])):
                found = [*found, *_led(more, "properties", name, step=name)]
        return found

    return check


def _pattern_properties(compiler: _Compiler, named: Any, _schema: Mapping[str, Any]) -> Check:
    judges = [(pattern, re.compile(pattern), judge) for pattern, judge in _schemas(compiler, named).items()]

    def check(instance: Any) -> Sequence[FoundError]:
        found: Sequence[FoundError] = _GOOD
        for pattern, compiled, judge in judges:
            for name, value in instance.items():
                if compiled.search(name) and (more := judge(value)):
                    found = [*found, *_led(more, "patternProperties", pattern, step=name)]
        return found

    return check


def _additional_properties(compiler: _Compiler, argument: Any, schema: Mapping[str, Any]) -> Check | None:
    judge = compiler.schema(argument)
    known = _beside(schema, "properties", dict).keys()
    patterns = "|".join(_beside(schema, "patternProperties", dict))
    of_pattern = re.compile(patterns).search if patterns else None
    if argument is True:
        return None

    def check(instance: Any) -> Sequence[FoundError]:
        if instance.keys() <= known:
            return _GOOD
        found: Sequence[FoundError] = _GOOD
        for name, value in instance.items():
            if name not in known and not (of_pattern and of_pattern(name)):
                if argument is False:
                    return [FoundError(instance, schema, "additionalProperties")]
                if more := judge(value):
                    found = [*found, *_led(more, "additionalProperties", step=name)]
        return found

    return check


def _property_names(compiler: _Compiler, argument: Any, _schema: Mapping[str, Any]) -> Check:
    judge = compiler.schema(argument)

    def check(instance: Any) -> Sequence[FoundError]:
        return _more(instance) if any(map(judge, instance)) else _GOOD

    return check


def _items(compiler: _Compiler, argument: Any, schema: Mapping[str, Any]) -> Check:
    judge = compiler.schema(argument)
    first = len(_beside(schema, "prefixItems", list))

    def check(instance: Any) -> Sequence[FoundError]:
        found: Sequence[FoundError] = _GOOD
        if argument is False and len(instance) > first:
            return _more(instance)  # the reference speaks of the list, not of an item
        for index in range(first, len(instance)):
            if more := judge(instance[index]):
                found = [*found, *_led(more, "items", step=index)]
        return found

    return check


def _prefix_items(compiler: _Compiler, listed: Any, _schema: Mapping[str, Any]) -> Check:
    judges = _list(compiler, listed)

    def check(instance: Any) -> Sequence[FoundError]:
        pairs = enumerate(zip(instance, judges, strict=False))
        return [
            error for index, (item, judge) in pairs for error in _led(judge(item), "prefixItems", index, step=index)
        ]

    return check


def _contains(compiler: _Compiler, argument: Any, schema: Mapping[str, Any]) -> Check:
    judge = compiler.schema(argument)
    least, most = schema.get("minContains", 1), schema.get("maxContains")

    def check(instance: Any) -> Sequence[FoundError]:
        count = sum(not judge(item) for item in instance)
        return _GOOD if least <= count and (most is None or count <= most) else _more(instance)

    return check


def _all_of(compiler: _Compiler, listed: Any, _schema: Mapping[str, Any]) -> Check:
    judges = _list(compiler, listed)

    def check(instance: Any) -> Sequence[FoundError]:
        found: Sequence[FoundError] = _GOOD
        for index, judge in enumerate(judges):
            if more := judge(instance):
                found = [*found, *_led(more, "allOf", index)]
        return found

    return check


def _dependent_schemas(compiler: _Compiler, named: Any, _schema: Mapping[str, Any]) -> Check:
    judges = _schemas(compiler, named)

    def check(instance: Any) -> Sequence[FoundError]:
        return [
            error
            for name, judge in judges.items()
            if name in instance
            for error in _led(judge(instance), "dependentSchemas", name)
        ]

    return check


def _any_of(compiler: _Compiler, listed: Any, _schema: Mapping[str, Any]) -> Check:
    judges = _list(compiler, listed)
    return lambda instance: _more(instance) if all(judge(instance) for judge in judges) else _GOOD


def _one_of(compiler: _Compiler, listed: Any, _schema: Mapping[str, Any]) -> Check:
    judges = _list(compiler, listed)
    return lambda instance: _GOOD if sum(not judge(instance) for judge in judges) == 1 else _more(instance)


def _not(compiler: _Compiler, argument: Any, _schema: Mapping[str, Any]) -> Check:
    judge = compiler.schema(argument)
    return lambda instance: _GOOD if judge(instance) else _more(instance)


def _if(compiler: _Compiler, argument: Any, schema: Mapping[str, Any]) -> Check:
    judge, then, otherwise = (
        compiler.schema(each) for each in (argument, schema.get("then", True), schema.get("else", True))
    )

    def check(instance: Any) -> Sequence[FoundError]:
        return _led(otherwise(instance), "else") if judge(instance) else _led(then(instance), "then")

    return check


def _ref(compiler: _Compiler, argument: Any, _schema: Mapping[str, Any]) -> Check:
    _ensure(isinstance(argument, str))
    return compiler.reference(argument)


def _branch(compiler: _Compiler, argument: Any, schema: Mapping[str, Any]) -> None:
    """What `if` judges by; alone it says nothing."""
    if "if" not in schema:
        compiler.schema(argument)


def _definitions(compiler: _Compiler, named: Any, _schema: Mapping[str, Any]) -> None:
    _schemas(compiler, named)


def _count(_compiler: _Compiler, argument: Any, _schema: Mapping[str, Any]) -> None:
    _ensure(_is_count(argument))


_ANY: Final = (str, int, float, bool, type(None), list, dict)
_KINDS: Final = (*_ANY, SecureValue)

_KEYWORDS: Final[Mapping[str, tuple[tuple[type, ...], _Make]]] = {
    "type": (_ANY, _asserting("type", _is_types, _is_of)),  # but what is of one of the types, see _kinds_beside
    "enum": (_ANY, _asserting("enum", _is_kind(list), _is_one_of)),
    "const": (_ANY, _asserting("const", lambda _: True, lambda wanted: lambda value: _equal(wanted, value))),
    **{keyword: ((str,), make) for keyword, make in _OF_TEXTS.items()},
    **{keyword: ((int, float), make) for keyword, make in _OF_NUMBERS.items()},
    "minItems": ((list,), _asserting("minItems", _is_count, lambda least: lambda items: len(items) >= least)),
    "maxItems": ((list,), _asserting("maxItems", _is_count, lambda most: lambda items: len(items) <= most)),
    "uniqueItems": ((list,), _unique_items),
    "items": ((list,), _items),
    "prefixItems": ((list,), _prefix_items),
    "contains": ((list,), _contains),
    "minContains": ((), _count),
    "maxContains": ((), _count),
    "minProperties": (
        (dict,),
        _asserting("minProperties", _is_count, lambda least: lambda entries: len(entries) >= least),
    ),
    "maxProperties": (
        (dict,),
        _asserting("maxProperties", _is_count, lambda most: lambda entries: len(entries) <= most),
    ),
    "required": ((dict,), _required),
    "dependentRequired": ((dict,), _dependent_required),
    "properties": ((dict,), _properties),
    "patternProperties": ((dict,), _pattern_properties),
    "additionalProperties": ((dict,), _additional_properties),
    "propertyNames": ((dict,), _property_names),
    "dependentSchemas": ((dict,), _dependent_schemas),
    "anyOf": (_ANY, _any_of),
    "oneOf": (_ANY, _one_of),
    "not": (_ANY, _not),
    # Of a secret nobody knows the type. These judge it, as they do for the reference, see `secure_validator`.
    SECRET_KEYWORD: (_KINDS, _secret),
    "allOf": (_KINDS, _all_of),
    "if": (_KINDS, _if),
    "$ref": (_KINDS, _ref),
    "then": ((), _branch),
    "else": ((), _branch),
    "$defs": ((), _definitions),
}
"""The keywords: the classes of values that each judges, and what makes its check."""
