"""The real engine with the stand-in attached, and the in-process source, show policies the same inputs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY
from poolgate.sources.program import ProgramRun, run_program
from standin.cases import APPLIED, GOOD, NAMED, REFUSED, WEST, together
from standin.harness import PROJECT, STACK, VERSIONS, Case, Engine, EngineRun, StandIn

pytestmark = pytest.mark.engine

_MADE_UP = re.compile(r"[0-9a-f]{8}$")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def in_process(case: Case, folder: Path, python: Path, **options: Any) -> ProgramRun:
    return run_program(
        folder,
        project=PROJECT,
        stack=STACK,
        config={**case.config, **case.secrets},
        secret_keys=case.secrets.keys(),
        python=python,
        program=folder,
        timeout=60,
        **options,
    )


def as_in_event_log(value: Any) -> Any:
    """The value as the engine's event log shows it, without the digits of made-up names."""
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "[secret]"}
        return {key: as_in_event_log(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_in_event_log(item) for item in value]
    return value


def without_digits(inputs: dict[str, Any]) -> dict[str, Any]:
    if "__createBeforeDelete" not in inputs:
        return inputs
    return {
        key: _MADE_UP.sub("digits", _UUID.sub("uuid!", value))
        if isinstance(value, str) and key.endswith("Name")
        else value
        for key, value in inputs.items()
    }


def by_engine(
    engine: Engine, start: Callable[..., StandIn], case: Case, major: int, python: Path, *arguments: str
) -> tuple[EngineRun, Path]:
    folder = engine.root / "project"
    engine.prepare(case, folder, python)
    return engine.operate(folder, "preview", start(f"azure-native={VERSIONS[major]}", *arguments).where), folder


ANSWERS = {
    "invokes": [
        {
            "token": "azure-native:machinelearningservices:getWorkspace",
            "args": {"workspaceName": "mlw-known"},
            "return": {"location": "from-invoke", "id": "/x", "name": "mlw-known", "type": "x"},
        }
    ],
    "reads": [
        {
            "type": "azure-native:resources:ResourceGroup",
            "id": "/subscriptions/x/resourceGroups/RG-fixed",
            "outputs": {"location": "from-read", "name": "rg-fixed", "type": "x"},
        }
    ],
    "resourceGroups": {"rg-fixed": "from-fixture"},
}


@pytest.mark.parametrize("major", [2, 3])
@pytest.mark.parametrize("config", [WEST, NAMED], ids=["names made up", "names by the engine"])
def test_policies_see_the_same_inputs(
    major: int,
    config: Mapping[str, str],
    engine: Engine,
    stand_in: Callable[..., StandIn],
    azure_native_python: Callable[[int], Path],
    tmp_path: Path,
) -> None:
    fixtures = tmp_path / "reads.json"
    fixtures.write_text(json.dumps(ANSWERS), "utf-8")
    case, prefixes = together(major, config)
    python = azure_native_python(major)
    expected, folder = by_engine(engine, stand_in, case, major, python, "--read-fixtures", str(fixtures))
    assert expected.exit_code == 0, expected.output
    ours = in_process(case, folder, python, read_fixtures=fixtures)
    assert not ours.failed, ours.log
    mine = {resource.urn: without_digits(as_in_event_log(resource.inputs)) for resource in ours.resources}
    theirs = {urn: without_digits(inputs) for urn, inputs in expected.inputs().items()}
    assert mine == theirs
    assert all(any(f"::{prefix}-" in urn for urn in mine) for prefix in prefixes)
    if config is NAMED:
        _were_read(ours)


def _were_read(ours: ProgramRun) -> None:
    (read,) = (resource for resource in ours.resources if resource.external)
    assert read.name.endswith("-old")
    (pool,) = (one for one in ours.resources if one.name == read.name.replace("-old", "-pool"))
    assert (pool.inputs["kind"], pool.inputs["location"]) == ("from-invoke", "from-fixture")
    assert pool.inputs["tags"] == {"place": "from-read"}


@pytest.mark.parametrize(
    ("major", "case"),
    [
        pytest.param(major, case, id=f"{name}-{major}")
        for name, by_major in REFUSED.items()
        for major, case in by_major.items()
    ],
)
def test_what_the_engine_reports_is_reported(
    major: int,
    case: Case,
    engine: Engine,
    stand_in: Callable[..., StandIn],
    azure_native_python: Callable[[int], Path],
) -> None:
    python = azure_native_python(major)
    expected, folder = by_engine(engine, stand_in, case, major, python)
    assert expected.exit_code != 0
    ours = in_process(case, folder, python)
    assert ours.failed
    theirs, mine = (
        {text for text in texts if " has a problem: " in text or "Duplicate" in text}
        for texts in (map(plain, expected.errors()), (entry.message for entry in ours.log))
    )
    assert theirs
    assert theirs == mine


def plain(message: str) -> str:
    """A diagnostic without its colours and prefix."""
    return re.sub(r"<\{%.*?%\}>", "", message).removeprefix("error: ").strip()


@pytest.mark.parametrize("major", [2, 3])
def test_an_applied_stack_has_the_same_dependencies_and_lines_and_a_second_preview_changes_nothing(
    major: int, engine: Engine, stand_in: Callable[..., StandIn], azure_native_python: Callable[[int], Path]
) -> None:
    """After an `up` with the test switch, the state holds dependencies and positions of every resource."""
    case, python, folder = APPLIED[major], azure_native_python(major), engine.root / "project"
    engine.prepare(case, folder, python)
    where = stand_in(f"azure-native={VERSIONS[major]}", "--allow-apply").where
    done = engine.operate(folder, "up", where, "--yes", "--skip-preview")
    assert done.exit_code == 0, done.output
    exported = json.loads(engine.run(folder, "stack", "export", "--stack", STACK).stdout)
    states = {state["urn"]: state for state in exported["deployment"]["resources"]}
    ours = {resource.urn: resource for resource in in_process(case, folder, python).resources}
    assert ours.keys() == states.keys()
    for urn, resource in ours.items():
        state = states[urn]
        assert list(resource.dependencies) == sorted(state.get("dependencies", []))
        assert {key: list(urns) for key, urns in resource.property_dependencies.items() if urns} == {
            key: sorted(urns) for key, urns in state.get("propertyDependencies", {}).items() if urns
        }
        if resource.source_position is not None:
            file, line, _ = resource.source_position
            assert state["sourcePosition"] == f"project:///{file}#{line}"
    assert sum(resource.source_position is not None for resource in ours.values()) == 6
    again = engine.operate(folder, "preview", where, "--expect-no-changes")
    assert again.exit_code == 0, again.output


def test_a_read_without_fixture_fails_both_and_names_the_call(
    engine: Engine, stand_in: Callable[..., StandIn], azure_native_python: Callable[[int], Path]
) -> None:
    case = Case(GOOD["reads"][3].source, WEST)
    python = azure_native_python(3)
    expected, folder = by_engine(engine, stand_in, case, 3, python)
    ours = in_process(case, folder, python)
    assert expected.exit_code != 0
    assert ours.failed
    for text in (expected.output, "\n".join(entry.message for entry in ours.log)):
        assert "azure-native:machinelearningservices:getWorkspace would ask Azure" in text
