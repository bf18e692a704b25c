"""What an audit costs of 1,000,000 resources in 4,000 states: beside 60,000 of them, from a bucket, and on a cluster.

The bucket is moto's, on this machine; what a bare download of the same objects by the same client takes is measured in
the same round.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks import scheduler
from benchmarks.backend import Estate, estate
from benchmarks.fleet import Truth
from benchmarks.measure import Cost, rounds_of, run, with_bytecode
from poolgate.audit.ahead import AT_ONCE
from poolgate.files import cache_directory

FEW: Final = 240
"""Stacks that have 60,000 resources."""
_BUCKET: Final = "states"
_LIMIT: Final = 120.0
"""Seconds for the bucket to be there."""


class _Limit(NamedTuple):
    what: str
    ratio: float
    most: float

    def __str__(self) -> str:
        return f"{self.what:62}{self.ratio:8.2f}  at most {self.most:g}"


def main(rounds: int) -> int:
    """Prints the tables. Returns 1 when an audit of the estate does not find what is there to be found."""
    whole = estate()
    rounds = max(1, rounds // 2)  # of minutes each
    with tempfile.TemporaryDirectory(dir=whole.backend.parent) as name, _bucket() as (address, variables, put):
        few = _few(whole.backend, Path(name))
        stored = {path.relative_to(few).as_posix(): path for path in sorted(few.rglob("*")) if path.is_file()}
        for key, path in stored.items():
            put(key, path.read_bytes())
        keys = [key for key in stored if key.endswith(".json")]
        sides: dict[str, Callable[[], Cost]] = {
            "60,000, from disk": lambda: _audit(f"file://{few}"),
            "60,000, from the bucket": lambda: _audit(address, **variables),
            "60,000, bare download": lambda: _download(keys, variables),
            "1,000,000, from disk": lambda: _audit(f"file://{whole.backend}"),
            "1,000,000, a process pool of two": lambda: _audit(f"file://{whole.backend}", "--jobs=2"),
            "1,000,000, a cluster of two": lambda: _audit(f"file://{whole.backend}", "--scheduler=local"),
        }
        costs = rounds_of(sides, rounds)
    _show(costs)
    for limit in _limits(costs):
        print(limit)
    judged = statistics.median(cost.processor for cost in costs["1,000,000, from disk"])
    print(scheduler.overhead(whole.backend).told(judged / len(scheduler.batches(whole.backend))))
    return _report_mistakes(whole)


def _show(costs: Mapping[str, list[Cost]]) -> None:
    print(f"{'':36}{'clock':>9}{'cpu':>9}{'MiB':>7}   median of {len(next(iter(costs.values())))}")
    for name, values in costs.items():
        clock, processor, memory = (statistics.median(figures) for figures in zip(*values, strict=True))
        print(f"{name:36}{clock:9.2f}{processor:9.2f}{memory:7.0f}")


def _limits(costs: Mapping[str, list[Cost]]) -> Iterator[_Limit]:
    few, bucket, bare, many, pool, cluster = costs.values()

    def ratio(mine: list[Cost], other: list[float], of: int = 0) -> float:
        return statistics.median(one[of] / against for one, against in zip(mine, other, strict=True))

    yield _Limit("time of 1,000,000 to that of 60,000", ratio(many, [one.seconds for one in few]), 14)
    yield _Limit("memory of a process, the same", ratio(many, [one.memory for one in few], 2), 1.2)
    together = [plain.seconds + disk.seconds for plain, disk in zip(bare, few, strict=True)]
    yield _Limit("from the bucket, to a bare download and the audit from disk", ratio(bucket, together), 1.5)
    yield _Limit("a cluster of two, to a process pool of two", ratio(cluster, [one.seconds for one in pool]), 1.3)


def _report_mistakes(whole: Estate) -> int:
    """Compares what an audit finds with what is there to be found."""
    text = _run(f"file://{whole.backend}", "--format=json")[0]
    found = frozenset(
        Truth(one["rule"], one["resource"]["urn"], one["path"])
        for one in json.loads(text)["findings"]
        if one["outcome"] == "violated" and one["enforcement"] == "mandatory"
    )
    if found != whole.truth:
        print(f"{len(found - whole.truth)} findings too many, {len(whole.truth - found)} missing, such as")
        for finding in sorted(found ^ whole.truth)[:5]:
            print(f"  {finding}")
        return 1
    print(f"found the {len(whole.truth)} that are there to be found")
    return 0


def _audit(source: str, *options: str, **variables: str) -> Cost:
    return _run(source, *options, **variables)[1]


def _run(source: str, *options: str, **variables: str) -> tuple[str, Cost]:
    command = [str(Path(sys.executable).with_name("poolgate")), "audit", source, "--no-config", *options]
    environment = with_bytecode({**os.environ, **variables}, cache_directory() / "benchmarks" / "bytecode")
    return run(command, ends_with=(1,), env=environment)


def _download(keys: list[str], variables: Mapping[str, str]) -> Cost:
    """A process that reads the objects, as many at a time as an audit does, and does nothing with them."""
    asked = json.dumps({"keys": keys, "at_once": AT_ONCE, "endpoint": variables["AWS_ENDPOINT_URL_S3"]})
    command = [sys.executable, "-m", "benchmarks.estate", asked]
    return run(command, env=with_bytecode({**os.environ, **variables}, cache_directory() / "benchmarks" / "bytecode"))[
        1
    ]


def _read_all(keys: list[str], at_once: int, endpoint: str) -> None:
    """With obstore itself, and nothing of poolgate."""
    from obstore.store import S3Store

    store = S3Store(_BUCKET, endpoint=endpoint, client_options={"allow_http": True})

    async def all_of_them() -> None:
        turns = asyncio.Semaphore(at_once)

        async def one(key: str) -> None:
            async with turns:
                await (await store.get_async(key)).bytes_async()

        await asyncio.gather(*map(one, keys))

    asyncio.run(all_of_them())


def _few(backend: Path, folder: Path) -> Path:
    """A backend that has the first stacks of another one: the same files, not copies of them."""
    for file in sorted(backend.glob(".pulumi/stacks/*/*.json"))[:FEW]:
        link = folder / file.relative_to(backend)
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, link)
    shutil.copy(backend / ".pulumi" / "meta.yaml", folder / ".pulumi" / "meta.yaml")
    return folder


@contextmanager
def _bucket() -> Iterator[tuple[str, Mapping[str, str], Callable[[str, bytes], None]]]:
    """A bucket of moto's, in a process of its own: its address, the variables to read it, and what puts an object."""
    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import EndpointConnectionError

    with tempfile.TemporaryFile() as log, socket_port() as port:
        server = subprocess.Popen(
            [str(Path(sys.executable).with_name("moto_server")), "--port", str(port)], stdout=log, stderr=log
        )
        try:
            variables = {
                "AWS_ACCESS_KEY_ID": "reader",
                "AWS_SECRET_ACCESS_KEY": "only-for-the-benchmark",
                "AWS_REGION": "eu-west-1",
                "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
            }
            client = boto3.client(
                "s3",
                endpoint_url=variables["AWS_ENDPOINT_URL_S3"],
                region_name=variables["AWS_REGION"],
                aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            )
            ends = time.monotonic() + _LIMIT
            while True:
                try:
                    client.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
                    break
                except EndpointConnectionError:
                    if time.monotonic() > ends:
                        raise
                    time.sleep(0.2)

            def put(key: str, data: bytes) -> None:
                client.put_object(Bucket=_BUCKET, Key=key, Body=data)

            yield f"s3://{_BUCKET}?use_path_style=true", variables, put
        finally:
            server.terminate()
            server.wait()


@contextmanager
def socket_port() -> Iterator[int]:
    """A port that was free a moment ago."""
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    yield port


if __name__ == "__main__":
    _read_all(**json.loads(sys.argv[1]))
    os._exit(0)  # As poolgate ends: threads of the library may be at work while the interpreter takes itself apart.
