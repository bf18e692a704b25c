"""An address may stand where a path is expected, with a password in it: no message repeats that."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolgate import cli
from poolgate.errors import without_credentials

ADDRESS = "postgres://audit:canary@db.example.com/state?sslpassword=canary"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (ADDRESS, "postgres://***@db.example.com/state?***"),
        ("postgres://audit:can@ry/ca?na#ry@db/state", "postgres://***@db/state"),
        ("s3://key:canary@bucket/prefix", "s3://***@bucket/prefix"),
        ("https://canary@host/x", "https://***@host/x"),
        ("azblob://container?sig=canary", "azblob://container?***"),
        ("gs://bucket#canary", "gs://bucket#***"),
        ("postgres:/audit:canary@host/x", "postgres:/***@host/x"),
        ("audit:canary@host/x", "audit:***@host/x"),
        ("host=db user=audit password=canary", "host=db user=audit password=***"),
        ("AccountName=x;AccountKey=canary;y=z", "AccountName=x;AccountKey=***;y=z"),
        ("file://~/states", "file://~/states"),
        ("states/key=1/prod.json", "states/key=1/prod.json"),
        ("/data/team@example.com/prod.json", "/data/team@example.com/prod.json"),
        ("prod:blue.json", "prod:blue.json"),
    ],
)
def test_what_is_shown_of_an_address(written: str, shown: str) -> None:
    assert without_credentials(written) == shown


@pytest.mark.parametrize(
    "command",
    [
        ["audit", ADDRESS],
        ["audit", ADDRESS.upper().replace("CANARY", "canary")],
        ["audit", ADDRESS.replace("//", "/")],
        ["audit", ADDRESS.removeprefix("postgres://")],
        ["audit", f"file:///missing?{ADDRESS}"],
        ["check", ADDRESS],
        ["lint", ADDRESS],
        ["preview", ADDRESS],
        ["diff", ADDRESS, ADDRESS],
        ["history", ADDRESS],
        ["audit", ".", "--history", ADDRESS],
        ["what-if", ADDRESS, "--to-profile", "strict"],
        ["what-if", ".", "--to", ADDRESS],
        ["rules", "--rules", ADDRESS],
        ["waivers", "list", "--waivers", ADDRESS],
        ["audit", ".", "--policy-config", ADDRESS],
        ["audit", ".", "--baseline", ADDRESS],
        ["audit", ".", "--previous", ADDRESS],
        ["preview", ".", "--previous", ADDRESS],
        ["preview", ".", ADDRESS],
        [ADDRESS],
    ],
)
def test_no_message_shows_a_password(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code: object = cli.run(command)
    except SystemExit as ended:  # of argparse
        code = ended.code
    assert code in (2, 4)
    printed = capsys.readouterr()
    assert "canary" not in printed.out + printed.err
    assert printed.err
