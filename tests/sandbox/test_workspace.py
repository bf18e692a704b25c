"""The sandbox: a copy and nothing but a copy, nothing applied, nothing waited for without a limit."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poolgate.errors import PoolgateError, UsageError
from poolgate.sandbox import workspace
from poolgate.sandbox.engine import Engine
from poolgate.sandbox.environments import PackEnvironmentError
from poolgate.sandbox.project_files import SECRET_STAND_IN
from poolgate.sandbox.workspace import (
    APPLYING,
    HARMLESS,
    PLAIN_GLOBALS,
    VALUED_GLOBALS,
    CommandTimeoutError,
    KeptSandbox,
    RefusedError,
    Sandbox,
    chosen_stack,
    pulumi_subcommand,
    refuse_applying,
    sandbox_command,
)
from poolgate.standin import clouds

MakeFolder = Callable[..., Path]
ReadTree = Callable[[Path], dict[str, bytes]]


@pytest.fixture
def unused_engine(tmp_path: Path) -> Engine:
    """For tests that never start the engine."""
    path = tmp_path / "engine" / "pulumi"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\nexit 99\n")
    path.chmod(0o755)
    return Engine(path, "3.255.0", "test")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(condition: Callable[[], bool], limit: float = 30.0) -> bool:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["pulumi", "preview"], "preview"),
        (["/opt/pulumi", "-C", "up", "--color", "never", "preview", "up"], "preview"),
        (["pulumi", "--non-interactive", "--cwd=x", "up"], "up"),
        (["pulumi"], ""),
        (["make", "up"], None),
        ([], None),
    ],
)
def test_the_subcommand_is_found(command: list[str], expected: str | None) -> None:
    assert pulumi_subcommand(command) == expected


@pytest.mark.parametrize("name", ["up", "dn", "refresh", "a-command-of-tomorrow"])
def test_applying_is_refused_before_anything_starts(unused_engine: Engine, tmp_path: Path, name: str) -> None:
    with Sandbox(engine=unused_engine) as sandbox:
        with pytest.raises(RefusedError, match=f"`pulumi {name}` is refused"):
            sandbox.run(["pulumi", "-C", ".", name, "--yes"], cwd=tmp_path, timeout=10)
        with pytest.raises(RefusedError):
            sandbox.pass_through(["pulumi", name], cwd=tmp_path, timeout=10)
    with Sandbox(engine=unused_engine, test_only_allow_apply=True) as sandbox:
        assert sandbox.run(["pulumi", name], cwd=tmp_path, timeout=10).returncode == 99


@pytest.mark.parametrize("hiding", ["--refresh preview", "-y preview", "-C preview --stack preview"])
def test_no_option_before_the_command_hides_it(hiding: str) -> None:
    """The engine takes the word after an option that it does not know there for its value, and runs `up`."""
    with pytest.raises(RefusedError, match="options of a command stand after it"):
        refuse_applying(["pulumi", *hiding.split(), "up"])
    for known in ("-Cpreview preview", "-v9 preview", "--color=never preview", "--version", "-e -C . pre --refresh"):
        refuse_applying(["pulumi", *known.split()])


def _help(engine: Engine, *command: str) -> str:
    variables = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    asked = [str(engine.path), *command, "--help"]
    return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True, env=variables).stdout


@pytest.mark.engine
def test_every_word_that_applies_is_refused(engine: Engine) -> None:
    """Commands, their other names and the options that may stand before them are as the engine's own help has them."""
    told = _help(engine)
    commands = re.findall(r"^  ([a-z][a-z-]*) {2,}\S", told.partition("Flags:")[0], re.MULTILINE)
    assert {"up", "destroy", "preview", "stack"} <= set(commands)
    assert set(commands) <= APPLYING | HARMLESS
    for command in APPLYING.intersection(commands):
        aliases = re.search(r"^Aliases:\n  (.*)$", _help(engine, command), re.MULTILINE)
        assert not aliases or set(aliases[1].split(", ")) <= APPLYING
    assert not APPLYING & HARMLESS
    flags = re.findall(r"^  (?:(-\w), |    )(--[a-z-]+)( [\w:]+)?  ", told.partition("\nFlags:")[2], re.MULTILINE)
    assert {name for short, long, value in flags if value for name in (short, long) if name} == VALUED_GLOBALS
    assert {name for short, long, value in flags if not value for name in (short, long) if name} == PLAIN_GLOBALS


@pytest.mark.parametrize(
    ("command", "stacks", "expected"),
    [
        (["pulumi", "preview", "-sb"], ["a", "b"], "b"),
        (["pulumi", "preview", "-s", "b"], ["a", "b"], "b"),
        (["pulumi", "preview", "--stack=c"], ["a", "b"], "c"),
        (["pulumi", "preview"], ["only"], "only"),
        (["pulumi", "version"], ["a", "b"], None),
        (["make", "preview"], [], None),
    ],
)
def test_the_stack_is_chosen(command: list[str], stacks: list[str], expected: str | None) -> None:
    assert chosen_stack(command, stacks, Path("project")) == expected


@pytest.mark.parametrize(("stacks", "message"), [(["dev", "prod"], "dev, prod"), ([], "no Pulumi.<stack>.yaml")])
def test_no_stack_is_guessed(stacks: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        chosen_stack(["pulumi", "preview"], stacks, Path("project"))


def test_the_environment_has_no_credentials_and_no_other_backend(
    unused_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ARM_CLIENT_SECRET", "AZURE_CLIENT_ID", "AWS_SECRET_ACCESS_KEY", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "from-outside")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/from-outside")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://from-outside")
    monkeypatch.setenv("PULUMI_OPTION_REFRESH", "true")
    with Sandbox(engine=unused_engine) as sandbox:
        environment = sandbox.environment()
        inside = {name: value for name, value in environment.items() if "from-outside" in value}
        assert inside == {}
        assert environment["PULUMI_BACKEND_URL"].startswith(f"file://{sandbox.root}")
        assert environment["PULUMI_HOME"].startswith(str(sandbox.root))
        assert environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
        assert environment["PULUMI_OPTION_REFRESH"] == "true"
        assert environment["PATH"].split(":")[0] == str(sandbox.root / "bin")
        assert environment["HOME"] == os.environ["HOME"]


def test_states_are_kept_at_every_step_only_where_something_is_applied(unused_engine: Engine) -> None:
    with (
        Sandbox(engine=unused_engine) as previewing,
        Sandbox(engine=unused_engine, test_only_allow_apply=True) as applying,
    ):
        assert previewing.environment()["PULUMI_SKIP_CHECKPOINTS"] == "true"
        assert "PULUMI_SKIP_CHECKPOINTS" not in applying.environment()


def test_an_official_host_beside_the_engine_is_left_to_do_its_work(unused_engine: Engine) -> None:
    with Sandbox(engine=unused_engine) as sandbox:
        host = sandbox.root / "bin" / "pulumi-language-python"
        assert "poolgate.sandbox.language_host" in host.read_text()
    official = unused_engine.path.parent / "pulumi-language-python"
    official.write_text("#!/bin/sh\n")
    with Sandbox(engine=unused_engine) as sandbox:
        assert not (sandbox.root / "bin" / "pulumi-language-python").exists()
        assert (sandbox.root / "bin" / "pulumi").resolve() == unused_engine.path


def test_a_command_that_does_not_end_is_ended_and_shown(unused_engine: Engine, tmp_path: Path) -> None:
    with Sandbox(engine=unused_engine) as sandbox:
        with pytest.raises(CommandTimeoutError) as caught:
            sandbox.run(["sh", "-c", "echo waiting for godot; sleep 60 & echo $! >pid; wait"], cwd=tmp_path, timeout=1)
        assert "waiting for godot" in str(caught.value)
        assert "did not end within 1 s" in str(caught.value)
    assert not is_running(int((tmp_path / "pid").read_text()))


def test_what_a_command_leaves_behind_is_ended_even_from_another_process_group(
    unused_engine: Engine, tmp_path: Path
) -> None:
    program = "import os, subprocess;child = subprocess.Popen(['sleep', '60'], preexec_fn=os.setpgrp);print(child.pid)"
    with Sandbox(engine=unused_engine) as sandbox:
        done = sandbox.run([sys.executable, "-c", program], cwd=tmp_path, timeout=30)
    assert done.returncode == 0
    assert not is_running(int(done.stdout))


def test_unknown_commands_are_told(unused_engine: Engine, tmp_path: Path) -> None:
    with Sandbox(engine=unused_engine) as sandbox, pytest.raises(UsageError, match="no such command: nonesuch"):
        sandbox.run(["nonesuch"], cwd=tmp_path, timeout=5)


def test_folders_that_are_not_what_they_should_be_are_named(unused_engine: Engine, tmp_path: Path) -> None:
    with Sandbox(engine=unused_engine) as sandbox:
        with pytest.raises(UsageError, match="is no Pulumi project"):
            sandbox.add_project(tmp_path)
        with pytest.raises(UsageError, match="is no policy pack"):
            sandbox.add_pack(tmp_path)


def test_a_pack_without_its_environment_is_an_error_at_once(unused_engine: Engine, make_pack: MakeFolder) -> None:
    pack = make_pack(virtualenv="venv")
    with Sandbox(engine=unused_engine) as sandbox, pytest.raises(PackEnvironmentError) as caught:
        sandbox.add_pack(pack)
    assert f"(cd {pack} && pulumi install)" in str(caught.value)


def test_a_pack_takes_along_what_python_has_compiled_of_it(
    unused_engine: Engine, make_pack: MakeFolder, tmp_path: Path
) -> None:
    pack = make_pack()
    (pack / "helper.py").write_text("x = 1\n")
    told = [sys.executable, "-v", "-c", "import helper"]
    fresh = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(told, cwd=pack, env=fresh, check=True, capture_output=True)
    with Sandbox(engine=unused_engine) as sandbox:
        ran = subprocess.run(told, cwd=sandbox.add_pack(pack), env=fresh, check=True, capture_output=True, text=True)
    assert "import 'helper'" in ran.stderr
    assert "created" not in ran.stderr


LOOKS_FOR_OTHERS = """#!/bin/sh
case "$*" in *--stack=bad*) exit 1;; esac
for each in "$PULUMI_HOME" "$AZURE_CONFIG_DIR" "${PULUMI_BACKEND_URL#file://}" . .. ../..; do
    [ -e "$each/left" ] && exit 98
    touch "$each/left"
done
echo "$PULUMI_DEBUG_PROVIDERS"
echo "$PULUMI_HOME" >&2
"""


def test_the_next_preview_finds_the_stand_in_of_the_last_one_and_nothing_else(
    unused_engine: Engine, azure_project: Path, make_pack: MakeFolder
) -> None:
    unused_engine.path.write_text(LOOKS_FOR_OTHERS)
    for stack in ("dev", "bad"):
        (azure_project / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    pack = make_pack()
    with KeptSandbox() as kept:

        def run(stack: str) -> workspace.PreviewRun:
            return workspace.preview(azure_project, stack, pack, timeout=30, engine=unused_engine, kept=kept)

        runs = [run(stack) for stack in ("dev", "dev", "bad", "dev")]
    assert [each.returncode for each in runs] == [0, 0, 1, 0]
    first, second, _, last = (each.stdout for each in runs)
    assert "azure-native:" in first
    assert first == second
    assert first != last  # what went wrong leaves nothing at all
    homes = {Path(each.stderr.strip()) for each in runs if each.stderr}
    assert [home.exists() for home in homes] == [False, False]


WRITES_BESIDE = """#!/bin/sh
cat ../shared/names.py
stat -c %z ../shared/names.py
ls -A .. ../.. ../../.. ../../../.. ../shared
case "$*" in
    *--stack=adds*) mkdir ../shared/more; touch ../left ../../left ../../../../left ../shared/more/left;;
    *--stack=changes*) echo changed >> ../shared/names.py;;
    *--stack=removes*) rm ../shared/names.py;;
esac
"""


@pytest.mark.parametrize("spoils", ["changes", "removes"])
def test_what_lies_beside_a_project_is_copied_once_for_its_stacks_unless_one_has_written_to_it(
    unused_engine: Engine, make_project: MakeFolder, tmp_path: Path, spoils: str
) -> None:
    repository = tmp_path / "repository"
    for name, text in {".git/config": "", "infra/shared/names.py": "as ever\n"}.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    project = make_project(stacks={"adds": "", spoils: ""}).rename(repository / "infra" / "project")
    unused_engine.path.write_text(WRITES_BESIDE)
    with KeptSandbox() as kept:

        def run(stack: str) -> str:
            return workspace.preview(project, stack, None, timeout=30, engine=unused_engine, kept=kept).stdout

        first, second, third, last = [run(stack) for stack in ("adds", "adds", spoils, "adds")]
    assert first.startswith("as ever\n")
    assert first == second == third
    content, when, *listed = first.splitlines()
    assert last.splitlines()[0] == content
    assert last.splitlines()[1] != when
    assert last.splitlines()[2:] == listed


def test_the_copy_has_the_sources_and_not_the_tools_folders(
    unused_engine: Engine, make_project: MakeFolder, read_tree: ReadTree
) -> None:
    project = make_project(stacks={"dev": ""}, **{"lib/helper.py": "x = 1\n", "__pycache__/x.pyc": "no"})
    for folder in (".git", "my-environment"):
        (project / folder).mkdir()
    (project / ".git" / "HEAD").write_text("no")
    (project / "my-environment" / "pyvenv.cfg").write_text("no")
    (project / "loop").symlink_to(project)
    (project / "linked.py").symlink_to(project / "lib" / "helper.py")
    before = read_tree(project)
    with Sandbox(engine=unused_engine) as sandbox:
        copy = sandbox.add_project(project, stacks=[])
        names = sorted(str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file())
        assert names == [
            "Pulumi.dev.yaml",
            "Pulumi.yaml",
            "__main__.py",
            "lib/helper.py",
            "linked.py",
        ]
        assert not any(path.is_symlink() for path in copy.rglob("*"))
    assert read_tree(project) == before
    assert not copy.exists()


def test_what_lies_beside_the_project_in_its_repository_is_copied(
    unused_engine: Engine, make_project: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs import from `../shared` and read `../../pools.yaml`, and `poolgate check` runs them where they stand."""
    repository = tmp_path / "repository"
    for name in (".git/config", "pools.yaml", "infra/shared/names.py", "infra/large/a", "infra/large/b", "zoo.txt"):
        file = repository / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    project = make_project(stacks={"dev": ""}).rename(repository / "infra" / "project")
    monkeypatch.setattr(workspace, "_NEIGHBOUR_FILES", 3)
    (repository / "infra" / "large" / "c").mkdir()
    (repository / "infra" / "large" / "c" / "d").write_text("x")
    (repository / "infra" / "large" / "e").write_text("x")
    told: list[str] = []
    with Sandbox(engine=unused_engine, report=told.append) as sandbox:
        copy = sandbox.add_project(project, stacks=[])
        root = copy.parent.parent
        found = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        inside = [f"infra/project/{name}" for name in ("Pulumi.dev.yaml", "Pulumi.yaml", "__main__.py")]
        assert found == [*inside, "infra/shared/names.py", "pools.yaml", "zoo.txt"]
    assert told == [f"left out of the copy, for their size: {repository / 'infra' / 'large'}"]
    monkeypatch.setattr(workspace, "_NEIGHBOUR_PATIENCE", 1)
    with Sandbox(engine=unused_engine, report=told.append) as sandbox:
        copy = sandbox.add_project(project, stacks=[])
        assert not (copy.parent / "shared").exists()
    left_out = ("infra/large", "infra/shared", "pools.yaml", "zoo.txt")
    assert told[1] == f"left out of the copy, for their size: {', '.join(str(repository / each) for each in left_out)}"


def test_the_copy_of_a_read_only_project_can_be_written_and_removed(
    unused_engine: Engine, make_project: MakeFolder
) -> None:
    project = make_project(**{"data/values.json": "{}", "run.sh": "#!/bin/sh\n"})
    (project / "run.sh").chmod(0o555)
    for path in (project / "Pulumi.yaml", project / "data" / "values.json", project / "data", project):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with Sandbox(engine=unused_engine) as sandbox:
            copy = sandbox.add_project(project, stacks=[])
            modes = {str(path.relative_to(copy)): path.stat().st_mode & 0o700 for path in [copy, *copy.rglob("*")]}
    finally:
        for folder in (project, project / "data"):
            folder.chmod(0o755)
    assert modes == {
        ".": 0o700,
        "data": 0o700,
        "data/values.json": 0o600,
        "run.sh": 0o700,
        "Pulumi.yaml": 0o600,
        "Pulumi.dev.yaml": 0o600,
        "__main__.py": 0o600,
    }


def test_outside_of_a_repository_nothing_but_the_project_is_copied(
    unused_engine: Engine, make_project: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "private.txt").write_text("x")
    for has_home_in_git in (False, True):
        if has_home_in_git:
            (tmp_path / ".git").mkdir()
            monkeypatch.setenv("HOME", str(tmp_path))
        with Sandbox(engine=unused_engine) as sandbox:
            copy = sandbox.add_project(make_project(), stacks=[])
            assert [path.name for path in copy.parent.iterdir()] == [copy.name]


def test_paths_of_copies_are_told_as_those_of_the_originals(
    unused_engine: Engine, make_project: MakeFolder, make_pack: MakeFolder, tmp_path: Path
) -> None:
    project, pack = make_project().rename(tmp_path / 'odd "name"'), make_pack()
    with Sandbox(engine=unused_engine) as sandbox:
        copy, pack_copy = sandbox.add_project(project, stacks=[]), sandbox.add_pack(pack)
        text = f'File "{copy}/__main__.py" and {pack_copy}'
        meant = f'File "{project}/__main__.py" and {pack}'
        assert sandbox.as_written(text) == meant
        assert json.loads(sandbox.as_written(json.dumps([text]), json_text=True)) == [meant]


@pytest.fixture
def azure_project(make_project: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of which the sandbox believes that it has the SDK of azure-native 2.92.3, and no other cloud's."""
    monkeypatch.setattr(workspace.environments, "installed_versions", lambda *_: {"pulumi_azure_native": "2.92.3"})
    return make_project()


def provider_command(sandbox: Sandbox) -> tuple[int, str]:
    (provider,) = sandbox._providers
    command = Path(f"/proc/{provider.pid}/cmdline").read_text().replace("\0", " ").strip()
    return provider.pid, command


@pytest.mark.parametrize("apply", [False, True])
def test_the_stand_in_is_started_in_the_programs_version_and_ends_with_the_sandbox(
    unused_engine: Engine, azure_project: Path, tmp_path: Path, apply: bool
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text("{}")
    with Sandbox(engine=unused_engine, test_only_allow_apply=apply, read_fixtures=answers) as sandbox:
        copy = sandbox.add_project(azure_project, stacks=[])
        served = dict(one.split(":") for one in sandbox.environment(copy)["PULUMI_DEBUG_PROVIDERS"].split(","))
        assert list(served) == [cloud.package for cloud in clouds.ALL]
        for port in served.values():
            with socket.create_connection(("127.0.0.1", int(port)), timeout=10):
                pass
        assert sandbox.environment(copy) == sandbox.environment()
        pid, command = provider_command(sandbox)
        newest = {cloud.package: cloud.newest for cloud in clouds.ALL}
        packages = " ".join(
            f"{package}={version}" for package, version in (newest | {"azure-native": "2.92.3"}).items()
        )
        assert f"poolgate.standin.provider {packages} " in command
        assert f"--read-fixtures {answers}" in command
        assert ("--allow-apply" in command) == apply
    assert not is_running(pid)


def test_a_program_in_yaml_has_no_stand_in_which_has_no_schema(unused_engine: Engine, make_project: MakeFolder) -> None:
    project = make_project(**{"Pulumi.yaml": "name: trivial\nruntime: yaml\n"})
    with Sandbox(engine=unused_engine) as sandbox:
        copy = sandbox.add_project(project, stacks=[])
        assert "PULUMI_DEBUG_PROVIDERS" not in sandbox.environment(copy)


def test_a_stand_in_that_does_not_start_is_told_in_its_own_words(
    unused_engine: Engine, azure_project: Path, tmp_path: Path
) -> None:
    with Sandbox(engine=unused_engine, read_fixtures=tmp_path / "none.json") as sandbox:
        copy = sandbox.add_project(azure_project, stacks=[])
        with pytest.raises(PoolgateError, match=r"stand-in for .*azure-native=2\.92\.3.* did not start: .*none\.json"):
            sandbox.environment(copy)


def test_a_stand_in_that_says_nothing_is_given_up(
    unused_engine: Engine, azure_project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    silent = tmp_path / "silent"
    silent.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nexec sleep 60\n")
    silent.chmod(0o755)
    with Sandbox(engine=unused_engine) as sandbox:
        copy = sandbox.add_project(azure_project, stacks=[])
        monkeypatch.setattr(workspace.sys, "executable", str(silent))
        monkeypatch.setattr(workspace, "PROVIDER_LIMIT", 1.0)
        with pytest.raises(PoolgateError, match="it printed no port within 1 s"):
            sandbox.environment(copy)
        assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.engine
def test_the_users_tree_stays_as_it_is_and_secrets_stay_secret(
    sandbox: Sandbox, make_project: MakeFolder, read_tree: ReadTree
) -> None:
    project = make_project(
        program="""
            import pulumi

            config = pulumi.Config()
            pulumi.export("password", config.require_secret("password"))
            pulumi.export("nested", config.require_secret_object("nested"))
            pulumi.export("plain", config.require("plain"))
        """,
        stacks={
            "dev": """\
                encryptionsalt: v1:bm90LW91cnM=:v1:bm90LW91cnM=:bm90LW91cnMtZWl0aGVy
                config:
                  trivial:password:
                    secure: v1:Zm9yZWlnbg==:Zm9yZWlnbi1jaXBoZXJ0ZXh0
                  trivial:nested:
                    list: [{secure: v1:Zm9yZWlnbg==:Zm9yZWlnbi1jaXBoZXJ0ZXh0}, plain]
                  trivial:plain: "012"
            """,
            "prod": "secretsprovider: awskms://alias/x\nencryptedkey: Zm9yZWlnbg==\n",
        },
    )
    before = read_tree(project)
    copy = sandbox.add_project(project)
    shown = sandbox.run(["pulumi", "config", "--json", "--show-secrets", "-s", "dev"], cwd=copy, timeout=60)
    assert shown.stdout.count(SECRET_STAND_IN) >= 2
    done = sandbox.run(["pulumi", "preview", "--non-interactive", "-s", "dev"], cwd=copy, timeout=120)
    assert done.returncode == 0, done
    assert SECRET_STAND_IN not in done.stdout + done.stderr
    assert "[secret]" in done.stdout
    assert '"012"' in done.stdout
    listed = sandbox.run(["pulumi", "stack", "ls"], cwd=copy, timeout=60).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["dev", "prod*"]
    assert read_tree(project) == before


@pytest.mark.engine
def test_the_command_line_runs_a_pack_from_where_the_user_stands(
    engine: Engine,
    make_project: MakeFolder,
    make_pack: MakeFolder,
    read_tree: ReadTree,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    project = make_project(**{"deeper/note.txt": "x"})
    pack = make_pack()
    before = read_tree(project), read_tree(pack)
    monkeypatch.setenv("POOLGATE_ENGINE", str(engine.path))
    monkeypatch.chdir(project / "deeper")
    assert sandbox_command(["--", "pulumi", "preview", "--policy-pack", "../../pack"]) == 1
    assert "no things here" in capfd.readouterr().out
    assert sandbox_command(["--", "sh", "-c", "pwd; exit 7"]) == 7
    assert capfd.readouterr().out.endswith("/project/deeper\n")
    assert (read_tree(project), read_tree(pack)) == before


@pytest.mark.engine
def test_a_broken_configuration_fails_its_own_stack_alone(
    sandbox: Sandbox, make_project: MakeFolder, read_tree: ReadTree
) -> None:
    project = make_project(stacks={"dev": "config: {}\n", "prod": "config: {a: [\n"})
    before = read_tree(project)
    copy = sandbox.add_project(project, stacks=["dev"])
    assert [path.name for path in copy.glob("Pulumi.*.yaml")] == ["Pulumi.dev.yaml"]
    for name in ("prod", "organization/trivial/prod"):
        with pytest.raises(UsageError, match=f"^{re.escape(str(project))}/Pulumi.prod.yaml:2: "):
            sandbox.add_project(project, stacks=[name])
    assert read_tree(project) == before


@pytest.mark.engine
def test_paths_on_the_command_line_mean_what_they_mean_to_pulumi(
    engine: Engine,
    make_project: MakeFolder,
    make_pack: MakeFolder,
    read_tree: ReadTree,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("POOLGATE_ENGINE", str(engine.path))
    project = make_project(
        program="import pulumi\npulumi.export('greeting', pulumi.Config().require('greeting'))\n",
        stacks={"dev": ""},
        **{"elsewhere/dev.yaml": "config:\n  trivial:greeting: hello\n"},
    )
    make_pack()
    for number in (1, 2):
        (tmp_path / f"config{number}.json").write_text('{"no-things": "disabled"}')
    before = read_tree(project)
    preview = ["--", "pulumi", "preview", "-C", "project", "--config-file=elsewhere/dev.yaml"]
    monkeypatch.chdir(tmp_path)
    packs = ["--policy-pack", "../pack,../pack", "--policy-pack-config", "../config1.json,../config2.json"]
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")
    assert sandbox_command([*preview, *packs, "--event-log=log.json"], timeout=60) == 0
    assert "hello" in capfd.readouterr().out
    log = project / "log.json"
    assert "resourcePreEvent" in log.read_text()
    log.unlink()
    with pytest.raises(UsageError, match=r"nowhere\.yaml: no such stack configuration"):
        sandbox_command(["--", "pulumi", "preview", "-C", "project", "--config-file", "nowhere.yaml"])
    monkeypatch.chdir(project)
    assert sandbox_command(["--", "pulumi", "stack", "export", "--file", "../export.json"]) == 0
    assert json.loads((tmp_path / "export.json").read_text())["version"] == 3
    analyze = ["pulumi", "policy", "analyze", "--file", "../export.json", "--policy-pack", "../pack"]
    assert sandbox_command(["--", *analyze]) == 0
    assert read_tree(project) == before, "the engine writes a salt into the file that it is given"


@pytest.mark.engine
def test_stack_references_are_answered_by_fixtures(engine: Engine, make_project: MakeFolder, tmp_path: Path) -> None:
    fixtures = tmp_path / "reads.json"
    reads = [
        {"id": "organization/network/prod", "outputs": {"outputs": {"zone": "z1", "password": "hunter2"}}},
        {"id": "prod", "outputs": {"outputs": {"zone": "z2"}}},
        {"id": "organization/staging", "outputs": {"outputs": {"zone": "z3"}}},
        {"id": "acme/network/prod", "outputs": {"outputs": {}}},
    ]
    reads[0]["outputs"]["secretOutputNames"] = ["password"]
    fixtures.write_text(json.dumps({"reads": [{"type": "pulumi:pulumi:StackReference", **read} for read in reads]}))
    project = make_project(
        program="""
            import pulumi

            network = pulumi.StackReference("organization/network/prod")
            pulumi.export("password", network.require_output("password"))
            own = [pulumi.StackReference(name) for name in ("prod", "organization/staging")]
            pulumi.export("zones", [each.require_output("zone") for each in (network, *own)])
        """
    )
    run = workspace.preview(project, None, None, timeout=120, engine=engine, read_fixtures=fixtures)
    assert run.returncode == 0, run.stdout + run.stderr
    assert [zone for zone in ("z1", "z2", "z3") if f'"{zone}"' in run.stdout] == ["z1", "z2", "z3"]
    assert "[secret]" in run.stdout
    assert "hunter2" not in run.stdout


DYNAMIC = """
    import pulumi
    from pulumi import dynamic

    class Provider(dynamic.ResourceProvider):
        def create(self, props):
            open(props["file"], "w").close()
            return dynamic.CreateResult("1", props)

    class Thing(dynamic.Resource):
        def __init__(self, name, file):
            super().__init__(Provider(), name, {"file": file})

    Thing("one", FILE)
"""


@pytest.mark.engine
def test_dynamic_providers_are_previewed_and_create_nothing(
    engine: Engine, make_project: MakeFolder, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    project = make_project(program=DYNAMIC.replace("FILE", repr(str(made))))
    up = ["sh", "-c", "pulumi up --yes --skip-preview --non-interactive"]
    with Sandbox(engine=engine) as sandbox:
        copy = sandbox.add_project(project)
        seen = sandbox.run(["pulumi", "preview", "--non-interactive"], cwd=copy, timeout=120)
        assert seen.returncode == 0, seen
        assert "pulumi-python:dynamic:Resource one create" in seen.stdout
        refused = sandbox.run(up, cwd=copy, timeout=120)
        assert refused.returncode != 0
        assert "previews and never applies" in refused.stdout
    assert not made.exists()


@pytest.mark.usefixtures("interruptible")
def test_a_command_that_ignores_an_interrupt_is_ended(
    unused_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "INTERRUPT_GRACE", 0.2)
    script = "trap '' INT; echo $$ >pid.new; mv pid.new pid; while :; do sleep 1; done"

    def interrupt() -> None:
        wait_until((tmp_path / "pid").exists)
        os.kill(os.getpid(), signal.SIGINT)

    with Sandbox(engine=unused_engine) as sandbox:
        threading.Thread(target=interrupt).start()
        assert sandbox.pass_through(["sh", "-c", script], cwd=tmp_path, timeout=60) == 130
    assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_while_a_command_is_being_started_ends_it(
    unused_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, started = Sandbox._start, []

    def interrupted(sandbox: Sandbox, *given: Any) -> Any:
        started.append(start(sandbox, *given))
        os.kill(os.getpid(), signal.SIGINT)
        return started[0]

    monkeypatch.setattr(Sandbox, "_start", interrupted)
    with Sandbox(engine=unused_engine) as sandbox:
        assert sandbox.pass_through(["sleep", "60"], cwd=tmp_path, timeout=60) == 130
    assert started[0].poll() is not None


def test_the_command_line_explains_itself(
    unused_engine: Engine, make_project: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "require_engine", lambda: unused_engine)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no command"):
        sandbox_command(["--"])
    with pytest.raises(UsageError, match="more than 0"):
        sandbox_command(["--", "true"], timeout=0)
    with pytest.raises(UsageError, match="nor one above is a Pulumi project"):
        sandbox_command(["--", "true"])
    project = make_project(stacks={"dev": "", "prod": ""})
    monkeypatch.chdir(project)
    with pytest.raises(UsageError, match="dev, prod"):
        sandbox_command(["--", "pulumi", "preview"])
    with pytest.raises(RefusedError):
        sandbox_command(["--", "pulumi", "destroy", "-C", "."])


@pytest.mark.parametrize(
    ("command", "packs", "is_said"),
    [
        ("pulumi preview", "", True),
        ("pulumi -C . pre --diff", "", True),
        ("pulumi preview --policy-pack ../pack", "", False),
        ("pulumi preview --policy-pack=../pack", "", False),
        ("pulumi preview", "../pack", False),
        ("pulumi preview --help", "", False),
        ("pulumi stack ls", "", False),
        ("sh -c true", "", False),
    ],
)
def test_a_preview_without_a_pack_is_said_to_be_judged_by_none(
    command: str,
    packs: str,
    is_said: bool,
    unused_engine: Engine,
    make_project: MakeFolder,
    make_pack: MakeFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(workspace, "require_engine", lambda: unused_engine)
    monkeypatch.setattr(Sandbox, "pass_through", lambda *_, **__: 0)
    monkeypatch.setattr(Sandbox, "initialise", lambda *_: None)
    monkeypatch.setattr(Sandbox, "_initialise", lambda *_: None)
    monkeypatch.setenv("PULUMI_OPTION_POLICY_PACK", packs)
    make_pack()
    monkeypatch.chdir(make_project())
    assert sandbox_command(["--", *command.split()]) == 0
    line = "sandbox: no --policy-pack: no rule judges what this preview shows\n"
    assert (line in capsys.readouterr().err) == is_said


@pytest.mark.parametrize("command", ["pulumi preview --stack prd", "pulumi preview -s acme/trivial/prd", "sh -c true"])
def test_a_stack_that_is_misspelt_is_not_made(
    command: str, unused_engine: Engine, make_project: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "require_engine", lambda: unused_engine)
    monkeypatch.setenv("PULUMI_STACK", "prd")
    project = make_project(stacks={"dev": "", "prod": ""})
    monkeypatch.chdir(project)
    with pytest.raises(UsageError) as error:
        sandbox_command(["--", *command.split()])
    assert str(error.value) == f"{project}: has no stack 'prd'; did you mean 'prod'?; there are: dev, prod"


@pytest.mark.parametrize("command", ["pulumi stack init prd --stack prd", "pulumi preview -s prd --config-file c.yaml"])
def test_a_stack_that_is_new_is_made(
    command: str, unused_engine: Engine, make_project: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "require_engine", lambda: unused_engine)
    monkeypatch.chdir(make_project(stacks={"dev": ""}))
    with pytest.raises(UsageError, match="stack prd cannot be initialised"):
        sandbox_command(["--", *command.split()])


def start_sandbox(engine: Engine, project: Path, temporary: Path, script: str) -> subprocess.Popen[bytes]:
    """`poolgate sandbox -- sh -c SCRIPT` in a process of its own, which can be interrupted."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from poolgate.sandbox import processes, workspace\n"
        "from poolgate.sandbox.engine import Engine\n"
        "processes.end_session.__kwdefaults__['grace'] = 0.5\n"
        f"workspace.require_engine = lambda: Engine(Path({str(engine.path)!r}), '3.255.0', 'test')\n"
        "sys.exit(workspace.sandbox_command(sys.argv[1:]))\n"
    )
    temporary.mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", program, "--", "sh", "-c", script],
        cwd=project,
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
    )


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_nothing_behind(
    unused_engine: Engine, make_project: MakeFolder, tmp_path: Path, number: signal.Signals, expected: int
) -> None:
    project = make_project(stacks={"dev": "", "prod": ""})
    pid_file = tmp_path / "pid"
    # A shell of Debian's ends by SIGINT only where it does not wait for a command that has ended well.
    begin = f"sleep 300 & echo $! > {pid_file}.new; mv {pid_file}.new {pid_file}"
    script = f"trap 'exit 130' INT; {begin}; wait"
    process = start_sandbox(unused_engine, project, tmp_path / "temporary", script)
    try:
        assert wait_until(pid_file.exists)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == expected
    assert errors == b""
    assert not is_running(int(pid_file.read_text()))
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.usefixtures("interruptible")
def test_impatience_leaves_nothing_behind(unused_engine: Engine, make_project: MakeFolder, tmp_path: Path) -> None:
    """Ctrl-C again and again, on a command that ends for no signal but the last."""
    pid_file = tmp_path / "pid"
    script = f"trap '' INT TERM; echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; while :; do sleep 1; done"
    project = make_project(stacks={"dev": "", "prod": ""})
    process = start_sandbox(unused_engine, project, tmp_path / "temporary", script)
    try:
        assert wait_until(pid_file.exists)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (130, -signal.SIGINT)
    assert not is_running(int(pid_file.read_text()))
    assert list((tmp_path / "temporary").iterdir()) == []
