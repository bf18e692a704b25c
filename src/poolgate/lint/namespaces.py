"""Keys of a configuration in a wrong namespace: which one was probably meant for a key that is missing.

A key reads NAMESPACE:NAME; the namespace is the project's or a provider's. Nobody complains of another one: the key
is read by nobody, and the program, or the provider, lacks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from inference_pools.near_words import is_slip_of, is_spelt_alike

PROVIDERS: Final = frozenset(
    "aiven akamai alicloud apigateway auth0 aws aws-apigateway aws-native awsx azapi azure azure-native azuread "
    "azuredevops civo cloudflare cloudinit command confluentcloud consul databricks datadog digitalocean docker "
    "docker-build eks equinix-metal fastly gcp github gitlab google-native grafana hcloud hcp kafka keycloak "
    "kubernetes linode minio mongodbatlas mysql newrelic nomad oci okta openstack opsgenie pagerduty postgresql pulumi "
    "pulumiservice rabbitmq rancher2 random scaleway slack snowflake splunk sumologic synced-folder tailscale time tls "
    "vault venafi vsphere wavefront yandex".split()
)
"""Namespaces of providers that are published, and of the engine: what stands in them is for these to judge."""

_FAMILIES: Final = ("azure", "aws", "google", "docker")
"""How the names of providers begin of which one is taken for another: `azure:location` for `azure-native:location`."""
_FEWEST_LETTERS: Final = 5
"""Shorter names differ in a letter or two by design: `shop` and `shops`, `app` and `api`."""
_DIGITS: Final = re.compile(r"\d+")


@lru_cache(maxsize=1024)
def meant_namespace(namespace: str, project: str) -> str | None:
    """The project, or the provider, of whose name a namespace is a slip; None for any other.

    Names that differ in a number are two names.
    """
    if namespace in PROVIDERS or namespace == project or len(namespace) < _FEWEST_LETTERS:
        return None
    slips = [
        name
        for name in (project, *sorted(PROVIDERS))
        if len(name) >= _FEWEST_LETTERS
        and _DIGITS.findall(name) == _DIGITS.findall(namespace)
        and is_slip_of(namespace, name)
    ]
    return slips[0] if slips else None


def near_miss(missing: str, configured: Iterable[str]) -> str | None:
    """The key that was probably meant for a missing one; None where there is none, or a choice.

    Both with their namespace. What stands in the namespace of a provider is that provider's, but for one of the same
    cloud.
    """
    namespace, _, name = missing.rpartition(":")
    ranks: dict[int, list[str]] = {}
    for key in configured:
        other, _, written = key.rpartition(":")
        if key == missing or (other in PROVIDERS and other != namespace and not _are_of_one_cloud(other, namespace)):
            continue
        if is_spelt_alike(written, name):
            ranks.setdefault(0, []).append(key)
        elif is_slip_of(written, name):
            ranks.setdefault(1 if other == namespace else 2, []).append(key)
    best = ranks[min(ranks)] if ranks else []
    return best[0] if len(best) == 1 else None


def _are_of_one_cloud(first: str, second: str) -> bool:
    return any(first.startswith(cloud) and second.startswith(cloud) for cloud in _FAMILIES) or (
        {first, second} == {"gcp", "google-native"}
    )
