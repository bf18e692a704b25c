"""What workers are told to do in place of judging: each finds it by the name of this module."""

from __future__ import annotations

import os
import signal
from typing import Any

from poolgate.audit import cluster
from poolgate.audit.batches import Batch, Part
from poolgate.audit.cluster import NotThereError, OtherPoolgateError


def dies_of_five(job: Any, batch: Batch, looks_first: bool) -> Part:
    """It judges all but one state, by which it is ended."""
    if any(file.name.endswith("5.json") for file in batch.files):
        os.kill(os.getpid(), signal.SIGKILL)
    return cluster._judge(job, batch, looks_first)


def is_another(job: Any, batch: Batch, looks_first: bool) -> Part:
    """It has another poolgate."""
    raise OtherPoolgateError("the worker on host-7 has another poolgate (2026.1)")


def is_elsewhere(job: Any, batch: Batch, looks_first: bool) -> Part:
    """It has none of the files."""
    raise NotThereError("host-7", batch.files[0].name)
