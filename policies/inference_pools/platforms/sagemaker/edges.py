"""How endpoints, configurations, variants, models and what scales them are told apart and joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.platforms.platform import Edge, Identities, Kind, Reference, Serving, alike
from inference_pools.platforms.sagemaker import reading
from inference_pools.platforms.sagemaker.kinds import (
    ALARM,
    COMPONENT,
    CONFIG,
    ENDPOINT,
    MODEL,
    POLICY,
    ROLE,
    ROLE_POLICY,
    SCHEDULE,
    SHADOW,
    TARGET,
    VARIANT,
    Shape,
)

ENDPOINT_TO_CONFIG: Final = Edge(ENDPOINT, CONFIG, alike("config"), names="config")
VARIANT_TO_CONFIG: Final = Edge(VARIANT, CONFIG, alike("config"))
"""From a variant to the configuration that it stands in; `leading_to` gives the variants of a configuration."""
SHADOW_TO_CONFIG: Final = Edge(SHADOW, CONFIG, alike("config"))
TO_MODEL: Final[Mapping[Kind, Edge]] = {
    kind: Edge(kind, MODEL, alike("model"), names="model") for kind in (VARIANT, SHADOW, COMPONENT)
}
ENDPOINT_TO_VARIANT: Final = Edge(ENDPOINT, VARIANT, alike("config"), names="config")
CONFIG_TO_VARIANT: Final = Edge(CONFIG, VARIANT, alike("config"))
COMPONENT_TO_ENDPOINT: Final = Edge(COMPONENT, ENDPOINT, alike("endpoint"), names="endpoint")

# A target has one text that names all of it: where that is not known, what it was made from tells the endpoint.
TARGET_TO_ENDPOINT: Final = Edge(TARGET, ENDPOINT, alike("endpoint"), names="endpoint")
TARGET_TO_COMPONENT: Final = Edge(TARGET, COMPONENT, alike("component"), names="component")
TO_TARGET: Final[Mapping[Kind, Edge]] = {
    kind: Edge(kind, TARGET, alike("resource"), alike("dimension"), names="resource") for kind in (POLICY, SCHEDULE)
}
POLICY_TO_ENDPOINT: Final = Edge(POLICY, ENDPOINT, alike("endpoint"), names="endpoint")
ALARM_TO_ENDPOINT: Final = Edge(ALARM, ENDPOINT, alike("endpoint"), names="endpoint")
TARGET_TO_VARIANTS: Final = (TARGET_TO_ENDPOINT, ENDPOINT_TO_CONFIG, CONFIG_TO_VARIANT)
"""From a target to the variants of its endpoint; which of them it scales its own `variant` says."""
POLICY_TO_TARGET_BY_ID: Final = Edge(POLICY, TARGET, (("target", "own_id"),), names="target")
"""The other way in which aws-native's scaling policies name their target: by its own id, where that is not known yet.
One that is known has the names in it."""
ALARM_TO_POLICY: Final = Edge(ALARM, POLICY, (("policy", "policy"),), names="policy")

MODEL_TO_ROLE: Final = Edge(MODEL, ROLE, alike("role"), names="role")
ROLE_POLICY_TO_ROLE: Final = Edge(ROLE_POLICY, ROLE, alike("role"), names="role")

IDENTITIES: Final = Identities(
    own={
        CONFIG: ("config",),
        MODEL: ("model",),
        ENDPOINT: ("endpoint",),
        COMPONENT: ("component",),
        VARIANT: ("config", "variant"),
        SHADOW: ("config", "variant"),
    },
    named_by_urn={
        CONFIG: "config",
        VARIANT: "config",
        SHADOW: "config",
        MODEL: "model",
        ENDPOINT: "endpoint",
        COMPONENT: "component",
        TARGET: "own_id",
        POLICY: "policy",
        ROLE: "role",
    },
)
SERVING: Final = tuple(
    Serving(
        VARIANT,
        shape,
        callers=ENDPOINT_TO_VARIANT,
        share=reading.share_of_requests,
        patience=reading.patience,
        at_once=reading.requests_at_once,
        scaling=TARGET_TO_VARIANTS,
    )
    for shape in Shape
)
"""An endpoint shares its requests out to the variants of its configuration by their weights."""


def _all_of(edge: Edge) -> Edge:
    """To all of the kind: names are those of the account and its region, and the stack is in one."""
    return Edge(edge.of, edge.to, ())


def _but(kind: Kind) -> tuple[tuple[Kind, str], ...]:
    """What else has a name of the same form, so that one is taken for the other."""
    named = {CONFIG: "config", MODEL: "model", ENDPOINT: "endpoint"}
    return tuple((other, name) for other, name in named.items() if other != kind and kind in named)


_BY_OUTPUT: Final = "Name one that the stack makes, best by the other resource's own output: its `.name`."
_BY_TARGET: Final = "Name a target that the stack makes, best by its own output: its `resource_id`."
_NAMED: Final = {
    _BY_OUTPUT: (
        *(ENDPOINT_TO_CONFIG, COMPONENT_TO_ENDPOINT, *TO_MODEL.values()),
        *(TARGET_TO_ENDPOINT, TARGET_TO_COMPONENT),
    ),
    _BY_TARGET: tuple(TO_TARGET.values()),
}
REFERENCES: Final = tuple(
    Reference(edge, _all_of(edge), "", remedy, mistaken=_but(edge.to))
    for remedy, edges in _NAMED.items()
    for edge in edges
)
