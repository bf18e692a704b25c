#!/usr/bin/env bash
# pysimdjson 7.0.2: an integer of 20 digits just past 64 bits is a ValueError, one of 30 digits a RuntimeError, which is
# no ValueError: `except ValueError` around a parse does not see the second. Python's json reads both.
# Seen: 18446744073709551616 ValueError NUMBER_ERROR, thirty digits RuntimeError BIGINT_ERROR.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install pysimdjson==7.0.2
v/bin/python - <<'PY'
import json
import simdjson

seen = []
for text in (b"18446744073709551616", b"1" * 30):
    json.loads(text)
    try:
        simdjson.Parser().parse(text)
    except Exception as error:
        seen.append((type(error).__name__, str(error).partition(":")[0]))
print("pysimdjson 7.0.2:", seen)
assert seen == [("ValueError", "NUMBER_ERROR"), ("RuntimeError", "BIGINT_ERROR")], seen
PY
