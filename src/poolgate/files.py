"""Writing and reading of files, so that nothing is ever half written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from poolgate.errors import UsageError


def write_atomically(path: Path, text: str) -> None:
    """Replaces the file's content at once, or leaves it as it was. Raises UsageError when it cannot."""
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", file=path) from None


def cache_directory(environ: Mapping[str, str] | None = None) -> Path:
    """Where poolgate keeps what is costly to make: `$XDG_CACHE_HOME/poolgate`, or `~/.cache/poolgate`."""
    environ = os.environ if environ is None else environ
    base = environ.get("XDG_CACHE_HOME", "")
    # The XDG specification tells to ignore a relative path.
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "poolgate"


def read_text(path: Path) -> str:
    """The file's text. Raises UsageError when there is none to be had."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8 text", file=path) from None


def relative_to_here(path: Path) -> str:
    """The path as a user would type it: relative when it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
