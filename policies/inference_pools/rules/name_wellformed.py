"""Names are ones that the API takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference_pools.facets import Name
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Options, rule


@rule(
    Name,
    id="name-wellformed",
    title="Names are well-formed",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Choose a name of the letters and the length that {vendor} takes.",
    since="2026.12",
)
def name_wellformed(name: Name, options: Options) -> Iterator[Finding]:
    """A name cannot be changed after creation, and a refused one is refused only at deployment."""
    value = name.value
    if value is None:
        return
    rule = name.rule
    if len(value) > rule.longest:
        yield Finding("name", f"has {len(value)} characters, {rule.what} has {rule.longest} at most")
    elif not re.fullmatch(rule.pattern, value):
        yield Finding("name", f"is {value!r}; {rule.what} is made of {rule.in_words}")
