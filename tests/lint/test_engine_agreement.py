"""The effective configuration is the engine's own, for files of every kind; the engine is asked."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from poolgate.lint.document import YamlError
from poolgate.lint.project import load_project
from poolgate.lint.yaml_reader import parse_yaml
from poolgate.sandbox.engine import require_engine

PLAIN = """
yes on NO True tRue TRUE null Null ~ = << 012 08 09.5 00 0777 0_8 0o17 0O17 -0o17 0x1F -0x1F +0x10 0x 0xG 0x_1F
0x8000000000000000 0xFFFFFFFFFFFFFFFFF 0b11 -0b11 +0b11 0b2 1_000 _1000 1__0 1_ 1_000.5 1e_3 1e3 1E3 1e+3 12e03 100e-2
1.50 1.0 0.1e1 -0.0 -0 0.0 1e6 1e20 1e21 1e-7 0.000001 1e999 .5e999 1e-999 5e-324 1.7976931348623157e308 .5 5. -.5 +.5
+.5e3 .e3 ._5 .5_0 .5_ .5__0 -- +5 1.2.3 1,000 10:30 123456789.5 9007199254740993 9007199254740993.0
9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 123456789012345678901234567890
-9223372036854775808 -9223372036854775809 2026-01-02 2026-1-2 2026-02-30 2026-01-02T03:04:05Z 2026-01-02T03:04:05
2026-01-02t03:04:05.1230+02:00 2026-01-02T3:4:5Z 2026-01-02T24:00:00Z 2026-01-02T03:04:05+00:00
2026-01-02T03:04:05-07:30 2026-01-02T03:04:05,5Z
""".split()
WITH_SPACES = [
    "2026-01-02 03:04:05",
    "2026-01-02 03:04:05.5",
    "2026-01-02 03:04:05Z",
    "!!str 12",
    '!!int "12"',
    "!!float 12",
    "!!float 0x10",
    "!!binary aGVsbG8=",
    "!local 12",
    "! 12",
    "!!str",
    '!!timestamp "2026-01-02"',
    '"yes"',
    "'012'",
    '"\\u00e9<>&\\u2028\\t\\b\\x01\\x7f"',
    "a # comment",
    "a#c",
    "",
]
VALUES = [*PLAIN, *WITH_SPACES]
LINES = [
    "\na",
    "\n\na",
    "a\n",
    "a\n\n",
    "\n",
    "\n\n",
    " \na",
    "\n a",
    "\n#x",
    "\n- a",
    "\na\n",
    "\n\ta",
    "a\n\tb",
    "\ta",
    "\n\n\n",
]

FILES = {
    "top level": "config:\n" + "".join(f"  demo:k{n}: {value}\n" for n, value in enumerate(VALUES)),
    "nested": "config:\n  o:\n"
    + "".join(f"    k{n}: {value}\n" for n, value in enumerate(VALUES) if value != "<<")
    + "    1: i\n    true: b\n    1.50: f\n    ~: n\n    2026-01-02: d\n    yes: s\n    012: o\n    1e3: e\n",
    "listed": "config:\n  l:\n" + "".join(f"    - {value}\n" for value in VALUES),
    "keys": "config:\n  plain: 5\n  demo:config:old: 7\n  aws:config:region: x\n  other:k: 1\n",
    "anchors": "config:\n  a: &a {x: 1, y: [1,2]}\n  b: *a\n  c: {<<: *a, x: 2, z: 3}\n"
    "  d: {x: 9, <<: [*a, {q: 1, x: 5}]}\n  e: {<<: {k: 1}}\n",
    "blocks": "config:\n  a: |\n    x\n    y\n  b: >-\n    x\n    y\n  c: 'it''s'\n  d: \"a\\\n    b\"\n"
    "  e: {? x, y: }\n",
    "tags": "config:\n  a: !!set {a, b}\n  b: !!seq [1]\n  c: !x {a: 1}\n",
    "windows": "config:\r\n  a: 1\r\n  b: |\r\n    x\r\n    y\r\n",
    "two documents": "config: {a: 1}\n---\nconfig: {a: 2}\n",
    "end of document": "config: {a: 1}\n...\nfoo: [\n",
    "no configuration": "config:\n",
    "not only secure": "config:\n  a: {secure: x, more: y}\n  b: {secure: 5}\n",
    "lines in texts": "config:\n"
    + "".join(
        f"  t{n}: {text}\n  o{n}: {{x: {text}}}\n  l{n}: [{text}]\n"
        for n, text in enumerate(json.dumps(text) for text in LINES)
    ),
    "tab before lines": 'config:\n  a: {x: "\\ta\\nb"}\n',
    "tab before lines at the top": 'config:\n  a: "\\ta\\nb"\n',
    "same key by value": "config:\n  a:\n    0x10: x\n    16: y\n",
    "other keys": "foo: bar\nconfig: {a: b}\n",
    "same key twice": "config:\n  a: 1\n  a: 2\n",
    "same inner key twice": "config:\n  a: {1: x, '1': y}\n",
    "two merges": "config:\n  a: {<<: {x: 1}, <<: {y: 1}}\n",
    "infinity": "config:\n  a: .inf\n",
    "nothing of a number": "config:\n  a: {x: .nan}\n",
    "tab": "config:\n\t a: 1\n",
    "number as a key": "config:\n  1: a\n",
    "number as a key at the top": "1: x\nconfig: {}\n",
    "three colons": "config:\n  a:b:c: 1\n",
    "a list for a configuration": "config: [1]\n",
    "a text for a configuration": "config: text\n",
    "alias in itself": "config:\n  a: &x [*x]\n",
    "unknown alias": "config:\n  a: *nope\n",
    "list as a key": "config:\n  a: {? [1] : y}\n",
    "merge of a number": "config:\n  a: {<<: 5}\n",
    "wrong tag": "config:\n  a: !!int yes\n",
    "no base64": "config:\n  a: !!binary '###'\n",
    "control character": 'config:\n  a: "\x07"\n',
    "open list": "config:\n  a: [1,2\n",
    "reserved character": "config:\n  a: @x\n",
}


DECLARED = """
config:
  size: {type: integer, default: 2}
  overridden: {type: string, default: no}
  zones: {type: array, items: {type: string}, default: [a, "<b>"]}
  short: text
  flag: {type: boolean, default: true}
  azure-native:location: westeurope
  aws:region: {value: eu-west-1}
"""


class Engine:
    """The engine on a project of its own, with a backend in a folder and no cloud."""

    def __init__(self, folder: Path) -> None:
        self._command = require_engine().path
        self.folder = folder
        self.declare("")
        (folder / "backend").mkdir()
        self.run("stack", "init", "dev")
        self._header = (folder / "Pulumi.dev.yaml").read_text()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "TZ": "UTC",
        }
        return subprocess.run(
            [self._command, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def declare(self, text: str) -> None:
        (self.folder / "Pulumi.yaml").write_text(f"name: demo\nruntime: python\n{text}")

    def configure(self, text: str) -> None:
        (self.folder / "Pulumi.dev.yaml").write_bytes((self._header + text).encode())

    def config(self) -> dict[str, str] | None:
        """The configuration as the engine sees it; None when it refuses the file."""
        result = self.run("config", "--json", "--stack", "dev")
        if result.returncode:
            assert re.search(r"yaml|YAML|only string keys", result.stderr), result.stderr
            return None
        return {key: value["value"] for key, value in json.loads(result.stdout).items()}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(tmp_path_factory.mktemp("engine"))


@pytest.mark.engine
@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_the_engine_reads_the_same(engine: Engine, text: str) -> None:
    engine.declare("")
    engine.configure(text)
    try:
        ours = load_project(engine.folder).stacks["dev"].effective()
    except YamlError:
        ours = None
    assert ours == engine.config()


@pytest.mark.engine
def test_the_engine_applies_what_the_project_declares(engine: Engine) -> None:
    engine.declare(DECLARED)
    engine.configure("config:\n  overridden: 1.50\n")
    assert load_project(engine.folder).stacks["dev"].effective() == engine.config()


# ---------------------------------------------------------------------------------------------------------------
# Files at random: many values in each, for a run of the engine takes longer than reading them all
# ---------------------------------------------------------------------------------------------------------------

SEEDS = range(6)
VALUES_IN_A_FILE = 600
PIECES = [
    *"0 1 7 8 9 00 12 007 _ . + - e E x X o b B : T Z / , # ' true True null ~ no yes on off inf nan .5 1_0".split(),
    "2026-01-02",
    *"03:04:05 +02:00 < = a b F a-b é 日 % @x".split(),
    " ",
]
QUOTED = ['"{}"', "'{}'", "{}", "{}", "{}", "{}", "{} # why", "!!str {}", "|-\n{pad}  {}", ">-\n{pad}  {}\n{pad}  more"]


def _scalar(random_: random.Random, pad: str) -> str:
    if random_.random() < 0.4:
        text = random_.choice(VALUES)
    else:
        text = "".join(random_.choice(PIECES) for _ in range(random_.randint(1, 4))).strip()
    return random_.choice(QUOTED).replace("{pad}", pad).replace("{}", text)


def _nested(random_: random.Random, pad: str, depth: int) -> str:
    """A value in block style, from the end of its key's colon on."""
    kind = random_.random()
    if depth and kind < 0.3:
        keys = random_.sample(["a", "b", "yes", "1", "1.0", "true", "~", "0x10", "é", "a b", "012", "'1e3'"], 3)
        inner = "".join(f"\n{pad}{key}:{_nested(random_, pad + '  ', depth - 1)}" for key in keys)
        return f" &x{random_.randrange(10**9)}{inner}" if random_.random() < 0.1 else inner
    if depth and kind < 0.5:
        return "".join(f"\n{pad}- {_scalar(random_, pad + '  ')}" for _ in range(random_.randint(1, 3)))
    if kind < 0.6:
        items = ", ".join(random_.choice(["a", "1", "012", "~", "no", "'x, y'", "1.50", "[]"]) for _ in range(3))
        return random_.choice([f" [{items}]", f" {{a: [{items}], b: {{<<: {{c: 1, a: 2}}}}}}", " []", " {}"])
    return f" {_scalar(random_, pad)}"


def _entries(random_: random.Random) -> Iterator[str]:
    """Entries of a configuration, each on its own, readable or not."""
    number = 0
    while True:
        number += 1
        namespace = random_.choice(["", "demo:", "demo:config:", "aws:", "azure-native:"])
        yield f"  {namespace}k{number}:{_nested(random_, '    ', random_.choice((0, 0, 0, 2)))}\n"


def _ours(text: str) -> object:
    try:
        return parse_yaml(text).value
    except YamlError:
        return YamlError


def _file_at_random(random_: random.Random) -> tuple[str, list[str]]:
    """A file of what we can read, and the entries that we refuse."""
    text, refused, values = "config:\n", [], 0
    for entry in _entries(random_):
        if _ours(f"config:\n{entry}") is YamlError:
            refused.append(entry)
            continue
        text += entry
        values += max(1, entry.count("\n") - 1)
        if values >= VALUES_IN_A_FILE:
            return text, refused
    raise AssertionError


@pytest.mark.engine
@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_reads_files_at_random_the_same(engine: Engine, seed: int) -> None:
    text, _ = _file_at_random(random.Random(seed))
    engine.declare("")
    engine.configure(text)
    ours, theirs = load_project(engine.folder).stacks["dev"].effective(), engine.config()
    assert theirs is not None, text
    wrong = {
        key: (ours.get(key), theirs.get(key)) for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)
    }
    assert not wrong


@pytest.mark.engine
@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_refuses_what_we_refuse(engine: Engine, seed: int) -> None:
    _, refused = _file_at_random(random.Random(seed))
    engine.declare("")
    for entry in random.Random(seed).sample(refused, 3):
        engine.configure(f"config:\n{entry}")
        assert engine.config() is None, entry


@pytest.mark.engine
def test_the_engine_reads_plain_files_the_same(engine: Engine) -> None:
    """The samples, and every line end and form that `plain_yaml` has a case of its own for."""
    lists = "".join(f"  l{n}:\n{'  ' * (n % 2)}  - a: {n}\n{'  ' * (n % 2)}    b: [x, 'y', {n}]\n" for n in range(20))
    plain = (
        f"---\nconfig:\n  # why\n{lists}  e: []\n  o: {{}}\n  n: -0.0\n  f: 1.50\n  g: true # so\n  u: a:b/c@d\n  z:\n"
    )
    assert parse_yaml(plain).plain is not None
    engine.declare("")
    engine.configure(plain.removeprefix("---\n"))
    assert load_project(engine.folder).stacks["dev"].effective() == engine.config()
    (engine.folder / "Pulumi.dev.yaml").write_text(plain)
    assert load_project(engine.folder).stacks["dev"].effective() == engine.config()


@pytest.mark.engine
def test_the_engine_asks_its_cloud_for_environments(engine: Engine) -> None:
    """Without one it refuses: only its source can tell how values of environments and of the file are merged."""
    engine.declare("")
    engine.configure("environment:\n  - contoso/ml-prod\nconfig:\n  a: 1\n")
    assert load_project(engine.folder).stacks["dev"].imports_environments
    result = engine.run("config", "--json", "--stack", "dev")
    assert result.returncode != 0
    assert "environments" in result.stderr
