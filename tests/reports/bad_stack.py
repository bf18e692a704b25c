"""One bad stack, with a finding of every outcome, as every format is to show it.

`python tests/reports/bad_stack.py` writes the expected reports anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from inference_pools.finding import Enforcement, Exemption, Outcome, Severity, Target, Waiver
from inference_pools.path import parse_path
from inference_pools.rule import Rule
from inference_pools.rules import ALL
from poolgate.findings import Finding, Location, Origin, Subject, Tally
from poolgate.report import Report, html, render

EXPECTED = Path(__file__).parent / "expected"
SUFFIXES = {
    "text": "txt",
    "json": "json",
    "sarif": "sarif",
    "sarif-full": "full.sarif",
    "junit": "xml",
    "github": "github.txt",
    "azure": "azure.txt",
    "markdown": "md",
    "csv": "csv",
}

POOL = Subject(
    urn="urn:pulumi:dev::shop::azure-native:machinelearningservices:InferencePool::chat",
    type="azure-native:machinelearningservices:InferencePool",
    name="chat",
    project="shop",
    stack="dev",
)
STACK = Subject(urn="", type="", name="", project="shop", stack="dev")
PROGRAM = Location("__main__.py", 3)
WAIVER = Waiver(
    rule="pool-tags",
    target=Target(urn="*::chat"),
    reason="moves to the new cost centre",
    owner="ml-platform",
    ticket="OPS-7",
    created=date(2026, 11, 1),
    expires=date(2027, 1, 31),
    approved_by="finance",
)
EXEMPTION = Exemption("EXC-1", "agreed in the platform round")


def _rule(id_: str, title: str, severity: Severity, enforcement: Enforcement = Enforcement.MANDATORY) -> Rule[Any]:
    """A rule that no one else has, so that the expected reports are not those of the library's texts."""
    return replace(
        ALL[0],
        id=id_,
        title=title,
        why=f"{title}, or somebody is called at night.",
        remedy=f"See to it that {title.lower()}.",
        severity=severity,
        enforcement=enforcement,
        source=f"https://example.com/{id_}",
        controls=("MCSB AM-2",),
    )


RULES = (
    _rule("pool-capacity", "Capacity is affordable", Severity.HIGH),
    _rule("pool-description", "Pools are described", Severity.LOW, Enforcement.ADVISORY),
    _rule("pool-tags", "Tags are complete", Severity.MEDIUM),
)
"""Some of those that ran; of the others a report knows what a finding says."""

FILES = {
    "Pulumi.yaml": "name: shop\nruntime: python\n",
    "Pulumi.dev.yaml": "config:\n  shop:capacity: 999\n  shop:region: westeurope\n",
    "__main__.py": "import pulumi_azure_native as azure\n\npool = azure.machinelearningservices.InferencePool(\n",
}


def finding(
    rule: str = "pool-capacity",
    message: str = "is 999, the limit is 50",
    path: str = "sku.capacity",
    outcome: Outcome = Outcome.VIOLATED,
    *,
    severity: Severity = Severity.HIGH,
    enforcement: Enforcement = Enforcement.MANDATORY,
    subject: Subject = POOL,
    location: Location | None = PROGRAM,
    remedy: str = "",
    related: tuple[Location, ...] = (),
    waiver: Waiver | None = None,
    exemption: Exemption | None = None,
) -> Finding:
    """A finding of the bad stack's pool, unless it is told otherwise."""
    return Finding(
        rule=rule,
        severity=severity,
        enforcement=enforcement,
        outcome=outcome,
        message=message,
        remedy=remedy,
        subject=subject,
        keys=parse_path(path),
        origin=Origin.PROGRAM,
        location=location,
        related=related,
        waiver=waiver,
        exemption=exemption,
        from_resources=("urn:pulumi:dev::shop::store::models",) if outcome is Outcome.UNKNOWN else (),
    )


FINDINGS = (
    finding(
        remedy="Set sku.capacity to a number from 1 to 50.",
        location=Location("Pulumi.dev.yaml", 2, 18),
        related=(PROGRAM,),
    ),
    finding(
        "pool-description",
        "is empty",
        "description",
        severity=Severity.LOW,
        enforcement=Enforcement.ADVISORY,
        remedy="Say what the pool is for.",
    ),
    finding(
        "pool-model",
        "not known yet",
        "modelId",
        Outcome.UNKNOWN,
        enforcement=Enforcement.ADVISORY,
    ),
    finding("pool-tags", "lacks costcenter", "tags", Outcome.WAIVED, severity=Severity.MEDIUM, waiver=WAIVER),
    finding("pool-tags", "lacks owner", "tags", Outcome.WAIVED, waiver=WAIVER, exemption=EXEMPTION),
    finding("pool-tags", "lacks team", "tags", Outcome.WAIVED, exemption=EXEMPTION),
    finding("pool-timeout", "is 5, expected a text", "requestTimeout", Outcome.UNREADABLE),
    finding(
        "pool-names",
        "the rule failed at pool_names.py:12: KeyError: 'name'",
        "",
        Outcome.BROKEN,
        subject=STACK,
        location=None,
    ),
)


def tally_of(findings: Sequence[Finding] = FINDINGS) -> Tally:
    """What a run over the stack saw."""
    tally = Tally(stacks=1, resources=2, pools=1, projects={"shop"})
    tally.judged = {"shop/dev"}
    tally.inputs = [("Pulumi.dev.yaml", "a" * 64)]
    for one in findings:
        tally.add_finding(one)
    tally.outcomes[Outcome.CLEAN] += 2
    tally.passed(POOL, ["pool-size", "pool-region"])
    return tally


def report_of(findings: Sequence[Finding] = FINDINGS, **others: object) -> Report:
    """The report of a run over the stack."""
    report = Report(
        command="check",
        tally=tally_of(findings),
        started="2026-12-01T08:00:00+00:00",
        duration=1.5,
        version="2026.12.0",
        policy_config_digest=None,
        rules=RULES,
    )
    return report.but(**others)


def write_files(folder: Path) -> None:
    """Makes the folder the repository in which the stack lies."""
    (folder / ".git").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder))
        os.chdir(folder)
        for format_, suffix in SUFFIXES.items():
            (EXPECTED / f"bad-stack.{suffix}").write_text(render(report_of(), format_), encoding="utf-8")
        # Of the page, what it is told: the rest of it is built from web.
        data = json.dumps(html.to_data(report_of()), indent=2) + "\n"
        (EXPECTED / "bad-stack.html.json").write_text(data, encoding="utf-8")
