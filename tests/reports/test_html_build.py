"""The committed pages are what their sources and the lock make: the same bytes."""

from __future__ import annotations

import filecmp
import shutil
import subprocess
from pathlib import Path

import pytest

import poolgate
from reports.browser import WEB

BUILT = Path(poolgate.__file__).parent
PAGES = ("history/page", "report/page")


def _node(*arguments: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.fail("no Node.js: run `apt-get install nodejs npm` as root")
    if not (WEB / "node_modules" / "esbuild").is_dir():
        pytest.fail("the page's tools are not installed: run `npm ci` in web")
    done = subprocess.run([node, *arguments], cwd=WEB, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pages_are_built_from_their_sources(tmp_path: Path) -> None:
    _node("build.mjs", str(tmp_path))
    names = [f"{page}/{file.name}" for page in PAGES for file in sorted((BUILT / page).iterdir())]
    assert names == [f"{page}/{name}" for page in PAGES for name in ("THIRD-PARTY.txt", "page.css", "page.js")]
    same, different, missing = filecmp.cmpfiles(BUILT, tmp_path, names, shallow=False)
    assert (same, different, missing) == (names, [], []), "run `npm run build` in web"


def test_the_sources_have_the_types_they_say() -> None:
    _node("node_modules/typescript/bin/tsc", "--noEmit")
