"""However many processes lint the files of a project, the findings are the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from poolgate import forked
from poolgate.errors import PoolgateError
from poolgate.forked import in_shares
from poolgate.lint import schema_lint
from poolgate.lint.run import lint
from poolgate.lint.schema_lint import DEFAULT, Means


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\nconfig: {size: {type: integer}}\n")
    for number in range(11):
        size = "wide" if number % 3 else number
        text = "config: [\n" if number == 7 else f"config:\n  demo:size: {size}\n"
        (tmp_path / f"Pulumi.s{number}.yaml").write_text(text)
    return tmp_path


def processes(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(schema_lint, "FILES_FOR_A_PROCESS", 1)
    monkeypatch.setattr(forked, "processors", lambda: number)
    monkeypatch.setattr(forked, "can_fork", lambda: True)


@pytest.mark.parametrize("number", [1, 2, 3, 11, 40])
def test_the_findings_are_the_same(project: Path, number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    alone = lint([project])
    assert len(alone.findings) == 7
    processes(monkeypatch, number)
    assert lint([project], DEFAULT, Means(processes=True)) == alone
    cached = Means(processes=True, cache=tmp_path / "cache")
    assert lint([project], DEFAULT, cached) == lint([project], DEFAULT, cached) == alone


def test_each_process_has_its_share() -> None:
    shares = list(in_shares(range(10), lambda share: (os.getpid(), list(share)), 3, of="test"))
    assert [item for _, share in shares for item in share] == list(range(10))
    assert len({process for process, _ in shares}) == 3
    assert shares[0][0] == os.getpid()


def test_a_process_that_dies_is_an_error_and_no_clean_report(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    judge = schema_lint._Judge.stack_findings

    def dies(self: schema_lint._Judge, stacks: Sequence[tuple[str, Path]]) -> object:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return judge(self, stacks)

    monkeypatch.setattr(schema_lint._Judge, "stack_findings", dies)
    processes(monkeypatch, 2)
    with pytest.raises(PoolgateError, match="a process of the lint ended before its work did, with exit code -9"):
        lint([project], DEFAULT, Means(processes=True))


def test_an_error_in_a_process_is_raised_here() -> None:
    def fails(share: Sequence[int]) -> int:
        if 9 in share:
            raise LookupError("nine")
        return 0

    with pytest.raises(LookupError, match="nine"):
        list(in_shares(range(10), fails, 2, of="test"))
