"""Rewriting the copy's Pulumi files: secrets out, nothing else changed in meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolgate.errors import UsageError
from poolgate.lint.yaml_reader import read_yaml
from poolgate.sandbox import project_files
from poolgate.sandbox.project_files import ENCRYPTED_STAND_IN, ENCRYPTION_SALT


def stack_file(folder: Path, text: str) -> Path:
    path = folder / "Pulumi.dev.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_secret_is_replaced_wherever_it_is(tmp_path: Path) -> None:
    path = stack_file(
        tmp_path,
        """\
secretsprovider: azurekeyvault://vault.example/keys/key
encryptedkey: c2VjcmV0LWtleQ==
config:
  app:top:
    secure: v1:real:one
  app:object:
    list:
      - plain
      - secure: "v1:real:two"
    deep: {secure: v1:real:three, other: kept}
    secure-name: kept
""",
    )
    assert project_files.replace_secrets(path) == 2
    text = path.read_text()
    assert text.count(ENCRYPTED_STAND_IN) == 2
    assert ENCRYPTION_SALT in text
    assert "v1:real:one" not in text
    assert "v1:real:two" not in text
    # A mapping with more keys than `secure` is an ordinary object, for the engine too.
    assert "v1:real:three" in text
    assert "azurekeyvault" not in text
    assert "c2VjcmV0LWtleQ==" not in text


@pytest.mark.parametrize(
    "line",
    ["on: yes", "n: 012", "n: 0o17", "n: 1_000", "d: 2026-01-02", "s: '2026-01-02'", "t: 10:30", "e: ~", "f: 1.50"],
)
def test_other_values_keep_their_spelling(tmp_path: Path, line: str) -> None:
    path = stack_file(tmp_path, f"config:\n  app:{line}\n")
    project_files.replace_secrets(path)
    assert f"  app:{line}\n" in path.read_text()


def test_an_empty_stack_file_gets_the_salt_alone(tmp_path: Path) -> None:
    path = stack_file(tmp_path, "")
    assert project_files.replace_secrets(path) == 0
    assert path.read_text() == f'encryptionsalt: "{ENCRYPTION_SALT}"\n'


@pytest.mark.parametrize(
    ("text", "line"), [("config:\n  a: [\n", ":3: "), ("- 1\n", ":1: "), ("config:\n\t- a\n", ":2: ")]
)
def test_a_file_that_is_no_mapping_is_named_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    path = stack_file(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        project_files.replace_secrets(path)
    assert f"{path}{line}" in str(caught.value)


@pytest.mark.parametrize(
    "runtime",
    [
        "runtime: python",
        "runtime:\n  name: python",
        "runtime:\n  name: python\n  options: {virtualenv: ../shared/venv, toolchain: uv}",
    ],
)
def test_the_virtual_environment_becomes_absolute(tmp_path: Path, runtime: str) -> None:
    path = tmp_path / "Pulumi.yaml"
    path.write_text(f"name: app\n{runtime}\ndescription: on\n")
    node = project_files.compose(path)
    assert node is not None
    project_files.set_virtualenv(node, Path("/somewhere/venv"))
    project_files.write(path, node)
    assert project_files.runtime_options(project_files.compose(path)) == (
        "python",
        {"virtualenv": "/somewhere/venv", "toolchain": "pip"},
    )
    assert "description: on\n" in path.read_text()


def test_stacks_are_found_where_the_project_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: app\nruntime: python\n")
    for name in ("Pulumi.dev.yaml", "Pulumi.prod-eu.1.yml", "Pulumi.notes.txt", "other.yaml"):
        (tmp_path / name).write_text("")
    assert list(project_files.stack_files(tmp_path)) == ["dev", "prod-eu.1"]
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "Pulumi.test.yaml").write_text("")
    (tmp_path / "Pulumi.yaml").write_text("name: app\nruntime: python\nstackConfigDir: config\n")
    assert project_files.stack_files(tmp_path) == {"test": tmp_path / "config" / "Pulumi.test.yaml"}


def test_the_project_of_a_folder_is_the_nearest_above(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").write_text("name: app\n")
    assert project_files.project_of(inner) == tmp_path
    (tmp_path / "a" / "Pulumi.yml").write_text("name: nearer\n")
    assert project_files.project_of(inner) == tmp_path / "a"


def test_environments_are_left_out_of_the_copy(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("environment: [acme/dev]\nconfig: {shop:a: on}\n")
    assert project_files.imports_environments(file)
    project_files.replace_secrets(file)
    assert not project_files.imports_environments(file)
    assert "environment" not in file.read_text()
    assert "on}" in file.read_text()


def test_what_lies_under_the_configuration_of_a_copy(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(
        "config:\n  plain: 012\n  shop:config:old: x\n  shop:object: {a: 1, key: {secure: abc}, deep: {b: yes}}\n"
    )
    values = {
        "shop:plain": "lost",
        "shop:old": "lost",
        "shop:object": {"a": "lost", "key": {"other": "lost"}, "deep": {"b": "lost", "c": ["\x7f\u2028é", True]}},
        "aws:new": {"n": None, "f": 1.5, "i": 3, "t": "012", "b": False},
    }
    project_files.lay_under(file, "shop", values)
    assert "plain: 012" in file.read_text()
    assert "b: yes" in file.read_text()
    config = read_yaml(file).value["config"]
    assert config["shop:object"] == {"a": 1, "key": {"secure": "abc"}, "deep": {"b": "yes", "c": ["\x7f\u2028é", True]}}
    assert config["aws:new"] == values["aws:new"]
    assert config["shop:config:old"] == "x"
    assert set(config) == {"plain", "shop:config:old", "shop:object", "aws:new"}


@pytest.mark.parametrize("text", ["", "config:\n", "encryptionsalt: x\n"])
def test_what_lies_under_a_copy_that_configures_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(text)
    project_files.replace_secrets(file)
    project_files.lay_under(file, "shop", {"shop:a": "b"})
    assert read_yaml(file).value["config"] == {"shop:a": "b"}
