"""A pool lies in a region that exists and that the organisation allows."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools import option_checks, regions
from inference_pools.facets import Location
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.rule import Option, Options, rule


@rule(
    Location,
    id="location-allowed",
    title="Location is an allowed region",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Set location to an allowed Azure region, for example westeurope.",
    options={
        "allowed": Option(
            (),
            "The regions a pool may lie in, in any spelling Azure takes; none named: every region.",
            check=option_checks.spelt_regions,
        ),
    },
    since="2026.12",
    source="https://learn.microsoft.com/azure/reliability/regions-list",
)
def location_allowed(location: Location, options: Options) -> Iterator[Finding]:
    """Data crosses borders with its pool, and a region cannot be changed after creation."""
    name = location.name
    if name is None:
        return
    allowed = {regions.normalize(region) for region in options.allowed} or regions.EXISTING
    region = regions.normalize(name)
    if region in allowed:
        return
    remedy = f"Set location to one of: {', '.join(sorted(allowed))}." if options.allowed else None
    if region in regions.EXISTING:
        yield Finding("location", f"is {name!r}, allowed are {', '.join(sorted(allowed))}", remedy)
    else:
        near = nearest(region, sorted(allowed), cutoff=0.8)
        meant = f", did you mean {near!r}?" if near else ""
        yield Finding("location", f"is {name!r}, which is no Azure region{meant}", remedy)
