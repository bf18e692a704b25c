"""What becomes of an audit whose server is slow, gone, large, or says no."""

from __future__ import annotations

import base64
import json
import os
import pickle
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from audit.state_builder import checkpoint, pool, slow_pool_inputs, stack_root, text
from backends import servers
from backends.servers import BUCKET, SECRET, Place
from inference_pools.own_checks import STATE_READABLE
from inference_pools.policy_config import default_settings
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from poolgate.audit import ahead, batches
from poolgate.audit.closing import Aside
from poolgate.audit.copies import OLDER
from poolgate.audit.listing import StateFile
from poolgate.audit.memory import Memory
from poolgate.audit.remote import states_in
from poolgate.audit.run import Auditor, audit
from poolgate.backends import Content, Entry, GoneError, StoreAt, StoreError, objects, open_store
from poolgate.errors import UsageError
from poolgate.findings import Finding, Tally
from poolgate.left_out import LeftOut
from poolgate.owner import Whose

SETTINGS = default_settings([request_timeout_bounded])
STATE = text(checkpoint(stack_root(), pool(inputs=slow_pool_inputs())))


class Shelf:
    """A store in memory, which counts how many read from it at a time, and breaks where it is told to."""

    name = "shelf://states"

    def __init__(self, content: dict[str, bytes], gone: frozenset[str] = frozenset(), breaks_at: str = "") -> None:
        self.content, self.gone, self.breaks_at = content, gone, breaks_at
        self.lock = threading.Lock()
        self.read_now = self.most_at_once = self.read_in_all = 0

    def list(self, prefix: str) -> Iterator[Entry]:
        for key in sorted(self.content):
            if key.startswith(prefix):
                if key == self.breaks_at:
                    raise StoreError("the server answers 503")
                yield Entry(key, len(self.content[key]), 1.0)

    def read(self, key: str, most: int) -> bytes:
        with self.lock:
            self.read_now += 1
            self.read_in_all += 1
            self.most_at_once = max(self.most_at_once, self.read_now)
        threading.Event().wait(0.0005)
        with self.lock:
            self.read_now -= 1
        if key in self.gone or key not in self.content:
            raise GoneError("is not there")
        return self.content[key]


def judged(shelf: Shelf, jobs: int | None = 1) -> Tally:
    tally = Tally()
    files = list(states_in(shelf, lambda kind, name, why: tally.pass_over(kind, name, why)))
    judge(Auditor(SETTINGS, None), files, tally, jobs)
    return tally


def judge(auditor: Auditor, files: Sequence[StateFile], tally: Tally, jobs: int | None) -> None:
    auditor.gather(auditor.said_of(files, tally, Aside(), jobs), tally)


def only(tally: Tally, rule: str = STATE_READABLE) -> Finding:
    (finding,) = [finding for finding in tally.findings if finding.rule == rule]
    return finding


def test_ten_thousand_stacks_are_read_many_at_a_time_and_few_are_held() -> None:
    content = {f".pulumi/stacks/p{number % 50}/s{number}.json": b'{"version": 3, "checkpoint": {"latest": {}}}'
               for number in range(10_000)}  # fmt: skip
    shelf = Shelf({".pulumi/meta.yaml": b"version: 1", **content})
    files = list(states_in(shelf, lambda *_: None))
    assert len(files) == 10_000
    shelf.read_in_all = consumed = most_held = 0
    for number, file in enumerate(ahead.read_ahead(files)):
        assert (file.name, len(file.read())) == (files[number].name, 44)
        most_held = max(most_held, shelf.read_in_all - consumed)
        consumed += 1
    assert consumed == shelf.read_in_all == 10_000
    assert 4 < shelf.most_at_once <= ahead.AT_ONCE
    assert most_held <= ahead.AT_ONCE


def test_large_states_are_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "HELD", 100)
    shelf = Shelf({f".pulumi/stacks/p/s{number}.json": b"x" * 90 for number in range(6)})
    for file in ahead.read_ahead(list(states_in(shelf, lambda *_: None))):
        file.read()
    assert (shelf.most_at_once, shelf.read_in_all) == (1, 7)  # one of them is meta.yaml


def test_a_stack_that_vanishes_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {".pulumi/meta.yaml": b"version: 1", ".pulumi/stacks/ranking/prod.json": STATE,
            ".pulumi/stacks/ranking/gone.json": STATE}  # fmt: skip
    tally = judged(Shelf(keys, gone=frozenset({".pulumi/stacks/ranking/gone.json"})))
    finding = only(tally)
    assert "has vanished since the backend was listed" in finding.message
    assert (finding.subject.project, finding.subject.stack, finding.fails) == ("ranking", "gone", True)
    assert tally.judged == {"ranking/prod"}


def test_tags_of_stacks_are_read_beside_their_states_and_cost_no_judgement() -> None:
    tags = {
        "tagged.pulumi-tags": b'{"version": 1, "tags": {"owner": "team-a"}}',
        "vanished.pulumi-tags": b"{}",
        "torn.pulumi-tags": b"{",
        "removed.pulumi-tags": b'{"version": 1, "tags": {"owner": "team-b"}}',
    }
    states = {
        f"{stack}.json": text(
            checkpoint(stack_root(stack=stack), pool(stack=stack, inputs=slow_pool_inputs()), stack=stack)
        )
        for stack in ("tagged", "vanished", "torn", "untagged")
    }
    content = {f".pulumi/stacks/ranking/{name}": data for name, data in {**states, **tags}.items()}
    shelf = Shelf(content, gone=frozenset({".pulumi/stacks/ranking/vanished.pulumi-tags"}))
    tally = judged(shelf)
    assert Counter(finding.subject.stack for finding in tally.findings) == Counter(
        ["tagged", "vanished", "torn", "untagged"]
    )
    assert tally.whose == {"ranking/tagged": Whose(owner="team-a")}
    torn, vanished = [note for note in tally.notes if "its tags" in note]
    assert torn == "ranking/torn: its tags are no JSON; whose it is they do not tell"
    assert vanished.startswith("ranking/vanished: its tags: has vanished since the backend was listed: ")
    assert shelf.read_in_all == len(states) + len(tags)  # meta.yaml, too, but not what is left of a stack
    assert [entry.why for entry in tally.passed_over] == ["are tags of stacks (1)"]


def test_what_was_listed_before_a_listing_broke_is_judged_and_the_rest_is_a_finding() -> None:
    content = {f".pulumi/stacks/ranking/{stack}.json": STATE for stack in ("a", "b")}
    tally = judged(Shelf({".pulumi/meta.yaml": b"version: 1", **content}, breaks_at=".pulumi/stacks/ranking/b.json"))
    assert "cannot be listed, or not to its end: the server answers 503" in only(tally).message
    assert Counter(finding.rule for finding in tally.findings)["request-timeout-bounded"] == 1


def test_a_place_without_a_backend_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"is no backend of Pulumi: it has neither \.pulumi/meta\.yaml nor"):
        judged(Shelf({"else.json": STATE}))
    assert judged(Shelf({".pulumi/meta.yaml": b"version: 1"})).stacks == 0
    with pytest.raises(UsageError, match="a layout newer than what is read"):
        judged(Shelf({".pulumi/meta.yaml": b"version: 2"}))


def test_what_lies_deeper_or_is_a_folder_of_a_console_is_known_for_what_it_is() -> None:
    content = {".pulumi/stacks/": b"", ".pulumi/stacks/ranking/": b"", ".pulumi/stacks/a/b/c.json": STATE,
               ".pulumi/stacks/a/b/d.json": b'{"some": "other"}', ".pulumi/stacks/ranking/prod.json": STATE.replace(
                   b"timeout", b"patience")}  # fmt: skip
    tally = judged(Shelf({".pulumi/meta.yaml": b"version: 1", **content}))
    assert {entry.name for entry in tally.passed_over if entry.why == "holds no state"} == {
        "shelf://states/.pulumi/stacks/a/b/d.json"
    }
    assert not [finding for finding in tally.findings if finding.rule == STATE_READABLE]


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["sandbox"], {"ranking/prod", "ranking/dev", "ranking/sandbox"}),
        (["sandbox/*"], {"ranking/prod", "ranking/dev", "ranking/sandbox"}),
        (["*/dev.json"], {"ranking/prod", "sandbox/prod", "ranking/sandbox"}),
        (["sandbox.json"], {"ranking/prod", "ranking/dev", "sandbox/prod", "sandbox/dev"}),
        (["prod", "stacks/sandbox", "ranking/dev"], {"ranking/prod", "ranking/dev", "sandbox/prod", "sandbox/dev",
                                                     "ranking/sandbox"}),
    ],
)  # fmt: skip
def test_what_is_left_out_of_a_store_is_passed_over(patterns: list[str], left: set[str]) -> None:
    places = {"ranking/prod", "ranking/dev", "sandbox/prod", "sandbox/dev", "ranking/sandbox"}
    shelf = Shelf({f".pulumi/stacks/{place}.json": STATE for place in places})
    passed_over: list[tuple[str, ...]] = []
    files = list(states_in(shelf, lambda *told: passed_over.append(told), LeftOut(patterns=patterns)))
    assert {f"{file.project}/{file.stack}" for file in files} == left
    assert {told for told in passed_over if told[0] == "file"} == {
        ("file", f"shelf://states/.pulumi/stacks/{place}.json", "is left out by poolgate.yaml")
        for place in places - left
    }


def test_what_cannot_be_listed_is_never_left_out() -> None:
    shelf = Shelf({".pulumi/stacks/ranking/prod.json": STATE}, breaks_at=".pulumi/stacks/ranking/prod.json")
    (file,) = states_in(shelf, lambda *_: None, LeftOut(patterns=["**", "*", "states"]))
    assert file.is_unlisted


def test_an_audit_of_a_bucket_leaves_out_what_its_poolgate_yaml_does(signed_in: Place, tmp_path: Path) -> None:
    for project in ("kept", "sandbox"):
        signed_in.put(f"some/.pulumi/stacks/{project}/prod.json", STATE.replace(b"ranking", project.encode()))
    (tmp_path / "poolgate.yaml").write_text("exclude: [sandbox]\n")
    config = f"--config={tmp_path / 'poolgate.yaml'}"
    report = told_by_processes(signed_in.address.replace("team%20a", "team%20a/some"), 2, signed_in.variables, config)
    assert [stack["project"] for stack in report["stacks"]] == ["kept"]
    assert [one["why"] for one in report["passed_over"] if "sandbox" in one["name"]] == ["is left out by poolgate.yaml"]


def test_states_of_a_network_and_of_a_folder_by_several_processes(tmp_path: Path) -> None:
    def of(project: str, stack: str) -> bytes:
        return STATE.replace(b"ranking", project.encode()).replace(b"prod", stack.encode())

    shelf = Shelf({f".pulumi/stacks/p{number}/s.json": of(f"p{number}", "s") for number in range(5)})
    for number in range(5):
        (tmp_path / f"{number}.json").write_bytes(of(f"q{number}", "s"))
    from poolgate.audit.listing import list_states

    told = []
    for jobs in (1, 3):
        tally = Tally()
        files: list[StateFile] = [*states_in(shelf, lambda *_: None), *list_states([str(tmp_path)])]
        judge(Auditor(SETTINGS, None), files, tally, jobs)
        told.append((tally.sorted_findings, tally.judged))
    assert told[0] == told[1]
    assert len(told[0][1]) == 10


@pytest.fixture(scope="module")
def bucket() -> Iterator[Place]:
    with servers.s3() as place:
        yield place


@pytest.fixture
def signed_in(bucket: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name, value in bucket.variables.items():
        monkeypatch.setenv(name, value)
    return bucket


@pytest.fixture
def of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials for a server of the test's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "reader")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def test_a_bucket_is_listed_page_by_page(signed_in: Place) -> None:
    from moto.backends import get_backend

    shelf: Any = get_backend("s3")["123456789012"]["aws"]
    for number in range(1_050):  # A page of S3 has 1,000.
        shelf.put_object(signed_in.bucket, f"many/.pulumi/stacks/p/s{number}.json", b"{}")
    address = signed_in.address.replace("team%20a", "many")
    assert len(list(open_store(address).list(".pulumi/stacks/"))) == 1_050


@pytest.mark.parametrize(("bucket_of", "message"), [("nosuch", "the server answers 404 (NoSuchBucket, there is none)")])
def test_a_bucket_that_is_not_there_is_a_finding(signed_in: Place, bucket_of: str, message: str) -> None:
    tally = audit([signed_in.address.replace(f"//{signed_in.bucket}/", f"//{bucket_of}/")], SETTINGS)
    assert only(tally).message == f"cannot be listed, or not to its end: {message} (in s3://nosuch/team a)"


def test_a_role_is_assumed(signed_in: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = signed_in.address.partition("endpoint=")[2].partition("&")[0]
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    signed_in.put(".pulumi/meta.yaml", b"version: 1\n")
    store = open_store(f"s3://{signed_in.bucket}/team%20a?role=arn:aws:iam::123456789012:role/auditor")
    assert store.read(".pulumi/meta.yaml", 100) == b"version: 1\n"
    assert isinstance(store, objects.Objects)
    given = store._store.credential_provider()
    assert given["access_key_id"] != "reader"
    assert given["token"]


def test_an_object_that_is_too_large_is_not_read(signed_in: Place) -> None:
    signed_in.put("large", b"x" * 2048)
    with pytest.raises(StoreError, match="is larger than 0 MiB"):
        open_store(signed_in.address).read("large", 2047)
    assert len(open_store(signed_in.address).read("large", 2048)) == 2048


@pytest.mark.usefixtures("of_aws")
def test_a_server_that_is_not_there_or_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "GIVES_WITHIN", timedelta(seconds=0.3))
    monkeypatch.setattr(objects, "RETRIES", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        at = silent.getsockname()[1]
        for port, message in ((1, "cannot be reached (Connection refused)"), (at, "does not answer in time")):
            tally = audit([f"s3://{BUCKET}?endpoint=http://127.0.0.1:{port}"], SETTINGS)
            assert only(tally).message == (
                f"cannot be listed, or not to its end: the server {message} (in s3://{BUCKET})"
            )


@pytest.mark.usefixtures("of_aws")
def test_why_a_server_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by the library itself, whose words nothing else tells."""
    monkeypatch.setattr(objects, "RETRIES", 0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    taken = server.accept()[0]
                except OSError:
                    return
                with taken:
                    taken.recv(4096)
                    taken.shutdown(socket.SHUT_WR)
                    taken.recv(4096)  # until it has been read: the connection would be reset

        threading.Thread(target=hang_up, daemon=True).start()
        at = f"127.0.0.1:{server.getsockname()[1]}"
        for endpoint, cause in (
            ("http://nosuch.invalid", "its name is not known"),
            (f"http://{at}", "it ends the connection without an answer"),
        ):
            with pytest.raises(StoreError, match=rf"^the server cannot be reached \({cause}\)$"):
                open_store(f"s3://{BUCKET}?endpoint={endpoint}").read("x", 1)
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.usefixtures("of_aws")
def test_a_certificate_that_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "RETRIES", 0)
    certificate, key = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(StoreError, match=r"^the server cannot be reached \(its certificate is not trusted\)$"):
            open_store(f"s3://{BUCKET}?endpoint=https://localhost:{server.server_port}&s3ForcePathStyle=true").read(
                "x", 1
            )
    finally:
        server.shutdown()
        server.server_close()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that nobody has signed, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    serial, days = x509.random_serial_number(), timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, now - days, now + days)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    signed = builder.sign(key, hashes.SHA256())
    at, key_at = folder / "certificate.pem", folder / "key.pem"
    at.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key_at.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return at, key_at


@pytest.mark.usefixtures("of_aws")
def test_a_moment_without_a_server_is_bridged(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"] * 2
    head = f"ETag: x\r\nLast-Modified: Mon, 30 Nov 2026 05:00:00 GMT\r\nContent-Length: {len(STATE)}\r\n"
    answers.append(f"HTTP/1.1 200 OK\r\n{head}Connection: close\r\n\r\n".encode() + STATE)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        store = open_store(f"s3://{BUCKET}?endpoint=http://127.0.0.1:{server.getsockname()[1]}")
        assert store.read("x", 10**6) == STATE


def test_what_a_server_says_is_not_repeated() -> None:
    error = OSError(
        f"403 ... Server returned non-2xx status code: 403 Forbidden: <Code>AccessDenied</Code> sig={SECRET}"
    )
    assert objects.why(error) == "the server answers 403 (AccessDenied, these credentials may not)"
    assert SECRET not in objects.why(OSError(SECRET))


@pytest.fixture(scope="module")
def table() -> Iterator[Place]:
    with servers.postgres() as place:
        address = place.address.replace("?", "?table=team_b&")
        with psycopg.connect(place.address.replace("postgres://", "postgresql://"), autocommit=True) as connection:
            for name in ("pulumi_state", "team_b"):
                make_table(place, name)
            row = json.dumps({"data": base64.b64encode(STATE).decode()})
            connection.execute(
                "INSERT INTO team_b SELECT 'st/.pulumi/stacks/p/s' || n || '.json', %s FROM generate_series(1, 2500) n",
                (row,),
            )
            # Keys that SQL's LIKE would take for the same, and that are not.
            connection.execute("INSERT INTO team_b VALUES ('stX.pulumi/stacks/p/s.json', %s)", (row,))
        yield Place("postgres", address, {}, place.put, place.secrets)


def make_table(place: Place, name: str) -> None:
    """As the engine makes it."""
    with psycopg.connect(place.address.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(
            f"CREATE TABLE {name} (key text PRIMARY KEY, data json NOT NULL, "
            "updated_at timestamptz NOT NULL DEFAULT now())"
        )


def test_a_role_that_may_only_read_is_enough(table: Place) -> None:
    reader = table.address.replace("postgres@", f"reader:{SECRET}@")
    store = open_store(reader)
    assert len(list(store.list(".pulumi/stacks/"))) == 2500
    assert store.read(".pulumi/stacks/p/s2500.json", 10**6) == STATE
    assert store.name.endswith("/st/team_b")
    assert SECRET not in store.name


def test_no_connection_can_write(table: Place) -> None:
    store: Any = open_store(table.address)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), store._connection().transaction():
        store._connection().execute("DELETE FROM team_b")


def test_a_row_that_is_gone_or_too_large_is_told(table: Place) -> None:
    store = open_store(table.address)
    with pytest.raises(GoneError):
        store.read("nothing", 10)
    with pytest.raises(StoreError, match="is larger than 0 MiB"):
        store.read(".pulumi/stacks/p/s1.json", 100)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("/st?", "/nosuch?"), "the server has no such database"),
        (("team_b", "nosuch"), 'the server says: relation "nosuch" does not exist (SQLSTATE 42P01)'),
        (("sslmode=disable", "sslmode=require"), "the server has no TLS, or not as the address asks for it (sslmode)"),
    ],
)
def test_a_database_that_gives_nothing_is_a_finding(table: Place, change: tuple[str, str], message: str) -> None:
    tally = audit([table.address.replace(*change)], SETTINGS)
    assert f"cannot be listed, or not to its end: {message} (in postgres://" in only(tally).message


def test_an_interrupt_is_not_kept_waiting_by_a_server(interruptible: None) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        silent.settimeout(30)
        address = f"s3://{BUCKET}?endpoint=http://127.0.0.1:{silent.getsockname()[1]}"
        environment = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": SECRET}
        process = subprocess.Popen([sys.executable, "-m", "poolgate", "audit", "--no-config", address], env=environment)
        try:
            connection, _ = silent.accept()
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
            assert time.monotonic() - begun < objects.GIVES_WITHIN.total_seconds() / 2
            connection.close()
        finally:
            process.kill()
            process.wait()


def told_by_processes(address: str, jobs: int, environment: Mapping[str, str], config: str = "--no-config") -> Any:
    """The JSON report of a process without threads, which forks others, but for what differs between any two runs."""
    command = [sys.executable, "-m", "poolgate", "audit", config, "--format=json", f"--jobs={jobs}", address]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    del report["run"]["started"], report["run"]["duration_seconds"]
    return report


def test_each_process_reads_from_a_bucket_itself(signed_in: Place) -> None:
    """The first one opens no client: the threads of one that it had would be missed by those that it forks."""
    address = signed_in.address.replace("team%20a", "team%20a/many")
    signed_in.put("many/.pulumi/meta.yaml", b"version: 1\n")
    for number in range(batches.MOST_STATES + 1):
        state = STATE.replace(b"ranking", f"p{number}".encode())
        signed_in.put(f"many/.pulumi/stacks/p{number}/prod.json", state)
    alone = told_by_processes(address, 1, signed_in.variables)
    assert alone["summary"]["accounts"]["not read"] == 0
    assert told_by_processes(address, 2, signed_in.variables) == alone
    assert told_by_processes(address, 9, signed_in.variables) == alone


def test_names_of_states_are_read_by_a_process_that_ends(signed_in: Place) -> None:
    """In the old layout only the states say of which project they are."""
    address = signed_in.address.replace("team%20a", "team%20a/old")
    for number in range(batches.MOST_STATES + 1):
        state = STATE.replace(b"ranking", f"p{number}".encode())
        signed_in.put(f"old/.pulumi/stacks/p{number}.json", state)
    alone = told_by_processes(address, 1, signed_in.variables)
    assert alone["summary"]["accounts"] == {"read": 65, "not read": 0, "missing": 0, "under way": 0}
    assert told_by_processes(address, 2, signed_in.variables) == alone


def test_a_place_in_a_bucket_can_be_sent_and_shows_no_credentials(table: Place) -> None:
    address = table.address.replace("reader@", f"reader:{SECRET}@")
    store = StoreAt.of(address)
    assert SECRET not in repr(store)
    sent = pickle.loads(pickle.dumps(store))
    assert list(sent.list(".pulumi/")) == list(open_store(address).list(".pulumi/"))
    assert (sent.name, SECRET in sent.name) == (store.name, False)


def test_the_next_audit_opens_a_place_anew(signed_in: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is called alike may be at another server by then, and is read by other credentials."""
    signed_in.put(".pulumi/stacks/ranking/prod.json", STATE)
    (address, _), endpoint = signed_in.others[0], signed_in.others[0][1]["AWS_ENDPOINT_URL_S3"]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setattr(objects, "RETRIES", 0)
    assert [finding.rule for finding in audit([address], SETTINGS, jobs=1).findings] == [STATE_READABLE]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    assert audit([address], SETTINGS, jobs=1).judged == {"ranking/prod"}


def test_what_is_called_alike_at_two_servers_is_listed_twice(signed_in: Place) -> None:
    signed_in.put(".pulumi/meta.yaml", b"version: 1\n")
    signed_in.put(".pulumi/stacks/ranking/prod.json", STATE)
    tally = audit([signed_in.address, signed_in.address.replace("127.0.0.1", "localhost")], SETTINGS)
    assert tally.judged == {"ranking/prod"}
    # Here it is one server, so that both are the same state.
    assert [entry.why for entry in tally.passed_over].count(OLDER) == 1


# --- what is remembered of them ---


@pytest.mark.parametrize(("scheme", "is_told"), [("s3", True), ("azblob", True), ("gs", True), ("postgres", False)])
def test_what_has_not_changed_is_known_by_its_version_or_by_its_content(
    scheme: str, is_told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing and an answer have one ETag; in a table nothing tells, and rows are read and compared."""
    with getattr(servers, scheme)() as place:
        for name, value in place.variables.items():
            monkeypatch.setenv(name, value)
        if scheme == "postgres":
            make_table(place, "pulumi_state")
        for number in range(3):
            place.put(f".pulumi/stacks/p{number}/prod.json", STATE.replace(b"ranking", f"p{number}".encode()))
        place.put(".pulumi/stacks/p2/prod.pulumi-tags", b'{"version": 1, "tags": {"owner": "jane"}}')

        def remembered(*, verify: bool = False) -> tuple[int, set[str]]:
            tally = audit([place.address], SETTINGS, cache=tmp_path / "cache", verify=verify, jobs=1)
            assert [finding.message for finding in tally.findings if finding.rule == STATE_READABLE] == []
            return tally.of_run["remembered"], {finding.message for finding in tally.findings}

        listed = list(open_store(place.address).list(".pulumi/stacks/"))
        assert all(bool(entry.version) is is_told for entry in listed)
        assert remembered()[0] == 0
        reads = Counter[str]()
        count_reads(monkeypatch, reads)
        assert remembered()[0] == 3
        assert bool(reads) is not is_told
        assert remembered(verify=True)[0] == 3
        clear(place, "p1/prod.json")
        place.put(".pulumi/stacks/p1/prod.json", STATE.replace(b"ranking", b"p1").replace(b"PT2H", b"PT3H"))
        number, messages = remembered()
        assert number == 2
        assert len(messages) == 2
        clear(place, "p2/prod.pulumi-tags")
        place.put(".pulumi/stacks/p2/prod.pulumi-tags", b'{"version": 1, "tags": {"owner": "joe"}}')
        assert remembered()[0] == 2


def clear(place: Place, key: str) -> None:
    """A row is put once; objects are put in place of others."""
    if place.address.startswith("postgres"):
        with psycopg.connect(place.address.replace("postgres://", "postgresql://"), autocommit=True) as connection:
            connection.execute("DELETE FROM pulumi_state WHERE key LIKE %s", (f"%{key}",))


def count_reads(monkeypatch: pytest.MonkeyPatch, reads: Counter[str]) -> None:
    from poolgate.audit.remote import _InStore

    read = _InStore.read

    def counted(self: Any) -> bytes:
        reads[self.key] += 1
        return read(self)

    monkeypatch.setattr(_InStore, "read", counted)


class Written(Shelf):
    """A store in which the first read finds what was written after the listing."""

    version = 1

    def list(self, prefix: str) -> Iterator[Entry]:
        return (entry._replace(version=f"{self.version}") for entry in super().list(prefix))

    def read(self, key: str, most: int) -> bytes:
        if key.endswith("prod.json"):
            self.version = 2
        return Content.of(super().read(key, most), f"{self.version}")


def test_an_object_that_is_written_between_listing_and_reading_is_not_remembered(tmp_path: Path) -> None:
    shelf = Written({".pulumi/meta.yaml": b"version: 1\n", ".pulumi/stacks/p/prod.json": STATE})
    remembered = []
    for _ in range(3):
        tally = Tally()
        files = list(states_in(shelf, lambda kind, name, why: None))
        judge(Auditor(SETTINGS, None, memory=Memory(tmp_path, "terms")), files, tally, 1)
        remembered.append(tally.of_run["remembered"])
    assert remembered == [0, 0, 1]
