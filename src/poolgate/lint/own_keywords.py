"""The keywords that poolgate adds to JSON Schema: what they are called, and when a value breaks one.

`"x-poolgate-secret": "required"` or `"forbidden"` says whether there has to be a secret. `"x-poolgate-duration":
{"minimum": "PT1S", "maximum": "PT5M"}` bounds an ISO 8601 duration. `"x-poolgate-spelling": ["owner"]` says how a text
is written that is known in another case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from poolgate.errors import UsageError

if TYPE_CHECKING:
    from datetime import timedelta

SECRET_KEYWORD: Final = "x-poolgate-secret"
DURATION_KEYWORD: Final = "x-poolgate-duration"
SPELLING_KEYWORD: Final = "x-poolgate-spelling"


ARGUMENTS: Final = {
    SECRET_KEYWORD: '"required" or "forbidden"',
    DURATION_KEYWORD: 'an object with "minimum" and "maximum"',
    SPELLING_KEYWORD: "a list of names",
}
"""What the argument of each of them may be."""


def is_argument(keyword: str, argument: Any) -> bool:
    """Whether an argument is what a keyword of ours takes; with another one it would say nothing."""
    if keyword == SECRET_KEYWORD:
        return argument in ("required", "forbidden")
    if keyword == DURATION_KEYWORD:
        return isinstance(argument, dict) and argument.keys() <= {"minimum", "maximum"}
    return isinstance(argument, list) and all(isinstance(name, str) for name in argument)


def is_out_of_bounds(bounds: Any, instance: Any) -> bool:
    """Whether a value is a duration that is too short or too long.

    What is no duration is for `pattern` to say, which every other tool understands. Raises UsageError when a bound is
    no duration.
    """
    from inference_pools import durations

    try:
        length = durations.parse(instance) if isinstance(instance, str) else None
    except durations.DurationError:
        return False
    if length is None:
        return False
    shortest, longest = (_bound(bounds, name) for name in ("minimum", "maximum"))
    return (shortest is not None and length < shortest) or (longest is not None and length > longest)


def _bound(bounds: Any, name: str) -> timedelta | None:
    from inference_pools import durations

    try:
        return durations.parse(bounds[name]) if name in bounds else None
    except (TypeError, durations.DurationError) as error:
        raise UsageError(f"in a schema: {error}", key=f"{DURATION_KEYWORD}.{name}") from None


def is_spelt_otherwise(words: Any, instance: Any) -> bool:
    """Whether a value is one of the words but for the case of its letters."""
    return isinstance(instance, str) and instance not in words and instance.casefold() in map(str.casefold, words)
