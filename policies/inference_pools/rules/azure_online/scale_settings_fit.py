"""A deployment scales in a way that it can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inference_pools.facets import ScaleSettings
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE_ONLINE
from inference_pools.rule import Judgement, Options, rule

_WHOLE: Final = 100


@rule(
    ScaleSettings,
    id="scale-settings-fit",
    title="Scale settings fit the kind of deployment",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ONLINE,
    remedy="Set {kind} to Default, and scale the deployment by an AutoscaleSetting of azure-native:monitor.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints",
)
def scale_settings_fit(settings: ScaleSettings, options: Options) -> Iterator[Judgement]:
    """A managed deployment scales by a setting of its own, one on Kubernetes by its utilization: the other's does not.

    The API's type has both kinds everywhere. Microsoft's own client refuses a kind that does not fit, and takes any
    bounds and any percentage.
    """
    kind = settings.kind
    if kind is not None and kind.casefold() not in {one.casefold() for one in settings.kinds}:
        yield Finding("kind", f"is {kind!r}, this kind of deployment takes {' or '.join(settings.kinds)}")
        return
    if (kind or "").casefold() == "default":
        for field in settings.written:
            remedy = f"Remove {settings.called(field)}" + (
                f", or set {settings.called('kind')} to {settings.kinds[-1]}." if len(settings.kinds) > 1 else "."
            )
            yield Finding(field, f"counts for nothing where {settings.called('kind')} is Default", remedy)
    else:
        yield _bounds(settings)
        yield _target(settings)


def _bounds(settings: ScaleSettings) -> Iterator[Finding]:
    least, most = settings.least, settings.most
    if least is not None and most is not None and least > most:
        remedy = f"Set {settings.called('least')} to {most} or less, or {settings.called('most')} to {least} or more."
        yield Finding("least", f"is {least}, and {settings.called('most')} is {most}", remedy)


def _target(settings: ScaleSettings) -> Iterator[Finding]:
    target = settings.target
    if target is not None and not 1 <= target <= _WHOLE:
        remedy = f"Set {settings.called('target')} to a number of per cent such as 70."
        yield Finding("target", f"is {target}, expected 1 to {_WHOLE}", remedy)
