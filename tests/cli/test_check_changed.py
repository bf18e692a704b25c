"""`check --changed` runs the stacks that differ from a commit, and says of all others that it did not."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from poolgate.cli import run
from poolgate.lint.project import Project
from poolgate.report import FORMATS
from poolgate.sources.program import ProgramRun, RegisteredResource
from poolgate.sources.stack_program import StackProgram

Git = Callable[..., str]
Check = Callable[..., tuple[int, Any]]

PROJECT = "name: {}\nruntime: python\n"
FILES = {
    **{f"{name}/Pulumi.yaml": PROJECT.format(name) for name in ("shop", "search", "infra/nested")},
    **{f"{name}/__main__.py": "" for name in ("shop", "search", "infra/nested")},
    "shop/Pulumi.dev.yaml": "config: {}\n",
    "shop/Pulumi.prod.yaml": "config: {}\n",
    "search/Pulumi.dev.yaml": "config: {}\n",
    "infra/nested/Pulumi.dev.yaml": "config: {}\n",
    "common/tags.py": "",
    "poolgate.yaml": "ignore: [description-present]\n",
    ".gitignore": "*.log\n",
}
ALL = ["infra/nested/dev", "search/dev", "shop/dev", "shop/prod"]
POOL = "azure-native:machinelearningservices:InferencePool"


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """git in a new repository with one commit, on main, which is the current folder."""
    for variable in [name for name in os.environ if name.startswith(("GIT", "CI_", "TF_", "SYSTEM_"))]:
        monkeypatch.delenv(variable)
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def ask(*arguments: str) -> str:
        who = ("user.name=a", "user.email=a@example.com", "commit.gpgSign=false", "protocol.file.allow=always")
        command = ("git", *(part for setting in who for part in ("-c", setting)), *arguments)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    ask("init", "--quiet", "--initial-branch=main")
    put(FILES)
    commit(ask)
    return ask


def put(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def commit(git: Git) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", "some")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks whose programs were run, by the folders of their projects. No program is run in truth."""
    found: list[str] = []

    def pretended(self: StackProgram, *_: object) -> ProgramRun:
        where = os.path.relpath(self.project.directory)
        found.append(f"{where}/{self.name}")
        urn = f"urn:pulumi:{self.name}::{self.project.name}::{POOL}::pool"
        made = RegisteredResource(
            urn, POOL, "pool", True, {}, None, (), {}, None, protect=None, retain_on_delete=None, provider="",
            provider_version="",
        )  # fmt: skip
        return ProgramRun((made,), (), {}, 0, failed=False)

    def python(project: Project) -> Path:
        return Path("/python")

    monkeypatch.setattr(StackProgram, "run", pretended)
    monkeypatch.setattr("poolgate.check.interpreter", python)
    return found


@pytest.fixture
def check(ran: list[str], capsys: pytest.CaptureFixture[str]) -> Check:
    def checked(*arguments: str) -> tuple[int, Any]:
        ran.clear()
        capsys.readouterr()
        code = run(["check", ".", "--no-trace-config", "--exit-zero", "--format=json", *arguments])
        said = capsys.readouterr()
        return code, json.loads(said.out) if code != 2 else said.err

    return checked


def passed_over(report: Any) -> Iterable[str]:
    return [entry["name"] for entry in report["passed_over"] if "--changed" in entry["why"]]


def stacks() -> Iterable[str]:
    """All that are there, as reports name them."""
    files = [file for file in Path().rglob("Pulumi.*.yaml") if file.with_name("Pulumi.yaml").exists()]
    return sorted(f"{file.parent.name}/{file.suffixes[0][1:]}" for file in files)


CHANGES: dict[str, tuple[dict[str, str | None], list[str]]] = {
    "the stack's own file": ({"shop/Pulumi.prod.yaml": "config: {a: 1}\n"}, ["shop/prod"]),
    "a new stack": ({"shop/Pulumi.new.yaml": "config: {}\n"}, ["shop/new"]),
    "a stack that is gone": ({"shop/Pulumi.prod.yaml": None}, ["shop/dev"]),
    "the program": ({"shop/__main__.py": "1"}, ["shop/dev", "shop/prod"]),
    "anything below the folder": ({"shop/data/deep/sizes.csv": "1"}, ["shop/dev", "shop/prod"]),
    "one of each": ({f"{name}/Pulumi.dev.yaml": "a: 1\n" for name in ("shop", "search")}, ["search/dev", "shop/dev"]),
    "a project that is gone": ({"search/Pulumi.yaml": None, "search/__main__.py": None}, []),
    "what git ignores": ({"shop/run.log": "1"}, []),
    "outside of all projects": ({"common/tags.py": "1"}, ALL),
    "what is judged by": ({"poolgate.yaml": "ignore: [tags-required]\n"}, ALL),
    "a new file outside": ({"common/new.json": "1"}, ALL),
    "a file that is gone outside": ({"common/tags.py": None}, ALL),
    "what the environment is made by": ({"infra/requirements.txt": "1"}, ALL),
}  # fmt: skip


def change(files: dict[str, str | None]) -> None:
    put({name: text for name, text in files.items() if text is not None})
    for name, text in files.items():
        if text is None:
            Path(name).unlink()


@pytest.mark.parametrize(
    ("what", "how"),
    [
        *((what, "committed") for what in CHANGES),
        *((what, how) for what in ("one of each", "a stack that is gone") for how in ("staged", "in the folder")),
    ],
)
def test_what_differs_is_run(git: Git, check: Check, ran: list[str], what: str, how: str) -> None:
    files, expected = CHANGES[what]
    git("switch", "--quiet", "--create", "change")
    change(files)
    if how != "in the folder":
        git("add", "--all")
    if how == "committed" and expected:
        git("commit", "--quiet", "--message", "some")
    code, report = check("--changed")
    assert (code, sorted(ran)) == (0, expected)
    assert {name.partition("/")[0] for name in passed_over(report)}.isdisjoint(
        set(map(os.path.dirname, ran)) - {"shop"}
    )


def test_a_folder_under_another_name_is_new(git: Git, check: Check, ran: list[str]) -> None:
    git("mv", "search", "found")
    assert check("--changed")[0] == 0
    assert ran == ["found/dev"]


def test_what_is_shared_can_be_told(git: Git, check: Check, ran: list[str]) -> None:
    put({"poolgate.yaml": "shared: [common, ../lib]\n"})
    commit(git)
    put({"README.md": "", "other/tool.py": ""})
    assert check("--changed")[0] == 0
    assert ran == []
    put({"infra/requirements.txt": ""})
    check("--changed")
    assert ran == ["infra/nested/dev"]
    put({"common/tags.py": "1"})
    _, report = check("--changed")
    assert sorted(ran) == ALL
    (note,) = (note for note in report["notes"] if note.startswith("--changed"))
    assert note.endswith("for all of them common/tags.py differs, outside of the projects")


def test_a_submodule_counts_with_what_is_changed_in_it(git: Git, check: Check, ran: list[str], tmp_path: Path) -> None:
    put({"poolgate.yaml": "shared: []\n"})
    git("clone", "--quiet", ".", str(tmp_path / "library"))
    git("submodule", "--quiet", "add", str(tmp_path / "library"), "shop/library")
    commit(git)
    check("--changed", "--stack=dev")
    assert ran == []
    put({"shop/library/common/tags.py": "1"})
    check("--changed", "--stack=dev")
    assert "shop/dev" in ran
    assert "search/dev" not in ran
    subprocess.run(["git", "-C", "shop/library", "checkout", "--quiet", "."], check=True)
    git("-C", "shop/library", "commit", "--quiet", "--allow-empty", "--message", "some")
    check("--changed", "--stack=dev")
    assert "shop/dev" in ran


def test_a_commit_can_be_named(git: Git, check: Check, ran: list[str]) -> None:
    put({"shop/Pulumi.dev.yaml": "a: 1\n"})
    commit(git)
    put({"search/Pulumi.dev.yaml": "a: 1\n"})
    check("--changed")
    assert ran == ["search/dev"]
    _, report = check("--changed=HEAD~1", "--stack=dev")
    assert sorted(ran) == ["search/dev", "shop/dev"]
    assert any(git("rev-parse", "HEAD~1")[:12] in note for note in report["notes"])
    check("--changed=HEAD~1", "--stack=prod")
    assert ran == []


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_says_that_nothing_differs(
    git: Git, ran: list[str], capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    assert run(["check", ".", "--changed", f"--format={format_}"]) == 0
    assert ran == []
    said = capsys.readouterr().out.replace("\\", "")
    assert "--changed: no stack differs from the default branch" in said
    assert "does not differ from what --changed compares with" in said


def test_what_differs_and_holds_no_pool_is_no_run_without_a_match(
    git: Git, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StackProgram, "run", lambda *_: ProgramRun((), (), {}, 0, failed=False))
    put({"search/Pulumi.dev.yaml": "a: 1\n"})
    assert check("--changed")[0] == 0
    assert check()[0] == 4


def test_where_git_cannot_tell_nothing_is_run(git: Git, check: Check, ran: list[str], tmp_path: Path) -> None:
    put({"shop/Pulumi.dev.yaml": "a: 1\n"})
    commit(git)
    code, said = check("--changed=no-such")
    assert (code, ran) == (2, [])
    assert "--changed: 'no-such' is no commit of this clone that it goes back to; let the checkout fetch" in said
    git("clone", "--quiet", "--depth=1", f"file://{Path.cwd()}", str(tmp_path / "shallow"))
    os.chdir(tmp_path / "shallow")
    code, said = check("--changed=HEAD~1")
    assert (code, ran) == (2, [])
    assert "fetch-depth: 0" in said
    os.chdir(tmp_path)
    put(FILES)
    code, said = check("--changed")
    assert (code, ran) == (2, [])
    assert "there is no git repository around it" in said


def test_no_filter_of_the_repository_is_run(git: Git, check: Check, ran: list[str], tmp_path: Path) -> None:
    canary, mark = tmp_path / "canary", tmp_path / "mark"
    canary.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    canary.chmod(0o755)
    put({".gitattributes": "* filter=own\n"})
    commit(git)
    for key, value in (("clean", canary), ("process", canary), ("required", "true")):
        git("config", f"filter.own.{key}", str(value))
    Path("shop/Pulumi.dev.yaml").write_text("config: []\n")  # as long as before, in the same second
    check("--changed")
    assert not mark.exists()
    assert "shop/dev" in ran
