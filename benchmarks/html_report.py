"""What the HTML report with 20,000 findings costs its reader: its size, until it can be used, and each thing done."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.reports.browser import chromium
from tests.reports.large_report import large_report

from poolgate.report import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FINDINGS: Final = 20_000
LARGEST: Final = 15_000_000
"""Bytes that the page may have."""

_READY: Final = "performance.getEntriesByName('ready')[0].startTime"
# From what the reader does to the last thing drawn for it: reading a size makes the browser lay everything out.
_DONE: Final = """([selector, act]) => {
    const element = document.querySelector(selector);
    const started = performance.now();
    if (act === "click") element.click();
    else { element.value = act; element.dispatchEvent(new Event("change")); }
    document.body.getBoundingClientRect();
    return performance.now() - started;
}"""
_SEARCHED: Final = """text => new Promise(resolve => {
    const field = document.querySelector("#search");
    const started = performance.now();
    new MutationObserver((_, observer) => {
        observer.disconnect();
        document.body.getBoundingClientRect();
        resolve(performance.now() - started);
    }).observe(document.querySelector(".findings tbody"), { childList: true });
    field.value = text;
    field.dispatchEvent(new Event("input"));
})"""
_STEPS: Final = (
    ("filter by a status", ".tile.to-mend", "click"),
    ("filter by an outcome, too", "#outcome", "violated"),
    ("sort by resource", "th.c-resource button", "click"),
    ("open a finding", ".opener", "click"),
    ("next page", "#next", "click"),
)


def main(rounds: int) -> int:
    """Prints the table. Returns 1 when the page is larger than it may be."""
    report = large_report(FINDINGS)
    written = []
    for _ in range(rounds):
        started = time.perf_counter()
        page = render(report, "html")
        written.append(1000 * (time.perf_counter() - started))
    size = len(page.encode())
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "report.html"
        file.write_text(page, encoding="utf-8")
        done = [_use(browser, file) for _ in range(rounds)]
    print(f"HTML report, {FINDINGS:,} findings, {size / 1e6:.1f} MB, milliseconds in {browser.version}")
    _show("write the page (Python)", written)
    for name in done[0]:
        _show(name, [each[name] for each in done])
    return 1 if size > LARGEST else 0


def _use(browser: Browser, file: Path) -> dict[str, float]:
    """Milliseconds of each thing done, in a page that was just opened."""
    context = browser.new_context(viewport={"width": 1366, "height": 900}, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    done = {"open the page, until it can be used": float(page.evaluate(_READY))}
    # The page waits 120 ms for further letters.
    done["search, with the wait for more letters"] = float(page.evaluate(_SEARCHED, "platform"))
    done["search again"] = float(page.evaluate(_SEARCHED, "platform eastus"))
    for name, selector, act in _STEPS:
        done[name] = float(page.evaluate(_DONE, [selector, act]))
    context.close()
    return done


def _show(name: str, values: list[float]) -> None:
    print(f"{name:42}{min(values):9.0f}{statistics.median(values):9.0f}{max(values):9.0f}")
