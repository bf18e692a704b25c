"""The schemas for editors in the real yaml-language-server, which VS Code and others check YAML with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from editor.language_server import LanguageServer, judged_as_json
from editor.projects import BAD, GOOD, write_project
from poolgate.cli import run
from poolgate.lint.editor_schema import file_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "editor.md").read_text("utf-8")
STACKS = sorted((ROOT / "stacks").glob("*/Pulumi*.yaml"))
DEV = ROOT / "stacks" / "single-pool" / "Pulumi.dev.yaml"
MODELINE = "# yaml-language-server: $schema=schemas/editor/shop.schema.json\n"


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize("file", STACKS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_samples_are_good(file: Path, server: LanguageServer) -> None:
    assert server.diagnostics(file, file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("written", "changed", "messages"),
    [
        (
            "tier: Standard",
            "tier: Standrd",
            ['Value is not accepted. Valid values: "Free", "Basic", "Standard", "Premium".'],
        ),
        ("requestTimeout: PT1M", "requestTimeout: 5m", ["Expected an ISO 8601 duration, such as PT30S."]),
        ("capacity: 1", "capacity: one", ["Expected a whole number."]),
        ("nodeSkuType:", "nodeSkuTyp:", ["Property single-pool:nodeSkuTyp is not allowed."]),
        ("single-pool:nodeSkuType:", "nodeSkuTyp:", ["Property nodeSkuTyp is not allowed."]),
        ("app: fraud-scoring", "app: 4711", ["Expected a text."]),
        ("config:", "confg:", ['Missing property "config".', "Property confg is not allowed."]),
        ("nodeSkuType:", "config:nodeSkuType:", []),
        ("single-pool:nodeSkuType:", "nodeSkuType:", []),
        ("Instance: 2", 'Instance: "2"', []),
        ("LOG_LEVEL: DEBUG", "LOG_LEVEL: {secure: v1:x}", []),
    ],
)
def test_a_slip_is_told_on_its_line(written: str, changed: str, messages: list[str], server: LanguageServer) -> None:
    text = DEV.read_text("utf-8").replace(written, changed, 1)
    found = server.diagnostics(DEV, text)
    told = [message for line, message in found if line == line_of(text, changed)]
    assert told == messages
    # The only other thing there is to say is what is missing now, at the key above.
    assert all("Missing property" in message for _, message in found if message not in messages)


def test_what_a_key_means_is_shown(server: LanguageServer) -> None:
    text = DEV.read_text("utf-8")
    server.diagnostics(DEV, text)
    for key, title, meaning in (
        ("single-pool:requestTimeout", "an ISO 8601 duration", "How long a request may take."),
        ("tier", "the tier of the SKU", "The list is closed: Azure knows no others."),
        ("capacity", "a number of instances", "Number of instances."),
    ):
        line = line_of(text, f" {key}:")
        shown = server.hover(DEV, line, text.splitlines()[line - 1].index(key) + 2)
        assert f"#### {title}\n" in shown
        assert meaning in shown


def test_keys_and_choices_are_offered(server: LanguageServer) -> None:
    good = DEV.read_text("utf-8")
    text = good.replace("tier: Standard", "tier: ")
    server.diagnostics(DEV, text)
    line = line_of(text, "tier: ")
    assert set(server.completions(DEV, line, 11)) == {"Free", "Basic", "Standard", "Premium"}
    text = good.replace("  single-pool:scoringScript: score.py\n", "  s\n")
    server.diagnostics(DEV, text)
    line = line_of(text, "  s\n")
    offered = {"single-pool:scoringScript": "single-pool:scoringScript: ${1:score.py}"}
    assert offered.items() <= server.completions(DEV, line, 4).items()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that has the schemas docs/editor.md says to write."""
    folder = tmp_path_factory.mktemp("workspace")
    write_project(folder)
    assert run(["init", str(folder), "--ci=none"]) == 0
    return folder


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_whatever_the_lint_takes_is_right(text: str, workspace: Path, server: LanguageServer) -> None:
    assert server.diagnostics(workspace / "Pulumi.dev.yaml", MODELINE + text) == []


@pytest.mark.parametrize(("text", "line"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_told_there(text: str, line: int, workspace: Path, server: LanguageServer) -> None:
    found = server.diagnostics(workspace / "Pulumi.dev.yaml", MODELINE + text)
    assert line + 1 in [at for at, _ in found]


@pytest.fixture(scope="module")
def settings(workspace: Path) -> dict[str, Any]:
    """The settings that docs/editor.md has for VS Code; the schemas that they name are there."""
    block = re.search(r"^`\.vscode/settings\.json`:\n```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert block
    settings: dict[str, Any] = json.loads(block[1])
    for name in [*settings["yaml.schemas"], *(entry["url"] for entry in settings["json.schemas"])]:
        target = workspace / name
        if not target.exists():  # what is not written by init, poolgate prints
            target.write_text((ROOT / "schemas" / target.name).read_text("utf-8"))
    return settings


@pytest.fixture(scope="module")
def configured(workspace: Path, server: LanguageServer, settings: dict[str, Any]) -> Iterator[LanguageServer]:
    """With those settings, and no comment in any file."""
    with LanguageServer(workspace, {"schemas": settings["yaml.schemas"]}) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "good", "bad", "line"),
    [
        ("Pulumi.dev.yaml", *(GOOD["without namespaces"], *BAD["a duration in another notation"])),
        ("Pulumi.yaml", "name: shop\nruntime: python\n", "name: shop\nruntime: [python]\n", 2),
        ("PulumiPolicy.yaml", "runtime: python\n", "runtime: python\nverison: 1.0.0\n", 2),
        ("poolgate.yaml", "profile: strict\n", "profil: strict\n", 1),
        ("waivers.yaml", "waivers: []\n", "waiver: []\n", 1),
    ],
)
def test_the_settings_of_the_page_work(
    name: str, good: str, bad: str, line: int, workspace: Path, configured: LanguageServer
) -> None:
    file = workspace / name
    assert configured.diagnostics(file, good) == []
    assert line in [at for at, _ in configured.diagnostics(file, bad)]


def test_the_settings_of_the_page_work_for_json(
    workspace: Path, server: LanguageServer, settings: dict[str, Any]
) -> None:
    def judged(text: str) -> list[tuple[int, str]]:
        return judged_as_json(workspace, "policies/policy-config.json", text, settings["json.schemas"])

    assert judged((workspace / "policies" / "policy-config.json").read_text("utf-8")) == []
    assert judged('{\n  "capacity-bouded": "advisory"\n}') == [(2, "Property capacity-bouded is not allowed.")]
    for wrong in ('"all": "mandatry"', '"capacity-bounded": {"maximun": 3}'):
        assert [line for line, _ in judged(f"{{\n  {wrong}\n}}")] == [2]


def test_the_commands_of_the_page_write_what_is_used() -> None:
    assert f"> {file_of('shop')}" in PAGE
    assert f"{MODELINE.replace('schemas/', '../schemas/')}" in PAGE
