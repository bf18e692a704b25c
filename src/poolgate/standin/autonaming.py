"""The engine's autonaming options for one resource, from the stack's `pulumi:autonaming` setting.

Source: pulumi/pulumi v3.255.0 `pkg/cmd/pulumi/autonaming` and `pkg/resource/autonaming`.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inference_pools.values import Json
from poolgate.errors import UsageError
from poolgate.standin.cloud import Autonaming

SETTING = "pulumi:autonaming"
_CONFIG = re.compile(r"\$\{config\.([^}]+)\}")
_RANDOM = re.compile(r"\$\{(?:(hex|alphanum|string|num)\((\d+)\)|uuid)\}")
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "alphanum": "abcdefghijklmnopqrstuvwxyz0123456789",
    "string": "abcdefghijklmnopqrstuvwxyz",
    "num": "0123456789",
}
_FIELDS = {"mode", "pattern", "enforce"}

Strategy = Callable[[str, bytes], Autonaming | None]
"""Gives the options for a resource of this name, with this random seed; None leaves all to the provider."""


@dataclass(frozen=True, slots=True)
class Autonamer:
    """The strategies of a stack: by resource type, by package, and for everything else."""

    default: Strategy
    packages: Mapping[str, Strategy]
    types: Mapping[str, Strategy]

    def options(self, token: str, name: str, seed: bytes) -> Autonaming | None:
        """The engine's options for a resource of this type and name."""
        package = token.partition(":")[0]
        strategy = self.types.get(token) or self.packages.get(package) or self.default
        return strategy(name, seed)


def autonamer(config: Mapping[str, str], *, organization: str, project: str, stack: str) -> Autonamer:
    """Read the strategies from a stack's configuration; UsageError for a setting the engine refuses."""
    if SETTING not in config:
        return Autonamer(_leave_to_provider, {}, {})
    try:
        setting = json.loads(config[SETTING])
    except ValueError:
        raise UsageError("must be an object", key=SETTING) from None
    names = {"organization": organization, "project": project, "stack": stack}
    providers = _section(setting, {"providers"}).get("providers") or {}
    default = _strategy(setting, names, config) or _leave_to_provider
    packages: dict[str, Strategy] = {}
    types: dict[str, Strategy] = {}
    for package, section in providers.items():
        packages[package] = _strategy(_section(section, {"resources"}), names, config) or default
        for token, resource in (section.get("resources") or {}).items():
            types[token] = _strategy(_section(resource, set()), names, config) or packages[package]
    return Autonamer(default, packages, types)


def _section(value: Json, further: set[str]) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise UsageError("must be an object", key=SETTING)
    strange = sorted(set(value) - _FIELDS - further)
    if strange:
        raise UsageError(f"has an unknown field {strange[0]!r}", key=SETTING)
    return value


def _leave_to_provider(name: str, seed: bytes) -> Autonaming | None:
    return None


def _verbatim(name: str, seed: bytes) -> Autonaming | None:
    return Autonaming(name, "enforce")


def _disabled(name: str, seed: bytes) -> Autonaming | None:
    return Autonaming(None, "disable")


_MODES: Mapping[str, Strategy] = {"default": _leave_to_provider, "verbatim": _verbatim, "disabled": _disabled}


def _strategy(section: Mapping[str, Json], names: Mapping[str, str], config: Mapping[str, str]) -> Strategy | None:
    mode, pattern, enforce = (section.get(field) for field in ("mode", "pattern", "enforce"))
    if mode is not None and (pattern is not None or enforce is not None):
        raise UsageError("takes either a mode or a pattern, not both", key=SETTING)
    if pattern is not None:
        return _pattern(_with_stack_values(str(pattern), names, config), enforced=enforce is True)
    if enforce is not None:
        raise UsageError("needs a pattern when enforce is set", key=SETTING)
    if mode is None:
        return None
    if mode not in _MODES:
        raise UsageError(f"has no mode {mode!r}; there are {', '.join(_MODES)}", key=SETTING)
    return _MODES[mode]


def _with_stack_values(pattern: str, names: Mapping[str, str], config: Mapping[str, str]) -> str:
    for name, value in names.items():
        pattern = pattern.replace(f"${{{name}}}", value)

    def configured(match: re.Match[str]) -> str:
        key = f"{names['project']}:{match[1]}"
        if key not in config:
            raise UsageError(f"uses the configuration value {match[1]!r}, which is not set", key=SETTING)
        return config[key]

    return _CONFIG.sub(configured, pattern)


def _pattern(pattern: str, *, enforced: bool) -> Strategy:
    def propose(name: str, seed: bytes) -> Autonaming:
        digits = iter(range(1 << 30))

        def fill(match: re.Match[str]) -> str:
            block = hashlib.sha256(seed + str(next(digits)).encode()).digest()
            if match[1] is None:
                return str(uuid.UUID(bytes=block[:16]))
            alphabet, length = _ALPHABETS[match[1]], int(match[2])
            stream = hashlib.shake_256(block).digest(length)
            return "".join(alphabet[byte % len(alphabet)] for byte in stream)

        text = _RANDOM.sub(fill, pattern.replace("${name}", name))
        return Autonaming(text, "enforce" if enforced else "propose")

    return propose
