#!/usr/bin/env bash
# isodate 0.7.2: "PT" and "P1DT", which ISO 8601 does not allow (a T needs a part behind it), are durations: zero and
# one day. "P" alone is refused, but with a message about the missing T of a date and time whose text is shown as empty.
# A timeout of "PT" so becomes no timeout at all, without an error.
# Seen: PT = 0 s, P1DT = 1 day, P: "ISO 8601 time designator 'T' missing. Unable to parse datetime string ''".
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install isodate==0.7.2
v/bin/python - <<'PY'
from datetime import timedelta
import isodate

seen = {text: isodate.parse_duration(text) for text in ("PT", "P1DT")}
try:
    isodate.parse_duration("P")
    message = ""
except isodate.ISO8601Error as error:
    message = str(error)
print("isodate 0.7.2:", seen, message)
assert seen == {"PT": timedelta(0), "P1DT": timedelta(days=1)}, seen
assert message == "ISO 8601 time designator 'T' missing. Unable to parse datetime string ''", message
PY
