"""The delimiters that placeholders are written between, and what to make of the text inside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from inference_pools.placeholders import guids, words
from inference_pools.placeholders.found import Kind
from inference_pools.placeholders.patterns import pattern


class Register(Enum):
    """How a value speaks, which says how much evidence a placeholder needs in it."""

    ID = "an id that was parsed: any delimiter is out of place"
    NAME = "one word or path"
    PROSE = "a sentence, where brackets and percent signs are punctuation"
    PATTERN = "a regular expression or a format, where most delimiters have a meaning of their own"


class Span(NamedTuple):
    """A delimited piece of a text, not judged yet."""

    start: int
    end: int
    style: str
    inner: str


class Surroundings(NamedTuple):
    """Where a span stands."""

    text: str
    start: int
    end: int
    register: Register

    @property
    def before(self) -> str:
        """The character before it, or nothing."""
        return self.text[self.start - 1 : self.start]

    @property
    def after(self) -> str:
        """The character after it, or nothing."""
        return self.text[self.end : self.end + 1]


# Tried in this order at each place. Every repetition is bounded or ends at its own delimiter, and no two parts
# of a pattern can match the same text, so that the time stays linear.
_DELIMITED: Final = (
    ("ci-expression", r"\$\{\{[^{}]{0,200}\}\}"),
    ("template-statement", r"\{%[^{}%]{0,200}%\}"),
    ("double-braces", r"\{\{\{?[^{}]{0,200}\}?\}\}"),
    ("dollar-braces", r"\$\{(?:[^{}]|\{[^{}]{0,100}\}){0,300}\}"),
    ("dollar-parentheses", r"\$\((?:[^()]|\([^()]{0,100}\)){0,300}\)"),
    ("dollar-brackets", r"\$\[[^\[\]]{1,200}\]"),
    ("hash-braces", r"\#\{[^{}]{1,200}\}\#?"),
    ("percent-braces", r"%\{[^{}]{1,200}\}"),
    ("at-braces", r"@\{[^{}]{1,200}\}"),
    ("template-tag", r"<%[=-]?[^<>%]{1,200}%>"),
    ("double-angle-brackets", r"<<[^<>]{1,120}>>"),
    ("markup", r"<(?:em|i|b|strong|var|code|replaceable)>[^<>]{1,80}</[a-z]{1,11}>"),
    ("angle-brackets", r"<[^<>]{0,120}>"),
    ("double-parentheses", r"\(\([A-Za-z][\w./-]{0,60}\)\)"),
    ("double-brackets", r"\[\[[^\[\]]{1,120}\]\]"),
    ("brackets", r"\[[^\[\]]{1,120}\]"),
    ("guillemets", r"«[^«»]{1,80}»|\u2039[^\u2039\u203a]{1,80}\u203a|⟨[^⟨⟩]{1,80}⟩|\uff1c[^\uff1c\uff1e]{1,80}\uff1e"),
    ("braces", r"\{[^{}]{0,120}\}"),
    ("percent-signs", r"%%?[A-Za-z_][\w.:-]{0,80}%%?(?![A-Za-z0-9])"),
    (
        "printf",
        r"%(?:\([\w.]{1,60}\)[a-z]|[0-9]{1,2}\$[sd]|[-+0\#]?[0-9]{0,2}(?:\.[0-9]{1,2})?[sdvqiufw])(?![A-Za-z0-9])",
    ),
    (
        "underscores",
        r"(?<![A-Za-z0-9_])_{2,}[A-Za-z][A-Za-z0-9]{0,40}(?:[_.-][A-Za-z0-9]{1,40}){0,10}_{2,}(?![A-Za-z0-9])",
    ),
    ("at-signs", r"(?<![\w.@+-])@{1,2}[A-Za-z_][\w.-]{0,80}@{1,2}(?![\w@])|(?<![A-Za-z0-9.@+])@[A-Z_]{2,60}@(?![\w@])"),
    ("hashes", r"(?<![\w\#])\#{1,3}[A-Z_][A-Z0-9_]{1,60}\#{1,3}(?![\w\#])"),
    ("shell", r"\$(?:env:)?[A-Za-z_]\w{0,80}(?:\.[A-Za-z]\w{0,60}){0,5}"),
    ("colon", r"(?:(?<=/)|^):[A-Za-z_]\w{0,60}(?=[/?]|$)"),
    ("tildes", r"(?<![\w~])~{1,2}[A-Za-z_][\w-]{0,60}~{1,2}(?![\w~])"),
    ("exclamation-marks", r"(?<![\w!])![A-Z_][A-Z0-9_]{1,60}!(?![\w!])"),
)
_SCANNER: Final = pattern("|".join(f"(?P<{name.replace('-', '_')}>{pattern})" for name, pattern in _DELIMITED))
_OPENERS: Final = frozenset("${<[%#«\u2039⟨\uff1c~!")
_EDGES: Final = pattern(
    r"^(?:<%[=-]?|\(\(|\$\{\{|\{%|\{\{\{?|[$#%@]\{|\$\(|\$\[|<<|<|\[\[|\[|\{)|(?:\}\}\}?|%\}|%>|\}\#?|\)\)?|\]\]|\]|>>|>)$"
)


def scan(text: str) -> Iterator[Span]:
    """Every piece of a text that stands between delimiters, outermost first."""
    if not _may_delimit(text):
        return
    for match in _SCANNER.finditer(text):
        style = str(match.lastgroup).replace("_", "-")
        yield Span(match.start(), match.end(), style, _inner(style, match[0]))


def _may_delimit(text: str) -> bool:
    """Whether a text has a character that something begins with; of these, many a name has one `_`, `@`, `(` or `:`."""
    return (
        not _OPENERS.isdisjoint(text)
        or "__" in text
        or "((" in text
        or "/:" in text
        or text.startswith(":")
        or text.count("@") > 1
    )


def _inner(style: str, written: str) -> str:
    if style == "markup":
        return written[written.index(">") + 1 : written.rindex("<")]
    if style in {"percent-signs", "underscores", "at-signs", "shell", "colon"}:
        return written.strip("%_@$:")
    return _EDGES.sub("", written)


def judge(span: Span, place: Surroundings) -> Kind | None:
    """Whether a span is a placeholder or an interpolation; None if it is neither."""
    return _JUDGES[span.style](span.inner, place)


# --- What the inside of a delimiter says -----------------------------------------------------------------------

_CALL: Final = pattern(r"[A-Za-z_][\w.]*\s*\(")
_DOTTED: Final = pattern(r"[\w\])]\s*\.\s*[A-Za-z_]|^\.[A-Za-z]|^\.$|::|\w\[|[A-Za-z_]\w*:[A-Za-z_/]")
_EXPRESSION: Final = pattern(r"[?=+\"'|!]|\s[-*/]\s")
_SHELL_EXPANSION: Final = pattern(r"!?[A-Za-z_]\w*(?::?[-=+?]|\#|%|//?|\^|,|@|:[0-9])|env:")
_RESOLVED: Final = pattern(r"resolve:")
# A name in any script, perhaps of several words: `subscription id`, `nome-do-repositório`, `订阅 ID`.
_NAME: Final = pattern(r"[^\W\d_][\w .,'\u2019*/+-]*|_\w+")
_FORMAT_NAME: Final = pattern(r"\*{0,2}[^\W\d][\w .'\u2019/|-]*(?:![rsa])?(?::[\w.<>^=,%*$-]*)?[?+*|]?")
# Attributes and items of Python and JavaScript: `self.config['region']`, `os.environ["SUB"]`.
_ITEM: Final = pattern(r"[A-Za-z_]\w*(?:\.\w{1,60}|\[[^\[\]]{1,80}\]){1,10}(?:![rsa])?")
# A name that other delimiters stand around as well: `{$project}`, `{%workspace%}`, `[#workspace#]`.
_WRAPPED: Final = pattern(r"[$@#%:?=*/~-]{1,2} ?[A-Za-z_][\w.-]{0,60} ?[#%?*~-]?")
_CHOICE: Final = pattern(r"[A-Za-z][\w-]{0,40}(?:\|[A-Za-z][\w-]{0,40}){1,10}")
_POSITION: Final = pattern(r"[0-9]{1,2}(?::[\w.<>^]*)?")
_ANGLE_NAME: Final = pattern(r"[\w.…?*#$@{\[(-][\w .,:;/+*?!…'\u2019()#&|\[\]{}$-]*")
# In a value that is no sentence, only operators, closing tags and attributes are something else.
_ANGLE_ANYTHING: Final = pattern(r"[^\s=/!|<>-][^=\"<>]*")
_MARKUP_TAGS: Final = frozenset(
    "a abbr b blockquote body br code dd del div dl dt em h1 h2 h3 h4 head hr html i img ins kbd li ol p pre q s"
    " script small span strong style sub sup table tbody td th thead tr tt u ul var".split()
)
_TYPE_NAMES: Final = frozenset(
    "string str int integer float double bool boolean object any t k v byte long char".split()
)
_CHARACTER_CLASS: Final = pattern(r"\^|.-.(?:.-.|$)|\\|[^\w\s]$|[0-9]+$|:[a-z]+:$|[0-9a-f]*:[0-9a-f:.]*$")
_BRACKET_NAME: Final = pattern(
    r"[^\W\d_][\w .'\u2019/@*+-]*|[:@<{/][\w .:<>{}/-]+|[\w<{. -]*[>}][\w.:/ -]*|\.{3}|…|_\w+"
)
# What language models are told to stop at is a value: `</s>`, `[MASK]`.
_MODEL_TOKENS: Final = frozenset(
    """
    s /s bos eos pad unk cls sep mask im_start im_end inst /inst start_of_turn end_of_turn end_of_utterance think /think
    tool_call /tool_call tool_calls tool_response /tool_response tool_results available_tools fim_prefix fim_middle
    fim_suffix fim_pad extra_id_0
    """.split()
)
_IN_TWO_ANGLES: Final = frozenset({"sys", "/sys"})
_SPECIAL: Final = pattern(r"[|\uFF5C].*[|\uFF5C]|0x[0-9A-F]{2}", re.DOTALL)
_HTML_TAG: Final = pattern(r"/?([a-z][a-z0-9]{0,10})(?:\s.*|\s*/)?", re.DOTALL)

# Names that platforms themselves begin with `$`: blob containers, Event Hubs consumer groups, Service Bus
# dead-letter queues, API Gateway stages, Lambda versions, IoT topics, JSON Schema keywords.
# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_PLATFORM_NAMES: Final = frozenset(
    """
    web root logs blobchangefeed default latest deadletterqueue transfer retry self all test schema id ref defs
    aws share superuser recycle connections content azurewebjobs metricshourprimarytransactionsblob
    """.split()
)
_HOST_PREFIXES: Final = ("MSSQL", "SQLAgent")
_DUNDERS: Final = pattern(r"[a-z]+(?:_[a-z]+)*")
# Formats that the program itself fills in: of times, and of Python's log records.
_RESOLVED_FORMAT: Final = pattern(r"%[YmHMSyjbBaApIZzTFL](?![A-Za-z])|%\((?:asctime|levelname|message)\)")


def _always(_inner: str, _place: Surroundings) -> Kind | None:
    return Kind.PLACEHOLDER


def _interpolated(_inner: str, _place: Surroundings) -> Kind | None:
    return Kind.INTERPOLATION


def _dollar_braces(inner: str, _place: Surroundings) -> Kind | None:
    name = inner.strip()
    if _SHELL_EXPANSION.match(name):
        return Kind.PLACEHOLDER
    refers = (
        _CALL.search(name) or _DOTTED.search(name) or (_EXPRESSION.search(name) and words.says_replace(name) is None)
    )
    return Kind.INTERPOLATION if refers else Kind.PLACEHOLDER


def _double_braces(inner: str, _place: Surroundings) -> Kind | None:
    name = inner.strip(" -~#/^&")
    if _RESOLVED.match(name) or _CALL.search(name) or _DOTTED.search(name):
        return Kind.INTERPOLATION
    return Kind.PLACEHOLDER if name and '":' not in name else None


def _referring_braces(inner: str, _place: Surroundings) -> Kind | None:
    if inner != inner.lstrip() or _CALL.search(inner) or _DOTTED.search(inner):
        return Kind.INTERPOLATION
    return Kind.PLACEHOLDER


def _braces(inner: str, place: Surroundings) -> Kind | None:
    name = inner.strip()
    if place.register is Register.PROSE and name != inner:
        return None
    if not name:
        return Kind.PLACEHOLDER if place.register is Register.ID or _touches(place) else None
    if _POSITION.fullmatch(name):
        return Kind.PLACEHOLDER if place.before not in "])dswDSW" or not place.before else None
    if "[" in name and _ITEM.fullmatch(name):
        return Kind.INTERPOLATION
    if place.register is not Register.PROSE and place.register is not Register.PATTERN and _WRAPPED.fullmatch(name):
        return Kind.PLACEHOLDER
    if guids.is_guid(name) or (place.register is Register.PATTERN and not _FORMAT_NAME.fullmatch(name)):
        return None
    # gunicorn's `%({x-forwarded-for}i)s` is a header of the request.
    if place.register is Register.PATTERN and place.before == "(" and place.text[: place.start].endswith("%("):
        return None
    if _CALL.search(name) or (_DOTTED.search(name) and "'" not in name and '"' not in name and ":" not in name):
        return Kind.INTERPOLATION
    return Kind.PLACEHOLDER if _FORMAT_NAME.fullmatch(name) else None


def _touches(place: Surroundings) -> bool:
    """Whether something other than a quotation mark stands next to it: `{}` alone is an empty object."""
    return (place.before + place.after).strip(" \t\"'`,:") != ""


def _angle_brackets(inner: str, place: Surroundings) -> Kind | None:
    name = inner.strip()
    if place.register is Register.ID:
        return Kind.PLACEHOLDER if not _is_address(name) else None
    if not name:
        return Kind.PLACEHOLDER if place.register is Register.NAME and _touches(place) else None
    named = _ANGLE_NAME if place.register is not Register.NAME else _ANGLE_ANYTHING
    if not named.fullmatch(name) or _is_address(name) or inner[:1].isspace():
        return None
    if name in _MODEL_TOKENS or _SPECIAL.fullmatch(name):
        return None
    tag = _HTML_TAG.fullmatch(name)
    if (tag and tag[1] in _MARKUP_TAGS and place.register is Register.PROSE) or name.startswith("?"):
        return None
    if place.before.isalpha() and all(part.strip().lower() in _TYPE_NAMES for part in name.split(",")):
        return None
    if place.register is Register.PATTERN and place.before in ("?", "P", "\\"):
        return None
    return Kind.PLACEHOLDER if any(character.isalpha() for character in name) else None


def _double_angle_brackets(inner: str, place: Surroundings) -> Kind | None:
    return None if inner.casefold() in _IN_TWO_ANGLES else _angle_brackets(inner, place)


def _is_address(name: str) -> bool:
    return "://" in name or re.fullmatch(r"[\w.+-]+@[\w-]+\.[\w.]+", name) is not None


def _brackets(inner: str, place: Surroundings) -> Kind | None:
    name = inner.strip()
    if place.after == "(" or place.register is Register.PATTERN or (place.after in "+*?{" and place.after):
        return None
    if place.register in (Register.ID, Register.NAME) and (_WRAPPED.fullmatch(name) or _CHOICE.fullmatch(name)):
        return Kind.PLACEHOLDER if name[0] not in ":/-*" else None
    if _CHARACTER_CLASS.match(name) or "," in name or not _BRACKET_NAME.fullmatch(name):
        return None
    if place.register is Register.ID:
        return Kind.PLACEHOLDER
    if name.isupper() and name.lower() in _MODEL_TOKENS:
        return None
    if place.register is Register.NAME and not place.before.isalnum() and place.before not in ("]", ")", "_"):
        return Kind.PLACEHOLDER
    return Kind.PLACEHOLDER if _speaks(name) else None


def _double_brackets(inner: str, place: Surroundings) -> Kind | None:
    name = inner.strip()
    if place.register is Register.PATTERN or not _BRACKET_NAME.fullmatch(name) or name.startswith(":"):
        return None
    return Kind.PLACEHOLDER


def _guillemets(inner: str, place: Surroundings) -> Kind | None:
    return Kind.PLACEHOLDER if place.register is not Register.PROSE or _speaks(inner) else None


def _speaks(name: str) -> bool:
    """Whether the words alone say that something is to be put here."""
    return (
        words.says_replace(name) is not None
        or words.is_template(name)
        or words.is_capital_template(name, trust=True)
        or name.lower() in {"redacted", "removed", "masked", "hidden", "omitted", "elided"}
    )


def _percent_signs(inner: str, place: Surroundings) -> Kind | None:
    if place.register is Register.PROSE and not (inner.isupper() or "_" in inner):
        return None
    return Kind.PLACEHOLDER if not place.before.isdigit() else None


def _printf(_inner: str, place: Surroundings) -> Kind | None:
    if place.before.isdigit() or place.register is Register.PATTERN or _is_resolved(place.text):
        return None
    return Kind.PLACEHOLDER


@lru_cache(maxsize=1)  # each of the many spans in a text asks the same
def _is_resolved(text: str) -> bool:
    return _RESOLVED_FORMAT.search(text) is not None


def _underscores(inner: str, _place: Surroundings) -> Kind | None:
    # `__init__` and `__pycache__` are Python's; a template in lower case names a thing.
    if _DUNDERS.fullmatch(inner) and not (
        words.is_template(inner) or words.says_replace(inner) or "_" in inner or inner in words.NOUNS
    ):
        return None
    return Kind.PLACEHOLDER if inner not in {"main", "name_mangled"} else None


def _at_signs(inner: str, place: Surroundings) -> Kind | None:
    return Kind.PLACEHOLDER if place.register is not Register.PROSE or "_" in inner or inner.isupper() else None


def _shell(inner: str, place: Surroundings) -> Kind | None:
    if inner.split(".")[0].lower() in _PLATFORM_NAMES or place.text.endswith(_HOST_PREFIXES, 0, place.start):
        return None
    if place.register is Register.PATTERN:
        return None
    attached = place.before.isalnum()
    return Kind.PLACEHOLDER if not attached or (inner.isupper() and len(inner) > 1) else None


def _not_in_prose(_inner: str, place: Surroundings) -> Kind | None:
    return Kind.PLACEHOLDER if place.register in (Register.ID, Register.NAME) else None


def _colon(inner: str, place: Surroundings) -> Kind | None:
    return Kind.PLACEHOLDER if place.register in (Register.ID, Register.NAME) and inner != "memory" else None


_JUDGES: Final[dict[str, Callable[[str, Surroundings], Kind | None]]] = {
    "ci-expression": _always,
    "template-statement": _interpolated,
    "double-braces": _double_braces,
    "dollar-braces": _dollar_braces,
    "dollar-parentheses": _always,
    "dollar-brackets": _always,
    "hash-braces": _always,
    "percent-braces": _referring_braces,
    "at-braces": _referring_braces,
    "double-angle-brackets": _double_angle_brackets,
    "markup": lambda _inner, place: Kind.PLACEHOLDER if place.register is not Register.PROSE else None,
    "angle-brackets": _angle_brackets,
    "double-brackets": _double_brackets,
    "double-parentheses": _always,
    "template-tag": _double_braces,
    "guillemets": _guillemets,
    "brackets": _brackets,
    "braces": _braces,
    "percent-signs": _percent_signs,
    "printf": _printf,
    "underscores": _underscores,
    "at-signs": _at_signs,
    "hashes": _always,
    "shell": _shell,
    "colon": _colon,
    "tildes": _not_in_prose,
    "exclamation-marks": _not_in_prose,
}
