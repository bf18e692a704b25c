"""The project as a whole: what is generated is up to date, and nothing names a registry or a machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

from inference_pools.version import PACK_VERSION, __version__

ROOT = Path(__file__).parents[1]


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "tools/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"run `make docs`\n{done.stdout}{done.stderr}"


def test_versions_agree() -> None:
    manifest = yaml.safe_load((ROOT / "policies" / "PulumiPolicy.yaml").read_text("utf-8"))
    assert manifest["version"] == PACK_VERSION
    assert PACK_VERSION.replace("-dev.", ".dev") == __version__


def test_locked_requirements_have_hashes_and_name_no_host() -> None:
    files = [path for path in _tracked() if path.name in ("requirements.txt", "dev.txt", "uv.txt")]
    assert len(files) >= 7
    for file in files:
        text = file.read_text("utf-8")
        assert "://" not in text, file
        pinned = re.findall(r"^[A-Za-z0-9][^ ;]*==\S+", text, re.MULTILINE)
        assert pinned, file
        assert text.count("--hash=sha256:") >= len(pinned), file


def test_no_file_names_a_path_of_one_machine() -> None:
    homes = re.compile(r"(?<![\w.:/-])/(?:home/(?!user/|me/|runner/)\w+|root|work|Users/\w+)/")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _tracked()
        if path.suffix not in (".tsv", ".gz", ".zst") and path != Path(__file__)
        for match in homes.finditer(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []


def test_readme_names_only_files_that_exist() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
        missing = [link for link in links if not (page.parent / link).exists()]
        assert missing == [], page
