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
        *((f"REPLACE_{what}", ["replace-me"]) for what in ("RDS_ENDPOINT", "MY-BROKER-URL", "FOO_BAR_KEY")),
        *((f"REPLACE_{how}", []) for how in ("ALL", "ALL_TABLES", "IF_NEWER_VERSION", "BLOBS", "ON_NEW_IMAGE")),
        ("replace_rds_endpoint", []),
        *((f"nightly-{date}", ["mask"]) for date in ("YYYYMMDD", "YYYY-MM-DD", "yyyymmdd-hhmm", "DDMMYYYY")),
        *((f"nightly-{date}", []) for date in ("yyyyMMdd", "YYYYMM", "YYYYMMDDs", "MMDD", "20261122")),
        ("YYYYMMDD", []),  # whole, it is a format
        ("azureml:serving:YYYYMMDD", ["mask"]),
        ("https://example.com/list?api-version=YYYY-MM-DD", ["mask"]),
        ("A day is written YYYY-MM-DD here", []),
    ],
)
def test_styles(value: str, styles: list[str]) -> None:
    assert [found.style for found in find_placeholders(value)] == styles


@pytest.mark.parametrize(
    ("value", "key", "text", "style", "suggestion"),
    [
        ("???", None, "???", "mask", "the real value"),
        ("???", "colour", "???", "mask", "the real value of colour"),
        ("nightly-YYYYMMDDHHMMSS", "run", "YYYYMMDDHHMMSS", "mask", "the real value of run"),
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


@pytest.mark.parametrize("key", ["name_format", "filePattern"])
def test_a_date_in_a_format_is_filled_in_by_what_reads_it(key: str) -> None:
    assert find_placeholders("nightly-YYYYMMDD", key=key) == ()


def test_no_document_is_looked_into_more_than_twice() -> None:
    assert find_placeholders('{"a": "{\\"b\\": \\"{\\\\\\"c\\\\\\": \\\\\\"<x>\\\\\\"}\\"}"}') == ()
