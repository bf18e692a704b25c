"""What becomes of a finding from audit to audit, and when nobody knows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from history.fleet import LAST_DAY, READ_AGAIN, RETURNED, UNREADABLE, VANISHED, fleet
from history.records import FIRST, RULES, found, record, stack
from inference_pools.owners_file import OwnersFile
from poolgate.history.changes import DIMENSIONS, Kind, Told, tell
from poolgate.history.course import Because, Course, Finding, State, Unread
from poolgate.history.record import Record
from poolgate.owner import Owners, Whose

OTHER = found("tags-required", path="tags")


def only(*records: Record) -> Finding:
    """The one finding of a course."""
    (finding,) = Course.of(records).findings.values()
    return finding


def told(*records: Record, since: int | None = None) -> Told:
    day = None if since is None else (FIRST + timedelta(days=since)).date()
    result = tell(records, day, DIMENSIONS)
    assert result is not None
    return result


def kinds(result: Told) -> list[tuple[str, str]]:
    return [(str(change.kind), change.finding.last.rule) for change in result.changes]


def test_a_finding_has_the_days_on_which_it_was_seen_first_and_last() -> None:
    finding = only(record(0, found()), record(1, found()), record(2, found()))
    assert (finding.first_seen, finding.last_seen) == (FIRST, FIRST + timedelta(days=2))
    assert (finding.state, finding.mended, finding.returned) == (State.OPEN, None, None)


def test_what_is_looked_for_and_not_found_is_mended_and_may_return() -> None:
    mended = only(record(0, found()), record(1))
    assert (mended.state, mended.mended, mended.last_seen) == (State.MENDED, FIRST + timedelta(days=1), FIRST)
    returned = only(record(0, found()), record(1), record(2, found()))
    assert (returned.state, returned.returned) == (State.OPEN, FIRST + timedelta(days=2))
    assert (returned.first_seen, returned.mended) == (FIRST, FIRST + timedelta(days=1))


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (record(1, stacks=[stack("ranking/prod", "not read")]), "its stack is not read"),
        (record(1, stacks=[stack("ranking/prod", "missing")]), "its stack is missing"),
        (record(1, stacks=["ranking/dev"]), "its stack is vanished"),
        (record(1, stacks=["ranking/dev"], sources=["elsewhere"]), ""),
        (record(1, rules={"tags-required": "b"}), "its rule did not run"),
        (record(1, found(outcome="unknown", path="sku")), "its rule could not judge it"),
        (record(1, found(outcome="broken", path="elsewhere")), "its rule could not judge it"),
    ],
    ids=["not read", "missing", "vanished", "not asked for", "another rule set", "unknown", "broken rule"],
)
def test_what_nobody_looked_for_is_never_mended(second: Record, why: str) -> None:
    course = Course.of([record(0, found()), second])
    finding = course.findings[found().fingerprint]
    assert (finding.state, finding.mended, finding.why_unknown) == (State.OPEN, None, why)
    assert course.points[-1].total.open == 1
    assert course.points[-1].total.unknown == bool(why)
    # Once it can be looked for again it is there, or is mended, and is no longer unknown.
    course.follow(record(2))
    assert (finding.state, finding.why_unknown) == (State.MENDED, "")


def test_what_is_not_known_at_another_place_hides_nothing() -> None:
    second = record(1, found(outcome="unknown", path="tags.owner"))
    assert Course.of([record(0, found()), second]).findings[found().fingerprint].state is State.MENDED


def test_what_rests_on_all_stacks_of_a_project_is_mended_only_if_all_were_read() -> None:
    comparing = found("production-capacity-leads", compares=True)
    first = record(0, comparing, stacks=["ranking/prod", "ranking/dev", "shop/dev"])
    for others, state in (
        (["ranking/dev"], State.MENDED),
        ([stack("ranking/dev", "not read")], State.OPEN),
        ([], State.OPEN),
    ):
        assert only(first, record(1, stacks=["ranking/prod", *others])).state is state


def test_options_that_let_it_pass_do_not_mend_it() -> None:
    milder = {**RULES, "capacity-bounded": "milder"}
    result = told(record(0, found()), record(1, rules=milder))
    assert kinds(result) == [("no longer asked", "capacity-bounded")]
    assert result.points[-1].total.open == 0
    assert (
        "the audit of 2026-11-02 05:00 judged by other rules than the one before: 1 rule by other options "
        "(capacity-bounded)"
    ) in list(result.notes())


@pytest.mark.parametrize(
    ("before", "because"),
    [
        (record(0), Because.CHANGED),
        (record(0, stacks=["ranking/dev"]), Because.FIRST_READ),
        (record(0, stacks=[stack("ranking/prod", "not read")]), Because.FIRST_READ),
        (record(0, rules={"tags-required": "b"}), Because.RULE),
        (record(0, rules={**RULES, "capacity-bounded": "milder"}), Because.RULE),
    ],
)
def test_a_new_finding_says_whether_the_stack_changed_or_the_question(before: Record, because: Because) -> None:
    result = told(before, record(1, found()))
    assert [(change.kind, change.finding.because) for change in result.changes] == [(Kind.NEW, because)]


def test_rule_sets_and_versions_that_differ_are_said() -> None:
    fewer = {"tags-required": "b"}
    notes = list(told(record(0, rules=fewer), record(1, version="2027.1.0")).notes())
    assert notes == [
        "the audit of 2026-11-02 05:00 judged by other rules than the one before: 2 rules more (capacity-bounded, "
        "production-capacity-leads), poolgate 2027.1.0 after 2026.12.0"
    ]
    assert list(told(record(0), record(1)).notes()) == []


def test_an_audit_of_another_day_is_said() -> None:
    assert list(told(record(0), record(1, day=date(2027, 1, 1))).notes()) == [
        "the audit of 2026-11-02 05:00 judged as of 2027-01-01"
    ]


def test_a_waiver_mends_nothing_and_its_end_is_news() -> None:
    waived = found(outcome="waived")
    assert kinds(told(record(0, found()), record(1, waived))) == [("waived", "capacity-bounded")]
    ended = told(record(0, waived), record(1, found()))
    assert kinds(ended) == [("waiver ended", "capacity-bounded")]
    assert ended.fails
    assert not told(record(0, found()), record(1, waived)).fails
    total = told(record(0, found()), record(1, waived)).points[-1].total
    assert (total.open, total.waived) == (0, 1)


def test_since_a_day_is_since_the_last_audit_before_it() -> None:
    records = record(0, found()), record(1, OTHER), record(2, found(), OTHER), record(3, found())
    assert kinds(told(*records)) == [("mended", "tags-required")]
    assert kinds(told(*records, since=3)) == [("mended", "tags-required")]
    assert kinds(told(*records, since=2)) == [("returned", "capacity-bounded"), ("mended", "tags-required")]
    everything = told(*records, since=1)
    assert kinds(everything) == [("returned", "capacity-bounded")]
    assert "1 finding came and went in between" in list(everything.notes())
    assert kinds(told(*records, since=0)) == [("new", "capacity-bounded")]
    assert "no audit of this history is from before 2026-11-01: all that was found is new" in list(
        told(*records, since=0).notes()
    )
    assert kinds(told(*records, since=9)) == []


def test_the_first_audit_has_only_news() -> None:
    result = told(record(0, found()))
    assert (kinds(result), result.base) == ([("new", "capacity-bounded")], None)
    assert list(result.notes()) == ["this is the first audit of this history: all that was found is new"]


def test_an_advisory_finding_fails_nothing() -> None:
    assert not told(record(0), record(1, found(enforcement="advisory"))).fails
    assert told(record(0), record(1, found())).fails


def test_stacks_keep_their_standing_until_they_are_read_again() -> None:
    course = Course.of([record(0), record(1, stacks=["ranking/dev"]), record(2, stacks=["ranking/dev"])])
    gone = course.stacks["ranking/prod"]
    assert (gone.standing, gone.since) == ("vanished", FIRST + timedelta(days=1))
    assert gone.read is not None
    assert gone.read.started == FIRST
    course.follow(record(3))
    assert (gone.standing, gone.since) == ("read", None)
    # An audit of something else says nothing of a stack.
    course.follow(record(4, stacks=["shop/dev"], sources=["elsewhere"]))
    assert gone.standing == "read"


def test_the_trend_counts_what_was_last_known_of_every_stack() -> None:
    """Audits of parts of an estate, in turns, are one trend."""
    course = Course.of(
        [
            record(0, found(), sources=["a"]),
            record(1, found(where="shop/dev"), stacks=["shop/dev"], sources=["b"]),
            record(2, sources=["a"]),
        ]
    )
    assert [point.total.open for point in course.points] == [1, 2, 1]


def test_owners_that_differ_in_case_alone_are_one() -> None:
    owners = ("Shop", "shop", "SHOP", "other")
    pools = [found(name=f"{number}", whose=Whose(owner=owner)) for number, owner in enumerate(owners)]
    result = told(record(0, *pools[:2], *pools[3:]), record(1, *pools[1:]))
    rows = [(row.group, row.now.open, row.changed[Kind.NEW], row.changed[Kind.MENDED]) for row in result.rows("owner")]
    assert rows == [("Shop", 2, 1, 1), ("other", 1, 0, 0)]
    assert set(result.points[0].groups["owner"]) == {"Shop", "other"}


def test_summaries_say_whose_and_how_old() -> None:
    ours = Whose("ml-platform", "ranking", "4711", "prod")
    records = (
        record(0, found(whose=ours), found(name="second", whose=ours)),
        record(
            1,
            found(whose=ours),
            found("tags-required", "shop/dev", path="tags"),
            stacks=["ranking/prod", stack("shop/dev", whose=Whose(owner="shop"))],
        ),
    )
    owners = Owners(OwnersFile({"ML-Platform": "ml@contoso.com"}))
    result = tell(records, None, DIMENSIONS, owners)
    assert result is not None
    rows = {by: {row.group: row for row in result.rows(by)} for by in result.course.by}
    assert set(rows["owner"]) == {"ml@contoso.com", "shop"}
    assert set(rows["team"]) == {"ranking", ""}
    assert set(rows["cost-center"]) == {"4711", ""}
    assert set(rows["environment"]) == {"prod", "dev"}
    assert set(rows["stack"]) == {"ranking/prod", "shop/dev"}
    assert set(rows["platform"]) == {"azure-pools"}
    mine = rows["owner"]["ml@contoso.com"]
    assert (mine.now.open, mine.now.mandatory, mine.stacks, mine.oldest) == (1, 1, 1, FIRST)
    assert (mine.changed[Kind.MENDED], rows["owner"]["shop"].changed[Kind.NEW]) == (1, 1)
    assert [[row.group, row.now.open] for row in result.rows("rule")] == [["capacity-bounded", 1], ["tags-required", 1]]


def test_ten_audits_of_a_fleet() -> None:
    """What is read late, not at all or no more is said, in all and of each stack, and costs no finding."""
    result = told(*fleet())
    course = result.course
    day = [point.audit.started for point in course.points]
    assert {name: course.stacks[name].unread for name in (READ_AGAIN, UNREADABLE, VANISHED)} == {
        READ_AGAIN: [Unread("not read", day[2], day[4])],
        UNREADABLE: [Unread("not read", day[4])],
        VANISHED: [Unread("vanished", day[6])],
    }
    assert [(point.stacks["read"], point.total.unknown) for point in course.points] == [
        *[(12, 0)] * 2, *[(11, 2)] * 4, *[(10, 3)] * 4,
    ]  # fmt: skip
    assert [(str(change.kind), change.finding.last.stack_name) for change in result.changes] == [
        ("new", "fraud/prod-us"),
        ("new", "fraud/prod-us"),
        ("returned", RETURNED.partition("|")[0]),
        ("waiver ended", "shop/prod"),
        ("mended", "ranking/test"),
        ("waived", "chat/prod"),
    ]
    assert [(one.ticket, one.expires, one.days_left, one.findings) for one in result.waivers()] == [
        ("OPS-714", LAST_DAY + timedelta(days=9), 9, 2),
        ("OPS-731", LAST_DAY + timedelta(days=61), 61, 1),
        ("", None, None, 1),
    ]
