"""A real browser for the HTML report, and axe-core to judge what it shows. What is missing fails, with what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web" / "report"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; none is downloaded."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.fail("no Chromium: run `apt-get install chromium` as root, or name one in the variable CHROMIUM")
    # Chromium has no sandbox for root, as whom containers run; the page is ours.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@cache
def axe() -> str:
    """The source of axe-core."""
    if not AXE.is_file():
        pytest.fail("axe-core is not installed: run `npm ci` in web/report")
    return AXE.read_text("utf-8")
