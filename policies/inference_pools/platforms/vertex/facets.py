"""Views of Vertex AI's resources that no other platform has: replicas, accelerators, where a request goes, keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

from inference_pools.facets import Facet
from inference_pools.reader import UnreadableError
from inference_pools.readings import number_in_text
from inference_pools.values import Json


class Replicas(Facet):
    """Between how many replicas and how many it is scaled; `required` are to be there for a deployment to succeed."""

    __slots__ = ()
    noun = "replicas"
    fields = ("least", "most", "required", "initial")
    words: ClassVar[dict[str, str]] = {"least": "the least number of replicas", "most": "the greatest"}

    def count(self, field: str) -> int | None:
        """One of the numbers; None where it is left out, or is no part of this kind."""
        found: int | None = self.read(field, number_in_text)
        return found


class Accelerators(Facet):
    """The machine of a replica and what computes on it besides its processor."""

    __slots__ = ()
    noun = "machines with accelerators"
    fields = ("machine", "type", "count", "topology")
    words: ClassVar[dict[str, str]] = {"machine": "the machine", "type": "the accelerator", "count": "how many"}

    @property
    def machine(self) -> str | None:
        """The type of machine."""
        return self.leaf("machine").text()

    @property
    def type(self) -> str | None:
        """The kind of accelerator."""
        return self.leaf("type").text()

    @property
    def count(self) -> int | None:
        """How many of them a machine has."""
        found: int | None = self.read("count", number_in_text)
        return found


class Spot(Facet):
    """Whether machines may be taken away at any time, for a lower price."""

    __slots__ = ()
    noun = "choice of spot machines"
    fields = ("spot",)

    @property
    def is_spot(self) -> bool:
        """Whether they may."""
        return self.leaf("spot").boolean() or False


class ScalingTarget(Facet):
    """A metric by which replicas are added, and what it is kept at, in per cent."""

    __slots__ = ()
    noun = "metric that it scales by"
    fields = ("metric", "target")
    words: ClassVar[dict[str, str]] = {"metric": "the metric", "target": "the target"}

    @property
    def metric(self) -> str | None:
        """The metric."""
        return self.leaf("metric").text()

    @property
    def target(self) -> int | None:
        """The target."""
        found: int | None = self.read("target", number_in_text)
        return found


class Split(Facet):
    """What part of the requests goes to which deployed model: JSON text, which a program may write as an object."""

    __slots__ = ()
    noun = "traffic to share out"
    fields = ("split",)

    @property
    def shares(self) -> Mapping[str, Json] | None:
        """The shares by the ids of deployed models; None where the split is left to the service.

        Raises UnreadableError for what is no object.
        """
        leaf = self.leaf("split")
        value = leaf.value()
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                raise UnreadableError(leaf.keys, f"is {value!r}, expected JSON such as '{{\"123\": 100}}'") from None
        if value is not None and not isinstance(value, dict):
            raise UnreadableError(leaf.keys, "is no object of shares by the ids of deployed models")
        return value


class Host(Facet):
    """Where requests about a resource are sent: the provider makes the host of `region`, and the path of `location`.

    terraform-provider-google-beta 93c65b2: `product.go` (BaseUrl), `endpoint.go` (path), `field_helpers.go`. The region
    is the resource's own, else its provider's.
    """

    __slots__ = ()
    noun = "location besides its region"
    fields = ("location", "region")

    @property
    def location(self) -> str | None:
        """The location in the path."""
        return self.leaf("location").text()

    @property
    def region(self) -> str | None:
        """The region in the host; None where neither the resource nor its provider has one."""
        return self.leaf("region").text()


class Access(Facet):
    """By which ways an endpoint is reached: under a public name of its own, or by Private Service Connect."""

    __slots__ = ()
    noun = "choice of a dedicated or a private endpoint"
    fields = ("dedicated", "private")

    def is_on(self, field: str) -> bool:
        """Whether one of the two is switched on."""
        return self.leaf(field).boolean() or False


class Key(Facet):
    """A key of the customer's that a resource is encrypted with."""

    __slots__ = ()
    noun = "key"
    fields = ("key", "region")
    words: ClassVar[dict[str, str]] = {"key": "the key"}

    @property
    def key(self) -> str | None:
        """What names the key."""
        return self.leaf("key").text()
