"""Files are written whole or not at all, and what is no file stays what it is."""

from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from poolgate import files
from poolgate.errors import PoolgateError, UsageError
from poolgate.files import write_atomically
from poolgate.lint.fix import FixedFile


def test_a_new_file_has_the_mode_of_a_new_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new" / "report.json", "ä\n")
    assert (tmp_path / "new" / "report.json").read_text("utf-8") == "ä\n"
    (tmp_path / "other").write_text("")
    assert (tmp_path / "new" / "report.json").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_a_file_is_replaced_at_once_and_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old")
    file.chmod(mode)
    with file.open() as reader:
        write_atomically(file, "new")
        assert reader.read() == "old"
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_one(is_there: bool, tmp_path: Path) -> None:
    target = tmp_path / "far" / "target.json"
    if is_there:
        target.parent.mkdir()
        target.write_text("old")
    (tmp_path / "second").symlink_to(Path("far", "target.json"))
    (tmp_path / "first").symlink_to("second")
    write_atomically(tmp_path / "first", "new")
    assert target.read_text() == "new"
    assert (tmp_path / "first").is_symlink()
    assert (tmp_path / "second").is_symlink()


def test_a_device_stays_one() -> None:
    before = Path(os.devnull).stat()
    write_atomically(Path(os.devnull), "x")
    after = Path(os.devnull).stat()
    assert stat.S_ISCHR(after.st_mode)
    assert (after.st_ino, after.st_mode, after.st_rdev) == (before.st_ino, before.st_mode, before.st_rdev)


def test_a_link_to_a_device_is_one_to_a_device(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(os.devnull)
    write_atomically(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_fifo_is_read_by_its_reader(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_text()))
    reader.start()
    text = "x" * 200_000  # more than a pipe holds
    write_atomically(fifo, text)
    reader.join(20)
    assert read == [text]
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_fifo_that_nobody_reads_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_FOR_A_READER", 0.1)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UsageError, match="fifo: cannot be written: nobody reads it"):
        write_atomically(tmp_path / "fifo", "x")


def test_a_full_device_is_no_fault_of_the_user() -> None:
    with pytest.raises(PoolgateError, match="/dev/full: cannot be written: No space left on device") as caught:
        write_atomically(Path("/dev/full"), "x")
    assert caught.value.exit_code == 3


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "file").write_text("")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path in (tmp_path, tmp_path / "circle", tmp_path / "file" / "below", tmp_path / "socket", tmp_path / "\0"):
            with pytest.raises(UsageError):
                write_atomically(path, "x")
    assert sorted(left.name for left in tmp_path.iterdir()) == ["circle", "file", "socket"]


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    (tmp_path / "file").write_text("old")
    with pytest.raises(UsageError, match="Permission denied"):
        write_atomically(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "old"


def test_what_stdout_goes_to_is_written_through_it(tmp_path: Path) -> None:
    file = tmp_path / "out"
    saved = os.dup(1)
    with file.open("wb") as stream:
        os.dup2(stream.fileno(), 1)
        try:
            os.write(1, b"before\n")
            write_atomically(Path("/dev/stdout"), "report\n")
            os.write(1, b"after\n")
        finally:
            os.dup2(saved, 1)
            os.close(saved)
    assert file.read_text() == "before\nreport\nafter\n"


def test_a_fix_keeps_link_and_mode(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("a")
    (tmp_path / "real.yaml").chmod(0o600)
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    FixedFile(tmp_path / "link.yaml", "a", "b", ()).write()
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "b"
    assert stat.S_IMODE((tmp_path / "real.yaml").stat().st_mode) == 0o600
