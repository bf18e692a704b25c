"""The page that says which rule judges which kind of resource says what the rules do."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from inference_pools import platforms
from inference_pools.finding import Outcome
from inference_pools.policy_config import default_settings
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.runner import judge
from inference_pools.view import view
from rules.fixture_files import TODAY, fixtures

TOOLS = Path(__file__).parents[2] / "tools"


def marked() -> set[tuple[str, str, str]]:
    """Platform, kind with its shape, and rule of each mark on the page."""
    sys.path.insert(0, str(TOOLS))
    try:
        import judged_page
    finally:
        sys.path.remove(str(TOOLS))
    found = set()
    platform, kinds = "", [""]
    for line in judged_page.page():
        if named := re.fullmatch(r"`([\w-]+)` in options\.", line):
            platform = named[1]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "rule":
            kinds = cells[1:-1]
        elif rule := re.fullmatch(r"`([\w-]+)`", cells[0]):
            found |= {(platform, kind, rule[1]) for kind, mark in zip(kinds, cells[1:-1], strict=True) if mark}
    return found


def test_what_judges_is_marked_and_nothing_that_does_not() -> None:
    page = marked()
    settings = [setting for setting in default_settings(ALL) if setting.rule.scope is Scope.RESOURCE]
    judging = set()
    for fixture in fixtures():
        for resource in fixture.resources:
            subject = view(resource)
            if subject is None or not subject.kind.is_judged:
                continue
            for verdict in judge(settings, resource, today=TODAY):
                if verdict.outcome is not Outcome.NOT_APPLICABLE:
                    judging.add((subject.platform.name, subject.layout.title, verdict.rule))

    assert judging <= page
    # Of what the page marks, some kind's list may be empty in every example; no rule is marked that never judges.
    assert {(platform, rule) for platform, _, rule in page} == {(platform, rule) for platform, _, rule in judging}
    assert {platform for platform, _, _ in page} == {platform.name for platform in platforms.ALL}
