"""What is scaled is named as Application Auto Scaling knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inference_pools.facets import Scaled
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.scaled import DIMENSIONS, FORM_OF, NAMESPACE, OF_COMPONENT, OF_VARIANT
from inference_pools.rule import Judgement, Options, rule

_NAME: Final = "[a-zA-Z0-9](?:-*[a-zA-Z0-9])*"
_FORMS: Final = {
    OF_VARIANT: re.compile(f"endpoint/{_NAME}/variant/{_NAME}"),
    OF_COMPONENT: re.compile(f"inference-component/{_NAME}"),
}


@rule(
    Scaled,
    id="scaling-target-wellformed",
    title="What is scaled is named as AWS knows it",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy=f"Set serviceNamespace to {NAMESPACE}, scalableDimension to {DIMENSIONS[0]} and resourceId to {OF_VARIANT}.",
    since="2026.12",
    source="https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
)
def scaling_target_wellformed(scaled: Scaled, options: Options) -> Iterator[Judgement]:
    """Neither the SDK nor the provider looks at these three texts: a slip in one fails in the middle of a deployment,
    when the endpoint is there already and stays at the size it has."""
    yield _namespace(scaled)
    yield _dimension(scaled)
    yield _resource(scaled)


def _namespace(scaled: Scaled) -> Iterator[Finding]:
    namespace = scaled.namespace
    if namespace is not None and namespace != NAMESPACE:
        yield Finding("namespace", f"is {namespace!r}, SageMaker's is {NAMESPACE!r}", f"Set it to {NAMESPACE}.")


def _dimension(scaled: Scaled) -> Iterator[Finding]:
    dimension = scaled.dimension
    if dimension is None or dimension in DIMENSIONS:
        return
    near = nearest(dimension, DIMENSIONS)
    meant = f"; did you mean {near!r}?" if near else ""
    remedy = f"Set it to {near}." if near else f"Set it to one of {', '.join(DIMENSIONS)}."
    yield Finding("dimension", f"is {dimension!r}, nothing of SageMaker's that can be scaled{meant}", remedy)


def _resource(scaled: Scaled) -> Iterator[Finding]:
    written = scaled.resource_id
    if written is None:
        return
    form = next((form for form, pattern in _FORMS.items() if pattern.fullmatch(written)), None)
    if form is None:
        meant = OF_COMPONENT if written.startswith("inference-component") else OF_VARIANT
        hint = ": an ARN is no name" if "arn:" in written else ""
        yield Finding(
            "resource_id", f"is {written!r}, expected {meant}{hint}", f"Write {_put_right(written) or meant}."
        )
        return
    dimension = scaled.dimension
    wanted = FORM_OF.get(dimension) if dimension else None
    if wanted is not None and wanted != form:
        message = f"is {written!r}, and what is scaled is {dimension}, whose ids are {wanted}"
        yield Finding("resource_id", message, f"Write {wanted}, or scale another dimension.")


def _put_right(written: str) -> str | None:
    """The id that was meant, where there is little doubt: an ARN for a name, a part left out, a slash too many."""
    *before, last = written.split("/")
    parts = [part for part in (*(each for each in before if not each.startswith("arn:")), last) if part]
    if len(parts) == len(("endpoint", "NAME", "VARIANT")):
        parts = ["endpoint", parts[0], *parts[1:]] if parts[1] == "variant" else [*parts[:2], "variant", parts[2]]
    meant = "/".join(parts)
    return meant if any(pattern.fullmatch(meant) for pattern in _FORMS.values()) else None
