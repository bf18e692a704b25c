"""What the pack finds by itself to judge by: beside it, by variables, and what goes before what."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from gate.test_waivers import CALL, ENTRY, Refused, asked, said
from inference_pools import beside, declared, served
from inference_pools.finding import Enforcement
from inference_pools.rule import Scope
from inference_pools.rule_sets import PIN_VARIABLE
from inference_pools.rules import ALL
from inference_pools.runner import enabled
from inference_pools.server import AnalyzerService
from inference_pools.values import to_struct
from inference_pools.version import __version__
from inference_pools.waiver_review import known
from inference_pools.waivers import FILE_VARIABLE
from poolgate.cli import _parser
from poolgate.config_file import complete
from poolgate.rule_set import load
from poolgate.sandbox.workspace import sandbox_command
from poolgate.waivers import Source, variables
from waivers.life import TOO_MANY, write_project

ADVISORY = '{"all": "advisory"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pack of a repository."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "policies").mkdir()
    return tmp_path / "policies"


def configured(folder: Path, environ: dict[str, str] | None = None, **config: dict[str, Any]) -> AnalyzerService:
    """A pack as the engine has it: `config` is what the engine was given; for the rest it sends what the rules are."""
    found = beside.find(folder, environ or {})
    waivers = found.waivers.file if found.waivers else None
    serving = AnalyzerService(
        "shop", "A pack", declared.policies(), today=date(2026, 11, 10), waivers=waivers, waivable=known(ALL),
        found=found, every=ALL,
    )  # fmt: skip
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for policy in declared.policies():
        given = dict(config.get(policy.rule.id.replace("-", "_"), {}))
        value = request.policyConfig[policy.rule.id]
        level = given.pop("enforcementLevel", str(policy.rule.enforcement))
        value.enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level.upper())
        value.properties.CopyFrom(to_struct({**policy.rule.with_options({}).to_json(), **given}))
    serving.Configure(request, CALL)
    serving.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="life"), CALL)
    return serving


def level(serving: AnalyzerService) -> str:
    """That of the finding about 80 instances."""
    ((level, _),) = said(serving.Analyze(asked(), CALL), "capacity-bounded")
    return level


def test_without_anything_the_rules_are_as_they_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert level(configured(folder)) == "mandatory"
    assert capsys.readouterr().err == ""


def test_what_poolgate_yaml_names_is_in_force_and_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "levels.json").write_text('{"capacity-bounded": {"maximum": 90}}')
    (folder / "agreed.yaml").write_text("waivers: []\n")
    settings = "policyConfig: policies/levels.json\nwaivers: policies/agreed.yaml\nprofile: baseline\n"
    (folder.parent / "poolgate.yaml").write_text(settings + 'ruleSet: "2026.12"\n')
    assert said(configured(folder).Analyze(asked(), CALL), "capacity-bounded") == []
    assert capsys.readouterr().err == (
        f"shop: judged by: policy config {folder}/levels.json (poolgate.yaml); profile baseline; "
        f"waivers {folder}/agreed.yaml (poolgate.yaml); rule set 2026.12\n"
    )


def test_without_poolgate_yaml_it_is_what_lies_beside_the_pack(folder: Path) -> None:
    (folder / "policy-config.json").write_text(ADVISORY)
    assert level(configured(folder)) == "advisory"
    (folder / "policy-config.json").unlink()
    (folder.parent / "waivers.yaml").write_text(json.dumps({"waivers": [ENTRY]}))
    ((given, message),) = said(configured(folder).Analyze(asked(), CALL), "capacity-bounded")
    assert given == "advisory"
    assert message.startswith("[waived]")


def test_what_the_engine_was_given_goes_before_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "policy-config.json").write_text('{"capacity-bounded": {"maximum": 90}}')
    environ = {beside.CONFIG_VARIABLE: str(folder / "policy-config.json")}
    assert level(configured(folder, environ, sku_known={"enforcementLevel": "disabled"})) == "mandatory"
    assert "policy config as the engine was given it" in capsys.readouterr().err


def test_a_variable_goes_before_poolgate_yaml_and_an_empty_one_says_none(folder: Path) -> None:
    (folder.parent / "poolgate.yaml").write_text("policyConfig: policies/policy-config.json\n")
    (folder / "policy-config.json").write_text(ADVISORY)
    other = folder / "other.json"
    other.write_text('{"capacity-bounded": {"maximum": 70, "enforcementLevel": "mandatory"}}')
    assert level(configured(folder)) == "advisory"
    assert level(configured(folder, {beside.CONFIG_VARIABLE: str(other)})) == "mandatory"
    assert level(configured(folder, {beside.CONFIG_VARIABLE: ""})) == "mandatory"


def test_without_the_poolgate_yaml_that_is_there_it_is_what_lies_beside_the_pack(folder: Path) -> None:
    (folder.parent / "poolgate.yaml").write_text("profile: baseline\nignore: [capacity-bounded]\n")
    (folder / "policy-config.json").write_text(ADVISORY)
    assert said(configured(folder).Analyze(asked(), CALL), "capacity-bounded") == []
    assert level(configured(folder, {beside.SETTINGS_VARIABLE: ""})) == "advisory"


@pytest.mark.parametrize(
    ("settings", "files", "expected"),
    [
        ("policyConfig: gone.json\n", {}, "gone.json: cannot be read: No such file"),
        ("policyConfig: a.json\n", {"a.json": "{"}, "a.json (poolgate.yaml): is no JSON"),
        ("policyConfig: a.json\n", {"a.json": '{"capacity-bound": "mandatory"}'}, "did you mean capacity-bounded?"),
        (
            "policyConfig: a.json\n",
            {"a.json": '{\n "capacity-bounded": {\n  "maximun": 1}}'},
            "/a.json:3: capacity-bounded.maximun: no such option; did you mean maximum?",
        ),
        (
            "policyConfig: a.json\n",
            {"a.json": '{"version": 2, "policies": {\n "tags-require": "advisory"}}'},
            "/a.json:2: tags-require: no such rule",
        ),
        ("policyConfig: a.json\n", {"a.json": '{"all": "disabled"}'}, "/a.json: every rule is disabled"),
        ("policyConfig: [a.json]\n", {}, "policyConfig: in "),
        ("policyConfig: a: b\n", {}, "poolgate.yaml:1:"),
        ("select: capacity\n", {}, "select: in "),
        ("ignore: [capacity-bond]\n", {}, "no rule is called 'capacity-bond'; did you mean capacity-bounded?"),
        ("select: [tags]\nignore: [tags]\n", {}, "every rule is disabled"),
        ("profile: lax\n", {}, "'lax' is none of baseline, strict"),
        ("waivers: gone.yaml\n", {}, "gone.yaml: cannot be read: No such file"),
    ],
)
def test_what_is_named_and_of_no_use_ends_the_preview(
    settings: str, files: dict[str, str], expected: str, folder: Path
) -> None:
    (folder.parent / "poolgate.yaml").write_text(settings)
    for name, text in files.items():
        (folder.parent / name).write_text(text)
    with pytest.raises(Refused) as refused:
        configured(folder)
    assert str(refused.value).startswith("INVALID_ARGUMENT: ")
    assert expected in str(refused.value)


def test_variables_are_absolute_paths(folder: Path) -> None:
    for name in (beside.CONFIG_VARIABLE, beside.SETTINGS_VARIABLE):
        with pytest.raises(Refused, match=f"{name} is 'a.json', expected an absolute path"):
            configured(folder, {name: "a.json"})


def test_exceptions_of_a_config_that_was_found_let_pass(folder: Path) -> None:
    match = {"policies": ["capacity-bounded"], "targets": [asked().urn]}
    config = {"version": 2, "policies": {}, "exceptions": {"EXC-1": {"reason": "A test", "match": [match]}}}
    (folder / "policy-config.json").write_text(json.dumps(config))
    ((given, message),) = said(configured(folder).Analyze(asked(), CALL), "capacity-bounded")
    assert given == "advisory"
    assert "[waived] sku.capacity: is 80, the limit is 50\nexempted by EXC-1, no end date: A test\n" in message
    config["policies"] = {"waivers-valid": {"exceptions": "with-waiver"}}
    (folder / "policy-config.json").write_text(json.dumps(config))
    ((given, message),) = said(configured(folder).Analyze(asked(), CALL), "capacity-bounded")
    assert (given, "waived" in message) == ("mandatory", False)
    waiver = {"rule": "capacity-bounded", "target": {"urn": asked().urn}, "reason": "r", "owner": "o", "ticket": "t"}
    config["policies"]["waivers-valid"]["inline"] = {
        "waivers": [{**waiver, "created": "2026-11-01", "expires": "2027-01-31"}]
    }
    (folder / "policy-config.json").write_text(json.dumps(config))
    ((given, message),) = said(configured(folder).Analyze(asked(), CALL), "capacity-bounded")
    assert "\nwaived until 2027-01-31 by o: r\nexempted by EXC-1, no end date: A test\n" in message
    config["policies"]["waivers-valid"] = {"exceptions": "forbidden"}
    (folder / "policy-config.json").write_text(json.dumps(config))
    with pytest.raises(Refused, match=r"policy-config.json:1: exceptions.EXC-1: the policy allows no exceptions"):
        configured(folder)


def test_a_config_may_name_rules_that_the_pack_does_not_serve(folder: Path) -> None:
    """Rules over several stacks are no policies, and a pin leaves rules out: their names are no slips."""
    (folder / "policy-config.json").write_text('{"all": "advisory", "production-capacity-leads": "mandatory"}')
    assert level(configured(folder)) == "advisory"


def test_the_rules_that_poolgate_yaml_chooses_are_chosen_here_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.parent / "poolgate.yaml").write_text(
        "select: [capacity, tags]\nignore: [capacity-bounded, capacity-stated]\n"
    )
    serving = configured(folder)
    assert {setting.rule.id for setting in enabled(serving._settings)} == {"tags-required", "capacity-meets-load"}
    assert capsys.readouterr().err == (
        "shop: judged by: only the rules capacity, tags; not the rules capacity-bounded, capacity-stated\n"
    )
    assert level(configured(folder, {beside.SELECT_VARIABLE: "capacity-b, sku", beside.IGNORE_VARIABLE: ""}))


Settings = dict[str, tuple[Enforcement, Any]]


def in_the_gate(folder: Path, environ: dict[str, str], given: dict[str, dict[str, Any]]) -> Settings:
    of = configured(folder, environ, **{rule.replace("-", "_"): value for rule, value in given.items()})._settings
    return {one.rule.id: (one.enforcement, one.options.to_json()) for one in of}


def in_a_check(folder: Path, environ: dict[str, str], *flags: str) -> Settings:
    arguments = _parser("check").parse_args(["check", str(folder), *flags])
    complete(arguments, environ)
    loaded = load(
        arguments.policy_config, profile=arguments.profile, pin=arguments.rule_set, select=arguments.select,
        ignore=arguments.ignore,
    )  # fmt: skip
    return {
        one.rule.id: (one.enforcement, one.options.to_json())
        for one in loaded.settings
        if one.rule.scope is not Scope.PROJECT
    }


@pytest.mark.parametrize("is_flag", [True, False], ids=["given", "found"])
@pytest.mark.parametrize("environ", [{}, {beside.PROFILE_VARIABLE: "strict"}], ids=["", "profile in a variable"])
@pytest.mark.parametrize(
    "settings", ["", "profile: strict\n", "profile: strict\npolicyConfig: found.json\nselect: [capacity, tags]\n"]
)
def test_check_and_gate_have_the_same_in_force(
    settings: str, environ: dict[str, str], is_flag: bool, folder: Path
) -> None:
    """Whatever poolgate.yaml says, and whether a policy config is given by a flag of either, or not."""
    (folder.parent / "poolgate.yaml").write_text(settings or "{}\n")
    (folder.parent / "found.json").write_text('{"tags-required": "advisory"}')
    config = {"capacity-bounded": {"enforcementLevel": "mandatory", "maximum": 20}}
    flag = folder / "given.json"
    flag.write_text(json.dumps(config))
    gate = in_the_gate(folder, environ, config if is_flag else {})
    assert gate == in_a_check(folder, environ, *([f"--policy-config={flag}"] if is_flag else []))


def test_a_preview_of_poolgate_tells_the_pack_to_look_for_nothing() -> None:
    given = variables(Source(None, None))
    assert beside.find(Path(__file__).parent, {**given, beside.SETTINGS_VARIABLE: ""}) == beside.Beside()
    assert {beside.SELECT_VARIABLE, beside.IGNORE_VARIABLE} <= set(given)
    assert {beside.CONFIG_VARIABLE, beside.PROFILE_VARIABLE, PIN_VARIABLE, FILE_VARIABLE} <= set(given)


def test_a_pin_leaves_a_teams_own_rules_alone() -> None:
    own = replace(ALL[0], id="own-rule", since="1")
    assert served._pinned((*ALL, own), "2026.12") == (*ALL, own)


@pytest.mark.parametrize(
    ("files", "environ", "expected"),
    [
        ([], {}, {}),
        (["poolgate.yaml", "waivers.yaml"], {}, {beside.SETTINGS_VARIABLE: "poolgate.yaml"}),
        (["policies/poolgate.yaml"], {}, {beside.SETTINGS_VARIABLE: "policies/poolgate.yaml"}),
        (["poolgate.yaml"], {beside.SETTINGS_VARIABLE: "/named.yaml"}, {}),
        (["waivers.yaml"], {}, {FILE_VARIABLE: "waivers.yaml"}),
        (["waivers.yaml", "policies/waivers.yaml"], {}, {}),
        (["waivers.yaml"], {FILE_VARIABLE: ""}, {}),
        (["poolgate.yaml", "waivers.yaml"], {beside.SETTINGS_VARIABLE: ""}, {FILE_VARIABLE: "waivers.yaml"}),
    ],
)
def test_a_copy_of_a_pack_is_told_what_lies_around_the_pack(
    files: list[str], environ: dict[str, str], expected: dict[str, str], folder: Path
) -> None:
    for name in files:
        (folder.parent / name).write_text("{}\n")
    found = beside.from_elsewhere(folder, environ)
    assert found == {variable: str(folder.parent / name) for variable, name in expected.items()}


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_the_sandboxs_gate_judges_as_the_repositorys_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`poolgate sandbox -- pulumi preview --policy-pack policies` copies the pack, and not what lies around it.

    The real engine, without a flag: the waiver that poolgate.yaml names holds, and the output says which it is.
    """
    write_project(tmp_path, TOO_MANY)
    policies = tmp_path / "policies"
    policies.mkdir()
    options = "runtime: {name: python, options: {toolchain: pip, virtualenv: venv}}\n"
    (policies / "PulumiPolicy.yaml").write_text(options)
    (policies / "requirements.txt").write_text(f"poolgate=={__version__}\n")
    (policies / "__main__.py").write_text("from inference_pools.pack import serve\nserve()\n")
    (tmp_path / "agreed.yaml").write_text(json.dumps({"waivers": [ENTRY]}))
    (tmp_path / "levels.json").write_text('{"tags-required": "disabled"}')
    (tmp_path / "poolgate.yaml").write_text("policyConfig: levels.json\nwaivers: agreed.yaml\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-11-10")
    assert sandbox_command(["--", "pulumi", "preview", "--stack", "dev", "--policy-pack", "policies"]) == 0
    shown = capfd.readouterr().out
    config, waivers = tmp_path / "levels.json", tmp_path / "agreed.yaml"
    assert f"judged by: policy config {config} (poolgate.yaml); waivers {waivers} (poolgate.yaml)" in shown
    assert "[waived]" in shown
    monkeypatch.setenv("POOLGATE_CONFIG", "")
    assert sandbox_command(["--", "pulumi", "preview", "--stack", "dev", "--policy-pack", "policies"]) != 0
    assert "judged by" not in capfd.readouterr().out


LABELS = "owners:\n  payments: pay@contoso.com\n"


def owners_of(serving: AnalyzerService, rule: str = "service-owner-same") -> Any:
    return next(setting.options.owners for setting in serving._settings if setting.rule.id == rule)


@pytest.mark.parametrize("place", ["policies/owners.yaml", "owners.yaml"])
def test_owners_are_found_beside_the_pack(folder: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder.parent / place).write_text(LABELS)
    assert owners_of(configured(folder)) == {"payments": "pay@contoso.com"}
    assert f"judged by: owners {folder.parent / place} (beside the pack)\n" in capsys.readouterr().err


def test_owners_are_named_by_poolgate_yaml_and_before_it_by_a_variable(folder: Path, tmp_path: Path) -> None:
    (folder.parent / "poolgate.yaml").write_text("owners: people.yaml\n")
    (folder.parent / "people.yaml").write_text(LABELS)
    other = tmp_path / "other.yaml"
    other.write_text("owners: {ml: ml@contoso.com}\n")
    assert owners_of(configured(folder)) == {"payments": "pay@contoso.com"}
    assert owners_of(configured(folder, {"POOLGATE_OWNERS": str(other)})) == {"ml": "ml@contoso.com"}
    assert owners_of(configured(folder, {"POOLGATE_OWNERS": ""})) == {}


def test_owners_hold_beside_a_policy_config_which_goes_before_them(folder: Path) -> None:
    (folder / "owners.yaml").write_text(LABELS)
    (folder / "policy-config.json").write_text(
        '{"service-owner-same": {"owners": {"a": "b"}}, "capacity-bounded": "advisory"}'
    )
    serving = configured(folder)
    assert owners_of(serving) == {"a": "b"}
    assert owners_of(serving, "owner-tag-valid") == {"payments": "pay@contoso.com"}
    # What the engine was given says nothing of owners, and the file still does; with no word lost.
    serving = configured(folder, owner_tag_valid={"domains": ["contoso.com"], "enforcementLevel": "mandatory"})
    assert owners_of(serving) == {"payments": "pay@contoso.com"}
    (setting,) = (one for one in serving._settings if one.rule.id == "owner-tag-valid")
    assert (setting.options.owners, setting.options.domains) == ({"payments": "pay@contoso.com"}, ("contoso.com",))
    assert setting.enforcement is Enforcement.MANDATORY


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("owners:\n  payments: ''\n", "owners.yaml:2:3: owners.payments: names nobody, expected who it is"),
        ("owner:\n  payments: x\n", "owners.yaml:1:1: owner: is no part of an owners file; did you mean 'owners'?"),
        ("owners: [a]\n", "owners.yaml:1:1: owners: is no object of labels"),
        ("- a\n", "owners.yaml:1:1: is no object with the keys owners and stacks"),
        ("owners: {a: x\n", "owners.yaml:2:1: is no YAML"),
        ("owners:\n  a: x\n  A: y\n", "owners.yaml:3:3: owners.A: is a once more: case does not count"),
    ],
)
def test_a_file_of_owners_that_is_none_ends_the_gate(folder: Path, text: str, message: str) -> None:
    (folder / "owners.yaml").write_text(text)
    with pytest.raises(Refused, match=f"(?s).*{__import__('re').escape(message)}"):
        configured(folder)


def test_a_copy_of_the_pack_is_told_of_owners_around_it(folder: Path) -> None:
    owners = folder.parent / "owners.yaml"
    owners.write_text(LABELS)
    assert beside.from_elsewhere(folder, {}) == {"POOLGATE_OWNERS": str(owners)}
    (folder / "owners.yaml").write_text(LABELS)
    assert beside.from_elsewhere(folder, {}) == {}
