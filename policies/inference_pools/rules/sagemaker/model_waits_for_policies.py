"""A model waits for the policies of its role."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.joins import Item
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.platform import Subject
from inference_pools.platforms.sagemaker.edges import MODEL_TO_ROLE, ROLE_POLICY_TO_ROLE
from inference_pools.platforms.sagemaker.kinds import MODEL
from inference_pools.rule import Options, stack_rule
from inference_pools.stack import Stack


@stack_rule(
    id="model-waits-for-policies",
    title="A model waits for the policies of its role",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Make the model with opts=pulumi.ResourceOptions(depends_on=[…]), naming the policies.",
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/resources/options/dependson/",
)
def model_waits_for_policies(stack: Stack, options: Options) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """Pulumi makes a model as soon as its role is there, beside the policies, which nothing in the model names.

    The first deployment then fails: the role may not read the image or the weights yet. The second works, which is
    why nobody looks for the cause.
    """
    for model in stack.items(MODEL):
        yield model.subject, _waits(model, stack)


def _waits(model: Item, stack: Stack) -> Iterator[Finding]:
    dependencies = model.subject.resource.dependencies
    if dependencies is None:
        return  # the source does not tell
    roles = stack.follow(model, MODEL_TO_ROLE).sure
    policies = [policy for role in roles for policy in stack.leading_to(role, ROLE_POLICY_TO_ROLE).sure]
    late = [policy for policy in policies if policy.subject.resource.urn not in dependencies]
    if late:
        names = ", ".join(policy.subject.resource.name for policy in late)
        keys = model.address.keys_of("role")
        yield Finding(keys, f"is the ARN of a role whose policies the model does not wait for: {names}")
