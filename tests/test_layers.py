"""Imports point down, in the library and in the harness above it; what is heavy is loaded where the engine is answered.

Every import counts: those inside functions and those for type checkers only make two modules one just as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final, TypeAlias

import inference_pools
import poolgate

Layers: TypeAlias = tuple[tuple[str, ...], ...]
"""From the bottom up; in each layer its rooms, in each room its modules, by their names or those of their packages.

A module may import what lies in a lower layer or in its own room. The rooms of one layer do not know each other.
"""

LIBRARY: Final[Layers] = (
    (  # values, and what is known of the world
        "__init__ version day urn path values levels finding secrets reader readings context durations azure_regions "
        "facts late tree queueing not_judged placeholders plaintext_secrets edits naming exemptions messages "
        "own_checks near_words type_token moved",
    ),
    ("facets", "resource"),
    ("given",),
    ("platforms.platform", "platforms.names"),
    ("platforms.azure",),
    (
        "platforms.azure_pools",
        "platforms.azure_online",
        "platforms.azure_models",
        "platforms.sagemaker",
        "platforms.vertex",
    ),
    ("platforms.__init__",),
    ("view outline joins stack ways serving counterparts services state_file previous",),
    ("waivers waivers_file rule option_checks costs judged owners owners_file loads",),
    (
        "rules",
        "policy_config rule_sets runner recall waiver_review beside operation",
    ),
    ("own_rules",),
    ("declared server served", "model shapes catalog"),  # the latter are old names, for rules of one's own only
    ("pack",),
)
HARNESS: Final[Layers] = (
    (
        "__init__ errors files findings left_out own_source changed git completions crash forked protocol streams "
        "table report.safe report.view report.progress report.places report.frame",
    ),
    (
        "lint.content lint.document lint.json_types lint.own_keywords lint.slow_patterns lint.secure_value "
        "lint.secure_validator lint.schema_files lint.exact_yaml lint.json_reader",
    ),
    ("lint.fast",),
    ("lint.shortcuts lint.yaml_reader",),
    ("lint", "standin", "owner judged_by"),
    ("sandbox", "lint.poolgate_yaml lint.files lint.run fix config_file schema_listing"),
    ("sources", "together in_force", "backends"),
    ("report", "previous own_rules rule_set waivers waivers_edit waivers_exported exemptions explain"),
    (
        "audit",
        "history",
        "what_if",
        "check sources.preview",
        "doctor",
        "prices",
        "init",
        "testing",
        "waivers_cover waivers_command waivers_export",
    ),
    ("size",),
    ("cli __main__",),
)
PACKAGES: Final = {inference_pools: LIBRARY, poolgate: HARNESS}

HEAVY: Final = {"pulumi", "pulumi_policy", "grpc", "google", "jsonschema", "yaml"}
MAY_BE_HEAVY: Final = {f"inference_pools.{name}" for name in LIBRARY[-2][0].split()}


def rooms() -> dict[str, tuple[int, str]]:
    """The place of each name of the tables: the number of its layer, counted through both, and its room."""
    found = {}
    layers = [(package.__name__, layer) for package, layers in PACKAGES.items() for layer in layers]
    for number, (package, layer) in enumerate(layers):
        for room in layer:
            found.update({f"{package}.{name}".removesuffix(".__init__"): (number, room) for name in room.split()})
    return found


def place_of(module: str, table: Mapping[str, tuple[int, str]]) -> tuple[int, str] | None:
    """The place of a module, or of the nearest package around it; a whole library is no place."""
    while "." in module:
        if module in table:
            return table[module]
        module = module.rpartition(".")[0]
    return None


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of both packages, by its full name."""
    found = {}
    for package in PACKAGES:
        root = Path(str(package.__file__)).parent
        for file in sorted(root.rglob("*.py")):
            name = ".".join((package.__name__, *file.relative_to(root).with_suffix("").parts))
            found[name.removesuffix(".__init__")] = ast.parse(file.read_text("utf-8"))
    return found


def imported(tree: ast.AST, *, at_import_time: bool = False) -> Iterator[str]:
    """The full names that are imported anywhere; with `at_import_time` those only that loading the module loads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not at_import_time or not (isinstance(node, ast.FunctionDef) or is_type_checking(node)):
            yield from imported(node, at_import_time=at_import_time)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@cache
def graph() -> dict[str, set[str]]:
    """What each module of both packages imports of them."""
    return graph_of(modules())


def graph_of(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """For each module those that it imports. `from package import name` is of the module of that name, if it is one."""
    return {
        module: {
            name if name in trees else name.rpartition(".")[0]
            for name in imported(tree)
            if name in trees or name.rpartition(".")[0] in trees
        }
        - {module}
        for module, tree in trees.items()
    }


def circle_in(graph: Mapping[str, set[str]]) -> str:
    """Modules that import each other in a circle, in words; "" where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " imports ".join(reversed(error.args[1]))
    return ""


def test_imports_point_down() -> None:
    table = rooms()
    places = {module: place_of(module, table) for module in graph() if "." in module}
    assert [module for module, place in places.items() if place is None] == [], "have no line in the tables"
    assert [name for name in table if name not in graph()] == [], "have a line in the tables, and are not there"

    wrong = [
        f"{module} imports {other}, which lies {'above it' if there[0] > here[0] else 'beside it, in another room'}"
        for module, others in graph().items()
        for other in sorted(others)
        if (here := places.get(module)) and (there := places.get(other)) and here != there and there[0] >= here[0]
    ]

    assert wrong == []


def test_there_are_no_circles() -> None:
    assert circle_in(graph()) == ""


def test_what_is_only_fast_is_asked_for_in_one_place() -> None:
    fast = "poolgate.lint.fast"

    asking = {
        module
        for module, others in graph().items()
        if not module.startswith(fast) and any(other.startswith(fast) for other in others)
    }

    assert asking == {"poolgate.lint.shortcuts"}


def test_every_kind_of_import_counts() -> None:
    trees = {
        "p": "",
        "p.a": "def f():\n    from p import b",
        "p.b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.c import Thing",
        "p.c": "class Thing:\n    import p.a",
    }

    circle = circle_in(graph_of({name: ast.parse(text) for name, text in trees.items()}))

    assert all(f"p.{one} imports p.{other}" in circle for one, other in ("ab", "bc", "ca"))


def test_what_is_heavy_is_imported_where_the_engine_is_answered() -> None:
    library = {name: tree for name, tree in modules().items() if name.startswith("inference_pools")}
    heavy = {
        name
        for name, tree in library.items()
        if HEAVY & {other.partition(".")[0] for other in imported(tree, at_import_time=True)}
    }

    assert heavy == MAY_BE_HEAVY
