"""What only accounts and their model deployments have, as rules see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from inference_pools.facets import Asset, Facet, ModelSource, Origin, Sources
from inference_pools.facets.place import at, place
from inference_pools.platforms.azure.tokens import segments
from inference_pools.platforms.azure_models.catalog import DEPLOYMENT, newest_version
from inference_pools.platforms.platform import Subject
from inference_pools.reader import Leaf, ReadError


class ModelDeployment(Facet):
    """A model that an account serves under a name: what is deployed, as which SKU, and when it is upgraded."""

    __slots__ = ()
    noun = "model that is deployed"
    fields = (
        *("sku", "sku_name", "misplaced_sku", "capacity"),
        *("model", "version", "format", "source", "upgrade"),
    )

    @property
    def is_of_openai(self) -> bool:
        """Whether the model is one of OpenAI's own, whose names are few. Fine-tuned ones have a source or a suffix."""
        written = self.leaf("format").text()
        is_own = self.leaf("source").present or ".ft-" in (self.model or "")
        return (written is None or written.casefold() == "openai") and not is_own

    @property
    def has_sku(self) -> bool:
        """Whether a SKU is written, where it belongs or where it does not."""
        return self.leaf("sku").present or self.leaf("misplaced_sku").present

    @property
    def sku_name(self) -> str | None:
        """The SKU's name, which says where requests are worked on and how they are paid."""
        return self.leaf("sku_name").text()

    @property
    def capacity(self) -> int | None:
        """Thousands of tokens a minute, or provisioned throughput units, as the SKU has it."""
        return self.leaf("capacity").integer()

    @property
    def model(self) -> str | None:
        """The model's name."""
        return self.leaf("model").text()

    @property
    def version(self) -> str | None:
        """The model's version; None where Azure takes the one that is its default on the day."""
        return self.leaf("version").text()

    @property
    def upgrade(self) -> str | None:
        """When Azure takes another version of the model; None where that is left to it."""
        return self.leaf("upgrade").text()

    @property
    def embeds(self) -> bool:
        """Whether it makes vectors, which are compared with those of the same version only."""
        return "embed" in (self.model or "").casefold()


class ModelAccount(Facet):
    """Who may call the models of an account."""

    __slots__ = ()
    noun = "callers of its own"
    fields = ("keys_disabled", "public_access", "default_action")

    @property
    def keys_disabled(self) -> bool | None:
        """Whether the account's keys are switched off; None where nothing is said, which leaves them on."""
        return self.leaf("keys_disabled").boolean()

    @property
    def public_access(self) -> str | None:
        """Whether it is reached over public networks; None where nothing is said, which lets it be."""
        return self.leaf("public_access").text()

    @property
    def default_action(self) -> str | None:
        """What becomes of a caller that no network rule names; None where nothing is said, which lets it in."""
        return self.leaf("default_action").text()


@dataclass(frozen=True, slots=True)
class DeployedModel:
    """A model as the shared rules see one: an `Asset`. Its version is "" where none is written."""

    name: str
    version: str | None
    label: str | None = None
    unversioned: str = ""
    homes: tuple[tuple[str, str | None], ...] = ()
    account: str | None = None
    account_noun: str = "subscription"


_MODEL = "properties.model.name"
_VERSION = "properties.model.version"


class _Model(ModelSource):
    """The model of a deployment, whose version is a property of its own."""

    __slots__ = ()

    @property
    def asset(self) -> Asset | None:
        """The model, by name and version."""
        name = self.id
        return None if name is None else DeployedModel(name, self.leaf("version").text() or "")


@dataclass(frozen=True)
class _Version(Origin):
    """Where the version of a deployment's model is written."""

    name: Leaf

    @property
    def asset(self) -> Asset | None:
        """The model with this version; None where no model is written."""
        return DeployedModel("", self.leaf.text() or "") if self.name.present else None


def _account(written: str) -> Asset | None:
    """The account that a fine-tuned model is taken from, by its ARM id."""
    named = segments(written)
    account, subscription = named.get("accounts"), named.get("subscriptions")
    return DeployedModel("", None, homes=(("account", account),), account=subscription) if account else None


class _Taken(Sources):
    """What a deployment takes from elsewhere: a version of a model, and the account that this lies in."""

    __slots__ = ()

    @property
    def assets(self) -> tuple[Origin, ...]:
        """The places of both."""
        version, account = self.leaf("version"), self.leaf("account")
        return _Version(version, _account, self.leaf("model")), Origin(account, _account)


_MODEL_PLACE: Final = place({"id": at(_MODEL, shown="model.name"), "version": at(_VERSION, shown="model.version")})
_TAKEN_PLACE: Final = place(
    {"model": _MODEL, "version": at(_VERSION, shown="model.version"), "account": "properties.model.sourceAccount"}
)


def models(subject: Subject) -> Iterator[Facet]:
    """The model of a deployment."""
    if subject.kind == DEPLOYMENT:
        yield _Model(subject.leaf(), _MODEL_PLACE.keys, _MODEL_PLACE)


def sources(subject: Subject) -> Iterator[Facet]:
    """What a deployment takes from elsewhere, with what to write where a version is not there."""
    if subject.kind == DEPLOYMENT:
        yield _Taken(subject.leaf(), _TAKEN_PLACE.keys, _TAKEN_PLACE, pin=_pin(subject))


def _pin(subject: Subject) -> str:
    try:
        newest = newest_version(subject.leaf("properties", "model", "name").text() or "")
    except ReadError:
        newest = None
    example = f", for example {newest}" if newest else ""
    return f"Set properties.model.version to one of the model's{example}; `az cognitiveservices model list` has them."
