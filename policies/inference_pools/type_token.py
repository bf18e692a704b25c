"""Type tokens: what Pulumi calls a kind of resource, taken apart."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple


class TypeToken(NamedTuple):
    """`azure-native:machinelearningservices/v20240401preview:InferencePool`, without and with its versions.

    `versions` are those that the token says, as they are written there: that of a local package that was made for one
    version (`azure-native_machinelearningservices_v20240401preview:…`), then that beside the module. Of
    `aws:sagemaker/model:Model` it is `model`, which is none: not every provider writes a version there.
    """

    package: str
    module: str
    kind: str
    versions: tuple[str, ...] = ()


_FORM: Final = re.compile(
    r"(?P<package>[a-z0-9-]+)(?:_[a-z0-9]+_(?P<local>v[0-9a-z]+))?:(?P<module>[\w.-]+)(?:/(?P<beside>[\w.-]+))?"
    r":(?P<kind>\w+)"
)


@lru_cache(maxsize=4096)
def parse(token: str) -> TypeToken | None:
    """The parts of a type token; None for what is none, such as the type of a component with more colons."""
    match = _FORM.fullmatch(token)
    if match is None:
        return None
    versions = tuple(version for version in (match["local"], match["beside"]) if version)
    return TypeToken(match["package"], match["module"], match["kind"], versions)
