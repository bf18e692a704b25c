"""Which tests judge a mutant, and in what order."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

ROOT = Path(__file__).parents[2]
if TYPE_CHECKING:
    from tools.mutation.mutants import Mutant

CASE = "[memory-bounded/bad/too-large]"
OTHERS = [f"tests/gate/test_agreement.py::test_memory_is_said_alike_{number}{CASE}" for number in range(40)]
OWN = f"tests/rules/test_fixtures.py::test_a_bad_one_trips_its_own_rule{CASE}"


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
def mutant() -> Mutant:
    from tools.mutation.mutants import Mutant

    return Mutant("rules/memory_bounded", (("memory_bounded", 0),), (3, 3), "message_text", "a -> b", "", "")


def order(mutant: Mutant, budget: float, seconds: dict[str, float]) -> list[str]:
    """The tests that a mutant gets, all of which run its line."""
    from tools.mutation.judge import Coverage, Judge

    tests, lines = tuple(seconds), {mutant.module: {3: frozenset(range(len(seconds)))}}
    judge = Judge.__new__(Judge)  # without the process that collects all tests
    judge.coverage, judge.budget, judge.kills = Coverage(tests, tuple(seconds.values()), lines, {}, ()), budget, {}
    return [tests[test] for test in judge._order(mutant, judge.coverage.of(mutant.module, 3, 3), everything=False)]


def test_the_examples_of_a_rule_judge_it_first_however_many_tests_take_them(mutant: Mutant) -> None:
    assert order(mutant, 1.0, {**dict.fromkeys(OTHERS, 0.1), OWN: 0.2})[0] == OWN


def test_of_the_tests_of_another_rule_s_example_the_one_beside_it_is_the_first(mutant: Mutant) -> None:
    elsewhere = {test.replace("memory-bounded", "disk-bounded"): 0.1 for test in (*OTHERS, OWN)}

    assert order(mutant, 9.0, elsewhere)[0] == OWN.replace("memory-bounded", "disk-bounded")


def test_no_more_tests_than_the_budget_has_seconds_for(mutant: Mutant) -> None:
    assert len(order(mutant, 1.01, dict.fromkeys(OTHERS, 0.1))) == 10


def test_no_mutant_is_left_without_a_test_for_lack_of_budget(mutant: Mutant) -> None:
    assert order(mutant, 1.0, {OTHERS[0]: 9.0, OTHERS[1]: 7.0}) == [OTHERS[1]]


def test_a_library_that_changes_while_it_is_judged_ends_the_run(
    mutant: Mutant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tools.mutation.__main__ as command
    from tools.mutation.judge import Coverage, Verdict

    library, results = tmp_path / "library", tmp_path / "results.jsonl"
    library.mkdir()

    class Judge:
        """Somebody else writes to the library while it works."""

        def __init__(self, coverage: Coverage, budget: float) -> None:
            self.judged = 0

        def judge(self, mutant: Mutant, *, everything: bool) -> Verdict:
            self.judged += 1
            if self.judged == 2:
                (library / "rule.py").write_text("LIMIT = 3\n")
            return Verdict("survived")

    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "Judge", Judge)
    monkeypatch.setattr(command, "chosen", lambda *_: [mutant, mutant])
    arguments = Namespace(budget=1.0, jobs=1, everything=False)

    with pytest.raises(SystemExit, match="what is mutated has changed"):
        command.run_share(Coverage((), (), {}, {}, (), library), [mutant.module], results, arguments, 0)

    assert len(results.read_text().splitlines()) == 1
