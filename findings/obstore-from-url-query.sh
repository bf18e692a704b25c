#!/usr/bin/env bash
# obstore 0.12.1: `from_url` takes an address with a query and leaves the query out, without a word: whatever stands there,
# be it the endpoint of another server or a word that nobody knows. An address of a Pulumi backend in MinIO,
# `s3://states?endpoint=http://…`, so is one of AWS, and requests signed with MinIO's credentials go to AWS.
# Seen: the configuration has the bucket alone, and a signed request goes to s3.us-east-1.amazonaws.com.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install obstore==0.12.1
env -u AWS_ENDPOINT_URL -u AWS_REGION -u AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID=minio AWS_SECRET_ACCESS_KEY=minio v/bin/python - <<'PY'
from datetime import timedelta
from urllib.parse import urlsplit

import obstore
from obstore.store import from_url

store = from_url("s3://states?endpoint=http://127.0.0.1:9000&s3ForcePathStyle=true&nosuch=1")
host = urlsplit(obstore.sign(store, "GET", "dev.json", timedelta(minutes=1))).hostname
print("obstore 0.12.1: configuration", sorted(store.config), "- asks", host)
assert "endpoint" not in store.config, store.config
assert host == "s3.us-east-1.amazonaws.com", host
PY
