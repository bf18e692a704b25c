"""What `check` and `preview` judge of a tree of projects, what they pass over, and what they could not do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference_pools.policy_config import default_settings
from inference_pools.rules import ALL
from poolgate import cli
from poolgate.check import check
from poolgate.findings import Tally
from poolgate.rule_set import RuleSet
from poolgate.sandbox.workspace import PreviewRun, ProjectUnusableError
from poolgate.sources import preview
from poolgate.sources.program import ProgramRun

SETTINGS = default_settings(ALL)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def manifest(name: str, virtualenv: str = sys.prefix, more: str = "") -> str:
    return f"name: {name}\nruntime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n{more}"


@pytest.fixture(autouse=True)
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks whose programs would have been run in process. The folder is the current one."""
    stacks: list[str] = []

    def run_program(folder: Path, *, project: str, stack: str, **_: object) -> ProgramRun:
        stacks.append(f"{project}/{stack}")
        return ProgramRun((), (), {}, 0, failed=False)

    monkeypatch.setattr("poolgate.sources.program.run_program", run_program)
    monkeypatch.chdir(tmp_path)
    return stacks


def checked(*paths: str) -> Tally:
    return check([Path(path) for path in paths or (".",)], SETTINGS, timeout=60, trace_config=False)


def previewed(monkeypatch: pytest.MonkeyPatch, run: Callable[..., PreviewRun], stack: str | None = None) -> Tally:
    monkeypatch.setattr(preview, "run_preview", run)
    rules = RuleSet(SETTINGS, None)
    return preview.preview(Path(), stack, rules, pack=Path(), timeout=60, read_fixtures=None, trace_config=False)


def names(tally: Tally) -> list[tuple[str, str, str]]:
    return [(each.kind, each.name, each.why) for each in tally.passed_over]


def test_a_repository_of_several_languages(
    tmp_path: Path, ran: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {
            "py/Pulumi.yaml": manifest("py"),
            "py/Pulumi.dev.yaml": "config: {}\n",
            "ts/Pulumi.yaml": "name: ts\nruntime: nodejs\n",
            "ts/Pulumi.dev.yaml": "config: [1]\n",
            "go/Pulumi.yaml": "name: go\nruntime: {name: go}\n",
        },
    )
    tally = checked()
    assert names(tally) == [
        ("project", "go", "is a go program, and only Python runs in process; `poolgate preview` judges it"),
        ("project", "ts", "is a nodejs program, and only Python runs in process; `poolgate preview` judges it"),
        ("stack", "py/dev", "makes nothing that rules judge"),
    ]
    assert (ran, tally.stacks, tally.incomplete) == (["py/dev"], 1, 0)
    assert {finding.rule for finding in tally.findings if finding.subject.project == "ts"} == {"stack-schema"}

    write(tmp_path, {"ts/Pulumi.dev.yaml": "config: {}\n"})
    assert cli.run(["check", "ts", "go"]) == cli.EXIT_NOTHING
    assert "ts is a nodejs program" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path / "ts")
    assert cli.run(["check"]) == cli.EXIT_NOTHING
    assert "; the project here is a nodejs program" in capsys.readouterr().err


def test_one_project_that_cannot_be_run_keeps_no_other_from_being_judged(
    tmp_path: Path, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        tmp_path,
        {
            "a/Pulumi.yaml": manifest("a", "nowhere"),
            "a/Pulumi.dev.yaml": "",
            "a/Pulumi.prod.yaml": "",
            "b/Pulumi.yaml": manifest("b"),
            "b/Pulumi.dev.yaml": "config: [1]\n",
            "c/Pulumi.yaml": manifest("c"),
        },
    )
    tally = checked()
    assert ran == ["c/dev"]
    assert tally.incomplete == cli.EXIT_USAGE
    unrun = [finding for finding in tally.findings if finding.rule == "program-runs"]
    assert [(finding.subject.project, finding.subject.stack) for finding in unrun] == [("a", ""), ("b", "dev")]
    assert str(unrun[0].location) == "a/Pulumi.yaml:3:3"
    assert [finding.location is not None and finding.location.is_private for finding in unrun] == [False, True]
    assert "the run exits 2 whatever else is found" in unrun[0].remedy
    assert any(finding.rule == "stack-schema" for finding in tally.findings)
    assert cli.run(["check", "--exit-zero", "--fail-on", "critical"]) == cli.EXIT_USAGE
    assert "a/nowhere does not exist" in capsys.readouterr().out


def test_a_path_without_a_project_beside_one_with(tmp_path: Path) -> None:
    write(tmp_path, {"a/Pulumi.yaml": "name: a\nruntime: go\n", "b/README.md": ""})
    assert names(checked("a", "b"))[0] == ("folder", "b", "has no Pulumi.yaml in it")


def test_nothing_found_says_what_was_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {f".hidden{number}/Pulumi.yaml": "" for number in range(7)})
    assert cli.run(["check"]) == cli.EXIT_NOTHING
    said = capsys.readouterr().err
    assert "no Pulumi.yaml under .; .hidden0 is in a hidden folder; it is judged where it is named; " in said
    assert "and 2 more were passed over" in said


def test_a_project_without_a_stack_file_is_the_same_stack_to_both(
    tmp_path: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"Pulumi.yaml": manifest("bare"), "old/Pulumi.dev.yaml": ""})
    previews: list[str] = []

    def run(project: Path, stack: str, *_: object, **__: object) -> PreviewRun:
        previews.append(stack)
        return PreviewRun(0, [], "", "")

    told = [checked(), previewed(monkeypatch, run), previewed(monkeypatch, run, "dev")]
    assert (ran, previews) == (["bare/dev"], ["dev", "dev"])
    assert [tally.stacks for tally in told] == [1, 1, 1]
    for tally in told:
        (note,) = tally.notes
        assert note.startswith("Pulumi.yaml: no stack has a file, so the project is judged as a stack dev without")


def test_a_preview_passes_over_what_a_check_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path / "tree",
        {
            "app/Pulumi.yaml": manifest("app", more="stackConfigDir: config\n"),
            "app/config/Pulumi.dev.yaml": "",
            "app/Pulumi.prod.yaml": "",
            ".old/Pulumi.yaml": "",
        },
    )
    (tmp_path / "tree" / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path / "tree")
    tally = previewed(monkeypatch, lambda *_, **__: PreviewRun(0, [], "", ""))
    assert names(tally) == names(checked())
    assert [name for _, name, _ in names(tally)] == [".old", "link", "app/Pulumi.prod.yaml", "app/dev"]


def test_a_template_is_passed_over_in_both(tmp_path: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a/Pulumi.yaml": "name: ${PROJECT}\nruntime: python\n", "a/Pulumi.dev.yaml": ""})
    why = ("project", "a", "is a template, of which `pulumi new` makes projects; `poolgate lint` judges it")
    assert names(checked()) == names(previewed(monkeypatch, lambda *_, **__: PreviewRun(0, [], "", ""))) == [why]
    assert ran == []


def test_a_project_that_cannot_be_previewed_keeps_no_other_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {
            "a/Pulumi.yaml": manifest("a"),
            "b/Pulumi.yaml": manifest("b"),
            "c/Pulumi.yaml": "runtime: python\n",
        },
    )

    def run(project: Path, *_: object, **__: object) -> PreviewRun:
        if project.name == "a":
            raise ProjectUnusableError("its environment is missing")
        return PreviewRun(0, [], "", "")

    tally = previewed(monkeypatch, run)
    assert (tally.stacks, tally.incomplete) == (1, cli.EXIT_USAGE)
    assert [(finding.subject.project, finding.location and finding.location.file) for finding in tally.findings] == [
        ("c", "c/Pulumi.yaml"),
        ("a", "a/Pulumi.yaml"),
    ]


def test_only_the_stacks_that_are_asked_for_are_looked_at(
    tmp_path: Path, ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    waiver = (
        "- {rule: tags-required, target: {stack: a/*}, reason: x, owner: me, ticket: T-1, created: 2026-11-01, "
        "expires: 2027-01-01}\n"
    )
    write(
        tmp_path,
        {
            "a/Pulumi.yaml": manifest("a"),
            "a/Pulumi.dev.yaml": "",
            "a/Pulumi.prod.yaml": "config: [1]\n",
            "b/Pulumi.yaml": manifest("b", "nowhere"),
            "b/Pulumi.test.yaml": "",
            "waivers.yaml": f"waivers:\n{waiver}",
        },
    )
    command = ["check", "--waivers", "waivers.yaml", "--as-of", "2026-11-20", "--verbose"]
    assert cli.run([*command, "--stack", "dev"]) == cli.EXIT_NOTHING  # no pool is made
    out = capsys.readouterr().out
    assert ran == ["a/dev"]
    assert "note: judged as of 2026-11-20 (--as-of)\n" in out
    assert "all stacks of a project did not judge a: --stack" in out
    assert "  stack a/prod: is none of those that --stack names\n" in out
    assert "  stack b/test: is none of those that --stack names\n" in out
    assert "Pulumi.prod.yaml" not in out
    assert "covers nothing" not in out

    (tmp_path / "a" / "Pulumi.prod.yaml").write_text("")
    cli.run([*command, "-s", "dev", "-s", "prod"])
    out = capsys.readouterr().out
    assert sorted(ran) == ["a/dev", "a/dev", "a/prod"]  # programs run side by side, in no order
    assert "did not judge" not in out


@pytest.mark.parametrize("command", ["check", "preview"])
def test_a_stack_that_is_not_there_is_told_the_nearest(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"Pulumi.yaml": manifest("a"), "Pulumi.dev.yaml": "", "Pulumi.prod.yaml": ""})
    assert cli.run([command, "--stack", "prd"]) == cli.EXIT_USAGE
    said = "Pulumi.yaml: has no stack 'prd'; did you mean 'prod'?; there are: dev, prod\n"
    assert capsys.readouterr().err.endswith(said)
