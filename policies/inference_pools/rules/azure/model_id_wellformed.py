"""A model is named in a form that Azure resolves."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import ModelSource
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure import asset_ids
from inference_pools.platforms.names import AZURE_ML
from inference_pools.rule import Options, rule


@rule(
    ModelSource,
    id="model-id-wellformed",
    title="Model id is well-formed",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE_ML,
    remedy="Write {id} as azureml://registries/<registry>/models/<name>/versions/<version>, or as the ARM id of "
    "a model version in a workspace.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
)
def model_id_wellformed(model: ModelSource, options: Options) -> Iterator[Finding]:
    """The API documents "the URI path to the model" and checks nothing; a slip shows when the first node starts."""
    written = model.id
    if written is None:
        return
    problem = asset_ids.problem(written, kinds=("models",), datastore_paths=True)
    if problem:
        yield Finding("id", problem)
