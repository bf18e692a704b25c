"""A run that somebody stops before it has a verdict says so in its reports: those of an earlier run must not stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import jsonschema
import pytest

from poolgate import cli

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("command", ["check", "lint"])
def test_ctrl_c_leaves_no_older_report(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_finish", stopped)
    report = tmp_path / "report.json"
    report.write_text("of an earlier run")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    assert cli.run([command, str(tmp_path), "--no-config", f"--also=json={report}"]) == 130
    assert "poolgate: error: stopped by SIGINT before it came to a verdict\n" in capsys.readouterr().err
    told = json.loads(report.read_text())
    jsonschema.validate(told, SCHEMA)
    assert told["summary"]["conclusion"] == "stopped"
    assert told["error"] == {"exit_code": 130, "message": "stopped by SIGINT before it came to a verdict"}


def test_a_command_without_reports_says_nothing_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_rule_set", stopped)
    assert cli.run(["rules", "--no-config"]) == 130
    assert capsys.readouterr() == ("", "")
