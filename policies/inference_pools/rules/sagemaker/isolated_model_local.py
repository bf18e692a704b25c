"""An isolated container needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import Container
from inference_pools.rule import Options, rule


@rule(
    Container,
    id="isolated-model-local",
    title="An isolated container has its weights",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Bring the weights by modelDataUrl and name the folder /opt/ml/model, or remove the isolation.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
)
def isolated_model_local(container: Container, options: Options) -> Iterator[Finding]:
    """A container without a way out cannot fetch a model from Hugging Face's hub, and never becomes healthy."""
    if container.is_isolated and (variable := container.hub_model):
        named = container.leaf("environment").child(variable)
        yield Finding(named.keys, f"is {named.text()!r}, to be fetched from outside: the container is isolated")
