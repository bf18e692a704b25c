"""A fix changes one key or one scalar. All else stays byte for byte, and whatever is in doubt stays as it is."""

from __future__ import annotations

import json
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from poolgate import cli
from poolgate.errors import UsageError
from poolgate.fix import fix_all
from poolgate.lint.document import KeyPath
from poolgate.lint.fix import FixedFile, apply, fixed
from poolgate.lint.schema_lint import DEFAULT, Fix, LintFinding, lint_project
from poolgate.lint.yaml_reader import parse_yaml

PROJECT = "name: demo\nruntime: python\n"
SCHEMA = {
    "properties": {
        "demo:sku": {"$ref": "pool.schema.json#/$defs/sku"},
        "demo:timeout": {"$ref": "pool.schema.json#/$defs/duration"},
        "demo:tags": {"$ref": "pool.schema.json#/$defs/tags"},
        "demo:other": {},
    },
    "additionalProperties": False,
}


def project(folder: Path, stack: str) -> Path:
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "schemas" / "demo.schema.json").write_text(json.dumps(SCHEMA))
    file = folder / "Pulumi.dev.yaml"
    file.write_bytes(stack.encode())
    return file


def after(folder: Path, stack: str) -> str:
    """The text once everything is put right, one round."""
    project(folder, stack)
    changes = fixed(lint_project(folder))
    return changes[0].after if changes else stack


FIXES = [
    ("a duration", "timeout: pt5s", "timeout: PT5S"),
    ("a duration in weeks", "timeout: P1W", "timeout: P7D"),
    ("a duration in single quotes", "timeout: 'pt5s'", "timeout: 'PT5S'"),
    ("a duration in double quotes", 'timeout: "pt5s"  # why', 'timeout: "PT5S"  # why'),
    ("blanks in quotes", 'timeout: " PT5S "', 'timeout: "PT5S"'),
    ("a misspelt key", "timout: PT5S", "timeout: PT5S"),
    ("a misspelt key with its namespace", "demo:timout: PT5S", "demo:timeout: PT5S"),
    ("a misspelt key in quotes", "'timout' : PT5S", "'timeout' : PT5S"),
    ("a misspelt key, asked for", "? timout\n  : PT5S", "? timeout\n  : PT5S"),
    ("the case of a word", "sku: {tier: standard, name: a}", "sku: {tier: Standard, name: a}"),
    ("the case of a tag", "tags:\n    Owner: a  # ours\n    b: c", "tags:\n    owner: a  # ours\n    b: c"),
    ("beside an anchor", "timeout: &t pt5s\n  tags: {Owner: a}", "timeout: &t pt5s\n  tags: {owner: a}"),
]


@pytest.mark.parametrize(("before", "wanted"), [row[1:] for row in FIXES], ids=[row[0] for row in FIXES])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_put_right(tmp_path: Path, before: str, wanted: str, newline: str) -> None:
    frame = "# at the top\nconfig:\n  # before\n  @@\n\n  other: [1,   2]   # odd, and kept\n"
    before, wanted = (frame.replace("@@", text).replace("\n", newline) for text in (before, wanted))
    assert after(tmp_path, before) == wanted


LEFT = [
    ("a value with an anchor", "timeout: &t pt5s"),
    ("an alias", "other: &t pt5s\n  timeout: *t"),
    ("inside something with an anchor", "tags: &t {Owner: a}"),
    ("inside what is merged", "other: &t {tier: standard}\n  sku: {<<: *t, name: x}"),
    ("a block", "timeout: |-\n    pt5s"),
    ("a text over two lines", 'timeout: "pt5s\n    "'),
    ("a tag of YAML", "timeout: !!str pt5s"),
    ("JSON in a text", 'sku: \'{"tier": "standard"}\''),
    ("a key whose other name is there", "timeout: PT5S\n  timout: PT6S"),
    ("a key in an old spelling", "demo:config:timout: PT5S"),
    ("a tag that would be there twice", "tags: {Owner: a, owner: b}"),
    ("a tag that is there twice to Azure", "tags: {Owner: a, OWNER: b}"),
    ("a duration in doubt", "timeout: 30s"),
    ("a month", "timeout: P1M"),
]


@pytest.mark.parametrize("text", [row[1] for row in LEFT], ids=[row[0] for row in LEFT])
def test_what_is_left_to_people(tmp_path: Path, text: str) -> None:
    stack = f"config:\n  {text}\n"
    project(tmp_path, stack)
    assert any(finding.rule == "config-schema" for finding in lint_project(tmp_path))
    assert after(tmp_path, stack) == stack


COMMENT = st.sampled_from(("", "  # why", " # x: y", "   #"))
BLANK = st.sampled_from(("", "\n", "# on its own: pt5s\n", "\n\n"))
QUOTE = st.sampled_from(("{}", "'{}'", '"{}"'))
INDENT = st.integers(1, 6)
ENTRIES = (("timout", "PT5S"), ("timeout", "pt5s"), ("other", "kept"), ("demo:other", "pt5s"))


@given(st.data())
def test_nothing_else_changes_whatever_is_around(data: st.DataObject) -> None:
    indent = " " * data.draw(INDENT)
    lines, position, path = ["config:\n"], (0, 0), ("config", "")
    for key, value in data.draw(st.permutations(ENTRIES)):
        if key == "timout" and "timeout: " in "".join(lines):
            continue
        lines.append(data.draw(BLANK))
        written_key, written_value = data.draw(QUOTE).format(key), data.draw(QUOTE).format(value)
        number = "".join(lines).count("\n") + 1
        gap = " " * data.draw(st.integers(1, 3))
        lines.append(f"{indent}{written_key}:{gap}{written_value}{data.draw(COMMENT)}\n")
        if value == "pt5s":
            position, path = (number, len(indent) + len(written_key) + 2 + len(gap)), ("config", key)
    text = data.draw(st.sampled_from(("", "\ufeff"))) + "".join(lines)
    finding = found(position, Fix(path, False, "PT5S"))
    changed = apply(text, finding)
    assert changed is not None
    assert len(changed) == len(text)
    assert [one for one, other in zip(text, changed, strict=True) if one != other] == list("pts")
    assert parse_yaml(changed).value["config"][path[1]] == "PT5S"


def found(position: tuple[int, int], fix: Fix) -> LintFinding:
    return LintFinding(Path("f.yaml"), *position, "config-schema", (), "", fix=fix)


SCALARS = st.text(alphabet="ab:#,{}[]&*!|>'\"% -?@`~01.", max_size=6)


@given(SCALARS, SCALARS, QUOTE, st.sampled_from(("a: {}\nb: 1\n", "a: [1, {}]\n", "- {}\n- x\n", "{}: 1\n")))
def test_a_fix_gives_the_value_that_was_meant_or_nothing(old: str, new: str, quote: str, frame: str) -> None:
    text = frame.replace("{}", quote.replace("{}", old))
    try:
        before = parse_yaml(text)
    except UsageError:
        return
    for path, position in {**before.values, **before.keys}.items():
        at_key = path in before.keys and before.keys[path] == position
        changed = apply(text, found(position, Fix(path, at_key, new)))
        if changed is not None:
            result = parse_yaml(changed)
            assert written(result.value, path, at_key, new)
            assert len(result.values) == len(before.values)


def written(value: object, path: KeyPath, at_key: bool, new: str) -> bool:
    *outer, last = path
    for part in outer:
        value = value[part]  # type: ignore[index]
    return new in value if at_key else value[last] == new  # type: ignore[operator,index]


def test_a_fix_that_does_not_fit_does_nothing() -> None:
    text = "a: b\n"
    assert apply(text, found((1, 4), Fix(("x", "y"), False, "c"))) is None
    assert apply(text, found((9, 9), Fix(("a",), False, "c"))) is None
    assert apply(text, found((1, 1), Fix(("x",), True, "c"))) is None
    assert apply("a: [\n", found((1, 1), Fix(("a",), True, "c"))) is None
    assert apply(text, LintFinding(Path("f"), 1, 4, "r", (), "")) is None


def test_a_file_that_has_changed_is_not_replaced(tmp_path: Path) -> None:
    file = project(tmp_path, "config:\n  timeout: pt5s\n")
    (change,) = fixed(lint_project(tmp_path))
    file.write_text("config:\n  timeout: pt6s\n")
    with pytest.raises(UsageError, match="has changed since it was read"):
        change.write()
    assert file.read_text() == "config:\n  timeout: pt6s\n"


def test_a_link_stays_one_and_modes_stay(tmp_path: Path) -> None:
    target = tmp_path / "real.txt"
    file = project(tmp_path, "config:\n  timeout: pt5s\n")
    file.rename(target)
    target.chmod(0o640)
    file.symlink_to(target)
    (change,) = fixed(lint_project(tmp_path))
    change.write()
    assert file.is_symlink()
    assert target.read_text() == "config:\n  timeout: PT5S\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_file_that_is_no_utf_8_is_left_alone(tmp_path: Path) -> None:
    file = project(tmp_path, "")
    file.write_bytes("config:\n  timeout: pt5s\n".encode("utf-16"))
    findings = lint_project(tmp_path)
    assert any(finding.fix for finding in findings)
    assert fixed(findings) == []


def test_a_diff_shows_no_secret() -> None:
    before = "a: pt5s\nb:\n  secure: v1:abcdef\n"
    change = FixedFile(Path("f.yaml"), before, before.replace("pt5s", "PT5S"), ())
    assert change.diff() == (
        "--- f.yaml (as it is)\n+++ f.yaml (fixed)\n@@ -1,3 +1,3 @@\n-a: pt5s\n+a: PT5S\n b:\n"
        "   [line not shown, for it may hold a secret]\n"
    )


def test_a_value_that_has_to_be_a_secret_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(
        tmp_path,
        "config:\n  timeout: pt5s\n  key: plain-1\n  more: {timout: PT5S, key: plain-2}\n  long:\n    plain-3\n",
    )
    secret = {"type": "string", "x-poolgate-secret": "required"}
    inner = {"properties": {"key": secret, "timeout": {}}, "additionalProperties": False}
    schema = {"properties": {**SCHEMA["properties"], "demo:key": secret, "demo:long": secret, "demo:more": inner}}
    (tmp_path / "schemas" / "demo.schema.json").write_text(json.dumps(schema))
    for arguments in (["--diff"], ["--format", "text"], ["--format", "json"], ["--fix"]):
        cli.run(["lint", str(tmp_path), *arguments])
        said = capsys.readouterr()
        assert "plain-" not in said.out + said.err
    assert "plain-1" in (tmp_path / "Pulumi.dev.yaml").read_text()


STACK = """\
# ours
config:
  timeout: pt5s   # short
  sku: {teir: standard, name: Standard_DS3_v2, size: Standard_DS3_v2, family: f, capacity: 2}
  demo:tags:
    Owner: "a"    # who
    environment: prod
"""


def test_lint_fix_and_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = project(tmp_path, STACK)
    before = lint_project(tmp_path)

    assert cli.run(["lint", str(tmp_path), "--diff"]) == 1
    shown = capsys.readouterr()
    assert {"-  timeout: pt5s   # short", "+  timeout: PT5S   # short"} <= set(shown.out.splitlines())
    assert "3:12: demo:timeout: would be changed to 'PT5S'" in shown.err
    assert file.read_text() == STACK

    assert cli.run(["lint", str(tmp_path), "--fix"]) == 0
    # The key first; that its value is in the wrong case shows only then.
    wanted = STACK.replace("pt5s", "PT5S").replace("teir: standard", "tier: Standard").replace("Owner", "owner")
    assert file.read_text() == wanted
    assert "no findings" in capsys.readouterr().out
    assert len(lint_project(tmp_path)) < len(before)

    assert cli.run(["lint", str(tmp_path), "--diff"]) == 0
    assert capsys.readouterr().out == ""


FAULTS = {
    "timout: PT5S": {"timeout": "PT5S"},
    "timeout: ' pt90s'": {"timeout": "PT90S"},
    "timeout: soon": {},
    "timeout: &t pt5s": {},
    "otehr: [1, {a: b}]  # x": {"other": [1, {"a": "b"}]},
    "sku: {tier: STANDARD, name: small}": {"sku": {"tier": "Standard", "name": "small"}},
    "sku: {tier: Standrd, size: Standard_DS3_v2}": {},
    "tags:\n    # whose\n    OWNER: a\n    b: 1": {"tags": {"owner": "a", "b": 1}},
    "tags: {Owner: a, OWNER: b}": {},
    "colour: red": {},
}
"""Faults, and what becomes of each under `--fix`; nothing where it is left to people."""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(FAULTS)), max_size=6, unique_by=lambda fault: fault.partition(":")[0]))
def test_after_a_fix_there_are_fewer_findings_and_the_value_differs_only_where_it_was_meant(faults: list[str]) -> None:
    keys = [fault.partition(":")[0] for fault in faults]
    assume(not {"timout", "timeout"} <= set(keys))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = project(folder, "config:\n" + "".join(f"  {fault}\n" for fault in faults))
        before, value = lint_project(folder), parse_yaml(file.read_text()).value["config"] or {}
        fix_all([folder], DEFAULT, lambda _: None)
        after = lint_project(folder)
        wanted = {}
        for fault, key in zip(faults, keys, strict=True):
            wanted |= FAULTS[fault] or {key: value[key]}
        assert (parse_yaml(file.read_text()).value["config"] or {}) == wanted
        assert len(after) < len(before) or not any(FAULTS[fault] for fault in faults)
        assert not fixed(after)
        assert "  # x" in file.read_text() or not any("  # x" in fault for fault in faults)


def test_what_cannot_be_put_right_is_still_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = project(tmp_path, "config:\n  timout: soon\n")
    assert cli.run(["lint", str(tmp_path), "--fix"]) == 1
    assert file.read_text() == "config:\n  timeout: soon\n"
    assert "found 'soon'" in capsys.readouterr().out


def test_a_policy_config_is_put_right_too(tmp_path: Path) -> None:
    (tmp_path / "poolgate.yaml").write_text("policyConfig: policy.json\n")
    text = '{\n\t"all": "Advisory",\n\t"capacity-bounded": {"maximun": 3}\n}\n'
    (tmp_path / "policy.json").write_text(text)
    assert cli.run(["lint", str(tmp_path), "--fix"]) == 0
    wanted = text.replace("Advisory", "advisory").replace("maximun", "maximum")
    assert (tmp_path / "policy.json").read_text() == wanted
