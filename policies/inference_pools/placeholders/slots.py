"""What stands at each place of an id: the words for it, and which values the place can hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from inference_pools import azure_regions as regions
from inference_pools.placeholders import guids
from inference_pools.placeholders.patterns import pattern


class Slot(NamedTuple):
    """A place in an id or a configuration."""

    words: str
    belongs: str
    """What to write there, with a form that works."""
    fits: Callable[[str], bool] | None = None
    """Whether a value can be real at this place; None where any name can."""
    proves: bool = True
    """Whether a value that fits proves the id to be real: a GUID does, a name that is merely well formed does not."""
    word: str = ""
    """The word that told it, where no id did: what that means is another thing at each vendor."""


_ACCOUNT: Final = pattern(r"[0-9]{12}")

# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
_AWS_REGION: Final = pattern(
    r"(?:us|eu|ap|sa|ca|me|af|il|mx|cn|eusc|us-gov|us-iso[a-z]?|eu-isoe)-"
    r"(?:de-)?(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9][a-z]?"
)
# https://cloud.google.com/vertex-ai/docs/general/locations; with a zone's letter, and the multi-regions.
_GOOGLE_LOCATION: Final = pattern(
    r"(?:us|northamerica|southamerica|europe|asia|australia|me|africa)-"
    r"(?:north|south|east|west|central|northeast|northwest|southeast|southwest)[0-9]{1,2}(?:-[a-f])?"
    r"|global|us|eu|europe|asia|in|nam[0-9]{1,2}|eur[0-9]{1,2}|asia[0-9]{1,2}"
)
# Azure's other clouds, and the regions that Microsoft keeps for itself, are not in the list of public regions.
# https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
_AZURE_OTHER: Final = pattern(
    r"(?:us(?:gov|dod|nat|sec)|china|germany|bleu|delos)[a-z]+[0-9]?|[a-z]+[0-9]?(?:euap|stage|stg)|global"
)
_GOOGLE_PROJECT: Final = pattern(r"[a-z0-9_*][a-z0-9_.:*-]*")


def is_account(text: str) -> bool:
    """An AWS account: twelve digits (a single one twelve times is nobody's)."""
    return _ACCOUNT.fullmatch(text) is not None and len(set(text)) > 1


def is_azure_region(text: str) -> bool:
    """A region of any Azure cloud, in either spelling."""
    name = regions.normalize(text)
    return name in regions.KNOWN or _AZURE_OTHER.fullmatch(name) is not None


def is_aws_region(text: str) -> bool:
    """A region of AWS, by the pattern of their names: new ones need no release of ours."""
    return _AWS_REGION.fullmatch(text) is not None


def is_google_location(text: str) -> bool:
    """A region, zone or multi-region of Google Cloud."""
    return _GOOGLE_LOCATION.fullmatch(text) is not None


def is_real_guid(text: str) -> bool:
    """A GUID that nobody typed by hand."""
    return guids.is_guid(text) and not guids.is_typed(text)


def is_definition(text: str) -> bool:
    """The id of a role or policy definition: built-in ones are GUIDs of any look, and custom ones have names."""
    return not guids.is_guid(text) or not guids.is_one_digit(text)


def _is_google_project(text: str) -> bool:
    return _GOOGLE_PROJECT.fullmatch(text) is not None


def _is_repository(text: str) -> bool:
    # Repositories have no capitals at all; text that mixes them is a slip, text with nothing else a template.
    return not text.isupper()


SUBSCRIPTION: Final = Slot(
    "the subscription id", "the subscription's GUID (`az account show --query id`)", is_real_guid
)
TENANT: Final = Slot("the tenant id", "the tenant's GUID (`az account show --query tenantId`)", is_real_guid)
AZURE_LOCATION: Final = Slot(
    "the region",
    "an Azure region such as westeurope (`az account list-locations --query '[].name'`)",
    is_azure_region,
)
WORKSPACE_ID: Final = Slot(
    "the workspace id", "the workspace's GUID (`az ml workspace show --query workspace_id`)", is_real_guid
)
DEFINITION: Final = Slot(
    "the definition's id",
    "the definition's GUID (`az role definition list --query '[].name'`)",
    is_definition,
    proves=False,
)
AWS_PARTITION: Final = Slot("the partition", "aws, aws-cn or aws-us-gov")
AWS_SERVICE: Final = Slot("the service", "a service's prefix such as sagemaker")
AWS_REGION: Final = Slot("the region", "an AWS region such as eu-west-1", is_aws_region)
AWS_ACCOUNT: Final = Slot(
    "the account id",
    "the account's twelve digits (`aws sts get-caller-identity --query Account`)",
    is_account,
)
AWS_RESOURCE: Final = Slot("the resource", "the resource's type and name, such as endpoint/fraud-blue")
GOOGLE_PROJECT: Final = Slot(
    "the project id",
    "the project's id or number (`gcloud config get project`)",
    _is_google_project,
    proves=False,
)
GOOGLE_LOCATION: Final = Slot("the location", "a Google Cloud region such as europe-west4", is_google_location)
IMAGE_REGISTRY: Final = Slot("the registry's name", "the registry's name (`az acr list --query '[].name'`)")
IMAGE_REPOSITORY: Final = Slot(
    "the repository", "the image's repository, such as inference/fraud", _is_repository, proves=False
)
IMAGE_TAG: Final = Slot("the image's tag", "the tag or, better, the digest of an image that was pushed")
HOST: Final = Slot("the host", "the host's name")
AWS_BUCKET: Final = Slot("the bucket's name", "the bucket's name (`aws s3api list-buckets --query 'Buckets[].Name'`)")
GOOGLE_BUCKET: Final = Slot("the bucket's name", "the bucket's name (`gcloud storage buckets list`)")

# The collection in an Azure id -> what follows it. What is not here is called by its collection.
AZURE: Final = {
    "subscriptions": SUBSCRIPTION,
    "resourcegroups": Slot(
        "the resource group's name", "the resource group's name (`az group list --query '[].name'`)"
    ),
    "providers": Slot("the resource provider", "a resource provider such as Microsoft.MachineLearningServices"),
    "locations": AZURE_LOCATION,
    "workspaces": Slot("the workspace's name", "the workspace's name (`az ml workspace list --query '[].name'`)"),
    "registries": Slot("the registry's name", "the registry's name, such as azureml or your organisation's own"),
    "models": Slot("the model's name", "the name of a registered model (`az ml model list --query '[].name'`)"),
    "environments": Slot(
        "the environment's name",
        "the name of a registered environment (`az ml environment list --query '[].name'`)",
    ),
    "inferencepools": Slot("the pool's name", "the name of the inference pool"),
    "onlineendpoints": Slot("the endpoint's name", "the endpoint's name (`az ml online-endpoint list`)"),
    "datastores": Slot("the datastore's name", "the datastore's name (`az ml datastore list --query '[].name'`)"),
    "paths": Slot("the path", "the path within the datastore"),
    "computes": Slot("the compute's name", "the compute's name (`az ml compute list --query '[].name'`)"),
    "userassignedidentities": Slot(
        "the identity's name", "the name of the managed identity (`az identity list --query '[].name'`)"
    ),
    "roledefinitions": DEFINITION,
    "sqlroledefinitions": DEFINITION,
    "policydefinitions": DEFINITION,
    "policysetdefinitions": DEFINITION,
}
# The same for Google Cloud.
GOOGLE: Final = {
    "projects": GOOGLE_PROJECT,
    "locations": GOOGLE_LOCATION,
    "regions": GOOGLE_LOCATION,
    "zones": GOOGLE_LOCATION,
    "endpoints": Slot("the endpoint's id", "the endpoint's number (`gcloud ai endpoints list`)"),
    "models": Slot("the model's id", "the model's id (`gcloud ai models list`)"),
}

STAGE: Final = Slot("the stage", "the name of the stage, such as dev or prod", word="stage")
"""What `{env}` and `<environment>` mean in a name or a tag. The asset of that kind has an id, and stands in ids."""
PROJECT: Final = Slot("the project", "the project's own name", word="project")
ENVIRONMENT: Final = AZURE["environments"]._replace(word="environment")
"""What is meant by an environment's id, where no id says whose."""

_VERSIONED: Final = {"versions": "version", "labels": "label"}

# The last word of a property's name, or of the placeholder itself -> the place it speaks of.
_SAID: Final = {
    "subscription": SUBSCRIPTION,
    "sub": SUBSCRIPTION,
    "tenant": TENANT,
    "resourcegroup": AZURE["resourcegroups"],
    "rg": AZURE["resourcegroups"],
    "workspace": AZURE["workspaces"],
    "registry": AZURE["registries"],
    "model": AZURE["models"],
    "environment": STAGE,
    "env": STAGE,
    "stage": STAGE,
    "pool": AZURE["inferencepools"],
    "endpoint": AZURE["onlineendpoints"],
    "compute": AZURE["computes"],
    "identity": AZURE["userassignedidentities"],
    "account": Slot("the account", "the account's own id or name"),
    "project": PROJECT,
    "region": Slot("the region", "a region such as westeurope, eu-west-1 or europe-west4"),
    "location": Slot("the region", "a region such as westeurope, eu-west-1 or europe-west4"),
    "owner": Slot("the owner", "who answers for it: a person's or team's address, such as ml-platform@contoso.com"),
    "team": Slot("the team's name", "the team's name"),
    "version": Slot("the version", "a version that exists, such as 3"),
    "tag": Slot("the tag", "a tag that exists"),
}
NAMED: Final = {word: slot if slot.word else slot._replace(word=word) for word, slot in _SAID.items()}

_BY_ID: Final = {STAGE: ENVIRONMENT, PROJECT: GOOGLE_PROJECT._replace(word="project id")}
"""What is meant where the words speak of an id, a number or a version: a stage has none."""
_OF_AN_ID: Final = frozenset(("id", "ids", "number", "version"))
_STAGES: Final = frozenset(("environment", "env", "stage"))
_ENDS_OF_A_STAGE: Final = _STAGES | {"name", "short", "suffix"}
"""The last words of what means a stage; `env_file` and `ENVIRONMENT_FOLDER_PATH` mean none."""


def named(said: Sequence[str]) -> Slot | None:
    """The place that words speak of, such as those of a property's name; None where they name none."""
    if "resource" in said and "group" in said:
        return NAMED["resourcegroup"]
    is_id = not _OF_AN_ID.isdisjoint(said)
    passed = frozenset() if is_id or (said[-1:] and said[-1] in _ENDS_OF_A_STAGE) else _STAGES
    slot = next((NAMED[word] for word in said if word in NAMED and word not in passed), None)
    return _BY_ID.get(slot, slot) if slot is not None and is_id else slot


@lru_cache(maxsize=512)
def azure_collection(name: str, parent: str | None) -> Slot:
    """The slot that follows a collection in an Azure id: `versions` after `models` is followed by a model's version."""
    return _collection(name, parent, AZURE)


@lru_cache(maxsize=512)
def google_collection(name: str, parent: str | None) -> Slot:
    """The slot that follows a collection in the name of a Google Cloud resource."""
    return _collection(name, parent, GOOGLE)


def _collection(name: str, parent: str | None, table: dict[str, Slot]) -> Slot:
    key = name.lower()
    if key == "workspaces" and parent == "locations":
        return WORKSPACE_ID
    if key in _VERSIONED:
        owner = f"the {singular(parent)}'s" if parent else "the"
        what = _VERSIONED[key]
        example = "such as 3" if what == "version" else "such as latest"
        return Slot(f"{owner} {what}", f"a {what} that exists, {example}")
    return table.get(key) or Slot(f"the {singular(name)}'s name", f"the name of the {singular(name)}")


@lru_cache(maxsize=512)
def singular(plural: str) -> str:
    """One of them, in words: `inferencePools` is `inference pool`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plural).lower()
    if words.endswith("ies"):
        return words[:-3] + "y"
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words
