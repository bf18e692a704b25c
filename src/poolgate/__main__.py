"""`python -m poolgate`, and the `poolgate` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command line. The version is answered before anything heavy is imported."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from inference_pools.version import __version__

        sys.stdout.write(f"poolgate {__version__}\n")
        return 0
    from poolgate.cli import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
