"""azure-native: what it does before it would call Azure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Final

from inference_pools.values import Json
from poolgate.standin.azure_native.check import apply_outputs, check, preview_outputs, resource_id
from poolgate.standin.azure_native.diff import diff
from poolgate.standin.azure_native.types import NEWEST_PROVIDER, is_azure_native
from poolgate.standin.cloud import NO_CONFIG, Checked, Difference, Known, Request
from poolgate.standin.wire import annotate_secrets, strip_secrets


class AzureNative:
    """The provider azure-native, in both majors: `check`, `diff` and `types` say what is modelled, and from where."""

    package = "azure-native"
    distribution = "pulumi_azure_native"
    newest = NEWEST_PROVIDER
    asks = "Azure"
    accepts_secrets = False

    def owns(self, package: str) -> bool:
        """Whether it is azure-native, or a local package of it at one API version."""
        return is_azure_native(package)

    def check(self, request: Request) -> Checked:
        """Fill in name, location and API version, then validate (`check.check`)."""
        checked = check(
            request.token,
            request.inputs,
            urn=request.urn,
            provider_version=request.version,
            random_seed=request.random_seed,
            config=request.config,
            old_inputs=request.old_inputs,
            autonaming=request.autonaming,
            resource_group_locations=request.resource_groups,
        )
        return Checked(annotate_secrets(checked.inputs, request.inputs), checked.failures)

    def preview_outputs(
        self, token: str, inputs: Mapping[str, Json], *, version: str, config: Mapping[str, str] = NO_CONFIG
    ) -> dict[str, Json]:
        """The inputs that the response repeats, all else of it unknown."""
        return annotate_secrets(preview_outputs(token, inputs, provider_version=version), inputs)

    def preview_update(
        self,
        token: str,
        inputs: Mapping[str, Json],
        state: Mapping[str, Json],
        *,
        version: str,
        config: Mapping[str, str] = NO_CONFIG,
    ) -> dict[str, Json]:
        """As for a creation; name and location never change."""
        outputs = self.preview_outputs(token, inputs, version=version)
        outputs.update({key: state[key] for key in ("name", "location") if key in state})
        return outputs

    def diff(self, token: str, old: Mapping[str, Json], new: Mapping[str, Json], *, version: str) -> Difference:
        """See `diff.diff`."""
        return diff(token, old, new, version)

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
        """An ARM id in the subscription of all zeros, and what the response would have."""
        identifier = resource_id(token, strip_secrets(dict(inputs)), urn=urn, provider_version=version)
        return Known(identifier, apply_outputs(token, inputs, urn=urn, provider_version=version, now=now))

    def local_package(self, parameter: Sequence[str] | bytes) -> str:
        """azure-native with the types of one module at one API version.

        Source: `provider/pkg/provider/provider_parameterize.go`.
        """
        if not isinstance(parameter, bytes):
            if len(parameter) != 2:
                raise ValueError(f"expected 2 arguments (module and API version), got {len(parameter)}")
            return f"azure-native_{parameter[0]}_{parameter[1]}"
        try:
            kept = json.loads(base64.b64decode(parameter, validate=True))
            return f"azure-native_{kept['module']}_{kept['version']}"
        except (ValueError, KeyError, TypeError):
            raise ValueError("the parameter of the local package is not one that azure-native made") from None

    def invoke(self, token: str, args: Mapping[str, Json], config: Mapping[str, str]) -> dict[str, Json] | None:
        """Every function asks Azure."""
        return None


AZURE_NATIVE: Final = AzureNative()
