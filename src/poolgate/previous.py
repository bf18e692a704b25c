"""The state of stacks before an update, named on the command line or in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inference_pools import previous
from inference_pools.levels import printable
from inference_pools.previous import PREVIOUS_VARIABLE, Previous
from inference_pools.state_file import LARGEST_STATE, StateError
from poolgate.errors import UsageError
from poolgate.files import UnreadError, read_bytes

if TYPE_CHECKING:
    from poolgate.findings import Tally


def named(files: Sequence[Path] | None, environ: Mapping[str, str]) -> list[Path]:
    """The exports that a run is to compare with: those of the command line, else those of POOLGATE_PREVIOUS."""
    if files:
        return [file.absolute() for file in files]
    return [Path(path) for path in environ.get(PREVIOUS_VARIABLE, "").split(os.pathsep) if path]


def load(files: Sequence[Path]) -> Previous:
    """What the exports tell. Raises UsageError, naming the file, for one that is none."""
    from poolgate.sources import state

    deployments = []
    for file in files:
        try:
            deployments.append(state.read(read_bytes(file, LARGEST_STATE), str(file)))
        except UnreadError as error:
            raise UsageError(str(error), file=file) from None
        except StateError as error:
            raise UsageError(str(error)) from None
    return previous.of(deployments)


def with_unused(before: Previous, tally: Tally) -> Tally:
    """The tally, which says also of which exports nothing was compared: of another stack than was judged, that is."""
    for stack, project in sorted(before.stacks):
        name = f"{project}/{stack}"
        if name not in tally.judged:
            tally.pass_over("stack", printable(name), "is in an export of before and was not judged now")
    return tally


def variables(files: Sequence[Path]) -> dict[str, str]:
    """How a policy pack is told of the exports."""
    return {PREVIOUS_VARIABLE: os.pathsep.join(map(str, files))} if files else {}
