"""Programs that are forked from one process: as if each had been started by itself."""

from __future__ import annotations

import os
import signal
import textwrap
import threading
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from poolgate.sandbox import program_process
from poolgate.sources.program import ProgramRun, run_program
from standin.harness import azure_native_python

__all__ = ["azure_native_python"]

Run = Callable[..., ProgramRun]

THING = """
import pulumi

class Thing(pulumi.CustomResource):
    def __init__(self, name, opts=None, **props):
        super().__init__("acme:index:Thing", name, props, opts)

"""
LOOKS_AROUND = """
import builtins, gc, json, multiprocessing.process, os, signal, sys, tempfile, threading, warnings
import pulumi

def open_as(number):
    try:
        return os.readlink(f"/proc/self/fd/{number}").rstrip("0123456789[]")
    except FileNotFoundError:  # that of the folder itself
        return ""

seen = {
    "folder": os.getcwd(),
    "folder of spawned processes": multiprocessing.process.ORIGINAL_DIR,
    "temporary": tempfile.gettempdir(),
    "arguments": sys.argv,
    "path": sys.path,
    "environment": {k: v for k, v in os.environ.items() if k != "PULUMI_CONFIG"},
    "modules": sorted(name for name in sys.modules if not name.startswith("grpc.")),  # of which a fork has need of few
    "threads": [each.name for each in threading.enumerate() if not each.name.startswith("ThreadPoolExecutor")],
    "files": sorted(kind for kind in map(open_as, os.listdir("/proc/self/fd")) if kind[:1] == "/" or kind == "pipe:"),
    "handlers": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
    "leads": [os.getpid() == os.getsid(0), os.getpid() == os.getpgid(0)],
    "left": [hasattr(builtins, "left"), hasattr(pulumi, "left"), "left" in os.environ, "left" in sys.path],
    "filters": len(warnings.filters),
    "collects": gc.isenabled(),
    "input": sys.stdin.read(),
    "buffered": sys.stdout.line_buffering,
}
"""
LEAVES_MUCH = """
import builtins, os, random, signal, sys, threading, warnings
import pulumi

builtins.left = pulumi.left = True
os.environ["left"] = "yes"
sys.path.append("left")
os.chdir("/")
signal.signal(signal.SIGINT, signal.SIG_IGN)
warnings.simplefilter("ignore")
threading.Thread(target=threading.Event().wait, daemon=True).start()
open("/dev/null")
"""


SAYS_ALL = """
import atexit, threading, time
import grpc, pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import settings
from pulumi.runtime.proto import resource_pb2

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("acme:index:Group", name, None, opts)

def of_type(name):
    return pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=f"acme:{name}:Thing") for name in ("v1", "v2")])

group = Group("group", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="crowd"), "urn:pulumi:a::b::c::d"]))
first = Thing("first", of_type("first"), size=1)
inner = Thing("inner", pulumi.ResourceOptions.merge(of_type("inner"), pulumi.ResourceOptions(parent=group)))
things = [Thing(f"thing-{number}", of_type("thing"), near=first.urn) for number in range(70)]
pulumi.export("aliases", [*first._aliases, *inner._aliases, *group._aliases])
pulumi.export("apart", pulumi.Output.all(*(thing.urn for thing in things)).apply(len))

def refused(call, request):
    try:
        call(request)
    except grpc.RpcError as error:
        return [error.code().name, error.details()]

monitor = settings.get_monitor()
registration = resource_pb2.RegisterResourceRequest(type="acme:index:Thing", name="lost", parent="nobody")
pulumi.export("refused", [
    refused(monitor.RegisterResource, registration),
    refused(monitor.ExistsResource, resource_pb2.ExistsResourceRequest()),
    refused(monitor.SignalAndWaitForShutdown, empty_pb2.Empty()),
])
pulumi.log.debug("only for debugging")
pulumi.log.warn("a warning, " * 200_000)
pulumi.log.info("from the program")
atexit.register(print, "at the end")
threading.Thread(target=lambda: (time.sleep(0.3), print("from a thread"))).start()
"""
FORKS = """
import os

if not os.fork():
    pulumi.log.info("from a process of its own")
    os._exit(0)
os.wait()
Thing("thing")
pulumi.log.info("from the program")
"""
FAILS_LATE = """
import asyncio

async def late():
    await asyncio.sleep(0.3)
    raise ValueError("not today")

def more(_):
    pulumi.Output.from_input(late())

Thing("thing", size=pulumi.Output.from_input(asyncio.sleep(0.1)).apply(more))
pulumi.Output.from_input(asyncio.sleep(300))
"""


@pytest.fixture
def run(tmp_path: Path, azure_native_python: Callable[[int], Path], parents: dict[Any, Any]) -> Run:
    def start(source: str, folder: str = "project", *, timeout: float = 60.0, **config: str) -> ProgramRun:
        project = tmp_path / folder
        project.mkdir(exist_ok=True)
        (project / "__main__.py").write_text(textwrap.dedent(source), "utf-8")
        return run_program(
            project,
            project="proof",
            stack="dev",
            config={f"proof:{key}": value for key, value in config.items()},
            secret_keys=[],
            python=azure_native_python(3),
            program=project,
            timeout=timeout,
        )

    return start


ASKED_BACK = """
import asyncio, threading

MAIN = threading.main_thread()

first = Thing("first", size=1)

def later(args):
    async def wait():
        if args.name == "second":
            await first.urn.future()
            args.props["waited"] = await asyncio.to_thread(lambda: threading.current_thread() is MAIN)
        return pulumi.ResourceTransformResult(args.props, args.opts)
    return wait()

pulumi.runtime.register_resource_transform(later)
second = Thing("second", size=2)
third = Thing("third", size=3, near=second.urn)
"""
SPARES = """
import linecache, threading
from pulumi import _types
from pulumi_azure_native import machinelearningservices

def seen(_):
    return [threading.active_count(), sorted(linecache.cache)]

known = _types._types_from_py_properties.cache_info().currsize
things = [Thing(f"thing-{number}") for number in range(9)]
pulumi.export("seen", pulumi.Output.all(*(thing.urn for thing in things)).apply(seen))
pulumi.export("known", [known > 5, machinelearningservices.InferencePool.__name__])
"""


def shown(done: ProgramRun) -> Any:
    assert not done.failed, done.log
    return done.exports["seen"]


def only(parents: dict[Any, Any]) -> Any:
    (slot,) = parents.values()
    return slot.parent


def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs are started the usual way."""
    monkeypatch.setattr(program_process, "_can_fork", lambda *_: False)


def test_a_program_finds_what_it_would_find_if_it_were_started_by_itself(
    run: Run, parents: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = LOOKS_AROUND + "\npulumi.export('seen', json.dumps(seen, sort_keys=True))\n"
    assert not run(LEAVES_MUCH).failed
    forked = shown(run(source))
    assert only(parents).why_cold == ""
    anew(monkeypatch)
    assert textwrap.wrap(forked, 200) == textwrap.wrap(shown(run(source)), 200)
    assert '"left": [false, false, false, false]' in forked
    assert '"collects": true' in forked


@pytest.mark.parametrize(("source", "failed"), [(SAYS_ALL, False), (ASKED_BACK, False), (FAILS_LATE, True)])
def test_what_comes_of_it_is_the_same(run: Run, monkeypatch: pytest.MonkeyPatch, source: str, failed: bool) -> None:
    """Without gRPC between the two, and with what the SDK does for an engine alone left out."""

    def whole(done: ProgramRun) -> tuple[object, ...]:
        said = sorted((entry.severity, entry.message, entry.urn or "") for entry in done.log)
        return said, sorted(done.resources, key=attrgetter("urn")), done.exports, done.exit_code, done.failed

    forked = run(THING + source)
    anew(monkeypatch)
    assert whole(forked) == whole(run(THING + source))
    assert forked.failed is failed
    if failed:
        assert "ValueError: not today" in forked.log[-1].message
    elif source is SAYS_ALL:
        assert {"at the end", "from a thread"} <= {entry.message for entry in forked.log}
    else:
        assert [each.inputs.get("waited") for each in forked.resources if each.name == "second"] == [False]


def test_a_program_is_spared_what_a_check_has_no_use_for(run: Run) -> None:
    """It starts no thread for each call, reads no file for the lines on the way to a resource, and no hints again."""
    done = run(THING + SPARES)
    assert done.exports == {"seen": [1, []], "known": [True, "InferencePool"]}


def test_a_process_that_a_program_forks_is_heard(run: Run) -> None:
    """gRPC would hang in it now and then: what is started the usual way is not compared."""
    done = run(THING + FORKS)
    assert not done.failed, done.log
    assert [entry.message for entry in done.log] == ["from a process of its own", "from the program"]
    assert "acme:index:Thing" in {resource.type for resource in done.resources}


def test_each_has_its_own_configuration_and_folder(run: Run) -> None:
    source = (
        "import os, pulumi\npulumi.export('seen', [pulumi.Config().require('size'), os.path.basename(os.getcwd())])"
    )
    assert shown(run(source, "one", size="1")) == ["1", "one"]
    assert shown(run(source, "two", size="2")) == ["2", "two"]


def test_chance_is_not_the_same_for_all(run: Run) -> None:
    source = "import random, uuid, pulumi\npulumi.export('seen', [random.random(), str(uuid.uuid4())])"
    first, second = (shown(run(source)) for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


@pytest.mark.parametrize(
    ("source", "code"), [("raise SystemExit(7)", 7), ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15)]
)
def test_how_it_ends_is_told(run: Run, source: str, code: int) -> None:
    assert run(source).exit_code == code


def test_a_module_of_the_project_goes_before_one_of_that_name(run: Run, tmp_path: Path) -> None:
    """What the parent imports is found without the project's folder."""
    beside = tmp_path / "project" / "pulumi_azure_native"
    beside.mkdir(parents=True)
    (beside / "__init__.py").write_text("whose = 'ours'")
    source = "import pulumi, pulumi_azure_native\npulumi.export('seen', pulumi_azure_native.whose)"
    assert shown(run(source)) == "ours"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n", "starts threads"),
        ("raise RuntimeError('not today')\n", "pulumi_odd cannot be imported: RuntimeError"),
    ],
)
def test_an_sdk_that_cannot_be_forked_is_imported_by_each_program(
    run: Run, parents: dict[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    (tmp_path / "pulumi_odd.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    source = "import pulumi\ntry:\n    import pulumi_odd\nexcept RuntimeError:\n    pass\npulumi.export('seen', 'well')"
    for _ in range(2):
        assert shown(run(source)) == "well"
        assert why in only(parents).why_cold


def test_a_parent_that_can_fork_no_more_keeps_what_it_has_forked(
    run: Run, parents: dict[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pulumi_odd.py").write_text("raise RuntimeError('not today')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    go_on = tmp_path / "go-on"
    waits = f"import os, time, pulumi\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.05)\n"
    done: list[ProgramRun] = []
    thread = threading.Thread(target=lambda: done.append(run(waits + "pulumi.export('seen', 'well')", "waiting")))
    thread.start()
    while not parents or only(parents) is None or not only(parents)._children:
        thread.join(0.05)
    odd = run(
        "import pulumi\ntry:\n    import pulumi_odd\nexcept RuntimeError:\n    pulumi.export('seen', 'odd')", "odd"
    )
    assert "pulumi_odd cannot be imported" in only(parents).why_cold
    go_on.touch()
    thread.join(30)
    assert (shown(odd), shown(done[0])) == ("odd", "well")


@pytest.mark.parametrize("path", ["here", "", os.pathsep])
def test_a_search_path_that_depends_on_the_folder_is_left_to_the_interpreter(
    run: Run, parents: dict[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", path)
    (tmp_path / "project" / "here").mkdir(parents=True)
    (tmp_path / "project" / "here" / "found.py").write_text("")
    source = "import pulumi\ntry:\n    import found\nexcept ImportError:\n    found = None\n"
    assert shown(run(source + "pulumi.export('seen', found is not None)")) is (path == "here")
    assert (parents == {}) is bool(path)


def test_a_parent_that_is_killed_takes_its_program_with_it_and_the_next_one_runs(
    run: Run, parents: dict[Any, Any]
) -> None:
    assert shown(run("import os, pulumi\npulumi.export('seen', os.getppid())")) == only(parents)._process.pid
    done = run("import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(300)")
    assert done.exit_code == -signal.SIGKILL
    assert shown(run("import pulumi\npulumi.export('seen', 'well')")) == "well"
    assert only(parents).why_cold == "it has gone"


def test_what_is_left_of_a_program_ends_with_the_parent(run: Run, parents: dict[Any, Any]) -> None:
    """As when we are killed: the socket is closed, and nobody is there to end anything."""
    done: list[ProgramRun] = []
    thread = threading.Thread(target=lambda: done.append(run("import time\ntime.sleep(300)")))
    thread.start()
    while not parents or only(parents) is None or not only(parents)._children:
        thread.join(0.05)
    only(parents).close()
    thread.join(30)
    assert done[0].exit_code == -signal.SIGKILL


def test_a_process_that_is_forked_from_ours_has_parents_of_its_own(run: Run, parents: dict[Any, Any]) -> None:
    assert not run(THING).failed
    pid = os.fork()
    if not pid:
        code = 1
        try:
            signal.alarm(30)
            code = 0 if not parents and not run(THING).failed and only(parents).why_cold == "" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not run(THING).failed
    assert only(parents).why_cold == ""


def test_few_parents_are_kept(run: Run, parents: dict[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_process, "_MOST_PARENTS", 1)
    for language in ("C", "C.UTF-8"):
        monkeypatch.setenv("LANG", language)
        assert shown(run("import os, pulumi\npulumi.export('seen', os.environ['LANG'])")) == language
        assert len(parents) == 1
