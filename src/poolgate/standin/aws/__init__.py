"""aws: what pulumi-aws, the Terraform provider behind Pulumi's bridge, does before it would call AWS.

Types without a tree (`schema.look_up`) pass through: their inputs are taken as they are, and nothing is known of their
outputs. `data/validators.json` says what was run and what is from source alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inference_pools.urn import Urn
from inference_pools.values import Json, is_secret, is_unknown
from poolgate.standin.aws import functions, outputs
from poolgate.standin.aws.diff import diff
from poolgate.standin.aws.fill import DEFAULT_TAGS, default_tags, filled
from poolgate.standin.aws.schema import look_up
from poolgate.standin.aws.validate import failures
from poolgate.standin.changes import changes
from poolgate.standin.cloud import Change, Checked, CheckFailure, Difference, Known, Request
from poolgate.standin.wire import annotate_secrets, secret, strip_secrets, without_nulls

_HIDDEN = "[secret]"


class Aws:
    """The provider aws, 7.x.

    Unlike the real one it takes secrets with their marks, and puts them back itself as the engine would: so that
    `tagsAll`, which is no input of the program's, is as secret as the tags in it, and as the provider's own tags.
    """

    package = "aws"
    distribution = "pulumi_aws"
    newest = "7.51.1"
    asks = "AWS"
    accepts_secrets = True

    def owns(self, package: str) -> bool:
        """Whether it is aws: nothing is made from it by a parameter."""
        return package == self.package

    def check(self, request: Request) -> Checked:
        """Fill in region, all tags, name, defaults and types, then validate."""
        kind = look_up(request.token)
        if kind is None:
            return Checked(dict(request.inputs), ())
        news, olds = (without_nulls(strip_secrets(dict(one))) for one in (request.inputs, request.old_inputs))
        inputs = filled(kind, request, news, olds)
        found = [*failures(kind, inputs, Urn.parse(request.urn).name)]
        secrets = sorted({*_secret_texts(dict(request.inputs))}, key=len, reverse=True)
        return Checked(_marked(inputs, request), tuple(_without(failure, secrets) for failure in found))

    def preview_outputs(self, token: str, inputs: Mapping[str, Json], *, version: str) -> dict[str, Json]:
        """See `outputs.preview`."""
        kind = look_up(token)
        if kind is None:
            return {}
        return annotate_secrets(outputs.preview(kind, strip_secrets(dict(inputs))), inputs)

    def preview_update(
        self, token: str, inputs: Mapping[str, Json], state: Mapping[str, Json], *, version: str
    ) -> dict[str, Json]:
        """As for a creation, with the name, ARN and so on that the state has."""
        kind = look_up(token)
        found = self.preview_outputs(token, inputs, version=version)
        return outputs.kept(kind, found, state) if kind else found

    def diff(self, token: str, old: Mapping[str, Json], new: Mapping[str, Json], *, version: str) -> Difference:
        """See `diff.diff`; that any change of a type without a tree is made in place is a guess."""
        kind = look_up(token)
        if kind is None:
            return Difference(tuple(Change(keys, change, False) for keys, change in changes(dict(old), dict(new))))
        return diff(kind, old, new)

    def applied(self, token: str, inputs: Mapping[str, Json], *, urn: str, version: str, now: str) -> Known:
        """See `outputs.applied`; one of a type without a tree has its inputs, a name, which is its id, and an ARN."""
        kind, plain = look_up(token), without_nulls(strip_secrets(dict(inputs)))
        if kind is None:
            identifier = str(plain.get("name") or Urn.parse(urn).name)
            arn = outputs.arn_of(token.partition(":")[2].partition("/")[0], token.rpartition(":")[2], identifier)
            known = {"arn": arn, "name": identifier, **plain}
        else:
            identifier, known = outputs.applied(kind, plain, urn=urn, now=now)
        return Known(identifier, annotate_secrets(known, inputs))

    def local_package(self, parameter: Sequence[str] | bytes) -> None:
        """It takes no parameters."""

    def invoke(self, token: str, args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
        """See `functions`."""
        return functions.invoke(token, args, config)


def _marked(inputs: dict[str, Json], request: Request) -> dict[str, Json]:
    tags = request.inputs.get("tags")
    if DEFAULT_TAGS in request.secret_settings and not is_secret(tags) and not is_unknown(tags):
        # Of a setting that is secret nobody knows which of its tags are.
        tags = {**dict.fromkeys(default_tags(request.config), secret("")), **(tags or {})}
    return annotate_secrets(inputs, {**request.inputs, "tagsAll": tags})


def _secret_texts(value: Json, *, hidden: bool = False) -> Iterator[str]:
    if is_secret(value):
        yield from _secret_texts(value.get("value"), hidden=True)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _secret_texts(item, hidden=hidden)
    elif hidden and isinstance(value, str) and len(value) > 2:
        yield value


def _without(failure: CheckFailure, secrets: Sequence[str]) -> CheckFailure:
    reason = failure.reason
    for text in secrets:
        reason = reason.replace(text, _HIDDEN)
    return CheckFailure(failure.keys, reason)


AWS = Aws()
