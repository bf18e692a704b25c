"""Long reports come in pieces: none is held whole, and none is written in part."""

from __future__ import annotations

import errno
import io
import json
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inference_pools.urn import Urn
from poolgate import report as reports
from poolgate.cli import run
from poolgate.files import write_atomically
from poolgate.findings import Finding, Location, Origin, Shared, Tally, subject_of
from poolgate.report import Report, pieces, render, rendered, text
from poolgate.report.by_line import Lines
from poolgate.report.rendered import Rendered
from reports.bad_stack import finding, report_of

PROJECTS = 60
LONG = ("text", "json", "csv")


def of_states(projects: int = PROJECTS) -> list[Finding]:
    """Three findings in each project: two of one pool, whose line of the program is that of another in its project."""
    found = []
    for number in range(projects):
        for name in ("a", "b"):
            urn = Urn.parse(f"urn:pulumi:dev::shop-{number:03}::azure-native:machinelearningservices:Pool::{name}")
            subject = subject_of(str(urn), urn.type, name)
            one = finding(
                "pool-tags", f"lacks owner {number}", "tags", subject=subject, location=Location("main.py", 3)
            )
            found.append(one._replace(origin=Origin.STATE, related=(Location("x.py", number),)))
    return [*found, *(one._replace(keys=("sku",)) for one in found[::2])]


@pytest.mark.parametrize("format_", LONG)
def test_a_piece_is_a_part(format_: str) -> None:
    report = report_of(of_states(800))
    told = [*pieces(report, format_)]
    assert max(map(len, told)) < sum(map(len, told)) / 2
    assert "".join(told) == render(report, format_)


def test_json_is_as_python_indents_it() -> None:
    report = report_of(of_states(3))
    report.tally.inputs = [("a.json", "0" * 64), ("b.json", "1" * 64)]
    assert render(report, "json") == json.dumps(json.loads(render(report, "json")), indent=2, ensure_ascii=False) + "\n"
    assert [one["name"] for one in json.loads(render(report, "json"))["run"]["inputs"]] == ["a.json", "b.json"]


def test_what_is_to_edit_is_told_apart_by_projects() -> None:
    found = report_of(of_states()).findings
    lines = Lines(found, Tally().home)
    groups = [*lines.groups(found)]
    assert [group.key[3] for group in groups] == [f"shop-{number:03}" for number in range(PROJECTS)]
    assert [len(group.findings) for group in groups] == [3] * PROJECTS
    assert lines.edits(found) == (PROJECTS, 0, 0)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(rendered, "MOST_HELD", 10)
    return ["ä\udc80\n", "b" * 20, "", "c", "d" * 11, "e"]


def test_what_is_long_lies_in_a_file(many: list[str]) -> None:
    done = Rendered(iter(many))
    assert done._held == ["e"]
    assert "".join(done) == "".join(done) == "".join(many)


@pytest.mark.parametrize("blocks", [0, 1])
def test_where_there_is_no_room_it_stays_in_memory(
    blocks: int, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            if self.tell():
                super().write(data[:1])
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    def temporary(**_: Any) -> io.BytesIO:
        if not blocks:
            raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")
        return Full()

    monkeypatch.setattr(tempfile, "TemporaryFile", temporary)
    done = Rendered(iter(many))
    assert len(done._blocks) == blocks
    assert "".join(done) == "".join(many)


def test_what_cannot_be_rendered_is_not_written_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(report: Report) -> Iterator[str]:
        yield "the first line\n"
        raise RuntimeError("no second one")

    monkeypatch.setattr(text, "pieces", breaks)
    file = tmp_path / "report.txt"
    file.write_text("of last week")
    (tmp_path / "empty.json").write_text('{"version": 3, "deployment": {"manifest": {}, "resources": []}}')
    assert run(["audit", str(tmp_path / "empty.json"), "--no-config", f"--also=text={file}"]) == 3
    assert capsys.readouterr().out == ""
    assert file.read_text() == "of last week"


def test_a_file_takes_pieces(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", iter(["ä", "b\udc80"]))
    assert (tmp_path / "file").read_bytes() == "äb".encode() + b"\\udc80"


def test_what_other_processes_tell_stands_there_once() -> None:
    whole, known = Tally(), Shared()
    for number in range(2):
        tally = Tally(findings=of_states(1))
        tally.whose = {"shop-000/dev": ("a", "b", "c", "d")}
        tally.lives_in("shop-000", "dev", f"{number}/main.py")
        told: Tally = pickle.loads(pickle.dumps(tally))
        told.share(known)
        assert told == tally
        whole.merge(told)
    first, _, _, last, *_ = whole.findings
    assert first == last
    assert first.subject.project is last.subject.project
    assert first.keys is last.keys
    assert first.related is last.related
    assert first.location
    assert last.location
    assert first.location.file is last.location.file
    assert first.message is last.message


def test_the_formats_of_long_reports_are_known() -> None:
    assert frozenset(LONG) == reports._IN_PIECES
