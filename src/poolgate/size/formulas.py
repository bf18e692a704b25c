"""Which formula answers what is asked."""

from __future__ import annotations

from poolgate.size import general, markov
from poolgate.size.asked import Asked, Instances
from poolgate.size.waits import Waits


def waits(asked: Asked, instances: Instances) -> Waits:
    """How long requests wait: exactly where that is known, else by two moments."""
    return markov.waits(asked, instances) if asked.is_markov else general.waits(asked, instances)
