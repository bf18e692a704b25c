"""Who answers for a resource: its tag `owner`, where that is a text that may be read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from inference_pools.resource import Resource
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING
from poolgate import cli
from poolgate.owner import whose
from poolgate.report import render
from poolgate.report.html import to_data
from poolgate.sandbox.workspace import PreviewRun
from poolgate.sources.preview import read_preview
from reports.bad_stack import POOL, finding, report_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("properties", "owner"),
    [
        ({}, ""),
        ({"tags": None}, ""),
        ({"tags": {}}, ""),
        ({"tags": {"owner": "ml-platform"}}, "ml-platform"),
        ({"tags": {"Owner": "ml-platform", "team": "x"}}, "ml-platform"),
        ({"labels": {"owner": "ml-platform"}}, "ml-platform"),
        ({"tags": {"owner": None}}, ""),
        ({"tags": {"owner": 7.0}}, ""),
        ({"tags": ["owner"]}, ""),
        ({"tags": UNKNOWN_STRING}, ""),
        ({"tags": {"owner": UNKNOWN_STRING}}, ""),
        ({"tags": {SIGNATURE_KEY: SECRET_SIGNATURE, "value": {"owner": "hidden"}}}, ""),
        ({"tags": {"owner": {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "hidden"}}}, ""),
        ({"tags": {"owner": "a\nb\x1b[2J"}}, "a\\nb\\x1b[2J"),
    ],
)
def test_owner(properties: dict[str, Any], owner: str) -> None:
    assert whose(Resource("urn:pulumi:dev::shop::a:b:C::chat", "a:b:C", "chat", properties)).owner == owner


def test_owners_that_differ_in_case_alone_are_one() -> None:
    owners = ("ML-Platform", "ml-platform", "ml-platform", "other", "")
    found = [
        finding(subject=POOL._replace(owner=owner, urn=f"{POOL.urn}{number}")) for number, owner in enumerate(owners)
    ]
    rows = csv.DictReader(io.StringIO(render(report_of(found), "csv")))
    assert [row["owner"] for row in rows] == ["ml-platform"] * 3 + ["other", ""]
    subjects = to_data(report_of(found))["subjects"]
    assert [subject[5] for subject in subjects] == ["ml-platform"] * 3 + ["other", ""]


def test_check_and_audit_name_the_owner(tmp_path: Path) -> None:
    for command, source, owner in (
        ("check", ROOT / "stacks" / "single-pool", "ml-platform@contoso.com"),
        ("audit", ROOT / "tests" / "audit" / "states" / "readable" / "export-v3.json", "ml-platform"),
    ):
        file = tmp_path / f"{command}.json"
        assert cli.run([command, str(source), "--format", "json", "--output", str(file)]) in (0, 1)
        report = json.loads(file.read_text("utf-8"))
        assert owner in {found["resource"]["owner"] for found in report["findings"]}
        assert owner in {stack["owner"] for stack in report["stacks"]}


def test_preview_names_the_owner(tmp_path: Path) -> None:
    urn = f"urn:pulumi:dev::shop::{POOL.type}::chat"
    state = {"type": POOL.type, "inputs": {"tags": {"owner": "ml-platform", "team": "search", "env": "live"}}}
    event = {"resourceUrn": urn, "policyName": "tags-required", "enforcementLevel": "advisory", "severity": "medium"}
    message = "tags-required\ntags: lacks costcenter"
    run = PreviewRun(
        returncode=0,
        events=[
            {"policyEvent": event | {"message": message}},
            {"policyAnalyzeSummaryEvent": {"resourceUrn": urn, "passed": []}},
            {"policyAnalyzeStackSummaryEvent": {"passed": []}},
        ],
        stdout=json.dumps({"steps": [{"urn": urn, "newState": state}]}),
        stderr="",
    )
    tally = read_preview(run, tmp_path, "shop", "dev")
    assert tally.resources_whose == {"shop/dev": ("ml-platform", "search", "", "live")}
    (found,) = tally.findings
    assert found.subject == POOL._replace(owner="ml-platform", team="search", environment="live")
