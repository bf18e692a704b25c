"""What is known of a rule that a finding names: one of the library, a check of poolgate itself, or a stranger's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from inference_pools.finding import Enforcement, Severity
from inference_pools.rules import ALL

if TYPE_CHECKING:
    from inference_pools.rule import Rule


@dataclass(frozen=True, slots=True)
class About:
    """One rule as a report describes it. What is not known is empty; `source` is a URL."""

    id: str
    title: str
    why: str
    remedy: str
    severity: Severity
    enforcement: Enforcement
    source: str = ""
    tags: tuple[str, ...] = ()


def _own(id_: str, title: str, why: str, remedy: str, source: str = "") -> About:
    return About(id_, title, why, remedy, Severity.HIGH, Enforcement.MANDATORY, source, ("configuration",))


_PROJECT_FILE: Final = "https://www.pulumi.com/docs/iac/concepts/projects/project-file/"
_STACK_FILE: Final = "https://www.pulumi.com/docs/iac/concepts/config/"

_OWN: Final = (
    _own("yaml-syntax", "The file is YAML", "What cannot be parsed cannot be judged.", "Correct the syntax."),
    _own(
        "yaml-surprise",
        "YAML values are what they look like",
        "YAML reads some plain words and numbers as something else than whoever wrote them meant.",
        "Put the value in quotation marks, or write it as YAML reads it.",
    ),
    _own(
        "project-schema",
        "Pulumi.yaml follows its schema",
        "Pulumi ignores a key that it does not know, so a misspelt one has no effect and no error.",
        "Write the key as the schema has it (`poolgate schema pulumi-project`).",
        _PROJECT_FILE,
    ),
    _own(
        "stack-schema",
        "The stack file follows its schema",
        "Pulumi ignores a key that it does not know, so a misspelt one has no effect and no error.",
        "Write the key as the schema has it (`poolgate schema pulumi-stack`).",
        _STACK_FILE,
    ),
    _own(
        "config-schema",
        "The stack's configuration follows the project's schema",
        "A value of the wrong type or out of range fails late: in the program, or when the pool is made.",
        "Write a value that the project's schema takes.",
        _STACK_FILE,
    ),
    _own(
        "config-unknown",
        "What an environment supplies is not known here",
        "A stack that imports Pulumi ESC environments may get from them what its file lacks.",
        "See what the environment supplies (`pulumi env open`), or set the keys in the stack's file.",
        _STACK_FILE,
    ),
    _own(
        "policy-schema",
        "PulumiPolicy.yaml follows its schema",
        "Pulumi ignores a key that it does not know, so a misspelt one has no effect and no error.",
        "Write the key as the schema has it (`poolgate schema pulumi-policy`).",
    ),
    _own(
        "policy-config-schema",
        "The policy config follows its schema",
        "The engine accepts misspelt rules and options in silence, and the rule then runs as it is by default.",
        "Write the rule or option as the schema has it (`poolgate schema policy-config`).",
    ),
    _own(
        "poolgate-schema",
        "poolgate.yaml follows its schema",
        "A poolgate.yaml that says what it cannot ends every command that reads it.",
        "Write the key as the schema has it (`poolgate schema poolgate`).",
    ),
    _own(
        "waivers-schema",
        "The waivers file follows its schema",
        "A waiver that cannot be read waives nothing.",
        "Write the waiver as the schema has it (`poolgate schema waivers`).",
    ),
    _own(
        "program-runs",
        "The program runs to its end",
        "What a program did not come to was not judged.",
        "Mend the program or its configuration.",
    ),
    _own(
        "provider-check",
        "The provider accepts the resource",
        "What the provider refuses before it calls Azure will not be deployed.",
        "Correct the value that the provider names.",
    ),
    _own(
        "state-readable",
        "The state can be read",
        "A stack whose state cannot be read was not judged.",
        "Write the state anew (`pulumi stack export --file FILE`), or leave the file out of the audit.",
    ),
)


def abouts(ran: Iterable[Rule[Any]] = ()) -> dict[str, About]:
    """What is known of poolgate's own checks, of the library's rules and of further ones that ran, by id."""
    return {**_known(), **{rule.id: described(rule) for rule in ran}}


def described(rule: Rule[Any]) -> About:
    """A rule of a library."""
    return About(
        id=rule.id,
        title=rule.title,
        why=rule.why,
        remedy=rule.remedy.format_map(rule.with_options({}).in_words()),
        severity=rule.severity,
        enforcement=rule.enforcement,
        source=rule.source,
        tags=("inference-pools", f"scope/{rule.scope}", *rule.controls),
    )


def stranger(rule: str, severity: Severity) -> About:
    """A rule that another pack brought: all that is known is its name, and how severe its finding is."""
    return About(rule, rule, "", "", severity, Enforcement.ADVISORY)


@cache
def _known() -> dict[str, About]:
    return {**{about.id: about for about in _OWN}, **{rule.id: described(rule) for rule in ALL}}
