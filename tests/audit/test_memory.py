"""An audit with a cache says what one without it says, whatever has changed since; and nothing is taken on trust."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audit.state_builder import checkpoint, pool, provider, slow_pool_inputs, stack_root
from audit.test_merge import SCHEMA, placed, run, without_run
from inference_pools.policy_config import default_settings
from inference_pools.rules import ALL
from poolgate.audit import batches, memory
from poolgate.audit.run import audit
from poolgate.findings import Tally

DAY = date(2026, 11, 30)
RULES = default_settings(ALL)
WITH_CACHE = ("--as-of=2026-11-30", "--no-config", "--format=json", "--cache=cache")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backend of three projects of two stacks, where poolgate is started. What was just written counts as old."""
    for number in range(3):
        for stack in ("dev", "prod"):
            write(tmp_path, f"project-{number}", stack, f"PT{number + 1}H")
    (tmp_path / "backend/.pulumi/meta.yaml").write_text("version: 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(memory, "YOUNG", 0)
    return tmp_path


def write(root: Path, project: str, stack: str, timeout: str, *more: Any) -> Path:
    """As the engine does: beside the old one, and then in its place."""
    file = root / "backend/.pulumi/stacks" / project / f"{stack}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    document = checkpoint(stack_root(), provider(), pool(inputs=slow_pool_inputs(timeout)), *more)
    new = file.with_suffix(".new")
    new.write_bytes(placed(document, project=project, stack=stack))
    new.replace(file)
    time.sleep(0.002)  # A file of this very tick is never old.
    return file


def audited(*options: str, sources: tuple[str, ...] = ("file://backend",)) -> tuple[str, int]:
    """The report, and of how many states it was remembered."""
    code, out, err = run("audit", *sources, *WITH_CACHE, *options)
    assert code == 1, err
    remembered: int = json.loads(out)["run"]["remembered"]
    return without_run(out), remembered


def anew(*options: str, sources: tuple[str, ...] = ("file://backend",)) -> str:
    """The report of an audit without a cache."""
    return without_run(run("audit", *sources, *WITH_CACHE[:-1], *options)[1])


def told(tally: Tally) -> Any:
    return sorted((one.message, one.subject.urn) for one in tally.findings)


def test_what_has_not_changed_is_remembered(here: Path) -> None:
    report = anew()
    assert audited() == (report, 0)
    assert audited() == (report, 6)
    write(here, "project-1", "dev", "PT9H")
    # Rules compare the stacks of a project, so that both of them are judged.
    assert audited() == (changed := anew(), 4)
    assert changed != report
    _, out, _ = run("audit", "file://backend", *WITH_CACHE)
    jsonschema.validate(json.loads(out), SCHEMA)


def _rewritten(root: Path) -> None:
    write(root, "project-1", "dev", "PT9H")


def _in_place(root: Path) -> None:
    """Of the same size, and with the old time put back: inode, size and mtime are those of before."""
    file = root / "backend/.pulumi/stacks/project-1/dev.json"
    status = file.stat()
    with file.open("r+b") as stream:
        stream.write(file.read_bytes().replace(b"PT2H", b"PT9H"))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def _by_another_link(root: Path) -> None:
    file = root / "backend/.pulumi/stacks/project-1/dev.json"
    other = root / "other.json"
    other.write_bytes(file.read_bytes().replace(b"PT2H", b"PT9H"))
    file.unlink()
    file.symlink_to(other)


def _new_stack(root: Path) -> None:
    write(root, "project-1", "test", "PT9H")


def _gone(root: Path) -> None:
    (root / "backend/.pulumi/stacks/project-1/dev.json").unlink()


def _locked(root: Path) -> None:
    lock = root / "backend/.pulumi/locks/organization/project-1/dev/1.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")


def _tagged(root: Path) -> None:
    tags = root / "backend/.pulumi/stacks/project-1/dev.pulumi-tags"
    tags.write_text('{"version": 1, "tags": {"owner": "somebody-else"}}')


def _torn(root: Path) -> None:
    file = root / "backend/.pulumi/stacks/project-1/dev.json"
    file.write_bytes(file.read_bytes()[:500])


CHANGES: list[Callable[[Path], None]] = [
    _rewritten, _in_place, _by_another_link, _new_stack, _gone, _locked, _tagged, _torn,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_is_judged_anew(here: Path, change: Callable[[Path], None]) -> None:
    before, _ = audited()
    change(here)
    time.sleep(0.002)
    report = anew()
    assert report != before
    again, remembered = audited()
    assert again == report
    assert remembered == 4
    assert audited()[0] == report


def test_the_target_of_a_link_counts(here: Path) -> None:
    _by_another_link(here)
    before, _ = audited()
    target = here / "other.json"
    target.write_bytes(target.read_bytes().replace(b"PT9H", b"PT8H"))
    time.sleep(0.002)
    assert audited() == (anew(), 4)
    assert anew() != before


def test_what_was_written_just_before_it_was_read_is_not_remembered(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be written again in the same tick of a clock, and look the same."""
    monkeypatch.undo()
    monkeypatch.chdir(here)
    audited()
    assert audited() == (anew(), 0)
    monkeypatch.setattr(memory, "YOUNG", 0)
    audited()
    assert audited()[1] == 6


def test_what_changes_while_it_is_read_is_not_remembered(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was listed as it was before, and read as it is now."""
    from poolgate.audit.listing import _Found

    read = _Found.read

    def late(self: Any) -> bytes:
        if self.path.endswith("project-1/dev.json"):
            _rewritten(here)
        return bytes(read(self))

    monkeypatch.setattr(_Found, "read", late)
    audited("--jobs=1")
    monkeypatch.setattr(_Found, "read", read)
    assert audited() == (anew(), 4)


def test_content_counts_where_it_is_read(here: Path) -> None:
    """A copy of the backend is another one, of the same content; and `--verify` reads whatever there is."""
    report, _ = audited()
    shutil.copytree(here / "backend", here / "copy")
    shutil.rmtree(here / "backend")
    (here / "copy").rename(here / "backend")
    assert audited() == (report, 6)
    assert audited("--verify") == (report, 6)


def test_verify_finds_what_no_time_tells(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from poolgate.audit import listing

    monkeypatch.setattr(listing, "_version", lambda files: "always the same")
    report, _ = audited()
    _in_place(here)
    assert audited() == (report, 6)  # It was made to be blind.
    assert audited("--verify") == (anew(), 4)
    assert anew() != report


@pytest.fixture
def spread(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of two stacks a batch, one project has five, which are compared in the end, and not enough in production."""
    monkeypatch.setattr(batches, "MOST_STATES", 2)
    monkeypatch.setattr(batches, "LARGEST_PROJECT", 1)
    for stack in ("one", "two", "three"):
        write(here, "project-1", stack, "PT7H")
    resize(here, "project-1", "one", 6)
    return here


def resize(root: Path, project: str, stack: str, capacity: int) -> None:
    file = root / "backend/.pulumi/stacks" / project / f"{stack}.json"
    written = file.read_bytes()
    document = json.loads(written)
    for resource in document["checkpoint"]["latest"]["resources"]:
        if "sku" in resource.get("inputs", {}):
            resource["inputs"]["sku"]["capacity"] = capacity
            resource["inputs"]["tags"] = {**resource["inputs"].get("tags", {}), "environment": "dev"}
    file.unlink()
    file.write_text(json.dumps(document))
    time.sleep(0.002)


COMPARED = "production-capacity-leads"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_project_that_is_spread_is_remembered_whole(spread: Path, jobs: str) -> None:
    options = (f"--jobs={jobs}",)
    report = anew(*options)
    assert {finding["rule"] for finding in json.loads(report)["findings"]} >= {COMPARED}
    assert audited(*options) == (report, 0)
    assert audited(*options) == (report, 9)
    resize(spread, "project-1", "one", 9)
    changed = anew(*options)
    assert changed != report
    # All of it is compared anew, and nothing of another project.
    assert audited(*options) == (changed, 4)
    assert audited(*options) == (changed, 9)
    (spread / "backend/.pulumi/stacks/project-1/one.json").unlink()
    assert audited(*options) == (anew(*options), 4)
    assert audited(*options)[1] == 8


def test_a_spread_project_in_which_something_was_not_read_is_not_remembered(spread: Path) -> None:
    _torn(spread)
    audited()
    assert audited() == (anew(), 4)


def test_a_spread_project_that_changes_while_it_is_read_is_not_remembered(
    spread: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = memory.Reading._is_sure.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(memory.Reading, "_is_sure", property(lambda self: "two" not in self._file.name and real(self)))
    audited("--jobs=1")
    monkeypatch.undo()
    monkeypatch.chdir(spread)
    assert audited()[1] == 4


def dev(project: str, stack: str, capacity: int) -> bytes:
    """A stack that has more than production."""
    inputs = slow_pool_inputs("PT8H")
    inputs |= {"sku": {**inputs["sku"], "capacity": capacity}, "tags": {**inputs["tags"], "environment": "dev"}}
    return placed(checkpoint(stack_root(), provider(), pool(inputs=inputs)), project=project, stack=stack)


def test_what_was_compared_with_a_stack_elsewhere_is_not_remembered(spread: Path) -> None:
    """Neither its place nor its first bytes say of which project it is."""
    (spread / "more").mkdir()
    for name, project in (("packed", "project-1"), ("other", "project-9")):
        body = dev(project, "elsewhere", 11).replace(b"{", b"{" + b" " * 40_000, 1)
        (spread / f"more/{name}.json.gz").write_bytes(gzip.compress(body))
    sources = ("file://backend", "more")
    time.sleep(0.002)
    report, _ = audited(sources=sources)
    assert "in elsewhere it is 11" in report
    assert report == anew(sources=sources)
    (spread / "more/packed.json.gz").unlink()
    without = anew(sources=sources)
    assert "in elsewhere it is 11" not in without
    assert audited(sources=sources)[0] == without


def test_a_state_of_another_project_among_those_of_a_spread_one_is_compared_where_it_belongs(spread: Path) -> None:
    odd = spread / "backend/.pulumi/stacks/project-1/odd.json"
    odd.write_bytes(dev("project-0", "odd", 12))
    time.sleep(0.002)
    report, _ = audited()
    assert "in odd it is 12" in report
    assert audited() == (report, 2) == (anew(), 2)  # project-2 alone
    resize(spread, "project-0", "dev", 7)
    assert audited()[0] == anew() != report


def test_verify_judges_a_spread_project_anew(spread: Path) -> None:
    report, _ = audited()
    assert audited("--verify") == (report, 4)
    assert audited() == (report, 9)


def test_terms_are_part_of_what_is_remembered(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "policy.json").write_text(json.dumps({"request-timeout-bounded": {"maximum": "PT2H"}}))
    own = here / "rules/own.py"
    own.parent.mkdir()
    own.write_text(OWN_RULE)
    (here / "rules/helper.py").write_text("LIMIT = 1\n")
    terms: list[tuple[str, ...]] = [
        (), ("--policy-config=policy.json",), ("--select=request-timeout-bounded",), ("--as-of=2026-12-01",),
        ("--profile=strict",), ("--shard=1/1",), ("--also=junit=report.xml",), ("--rules=rules/own.py",),
    ]  # fmt: skip
    for options in terms:
        assert audited(*options)[1] == 0, options
    for options in terms:
        report, remembered = audited(*options)
        assert remembered == 6, options
        assert report == anew(*options)
    (here / "policy.json").write_text(json.dumps({"request-timeout-bounded": {"maximum": "PT1H"}}))
    assert audited("--policy-config=policy.json")[1] == 0
    (here / "rules/helper.py").write_text("LIMIT = 2\n")
    assert audited("--rules=rules/own.py")[1] == 0
    monkeypatch.setattr(memory, "__version__", "2020.1.0")
    assert audited()[1] == 0


OWN_RULE = '''
from inference_pools.facets import Tags
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import rule


@rule(
    Tags, id="shop-any", title="Any", severity=Severity.LOW, enforcement=Enforcement.ADVISORY, remedy="None.",
    since="2026.12", source="https://example.com",
)
def shop_any(naming, options):
    """Finds something."""
    yield Finding("owner", "found")


RULES = [shop_any]
'''


def test_code_that_has_changed_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout changes without its version."""
    library = tmp_path / "inference_pools"
    (library / "rules").mkdir(parents=True)
    for name in ("__init__.py", "rules/one.py", "rules/machines.json"):
        (library / name).write_text("1")
    monkeypatch.setattr(memory.inference_pools, "__file__", str(library / "__init__.py"))

    def terms() -> str:
        return memory.terms_of({}, DAY, ["a"], keep_passes=False)

    before = terms()
    assert terms() == before
    for name in ("rules/one.py", "rules/machines.json"):
        (library / name).write_text("2")
        assert terms() != before
        before = terms()


def test_waivers_owners_and_baselines_are_applied_to_what_is_remembered(here: Path) -> None:
    waiver = {
        "rule": "request-timeout-bounded", "target": {"stack": "project-0/*"}, "reason": "a long job",
        "owner": "ml-platform", "ticket": "ML-1", "created": "2026-11-01", "expires": "2026-12-31",
    }  # fmt: skip
    report, _ = audited()
    (here / "baseline.json").write_text(run("audit", "file://backend", *WITH_CACHE[:-1])[1])
    (here / "waivers.json").write_text(json.dumps({"waivers": [waiver]}))
    for option in ("--waivers=waivers.json", "--baseline=baseline.json"):
        code, out, _ = run("audit", "file://backend", *WITH_CACHE, option)
        assert json.loads(out)["run"]["remembered"] == 6
        assert without_run(out) == anew(option) != report
        assert code in (0, 1, 4)
    waiver["expires"] = "2026-11-29"
    (here / "waivers.json").write_text(json.dumps({"waivers": [waiver]}))
    assert audited("--waivers=waivers.json") == (anew("--waivers=waivers.json"), 6)


def test_a_history_is_told_of_what_is_remembered(here: Path) -> None:
    for _ in range(2):
        audited("--history=nights")
    _, out, _ = run("history", "nights", "--format=json", "--exit-zero")
    history = json.loads(out)
    assert history["summary"]["audits"] == 2
    assert history["changes"] == []
    assert {one["standing"] for one in history["stacks"]} == {"read"}


@pytest.mark.parametrize("format_", ["junit", "text", "html", "sarif"])
def test_every_format_has_what_is_remembered(here: Path, format_: str) -> None:
    options = ("--as-of=2026-11-30", "--no-config", f"--format={format_}", "--quiet")
    audits = [run("audit", "file://backend", *options, *more)[1] for more in ((), ("--cache=c",), ("--cache=c",))]
    plain = [re.sub(r'\d{4}-\d\d-\d\dT[\d:.+]+|time="[\d.]+"', "", one) for one in audits]
    assert plain[0] == plain[1] == plain[2]


def cache_file(root: Path) -> Path:
    (file,) = (root / "cache").iterdir()
    return file


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-10])


def _flipped(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"request-timeout-bounded", b"request-timeout-bounder", 1))


def _other(file: Path) -> None:
    file.write_bytes(b'{"format": 99}\n')


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _of_anybody(file: Path) -> None:
    file.chmod(0o666)


def _link(file: Path) -> None:
    other = file.with_name("elsewhere")
    file.rename(other)
    file.symlink_to(other)


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize("damage", [_cut, _flipped, _other, _empty, _of_anybody, _link, _pipe])
def test_a_damaged_or_foreign_cache_is_none(here: Path, damage: Callable[[Path], None]) -> None:
    audited()
    damage(cache_file(here))
    code, out, _ = run("audit", "file://backend", *WITH_CACHE)
    report = json.loads(out)
    assert (code, report["run"]["remembered"]) == (1, 0)
    assert any(note.endswith("is damaged, or not ours, and made anew") for note in report["notes"])
    assert report["findings"] == json.loads(anew())["findings"]


def test_a_folder_where_others_may_write_is_no_cache(here: Path) -> None:
    (here / "cache").mkdir()
    (here / "cache").chmod(0o777)
    for _ in range(2):
        _, out, _ = run("audit", "file://backend", *WITH_CACHE)
        assert json.loads(out)["run"]["remembered"] == 0
    assert any("others may write there" in note for note in json.loads(out)["notes"])
    (here / "file").write_text("")
    _, out, _ = run("audit", "file://backend", *WITH_CACHE[:-1], "--cache=file/below")
    assert any("cannot be written, so that it is no cache" in note for note in json.loads(out)["notes"])


def test_nobody_else_reads_it_and_no_secret_is_in_it(here: Path) -> None:
    write(
        here, "project-0", "dev", "PT2H", pool("second", {**slow_pool_inputs(), "tags": {"owner": "hunter-2-canary"}})
    )
    inputs = slow_pool_inputs()
    inputs["inferencePoolProperties"]["modelConfiguration"] = {"modelId": "canary-of-a-value-that-is-fine"}
    write(here, "project-0", "prod", "PT2H", pool("third", inputs, outputs={"key": "canary-of-an-output"}))
    audited()
    assert stat.S_IMODE((here / "cache").stat().st_mode) == 0o700
    assert stat.S_IMODE(cache_file(here).stat().st_mode) == 0o600
    content = cache_file(here).read_text()
    assert "canary-of-an-output" not in content
    _, report, _ = run("audit", "file://backend", *WITH_CACHE[:-1])
    for word in ("canary-of-a-value-that-is-fine",):
        assert (word in content) == (word in report)


def test_what_was_not_read_or_not_judged_is_not_remembered(here: Path) -> None:
    _torn(here)
    time.sleep(0.002)
    audited()
    assert audited() == (anew(), 4)


def test_the_cache_is_bounded(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_FILES", 2)
    for day in range(1, 6):
        audited(f"--as-of=2026-12-0{day}")
    assert len(list((here / "cache").iterdir())) == 2
    monkeypatch.setattr(memory, "MOST_BYTES", 100)
    _, out, _ = run("audit", "file://backend", *WITH_CACHE)
    assert any("it takes more than 0 MiB" in note for note in json.loads(out)["notes"])


def test_runs_at_once_do_not_disturb_each_other(here: Path) -> None:
    command = [sys.executable, "-m", "poolgate", "audit", "file://backend", *WITH_CACHE]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    report = anew()
    time.sleep(2)  # Of states that are younger nothing is kept, and a process has no other clock.
    for _ in range(2):
        runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) for _ in range(3)]
        assert {without_run(one.communicate(timeout=120)[0]) for one in runs} == {report}
    assert [file.suffix for file in (here / "cache").iterdir()] == [".audit"]


def test_a_state_of_another_project_than_its_place_says_brings_the_rest_back(here: Path) -> None:
    """Compressed with zstd nothing is told by first bytes: its project turns out when it is judged."""
    import zstandard

    sources = ("file://backend", "exports")
    (here / "exports").mkdir()
    (here / "exports/other.json").write_text("{}")
    audited(sources=sources)
    document = checkpoint(stack_root(), provider(), pool(inputs=slow_pool_inputs("PT7H")))
    packed = zstandard.compress(placed(document, project="project-1", stack="test"))
    (here / "exports/late.json.zst").write_bytes(packed)
    time.sleep(0.002)
    for _ in range(2):
        report, remembered = audited(sources=sources)
        assert report == anew(sources=sources)
        assert remembered == 5  # two projects of two stacks, and what is no state


def test_verify_needs_a_cache(here: Path) -> None:
    code, _, err = run("audit", "backend", "--verify")
    assert (code, "give it with --cache FOLDER" in err) == (2, True)


def test_heads_are_not_read_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of exports their first bytes tell of which project they are, once."""
    shutil.copytree(here / "backend/.pulumi/stacks/project-0", here / "exports")
    audited(sources=("exports",))

    def refused(self: Any, *_: Any) -> bytes:
        raise AssertionError("was read")

    from poolgate.audit.listing import _Found

    monkeypatch.setattr(_Found, "head", refused)
    monkeypatch.setattr(_Found, "read", refused)
    assert audited(sources=("exports",))[1] == 2


def test_the_library_has_a_cache_too(here: Path) -> None:
    states = ["file://backend"]
    first, second = (audit(states, RULES, today=DAY, cache=here / "cache", name_inputs=False) for _ in range(2))
    assert (first.of_run, second.of_run) == ({"remembered": 0}, {"remembered": 6})
    assert told(first) == told(second)
    assert first.inputs == second.inputs == []
