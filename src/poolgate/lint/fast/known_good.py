"""Remembers which stack files were good, so that a further lint of them has only to read them.

What is kept are digests of content, in one file for each project. They count under the terms they were found under:
the same poolgate, Pulumi.yaml, schemas and options; anything else, and the files are judged anew. Of a file that is not
good nothing is kept: findings hold values of the configuration.

A file in the cache that is damaged or not ours is no cache. It is replaced as a whole, so that runs at the same time
at worst forget what the other one learnt.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import inference_pools
from inference_pools.version import __version__
from poolgate.errors import PoolgateError
from poolgate.files import forget_unfinished, is_file, write_atomically
from poolgate.lint.content import content_of
from poolgate.lint.schema_files import packaged_folder, referred_file

MOST_DIGESTS: Final = 100_000
"""How many a project's file holds; beyond that those that were not met again are forgotten."""
MOST_PROJECTS: Final = 500
"""How many files there are; beyond that the oldest are removed."""

_MOST_BYTES: Final = 16_000_000
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class KnownGood:
    """What is known under some terms, and what a run adds to it."""

    def __init__(self, file: Path, schema_file: Path | None) -> None:
        self._file = file
        self._schema_file = schema_file
        self._known: dict[str, None] = {}
        self._sources: dict[str, str] = {}
        self._met: dict[str, None] = {}
        with suppress(OSError, ValueError, RecursionError):
            content = content_of(file, _MOST_BYTES) if is_file(file) else b""
            self._take(json.loads(content) if len(content) <= _MOST_BYTES else None)

    @classmethod
    def of(cls, folder: Path, schema_file: Path | None, *terms: str) -> KnownGood:
        """What is known of the projects to which the same terms apply; the schemas' contents are among them."""
        name = schema_file.name if schema_file else ""
        digest = hashlib.sha256("\0".join((__version__, _own_digest(), name, *terms)).encode()).hexdigest()
        return cls(folder / f"{digest}.json", schema_file)

    def __bool__(self) -> bool:
        return bool(self._known)

    def has(self, digest: str) -> bool:
        """Whether content with this SHA-256 is good."""
        if digest not in self._known:
            return False
        self._met[digest] = None
        return True

    def add(self, digests: Iterable[str], sources: Mapping[str, str]) -> None:
        """Keeps what is good besides, and the schemas that it was judged by: name to SHA-256."""
        self._met.update(dict.fromkeys(digests))
        self._sources.update(sources)

    def save(self) -> None:
        """Writes it all down, if there is something new. A cache that cannot be written is none."""
        if self._met.keys() <= self._known.keys():
            return
        digests = [*self._met, *(digest for digest in self._known if digest not in self._met)][:MOST_DIGESTS]
        with suppress(PoolgateError, OSError):
            if self._file.exists() and not is_file(self._file):
                return  # a pipe would be waited for until somebody reads it
            write_atomically(self._file, json.dumps({"schemas": self._sources, "good": digests}))
            _forget_oldest(self._file.parent)

    def _take(self, content: Any) -> None:
        if not isinstance(content, dict):
            return
        sources, good = content.get("schemas"), content.get("good")
        if not isinstance(sources, dict) or not isinstance(good, list) or not all(map(_is_digest, good)):
            return
        if (self._schema_file is not None) == bool(sources) and all(map(self._is_unchanged, sources.items())):
            self._known, self._sources = dict.fromkeys(good), sources

    def _is_unchanged(self, source: tuple[str, Any]) -> bool:
        name, digest = source
        if not _is_digest(digest):
            return False
        file = referred_file(self._schema_file, name) if self._schema_file else None
        return file is not None and hashlib.sha256(file.read_bytes()).hexdigest() == digest


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _own_digest() -> str:
    """Of what judges, code and schemas: a checkout changes without its version."""
    digest = hashlib.sha256()
    for file in _own_files():
        digest.update(f"\0{file.name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _own_files() -> Iterator[Path]:
    for folder in Path(__file__).parents[:2]:
        yield from sorted(folder.glob("*.py"))
    library = Path(inference_pools.__file__)
    yield from (library.with_name(name) for name in ("durations.py", "near_words.py"))
    yield from sorted(packaged_folder().glob("*.schema.json"))


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[MOST_PROJECTS:]:
        file.unlink(missing_ok=True)
    forget_unfinished(folder)
