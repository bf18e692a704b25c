#!/usr/bin/env bash
# duckdb 2.0.1 (the same in 1.4.4 and 1.0.0): a file that lies in a folder called `name=value` is read with that value in its
# column `name`, whatever the file says, for Parquet and for JSON with given columns, although nobody asked for partitions
# (`hive_partitioning` is found out by itself). A file that was written and is read by one path loses a column's values.
# Seen: [('x',)] from files that hold 'a'; [('a',)] with hive_partitioning=false.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install duckdb==2.0.1
v/bin/python - <<'PY'
from pathlib import Path
import duckdb

Path("rule=x").mkdir()
duckdb.sql("COPY (SELECT 'a' AS rule) TO 'rule=x/f.parquet' (FORMAT parquet)")
Path("rule=x/f.json").write_text('{"rule": "a"}\n')
sources = ("read_parquet('rule=x/f.parquet'{})", "read_json('rule=x/f.json', columns={{rule: 'VARCHAR'}}{})")
seen = [duckdb.sql(f"SELECT rule FROM {one.format('')}").fetchall() for one in sources]
asked = [duckdb.sql(f"SELECT rule FROM {one.format(', hive_partitioning=false')}").fetchall() for one in sources]
print(f"duckdb {duckdb.__version__}:", seen, "with hive_partitioning=false:", asked)
assert seen == [[("x",)], [("x",)]], seen
assert asked == [[("a",)], [("a",)]], asked
PY
