"""What is secret is shown by no command, in no format, on no stream and in no file, whatever goes wrong.

Each place where a secret may stand has a canary of its own, so that a failure names the place.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY
from poolgate import cli
from poolgate.cli import run
from poolgate.report import FORMATS

MARK: Final = "cAnArY"
VENV: Final = Path(__file__).parents[2] / "stacks" / "single-pool" / "venv"
POOL: Final = "azure-native:machinelearningservices:InferencePool"

PROJECT: Final = f"""\
name: shop
runtime: {{name: python, options: {{virtualenv: {json.dumps(str(VENV))}}}}}
config:
  token: {{type: string, secret: true, default: {MARK}-default-of-a-declaration}}
  keys: {{type: array, items: {{type: string}}, secret: true}}
  size: {{type: integer, secret: true}}
backend: {{url: "https://user:{MARK}-in-the-address-of-a-backend@pulumi.example.com"}}
"""
STACK: Final = f"""\
secretsprovider: passphrase
encryptionsalt: v1:9yBxNI4E2n0=:v1:IUUIfUuD6O0iUUib:l7DSyVOh6w7cj34kR2M8xO/DPL2muA==
config:
  azure-native:location: westeurope
  azure-native:clientSecret: {{secure: {MARK}-of-the-provider}}
  shop:size: {MARK}-of-a-wrong-type
  shop:keys: [{MARK}-in-a-list-that-is-declared-secret]
  shop:password: {{secure: {MARK}-secure}}
  shop:odd: {{secure: {{deep: {MARK}-malformed-secure}}}}
  shop:beside: {{secure: {MARK}-secure-with-more, region: x}}
  shop:listed: [{{secure: {MARK}-secure-in-a-list}}]
  shop:bySchema: {MARK}-plain-where-the-schema-wants-a-secret
  shop:listBySchema: [{MARK}-in-a-list-of-secrets-1, {{a: {MARK}-in-a-list-of-secrets-2}}]
  shop:nested: {{apiKey: {MARK}-nested, other: 1}}
  shop:tagged: !!int {MARK}-tagged
"""
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["shop:missing"],
    "additionalProperties": False,
    "properties": {
        "shop:size": {"type": "integer", "maximum": 3},
        "shop:password": {"type": "integer", "x-poolgate-secret": "required"},
        "shop:odd": {"x-poolgate-secret": "required", "type": "string"},
        "shop:beside": {"type": "string"},
        "shop:listed": {"type": "array", "items": {"type": "integer"}},
        "shop:bySchema": {"type": "integer", "pattern": "^x$", "enum": [1], "x-poolgate-secret": "required"},
        "shop:listBySchema": {
            "type": "array",
            "items": {"type": "integer"},
            "maxItems": 1,
            "x-poolgate-secret": "required",
        },
        "shop:nested": {
            "type": "object",
            "properties": {"apiKey": {"type": "integer", "x-poolgate-secret": "required"}, "other": {"type": "string"}},
        },
        "shop:tagged": {"x-poolgate-secret": "required"},
        "shop:keys": {"type": "array", "items": {"type": "integer"}},
    },
}
ENVIRONMENT: Final = {
    "PULUMI_CONFIG_PASSPHRASE": f"{MARK}-passphrase",
    "PULUMI_ACCESS_TOKEN": f"{MARK}-access-token",
    "AZURE_CLIENT_SECRET": f"{MARK}-client-secret",
    "ARM_CLIENT_SECRET": f"{MARK}-arm-client-secret",
    "AWS_SECRET_ACCESS_KEY": f"{MARK}-aws",
}
PROGRAM: Final = """\
import os

import pulumi
import pulumi_azure_native as azure

config = pulumi.Config()
secret = config.require_secret("password")
azure.machinelearningservices.InferencePool(
    "pool",
    resource_group_name="rg",
    workspace_name=secret,
    sku={"name": secret, "capacity": 999},
    tags={"owner": secret},
    inference_pool_properties={"node_sku_type": pulumi.Output.secret("cAnArY-made-a-secret")},
)
"""
RAISES: Final = """
def log_in(password: str) -> None:
    raise RuntimeError(f"cannot log in with {password}")


log_in(config.require("bySchema"))
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "schemas").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "Pulumi.dev.yaml").write_text(STACK)
    (folder / "schemas" / "shop.schema.json").write_text(json.dumps(SCHEMA))
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def secret(text: str, key: str = "ciphertext") -> dict[str, str]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, key: f"{MARK}-{text}"}


def state(*, broken: bool = False) -> dict[str, Any]:
    urn = "urn:pulumi:prod::shop"
    provider = {
        "clientSecret": secret("provider"),
        "plain": secret("provider-decrypted", "plaintext"),
        "version": "2.1.0",
    }
    inputs = {
        "sku": {"name": secret("sku"), "capacity": secret("capacity", "plaintext")},
        "tags": secret("tags"),
        "location": {**secret("location"), "value": f"{MARK}-value"},
        "inferencePoolProperties": {
            "requestConfiguration": {"requestTimeout": secret("timeout", "plaintext")},
            "environmentConfiguration": {"environmentVariables": {"API_KEY": secret("variable")}},
        },
    }
    resources: list[dict[str, Any]] = [
        {
            "urn": f"{urn}::pulumi:providers:azure-native::p",
            "type": "pulumi:providers:azure-native",
            "inputs": provider,
        },
        {
            "urn": f"{urn}::{POOL}::a",
            "type": POOL,
            "custom": True,
            "inputs": inputs,
            "outputs": {"key": secret("output")},
        },
        {"urn": f"{urn}::{POOL}::b", "type": POOL, "custom": True, "outputs": inputs},
    ]
    if broken:
        resources.append({"urn": 7, "type": secret("type"), "inputs": secret("inputs")})
    keys = {"type": "passphrase", "state": {"salt": f"{MARK}-salt-of-the-state"}}
    return {"version": 3, "deployment": {"secrets_providers": keys, "resources": resources, "manifest": {}}}


def every_format(folder: Path) -> Iterator[str]:
    """The options that write a report in each format besides."""
    for format_ in FORMATS:
        yield f"--also={format_}={folder / f'report.{format_}'}"


def shown(capsys: pytest.CaptureFixture[str], *files: Path) -> list[str]:
    """Every canary that can be read anywhere."""
    out, err = capsys.readouterr()
    texts = [out, err, *(file.read_text("utf-8", "replace") for file in files)]
    return sorted({part[:60] for text in texts for part in _canaries(text)})


def _canaries(text: str) -> Iterator[str]:
    at = text.find(MARK)
    while at >= 0:
        yield text[at : at + 60].split('"')[0].split("\n")[0]
        at = text.find(MARK, at + 1)


def reports(folder: Path) -> list[Path]:
    files = [folder / f"report.{format_}" for format_ in FORMATS]
    assert all(file.is_file() for file in files)
    return files


@pytest.mark.parametrize("options", [(), ("--verbose", "--explain"), ("--fix",)], ids=" ".join)
def test_lint(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    if "--fix" not in options:
        (project / "Pulumi.test.yaml").write_text(STACK.replace("!!int ", "") + "  shop:missing: 1\n")
    assert run(["lint", str(project), *every_format(tmp_path), *options]) == 1
    assert shown(capsys, *reports(tmp_path)) == []


def test_lint_of_files_that_cannot_be_read(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, text in enumerate(
        (STACK + "  x: [\n", STACK.replace("secure: ", "secure: ["), "\t" + STACK, STACK + "@")
    ):
        (project / f"Pulumi.s{number}.yaml").write_text(text)
    assert run(["lint", str(project), *every_format(tmp_path)]) == 1
    assert shown(capsys, *reports(tmp_path)) == []


@pytest.mark.parametrize("command", [("lint", "--diff"), ("schema", "--editor"), ("init", "--ci=none")], ids=" ".join)
def test_what_prints_or_writes_files(
    project: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    (project / "Pulumi.dev.yaml").write_text(STACK.replace("!!int ", ""))
    before = set(project.rglob("*"))
    run([*command, str(project)])
    made = [file for file in set(project.rglob("*")) - before if file.is_file()]
    assert shown(capsys, *made) == []


@pytest.mark.parametrize("broken", [False, True], ids=["readable", "broken"])
def test_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: bool) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps(state(broken=broken)))
    assert run(["audit", str(file), *every_format(tmp_path), "--verbose", "--profile=strict"]) == 1
    assert shown(capsys, *reports(tmp_path)) == []


def test_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, history = tmp_path / "export.json", tmp_path / "history"
    file.write_text(json.dumps(state(broken=False)))
    assert run(["audit", str(file), "--history", str(history), "--profile=strict"]) == 1
    (kept,) = history.iterdir()
    rows = tmp_path / "rows.txt"
    rows.write_text(repr(duckdb.sql(f"SELECT * FROM read_parquet('{kept}')").fetchall()))
    for format_ in ("text", "json", "csv", "markdown"):
        assert run(["history", str(history), "--format", format_]) == 1
    assert shown(capsys, rows) == []


def test_what_if(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps(state(broken=False)))
    for format_ in ("text", "json", "csv", "markdown"):
        assert run(["what-if", str(file), "--to-profile=strict", "--format", format_]) == 1
    assert shown(capsys) == []


@pytest.mark.parametrize(
    "address",
    [
        f"postgres://user:{MARK}-password@127.0.0.1:1/states",
        f"s3://key:{MARK}-password@bucket/path?secret={MARK}-parameter",
        f"azblob://c?sas={MARK}-sas",
        f"file://user:{MARK}-password@/nowhere",
        f"https://user:{MARK}-password@app.pulumi.com/org",
    ],
)
@pytest.mark.parametrize("command", ["audit", "lint", "check", "preview", "init"])
def test_a_password_in_an_address(command: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    # A database that is not there is a finding, as a state that cannot be read is.
    expected = (1,) if command == "audit" and address.startswith("postgres") else (2, 4)
    assert run([command, address]) in expected
    assert shown(capsys) == []


@pytest.mark.parametrize("raises", [False, True], ids=["runs", "raises"])
def test_check(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], raises: bool) -> None:
    """The program gets no passphrase and no ciphertext; what it makes secret, and what it raises with, is not told."""
    (project / "Pulumi.dev.yaml").write_text(STACK.replace("!!int ", ""))
    (project / "__main__.py").write_text(PROGRAM + (RAISES if raises else ""))
    assert run(["check", str(project), *every_format(tmp_path), "--verbose"]) == 1
    assert run(["size", str(project)]) == (1 if raises else 4)
    assert shown(capsys, *reports(tmp_path)) == []


@pytest.mark.engine
def test_preview(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preview", str(project), *every_format(tmp_path), "--verbose"]) == 2  # a value has not its tag's type
    assert shown(capsys, *reports(tmp_path)) == []
    (project / "Pulumi.dev.yaml").write_text(STACK.replace("!!int ", ""))
    assert run(["preview", str(project), *every_format(tmp_path), "--verbose"]) == 1
    assert shown(capsys, *reports(tmp_path)) == []


def test_read_fixtures_and_exports(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixtures = tmp_path / "reads.json"
    for content in (
        {"invokes": [{"token": 3, "return": f"{MARK}-return"}]},
        {"reads": [f"{MARK}-read"]},
        f"{MARK}-all",
    ):
        fixtures.write_text(json.dumps(content))
        assert run(["check", str(project), f"--read-fixtures={fixtures}"]) in (1, 2)
    export = tmp_path / "export.json"
    for before in (state(broken=True), [f"{MARK}-list"], {"deployment": f"{MARK}-deployment"}):
        export.write_text(json.dumps(before))
        run(["check", str(tmp_path / "nothing"), f"--previous={export}"])
    assert shown(capsys) == []


def test_reports_of_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report holds no secret. Of a file that is none, nothing is repeated but the key."""
    file = tmp_path / "report.json"
    for content in (state(), {"schema_version": {"x": f"{MARK}-version"}}, [f"{MARK}-item"]):
        file.write_text(json.dumps(content))
        assert run(["diff", str(file), str(file)]) == 2
        assert run(["merge", str(file)]) == 2
    assert shown(capsys) == []


CRASHES: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("poolgate.lint.run", ("lint",), "lint_in_full"),
    ("poolgate.audit.run", ("audit",), "read"),
    ("poolgate.report.delivery", ("lint",), "pieces"),
)


@pytest.mark.parametrize(("module", "command", "name"), CRASHES, ids=lambda part: str(part))
def test_a_crash_of_poolgate(
    module: str,
    command: tuple[str, ...],
    name: str,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error that nobody thought of may have any value in its message."""

    def crash(*_: Any, **__: Any) -> None:
        try:
            int(f"{MARK}-in-an-error")
        except ValueError as error:
            raise KeyError(f"{MARK}-in-another") from error

    monkeypatch.setattr(sys.modules[module] if module in sys.modules else _imported(module), name, crash)
    (project / "export.json").write_text(json.dumps(state()))
    target = project / "export.json" if command == ("audit",) else project
    assert run([*command, str(target)]) == cli.EXIT_INTERNAL
    out, err = capsys.readouterr()
    assert MARK not in out + err
    assert "KeyError" in err
    assert "this is a bug in poolgate" in err


def _imported(module: str) -> Any:
    import importlib

    return importlib.import_module(module)


@pytest.mark.parametrize(
    "command",
    ["rules", "explain no-plaintext-secret", "completions bash", "policy-config", "waivers list", "waivers lint"],
)
def test_what_reads_no_configuration(command: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They have the environment, and a file of waivers, in which nothing is a secret."""
    (project / "waivers.yaml").write_text("waivers: []\n")
    options = [f"--waivers={project / 'waivers.yaml'}"] if command.startswith("waivers") else []
    assert run([*command.split(), *options]) == 0
    assert shown(capsys) == []


def test_a_new_rule_repeats_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert run(["new-rule", "shop-zones-full"]) == 0
    assert shown(capsys) == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_there_is_told_without_values(form: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", str(project), f"--format={form}"]) in (0, 1)
    assert shown(capsys) == []


def test_every_command_was_tried() -> None:
    """`sandbox` runs what it is given, and shows what that prints."""
    tried = {"lint", "schema", "init", "audit", "check", "preview", "diff", "doctor", "history", "what-if", "merge"}
    tried |= {"size"}
    further = {"prices", "rules", "explain", "completions", "policy-config", "waivers", "new-rule"}
    assert set(cli._COMMANDS) - tried - further == {"sandbox"}
