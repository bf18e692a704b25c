"""A lint imports what it needs: most of the time of a short run goes to imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = (
    "import sys; from poolgate.cli import run; code = run(sys.argv[1:]); "
    "sys.stderr.write(' '.join(sys.modules)); sys.exit(code)"
)
ALWAYS_TOO_MUCH = {
    "yaml",
    "jsonschema",
    "referencing",
    "attrs",
    "pulumi",
    "grpc",
    "multiprocessing",
    "socket",
    "dataclasses",
    "inference_pools.rules",
} - ({"dataclasses"} if sys.version_info >= (3, 14) else set())  # there argparse itself has it
TOO_MUCH_FOR_GOOD_FILES = ALWAYS_TOO_MUCH | {
    *("difflib", "textwrap", "shutil", "tempfile", "traceback", "decimal"),
    *("pickle", "poolgate.forked", "inference_pools.plaintext_secrets", "poolgate.report.frame"),
}


def modules_of_a_lint(project: Path, *options: str, cache: Path | None = None) -> tuple[int, set[str]]:
    environment = {name: value for name, value in os.environ.items() if name != "POOLGATE_NO_CACHE"}
    if cache is not None:
        environment["XDG_CACHE_HOME"] = str(cache)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "lint", *options, str(project)],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, set(done.stderr.split())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    (folder / "schemas").mkdir(parents=True)
    schema = {"properties": {"demo:size": {"type": "integer", "maximum": 9}}, "additionalProperties": False}
    (folder / "schemas" / "demo.schema.json").write_text(json.dumps(schema))
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  demo:size: 3\n")
    return folder


def test_of_good_files(project: Path) -> None:
    code, modules = modules_of_a_lint(project, "--no-cache")
    assert code == 0
    assert "poolgate.lint.fast.validator" in modules
    assert modules & TOO_MUCH_FOR_GOOD_FILES == set()


def test_of_good_files_that_are_known(project: Path, tmp_path: Path) -> None:
    assert modules_of_a_lint(project, cache=tmp_path / "cache")[0] == 0
    code, modules = modules_of_a_lint(project, cache=tmp_path / "cache")
    assert code == 0
    assert modules & (TOO_MUCH_FOR_GOOD_FILES | {"poolgate.lint.fast.validator"}) == set()


def test_of_simple_errors(project: Path) -> None:
    (project / "Pulumi.bad.yaml").write_text("config:\n  demo:size: 30\n  demo:other: x\n")
    code, modules = modules_of_a_lint(project, "--no-cache")
    assert code == 1
    assert modules & ALWAYS_TOO_MUCH == set()
