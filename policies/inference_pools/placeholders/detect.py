"""Puts the parts together: decode, take apart by kind, judge each segment by itself."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat
from typing import Any, Final, NamedTuple

from inference_pools.placeholders import guids, ids, masks, slots, styles, vendors, words
from inference_pools.placeholders.decode import Decoded, decode
from inference_pools.placeholders.found import Kind, Placeholder
from inference_pools.placeholders.ids import MASK, Form, Id, Segment
from inference_pools.placeholders.patterns import pattern
from inference_pools.placeholders.slots import Slot
from inference_pools.placeholders.styles import Register, Span, Surroundings


@lru_cache(maxsize=1024)
def find_placeholders(value: str, *, key: str | None = None, vendor: str = "") -> tuple[Placeholder, ...]:
    """Every placeholder and interpolation in a value, in order, one for each segment that holds any.

    `key` is the name of the property that the value stands under, such as `modelId` or `tags.owner`. It names the
    slot where the value itself does not, and tells a format or pattern from a name. `vendor` is whose API it is
    written for, as `Facts` calls it: what belongs there is told in its words where no id says whose it is.
    """
    return tuple(_find(value, key, vendor, depth=2))


def _find(value: str, key: str | None, vendor: str, depth: int) -> list[Placeholder]:
    if not value or value.isspace() or _is_plain_id(value) or (key is not None and _is_stop(key, value)):
        return []
    if value[0] in "{[" and '"' in value and depth:
        document = _json(value)
        if document is not None:
            return [found for leaf, name in _leaves(document, key) for found in _find(leaf, name, vendor, depth - 1)]
    if _may_refer(value) and _REFERENCE.fullmatch(value):
        slot = vendors.in_words_of(vendor, _slot_of_key(key), (), words.tokens(key or ""))
        return [_report(Kind.INTERPOLATION, value, "reference", slot, key)]
    text = decode(value)
    hits = sorted(_hits(text, key), key=lambda hit: (hit.start, -hit.end))
    found: list[Placeholder] = []
    reached = 0
    for hit in hits:
        if hit.start < reached:
            continue
        reached = hit.end
        is_all = hit.start == 0 and hit.end == len(text.text)
        said = words.tokens(text.text[hit.start : hit.end])
        slot = vendors.in_words_of(vendor, _slot_at(key, hit.slot, is_all=is_all), said, words.tokens(key or ""))
        found.append(_report(hit.kind, text.written(hit.start, hit.end), hit.style, slot, key))
    return found


_STOPS: Final = pattern(r"(?i).*(?:stop|eos|separator|delimiter)", re.DOTALL)
_LETTER: Final = pattern(r"\w")


def _is_stop(key: str, value: str) -> bool:
    """Whether a value is what a language model stops at, or parts a text by, made of marks alone: `###`."""
    return _LETTER.search(value) is None and _STOPS.match(key) is not None


# --- Ids in which nothing can be amiss but a name -----------------------------------------------------------------

# An Azure id of nothing but collections and their members, in characters that delimit and escape nothing: what most
# values of a fleet are. Its pieces, which many ids share, say all that the whole search would say of it.
_PLAIN_ARM: Final = pattern(r"(?:azureml:/)?/subscriptions/[0-9A-Fa-f-]{36}(?:/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)*")
_PLAIN_ASSET: Final = pattern(r"azureml:/(?:/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)+")


def _is_plain_id(value: str) -> bool:
    """Whether a value is an Azure id in which no piece says anything; False also for what has to be looked into."""
    if not value.startswith(("/subscriptions/", "azureml://")) or "__" in value:
        return False
    # The subscription, when it is one, proves that names in capitals are names.
    proven = _PLAIN_ARM.fullmatch(value) is not None
    if not proven and not _PLAIN_ASSET.fullmatch(value):
        return False
    pieces = value.removeprefix("azureml:/").split("/")
    names = pieces[1::2]
    return all(map(_is_plain_member, pieces[2::2], names, [None, *names], repeat(proven)))


@lru_cache(maxsize=1024)
def _is_plain_member(written: str, name: str, parent: str | None, proven: bool) -> bool:
    if name.lower() in ids.LONELY or (not proven and words.is_weak(written, slots.singular(name))):
        return False
    collection = Segment(0, len(name), fixed=True)
    member = Segment(0, len(written), slots.azure_collection(name, parent), collection=slots.singular(name))
    return not _said(name, collection, Form.ARM, None, proven) and not _said(written, member, Form.ARM, None, proven)


# --- Values that are one reference, or a document -------------------------------------------------------------

# Functions of Azure's templates, of Terraform, and of Data Factory and Logic Apps.
# https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions
_FUNCTIONS: Final = (
    "concat|copyIndex|deployment|environment|extensionResourceId|format|guid|listKeys|managementGroup|parameters|pipeline"
    "|pickZones|reference|resourceGroup|resourceId|subscription|subscriptionResourceId|tenant|tenantResourceId|toLower"
    "|uniqueString|union|utcNow|variables|activity|dataset|linkedService|coalesce|element|file|join|lookup|templatefile|try"
)
_REFERENCE: Final = pattern(
    r"\s*(?:"
    r"\[(?!\[)\s*[A-Za-z]\w*(?:\.\w+)*\(.{0,4000}\][,;]?"
    rf"|@?(?:{_FUNCTIONS})\([^()]{{0,300}}(?:\([^()]{{0,300}}\)[^()]{{0,300}}){{0,20}}\)(?:\.\w+|\[[^\[\]]{{0,40}}\]){{0,10}}"
    r"|!(?:Ref|Sub|GetAtt|ImportValue|Join)\s.{1,300}"
    r"|(?:var\.[a-z]\w*|local\.[a-z]\w*|module\.\w+\.\w+|(?:data\.)?(?:azurerm|azapi|azuread|aws|google)_\w+\.\w+\.\w+)"
    r"(?:\.\w+|\[[^\[\]]{0,40}\]){0,10}"
    r")\s*",
    re.DOTALL,
)


def _may_refer(value: str) -> bool:
    return "(" in value or "." in value or "!" in value


def _json(value: str) -> Any:
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict | list) else None


def _leaves(document: Any, key: str | None) -> Iterator[tuple[str, str | None]]:
    """The strings of a document with the names they stand under, without recursion: it may be deep."""
    stack: list[tuple[Any, str | None]] = [(document, key)]
    while stack:
        node, name = stack.pop()
        if isinstance(node, str):
            yield node, name
        elif isinstance(node, dict):
            stack += [(child, str(child_name)) for child_name, child in reversed(node.items())]
        elif isinstance(node, list):
            stack += [(child, name) for child in reversed(node)]


# --- One text --------------------------------------------------------------------------------------------------


class _Hit(NamedTuple):
    start: int
    end: int
    kind: Kind
    style: str
    slot: Slot | None


# Every package below, to Go's tools.
_PACKAGES: Final = pattern(r"\.(?:/[\w.-]{1,80}){0,20}/\.{3}")
_SIMPLE: Final = pattern(r"[\w.-]+", re.ASCII)
_PATTERN: Final = pattern(r"\(\?|\\[dwsbWDSB.]|\[\^|\.[*+]|[\])][+*]|\]\{[0-9]|^\^|(?<=[\w\])])\$$")
_DOLLARS: Final = pattern(r"\$\w+\$")
_PATTERN_KEYS: Final = frozenset({"pattern", "regex", "regexp", "format", "fmt", "glob", "expression", "cron"})


def _hits(text: Decoded, key: str | None) -> Iterator[_Hit]:
    plain = text.text
    if plain[0] == "." and _PACKAGES.fullmatch(plain):
        return
    if plain[0] == "?" and len(plain) > 2 and not plain.strip("?"):
        yield _Hit(0, len(plain), Kind.PLACEHOLDER, "mask", None)
        return
    if "__" not in plain and plain.count(".") < 2 and _SIMPLE.fullmatch(plain):
        segment = Segment(0, len(plain))
        yield from _bare(plain, segment, Form.WORD, key, trust=True)
        return
    spans = list(styles.scan(plain))
    register, parsed = _register(plain, spans, key)
    judged = [
        (span, kind)
        for span in spans
        if (kind := styles.judge(span, Surroundings(plain, span.start, span.end, register))) is not None
    ]
    if register is Register.PROSE:
        yield from _prose(plain, judged, key)
        return
    masked = _mask(plain, [span for span, _ in judged])
    if len(judged) != len(spans):
        parsed = ids.parse(masked)
    yield from _segments(plain, masked, parsed, judged, register, key)


def _register(plain: str, spans: list[Span], key: str | None) -> tuple[Register, Id]:
    masked = _mask(plain, spans)
    parsed = ids.parse(masked.strip() if masked[:1].isspace() else masked)
    # What a format or pattern is for does not matter in a value that is plainly an id.
    plainly_id = parsed.form.is_id or parsed.form is Form.URL
    if key is not None and not plainly_id and _names_pattern(key):
        return Register.PATTERN, parsed
    if len(masked.split(None, 2)) > 1:
        return Register.PROSE, parsed
    if _PATTERN.search(plain) and not _DOLLARS.fullmatch(plain):
        return Register.PATTERN, parsed
    return (Register.ID if parsed.form.is_id else Register.NAME), parsed


@lru_cache(maxsize=512)
def _names_pattern(key: str) -> bool:
    return not _PATTERN_KEYS.isdisjoint(words.tokens(key))


def _mask(text: str, spans: list[Span]) -> str:
    if not spans:
        return text
    pieces: list[str] = []
    last = 0
    for span in spans:
        pieces += (text[last : span.start], MASK * (span.end - span.start))
        last = span.end
    pieces.append(text[last:])
    return "".join(pieces)


# --- Ids, names and paths: segment by segment -------------------------------------------------------------------


def _segments(
    plain: str, masked: str, parsed: Id, judged: list[tuple[Span, Kind]], register: Register, key: str | None
) -> Iterator[_Hit]:
    # Weak words never condemn an id with a slot that only a real value fits, nor one that is all in capitals.
    proven = any(_proves(segment, masked) for segment in parsed.segments)
    trust = proven or not parsed.form.is_id or parsed.form is Form.ARN or plain.isupper()
    if parsed.form in (Form.PATH, Form.URL):
        yield from _documentation_paths(plain)
    balanced = not parsed.form.is_id and all(masked.count(a) == masked.count(b) for a, b in _PAIRS)
    clean: list[Segment] = []
    for segment, inside in _shared_out(parsed.segments, judged):
        written = masked[segment.start : segment.end]
        if inside:
            yield from _spans(inside, segment)
            if all(kind is Kind.INTERPOLATION for _, kind in inside):
                yield from _remains(written, segment)
        elif register is not Register.PATTERN:
            hits = _bare(written, segment, parsed.form, key, trust=trust)
            if balanced:
                hits = [hit for hit in hits if hit.style != "unclosed"]
            yield from hits
            if not hits and segment.collection:
                clean.append(segment)
    if not proven and len(clean) > 1 and clean == [segment for segment in parsed.segments if segment.collection]:
        weak = [s for s in clean if words.is_weak(masked[s.start : s.end], s.collection)]
        if weak == clean:
            yield from (_Hit(s.start, s.end, Kind.PLACEHOLDER, "template-word", s.slot) for s in weak)


_PATH_TO: Final = pattern(r"(?:(?<=/)|^)path/to(?=/|$)|^[\w-]+/[\w-]+$", re.IGNORECASE)


def _documentation_paths(plain: str) -> Iterator[_Hit]:
    """`/path/to/model`, `owner/repo`: paths that only manuals have."""
    for match in _PATH_TO.finditer(plain):
        if match[0].lower() == "path/to" or words.is_owned(match[0]):
            yield _Hit(match.start(), match.end(), Kind.PLACEHOLDER, "template-word", None)


def _shared_out(
    segments: tuple[Segment, ...], judged: list[tuple[Span, Kind]]
) -> Iterator[tuple[Segment, list[tuple[Span, Kind]]]]:
    """Each segment with the spans inside of it; a span between segments gets one of its own."""
    waiting = deque(judged)
    for segment in segments:
        while waiting and waiting[0][0].end <= segment.start:
            stray = waiting.popleft()
            yield Segment(stray[0].start, stray[0].end), [stray]
        inside = []
        while waiting and waiting[0][0].start < segment.end:
            inside.append(waiting.popleft())
        yield segment, inside
    for stray in waiting:
        yield Segment(stray[0].start, stray[0].end), [stray]


def _proves(segment: Segment, masked: str) -> bool:
    slot = segment.slot
    return slot is not None and slot.fits is not None and slot.proves and slot.fits(masked[segment.start : segment.end])


def _spans(inside: list[tuple[Span, Kind]], segment: Segment) -> Iterator[_Hit]:
    """One hit for each run of spans of a kind: `{team}-{env}` is one placeholder."""
    run: list[Span] = []
    run_kind = inside[0][1]
    for span, kind in [*inside, (None, None)]:
        if span is not None and kind is run_kind:
            run.append(span)
            continue
        slot = segment.slot or _slot_of_words(run[0].inner)
        is_part = run[0].start > segment.start or run[-1].end < segment.end
        if is_part and _slot_of_words(run[0].inner) is slots.STAGE:
            slot = slots.STAGE  # of `rg-{env}` the name is there, and the stage is missing
        yield _Hit(run[0].start, run[-1].end, run_kind, run[0].style, slot)
        if span is not None and kind is not None:
            run, run_kind = [span], kind


def _remains(written: str, segment: Segment) -> Iterator[_Hit]:
    """What stands beside an interpolation in its segment: the interpolation excuses only itself."""
    for piece in re.finditer(rf"[^{MASK}]+", written):
        rest = piece[0].strip("-_.")
        if masks.find(rest) or (rest and words.says_replace(rest)):
            style = masks.style(rest) or words.says_replace(rest) or "mask"
            start = segment.start + piece.start()
            yield _Hit(start, start + len(piece[0]), Kind.PLACEHOLDER, style, segment.slot)


_PAIRS: Final = ("<>", "{}", "[]")
_BRACKETS: Final = frozenset("".join(_PAIRS))
_QUOTES: Final = "\"'`*_ ()"
_UNCLOSED_WORD: Final = pattern(r"(?:[$#%@]?[<{\[]{1,2}|\$\()[^\W\d][\w.-]*|[^\W\d][\w.-]*[>}\]]{1,2}")


def _bare(written: str, segment: Segment, form: Form, key: str | None, *, trust: bool) -> list[_Hit]:
    """What an undelimited segment says; its key says something only of a word that stands alone."""
    alone = Segment(0, len(written), segment.slot, segment.fixed, segment.collection)
    return [
        hit._replace(start=segment.start + hit.start, end=segment.start + hit.end)
        for hit in _said(written, alone, form, key if form is Form.WORD else None, trust)
    ]


@lru_cache(maxsize=1024)  # ids repeat their segments, and new ones are made of those of others
def _said(written: str, segment: Segment, form: Form, key: str | None, trust: bool) -> tuple[_Hit, ...]:
    return tuple(_judged(written, segment, form, key, trust=trust))


def _judged(written: str, segment: Segment, form: Form, key: str | None, *, trust: bool) -> Iterator[_Hit]:
    start, end, slot = segment.start, segment.end, segment.slot
    typed = slot is not None and slot.fits is not None
    if guid_hits := list(_guids(written, segment)):
        yield from guid_hits
    elif masks.find(written):
        begin, stop = (0, len(written)) if typed else masks.span(written)
        yield _Hit(start + begin, start + stop, Kind.PLACEHOLDER, masks.style(written) or "mask", slot)
    elif (date := masks.date(written)) and not (
        form is Form.WORD and (date[0] == written or (key and _names_pattern(key)))
    ):
        yield _Hit(start + date.start(), start + date.end(), Kind.PLACEHOLDER, "mask", slot)
    elif _is_unclosed(written, form):
        yield _Hit(start, end, Kind.PLACEHOLDER, "unclosed", slot)
    elif guids.is_impossible(written):
        yield _Hit(start, end, Kind.PLACEHOLDER, "typed-guid", slot)
    elif not segment.fixed:
        name = written.strip(_QUOTES)
        style = _word_style(name, segment, form, key, trust=trust)
        if style is None and slot is not None and slot.fits is not None and name != "*" and not slot.fits(name):
            style = "slot"
        if style:
            yield _Hit(start, end, Kind.PLACEHOLDER, style, slot or _slot_of_words(name))


def _guids(written: str, segment: Segment) -> Iterator[_Hit]:
    for match in guids.embedded(written):
        excused = segment.slot is slots.DEFINITION and slots.is_definition(match[0])
        if guids.is_typed(match[0]) and not excused:
            start = segment.start + match.start()
            yield _Hit(start, start + guids.LENGTH, Kind.PLACEHOLDER, "typed-guid", segment.slot)


def _is_unclosed(written: str, form: Form) -> bool:
    if _BRACKETS.isdisjoint(written):
        return not form.is_id and "$(" in written and _UNCLOSED_WORD.fullmatch(written) is not None
    return form.is_id or _UNCLOSED_WORD.fullmatch(written) is not None


# Where a value may well be the name of a field.
_FIELD_KEYS: Final = frozenset(
    "attribute column columns dimension dimensions field fields header header_name key keys label metric".split()
)
# The things whose id or name, standing alone as a value, is nobody's column.
_OWN_NOUNS: Final = frozenset(
    """
    account bucket cluster compute container deployment endpoint identity model pool project registry resource rg
    sub subscription tenant vault workspace subscriptionid workspaceid workspacename resourcegroupname resourcegroup
    """.split()
)


# So many hyphens make the title of an article: `three-ways-to-inject-your-code-into-another-process`.
_SLUG: Final = 5

# Words that are no id, under a key that asks for one.
_NOTHING: Final = frozenset({"dummy", "fake", "bogus", "pending", "unset", "undefined", "guid", "uuid"})
_IDENTIFYING_KEYS: Final = tuple([word] for word in "id arn guid uuid subscription tenant key secret token".split())

# The examples of published API definitions write the type of a value for the value.
_TYPE_KEYS: Final = frozenset({"type", "kind", "format", "datatype"})
_HOST_CAPITALS: Final = pattern(r"[A-Z]{3,}(?:_[A-Z]+)*")


def _word_style(name: str, segment: Segment, form: Form, key: str | None, *, trust: bool) -> str | None:
    if not name:
        return None
    slug = form is Form.URL and name.count("-") >= _SLUG and not name.isupper()
    if not slug and (style := words.says_replace(name)):
        return style
    if segment.slot in _NAMED_AT_WILL and any(_is_host_template(word) for word in _HOST_CAPITALS.findall(name)):
        return "template-word"
    if words.is_capital_template(name, trust=trust, own=segment.collection):
        return "template-word"
    if form is Form.WORD and key and name.lower() in _NOTHING and words.tokens(key)[-1:] in _IDENTIFYING_KEYS:
        return "replace-me"
    if form is Form.WORD and key and name.isupper() and _repeats(name, key):
        return "template-word"
    if name == "string" and form is Form.WORD and key and _TYPE_KEYS.isdisjoint(words.tokens(key)):
        return "template-word"
    if form in (Form.URL, Form.PATH) or not words.is_template(name):
        return None
    return "template-word" if form is not Form.WORD or _is_own_name(name, key) else None


_NAMED_AT_WILL: Final = (slots.HOST, slots.AWS_BUCKET, slots.GOOGLE_BUCKET)


def _repeats(name: str, key: str) -> bool:
    """`client_secret: CLIENT_SECRET`, `api_key: MY_API_KEY`: the key over again, in capitals."""
    said, asked = words.tokens(name)[-2:], words.tokens(key)[-2:]
    return len(said) > 1 and said == asked


def _is_host_template(word: str) -> bool:
    return words.is_capital_template(word, trust=False)


def _is_own_name(name: str, key: str | None) -> bool:
    """Whether a lone word such as `workspaceName` stands for itself and not for a field that is called so."""
    said = set(words.tokens(name))
    asked = set(words.tokens(key)) if key else set()
    if asked & said - words.SUFFIXES:
        return True
    return asked.isdisjoint(_FIELD_KEYS) and not _OWN_NOUNS.isdisjoint(said)


# --- Prose ------------------------------------------------------------------------------------------------------

_WORD: Final = pattern(r"\S+")
_ID_MARKS: Final = ("/subscriptions/", "arn:", "azureml:", "projects/")


def _prose(plain: str, judged: list[tuple[Span, Kind]], key: str | None) -> Iterator[_Hit]:
    for span, kind in judged:
        yield _Hit(span.start, span.end, kind, span.style, _slot_of_words(span.inner))
    if mark := words.prose_mark(plain):
        style = "your-x" if "your" in mark[0].lower() else "replace-me"
        yield _Hit(mark.start(), mark.end(), Kind.PLACEHOLDER, style, None)
    masked = _mask(plain, [span for span, _ in judged])
    for mask in masks.in_prose(masked):
        yield _Hit(mask.start(), mask.end(), Kind.PLACEHOLDER, "mask", None)
    yield from _guids(masked, Segment(0, len(masked)))
    yield from _ids_in_prose(masked, key)


def _ids_in_prose(masked: str, key: str | None) -> Iterator[_Hit]:
    if not any(mark in masked for mark in _ID_MARKS):
        return
    for word in _WORD.finditer(masked):
        if not any(mark in word[0] for mark in _ID_MARKS):
            continue
        parsed = ids.parse(word[0])
        for segment in parsed.segments if parsed.form.is_id else ():
            piece = word[0][segment.start : segment.end]
            if MASK not in piece:
                start = word.start() + segment.start
                moved = Segment(start, start + len(piece), segment.slot, segment.fixed)
                yield from _bare(piece, moved, parsed.form, key, trust=True)


# --- What to say ------------------------------------------------------------------------------------------------


def _slot_of_words(text: str) -> Slot | None:
    return slots.named(words.tokens(text))


def _slot_of_key(key: str | None) -> Slot | None:
    return _slot_of_words(key) if key else None


def _slot_at(key: str | None, said: Slot | None, *, is_all: bool) -> Slot | None:
    """What belongs there, by what the placeholder says of itself and by its key.

    A whole `environmentId` that says `{environment}` means the asset.
    """
    of_key = _slot_of_key(key)
    if is_all and said is slots.STAGE and of_key is slots.ENVIRONMENT:
        return of_key
    return said or of_key


def _report(kind: Kind, text: str, style: str, slot: Slot | None, key: str | None) -> Placeholder:
    belongs = slot.belongs if slot else f"the real value of {key}" if key else "the real value"
    if kind is Kind.INTERPOLATION:
        belongs = f"nothing else, if a tool resolves it before this is deployed; otherwise {belongs}"
    return Placeholder(kind, text, slot.words if slot else None, style, belongs)
