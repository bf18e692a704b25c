"""What is known of a pattern before it is tried."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_pools.placeholders.patterns import certain_text

CERTAIN = {
    "abc": "abc",
    "[0-9]{4}AzCa[A-P]": "azca",
    "(?P<refine>[a-z]{3}\\+ASt)=": "+ast=",
    "a|b": "",
    "(?:AKIA|ASIA)x": "a",
    "ab?cdef+": "cde",
    "short(?:longer)?": "short",
    "(?=ahead)it": "it",
    "(?i)Key": "",
    "(?ai)Key": "key",
    "x(?i:Key)": "x",
    "x(?-i:Key)": "xkey",
    "caf\u00e9s|caf\u00e9": "",
    "\\x00no": "no",
    "": "",
}


@pytest.mark.parametrize("source", CERTAIN)
def test_the_text_that_is_certain(source: str) -> None:
    assert certain_text(source) == CERTAIN[source]


def test_flags_may_be_given() -> None:
    assert certain_text("Key", re.IGNORECASE) == ""
    assert certain_text("Key", re.IGNORECASE | re.ASCII) == "key"


PATTERNS = st.sampled_from([*CERTAIN, "(?i)\u017fik", "(?i)k[is]", "(?ai)k[is]s"])


@settings(max_examples=300)
@given(PATTERNS.flatmap(lambda source: st.tuples(st.just(source), st.from_regex(source))))
def test_it_is_in_whatever_matches(source_and_text: tuple[str, str]) -> None:
    source, text = source_and_text

    assert certain_text(source) in text.lower()
