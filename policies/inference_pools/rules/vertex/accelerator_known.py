"""An accelerator is one that Vertex AI has."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.platforms.names import VERTEX
from inference_pools.platforms.vertex import accelerators
from inference_pools.platforms.vertex.facets import Accelerators
from inference_pools.rule import Option, Options, rule


@rule(
    Accelerators,
    id="accelerator-known",
    title="An accelerator is one that there is",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Set {type} to an accelerator that Vertex AI has, such as NVIDIA_L4.",
    options={"also": Option((), "Accelerators that Vertex AI has had since, besides those that are known.")},
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/reference/rest/v1/MachineSpec",
)
def accelerator_known(machine: Accelerators, options: Options) -> Iterator[Finding]:
    """The provider takes any text. The API's names are its own: nvidia-l4 is Compute Engine's, and none here."""
    kind = machine.type
    if kind is None or kind in options.also:
        return
    if accelerators.is_deprecated(kind):
        yield Finding("type", f"is {kind}, which Google has had no more of since 2024")
    elif kind not in accelerators.types():
        meant = _meant(kind)
        question = f"; did you mean {meant}?" if meant else ""
        remedy = f"Set {machine.called('type')} to {meant}." if meant else None
        yield Finding("type", f"is {kind!r}, which Vertex AI does not know{question}", remedy)


def _meant(kind: str) -> str | None:
    """The name that another service's, such as nvidia-tesla-t4, stands for, or a misspelt one."""
    written = kind.upper().replace("-", "_")
    for name in (written, f"NVIDIA_{written}", f"NVIDIA_TESLA_{written}", written.replace("NVIDIA_", "NVIDIA_TESLA_")):
        if name in accelerators.types():
            return name
    return nearest(written, accelerators.types(), cutoff=0.8, same_numbers=True)
