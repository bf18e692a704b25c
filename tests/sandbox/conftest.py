"""What the sandbox's tests share: the engine, small projects and packs that need the SDKs alone."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from poolgate.sandbox import program_process
from poolgate.sandbox.engine import Engine, find_engine
from poolgate.sandbox.workspace import Sandbox

PROGRAM = """
    import pulumi

    class Thing(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("test:index:Thing", name)
            self.register_outputs({})

    Thing("one")
"""

PACK = """
    from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

    def validate(args, report_violation):
        if args.resource_type == "test:index:Thing":
            report_violation("no things here")

    PolicyPack(
        "trivial",
        policies=[
            ResourceValidationPolicy(
                name="no-things",
                description="There are no things.",
                enforcement_level=EnforcementLevel.LEVEL,
                validate=validate,
            )
        ],
    )
"""


@pytest.fixture(scope="session")
def engine() -> Engine:
    found = find_engine()
    if found is None:
        pytest.fail("these tests run the real Pulumi engine and there is none: run `make engine`")
    return found


@pytest.fixture
def sandbox(engine: Engine) -> Iterator[Sandbox]:
    with Sandbox(engine=engine) as made:
        yield made


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content), encoding="utf-8")
    return folder


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Path]:
    """Writes a project whose virtual environment is the one that the tests run in."""

    def make(program: str = PROGRAM, stacks: dict[str, str] | None = None, **files: str) -> Path:
        manifest = f"name: trivial\nruntime:\n  name: python\n  options:\n    virtualenv: {sys.prefix}\n"
        stack_files = {f"Pulumi.{name}.yaml": text for name, text in (stacks or {"dev": "config: {}\n"}).items()}
        return _write(tmp_path / "project", {"Pulumi.yaml": manifest, "__main__.py": program, **stack_files, **files})

    return make


@pytest.fixture
def make_pack(tmp_path: Path) -> Callable[..., Path]:
    """Writes a policy pack with one policy, at a level of choice, in the tests' own environment by default."""

    def make(level: str = "MANDATORY", virtualenv: str = sys.prefix, code: str = PACK, **files: str) -> Path:
        manifest = f"runtime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\nversion: 0.1.0\n"
        code = code.replace("EnforcementLevel.LEVEL", f"EnforcementLevel.{level}")
        return _write(tmp_path / "pack", {"PulumiPolicy.yaml": manifest, "__main__.py": code, **files})

    return make


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its content, to show that nothing has been touched."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def read_tree() -> Callable[[Path], dict[str, bytes]]:
    return snapshot


@pytest.fixture
def parents(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[Any, Any]]:
    """The parents that there are: none at first."""
    slots: dict[Any, Any] = {}
    monkeypatch.setattr(program_process, "_slots", slots)
    yield slots
    for slot in slots.values():
        slot.parent.close()
