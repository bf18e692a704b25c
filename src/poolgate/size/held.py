"""Where the formulas were held to a simulation, and found to hold: docs/waits.md has the table.

A formula holds where the probability of waiting, the mean wait and the 95th and 99th percentile are within 5 % of what
a simulation measures, or within 1 % of the service time, which is more; of a probability, within a point of a hundred.
"""

from __future__ import annotations

from typing import Final

from poolgate.size import markov
from poolgate.size.asked import POISSON, Asked, Instances

STEADY: Final = 0.25
"""Up to this variability of service times it does not matter which distribution they have."""
LEAST_BUSY: Final = 0.7
MOST_BUSY: Final = 0.9
"""Between these it was tried; above, a simulation needs more requests than a day has to tell."""
MANY: Final = 16
LEAST_BUSY_MANY: Final = 0.3
"""So many requests at once wait so seldom that it holds from here on."""
CLOSE: Final = 0.01
"""A point of a hundred, and so much of the service time."""


def why_not_held(asked: Asked, instances: Instances) -> str:
    """Why the formula for what is asked is not known to hold, as a clause; "" where it is."""
    if asked.is_markov and not asked.is_measured:
        return ""  # exact
    if asked.alone is not None:
        return "instances that slow down were simulated with exponential service times only"
    if asked.arrivals_scv != POISSON:
        return "of requests that do not come at random, the variability alone does not say enough"
    if asked.service_scv > STEADY:
        return f"of service times with a variability above {STEADY}, that alone does not say enough"
    if asked.patience is not None and asked.patience < asked.traffic.service:
        return "requests that give up within a service time were tried with exponential ones only"
    busy = asked.traffic.load / instances.servers
    least = LEAST_BUSY_MANY if instances.servers >= MANY else LEAST_BUSY
    # Steadier service times make nobody wait longer: what is close to nothing for exponential ones is so for all.
    if not least <= busy <= MOST_BUSY and not _hardly_waits(asked, instances):
        return f"it was tried where so many are busy from {least:.0%} to {MOST_BUSY:.0%} of the time"
    return ""


def _hardly_waits(asked: Asked, instances: Instances) -> bool:
    """Whether so few wait, and so shortly, that both are within what counts as close even of nothing."""
    exponential = markov.waits(Asked(asked.traffic), instances)
    return exponential.waiting <= CLOSE and exponential.mean <= CLOSE * asked.traffic.service
