"""Containers of Azure Blob Storage.

Source of parameters and variables: gocloud.dev v0.46 `blob/azureblob/azureblob.go`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from obstore.store import AzureStore

from poolgate.backends import Bucket
from poolgate.backends.address import Address
from poolgate.backends.objects import Objects, credentials, options
from poolgate.errors import UsageError

_PARAMETERS: Final = frozenset({"domain", "protocol", "cdn", "localemu", "storage_account"})
_SCOPE: Final = "https://storage.azure.com/.default"
_PUBLIC: Final = "blob.core.windows.net"


def open_store(address: Address, *, writes: bool = False) -> Bucket:
    """The container at an address. What may be written is a matter of whose credentials they are. Raises UsageError."""
    address.only(_PARAMETERS)
    container = address.bucket()
    connection = _connection(address)
    account, endpoint = _place(address, connection)
    is_plain = endpoint.startswith("http://")
    find, where = _finder(address, connection, is_plain=is_plain)
    store = AzureStore(
        container,
        account_name=account,
        endpoint=endpoint,
        credential_provider=credentials(address, find, where),
        **options(is_plain=is_plain),
    )
    return Objects(address, store)


def _connection(address: Address) -> Mapping[str, str]:
    """The parts of the connection string in the environment; none where there is no such variable."""
    name = "AZURE_STORAGE_CONNECTION_STRING"
    written = os.environ.get(name) or os.environ.get("AZURE_STORAGEBLOB_CONNECTIONSTRING", "")
    parts = dict(part.partition("=")[::2] for part in written.split(";") if part)
    if written and not (parts.get("AccountName") or parts.get("BlobEndpoint")):
        raise UsageError(f"{name} has neither AccountName nor BlobEndpoint", file=address.written)
    return parts


def _place(address: Address, connection: Mapping[str, str]) -> tuple[str, str]:
    """The account, and the address of its blobs. A connection string by which one signs in names both."""
    variable = os.environ.get
    account = (
        address.text("storage_account") or variable("AZURE_STORAGE_ACCOUNT", "") or connection.get("AccountName", "")
    )
    if not account:
        named = "AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_CONNECTION_STRING, or ?storage_account="
        raise UsageError(f"its storage account is not known: {named}", file=address.written)
    if connection and not (_key() or variable("AZURE_STORAGE_SAS_TOKEN")):
        own = connection.get("AccountName") or account
        suffix = connection.get("EndpointSuffix") or "core.windows.net"
        protocol = connection.get("DefaultEndpointsProtocol") or "https"
        return own, connection.get("BlobEndpoint", "").rstrip("/") or f"{protocol}://{own}.blob.{suffix}"
    protocol = address.text("protocol") or variable("AZURE_STORAGE_PROTOCOL", "")
    protocol = protocol or connection.get("DefaultEndpointsProtocol") or "https"
    if protocol not in ("http", "https"):
        raise UsageError("'protocol' is neither http nor https", file=address.written)
    domain = address.text("domain") or variable("AZURE_STORAGE_DOMAIN") or _PUBLIC
    if any(mark in domain for mark in "/@?#"):
        raise UsageError("'domain' is no name of a host", file=address.written)
    if domain.startswith(("127.0.0.1", "localhost")) or _flag(address, "localemu", "AZURE_STORAGE_IS_LOCAL_EMULATOR"):
        return account, f"{protocol}://{domain}/{account}"
    if _flag(address, "cdn", "AZURE_STORAGE_IS_CDN"):
        return account, f"{protocol}://{domain}"
    return account, f"{protocol}://{account}.{domain}"


def _flag(address: Address, parameter: str, variable: str) -> bool:
    if parameter in address.query:
        return address.flag(parameter)
    return os.environ.get(variable, "") in ("1", "t", "T", "TRUE", "true", "True")


def _key() -> str:
    """The account's key, which the engine heeds together with the account's variable only."""
    return os.environ.get("AZURE_STORAGE_KEY", "") if os.environ.get("AZURE_STORAGE_ACCOUNT") else ""


def _finder(
    address: Address, connection: Mapping[str, str], *, is_plain: bool
) -> tuple[Callable[[], Mapping[str, Any]], str]:
    """What signs in, in the engine's order, and where that was looked for."""
    given: dict[str, Any] = {}
    if key := _key():
        given = {"access_key": key}
    elif token := os.environ.get("AZURE_STORAGE_SAS_TOKEN"):
        given = {"sas_token": token.lstrip("?")}
    elif connection.get("AccountKey"):
        given = {"access_key": connection["AccountKey"]}
    elif connection.get("SharedAccessSignature"):
        given = {"sas_token": connection["SharedAccessSignature"].lstrip("?")}
    elif connection:
        raise UsageError("the connection string has neither AccountKey nor SharedAccessSignature", file=address.written)
    if given:
        return (lambda: {**given, "expires_at": None}), ""
    if is_plain:
        raise UsageError("no token is sent over http: it is for whoever reads it on its way", file=address.written)
    from azure.identity import DefaultAzureCredential

    credential = DefaultAzureCredential()

    def by_token() -> Mapping[str, Any]:
        token = credential.get_token(_SCOPE)
        return {"token": token.token, "expires_at": datetime.fromtimestamp(token.expires_on, UTC)}

    return by_token, "AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN, AZURE_CLIENT_ID, managed identity, az login"
