"""Projects are found, and the configuration of their stacks is what the engine passes to the program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from poolgate.errors import UsageError
from poolgate.lint.document import Position, YamlError
from poolgate.lint.project import Project, find_projects, json_text, load_project
from poolgate.lint.secure_value import SECURE_VALUE

PROJECT = """\
name: demo
runtime:
  name: python
  options: {toolchain: pip, virtualenv: venv}
config:
  azure-native:location: westeurope
  size: {type: integer, default: 2}
  zones: [a, b]
  needed: {type: string}
  aws:region: {value: eu-west-1}
"""
STACK = """\
encryptionsalt: v1:x
config:
  size: 1.50
  demo:name: yes
  demo:object:
    key: <1>
    list: [1, {secure: v1:hidden}, 1e21]
  demo:password:
    secure: v1:hidden
  demo:json: '{"a": [1]}'
  other:config:old: 012
  demo:nothing:
"""


def make(folder: Path, project: str = PROJECT, **stacks: str) -> Project:
    (folder / "Pulumi.yaml").write_text(project)
    for name, text in stacks.items():
        (folder / f"Pulumi.{name}.yaml").write_text(text)
    return load_project(folder)


def test_a_project_is_read(tmp_path: Path) -> None:
    project = make(tmp_path, dev=STACK)
    assert (project.name, project.runtime, project.main) == ("demo", "python", tmp_path)
    assert project.runtime_options == {"toolchain": "pip", "virtualenv": "venv"}
    assert list(project.stacks) == ["dev"]


def test_a_runtime_may_be_a_name_and_the_program_elsewhere(tmp_path: Path) -> None:
    project = make(tmp_path, "name: demo\nruntime: python\nmain: src\n")
    assert (project.runtime, project.runtime_options, project.main) == ("python", {}, tmp_path / "src")


def test_the_effective_configuration(tmp_path: Path) -> None:
    stack = make(tmp_path, dev=STACK).stacks["dev"]
    assert stack.effective() == {
        "aws:region": "eu-west-1",
        "azure-native:location": "westeurope",
        "demo:json": '{"a": [1]}',
        "demo:name": "yes",
        "demo:nothing": "",
        "demo:object": '{"key":"\\u003c1\\u003e","list":[1,"[secret]",1e+21]}',
        "demo:password": "[secret]",
        "demo:size": "1.5",
        "demo:zones": '["a","b"]',
        "other:old": "10",
    }
    assert stack.secret_keys == {"demo:password", "demo:object"}
    assert stack.effective(secret="x")["demo:password"] == "x"


def test_no_secret_is_kept(tmp_path: Path) -> None:
    stack = make(tmp_path, dev=STACK).stacks["dev"]
    assert stack.entries["demo:password"].value is SECURE_VALUE
    assert "hidden" not in repr(stack.entries["demo:object"].value)
    assert "hidden" not in f"{stack.entries['demo:password'].value}{stack.effective()}"


def test_an_object_that_is_more_than_secure_is_no_secret(tmp_path: Path) -> None:
    stack = make(tmp_path, dev="config:\n  o: {secure: a, more: b}\n").stacks["dev"]
    assert stack.secret_keys == frozenset()
    assert stack.effective()["demo:o"] == '{"more":"b","secure":"a"}'


def test_positions_of_parts_of_the_configuration(tmp_path: Path) -> None:
    stack = make(tmp_path, dev=STACK).stacks["dev"]
    assert stack.position("size") == Position(3, 9)
    assert stack.position("demo:size") == Position(3, 9)
    assert stack.position("object", ("list", 2)) == Position(7, 36)
    assert stack.position("demo:json", ("a", 0)) == Position(10, 14)
    assert stack.position("other:old") == Position(11, 21)
    assert stack.position("demo:password") == Position(9, 5)
    assert stack.position("azure-native:location") is None
    default = stack.project.declared["demo:size"]
    assert (default.document.file, default.position()) == (tmp_path / "Pulumi.yaml", Position(7, 34))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("config: [1]\n", "Pulumi.dev.yaml:1:9: expected an object with a value for each key"),
        ("- 1\n", "Pulumi.dev.yaml:1:1: expected an object with config"),
        ("config:\n  a:b:c: 1\n", "Pulumi.dev.yaml:2:10: expected a key of the form NAME or NAMESPACE:NAME"),
    ],
)
def test_a_configuration_that_the_engine_refuses(tmp_path: Path, text: str, message: str) -> None:
    stack = make(tmp_path, dev=text).stacks["dev"]
    with pytest.raises(YamlError) as refusal:
        stack.effective()
    assert str(refusal.value) == f"{tmp_path}/{message}"


def test_an_empty_stack_file_is_an_empty_configuration(tmp_path: Path) -> None:
    assert make(tmp_path, "name: demo\nruntime: python\n", dev="").stacks["dev"].effective() == {}


@pytest.mark.parametrize("key", ["stackConfigDir", "config"])
def test_stack_files_may_be_in_a_folder_of_their_own(tmp_path: Path, key: str) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "Pulumi.dev.yml").write_text("config: {a: 1}\n")
    project = make(tmp_path, f"name: demo\nruntime: python\n{key}: conf\n")
    assert project.stacks["dev"].effective() == {"demo:a": "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [("runtime: python\n", "Pulumi.yaml:1:1: the project has no name"), ("[]", "Pulumi.yaml:1:1: expected an object")],
)
def test_a_project_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(YamlError, match=message):
        make(tmp_path, text)


def test_a_folder_without_a_project(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no Pulumi\.yaml here"):
        load_project(tmp_path)


def write_project(folder: Path, text: str = "name: x\nruntime: python\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(text)
    return folder


def make_environment(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to("/no/longer/there/python3")
    (folder / "pyvenv.cfg").write_text("home = /no/longer/there\ninclude-system-site-packages = false\n")
    return folder


def found_in(path: Path) -> tuple[list[str], dict[str, str]]:
    """The projects that are found, and what is passed over with its reason, both relative to the path."""
    told: dict[str, str] = {}

    def pass_over(kind: str, where: Path, why: str) -> None:
        told[f"{kind} {where.relative_to(path)}"] = why

    return [str(folder.relative_to(path)) for folder in find_projects(path, pass_over)], told


def test_projects_are_found_and_other_peoples_are_not(tmp_path: Path) -> None:
    make_environment(tmp_path / "env")
    for folder in ("b", "a/inner", "a", "node_modules/x", ".git/x", "env/lib/python3/site-packages/x", "env/bin/x"):
        write_project(tmp_path / folder)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert found_in(tmp_path) == (["a", "a/inner", "b"], {})
    assert find_projects(tmp_path / "b" / "Pulumi.yaml") == [tmp_path / "b"]


@pytest.mark.parametrize("config", ["", "home\n", "version = 3.12\n"])
@pytest.mark.parametrize("name", ["venv", "env", ".."])
def test_a_folder_is_an_environment_by_what_is_in_it_and_not_by_a_name(tmp_path: Path, config: str, name: str) -> None:
    project = write_project(tmp_path / "tree" / "venv")
    (project / name / "pyvenv.cfg").resolve().parent.mkdir(exist_ok=True)
    (project / name / "pyvenv.cfg").write_text(config)
    (project / "bin").mkdir(exist_ok=True)
    assert found_in(tmp_path / "tree") == (["venv"], {})


def test_an_environment_without_a_python_is_none(tmp_path: Path) -> None:
    (make_environment(tmp_path / "env") / "bin" / "python").unlink()
    write_project(tmp_path / "env" / "lib")
    assert found_in(tmp_path) == (["env/lib"], {})


def test_a_project_that_an_environment_was_made_around_is_found(tmp_path: Path) -> None:
    project = write_project(make_environment(tmp_path / "app"))
    write_project(project / "other")
    write_project(project / "lib" / "python3" / "x")
    assert found_in(tmp_path) == (["app", "app/other"], {})


def test_what_is_behind_a_link_or_hidden_is_told(tmp_path: Path) -> None:
    write_project(tmp_path / "elsewhere" / "far")
    tree = tmp_path / "tree"
    write_project(tree / "near")
    (tree / "linked").symlink_to(tmp_path / "elsewhere")
    (tree / "near" / "again").symlink_to(tree / "near")
    write_project(tree / ".hidden")
    write_project(tree / "node_modules")
    projects, told = found_in(tree)
    assert projects == ["near"]
    assert told == {
        "folder linked": "is a link, and links are not followed; name it to have it read",
        "project .hidden": "is in a hidden folder; it is judged where it is named",
        "project node_modules": "is in a folder of the name node_modules; it is judged where it is named",
    }
    for named in ("linked/far", ".hidden", "node_modules"):
        assert found_in(tree / named) == (["."], {})
    assert found_in(tree / "linked")[0] == ["far"]


def test_a_project_file_that_is_none_is_told(tmp_path: Path) -> None:
    for name in ("dangling", "pipe", "lower", "good"):
        (tmp_path / name).mkdir()
    (tmp_path / "dangling" / "Pulumi.yaml").symlink_to("nowhere.yaml")
    os.mkfifo(tmp_path / "pipe" / "Pulumi.yml")
    (tmp_path / "lower" / "pulumi.yaml").write_text("name: x\n")
    (tmp_path / "real.yaml").write_text("name: x\n")
    (tmp_path / "good" / "Pulumi.yaml").symlink_to("../real.yaml")
    assert found_in(tmp_path) == (
        ["good"],
        {
            "project dangling/Pulumi.yaml": "is a link that leads nowhere",
            "project pipe/Pulumi.yml": "is not a regular file",
            "project lower/pulumi.yaml": "is not read by the engine, which looks for Pulumi.yaml",
        },
    )


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path / "a")
    write_project(tmp_path / "locked")
    scandir = os.scandir

    def refusing(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert found_in(tmp_path) == (["a"], {"folder locked": "cannot be read: Permission denied"})


def test_files_that_look_like_a_stacks_are_told(tmp_path: Path) -> None:
    project = make(tmp_path, "name: x\nruntime: python\nstackConfigDir: stacks\n")
    folder = tmp_path / "stacks"
    folder.mkdir()
    for name in ("stacks/Pulumi.dev.yaml", "stacks/Pulumi.dev.json", "stacks/pulumi.prod.yaml", "Pulumi.old.yaml"):
        (tmp_path / name).write_text("")
    os.mkfifo(folder / "Pulumi.pipe.yaml")
    (folder / "Pulumi.gone.yaml").symlink_to("nowhere.yaml")
    assert list(project.stack_files.items()) == [("dev", folder / "Pulumi.dev.yaml")]
    assert {f"{kind} {path.name}": why for kind, path, why in project.passed_over} == {
        "file Pulumi.dev.json": "stands beside Pulumi.dev.yaml, which is read in its place",
        "stack pulumi.prod.yaml": "is not read by the engine, which looks for Pulumi.prod.yaml",
        "stack Pulumi.pipe.yaml": "is not a regular file",
        "stack Pulumi.gone.yaml": "is a link that leads nowhere",
        "stack Pulumi.old.yaml": "is not in the folder that stackConfigDir names, and the engine reads no other",
    }


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        find_projects(tmp_path / "nowhere")


def test_json_is_spelled_as_the_engine_spells_it() -> None:
    value = {"b": [1e21, 1e-7, 2**63, None, True], "a": "<&>\u2028\té"}
    assert json_text(value) == (
        '{"a":"\\u003c\\u0026\\u003e\\u2028\\té","b":[1e+21,1e-7,9223372036854776000,null,true]}'
    )
