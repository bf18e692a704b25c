"""What Vertex AI serves, by name: models of a publisher or of Hugging Face, images of containers, an agent's model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from inference_pools.facets import Asset
from inference_pools.values import Json

_PUBLISHED: Final = re.compile(r"publishers/[^/@\s]+/models/(?P<model>[^/@\s]+)(?:@(?P<version>[^/@\s]+))?")
_GOOGLE_REGISTRY: Final = re.compile(r"[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z]+\.)?gcr\.io")
_MOVES: Final = "latest"
_ALIAS: Final = re.compile(r"(?:[^\s\"]*/)?(?P<alias>gemini-(?:[a-z0-9.]+-)*latest)", re.IGNORECASE)
"""https://ai.google.dev/gemini-api/docs/models: `gemini-flash-latest` is another model with every release."""

PIN_MODEL: Final = "Name the model's version after an @, as in publishers/google/models/gemma3@gemma-3-12b-it."
PIN_IMAGE: Final = (
    "Name the image by a tag that is never pushed again, best by its digest: …/IMAGE@sha256:DIGEST, as "
    "`gcloud artifacts docker images describe` shows it."
)
PIN_AGENT: Final = "Name a model that stays what it is, such as gemini-2.5-flash, and no alias that moves."


@dataclass(frozen=True, slots=True)
class Named:
    """A model or an image as the shared rules see one: an `Asset`."""

    name: str
    version: str | None = None
    label: str | None = None
    unversioned: str = ""
    homes: tuple[tuple[str, str | None], ...] = ()
    account: str | None = None
    account_noun: str = "project"


def published(written: str) -> Asset | None:
    """A publisher's model; None for what is none. Without a version it is the one that is the default on the day.

    pulumi-gcp 10.2.0: `publishers/{publisher}/models/{publisher_model}@{version_id}`.
    """
    found = _PUBLISHED.fullmatch(written)
    if found is None:
        return None
    return Named(found["model"], found["version"] or "")


def of_hub(written: str) -> Asset | None:
    """A model of Hugging Face, `google/gemma-2-2b-it`, of which no version can be named; None for what is none."""
    author, slash, name = written.partition("/")
    is_one = author and slash and name and "/" not in name
    return Named(name, unversioned="a model of Hugging Face") if is_one else None


def image(written: str) -> Asset | None:
    """A container's image by its digest, else its tag; None for what is none. One with neither follows `latest`."""
    rest, _, digest = written.strip().partition("@")
    if not rest or " " in rest:
        return None
    first, slash, path = rest.partition("/")
    host, named = (first, path) if slash and ("." in first or ":" in first) else ("", rest)
    repository, _, tag = named.partition(":")
    folders = repository.split("/")
    if not repository:
        return None
    moves = not digest and tag.casefold() in ("", _MOVES)
    lies_in_a_project = _GOOGLE_REGISTRY.fullmatch(host) is not None and len(folders) > 1
    return Named(
        folders[-1],
        None if moves else digest or tag,
        _MOVES if moves else None,
        homes=(("project", folders[0]), ("repository", "/".join(folders[1:-1]))) if lies_in_a_project else (),
        account=folders[0] if lies_in_a_project else None,
    )


def of_agent(written: str) -> Asset | None:
    """The model in the JSON text of an agent's configuration; None where it names none.

    https://google.github.io/adk-docs/agents/config/ (`model`); an alias such as gemini-flash-latest moves.
    """
    said = _from_json(written)
    model = said.get("model") if isinstance(said, dict) else None
    if not isinstance(model, str):
        return None
    return Named(model, label=model if model.casefold().endswith(f"-{_MOVES}") else None)


def alias(written: str) -> Asset | None:
    """The first alias of Gemini that is a text of its own, or one in JSON text; None where there is none.

    A variable and the methods of an agent may hold whatever their author likes, so that nothing else in them is taken
    for a model.
    """
    # Nearly all that is written has none, and need not be taken apart.
    if f"-{_MOVES}" not in written.casefold():
        return None
    found = next((hit for text in _texts(_from_json(written, written)) if (hit := _ALIAS.fullmatch(text))), None)
    return Named(found["alias"], label=found["alias"]) if found else None


def _from_json(written: str, otherwise: Json = None) -> Json:
    try:
        said: Json = json.loads(written)
    except (ValueError, RecursionError):
        return otherwise
    return said


def _texts(value: Json) -> Iterator[str]:
    """Every text in a value, but for names."""
    waiting = [value]
    while waiting:
        match waiting.pop(0):
            case str() as text:
                yield text
            case dict() as members:
                waiting[:0] = members.values()
            case list() as items:
                waiting[:0] = items
