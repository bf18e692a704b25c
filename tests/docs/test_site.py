"""The documentation's site: complete, and without a link that leads nowhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

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


def test_a_link_that_leads_nowhere_stops_it(tmp_path: Path) -> None:
    source = tmp_path / "repository" / "docs"
    source.mkdir(parents=True)
    shutil.copy(DOCS / "conf.py", source)
    links = ("no-such-page.md", "rules.md#no-such-rule", "../no/such/file.py")
    text = "\n\n".join(f"[gone]({link})" for link in links)
    (source / "index.md").write_text(f"# Index\n\n{text}\n\n```{{toctree}}\nrules\n```\n")
    (source / "rules.md").write_text("# Rules\n")
    done = build(source, tmp_path / "site")
    assert done.returncode != 0
    complaints = done.stderr.splitlines()
    for link, line in zip(links, (3, 5, 7), strict=True):
        assert any(f"index.md:{line}: WARNING" in said and link.rpartition("#")[2] in said for said in complaints), link


def test_every_link_of_the_readme_and_the_changelog_leads_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CHANGELOG.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert link.startswith("https://") or (ROOT / link).exists(), f"{page.name}: {link}"
