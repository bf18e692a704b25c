from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.state_builder import (
    STORAGE,
    checkpoint,
    ciphertext,
    export,
    pool,
    pool_inputs,
    provider,
    resource,
    slow_pool_inputs,
    stack_root,
    text,
    urn,
)
from inference_pools import state_file
from inference_pools.finding import Enforcement, Outcome, Severity
from inference_pools.own_checks import STATE_READABLE
from inference_pools.policy_config import Setting, default_settings
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.rules.property_known import property_known
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from inference_pools.rules.tags_required import tags_required
from poolgate import cli, report
from poolgate.audit import copies, listing
from poolgate.audit.copies import OLDER
from poolgate.audit.listing import list_states
from poolgate.audit.places import StateText
from poolgate.audit.run import audit, audit_one
from poolgate.errors import NothingMatchedError, UsageError
from poolgate.findings import Finding, Location, Origin, PassedOver, Subject, Tally
from poolgate.report.view import View

STATES = Path(__file__).parent / "states"
TIMEOUTS = default_settings([request_timeout_bounded])
EVERY_RULE = default_settings(ALL)


def write(folder: Path, name: str, document: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document if isinstance(document, bytes) else text(document))
    return path


def run(*paths: Path | str, rules: tuple[Setting, ...] = TIMEOUTS) -> Tally:
    return audit([str(path) for path in paths], rules)


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [finding.message for finding in findings]
    return findings[0]


def stands_at(finding: Finding) -> None:
    """A finding stands at its resource's line in the state's file."""
    assert finding.location is not None
    line = Path(finding.location.file).read_text("utf-8").splitlines()[finding.location.line - 1]
    assert line.strip() == f'"urn": "{finding.subject.urn}",'


def told(tally: Tally, format_: str = "text", *, verbose: bool = False) -> str:
    told_of = report.Report("audit", tally, "2026-11-20T10:00:00Z", 0.1, "0", None)
    return report.render(told_of.but(view=View(verbose=verbose)), format_)


# --- several states of one stack ---


def at(time: str, *entries: Any) -> Any:
    document = export(stack_root(), provider(), *entries)
    document["deployment"]["manifest"] = {**document["deployment"]["manifest"], "time": time}
    return document


OLD, NEW = "2026-11-20T10:00:00.123456789+01:00", "2026-11-20T09:30:00Z"


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress])
def test_of_a_stack_that_was_exported_twice_the_newest_counts(pack: Any, tmp_path: Path) -> None:
    """The old one has the greater clock time, in another zone."""
    older = write(tmp_path, "b.json", pack(text(at(OLD, pool(inputs=slow_pool_inputs())))))
    newer = write(tmp_path, "a.json", pack(text(at(NEW, pool(), pool("second")))))
    tally = run(tmp_path)
    assert (tally.stacks, tally.pools, tally.findings) == (1, 2, [])
    assert list(tally.passed_over) == [PassedOver("file", str(older), OLDER)]
    assert list(tally.notes) == [f"1 stack is in several files and judged by the newest: ranking/prod by {newer}"]
    assert run(older).findings


def test_a_name_beyond_ascii_has_its_line_until_the_text_is_forgotten() -> None:
    state = StateText("export.json", '{\n"urn": "a",\n"urn": "é"\n}'.encode())
    assert [state.line_of(urn) for urn in ("é", "a", "b")] == [3, 2, 1]
    state.forget()
    assert state.line_of("é") == 1


def test_of_stacks_that_are_in_several_files_some_are_named() -> None:
    assert copies.note_on([f"a/{n} by {n}.json" for n in range(7)]) == (
        "7 stacks are in several files and judged by the newest: a/0 by 0.json, a/1 by 1.json, a/2 by 2.json, "
        "a/3 by 3.json, a/4 by 4.json and 2 more"
    )


def test_of_copies_the_first_counts(tmp_path: Path) -> None:
    document = export(stack_root(), resource(STORAGE, "bucket"))
    for name in ("a.json", "b.json", "c.json"):
        write(tmp_path, name, document)
    tally = run(tmp_path)
    assert tally.stacks == 1
    assert [each.name for each in tally.passed_over if each.kind == "file"] == [
        str(tmp_path / n) for n in ("b.json", "c.json")
    ]


def test_an_export_and_the_backend_of_a_stack_are_one(tmp_path: Path) -> None:
    write(tmp_path, ".pulumi/stacks/ranking/prod.json", checkpoint(provider(), pool()))
    export_of_it = write(tmp_path, "exports/prod.json", at("2026-11-19T10:00:00Z", pool(inputs=slow_pool_inputs())))
    tally = run(f"file://{tmp_path}", export_of_it)
    assert (tally.stacks, tally.findings) == (1, [])


def test_stacks_of_one_name_with_other_resources_are_both_judged(tmp_path: Path) -> None:
    for number in "12":
        own = {"id": f"{number}f9d2b0e-6f0d-4a53-9c8a-0d1f0c6a1b11"}
        document = export(stack_root(), provider(**own), pool(inputs=slow_pool_inputs(), **own))
        write(tmp_path, f"{number}.json", document)
    tally = run(tmp_path)
    assert (tally.stacks, len(tally.findings)) == (2, 2)
    assert list(tally.notes) == [
        "2 files have a stack called ranking/prod, with other resources in each: all of them are judged"
    ]


# --- what is not judged ---

SERVING = "azure-native:machinelearningservices:BatchEndpoint"


def test_what_serves_models_and_has_no_rule_is_counted_by_kind(tmp_path: Path) -> None:
    entries = [
        resource(SERVING, "blue"),
        resource(SERVING, "gone", delete=True),
        resource(SERVING, "of-others", external=True),
        resource(STORAGE, "bucket"),
        pool(),
    ]
    begun = {"type": "creating", "resource": resource("databricks:index/modelServing:ModelServing", "begun")}
    document = export(stack_root(), *entries)
    document["deployment"]["pending_operations"] = [begun]
    for name, fast in (("a.json", True), ("b.json", False)):
        content = text(document) if fast else text(document).decode().encode("utf-16")
        tally = run(write(tmp_path, name, content))
        assert [(left.urn, left.kind) for left in tally.not_judged] == [
            (urn(SERVING, "blue"), "BatchEndpoint (azure-native)"),
            (urn("databricks:index/modelServing:ModelServing", "begun"), "ModelServing (databricks)"),
        ]


def test_a_stack_of_them_alone_is_no_clean_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, "vision.json", export(stack_root(), resource(SERVING, "blue")))
    assert cli.run(["audit", str(file), "--no-config"]) == 4
    out, err = capsys.readouterr()
    said = "1 resource that serves models is not judged: 1 BatchEndpoint (azure-native)"
    assert said in out
    assert said in err
    assert "no findings" not in out


def test_they_fail_an_audit_that_is_told_to_fail_for_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(write(tmp_path, "vision.json", export(stack_root(), resource(SERVING, "blue"), pool())))
    options = ["audit", file, "--no-config", "--select=request-timeout-bounded"]
    assert cli.run(options) == 0
    assert cli.run([*options, "--fail-on-not-judged"]) == 1
    assert "failed: 1 resource that serves models is not judged" in capsys.readouterr().out
    assert cli.run([*options, "--fail-on-not-judged", "--exit-zero"]) == 0


# --- what is judged ---


def test_slow_pool_of_a_real_export_is_found_and_its_deleted_twin_is_not() -> None:
    tally = run(STATES / "readable" / "export-v3.json")
    managed, read_only = sorted(tally.findings, key=lambda finding: finding.subject.name)
    assert managed.subject == Subject(
        urn="urn:pulumi:prod::ranking::azure-native:machinelearningservices:InferencePool::ranker",
        type="azure-native:machinelearningservices:InferencePool",
        name="ranker",
        project="ranking",
        stack="prod",
        owner="ml-platform",
        cost_center="4711",
        environment="prod",
    )
    assert managed.path == "inferencePoolProperties.requestConfiguration.requestTimeout"
    assert (managed.outcome, managed.severity, managed.enforcement) == (
        Outcome.VIOLATED,
        Severity.HIGH,
        Enforcement.MANDATORY,
    )
    assert managed.origin is Origin.STATE
    stands_at(managed)
    assert managed.related == (Location("__main__.py", 41),)
    assert "2 hours" in managed.message
    assert read_only.subject.name == "shared"
    stands_at(read_only)
    assert read_only.related == ()
    assert (tally.stacks, tally.resources, tally.pools) == (1, 6, 3)


def test_secret_is_not_judged_and_points_to_where_it_comes_from() -> None:
    tally = run(STATES / "readable" / "export-v3.json", rules=default_settings([tags_required]))
    (secret,) = [finding for finding in tally.findings if finding.subject.name == "secretive"]
    assert (secret.outcome, secret.path, secret.message) == (Outcome.UNKNOWN, "tags.owner", "a secret, not read")
    assert secret.from_resources == ("urn:pulumi:prod::ranking::azure-native:storage:StorageAccount::models",)
    stands_at(secret)
    assert secret.related == (Location("pools/secretive.py", 7, 5),)
    assert "v1:" not in told(tally, "json")


def test_a_finding_has_the_file_of_its_state_and_no_line_of_it_is_shown(tmp_path: Path) -> None:
    document = export(stack_root(), *(pool(name, slow_pool_inputs()) for name in "ba"))
    plain = run(write(tmp_path, "plain.json", document))
    for finding in plain.findings:
        stands_at(finding)
    out = told(plain)
    assert f"at:  {tmp_path}/plain.json:" in out
    assert '"urn"' not in out
    compact = run(write(tmp_path, "compact.json", json.dumps(document, separators=(",", ":")).encode()))
    packed = run(write(tmp_path, "packed.json.gz", gzip.compress(text(document))))
    for tally, name in ((compact, "compact.json"), (packed, "packed.json.gz")):
        assert [str(finding.location) for finding in tally.findings] == [f"{tmp_path / name}:1"] * 2


def test_export_and_backend_of_a_stack_give_the_same_findings() -> None:
    def fingerprints(name: str) -> list[str]:
        findings = run(STATES / "readable" / name, rules=EVERY_RULE).sorted_findings
        assert findings
        return [finding.fingerprint for finding in findings]

    expected = fingerprints("export-v3.json")
    for name in ("checkpoint.json", "checkpoint.json.gz", "checkpoint.json.zst"):
        assert fingerprints(name) == expected


@pytest.mark.parametrize(("version", "shape_a"), [("2.92.3", True), ("3.29.0", False)])
def test_shape_follows_the_provider_where_the_state_does_not_say(tmp_path: Path, version: str, shape_a: bool) -> None:
    # scaleUnitSize is what only shape B has, and requestConfiguration what a pool has only in shape A.
    timeouts = run(write(tmp_path, "a.json", export(provider(version), pool(inputs=slow_pool_inputs()))))
    assert bool(timeouts.findings) is shape_a
    assert timeouts.outcomes == ({Outcome.VIOLATED: 1} if shape_a else {Outcome.NOT_APPLICABLE: 1})


def test_written_api_version_is_believed_before_the_provider(tmp_path: Path) -> None:
    inputs = {**slow_pool_inputs(), "azureApiVersion": "2024-04-01-preview"}
    assert run(write(tmp_path, "a.json", export(provider("3.29.0"), pool(inputs=inputs)))).findings


def test_properties_that_azure_adds_to_a_read_pool_are_not_misspelt(tmp_path: Path) -> None:
    outputs = {**pool_inputs(), "provisionedBy": "azure"}
    document = export(provider(), pool("read", external=True, outputs=outputs), pool("made", {**outputs}))
    tally = run(write(tmp_path, "a.json", document), rules=default_settings([property_known]))
    assert {finding.subject.name for finding in tally.findings} == {"made"}


# --- many states ---


def test_stack_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a.json", export(stack_root(), pool(inputs=slow_pool_inputs())))
    write(tmp_path, "b.json", b'{"version": 3,\n "deployment": {')
    write(tmp_path, "c.json", export(version=7))
    other = urn(pool()["type"], "ranker", stack="dev")
    write(tmp_path, "d.json.gz", gzip.compress(text(checkpoint(stack_root(stack="dev"), pool(urn=other)))))
    tally = run(tmp_path)
    assert (tally.stacks, tally.resources, tally.pools) == (2, 4, 2)
    assert sorted(finding.rule for finding in tally.findings) == ["request-timeout-bounded", *[STATE_READABLE] * 2]
    assert tally.outcomes[Outcome.UNREADABLE] == 2


def test_finding_of_an_unreadable_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "b.json", b'{"version": 3,\n "deployment": {')
    finding = only(run("b.json").findings)
    assert (finding.outcome, finding.severity, finding.enforcement) == (
        Outcome.UNREADABLE,
        Severity.HIGH,
        Enforcement.MANDATORY,
    )
    assert finding.fails
    assert finding.subject == Subject(urn="", type="", name="b.json", project="", stack="")
    assert finding.location == Location("b.json", 2, 17)
    assert finding.message.endswith(" (in b.json)")
    assert finding.origin is Origin.STATE


def test_unreadable_states_of_a_backend_are_named_by_their_folders(tmp_path: Path) -> None:
    write(tmp_path, ".pulumi/stacks/ranking/prod.json", b"")
    write(tmp_path, ".pulumi/stacks/ranking/package.json", {"name": "left-pad"})
    tally = run(tmp_path)
    assert {(finding.subject.project, finding.subject.stack) for finding in tally.findings} == {
        ("ranking", "prod"),
        ("ranking", "package"),
    }
    assert "ranking/prod\n  mandatory   state-readable: [unreadable] is empty" in told(tally)


def test_unreadable_pool_names_its_stack_and_place(tmp_path: Path) -> None:
    file = write(tmp_path, "a.json", export(stack_root(), pool(inputs=slow_pool_inputs()), {**pool("b"), "inputs": 3}))
    tally = run(file)
    finding = only(tally.findings)
    assert (finding.subject.project, finding.subject.stack) == ("ranking", "prod")
    assert finding.path == "deployment.resources[2].inputs"
    # A state is judged as a whole or not at all: half a verdict would look like one.
    assert (tally.stacks, tally.resources, tally.pools) == (0, 0, 0)


def test_every_unreadable_file_has_a_fingerprint_of_its_own() -> None:
    tally = run(STATES / "unreadable")
    assert len({finding.fingerprint for finding in tally.findings}) == 7
    assert tally.stacks == 0


def test_file_that_vanishes_or_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "gone.json").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    messages = {finding.subject.name.rpartition("/")[2]: finding.message for finding in run(tmp_path).findings}
    assert messages["gone.json"].startswith("cannot be read: No such file or directory")
    assert messages["loop.json"].startswith("cannot be read: Too many levels of symbolic links")


def test_folder_that_cannot_be_searched_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> list[str]:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    tally = run(tmp_path)
    assert only(tally.findings).message == f"cannot be searched: Permission denied (in {tmp_path})"
    assert tally.inputs == []


def test_file_beyond_the_limit_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "LARGEST_STATE", 1024**2)
    write(tmp_path, "a.json", b" " * (1024**2 + 1))
    tally = run(tmp_path)
    assert only(tally.findings).message.startswith("is larger than 1 MiB")
    assert tally.inputs == []  # The digest of its beginning would be that of another file.


def test_other_json_in_a_folder_is_passed_over_and_counted(tmp_path: Path) -> None:
    write(tmp_path, "package.json", {"name": "left-pad", "version": "1.3.0"})
    write(tmp_path, "list.json", [1, 2])
    write(tmp_path, "prod.json", export(pool()))
    write(tmp_path, "events.json", b'{"sequence":0}\n{"sequence":1}\n')
    tally = run(tmp_path)
    assert [*tally.passed_over] == [
        PassedOver("file", str(tmp_path / name), "holds no state")
        for name in ("events.json", "list.json", "package.json")
    ]
    assert (tally.stacks, tally.findings) == (1, [])
    assert [name for name, _ in tally.inputs] == [str(tmp_path / "prod.json")]


def test_other_json_that_was_named_is_a_finding(tmp_path: Path) -> None:
    package = write(tmp_path, "package.json", {"name": "left-pad"})
    events = write(tmp_path, "events.json", b'{"sequence":0}\n{"sequence":1}\n')
    write(tmp_path, "prod.json", export(pool()))
    tally = run(tmp_path, package, events)
    assert [finding.rule for finding in tally.findings] == [STATE_READABLE] * 2
    assert "is several JSON values, one after the other" in tally.findings[0].message
    assert tally.stacks == 1
    assert not tally.passed_over


def test_stack_without_pools_is_counted(tmp_path: Path) -> None:
    tally = run(write(tmp_path, "a.json", export(stack_root(), resource(STORAGE, "models"))))
    assert (tally.stacks, tally.resources, tally.pools, tally.findings) == (1, 2, 0, [])
    assert [*tally.passed_over] == [PassedOver("stack", "ranking/prod", "has nothing that rules judge")]
    tally = run(STATES / "readable" / "checkpoint-without-latest.json")
    assert (tally.stacks, tally.resources, tally.pools, tally.findings) == (1, 0, 0, [])
    file = write(tmp_path, "b.json", {"version": 3, "deployment": {"resources": []}})
    assert [each.name for each in run(file).passed_over] == [str(file)]  # whose it is, nothing says


def interrupted(kind: str, entry: Any, *resources: Any) -> dict[str, Any]:
    document = export(stack_root(), provider(), *resources)
    document["deployment"]["pending_operations"] = [{"type": kind, "resource": entry}]
    return document


def test_pool_whose_creation_is_pending_is_judged_as_what_may_be_there(tmp_path: Path) -> None:
    tally = run(write(tmp_path, "a.json", interrupted("creating", pool(inputs=slow_pool_inputs()))), rules=EVERY_RULE)
    slow = only([finding for finding in tally.findings if finding.rule == "request-timeout-bounded"])
    assert slow.message.endswith("; its creation is pending, so that it may be there")
    assert slow.fails
    assert (tally.stacks, tally.resources, tally.pools) == (1, 3, 1)
    assert tally.outcomes[Outcome.CLEAN] > 20
    (note,) = tally.notes
    assert note.startswith(
        "ranking/prod: an update is under way or was broken off (pending: creating InferencePool ranker)"
    )


def test_pending_update_is_judged_beside_what_the_state_has(tmp_path: Path) -> None:
    before = pool(inputs=slow_pool_inputs("PT30S"))
    as_it_is = run(write(tmp_path, "a.json", export(stack_root(), provider(), before)), rules=EVERY_RULE)
    changed = pool(inputs=slow_pool_inputs("PT2H"))
    tally = run(write(tmp_path, "b.json", interrupted("updating", changed, before)), rules=EVERY_RULE)
    slow = only(
        [finding for finding in tally.findings if finding.message not in {f.message for f in as_it_is.findings}]
    )
    assert slow.rule == "request-timeout-bounded"
    assert slow.message.endswith("; an update to this is pending, so that it may be so already")
    # What is wrong with it either way is said once.
    assert len(tally.findings) == len(as_it_is.findings) + 1
    assert (tally.pools, tally.resources) == (as_it_is.pools, as_it_is.resources)
    assert tally.outcomes[Outcome.CLEAN] == as_it_is.outcomes[Outcome.CLEAN]
    assert len(tally.notes) == 1


def test_pool_of_which_only_the_update_mends_something_stays_a_finding(tmp_path: Path) -> None:
    document = interrupted("updating", pool(inputs=slow_pool_inputs("PT30S")), pool(inputs=slow_pool_inputs()))
    assert only(run(write(tmp_path, "a.json", document)).findings).message.endswith("the limit is 5 minutes")


def test_pending_deletion_is_told_and_the_pool_judged_as_it_is(tmp_path: Path) -> None:
    entry = pool(inputs=slow_pool_inputs())
    tally = run(write(tmp_path, "a.json", interrupted("deleting", entry, entry)))
    assert only(tally.findings).message.endswith("the limit is 5 minutes")
    assert "(pending: deleting InferencePool ranker)" in next(iter(tally.notes))


def test_many_pending_operations_are_a_short_note(tmp_path: Path) -> None:
    document = export(stack_root())
    document["deployment"]["pending_operations"] = [
        {"type": "creating", "resource": resource(STORAGE, "a\nb" + "x" * 200)} for _ in range(1000)
    ]
    (note,) = run(write(tmp_path, "a.json", document)).notes
    assert "StorageAccount a\\nbxxx" in note
    assert "… and 995 more)" in note
    assert len(note) < 1000


def test_rules_over_stacks_see_what_may_be_there(tmp_path: Path) -> None:
    group = "azure-native:machinelearningservices/v20240101preview:InferenceGroup"
    placed = {"resourceGroupName": "rg", "workspaceName": "mlw", "poolName": "ranking"}
    here = resource(group, "here", inputs={**placed, "groupName": "blue", "inferenceGroupProperties": {}})
    same = resource(group, "same", inputs={**placed, "groupName": "BLUE", "inferenceGroupProperties": {}})
    over_stacks = tuple(one for one in EVERY_RULE if one.rule.scope is Scope.STACK)
    as_it_is = run(write(tmp_path, "a.json", export(stack_root(), here)), rules=over_stacks)
    tally = run(write(tmp_path, "b.json", interrupted("creating", same, here)), rules=over_stacks)
    known = {finding.message for finding in as_it_is.findings}
    new = [finding for finding in tally.findings if finding.message not in known]
    assert new
    assert all("pending" in finding.message for finding in new)


def test_state_without_inputs_is_read_by_its_outputs(tmp_path: Path) -> None:
    whole = {**pool(), "outputs": {**pool_inputs(), "__pulumi_raw_state_delta": {"token": "{x}"}}}
    bare = {key: value for key, value in whole.items() if key != "inputs"}
    expected = run(write(tmp_path, "a.json", export(provider(), whole)), rules=EVERY_RULE)
    tally = run(write(tmp_path, "b.json", export(provider(), bare)), rules=EVERY_RULE)
    messages = {finding.message for finding in expected.findings}
    assert {finding.message for finding in tally.findings} <= messages


def test_nothing_found_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingMatchedError, match="no JSON files"):
        run(tmp_path / "empty")
    write(tmp_path, "other/package.json", {})
    with pytest.raises(NothingMatchedError, match="none of 1 JSON files is one"):
        run(tmp_path / "other")


def test_missing_path_is_a_usage_error_before_anything_is_judged(tmp_path: Path) -> None:
    write(tmp_path, "prod.json", export(pool()))
    with pytest.raises(UsageError, match="does not exist"):
        run(tmp_path, tmp_path / "missing")


def test_inputs_have_the_digests_of_the_files(tmp_path: Path) -> None:
    packed = gzip.compress(text(export(pool())))
    file = write(tmp_path, "prod.json.gz", packed)
    broken = write(tmp_path, "zz.json", b"{")
    tally = run(tmp_path)
    assert tally.inputs == [
        (str(file), hashlib.sha256(packed).hexdigest()),
        (str(broken), hashlib.sha256(b"{").hexdigest()),
    ]


def digests(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    """How many digests of a state a run of the command makes, and what it prints."""
    made: list[bytes] = []
    state = Path(arguments[0]).read_bytes()

    sha256 = hashlib.sha256

    def counted(data: bytes) -> Any:
        made.append(data)
        return sha256(data)

    monkeypatch.setattr(hashlib, "sha256", counted)
    try:
        assert cli.run(["audit", "--jobs=1", *arguments]) == 0
    finally:
        monkeypatch.setattr(hashlib, "sha256", sha256)
    return made.count(state), capsys.readouterr().out


def test_digests_are_made_for_reports_that_name_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = text(export(pool()))
    file = str(write(tmp_path, "prod.json", content))
    digest = hashlib.sha256(content).hexdigest()
    assert digests(capsys, monkeypatch, file)[0] == 0
    assert digests(capsys, monkeypatch, file, "--format=sarif")[0] == 0
    made, verbose = digests(capsys, monkeypatch, file, "--verbose")
    assert made == 1
    assert f"{digest[:12]}  {file}" in verbose
    made, printed = digests(capsys, monkeypatch, file, "--format=json")
    assert made == 1
    assert json.loads(printed)["run"]["inputs"] == [{"name": file, "sha256": digest}]
    assert digests(capsys, monkeypatch, file, f"--also=json={tmp_path / 'report.out'}")[0] == 1


def test_order_of_paths_does_not_change_the_report(tmp_path: Path) -> None:
    def findings(*paths: Path) -> Any:
        return json.loads(told(run(*paths, rules=EVERY_RULE), "json"))["findings"]

    a = write(tmp_path, "a.json", export(provider(), pool(inputs=slow_pool_inputs())))
    b = write(tmp_path, "b.json", checkpoint(resource("azure-native:x:Y", "y"), pool("c", slow_pool_inputs("PT9M"))))
    c = write(tmp_path, "c.json", b"")
    assert findings(a, b, c) == findings(c, b, a) == findings(tmp_path)
    assert findings(tmp_path)


def test_nothing_found_is_told_without_the_parameters_of_an_address(tmp_path: Path) -> None:
    write(tmp_path, ".pulumi/meta.yaml", b"version: 1")
    with pytest.raises(NothingMatchedError) as caught:
        run(f"file://{tmp_path}?base_url=canary")
    assert "canary" not in str(caught.value)


# --- pipes, devices, sockets ---


def test_named_pipe_can_be_audited(tmp_path: Path) -> None:
    # What `poolgate audit <(pulumi stack export)` comes to.
    reader, writer = os.pipe()
    try:
        os.write(writer, text(export(pool(inputs=slow_pool_inputs()))))
        os.close(writer)
        assert only(run(f"/dev/fd/{reader}").findings).rule == "request-timeout-bounded"
    finally:
        os.close(reader)


def test_named_pipe_in_the_file_system_waits_for_its_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    document = text(export(*(pool(str(number), slow_pool_inputs()) for number in range(200))))
    assert len(document) > 4 * 65536  # more than the pipe holds
    writer = threading.Timer(0.05, pipe.write_bytes, [document])
    writer.start()
    try:
        assert len(run(pipe).findings) == 200
    finally:
        writer.join()


@pytest.mark.parametrize("writes", [False, True])
def test_pipe_without_an_end_is_given_up(tmp_path: Path, writes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poolgate.files.LONGEST_WAIT", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDWR)
    try:
        if writes:
            os.write(held, b'{"version": 3')
        assert only(run(pipe).findings).message.startswith("has not come to its end within 0.05 seconds")
    finally:
        os.close(held)


def test_pipe_with_more_than_a_state_takes_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "LARGEST_STATE", 1024**2)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write_for_ever() -> None:
        with suppress(BrokenPipeError), pipe.open("wb", buffering=0) as stream:
            while True:
                stream.write(bytes(65536))

    writer = threading.Thread(target=write_for_ever, daemon=True)
    writer.start()
    assert only(run(pipe).findings).message.startswith("is larger than 1 MiB")
    writer.join()


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("/dev/zero", "is a device, where a file or a pipe is expected"),
        ("/dev/urandom", "is a device, where a file or a pipe is expected"),
        ("/dev/full", "is a device, where a file or a pipe is expected"),
        ("/dev/null", "is empty"),
    ],
)
def test_device_is_not_read(device: str, message: str) -> None:
    assert only(run(device).findings).message == f"{message} (in {device})"


def test_socket_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # The name of a socket must be short.
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.json")
        named = only(run("s.json").findings)
        assert named.message == "is a socket, where a file or a pipe is expected (in s.json)"
        write(tmp_path, "prod.json", export(pool()))
        assert [*run(".").passed_over] == [PassedOver("file", "s.json", "is a socket")]


def test_file_that_became_a_folder_is_a_finding(tmp_path: Path) -> None:
    file = write(tmp_path, "was.json", export(pool()))
    (listed,) = list_states([str(file)])
    file.unlink()
    file.mkdir()
    judged = audit_one(listed, TIMEOUTS)
    assert judged is not None
    assert only(judged[0].findings).message == f"is a folder, where a file or a pipe is expected (in {file})"


@pytest.mark.parametrize("unpacked", [gzip.compress, lambda data: zstandard.ZstdCompressor().compress(data)])
def test_archive_that_expands_without_end_is_one_finding(
    tmp_path: Path, unpacked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_file, "LARGEST_STATE", 1024**2)
    file = write(tmp_path, "prod.json.gz", unpacked(b" " * 1024**2 * 40))
    assert file.stat().st_size < 64 * 1024
    assert only(run(file).findings).message.startswith("is larger than 1 MiB")


# --- hostile content ---


def test_names_cannot_forge_a_line_of_a_report(tmp_path: Path) -> None:
    evil = "x\nurn: 0 mandatory \x1b[2K\ud800"
    source = "project:///main%0Aall%20clean.py#3"
    depends = {"tags": [urn(STORAGE, "a\nb")]}
    document = export(
        pool(evil, slow_pool_inputs(), sourcePosition=source),
        pool("secret", {"tags": ciphertext()}, propertyDependencies=depends),
    )
    folder = tmp_path / "a\nb"
    write(folder, "a.json", document)
    write(folder, "b\n\udcff.json", b"{")
    tally = run(folder, rules=EVERY_RULE)
    rendered = told(tally, verbose=True)
    assert "\x1b" not in rendered
    assert r"StorageAccount::a\nb" in rendered
    assert not any(line.startswith(("urn", "all clean", "b")) for line in rendered.splitlines())
    for format_ in ("text", "json"):
        told(tally, format_).encode()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(["PT5S", "azureml://registries/r/models/m/versions/1", "Standard_DS3_v2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
SOUND = pool_inputs()
BAGS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["nodeSkuType", "requestConfiguration", "modelConfiguration"], VALUES)
)
TREES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys([*SOUND, "identity", "azureApiVersion"], VALUES),
        "inferencePoolProperties": VALUES | BAGS,
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TREES, st.booleans())
def test_whatever_a_pool_holds_it_is_judged(tmp_path: Path, inputs: Any, external: bool) -> None:
    document = export(pool(inputs=inputs, external=external, outputs=inputs))
    tally = run(write(tmp_path, "a.json", json.dumps(document).encode()), rules=EVERY_RULE)
    assert (tally.stacks, tally.pools) == (1, 1)
    assert sum(tally.outcomes.values()) >= sum(one.rule.scope is not Scope.WAIVERS for one in EVERY_RULE)
    assert not tally.outcomes[Outcome.BROKEN], [finding.message for finding in tally.findings]
    told(tally, "json").encode()
