"""A key in a wrong namespace is told by the one that was meant; other people's namespaces are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference_pools.finding import Enforcement, Outcome, Severity
from poolgate.findings import Finding, Origin, Subject, Tally
from poolgate.lint import schema_store
from poolgate.lint.namespaces import PROVIDERS, meant_namespace, near_miss
from poolgate.lint.project import StackConfig, load_project
from poolgate.lint.schema_lint import LintFinding, lint_project
from poolgate.lint.yaml_reader import read_yaml
from poolgate.sources.failures import program_failed
from poolgate.sources.missing_config import point_out

SCHEMA = {
    "type": "object",
    "required": ["fleet:pools", "azure-native:location"],
    "properties": {"azure-native:location": {"type": "string"}, "fleet:pools": {}, "fleet:poolKey": {}},
    "patternProperties": {"^(azure-native|aws|gcp|pulumi):": {}},
    "additionalProperties": False,
}
OPEN = {**SCHEMA, "additionalProperties": True}


def project(folder: Path, config: str, *, declared: str = "", schema: object = None) -> Path:
    (folder / "Pulumi.yaml").write_text(f"name: fleet\nruntime: python\n{declared}")
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n{config}")
    if schema is not None:
        (folder / "schemas").mkdir()
        (folder / "schemas" / "fleet.schema.json").write_text(json.dumps(schema))
    schema_store.load_schema.cache_clear()
    return folder


def told(findings: list[LintFinding]) -> list[tuple[int, int, str]]:
    return [(finding.line, finding.column, finding.message) for finding in findings]


REST = "  fleet:pools: []\n"


@pytest.mark.parametrize(
    ("config", "line", "message"),
    [
        (
            f"  azure:location: x\n{REST}",
            2,
            "'azure:location' is not known here; did you mean 'azure-native:location'?",
        ),
        (
            f"  location: x\n{REST}",
            2,
            "'location' is read as 'fleet:location', which is not known here; did you mean 'azure-native:location'?",
        ),
        (
            "  azure-native:location: x\n  other:pools: []\n",
            3,
            "'other:pools' is not known here; did you mean 'fleet:pools'?",
        ),
        (
            "  azure-native:location: x\n  other:pols: []\n",
            3,
            "'other:pols' is not known here; did you mean 'fleet:pools'?",
        ),
    ],
)
def test_one_finding_at_the_key_with_what_was_meant(tmp_path: Path, config: str, line: int, message: str) -> None:
    assert told(lint_project(project(tmp_path, config, schema=SCHEMA))) == [(line, 3, message)]


def test_what_is_missing_is_told_at_the_key_that_was_meant_for_it(tmp_path: Path) -> None:
    """Where the schema takes any key."""
    config = "  azure-native:location: x\n  other:pools: []\n"
    assert told(lint_project(project(tmp_path, config, schema=OPEN))) == [
        (3, 3, "'fleet:pools' is missing; was 'other:pools' meant for it?")
    ]


def test_what_is_declared_and_missing_is_told_once(tmp_path: Path) -> None:
    declared = "config:\n  pools: {type: array, items: {type: string}}\n"
    config = "  azure-native:location: x\n  other:pools: []\n"
    (tmp_path / "bare").mkdir()
    [finding] = lint_project(project(tmp_path / "bare", config, declared=declared))
    assert told([finding]) == [
        (3, 3, "'fleet:pools' is missing; Pulumi.yaml declares it without a default; was 'other:pools' meant for it?")
    ]
    findings = lint_project(project(tmp_path, config, declared=declared, schema=SCHEMA))
    assert told(findings) == [(3, 3, "'other:pools' is not known here; did you mean 'fleet:pools'?")]


def test_a_slip_in_the_namespace_is_advisory_without_any_schema(tmp_path: Path) -> None:
    findings = lint_project(project(tmp_path, "  azurenative:location: x\n  fleeet:pools: []\n  shared:x: 1\n"))
    assert told(findings) == [
        (2, 3, "no project and no provider is called 'azurenative'; did you mean 'azure-native:location'?"),
        (3, 3, "no project and no provider is called 'fleeet'; did you mean 'fleet:pools'?"),
    ]
    assert {finding.severity for finding in findings} == {"warning"}


PUBLIC = """\
  aws:region: eu-west-1
  aws:defaultTags: {tags: {owner: ml}}
  aws:config:profile: dev
  azure-native:location: westeurope
  azure:location: westeurope
  azuread:tenantId: x
  gcp:project: acme
  gcp:zone: europe-west4-a
  google-native:project: acme
  kubernetes:context: kind
  pulumi:tags: {team: ml}
  pulumi:disable-default-providers: ["*"]
  cloudflare:apiToken: {secure: AAABAA==}
  eks-cluster:nodes: 3
  shared:domain: example.com
  network-2:cidr: 10.0.0.0/8
  pools: []
"""


def test_namespaces_of_providers_and_of_other_projects_are_left_alone(tmp_path: Path) -> None:
    assert lint_project(project(tmp_path, PUBLIC)) == []
    assert [name for name in PROVIDERS if meant_namespace(name, "fleet")] == []
    assert meant_namespace("network-2", "network-1") is None
    assert meant_namespace("apps", "app") is None


@pytest.mark.parametrize(
    ("missing", "configured", "near"),
    [
        ("azure-native:location", ["azure:location", "fleet:pools"], "azure:location"),
        ("azure-native:location", ["aws:location"], None),
        ("fleet:region", ["aws:region"], None),
        ("fleet:project", ["gcp:project"], None),
        ("fleet:pools", ["other:pools", "fleet:pool"], "other:pools"),
        ("fleet:pools", ["other:pools", "third:pools"], None),
        ("fleet:pools", ["other:pols", "fleet:pol-s"], "fleet:pol-s"),
        ("fleet:pools", ["fleet:tags"], None),
    ],
)
def test_which_key_was_meant(missing: str, configured: list[str], near: str | None) -> None:
    assert near_miss(missing, configured) == near


def failed(folder: Path, message: str) -> Finding:
    found = load_project(folder)
    file = folder / "Pulumi.dev.yaml"
    tally = Tally()
    tally.add_finding(program_failed(message, Subject("", "", "", "fleet", "dev"), None, Origin.PROGRAM))
    point_out(tally, StackConfig("dev", file, read_yaml(file), found))
    [finding] = tally.findings
    return finding


PYTHON = "Missing required configuration variable 'fleet:pools'\n\tplease set a value using the command `pulumi config`"
GO = "error: missing required configuration variable 'fleet:pools'; run `pulumi config` to set"


@pytest.mark.parametrize("message", [PYTHON, GO, "Stack 'dev' is missing configuration value 'pools'"])
def test_a_program_that_lacks_a_value_fails_at_the_key_that_was_meant(tmp_path: Path, message: str) -> None:
    project(tmp_path, "  aws:region: x\n  other:pols: []\n")
    finding = failed(tmp_path, message)

    assert finding.location is not None
    assert (finding.location.line, finding.location.column, finding.location.is_private) == (3, 3, False)
    assert finding.remedy.startswith(f"Was 'other:pols' at {tmp_path}/Pulumi.dev.yaml:3:3 meant for it? Write ")
    assert (finding.outcome, finding.enforcement) == (Outcome.UNREADABLE, Enforcement.MANDATORY)
    assert finding.severity is Severity.HIGH


def test_without_such_a_key_it_fails_where_the_key_is_to_be_added(tmp_path: Path) -> None:
    project(tmp_path, "  aws:region: x\n")
    finding = failed(tmp_path, PYTHON)

    assert finding.location is not None
    assert (finding.location.line, finding.location.column, finding.location.is_private) == (1, 1, False)
    assert finding.remedy.startswith("Mend the program or its configuration")
    assert failed(tmp_path, "KeyError: 'fleet:pools'").location is None


@pytest.mark.parametrize(
    ("declared", "schema"),
    [("config:\n  poolKey: {type: string, secret: true}\n", None), ("", {"x-poolgate-secret": "required"})],
    ids=["declared", "by its schema"],
)
def test_a_line_that_may_be_meant_for_a_secret_is_not_shown(tmp_path: Path, declared: str, schema: object) -> None:
    contents = {"properties": {"fleet:poolKey": schema}, "additionalProperties": False} if schema else None
    project(tmp_path, "  other:poolKey: hunter2\n", declared=declared, schema=contents)

    findings = lint_project(tmp_path)
    assert [(finding.line, finding.is_private) for finding in findings] == [(2, True)]
    finding = failed(tmp_path, PYTHON.replace("fleet:pools", "fleet:poolKey"))
    assert finding.location is not None
    assert finding.location.is_private
