"""Virtual environments: which one runs a program, and what happens when it is not there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from poolgate.errors import PoolgateError
from poolgate.sandbox import environments
from poolgate.sandbox.environments import (
    EnvironmentMissingError,
    OptionsError,
    PackEnvironmentError,
    PythonOptions,
    read_options,
)


@pytest.fixture
def said() -> list[str]:
    return []


def without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments.shutil, "which", lambda name: None)


def with_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """The uv of these tests' own environment: it takes a tenth of a second where venv and pip take ten."""
    monkeypatch.setenv("PATH", f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"virtualenv": "venv"}, "venv"),
        ({"virtualenv": "../shared"}, "../shared"),
        ({"toolchain": "uv"}, ".venv"),
        ({"toolchain": "uv", "virtualenv": "mine"}, "mine"),
        ({"toolchain": "pip"}, None),
    ],
)
def test_the_environment_is_relative_to_the_project(
    tmp_path: Path, options: dict[str, object], expected: str | None
) -> None:
    assert read_options(tmp_path, options).virtualenv == (tmp_path / expected if expected else None)


def fake_tool(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, script: str) -> Path:
    """An executable of that name, alone on the PATH beside the shell's own; what it is called with is in its log."""
    folder.mkdir(exist_ok=True)
    tool = folder / name
    tool.write_text(f'#!/bin/sh\necho "$PWD: $*" >> "{folder}/log"\n{script}\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "log"


def make_virtualenv(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


@pytest.mark.parametrize(
    ("files", "options", "expected"),
    [
        (["uv.lock", "infra/pyproject.toml"], {"toolchain": "uv"}, ".venv"),
        (["pyproject.toml"], {"toolchain": "uv"}, ".venv"),
        (["infra/pyproject.toml", "pyproject.toml"], {"toolchain": "uv"}, "infra/.venv"),
        (["infra/src/uv.lock", "uv.lock"], {"toolchain": "uv"}, "infra/src/.venv"),
        (["uv.lock"], {}, ".venv"),
        (["uv.lock"], {"toolchain": "pip"}, None),
        (["uv.lock"], {"toolchain": "uv", "virtualenv": "mine"}, "infra/mine"),
        (["pyproject.toml"], {}, None),
        ([], {"toolchain": "uv"}, "infra/src/.venv"),
    ],
)
def test_uvs_environment_is_beside_the_nearest_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], options: dict[str, object], expected: str | None
) -> None:
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)
    (tmp_path / "infra" / "src").mkdir(parents=True)
    for file in files:
        (tmp_path / file).touch()
    program = tmp_path / "infra" / "src" / "__main__.py"
    program.touch()
    found = read_options(tmp_path / "infra", options, program).virtualenv
    assert found == (tmp_path / expected if expected else None)


@pytest.mark.parametrize(("written", "expected"), [("shared", "{root}/shared"), ("/opt/shared", "/opt/shared")])
def test_uvs_environment_is_where_its_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, expected: str
) -> None:
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", written)
    (tmp_path / "uv.lock").touch()
    (tmp_path / "infra").mkdir()
    found = read_options(tmp_path / "infra", {}).virtualenv
    assert found == Path(expected.format(root=tmp_path))
    assert read_options(tmp_path / "infra", {"virtualenv": "mine"}).virtualenv == tmp_path / "infra" / "mine"


def test_poetry_is_asked_once_where_the_program_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_virtualenv(tmp_path / "made")
    log = fake_tool(
        monkeypatch, tmp_path / "tools", "poetry", f'echo "a warning"; echo {made}; echo "${{VIRTUAL_ENV-}}" >&2'
    )
    (tmp_path / "poetry.lock").touch()
    project = tmp_path / "infra"
    project.mkdir()
    for options in ({"toolchain": "poetry", "virtualenv": "ignored"}, {}):
        assert read_options(project, options) == PythonOptions(
            made, str(options.get("virtualenv", "")), "", "poetry", project
        )
    assert log.read_text() == f"{project}: env info --path\n"


def test_the_environment_of_poolgate_is_not_what_poetry_takes_for_active(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tool(monkeypatch, tmp_path / "tools", "poetry", 'echo "${VIRTUAL_ENV-/none}"')
    for active, expected in ((sys.prefix, "/none"), ("/mine", "/mine")):
        monkeypatch.setenv("VIRTUAL_ENV", active)
        environments._asked_of_poetry.cache_clear()
        assert read_options(tmp_path, {"toolchain": "poetry"}).virtualenv == Path(expected)


def test_without_poetry_its_environment_is_used_where_it_lies_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    with pytest.raises(
        EnvironmentMissingError, match=r"^the project in a uses poetry, which is not on PATH; install it"
    ):
        read_options(tmp_path / "a", {"toolchain": "poetry"})
    made = make_virtualenv(tmp_path / "a" / ".venv")
    assert read_options(tmp_path / "a", {"toolchain": "poetry"}).virtualenv == made


def test_a_poetry_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_tool(monkeypatch, tmp_path / "tools", "poetry", "exec sleep 60")
    monkeypatch.setattr(environments, "POETRY_LIMIT", 0.2)
    with pytest.raises(EnvironmentMissingError, match="did not end within 0 s"):
        read_options(tmp_path, {"toolchain": "poetry"})


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            ["pyproject.toml", "uv.lock"],
            "does not exist; create it with: (cd 'a b' && uv sync) or: poolgate check --install",
        ),
        (["pyproject.toml"], "does not exist; create it with: (cd 'a b' && uv sync) or: poolgate check --install"),
        (
            ["requirements.txt"],
            "create it with: uv venv 'a b/.venv' && uv pip install --python 'a b/.venv' -r 'a b/requirements.txt',"
            " or: poolgate check --install",
        ),
        ([], "it has no pyproject.toml, either; write both with: (cd 'a b' && uv init --bare && uv add pulumi)"),
    ],
)
def test_advice_for_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], expected: str) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("a b")
    folder.mkdir()
    for file in files:
        (folder / file).touch()
    options = read_options(folder, {"toolchain": "uv"})
    assert environments.missing_message(options, folder, "Pulumi.yaml").endswith(expected)
    chosen = read_options(folder, {"toolchain": "uv", "virtualenv": "mine"})
    said = environments.missing_message(chosen, folder, "Pulumi.yaml")
    assert (f"UV_PROJECT_ENVIRONMENT='{tmp_path}/a b/mine'" in said) is ("requirements.txt" not in files)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["pyproject.toml"], "create it with: (cd a && poetry install) or: poolgate check --install"),
        ([], "(cd a && poetry init --no-interaction --dependency pulumi && poetry install --no-root)"),
    ],
)
def test_advice_for_poetry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], expected: str) -> None:
    fake_tool(monkeypatch, tmp_path / "tools", "poetry", "exit 1")
    monkeypatch.chdir(tmp_path)
    Path("a").mkdir()
    for file in files:
        Path("a", file).touch()
    options = read_options(Path("a"), {"toolchain": "poetry"})
    assert environments.missing_message(options, Path("a"), "Pulumi.yaml").endswith(expected)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"uv.lock": "", "pyproject.toml": ""}, ["sync --quiet --frozen"]),
        (
            {"pyproject.toml": "[project]"},
            ["venv --quiet {made}", "pip install --quiet --python={made}/bin/python -r {project}/pyproject.toml"],
        ),
        (
            {"requirements.txt": "pulumi"},
            ["venv --quiet {made}", "pip install --quiet --python={made}/bin/python -r {project}/requirements.txt"],
        ),
    ],
)
def test_uv_makes_an_environment_outside_the_project(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch, files: dict[str, str], expected: list[str]
) -> None:
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)
    python = f'mkdir -p "$place/bin"; ln -s {sys.executable} "$place/bin/python"'
    make = f'place="${{UV_PROJECT_ENVIRONMENT:-$3}}"; [ "$1" = pip ] || {{ {python}; }}'
    log = fake_tool(monkeypatch, tmp_path / "tools", "uv", make)
    project = tmp_path / "project"
    project.mkdir()
    for name, text in files.items():
        (project / name).write_text(text)
    options = read_options(project, {"toolchain": "uv"})
    made = environments.ensure(project, options, "Pulumi.yaml", tmp_path / "cache", said.append)
    assert made is not None
    assert environments.is_virtualenv(made)
    assert made.is_relative_to(tmp_path / "cache")
    assert sorted(path.name for path in project.iterdir()) == sorted(files)
    calls = [line.removeprefix(f"{project}: ") for line in log.read_text().splitlines()]
    assert calls == [call.format(made=made, project=project) for call in expected]
    assert environments.existing(project, options, tmp_path / "cache") == made


def test_poetry_makes_its_own_environment_and_mends_a_half_made_one(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "poetrys"
    python = f"mkdir -p {place}/bin; ln -sf {sys.executable} {place}/bin/python"
    script = f'if [ "$1" = install ]; then {python}; fi; [ -e {place} ] && echo {place}'
    log = fake_tool(monkeypatch, tmp_path / "tools", "poetry", script)
    (tmp_path / "pyproject.toml").touch()

    def ensure() -> Path | None:
        options = read_options(tmp_path, {"toolchain": "poetry"})
        return environments.ensure(tmp_path, options, "Pulumi.yaml", tmp_path / "cache", said.append)

    monkeypatch.setattr(environments, "installed_version", lambda *_: "3.1.0")
    assert [ensure(), ensure()] == [place, place]
    monkeypatch.setattr(environments, "installed_version", lambda *_: None)
    assert ensure() == place
    commands = [line.partition(": ")[2] for line in log.read_text().splitlines()]
    assert commands.count("install --no-interaction --no-ansi") == 2


@pytest.mark.parametrize("toolchain", ["uv", "poetry"])
def test_a_tool_that_fails_is_told_in_its_own_words(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch, toolchain: str
) -> None:
    fake_tool(monkeypatch, tmp_path / "tools", toolchain, "echo no such package >&2; exit 1")
    for name in ("pyproject.toml", "uv.lock"):
        (tmp_path / name).touch()
    options = read_options(tmp_path, {"toolchain": toolchain})
    with pytest.raises(EnvironmentMissingError, match=r"(?s)create it with: .*tried: .*no such package"):
        environments.ensure(tmp_path, options, "Pulumi.yaml", tmp_path / "cache", said.append)


def test_an_absolute_environment_stays_and_uv_lock_implies_uv(tmp_path: Path) -> None:
    assert read_options(tmp_path, {"virtualenv": "/opt/venv"}).python() == Path("/opt/venv/bin/python")
    (tmp_path / "uv.lock").touch()
    assert read_options(tmp_path, {}).virtualenv == tmp_path / ".venv"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"virtualenv": 3}, "virtualenv must be a string"),
        ({"toolchain": ["pip"]}, "toolchain must be a string"),
        ({"toolchain": "conda"}, "unsupported toolchain option: conda"),
        ({"typechecker": "pytype"}, "unsupported typechecker option: pytype"),
    ],
)
def test_options_that_cannot_be_honoured_are_named(tmp_path: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        read_options(tmp_path, options)


def test_activation_changes_what_an_activate_script_changes() -> None:
    before = {"PATH": "/usr/bin", "PYTHONHOME": "/opt/python", "VIRTUAL_ENV": "/other", "KEPT": "1"}
    assert environments.activated(before, Path("/v")) == {
        "PATH": "/v/bin:/usr/bin",
        "VIRTUAL_ENV": "/v",
        "KEPT": "1",
    }
    assert environments.activated(before, None) == before


def test_the_ambient_interpreter_is_the_one_pulumi_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "my-python"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OptionsError, match="python3, python"):
        environments.ambient_python()
    monkeypatch.setenv("PULUMI_PYTHON_CMD", "my-python")
    assert environments.ambient_python() == mine


@pytest.mark.parametrize(
    ("manifest", "kind", "command"),
    [
        ("PulumiPolicy.yaml", PackEnvironmentError, "pulumi install"),
        ("Pulumi.yaml", EnvironmentMissingError, "pulumi install"),
    ],
)
def test_a_missing_environment_without_requirements_tells_the_command(
    tmp_path: Path, said: list[str], manifest: str, kind: type[Exception], command: str
) -> None:
    options = PythonOptions(tmp_path / "venv", "venv")
    with pytest.raises(kind) as caught:
        environments.ensure(tmp_path, options, manifest, tmp_path / "cache", said.append)
    message = str(caught.value)
    assert f"(cd {tmp_path} && {command})" in message
    assert f"{tmp_path / 'venv'} does not exist" in message
    assert f"python3 -m venv {tmp_path / 'venv'}" in message


def test_a_missing_environment_is_made_once_outside_the_tree(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_uv(monkeypatch)
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "requirements.txt").write_text("# nothing\n")
    options = PythonOptions(pack / "venv", "venv")
    made = environments.ensure(pack, options, "PulumiPolicy.yaml", tmp_path / "cache", said.append)
    assert made is not None
    assert environments.is_virtualenv(made)
    assert made.is_relative_to(tmp_path / "cache")
    assert sorted(path.name for path in pack.iterdir()) == ["requirements.txt"]
    assert "creating the virtual environment" in said[0]

    said.clear()
    assert environments.ensure(pack, options, "PulumiPolicy.yaml", tmp_path / "cache", said.append) == made
    assert said == []
    (pack / "requirements.txt").write_text("# other content\n")
    key = environments.ensure(pack, options, "PulumiPolicy.yaml", tmp_path / "cache", said.append)
    assert key != made


def test_requirements_that_cannot_be_installed_are_told_with_the_tools_own_words(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_uv(monkeypatch)
    (tmp_path / "requirements.txt").write_text(f"{tmp_path}/no-such-package\n")
    options = PythonOptions(tmp_path / "venv", "venv")
    for _ in range(2):  # a half-made environment is not taken for a complete one
        with pytest.raises(PackEnvironmentError) as caught:
            environments.ensure(tmp_path, options, "PulumiPolicy.yaml", tmp_path / "cache", said.append)
        assert "no-such-package" in str(caught.value)
        assert "pulumi install" in str(caught.value)


def test_a_tool_that_hangs_is_ended(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "creation_commands", lambda *_: [["sleep", "60"]])
    (tmp_path / "requirements.txt").touch()
    options = PythonOptions(tmp_path / "venv", "venv")
    with pytest.raises(PackEnvironmentError, match=r"sleep 60 did not end within"):
        environments.ensure(tmp_path, options, "PulumiPolicy.yaml", tmp_path / "c", said.append, limit=0.5)


def test_uv_is_used_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments.shutil, "which", lambda name: f"/tools/{name}")
    commands = environments.creation_commands(Path("/v"), Path("/p/requirements.txt"))
    assert [command[0] for command in commands] == ["/tools/uv", "/tools/uv"]
    assert commands[1][-2:] == ["-r", "/p/requirements.txt"]
    assert "--python=/v/bin/python" in commands[1]
    without_uv(monkeypatch)
    commands = environments.creation_commands(Path("/v"), None)
    assert commands == [[sys.executable, "-I", "-m", "venv", "/v"]]


def test_versions_are_read_without_importing(tmp_path: Path) -> None:
    import pulumi_policy

    assert pulumi_policy is not None
    expected = environments.installed_version(Path(sys.executable), "pulumi_policy")
    from importlib.metadata import version

    assert expected == version("pulumi-policy")
    assert environments.installed_version(Path(sys.executable), "no_such_distribution") is None
    with pytest.raises(PoolgateError, match="does not run"):
        environments.installed_version(tmp_path / "python", "pulumi_policy")


def test_an_interpreter_is_asked_once_until_something_is_installed(tmp_path: Path) -> None:
    python, installed = tmp_path / "bin" / "python", tmp_path / "lib" / "python3.11" / "site-packages"
    for folder in (python.parent, installed):
        folder.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho once >> asked\nwc -l < asked\n".replace("asked", str(tmp_path / "asked")))
    python.chmod(0o755)
    answers = [environments.answer(python, "print()", os.environ, limit=30.0).strip() for _ in range(2)]
    (installed / "more").mkdir()
    os.utime(installed, (1, 1))
    answers.append(environments.answer(python, "print()", os.environ, limit=30.0).strip())
    answers.append(environments.answer(python, "print(1)", os.environ, limit=30.0).strip())
    assert answers == ["1", "1", "2", "3"]
