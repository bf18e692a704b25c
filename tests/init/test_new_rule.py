"""`poolgate new-rule`, in repositories that are not ours."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import empty_pb2

from inference_pools import server
from inference_pools.rules import ALL
from poolgate.cli import run
from poolgate.init.new_rule import suggestion, with_rule
from poolgate.own_rules import load
from remembered import remembered_programs

__all__ = ["remembered_programs"]

SAMPLE = Path(__file__).parents[2] / "stacks" / "single-pool"
NAME = "shop-zones-full"
OF_RULE = {
    f"policies/examples/{NAME}/bad/1-one-too-many.yaml",
    f"policies/examples/{NAME}/good/1-zones-filled.yaml",
    "policies/shop_zones_full.py",
    "policies/test_shop_zones_full.py",
}
OF_PACK = {f"policies/{name}" for name in (".gitignore", "PulumiPolicy.yaml", "__main__.py", "requirements.txt")}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with a project, as the current folder. What is imported of it is forgotten."""
    folder = tmp_path / "shop-platform"
    (folder / ".git").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    monkeypatch.chdir(folder)
    for variable in ("POOLGATE_RULES", "POOLGATE_CONFIG"):
        monkeypatch.delenv(variable, raising=False)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def tree(folder: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*") if file.is_file()}


def all_pass(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "policies", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rules of a team's own that the pack serves to the engine."""
    given: list[server.AnalyzerService] = []
    monkeypatch.setattr(server, "run", given.append)
    runpy.run_path(str(folder / "policies" / "__main__.py"))
    info = given[0].GetAnalyzerInfo(empty_pb2.Empty(), None)
    return [policy.name for policy in info.policies if policy.name not in {rule.id for rule in ALL}]


@pytest.mark.usefixtures("remembered_programs")
def test_beside_what_init_wrote(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "--ci=none"]) == 0
    before = tree(repository)
    capsys.readouterr()

    assert run(["new-rule", NAME]) == 0

    told = capsys.readouterr().out
    after = tree(repository)
    assert set(after) - set(before) == OF_RULE
    assert {name for name in before if after[name] != before[name]} == {"policies/own_rules.py"}
    assert "changed    policies/own_rules.py: lists the rule in RULES\n" in told
    assert "left to you" not in told
    assert f'"{NAME}": "mandatory" into policies/policy-config.json' in told
    assert "2 passed" in all_pass(repository)
    assert "2 passed" in all_pass(repository, "--import-mode=importlib")
    assert served(repository, monkeypatch) == [NAME]
    assert run(["check", str(SAMPLE), "--config=poolgate.yaml", f"--select={NAME}", "--format=json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["rule"], one["message"]) for one in found] == [(NAME, "is 1, expected a multiple of 3")]


def test_a_second_one_stands_beside_the_first(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["new-rule", NAME]) == 0
    first = tree(repository)
    assert set(first) == {"Pulumi.yaml", "poolgate.yaml", "policies/own_rules.py"} | OF_PACK | OF_RULE
    capsys.readouterr()

    assert run(["new-rule", "shop-other"]) == 0

    assert {name for name, text in tree(repository).items() if first.get(name, text) != text} == {
        "policies/own_rules.py"
    }
    assert served(repository, monkeypatch) == [NAME, "shop-other"]
    assert "4 passed" in all_pass(repository)
    assert run(["lint"]) == 0
    assert "2 rules of poolgate.yaml were not run" in "".join(capsys.readouterr())


def test_the_test_fails_where_rule_and_example_differ(repository: Path) -> None:
    assert run(["new-rule", NAME]) == 0
    file = repository / "policies" / "shop_zones_full.py"
    file.write_text(file.read_text().replace("Option(3", "Option(4"))
    with pytest.raises(AssertionError, match="is 6, expected a multiple of 4"):
        all_pass(repository)


def test_a_poolgate_yaml_that_names_no_rules_names_them(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = repository / "poolgate.yaml"
    settings.write_text("profile: strict # to begin with")
    assert run(["new-rule", NAME]) == 0
    assert settings.read_text() == "profile: strict # to begin with\nrules: [policies/own_rules.py]\n"
    assert "changed    poolgate.yaml: names policies/own_rules.py\n" in capsys.readouterr().out
    assert served(repository, monkeypatch) == [NAME]


def test_it_keeps_to_the_folders_that_poolgate_yaml_names(repository: Path) -> None:
    (repository / "poolgate.yaml").write_text("rules: [gate/team.py, gate/more.py]\npolicyPack: gate\n")
    (repository / "gate").mkdir()
    for name in ("team", "more"):
        (repository / "gate" / f"{name}.py").write_text("RULES = []\n")
    (repository / "gate" / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (repository / "gate" / "__main__.py").write_text("from team import RULES\n")

    assert run(["new-rule", NAME, "--config=poolgate.yaml"]) == 0

    assert {name.replace("gate/", "policies/") for name in tree(repository)} >= OF_RULE
    assert (repository / "gate" / "team.py").read_text() == (
        "from shop_zones_full import shop_zones_full\nRULES = [shop_zones_full]\n"
    )
    assert not (repository / "policies").exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"poolgate.yaml": "rules: [policies/own_rules.py]\n", "policies/own_rules.py": "RULES = list(range(0))\n"},
            "policies/own_rules.py: its RULES is no plain list; write `from shop_zones_full import shop_zones_full`",
        ),
        (
            {"poolgate.yaml": "{profile: strict}\n"},
            "poolgate.yaml: write `rules: [policies/own_rules.py]` there",
        ),
        (
            {"policies/__main__.py": "from inference_pools.pack import serve\n\nserve()\n"},
            "policies/__main__.py does not name own_rules.py: for the gate, write `serve(own='own_rules.py')` there\n",
        ),
    ],
)
def test_what_is_not_certain_is_left_to_its_author(
    files: dict[str, str], said: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in files.items():
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(text)
    assert run(["new-rule", NAME]) == 0
    assert f"left to you:\n  - {said}" in capsys.readouterr().out
    assert {name: tree(repository)[name] for name in files} == files


@pytest.mark.parametrize("name", sorted(OF_RULE))
def test_what_is_there_is_refused_before_anything_is_written(
    name: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = repository / name
    file.parent.mkdir(parents=True)
    file.write_text("ours\n")
    before = tree(repository)
    assert run(["new-rule", NAME]) == 2
    assert f"{name}: is there already; nothing was written" in capsys.readouterr().err
    assert tree(repository) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "ShopZonesFull",
            "'ShopZonesFull' is no id of a rule: words in lower case with hyphens between them, the first",
        ),
        ("shop_zones", "shop-zones is one"),
        ("zones", "own-zones is one"),
        ("../zones", "own-zones is one"),
        ("capacity-bounded", "is a rule of poolgate's (`poolgate explain capacity-bounded`); own-capacity-bounded is"),
        ("program-runs", "is a check of poolgate itself (`poolgate explain program-runs`); own-program-runs is free"),
        ("own-rules", "own_rules.py lists the rules; try own-rule-own-rules"),
        ("inference-pools", "inference_pools is the name of another module; try own-rule-inference-pools"),
        ("test-zones", "pytest takes a file that is called so for one of tests; try own-rule-test-zones"),
        ("x" * 200, "… is no id of a rule"),
    ],
)
def test_a_name_that_is_none_or_is_taken(
    name: str, said: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(repository)
    assert run(["new-rule", name]) == 2
    assert said in capsys.readouterr().err.replace("'… is", "… is").replace("…' is", "… is")
    assert tree(repository) == before


def test_an_id_that_another_file_has_taken(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new-rule", NAME]) == 0
    policies = repository / "policies"
    (policies / "shop_zones_full.py").rename(policies / "zones.py")
    listing = policies / "own_rules.py"
    listing.write_text(listing.read_text().replace("from shop_zones_full", "from zones"))
    assert [rule.id for rule in load([listing])] == [NAME]
    assert run(["new-rule", NAME]) == 2
    assert f"policies/zones.py:10: the id '{NAME}' is taken" in capsys.readouterr().err


def test_a_listing_that_is_no_python_is_told_by_its_line(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "policies").mkdir()
    (repository / "policies" / "own_rules.py").write_text("\nRULES = [\n")
    assert run(["new-rule", NAME]) == 2
    assert "policies/own_rules.py:2: is no Python: '[' was never closed" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    ["ShopCapacity_Max", "Größe der Zonen", "3-zones", "", "__", "a" * 300, "capacity", "shop--zones"],
)
def test_what_is_suggested_is_taken(given: str, repository: Path) -> None:
    assert run(["new-rule", suggestion(given)]) == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RULES = []\n", "from m import m\nRULES = [m]\n"),
        ("RULES = ()\n", None),
        ("RULES = (a,)\n", "from m import m\nRULES = (a, m,)\n"),
        ('"""Ours."""\nRULES = []\n', '"""Ours."""\nfrom m import m\nRULES = [m]\n'),
        ("import a\n\nRULES = [a.b]\n\nimport c\n", "import a\nfrom m import m\n\nRULES = [a.b, m]\n\nimport c\n"),
        ("import a\r\nRULES = [\r\n    a,\r\n]", "import a\r\nfrom m import m\r\nRULES = [\r\n    a,\r\n    m,\r\n]"),
        ("import a\nRULES = ['é', a]  # ours\n", "import a\nfrom m import m\nRULES = ['é', a, m]  # ours\n"),
        ("RULES: list = [\n    # none yet\n]\n", "from m import m\nRULES: list = [\n    # none yet\nm]\n"),
        ("RULES = [(a)]\n", None),
        ("RULES = [*a, *b]\n", "from m import m\nRULES = [*a, *b, m]\n"),
        ("RULES = [a] + [b]\n", None),
        ("RULES = [a]\nRULES += [b]\n", None),
        ("def m(): ...\n\nRULES = [m]\n", None),
        ("from a import b as m\n\nRULES = [m]\n", None),
        ("OTHERS = []\n", None),
    ],
)
def test_a_line_more_in_a_file_that_is_there(before: str, after: str | None) -> None:
    assert with_rule(before, "m") == after
