"""However many processes share the work, the report is the same."""

from __future__ import annotations

import gc
import json
import os
import pickle
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audit.state_builder import export, pool, pool_inputs, provider, slow_pool_inputs, stack_root, text, urn
from inference_pools.own_checks import STATE_READABLE
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from poolgate import report
from poolgate.audit import batches, processes
from poolgate.audit.batches import MOST_LOOSE, Batch, Group, Part, Parts, Work, batches_of
from poolgate.audit.copies import Name, name_of
from poolgate.audit.course import USUAL_LIMIT, Course, Task
from poolgate.audit.listing import StateFile, list_states
from poolgate.audit.processes import Processes, number_of_processes
from poolgate.audit.run import Auditor, audit
from poolgate.findings import PassedOver

EVERY_RULE = default_settings(ALL)


@pytest.fixture
def states(tmp_path: Path) -> Path:
    """Seven stacks of three projects, with production the smallest, a file that is no state and one that is broken."""
    folder = tmp_path / "states"
    folder.mkdir()
    for number in range(7):
        project = f"project-{number % 3}"
        inputs = slow_pool_inputs("PT2H" if number % 2 else "PT30S")
        place = {"project": project, "stack": f"prod-{number}"}
        own = pool(f"pool-{number}", inputs, urn=urn(pool()["type"], f"pool-{number}", **place))
        environment = "dev" if number > 2 else "prod"
        tried = pool_inputs(sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 3 + number})
        tried["tags"] = {**tried["tags"], "environment": environment}
        shared = pool("shared", tried, urn=urn(pool()["type"], "shared", **place))
        root = {**stack_root(), "urn": urn("pulumi:pulumi:Stack", "root", **place)}
        (folder / f"{number}.json").write_bytes(text(export(root, provider(), shared, *[own] * (1 + number))))
    (folder / "other.json").write_text("{}")
    (folder / "broken.json").write_text("{")
    return folder


def told(folder: Path, jobs: int | None) -> Any:
    tally = audit([str(folder)], EVERY_RULE, jobs=jobs)
    assert [*tally.passed_over] == [PassedOver("file", str(folder / "other.json"), "holds no state")]
    return json.loads(report.render(report.Report("audit", tally, "2026-11-20T10:00:00Z", 0.1, "0", None), "json"))


def test_number_of_processes_does_not_change_the_report(states: Path) -> None:
    alone = told(states, 1)
    assert {finding["rule"] for finding in alone["findings"]} >= {"request-timeout-bounded", "state-readable"}
    assert alone["summary"]["stacks"] == 7
    for jobs in (2, 3, 20, None):
        assert told(states, jobs) == alone


def test_rules_that_compare_stacks_see_those_of_every_process(states: Path) -> None:
    stacks = [
        [stack_root(), pool("ranker", slow_pool_inputs("PT30S"), urn=urn(pool()["type"], "ranker", stack=stack))]
        for stack in ("dev", "prod")
    ]
    for number, resources in enumerate(stacks):
        (states / f"compared-{number}.json").write_bytes(text(export(*resources)))
    assert told(states, 1)["summary"] == told(states, 9)["summary"]


def in_project(project: str, stack: str) -> StateFile:
    """A state whose first bytes say of which project it is."""
    return StateFile(f"{project}/{stack}", 10, bytes, lambda most: b"", stack=stack, project=project)


def batched(*files: StateFile) -> list[list[tuple[str, str]]]:
    """The batches of some files: each group's project, and the names of its files."""
    found = batches_of(files, [file.project for file in files])
    return [[(group.project, " ".join(file.name for file in group.files)) for group in batch.groups] for batch in found]


def test_the_states_of_a_project_are_in_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_STATES", 3)
    a, b, c, d = (in_project(name, "dev") for name in "abcd")
    prod, unknown = in_project("a", "prod"), in_project("", "other")
    assert batched(a, b, prod, unknown, c, d) == [
        [("a", "a/dev a/prod"), ("b", "b/dev")],
        [("", "/other"), ("c", "c/dev"), ("d", "d/dev")],
    ]


def test_a_large_project_has_a_batch_of_its_own_and_a_larger_one_is_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_STATES", 2)
    monkeypatch.setattr(batches, "LARGEST_PROJECT", 2)
    stacks = [in_project("a", str(number)) for number in range(5)]
    b, c = in_project("b", "dev"), in_project("c", "dev")
    assert batched(b, *stacks[:4], c) == [[("b", "b/dev")], [("a", "a/0 a/1 a/2 a/3")], [("c", "c/dev")]]
    spread = [[("", "a/0"), ("", "a/1")], [("", "a/2"), ("", "a/3")], [("", "a/4")]]
    assert batched(b, *stacks, c) == [[("b", "b/dev")], *spread, [("c", "c/dev")]]


def test_a_batch_has_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_BYTES", 100)
    monkeypatch.setattr(batches, "USUAL_SIZE", 60)
    found = batches_of(files(60, 40, 1, None, 500, 10), [""] * 6)
    assert [[file.name for file in batch.files] for batch in found] == [["0", "1"], ["2", "3"], ["4"], ["5"]]


def judged_in(found: Sequence[StateFile], names: Sequence[Name]) -> list[tuple[frozenset[str], list[str]]]:
    """What each batch compared itself, and what it kept, by project."""
    auditor = Auditor(EVERY_RULE, date(2026, 11, 22))
    planned = batches_of(found, [name.project for name in names])
    return [(batch.projects, sorted(auditor.judge(batch).kept)) for batch in planned]


def test_what_is_said_of_batches_is_packed_and_comes_in_their_order() -> None:
    parts = Parts()
    for number in reversed(range(MOST_LOOSE + 3)):
        part = Part(proved=number)
        part.tally.note(f"batch {number}")
        part.kept = {f"project-{number}": []} if number % 2 else {}
        parts.add(number, part)
    parts.discard(1)
    assert not any(isinstance(parts._told[number], Part) for number in (0, 2))
    assert parts.spread == {f"project-{number}" for number in range(3, MOST_LOOSE + 3, 2)}
    assert set(parts.numbers) == {0, *range(2, MOST_LOOSE + 3)}
    told = dict(parts.in_turn())
    assert [(number, part.proved) for number, part in told.items()] == [(n, n) for n in (0, *range(2, MOST_LOOSE + 3))]
    assert [*told[2].tally.notes] == ["batch 2"]
    assert not parts.numbers


def test_only_what_batches_share_is_compared_in_the_end(states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resources of a project that a batch has to itself are compared there, and go nowhere."""
    found = list_states([str(states)])
    names = [name_of(file) for file in found]
    assert judged_in(found, names) == [({"project-0", "project-1", "project-2"}, [])]
    monkeypatch.setattr(batches, "MOST_STATES", 2)
    monkeypatch.setattr(batches, "LARGEST_PROJECT", 1)
    own = {"project-1"}, []  # Of project-0 there are three.
    spread = [(frozenset(), ["project-0"])] * 2
    assert judged_in(found, names) == [*spread, own, ({"project-2"}, []), (frozenset(), [])]


@pytest.mark.parametrize("hidden", ["0", "2", "036"])
def test_a_state_that_hides_its_project_is_compared_with_the_others(
    states: Path, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In some texts the first bytes say nothing; the batch that compared its project without it does so anew."""
    for number in hidden:
        file = states / f"{number}.json"
        file.write_bytes(file.read_text("utf-8").encode("utf-16"))
    told_at_once = told(states, 1)
    monkeypatch.setattr(batches, "MOST_STATES", 1)
    monkeypatch.setattr(batches, "LARGEST_PROJECT", 3)
    for jobs in (1, 2):
        assert told(states, jobs) == told_at_once


def test_how_many_batches_there_are_does_not_change_the_report(states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = told(states, 1)
    assert {finding["rule"] for finding in alone["findings"]} >= {"production-capacity-leads"}
    for most in (1, 2, 3):
        monkeypatch.setattr(batches, "MOST_STATES", most)
        monkeypatch.setattr(batches, "LARGEST_PROJECT", 1)
        assert told(states, 2) == alone


def test_a_batch_and_what_is_said_of_it_can_be_sent(states: Path) -> None:
    found = list_states([str(states)])
    (batch,) = batches_of(found, [""] * len(found))
    auditor = Auditor(EVERY_RULE, date(2026, 11, 22))
    sent = pickle.loads(pickle.dumps(batch))
    assert [file.read() for file in sent.files] == [file.read() for file in batch.files]
    part = pickle.loads(pickle.dumps(auditor.judge(sent)))
    assert part.tally == auditor.judge(batch).tally
    assert set(part.kept) == {"project-0", "project-1", "project-2"}


@contextmanager
def leaving_no_resource(auditor: Auditor, batch: Batch) -> Iterator[None]:
    """While nothing collects, as many resources are there after what is done as before."""
    auditor.judge(batch)  # What it remembers, it remembers of these.
    gc.collect()
    before = sum(isinstance(one, Resource) for one in gc.get_objects())
    gc.disable()
    try:
        yield
        assert sum(isinstance(one, Resource) for one in gc.get_objects()) == before
    finally:
        gc.enable()


def test_resources_of_a_batch_are_let_go_while_nothing_else_collects(states: Path) -> None:
    """An audit has the collector off, and what is kept of a stack leads in circles."""
    found = list_states([str(states)])
    (batch,) = batches_of(found, [name_of(file).project for file in found])
    auditor = Auditor(EVERY_RULE, date(2026, 11, 22))
    with leaving_no_resource(auditor, batch):
        auditor.judge(batch)


def test_nothing_of_a_stack_is_left_for_the_collector(states: Path) -> None:
    found = list_states([str(states)])
    (batch,) = batches_of(found, [name_of(file).project for file in found])
    auditor = Auditor(EVERY_RULE, date(2026, 11, 22))
    with leaving_no_resource(auditor, batch):
        for group in batch.groups:
            auditor._judge_group(group, group.files, Part())


def test_what_several_processes_tell_is_held_once(states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_STATES", 1)
    findings = audit([str(states)], EVERY_RULE, jobs=2).findings
    for texts in (
        [finding.rule for finding in findings],
        [finding.message for finding in findings],
        [finding.remedy for finding in findings],
        [finding.subject.type for finding in findings],
    ):
        assert len(set(map(id, texts))) == len(set(texts)) < len(texts)


def test_no_process_is_forked_for_nothing(states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has to be judged again, once all is known, is seldom anything."""
    monkeypatch.setattr(batches, "MOST_STATES", 2)
    grown: list[processes._Pool] = []
    grow = processes._Pool.grow

    def counted(pool: processes._Pool) -> None:
        grown.append(pool)
        grow(pool)

    monkeypatch.setattr(processes._Pool, "grow", counted)
    audit([str(states)], EVERY_RULE, jobs=2)
    assert len(grown) == 2


def files(*sizes: int | None) -> list[StateFile]:
    return [StateFile(f"{number}", size, bytes, lambda most: b"") for number, size in enumerate(sizes)]


def alone(*sizes: int | None) -> list[Batch]:
    """A batch for each file."""
    return [Batch((Group((file,)),)) for file in files(*sizes)]


def names(batch: Batch) -> Part:
    part = Part()
    part.tally.inputs = [(file.name, str(os.getpid())) for file in batch.files]
    return part


def given_up(file: StateFile, why: str) -> Part:
    part = Part()
    part.tally.inputs = [(file.name, why)]
    return part


def told_by(work: Work, found: Sequence[Batch], number: int) -> list[tuple[str, str]]:
    """What processes say of some batches, in their order."""
    parts = dict(Processes(number)(found, work, given_up))
    assert sorted(parts) == list(range(len(found)))
    return [one for _, part in sorted(parts.items()) for one in part.tally.inputs]


@pytest.mark.parametrize("number", [1, 2, 3, 8])
def test_each_batch_is_judged_once(number: int) -> None:
    assert [name for name, _ in told_by(names, alone(5, 5, 0, 100, None), number)] == list("01234")
    assert told_by(names, [], number) == []


def test_whoever_is_done_takes_the_next_batch(tmp_path: Path) -> None:
    """One that takes long keeps none of the others waiting."""
    rest = tmp_path / "rest"

    def work(batch: Batch) -> Part:
        if batch.files[0].name == "0":
            while not rest.exists():
                time.sleep(0.001)
        if batch.files[0].name == "5":
            rest.touch()
        return names(batch)

    said_by = [process for _, process in told_by(work, alone(*[10] * 6), 2)]
    assert said_by[1:] == [said_by[1]] * 5
    assert len({*said_by, str(os.getpid())}) == 3


def test_a_few_small_files_are_not_worth_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "processors", lambda: 4)
    few = alone(10, 10, 10, 10, 10)
    assert number_of_processes(few, None) == 1
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 25)
    monkeypatch.setattr("sys.platform", "linux")
    assert number_of_processes(few, None) == 3
    monkeypatch.setattr("sys.platform", "darwin")
    assert number_of_processes(few, None) == 1
    assert number_of_processes(few, 20) == 5


def test_an_error_in_a_process_is_raised_here() -> None:
    def fails(batch: Batch) -> Part:
        if batch.files[0].name != "0":
            raise LookupError("no table")
        return Part()

    with pytest.raises(LookupError, match="no table"):
        told_by(fails, alone(10, 10), 2)


def ends_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leaves() -> None:
    os._exit(7)


def waits_for_ever() -> None:
    signal.pause()


def has_no_memory() -> None:
    raise MemoryError


@pytest.mark.parametrize(
    ("dies", "why"),
    [
        (ends_itself, "the process that judged it was ended by SIGKILL, as a system does that has no memory left"),
        (leaves, "the process that judged it was ended by itself, with exit code 7"),
        (waits_for_ever, r"it was not judged within \d+ seconds"),
        (has_no_memory, "there was not enough memory to judge it"),
    ],
)
def test_a_state_that_nobody_survives_fails_alone(
    dies: Callable[[], None], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seconds(course: Course, task: Task) -> float:
        return 0.05 if "5" in [file.name for file in course.batch(task).files] else USUAL_LIMIT

    if dies is waits_for_ever:
        monkeypatch.setattr(Course, "seconds", seconds)
    tried = tmp_path / "tried"

    def work(batch: Batch) -> Part:
        if "5" in [file.name for file in batch.files]:
            with tried.open("a") as log:
                log.write(f"{len(batch.files)} ")
            dies()
        return names(batch)

    found = [*alone(0, 0), Batch((Group(tuple(files(*[0] * 10)[2:]), "ranking"),))]
    told = told_by(work, found, 2)
    assert [name for name, _ in told] == list("0123456789")
    assert re.fullmatch(why, dict(told)["5"])
    assert all(said.isdecimal() for name, said in told if name != "5")
    assert tried.read_text() == "8 8 4 2 1 " or dies is waits_for_ever  # which may be ended before it has written


def test_larger_batches_may_take_longer() -> None:
    course = Course(alone(0, 5 * 1024**2), given_up, 30.0)
    assert [course.seconds(Task(number, 0, 1)) for number in (0, 1)] == [30.0, 35.0]


def test_a_process_that_dies_costs_its_batch_a_second_run(tmp_path: Path) -> None:
    first = tmp_path / "first"

    def work(batch: Batch) -> Part:
        if batch.files[0].name == "1" and not first.exists():
            first.touch()
            ends_itself()
        return names(batch)

    told = told_by(work, alone(0, 0, 0, 0), 2)
    assert [name for name, _ in told] == list("0123")
    assert all(said.isdecimal() for _, said in told)


def test_what_can_be_read_once_has_no_second_run(tmp_path: Path) -> None:
    runs = tmp_path / "runs"

    def work(batch: Batch) -> Part:
        if batch.files[0].head is None:
            with runs.open("a") as log:
                log.write("run ")
            ends_itself()
        return names(batch)

    pipe = StateFile("pipe", None, bytes)
    found = [*batches_of([*files(0), pipe, *files(0, 0)[1:]], [""] * 3)]
    assert [[file.name for file in batch.files] for batch in found] == [["0"], ["pipe"], ["1"]]
    assert [name for name, _ in told_by(work, found, 2)] == ["0", "pipe", "1"]
    assert runs.read_text() == "run "


def test_a_state_that_nobody_survives_is_a_finding_and_its_project_is_compared(
    states: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = Auditor(EVERY_RULE, date(2026, 11, 22))

    def work(batch: Batch) -> Part:
        if any(file.name.endswith("5.json") for file in batch.files):
            ends_itself()
        return auditor.judge(batch)

    found = list_states([str(states)])
    batch = Batch((Group(tuple(file for file in found if file.name[-6] in "25"), "project-2"),))
    ((_, part),) = Processes(1)([batch], work, auditor.give_up)
    (finding,) = [finding for finding in part.tally.findings if finding.rule == STATE_READABLE]
    assert finding.message.startswith("cannot be judged: the process that judged it was ended by SIGKILL")
    assert (finding.fails, finding.subject.name) == (True, str(states / "5.json"))
    assert part.tally.judged == {"project-2/prod-2"}
    assert set(part.kept) == {"project-2"}


def test_processes_end_with_the_one_that_began_them(tmp_path: Path) -> None:
    """Whatever ends the work here, such as Ctrl-C, leaves no process behind."""
    started = tmp_path / "started"

    def waits(batch: Batch) -> Part:
        if batch.files[0].name == "1":
            started.write_text(str(os.getpid()))
            signal.pause()
        return Part()

    parts = Processes(2)(alone(10, 10), waits, given_up)
    assert next(parts)[0] == 0
    while not started.exists() or not started.read_text():
        time.sleep(0.001)
    with pytest.raises(KeyboardInterrupt):
        parts.throw(KeyboardInterrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
