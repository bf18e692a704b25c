"""The shards of an audit, merged, say what the one audit says: in every format, byte for byte."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audit.state_builder import checkpoint, export, pool, provider, slow_pool_inputs, stack_root, text, urn
from inference_pools.policy_config import default_settings
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from poolgate import cli
from poolgate.audit.batches import Batch, Part
from poolgate.audit.listing import list_states
from poolgate.audit.run import Auditor, audit
from poolgate.audit.shards import Shard
from poolgate.audit.written import DamagedError, from_json, to_json
from poolgate.report import FORMATS

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text("utf-8"))
DAY = "--as-of=2026-11-30"


def run(*arguments: Path | str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        try:
            code = cli.run([*map(str, arguments)])
        except SystemExit as misused:
            code = int(str(misused.code))
        return code, out.getvalue(), err.getvalue()


def placed(document: dict[str, Any], *, project: str, stack: str) -> bytes:
    """A state of another stack: its URNs are what tells."""
    return text(document).replace(b"prod::ranking::", f"{stack}::{project}::".encode())


def state(timeout: str = "PT2H", name: str = "ranker", **members: Any) -> dict[str, Any]:
    return export(stack_root(), provider(), pool(name, slow_pool_inputs(timeout)), **members)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backend of four projects and a folder of exports, with all that an audit has a word for."""
    root = tmp_path_factory.mktemp("estate")
    stacks = root / "backend/.pulumi/stacks"
    for number in range(4):
        for stack in ("dev", "prod"):
            file = stacks / f"project-{number}" / f"{stack}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            document = checkpoint(stack_root(), provider(), pool(inputs=slow_pool_inputs(f"PT{number + 1}H")))
            if (number, stack) == (2, "prod"):
                new = pool("new", slow_pool_inputs())
                document["checkpoint"]["latest"]["pending_operations"] = [{"resource": new, "type": "creating"}]
            file.write_bytes(placed(document, project=f"project-{number}", stack=stack))
    (stacks.parent / "meta.yaml").write_text("version: 1\n")
    (stacks / "project-1" / "torn.json").write_bytes(text(checkpoint(pool()))[:700])
    for odd in ("old", "older"):
        (stacks / f"{odd}.json").write_bytes(placed(checkpoint(pool()), project=odd, stack=odd))  # of the old layout
    lock = stacks.parent / "locks/organization/project-3/dev/1.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")
    os.utime(lock, (0, 0))
    exports = root / "exports"
    exports.mkdir()
    for day in ("20", "21"):
        document = state()
        document["deployment"]["manifest"] = {"time": f"2026-11-{day}T10:00:00Z"}
        for project in ("search", "adverts"):
            (exports / f"{project}-{day}.json").write_bytes(placed(document, project=project, stack="prod"))
    (exports / "empty.json").write_bytes(text(checkpoint(stack="dev")))
    (exports / "other.json").write_text("{}")
    (exports / "broken.json").write_text("{")
    (exports / "served.json").write_bytes(
        placed(
            export(
                {
                    **pool(),
                    "type": (kind := "azure-native:machinelearningservices:BatchEndpoint"),
                    "urn": urn(kind, "b"),
                }
            ),
            project="batch",
            stack="prod",
        )
    )
    (root / "waivers.json").write_text(
        json.dumps(
            {
                "waivers": [
                    waiver("project-0/dev"), waiver("project-1/*"), waiver("project-*/*", rule="tags-required"),
                    waiver("search/*", rule="tags-required"), waiver("search/prod", expires="2026-11-29"),
                ],
            }
        )
    )  # fmt: skip
    (root / "expected.txt").write_text("project-1/dev\nproject-10/gone\n")
    return root


def waiver(stack: str, rule: str = "request-timeout-bounded", expires: str = "2026-12-31") -> dict[str, Any]:
    return {
        "rule": rule, "target": {"stack": stack}, "reason": "a long job", "owner": "ml-platform",
        "ticket": "ML-1", "created": "2026-11-01", "expires": expires,
    }  # fmt: skip


@pytest.fixture
def here(estate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The estate, where poolgate is started; all runs take place at the same time and take as long."""
    monkeypatch.chdir(estate)
    finish, span = cli._finish, (datetime(2026, 11, 30, 8, tzinfo=UTC), 1.0)
    # Of a merge it is what its shards tell.
    monkeypatch.setattr(cli, "_finish", lambda *given, **named: finish(*given, **{"span": span, **named}))
    return estate


def shards_of(of: int, folder: Path, *arguments: str, sources: tuple[str, ...] = ("backend", "exports")) -> list[Path]:
    files = []
    for number in range(1, of + 1):
        file = folder / f"shard-{number}.json"
        code, _, err = run(
            "audit", *sources, f"--shard={number}/{of}", DAY, "--format=json", "--output", file, *arguments
        )
        assert code in (0, 1), err
        files.append(file)
    return files


def without_run(report: str) -> str:
    """A JSON report without what may differ between two runs."""
    return json.dumps({**json.loads(report), "run": None}, indent=2) if report.startswith("{") else report


@pytest.mark.parametrize("of", [1, 3, 16])
def test_a_merge_has_the_same_bytes_as_the_audit_in_every_format(here: Path, tmp_path: Path, of: int) -> None:
    shards = shards_of(of, tmp_path)
    whole = ("--waivers=waivers.json", "--expect=expected.txt", DAY, "--verbose")
    reports = [f"--also={format_}={tmp_path / 'NAME'}.{format_}" for format_ in FORMATS]
    told = {}
    for name, command in {"audit": ["audit", "backend", "exports"], "merge": ["merge", *map(str, shards)]}.items():
        code, _, err = run(*command, *whole, *(one.replace("NAME", name) for one in reports))
        assert (code, err) == (1, "")
        told[name] = {one: without_run((tmp_path / f"{name}.{one}").read_text()) for one in FORMATS}
    for format_ in FORMATS:
        assert told["merge"][format_] == told["audit"][format_], format_
    merged = json.loads((tmp_path / "merge.json").read_text())
    jsonschema.validate(merged, SCHEMA)
    assert [shard["number"] for shard in merged["run"]["shards"]] == [*range(1, of + 1)]
    audited = json.loads((tmp_path / "audit.json").read_text())
    assert merged["run"]["inputs"] == audited["run"]["inputs"]
    # The estate has what it takes to tell: all of it came through.
    assert {entry["why"] for entry in audited["passed_over"]} > {"holds no state", "has nothing that rules judge"}
    assert {finding["rule"] for finding in audited["findings"]} > {"state-readable", "stack-expected", "waivers-valid"}
    assert any("judged by the newest: adverts/prod" in note and "search/prod" in note for note in audited["notes"])
    assert any("does not show" in note for note in audited["notes"])


def test_each_state_is_of_one_shard_whatever_folder_it_lies_in(estate: Path, tmp_path: Path) -> None:
    shutil.copytree(estate / "exports", tmp_path / "elsewhere/of/exports")

    def owners(folder: Path) -> dict[str, list[int]]:
        files = list_states([str(folder)])
        return {Path(one.name).name: [n for n in range(1, 8) if Shard(n, 7).has(one)] for one in reversed(files)}

    there, here = owners(tmp_path / "elsewhere/of/exports"), owners(estate / "exports")
    assert there == here
    assert {len(numbers) for numbers in here.values()} == {1}
    assert here["search-20.json"] == here["search-21.json"]


def test_the_stacks_of_a_project_are_of_one_shard(tmp_path: Path) -> None:
    """In the backend the folder tells, in an export what it holds, be it compressed as no first bytes are read."""
    import zstandard

    stacks = tmp_path / ".pulumi/stacks/ranking"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_bytes(text(checkpoint(pool())))
    (tmp_path / "packed.json.zst").write_bytes(zstandard.compress(placed(state(), project="ranking", stack="prod")))
    (tmp_path / "late.json").write_bytes(b" " * 20_000 + placed(state(), project="ranking", stack="test"))
    files = list_states([f"file://{tmp_path}", str(tmp_path / "packed.json.zst"), str(tmp_path / "late.json")])
    assert len(files) == 3
    assert len({next(n for n in range(1, 100) if Shard(n, 99).has(file)) for file in files}) == 1


def test_a_shard_without_states_fails_no_job_and_the_merge_of_nothing_does(here: Path, tmp_path: Path) -> None:
    (tmp_path / "states").mkdir()
    (tmp_path / "states/other.json").write_text("{}")
    files = shards_of(3, tmp_path / "out", sources=(str(tmp_path / "states"),))
    for file in files:
        report = json.loads(file.read_text())
        jsonschema.validate(report, SCHEMA)
        assert report["summary"]["conclusion"] == "nothing judged"
        assert any(note.startswith(f"shard {report['shard']['number']}/3: ") for note in report["notes"])
    code, _, err = run("merge", *files)
    assert code == 4
    assert "none of 1 JSON files is one" in err
    assert run("audit", tmp_path / "states")[2] == err
    (tmp_path / "nothing").mkdir()
    assert run("audit", tmp_path / "nothing", "--shard=1/3")[0] == 4


def test_a_waiver_is_stale_by_what_all_shards_found(here: Path, tmp_path: Path) -> None:
    waivers = "--waivers=waivers.json"
    sources = ("backend/.pulumi/stacks/project-0", "backend/.pulumi/stacks/project-3", "exports/search-21.json")
    shards = shards_of(3, tmp_path, waivers, sources=sources)
    said = [finding["message"] for file in shards for finding in json.loads(file.read_text())["findings"]]
    assert not any("covers nothing that was found" in message for message in said)
    assert any(json.loads(file.read_text())["summary"]["outcomes"].get("waived") for file in shards)
    _, out, _ = run("merge", *shards, waivers, DAY, "--format=json")
    stale = [finding for finding in json.loads(out)["findings"] if finding["rule"] == "waivers-valid"]
    _, audited, _ = run("audit", *sources, waivers, DAY, "--format=json")
    assert stale == [finding for finding in json.loads(audited)["findings"] if finding["rule"] == "waivers-valid"]
    assert len(stale) == 3


def test_what_cannot_be_listed_is_told_by_each_shard_and_once_by_the_merge(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refused(folder: Any) -> Any:
        if Path(folder).name == "project-2":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refused)
    shards = shards_of(3, tmp_path)
    for file in shards:
        assert "cannot be searched" in file.read_text()
    _, merged, _ = run("merge", *shards, DAY, "--format=json")
    _, audited, _ = run("audit", "backend", "exports", DAY, "--format=json")
    assert without_run(merged) == without_run(audited)


@pytest.mark.parametrize(
    ("option", "value"), [("--expect", "expected.txt"), ("--history", "history"), ("--base", "waivers.json")]
)
def test_what_needs_all_states_is_for_the_merge(here: Path, option: str, value: str) -> None:
    code, _, err = run("audit", "backend", "--shard=1/2", option, value)
    assert code == 2
    assert f"{option} needs all states, and a shard sees some: give it to `poolgate merge`" in err


@pytest.mark.parametrize("written", ["0/2", "3/2", "1/1001", "1", "a/b", "-1/2", "1/2/3"])
def test_what_is_no_shard_is_refused(written: str) -> None:
    code, _, err = run("audit", ".", f"--shard={written}")
    assert code == 2
    assert "expected such as 3/16" in err


def test_what_can_be_read_once_is_no_source_of_a_shard(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for source in ("-", tmp_path / "pipe"):
        code, _, err = run("audit", source, "--shard=1/2")
        assert code == 2
        assert "can be read once only" in err


@pytest.fixture(scope="module")
def reports(estate: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The reports of three shards."""
    folder = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(estate)
        return {file.name: json.loads(file.read_text()) for file in shards_of(3, folder)}


def change(report: dict[str, Any], *keys: Any, to: Any) -> dict[str, Any]:
    """A copy in which something is something else."""
    copy = json.loads(json.dumps(report))
    inner = copy
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = to
    return dict(copy)


FOREIGN: list[tuple[tuple[Any, ...], Any, str]] = [
    (("shard", "of"), 4, "shard 2/4 is one of 4 shards, and shard 1/3 one of 3"),
    (("shard", "day"), "2026-12-01", "judged as of 2026-12-01, and shard 1/3 as of 2026-11-30"),
    (("shard", "sources"), ["other"], "audited other, and shard 1/3 backend, exports"),
    (("shard", "left_out"), "", "left out other files than shard 1/3"),
    (("shard", "rules", "tags-required"), "", "other rules or options than those in force here: tags-required"),
    (("tool", "version"), "2020.1.0", "is of poolgate 2020.1.0, and this is "),
    (("schema_version",), "0.1", "is no report of poolgate's"),
    (("error",), {"exit_code": 3, "message": "out of luck"}, "shard 2/3 came to no verdict: out of luck"),
    (("shard", "number"), 3, "is shard 3/3, and so is "),
    (("shard", "number"), 4, "is damaged"),
    (("shard",), None, "is damaged"),
    (("shard", "found"), {}, "is damaged"),
    (("shard", "found", "own", "findings"), [[99999] * 13], "is damaged"),
    (("shard", "found", "own", "stacks"), -1, "is damaged"),
    (("shard", "found", "own", "incomplete"), 256, "is damaged"),
    (("shard", "found", "own", "under_way"), {"a/b": ["lokced"]}, "is damaged"),
    (("shard", "found", "own", "texts", 0), 7, "is damaged"),
    (("shard", "found", "own", "whose"), {"a/b": ["ml"] * 5}, "is damaged"),
    (("shard", "found", "own", "resources_whose"), {"a/b": [0] * 5}, "is damaged"),
    (("shard", "found", "aside"), None, "is damaged"),
    (("shard", "found", "aside", "files"), float("inf"), "is damaged"),
]


@pytest.mark.parametrize(("keys", "to", "message"), FOREIGN)
def test_a_shard_of_another_run_is_refused_by_name(
    reports: dict[str, Any], here: Path, tmp_path: Path, keys: tuple[Any, ...], to: Any, message: str
) -> None:
    for name, report in reports.items():
        changed = change(report, *keys, to=to) if name == "shard-2.json" else report
        (tmp_path / name).write_text(json.dumps(changed))
    code, out, err = run("merge", *tmp_path.iterdir(), DAY, "--format=json")
    assert code == 2
    assert message in err
    assert json.loads(out)["error"]["exit_code"] == 2


def test_missing_shards_are_named_and_a_merge_without_them_is_partial(
    reports: dict[str, Any], here: Path, tmp_path: Path
) -> None:
    file = tmp_path / "shard-2.json"
    file.write_text(json.dumps(reports["shard-2.json"]))
    stopped = tmp_path / "shard-1.json"
    stopped.write_text(json.dumps(change(reports["shard-1.json"], "error", to={"exit_code": 3, "message": "no luck"})))
    code, _, err = run("merge", file, DAY)
    assert (code, "shards 1, 3 of 3 are missing" in err) == (2, True)
    code, out, _ = run("merge", file, stopped, DAY, "--partial", "--format=json", "--expect=expected.txt")
    assert code == 3
    report = json.loads(out)
    jsonschema.validate(report, SCHEMA)
    assert report["summary"]["conclusion"] == "incomplete"
    assert any(note.startswith("shards 1, 3 of 3 are missing: ") for note in report["notes"])
    # Of what is expected, project-10 is of shard 2, and project-1 is not.
    assert [one["stack"] for one in report["stacks"] if one["standing"] == "missing"] == ["gone"]
    assert any(
        note.startswith("1 expected stack is, or may be, of a shard that is missing") for note in report["notes"]
    )
    assert run("merge", file, stopped, DAY, "--partial", "--exit-zero")[0] == 3
    code, _, err = run("merge", file, stopped, DAY, "--partial", "--history=nights")
    assert (code, "--history needs all shards" in err) == (2, True)


def stop_after_the_first(patch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C, once one project was judged."""
    judge, judged = Auditor.judge, []

    def stopped(self: Auditor, batch: Batch) -> Part:
        if judged:
            raise KeyboardInterrupt
        judged.append(batch)
        return judge(self, batch)

    patch.setattr("poolgate.audit.batches.MOST_STATES", 1)
    patch.setattr(Auditor, "judge", stopped)


def test_a_merge_of_a_shard_that_was_stopped_is_a_part(here: Path, tmp_path: Path) -> None:
    first, second = shards_of(2, tmp_path)
    run("audit", "backend", "exports", DAY, "--format=json", "--output", tmp_path / "all.json")
    with pytest.MonkeyPatch.context() as patch:
        stop_after_the_first(patch)
        arguments = ("audit", "backend", "exports", DAY, "--jobs=1", "--shard=1/2", "--format=json", "--output", first)
        assert run(*arguments)[0] == 130
    part = json.loads(first.read_text("utf-8"))
    by, judged, states, unread, _ = part["shard"]["found"]["own"]["partial"]
    assert (by, judged, states) == ("SIGINT", *(part["summary"]["partial"][key] for key in ("judged", "states")))
    assert 0 < judged < states == judged + len(unread)

    also = [f"--also={name}={tmp_path / f'report.{name}'}" for name in FORMATS]
    waived = ("--waivers=waivers.json", "--expect=expected.txt", "--exit-zero")
    assert run("merge", second, first, DAY, *waived, *also)[0] == 130
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    jsonschema.validate(report, SCHEMA)
    others = json.loads(second.read_text("utf-8"))["summary"]["accounts"]
    total = json.loads((tmp_path / "all.json").read_text("utf-8"))
    told = report["summary"]["partial"]
    assert (told["by"], told["states"] - told["judged"]) == ("SIGINT", len(unread))
    assert report["summary"]["conclusion"] == "incomplete"
    assert report["summary"]["accounts"]["missing"] == 0
    assert report["summary"]["accounts"]["not read"] == others["not read"] + part["summary"]["accounts"]["not read"]
    assert f"shard 1/2 was stopped by SIGINT when {judged} of {states} states had been judged" in report["notes"]
    assert not [one for one in report["findings"] if "covers nothing" in one["message"]]
    said = f"stopped by SIGINT when {told['judged']} of {told['states']} states had been judged"
    written = {name: " ".join((tmp_path / f"report.{name}").read_text("utf-8").split()) for name in FORMATS}
    assert [name for name, text_ in written.items() if said not in text_] == ["json"]  # It says so by members.

    run("merge", first, second, DAY, "--format=json", "--output", tmp_path / "part.json")
    change = json.loads(run("diff", "--format=json", tmp_path / "all.json", tmp_path / "part.json")[1])
    assert (change["gone"], change["vanished"]) == ([], [])
    assert len(change["not_read"]) >= len(unread) / 2
    assert len(report["findings"]) < len(total["findings"])

    code, _, err = run("merge", first, second, DAY, f"--history={tmp_path / 'nights'}")
    assert (code, "--history needs all states, and shard 1/2 was stopped" in err) == (2, True)
    assert not (tmp_path / "nights").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("shard-1.json", "is the report of one shard, and names some of the stacks"),
        ("merged.json", "merges shards of which some are missing or were stopped, and names some of the stacks"),
    ],
)
def test_what_met_a_part_of_the_stacks_expects_no_others(
    reports: dict[str, Any], here: Path, tmp_path: Path, given: str, said: str
) -> None:
    shard = tmp_path / "shard-1.json"
    shard.write_text(json.dumps(reports["shard-1.json"]))
    assert run("merge", shard, DAY, "--partial", "--format=json", f"--output={tmp_path / 'merged.json'}")[0] == 3
    code, _, err = run("audit", "backend", "--expect", tmp_path / given)
    assert (code, said in err) == (2, True), err


def test_an_entry_of_owners_may_be_for_a_shard_that_is_missing(
    reports: dict[str, Any], here: Path, tmp_path: Path
) -> None:
    shards = [tmp_path / name for name in reports]
    for shard in shards:
        shard.write_text(json.dumps(reports[shard.name]))
    owners = tmp_path / "owners.yaml"
    owners.write_text("stacks:\n  - {stack: elsewhere/*, team: search}\n")
    noted = []
    for those in (shards, shards[:1]):
        _, out, _ = run("merge", *those, DAY, "--partial", "--format=json", f"--owners={owners}")
        noted.append("cover" in " ".join(json.loads(out)["notes"]))
    assert noted == [True, False]


def test_a_report_of_no_shard_is_refused(here: Path, tmp_path: Path) -> None:
    run("audit", "backend", "--format=json", "--output", tmp_path / "whole.json")
    for content, message in (
        ((tmp_path / "whole.json").read_text(), "is no report of a shard"),
        ("[]", "is no report of poolgate's"),
        ("{", ":1: is no JSON"),
        ("[" * 100_000, "nested too deep"),
    ):
        (tmp_path / "it.json").write_text(content)
        code, _, err = run("merge", tmp_path / "it.json")
        assert (code, message in err) == (2, True), err


def test_shards_that_met_other_states_are_told_of(reports: dict[str, Any], here: Path, tmp_path: Path) -> None:
    for name, report in reports.items():
        listed = report["shard"]["listed"] + (name == "shard-3.json")
        (tmp_path / name).write_text(json.dumps(change(report, "shard", "listed", to=listed)))
    _, out, _ = run("merge", *tmp_path.iterdir(), DAY, "--format=json")
    assert any("some came or went between the first shard and the last" in note for note in json.loads(out)["notes"])


def test_a_merge_judges_as_of_the_day_of_its_shards(here: Path, tmp_path: Path) -> None:
    shards = shards_of(2, tmp_path, "--as-of=2027-03-01")
    assert run("merge", *shards, "--as-of=2027-03-02")[0] == 2
    _, out, _ = run("merge", *shards, "--waivers=waivers.json", "--format=json")
    report = json.loads(out)
    assert "judged as of 2027-03-01, when the shards were" in report["notes"]
    assert any("expires" in finding["path"] for finding in report["findings"] if finding["rule"] == "waivers-valid")


def test_a_history_is_the_same(here: Path, tmp_path: Path) -> None:
    shards = shards_of(3, tmp_path / "shards")
    run("audit", "backend", "exports", DAY, "--history", tmp_path / "of-audit")
    run("merge", *shards, DAY, "--history", tmp_path / "of-merge")
    told = [run("history", tmp_path / name, "--format=json")[1] for name in ("of-audit", "of-merge")]
    audited, merged = (re.sub(r'(?<="audit": ")\w+', "", one) for one in told)
    assert audited == merged
    assert json.loads(audited)["changes"]


def test_a_merge_took_place_when_its_shards_did(here: Path, tmp_path: Path) -> None:
    """From when the first of them began until the last one ended, in the report and in the history."""
    shards = shards_of(3, tmp_path / "shards")
    for shard, started, seconds in zip(shards, ("08:00:05", "07:59:30", "08:00:00"), (2.0, 1.0, 20.5), strict=True):
        report = json.loads(shard.read_text("utf-8"))
        report["run"] |= {"started": f"2026-11-30T{started}+00:00", "duration_seconds": seconds}
        shard.write_text(json.dumps(report), "utf-8")
    _, out, _ = run("merge", *shards, DAY, "--format=json", "--history", tmp_path / "history")
    took_place = json.loads(out)["run"]
    assert (took_place["started"], took_place["duration_seconds"]) == ("2026-11-30T07:59:30+00:00", 50.5)
    _, told, _ = run("history", tmp_path / "history", "--format=json")
    assert [audit["started"] for audit in json.loads(told)["audits"]] == ["2026-11-30T07:59:30+00:00"]


def _timeouts(found: dict[str, Any]) -> None:
    found["findings"][0][4] = -1.5


@pytest.mark.parametrize(
    "damage",
    [
        lambda found: found.pop("texts"),
        lambda found: found["outcomes"].update(odd=1),
        lambda found: found.update(stacks=True),
        lambda found: found["notes"].append(None),
        _timeouts,
        lambda found: found["findings"][0][7].append(None),
        lambda found: found["findings"][0][9].__setitem__(2, []),
        lambda found: found["findings"][0][9].__setitem__(2, 0),
        lambda found: found.update(homes=[]),
        lambda found: found.update(partial=["SIGINT", 1, 2, [["ranking", "prod"]]]),
    ],
)
def test_what_was_written_otherwise_is_damaged(estate: Path, damage: Callable[[dict[str, Any]], Any]) -> None:
    tally = audit([str(estate / "backend")], default_settings([request_timeout_bounded]), keep_passes=True)
    found = to_json(tally)
    assert from_json(json.loads(json.dumps(found))) == tally
    damage(found)
    with pytest.raises(DamagedError):
        from_json(found)
