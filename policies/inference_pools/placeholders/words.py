"""Words that stand for a value: `YOUR_WORKSPACE`, `subscriptionId`, `replace-me`.

Words count only as whole values in template form. `my-model`, `latest-news` and `todo-api` are names.
"""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[0-9]+")

# What people name in a template. Compounds (`resource group`) come apart into their words.
NOUNS: Final = frozenset(
    """
    account acr aks alias api app application artifact asset azure aws bucket blob client cluster code company
    component compute connection connector container credential customer data dataset datastore database db
    deployment directory disk domain endpoint env environment experiment feature file folder function gateway gcp
    group host hub image index instance job lb location machine managed management ml mlw model namespace network
    node object online operation org organization owner package pipeline plan pod pool port principal processor
    profile project provider queue region registry repo repository res resource rg role route run schedule scope
    secret serve server service sku space storage sub subnet subs subscription table target task team template tenant
    topic type user vault vhub virtual vm vnet vpc web workspace ws zone
    """.split()
)
# The last word of a template: what is wanted of the thing.
SUFFIXES: Final = frozenset(
    """
    id ids name names number num version guid uuid uri url arn label identifier
    """.split()
)
_DETERMINERS: Final = frozenset({"my", "the", "a", "an", "new", "existing", "source", "src", "dest", "full", "some"})
# What a template written in capitals may end with where the parts of an id are expected.
_CAPITAL_ENDINGS: Final = SUFFIXES | NOUNS | {"ring", "key", "tag", "digest", "path", "value"}

_COMPOUNDS: Final = frozenset(
    {
        "resource group",
        "storage account",
        "service account",
        "key ring",
        "project id",
        "image path",
        "access key id",
    }
)

_JOINED_NOUN: Final = (
    "subscription|resourcegroup|workspace|registry|model|environment|endpoint|deployment|project|account|tenant|client"
    "|storageaccount|container|cluster|pool|bucket|region|image|repository|namespace|identity|app|user|object|principal"
    "|role|function|secret|server|database|vault|keyvault"
)
_JOINED: Final = re.compile(rf"(?:{_JOINED_NOUN})s?(?:id|name|guid)")
_DIGITS_AT_END: Final = re.compile(r"[_-]?[0-9]{1,2}$")

# Whole values that say of themselves that they are to be replaced, compared without case and punctuation.
_PHRASES: Final = frozenset(
    """
    todo tbd tba tbc fixme changeme changethis changeit replaceme replacethis replaceit fillme fillmein fillin
    fillthisin setme editme updateme insertme insertvalue insertvaluehere entervalue entervaluehere valuehere
    placeholder placeholdervalue redacted tobedefined tobedetermined tobereplaced toberenamed tobefilled notset
    notsetyet dummyvalue samplevalue examplevalue somevalue yourvalue
    """.split()
)
# Beginnings and middles that no genuine name has, on the tokens of a value.
_REPLACE: Final = re.compile(
    r"(?:^| )(?:replace (?:me|this|it|with|by|your)|change (?:me|this|it)|changeme|replaceme|fill (?:me|in|this)"
    r"|to be (?:replaced|defined|determined|filled|set)|(?:insert|enter|put|add|paste|set|your) (?:[a-z0-9]+ ){0,5}here"
    r"|goes here|fixme|tbd)(?: |$)"
)
_HERE: Final = re.compile(r"^(?:[a-z0-9]+ ){1,4}here$")
_INSERT: Final = re.compile(
    r"^(?:insert|enter|put|paste|add) (?:(?:your|the|a|an) |(?:[a-z0-9]+ ){1,4}(?:id|name|guid|key)$)"
)
# `getyourguide`, `yours` and `yourself` are words; `putYourKey` and `yourregistry` are not.
_YOUR: Final = re.compile(r"(?i:(?<![a-z])your(?!s(?![a-z])|sel))|(?<=[a-z])Your(?!s(?![a-z])|sel)")
_YOUR_ABROAD: Final = re.compile(r"^(?:votre|deine?|jouw|vostro)[-_]|你的|您的|あなたの|ваш", re.IGNORECASE)
_YOU: Final = re.compile(r"(?:^|(?<=[_\-./ ]))you(?=[A-Z_-])", re.IGNORECASE)
# What every such value holds somewhere; text without it is looked at no further.
_ASKS: Final = re.compile(
    r"you|repl|chang|fill|todo|tb[adc]|fixme|placeholder|redact|insert|enter|put|paste|add|here|to.?be|not.?set|value"
    r"|set|edit|update|votre|dein|jouw|vostro|[^\x00-\x7f]",
    re.IGNORECASE,
)
_WANTS: Final = re.compile(
    r"(?:ids?|names?|num|number|version|uid|ur[il]|arn|label|identifier)[_-]?[0-9]{0,2}$", re.IGNORECASE
)
_CAPITALS: Final = re.compile(r"[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*")

_PROSE_MARK: Final = re.compile(
    r"^\W*(?:TODO|TBD|FIXME|XXX)\b"
    r"|^[Ll]orem ipsum\b"
    r"|^(?:[Ee]nter|[Ii]nsert|[Aa]dd|[Pp]ut) (?:an? |the )?(?:\w+ ){0,3}(?:description|name|id|text|title|value)\W*$"
    r"|^(?:[Rr]eplace|[Cc]hange|[Ff]ill) (?:this|me|in|it|with)\b"
    r"|\b(?:TODO|TBD|FIXME)(?=[:!]|\W*$)"
    r"|\b(?:CHANGE|REPLACE|FILL)[_-]?(?:ME|THIS|IT)\b|\b(?:change|replace)-?me\b|\bREPLACE_WITH_\w+"
)
_PROSE_YOUR: Final = re.compile(
    r"^(?:(?:enter|insert|put|add|type|paste|replace with) )?your(?: [\w'-]{1,30}){1,3}$"
    r"|^[\w' -]{2,40} goes here$"
    r"|^(?:[\w'-]{1,30} ){0,3}(?:description|name|id|text|title|value|key|token|url|email) here$",
    re.IGNORECASE,
)


def tokens(text: str) -> list[str]:
    """The words of a name: `resourceGroupName`, `resource-group-name` and `RESOURCE_GROUP_NAME` have three."""
    return [token.lower() for token in _TOKEN.findall(text)]


def says_replace(text: str) -> str | None:
    """The style of a value that asks to be replaced, such as `replace-me` or `YOUR_MODEL`; else None."""
    if _ASKS.search(text) is None:
        return None
    words = tokens(text)
    if not words:
        return None
    if "".join(words) in _PHRASES or (words[0] == "todo" and text.startswith("TODO")):
        return "replace-me"
    sentence = " ".join(words)
    if _REPLACE.search(sentence) or _HERE.match(sentence) or _INSERT.match(sentence):
        return "replace-me"
    if "placeholder" in words and all(word in _OF_PLACEHOLDERS for word in words):
        return "replace-me"
    if _YOUR_ABROAD.search(text):
        return "your-x"
    return "your-x" if _YOUR.search(text) or (_YOU.search(text) and _is_noun_phrase(words[1:])) else None


# `placeholder-service` may be a service; `placeholder-model` is no model.
_OF_PLACEHOLDERS: Final = (NOUNS | SUFFIXES | _DETERMINERS | {"placeholder", "value", "text"}) - {
    "api",
    "app",
    "application",
    "function",
    "image",
    "job",
    "server",
    "service",
    "web",
}


def is_template(text: str) -> bool:
    """Whether a whole value is the name of what belongs there: `subscriptionId`, `resource-group-name`."""
    if _WANTS.search(text) is None:
        return False
    name = _DIGITS_AT_END.sub("", text)
    if _JOINED.fullmatch(name.lower()):
        return True
    words = tokens(name)
    return bool(words) and words[-1] in SUFFIXES and _is_noun_phrase(words[:-1])


def is_capital_template(text: str, *, trust: bool, own: str | None = None) -> bool:
    """Whether a value in capitals names what belongs there: `RESOURCE_GROUP`, `PROJECT-ID`.

    Real names come in capitals too (`RG-ML`), so in a value to trust only the clearest count: those that end in a
    suffix, the compounds, and the name of the very collection (`own`). Elsewhere a noun at the end is enough.
    """
    if not text.isupper():
        return False
    name = _DIGITS_AT_END.sub("", text)
    if not _CAPITALS.fullmatch(name):
        return False
    words = tokens(name)
    if len(words) == 1:
        return len(name) > 2 and (words[0] == own or (not trust and words[0] in _CAPITAL_ENDINGS))
    if " ".join(words[-2:]) in _COMPOUNDS or (words[-1] in SUFFIXES and words[-2] in NOUNS):
        return True
    return not trust and words[-1] in _CAPITAL_ENDINGS


def is_weak(text: str, singular: str | None) -> bool:
    """Whether a value is only the kind of thing that stands there: `models/model`, `versions/version`."""
    lower = text.lower()
    return lower in SUFFIXES or lower == singular or lower in {"image", "repo", "repository", "tag"}


def prose_mark(text: str) -> re.Match[str] | None:
    """Where a sentence says that it is unfinished; sentences that only speak of such things do not count."""
    return _PROSE_MARK.search(text) or _PROSE_YOUR.match(text)


def _is_noun_phrase(words: list[str]) -> bool:
    rest = words[1:] if words and words[0] in _DETERMINERS else words
    return bool(rest) and all(word in NOUNS or word in SUFFIXES for word in rest)
