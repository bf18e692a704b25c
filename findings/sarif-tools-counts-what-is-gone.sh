#!/usr/bin/env bash
# sarif-tools 3.0.5: `sarif --check error` fails for results that a producer has accepted (`suppressions` with status
# accepted) and for results that are no longer there (`baselineState: absent`): it reads neither property. `kind` it
# does read: `pass`, `open` and `notApplicable` count as none.
# Seen: suppressed 1, absent 1, kind pass 0, kind open 0 (exit codes).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install sarif-tools==3.0.5
v/bin/python - <<'PY'
import json, pathlib, subprocess

LOCATIONS = [{"physicalLocation": {"artifactLocation": {"uri": "Pulumi.prod.yaml"}, "region": {"startLine": 3}}}]

def exit_code(**properties):
    result = {"ruleId": "r", "message": {"text": "m"}, "locations": LOCATIONS, **properties}
    run = {"tool": {"driver": {"name": "t"}}, "results": [result]}
    pathlib.Path("x.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    return subprocess.run(["v/bin/sarif", "--check", "error", "summary", "x.sarif"], capture_output=True).returncode

seen = {
    "suppressed": exit_code(level="error", suppressions=[{"kind": "external", "status": "accepted"}]),
    "absent": exit_code(level="error", baselineState="absent"),
    "pass": exit_code(kind="pass"),
    "open": exit_code(kind="open"),
}
print("sarif-tools 3.0.5:", seen)
assert seen == {"suppressed": 1, "absent": 1, "pass": 0, "open": 0}, seen
PY
