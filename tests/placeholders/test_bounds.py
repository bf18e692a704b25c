"""Both sides of what tells a placeholder from what only looks like one."""

from __future__ import annotations

import pytest

from inference_pools.placeholders import find_placeholders


@pytest.mark.parametrize(
    ("value", "styles"),
    [
        *((f"[{word}]", ["brackets"]) for word in ("redacted", "removed", "masked", "hidden", "omitted", "elided")),
        ("[REDACTED]", ["brackets"]),
        ("[masked](a)", []),  # a link in Markdown
        ("contact <me@example.com> now", []),
        ("contact <your name> now", ["angle-brackets"]),
        ("mail me @name@ now", []),
        ("mail me @my_name@ now", ["at-signs"]),
        ("mail me @NAME@ now", ["at-signs"]),
        ("cost is 5$a each", []),
        ("Put YOUR model here", ["your-x"]),
        ("replace me with a text", ["replace-me"]),
    ],
)
def test_styles(value: str, styles: list[str]) -> None:
    assert [found.style for found in find_placeholders(value)] == styles


@pytest.mark.parametrize(
    ("value", "key", "text", "style", "suggestion"),
    [
        ("???", None, "???", "mask", "the real value"),
        ("???", "colour", "???", "mask", "the real value of colour"),
        ("/path/to/model", None, "path/to", "template-word", "the real value"),
        ("https://example.com/<name>", "format", "<name>", "angle-brackets", "the real value of format"),
        # In a document, each text goes by the name that it stands under there, in a document inside it, too.
        ('{"a": "<x>"}', "tags", "<x>", "angle-brackets", "the real value of a"),
        ('["<x>"]', "tags", "<x>", "angle-brackets", "the real value of tags"),
        ('{"a": "{\\"b\\": \\"<x>\\"}"}', "tags", "<x>", "angle-brackets", "the real value of b"),
    ],
)
def test_what_belongs_there(value: str, key: str | None, text: str, style: str, suggestion: str) -> None:
    (found,) = find_placeholders(value, key=key)

    assert (found.text, found.style, found.suggestion) == (text, style, suggestion)


def test_no_document_is_looked_into_more_than_twice() -> None:
    assert find_placeholders('{"a": "{\\"b\\": \\"{\\\\\\"c\\\\\\": \\\\\\"<x>\\\\\\"}\\"}"}') == ()
