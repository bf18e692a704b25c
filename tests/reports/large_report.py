"""A report as an audit of a large fleet makes it: every rule of the library, hundreds of stacks, dozens of owners."""

from __future__ import annotations

import random
from datetime import date
from typing import Final

from inference_pools.finding import Enforcement, Outcome, Target, Waiver
from inference_pools.path import parse_path
from inference_pools.rules import ALL
from poolgate.findings import Finding, Location, Origin, Subject, Tally, subject_of
from poolgate.report import Known, Report
from poolgate.report.catalogue import abouts

_TYPE: Final = "azure-native:machinelearningservices:InferencePool"
_AREAS: Final = ("ranking", "search", "chat", "vision", "speech", "fraud", "pricing", "support", "maps", "ads")
_TEAMS: Final = tuple(f"{area}-{role}" for area in _AREAS for role in ("platform", "serving", "research"))
_STACKS: Final = ("dev", "test", "prod-eu", "prod-us")
_POOL: Final = "inferencePoolProperties"
_SAID: Final = (
    ("capacity-bounded", "sku.capacity", "is {number}, the limit is 50"),
    ("request-timeout-bounded", f"{_POOL}.requestConfiguration.requestTimeout", "waits {number} s, the limit is 5 min"),
    ("tags-required", "tags", "lacks owner, environment, costcenter"),
    ("location-allowed", "location", "is eastus, expected one of westeurope, northeurope, swedencentral"),
    ("model-version-pinned", f"{_POOL}.modelConfiguration.modelId", "follows the label latest of model {number}"),
    ("monthly-cost-bounded", "", "costs {number} USD a month, the limit is 10,000 USD"),
    ("sku-tier-allowed", "sku.tier", "is Premium, expected Standard"),
    ("managed-identity-required", "identity.type", "is None, expected SystemAssigned or UserAssigned"),
    ("request-concurrency-bounded", f"{_POOL}.requestConfiguration.maxConcurrentRequestsPerInstance", "is {number}"),
    ("placeholder-replaced", f"{_POOL}.modelConfiguration.modelId", "still holds {{subscription_id}}"),
    ("name-wellformed", "name", "is Pool_{number}, and only small letters, digits and hyphens are allowed"),
    ("preview-api-noted", "", "is made by a preview of the API"),
    ("no-plaintext-secret", f"{_POOL}.environmentConfiguration.variables[{{number}}]", "looks like an access key"),
)
"""What some rules say, the most frequent first; the rest of the library says little."""
_WAIVER: Final = Waiver(
    rule="*",
    target=Target(stack="*/dev"),
    reason="moves to the new cost centre in January",
    owner="ml-platform",
    ticket="OPS-714",
    created=date(2026, 11, 1),
    expires=date(2027, 1, 31),
    approved_by="finance",
)
_OUTCOMES: Final = (Outcome.VIOLATED,) * 15 + (Outcome.UNKNOWN,) * 3 + (Outcome.WAIVED, Outcome.UNREADABLE)


def large_report(findings: int, *, seed: int = 7) -> Report:
    """A report with so many findings; the same number and seed give the same one."""
    chance = random.Random(seed)
    subjects = [_subject(number, chance) for number in range(max(1, findings // 8))]
    tally = Tally(
        stacks=len({(subject.project, subject.stack) for subject in subjects}),
        resources=len(subjects) * 9,
        pools=len(subjects),
    )
    for number in range(findings):
        tally.add_finding(_finding(number, chance, subjects))
    tally.outcomes[Outcome.CLEAN] = findings * 11
    return Report(
        command="audit",
        tally=tally,
        started="2026-12-01T08:00:00+00:00",
        duration=12.5,
        version="2026.12.0",
        policy_config_digest=None,
        rules=tuple(ALL),
        known=Known(218, 12),
    )


def _subject(number: int, chance: random.Random) -> Subject:
    area = _AREAS[number % len(_AREAS)]
    project, stack = f"{area}-{number // 40 % 20:02}", chance.choice(_STACKS)
    name = f"{area}-pool-{number}"
    owner = "" if chance.random() < 0.15 else _TEAMS[int(len(_TEAMS) * chance.random() ** 2)]
    whose = (owner, owner.partition("-")[0], str(4700 + number % 7), stack.partition("-")[0])
    return subject_of(f"urn:pulumi:{stack}::{project}::{_TYPE}::{name}", _TYPE, name, *whose)


def _finding(number: int, chance: random.Random, subjects: list[Subject]) -> Finding:
    subject, outcome = subjects[number % len(subjects)], chance.choice(_OUTCOMES)
    if chance.random() < 0.85:
        name, path, message = _SAID[int(len(_SAID) * chance.random() ** 1.7)]
    else:
        # By one draw, however many rules there are, so that all else is the same when one is added.
        name, path, message = ALL[int(len(ALL) * chance.random())].id, "", "is not what the rule asks for"
    about = abouts()[name]
    made = Finding(
        rule=name,
        severity=about.severity,
        enforcement=Enforcement.ADVISORY if outcome is Outcome.UNKNOWN else about.enforcement,
        outcome=outcome,
        message="not known yet" if outcome is Outcome.UNKNOWN else message.format(number=number),
        remedy=about.remedy,
        subject=subject,
        keys=parse_path(path.format(number=number % 30)),
        origin=Origin.STATE,
        waiver=_WAIVER if outcome is Outcome.WAIVED else None,
    )
    if outcome is Outcome.UNKNOWN:
        store = f"urn:pulumi:{subject.stack}::{subject.project}::azure-native:storage:StorageAccount::models"
        return made._replace(from_resources=(store,))
    if number % 3:
        return made
    file = f"stacks/{subject.project}/Pulumi.{subject.stack}.yaml"
    program = Location(f"stacks/{subject.project}/__main__.py", 35)
    return made._replace(location=Location(file, number % 90 + 1, 18), related=(program,))
