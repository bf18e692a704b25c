"""Makes what audits leave, from the few things a test is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from poolgate.history.record import Audit, Found, Record, StackMet
from poolgate.owner import NOBODY, Whose

FIRST = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
RULES = {"capacity-bounded": "a", "tags-required": "b", "production-capacity-leads": "c"}
POOL = "azure-native:machinelearningservices:InferencePool"


def audit(
    number: int, rules: Mapping[str, str] = RULES, sources: Iterable[str] = ("exports",), **changes: Any
) -> Audit:
    """The audit of so many days after the first."""
    started = FIRST + timedelta(days=number)
    return Audit(
        **{
            "id": f"{number:016x}",
            "started": started,
            "day": started.date(),
            "version": "2026.12.0",
            "policy_config": "",
            "sources": tuple(sources),
            "rules": dict(rules),
            **changes,
        }
    )


def stack(name: str, standing: str = "read", whose: Whose = NOBODY) -> StackMet:
    """A stack that was met, by its name as `project/stack`."""
    project, _, own = name.partition("/")
    return StackMet(project, own, standing, "", f"{own}.json", "", whose, NOBODY)


def found(
    rule: str = "capacity-bounded",
    where: str = "ranking/prod",
    name: str = "ranker",
    *,
    path: str = "sku.capacity",
    outcome: str = "violated",
    **changes: Any,
) -> Found:
    """A finding on a pool. Rule, stack, name, path and `n` tell it from others."""
    project, _, own = where.partition("/")
    covered = ("owner", "ticket", "expires", "reason", "created", "approved_by")
    nothing = dict.fromkeys([*(f"waiver_{part}" for part in covered), "exception", "exception_reason"], "")
    changes = {"whose": NOBODY, "compares": False, "enforcement": "mandatory", **nothing, **changes}
    return Found(
        fingerprint=f"{rule}|{where}|{name}|{path}:1",
        rule=rule,
        severity="high",
        outcome=outcome,
        message="is 80, the limit is 50",
        path=path,
        project=project,
        stack=own,
        urn=f"urn:pulumi:{own}::{project}::{POOL}::{name}",
        type=POOL,
        name=name,
        platform="azure-pools",
        **changes,
    )


def record(number: int, *findings: Found, stacks: Iterable[StackMet | str] = ("ranking/prod",), **terms: Any) -> Record:
    """What one audit leaves."""
    met = tuple(stack(one) if isinstance(one, str) else one for one in stacks)
    return Record(audit(number, **terms), met, findings)
