"""Where files lie in the repository: what CI services and code scanning name them by."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote


class Repository:
    """The repository that a folder lies in, by default the current one; the folder itself if it lies in none."""

    def __init__(self, start: Path | None = None) -> None:
        here = (start or Path.cwd()).resolve()
        self._root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
        self._resolved: dict[str, Path] = {}

    def inside(self, file: str) -> str | None:
        """A file's path relative to the root, with slashes; None when it lies outside."""
        try:
            return self._resolve(file).relative_to(self._root).as_posix()
        except ValueError:
            return None

    def uri(self, file: str) -> tuple[str, bool]:
        """A file as a URI, and whether that is relative to the root."""
        inside = self.inside(file)
        if inside is not None:
            return quote(inside), True
        return "file://" + quote(self._resolve(file).as_posix()), False

    def _resolve(self, file: str) -> Path:
        known = self._resolved.get(file)
        if known is None:
            known = self._resolved[file] = _resolved(file)
        return known


def _resolved(file: str) -> Path:
    """The path, absolute. What no path can hold is replaced; one that leads in a circle stays as it is."""
    path = Path(file.encode("utf-8", "replace").decode().replace("\0", "?"))
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()
