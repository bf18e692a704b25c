#!/usr/bin/env bash
# pysimdjson 7.0.2: of a key that an object has twice, `obj["key"]`, `in` followed by it and `at_pointer` give the first
# value, `as_dict()`, `items()` into a dict and Python's json the last. RFC 8259 leaves it open; within one library the
# answer depends on the method. The Pulumi engine (Go) takes the last.
# Seen: at_pointer 3, [] 3, as_dict 900, json 900.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install pysimdjson==7.0.2
v/bin/python - <<'PY'
import json
import simdjson

text = b'{"sku": {"capacity": 3, "capacity": 900}}'
document = simdjson.Parser().parse(text)
sku = document["sku"]
seen = [document.at_pointer("/sku/capacity"), sku["capacity"], sku.as_dict()["capacity"], json.loads(text)["sku"]["capacity"]]
print("pysimdjson 7.0.2: at_pointer, [], as_dict, json.loads:", seen)
assert seen == [3, 3, 900, 900], seen
PY
