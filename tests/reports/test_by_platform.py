"""A fleet on several clouds is told platform by platform; a team with one cloud is not told of clouds."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from audit.state_builder import GROUP, POOL, export, pool_inputs, resource
from poolgate import cli

REPORT_SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text("utf-8"))
MODEL = "aws:sagemaker/model:Model"
CLOUDS = {
    POOL: pool_inputs(sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 80}),
    GROUP: {"tags": {"environment": "prod", "owner": "ml", "costcenter": "4711"}},
    MODEL: {"tagsAll": {"environment": "prod", "owner": "nobody", "costcenter": "4711"}},
}
SELECT = ("--select=capacity-bounded", "--select=owner-tag-valid")


def audited(folder: Path, types: list[str], capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What an audit of one state says that has a resource of each type."""
    entries = [resource(type_, "fraud", inputs=CLOUDS[type_], outputs=CLOUDS[type_]) for type_ in types]
    (folder / "state.json").write_text(json.dumps(export(*entries)))
    cli.run(["audit", str(folder / "state.json"), "--no-config", *SELECT, *options])
    return capsys.readouterr().out


def platforms(folder: Path, types: list[str], capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    report = json.loads(audited(folder, types, capsys, "--format=json"))
    Draft202012Validator(REPORT_SCHEMA).validate(report)
    assert sum(one["resources"] for one in report["summary"]["platforms"]) == report["summary"]["pools"]
    return list(report["summary"]["platforms"])


def test_json_has_them_whether_they_are_one_or_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"mandatory": 1, "advisory": 0, "not_judged": 0, "waived": 0}
    pools = {"platform": "azure-pools", "title": "Azure ML inference pools", "vendor": "Azure", **counts}
    (only,) = platforms(tmp_path, [POOL], capsys)
    assert only == pools | {"title": only["title"], "resources": 1}
    found = platforms(tmp_path, [POOL, GROUP, MODEL], capsys)
    assert [(one["platform"], one["resources"], one["mandatory"], one["advisory"]) for one in found] == [
        ("azure-pools", 2, 1, 0),
        ("sagemaker", 1, 0, 1),
    ]


def test_people_are_told_of_several_clouds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = audited(tmp_path, [POOL, GROUP, MODEL], capsys)
    table = text[text.index("by platform:") :].splitlines()[1:3]
    assert [[cell.strip() for cell in line.split("  ")[-4:]] for line in table] == [
        ["2 judged", "1 mandatory", "0 advisory", "0 not judged"],
        ["1 judged", "0 mandatory", "1 advisory", "0 not judged"],
    ]
    assert table[1].startswith("  AWS SageMaker endpoints  ")
    assert "| AWS SageMaker endpoints | 1 | 0 | 1 | 0 | 0 |" in audited(
        tmp_path, [POOL, MODEL], capsys, "--format=markdown"
    )
    page = audited(tmp_path, [POOL, MODEL], capsys, "--format=html")
    assert "AWS SageMaker endpoints: 1 resource judged, 0 mandatory and 1 advisory findings, 0 not judged" in page


@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
def test_nobody_is_told_of_one_cloud(format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = audited(tmp_path, [POOL, GROUP], capsys, f"--format={format_}")
    assert "by platform" not in said
    assert "2 resources judged, 1 mandatory" not in said
    assert "| platform |" not in said


def test_a_table_says_of_each_finding_on_which_platform_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = csv.DictReader(io.StringIO(audited(tmp_path, [POOL, MODEL], capsys, "--format=csv")))
    assert {(row["rule"], row["platform"]) for row in rows if row["rule"]} == {
        ("capacity-bounded", "azure-pools"),
        ("owner-tag-valid", "sagemaker"),
    }


def test_several_processes_count_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(6):
        stack = f"prod-{number}"
        entries = [
            resource(type_, "fraud", stack=stack, inputs=inputs, outputs=inputs) for type_, inputs in CLOUDS.items()
        ]
        (tmp_path / f"{number}.json").write_text(json.dumps(export(*entries)))
    said = []
    for jobs in ("1", "2"):
        cli.run(["audit", str(tmp_path), "--no-config", *SELECT, "--format=json", "--jobs", jobs])
        said.append(json.loads(capsys.readouterr().out)["summary"]["platforms"])
    assert said[0] == said[1]
    assert [one["resources"] for one in said[0]] == [12, 6]
