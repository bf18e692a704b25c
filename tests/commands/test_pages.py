"""What the documentation tells to type is typed here, and what it shows is what comes of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.blocks import PAGES, Block, Command, Page, calls_of, difference, read
from commands.not_run import NOT_RUN
from commands.places import BLOCK_PLACES, PLACES, fresh_clone
from poolgate.cli import _parser
from poolgate.sandbox.engine import require_engine

LIMIT = 280.0
ADVICE = (
    "Show in the page what is seen, with a line `...` for what is left out, or mend what is wrong. "
    "A command that no test can type is listed in tests/commands/not_run.py, with the reason."
)
TODAY = "2026-11-22"
"""The day that the pages' examples are of."""

READ = {name: read(name) for name in PAGES}
RUN_PAGES = [name for name, page in READ.items() if any(
    (name, command.text) not in NOT_RUN for block in page.blocks for command in block.commands
)]  # fmt: skip
READ_BEFORE = [block.commands for block in READ["README.md"].blocks]
"""What another page repeats word for word of README, which is run, is not run again: the engine takes its time."""
_AS_OF = f"note: judged as of {TODAY} (POOLGATE_AS_OF)\n"
"""What a reader on that day does not see."""
_MARK = "\x1e"
_PACK = re.compile(r"[^\s\"]*/packs/0/policies\b")
"""Where the sandbox keeps its copy of the pack."""
_JUDGES = re.compile(r"\bp(?:oolgate|ulumi) ")
"""What ends with 1 where it finds something."""
_ENGINE = re.compile(r"\bpulumi |poolgate (?:preview|sandbox)")


def commands() -> Iterator[tuple[Block, Command]]:
    for page in READ.values():
        for block in page.blocks:
            for command in block.commands:
                yield block, command


def is_run(block: Block, command: Command) -> bool:
    return (block.page, command.text) not in NOT_RUN


def needs_engine(page: Page) -> bool:
    return any(is_run(block, one) and _ENGINE.search(one.text) for block in page.blocks for one in block.commands)


def cases() -> list[object]:
    return [
        pytest.param(name, marks=[pytest.mark.engine, pytest.mark.timeout(600)] if needs_engine(READ[name]) else [])
        for name in RUN_PAGES
    ]


@pytest.mark.parametrize("name", cases())
def test_what_a_page_tells_to_type_does_what_it_shows(name: str, tmp_path: Path) -> None:
    """Each block in the folder that the page begins in, after those before it."""
    page = READ[name]
    usual = PLACES.get(name, fresh_clone)(tmp_path)
    for path, text in page.files:
        (usual / path).parent.mkdir(parents=True, exist_ok=True)
        (usual / path).write_text(text)
    environment = shell(tmp_path, has_engine=needs_engine(page))
    wrong = []
    for block in page.blocks:
        if name != "README.md" and block.commands in READ_BEFORE:
            continue
        elsewhere = BLOCK_PLACES.get((name, block.commands[0].text))
        wrong += faults(block, elsewhere(tmp_path) if elsewhere else usual, environment)
    assert not wrong, "\n\n".join([*wrong, ADVICE])


def shell(folder: Path, *, has_engine: bool) -> dict[str, str]:
    """What a reader's shell has: poolgate, and a `pulumi` that needs no cloud: the sandbox's."""
    programs = folder / "bin"
    programs.mkdir()
    pulumi = programs / "pulumi"
    pulumi.write_text('#!/bin/sh\nexec poolgate sandbox -- pulumi "$@"\n')
    pulumi.chmod(0o755)
    (folder / "home").mkdir()
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {"PATH": path, "HOME": str(folder / "home"), "POOLGATE_AS_OF": TODAY, "COLUMNS": "120"}
    variables |= {"XDG_CACHE_HOME": str(folder / "cache"), "POOLGATE_NO_CACHE": "1", "LC_ALL": "C.UTF-8"}
    return variables | ({"POOLGATE_ENGINE": str(require_engine().path)} if has_engine else {})


def faults(block: Block, place: Path, environment: dict[str, str]) -> Iterator[str]:
    """What is wrong with a block, by its place."""
    typed = [one for one in block.commands if is_run(block, one)]
    if not typed:
        return
    script = "".join(f"{one.text}\nprintf '\\n{_MARK}%s\\n' $?\n" for one in typed)
    done = subprocess.run(
        ["bash", "-c", script], cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, timeout=LIMIT, check=False, text=True, encoding="utf-8",
    )  # fmt: skip
    said = re.split(
        rf"\n{_MARK}(\d+)\n",
        _PACK.sub("../../policies", done.stdout).replace(str(place.parent), "").replace(_AS_OF, ""),
    )
    for one, seen, code in zip(typed, said[::2], said[1::2], strict=False):
        if one.shown:
            apart = difference(one.shown, seen.splitlines())
            if apart:
                yield f"{block.place}: $ {one.text}\n{apart}"
        elif code != "0" and not (code == "1" and _JUDGES.search(one.text)):
            yield f"{block.place}: $ {one.text}\nends with exit code {code}:\n{seen}"


def test_what_is_not_run_is_there_and_says_why() -> None:
    there = {(block.page, command.text) for block, command in commands()}
    gone = sorted(set(NOT_RUN) - there)
    assert not gone, f"no page has these any more; take them out of tests/commands/not_run.py: {gone}"
    assert all(NOT_RUN.values())


@pytest.mark.parametrize("name", [name for name in PAGES if READ[name].blocks])
def test_every_call_of_poolgate_is_one_that_it_takes(name: str) -> None:
    for block in READ[name].blocks:
        for command in block.commands:
            for arguments in calls_of("poolgate", command.text):
                assert_taken(arguments, f"{block.place}: {command.text}")


def assert_taken(arguments: list[str], where: str) -> None:
    try:
        _parser(arguments[0] if arguments else None).parse_args(arguments)
    except SystemExit as left:
        if left.code:
            pytest.fail(f"{where}: poolgate does not take that: {getattr(left, 'message', '')}")


def test_every_block_says_what_is_typed() -> None:
    unlabelled = [place for page in READ.values() for place in page.unlabelled]
    assert not unlabelled, f"these hold commands: make them ```console, each command behind `$ `: {unlabelled}"
    untyped = [block.place for page in READ.values() for block in page.blocks if block.before or not block.commands]
    assert not untyped, f"these show what nobody typed: begin them with the command, behind `$ `: {untyped}"
