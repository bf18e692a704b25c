"""`python -m tools.soak`: makes inputs, runs them in forked workers under limits, and tells what was wrong."""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import json
import mmap
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from tools.soak.checks import wrong
from tools.soak.lines import Recorder, share
from tools.soak.readers import CANARY, FORMATS, READERS, ROOT, SECRETS_OF_ENVIRONMENT, Command, Entry, Made, make

from inference_pools import platforms, policy_config

if TYPE_CHECKING:
    from inference_pools.policy_config import Setting
    from inference_pools.rule import Rule

SECONDS: Final = 10
"""Seconds of processor time that one input may take: the clock runs on while others work."""
HANGS: Final = 120
"""Seconds by the clock after which an input that does not work either is taken to wait for ever."""
MEMORY: Final = 1 << 30
"""What one input may take beyond what a worker has."""
BATCH: Final = 250
"""Inputs that one process runs; what they leave behind in it goes with it."""
FAILURES: Final = ROOT / "build" / "soak"


@dataclass
class Told:
    """What a worker tells of its inputs.

    `codes` are counted by reader and exit code; `seconds` are of processor time by reader, without what it takes to
    make the inputs.
    `failures` are (reader, number, kind, what shows it). `lines` are those that ran, by reader and module, where they
    are asked for.
    """

    done: int = 0
    codes: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str, int] = (0.0, "", 0)
    memory: int = 0
    failures: list[tuple[str, int, str, str]] = field(default_factory=list)
    lines: dict[str, dict[str, set[int]]] = field(default_factory=dict)

    def add(self, other: Told) -> None:
        """Takes over what another one tells."""
        self.done += other.done
        self.codes += other.codes
        self.seconds.update(other.seconds)
        self.slowest = max(self.slowest, other.slowest)
        self.memory = max(self.memory, other.memory)
        self.failures += other.failures
        for reader, modules in other.lines.items():
            for module, lines in modules.items():
                self.lines.setdefault(reader, {}).setdefault(module, set()).update(lines)


Batch = tuple[str, range]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs, and prints the figures. Exit 1 when something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description="Hostile input through every reader.")
    parser.add_argument("--seed", type=int, default=1, help="what the inputs are made from (%(default)s)")
    parser.add_argument("--count", type=int, default=1_000_000, help="inputs, over all readers (%(default)s)")
    parser.add_argument("--reader", action="append", choices=READERS, help="only this reader; may be repeated")
    parser.add_argument("--seconds", type=float, help="stop after so long")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="processes (%(default)s)")
    parser.add_argument(
        "--only", type=int, metavar="NUMBER", help="this one input of --reader, with all that it prints"
    )
    parser.add_argument("--figures", type=Path, help="add the figures of this run to this file, one JSON object a line")
    parser.add_argument("--lines", action="store_true", help="tell how many lines of the readers ran: takes longer")
    parser.add_argument("--keep", type=Path, default=FAILURES, help="where failing inputs are kept (%(default)s)")
    options = parser.parse_args(arguments)
    names = options.reader or list(READERS)
    if options.only is not None:
        return _only(names[0], options.seed, options.only, options.keep)
    soak = Soak(options.seed, options.keep, lines=options.lines)
    clock = time.monotonic()
    soak.run(batches(names, options.count), options.jobs, options.seconds)
    code = soak.report(time.monotonic() - clock)
    if options.figures:
        with options.figures.open("a", encoding="utf-8") as file:
            file.write(json.dumps(soak.figures()) + "\n")
    return code


def batches(names: Sequence[str], count: int) -> list[Batch]:
    """The inputs in batches, those of all readers side by side."""
    weights = {name: READERS[name].weight for name in names}
    shares = {name: max(1, round(count * weight / sum(weights.values()))) for name, weight in weights.items()}
    found = [
        (begin / share, name, range(begin, min(begin + BATCH, share)))
        for name, share in shares.items()
        for begin in range(0, share, BATCH)
    ]
    return [(name, numbers) for _, name, numbers in sorted(found, key=lambda each: each[:2])]


class Soak:
    """A run over batches of inputs."""

    def __init__(self, seed: int, keep: Path, *, lines: bool = False) -> None:
        self.seed = seed
        self.keep = keep
        self._lines = lines
        self.told = Told()

    def run(self, waiting: list[Batch], jobs: int, seconds: float | None = None) -> None:
        """Runs batches until there are none left, or the time is over.

        After `seconds` those that have begun are still run to their end.
        """
        _warm(pays=len(waiting) > jobs * len(READERS))
        end = time.monotonic() + seconds if seconds else None
        working: dict[int, _Worker] = {}
        waiting = waiting[::-1]
        while working or waiting:
            if end and time.monotonic() > end:
                waiting.clear()
            while waiting and len(working) < jobs:
                worker = _Worker(self.seed, waiting.pop(), lines=self._lines)
                working[worker.process] = worker
            if not working:
                return
            process, status = os.wait()
            worker = working.pop(process)
            told, rest = worker.ended(os.waitstatus_to_exitcode(status))
            self.told.add(told)
            if rest:
                waiting.append(rest)

    def figures(self) -> dict[str, Any]:
        """What is told of a run: its seed, and of each reader inputs by exit code, failures and seconds."""
        told = self.told
        readers: dict[str, dict[str, Any]] = {}
        for (name, code), count in sorted(told.codes.items()):
            reader = readers.setdefault(name, {"exit": {}, "failures": 0, "seconds": round(told.seconds[name], 1)})
            reader["exit"][str(code)] = count
        for name, *_ in told.failures:
            readers.setdefault(name, {"exit": {}, "failures": 0, "seconds": 0.0})["failures"] += 1
        for name, ran in told.lines.items():
            readers[name]["lines"] = share(name, ran)
        seconds, name, number = told.slowest
        return {
            "seed": self.seed,
            "commit": _commit(),
            "inputs": told.done,
            "slowest": {"seconds": round(seconds, 2), "reader": name, "number": number},
            "memory": told.memory,
            "readers": readers,
        }

    def report(self, seconds: float) -> int:
        """Prints the figures, and each kind of failure once, with an input that shows it."""
        told = self.told
        kinds: dict[tuple[str, str, str], list[tuple[str, int, str, str]]] = {}
        for failure in told.failures:
            kinds.setdefault((failure[0], failure[2], re.sub(r"\d+", "0", failure[3])[:110]), []).append(failure)
        for failures in sorted(kinds.values(), key=len, reverse=True):
            reader, number, kind, shown = min(failures, key=lambda each: len(make(each[0], self.seed, each[1]).content))
            place = save(make(reader, self.seed, number), self.keep / f"{reader}-{self.seed}-{number}")
            print(f"{len(failures):>6} x {reader}: {kind}: {shown}\n         {place}")
        of: Counter[str] = Counter()
        for (name, _), count in told.codes.items():
            of[name] += count
        for name, count in of.items():
            codes = ", ".join(
                f"{told.codes[name, code]:,} exit {code}" for code in (0, 1, 2, 3, 4) if told.codes[name, code]
            )
            ran, there = share(name, told.lines[name]) if name in told.lines else (0, 0)
            if there:
                codes = f"{ran / there:.1%} of {there:,} lines; {codes}"
            print(f"  {name:<15} {count:>7,} inputs in {told.seconds[name]:>6,.0f} s: {codes}")
        rate = told.done / max(seconds, 0.001)
        print(
            f"seed {self.seed}: {told.done:,} inputs in {seconds:.0f} s, {rate:.0f} a second; "
            f"{len(told.failures):,} failures of {len(kinds)} kinds; slowest {told.slowest[0]:.2f} s "
            f"({told.slowest[1]} {told.slowest[2]}); at most {told.memory >> 20} MiB more"
        )
        return 1 if told.failures else 0


def _commit() -> str:
    """Of the checkout: good inputs change with it, and with them what a seed makes."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


class _Worker:
    """A forked process with a batch. What it is at is known of it even when it is killed."""

    def __init__(self, seed: int, batch: Batch, *, lines: bool) -> None:
        self.batch = batch
        self.folder = Path(tempfile.mkdtemp(prefix="poolgate-soak-"))
        self._at = mmap.mmap(-1, 8)
        sys.stdout.flush()
        self.process = os.fork()
        if not self.process:
            code = 70
            try:
                _work(seed, batch, self.folder, self._at, lines=lines)
                code = 0
            except BaseException:
                import traceback

                traceback.print_exc(file=sys.__stderr__)
            finally:
                os._exit(code)

    def ended(self, code: int) -> tuple[Told, Batch | None]:
        """What it has to tell, and what it left to do."""
        name, numbers = self.batch
        told = Told()
        with suppress(OSError, EOFError, pickle.UnpicklingError):
            for each in _pickled(self.folder / "told"):
                told.add(each)
        rest = None
        if code:
            at = int.from_bytes(self._at[:8], "big")
            kinds = {-signal.SIGPROF: f"over {SECONDS} s", -signal.SIGALRM: f"hangs for {HANGS} s"}
            kind = kinds.get(code, f"worker ended with {code}")
            told.done += at - numbers.start + 1
            told.failures.append((name, at, kind, ""))
            rest = (name, range(at + 1, numbers.stop)) if at + 1 < numbers.stop else None
        shutil.rmtree(self.folder, ignore_errors=True)
        return told, rest


def _pickled(file: Path) -> Iterator[Told]:
    with file.open("rb") as stream:
        while True:
            try:
                yield pickle.load(stream)
            except EOFError:
                return


def _warm(*, pays: bool) -> None:
    """Imports what readers need, and makes what is always the same, once for all workers.

    To find out what they import takes seconds; `pays` says whether there are workers enough to make up for them.
    """
    import poolgate.cli

    # The command line of a command is the same every time, and takes as long to make as a small file to lint.
    poolgate.cli._parser = cache(poolgate.cli._parser)  # type: ignore[assignment]
    policy_config.default_settings = _once_each(policy_config.default_settings)
    for name in READERS:  # what good inputs are made of is made once
        make(name, 1, 0)
    for module in _imported() if pays else ():
        with suppress(ImportError):
            importlib.import_module(module)
    # What is compiled of poolgate's own schemas once is there for all.
    for name in ("policy-config", "stack", "project", "poolgate", "waivers", "state"):
        with tempfile.TemporaryDirectory(prefix="poolgate-soak-") as folder:
            _run_good(name, READERS[name].runs[:1], Path(folder), ("text",))
            os.chdir(ROOT)
    gc.collect()
    gc.freeze()  # nothing of it goes away, and each worker need not look for what does


def _once_each(settings: Callable[[Iterable[Rule[Any]]], tuple[Setting, ...]]) -> Any:
    """The settings of the same rules, which nobody changes, are made once."""
    known: dict[tuple[int, ...], tuple[Any, ...]] = {}

    def remembered(rules: Iterable[Rule[Any]]) -> tuple[Setting, ...]:
        rules = tuple(rules)
        key = *map(id, rules), *map(id, platforms.known())
        if key not in known:
            known[key] = rules, settings(rules)  # the rules are kept, so that no other gets the id of one
        return known[key][1]

    return remembered


def _imported() -> list[str]:
    """The modules that are imported while a good input of each kind is run, told by a process that ends then.

    It may start threads, which no process may have that is forked.
    """
    with tempfile.TemporaryDirectory(prefix="poolgate-soak-") as folder:
        told = Path(folder) / "modules"
        process = os.fork()
        if not process:
            before = {*sys.modules}
            with suppress(BaseException):
                for name, reader in READERS.items():
                    _run_good(name, reader.runs, Path(folder) / name)
            told.write_text("\n".join(sys.modules.keys() - before), "utf-8")
            os._exit(0)
        os.waitpid(process, 0)
        return sorted(told.read_text("utf-8").split()) if told.is_file() else []


def _run_good(name: str, runs: Sequence[Command | Entry], folder: Path, formats: Sequence[str] = FORMATS) -> None:
    """Runs a reader's first good input, as it is, in each format."""
    folder.mkdir(exist_ok=True)
    seed, runner = READERS[name].seeds()[0], Runner(folder)
    for run in runs:
        for form in formats if not callable(run) and "FORMAT" in run else ("text",):
            chosen = run if callable(run) else tuple(f"--format={form}" if word == "FORMAT" else word for word in run)
            runner.run(Made(seed, 0, seed.at, seed.content, chosen, form, False))


def _work(seed: int, batch: Batch, folder: Path, at: mmap.mmap, *, lines: bool = False) -> None:
    name, numbers = batch
    _limit(folder)
    recorder = Recorder(name) if lines else None
    runner = Runner(folder)
    told = Told()
    with (folder / "told").open("wb") as stream:
        for number in numbers:
            at[:8] = number.to_bytes(8, "big")
            made = make(name, seed, number)
            _let_run(SECONDS, HANGS)
            clock = time.process_time()
            code, out, err = runner.run(made)
            seconds = time.process_time() - clock
            _let_run(0, 0)
            canary = CANARY if made.secret else None
            one = Told(1, Counter({(name, code): 1}), Counter({name: seconds}), (seconds, name, number))
            one.failures = [(name, number, kind, shown) for kind, shown in wrong(code, out, err, made.format, canary)]
            told.add(one)
            if one.failures:
                pickle.dump(told, stream)
                stream.flush()
                told = Told()
        if recorder:
            told.lines[name] = {module: set(ran) for module, ran in recorder.lines().items()}
        told.memory = max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - runner.memory)
        pickle.dump(told, stream)


def _let_run(seconds: float, by_the_clock: float) -> None:
    """Ends this process after so much of its time, or so long; 0 for never."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, by_the_clock)


def _limit(folder: Path) -> None:
    """Sets the limits of a worker, and the environment that it runs in."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    own = int(re.search(r"VmData:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024  # type: ignore[index]
    resource.setrlimit(resource.RLIMIT_DATA, (own + MEMORY, own + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(1000)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "PYTHONPATH", "TMPDIR")}
    home = folder / "home"
    home.mkdir(exist_ok=True)
    os.environ.clear()
    os.environ.update(
        kept, HOME=str(home), POOLGATE_NO_CACHE="1", POOLGATE_AS_OF="2026-12-01", **SECRETS_OF_ENVIRONMENT
    )


class Runner:
    """Runs inputs in this process, each as a command of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self._stdin = Path(os.devnull).open()  # noqa: SIM115

    def run(self, made: Made) -> tuple[int, str, str]:
        """The exit code, and what was written to stdout and stderr."""
        # A folder of its own for each: what poolgate remembers of a file, it remembers by its path.
        self._number += 1
        place = self._folder / f"{self._number}"
        write(made, place)
        try:
            return self._run(made, place)
        finally:
            os.chdir(self._folder)
            shutil.rmtree(place)

    def _run(self, made: Made, place: Path) -> tuple[int, str, str]:
        from poolgate.cli import run

        os.chdir(place)
        before = sys.stdin, sys.stdout, sys.stderr, dict(os.environ)
        out, err = _Captured(errors="strict"), _Captured(errors="backslashreplace")
        sys.stdin, sys.stdout, sys.stderr = self._stdin, out, err
        code: Any = None
        try:
            code = made.run(place / made.at) if callable(made.run) else run(made.run)
        except SystemExit as end:
            code = end.code
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 3
        finally:
            sys.stdin, sys.stdout, sys.stderr, environment = before
            os.environ.clear()
            os.environ.update(environment)
        return code if isinstance(code, int) else 3, out.written(), err.written()


class _Captured(io.TextIOWrapper):
    """A stream as a process has one: it encodes what it is given."""

    def __init__(self, errors: str) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors=errors, newline="\n", write_through=True)

    def close(self) -> None:
        """Stays open, whoever closes it: what was written is read afterwards."""

    def written(self) -> str:
        self.flush()
        content: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return content.decode("utf-8", "surrogateescape")


def write(made: Made, folder: Path) -> None:
    """Writes the folder of an input."""
    files = {name: content for name, content in made.seed.files.items() if name != made.seed.at} | {
        made.at: made.content
    }
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def save(made: Made, folder: Path) -> Path:
    """Keeps an input, with what to run over it."""
    shutil.rmtree(folder, ignore_errors=True)
    write(made, folder)
    ran = made.run.__name__ if callable(made.run) else json.dumps(["poolgate", *made.run])
    (folder / "COMMAND").write_text(f"{ran}\n{made.at!r}\n", "utf-8")
    return folder


def _only(name: str, seed: int, number: int, keep: Path) -> int:
    """One input, run as a command is, with what it prints."""
    made = make(name, seed, number)
    print(save(made, keep / f"{name}-{seed}-{number}"), made.run if not callable(made.run) else made.run.__name__)
    with tempfile.TemporaryDirectory() as folder:
        process = os.fork()
        if not process:
            _limit(Path(folder))
            _let_run(SECONDS, HANGS)
            code, out, err = Runner(Path(folder)).run(made)
            _show(code, out, err, made, sys.__stdout__ or sys.stdout)
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _show(code: int, out: str, err: str, made: Made, stream: TextIO) -> None:
    for text in (out, err):
        stream.write(text.encode("unicode_escape").decode().replace("\\n", "\n") + "\n")
    failures = list(wrong(code, out, err, made.format, CANARY if made.secret else None))
    stream.write(f"exit {code}; wrong: {failures or 'nothing'}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
