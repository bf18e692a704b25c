"""States that the real engine wrote into each kind of backend, read back where they lie."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from audit.state_builder import export, pool, provider, slow_pool_inputs, stack_root, text
from backends.servers import ALL, Place
from inference_pools.policy_config import default_settings
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from poolgate import cli
from poolgate.audit.run import audit
from poolgate.owner import Whose
from poolgate.sandbox.engine import find_engine

pytestmark = pytest.mark.engine

LIMIT_SECONDS = 120
SETTINGS = default_settings([request_timeout_bounded])
GZIP, ZSTD = ({f"PULUMI_DIY_BACKEND_{kind}": "true"} for kind in ("GZIP", "ZSTD"))
PROD = text(export(stack_root(), provider(), pool(inputs=slow_pool_inputs(), parent=stack_root()["urn"])))
LOCK = b'{"pid": 1, "username": "jane.doe", "hostname": "her-laptop", "timestamp": "2026-11-30T05:00:00Z"}'


@pytest.fixture(scope="module", params=list(ALL))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A backend with a stack that was compressed once and has tags, one in gzip, one in zstd, one that was removed, one
    of the old layout, and a lock.
    """
    with ExitStack() as stack:
        found: Place = stack.enter_context(ALL[request.param]())
        engine_writes(found, tmp_path_factory.mktemp(found.name))
        found.put(".pulumi/locks/organization/ranking/zipped/4b2d.json", LOCK)
        found.put(
            ".pulumi/stacks/old.json", b'{"version": 3, "checkpoint": {"stack": "old", "latest": {"resources": []}}}'
        )
        yield found


def engine_writes(place: Place, home: Path) -> None:
    engine = find_engine()
    assert engine is not None, "no Pulumi engine: run `make engine`"
    (home / "Pulumi.yaml").write_text("name: ranking\nruntime: python\n")

    def run(*arguments: str, document: bytes = b"", variables: Any = None) -> None:
        done = subprocess.run(
            [str(engine.path), "--non-interactive", *arguments],
            cwd=home, input=document, capture_output=True, timeout=LIMIT_SECONDS, check=False,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "PULUMI_HOME": str(home / "home"),
                "PULUMI_BACKEND_URL": place.address,
                "PULUMI_CONFIG_PASSPHRASE": "",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                **place.variables,
                **(variables or {}),
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode(errors="replace")

    run("stack", "init", "prod")
    run("stack", "import", "--stack", "prod", document=PROD, variables=GZIP)
    run("stack", "import", "--stack", "prod", document=PROD)
    run("stack", "init", "zipped", variables=GZIP)
    run("stack", "init", "dense", variables=ZSTD)
    run("stack", "tag", "set", "--stack", "prod", "owner", "team-a")
    run("stack", "tag", "set", "--stack", "prod", "CostCenter", "4711")
    run("stack", "init", "gone")
    run("stack", "rm", "--yes", "gone")


def reading(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in place.variables.items():
        monkeypatch.setenv(name, value)


def test_each_stack_is_read_and_what_was_removed_is_none(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    reading(place, monkeypatch)
    tally = audit([place.address], SETTINGS)
    (finding,) = tally.findings
    assert (finding.rule, finding.subject.stack) == ("request-timeout-bounded", "prod")
    assert finding.path == "inferencePoolProperties.requestConfiguration.requestTimeout"
    assert tally.judged == {"ranking/prod", "ranking/zipped", "ranking/dense", "/old"}
    assert tally.under_way == {"ranking/zipped": {"locked"}}
    suffix = {home.rpartition(".pulumi/")[2] for home in tally.homes.values()}
    assert suffix == {
        "stacks/old.json",
        "stacks/ranking/prod.json",
        "stacks/ranking/zipped.json.gz",
        "stacks/ranking/dense.json.zst",
    }
    assert any("old.json" in note and "does not show" in note for note in tally.notes)
    assert tally.whose == {"ranking/prod": Whose(owner="team-a", cost_center="4711")}
    why = " ".join(entry.why for entry in tally.passed_over)
    assert "are tags of stacks" not in why
    assert "are states before their last update (" in why


def test_other_addresses_of_a_place_lead_to_the_same(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        reading(place, patch)
        expected = [finding.fingerprint for finding in audit([place.address], SETTINGS).sorted_findings]
    for address, variables in place.others:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            tally = audit([address], SETTINGS)
        assert [finding.fingerprint for finding in tally.sorted_findings] == expected
        assert len(tally.judged) == 4


def test_no_report_has_credentials_or_who_holds_a_lock(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    reading(place, monkeypatch)
    for format_ in ("text", "json", "sarif", "html"):
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr("sys.stderr", err)
        assert cli.run(["audit", "--no-config", place.address, "--verbose", "--format", format_]) == 1
        told = out.getvalue() + err.getvalue()
        assert "ranking/prod" in told or format_ == "sarif"
        for secret in (*place.secrets, "jane.doe", "her-laptop", "Signature"):
            assert secret not in told
        if format_ == "json":
            assert json.loads(out.getvalue())["summary"]["accounts"]["read"] == 4
