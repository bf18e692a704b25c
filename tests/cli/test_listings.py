"""What `rules`, `explain` and `waivers list` repeat of a repository gives no order to a runner or a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolgate import cli

EVIL = "T\\u202e\\n::error::y\\n##vso[task.complete]\\x9b"
OWN = f"""\
from inference_pools.rule import rule
@rule(C, id="shop-x", title="{EVIL}", remedy="{EVIL}", source="{EVIL}", since="1")
def one(capacity, options):
    "{EVIL}"
RULES = [one]
"""
WAIVER = f"""\
waivers:
  - rule: capacity-bounded
    target: {{stack: "{EVIL}"}}
    owner: "{EVIL}"
    ticket: "{EVIL}"
    reason: "{EVIL}"
    created: 2026-01-01
    expires: 2999-01-01
"""


@pytest.mark.parametrize(
    "command",
    [
        ("rules",),
        ("rules", "--format", "json"),
        ("explain", "shop-x"),
        ("waivers", "list"),
        ("waivers", "list", "--format", "json"),
    ],
    ids=" ".join,
)
def test_nothing_of_it_is_an_order(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "waivers.yaml").write_text(WAIVER)
    (tmp_path / "poolgate.yaml").write_text("rules: [own.py]\nwaivers: waivers.yaml\n")
    cli.run(command)
    told = "".join(capsys.readouterr())
    assert "error::y" in told
    assert "##vso" not in told
    assert not any(line.strip().startswith("::") for line in told.splitlines())
    assert all(line.isprintable() for line in told.split("\n"))
