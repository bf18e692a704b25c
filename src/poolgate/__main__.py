"""`python -m poolgate`, and the `poolgate` command."""

from __future__ import annotations

import atexit
import gc
import os
import sys

_OBJECTS_BEFORE_A_COLLECTION = 100_000
"""Python looks for garbage after every 700 new objects; what a start makes, some 40,000, is there to stay."""


def main() -> int:
    """Runs the command line. The version is answered before anything heavy is imported."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from inference_pools.version import __version__

        try:
            sys.stdout.write(f"poolgate {__version__}\n")
            sys.stdout.flush()
        except (AttributeError, OSError):
            pass  # Below is what can say that it could not be written.
        else:
            return 0
    gc.set_threshold(_OBJECTS_BEFORE_A_COLLECTION)
    from poolgate.cli import run

    code = run(arguments)
    _leave(code)
    return code


def _leave(code: int) -> None:
    """Ends the process, unless there is still something for the interpreter to do.

    To take every module and object apart, it needs as long as for the lint of some hundred files. What others have
    registered for the end is done all the same.
    """
    threading = sys.modules.get("threading")
    at_work = threading and sum(not thread.daemon for thread in threading.enumerate()) > 1
    if sys.gettrace() or sys.getprofile() or at_work:
        return
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # A reader that has gone; the interpreter has its own words for that.
        return
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
