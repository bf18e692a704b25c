"""However many processes lint the files of a project, the findings are the same."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
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


def test_what_cannot_be_sent_is_told_and_no_clean_report(capfd: pytest.CaptureFixture[str]) -> None:
    def fails(share: Sequence[int]) -> object:
        if 9 not in share:
            return 0
        raise LookupError(lambda: "nine")

    with pytest.raises(PoolgateError, match="a process of the test ended before its work did, with exit code 1"):
        list(in_shares(range(10), fails, 2, of="test"))
    assert "LookupError" in capfd.readouterr().err


@pytest.mark.parametrize("size", [0, 1, 65_536, 5_000_000])
def test_objects_of_any_size_go_both_ways(size: int) -> None:
    def echo(channel: forked.Channel) -> None:
        while (came := channel.recv()) is not None:
            channel.send(came[::-1])

    helper = forked.Forked("test", echo)
    try:
        for text in (b"ab" * size, [1, {"a": (2, None)}] * 3):
            helper.tell(text)
            assert helper.hear() == text[::-1]
        helper.tell(None)
        with pytest.raises(PoolgateError, match="with exit code 0"):
            helper.hear()
    finally:
        helper.end()


def test_a_process_that_is_still_at_work_is_ended() -> None:
    helper = forked.Forked("test", lambda channel: time.sleep(60))
    process = helper._process
    helper.end()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_what_waits_to_be_written_is_written_once() -> None:
    code = (
        "from poolgate.forked import in_shares\n"
        "print('once', end='')\n"
        "print(list(in_shares(range(4), list, 2, of='test')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "once[[0, 1], [2, 3]]\n"


def test_digests_are_made_for_those_who_want_them(project: Path) -> None:
    with_digests = lint([project])
    without = lint([project], DEFAULT, Means(with_digests=False))
    files = sorted(file.name for file in project.glob("Pulumi*.yaml"))
    assert [Path(name).name for name, _ in sorted(with_digests.inputs)] == files
    assert all(
        hashlib.sha256((project / Path(name).name).read_bytes()).hexdigest() == digest
        for name, digest in with_digests.inputs
    )
    assert without.inputs == [(name, "") for name, _ in with_digests.inputs]
    assert without.findings == with_digests.findings
