"""Nothing under a value that a schema or a declaration calls a secret is shown: in no format, message, line or diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poolgate import cli
from poolgate.lint import schema_store
from poolgate.report.delivery import FORMATS

SECRET = {"x-poolgate-secret": "required"}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "additionalProperties": False,
    "properties": {
        "shop:sizes": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True, **SECRET},
        "shop:apiKey": {"type": "string", "enum": ["one", "two"], "minLength": 90, **SECRET},
        "shop:login": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z]$"},
            "required": ["user"],
            "properties": {"user": {"type": "integer"}},
            **SECRET,
        },
        "shop:inside": {
            "type": "object",
            "properties": {"key": {"$ref": "#/$defs/secret"}, "tier": {"enum": ["Free"]}},
        },
        "shop:listed": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/secret"}, {"type": "boolean"}]}},
        "shop:tier": {"enum": ["Free", "Paid"]},
        "shop:token": {"type": "integer"},
        "shop:stamp": {"type": "boolean"},
        "shop:other": {},
    },
    "$defs": {"secret": {"type": "integer", **SECRET}},
}
DECLARED = """\
name: shop
runtime: python
config:
  shop:token: {type: integer, secret: true, default: CANARY-DEFAULT}
  shop:stamp:
    type: boolean
    secret: "true"
    default: |
      CANARY of
      two lines CANARY
  shop:listed:
    secret: true
    default: [CANARY, {CANARY: CANARY}]
    defualt: CANARY
"""
PLAIN = "name: shop\nruntime: python\n"
FILES = {
    "items of a list": (PLAIN, '  shop:sizes: ["CANARY-ITEM", "CANARY-ITEM", 3]\n'),
    "items on lines": (PLAIN, "  shop:sizes:\n  - CANARY\n  -   |\n   CANARY\n   CANARY\n  shop:tier: free\n"),
    "a list as a JSON text": (PLAIN, "  shop:sizes: '[\"CANARY\"]'\n"),
    "a tagged scalar": (PLAIN, "  shop:apiKey: !!int CANARY\n"),
    "an octal number": (PLAIN, "  shop:apiKey: 0CANARY\n  shop:sizes: [0123456701]\n".replace("0CANARY", "0123456701")),
    "a date": (PLAIN, "  shop:apiKey: 2031-07-09\n"),
    "a text of several lines": (PLAIN, "  shop:apiKey: |\n    CANARY\n    CANARY\n  shop:tier: free\n"),
    "an object": (PLAIN, "  shop:login: {CANARY-KEY: CANARY, user: CANARY}\n"),
    "an object on lines": (PLAIN, "  shop:login:\n    CANARY-1: CANARY\n    user: CANARY\n  shop:tier: free\n"),
    "inside an object": (PLAIN, "  shop:inside: {key: CANARY, tier: free}\n"),
    "one of several possibilities": (PLAIN, "  shop:listed: [CANARY, true]\n"),
    "the same key twice": (PLAIN, "  shop:login: {CANARY: 1, CANARY: 2}\n"),
    "a quote that is not closed": (PLAIN, '  shop:apiKey: "CANARY\n    CANARY\n'),
    "a tab": (PLAIN, "  shop:apiKey: CANARY\n\tCANARY: x\n"),
    "an alias to nothing": (PLAIN, "  shop:apiKey: *CANARY\n"),
    "declarations": (DECLARED, "  shop:token: CANARY\n  shop:stamp: CANARY\n  shop:listed: CANARY\n"),
    "a wrong declaration": (DECLARED.replace("type: boolean", "type: [1]"), "  shop:stamp: {CANARY: x}\n"),
    "Pulumi.yaml that is none": (DECLARED + "\t- CANARY\n", ""),
    "ciphertext in a list": (PLAIN, "  shop:other: {secure: [CANARY, !!str CANARY]}\n"),
    "ciphertext in an object": (PLAIN, "  shop:other:\n    secure:\n      CANARY: CANARY\n"),
    "ciphertext beside something": (PLAIN, "  shop:other: {secure: CANARY, more: CANARY}\n"),
    "ciphertext with a capital": (PLAIN, "  shop:inside: {Secure: CANARY, tier: [CANARY]}\n"),
    "on one line with another": (PLAIN, "  {shop:apiKey: CANARY, shop:tier: free}\n"),
    "beside a fix": (DECLARED, "  shop:stamp: CANARY\n  shop:listed:\n  - CANARY\n  shop:tier: free\n"),
}  # fmt: skip


@pytest.mark.parametrize(("project", "config"), FILES.values(), ids=FILES)
def test_no_canary_is_shown(
    project: str, config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "shop.schema.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "Pulumi.yaml").write_text(project)
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n{config}")
    monkeypatch.chdir(tmp_path)
    schema_store.load_schema.cache_clear()
    outputs = [part for name in FORMATS for part in ("--format", name, "--output", f"out/{name}")]
    assert cli.run(["lint", "--no-cache", "--verbose", *outputs]) in (0, 1)
    said = [(name, (tmp_path / "out" / name).read_text("utf-8")) for name in FORMATS]
    for arguments in ([], ["--diff"], ["--fix"]):
        cli.run(["lint", "--no-cache", *arguments])
        captured = capsys.readouterr()
        said.append((" ".join(arguments), captured.out + captured.err))
    hidden = ("CANARY", "123456701", "2031-07-09")
    assert [(name, text) for name, text in said if any(word in text for word in hidden)] == []


def test_what_is_no_secret_is_still_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "shop.schema.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "Pulumi.yaml").write_text(PLAIN)
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:apiKey: |\n    hush\n  shop:tier: none\n")
    schema_store.load_schema.cache_clear()
    assert cli.run(["lint", "--no-cache", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "shop:tier: expected one of 'Free', 'Paid', found 'none'" in out
    assert "4 |   shop:tier: none" in out
