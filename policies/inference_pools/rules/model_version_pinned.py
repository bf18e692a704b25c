"""What a pool runs is named by a version, which stays what it is."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Origin, Sources
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.placeholders import find_placeholders
from inference_pools.rule import Judgement, Option, Options, rule

_OF_A_PATTERN = frozenset("*^~<>=")


@rule(
    Sources,
    id="model-version-pinned",
    title="Model, environment and code are pinned to a version",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Name a version that exists.",
    options={
        "moving": Option(
            ("latest", "newest", "current", "default", "head"),
            "Words that are no version where a version is expected, whatever their case.",
        ),
        "datastore_paths": Option(
            True, "Whether a model may be a path in a store, which has no version and can be overwritten."
        ),
    },
    since="2026.12",
)
def model_version_pinned(sources: Sources, options: Options) -> Iterator[Judgement]:
    """A label moves to the next version by itself: the same stack then deploys another model, and nobody reviewed it.

    An id that names neither a version nor a label is left to rules about ids.
    """
    for origin in sources.assets:
        yield _pinned(origin, sources.pin, options)


def _pinned(origin: Origin, remedy: str | None, options: Options) -> Iterator[Finding]:
    asset = origin.asset
    if asset is None:
        return
    if asset.label is not None:
        yield Finding(origin.keys, f"follows the label {asset.label!r}, which moves", remedy)
    elif asset.version == "":
        problem = "names no version" if asset.name else "is not there"
        yield Finding(origin.keys, f"{problem}: the version that is the default on the day is deployed", remedy)
    elif asset.version is not None and _moves(asset.version, options):
        yield Finding(origin.keys, f"has {asset.version!r} for a version, which is none", remedy)
    elif asset.unversioned and not options.datastore_paths:
        yield Finding(origin.keys, f"is {asset.unversioned}, which has no version", remedy)


def _moves(version: str, options: Options) -> bool:
    if find_placeholders(version):
        return False
    moving = {word.casefold() for word in options.moving}
    return version.casefold() in moving or not _OF_A_PATTERN.isdisjoint(version)
