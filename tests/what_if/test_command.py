"""`what-if`, from states and configs on disk to what is told."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from audit.state_builder import checkpoint, ciphertext, pool, pool_inputs, slow_pool_inputs, stack_root, text
from poolgate import cli

RULE = "request-timeout-bounded"
SCHEMAS = Path(__file__).parents[2] / "schemas"
SCHEMA, REPORT_SCHEMA = (
    json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8")) for name in ("what-if", "report")
)
OWN_RULE = """
from pathlib import Path
from inference_pools.facets import Tags
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import rule
@rule(Tags, id="shop-zones-full", title="t", severity=Severity.LOW, enforcement=Enforcement.MANDATORY, remedy="r",
      since="1", source="https://example.com")
def zones(tags, options):
    "Why."
    {body}
    yield Finding("tags", "is wrong")
RULES = [zones]
"""


class Estate:
    """A backend with three stacks: dev waits for two hours, test for four minutes, prod for half of one."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.stacks = folder / "backend/.pulumi/stacks/ranking"
        self.stacks.mkdir(parents=True)
        (self.stacks.parents[1] / "meta.yaml").write_text("version: 1\n")
        self._capsys = capsys
        for stack, timeout in (("dev", "PT2H"), ("test", "PT4M"), ("prod", "PT30S")):
            self.write(stack, timeout)

    def write(self, stack: str, timeout: Any, **changes: Any) -> None:
        inputs = slow_pool_inputs(timeout) | {"tags": {**pool_inputs()["tags"], "team": "search"}} | changes
        document = checkpoint(stack_root(stack=stack), pool(stack=stack, inputs=inputs), stack=stack)
        (self.stacks / f"{stack}.json").write_bytes(text(document))

    def config(self, name: str = "proposed.json", **rules: Any) -> str:
        (self.folder / name).write_text(json.dumps({key.replace("_", "-"): value for key, value in rules.items()}))
        return name

    def run(self, *options: str, select: str = RULE) -> tuple[int, str, str]:
        code = cli.run(["what-if", "backend", *(["--select", select] if select else []), "--no-config", *options])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *options: str, select: str = RULE) -> Any:
        value = json.loads(self.run("--format", "json", *options, select=select)[1])
        registry = Registry().with_resource(REPORT_SCHEMA["$id"], Resource.from_contents(REPORT_SCHEMA))
        jsonschema.Draft202012Validator(SCHEMA, registry=registry).validate(value)
        return value


@pytest.fixture
def estate(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Estate:
    monkeypatch.chdir(tmp_path)
    return Estate(tmp_path, capsys)


def test_what_would_come_whose_it_is_and_which_deployments_would_be_stopped(estate: Estate) -> None:
    code, out, _ = estate.run("--to", estate.config(request_timeout_bounded={"maximum": "PT3M"}))
    assert code == 1
    assert out == (
        "1 difference, now (defaults of the rules) -> proposed (proposed.json):\n"
        '  request-timeout-bounded: maximum: "PT5M" -> "PT3M"\n'
        "\n"
        "owner        to mend now  then  new  stricter  gone  the same  resources  stacks  stopped\n"
        "ml-platform  1            2     1    0         0     1         1          1       1\n"
        "\n"
        "would be stopped: ranking/test (owner ml-platform): 1 finding of request-timeout-bounded\n"
        "note: 1 finding would stay, and say something else, such as another limit\n"
        "3 stacks read; by the proposed rules 1 new, 0 stricter, 0 gone, 1 the same; to mend 1 now and 2 then, 1 of "
        "them not now (1 waiver would let them pass); the next deployment of 1 more stack would be stopped\n"
    )
    assert estate.run("--to", "proposed.json", "--exit-zero")[0] == 0


def test_by_each_dimension_in_each_format(estate: Estate) -> None:
    proposed = ("--to", estate.config(request_timeout_bounded={"maximum": "PT3M"}))
    labels = "owners:\n  ML-Platform: machine-learning@contoso.com\n"
    (estate.folder / "owners.yaml").write_text(f"{labels}stacks:\n  - {{stack: ranking/*, owner: search-team}}\n")
    owners = ("--owners", "owners.yaml")
    value = estate.json(*proposed, *owners)
    assert [one["owner"] for one in value["stopped"]] == ["machine-learning@contoso.com"]
    expected = {
        "rule": RULE,
        "owner": "machine-learning@contoso.com",
        "team": "search",
        "cost-center": "4711",
        "environment": "prod",
        "platform": "azure-pools",
        "stack": "ranking/test",
    }
    assert tuple(expected) == cli.DIMENSIONS == tuple(value["by"])
    for by, name in expected.items():
        row = value["by"][by][0]
        numbers = [row[key] for key in ("mandatory", "to_mend_then", "resources", "stacks", "stopped")]
        assert (row["name"], numbers) == (name, [1, 1 if by == "stack" else 2, 1, 1, 1])
        (first, *_) = csv.DictReader(io.StringIO(estate.run(*proposed, *owners, "--by", by, "--format", "csv")[1]))
        assert (first[by], first["new"], first["stopped"]) == (name, "1", "1")
        markdown = estate.run(*proposed, *owners, "--by", by, "--format", "markdown")[1]
        markdown = markdown.replace("\\", "").replace("<!-- -->", "")
        assert f"| {name} | {row['to_mend_now']} | {row['to_mend_then']} | 1 | 0 |" in markdown
    (line,) = csv.DictReader(io.StringIO(estate.run(*proposed, "--format", "csv")[1]))
    assert (line["change"], line["fails"], line["stack"], line["owner"]) == ("new", "true", "test", "ml-platform")
    assert "<summary>1 new</summary>" in markdown


def test_that_nothing_differs_is_said(estate: Estate) -> None:
    code, out, _ = estate.run("--to", estate.config(request_timeout_bounded={"maximum": "PT5M"}, sku_known="disabled"))
    assert code == 0
    assert "note: the proposed rules differ from those in force in nothing\n" in out
    assert estate.json("--to", "proposed.json")["differences"] == []


def test_a_level_alone_can_stop_deployments(estate: Estate) -> None:
    estate.config("now.json", request_timeout_bounded="advisory")
    proposed = ("--policy-config", "now.json", "--to", estate.config(request_timeout_bounded="mandatory"))
    value = estate.json(*proposed)
    assert [(one["change"], one["fails"], one["now"]["enforcement"]) for one in value["changes"]] == [
        ("stricter", True, "advisory")
    ]
    assert [one["stack"] for one in value["stopped"]] == ["dev"]
    back = estate.json("--policy-config", "proposed.json", "--to", "now.json")
    assert (back["summary"]["changes"]["milder"], back["summary"]["mandatory"], back["stopped"]) == (1, 0, [])
    assert estate.run("--policy-config", "proposed.json", "--to", "now.json")[0] == 0


def test_of_a_stack_that_was_not_read_nothing_is_said_but_that(estate: Estate) -> None:
    (estate.stacks / "test.json").write_bytes(b'{"version": 3, "checkpo')
    code, out, _ = estate.run("--to", estate.config(request_timeout_bounded={"maximum": "PT3M"}))
    assert code == 0
    assert "not read: ranking/test\n" in out
    assert "note: 1 stack not read: nothing is said of what the proposed rules would find there\n" in out
    assert out.splitlines()[-1].startswith("2 stacks read, 1 not read; by the proposed rules 0 new")
    assert estate.json("--to", "proposed.json")["not_read"][0]["stack"] == "test"


def test_what_cannot_be_judged_then_is_not_gone(estate: Estate) -> None:
    estate.write("dev", "PT2H", tags={"environment": ciphertext()})
    in_production = {"enforcementLevel": "mandatory", "production": {"maximum": "PT3M"}}
    value = estate.json("--to", estate.config(request_timeout_bounded=in_production))
    dev = {one["change"] for one in value["changes"] if (one["then"] or one["now"])["resource"]["stack"] == "dev"}
    assert dev == {"not known"}
    assert value["summary"]["not_judged"] == {"now": 0, "then": 1}


def test_waivers_that_would_cover_nothing_and_waivers_that_would_be_needed(estate: Estate) -> None:
    entry = "{rule: request-timeout-bounded, target: {stack: ranking/dev}, reason: r, owner: ml, ticket: T-1, "
    (estate.folder / "waivers.yaml").write_text(f"waivers:\n  - {entry}created: 2026-11-01, expires: 2027-01-31}}\n")
    terms = ("--waivers", "waivers.yaml", "--as-of", "2026-11-30")
    out = estate.run("--to", estate.config(request_timeout_bounded={"maximum": "PT3H"}), *terms)[1]
    assert "waiver T-1 of request-timeout-bounded for ranking/dev: covers 1 and would cover nothing\n" in out
    value = estate.json("--to", estate.config(request_timeout_bounded={"maximum": "PT10S"}), *terms)
    assert (value["summary"]["to_be_waived"], value["waivers"]) == (2, [])
    assert [one["stack"] for one in value["stopped"]] == ["prod", "test"]
    terms_of_waivers = {"not_waivable": [RULE]}
    value = estate.json("--to", estate.config(waivers_valid=terms_of_waivers), *terms, select="")
    assert {one["change"] for one in value["changes"]} == {"waiver ended"}
    assert [one["rule"] for one in value["differences"]] == ["waivers-valid"]


def test_rules_over_a_project_stop_no_deployment(estate: Estate) -> None:
    estate.write("dev", "PT30S", tags={**pool_inputs()["tags"], "environment": "dev"})
    estate.write("prod", "PT30S", sku={"name": "Standard_DS3_v2", "tier": "Standard", "capacity": 1})
    value = estate.json(
        *("--to", estate.config(production_capacity_leads="mandatory"), "--to-select", "production-capacity-leads")
    )
    assert (value["summary"]["mandatory"], value["stopped"]) == (1, [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "names no rules to compare with: --to FILE"),
        (("--to", "proposed.json"), "proposed.json:1: request-timeout-bounded.maximum: 'soon' is no ISO 8601 duration"),
        (("--to", "gone.json"), "gone.json"),
        (("--to-profile", "stern"), "'stern'"),
        (("--to-select", "no-such-rule"), "no rule is called 'no-such-rule'"),
        (("--to-rules", "gone.py"), "gone.py: no such file of rules"),
    ],
)
def test_what_cannot_be_compared_is_refused(estate: Estate, options: tuple[str, ...], message: str) -> None:
    estate.config(request_timeout_bounded={"maximum": "soon"})
    code, out, err = estate.run(*options)
    assert (code, out) == (2, "")
    assert message in err


def test_where_nothing_is_judged_it_exits_4(estate: Estate) -> None:
    for stack in ("dev", "test", "prod"):
        (estate.stacks / f"{stack}.json").write_bytes(text(checkpoint(stack_root(stack=stack), stack=stack)))
    assert estate.run("--to-profile", "strict")[0] == 4


def test_rules_of_ones_own_may_come(estate: Estate) -> None:
    (estate.folder / "own.py").write_text(OWN_RULE.replace("{body}", ""))
    (estate.folder / "other.py").write_text(OWN_RULE.replace("{body}", "return"))
    value = estate.json("--to-rules", "own.py", "--to-select", "shop")
    assert {one["then"]["rule"] for one in value["changes"] if one["change"] == "new"} == {"shop-zones-full"}
    assert {"rule": "shop-zones-full", "what": "enforcementLevel", "now": None, "then": "mandatory"} in value[
        "differences"
    ]
    value = estate.json("--rules", "own.py", "--to-rules", "other.py", select="shop")
    assert value["differences"] == [{"rule": "shop-zones-full", "what": "code", "now": "own.py", "then": "other.py"}]
    assert value["summary"]["changes"]["gone"] == 3


def test_a_proposed_rule_that_is_broken_is_no_answer(estate: Estate) -> None:
    (estate.folder / "own.py").write_text(OWN_RULE.replace("{body}", "1 / 0"))
    code, _, err = estate.run("--to-rules", "own.py", "--to-select", "shop")
    assert code == 3
    assert "error: shop-zones-full: the rule is broken" in err
    told = estate.json("--to-rules", "own.py", "--to-select", "shop")["changes"]
    assert {one["then"]["remedy"].partition("; ")[2] for one in told if one["then"]} == {
        "until then, disable shop-zones-full in the policy config."
    }


def test_a_rule_that_is_the_same_on_both_sides_judges_once(estate: Estate) -> None:
    (estate.folder / "own.py").write_text(
        OWN_RULE.replace("{body}", "Path('asked').open('a').write(options.on_unknown + ' ')")
    )
    own = ("--rules", "own.py", "--jobs", "1")
    cli.run(["audit", "backend", "--no-config", *own, "--select", "shop", "--quiet"])
    once = (estate.folder / "asked").read_text()
    (estate.folder / "asked").unlink()
    estate.run("--to", estate.config(request_timeout_bounded={"maximum": "PT3M"}), *own, select="")
    assert (estate.folder / "asked").read_text() == once
    (estate.folder / "asked").unlink()
    estate.run("--to", estate.config(shop_zones_full={"on_unknown": "fail"}), *own, select="")
    assert sorted((estate.folder / "asked").read_text()) == sorted(once + once.replace("report", "fail"))


def test_a_stack_that_is_expected_and_not_there_is_told(estate: Estate) -> None:
    (estate.folder / "expected.txt").write_text("ranking/dev\nranking/gone\n")
    proposed = estate.config(request_timeout_bounded={"maximum": "PT3H"})
    code, out, _ = estate.run("--to", proposed, "--expect", "expected.txt")
    assert code == 0
    assert "missing: ranking/gone" in out.splitlines()
    assert "3 stacks read, 1 missing; " in out
    assert estate.json("--to", proposed, "--expect", "expected.txt")["summary"]["stacks"]["missing"] == 1


@pytest.mark.parametrize(
    ("option", "told"),
    [("--cache=x", "what-if has no --cache, as audit has"), ("--shard", "what-if has no --shard, as audit has")],
)
def test_options_of_an_audit_that_it_has_not(
    estate: Estate, option: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        estate.run("--to", "proposed.json", option, "1/2")
    err = capsys.readouterr().err
    assert f": {told}\n" in err
    assert "did you mean" not in err
