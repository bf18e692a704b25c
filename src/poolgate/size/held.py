"""Where the formulas were held to a simulation, and found to hold (tools/waits).

A formula holds where the probability of waiting, the mean wait and the 95th and 99th percentile are within 5 % of what
a simulation measures, or within 1 % of the service time, which is more; of a probability, within a point of a hundred.
"""

from __future__ import annotations

from typing import Final

from poolgate.size.asked import POISSON, Asked, Instances

LEAST_BUSY: Final = 0.5
MOST_BUSY: Final = 0.9
"""Between these it was tried; above, a simulation needs more requests than a day has to tell."""


def why_not_held(asked: Asked, instances: Instances) -> str:
    """Why the formula for what is asked is not known to hold, as a clause; "" where it is."""
    if asked.is_markov:
        return ""  # exact
    if asked.alone is not None:
        return "instances that slow down were simulated with exponential service times only"
    if asked.arrivals_scv != POISSON:
        return "of requests that do not come at random, the variability alone does not say enough"
    if asked.service_scv > POISSON:
        return "of service times that vary more than exponential ones, the variability alone does not say enough"
    busy = asked.traffic.load / instances.servers
    if not LEAST_BUSY <= busy <= MOST_BUSY:
        return f"it was tried where instances are busy from {LEAST_BUSY:.0%} to {MOST_BUSY:.0%} of the time"
    return ""
