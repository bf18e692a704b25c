"""Wrong configurations of the samples, each with one value changed, and what has to be said of each.

A line of a table is a key of the stack's configuration, what stands there instead, and what the rules say of it: rule,
resource and property. `[]` is every item of a list in turn, `{item}` and `{n}` its name and number. Each line tells all
that is said: a rule that speaks besides is as wrong as one that is silent. The bounds are written here a second time,
from the vendors' pages, and read from no rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from inference_pools.finding import Outcome
from inference_pools.own_checks import PROGRAM_RUNS, PROVIDER_CHECK
from inference_pools.path import parse_path

Said = tuple[str, Outcome, str, str]
"""Rule, outcome, the resource's name, path."""
GONE: Final = object()
"""In place of a value: there is none."""


@dataclass(frozen=True)
class Change:
    """A key with another value. `says` has a line for each finding: `RULE RESOURCE PATH`; none: the value is right."""

    at: str
    value: object
    says: tuple[str, ...]


@dataclass(frozen=True)
class Mutant:
    """A stack's configuration with one change, and what is said of it."""

    name: str
    config: Mapping[str, str]
    expected: frozenset[Said]


def wrong(at: str, value: object, *says: str) -> Change:
    """A line of a table."""
    return Change(at, value, says)


def mutants(changes: tuple[Change, ...], config: Mapping[str, str], namespace: str) -> Iterator[Mutant]:
    """What becomes of a configuration, change by change, item by item."""
    for change in changes:
        of, _, at = change.at.rpartition(":")
        key, *rest = parse_path(at.replace("[]", "[0]"))
        name = f"{of or namespace}:{key}"
        value = json.loads(config[name]) if rest else config[name]
        listed = rest.index(0) if "[]" in change.at else None
        items = [None] if listed is None else range(len(_at(value, rest[:listed])))
        for number in items:
            keys = [number if index == listed else step for index, step in enumerate(rest)]
            item = None if number is None else _at(value, keys[: (listed or 0) + 1])
            told = {"n": number, "item": _name(item)}
            yield Mutant(
                f"{change.at.replace('[]', f'[{number}]')} = {'nothing' if change.value is GONE else change.value!r}",
                {**config, name: _changed(value, keys, change.value)},
                frozenset(_said(line.format_map(told)) for line in change.says),
            )


def _at(value: Any, keys: list[Any]) -> Any:
    for key in keys:
        value = value[key]
    return value


def _name(item: Any) -> str:
    return str(item.get("variantName", item.get("name"))) if isinstance(item, dict) else ""


def _changed(value: Any, keys: list[Any], new: object) -> str:
    if not keys:
        return str(new)
    changed = deepcopy(value)
    holder = _at(changed, keys[:-1])
    if new is GONE:
        del holder[keys[-1]]
    else:
        holder[keys[-1]] = new
    return json.dumps(changed)


def _said(line: str) -> Said:
    rule, _, rest = line.partition(" ")
    resource, _, path = rest.partition(" ")
    outcome = Outcome.VIOLATED
    if path.endswith(" unreadable") or rule == PROGRAM_RUNS:
        outcome, path = Outcome.UNREADABLE, path.removesuffix(" unreadable")
    return rule, outcome, resource, path


_HOST: Final = "904663175208.dkr.ecr.eu-west-1.amazonaws.com"
_VARIANT: Final = "real-time-config productionVariants[{n}]"
_QUEUE: Final = "asynchronous-config productionVariants[0]"
_SERVERLESS: Final = "serverless-config productionVariants[0].serverlessConfig"

_TIMEOUTS: Final = ("containerStartupHealthCheckTimeoutInSeconds", "modelDataDownloadTimeoutInSeconds")
_LONG: Final = ("card-fraud-" * 6)[:63]


def _refused(rule: str, place: str) -> tuple[str, str]:
    """What a rule finds and the provider refuses, too, before it calls AWS."""
    return f"{PROVIDER_CHECK} {place}", f"{rule} {place}"


SAGEMAKER: Final = (
    # Names: letters, digits and dashes, 63 at most.
    wrong("realTime.endpointName", "card_fraud", *_refused("name-wellformed", "real-time-endpoint name")),
    wrong("realTime.endpointName", _LONG + "d", *_refused("name-wellformed", "real-time-endpoint name")),
    wrong("realTime.endpointName", _LONG),
    wrong("realTime.captureUrl", "s3://{bucket}/card-fraud",
          "placeholder-replaced real-time-config dataCaptureConfig.destinationS3Uri"),
    wrong("serverless.endpointName", "card-fraud-prod", "names-unique serverless-endpoint name"),
    wrong("variants[].variantName", "blue_green", f"name-wellformed {_VARIANT}.variantName",
          *_refused("name-wellformed", "blue_green-model name"),
          "scaling-target-wellformed blue_green-capacity resourceId",
          "scaling-target-wellformed blue_green-requests resourceId"),
    # Capacity: fifty instances at most, two at least in production, and no other number than what scales them allows.
    wrong("variants[].instances.initialInstanceCount", 0, *_refused("capacity-bounded",
          f"{_VARIANT}.initialInstanceCount"),
          *(f"{rule} {_VARIANT}.initialInstanceCount" for rule in ("redundancy-in-production",
          "initial-count-scaled"))),
    wrong("variants[].instances.initialInstanceCount", 1,
          *(f"{rule} {_VARIANT}.initialInstanceCount" for rule in ("redundancy-in-production",
          "initial-count-scaled"))),
    wrong("variants[].instances.initialInstanceCount", 4),
    wrong("variants[].instances.initialInstanceCount", 51,
          *(f"{rule} {_VARIANT}.initialInstanceCount" for rule in ("capacity-bounded", "initial-count-scaled"))),
    wrong("asynchronous.instances.initialInstanceCount", 51,
          *(f"{rule} {_QUEUE}.initialInstanceCount" for rule in ("capacity-bounded", "initial-count-scaled"))),
    wrong("asynchronous.instances.initialInstanceCount", 1, f"redundancy-in-production {_QUEUE}.initialInstanceCount"),
    wrong("variants[].initialVariantWeight", 0, f"variant-weight-positive {_VARIANT}.initialVariantWeight"),
    wrong("variants[].initialVariantWeight", -1, *_refused("variant-weight-positive",
          f"{_VARIANT}.initialVariantWeight")),
    # Machines: known, of the region, fit for what scales them. What an image of one's own needs is not known.
    wrong("variants[].instances.instanceType", "ml.m5.larg", *_refused("sku-known", f"{_VARIANT}.instanceType")),
    wrong("variants[].instances.instanceType", "Standard_D4as_v4", f"{PROVIDER_CHECK} {_VARIANT}.instanceType"),
    wrong("variants[].instances.instanceType", "ml.t2.large", f"scaled-machine-scales {_VARIANT}.instanceType"),
    wrong("variants[].instances.instanceType", "ml.p5.48xlarge", f"machine-in-region {_VARIANT}.instanceType"),
    wrong("variants[].instances.instanceType", "ml.m5.xlarge"),
    # Patience: a minute to an hour.
    *(wrong(f"variants[].instances.{name}", seconds, *_refused("startup-timeout-bounded", f"{_VARIANT}.{name}"))
      for name in _TIMEOUTS for seconds in (59, 3601)),
    *(wrong(f"variants[].instances.{name}", seconds) for name in _TIMEOUTS for seconds in (60, 3600)),
    # What scales.
    wrong("variants[].scaling.minCapacity", 1, "scaling-floor-in-production {item}-capacity minCapacity"),
    wrong("variants[].scaling.minCapacity", 0, "way-up-from-zero {item}-capacity minCapacity"),
    wrong("variants[].scaling.maxCapacity", 51, "capacity-bounded {item}-capacity maxCapacity"),
    wrong("variants[].scaling.maxCapacity", 50),
    wrong("variants[].scaling.targetValue", 0,
          "scaling-policy-complete {item}-requests targetTrackingScalingPolicyConfiguration.targetValue"),
    wrong("asynchronous.scaling.minCapacity", 1),
    # Images: pinned, in an account of one's own; what is in the environment is no secret.
    wrong("variants[].model.image", f"{_HOST}/card-fraud-cpu:latest",
          "model-version-pinned {item}-model primaryContainer.image"),
    wrong("variants[].model.image", f"{_HOST}/card-fraud-cpu",
          "model-version-pinned {item}-model primaryContainer.image"),
    wrong("variants[].model.image", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/card-fraud-cpu:41",
          "example-account-replaced {item}-model primaryContainer.image"),
    wrong("variants[].model.environment.HF_TOKEN", "hf_" + "a1B2c3D4e5F6g7H8i9J0" * 2,
          "no-plaintext-secret {item}-model primaryContainer.environment.HF_TOKEN"),
    wrong("variants[].model.environment.LOG_LEVEL", "{log_level}",
          "placeholder-replaced {item}-model primaryContainer.environment.LOG_LEVEL"),
    wrong("serverless.model.image", "763104351884.dkr.ecr.eu-west-1.amazonaws.com/"
          "huggingface-pytorch-inference:2.1.0-transformers4.37.0-gpu-py310-cu118-ubuntu20.04",
          "serverless-image-small serverless-model primaryContainer.image"),
    # Serverless: memory in GiB from 1 to 6, 200 at a time, and no more warm than at a time.
    wrong("serverless.memorySizeInMb", 1000, *_refused("serverless-bounded", f"{_SERVERLESS}.memorySizeInMb")),
    wrong("serverless.memorySizeInMb", 6144),
    wrong("serverless.memorySizeInMb", 7168, *_refused("serverless-bounded", f"{_SERVERLESS}.memorySizeInMb")),
    wrong("serverless.maxConcurrency", 0, *_refused("serverless-bounded", f"{_SERVERLESS}.maxConcurrency"),
          f"serverless-provisioned-within {_SERVERLESS}.provisionedConcurrency"),
    wrong("serverless.maxConcurrency", 200),
    wrong("serverless.maxConcurrency", 201, *_refused("serverless-bounded", f"{_SERVERLESS}.maxConcurrency")),
    wrong("serverless.provisionedConcurrency", 41,
          f"serverless-provisioned-within {_SERVERLESS}.provisionedConcurrency"),
    wrong("serverless.provisionedConcurrency", 40),
    # Queues: a thousand at a time, results in a bucket.
    *(wrong("asynchronous.maxConcurrentInvocationsPerInstance", number, *_refused("request-concurrency-bounded",
            "asynchronous-config asyncInferenceConfig.clientConfig.maxConcurrentInvocationsPerInstance"))
      for number in (0, 1001)),
    wrong("asynchronous.maxConcurrentInvocationsPerInstance", 1000),
    wrong("asynchronous.inferenceAmiVersion", "al2-ami-sagemaker-inference-gpu-99",
          f"{PROVIDER_CHECK} {_QUEUE}.inferenceAmiVersion"),
    wrong("asynchronous.outputUrl", "contoso-ml-results-prod/claims",
          f"{PROVIDER_CHECK} asynchronous-config asyncInferenceConfig.outputConfig.s3OutputPath"),
    # The program takes no image of another region than the stack's.
    wrong("aws:region", "eu-central-1", PROGRAM_RUNS),
)  # fmt: skip

_ARM: Final = "/subscriptions/e67e8356-3beb-4dd0-b247-5cca9a98024e/resourceGroups/rg-claims-prod-001/providers"
_WORKSPACE: Final = f"{_ARM}/Microsoft.MachineLearningServices/workspaces/mlw-claims-prod"

AZURE_ONLINE: Final = (
    # Names: an endpoint's is in DNS.
    wrong("endpointName", "claim_triage", "name-wellformed endpoint endpointName",
          "name-wellformed blue endpointName", "name-wellformed green endpointName"),
    wrong("workspaceName", "<workspace>", "placeholder-replaced endpoint workspaceName",
          "placeholder-replaced blue workspaceName", "placeholder-replaced green workspaceName",
          *(f"name-wellformed {name} workspaceName" for name in ("endpoint", "blue", "green"))),
    # Traffic: whole per cent, a hundred at most.
    wrong("traffic.blue", 91, "traffic-share-valid endpoint properties.traffic"),
    wrong("traffic.blue", 101, "traffic-share-valid endpoint properties.traffic.blue",
          "traffic-share-valid endpoint properties.traffic"),
    wrong("traffic.blue", -1, "traffic-share-valid endpoint properties.traffic.blue",
          "traffic-complete endpoint properties.traffic"),
    wrong("traffic.green", 0, "traffic-complete endpoint properties.traffic"),
    wrong("traffic.green", GONE, "traffic-complete endpoint properties.traffic"),
    # Capacity.
    wrong("deployments[].instances", 51, "capacity-bounded {item} sku.capacity"),
    wrong("deployments[].instances", 0, "capacity-bounded {item} sku.capacity",
          "redundancy-in-production {item} sku.capacity"),
    wrong("deployments[].instances", 1, "redundancy-in-production {item} sku.capacity"),
    wrong("deployments[].instances", 50),
    # Machines.
    wrong("deployments[].instanceType", "Standard_D4as_v44", "sku-known {item} properties.instanceType"),
    wrong("deployments[].instanceType", "Standard_DS3_v2"),
    wrong("deployments[].instanceType", "Standard_NC6", "sku-retiring {item} properties.instanceType"),
    wrong("deployments[].instanceType", "{instance_type}", "placeholder-replaced {item} properties.instanceType"),
    # Requests: three minutes on managed machines.
    wrong("deployments[].requestTimeout", "PT3M"),
    wrong("deployments[].requestTimeout", "PT180S"),
    wrong("deployments[].requestTimeout", "PT3M1S",
          "request-timeout-bounded {item} properties.requestSettings.requestTimeout"),
    wrong("deployments[].requestTimeout", "30",
          "request-timeout-format {item} properties.requestSettings.requestTimeout",
          "request-timeout-bounded {item} properties.requestSettings.requestTimeout unreadable",
          "probe-patience-bounded {item} properties.requestSettings.requestTimeout unreadable"),
    wrong("deployments[].requestTimeout", "PT0.5S",
          "request-timeout-bounded {item} properties.requestSettings.requestTimeout"),
    wrong("deployments[].maxConcurrentRequestsPerInstance", 0,
          "request-concurrency-bounded {item} properties.requestSettings.maxConcurrentRequestsPerInstance"),
    # Sources.
    wrong("deployments[].modelId", f"{_WORKSPACE}/models/claim-triage/labels/latest",
          "model-version-pinned {item} properties.model"),
    wrong("deployments[].modelId", "azureml:claim-triage:23", "model-id-wellformed {item} properties.model"),
    wrong("deployments[].environmentId", f"{_WORKSPACE}/environments/sklearn-serving/labels/latest",
          "model-version-pinned {item} properties.environmentId"),
    wrong("deployments[].environmentId", f"{_WORKSPACE}/environments/sklearn-serving",
          "environment-id-wellformed {item} properties.environmentId"),
    wrong("deployments[].scoringScript", "../score.py",
          "scoring-script-safe {item} properties.codeConfiguration.scoringScript"),
    wrong("deployments[].environmentVariables.API_KEY", "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2,
          "no-plaintext-secret {item} properties.environmentVariables.API_KEY"),
    # What scales, whose counts are texts.
    wrong("deployments[].scaling.maximum", 51, "capacity-bounded {item}-scaling profiles[0].capacity.maximum"),
    wrong("deployments[].scaling.minimum", 1,
          "autoscale-floor-in-production {item}-scaling profiles[0].capacity.minimum"),
    # Language models: a version that Microsoft keeps, a SKU of deployments.
    wrong("languageModels[].sku", "S0", "deployment-sku-known {item} sku.name"),
    wrong("languageModels[].sku", "standard"),
    wrong("languageModels[].sku", "GlobalStandard"),
    wrong("languageModels[0].model", "gpt-5.11", "model-name-known claim-summary properties.model.name"),
    wrong("languageModels[0].version", "latest", "model-version-pinned claim-summary properties.model.version"),
    wrong("languageModels[0].versionUpgradeOption", "OnceNewDefaultVersionAvailable",
          "model-upgrade-chosen claim-summary properties.versionUpgradeOption"),
    wrong("languageModels[1].versionUpgradeOption", "OnceCurrentVersionExpired",
          "model-upgrade-chosen claim-embedding properties.versionUpgradeOption"),
    wrong("languageModels[].capacity", 0, "capacity-bounded {item} sku.capacity"),
    wrong("languageModels[1].name", "claim-summary", PROGRAM_RUNS),
    # Who pays.
    wrong("tags.owner", GONE, *(f"tags-required {name} tags" for name in
          ("endpoint", "blue", "green", "account", "claim-summary", "claim-embedding", "blue-scaling",
          "green-scaling"))),
)  # fmt: skip

_LEAST: Final = "dedicatedResources.minReplicaCount"
_GARDEN: Final = "{item} deployConfig.dedicatedResources"
_MACHINE: Final = f"{_GARDEN}.machineSpec"
_CONTAINER: Final = "{item} modelConfig.containerSpec"
_TARGET: Final = "autoscalingMetricSpecs[0].target"
_OFFERS: Final = "offer-ranking-prod"
_IMAGE: Final = "europe-docker.pkg.dev/contoso-ml-prod/serving/vllm-serve"
_LENGTHY: Final = "offers2" * 19

VERTEX: Final = (
    # Names: of a letter first, 63 at most, or a number of up to nine digits; what is displayed is of 128 characters.
    wrong("endpoint.name", "Offer-Ranking", "name-wellformed Offer-Ranking name"),
    wrong("endpoint.name", _LENGTHY[:63]),
    wrong("endpoint.name", _LENGTHY[:64], f"name-wellformed {_LENGTHY[:64]} name"),
    wrong("endpoint.name", "123456789"),
    wrong("endpoint.name", "1234567890", "name-wellformed 1234567890 name"),
    wrong("endpoint.displayName", _LENGTHY[:128]),
    wrong("endpoint.displayName", _LENGTHY[:129], f"name-wellformed {_OFFERS} displayName"),
    wrong("endpoint.callingProject", "<project>",
          f"placeholder-replaced {_OFFERS} privateServiceConnectConfig.projectAllowlists[0]"),
    wrong("pools[].name", "offer_pool", "name-wellformed offer_pool name"),
    wrong("pools[0].name", "embedding-prod", PROGRAM_RUNS),
    wrong("modelGarden[].name", _LENGTHY[:129], f"name-wellformed {_LENGTHY[:129]} endpointConfig.endpointDisplayName"),
    # Capacity: fifty replicas at most, two at least in production, the least no more than the greatest.
    wrong("pools[].replicas.minReplicaCount", 0, f"capacity-bounded {{item}} {_LEAST}",
          f"redundancy-in-production {{item}} {_LEAST}"),
    wrong("pools[].replicas.minReplicaCount", 1, f"redundancy-in-production {{item}} {_LEAST}"),
    wrong("pools[].replicas.minReplicaCount", 13, PROGRAM_RUNS),
    wrong("pools[].replicas.maxReplicaCount", 50),
    wrong("pools[].replicas.maxReplicaCount", 51, "capacity-bounded {item} dedicatedResources.maxReplicaCount"),
    wrong("modelGarden[].replicas.minReplicaCount", 0, f"capacity-bounded {_GARDEN}.minReplicaCount",
          f"redundancy-in-production {_GARDEN}.minReplicaCount"),
    wrong("modelGarden[].replicas.minReplicaCount", 1, f"redundancy-in-production {_GARDEN}.minReplicaCount"),
    wrong("modelGarden[].replicas.maxReplicaCount", 51, f"capacity-bounded {_GARDEN}.maxReplicaCount"),
    # What scales: whole per cent.
    *(wrong("pools[].replicas.target", target, f"scaling-target-percent {{item}} dedicatedResources.{_TARGET}")
      for target in (0, 101)),
    *(wrong("pools[].replicas.target", target) for target in (1, 100)),
    wrong("modelGarden[].replicas.target", 101, f"scaling-target-percent {_GARDEN}.{_TARGET}"),
    # Machines and what they take: two L4 are made into a g2-standard-24, one into a g2-standard-12.
    wrong("pools[].machineType", "{machine_type}",
          "placeholder-replaced {item} dedicatedResources.machineSpec.machineType"),
    wrong("modelGarden[].machineType", "g2-standard-12", f"accelerator-fits-machine {_MACHINE}.acceleratorCount"),
    wrong("modelGarden[].machineType", "g2-standard-48"),
    wrong("modelGarden[].machineType", "n2-standard-8", f"accelerator-fits-machine {_MACHINE}.acceleratorType"),
    wrong("modelGarden[].machineType", "n1-standard-8", f"accelerator-fits-machine {_MACHINE}.acceleratorType"),
    wrong("modelGarden[].acceleratorType", "nvidia-l4", f"accelerator-known {_MACHINE}.acceleratorType"),
    wrong("modelGarden[].acceleratorType", "NVIDIA_TESLA_K80",
          *(f"{rule} {_MACHINE}.acceleratorType" for rule in ("accelerator-known", "accelerator-fits-machine"))),
    wrong("modelGarden[].acceleratorType", "NVIDIA_H100_80GB",
          f"accelerator-fits-machine {_MACHINE}.acceleratorType"),
    wrong("modelGarden[].acceleratorCount", 0, f"accelerator-complete {_MACHINE}.acceleratorCount"),
    wrong("modelGarden[].acceleratorCount", 1),
    wrong("modelGarden[].acceleratorCount", 3, f"accelerator-fits-machine {_MACHINE}.acceleratorCount"),
    # Patience: seconds, two hours of them at most.
    wrong("modelGarden[].deploymentTimeout", "7200s"),
    *(wrong("modelGarden[].deploymentTimeout", timeout, f"duration-in-bounds {_CONTAINER}.deploymentTimeout")
      for timeout in ("0s", "7201s")),
    wrong("modelGarden[].deploymentTimeout", "PT40M",
          f"duration-in-bounds {_CONTAINER}.deploymentTimeout unreadable"),
    # Images and models: pinned; what is in the environment is no secret.
    wrong("modelGarden[].imageUri", f"{_IMAGE}:latest", f"model-version-pinned {_CONTAINER}.imageUri"),
    wrong("modelGarden[].imageUri", _IMAGE, f"model-version-pinned {_CONTAINER}.imageUri"),
    wrong("modelGarden[].imageUri", f"{_IMAGE}:20260301_0916_RC00"),
    wrong("modelGarden[].publisherModelName", "publishers/google/models/gemma3",
          "model-version-pinned {item} publisherModelName"),
    wrong("modelGarden[].environment.HF_TOKEN", "hf_" + "a1B2c3D4e5F6g7H8i9J0" * 2,
          f"no-plaintext-secret {_CONTAINER}.envs[2].value"),
    wrong("modelGarden[].environment.LOG_LEVEL", "{log_level}", f"placeholder-replaced {_CONTAINER}.envs[0].value"),
    # Labels: small letters, digits, underscores and dashes, 64 at most; the provider's are the endpoint's, too.
    wrong("labels.app", "Offers", f"labels-wellformed {_OFFERS} labels.app"),
    wrong("labels.app", _LENGTHY[:64]),
    wrong("labels.app", _LENGTHY[:65], f"labels-wellformed {_OFFERS} labels.app"),
    wrong("gcp:defaultLabels.owner", GONE, f"tags-required {_OFFERS} labels"),
    wrong("gcp:defaultLabels.costcenter", "CC 3817", f"labels-wellformed {_OFFERS} effectiveLabels.costcenter"),
    # Keys: one itself, and none of its versions.
    wrong("kmsKeyName", "projects/contoso-keys/locations/europe-west4/keyRings/ml-prod/cryptoKeys/serving/"
          "cryptoKeyVersions/3", f"cmek-valid {_OFFERS} encryptionSpec.kmsKeyName"),
    wrong("kmsKeyName", "projects/contoso-keys/locations/europe-west4/keyRings/ml-prod",
          f"cmek-valid {_OFFERS} encryptionSpec.kmsKeyName"),
    # Places: the program takes no key of another region than the stack's.
    wrong("pools[].region", "europe-west1"),
    wrong("pools[].region", "{region}",
          *(f"{rule} {{item}} region" for rule in ("placeholder-replaced", "location-allowed"))),
    wrong("gcp:region", "europe-west1", PROGRAM_RUNS),
)  # fmt: skip
