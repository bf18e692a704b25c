"""Looks up resource types of azure-native: which type, API version and shape a token means.

The pool types have property trees (`inference_pools/platforms/azure_pools/data/azure_native.json`); other common types
have an ARM path and little else (`data/common.json`, beside this file); all remaining types have nothing and pass
through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final, Literal

from inference_pools.values import Json
from poolgate.standin.cloud import UnknownTypeError

AutoName = Literal["random", "uuid", "copy"]

NEWEST_PROVIDER: Final = "3.29.0"
"""The provider version that counts where a program names none."""

_PACKAGE = re.compile(r"azure-native(?:_[a-z0-9]+_v(?P<version>[0-9]+[a-z]*))?")
_MODULE = re.compile(r"(?P<module>[a-z0-9]+)(?:/v(?P<version>[0-9]+[a-z]*))?")
_VERSION = re.compile(r"(\d{4})(\d{2})(\d{2})([a-z]*)")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_POOLS_MODULE = "machinelearningservices"

# Names the provider always makes up in one way, whatever the path (AutoNamer in provider/pkg/resources).
_AUTO_NAMES_BY_PARAMETER: Mapping[str, AutoName] = {
    "endpointName": "random",
    "customDomainName": "random",
    "roleAssignmentName": "uuid",
    "roleDefinitionId": "uuid",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A type or function token, taken apart.

    `api_version` is the one the token names ("2024-10-01-preview"), None where it leaves the choice to the
    provider.
    """

    package: str
    module: str
    name: str
    api_version: str | None

    @property
    def canonical(self) -> str:
        """The token without its API version: `azure-native:module:Name`."""
        return f"azure-native:{self.module}:{self.name}"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """What is known of one resource type at one API version.

    `tree` is the property tree of a pool type (None for types that pass through), `shape` its API shape.
    `path` is the ARM path with Pulumi's input names, empty where unknown; `parameters` are the inputs in it,
    in order, the last of them usually the name. `name_property` is the input the provider makes up when it is
    absent, in the way `auto_name` says.
    """

    token: Token
    api_version: str | None
    shape: str | None
    tree: Mapping[str, Json] | None
    path: str
    has_location: bool

    @property
    def parameters(self) -> tuple[str, ...]:
        """The inputs in the ARM path, without the subscription."""
        return tuple(name for name in _PLACEHOLDER.findall(self.path) if name != "subscriptionId")

    @property
    def name_property(self) -> str | None:
        """The input that is the resource's own name: the last parameter, if the path ends with it."""
        return self.parameters[-1] if self.parameters and self.path.endswith("}") else None

    @property
    def auto_name(self) -> AutoName | None:
        """How the provider makes up a name that is absent."""
        name = self.name_property
        if name is None:
            return None
        if name in _AUTO_NAMES_BY_PARAMETER:
            return _AUTO_NAMES_BY_PARAMETER[name]
        _, separator, own = self.path.lower().rpartition("microsoft.")
        # A name unique within its parent is copied; one that stands for itself gets a random suffix.
        return "random" if not separator or own.count("{") == 1 else "copy"

    @property
    def arm_type(self) -> str:
        """The ARM type, such as `Microsoft.Storage/storageAccounts`."""
        if "/providers/" not in self.path:
            return "Microsoft.Resources/resourceGroups"
        parts = self.path.rpartition("/providers/")[2].split("/")
        return "/".join([parts[0], *parts[1::2]])


def parse_token(token: str) -> Token | None:
    """Take a token apart; None if it does not belong to azure-native in any of its spellings.

    Known spellings: `azure-native:module:Name`, `azure-native:module/v20230801preview:Name` (2.x) and
    `azure-native_module_v20230801preview:module:Name` (local packages of 3.x).
    """
    parts = token.split(":")
    if len(parts) != 3:
        return None
    package, module = _PACKAGE.fullmatch(parts[0]), _MODULE.fullmatch(parts[1])
    if package is None or module is None:
        return None
    version = module["version"] or package["version"]
    return Token(parts[0], module["module"], parts[2], _api_version(version))


def is_azure_native(token: str) -> bool:
    """Whether a token belongs to azure-native, or to a local package of it, be there such a type or not."""
    return _PACKAGE.fullmatch(token.partition(":")[0]) is not None


def _api_version(compact: str | None) -> str | None:
    """`20230801preview` as `2023-08-01-preview`."""
    match = _VERSION.fullmatch(compact or "")
    if match is None:
        return None
    year, month, day, stage = match.groups()
    return "-".join(part for part in (year, month, day, stage) if part)


def major_of(provider_version: str) -> int:
    """The major of a provider version such as "3.29.0"; ValueError if it does not start with one."""
    return int(provider_version.lstrip("v").split(".")[0])


def look_up(token: str, provider_version: str) -> ResourceType | None:
    """The resource type a token means to a provider of this version.

    None for types outside azure-native. Raises UnknownTypeError for a pool type at an API version that has no
    pools, and for a token in another case than the provider's: the real one knows no such type either.
    """
    return _look_up(token, major_of(provider_version))


@lru_cache(maxsize=1024)
def _look_up(token: str, major: int) -> ResourceType | None:
    parsed = parse_token(token)
    if parsed is None:
        if is_azure_native(token):
            raise UnknownTypeError(f"Resource type {token} not found")
        return None
    pools = pool_types()
    if parsed.module == _POOLS_MODULE and parsed.name in pools["types"]:
        return _pool_type(parsed, major, pools)
    if parsed.module == _POOLS_MODULE and parsed.name.lower() in {name.lower() for name in pools["types"]}:
        raise UnknownTypeError(f"Resource type {token} not found")
    known = _common_types().get(f"{parsed.module}:{parsed.name}")
    if known is None:
        return ResourceType(parsed, parsed.api_version, None, None, "", has_location=False)
    default = _by_major(known["apiVersions"], major)
    return ResourceType(
        parsed, parsed.api_version or default, None, None, known["path"], has_location=known["location"]
    )


def _pool_type(token: Token, major: int, pools: Mapping[str, Json]) -> ResourceType:
    version = token.api_version or _by_major(pools["defaultApiVersion"], major)
    shape = shape_of(version)
    if shape is None:
        raise UnknownTypeError(
            f"Resource type {token.package}:{token.module}:{token.name} not found: "
            f"API version {version} has no inference pools"
        )
    tree = pools["types"][token.name][shape]
    return ResourceType(token, version, shape, tree, tree["armPath"], has_location=True)


def shape_of(api_version: str | None) -> str | None:
    """The shape of the pool types at an API version; newer versions than the known ones count as the newest.

    None for a version that has no pools: 2024-07-01-preview, and every stable one.
    """
    versions: Mapping[str, str | None] = pool_types()["apiVersions"]
    if api_version is None:
        return None
    newest = max(versions)
    if api_version.endswith("preview") and api_version > newest:
        return versions[newest]
    return versions.get(api_version)


def _by_major(versions: Mapping[str, str], major: int) -> str | None:
    """The entry for a major, or for the nearest one below it, or for the lowest there is."""
    if not versions:
        return None
    below = [int(key) for key in versions if int(key) <= major]
    return versions[str(max(below))] if below else versions[min(versions, key=int)]


@lru_cache(maxsize=1)
def pool_types() -> Mapping[str, Json]:
    """The property trees of the pool types, as in `inference_pools/platforms/azure_pools/data/azure_native.json`."""
    text = (
        resources.files("inference_pools.platforms.azure_pools").joinpath("data/azure_native.json").read_text("utf-8")
    )
    trees: Mapping[str, Json] = json.loads(text)
    return trees


@lru_cache(maxsize=1)
def _common_types() -> Mapping[str, Json]:
    text = resources.files("poolgate.standin.azure_native").joinpath("data/common.json").read_text("utf-8")
    types: Mapping[str, Json] = json.loads(text)["types"]
    return types
