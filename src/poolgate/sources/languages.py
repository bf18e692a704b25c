"""Programs that are not in Python: whether a preview can run them here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from poolgate.lint.project import Project
from poolgate.sandbox.engine import find_engine

_SDK: Final = Path("node_modules", "@pulumi", "pulumi")
_PLUG_AND_PLAY: Final = (".pnp.cjs", ".pnp.js")


def cannot_run(project: Project) -> str:
    """Why a preview cannot run the program of a project, as a clause; "" where it can, as far as is seen.

    Neither is a fault of the program: in a repository of several languages not all of them are installed everywhere.
    """
    runtime = project.runtime
    host = f"pulumi-language-{runtime}"
    engine = find_engine()
    beside = engine is not None and (engine.path.resolve().parent / host).is_file()
    if not beside and not shutil.which(host):
        return f"is a {runtime} program, and the engine has no {host}, beside it or on PATH, to run it with"
    if runtime == "nodejs" and not _has_packages(project.directory.resolve()):
        return "is a nodejs program, and its packages are not installed here (`pulumi install`)"
    return ""


def _has_packages(folder: Path) -> bool:
    """Whether Node finds Pulumi's SDK from a folder: there, or in one around it."""
    return any(
        (around / _SDK).is_dir() or any((around / name).is_file() for name in _PLUG_AND_PLAY)
        for around in (folder, *folder.parents)
    )
