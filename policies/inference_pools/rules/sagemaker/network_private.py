"""A model runs in a network of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.facets import Network
from inference_pools.platforms.sagemaker.kinds import MODEL
from inference_pools.rule import Option, Options, stack_rule
from inference_pools.rules.sagemaker._placed import only_serverless
from inference_pools.stack import Stack
from inference_pools.view import facets_of


@stack_rule(
    id="network-private",
    title="A model runs in a network of one's own",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set vpcConfig to subnets and security groups of the VPC; isolation may stand beside it.",
    options={"required": Option(False, "Whether a model that is in no VPC is reported.")},
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html",
)
def network_private(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Through a VPC, flow logs and endpoint policies see and bound what a model reaches: its bucket, and little else.

    A serverless endpoint takes no VPC, and a model that only such an endpoint serves is not judged.
    """
    for model in stack.items(MODEL) if options.required else ():
        yield model.subject, _private(model, stack)


def _private(model: Item, stack: Stack) -> Iterator[Finding]:
    for network in facets_of(model.subject, Network):
        if not network.is_in_vpc and not only_serverless(stack, model):
            yield Finding(network.keys_of("vpc"), "is not set: its containers run in a network of AWS's")
