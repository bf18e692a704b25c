"""What the Pulumi SDK does for an engine and a check has no use for, left out or put off in a program that was forked.

A part of a script, like `program_wire`. Each shortcut is taken where the SDK has what it replaces, from 3.142 to the
present one; what a program sees, and what is registered, is the same without them.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
import traceback
from typing import Any, Callable, List, Optional  # noqa: UP035 - the program's Python may be older than ours

_OBJECTS_BEFORE_A_COLLECTION = 50_000
"""Python looks for garbage after every 700 new objects; a resource makes some thousands, and few are garbage."""

_OF_AN_OUTPUT = frozenset(("_data", "_future", "_is_known", "_is_secret", "_resources"))


def take() -> None:
    """Take all of them, in this process."""
    gc.set_threshold(_OBJECTS_BEFORE_A_COLLECTION, *gc.get_threshold()[1:])
    _put_off_aliases()
    _wait_for_many_at_once()
    _remember_places()


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop in which the SDK's own calls of its services are made at once, each by the thread that waits for it.

    The SDK hands each to a thread of its own, of which both processes start dozens. But where the program has
    callbacks, such as transforms: those are asked, in the loop, before a call is answered.
    """
    loop: Any = asyncio.new_event_loop()
    run_in_executor = loop.run_in_executor
    has_callbacks = _callbacks()

    def run(executor: Any, function: Any, *arguments: Any) -> Any:
        is_call = executor is None and str(getattr(function, "__module__", None)).startswith("pulumi.runtime.")
        if not is_call or has_callbacks():
            return run_in_executor(executor, function, *arguments)
        done = loop.create_future()
        try:
            done.set_result(function(*arguments))
        except Exception as error:
            done.set_exception(error)
        return done

    loop.run_in_executor = run
    return loop  # type: ignore[no-any-return]


def _callbacks() -> Callable[[], bool]:
    """Tells whether the program has any function that its services may call."""
    try:
        from pulumi.runtime import _callbacks as callbacks
    except ImportError:
        return lambda: False  # an SDK that has none
    servicer: Any = getattr(callbacks, "_CallbackServicer", None)
    if servicer is None:
        return lambda: True
    begun: List[Any] = []  # noqa: UP006
    begin = servicer.__init__

    def begin_and_tell(self: Any, *arguments: Any, **options: Any) -> None:
        begun.append(self)
        begin(self, *arguments, **options)

    servicer.__init__ = begin_and_tell
    return lambda: bool(begun)


def silent_when_debugging(engine: Any) -> Any:
    """The engine's stub, which sends no message for debugging: the SDK has three for each resource."""
    from pulumi.runtime.proto import engine_pb2

    log = engine.Log

    def log_others(request: Any, *more: Any, **options: Any) -> Any:
        return None if request.severity == engine_pb2.DEBUG else log(request, *more, **options)

    engine.Log = log_others
    return engine


def silence_debugging() -> None:
    """Have the SDK make such a stub where it finds the engine at an address."""
    from pulumi.runtime.proto import engine_pb2_grpc

    made: Any = engine_pb2_grpc.EngineStub
    engine_pb2_grpc.EngineStub = lambda channel: silent_when_debugging(made(channel))  # type: ignore[assignment, misc]


def _put_off_aliases() -> None:
    """Name what a resource was called earlier when somebody asks for it.

    A resource of azure-native has had up to a hundred types, one for each version of the API. For each of them the SDK
    makes a URN at once, some ten tasks of asyncio. It needs them for children of a component that had other names, and
    for engines that cannot do so themselves.
    """
    import pulumi.runtime.resource
    from pulumi import resource
    from pulumi.runtime.proto import alias_pb2

    where: Any = resource
    runtime: Any = pulumi.runtime.resource
    if not (hasattr(where, "collapse_alias_to_urn") and hasattr(runtime, "prepare_aliases")):
        return
    urn_of, prepare, spec_of = where.collapse_alias_to_urn, runtime.prepare_aliases, runtime.create_alias_spec

    class Later(pulumi.Output):  # type: ignore[type-arg]
        """An output that is made when it is looked at."""

        def __init__(self, *what: Any) -> None:
            self.__dict__["what"] = what

        def __getattr__(self, item: str) -> Any:
            if item in _OF_AN_OUTPUT:
                self.__dict__.update(urn_of(*self.__dict__["what"]).__dict__)
                return self.__dict__[item]
            return super().__getattr__(item)

        def _untrack(self) -> None:
            _ = self._data  # to be made before the SDK takes the lock that making it takes, too
            super()._untrack()

    def collapse_alias_to_urn(alias: Any, *more: Any) -> Any:
        return Later(alias, *more) if _is_of_type(alias) else urn_of(alias, *more)

    async def prepare_aliases(res: Any, options: Optional[Any], supports_specs: bool) -> List[Any]:  # noqa: UP006, UP045
        aliases = getattr(options, "aliases", None) or ()
        if not supports_specs or not all(map(_is_of_type, aliases)):
            prepared: List[Any] = await prepare(res, options, supports_specs)  # noqa: UP006
            return prepared
        return [alias_pb2.Alias(spec=await spec_of(alias)) for alias in aliases]

    where.collapse_alias_to_urn = collapse_alias_to_urn
    runtime.prepare_aliases = prepare_aliases


def _is_of_type(alias: Any) -> bool:
    """Whether an alias is another type and nothing else, as those are that an SDK brings along."""
    import pulumi

    if type(alias) is not pulumi.Alias or not isinstance(alias.type_, str):
        return False
    parts: List[Any] = [alias.name, alias.parent, alias.stack, alias.project]  # noqa: UP006
    return all(part is ... for part in parts)


class _Asyncio:
    """asyncio for the SDK's module that waits for all outputs, which asks for those left whenever one is done.

    Of a thousand outputs that are done one after the other it would look at half a million. Here they are waited for
    until all are done, or one has failed, or some time has passed, after which new ones are looked for.
    """

    SECONDS = 0.1

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def wait(self, tasks: Any, *, timeout: Any = None, return_when: str = asyncio.ALL_COMPLETED) -> Any:
        if timeout is None and return_when == asyncio.FIRST_COMPLETED:
            timeout, return_when = self.SECONDS, asyncio.FIRST_EXCEPTION
        return await asyncio.wait(tasks, timeout=timeout, return_when=return_when)


def _wait_for_many_at_once() -> None:
    import pulumi.runtime.stack

    stack: Any = pulumi.runtime.stack
    if getattr(stack, "asyncio", None) is asyncio:
        stack.asyncio = _Asyncio()


class _Traceback:
    """traceback for the SDK's module that tells the engine of every frame on the way to a resource: without the text
    of their lines, for which every file on the way would be read.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def extract_stack(self, f: Any = None, limit: Optional[int] = None) -> Any:  # noqa: UP045
        if f is not None or limit is not None:
            return traceback.extract_stack(sys._getframe(1) if f is None else f, limit)
        frames = []
        frame: Any = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            frames.append(_frame(code.co_filename, frame.f_lineno, code.co_name))
            frame = frame.f_back
        return frames[::-1]


def _frame(file: str, line: Optional[int], function: str) -> traceback.FrameSummary:  # noqa: UP045
    return traceback.FrameSummary(file, line, function, lookup_line=False, line="")


def _remember_places() -> None:
    """Make the message that names a line of a file once: a resource names every line on the way to it."""
    import pulumi.runtime.resource

    runtime: Any = pulumi.runtime.resource
    if getattr(runtime, "traceback", None) is traceback:
        runtime.traceback = _Traceback()
    made = getattr(runtime, "_get_source_position_for_frame", None)
    if made is None:
        return

    @functools.lru_cache(maxsize=10_000)
    def at(file: str, line: Optional[int]) -> Any:  # noqa: UP045
        return made(_frame(file, line, ""))

    def position(frame: traceback.FrameSummary) -> Any:
        return at(frame.filename, frame.lineno)

    runtime._get_source_position_for_frame = position
