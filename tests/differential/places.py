"""The places where a configuration is judged, and what each says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from gate.fixture_stacks import STACK
from inference_pools.finding import Enforcement
from inference_pools.own_checks import BLINDING
from inference_pools.policy_config import LEVEL_KEY, Setting
from inference_pools.rules import ALL
from inference_pools.values import Json
from poolgate.audit.run import audit
from poolgate.check import check
from poolgate.findings import Origin, Tally
from poolgate.lint.run import LintOptions
from poolgate.rule_set import RuleSet
from poolgate.sandbox.event_log import read_events
from poolgate.sandbox.workspace import Completed, PreviewRun, Sandbox
from poolgate.sources.preview import default_pack, preview, read_preview
from rules.fixture_files import TODAY

LIMIT: Final = 300.0
CHECK: Final = "check"
PREVIEW: Final = "preview"
UP: Final = "up"
ANALYZE: Final = "policy analyze"
AUDIT: Final = "audit"
PLACES: Final = (CHECK, PREVIEW, UP, ANALYZE, AUDIT)
_AT_THE_END: Final = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_DEBUG_COMMANDS": "true"}
"""Has the engine write the state once, and not after every resource, and an event log."""
_DAY: Final = {"POOLGATE_AS_OF": str(TODAY)}
_SHOWN: Final = 4000
"""Characters of what the engine says last, where it fails."""


_RULES: Final = frozenset(rule.id for rule in ALL)


class Said(NamedTuple):
    """One thing that a rule says of a resource."""

    outcome: str
    path: str
    message: str
    level: str


Judged: TypeAlias = dict[tuple[str, str], frozenset[Said]]
"""What is said, by resource and rule; empty for a clean judgement. What is not in it was not judged."""


@dataclass(frozen=True)
class Round:
    """What every place says of a stack, and how many of its resources were written in which form."""

    judged: Mapping[str, Judged]
    forms: Mapping[str, int]


def judge_everywhere(project: Path, settings: Sequence[Setting], folder: Path) -> Round:
    """What all places say of a project's one stack. What the engine writes for it is left in `folder`."""
    rules, only = RuleSet(tuple(settings), None), LintOptions(stacks=frozenset({STACK}))
    in_process = check([project], settings, timeout=LIMIT, today=TODAY, lint_options=only, trace_config=False)
    before = preview(
        project, STACK, rules, pack=None, timeout=LIMIT, read_fixtures=None, variables=_DAY, trace_config=False
    )
    ended = [each.message for tally in (in_process, before) for each in tally.findings if each.rule in BLINDING]
    assert not ended, "\n".join(ended)
    state = folder / "state.json"
    in_update, in_analysis = _deployed(project, rules, folder, state)
    after = audit([str(state)], settings, today=TODAY, keep_passes=True)
    judged = (in_process, before, in_update, in_analysis, after)
    outputs = json.loads(state.read_text("utf-8"))["deployment"]["resources"][0]["outputs"]
    return Round(dict(zip(PLACES, map(_judged, judged), strict=True)), outputs["forms"])


def _deployed(project: Path, rules: RuleSet, folder: Path, state: Path) -> tuple[Tally, Tally]:
    """What an update finds, in which no rule may stop it, and `policy analyze` thereafter in the state."""
    config = rules.preview_config()
    lenient = {rule: {key: _lenient(key, value) for key, value in own.items()} for rule, own in config.items()}
    with Sandbox(test_only_allow_apply=True) as sandbox:
        there, log = sandbox.add_project(project, stacks=[STACK]), folder / "events.jsonl"
        pack = f"--policy-pack={sandbox.add_pack(default_pack(folder))}"
        run = partial(sandbox.run, cwd=there, timeout=LIMIT, env={**_AT_THE_END, **_DAY})
        up = ["pulumi", "up", "--yes", "--skip-preview", f"--stack={STACK}", f"--event-log={log}", pack]
        _done(run([*up, _config(folder / "lenient.json", lenient)]), 0)
        _done(run(["pulumi", "stack", "export", f"--stack={STACK}", f"--file={state}"]), 0)
        analyze = ["pulumi", "policy", "analyze", "--json", f"--file={state}", pack]
        told = _done(run([*analyze, _config(folder / "config.json", config)]), 0, 1)
    return _tally(log.read_text("utf-8"), project), _tally(told, project)


def _lenient(key: str, value: Json) -> Json:
    """A rule's level, or an option that is one for some of its findings, so that nothing blocks."""
    is_level = key == LEVEL_KEY or value == Enforcement.MANDATORY
    return Enforcement.ADVISORY if is_level and value != Enforcement.DISABLED else value


def _config(file: Path, config: Json) -> str:
    file.write_text(json.dumps(config), encoding="utf-8")
    return f"--policy-pack-config={file}"


def _done(done: Completed, *codes: int) -> str:
    assert done.returncode in codes, done.stdout[-_SHOWN:] + done.stderr[-_SHOWN:]
    return done.stdout


def _tally(events: str, project: Path) -> Tally:
    return read_preview(PreviewRun(0, read_events(events), "", ""), project, project.name, STACK)


def _judged(tally: Tally) -> Judged:
    found: dict[tuple[str, str], set[Said]] = {}
    for subject, rules in tally.passes:
        for rule in _RULES.intersection(rules):
            found.setdefault((subject.urn, rule), set())
    for finding in tally.findings:
        if finding.origin is not Origin.CONFIG and finding.rule in _RULES:
            said = Said(str(finding.outcome), finding.path, finding.message, str(finding.enforcement))
            found.setdefault((finding.subject.urn, finding.rule), set()).add(said)
    return {key: frozenset(said) for key, said in found.items()}
