"""What is known of a pattern before it is tried."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_pools.placeholders.patterns import certain_texts

CERTAIN = {
    "abc": {"abc"},
    "[0-9]{4}AzCa[A-P]": {"azca"},
    "(?P<refine>[a-z]{3}\\+ASt)=": {"+ast="},
    "a|b": set(),
    "(?:AKIA|ASIA)x": {"a", "x"},
    "ab?cdef+": {"a", "cde"},
    "short(?:longer)?": {"short"},
    "(?=ahead)it": {"it"},
    "(?i)Key": {"key"},
    "(?i)Disk=1": {"d", "k=1"},
    "(?ai)Disk=1": {"disk=1"},
    "x(?i:Key)y": {"x", "y"},
    "x(?-i:Key)": {"xkey"},
    "caf\u00e9s|caf\u00e9": set(),
    "a[b]c(?:d)": {"abcd"},
    "\\x00no": {"no"},
    "": set(),
}


@pytest.mark.parametrize("source", CERTAIN)
def test_the_texts_that_are_certain(source: str) -> None:
    assert certain_texts(source) == CERTAIN[source]


def test_flags_may_be_given() -> None:
    assert certain_texts("Is", re.IGNORECASE) == set()
    assert certain_texts("Is", re.IGNORECASE | re.ASCII) == {"is"}


PATTERNS = st.sampled_from(
    [*CERTAIN, "(?i)\u017fik", "(?i)k[is]", "(?ai)k[is]s", "(?i)aib", "(?i)asb", "(?i)akb", "(?i)st\u00e5l"]
)


@settings(max_examples=400)
@given(PATTERNS.flatmap(lambda source: st.tuples(st.just(source), st.from_regex(source))))
def test_each_is_in_whatever_matches(source_and_text: tuple[str, str]) -> None:
    source, text = source_and_text

    assert all(certain in text.lower() for certain in certain_texts(source))


EVERY_CHARACTER = "".join(map(chr, range(0x11_0000)))


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz")
def test_a_letter_is_certain_unless_it_matches_one_that_is_not_it_in_lower_case(letter: str) -> None:
    alike = re.findall(letter, EVERY_CHARACTER, re.IGNORECASE)
    certain = all(letter in character.lower() for character in alike)

    assert certain_texts(letter, re.IGNORECASE) == ({letter} if certain else set())
