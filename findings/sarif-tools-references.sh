#!/usr/bin/env bash
# sarif-tools 3.0.5 on valid SARIF 2.1.0 that refers to its rule instead of repeating it: a result with `rule: {id,
# index}` and no `ruleId` (section 3.27.5 and .7 allow either) ends in KeyError 'ruleId'; a `message: {id, arguments}`
# is shown as the bare id, not as the rule's messageStrings say.
# Seen: KeyError: 'ruleId'; the message "default" where "waits 10 minutes" was said.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install sarif-tools==3.0.5
v/bin/python - <<'PY'
import csv, json, pathlib, subprocess

RULE = {"id": "r", "messageStrings": {"default": {"text": "waits {0}"}}}
PLACE = [{"physicalLocation": {"artifactLocation": {"uri": "Pulumi.prod.yaml"}, "region": {"startLine": 3}}}]

def as_csv(result):
    run = {"tool": {"driver": {"name": "t", "rules": [RULE]}}, "results": [{"level": "error", "locations": PLACE, **result}]}
    pathlib.Path("x.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    done = subprocess.run(["v/bin/sarif", "csv", "-o", "x.csv", "x.sarif"], capture_output=True, text=True)
    return done.returncode, done.stderr.strip().splitlines()[-1:]

by_id = as_csv({"ruleId": "r", "ruleIndex": 0, "message": {"id": "default", "arguments": ["10 minutes"]}})
shown = list(csv.DictReader(pathlib.Path("x.csv").open()))[0]["Description"]
by_reference = as_csv({"rule": {"id": "r", "index": 0}, "message": {"text": "m"}})
print("sarif-tools 3.0.5:", by_id, repr(shown), by_reference)
assert by_id[0] == 0 and shown == "default", (by_id, shown)
assert by_reference[0] != 0 and by_reference[1] == ["KeyError: 'ruleId'"], by_reference
PY
