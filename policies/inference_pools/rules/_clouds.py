"""What one service says on each of its clouds: the models that it serves, and who owns it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inference_pools.facets import EnvironmentSource, ModelSource, ServedModel, Tags
from inference_pools.facets.served import Told, told
from inference_pools.finding import Finding
from inference_pools.owners import Owner, owner_of
from inference_pools.path import Keys
from inference_pools.platforms.platform import Subject
from inference_pools.reader import NotKnownError, ReadError
from inference_pools.services import OnCloud, Service, at_odds
from inference_pools.view import facets_of, places_of


class _Model(NamedTuple):
    subject: Subject
    keys: Keys
    what: Told


class _Tagged(NamedTuple):
    subject: Subject
    keys: Keys
    owner: Owner


def models_differ(service: Service) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """The models of a service that are not those of another cloud, and those of which that cannot be told."""
    known: dict[str, list[_Model]] = {}
    mute: dict[str, list[tuple[Subject, ReadError]]] = {}
    for cloud in service.where:
        known[cloud.vendor], mute[cloud.vendor] = _models(cloud)
    told_of = {vendor: models for vendor, models in known.items() if models}
    first = next(iter(told_of), None)
    for vendor, errors in mute.items():
        if errors and not known[vendor] and first is not None:
            subject, error = errors[0]
            yield subject, _cannot_tell(error, str(told_of[first][0].what), first)
    for models in told_of.values():
        likeness = {one.what.is_like(other.what) for one in models for other in told_of[str(first)]}
        if True not in likeness and None in likeness:
            one = models[0]
            error = NotKnownError(one.keys, f"is {one.what}")
            yield one.subject, _cannot_tell(error, str(told_of[str(first)][0].what), str(first))
    odds = at_odds(told_of, lambda one, other: one.what.is_like(other.what), lambda one: one.what.numbers)
    for _, reference, pairs in odds:
        mine, theirs = pairs[0]
        yield mine.subject, iter((_differs(service, mine, theirs.what, reference),))


def _differs(service: Service, mine: _Model, theirs: Told, reference: str) -> Finding:
    same_name = mine.what.words == theirs.words
    what, other = (
        (f"version {mine.what.version} of {mine.what.name}", f"version {theirs.version}")
        if same_name
        else (str(mine.what), str(theirs))
    )
    return Finding(mine.keys, f"is {what}, and the service {service.name} runs {other} on {reference}")


def _models(cloud: OnCloud) -> tuple[list[_Model], list[tuple[Subject, ReadError]]]:
    """The models that a service has on a cloud, and why of others that cannot be told.

    Where no model is written anywhere it lies in an image, of which only the digest tells whether it is the same.
    """
    found: list[_Model] = []
    mute: list[tuple[Subject, ReadError]] = []
    for is_model in (True, False):
        for subject in () if found or mute else cloud.subjects:
            for source in _sources(subject, is_model=is_model):
                try:
                    model = _told(subject, source)
                except ReadError as error:
                    mute.append((subject, error))
                else:
                    found += [] if model is None else [model]
    return found, mute


def _sources(subject: Subject, *, is_model: bool) -> Iterator[ModelSource | EnvironmentSource]:
    if not is_model:
        return facets_of(subject, EnvironmentSource)
    return facets_of(subject, ServedModel if places_of(subject, ServedModel) else ModelSource)


def _told(subject: Subject, source: ModelSource | EnvironmentSource) -> _Model | None:
    """What a source says; None where nothing is written. Raises ReadError for what says nothing to compare."""
    written, asset = source.id, source.asset
    if not written:
        return None
    keys = source.keys_of("id")
    what = None if asset is None else told(asset)
    if what is None or (isinstance(source, EnvironmentSource) and not what.digest):
        raise NotKnownError(keys, f"is {written!r}, which names no model and version")
    return _Model(subject, keys, what)


def _cannot_tell(error: ReadError, what: str, vendor: str) -> Iterator[Finding]:
    raise NotKnownError(error.keys, f"{error.message}: whether it is {what}, as on {vendor}, cannot be told")
    yield  # a part of a judgement, of which nothing can be said


def owners_differ(service: Service, owners: Mapping[str, str]) -> Iterator[tuple[Subject, Iterator[Finding]]]:
    """The resources of a service whose owner is none of those whom the service has on another cloud."""
    said: dict[str, list[_Tagged]] = defaultdict(list)
    for cloud in service.where:
        for subject in cloud.subjects:
            said[cloud.vendor] += _owner(subject, owners)
    named = {vendor: tagged for vendor, tagged in said.items() if tagged}
    for _, reference, pairs in at_odds(named, lambda one, other: one.owner.is_like(other.owner), lambda one: ()):
        mine, theirs = pairs[0]
        message = f"is {mine.owner.written!r}, and the service {service.name} has {theirs.owner} on {reference}"
        yield mine.subject, iter((Finding(mine.keys, message),))


def _owner(subject: Subject, owners: Mapping[str, str]) -> Iterator[_Tagged]:
    for tags in facets_of(subject, Tags):
        try:
            name = tags.names.get("owner")
            written = (tags.value(name) or "").strip() if name else ""
        except ReadError:
            continue  # the rule about owners says that it is not known
        if name and written:
            yield _Tagged(subject, tags.leaf(name).keys, owner_of(written, owners))
