"""The sandbox: a copy and nothing but a copy, nothing applied, nothing waited for without a limit."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from poolgate.errors import PoolgateError, UsageError
from poolgate.sandbox import workspace
from poolgate.sandbox.engine import Engine
from poolgate.sandbox.environments import PackEnvironmentError
from poolgate.sandbox.project_files import SECRET_STAND_IN
from poolgate.sandbox.workspace import (
    CommandTimeoutError,
    RefusedError,
    Sandbox,
    chosen_stack,
    pulumi_subcommand,
    sandbox_command,
)

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


@pytest.mark.parametrize("name", ["up", "update", "destroy", "refresh", "import", "watch"])
def test_applying_is_refused_before_anything_starts(unused_engine: Engine, tmp_path: Path, name: str) -> None:
    with Sandbox(engine=unused_engine) as sandbox:
        with pytest.raises(RefusedError, match=f"`pulumi {name}` is refused"):
            sandbox.run(["pulumi", "-C", ".", name, "--yes"], cwd=tmp_path, timeout=10)
        with pytest.raises(RefusedError):
            sandbox.pass_through(["pulumi", name], cwd=tmp_path, timeout=10)
    with Sandbox(engine=unused_engine, test_only_allow_apply=True) as sandbox:
        assert sandbox.run(["pulumi", name], cwd=tmp_path, timeout=10).returncode == 99


@pytest.mark.parametrize(
    ("command", "stacks", "expected"),
    [
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
    assert f"(cd {pack} && pulumi policy install)" in str(caught.value)


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


@pytest.fixture
def azure_project(make_project: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of which the sandbox believes that it uses the azure-native provider 3.29.0."""
    monkeypatch.setattr(workspace.environments, "installed_version", lambda *_: "3.29.0")
    return make_project()


def provider_command(sandbox: Sandbox) -> tuple[int, str]:
    (provider,) = sandbox._providers.values()
    command = Path(f"/proc/{provider.process.pid}/cmdline").read_text().replace("\0", " ").strip()
    return provider.process.pid, command


@pytest.mark.parametrize("apply", [False, True])
def test_the_stand_in_is_started_in_the_programs_version_and_ends_with_the_sandbox(
    unused_engine: Engine, azure_project: Path, tmp_path: Path, apply: bool
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text("{}")
    with Sandbox(engine=unused_engine, test_only_allow_apply=apply, read_fixtures=answers) as sandbox:
        copy = sandbox.add_project(azure_project, stacks=[])
        name, _, port = sandbox.environment(copy)["PULUMI_DEBUG_PROVIDERS"].partition(":")
        assert name == "azure-native"
        with socket.create_connection(("127.0.0.1", int(port)), timeout=10):
            pass
        assert sandbox.environment(copy) == sandbox.environment()
        pid, command = provider_command(sandbox)
        assert "poolgate.standin.provider --provider-version 3.29.0" in command
        assert f"--read-fixtures {answers}" in command
        assert ("--allow-apply" in command) == apply
    assert not is_running(pid)


def test_a_stand_in_that_does_not_start_is_told_in_its_own_words(
    unused_engine: Engine, azure_project: Path, tmp_path: Path
) -> None:
    with Sandbox(engine=unused_engine, read_fixtures=tmp_path / "none.json") as sandbox:
        copy = sandbox.add_project(azure_project, stacks=[])
        with pytest.raises(PoolgateError, match=r"stand-in for azure-native 3\.29\.0 did not start: .*none\.json"):
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
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")
    log = project / "deeper" / "log.json"
    assert sandbox_command(["--timeout", "60", "--", "pulumi", "preview", "--event-log=log.json"]) == 0
    assert "resourcePreEvent" in log.read_text()
    log.unlink()
    capfd.readouterr()
    assert sandbox_command(["--", "sh", "-c", "pwd; exit 7"]) == 7
    assert capfd.readouterr().out.endswith("/project/deeper\n")
    assert (read_tree(project), read_tree(pack)) == before


def test_the_command_line_explains_itself(
    unused_engine: Engine, make_project: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "require_engine", lambda: unused_engine)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no command"):
        sandbox_command(["--"])
    with pytest.raises(UsageError, match="more than 0"):
        sandbox_command(["--timeout", "0", "--", "true"])
    with pytest.raises(UsageError, match="nor one above is a Pulumi project"):
        sandbox_command(["--", "true"])
    project = make_project(stacks={"dev": "", "prod": ""})
    monkeypatch.chdir(project)
    with pytest.raises(UsageError, match="dev, prod"):
        sandbox_command(["--", "pulumi", "preview"])
    with pytest.raises(RefusedError):
        sandbox_command(["--", "pulumi", "destroy", "-C", "."])


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_nothing_behind(
    unused_engine: Engine, make_project: MakeFolder, tmp_path: Path, number: signal.Signals, expected: int
) -> None:
    project = make_project(stacks={"dev": "", "prod": ""})
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from poolgate.sandbox import workspace\n"
        "from poolgate.sandbox.engine import Engine\n"
        f"workspace.require_engine = lambda: Engine(Path({str(unused_engine.path)!r}), '3.255.0', 'test')\n"
        "sys.exit(workspace.sandbox_command(sys.argv[1:]))\n"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    pid_file = tmp_path / "pid"
    script = f"sleep 300 & echo $! > {pid_file}.new; mv {pid_file}.new {pid_file}; wait"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "--", "sh", "-c", script],
        cwd=project,
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
    )
    try:
        assert wait_until(pid_file.exists)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == expected
    assert errors == b""
    assert not is_running(int(pid_file.read_text()))
    assert list(temporary.iterdir()) == []
