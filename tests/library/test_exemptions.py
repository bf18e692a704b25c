"""Exceptions of a policy config of version 2: what they let pass, and what the engine would pass over in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inference_pools.exemptions import Exemption, Exemptions
from inference_pools.policy_config import ConfigError, contents, parse, refuse_not_exempt
from inference_pools.rules import ALL
from inference_pools.values import Json

IDS = [rule.id for rule in ALL]
URN = "urn:pulumi:prod::fleet::azure-native:machinelearningservices:InferencePool::chat"


def config(*exceptions: tuple[str, list[str], list[str]], **more: Json) -> dict[str, Any]:
    """A config of version 2 with exceptions: ID, policies, targets."""
    written = {
        id_: {"reason": f"because of {id_}", "match": [{"policies": policies, "targets": targets}]}
        for id_, policies, targets in exceptions
    }
    return {"version": 2, "policies": {}, "exceptions": written, **more}


def exemptions(*exceptions: tuple[str, list[str], list[str]]) -> Exemptions:
    found, wrong = contents(config(*exceptions), IDS)
    assert not wrong
    return Exemptions(found.exceptions)


def test_a_violation_passes_where_policy_and_urn_are_the_same() -> None:
    agreed = exemptions(("EXC-1", ["capacity-bounded"], [URN]))

    assert agreed.find("capacity-bounded", URN) == Exemption("EXC-1", "because of EXC-1")
    assert agreed.find("tags-required", URN) is None
    assert agreed.find("capacity-bounded", f"{URN}2") is None
    assert agreed.find("capacity-bounded", URN.upper()) is None


def test_of_several_the_lowest_id_is_told_as_the_engine_orders_them() -> None:
    agreed = exemptions(*((id_, ["capacity-bounded"], [URN]) for id_ in ("EXC-10", "EXC-2", "EXC-007", "b", "EXC")))

    found = agreed.find("capacity-bounded", URN)

    assert found is not None
    assert found.id == "EXC"
    ordered = contents(config(*((id_, ["tags-required"], [URN]) for id_ in ("EXC-10", "9", "EXC-2"))), IDS)[0]
    assert [exception.id for exception in ordered.exceptions] == ["9", "EXC-2", "EXC-10"]


def test_the_note_is_one_line() -> None:
    assert Exemption("EXC-1", "load\ntest \x1b[1m").note == "exempted by EXC-1, no end date: load test \\x1b[1m"


def test_a_target_is_unused_when_its_stack_was_seen_and_its_policies_ran() -> None:
    agreed = exemptions(("EXC-1", ["capacity-bounded", "tags-required"], [URN, f"{URN}2"]))
    agreed.find("capacity-bounded", URN)

    assert [keys for keys, _ in agreed.unused({"fleet/prod"}, IDS)] == [
        ("exceptions", "EXC-1", "match", 0, "targets", 1)
    ]
    assert list(agreed.unused({"fleet/dev"}, IDS)) == []
    assert list(agreed.unused({"fleet/prod"}, ["capacity-bounded"])) == []


def exception(**parts: Json) -> dict[str, Json]:
    """A config with one exception, in which some keys are others; those that are None are left out."""
    match = {"policies": ["tags-required"], "targets": [URN]}
    match |= {key: parts.pop(key) for key in ("policies", "targets", "further") if key in parts}
    entry = {"reason": "because", "match": [{key: value for key, value in match.items() if value is not None}], **parts}
    return {
        "version": 2,
        "exceptions": {"EXC-1": {key: value for key, value in entry.items() if value is not None}},
    }


MATCH = "exceptions.EXC-1.match[0]"
REFUSED: list[tuple[Json, str]] = [
    # what the engine takes in silence
    ({"version": 2, "polices": {}}, "polices: no such key; did you mean policies?"),
    (
        {"version": 2, "tags-required": "advisory"},
        'tags-required: the engine reads no rule that stands beside "version"; move it under policies',
    ),
    ({"version": 2, "all": "mandatory"}, 'all: the engine reads no rule that stands beside "version"; move it under'),
    (exception(expires="2027-01-01"), "exceptions.EXC-1.expires: no such key; the engine reads reason and match only"),
    (exception(further=[]), f"{MATCH}.further: no such key; the engine reads policies and targets only"),
    (exception(targets=["urn:pulumi:*"]), f"{MATCH}.targets[0]: is 'urn:pulumi:*': the engine knows no patterns"),
    (exception(policies=["tag-required"]), f"{MATCH}.policies[0]: is 'tag-required', which is no rule; did you mean"),
    # what it refuses
    ({"version": 3}, "version: is 3, expected 2"),
    ({"version": "2"}, "version: is '2', expected 2"),
    ({"version": True}, "version: is True, expected 2"),
    ({"version": 2, "policies": []}, "policies: is no object of levels and options by rule"),
    ({"version": 2, "exceptions": []}, "exceptions: is no object of exceptions by their ID"),
    ({"version": 2, "exceptions": {"a b": {}}}, 'exceptions["a b"]: is no ID of an exception'),
    ({"version": 2, "exceptions": {"EXC-1": []}}, "exceptions.EXC-1: is no object with reason and match"),
    (exception(reason=" "), "exceptions.EXC-1.reason: is no text, or an empty one"),
    (exception(reason=None), "exceptions.EXC-1.reason: is missing"),
    (exception(match=[]), "exceptions.EXC-1.match: is no list of policies with targets"),
    (exception(match=[5]), f"{MATCH}: is no object with policies and targets"),
    (exception(policies=None), f"{MATCH}.policies: is missing"),
    (exception(targets=[]), f"{MATCH}.targets: is no list of texts, or an empty one"),
    (exception(policies=["all"]), f"{MATCH}.policies[0]: is 'all': an exception names each of its policies"),
    (exception(targets=["chat"]), f"{MATCH}.targets[0]: is 'chat', expected a URN"),
]


@pytest.mark.parametrize(("written", "message"), REFUSED, ids=lambda value: json.dumps(value)[:70])
def test_what_is_wrong_is_said_by_its_key(written: Json, message: str) -> None:
    _, wrong = contents(written, IDS)

    assert str(wrong[0]).startswith(message)


def test_everything_that_is_wrong_is_said() -> None:
    _, wrong = contents(exception(expires="", targets=["*", "chat"]) | {"polices": {}}, IDS)

    assert [error.keys[-1] for error in wrong] == ["polices", "expires", 0, 1]


@pytest.mark.parametrize("key", ["policies", "exceptions"])
def test_the_older_form_has_neither(key: str) -> None:
    with pytest.raises(ConfigError, match=f'{key}: stands without "version": 2 beside it'):
        parse({key: {}, "all": "advisory"}, ALL)


def test_a_config_without_a_version_is_all_rules() -> None:
    found, wrong = contents({"all": "advisory"}, IDS)

    assert (found.policies, found.exceptions, found.root, wrong) == ({"all": "advisory"}, (), (), ())


@pytest.mark.parametrize(
    ("rule", "policies"),
    [("waivers-valid", {}), ("tags-required", {"waivers-valid": {"not_waivable": ["tags-required"]}})],
)
def test_what_cannot_be_waived_cannot_be_exempted(rule: str, policies: dict[str, Json]) -> None:
    found, _ = contents(config(("EXC-1", [rule], [URN])), IDS)

    with pytest.raises(ConfigError, match=rf"policies\[0\]: is '{rule}', of which no finding can be waived"):
        refuse_not_exempt(found.exceptions, parse(policies, ALL))
