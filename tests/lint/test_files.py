"""Which files are linted beside those of projects, and that nothing is taken for linted that was not looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poolgate import cli
from poolgate.errors import UsageError
from poolgate.lint.files import (
    KINDS,
    POLICY_CONFIG,
    POLICY_CONFIG_OF_OWN_RULES,
    POLICY_PACK,
    POOLGATE,
    WAIVERS,
    FileKind,
    find_files,
    lint_file,
)
from poolgate.lint.schema_files import packaged
from poolgate.report.catalogue import abouts

ROOT = Path(__file__).parents[2]


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_files_are_found_by_name_and_where_a_poolgate_yaml_names_them(tmp_path: Path) -> None:
    pack = write(tmp_path / "packs" / "PulumiPolicy.yaml", "runtime: python\n")
    waivers = write(tmp_path / "packs" / "waivers.yaml", "")
    config = write(tmp_path / "poolgate.yaml", "policyConfig: levels.json\nwaivers: agreed.yaml\n")
    levels = write(tmp_path / "levels.json", "{}")
    agreed = write(tmp_path / "agreed.yaml", "")
    write(tmp_path / "other.json", "{}")
    for passed_over in (".git", "node_modules", ".venv"):
        write(tmp_path / passed_over / "PulumiPolicy.yaml", "")
    write(tmp_path / "env" / "pyvenv.cfg", "home = /usr/bin\n")
    write(tmp_path / "env" / "bin" / "python", "")
    write(tmp_path / "env" / "lib" / "poolgate.yaml", "")
    wanted = {pack: POLICY_PACK, waivers: WAIVERS, config: POOLGATE, levels: POLICY_CONFIG, agreed: WAIVERS}
    assert dict(find_files([tmp_path])) == wanted
    assert find_files([tmp_path, tmp_path]) == find_files([tmp_path])
    assert dict(find_files([pack])) == {pack: POLICY_PACK}
    assert find_files([tmp_path / "other.json"]) == []


def test_a_file_that_is_met_in_two_ways_is_linted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a" / "poolgate.yaml", "waivers: waivers.yaml\n")
    write(tmp_path / "a" / "waivers.yaml", "")
    monkeypatch.chdir(tmp_path)
    for paths in ([tmp_path], [Path()], [Path("a"), tmp_path / "a"], [Path("a/../a")]):
        assert [kind for _, kind in find_files(paths)] == [POOLGATE, WAIVERS]


def test_the_policy_config_may_configure_rules_of_a_teams_own(tmp_path: Path) -> None:
    config = write(tmp_path / "poolgate.yaml", "policyConfig: levels.json\n")
    write(tmp_path / "levels.json", '{"our-rule": {"limit": 3}, "capacity-bounded": {"maximun": 3}}')

    def places() -> list[str]:
        return [finding.key_path for file, kind in find_files([tmp_path]) for finding in lint_file(file, kind)]

    assert places() == ["our-rule", "capacity-bounded.maximun"]
    own = write(tmp_path / "own.py", "RULES = []\n")
    config.write_text("policyConfig: levels.json\nrules: [own.py]\n")
    assert places() == ["our-rule", "capacity-bounded.maximun"]
    own.write_text("@rule(Capacity, id='our-rule')\ndef ours(capacity, options): ...\n\n\nRULES = [ours]\n")
    assert places() == ["capacity-bounded.maximun"]
    own.write_text("RULES = made_elsewhere()\n")  # what those are called no source tells
    assert places() == ["capacity-bounded.maximun"]
    write(tmp_path / "levels.json", '{"our-rule": {"limit": 3}, "program-runs": "advisory"}')
    assert places() == ["program-runs"]


def test_a_file_that_is_pointed_at_is_known_by_what_names_it(tmp_path: Path) -> None:
    write(tmp_path / "poolgate.yaml", "policyConfig: deep/levels.json\nwaivers: agreed.yaml\nrules: [own.py]\n")
    write(tmp_path / "own.py", "RULES = []\n")
    levels = write(tmp_path / "deep" / "levels.json", "{}")
    agreed = write(tmp_path / "agreed.yaml", "")
    unnamed = write(tmp_path / "pack" / "policy-config.json", "{}")
    other = write(tmp_path / "pack" / "levels.json", "{}")
    wanted = {levels: POLICY_CONFIG_OF_OWN_RULES, agreed: WAIVERS, unnamed: POLICY_CONFIG}
    assert dict(find_files([levels, agreed, unnamed, other])) == wanted
    assert unnamed not in dict(find_files([tmp_path]))  # nobody says that it is ours


def test_a_file_by_itself_says_nothing_about_the_project_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "Pulumi.yaml", "name: demo\nruntime: python\nmian: app\n")
    write(tmp_path / "waivers.yaml", "waivers: []\n")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    for way in ("waivers.yaml", "deep/../waivers.yaml"):
        assert cli.run(["lint", "waivers.yaml", way]) == 0
        assert cli.run(["lint", "--fix", "waivers.yaml", way]) == 0
    assert "mian" in (tmp_path / "Pulumi.yaml").read_text()
    for paths in (["."], ["waivers.yaml", "Pulumi.yaml"]):
        capsys.readouterr()
        assert cli.run(["lint", *paths]) == 0
        assert "did you mean 'main'?" in capsys.readouterr().out


def test_a_broken_poolgate_yaml_still_names_its_files(tmp_path: Path) -> None:
    config = write(tmp_path / "poolgate.yaml", "profil: x\npolicyConfig: levels.json\nwaivers: none.yaml\n")
    levels = write(tmp_path / "levels.json", "{}")
    assert dict(find_files([tmp_path])) == {config: POOLGATE, levels: POLICY_CONFIG}
    config.write_text("policyConfig: [\n")
    assert dict(find_files([tmp_path])) == {config: POOLGATE}


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        find_files([tmp_path / "none"])


@pytest.mark.parametrize("kind", [*KINDS, POLICY_CONFIG], ids=lambda kind: kind.schema)
def test_each_kind_has_a_schema_of_its_own_rule(kind: FileKind, tmp_path: Path) -> None:
    assert packaged(kind.schema).is_file()
    assert kind.rule in abouts()  # what the reports say of it
    file = write(tmp_path / "f", "[1]\n")
    assert [finding.rule for finding in lint_file(file, kind)] == [kind.rule]


@pytest.mark.parametrize("kind", [*KINDS, POLICY_CONFIG], ids=lambda kind: kind.schema)
def test_a_file_that_cannot_be_parsed_is_a_finding(kind: FileKind, tmp_path: Path) -> None:
    file = write(tmp_path / "f", "[\n")
    (finding,) = lint_file(file, kind)
    assert (finding.rule, finding.file) == ("yaml-syntax", file)


POLICY_CONFIGS = [
    ('{\n  "all": "mandatry"\n}', "2:10: all: expected one of 'advisory', 'mandatory', 'remediate', 'disabled', "),
    ('{"capacity-boundd": "advisory"}', "1:2: capacity-boundd: 'capacity-boundd' is not known here; did you mean"),
    (
        '{"capacity-bounded": {\n  "maximun": 3}}',
        "2:3: capacity-bounded.maximun: 'maximun' is not known here; did you mean 'maximum'?",
    ),
    ('{"capacity-bounded": {"maximum": "3"}}', "1:34: capacity-bounded.maximum: expected a whole number, found '3'"),
    ('{"capacity-bounded": {"minimum": 9, "maximum": 3}}', "1:22: capacity-bounded: minimum 9 is above maximum 3"),
    ('{"all": "disabled"}', "1:1: : every rule is disabled, so nothing would be judged"),
    (
        '{"tags-required": {"mandatory_from": "soon"}}',
        "1:38: tags-required.mandatory_from: is 'soon', expected a date such as 2027-01-31",
    ),
    ('{"program-runs": "advisory"}', "1:2: program-runs: is a check of poolgate itself and no rule: no policy config"),
    (
        '{"version": 2, "policies": {"yaml-surprise": "advisory"}}',
        "1:29: policies.yaml-surprise: is a check of poolgate itself and no rule",
    ),
    ('{"all": "advisory",}', "1:20: : a comma before }, which JSON does not have"),
    ('{"all": "advisory", "all": "mandatory"}', "1:21: : key 'all' is already there, in line 1"),
]


@pytest.mark.parametrize(("text", "message"), POLICY_CONFIGS)
def test_policy_configs(text: str, message: str, tmp_path: Path) -> None:
    (found,) = lint_file(write(tmp_path / "p.json", text), POLICY_CONFIG)
    assert f"{found.line}:{found.column}: {found.key_path}: {found.message}".startswith(message)


def test_what_the_engine_keeps_for_itself_is_no_fault(tmp_path: Path) -> None:
    assert lint_file(write(tmp_path / "p.json", '{"environments": {"x": 1}}'), POLICY_CONFIG) == []


def test_lint_reports_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "PulumiPolicy.yaml", "runtime: python\nvresion: 1.0.0\n")
    assert cli.run(["lint", str(tmp_path), "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in report["run"]["inputs"]] == [str(file)]
    (finding,) = report["findings"]
    assert finding["resource"]["name"] == str(file)
    assert (finding["location"]["line"], finding["message"]) == (
        2,
        "'vresion' is not known here; did you mean 'version'?",
    )
    assert cli.run(["lint", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "2 | vresion: 1.0.0" in shown
    assert "| ^^^^^^^\n" in shown


def test_nothing_to_lint_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "other.yaml", "a: 1\n")
    assert cli.run(["lint", str(tmp_path)]) == 4
    assert "no Pulumi.yaml under" in capsys.readouterr().err


def test_findings_of_a_file_are_told_from_its_top_to_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "poolgate.yaml", "zebra: 1\nfailOn: x\nalpha: 2\n")
    cli.run(["lint", str(tmp_path), "--no-config", "--format", "json"])
    lines = [finding["location"]["line"] for finding in json.loads(capsys.readouterr().out)["findings"]]
    assert lines == [1, 2, 3]


def test_our_own_files_are_clean() -> None:
    files = find_files([ROOT / "policies", ROOT / "stacks"])
    assert [file.name for file, _ in files].count("PulumiPolicy.yaml") == 1
    assert [finding for file, kind in files for finding in lint_file(file, kind)] == []
