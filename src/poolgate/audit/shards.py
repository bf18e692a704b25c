"""Which states are of which shard, where a CI service has jobs and no scheduler: `audit --shard 3/16`.

A state is of the shard that its project is of, so that rules which compare the stacks of a project see all of them, and
of several exports of a stack the newest is found. The project is known from the place in a backend, else from what the
state holds; what has none, such as a file that is no state, goes by its own name. Neither the order of the states nor
the folders above them count: every machine comes to the same shards.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from inference_pools.levels import printable
from poolgate.audit.closing import Aside
from poolgate.audit.copies import project_of
from poolgate.audit.listing import STDIN, StateFile
from poolgate.audit.terms import digest_of
from poolgate.audit.written import to_json
from poolgate.errors import UsageError, without_credentials
from poolgate.findings import Partial, Tally
from poolgate.left_out import LeftOut

MOST: Final = 1000
_WRITTEN: Final = re.compile(r"(?P<number>[0-9]{1,4})/(?P<of>[0-9]{1,4})", re.ASCII)
_BYTES: Final = 8
"""Of a digest: a number to divide."""


class Shard(NamedTuple):
    """One of so many shares of the states, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, file: StateFile) -> bool:
        """Whether a state is of it."""
        project = project_of(file)
        return self.has_project(project) if project else self._has(f"file {PurePath(file.name).name}")

    def has_project(self, project: str) -> bool:
        """Whether the states of a project are of it."""
        return self._has(f"project {project}")

    def _has(self, key: str) -> bool:
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:_BYTES], "big") % self.of == self.number - 1


def parse(written: str) -> Shard:
    """`3/16` as a shard. Raises ValueError for what is none."""
    match = _WRITTEN.fullmatch(written)
    shard = Shard(int(match["number"]), int(match["of"])) if match else Shard(0, 0)
    if not 1 <= shard.number <= shard.of <= MOST:
        raise ValueError(f"is {written!r}, expected such as 3/16: the third of sixteen shares, of at most {MOST}")
    return shard


def refuse_streams(sources: Sequence[str]) -> None:
    """Raises UsageError for a source that can be read once only: no two jobs have the same."""
    for source in sources:
        if source == STDIN or _is_stream(source):
            raise UsageError("can be read once only, and each of the shards has to see all states", file=source)


def _is_stream(source: str) -> bool:
    try:
        return not stat.S_ISREG(mode := Path(source).stat().st_mode) and not stat.S_ISDIR(mode)
    except (OSError, ValueError):
        return False  # An address, or what is not there, which is said when it is listed.


class Share(NamedTuple):
    """The states of one shard. `everywhere` are what stands for a folder or a backend that could not be listed: nobody
    knows whose the states in it are, so that each shard tells of it. `listed` is how many there were in all.
    """

    own: list[StateFile]
    everywhere: list[StateFile]
    listed: int

    @classmethod
    def of(cls, files: Sequence[StateFile], shard: Shard) -> Share:
        """The share of a shard."""
        known = [file for file in files if not file.is_unlisted]
        return cls(
            [file for file in known if shard.has(file)], [file for file in files if file.is_unlisted], len(known)
        )


def note(shard: Shard, share: Share, partial: Partial | None = None) -> str:
    """What every report of a shard says."""
    judged = len(share.own) - (len(partial.unread) if partial else 0)
    which = "1 file" if share.listed == 1 else f"{share.listed} files"
    return f"shard {shard}: {judged} of {which} judged; `poolgate merge` has the verdict on all of them"


def terms_of(
    shard: Shard, share: Share, *, rules: Mapping[str, str], day: date, sources: Sequence[str], left_out: LeftOut
) -> dict[str, Any]:
    """Which shard it is and what it judged, by what: the merge compares it with that of the others."""
    return {
        "number": shard.number,
        "of": shard.of,
        "day": day.isoformat(),
        "sources": sorted({printable(without_credentials(source)) for source in sources}),
        "left_out": digest_of(left_out.patterns),
        "rules": dict(rules),
        "listed": share.listed,
        "own": len(share.own),
    }


def found_in(tally: Tally, unlisted: Tally, aside: Aside) -> dict[str, Any]:
    """What a shard found, apart from what each shard finds that looks at the same sources."""
    return {"own": to_json(tally), "everywhere": to_json(unlisted), "aside": aside.to_json()}
