"""A run makes ready what it meets: another platform in the library costs those nothing who have none of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from inference_pools.late import Late

EXPORT = Path(__file__).parents[3] / "stacks" / "exports" / "single-pool-dev.json"
PROBE = """
import sys
from inference_pools import declared, served
from poolgate.cli import run

def layouts():
    loaded = (name.split(".") for name in sys.modules if name.startswith("inference_pools.platforms."))
    return [platform for _, _, platform, *module in loaded if module == ["layout"]]

declared.policies()
assert layouts() == []
run(["audit", "--jobs", "1", "--output", sys.argv[2], sys.argv[1]])
assert layouts() == ["azure_pools"], layouts()
"""


def test_the_pack_has_no_layout_ready_and_an_audit_those_of_its_resources(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(EXPORT), str(tmp_path / "report.txt")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("look", [len, list, bool, lambda late: late[0], lambda late: late[1:], lambda late: 2 in late])
def test_what_is_late_is_made_once_and_not_before(look: Callable[[Sequence[int]], object]) -> None:
    made: list[int] = []

    def make() -> tuple[int, ...]:
        made.append(1)
        return (1, 2)

    late = Late(make)
    assert not made
    assert look(late) == look(late) == look((1, 2))
    assert made == [1]
