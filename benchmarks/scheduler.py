"""At how many workers of a cluster its scheduler is what they wait for: of batches that cost the workers nothing.

The scheduler and whoever asks do something for each batch, one batch after the other, however many workers there are.
How many that can be is what a batch costs a worker through what it costs the one of the two that it costs more.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from inference_pools.policy_config import Setting, default_settings
from inference_pools.rules import ALL
from poolgate.audit.batches import Batch, Part, batches_of
from poolgate.audit.cluster import Cluster, job_of
from poolgate.audit.listing import StateFile, list_states
from poolgate.audit.run import Auditor

WORKERS: Final = 2
TIMES: Final = 3
"""How often each batch is asked for."""
_LIMIT: Final = 120.0
"""Seconds for the cluster to be there."""


class Overhead(NamedTuple):
    """Seconds of a processor that one batch costs, the judging aside."""

    batches: int
    scheduler: float
    asker: float

    def most_workers(self, batch: float) -> float:
        """So many are kept busy by batches that cost a worker so many seconds."""
        return batch / max(self.scheduler, self.asker)

    def told(self, batch: float) -> str:
        """The calculation in words."""
        return (
            f"a batch costs a worker {batch * 1e3:.1f} ms, the scheduler {self.scheduler * 1e3:.2f} and who asks "
            f"{self.asker * 1e3:.2f} ({self.batches} batches): from {self.most_workers(batch):.0f} workers on the "
            f"{'scheduler' if self.scheduler >= self.asker else 'one that asks'} is the limit"
        )


class SaysAgain:
    """Judges the first batch that it sees, and says the same of every other: what travels is as long as usual."""

    def __init__(
        self, settings: Sequence[Setting], today: date | None, *, keep_passes: bool, name_inputs: bool
    ) -> None:
        self._auditor = Auditor(settings, today, keep_passes=keep_passes, name_inputs=name_inputs)
        self._said: Part | None = None

    def judge(self, batch: Batch) -> Part:
        """What there is to say of the first."""
        if self._said is None:
            self._said = self._auditor.judge(batch)
        return self._said


def overhead(backend: Path) -> Overhead:
    """What the batches of a backend cost scheduler and asker, with workers of whom they ask next to nothing."""
    once = batches(backend)
    asked = [batch for _ in range(TIMES) for batch in once]
    job = job_of(SaysAgain, default_settings(ALL), (), date(2026, 11, 30), keep_passes=False, name_inputs=False)
    with _cluster() as (address, scheduler):
        cluster = Cluster(address, job, WORKERS)
        for _ in cluster(once[:WORKERS], _here, _given_up):
            pass  # which has the workers import what they need
        before, began = _processor(scheduler), time.process_time()
        told = sum(1 for _ in cluster(asked, _here, _given_up))
        asker, of_scheduler = time.process_time() - began, _processor(scheduler) - before
    return Overhead(told, of_scheduler / told, asker / told)


def batches(backend: Path) -> list[Batch]:
    """Those of an audit of a backend, the states of which are of the projects that their places say."""
    files = list_states([f"file://{backend}"], versions=False)
    return [*batches_of(files, [file.project for file in files])]


def _here(batch: Batch) -> Part:
    raise AssertionError(f"nobody but a worker is to judge {batch}")


def _given_up(file: StateFile, why: str) -> Part:
    raise AssertionError(f"{file.name}: {why}")


def _processor(process: int) -> float:
    import psutil  # type: ignore[import-untyped]

    used = psutil.Process(process).cpu_times()
    return float(used.user + used.system)


@contextmanager
def _cluster() -> Iterator[tuple[str, int]]:
    """A scheduler and its workers, in processes of their own: the address, and the number of the scheduler's."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as log:
        file = Path(name, "scheduler.json")
        common = ["--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1"]
        python = [sys.executable, "-m"]
        begun = [
            subprocess.Popen(
                [*python, "distributed.cli.dask_scheduler", "--port", "0", *common], stdout=log, stderr=log
            )
        ]
        try:
            ends = time.monotonic() + _LIMIT
            while not file.exists():
                if time.monotonic() > ends or begun[0].poll() is not None:
                    log.seek(0)
                    raise RuntimeError(f"no scheduler: {log.read()[-2000:].decode()}")
                time.sleep(0.1)
            workers = ["--nworkers", str(WORKERS), "--nthreads", "1", "--local-directory", name]
            begun.append(
                subprocess.Popen([*python, "distributed.cli.dask_worker", *common, *workers], stdout=log, stderr=log)
            )
            yield _address(file, ends), begun[0].pid
        finally:
            for process in reversed(begun):
                process.terminate()
                process.wait()


def _address(file: Path, ends: float) -> str:
    """Where the scheduler answers, once all workers are there."""
    from distributed import Client

    with Client(  # type: ignore[no-untyped-call]
        scheduler_file=str(file), set_as_default=False
    ) as client:
        client.wait_for_workers(WORKERS, timeout=max(1, ends - time.monotonic()))  # type: ignore[no-untyped-call]
        address: str = client.scheduler.address
    return address
