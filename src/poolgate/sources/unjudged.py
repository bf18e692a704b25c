"""Resources that may well be pools and that no rule judges: said, so that nobody takes silence for a verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from inference_pools.near_words import nearest
from inference_pools.not_judged import kind_not_judged
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, Json, is_unknown
from inference_pools.view import may_be_judged

_KINDS: Final = {name.lower(): name for name in ("InferencePool", "InferenceGroup", "InferenceEndpoint")}
_TOKEN: Final = "azure-native:machinelearningservices:{kind}"

# Programs in a program: code or commands that a preview does not run.
_CODE: Final = re.compile(r"pulumi-(?:python|nodejs):dynamic[:/].*|command:\w+:\w+")

# Azure's own templates, by the names that azure-native, azure (the bridged provider) and their versions have for them.
_TEMPLATES: Final = re.compile(
    r"azure-native(?:_\w+)?:resources(?:/v\w+)?:(?:Deployment(?:Stack)?(?:At\w+)?|TemplateSpecVersion)"
    r"|azure:core/\w*[tT]emplate\w*:\w*Template\w*"
)
_BODY: Final = re.compile(r"(?:main)?template(?:body|content)?", re.IGNORECASE)
_ARM_TYPE: Final = re.compile(r"inference(?:pools|groups|endpoints)\b", re.IGNORECASE)
_LINK: Final = re.compile(r"template(?:link|uri|specid|specversionid)", re.IGNORECASE)
_DEEPEST: Final = 50


NO_POOL: Final = "makes nothing that rules judge"
"""Why a stack is passed over."""

ONLY_READ: Final = "is only read here: what is deployed is judged where it is made, and by `poolgate audit`"
"""Why a pool that exists already (`.get()`) is passed over: a preview does not have its inputs."""


def why_unjudged(token: str, inputs: Mapping[str, Json], *, is_custom: bool = True, ignored: Iterable[str] = ()) -> str:
    """Why a resource that may be, or make, a pool is not judged, as a clause; "" for all others.

    A component (`is_custom` false) may be called what it likes: what it makes are resources of their own. `ignored` are
    the properties that a deployment leaves as they are (`ignoreChanges`).
    """
    if not is_custom or kind_not_judged(token):
        return ""
    if may_be_judged(token):
        names = ", ".join(ignored)
        return f"keeps what is deployed of {names} (ignoreChanges), which `poolgate audit` judges" if names else ""
    if _CODE.fullmatch(token):
        return f"is a {token}: what its code makes no preview sees"
    if _TEMPLATES.fullmatch(token):
        return _of_template(inputs)
    kind = _nearly(token)
    return f"has the type {token}, which is nearly {_TOKEN.format(kind=kind)} and no rule knows" if kind else ""


def _nearly(token: str) -> str:
    """The kind of pool that a type token is nearly the name of; "" for none."""
    name = re.sub(r"[^a-z]", "", token.rpartition(":")[2].rpartition("/")[2].lower())
    near = nearest(name, _KINDS, cutoff=0.88)
    return "" if near is None else _KINDS[near]


def _of_template(inputs: Mapping[str, Json]) -> str:
    found: set[str] = set()
    number = 0
    bodies = 0
    for key, value in _members(inputs, _DEEPEST):
        if _LINK.fullmatch(key) and value:
            found.add("is read from elsewhere")
        elif _BODY.fullmatch(key):
            bodies += 1
            if is_unknown(value) or (isinstance(value, dict) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE):
                found.add("is not known here")
        elif key == "type" and isinstance(value, str) and _ARM_TYPE.search(value):
            number += 1
    if number:
        found.add(f"makes {number} resource{'s' * (number > 1)} of inference pools")
    if not bodies and not found:
        found.add("is not known here")
    return f"is an Azure template that {', and '.join(sorted(found))}: no rule judges it" if found else ""


def _members(value: Json, depth: int) -> Iterator[tuple[str, Json]]:
    """Every key with its value, those within templates that are written as JSON text included."""
    if isinstance(value, list):
        for item in value:
            yield from _members(item, depth - 1) if depth else ()
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        yield str(key), item
        if _BODY.fullmatch(str(key)) and isinstance(item, str):
            item = _parsed(item)
        if depth:
            yield from _members(item, depth - 1)


def _parsed(text: str) -> Json:
    try:
        parsed: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed
