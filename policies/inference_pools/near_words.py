"""Which known word somebody meant who wrote another one: what stands behind every "did you mean".

Two measures: `nearest` finds what is alike, to ask about; a slip of the pen (`beyond_doubt`) is so near that it may be
put right unasked. Whoever calls decides which words are candidates, and may ask for more likeness.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_ALIKE: Final = 0.6
"""How alike two words are of which one may have been meant for the other, from 0 to 1."""
_LONG_WORD: Final = 8
"""Letters from which on two slips may be in a word that is still beyond doubt; in a shorter one only one."""
_NUMBER: Final = re.compile(r"\d+")


def nearest(word: str, known: Iterable[str], *, cutoff: float = _ALIKE, same_numbers: bool = False) -> str | None:
    """The known word that is most like another one; None where none is as alike as `cutoff`, from 0 to 1, asks.

    With `same_numbers`, words that differ in a number are two words and no slip: `grp-2` is not meant for `grp-1`.
    """
    if same_numbers:
        numbers = _NUMBER.findall(word)
        known = [other for other in known if _NUMBER.findall(other) == numbers]
    return next(iter(nearest_few(word, known, most=1, cutoff=cutoff)), None)


def nearest_few(word: str, known: Iterable[str], *, most: int, cutoff: float) -> list[str]:
    """The known words that are most like another one, the most alike first, for a caller who chooses among them."""
    import difflib  # most runs find nothing misspelt

    return difflib.get_close_matches(word, list(known), n=most, cutoff=cutoff)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that says a word is not known: a question that names the nearest one, or nothing."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""


def closest(key: str, known: Iterable[str]) -> str:
    """The same of a key, which may have a namespace, and is quoted."""
    near = nearest_key(key, known)
    return f"; did you mean '{near}'?" if near else ""


def nearest_key(wrong: str, known: Iterable[str]) -> str | None:
    """The known key that a wrong one resembles, whatever its case. What two keys share is not their namespace.

    A slip in the namespace that is there goes before the same name in another one, and that before anything that is
    but alike.
    """
    known = list(known)
    near = next((word for word in known if is_spelt_alike(word, wrong)), None)
    namespace, colon, name = wrong.rpartition(":")
    if near is not None or not colon:
        return near or _alike(wrong, known)
    of_namespace = [word.removeprefix(f"{namespace}:") for word in known if word.startswith(f"{namespace}:")]
    same = [word for word in known if is_spelt_alike(word.rpartition(":")[2], name)]
    found = beyond_doubt(name, of_namespace) or (None if len(same) == 1 else _alike(name, of_namespace))
    if found is not None:
        return f"{namespace}:{found}"
    near_names = same or [word for word in known if is_slip_of(name, word.rpartition(":")[2])]
    return near_names[0] if len(near_names) == 1 else None


def _alike(wrong: str, known: Iterable[str]) -> str | None:
    spelled = {word.lower(): word for word in known}
    near = nearest(wrong.lower(), spelled)
    return None if near is None else spelled[near]


def _plain(word: str) -> str:
    """A word without case, hyphens and underscores."""
    return re.sub(r"[-_]", "", word).casefold()


def beyond_doubt(wrong: str, known: Iterable[str]) -> str | None:
    """The one known word of which a wrong one is a slip of the pen; None where there is none, or a choice."""
    slips = [word for word in known if _is_slip(wrong, word)]
    return slips[0] if len(slips) == 1 else None


def _is_slip(wrong: str, word: str) -> bool:
    namespace, _, name = word.rpartition(":")
    wrong_namespace, _, wrong_name = wrong.rpartition(":")
    return namespace == wrong_namespace and is_slip_of(wrong_name, name)


def is_spelt_alike(first: str, second: str) -> bool:
    """Whether two names differ in case, hyphens and underscores at most."""
    return _plain(first) == _plain(second)


def is_slip_of(wrong: str, name: str) -> bool:
    """Whether a name is another one but for a slip of the pen: two in a long word."""
    first, second = _plain(wrong), _plain(name)
    most = 1 if min(len(first), len(second)) < _LONG_WORD else 2
    return abs(len(first) - len(second)) <= most and _distance(first, second) <= most


def _distance(first: str, second: str) -> int:
    """Letters to insert, leave out, change or swap with the next one (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        before, last, row = row, before, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
