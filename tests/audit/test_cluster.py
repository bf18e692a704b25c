"""The workers of a Dask cluster judge as one process does, and say so where they cannot."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from distributed import KilledWorker

from audit.deadly import dies_of_five, is_another, is_elsewhere
from audit.state_builder import export, pool, provider, slow_pool_inputs, stack_root, text, urn
from inference_pools.own_checks import STATE_READABLE
from inference_pools.policy_config import default_settings
from inference_pools.rules import ALL
from poolgate import own_rules, report
from poolgate.audit import batches, cluster
from poolgate.audit.batches import Batch
from poolgate.audit.closing import Aside
from poolgate.audit.cluster import Cluster, NotThereError, OtherPoolgateError, job_of, what_judges
from poolgate.audit.course import Course
from poolgate.audit.listing import list_states
from poolgate.audit.run import Auditor, audit
from poolgate.errors import PoolgateError, UsageError
from poolgate.findings import Tally

EVERY_RULE = default_settings(ALL)
TEAM_RULE = '''
from inference_pools.facets import Capacity
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Options, rule

@rule(Capacity, id="team-two", title="There are two", severity=Severity.LOW, enforcement=Enforcement.ADVISORY,
      remedy="Take two.", since="2026.12", source="https://example.com")
def team_two(capacity, options):
    """Why."""
    if capacity.instances != 2:
        yield Finding(capacity.keys_of("instances"), "is not two")

RULES = [team_two]
'''


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    """A scheduler with two workers, of which each that dies is begun anew, as on a cluster."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as found,
    ):
        yield found


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight stacks of two projects, which take several batches."""
    monkeypatch.setattr(batches, "MOST_STATES", 3)
    folder = tmp_path / "states"
    folder.mkdir()
    for number in range(8):
        place = {"project": f"project-{number % 2}", "stack": f"prod-{number}"}
        own = pool("ranker", slow_pool_inputs(), urn=urn(pool()["type"], "ranker", **place))
        root = {**stack_root(), "urn": urn("pulumi:pulumi:Stack", "root", **place)}
        (folder / f"{number}.json").write_bytes(text(export(root, provider(), own)))
    (folder / "broken.json").write_text("{")
    return folder


def told(tally: Tally, format_: str = "json") -> str:
    return report.render(report.Report("audit", tally, "2026-11-20T10:00:00Z", 0.1, "0", None), format_)


@pytest.mark.parametrize("format_", ["json", "text", "sarif"])
def test_the_bytes_are_those_of_one_process(workers: Any, states: Path, format_: str) -> None:
    alone = told(audit([str(states)], EVERY_RULE, jobs=1), format_)
    assert "request-timeout-bounded" in alone
    assert told(audit([str(states)], EVERY_RULE, jobs=3), format_) == alone
    assert told(audit([str(states)], EVERY_RULE, scheduler=workers.scheduler_address), format_) == alone


def test_relative_paths_and_pipes_are_read(workers: Any, states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(states.parent)
    alone = told(audit(["states"], EVERY_RULE, jobs=1))
    assert told(audit(["states"], EVERY_RULE, scheduler=workers.scheduler_address)) == alone


def test_a_teams_own_rules_travel(workers: Any, states: Path, tmp_path: Path) -> None:
    file = tmp_path / "team.py"
    file.write_text(TEAM_RULE)
    settings = default_settings([*own_rules.load([file])])
    alone = told(audit([str(states)], settings, jobs=1))
    assert json.loads(alone)["summary"]["rules"]["team-two"] == 8
    given: dict[str, Any] = {"scheduler": workers.scheduler_address, "own_rules": [file]}
    assert told(audit([str(states)], settings, **given)) == alone


def test_rules_that_lie_nowhere_on_a_worker_are_those_that_were_sent(states: Path, tmp_path: Path) -> None:
    file = tmp_path / "team.py"
    file.write_text(TEAM_RULE)
    settings = default_settings([*own_rules.load([file])])
    job = job_of(Auditor, settings, [file], None, keep_passes=False, name_inputs=False)
    file.write_text("RULES = []")
    (batch, *_) = batches.batches_of(list_states([str(states)]), [""] * 9)
    assert {finding.rule for finding in cluster._judge(job, batch).tally.findings} == {"team-two"}


class Deadly(Cluster):
    """Its workers die of one state, by an order that no audit gives."""

    def __call__(self, batches: Sequence[Batch], work: Any, give_up: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cluster, "_judge", dies_of_five)
            yield from super().__call__(batches, work, give_up)


@pytest.mark.parametrize(
    ("judge", "message"),
    [
        (
            is_another,
            r"the worker on host-7 has another poolgate \(2026\.1\): install poolgate \S+ there, as it is here",
        ),
        (
            is_elsewhere,
            r"the worker on host-7 has no \S+\.json: make it known there by the same path, or name the backend",
        ),
    ],
)
def test_workers_that_would_say_something_else_are_refused(
    workers: Any, states: Path, judge: Any, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_judge", judge)
    with pytest.raises(UsageError, match=message):
        audit([str(states)], EVERY_RULE, scheduler=workers.scheduler_address)


def test_a_worker_knows_what_it_judges_by(states: Path) -> None:
    job = job_of(Auditor, EVERY_RULE, (), None, keep_passes=False, name_inputs=False)
    (batch, *_) = batches.batches_of(list_states([str(states)]), [""] * 9)
    assert job.digest == what_judges()
    with pytest.raises(OtherPoolgateError, match="has another poolgate"):
        cluster._judge(job._replace(digest="0" * 64), batch)
    with pytest.raises(NotThereError):
        cluster._judge(job, Batch((batches.Group((list_states([str(states)])[0], *gone(states))),)))


def gone(states: Path) -> list[Any]:
    (states / "gone.json").write_text("{}")
    found = [file for file in list_states([str(states)]) if file.name.endswith("gone.json")]
    (states / "gone.json").unlink()
    return found


def test_a_state_that_vanished_meanwhile_is_a_finding(workers: Any, states: Path) -> None:
    job = job_of(Auditor, EVERY_RULE, (), None, keep_passes=False, name_inputs=False)
    tally = Tally()
    executor = Cluster(workers.scheduler_address, job, 2)
    auditor = Auditor(EVERY_RULE, None)
    files = [*list_states([str(states)]), *gone(states)]
    auditor.gather(auditor.said_of(files, tally, Aside(), executor=executor), tally)
    assert {Path(finding.subject.name).name for finding in tally.findings if finding.rule == STATE_READABLE} == {
        "broken.json",
        "gone.json",
    }


class Hung:
    """A cluster whose one worker comes to the end of nothing; it is told what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.counted = 0

    def nthreads(self) -> dict[str, int]:
        self.counted += 1
        return {"tcp://worker": 1}

    def submit(self, judge: Any, batch: Batch, looks_first: bool, pure: bool) -> Any:
        self.asked.append(f"judge {' '.join(Path(file.name).stem for file in batch.files)}")
        return self

    def add_done_callback(self, call: Any) -> None:
        pass

    def call_stack(self, futures: list[Any]) -> dict[str, Any]:
        return {"tcp://worker": {}}

    def cancel(self, futures: list[Any], force: bool) -> None:
        pass

    def restart_workers(self, workers: list[str], raise_for_error: bool) -> None:
        self.asked.append(f"restart {' '.join(workers)}")


def test_a_worker_that_takes_too_long_is_ended(states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_STEP", 0.01)
    found = list_states([str(states)])[:2]
    auditor = Auditor(EVERY_RULE, None)
    course = Course([*batches.batches_of(found, ["", ""])], auditor.give_up, limit=0.0)
    hung = Hung()
    at_work = cluster._AtWork(hung, course, cluster.partial(cluster._judge))
    given_up: list[str] = []
    while not course.is_over:
        assert not list(at_work.share_out())
        for _, part in at_work.outcomes():
            given_up += [finding.message for finding in part.tally.findings]
    again = ["restart tcp://worker"]
    assert hung.asked == [
        *("judge 0 1", *again, "judge 0 1", *again),
        *("judge 0", *again, "judge 1", *again),
    ]
    assert [message.partition(" (in")[0] for message in given_up] == [
        "cannot be judged: it was not judged within 0 seconds"
    ] * 2


class Future:
    """What a client of Dask gives for a task. It has each of these statuses in turn, once it is asked."""

    def __init__(self, result: Any, *statuses: str) -> None:
        self._result = result
        self._statuses = [*statuses]

    @property
    def status(self) -> str:
        return self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]

    def add_done_callback(self, call: Any) -> None:
        if self._statuses[0] != "never":
            call(self)

    def result(self, timeout: float) -> Any:
        if isinstance(self._result, BaseException):
            raise self._result
        return self._result()


class Unlucky(Hung):
    """A cluster whose one worker ended when it had just judged; then another one takes over."""

    def __init__(self, *outcomes: tuple[str, ...]) -> None:
        super().__init__()
        self._outcomes = [*outcomes]

    def submit(self, judge: Any, batch: Batch, looks_first: bool, pure: bool) -> Any:
        super().submit(judge, batch, looks_first, pure)
        result, *statuses = self._outcomes.pop(0)
        told = {"killed": KilledWorker("task", None, 1), "late": TimeoutError(), "gone": CancelledError()}
        return Future(told.get(result, lambda: judge(batch, looks_first)), *statuses)


FOUND = ("found", "finished")


@pytest.mark.parametrize(
    ("outcomes", "asked"),
    [
        ([("found", "pending", "pending", "finished")], ["judge 0 1"]),
        ([("found", "lost"), FOUND], ["judge 0 1"] * 2),
        ([("found", "pending", "lost"), FOUND], ["judge 0 1"] * 2),
        ([("killed", "finished"), FOUND], ["judge 0 1"] * 2),
        ([("late", "finished"), FOUND], ["judge 0 1", "restart tcp://worker", "judge 0 1"]),
    ],
    ids=["computed anew", "lost", "lost while it was computed anew", "killed as it tells", "never tells"],
)
def test_what_was_found_ends_with_its_worker(states: Path, outcomes: Any, asked: list[str]) -> None:
    job = job_of(Auditor, EVERY_RULE, (), None, keep_passes=False, name_inputs=False)
    found = list_states([str(states)])[:2]
    course = Course([*batches.batches_of(found, ["", ""])], Auditor(EVERY_RULE, None).give_up)
    unlucky = Unlucky(*outcomes)
    at_work = cluster._AtWork(unlucky, course, cluster.partial(cluster._judge, job))
    stacks = 0
    while not course.is_over:
        assert not list(at_work.share_out())
        stacks += sum(part.tally.stacks for _, part in at_work.outcomes())
    assert (unlucky.asked, stacks) == (asked, 2)


def test_what_is_judged_anew_keeps_its_deadline(states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_STEP", 0.01)
    found = list_states([str(states)])[:1]
    course = Course([*batches.batches_of(found, [""])], Auditor(EVERY_RULE, None).give_up, limit=0.0)
    anew = ("found", "pending", "never")
    unlucky = Unlucky(anew, anew)
    at_work = cluster._AtWork(unlucky, course, cluster.partial(cluster._judge))
    while not course.is_over:
        assert not list(at_work.share_out())
        list(at_work.outcomes())
    assert unlucky.asked == ["judge 0", "restart tcp://worker"] * 2


def test_how_many_workers_there_are_is_asked_now_and_then(states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = Course([], Auditor(EVERY_RULE, None).give_up)
    hung = Hung()
    at_work = cluster._AtWork(hung, course, cluster.partial(cluster._judge))
    for _ in range(5):
        assert not list(at_work.share_out())
    assert hung.counted == 1
    monkeypatch.setattr(at_work, "_asks_again", 0.0)
    assert not list(at_work.share_out())
    assert hung.counted == 2


@pytest.mark.parametrize("breaks", [False, True])
def test_a_worker_looks_for_no_garbage_while_it_judges(
    breaks: bool, states: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(Auditor, EVERY_RULE, (), None, keep_passes=False, name_inputs=False)
    (batch, *_) = batches.batches_of(list_states([str(states)]), [""] * 9)
    seen: list[bool] = []

    def judge(self: Auditor, batch: Batch) -> batches.Part:
        seen.append(gc.isenabled())
        if breaks:
            raise MemoryError
        return batches.Part()

    monkeypatch.setattr(Auditor, "judge", judge)
    with pytest.raises(MemoryError) if breaks else nullcontext():
        cluster._judge(job, batch)
    assert (seen, gc.isenabled()) == ([False], True)


def test_a_worker_looks_for_no_garbage_in_what_it_judges_by(states: Path) -> None:
    job = job_of(Auditor, EVERY_RULE, (), None, keep_passes=False, name_inputs=False)
    (batch, *_) = batches.batches_of(list_states([str(states)]), [""] * 9)
    gc.unfreeze()
    cluster._known.clear()
    cluster._judge(job, batch)
    kept = gc.get_freeze_count()
    cluster._known.clear()
    cluster._judge(job, batch)
    assert kept > 10_000
    assert gc.get_freeze_count() < 1.1 * kept, "what was kept for one audit is let go with the next"


def test_a_cluster_of_this_machine_does_not_look_what_its_workers_are_at(
    states: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask
    import distributed

    said: list[bool] = []

    def no_room(**options: Any) -> None:
        said.append(dask.config.get("distributed.worker.profile.enabled"))
        raise PoolgateError("no room")

    monkeypatch.setattr(distributed, "LocalCluster", no_room)
    with pytest.raises(PoolgateError, match="no room"):
        audit([str(states)], EVERY_RULE, scheduler="local")
    assert said == [False]
    assert dask.config.get("distributed.worker.profile.enabled")


def test_a_scheduler_that_goes_away(states: Path) -> None:
    found = list_states([str(states)])[:1]
    course = Course([*batches.batches_of(found, [""])], Auditor(EVERY_RULE, None).give_up)
    at_work = cluster._AtWork(Unlucky(("gone", "cancelled")), course, cluster.partial(cluster._judge))
    assert not list(at_work.share_out())
    with pytest.raises(PoolgateError, match="the scheduler is gone"):
        list(at_work.outcomes())


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://user:secret@127.0.0.1:9", r"tcp://\*\*\*@127\.0\.0\.1:9: no scheduler of Dask answers there"),
        ("nonsense://here", "no scheduler of Dask answers there"),
    ],
)
def test_a_scheduler_that_is_not_there(
    states: Path, address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CONNECTS_WITHIN", 1)
    with pytest.raises(UsageError, match=message):
        audit([str(states)], EVERY_RULE, scheduler=address)


def test_a_worker_without_poolgate_is_refused() -> None:
    versions = {"tcp://10.0.0.1:4000": "2026.12", "tcp://10.0.0.2:4000": PackageNotFoundError("poolgate")}
    with pytest.raises(UsageError, match=r"the worker tcp://10\.0\.0\.2:4000 has no poolgate: install poolgate"):
        cluster._refuse_others(versions)


def test_a_state_that_no_worker_survives_fails_alone(
    workers: Any, states: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_STATES", 1)
    monkeypatch.setattr(batches, "LARGEST_PROJECT", 1)
    job = job_of(Auditor, EVERY_RULE, (), None, keep_passes=False, name_inputs=False)
    tally = Tally()
    executor = Deadly(workers.scheduler_address, job, 2)
    auditor = Auditor(EVERY_RULE, None)
    auditor.gather(auditor.said_of(list_states([str(states)]), tally, Aside(), executor=executor), tally)
    lost = [finding for finding in tally.findings if "the worker that judged it ended" in finding.message]
    assert [(finding.rule, Path(finding.subject.name).name) for finding in lost] == [(STATE_READABLE, "5.json")]
    assert len(tally.judged) == 7


def test_what_is_remembered_here_is_no_use_to_workers(states: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--cache and --scheduler"):
        audit([str(states)], EVERY_RULE, scheduler="local", cache=tmp_path / "cache")
