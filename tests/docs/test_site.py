"""The documentation's site: complete, and without a link that leads nowhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BUILD = ["-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "--nitpicky", "-b", "dirhtml"]


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *BUILD, str(source), str(target)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = build(DOCS, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "gate" / "index.html").is_file()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[gone](no-such-page.md)", "no-such-page.md"),
        ("[gone](rules.md#no-such-rule)", "no-such-rule"),
        ("[gone](../no/such/file.py)", "no/such/file.py"),
    ],
)
def test_a_link_that_leads_nowhere_stops_it(text: str, complaint: str, tmp_path: Path) -> None:
    source = tmp_path / "repository" / "docs"
    source.mkdir(parents=True)
    shutil.copy(DOCS / "conf.py", source)
    (source / "index.md").write_text(f"# Index\n\n{text}\n\n```{{toctree}}\nrules\n```\n")
    (source / "rules.md").write_text("# Rules\n")
    done = build(source, tmp_path / "site")
    assert done.returncode != 0
    assert complaint in done.stderr


def test_every_link_of_the_readme_and_the_changelog_leads_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CHANGELOG.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert link.startswith("https://") or (ROOT / link).exists(), f"{page.name}: {link}"
