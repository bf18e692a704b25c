"""A history in a bucket: of S3, of Azure, and of Google."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from audit.state_builder import checkpoint, pool, slow_pool_inputs, stack_root, text
from backends import servers
from backends.servers import SECRET, Place
from history.records import found, record
from poolgate import cli
from poolgate.backends import Entry, StoreError, open_bucket
from poolgate.backends.address import Address
from poolgate.errors import UsageError
from poolgate.history import bucket, store
from poolgate.history.store import add, append, read

TESTS = Path(__file__).parents[1]
RULE = "request-timeout-bounded"
WRITER = """
import sys
from history.records import found, record
from poolgate.history.store import add
address, begin, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(begin, end):
    add(address, record(number, found(name=f"pool-{number}")))
"""


@pytest.fixture(scope="module", params=["s3", "azblob", "gs"])
def server(request: pytest.FixtureRequest) -> Iterator[Place]:
    with servers.ALL[request.param]() as place:
        if request.param == "gs":
            with taking_objects(place.variables["STORAGE_EMULATOR_HOST"]) as host:
                yield replace(place, variables={**place.variables, "STORAGE_EMULATOR_HOST": host})
        else:
            yield place


@contextmanager
def taking_objects(host: str) -> Iterator[str]:
    """A server before fake-gcs-server, which takes no object by the interface that the real one has, but by the other:
    it is told the same, with the same condition.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.ask("GET", self.path)

        def do_HEAD(self) -> None:
            self.ask("HEAD", self.path)

        def do_PUT(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            at, _, key = self.path[1:].partition("/")
            condition = self.headers["x-goog-if-generation-match"]
            upload = f"/upload/storage/v1/b/{at}/o?uploadType=multipart&ifGenerationMatch={condition}"
            about = b"Content-Type: application/json\r\n\r\n" + json.dumps({"name": unquote(key)}).encode()
            parts = (about, b"Content-Type: application/octet-stream\r\n\r\n" + data)
            content = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
            self.ask("POST", upload, content, {"Content-Type": "multipart/related; boundary=x"})

        def ask(self, method: str, path: str, data: bytes | None = None, headers: Mapping[str, str] = {}) -> None:
            connection = HTTPConnection(host, timeout=30)
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name in ("Content-Type", "Last-Modified"):
                if value := answer.headers[name]:
                    self.send_header(name, value)
            self.send_header("ETag", '"1"')
            length = answer.headers["Content-Length"] if method == "HEAD" else None
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def place(server: Place, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The address of a prefix of its own, for each test."""
    for name, value in server.variables.items():
        monkeypatch.setenv(name, value)
    address, _, parameters = server.address.partition("?")
    return f"{address}/{request.node.originalname}?{parameters}"


def keys(place: str) -> list[str]:
    return [entry.key for entry in open_bucket(place, writes=False).list("")]


@pytest.mark.parametrize("server", ["azblob"], indirect=True)
def test_two_processes_that_write_at_once_lose_nothing(place: str) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, place, str(begin), str(begin + 3)],
            cwd=TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for begin in (0, 3)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.communicate("go\n", timeout=60)
        assert writer.returncode == 0
    assert list(read(place)) == [record(number, found(name=f"pool-{number}")) for number in range(6)]
    assert keys(place)[0] == "20261101T050000Z-0000000000000000.parquet"


def test_what_is_there_is_never_replaced(place: str, tmp_path: Path) -> None:
    add(place, record(0, found()))
    add(place, record(0, found()))  # as a request is that was sent again
    with pytest.raises(UsageError, match="no audit can be added to this history: there is another object of that name"):
        add(place, record(0, found(name="another")))
    assert list(read(place)) == [record(0, found())]


def test_that_it_can_be_added_to_is_asked_and_nothing_put_there(place: str) -> None:
    store.refuse_unusable(place, writes=True)
    assert keys(place) == []
    gone = place.replace(f"//{Address.parse(place).bucket()}/", "//nosuch/")
    with pytest.raises(UsageError, match=r"//nosuch/.*: no audit can be added to this history: the server answers 404"):
        store.refuse_unusable(gone, writes=True)


def test_what_is_no_audit_of_it_is_left_alone(place: str, tmp_path: Path) -> None:
    add(place, record(0, found()))
    other = open_bucket(place, writes=True)
    for key in ("README.md", ".unfinished-x.parquet", "deeper/20261101T050000Z-1.parquet"):
        other.create(key, b"x")
    assert list(read(place)) == [record(0, found())]
    other.create("torn.parquet", append(tmp_path, record(1)).read_bytes()[:-300])
    with pytest.raises(UsageError) as caught:
        list(read(place))
    assert str(caught.value).startswith(f"{other.name}/torn.parquet: is no audit of a history: ")


def test_audits_into_a_bucket_and_what_they_tell(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, timeout in enumerate(("PT2H", "PT30S")):
        document = checkpoint(stack_root(), pool(inputs=slow_pool_inputs(timeout)))
        Path("state.json").write_bytes(text(document))
        audit = ["audit", "state.json", "--history", place, "--select", RULE, "--no-config", "--jobs", "2"]
        assert cli.run(audit) == 1 - number
    capsys.readouterr()
    assert cli.run(["history", place, "--no-config"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("mended           mandatory  ranking/prod ranker: request-timeout-bounded: ")
    assert SECRET not in said.out + said.err
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]
    add(place, record(365_000))
    assert cli.run([*audit, "--exit-zero"]) == 0
    assert f"note: {cli.LATER}\n" in capsys.readouterr().out


class Shelf:
    """A bucket in memory that may be read only, and counts what is read from it at a time."""

    name = "s3://shelf"

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content
        self.lock = threading.Lock()
        self.now = self.most = 0

    def list(self, prefix: str) -> Iterator[Entry]:
        yield from (Entry(key, len(data), 1.0) for key, data in self.content.items())

    def read(self, key: str, most: int) -> bytes:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        threading.Event().wait(0.001)
        with self.lock:
            self.now -= 1
        if key.startswith("gone"):
            raise StoreError("the server answers 403 (AccessDenied, these credentials may not)")
        return self.content[key]

    def create(self, key: str, data: bytes) -> None:
        raise StoreError("the server answers 403 (AccessDenied, these credentials may not)")

    def may_create(self) -> None:
        self.create("", b"")


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf({})
    monkeypatch.setattr(bucket, "open_bucket", lambda written, *, writes: made)
    return made


def test_who_may_not_write_is_told_before_the_audit_and_may_read(
    shelf: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["audit", "gone", "--history", "s3://shelf", "--no-config"]) == 2
    assert capsys.readouterr().err == (
        "poolgate: error: s3://shelf: no audit can be added to this history: the server answers 403 (AccessDenied, "
        "these credentials may not)\n"
    )
    file = append(tmp_path, record(0, found()))
    shelf.content[file.name] = file.read_bytes()
    assert list(read("s3://shelf")) == [record(0, found())]


@pytest.mark.parametrize(
    ("key", "is_later"),
    [
        ("20261103T050000Z-0000000000000000.parquet", True),
        ("20261102T045959Z-0000000000000000.parquet", False),
        (".unfinished-20270101T050000Z-0.parquet", False),
        ("zeros/20270101T050000Z-0000000000000000.parquet", False),
        ("zeros.md", False),
    ],
)
def test_an_audit_of_a_later_day_is_seen_in_a_bucket(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, key: str, is_later: bool
) -> None:
    shelf.content[key] = b""
    started = record(0).audit.started
    assert store.has_later("s3://shelf", started) == is_later

    def refused(self: Shelf, prefix: str) -> Iterator[Entry]:
        raise StoreError("the server answers 403 (AccessDenied, these credentials may not)")

    monkeypatch.setattr(Shelf, "list", refused)
    assert not store.has_later("s3://shelf", started)


def test_a_report_is_not_lost_with_its_history(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Shelf, "may_create", lambda self: None)
    (tmp_path / "state.json").write_bytes(text(checkpoint(stack_root(), pool(inputs=slow_pool_inputs()))))
    options = ["--select", RULE, "--no-config", "--format", "csv"]
    assert cli.run(["audit", str(tmp_path / "state.json"), "--history", "s3://shelf", *options]) == 2
    said = capsys.readouterr()
    assert said.out.count(RULE) == 1
    assert "poolgate: error: s3://shelf: no audit can be added to this history: " in said.err


def test_many_are_fetched_at_a_time_and_few_are_held(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.content |= {f"{number}.parquet": b"x" * 10 for number in range(100)}
    with bucket.fetched("s3://shelf", lambda key: True) as (folder, _):
        assert len(list(folder.iterdir())) == 100
    assert 4 < shelf.most <= bucket.AT_ONCE
    assert not folder.exists()
    shelf.most = 0
    monkeypatch.setattr(bucket, "HELD", 25)
    with bucket.fetched("s3://shelf", lambda key: True):
        assert shelf.most == 2
    shelf.content["gone.parquet"] = b""
    with pytest.raises(UsageError, match=r"s3://shelf: cannot be read: gone\.parquet: the server answers 403"):
        list(read("s3://shelf"))


@pytest.mark.parametrize("address", [f"postgres://u:{SECRET}@host/db", "file:///nights", f"https://u:{SECRET}@host/x"])
def test_other_addresses_hold_none(address: str) -> None:
    for look in (lambda: store.refuse_unusable(address, writes=True), lambda: list(read(address))):
        with pytest.raises(
            UsageError, match="can hold no history; a history is a folder, or in a bucket: s3://"
        ) as told:
            look()
        assert SECRET not in str(told.value)
