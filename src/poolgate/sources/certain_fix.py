"""What a rule would write in place of what it finds, for the rules that are certain of it (the level `remediate`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from inference_pools.path import Keys
from inference_pools.policy_config import Setting
from inference_pools.reader import ReadError
from inference_pools.resource import Resource
from inference_pools.runner import enabled
from inference_pools.values import Json
from inference_pools.view import view
from poolgate.sources.origin import ABSENT, HiddenError, lookup


class Meant(NamedTuple):
    """The text that a property should have, or with `is_name` the name that it should have."""

    text: str
    is_name: bool


def fixing(settings: Iterable[Setting]) -> Mapping[str, Setting]:
    """The settings of the rules that can put right what they find, by the rule's id."""
    return {setting.rule.id: setting for setting in enabled(settings) if setting.rule.fix is not None}


def meant(setting: Setting, resource: Resource, keys: Keys) -> Meant | None:
    """What the rule would make of the property of a resource; None where it leaves it alone, or makes more of it."""
    pool = view(resource)
    if pool is None or setting.rule.fix is None or not keys:
        return None
    try:
        fixed = setting.rule.fix(pool, setting.options)
        if fixed is None:
            return None
        before, after = lookup(resource.properties, keys), lookup(fixed, keys)
        if before is ABSENT or not isinstance(before, str):
            return None
        if after is ABSENT:
            holders = lookup(resource.properties, keys[:-1]), lookup(fixed, keys[:-1])
            name = _name_now(*holders, str(keys[-1]))
            return Meant(name, is_name=True) if name is not None else None
    except (ReadError, HiddenError):
        return None
    except Exception:  # a rule of somebody's own that cannot do it after all; the gate says so
        return None
    return Meant(after, is_name=False) if isinstance(after, str) and after != before else None


def _name_now(before: Json | object, after: Json | object, name: str) -> str | None:
    """What a member is called in an object with some members renamed, in their order; None if more has changed."""
    if not isinstance(before, dict) or not isinstance(after, dict) or len(before) != len(after):
        return None
    if list(before.values()) != list(after.values()):
        return None
    return dict(zip(before, after, strict=True)).get(name)
