"""A project with all kinds of keys, and what its stack files may say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "shop.schema.json",
    "type": "object",
    "required": ["shop:sku", "shop:timeout"],
    "additionalProperties": False,
    "patternProperties": {"^(?!shop:)": {}, "^shop:limit-": {"type": "string"}},
    "properties": {
        "azure-native:location": {"$ref": "pool.schema.json#/$defs/location"},
        "shop:sku": {"$ref": "pool.schema.json#/$defs/sku"},
        "shop:timeout": {"$ref": "pool.schema.json#/$defs/duration", "description": "How long a shopper waits."},
        "shop:name": {"type": "string", "minLength": 2},
        "shop:replicas": {"type": "integer", "minimum": 1},
        "shop:share": {"type": "number"},
        "shop:debug": {"type": "boolean"},
        "shop:size": {"enum": [1, 2, 4], "type": "integer"},
        "shop:replicasTwice": {"$ref": "pool.schema.json#/$defs/capacity", "minimum": 2, "type": "integer"},
        "shop:indexKey": {"type": "string", "x-poolgate-secret": "required"},
        "shop:variables": {"$ref": "pool.schema.json#/$defs/environmentVariables"},
        "shop:tags": {"$ref": "pool.schema.json#/$defs/tags"},
        "shop:tree": {"$ref": "#/$defs/tree"},
        "shop:scale": {
            "oneOf": [
                {
                    "title": "a fixed scale",
                    "type": "object",
                    "required": ["kind", "instances"],
                    "additionalProperties": False,
                    "properties": {"kind": {"const": "fixed"}, "instances": {"type": "integer", "minimum": 1}},
                },
                {
                    "title": "a scale by load",
                    "type": "object",
                    "required": ["kind", "most"],
                    "additionalProperties": False,
                    "properties": {"kind": {"const": "load"}, "most": {"type": "integer"}},
                },
            ]
        },
    },
    "$defs": {
        "tree": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "size": {"$ref": "pool.schema.json#/$defs/vmSize"},
                "below": {"type": "array", "items": {"$ref": "#/$defs/tree"}, "maxItems": 2},
            },
        }
    },
}
SKU: Final = "{name: Standard_DS3_v2, tier: Standard, size: Standard_DS3_v2, family: f, capacity: 1}"
BOTH: Final = f"  shop:sku: {SKU}\n  shop:timeout: PT30S\n"

GOOD: Final[dict[str, str]] = {
    "with namespaces": f"config:\n{BOTH}",
    "without namespaces": f"config:\n  sku: {SKU}\n  timeout: PT30S\n  replicas: 2\n",
    "in the old spelling": f"config:\n  shop:config:sku: {SKU}\n  shop:timeout: PT30S\n",
    "numbers as text": f'config:\n{BOTH}  shop:replicas: "2"\n  share: "0.5"\n  size: "4"\n  replicasTwice: "3"\n',
    "numbers as numbers": f"config:\n{BOTH}  shop:replicas: 2\n  share: 0.5\n  size: 4\n  replicasTwice: 3\n",
    "a flag as text": f'config:\n{BOTH}  shop:debug: "true"\n',
    "a flag": f"config:\n{BOTH}  shop:debug: false\n",
    "a text that looks like a number": f"config:\n{BOTH}  shop:name: 4711\n",
    "an object as JSON": f'config:\n{BOTH}  shop:tags: \'{{"owner": "a@contoso.com"}}\'\n',
    "a secret": f"config:\n{BOTH}  shop:indexKey: {{secure: v1:x}}\n  shop:name: {{secure: v1:x}}\n",
    "a secret among variables": f"config:\n{BOTH}  shop:variables: {{LEVEL: DEBUG, KEY: {{secure: v1:x}}}}\n",
    "a secret for an object": "config:\n  sku: {secure: v1:x}\n  timeout: PT30S\n  tree: {secure: v1:x}\n",
    "keys of a provider": f"config:\n{BOTH}  azure-native:location: westeurope\n  aws:region: eu-central-1\n",
    "keys by pattern": f"config:\n{BOTH}  shop:limit-a: 3\n  limit-b: 3\n",
    "an object of a kind": f"config:\n{BOTH}  shop:scale: {{kind: load, most: 3}}\n",
    "a schema within itself": f"config:\n{BOTH}  shop:tree: {{below: [{{size: Standard_DS3_v2, below: []}}]}}\n",
    "the rest from an environment": "environment: [contoso/ml-prod]\nconfig:\n  shop:timeout: PT30S\n",
    "nothing but an environment": "environment: [contoso/ml-prod]\n",
    "a salt": f"encryptionsalt: v1:H41ps4lfh2o=:v1:1OxUUFPzlXZI1xmo:TaSVZNa1scIKpWTvhrzY0ScOG5zM2Q==\nconfig:\n{BOTH}",
}
"""Stack files that the lint has nothing to say about."""

BAD: Final[dict[str, tuple[str, int]]] = {
    "a misspelt key": (f"config:\n{BOTH}  shop:replica: 2\n", 4),
    "a misspelt key without a namespace": (f"config:\n{BOTH}  replica: 2\n", 4),
    "a misspelt key in an object": (f"config:\n  timeout: PT5S\n  sku: {SKU.replace('tier', 'teir')}\n", 3),
    "a misspelt choice": (f"config:\n  timeout: PT5S\n  sku: {SKU.replace('tier: Standard', 'tier: Standrd')}\n", 3),
    "a duration in another notation": (f"config:\n  shop:sku: {SKU}\n  shop:timeout: 5m\n", 3),
    "an object for a key by pattern": (f"config:\n{BOTH}  limit-a: {{b: c}}\n", 4),
    "a word for a number": (f"config:\n{BOTH}  shop:replicas: two\n", 4),
    "a number that is too small": (f"config:\n{BOTH}  shop:replicas: 0\n", 4),
    "a number that is not in the list": (f"config:\n{BOTH}  shop:size: 3\n", 4),
    "a limit beside a reference": (f"config:\n{BOTH}  replicasTwice: 1\n", 4),
    "a quoted number in an object": (
        f"config:\n  timeout: PT5S\n  sku: {SKU.replace('1}', chr(39) + '1' + chr(39) + '}')}\n",
        3,
    ),
    "a number for the text of a variable": (f"config:\n{BOTH}  shop:variables: {{WORKERS: 4}}\n", 4),
    "no secret": (f"config:\n{BOTH}  shop:indexKey: abc\n", 4),
    "a secret tag": (f"config:\n{BOTH}  shop:tags: {{owner: {{secure: v1:x}}}}\n", 4),
    "no object of any kind": (f"config:\n{BOTH}  shop:scale: {{kind: load}}\n", 4),
    "a fault deep within": (f"config:\n{BOTH}  shop:tree: {{below: [{{below: [{{size: big}}]}}]}}\n", 4),
    "a key that is missing": (f"config:\n  shop:sku: {SKU}\n", 1),
    "no configuration": ("secretsprovider: passphrase\n", 1),
    "a key of the file that does not exist": (f"configg: {{}}\nconfig:\n{BOTH}", 1),
}
"""Stack files that the lint finds something in, with the line of it."""


def write_project(folder: Path, stack: str = GOOD["with namespaces"]) -> Path:
    """Writes the project; the file of its stack comes back."""
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    (folder / "schemas" / "shop.schema.json").write_text(json.dumps(SCHEMA))
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    file = folder / "Pulumi.dev.yaml"
    file.write_text(stack)
    return file
