"""What is mutated, and what judges it: each part of the project by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LIBRARY: Final = ROOT / "policies" / "inference_pools"
_HARNESS: Final = ROOT / "src" / "poolgate"
_TESTS_OF_LINT: Final = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "lint").glob("test_*.py"))


@dataclass(frozen=True)
class Part:
    """Modules of a package, by the beginnings of their paths below it, without some, and the tests that judge them."""

    package: Path
    beginnings: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()

    def modules(self) -> list[str]:
        """Every module, by its path below the package."""
        names = (str(path.relative_to(self.package).with_suffix("")) for path in sorted(self.package.rglob("*.py")))
        return [name for name in names if name.startswith(self.beginnings) and not name.startswith(self.without)]


PARTS: Final = {
    "library": Part(
        LIBRARY,
        ("",),
        (
            "tests/library",
            "tests/rules",
            "tests/placeholders",
            "tests/waivers",
            "tests/mutants/test_bounds.py",
            "tests/mutants/test_mutants.py",
            "tests/gate/test_service.py",
            "tests/gate/test_differential.py",
            "tests/gate/test_stack_rules.py",
            "tests/gate/test_remediation.py",
            "tests/gate/test_waivers.py",
            "tests/sources/test_previous.py",
        ),
    ),
    "lint": Part(
        _HARNESS,
        ("lint/",),
        ("tests/editor/test_editor_schema.py", *_TESTS_OF_LINT),
        without=("lint/fast/",),
    ),
    "stand-ins": Part(_HARNESS, ("standin/",), ("tests/standin",)),
    "audit": Part(
        _HARNESS,
        (
            "sources/state",
            *(
                f"audit/{name}"
                for name in ("copies", "expected", "layout", "listing", "places", "shards", "stack_tags")
            ),
        ),
        (
            "tests/sources/test_state.py",
            "tests/cli/test_owners.py",
            *(
                f"tests/audit/test_{name}.py"
                for name in ("accounts", "engine_states", "listing", "memory", "merge", "other_sources", "run")
            ),
        ),
    ),
}
"""None of the tests needs an engine. Of an audit its readers: what finds states, and what reads them. What `lint/fast`
does is compared with the rest, by the ten thousand: no test of that is short enough to be run for each mutant."""
