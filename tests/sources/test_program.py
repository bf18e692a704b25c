"""The in-process program source: what it yields, and how it fails."""

from __future__ import annotations

import os
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING
from poolgate.errors import UsageError
from poolgate.files import cache_directory
from poolgate.findings import Origin, Subject
from poolgate.sandbox.program_end import EARLY_END
from poolgate.sandbox.program_exec import UNSET_VARIABLES
from poolgate.sources import program
from poolgate.sources.failures import made_twice, program_failed
from poolgate.sources.program import ProgramRun, RegisteredResource, run_program
from standin.harness import azure_native_python

__all__ = ["azure_native_python"]

Run = Callable[..., ProgramRun]
SECRET = "much-hidden-0123"
THING = """
import pulumi

class Thing(pulumi.CustomResource):
    size: pulumi.Output[int]
    def __init__(self, name, opts=None, **props):
        super().__init__("acme:index:Thing", name, {"size": None, **props}, opts)

"""


@pytest.fixture
def run(tmp_path: Path, azure_native_python: Callable[[int], Path]) -> Run:
    """Runs a program text in the environment of the newer sample."""

    def start(source: str, *, major: int = 3, config: dict[str, str] | None = None, **options: Any) -> ProgramRun:
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        (folder / "__main__.py").write_text(textwrap.dedent(source), "utf-8")
        options.setdefault("timeout", 60.0)
        options.setdefault("secret_keys", ["proof:token"])
        return run_program(
            folder,
            project="proof",
            stack="dev",
            config={"proof:token": SECRET, **(config or {})},
            python=azure_native_python(major),
            program=folder,
            **options,
        )

    return start


def named(done: ProgramRun, name: str) -> RegisteredResource:
    (found,) = (resource for resource in done.resources if resource.name == name)
    return found


def messages(done: ProgramRun, severity: str = "error") -> str:
    return "\n".join(entry.message for entry in done.log if entry.severity == severity)


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def test_types_of_other_packages_pass_through_with_unknown_outputs(run: Run) -> None:
    done = run(
        THING
        + """
one = Thing("one", colour="red", hidden=pulumi.Config().require_secret("token"))
Thing("two", of=one.size, id_of=one.id)
"""
    )
    assert not done.failed, done.log
    one, two = named(done, "one"), named(done, "two")
    assert one.inputs == {"colour": "red", "hidden": secret(SECRET)}
    assert two.inputs == {"of": UNKNOWN_STRING, "id_of": UNKNOWN_STRING}
    assert two.dependencies == (one.urn,)
    assert two.property_dependencies["of"] == (one.urn,)
    assert one.provider == f"urn:pulumi:dev::proof::pulumi:providers:acme::default::{UNKNOWN_STRING}"


def test_the_stack_s_exports_are_kept(run: Run) -> None:
    done = run(
        THING
        + """
pulumi.export("known", {"a": [1, "x"]})
pulumi.export("unknown", Thing("one").size)
pulumi.export("hidden", pulumi.Config().require_secret("token"))
"""
    )
    assert done.exports == {"known": {"a": [1, "x"]}, "unknown": UNKNOWN_STRING, "hidden": secret(SECRET)}


def test_resources_come_in_program_order_with_their_lines(run: Run) -> None:
    source = THING + "\n".join(f'Thing("thing-{index}", size={index})' for index in (3, 1, 2))
    done, again = run(source), run(source)
    things = [resource for resource in done.resources if resource.type == "acme:index:Thing"]
    assert [thing.name for thing in things] == ["thing-3", "thing-1", "thing-2"]
    first = source.splitlines().index('Thing("thing-3", size=3)') + 1
    assert [thing.source_position for thing in things] == [("__main__.py", first + index, None) for index in range(3)]
    assert done == again
    assert [list(thing.inputs) for thing in done.resources] == [list(thing.inputs) for thing in again.resources]


def test_an_import_is_read_first(run: Run, tmp_path: Path) -> None:
    source = """
import pulumi
from pulumi_azure_native import resources
resources.ResourceGroup("old", location="x", opts=pulumi.ResourceOptions(import_="/sub/rg"))
"""
    refused = run(source)
    assert refused.failed
    assert "reading azure-native:resources:ResourceGroup '/sub/rg' would ask Azure" in messages(refused)
    fixtures = tmp_path / "reads.json"
    fixtures.write_text('{"reads": [{"type": "azure-native:resources:ResourceGroup", "id": "/sub/rg", "outputs": {}}]}')
    assert named(run(source, read_fixtures=fixtures), "old").inputs["location"] == "x"


def test_the_line_of_a_provider_is_the_program_s_not_the_sdk_s(run: Run) -> None:
    done = run('import pulumi_azure_native as az\naz.Provider("p", location="x")\n')
    assert named(done, "p").source_position == ("__main__.py", 2, None)


def test_options_are_kept(run: Run) -> None:
    done = run(
        THING
        + """
options = pulumi.ResourceOptions(
    protect=True, retain_on_delete=True, ignore_changes=["size"], additional_secret_outputs=["size"],
    aliases=[pulumi.Alias(name="old")],
)
Thing("one", options)
"""
    )
    one = named(done, "one")
    assert (one.protect, one.retain_on_delete) == (True, True)
    assert one.ignore_changes == ("size",)
    assert one.additional_secret_outputs == ("size",)
    assert one.aliases == ("name=old",)


def test_children_inherit_protection_and_providers(run: Run) -> None:
    done = run(
        """
import pulumi
import pulumi_azure_native as az

class Part(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("acme:ml:Part", name, {}, opts)
        az.resources.ResourceGroup("rg", opts=pulumi.ResourceOptions(parent=self))

north = az.Provider("north", location="northeurope")
Part("part", pulumi.ResourceOptions(provider=north, protect=True))
""",
        config={"azure-native:location": "westeurope"},
    )
    group = named(done, "rg")
    assert group.urn == "urn:pulumi:dev::proof::acme:ml:Part$azure-native:resources:ResourceGroup::rg"
    assert group.parent == named(done, "part").urn
    assert group.protect is True
    assert group.inputs["location"] == "northeurope"
    assert group.provider.startswith(named(done, "north").urn)


def test_a_secret_output_of_a_resource_stays_secret(run: Run) -> None:
    done = run(
        """
import pulumi
from pulumi_azure_native import resources

one = resources.ResourceGroup("one", opts=pulumi.ResourceOptions(additional_secret_outputs=["location"]))
resources.ResourceGroup("two", tags={"place": one.location})
""",
        config={"azure-native:location": "westeurope"},
    )
    assert named(done, "two").inputs["tags"] == {"place": secret("westeurope")}


def test_a_resource_passed_as_a_value_becomes_its_id(run: Run) -> None:
    done = run(
        """
import pulumi
from pulumi_azure_native import resources

one = resources.ResourceGroup("one")
resources.ResourceGroup("two", tags={"other": one})
""",
        config={"azure-native:location": "westeurope"},
    )
    assert named(done, "two").inputs["tags"] == {"other": UNKNOWN_STRING}


def test_a_local_package_gets_its_own_default_provider(run: Run) -> None:
    package = "azure-native_machinelearningservices_v20230801preview"
    done = run(
        f"""
import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime import settings

reference = settings.get_monitor().RegisterPackage(resource_pb2.RegisterPackageRequest(
    name="azure-native", version="3.29.0",
    parameterization=resource_pb2.Parameterization(name="{package}", version="2023.8.1", value=b"x"),
)).ref

class Pool(pulumi.CustomResource):
    def __init__(self, name, **props):
        super().__init__("{package}:machinelearningservices:InferencePool", name, props, package_ref=ready())

async def ready():
    return reference

Pool("pool", resourceGroupName="rg", workspaceName="mlw", inferencePoolProperties={{"nodeSkuType": "x"}})
"""
    )
    assert not done.failed, done.log
    pool = named(done, "pool")
    assert pool.inputs["azureApiVersion"] == "2023-08-01-preview"
    assert pool.inputs["inferencePoolName"] == "pool"
    assert pool.provider_version == "3.29.0"


POOLS = """
import pulumi
from pulumi_azure_native import machinelearningservices as ml

bad = ml.InferencePool(
    "bad", resource_group_name="rg", workspace_name="mlw", inference_pool_properties={"description": "x"}
)
ml.InferenceGroup(
    "after", resource_group_name="rg", workspace_name="mlw", pool_name=bad.name,
    inference_group_properties={"priority": 1},
)
"""


def test_a_refused_check_ends_the_program_and_is_reported(run: Run) -> None:
    done = run(POOLS, major=2)
    assert done.failed
    bad = named(done, "bad")
    assert [failure.keys for failure in bad.check_failures] == [("inferencePoolProperties", "nodeSkuType")]
    assert [entry.urn for entry in done.log if "has a problem" in entry.message] == [bad.urn]
    assert "missing required property 'inferencePoolProperties.nodeSkuType'" in messages(done)
    assert "after" not in [resource.name for resource in done.resources]


def test_it_can_go_on_after_a_refused_check(run: Run) -> None:
    done = run(POOLS, major=2, after_check_failure="continue")
    assert done.failed
    assert named(done, "bad").check_failures
    assert named(done, "after").inputs["poolName"] == UNKNOWN_STRING


def test_of_several_under_one_name_it_is_always_the_same_that_counts_and_the_program_goes_on(run: Run) -> None:
    """They arrive in any order."""
    source = """
    thing = lambda size: Thing("twice", size=size)
    inner = Thing("inner", pulumi.ResourceOptions(parent=[thing(size) for size in (7, 3, 5)][-1]))
    Thing("inner", pulumi.ResourceOptions(parent=Thing("twice", size=4)))
    pulumi.export("inner", inner.urn)
    """
    done = run(THING + textwrap.dedent(source), after_check_failure="continue")
    assert done.failed
    assert [(each.name, each.inputs.get("size")) for each in done.resources if each.type.startswith("acme")] == [
        ("twice", 3),
        ("inner", None),
    ]
    (error,) = [entry for entry in done.log if entry.severity == "error"]
    assert (error.urn, made_twice(error.message)) == (named(done, "twice").urn, named(done, "twice").urn)
    assert done.exports


def test_a_type_the_provider_does_not_have_is_reported(run: Run) -> None:
    done = run(
        """
import pulumi
pulumi.CustomResource("azure-native:machinelearningservices/v20240701preview:InferencePool", "pool", {})
""",
        major=2,
    )
    assert done.failed
    assert "2024-07-01-preview has no inference pools" in messages(done)


def test_a_raising_program_gives_the_user_s_traceback(run: Run) -> None:
    done = run("def inner():\n    raise ValueError('of mine')\n\ninner()\n")
    assert done.failed
    assert done.exit_code == 32
    assert '__main__.py", line 2, in inner' in messages(done)
    assert "ValueError: of mine" in messages(done)
    assert "run_in_stack" not in messages(done)


def test_a_program_that_ends_itself_keeps_its_code_and_last_words(run: Run) -> None:
    done = run("import sys\nprint('last\\nwords', file=sys.stderr)\nsys.exit(7)\n")
    assert (done.exit_code, done.failed) == (7, True)
    errors = [entry.message for entry in done.log if entry.severity == "error"]
    assert errors == ["the program ended with exit code 7\nlast\nwords"]


def test_what_else_a_program_prints_is_no_error(run: Run) -> None:
    done = run("import pulumi, sys\nprint('old thing', file=sys.stderr)\nraise pulumi.RunError('set the region')\n")
    assert [entry.message for entry in done.log if entry.severity == "error"] == ["set the region"]
    assert [entry.severity for entry in done.log if "old thing" in entry.message] == ["info"]


def test_a_program_that_says_nothing_of_its_end_is_still_reported(run: Run) -> None:
    done = run("import os\nos._exit(9)\n")
    assert (done.exit_code, done.failed) == (9, True)
    assert "exit code 9" in messages(done)


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.exit(0)\n",
        "import os\nos._exit(0)\n",
        "import os\nos.execvp('true', ['true'])\n",
        "import os\nif os.fork():\n    os._exit(0)\nos.setsid()\n",
        "import os, sys\nsys.excepthook = lambda *_: os._exit(0)\nraise KeyboardInterrupt\n",
        "import atexit, os, pulumi\natexit.register(os._exit, 0)\npulumi.log.error = print\nraise ValueError\n",
        "import os, pulumi\npulumi.Output.from_input(1).apply(lambda _: os._exit(0))\n",
        "import os, threading\nthreading.Timer(0, os._exit, [0]).start()\nthreading.Event().wait(30)\n",
    ],
    ids=["exit", "_exit", "exec", "fork", "excepthook", "atexit", "apply", "thread"],
)
def test_an_end_with_code_0_before_the_last_is_an_error(run: Run, source: str) -> None:
    done = run(source)
    assert done.failed
    assert EARLY_END in messages(done)


def test_a_program_does_not_see_what_its_end_is_told_with(run: Run) -> None:
    done = run("import os, pulumi\npulumi.export('seen', [name for name in os.environ if 'POOLGATE_PRO' in name])\n")
    assert (done.failed, done.exports) == (False, {"seen": []})


def test_an_error_in_the_log_fails_the_run(run: Run) -> None:
    done = run("import pulumi\npulumi.log.error('wrong')\n")
    assert done.failed
    assert "wrong" in messages(done)


def test_a_configuration_beyond_what_the_system_hands_over_is_said_to_be(run: Run) -> None:
    done = run("import pulumi\n", config={"shop:much": "x" * 3_000_000})
    assert done.failed
    assert messages(done) == "the configuration is larger than the system hands to a program (128 KiB on Linux)"


def test_a_hanging_program_is_ended_and_says_where_it_was(run: Run, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    done = run(
        f"""
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({str(pids)!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")

def wait_for_ever():
    time.sleep(600)

wait_for_ever()
""",
        timeout=6.0,
    )
    assert done.failed
    assert done.exit_code < 0
    assert "did not end within 6 s; it was at __main__.py:7 (in wait_for_ever)" in messages(done)
    # A kill is a request: the kernel may take a moment over it on a busy machine.
    limit = time.monotonic() + 30
    for pid in map(int, pids.read_text().split()):
        while alive(pid):
            assert time.monotonic() < limit, f"process {pid} still runs"
            time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_printed_lines_and_messages_are_kept_with_secrets_hidden(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    done = run(
        """
import pulumi, sys
token = pulumi.Config().get("token")
print("printed", token)
pulumi.log.warn("warned " + token)
"""
    )
    assert "printed [secret]" in messages(done, "info")
    assert "warned [secret]" in messages(done, "warning")
    assert SECRET not in repr(done.log)
    assert capfd.readouterr() == ("", "")


def test_the_leaves_of_a_secret_object_are_hidden_and_short_ones_are_not(run: Run) -> None:
    done = run(
        "import pulumi\nprint(pulumi.Config().require_object('nested')['list'])\n",
        config={"proof:nested": '{"list": ["deep-secret", "ab"]}'},
        secret_keys=["proof:nested"],
    )
    assert "['[secret]', 'ab']" in messages(done, "info")


def test_a_call_of_a_foreign_component_is_refused_by_name(run: Run) -> None:
    done = run('import pulumi\npulumi.ComponentResource("acme:index:Remote", "far", {}, None, remote=True)\n')
    assert done.failed
    assert "'far' is a component that a plugin builds" in messages(done)


def test_stack_references_are_answered_by_fixtures(run: Run, tmp_path: Path) -> None:
    fixtures = tmp_path / "reads.json"
    fixtures.write_text(
        '{"reads": [{"type": "pulumi:pulumi:StackReference", "id": "acme/base/dev", "outputs": '
        '{"name": "acme/base/dev", "outputs": {"size": "Standard_DS3_v2"}, "secretOutputNames": []}}]}',
        "utf-8",
    )
    source = THING + 'Thing("one", base=pulumi.StackReference("acme/base/dev").get_output("size"))\n'
    assert named(run(source, read_fixtures=fixtures), "one").inputs == {"base": "Standard_DS3_v2"}
    refused = run(source)
    assert refused.failed
    assert "pulumi:pulumi:StackReference 'acme/base/dev' would ask the backend" in messages(refused)
    assert '"id": "acme/base/dev", "outputs": {"outputs": {}}}' in messages(refused)


READS = """
import pulumi
from pulumi_azure_native import authorization, machinelearningservices as ml, resources

network = pulumi.StackReference("acme/base/dev")
old = ml.InferencePool.get("old", "/subscriptions/s/pools/old")
later = authorization.get_client_config_output()
now = authorization.get_client_config()
again = ml.get_workspace(resource_group_name=f"rg-{now.tenant_id}", workspace_name="mlw")
raw = pulumi.runtime.invoke("azure-native:storage:listKeys", {"b": 1, "a": [2]}).value["keys"]
resources.ResourceGroup("rg", location="westeurope", tags={
    "a": network.get_output("x"), "b": old.name, "c": later.tenant_id, "d": f"/s/{now.subscription_id}/x", "e": raw,
})
"""


def test_every_read_without_an_answer_is_told_at_its_line_and_the_program_goes_on(run: Run) -> None:
    done = run(READS)
    assert (done.exit_code, done.failed) == (0, True)
    errors = [(entry.position, entry.message.partition(" would ask")[0]) for entry in done.log]
    client = "azure-native:authorization:getClientConfig"
    assert errors == [
        (("__main__.py", 5, None), "reading pulumi:pulumi:StackReference 'acme/base/dev'"),
        (
            ("__main__.py", 6, None),
            "reading azure-native:machinelearningservices:InferencePool '/subscriptions/s/pools/old'",
        ),
        (("__main__.py", 7, None), client),
        (("__main__.py", 8, None), client),
        (("__main__.py", 10, None), "azure-native:storage:listKeys"),
    ]
    assert 'write {"invokes": [{"token": "azure-native:storage:listKeys", "args": {}, "return": {}}]} to' in messages(
        done
    )
    assert 'put its arguments ("a", "b") into "args"' in messages(done)
    assert named(done, "rg").inputs["tags"] == dict.fromkeys("abcde", UNKNOWN_STRING)
    assert "old" not in [resource.name for resource in done.resources]


def test_what_is_declared_a_secret_is_hidden_in_what_a_program_raises(run: Run) -> None:
    source = "import pulumi\nraise ValueError(pulumi.Config().get('password'))\n"
    done = run(source, config={"proof:password": "in-the-clear-1"}, hidden=["proof:password"])
    assert "ValueError: [secret]" in messages(done)


def test_a_resource_reads_back_by_its_reference(run: Run) -> None:
    done = run(
        THING
        + """
one = Thing("one")
async def ask(urn):
    return (await pulumi.runtime.invoke_async("pulumi:pulumi:getResource", {"urn": urn}))["urn"]
Thing("two", found=one.urn.apply(ask))
"""
    )
    assert not done.failed, done.log
    assert named(done, "two").inputs == {"found": named(done, "one").urn}


def test_stacks_run_side_by_side(run: Run, tmp_path: Path, azure_native_python: Callable[[int], Path]) -> None:
    run(
        THING + 'Thing("one", stack=pulumi.get_stack(), team=pulumi.Config().require("team"))\n',
        config={"proof:team": "x"},
    )

    def one(stack: str) -> ProgramRun:
        folder = tmp_path / "project"
        config = {"proof:team": f"team of {stack}"}
        python = azure_native_python(3)
        return run_program(
            folder,
            project="proof",
            stack=stack,
            config=config,
            secret_keys=[],
            python=python,
            program=folder,
            timeout=60,
        )

    stacks = ["dev", "test", "prod"]
    with ThreadPoolExecutor(3) as pool:
        for stack, done in zip(stacks, pool.map(one, stacks), strict=True):
            assert not done.failed, done.log
            assert named(done, "one").inputs == {"stack": stack, "team": f"team of {stack}"}
            assert named(done, "one").urn.startswith(f"urn:pulumi:{stack}::proof::")


def test_a_program_file_beside_the_project_runs_in_its_own_folder(
    tmp_path: Path, azure_native_python: Callable[[int], Path]
) -> None:
    folder = tmp_path / "infra"
    folder.mkdir()
    (folder / "stack.py").write_text("import pathlib, pulumi\npulumi.export('seen', pathlib.Path.cwd().name)\n")
    done = run_program(
        tmp_path,
        project="proof",
        stack="dev",
        config={},
        secret_keys=[],
        python=azure_native_python(3),
        program=folder / "stack.py",
        timeout=60,
    )
    assert done.exports == {"seen": "infra"}


def test_what_is_missing_is_refused_by_name(tmp_path: Path, azure_native_python: Callable[[int], Path]) -> None:
    def start(python: Path, program: Path, **config: str) -> ProgramRun:
        return run_program(
            tmp_path,
            project="p",
            stack="s",
            config=config,
            secret_keys=[],
            python=python,
            program=program,
            timeout=5,
        )

    with pytest.raises(UsageError, match="virtual environment is missing"):
        start(tmp_path / "python", tmp_path)
    with pytest.raises(UsageError, match="no program to run"):
        start(azure_native_python(3), tmp_path / "absent")
    done = start(azure_native_python(3), tmp_path, **{"pulumi:autonaming": '{"mode": "loud"}'})
    assert done.failed  # the engine fails this stack alone, and the others go on
    assert [entry.severity for entry in done.log] == ["error"]
    assert "pulumi:autonaming: has no mode 'loud'" in done.log[0].message


def test_where_compiled_modules_are(
    run: Run, tmp_path: Path, azure_native_python: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside what is installed where it is compiled, else in the cache; the project's folder has none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "own.py").write_text("")
    done = run("import os, sys, own, pulumi\npulumi.export('seen', [sys.dont_write_bytecode, sys.pycache_prefix])")
    compiled, cache = [True, None], [False, str(cache_directory() / "pycache")]
    assert done.exports["seen"] in (compiled, cache)
    assert not [*(tmp_path / "project").rglob("*.pyc")]
    sdk = tmp_path / "home" / "lib" / "python3.11" / "site-packages" / "pulumi"
    (sdk / "__pycache__").mkdir(parents=True)
    (sdk / "__init__.py").write_text("")
    assert program._bytecode(tmp_path / "home") == {"PYTHONPYCACHEPREFIX": str(cache_directory() / "pycache")}
    (sdk / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"")
    assert program._bytecode(tmp_path / "home") == {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        (
            "import subprocess; subprocess.check_output(['aws-not-here', 'sts', 'get-caller-identity'])",
            "runs `aws-not-here`,",
        ),
        (
            "import subprocess; subprocess.run(['false', 'hidden'], check=True)",
            "runs `false`, which ended with exit code 1;",
        ),
        (
            "import subprocess; subprocess.run('exit 3', check=True, shell=True)",
            "runs `exit`, which ended with exit code 3;",
        ),
        ("import os; os.environ['MODEL_BUCKET']", "reads the environment variable MODEL_BUCKET,"),
        ("open('.env').read()", "reads .env, which is not there."),
        ("import pathlib; pathlib.Path('keys.yaml').read_text()", "reads keys.yaml, which is not there."),
        (
            "import pathlib, subprocess; subprocess.run([pathlib.Path('bin/sops')])",
            "runs `bin/sops`, which is not there",
        ),
        ("from dotted.not_there import load", "imports dotted, which its virtual environment has not:"),
        (
            "from pulumi import Nothing",
            "another release of pulumi than the program was written for: let its requirements name the release that "
            "has Nothing,",
        ),
        ("from __main__ import nothing", "Mend the program"),
        ("{}['MODEL_BUCKET']", "Mend the program"),
    ],
)
def test_what_a_program_lacks_is_told_where_its_traceback_says_so(run: Run, source: str, missing: str) -> None:
    done = run(source)
    (error,) = (entry.message for entry in done.log if entry.severity == "error")
    subject = Subject(urn="", type="", name="", project="proof", stack="dev")
    assert missing in program_failed(error, subject, None, Origin.PROGRAM).remedy


def test_variables_that_a_program_does_without_are_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that its own files get None for: neither what has a value nor what an SDK looks at."""
    monkeypatch.setenv("MODEL_SET", "chat")
    done = run(
        "import os, pulumi\n"
        "from os import environ, getenv\n"
        "os.getenv('MODEL_NAME'), getenv('MODEL_NAME'), environ.get('MODEL_SIZE')\n"
        "os.getenv('MODEL_SET'), os.getenv('MODEL_ZONE', 'a'), environ.get('MODEL_HOST', ''), 'MODEL_IN' in environ\n"
        "import email.message, shutil\n"
        "shutil.get_terminal_size()\n"
        "getenv('not a name')\n"
        "pulumi.export('seen', True)\n"
    )
    assert done.exports["seen"] is True
    told = [entry.message for entry in done.log if entry.message.startswith(UNSET_VARIABLES)]
    assert told == [f"{UNSET_VARIABLES}MODEL_NAME, MODEL_SIZE"]
