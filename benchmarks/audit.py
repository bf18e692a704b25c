"""What `poolgate audit` costs over a fleet, beside conftest with twelve of its rules written in Rego."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks import rego_peer
from benchmarks.fleet import Truth, fleet
from benchmarks.measure import interleaved, show
from poolgate.files import cache_directory

TWELVE: Final = (
    "sku-tier-allowed",
    "sku-consistent",
    "capacity-bounded",
    "request-timeout-format",
    "request-timeout-bounded",
    "request-concurrency-bounded",
    "model-id-wellformed",
    "environment-id-wellformed",
    "name-wellformed",
    "tags-required",
    "location-allowed",
    "auth-mode-aad",
)
AIMS: Final = {"poolgate, twelve rules": 1 / 12, "poolgate, the whole library": 1 / 5}
_PEER: Final = "conftest, twelve rules"
_LIMIT: Final = 600


def main(rounds: int) -> int:
    """Prints the table. Returns 1 when a side did not find what is there to be found."""
    made = fleet()
    folder = made.files[0].parent
    peer = rego_peer.conftest()
    selection = [f"--select={rule}" for rule in TWELVE]
    printed: dict[str, str] = {}
    peaks: dict[str, float] = {}

    def side(name: str, run: Callable[[], str]) -> Callable[[], None]:
        def measured() -> None:
            printed[name] = run()
            peaks.setdefault(name, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)

        return measured

    # The greatest child so far is what the system tells; they come in the order of their size.
    seconds = interleaved(
        {
            "poolgate, twelve rules": side("poolgate, twelve rules", lambda: _audit(folder, *selection)),
            "poolgate, the whole library": side("poolgate, the whole library", lambda: _audit(folder)),
            _PEER: side(_PEER, lambda: rego_peer.run(peer, made.files)),
        },
        rounds,
    )
    print(
        f"audit of {len(made.files)} exports, {sum(file.stat().st_size for file in made.files) / 1e6:.0f} MB, seconds"
    )
    show(seconds, _PEER)
    for name, peak in peaks.items():
        print(f"{name:34} at most {peak:6.0f} MiB in a process")
    found = {name: rego_peer.findings(text) if name == _PEER else _violations(text) for name, text in printed.items()}
    wrong = {name: findings for name, findings in found.items() if findings != made.truth}
    for name, findings in wrong.items():
        print(f"{name}: {len(findings - made.truth)} findings too many, {len(made.truth - findings)} missing, such as")
        for finding in sorted(findings ^ made.truth)[:5]:
            print(f"  {finding}")
    if not wrong:
        print(f"all found the {len(made.truth)} that are there to be found")
    return 1 if wrong else 0


def _audit(folder: Path, *options: str) -> str:
    command = [str(Path(sys.executable).with_name("poolgate")), "audit", str(folder), "--format=json", *options]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_LIMIT, check=False, env=_with_bytecode(os.environ)
    )
    if done.returncode != 1:
        raise RuntimeError(
            f"poolgate exited {done.returncode}, where there are findings: {done.stderr.strip()[-2000:]}"
        )
    return done.stdout


def _with_bytecode(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, with bytecode written by the round that is not counted: an installed package has its own,
    where a checkout may have none.
    """
    environment = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "PYTHONPYCACHEPREFIX": str(cache_directory() / "benchmarks" / "bytecode")}


def _violations(printed: str) -> frozenset[Truth]:
    """What was judged and is wrong; a timeout in no form at all is also unreadable to the rule on its bounds."""
    findings = (finding for finding in json.loads(printed)["findings"] if finding["outcome"] == "violated")
    return frozenset(Truth(finding["rule"], finding["resource"]["urn"], finding["path"]) for finding in findings)
