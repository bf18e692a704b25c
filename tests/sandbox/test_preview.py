"""Previews with the real engine, our language host, a program and a pack that need the SDKs alone."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poolgate.errors import UsageError
from poolgate.sandbox.engine import Engine
from poolgate.sandbox.project_files import SECRET_STAND_IN
from poolgate.sandbox.workspace import PreviewRun, ProjectUnusableError, Sandbox, preview
from poolgate.sources.preview import read_preview
from sandbox.conftest import PACK

pytestmark = pytest.mark.engine

MakeFolder = Callable[..., Path]

LIMIT = 120.0

SHOW_PACK = """
    import json, os, sys

    from pulumi_policy import PolicyPack, ResourceValidationPolicy, StackValidationPolicy
    import pulumi

    names = ("PULUMI_STACK", "PULUMI_PROJECT", "PULUMI_ORGANIZATION", "PULUMI_DRY_RUN", "VIRTUAL_ENV")
    seen = {name: os.environ.get(name) for name in names}
    seen |= {"cwd": os.getcwd(), "python": sys.prefix, "settings": [pulumi.get_stack(), pulumi.get_project()]}
    seen["config"] = pulumi.Config("trivial").get("greeting")

    PolicyPack(
        "show",
        policies=[
            StackValidationPolicy(
                name="show", description="Shows.", validate=lambda args, report: report(json.dumps(seen))
            ),
            ResourceValidationPolicy(
                name="no-things", description="None.", validate=lambda args, report: report("no things here")
            ),
        ],
    )
"""


def diagnostics(run: PreviewRun) -> list[dict[str, Any]]:
    return [event["diagnosticEvent"] for event in run.events if "diagnosticEvent" in event]


def messages(run: PreviewRun, severity: str) -> str:
    return "\n".join(each["message"] for each in diagnostics(run) if each["severity"] == severity)


def violations(run: PreviewRun) -> list[tuple[str, str]]:
    found = [event["policyEvent"] for event in run.events if "policyEvent" in event]
    return [(each["policyName"], each["enforcementLevel"]) for each in found]


def test_a_mandatory_violation_fails(
    engine: Engine, make_project: MakeFolder, make_pack: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack is there without another run of the engine."""
    monkeypatch.delattr(Sandbox, "initialise")
    run = preview(make_project(), "dev", make_pack("MANDATORY"), timeout=LIMIT, engine=engine)
    assert (run.returncode, violations(run)) == (1, [("no-things", "mandatory")]), run.stdout


def test_a_pack_sees_the_stack_its_folder_its_environment_and_its_configuration(
    engine: Engine, make_project: MakeFolder, make_pack: MakeFolder, tmp_path: Path
) -> None:
    project = make_project(stacks={"dev": "config:\n  trivial:greeting: hello\n"})
    pack = make_pack(code=SHOW_PACK)
    with pytest.raises(UsageError, match="no such policy configuration"):
        preview(project, "dev", pack, tmp_path / "none.json", timeout=LIMIT, engine=engine)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"no-things": "disabled"}))
    run = preview(project, "dev", pack, config, timeout=LIMIT, engine=engine)
    assert run.returncode == 0, run.stdout
    (event,) = [event["policyEvent"] for event in run.events if "policyEvent" in event]
    seen = json.loads(event["message"].partition("\n")[2] or event["message"])
    assert Path(seen.pop("cwd")).name == "pack"
    assert seen == {
        "PULUMI_STACK": "dev",
        "PULUMI_PROJECT": "trivial",
        "PULUMI_ORGANIZATION": "organization",
        "PULUMI_DRY_RUN": "true",
        "VIRTUAL_ENV": sys.prefix,
        "python": sys.prefix,
        "settings": ["dev", "trivial"],
        "config": "hello",
    }


def test_a_program_sees_its_folder_its_configuration_and_the_run(engine: Engine, make_project: MakeFolder) -> None:
    project = make_project(
        program="""
            import json, os, sys
            import pulumi
            from helper import where
            from pulumi.runtime import is_dry_run
            from pulumi.runtime.config import is_config_secret

            config = pulumi.Config()
            print(json.dumps({
                "cwd is mine": os.path.samefile(os.getcwd(), os.path.dirname(os.path.abspath(where))),
                "names": [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization(), is_dry_run()],
                "plain": config.get("plain"),
                "object": config.get_object("object"),
                "secret": [is_config_secret(f"trivial:{key}") for key in ("secret", "plain")],
                "argv": sys.argv[1:],
                "python": sys.prefix,
                "shadowed": [name for name in ("engine", "workspace") if name in sys.modules],
                "sandbox on path": any(each.endswith("poolgate/sandbox") for each in sys.path),
            }))
            pulumi.export("secret", config.get_secret("secret"))
            pulumi.ComponentResource("test:index:Thing", "one")
        """,
        stacks={"dev": "config:\n  plain: '012'\n  object: {a: [1, x]}\n  secret: {secure: v1:YQ==:YQ==}\n"},
        **{"helper.py": "where = __file__\n"},
    )
    run = preview(project, None, None, timeout=LIMIT, engine=engine)
    assert run.returncode == 0, run.stdout + run.stderr
    created = [event["resourcePreEvent"]["metadata"] for event in run.events if "resourcePreEvent" in event]
    assert [(each["op"], each["type"]) for each in created] == [
        ("create", "pulumi:pulumi:Stack"),
        ("create", "test:index:Thing"),
    ]
    assert "warning" not in messages(run, "warning")
    printed = [line for line in messages(run, "info#err").splitlines() + messages(run, "info").splitlines() if line]
    seen = json.loads(next(line for line in printed if line.startswith("{")))
    assert seen == {
        "cwd is mine": True,
        "names": ["trivial", "dev", "organization", True],
        "plain": "012",
        "object": {"a": [1, "x"]},
        "secret": [True, False],
        "argv": [],
        "python": sys.prefix,
        "shadowed": [],
        "sandbox on path": False,
    }
    assert "[secret]" in run.stdout
    assert SECRET_STAND_IN not in run.stdout + run.stderr + json.dumps(run.events)


def test_what_is_wrong_with_a_stack_is_told_as_the_engine_does_when_it_makes_one(
    engine: Engine, make_project: MakeFolder
) -> None:
    project = make_project(stacks={"dev": "config:\n  'a:b:c:d': 1\n"})
    with pytest.raises(ProjectUnusableError, match=r"stack dev cannot be initialised: .*could not parse a:b:c:d as a"):
        preview(project, None, None, timeout=LIMIT, engine=engine)


def test_an_exception_is_reported_once_with_the_programs_own_frames(engine: Engine, make_project: MakeFolder) -> None:
    project = make_project(program="def broken():\n    raise ValueError('on purpose')\n\nbroken()\n")
    run = preview(project, None, None, timeout=LIMIT, engine=engine)
    assert run.returncode != 0
    errors = messages(run, "error")
    assert errors.count("ValueError: on purpose") == 1
    assert "Program failed with an unhandled exception" in errors
    assert f'File "{project / "__main__.py"}", line 2, in broken' in errors  # and not that of the copy, which is gone
    assert "program_exec.py" not in errors
    assert "runpy" not in errors
    assert "non-zero exit code" not in errors


def test_main_may_be_a_file_and_an_error_in_what_is_computed_later_is_told(
    engine: Engine, make_project: MakeFolder
) -> None:
    program = "import sys, pulumi\nprint('argument', sys.argv)\npulumi.Output.from_input(1).apply(lambda _: 1 / 0)\n"
    project = make_project(**{"code/app.py": program})
    manifest = project / "Pulumi.yaml"
    manifest.write_text(manifest.read_text() + "main: code/app.py\n")
    run = preview(project, None, None, timeout=LIMIT, engine=engine)
    assert run.returncode != 0
    assert "argument ['app.py']" in run.stdout
    assert "ZeroDivisionError" in run.stdout + run.stderr


def test_a_pack_whose_environment_was_removed_is_an_error_and_not_a_hang(
    sandbox: Sandbox, make_project: MakeFolder, make_pack: MakeFolder
) -> None:
    """Straight to the engine, past `add_pack`: what our language host answers is what counts here."""
    copy = sandbox.add_project(make_project())
    pack = make_pack(virtualenv="venv")
    started = time.monotonic()
    done = sandbox.run(["pulumi", "preview", "--non-interactive", f"--policy-pack={pack}"], cwd=copy, timeout=LIMIT)
    assert time.monotonic() - started < LIMIT
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert f"{pack / 'venv'} does not exist" in output
    assert "pulumi install" in output


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_module", "no_such_module"),
        ("raise SystemExit(0)", "could not read policy pack port: it ended first"),
        (
            "import time; time.sleep(30)\n" + textwrap.dedent(PACK),
            "it did not print its port within 2 s (POOLGATE_PACK_LIMIT)",
        ),
    ],
    ids=["fails", "exits", "is-ready-too-late"],
)
def test_a_pack_that_is_not_there_in_time_ends_the_preview_with_its_reason(
    engine: Engine,
    make_project: MakeFolder,
    make_pack: MakeFolder,
    code: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POOLGATE_PACK_LIMIT", "2")
    run = preview(make_project(), None, make_pack(code=code), timeout=LIMIT, engine=engine, json_steps=True)
    assert run.returncode != 0
    said = read_preview(run, Path(), "trivial", "dev").findings
    assert any(reason in finding.message and finding.fails for finding in said), said


def test_the_engine_calls_our_host_in_this_order(
    sandbox: Sandbox, make_project: MakeFolder, make_pack: MakeFolder, tmp_path: Path
) -> None:
    recorded = tmp_path / "calls"
    host = sandbox.root / "bin" / "pulumi-language-python"
    host.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).parent / "recording_host.py"} "$@"\n')
    copy = sandbox.add_project(make_project())
    pack = sandbox.add_pack(make_pack("ADVISORY"))
    done = sandbox.run(
        ["pulumi", "preview", "--non-interactive", f"--policy-pack={pack}"],
        cwd=copy,
        timeout=LIMIT,
        env={"RECORDED_CALLS": str(recorded)},
    )
    assert done.returncode == 0, done
    assert "no things here" in done.stdout  # the violation of an advisory policy
    calls = recorded.read_text().splitlines()
    transcript = json.loads((Path(__file__).parent / "official_host.json").read_text(encoding="utf-8"))
    assert calls == transcript["preview"]["calls"]
