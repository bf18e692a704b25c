"""An update is judged against what is deployed: in `check`, and in the pack."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from inference_pools import served
from inference_pools.previous import PREVIOUS_VARIABLE, PreviousError
from poolgate.cli import run as main
from poolgate.errors import UsageError
from poolgate.findings import PassedOver, Tally
from poolgate.previous import load, named, with_unused
from poolgate.sources.state import pools, read

PROJECT = Path(__file__).parents[2] / "stacks" / "single-pool"
TYPE = "azure-native:machinelearningservices:InferencePool"
URN = f"urn:pulumi:prod::single-pool::{TYPE}::ml-inference-pool"
ORDER = "it is deleted before the new one is made, and until then nobody answers"
MOVED = f"goes from 'northeurope' to 'westeurope', which replaces the pool: {ORDER}"
MESSAGE = "makes a month 200 percent dearer, from 1 to 3 machines; the limit is 50 percent"
SAID = [("prod", "cost-increase-bounded", MESSAGE), ("prod", "replacement-noted", MOVED)]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "policy-config.json"
    file.write_text(json.dumps({"cost-increase-bounded": {"percent": 50}}))
    return file


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """The prod stack with one machine, where there are to be three, and in another region."""
    sku = {"name": "Standard_D4as_v4", "capacity": 1}
    pool: dict[str, Any] = {"urn": URN, "type": TYPE, "inputs": {"sku": sku, "location": "northeurope"}}
    file = tmp_path / "prod.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": [pool]}}))
    return file


def _findings(output: str) -> list[tuple[str, str, str]]:
    return sorted(
        (finding["resource"]["stack"], finding["rule"], finding["message"])
        for finding in json.loads(output)["findings"]
        if finding["rule"] in ("cost-increase-bounded", "replacement-noted") and finding["outcome"] == "violated"
    )


def test_check_judges_the_change(config: Path, export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["check", str(PROJECT), f"--policy-config={config}", "--format=json"]
    assert main([*command, f"--previous={export}"]) == 1
    assert _findings(capsys.readouterr().out) == SAID
    assert main(command) == 0
    assert not _findings(capsys.readouterr().out)


def test_exports_of_other_stacks_are_told(export: Path) -> None:
    tally = Tally()
    tally.judged.add("single-pool/dev")
    told = [*with_unused(load([export]), tally).passed_over]
    assert told == [PassedOver("stack", "single-pool/prod", "is in an export of before and was not judged now")]
    tally = Tally()
    tally.judged.add("single-pool/prod")
    assert not with_unused(load([export]), tally).passed_over


def test_an_export_without_inputs_tells_what_was_by_its_outputs(export: Path) -> None:
    export.write_text(export.read_text().replace('"inputs"', '"outputs"'))
    assert (load([export]).inputs(URN) or {})["sku"]["capacity"] == 1


def as_exported(deployment: dict[str, Any]) -> bytes:
    return json.dumps({"version": 3, "deployment": deployment}).encode()


def as_checkpoint(deployment: dict[str, Any]) -> bytes:
    stack = "organization/single-pool/prod"
    return json.dumps({"version": 3, "checkpoint": {"stack": stack, "latest": deployment}}).encode()


@pytest.mark.parametrize("container", [as_exported, as_checkpoint])
@pytest.mark.parametrize("packed", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_a_state_is_read_in_every_form(
    container: Callable[[dict[str, Any]], bytes], packed: Callable[[bytes], bytes], export: Path
) -> None:
    """By the command line and by a pack alike, as an audit reads it."""
    export.write_bytes(packed(container(json.loads(export.read_text())["deployment"])))
    told = load([export])
    assert (told.inputs(URN) or {})["sku"]["capacity"] == 1
    assert told == served.previously_deployed({PREVIOUS_VARIABLE: str(export)})
    assert [pool.resource.properties for pool in pools(read(export.read_bytes(), "prod"))] == [told.inputs(URN)]


def test_a_checkpoint_of_an_empty_stack_says_that_all_is_new(tmp_path: Path) -> None:
    file = tmp_path / "prod.json"
    file.write_bytes(as_checkpoint({"resources": []}))
    assert load([file]).inputs(URN) == {}


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_a_device_is_no_export(device: str) -> None:
    with pytest.raises(UsageError, match=f"^{device}: is a device, where a file or a pipe is expected"):
        load([Path(device)])


def test_an_export_comes_through_a_pipe(export: Path) -> None:
    reader, writer = os.pipe()
    try:
        os.write(writer, export.read_bytes())
        os.close(writer)
        assert load([Path(f"/dev/fd/{reader}")]).inputs(URN)
    finally:
        os.close(reader)


@pytest.mark.engine
def test_preview_judges_the_change(config: Path, export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["preview", str(PROJECT), "--stack=prod", f"--policy-config={config}", "--format=json"]
    assert main([*command, f"--previous={export}"]) == 1
    assert _findings(capsys.readouterr().out) == SAID


@pytest.mark.parametrize("command", ["check", "preview"])
def test_a_file_that_is_no_export_is_an_error_of_usage(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prod.json"
    assert main([command, str(PROJECT), f"--previous={file}"]) == 2
    assert f"{file}: cannot be read: No such file or directory" in capsys.readouterr().err
    file.write_text("{}")
    assert main([command, str(PROJECT), f"--previous={file}"]) == 2
    assert f"{file}: is no state of Pulumi: it has neither a deployment nor a checkpoint" in capsys.readouterr().err


def test_the_pack_reads_the_exports_that_its_environment_names(export: Path) -> None:
    both = os.pathsep.join([str(export), str(export)])
    before = served.previously_deployed({PREVIOUS_VARIABLE: both}).inputs(URN)
    assert before
    assert before["sku"] == {"name": "Standard_D4as_v4", "capacity": 1}
    assert served.previously_deployed({}).inputs(URN) is None


@pytest.mark.parametrize(
    ("written", "message"),
    [("prod.json", "prod.json: POOLGATE_PREVIOUS takes absolute paths"), ("/no/such", "/no/such: cannot be read")],
)
def test_the_pack_does_not_start_without_an_export_it_was_told_of(written: str, message: str) -> None:
    with pytest.raises(PreviousError, match=message):
        served.previously_deployed({PREVIOUS_VARIABLE: written})


def test_the_command_line_comes_before_the_environment() -> None:
    environ = {PREVIOUS_VARIABLE: os.pathsep.join(["/a.json", "/b.json"])}
    assert named(None, environ) == [Path("/a.json"), Path("/b.json")]
    assert named([Path("/c.json")], environ) == [Path("/c.json")]
    assert named(None, {}) == []
