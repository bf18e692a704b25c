"""A service on several clouds: what is of it, which model it serves on each, and who owns it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from inference_pools import platforms
from inference_pools.facets import ModelSource, Tags
from inference_pools.facets.place import place
from inference_pools.facets.served import Served, Told, by_path, on_the_hub, told
from inference_pools.facts import Facts
from inference_pools.finding import Outcome
from inference_pools.owners import owner_of
from inference_pools.platforms.platform import Kind, Layout, Platform, Subject
from inference_pools.policy_config import default_settings, parse
from inference_pools.resource import Resource
from inference_pools.rules.owner_tag_valid import owner_tag_valid
from inference_pools.rules.service_model_same import service_model_same
from inference_pools.rules.service_model_same_in_stacks import service_model_same_in_stacks
from inference_pools.rules.service_owner_same import service_owner_same
from inference_pools.runner import judge, judge_project, judge_stack
from inference_pools.services import services, tag_of
from inference_pools.stack import stacks_of
from inference_pools.values import UNKNOWN_STRING

SERVICES: Final = (("fraud", "prod"), ("fraud", "dev"), ("chat", "prod"))
FLEET: Final = Kind("labelled", "Fleet", "fleet")
LABELLED: Final = Platform(
    "labelled",
    "A cloud whose labels hold no address",
    modules=frozenset({("labelled", "serving")}),
    kind_of=lambda token: FLEET if token.kind == "Fleet" else None,
    layouts=(
        Layout(
            FLEET,
            places={
                Tags: (place({}, "labels", takes="[a-z0-9_-]{0,63}"),),
                ModelSource: (place({"id": "model"}, parse=lambda text: on_the_hub(text) or by_path(text)),),
            },
        ),
    ),
    facts=Facts("Third"),
)


@pytest.fixture(autouse=True)
def three_clouds() -> Iterator[None]:
    platforms.add(LABELLED)
    yield
    platforms.remove(LABELLED)


def fleet(name: str = "fraud", stack: str = "prod", **properties: Any) -> Resource:
    token = "labelled:serving/fleet:Fleet"
    return Resource(f"urn:pulumi:{stack}::shop::{token}::{name}", token, name, properties)


def sagemaker(url: str, name: str = "fraud", stack: str = "prod", **tags: str) -> Resource:
    token = "aws:sagemaker/model:Model"
    properties = {"primaryContainer": {"modelDataUrl": url}, "tags": tags}
    return Resource(f"urn:pulumi:{stack}::shop::{token}::{name}", token, name, properties)


def pool(version: int, name: str = "fraud", stack: str = "prod", **tags: str) -> Resource:
    token = "azure-native:machinelearningservices:InferenceGroup"
    model = {"modelId": f"azureml://registries/r/models/fraud/versions/{version}"}
    properties = {"inferenceGroupProperties": {"modelConfiguration": model}, "tags": tags}
    return Resource(f"urn:pulumi:{stack}::shop::{token}::{name}", token, name, properties)


def said(rule: Any, *resources: Resource, **options: Any) -> list[tuple[str, str]]:
    settings = parse({rule.id: options}, [rule])
    stacks = stacks_of(resources)
    verdicts = [verdict for stack in stacks for verdict in judge_stack(settings, stack)]
    verdicts += judge_project(settings, stacks)
    return [(one.urn.split("::")[2].partition(":")[0], one.message) for one in verdicts if one.outcome.reported]


@pytest.mark.parametrize(
    "names",
    [
        ("fraud", "fraud"),
        ("fraud-azure-group", "prod-fraud-aws-model"),
        ("fraud-westeurope", "fraud-eu-central-1"),
        ("fraud-group-prod", "Fraud-Endpoint-Config"),
    ],
    ids=" ".join,
)
def test_words_for_clouds_kinds_regions_and_environments_are_no_part_of_a_service(names: tuple[str, str]) -> None:
    (found,) = services(stacks_of([pool(7, names[0]), sagemaker("s3://b/fraud/7/m.tar.gz", names[1])]))
    assert (found.name, [one.vendor for one in found.where]) == ("fraud", ["Azure", "AWS"])


@pytest.mark.parametrize("names", [("fraud", "chat"), ("fraud-eu", "fraud-us"), ("azure-group", "aws-model")])
def test_other_names_are_other_services(names: tuple[str, str]) -> None:
    """And a name that says nothing but what it is, is none."""
    assert list(services(stacks_of([pool(7, names[0]), sagemaker("s3://b/x", names[1])]))) == []


def test_a_tag_goes_before_the_name() -> None:
    resources = [pool(7, "scorer", service="Fraud"), sagemaker("s3://b/x", "m-17", service="fraud")]
    assert [found.name for found in services(stacks_of(resources))] == ["fraud"]


def test_resources_of_one_type_and_name_are_told_apart_by_tags() -> None:
    """Tags are read once where they are the same, wherever they lie and whatever else there is."""
    unseen = fleet("fraud", labels=UNKNOWN_STRING)
    models = [sagemaker("s3://b/x", service=name, environment=stage) for name, stage in SERVICES]
    pools = [pool(7, service=name, environment=stage) for name, stage in SERVICES]
    resources = [
        replace(resource, urn=f"{resource.urn}-{number}") for number, resource in enumerate((unseen, *models, *pools))
    ]
    (stack,) = stacks_of(resources)

    found = list(services([stack]))

    assert [one.name for one in found] == [name for name, _ in SERVICES]
    assert {len(on.subjects) for one in found for on in one.where} == {1}


def test_environments_are_compared_with_themselves_whatever_they_are_called() -> None:
    resources = [pool(7, environment="production"), sagemaker("s3://b/fraud/6/m.tar.gz", stack="prod-aws")]
    assert said(service_model_same_in_stacks, *resources) == [
        ("aws", "is version 6 of fraud, and the service fraud runs version 7 on Azure")
    ]
    resources[1] = sagemaker("s3://b/fraud/6/m.tar.gz", stack="dev-aws")
    assert said(service_model_same_in_stacks, *resources) == []


def test_of_three_clouds_the_one_that_is_alone_is_told() -> None:
    resources = [pool(6), sagemaker("s3://b/fraud/7/m.tar.gz"), fleet(model="gs://b/fraud/7/")]
    assert said(service_model_same, *resources) == [
        ("azure-native", "is version 6 of fraud, and the service fraud runs version 7 on AWS")
    ]


def test_where_two_clouds_differ_it_is_the_older_version() -> None:
    resources = [pool(6), sagemaker("s3://b/fraud/10/m.tar.gz")]
    assert [urn for urn, _ in said(service_model_same, *resources)] == ["azure-native"]


def test_a_cloud_that_has_the_version_besides_another_is_content() -> None:
    """During a rollout there are two."""
    resources = [pool(6, "fraud-blue-x", service="fraud"), pool(7, "fraud-green-x", service="fraud")]
    assert said(service_model_same, *resources, sagemaker("s3://b/fraud/7/m.tar.gz")) == []


def test_a_model_that_is_not_known_yet_is_told_as_such() -> None:
    unknown = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", "known": False}
    resources = [pool(7), sagemaker(unknown)]  # type: ignore[arg-type]
    ((cloud, message),) = said(service_model_same, *resources)
    assert cloud == "aws"
    assert message == "not known yet: whether it is fraud version 7, as on Azure, cannot be told"


def container(image: str) -> Resource:
    token = "aws:sagemaker/model:Model"
    return Resource(f"urn:pulumi:prod::shop::{token}::fraud", token, "fraud", {"primaryContainer": {"image": image}})


def test_a_model_that_lies_in_an_image_is_told_by_its_digest_only() -> None:
    """The version of an image is none of the model's."""
    image = "471112345678.dkr.ecr.eu-central-1.amazonaws.com/fraud:3"
    ((cloud, message),) = said(service_model_same, pool(7), container(image))
    assert cloud == "aws"
    assert (
        message
        == f"is {image!r}, which names no model and version: whether it is fraud version 7, as on Azure, "
        + ("cannot be told")
    )
    ((cloud, message),) = said(service_model_same, pool(7), container(f"{image}@sha256:{'ab' * 32}"))
    assert message.startswith("is the image fraud of the digest sha256:abababababab: whether it is fraud version 7, ")


def test_a_name_that_may_be_short_for_another_is_no_finding() -> None:
    token = "aws:sagemaker/model:Model"
    environment = {"HF_MODEL_ID": "google/gemma-3-12b-it"}
    model = {"primaryContainer": {"environment": environment}}
    resources = [
        Resource(f"urn:pulumi:prod::shop::{token}::fraud", token, "fraud", model),
        fleet(model="x/gemma-3-12b"),
    ]
    ((cloud, message),) = said(service_model_same, *resources)
    assert cloud == "labelled"
    assert message == "is gemma-3-12b: whether it is gemma-3-12b-it, as on AWS, cannot be told"


def test_one_vendor_is_one_cloud() -> None:
    token = "azure-native:cognitiveservices:Deployment"
    model = {"properties": {"model": {"name": "gpt-5.1", "version": "1"}}}
    deployment = Resource(f"urn:pulumi:prod::shop::{token}::fraud", token, "fraud", model)
    assert said(service_model_same, pool(7), deployment) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Told("fraud", "7"), Told("Fraud", "v7"), True),
        (Told("fraud", "7"), Told("fraud", "7.0"), True),
        (Told("fraud", "7"), Told("fraud"), True),
        (Told("fraud", "7"), Told("fraud", "6"), False),
        (Told("fraud"), Told("chat"), False),
        (Told("Llama-3.1-8B-Instruct"), Told("llama_3_1-8b-instruct"), True),
        # An instruct model is another one than its base; whether a name leaves that out cannot be told.
        (Told("llama-3.1-8b"), Told("llama-3.1-8b-instruct"), None),
        (Told("llama-3.1-8b"), Told("llama-3.1-70b"), False),
        (Told("x", digest="sha256:1"), Told("y", digest="sha256:1"), True),
        # Each cloud has containers of its own.
        (Told("x", digest="sha256:1"), Told("x", digest="sha256:2"), None),
        (Told("x", digest="sha256:1"), Told("x", "7"), None),
    ],
    ids=str,
)
def test_what_is_one_model(one: Told, other: Told, same: bool | None) -> None:
    assert one.is_like(other) is same
    assert other.is_like(one) is same


@pytest.mark.parametrize(
    ("url", "name", "version"),
    [
        ("s3://models/fraud/7/model.tar.gz", "fraud", "7"),
        ("s3://models/team/fraud/v2.1/", "fraud", "v2.1"),
        ("gs://models/fraud/7", "fraud", "7"),
        ("s3://models/fraud-7.tar.gz", "fraud", "7"),
        ("s3://models/fraud-onnx-2.1.0.tar.gz", "fraud-onnx", "2.1.0"),
    ],
)
def test_paths_that_name_a_model(url: str, name: str, version: str) -> None:
    found = by_path(url)
    assert found is not None
    assert (found.name, found.version) == (name, version)


@pytest.mark.parametrize(
    "url",
    ["s3://models/model.tar.gz", "s3://models/fraud/output/model.tar.gz", "s3://models/2026/11/model.tar.gz", "x"],
)
def test_paths_that_name_none(url: str) -> None:
    assert by_path(url) is None


def test_what_an_asset_tells() -> None:
    assert told(Served("gemma3", "gemma-3-12b-it")) == Told("gemma-3-12b-it")
    assert told(Served("fraud", "sha256:1")) == Told("fraud", digest="sha256:1")
    assert told(Served("models/x", unversioned="a path in a datastore")) is None
    assert on_the_hub("google/gemma-3-12b-it") == Served("gemma-3-12b-it")
    assert on_the_hub("/opt/ml/model") is on_the_hub("s3://b/x") is on_the_hub("gemma") is None


def test_owners_are_compared_as_the_mapping_has_them_and_else_by_the_part_before_the_at() -> None:
    resources = [pool(7, owner="ML.Platform@contoso.com"), fleet(labels={"owner": "ml-platform"})]
    assert said(service_owner_same, *resources) == []
    resources[1] = fleet(labels={"owner": "payments"})
    assert said(service_owner_same, *resources) == [
        ("labelled", "is 'payments', and the service fraud has ML.Platform@contoso.com on Azure")
    ]
    assert said(service_owner_same, *resources, owners={"PAYMENTS": "ml.platform@contoso.com"}) == []
    assert said(service_owner_same, *resources, owners={"payments": "pay@contoso.com"}) == [
        ("labelled", "is 'payments', and the service fraud has ML.Platform@contoso.com on Azure")
    ]


def test_an_owner_is_told_with_what_stands_in_the_tag() -> None:
    assert str(owner_of("pay", {"Pay": "payments@contoso.com"})) == "payments@contoso.com (pay)"
    assert str(owner_of("pay", {})) == "pay"


@pytest.mark.parametrize(
    ("owner", "options", "message"),
    [
        ("ml-platform", {}, None),
        # No label looks like an address: what it means has to.
        ("ml-platform", {"pattern": ".+@contoso[.]com"}, None),
        ("ml", {"pattern": ".+@contoso[.]com", "owners": {"ml": "ml@contoso.com"}}, None),
        (
            "ml",
            {"domains": ["contoso.com"], "owners": {"ml": "ml@fabrikam.com"}},
            "allowed are addresses in contoso.com",
        ),
        (
            "mll",
            {"owners": {"ml": "ml@contoso.com"}},
            "is 'mll', which the mapping of owners does not have, did you mean",
        ),
        ("nobody", {}, "is 'nobody', which names nobody"),
        ("ml", {"owners": {"ml": "nobody"}}, "is 'ml', which names nobody"),
    ],
)
def test_a_label_names_an_owner_by_the_mapping(owner: str, options: dict[str, Any], message: str | None) -> None:
    settings = parse({"owner-tag-valid": options}, [owner_tag_valid])
    found = [one for one in judge(settings, fleet(labels={"owner": owner})) if one.outcome is Outcome.VIOLATED]
    assert [message in one.message for one in found if message] == ([True] if message else [])
    assert bool(found) is (message is not None)


def test_a_tag_that_can_hold_an_address_is_held_against_the_pattern() -> None:
    settings = parse({"owner-tag-valid": {"pattern": ".+@contoso[.]com", "owners": {"x": "y"}}}, [owner_tag_valid])
    (found,) = judge(settings, pool(7, owner="ml-platform"))
    assert found.outcome is Outcome.VIOLATED


def test_no_service_is_looked_for_on_one_cloud() -> None:
    verdicts = judge_stack(default_settings([service_model_same]), stacks_of([pool(7), pool(6, "b")])[0])
    assert [one.outcome for one in verdicts] == [Outcome.CLEAN]


def test_services_are_told_once_a_stack_however_many_rules_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def tag(subject: Subject, name: str) -> str | None:
        asked.append(subject.resource.name)
        return tag_of(subject, name)

    monkeypatch.setattr("inference_pools.services.tag_of", tag)
    stacks = stacks_of([pool(7, "fraud-pool"), sagemaker("s3://b/fraud/7/m.tar.gz", "fraud-aws")])
    assert [found.name for _ in range(2) for found in services(stacks)] == ["fraud", "fraud"]
    assert sorted(asked) == ["fraud-aws", "fraud-pool"]
