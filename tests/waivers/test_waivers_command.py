"""`poolgate waivers list`, `lint` and `add`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from inference_pools.waivers_file import read
from poolgate import cli

REPORT_SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text("utf-8"))
DAY = "2026-12-01"
OPTIONS = {
    "rule": "capacity-bounded",
    "stack": "fleet/prod",
    "reason": "Load test: ahead # of the sale",
    "owner": "ml-platform",
    "ticket": "4711",
    "expires": "2027-01-31",
}
ADDED = """\
  - rule: capacity-bounded
    target:
      stack: fleet/prod
    reason: 'Load test: ahead # of the sale'
    owner: ml-platform
    ticket: '4711'
    created: 2026-12-01
    expires: 2027-01-31
"""


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POOLGATE_AS_OF", DAY)
    monkeypatch.delenv("POOLGATE_WAIVERS", raising=False)
    monkeypatch.chdir(tmp_path)


def add(file: Path | None, **changes: str) -> int:
    options = {**OPTIONS, **changes}
    words = [word for name, text in options.items() if text for word in (f"--{name.replace('_', '-')}", text)]
    return cli.run(["waivers", "add", *words, *(["--waivers", str(file)] if file else [])])


def entry(rule: str, created: str, expires: str, **changes: str) -> str:
    texts = {"reason": "x", "owner": "me", "ticket": "T-1", "created": created, "expires": expires, **changes}
    lines = "".join(f"    {name}: {text}\n" for name, text in texts.items())
    return f"  - rule: {rule}\n    target: {{stack: fleet/prod}}\n{lines}"


def test_the_first_waiver_begins_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(None) == 0
    assert (tmp_path / "waivers.yaml").read_bytes().decode() == f"waivers:\n{ADDED}"
    assert "waived until 2027-01-31 by ml-platform" in capsys.readouterr().out


BEFORE = [
    pytest.param("", f"waivers:\n{ADDED}", id="empty"),
    pytest.param("# ours\n", f"# ours\nwaivers:\n{ADDED}", id="a comment only"),
    pytest.param("# ours", f"# ours\nwaivers:\n{ADDED}", id="a comment without an end"),
    pytest.param("waivers:\n", f"waivers:\n{ADDED}", id="nothing under the key"),
    pytest.param("waivers:   # none yet\n", f"waivers:   # none yet\n{ADDED}", id="nothing but a comment"),
    pytest.param("waivers: []  # none\n", f"waivers:  # none\n{ADDED}", id="an empty list"),
    pytest.param("\ufeffwaivers: []\n", f"\ufeffwaivers:\n{ADDED}", id="an empty list after a mark"),
]


@pytest.mark.parametrize(("before", "after"), BEFORE)
def test_a_waiver_is_added_to_a_file_without_any(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "w.yaml"
    file.write_bytes(before.encode())
    assert add(file) == 0
    assert file.read_bytes().decode() == after


OTHERS = [
    pytest.param(entry("tags-required", "2026-11-01", "2027-01-01"), "  ", id="two spaces"),
    pytest.param(entry("tags-required", "2026-11-01", "2027-01-01") + "    # why, in short\n\n# the end", "  ",
                 id="comments at the end"),
    pytest.param(entry("tags-required", "2026-11-01", "2027-01-01", reason="|\n      two\n      lines"), "  ",
                 id="a block of text"),
    pytest.param(entry("tags-required", "2026-11-01", "2027-01-01").replace("\n  ", "\n").removeprefix("  "), "",
                 id="no indent"),
    pytest.param(entry("tags-required", "2026-11-01", "2027-01-01").replace("\n", "\r\n"), "  ", id="Windows"),
]  # fmt: skip


@pytest.mark.parametrize(("others", "indent"), OTHERS)
def test_every_byte_that_was_there_stays(tmp_path: Path, others: str, indent: str) -> None:
    file = tmp_path / "w.yaml"
    line_end = "\r\n" if "\r\n" in others else "\n"
    before = f"# Agreed with the owners, see the wiki.{line_end}waivers:{line_end}{others}"
    file.write_bytes(before.encode())
    assert add(file) == 0
    after = file.read_bytes().decode()
    assert after.startswith(before)
    added = ADDED if indent else ADDED.replace("\n  ", "\n").removeprefix("  ")
    assert after.removeprefix(before).lstrip("\r\n") == added.replace("\n", line_end)
    assert [waiver.rule for waiver in read(after).waivers] == ["tags-required", "capacity-bounded"]


def test_all_that_a_waiver_can_say(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    urn = "urn:pulumi:prod::fleet::azure-native:machinelearningservices:InferencePool::chat"
    assert add(file, urn=urn, path='tags["cost center"]', approved_by="Ada L.", reason="ja: nein", ticket="yes") == 0
    one = read(file.read_text("utf-8")).waivers[0]
    assert (one.target.urn, one.target.path, one.approved_by) == (urn, 'tags["cost center"]', "Ada L.")
    assert (one.reason, one.ticket) == ("ja: nein", "yes")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "capacity-bound"}, "rule: is capacity-bound: no such rule; did you mean capacity-bounded?"),
        ({"rule": "no-plaintext-secret"}, "rule: is no-plaintext-secret, which cannot be waived"),
        ({"rule": "waivers-valid"}, "rule: is waivers-valid, which cannot be waived"),
        ({"rule": "*"}, "rule: is '*', expected a rule's id, or the beginning of one and *"),
        ({"expires": "2026-11-30"}, "expires: is 2026-11-30, before created (2026-12-01)"),
        ({"expires": "2027-12-02"}, "expires: is 2027-12-02, 366 days after created, the limit is 365"),
        ({"expires": "next year"}, "expires: is 'next year', expected a date such as 2027-01-31"),
        ({"stack": ""}, "target: names neither a urn nor a stack: it would cover every stack there is"),
        ({"stack": "prod"}, "target.stack: is 'prod', expected PROJECT/STACK"),
        ({"reason": " "}, "reason: is empty"),
    ],
)
def test_what_would_not_hold_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], message: str
) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("waivers: []\n")
    assert add(file, **changes) == 2
    assert message in capsys.readouterr().err
    assert file.read_text() == "waivers: []\n"


def test_the_policy_sets_the_terms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "policy.json"
    config.write_text(json.dumps({"waivers-valid": {"maximum_days": 30, "approval_required": True}}))
    words = [word for name, text in OPTIONS.items() for word in (f"--{name}", text)]
    assert cli.run(["waivers", "add", *words, "--policy-config", str(config)]) == 2
    assert "61 days after created, the limit is 30" in capsys.readouterr().err
    assert not (tmp_path / "waivers.yaml").exists()


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("waivers: [{rule: x}]\n", "w.yaml:1:11: waivers[0].reason: is missing"),
        ("waivers: {}\n", "waivers: is no list of waivers"),
        ("a: 1\n", "a: no such key"),
        ("waivers: [\n", "is no YAML"),
        ("waivers: []\n...\n", "cannot be added to"),
    ],
)
def test_a_file_that_nothing_can_be_added_to_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, message: str
) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(before)
    assert add(file) == 2
    assert message in capsys.readouterr().err
    assert file.read_text() == before


def test_a_list_in_brackets_is_not_rewritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "w.yaml"
    one = json.dumps({**OPTIONS, "target": {"stack": "fleet/dev"}, "created": DAY, "stack": None})
    entry_ = {name: value for name, value in json.loads(one).items() if value is not None}
    before = json.dumps({"waivers": [entry_]})
    file.write_text(before)
    assert add(file) == 2
    assert "w.yaml:1: the list is written in brackets" in capsys.readouterr().err
    assert file.read_text() == before


def lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines()]


FILE = "waivers:\n" + "".join(
    [
        entry("capacity-bounded", "2026-11-01", "2027-03-01"),
        entry("tags-required", "2026-11-01", "2026-11-30"),
        entry("sku-*", "2026-11-01", "2026-12-05"),
        entry("no-plaintext-secret", "2026-11-01", "2027-03-01"),
        entry("sku-known", "2027-01-01", "2027-03-01"),
    ]
)


def test_list_has_what_needs_attention_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(FILE)
    assert cli.run(["waivers", "list", "--waivers", str(file)]) == 0
    rows = lines(capsys)
    assert rows[0][:4] == ["id", "standing", "expires", "rule"]
    assert [row[1:4] for row in rows[1:]] == [
        ["invalid", "2027-03-01", "no-plaintext-secret"],
        ["expired", "2026-11-30", "tags-required"],
        ["expiring", "2026-12-05", "sku-*"],
        ["early", "2027-03-01", "sku-known"],
        ["active", "2027-03-01", "capacity-bounded"],
    ]


def test_list_as_json_is_in_the_order_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(FILE)
    assert cli.run(["waivers", "list", "--waivers", str(file), "--format", "json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [one["standing"] for one in found] == ["active", "expired", "expiring", "invalid", "early"]
    assert found[0]["target"] == {"stack": "fleet/prod"}
    assert (found[1]["days_left"], found[1]["location"]["line"]) == (-1, 9)
    assert found[3]["problems"] == ["rule is no-plaintext-secret, which cannot be waived"]


def test_list_of_the_policy_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "policy.json"
    inline = {"waivers": [{name: text for name, text in OPTIONS.items() if name != "stack"}]}
    inline["waivers"][0] |= {"target": {"stack": "fleet/prod"}, "created": "2026-11-22"}  # type: ignore[dict-item]
    config.write_text(json.dumps({"waivers-valid": {"inline": inline}}))
    assert cli.run(["waivers", "list", "--policy-config", str(config)]) == 0
    assert [row[1] for row in lines(capsys)] == ["standing", "active"]


def test_no_waivers_at_all_is_never_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["waivers", "list"]) == 4
    assert "name the file with --waivers" in capsys.readouterr().err
    assert cli.run(["waivers", "lint"]) == 2
    assert "waivers.yaml: cannot be read" in capsys.readouterr().err


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    code = cli.run([*arguments, "--format", "json"])
    written = json.loads(capsys.readouterr().out)
    jsonschema.validate(written, REPORT_SCHEMA, format_checker=jsonschema.FormatChecker())
    findings: list[dict[str, Any]] = written["findings"]
    return code, findings


def test_lint_tells_how_it_stands_with_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "waivers.yaml").write_text(FILE)
    code, findings = report(capsys, "waivers", "lint")
    assert code == 1
    assert {(one["path"], one["enforcement"], one["location"]["line"]) for one in findings} == {
        ("waivers[1].expires", "mandatory", 15),
        ("waivers[2].expires", "advisory", 22),
        ("waivers[3].rule", "mandatory", 23),
        ("waivers[4].created", "advisory", 35),
    }


def test_lint_tells_all_that_is_malformed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "waivers.yaml").write_text("waivers:\n  - rule: tags-required\n    expires: soon\n")
    code, findings = report(capsys, "waivers", "lint")
    assert code == 1
    assert {one["outcome"] for one in findings} == {"unreadable"}
    assert any(one["message"].startswith("waivers[0].expires: is 'soon'") for one in findings)
    assert len(findings) == 6


def test_lint_is_content_with_what_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "waivers.yaml").write_text("waivers:\n" + entry("tags-required", "2026-11-01", "2027-03-01"))
    assert report(capsys, "waivers", "lint") == (0, [])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"waivers:\n{ADDED}", None),
        (f"waivers:\n{ADDED}    approved_by: Ada\n", ("waivers-schema", 10, 5)),
        (f"waivers:\n{ADDED}".replace("2027-01-31", "2027-02-31"), ("waivers-schema", 9, 14)),
        ("waivers: []\nwaivers: []\n", ("yaml-syntax", 2, 1)),
    ],
)
def test_the_lint_of_a_repository_looks_at_its_waivers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, place: tuple[str, int, int] | None
) -> None:
    """Days are written without quotation marks, as nobody puts them in some."""
    (tmp_path / "waivers.yaml").write_text(text)
    code, findings = report(capsys, "lint")
    found = [(one["rule"], one["location"]["line"], one["location"]["column"]) for one in findings]
    assert found == ([place] if place else [])
    assert code == bool(place)
