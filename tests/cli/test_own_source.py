"""A team's own rules as their source tells them; nothing of it is run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from poolgate import own_source
from poolgate.own_source import Sketch, Sketches, read

HEAD = "raise SystemExit('was run')\nfrom inference_pools.rule import rule, stack_rule\n"
ONE = "@rule(Capacity, id='a-one')\ndef one(capacity, options): '''Why.'''\n"


def sketched(tmp_path: Path, text: str, **beside: str) -> Sketches:
    for name, content in beside.items():
        (tmp_path / f"{name}.py").write_text(content)
    file = tmp_path / "own.py"
    file.write_text(text)
    return read([file])


def test_what_is_told(tmp_path: Path) -> None:
    text = HEAD + (
        "@stack_rule(\n    id='shop-x', title='T', severity=Severity.HIGH, enforcement=Enforcement.MANDATORY,\n"
        "    remedy='R {of}', since='1', source='https://example.com')\n"
        "def x(stack, options):\n    '''Why\n    it is.'''\n\nRULES = [x]\n"
    )
    (found,) = sketched(tmp_path, text).rules
    assert found == Sketch(
        "shop-x", str(tmp_path / "own.py"), 3, "stack", "T", "high", "mandatory", "R {of}", "1",
        "https://example.com", "Why\nit is.", waivable=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "given", "remedy"),
    [
        ("{'of': Option(3, 'D.')}", {}, "Take 3 {of} them."),
        ("{'of': Option(3, 'D.')}", {"of": 4}, "Take 4 {of} them."),
        ("{'of': Option(('a', 'b'), 'D.')}", {}, "Take a, b {of} them."),
        ("{'of': Option(timedelta(1), 'D.')}", {}, "Take <of> {of} them."),
        ("{**SHARED}", {}, "Take <of> {of} them."),
        ("options()", {}, "Take <of> {of} them."),
    ],
)
def test_a_remedy_has_its_options_as_far_as_they_are_known(
    options: str, given: dict[str, object], remedy: str, tmp_path: Path
) -> None:
    rule = f"@rule(C, id='a-one', remedy='Take {{of}} {{{{of}}}} them.', options={options})\ndef one(): pass\n"
    (found,) = sketched(tmp_path, HEAD + rule + "RULES = [one]\n").rules
    assert found.remedy_with(given) == remedy


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("RULES = []\n", ()),
        ("RULES: list = []\n", ()),
        (ONE + "RULES = [one]\n", ("a-one",)),
        (ONE + "RULES = (one,)\n", ("a-one",)),
        ("P = 'shop'\n@rule(C, id=P + '-a')\ndef a(): pass\n@rule(C, id=f'{P}-b')\ndef b(): pass\nRULES=[b, a]\n",
         ("shop-b", "shop-a")),
        ("def a(): '''Why.'''\nRULES = [rule(C, id='a-a')(a), rule(C, id='a-b')(lambda c, o: ())]\n", ("a-a", "a-b")),
        ("A = rule(C, id='a-a')(f)\nSOME = [A]\nRULES = [*SOME] + SOME\n", ("a-a",)),
        ("import inference_pools.rule as r\n@r.project_rule(id='a-p')\ndef a(): pass\nRULES = [a]\n", ("a-p",)),
        ("from inference_pools.rule import rule as make\n@make(C, id='a-m')\ndef a(): pass\nRULES = [a]\n", ("a-m",)),
        ("from beside import two, SOME\nfrom inference_pools.rules import ALL\nRULES = [two, *SOME]\n",
         ("b-two", "b-three")),
        ("from beside import SOME as RULES\n", ("b-three",)),
        ("try:\n    import x\nexcept ImportError:\n    pass\n" + ONE + "RULES = [one]\n", ("a-one",)),
        (f"from {'n' * 300} import x\n" + ONE + "RULES = [one]\n", ("a-one",)),
        ("RULES = [one]\n" + ONE + "\ndef not_a_rule(rule): rule(id='no')\n", ("a-one",)),
    ],
)  # fmt: skip
def test_the_rules_that_stand_there_plainly(text: str, ids: tuple[str, ...], tmp_path: Path) -> None:
    beside = "@rule(C, id='b-two')\ndef two(): pass\n@rule(C, id='b-three')\ndef three(): pass\nSOME = [three]\n"
    found = sketched(tmp_path, HEAD + text, beside=HEAD + beside)
    assert (found.ids, found.is_complete) == (ids, True)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("def (:\n", ()),
        ("", ()),
        (ONE, ("a-one",)),
        (ONE + "RULES = [one]\nRULES += more()\n", ("a-one",)),
        (ONE + "RULES = [one]\nRULES.append(two)\n", ("a-one",)),
        (ONE + "RULES = [one] if x else []\n", ("a-one",)),
        (ONE + "if x:\n    RULES = [one]\n", ("a-one",)),
        (ONE + "RULES = [one, other]\n", ("a-one",)),
        ("RULES = [make(n) for n in names]\ndef make(n):\n    return rule(C, id=n)(f)\n", ()),
        ("import beside\nRULES = beside.SOME\n", ("b-two",)),
        ("from beside import *\n", ("b-two",)),
        ("from beside import broken\nRULES = [broken]\n", ("b-two",)),
        ("RULES = RULES\n", ()),
        ("A = B\nB = A\nRULES = [A]\n", ()),
        ("\0", ()),
        ("x = " + "(" * 400 + ")" * 400 + "\n", ()),
        ("x = " + "-" * 5_000 + "1\n" + ONE + "RULES = [one]\n", ()),
    ],
)
def test_where_there_may_be_others_that_is_told(text: str, ids: tuple[str, ...], tmp_path: Path) -> None:
    found = sketched(tmp_path, HEAD + text, beside=HEAD + "@rule(C, id='b-two')\ndef two(): pass\n")
    assert (found.ids, found.is_complete) == (ids, False)


def test_what_adds_itself_up_without_end_is_given_up(tmp_path: Path) -> None:
    doubled = "".join(f"A{n} = A{n + 1} + A{n + 1}\n" for n in range(40)) + "A40 = [one]\nRULES = A0\n"
    assert sketched(tmp_path, HEAD + ONE + doubled) == Sketches(read([tmp_path / "own.py"]).rules, is_complete=False)
    names = "".join(f"A{n} = A{n + 1} + A{n + 1}\n" for n in range(40)) + "A40 = 'a'\n"
    assert not sketched(tmp_path, HEAD + names + "@rule(C, id=A0)\ndef one(): pass\nRULES = [one]\n").is_complete


def test_a_file_that_is_none_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "own.py")
    (tmp_path / "large.py").write_text("#" * (own_source.MOST_BYTES + 1))
    for name in ("own.py", "large.py", "none.py"):
        assert read([tmp_path / name]) == Sketches((), is_complete=False)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("RULES = []\n", ""),
        (ONE + "RULES = [one]\n", "1 rule of poolgate.yaml was not run; --rules own.py runs it"),
        (ONE + ONE.replace("one", "two") + "RULES = [one, two]\n",
         "2 rules of poolgate.yaml were not run; --rules own.py runs them"),
        (ONE, "1 rule, or more, of poolgate.yaml were not run; --rules own.py runs them"),
        ("def (:\n", "rules of poolgate.yaml were not run; --rules own.py runs them"),
    ],
)  # fmt: skip
def test_the_note(text: str, note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert sketched(tmp_path, HEAD + text).note([Path("own.py")]) == note


def test_a_warning_of_the_compiler_is_not_shown(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    assert sketched(tmp_path, "A = '\\d'\nRULES = []\n").is_complete
    assert not recwarn.list
    assert ast  # what reads them
