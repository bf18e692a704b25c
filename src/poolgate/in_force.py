"""What of the rules is in force here, and why: who said a level or an option, of all that could have said it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from inference_pools.policy_config import LEVEL_KEY, Setting

DEFAULT: Final = "the rule's default"


class Layer(NamedTuple):
    """A policy config, and what it is called in front of a user. Of several, the first that speaks is heard."""

    name: str
    config: Mapping[str, Any]

    def level(self, rule: str) -> str | None:
        """The level that it gives a rule by name, or everything with `all`."""
        given = self.config.get(rule)
        level = given.get(LEVEL_KEY) if isinstance(given, Mapping) else given
        return level if isinstance(level, str) else None

    def has_option(self, rule: str, option: str) -> bool:
        """Whether it sets an option of a rule."""
        given = self.config.get(rule)
        return isinstance(given, Mapping) and option in given


class InForce(NamedTuple):
    """The level of a rule here, and who said so; `options` has who set each option that is not left to the rule."""

    level: str
    why: str
    options: Mapping[str, str]


def in_force(
    rule: str, default: str, layers: tuple[Layer, ...], left_out: Mapping[str, str], options: tuple[str, ...] = ()
) -> InForce:
    """What is in force of a rule. `left_out` has the rules that do not run, each with the reason.

    What is said of the rule itself goes before what is said of all, wherever either stands: as in the engine.
    """
    sources = {name: layer.name for name in options for layer in reversed(layers) if layer.has_option(rule, name)}
    if rule in left_out:
        return InForce("disabled", left_out[rule], sources)
    for key, suffix in ((rule, ""), ("all", ", all")):
        for layer in layers:
            level = layer.level(key)
            if level is not None:
                return InForce(level, layer.name + suffix, sources)
    return InForce(default, DEFAULT, sources)


def qualified(setting: Setting) -> Iterator[str]:
    """What more there is to say of a level: from when on it holds, and what holds in production."""
    if setting.mandatory_from is not None:
        yield f"advisory before {setting.mandatory_from}"
    production = setting.production
    if production is not None and production.enforcement is not setting.enforcement:
        yield f"{production.enforcement} in production"
