"""A history of ten audits in which happens what happens to a fleet."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from history.records import FIRST, record, stack
from poolgate.history.record import Found, Record, StackMet
from poolgate.owner import Whose

AUDITS: Final = 10
DAYS: Final = range(AUDITS)
RULES: Final = {
    "capacity-bounded": "a",
    "tags-required": "b",
    "request-timeout-bounded": "c",
    "location-allowed": "d",
    "model-version-pinned": "e",
    "managed-identity-required": "f",
}
MORE: Final = {**RULES, "no-plaintext-secret": "g", "location-allowed": "d, milder"}
"""By these the audits judge from the eighth on."""
MORE_FROM: Final = 7
ATTACK: Final = "<img src=x onerror=alert(1)>"
LAST_DAY: Final = (FIRST + timedelta(days=AUDITS - 1)).date()

_PLATFORMS: Final = {
    "azure-pools": "azure-native:machinelearningservices:InferencePool",
    "sagemaker": "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
}
_SEVERITIES: Final = {
    "no-plaintext-secret": "critical",
    "tags-required": "medium",
    "model-version-pinned": "medium",
    "managed-identity-required": "low",
}
_ADVISORY: Final = ("managed-identity-required", "model-version-pinned")


class Of(NamedTuple):
    """Whose a project is, and where it runs."""

    platform: str
    owner: str
    team: str
    cost_center: str


PROJECTS: Final = {
    "ranking": Of("azure-pools", "ranking-serving@contoso.com", "search", "4711"),
    "shop": Of("sagemaker", "shop-ml@contoso.com", "commerce", "4820"),
    "chat": Of("azure-pools", "assistants@contoso.com", "assistants", "4711"),
    "fraud": Of("sagemaker", "risk-models@contoso.com", "risk", "5100"),
    "vision": Of("azure-pools", "", "", ""),
}
STACKS: Final = (
    *("ranking/dev", "ranking/test", "ranking/prod", "shop/dev", "shop/prod", "chat/dev", "chat/test", "chat/prod"),
    *("fraud/prod-eu", "fraud/prod-us", "vision/dev", "vision/prod"),
)
VANISHED: Final = "vision/dev"
UNREADABLE: Final = "chat/test"
READ_AGAIN: Final = "fraud/prod-eu"
_AWAY: Final = {VANISHED: range(6, AUDITS), UNREADABLE: range(4, AUDITS), READ_AGAIN: range(2, 4)}

MENDED: Final = "ranking/test|ranker-canary"
RETURNED: Final = "ranking/prod|ranker"


class _There(NamedTuple):
    """A finding, on which days it is there, on which of them it is waived, and until when."""

    where: str
    name: str
    rule: str
    path: str
    message: str
    days: Collection[int] = DAYS
    waived: Collection[int] = ()
    until: date = LAST_DAY + timedelta(days=120)
    ticket: str = "OPS-714"
    exception: str = ""


_CAPACITY: Final = ("capacity-bounded", "sku.capacity", "is 80, the limit is 50")
_TAGS: Final = ("tags-required", "tags", "lacks owner, environment, costcenter")
_TIMEOUT: Final = (
    "request-timeout-bounded",
    "inferenceEndpointProperties.requestConfiguration.requestTimeout",
    "waits 30 minutes, the limit is 5 minutes",
)
_PLACE: Final = ("location-allowed", "location", "is eastus, expected one of westeurope, swedencentral")
_MODEL: Final = ("model-version-pinned", "modelConfiguration.modelId", "follows the label latest of model 7")
_IDENTITY: Final = ("managed-identity-required", "identity.type", "is None, expected SystemAssigned or UserAssigned")
_SECRET: Final = ("no-plaintext-secret", "environment.variables.HUB_TOKEN", "looks like an access key")

_REASONS: Final = {
    "OPS-714": "The lab moves to the shared pool in January; until then it stays as large as it is.",
    "OPS-699": "Sale of the season: twice the load until it is over.",
    "OPS-731": f"Tags come with the template of the platform team {ATTACK}",
}

_SOON: Final = LAST_DAY + timedelta(days=9)
_THERE: Final = (
    _There("ranking/prod", "ranker", *_CAPACITY, days={0, 1, 2, 3, 9}),
    _There("ranking/prod", "ranker", *_MODEL),
    _There("ranking/prod", "ranker-eu", *_TAGS, days=range(7)),
    _There("ranking/test", "ranker-canary", *_TIMEOUT, days=range(9)),
    _There("ranking/test", "ranker-canary", *_IDENTITY, days=range(6)),
    _There("ranking/dev", "ranker-lab", *_TAGS, waived=DAYS, until=_SOON),
    _There("ranking/dev", "ranker-lab", *_CAPACITY, waived=DAYS, until=_SOON),
    _There("shop/prod", "basket", *_CAPACITY, waived=range(9), until=LAST_DAY - timedelta(days=1), ticket="OPS-699"),
    _There("shop/prod", "basket", *_TIMEOUT, days=range(4)),
    _There("shop/prod", "basket-spot", *_TIMEOUT, days=range(5)),
    _There("shop/prod", "similar-items", *_SECRET, days=range(MORE_FROM, AUDITS)),
    _There("shop/dev", "basket-lab", *_PLACE, days=range(MORE_FROM)),
    _There("shop/dev", "basket-lab", *_TAGS, days=range(2)),
    _There("chat/prod", "assistant", *_TIMEOUT, days=range(8)),
    _There("chat/prod", "assistant", *_TAGS, waived={9}, ticket="OPS-731", until=LAST_DAY + timedelta(days=61)),
    _There("chat/test", "assistant-canary", *_CAPACITY),
    _There("chat/test", "assistant-canary", *_TAGS),
    _There("chat/dev", "assistant-lab", *_IDENTITY),
    _There("fraud/prod-eu", "scorer", *_CAPACITY, days=range(6)),
    _There("fraud/prod-eu", "scorer", *_TIMEOUT),
    _There("fraud/prod-us", "scorer", *_TIMEOUT, days=range(5)),
    _There("fraud/prod-us", "scorer-old", *_TAGS, days=range(3, AUDITS), waived=DAYS, exception="legacy-scorer"),
    _There("fraud/prod-us", "scorer-batch", *_TAGS, days={9}),
    _There("fraud/prod-us", "scorer", *_MODEL, days={9}),
    _There("vision/dev", "labeller", *_TAGS),
    _There("vision/prod", "detector", *_TAGS),
    _There("vision/prod", ATTACK, *_PLACE[:2], f'is {ATTACK}</script><!--, expected "one" of \' & `x`', {8, 9}),
)


def fleet() -> list[Record]:
    """The ten audits."""
    return [_audit(day, _THERE) for day in DAYS]


def large_fleet(findings: int, *, audits: int = AUDITS) -> list[Record]:
    """So many audits of so many findings, some of which come and go."""
    chance = random.Random(7)
    said = (_CAPACITY, _TAGS, _TIMEOUT, _MODEL, _IDENTITY)
    there = []
    for number in range(findings):
        kind = chance.random()
        first = chance.randrange(audits) if kind < 0.3 else 0
        last = chance.randrange(audits) if kind > 0.8 else audits
        where = chance.choice(STACKS)
        there.append(
            _There(where, f"pool-{number}", *chance.choice(said), range(first, last), DAYS if 0.4 < kind < 0.5 else ())
        )
    return [_audit(day, there) for day in range(audits)]


def _audit(day: int, there: Collection[_There]) -> Record:
    return record(
        day,
        *(_found(one, waived=day in one.waived) for one in there if day in one.days and day not in _away(one.where)),
        stacks=_met(day),
        rules=RULES if day < MORE_FROM else MORE,
        sources=["s3://contoso-states"],
    )


def _away(name: str) -> range:
    return _AWAY.get(name, range(0))


def _met(day: int) -> Iterator[StackMet]:
    for name in STACKS:
        if day not in _away(name):
            yield stack(name)
        elif name != VANISHED:
            yield stack(name, "not read")


def _found(one: _There, *, waived: bool) -> Found:
    project, _, own = one.where.partition("/")
    of = PROJECTS[project]
    type_ = _PLATFORMS[of.platform]
    agreed = waived and not one.exception
    return Found(
        fingerprint=f"{one.rule}|{one.where}|{one.name}|{one.path}:1",
        rule=one.rule,
        severity=_SEVERITIES.get(one.rule, "high"),
        enforcement="advisory" if one.rule in _ADVISORY else "mandatory",
        outcome="waived" if waived else "violated",
        message=one.message,
        path=one.path,
        project=project,
        stack=own,
        urn=f"urn:pulumi:{own}::{project}::{type_}::{one.name}",
        type=type_,
        name=one.name,
        platform=of.platform,
        compares=False,
        waiver_owner=of.owner if agreed else "",
        waiver_ticket=one.ticket if agreed else "",
        waiver_expires=one.until.isoformat() if agreed else "",
        waiver_reason=_REASONS[one.ticket] if agreed else "",
        waiver_created=FIRST.date().isoformat() if agreed else "",
        waiver_approved_by="governance@contoso.com" if agreed else "",
        exception=one.exception if waived else "",
        exception_reason="Switched off in March, and nobody deploys it any more." if waived and one.exception else "",
        whose=Whose(of.owner, of.team, of.cost_center, "prod" if own.startswith("prod") else ""),
    )
