"""The engine's autonaming options, from a stack's configuration."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from poolgate.errors import UsageError
from poolgate.standin.autonaming import SETTING, autonamer
from poolgate.standin.cloud import Autonaming

POOL = "azure-native:machinelearningservices:InferencePool"


def options(setting: Any, token: str = POOL, **config: str) -> Autonaming | None:
    values = {SETTING: json.dumps(setting), **config}
    return autonamer(values, organization="acme", project="proof", stack="dev").options(token, "pool", b"seed")


def test_without_a_setting_names_are_the_provider_s_business() -> None:
    assert autonamer({}, organization="o", project="p", stack="s").options(POOL, "pool", b"") is None


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"mode": "default"}, None),
        ({"mode": "verbatim"}, Autonaming("pool", "enforce")),
        ({"mode": "disabled"}, Autonaming(None, "disable")),
        ({"pattern": "${organization}-${project}-${stack}-${name}"}, Autonaming("acme-proof-dev-pool", "propose")),
        ({"pattern": "x-${config.team}", "enforce": True}, Autonaming("x-ml", "enforce")),
        ({"providers": {"azure-native": {"mode": "verbatim"}}}, Autonaming("pool", "enforce")),
        ({"mode": "verbatim", "providers": {"aws": {"mode": "disabled"}}}, Autonaming("pool", "enforce")),
        (
            {"providers": {"azure-native": {"resources": {POOL: {"mode": "disabled"}}}}},
            Autonaming(None, "disable"),
        ),
    ],
)
def test_settings(setting: Any, expected: Autonaming | None) -> None:
    assert options(setting, **{"proof:team": "ml"}) == expected


def test_random_parts_have_the_form_asked_for_and_follow_from_the_seed() -> None:
    setting = {"pattern": "${name}-${hex(3)}-${num(2)}-${string(4)}-${alphanum(40)}-${uuid}"}
    proposed = options(setting)
    assert proposed is not None
    form = r"pool-[0-9a-f]{3}-\d{2}-[a-z]{4}-[a-z0-9]{40}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(form, proposed.proposed_name or "")
    assert proposed == options(setting)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("verbatim", "must be an object"),
        ({"mode": "loud"}, "no mode 'loud'"),
        ({"mode": "verbatim", "enforce": True}, "not both"),
        ({"enforce": True}, "needs a pattern"),
        ({"patern": "x"}, "unknown field 'patern'"),
        ({"pattern": "${config.absent}"}, "'absent', which is not set"),
    ],
)
def test_what_the_engine_refuses_is_refused_by_name(setting: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        options(setting)
