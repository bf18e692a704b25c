"""Resources that serve models and that no rule judges: said, so that nobody takes silence for a verdict.

`_KINDS` is the one place that names them. A kind that rules come to judge is struck out there, and nowhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from inference_pools import type_token

_KINDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("azure-native", "machinelearningservices"): (
        *("BatchEndpoint", "EndpointDeployment", "ConnectionDeployment", "MachineLearningService"),
    ),
    ("azure", "cognitive"): ("Deployment",),
    ("azure", "machinelearning"): ("InferenceCluster",),
    ("aws-native", "sagemaker"): ("InferenceExperiment",),
    ("aws", "bedrock"): ("ProvisionedModelThroughput",),
    ("gcp", "vertex"): ("AiFeatureOnlineStore", "AiFeatureStore", "AiIndexEndpoint"),
    ("gcp", "ml"): ("EngineModel",),
    # Paused since 2023: what it has is recognised, and gcp is the provider whose resources are judged.
    ("google-native", "aiplatform"): (
        *("DeploymentResourcePool", "Endpoint", "FeatureOnlineStore", "Featurestore", "IndexEndpoint"),
        "PersistentResource",
    ),
    ("google-native", "ml"): ("Model", "Version"),
    ("databricks", "index"): ("ModelServing", "ModelServingProvisionedThroughput"),
    ("kubernetes", "serving.kserve.io"): ("InferenceService", "LLMInferenceService"),
    ("kubernetes", "inference.networking.k8s.io"): ("InferencePool",),
    ("kubernetes", "inference.networking.x-k8s.io"): ("InferencePool",),
}
"""By package and module, as a type token has them without any version."""

_COMMON_WORDS: Final = frozenset({"Account", "Deployment", "Endpoint", "Model", "Policy", "Target", "Version"})
"""Kinds whose names alone say nothing: in a program's text the module has to stand before them."""

_SHORTEST_WORD: Final = 2
"""Modules with names as short as `ml` are not looked for in texts."""

_MOST_KINDS: Final = 8


def kind_not_judged(token: str) -> str:
    """The kind of a resource that serves models and that no rule judges, such as `OnlineDeployment (azure-native)`.

    "" for every other type token.
    """
    found = type_token.parse(token)
    if found is None or found.kind not in _KINDS.get((found.package, found.module), ()):
        return ""
    return f"{found.kind} ({found.package})"


def in_words(kinds: Iterable[str]) -> str:
    """How many there are of each kind, the most frequent first: `2 Endpoint (aws), 1 Model (aws)`."""
    counts = sorted(Counter(kinds).items(), key=lambda counted: (-counted[1], counted[0]))
    told = [f"{number} {kind}" for kind, number in counts[:_MOST_KINDS]]
    rest = sum(number for _, number in counts[_MOST_KINDS:])
    return ", ".join([*told, *([f"{rest} more"] if rest else [])])


def sentence(kinds: Iterable[str]) -> str:
    """What is said of a run, or a stack, that has such resources; "" for none."""
    found = list(kinds)
    if not found:
        return ""
    what = "1 resource that serves models is" if len(found) == 1 else f"{len(found)} resources that serve models are"
    return f"{what} not judged: {in_words(found)}"


def kinds_in(text: str) -> list[str]:
    """The names of kinds that the text of a program makes, as it seems, one for each place that makes one."""
    return made_in(text, _calls())


def made_in(text: str, calls: Mapping[str, re.Pattern[str]]) -> list[str]:
    """The same of other kinds, by what `calls_of` says of them."""
    lowered = text.lower()
    return [
        made["kind"] or made["common"]
        for word, pattern in calls.items()
        if word in lowered
        for made in pattern.finditer(text)
    ]


@cache
def _calls() -> Mapping[str, re.Pattern[str]]:
    return calls_of(_KINDS)


def calls_of(names_of: Mapping[tuple[str, str], Iterable[str]]) -> Mapping[str, re.Pattern[str]]:
    """How a program makes a kind, in the languages that Pulumi has, by a word that stands in every such program.

    `names_of` has the names of the kinds by package and module.
    """
    kinds: dict[str, set[str]] = {}
    for (package, module), names in names_of.items():
        kinds.setdefault(package if module == "index" else module, set()).update(names)
    return {word: _call(word, names) for word, names in kinds.items() if len(word) > _SHORTEST_WORD}


def _call(word: str, names: set[str]) -> re.Pattern[str]:
    telling, common = ("|".join(sorted(some)) or "(?!)" for some in (names - _COMMON_WORDS, names & _COMMON_WORDS))
    return re.compile(
        rf"(?:(?<!class )(?<!def )(?<!\w)(?:New)?(?P<kind>{telling})"
        rf"|\b(?i:{re.escape(word)})\.(?:New)?(?P<common>{common}))\s*\("
    )
