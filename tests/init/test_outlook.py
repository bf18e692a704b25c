"""What `poolgate init` says at its end, and what `rules` and `explain` say of the levels it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference_pools import platforms, rule_sets
from inference_pools.judged import platforms_judged
from inference_pools.rule_sets import newest
from inference_pools.rules import ALL
from poolgate.cli import run
from poolgate.init import of_clouds
from poolgate.init.outlook import resources_in
from poolgate.lint.project import load_project

POOL = "azure-native:machinelearningservices:InferencePool"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose program makes a pool, as the current folder."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:a: b\n")
    (tmp_path / "__main__.py").write_text(
        'from pulumi_azure_native import machinelearningservices as ml\nml.InferencePool("a")\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_it_says_what_blocks_and_what_there_is_to_judge(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--ci=none"]) == 0
    out = said(capsys)
    levels = json.loads((repository / "policies" / "policy-config.json").read_text())
    blocking = [rule.id for rule in ALL if levels.get(rule.id) == "mandatory"]
    assert f"{len(blocking)} rules block: {', '.join(blocking)}." in out
    azure = {platform.name for platform in platforms.ALL if platform.facts.vendor == "Azure"}
    judging = [
        rule
        for rule in ALL
        if rule.id == "waivers-valid" or azure & {platform.name for platform in platforms_judged(rule)}
    ]
    off = sum(levels.get(rule.id) == "disabled" for rule in ALL)
    assert f"{len(judging) - len(blocking) - off} only warn, {off} are off." in out
    assert "1 place makes a resource that the rules judge (shop 1)" in out
    assert "nothing was run" in out


def test_it_says_what_is_in_force_not_what_it_would_have_written(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "--ci=none"]) == 0
    (repository / "policies" / "policy-config.json").write_text('{"all": "advisory", "sku-known": "mandatory"}')
    capsys.readouterr()
    assert run(["init", "--ci=none"]) == 0
    assert "1 rule blocks: sku-known. " in said(capsys)


def test_where_nothing_is_found_it_says_who_tells(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "__main__.py").write_text("import elsewhere\n")
    assert run(["init", "--ci=none"]) == 0
    out = said(capsys)
    assert "Nothing that the rules judge was found" in out
    assert "`poolgate check`, or `poolgate preview` for what is not in Python, tells what it makes" in out


def test_the_date_of_the_profile_is_pinned(repository: Path) -> None:
    assert run(["init", "--ci=none"]) == 0
    assert f'ruleSet: "{newest(ALL)}"' in (repository / "poolgate.yaml").read_text()


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        (
            "app/main.ts",
            'import { machinelearningservices as ml } from "@pulumi/azure-native";\n'
            'new ml.InferencePool("a"); new ml.InferenceGroup("b"); new ml.OnlineEndpoint("c");',
            3,
        ),
        ("variants.py", "from pulumi_aws import sagemaker\nsagemaker.EndpointConfiguration('a')\nEndpoint('b')\n", 1),
        ("main.go", 'machinelearningservices.NewInferenceEndpoint(ctx, "a")', 1),
        ("pools.py", "class InferencePool(Base): ...\ndef InferencePool(): ...\n", 0),
        ("node_modules/pools/index.js", "new InferencePool()", 0),
        ("notes.md", "InferencePool(", 0),
    ],
)
def test_the_text_of_a_program_is_counted(name: str, text: str, number: int, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: nodejs\n")
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    for other in ("other/Pulumi.yaml", "policies/PulumiPolicy.yaml"):
        (tmp_path / other).parent.mkdir()
        (tmp_path / other).write_text("name: other\n")
        (tmp_path / other).with_name("own.py").write_text("InferencePool()")
    assert resources_in(load_project(tmp_path)) == number


def test_a_yaml_program_says_what_it_makes(tmp_path: Path) -> None:
    resources = {"a": {"type": POOL}, "b": {"type": "azure-native:storage:StorageAccount"}, "c": 3}
    project = {"name": "shop", "runtime": "yaml", "resources": resources}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(project))
    assert resources_in(load_project(tmp_path)) == 1


CONFIG = """{
  "all": "advisory",
  "capacity-bounded": {"maximum": 20, "production": {"enforcementLevel": "mandatory", "minimum": 3}},
  "sku-known": "mandatory"
}
"""


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose poolgate.yaml has something to say of every kind, as the current folder."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "levels.json").write_text(CONFIG)
    settings = "policyConfig: levels.json\nprofile: baseline\nignore: [sku-retiring]\n"
    (tmp_path / "poolgate.yaml").write_text(settings)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rules_have_the_level_that_is_in_force_and_who_said_so(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", "--format=json"]) == 0
    here = {one["id"]: one["here"] for one in json.loads(capsys.readouterr().out)}
    told = {id_: (one["enforcement"], one["said_by"]) for id_, one in here.items()}
    assert told["sku-known"] == ("mandatory", "levels.json")
    assert told["placeholder-replaced"] == ("mandatory", "profile baseline")
    assert told["tags-required"] == ("advisory", "levels.json, all")
    assert told["sku-retiring"] == ("disabled", "left out by select or ignore")
    assert here["capacity-bounded"]["options"]["maximum"] == 20
    assert run(["rules"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("placeholder-replaced"))
    assert line.split()[1:5] == ["critical", "mandatory", "profile", "baseline"]


def test_without_any_configuration_it_is_the_rules_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["rules", "--no-config", "--format=json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {one["here"]["said_by"] for one in listed} == {"the rule's default"}
    assert all(one["here"]["enforcement"] == one["enforcement"] for one in listed)


def test_explain_has_the_options_that_are_in_force(configured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "capacity-bounded"]) == 0
    out = capsys.readouterr().out
    assert "\nhere: mandatory, mandatory in production (profile baseline)\n" not in out
    assert "\nhere: mandatory (profile baseline)\n" in out
    assert "  maximum (default 50): 20 here (levels.json)\n" in out
    assert "  minimum (default 1)\n" in out
    assert "from 1 to 20" in out
    assert run(["explain", "capacity-bounded", "--policy-config=levels.json", "--no-config"]) == 0
    assert "\nhere: advisory, mandatory in production (levels.json, all)\n" in capsys.readouterr().out


def test_a_rule_that_is_not_run_has_the_level_that_is_configured(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
from inference_pools.rule import rule


@rule(object, id="own-x", title="T", severity="low", enforcement="mandatory", remedy="R", since="1", source="S")
def x(facet, options):
    "Why."


RULES = [x]
"""
    (configured / "own.py").write_text(source)
    (configured / "levels.json").write_text('{"own-x": "advisory"}')
    (configured / "poolgate.yaml").write_text("policyConfig: levels.json\nrules: [own.py]\n")
    assert run(["explain", "own-x"]) == 0
    assert "\nhere: advisory (levels.json)\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("runtime", "program", "what"),
    [
        ("python", "import pulumi_gcp as gcp\ngcp.vertex.AiFeatureOnlineStore('a')\n", "AiFeatureOnlineStore"),
        ("yaml", "", "AiFeatureOnlineStore (gcp)"),
    ],
)
def test_what_serves_models_and_has_no_rule_is_said(
    runtime: str, program: str, what: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "__main__.py").write_text(program)
    token = "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore"
    resources = f"resources: {{a: {{type: '{token}'}}, b: {{type: 'aws:s3:Bucket'}}}}\n" if runtime == "yaml" else ""
    (repository / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\n{resources}")
    assert run(["init", "--ci=none"]) == 0
    out = said(capsys)
    assert "Nothing that the rules judge was found" in out
    assert f"1 place makes a resource that serves models and that no rule judges: 1 {what}." in out


OF_AZURE = {"api-version-supported", "sku-tier-allowed", "deployments-ordered", "public-egress-disabled"}
OF_AWS = {"kms-key-valid", "scaled-variant-exists", "serverless-bounded"}
OF_ANY = {"all", "placeholder-replaced", "capacity-bounded", "waivers-valid"}
AWS = "import pulumi_aws as aws\naws.sagemaker.Endpoint('a')\n"


@pytest.mark.parametrize(
    ("program", "there", "not_there"),
    [
        ("", OF_AZURE | OF_ANY, OF_AWS),
        (AWS, OF_AWS | OF_ANY, OF_AZURE),
        (None, OF_AWS | OF_AZURE | OF_ANY, set()),
    ],
    ids=["azure", "aws", "both"],
)
def test_a_team_with_one_cloud_gets_what_concerns_it(
    program: str | None, there: set[str], not_there: set[str], repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = repository / "__main__.py"
    main.write_text(main.read_text() + AWS if program is None else program or main.read_text())
    assert run(["init", "--ci=none"]) == 0
    out = said(capsys)
    levels = json.loads((repository / "policies" / "policy-config.json").read_text())
    assert there <= levels.keys()
    assert not_there.isdisjoint(levels)
    assert not any(f"{rule}," in out for rule in not_there)
    profile = rule_sets.profile("baseline")
    assert all(level == profile[rule] for rule, level in levels.items() if isinstance(level, str))
    settings = (repository / "poolgate.yaml").read_text()
    vendor = {"": "Azure", AWS: "AWS"}.get(program or "", "")
    is_part = program is not None
    assert (f"the profile baseline, as far as it is for {vendor}; " in settings) is is_part


def test_what_a_profile_says_of_other_platforms_is_left_out() -> None:
    config = {"public-egress-disabled": {"platforms": {"azure-online": "disabled"}}, "kms-key-valid": "mandatory"}
    assert of_clouds(config, ["sagemaker"]) == {"kms-key-valid": "mandatory"}
    assert of_clouds(config, ["azure-pools"]) == {}
    assert of_clouds(config, ["azure-pools", "azure-online"]) == {
        "public-egress-disabled": {"platforms": {"azure-online": "disabled"}}
    }
    assert of_clouds(config, []) == config
