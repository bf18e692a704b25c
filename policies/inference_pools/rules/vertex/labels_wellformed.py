"""Labels are of letters that Google takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inference_pools.facets import Tags
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import VERTEX
from inference_pools.rule import Judgement, Options, rule

_LONGEST: Final = 64
"""google-cloud-aiplatform 2.7.0, Endpoint.labels: keys and values are "no longer than 64 characters"."""
_NO_LETTERS: Final = re.compile(r"[^\w-]+")


@rule(
    Tags,
    id="labels-wellformed",
    title="Labels are of small letters",
    severity=Severity.MEDIUM,
    enforcement=Enforcement.MANDATORY,
    platforms=VERTEX,
    remedy="Write keys and values of labels in small letters, digits, underscores and dashes.",
    since="2026.12",
    source="https://cloud.google.com/vertex-ai/docs/general/tagging",
)
def labels_wellformed(labels: Tags, options: Options) -> Iterator[Judgement]:
    """The provider takes any text. What is a tag elsewhere, such as `CostCenter` or a mail address, Google refuses."""
    own = {name for name, _ in labels.own.members()}
    for name in sorted(own | set(labels.names.values())):
        if not name.startswith("__"):
            yield _wellformed(labels, name)


def _wellformed(labels: Tags, name: str) -> Iterator[Finding]:
    wrong = _problem(name)
    if wrong is not None:
        yield Finding(labels.keys_of(name), f"is a key that {wrong}", f"Call it {_meant(name)}.")
    value = labels.value(name)
    wrong = None if value is None else _problem(value)
    if value is not None and wrong is not None:
        yield Finding(labels.keys_of(name), f"is {value!r}, which {wrong}", f"Set it to {_meant(value)}.")


def _problem(text: str) -> str | None:
    """What Google does not take of a key or a value; letters of other alphabets than Latin it does."""
    if len(text) > _LONGEST:
        return f"has {len(text)} characters, the limit is {_LONGEST}"
    if text != text.lower():
        return "has capitals"
    found = _NO_LETTERS.search(text)
    return f"has {found[0]!r}, which is no letter, digit, underscore or dash" if found else None


def _meant(text: str) -> str:
    return _NO_LETTERS.sub("-", text.lower())[:_LONGEST].strip("-")
