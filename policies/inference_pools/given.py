"""What a provider's own settings give its resources.

Some providers write it into no input, neither in a preview nor in a state: of `gcp` region, project and default labels
stand on the provider alone. Rules see it where the resource has it, as if it were written there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from inference_pools.reader import ReadError, unwrap
from inference_pools.resource import Resource
from inference_pools.values import UNKNOWN_OBJECT, UNKNOWN_STRING, Json


class Given(NamedTuple):
    """What a resource's property is where the program writes none: what its provider's `setting` says.

    `under` is the resource's own property where that is an object whose members go over those of the setting; a setting
    that is no text is JSON text there. The property itself is one that only the service writes.
    """

    setting: str
    under: str = ""
    variables: tuple[str, ...] = ()
    """Those of the environment that the provider takes it from where nobody has set it: the first that is there."""


NOTHING_GIVEN: Final[Mapping[str, Given]] = {}


def with_given(resource: Resource, given: Mapping[str, Given]) -> Resource:
    """The resource with what its provider gives it. What one may give that was not seen is unknown."""
    found = {name: value for name, one in given.items() if (value := _value(resource, name, one)) is not None}
    return replace(resource, properties={**resource.properties, **found}) if found else resource


def completed(
    settings: Mapping[str, Json], given: Mapping[str, Given], environ: Mapping[str, str]
) -> Mapping[str, Json]:
    """The settings of a provider, with those that it takes from the environment where nobody has set them."""
    found = {
        one.setting: next(value for variable in one.variables if (value := environ.get(variable)))
        for one in given.values()
        if settings.get(one.setting) is None and any(map(environ.get, one.variables))
    }
    return {**settings, **found}


def as_before(properties: Mapping[str, Json], resource: Resource, given: Mapping[str, Given]) -> dict[str, Json]:
    """Properties that were made of those of a resource, without what its provider gave."""
    return {name: value for name, value in properties.items() if name not in given or name in resource.properties}


def _value(resource: Resource, name: str, one: Given) -> Json:
    if resource.properties.get(name) is not None:
        return None
    setting = resource.provider.get(one.setting) if resource.provider is not None else None
    if not one.under:
        return UNKNOWN_STRING if resource.provider is None else setting
    return _together(
        UNKNOWN_OBJECT if resource.provider is None else _object(setting), resource.properties.get(one.under)
    )


def _together(theirs: Json, own: Json) -> Json:
    """Both together; one that cannot be seen in place of them, since what the other lacks may be there."""
    try:
        seen = [unwrap(value, ()) or {} for value in (theirs, own)]
    except ReadError:
        return theirs if not isinstance(theirs, dict) or _is_marked(theirs) else own
    return {**seen[0], **seen[1]} if all(isinstance(value, dict) for value in seen) else UNKNOWN_OBJECT


def _is_marked(value: Json) -> bool:
    try:
        unwrap(value, ())
    except ReadError:
        return True
    return False


def _object(setting: Json) -> Json:
    """A setting that is an object: providers get it as JSON text."""
    try:
        text = unwrap(setting, ())
        return json.loads(text) if isinstance(text, str) else setting
    except ReadError:
        return setting
    except (ValueError, RecursionError):
        return UNKNOWN_OBJECT  # The provider refuses it itself.
