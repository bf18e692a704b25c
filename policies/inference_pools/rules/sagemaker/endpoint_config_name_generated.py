"""The name of an endpoint configuration is left to the provider."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.platforms.names import SAGEMAKER
from inference_pools.platforms.sagemaker.facets import GivenName
from inference_pools.rule import Options, rule

_MADE = re.compile(r".+-[0-9a-f]{7}")
"""A logical name and seven digits, as Pulumi's providers name things: `chat-0d40dd7`."""


@rule(
    GivenName,
    id="endpoint-config-name-generated",
    title="An endpoint configuration's name is generated",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    platforms=SAGEMAKER,
    remedy="Leave {name} out, and give the endpoint the output {name} of the configuration: the provider makes up a "
    "new one for every change.",
    since="2026.12",
    source="https://github.com/hashicorp/terraform-provider-aws/pull/48993",
)
def endpoint_config_name_generated(given: GivenName, options: Options) -> Iterator[Finding]:
    """Nothing in a configuration can be changed but its tags: with a new machine it is another configuration.

    Under a name of its own the old one is deleted first, while the endpoint still uses it. The new one has the same
    name, so that the endpoint sees no change and goes on with the old capacity, of a configuration that is gone. The
    preview shows an update of the endpoint that does not happen.
    """
    name = given.name
    if name and not _MADE.fullmatch(name):
        yield Finding(
            "name",
            f"is {name!r}: a change of anything that the name does not tell of deletes the configuration while the "
            "endpoint uses it, or finds the name taken, and the endpoint never hears of the new one",
        )
