"""git, asked safely: nothing that a repository or its configuration names is run, no hook, monitor, filter or other
program, and nothing is fetched.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from poolgate.errors import UsageError
from poolgate.files import relative_to_here

LIMIT: Final = 10.0
"""Seconds that git has for each answer."""

_SAFELY: Final = (
    *("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", f"core.attributesFile={os.devnull}"),
    *("-c", "safe.bareRepository=explicit", "-c", "protocol.allow=never", "--no-pager", "--no-replace-objects"),
    "--no-optional-locks",
)
_COMPARE: Final = (
    *("diff-index", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv"),
    "--ignore-submodules=dirty",
)
_SUBMODULE: Final = "160000"


def top_of(start: Path) -> Path:
    """The folder of the repository around a file or folder. Raises UsageError when there is none."""
    here = start.absolute()
    found = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    if found is None:
        raise UsageError("there is no git repository around it", file=relative_to_here(start))
    return found.resolve()


class Git:
    """git in one repository, with an environment that changes nothing of what it does."""

    def __init__(self, top: Path) -> None:
        import shutil  # a lint that asks git nothing has no need of it

        found = shutil.which("git")
        if found is None or not Path(found).is_absolute():
            raise UsageError("there is no git on PATH")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
        never = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        self._top = top
        self._environment = {**kept, **never}
        self._command = (found, "-C", str(top), *_SAFELY)

    def base(self, commit: str) -> str | None:
        """The commit that HEAD and another one have in common; None when it is not there."""
        sha = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
        common = self.ask("merge-base", sha.strip(), "HEAD") if sha else None
        return common.split()[0] if common and common.split() else None

    def ask(self, *arguments: str) -> str | None:
        """What git answers; None when it refuses, or does not answer in time."""
        try:
            done = subprocess.run(
                (*self._command, *arguments),
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=LIMIT,
                check=False,
                env=self._environment,
            )
        except (OSError, subprocess.SubprocessError, ValueError):
            return None
        return os.fsdecode(done.stdout) if done.returncode == 0 else None

    def differing(self, base: str) -> list[str] | None:
        """The files, by their ways from the top, that differ from a commit or lie there without git knowing them.

        What git is told to ignore is left out. A folder among them is a repository of its own that is no submodule.
        None when git cannot tell.
        """
        filters = self._without_filters()
        compared = self.ask(*filters, *_COMPARE, base, "--")
        others = self.ask("ls-files", "-z", "--others", "--exclude-standard")
        known = self.ask("ls-files", "-z", "--stage")
        if compared is None or others is None or known is None:
            return None
        found = dict.fromkeys(filter(None, (*compared.split("\0"), *others.split("\0"))))
        for entry in known.split("\0"):
            about, _, name = entry.partition("\t")
            if about.startswith(_SUBMODULE) and (self._top / name / ".git").exists():
                within = Git(self._top / name).differing("HEAD")
                found |= dict.fromkeys([name] if within is None else [f"{name}/{inner}" for inner in within])
        return list(found)

    def _without_filters(self) -> Iterator[str]:
        """Options that name no program for any filter: a file that may differ is compared as it is."""
        listed = (
            self.ask("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$") or ""
        )
        for name in filter(None, listed.split("\0")):
            yield from ("-c", f"{name}={'false' if name.endswith('required') else ''}")
