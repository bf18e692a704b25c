"""Words that stand for a value: `YOUR_WORKSPACE`, `subscriptionId`, `replace-me`.

Words count only as whole values in template form. `my-model`, `latest-news` and `todo-api` are names.
"""

from __future__ import annotations

import re
from typing import Final

from inference_pools.placeholders.patterns import pattern

_TOKEN: Final = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[0-9]+")

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
_DETERMINERS: Final = frozenset(
    """
    my the a an new existing source src dest full some any this that actual real correct desired own specific valid
    dummy fake bogus mock sample example test
    """.split()
)
# What may stand before a noun within a template: the clouds, their services, and the uses things are put to.
_MODIFIERS: Final = frozenset(
    """
    az arm aml uai uami umi msi mi sp spn kv law sa adls aoai openai foundry adf apim func sql cosmos redis backend tf
    terraform log analytics insights private public dns ip nic nsg admin security kms cmk
    sagemaker bedrock vertex training inference scoring batch online
    """.split()
)
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
_JOINED: Final = pattern(rf"(?:{_JOINED_NOUN})s?(?:id|name|guid)")
_DIGITS_AT_END: Final = pattern(r"[_-]?[0-9]{1,2}$")

# Whole values that say of themselves that they are to be replaced, compared without case and punctuation.
_PHRASES: Final = frozenset(
    """
    todo tbd tba tbc fixme changeme changethis changeit replaceme replacethis replaceit fillme fillmein fillin
    fillthisin setme editme updateme insertme insertvalue insertvaluehere entervalue entervaluehere valuehere
    placeholder placeholdervalue redacted tobedefined tobedetermined tobereplaced toberenamed tobefilled
    tobeconfirmed tobeannounced tobedecided tobeprovided notset notsetyet dummyvalue fakevalue samplevalue
    examplevalue somevalue yourvalue someid someguid someuuid somearn
    """.split()
)
# Beginnings and middles that no genuine name has, on the tokens of a value.
_REPLACE: Final = pattern(
    r"(?:^| )(?:replace (?:me|this|it|with|by|your)|change (?:me|this|it|in prod(?:uction)?)|changeme|replaceme"
    r"|fill (?:me|in(?! the blank)|this)"
    r"|(?:to|must) be (?:replaced|defined|determined|filled|set|confirmed|announced|decided|provided|specified"
    r"|supplied|assigned|configured|entered|inserted|substituted)"
    r"|(?:insert|enter|put|add|paste|set|your) (?:[a-z0-9]+ ){0,5}here"
    r"|please (?:set|change|replace|fill|update|enter|insert|provide|specify|configure|define|edit|choose|select)"
    r"|you (?:want|wish|chose|choose|created|registered|picked|would)"
    r"|goes here|not (?:a )?real|fixme|tbd"
    r"|reempla(?:za|zar|ce)|remplace[rz]|substitu(?:a|ir)|ersetzen|coloque aqui)(?: |$)"
    r"|(?:^| )to (?:replace|change|fill|substitute)$"
    r"|^placeholder (?:for|of) "
    # A song may be called `set-me-free`; of a value that ends there, or goes on about itself, nothing is left.
    r"|^(?:set|edit|update|override|overwrite|configure|define|provide|specify|customi[sz]e|modify|substitute|enter"
    r"|insert|supply) (?:me|this)(?: (?:please|pls|now|here|first|later|in|before|via|with|to)(?: |$)|$)"
)
_HERE: Final = pattern(
    r"^(?!(?:start|click|read|look|see|begin|join|live|right|over|from|out|up|stop|we|you|i|wish|are|is|was|get) )"
    r"(?:[a-z0-9]+ ){1,4}(?:here|aqui)$"
)
_INSERT: Final = pattern(
    r"^(?:insert|enter|put|paste|add) (?:your |(?:[a-z0-9]+ ){1,4}(?:id|name|guid|key)$)"
    r"|^(?:choose|select|specify|provide|supply|give|pick) (?:your |(?:[a-z0-9]+ ){0,3}(?:id|name|guid|arn|uri|url)$)"
)
# What is told to be put in is named after the verb: `INSERT_MODEL`, `choose-a-region`.
_TELLS: Final = frozenset("insert enter paste replace specify provide supply choose give".split())
# `REPLACE_ALL_TABLES` says how, and `REPLACE_RDS_ENDPOINT` what for.
_HOW: Final = frozenset("all and by each every first from if in into last of on only or per to when where".split())
# In capitals, as constants are written, these say it wherever they stand.
_CAPITAL_MARK: Final = pattern(r"(?:^|[_-])(?:TODO|TBC|TBA|PLACE_?HOLDER)(?:[_-]|$)")
# `getyourguide`, `yours` and `yourself` are words; `putYourKey` and `yourregistry` are not.
_YOUR: Final = pattern(r"(?i:(?<![a-z])your(?!s(?![a-z])|sel))|(?<=[a-z])Your(?!s(?![a-z])|sel)")
_YOUR_ABROAD: Final = pattern(
    r"(?:^|[-_])votre[-_]|^(?:deine|ihre|jouw|vostro)[-_]|^dein[-_](?:modell|projekt|name|konto|bucket|server)(?![a-z])|^(?:tu[-_]|(?-i:Tu(?=[A-Z])))"
    r"(?:modelo|nombre|clave|cuenta|proyecto|suscripcion|grupo|recurso|registro|bucket|contenedor)(?![a-z])|^seu[-_](?:projeto|id|modelo|recurso|grupo|nome|bucket|registro|workspace)|^(?-i:(?:TU|SU|SEU|SUA|TON|TA|DEIN|IHRE?|JOUW)_[A-Z])"
    r"|你的|您的|请替换|替换为|あなたの|置き換え|ваш",
    re.IGNORECASE,
)
_YOU: Final = pattern(r"(?:^|(?<=[_\-./ ]))you(?=[A-Z_-])", re.IGNORECASE)
# What every such value holds somewhere; text without it is looked at no further.
_ASKS: Final = pattern(
    r"you|re(?:pl|mpla|empla|dact)|ersetz|ch(?:ang|oos)|fi(?:ll|xme)|t(?:odo|b[adc])|pl(?:ace.?hold|ease)|insert|enter"
    r"|p(?:ut|aste|rovid)|add|here|aqui|to?.?be|not.?(?:set|real|a)|value|se(?:t|lect)|edit|update|over[rw]|config|defin"
    r"|specif|modif|custom|su(?:bst|ppl)|give|pick|dummy|fake|bogus|votre|deine|jouw|vostro"
    r"|^(?:some|seu|sua|[st]u_|tu[-cgmnprsb]|t[ao]n?_|dein[-_]|ihre?)|[^\x00-\x7f]"
)
_WANTS: Final = pattern(
    r"(?:ids?|names?|num|number|version|uid|ur[il]|arn|label|identifier)[_-]?[0-9]{0,2}$|[a-z_-](?:of|to)[a-z_-]"
)
# `NAME_OF_MODEL`, `path-to-the-model`.
_OF: Final = pattern(
    r"^(?:the )?(?:(?:id|name|number|version|guid|uuid|arn|region|location) of|ur[il] (?:of|to)|path to) "
)
_CAPITAL_OF: Final = pattern(
    r"(?:THE[_-])?(?:ID|NAME|NUMBER|VERSION|GUID|ARN|UR[IL]|PATH|KEY|VALUE)[_-](?:OF|TO|FOR)[_-]"
)
_CAPITALS: Final = pattern(r"[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*")

_PROSE_MARK: Final = pattern(
    r"^\W*(?:TODO|TBD|FIXME|XXX)\b"
    r"|^[Ll]orem ipsum\b"
    r"|^(?:[Ee]nter|[Ii]nsert|[Aa]dd|[Pp]ut) (?:an? |the )?(?:\w+ ){0,3}(?:description|name|id|text|title|value)\W*$"
    r"|^(?:[Rr]eplace|[Cc]hange|[Ff]ill) (?:this|me|in|it|with)\b"
    r"|\b(?:TODO|TBD|FIXME|TBC|TBA)(?=[:!]|\W*$)"
    r"|\b[Tt]o be (?:confirmed|announced|determined|decided|defined|provided|filled in)\W*$"
    r"|\b(?:CHANGE|REPLACE|FILL)[_-]?(?:ME|THIS|IT)\b|\b(?:change|replace)-?me\b|\bREPLACE_WITH_\w+"
)
_PROSE_YOUR: Final = pattern(
    r"^\(?(?:(?:enter|insert|put|add|type|paste|replace with) )?your(?: [\w'-]{1,30}){1,3}\)?$"
    r"|^\((?:enter|insert|add|fill in)(?: [\w'-]{1,30}){1,3}\)$"
    r"|^[\w' -]{2,40} goes here$"
    r"|^(?:[\w'-]{1,30} ){0,3}(?:description|name|id|text|title|value|key|token|url|email) here$",
    re.IGNORECASE,
)


def tokens(text: str) -> list[str]:
    """The words of a name: `resourceGroupName`, `resource-group-name` and `RESOURCE_GROUP_NAME` have three."""
    return [token.lower() for token in _TOKEN.findall(text)]


def says_replace(text: str) -> str | None:
    """The style of a value that asks to be replaced, such as `replace-me` or `YOUR_MODEL`; else None."""
    if _ASKS.search(text.lower()) is None:
        return None
    words = tokens(text.replace("_holder", "holder").replace("-holder", "holder") if "lace" in text else text)
    if not words:
        return None
    if "".join(words) in _PHRASES or (words[0] == "todo" and text.startswith("TODO")):
        return "replace-me"
    sentence = " ".join(words)
    if _REPLACE.search(sentence) or _HERE.match(sentence) or _INSERT.match(sentence):
        return "replace-me"
    if _stands_in(words) or _tells(words, capitals=text.isupper()) or (text.isupper() and _CAPITAL_MARK.search(text)):
        return "replace-me"
    if _YOUR_ABROAD.search(text):
        return "your-x"
    return "your-x" if _YOUR.search(text) or (_YOU.search(text) and _is_noun_phrase(words[1:])) else None


# `placeholder-service` may be a service; `placeholder-model` is no model.
_RUNNING: Final = frozenset("api app application function image job node pod server service web".split())
_OF_PLACEHOLDERS: Final = (
    NOUNS | SUFFIXES | _DETERMINERS | {"placeholder", "value", "text", "key", "token", "password"}
) - _RUNNING
_SAID_LAST: Final = SUFFIXES | {"key", "token", "password"}
# There is no use for a thing that is called so: a `dummy-model` may well run, a `fake-subscription` cannot.
_NOT_FAKED: Final = frozenset(
    "account principal registry rg sub subscription tenant vault workspace group value".split()
)


def _stands_in(words: list[str]) -> bool:
    """`placeholder-model`, `uai_client_id_place_holder`, `fake-subscription-id`."""
    if "placeholder" in words:
        named = [word for word in words if not word.isdigit()]
        allowed = _OF_PLACEHOLDERS | _RUNNING if named[-1] in _SAID_LAST else _OF_PLACEHOLDERS
        return all(word in allowed for word in named) or (
            len(words) > 1 and words[-1] == "placeholder" and words[-2] in _OF_PLACEHOLDERS
        )
    if words[0] not in {"dummy", "fake", "bogus"} or len(words) == 1:
        return False
    return (words[-1] in _NOT_FAKED or words[-1] in SUFFIXES) and _is_noun_phrase(words)


def _tells(words: list[str], *, capitals: bool) -> bool:
    """`INSERT_MODEL`, `replace-subscription-id`, `choose-a-region`: a verb and nothing but what is wanted.

    In small letters the noun alone is not enough: a job may be called `replace-image`. What is to be replaced in
    capitals may be called anything that ends in what is wanted.
    """
    if words[0] not in _TELLS or len(words) < 2:
        return False
    if capitals and words[0] == "replace" and words[-1] in _CAPITAL_ENDINGS:
        return _HOW.isdisjoint(words)
    if not _is_noun_phrase(words[1:]):
        return False
    return capitals or words[-1] in SUFFIXES or words[1] in {"a", "an", "the"}


def is_template(text: str) -> bool:
    """Whether a whole value is the name of what belongs there: `subscriptionId`, `resource-group-name`."""
    if _WANTS.search(text.lower()) is None:
        return False
    name = _DIGITS_AT_END.sub("", text)
    if _JOINED.fullmatch(name.lower()):
        return True
    words = tokens(name)
    if not words:
        return False
    if of := _OF.match(" ".join(words)):
        return _is_noun_phrase(words[of[0].count(" ") :], _THINGS)
    if words[-1] not in SUFFIXES:
        return False
    return _is_noun_phrase(words[:-1])


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
    if _CAPITAL_OF.match(name):
        return True
    words = tokens(name)
    if len(words) == 1:
        return len(name) > 2 and (words[0] == own or (not trust and words[0] in _CAPITAL_ENDINGS))
    if " ".join(words[-2:]) in _COMPOUNDS or (words[-1] in SUFFIXES and words[-2] in NOUNS):
        return True
    return not trust and words[-1] in _CAPITAL_ENDINGS


def is_weak(text: str, singular: str | None) -> bool:
    """Whether a value is only the kind of thing that stands there: `models/model`, `versions/version`."""
    lower = text.lower()
    return lower in SUFFIXES or lower == singular or lower in _WEAK


_OWNERS: Final = frozenset({"owner", "username", "org", "organization"})
_OWNED: Final = frozenset({"repo", "repository", "model", "image", "project"})
_WEAK: Final = _OWNERS | {"image", "repo", "repository", "tag", "namespace"}


def is_owned(text: str) -> bool:
    """Whether a path is but the form of one: `owner/repo`, `org-name/model-name`."""
    owner, _, owned = text.lower().partition("/")
    return (owner in _OWNERS and (owned in _OWNED or is_template(owned))) or (
        is_template(owner) and (owned in _OWNED or is_template(owned))
    )


def prose_mark(text: str) -> re.Match[str] | None:
    """Where a sentence says that it is unfinished; sentences that only speak of such things do not count."""
    return _PROSE_MARK.search(text) or _PROSE_YOUR.match(text)


_THINGS: Final = NOUNS | SUFFIXES | {"stack", "key", "script", "dir", "json", "yaml", "yml", "csv", "py", "pem"}


def _is_noun_phrase(words: list[str], nouns: frozenset[str] = NOUNS | SUFFIXES) -> bool:
    first = 0
    while first < len(words) and words[first] in _DETERMINERS:
        first += 1
    rest = words[first:]
    return any(word in nouns for word in rest) and all(word in nouns or word in _MODIFIERS for word in rest)
