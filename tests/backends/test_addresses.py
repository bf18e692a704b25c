"""Addresses, as the engine takes them: translated for the libraries, or refused by name. No server is asked here."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from poolgate.backends import open_store
from poolgate.backends.objects import Objects
from poolgate.backends.postgres import Table
from poolgate.errors import UsageError

SECRET = "canary-of-an-address"
OWN: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "reader",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AZURE_STORAGE_ACCOUNT": "models",
    "AZURE_STORAGE_KEY": "c2VjcmV0",
    "GOOGLE_OAUTH_ACCESS_TOKEN": SECRET,
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With credentials of each cloud, and nothing of whoever runs the tests."""
    for name in ("AWS", "AZURE", "GOOGLE", "STORAGE", "PG"):
        for variable in [variable for variable in os.environ if variable.startswith(name)]:
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in OWN.items():
        monkeypatch.setenv(name, value)


def config(address: str) -> Mapping[str, Any]:
    store = open_store(address)
    assert isinstance(store, Objects)
    return dict(store._store.config)


def place(address: str) -> tuple[str, bool]:
    """The server that would be asked, and whether the bucket is a part of its name."""
    told = config(address)
    return told["endpoint"], told["virtual_hosted_style_request"] in (True, "true")


@pytest.mark.parametrize(
    ("address", "variables", "expected"),
    [
        ("s3://b-1?region=eu-west-1", {}, ("https://b-1.s3.eu-west-1.amazonaws.com", True)),
        ("s3://b-1", {"AWS_REGION": "us-east-1"}, ("https://b-1.s3.us-east-1.amazonaws.com", True)),
        ("s3://b-1", {"AWS_DEFAULT_REGION": "cn-north-1"}, ("https://b-1.s3.cn-north-1.amazonaws.com.cn", True)),
        ("s3://b.1?region=eu-west-1", {}, ("https://s3.eu-west-1.amazonaws.com", False)),
        ("s3://b-1?region=eu-west-1&s3ForcePathStyle=true", {}, ("https://s3.eu-west-1.amazonaws.com", False)),
        ("s3://b-1?region=eu-west-1&use_path_style=1", {}, ("https://s3.eu-west-1.amazonaws.com", False)),
        ("s3://b-1?region=us-west-2&fips=true", {}, ("https://b-1.s3-fips.us-west-2.amazonaws.com", True)),
        ("s3://b-1?region=us-west-2&dualstack=true", {}, ("https://b-1.s3.dualstack.us-west-2.amazonaws.com", True)),
        ("s3://b-1?region=us-west-2&accelerate=true", {}, ("https://b-1.s3-accelerate.amazonaws.com", True)),
        ("s3://b-1?endpoint=minio.local:9000", {}, ("https://b-1.minio.local:9000", True)),
        ("s3://b-1?endpoint=minio.local:9000&disableSSL=true", {}, ("http://b-1.minio.local:9000", True)),
        ("s3://b-1?endpoint=minio.local&disable_https=t", {}, ("http://b-1.minio.local", True)),
        ("s3://b-1?endpoint=http://minio.local&hostname_immutable=true", {}, ("http://minio.local", False)),
        ("s3://b-1?endpoint=http://127.0.0.1:9000", {}, ("http://127.0.0.1:9000", False)),
        ("s3://b-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, ("http://127.0.0.1:9", False)),
        ("s3://b-1", {"AWS_ENDPOINT_URL_S3": "https://s3.local"}, ("https://b-1.s3.local", True)),
        ("s3://b-1?awssdk=v2&ssetype=AES256&kmskeyid=k&region=eu-west-1", {},
         ("https://b-1.s3.eu-west-1.amazonaws.com", True)),
    ],
)  # fmt: skip
def test_the_server_of_a_bucket(
    address: str, variables: Mapping[str, str], expected: tuple[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert place(address) == expected


def test_a_profile_has_region_server_and_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(
        "[profile team]\nregion = eu-north-1\nendpoint_url = https://s3.local\n[profile other]\nregion = eu-north-1\n"
    )
    (tmp_path / ".aws/credentials").write_text(f"[team]\naws_access_key_id = a\naws_secret_access_key = {SECRET}\n")
    assert place("s3://b-1?profile=team") == ("https://b-1.s3.local", True)
    monkeypatch.setenv("AWS_PROFILE", "team")
    assert place("s3://b-1") == ("https://b-1.s3.local", True)
    for address, message in (
        ("s3://b-1?profile=other", "there are no credentials for it: Unable to locate credentials"),
        ("s3://b-1?profile=nobody", "The config profile (nobody) could not be found"),
    ):
        with pytest.raises(UsageError) as caught:
            open_store(address)
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("address", "variables", "account", "endpoint"),
    [
        ("azblob://c", {}, "models", "https://models.blob.core.windows.net"),
        ("azblob://c?storage_account=other", {}, "other", "https://other.blob.core.windows.net"),
        ("azblob://c?domain=blob.core.chinacloudapi.cn", {}, "models", "https://models.blob.core.chinacloudapi.cn"),
        ("azblob://c?domain=cdn.example.com&cdn=true", {}, "models", "https://cdn.example.com"),
        ("azblob://c?domain=emulator:1&localemu=true&protocol=http", {}, "models", "http://emulator:1/models"),
        ("azblob://c?domain=127.0.0.1:1&protocol=http", {}, "models", "http://127.0.0.1:1/models"),
        ("azblob://c", {"AZURE_STORAGE_DOMAIN": "localhost:1", "AZURE_STORAGE_PROTOCOL": "http"}, "models",
         "http://localhost:1/models"),
        ("azblob://c", {"AZURE_STORAGE_DOMAIN": "x.y", "AZURE_STORAGE_IS_CDN": "true"}, "models", "https://x.y"),
        ("azblob://c", {"AZURE_STORAGE_KEY": "", "AZURE_STORAGE_CONNECTION_STRING":
                        "AccountName=own;AccountKey=c2VjcmV0;EndpointSuffix=core.usgovcloudapi.net"},
         "own", "https://own.blob.core.usgovcloudapi.net"),
        ("azblob://c", {"AZURE_STORAGE_ACCOUNT": "", "AZURE_STORAGEBLOB_CONNECTIONSTRING":
                        "AccountName=own;AccountKey=c2VjcmV0;BlobEndpoint=https://blobs.example.com/;"},
         "own", "https://blobs.example.com"),
    ],
)  # fmt: skip
def test_the_server_of_a_container(
    address: str, variables: Mapping[str, str], account: str, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = config(address)
    assert (told["account_name"], told["endpoint"]) == (account, endpoint)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, {"access_key": "c2VjcmV0"}),
        ({"AZURE_STORAGE_KEY": "", "AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=x"}, {"sas_token": "sv=1&sig=x"}),
        # The key counts with the account's variable only, as for the engine.
        ({"AZURE_STORAGE_ACCOUNT": "", "AZURE_STORAGE_SAS_TOKEN": "sv=1"}, {"sas_token": "sv=1"}),
        ({"AZURE_STORAGE_KEY": "", "AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;SharedAccessSignature=sv=2&sig=y"},
         {"sas_token": "sv=2&sig=y"}),
    ],
)  # fmt: skip
def test_who_asks_for_a_container(
    variables: Mapping[str, str], expected: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    store = open_store("azblob://c?storage_account=models")
    assert isinstance(store, Objects)
    given = store._store.credential_provider()
    assert {name: given[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("address", "variables", "expected"),
    [
        ("gs://b", {}, "https://storage.googleapis.com"),
        ("gs://b?universe_domain=example.goog&access_id=x&private_key_path=y", {}, "https://storage.example.goog"),
        ("gs://b?anonymous=true", {}, "https://storage.googleapis.com"),
        ("gs://b", {"STORAGE_EMULATOR_HOST": "127.0.0.1:4443"}, "http://127.0.0.1:4443"),
        ("gs://b", {"STORAGE_EMULATOR_HOST": "http://127.0.0.1:4443/"}, "http://127.0.0.1:4443"),
    ],
)
def test_the_server_of_google(
    address: str, variables: Mapping[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = config(address)
    assert told["base_url"] == expected


def test_who_is_anonymous_sends_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:1")
    for address in (
        "s3://b-1?region=eu-west-1&anonymous=true", "gs://b?anonymous=1", "gs://b?access_id=-", "gs://b",
    ):  # fmt: skip
        store = open_store(address)
        assert isinstance(store, Objects)
        assert store._store.credential_provider is None
        assert config(address)["skip_signature"] in (True, "true")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgres://db.example.com/st", {"host": "db.example.com", "dbname": "st", "sslmode": "require"}),
        (f"postgres://me:{SECRET}%40@db:6432/st?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3",
         {"user": "me", "password": f"{SECRET}@", "port": 6432, "sslmode": "verify-full", "sslrootcert": "/ca.pem",
          "connect_timeout": "3"}),
        ("postgres:///st?host=/run/postgresql&table=Team_B", {"host": "/run/postgresql", "dbname": "st"}),
        ("postgres://db/st?search_path=a%20b&binary_parameters=yes",
         {"options": "-c statement_timeout=300s -c search_path=a\\ b"}),
    ],
)  # fmt: skip
def test_what_a_database_is_connected_with(address: str, expected: Mapping[str, Any]) -> None:
    table = open_store(address)
    assert isinstance(table, Table)
    assert {name: table._arguments[name] for name in expected} == expected
    assert SECRET not in table.name
    assert "binary_parameters" not in table._arguments


def test_tls_is_asked_for_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    table = open_store("postgres://db/st")
    assert isinstance(table, Table)
    assert "sslmode" not in table._arguments


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://b?nosuch=1", "'nosuch' is no parameter of a s3:// address"),
        ("s3://b?Endpoint=http://x", "'Endpoint' is no parameter"),
        (
            "azblob://c?endpoint=http://x",
            "'endpoint' is no parameter of a azblob:// address, which may have cdn, domain",
        ),
        ("gs://b?endpoint=http://x", "'endpoint' is no parameter of a gs:// address"),
        ("postgres://h/d?dbname=x", "'dbname' is no parameter of a postgres:// address"),
        (f"s3://b?https://me:{SECRET}@x=1", "what stands behind its `?` is no parameter"),
        ("s3://b?region=a&region=b", "has 'region' twice"),
        ("s3://b#region=a", "has a `#`"),
        ("s3://?region=a", "names no bucket"),
        (f"s3://key:{SECRET}@b?region=a", "names no bucket"),
        ("s3://b?region=eu-west-1&fips=maybe", "'fips' is neither true nor false"),
        ("s3://b", "its region is not known"),
        ("s3://b?endpoint=http://me:x@h", "'endpoint' is no address of a server"),
        ("s3://b?region=eu-west-1&role=admin", "'role' is no ARN"),
        ("azblob://c?protocol=ftp", "'protocol' is neither http nor https"),
        ("azblob://c?domain=x/y", "'domain' is no name of a host"),
        ("gs://b?universe_domain=x/y", "'universe_domain' is no name of a domain"),
        ("postgres://h", "names no database"),
        ("postgres://h/a/b", "names no database"),
        ("postgres://h:port/a", "port is no number"),
        ("postgres://h/a?table=x;drop", "'table' is no name"),
    ],
)
def test_what_the_engine_would_not_take_is_refused_by_name(address: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(address)
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "address", "message"),
    [
        ({"AZURE_STORAGE_ACCOUNT": ""}, "azblob://c", "its storage account is not known"),
        ({"AZURE_STORAGE_ACCOUNT": ""}, "azblob://c?storage_account=a&protocol=http", "no token is sent over http"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true"}, "azblob://c",
         "has neither AccountName nor BlobEndpoint"),
        ({"AZURE_STORAGE_KEY": "", "AZURE_STORAGE_CONNECTION_STRING": "AccountName=a"}, "azblob://c",
         "has neither AccountKey nor SharedAccessSignature"),
        ({"GOOGLE_CREDENTIALS": f"{SECRET}{{"}, "gs://b", "GOOGLE_CREDENTIALS is no JSON"),
    ],
)  # fmt: skip
def test_credentials_that_are_none_are_told_before_anything_is_asked(
    variables: Mapping[str, str], address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        open_store(address)
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "library"), [("s3", "botocore"), ("azblob", "obstore"), ("gs", "obstore"), ("postgres", "psycopg")]
)
def test_without_the_library_it_is_told_what_to_install(
    scheme: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.setitem(sys.modules, module, None)
    for module in ("s3", "azblob", "gs", "postgres", "objects"):
        monkeypatch.delitem(sys.modules, f"poolgate.backends.{module}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError) as caught:
        open_store(f"{scheme}://states/x")
    assert f"reading it needs {library}, which is not installed: pip install 'poolgate[{scheme}]'" in str(caught.value)
