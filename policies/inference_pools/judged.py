"""Which resources a rule judges: the platforms it is for, and the kinds that have what it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inference_pools import platforms
from inference_pools.platforms.platform import Kind, Layout, Platform
from inference_pools.rule import Rule, Scope
from inference_pools.view import has_places


def judges(rule: Rule[Any], platform: Platform, layout: Layout) -> bool:
    """Whether a rule about single resources finds in a kind what it judges."""
    return layout.kind.is_judged and rule.judges(platform.name) and has_places(platform, layout, rule.facet)


def kinds_judged(rule: Rule[Any], platform: Platform) -> tuple[Kind, ...]:
    """The kinds of a platform that a rule about single resources judges, in report order."""
    return tuple(dict.fromkeys(one.kind for one in platform.layouts if judges(rule, platform, one)))


def platforms_judged(rule: Rule[Any]) -> Iterator[Platform]:
    """The platforms that a rule has something to judge on. A rule about waivers is about none of them."""
    for platform in platforms.known():
        if rule.scope is Scope.RESOURCE:
            if kinds_judged(rule, platform):
                yield platform
        elif rule.scope is not Scope.WAIVERS and rule.judges(platform.name):
            yield platform
