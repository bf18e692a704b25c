"""What could make a gate pass by accident: each row of the table with its exit code and message."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from closed.gate import PACK, Gate, gate, write_pack, write_project
from closed.table import ACCIDENTS, ELSEWHERE, GATE, OURS, PAGE, PREVIEW, ROOT, Accident, rows
from faults.victim import LIMIT, Done, run, without_privileges
from poolgate import cli

DAY = "2026-12-01"
LINK = "-> "
RUN = [accident for accident in ACCIDENTS if not accident.test]


def _name(accident: Accident) -> str:
    return f"{accident.by.split()[1].strip(',')}-{accident.happens.replace(' ', '-')}"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with gate(tmp_path_factory.mktemp("gate") / "shop") as made:
        yield made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a project, states, and reports about them."""
    folder = tmp_path_factory.mktemp("closed") / "made"
    write_project(folder / "shop")
    (folder / "empty").mkdir()
    shutil.copytree(ROOT / "stacks" / "exports", folder / "exports")
    audit = ("audit", "exports", "--no-config", "--format=json")
    one = ("audit", "exports/pool-groups-prod.json", *audit[2:])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POOLGATE_AS_OF", DAY)
        patch.chdir(folder)
        assert _done(*audit, "--output=report.json") == _done(*one, "--output=other.json") == 1
        for number in (1, 2, 3):
            assert _done(*audit, f"--shard={number}/3", f"--output=shard{number}.json") in (0, 1)
        # What these import the forked processes of the rows then have.
        for warmed in ("merge shard1.json", "lint shop", "check empty", "what-if exports", "history empty"):
            _done(*warmed.split(), "--no-config")
    return folder


def _done(*arguments: str) -> int:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return cli.run(arguments)


def dated() -> None:
    os.environ["POOLGATE_AS_OF"] = DAY


def _lay_out(accident: Accident, here: Path) -> None:
    for name, text in accident.files.items():
        file = here / name
        file.parent.mkdir(exist_ok=True)
        if text.startswith(LINK):
            file.symlink_to(text.removeprefix(LINK))
        else:
            file.write_text(text)
            file.chmod(0o755)
    for name in accident.closed:
        (here / name).chmod(0)


@pytest.mark.engine
@pytest.mark.parametrize("accident", [each for each in RUN if each.by == GATE], ids=_name)
def test_the_gate(accident: Accident, real: Gate, tmp_path: Path) -> None:
    _lay_out(accident, tmp_path)
    packs: list[Path | str] = []
    for number, pack in enumerate(accident.packs):
        own = pack if "\n" not in pack else write_pack(tmp_path / f"pack{number}", pack)
        packs.append(PACK if own == OURS else own)
    options = [option.replace("{here}", str(tmp_path)) for option in accident.arguments]
    variables = {name: value.replace("{here}", str(tmp_path)) for name, value in accident.variables.items()}
    done = real.preview(accident.stack, *options, packs=tuple(packs), **{"POOLGATE_AS_OF": DAY, **variables})
    assert done.returncode == accident.code, done
    assert accident.says in done.stdout + done.stderr


@pytest.mark.parametrize("accident", [each for each in RUN if each.by != GATE], ids=_name)
def test_a_command(accident: Accident, made: Path, tmp_path: Path) -> None:
    here = Path(shutil.copytree(made, tmp_path / "here"))
    _lay_out(accident, here)

    def fault() -> None:
        dated()
        os.environ.update({name: value.replace("{here}", str(here)) for name, value in accident.variables.items()})
        if accident.closed:
            without_privileges()

    done = _anew(accident, here) if accident.by == PREVIEW else run(accident.arguments, fault, place=here)
    assert done.code == accident.code, done
    assert accident.says in done.out + done.err, done
    assert "Traceback" not in done.err


def _anew(accident: Accident, here: Path) -> Done:
    """In a process that is not forked: a preview has gRPC, which hangs now and then where the tests have used it."""
    variables = {name: value.replace("{here}", str(here)) for name, value in accident.variables.items()}
    command = [sys.executable, "-m", "poolgate", *accident.arguments]
    environment = {**os.environ, "POOLGATE_AS_OF": DAY, **variables}
    done = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.engine
def test_the_gate_lets_pass_what_is_right(real: Gate) -> None:
    """Else the rows above would tell nothing; that it blocks what is not, some of them say."""
    assert real.preview("good").returncode == 0


@pytest.mark.parametrize("accident", [each for each in ACCIDENTS if each.test], ids=_name)
def test_what_is_tested_elsewhere_is(accident: Accident) -> None:
    file, _, name = accident.test.partition("::")
    text = (ROOT / file).read_text("utf-8")
    assert f"def {name}(" in text
    assert accident.code is None or accident.says in ELSEWHERE or accident.says in text


def test_the_page_shows_the_table() -> None:
    assert "\n".join(rows()) in PAGE.read_text("utf-8")
