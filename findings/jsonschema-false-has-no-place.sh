#!/usr/bin/env bash
# jsonschema 4.26.0: what a subschema `false` refuses is told without its place. For a property that may not be, the error's
# path ends at the object and its schema_path at `properties`: which key it is stands in neither. In the context of an
# `anyOf` or `oneOf` the schema_path of such a branch is empty, where that of each other one begins with its number.
# Seen: [] ['properties'] for {"properties": {"old": false}}; [0, 'type'] and [] for {"oneOf": [{"type": "string"}, false]}.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install jsonschema==4.26.0
v/bin/python - <<'PY'
from jsonschema import Draft202012Validator

(error,) = Draft202012Validator({"properties": {"old": False, "new": True}}).iter_errors({"old": 1, "new": 2})
(several,) = Draft202012Validator({"oneOf": [{"type": "string"}, False]}).iter_errors(7)
seen = [[*error.absolute_path], [*error.absolute_schema_path], *([*inner.schema_path] for inner in several.context)]
print("jsonschema 4.26.0:", seen)
assert seen == [[], ["properties"], [0, "type"], []], seen
PY
