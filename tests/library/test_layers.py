"""Imports point down, and what is heavy is loaded by those who need it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import inference_pools

LIBRARY = Path(inference_pools.__file__).parent
PACKAGE = "inference_pools"

MAY_IMPORT = {
    "version": (),
    "urn": (),
    "day": (),
    "values": (),
    "not_judged": (),
    "regions": (),
    "durations": (),
    "vm_sizes": (),
    "catalog": (),
    "queueing": (),
    "levels": (),
    "finding": ("levels",),
    "secrets": ("values",),
    "placeholders": ("regions",),
    "reader": ("durations", "values"),
    "asset_ids": ("placeholders",),
    "plaintext_secrets": ("placeholders", "values"),
    "model": ("asset_ids", "catalog", "reader", "values"),
    "shapes": ("catalog", "model", "reader", "values"),
    "context": ("reader", "urn", "values"),
    "waivers": ("finding", "reader", "urn", "values"),
    "waivers_file": ("finding", "reader", "values", "waivers"),
    "stack": ("catalog", "context", "model", "reader", "shapes", "urn"),
    "serving": ("catalog", "model", "queueing", "reader", "shapes", "stack", "values"),
    "rule": ("context", "durations", "finding", "model", "shapes", "stack", "values", "waivers"),
    "edits": ("reader", "values"),
    "naming": ("context", "regions"),
    "topology": ("catalog", "model", "reader", "shapes", "stack"),
    "counterparts": ("catalog", "context", "naming", "reader", "shapes", "stack"),
    "option_checks": ("regions", "rule"),
    "costs": ("model", "option_checks", "reader", "regions", "rule", "vm_sizes"),
    "rules": (
        "asset_ids",
        "catalog",
        "context",
        "costs",
        "counterparts",
        "durations",
        "edits",
        "finding",
        "model",
        "naming",
        "option_checks",
        "placeholders",
        "plaintext_secrets",
        "queueing",
        "reader",
        "regions",
        "rule",
        "serving",
        "shapes",
        "stack",
        "topology",
        "values",
        "vm_sizes",
        "waivers",
    ),
    "exemptions": ("levels", "reader", "urn", "values"),
    "policy_config": ("context", "exemptions", "finding", "reader", "rule", "values"),
    "rule_sets": ("policy_config", "rule", "values"),
    "runner": (
        "context",
        "finding",
        "model",
        "plaintext_secrets",
        "policy_config",
        "reader",
        "rule",
        "secrets",
        "shapes",
        "stack",
    ),
    "recall": (
        "context",
        "finding",
        "model",
        "policy_config",
        "reader",
        "rule",
        "runner",
        "shapes",
        "stack",
        "values",
    ),
    "waiver_review": ("finding", "policy_config", "reader", "rule", "runner", "waivers"),
    "messages": ("finding",),
    "previous": ("shapes", "urn", "values"),
    "beside": ("policy_config", "rule_sets", "values", "waivers", "waivers_file"),
    "server": (
        "beside",
        "exemptions",
        "finding",
        "messages",
        "model",
        "not_judged",
        "policy_config",
        "previous",
        "reader",
        "rule",
        "rule_sets",
        "runner",
        "shapes",
        "stack",
        "urn",
        "values",
        "version",
        "waiver_review",
        "waivers",
        "waivers_file",
    ),
    "pack": (
        "beside",
        "day",
        "finding",
        "messages",
        "model",
        "policy_config",
        "previous",
        "rule",
        "rule_sets",
        "rules",
        "runner",
        "server",
        "shapes",
        "stack",
        "values",
        "waiver_review",
        "waivers",
    ),
}
"""What each module, or package, of the library may import of it. A new one needs its line here."""
BESIDES = {"__init__": ("version",)}

HEAVY = {"pulumi", "pulumi_policy", "grpc", "google", "jsonschema", "yaml"}
MAY_BE_HEAVY = {"pack", "server"}


def modules() -> Iterator[tuple[str, Path]]:
    """Every file of the library, with the name of its part of the table."""
    for path in sorted(LIBRARY.rglob("*.py")):
        yield path.relative_to(LIBRARY).parts[0].removesuffix(".py"), path


def imports(tree: ast.AST, *, at_import_time: bool) -> Iterator[str]:
    """The full names that are imported; with `at_import_time` those only that loading the module loads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            yield from ((f"{module}.{alias.name}" if module == PACKAGE else module) for alias in node.names)
        elif at_import_time and (isinstance(node, ast.FunctionDef) or is_type_checking(node)):
            continue
        else:
            yield from imports(node, at_import_time=at_import_time)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


FILES = [pytest.param(part, path, id=str(path.relative_to(LIBRARY))) for part, path in modules()]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("part", "path"), FILES)
def test_imports_point_down(part: str, path: Path) -> None:
    allowed = {*(MAY_IMPORT | BESIDES)[part], part}
    own = {
        name.removeprefix(f"{PACKAGE}.").split(".")[0]
        for name in imports(parsed(path), at_import_time=part in MAY_BE_HEAVY)
        if name.split(".")[0] == PACKAGE
    }

    assert own <= allowed


def test_the_table_has_no_circles() -> None:
    """Each part imports only what the table has above it, so that reading it is reading the layers."""
    above: set[str] = set()
    for part, below in MAY_IMPORT.items():
        assert set(below) <= above, part
        above.add(part)


@pytest.mark.parametrize(("part", "path"), FILES)
def test_the_library_knows_no_harness(part: str, path: Path) -> None:
    assert [name for name in imports(parsed(path), at_import_time=False) if name.split(".")[0] == "poolgate"] == []


@pytest.mark.parametrize(("part", "path"), FILES)
def test_what_is_heavy_is_imported_where_the_engine_is_answered(part: str, path: Path) -> None:
    heavy = {name.split(".")[0] for name in imports(parsed(path), at_import_time=True)} & HEAVY

    assert not heavy or part in MAY_BE_HEAVY


@pytest.mark.parametrize("module", ["rules", "runner", "messages", "policy_config"])
def test_judging_loads_nothing_heavy(module: str) -> None:
    script = f"import sys, {PACKAGE}.{module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"

    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    ).stdout.split()

    assert PACKAGE in loaded
    assert set(loaded) & (HEAVY | {"poolgate"}) <= loaded_by_python()


def loaded_by_python() -> set[str]:
    """What this environment loads by itself: `google` is a namespace that some packages announce in a .pth file."""
    script = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return set(run.stdout.split())
