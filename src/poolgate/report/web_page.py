"""A built page with data written into it; it needs no server and no network.

Pages are built from `web` into a folder `page` beside the module that tells them what to show. That is data: a block of
JSON that no browser runs, from which the page makes text and nothing else. Its content security policy lets it run the
one script and use the one style sheet that are in it, by their digests, and load nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from poolgate.report.safe import inert, inert_json, one_line, shown


def render(package: str, title: str, version: str, data: Any, *, without: str) -> str:
    """The page of a package. The same data gives the same bytes. `without` is said to readers without JavaScript."""
    page = _page(package)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{page.policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="poolgate {escape(version)}">
<title>{escape(inert(one_line(title)))}</title>
<style>{page.style}</style>
</head>
<body>
<noscript>This page needs JavaScript, which is part of it: nothing is loaded. {escape(without)}</noscript>
<div id="app"></div>
<script type="application/json" id="data">{_json(data)}</script>
<script>{page.script}</script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Page:
    """The built page: its script, its style sheet, and the policy that allows just these."""

    script: str
    style: str

    @property
    def policy(self) -> str:
        """The content security policy. Texts that were markup would be refused even if the script made them some."""
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src '{_digest(self.script)}'",
                f"style-src '{_digest(self.style)}'",
                "base-uri 'none'",
                "form-action 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            )
        )


@cache
def _page(package: str) -> _Page:
    folder = files(package) / "page"
    return _Page(
        script=(folder / "page.js").read_text("utf-8"),
        style=(folder / "page.css").read_text("utf-8"),
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(value: Any) -> str:
    """JSON in which nothing ends the script that it stands in, nor begins a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()
    return inert_json(text.replace("<", "\\u003c"))


def seen(value: Any) -> Any:
    """The value with every character of its texts one that can be seen: a page shows them to people."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {key: seen(inner) for key, inner in value.items()}
    return [seen(inner) for inner in value] if isinstance(value, list) else value
