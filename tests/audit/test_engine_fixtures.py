"""An audit of a state that the real engine wrote says of every platform's resources what the library says of them.

The state is that of a stack with a fixture for each rule and platform that it fires on, deployed by the stand-ins'
switch for tests: with the ids, outputs, dependencies and `__inputs` that the engine and the providers put there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gate.fixture_stacks import (
    AZURE_PROVIDERS,
    FIRES,
    STACK,
    Batch,
    Prepared,
    chosen,
    columns_of,
    prepare,
    write_project,
)
from inference_pools import platforms
from inference_pools.rule import Scope
from poolgate.audit.run import audit
from poolgate.sandbox.workspace import Sandbox
from poolgate.standin.wire import contains_unknowns
from rules.fixture_files import TODAY, fixtures

VIRTUALENV: Final = Path(__file__).parents[2] / "stacks" / "pool-groups" / "venv"
LIMIT: Final = 300.0
AT_THE_END: Final = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""Has the engine write the state once, and not after every resource."""
NEVER_DEPLOYED: Final = frozenset({"names-unique"})
"""Rules whose findings no cloud lets into a state: of two resources of one name it makes the first."""


def deployed() -> Batch:
    """The fixtures: all that they contain is known."""
    batch = Batch(AZURE_PROVIDERS[0], TODAY)
    made = (prepare(fixture, number) for number, fixture in enumerate(fixtures()))
    for one in chosen(one for one in made if isinstance(one, Prepared) and _can_be_deployed(one)):
        if batch.takes(one):
            batch.add(one)
    batch.part()
    return batch


def _can_be_deployed(one: Prepared) -> bool:
    return (
        one.is_usual
        and one.shows == FIRES
        and one.azure in ("", AZURE_PROVIDERS[0])
        and one.fixture.rule not in NEVER_DEPLOYED
        and not any(contains_unknowns(dict(resource.properties)) for resource in one.checked)
    )


@pytest.mark.engine
def test_an_audit_of_what_was_deployed_says_what_the_library_says(tmp_path: Path) -> None:
    batch = deployed()
    assert {name for name, _ in columns_of(batch.resources)} == {platform.name for platform in platforms.ALL}
    state = tmp_path / "state.json"
    with Sandbox(test_only_allow_apply=True) as sandbox:
        folder = sandbox.add_project(write_project(batch, tmp_path / "project", VIRTUALENV), stacks=[STACK])
        up = ["pulumi", "up", "--yes", "--skip-preview", f"--stack={STACK}"]
        done = sandbox.run(up, cwd=folder, timeout=LIMIT, env=AT_THE_END)
        assert done.returncode == 0, done.stdout + done.stderr
        export = ["pulumi", "stack", "export", f"--stack={STACK}", f"--file={state}"]
        assert sandbox.run(export, cwd=folder, timeout=LIMIT).returncode == 0

    tally = audit([str(state)], [one for one in batch.settings if one.rule.scope is not Scope.PROJECT], today=TODAY)

    found = {(one.subject.urn, one.rule, one.outcome, one.path, one.enforcement) for one in tally.findings}
    assert found == batch.expected
    assert tally.pools == sum(bool(columns_of([resource])) for resource in batch.resources)
