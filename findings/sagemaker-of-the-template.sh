#!/usr/bin/env bash
# pulumi/templates (`sagemaker-aws-python`, requirements.txt at commit 5e662832342727b150c416d449d8612366d9fe05) asks for
# `sagemaker>=2.161.0` without an upper bound, for a function of its module `sagemaker.huggingface`. pip takes sagemaker 3,
# which is four other packages and has that module in none of them: a project made from the template installs, and stops at
# its first import.
# Seen: 2.257.7 has sagemaker/huggingface/__init__.py; of 3.27.0 neither the package nor what it consists of has.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v
get() { v/bin/pip -q --disable-pip-version-check download --no-deps --dest "$1" "${@:2}"; }
get old sagemaker==2.257.7
get new sagemaker==3.27.0 sagemaker-core==2.27.0 sagemaker-mlops==1.27.0 sagemaker-serve==1.27.0 sagemaker-train==1.27.0
v/bin/python - <<'PY'
from pathlib import Path
from zipfile import ZipFile

def has(folder: str) -> list[str]:
    names = [name for wheel in Path(folder).glob("*.whl") for name in ZipFile(wheel).namelist()]
    assert names
    return [name for name in names if name.startswith("sagemaker/huggingface")]

old, new = has("old"), has("new")
print("sagemaker.huggingface: sagemaker 2.257.7", len(old), "files; sagemaker 3.27.0 and its parts", len(new))
assert "sagemaker/huggingface/__init__.py" in old
assert new == []
PY
