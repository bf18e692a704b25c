"""What is said of stacks that could not be judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference_pools.own_checks import PROVIDER_CHECK
from poolgate.findings import Location, Origin, Subject
from poolgate.sandbox.program_end import EARLY_END
from poolgate.sources import failures
from poolgate.sources.failures import program_failed, provider_refused, tells_of_a_read
from poolgate.standin import clouds

STOOD_IN_FOR = ", ".join(cloud.package for cloud in clouds.ALL)
STACK = Subject(urn="", type="", name="", project="shop", stack="dev")


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        (
            EARLY_END,
            "Let the program come to its end by itself, without sys.exit, os._exit or exec: Pulumi does much of its "
            "work after the last line. Until then the stack is not judged.",
        ),
        ("KeyError: 'modelId'", "Mend the program or its configuration; until it runs, the stack is not judged."),
        (
            "the program did not end within 8 s; it was at __main__.py:3 (in <module>)",
            "Look at what it waits for, or give it more time with --timeout; until it ends, the stack is not judged.",
        ),
        (
            "no resource plugin 'pulumi-resource-random' found in the workspace at version v4.16.0 or on your $PATH",
            f"Put pulumi-resource-random on the PATH: the sandbox stands in for {STOOD_IN_FOR} and downloads no "
            "plugin. `poolgate check` judges the program without one.",
        ),
        (
            "failed to load language plugin nodejs: no language plugin 'pulumi-language-nodejs' found in the workspace",
            "Put pulumi-language-nodejs on the PATH; it comes with the official Pulumi CLI, beside `pulumi`. "
            "Until it is there, the stack is not judged.",
        ),
        (
            'Preview failed: unknown stack "organization/network/prod"',
            'Answer the reference: add {"type": "pulumi:pulumi:StackReference", "id": "organization/network/prod", '
            '"outputs": {"outputs": {…}}} to "reads" in a JSON file and name it with --read-fixtures.',
        ),
        (
            "botocore.exceptions.NoRegionError: You must specify a region.",
            "The program asks AWS itself (boto3): there are no credentials and no region here. Take what it asks for "
            "from the stack's configuration, or from a function of the provider, which a fixture answers "
            "(--read-fixtures).",
        ),
        (
            "Preview failed: organization name must be 'organization'",
            "Take the organization from pulumi.get_organization(): that of the sandbox is `organization`.",
        ),
    ],
)
def test_the_remedy_is_that_of_the_failure(message: str, remedy: str) -> None:
    assert program_failed(message, STACK, None, Origin.PREVIEW).remedy == remedy


def test_a_traceback_stands_at_its_innermost_line_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("__main__.py", "settings.py", "venv/lib/site-packages/pulumi/output.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    frames = [("__main__.py", 3), ("settings.py", 12), ("venv/lib/site-packages/pulumi/output.py", 99), ("gone.py", 1)]
    lines = [f'  File "{tmp_path / file}", line {line}, in load\n    load()' for file, line in frames]
    message = "\n".join(["Traceback (most recent call last):", *lines, "KeyError: 'modelId'"])
    monkeypatch.chdir(tmp_path)
    assert program_failed(message, STACK, None, Origin.PROGRAM).location == Location("settings.py", 12)
    runner = Path(failures.__file__)
    ours = f'  File "{runner}", line 1, in main\n    import pulumi\nModuleNotFoundError'
    assert program_failed(ours, STACK, None, Origin.PROGRAM).location is None
    known = Location("Pulumi.dev.yaml", 7)
    assert program_failed(message, STACK, known, Origin.PROGRAM).location == known
    assert program_failed("KeyError: 'modelId'", STACK, None, Origin.PROGRAM).location is None


READ = 'm:i:f would ask Azure, which this sandbox does not. Answer it with a fixture: write {"a": 1} to a JSON file.'


def test_a_read_without_an_answer_has_its_fixture_for_a_remedy() -> None:
    found = program_failed(READ, STACK, Location("__main__.py", 3), Origin.PROGRAM)
    assert found.message == "m:i:f would ask Azure, which this sandbox does not"
    assert found.remedy == 'Answer it with a fixture: write {"a": 1} to a JSON file.'
    told = ["invoke of m:i:f failed: " + READ, 'Preview failed: unknown stack "a/b/c"', found.message]
    assert all(map(tells_of_a_read, told))
    assert not tells_of_a_read("KeyError: 'modelId'")


def test_values_of_secret_variables_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DB_PASSWORD": "canary-1", "ARM_CLIENT_SECRET": "canary-2", "KEYBOARD": "us-layout"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("USE_KEY", "true")
    message = "ValueError: canary-1 canary-2 us-layout true"
    assert (
        program_failed(message, STACK, None, Origin.PROGRAM).message == "ValueError: [secret] [secret] us-layout true"
    )


@pytest.mark.parametrize(
    "line", ["ValueError: password=CANARY-1", '    raise ValueError("Server=db;Password=CANARY-1")']
)
def test_lines_that_may_hold_a_secret_are_hidden(line: str) -> None:
    told = program_failed(f"Traceback:\n{line}\nKeyError: 'apiKey'", STACK, None, Origin.PROGRAM).message
    assert "CANARY" not in told
    assert told.startswith("Traceback:")
    assert told.endswith("KeyError: 'apiKey'")


LIBRARY = "/opt/lib/python3.11"
FRAMES = f"""\
Program failed with an unhandled exception:
Traceback (most recent call last):
  File "{LIBRARY}/asyncio/base_events.py", line 653, in run_until_complete
    return future.result()
           ^^^^^^^^^^^^^^^
  File "{Path(failures.__file__).parent.parent}/sandbox/program_exec.py", line 9, in main
  [Previous line repeated 3 more times]
RuntimeError: <Thing object at 0x7f3a5c001d90> is not ready

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/shop/__main__.py", line 2, in <module>
    load(
    ...<2 lines>...
    )
  File "/shop/venv/lib/python3.11/site-packages/pulumi/output.py", line 99, in apply
  File "/shop/venv/lib/python3.11/site-packages/teams_own/pools.py", line 5, in make
    raise KeyError("a")
  File "<frozen runpy>", line 1, in run
KeyError: 'a'
  + Exception Group Traceback (most recent call last):
  |   File "/shop/venv/lib/python3.11/site-packages/grpc/_channel.py", line 1, in call
  |     raise
  | ExceptionGroup: two (2 sub-exceptions)"""
SHOWN = """\
Program failed with an unhandled exception:
RuntimeError: <Thing object at 0x…> is not ready

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/shop/__main__.py", line 2, in <module>
    load(
    ...<2 lines>...
    )
  File "/shop/venv/lib/python3.11/site-packages/teams_own/pools.py", line 5, in make
    raise KeyError("a")
KeyError: 'a'
  | ExceptionGroup: two (2 sub-exceptions)"""


def test_only_the_programs_frames_are_shown_and_nothing_that_differs_from_run_to_run() -> None:
    assert program_failed(FRAMES, STACK, None, Origin.PROGRAM).message == SHOWN


def test_no_finding_stands_in_pythons_own_library() -> None:
    frame = f'Traceback (most recent call last):\n  File "{json.__file__}", line 1, in loads\nValueError: x'
    assert program_failed(frame, STACK, None, Origin.PROGRAM).location is None


@pytest.mark.parametrize(
    ("message", "reason", "path"),
    [
        ("t:m:P resource 'pool' has a problem: is bad. Examine values at 'pool.sku.name'.", "is bad", "sku.name"),
        ("t:m:P resource 'pool' has a problem: missing required property 'x'", "missing required property 'x'", ""),
        ("Resource type t:m:P not found", "Resource type t:m:P not found", ""),
        ("expected tags to be an array but found object", "expected tags to be an array but found object", ""),
        (
            "t:m:P resource 'pool' has a problem: unknown property variants[0]/config.sku",
            "unknown property variants[0]/config.sku",
            "variants[0].config.sku",
        ),
        (
            "t:m:P resource 'pool' has a problem: variants[0]/count must be an integer",
            "variants[0]/count must be an integer",
            "variants[0].count",
        ),
    ],
)
def test_what_a_provider_refuses_is_about_the_resource(message: str, reason: str, path: str) -> None:
    found = provider_refused(message, "urn:pulumi:dev::shop::t:m:P::pool", Origin.PREVIEW)
    assert found is not None
    assert (found.rule, found.message, found.path) == (PROVIDER_CHECK, reason, path)
    assert (found.subject.type, found.subject.name, found.subject.stack) == ("t:m:P", "pool", "dev")
    assert provider_refused("the program failed", "", Origin.PREVIEW) is None


@pytest.mark.parametrize(
    ("token", "whom"), [("aws:m/p:P", "AWS"), ("azure-native:m:P", "Azure"), ("t:m:P", "its service")]
)
def test_the_remedy_says_whom_the_provider_would_have_called(token: str, whom: str) -> None:
    message = f"{token} resource 'pool' has a problem: is bad"
    found = provider_refused(message, f"urn:pulumi:dev::shop::{token}::pool", Origin.PREVIEW)
    assert found is not None
    assert found.remedy == f"Correct the value: the provider refuses the resource before it calls {whom}."


def test_a_name_that_the_provider_makes_up_is_told_without_its_digits() -> None:
    message = 'aws:m/p:P resource \'my_pool\' has a problem: only hyphens allowed in "name": "my_pool-0d40dd7"'
    found = provider_refused(message, "urn:pulumi:dev::shop::aws:m/p:P::my_pool", Origin.PREVIEW)
    assert found is not None
    assert found.message == 'only hyphens allowed in "name": "my_pool-…"'
    assert found.remedy.startswith("The provider makes the name of the resource's in the program, my_pool, and 8")
