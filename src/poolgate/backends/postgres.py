"""Tables of PostgreSQL, read by SQL of our own: the engine creates its table before it reads, which no reader may.

Source of parameters, table and keys: pulumi/pulumi `pkg/backend/diy/postgres`, v3.255.0; lib/pq v1.12.0.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import threading
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from poolgate.backends import Entry, GoneError, Store, StoreError
from poolgate.backends.address import Address
from poolgate.errors import UsageError

_AS_THEY_ARE: Final = frozenset(
    {
        *("host", "hostaddr", "port", "user", "password", "passfile", "options", "client_encoding"),
        *("application_name", "fallback_application_name", "connect_timeout", "target_session_attrs"),
        *("sslmode", "sslnegotiation", "sslcert", "sslkey", "sslrootcert", "sslsni", "krbsrvname"),
    }
)
"""Parameters that libpq has, too, and by the same name."""
_SETTINGS: Final = frozenset({"search_path", "statement_timeout"})
"""Of a session: libpq takes them as options."""
_OF_THE_DRIVER: Final = frozenset({"binary_parameters", "disable_prepared_binary_result"})
_TABLE: Final = "pulumi_state"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(?:\.[A-Za-z_][A-Za-z0-9_$]*)?", re.ASCII)
_SPECIAL: Final = re.compile(r"([ \\])")
_ESCAPED: Final = r"\\\1"
CONNECTS_WITHIN: Final = 10
ANSWERS_WITHIN: Final = 300
"""Seconds, where the address says nothing else."""
_PAGE: Final = 1000


def open_store(address: Address) -> Store:
    """The table at an address. Raises UsageError."""
    address.only({*_AS_THEY_ARE, *_SETTINGS, *_OF_THE_DRIVER, "table"})
    table = address.text("table") or _TABLE
    if not _NAME.fullmatch(table):
        raise UsageError("'table' is no name that SQL has without quotation marks", file=address.written)
    database = address.path
    if not database or "/" in database:
        raise UsageError("names no database: write postgres://HOST/DATABASE", file=address.written)
    return Table(address, database, table)


class Table:
    """The table of one backend. Each thread has a connection of its own, which can only read."""

    def __init__(self, address: Address, database: str, table: str) -> None:
        host = address.text("host") or address.host or os.environ.get("PGHOST") or "localhost"
        suffix = "" if table == _TABLE else f"/{table}"
        self.name = f"postgres://{host}/{database}{suffix}"
        self._prefix = f"{database}/"
        # As in the engine's SQL, where it has no quotation marks.
        self._table = sql.Identifier(*table.lower().split("."))
        self._arguments = _arguments(address, database)
        self._own = threading.local()

    def list(self, prefix: str) -> Iterator[Entry]:
        """What lies below a prefix, page by page. Nothing of the content is read for it."""
        query = sql.SQL(
            "SELECT key, pg_column_size(data), extract(epoch FROM updated_at)::float8 FROM {} "
            'WHERE starts_with(key, %s) ORDER BY key COLLATE "C"'
        ).format(self._table)
        try:
            with self._connection().transaction(), self._connection().cursor("states") as cursor:
                cursor.itersize = _PAGE
                cursor.execute(query, (self._prefix + prefix,))
                for key, size, modified in cursor:
                    yield Entry(key.removeprefix(self._prefix), size, modified)
        except psycopg.Error as error:
            raise StoreError(_why(error)) from None

    def read(self, key: str, most: int) -> bytes:
        """The bytes of one row. It is asked how many there are first: base64 has four for three."""
        size = "octet_length(data->>'data')"
        query = sql.SQL(f"SELECT CASE WHEN {size} <= %s THEN data->>'data' END, {size} FROM {{}} WHERE key = %s")
        try:
            with self._connection().transaction():
                row = (
                    self._connection()
                    .execute(query.format(self._table), (most // 3 * 4 + 4, self._prefix + key))
                    .fetchone()
                )
        except psycopg.Error as error:
            raise StoreError(_why(error)) from None
        if row is None:
            raise GoneError("is not there")
        content, size_there = row
        if content is None:
            raise StoreError(f"is larger than {most // 1024**2} MiB" if size_there else "has no data")
        try:
            return base64.b64decode(content, validate=True)
        except binascii.Error:
            raise StoreError("is no base64, in which the engine keeps all") from None

    def _connection(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] | None = getattr(self._own, "connection", None)
        if connection is None or connection.broken:
            connection = psycopg.connect(**self._arguments, autocommit=True)
            connection.read_only = True
            self._own.connection = connection
        return connection


def _arguments(address: Address, database: str) -> dict[str, Any]:
    """What libpq connects with. It reads PGHOST, PGPASSWORD, PGSSLMODE and the others by itself, as the engine does."""
    parts = urlsplit(address.written)
    settings = {"statement_timeout": f"{ANSWERS_WITHIN}s"}
    settings |= {name: address.text(name) for name in _SETTINGS if address.text(name)}
    escaped = [f"-c {name}={_SPECIAL.sub(_ESCAPED, value)}" for name, value in settings.items()]
    given: dict[str, Any] = {"dbname": database, "connect_timeout": CONNECTS_WITHIN}
    try:
        given |= {"host": address.host, "port": parts.port}
    except ValueError:
        raise UsageError("its port is no number", file=address.written) from None
    given |= {"user": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    given |= {name: value for name, value in address.query.items() if name in _AS_THEY_ARE}
    given["options"] = " ".join(filter(None, (address.text("options"), *escaped)))
    if not (given.get("sslmode") or os.environ.get("PGSSLMODE")):
        given["sslmode"] = "require"  # lib/pq asks for it, libpq would do without.
    return {name: value for name, value in given.items() if value not in ("", None)}


def _why(error: psycopg.Error) -> str:
    """What went wrong, in words of our own where the server's may quote the address."""
    if error.sqlstate:
        primary = (error.diag.message_primary or "").partition("\n")[0]
        # 28: who asks is refused, by a message that names who that is.
        shown = "these credentials may not" if error.sqlstate.startswith("28") else primary[:200]
        return f"the server says: {shown} (SQLSTATE {error.sqlstate})"
    text = str(error)
    if "password" in text or "authentication" in text:
        return "the server does not take these credentials"
    if "does not exist" in text:
        return "the server has no such database"
    if "SSL" in text:
        return "the server has no TLS, or not as the address asks for it (sslmode)"
    if "timeout" in text or "timed out" in text:
        return "the server does not answer in time"
    return f"the server cannot be reached ({type(error).__name__})"
