"""What poolgate reports beside the rules: of files, of the run of a program, of a provider, of a state.

The one list of these checks. The library has it since the gate, which has no harness to ask, reads names of them in
waivers, `select` and `ignore`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, NewType

CheckId = NewType("CheckId", str)
"""The id of one of these checks. Made in this module alone, so that what is reported under one is in the list."""


class Check(NamedTuple):
    """One check. `source` is a URL, or "".

    `is_waivable` says whether a waiver covers what it finds: not what is wrong with the files of the gate itself.
    `blinds` says that it stands for a stack, or a part of one, that nobody could look at: no run leaves it out.
    `only_warns` says that nothing it finds makes a run fail.
    """

    id: CheckId
    title: str
    why: str
    remedy: str
    source: str = ""
    is_waivable: bool = False
    blinds: bool = False
    only_warns: bool = False


YAML_SYNTAX: Final = CheckId("yaml-syntax")
YAML_SURPRISE: Final = CheckId("yaml-surprise")
PROJECT_SCHEMA: Final = CheckId("project-schema")
STACK_SCHEMA: Final = CheckId("stack-schema")
CONFIG_SCHEMA: Final = CheckId("config-schema")
CONFIG_UNKNOWN: Final = CheckId("config-unknown")
POLICY_SCHEMA: Final = CheckId("policy-schema")
POLICY_CONFIG_SCHEMA: Final = CheckId("policy-config-schema")
POOLGATE_SCHEMA: Final = CheckId("poolgate-schema")
WAIVERS_SCHEMA: Final = CheckId("waivers-schema")
OWNERS_SCHEMA: Final = CheckId("owners-schema")
PROGRAM_RUNS: Final = CheckId("program-runs")
PROVIDER_CHECK: Final = CheckId("provider-check")
STATE_READABLE: Final = CheckId("state-readable")
STACK_EXPECTED: Final = CheckId("stack-expected")

_PROJECT_FILE: Final = "https://www.pulumi.com/docs/iac/concepts/projects/project-file/"
_STACK_FILE: Final = "https://www.pulumi.com/docs/iac/concepts/config/"

ALL: Final = (
    Check(
        YAML_SYNTAX,
        "The file is YAML",
        "What cannot be parsed cannot be judged.",
        "Correct the syntax.",
        blinds=True,
    ),
    Check(
        YAML_SURPRISE,
        "YAML values are what they look like",
        "YAML reads some plain words and numbers as something else than whoever wrote them meant.",
        "Put the value in quotation marks, or write it as YAML reads it.",
        is_waivable=True,
        only_warns=True,
    ),
    Check(
        PROJECT_SCHEMA,
        "Pulumi.yaml follows its schema",
        "Pulumi ignores a key that it does not know, so a misspelt one has no effect and no error.",
        "Write the key as the schema has it (`poolgate schema pulumi-project`).",
        _PROJECT_FILE,
        is_waivable=True,
    ),
    Check(
        STACK_SCHEMA,
        "The stack file follows its schema",
        "Pulumi ignores a key that it does not know, so a misspelt one has no effect and no error.",
        "Write the key as the schema has it (`poolgate schema pulumi-stack`).",
        _STACK_FILE,
        is_waivable=True,
    ),
    Check(
        CONFIG_SCHEMA,
        "The stack's configuration follows the project's schema",
        "A value of the wrong type or out of range fails late: in the program, or when the pool is made.",
        "Write a value that the project's schema takes.",
        _STACK_FILE,
        is_waivable=True,
    ),
    Check(
        CONFIG_UNKNOWN,
        "What an environment supplies is not known here",
        "A stack that imports Pulumi ESC environments may get from them what its file lacks.",
        "See what the environment supplies (`pulumi env open`), or set the keys in the stack's file.",
        _STACK_FILE,
        only_warns=True,
    ),
    Check(
        POLICY_SCHEMA,
        "PulumiPolicy.yaml follows its schema",
        "Pulumi ignores a key that it does not know, so a misspelt one has no effect and no error.",
        "Write the key as the schema has it (`poolgate schema pulumi-policy`).",
    ),
    Check(
        POLICY_CONFIG_SCHEMA,
        "The policy config follows its schema",
        "The engine accepts misspelt rules and options in silence, and the rule then runs as it is by default.",
        "Write the rule or option as the schema has it (`poolgate schema policy-config`).",
    ),
    Check(
        POOLGATE_SCHEMA,
        "poolgate.yaml follows its schema",
        "A poolgate.yaml that says what it cannot ends every command that reads it.",
        "Write the key as the schema has it (`poolgate schema poolgate`).",
    ),
    Check(
        WAIVERS_SCHEMA,
        "The waivers file follows its schema",
        "A waiver that cannot be read waives nothing.",
        "Write the waiver as the schema has it (`poolgate schema waivers`).",
    ),
    Check(
        OWNERS_SCHEMA,
        "The file of owners follows its schema",
        "A label whose owner cannot be read means nobody.",
        "Write the label with whom it means (`poolgate schema owners`).",
    ),
    Check(
        PROGRAM_RUNS,
        "The program runs to its end",
        "What a program did not come to was not judged.",
        "Mend the program or its configuration.",
        blinds=True,
    ),
    Check(
        PROVIDER_CHECK,
        "The provider accepts the resource",
        "What the provider refuses before it calls its cloud will not be deployed.",
        "Correct the value that the provider names.",
        blinds=True,
    ),
    Check(
        STATE_READABLE,
        "The state can be read",
        "A stack whose state cannot be read was not judged.",
        "Write the state anew (`pulumi stack export --file FILE`), or leave the file out of the audit.",
        blinds=True,
    ),
    Check(
        STACK_EXPECTED,
        "Every stack that is expected is there",
        "A stack that is no longer met is judged by nobody: it was removed or renamed, or is kept elsewhere.",
        "Audit the place where it is now, or take it out of the list that `--expect` names.",
        blinds=True,
    ),
)
"""Every check, in the order in which they come in a run."""

BY_ID: Final[Mapping[str, Check]] = {check.id: check for check in ALL}
BLINDING: Final[frozenset[str]] = frozenset(check.id for check in ALL if check.blinds)


def meant(beginnings: Iterable[str], rules: Collection[str]) -> frozenset[str]:
    """The checks that `select` or `ignore` name: by an id, or by a beginning that no rule's id shares.

    `rules` are the ids of all rules: a beginning that some of them share means those.
    """
    return frozenset(
        check.id
        for written in beginnings
        for check in ALL
        if check.id == written or (written and check.id.startswith(written) and not _begins_one(written, rules))
    )


def _begins_one(written: str, rules: Collection[str]) -> bool:
    return any(rule.startswith(written) for rule in rules)


def left_out(select: Sequence[str], ignore: Sequence[str], rules: Collection[str]) -> frozenset[str]:
    """The checks that a run does not report: what `ignore` names, and where `select` names some, all others.

    A selection of rules alone leaves every check as it is, and one that blinds is left out by nothing.
    """
    selected = meant(select, rules)
    return (meant(ignore, rules) | (BY_ID.keys() - selected if selected else frozenset())) - BLINDING


def never_left_out(written: str, rules: Collection[str]) -> bool:
    """Whether a word of `ignore` names nothing but checks that no run leaves out."""
    named = meant([written], rules)
    return bool(named) and named <= BLINDING and not _begins_one(written, rules)


def not_configured(name: str) -> str:
    """Why a policy config cannot set what is called so; "" where that is no check."""
    if name not in BY_ID:
        return ""
    where = "no run leaves it out" if name in BLINDING else "`ignore` in poolgate.yaml leaves it out"
    return f"is a check of poolgate itself and no rule: no policy config sets its level; {where}"
