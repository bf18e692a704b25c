"""A share of the soak, and what the soak itself has to notice."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tools.soak.__main__ import Soak, batches
from tools.soak.checks import wrong
from tools.soak.readers import CANARY, READERS, make


def test_a_share_of_the_soak(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`make soak` has the rest, from the same seed."""
    soak = Soak(1, tmp_path)
    soak.run(batches(list(READERS), 120), jobs=1)
    code = soak.report(1.0)
    assert code == 0, capsys.readouterr().out
    assert soak.told.done >= 110
    assert {name for name, _ in soak.told.codes} == set(READERS)


@pytest.mark.parametrize("name", READERS)
def test_an_input_can_be_made_again(name: str) -> None:
    assert all(make(name, 3, number) == make(name, 3, number) for number in range(5))
    assert (
        len({make(name, 3, number).content for number in range(8)} | {make(name, 3, number).at for number in range(8)})
        > 2
    )


@pytest.mark.parametrize(
    ("code", "out", "err", "format_", "kind"),
    [
        (3, "", "", None, "exit code"),
        (0, "", "poolgate: error: this is a bug in poolgate; nothing", None, "traceback"),
        (0, "a\x1bb", "", "text", "character in stdout"),
        (0, "", "a\u202eb", None, "character in stderr"),
        (2, "", "x\n ::error::y", None, "command in stderr"),
        (1, "::set-output name=a::b", "", "github", "command in stdout"),
        (1, "x ##[error]y", "", "text", "order in stdout"),
        (1, "##vso[task.logissue type=error;]a\n##vso[task.complete]", "", "azure", "order in stdout"),
        (1, '{"a": NaN}', "", "json", "no json"),
        (1, "{}", "", "sarif", "no sarif"),
        (1, "<a>", "", "junit", "no junit"),
        (1, "a,b\n=1+1,c\n", "", "csv", "no csv"),
        (1, f"x {CANARY}", "", "text", "secret in stdout"),
    ],
)
def test_what_is_wrong_is_noticed(code: int, out: str, err: str, format_: str | None, kind: str) -> None:
    assert [found for found, _ in wrong(code, out, err, format_, CANARY)] == [kind]


def test_what_is_right_is_left_alone() -> None:
    assert not list(wrong(1, "::error title=x,file=y,line=1::z\n", "poolgate: a::b\n", "github", CANARY))
    assert not list(wrong(1, "##vso[task.logissue type=error;]a\n", "", "azure", CANARY))


def test_a_check_of_a_table_leaves_the_limit_of_the_process_as_it_was() -> None:
    before = csv.field_size_limit()
    assert not list(wrong(0, "a,b\nc,d\n", "", "csv", None))
    assert csv.field_size_limit() == before
