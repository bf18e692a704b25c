"""What puts a finding right, in the reports that carry it: the same change that `--fix` makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.reports.test_formats import REPORT_SCHEMA, SARIF_SCHEMA

from poolgate import cli
from poolgate.findings import Edit
from poolgate.lint import schema_store
from poolgate.lint.fix import edited

SCHEMA = {
    "properties": {
        "demo:timeout": {"$ref": "pool.schema.json#/$defs/duration"},
        "demo:sku": {"$ref": "pool.schema.json#/$defs/sku"},
        "demo:apiKey": {"type": "string", "x-poolgate-secret": "required"},
    },
    "additionalProperties": False,
}
WRONG = "config:\n  demo:timout: 'pt5s'  # why\n  demo:sku: {name: Standard_DS3_v2, tier: standard, capacity: many}\n"
ONCE = WRONG.replace("timout", "timeout").replace("standard", "Standard")


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "demo.schema.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    schema_store.load_schema.cache_clear()
    return file


def report(format_: str, schema: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    assert cli.run(["lint", "--format", format_, "--no-cache"]) == 1
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema)
    return document


def test_sarif_has_fixes_and_they_are_what_fix_does(stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = report("sarif", SARIF_SCHEMA, capsys)["runs"][0]["results"]
    fixes = [result["fixes"][0] for result in results if "fixes" in result]

    # The capacity is wrong, too, and size and family are missing: what they should be is for people to say.
    assert (len(results), len(fixes)) == (5, 2)
    lines = stack.read_text().splitlines(keepends=True)
    for fix in fixes:
        [change] = fix["artifactChanges"]
        assert change["artifactLocation"] == {"uri": "Pulumi.dev.yaml", "uriBaseId": "%SRCROOT%"}
        [replacement] = change["replacements"]
        region = replacement["deletedRegion"]
        assert region["startLine"] == region["endLine"]
        line, start, end = region["startLine"] - 1, region["startColumn"] - 1, region["endColumn"] - 1
        lines[line] = lines[line][:start] + replacement["insertedContent"]["text"] + lines[line][end:]
    assert "".join(lines) == ONCE

    assert cli.run(["lint", "--fix", "--no-cache"]) == 1
    assert stack.read_text() == ONCE.replace("pt5s", "PT5S")  # what the first fix has uncovered


def test_json_has_the_same_edits(stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings = report("json", REPORT_SCHEMA, capsys)["findings"]
    assert [finding["edit"] for finding in findings if "edit" in finding] == [
        {"file": "Pulumi.dev.yaml", "line": 2, "column": 3, "end_column": 14, "text": "demo:timeout"},
        {"file": "Pulumi.dev.yaml", "line": 3, "column": 43, "end_column": 51, "text": "Standard"},
    ]


def test_a_line_that_may_hold_a_secret_has_no_fix(stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack.write_text("config:\n  demo:apiKye: hunter2\n")
    [result] = report("sarif", SARIF_SCHEMA, capsys)["runs"][0]["results"]
    assert "fixes" not in result
    assert "hunter2" not in json.dumps(result)


def test_of_two_slips_of_one_key_one_is_offered(stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack.write_text("config:\n  demo:timout: PT5S\n  demo:timeuot: PT6S\n")
    results = report("sarif", SARIF_SCHEMA, capsys)["runs"][0]["results"]
    assert len([result for result in results if "fixes" in result]) == 1


def test_edits_are_made_where_the_text_is_as_it_was() -> None:
    edits = [Edit("f", 1, 4, 5, "1", "22"), Edit("f", 2, 1, 2, "b", "c")]
    assert edited("\ufeffa: 1\r\nb: é\r\n", edits) == "\ufeffa: 22\r\nc: é\r\n"
    for wrong in (Edit("f", 1, 4, 5, "2", "3"), Edit("f", 9, 1, 2, "b", "c")):
        with pytest.raises(ValueError, match="line"):
            edited("a: 1\nb: 2\n", [wrong])
    with pytest.raises(ValueError, match="line 1"):
        edited("abc: 1\n", [Edit("f", 1, 1, 3, "ab", "x"), Edit("f", 1, 2, 4, "bc", "y")])


def test_a_stack_that_lies_outside_its_project_has_no_fix(
    stack: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = stack.rename(tmp_path_factory.mktemp("elsewhere") / stack.name)
    stack.symlink_to(elsewhere)
    results = report("sarif", SARIF_SCHEMA, capsys)["runs"][0]["results"]
    assert results
    assert not any("fixes" in result for result in results)
