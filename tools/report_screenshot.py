"""Takes the picture of the HTML report that the documentation shows, docs/images/html-report.png."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.reports.browser import chromium  # noqa: E402
from tests.reports.large_report import large_report  # noqa: E402

from poolgate.report import render  # noqa: E402

TARGET = ROOT / "docs" / "images" / "html-report.png"


def main() -> int:
    """Writes the picture."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "report.html"
        file.write_text(render(large_report(20_000), "html"), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1280, "height": 960})
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]")
        page.screenshot(path=TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
