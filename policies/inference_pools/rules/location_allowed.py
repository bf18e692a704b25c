"""A pool lies in a region that exists and that the organisation allows."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools import option_checks
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
    remedy="Set {location} to an allowed {region_noun}, for example {region_example}.",
    options={
        "allowed": Option(
            (),
            "The regions that capacity may lie in, in any spelling the vendor takes; none named: every region.",
            check=option_checks.spelt_regions,
        ),
    },
    since="2026.12",
)
def location_allowed(location: Location, options: Options) -> Iterator[Finding]:
    """Data crosses borders with what serves it, and a region cannot be changed after creation."""
    name = location.name
    if name is None:
        return
    regions, at = location.facts.regions, location.called("location")
    allowed = {regions.normalize(region) for region in options.allowed} or regions.existing
    region = regions.normalize(name)
    if region in allowed or not allowed:
        return
    # A list for several clouds has regions of other vendors, which are of no use to this one.
    here = sorted(allowed & regions.existing or allowed)
    remedy = f"Set {at} to one of: {', '.join(here)}." if options.allowed else None
    if region in regions.existing:
        yield Finding("location", f"is {name!r}, allowed are {', '.join(here)}", remedy)
    else:
        near = nearest(region, here, cutoff=0.8)
        meant = f", did you mean {near!r}?" if near else ""
        yield Finding("location", f"is {name!r}, which is no {regions.noun}{meant}", remedy)
