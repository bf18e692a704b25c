"""The owner of a resource is someone who can be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inference_pools import owners
from inference_pools.facets import Tags
from inference_pools.finding import Enforcement, Finding, Severity
from inference_pools.near_words import nearest
from inference_pools.rule import Judgement, Option, OptionError, Options, OptionValue, rule
from inference_pools.values import Json

_ADDRESS: Final = re.compile(r"[^@\s]+@(?P<domain>[^@\s.]+(?:\.[^@\s.]+)+)")
_NAMED: Final = re.compile(r"[^<>@]*<([^<>]*)>")
"""An address with a name before it, as mail programs write it."""
_SEVERAL: Final = re.compile("[;,]")
_NOBODY: Final = frozenset(
    "- ? x none n/a na null nil nobody noone unknown anonymous someone me myself us tba admin administrator root user "
    "owner test".split()
)
"""What people write who do not want to be the owner."""


class _Expression(Option):
    """A regular expression."""

    def parse(self, value: Json) -> OptionValue:
        """The expression as text. Raises OptionError where it is none."""
        text = Option.parse(self, value)
        assert isinstance(text, str)
        try:
            re.compile(text)
        except re.error as error:
            raise OptionError(f"is {text!r}, which is no regular expression: {error}") from None
        return text


@rule(
    Tags,
    id="owner-tag-valid",
    title="The owner tag names an owner",
    severity=Severity.LOW,
    enforcement=Enforcement.ADVISORY,
    remedy="Set the tag to a person or a group that answers, for example {owner_example}.",
    options={
        "names": Option(("owner",), "The tags that name an owner, compared without regard to case."),
        "pattern": _Expression(
            "",
            "A regular expression that an owner must match as a whole, such as an e-mail address of the organisation "
            "or the name of a group. Without it, only what is nobody, and what is meant for an address and is none, "
            "is found.",
        ),
        "owners": owners.option(),
        "domains": Option((), "The domains that an owner's e-mail address may be in; none named: every domain."),
    },
    since="2026.12",
)
def owner_tag_valid(tags: Tags, options: Options) -> Iterator[Judgement]:
    """A tag that names nobody fills the column of the report and leaves nobody to ask.

    Whom a tag means, the mapping of `owners` says. Where a platform's tags cannot hold an address, what they mean is
    held against pattern and domains, and one that the mapping lacks is found where there is a mapping.
    """
    written = tags.names
    for name in options.names:
        if name.casefold() in written:
            yield _one(tags, written[name.casefold()], options)


def _one(tags: Tags, name: str, options: Options) -> Iterator[Finding]:
    written = (tags.value(name) or "").strip()
    if not written:
        return  # whether a tag must have a value is for `tags-required` to say
    owner = owners.owner_of(written, options.owners).name
    if owner.casefold() in _NOBODY:
        yield Finding(name, f"is {written!r}, which names nobody")
    elif owner == written and not tags.take_addresses:
        yield from _label(name, written, options)
    elif options.pattern and not re.fullmatch(options.pattern, owner):
        remedy = f"Set the tag to an owner that matches {options.pattern} as a whole."
        yield Finding(name, f"is {owner!r}, an owner here looks like {options.pattern}", remedy)
    else:
        for one in _SEVERAL.split(owner):
            if "@" in one:
                yield from _address(name, one.strip(), options)


def _label(name: str, written: str, options: Options) -> Iterator[Finding]:
    """A label that stands for somebody, where no address fits in: the mapping says for whom, if there is one."""
    if options.owners:
        near = nearest(written, options.owners)
        meant = f", did you mean {near!r}?" if near else ""
        remedy = f"Set it to one of those who are there, or say whom {written} means: {written}: ml-platform@{_DOMAIN}."
        yield Finding(name, f"is {written!r}, which the mapping of owners does not have{meant}", remedy)


def _address(name: str, owner: str, options: Options) -> Iterator[Finding]:
    named = _NAMED.fullmatch(owner)
    address = _ADDRESS.fullmatch(named[1] if named else owner)
    domains = sorted({domain.casefold().lstrip("@") for domain in options.domains})
    example = (
        f"Set the tag to a person or a group that answers, for example ml-platform@{next(iter(domains), _DOMAIN)}."
    )
    if address is None:
        yield Finding(name, f"is {owner!r}, which is no e-mail address", example)
    elif domains and address["domain"].casefold() not in domains:
        yield Finding(name, f"is {owner!r}, allowed are addresses in {', '.join(domains)}", example)


_DOMAIN: Final = "contoso.com"
