"""gcp: what pulumi-gcp, the Terraform provider google-beta behind Pulumi's bridge, does before it would call Google.

Run, not only read: the provider's resources at 93c65b2d60 (2026-08-21; pulumi-gcp 10.2.0 is of October) on the bridges
3.120.0 and 3.136.0, asked for `Check`, `Diff` and previews of `Create`. tests/standin/test_gcp.py has what those said.

Nothing of the provider's own settings enters the inputs. Whether its region or zone leads to a host, the provider asks
when it creates, and not in a preview: with none, and none on the resource, it stops there ("Cannot determine region").

Unlike the real one, a preview goes on where no project is configured, with a project that is not known yet: the
environment of a deployment may have one (GOOGLE_PROJECT). A project that a program begins to write counts as a change,
also where it is the provider's; and a number where a truth belongs passes here, and fails the real preview.
"""

from __future__ import annotations

from collections.abc import Mapping

from inference_pools.urn import Urn
from inference_pools.values import Json
from poolgate.standin.bridge import Bridged
from poolgate.standin.bridge_schema import ResourceType
from poolgate.standin.cloud import NO_CONFIG, Known
from poolgate.standin.gcp import functions, outputs
from poolgate.standin.gcp.schema import look_up
from poolgate.standin.wire import annotate_secrets, secret, strip_secrets, without_nulls


class Gcp(Bridged):
    """The provider gcp, 10.x."""

    package = "gcp"
    distribution = "pulumi_gcp"
    newest = "10.2.0"
    asks = "Google Cloud"

    def look_up(self, token: str) -> ResourceType | None:
        """See `schema`."""
        return look_up(token)

    def planned(self, kind: ResourceType, inputs: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json]:
        """See `outputs.planned`; the labels of all are as secret as the SDK says that they are."""
        return _marked(kind, outputs.planned(kind, inputs, config))

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
        """See `outputs.applied`; of a type that nothing is known of, the inputs, and a name that is the id."""
        kind, plain = look_up(token), without_nulls(strip_secrets(dict(inputs)))
        if kind is None:
            identifier = str(plain.get("name") or Urn.parse(urn).name)
            return Known(identifier, annotate_secrets({"name": identifier, **plain}, inputs))
        identifier, known = outputs.applied(kind, plain, config, urn=urn, now=now)
        return Known(identifier, annotate_secrets(_marked(kind, known), inputs))

    def invoke(self, token: str, args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
        """See `functions`."""
        return functions.invoke(token, args, config)


def _marked(kind: ResourceType, found: dict[str, Json]) -> dict[str, Json]:
    return {name: secret(value) if name in kind.facts["secret"] else value for name, value in found.items()}


GCP = Gcp()
