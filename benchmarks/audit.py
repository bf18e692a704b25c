"""What `poolgate audit` costs over a fleet, beside conftest with twelve of its rules written in Rego."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks import rego_peer
from benchmarks.fleet import Truth, fleet
from benchmarks.measure import Cost, rounds_of, run, show, with_bytecode
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
_SIDES: Final = {
    "twelve rules": ("text", tuple(f"--select={rule}" for rule in TWELVE)),
    "the whole library": ("text", ()),
    "twelve rules, JSON": ("json", tuple(f"--select={rule}" for rule in TWELVE)),
    "the whole library, JSON": ("json", ()),
}
"""Format and options of each run of poolgate. The JSON report names each input with its SHA-256, the text does not."""
_PEER: Final = "conftest, twelve rules"
_SUMMARY: Final = re.compile(r"(?P<mandatory>\d+) mandatory and \d+ advisory findings, (?P<unknown>\d+) not judged")


def main(rounds: int) -> int:
    """Prints the table. Returns 1 when a side did not find what is there to be found."""
    made = fleet()
    folder = made.files[0].parent
    peer = rego_peer.conftest()
    printed: dict[str, str] = {}
    peaks: dict[str, float] = {}

    def side(name: str, measured: Callable[[], tuple[str, Cost]]) -> Callable[[], Cost]:
        def once() -> Cost:
            printed[name], cost = measured()
            peaks[name] = max(cost.memory, peaks.get(name, 0))
            return cost

        return once

    def audit(format_: str, options: Sequence[str]) -> Callable[[], tuple[str, Cost]]:
        return lambda: _audit(folder, f"--format={format_}", *options)

    sides = {f"poolgate, {name}": side(name, audit(*given)) for name, given in _SIDES.items()}
    costs = rounds_of({**sides, _PEER: side(_PEER, lambda: rego_peer.run(peer, made.files))}, rounds)
    seconds = {name: [cost.seconds for cost in values] for name, values in costs.items()}
    print(
        f"audit of {len(made.files)} exports, {sum(file.stat().st_size for file in made.files) / 1e6:.0f} MB, seconds"
    )
    show(seconds, _PEER)
    for name, peak in peaks.items():
        print(f"{name:34} at most {peak:6.0f} MiB in a process")
    return _report_mistakes(printed, made.truth)


def _report_mistakes(printed: Mapping[str, str], truth: frozenset[Truth]) -> int:
    """Compares what was found with what is there to be found; of a text, how much there is to how much it counts."""
    found = {
        name: rego_peer.findings(text) if name == _PEER else _violations(text)
        for name, text in printed.items()
        if name == _PEER or _SIDES[name][0] == "json"
    }
    wrong = {name: findings for name, findings in found.items() if findings != truth}
    for name, findings in wrong.items():
        print(f"{name}: {len(findings - truth)} findings too many, {len(truth - findings)} missing, such as")
        for finding in sorted(findings ^ truth)[:5]:
            print(f"  {finding}")
    miscounted = [name for name in printed.keys() - found.keys() if _counted(printed[name]) != _in_json(printed, name)]
    for name in miscounted:
        print(f"{name}: the text counts other findings than the JSON lists")
    if wrong or miscounted:
        return 1
    print(f"all found the {len(truth)} that are there to be found")
    return 0


def _counted(text: str) -> tuple[int, int]:
    """How many mandatory findings, and how many unknown values, the last line of a text tells of."""
    told = _SUMMARY.search(text.splitlines()[-1])
    return (int(told["mandatory"]), int(told["unknown"])) if told else (-1, -1)


def _in_json(printed: Mapping[str, str], name: str) -> tuple[int, int]:
    findings = json.loads(printed[f"{name}, JSON"])["findings"]
    unknown = sum(finding["outcome"] == "unknown" for finding in findings)
    return sum(finding["enforcement"] == "mandatory" for finding in findings) - unknown, unknown


def _audit(folder: Path, *options: str) -> tuple[str, Cost]:
    command = [str(Path(sys.executable).with_name("poolgate")), "audit", str(folder), *options]
    bytecode = cache_directory() / "benchmarks" / "bytecode"
    return run(command, ends_with=(1,), env=with_bytecode(os.environ, bytecode))


def _violations(printed: str) -> frozenset[Truth]:
    """What was judged and is wrong; a timeout in no form at all is also unreadable to the rule on its bounds."""
    findings = (finding for finding in json.loads(printed)["findings"] if finding["outcome"] == "violated")
    return frozenset(Truth(finding["rule"], finding["resource"]["urn"], finding["path"]) for finding in findings)
