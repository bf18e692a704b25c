"""Where a history lies: a folder or a bucket with a Parquet file for each audit, which nobody writes again.

A file has the one row of its audit, and a row for each stack and each finding, told apart by `kind`. What another
poolgate wrote is read as long as its `format` is no later than the one here: a file with more columns is, so that a
column can be added; where the meaning of one changes, the format does (docs/decisions/0022).
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from inference_pools.levels import Enforcement, Outcome, Severity, printable
from poolgate.backends import BUCKETS
from poolgate.errors import PoolgateError, UsageError, without_credentials
from poolgate.files import closed_to_us, no_room, relative_to_here
from poolgate.history.bucket import fetched, has_any, is_bucket, put, refuse_unwritable
from poolgate.history.record import Audit, Found, Record, StackMet
from poolgate.owner import Whose
from poolgate.report.reach import STANDINGS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FORMAT: Final = 1
"""Of the files that are written. Those of this number and of all before it are read."""

_EXTENSION: Final = ".parquet"
_UNFINISHED: Final = ".unfinished-"
"""What the name of a file begins with while it is written: it is none of the history."""
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_PATTERN: Final = re.compile(r"[*?\[\]{}]")
_NOT_ADDED: Final = "no audit can be added to this history: "
_MISSING: Final = "a history needs DuckDB: pip install 'poolgate[history]'"

_AS_IT_IS: Final = "hive_partitioning=false"
"""Else a folder `rule=x` on the way to a file would be read as its column `rule`."""

_OF_AUDIT: Final = {
    "format": "INTEGER",
    "day": "DATE",
    "version": "VARCHAR",
    "policy_config": "VARCHAR",
    "sources": "VARCHAR",
    "rules": "VARCHAR",
}
_OF_STACK: Final = ("project", "stack", "standing", "under_way", "file", "judged")
_OF_FINDING: Final = Found._fields[:-1]
_OF_BOTH: Final = Whose._fields
_BY_RESOURCES: Final = tuple(f"resources_{part}" for part in Whose._fields)
_ADDED: Final = frozenset(
    {
        *("waiver_reason", "waiver_created", "waiver_approved_by", "exception", "exception_reason"),
        *("judged", *_BY_RESOURCES),
    }
)
"""What came to the format later: a file without them says nothing of it."""
_ONE_OF: Final[Mapping[str, Collection[Any]]] = {
    "severity": frozenset(Severity),
    "enforcement": frozenset(Enforcement),
    "outcome": frozenset(Outcome),
    "compares": (False, True),
}
_JUDGED: Final = ("", "no", "yes")
_DAYS: Final = ("waiver_expires", "waiver_created")
"""What stands in some columns, if nobody else wrote there."""
_COLUMNS: Final = {
    "kind": "VARCHAR",
    "audit": "VARCHAR",
    "started": "TIMESTAMP",
    **_OF_AUDIT,
    **dict.fromkeys((*_OF_STACK, *_OF_FINDING, *_OF_BOTH, *_BY_RESOURCES), "VARCHAR"),
    "compares": "BOOLEAN",
}


def refuse_unusable(place: Path | str, *, writes: bool = False) -> None:
    """Raises UsageError for a place that can hold no history, or where DuckDB is not installed; one that is to be added
    to is asked whether it can be.
    """
    written = str(place)
    if is_bucket(written):
        _refuse_without_duckdb()
        if writes:
            refuse_unwritable(written)
        return
    if _ADDRESS.match(written) or re.match(r"[a-z]\w+:/\w", written):
        raise UsageError(
            f"can hold no history; a history is a folder, or in a bucket: {', '.join(f'{one}://' for one in BUCKETS)}",
            file=without_credentials(written),
        )
    folder = Path(place)
    _refuse_pattern(folder)
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        raise UsageError("is a file; a history is a folder", file=there)
    _refuse_without_duckdb()
    if writes and not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{_NOT_ADDED}{closed_to_us(there).strerror}", file=folder)


def _refuse_pattern(folder: Path) -> None:
    if _PATTERN.search(str(folder.absolute())):
        raise UsageError("has a character in its path that DuckDB takes for a pattern: one of *?[]{}", file=folder)


def _refuse_without_duckdb() -> None:
    try:
        import duckdb  # noqa: F401 - whether it is there
    except ImportError:
        raise UsageError(_MISSING) from None


def has_later(place: str, started: datetime) -> bool:
    """Whether a history has an audit of a day or more after this time: some clock was wrong, then or now.

    Of a bucket that may be added to and not be listed nobody knows.
    """
    name = f"{started.astimezone(UTC) + timedelta(days=1):%Y%m%dT%H%M%SZ}"

    def is_later(other: str) -> bool:
        return _is_audit(other) and other > name

    if is_bucket(place):
        return has_any(place, is_later)
    return any(is_later(file.name) for file in Path(place).glob(f"*{_EXTENSION}"))


def new_id() -> str:
    """Names an audit. Of two that begin at the same moment each has its own."""
    return secrets.token_hex(8)


def add(place: str, record: Record) -> None:
    """Adds an audit to a history in a folder or a bucket, as `append` does."""
    if not is_bucket(place):
        append(Path(place), record)
        return
    with TemporaryDirectory(prefix="poolgate-history-") as here:
        put(place, append(Path(here), record))


def append(folder: Path, record: Record) -> Path:
    """Adds an audit to a history in a folder, whole or not at all, and says in which file.

    No other file is touched, so that no writer waits for another one or loses what it wrote. Raises UsageError or
    PoolgateError where it cannot be written.
    """
    refuse_unusable(folder)
    audit = record.audit
    name = f"{audit.started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{audit.id}"
    target = folder / f"{name}{_EXTENSION}"
    rows, unfinished = folder / f"{_UNFINISHED}{name}.json", folder / f"{_UNFINISHED}{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            rows.write_bytes(b"".join(_rows(record)))
            _copy(rows, unfinished)
            _to_disk(unfinished)
            unfinished.rename(target)
            _to_disk(folder)
        finally:
            for left in (rows, unfinished):
                left.unlink(missing_ok=True)
    except OSError as error:
        if no_room(error):
            raise PoolgateError(f"{printable(str(folder))}: {_NOT_ADDED}{error.strerror}") from None
        raise UsageError(f"{_NOT_ADDED}{error.strerror}", file=folder) from None
    return target


def _copy(rows: Path, target: Path) -> None:
    import duckdb

    columns = ", ".join(f"{_quoted(name)}: {_quoted(type_)}" for name, type_ in _COLUMNS.items())
    options = f"format='newline_delimited', columns={{{columns}}}, {_AS_IT_IS}"
    source = f"read_json({_quoted(str(rows.absolute()))}, {options})"
    try:
        with _connection() as database:
            database.execute(
                f"COPY (SELECT * FROM {source}) TO {_quoted(str(target.absolute()))} "
                "(FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, USE_TMP_FILE false)"
            )
    except duckdb.Error as error:
        raise PoolgateError(f"{printable(str(target.parent))}: {_why(error)}") from None


def _connection() -> DuckDBPyConnection:
    """A database in memory that uses nothing but what came with it, whatever its user's folders have."""
    import duckdb

    return duckdb.connect(
        ":memory:",
        config={"threads": 1, "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
    )


def _rows(record: Record) -> Iterator[bytes]:
    audit = record.audit
    common = {"audit": audit.id, "started": f"{audit.started.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"}
    yield _row(
        kind="audit",
        **common,
        format=FORMAT,
        day=audit.day.isoformat(),
        version=audit.version,
        policy_config=audit.policy_config,
        sources=json.dumps(audit.sources),
        rules=json.dumps(audit.rules, sort_keys=True),
    )
    for stack in record.stacks:
        by_resources = dict(zip(_BY_RESOURCES, stack.by_resources, strict=True))
        cells = dict(zip(_OF_STACK, stack, strict=False)) | stack.whose._asdict() | by_resources
        yield _row(kind="stack", **common, **cells)
    for found in record.findings:
        yield _row(kind="finding", **common, **dict(zip(_OF_FINDING, found, strict=False)), **found.whose._asdict())


def _row(**cells: Any) -> bytes:
    return json.dumps(cells, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(place: Path | str) -> Iterator[Record]:
    """The audits of a history, the oldest first; each is read when it is asked for.

    Raises UsageError, naming the file, for one that is no audit, was cut off, or is of a later format.
    """
    refuse_unusable(place)
    if is_bucket(str(place)):
        with fetched(str(place), _is_audit) as (folder, name):
            _refuse_pattern(folder)
            yield from _read(folder, lambda file: f"{name}/{file.name}")
        return
    folder = Path(place)
    if not folder.is_dir():
        raise UsageError("does not exist: `poolgate audit SOURCE --history` writes a history", file=folder)
    yield from _read(folder, relative_to_here)


_Named: TypeAlias = Callable[[Path], str]
"""What an error calls a file."""


def _read(folder: Path, named: _Named) -> Iterator[Record]:
    try:
        files = sorted(file for file in folder.iterdir() if _is_audit(file.name))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=folder) from None
    with _connection() as database:
        audits = [(_audit(database, file, named), file) for file in files]
        known: dict[tuple[Any, ...], Found] = {}
        for audit, file in sorted(audits, key=lambda each: (each[0].started, each[0].id)):
            yield _record(database, file, audit, known, named)


def _is_audit(name: str) -> bool:
    return name.endswith(_EXTENSION) and not name.startswith(".")


def _audit(database: DuckDBPyConnection, file: Path, named: _Named) -> Audit:
    rows = _select(database, file, named, "audit", ("audit", "started", *_OF_AUDIT))
    if len(rows) != 1:
        raise UsageError(f"has {len(rows)} audits, and a file of a history has one", file=named(file))
    id_, started, format_, day, version, policy_config, sources, rules = rows[0]
    if not isinstance(format_, int) or format_ > FORMAT:
        message = f"is of format {format_}, and this poolgate reads {FORMAT}: a newer one wrote it"
        raise UsageError(message, file=named(file))
    try:
        started = started.replace(tzinfo=UTC)
        if not isinstance(day, date):
            raise TypeError("no day")
        return Audit(id_, started, day, version, policy_config, tuple(json.loads(sources)), dict(json.loads(rules)))
    except (AttributeError, TypeError, ValueError):
        raise UsageError("is no audit of a history", file=named(file)) from None


def _record(
    database: DuckDBPyConnection, file: Path, audit: Audit, known: dict[tuple[Any, ...], Found], named: _Named
) -> Record:
    """All that an audit left. Findings recur from audit to audit: each that is the same as one before is made once."""
    there = _columns_in(database, file, named)
    rows = _select(database, file, named, "stack", (*_OF_STACK, *_OF_BOTH, *_BY_RESOURCES), there)
    own, by_tags = len(_OF_STACK), len(_OF_STACK) + len(_OF_BOTH)
    stacks = tuple(
        StackMet._make((*row[:own], Whose._make(row[own:by_tags]), Whose._make(row[by_tags:]))) for row in rows
    )
    for stack in stacks:
        _refuse_odd("standing", stack.standing, STANDINGS, file, named)
        _refuse_odd("judged", stack.judged, _JUDGED, file, named)
    number = len(_OF_FINDING)
    rows = _select(database, file, named, "finding", (*_OF_FINDING, *_OF_BOTH), there)
    for row in rows:
        if row not in known:
            found = known[row] = Found._make((*row[:number], Whose._make(row[number:])))
            for column, values in _ONE_OF.items():
                _refuse_odd(column, getattr(found, column), values, file, named)
            for column in _DAYS:
                _refuse_no_day(column, getattr(found, column), file, named)
    return Record(audit, stacks, tuple(map(known.__getitem__, rows)))


def _refuse_odd(column: str, cell: Any, known: Collection[Any], file: Path, named: _Named) -> None:
    """Raises UsageError for what no poolgate writes there: nothing may be told of what is not understood."""
    if cell not in known:
        raise UsageError(f"is {printable(repr(cell))}, which is none", file=named(file), key=column)


def _refuse_no_day(column: str, written: str, file: Path, named: _Named) -> None:
    if written:
        try:
            date.fromisoformat(written)
        except ValueError:
            message = f"is {printable(repr(written))}, which is no day"
            raise UsageError(message, file=named(file), key=column) from None


def _columns_in(database: DuckDBPyConnection, file: Path, named: _Named) -> frozenset[str]:
    """The columns that a file has: an older poolgate wrote fewer."""
    query = f"SELECT name FROM parquet_schema({_quoted(str(file.absolute()))})"
    return frozenset(name for (name,) in _rows_of(database, query, (), named(file)))


def _select(
    database: DuckDBPyConnection,
    file: Path,
    named: _Named,
    kind: str,
    columns: Sequence[str],
    there: Collection[str] = _COLUMNS,
) -> list[tuple[Any, ...]]:
    """`there` are the columns of the file. One that was added to the format may be missing, and is then ""."""

    def cell(name: str) -> str:
        if name in _ADDED and name not in there:
            return f"'' AS {_named(name)}"
        text = f"coalesce({_named(name)}::VARCHAR, '') AS {_named(name)}"
        return text if _COLUMNS[name] == "VARCHAR" else _named(name)

    source = f"read_parquet({_quoted(str(file.absolute()))}, {_AS_IT_IS})"
    query = f"SELECT {', '.join(map(cell, columns))} FROM {source} WHERE kind = ?"
    return _rows_of(database, query, (kind,), named(file))


def _rows_of(database: DuckDBPyConnection, query: str, values: Sequence[str], file: str) -> list[tuple[Any, ...]]:
    import duckdb

    try:
        return database.execute(query, list(values)).fetchall()
    except duckdb.Error as error:
        raise UsageError(f"is no audit of a history: {_why(error)}", file=file) from None
    except UnicodeDecodeError:  # of what DuckDB would have said, in which a column's name stands as it lies there
        raise UsageError("is damaged: a text in it is no UTF-8", file=file) from None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _named(name: str) -> str:
    return f'"{name}"'


def _why(error: Exception) -> str:
    return printable(str(error).partition("\n")[0])
