"""Reports say when a change also touches what it is judged by, and git is asked safely."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from poolgate import git as asked
from poolgate.changed import Since, since_of, touched
from poolgate.cli import run
from poolgate.errors import UsageError
from poolgate.report import FORMATS

SETTINGS = "policyConfig: gate/levels.json\nwaivers: agreed.yaml\npolicyPack: gate\nschemas: {shop: own/shop.json}\n"
FILES = {
    "Pulumi.yaml": "name: shop\nruntime: python\n",
    "poolgate.yaml": SETTINGS,
    "gate/levels.json": "{}",
    "gate/PulumiPolicy.yaml": "runtime: python\n",
    "agreed.yaml": "waivers: []\n",
    "own/shop.json": "{}",
}
Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """git in a new repository, which is the current folder and has one commit; it answers with what it says."""
    for variable in ("GITHUB_ACTIONS", "GITHUB_BASE_REF", "GITLAB_CI", "TF_BUILD", "GIT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def ask(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgSign=false")
        return subprocess.run(("git", *who, *arguments), check=True, capture_output=True, text=True).stdout.strip()

    ask("init", "--quiet", "--initial-branch=main")
    put(**FILES)
    ask("add", "--all")
    ask("commit", "--quiet", "--message", "first")
    return ask


def put(**files: str) -> None:
    for name, text in files.items():
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def change(git: Git, **files: str) -> None:
    put(**files)
    git("add", "--all")
    git("commit", "--quiet", "--message", "more")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    capsys.readouterr()
    assert run(["lint", "--no-cache", *arguments]) == 0
    return [line[6:] for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]


def test_what_a_change_is_judged_by(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    change(git, **{"Pulumi.dev.yaml": "config: {}\n", "notes/levels.json": "", "other.schema.json": ""})
    assert said(capsys, "--changed-since=HEAD~1") == []
    names = [
        "agreed.yaml", "gate/levels.json", "gate/rules/own.py", "own/shop.json", "poolgate.yaml",
        "schemas/shop.schema.json", "teams/schemas/a/b.schema.json", "teams/waivers.yaml",
    ]  # fmt: skip
    change(git, **{name: FILES.get(name, "waivers: []\n") + "\n" for name in names})
    (note,) = said(capsys, "--changed-since=HEAD~1")
    assert note == f"this change also touches {', '.join(names)}, by which it is judged"
    git("rm", "--quiet", "teams/waivers.yaml")
    git("mv", "gate/rules/own.py", "elsewhere.py")
    git("commit", "--quiet", "--message", "less")
    (note,) = said(capsys, "--changed-since=HEAD~1")
    assert note == "this change also touches gate/rules/own.py, teams/waivers.yaml, by which it is judged"
    change(git, **{f"{n}/waivers.yaml": "waivers: []\n" for n in range(10)})
    assert "7/waivers.yaml and 2 more, by which" in said(capsys, "--changed-since=HEAD~1")[0]


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_says_it(git: Git, format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    change(git, **{"agreed.yaml": "waivers:\n"})
    assert run(["lint", "--no-cache", "--changed-since=HEAD~1", f"--format={format_}"]) == 0
    assert "this change also touches agreed.yaml" in capsys.readouterr().out.replace("\\", "")


def test_only_what_the_change_itself_does(git: Git) -> None:
    git("checkout", "--quiet", "-b", "topic")
    change(git, **{"a.txt": ""})
    git("checkout", "--quiet", "main")
    change(git, **{"agreed.yaml": "waivers:\n"})
    git("checkout", "--quiet", "topic")
    assert touched(Since(("main",), "main"), Path(), [Path("agreed.yaml")]) == []


def test_in_ci_it_is_said_without_being_asked(
    git: Git, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    git("checkout", "--quiet", "-b", "topic")
    change(git, **{"agreed.yaml": "waivers:\n"})
    git("checkout", "--quiet", "main")
    change(git, **{"gate/levels.json": "{ }"})
    git("merge", "--quiet", "--no-edit", "topic")
    base, head, sha = git("rev-parse", "HEAD^1"), git("rev-parse", "HEAD^2"), git("rev-parse", "HEAD")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": base}}}))
    note = ["this change also touches agreed.yaml, by which it is judged"]
    github = {"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main", "GITHUB_EVENT_PATH": str(event)}
    services = [
        {**github, "GITHUB_REF": "refs/pull/1/merge", "GITHUB_SHA": sha, "GITHUB_EVENT_PATH": ""},
        {"GITLAB_CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base},
        {"TF_BUILD": "True", "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
         "BUILD_SOURCEBRANCH": "refs/pull/1/merge", "BUILD_SOURCEVERSION": sha},
    ]  # fmt: skip
    for service in services:
        with monkeypatch.context() as patch:
            for name, value in service.items():
                patch.setenv(name, value)
            assert said(capsys, "--format=text") == note, service
    git("checkout", "--quiet", head)
    with monkeypatch.context() as patch:  # pull_request_target: the base is GITHUB_SHA, what is checked out is not
        for name, value in {**github, "GITHUB_REF": "refs/heads/main", "GITHUB_SHA": base}.items():
            patch.setenv(name, value)
        assert said(capsys, "--format=text") == note


def test_a_clone_that_lacks_the_base_is_told_how_to_have_it(
    git: Git, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    change(git, **{"agreed.yaml": "waivers:\n"})
    git("clone", "--quiet", "--depth=1", f"file://{Path.cwd()}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_BASE_REF", "release")
    (note,) = said(capsys, "--format=text")
    assert note.startswith("whether this change also touches what it is judged by is not known: 'release' is no commit")
    assert note.endswith("fetch-depth: 2")
    assert run(["lint", "--changed-since=release"]) == 2
    assert run(["lint", "--changed-since=--output=x"]) == 2
    assert "poolgate: error: '--output=x' is no commit of this clone" in capsys.readouterr().err
    assert not Path("x").exists()


def test_outside_of_a_repository_git_cannot_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="there is no git repository around it"):
        touched(Since(("HEAD",), "HEAD"), Path(), [])
    monkeypatch.setenv("PATH", "")
    (tmp_path / ".git").mkdir()
    with pytest.raises(UsageError, match="there is no git on PATH"):
        touched(Since(("HEAD",), "HEAD"), Path(), [])


def test_nothing_that_the_repository_names_is_run(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the configuration of the clone nor by files of the change, nor by a repository within it."""
    mark = tmp_path / "ran"
    canary = tmp_path / "canary"
    canary.write_text(f"#!/bin/sh\necho $0 >>{mark}\ncat\n")
    canary.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "diff.external",
        "diff.own.textconv",
        "diff.own.command",
        "filter.own.clean",
        "filter.own.smudge",
        "filter.own.process",
    ):
        git("config", key, str(canary))  # fmt: skip
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        (Path(".git") / "hooks" / hook).symlink_to(canary)
    inner = {"HEAD": "ref: refs/heads/main\n", "refs/x": "", "objects/x": ""}
    inner["config"] = f"[core]\nbare = true\nrepositoryformatversion = 0\nfsmonitor = {canary}\n"
    put(**{"agreed.yaml": "waivers:\n", ".gitattributes": "* diff=own filter=own\n", "git": canary.read_text()})
    put(**{f"inner/{name}": text for name, text in inner.items()})
    Path("git").chmod(0o755)
    git("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "add", "--all")
    git("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message", "hostile")
    mark.unlink(missing_ok=True)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(canary))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))
    for start in (Path(), Path("inner")):
        assert [file.name for file in touched(Since(("HEAD~1",), "HEAD~1"), start, [Path("agreed.yaml")])] == [
            "agreed.yaml"
        ]
    assert not mark.exists()


def test_git_has_a_limit(git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:/usr/bin:/bin")
    monkeypatch.setattr(asked, "LIMIT", 0.2)
    with pytest.raises(UsageError, match="is no commit of this clone"):
        touched(Since(("HEAD",), "HEAD"), Path(), [])


@pytest.mark.parametrize("text", ["", "[", "[]", '{"pull_request": 1}', '{"pull_request": {"base": {"sha": 1}}}'])
def test_an_event_that_tells_nothing(text: str, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(text)
    told = {"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main", "GITHUB_EVENT_PATH": str(event)}
    since = since_of(told)
    assert since is not None
    assert since.commits == ("refs/remotes/origin/main",)
    assert since_of({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": ""}) is None
