"""Facets: the small typed views of a resource's configuration that rules judge.

For example `Capacity`, whose `instances` is 3 for a pool with `sku: {name: Standard_DS3_v2, capacity: 3}`. A facet
knows no resource type and no vendor; a platform says where its fields lie, what they are called there, and what counts
where they are absent. Properties are read on access, so one unknown value costs only the judgement that needs it.
"""

from inference_pools.facets.capacity import Capacity, Nodes, NodeType, Purchase, PurchaseChange, Sku
from inference_pools.facets.facet import Facet
from inference_pools.facets.identity import Authentication, Credential, Exposure, Identity, Protection, PublicAccess
from inference_pools.facets.naming import Address, Location, Name, NameRule
from inference_pools.facets.replacing import Fixed, Replacement
from inference_pools.facets.requests import Load, Probe, RequestLimits, RequestTimeout
from inference_pools.facets.scale_settings import ScaleSettings
from inference_pools.facets.scaling import (
    FollowedMetric,
    Hosting,
    Metric,
    Queue,
    Scaled,
    ScalingBounds,
    ScalingPolicy,
    ScalingSwitch,
)
from inference_pools.facets.served import ServedModel
from inference_pools.facets.sources import Asset, CodeSource, EnvironmentSource, ModelSource, Origin, Sources
from inference_pools.facets.stated import IgnoredChange, StatedCapacity
from inference_pools.facets.tags import Description, Tags
from inference_pools.facets.texts import PlainText, Property, Text
from inference_pools.facets.traffic import TrafficSplit
from inference_pools.facets.versions import ApiVersion

__all__ = [
    "Address",
    "ApiVersion",
    "Asset",
    "Authentication",
    "Capacity",
    "CodeSource",
    "Credential",
    "Description",
    "EnvironmentSource",
    "Exposure",
    "Facet",
    "Fixed",
    "FollowedMetric",
    "Hosting",
    "Identity",
    "IgnoredChange",
    "Load",
    "Location",
    "Metric",
    "ModelSource",
    "Name",
    "NameRule",
    "NodeType",
    "Nodes",
    "Origin",
    "PlainText",
    "Probe",
    "Property",
    "Protection",
    "PublicAccess",
    "Purchase",
    "PurchaseChange",
    "Queue",
    "Replacement",
    "RequestLimits",
    "RequestTimeout",
    "ScaleSettings",
    "Scaled",
    "ScalingBounds",
    "ScalingPolicy",
    "ScalingSwitch",
    "ServedModel",
    "Sku",
    "Sources",
    "StatedCapacity",
    "Tags",
    "Text",
    "TrafficSplit",
]
