from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_pools.finding import Enforcement, Outcome, Severity, Target, Verdict, Waiver
from inference_pools.messages import Part, compose, parse
from inference_pools.path import Keys, parse_path
from inference_pools.runner import presentable, printable

REPORTED = [outcome for outcome in Outcome if outcome.reported]
KEYS = st.lists(st.one_of(st.text(max_size=12), st.integers(0, 99)), min_size=1, max_size=5).map(tuple)
TEXTS = st.text(max_size=60).map(printable)
REASONS = st.sampled_from(["not known yet", "a secret, not read", "no price is known for 'a: b', so it is not judged"])


def verdict(outcome: Outcome, keys: Keys, message: str, remedy: str = "") -> Verdict:
    return Verdict("a-rule", outcome, "urn", keys, message, remedy, Severity.HIGH, Enforcement.MANDATORY)


def read_back(verdicts: Sequence[Verdict]) -> list[Part]:
    return [part for _, message in compose(verdicts) for part in parse(message)]


def part(said: Verdict) -> Part:
    return Part(said.outcome, said.keys, said.message, said.remedy)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (verdict(Outcome.VIOLATED, ("sku", "tier"), "is 'x'", "Set it."), "sku.tier: is 'x'\nSet it."),
        (verdict(Outcome.VIOLATED, (), "lacks all"), "this resource: lacks all"),
        (verdict(Outcome.UNREADABLE, ("tags",), "is a list"), "[unreadable] tags: is a list"),
        (verdict(Outcome.BROKEN, (), "the rule failed"), "[broken] this resource: the rule failed"),
        (verdict(Outcome.WAIVED, ("sku",), "is waived", "Do."), "[waived] sku: is waived\nDo."),
        (verdict(Outcome.UNKNOWN, ("sku", "name"), "not known yet"), "[unknown] not known yet: sku.name"),
        (verdict(Outcome.UNKNOWN, (), "has no price"), "[unknown] has no price: this resource"),
    ],
)
def test_what_a_person_reads(said: Verdict, message: str) -> None:
    assert list(compose([said])) == [(said, message)]
    assert list(parse(message)) == [part(said)]


@given(KEYS, TEXTS, TEXTS)
def test_what_is_waived_says_until_when_and_is_read_back(keys: Keys, message: str, remedy: str) -> None:
    day = date(2026, 11, 22)
    waiver = Waiver("a-rule", Target(stack="a/b"), "Load test: it is", "ml-platform", "OPS-1", day, day)
    said = replace(verdict(Outcome.WAIVED, keys, message, remedy), waiver=waiver)
    ((_, text),) = compose([said])
    assert text.split("\n")[1] == "waived until 2026-11-22 by ml-platform: Load test: it is"
    assert list(parse(text)) == [part(said)]


def test_unknown_values_are_gathered_by_their_reason() -> None:
    verdicts = [
        verdict(Outcome.UNKNOWN, ("sku", "name"), "not known yet"),
        verdict(Outcome.VIOLATED, ("tags",), "lacks owner"),
        verdict(Outcome.UNKNOWN, ("tags", "a, b: c"), "a secret, not read"),
        verdict(Outcome.UNKNOWN, ("registries", 0), "not known yet"),
    ]

    assert [message for _, message in compose(verdicts)] == [
        "tags: lacks owner",
        '[unknown] a secret, not read: tags["a, b: c"]',
        "[unknown] not known yet: sku.name, registries[0]",
    ]


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.reported])
def test_what_is_only_counted_has_no_message(outcome: Outcome) -> None:
    assert list(compose([verdict(outcome, (), "")])) == []


@given(
    st.sampled_from([outcome for outcome in REPORTED if outcome is not Outcome.UNKNOWN]),
    st.one_of(st.just(()), KEYS),
    TEXTS,
    TEXTS,
)
def test_any_verdict_is_read_back(outcome: Outcome, keys: Keys, message: str, remedy: str) -> None:
    said = verdict(outcome, keys, message, remedy)

    assert read_back([said]) == [part(said)]


@given(st.lists(st.tuples(KEYS, REASONS), min_size=1, max_size=6))
def test_any_unknown_values_are_read_back(places: list[tuple[Keys, str]]) -> None:
    verdicts = [verdict(Outcome.UNKNOWN, keys, reason) for keys, reason in places]

    assert read_back(verdicts) == sorted(map(part, verdicts), key=lambda read: read.message)


@given(st.lists(st.tuples(st.sampled_from(REPORTED), KEYS, REASONS), max_size=6))
def test_nothing_is_lost_and_nothing_is_added(places: list[tuple[Outcome, Keys, str]]) -> None:
    verdicts = [verdict(outcome, keys, message) for outcome, keys, message in places]

    assert sorted(map(repr, read_back(verdicts))) == sorted(repr(part(said)) for said in verdicts)


@pytest.mark.parametrize(
    "order", ["##vso[task.setvariable variable=PATH]/tmp", "##[group]x", "###VSO[a]", r"#\#vso[a]"]
)
def test_no_order_to_a_runner_is_in_a_message_and_it_is_read_back(order: str) -> None:
    """Azure's agent obeys one wherever it stands in a line."""
    said = verdict(Outcome.VIOLATED, ("tags", f"x {order}"), f"is {order}", f"Not {order}.")
    unknown = verdict(Outcome.UNKNOWN, (f"x {order}",), "not known yet")
    ((_, message), (_, other)) = compose([said, unknown])

    assert not re.search(r"##(vso)?\[", message + other, re.IGNORECASE)
    assert read_back([said, unknown]) == [part(said), part(unknown)]


@pytest.mark.parametrize("text", ["", "hello", "a b: c", ".a: b", "[unknown] not known yet", "[odd] tags: x", "tags"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no message of this pack"):
        parse(text)


def test_unknown_values_of_several_resources_are_told_apart() -> None:
    """A rule over a stack speaks about many resources at once."""

    def unknown(urn: str, path: str) -> Verdict:
        return Verdict(
            "r", Outcome.UNKNOWN, urn, parse_path(path), "not known yet", "", Severity.LOW, Enforcement.ADVISORY
        )

    said = [
        (verdict.urn, message)
        for verdict, message in compose([unknown("b", "x"), unknown("a", "x"), unknown("b", "y")])
    ]
    assert said == [("a", "[unknown] not known yet: x"), ("b", "[unknown] not known yet: x, y")]


def test_a_path_with_a_secret_in_it_is_read_back_without_it() -> None:
    said = presentable([verdict(Outcome.VIOLATED, ("tags", "owner-hunter2", 0), "is odd")], [], {"hunter2"})

    assert [message for _, message in compose(said)] == ['tags["owner-[secret]"][0]: is odd']
    assert read_back(said) == [Part(Outcome.VIOLATED, ("tags", "owner-[secret]", 0), "is odd", "")]
