#!/usr/bin/env bash
# pulumi (Python SDK) 3.272.0, Automation API: `LocalWorkspace.stack_settings` raises a TypeError on a stack file whose
# config holds a number, although the engine reads it, and leaves out objects and lists without a word;
# `save_stack_settings` of what it read then deletes them from the file, and the `environment:` that imports Pulumi ESC
# environments with them. Only plain texts and `secure:` values survive.
# Seen: TypeError: argument of type 'int' is not iterable; of a text, an object, a list, an environment the text is left.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install pulumi==3.272.0 pyyaml==6.0.3
# The workspace asks an engine for its version, and for nothing else here.
mkdir bin p && printf '#!/bin/sh\necho v3.272.0\n' > bin/pulumi && chmod +x bin/pulumi
printf 'name: shop\nruntime: python\n' > p/Pulumi.yaml
printf 'config:\n  shop:capacity: 3\n' > p/Pulumi.number.yaml
printf 'environment: [acme/dev]\nconfig:\n  shop:name: x\n  shop:pool: {capacity: 3}\n  shop:zones: [a]\n' > p/Pulumi.dev.yaml
PATH="$PWD/bin:$PATH" v/bin/python - <<'PY'
import pathlib
import yaml
from pulumi.automation import LocalWorkspace

workspace = LocalWorkspace(work_dir="p")
try:
    workspace.stack_settings("number")
    raised = ""
except TypeError as error:
    raised = str(error)
workspace.save_stack_settings("dev", workspace.stack_settings("dev"))
left = yaml.safe_load(pathlib.Path("p/Pulumi.dev.yaml").read_text())
print("pulumi 3.272.0:", raised, "| left in the file:", left)
assert raised == "argument of type 'int' is not iterable", raised
assert left == {"config": {"shop:name": "x"}}, left
PY
