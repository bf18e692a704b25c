"""Which model a resource serves, in words that can be compared with those of another cloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from inference_pools.facets.place import NOWHERE, Place
from inference_pools.facets.sources import Asset, ModelSource, no_asset
from inference_pools.path import Keys
from inference_pools.reader import Leaf

_WORD: Final = re.compile(r"[a-z]+|[0-9]+[a-z]*")
_VERSION: Final = re.compile(r"v?[0-9]+(?:[._-][0-9]+)*", re.IGNORECASE)
_DIGEST: Final = "sha256:"


@dataclass(frozen=True, slots=True)
class Told:
    """A model by the words of its name and its version; or an image by its digest, which says only what is the same."""

    name: str
    version: str = ""
    digest: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The name's words: `Llama-3.1-8B-Instruct` and `llama-3.1-8b-instruct` have the same."""
        return frozenset(_WORD.findall(self.name.casefold()))

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version's numbers; 7 is 7.0."""
        numbers = [int(number) for number in re.findall(r"\d+", self.version)]
        while len(numbers) > 1 and not numbers[-1]:
            numbers.pop()
        return tuple(numbers)

    def is_like(self, other: Told) -> bool | None:
        """Whether both are one model; None where that cannot be told.

        Where the words of one name are some of the other's it cannot: `fraud` may be short for `fraud-onnx`.
        """
        if self.digest or other.digest:
            return True if self.digest == other.digest else None
        if self.words != other.words:
            return None if self.words <= other.words or other.words <= self.words else False
        if not self.version or not other.version:
            return True
        return self.numbers == other.numbers

    def __str__(self) -> str:
        if self.digest:
            return f"the image {self.name} of the digest {self.digest[: len(_DIGEST) + 12]}"
        return f"{self.name} version {self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class Served:
    """An `Asset` of which nothing is known but what it is called."""

    name: str
    version: str | None = None
    label: str | None = None
    unversioned: str = ""
    homes: tuple[tuple[str, str | None], ...] = ()
    account: str | None = None
    account_noun: str = "account"


def by_path(url: str) -> Asset | None:
    """The model that the path of weights in a bucket names together with its version, as `s3://models/fraud/7/model.tar.gz`
    and `gs://models/fraud-7.tar.gz` do; None for a path that does not: any folder may be called anything.
    """
    scheme, mark, path = url.partition("://")
    if not scheme or not mark:
        return None
    *folders, last = [part for part in path.split("/") if part] or [""]
    stem = last.partition(".")[0] if not _VERSION.fullmatch(last) else ""
    if not stem:
        folders.append(last)
    name, dash, version = re.sub(r"(?s)\.(?:tar|tgz|zip|gz|pt|onnx|safetensors|model).*", "", last).rpartition("-")
    if dash and name and _VERSION.fullmatch(version):
        return Served(name, version)
    if len(folders) > 2 and _VERSION.fullmatch(folders[-1]) and not _VERSION.fullmatch(folders[-2]):
        return Served(folders[-2], folders[-1])
    return None


def on_the_hub(written: str) -> Asset | None:
    """A model of Hugging Face, as `author/name`; None for what is none, such as a path in the container."""
    author, slash, name = written.partition("/")
    return Served(name) if author and slash and name and "/" not in name and ":" not in written else None


def told(asset: Asset) -> Told | None:
    """What an asset says of itself; None where it says neither which model it is nor that it stays the same one."""
    version = asset.version or ""
    if version.startswith(_DIGEST):
        return Told(asset.name, digest=version)
    if not asset.name or asset.unversioned.startswith("a path"):
        return None
    if version and not _VERSION.fullmatch(version):
        return Told(version)  # gemma3@gemma-3-12b-it is a gemma-3-12b-it
    return Told(asset.name, version)


class ServedModel(ModelSource):
    """The model that is served, where a platform tells more of it than where it comes from.

    Where the field is a map of variables, `names` are those that may name it.
    """

    __slots__ = ("_names",)

    def __init__(
        self,
        own: Leaf,
        at: Mapping[str, Keys],
        place: Place = NOWHERE,
        *,
        parse: Callable[[str], Asset | None] = no_asset,
        names: Sequence[str] = (),
    ) -> None:
        super().__init__(own, at, place, parse=parse)
        self._names = names

    def leaf(self, field: str) -> Leaf:
        """The place of a field: of the first variable that is there, where it is one of several."""
        leaf = super().leaf(field)
        found = (leaf.child(name) for name in self._names)
        return next((one for one in found if one.present), leaf.child(self._names[0])) if self._names else leaf
