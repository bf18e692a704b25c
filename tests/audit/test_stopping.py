"""An audit that somebody stops reports what it has, marked as a part: what it had not come to is no clean stack."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from audit.state_builder import export, pool, provider, slow_pool_inputs, stack_root, text, urn
from poolgate.audit import listing, run
from poolgate.cli import run as poolgate

LIMIT: Final = 60.0


def state(project: str) -> bytes:
    slow = pool("ranker", slow_pool_inputs(), urn=urn(pool()["type"], "ranker", project=project))
    return text(export(stack_root(project=project), provider(), slow))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state that is read, and two that never come; the first bytes of a pipe are looked at by nobody."""
    (tmp_path / "read.json").write_bytes(state("read"))
    for name in ("first", "second"):
        os.mkfifo(tmp_path / name)
    return tmp_path


def open_to_write(pipe: Path) -> int:
    """Once somebody reads it."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < end, f"nobody reads {pipe.name}"
            time.sleep(0.01)


@contextmanager
def waiting(folder: Path, jobs: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """An audit that has judged the state, and waits for as many pipes as it has processes."""
    sources = [str(folder / name) for name in ("read.json", "first", "second")]
    command = [sys.executable, "-m", "poolgate", "audit", "--no-config", f"--jobs={jobs}", *options, *sources]
    with ExitStack() as stack:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        stack.callback(process.wait)
        stack.callback(process.kill)
        for name in ("first", "second")[:jobs]:
            stack.callback(os.close, open_to_write(folder / name))
        yield process


def stopped(folder: Path, by: signal.Signals, jobs: int, *options: str) -> tuple[int, str, str]:
    with waiting(folder, jobs, *options) as process:
        process.send_signal(by)
        out, err = process.communicate(timeout=LIMIT)
        return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(("by", "jobs"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 2)])
def test_what_is_done_is_reported_as_a_part(folder: Path, by: signal.Signals, jobs: int, interruptible: None) -> None:
    code, out, _ = stopped(folder, by, jobs, "--format=json")
    report = json.loads(out)
    assert code == 128 + by
    assert report["summary"]["conclusion"] == "incomplete"
    assert report["summary"]["partial"] == {"by": by.name, "judged": 1, "states": 3, "all_listed": True}
    assert report["summary"]["accounts"] == {"read": 1, "not read": 2, "missing": 0, "under way": 0}
    assert {stack["file"]: stack["standing"] for stack in report["stacks"]} == {
        str(folder / "read.json"): "read",
        str(folder / "first"): "not read",
        str(folder / "second"): "not read",
    }
    assert {finding["rule"] for finding in report["findings"]} >= {"request-timeout-bounded"}


FORMATS: Final = ("text", "json", "sarif", "junit", "github", "azure", "markdown", "csv", "html")


def test_every_format_says_so_and_so_does_an_audit_that_is_asked_to_exit_0(folder: Path, interruptible: None) -> None:
    also = [f"--also={name}={folder / f'report.{name}'}" for name in FORMATS]
    code, out, _ = stopped(folder, signal.SIGINT, 1, "--exit-zero", *also)
    assert code == 130
    said = "stopped by SIGINT when 1 of 3 states had been judged"
    assert f"partial: {said}; nothing is known of the others" in " ".join(out.split())
    silent = [name for name in FORMATS if said not in " ".join((folder / f"report.{name}").read_text("utf-8").split())]
    assert silent == ["json"]  # It says so by members.


def test_a_part_is_not_added_to_a_history_and_misses_no_stack(folder: Path, interruptible: None) -> None:
    (folder / "expected").write_text("read/prod\nothers/prod\n")
    code, out, _ = stopped(
        folder, signal.SIGINT, 1, f"--history={folder / 'history'}", f"--expect={folder / 'expected'}", "--format=json"
    )
    report = json.loads(out)
    assert (code, report["summary"]["accounts"]["missing"]) == (130, 0)
    assert "nothing is added to the history: what was not read would be gone from it" in report["notes"]
    assert not list((folder / "history").rglob("*.parquet"))


def test_a_part_says_of_how_many_states_it_remembered_and_is_not_remembered(
    folder: Path, tmp_path: Path, interruptible: None
) -> None:
    code, out, _ = stopped(folder, signal.SIGINT, 1, f"--cache={tmp_path / 'cache'}", "--format=json")
    report = json.loads(out)
    assert (code, report["summary"]["partial"]["judged"], report["run"]["remembered"]) == (130, 1, 0)
    assert not list((tmp_path / "cache").glob("*"))


def test_what_a_part_does_not_find_is_not_gone(folder: Path, interruptible: None) -> None:
    for name in ("first", "second"):
        (folder / name).unlink()
        (folder / name).write_bytes(state(name))
    before = audited(folder, [folder / name for name in ("first", "second")])
    for name in ("first", "second"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    (folder / "before.json").write_text(before)
    _, out, _ = stopped(folder, signal.SIGINT, 1, "--format=json")
    (folder / "after.json").write_text(out)
    command = [sys.executable, "-m", "poolgate", "diff", "--format=json", "before.json", "after.json"]
    told: Any = json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout)
    assert told["gone"] == []
    assert {finding["resource"]["project"] for finding in told["not_read"]} == {"first", "second"}


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """Two stacks in each of two projects, and beside them one that nobody asks for."""
    for name in ("embedder/dev", "embedder/prod", "ranker/dev", "ranker/prod", "scratch/dev"):
        path = tmp_path / "backend" / ".pulumi" / "stacks" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(state(name.partition("/")[0]))
    (tmp_path / "poolgate.yaml").write_text("exclude: [scratch]\n")
    return tmp_path / "backend"


def interrupted(place: Any, name: str, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C as soon as a function is asked for what has a name."""
    real = getattr(place, name)

    def asked(what: Any, *others: Any) -> Any:
        if at in str(what):
            raise KeyboardInterrupt
        return real(what, *others)

    monkeypatch.setattr(place, name, asked)


def test_a_listing_that_is_stopped_names_what_it_had_met(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (backend / ".pulumi" / "stacks" / "zeta").mkdir()
    monkeypatch.chdir(backend.parent)
    interrupted(listing, "_entries", "zeta", monkeypatch)
    also = [f"--also={name}=report.{name}" for name in FORMATS]
    history = ["--history=history", "--cache=cache"]
    assert poolgate(["audit", "backend", "--config=poolgate.yaml", "--exit-zero", *history, *also]) == 130
    report = json.loads(Path("report.json").read_text())
    assert report["summary"]["conclusion"] == "incomplete"
    assert report["summary"]["partial"] == {"by": "SIGINT", "judged": 0, "states": 4, "all_listed": False}
    assert {f"{stack['project']}/{stack['stack']}": stack["standing"] for stack in report["stacks"]} == {
        f"{project}/{stack}": "not read" for project in ("embedder", "ranker") for stack in ("dev", "prod")
    }
    said = "stopped by SIGINT while states were being listed: 4 states had been found by then, and none was judged"
    assert f"partial: {said}; nothing is known of the others" in " ".join(capsys.readouterr().out.split())
    silent = [name for name in FORMATS if said not in " ".join(Path(f"report.{name}").read_text("utf-8").split())]
    assert silent == ["json"]
    assert not list(Path("history").rglob("*.parquet"))
    assert not list(Path().glob("cache/*"))


def test_what_is_stopped_while_states_are_told_apart_has_listed_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        (tmp_path / f"{name}.json").write_bytes(state(name))
    interrupted(run, "name_of", "second", monkeypatch)
    assert poolgate(["audit", "--no-config", "--format=json", str(tmp_path)]) == 130
    report = json.loads(capsys.readouterr().out)
    assert report["summary"]["partial"] == {"by": "SIGINT", "judged": 0, "states": 2, "all_listed": True}
    assert report["summary"]["accounts"]["not read"] == 2


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_does_not_answer_the_listing_is_not_waited_for(
    tmp_path: Path, by: signal.Signals, interruptible: None
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"s3://bucket?endpoint=http://127.0.0.1:{server.getsockname()[1]}&anonymous=true"
        command = [sys.executable, "-m", "poolgate", "audit", "--no-config", "--format=json", address]
        environment = os.environ | {"AWS_REGION": "eu-west-1"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
            server.settimeout(LIMIT)
            asked, _ = server.accept()
            process.send_signal(by)
            out, err = process.communicate(timeout=LIMIT)
            asked.close()
    report = json.loads(out)
    assert (process.returncode, err) == (128 + by, b"")
    assert report["summary"]["partial"] == {"by": by.name, "judged": 0, "states": 0, "all_listed": False}


class Endless(BaseHTTPRequestHandler):
    """A bucket with a page of stacks, after which the next one never comes."""

    asked_for_more = threading.Event()

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "prefix" not in query:
            self.send_error(404)
            return
        if "continuation-token" in query:
            self.asked_for_more.set()
            time.sleep(LIMIT)
            return
        keys = [f".pulumi/stacks/shop/s{number}.json" for number in range(999)] + [".pulumi/stacks/scratch/dev.json"]
        is_of_stacks = query["prefix"] == [".pulumi/stacks/"]
        about = "<LastModified>2026-11-20T10:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag><Size>9</Size>"
        listed = "".join(f"<Contents><Key>{key}</Key>{about}</Contents>" for key in keys if is_of_stacks)
        more = (
            "true</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
            if is_of_stacks
            else "false</IsTruncated>"
        )
        content = f"<ListBucketResult><Name>bucket</Name><IsTruncated>{more}{listed}</ListBucketResult>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def test_a_bucket_whose_listing_is_stopped_names_what_was_listed(tmp_path: Path, interruptible: None) -> None:
    (tmp_path / "poolgate.yaml").write_text("exclude: [scratch]\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"s3://bucket?endpoint=http://127.0.0.1:{server.server_port}&anonymous=true"
        command = [sys.executable, "-m", "poolgate", "audit", "--config=poolgate.yaml", "--format=json", address]
        environment = os.environ | {"AWS_REGION": "eu-west-1"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=tmp_path
        ) as process:
            assert Endless.asked_for_more.wait(LIMIT)
            time.sleep(1.5)  # for what was met to be heard of, on a machine that is busy
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=LIMIT)
        server.shutdown()
    report = json.loads(out)
    assert (process.returncode, err) == (130, b"")
    assert report["summary"]["partial"] == {"by": "SIGINT", "judged": 0, "states": 999, "all_listed": False}
    assert {(one["project"], one["stack"], one["standing"]) for one in report["stacks"]} == {
        ("shop", f"s{number}", "not read") for number in range(999)
    }


def test_a_shard_that_is_stopped_before_it_knows_its_own_comes_to_no_verdict(
    backend: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(backend.parent)
    common = ["backend", "--no-config", "--format=json"]
    poolgate(["audit", *common, "--shard=1/2", "--output=1.json"])
    interrupted(listing, "_entries", "scratch", monkeypatch)
    assert poolgate(["audit", *common, "--shard=2/2", "--output=2.json"]) == 130
    assert "error: stopped by SIGINT before it came to a verdict" in capsys.readouterr().err
    assert poolgate(["merge", "--no-config", "1.json", "2.json"]) == 2
    said = "shard 2/2 came to no verdict: stopped by SIGINT before it came to a verdict"
    assert said in capsys.readouterr().err
    assert poolgate(["merge", "--no-config", "--partial", "1.json", "2.json"]) == 3


def audited(folder: Path, sources: Sequence[Path]) -> str:
    command = [sys.executable, "-m", "poolgate", "audit", "--no-config", "--format=json", *map(str, sources)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
