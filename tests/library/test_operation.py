"""What an operation on a part of a stack leaves out."""

from __future__ import annotations

from inference_pools.finding import Outcome
from inference_pools.operation import is_outside, sentence, unseen
from inference_pools.rule import Scope
from inference_pools.runner import judge_stack
from inference_pools.stack import stacks_of
from inference_pools.view import is_kept, view
from rules.fixture_files import TODAY, fixtures

POOL = "azure-native:machinelearningservices:InferencePool"


FROM_WHAT_IS_NOT_THERE = {
    "capacity-meets-load",
    "network-isolated",
    "network-private",
    "scaling-floor-in-production",
    "service-model-same",
}
"""Rules for which a resource is wrong without another one, such as what scales it. An operation that leaves that one
out makes the first without it, so that they are right."""


def test_what_is_outside_counts_against_nobody() -> None:
    """It may be anything: in no stack that is good the rest becomes wrong when one resource cannot be seen."""
    tried, concluding = 0, set()
    for fixture in (each for each in fixtures() if each.good and len(each.resources) > 1):
        settings = [each for each in fixture.settings() if each.rule.scope is Scope.STACK]
        for hidden in (each for each in fixture.resources if is_kept(each.type)):
            tried += 1
            left = [unseen(each) if each is hidden else each for each in fixture.resources]
            verdicts = [each for stack in stacks_of(left, TODAY) for each in judge_stack(settings, stack)]
            others = [each for each in verdicts if each.urn != hidden.urn and each.outcome.reported]
            concluding |= {each.rule for each in others if each.outcome is not Outcome.UNKNOWN}
    assert tried > 100
    assert concluding == FROM_WHAT_IS_NOT_THERE


def test_every_kind_can_be_unseen() -> None:
    of_every_kind = {each.type: each for fixture in fixtures() for each in fixture.resources if is_kept(each.type)}
    for resource in of_every_kind.values():
        assert unseen(resource).properties
        subject = view(unseen(resource))
        assert subject is not None, resource.type


def test_only_a_kind_that_rules_look_at_tells_by_having_no_properties() -> None:
    assert is_outside(POOL, {})
    assert not is_outside(POOL, {"location": "westeurope"})
    assert not is_outside("aws:s3:Bucket", {})


def test_a_few_are_named_and_the_rest_counted() -> None:
    assert sentence([]) == ""
    assert sentence(["a"]).startswith("1 resource is outside this operation (--target, --exclude), and not judged")
    assert sentence(list("abcdefg")).endswith(": a, b, c, d, e and 2 more")
