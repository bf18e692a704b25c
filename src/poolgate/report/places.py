"""Where files lie in the repository: what CI services and code scanning name them by."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

_WORKSPACES: Final = (
    "GITHUB_WORKSPACE",
    "BUILD_SOURCESDIRECTORY",
    "CI_PROJECT_DIR",
    "BITBUCKET_CLONE_DIR",
    "BUILDKITE_BUILD_CHECKOUT_PATH",
    "WORKSPACE",
)
"""By which services of CI name the folder of the checkout: GitHub, Azure, GitLab, Bitbucket, Buildkite, Jenkins."""
_ADDRESS: Final = re.compile(r"([a-z][a-z0-9+.-]+)://+", re.IGNORECASE)


class Repositories:
    """The repositories that files lie in: for each file the nearest folder above it with a `.git`.

    A folder that a service of CI names as its checkout is one as well. A file in no repository is taken for one of the
    present folder's, where it lies below that.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._here = _resolved(".")
        named = (environment.get(name, "") for name in _WORKSPACES)
        self._workspaces = {_resolved(folder) for folder in named if Path(folder).is_absolute()}
        self._roots: dict[Path, Path | None] = {}
        self._files: dict[str, Path] = {}

    def inside(self, file: str) -> str | None:
        """A file's path relative to the root of its repository, with slashes; None when it lies in none."""
        root = self.root(file)
        return None if root is None else self._file(file).relative_to(root).as_posix()

    def root(self, file: str) -> Path | None:
        """The root of the repository that a file lies in."""
        path = self._file(file)
        root = self._root(path.parent)
        return root or (self._here if path.is_relative_to(self._here) else None)

    def uri(self, file: str) -> tuple[str, Path | None]:
        """A file as a URI, and the root that it is relative to.

        Code scanning refuses all schemes but that of files: what lies in an object store is named as if it lay here.
        """
        if address := _ADDRESS.match(file):
            return quote(f"{address[1]}/{file[address.end() :]}"), self._root(self._here) or self._here
        inside = self.inside(file)
        if inside is not None:
            return quote(inside), self.root(file)
        return "file://" + quote(self._file(file).as_posix()), None

    def _file(self, file: str) -> Path:
        known = self._files.get(file)
        if known is None:
            known = self._files[file] = _resolved(file)
        return known

    def _root(self, folder: Path) -> Path | None:
        if folder not in self._roots:
            if folder in self._workspaces or (folder / ".git").exists():
                self._roots[folder] = folder
            else:
                self._roots[folder] = self._root(folder.parent) if folder.parent != folder else None
        return self._roots[folder]


def _resolved(file: str) -> Path:
    """The path, absolute. What no path can hold is replaced; one that leads in a circle stays as it is."""
    path = Path(file.encode("utf-8", "replace").decode().replace("\0", "?"))
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()
