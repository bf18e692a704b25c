"""A model has no way out of its container."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.facets import Container, Network
from inference_pools.platforms.sagemaker.kinds import MODEL
from inference_pools.rule import Option, Options, stack_rule
from inference_pools.rules.sagemaker._placed import only_serverless
from inference_pools.stack import Stack
from inference_pools.view import facets_of


@stack_rule(
    id="network-isolated",
    title="A model has no way out of its container",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set enableNetworkIsolation to true; SageMaker still brings image and weights.",
    options={"required": Option(False, "Whether a model that is not isolated is reported.")},
    since="2026.12",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html#sagemaker-5",
    controls=("SageMaker.5", "CKV_AWS_370"),
)
def network_isolated(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Code in a container that reaches the internet can carry requests and weights away.

    A model that fetches its weights when it starts could not with isolation, and a serverless endpoint takes none:
    neither is judged.
    """
    for model in stack.items(MODEL) if options.required else ():
        yield model.subject, _isolated(model, stack)


def _isolated(model: Item, stack: Stack) -> Iterator[Finding]:
    if any(container.hub_model for container in facets_of(model.subject, Container)):
        return
    for network in facets_of(model.subject, Network):
        if not network.is_isolated and not only_serverless(stack, model):
            yield Finding(network.keys_of("isolation"), "is not set: its containers reach the internet")
