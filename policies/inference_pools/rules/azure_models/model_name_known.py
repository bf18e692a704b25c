"""A deployed model exists."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.placeholders import find_placeholders
from inference_pools.platforms.azure_models.catalog import known_models, models_known_on, versions_of
from inference_pools.platforms.azure_models.facets import ModelDeployment
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.rule import Option, Options, rule


@rule(
    ModelDeployment,
    id="model-name-known",
    title="Deployed model is one that Microsoft lists",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_MODELS,
    remedy="Name one that `az cognitiveservices model list --location REGION` has; add a new one to the option `also`.",
    options={"also": Option((), "Further models that exist: Microsoft adds some every month.")},
    since="2026.12",
    source="https://learn.microsoft.com/azure/ai-foundry/openai/concepts/models",
)
def model_name_known(deployment: ModelDeployment, options: Options) -> Iterator[Finding]:
    """A model that there is not is refused in the middle of a deployment. OpenAI may call it otherwise.

    Advisory, since a new model is in the catalogue before it is in any table. Models of others than OpenAI are too many
    for one, and models that somebody fine-tuned have names of their own; both are not judged.
    """
    name = deployment.model
    if name is None or not deployment.is_of_openai or find_placeholders(name):
        return
    if versions_of(name) or name in options.also:
        return
    near = nearest(name.casefold(), sorted(model.casefold() for model in known_models()), cutoff=0.75)
    meant = f"; did you mean {near}?" if near else ""
    yield Finding(
        "model", f"is {name!r}, which no table of Microsoft's names, the newest of {models_known_on()}{meant}"
    )
