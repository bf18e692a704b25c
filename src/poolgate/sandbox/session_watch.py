"""Ends what was started for us when we are killed ourselves, and have no chance to (SIGKILL, the OOM killer).

A process of its own reads from a pipe which sessions there are, `+4711` and `-4711` a line. Only we hold the other end,
so that it reads to the end when we are gone, however we went; what is left of those sessions then is killed. What has
gone into a session of its own (`setsid`) is nobody's to find.

A script that imports the standard library alone: starting it must not cost what starting poolgate does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

_PATIENCE = 5.0
_POLL_SECONDS = 0.05


def _all_processes() -> list[int]:
    proc = Path("/proc")
    if proc.is_dir():
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    import subprocess

    listing = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, timeout=10, check=True)
    return [int(word) for word in listing.stdout.split()]


def session_members(session: int) -> list[int]:
    """The processes of a session that still run; zombies, which only wait for their parent, do not."""
    members = []
    for pid in _all_processes():
        with contextlib.suppress(OSError):
            if os.getsid(pid) == session and not _is_zombie(pid):
                members.append(pid)
    return members


def _is_zombie(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[:1] == ["Z"]


def _left(told: str) -> set[int]:
    """The sessions that were begun and not ended."""
    sessions: set[int] = set()
    for word in told.split():
        if word[0] == "+":
            sessions.add(int(word[1:]))
        else:
            sessions.discard(int(word[1:]))
    return sessions


def _kill(session: int) -> None:
    end = time.monotonic() + _PATIENCE
    while (members := session_members(session)) and time.monotonic() < end:
        for pid in members:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)


def main() -> None:
    """Reads until there is nobody left to write, then does what is left to do."""
    for session in _left(sys.stdin.read()):
        _kill(session)


if __name__ == "__main__":
    main()
