"""The stand-in and the draft that the documentation adds for a platform, as they stand there, do their work."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path

import pytest

from poolgate import standin
from poolgate.init import platform_parts
from poolgate.init.schema_draft import draft
from poolgate.lint.project import load_project
from poolgate.sources.program import run_program
from poolgate.standin import clouds

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-platform.md").read_text()
PROGRAM = """
import pulumi

outputs = {"name": None}
pools = [{"name": "blue", "count": "3"}, {"name": "green", "machine": "m2"}]
pulumi.CustomResource("acme:serving/fleet:Fleet", "chat", {**outputs, "region": "here", "pools": pools})
pulumi.CustomResource("acme:serving/fleet:Fleet", "late", {**outputs, "pools": [{"name": "a", "count": 100}]})
"""


def blocks(language: str, word: str) -> str:
    """The block of the page that has a word in it."""
    found = re.findall(rf"^ *```{language}\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    return textwrap.dedent(next(block for block in found if word in block))


def test_the_stand_in_of_the_page_fills_in_and_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clouds" / "acme").mkdir(parents=True)
    (tmp_path / "clouds" / "acme" / "__init__.py").write_text(blocks("python", "(Bridged)"))
    (tmp_path / "__main__.py").write_text(PROGRAM)
    monkeypatch.setattr(standin, "__path__", [*standin.__path__, str(tmp_path / "clouds")])
    monkeypatch.delitem(sys.modules, "poolgate.standin.acme", raising=False)
    monkeypatch.setattr(clouds, "ALL", clouds.found())
    ran = run_program(
        tmp_path,
        project="shop",
        stack="dev",
        config={},
        secret_keys=(),
        python=Path(sys.executable),
        program=tmp_path,
        timeout=60,
        after_check_failure="continue",
    )
    inputs = {resource.name: resource.inputs for resource in ran.resources}
    assert re.fullmatch(r"chat-[0-9a-f]{7}", inputs["chat"].pop("name"))
    assert inputs["chat"] == {
        "region": "here",
        "pools": [
            {"name": "blue", "machine": "m1", "count": 3, "__defaults": ["machine"]},
            {"name": "green", "machine": "m2", "__defaults": []},
        ],
        "__defaults": ["name"],
    }
    (late,) = (resource for resource in ran.resources if resource.name == "late")
    assert [failure.reason for failure in late.check_failures] == [
        'Missing required argument. The argument "region" is required, but no definition was found.. '
        "Examine values at 'late.region'.",
        "expected pool.0.count to be in the range (0 - 99), got 100. Examine values at 'late.pools[0].count'.",
    ]


def test_the_draft_of_the_page_has_parts_for_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = json.loads(blocks("json", "$defs"))
    known = json.loads(blocks("json", '"words"'))
    added = platform_parts.Platform(known["parts"], tuple(known["words"]), known["keys"])
    others, shared = platform_parts._platforms(), platform_parts._shared
    monkeypatch.setattr(platform_parts, "_platforms", lambda: (*others, added))
    monkeypatch.setattr(platform_parts, "_shared", lambda name: parts if name == added.parts else shared(name))
    platform_parts._registry.cache_clear()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("import pulumi_acme\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:pools:\n    - {machine: m1, count: 3}\n")
    try:
        properties = draft(load_project(tmp_path))["properties"]["shop:pools"]["items"]["properties"]
    finally:
        platform_parts._registry.cache_clear()
    at = "acme-fleet.schema.json#/$defs/"
    assert properties == {"machine": {"$ref": at + "machine"}, "count": {"$ref": at + "count"}}
