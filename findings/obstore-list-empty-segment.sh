#!/usr/bin/env bash
# obstore 0.12.1: one object whose key has two slashes in a row, which S3 takes, ends the listing of its whole prefix: no object
# is listed, not even those whose keys are plain. boto3 lists both. Whoever reads a Pulumi backend beside such an object sees no
# stack at all, and an InvalidPathError.
# Seen: boto3 ['stacks/dev.json', 'stacks/shop//prod.json'], obstore "contained empty path segment".
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install obstore==0.12.1 'moto[server]==5.2.5' boto3
AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1 v/bin/python - <<'PY'
import boto3
import obstore
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
server.start()
host, port = server.get_host_and_port()
where = f"http://{host}:{port}"
bucket = boto3.client("s3", endpoint_url=where)
bucket.create_bucket(Bucket="states")
for key in ("stacks/dev.json", "stacks/shop//prod.json"):
    bucket.put_object(Bucket="states", Key=key, Body=b"{}")
listed = [one["Key"] for one in bucket.list_objects_v2(Bucket="states")["Contents"]]
store = S3Store("states", endpoint=where, region="us-east-1", virtual_hosted_style_request=False,
                client_options={"allow_http": True})
try:
    seen = [one["path"] for page in obstore.list(store) for one in page]
except Exception as error:
    seen = f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"
server.stop()
print("boto3:", listed, "- obstore 0.12.1:", seen)
assert listed == ["stacks/dev.json", "stacks/shop//prod.json"], listed
assert isinstance(seen, str) and "path segment" in seen.lower(), seen
PY
