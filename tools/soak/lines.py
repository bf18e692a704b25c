"""How much of a reader its inputs reach: the lines of its modules that run."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path
from typing import Final

import coverage

ROOT: Final = Path(__file__).parents[2]
MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "stack": (
        "poolgate.lint.content", "poolgate.lint.document", "poolgate.lint.exact_yaml", "poolgate.lint.fast.plain_yaml",
        "poolgate.lint.fix", "poolgate.lint.json_types", "poolgate.lint.schema_lint", "poolgate.lint.secret_places",
        "poolgate.lint.secure_value", "poolgate.lint.yaml_reader",
    ),
    "project": (
        "poolgate.init", "poolgate.init.schema_draft", "poolgate.lint.namespaces", "poolgate.lint.project",
    ),
    "policy-pack": ("poolgate.lint.files",),
    "poolgate": ("poolgate.config_file", "poolgate.lint.poolgate_yaml"),
    "waivers": (
        "inference_pools.waivers", "inference_pools.waivers_file", "poolgate.lint.waivers_reader", "poolgate.waivers",
        "poolgate.waivers_command", "poolgate.waivers_edit",
    ),
    "policy-config": (
        "inference_pools.exemptions", "inference_pools.option_checks", "inference_pools.policy_config",
        "poolgate.exemptions", "poolgate.lint.json_reader", "poolgate.rule_set",
    ),
    "prices": ("inference_pools.costs",),
    "schema": (
        "poolgate.lint.editor_schema", "poolgate.lint.fast.validator", "poolgate.lint.messages",
        "poolgate.lint.own_keywords", "poolgate.lint.schema_store", "poolgate.lint.secure_validator",
        "poolgate.lint.slow_patterns",
    ),
    "state": ("inference_pools.state_file", "inference_pools.tree", "poolgate.sources.state"),
    "report": ("poolgate.report.difference", "poolgate.report.earlier", "poolgate.report.entry"),
    "owners": ("inference_pools.owners_file", "poolgate.owner"),
    "expected": ("poolgate.audit.expected",),
    "previous": ("inference_pools.previous", "poolgate.previous"),
    "read-fixtures": ("poolgate.standin.fixtures",),
    "own-rules": ("poolgate.own_rules", "poolgate.own_source"),
    "cache": ("poolgate.lint.fast.known_good",),
    "events": ("inference_pools.messages", "poolgate.sandbox.event_log", "poolgate.sources.preview"),
    "history": ("poolgate.history.course", "poolgate.history.store"),
    "shards": ("poolgate.audit.merge", "poolgate.audit.shards"),
    "price-tables": ("poolgate.prices.command", "poolgate.prices.sources", "poolgate.prices.table"),
    "price-lists": ("poolgate.prices.sources",),
    "loads": ("poolgate.size.command", "poolgate.size.given"),
    "records": ("poolgate.size.record",),
    "parquet-records": ("poolgate.size.record",),
    "stack-tags": ("poolgate.audit.stack_tags",),
    "requests": ("inference_pools.served", "inference_pools.server"),
    "texts": (
        "inference_pools.durations", "inference_pools.naming", "inference_pools.path",
        "inference_pools.placeholders.detect", "inference_pools.placeholders.guids",
        "inference_pools.placeholders.ids", "inference_pools.placeholders.masks",
        "inference_pools.placeholders.patterns", "inference_pools.placeholders.slots",
        "inference_pools.plaintext_secrets", "inference_pools.type_token", "inference_pools.urn",
    ),
    "names": (),
}  # fmt: skip
"""What reads the inputs of each reader: modules whose other lines, if they have any, are named by docs/quality.md."""

Lines = dict[str, Set[int]]
"""The lines that ran, by module."""


class Recorder:
    """Tells which lines of a reader's modules run in this process from here on."""

    def __init__(self, reader: str) -> None:
        self._files = {str(file_of(name)): name for name in MODULES[reader]}
        self._coverage = coverage.Coverage(data_file=None, include=[*self._files], config_file=False)
        if self._files:
            self._coverage.start()

    def lines(self) -> Lines:
        """The lines that have run."""
        if not self._files:
            return {}
        self._coverage.stop()
        data = self._coverage.get_data()
        return {name: frozenset(data.lines(file) or ()) for file, name in self._files.items()}


@cache
def file_of(module: str) -> Path:
    """Where a module lies."""
    file = importlib.import_module(module).__file__
    assert file is not None
    return Path(file)


def share(reader: str, ran: Mapping[str, Set[int]]) -> tuple[int, int]:
    """How many lines of the reader's functions ran, and how many there are.

    Lines that run when a module is loaded are none of them: they run whatever the input is.
    """
    run = there = 0
    for module in MODULES[reader]:
        lines = lines_of_functions(module)
        there += len(lines)
        run += len(lines & ran.get(module, frozenset()))
    return run, there


@cache
def lines_of_functions(module: str) -> frozenset[int]:
    """The statements of a module that run when it is asked for something, but those marked `pragma: no cover`."""
    return _statements(module) - _loaded()[module]


def _statements(module: str) -> frozenset[int]:
    _, statements, _, _, _ = coverage.Coverage(data_file=None, config_file=False).analysis2(str(file_of(module)))
    return frozenset(statements)


@cache
def _loaded() -> Mapping[str, frozenset[int]]:
    """The lines of each module that run when it is loaded: told by a process that does nothing else."""
    modules = sorted({name for names in MODULES.values() for name in names})
    files = [str(file_of(name)) for name in modules]
    code = "\n".join(
        [
            "import coverage, importlib, json",
            f"recorder = coverage.Coverage(data_file=None, include={files!r}, config_file=False)",
            "recorder.start()",
            f"for name in {modules!r}: importlib.import_module(name)",
            "recorder.stop()",
            f"print(json.dumps([recorder.get_data().lines(file) or [] for file in {files!r}]))",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    return dict(zip(modules, map(frozenset, json.loads(done.stdout)), strict=True))
