"""Where model, environment and code come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from inference_pools.facets.facet import Facet
from inference_pools.facets.place import NOWHERE, Place
from inference_pools.path import Keys
from inference_pools.reader import Leaf


class Asset(Protocol):
    """What a source names, in the words of its platform.

    A version is fixed; a `label` moves from one version to the next; `unversioned` is what the thing is that has
    neither, such as `a path in a datastore`. `homes` are the things it lies in, each with what it is and its name:
    `("registry", "contoso")`. `account` is whose it is: a subscription, an account; `account_noun` says which.
    """

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def version(self) -> str | None:
        """The version that is named; "" where one could be and is not."""

    @property
    def label(self) -> str | None:
        """The label that is named."""

    @property
    def unversioned(self) -> str:
        """What it is, where it can have no version; else ""."""

    @property
    def homes(self) -> tuple[tuple[str, str | None], ...]:
        """What it lies in."""

    @property
    def account(self) -> str | None:
        """Whose it is."""

    @property
    def account_noun(self) -> str:
        """What `account` is called."""


def no_asset(written: str) -> Asset | None:
    """Nothing is known of any form."""
    return None


class _Source(Facet):
    """One text that names an asset. `parse` takes it apart as the platform does."""

    __slots__ = ("parse",)
    fields = ("id",)

    def __init__(
        self,
        own: Leaf,
        at: Mapping[str, Keys],
        place: Place = NOWHERE,
        *,
        parse: Callable[[str], Asset | None] = no_asset,
    ) -> None:
        super().__init__(own, at, place)
        self.parse = parse

    @property
    def id(self) -> str | None:
        """The id or path, as it is written."""
        return self.leaf("id").text()

    @property
    def asset(self) -> Asset | None:
        """What is named; None where nothing is written, or nothing that is an id."""
        written = self.id
        return None if written is None else self.parse(written)


class ModelSource(_Source):
    """Where the model comes from."""

    __slots__ = ()
    noun = "model"
    words: ClassVar[dict[str, str]] = {"id": "the model"}


class EnvironmentSource(_Source):
    """Where the environment the model runs in comes from."""

    __slots__ = ()
    noun = "environment"
    words: ClassVar[dict[str, str]] = {"id": "the environment"}


@dataclass(frozen=True, slots=True)
class Origin:
    """One place where a resource says what it takes from elsewhere."""

    leaf: Leaf
    parse: Callable[[str], Asset | None]

    @property
    def keys(self) -> Keys:
        """Where a finding about it points."""
        return self.leaf.keys

    @property
    def asset(self) -> Asset | None:
        """What is taken; None where nothing is written, or nothing that is an id."""
        written = self.leaf.text()
        return None if written is None else self.parse(written)


class Sources(Facet):
    """What a resource takes from elsewhere: model, environment, code, or the registries that its nodes may ask.

    Each of them is a facet of its own, with one of the fields. `parse` takes an asset's text apart, `parse_registry`
    that of a registry; `pin` is what to do about one that is not pinned.
    """

    __slots__ = ("_parse", "_parse_registry", "pin")
    noun = "source"
    fields = ("model", "environment", "code", "registries")

    def __init__(
        self,
        own: Leaf,
        at: Mapping[str, Keys],
        place: Place = NOWHERE,
        *,
        parse: Callable[[str], Asset | None] = no_asset,
        parse_registry: Callable[[str], Asset | None] = no_asset,
        pin: str | None = None,
    ) -> None:
        super().__init__(own, at, place)
        self._parse = parse
        self._parse_registry = parse_registry
        self.pin = pin

    @property
    def assets(self) -> tuple[Origin, ...]:
        """Where the model, the environment and the code are written."""
        return tuple(Origin(self.leaf(field), self._parse) for field in ("model", "environment", "code"))

    @property
    def registries(self) -> Iterator[Origin]:
        """Where registries are written. Raises UnknownError when the list cannot be known."""
        return (Origin(leaf, self._parse_registry) for leaf in self.leaf("registries").items())


class CodeSource(Facet):
    """The code that a resource runs: an asset that holds a folder, and the script in it."""

    __slots__ = ()
    noun = "script"
    fields = ("id", "script")

    @property
    def script(self) -> str | None:
        """The scoring script's path in the folder."""
        return self.leaf("script").text()
