"""Judges mutants: each in a process of its own, by the tests that run its line.

Nothing is written to the library. A mutant inside a function is put in place of the function's code in a fork of a
process that has collected the tests; one that runs when its module is loaded is judged in a fork of a process that
has loaded everything but the library, so that the library is loaded anew with the change.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.machinery
import itertools
import json
import os
import re
import resource
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol
from tools.mutation.mutants import Mutant
from tools.mutation.parts import LIBRARY, ROOT

PYTEST: Final = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=0", "-m", "not engine"]
"""The limits here are of processor time; an engine takes seconds for what a test of the service takes milliseconds."""

KILLED: Final = 10
NO_TEST: Final = 11
SAME_CODE: Final = 12
CANNOT_SWAP: Final = 13
INVALID: Final = 14
SURVIVED: Final = 15

PER_TEST: Final = 5.0
"""Seconds of processor time that a test may take beyond ten times what it takes on the library as it is."""
EXAMPLES: Final = "tests/rules/"
"""Where the examples of rules lie: `[rule-id/…]` in the name of a test is one of them."""
LONG: Final = 0.5
"""Seconds of a test that is not taken for its name alone before all shorter ones were."""
WALL: Final = 180.0
"""Seconds after which a mutant is ended whatever it does: a wait for ever costs no processor time."""
MEMORY: Final = 6 * 2**30
"""Bytes of address space, for mutants that build without end."""


@dataclass(frozen=True)
class Coverage:
    """Which tests run which line: for each file, the tests of each line by number; and what each test takes."""

    tests: tuple[str, ...]
    seconds: tuple[float, ...]
    lines: Mapping[str, Mapping[int, frozenset[int]]]
    at_import: Mapping[str, frozenset[int]]
    modules: tuple[str, ...]
    package: Path = LIBRARY

    def of(self, module: str, first: int, last: int) -> frozenset[int]:
        """The tests that run one of these lines."""
        lines = self.lines.get(module, {})
        return frozenset().union(*(lines.get(line, frozenset()) for line in range(first, last + 1)))

    @functools.cached_property
    def breadth(self) -> dict[int, int]:
        """How many lines each test runs."""
        counted: dict[int, int] = {}
        for lines in self.lines.values():
            for tests in lines.values():
                for test in tests:
                    counted[test] = counted.get(test, 0) + 1
        return counted

    @functools.cached_property
    def words(self) -> tuple[tuple[frozenset[str], ...], Counter[str]]:
        """The words in the name of each test, and in how many names each stands."""
        of_tests = tuple(frozenset(_words(test)) for test in self.tests)
        return of_tests, Counter(word for words in of_tests for word in words)

    def of_module(self, module: str) -> frozenset[int]:
        """The tests that run any line of a module."""
        return frozenset().union(*self.lines.get(module, {}).values())

    @staticmethod
    def read(path: Path) -> Coverage:
        """What `measure` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return Coverage(
            tuple(content["tests"]),
            tuple(content["seconds"]),
            {
                module: {int(line): frozenset(tests) for line, tests in lines.items()}
                for module, lines in content["lines"].items()
            },
            {module: frozenset(lines) for module, lines in content["at_import"].items()},
            tuple(content["modules"]),
            Path(content["package"]),
        )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]{3,}", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())


def _in_turn(*orders: Iterable[int]) -> Iterator[int]:
    for taken in itertools.zip_longest(*orders):
        yield from (test for test in taken if test is not None)


def measure(package: Path, tests: Sequence[str], output: Path) -> int:
    """Runs the tests once as they are; writes which run which line. Returns pytest's exit code."""
    import coverage

    prepare()
    cov = coverage.Coverage(include=[f"{package}/*"], data_file=None, config_file=False, messages=False)
    plugin = _Measuring(cov)
    cov.start()
    code = int(pytest.main([*PYTEST, "-p", "no:randomly", *tests], plugins=[plugin]))
    cov.stop()
    data = cov.get_data()
    numbers = {test: number for number, test in enumerate(plugin.seconds) if test not in plugin.failed}
    lines: dict[str, dict[int, list[int]]] = {}
    at_import: dict[str, list[int]] = {}
    for file in data.measured_files():
        module = str(Path(file).relative_to(package).with_suffix(""))
        contexts = data.contexts_by_lineno(file)
        lines[module] = {
            line: sorted(numbers[test] for test in tests if test in numbers) for line, tests in contexts.items()
        }
        at_import[module] = [line for line, tests in contexts.items() if "" in tests]
    content = {
        "package": str(package),
        "tests": list(plugin.seconds),
        "seconds": list(plugin.seconds.values()),
        "lines": lines,
        "at_import": at_import,
        "modules": sorted(name for name in sys.modules if _is_outside(name)),
    }
    partial = output.with_suffix(".partial")
    partial.write_text(json.dumps(content), encoding="utf-8")
    partial.replace(output)
    for test in sorted(plugin.failed):
        print(f"left out, since it fails on the library as it is: {test}")
    return 0 if code == pytest.ExitCode.TESTS_FAILED and plugin.seconds else code


def _is_outside(name: str) -> bool:
    top = name.partition(".")[0]
    file = getattr(sys.modules[name], "__file__", None) or ""
    return top not in ("inference_pools", "poolgate", "tools") and not file.startswith(f"{ROOT}/tests")


class _Measuring:
    """Switches the context of the coverage with each test."""

    def __init__(self, cov: Any) -> None:
        self.cov = cov
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes what fails on the library as it is: such a test says nothing of a mutant."""
        if report.failed:
            self.failed.add(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        clear_caches()
        self.cov.switch_context(item.nodeid)
        before = _processor_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = round(_processor_time() - before, 4)
            self.cov.switch_context("")


def _processor_time() -> float:
    """Seconds of this process and of those that it has ended: some tests start the command line."""
    return sum(os.times()[:4])


def prepare() -> None:
    """The same of every run: where the library lies, and what hypothesis tries."""
    os.chdir(ROOT)
    for path in (ROOT / "policies", ROOT / "src"):
        sys.path.insert(0, str(path))
    sys.dont_write_bytecode = True
    import hypothesis

    hypothesis.settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutation")


def clear_caches() -> None:
    """Forgets what functions of the library remember, so that each test runs what it tests."""
    for cached in _cached():
        cached.cache_clear()


@functools.cache
def _cached() -> tuple[Any, ...]:
    kind = type(functools.lru_cache(clear_caches))
    return tuple(
        thing
        for thing in gc.get_objects()
        if isinstance(thing, kind) and getattr(thing, "__module__", "").startswith(("inference_pools", "poolgate"))
    )


@dataclass
class Verdict:
    """What became of a mutant; `by` is the test that killed it, or what else did."""

    outcome: str
    by: str = ""


@dataclass
class Judge:
    """Judges one mutant after another. `budget` is the seconds of tests that a mutant gets."""

    coverage: Coverage
    budget: float
    collector: Collector = field(init=False)
    kills: dict[str, dict[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        prepare()
        for name in self.coverage.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        gc.freeze()
        self.collector = Collector(self.coverage)

    def judge(self, mutant: Mutant, *, everything: bool = False) -> Verdict:
        """Killed, survived, untested, same (as the library, to the compiler), or invalid."""
        if not mutant.function:
            verdict = self._table(mutant, everything=everything)
            if verdict.outcome == "killed":
                return verdict
        else:
            verdict = self._in_function(mutant, everything=everything)
            repeat = any(
                line in self.coverage.at_import.get(mutant.module, ())
                for line in range(mutant.lines[0], mutant.lines[1] + 1)
            )
            if verdict.outcome not in ("cannot swap", "survived", "untested") or (
                verdict.outcome != "cannot swap" and not repeat
            ):
                return verdict
        return self._at_import(mutant, everything=everything)

    def _in_function(self, mutant: Mutant, *, everything: bool) -> Verdict:
        tests = self.coverage.of(mutant.module, *mutant.lines)
        return self._verdict(mutant, self._order(mutant, tests, everything=everything), self.collector.run)

    def _table(self, mutant: Mutant, *, everything: bool) -> Verdict:
        tests = self._order(mutant, self._users_tests(mutant), everything=everything)
        return self._verdict(mutant, tests, self.collector.run)

    def _at_import(self, mutant: Mutant, *, everything: bool) -> Verdict:
        tests = self._order(mutant, self._users_tests(mutant), everything=everything)
        return self._verdict(mutant, tests, self._run_anew)

    def _users_tests(self, mutant: Mutant) -> frozenset[int]:
        tests = self.coverage.of_module(mutant.module)
        for user in _users(self.coverage.package, mutant.module) if not mutant.function or not tests else ():
            tests |= self.coverage.of_module(user)
        if tests:
            return tests
        # A platform's layout is made once, when somebody asks for the platform: its tests read it, and none runs it.
        folder = f"{mutant.module.rpartition('/')[0]}/"
        beside = (module for module in self.coverage.lines if module.startswith(folder))
        return frozenset().union(*(self.coverage.of_module(module) for module in beside))

    def _order(self, mutant: Mutant, tests: frozenset[int], *, everything: bool) -> list[int]:
        """Until the budget is spent, in turn: one that has killed neighbours, most in its time; one of an example of
        the rule that the mutant lies in; one whose name speaks of what is changed; and one that runs few lines.

        One test at the least, whatever it takes.
        """
        kills = self.kills.get(mutant.module, {})
        here = self.kills.get(f"{mutant.module}:{mutant.where}", {})
        breadth, words = self.coverage.breadth, self.coverage.words
        about = set(_words(f"{mutant.module} {mutant.where} {mutant.change.partition(' -> ')[0]}"))
        weight = {word: 1 / words[1][word] for word in about if word in words[1]}
        speaking = {test: sum(weight.get(word, 0.0) for word in words[0][test]) for test in tests}
        # Of several tests of one case, those after the first come last; the first looks at every word of an example.
        cases = Counter[str]()
        again = {}
        names = self.coverage.tests
        for test in sorted(tests, key=lambda test: (not names[test].startswith(EXAMPLES), names[test])):
            case = names[test].partition("[")[2] or names[test]
            again[test] = cases[case]
            cases[case] += 1
        seconds = self.coverage.seconds
        # What kills much in little time comes first: a long test takes the place of a hundred short ones.
        worth = {test: (kills[test] + 10 * here.get(test, 0)) / (0.05 + seconds[test]) for test in kills.keys() & tests}
        chosen: dict[int, None] = {}
        spent = 0.0
        for test in _in_turn(
            sorted(worth, key=lambda test: (-worth[test], test)),
            self._of_own_examples(mutant.module, tests),
            sorted(tests, key=lambda test: (seconds[test] > LONG, again[test], -speaking[test], breadth[test], test)),
            sorted(tests, key=lambda test: (again[test], breadth[test], test)),
        ):
            if test not in chosen and (everything or spent + seconds[test] <= self.budget):
                chosen[test] = None
                spent += seconds[test]
        return list(chosen or sorted(tests, key=lambda test: (seconds[test], test))[:1])

    def _of_own_examples(self, module: str, tests: Iterable[int]) -> list[int]:
        """The tests of examples of a module's rule: those beside the examples first, which look at every word.

        Others take the same examples by hundreds, and only ask whether two ways to judge them agree.
        """
        of_rule = f"[{module.rpartition('/')[2].replace('_', '-')}/"
        names, seconds = self.coverage.tests, self.coverage.seconds
        own = (test for test in tests if of_rule in names[test])
        return sorted(own, key=lambda test: (not names[test].startswith(EXAMPLES), seconds[test], test))

    def _verdict(
        self, mutant: Mutant, tests: list[int], run: Callable[[Mutant, list[int]], tuple[int, str]]
    ) -> Verdict:
        if not tests:
            return Verdict("untested")
        code, by = run(mutant, tests)
        if code == KILLED:
            if by.isdigit():
                for place in (mutant.module, f"{mutant.module}:{mutant.where}"):
                    counted = self.kills.setdefault(place, {})
                    counted[int(by)] = counted.get(int(by), 0) + 1
                by = self.coverage.tests[int(by)]
            return Verdict("killed", by)
        known = {SURVIVED: "survived", SAME_CODE: "same", CANNOT_SWAP: "cannot swap", INVALID: "invalid"}
        return Verdict(known[code]) if code in known else Verdict("killed", by or f"ended with {code}")

    def _run_anew(self, mutant: Mutant, tests: list[int]) -> tuple[int, str]:
        return forked(lambda say: _load_anew(mutant, tests, self.coverage, say))


def forked(work: Callable[[Callable[[str], None]], int]) -> tuple[int, str]:
    """Does the work in a fork: its exit code, and what it said. Ends it when it takes too long."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = KILLED
        try:
            os.setsid()
            os.close(reading)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            silence()
            code = work(lambda text: os.write(writing, text.encode()[:200]) and None)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(writing, f"{type(error).__name__} outside of a test".encode())
        finally:
            os._exit(code)
    os.close(writing)
    try:
        return _awaited(child, reading)
    finally:
        os.close(reading)


def _awaited(child: int, reading: int) -> tuple[int, str]:
    said, deadline = b"", time.monotonic() + WALL
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return KILLED, "took too long"
        part = os.read(reading, 4096)
        if not part:
            break
        said += part
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return KILLED, "took too long" if number == signal.SIGPROF else f"ended by signal {number}"
    return os.WEXITSTATUS(status), said.decode()


def silence() -> None:
    """Nothing of a mutant reaches the terminal."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def run_items(items: Sequence[Any], coverage: Coverage, tests: Sequence[int], say: Callable[[str], None]) -> int:
    """Runs the tests until one fails."""
    by_name = {item.nodeid: item for item in items}
    chosen = [(test, by_name[coverage.tests[test]]) for test in tests if coverage.tests[test] in by_name]
    if not chosen:
        return NO_TEST
    for place, (test, item) in enumerate(chosen):
        following = chosen[place + 1][1] if place + 1 < len(chosen) else None
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, PER_TEST + 10 * coverage.seconds[test])
        reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            say(str(test))
            return KILLED
    return SURVIVED


class Collector:
    """A process that has collected every test, and forks for each mutant."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        ours, its = _pipes()
        if os.fork() == 0:
            try:
                for pipe in ours:
                    os.close(pipe)  # so that it ends when we do
                silence()
                pytest.main([*PYTEST, *test_files(coverage.tests)], plugins=[_Serving(coverage, its)])
            finally:
                os._exit(1)
        for pipe in its:
            os.close(pipe)
        self.reading, self.writing = ours
        if _receive(self.reading) != "ready":
            raise SystemExit("the tests cannot be collected")

    def run(self, mutant: Mutant, tests: list[int]) -> tuple[int, str]:
        """The exit code and the test that killed it."""
        _send(self.writing, [mutant.module, mutant.function, mutant.source, tests])
        code, by = _receive(self.reading)
        return code, by


class _Serving:
    """A plugin that answers instead of running the tests."""

    def __init__(self, coverage: Coverage, pipes: tuple[int, int]) -> None:
        self.coverage = coverage
        self.reading, self.writing = pipes

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            os._exit(1)
        functions = _Functions(self.coverage.package)
        gc.collect()
        gc.freeze()
        _send(self.writing, "ready")
        while True:
            module, path, source, tests = _receive(self.reading)
            file = str(self.coverage.package / f"{module}.py")
            new = _compiled(source, file)
            if new is None:
                _send(self.writing, [INVALID, ""])
                continue
            if not path:
                work = functools.partial(self._judged_table, session.items, file, new, tests)
                _send(self.writing, forked(work))
                continue
            steps = [(name, number) for name, number in path]
            work = functools.partial(self._judged, session.items, functions, file, steps, new, tests)
            _send(self.writing, forked(work))

    def _judged_table(
        self, items: Sequence[Any], file: str, new: CodeType, tests: Sequence[int], say: Callable[[str], None]
    ) -> int:
        """Puts the constants that differ in place of those that live; what else differs shows only at loading."""
        if not replace_constants(file, new):
            return CANNOT_SWAP
        clear_caches()
        return run_items(items, self.coverage, tests, say)

    def _judged(
        self,
        items: Sequence[Any],
        functions: _Functions,
        file: str,
        path: Sequence[tuple[str, int]],
        new: CodeType,
        tests: Sequence[int],
        say: Callable[[str], None],
    ) -> int:
        code = functions.swap(file, path, new)
        if code is not None:
            return code
        clear_caches()
        return run_items(items, self.coverage, tests, say)


class _Functions:
    """The living functions of a package, by their code."""

    def __init__(self, package: Path) -> None:
        self.by_code: dict[tuple[str, str, int], list[FunctionType]] = {}
        self.with_closures: set[tuple[str, str]] = set()
        self.modules: dict[str, CodeType] = {}
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(f"{package}/"):
                code = thing.__code__
                self.by_code.setdefault((code.co_filename, code.co_qualname, code.co_firstlineno), []).append(thing)
                outer, inner, _ = code.co_qualname.partition(".<locals>.")
                if inner:
                    self.with_closures.add((code.co_filename, outer))

    def swap(self, file: str, path: Sequence[tuple[str, int]], new: CodeType) -> int | None:
        """Puts the new code of the function in place; the exit code when that cannot be."""
        if file not in self.modules:
            compiled = _compiled(Path(file).read_text(encoding="utf-8"), file)
            assert compiled is not None
            self.modules[file] = compiled
        old_code, new_code = _code_at(self.modules[file], path), _code_at(new, path)
        if old_code is None or new_code is None:
            return CANNOT_SWAP
        if old_code == new_code and repr(old_code.co_consts) == repr(new_code.co_consts):
            return SAME_CODE
        living = self.by_code.get((file, old_code.co_qualname, old_code.co_firstlineno), [])
        if (
            not living
            or (file, old_code.co_qualname) in self.with_closures
            or old_code.co_freevars != new_code.co_freevars
        ):
            return CANNOT_SWAP
        for function in living:
            function.__code__ = new_code
        return None


_PLAIN: Final = (str, int, float, bool, type(None), timedelta, re.Pattern)


def replace_constants(file: str, new: CodeType) -> bool:
    """Binds the changed constants of a module wherever the library and the tests have them.

    Only plain values, and only where nothing else of the module differs: classes and rules made anew would be others
    than those that the tests know.
    """
    living = next(module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == file)
    old_code = _compiled(Path(file).read_text(encoding="utf-8"), file)
    assert old_code is not None
    before, after = _namespace(old_code, living), _namespace(new, living)
    changed = [key for key in before if _text(before[key]) != _text(after.get(key))]
    if not changed or not all(_is_plain(after.get(key)) and _is_plain(before[key]) for key in changed):
        return False
    modules = [module for module in sys.modules.values() if module is not None]
    for key in changed:
        old = vars(living)[key]
        for module in modules:
            names = [bound for bound, value in list(vars(module).items()) if value is old]
            for bound in names if isinstance(old, Sequence | Set | Mapping | re.Pattern) or module is living else ():
                setattr(module, bound, after[key])
            if bound_elsewhere(module, key, old):
                setattr(module, key, after[key])
    return True


def bound_elsewhere(module: ModuleType, key: str, old: Any) -> bool:
    """Whether a module has taken a number or a flag by its name, of which identity says nothing."""
    return type(vars(module).get(key)) is type(old) and vars(module).get(key) == old


def _namespace(code: CodeType, living: ModuleType) -> dict[str, Any]:
    namespace: dict[str, Any] = {
        "__name__": living.__name__,
        "__file__": living.__file__,
        "__package__": living.__package__,
    }
    shadow = ModuleType(living.__name__)
    shadow.__dict__.update(namespace)
    sys.modules[living.__name__] = shadow  # dataclasses look their module up
    try:
        exec(
            compile(code, str(living.__file__), "exec", dont_inherit=True) if isinstance(code, str) else code,
            shadow.__dict__,
        )
    finally:
        sys.modules[living.__name__] = living
    return {key: value for key, value in shadow.__dict__.items() if _is_plain(value) and not key.startswith("__")}


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list | tuple | Set):
        return all(_is_plain(item) for item in value)
    return type(value) in _PLAIN


def _text(value: Any) -> Any:
    """Sets have no order, so that their text says nothing."""
    return sorted(map(repr, value)) if isinstance(value, Set) else repr(value)


def _compiled(source: str, file: str) -> CodeType | None:
    try:
        return compile(source, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None


def _code_at(code: CodeType, path: Sequence[tuple[str, int]]) -> CodeType | None:
    for name, number in path:
        inner = [const for const in code.co_consts if isinstance(const, CodeType) and const.co_name == name]
        if len(inner) <= number:
            return None
        code = inner[number]
    return code


def _load_anew(mutant: Mutant, tests: list[int], coverage: Coverage, say: Callable[[str], None]) -> int:
    """Loads the library with the change, collects the files of the tests, and runs those."""
    file = str(coverage.package / f"{mutant.module}.py")
    new = _compiled(mutant.source, file)
    if new is None:
        return INVALID
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        return new if loader.path == file else original(loader, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    plugin = _Running(coverage, tests, say)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, 60)
    pytest.main([*PYTEST, *test_files(coverage.tests[test] for test in tests)], plugins=[plugin])
    if plugin.code is None:
        say("the tests cannot be collected")
        return KILLED
    return plugin.code


class _Running:
    """A plugin that runs the tests in our order, until one fails."""

    def __init__(self, coverage: Coverage, tests: list[int], say: Callable[[str], None]) -> None:
        self.coverage, self.tests, self.say = coverage, tests, say
        self.code: int | None = None

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not session.testsfailed:
            self.code = run_items(session.items, self.coverage, self.tests, self.say)
        return True


def test_files(tests: Iterable[str]) -> list[str]:
    """The files that the tests lie in."""
    return sorted({test.partition("::")[0] for test in tests})


@functools.cache
def _users(folder: Path, module: str) -> tuple[str, ...]:
    """The modules of a package that import this one."""
    name = f"{folder.name}.{module.replace('/', '.')}"
    package, _, last = name.rpartition(".")
    found = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if f"from {name} import" in text or (f"from {package} import" in text and last in text):
            found.append(str(path.relative_to(folder).with_suffix("")))
    return tuple(found)


def _pipes() -> tuple[tuple[int, int], tuple[int, int]]:
    here_read, there_write = os.pipe()
    there_read, here_write = os.pipe()
    return (here_read, here_write), (there_read, there_write)


def _send(pipe: int, message: Any) -> None:
    data = json.dumps(message).encode()
    data = len(data).to_bytes(8, "big") + data
    while data:
        data = data[os.write(pipe, data) :]


def _receive(pipe: int) -> Any:
    length = int.from_bytes(_exactly(pipe, 8), "big")
    return json.loads(_exactly(pipe, length))


def _exactly(pipe: int, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = os.read(pipe, length - len(data))
        if not part:
            raise SystemExit("the process that collected the tests has ended")
        data += part
    return data
