"""A floor of replicas is no higher than its ceiling."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex.facets import Replicas
from inference_pools.rule import Judgement, Options, rule


@rule(
    Replicas,
    id="replicas-ordered",
    title="The least number of replicas is no more than the greatest",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Set {least} and {most} so that the first is no more than the second.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/DedicatedResources",
)
def replicas_ordered(replicas: Replicas, options: Options) -> Iterator[Judgement]:
    """The provider takes any numbers, and Google refuses the deployment a quarter of an hour later.

    Google's own client raises a ceiling below the floor without a word, so that the same numbers work there, and cost
    what nobody wrote. Fewer replicas may be required than the floor: the others are tried again meanwhile.
    """
    yield _in_order(replicas)
    yield _reachable(replicas)
    yield _begins_within(replicas)


def _in_order(replicas: Replicas) -> Iterator[Finding]:
    least, most = replicas.count("least"), replicas.count("most")
    if least is not None and most is not None and least > most:
        floor, ceiling = replicas.called("least"), replicas.called("most")
        remedy = f"Set {floor} to {f'{most} or less' if most > 0 else 0}, or {ceiling} to {least} or more."
        if replicas.leaf("least").present:
            default = "" if replicas.leaf("most").present else " by default"
            yield Finding("least", f"is {least}, and {ceiling} is {most}{default}", remedy)
        else:
            yield Finding("most", f"is {most}, and {floor} is {least} by default", remedy)


def _reachable(replicas: Replicas) -> Iterator[Finding]:
    required, least, most = (replicas.count(field) for field in ("required", "least", "most"))
    ceiling = ("most", most) if most is not None else ("least", least)
    if required is not None and ceiling[1] is not None and required > ceiling[1] >= (least or 0):
        name = replicas.called(ceiling[0])
        message = f"is {required}, and {name} is {ceiling[1]}: there are never so many, and no deployment succeeds"
        yield Finding("required", message, f"Set {replicas.called('required')} to {ceiling[1]} or less.")


def _begins_within(replicas: Replicas) -> Iterator[Finding]:
    initial, least, most = (replicas.count(field) for field in ("initial", "least", "most"))
    if initial is None or (least is not None and most is not None and least > most):
        return
    if least is not None and initial < least:
        floor = replicas.called("least")
        remedy = f"Set {replicas.called('initial')} to {least} or more."
        yield Finding("initial", f"is {initial}, and {floor} is {least}", remedy)
    if most is not None and initial > most:
        ceiling = replicas.called("most")
        remedy = f"Set {replicas.called('initial')} to {most} or less."
        yield Finding("initial", f"is {initial}, and {ceiling} is {most}", remedy)
