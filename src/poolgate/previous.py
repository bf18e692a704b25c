"""The state of stacks before an update, named on the command line or in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from inference_pools import previous
from inference_pools.previous import PREVIOUS_VARIABLE, Previous, PreviousError
from poolgate.errors import UsageError


def named(files: Sequence[Path] | None, environ: Mapping[str, str]) -> list[Path]:
    """The exports that a run is to compare with: those of the command line, else those of POOLGATE_PREVIOUS."""
    if files:
        return [file.absolute() for file in files]
    return [Path(path) for path in environ.get(PREVIOUS_VARIABLE, "").split(os.pathsep) if path]


def load(files: Sequence[Path]) -> Previous:
    """What the exports tell. Raises UsageError, naming the file, for one that is none."""
    exports = []
    for file in files:
        try:
            exports.append((str(file), file.read_bytes()))
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", file=file) from None
    try:
        return previous.read(exports)
    except PreviousError as error:
        raise UsageError(str(error)) from None


def variables(files: Sequence[Path]) -> dict[str, str]:
    """How a policy pack is told of the exports."""
    return {PREVIOUS_VARIABLE: os.pathsep.join(map(str, files))} if files else {}
