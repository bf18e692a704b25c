"""A deployment has a name that clients can be told."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.facets import Name
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.azure_models.catalog import DEPLOYMENT
from inference_pools.platforms.names import AZURE_MODELS
from inference_pools.rule import Options, rule


@rule(
    Name,
    id="deployment-name-given",
    title="Deployment is named by the program",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=AZURE_MODELS,
    remedy="Set deploymentName to the name that clients call.",
    since="2026.12",
    source="https://www.pulumi.com/docs/iac/concepts/resources/names/",
)
def deployment_name_given(name: Name, options: Options) -> Iterator[Finding]:
    """Clients call a deployment by its name, which stands in their own configuration. Where none is given the provider
    takes that of the resource in the program, and whoever renames it there takes it from them.

    The provider writes the name it took into the inputs: where that has been done, there is nothing to be seen.
    """
    if name.rule.is_own and name.rule.of == DEPLOYMENT.label and name.value is None:
        yield Finding("name", "is not there: clients have to call it what its resource is called in the program")
