"""The scoring script lies in the code folder, where the pool looks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference_pools.facets import CodeSource
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import AZURE
from inference_pools.rule import Options, rule

_PROBLEMS = (
    (r"\s.*|.*\s", "has blanks around it"),
    (r"[A-Za-z][A-Za-z0-9+.\-]*://.*", "is a URL"),
    (r"[A-Za-z]:.*", "begins with the letter of a drive"),
    (r".*\\.*", "has a backslash, which separates no folders here"),
    (r"/.*", "is absolute"),
    (r"~.*", "begins in a home folder"),
    (r"(?:.*/)?\.\.(?:/.*)?", "leads out of the code folder"),
    (r".*(?<!\.py)", "is no Python file"),
    (r"(?:.*/)?\.py", "has no name before .py"),
    (r".*[\x00-\x1f\x7f;&|<>`\"'*?!].*", "has characters that mean something to a shell"),
)
"""What a path may not look like, as a whole, and what is wrong with it then."""


@rule(
    CodeSource,
    id="scoring-script-safe",
    title="Scoring script is a Python file in the code folder",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=AZURE,
    remedy="Write scoringScript as a path below the code folder, with / between folders, for example score.py.",
    since="2026.12",
    source="https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online",
)
def scoring_script_safe(code: CodeSource, options: Options) -> Iterator[Finding]:
    """What runs has to be what was reviewed: a script from elsewhere on the node is of nobody's making.

    API versions from 2024-10-01-preview on have no scoring script: there, this rule has nothing to judge.
    """
    script = code.script
    if script is None:
        return
    for pattern, words in _PROBLEMS:
        if re.fullmatch(pattern, script, re.DOTALL):
            yield Finding("script", f"is {script!r}, which {words}")
            return
