"""An environment is named in a form that Azure resolves."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import EnvironmentSource
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure import asset_ids
from inference_pools.platforms.names import AZURE
from inference_pools.rule import Options, rule


@rule(
    EnvironmentSource,
    id="environment-id-wellformed",
    title="Environment id is well-formed",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
    remedy="Write {id} as the ARM id of an environment version, or as "
    "azureml://registries/<registry>/environments/<name>/versions/<version>.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/inferencepools",
)
def environment_id_wellformed(environment: EnvironmentSource, options: Options) -> Iterator[Finding]:
    """Documented as an environment's ARM id; Microsoft's own examples also name an engine as a registry model."""
    written = environment.id
    if written is None:
        return
    problem = asset_ids.problem(written, kinds=("environments",), registry_kinds=("environments", "models"))
    if problem:
        yield Finding("id", problem)
