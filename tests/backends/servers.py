"""The places where the engine keeps states, each on this machine: S3, Azure, Google Cloud, PostgreSQL.

Nothing here is skipped: where a server is missing, its tests fail and say what installs it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from backends.tools import AZURITE, find, gcs_server
from poolgate.backends.address import Address

LIMIT: Final = 60.0
BUCKET: Final = "states"
INSTALL: Final = "run `make tests/backends/node_modules/.ready`"
_NUMBERS: Final = count(1)
KEY: Final = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Of the one account that Azurite has (learn.microsoft.com/azure/storage/common/storage-use-azurite)."""
SECRET: Final = "canary-of-the-backend"
"""The secret of every server that takes any."""


@dataclass(frozen=True)
class Place:
    """A backend: its address for the engine, the variables that both read, and a way to put something there."""

    name: str
    address: str
    variables: Mapping[str, str]
    put: Callable[[str, bytes], None]
    secrets: Sequence[str] = ()
    others: Sequence[tuple[str, Mapping[str, str]]] = ()
    """Other addresses of the same place, each with its variables."""

    @property
    def bucket(self) -> str:
        """The name of the bucket or container, where it is one."""
        return Address.parse(self.address).bucket()


@contextmanager
def s3() -> Iterator[Place]:
    """moto, in a thread of the tests."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        # It keeps its buckets for as long as the process lives, and all that are started there have the same.
        bucket = f"{BUCKET}-{next(_NUMBERS)}"
        variables = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "eu-west-1"}
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="eu-west-1",
            aws_access_key_id="reader",
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

        def put(key: str, data: bytes) -> None:
            client.put_object(Bucket=bucket, Key=f"team a/{key}", Body=data)

        # The engine has a prefix in this one.
        address = f"s3://{bucket}/team%20a?endpoint={endpoint}&s3ForcePathStyle=true"
        plain_address = (f"s3://{bucket}/team%20a", {**variables, "AWS_ENDPOINT_URL_S3": endpoint})
        yield Place("s3", address, variables, put, [SECRET], [plain_address])
    finally:
        server.stop()


@contextmanager
def azblob() -> Iterator[Place]:
    """Azurite."""
    assert AZURITE.is_file(), INSTALL
    assert shutil.which("node"), INSTALL
    port = free_port()
    arguments = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence"]
    with running(["node", str(AZURITE), *arguments, "--blobHost", "127.0.0.1", "--blobPort", str(port)], port):
        import obstore
        from obstore.store import AzureStore

        account = "devstoreaccount1"
        place = f"http://127.0.0.1:{port}/{account}"
        store = AzureStore(
            BUCKET, account_name=account, account_key=KEY, endpoint=place, client_options={"allow_http": True}
        )
        create_container(place, account)
        yield Place(
            "azblob",
            f"azblob://{BUCKET}?protocol=http&domain=127.0.0.1:{port}",
            {"AZURE_STORAGE_ACCOUNT": account, "AZURE_STORAGE_KEY": KEY},
            lambda key, data: discard(obstore.put(store, key, data)),
            [KEY],
            [
                (
                    f"azblob://{BUCKET}",
                    {
                        "AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;AccountName={account};"
                        f"AccountKey={KEY};BlobEndpoint={place};",
                    },
                )
            ],
        )


def create_container(place: str, account: str) -> None:
    """By the service's own protocol: no client of ours makes any."""
    import hashlib
    import hmac
    from email.utils import formatdate

    date, version = formatdate(usegmt=True), "2021-08-06"
    path = f"/{account}/{account}/{BUCKET}"
    told = f"PUT{chr(10) * 12}x-ms-date:{date}\nx-ms-version:{version}\n{path}\nrestype:container"
    signature = base64.b64encode(hmac.new(base64.b64decode(KEY), told.encode(), hashlib.sha256).digest()).decode()
    headers = {"x-ms-date": date, "x-ms-version": version, "Authorization": f"SharedKey {account}:{signature}"}
    request = urllib.request.Request(f"{place}/{BUCKET}?restype=container", b"", headers, method="PUT")
    request.add_unredirected_header("Content-Type", "")
    urllib.request.urlopen(request, timeout=LIMIT).close()


@contextmanager
def gs() -> Iterator[Place]:
    """fake-gcs-server, which speaks both protocols that the real one has."""
    assert gcs_server().is_file(), INSTALL
    port = free_port()
    host = f"127.0.0.1:{port}"
    arguments = [
        "-scheme",
        "http",
        "-host",
        "127.0.0.1",
        "-port",
        str(port),
        "-public-host",
        host,
        "-backend",
        "memory",
    ]
    with running([str(gcs_server()), *arguments, "-log-level", "error"], port):
        asked = urllib.request.Request(
            f"http://{host}/storage/v1/b?project=p", b'{"name": "%s"}' % BUCKET.encode(), method="POST"
        )
        asked.add_header("Content-Type", "application/json")
        urllib.request.urlopen(asked, timeout=LIMIT).close()

        def put(key: str, data: bytes) -> None:
            upload = f"http://{host}/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={key}"
            urllib.request.urlopen(urllib.request.Request(upload, data, method="POST"), timeout=LIMIT).close()

        variables = {"STORAGE_EMULATOR_HOST": host, "GOOGLE_OAUTH_ACCESS_TOKEN": SECRET}
        yield Place("gs", f"gs://{BUCKET}", variables, put, [SECRET])


@contextmanager
def postgres() -> Iterator[Place]:
    """PostgreSQL, with one role that writes and one that may only read the table."""
    initdb, server = find("initdb"), find("postgres")
    assert initdb, INSTALL
    assert server, INSTALL
    port = free_port()
    # The server refuses to be run by root.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="poolgate-pg-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        if user:
            shutil.chown(name, user)
        data = f"{name}/data"
        subprocess.run(
            [initdb, "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"],
            check=True, capture_output=True, timeout=LIMIT, user=user, cwd=name, env=plain(),
        )  # fmt: skip
        quick = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
        command = [server, "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", name, *quick]
        # At SIGTERM it would wait until those that are connected have gone.
        stack.enter_context(running(command, port, user=user, cwd=name, ends_by=signal.SIGINT))
        at = f"127.0.0.1:{port}"
        connection = stack.enter_context(connected(f"postgresql://postgres@{at}/postgres"))
        connection.execute("CREATE DATABASE st")
        connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{SECRET}'")
        states = stack.enter_context(connected(f"postgresql://postgres@{at}/st"))
        states.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader")

        def put(key: str, content: bytes) -> None:
            row = json.dumps({"data": base64.b64encode(content).decode()})
            states.execute("INSERT INTO pulumi_state (key, data) VALUES (%s, %s)", (f"st/{key}", row))

        reader = (f"postgres://reader@{at}/st?sslmode=disable", {"PGPASSWORD": SECRET})
        yield Place("postgres", f"postgres://postgres@{at}/st?sslmode=disable", {}, put, [SECRET], [reader])


@contextmanager
def connected(address: str) -> Iterator[Any]:
    import psycopg

    end = time.monotonic() + LIMIT
    while True:
        try:
            connection = psycopg.connect(address, autocommit=True)
            break
        except psycopg.OperationalError:  # It takes connections before it has begun.
            assert time.monotonic() < end
            time.sleep(0.05)
    with connection:
        yield connection


ALL: Final = {"s3": s3, "azblob": azblob, "gs": gs, "postgres": postgres}


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    *,
    user: str | None = None,
    cwd: str | None = None,
    ends_by: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    """A server, from when it takes connections; it is ended with the test."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, user=user, cwd=cwd, env=plain()
        )
        try:
            end = time.monotonic() + LIMIT
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    said.seek(0)
                    has_time = process.poll() is None and time.monotonic() < end
                    assert has_time, said.read().decode(errors="replace")
                    time.sleep(0.05)
            yield
            said.seek(0)
            assert process.poll() is None, f"ended by itself: {said.read().decode(errors='replace')}"
        finally:
            process.send_signal(ends_by)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def plain() -> dict[str, str]:
    """An environment in which no server finds settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def discard(_: object) -> None:
    pass
