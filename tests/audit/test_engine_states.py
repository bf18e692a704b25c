"""What the real engine writes, read back: its export and its file backend, plain and compressed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from audit.state_builder import (
    STORAGE,
    export,
    pool,
    pool_inputs,
    provider,
    provider_reference,
    resource,
    slow_pool_inputs,
    stack_root,
    text,
    urn,
)
from inference_pools.finding import Outcome
from inference_pools.policy_config import default_settings
from inference_pools.rules import ALL
from inference_pools.values import FLOAT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY
from poolgate.audit.listing import list_states
from poolgate.audit.run import audit
from poolgate.findings import Tally
from poolgate.sandbox.engine import find_engine
from poolgate.sources.state import StateResource, pools, read

pytestmark = pytest.mark.engine

LIMIT_SECONDS = 120
SECRET = "someone.of.the.team@example.com"
Pulumi = Callable[..., bytes]


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    folder = tmp_path / "backend"
    folder.mkdir()
    return folder


@pytest.fixture
def pulumi(tmp_path: Path, backend: Path) -> Pulumi:
    """Runs the engine in a project and a backend of its own."""
    return engine_in(tmp_path, backend)


def engine_in(home: Path, backend: Path) -> Pulumi:
    engine = find_engine()
    assert engine is not None, "no Pulumi engine: run `make engine`"
    project = home / "project"
    project.mkdir()
    # Nothing here runs a program, so that no language host is needed.
    (project / "Pulumi.yaml").write_text("name: ranking\nruntime: python\n")

    def run(*arguments: str, document: bytes | None = None, variables: Mapping[str, str] | None = None) -> bytes:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PULUMI_HOME": str(home / "home"),
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            **(variables or {}),
        }
        done = subprocess.run(
            [str(engine.path), "--non-interactive", *arguments],
            cwd=project,
            env=environment,
            input=document or b"",
            capture_output=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    return run


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A backend with the stack of pools, which nobody changes, and what the engine exports from it."""
    home = tmp_path_factory.mktemp("deployed")
    (home / "backend").mkdir()
    return home / "backend", imported(engine_in(home, home / "backend"))


def stack_of_pools(secrets_providers: Any, **pool_members: Any) -> bytes:
    """An export with each kind of entry; its secret is in clear, the engine encrypts it as it imports it."""
    root = stack_root()["urn"]
    secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps(SECRET)}
    account = resource(STORAGE, "models", id="/models", inputs={}, parent=root, provider=provider_reference())
    resources = [
        stack_root(),
        provider(),
        account,
        pool("slow", slow_pool_inputs(), parent=root, sourcePosition="project:///__main__.py#41", **pool_members),
        pool(
            "secretive",
            pool_inputs(tags={"environment": "prod", "owner": secret}),
            parent=root,
            dependencies=[account["urn"]],
            propertyDependencies={"tags": [account["urn"]]},
        ),
        pool("shared", {}, parent=root, external=True, outputs=pool_inputs()),
        pool("slow", slow_pool_inputs("PT9H"), parent=root, delete=True),
    ]
    document = export(*resources)
    document["deployment"]["secrets_providers"] = secrets_providers
    return text(document)


def imported(pulumi: Pulumi, **pool_members: Any) -> bytes:
    """Makes the stack; what the engine then exports."""
    pulumi("stack", "init", "prod")
    fresh = json.loads(pulumi("stack", "export"))
    document = stack_of_pools(fresh["deployment"]["secrets_providers"], **pool_members)
    pulumi("stack", "import", document=document)
    return pulumi("stack", "export")


def told(data: bytes) -> tuple[str, str, int, list[StateResource]]:
    deployment = read(data, "state")
    return deployment.stack, deployment.project, deployment.live_resources, list(pools(deployment))


def test_export_and_backend_read_alike(deployed: tuple[Path, bytes], tmp_path: Path) -> None:
    backend, exported = deployed
    (file,) = list_states([f"file://{backend}"])
    assert (Path(file.name).name, file.stack, file.project) == ("prod.json", "prod", "ranking")
    raw = file.read()
    assert told(raw) == told(exported)
    stack, project, resources, found = told(exported)
    assert (stack, project, resources) == ("prod", "ranking", 6)
    assert [pool.resource.name for pool in found] == ["slow", "secretive", "shared"]
    assert all(pool.resource.provider_version == "2.92.3" for pool in found)
    assert SECRET.encode() not in raw

    (tmp_path / "export.json").write_bytes(exported)
    settings = default_settings(ALL)
    tallies = [audit([path], settings) for path in (str(tmp_path / "export.json"), str(backend))]
    assert fingerprints(tallies[0]) == fingerprints(tallies[1])
    in_words = {(finding.rule, finding.subject.name, finding.outcome) for finding in tallies[0].findings}
    assert ("request-timeout-bounded", "slow", Outcome.VIOLATED) in in_words
    secret = next(finding for finding in tallies[0].findings if finding.path == "tags.owner")
    assert secret.outcome is Outcome.UNKNOWN
    assert secret.from_resources == (urn(STORAGE, "models"),)


def fingerprints(tally: Tally) -> list[str]:
    return [finding.fingerprint for finding in tally.sorted_findings]


def test_stack_that_changed_its_compression_is_read_once_and_reads_alike(
    pulumi: Pulumi, backend: Path, deployed: tuple[Path, bytes]
) -> None:
    plain, exported = deployed
    shutil.copytree(plain, backend, dirs_exist_ok=True)
    pulumi("stack", "import", "--stack=prod", document=exported, variables={"PULUMI_DIY_BACKEND_GZIP": "true"})
    pulumi(
        "stack",
        "import",
        "--stack=prod",
        document=exported,
        variables={"PULUMI_DIY_BACKEND_GZIP": "true", "PULUMI_RETAIN_CHECKPOINTS": "true"},
    )
    beside = {path.name for path in (backend / ".pulumi/stacks/ranking").iterdir()}
    assert {"prod.json.gz", "prod.json.gz.bak", "prod.json.bak"} < beside
    assert any(name.startswith("prod.json.gz.1") for name in beside)
    (file,) = list_states([str(backend)])
    assert (Path(file.name).name, file.stack, file.project) == ("prod.json.gz", "prod", "ranking")
    assert told(file.read()) == told(pulumi("stack", "export", "--stack=prod"))


@pytest.mark.parametrize(
    ("features", "members"),
    [
        (["taint"], {"taint": True}),
        (
            ["hooks", "refreshBeforeUpdate", "replaceWith", "views"],
            {
                "replaceWith": [stack_root()["urn"]],
                "resourceHooks": {"beforeCreate": ["told"]},
                "viewOf": stack_root()["urn"],
                "refreshBeforeUpdate": True,
                "hideDiff": ["sku"],
                "replacementTrigger": "again",
            },
        ),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, list) else None,
)
def test_what_a_pool_asks_of_its_engine_makes_version_4(
    pulumi: Pulumi, backend: Path, features: list[str], members: dict[str, Any]
) -> None:
    exported = imported(pulumi, **members)
    assert json.loads(exported)["version"] == 4
    assert sorted(json.loads(exported)["features"]) == features
    (file,) = list_states([str(backend)])
    assert told(file.read()) == told(exported)


def test_a_number_that_json_cannot_write_is_told_as_the_gate_tells_it(
    pulumi: Pulumi, backend: Path, deployed: tuple[Path, bytes], tmp_path: Path
) -> None:
    plain, _ = deployed
    shutil.copytree(plain, backend, dirs_exist_ok=True)
    document = json.loads(pulumi("stack", "export", "--stack=prod"))
    slow = next(each for each in document["deployment"]["resources"] if each["urn"].endswith("::slow"))
    infinite = {SIGNATURE_KEY: FLOAT_SIGNATURE, "value": "7ff0000000000000"}
    slow["inputs"] = {**slow["inputs"], "sku": {**slow["inputs"]["sku"], "capacity": infinite}}
    pulumi("stack", "import", "--stack=prod", document=text(document))
    exported = pulumi("stack", "export", "--stack=prod")
    assert infinite in [
        each["inputs"]["sku"]["capacity"]
        for each in json.loads(exported)["deployment"]["resources"]
        if "sku" in each.get("inputs", {})
    ]
    (tmp_path / "export.json").write_bytes(exported)
    tally = audit([str(tmp_path / "export.json")], default_settings(ALL))
    said = [
        finding.message
        for finding in tally.findings
        if finding.path == "sku.capacity" and finding.subject.name == "slow"
    ]
    assert "is inf, expected a whole number" in said


def test_stack_that_was_never_deployed(pulumi: Pulumi, backend: Path) -> None:
    pulumi("stack", "init", "fresh")
    assert told(pulumi("stack", "export"))[2:] == (0, [])
    (file,) = list_states([str(backend)])
    assert told(file.read()) == ("fresh", "ranking", 0, [])


def test_old_layout(backend: Path) -> None:
    """As 3.255.0 wrote it; from 3.275 on no engine writes or reads it."""
    shutil.copytree(Path(__file__).parent / "states" / "old-layout", backend, dirs_exist_ok=True)
    (file,) = list_states([str(backend)])
    assert file.name == str(backend / ".pulumi/stacks/prod.json")
    assert told(file.read()) == ("prod", "", 0, [])


def test_export_with_its_secrets_shown_is_judged_as_one_without(
    pulumi: Pulumi, backend: Path, deployed: tuple[Path, bytes], tmp_path: Path
) -> None:
    plain, hidden = deployed
    shutil.copytree(plain, backend, dirs_exist_ok=True)
    shown = pulumi("stack", "export", "--stack=prod", "--show-secrets")
    assert SECRET.encode() in shown
    tallies = []
    for name, data in (("hidden", hidden), ("shown", shown)):
        (tmp_path / f"{name}.json").write_bytes(data)
        tallies.append(audit([str(tmp_path / f"{name}.json")], default_settings(ALL)))
    assert fingerprints(tallies[0]) == fingerprints(tallies[1])
    assert not any(SECRET in repr(finding) for finding in tallies[1].findings)
