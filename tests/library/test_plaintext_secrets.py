"""The secrets in here are made up, and put together at run time: no scanner should find one in this file."""

from __future__ import annotations

import base64
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis.strategies import from_regex

from inference_pools import plaintext_secrets
from inference_pools.placeholders.patterns import certain_texts
from inference_pools.plaintext_secrets import (
    _FORMATS,
    _SIGNS,
    _azure_formats,
    _azure_formats_by_sign,
    _Sign,
    _sign_of,
    _words,
    kind_of_secret,
    secrets_in,
)
from inference_pools.policy_config import default_settings
from inference_pools.resource import Resource
from inference_pools.rules.no_plaintext_secret import no_plaintext_secret
from inference_pools.runner import judge
from inference_pools.values import SECRET_SIGNATURE, SIGNATURE_KEY, Json

NOISE = "".join(itertools.islice(itertools.cycle("aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF"), 200))
BY_FORMAT = {
    "a key of a storage account": f"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey={NOISE[:86]}==",
    "a shared access signature": f"https://contoso.blob.core.windows.net/m?sv=2022-11-02&sp=rl&sig={NOISE[:43]}%3D",
    "a key of a Service Bus, Event Hubs or Relay namespace": "Endpoint=sb://contoso.servicebus.windows.net/;"
    f"SharedAccessKeyName=Root;SharedAccessKey={NOISE[:43]}=",
    "a key of Azure Container Registry": f"{NOISE[:42]}+ACRA{NOISE[:5]}",
    "a client secret of an Entra ID application": f"{NOISE[:3]}8Q~{NOISE[:34]}",
    "an Azure Databricks access token": "dapi" + "0123456789abcdef" * 2,
    "a JSON web token": f"eyJ{NOISE[:30]}.eyJ{NOISE[:30]}.{NOISE[:43]}",
    "a GitHub token": f"gh{'p'}_{NOISE[:36]}",
    "a Hugging Face token": f"{'hf'}_{NOISE[:34]}",
    "an API key of a model provider": f"{'sk'}-proj-{NOISE[:48]}",
    "an AWS access key": f"{'AKIA'}{'ABCDEFGH' * 2}",
    "a private key": f"-----BEGIN {'RSA'} PRIVATE KEY-----\nMIIE",
    "a password in a URL": "amqps://chat:correct-horse@queue.contoso.net",
    "a connection string with its key": "Server=tcp:contoso.database.windows.net;User ID=chat;Password=correct-horse",
    "a user's name and password": f"Basic {base64.b64encode(b'chat:correct-horse-1').decode()}",
    "a Slack token": f"{'xox'}b-123456789012-1234567890123-{NOISE[:24]}",
    "the URL of a Slack webhook": f"https://hooks.slack.com/services/T0AB1CD2E/B0AB1CD2E/{NOISE[:24]}",
    "a Google API key": f"{'AIza'}{NOISE[:35]}",
    "a GitLab token": f"{'glpat'}-{NOISE[:20]}",
}
OTHERWISE = {
    "a GitHub token": f"token gh{'s'}_{NOISE[:40]} of the build",
    "a connection string with its key": f"Url=https://contoso.example;AccountKey={NOISE[:20]}",
    "a password in a URL": "https://chat:correct-horse@contoso.example/v1",
    "a Slack token": f"{'xapp'}-1-A0AB1CD2E-1234567890123-{'0123456789abcdef' * 4}",
    "a GitLab token": f"pip --token {'gldt'}-{NOISE[:20]}",
    "a JSON web token": f"Bearer eyJ{NOISE[:17]}.eyJ{NOISE[:20]}.{NOISE[:43]}",
}
MORE = (
    ("a connection string with its key", "contoso.redis.cache.windows.net:6380,password=correct-horse=,ssl=True"),
    ("a connection string with its key", "Server=contoso.example;Pwd=co,rrect-horse"),
    ("a GitLab token", f"{'glpat'}-{NOISE[:40]}.01.{NOISE[:9]}"),
    ("a Slack token", f"{'xoxe'}.xoxp-1-{NOISE[:60]}"),
    *(
        ("a user's name and password", f"Authorization: basic {base64.b64encode(pair).decode()}")
        # The colon as each of the three bytes that four letters stand for, and before each length of what is left.
        for pair in (
            b"a:correct1",
            b"ab:correct1",
            b"abc:correct1",
            b"abcd:correct12",
            b"ops:cor",
            b"abcdef:1",
        )
    ),
)
HARMLESS = (
    "/subscriptions/8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264/resourceGroups/rg-ml/providers"
    "/Microsoft.MachineLearningServices/workspaces/mlw-chat/models/chat/versions/3",
    "azureml://registries/contoso/models/chat/versions/3",
    "8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264",
    "sha256:" + "0123456789abcdef" * 4,
    "9fceb02d0ae598e95dc970b74767f19372d61af8",
    "51.144.12.3",
    "https://chat:{password}@contoso.example/v1/models",
    "https://chat:<your-password>@contoso.example/v1/models",
    f"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey={'x' * 86}==",
    "https://kv-chat.vault.azure.net/secrets/hf-token/9fceb02d0ae598e95dc970b74767f193",
    "https://contoso.example:8443/v1?limit=5",
    "ml-platform@contoso.com",
    "Server=tcp:contoso.database.windows.net;Authentication=Active Directory Managed Identity",
    "Standard_NC24ads_A100_v4",
    "Answers questions; passwords are reset elsewhere",
    "postgresql://chat:${DB_PASSWORD}@db.contoso.net/chat",
    "AccountKey=<your-account-key>",
    "sk-learn",
    "",
    "Basic authentication, with Okta",
    "Basic Openings and Basic Ohms, on Basic OpenVINO",
    "Authorization: Basic YOUR_BASE64_CREDENTIALS",
    "Basic_A3",
    "basic 32GB",
    "Bearer",
    "contoso.redis.cache.windows.net:6380,ssl=True,abortConnect=False",
    "contoso.redis.cache.windows.net:6380,password=<your-password>,ssl=True",
    "contoso.redis.cache.windows.net:6380,password=,ssl=True,abortConnect=False",
    "https://hooks.slack.com/services/",
    "https://api.slack.com/messaging/webhooks",
    "xoxo-with-love-from-the-platform-team",
    "xapp-1-chat",
    "AIzawa",
    f"{'AIza'}{NOISE[:50]}",
    "glpat-report",
    "gldt-report",
    "meta-llama/Llama-3.1-8B-Instruct",
    "contoso.azurecr.io/chat@sha256:" + "0123456789abcdef" * 4,
)


@pytest.mark.parametrize(("kind", "value"), [*BY_FORMAT.items(), *OTHERWISE.items(), *MORE])
def test_a_secret_is_known_by_its_format(kind: str, value: str) -> None:
    assert kind_of_secret(value) == kind
    assert kind_of_secret(value, "LOG_LEVEL") == kind


@pytest.mark.parametrize("value", HARMLESS)
def test_what_is_no_secret(value: str) -> None:
    assert kind_of_secret(value) is None
    assert kind_of_secret(value, "LOG_LEVEL") is None


@pytest.mark.parametrize(
    "name",
    (
        "HF_TOKEN API_KEY AZURE_OPENAI_API_KEY OPENAI_APIKEY AZURE_CLIENT_SECRET dbPassword DB_PASSWD storage-key"
        " AccountKey hfToken token token2 SasToken SQL_CONNECTION_STRING ConnectionStrings__connectionString"
        " EOS_BEARER_TOKEN APIM_SUBSCRIPTION_KEY aws.secret.access.key GOOGLE_CREDENTIALS BLOB_SAS"
        " PGPASSWORD dbpassword SQLPASSWORD1 CLIENTSECRET clientsecret ACCESSTOKEN authtoken BEARERTOKEN OPENAIAPIKEY"
        " xapikey STORAGEACCOUNTKEY SECRETKEY MYCONNECTIONSTRING DB_PASS dbPass SMTP_PASS userpass RABBITMQ_PASS DBPWD"
        " API_KEY_1 KEYVAULT_CLIENT_SECRET KEYVAULT_PASSWORD VAULT_SECRET VAULT_TOKEN"
    ).split(),
)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    kind = kind_of_secret("correct-horse", name)

    assert kind is not None
    assert kind.startswith("a value that is called ")


@pytest.mark.parametrize(
    "name",
    (
        "MAX_TOKENS TOKENIZER TOKENIZERS_PARALLELISM EOS_TOKEN pad_token BOS-TOKEN stopToken SECRET_NAME TOKEN_URL"
        " PASSWORD_FILE KEY_VAULT_NAME PARTITION_KEY KEY BYPASS monkey AZURE_CLIENT_ID compass costcenter secretary"
        " SINGLE_PASS FORWARD_PASS PASS FIRST_PASS trespass AUTH_BYPASS MAXTOKEN EOSTOKEN SPECIAL_TOKEN FIM_TOKEN"
        " KEYVAULT_SECRET_NAME KEY_VAULT_SECRET_NAMES KEYVAULT_SECRET KEY_VAULT_SECRET AKV_SECRET kvSecret SECRET_ID"
        " API_KEY_HEADER TOKEN_HEADER_NAME PASSWORD_HASH_ALGORITHM APPINSIGHTS_INSTRUMENTATIONKEY"
        " OPENAI_KEY SEARCH_KEY MASTER_KEY PRIMARY_KEY SHARED_KEY FUNCTION_KEY 2 _ -"
    ).split(),
)
def test_a_name_that_only_sounds_like_one(name: str) -> None:
    assert kind_of_secret("correct-horse", name) is None


KEYS = {
    "hexadecimal": "9f8c7b6a5d4e3f2a1b0c9f8c7b6a5d4e",
    "base64": base64.b64encode(NOISE[:32].encode()).decode(),
    "base64 of 64 bytes": base64.b64encode(NOISE[:64].encode()).decode(),
    "with a prefix": f"key-{NOISE[:20]}",
}
NO_KEYS = {
    "field": "customer_id_2026",
    "field in capitals": "customerId2",
    "GUID": "8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264",
    "machine": "Standard_NC24ads_A100_v4",
    "model": "meta-llama/Llama-3.1-8B-Instruct",
    "words": "a-key-that-is-made-of-many-words-and-1-number-or-2",
    "where it is": "https://kv-chat.vault.azure.net/secrets/openai/9fceb02d0ae598e95dc970b74767f193",
    "placeholder": "<your-key-0a1b2c3d4e5f6a7b8c9d>",
}


@pytest.mark.parametrize(
    "name",
    (
        "OPENAI_KEY AZURE_OPENAI_KEY OpenAIKey OPENAIKEY openai-key COSMOS_KEY COSMOS_DB_COSMOSDB_KEY SEARCH_KEY"
        " searchKey SHARED_KEY MASTER_KEY FUNCTION_KEY FUNCTIONS_KEY_2 primaryKey SPEECH_KEY LANGFUSE_KEY the.apim.key"
    ).split(),
)
@pytest.mark.parametrize("form", KEYS)
def test_what_is_called_a_key_and_looks_like_one(name: str, form: str) -> None:
    kind = kind_of_secret(KEYS[form], name)

    assert kind is not None
    assert kind.startswith("a value that is called ")
    assert kind.endswith(" key")


@pytest.mark.parametrize("name", ["OPENAI_KEY", "SEARCH_KEY", "primaryKey"])
@pytest.mark.parametrize("form", NO_KEYS)
def test_what_is_called_a_key_and_looks_like_none(name: str, form: str) -> None:
    assert kind_of_secret(NO_KEYS[form], name) is None


@pytest.mark.parametrize("name", "RESEARCH_KEY CACHE_KEY PARTITION_KEY SORT_KEY MODEL_SHA256 MODEL_KEY hotkey".split())
@pytest.mark.parametrize("form", KEYS)
def test_what_looks_like_a_key_and_is_called_something_else(name: str, form: str) -> None:
    assert kind_of_secret(KEYS[form], name) is None


GUID = "8f4ac9d1-3c58-4b6e-9a27-d0c5e1f7b264"
KEYLESS = (
    f"InstrumentationKey={GUID};IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/"
    f";LiveEndpoint=https://westeurope.livediagnostics.monitor.azure.com/;ApplicationId={GUID}",
    f"InstrumentationKey={GUID};",
    "Server=tcp:contoso.database.windows.net,1433;Authentication=Active Directory Managed Identity;Encrypt=True",
    "Endpoint=sb://contoso.servicebus.windows.net/;Authentication=ManagedIdentity",
)


@pytest.mark.parametrize("value", KEYLESS)
def test_a_connection_string_without_a_secret(value: str) -> None:
    assert kind_of_secret(value, "APPLICATIONINSIGHTS_CONNECTION_STRING") is None
    assert kind_of_secret(value, "DB_PASSWORD") is not None


@pytest.mark.parametrize(
    "part",
    [
        "Secret=correct-horse",
        "AccessKey=correct-horse",
        "Uid=chat;Pass=correct-horse",
        "authtoken=correct-horse",
        "sig=correct-horse",
        "Client Secret = correct-horse",
        f"Other={KEYS['hexadecimal']}",
        "correct-horse",
    ],
)
@pytest.mark.parametrize("rest", [*KEYLESS, "Endpoint=https://contoso.azconfig.io"])
def test_a_connection_string_with_a_secret(part: str, rest: str) -> None:
    assert kind_of_secret(f"{part};{rest}", "CHAT_CONNECTION_STRING") is not None
    assert kind_of_secret(f"{rest.rstrip(';')};{part}", "CHAT_CONNECTION_STRING") is not None


@pytest.mark.parametrize("name", ["KEYVAULT_SECRET", "KEY_VAULT_SECRET", "kvSecret"])
@pytest.mark.parametrize("value", ["Summer2026!", KEYS["hexadecimal"], NOISE[:30]])
def test_no_secret_of_a_vault_is_named_so(name: str, value: str) -> None:
    assert kind_of_secret(value, name) is not None


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "Disabled",
        "managed-identity",
        "SystemAssigned",
        "/mnt/secrets/hf",
        "https://kv-chat.vault.azure.net/secrets/hf",
        "@Microsoft.KeyVault(VaultName=kv-chat;SecretName=hf)",
        "secretref:hf-token",
        "file:///mnt/secrets/hf",
        "kv-chat-prod",
        "kv-chat-01",
        "<|system|>",
        "<|im_start|>",
        "<\uff5cend_of_sentence\uff5c>",
        "<start_of_turn>",
        "[/INST]",
        "[PAD]",
        "<your-token>",
        "{hf_token}",
        "${HF_TOKEN}",
        "changeme",
        "PENDING",
        "120000",
        "short",
        " ",
    ],
)
def test_what_is_called_a_secret_and_is_none(value: str) -> None:
    assert kind_of_secret(value, "HF_TOKEN") is None


@pytest.mark.parametrize(
    "value",
    ["secretref:", "secretref:Correct Horse!", "kv-9f8c7b6a5d4e", "<|correct|horse", "file:x"],
)
def test_what_only_begins_like_that(value: str) -> None:
    assert kind_of_secret(value, "HF_TOKEN") is not None


def test_a_placeholder_is_none_whatever_the_name() -> None:
    """`PENDING` alone may be a state; under the name of a secret it says that there is to be one."""
    assert kind_of_secret("MY_API_KEY", "API_KEY") is None
    assert kind_of_secret("MY_API_KEY", "HF_TOKEN") is not None


@pytest.mark.parametrize("name", sorted({pattern.name for pattern in _azure_formats()}))
def test_each_format_is_told_in_words(name: str) -> None:
    """The library's own word for a format never reaches a message."""
    words = _words(name)

    assert words.startswith(("a ", "an "))
    assert not {"Identifiable", "Legacy", "Key", "Credentials", "Credential"} & set(words.split())


FORMATS = {
    **{
        known.name: (sign, re.compile(known.pattern, known.regex_flags))
        for sign, formats in _azure_formats_by_sign().items()
        for known in formats
    },
    **{f"{words} with {text}": (_Sign(text), re.compile(own.pattern)) for text, own, words in _FORMATS},
}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_format_is_passed_over(name: str) -> None:
    """Values without the sign of a format are not looked at: there is none that has the format."""
    sign, pattern = FORMATS[name]
    # What the secret stands in may be matched, too: the sign is of the secret.
    refine = "refine" if "refine" in pattern.groupindex else 0

    @settings(max_examples=20, database=None)
    @given(from_regex(pattern))
    def holds(value: str) -> None:
        assert sign.text in value.lower()
        found = pattern.search(value)
        assert found is not None
        assert sign.word == 0 or ("/" not in found[refine] and len(found[refine]) >= sign.word)

    holds()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_each_sign_is_certain(name: str) -> None:
    sign, pattern = FORMATS[name]

    assert sign.text in {*certain_texts(pattern.pattern, pattern.flags & ~re.UNICODE), ""}


def test_nearly_every_format_is_looked_for_by_a_text() -> None:
    assert [(name, FORMATS[name][0]) for name in FORMATS if not FORMATS[name][0].text] == [
        ("AdoLegacyPat", _Sign("", word=52))
    ]


def test_no_format_of_the_library_is_parsed_for_its_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that changes one is answered by another line in the table, or by none: then its sign is found anew."""
    known = {(pattern.pattern, pattern.regex_flags) for pattern in _azure_formats()}
    monkeypatch.setattr(plaintext_secrets, "certain_texts", None)

    assert {_sign_of(*pattern) for pattern in known} == set(_SIGNS.values())


def test_a_format_that_is_new_is_parsed() -> None:
    assert _sign_of(r"(?:new|newer)_[a-z]{20}\+KEY=", re.ASCII) == _Sign("+key=")
    assert _sign_of("[a-z]{52}", re.ASCII) == _Sign("")


TREES: dict[str, tuple[Json, list[str]]] = {
    "nothing": (None, []),
    "by its format": (BY_FORMAT["a GitHub token"], [BY_FORMAT["a GitHub token"]]),
    "by its name": ({"DB_PASSWORD": "correct-horse", "LOG_LEVEL": "correct-horse"}, ["correct-horse"]),
    "deep": ({"a": [{"b": {"apiKey": "correct-horse"}}]}, ["correct-horse"]),
    "in a list of its name": ({"tokens": ["a-word"], "HF_TOKEN": ["correct-horse"]}, ["correct-horse"]),
    "in a pair": ([{"key": "HF_TOKEN", "value": "correct-horse"}], ["correct-horse"]),
    "in a pair of another name": ([{"key": "LOG_LEVEL", "value": "correct-horse"}], []),
    "in a pair of which the name is no text": ([{"key": 5.0, "value": "correct-horse"}], []),
    "what stands beside a pair": ([{"key": "HF_TOKEN", "note": "correct-horse", "value": "true"}], []),
    "several": ({"apiKey": "correct-horse", "HF_TOKEN": "battery-staple"}, ["battery-staple", "correct-horse"]),
    "marked as a secret": ({"HF_TOKEN": {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "correct-horse"}}, []),
    "marked, with its name inside": ({SIGNATURE_KEY: SECRET_SIGNATURE, "HF_TOKEN": "correct-horse"}, []),
}


@pytest.mark.parametrize("case", TREES)
def test_the_secrets_in_a_tree(case: str) -> None:
    tree, texts = TREES[case]

    assert sorted(secrets_in(tree)) == texts


def test_a_url_that_is_called_a_secret_may_hold_one() -> None:
    assert kind_of_secret("https://contoso.example/hook?code=correct-horse", "WEBHOOK_SECRET") is not None


@pytest.mark.parametrize("value", [*BY_FORMAT.values(), *OTHERWISE.values(), *(value for _, value in MORE)])
def test_the_rule_gives_nothing_of_the_value_away(value: str) -> None:
    properties = {"inferencePoolProperties": {"properties": {"DB_PASSWORD": value}}}
    pool = Resource("urn:pulumi:dev::t::t::p", "azure-native:machinelearningservices:InferencePool", "p", properties)

    (verdict,) = judge(default_settings([no_plaintext_secret]), pool)

    assert verdict.path == "inferencePoolProperties.properties.DB_PASSWORD"
    said = verdict.message + verdict.remedy
    pieces = {NOISE[start : start + 5] for start in range(len(NOISE) - 4)}
    assert not {piece for piece in {*pieces, "horse", "0123", "ABCD", "MIIE", "chat"} if piece in said}


@pytest.mark.parametrize(
    "value",
    (
        "not-needed notneeded not_used managed_identity managed-identity use-managed-identity none-required no-key"
        " EMPTY anonymous unused n/a azure_ad DefaultAzureCredential sk-no-key-required lm-studio ollama"
        " workload_identity"
    ).split(),
)
def test_a_value_that_says_it_is_none(value: str) -> None:
    assert kind_of_secret(value, "OPENAI_API_KEY") is None


def test_keys_of_emulators_open_nothing() -> None:
    storage = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    assert kind_of_secret(f"AccountName=devstoreaccount1;AccountKey={storage}", "STORAGE") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_AUTH", "hunter2hunter2"),
        ("GRAFANA_AUTH", "admin:prom-operator"),
        ("WEBHOOK_AUTH", "Bearer abcdef123456"),
        ("HTTP_AUTHORIZATION", "Bearer abcdefgh"),
        ("registryAuth", "ZGF2ZTpwdw=="),
    ],
)
def test_credentials_that_are_called_auth(name: str, value: str) -> None:
    assert kind_of_secret(value, name) is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REQUIRE_AUTH", "required"),
        ("X_AUTH", "oauth2"),
        ("AZURE_STORAGE_AUTH", "login"),
        ("CLIENT_AUTH", "client-certificate"),
        ("REDIS_AUTH", "localhost:6379"),
        ("AUTHOR", "a1b2c3d4e5f6a7b8"),
    ],
)
def test_ways_to_authenticate_are_none(name: str, value: str) -> None:
    assert kind_of_secret(value, name) is None
