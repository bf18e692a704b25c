"""Runs one Pulumi program, as the official `pulumi-language-python-exec` does.

A script, not a module of poolgate: the *program's* interpreter runs it, in the program's virtual
environment, where poolgate is not installed. It imports the standard library and the Pulumi SDK only, and
takes the official script's arguments (source: pulumi/pulumi, `sdk/python/cmd/pulumi-language-python-exec`,
v3.255.0), so that either may stand in for the other. It works with Pulumi SDKs from 3.142 on.

Exit codes: 0 the program ran; 32 an error was reported to the engine and the language host has nothing to
add; 1 anything else, a `RunError` among them; a program's own `sys.exit(n)` keeps its n.

In one thing it goes beyond the official script, for which any end with exit code 0 is a good one: a program's own
`sys.exit(0)` is an error, because what it registers is not waited for, and whoever started the runner is told through
a pipe (`program_end`) that the end was reached.
"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import functools
import gc
import importlib.machinery
import inspect
import logging
import os
import pathlib
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, List, Optional  # noqa: UP035 - the program's Python may be older than ours

# A script's own folder is first on the import path. Ours holds modules with everyday names (engine,
# workspace) that must not shadow what the program has installed.
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
if __name__ == "__main__" and sys.path and os.path.abspath(sys.path[0]) == _HERE:  # noqa: PTH100
    del sys.path[0]

ALREADY_REPORTED = 32

EARLY_END = "the program ended before it had registered its stack's outputs"
"""What is said of a program that ends as if all were well, and has not got to its end."""

END_VARIABLE = "POOLGATE_PROGRAM_END"
"""The variable that names the descriptor of the pipe that tells of the end; the program does not see it."""

_NO_SDK = """
The Pulumi SDK cannot be imported by {python}.
Install the program's dependencies, pulumi among them, into that environment: `pulumi install` in the project does."""

UNANSWERED_READS = "poolgate-unanswered-reads"
"""The feature of a monitor that answers a read with unknown values where it has no answer. No engine has it."""

UNSET_VARIABLES = "environment variables that the program asks for and that are not set: "
"""How the line begins on stderr that names them, for a monitor that lets reads go on."""

# What Pulumi writes for a text that is not known yet.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# Official options, each with one value. `tracing` is accepted and unused: the sandbox traces nothing.
_OPTIONS = (
    "project",
    "root_directory",
    "stack",
    "parallel",
    "dry_run",
    "pwd",
    "monitor",
    "engine",
    "tracing",
    "organization",
)


@functools.lru_cache(maxsize=None)  # noqa: UP033 - the program's Python may be older than ours
def parser() -> argparse.ArgumentParser:
    """What reads the command line, made once."""
    made = argparse.ArgumentParser(prog="program_exec.py", description="Run a Pulumi program written in Python.")
    for option in _OPTIONS:
        made.add_argument(f"--{option}")
    made.add_argument("program")
    made.add_argument("args", nargs="*")
    return made


def parse_arguments(argv: Optional[List[str]] = None) -> argparse.Namespace:  # noqa: UP006, UP045
    """Read the command line: the official options, then the program and its own arguments."""
    return parser().parse_args(argv)


def entry_file(program: str) -> str:
    """The absolute path of the file that runs: a folder stands for its `__main__.py`."""
    is_script = bool(os.path.splitext(program)[1])  # noqa: PTH122
    return os.path.abspath(program if is_script else os.path.join(program, "__main__.py"))  # noqa: PTH100, PTH118


def users_traceback(program_file: str) -> str:
    """The current exception's traceback from the program's first frame on; all of it if it has none."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    for index, frame in enumerate(frames):
        if os.path.abspath(frame.filename) == program_file:  # noqa: PTH100
            return traceback.format_exc(limit=index - len(frames))
    return traceback.format_exc()


def configure(arguments: argparse.Namespace, monitor: Any = None, engine: Any = None) -> None:
    """Point the SDK's global settings at this run: configuration, engine, monitor, names.

    Without `monitor` and `engine` they are where the arguments say.
    """
    import pulumi.runtime as runtime

    runtime.set_all_config(runtime.get_config_env(), runtime.get_config_secret_keys_env())
    wanted = {
        "monitor": arguments.monitor if monitor is None else monitor,
        "engine": arguments.engine if engine is None else engine,
        "project": arguments.project,
        "stack": arguments.stack,
        "parallel": None if arguments.parallel is None else int(arguments.parallel),
        "dry_run": arguments.dry_run == "true",
        "organization": arguments.organization,
        "root_directory": arguments.root_directory,
    }
    # Older SDKs lack some of the settings.
    known = inspect.signature(runtime.Settings.__init__).parameters
    settings: dict[str, Any] = {name: value for name, value in wanted.items() if name in known}
    runtime.configure(runtime.Settings(**settings))


class _Unknowns(dict):  # type: ignore[type-arg]  # the program's Python may be older than ours
    """What a read returned that has no answer: whatever is looked up in it is not known."""

    def __missing__(self, key: object) -> str:
        return _UNKNOWN

    def get(self, key: object, default: object = None) -> object:
        return super().get(key, _UNKNOWN)


def _unknown_result(typ: Any) -> Any:
    """The result of a read that has no answer, of the type that the program expects; its texts are unknown."""
    from pulumi import _types
    from pulumi.runtime import rpc

    if typ is None:
        return _Unknowns()
    texts = {name: _UNKNOWN for name, kind in _types.output_type_types(typ).items() if kind is str}
    return rpc.translate_output_properties(texts, lambda name: name, typ)


def _line_of_program(root: str) -> Any:
    """File and line of the innermost frame in the project's own files; None if there is none."""
    frame = sys._getframe(2)
    while frame is not None:
        file = os.path.abspath(frame.f_code.co_filename)  # noqa: PTH100
        if file.startswith(root + os.sep) and "site-packages" not in file.split(os.sep):  # noqa: PTH206
            return file, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return None


def let_reads_go_on(root: str) -> None:
    """Tell the monitor the line of each function call, and go on with unknown values where it has no answer.

    Only with a monitor that does so (`poolgate check`), and an SDK that knows unknown answers (from 3.272 on); with any
    other a read that has no answer is the error that it always was.
    """
    import pulumi.runtime
    from pulumi.runtime import settings
    from pulumi.runtime.proto import resource_pb2

    monitor: Any = settings.get_monitor()
    response = getattr(resource_pb2, "ResourceInvokeResponse", None)
    if not _is_a_check(monitor) or response is None or "unknown" not in response.DESCRIPTOR.fields_by_name:
        return
    reading: contextvars.ContextVar[Any] = contextvars.ContextVar("reading", default=None)
    invoke_rpc = monitor.Invoke

    def invoke_with_line(request: Any, *arguments: Any, **options: Any) -> Any:
        call = reading.get()
        if call and call["line"]:
            file, line = call["line"]
            request.sourcePosition.uri = pathlib.Path(file).as_uri()
            request.sourcePosition.line = line
        answer = invoke_rpc(request, *arguments, **options)
        if call:
            call["is_unanswered"] = answer.unknown
        return answer

    monitor.Invoke = invoke_with_line

    def wrapped(function: Any, is_plain: bool) -> Any:
        @functools.wraps(function)
        def invoke(tok: str, props: Any, opts: Any = None, typ: Any = None, *more: Any, **options: Any) -> Any:
            call = {"line": _line_of_program(root), "is_unanswered": False}
            token = reading.set(call)
            try:
                result = function(tok, props, opts, typ, *more, **options)
            finally:
                reading.reset(token)
            if is_plain and call["is_unanswered"]:
                result.value = _unknown_result(typ)
            return result

        return invoke

    for name in ("invoke", "invoke_output", "invoke_async"):
        if hasattr(pulumi.runtime, name):
            setattr(pulumi.runtime, name, wrapped(getattr(pulumi.runtime, name), name == "invoke"))


def _is_a_check(monitor: Any) -> bool:
    """Whether the monitor is that of `poolgate check`, and no engine's."""
    from pulumi.runtime.proto import resource_pb2

    asked = resource_pb2.SupportsFeatureRequest(id=UNANSWERED_READS)
    return monitor is not None and bool(monitor.SupportsFeature(asked).hasSupport)


def watch_variables(root: str) -> Callable[[], None]:
    """Remember the environment variables that the program's own files get None for; returns what tells of them.

    Such a None becomes a property that is left out, and the program runs on as if nobody had wanted it.
    """
    from pulumi.runtime import settings

    unset: List[str] = []  # noqa: UP006
    variables = type(os.environ)
    get = variables.get

    def watched(self: Any, key: Any, default: Any = None) -> Any:
        value = get(self, key, default)
        if value is None and self is os.environ and isinstance(key, str) and key.isidentifier():
            caller = sys._getframe(1)
            if caller.f_code is os.getenv.__code__ and caller.f_back is not None:
                caller = caller.f_back
            file = os.path.abspath(caller.f_code.co_filename)  # noqa: PTH100
            is_own = file.startswith(root + os.sep) and "site-packages" not in file.split(os.sep)  # noqa: PTH206
            if is_own and key not in unset:
                unset.append(key)
        return value

    def tell() -> None:
        variables.get = get  # type: ignore[method-assign]
        if unset:
            print(UNSET_VARIABLES + ", ".join(unset), file=sys.stderr, flush=True)  # noqa: T201

    if _is_a_check(settings.get_monitor()):
        variables.get = watched  # type: ignore[method-assign]
    return tell


def run_program(program: str) -> None:
    """Run the program as `__main__`; a folder without one is reported and ends the process."""
    import pulumi

    if os.path.isdir(program) and not importlib.machinery.PathFinder.find_spec("__main__", [program]):  # noqa: PTH112
        where = os.path.abspath(program)  # noqa: PTH100
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{where}`")
        raise SystemExit(ALREADY_REPORTED)
    runpy.run_path(program, run_name="__main__")


def run_to_the_end(arguments: argparse.Namespace, loop: asyncio.AbstractEventLoop) -> int:
    """Run the program in its stack resource until nothing is outstanding; report what it raises."""
    import pulumi
    import pulumi.runtime

    # A failing program leaves futures nobody awaits; asyncio would complain about each of them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    program_file = entry_file(arguments.program)
    asyncio.set_event_loop(loop)
    workers = None
    if arguments.parallel is not None:
        workers = ThreadPoolExecutor(max_workers=max(int(arguments.parallel), 1) * 4)
        loop.set_default_executor(workers)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: run_program(arguments.program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except SystemExit as end:
        if end.code:
            raise
        pulumi.log.error(EARLY_END + ":\n" + users_traceback(program_file))
        return ALREADY_REPORTED
    except Exception:
        pulumi.log.error("Program failed with an unhandled exception:\n" + users_traceback(program_file))
        return ALREADY_REPORTED
    finally:
        if workers is not None:
            workers.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def end_teller() -> Callable[[int], None]:
    """Tells whoever started the runner that it got to its end, and with which code.

    Neither processes that the program starts nor one that it becomes can tell it.
    """
    descriptor = os.environ.pop(END_VARIABLE, "")
    process = os.getpid()
    if descriptor:
        os.set_inheritable(int(descriptor), False)

    def tell(code: int) -> None:
        if descriptor and os.getpid() == process:
            os.write(int(descriptor), str(code).encode())

    return tell


def main(
    monitor: Any = None,
    engine: Any = None,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> int:
    """Configure the SDK, take the program's place on the command line and in its folder, and run it.

    `monitor` and `engine` are stubs of the SDK, for a program that does not find them at an address. It runs in the
    loop that `new_loop` makes.
    """
    tell_end = end_teller()
    arguments = parse_arguments()
    # What an import of the SDK makes is there to stay: a fifth of a start would go to looking for garbage in it.
    collects = gc.isenabled()
    gc.disable()
    try:
        import pulumi.runtime  # noqa: F401 - only to see whether it is there
    except ImportError:
        print(traceback.format_exc(), file=sys.stderr)  # noqa: T201
        print(_NO_SDK.format(python=sys.executable), file=sys.stderr)  # noqa: T201
        return 1
    gc.freeze()
    if collects:
        gc.enable()
    configure(arguments, monitor, engine)
    tell_of_variables = None
    if arguments.root_directory:
        root = os.path.abspath(arguments.root_directory)  # noqa: PTH100
        let_reads_go_on(root)
        tell_of_variables = watch_variables(root)
    sys.argv = [arguments.program, *arguments.args]
    if arguments.pwd is not None:
        os.chdir(arguments.pwd)
    code = run_to_the_end(arguments, new_loop())
    if tell_of_variables is not None:
        tell_of_variables()
    tell_end(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
