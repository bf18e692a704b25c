"""Buckets of S3, and of what speaks its protocol.

botocore says who asks, by environment, profile or role, and which host is asked; obstore asks.
Source of the parameters: gocloud.dev v0.46 `aws/aws.go`, `blob/s3blob/s3blob.go`; pulumi/pulumi
`pkg/backend/diy/backend.go` (translateLegacyS3Params), v3.255.0.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoCredentialsError
from obstore.store import S3Store

from poolgate.backends import Bucket
from poolgate.backends.address import Address
from poolgate.backends.objects import Objects, credentials, options
from poolgate.errors import UsageError

_OF_READING: Final = frozenset(
    {
        *(
            "region",
            "endpoint",
            "profile",
            "role",
            "anonymous",
            "dualstack",
            "fips",
            "accelerate",
            "hostname_immutable",
        ),
        *("use_path_style", "s3ForcePathStyle", "disable_https", "disableSSL"),
    }
)
_OF_WRITING: Final = frozenset(
    {
        *("ssetype", "kmskeyid", "awssdk", "rate_limiter_capacity"),
        *("request_checksum_calculation", "response_checksum_validation"),
    }
)
"""The engine takes them; they change nothing of what is read."""
_ANYWHERE: Final = "us-east-1"
"""What other servers than AWS's are told for a region, as the engine does."""
_KEPT_FOR: Final = timedelta(minutes=5)
_HOST_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", re.ASCII)


def open_store(address: Address, *, writes: bool = False) -> Bucket:
    """The bucket at an address. What may be written is a matter of whose credentials they are. Raises UsageError."""
    address.only(_OF_READING | _OF_WRITING)
    bucket = address.bucket()
    try:
        session = botocore.session.Session(profile=address.text("profile") or None)
        endpoint, region = _endpoint(address, session)
    except (BotoCoreError, ValueError) as error:
        raise UsageError(str(error).partition("\n")[0], file=address.written) from None
    is_anonymous = address.flag("anonymous")
    is_by_host = _is_by_host(address, bucket, endpoint)
    parts = urlsplit(endpoint)
    sought = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, ~/.aws, web identity, container, instance"
    store = S3Store(
        bucket,
        region=region,
        endpoint=f"{parts.scheme}://{bucket}.{parts.netloc}{parts.path}" if is_by_host else endpoint,
        virtual_hosted_style_request=is_by_host,
        skip_signature=is_anonymous,
        credential_provider=None if is_anonymous else credentials(address, _finder(address, session, region), sought),
        **options(is_plain=parts.scheme == "http"),
    )
    return Objects(address, store)


def _endpoint(address: Address, session: Any) -> tuple[str, str]:
    """The server, with its scheme, and the region."""
    region = address.text("region") or os.environ.get("AWS_REGION") or session.get_config_variable("region")
    named = address.text("endpoint")
    is_plain = address.flag("disable_https") or address.flag("disableSSL")
    if not named:
        named = _configured(address, session, region)
    if "://" not in named:
        named = f"https://{named}"
    if is_plain:
        named = re.sub(r"\Ahttps://", "http://", named)
    if not re.match(r"https?://[^/@?#]+", named) or "@" in named or "?" in named or "#" in named:
        raise UsageError("'endpoint' is no address of a server", file=address.written)
    return named.rstrip("/"), region or _ANYWHERE


def _configured(address: Address, session: Any, region: str | None) -> str:
    """The server by environment and profile, else AWS's of the region. Raises UsageError where that is not known."""
    switches = {"use_dualstack_endpoint": "dualstack", "use_fips_endpoint": "fips"}
    asked = {option: True for option, name in switches.items() if address.flag(name)}
    client = session.create_client(
        "s3",
        region_name=region or _ANYWHERE,
        config=Config(signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional"}, **asked),
        aws_access_key_id="-",  # Only the host is asked of it.
        aws_secret_access_key="-",
    )
    endpoint = str(client.meta.endpoint_url)
    host = urlsplit(endpoint).hostname or ""
    is_of_aws = host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    if is_of_aws and not region:
        raise UsageError("its region is not known: set AWS_REGION, or write ?region=", file=address.written)
    if is_of_aws and address.flag("accelerate"):
        return f"https://s3-accelerate{'.dualstack' if address.flag('dualstack') else ''}.amazonaws.com"
    return endpoint


def _is_by_host(address: Address, bucket: str, endpoint: str) -> bool:
    """Whether the bucket is a part of the host's name, as it is unless the address or the names forbid it."""
    if any(address.flag(name) for name in ("use_path_style", "s3ForcePathStyle", "hostname_immutable")):
        return False
    try:
        ipaddress.ip_address(urlsplit(endpoint).hostname or "")
    except ValueError:
        return bool(_HOST_LABEL.fullmatch(bucket))
    return False  # There are no names below an IP address.


def _finder(address: Address, session: Any, region: str) -> Callable[[], Any]:
    role = address.text("role")
    if role and not role.startswith("arn:"):
        raise UsageError("'role' is no ARN: it begins with arn:", file=address.written)

    def own() -> Any:
        found = session.get_credentials()
        if found is None:
            raise NoCredentialsError()
        frozen = found.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            # botocore renews them before they expire, when it is asked.
            "expires_at": datetime.now(UTC) + _KEPT_FOR,
        }

    def assumed() -> Any:
        client = session.create_client("sts", region_name=region)
        given = client.assume_role(RoleArn=role, RoleSessionName="poolgate")["Credentials"]
        return {
            "access_key_id": given["AccessKeyId"],
            "secret_access_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expires_at": given["Expiration"].astimezone(UTC),
        }

    return assumed if role else own
