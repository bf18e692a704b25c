"""A peer: the same files, PyYAML's C loader and `jsonschema-rs`, and nothing of Pulumi. Arguments: SCHEMA FILE…"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema_rs
import yaml

is_valid = jsonschema_rs.validator_for(json.loads(Path(sys.argv[1]).read_bytes())).is_valid
bad = [name for name in sys.argv[2:] if not is_valid(yaml.load(Path(name).read_bytes(), Loader=yaml.CSafeLoader))]
print("\n".join(bad))
sys.exit(bool(bad))
