"""What is remembered of good files: nothing but digests, and only as long as they would be judged good again."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from poolgate.cli import run
from poolgate.findings import Tally
from poolgate.lint import schema_lint
from poolgate.lint.fast import known_good
from poolgate.lint.fast.known_good import KnownGood
from poolgate.lint.run import lint
from poolgate.lint.schema_lint import LintOptions, Means
from poolgate.lint.schema_store import load_schema
from poolgate.lint.shortcuts import cache_folder

PART = {"$id": "part.schema.json", "$defs": {"size": {"type": "integer", "maximum": 9}}}
SCHEMA = {
    "type": "object",
    "properties": {"demo:size": {"$ref": "part.schema.json#/$defs/size"}, "demo:tags": {"type": "object"}},
    "additionalProperties": False,
}
GOOD = "config:\n  demo:size: 3\n"
SECRETIVE = "config:\n  demo:size: 3\n  demo:other: hunter-two\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    (folder / "schemas").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(GOOD)
    (folder / "Pulumi.bad.yaml").write_text(SECRETIVE)
    (folder / "schemas" / "demo.schema.json").write_text(json.dumps(SCHEMA))
    (folder / "schemas" / "part.schema.json").write_text(json.dumps(PART))
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are judged."""
    names: list[str] = []
    of_stack = schema_lint._Judge._of_stack
    of_project = schema_lint._Judge.project_findings

    def noting(self: Any, name: str, file: Path) -> Any:
        names.append(file.name)
        return of_stack(self, name, file)

    def noting_project(self: Any) -> Any:
        names.append(self.project.file.name)
        return of_project(self)

    monkeypatch.setattr(schema_lint._Judge, "_of_stack", noting)
    monkeypatch.setattr(schema_lint._Judge, "project_findings", noting_project)
    return names


def linted(project: Path, cache: Path, options: LintOptions = schema_lint.DEFAULT) -> Tally:
    load_schema.cache_clear()  # a further run is a process of its own
    return lint([project], options, Means(cache=cache))


def kept(cache: Path) -> Path:
    (file,) = cache.glob("*.json")
    return file


def test_a_second_run_judges_what_is_not_good(project: Path, cache: Path, judged: list[str]) -> None:
    first = linted(project, cache)
    assert judged == ["Pulumi.yaml", "Pulumi.bad.yaml", "Pulumi.dev.yaml"]
    judged.clear()
    second = linted(project, cache)
    assert judged == ["Pulumi.bad.yaml"]
    assert (second.findings, second.outcomes, second.inputs) == (first.findings, first.outcomes, first.inputs)
    assert second.passes == first.passes


def test_what_has_changed_is_judged_anew(project: Path, cache: Path, judged: list[str]) -> None:
    linted(project, cache)
    judged.clear()
    (project / "Pulumi.new.yaml").write_text("config:\n  demo:size: 99\n")
    (project / "Pulumi.dev.yaml").write_text(GOOD.replace("3", "44"))
    found = linted(project, cache)
    assert set(judged) == {"Pulumi.bad.yaml", "Pulumi.new.yaml", "Pulumi.dev.yaml"}
    assert len(found.findings) == 3


def test_nothing_but_digests_is_kept(project: Path, cache: Path) -> None:
    linted(project, cache)
    content = json.loads(kept(cache).read_text())
    assert content.keys() == {"schemas", "good"}
    assert content["schemas"].keys() == {"demo.schema.json", "part.schema.json"}
    good = {hashlib.sha256((project / name).read_bytes()).hexdigest() for name in ("Pulumi.yaml", "Pulumi.dev.yaml")}
    assert set(content["good"]) == good
    assert "hunter" not in kept(cache).read_text()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Pulumi.yaml", "python", "nodejs"),
        ("schemas/demo.schema.json", '"type": "object", "prop', '"required": ["demo:tags"], "prop'),
        ("schemas/part.schema.json", "9", "2"),
    ],
)
def test_other_terms_forget_it_all(
    project: Path, cache: Path, judged: list[str], name: str, old: str, new: str
) -> None:
    linted(project, cache)
    judged.clear()
    text = (project / name).read_text()
    assert old in text
    (project / name).write_text(text.replace(old, new, 1))
    linted(project, cache)
    assert judged == ["Pulumi.yaml", "Pulumi.bad.yaml", "Pulumi.dev.yaml"]


def test_so_do_other_options_and_another_poolgate(
    project: Path, cache: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    linted(project, cache)
    judged.clear()
    linted(project, cache, LintOptions(names=("owner",)))
    assert "Pulumi.dev.yaml" in judged
    judged.clear()
    monkeypatch.setattr(known_good, "_own_digest", lambda: "another")
    linted(project, cache)
    assert "Pulumi.dev.yaml" in judged


def test_a_schema_that_comes_to_lie_nearer_counts(project: Path, cache: Path, judged: list[str]) -> None:
    """What a reference means is looked up as it is when the schema is read: beside it, then among poolgate's own."""
    schema = {**SCHEMA, "properties": {"demo:size": {"$ref": "pool.schema.json#/$defs/capacity"}}}
    (project / "schemas" / "demo.schema.json").write_text(json.dumps(schema))
    own = {"$id": "pool.schema.json", "$defs": {"capacity": {"type": "integer", "maximum": 2}}}
    linted(project, cache)
    judged.clear()
    (project / "schemas" / "pool.schema.json").write_text(json.dumps(own))
    assert any(finding.location.file.endswith("Pulumi.dev.yaml") for finding in linted(project, cache).findings)  # type: ignore[union-attr]
    assert "Pulumi.dev.yaml" in judged


def test_a_schema_that_the_fast_validator_leaves_alone_is_not_remembered(project: Path, cache: Path) -> None:
    """Which files the reference reads depends on the values it judges."""
    schema = {**SCHEMA, "unevaluatedProperties": True}
    (project / "schemas" / "demo.schema.json").write_text(json.dumps(schema))
    linted(project, cache)
    assert not list(cache.glob("*"))


DAMAGED = [
    "",
    "{",
    "[]",
    "null",
    '{"good": 1, "schemas": {}}',
    '{"good": [], "schemas": {}}',
    '{"good": ["DIGEST"], "schemas": {}}',
    '{"good": ["DIGEST"]}',
    '{"good": ["DIGEST", 1], "schemas": SCHEMAS}',
    '{"good": ["DIGEST"], "schemas": {"demo.schema.json": "0"}}',
    '{"good": ["DIGEST"], "schemas": {"../demo.schema.json": "0"}}',
    '{"good": ["DIGEST"], "schemas": {"gone.schema.json": 7}}',
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_or_foreign_file_is_no_cache(project: Path, cache: Path, judged: list[str], content: str) -> None:
    first = linted(project, cache)
    whole = json.loads(kept(cache).read_text())
    bad = hashlib.sha256(SECRETIVE.encode()).hexdigest()
    kept(cache).write_text(content.replace("DIGEST", bad).replace("SCHEMAS", json.dumps(whole["schemas"])))
    judged.clear()
    assert linted(project, cache).findings == first.findings
    assert judged == ["Pulumi.yaml", "Pulumi.bad.yaml", "Pulumi.dev.yaml"]
    assert json.loads(kept(cache).read_text()) == whole  # and is replaced by one


def test_a_cache_that_cannot_be_written_is_none(project: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert len(linted(project, blocked / "cache").findings) == 1


def test_runs_at_the_same_time_leave_a_whole_file(tmp_path: Path) -> None:
    def add(number: int) -> None:
        for step in range(20):
            known = KnownGood(tmp_path / "terms.json", None)
            known.add([f"{number:032}{step:032}"], {})
            known.save()

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert bool(KnownGood(tmp_path / "terms.json", None))
    assert [file.name for file in tmp_path.iterdir()] == ["terms.json"]


def test_it_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_good, "MOST_DIGESTS", 3)
    monkeypatch.setattr(known_good, "MOST_PROJECTS", 2)
    for number in range(4):
        known = KnownGood(tmp_path / f"{number}.json", None)
        known.add([f"{digest:064}" for digest in range(number + 2)], {})
        known.save()
        past = time.time() - 100 + number
        os.utime(tmp_path / f"{number}.json", (past, past))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["2.json", "3.json"]
    assert len(json.loads((tmp_path / "3.json").read_text())["good"]) == 3


def test_it_can_be_turned_off(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() is None  # of the tests themselves
    monkeypatch.delenv("POOLGATE_NO_CACHE")
    folder = tmp_path / "xdg" / "poolgate" / "lint"
    assert run(["lint", "--no-cache", str(project)]) == 1
    assert not folder.exists()
    assert run(["lint", str(project)]) == 1
    assert len(list(folder.glob("*.json"))) == 1
