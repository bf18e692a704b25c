"""What a word of a placeholder means at each vendor, and the command that tells the real value.

An id says whose it is by its form. `{model}` does not: in an endpoint configuration it is a model of SageMaker, in a
pool one of Azure ML. The commands are those of the vendors' own command lines:
https://learn.microsoft.com/cli/azure/reference-index, https://docs.aws.amazon.com/cli/latest/reference/ and
https://cloud.google.com/sdk/gcloud/reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from inference_pools.placeholders import slots
from inference_pools.placeholders.slots import Slot

_ROLE: Final = Slot("the role", "the role's ARN (`aws iam list-roles --query 'Roles[].Arn'`)")
_AWS_REGION: Final = Slot("the region", "an AWS region such as eu-west-1 (`aws configure get region`)")
_AWS_REPOSITORY: Final = Slot(
    "the repository",
    "the repository's URI (`aws ecr describe-repositories --query 'repositories[].repositoryUri'`)",
)
_SERVICE_ACCOUNT: Final = Slot(
    "the service account",
    "the service account's address (`gcloud iam service-accounts list --format 'value(email)'`)",
)
_ARTIFACTS: Final = Slot("the repository", "the repository's name (`gcloud artifacts repositories list`)")
_GOOGLE_NUMBER: Final = Slot(
    "the project number",
    "the project's number (`gcloud projects describe PROJECT --format 'value(projectNumber)'`, PROJECT being its id)",
)

_VENDORS: Final[Mapping[str, Mapping[str, Slot]]] = {
    "Azure": {
        "region": slots.AZURE_LOCATION,
        "location": slots.AZURE_LOCATION,
        "project id": Slot("the project", "the project's own id"),
    },
    "AWS": {
        "account": slots.AWS_ACCOUNT,
        "bucket": slots.AWS_BUCKET,
        "compute": Slot("the instance type", "an instance type such as ml.g5.xlarge"),
        "endpoint": Slot(
            "the endpoint's name",
            "the endpoint's name (`aws sagemaker list-endpoints --query 'Endpoints[].EndpointName'`)",
        ),
        "environment": slots.STAGE,
        "identity": _ROLE,
        "image": Slot("the image", "an image that was pushed, with its digest (`aws ecr describe-images`)"),
        "kms": Slot("the key", "the key's ARN (`aws kms list-keys --query 'Keys[].KeyArn'`)"),
        "location": _AWS_REGION,
        "model": Slot(
            "the model's name", "the name of a model (`aws sagemaker list-models --query 'Models[].ModelName'`)"
        ),
        "pool": Slot("the pool", "the pool's own name"),
        "project id": Slot("the project", "the project's own id"),
        "region": _AWS_REGION,
        "registry": _AWS_REPOSITORY,
        "repository": _AWS_REPOSITORY,
        "role": _ROLE,
        "subnet": Slot("the subnet", "the subnet's id (`aws ec2 describe-subnets --query 'Subnets[].SubnetId'`)"),
        "workspace": Slot("the workspace", "the workspace's own name"),
    },
    "Google": {
        "account": _SERVICE_ACCOUNT,
        "bucket": slots.GOOGLE_BUCKET,
        "compute": Slot("the machine type", "a machine type such as g2-standard-12"),
        "endpoint": Slot("the endpoint's id", "the endpoint's number (`gcloud ai endpoints list`)"),
        "environment": slots.STAGE,
        "identity": _SERVICE_ACCOUNT,
        "image": Slot("the image", "an image that was pushed, with its digest (`gcloud artifacts docker images list`)"),
        "index": Slot("the index's id", "the index's number (`gcloud ai indexes list`)"),
        "kms": Slot("the key", "the key's name (`gcloud kms keys list`)"),
        "location": slots.GOOGLE_LOCATION,
        "model": Slot("the model's id", "the model's id (`gcloud ai models list`)"),
        "network": Slot("the network", "the network's name (`gcloud compute networks list`)"),
        "pool": Slot("the pool", "the pool's own name"),
        "project id": slots.GOOGLE_PROJECT,
        "publisher": Slot("the model", "a model of the Model Garden (`gcloud ai model-garden models list`)"),
        "region": slots.GOOGLE_LOCATION,
        "registry": _ARTIFACTS,
        "repository": _ARTIFACTS,
        "workspace": Slot("the workspace", "the workspace's own name"),
    },
}  # fmt: skip
_OTHER: Final[Mapping[str, Slot]] = {
    **{word: Slot(f"the {word}", f"the {word}'s own name") for word in ("compute", "endpoint", "identity", "model")},
    **{word: Slot(f"the {word}", f"the {word}'s own name") for word in ("pool", "registry", "workspace")},
    "environment": slots.STAGE,
    "project id": Slot("the project", "the project's own id"),
}
"""What is of a platform of somebody's own: no command is known that tells it."""


def in_words_of(vendor: str, slot: Slot | None, said: Sequence[str], key: Sequence[str]) -> Slot | None:
    """The slot in the words of a vendor, where a word alone told which it is, or none did that all vendors know.

    `said` are the words of the placeholder, `key` those of its property. No vendor means Azure, as ever.
    """
    if slot is slots.GOOGLE_PROJECT or (slot is not None and slot.word == "project id" and vendor == "Google"):
        return _GOOGLE_NUMBER if "number" in said else slots.GOOGLE_PROJECT
    if not vendor or (slot is not None and not slot.word):
        return slot
    table = _VENDORS.get(vendor, _OTHER)
    if vendor == "Google" and slot is not None and slot.word == "project" and list(key) == ["project"]:
        return slots.GOOGLE_PROJECT  # a project's name is of no use where the project itself is asked for
    if vendor == "Google" and "publisher" in key:
        return table["publisher"]
    if slot is not None:
        return table.get(slot.word, slot)
    return next((table[word] for word in (*said, *key) if word in table), None)
