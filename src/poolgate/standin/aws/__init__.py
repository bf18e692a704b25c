"""aws: what pulumi-aws, the Terraform provider behind Pulumi's bridge, does before it would call AWS.

Types without a tree (`schema.look_up`) pass through: their inputs are taken as they are, and nothing is known of their
outputs. `data/validators.json` says what was run and what is from source alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from inference_pools.urn import Urn
from inference_pools.values import Json, is_secret, is_unknown
from poolgate.standin.aws import functions, outputs
from poolgate.standin.aws.fill import DEFAULT_TAGS, default_tags, filled
from poolgate.standin.aws.schema import look_up
from poolgate.standin.bridge import Bridged
from poolgate.standin.bridge_schema import ResourceType
from poolgate.standin.cloud import NO_CONFIG, Known, Request
from poolgate.standin.wire import annotate_secrets, secret, strip_secrets, without_nulls


class Aws(Bridged):
    """The provider aws, 7.x."""

    package = "aws"
    distribution = "pulumi_aws"
    newest = "7.51.1"
    asks = "AWS"

    def look_up(self, token: str) -> ResourceType | None:
        """See `schema`."""
        return look_up(token)

    def filled(
        self, kind: ResourceType, request: Request, news: Mapping[str, Json], olds: Mapping[str, Json]
    ) -> dict[str, Json]:
        """With region and all tags."""
        return filled(kind, request, news, olds)

    def marked(self, inputs: dict[str, Json], request: Request) -> dict[str, Json]:
        """All tags are as secret as the tags in them."""
        tags = request.inputs.get("tags")
        if DEFAULT_TAGS in request.secret_settings and not is_secret(tags) and not is_unknown(tags):
            # Of a setting that is secret nobody knows which of its tags are.
            tags = {**dict.fromkeys(default_tags(request.config), secret("")), **(tags or {})}
        return annotate_secrets(inputs, {**request.inputs, "tagsAll": tags})

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
        """See `outputs.applied`; one of a type without a tree has its inputs, a name, which is its id, and an ARN."""
        kind, plain = look_up(token), without_nulls(strip_secrets(dict(inputs)))
        if kind is None:
            identifier = str(plain.get("name") or Urn.parse(urn).name)
            arn = outputs.arn_of(token.partition(":")[2].partition("/")[0], token.rpartition(":")[2], identifier)
            known = {"arn": arn, "name": identifier, **plain}
        else:
            identifier, known = outputs.applied(kind, plain, urn=urn, now=now)
        return Known(identifier, annotate_secrets(known, inputs))

    def invoke(self, token: str, args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
        """See `functions`."""
        return functions.invoke(token, args, config)


AWS = Aws()
