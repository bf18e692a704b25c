"""Programs of both majors of azure-native, run by the real engine with the stand-in attached and in process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from poolgate.sandbox.file_backend import write_stack
from poolgate.sandbox.project_files import ENCRYPTION_SALT, SANDBOX_PASSPHRASE

REPOSITORY = Path(__file__).resolve().parents[2]
_SAMPLES = {2: "single-pool", 3: "pool-groups"}
VERSIONS = {2: "2.92.3", 3: "3.29.0"}
PROJECT = "proof"
STACK = "dev"


@dataclass(frozen=True)
class Case:
    """A small program with its stack's configuration."""

    source: str
    config: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__main__.py").write_text(textwrap.dedent(self.source).lstrip(), "utf-8")
        return folder


@pytest.fixture(scope="session")
def azure_native_python() -> Callable[[int], Path]:
    """The interpreter of a virtual environment with that major of pulumi-azure-native."""

    def find(major: int) -> Path:
        python = REPOSITORY / "stacks" / _SAMPLES[major] / "venv" / "bin" / "python"
        if not python.exists():
            pytest.fail(f"stacks/{_SAMPLES[major]}/venv is missing: run make check first")
        return python

    return find


@dataclass
class StandIn:
    """A running stand-in process, and where it serves, as PULUMI_DEBUG_PROVIDERS has it."""

    where: str
    process: subprocess.Popen[str]


@pytest.fixture
def stand_in() -> Iterator[Callable[..., StandIn]]:
    """Starts stand-ins; each is ended, and must end quietly, after the test."""
    started: list[StandIn] = []

    def start(*arguments: str) -> StandIn:
        command = [sys.executable, "-m", "poolgate.standin.provider", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        started.append(StandIn(process.stdout.readline().strip(), process))
        return started[-1]

    yield start
    for one in started:
        one.process.terminate()
        _, complaints = one.process.communicate(timeout=15)
        assert (one.process.returncode, complaints) == (0, "")


@dataclass(frozen=True)
class EngineRun:
    """What the real engine said: its exit code, its events, its output."""

    exit_code: int
    events: list[dict[str, Any]]
    output: str

    def inputs(self) -> dict[str, dict[str, Any]]:
        """URN to the inputs policies would see, secrets as the event log shows them."""
        found = {}
        for event in self.events:
            if "resourcePreEvent" in event:
                metadata = event["resourcePreEvent"]["metadata"]
                found[metadata["urn"]] = metadata["new"]["inputs"] if metadata.get("new") else {}
        return found

    def errors(self) -> list[str]:
        """Messages of error diagnostics, without colours."""
        return [
            event["diagnosticEvent"]["message"]
            for event in self.events
            if event.get("diagnosticEvent", {}).get("severity") == "error"
        ]


class Engine:
    """The real engine in a world of its own: file backend, own home, our language host on PATH."""

    def __init__(self, executable: Path, root: Path) -> None:
        self.root = root
        self.executable = executable
        tools = root / "bin"
        tools.mkdir(parents=True)
        host = tools / "pulumi-language-python"
        host.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m poolgate.sandbox.language_host "$@"\n')
        host.chmod(0o755)
        (root / "state").mkdir()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
            "PATH": os.pathsep.join([str(tools), str(executable.parent), os.environ["PATH"]]),
            "PULUMI_HOME": str(root / "home"),
            "PULUMI_BACKEND_URL": f"file://{root / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": SANDBOX_PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
        }

    def run(self, folder: Path, *arguments: str, where: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = dict(self.environment)
        if where is not None:
            environment["PULUMI_DEBUG_PROVIDERS"] = where
        return subprocess.run(
            [str(self.executable), *arguments, "--non-interactive"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def prepare(self, case: Case, folder: Path, python: Path) -> None:
        """Write the project, with its stack and configuration."""
        case.write(folder)
        virtualenv = python.parent.parent
        (folder / "Pulumi.yaml").write_text(
            f"name: {PROJECT}\nruntime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n", "utf-8"
        )
        config = {key: json.loads(value) if value.startswith("{") else value for key, value in case.config.items()}
        content = {"encryptionsalt": ENCRYPTION_SALT, "config": config}
        (folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(content), "utf-8")
        salt = {"type": "passphrase", "state": {"salt": ENCRYPTION_SALT}}
        write_stack(self.root / "state", PROJECT, STACK, secrets_providers=salt)
        for key, value in case.secrets.items():
            done = self.run(folder, "config", "set", "--secret", "--stack", STACK, key, value)
            assert done.returncode == 0, done.stderr

    def operate(self, folder: Path, operation: str, where: str, *arguments: str) -> EngineRun:
        """Run `preview` or `up` on a prepared project."""
        log = folder / f"{operation}-events.jsonl"
        done = self.run(folder, operation, "--stack", STACK, "--event-log", str(log), *arguments, where=where)
        events = [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
        return EngineRun(done.returncode, events, done.stdout + done.stderr)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The real engine; fails with instructions where there is none."""
    from poolgate.sandbox.engine import find_engine

    found = find_engine()
    if found is None:
        pytest.fail("the Pulumi engine is missing: run make engine first")
    return Engine(found.path, tmp_path / "world")
