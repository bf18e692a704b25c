"""Virtual environments: which one runs a program, and what happens when it is not there."""

from __future__ import annotations

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


def test_an_absolute_environment_stays_and_uv_lock_implies_uv(tmp_path: Path) -> None:
    assert read_options(tmp_path, {"virtualenv": "/opt/venv"}).python() == Path("/opt/venv/bin/python")
    (tmp_path / "uv.lock").touch()
    assert read_options(tmp_path, {}).virtualenv == tmp_path / ".venv"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"virtualenv": 3}, "virtualenv must be a string"),
        ({"toolchain": ["pip"]}, "toolchain must be a string"),
        ({"toolchain": "poetry"}, "official pulumi-language-python"),
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
        ("PulumiPolicy.yaml", PackEnvironmentError, "pulumi policy install"),
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
    without_uv(monkeypatch)
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
    without_uv(monkeypatch)
    (tmp_path / "requirements.txt").write_text(f"{tmp_path}/no-such-package\n")
    options = PythonOptions(tmp_path / "venv", "venv")
    for _ in range(2):  # a half-made environment is not taken for a complete one
        with pytest.raises(PackEnvironmentError) as caught:
            environments.ensure(tmp_path, options, "PulumiPolicy.yaml", tmp_path / "cache", said.append)
        assert "no-such-package" in str(caught.value)
        assert "pulumi policy install" in str(caught.value)


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
