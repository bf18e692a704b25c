"""Escapes are undone before the search, and what is found is shown as it was written."""

from __future__ import annotations

import pytest

from inference_pools.placeholders.decode import decode


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("%7Bname%7D", "{name}"),
        ("%7bname%7d", "{name}"),
        ("a%2Fb", "a/b"),
        ("%257Bname%257D", "{name}"),
        ("%C3%A9", "é"),
        ("%E5%B7%A5", "工"),
        ("&lt;name&gt;", "<name>"),
        ("&#123;name&#125;", "{name}"),
        ("&#x7b;name&#X7D;", "{name}"),
        ("\\u007bname\\u007d", "{name}"),
        ("\\<name\\>", "<name>"),
        # What stands for nothing that can be printed stays.
        ("a%00b", "a%00b"),
        ("%C3%28", "%C3%28"),
        ("%C2%80", "%C2%80"),
        ("&#0;", "&#0;"),
        ("&#7;", "&#7;"),
        ("&#1114112;", "&#1114112;"),
        ("\\u0007", "\\u0007"),
    ],
)
def test_text(raw: str, text: str) -> None:
    assert decode(raw).text == text


@pytest.mark.parametrize(
    ("raw", "start", "end", "written"),
    [
        ("a-name", 2, 6, "name"),
        ("a-%7Bname%7D-b", 2, 8, "%7Bname%7D"),
        ("a-%257Bname%257D-b", 2, 8, "%257Bname%257D"),
        ("a-%257Bname%257D-b", 0, 1, "a"),
        ("a-%257Bname%257D-b", 8, 10, "-b"),
        ("%7B%7Bname", 1, 6, "%7Bname"),
        ("&lt;name&gt;", 0, 6, "&lt;name&gt;"),
        ("%E5%B7%A5-b", 0, 1, "%E5%B7%A5"),
    ],
)
def test_as_written(raw: str, start: int, end: int, written: str) -> None:
    assert decode(raw).written(start, end) == written
