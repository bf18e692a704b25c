"""What is near to a word, in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import inference_pools
import poolgate
from inference_pools.near_words import closest, did_you_mean, nearest


def test_nothing_else_looks_for_near_words() -> None:
    """Two places that measured by themselves would ask different questions of one slip."""
    looking = {
        file.name
        for package in (inference_pools, poolgate)
        for file in Path(package.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if getattr(node, "attr", getattr(node, "name", None)) in ("get_close_matches", "SequenceMatcher")
    }
    assert looking == {"near_words.py"}


def test_the_nearest() -> None:
    assert nearest("grp-caht", ["grp-chat", "grp-cat-and-dog"]) == "grp-chat"
    assert nearest("grp-caht", ["grp-chat"], cutoff=0.9) is None
    assert nearest("grp-2", ["grp-1"]) == "grp-1"
    assert nearest("grp-2", ["grp-1"], same_numbers=True) is None
    assert nearest("gpr-2", ["grp-1", "grp-2"], same_numbers=True) == "grp-2"


def test_questions() -> None:
    assert did_you_mean("Standrd", ["Free", "Standard"]) == "; did you mean Standard?"
    assert closest("Standrd", ["Free", "Standard"]) == "; did you mean 'Standard'?"
    assert did_you_mean("x", ["Free", "Standard"]) == closest("x", ["Free", "Standard"]) == ""
