"""Takes an id apart by its kind: which pieces are fixed words, which are names, and what each may hold.

Spans that stand between delimiters come in masked, so that a separator inside of one does not split the id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple

from inference_pools.placeholders import slots
from inference_pools.placeholders.patterns import pattern
from inference_pools.placeholders.slots import Slot

MASK: Final = "\x01"


class Form(Enum):
    """The kinds of values that are told apart."""

    ARM = "Azure Resource Manager id"
    AZUREML = "Azure ML URI"
    ARN = "Amazon resource name"
    GOOGLE = "Google Cloud resource name"
    IMAGE = "container image"
    URL = "URL"
    PATH = "path"
    WORD = "one word"

    # Each member is one object: what Enum adds, the hash of its name worked out in Python, is asked for every segment.
    __hash__ = object.__hash__

    @property
    def is_id(self) -> bool:
        """Whether the form fixes what stands where."""
        return self not in (Form.URL, Form.PATH, Form.WORD)


class Segment(NamedTuple):
    """One piece of an id."""

    start: int
    end: int
    slot: Slot | None = None
    fixed: bool = False
    """Whether it is a word of the form itself, such as `resourceGroups`."""
    collection: str | None = None
    """The collection it is a member of, in the singular: a weak word repeats it."""


class Id(NamedTuple):
    """A value taken apart."""

    form: Form
    segments: tuple[Segment, ...]


# `Microsoft.Resources/subscriptions/resourceGroups` is the name of a type.
_ARM: Final = pattern(
    r"(?:^|(?<!microsoft\.resources)/)(?=subscriptions/[^/])|^(?=/?providers/Microsoft\.)", re.IGNORECASE
)
_ARM_PREFIX: Final = pattern(r"$|azureml:/{0,2}$|.*azure|.*=$|/?planes/", re.IGNORECASE)
_GOOGLE: Final = pattern(
    r"(?:^|^(?:https?:)?//[^/]*\.googleapis\.com/(?:[\w/.-]{0,40}/)?)"
    r"(?=projects/[^/]+(?:/(?:locations|regions|zones|global|topics|subscriptions|secrets|instances|serviceAccounts"
    r"|managedZones|operations|services|instanceConfigs|aggregated|repos|platforms|models|endpoints)(?:/|$)|/?$))"
)
_IMAGE: Final = pattern(
    r"(?P<host>(?P<account>[^./\s]+)\.dkr\.ecr(?:-fips)?\.(?P<region>[^./\s]+)\.amazonaws\.com(?:\.cn)?"
    r"|(?P<azure>[^./\s]+)\.azurecr\.(?:io|cn|us)"
    r"|(?:(?P<location>[^./\s]+)-docker\.pkg\.dev|(?:[^./\s]+\.)?gcr\.io)/(?P<project>[^/\s]+)"
    r"|mcr\.microsoft\.com|(?:docker|ghcr|quay)\.io)(?:/(?P<path>[^\s]*))?"
)
_TAG: Final = pattern(r":(?P<tag>[^:@/]+)(?=@|$)|@(?P<digest>[^@]+)$")
_PIECE: Final = pattern(r"[^/?&=\s]+")
# A query or fragment; a run of `#` is a mask.
_QUERY: Final = pattern(r"\?|(?<!#)#(?!#)")
_ARN_PIECE: Final = pattern(r"[^:/]+")
# Three dots are a piece where they stand for one, and none in `compare/v1.2...v1.3`.
_URL_PIECE: Final = pattern(r"[^/?#&=:@.,;\s]+|(?<=[/=:@])\.{3,}|(?<!\.)\.{3,}(?=[/?&;]|$)")
_PATH_PIECE: Final = pattern(r"[^/:=;&?@\s]+")
_SHORT: Final = pattern(r"azureml:(?P<name>[^:@/\s][^:@]*)(?:[:@](?P<version>[^:@]+))?")
_URL: Final = pattern(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def parse(text: str) -> Id:
    """The pieces of a value; a value of no known form is one word, a path, or a URL."""
    return (
        _arn(text)
        or _azureml(text)
        or _arm(text)
        or _google(text)
        or _image(text)
        or _url(text)
        or Id(Form.PATH if "/" in text else Form.WORD, tuple(_path(text)))
    )


def _path(text: str) -> Iterator[Segment]:
    """The pieces of a path or of settings (`AccountName=stml`), whose names are fixed words.

    A piece after a collection of definitions is the id of one, wherever the path begins.
    """
    before = ""
    for piece in _PATH_PIECE.finditer(text):
        known = slots.AZURE.get(before.lower())
        named = text[piece.end() : piece.end() + 1] == "="
        yield Segment(piece.start(), piece.end(), known if known is slots.DEFINITION else None, fixed=named)
        before = piece[0]


def _plain(pattern: re.Pattern[str], text: str) -> Iterator[Segment]:
    return (Segment(piece.start(), piece.end()) for piece in pattern.finditer(text))


def _url(text: str) -> Id | None:
    if not _URL.match(text):
        return None
    return Id(Form.URL, tuple(_url_pieces(text, 0, len(text))))


def _url_pieces(text: str, start: int, end: int) -> Iterator[Segment]:
    """The pieces of a URL; those of its host know that they are."""
    scheme = _URL.match(text, start, end)
    host = scheme.end() if scheme else start + 2 if text.startswith("//", start) else end
    path = text.find("/", host, end)
    for piece in _URL_PIECE.finditer(text, start, end):
        in_host = host <= piece.start() < (path if path >= 0 else end)
        # There is a host of that name, and a picture on many a host: `via.placeholder.com`, `img/placeholder.png`.
        fixed = piece[0] == "placeholder" and text[piece.end() : piece.end() + 1] == "."
        slot = _host_slot(piece[0], text, piece.end()) if in_host else None
        yield Segment(piece.start(), piece.end(), slot, fixed)


_BUCKETS: Final = {"s3://": slots.AWS_BUCKET, "gs://": slots.GOOGLE_BUCKET}
"""What stands where a host would, by the scheme."""


def _host_slot(label: str, text: str, end: int) -> Slot:
    """Hosts that name a region: `scorer.westeurope.inference.ml.azure.com`, `sqs.region.amazonaws.com`; and buckets."""
    if text.startswith(".inference.ml.azure.com", end):
        return slots.AZURE_LOCATION
    bucket = next((slot for scheme, slot in _BUCKETS.items() if text.startswith(scheme)), None)
    if bucket is not None:
        return bucket
    if label.lower() == "region" and text.startswith(".amazonaws.com", end):
        return slots.AWS_REGION
    return slots.HOST


def _arn(text: str) -> Id | None:
    if not text.startswith("arn:"):
        return None
    starts = [0, *(match.end() for match in re.finditer(":", text))][:6]
    ends = [*(start - 1 for start in starts[1:]), len(text)]
    kinds = (None, slots.AWS_PARTITION, slots.AWS_SERVICE, slots.AWS_REGION, slots.AWS_ACCOUNT)
    service = text[starts[2] : ends[2]] if len(starts) > 3 else ""
    segments = [Segment(starts[0], ends[0], fixed=True)]
    for start, end, slot in zip(starts[1:5], ends[1:5], kinds[1:], strict=False):
        untyped = not text[start:end].strip("*") or _is_exempt(text[start:end], service)
        segments.append(Segment(start, end, _untyped(slot) if untyped else slot))
    if len(starts) > 5:
        pieces = [Segment(m.start(), m.end(), slots.AWS_RESOURCE) for m in _ARN_PIECE.finditer(text, starts[5])]
        segments += pieces
    return Id(Form.ARN, tuple(segment for segment in segments if segment.end > segment.start))


# Services that put something else where the account stands: `arn:aws:iam::aws:policy/…` is Amazon's own policy,
# `arn:aws:automate:eu-west-1:ec2:recover` an action.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
def _is_exempt(text: str, service: str) -> bool:
    return text in {"aws", "amazon", "cloudfront", "aws-managed", "aws-marketplace"} or service == "automate"


def _untyped(slot: Slot | None) -> Slot | None:
    return Slot(slot.words, slot.belongs) if slot else None


def _azureml(text: str) -> Id | None:
    if not text.startswith("azureml:"):
        return None
    if text.startswith("azureml://") and not text.lower().startswith("azureml://subscriptions/"):
        return Id(Form.AZUREML, tuple(_pairs(text, len("azureml://"), slots.azure_collection)))
    short = _SHORT.fullmatch(text)
    if short is None:
        return None
    segments = [
        Segment(*short.span("name"), Slot("the asset's name", "the name of a registered asset"), collection="name")
    ]
    if short["version"]:
        slot = Slot("the asset's version", "a version that exists, such as 3")
        segments.append(Segment(*short.span("version"), slot, collection="version"))
    return Id(Form.AZUREML, tuple(segments))


def _arm(text: str) -> Id | None:
    for found in islice(_ARM.finditer(text), 3):
        if _ARM_PREFIX.match(text[: found.start()]):
            before = list(_url_pieces(text, 0, found.start()))
            if before and "#" in text[: found.start()]:
                # The address of a page of the portal names its arguments: `#blade/X/Y/resourceId/<the id>`.
                before[-1] = before[-1]._replace(fixed=True)
            return Id(Form.ARM, (*before, *_pairs(text, found.end(), slots.azure_collection)))
    return None


def _google(text: str) -> Id | None:
    if "projects/" not in text:
        return None
    found = _GOOGLE.match(text)
    if found is None:
        return None
    return Id(Form.GOOGLE, (*_url_pieces(text, 0, found.end()), *_pairs(text, found.end(), slots.google_collection)))


# Collections with no members: the next piece is another collection.
LONELY: Final = frozenset({"global", "aggregated"})


def _pairs(text: str, start: int, slot_of: Callable[[str, str | None], Slot]) -> Iterator[Segment]:
    """Collections and their members in turn: `workspaces/fraud/models/scorer/versions/3`.

    In an Azure id, `providers/Microsoft.X` is followed by a collection again.
    """
    query = _QUERY.search(text, start)
    end = query.start() if query else len(text)
    name: str | None = None
    parent: str | None = None
    for piece in _PIECE.finditer(text, start, end):
        written = piece[0]
        if name is None:
            yield Segment(*piece.span(), fixed=True)
            name = None if written.lower() in LONELY else written
            continue
        yield Segment(*piece.span(), slot_of(name, parent), collection=slots.singular(name))
        name, parent = None, name
    yield from _query(text, end)


def _query(text: str, start: int) -> Iterator[Segment]:
    """The pieces of a query; the names of its parameters (`api-version=`) are fixed words."""
    for piece in _URL_PIECE.finditer(text, start):
        yield Segment(piece.start(), piece.end(), fixed=text[piece.end() : piece.end() + 1] == "=")


def _image(text: str) -> Id | None:
    found = _IMAGE.match(text) if "." in text else None
    if found is None:
        return None
    places = {
        "account": slots.AWS_ACCOUNT,
        "region": slots.AWS_REGION,
        "azure": slots.IMAGE_REGISTRY,
        "location": slots.GOOGLE_LOCATION,
        "project": slots.GOOGLE_PROJECT,
    }
    segments = [Segment(*found.span(group), slot) for group, slot in places.items() if found[group]]
    if found["path"]:
        tag = _TAG.search(text, found.start("path"))
        repository_end = tag.start() if tag else found.end("path")
        segments += [
            Segment(piece.start(), piece.end(), slots.IMAGE_REPOSITORY, collection="image")
            for piece in _PIECE.finditer(text, found.start("path"), repository_end)
        ]
        for match in _TAG.finditer(text, found.start("path")):
            segments.append(
                Segment(*match.span("tag" if match["tag"] else "digest"), slots.IMAGE_TAG, collection="tag")
            )
    return Id(Form.IMAGE, tuple(segments))
