"""poolgate.yaml: where it is found, what goes before it, and what is said of one that is wrong."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from poolgate import cli
from poolgate.config_file import VARIABLES, ConfigFile, complete, load
from poolgate.errors import UsageError
from poolgate.lint.poolgate_yaml import find
from poolgate.lint.schema_files import packaged

ROOT = Path(__file__).parents[2]

FULL = """\
policyConfig: rules/policy.json
profile: strict
ruleSet: "2026.12"
select: [capacity, tags-required]
ignore: [description-present]
failOn: high
failOnNotJudged: true
owners: owners.yaml
waivers: waivers.yaml
rules: [own.py]
policyPack: pack
schemas:
  search: config/search.json
exclude: [old]
shared: [libraries]
"""
FILES = {
    "rules/policy.json": '{"tags-required": {"required": ["costCenter"]}}',
    "owners.yaml": "owners: {}\n",
    "waivers.yaml": "waivers: []\n",
    "own.py": "RULES = []\n",
    "pack/PulumiPolicy.yaml": "runtime: python\n",
    "config/search.json": "{}",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a repository, where poolgate is run."""
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    for variable in ("POOLGATE_CONFIG", *VARIABLES.values()):
        monkeypatch.delenv(variable, raising=False)
    return root


def put(folder: Path, text: str = FULL) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
    (folder / "poolgate.yaml").write_text(text)
    return folder / "poolgate.yaml"


def completed(paths: list[Path], environment: dict[str, str] | None = None, **given: Any) -> argparse.Namespace:
    arguments = argparse.Namespace(paths=paths, command="check", **given)
    complete(arguments, environment or {})
    return arguments


def test_everything_that_it_may_say(here: Path) -> None:
    file = put(here / "team")
    team = Path("team")
    assert load(file) == ConfigFile(
        file=file,
        policy_config=team / "rules" / "policy.json",
        profile="strict",
        rule_set="2026.12",
        select=("capacity", "tags-required"),
        ignore=("description-present",),
        fail_on="high",
        fail_on_not_judged=True,
        waivers=team / "waivers.yaml",
        owners=team / "owners.yaml",
        rules=(team / "own.py",),
        policy_pack=team / "pack",
        schemas={"search": team / "config" / "search.json"},
        exclude=("old",),
        shared=(team / "libraries",),
    )


def test_an_empty_one_says_nothing(here: Path) -> None:
    file = put(here, "# nothing yet\n")
    assert load(file) == ConfigFile(file)


def test_the_schema_and_the_code_know_the_same_keys(here: Path) -> None:
    schema = json.loads(packaged("poolgate").read_text())
    full = load(put(here))
    silent = {name for name in schema["properties"] if f"{name}:" not in FULL}
    assert silent == set()
    assert all(getattr(full, name) for name in ConfigFile._fields)
    assert len(schema["properties"]) == len(ConfigFile._fields) - 1  # all but the file itself


def test_a_switch_in_the_environment_is_true_or_false(here: Path) -> None:
    with pytest.raises(UsageError, match=r"POOLGATE_FAIL_ON_NOT_JUDGED: is 'maybe', expected true or false"):
        completed([here], {"POOLGATE_FAIL_ON_NOT_JUDGED": "maybe"})


def test_it_is_found_upwards_as_far_as_the_root_of_the_repository(here: Path) -> None:
    deep = here / "stacks" / "chat"
    deep.mkdir(parents=True)
    (here.parent / "poolgate.yaml").write_text("profile: strict\n")
    assert find([deep]) is None
    file = put(here)
    assert find([deep]) == file
    assert find([deep, here]) == file
    (deep / "Pulumi.yaml").write_text("")
    assert find([deep / "Pulumi.yaml"]) == file
    nearer = put(here / "stacks")
    assert find([deep]) == nearer


def test_a_work_tree_is_a_repository_too(here: Path) -> None:
    (here / ".git").rmdir()
    (here / ".git").write_text("gitdir: elsewhere\n")
    (here.parent / "poolgate.yaml").write_text("profile: strict\n")
    assert find([here]) is None


def test_paths_that_have_different_ones_are_refused(here: Path) -> None:
    put(here / "a")
    put(here / "b")
    (here / "c").mkdir()
    with pytest.raises(UsageError, match=r"a/poolgate\.yaml and b/poolgate\.yaml .* --config"):
        find([here / "a", here / "b"])
    with pytest.raises(UsageError, match=r"do not have the same poolgate\.yaml"):
        find([here / "a", here / "c"])


@pytest.mark.parametrize(
    ("name", "text", "in_environment", "in_file"),
    [
        ("policy_config", "e.json", Path("e.json"), Path("rules/policy.json")),
        ("profile", "baseline", "baseline", "strict"),
        ("rule_set", "2027.01", "2027.01", "2026.12"),
        ("select", "a, b", ["a", "b"], ["capacity", "tags-required"]),
        ("ignore", "a", ["a"], ["description-present"]),
        ("fail_on", "low", "low", "high"),
        ("fail_on_not_judged", "FALSE", False, True),
        ("waivers", "e.yaml", Path("e.yaml"), Path("waivers.yaml")),
        ("owners", "o.yaml", Path("o.yaml"), Path("owners.yaml")),
        ("rules", "e.py", [Path("e.py")], [Path("own.py")]),
        ("policy_pack", "e", Path("e"), Path("pack")),
    ],
)
def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    here: Path, name: str, text: str, in_environment: Any, in_file: Any
) -> None:
    put(here)
    variable = {VARIABLES[name]: text}
    given: Any = {"fail_on": "critical", "rules": [Path("given")]}.get(name, Path("given"))
    assert getattr(completed([here], variable, **{name: given}), name) is given
    assert getattr(completed([here], variable, **{name: None}), name) == in_environment
    assert getattr(completed([here], **{name: None}), name) == in_file
    assert getattr(completed([here], {VARIABLES[name]: ""}), name) == in_file
    (here / "poolgate.yaml").write_text("")
    assert getattr(completed([here]), name) is None


def test_a_policy_config_of_the_command_line_has_no_profile_under_it_but_that_of_the_command_line(here: Path) -> None:
    put(here)
    variable = {VARIABLES["profile"]: "baseline"}
    assert completed([here], variable, policy_config=Path("a.json"), profile=None).profile is None
    assert completed([here], variable, policy_config=Path("a.json"), profile="strict").profile == "strict"
    assert completed([here], {VARIABLES["policy_config"]: "a.json"}, profile=None).profile == "strict"


def test_one_can_be_named_or_left_out(here: Path) -> None:
    put(here)
    other = here / "other.yaml"
    other.write_text("profile: baseline\n")
    assert completed([here], config=other).profile == "baseline"
    assert completed([here], {"POOLGATE_CONFIG": str(other)}).profile == "baseline"
    assert completed([here], {"POOLGATE_CONFIG": str(other)}, config=here / "poolgate.yaml").profile == "strict"
    assert completed([here], {"POOLGATE_CONFIG": str(other)}, no_config=True).profile is None
    with pytest.raises(UsageError, match=r"none\.yaml: cannot be read"):
        completed([here], config=here / "none.yaml")


def test_what_it_says_about_the_lint(here: Path) -> None:
    put(here)
    options = completed([here]).lint_options
    assert options.schemas == {"search": here / "config" / "search.json"}
    assert options.names == ("costCenter",)


def test_a_severity_of_the_environment_is_checked(here: Path) -> None:
    with pytest.raises(UsageError, match="POOLGATE_FAIL_ON: is 'hgh', expected one of low, medium, high, critical"):
        completed([here], {"POOLGATE_FAIL_ON": "hgh"})


WRONG = [
    ("profil: strict\n", "1: profil: 'profil' is not known here; did you mean 'profile'?"),
    ("\nfailOn: hgh\n", "2: failOn: expected one of 'low', 'medium', 'high', 'critical', found 'hgh'"),
    ("ruleSet: 2026.12\n", "1: ruleSet: expected a text, found 2026.12; put it in quotes"),
    ("policyConfig: none.json\n", "1: policyConfig: there is no file 'none.json' beside poolgate.yaml"),
    ("schemas: {a: none.json}\n", "1: schemas.a: there is no file 'none.json' beside poolgate.yaml"),
    ("select:\n  - capcity\n", "2: select[0]: no rule is called 'capcity'"),
    ("ignore: [tags-require, tag-required]\n", "no rule is called 'tag-required'; did you mean 'tags-required'?"),
    ("- a\n", "1: expected an object or nothing, found a list"),
    ("profile: [\n", "2: a value is missing, or a bracket that is open is not closed"),
    ("profil: 1\nfailon: 2\n", "and 1 more; `poolgate lint --no-config` tells them all"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_broken_one_ends_a_command_and_is_a_finding_of_the_lint(
    here: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    put(here, text)
    assert cli.run(["policy-config"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("poolgate: error: poolgate.yaml:")
    assert message in error
    # The lint is told of by its findings, and does not fall over what it is to find.
    assert cli.run(["lint", "--no-config", "--format", "json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert any(finding["location"]["file"] == "poolgate.yaml" for finding in findings)


def test_commands_use_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, "policyConfig: rules/policy.json\nignore: [description-present]\n")
    assert cli.run(["policy-config"]) == 0
    config = json.loads(capsys.readouterr().out)
    assert config["tags-required"]["required"] == ["costCenter"]
    assert cli.run(["policy-config", "--no-config"]) == 0
    assert json.loads(capsys.readouterr().out)["tags-required"]["required"] == ["owner", "environment", "costcenter"]


def test_a_schema_that_it_names_judges_the_project(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(here, "schemas: {demo: config/demo.json}\n")
    (here / "config" / "demo.json").write_text('{"properties": {"demo:size": {"type": "integer"}}}')
    (here / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (here / "Pulumi.dev.yaml").write_text("config:\n  size: big\n")
    assert cli.run(["lint", "Pulumi.yaml"]) == 1
    assert "demo:size: expected a whole number, found 'big'" in capsys.readouterr().out
    assert cli.run(["lint", "Pulumi.yaml", "--no-config"]) == 0


def test_required_tags_are_written_as_the_policy_config_writes_them(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(here, "policyConfig: rules/policy.json\nschemas: {demo: config/demo.json}\n")
    schema = {"properties": {"demo:tags": {"$ref": "pool.schema.json#/$defs/tags"}}}
    (here / "config" / "demo.json").write_text(json.dumps(schema))
    (here / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (here / "Pulumi.dev.yaml").write_text("config:\n  tags:\n    costCenter: a\n    CostCentre: b\n    OWNER: c\n")
    cli.run(["lint", "Pulumi.yaml", "--format", "json"])
    found = [(f["path"], f["message"].split("; ")[-1]) for f in json.loads(capsys.readouterr().out)["findings"]]
    assert found == [("demo:tags.OWNER", "write 'owner'")]
    (here / "Pulumi.dev.yaml").write_text("config:\n  tags: {COSTCENTER: a}\n")
    cli.run(["lint", "Pulumi.yaml", "--format", "json"])
    assert "write 'costCenter'" in json.loads(capsys.readouterr().out)["findings"][0]["message"]
