"""How a history lies on disk: nothing of it is lost, half written, or taken for what it is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb
import pytest

from history.records import RULES, found, record, stack
from poolgate.errors import PoolgateError, UsageError
from poolgate.history import store
from poolgate.history.record import Record
from poolgate.history.store import FORMAT, append, read
from poolgate.owner import Whose

HERE = Path(__file__).parent
TESTS = HERE.parent
OF_AN_OLDER_RELEASE = HERE / "format-1"
"""Written by the release that had this format first, and never again: what is in it has to be read for ever."""

WHOSE = Whose("ml-platform", "ranking", "4711", "prod")
FULL = record(
    1,
    found(whose=WHOSE, compares=True)._replace(
        message='is "80", the\nlimit is 50 \U0001f600', waiver_owner="ml", waiver_expires="2027-01-31"
    ),
    found("tags-required", "shop/dev", outcome="waived", path="tags['a b']"),
    stacks=[stack("ranking/prod", whose=WHOSE), stack("shop/dev"), stack("shop/gone", "missing")],
    policy_config="ab" * 32,
    sources=["exports", "s3://***@bucket"],
)

WRITER = """
import sys
from pathlib import Path
from history.records import found, record
from poolgate.history.store import append
folder, begin, end = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(begin, end):
    append(folder, record(number, found(name=f"pool-{number}")))
"""


def columns_of(file: Path) -> dict[str, str]:
    described = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{file}')").fetchall()
    return {name: type_ for name, type_, *_ in described}


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    later = record(2, stacks=[])
    append(tmp_path, later)
    file = append(tmp_path, FULL)
    assert file.name == "20261102T050000Z-0000000000000001.parquet"
    assert list(read(tmp_path)) == [FULL, later]  # the oldest first


WHY: Final = record(
    3,
    found(
        outcome="waived", waiver_expires="2027-01-31", waiver_reason="Until the move", waiver_created="2026-11-01"
    )._replace(waiver_approved_by="chief", exception="EXC-1", exception_reason="The gateway signs for it"),
    stacks=[stack("ranking/prod")._replace(judged="yes", by_resources=WHOSE), stack("x/dev")._replace(judged="no")],
)
ADDED: Final = {
    *("waiver_reason", "waiver_created", "waiver_approved_by", "exception", "exception_reason", "judged"),
    *(f"resources_{part}" for part in Whose._fields),
}


def test_what_came_to_the_format_later_is_read_and_older_files_do_without(tmp_path: Path) -> None:
    file = append(tmp_path, WHY)
    assert list(read(tmp_path)) == [WHY]
    (older,) = OF_AN_OLDER_RELEASE.glob("*.parquet")
    assert columns_of(file).keys() - columns_of(older).keys() == ADDED
    shutil.copy(older, tmp_path)
    assert list(read(tmp_path)) == [FULL, WHY]
    changed("SELECT * EXCLUDE (exception_reason)")(file)
    _, without = read(tmp_path)
    assert without.findings == (WHY.findings[0]._replace(exception_reason=""),)


def test_an_older_release_reads_what_is_written_now(tmp_path: Path) -> None:
    """What it asks each file for are the columns that it knows, by their names."""
    (older,) = OF_AN_OLDER_RELEASE.glob("*.parquet")
    file = append(tmp_path, WHY)
    names = ", ".join(f'"{name}"' for name in columns_of(older))
    rows = duckdb.sql(f"SELECT {names} FROM read_parquet('{file}') WHERE kind = 'finding'").fetchall()
    (row,) = (dict(zip(columns_of(older), cells, strict=True)) for cells in rows)
    assert {name: row[name] for name in ("format", "outcome", "waiver_expires", "fingerprint")} == {
        **{"format": None, "outcome": "waived", "waiver_expires": "2027-01-31"},
        "fingerprint": WHY.findings[0].fingerprint,
    }


def test_what_is_no_text_in_utf_8_is_written_all_the_same(tmp_path: Path) -> None:
    append(tmp_path, record(0, found(name="a\ud800b")))
    (back,) = read(tmp_path)
    assert back.findings[0].name == "a?b"


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "history"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(begin), str(begin + 5)],
            cwd=TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for begin in (0, 5)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.communicate("go\n", timeout=60)
        assert writer.returncode == 0
    assert [one.findings[0].name for one in read(folder)] == [f"pool-{number}" for number in range(10)]
    assert len(list(folder.iterdir())) == 10


@pytest.mark.parametrize("step", ["_copy", "_to_disk"])
def test_a_writer_that_is_killed_leaves_the_history_as_it_was(tmp_path: Path, step: str) -> None:
    append(tmp_path, FULL)
    before = list(read(tmp_path))
    killed = f"""
import os, signal, sys
from pathlib import Path
from history.records import found, record
from poolgate.history import store
done = store.{step}
def die(*arguments):
    done(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
store.{step} = die
store.append(Path(sys.argv[1]), record(5, found()))
"""
    code = subprocess.run([sys.executable, "-c", killed, str(tmp_path)], cwd=TESTS, timeout=60, check=False).returncode
    assert code == -9
    assert len(list(tmp_path.iterdir())) > 1  # what it had begun
    assert list(read(tmp_path)) == before
    append(tmp_path, record(5, found()))
    assert len(list(read(tmp_path))) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(path: Path) -> None:
        raise error

    monkeypatch.setattr(store, "_to_disk", fail)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else PoolgateError) as caught:
        append(tmp_path, FULL)
    if isinstance(caught.value, PoolgateError):
        assert caught.value.exit_code == 3
        assert str(caught.value) == f"{tmp_path}: no audit can be added to this history: No space left on device"
    assert list(tmp_path.iterdir()) == []


def test_what_duckdb_cannot_write_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_rows", lambda record: [b"{\n"])
    with pytest.raises(PoolgateError, match="JSON"):
        append(tmp_path, FULL)
    assert list(tmp_path.iterdir()) == []


def test_the_format_is_what_older_releases_read() -> None:
    """A change of this list needs a new FORMAT, but for columns that are added."""
    (file,) = OF_AN_OLDER_RELEASE.glob("*.parquet")
    assert FORMAT == 1
    metadata = duckdb.sql(f"SELECT format_version FROM parquet_file_metadata('{file}')").fetchall()
    assert metadata == [(1,)]
    assert list(read(OF_AN_OLDER_RELEASE)) == [FULL]


def test_what_is_written_now_has_every_column_of_the_format(tmp_path: Path) -> None:
    (file,) = OF_AN_OLDER_RELEASE.glob("*.parquet")
    was, now = columns_of(file), columns_of(append(tmp_path, FULL))
    assert {name: now.get(name) for name in was} == was
    metadata = duckdb.sql(f"SELECT format_version FROM parquet_file_metadata('{tmp_path}/*.parquet')").fetchall()
    assert metadata == [(1,)]


def changed(select: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        duckdb.sql(f"COPY ({select} FROM read_parquet('{file}')) TO '{file}.new' (FORMAT parquet)")
        Path(f"{file}.new").rename(file)

    return change


def not_utf_8(file: Path) -> None:
    """A name with a byte that no text has: what DuckDB says of the columns that there are has it, too."""
    file.write_bytes(file.read_bytes().replace(b"started", b"star\xffed"))


def test_a_column_of_another_type_is_read_as_text(tmp_path: Path) -> None:
    """A poolgate's own is always one; what a tool made of it since must still be something that a report can say."""
    changed("SELECT * REPLACE (TIME '10:00:00' AS version)")(append(tmp_path, FULL))
    (one,) = read(tmp_path)
    assert one.audit.version == "10:00:00"


def test_a_column_that_is_not_known_is_no_matter(tmp_path: Path) -> None:
    changed("SELECT 'x' AS region, *")(append(tmp_path, FULL))
    assert list(read(tmp_path)) == [FULL]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (changed("SELECT * REPLACE (2 AS format)"), "is of format 2, and this poolgate reads 1: a newer one wrote it"),
        (changed("SELECT * EXCLUDE (rules)"), "is no audit of a history: Binder Error"),
        (changed("SELECT * REPLACE ('[' AS rules)"), "is no audit of a history"),
        (changed("SELECT 1 AS one"), "is no audit of a history: Binder Error"),
        (changed("SELECT * REPLACE ('stack' AS kind)"), "has 0 audits, and a file of a history has one"),
        (lambda file: file.write_bytes(file.read_bytes()[:-300]), "is no audit of a history: Invalid Input Error"),
        (lambda file: file.write_bytes(b""), "is no audit of a history"),
        (not_utf_8, "is damaged: a text in it is no UTF-8"),
    ],
    ids=["newer", "column missing", "no json", "another table", "no audit", "cut off", "empty", "no text"],
)
def test_a_file_that_cannot_be_trusted_is_named(tmp_path: Path, damage: Callable[[Path], None], message: str) -> None:
    append(tmp_path, record(0))
    file = append(tmp_path, FULL)
    damage(file)
    with pytest.raises(UsageError) as caught:
        list(read(tmp_path))
    assert str(caught.value).startswith(f"{file}: {message}")


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("outcome", "'mended'", "outcome: is 'mended', which is none"),
        ("severity", "NULL", "severity: is '', which is none"),
        ("enforcement", "'Mandatory'", "enforcement: is 'Mandatory', which is none"),
        ("compares", "NULL", "compares: is None, which is none"),
        ("waiver_expires", "'31.1.2027'", "waiver_expires: is '31.1.2027', which is no day"),
        ("waiver_created", "'soon'", "waiver_created: is 'soon', which is no day"),
        ("judged", "'maybe'", "judged: is 'maybe', which is none"),
        ("standing", "'gone'", "standing: is 'gone', which is none"),
        ("day", "NULL", "is no audit of a history"),
    ],
)
def test_a_cell_that_no_poolgate_wrote_is_named(tmp_path: Path, column: str, cell: str, message: str) -> None:
    append(tmp_path, record(0))
    file = append(tmp_path, FULL)
    changed(f"SELECT * REPLACE ({cell} AS {column})")(file)
    with pytest.raises(UsageError) as caught:
        list(read(tmp_path))
    assert str(caught.value) == f"{file}: {message}"


def test_what_is_no_audit_by_its_name_is_left_alone(tmp_path: Path) -> None:
    append(tmp_path, FULL)
    (tmp_path / "README.md").write_text("what lies here")
    (tmp_path / ".unfinished-x.parquet").write_text("half")
    assert list(read(tmp_path)) == [FULL]


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("https://key:secret@bucket/history", "can hold no history; a history is a folder, or in a bucket: s3://"),
        ("a[1]", "has a character in its path that DuckDB takes for a pattern"),
        ("file", "is a file; a history is a folder"),
        ("gone", "does not exist"),
    ],
)
def test_a_place_that_can_hold_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        list(read(folder))
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_folder_that_cannot_be_added_to_is_told_before_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file: is a file; a history is a folder"):
        store.refuse_unusable(tmp_path / "file" / "history", writes=True)
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)  # who runs the tests may be root
    with pytest.raises(UsageError, match="no audit can be added to this history: Permission denied"):
        store.refuse_unusable(tmp_path / "new" / "history", writes=True)
    store.refuse_unusable(tmp_path / "new" / "history")
    assert not (tmp_path / "new").exists()


def test_a_name_with_an_equals_sign_adds_no_column(tmp_path: Path) -> None:
    append(tmp_path / "rule=x", FULL)
    assert list(read(tmp_path / "rule=x")) == [FULL]


def test_without_duckdb_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UsageError, match=r"a history needs DuckDB: pip install 'poolgate\[history\]'"):
        list(read(tmp_path))


def test_any_tool_that_reads_parquet_reads_all_audits_as_one_table(tmp_path: Path) -> None:
    records: list[Record] = [record(0, found()), record(1, found(), rules={**RULES, "x": "y"})]
    for one in records:
        append(tmp_path, one)
    shutil.copy(next(OF_AN_OLDER_RELEASE.glob("*.parquet")), tmp_path / "older.parquet")
    query = f"SELECT count(*) FROM '{tmp_path}/*.parquet' WHERE kind = 'finding' AND rule = 'capacity-bounded'"
    assert duckdb.sql(query).fetchall() == [(3,)]
