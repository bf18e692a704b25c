"""A value is one that AWS takes."""

from __future__ import annotations

from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.bounds import Bounded
from inference_pools.rule import Options, rule


@rule(
    Bounded,
    id="value-bounded",
    title="Values are ones that AWS takes",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Set {value} to a value that AWS takes.",
    since="2026.12",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
)
def value_bounded(value: Bounded, options: Options) -> Iterator[Finding]:
    """aws-native passes on whatever number or word is written, and AWS refuses it in the middle of a deployment.

    The provider aws refuses what AWS would, and properties with a rule of their own are judged there.
    """
    if value.taken:
        text = value.text
        if text is not None and text not in value.taken:
            near = next((near for one in (text, text.upper()) if (near := _near(one, value.taken))), None)
            remedy = f"Set {value.called('value')} to {near or 'one of: ' + ', '.join(value.taken)}."
            yield Finding("value", f"is {text!r}, AWS takes {', '.join(value.taken)}", remedy)
        return
    amount = value.amount
    least, most = value.known.get("min"), value.known.get("max")
    if amount is None or ((least is None or amount >= least) and (most is None or amount <= most)):
        return
    allowed = f"{least} or more" if most is None else f"{most} or less" if least is None else f"{least} to {most}"
    bound = least if least is not None and amount < least else most
    yield Finding("value", f"is {amount:g}, AWS takes {allowed}", f"Set {value.called('value')} to {bound}.")


def _near(text: str, taken: tuple[str, ...]) -> str | None:
    return nearest(text, taken, cutoff=0.6, same_numbers=True)
