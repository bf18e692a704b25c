"""Wrong configurations of the samples, made by machine: the program runs, and the rules say what the tables predict."""

from __future__ import annotations

import itertools
import os
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from inference_pools.finding import Outcome
from inference_pools.path import format_path
from inference_pools.policy_config import default_settings
from inference_pools.previous import NOTHING_KNOWN
from inference_pools.recall import Judge
from inference_pools.rules import ALL
from library.test_runner import TODAY
from mutants.samples import AZURE_ONLINE, SAGEMAKER, VERTEX, Mutant, Said, mutants
from poolgate.check import _judge_run
from poolgate.findings import Origin, Subject, Tally
from poolgate.lint.project import load_project
from poolgate.sources.stack_program import StackProgram
from poolgate.together import judge_stacks

STACKS: Final = Path(__file__).resolve().parents[2] / "stacks"
SETTINGS: Final = default_settings(ALL)
SAMPLES: Final = {"sagemaker": SAGEMAKER, "azure-online": AZURE_ONLINE, "vertex": VERTEX}
COUNTS: Final = {"sagemaker": 83, "azure-online": 65, "vertex": 68}
EVERY: Final = 1 if os.environ.get("POOLGATE_ALL_MUTANTS") else 11
"""Every how manieth mutant is judged: each is a run of a program. `make soak` has them all."""


@cache
def program(sample: str) -> StackProgram:
    return StackProgram.of(load_project(STACKS / sample), "prod", 60.0)


@cache
def made(sample: str) -> list[Mutant]:
    return list(mutants(SAMPLES[sample], program(sample)._config(), sample))


def said(sample: str, mutant: Mutant) -> set[Said]:
    """All that is said of the program with this configuration, but for what waits for values of the stack's own."""
    run = program(sample).run(mutant.config)
    tally = Tally()
    stack = Subject(urn="", type="", name="", project=sample, stack="prod")
    gathered = _judge_run(tally, run, program(sample).project, stack, Judge(SETTINGS, TODAY), NOTHING_KNOWN)
    judge_stacks(tally, gathered, SETTINGS, Origin.PROGRAM, TODAY)
    return {
        (finding.rule, finding.outcome, finding.subject.name, format_path(finding.keys))
        for finding in tally.findings
        if finding.outcome is not Outcome.UNKNOWN
    }


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_samples_themselves_are_clean(sample: str) -> None:
    assert said(sample, Mutant("as it is", program(sample)._config(), frozenset())) == set()


@pytest.mark.parametrize("sample", SAMPLES)
def test_mutants_of_samples(sample: str) -> None:
    wrong = []
    for mutant in itertools.islice(made(sample), 0, None, EVERY):
        found = said(sample, mutant)
        if found != mutant.expected:
            wrong.append(
                f"{mutant.name}\n  predicted, not said: {sorted(mutant.expected - found)}\n"
                f"  said, not predicted: {sorted(found - mutant.expected)}"
            )
    assert not wrong, "\n".join(wrong)
    assert len(made(sample)) == COUNTS[sample]
