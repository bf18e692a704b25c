"""A model runs elsewhere before it runs in production."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference_pools.counterparts import members
from inference_pools.facets import ModelSource
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.platform import Subject
from inference_pools.reader import ReadError
from inference_pools.rule import Options, project_rule
from inference_pools.stack import Stack
from inference_pools.view import facets_of


@project_rule(
    id="production-model-tried",
    title="Production runs models that another stack runs",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Deploy the model to a stack outside production first, or check that it is the one that is meant.",
    since="2026.12",
)
def production_model_tried(stacks: Sequence[Stack], options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """A model, or a version of one, that is only in production has been tried on the customers.

    Models are compared by name and version, wherever they lie: each environment has a registry of its own. Case does
    not count in a name. A version that is older than those elsewhere has been there before.
    """
    everyone = list(members(stacks))
    if not any(member.is_production for member in everyone):
        return
    tried: dict[str, set[str]] = {}
    for member in everyone:
        models = [] if member.is_production else _seen(member.subject)
        if models is None or (models and member.is_production is None):
            return  # what is outside production might be any model
        for name, version in models:
            tried.setdefault(name, set()).add(version)
    if not tried:
        return
    for member in everyone:
        if member.is_production:
            for model in facets_of(member.subject, ModelSource):
                yield member.subject, _is_tried(model, tried)


def _is_tried(model: ModelSource, tried: dict[str, set[str]]) -> Iterator[Finding]:
    found = model.asset
    if found is None or found.unversioned:
        return
    name, version = found.name, found.version or ""
    versions = tried.get(name.casefold())
    keys = model.keys_of("id")
    remedy = (
        f"Deploy the model to a stack outside production first, or check that {model.called('id')} is the one that is "
        "meant."
    )
    if versions is None:
        yield Finding(keys, f"names {name}, which no stack outside production runs", remedy)
    elif version not in versions and version.isdecimal():
        numbers = [int(other) for other in versions if other.isdecimal()]
        if len(numbers) == len(versions) and int(version) > max(numbers):
            message = f"names version {version} of {name}, the newest outside production is {max(numbers)}"
            yield Finding(keys, message, remedy)


def _seen(subject: Subject) -> list[tuple[str, str]] | None:
    """The models of another resource; None where they cannot be read."""
    try:
        found = [model.asset for model in facets_of(subject, ModelSource)]
    except ReadError:
        return None
    return [(one.name.casefold(), one.version or "") for one in found if one is not None]
