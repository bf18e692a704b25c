"""What is given out: the same bytes from any checkout, whole by itself, and listed truly."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from library.tools import tool
from poolgate.sandbox.workspace import Sandbox

ROOT = Path(__file__).parents[1]
REJECTED = ROOT / "stacks" / "rejected-seed"

release = tool("release")
vulnerabilities = tool("vulnerabilities")


def _clone(folder: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed, in a folder of its own."""
    return _clone(tmp_path_factory.mktemp("release") / "checkout")


def test_two_checkouts_give_the_same_bytes(checkout: Path, tmp_path: Path) -> None:
    other = _clone(tmp_path / "other")
    for path in (other / "policies").rglob("*.py"):  # what a machine does to a checkout, and no commit knows
        path.chmod(0o600)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    made = []
    for folder, number in ((checkout, "1"), (other, "2")):
        (target := tmp_path / number).mkdir()
        files = (*release.distributions(folder, target), release.pack_archive(folder, target))
        made.append({path.name: path.read_bytes() for path in files})
    assert len(made[0]) == 3
    assert made[0] == made[1]


@pytest.mark.engine
def test_the_archive_of_the_pack_needs_nothing_else(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = release.pack_archive(checkout, tmp_path)
    with tarfile.open(archive) as content:
        assert {entry.name.split("/")[0] for entry in content} == {release.PACK}
        content.extractall(tmp_path, filter="data")
    pack = tmp_path / release.PACK
    assert (pack / "LICENSE").is_file()
    (pack / "venv").symlink_to(ROOT / "policies" / "venv")  # what `pulumi install` would make of its pins
    assert (pack / "requirements.txt").read_bytes() == (ROOT / "policies" / "requirements.txt").read_bytes()
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with Sandbox() as sandbox:
        folder = sandbox.add_project(REJECTED, stacks=["dev"])
        command = ["pulumi", "preview", "--stack=dev", "--non-interactive", f"--policy-pack={sandbox.add_pack(pack)}"]
        done = sandbox.run(command, cwd=folder, timeout=120)
    assert done.returncode == 1
    assert "placeholder-replaced" in done.stdout


def test_the_bill_of_the_pack_has_what_is_pinned(tmp_path: Path) -> None:
    made = release.bill_of(ROOT / "policies" / "venv", tmp_path / "bill.json", validate=False)
    bill = json.loads(made.read_text("utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    listed = {(part["name"].lower().replace("_", "-"), part["version"]) for part in bill["components"]}
    pinned = re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (ROOT / "policies" / "requirements.txt").read_text("utf-8"), re.M)
    assert len(pinned) > 20
    seeds = {"pip", "setuptools", "wheel"} - dict(pinned).keys()  # what an environment has before anything is installed
    assert {part for part in listed if part[0] not in seeds} == set(pinned)
    assert str(tmp_path) not in json.dumps(bill)


def test_a_checkout_with_changes_is_no_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(release, "_git", lambda *asked, at=None: " M pyproject.toml")
    assert release.main([str(tmp_path / "release")]) == 1
    assert not (tmp_path / "release").exists()


def test_what_poolgate_installs_is_what_was_tested() -> None:
    """The pins of the runtime are those of the development environment, and all of its extras are among them."""
    pins = [
        dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;]+)", (ROOT / "requirements" / name).read_text("utf-8"), re.M))
        for name in ("runtime.txt", "dev.txt")
    ]
    assert pins[0].items() <= pins[1].items()
    assert {"pulumi", "obstore", "duckdb", "psycopg"} < pins[0].keys()


def test_every_file_of_pins_is_asked_about() -> None:
    """A database that cannot be asked fails the same as one that knows something; nothing to ask is no answer."""
    asked = {question.of for question in vulnerabilities.questions(programs=[Path("pulumi")])}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    pins = re.compile(r"requirements/.*\.txt|.*/requirements\.txt|.*/package-lock\.json")
    assert asked == {"pulumi", *filter(pins.fullmatch, tracked.stdout.splitlines())}
    told: list[str] = []
    fine = vulnerabilities.Question("fine", [sys.executable, "-c", ""])
    found = vulnerabilities.Question("found", [sys.executable, "-c", "print('CVE'); exit(1)"])
    absent = vulnerabilities.Question("absent", ["no-such-program-anywhere"])
    assert vulnerabilities.ask([fine], told.append) == 0
    assert vulnerabilities.ask([found, absent, fine], told.append) == 1
    assert "  CVE" in told
    assert told[-1] == "3 asked, 2 with an answer to be read"
    assert vulnerabilities.ask([], told.append) == 1
