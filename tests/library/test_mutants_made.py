"""The mutation tests mutate what decides a verdict, decorated or not, and leave alone what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = '''"""Module."""

from __future__ import annotations

LIMIT: Final = 3
Name: TypeAlias = "str"


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool."""

    size: int = 1

    @property
    def large(self) -> bool:
        """Whether it is large."""
        return self.size > LIMIT

    @large.setter
    def large(self, value: bool) -> None:
        self.size = 9


@rule(Pool, title="Small", remedy="Shrink it.", options={"most": Option(3, "The most nodes.")})
def small(pool: Pool, options: Options) -> Iterator[Finding]:
    """Why."""
    if pool.ready:
        yield Finding("size", f"is {pool.size:g} nodes")
'''


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The changes of each function, and those outside of any."""
    monkeypatch.syspath_prepend(ROOT)
    from tools.mutation.mutants import mutants

    (tmp_path / "pools.py").write_text(SOURCE, encoding="utf-8")
    made = mutants(tmp_path, "pools")
    assert len({mutant.key for mutant in made}) == len(made)
    for mutant in made:
        compile(mutant.source, "pools.py", "exec")
    return {where: [mutant.change for mutant in made if mutant.where == where] for where in {m.where for m in made}}


def test_functions_are_mutated_whatever_decorates_them(changes: dict[str, list[str]]) -> None:
    assert "return self.size > LIMIT -> return self.size >= LIMIT" in changes["Pool.large"]
    assert "self.size = 9 -> self.size = 10" in changes["Pool.large"]
    assert "if pool.ready: -> if (not pool.ready):" in changes["small"]


def test_messages_are_mutated(changes: dict[str, list[str]]) -> None:
    old = 'yield Finding("size", f"is {pool.size:g} nodes")'

    assert f'{old} -> yield Finding("size", f"XXis XX{{pool.size:g}} nodes")' in changes["small"]
    assert f'{old} -> yield Finding("size", f"is {{pool.size:g}}XX nodesXX")' in changes["small"]


def test_outside_of_functions_values_are_mutated_and_no_metadata(changes: dict[str, list[str]]) -> None:
    rule = '@rule(Pool, title="Small", remedy="Shrink it.", options={"most": Option(3, "The most nodes.")})'

    assert sorted(changes["<module>"]) == sorted(
        [
            "LIMIT: Final = 3 -> LIMIT: Final = 4",
            "size: int = 1 -> size: int = 2",
            f"{rule} -> {rule.replace('Shrink it.', 'XXShrink it.XX')}",
            f"{rule} -> {rule.replace('most', 'XXmostXX', 1)}",
            f"{rule} -> {rule.replace('Option(3', 'Option(4')}",
        ]
    )


@pytest.mark.parametrize(
    ("killed", "judged", "low", "high"),
    [(637, 688, 90.4, 94.3), (117, 131, 82.9, 93.5), (5, 5, 56.6, 100.0), (0, 0, 0.0, 100.0)],
)
def test_a_sample_says_how_far_off_it_may_be(
    monkeypatch: pytest.MonkeyPatch, killed: int, judged: int, low: float, high: float
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    from tools.mutation.__main__ import interval

    assert interval(killed, judged) == pytest.approx((low, high), abs=0.05)


def test_each_part_has_modules_and_tests_that_are_there() -> None:
    from tools.mutation.parts import PARTS, ROOT

    for part in PARTS.values():
        assert part.modules()
        assert all((ROOT / test).exists() for test in part.tests)
    assert "lint/run" in PARTS["lint"].modules()
    assert not any("fast" in module for module in PARTS["lint"].modules())
