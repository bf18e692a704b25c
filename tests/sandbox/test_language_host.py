"""Our language host against a transcript of the official one, and how it starts and ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, language_pb2, language_pb2_grpc

from poolgate.errors import UsageError
from poolgate.sandbox import language_host
from poolgate.sandbox.policy_proxy import PolicyProxy, start_limit

TRANSCRIPT = json.loads((Path(__file__).parent / "official_host.json").read_text(encoding="utf-8"))
CASES = {case["id"]: case for case in TRANSCRIPT["cases"]}
ENGINE = "127.0.0.1:4000"
LIMIT = 60

# Stands where a program's interpreter stands: notes how it was started, and ends as it is told to.
INTERPRETER = """\
import json, os, sys
arguments = sys.argv[1:]
if arguments[:1] == ["-c"]:
    print("/the/python\\n3.11.99" if "platform" in arguments[1] else {packages!r})
    sys.exit()
names = ["VIRTUAL_ENV", "PYTHONHOME", "PATH", "FROM_ENGINE"]
names += [f"PULUMI_{{name}}" for name in
          ("CONFIG", "CONFIG_SECRET_KEYS", "STACK", "PROJECT", "ORGANIZATION", "DRY_RUN")]
record = {{"argv": arguments, "cwd": os.getcwd(), "environment": {{name: os.environ.get(name) for name in names}}}}
with open({record!r} + ".new", "w") as file:
    json.dump(record, file)
os.replace({record!r} + ".new", {record!r})
code = {code}
if code < 0:
    os.kill(os.getpid(), -code)
if "pulumi.policy" in arguments:
    os.environ["PULUMI_RECORD"] = {record!r}
    exec(open({pack!r}).read())
print("out", flush=True)
import time
time.sleep(0.3)  # two streams have no common order otherwise
print("err", file=sys.stderr, flush=True)
if {tells_end} and "POOLGATE_PROGRAM_END" in os.environ:
    os.write(int(os.environ["POOLGATE_PROGRAM_END"]), str(code).encode())
sys.exit(code)
"""

# A policy pack of another make: an Analyzer service that notes which calls reach it.
PACK = """\
import os, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
import grpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    def note(self, name):
        with open(os.environ["PULUMI_RECORD"] + ".calls", "a") as file:
            file.write(name + "\\n")
    def ConfigureStack(self, request, context):
        self.note("ConfigureStack")
        return analyzer_pb2.AnalyzerStackConfigureResponse()
    def GetAnalyzerInfo(self, request, context):
        self.note("GetAnalyzerInfo")
        return analyzer_pb2.AnalyzerInfo(name="recorded", version="1.2.3")
    def Analyze(self, request, context):
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not like this")

server = grpc.server(ThreadPoolExecutor())
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
print("pack out", flush=True)
server.wait_for_termination()
"""


@dataclass
class Stage:
    """A project with an interpreter that records, and our host to call."""

    root: Path
    stub: language_pb2_grpc.LanguageRuntimeStub
    host: language_host.LanguageHost

    @property
    def record(self) -> Path:
        return self.root.parent / "record.json"

    @property
    def places(self) -> dict[str, str]:
        return {
            "{root}": str(self.root),
            "{venv}": str(self.root / "venv"),
            "{exec}": str(language_host.PROGRAM_EXEC),
            "{engine}": ENGINE,
            "{host}": str(Path.cwd()),
        }

    def fill(self, value: Any) -> Any:
        """Placeholders replaced by this stage's places, in any JSON value."""
        text = json.dumps(value)
        for name, place in self.places.items():
            text = text.replace(name, place)
        return json.loads(text)

    def recorded(self) -> dict[str, Any]:
        end = time.monotonic() + LIMIT
        while not self.record.exists():
            assert time.monotonic() < end, "nothing was started"
            time.sleep(0.02)
        found: dict[str, Any] = json.loads(self.record.read_text())
        return found

    def set_up(self, *, code: int = 0, tells_end: bool = True, installed: dict[str, Any] | None = None) -> None:
        packages = self.root.parent / "packages"
        for name, facts in (installed or {}).items():
            folder = packages / f"{name}-{facts['version'].replace('!', '_')}.dist-info"
            folder.mkdir(parents=True)
            requires = "".join(f"Requires-Dist: {each}\n" for each in facts.get("requires", ()))
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {facts['version']}\n{requires}"
            (folder / "METADATA").write_text(metadata)
            if "plugin" in facts:
                (packages / name).mkdir()
                (packages / name / "pulumi-plugin.json").write_text(json.dumps(facts["plugin"]))
        pack = self.root.parent / "pack.py"
        pack.write_text(PACK)
        script = self.root.parent / "interpreter.py"
        script.write_text(
            INTERPRETER.format(
                packages=str(packages), record=str(self.record), code=code, pack=str(pack), tells_end=tells_end
            )
        )
        python = self.root / "venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        python.chmod(0o755)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONHOME", "/nowhere")  # would keep every interpreter from starting
    root = tmp_path / "root"
    for folder in (root / "venv" / "bin", root / "src"):
        folder.mkdir(parents=True)
    server, host, port = language_host.serve(ENGINE)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Stage(root, language_pb2_grpc.LanguageRuntimeStub(channel), host)
        host.children.end_all(for_good=True)
        server.stop(grace=None).wait(LIMIT)


REQUESTS: dict[str, type[Any]] = {
    "Handshake": language_pb2.LanguageHandshakeRequest,
    "Run": language_pb2.RunRequest,
    "GetRequiredPackages": language_pb2.GetRequiredPackagesRequest,
    "GetRequiredPlugins": language_pb2.GetRequiredPluginsRequest,
    "GetProgramDependencies": language_pb2.GetProgramDependenciesRequest,
    "About": language_pb2.AboutRequest,
    "RuntimeOptionsPrompts": language_pb2.RuntimeOptionsRequest,
    "RunPlugin": language_pb2.RunPluginRequest,
}


def call(stage: Stage, name: str, request: Any) -> dict[str, Any]:
    """What the call answers: `response`, `stream`, or `error_code` and `error`."""
    try:
        answer = getattr(stage.stub, name)(ParseDict(request, REQUESTS[name]()), timeout=LIMIT)
        if name == "RunPlugin":
            return {"stream": [spoken(message) for message in answer]}
        return {"response": MessageToDict(answer)}
    except grpc.RpcError as error:
        return {"error_code": error.code().name, "error": error.details()}


def spoken(message: language_pb2.RunPluginResponse) -> dict[str, Any]:
    kind = message.WhichOneof("output")
    assert kind is not None
    value = getattr(message, kind)
    return {kind: value if isinstance(value, int) else value.decode()}


def seen_environment(record: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The variables that are asked for, those that hold JSON parsed."""
    found = {name: record["environment"].get(name) for name in expected}
    return {
        name: json.loads(value) if value and not isinstance(expected[name], str) else value
        for name, value in found.items()
    }


def observe(stage: Stage, answer: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The same things that a case expects, as they came out."""
    result: dict[str, Any] = {key: answer.get(key) for key in expected if key in answer}
    if "error_has" in expected:
        result["error_has"] = [part for part in expected["error_has"] if part in answer.get("error", "")]
    if "engine_address" in expected:
        result["engine_address"] = stage.host.engine_address
    if not {"argv", "cwd", "environment", "path_begins", "interpreter_options"} & expected.keys():
        return result
    record = stage.recorded()
    result["interpreter_options"] = [word for word in record["argv"][:1] if word.startswith("-")]
    result["argv"] = record["argv"][len(result["interpreter_options"]) :]
    result["cwd"] = record["cwd"]
    result["environment"] = seen_environment(record, expected.get("environment", {}))
    result["path_begins"] = record["environment"]["PATH"].split(":")[0]
    return {key: result.get(key) for key in expected}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_our_host_does_what_the_transcript_says(stage: Stage, case: dict[str, Any]) -> None:
    given = {"code": "exit_code", "tells_end": "tells_end", "installed": "installed"}
    stage.set_up(**{name: case[key] for name, key in given.items() if key in case})
    for name in case.get("files", ()):
        (stage.root / name).touch()
    answer = call(stage, case["call"], stage.fill(case["request"]))
    expected = stage.fill(case["expect"])
    assert observe(stage, answer, expected) == expected, answer


def test_the_transcript_is_complete_and_sourced() -> None:
    for case in [*TRANSCRIPT["cases"], TRANSCRIPT["pack"]]:
        keys = {part.partition(":")[0].strip() for part in case["source"].split(";")}
        assert keys <= TRANSCRIPT["sources"].keys(), case
        assert ("differs" in case) == ("official" in case), case
        assert "official" not in case or case["official"] != case["expect"]
    ours = {name for name in vars(language_host.LanguageHost) if name[0].isupper()}
    covered = {case["call"] for case in CASES.values()} | {"GetPluginInfo", "Template", "Cancel"}
    assert ours - covered == {"InstallDependencies"}  # tested below, with a real environment


def start_pack(stage: Stage) -> tuple[Any, Iterator[Any], Any]:
    """Run the transcript's pack up to where the host has told its port."""
    request = ParseDict(stage.fill(TRANSCRIPT["pack"]["request"]), language_pb2.RunPluginRequest())
    messages = stage.stub.RunPlugin(request, timeout=LIMIT)
    first = spoken(next(messages))
    channel = grpc.insecure_channel(f"127.0.0.1:{int(first['stdout'])}")
    return messages, messages, analyzer_pb2_grpc.AnalyzerStub(channel)


def test_a_pack_is_started_once_its_stack_is_known(stage: Stage) -> None:
    transcript = stage.fill(TRANSCRIPT["pack"])
    stage.set_up()
    order = ["the host prints the port of its own Analyzer service"]
    messages, stream, analyzer = start_pack(stage)

    answer = analyzer.Handshake(analyzer_pb2.AnalyzerHandshakeRequest(engine_address=ENGINE), timeout=LIMIT)
    assert MessageToDict(answer) == {}
    order.append("Handshake is answered by the host")
    time.sleep(0.5)
    assert not stage.record.exists()
    order.append("no pack runs before ConfigureStack")

    configuration = ParseDict(transcript["configuration"], analyzer_pb2.AnalyzerStackConfigureRequest())
    analyzer.ConfigureStack(configuration, timeout=LIMIT)
    order.append("ConfigureStack is answered by the host")
    expected = transcript["expect"]
    record = stage.recorded()
    order.append("the pack is started")
    assert record["argv"] == expected["argv"]
    assert record["cwd"] == expected["cwd"]
    assert seen_environment(record, expected["environment"]) == expected["environment"]

    info = analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=LIMIT)
    assert (info.name, info.version) == ("recorded", "1.2.3")
    calls = Path(f"{stage.record}.calls").read_text().splitlines()
    assert calls == expected["calls"]
    order += ["the pack gets ConfigureStack", "other calls are passed on"]
    assert order == transcript["order"]

    with pytest.raises(grpc.RpcError) as caught:
        analyzer.Analyze(analyzer_pb2.AnalyzeRequest(), timeout=LIMIT)
    assert (caught.value.code(), caught.value.details()) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "not like this",
    )
    assert spoken(next(stream)) == {"stdout": "pack out\n"}
    (pack,) = stage.host.children._running
    messages.cancel()
    assert pack.wait(LIMIT) == -signal.SIGKILL


def test_a_pack_that_is_asked_before_its_stack_is_known_starts_without(stage: Stage) -> None:
    stage.set_up()
    messages, _, analyzer = start_pack(stage)
    assert analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=LIMIT).name == "recorded"
    assert stage.recorded()["environment"]["PULUMI_PROJECT"] is None
    assert Path(f"{stage.record}.calls").read_text() == "GetAnalyzerInfo\n"
    messages.cancel()


@pytest.mark.parametrize(
    ("script", "reason", "said"),
    [
        (
            "echo 'no module named pulumi' >&2; exit 3",
            "policy pack not started",
            [{"stderr": "no module named pulumi\n"}, {"exitcode": 3}],
        ),
        ("echo hello; exit 3", "its first line of output is 'hello' and not its port", [{"exitcode": 3}]),
    ],
    ids=["ends", "prints something else"],
)
def test_a_pack_that_does_not_serve_fails_the_waiting_call(
    stage: Stage, script: str, reason: str, said: list[dict[str, Any]]
) -> None:
    stage.set_up()
    (stage.root / "venv" / "bin" / "python").write_text(f"#!/bin/sh\n{script}\n")
    _, stream, analyzer = start_pack(stage)
    with pytest.raises(grpc.RpcError) as caught:
        analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=LIMIT)
    assert reason in (caught.value.details() or "")
    assert [spoken(message) for message in stream] == said


def test_a_pack_that_never_prints_its_port_is_given_up() -> None:
    proxy = PolicyProxy(start_limit=0.3)
    proxy.serve()
    try:
        address = f"127.0.0.1:{proxy.port}"
        with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError) as caught:
            analyzer_pb2_grpc.AnalyzerStub(channel).GetAnalyzerInfo(empty_pb2.Empty(), timeout=LIMIT)
        assert "did not print its port within" in (caught.value.details() or "")
    finally:
        proxy.stop()


@pytest.mark.parametrize("limit", ["soon", "0", "inf", "-1"])
def test_a_limit_for_packs_that_is_none_is_refused(limit: str) -> None:
    with pytest.raises(UsageError, match=f"POOLGATE_PACK_LIMIT is '{limit}', expected a number of seconds above 0"):
        start_limit({"POOLGATE_PACK_LIMIT": limit})


def test_dependencies_are_installed_with_what_is_said_on_the_way(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = Path(sys.executable).with_name("uv")
    monkeypatch.setattr(language_host.environments.shutil, "which", lambda name: str(uv))
    request = ParseDict(
        {"info": {"rootDirectory": str(stage.root), "programDirectory": str(stage.root / "src")}},
        language_pb2.InstallDependenciesRequest(),
    )
    request.info.options.update({"virtualenv": "made"})
    (stage.root / "src" / "requirements.txt").write_text("# nothing\n")
    said = b"".join(message.stdout for message in stage.stub.InstallDependencies(request, timeout=120))
    assert said.startswith(b"Installing dependencies...\n\n")
    assert said.endswith(b"Finished installing dependencies\n\n")
    assert (stage.root / "made" / "bin" / "python").is_file()

    (stage.root / "src" / "requirements.txt").write_text("./no-such-folder\n")
    with pytest.raises(grpc.RpcError) as caught:
        list(stage.stub.InstallDependencies(request, timeout=120))
    assert "installing dependencies via" in (caught.value.details() or "")


def test_a_run_that_the_engine_gives_up_is_ended(stage: Stage) -> None:
    stage.set_up()
    (stage.root / "venv" / "bin" / "python").write_text("#!/bin/sh\nexec sleep 300\n")
    request = ParseDict(stage.fill(CASES["run-is-unbuffered"]["request"]), language_pb2.RunRequest())
    running = stage.stub.Run.future(request)
    end = time.monotonic() + LIMIT
    while not stage.host.children._running:
        assert time.monotonic() < end
        time.sleep(0.02)
    (process,) = stage.host.children._running
    running.cancel()
    assert process.wait(LIMIT) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.29.0", "v3.29.0"),
        ("1", "v1.0.0"),
        ("1.2.3.4", "v1.2.3.4"),
        ("1.2.3b1", "v1.2.3-beta.1"),
        ("1.2.3rc1.dev2", "v1.2.3-rc.1+dev2"),
        ("1.2.3.post4", "v1.2.3+post4"),
        ("1!1.0", None),
        ("1.0+local", None),
        ("", None),
    ],
)
def test_plugin_versions(version: str, expected: str | None) -> None:
    assert language_host.plugin_version(version) == expected


def start_host() -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "poolgate.sandbox.language_host", "--tracing=x", ENGINE]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_host_tells_its_port_first_and_ends_without_a_word(number: signal.Signals) -> None:
    process = start_host()
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            info = language_pb2_grpc.LanguageRuntimeStub(channel).GetPluginInfo(empty_pb2.Empty(), timeout=LIMIT)
        assert info.version.startswith("3.")
        process.send_signal(number)
        assert process.communicate(timeout=LIMIT) == ("", "")
        assert process.returncode == 0
    finally:
        process.kill()


def test_the_host_ends_with_the_engine_that_started_it(tmp_path: Path) -> None:
    script = (
        f'"{sys.executable}" -P -m poolgate.sandbox.language_host {ENGINE} >"{tmp_path}/port" & '
        f'echo $! >"{tmp_path}/pid"; while [ ! -s "{tmp_path}/port" ]; do sleep 0.1; done'
    )
    subprocess.run(["sh", "-c", script], timeout=LIMIT, check=True)
    stat = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    end = time.monotonic() + LIMIT
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < end, "the host outlives its engine"
        time.sleep(0.1)
