"""Production runs nothing that is kept where things are tried out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from inference_pools.context import Context
from inference_pools.facets import Asset, Origin, Sources
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.rule import Judgement, Option, Options, rule

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PREFIXES = frozenset(("non", "pre"))
"""What makes another word of the one after it, with a separator between them or not."""


@rule(
    Sources,
    id="same-environment-sources",
    title="Production takes its sources from production",
    severity=Severity.HIGH,
    enforcement=Enforcement.MANDATORY,
    remedy="Promote the asset to a production registry or workspace, and name it there.",
    options={
        "words": Option(
            tuple(
                "dev development test tst testing qa uat stage stg staging sandbox sbx nonprod nonproduction preprod "
                "preproduction".split()
            ),
            "Words in the name of a registry, a workspace or what that lies in that say it is not for production. "
            "One of them may be written as two: non-prod is nonprod.",
        ),
        "subscriptions": Option(
            (), "Ids of subscriptions or accounts that are not for production, whatever their homes are called."
        ),
    },
    since="2026.12",
)
def same_environment_sources(sources: Sources, options: Options, context: Context) -> Iterator[Judgement]:
    """What lies in a development workspace may be overwritten or deleted there by anyone who develops, on any day.

    Names are taken apart at hyphens, underscores, digits and capitals: `mlw-chat-dev2` has the word dev, `mlwchatdev`
    has not. The shared code, models and environments of a stack that is not for production are not judged.
    """
    if not context.is_production:
        return
    for origin in sources.assets:
        yield _production(origin, options)
    for origin in sources.registries:
        yield _production(origin, options)


def _production(origin: Origin, options: Options) -> Iterator[Finding]:
    asset = origin.asset
    sign = next(_signs(asset, options), None) if asset is not None else None
    if sign:
        yield Finding(origin.keys, sign)


def _signs(asset: Asset, options: Options) -> Iterator[str]:
    """All that says the asset's home is not for production."""
    not_production = {word.casefold() for word in options.words}
    for what, name in asset.homes:
        for word in _words(name or ""):
            if word in not_production:
                yield f"is in the {what} {name!r}, which is a {word} one by its name"
    subscriptions = {known.casefold().removeprefix("/subscriptions/") for known in options.subscriptions}
    if asset.account and asset.account.casefold() in subscriptions:
        yield f"is in the {asset.account_noun} {asset.account!r}, which is not for production"


def _words(name: str) -> Iterator[str]:
    """The words of a name, in lower case, and a prefix with what it stands before as one: `non-prod`, `pre-prod`."""
    words = [word.casefold() for word in _WORD.findall(name)]
    yield from words
    yield from (first + second for first, second in pairwise(words) if first in _PREFIXES)
