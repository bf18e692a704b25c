"""Takes the pictures of the HTML pages that the documentation shows: `python tools/screenshots.py`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from tests.history.fleet import fleet  # noqa: E402
from tests.reports.browser import chromium  # noqa: E402
from tests.reports.large_report import large_report  # noqa: E402

from poolgate.history.changes import DIMENSIONS, tell  # noqa: E402
from poolgate.history.render import render as render_history  # noqa: E402
from poolgate.report import render  # noqa: E402

IMAGES = ROOT / "docs" / "images"


def main() -> int:
    """Writes the pictures."""
    told = tell(fleet(), None, DIMENSIONS)
    assert told is not None
    pages = {
        "html-report.png": (render(large_report(20_000), "html"), 960),
        "fleet-page.png": (render_history(told, "html", None), 1200),
    }
    (IMAGES / "fleet-trend.svg").write_text(render_history(told, "svg", None), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name, (text, height) in pages.items():
            file = Path(folder) / "page.html"
            file.write_text(text, encoding="utf-8")
            page = browser.new_page(viewport={"width": 1280, "height": height})
            page.goto(file.as_uri())
            page.wait_for_selector("html[data-ready]")
            page.screenshot(path=IMAGES / name)
            page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
