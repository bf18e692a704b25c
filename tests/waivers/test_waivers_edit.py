"""`poolgate waivers extend`, `remove` and `prune`, what `add` refuses, and what `list` says that each covers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference_pools.waivers_file import read
from poolgate import cli
from waivers.life import RULE, write_state

FILE = """\
# Agreed in the platform round.
waivers:
  # For the sale.
  - rule: capacity-bounded
    target: {stack: life/dev}
    reason: Load test  # ahead of the sale
    owner: ml
    ticket: OPS-1
    created: 2026-11-01
    expires: '2027-01-31'  # agreed with ops
      # inside of the first

  - rule: tags-required
    target:
      stack: life/dev
    reason: |
      Two
      lines
    owner: ml
    ticket: OPS-2
    created: 2026-11-01
    expires: 2026-11-30

  # Above the third.
  -
    rule: sku-known
    target: {stack: life/dev}
    reason: x
    owner: ml
    ticket: OPS-2
    created: 2026-11-01
    expires: 2027-02-28
# The end.
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-12-01")
    monkeypatch.delenv("POOLGATE_WAIVERS", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "waivers.yaml").write_text(FILE)
    return tmp_path / "waivers.yaml"


def waivers(*words: str) -> int:
    return cli.run(["waivers", *words])


@pytest.mark.parametrize("named", ["OPS-1", "0", "waivers[0]"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_one_is_extended_and_nothing_else_changes(file: Path, named: str, line_end: str) -> None:
    before = "\ufeff" + FILE.replace("\n", line_end)
    file.write_bytes(before.encode())
    assert waivers("extend", named, "--until", "2027-03-31") == 0
    assert file.read_bytes().decode() == before.replace("2027-01-31", "2027-03-31")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("extend", "OPS-1", "--until", "2027-01-31"), "--until: is 2027-01-31, and waivers[0] capacity-bounded"),
        (("extend", "OPS-1", "--until", "2028-01-31"), "456 days after created, the limit is 365; nothing was written"),
        (("extend", "OPS-9", "--until", "2027-03-31"), "waivers.yaml: has no waiver 'OPS-9'; did you mean 'OPS-2'?"),
        (("remove", "3"), "has no waiver '3'; name a ticket, or a number that `waivers list` shows (0 to 2)"),
        (("remove", "OPS-2"), "2 waivers have the ticket OPS-2, name one by its number: waivers[1] tags-required"),
    ],
)
def test_what_cannot_be_changed_is_told(
    file: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert waivers(*words) == 2
    assert message in capsys.readouterr().err
    assert file.read_text() == FILE


def test_removed_goes_with_what_is_inside_of_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert waivers("remove", "OPS-1", "2") == 0
    out = capsys.readouterr().out
    assert "waivers.yaml: removed waivers[0] capacity-bounded for life/dev, until 2027-01-31 (ml, OPS-1)\n" in out
    assert [line for line in out.splitlines() if "comment above" in line] == [
        "waivers.yaml: the comment above it was kept: line 3 of the file before",
        "waivers.yaml: the comment above it was kept: line 24 of the file before",
    ]
    head, tail = FILE.index("  - rule: capacity"), FILE.index("\n  - rule: tags")
    third = FILE.index("  -\n")
    assert file.read_text() == FILE[:head] + FILE[tail:third] + "# The end.\n"
    assert waivers("remove", "0") == 0
    assert file.read_text() == (
        "# Agreed in the platform round.\nwaivers:\n  # For the sale.\n\n  # Above the third.\n# The end.\n"
    )
    assert waivers("prune") == 0


def test_what_has_expired_is_pruned(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert waivers("prune") == 0
    assert capsys.readouterr().out == (
        "waivers.yaml: removed waivers[1] tags-required for life/dev, until 2026-11-30 (ml, OPS-2)\n"
    )
    assert [waiver.rule for waiver in read(file.read_text()).waivers] == ["capacity-bounded", "sku-known"]
    start, end = FILE.index("  - rule: tags"), FILE.index("  # Above")
    assert file.read_text() == FILE[:start] + FILE[end:]
    after = file.read_text()
    assert waivers("prune") == 0
    assert capsys.readouterr().out == "waivers.yaml: no waiver has expired, nothing was removed\n"
    assert waivers("prune", "--as-of", "2027-12-01") == 0
    assert len(read(file.read_text()).waivers) == 0
    assert after != file.read_text()


def test_what_others_refer_to_is_left_to_people(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FILE.replace("created: 2026-11-01\n    expires: '", "created: &day 2026-11-01\n    expires: '", 1)
    text = text.replace("created: 2026-11-01\n    expires: 2027-02-28", "created: *day\n    expires: 2027-02-28")
    file.write_text(text)
    assert waivers("remove", "0") == 2
    assert "waivers.yaml:4: cannot be changed without touching more than this waiver" in capsys.readouterr().err
    assert file.read_text() == text


ADD = ["add", "--reason", "x", "--owner", "me", "--ticket", "T-1", "--expires", "2027-01-15", "--rule"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("capacity-bounded", "--stack", "life/dev"), "waivers.yaml:4: waivers[0] has the same rule and target"),
        (("tags-required", "--stack", "life/dev"), "waivers[1] has the same rule and target, until 2026-11-30"),
        (("sku-known", "--stack", "life/dev", "--path", "sku"), "waivers[2] covers that already (sku-known)"),
    ],
)
def test_a_double_is_refused(
    file: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert waivers(*ADD, *words) == 2
    assert message in capsys.readouterr().err
    assert file.read_text() == FILE
    # What is wider, of another resource, or holds longer is no double.
    assert waivers(*ADD, "capacity-bounded", "--stack", "life/*") == 0
    assert waivers(*ADD, "sku-known", "--stack", "life/dev", "--path", "sku", "--expires", "2027-03-31") == 0


def test_a_stack_that_nobody_knows_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "life"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: life\nruntime: python\n")
    (project / "Pulumi.prod.yaml").write_text("")
    assert waivers(*ADD, "sku-known", "--stack", "life/prd") == 2
    said = "target.stack: no project here has the stack life/prd; did you mean 'life/prod'?; nothing was written."
    assert said in capsys.readouterr().err
    assert waivers(*ADD, "sku-known", "--urn", "urn:pulumi:prd::life::t::n") == 2
    assert "target.urn: no project here has the stack life/prd" in capsys.readouterr().err
    assert waivers(*ADD, "sku-known", "--stack", "life/prd", "--allow-unknown-stack") == 0
    assert waivers(*ADD, "sku-known", "--stack", "*/prod") == 0


def test_list_says_what_each_covers_in_a_report(tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FILE + "".join(f"  - {{{line}}}\n" for line in _OTHERS))
    folder = write_state(tmp_path / "states", 80)
    cli.run(["audit", str(folder), "--waivers", "waivers.yaml", "--format", "json", "--output", "report.json"])
    capsys.readouterr()
    assert waivers("list", "--waivers", "waivers.yaml", "--report", "report.json", "--format", "json") == 0
    told = [(one["id"], one["rule"], one["covers"]) for one in json.loads(capsys.readouterr().out)]
    assert told == [
        (0, RULE, {"findings": 1, "why_not_known": None}),
        (1, "tags-required", {"findings": None, "why_not_known": "does not hold"}),
        (2, "sku-known", {"findings": 0, "why_not_known": None}),
        (3, "sku-known", {"findings": None, "why_not_known": "not read"}),
    ]
    assert waivers("list", "--waivers", "waivers.yaml", "--report", "report.json") == 0
    rows = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells[0][:4] == ["id", "standing", "expires", "covers"]
    assert sorted((row[0], row[3]) for row in cells[1:]) == [
        ("0", "1"),
        ("1", "does not hold"),
        ("2", "unused"),
        ("3", "not read"),
    ]


_OTHERS = ["rule: sku-known, target: {stack: other/dev}, reason: x, owner: me, ticket: T, created: 2026-11-01, "
           "expires: 2027-01-01"]  # fmt: skip


def test_nothing_is_added_to_what_only_pulumis_reader_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-11-22")
    file = tmp_path / "waivers.yaml"
    file.write_text(written := FILE.replace("reason: |", "reason: >#"))
    assert cli.run(["waivers", *ADD, RULE, "--stack", "life/prod", "--waivers", str(file)]) == 2
    assert "is written so that nothing can be added to it; nothing was written" in capsys.readouterr().err
    assert file.read_text() == written
