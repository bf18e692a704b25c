#!/usr/bin/env bash
# pulumi (Python SDK) 3.272.0: `Config.get_int` takes what Python's int() takes: "1_000" is 1000, " 12 " and Arabic-Indic
# digits are 12, "010" is ten, but "0x10" and "1e3" are refused; `get_object` takes "NaN" and "Infinity", which are no JSON,
# as numbers that no bound compares with. Programs in other languages refuse or read several of these otherwise.
# Seen: 1000, 12, 12, 10, refused, refused; nan.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install pulumi==3.272.0
v/bin/python - <<'PY'
import math
import pulumi

def read(method, text):
    pulumi.runtime.set_config("shop:value", text)
    try:
        return getattr(pulumi.Config("shop"), method)("value")
    except pulumi.ConfigTypeError:
        return "refused"

texts = ("1_000", " 12 ", "\u0661\u0662", "010", "0x10", "1e3")
seen = [read("get_int", text) for text in texts]
number = read("get_object", "NaN")
print("pulumi 3.272.0:", dict(zip(texts, seen)), number)
assert seen == [1000, 12, 12, 10, "refused", "refused"], seen
assert math.isnan(number) and not number > 50 and not number <= 50
PY
