"""Views of SageMaker's resources that no other platform has: a variant, a rollout, keys, containers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inference_pools.facets import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.platforms.sagemaker import images, reading
from inference_pools.platforms.sagemaker.images import Image
from inference_pools.reader import Leaf


class Variant(Facet):
    """A variant of an endpoint configuration, on instances or serverless, and what of the configuration is about it.

    `is_shadow` says that it gets copies of requests and answers nobody.
    """

    __slots__ = ("is_shadow",)
    noun = "variant"
    fields = (
        "name",
        "model",
        "instance_type",
        "pools",
        "count",
        "weight",
        "serverless",
        "memory",
        "concurrency",
        "provisioned",
        "scaling",
        "scaling_minimum",
        "scaling_maximum",
        "isolation",
        "vpc",
        "role",
        "region",
    )

    def __init__(self, own: Leaf, at: Mapping[str, Keys], place: Place = NOWHERE, *, is_shadow: bool = False) -> None:
        super().__init__(own, at, place)
        self.is_shadow = is_shadow

    @property
    def name(self) -> str | None:
        """Its name; None where it is left to the provider."""
        return self.leaf("name").text()

    @property
    def has_model(self) -> bool:
        """Whether it serves a model of its own; else inference components bring theirs."""
        return self.leaf("model").present

    @property
    def instance_type(self) -> str | None:
        """The machine."""
        return self.leaf("instance_type").text()

    @property
    def has_instances(self) -> bool:
        """Whether machines are said for it, one kind or several."""
        return self.leaf("instance_type").present or bool(list(self.leaf("pools").items()))

    @property
    def is_serverless(self) -> bool:
        """Whether it has no machines of its own."""
        return self.leaf("serverless").present

    @property
    def count(self) -> int | None:
        """How many instances it starts with."""
        return reading.whole(self.leaf("count"))

    @property
    def weight(self) -> float | None:
        """Its part of the requests, of the weights of all."""
        return reading.number(self.leaf("weight"))

    @property
    def memory(self) -> int | None:
        """What a serverless copy has, in MB."""
        return reading.whole(self.leaf("memory"))

    @property
    def concurrency(self) -> int | None:
        """How many requests it serves at once, without instances."""
        return reading.whole(self.leaf("concurrency"))

    @property
    def provisioned(self) -> int | None:
        """How many of those are kept warm."""
        return reading.whole(self.leaf("provisioned"))

    @property
    def is_scaled_by_aws(self) -> bool:
        """Whether managed instance scaling is written, and not switched off."""
        return self.leaf("scaling").present and (self.leaf("scaling").child("status").text() or "") != "DISABLED"

    @property
    def scaling_minimum(self) -> int | None:
        """The least number of instances of managed instance scaling."""
        return reading.whole(self.leaf("scaling_minimum"))

    @property
    def scaling_maximum(self) -> int | None:
        """The greatest."""
        return reading.whole(self.leaf("scaling_maximum"))

    @property
    def is_isolated(self) -> bool:
        """Whether the configuration isolates the containers of its inference components."""
        return reading.boolean(self.leaf("isolation")) or False


class Startup(Facet):
    """How long a container may take to start, and its model to arrive, in seconds; `machine` is what it starts on."""

    __slots__ = ()
    noun = "start-up timeout"
    fields = ("startup", "download", "machine", "serverless")

    def seconds(self, field: str) -> int | None:
        """One of the two timeouts."""
        return reading.whole(self.leaf(field))

    @property
    def machine(self) -> str | None:
        """The kind of machine, where the same resource says it."""
        return self.leaf("machine").text() if self.leaf("machine").supported else None


class Key(Facet):
    """A key that something is encrypted with. `of` says what; `is_main` that it is the storage of instances.

    `takes_ids` says that a bare id or an alias is a key here, too; else only an ARN is.
    """

    __slots__ = ("is_main", "of", "takes_ids")
    noun = "key"
    fields = ("key", "region")

    def __init__(
        self,
        own: Leaf,
        at: Mapping[str, Keys],
        place: Place = NOWHERE,
        *,
        of: str = "",
        is_main: bool = False,
        takes_ids: bool = False,
    ) -> None:
        super().__init__(own, at, place)
        self.of = of
        self.is_main = is_main
        self.takes_ids = takes_ids

    @property
    def key(self) -> str | None:
        """What names the key."""
        return self.leaf("key").text()


class GivenName(Facet):
    """The name of a resource that every change replaces. `made` has the names of properties that the provider wrote."""

    __slots__ = ()
    noun = "name that a change takes along"
    fields = ("name", "made")

    @property
    def name(self) -> str | None:
        """The name; None where the provider wrote it, or is to."""
        written = self.leaf("name").text()
        made = self.leaf("made").value() if self.leaf("made").supported else None
        return None if isinstance(made, list) and self.keys_of("name")[-1] in made else written


class Rollout(Facet):
    """How an endpoint is brought from one configuration to the next."""

    __slots__ = ()
    noun = "rollout"
    fields = ("deployment", "alarms")

    @property
    def has_alarms(self) -> bool:
        """Whether an alarm takes a rollout back."""
        return bool(list(self.leaf("alarms").items()))


class Results(Facet):
    """Where an asynchronous endpoint writes what it made, and what it failed to make."""

    __slots__ = ()
    noun = "folder of results"
    fields = ("asynchronous", "failures")

    @property
    def is_asynchronous(self) -> bool:
        """Whether the configuration is for requests that wait."""
        return self.leaf("asynchronous").present

    @property
    def failures(self) -> str | None:
        """The folder for requests that failed."""
        return self.leaf("failures").text()


class Container(Facet):
    """A container of a model, or of an inference component."""

    __slots__ = ()
    noun = "container"
    fields = ("image", "environment", "isolation", "region")

    @property
    def image(self) -> Image | None:
        """What it runs; None where that is not written, or no reference."""
        written = self.leaf("image").text()
        return None if written is None else images.parse(written)

    @property
    def region(self) -> str | None:
        """Where it runs, as far as the resource says."""
        return self.leaf("region").text()

    def variable(self, name: str) -> str | None:
        """An environment variable, or None."""
        return self.leaf("environment").child(name).text()

    @property
    def hub_model(self) -> str | None:
        """The model that it fetches from Hugging Face's hub when it starts: not one from its own disk, or from S3."""
        for name in HUB_MODELS:
            written = self.variable(name)
            if written and not written.startswith(("/", "s3://", "./")):
                return name
        return None

    @property
    def is_isolated(self) -> bool:
        """Whether it has no way out."""
        return reading.boolean(self.leaf("isolation")) or False


HUB_MODELS: Final = ("HF_MODEL_ID", "OPTION_MODEL_ID", "SM_VLLM_MODEL")
"""Variables by which AWS's own images (TGI, TEI, DJL LMI, vLLM) are told which model to fetch."""


class Network(Facet):
    """What the containers of a model reach, and by which network."""

    __slots__ = ()
    noun = "network"
    fields = ("isolation", "vpc")

    @property
    def is_isolated(self) -> bool:
        """Whether the containers have no way out."""
        return reading.boolean(self.leaf("isolation")) or False

    @property
    def is_in_vpc(self) -> bool:
        """Whether they are in a network of one's own."""
        return self.leaf("vpc").present
