from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference_pools.state_file import StateError
from poolgate.audit import listing
from poolgate.audit.listing import list_states
from poolgate.errors import UsageError


def write(root: Path, *names: str, content: bytes = b"{}") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def names(*paths: Path | str, below: Path) -> list[str]:
    return [Path(state.name).relative_to(below).as_posix() for state in list_states([str(path) for path in paths])]


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """What the engine's file backend looks like after some updates, with checkpoints retained."""
    root = tmp_path / "backend"
    write(root, ".pulumi/meta.yaml", content=b"version: 1\n")
    write(
        root / ".pulumi/stacks",
        "legacy.json",
        "legacy.json.bak",
        "ranking/dev.json",
        "ranking/dev.json.attrs",
        "ranking/dev.json.bak",
        "ranking/dev.json.bak.attrs",
        "ranking/dev.json.1763892003217461000",
        "ranking/dev.pulumi-tags",
        "ranking/prod.json.gz",
        "ranking/prod.json.gz.1763892003217461000",
        "ranking/prod.json.gz.bak",
        "search/prod.json.zst",
        "search/too/deep.json",
        "search/folder.json/deep.json",
    )
    write(root, ".pulumi/history/ranking/dev/dev-1763892003217461000.history.json")
    write(root, ".pulumi/history/ranking/dev/dev-1763892003217461000.checkpoint.json")
    write(root, ".pulumi/backups/ranking/dev/dev.1763892003217461000.json")
    write(root, ".pulumi/locks/organization/ranking/dev/4b2d.json")
    write(root, ".pulumi/journal/ranking/dev/1.json")
    write(root, "package.json")
    return root


STACKS = [
    (".pulumi/stacks/legacy.json", "", "legacy"),
    (".pulumi/stacks/ranking/dev.json", "ranking", "dev"),
    (".pulumi/stacks/ranking/prod.json.gz", "ranking", "prod"),
    (".pulumi/stacks/search/prod.json.zst", "search", "prod"),
    (".pulumi/stacks/search/folder.json/deep.json", "", ""),
    (".pulumi/stacks/search/too/deep.json", "", ""),
]


def test_backend_gives_the_current_state_of_each_stack(backend: Path) -> None:
    found = list_states([str(backend)])
    assert [(Path(state.name).relative_to(backend).as_posix(), state.project, state.stack) for state in found] == STACKS
    assert [state.expected for state in found] == [True, True, True, True, False, False]
    assert found[0].name == str(backend / ".pulumi/stacks/legacy.json")


@pytest.mark.parametrize(
    ("part", "expected"),
    [(".pulumi", STACKS), (".pulumi/stacks", STACKS), (".pulumi/stacks/ranking", STACKS[1:3])],
)
def test_part_of_a_backend_is_read_by_its_rules(
    backend: Path, part: str, expected: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(backend / part, below=backend) == [path for path, _, _ in expected]
    monkeypatch.chdir(backend / part)
    here = list_states(["."])
    assert [(state.project, state.stack) for state in here] == [(project, stack) for _, project, stack in expected]


def test_backend_within_a_searched_folder(backend: Path) -> None:
    write(backend.parent, "a.json", "zoo/b.json")
    assert names(backend.parent, below=backend.parent) == [
        "a.json",
        *(f"backend/{path}" for path, _, _ in STACKS),
        "zoo/b.json",
    ]


def passed_over(*paths: Path | str, below: Path) -> dict[str, tuple[str, str]]:
    """Kind and reason of what was met and not listed, by name."""
    told: dict[str, tuple[str, str]] = {}
    list_states([str(path) for path in paths], lambda kind, name, why: told.update({name: (kind, why)}))
    return {Path(name).relative_to(below).as_posix(): value for name, value in told.items()}


def test_what_a_backend_keeps_beside_its_states_is_told_by_kind(backend: Path) -> None:
    write(backend, ".pulumi/stacks/ranking/.gitkeep")
    write(backend, ".pulumi/stacks/ranking/removed.pulumi-tags")  # those of a stack that is there are read with it
    assert passed_over(backend, below=backend) == {
        ".": ("folder", "is a backend: what lies beside its .pulumi was not searched"),
        ".pulumi/stacks/**/*": ("file", "are files that are no state by their name (1)"),
        ".pulumi/stacks/**/*.attrs": ("file", "are attributes of files (2)"),
        ".pulumi/stacks/**/*.bak": ("file", "are states before their last update (3)"),
        ".pulumi/stacks/**/*.json.<time>": ("file", "are states of earlier updates (2)"),
        ".pulumi/stacks/**/*.pulumi-tags": ("file", "are tags of stacks (1)"),
        ".pulumi/history": ("folder", "holds the updates of the past"),
        ".pulumi/backups": ("folder", "holds the states of the past"),
        ".pulumi/journal": ("folder", "holds the steps of updates"),
        ".pulumi/locks": ("folder", "holds the locks of updates that are under way or were broken off"),
    }
    assert passed_over(backend / ".pulumi/stacks/search", below=backend) == {}


def test_what_the_listing_of_the_engine_leaves_out_is_listed_and_says_why(backend: Path) -> None:
    write(backend / ".pulumi/stacks", "ranking/of the team.json", "new project/dev.json")

    def left_out() -> dict[str, str]:
        return {Path(state.name).name: state.not_shown for state in list_states([str(backend)]) if state.not_shown}

    told = left_out()
    assert set(told) == {"legacy.json", "deep.json", "of the team.json", "dev.json"}
    assert "old layout" in told["legacy.json"]
    assert told["deep.json"] == "lies deeper than stacks do"
    assert told["of the team.json"] == told["dev.json"] == "has a name that no stack of Pulumi has"

    (backend / ".pulumi/meta.yaml").unlink()
    assert "no meta.yaml" in left_out()["prod.json.gz"]
    assert "legacy.json" not in left_out()


def test_locked_stacks_are_marked_with_the_time_of_their_oldest_lock(backend: Path) -> None:
    locks = backend / ".pulumi/locks"
    write(locks, "organization/ranking/dev/9f01.json", "legacy/77aa.json", "organization/gone/dev/1.json")
    write(locks, "organization/ranking/prod/notes.txt", "organization/ranking/1.json")
    for path, seconds in (("organization/ranking/dev/4b2d.json", 0), ("organization/ranking/dev/9f01.json", 3600)):
        os.utime(locks / path, (seconds, seconds))
    found = {(state.project, state.stack): state.locked for state in list_states([str(backend)])}
    assert found.pop(("ranking", "dev")) == "1970-01-01 00:00 UTC"
    assert found.pop(("", "legacy"))
    assert set(found.values()) == {""}


@pytest.mark.parametrize("query", ["?no_tmp_dir=true", "?metadata=skip&create_dir=1", "?base_url=&secret_key_path="])
def test_parameters_of_the_engine_are_taken(backend: Path, query: str) -> None:
    assert len(list_states([f"file://{backend}{query}"])) == len(STACKS)


def test_an_address_of_no_backend_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"^file://{tmp_path}: is no backend of Pulumi: there is no folder"):
        list_states([f"file://{tmp_path}"])


def test_a_state_of_standard_input_is_expected_to_be_one() -> None:
    assert [one.expected for one in listing._states_at("-", lambda *_: None)] == [True]


def test_other_parameters_are_refused_by_name(backend: Path) -> None:
    with pytest.raises(UsageError, match="'region' is no parameter of a file:// address"):
        list_states([f"file://{backend}?metadata=skip&region=eu"])


def test_what_a_search_leaves_out_is_told(tmp_path: Path) -> None:
    write(
        tmp_path, "a.json", "notes.txt", ".git/x.json", "node_modules/x.json", "venv/pyvenv.cfg", "__pycache__/x.json"
    )
    os.mkfifo(tmp_path / "pipe.json")
    os.mkfifo(tmp_path / "pipe")
    assert passed_over(tmp_path, below=tmp_path) == {
        ".git": ("folder", "is hidden"),
        "__pycache__": ("folder", "holds compiled Python"),
        "node_modules": ("folder", "holds packages of Node.js"),
        "pipe.json": ("file", "is a pipe; name it to have it read"),
        "venv": ("folder", "is a virtual environment of Python: it has a pyvenv.cfg"),
    }


@pytest.mark.parametrize("newest", ["dev.json", "dev.json.gz", "dev.json.zst"])
def test_newest_compression_of_a_stack_wins(tmp_path: Path, newest: str) -> None:
    folder = tmp_path / ".pulumi/stacks/ranking"
    for name in ("dev.json", "dev.json.gz", "dev.json.zst"):
        write(folder, name)
        os.utime(folder / name, ns=(0, 2_000 if name == newest else 1_000))
    assert names(tmp_path, below=folder) == [newest]


def test_of_equally_new_compressions_the_last_wins_as_in_the_engine(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi/stacks/ranking"
    for name in ("dev.json.gz", "dev.json"):
        write(folder, name)
        os.utime(folder / name, ns=(0, 1_000))
    assert names(tmp_path, below=folder) == ["dev.json.gz"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version: 2\n", "meta.yaml: version: is 2, a layout newer than what is read (1)"),
        (b"version: one\n", "meta.yaml: version: is no whole number"),
        (b"", "meta.yaml: version: is no whole number"),
        (b"- 1\n", "meta.yaml: version: is no whole number"),
        (b"version: [\n", "meta.yaml: cannot be read: "),
        (b"\xff\xfe\x00", "meta.yaml: cannot be read: "),
    ],
)
def test_backend_of_an_unknown_layout_is_refused(backend: Path, content: bytes, message: str) -> None:
    (backend / ".pulumi/meta.yaml").write_bytes(content)
    for part in ("", ".pulumi", ".pulumi/stacks", ".pulumi/stacks/ranking"):
        with pytest.raises(UsageError) as caught:
            list_states([str(backend / part)])
        assert message in str(caught.value)


def test_old_layout_has_no_meta_or_version_0(backend: Path) -> None:
    (backend / ".pulumi/meta.yaml").write_text("version: 0\n")
    assert len(list_states([str(backend)])) == len(STACKS)
    (backend / ".pulumi/meta.yaml").unlink()
    assert len(list_states([str(backend)])) == len(STACKS)


def test_folder_is_searched_for_json(tmp_path: Path) -> None:
    write(
        tmp_path,
        "b.json",
        "a.json.gz",
        "c.json.zst",
        "notes.txt",
        "a.yaml",
        "d.json.bak",
        "e.gz",
        "sub/f.json",
        ".g.json",
    )
    write(tmp_path, ".git/h.json", "node_modules/x/package.json", "__pycache__/i.json")
    write(tmp_path, "env/pyvenv.cfg", "env/lib/pulumi-plugin.json")
    found = list_states([str(tmp_path)])
    assert [Path(state.name).relative_to(tmp_path).as_posix() for state in found] == [
        ".g.json",
        "a.json.gz",
        "b.json",
        "c.json.zst",
        "sub/f.json",
    ]
    assert not any(state.expected or state.stack or state.project for state in found)


def test_named_file_must_be_a_state_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "prod.txt")
    file = tmp_path / "prod.txt"
    (found,) = list_states([str(file)])
    assert (found.name, found.expected, found.size, found.read()) == (
        str(file),
        True,
        file.stat().st_size,
        file.read_bytes(),
    )


def test_each_file_once_in_the_order_given(tmp_path: Path) -> None:
    write(tmp_path, "a.json", "b.json", "c.json")
    (tmp_path / "link.json").symlink_to(tmp_path / "a.json")
    (tmp_path / "sub").mkdir()
    found = list_states([str(tmp_path / "c.json"), str(tmp_path), str(tmp_path / "sub" / ".." / "b.json")])
    assert [(Path(state.name).name, state.expected) for state in found] == [
        ("c.json", True),
        ("a.json", False),
        ("b.json", True),
    ]


def test_linked_folders_are_searched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "states/a.json", "elsewhere/b.json")
    (tmp_path / "states/up").symlink_to(tmp_path / "states")
    (tmp_path / "states/other").symlink_to(tmp_path / "elsewhere")
    searched: list[Path] = []
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: searched.append(path) or listdir(path))
    assert names(tmp_path / "states", below=tmp_path) == ["states/a.json", "states/other/b.json"]
    assert searched == [tmp_path / "states", tmp_path / "states/other"]


def test_link_to_nowhere_is_listed_and_a_pipe_is_not(tmp_path: Path) -> None:
    (tmp_path / "gone.json").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    assert [Path(state.name).name for state in list_states([str(tmp_path)])] == ["gone.json", "loop.json"]


@pytest.mark.parametrize("writing", ["file://{}", "file://{}?no_tmp_dir=true", "file://./x/..", "file://~", "file://"])
def test_file_addresses_are_what_the_engine_takes_them_for(
    writing: str, backend: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (backend / "x").mkdir()
    monkeypatch.chdir(backend)
    monkeypatch.setenv("HOME", str(backend))
    assert len(list_states([writing.format(backend)])) == len(STACKS)


def test_file_address_is_decoded(tmp_path: Path) -> None:
    write(tmp_path, "my states/.pulumi/stacks/ranking/dev.json")
    assert len(list_states([f"file://{tmp_path}/my%20states"])) == 1


@pytest.mark.parametrize("address", ["file://~", "file://{}", "file://{}/a.json", "file://{}/.pulumi"])
def test_file_address_is_a_backend_or_an_error(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As a home is in which Pulumi keeps its plugins.
    write(tmp_path, ".pulumi/credentials.json", ".pulumi/plugins/x.json", "a.json", "deep/b.json")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("listdir", "scandir"):
        monkeypatch.setattr(os, name, lambda path: pytest.fail(f"{path} was searched"))
    with pytest.raises(UsageError, match=r"is no backend of Pulumi: .* leave out file://$"):
        list_states([address.format(tmp_path)])


def test_backend_without_stacks_has_no_states(tmp_path: Path) -> None:
    write(tmp_path, ".pulumi/meta.yaml", content=b"version: 1")
    assert list_states([f"file://{tmp_path}"]) == []
    (tmp_path / ".pulumi/meta.yaml").write_text("version: 7")
    with pytest.raises(UsageError, match="a layout newer"):
        list_states([f"file://{tmp_path}"])


@pytest.mark.parametrize("address", ["postgresql://host/database", "S3://bucket", "https://example.com/x", "FILE:///x"])
def test_other_addresses_are_refused_by_name(address: str) -> None:
    with pytest.raises(UsageError, match=f"^{address}: can be no backend: an address begins with file://, s3://"):
        list_states([address])


@pytest.mark.parametrize("path", ["missing", "missing/prod.json", "file:///missing", "x\0y"])
def test_path_that_is_not_there(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        list_states([path])


def test_path_that_cannot_be_one() -> None:
    with pytest.raises(UsageError, match="cannot be read: File name too long"):
        list_states(["x" * 5000])


def test_folder_that_cannot_be_listed_is_an_entry(backend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(backend.parent, "open/a.json", "closed/b.json")
    closed = {backend.parent / "closed", backend / ".pulumi/stacks/ranking"}
    for name in ("listdir", "scandir"):
        list_one = getattr(os, name)

        def refuse(path: Path, list_one: Callable[[Path], Any] = list_one) -> Any:
            # As root, who runs the tests in many containers, everything can be listed.
            if Path(path) in closed:
                raise PermissionError(13, "Permission denied")
            return list_one(path)

        monkeypatch.setattr(os, name, refuse)
    found = {Path(state.name).name: state for state in list_states([str(backend.parent)])}
    for name in ("closed", "ranking"):
        with pytest.raises(StateError, match="cannot be searched: Permission denied"):
            found[name].read()
    assert found["ranking"].project == "ranking"
    assert {"a.json", "legacy.json", "prod.json.zst"} <= found.keys()


def test_versions_are_for_those_who_remember_them(backend: Path) -> None:
    with_them, without = ([*list_states([str(backend)], versions=versions)] for versions in (True, False))
    assert all(state.version and state.changed and state.version_now for state in with_them)
    assert not any(state.version or state.changed or state.version_now for state in without)
    assert with_them == without


def test_names_are_as_a_path_writes_them(backend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(backend / ".pulumi/stacks/search")
    below = [state.name for state in list_states(["."])]
    assert below == ["prod.json.zst", "folder.json/deep.json", "too/deep.json"]
    assert next(state.project for state in list_states(["."])) == "search"


def test_however_many_folders_there_are_each_file_is_listed_once(
    backend: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_FOLDERS_KNOWN", 1)
    (backend.parent / "link").symlink_to(backend)
    twice = names(backend.parent / "link", backend, below=backend.parent)
    assert twice == names(backend.parent / "link", below=backend.parent)


def test_very_deep_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    depth = 600
    here = tmp_path
    monkeypatch.chdir(here)
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.json").write_text("{}")
    os.chdir(tmp_path)
    assert len(list_states([str(tmp_path)])) == 1
