"""Which waiver holds, what it covers, and what becomes of a finding that one covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_pools.finding import Enforcement, Finding, Outcome, Severity, Target, Verdict, Waiver
from inference_pools.path import parse_path
from inference_pools.policy_config import ConfigError
from inference_pools.policy_config import parse as parse_config
from inference_pools.rule import OptionError, Options, Rule, waiver_rule
from inference_pools.rules import ALL
from inference_pools.waiver_review import judge_waivers, known, register
from inference_pools.waivers import Register, Standing, Terms, View, concerns, covers, matches, parse

TODAY = date(2026, 12, 1)
TYPE = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:prod::fleet::{TYPE}::chat"
KNOWN = known(ALL)

ENTRY: dict[str, Any] = {
    "rule": "capacity-bounded",
    "target": {"stack": "fleet/prod"},
    "reason": "Load test",
    "owner": "ml-platform",
    "ticket": "OPS-1",
    "created": "2026-11-01",
    "expires": "2027-01-31",
}


def waiver(rule: str = "capacity-bounded", *, begins: int = -30, ends: int = 60, **target: str) -> Waiver:
    """One that began and ends so many days from today."""
    return Waiver(
        rule=rule,
        target=Target(**(target or {"stack": "fleet/prod"})),
        reason="Load test",
        owner="ml-platform",
        ticket="OPS-1",
        created=TODAY + timedelta(days=begins),
        expires=TODAY + timedelta(days=ends),
    )


def verdict(
    rule: str = "capacity-bounded",
    outcome: Outcome = Outcome.VIOLATED,
    enforcement: Enforcement = Enforcement.MANDATORY,
    *,
    urn: str = URN,
    path: str = "sku.capacity",
) -> Verdict:
    return Verdict(
        rule, outcome, urn, parse_path(path), "is 999, the limit is 50", "Lower it.", Severity.HIGH, enforcement
    )


def agreed(*waivers: Waiver, terms: Terms | None = None, today: date | None = TODAY) -> Register:
    return Register(waivers, terms or Terms(), KNOWN, today)


def words(*waivers: Waiver, terms: Terms | None = None, today: date = TODAY) -> list[str]:
    return [standing.word for standing in agreed(*waivers, terms=terms, today=today).all_standings()]


def test_a_file_of_waivers() -> None:
    found, problems = parse({"waivers": [ENTRY, {**ENTRY, "ticket": 4711.0, "approved-by": "Ada", "reason": "a\n b"}]})
    assert problems == ()
    assert found[0] == Waiver(
        "capacity-bounded",
        Target(stack="fleet/prod"),
        "Load test",
        "ml-platform",
        "OPS-1",
        date(2026, 11, 1),
        date(2027, 1, 31),
    )
    assert (found[1].ticket, found[1].approved_by, found[1].reason) == ("4711", "Ada", "a b")
    assert found[0].note == "waived until 2027-01-31 by ml-platform: Load test"


@pytest.mark.parametrize("tree", [None, "", {}, {"waivers": None}, {"waivers": []}])
def test_a_file_without_any(tree: Any) -> None:
    assert parse(tree) == ((), ())


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in ENTRY.items() if name != key}


@pytest.mark.parametrize(
    ("tree", "problem"),
    [
        ([], "is no object with the key waivers"),
        ({"waiver": []}, "waiver: no such key; did you mean waivers?"),
        ({"waivers": "none"}, "waivers: is no list of waivers"),
        ({"waivers": ["x"]}, "waivers[0]: is no object with rule, reason, owner, ticket, target, created, expires, "
         "approved-by"),
        ({"waivers": [without("owner")]}, "waivers[0].owner: is missing"),
        ({"waivers": [without("target")]}, "waivers[0].target: is missing; name a urn or a stack"),
        ({"waivers": [without("expires")]}, "waivers[0].expires: is missing"),
        ({"waivers": [{**ENTRY, "expires": ""}]}, "waivers[0].expires: is empty"),
        ({"waivers": [{**ENTRY, "reason": "  "}]}, "waivers[0].reason: is empty"),
        ({"waivers": [{**ENTRY, "owner": None}]}, "waivers[0].owner: is empty"),
        ({"waivers": [{**ENTRY, "owner": ["a"]}]}, "waivers[0].owner: is ['a'], expected text"),
        ({"waivers": [{**ENTRY, "reason": "a\x1b[2K"}]}, "waivers[0].reason: is 'a\\x1b[2K', expected text"),
        ({"waivers": [{**ENTRY, "ticket": True}]}, "waivers[0].ticket: is True, expected text"),
        ({"waivers": [{**ENTRY, "rule": "*"}]}, "waivers[0].rule: is '*', expected a rule's id, or the beginning of "
         "one and *"),
        ({"waivers": [{**ENTRY, "rule": "sku-*-x"}]}, "waivers[0].rule: is 'sku-*-x', expected a rule's id, or the "
         "beginning of one and *"),
        ({"waivers": [without("rule")]}, "waivers[0].rule: is missing"),
        ({"waivers": [{**ENTRY, "rule": ["a"]}]}, "waivers[0].rule: is ['a'], expected text"),
        ({"waivers": [{**ENTRY, "target": {"stack": ""}}]}, "waivers[0].target.stack: is empty"),
        ({"waivers": [{**ENTRY, "target": {"urn": URN, "path": ["sku"]}}]},
         "waivers[0].target.path: is ['sku'], expected text"),
        ({"waivers": [{**ENTRY, "approved-by": " "}]}, "waivers[0].approved-by: is empty"),
        ({"waivers": [{**ENTRY, "expires": "2027-02-30"}]},
         "waivers[0].expires: is '2027-02-30', expected a date such as 2027-01-31"),
        ({"waivers": [{**ENTRY, "expires": "20270131"}]},
         "waivers[0].expires: is '20270131', expected a date such as 2027-01-31"),
        ({"waivers": [{**ENTRY, "expires": "2026-10-31"}]},
         "waivers[0].expires: is 2026-10-31, before created (2026-11-01)"),
        ({"waivers": [{**ENTRY, "expire": "x"}]}, "waivers[0].expire: no such key; did you mean expires?"),
        ({"waivers": [{**ENTRY, "target": "x"}]},
         "waivers[0].target: is 'x', expected an object; name a urn or a stack"),
        ({"waivers": [{**ENTRY, "target": {"stack": "prod"}}]},
         "waivers[0].target.stack: is 'prod', expected PROJECT/STACK"),
        ({"waivers": [{**ENTRY, "target": {"path": "sku"}}]},
         "waivers[0].target: names neither a urn nor a stack: it would cover every stack there is"),
        ({"waivers": [{**ENTRY, "target": {"stacks": "a/b", "urn": "x"}}]},
         "waivers[0].target.stacks: no such key; did you mean stack?"),
    ],
)  # fmt: skip
def test_what_is_no_waiver_is_said_with_its_place(tree: Any, problem: str) -> None:
    assert [str(found) for found in parse(tree)[1]] == [problem]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    _, problems = parse({"waivers": [{**without("owner"), "expires": "soon"}, ENTRY, without("reason")]})
    assert [found.keys for found in problems] == [
        ("waivers", 0, "owner"),
        ("waivers", 0, "expires"),
        ("waivers", 2, "reason"),
    ]


@pytest.mark.parametrize(
    ("pattern", "text", "covered"),
    [
        ("", "anything", True),
        ("sku.capacity", "sku.capacity", True),
        ("sku.capacity", "sku.capacityX", False),
        ("sku.?apacity", "sku.capacity", True),
        ("sku", "sku.capacity", False),
        ("sku.*", "sku.capacity", True),
        ("*", "", True),
        ("Sku.*", "sku.capacity", False),
        ('tags["cost center"]', 'tags["cost center"]', True),
        ("variables[0]", "variables[0]", True),
        ("variables[0]", "variables0", False),
        ("a.b", "axb", False),
        ("*InferencePool::chat", URN, True),
        ("*InferencePool::cha", URN, False),
        ("urn:pulumi:*::fleet::*", URN, True),
        ("urn:pulumi:*::fleet-2::*", URN, False),
    ],
)
def test_patterns(pattern: str, text: str, covered: bool) -> None:
    assert matches(pattern, text) is covered


@given(st.text("ab?*", max_size=8), st.text("ab", max_size=10))
def test_a_star_stands_for_any_text(pattern: str, text: str) -> None:
    assert matches(pattern, text) is (not pattern or fnmatchcase(text, pattern))


@pytest.mark.parametrize(
    ("rule", "covered"),
    [
        ("capacity-bounded", True),
        ("capacity-*", True),
        ("capacity-bounded*", True),
        ("capacity", False),
        ("capacity-meets-load", False),
        ("capacity-m*", False),
        ("c*", True),
    ],
)
def test_a_rule_is_named_in_full_or_by_its_beginning(rule: str, covered: bool) -> None:
    assert covers(waiver(rule), "capacity-bounded", URN, "fleet/prod", "sku.capacity") is covered


@pytest.mark.parametrize(
    ("target", "covered"),
    [
        ({"stack": "fleet/prod"}, True),
        ({"stack": "fleet/*"}, True),
        ({"stack": "*/prod"}, True),
        ({"stack": "fleet/dev"}, False),
        ({"urn": URN}, True),
        ({"urn": URN, "stack": "fleet/dev"}, False),
        ({"urn": URN, "path": "sku.capacity"}, True),
        ({"urn": URN, "path": "sku.name"}, False),
    ],
)
def test_every_part_of_a_target_has_to_match(target: dict[str, str], covered: bool) -> None:
    found = agreed(waiver(**target)).waived(verdict())
    assert (found.outcome is Outcome.WAIVED) is covered
    assert (found.enforcement is Enforcement.ADVISORY) is covered


def test_a_waived_finding_says_what_it_said_and_by_whom_it_is_waived() -> None:
    one = waiver()
    before = verdict()
    found = agreed(one).waived(before)
    assert (found.message, found.remedy, found.path, found.severity) == (
        before.message,
        before.remedy,
        before.path,
        before.severity,
    )
    assert found.waiver is one


@pytest.mark.parametrize(
    ("outcome", "enforcement", "covered"),
    [
        (Outcome.VIOLATED, Enforcement.MANDATORY, True),
        (Outcome.VIOLATED, Enforcement.ADVISORY, True),
        (Outcome.UNREADABLE, Enforcement.MANDATORY, True),
        (Outcome.UNKNOWN, Enforcement.MANDATORY, True),
        (Outcome.UNKNOWN, Enforcement.ADVISORY, False),
        (Outcome.BROKEN, Enforcement.MANDATORY, False),
        (Outcome.CLEAN, Enforcement.MANDATORY, False),
        (Outcome.NOT_APPLICABLE, Enforcement.MANDATORY, False),
    ],
)
def test_what_can_be_waived(outcome: Outcome, enforcement: Enforcement, covered: bool) -> None:
    before = verdict(outcome=outcome, enforcement=enforcement)
    assert (agreed(waiver()).waived(before) != before) is covered


@pytest.mark.parametrize(
    ("rule", "covered"),
    [("no-plaintext-secret", False), ("waivers-valid", False), ("capacity-bounded", True), ("names-unique", True)],
)
def test_what_cannot_be_waived_is_not(rule: str, covered: bool) -> None:
    found = agreed(waiver(f"{rule[:3]}*")).waived(verdict(rule))
    assert (found.outcome is Outcome.WAIVED) is covered


def test_the_policy_may_say_of_more_rules_that_they_cannot_be_waived() -> None:
    terms = Terms(not_waivable=("capacity-bounded",))
    assert agreed(waiver(), terms=terms).waived(verdict()) == verdict()
    assert words(waiver(), terms=terms) == ["invalid"]


@pytest.mark.parametrize(
    ("begins", "ends", "word"),
    [
        (0, 60, "active"),
        (1, 60, "early"),
        (-30, 15, "active"),
        (-30, 14, "expiring"),
        (-30, 0, "expiring"),
        (0, 0, "expiring"),
        (-30, -1, "expired"),
        (-305, 60, "active"),
        (-306, 60, "invalid"),
        (-400, -1, "expired"),
        (300, 800, "invalid"),
    ],
)
def test_days(begins: int, ends: int, word: str) -> None:
    """It holds from the first to the last day, both included, and a year at most."""
    one = waiver(begins=begins, ends=ends)
    assert words(one) == [word]
    holds = word in ("active", "expiring")
    assert (agreed(one).waived(verdict()).outcome is Outcome.WAIVED) is holds


def test_the_policy_sets_the_longest_time_and_the_warning() -> None:
    assert words(waiver(begins=-30, ends=60), terms=Terms(maximum_days=90)) == ["active"]
    assert words(waiver(begins=-30, ends=60), terms=Terms(maximum_days=89)) == ["invalid"]
    assert words(waiver(begins=-30, ends=60), terms=Terms(warn_days=60)) == ["expiring"]
    assert words(waiver(), terms=Terms(approval_required=True)) == ["invalid"]


def test_one_that_ends_today_and_was_too_long_has_not_expired() -> None:
    assert words(waiver(begins=-30, ends=0), terms=Terms(maximum_days=29)) == ["invalid"]
    assert words(waiver(begins=-30, ends=-1), terms=Terms(maximum_days=28)) == ["expired"]


@pytest.mark.parametrize(
    ("target", "spared"),
    [
        ({"stack": "fleet/prod"}, True),
        ({"stack": "fleet/prod", "path": "sku.name"}, True),
        ({"stack": "fleet/dev"}, False),
        ({"stack": "other/prod"}, False),
        ({"urn": URN}, True),
        ({"urn": f"{URN}2"}, False),
        ({"urn": URN, "stack": "fleet/dev"}, False),
    ],
)
def test_what_a_waiver_spares_from_being_put_right(target: dict[str, str], spared: bool) -> None:
    assert agreed(waiver(**target)).spares("capacity-bounded", URN) is spared
    assert not agreed(waiver(**target)).spares("sku-known", URN)
    assert not agreed(waiver(ends=-1, **target)).spares("capacity-bounded", URN)
    assert not agreed(waiver(**target), terms=Terms(not_waivable=("capacity-bounded",))).spares("capacity-bounded", URN)


def test_waivers_need_a_day() -> None:
    with pytest.raises(LookupError, match="today's date"):
        agreed(waiver(), today=None)
    assert agreed(today=None).waived(verdict()) == verdict()


def test_the_first_that_holds_is_shown() -> None:
    expired, first, second = waiver(ends=-1), waiver("capacity-*"), waiver()
    assert agreed(expired, first, second).waived(verdict()).waiver is first


@pytest.mark.parametrize(
    ("target", "view", "stale"),
    [
        ({"stack": "fleet/prod"}, View.STACK, True),
        ({"stack": "fleet/*"}, View.STACK, False),
        ({"stack": "fleet/*"}, View.PROJECT, True),
        ({"stack": "*/prod"}, View.PROJECT, False),
        ({"stack": "*/prod"}, View.ALL, True),
        ({"urn": URN}, View.STACK, True),
        ({"urn": URN.replace("prod", "p*")}, View.STACK, False),
        ({"urn": "*::chat"}, View.PROJECT, False),
        ({"urn": "*::chat"}, View.ALL, True),
    ],
)
def test_one_is_stale_when_all_that_it_is_about_was_seen(target: dict[str, str], view: View, stale: bool) -> None:
    unused = agreed(waiver(**target)).standings(["fleet/prod"], KNOWN, view)
    assert [standing.is_stale for standing in unused] == [stale]
    used = agreed(waiver(**target))
    used.waived(verdict())
    assert not any(standing.is_stale for standing in used.standings(["fleet/prod"], KNOWN, view))


def test_one_is_not_stale_while_it_cannot_be_told() -> None:
    """Its rule was not run, or could not judge the value, or its stack was not looked at."""
    unused = agreed(waiver())
    assert [one.is_stale for one in unused.standings(["fleet/prod"], set(KNOWN) - {"capacity-bounded"}, View.ALL)] == [
        False
    ]
    assert unused.standings(["fleet/dev"], KNOWN, View.ALL) == []
    unused.waived(verdict(outcome=Outcome.UNKNOWN, enforcement=Enforcement.ADVISORY))
    assert not any(one.is_stale for one in unused.standings(["fleet/prod"], KNOWN, View.ALL))


def test_a_new_stack_is_a_new_beginning() -> None:
    one = agreed(waiver())
    one.waived(verdict())
    one.forget()
    assert [standing.is_stale for standing in one.standings(["fleet/prod"], KNOWN, View.STACK)] == [True]


PIECES = st.sampled_from(["urn:pulumi:", "prod", "dev", "::", "fleet", "*", "?", "chat", "p", "d*"])


@given(st.lists(PIECES, max_size=8).map("".join), st.sampled_from(["prod", "dev"]), st.sampled_from(["fleet", "chat"]))
def test_what_covers_something_in_a_stack_concerns_it(pattern: str, stack: str, project: str) -> None:
    one = waiver(urn=pattern)
    for name in ("chat", "prod", ""):
        urn = f"urn:pulumi:{stack}::{project}::{TYPE}::{name}"
        if covers(one, "capacity-bounded", urn, f"{project}/{stack}", ""):
            assert concerns(one, f"{project}/{stack}")
            assert len(agreed(one).standings(["a/b", f"{project}/{stack}"], KNOWN, View.ALL)) == 1


@pytest.mark.parametrize(
    ("pattern", "concerned"),
    [
        (URN, True),
        ("urn:pulumi:prod::fleet::*", True),
        ("urn:pulumi:prod::other::*", False),
        ("urn:pulumi:dev::fleet::*", False),
        ("*", True),
        ("*::fleet::*::chat", True),
        ("urn:pulumi:prod", False),
    ],
)
def test_what_cannot_be_in_a_stack_does_not_concern_it(pattern: str, concerned: bool) -> None:
    assert concerns(waiver(urn=pattern), "fleet/prod") is concerned


def said(waivers: Sequence[Waiver], config: dict[str, Any] | None = None, today: date = TODAY) -> list[tuple[str, ...]]:
    settings = parse_config({"waivers-valid": config or {}}, ALL)
    found = register(settings, waivers, KNOWN, today).standings(["fleet/prod"], KNOWN, View.ALL)
    return [(one.outcome, one.enforcement, one.path) for one in judge_waivers(settings, found, today)]


def test_the_rule_about_waivers_has_the_levels_of_any_rule() -> None:
    expired = waiver(ends=-1)
    place = "waivers[0].expires"
    assert said([expired]) == [("violated", "mandatory", place)]
    assert said([expired], {"enforcementLevel": "advisory"}) == [("violated", "advisory", place)]
    assert said([expired], {"enforcementLevel": "remediate"}) == [("violated", "mandatory", place)]
    assert said([expired], {"mandatory_from": "2026-12-02"}) == [("violated", "advisory", place)]
    assert said([expired], {"mandatory_from": "2026-12-01"}) == [("violated", "mandatory", place)]
    assert said([expired], {"enforcementLevel": "disabled"}) == []
    assert said([]) == [("not applicable", "mandatory", "")]


def of(rules: Sequence[Rule[Any]], waivers: Sequence[Waiver], config: dict[str, Any] | None = None) -> list[Verdict]:
    """All that some rules about waivers say."""
    settings = parse_config(config or {}, rules)
    standings = register(settings, waivers, KNOWN, TODAY).standings(["fleet/prod"], KNOWN, View.STACK)
    return judge_waivers(settings, standings, TODAY)


def test_what_the_rule_says_is_of_no_resource() -> None:
    (found,) = of(ALL, [waiver(ends=-1)])
    (stale,) = of(ALL, [waiver()])
    (nothing,) = of(ALL, [])

    assert (found.rule, found.urn, found.severity, found.path) == (
        "waivers-valid", "", Severity.MEDIUM, "waivers[0].expires",
    )  # fmt: skip
    assert nothing.severity is Severity.MEDIUM
    assert found.remedy == "Mend what it covered and delete it, or agree on another one."
    assert stale.path == "waivers[0]"
    assert (nothing.rule, nothing.urn, nothing.message, nothing.remedy) == (
        "waivers-valid", "", "there are no waivers to judge", "",
    )  # fmt: skip


@waiver_rule(
    id="tickets-known",
    title="Tickets are ours",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Open a ticket.",
    since="2026.12",
    source="https://example.com",
)
def tickets_known(standing: Standing, options: Options) -> Iterator[Finding]:
    """A team's own rule about waivers; it cannot read every ticket."""
    if int(standing.waiver.ticket.partition("-")[2]) > 9:
        yield Finding("ticket", "is\x07 none of ours")


def test_a_teams_own_rule_about_waivers() -> None:
    both = (*ALL, tickets_known)

    assert [(one.rule, one.outcome, one.urn, one.path, one.message, one.remedy) for one in of(both, [
        replace(waiver(ends=-1), ticket="OPS-10")
    ])][1:] == [("tickets-known", "violated", "", "ticket", "is\\x07 none of ours", "Open a ticket.")]  # fmt: skip
    assert [(one.rule, one.outcome) for one in of(both, [waiver(ends=-1)])] == [
        ("waivers-valid", "violated"),
        ("tickets-known", "clean"),
    ]
    assert of(both, [waiver()], {"waivers-valid": "disabled"}) == [
        Verdict("tickets-known", Outcome.CLEAN, "", (), "", "", Severity.LOW, Enforcement.ADVISORY)
    ]


def test_a_rule_about_waivers_that_fails_blocks_and_hides_nothing() -> None:
    expired, odd = of((*ALL, tickets_known), [replace(waiver(ends=-1), ticket="none")])

    assert expired.outcome is Outcome.VIOLATED
    assert (odd.rule, odd.outcome, odd.enforcement, odd.urn, odd.path) == (
        "tickets-known", Outcome.BROKEN, Enforcement.MANDATORY, "", "",
    )  # fmt: skip
    assert odd.message.startswith("the rule failed at ")
    assert "test_waivers.py:" in odd.message
    assert odd.message.endswith("ValueError: invalid literal for int() with base 10: ''")


@pytest.mark.parametrize(
    ("term", "field", "message"),
    [
        ({"approval_required": True}, "approved-by", "is missing, and the policy asks for it"),
        ({"not_waivable": ["capacity-bounded"]}, "rule", "is capacity-bounded, which cannot be waived"),
        ({"maximum_days": 89}, "expires", "is 2027-01-30, 90 days after created, the limit is 89"),
        ({"warn_days": 60}, "expires", "is 2027-01-30, in 60 days: what it covers counts again after that"),
    ],
)
def test_the_policy_config_sets_the_terms(term: dict[str, Any], field: str, message: str) -> None:
    settings = parse_config({"waivers-valid": term}, ALL)
    agreed_on = register(settings, [waiver()], KNOWN, TODAY)
    agreed_on.waived(verdict())
    (found,) = judge_waivers(settings, agreed_on.standings(["fleet/prod"], KNOWN, View.STACK), TODAY)

    assert found.path == f"waivers[0].{field}"
    assert found.message == f"{message} (capacity-bounded, ml-platform, OPS-1)"


def test_terms_that_name_no_rule_are_refused() -> None:
    settings = parse_config({"waivers-valid": {"not_waivable": ["capacity-bound"]}}, ALL)
    message = "waivers-valid.not_waivable: 'capacity-bound' is no rule; did you mean capacity-bounded?"
    with pytest.raises(ConfigError) as error:
        register(settings, (), KNOWN, TODAY)
    assert str(error.value) == message


def test_terms_hold_when_the_rule_is_disabled() -> None:
    settings = parse_config({"waivers-valid": {"enforcementLevel": "disabled", "maximum_days": 9}}, ALL)
    assert register(settings, [waiver()], KNOWN, TODAY).waived(verdict()) == verdict()


def test_waivers_in_the_policy_config() -> None:
    settings = parse_config({"waivers-valid": {"inline": {"waivers": [ENTRY]}}}, ALL)
    assert register(settings, None, KNOWN, TODAY).waived(verdict()).outcome is Outcome.WAIVED
    assert register(settings, (), KNOWN, TODAY).waived(verdict()) == verdict(), "a file goes before them"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inline": {"waivers": [without("owner")]}}, r"waivers-valid.inline: waivers\[0\].owner: is missing"),
        ({"maximum_days": -1}, "waivers-valid.maximum_days: is -1, expected a number of days"),
        ({"production": {}}, "waivers-valid.production: no such option"),
        ({"on_unknown": "fail"}, "waivers-valid.on_unknown: no such option"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ConfigError, OptionError), match=message):
        parse_config({"waivers-valid": options}, ALL)
