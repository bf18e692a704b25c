#!/usr/bin/env bash
# jsonschema 4.26.0 with the extra that Jupyter's and CycloneDX's tools ask for, `format-nongpl`: `import jsonschema` takes fifteen
# times as long, whether a format is ever checked or not. The extra brings rfc3987-syntax 1.1.0 along (for `iri`), which reads
# its grammar with lark 1.3.1 and makes a parser of it each time it is imported, and jsonschema imports whatever of its formats'
# libraries is there. Seen on Python 3.11: 0.08 s without it, 1.0 to 1.5 s with it, nine tenths of that in rfc3987_syntax.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v
install() { v/bin/pip -q --disable-pip-version-check install "$@"; }
cat > seconds.py <<'PY'
import subprocess
import sys
import time

def seconds(code):
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begun

print(min(seconds("import jsonschema") for _ in range(5)) - min(seconds("") for _ in range(5)))
PY
install jsonschema==4.26.0
without=$(v/bin/python seconds.py)
install 'jsonschema[format-nongpl]==4.26.0' rfc3987-syntax==1.1.0 lark==1.3.1
with=$(v/bin/python seconds.py)
echo "jsonschema 4.26.0: imported in $without s; with format-nongpl in $with s"
v/bin/python - "$without" "$with" <<'PY'
import sys

import jsonschema

without, with_ = map(float, sys.argv[1:])
assert "rfc3987_syntax" in sys.modules and "lark" in sys.modules
assert with_ > 4 * without, with_ / without
PY
