"""What `poolgate init` says at its end: which rules block, and what there is for them to judge.

Nothing of the repository is run for it. What a YAML program makes stands in its file; of others the text is read, and
that is an estimate: a line in a loop makes many resources, and what a package makes is not in the text at all.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from inference_pools import platforms
from inference_pools.finding import Enforcement
from inference_pools.not_judged import calls_of, in_words, kind_not_judged, kinds_in, made_in
from inference_pools.view import may_be_judged, platform_of
from poolgate.explain import of_platforms
from poolgate.files import UnreadError, is_file, read_bytes
from poolgate.lint.project import PROJECT_FILES, Project, walk
from poolgate.rule_set import RuleSet

WIDTH: Final = 100
LARGEST: Final = 1_000_000
"""Bytes of a source file; a larger one was not written by hand."""
MOST_FILES: Final = 2_000
"""Source files that are read of a project."""
_SOURCES: Final = frozenset((".py", ".ts", ".js", ".mts", ".cts", ".mjs", ".cjs", ".go", ".cs", ".fs", ".vb", ".java"))

_TELLS: Final = "`poolgate check`, or `poolgate preview` for what is not in Python, tells"


def told(projects: Sequence[Project], rules: RuleSet) -> Iterator[str]:
    """The lines. Where all is on one vendor's cloud, they tell of the rules that judge anything there."""
    yield from _levels(of_platforms(rules, sorted(one_cloud(projects))))
    yield from _wrapped(_found(projects))
    if left := [kind for project in projects for kind in kinds_not_judged(project)]:
        what = _number(len(left), "place makes a resource that serves", "places make resources that serve")
        yield from _wrapped(
            f"{what} models and that no rule judges: {in_words(left)}. Reports count them; failOnNotJudged in "
            "poolgate.yaml makes a run fail for them."
        )


def _levels(rules: RuleSet) -> Iterator[str]:
    """Which rules block, how many only warn, and what becomes of those that are yet to come."""
    levels = [(setting.rule.id, setting.enforcement) for setting in rules.settings]
    blocking = [id_ for id_, level in levels if level in (Enforcement.MANDATORY, Enforcement.REMEDIATE)]
    warning = sum(level is Enforcement.ADVISORY for _, level in levels)
    off = len(levels) - len(blocking) - warning
    yield from _wrapped(f"{_number(len(blocking), 'rule blocks', 'rules block')}: {', '.join(blocking)}.")
    yield from _wrapped(
        f"{warning} only warn, {off} {'is' if off == 1 else 'are'} off. `poolgate rules` lists them with their levels, "
        "`poolgate explain RULE` says why one is there; ruleSet in poolgate.yaml keeps out rules that come later."
    )


def _found(projects: Sequence[Project]) -> str:
    """How much there is to judge, as far as it can be told from what is written."""
    counts = {project.name: resources_in(project) for project in projects}
    where = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    total = sum(counts.values())
    if not total:
        programs = "text of the program" if len(projects) == 1 else f"text of the {len(projects)} programs"
        return (
            f"Nothing that the rules judge was found in the {programs}, which was read and not run. "
            f"{_TELLS} what it makes, and exits 4 where that is nothing that a rule judges."
        )
    what = _number(total, "place makes", "places make")
    return (
        f"{what} a resource that the rules judge ({where}). That is an estimate from the "
        f"programs' text, of which nothing was run; {_TELLS} what each stack makes of it."
    )


def resources_in(project: Project) -> int:
    """How many resources a YAML program has that the rules judge; of another how many places make one, as it seems."""
    if project.runtime == "yaml":
        return sum(map(may_be_judged, types_in_yaml(project)))
    return sum(len(made_in(text, _calls())) for text in source_texts(project.directory))


def one_cloud(projects: Sequence[Project]) -> frozenset[str]:
    """The platforms of the vendor on whose cloud all is that programs make; none where it is on several or on none."""
    vendors = {
        platform.facts.vendor
        for platform in platforms.known()
        if any(_makes(project, platform.name) for project in projects)
    }
    return frozenset(one.name for one in platforms.known() if {one.facts.vendor} == vendors)


def _makes(project: Project, platform: str) -> bool:
    """Whether a program makes anything of a platform, as it seems."""
    if project.runtime == "yaml":
        return platform in map(platform_of, types_in_yaml(project))
    return any(made_in(text, _calls(platform)) for text in source_texts(project.directory))


@cache
def _calls(only: str = "") -> Mapping[str, re.Pattern[str]]:
    """How a program makes a resource that the rules judge, of any platform or of one."""
    names: dict[tuple[str, str], set[str]] = {}
    for platform in platforms.known():
        if only not in ("", platform.name):
            continue
        judged = {kind.name for kind in platform.kinds if kind.is_judged} | platform.other_names
        for module in platform.modules:
            names.setdefault(module, set()).update(judged)
    return calls_of(names)


def kinds_not_judged(project: Project) -> list[str]:
    """The kinds of what a project makes that serves models and that no rule judges, one for each place."""
    if project.runtime == "yaml":
        return [kind for type_ in types_in_yaml(project) if (kind := kind_not_judged(type_))]
    return [kind for text in source_texts(project.directory) for kind in kinds_in(text)]


def types_in_yaml(project: Project) -> list[str]:
    """The types of the resources of a YAML program."""
    value = project.document.value
    resources = value.get("resources") if isinstance(value, dict) else None
    entries = resources.values() if isinstance(resources, dict) else ()
    types = [entry.get("type") for entry in entries if isinstance(entry, dict)]
    return [type_ for type_ in types if isinstance(type_, str)]


def source_texts(root: Path) -> Iterator[str]:
    """The source files of a project, without those of projects and policy packs within it."""
    number = 0
    others: list[Path] = []
    for folder, files in walk(root):
        if folder != root and any(is_file(folder / name) for name in (*PROJECT_FILES, "PulumiPolicy.yaml")):
            others.append(folder)
        if any(folder.is_relative_to(other) for other in others):
            continue
        for name in sorted(files):
            if Path(name).suffix not in _SOURCES or number == MOST_FILES:
                continue
            number += 1
            try:
                yield read_bytes(folder / name, LARGEST).decode("utf-8", errors="replace")
            except UnreadError:
                continue


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
