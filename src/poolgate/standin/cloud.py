"""What the provider of any cloud says to the engine, and what the stand-in asks of the module of one.

Trees are in Pulumi's wire encoding (`inference_pools.values`), paths are keys (`inference_pools.path`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from inference_pools.path import Keys
from inference_pools.values import Json

NO_RESOURCE_GROUPS: Final[Mapping[str, str]] = {}

NO_CONFIG: Final[Mapping[str, str]] = {}

ACCOUNT: Final = "000000000000"
"""The account of whatever the stand-in makes up: no real one has it."""


class UnknownTypeError(LookupError):
    """The provider has no such resource type; it says so instead of checking."""


class CheckError(ValueError):
    """The provider's Check ends in an error of its own, which the engine shows as it is, and not in reasons."""


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """One reason why a provider refuses a resource.

    `keys` lead to the property. On the wire there is the reason alone, which names the same one
    ("inferencePoolProperties.nodeSkuType").
    """

    keys: Keys
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The inputs as the engine shows them to policies, and why they were refused, if they were."""

    inputs: dict[str, Json]
    failures: tuple[CheckFailure, ...]


@dataclass(frozen=True, slots=True)
class Autonaming:
    """What the engine proposes as a name, where the project configures `pulumi:autonaming`."""

    proposed_name: str | None
    mode: Literal["propose", "enforce", "disable"]


@dataclass(frozen=True, slots=True)
class Request:
    """A resource to be checked.

    `version` is the provider's ("3.29.0"), `config` its configuration as it gets it: "location", not
    "azure-native:location", to text, what is no text as JSON. `old_inputs` are those of the state, empty for a new
    resource. `secret_settings` are those of the configuration that are secret, or have a secret in them. Names are made
    up from `random_seed` and the URN. `resource_groups` are locations of groups that exist.
    """

    token: str
    inputs: Mapping[str, Json]
    urn: str
    version: str
    random_seed: bytes
    config: Mapping[str, str]
    secret_settings: Collection[str] = ()
    old_inputs: Mapping[str, Json] = field(default_factory=dict)
    autonaming: Autonaming | None = None
    resource_groups: Mapping[str, str] = field(default_factory=dict)


Kind = Literal["add", "delete", "update"]


@dataclass(frozen=True, slots=True)
class Change:
    """A property that differs between two sets of inputs, and whether that replaces the resource."""

    keys: Keys
    kind: Kind
    replaces: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What a provider's Diff says. Not `detailed`: there are changes, and the engine is to see for itself which."""

    changes: tuple[Change, ...]
    delete_before_replace: bool = False
    detailed: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """A resource that exists, in state only: for tests that need real state files."""

    id: str
    outputs: dict[str, Json]


class Cloud(Protocol):
    """The provider of one cloud, as it behaves before it calls the cloud. Pure: no clock, no network."""

    package: str
    """Its name in tokens and configuration: `azure-native`."""
    distribution: str
    """The Python package of its SDK: `pulumi_azure_native`."""
    newest: str
    """The version that counts where a program names none."""
    asks: str
    """Whom it would ask, in messages: `Azure`."""
    accepts_secrets: bool
    """Whether the engine hands it secrets with their marks; else the engine takes them off and puts them back."""

    def owns(self, package: str) -> bool:
        """Whether the types of a package are this provider's: its own, or one made from it by a parameter."""

    def check(self, request: Request) -> Checked:
        """Fill in, then validate, and put secret marks back. Raises UnknownTypeError and CheckError."""

    def preview_outputs(
        self, token: str, inputs: Mapping[str, Json], *, version: str, config: Mapping[str, str] = NO_CONFIG
    ) -> dict[str, Json]:
        """The outputs that a preview of the creation has; what is not in them is unknown to the program.

        `config` is the provider's, as in a `Request`.
        """

    def preview_update(
        self,
        token: str,
        inputs: Mapping[str, Json],
        state: Mapping[str, Json],
        *,
        version: str,
        config: Mapping[str, str] = NO_CONFIG,
    ) -> dict[str, Json]:
        """As `preview_outputs`, for a resource that stays, with what of its state no update changes."""

    def diff(self, token: str, old: Mapping[str, Json], new: Mapping[str, Json], *, version: str) -> Difference:
        """What changed between two sets of checked inputs, without secret marks."""

    def applied(
        self,
        token: str,
        inputs: Mapping[str, Json],
        *,
        urn: str,
        version: str,
        now: str,
        config: Mapping[str, str] = NO_CONFIG,
    ) -> Known:
        """Plausible id and outputs of a resource with these (known) inputs; `now` is the time of creation, ISO 8601.

        Raises CheckError where the provider stops before it asks.
        """

    def local_package(self, parameter: Sequence[str] | bytes) -> str | None:
        """The package it becomes by a parameter, a command line or what an SDK has kept of one; ValueError if none.

        None where the provider takes no parameters.
        """

    def invoke(self, token: str, args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
        """The answer to a function that the provider computes without its cloud; None for any other."""
