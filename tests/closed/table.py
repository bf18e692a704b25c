"""What could make a gate pass by accident, and what it then does: the table of docs/fail-closed.md, which tests run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from closed.gate import PROGRAM, TOKEN

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "fail-closed.md"
BEGIN: Final = "<!-- rows: written from tests/closed/table.py by `make docs` -->\n"
END: Final = "<!-- end of rows -->\n"

GATE: Final = "pulumi preview --policy-pack"
"""The gate with the real engine."""
PREVIEW: Final = "poolgate preview"
CHECK: Final = "poolgate check, lint"
AUDIT: Final = "poolgate audit, merge, what-if, history"
CI: Final = "the CI files of poolgate init"

OURS: Final = "policies"
"""Among `packs`: the repository's own pack."""
BLOCKED: Final = "[mandatory] [severity: high]  capacity-bounded"
"""What the gate says of the stack `bad`."""
ANY: Final = ("--no-config",)
NOTHING: Final = "nothing that rules judge among the resources of one stack"


class Accident(NamedTuple):
    """One row. `arguments` are those of poolgate, or further options of the gate; `{here}` is the folder with `files`.

    `code` is None where no exit code is what counts. With `test` the row is tested there, else by test_closed.py.
    """

    happens: str
    by: str
    code: int | None
    says: str
    arguments: tuple[str, ...] = ()
    stack: str = "good"
    packs: tuple[str, ...] = (OURS,)
    files: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}
    closed: tuple[str, ...] = ()
    """Files that nobody may read."""
    test: str = ""


def _pack(body: str) -> str:
    return f"import os\n\nimport pulumi_policy as sdk\n\nfrom inference_pools.pack import serve\n\n{body}\n"


def _killed(kind: str) -> str:
    return _pack(f'serve(others=[sdk.{kind}("dies", "Ends the pack.", lambda args, report: os._exit(0))])')


def _engine(body: str, version: str = "3.276.0") -> str:
    """A command that answers as the engine of a version, and previews as it is told."""
    return f'#!/bin/sh\ncase "$1" in\nversion) echo v{version} ;;\npreview)\n{body}\n;;\nesac\n'


_URN: Final = f"urn:pulumi:good::shop::{TOKEN}::pool"
_STATE: Final = {"type": TOKEN, "custom": True, "inputs": {}}
_STEP: Final = json.dumps({"steps": [{"op": "create", "urn": _URN, "newState": _STATE}]})
_JUDGED: Final = json.dumps({"policyAnalyzeSummaryEvent": {"resourceUrn": _URN, "passed": ["capacity-bounded"]}})
_WITH_LOG: Final = f"""for word in "$@"; do
  case $word in --event-log=*) echo '{_JUDGED}' > "${{word#*=}}" ;; esac
done
echo '{_STEP}'"""


def _waiver(stack: str, created: str, expires: str) -> str:
    terms = f"reason: Load test, owner: ml, ticket: OPS-1, created: {created}, expires: {expires}"
    return f"  - {{rule: capacity-bounded, target: {{stack: {stack}}}, {terms}}}\n"


def _by_engine(file: str) -> Mapping[str, str]:
    return {"POOLGATE_ENGINE": f"{{here}}/{file}"}


_ADVISORY: Final = '{"all": "advisory"}'
_DISABLED: Final = '{"all": "disabled"}'
_NO_WAIVERS_HOLD: Final = (
    "waivers:\n" + _waiver("shop/bad", "2026-01-01", "2026-03-01") + _waiver("shop/other", "2026-11-01", "2027-01-31")
)


def _gates() -> Iterator[Accident]:
    config = "--policy-pack-config={here}/config.json"
    yield Accident(
        "the pack's folder is not there", GATE, 1, "failed to load Pulumi policy project", packs=("nowhere",)
    )
    yield Accident(
        "the pack does not start: it fails, exits, or is not ready in time", GATE, 1, "with its reason",
        test="tests/sandbox/test_preview.py::test_a_pack_that_is_not_there_in_time_ends_the_preview_with_its_reason",
    )  # fmt: skip
    yield Accident(
        "the pack's virtual environment is gone", GATE, 1, "pulumi install",
        test="tests/sandbox/test_preview.py::test_a_pack_whose_environment_was_removed_is_an_error_and_not_a_hang",
    )  # fmt: skip
    for what, kind, says in (
        ("a resource", "ResourceValidationPolicy", "error: failed to run policy: "),
        ("the stack", "StackValidationPolicy", "1 errored"),
    ):
        yield Accident(f"the pack ends while it judges {what}", GATE, 1, says, packs=(_killed(kind),))
    yield Accident("the pack has no rule", GATE, 1, "policy pack not started", packs=(_pack("serve(())"),))
    yield Accident(
        "own rules that are no Python", GATE, 1, "is no Python",
        test="tests/gate/test_engine.py::test_own_rules_that_are_no_python_end_the_preview_in_a_line",
    )  # fmt: skip
    yield Accident(
        "a rule or a policy that crashes", GATE, 1, "[broken]",
        test="tests/gate/test_engine.py::"
        "test_own_rules_and_policies_run_beside_the_rules_and_one_that_crashes_blocks",
    )  # fmt: skip
    for what, text, says in (
        ("is no JSON", "nope", "invalid character"),
        ("is a list", "[]", "cannot unmarshal array"),
        ("has a level that is none", '{"capacity-bounded": "off"}', '"off" is not a valid enforcement level'),
        ("disables every rule", _DISABLED, "every rule is disabled, so nothing would be judged"),
    ):
        yield Accident(f"a policy config that {what}", GATE, 1, says, (config,), files={"config.json": text})
    yield Accident("a policy config that is not there", GATE, 1, "config.json: no such file or directory", (config,))
    yield Accident(
        "a policy config with a misspelt rule, or an option of another type", GATE, 1, "no such rule",
        test="tests/gate/test_engine.py::test_wrong_policy_config_is_refused",
    )  # fmt: skip
    yield Accident("a policy config that is empty", GATE, 1, BLOCKED, (config,), "bad", files={"config.json": ""})
    yield Accident(
        "a policy config by which nothing blocks, in a variable of the environment", GATE, 0,
        "policy config as the engine was given it, by which rules that block by default do not: ", stack="bad",
        files={"config.json": _ADVISORY}, variables={"PULUMI_OPTION_POLICY_PACK_CONFIG": "{here}/config.json"},
    )  # fmt: skip
    second = _pack("serve()")
    yield Accident(
        "two packs, of which one has a policy config by which nothing blocks", GATE, 1, BLOCKED,
        (config, "--policy-pack-config={here}/none.json"), "bad", (OURS, second),
        {"config.json": _ADVISORY, "none.json": "{}"},
    )  # fmt: skip
    yield Accident(
        "two packs and one policy config", GATE, 1, 'flags must match the number of "--policy-pack" flags', (config,),
        "bad", (OURS, second), {"config.json": _ADVISORY},
    )  # fmt: skip
    waivers = {"POOLGATE_WAIVERS": "{here}/waivers.yaml"}
    yield Accident(
        "waivers that are not there", GATE, 1, "waivers.yaml: cannot be read: No such file or directory",
        variables=waivers,
    )  # fmt: skip
    yield Accident(
        "waivers that ran out, and of another stack", GATE, 1, BLOCKED, stack="bad",
        files={"waivers.yaml": _NO_WAIVERS_HOLD}, variables=waivers,
    )  # fmt: skip
    yield Accident(
        "a choice of rules that there are none of", GATE, 1, "no rule is called 'nothing-like'",
        variables={"POOLGATE_SELECT": "nothing-like"},
    )  # fmt: skip
    for what, variable, value, says in (
        (
            "a day to judge by that is none",
            "POOLGATE_AS_OF",
            "soon",
            "settings of poolgate: POOLGATE_AS_OF is 'soon'",
        ),
        (
            "a set of rules that is none",
            "POOLGATE_RULE_SET",
            "newest",
            "settings of poolgate: rule set: 'newest' is no",
        ),
        (
            "an export to compare with that is not there",
            "POOLGATE_PREVIOUS",
            "{here}/old.json",
            "old.json: cannot be read",
        ),
    ):
        yield Accident(what, GATE, 1, says, variables={variable: value})
    yield Accident(
        "a part of a stack only", GATE, 0, "outside this operation",
        test="tests/gate/test_engine.py::test_what_is_outside_the_operation_is_not_judged_by_nothing",
    )  # fmt: skip
    yield Accident(
        "a variable of the environment that leaves out the whole stack", GATE, 0,
        "1 resource is outside this operation (--target, --exclude), and not judged", stack="bad",
        variables={"PULUMI_OPTION_EXCLUDE": "**"},
    )  # fmt: skip
    yield Accident(
        "values that only a deployment knows, and secrets", GATE, 0, "[unknown] a secret, not read",
        test="tests/gate/test_engine.py::test_levels_unknowns_secrets_and_what_is_no_pool",
    )  # fmt: skip
    yield Accident(
        "a preview in the sandbox without a pack", "poolgate sandbox", 0,
        "no --policy-pack: no rule judges what this preview shows",
        test="tests/sandbox/test_workspace.py::test_a_preview_without_a_pack_is_said_to_be_judged_by_none",
    )  # fmt: skip
    yield Accident(
        "a command of pulumi that applies, or may", "poolgate sandbox", 2, "is refused",
        test="tests/sandbox/test_workspace.py::test_every_word_that_applies_is_refused",
    )  # fmt: skip


def _previews() -> Iterator[Accident]:
    run = ("preview", "shop", "--stack=good", *ANY)
    yield Accident(
        "a program that ends before its end, or raises; a resource that the provider refuses, or that is there twice; "
        "an option in the environment that narrows the preview", PREVIEW, 1, "as `check` has it",
        test="tests/identity/test_identity.py::test_check_and_preview_find_the_same",
    )  # fmt: skip
    yield Accident("an engine that is not there", PREVIEW, 2, "which is not an executable file", run,
                   variables=_by_engine("nowhere"))  # fmt: skip
    for what, code, says, body, version in (
        ("is too old", 2, "poolgate needs 3.255.0 or later", "", "3.200.0"),
        ("does not know of policy packs", 1, "unknown flag: --policy-pack",
         'echo "error: unknown flag: --policy-pack" >&2; exit 255', "3.276.0"),
        ("asks no pack", 1, "the policy pack was not asked about this resource", f"echo '{_STEP}'", "3.276.0"),
        ("asks the pack of no stack", 1, "the policy pack was not asked about the stack as a whole", _WITH_LOG,
         "3.276.0"),
        ("is content and says nothing", 4, "nothing judged: ", "exit 0", "3.276.0"),
    ):  # fmt: skip
        yield Accident(f"an engine that {what}", PREVIEW, code, says, run, files={"pulumi": _engine(body, version)},
                       variables=_by_engine("pulumi"))  # fmt: skip
    yield Accident("a stack that is misspelt", PREVIEW, 2, "has no stack 'goood'; did you mean 'good'?",
                   ("preview", "shop", "--stack=goood", *ANY))  # fmt: skip
    yield Accident("a folder without a project", PREVIEW, 4, "no Pulumi.yaml under empty", ("preview", "empty", *ANY))


def _checks() -> Iterator[Accident]:
    check, lint = ("check", "shop", *ANY), ("lint", "shop", *ANY)
    yield Accident("a folder without a project", CHECK, 4, "no Pulumi.yaml under empty", ("check", "empty", *ANY))
    yield Accident("a folder that is not there", CHECK, 2, "no such file or folder", ("check", "nowhere", *ANY))
    yield Accident("a stack that is misspelt", CHECK, 2, "has no stack 'goood'", (*check, "--stack=goood"))
    yield Accident("a program that makes nothing", CHECK, 4, NOTHING, (*check, "--stack=good"),
                   files={"shop/__main__.py": ""})  # fmt: skip
    yield Accident(
        "a type that is misspelt", CHECK, 4, "InferencePool and no rule knows", (*check, "--stack=good"),
        files={"shop/__main__.py": 'import pulumi\n\npulumi.CustomResource("azure-native:machinelearningservices:'
               'InferencePol", "pool", {}, pulumi.ResourceOptions(version="2.92.3"))\n'},
    )  # fmt: skip
    yield Accident(
        "a value that is encrypted, and cannot be read here", CHECK, 1, "[unknown] sku.capacity: a secret, not read",
        (*check, "--stack=good"),
        files={"shop/Pulumi.good.yaml": "config:\n  shop:capacity: {secure: v1:AAAA:BBBBCCCC}\n",
               "shop/__main__.py": PROGRAM.replace("require_int", "require_secret")},
    )  # fmt: skip
    yield Accident("a virtual environment that is gone", CHECK, 2, "and the run exits 2 whatever else is found", check,
                   files={"shop/Pulumi.yaml": "name: shop\nruntime: {name: python, options: {virtualenv: gone}}\n"}
                   )  # fmt: skip
    yield Accident("a stack's file that is no YAML", CHECK, 1, "mandatory", lint,
                   files={"shop/Pulumi.good.yaml": "config: [\n"})  # fmt: skip
    yield Accident("a stack's file that cannot be read", CHECK, 2, "Pulumi.good.yaml: cannot be read", lint,
                   closed=("shop/Pulumi.good.yaml",))  # fmt: skip
    yield Accident("a stack's file that is a link to nowhere", CHECK, 0, "1 stack: is a link that leads nowhere", lint,
                   files={"shop/Pulumi.prod.yaml": "-> nowhere"})  # fmt: skip
    yield Accident("a project without a schema", CHECK, 0,
                   "has no schema, so that of what its stacks configure only the form is judged", lint)  # fmt: skip
    for what, text, says in (
        ("leaves everything out", 'exclude: ["**"]\n', "shop is left out by poolgate.yaml"),
        ("has a misspelt key", "policyconfig: x.json\n", "did you mean 'policyConfig'?"),
        ("names waivers that are not there", "waivers: none.yaml\n", "there is no file 'none.yaml'"),
        ("names a policy config that is not there", "policyConfig: none.json\n", "there is no file 'none.json'"),
    ):
        yield Accident(f"a poolgate.yaml that {what}", CHECK, 4 if "out by" in says else 2, says,
                       ("check", "shop", "--config=poolgate.yaml"), files={"poolgate.yaml": text})  # fmt: skip
    yield Accident("a poolgate.yaml that is not there", CHECK, 2, "poolgate.yaml: cannot be read",
                   ("check", "shop", "--config=poolgate.yaml"))  # fmt: skip


def _audits() -> Iterator[Accident]:
    audit = ("audit", "exports", *ANY)
    yield Accident("a folder without states", AUDIT, 4, "no JSON files", ("audit", "empty", *ANY))
    yield Accident("a folder of other JSON", AUDIT, 4, "none of 1 JSON files is one", ("audit", "states", *ANY),
                   files={"states/a.json": "{}"})  # fmt: skip
    yield Accident("a source, or a pattern, that leads to nothing", AUDIT, 2, "does not exist",
                   ("audit", "states/*.json", *ANY))  # fmt: skip
    yield Accident("a bucket without a backend", AUDIT, 2, "is no backend of Pulumi",
                   test="tests/backends/test_stores.py::test_a_place_without_a_backend_is_an_error")  # fmt: skip
    yield Accident("a state that is cut short, or of a later version", AUDIT, 1, "mandatory", ("audit", "states", *ANY),
                   files={"states/a.json": '{"version": 3, "deployment": {"resour', "states/b.json":
                          '{"version": 9, "deployment": {}}'})  # fmt: skip
    yield Accident("a stack that was never deployed", AUDIT, 4, NOTHING, ("audit", "states", *ANY),
                   files={"states/a.json": '{"version": 3, "deployment": {"manifest": {}, "resources": []}}'}
                   )  # fmt: skip
    for what, text, says in (
        ("is empty", "", "config.json:1: is no JSON"),
        ("is no object", "[]", "the policy config is no JSON object"),
        ("has a misspelt rule", '{"capacity-bounds": "advisory"}', "did you mean capacity-bounded?"),
        ("has an option of another type", '{"capacity-bounded": {"maximum": "9"}}', "is '9', expected a number"),
        ("disables every rule", _DISABLED, "every rule is disabled, so nothing would be judged"),
    ):
        yield Accident(f"a policy config that {what}", AUDIT, 2, says, (*audit, "--policy-config=config.json"),
                       files={"config.json": text})  # fmt: skip
    yield Accident("a policy config by which nothing blocks", AUDIT, 0, "0 mandatory and 3 advisory findings",
                   (*audit, "--policy-config=config.json"), files={"config.json": _ADVISORY})  # fmt: skip
    yield Accident("rules that are chosen and left out at once", AUDIT, 2, "every rule is disabled",
                   (*audit, "--select=tags-required", "--ignore=tags-required"))  # fmt: skip
    yield Accident("`--exit-zero`", AUDIT, 0, "3 mandatory and 0 advisory findings", (*audit, "--exit-zero"))
    for what, code, says, text in (
        ("are not there", 2, "waivers.yaml: cannot be read", None),
        ("are no YAML", 2, "waivers.yaml:2:1: is no YAML", "waivers: [\n"),
        ("are under a misspelt key", 2, "did you mean waivers?", "waiver: []\n"),
        ("are for every rule", 2, "expected a rule's id, or the beginning of one and *",
         "waivers:\n" + _waiver("single-pool/dev", "2026-11-01", "2027-01-31").replace("capacity-bounded", '"*"')),
        ("ran out, or are of another stack", 1, "4 mandatory and 1 advisory findings",
         "waivers:\n" + _waiver("single-pool/dev", "2026-01-01", "2026-03-01")
         + _waiver("single-pool/prod", "2026-11-01", "2027-01-31")),
    ):  # fmt: skip
        yield Accident(f"waivers that {what}", AUDIT, code, says, (*audit, "--waivers=waivers.yaml"),
                       files={} if text is None else {"waivers.yaml": text})  # fmt: skip
    for what, code, says, more in (
        ("is not there", 2, "none.json: cannot be read", ("--baseline=none.json",)),
        ("is no report", 2, "config.json: schema_version: is missing", ("--baseline=config.json",)),
        ("is of other stacks", 1, "2 mandatory and 0 advisory findings", ("--baseline=other.json",)),
        ("is what the run writes, so that the next one would know all of it", 2, "is what --baseline reads",
         ("--baseline=report.json", "--format=json", "--output=report.json")),
    ):  # fmt: skip
        yield Accident(f"a baseline that {what}", AUDIT, code, says, (*audit, *more), files={"config.json": "{}"})
    for what, code, says, text in (
        ("is not there", 2, "stacks.txt: cannot be read", None),
        ("is empty", 2, "stacks.txt: names no stack", ""),
        ("names a stack that is not", 1, "shop/ghost", "shop/ghost\n"),
    ):
        yield Accident(f"a list of expected stacks that {what}", AUDIT, code, says, (*audit, "--expect=stacks.txt"),
                       files={} if text is None else {"stacks.txt": text})  # fmt: skip
    for what, code, says, shards in (
        ("lacks a shard", 2, "shard 3 of 3 is missing", ("shard1.json", "shard2.json")),
        ("has one twice", 2, "shard1.json: is shard 1/3, and so is", ("shard1.json", "shard2.json", "shard1.json")),
        ("has the report of a whole audit", 2, "is no report of a shard", ("report.json",)),
        ("is to do without a shard", 3, "incomplete: ", ("shard1.json", "shard2.json", "--partial")),
    ):
        yield Accident(f"a merge that {what}", AUDIT, code, says, ("merge", *shards, *ANY))
    yield Accident("a proposed policy config that disables every rule", AUDIT, 2, "every rule is disabled",
                   ("what-if", "exports", "--to=config.json", *ANY), files={"config.json": _DISABLED})  # fmt: skip
    yield Accident("a history without an audit", AUDIT, 4, "there is no audit in this history",
                   ("history", "empty", *ANY))  # fmt: skip


def _ci() -> Iterator[Accident]:
    yield Accident("a pack that does not start", CI, 124, "and a line that says so",
                   test="tests/init/test_ci.py::test_a_gate_whose_pack_does_not_start_ends_in_time_and_says_so"
                   )  # fmt: skip
    yield Accident("a step that fails and lets the job go on", CI, None, "no file has `continue-on-error` or its like",
                   test="tests/init/test_ci.py::test_no_step_goes_on_after_a_failure")  # fmt: skip


ACCIDENTS: Final = (*_gates(), *_previews(), *_checks(), *_audits(), *_ci())
ELSEWHERE: Final = ("with its reason", "as `check` has it", "and a line that says so")
"""What is no text of a message."""


def rows() -> Iterator[str]:
    """The tables in Markdown, one for each command."""
    for by, accidents in groupby(ACCIDENTS, lambda accident: accident.by):
        yield f"\n## {_titled(by)}\n"
        yield "| what happens | exit code | what is said |"
        yield "|---|---|---|"
        for each in accidents:
            code = "any" if each.code is None else f"{each.code}"
            said = each.says.strip() if each.says in ELSEWHERE or "`" in each.says else f"`{each.says.strip()}`"
            tested = f" ([test](../{each.test.partition('::')[0]}))" if each.test else ""
            yield f"| {each.happens}{tested} | {code} | {said} |"


def _titled(by: str) -> str:
    return by[0].upper() + by[1:] if by == CI else ", ".join(f"`{name}`" for name in by.split(", "))


def page() -> str:
    """The page, with the tables as they are now."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}" + "\n".join(rows()) + f"\n\n{END}{after}"
