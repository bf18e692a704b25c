"""Writes what is generated and committed; `--check` says what is out of date, and fails."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coverage_page
import judged_page
import same_page
import yaml

from inference_pools import own_checks, policy_config
from inference_pools.rule import COMMON, Rule
from inference_pools.rules import ALL
from poolgate.lint import editor_schema
from poolgate.lint.project import find_projects

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from tools.soak import page as soak_page  # noqa: E402

from closed import table as closed  # noqa: E402
from faults import table as faults  # noqa: E402

SAME_THING = ROOT / "docs" / "same-thing.md"
FIXTURES = ROOT / "tests" / "rules"
HARNESS_KEYS = ("expect", "also")
"""Keys of a fixture that speak to the tests, not to a reader."""


def main() -> int:
    """Writes, or compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is out of date")
    check = parser.parse_args().check
    stale = [path for path, text in generated().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{'out of date: ' if check else 'wrote '}{path.relative_to(ROOT)}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(generated()[path], "utf-8")
    return 1 if check and stale else 0


def generated() -> dict[Path, str]:
    """Every generated file and its text."""
    return {
        ROOT / "docs" / "rules.md": "\n".join(_rules_page()) + "\n",
        ROOT / "docs" / "coverage.md": "\n".join(coverage_page.page()) + "\n",
        ROOT / "docs" / "judged.md": "\n".join(judged_page.page()) + "\n",
        faults.PAGE: soak_page.inserted(faults.page()),  # both are of the page of quality
        closed.PAGE: closed.page(),
        SAME_THING: "\n".join(same_page.page(SAME_THING)) + "\n",
        ROOT / "schemas" / "policy-config.schema.json": json.dumps(policy_config.schema(ALL), indent=2) + "\n",
        **_editor_schemas(),
    }


def _editor_schemas() -> dict[Path, str]:
    """What editors check the samples' stack files with."""
    return {
        ROOT / editor_schema.file_of(folder.name): editor_schema.as_text(editor_schema.schema_for_editors(folder))
        for folder in find_projects(ROOT / "stacks")
    }


def _rules_page() -> Iterator[str]:
    yield "# The rules"
    yield ""
    yield "<!-- Generated from the rules and their fixtures by `make docs`. -->"
    yield ""
    yield "| rule | what it asks | severity | enforcement |"
    yield "|---|---|---|---|"
    for rule in ALL:
        yield f"| [{rule.id}](#{rule.id}) | {rule.title} | {rule.severity} | {rule.enforcement} |"
    yield ""
    yield "Every rule has these options besides its own; [policy-config.md](policy-config.md) shows them at work:"
    yield ""
    yield "| option | default | meaning |"
    yield "|---|---|---|"
    for name, option in COMMON.items():
        yield f"| `{name}` | `{json.dumps(option.json_default)}` | {option.doc} |"
    for rule in ALL:
        yield ""
        yield from _rule(rule)
    yield ""
    yield from _own_checks()


def _own_checks() -> Iterator[str]:
    yield "## Poolgate's own checks"
    yield ""
    yield "What poolgate reports besides: no rules, so no policy config sets their levels. `explain`, `--select`,"
    yield "`--ignore` and waivers know them by these ids."
    yield ""
    yield "| check | what it asks | why | a waiver covers it | `--ignore` leaves it out |"
    yield "|---|---|---|---|---|"
    for check in own_checks.ALL:
        waivable = "it never fails" if check.only_warns and not check.is_waivable else _yes(check.is_waivable)
        yield f"| `{check.id}` | {check.title} | {check.why} | {waivable} | {_yes(not check.blinds)} |"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _rule(rule: Rule[Any]) -> Iterator[str]:
    yield f"## {rule.id}"
    yield ""
    over = {
        "stack": " Judges a whole stack.",
        "waivers": " Judges the waivers, after all else. Of the options of every rule it has `mandatory_from` only.",
        "project": " Compares the stacks of a project; `check` and `audit` only.",
    }
    scope = over.get(rule.scope, "")
    if rule.platforms:
        scope += f" For {', '.join(rule.platforms)} only."
    yield f"**{rule.title}.** Severity {rule.severity}, {rule.enforcement}, since {rule.since}.{scope}"
    yield ""
    yield rule.why
    yield ""
    remediated = " Where that is certain, the level `remediate` and `poolgate check --fix` do it." if rule.fix else ""
    yield f"Fix: {rule.remedy_for(rule.with_options({}))}{remediated}"
    yield ""
    if set(rule.options) - set(COMMON):
        yield "| option | default | meaning |"
        yield "|---|---|---|"
    for name, option in rule.options.items():
        if name in COMMON:
            continue
        default = json.dumps(option.json_default)
        yield f"| `{name}` | `{default}` | {option.doc} |"
    yield ""
    sources = [
        f"<{source}>" if len(rule.sources) == 1 else f"<{source}> ({platform})"
        for platform, source in rule.sources.items()
    ]
    controls = f" Controls, by analogy: {', '.join(rule.controls)}." if rule.controls else ""
    yield f"Source: {', '.join(sources)}{controls}"
    for title, folder in (("Right", "good"), ("Wrong", "bad")):
        yield ""
        yield f"{title}:"
        yield ""
        yield "```yaml"
        yield from _example(rule, folder)
        yield "```"
    for expected in yaml.safe_load(_stripped(_first(rule, "bad")))["expect"]:
        yield ""
        yield f"> {expected['path'] or 'this resource'}: {expected['message']}"


def _first(rule: Rule[Any], folder: str) -> Path:
    return min((FIXTURES / rule.id / folder).glob("*.yaml"))


def _example(rule: Rule[Any], folder: str) -> Iterator[str]:
    """The fixture as it is written, without what only the tests read."""
    inside = True
    for line in _first(rule, folder).read_text("utf-8").rstrip("\n").splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            inside = line.split(":")[0] not in HARNESS_KEYS
        if inside and not line.startswith("- "):
            yield line


def _stripped(path: Path) -> str:
    """The fixture's text without its tags, which only the tests resolve."""
    return path.read_text("utf-8").replace("!unknown", "").replace("!secret", "")


if __name__ == "__main__":
    sys.exit(main())
