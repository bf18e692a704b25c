"""A Python language host for the Pulumi engine, for where the official one is not installed.

The engine starts `pulumi-language-python ENGINE_ADDRESS`, reads a port from the first line of output and calls the
LanguageRuntime service there. What is answered, and how programs and packs are run, follows the official host
(source: pulumi/pulumi, `sdk/python/cmd/pulumi-language-python/main.go`, `sdk/python/toolchain`,
`sdk/policy_proxy.go`); a conformance test compares the two call by call and lists the few deliberate differences.

Runs as `python -P -m poolgate.sandbox.language_host ENGINE_ADDRESS`.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import Distribution, distributions, version
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final, NoReturn

import grpc
from google.protobuf.json_format import MessageToDict

from poolgate.errors import PoolgateError, UsageError
from poolgate.protocol import (
    analyzer_pb2,
    language_pb2,
    language_pb2_grpc,
    plugin_pb2,
)
from poolgate.sandbox import environments
from poolgate.sandbox.environments import EnvironmentMissingError, PythonOptions
from poolgate.sandbox.policy_proxy import UNLIMITED_MESSAGES, PolicyProxy, start_limit
from poolgate.sandbox.program_end import EARLY_END, ProgramEnd
from poolgate.sandbox.program_process import Process

PROGRAM_EXEC = Path(__file__).parent / "program_exec.py"

ALREADY_REPORTED = 32
"""Exit code of a program whose error the user has seen: the engine stops without adding a message."""

WORKERS = 32
"""Threads of a host: a program, a pack and a plugin take one each for as long as they run."""
_POLL_SECONDS = 0.5
_ASK_LIMIT = 30.0

# Pulumi packages of which the official host knows that no plugin belongs to them.
_WITHOUT_PLUGIN = frozenset({"pulumi-policy", "pulumi-esc-sdk"})

_PACKAGE_VERSION = re.compile(
    r"(?P<release>\d+(?:\.\d+)*)(?:(?P<kind>a|b|rc)(?P<number>\d*))?"
    r"(?:\.post(?P<post>\d*))?(?:\.dev(?P<dev>\d*))?"
)
_PRERELEASE = {"a": "alpha", "b": "beta", "rc": "rc"}


class Children:
    """The processes that run for the engine, so that all of them end with the host.

    `environ` is what the engine has started the host with.
    """

    out: int | None = None
    err: int | None = None
    folder: str | None = None
    """Where its output goes, and where it was started: as with the host itself, where None."""
    leads = False
    """Whether each has a session of its own. Else they are in the host's group, which the engine ends as a whole."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.environ = environ
        self._lock = threading.Lock()
        self._running: set[Process] = set()
        self._closed = False

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        cwd: str | None,
        *,
        piped: bool,
        descriptors: Sequence[int] = (),
    ) -> Process:
        """Start a process."""
        return self._added(lambda: self._started(command, environment, cwd, piped, descriptors))

    def start_program(
        self, command: Sequence[str], environment: Mapping[str, str], sources: Path, end: ProgramEnd
    ) -> Process:
        """Start the runner of a program, the files beside which are in `sources`."""
        return self.start(command, {**environment, **end.variables}, None, piped=False, descriptors=end.descriptors)

    def start_pack(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Process:
        """Start a policy pack."""
        return self.start(command, environment, str(folder), piped=True)

    def kill(self, process: Process) -> None:
        """Kill a process; nothing happens when it has ended."""
        process.send_signal(signal.SIGKILL)

    def forget(self, process: Process) -> None:
        """A process has ended."""
        with self._lock:
            self._running.discard(process)

    def end_all(self, *, for_good: bool) -> None:
        """Kill whatever runs; `for_good` refuses new ones from now on."""
        with self._lock:
            self._closed = self._closed or for_good
            for process in self._running:
                self.kill(process)

    def _added(self, start: Callable[[], Process]) -> Process:
        with self._lock:
            if self._closed:
                raise PoolgateError("the language host is ending")
            process = start()
            self._running.add(process)
        return process

    def _started(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        cwd: str | None,
        piped: bool,
        descriptors: Sequence[int],
    ) -> Process:
        return subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=cwd or self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else self.out,
            stderr=subprocess.PIPE if piped else self.err,
            start_new_session=self.leads,
            pass_fds=descriptors,
        )


def plugin_version(package_version: str) -> str | None:
    """The plugin version for a Python package version: `1.2a3` is `v1.2.0-alpha.3`; None when there is none."""
    found = _PACKAGE_VERSION.fullmatch(package_version)
    if found is None:
        return None
    segments = found["release"].split(".")
    text = ".".join(segments + ["0"] * (3 - len(segments)))
    if found["kind"]:
        text += f"-{_PRERELEASE[found['kind']]}.{found['number']}"
    suffix = "".join(name + found[name] for name in ("post", "dev") if found[name] is not None)
    return f"v{text}+{suffix}" if suffix else f"v{text}"


def normalized(name: str) -> str:
    """A distribution's name in the one spelling of PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _plugin_description(found: Distribution, name: str) -> dict[str, Any] | None:
    path = Path(str(found.locate_file(f"{name.replace('-', '_')}/pulumi-plugin.json")))
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise PoolgateError(f"{path}: {error}") from error
    return description if isinstance(description, dict) else {}


def package_dependency(found: Distribution) -> plugin_pb2.PackageDependency | None:
    """The Pulumi package that an installed distribution belongs to; None for distributions without a plugin."""
    name = normalized(found.metadata["Name"] or "")
    if name in _WITHOUT_PLUGIN:
        return None
    description = _plugin_description(found, name)
    if description is None and not name.startswith("pulumi-"):
        return None
    description = {"resource": True} if description is None else description
    if not description.get("resource"):
        return None
    stated = str(description.get("version") or "")
    plugin = f"v{stated.removeprefix('v')}" if stated else plugin_version(found.version)
    if plugin is None:
        return None
    return plugin_pb2.PackageDependency(
        name=str(description.get("name") or name.removeprefix("pulumi-")),
        kind="resource",
        version=plugin,
        server=str(description.get("server") or ""),
        parameterization=_parameterization(description.get("parameterization")),
    )


def _parameterization(given: object) -> plugin_pb2.PackageParameterization | None:
    if not isinstance(given, dict):
        return None
    from base64 import b64decode

    return plugin_pb2.PackageParameterization(
        name=str(given.get("name") or ""),
        version=str(given.get("version") or ""),
        value=b64decode(given.get("value") or ""),
    )


def required_names(found: Distribution) -> set[str]:
    """The distributions that a distribution requires without extras, in their normalized spelling."""
    names = set()
    for requirement in found.requires or ():
        if "extra ==" not in requirement:
            match = re.match(r"[A-Za-z0-9._-]+", requirement)
            if match:
                names.add(normalized(match[0]))
    return names


def run_arguments(request: language_pb2.RunRequest, engine_address: str) -> list[str]:
    """The command line of the program's runner, in the official host's order; empty values are left out."""
    options = {
        "monitor": request.monitor_address,
        "engine": engine_address,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry_run": str(request.dryRun).lower(),
        "parallel": str(request.parallel),
        "organization": request.organization,
    }
    arguments = [word for name, value in options.items() if value for word in (f"--{name}", value)]
    return [*arguments, request.info.entry_point, *request.args]


def pack_environment(configuration: bytes | None) -> dict[str, str]:
    """The variables that a policy pack reads the stack from, out of a serialized ConfigureStack request."""
    if configuration is None:
        return {}
    request = analyzer_pb2.AnalyzerStackConfigureRequest.FromString(configuration)
    given = {
        "PULUMI_ORGANIZATION": request.organization,
        "PULUMI_PROJECT": request.project,
        "PULUMI_STACK": request.stack,
        "PULUMI_DRY_RUN": str(request.dry_run).lower(),
        "PULUMI_CONFIG": _as_json(dict(request.config)) if request.config else "",
    }
    return {name: value for name, value in given.items() if value}


def _as_json(value: object) -> str:
    # Sorted, so that two runs of one program are alike to the byte.
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _variables(entries: Sequence[str]) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The LanguageRuntime service. Code generation (Pack, Link, Generate…) is not part of it."""

    def __init__(self, engine_address: str, children: Children | None = None) -> None:
        self.engine_address = engine_address
        self.children = children or Children()

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Take the engine's address, which may differ from the one on the command line."""
        self.engine_address = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: object, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The host's version: that of the Pulumi SDK whose protocol it speaks, as the engine writes versions."""
        return plugin_pb2.PluginInfo(version=(plugin_version(version("pulumi")) or "").removeprefix("v"))

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """Which interpreter runs the program."""
        options = self._options(request.info, context)
        program = "import platform, sys; print(sys.executable); print(platform.python_version())"
        environment = environments.activated(self.children.environ, options.virtualenv)
        try:
            told = environments.answer(options.python(), program, environment, limit=_ASK_LIMIT)
        except PoolgateError as error:
            _abort(context, str(error))
        executable, _, python_version = told.strip().partition("\n")
        return language_pb2.AboutResponse(executable=executable, version=python_version)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """The Pulumi packages that the program's environment has installed."""
        options = self._options(request.info, context)
        self._must_exist(options, Path(request.info.root_directory), "Pulumi.yaml", context)
        response = language_pb2.GetRequiredPackagesResponse()
        try:
            for found in self._distributions(options).values():
                dependency = package_dependency(found)
                if dependency is not None:
                    response.packages.append(dependency)
        except PoolgateError as error:
            _abort(context, str(error))
        return response

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """What is installed in the program's environment; only what nothing else requires, unless transitive."""
        options = self._options(request.info, context)
        try:
            installed = self._distributions(options)
        except PoolgateError as error:
            _abort(context, str(error))
        required: set[str] = set()
        if not request.transitiveDependencies:
            required = set().union(*(required_names(found) for found in installed.values()))
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=found.version)
                for name, found in installed.items()
                if name not in required
            ]
        )

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        """What `pulumi new` should ask: the toolchain, then the virtual environment of pip."""
        given = MessageToDict(request.info.options)
        if "toolchain" not in given:
            names = ["pip", *(["uv"] if shutil.which("uv") else [])]
            text = "The toolchain to use for installing dependencies and running the program"
            return language_pb2.RuntimeOptionsResponse(prompts=[_prompt("toolchain", text, names)])
        if given["toolchain"] == "pip" and "virtualenv" not in given:
            prompt = _prompt("virtualenv", "The virtualenv to use", ["venv"])
            return language_pb2.RuntimeOptionsResponse(prompts=[prompt])
        return language_pb2.RuntimeOptionsResponse()

    def Template(
        self, request: language_pb2.TemplateRequest, context: grpc.ServicerContext
    ) -> language_pb2.TemplateResponse:
        """Nothing to do: requirements.txt is what templates already have."""
        return language_pb2.TemplateResponse()

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Create the virtual environment and install requirements.txt into it, telling what is going on."""
        options = self._options(request.info, context)
        root = Path(request.info.root_directory)
        program = Path(request.info.program_directory or request.directory)
        if options.virtualenv is None and request.is_plugin:
            options = PythonOptions(root / "venv", "venv")
        if options.virtualenv is None:
            _abort(
                context,
                f"{root} names no virtualenv; the sandbox's language host installs nothing into {options.python()}",
            )
        requirements = program / "requirements.txt"
        existing = requirements if requirements.is_file() else None
        yield _installed("Installing dependencies...\n\n")
        commands = environments.creation_commands(options.virtualenv, existing)
        if environments.is_virtualenv(options.virtualenv):
            commands = commands[1:]  # without the one that creates it
        for command in commands:
            environment = environments.activated(self.children.environ, options.virtualenv)
            process = self.children.start(command, environment, str(program), piped=True)
            context.add_callback(partial(self.children.kill, process))
            for line in Output(process).lines():
                yield language_pb2.InstallDependenciesResponse(**line)
            self.children.forget(process)
            if process.wait() != 0:
                _abort(context, f"installing dependencies via '{' '.join(command)}': exit status {process.wait()}")
        yield _installed("Finished installing dependencies\n\n")

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Run the program to its end. Its output goes where the host's goes; the engine shows it."""
        options = self._options(request.info, context)
        self._must_exist(options, Path(request.info.root_directory), "Pulumi.yaml", context)
        environment = environments.activated(self.children.environ, options.virtualenv)
        if request.config:
            environment["PULUMI_CONFIG"] = _as_json(dict(request.config))
        environment["PULUMI_CONFIG_SECRET_KEYS"] = _as_json(list(request.configSecretKeys))
        self._typecheck(options, request.info.program_directory, environment, context)
        command = [
            str(options.python()),
            "-u",
            str(PROGRAM_EXEC),
            *run_arguments(request, self.engine_address),
        ]
        sources = Path(request.info.program_directory or request.info.root_directory)
        with ProgramEnd() as end:
            try:
                process = self.children.start_program(command, environment, sources, end)
                code = self._wait(process, context)
            except OSError as cause:
                failure = f"problem executing program (could not run language executor): {cause}"
                return language_pb2.RunResponse(error=failure)
            if code == 0 and not end.was_reached():
                return language_pb2.RunResponse(error=EARLY_END)
        if code == ALREADY_REPORTED:
            return language_pb2.RunResponse(bail=True)
        # Go, which the official host is written in, says -1 for any end by a signal.
        shown = max(code, -1)
        error = f"program exited with non-zero exit code: {shown}" if code else ""
        return language_pb2.RunResponse(error=error)

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a plugin or policy pack until it ends or the engine has done with it; its output is the answer."""
        options = self._options(request.info, context)
        if request.kind == "analyzer":
            return self._run_pack(request, options, context)
        return self._run_plugin(request, options, context)

    def Cancel(self, request: object, context: grpc.ServicerContext) -> Any:
        """The engine was interrupted: end what runs."""
        from google.protobuf.empty_pb2 import Empty

        self.children.end_all(for_good=False)
        return Empty()

    def _run_pack(
        self, request: language_pb2.RunPluginRequest, options: PythonOptions, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        pack = Path(request.info.program_directory)
        # Before the port is printed: after it, the engine would wait for an answer that never comes.
        self._must_exist(options, pack, "PulumiPolicy.yaml", context)
        try:
            proxy = PolicyProxy(start_limit(self.children.environ))
        except UsageError as error:
            _abort(context, str(error))
        proxy.serve()
        try:
            yield language_pb2.RunPluginResponse(stdout=f"{proxy.port}\n".encode())
            is_wanted, configuration = proxy.wait_for_configuration(context)
            if not is_wanted:
                return
            environment = environments.activated(_variables(request.env), options.virtualenv)
            environment.update(pack_environment(configuration))
            command = [str(options.python()), "-u", "-m", "pulumi.policy", *request.args, str(pack)]
            start = partial(self.children.start_pack, command, environment, pack)
            yield from self._stream(start, context, _PortReader(proxy))
        finally:
            proxy.stop()

    def _run_plugin(
        self, request: language_pb2.RunPluginRequest, options: PythonOptions, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        root, program = Path(request.info.root_directory), Path(request.info.program_directory)
        if options.virtualenv is None:
            options = PythonOptions(root / "venv", "venv")
        self._must_exist(options, root, "Pulumi.yaml", context)
        if (root / "__main__.py").is_file():
            target = [str(program)]
        else:
            target = ["-m", "pulumi.run.plugin", _package_name(root, context)]
        environment = environments.activated(_variables(request.env), options.virtualenv)
        command = [str(options.python()), "-u", *target, *request.args]
        start = partial(self.children.start, command, environment, request.pwd or None, piped=True)
        yield from self._stream(start, context)

    def _stream(
        self,
        start: Callable[[], Process],
        context: grpc.ServicerContext,
        first_line: Callable[[bytes], None] | None = None,
    ) -> Iterator[language_pb2.RunPluginResponse]:
        try:
            process = start()
        except OSError as error:
            _abort(context, f"problem executing plugin program (could not run language executor): {error}")
        context.add_callback(partial(self.children.kill, process))
        try:
            for line in Output(process, first_line).lines():
                yield language_pb2.RunPluginResponse(**line)
            yield language_pb2.RunPluginResponse(exitcode=max(process.wait(), -1))
        finally:
            self.children.kill(process)
            process.wait()
            self.children.forget(process)

    def _wait(self, process: Process, context: grpc.ServicerContext) -> int:
        context.add_callback(partial(self.children.kill, process))
        try:
            return process.wait()
        finally:
            self.children.forget(process)

    def _typecheck(
        self,
        options: PythonOptions,
        program: str,
        environment: Mapping[str, str],
        context: grpc.ServicerContext,
    ) -> None:
        checker = options.typechecker
        if not checker:
            return
        if checker not in self._distributions(options):
            _abort(
                context,
                f"The typechecker option is set to {checker}, but {checker} is not installed. Please add an entry "
                f"for {checker} to requirements.txt and install it into {options.written or 'your environment'}.",
            )
        command = [str(options.python()), "-m", checker, program]
        code = self._wait(self.children.start(command, environment, program, piped=False), context)
        if code:
            _abort(context, f"{checker} failed: exit status {code}")

    @staticmethod
    def _options(info: language_pb2.ProgramInfo, context: grpc.ServicerContext) -> PythonOptions:
        try:
            program = Path(info.program_directory or info.root_directory)
            return environments.read_options(Path(info.root_directory), MessageToDict(info.options), program)
        except PoolgateError as error:
            _abort(context, str(error))

    @staticmethod
    def _must_exist(options: PythonOptions, folder: Path, manifest: str, context: grpc.ServicerContext) -> None:
        if options.virtualenv is not None and not environments.is_virtualenv(options.virtualenv):
            error = EnvironmentMissingError(environments.missing_message(options, folder, manifest))
            _abort(context, str(error))

    @staticmethod
    def _distributions(options: PythonOptions) -> dict[str, Distribution]:
        found = distributions(path=environments.search_path(options.python()))
        named = ((normalized(each.metadata["Name"] or ""), each) for each in found)
        first: dict[str, Distribution] = {}
        for name, each in named:
            first.setdefault(name, each)  # an earlier folder hides a later one, as for imports
        return dict(sorted(first.items()))


class _PortReader:
    """Reads a policy pack's first line of output, its port, and joins the proxy to it."""

    def __init__(self, proxy: PolicyProxy) -> None:
        self._proxy = proxy

    def __call__(self, line: bytes) -> None:
        try:
            port = int(line)
        except ValueError:
            said = line.decode(errors="replace").strip()
            self._proxy.fail(
                f"its first line of output is {said[:200]!r} and not its port; "
                "nothing in a policy pack may print before PolicyPack(...)"
                if line
                else "could not read policy pack port: it ended first, see its error output"
            )
            return
        # Not in the reading thread: the pack may well print while it is being configured.
        threading.Thread(target=self._proxy.attach, args=(port,), daemon=True).start()


_LAST_WORDS: Final = 2.0
"""Seconds for what a pack says on stderr once it has ended without a port; what it started may hold that open."""
_ON_THE_WAY: Final = 0.2
"""Seconds for lines to reach the engine."""


class Output:
    """What a process prints, as it prints it, both streams interleaved in the order they come."""

    def __init__(self, process: Process, first_line: Callable[[bytes], None] | None = None) -> None:
        self._queue: queue.Queue[tuple[str, bytes] | None] = queue.Queue()
        assert process.stdout is not None
        assert process.stderr is not None
        readers = ((process.stdout, "stdout", first_line), (process.stderr, "stderr", None))
        self._open = len(readers)
        self._all_said = threading.Event()
        for stream, name, first in readers:
            threading.Thread(target=self._read, args=(stream, name, first), daemon=True).start()

    def _read(self, stream: IO[bytes], name: str, first_line: Callable[[bytes], None] | None) -> None:
        with stream:
            if first_line is not None:
                first = stream.readline()
                if not first:
                    # Once it hears of the end the engine listens no more: it is to have heard of the reason by then.
                    self._all_said.wait(_LAST_WORDS)
                    time.sleep(_ON_THE_WAY)
                first_line(first)
            for line in iter(stream.readline, b""):
                self._queue.put((name, line))
        self._queue.put(None)
        if name == "stderr":
            self._all_said.set()

    def lines(self) -> Iterator[dict[str, Any]]:
        """Each line as `{"stdout": …}` or `{"stderr": …}`, until both streams are closed."""
        while self._open:
            item = self._queue.get()
            if item is None:
                self._open -= 1
            else:
                yield {item[0]: item[1]}


def _abort(context: grpc.ServicerContext, message: str) -> NoReturn:
    # UNKNOWN is what an error returned by a Go service becomes.
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort raises")


def _package_name(root: Path, context: grpc.ServicerContext) -> str:
    import tomllib

    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        _abort(context, "plugin is not runnable, it provides neither __main__.py nor a buildable pyproject.toml")


def _prompt(key: str, description: str, names: Sequence[str]) -> language_pb2.RuntimeOptionPrompt:
    kind = language_pb2.RuntimeOptionPrompt.STRING
    choices = [
        language_pb2.RuntimeOptionPrompt.RuntimeOptionValue(promptType=kind, stringValue=name, displayName=name)
        for name in names
    ]
    return language_pb2.RuntimeOptionPrompt(
        key=key, description=description, promptType=kind, choices=choices, default=choices[0]
    )


def _installed(text: str) -> language_pb2.InstallDependenciesResponse:
    return language_pb2.InstallDependenciesResponse(stdout=text.encode())


def serve(
    engine_address: str,
    interceptors: Sequence[grpc.ServerInterceptor[Any, Any]] = (),
    children: Children | None = None,
    workers: ThreadPoolExecutor | None = None,
) -> tuple[grpc.Server, LanguageHost, int]:
    """Start the service on a free local port; returns the server, the host and the port."""
    workers = workers or ThreadPoolExecutor(max_workers=WORKERS)
    server = grpc.server(workers, options=UNLIMITED_MESSAGES, interceptors=list(interceptors))
    host = LanguageHost(engine_address, children)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, host, port


def run_until_ended(server: grpc.Server, host: LanguageHost, port: int) -> NoReturn:
    """Print the port, serve until a signal comes or the engine is gone, and end without a word."""
    ended = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    parent = os.getppid()
    print(port, flush=True)  # noqa: T201
    # The engine may be killed without a chance to say so; its child then gets another parent.
    while not ended.wait(_POLL_SECONDS) and os.getppid() == parent:
        pass
    host.children.end_all(for_good=True)
    server.stop(grace=None)
    sys.stdout.flush()
    # Without waiting for worker threads that sit in a read of a grandchild's pipe.
    os._exit(0)


def engine_address(words: Sequence[str]) -> str:
    """The engine's address on a command line: the last argument that is no option, as in the official host."""
    return next((word for word in reversed(words) if not word.startswith("-")), "")


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """The command."""
    run_until_ended(*serve(engine_address(sys.argv[1:] if argv is None else argv)))


if __name__ == "__main__":
    main()
