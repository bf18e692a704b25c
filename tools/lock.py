"""Resolves every pinned requirements file anew: hashes for all, and no registry named in any."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]


def main() -> int:
    """Compiles each `*.in` into the `*.txt` beside it, the development group with what poolgate may have extra, and of
    that what poolgate needs by itself: what is given out is what was tested.
    """
    for source in sorted([*ROOT.glob("policies/*.in"), *ROOT.glob("stacks/*/*.in"), *ROOT.glob("requirements/*.in")]):
        _compile([str(source.relative_to(ROOT))], source.with_suffix(".txt"))
    _compile(["--group", "dev", "--all-extras", "pyproject.toml"], ROOT / "requirements/dev.txt")
    _compile(
        ["--all-extras", "--constraint", "requirements/dev.txt", "pyproject.toml"], ROOT / "requirements/runtime.txt"
    )
    return 0


def _compile(arguments: list[str], output: Path) -> None:
    print(f"locking {output.relative_to(ROOT)}")
    command = [str(Path(sys.executable).with_name("uv")), *COMMON, *arguments]
    subprocess.run([*command, "--output-file", str(output.relative_to(ROOT))], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
