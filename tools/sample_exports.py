"""Writes the sample exports of `stacks/exports/`: the sample stacks as deployed, some of them by an earlier commit.

The real engine deploys them to the stand-in provider, in a temporary backend; nothing reaches a cloud. Each has
what a sample's configuration says but for the changes below, which are what an audit has to find.

`python tools/sample_exports.py` makes them anew; identifiers and times are then other ones.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

from poolgate.sandbox.workspace import Sandbox

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "stacks" / "exports"
LIMIT_SECONDS: Final = 300.0


class Deployed(NamedTuple):
    """A stack of a sample, and what its configuration said when it was deployed: (now, then) for each change."""

    project: str
    stack: str
    changes: tuple[tuple[str, str], ...] = ()

    @property
    def file(self) -> Path:
        """Where its export is."""
        return FOLDER / f"{self.project}-{self.stack}.json"


EXPORTS: Final = (
    Deployed("single-pool", "prod"),
    Deployed("single-pool", "dev", (("capacity: 1\n", "capacity: 80\n"), ("    costcenter: CC-4711\n", ""))),
    Deployed("pool-groups", "prod", (("requestTimeout: PT2M", "requestTimeout: PT10M"),)),
)


def main() -> int:
    """Writes each file; 1 where the engine does not do it."""
    FOLDER.mkdir(exist_ok=True)
    for deployed in EXPORTS:
        state = exported(deployed)
        deployed.file.write_text(json.dumps(state, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{deployed.file.relative_to(ROOT)}: {len(state['deployment']['resources'])} resources")
    return 0


def exported(deployed: Deployed) -> dict[str, Any]:
    """What `pulumi stack export` says of the stack once it is deployed. Raises RuntimeError where it is not."""
    with Sandbox(test_only_allow_apply=True) as sandbox:
        folder = sandbox.add_project(ROOT / "stacks" / deployed.project, stacks=[deployed.stack])
        config = folder / f"Pulumi.{deployed.stack}.yaml"
        text = config.read_text(encoding="utf-8")
        for now, then in deployed.changes:
            if now not in text:
                raise RuntimeError(f"{config.name} of {deployed.project} has no {now!r}")
            text = text.replace(now, then)
        config.write_text(text, encoding="utf-8")
        stack = f"--stack={deployed.stack}"
        for command in (
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", stack],
            ["pulumi", "stack", "export", stack],
        ):
            done = sandbox.run(command, cwd=folder, timeout=LIMIT_SECONDS)
            if done.returncode:
                raise RuntimeError(done.stdout + done.stderr)
        return without_this_machine(json.loads(done.stdout))


def without_this_machine(state: dict[str, Any]) -> dict[str, Any]:
    """The state without what it tells of where it was made: the frames of Python's own files in the stack traces, and
    the salt of the backend's passphrase, without which what is encrypted stays so for ever.
    """
    deployment = state["deployment"]
    deployment["secrets_providers"] = {}
    for resource in deployment["resources"]:
        resource.pop("stackTrace", None)
        resource.pop("sourcePosition", None)
    return state


if __name__ == "__main__":
    sys.exit(main())
