"""A large model has time to start."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker import machines
from inference_pools.platforms.sagemaker.facets import Startup
from inference_pools.rule import Options, rule


@rule(
    Startup,
    id="startup-timeout-set",
    title="What starts on a GPU has a start-up timeout",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    platforms=SAGEMAKER,
    remedy="Set {startup} to as long as the model takes to load, for example 600.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-hosting.html",
)
def startup_timeout_set(startup: Startup, options: Options) -> Iterator[Finding]:
    """What runs on a GPU is large: loading it takes longer than the default waits, and then every deployment fails."""
    machine = startup.machine
    if machine is not None and machines.gpus(machine) and startup.seconds("startup") is None:
        yield Finding("startup", f"is not said, and {machine} has a GPU: a model that is worth one loads for minutes")
