"""Buckets of Google Cloud Storage.

Source of parameters and variables: gocloud.dev v0.46 `blob/gcsblob/gcsblob.go`; pulumi/pulumi
`pkg/authhelpers/gcpauth.go`, v3.255.0.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import google.auth
from google.auth.transport.requests import Request
from obstore.store import GCSStore

from poolgate.backends import Bucket
from poolgate.backends.address import Address
from poolgate.backends.objects import Objects, credentials, options
from poolgate.errors import UsageError

_PARAMETERS: Final = frozenset({"access_id", "private_key_path", "anonymous", "universe_domain"})
"""`private_key_path`, and an `access_id` that is not `-`, are for signed addresses, and change nothing here."""
_READING: Final = "https://www.googleapis.com/auth/devstorage.read_only"
_WRITING: Final = "https://www.googleapis.com/auth/devstorage.read_write"
_UNIVERSE: Final = "googleapis.com"
_KEPT_FOR: Final = timedelta(minutes=5)


def open_store(address: Address, *, writes: bool = False) -> Bucket:
    """The bucket at an address; only where it `writes` is a token asked for that may. Raises UsageError."""
    address.only(_PARAMETERS)
    bucket = address.bucket()
    universe = address.text("universe_domain") or _UNIVERSE
    if not re.fullmatch(r"[a-z0-9.-]+", universe):
        raise UsageError("'universe_domain' is no name of a domain", file=address.written)
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    base = f"http://{re.sub(r'^https?://', '', emulator)}" if emulator else f"https://storage.{universe}"
    # An emulator gets no credentials: it is told to nobody where it is, and asked over http.
    is_anonymous = bool(emulator) or address.flag("anonymous") or address.text("access_id") == "-"
    where = "GOOGLE_CREDENTIALS, GOOGLE_OAUTH_ACCESS_TOKEN, GOOGLE_APPLICATION_CREDENTIALS, gcloud, instance"
    store = GCSStore(
        bucket,
        base_url=base.rstrip("/"),
        skip_signature=is_anonymous,
        credential_provider=_of_nobody(writes=writes)
        if is_anonymous
        else credentials(address, _finder(_WRITING if writes else _READING), where),
        **options(is_plain=bool(emulator)),
    )
    return Objects(address, store)


def _of_nobody(*, writes: bool) -> Callable[[], Any] | None:
    """What signs in nobody. To write obstore asks for a token all the same, and the instance if it is given none."""
    return (lambda: {"token": "nobody", "expires_at": None}) if writes else None


def _finder(scope: str) -> Callable[[], Mapping[str, Any]]:
    """What signs in, in the engine's order."""
    if token := ("" if os.environ.get("GOOGLE_CREDENTIALS") else os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN", "")):
        return lambda: {"token": token, "expires_at": None}
    found: Any = None

    def by_library() -> Mapping[str, Any]:
        nonlocal found
        if found is None:
            found = _of_the_environment(scope)
        if not found.valid:
            found.refresh(Request())
        expires = found.expiry.replace(tzinfo=UTC) if found.expiry else datetime.now(UTC) + _KEPT_FOR
        return {"token": found.token, "expires_at": expires}

    return by_library


def _of_the_environment(scope: str) -> Any:
    library: Any = google.auth  # It has no types.
    if written := os.environ.get("GOOGLE_CREDENTIALS"):
        try:
            content = json.loads(written)
        except ValueError:
            raise ValueError("GOOGLE_CREDENTIALS is no JSON") from None
        return library.load_credentials_from_dict(content, scopes=(scope,))[0]
    return library.default(scopes=(scope,))[0]
