"""Container images in Amazon ECR: what a reference says, and which are AWS's own.

Read from `data/images.json`, which has the accounts of AWS's images region by region.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

_ECR: Final = re.compile(r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<domain>[a-z0-9.-]+)")
_MOVES: Final = "latest"
_CUDA: Final = re.compile(r"(?:^|-)cu(\d{2,3})(?=-|$)")
_FOR_GPU: Final = re.compile(r"(?:^|-)(?:gpu|cu\d{2,3})(?=-|$)")
_FOR_CPU: Final = re.compile(r"(?:^|-)cpu(?=-|$)")
_FOR_NEURON: Final = re.compile(r"(?:^|-)(?:neuronx?|inf2?|trn)(?=-|$)")


@dataclass(frozen=True, slots=True)
class Image:
    """A reference to an image: `763104351884.dkr.ecr.eu-central-1.amazonaws.com/pytorch-inference:2.6.0-cpu`.

    Account, region and domain are "" for one that is not in ECR.
    """

    host: str
    repository: str
    tag: str
    digest: str

    @property
    def _ecr(self) -> re.Match[str] | None:
        return _ECR.fullmatch(self.host)

    @property
    def region(self) -> str:
        """The region of its registry."""
        found = self._ecr
        return found["region"] if found else ""

    @property
    def registry_account(self) -> str:
        """The account of its registry."""
        found = self._ecr
        return found["account"] if found else ""

    @property
    def is_aws(self) -> bool:
        """Whether it is one of AWS's own images."""
        return bool(self.region) and self.account_in(self.region) == self.registry_account

    def account_in(self, region: str) -> str | None:
        """The account that has AWS's image of this repository in a region; None where it has none that is known."""
        return aws_accounts(self.repository).get(region)

    def host_in(self, region: str) -> str:
        """The registry of AWS's image in a region."""
        domains = _data()["domains"]
        return f"{self.account_in(region)}.dkr.ecr.{region}.{domains.get(region, domains[''])}"

    @property
    def cuda(self) -> tuple[int, int] | None:
        """The CUDA that the tag names: cu124 is 12.4."""
        found = _CUDA.search(self.tag)
        return (int(found[1][:2]), int(found[1][2:] or 0)) if found else None

    @property
    def processor(self) -> str:
        """What it is for: cpu, gpu or neuron; "" where neither the tag nor AWS's tables say so.

        A word in the tag counts in any repository, since whoever builds on AWS's images keeps their tags.
        """
        for pattern, name in ((_FOR_GPU, "gpu"), (_FOR_CPU, "cpu"), (_FOR_NEURON, "neuron")):
            if pattern.search(self.tag):
                return name
        known = _data()["repositories"].get(self.repository, {}).get("processors", []) if self.is_aws else []
        if len(known) != 1:
            return ""
        return known[0] if known[0] in ("cpu", "gpu") else "neuron"

    # What a source is asked for by the rules of all platforms.
    @property
    def name(self) -> str:
        """The repository."""
        return self.repository

    @property
    def version(self) -> str | None:
        """The digest, else the tag."""
        return self.digest or (None if self.label else self.tag)

    @property
    def label(self) -> str | None:
        """The tag that follows what is newest, written or not; None beside a digest."""
        return None if self.digest or self.tag.casefold() not in ("", _MOVES) else _MOVES

    @property
    def unversioned(self) -> str:
        """Nothing: without a tag an image follows one."""
        return ""

    @property
    def homes(self) -> tuple[tuple[str, str | None], ...]:
        """The repository, whose name may say an environment."""
        return () if self.is_aws else (("repository", self.repository),)

    @property
    def account(self) -> str | None:
        """The account of the registry."""
        return self.registry_account or None

    @property
    def account_noun(self) -> str:
        """What that is called."""
        return "account"


def parse(written: str) -> Image | None:
    """The parts of a reference; None for a text that is none."""
    rest, _, digest = written.strip().partition("@")
    if not rest or " " in rest:
        return None
    first, slash, path = rest.partition("/")
    has_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    host, named = (first, path) if has_host else ("", rest)
    repository, _, tag = named.partition(":")
    return Image(host, repository, tag, digest) if repository else None


def aws_accounts(repository: str) -> Mapping[str, str]:
    """The accounts that have AWS's images of a repository, by region; none for a repository that is not AWS's."""
    known = _data()["repositories"].get(repository)
    found: Mapping[str, str] = _data()["registries"][known["registries"]] if known else {}
    return found


@dataclass(frozen=True, slots=True)
class Archive:
    """The weights of a model, in a bucket: an object can be overwritten, so it has no version."""

    url: str
    version: str | None = None
    label: str | None = None
    unversioned: str = "an object in a bucket"
    account: str | None = None
    account_noun: str = "account"

    @property
    def name(self) -> str:
        """The last part of its URL."""
        return self.url.rstrip("/").rpartition("/")[2]

    @property
    def homes(self) -> tuple[tuple[str, str | None], ...]:
        """The bucket."""
        return (("bucket", self.url.removeprefix("s3://").partition("/")[0]),)


def parse_archive(written: str) -> Archive | None:
    """The weights that an S3 URL names; None for what is none."""
    return Archive(written) if written.startswith("s3://") else None


@cache
def _data() -> Mapping[str, Any]:
    path = Path(__file__).parent / "data" / "images.json"
    data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
