"""A real browser for the HTML report, and axe-core to judge what it shows. What is missing fails, with what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

Scheme: TypeAlias = Literal["light", "dark"]
Opener: TypeAlias = Callable[..., Page]

DESKTOP: Final = (1366, 900)
PHONE: Final = (375, 812)

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
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
        pytest.fail("axe-core is not installed: run `npm ci` in web")
    return AXE.read_text("utf-8")


def violations(page: Page) -> list[str]:
    """What axe has against the page as it is now."""
    found = page.evaluate(axe() + "; axe.run(document).then(result => result.violations)")
    return [f"{each['id']}: {node['html']}: {node['failureSummary']}" for each in found for node in each["nodes"]]


@dataclass
class Heard:
    """What a page asked for and complained of."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Tabs:
    """Pages that a test has done with and the next may have: to start a process for each takes longer than the rest."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[tuple[Scheme, tuple[int, int]], list[tuple[Page, Heard]]] = {}

    def take(self, scheme: Scheme, size: tuple[int, int]) -> tuple[Page, Heard]:
        """A page that is offline, and what is heard of it from now on."""
        free = self._free.setdefault((scheme, size), [])
        page, heard = free.pop() if free else self._new(scheme, size)
        heard.requests.clear()
        heard.complaints.clear()
        return page, heard

    def give(self, page: Page, heard: Heard, scheme: Scheme, size: tuple[int, int]) -> None:
        """Takes a page back."""
        page.emulate_media(media="screen", color_scheme=scheme)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        self._free[scheme, size].append((page, heard))

    def _new(self, scheme: Scheme, size: tuple[int, int]) -> tuple[Page, Heard]:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            offline=True,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(30_000)
        page, heard = context.new_page(), Heard()
        page.on("request", lambda request: heard.requests.append(request.url.partition("#")[0]))
        page.on("console", lambda message: heard.complaints.append(message.text))
        page.on("pageerror", lambda error: heard.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (heard.complaints.append(dialog.message), dialog.dismiss()))
        return page, heard

    @contextmanager
    def opener(self, folder: Path) -> Iterator[Opener]:
        """What opens a page from a file, offline. In the end none may have asked for anything, or complained."""
        taken: list[tuple[str, Page, Heard, Scheme, tuple[int, int]]] = []

        def opened(text: str, link: str = "", *, scheme: Scheme = "light", size: tuple[int, int] = DESKTOP) -> Page:
            file = folder / f"{len(taken)}.html"
            file.write_text(text, encoding="utf-8")
            page, heard = self.take(scheme, size)
            taken.append((file.as_uri(), page, heard, scheme, size))
            page.goto(file.as_uri() + link)
            expect(page.locator("html")).to_have_attribute("data-ready", "yes")
            return page

        yield opened
        for _, page, _, _, _ in taken:
            page.goto("about:blank")  # what a page does when it is left is heard, too
        for url, page, heard, scheme, size in taken:
            assert [one for one in heard.requests if one != "about:blank"] == [url]
            assert heard.complaints == []
            self.give(page, heard, scheme, size)
