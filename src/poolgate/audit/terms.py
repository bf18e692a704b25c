"""What the states of a run are judged by: two runs of the same terms say the same of the same state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from inference_pools.policy_config import Setting
from inference_pools.rules import ALL
from inference_pools.runner import enabled

_DIGITS: Final = 16


def rules_of(settings: Sequence[Setting]) -> dict[str, str]:
    """The rules that run, by id, each with a digest of its levels and options, and of the file of one's own."""
    shipped = {id(rule) for rule in ALL}
    return {
        setting.rule.id: digest_of([_terms(setting), "" if id(setting.rule) in shipped else _file(setting.rule.file)])
        for setting in enabled(settings)
    }


def digest_of(value: Any) -> str:
    """Names a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _terms(setting: Setting) -> Mapping[str, Any]:
    """All that a setting says: where it holds, from when on, how strictly and with which options."""
    return {
        "level": str(setting.enforcement),
        "options": setting.options.to_json(),
        "from": setting.mandatory_from and setting.mandatory_from.isoformat(),
        "production": setting.production and _terms(setting.production),
        "platforms": {name: _terms(one) for name, one in setting.by_platform.items()},
    }


def _file(name: str) -> str:
    """A digest of the file that a rule of one's own stands in; "" for one that stands in none."""
    file = Path(name)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
