"""Has the batches of an audit judged by the workers of a Dask cluster: for estates beyond one machine.

What travels to a worker is the job, once a batch: settings with rules by their ids, a team's own rules as their source,
and a digest of what judges here. A worker with another poolgate judges nothing. A batch travels as the places of its
states: who judges it reads them, with the credentials of its own environment.
"""

from __future__ import annotations

import hashlib
import io
import logging
import pickle
import socket
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, chdir, contextmanager, suppress
from datetime import date
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, Protocol

import inference_pools
import poolgate
from inference_pools.finding import printable
from inference_pools.policy_config import Setting
from inference_pools.rule import Rule
from inference_pools.version import __version__
from poolgate.audit import heap
from poolgate.audit.batches import Batch, Part, Work
from poolgate.audit.course import USUAL_LIMIT, Course, GiveUp, Task
from poolgate.errors import PoolgateError, UsageError

LOCAL: Final = "local"
"""The address of a cluster that is begun for one audit, on this machine."""
_CONNECTS_WITHIN: Final = 15
_TELLS_WITHIN: Final = 15
"""Seconds for what was found to come from a worker, however late it was found."""
_STEP: Final = 0.5
"""Seconds of one wait."""
_AHEAD: Final = 2
"""Batches that a worker is given at a time, lest it waits for the next one."""


class OwnRules(NamedTuple):
    """A file of rules that are not poolgate's: where it lies here, and its source."""

    file: str
    source: bytes


class Judges(Protocol):
    """What judges batches once it is made of settings and a day."""

    def __init__(
        self, settings: Sequence[Setting], today: date | None, *, keep_passes: bool, name_inputs: bool
    ) -> None: ...

    def judge(self, batch: Batch) -> Part:
        """What there is to say of a batch."""


class Job(NamedTuple):
    """How to judge: all that is the same for each batch of an audit. `judges` is a class, which travels by its name."""

    judges: type[Judges]
    settings: bytes
    own: tuple[OwnRules, ...]
    today: date | None
    keep_passes: bool
    name_inputs: bool
    here: str
    """The folder that relative paths are relative to."""
    digest: str


class OtherPoolgateError(Exception):
    """A worker has another poolgate: which worker, and which version."""


class NotThereError(Exception):
    """A worker has no such path as the audit was given: which worker, and which path."""


class _ByRule(pickle.Pickler):
    """Rules are found by their ids: a function is no value that can be sent."""

    def persistent_id(self, value: object) -> str | None:
        return value.id if isinstance(value, Rule) else None


class _OfRules(pickle.Unpickler):
    def __init__(self, data: bytes, rules: Sequence[Rule[Any]]) -> None:
        super().__init__(io.BytesIO(data))
        self._rules = {rule.id: rule for rule in rules}

    def persistent_load(self, id_: str) -> Rule[Any]:
        return self._rules[id_]


def job_of(
    judges: type[Judges],
    settings: Sequence[Setting],
    own: Sequence[Path],
    today: date | None,
    *,
    keep_passes: bool,
    name_inputs: bool,
) -> Job:
    """The job of an audit; `own` are the files of rules that are not poolgate's."""
    written = io.BytesIO()
    _ByRule(written, pickle.HIGHEST_PROTOCOL).dump(list(settings))
    sources = tuple(OwnRules(str(file.resolve()), file.read_bytes()) for file in own)
    return Job(judges, written.getvalue(), sources, today, keep_passes, name_inputs, str(Path.cwd()), what_judges())


@cache
def what_judges() -> str:
    """A digest of what judges: the sources of poolgate and its rules."""
    digest = hashlib.sha256()
    for package in (inference_pools, poolgate):
        root = Path(str(package.__file__)).parent
        for file in sorted(root.rglob("*.py")):
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


class Cluster:
    """The workers of the scheduler at an address, or, for `local`, so many that are begun on this machine."""

    def __init__(self, address: str, job: Job, number: int, limit: float = USUAL_LIMIT) -> None:
        self._address = address
        self._job = job
        self._number = number
        self._limit = limit

    def __call__(self, batches: Sequence[Batch], work: Work, give_up: GiveUp) -> Generator[tuple[int, Part]]:
        """Raises UsageError for workers that cannot judge these states as this process would."""
        if not batches:
            return
        course = Course(batches, give_up, self._limit)
        with self._client() as client:
            at_work = _AtWork(client, course, partial(_judge, self._job))
            try:
                while not course.is_over:
                    for task in at_work.share_out():
                        yield from course.judged(task, work(course.batch(task)))
                    yield from at_work.outcomes()
            finally:
                at_work.end()

    @contextmanager
    def _client(self) -> Iterator[Any]:
        try:
            import distributed
            from dask import config as configuration
        except ModuleNotFoundError:
            message = "--scheduler needs distributed, which is not installed: pip install 'poolgate[distributed]'"
            raise UsageError(message) from None
        library: Any = distributed  # It has types in places.
        logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
        with ExitStack() as stack:
            if self._address == LOCAL:
                # Its workers end with the audit: nobody reads what each of them was at, a hundred times a second.
                stack.enter_context(configuration.set({"distributed.worker.profile.enabled": False}))
                place: Any = stack.enter_context(
                    library.LocalCluster(n_workers=self._number, threads_per_worker=1, dashboard_address="127.0.0.1:0")
                )
            else:
                place = self._address
            try:
                client = stack.enter_context(library.Client(place, timeout=_CONNECTS_WITHIN, set_as_default=False))
            except (OSError, ValueError) as error:
                raise UsageError(
                    f"no scheduler of Dask answers there ({type(error).__name__})", file=self._address
                ) from None
            _refuse_others(client.run(version, "poolgate", on_error="return"))
            yield client


def _refuse_others(versions: Mapping[str, object]) -> None:
    """Raises UsageError for workers with no poolgate, which would not even understand what they are to do."""
    for worker, found in sorted(versions.items()):
        if isinstance(found, PackageNotFoundError):
            raise UsageError(f"the worker {worker} has no poolgate: install poolgate {__version__} there")


class _AtWork:
    """The tasks that workers are at."""

    def __init__(self, client: Any, course: Course, judge: partial[Part]) -> None:
        self._client = client
        self._course = course
        self._judge = judge
        self._futures: dict[Any, tuple[Task, float]] = {}
        self._ended: SimpleQueue[Any] = SimpleQueue()
        self._vanished: set[Task] = set()
        self._known_threads = 0
        self._asks_again = 0.0

    def share_out(self) -> Iterator[Task]:
        """Gives the workers tasks, a few to each; gives those that only this process can do, such as to read a pipe.

        What failed before is judged alone: a worker that dies of it takes no others along.
        """
        room = _AHEAD * max(1, self._threads) - len(self._futures)
        while room > 0 and not self._is_alone and (task := self._course.take()):
            if task.runs and self._futures:
                self._course.put_back(task)
                return
            batch = self._course.batch(task)
            if any(file.head is None for file in batch.files):
                yield task
                continue
            future = self._client.submit(self._judge, batch, task not in self._vanished, pure=False)
            # It may have to wait for the one before it, which may take as long.
            self._wait_for(future, task, time.monotonic() + _AHEAD * self._course.seconds(task))
            room -= 1

    @property
    def _threads(self) -> int:
        """How many threads all workers have. To ask costs as much as a batch does, and few of them come and go."""
        if time.monotonic() >= self._asks_again:
            self._known_threads = sum(self._client.nthreads().values())
            self._asks_again = time.monotonic() + _STEP
        return self._known_threads

    def _wait_for(self, future: Any, task: Task, until: float) -> None:
        self._futures[future] = task, until
        future.add_done_callback(self._ended.put)

    @property
    def _is_alone(self) -> bool:
        return any(task.runs for task, _ in self._futures.values())

    def outcomes(self) -> Iterator[tuple[int, Part]]:
        """What became of tasks, once there is some."""
        with suppress(Empty):
            future = self._ended.get(timeout=_STEP)
            if future in self._futures:
                yield from self._outcome(future, *self._futures.pop(future))
        for future, (task, until) in [*self._futures.items()]:
            if until < time.monotonic():
                del self._futures[future]
                yield from self._too_late(future, task)

    def _outcome(self, future: Any, task: Task, until: float) -> Iterator[tuple[int, Part]]:
        """What became of a task that ended. Its worker may have ended after it, with what it had found."""
        from distributed import KilledWorker

        if future.status == "pending":  # Another worker is at it by now.
            self._wait_for(future, task, until)
            return
        if future.status == "lost":
            yield from self._course.failed(task, "the worker that had judged it ended before it told of it")
            return
        try:
            part = future.result(timeout=max(_TELLS_WITHIN, until - time.monotonic()))
        except KilledWorker:
            why = "the worker that judged it ended, as one does that has no memory left"
            yield from self._course.failed(task, why)
        except MemoryError:
            yield from self._course.failed(task, "there was not enough memory to judge it")
        except NotThereError as error:
            self._gone(error, task)
        except OtherPoolgateError as error:
            raise UsageError(f"{error}: install poolgate {__version__} there, as it is here") from None
        except CancelledError:
            message = "the scheduler is gone: nothing that it has not yet told may be taken for a verdict"
            raise PoolgateError(message) from None
        except TimeoutError:
            if future.status == "error":  # It is what the judging itself raised.
                raise
            yield from self._too_late(future, task)
        else:
            yield from self._course.judged(task, part)

    def _too_late(self, future: Any, task: Task) -> Iterator[tuple[int, Part]]:
        self._end_worker_of(future)
        why = f"it was not judged within {_AHEAD * self._course.seconds(task):.0f} seconds"
        yield from self._course.failed(task, why)

    def _gone(self, error: NotThereError, task: Task) -> None:
        """A state that has vanished meanwhile is a finding; one that is there here, and not there, is not."""
        worker, path = error.args
        if Path(path).exists():
            raise UsageError(
                f"the worker on {worker} has no {printable(path)}: make it known there by the same path, or name the "
                "backend by its address"
            )
        self._vanished.add(task)
        self._course.put_back(task)

    def _end_worker_of(self, future: Any) -> None:
        """Ends the worker that is at a task for too long, where something begins it anew."""
        with suppress(Exception):  # What cannot be ended is left: others go on.
            workers = list(self._client.call_stack(futures=[future]))
            self._client.cancel([future], force=True)
            self._client.restart_workers(workers, raise_for_error=False)

    def end(self) -> None:
        """Has no more judged."""
        with suppress(Exception):
            self._client.cancel([*self._futures], force=True)


_one_at_a_time = threading.Lock()
"""A worker with several threads has one Judge, and one parser."""
_known: dict[Job, Judges] = {}


def _judge(job: Job, batch: Batch, looks_first: bool = True) -> Part:
    """What a worker does."""
    if job.digest != what_judges():
        raise OtherPoolgateError(f"the worker on {socket.gethostname()} has another poolgate ({__version__})")
    with _one_at_a_time, ExitStack() as stack:
        here = [file for file in batch.files if not file.is_remote]
        if any(not Path(file.name).is_absolute() for file in here):
            _look_for(job.here)
            stack.enter_context(chdir(job.here))
        for file in here if looks_first else ():
            _look_for(file.name)
        stack.enter_context(heap.without_collections())
        return _auditor(job).judge(batch)


def _look_for(path: str) -> None:
    if not Path(path).exists():
        raise NotThereError(socket.gethostname(), path)


def _auditor(job: Job) -> Judges:
    if job not in _known:
        from inference_pools.rules import ALL

        settings = _OfRules(job.settings, [*ALL, *_own_rules(job)]).load()
        _known.clear()  # Of an earlier audit.
        _known[job] = job.judges(settings, job.today, keep_passes=job.keep_passes, name_inputs=job.name_inputs)
        heap.keep_all()
    return _known[job]


def _own_rules(job: Job) -> Sequence[Rule[Any]]:
    """A team's own rules, from their files where those are here, too, else from what was sent of them."""
    if not job.own:
        return ()
    from poolgate import own_rules

    with tempfile.TemporaryDirectory(prefix="poolgate-") as name:
        files = []
        for number, (file, source) in enumerate(job.own):
            path = Path(file)
            if not (path.is_file() and path.read_bytes() == source):
                path = Path(name, f"{number}-{path.name}")
                path.write_bytes(source)
            files.append(path)
        return own_rules.load(files)
