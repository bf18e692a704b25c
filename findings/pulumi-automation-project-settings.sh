#!/usr/bin/env bash
# pulumi (Python SDK) 3.272.0, Automation API: `project_settings` followed by `save_project_settings` deletes from
# Pulumi.yaml the keys that the SDK's class does not have, `stackConfigDir` and `packages` among them. The engine then
# looks for the stacks' files in another folder, and so runs with no configuration at all.
# Seen: stackConfigDir and packages gone, name and runtime kept.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install pulumi==3.272.0 pyyaml==6.0.3
# The workspace asks an engine for its version, and for nothing else here.
mkdir bin p && printf '#!/bin/sh\necho v3.272.0\n' > bin/pulumi && chmod +x bin/pulumi
printf 'name: shop\nruntime: python\nstackConfigDir: config\npackages:\n  demo: terraform-provider example/demo\n' > p/Pulumi.yaml
PATH="$PWD/bin:$PATH" v/bin/python - <<'PY'
import pathlib
import yaml
from pulumi.automation import LocalWorkspace

workspace = LocalWorkspace(work_dir="p")
workspace.save_project_settings(workspace.project_settings())
left = yaml.safe_load(pathlib.Path("p/Pulumi.yaml").read_text())
print("pulumi 3.272.0: left in Pulumi.yaml:", left)
assert left == {"name": "shop", "runtime": "python"}, left
PY
