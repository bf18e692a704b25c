"""The rules and options that a run judged by, and in what those of two runs differ: what one has found and the other
has not may come of that, and of nothing that was changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from inference_pools.policy_config import Setting

_DIGITS: Final = 12
"""Of the digest of a rule's options."""
_MOST_NAMED: Final = 3


class Difference(NamedTuple):
    """In what the terms of a run differ from those of an earlier one. `version` has the earlier one first."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    options: tuple[str, ...]
    version: tuple[str, str] | None

    def __bool__(self) -> bool:
        return any(self)

    def __str__(self) -> str:
        told = []
        for which, what in (
            (self.added, "more"),
            (self.removed, "fewer"),
            (self.options, "by other options"),
        ):
            if which:
                left = len(which) - _MOST_NAMED
                shown = ", ".join(which[:_MOST_NAMED]) + (f" and {left} others" if left > 0 else "")
                told.append(f"{len(which)} {'rule' if len(which) == 1 else 'rules'} {what} ({shown})")
        if self.version:
            told.append("poolgate {} after {}".format(*reversed(self.version)))
        return ", ".join(told)


def difference(old: Mapping[str, str], new: Mapping[str, str], versions: tuple[str, str]) -> Difference:
    """In what the terms of two runs differ: the rules of each, as `options_of` has them, and their versions."""
    was, is_now = versions
    return Difference(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
        tuple(sorted(rule for rule in new.keys() & old.keys() if new[rule] != old[rule])),
        None if was == is_now else versions,
    )


def options_of(settings: Sequence[Setting]) -> dict[str, str]:
    """The rules that run over resources, by id, each with a digest of its options."""
    from inference_pools.rule import Scope
    from inference_pools.runner import enabled

    ran = (setting for setting in enabled(settings) if setting.rule.scope is not Scope.WAIVERS)
    return {setting.rule.id: _digest(setting) for setting in ran}


def _digest(setting: Setting) -> str:
    """Names the options that a rule judges by, in production and on each platform; its level finds nothing else."""
    options = {
        "": [variant.options.to_json() for variant in setting.variants],
        **{name: [each.options.to_json() for each in one.variants] for name, one in setting.by_platform.items()},
    }
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:_DIGITS]
