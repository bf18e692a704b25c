"""Tables and paragraphs: whole in a pipe, no wider than a terminal on one."""

from __future__ import annotations

import os
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from poolgate.table import READABLE, paragraph, table

HEADS = ("id", "rule", "reason")
ROWS = (
    ("0", "capacity-bounded", "Load test ahead of the sale, with twice the usual number of customers"),
    ("1", "tags-required", ""),
)


def test_a_row_is_a_line_where_nothing_says_how_wide() -> None:
    assert list(table(HEADS, ROWS)) == [
        "id  rule              reason",
        "0   capacity-bounded  Load test ahead of the sale, with twice the usual number of customers",
        "1   tags-required",
    ]


def test_what_fits_stays_as_it_is() -> None:
    lines = list(table(HEADS, ROWS))
    assert list(table(HEADS, ROWS, max(map(len, lines)))) == lines


def test_the_last_cell_is_wrapped_in_its_column() -> None:
    assert list(table(HEADS, ROWS, 56)) == [
        "id  rule              reason",
        "0   capacity-bounded  Load test ahead of the sale, with",
        "                      twice the usual number of",
        "                      customers",
        "1   tags-required",
    ]


def test_what_has_no_room_beside_the_others_goes_below_with_its_head() -> None:
    assert list(table(HEADS, ROWS, 40)) == [
        "id  rule",
        "0   capacity-bounded",
        "    reason: Load test ahead of the sale,",
        "            with twice the usual number",
        "            of customers",
        "1   tags-required",
    ]


def test_a_word_is_never_broken() -> None:
    urn = "urn:pulumi:prod::chat::azure-native:machinelearningservices:InferencePool::pool-chat"
    lines = list(table(("id", "target", "owner"), [("0", urn, "ml-platform")], 40))
    assert lines == ["id", "0", f"    target: {urn}", "    owner: ml-platform"]


@pytest.mark.parametrize("width", [None, 40])
def test_nothing_in_a_cell_gets_through_to_a_runner(width: int | None) -> None:
    forged = "x\n::error::forged \x1b[31m"
    shown = "\n".join(table(("a", "b"), [(forged, forged)], width)) + "\n".join(paragraph(forged, width))
    assert "\x1b" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_a_paragraph_is_wrapped_at_the_terminal_and_where_it_is_read_with_ease() -> None:
    text = "word " * 60
    assert max(map(len, paragraph(text, 60))) <= 60
    assert max(map(len, paragraph(text, 400))) <= READABLE
    assert list(paragraph(text)) == list(paragraph(text, READABLE))
    assert all(line.startswith("    ") for line in paragraph(text, 60, "    "))


WAIVERS = """\
waivers:
  - rule: capacity-bounded
    target: {stack: chat/prod, path: sku.capacity}
    owner: ml-platform
    ticket: OPS-4711
    reason: Load test ahead of the sale, with twice the usual number of customers
    created: 2026-12-01
    expires: 2027-01-31
"""


@pytest.mark.parametrize(
    "arguments", [["rules"], ["explain", "location-allowed"], ["waivers", "list", "--waivers", "waivers.yaml"]]
)
def test_a_terminal_is_not_overrun(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "waivers.yaml").write_text(WAIVERS)
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 60))
    command = [sys.executable, "-m", "poolgate", *arguments]
    with subprocess.Popen(command, cwd=tmp_path, stdout=theirs, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(theirs)
        printed = b""
        with suppress(OSError):  # EIO: the other side is closed
            while some := os.read(ours, 65536):
                printed += some
        os.close(ours)
    piped = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=True).stdout
    assert process.returncode == 0
    lines = printed.decode().splitlines()
    assert max(len(line) for line in lines if "://" not in line) <= 60
    assert max(map(len, piped.decode().splitlines())) > 60
    heads = {b"rule", b"said", b"by", b"target", b"owner", b"ticket", b"reason", b"what", b"it", b"asks"}
    assert {*piped.split()} <= {*printed.split()} | heads
