#!/usr/bin/env bash
# pulumi-azure-native 3.29.0: `monitor.AutoscaleSetting` takes profiles, enabled and targetResourceUri at the top, and the
# resource has none of them: all that comes back lies in one output `properties`. A program that reads `setting.profiles`
# stops, and what looks for the inputs' paths in a state's outputs finds nothing. Its default API version, 2021-05-01-preview,
# is older than that of 2.x (2022-10-01, by the class's own text), whose resource has them at the top.
# Seen: inputs at the top of the wire; no attribute of that name; the version in the class's text.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install --no-compile pulumi==3.272.0 pulumi-azure-native==3.29.0
v/bin/python - <<'PY'
import inspect

import pulumi
from pulumi.runtime import Mocks, set_mocks


class Seen(Mocks):
    inputs = {}

    def new_resource(self, args):
        Seen.inputs = args.inputs
        return "id", args.inputs

    def call(self, args):
        return {}


set_mocks(Seen())
from pulumi_azure_native import monitor


@pulumi.runtime.test
def program():
    profile = {"name": "p", "rules": [], "capacity": {"minimum": "1", "maximum": "2", "default": "1"}}
    setting = monitor.AutoscaleSetting(
        "s", resource_group_name="g", enabled=True, target_resource_uri="/subscriptions/x", profiles=[profile])
    return setting.id


program()
names = ("profiles", "enabled", "target_resource_uri", "properties")
has = {name: hasattr(monitor.AutoscaleSetting, name) for name in names}
print("pulumi-azure-native 3.29.0: inputs:", sorted(Seen.inputs), "attributes:", has)
assert {"profiles", "enabled", "targetResourceUri"} <= set(Seen.inputs) and "properties" not in Seen.inputs, Seen.inputs
assert has == {"profiles": False, "enabled": False, "target_resource_uri": False, "properties": True}, has
assert "Uses Azure REST API version 2021-05-01-preview." in inspect.getsource(monitor.AutoscaleSetting)
PY
