"""A cloud whose provider is a Terraform provider behind Pulumi's bridge: what is the same for all of those.

Types that nothing is known of pass through: their inputs are taken as they are, and nothing is known of their outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inference_pools.urn import Urn
from inference_pools.values import Json
from poolgate.standin import bridge_fill, bridge_outputs
from poolgate.standin.bridge_diff import diff
from poolgate.standin.bridge_schema import ResourceType
from poolgate.standin.bridge_validate import failures, without_secrets
from poolgate.standin.changes import changes
from poolgate.standin.cloud import NO_CONFIG, Change, Checked, CheckError, CheckFailure, Difference, Request
from poolgate.standin.wire import annotate_secrets, strip_secrets, without_nulls


class Bridged:
    """What a bridged provider does.

    Unlike a real one it takes secrets with their marks, and puts them back itself as the engine would: so that what the
    provider adds to the inputs is as secret as what it makes it of.
    """

    package: str
    accepts_secrets = True

    def owns(self, package: str) -> bool:
        """Whether it is the provider's own: nothing is made from it by a parameter."""
        return package == self.package

    def look_up(self, token: str) -> ResourceType | None:
        """What is known of a type; None for one that passes through."""
        raise NotImplementedError

    def filled(
        self, kind: ResourceType, request: Request, news: Mapping[str, Json], olds: Mapping[str, Json]
    ) -> dict[str, Json]:
        """The inputs, without secret marks and nulls, as the provider goes on with them."""
        return bridge_fill.filled(kind, request, news, olds)

    def marked(self, inputs: dict[str, Json], request: Request) -> dict[str, Json]:
        """The inputs with secret marks where those of the program have some."""
        return annotate_secrets(inputs, request.inputs)

    def check(self, request: Request) -> Checked:
        """Fill in what the provider adds, names, defaults and types, then validate."""
        kind = self.look_up(request.token)
        if kind is None:
            return Checked(dict(request.inputs), ())
        news, olds = (without_nulls(strip_secrets(dict(one))) for one in (request.inputs, request.old_inputs))
        try:
            inputs = self.filled(kind, request, news, olds)
        except CheckError as error:
            raise CheckError(without_secrets(str(error), request.inputs)) from None
        found = failures(kind, inputs, Urn.parse(request.urn).name)
        hidden = (CheckFailure(one.keys, without_secrets(one.reason, request.inputs)) for one in found)
        return Checked(self.marked(inputs, request), tuple(hidden))

    def planned(self, kind: ResourceType, inputs: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json]:
        """The outputs that a preview of the creation has, of checked inputs without secret marks."""
        return bridge_outputs.preview(kind, inputs)

    def preview_outputs(
        self, token: str, inputs: Mapping[str, Json], *, version: str, config: Mapping[str, str] = NO_CONFIG
    ) -> dict[str, Json]:
        """See `planned`."""
        kind = self.look_up(token)
        if kind is None:
            return {}
        return annotate_secrets(self.planned(kind, strip_secrets(dict(inputs)), config), inputs)

    def preview_update(
        self,
        token: str,
        inputs: Mapping[str, Json],
        state: Mapping[str, Json],
        *,
        version: str,
        config: Mapping[str, str] = NO_CONFIG,
    ) -> dict[str, Json]:
        """As for a creation, with what the state has of all that is made up once."""
        kind = self.look_up(token)
        found = self.preview_outputs(token, inputs, version=version, config=config)
        return bridge_outputs.kept(kind, found, state) if kind else found

    def diff(self, token: str, old: Mapping[str, Json], new: Mapping[str, Json], *, version: str) -> Difference:
        """See `bridge_diff`; that any change of a type that nothing is known of is made in place is a guess."""
        kind = self.look_up(token)
        if kind is None:
            return Difference(tuple(Change(keys, change, False) for keys, change in changes(dict(old), dict(new))))
        return diff(kind, old, new)

    def local_package(self, parameter: Sequence[str] | bytes) -> None:
        """It takes no parameters."""
