"""What holds for every text, and for every style in every slot."""

from __future__ import annotations

import random
import re
import uuid
from time import process_time
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_pools.placeholders import Kind, find_placeholders
from inference_pools.placeholders.decode import decode
from inference_pools.placeholders.guids import is_typed

SLOTS: Final = {
    "subscription_id": "0b1f6471-1bf0-4dda-aec3-cb9272f09590",
    "resource_group": "rg-ml-prod",
    "workspace_name": "mlw-prod",
    "model_name": "fraud-scorer",
    "model_version": "17",
}
WORDS: Final = {
    "subscription_id": "the subscription id",
    "resource_group": "the resource group's name",
    "workspace_name": "the workspace's name",
    "model_name": "the model's name",
    "model_version": "the model's version",
}
FORM: Final = (
    "/subscriptions/{subscription_id}/resourceGroups/{resource_group}/providers/Microsoft.MachineLearningServices"
    "/workspaces/{workspace_name}/models/{model_name}/versions/{model_version}"
)
STYLES: Final = (
    *(
        "{%}",
        "{{%}}",
        "{{ % }}",
        "${%}",
        "$(%)",
        "$%",
        "$env:%",
        "${{ env.% }}",
        "$[%]",
        "#{%}",
        "#{%}#",
        "%{%}",
        "@{%}",
    ),
    *("<%>", "<<%>>", "< % >", "[%]", "[[%]]", "((%))", "«%»", "__%__", "@%@", "@@%@@", ":%", "your-%", "YOUR_%"),
    *(
        "my-{%}",
        "{%}-01",
        "pre${%}post",
        "a-<%>-b",
        "%3C%%3E",
        "%7B%%7D",
        "&lt;%&gt;",
        "&#60;%&#62;",
        "\\<%\\>",
        "\\{%\\}",
    ),
    *(
        "{%",
        "<%",
        "%>",
        "%}",
        "replace-%-replace-me",
        "<your %>",
        "<insert % here>",
        "insert-%-here",
        "TODO",
        "xxxx",
        "***",
    ),
    *(
        "...",
        "…",
        "REPLACE_ME",
        "changeme",
        "FIXME",
        "placeholder",
        "%s",
        "%(%)s",
        "{0}",
        "{}",
        "%%%",
        "<>",
        "REDACTED",
    ),
)
ESCAPES: Final = "%&;\\<>{}[]$#@:/._-x*…25ltg3CuE0'\" \naT"


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_found_in_every_slot(style: str, slot: str) -> None:
    written = style if style in {"%s"} else style.replace("%%%", f"%{slot}%").replace("%(%)s", f"%({slot})s")
    escapes = re.compile(r"%(?=3[CE]|7[BD])|%(?=[s({])|%(?=[a-z_]+%)|(?<=[a-z])%$")
    if written == style and style != "%s":
        kept = escapes.sub("\0", style) if style.startswith(("%3", "%7", "%{")) else style
        written = kept.replace("%", slot).replace("\0", "%")
    value = FORM.format(**{**SLOTS, slot: written})
    found = find_placeholders(value)
    assert [piece.kind for piece in found] == [Kind.PLACEHOLDER], value
    assert found[0].slot == WORDS[slot]
    assert found[0].text in value


def test_the_id_itself_is_clean() -> None:
    assert find_placeholders(FORM.format(**SLOTS)) == ()


@pytest.mark.parametrize("slot", SLOTS)
def test_an_interpolation_is_told_apart_in_every_slot(slot: str) -> None:
    for written in ("${var.x}", "${azurerm_x.y.id}", "{{ .Values.x }}", "${f(x)}"):
        (found,) = find_placeholders(FORM.format(**{**SLOTS, slot: written}))
        assert (found.kind, found.text, found.slot) == (Kind.INTERPOLATION, written, WORDS[slot])


@given(st.text(max_size=200) | st.text(ESCAPES, max_size=80), st.none() | st.text(max_size=20))
@settings(max_examples=600, deadline=None)
def test_no_text_makes_it_raise(value: str, key: str | None) -> None:
    found = find_placeholders(value, key=key)
    assert all(piece.text and piece.style and piece.suggestion for piece in found)


@given(st.text(ESCAPES, max_size=60))
@settings(max_examples=600, deadline=None)
def test_pieces_stand_in_the_value_in_order(value: str) -> None:
    place = 0
    for piece in find_placeholders(value):
        if value[:1] in "{[":
            continue
        place = value.index(piece.text, place)


@given(st.text(ESCAPES, max_size=60) | st.text(max_size=60))
@settings(max_examples=600, deadline=None)
def test_decoding_twice_is_decoding_once(value: str) -> None:
    once = decode(value)
    assert decode(once.text).text == once.text
    assert once.written(0, len(once.text)) == value or not once.text


@given(
    st.recursive(st.text(ESCAPES, max_size=8), lambda inner: inner.map(lambda text: f'{{"a": {text!r}}}'), max_leaves=3)
)
@settings(max_examples=200, deadline=None)
def test_nested_documents_do_no_harm(value: str) -> None:
    find_placeholders(value)


@pytest.mark.parametrize("depth", [10, 100_000])
def test_deep_documents_do_no_harm(depth: int) -> None:
    find_placeholders("[" * depth + '"<x>"' + "]" * depth)


def test_random_guids_are_real() -> None:
    source = random.Random(20261122)
    drawn = (str(uuid.UUID(int=source.getrandbits(128), version=4)) for _ in range(20_000))
    assert sum(map(is_typed, drawn)) <= 4


@pytest.mark.parametrize(
    "guid",
    [
        "00000000-0000-0000-0000-000000000001",
        "11111111-2222-3333-4444-555555555555",
        "12345678-1234-1234-1234-123456789abc",
        "aaaabbbb-0000-cccc-1111-dddd2222eeee",
        "a0a0a0a0-bbbb-cccc-dddd-e1e1e1e1e1e1",
        "1a2b3c4d-5e6f-4a8b-9c0d-1e2f3a4b5c6d",
        "deadbeef-dead-beef-dead-beefdeadbeef",
        "0b1f6471-1bf0-4dda-aec3-111111111111",
        "123e4567-e89b-12d3-a456-426614174000",
    ],
)
def test_typed_guids_are_known_whatever_their_version_bits(guid: str) -> None:
    assert is_typed(guid)
    assert is_typed(guid.upper())


@pytest.mark.parametrize(
    "unit",
    [
        "${",
        "{",
        "<",
        "[",
        "x-",
        "%25",
        "&amp;",
        "__a",
        "$a.",
        "((a",
        "[a(",
        "%(a",
        "your ",
        "arn:",
        "/subscriptions/a",
        ":a/",
        "<a>/",
        "{a.b}-",
        "1a",
        "~a",
        "!A",
        "path/to/",
        "abcd-efgh-",
        "aaa-",
        "placeholder-",
        "set-me-",
        "name-of-",
        "{a[0]",
        "1.x.",
    ],
)
def test_time_stays_linear(unit: str) -> None:
    value = unit * (40_000 // len(unit))
    started = process_time()
    find_placeholders(value)
    assert process_time() - started < 2
