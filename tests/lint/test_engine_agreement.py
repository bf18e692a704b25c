"""The effective configuration is the engine's own, for files of every kind; the engine is asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from poolgate.lint.project import load_project
from poolgate.lint.yaml_reader import YamlError
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
