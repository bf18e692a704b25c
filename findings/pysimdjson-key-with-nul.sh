#!/usr/bin/env bash
# pysimdjson 7.0.2: a key with a NUL in it (valid JSON: "\u0000") is listed whole by `keys()` and `as_dict`, but
# `obj[key]` looks for what stands before the NUL: asked for "sku\0" it gives the value of "sku".
# Seen: keys ['sku', 'sku\x00'], [] 3, as_dict 900, json 900.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install pysimdjson==7.0.2
v/bin/python - <<'PY'
import json
import simdjson

text = b'{"sku": 3, "sku\\u0000": 900}'
document = simdjson.Parser().parse(text)
names = list(document.keys())
seen = [document["sku\0"], document.as_dict()["sku\0"], json.loads(text)["sku\0"]]
print("pysimdjson 7.0.2: keys", names, "[], as_dict, json.loads:", seen)
assert names == ["sku", "sku\0"] and seen == [3, 900, 900], (names, seen)
PY
