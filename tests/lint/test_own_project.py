"""docs/lint.md, carried out: a project of somebody's own, with a schema that builds on the shared one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from poolgate import cli
from poolgate.config_file import VARIABLES, load
from poolgate.lint.files import KINDS, POLICY_CONFIG
from poolgate.lint.own_keywords import DURATION_KEYWORD, SECRET_KEYWORD, SPELLING_KEYWORD

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lint.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([\w./]+)`[^\n]*:\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
RUNS = re.findall(r"^```console\n\$ poolgate ([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
STACK = "search/Pulumi.dev.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def test_the_page_has_what_is_tried_here() -> None:
    assert set(FILES) == {"search/Pulumi.yaml", "search/schemas/search.schema.json", STACK}
    assert [arguments for arguments, _ in RUNS] == ["lint search", "lint search --diff"]


@pytest.mark.parametrize(("arguments", "output"), RUNS, ids=[arguments for arguments, _ in RUNS])
def test_the_page_shows_what_is_printed(
    arguments: str, output: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments.split()) == 1
    told = capsys.readouterr()
    assert told.err + told.out == output


def test_with_the_mistakes_put_right_it_is_clean(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["lint", "search", "--fix"]) == 1
    text = (project / STACK).read_text()
    assert "tier: Standard\n" in text  # the key first, then its value
    for wrong, right in (
        ('capacity: "2"', "capacity: 2"),
        ("PT5M", "PT2M"),
        ("indexKey: correct-horse-battery", "indexKey: {secure: v1:x}"),
        ("many", "3"),
        ("4711", '"4711"'),
    ):
        assert wrong in text
        text = text.replace(wrong, right)
    (project / STACK).write_text(text)
    capsys.readouterr()
    assert cli.run(["lint", "search"]) == 0
    assert "no findings" in capsys.readouterr().out


def test_the_shared_schema_may_lie_beside_the_own_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schema", "pool"]) == 0
    (project / "search" / "schemas" / "pool.schema.json").write_text(capsys.readouterr().out)
    assert cli.run(["lint", "search"]) == 1
    assert capsys.readouterr().out == RUNS[0][1]


def test_the_schema_may_lie_elsewhere_and_above(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = project / "search" / "schemas" / "search.schema.json"
    (project / "schemas").mkdir()
    above = schema.rename(project / "schemas" / schema.name)
    assert cli.run(["lint", "search"]) == 1
    assert capsys.readouterr().out == RUNS[0][1]
    above.rename(project / "elsewhere.json")
    assert cli.run(["lint", "search"]) == 0
    capsys.readouterr()
    (project / "poolgate.yaml").write_text("schemas: {search: elsewhere.json}\n")
    assert cli.run(["lint", "search"]) == 1
    assert capsys.readouterr().out == RUNS[0][1]


def test_the_poolgate_yaml_of_the_page_is_a_good_one(project: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(policyConfig:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (project / "poolgate.yaml").write_text(text)
    schemas = ("config/search.schema.json", "infra/website.schema.json")
    for name, content in (
        ("policy-config.json", "{}"),
        ("waivers.yaml", ""),
        ("owners.yaml", "owners: {}\n"),
        *((name, "{}") for name in schemas),
    ):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(content)
    assert load(project / "poolgate.yaml").select == ("capacity", "tags-required")


def test_the_page_names_what_there_is() -> None:
    for kind in (*KINDS, POLICY_CONFIG):
        assert f"(../schemas/{kind.schema}.schema.json)" in PAGE
        assert f"`{kind.rule}`" in PAGE
    assert all(f"`{variable}`" in PAGE for variable in VARIABLES.values())
    assert all(f'"{keyword}"' in PAGE for keyword in (SECRET_KEYWORD, DURATION_KEYWORD, SPELLING_KEYWORD))
