"""However many processes share the work, the report is the same."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audit.state_builder import POOL, export, pool, provider, slow_pool_inputs, stack_root, text, urn
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules import ALL
from poolgate import report
from poolgate.audit import processes
from poolgate.audit.listing import StateFile, list_states
from poolgate.audit.processes import Part, in_parts
from poolgate.audit.run import Auditor, audit
from poolgate.errors import PoolgateError
from poolgate.findings import Locator, PassedOver

EVERY_RULE = default_settings(ALL)


@pytest.fixture
def states(tmp_path: Path) -> Path:
    """Seven stacks of three projects, a file that is no state and one that cannot be read."""
    folder = tmp_path / "states"
    folder.mkdir()
    for number in range(7):
        project = f"project-{number % 3}"
        inputs = slow_pool_inputs("PT2H" if number % 2 else "PT30S")
        place = {"project": project, "stack": f"prod-{number}"}
        own = pool(f"pool-{number}", inputs, urn=urn(pool()["type"], f"pool-{number}", **place))
        root = {**stack_root(), "urn": urn("pulumi:pulumi:Stack", "root", **place)}
        (folder / f"{number}.json").write_bytes(text(export(root, provider(), *[own] * (1 + number))))
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


def test_only_what_processes_share_is_compared_in_the_end(states: Path) -> None:
    """Pools of a project that one process has to itself stay there, and are compared there."""
    auditor = Auditor(EVERY_RULE, date(2026, 11, 22))
    found = list_states([str(states)])
    (alone,) = in_parts(found, auditor.judge, 1, auditor.compare)
    assert alone.gathered.pools == {}

    # Of project-0 are 0 and 3, of project-1 1 and 4, of project-2 only 2; the last two are the larger half.
    by_name = {Path(file.name).stem: file for file in found}
    parts = [*in_parts([by_name[name] for name in "01324"], auditor.judge, 2, auditor.compare)]
    assert [part.gathered.projects for part in parts] == [{"project-1"}, {"project-1"}]


def test_a_project_is_shared_by_the_processes_that_met_it(tmp_path: Path) -> None:
    told: list[tuple[int, frozenset[str]]] = []

    def work(share: Sequence[StateFile]) -> Part:
        part = Part()
        for file in share:
            resource = Resource(urn(POOL, file.name, project="both" if file.name in "12" else file.name), POOL, "x", {})
            part.gathered.add(resource, Locator())
        return part

    def finish(part: Part, shared: Collection[str]) -> None:
        told.append((os.getpid(), frozenset(shared)))
        part.gathered = part.gathered.without({"both"})

    parts = list(in_parts(files(10, 10, 10, 10), work, 2, finish))
    assert told == [(os.getpid(), frozenset({"both"}))]  # What the other process was told it keeps to itself.
    assert [part.gathered.projects for part in parts] == [{"0"}, {"3"}]


def files(*sizes: int | None) -> list[StateFile]:
    return [StateFile(f"{number}", size, bytes) for number, size in enumerate(sizes)]


def names(share: Sequence[StateFile]) -> Part:
    part = Part()
    part.tally.inputs = [(file.name, str(os.getpid())) for file in share]
    return part


@pytest.mark.parametrize("sizes", [[5, 5, 5, 5, 5], [100, 1, 1], [1, 1, 100], [0, 0, 0], [7], []])
@pytest.mark.parametrize("jobs", [1, 2, 3, 8])
def test_each_file_is_looked_at_once_in_their_order(tmp_path: Path, sizes: list[int], jobs: int) -> None:
    done = [one for part in in_parts(files(*sizes), names, jobs) for one in part.tally.inputs]
    assert [name for name, _ in done] == [str(number) for number in range(len(sizes))]


def test_shares_are_of_about_equal_size(tmp_path: Path) -> None:
    parts = list(in_parts(files(*[10] * 40), names, 2))
    assert [len(part.tally.inputs) for part in parts] == [20, 20]
    assert len({process for part in parts for _, process in part.tally.inputs}) == 2


def test_a_few_small_files_are_not_worth_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "processors", lambda: 4)
    few = files(10, 10)
    assert len(list(in_parts(few, names))) == 1
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 10)
    monkeypatch.setattr("sys.platform", "linux")
    assert len(list(in_parts(few, names))) == 3
    monkeypatch.setattr("sys.platform", "darwin")
    assert len(list(in_parts(few, names))) == 1


def test_states_of_unknown_size_are_shared_out_as_well() -> None:
    """A database need not say what a state has, nor does a file that has vanished."""
    parts = list(in_parts(files(*[None] * 40), names, 2))
    assert [len(part.tally.inputs) for part in parts] == [20, 20]


def test_an_error_in_a_process_is_raised_here(tmp_path: Path) -> None:
    def fails(share: Sequence[StateFile]) -> Part:
        if share[0].name != "0":
            raise LookupError("no table")
        return Part()

    with pytest.raises(LookupError, match="no table"):
        list(in_parts(files(10, 10), fails, 2))


def test_a_process_that_is_killed_is_an_error_and_not_a_clean_report(tmp_path: Path) -> None:
    def dies(share: Sequence[StateFile]) -> Part:
        if share[0].name != "0":
            os.kill(os.getpid(), signal.SIGKILL)
        return Part()

    with pytest.raises(PoolgateError, match="ended before its work did, with exit code -9"):
        list(in_parts(files(10, 10), dies, 2))


def test_a_process_that_is_killed_while_it_compares_is_one_as_well(tmp_path: Path) -> None:
    first = os.getpid()

    def dies(part: Part, shared: Collection[str]) -> None:
        if os.getpid() != first:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(PoolgateError, match="ended before its work did, with exit code -9"):
        list(in_parts(files(10, 10), names, 2, dies))


def test_processes_end_with_the_one_that_began_them(tmp_path: Path) -> None:
    """Whatever ends the work here, such as Ctrl-C, leaves no process behind."""
    started = tmp_path / "started"

    def waits(share: Sequence[StateFile]) -> Part:
        if share[0].name == "0":
            while not started.exists() or not started.read_text():
                pass
            raise KeyboardInterrupt
        started.write_text(str(os.getpid()))
        signal.pause()
        return Part()

    with pytest.raises(KeyboardInterrupt):
        list(in_parts(files(10, 10), waits, 2))
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
